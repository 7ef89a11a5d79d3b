"""What the districts of an illustrative province aim at: made up, or as published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

PROVINCE, FIRST, LAST = "Bắc Kạn", 2016, 2020
COUNTS = ["households", "poor_households", "deprivation_poor_households", "near_poor_households"]
_RATES = ["poor_household_pct", "income_poor_of_poor_pct", "near_poor_household_pct"]
# Districts were published with the preliminary review of this year; the province's final rate differs from it.
_REVIEW = 2019
STANDARD = "multidim_2016_2020"
# Chosen: a province that nobody can take for a real one. Of each district its part of the households and its rate in one
# year (per cent); of the province the rate by year, who is near-poor, and how many of the poor are so by income.
MADE_UP = "Tỉnh minh họa"
_DISTRICTS = {
    "TP. Minh Họa": (12, 3.0),
    "Huyện A": (9, 9.0),
    "Huyện B": (13, 12.0),
    "Huyện C": (10, 15.0),
    "Huyện D": (11, 17.0),
    "Huyện E": (8, 21.0),
    "Huyện G": (7, 27.0),
    "Huyện H": (10, 31.0),
}
_PATH = {2016: 0.232, 2017: 0.211, 2018: 0.189, 2019: 0.167, 2020: 0.152}
_NEAR_POOR, _BY_INCOME_PCT = 0.1, 94.0


def margins_of(facts: Facts, households: int, years: Iterable[int]) -> pd.DataFrame:
    """Return what each district aims at: a row a district and year, as ``IllustrativeRegister.margins`` describes.

    ``households``: of the province, each year; ``years``: within 2016-2020. ``illustrative_register`` says what
    of it is published and what is set.

    >>> from povertystats.facts.package import load_facts
    >>> margins = margins_of(load_facts(), 80_276, [2019, 2020]).set_index(["district", "year"])
    >>> margins.loc[("Ngân Sơn", 2019), ["households", "poor_households", "near_poor_households"]].tolist()
    [7416, 2543, 1030]
    """
    names = facts.places.table.query("kind == 'district' and parent == @PROVINCE")["place"].tolist()
    wanted = [COUNTS[0], COUNTS[1], COUNTS[3], *_RATES]
    rows = facts.panel(wanted, places=[PROVINCE, *names], years=(FIRST, LAST), standard=STANDARD)
    of_province = rows[rows["place"] == PROVINCE].set_index("year")
    total, poor, near, rate, by_income, _ = (of_province[name].dropna().to_dict() for name in wanted)
    near_share = {year: number / total[year] for year, number in near.items()}
    path = {year: pct / 100 for year, pct in rate.items()} | {_REVIEW: poor[_REVIEW] / total[_REVIEW]}
    districts = _districts(rows, names, path, total[_REVIEW], near[_REVIEW])
    return _by_year(districts, path, by_income, near_share, households, years, published=_REVIEW)


def made_up(households: int, years: Iterable[int]) -> pd.DataFrame:
    """Return what each district of the made-up province aims at, as ``margins_of``; nothing of it is published.

    >>> made_up(80_000, [2020]).set_index("district")["households"].head(2).to_dict()
    {'Huyện A': 9000, 'Huyện B': 13000}
    """
    parts = pd.DataFrame(
        _DISTRICTS.values(), index=pd.Index(_DISTRICTS, name="district"), columns=["households", "rate"]
    )
    districts = parts.assign(rate=parts["rate"] / 100)
    districts["near"] = districts["households"] * (1 - districts["rate"])
    return _by_year(districts, _PATH, {_REVIEW: _BY_INCOME_PCT}, {_REVIEW: _NEAR_POOR}, households, years)


def _by_year(districts, path, by_income, near_share, households, years, published=0):
    """Return the margins of every year: districts as at one review, moved so that the province follows its path."""
    weights, log_odds = districts["households"].to_numpy(), logit(districts["rate"].to_numpy())
    sizes, made = allot(households, weights), []
    for year in years:
        aimed = expit(log_odds + shift(log_odds, weights, path[year] * weights.sum()))
        poor_now = np.rint(aimed * sizes).astype(int)
        deprived = round((1 - _nearest(by_income, year) / 100) * poor_now.sum())
        columns = {
            "district": districts.index,
            "year": year,
            "households": sizes,
            "poor_households": poor_now,
            "poor_household_pct": 100 * aimed,
            "deprivation_poor_households": allot(deprived, poor_now),
            "near_poor_households": allot(round(_nearest(near_share, year) * households), districts["near"]),
            "published": year == published,
        }
        made.append(pd.DataFrame(columns))
    return pd.concat(made).sort_values(["district", "year"], ignore_index=True)


def _districts(rows, names, path, households, near_poor):
    """Return each district's households, poor rate (0-1) and near-poor households at the review, not rounded."""
    review = rows[rows["year"] == _REVIEW].set_index("place").reindex(names)
    rate = review["poor_household_pct"] / 100
    counted = rows.dropna(subset="poor_households").groupby("place").last().reindex(names)
    rate_then = expit(logit(rate) + logit(counted["year"].map(path)) - logit(path[_REVIEW]))
    number = rows.groupby("place")["households"].last().reindex(names)
    number = number.fillna(counted["poor_households"] / rate_then)
    left, left_poor = households - number.sum(), households * path[_REVIEW] - (number * rate).sum()
    others = rate[number.isna()]

    def share(slope: float) -> pd.Series:
        weights = np.exp(slope * others)
        return left * weights / weights.sum()

    # Exponential weights depart the least from even shares (in entropy).
    number = number.fillna(share(brentq(lambda slope: share(slope) @ others - left_poor, -100, 100)))
    near = review["near_poor_household_pct"] / 100 * number
    not_poor = (number * (1 - rate))[near.isna()]
    near = near.fillna((near_poor - near.sum()) * not_poor / not_poor.sum())
    return pd.DataFrame({"households": number, "rate": rate, "near": near})


def _nearest(values, year):
    return values[min(values, key=lambda known: (abs(known - year), known))]


def allot(total: int, weights: np.ndarray | list[float]) -> np.ndarray:
    """Share a total out in whole numbers in proportion to weights, by largest remainders.

    >>> allot(10, [1, 1, 1]).tolist()
    [4, 3, 3]
    """
    exact = total * np.asarray(weights, float) / np.sum(weights)
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def shift(log_odds: np.ndarray, weights: np.ndarray, total: float) -> float:
    """Return by how much log-odds must rise for the weighted probabilities to sum to a total.

    >>> round(shift(np.zeros(2), np.array([3.0, 1.0]), 1.0), 6)         # 1/4 of 4: log-odds ln(1/3)
    -1.098612
    """
    return float(brentq(lambda by: weights @ expit(log_odds + by) - total, -30, 30, xtol=1e-13))
