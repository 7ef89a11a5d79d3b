"""Structural trends of short annual series: covariances, gaps allowed, and least squares under them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.special import ndtri, stdtrit

# (φ, share of slope shocks, share of noise) and, where a level returns to its mean, how much of it a year keeps;
# level shocks make up the rest of a change's variance.
Shape = tuple[float, ...]

FAMILIES: dict[str, list[Shape]] = {
    "arima011": [(1.0, 0.0, noise) for noise in (0.0, 0.3, 0.6, 0.9)],
    "damped": [(phi, s, (1 - s) * e) for phi, s, e in product((0.6, 0.8, 0.9), (0.0, 0.3), (0.0, 0.7))],
    "local_trend": [(1.0, s, (1 - s) * e) for s, e in product((0.0, 0.1, 0.4, 0.95), (0.0, 0.7))],
    # Without any trend of its own: a walk, or a return to a level.
    "level": [(1.0, 0.0, noise, kept) for kept, noise in product((1.0, 0.8, 0.5), (0.0, 0.5))],
}


@lru_cache(maxsize=256)
def covariances(
    shapes: tuple[Shape, ...],
    years: tuple[int, ...],
    labels: tuple[str, ...] | None = None,
    alike: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each shape's trend column (K, n) and unit covariance (K, n, n) at ``years``.

    Level ``l' = l + s + η``, slope ``s' = φ s + ζ``, ``y = l + ε`` with ``var η + 2 var ε + var ζ = 1``.
    φ = 1 is the local linear trend, and without ζ the ARIMA(0,1,1) with drift (its moving average 0 or less);
    φ < 1 is the damped trend. A fourth number ρ < 1 makes the level a first-order autoregression, ``l' = ρ l + η``,
    whose yearly change has the variance that is left. The mean level is free, so that a constant in a covariance has
    no meaning. Series of different ``labels`` share their slope and, to the correlation ``alike``, their level's
    shocks; noise is each one's own. All arguments are tuples.

    Source: Harvey 1989, doi:10.1017/CBO9781107049994.

    >>> column, cov = covariances(((1.0, 0.0, 0.0),), (2006, 2008, 2010))  # random walk with drift
    >>> column.tolist(), (cov - cov[0, 0, 0]).tolist()
    ([[0.0, 2.0, 4.0]], [[[0.0, 0.0, 0.0], [0.0, 2.0, 2.0], [0.0, 2.0, 4.0]]])
    """
    at = np.array(years) - min(years)
    steps = np.arange(at.max() + 1)
    lag = steps[:, None] - steps
    same = np.equal.outer(labels, labels) if labels else np.ones((len(at), len(at)), dtype=bool)
    together = np.where(same, 1.0, alike)
    columns, covs = [], []
    for phi, slope, noise, *kept in shapes:
        decay = np.where(lag > 0, phi ** np.maximum(lag - 1, 0), 0.0)
        reached = np.vstack([0 * steps, decay.cumsum(axis=0)[:-1]])[at]
        columns.append(np.append(0.0, np.cumsum(phi ** steps[:-1]))[at])
        level = (1 - slope - noise) * _level(at, *kept)
        # The constant 1 keeps the matrix regular.
        own = same * (1 + 0.5 * noise * np.equal.outer(at, at))
        covs.append(own + together * level + slope * reached @ reached.T)
    return np.array(columns), np.array(covs)


def _level(at: np.ndarray, kept: float = 1.0) -> np.ndarray:
    """Return the covariance of a level whose yearly change has variance 1: a walk, or one that keeps a part of itself."""
    if kept == 1:
        return np.minimum.outer(at, at)
    return kept ** np.abs(np.subtract.outer(at, at)) / (2 * (1 - kept))


def with_slopes(
    shapes: Sequence[Shape],
    years: Sequence[int],
    kappa: np.ndarray,
    labels: tuple[str, ...] | None = None,
    alike: float = 0.0,
) -> np.ndarray:
    """Return the covariance (K, n, n) of shapes with a random slope of variance κ (K,): ``D + κ x x'``."""
    each = tuple(dict.fromkeys(shapes))
    where = [each.index(shape) for shape in shapes]
    columns, cov = (part[where] for part in covariances(each, tuple(years), labels, alike))
    return cov + kappa[:, None, None] * columns[:, :, None] * columns[:, None, :]


def kriging(cov: np.ndarray, design: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """Predict what follows the first ``n`` of ``cov`` (K, N, N), ``design`` (K, N, p), coefficients diffuse.

    Returns ``Q`` (K, n, n), weights ``w`` (K, N − n, n), contrasts ``a = (−w, 1)`` (K, N − n, N), h (K,).
    The prediction is ``w y``, its error variance ``a Σ a'``, the log-likelihood ``−h − (n − p)/2 ln y'Qy``,
    ``h = ½ ln|Σ| + ½ ln|X'Σ⁻¹X|``, and ``y'Qy`` the residual sum of squares.

    >>> _, cov = covariances(((1.0, 0.0, 0.0),), (1, 2, 3, 4))
    >>> q, w, a, h = kriging(cov, np.stack([np.ones(4), np.arange(4.0)], axis=1)[None], 3)
    >>> (w @ [1.0, 2.0, 5.0]).round(6).tolist()  # the last figure, and a step of (5 − 1)/2
    [[7.0]]
    """
    inverse = np.linalg.inv(cov[:, :n, :n])
    weighted = inverse @ design[:, :n]
    gram = design[:, :n].transpose(0, 2, 1) @ weighted
    fit = np.linalg.solve(gram, weighted.transpose(0, 2, 1))
    q = inverse - weighted @ fit
    w = cov[:, n:, :n] @ q + design[:, n:] @ fit
    unit = np.broadcast_to(np.eye(w.shape[1]), (*w.shape[:2], w.shape[1]))
    h = 0.5 * (np.linalg.slogdet(cov[:, :n, :n])[1] + np.linalg.slogdet(gram)[1])
    return q, w, np.concatenate([-w, unit], axis=2), h


def diagonal(matrices: np.ndarray) -> np.ndarray:
    """Return the diagonals (S, K, n) of matrices (S, K, n, n)."""
    return np.diagonal(matrices, axis1=2, axis2=3)


def breadth(df: np.ndarray | float) -> np.ndarray:
    """Return the square of the half-width of a Student-t's middle 80 %, as a multiple of a standard normal's.

    What is added where several make up one spread: it exists at any degrees of freedom, unlike the variance.

    >>> np.round(breadth(np.array([1.0, 4.0, 1e9])), 3).tolist()
    [5.767, 1.431, 1.0]
    """
    return np.square(stdtrit(df, 0.9) / ndtri(0.9))
