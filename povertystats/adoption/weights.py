"""What a fit with place and year effects makes of places that adopt at different times: its comparisons and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.adoption.adopted import read_adoption
from povertystats.associations.check import Check, checked
from povertystats.associations.mixing import two_way_residuals, two_way_weights_of
from povertystats.frames.keys import Key
from povertystats.frames.rates import Units
from povertystats.words.errors import refuse
from povertystats.words.phrases import term_name
from povertystats.words.wording import number, precision, say

_KINDS = ("never", "later", "earlier")


@dataclass(frozen=True, eq=False, repr=False)
class TwoWayWeights(Check):
    """The comparisons that make up an estimate with place and year effects, from ``two_way_weights``.

    Parameters
    ----------
    table : DataFrame
        The columns of every check (check, driver, way, estimate: of one comparison, low, high, p, n, level; without
        intervals), then kind (what a cohort is compared with: "never": places that do not adopt; "later": places that
        adopt later, up to then; "earlier": places that had adopted before), cohort and against (years of adoption; NaN:
        before the first year, or never), weight (they add up to 1), outcome. Empty where a place lacks a year.
    estimate : float
        The estimate itself: the sum of weight times estimate.
    figures : DataFrame
        One row a cohort and year after adoption: cohort, year, places, weight of their figures together (de Chaisemartin
        & D'Haultfœuille).
    negative, treated : int
        How many figures after adoption have a weight below zero, and how many there are.
    below : float
        Weights below zero, added up; all add up to 1.

    Examples
    --------
    >>> import povertystats as ps
    >>> panel = pd.DataFrame({"place": list("aaabbbccc"), "year": [1, 2, 3] * 3, "on": [0, 1, 1, 0, 0, 1, 0, 0, 0]})
    >>> found = ps.two_way_weights(panel.assign(y=[1, 2, 5, 1, 1, 3, 2, 2, 1]), "y", "on")
    >>> found.shares.round(3).to_dict()
    {'never': 0.667, 'later': 0.167, 'earlier': 0.167}
    """

    table: pd.DataFrame
    estimate: float
    figures: pd.DataFrame
    negative: int
    treated: int
    below: float
    kind = "two_way_weights"

    @property
    def shares(self) -> pd.Series:
        """The weight of the comparisons of each kind: "never", "later", "earlier"."""
        return self.table.groupby("kind")["weight"].sum().reindex(_KINDS, fill_value=0.0)

    def _displayed(self) -> pd.DataFrame:
        return self.table[["kind", "cohort", "against", "estimate", "weight"]]

    def _sentence(self) -> str:
        told = f"{self.negative} of {self.treated} figures after adoption with a weight below zero"
        return f"Two-way weights: estimate {self.estimate:.4g}, {told}"

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        return [
            say(
                f"two_way_weights.pair.{row.kind}",
                lang,
                cohort=_date(row.cohort, lang),
                against=_date(row.against, lang),
            )
            for row in self.table.itertuples()
        ]

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        counts = {"negative": self.negative, "treated": self.treated, "below": self.below}
        lines = [say(f"two_way_weights.{'negative' if self.negative else 'positive'}", lang, **counts)]
        if self.table.empty:
            return "\n".join(
                [*lines, say("two_way_weights.unbalanced", lang), say("two_way_weights.advice", lang)]
            )
        shares, told = self.shares, []
        spread = self.table["estimate"].std()
        for kind, rows in self.table.groupby("kind", sort=False):
            mean = (rows["weight"] * rows["estimate"]).sum() / rows["weight"].sum()
            size = number(mean, lang, precision(spread) if spread > 0 else 2)
            about = {"share": 100 * shares[kind], "mean": size}
            told.append(say(f"two_way_weights.kind.{kind}", lang, **about))
        outcome = term_name(self.table["outcome"].iloc[0], lang, labels)
        lines.append(say("two_way_weights.made_of", lang, told="; ".join(told), outcome=outcome))
        return "\n".join([*lines, say("two_way_weights.advice", lang)])


def two_way_weights(
    panel: pd.DataFrame,
    outcome: str,
    adopted: str,
    *,
    place: Key = "place",
    year: str = "year",
    units: Units = None,
) -> TwoWayWeights:
    """Take apart what a fit with place and year effects makes of a programme that places adopt at different times.

    Parameters
    ----------
    panel : DataFrame
        One row a place and year.
    outcome : str
        Its column.
    adopted : str
        A column of the year of first adoption, or of 0 and 1, as in ``event_study``.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key where names repeat) and of years.
    units : str or mapping of str to str, optional
        The unit in which rates are written, as in ``fit_drivers``.

    Returns
    -------
    TwoWayWeights
        A check: each comparison of two cohorts with its estimate (in units of the outcome; positive: higher after
        adoption) and weight, and the weights of figures after adoption.

    Raises
    ------
    WrongType
        When ``panel`` is not a DataFrame.
    Refused
        All problems at once, as in ``event_study``; and where place and year effects leave nothing of the programme.

    Notes
    -----
    The estimate of ``y_it = b·on_it + place_i + year_t + e_it`` is a weighted mean of all differences of differences of
    two cohorts while one of them changes and the other does not. With n_k the share of places in cohort k, D_k the share
    of its years after adoption, k before l, and V the mean square of what the effects leave of ``on``: k against l before
    l adopts has weight ``n_k n_l (D_k − D_l)(1 − D_k)/V``, l against k after k adopted ``n_k n_l D_l (D_k − D_l)/V``. The
    latter take what k gains over the years for a loss of l. Of the same fit, the figure of a place after adoption has the
    weight ``ε_it/Σε`` in the mean of all such figures: some are below zero. Without gaps only for the comparisons.

    References
    ----------
    Goodman-Bacon 2021, doi:10.1016/j.jeconom.2021.03.014; de Chaisemartin & D'Haultfœuille 2020,
    doi:10.1257/aer.20181169.

    Examples
    --------
    >>> import povertystats as ps
    >>> panel = pd.DataFrame({"place": list("aaabbbccc"), "year": [1, 2, 3] * 3, "on": [0, 1, 1, 0, 0, 1, 0, 0, 0]})
    >>> found = ps.two_way_weights(panel.assign(y=[1, 2, 5, 1, 1, 3, 2, 2, 1]), "y", "on")
    >>> found.table[["kind", "cohort", "against", "estimate", "weight"]].round(3).values.tolist()[-1]
    ['earlier', 3.0, 2.0, -1.0, 0.167]
    """
    data = read_adoption(panel, outcome, adopted, place=place, year=year, units=units, every=True)
    there = ~np.isnan(data.y)
    on = (data.years >= data.first[:, None]).astype(float)
    left = two_way_residuals(on, there.astype(float))
    variance = float((left**2).sum())
    if not variance > 1e-9 * there.sum():
        rule = f"{adopted!r} is absorbed by place and year effects: no place adopts between two years, or all in one"
        refuse(f"cannot weight what comes after {adopted!r}", [rule])
    estimate = float((left * np.where(there, data.y, 0.0)).sum() / variance)
    weights = two_way_weights_of(on, there.astype(float))
    figures = pd.DataFrame(
        {
            "cohort": np.repeat(data.first, len(data.years)),
            "year": np.tile(data.years, len(data.places)),
            "places": 1,
            "weight": weights.ravel(),
        }
    ).dropna()
    figures = figures.groupby(["cohort", "year"], as_index=False)[["places", "weight"]].sum()
    below = weights < -1e-9
    pairs = pd.DataFrame(
        _pairs(data.y, data.first, data.years, variance) if there.all() else [],
        columns=["kind", "cohort", "against", "estimate", "weight", "n"],
    )
    dates = pairs[["cohort", "against"]].map(lambda date: "" if np.isnan(date) else f"{date:.0f}")
    pairs = pairs.assign(
        driver=adopted, outcome=outcome, dates=dates.agg(" with ".join, axis=1) if len(pairs) else ""
    )
    table = checked(TwoWayWeights.kind, pairs, ["kind", "dates"]).drop(columns="dates")
    counts = int(below.sum()), int(np.isfinite(weights).sum())
    return TwoWayWeights(table, estimate, figures, *counts, float(weights[below].sum()))


def _pairs(y, first, years, variance):
    """Yield every comparison of two cohorts: kind, cohort, against, estimate, weight, places."""
    # Years of adoption before the first one are one cohort: it has adopted all along.
    date = np.where(first <= years[0], years[0], first)
    cohorts = np.unique(date)
    share = {g: (date == g).mean() for g in cohorts}
    after = {g: (years >= g).mean() for g in cohorts}
    mean = {g: y[date == g].mean(axis=0) for g in cohorts}
    scale = y.size / variance
    rows = []
    for k in cohorts:
        for late in cohorts[cohorts > k]:
            both, apart = share[k] * share[late] * scale, after[k] - after[late]
            n = int(((date == k) | (date == late)).sum())
            change = mean[k] - mean[late]
            until, since = years < late, years >= k
            early = years < k
            if after[k] < 1:
                moved = change[until & ~early].mean() - change[early].mean()
                kind = "never" if np.isinf(late) else "later"
                rows.append((kind, k, _known(late, years), moved, both * apart * (1 - after[k]), n))
            if after[late] > 0:
                moved = change[since & until].mean() - change[~until].mean()
                weight = both * apart * after[late]
                rows.append(("earlier", late, _known(k, years), moved, weight, n))
    return sorted(rows, key=lambda row: (_KINDS.index(row[0]), row[1], row[2]))


def _known(cohort, years):
    """Return a year of adoption that is known; NaN before the first year and where there is none."""
    return cohort if years[0] < cohort < np.inf else np.nan


def _date(cohort: float, lang: str) -> str:
    return say("two_way_weights.before", lang) if np.isnan(cohort) else f"{cohort:.0f}"
