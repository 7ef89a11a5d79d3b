"""Whether errors are shared by the places that share a driver: clusters that are not independent, found without a map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Shared(NamedTuple):
    """``inflation``: covariances between clusters over the variance that clustering counts; ``z``: how far beyond chance."""

    inflation: float
    z: float


def shared(errors: np.ndarray, driver: np.ndarray) -> Shared:
    """Return how far residuals go together in those pairs of clusters in which a driver does.

    ``errors``, ``driver`` (G, T): what a model leaves of outcome and driver, by cluster and time, NaN where no row is.
    With S and R the sums of products of two clusters' errors and drivers over the years, the variance of the
    coefficient is ``Σ_g R_gg S_gg`` where clusters are independent and ``Σ_gh R_gh S_gh`` where not: ``inflation`` is what
    lies off the diagonal over what lies on it. ``z`` is Mantel's statistic of the correlations in R and S, less its mean,
    in standard deviations over all ways to assign the clusters' errors to the clusters' drivers. Both NaN with fewer
    than four clusters or years.
    Source: Mantel 1967, Cancer Research 27: 209-220 (both moments).

    >>> rng = np.random.default_rng(1)
    >>> region = np.arange(30) % 6
    >>> own, common = rng.normal(size=(2, 30, 10)), rng.normal(size=(2, 6, 10))
    >>> [round(float(value), 1) for value in shared(*own)], [round(float(value), 1) for value in shared(*(own + common[:, region]))]
    ([0.4, 3.2], [1.8, 9.5])
    """
    g, t = errors.shape
    if min(g, t) < 4:
        return Shared(np.nan, np.nan)
    products = [part @ part.T for part in map(np.nan_to_num, (errors, driver))]
    sizes = [np.diag(part).copy() for part in products]
    for part in products:
        np.fill_diagonal(part, 0)
    if not sizes[0] @ sizes[1]:
        return Shared(np.nan, np.nan)
    inflation = (products[0] * products[1]).sum() / (sizes[0] @ sizes[1])
    scales = [np.sqrt(np.where(size > 1e-12 * size.max(), size, np.inf)) for size in sizes]
    a, b = (part / np.outer(scale, scale) for part, scale in zip(products, scales, strict=True))
    (all_a, squares_a, rows_a), (all_b, squares_b, rows_b) = map(_sums, (a, b))
    mean = all_a * all_b / (g * (g - 1))
    same = 2 * squares_a * squares_b / (g * (g - 1))
    one = 4 * (rows_a - squares_a) * (rows_b - squares_b) / (g * (g - 1) * (g - 2))
    none = (all_a**2 + 2 * squares_a - 4 * rows_a) * (all_b**2 + 2 * squares_b - 4 * rows_b)
    variance = same + one + none / (g * (g - 1) * (g - 2) * (g - 3)) - mean**2
    z = ((a * b).sum() - mean) / np.sqrt(variance) if variance > 0 else np.nan
    return Shared(float(inflation), float(z))


def _sums(a):
    """Return the sums of all elements, of their squares, and of squared sums of rows."""
    return a.sum(), (a**2).sum(), (a.sum(axis=1) ** 2).sum()
