"""The paths that all places share, a path an indicator: their year effects, and what is believed of other years."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from povertystats.forecasts.scores import points_a_unit, to_scale
from povertystats.forecasts.structural_trends import Shape, breadth, kriging, with_slopes

# {indicator: {year: level on the scale}}.
Paths = Mapping[str, Mapping[int, float]]

# The path of many places has hardly any noise: what a year does to it stays.
TREND: tuple[Shape, ...] = (
    (1.0, 0.0, 0.0),
    *((phi, s, 0.0) for phi, s in product((0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95), (0.0, 0.1))),
    *((1.0, s, 0.0) for s in (0.05, 0.2, 0.5, 0.95)),
)
LEVEL: tuple[Shape, ...] = tuple((1.0, 0.0, 0.0, kept) for kept in (1.0, 0.8, 0.5))
# A walk, a damped and a local trend count alike, however many shapes stand for each.
_CHANCES = np.repeat(1 / 3 / np.array([1.0, 14.0, 4.0]), (1, 14, 4))
# The square of a path's pace, as multiples of the variance of its change in a year.
_PACES = (1.0, 10.0, 100.0)
# A path is taken to keep its level until the data say that a trend is so many times as likely.
_TREND_ODDS = 4.0
# A path less probable is left out.
_HARDLY = 1e-6
# So short a path can look too smooth: a prior worth two years, of a part of the places' own variance.
_SHOCK_DF, _SHOCK_SHARE = 2.0, 0.1
# A year's shock may be as many times as large for places a unit of the scale higher, beside 1: 0 where all move alike on
# log-odds, -1 where they do in points of a low rate. It never turns, and takes several places to tell.
_LOADINGS, _LOADING_SD, _LEAST, FEWEST_TILTED = np.linspace(-1.5, 1.5, 301), 0.5, 0.1, 10
# Two figures tell a pace, be it under a standard that was soon replaced; what a trend looks like takes three, and a
# shared path several places.
FEWEST_FIGURES, FEWEST_SHAPED, FEWEST_PEERS = 2, 3, 3


class Path(NamedTuple):
    """What is believed of a path at some points: on the scale, with its degrees of freedom and how probable it is.

    ``shock``: the variance of its change in a year beyond its pace; ``name``: trend or level.
    """

    mean: np.ndarray
    covariance: np.ndarray
    df: float
    chance: float
    shock: float = 0.0
    name: str = ""


class Deviation(NamedTuple):
    """What a series deviates from its shared path, its last level, the variance of its rounding, and whose it is.

    ``stretch``: the logarithm of how much longer than in points the scale is at its figures but the last.
    """

    path: np.ndarray
    level: float
    rounding: float
    series: tuple[str, str] = ("", "")
    stretch: float = 0.0


class Tilt(NamedTuple):
    """What a year does to a place ``x`` above the mean of all: ``1 + loading x`` times what it does to the path, and ``x`` times
    ``rest``, a path an indicator.
    """

    loading: float = 0.0
    rest: Paths = {}

    def times(self, x: np.ndarray) -> np.ndarray:
        """Return how many times what the path does places ``x`` above the mean take."""
        return np.maximum(1 + self.loading * x, _LEAST)


class Tilted(NamedTuple):
    """How far S series lie above the mean of all, how many times they take what a year does, what a unit above adds to each of N
    years, and how uncertain that is in H ahead (H, H).
    """

    x: np.ndarray
    times: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    def level(self, z: np.ndarray, g: np.ndarray, errors: np.ndarray | None) -> tuple:
        """Return series z (S, n), variances (S,) and those of the figures of one as if they lay at the mean of all."""
        errors = None if errors is None else errors / self.times[0] ** 2
        return (
            (z - np.outer(self.x, self.mean[: z.shape[1]])) / self.times[:, None],
            g / self.times**2,
            errors,
        )

    def back(self, at: np.ndarray, whole: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what is believed of the years ahead of such series: location (S, C, H), covariances (S, C, H, H)."""
        times, x = (part[:, None, None] for part in (self.times, self.x))
        at = times * at + x * self.mean[-at.shape[2] :]
        whole, theirs = (np.square(times)[..., None] * part for part in (whole, theirs))
        return at, whole + np.square(x)[..., None] * self.covariance, theirs


# Series by their years.
Deviations = dict[tuple[int, ...], list[Deviation]]


