"""What peers say of the grid of own trends: how likely each is, how unsteady places are, and at which level."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import expit, gammaln, logit

from povertystats.forecasts.scores import to_percent
from povertystats.forecasts.shared_paths import Deviation, Deviations
from povertystats.forecasts.structural_trends import FAMILIES, Shape, kriging, with_slopes

# Variance of the slope between places, as a multiple of that of a year's change.
_KAPPA = (0.0, 0.1, 0.5, 2.0)
# From 3 on a Student-t has a variance.
_NU = np.array([3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0])
# Rates nearer to 0 or 100 are as noisy as one at this distance.
_EDGE = 0.2
# Powers of 1/(4 p (1 − p)) with which the variance of a change on the log-odds may grow towards 0 and 100: none, to the
# noise of a share (1) and that of a constant one in points (2).
_POWERS = (0.0, 0.5, 1.0, 1.5, 2.0)
# That of a share is expected, to this standard deviation.
_EXPECTED, _SURE = 1.0, 0.4
# Weights are drawn towards equal ones of the families, as if so many series more had been seen.
_PRIOR = 10.0
# A likelihood that grows by less, in nats over all series, says nothing more.
_STEADY, _STEPS, _ROUND = 3e-4, 1000, 8

# Last levels are alike within so many log-odds; of fewer series than these nothing is said of a scale.
_NEAR, _FEWEST = 0.5, 10

# {(indicator, place): (last level in percent, log density of the figures before it, in the measure of points)}.
Fit = Mapping[tuple[str, str], tuple[float, float]]


class Trends(NamedTuple):
    """What the deviations of places say: the fields of ``Peers`` from ``family`` on."""

    family: np.ndarray
    shapes: tuple[Shape, ...]
    kappa: np.ndarray
    log_weight: np.ndarray
    df: float
    variance: float
    noise: float


def log_density(nu: float, s2: np.ndarray | float, total: np.ndarray, dims: np.ndarray | int) -> np.ndarray:
    """Return a series' log density, but for its determinants, where ``ν s² + y'Qy`` is ``total``."""
    half = (nu + dims) / 2
    return gammaln(half) - gammaln(nu / 2) + nu / 2 * np.log(nu * s2) - half * np.log(total)


def _posterior(log_r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return softmax (S, K) and logsumexp (S,) over K; scipy's spend most of their time on checks."""
    top = log_r.max(axis=1, keepdims=True)
    r = np.exp(log_r - top)
    total = r.sum(axis=1, keepdims=True)
    return r / total, (top + np.log(total))[:, 0]


def empirical_bayes(
    q: np.ndarray,
    h: np.ndarray,
    dims: np.ndarray,
    prior: np.ndarray,
    start: tuple[np.ndarray, float, float] | None = None,
) -> tuple[tuple[np.ndarray, float, float], float]:
    """Return log weights (K,), ν0 and s0² under which the forms (S, K) are likeliest, and how likely they are then.

    By EM until nothing more is gained, ν0 on a grid. ``prior`` (K,), sum 1: what the weights are drawn towards;
    ``start``: where to begin.
    """
    log_weight, nu, s2 = start or (np.log(prior), 4.0, float(np.median(q.min(axis=1, keepdims=True) / dims)))
    before = -np.inf
    for step in range(_STEPS):
        total = nu * s2 + q
        post, likely = _posterior(log_weight - h + log_density(nu, s2, total, dims))
        gained = likely.sum() + _PRIOR * (prior @ log_weight)
        if step % _ROUND == 0:
            # Of the grid only ν0 and those beside it: the next round goes on from there.
            at = int(np.searchsorted(_NU, nu))
            near = {float(v): likely.sum() for v in _NU[at : at + 1]}
            for v in (*_NU[max(0, at - 1) : at], *_NU[at + 1 : at + 2]):
                near[float(v)] = _posterior(log_weight - h + log_density(v, s2, v * s2 + q, dims))[1].sum()
            best = max(near, key=near.__getitem__)
            if best == nu and gained - before < _STEADY * _ROUND:
                break
            before = gained
            if best != nu:
                # What follows from the old ν0 is told anew before a step.
                nu = best
                continue
        log_weight = np.log((post.sum(axis=0) + _PRIOR * prior) / (len(q) + _PRIOR))
        s2 = float(1 / (post * (nu + dims) / total).sum(axis=1).mean())
    return (log_weight, nu, s2), float(gained)


