"""What new signs make of a fit: of all residuals of a cluster together, or of each row; statistics by CRV1 either way."""

from __future__ import annotations

from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from povertystats.clusters.jackknife import equations
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left

# Up to so many things that have a sign every pattern is used, none is drawn.
ALL_PATTERNS = 12
# A smaller share of what the null adds to a score than this is rounding.
_NOTHING = 1e-13
# Sums that come out of cells and of rows differ by rounding only.
_SAME = 1e-8
# Draws worked on at once: few enough that their arrays stay in cache and the allocator does not hand them back each time.
_BATCH, _FEWER = 512, 256


class Fit(NamedTuple):
    """A fit in units of its columns' sizes: A_g (G, K, K), scores ŝ_g (G, K), A⁻¹ (K, K) and those sizes √diag A (K,)."""

    xx: np.ndarray
    scores: np.ndarray
    inverse: np.ndarray
    size: np.ndarray


class Rows(NamedTuple):
    """The rows of a fit, by cluster: the cluster (R,), x (R, K) in units of the columns' sizes, x times its residual."""

    cluster: np.ndarray
    x: np.ndarray
    scores: np.ndarray


def standardised(moments: Moments) -> Fit:
    """Return the fit of moments, the intercept, where there is one, as the last of its columns."""
    each = equations(moments)
    size = np.sqrt(np.diag(each.sum(axis=0)))
    xx, xy = each[:, :, :-1] / np.outer(size, size), each[:, :, -1] / size
    inverse = np.linalg.inv(xx.sum(axis=0))
    return Fit(xx, xy - xx @ (inverse @ xy.sum(axis=0)), inverse, size)


def rows_of(moments: Moments, fit: Fit) -> Rows | None:
    """Return the rows, read off the sums by place and time; None where a cluster and time has several, or unknown ones.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> m = Moments.from_frame(panel.assign(y=[0.0, 1, 0, 3, 1, 4]), "y", ["x"])
    >>> rows = rows_of(m, standardised(m))
    >>> rows.cluster.tolist(), (rows.x[:, 0] * standardised(m).size[0]).round(3).tolist()
    ([0, 0, 1, 1, 2, 2], [-0.5, 0.5, -1.0, 1.0, -1.5, 1.5])
    """
    counts = moments.kept.counts[moments.kept.counts.any(axis=1)]
    if moments.within or (counts > 1).any():
        return None
    weights, means, sums, _ = cells_left(moments)
    g, t = np.nonzero(counts)
    total, weight = weights.sum(axis=1), weights[g, t]
    values = sums[g, t] / weight[:, None]
    times = np.eye(counts.shape[1])[t]
    if moments.entity:
        times = times - (weights / total[:, None])[g]
        one = np.zeros((len(g), 0))
    else:
        values = values + (means - total @ means / total.sum())[g]
        times = times - weights.sum(axis=0) / total.sum()
        one = np.ones((len(g), 1))
    names = (*moments.names, *(f"{moments.time}[{time}]" for time in moments.times))
    every = np.hstack([values, times])
    x = np.hstack([every[:, [names.index(name) for name in moments.columns]], one]) / fit.size
    x, y = x * np.sqrt(weight)[:, None], values[:, 0] * np.sqrt(weight)
    if np.abs(x.T @ x - fit.xx.sum(axis=0)).max() > _SAME:
        return None
    return Rows(g, x, x * (y - x @ (fit.inverse @ (x.T @ y)))[:, None])


class Signs:
    """Signs of a fit's clusters, or rows: every pattern of few, else drawn; all columns share them."""

    def __init__(self, moments: Moments, fit: Fit, draws: int, seed: int) -> None:
        self._moments, self._fit = moments, fit
        self._drawn = cache(lambda n: patterns(n) if n <= ALL_PATTERNS else random_signs(n, draws, seed))

    @cached_property
    def _rows(self):
        return rows_of(self._moments, self._fit)

    def squares(self, kind: str, j: int) -> tuple[float, np.ndarray, bool] | None:
        """Return of column j the unit, ``Statistics.squares`` and whether every pattern is there; None without rows.

        ``kind``: what has a sign of its own, each "cluster" or each "row".
        """
        if kind == "cluster":
            n = len(self._moments.n)
            return (*squares(self._fit, j, self._drawn(n)), n <= ALL_PATTERNS)
        if self._rows is None:
            return None
        n = len(self._rows.x)
        return (*squares_by_row(self._fit, self._rows, j, self._drawn(n)), n <= ALL_PATTERNS)


