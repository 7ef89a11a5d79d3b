"""A rate whose peers are measured by another instrument: what both share, and how like the two are.

The two never join into one series. They share what a year does to the whole country; how much of it each takes, its own
pace, how unsteady its places are, how far their paces lie apart and how noisy it is are told by the few figures that
other places have by the own instrument, and by the series itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax

from povertystats.facts.series import at_edge
from povertystats.forecasts.empirical_bayes import Trends, level_variance, log_density
from povertystats.forecasts.mixtures import Way
from povertystats.forecasts.scores import to_scale
from povertystats.forecasts.shared_paths import (
    FEWEST_SHAPED,
    Path,
    Paths,
    believed,
    last_digit,
    probable,
    reduced,
    rounding,
)
from povertystats.forecasts.structural_trends import with_slopes

# The own instrument's changes of places may have so many times the variance of the peers', the spread of their paces so
# many times, and noise of so many times the variance may come on top; each is a normal deviate from alike.
_STRETCH = {0.25: 1.0, 1.0: 0.0, 4.0: 1.0, 16.0: 2.0}
_SPREAD = {1.0: 0.0, 8.0: 1.5}
_NOISE = {0.0: 0.0, 6.0: 1.5}
# It may take so much of what a year does to the other, have a pace of its own and shocks of its own, of so many times the
# variance of what a year does.
_LOADING = {0.5: 1.0, 1.0: 0.0, 2.0: 1.0}
_PACE = {0.25: 0.0, 2.0: 0.0}
_SHOCKS = {0.0: 0.0, 1.0: 0.0}
# A way so many times less likely than the likeliest is left out; rounds in which it is told how unsteady each place is.
_HARDLY, _STEPS = 1e-3, 3


class Beside(NamedTuple):
    """A place's figures by the own instrument: its column, years, level on the scale, and variance (``mixture``'s g)."""

    label: str
    years: tuple[int, ...]
    z: np.ndarray
    g: float


def besides(panel: pd.DataFrame, names: Sequence[str], own: Trends, scale: str) -> list[Beside]:
    """Return the series of columns of a panel that another instrument measured than the peers that gave ``own``."""
    found = []
    for name in names:
        figures = panel[["place", "year", name]].dropna().sort_values(["place", "year"])
        step = last_digit(figures[name].to_numpy(dtype=float))
        for _, rows in figures.groupby("place"):
            values = rows[name].to_numpy(dtype=float)
            if len(values) > 1 and not (scale == "log_odds" and at_edge(values).any()):
                z = to_scale(values, scale)
                g = level_variance(z[-1], scale, own.noise) + rounding(z[-1], step, scale) / own.variance
                found.append(Beside(name, tuple(rows["year"].tolist()), z, float(g)))
    return found


def most(
    panel: pd.DataFrame, names: Sequence[str], instruments: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return the names measured by the instrument with most series of three figures, and the others."""
    counts = panel.groupby("place")[list(names)].count()
    by = [instruments.get(name, "") for name in names]
    # Where none has three figures, the one with most figures.
    size = (counts >= FEWEST_SHAPED).sum().groupby(by).sum() + counts.sum().groupby(by).sum() / (
        1 + counts.to_numpy().sum()
    )
    most = size.idxmax() if len(size) else ""
    main = [name for name in names if instruments.get(name, "") == most]
    return main, [name for name in names if name not in main]


def beside(
    found: Sequence[Beside],
    instruments: Mapping[str, str],
    paths: Paths,
    indicator: str,
    figures: Mapping[int, float],
) -> list[Beside] | None:
    """Return other places' series by the instrument of an indicator, its own ``figures`` not again; None if it is the paths'."""
    mine = instruments.get(indicator, instruments.get(indicator.partition("@")[0], ""))
    if not mine or mine in {instruments.get(name, mine) for name in paths}:
        return None

    def itself(one: Beside) -> bool:
        return all(abs(figures.get(t, np.inf) - at) < 1e-9 for t, at in zip(one.years, one.z, strict=True))

    return [one for one in found if instruments[one.label] == mine and not itself(one)]