def deviations(
    panel: pd.DataFrame, indicators: Sequence[str], scale: str, tilts: bool = True
) -> tuple[dict[str, dict[int, float]], Deviations, dict[str, int], Tilt]:
    """Return shared paths, what places deviate, the counts of what was left out, and the paths' tilt, none unless ``tilts``."""
    found: dict[str, tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]] = {}
    series: Deviations = {}
    left_out = {"few": 0, "no_log_odds": 0}
    tilts = tilts and scale == "log_odds"
    for name in indicators:
        wide = panel.pivot(index="place", columns="year", values=name)
        edge = ((wide <= 0) | (wide >= 100)).any(axis=1) & (scale == "log_odds")
        enough = wide.count(axis=1) >= FEWEST_FIGURES
        left_out["no_log_odds"] += int(edge.sum())
        left_out["few"] += int((~enough & ~edge & wide.notna().any(axis=1)).sum())
        wide = wide[enough & ~edge].dropna(axis=1, how="all")
        if len(wide) >= FEWEST_PEERS:
            z = to_scale(wide.to_numpy(dtype=float), scale)
            effects = _year_effects(z)
            x = np.nanmean(z - effects, axis=1)
            far = (x - x.mean()) * (tilts and len(wide) >= FEWEST_TILTED and np.ptp(x) > 1e-9)
            found[name] = wide, z, effects + x.mean(), far
    loading = _loading([(wide.columns, z - path, path, x) for wide, z, path, x in found.values()])
    paths: dict[str, dict[int, float]] = {}
    rest: dict[str, dict[int, float]] = {}
    for name, (wide, z, path, x) in found.items():
        apart = z - np.outer(Tilt(loading).times(x), path)
        paths[name] = dict(zip(wide, path.tolist(), strict=True))
        step = last_digit(wide.to_numpy(dtype=float))
        if x.any():
            rest[name] = dict(zip(wide, (more := _year_effects(apart, x)).tolist(), strict=True))
            apart = apart - np.outer(x, more)
        known, years, each = ~np.isnan(z), wide.columns.to_numpy(), np.arange(len(z))
        at = np.where(known, np.arange(z.shape[1]), -1).max(axis=1)
        last, length = z[each, at], np.log(points_a_unit(np.where(known, z, 0.0), scale)) * known
        about, stretch = rounding(last, step, scale), length[each, at] - length.sum(axis=1)
        for s, place in enumerate(wide.index):
            told = float(last[s]), float(about[s]), (name, place), float(stretch[s])
            row = Deviation(apart[s, known[s]], *told)
            series.setdefault(tuple(years[known[s]].tolist()), []).append(row)
    return paths, series, left_out, Tilt(loading, rest)


def last_digit(percent: np.ndarray) -> float:
    """Return the step in which figures are printed: 1, .1, .01 or .001; 0 where they are not rounded.

    One figure alone does not tell: 20.0 may be printed to a tenth.

    >>> last_digit(np.array([19.5, 20.0, np.nan])), last_digit(np.array([1 / 3]))
    (0.1, 0.0)
    """
    figures = percent[~np.isnan(percent)]
    if len(figures) == 0 or np.ptp(figures) == 0:
        return 0.0
    return next((10.0**-d for d in range(4) if np.abs(figures - figures.round(d)).max() <= 1e-9), 0.0)


def rounding(level: np.ndarray | float, step: np.ndarray | float, scale: str) -> np.ndarray:
    """Return the variance on the scale that rounding to ``step`` percent gives a change near a level of the scale."""
    return 2 * np.square(step) / 12 / np.square(points_a_unit(level, scale))


def _year_effects(z: np.ndarray, x: np.ndarray | None = None) -> np.ndarray:
    """Return the year effects (n,) of z (S, n), missing figures NaN, beside free levels of the places; of ``x`` (S,) a unit's."""
    x = np.ones(len(z)) if x is None else x
    if not np.isnan(z).any():
        return x @ (z - z.mean(axis=1, keepdims=True)) / max(x @ x, 1e-300)
    row, column = np.nonzero(~np.isnan(z))
    design = np.hstack([np.eye(len(z))[row], np.eye(z.shape[1])[column] * x[row, None]])
    return np.linalg.lstsq(design, z[row, column])[0][len(z) :]


def _loading(indicators: Iterable[tuple[pd.Index, np.ndarray, np.ndarray, np.ndarray]]) -> float:
    """Return the loading that yearly slopes of deviations (S, n) on levels (S,) and a path's changes (n,) let one believe."""
    steps: list[tuple[float, float]] = []
    chance = []
    for years, apart, path, x in indicators:
        if x.any():
            slopes, root = _year_effects(apart, x), np.sqrt(np.diff(years))
            left = apart - np.nanmean(apart, axis=1, keepdims=True) - np.outer(x, slopes)
            steps += zip(np.diff(path) / root, np.diff(slopes) / root, strict=True)
            # What places' own moves make of a slope by chance.
            chance.append(2 * np.nanmean(np.square(left)) / (x @ x))
    if not steps:
        return 0.0
    moved, sloped = np.transpose(steps)
    total = _SHOCK_DF * np.mean(chance) + np.square(sloped - np.outer(_LOADINGS, moved)).sum(axis=1)
    log_p = -np.square(_LOADINGS / _LOADING_SD) / 2 - (_SHOCK_DF + len(moved)) / 2 * np.log(total + 1e-300)
    return float(softmax(log_p) @ _LOADINGS)


