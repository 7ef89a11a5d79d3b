"""Structural trends of short annual series: covariances, gaps allowed, least squares under them, how likely each is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit, gammaln, softmax

from povertystats.forecasts.scores import to_scale

Shape = tuple[float, float, float]
# Series by their years: the deviations of each from the shared path, and its mean level.
Deviations = dict[tuple[int, ...], list[tuple[np.ndarray, float]]]

# A shape is (φ, share of slope shocks, share of noise); level shocks make up the rest of a change's variance.
FAMILIES = {
    "arima011": [(1.0, 0.0, noise) for noise in (0.0, 0.3, 0.6, 0.9)],
    "damped": [(phi, s, (1 - s) * e) for phi, s, e in product((0.6, 0.8, 0.9), (0.0, 0.3), (0.0, 0.7))],
    "local_trend": [(1.0, s, (1 - s) * e) for s, e in product((0.0, 0.1, 0.4, 0.95), (0.0, 0.7))],
}
# The path of many places has hardly any noise: what a year does to it stays.
SHARED = {
    "walk": [(1.0, 0.0, 0.0)],
    "damped": [(phi, s, 0.0) for phi, s in product((0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95), (0.0, 0.1))],
    "local_trend": [(1.0, s, 0.0) for s in (0.05, 0.2, 0.5, 0.95)],
}
# Two figures tell a pace, be it under a standard that was soon replaced; what a trend looks like takes three,
# and a shared path several places.
FEWEST_FIGURES, FEWEST_SHAPED, FEWEST_PEERS = 2, 3, 3
# Variance of the slope between places, as a multiple of that of a year's change; the last is "anything".
_KAPPA = (0.0, 0.1, 0.5, 1e4)
# Rates nearer to 0 or 100 are as noisy as one at this distance.
_EDGE = 0.2
_NU = 2.0 ** np.arange(7)
_ROUNDS, _EM_STEPS = 3, 8


@lru_cache(maxsize=256)
def covariances(
    shapes: tuple[Shape, ...], years: tuple[int, ...], labels: tuple[str, ...] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return each shape's trend column (K, n) and unit covariance (K, n, n) at ``years``.

    Level ``l' = l + s + η``, slope ``s' = φ s + ζ``, ``y = l + ε`` with ``var η + 2 var ε + var ζ = 1``.
    φ = 1 is the local linear trend, and without ζ the ARIMA(0,1,1) with drift (its moving average 0 or less);
    φ < 1 is the damped trend. The level is free, so that a constant in a covariance has no meaning. Series of
    different ``labels`` share their slope; level and noise are each one's own. All arguments are tuples.

    Source: Harvey 1989, doi:10.1017/CBO9781107049994.

    >>> column, cov = covariances(((1.0, 0.0, 0.0),), (2006, 2008, 2010))  # random walk with drift
    >>> column.tolist(), (cov - cov[0, 0, 0]).tolist()
    ([[0.0, 2.0, 4.0]], [[[0.0, 0.0, 0.0], [0.0, 2.0, 2.0], [0.0, 2.0, 4.0]]])
    """
    at = np.array(years) - min(years)
    steps = np.arange(at.max() + 1)
    lag = steps[:, None] - steps
    same = np.equal.outer(labels, labels) if labels else True
    columns, covs = [], []
    for phi, slope, noise in shapes:
        decay = np.where(lag > 0, phi ** np.maximum(lag - 1, 0), 0.0)
        reached = np.vstack([0 * steps, decay.cumsum(axis=0)[:-1]])[at]
        columns.append(np.append(0.0, np.cumsum(phi ** steps[:-1]))[at])
        # The constant 1 keeps the matrix regular.
        own = 1 + (1 - slope - noise) * np.minimum.outer(at, at) + 0.5 * noise * np.equal.outer(at, at)
        covs.append(same * own + slope * reached @ reached.T)
    return np.array(columns), np.array(covs)


def with_slopes(shapes: Sequence[Shape], years: Sequence[int], kappa: np.ndarray) -> np.ndarray:
    """Return the covariance (K, n, n) of shapes with a random slope of variance κ (K,): ``D + κ x x'``."""
    each = tuple(dict.fromkeys(shapes))
    where = [each.index(shape) for shape in shapes]
    columns, cov = (part[where] for part in covariances(each, tuple(years)))
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


def log_density(nu: float, s2: np.ndarray | float, total: np.ndarray, dims: np.ndarray | int) -> np.ndarray:
    """Return a series' log density, but for its determinants, where ``ν s² + y'Qy`` is ``total``."""
    half = (nu + dims) / 2
    return gammaln(half) - gammaln(nu / 2) + nu / 2 * np.log(nu * s2) - half * np.log(total)


def _posterior(log_r):
    """Return softmax (S, K) and logsumexp (S,) over K; scipy's spend most of their time on checks."""
    top = log_r.max(axis=1, keepdims=True)
    r = np.exp(log_r - top)
    total = r.sum(axis=1, keepdims=True)
    return r / total, (top + np.log(total))[:, 0]


