"""A driver beside the outcome twice: across places in their means, and within places over the years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.regression.estimators import place_means
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.regression.terms import read_term


@dataclass(frozen=True, eq=False)
class Scatter:
    """The points and least-squares slopes of a driver beside an outcome, between places and within them.

    ``table``: view ("between", "within"), place, year (missing between places) and both terms; ``slopes`` by view.
    """

    outcome: str
    driver: str
    table: pd.DataFrame
    slopes: dict[str, float]

    def points(self, view: str) -> pd.DataFrame:
        """Return place, year and both terms of one view."""
        return self.table[self.table["view"] == view].drop(columns="view").reset_index(drop=True)

    def line(self, view: str) -> pd.DataFrame:
        """Return both ends of the line through the mean of a view's points."""
        points = self.points(view)
        x = points[self.driver]
        ends = np.array([x.min(), x.max()])
        heights = points[self.outcome].mean() + self.slopes[view] * (ends - x.mean())
        return pd.DataFrame({self.driver: ends, self.outcome: heights})


def scatter(
    panel: pd.DataFrame, outcome: str, driver: str, *, cluster: str = "place", time: str = "year"
) -> Scatter:
    """Return a driver beside the outcome in the means of places, and in what place and year effects leave of both.

    ``panel``: one row a place and year; ``outcome``, ``driver``: terms as in ``fit_drivers``, of which the slopes
    are the between and the within estimates. Raises as ``place_means`` and ``solve`` do.
    Source: Mundlak 1978, doi:10.2307/1913646.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> both = scatter(panel.assign(y=[0.0, 1, 0, 3, 1, 4]), "y", "x")
    >>> {view: round(slope, 3) for view, slope in both.slopes.items()}
    {'between': 2.0, 'within': 1.0}
    """
    terms = [driver, outcome]
    means = place_means(panel, terms, place=cluster, time=time)
    x, y = means.columns
    across = Moments.from_frame(means.table, y, [x], cluster=cluster, entity=None, time=None)
    along = Moments.from_frame(panel, outcome, [driver], entity=cluster, cluster=cluster, time=time)
    slopes = {"between": float(solve(across)[0]), "within": float(solve(along)[0])}
    between = means.table.set_axis(["place", *terms], axis="columns")
    within = _beside_effects(panel, terms, cluster, time)
    table = pd.concat([between.assign(view="between"), within.assign(view="within")], ignore_index=True)
    table = table[["view", "place", "year", *terms]].astype({"year": "Int64"})
    return Scatter(outcome, driver, table, slopes)


def _beside_effects(panel: pd.DataFrame, terms: list[str], cluster: str, time: str) -> pd.DataFrame:
    """Return place, year and, of each term, what place and year effects leave, where all terms are there."""
    values = np.column_stack([read_term(panel, term)[0] for term in terms])
    usable = ~np.isnan(values).any(axis=1)
    # A single row is its own mean: nothing is left of it.
    usable &= panel[cluster].map(panel[cluster][usable].value_counts()).gt(1).to_numpy()
    keys, values = panel.loc[usable, [cluster, time]], values[usable] - values[usable].mean(axis=0)
    effects = pd.get_dummies(keys, columns=[cluster, time], dtype=float).to_numpy()
    left = pd.DataFrame(values - effects @ np.linalg.lstsq(effects, values)[0], columns=terms)
    return keys.set_axis(["place", "year"], axis="columns").reset_index(drop=True).join(left)
