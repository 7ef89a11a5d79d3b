"""Covariance matrices from rows: robust to unequal variances, and clustered by two kinds at once."""

from __future__ import annotations

import numpy as np

from povertystats.regression.inference import fitted_exactly, inverse, parameters
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import refuse

# An eigenvalue below this share of the largest is rounding, not a negative one.
_ROUNDING = 1e-12


def robust(moments: RowMoments, beta: np.ndarray) -> np.ndarray:
    """Return the covariance matrix of the coefficients for independent errors of unequal variance (HC1).

    ``N/(N−K) · A⁻¹ (Σ_i w_i² e_i² x̃_i x̃_i') A⁻¹``, x̃ what effects leave, every effect counted in K: fixest's and
    pyfixest's "hetero", Stata's robust with dummies; shape (k, k); t with N − K degrees. For comparison only: rows of
    one place are not independent.
    Source: MacKinnon & White 1985, doi:10.1016/0304-4076(85)90158-7.

    >>> import pandas as pd
    >>> from povertystats.regression.inference import solve
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = RowMoments.of(panel, "y", ["x"], time=None)
    >>> robust(m, solve(m)).round(6).tolist()
    [[0.028426]]
    """
    half = moments.rows.scores(beta) @ inverse(moments)
    n = len(half)
    return n / (n - parameters(moments, count_nested=True)) * half.T @ half


def two_way(moments: RowMoments, beta: np.ndarray, *, count_nested: bool = False) -> tuple[np.ndarray, bool]:
    """Return the covariance matrix clustered by two kinds, ``V₁ + V₂ − V₁₂``, and whether it had to be mended.

    V₁₂ is clustered by their intersections; each is CRV1 with the factor ``G/(G−1) · (N−1)/(N−K)`` of the smaller
    number of clusters G and of a K without effects nested in clusters of either kind, as in fixest and pyfixest; t
    with G − 1 degrees. Where it is not positive semi-definite its negative eigenvalues become zero: mended.
    Raises Refused where a kind has fewer than two clusters, the outcome is fitted exactly, or nothing of a variance is left.
    Source: Cameron, Gelbach & Miller 2011, doi:10.1198/jbes.2010.07136.

    >>> import pandas as pd
    >>> from povertystats.regression.inference import solve
    >>> rows = {"place": list("aaabbbccc"), "year": [1, 2, 3] * 3, "x": [0.0, 1, 4, 0, 2, 2, 0, 3, 1]}
    >>> panel = pd.DataFrame(rows).assign(y=[0.0, 1, 5, 0, 3, 1, 1, 4, 2])
    >>> m = RowMoments.of(panel, "y", ["x"], other="year")
    >>> variance, mended = two_way(m, solve(m))
    >>> variance.round(4).tolist(), mended
    ([[0.0455]], False)
    """
    first, second = moments.rows.clusters
    few = [f"{len(kind.labels)} cluster by {kind.name!r}" for kind in (first, second) if len(kind.labels) < 2]
    problems = [f"{one}; clusters of two kinds need at least 2 of each, better 20 or more" for one in few]
    problems += fitted_exactly(moments, beta)
    refuse("cannot compute clustered errors", problems)
    halves = [
        moments.rows.scores(beta, kind) @ inverse(moments) for kind in (first, second, first.by(second))
    ]
    one, two, both = (half.T @ half for half in halves)
    total, changed = mended(one + two - both)
    gone = np.diag(total) <= _ROUNDING * np.diag(one + two)
    why = (
        "the errors of both kinds cancel out: V1 + V2 − V12 is not positive; use cv3, of which this cannot be"
    )
    lost = [f"{name}: {why}" for name, none in zip(moments.columns, gone, strict=True) if none]
    refuse("cannot compute clustered errors", lost)
    g, n = min(moments.sizes), len(moments.rows.weights)
    factor = g / (g - 1) * (n - 1) / (n - parameters(moments, count_nested))
    return factor * total, changed


def mended(variance: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return a symmetric matrix with its negative eigenvalues set to zero, and whether there was one.

    >>> matrix, changed = mended(np.array([[1.0, 2.0], [2.0, 1.0]]))
    >>> matrix.round(9).tolist(), changed
    ([[1.5, 1.5], [1.5, 1.5]], True)
    """
    size = np.sqrt(np.abs(np.diag(variance)))
    size[size == 0] = 1
    values, vectors = np.linalg.eigh(variance / np.outer(size, size))
    if values.min() >= -_ROUNDING * np.abs(values).max():
        return variance, False
    values, vectors = np.linalg.eigh(variance)
    return vectors * np.maximum(values, 0) @ vectors.T, True