def tilted(
    tilt: Tilt, paths: Paths, indicator: str, years: tuple[int, ...], z: np.ndarray, variance: float
) -> Tilted:
    """Return what a tilt makes of series z (S, n) of an indicator in ``years`` (N,), the first n of which are known."""
    n, x = z.shape[1], np.zeros(len(z))
    if indicator not in tilt.rest:
        return Tilted(x, x + 1, np.zeros(len(years)), np.zeros((len(years) - n,) * 2))
    path = paths[indicator]
    x = (z - [path[min(path, key=lambda known: abs(known - year))] for year in years[:n]]).mean(axis=1)
    mean, cov, df = expected(tilt.rest, indicator, years, variance)
    return Tilted(x, tilt.times(x), mean, breadth(df) * cov[n:, n:])


def expected(
    paths: Paths, label: str, years: Sequence[int], variance: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean, covariance and degrees of freedom of one path in ``years``: what ``believed`` says, in one."""
    trend, level = believed(paths, (label,) * len(years), tuple(years), variance)
    parts = (np.array(part) for part in zip(trend[:2], level[:2], strict=True))
    return *reduced(np.array([trend.chance, level.chance]), *parts), trend.df


def believed(
    paths: Paths, labels: tuple[str, ...], years: tuple[int, ...], variance: float, alike: float = 0.0
) -> tuple[Path, Path]:
    """Return what known paths let one believe of those of ``labels`` in ``years``: with a trend, and keeping a level.

    ``labels`` and ``years`` go together. ``variance``: that of a place's own change in a year. Indicators share their
    pace; each has its own level, and shocks that go together to the correlation ``alike``. One that is not among
    ``paths`` starts from a level of 0. A pace has a normal prior of mean 0. The chances of the two sum to 1; each is
    reduced to its mean and covariance.
    """
    trend, level = by_shape(paths, labels, years, variance, alike, lambda shape: ())
    return trend, level


def by_shape(
    paths: Paths,
    labels: tuple[str, ...],
    years: tuple[int, ...],
    variance: float,
    alike: float = 0.0,
    apart: Callable[[Shape], tuple[float, ...]] = lambda shape: shape[:2] + shape[3:],
) -> tuple[Path, ...]:
    """Return what ``believed`` does, but apart for shapes of which ``apart`` says unlike things."""
    rows = [(label, t, c) for label, levels in paths.items() for t, c in levels.items()]
    known, when, path = zip(*rows, strict=True)
    every, c = known + labels, np.array(path)
    levels = np.array([[label == one for one in paths] for label in every], dtype=float)
    df = _SHOCK_DF + len(c) - len(paths)
    found = []
    for name, shapes, paces, prior in (
        ("trend", TREND, _PACES, _CHANCES / _TREND_ODDS),
        ("level", LEVEL, (0.0,), np.full(len(LEVEL), 1 / len(LEVEL))),
    ):
        each, kappa = zip(*product(shapes, paces), strict=True)
        cov = with_slopes(each, when + years, np.array(kappa), every, alike)
        q, w, a, h = kriging(cov, np.broadcast_to(levels, (len(cov), *levels.shape)), len(c))
        total = _SHOCK_DF * _SHOCK_SHARE * variance + np.einsum("n,knm,m->k", c, q, c)
        log_r = np.log(np.repeat(prior / len(paces), len(paces))) - h - df / 2 * np.log(total)
        errors = (total / df)[:, None, None] * (a @ cov @ a.transpose(0, 2, 1))
        means, keys = w @ c, [apart(shape) for shape in each]
        for key in dict.fromkeys(keys):
            of = np.array([one == key for one in keys])
            r = softmax(log_r[of])
            mean, covariance = reduced(r, means[of], errors[of])
            chance = float(logsumexp(log_r[of]))
            found.append(Path(mean, covariance, df, chance, float(r @ total[of] / df), name))
    chances = softmax([path.chance for path in found])
    return tuple(path._replace(chance=float(p)) for path, p in zip(found, chances, strict=True))


def probable(paths: Iterable[Path]) -> list[Path]:
    """Return paths but for those that are hardly possible."""
    return [path for path in paths if path.chance > _HARDLY]


def reduced(weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (..., n) and covariance (..., n, n) of mixtures (..., K) of means (..., K, n) and their covariances.

    >>> mean, cov = reduced(np.array([0.5, 0.5]), np.array([[0.0], [2.0]]), np.ones((2, 1, 1)))
    >>> mean.tolist(), cov.tolist()
    ([1.0], [[2.0]])
    """
    mean = weights[..., None, :] @ means
    apart = means - mean
    cov = np.einsum("...k,...kij->...ij", weights, covariances + apart[..., None] * apart[..., None, :])
    return mean[..., 0, :], cov
