"""What an illustrative register aims at: poor and near-poor households of each district and year, as published."""

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

PROVINCE, FIRST, LAST = "Bắc Kạn", 2016, 2020
COUNTS = ["households", "poor_households", "deprivation_poor_households", "near_poor_households"]
_RATES = ["poor_household_pct", "income_poor_of_poor_pct", "near_poor_household_pct"]
# Districts were published with the preliminary review of this year; the province's final rate differs from it.
_REVIEW = 2019
_STANDARD = "multidim_2016_2020"


def margins_of(facts, households, years):
    """Return what each district aims at: a row a district and year, as ``IllustrativeRegister.margins`` describes.

    ``households``: of the province, each year; ``years``: within 2016-2020. The docstring of
    ``illustrative_register`` tells what of it is published and what is set.

    >>> from povertystats.facts.facts import load_facts
    >>> found = margins_of(load_facts(), 80_276, [2019, 2020]).set_index(["district", "year"])
    >>> found.loc[("Ngân Sơn", 2019), ["households", "poor_households", "near_poor_households"]].tolist()
    [7416, 2543, 1030]
    """
    names = facts.places.table.query("kind == 'district' and parent == @PROVINCE")["place"].tolist()
    wanted = [COUNTS[0], COUNTS[1], COUNTS[3], *_RATES]
    rows = facts.panel(wanted, places=[PROVINCE, *names], years=(FIRST, LAST), standard=_STANDARD)
    of_province = rows[rows["place"] == PROVINCE].set_index("year")
    total, poor, near, rate, by_income, _ = (of_province[name].dropna().to_dict() for name in wanted)
    near_share = {year: number / total[year] for year, number in near.items()}
    path = {year: pct / 100 for year, pct in rate.items()} | {_REVIEW: poor[_REVIEW] / total[_REVIEW]}
    districts = _districts(rows, names, path, total[_REVIEW], near[_REVIEW])
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
            "published": year == _REVIEW,
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

    def share(slope):
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


def allot(total, weights):
    """Share a total out in whole numbers in proportion to weights, by largest remainders.

    >>> allot(10, [1, 1, 1]).tolist()
    [4, 3, 3]
    """
    exact = total * np.asarray(weights, float) / np.sum(weights)
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def shift(log_odds, weights, total):
    """Return by how much log-odds must rise for the weighted probabilities to sum to a total.

    >>> round(shift(np.zeros(2), np.array([3.0, 1.0]), 1.0), 6)         # 1/4 of 4: log-odds ln(1/3)
    -1.098612
    """
    return float(brentq(lambda by: weights @ expit(log_odds + by) - total, -30, 30, xtol=1e-13))