def squares(fit: Fit, j: int, flips: np.ndarray) -> tuple[float, np.ndarray]:
    """Return √Σĉ_g² and, in units of it, ``Statistics.squares``; ``flips`` (G, B) is 1 where a sign changes.

    ĉ_g = a ŝ_g. Under a null a distance s away: s̃_g = ŝ_g + s·A_g a'/a_j, hence c*_g = ĉ_g + s·h_g with the
    partial leverage h. New signs move the coefficients by u = A⁻¹Σ s̃_g v_g and each a ŝ_g by −a A_g u, and
    since v_g² = 1: q = Σ(c*_g v_g − a A_g u)² = Σc*_g² − 2u'Σ c*_g v_g (a A_g)' + u'Du, D = Σ(a A_g)'(a A_g).
    """
    xx, scores, inverse, _ = fit
    row = inverse[j]
    half = xx @ row
    own, share = scores @ row, half @ row / row[j]
    unit = np.sqrt(own @ own)
    own, d = own / unit, half.T @ half
    moves = inverse @ scores.T / unit, inverse @ half.T / row[j]
    sums = np.vstack([own, share, *moves, half.T * own, half.T * share])
    parts = 2 + len(row) * np.arange(4)
    made = np.empty((2, 3, flips.shape[1]))
    for start in range(0, flips.shape[1], _BATCH):
        draws = slice(start, start + _BATCH)
        n, u0, u1, w0, w1 = np.split(sums @ (1.0 - 2 * flips[:, draws]), parts)
        d0, d1 = d @ u0, d @ u1
        made[0, :, draws] = n[0] ** 2, 2 * n[0] * n[1], n[1] ** 2
        made[1, 0, draws] = 1 + _dot(u0, d0 - 2 * w0)
        made[1, 1, draws] = 2 * (own @ share + _dot(u0, d1 - w1) - _dot(u1, w0))
        made[1, 2, draws] = share @ share + _dot(u1, d1 - 2 * w1)
    # All that tells of the column changed sign together, or not at all: what a null adds is then fitted again.
    made[1, 1:, made[1, 2] < _NOTHING * (share @ share)] = 0
    return float(unit), made


def squares_by_row(fit: Fit, rows: Rows, j: int, flips: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the same where each row has a sign of its own; ``flips`` (R, B).

    c*_r = a x_r(ê_r + s·(x_r a)/a_j) of each row; u = A⁻¹Σ x_r(…)v_r as before, and the scores of the clusters, by which
    errors are counted, are Σ_(r in g) c*_r v_r − a A_g u.
    """
    row = fit.inverse[j]
    half, moved = fit.xx @ row, rows.x @ row / fit.inverse[j, j]
    unit = np.sqrt(((fit.scores @ row) ** 2).sum())
    parts = rows.scores / unit, rows.x * moved[:, None]
    starts = np.flatnonzero(np.diff(rows.cluster, prepend=-1))
    made = np.empty((2, 3, flips.shape[1]))
    for start in range(0, flips.shape[1], _FEWER):
        draws = slice(start, start + _FEWER)
        v = 1.0 - 2 * flips[:, draws]
        moves = []
        for part in parts:
            sums = np.add.reduceat((part @ row)[:, None] * v, starts)
            moves += [sums.sum(axis=0), sums - half @ (fit.inverse @ (part.T @ v))]
        n0, f0, n1, f1 = moves
        made[0, :, draws] = n0**2, 2 * n0 * n1, n1**2
        made[1, :, draws] = _dot(f0, f0), 2 * _dot(f0, f1), _dot(f1, f1)
    made[1, 1:, made[1, 2] < _NOTHING] = 0
    return float(unit), made


def _dot(a, b):
    return np.einsum("kb,kb->b", a, b)


def patterns(count: int) -> np.ndarray:
    """Return every choice of clusters, or rows, to flip but for the complements, which give the same |t*|."""
    return (np.arange(2 ** (count - 1)) >> np.arange(count)[:, None]) & 1


def random_signs(count: int, draws: int, seed: int) -> np.ndarray:
    """Return which of them change sign in each draw, as 0 and 1: (``count``, B) bytes."""
    size = count * draws
    bits = np.frombuffer(np.random.default_rng(seed).bytes(-(-size // 8)), np.uint8)
    return np.unpackbits(bits, count=size).reshape(count, draws)