def forms(
    years: tuple[int, ...],
    rows: list[Deviation],
    shapes: tuple[Shape, ...],
    kappa: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return of series of the same years quadratic forms and half log determinants (S, K), dimensions, levels, rounding."""
    z, level, rounding = (np.array(part) for part in zip(*(row[:3] for row in rows), strict=True))
    cov = with_slopes(shapes, years, kappa)
    form, _, _, half = kriging(cov, np.ones((*cov.shape[:2], 1)), len(years))
    q = np.einsum("sn,knm,sm->sk", z, form, z, optimize=True)
    return q, np.tile(half, (len(z), 1)), np.full((len(z), 1), len(years) - 1), level, rounding


def own_trends(series: Deviations, scale: str) -> Trends | None:
    """Return what deviations say of the grid of shapes, or None where all series move exactly alike."""
    grid = [
        (name, shape, k)
        for name, shapes in FAMILIES.items()
        for shape, k in product(shapes, _KAPPA if name != "level" else (0.0,))
    ]
    family, shapes, variances = zip(*grid, strict=True)
    kappa, named = np.array(variances), np.array(family)
    prior = np.array([1 / len(FAMILIES) / family.count(name) for name in family])
    parts = [forms(years, rows, shapes, kappa) for years, rows in series.items()]
    q, h, dims, levels, rounded = map(np.concatenate, zip(*parts, strict=True))
    if np.median(q.min(axis=1)) <= 1e-18:
        return None
    found, best = None, -np.inf
    start: tuple[np.ndarray, float, float] | None = None
    for power in _POWERS:
        g, likely = level_variance(levels, scale, power), -np.inf
        for _ in range(2 if rounded.any() else 1):
            # Rounding is told as a multiple of s0², which itself is told beside it.
            wide = (g + (rounded / start[2] if start else 0.0))[:, None]
            start, likely = empirical_bayes(q / wide, h + dims / 2 * np.log(wide), dims, prior, start)
        likely -= ((power - _EXPECTED) / _SURE) ** 2 / 2
        if start is None or likely <= best:
            # It has one summit.
            break
        log_weight, df, variance = start
        best, found = likely, Trends(named, shapes, kappa, log_weight, df, variance, power)
    return found


def level_variance(z: np.ndarray, scale: str, noise: float) -> np.ndarray:
    """Return g, the variance of changes relative to that at 50 %, at levels z on the scale."""
    p = expit(z) if scale == "log_odds" else np.clip(z / 100, _EDGE / 100, 1 - _EDGE / 100)
    return (4 * p * (1 - p)) ** (-noise if scale == "log_odds" else 2 - noise)


def fit_of(series: Deviations, own: Trends, scale: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Return how well each series fits what all of them taught (``Fit``); densities in points compare scales."""
    found = {}
    for years, rows in series.items():
        q, h, dims, levels, rounded = forms(years, rows, own.shapes, own.kappa)
        g = (level_variance(levels, scale, own.noise) + rounded / own.variance)[:, None]
        total = own.df * own.variance + q / g
        density = log_density(own.df, own.variance, total, dims) - h - dims / 2 * np.log(g)
        _, likely = _posterior(own.log_weight + density)
        for row, level, said in zip(rows, to_percent(levels, scale), likely, strict=True):
            found[row.series] = float(level), float(said + row.stretch)
    return found


def likelier(one: Fit, other: Fit, level: float) -> tuple[float, int] | None:
    """Return by how many nats ``one`` is likelier over the series near a level in percent that both have, and their number.

    None where they are too few to tell.

    >>> fits = [{("a", str(i)): (20.0 + i / 10, nats) for i in range(12)} for nats in (3.0, 2.5)]
    >>> likelier(*fits, 21.0), likelier(*fits, 60.0)
    ((6.0, 12), None)
    """
    near = [
        said - other[name][1]
        for name, (at, said) in one.items()
        if name in other and abs(logit(at / 100) - logit(level / 100)) <= _NEAR
    ]
    return (sum(near), len(near)) if len(near) >= _FEWEST else None
