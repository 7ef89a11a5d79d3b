"""The paths that all places share, a path an indicator: their year effects, and what is believed of other years."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from povertystats.forecasts.scores import to_scale
from povertystats.forecasts.structural_trends import Shape, kriging, with_slopes

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


# Series by their years.
Deviations = dict[tuple[int, ...], list[Deviation]]


def deviations(
    panel: pd.DataFrame, indicators: Sequence[str], scale: str
) -> tuple[dict[str, dict[int, float]], Deviations, dict[str, int]]:
    """Return shared paths, what places deviate from them, and the counts of what was left out."""
    paths: dict[str, dict[int, float]] = {}
    series: Deviations = {}
    left_out = {"few": 0, "no_log_odds": 0}
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
            paths[name] = dict(zip(wide.columns.tolist(), effects.tolist(), strict=True))
            step, known = last_digit(wide.to_numpy(dtype=float)), ~np.isnan(z)
            at = np.where(known, np.arange(z.shape[1]), -1).max(axis=1)
            last = z[np.arange(len(z)), at]
            about = rounding(last, step, scale)
            length = np.log(_points(np.where(known, z, 0.0), scale)) * known
            stretch = length[np.arange(len(z)), at] - length.sum(axis=1)
            years = wide.columns.to_numpy()
            for s, place in enumerate(wide.index):
                of = known[s]
                told = float(last[s]), float(about[s]), (name, place), float(stretch[s])
                series.setdefault(tuple(years[of].tolist()), []).append(
                    Deviation((z[s] - effects)[of], *told)
                )
    return paths, series, left_out


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
    return 2 * np.square(step) / 12 / np.square(_points(level, scale))


def sampling(z: np.ndarray, se: np.ndarray | None, horizon: int, scale: str) -> np.ndarray | None:
    """Return the variances on the scale (n + horizon,) of figures z (n,) with standard errors in percent, NaN for none.

    A figure ahead is as uncertain as the last one whose error is known; None where that of no figure is.
    """
    if se is None or np.isnan(se).all():
        return None
    ahead = np.append(z, np.repeat(z[-1], horizon))
    errors = np.append(np.nan_to_num(se), np.repeat(se[~np.isnan(se)][-1], horizon))
    return np.square(errors / _points(ahead, scale))


def _points(level: np.ndarray | float, scale: str) -> np.ndarray:
    """Return how many points one unit of the scale is near a level."""
    if scale == "points":
        return np.ones_like(level)
    return 100 * np.exp(-np.logaddexp(0, level) - np.logaddexp(0, -np.asarray(level)))


def _year_effects(z: np.ndarray) -> np.ndarray:
    """Return the year effects (n,) of z (S, n), missing figures NaN, beside free levels of the places."""
    if not np.isnan(z).any():
        return z.mean(axis=0)
    row, column = np.nonzero(~np.isnan(z))
    design = np.hstack([np.eye(len(z))[row], np.eye(z.shape[1])[column]])
    return np.linalg.lstsq(design, z[row, column])[0][len(z) :]


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
