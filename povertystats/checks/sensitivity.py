"""How strong a variable left out of a model would have to be to overturn an association."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from povertystats.associations.check import Check, checked
from povertystats.clusters.jackknife import cv3
from povertystats.regression.inference import bad_level, classical, crv1, inverse, parameters, solve
from povertystats.regression.moments import Moments
from povertystats.words.errors import WrongType, refuse
from povertystats.words.phrases import term_name
from povertystats.words.wording import confidence, number, precision, say

_ERRORS = ("cv3", "classical")


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Check):
    """What an omitted variable would have to be like to overturn an association.

    Parameters
    ----------
    table : DataFrame
        First the estimate itself, then one row a benchmark and multiple: the estimate as it could be with such a
        variable. The columns of every check (check, driver, way, estimate, low, high, p, n, level), then benchmark, times
        (0 in the first row), r2_driver, r2_outcome (shares 0-1; NaN where no variable can be that strong), outcome, se,
        t, partial_r2 (of the driver with the outcome), rv, rv_level (shares 0-1), errors, dof (N − K, every effect
        counted), places.

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aabbccdd"), "year": [1, 2] * 4, "x": [0.0, 1, 0, 2, 0, 5, 0, 4]})
    >>> m = Moments.from_frame(panel.assign(y=[9.0, 8.1, 7, 5, 6, 0.1, 5, 1]), "y", ["x"])
    >>> sensitivity(m, "x").clear.tolist()
    [True]
    """

    table: pd.DataFrame
    kind = "sensitivity"

    @property
    def bounds(self) -> pd.DataFrame:
        """The rows of ``table`` with an omitted variable: one a benchmark and multiple."""
        return self.table[self.table["times"] > 0].reset_index(drop=True)

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        names = []
        for row in self.table.itertuples():
            key = {0: "estimated", 1: "assumed_same"}.get(row.times, "assumed")
            about = {"times": _multiple(row.times, lang), "benchmark": term_name(row.benchmark, lang, labels)}
            names.append(say(f"sensitivity.{key}", lang, **about))
        return names

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        row = self.table.iloc[0]
        level = confidence(row.level, lang)
        names = {of: term_name(row[of], lang, labels) for of in ("driver", "outcome")}
        key = "sensitivity.holds" if row.rv_level > 0 else "sensitivity.unclear"
        first = say(key, lang, **names, level=level, rv=100 * row.rv, rv_level=100 * row.rv_level)
        decimals = precision(row.se)
        lines = [
            say(
                "sensitivity.benchmark", lang, benchmark=term_name(benchmark, lang, labels),
                estimate=number(row.estimate, lang, decimals), level=level,
                cases="; ".join(_case(case, lang, decimals) for case in cases.itertuples()),
            )
            for benchmark, cases in self.bounds.groupby("benchmark", sort=False)
        ]  # fmt: skip
        return "\n".join([first, *lines, say(f"sensitivity.errors.{row.errors}", lang)])


def sensitivity(
    moments: Moments,
    driver: str,
    *,
    benchmarks: Sequence[str] = (),
    times: Sequence[float] | float = (1, 2, 3),
    level: float = 0.95,
    errors: Literal["cv3", "classical"] = "cv3",
) -> Sensitivity:
    """Ask how strong an omitted variable would have to be to bring a driver's association to zero.

    Parameters
    ----------
    moments : Moments
        Of a model in which ``driver`` and ``benchmarks`` are regressors.
    driver : str
        The regressor whose association is asked about.
    benchmarks : sequence of str, optional
        Regressors against which the strength of an omitted variable is measured.
    times : float or sequence of float, default (1, 2, 3)
        How many times as strong as a benchmark, positive.
    level : float, default 0.95
        The confidence of the intervals.
    errors : {"cv3", "classical"}, default "cv3"
        The cluster jackknife with t(G − 1), or independent errors with t(dof − 1), as published.

    Returns
    -------
    Sensitivity
        The robustness values, and the estimate as it could be beside variables as strong as the benchmarks.

    Raises
    ------
    WrongType
        When ``moments`` are not Moments.
    Refused
        All problems at once: unknown regressors, times that are not positive, a bad level or kind of error, fewer than
        two degrees of freedom, an identity, fewer than two clusters, a model that the data cannot tell.

    Notes
    -----
    Robustness value: the share of the remaining variation of both driver and outcome that an omitted variable would have
    to account for, ``f = |t|/√dof``, ``RV = ½(√(f⁴ + 4f²) − f²)``; ``rv_level``: for the interval to reach zero
    (``robustness_value``); ``strength`` of a benchmark. Here t and dof = N − K are those of independent errors, with
    every effect counted: partial R² is algebra on the sample and knows no clusters. An omitted variable changes the
    classical error by ``√((1 − R²_y)/(1 − R²_d)·dof/(dof − 1))``, exactly; that the clustered one changes by the same
    factor is an assumption.

    References
    ----------
    Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    Examples
    --------
    >>> panel = pd.DataFrame({"place": list("aabbccdd"), "year": [1, 2] * 4, "x": [0.0, 1, 0, 2, 0, 5, 0, 4]})
    >>> m = Moments.from_frame(panel.assign(y=[9.0, 8.1, 7, 5, 6, 0.1, 5, 1]), "y", ["x"])
    >>> sensitivity(m, "x").table[["estimate", "partial_r2", "rv", "rv_level"]].round(3).values.tolist()
    [[-1.2, 0.982, 0.983, 0.605]]
    """
    if not isinstance(moments, Moments):
        raise WrongType(f"moments must be Moments, not {type(moments).__name__}")
    benchmarks, multiples, problems = _options(moments, driver, benchmarks, times, level, errors)
    refuse("cannot compute sensitivity", problems)
    beta, j = solve(moments), moments.columns.index(driver)
    dof = int(moments.n.sum()) - parameters(moments, count_nested=True)
    if dof < 2:
        refuse(
            "cannot compute sensitivity", [f"{dof} degree of freedom (rows − parameters); expected 2 or more"]
        )
    crv1(moments, beta)  # refuses an identity, which has no errors to be sensitive about
    plain = np.sqrt(np.diag(classical(moments, beta)))
    f = np.abs(beta / plain) / np.sqrt(dof)
    se = plain[j] if errors == "classical" else np.sqrt(cv3(moments, beta)[j, j])
    degrees = dof - 1 if errors == "classical" else len(moments.n) - 1
    critical = stdtrit(degrees, (1 + level) / 2)
    b = [moments.columns.index(benchmark) for benchmark in benchmarks]
    a = inverse(moments)
    own, outcomes = a[j, b] ** 2 / (a[j, j] * a[b, b]), f[b] ** 2 / (1 + f[b] ** 2)
    r2_driver, r2_outcome = (r2.ravel() for r2 in strength(own[:, None], outcomes[:, None], multiples))
    estimate, factor = adjusted(beta[j], plain[j], dof, r2_driver, r2_outcome)
    table = pd.DataFrame(
        {
            "benchmark": ["", *np.repeat(np.array(benchmarks, object), len(multiples))],
            "times": np.append(0.0, np.tile(multiples, len(benchmarks))),
            "r2_driver": np.append(0.0, r2_driver),
            "r2_outcome": np.append(0.0, r2_outcome),
            "outcome": moments.outcome,
            "driver": driver,
            "estimate": np.append(beta[j], estimate),
            "se": se * np.append(1.0, factor),
            "partial_r2": f[j] ** 2 / (1 + f[j] ** 2),
            "rv": float(robustness_value(f[j])),
            "rv_level": float(robustness_value(f[j], critical * se / plain[j] / np.sqrt(dof - 1))),
            "level": level,
            "errors": errors,
            "dof": dof,
            "n": int(moments.n.sum()),
            "places": len(moments.n),
        }
    )
    # A variable that accounts for the whole outcome leaves no error, and no t value.
    t = table["estimate"] / table["se"].where(table["se"] > 0)
    margin = critical * table["se"]
    low, high = table["estimate"] - margin, table["estimate"] + margin
    table = table.assign(t=t, p=2 * stdtr(degrees, -np.abs(t)), low=low, high=high)
    return Sensitivity(checked(Sensitivity.kind, table, ["benchmark", "times"]))


def robustness_value(f: float | np.ndarray, critical: float | np.ndarray = 0.0) -> np.ndarray:
    """Return the strength at which an omitted variable can bring a t value to a critical one: shares 0-1.

    ``f = |t|/√dof`` and ``critical = t*·(se/se_classical)/√(dof − 1)``, numbers or arrays. A variable with
    partial R² of R_d with the driver and R_y with the outcome leaves the end of the interval at zero when
    ``√(R_y R_d/(1 − R_d)) + critical·√((1 − R_y)/(1 − R_d)) = f``. With R_y = R_d = R the second root is 1,
    so that ``R/√(1 − R) = f_α = f − critical`` and ``R = ½(√(f_α⁴ + 4f_α²) − f_α²)``; 0 when f_α is negative.
    Where ``f·critical > 1`` a smaller R_y is worse, since it leaves the errors larger, and the least R_d that
    will do is ``R = (f² − critical²)/(1 + f²)``: no variable of less strength with both does it.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348; the second case as in their package sensemakr.

    >>> float(robustness_value(4.18445 / 783**0.5).round(4))  # the violence in Darfur, as published
    0.1388
    """
    f, critical = np.asarray(f, float), np.asarray(critical, float)
    left = np.maximum(f - critical, 0)
    equal = (np.sqrt(left**4 + 4 * left**2) - left**2) / 2
    return np.where((f * critical > 1) & (left > 0), (f**2 - critical**2) / (1 + f**2), equal)


def strength(
    r2_driver: float | np.ndarray, r2_outcome: float | np.ndarray, times: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the partial R² of an omitted variable that is ``times`` as strong as an observed one.

    ``r2_driver``, r_d: partial R² of the observed one with the driver; ``r2_outcome``, r_y: with the outcome,
    beside the driver; shares 0-1. With k times: ``R_d = k·r_d/(1 − r_d)`` and at most
    ``R_y = (√k + √q)²/(1 − q)·r_y/(1 − r_y)``, ``q = k·r_d²/((1 − k·r_d)(1 − r_d))``, never above 1.
    NaN where R_d would reach 1: no variable is that strong. Returns two arrays, as ``times`` broadcasts.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    >>> [r.round(4).tolist() for r in strength(0.009081, 0.109034, [1, 3])]
    [[0.0092, 0.0275], [0.1246, 0.3741]]
    """
    r_d = np.asarray(times, float) * r2_driver / (1 - r2_driver)
    k = np.where(r_d < 1, times, np.nan)
    q = k * r2_driver**2 / ((1 - k * r2_driver) * (1 - r2_driver))
    r_y = (np.sqrt(k) + np.sqrt(q)) ** 2 / (1 - q) * r2_outcome / (1 - r2_outcome)
    return np.where(r_d < 1, r_d, np.nan), np.minimum(r_y, 1)