def other_ways(
    paths: Paths,
    beside: Sequence[Beside],
    own: Trends,
    indicator: str,
    every: tuple[int, ...],
) -> list[Way]:
    """Return the ways in which a series of another instrument than its peers may move.

    ``paths``, ``own``: what the peers' instrument says; ``beside``: places measured by the series' own one; ``every``: the
    years of the series and those ahead.

    The own instrument's path is ``λ c + pace t + shocks``, ``c`` that of the other. Places that are found are no sample: that
    their paces may lean one way is as uncertain as the instrument's own pace.
    """
    places = [one for one in beside if len(one.years) > 1]
    points = tuple(dict.fromkeys((one.label, year) for one in places for year in one.years))
    labels = tuple(label for label, _ in points) + (indicator,) * len(every)
    at, n = tuple(year for _, year in points) + every, len(points)
    kinds = _kinds(places, own, points)
    time, found = np.array(at, dtype=float) - min(at), np.arange(len(at)) < n
    pace = np.outer(time, time) * (1 + np.outer(found, found))
    same = np.equal.outer(np.array(labels), np.array(labels))
    walk = same * np.minimum.outer(time, time)

    scales = _grid(_STRETCH, _SPREAD, _NOISE)
    moves = _grid(_LOADING, _PACE, _SHOCKS)
    away = np.array([far for _, far in moves])
    unit = with_slopes(own.shapes, every, np.zeros(len(own.shapes)))
    slopes = with_slopes(own.shapes, every, own.kappa) - unit
    unlike = np.array(
        [(stretch, stretch * spread, stretch * noise) for (stretch, spread, noise), _ in scales]
    )
    # What differs by how far it is stretched alone is one array.
    mine = {
        (spread, noise): unit + spread * slopes + 0.5 * noise * np.eye(len(every))
        for (_, spread, noise), _ in scales
    }
    cells = []
    for path in probable(believed(paths, labels, at, own.variance, alike=1.0)):
        means = np.array([loading * path.mean for (loading, _, _), _ in moves])
        moved = np.array(
            [
                loading**2 * path.covariance + path.shock * (leans * pace + shocks * walk)
                for (loading, leans, shocks), _ in moves
            ]
        )
        each = zip(scales, *_seen(kinds, own, unlike, means, moved, away), strict=True)
        for ((stretch, spread, noise), far), likely, ahead, covs in each:
            for told, mean, cov in zip(likely - far - away + np.log(path.chance), ahead, covs, strict=True):
                seen = Path(mean, cov, path.df, float(told), path.shock, path.name)
                cells.append(Way(seen, mine[spread, noise], path.name, stretch))
    chances = softmax([way.path.chance for way in cells])
    # Of every name at least one is kept, so that series of one indicator have the same names.
    best: dict[str, float] = {}
    for way, chance in zip(cells, chances, strict=True):
        best[way.name] = max(best.get(way.name, 0.0), chance)
    return [
        way._replace(path=way.path._replace(chance=float(chance)))
        for way, chance in zip(cells, chances, strict=True)
        if chance > _HARDLY * chances.max() or chance == best[way.name]
    ]


class _Kind(NamedTuple):
    """Places with figures of one column and the same years, as differences from the last."""

    z: np.ndarray  # (S, m)
    g: np.ndarray  # (S,)
    of: np.ndarray  # (m, n): how they depend on the points of the path
    covs: tuple[np.ndarray, ...]  # (m, m) each, for a variance of 1: without slopes, slopes, noise


def _kinds(places: Sequence[Beside], own: Trends, points: Sequence[tuple[str, int]]) -> list[_Kind]:
    """Return places by column and years, their deviations by the peers' mean shape."""
    alike: dict[tuple[str, tuple[int, ...]], list[Beside]] = {}
    for one in places:
        alike.setdefault((one.label, one.years), []).append(one)
    weight, kinds = np.exp(own.log_weight), []
    for (label, years), some in alike.items():
        m = len(years) - 1
        told = np.hstack([np.eye(m), -np.ones((m, 1))])
        at = np.array([[(label, year) == point for point in points] for year in years], dtype=float)
        unit = with_slopes(own.shapes, years, np.zeros(len(own.shapes)))
        slopes = with_slopes(own.shapes, years, own.kappa) - unit
        covs = (np.tensordot(weight, unit, 1), np.tensordot(weight, slopes, 1), 0.5 * np.eye(m + 1))
        z, g = np.array([one.z for one in some]), np.array([one.g for one in some])
        kinds.append(_Kind(z @ told.T, g, told @ at, tuple(told @ cov @ told.T for cov in covs)))
    return kinds