def empirical_bayes(q: np.ndarray, h: np.ndarray, dims: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return log weights (K,), ν0 and s0² under which the forms (S, K) are likeliest: EM, ν0 on a grid."""
    log_weight, nu = np.full(q.shape[1], -np.log(q.shape[1])), 4.0
    s2 = np.median(q.min(axis=1, keepdims=True) / dims)
    for _ in range(_ROUNDS):
        for _ in range(_EM_STEPS):
            total = nu * s2 + q
            post, _ = _posterior(log_weight - h + log_density(nu, s2, total, dims))
            log_weight = np.log(np.maximum(post.mean(axis=0), 1e-12))
            s2 = 1 / (post * (nu + dims) / total).sum(axis=1).mean()
        fit = [_posterior(log_weight - h + log_density(v, s2, v * s2 + q, dims))[1].sum() for v in _NU]
        nu = _NU[np.argmax(fit)]
    return log_weight, float(nu), float(s2)


def forms(
    years: tuple[int, ...],
    rows: list[tuple[np.ndarray, float]],
    shapes: Sequence[Shape],
    kappa: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return of series of the same years quadratic forms and half log determinants (S, K), dimensions, levels (S,)."""
    z, level = np.array([row for row, _ in rows]), np.array([level for _, level in rows])
    cov = with_slopes(shapes, years, kappa)
    form, _, _, half = kriging(cov, np.ones((*cov.shape[:2], 1)), len(years))
    q = np.einsum("sn,knm,sm->sk", z, form, z, optimize=True)
    return q, np.tile(half, (len(z), 1)), np.full((len(z), 1), len(years) - 1), level


def own_trends(series: Deviations, scale: str) -> tuple | None:
    """Return what deviations say of the grid of shapes: families, shapes, κ and log weights (K,), ν0, s0², noise.

    None where all series move exactly alike.
    """
    grid = [(name, shape, k) for name, shapes in FAMILIES.items() for shape, k in product(shapes, _KAPPA)]
    family, shapes, variances = zip(*grid, strict=True)
    kappa = np.array(variances)
    parts = [forms(years, rows, shapes, kappa) for years, rows in series.items()]
    q, h, dims, levels = map(np.concatenate, zip(*parts, strict=True))
    if np.median(q.min(axis=1)) <= 1e-18:
        return None
    log_weight, df, variance = empirical_bayes(q, h, dims)
    noise = level_noise(q, h, dims, levels, (log_weight, df, variance), scale)
    g = level_variance(levels[:, None], scale, noise)[:, None]
    log_weight, df, variance = empirical_bayes(q / g, h + dims / 2 * np.log(g), dims)
    return np.array(family), shapes, kappa, log_weight, df, variance, noise


def deviations(
    panel: pd.DataFrame, indicators: Sequence[str], scale: str
) -> tuple[dict[str, dict[int, float]], Deviations, dict[str, int]]:
    """Return shared paths, deviations ``{years: [(row, mean level)]}`` and the counts of what was left out."""
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
            for row in z:
                known = ~np.isnan(row)
                years = tuple(wide.columns[known].tolist())
                series.setdefault(years, []).append(((row - effects)[known], row[known].mean()))
    return paths, series, left_out


def _year_effects(z):
    """Return the year effects (n,) of z (S, n), missing figures NaN, beside free levels of the places."""
    if not np.isnan(z).any():
        return z.mean(axis=0)
    row, column = np.nonzero(~np.isnan(z))
    design = np.hstack([np.eye(len(z))[row], np.eye(z.shape[1])[column]])
    return np.linalg.lstsq(design, z[row, column])[0][len(z) :]


def _spread(level, scale):
    """Return ln 4p(1 − p) at levels on the scale."""
    p = expit(level) if scale == "log_odds" else np.clip(level / 100, _EDGE / 100, 1 - _EDGE / 100)
    return np.log(4 * p * (1 - p))


def level_variance(z: np.ndarray, scale: str, noise: float) -> np.ndarray:
    """Return g (S,), the variance of changes relative to that at 50 %, of series z (S, n) at their mean level."""
    power = -noise if scale == "log_odds" else 2 - noise
    return np.exp(power * _spread(z.mean(axis=1), scale))


def level_noise(
    q: np.ndarray,
    h: np.ndarray,
    dims: np.ndarray,
    levels: np.ndarray,
    fit: tuple[np.ndarray, float, float],
    scale: str,
) -> float:
    """Return how the variance of changes depends on the level, from 0 to 1: a slope drawn towards 0."""
    log_weight, df, variance = fit
    total = df * variance + q
    post = softmax(log_weight - h + log_density(df, variance, total, dims), axis=1)
    size = np.log(np.maximum((post * q / dims).sum(axis=1), np.finfo(float).tiny))
    at = _spread(levels, scale)
    at = at - at.mean()
    slope = at @ size / (at @ at + 1)
    return float(np.clip(-slope if scale == "log_odds" else 2 - slope, 0, 1))
