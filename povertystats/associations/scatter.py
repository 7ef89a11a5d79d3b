"""A driver beside the outcome: in the means of places, and in what place and year effects leave of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.estimators.changes import place_means
from povertystats.frames.keys import Key, keyed
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
    panel: pd.DataFrame, outcome: str, driver: str, *, cluster: Key = "place", time: str = "year"
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
    panel, place = keyed(panel, cluster)
    across = Moments.from_frame(means.table, y, [x], cluster=place, entity=None, time=None)
    along = Moments.from_frame(panel, outcome, [driver], entity=[place], cluster=[place], time=time)
    slopes = {"between": float(solve(across)[0]), "within": float(solve(along)[0])}
    between = means.table.set_axis(["place", *terms], axis="columns")
    within = _beside_effects(panel, terms, along)
    table = pd.concat([between.assign(view="between"), within.assign(view="within")], ignore_index=True)
    table = table[["view", "place", "year", *terms]].astype({"year": "Int64"})
    return Scatter(outcome, driver, table, slopes)


def _beside_effects(panel: pd.DataFrame, terms: list[str], moments: Moments) -> pd.DataFrame:
    """Return place, year and, of each term, what place and year effects leave, of the rows that count in ``moments``."""
    keys = panel[[moments.cluster, str(moments.time)]]
    kept = {(moments.labels[g], moments.times[t]) for g, t in np.argwhere(moments.kept.counts)}
    values = np.column_stack([read_term(panel, term)[0] for term in terms])
    usable = ~np.isnan(values).any(axis=1) & [key in kept for key in keys.itertuples(index=False, name=None)]
    keys, values = keys[usable], values[usable] - values[usable].mean(axis=0)
    effects = pd.get_dummies(keys, columns=[*keys], dtype=float).to_numpy()
    left = pd.DataFrame(values - effects @ np.linalg.lstsq(effects, values)[0], columns=terms)
    return keys.set_axis(["place", "year"], axis="columns").reset_index(drop=True).join(left)