def adjusted(
    estimate: float, se: float, dof: int, r2_driver: float | np.ndarray, r2_outcome: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what an omitted variable leaves of an estimate at worst, and the factor on its standard error.

    ``sign(β)·(|β| − se·√(R_y R_d/(1 − R_d)·dof))`` and ``√((1 − R_y)/(1 − R_d)·dof/(dof − 1))``, with the
    classical ``se`` and dof = N − K; a result of the other sign means that the association is overturned.
    Source: Cinelli & Hazlett 2020, doi:10.1111/rssb.12348.

    >>> [round(float(x), 4) for x in adjusted(0.0973, 0.0233, 783, 0.0092, 0.1246)]
    [0.0751, 0.9406]
    """
    bias = se * np.sqrt(r2_outcome * r2_driver / (1 - r2_driver) * dof)
    factor = np.sqrt((1 - r2_outcome) / (1 - r2_driver) * dof / (dof - 1))
    return np.sign(estimate) * (np.abs(estimate) - bias), factor


def _multiple(times: float, lang: str) -> str:
    return number(times, lang, 0 if times == round(times) else 1)


def _case(case: Any, lang: str, decimals: int) -> str:
    times = _multiple(case.times, lang)
    if math.isnan(case.estimate):
        return say("sensitivity.impossible", lang, times=times)
    values = {of: number(getattr(case, of), lang, decimals) for of in ("estimate", "low", "high")}
    return say("sensitivity.same" if case.times == 1 else "sensitivity.times", lang, times=times, **values)


def _options(
    moments: Moments, driver: str, benchmarks: Any, times: Any, level: float, errors: str
) -> tuple[tuple[str, ...], np.ndarray, list[str]]:
    problems = []
    if isinstance(benchmarks, str):
        problems.append(f"benchmarks must be a list, not the text {benchmarks!r}")
        benchmarks = [benchmarks]
    benchmarks, times = tuple(benchmarks), np.atleast_1d(times)
    known = ", ".join(moments.regressors)
    problems += [
        f"no such regressor: {name!r}; the model has {known}"
        for name in (driver, *benchmarks)
        if name not in moments.regressors
    ]
    if driver in benchmarks:
        problems.append(f"{driver!r} is both driver and benchmark")
    if times.dtype.kind not in "if" or not len(times) or not (times > 0).all():
        problems.append(f"times are {times.tolist()}; expected positive numbers")
    if errors not in _ERRORS:
        problems.append(f"errors are {errors!r}; choose from {', '.join(_ERRORS)}")
    return benchmarks, times, problems + bad_level(level)