def _seen(
    kinds: Sequence[_Kind],
    own: Trends,
    unlike: np.ndarray,
    means: np.ndarray,
    covs: np.ndarray,
    away: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how likely the figures of other places are, and mean and covariance of the path at the other points.

    ``means`` (M, N), ``covs`` (M, N, N): of each way in which the path may move, ``away`` (M,) so unlikely; ``unlike``
    (C, 3): what each part of a deviation may have of the peers'; returned are (C, M), (C, M, H), (C, M, H, H). How unsteady
    each place is, is told by its own figures (as by EM): few that are do not make all look so.
    """
    n, size = kinds[0].of.shape[1] if kinds else 0, (len(unlike), *means.shape)
    if not n:
        return np.zeros(size[:2]), np.broadcast_to(means, size), np.broadcast_to(covs, (*size, size[2]))
    # Of each place: what it tells of the path's points, and how far it is from nothing, were it as unsteady as all.
    tells, sums_of, squares_of, halves = [], [], [], np.zeros(len(unlike))
    for kind in kinds:
        v = np.linalg.inv(own.variance * np.tensordot(unlike, kind.covs, 1))
        tells.append(np.repeat((kind.of.T @ v @ kind.of).reshape(len(v), 1, -1), len(kind.z), axis=1))
        sums_of.append(kind.z @ v @ kind.of)
        squares_of.append(((kind.z @ v) * kind.z).sum(axis=2))
        halves += len(kind.z) * np.linalg.slogdet(v)[1] / 2
    tell, total, square = (np.concatenate(part, axis=1) for part in (tells, sums_of, squares_of))
    g = np.concatenate([kind.g for kind in kinds])
    m = np.repeat(*np.transpose([kind.z.shape[::-1] for kind in kinds]))
    before, at, wide = covs[:, :n, :n], means[:, :n], np.broadcast_to(g, square.shape)
    for step in range(_STEPS + 1):
        known, sums = ((1 / wide)[:, None] @ part for part in (tell, total))
        known = known.reshape(-1, n, n)
        gain = np.linalg.inv(np.eye(n) + known[:, None] @ before)
        after, off = before @ gain, sums - at @ known
        moved = (after @ off[..., None])[..., 0]
        likely = np.linalg.slogdet(gain)[1] / 2 + (sums @ at.T)[:, 0]
        likely += ((off * moved).sum(axis=2) - ((at @ known) * at).sum(axis=2)) / 2
        if step < _STEPS:
            mean, cov = reduced(softmax(likely - away, axis=1), at + moved, after)
            tensor = (cov + mean[:, :, None] * mean[:, None, :]).reshape(len(cov), -1, 1)
            apart = square - 2 * (total @ mean[..., None])[..., 0] + (tell @ tensor)[..., 0]
            wide = (own.df * g + apart) / (own.df + m)
    # The density of a Student-t at the same distance, in place of the normal one.
    apart = np.maximum(wide * (own.df + m) - own.df * g, 0)
    halves -= (square / wide).sum(axis=1) / 2
    halves += (log_density(own.df, 1.0, own.df + apart / g, m) - m / 2 * np.log(g) + apart / wide / 2).sum(
        axis=1
    )
    across = covs[:, n:, :n]
    ahead = means[:, n:] + (across @ (gain @ off[..., None]))[..., 0]
    left = covs[:, n:, n:] - across @ gain @ known[:, None] @ across.transpose(0, 2, 1)
    return likely + halves[:, None], ahead, left


def _grid(*choices: dict[float, float]) -> list[tuple[tuple[float, ...], float]]:
    """Return every combination of choices with half the square of its distance from alike."""
    return [
        (tuple(value for value, _ in one), sum(far**2 for _, far in one) / 2)
        for one in product(*(choice.items() for choice in choices))
    ]
