"""How sure an estimate of a survey is: interval, design effect, effective sample, and which is too uncertain to be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

# Parker et al. 2017, for rates: effective households at least; points and share of the rate that an interval may be wide.
EFFECTIVE, WIDE_PP, NARROW_PP, WIDE_SHARE = 30, 30.0, 5.0, 1.3
# Statistics Canada's limit for all others: the coefficient of variation, per cent.
VARIATION_PCT = 33.3


def with_precision(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return estimates with their errors, from those of ``linearised`` with the ``kind`` of each measure.

    Columns added: se, low, high (a rate's by its logit, so that it stays within 0 and 100), cv_pct, deff (the variance
    over that of a simple random sample of as many households with replacement), n_effective (n/deff) and ``uncertain``:
    why the estimate had better not be told, "" where it may be. Rates are in per cent from here on.

    ``low, high = R ∓ t se`` with t of the design's degrees of freedom; ``logit⁻¹(logit R ∓ t se/(R(1 − R)))`` of a rate.
    Sources: Korn & Graubard 1998, Survey Methodology 24: 193-201; Kish 1965, Survey Sampling, 8.2. Of the marks: Parker
    et al. 2017, National Center for Health Statistics data presentation standards for proportions, Vital and Health
    Statistics 2(175): a rate rests on 30 effective households, its interval is narrower than 30 points and, beyond 5
    points, than 130 % of the rate; Statistics Canada's guidelines for releasing estimates: at most 33.3 % of variation.
    """
    rate = (table["kind"] == "rate").to_numpy()
    estimate, se = table["estimate"].to_numpy(), np.sqrt(table["variance"].to_numpy())
    with np.errstate(all="ignore"):
        t = np.where(table["df"] > 0, stdtrit(np.maximum(table["df"], 1), (1 + level) / 2), np.nan)
        low, high = estimate - t * se, estimate + t * se
        middle, wide = logit(np.where(rate, estimate, 0.5)), t * se / (estimate * (1 - estimate))
        low, high = np.where(rate, expit(middle - wide), low), np.where(rate, expit(middle + wide), high)
        deff = (table["variance"] / table["variance_srs"]).to_numpy()
        deff = np.where(np.isfinite(deff), deff, np.nan)
        told = table.assign(estimate=estimate, se=se, low=low, high=high)
        told[["estimate", "se", "low", "high"]] *= np.where(rate, 100, 1)[:, None]
        told = told.assign(cv_pct=100 * se / np.abs(estimate), deff=deff, n_effective=table["n"] / deff)
    counts = {name: told[name].round().astype("int64") for name in ("n", "psus", "strata", "df")}
    told = told.assign(**counts)
    return told.assign(uncertain=_uncertain(told, rate)).drop(columns=["variance", "variance_srs"])


def _uncertain(told, rate):
    """Return why each estimate is too uncertain to be told; the first reason of those that hold."""
    width = told["high"] - told["low"]
    reasons = {
        "no household": told["n"] == 0,
        "no degrees of freedom": told["df"] < 1,
        "no variation": ~(told["se"] > 0),
        f"fewer than {EFFECTIVE} effective households": rate & ~(told["n_effective"] >= EFFECTIVE),
        f"interval of {WIDE_PP:g} points or more": rate & (width >= WIDE_PP),
        f"interval wider than {100 * WIDE_SHARE:g} % of the rate": rate
        & (width > NARROW_PP)
        & (width > WIDE_SHARE * told["estimate"]),
        f"coefficient of variation over {VARIATION_PCT:g} %": ~rate & ~(told["cv_pct"] <= VARIATION_PCT),
    }
    return np.select([np.asarray(met) for met in reasons.values()], [*reasons], default="")
