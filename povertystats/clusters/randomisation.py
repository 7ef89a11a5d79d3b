"""Randomisation inference from moments: the driver's paths given to other places, for drivers that few places adopt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.clusters.assignments import all_assignments, drawn_in_parts, number, paths
from povertystats.clusters.jackknife import equations, unknown_columns
from povertystats.clusters.statistics import Statistics, bad_null
from povertystats.regression.inference import bad_level, solve
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left
from povertystats.words.errors import OF_A_FIT, expect, not_whole, refuse
from povertystats.words.result import Result

# Assignments, and labels of places in them, worked on at once: few enough to stay in the processor's cache.
_BATCH, _LABELS = 512, 2**17
# A smaller share of a driver's variation is absorbed by what stands beside it; a smaller clustered error is none.
_ABSORBED, _NO_ERROR = 1e-9, 1e-6
# Sums that come out of cells and of rows differ by rounding only.
_SAME = 1e-8
_COLUMNS = ["column", "statistic", "estimate", "p", "low", "high", "least", "ties", "holes"]


@dataclass(frozen=True, eq=False, repr=False)
class Randomisation(Result):
    """Tests of a driver by the same driver given to other places.

    Parameters
    ----------
    table : DataFrame
        A row a statistic ("t" by CRV1, "estimate"): column, statistic, estimate, p (two-sided), low and high (values
        that are not rejected at ``level``, infinite where none is), least (the smallest p that can come out), ties,
        holes (as of ``wild``). NaN for t where clustered errors are zero.
    column, statistic : str
        The driver, and the row that is to be read: "t"; with a single treated place, or a single other, "estimate".
    p, least : float
        Of that row. Where ``least`` is above the size of a test, that test does not exist.
    assignments, treated, places : int
        Assignments compared with the data, which are among them; places that ever have another value; all places.
    every : bool
        Whether the assignments are all that there are, or drawn.
    null, level : float
        The value tested, and the confidence of the intervals.

    Examples
    --------
    >>> heads = pd.DataFrame({"place": range(7), "y": [15, 15, 20, 20, 10, 15, 30], "d": [1, 0, 0, 0, 0, 0, 1]})
    >>> m = Moments.from_frame(heads, "y", ["d"], entity=None, time=None)
    >>> randomisation(m, "d").table.round(3)[["statistic", "estimate", "p", "least"]].values.tolist()
    [['t', 6.5, 0.524, 0.095], ['estimate', 6.5, 0.381, 0.095]]
    """

    table: pd.DataFrame
    column: str
    statistic: str
    p: float
    least: float
    assignments: int
    treated: int
    places: int
    every: bool
    null: float
    level: float

    def _sentence(self) -> str:
        kind = "all" if self.every else "drawn"
        given = f"{self.column} of {self.treated} of {self.places} places given to others"
        return (
            f"Randomisation inference: {given}, {self.assignments:,} assignments ({kind}), p = {self.p:.3g}"
        )


def randomisation(
    moments: Moments,
    column: str,
    *,
    null: float = 0.0,
    draws: int = 9999,
    seed: int = 1,
    level: float = 0.95,
) -> Randomisation:
    """Test a 0/1 driver by giving its paths over the years to other places: Fisher's test, RI-t and RI-β.

    Under the null the outcome less ``null`` times the driver is what it would have been had others been treated.
    Each place gets the path of one place (years in which it was treated), as many get each path as have it; other
    regressors and effects stay and are partialled out each time. p is the share of assignments, the data among them,
    whose ``|t|`` by CRV1 against ``null``, or whose distance of the estimate from it, is at least that of the data. It
    assumes that any place was as likely to be treated as any other and that their errors are alike. Where treated
    places are noisier than others, or not alike in size, p of the estimate is wrong and that of t less so, but for
    a single treated place.

    Parameters
    ----------
    moments : Moments
        The model; effects of its clusters or none, one or several rows a place and time.
    column : str
        One of its regressors, of two values (0 and 1, or others), the same in all rows of a place and time; or changes of such.
        A place's path in years for which it has no row is that of its last year before, else of its first one.
    null : float, default 0.0
        The value tested.
    draws, seed : int
        Where there are no more assignments than ``draws`` all are used, else so many are drawn.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    Randomisation
        Estimates and intervals in units and with the sign of the coefficient.

    Raises
    ------
    WrongType
        When ``moments`` are not Moments.
    Refused
        All problems at once: an unknown column, a driver that is not 0/1, differs within a place and time or has the
        same path everywhere, effects of entities within clusters, bad options.

    References
    ----------
    MacKinnon & Webb 2020, doi:10.1016/j.jeconom.2020.04.024; Fisher 1935, The Design of Experiments, ch. 2.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> panel = pd.DataFrame({"place": np.repeat(range(20), 6), "year": np.tile(range(6), 20)})
    >>> panel["d"] = ((panel.place < 2) & (panel.year > 2)).astype(int)
    >>> panel["y"] = panel.d + rng.normal(size=120)
    >>> test = randomisation(Moments.from_frame(panel, "y", ["d"]), "d")
    >>> round(test.p, 3), test.assignments, round(test.least, 4)
    (0.058, 190, 0.0053)
    """
    expect("Moments", "regressors", OF_A_FIT, moments=moments)
    problems = unknown_columns(moments, [column]) or _problems(moments, column)
    problems += bad_null(null) + bad_level(level) + not_whole(1, draws=draws) + not_whole(seed=seed)
    refuse("cannot randomise", problems)
    estimate = float(solve(moments)[moments.columns.index(column)])
    given = _Given(moments, column)
    unlike = (
        "there are effects which the sums by place and time do not tell: expected those of clusters and times"
    )
    refuse("cannot randomise", [] if given.same else [unlike])
    own, few = given.own, len(given.own) - int(np.bincount(given.own).max())
    ways = number(own)
    every = ways <= draws
    most = max(1, min(_BATCH, _LABELS // len(own)))
    whole = all_assignments(own) if every else np.empty((0, 0), int)
    batches = np.split(whole, range(most, ways, most)) if every else drawn_in_parts(own, draws, seed, most)
    made = [given.squares(labels) for labels in batches]
    rows = []
    for name, unit, parts in zip(("t", "estimate"), given.units, zip(*made, strict=True), strict=True):
        row: dict[str, Any] = {"column": column, "statistic": name, "estimate": estimate}
        if unit:
            test = Statistics(np.concatenate(parts, axis=2), every)
            told = test.tell(estimate, unit, null, level)
            least = test.least((estimate - null) / unit) if every else (1 + draws / ways) / (1 + draws)
            row |= {"p": told.p, "low": told.low, "high": told.high, "least": least}
            row |= {"ties": told.ties, "holes": len(told.pieces) - 1}
        rows.append(row)
    table = pd.DataFrame(rows, columns=_COLUMNS)
    read = table.iloc[0 if few > 1 and given.units[0] else 1]
    compared = sum(parts[1].shape[2] for parts in made) + (not every)
    told_of = read["statistic"], float(read["p"]), float(read["least"])
    return Randomisation(table, column, *told_of, compared, few, len(own), every, null, level)


class _Given:
    """What is needed of the sums by place and time to give the driver's paths to other places.

    With Z what stands beside the driver d, M = I − Z(Z'Z)⁻¹Z' and û the residuals of the model: under a null a
    distance s below the estimate the outcome is û + s·Md but for what Z explains. A path a has the estimate
    a'(û + s·Md)/a'Ma, and in cluster g the score (Ma)_g'(û + s·Md)_g − estimate·(Ma)_g'(Ma)_g.
    """

    def __init__(self, moments: Moments, column: str) -> None:
        found = paths(moments, column)
        assert found is not None
        every, self.own, (low, step) = found
        every = low + step * every
        each, j = equations(moments), moments.columns.index(column)
        cross, outcome, self.square = _crossed(moments, every)
        size = np.sqrt(np.diag(each.sum(axis=0)))
        same = _SAME * size * size.max()
        size[j] = 1
        xx, xy, cross = each[:, :, :-1] / np.outer(size, size), each[:, :, -1] / size, cross / size
        theta = np.linalg.solve(xx.sum(axis=0), xy.sum(axis=0))
        z = np.arange(len(size)) != j
        self.inner, self.cross = xx[:, z][:, :, z], cross[:, :, z]
        self.inverse = np.linalg.inv(self.inner.sum(axis=0))
        pi = self.inverse @ xx[:, z, j].sum(axis=0)
        # Of û and of Md: sums by path (2, G, P), and by Z (2, G, K).
        self.by_path = np.stack([outcome - cross @ theta, cross[:, :, j] - self.cross @ pi])
        self.by_z = np.stack([(xy - xx @ theta)[:, z], xx[:, z, j] - self.inner @ pi])
        scores, _, spread = self._scores(self.own[None])
        error = np.sqrt((scores[0] ** 2).sum()) / spread[0]
        plain = np.sqrt((moments.yy.sum() - xy.sum(axis=0) @ theta) / moments.n.sum() / spread[0])
        self.units = (float(error) if error > _NO_ERROR * plain else 0.0, float(plain))
        # The driver's own sums, which other effects than those of times may have moved; without effects about its mean.
        mine = (cross * size)[np.arange(len(self.own)), self.own]
        if not moments.entity:
            mine = mine - mine[:, -1].sum() / each[:, -1, -2].sum() * each[:, :, -2]
        self.same = bool((np.abs(mine - each[:, j, :-1]) <= same).all())

    def _scores(self, labels):
        """Return the scores about the estimate under û and under Md (2, B, G), both estimates (2, B), and a'Ma (B,)."""
        place = np.arange(len(self.own))
        mine = self.cross[place, labels]
        gamma = mine.sum(axis=1) @ self.inverse
        within = (np.matmul(gamma, self.inner) * gamma).sum(axis=2).T
        own = self.square[place, labels] - 2 * np.matmul(mine, gamma[:, :, None])[:, :, 0] + within
        spread = own.sum(axis=1)
        parts = self.by_path[:, place, labels] - np.matmul(gamma, self.by_z.transpose(0, 2, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates = parts.sum(axis=2) / spread
            return parts - estimates[:, :, None] * own, estimates, spread

    def squares(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``Statistics.squares`` of t and of the estimate, of the assignments under which it can be told."""
        mine = self.square[np.arange(len(self.own)), labels].sum(axis=1)
        (f, h), (b0, b1), spread = self._scores(labels)
        told = spread > _ABSORBED * mine
        f, h, b0, b1, spread = f[told], h[told], b0[told], b1[told], spread[told]
        made = []
        for unit in self.units:
            n0, n1 = b0, unit * b1
            one = np.zeros((2, 3, len(spread)))
            one[0] = n0**2, 2 * n0 * n1, n1**2
            one[1, 0] = self.units[1] ** 2
            made.append(one)
        f, h = f / spread[:, None], self.units[0] * h / spread[:, None]
        made[0][1] = (f**2).sum(axis=1), 2 * (f * h).sum(axis=1), (h**2).sum(axis=1)
        # The data themselves, whatever the null: rounding.
        made[0][1, 1:, made[0][1, 2] < _ABSORBED**2 * made[0][1, 0]] = 0
        return made[0], made[1]


def _crossed(moments, every):
    """Return d̃_gm'X_g (G, P, K), d̃_gm'y_g (G, P), d̃_gm'd̃_gm (G, P) of each place g and path m."""
    counts, means, sums, _ = cells_left(moments)
    n = counts.sum(axis=1)
    on = counts @ every.T
    crossed = np.einsum("gtv,mt->gmv", sums, every)
    times = counts[:, None] * every
    square = counts @ (every**2).T
    if moments.entity:
        times = times - on[:, :, None] * (counts / n[:, None])[:, None]
        square = square - on**2 / n[:, None]
        one = np.zeros((*on.shape, 0))
    else:
        crossed = crossed + on[:, :, None] * (means - n @ means / n.sum())[:, None]
        times = times - on[:, :, None] * (counts.sum(axis=0) / n.sum())
        one = on[:, :, None]
    crossed = np.concatenate([crossed, times], axis=2)
    names = (*moments.names, *(f"{moments.time}[{time}]" for time in moments.times))
    wanted = [names.index(name) for name in moments.columns]
    return np.concatenate([crossed[:, :, wanted], one], axis=2), crossed[:, :, 0], square


def _problems(moments, column):
    if column not in moments.regressors:
        return [f"{column} is no regressor; expected a driver that places adopt, 0 or 1"]
    if moments.within:
        return [
            f"effects of {moments.entity} within {moments.cluster}: expected effects of the clusters, or none"
        ]
    found = paths(moments, column)
    if found is None:
        none = (
            ""
            if moments.time
            else "; these moments have no times: expected time effects, or a driver of places"
        )
        return [
            f"{column} has more than two values, or differs within a place and time: it has no path{none}"
        ]
    if len(found[0]) == 1:
        return [f"{column} has the same path in every place: there is nothing to give to others"]
    return []
