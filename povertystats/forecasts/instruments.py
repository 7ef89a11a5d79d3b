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
from scipy.special import logsumexp, softmax

from povertystats.facts.series import at_edge
from povertystats.forecasts.empirical_bayes import Trends, level_variance
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
from povertystats.forecasts.structural_trends import kriging, with_slopes

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
    stack = [one for one in beside if len(one.years) > 1]
    labels = tuple(one.label for one in stack for _ in one.years) + (indicator,) * len(every)
    at = tuple(year for one in stack for year in one.years) + every
    n = len(at) - len(every)
    z = np.concatenate([one.z for one in stack]) if stack else np.zeros(0)
    member = np.repeat(np.arange(len(stack)), [len(one.years) for one in stack])
    design = np.vstack([np.eye(len(stack))[member], np.zeros((len(every), len(stack)))])
    time = np.array(at, dtype=float) - min(at)
    pace = np.outer(time, time) * (1 + (np.arange(len(at)) < n)[:, None] * (np.arange(len(at)) < n))
    same = np.equal.outer(np.array(labels), np.array(labels))
    walk = same * np.minimum.outer(time, time)
    each = _own(stack, own, n)

    scales = _grid(_STRETCH, _SPREAD, _NOISE)
    moves = _grid(_LOADING, _PACE, _SHOCKS)
    unit = with_slopes(own.shapes, every, np.zeros(len(own.shapes)))
    slopes = with_slopes(own.shapes, every, own.kappa) - unit
    ways = []
    for name, path in probable(believed(paths, labels, at, own.variance, alike=1.0)):
        means = np.array([loading * path.mean for (loading, _, _), _ in moves])
        moved = np.array(
            [
                loading**2 * path.covariance + path.shock * (leans * pace + shocks * walk)
                for (loading, leans, shocks), _ in moves
            ]
        )
        away = np.array([far for _, far in moves])
        cells = []
        for (stretch, spread, noise), far in scales:
            deviations = own.variance * stretch * (each[0] + spread * each[1] + noise * each[2])
            likely, ahead, covs = _seen(z, means, moved, deviations, design)
            likely = likely - (far + away)
            mean, cov = reduced(softmax(likely), ahead, covs)
            own_cov = unit + spread * slopes + 0.5 * noise * np.eye(len(every))
            cells.append((float(logsumexp(likely)), mean, cov, own_cov, stretch))
        chances = path.chance * softmax([cell[0] for cell in cells])
        for chance, (_, mean, cov, own_cov, stretch) in zip(chances, cells, strict=True):
            if chance > 1e-3 * chances.max():
                seen = Path(mean, cov, path.df, float(chance), path.shock)
                ways.append(Way(seen, own_cov, name, stretch))
    return ways


def _seen(z, means, covs, deviations, design):
    """Return how likely the figures z (n,) of other places are, and mean and covariance of the path at the other points.

    ``means`` (M, N), ``covs`` (M, N, N): of each way in which the path may move.
    """
    n = len(z)
    if not n:
        return np.zeros(len(means)), means, covs
    covs = covs.copy()
    covs[:, :n, :n] += deviations
    q, w, a, h = kriging(covs, np.broadcast_to(design, (len(covs), *design.shape)), n)
    apart = z - means[:, :n]
    likely = -h - np.einsum("mi,mij,mj->m", apart, q, apart) / 2
    return likely, means[:, n:] + np.einsum("mfi,mi->mf", w, apart), a @ covs @ a.transpose(0, 2, 1)


def _grid(*choices: dict[float, float]) -> list[tuple[tuple[float, ...], float]]:
    """Return every combination of choices with half the square of its distance from alike."""
    return [
        (tuple(value for value, _ in one), sum(far**2 for _, far in one) / 2)
        for one in product(*(choice.items() for choice in choices))
    ]


def _own(stack, own, n):
    """Return the covariances (n, n) of the places' deviations by the peers' mean shape: without slopes, slopes, noise."""
    parts = np.zeros((3, n, n))
    weight, start = np.exp(own.log_weight), 0
    for one in stack:
        of = slice(start, start + len(one.years))
        unit = with_slopes(own.shapes, one.years, np.zeros(len(own.shapes)))
        slopes = with_slopes(own.shapes, one.years, own.kappa) - unit
        for part, cov in zip(
            parts,
            (
                weight @ unit.transpose(1, 0, 2),
                weight @ slopes.transpose(1, 0, 2),
                0.5 * np.eye(len(one.years)),
            ),
            strict=True,
        ):
            part[of, of] = one.g * cov
        start = of.stop
    return parts
