"""How far the residuals of places depend on one another, between places, within regions, and where a driver does."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln

from povertystats.regression.combination import time_of
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import InvalidValue

# Residuals smaller than this share of the largest are rounding; statistics that differ by less than this are one.
_ROUNDING, _TIE = 1e-9, 1e-12
# Indicators of regions worked on at once.
_CELLS = 2**18


def residuals(moments: Moments, beta: np.ndarray) -> np.ndarray:
    """Return the mean residual of each place in each year: shape (G, years), units of the outcome, NaN where no row is.

    ``e_gt = ȳ_gt − x̄_gt'β − δ_t``, about the place's mean (place effects) or the overall one: read off the sums by
    place and year, so that the data are not touched again. Raises ValueError for moments without time effects.

    >>> import pandas as pd
    >>> from povertystats.regression.inference import solve
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> m = Moments.from_frame(panel.assign(y=[0.0, 1, 0, 3, 1, 4]), "y", ["x"])
    >>> residuals(m, solve(m)).round(3).tolist()
    [[0.167, -0.167], [-0.333, 0.333], [0.167, -0.167]]
    """
    if not moments.time:
        raise InvalidValue("these moments have no time effects: expected some, to tell residuals by year")
    if isinstance(moments, RowMoments):
        return moments.cell_residuals(beta)
    (counts, means, sums, _), p = cells_left(moments), len(moments.regressors)
    counts = counts * moments.kept.counts.any(axis=0)
    named = dict(zip(moments.columns[p:], beta[p:], strict=True))
    effects = np.array([named.get(f"{moments.time}[{time}]", 0.0) for time in moments.times])
    there = np.where(counts > 0, counts, np.nan)
    # Of all rows of a place: with effects of its households ``n`` leaves out those seen once.
    n = counts.sum(axis=1)
    about = means - n @ means / n.sum()  # an offset costs digits
    cells = sums / there[:, :, None] + about[:, None]
    errors = cells[:, :, 0] - cells[:, :, 1:] @ beta[:p] - effects
    totals = np.nansum(errors * counts, axis=1, keepdims=True)
    errors = errors - (totals / n[:, None] if moments.entity else totals.sum() / n.sum())
    if not moments.years_by:
        return errors
    # A place lies in one region a year, as a rule; where its rows lie in several, their mean counts.
    years = [time_of(time) for time in moments.times]
    same = np.array([[year == other for other in dict.fromkeys(years)] for year in years], float)
    rows = counts @ same
    return np.nan_to_num(errors * counts) @ same / np.where(rows > 0, rows, np.nan)


def dependence(errors: np.ndarray) -> dict[str, float]:
    """Return how far the residuals of places move together: pairs, mean and mean absolute correlation, and what chance gives.

    ``errors`` (G, T) as of ``residuals``; pairs of places with at least four years in common; ``chance`` is
    Γ((T−1)/2)/(√π Γ(T/2)) averaged over the pairs, the mean absolute correlation of independent normal residuals.
    Source: Pesaran 2015, doi:10.1080/07474938.2014.956623.

    >>> found = dependence(np.array([[1.0, -1, 1, -1, 0], [2.0, -2, 2, -2, 0], [-1.0, 1, -1, 1, 0]]))
    >>> found["pairs"], round(found["mean"], 2), round(found["mean_abs"], 2), round(found["chance"], 2)
    (3, -0.33, 1.0, 0.42)
    """
    known = ~np.isnan(errors)
    first, second = np.triu_indices(len(errors), 1)
    common = known[first] & known[second]
    years = common.sum(axis=1)
    keep = years >= 4
    first, second, common, years = first[keep], second[keep], common[keep], years[keep]
    a, b = (np.where(common, np.nan_to_num(errors[rows]), 0.0) for rows in (first, second))
    a, b = (np.where(common, part - part.sum(axis=1, keepdims=True) / years[:, None], 0.0) for part in (a, b))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    varies = size > 0
    rho = (a * b).sum(axis=1)[varies] / size[varies]
    half = years[varies] / 2
    chance = np.exp(gammaln(half - 0.5) - gammaln(half)) / np.sqrt(np.pi)
    if not len(rho):
        return {"pairs": 0, "mean": np.nan, "mean_abs": np.nan, "chance": np.nan}
    means = {"mean": rho.mean(), "mean_abs": np.abs(rho).mean(), "chance": chance.mean()}
    return {"pairs": len(rho)} | {name: float(value) for name, value in means.items()}


@dataclass(frozen=True)
class WithinRegions:
    """How far residuals of places go together within regions and between them, and a test of the difference.

    ``within``, ``between``: mean correlations (−1 to 1) of two places of one region, of different regions; ``p`` that
    the first is no larger than the second (NaN with ``reason``); ``places`` in so many ``regions``; ``draws``.
    """

    within: float
    between: float
    p: float
    places: int
    regions: int
    draws: int
    reason: str = ""


def within_regions(
    errors: np.ndarray, regions: Sequence[Hashable], *, draws: int = 999, seed: int = 1
) -> WithinRegions:
    """Return whether residuals of places in one region go together more than those of places in different regions.

    ``errors`` (G, T) as of ``residuals``, ``regions`` (G,). With ``v_it = e_it/rms_i`` (rms over the place's own
    years) and T_ij years in common, the mean correlation over pairs is ``Σ_ij Σ_t v_it v_jt / Σ_ij T_ij``; without
    gaps it is the mean of the pairs' correlations, where there are place effects. p is the share of ``draws`` in which
    regions are dealt to places at random, their sizes kept, whose ``within − between`` is at least as large (the data
    are one draw): exact where the residuals of places are exchangeable. Year effects take what all places share;
    with those of each region nothing is left that a region could share, and no test is made of it.
    Source: Mantel 1967, Cancer Research 27: 209-220 (permuting one of two matrices of pairs).

    >>> errors = np.array([[1.0, -1, 0], [1.0, -1, 0], [-1.0, 0, 1], [-1.0, 0, 1], [0.0, 1, -1], [0.0, 1, -1]])
    >>> found = within_regions(errors, list("aabbcc"))
    >>> round(found.within, 9), round(found.between, 9), found.regions, found.p < 0.1
    (1.0, -0.5, 3, True)
    """
    known = ~np.isnan(errors)
    value = np.where(known, errors, 0.0)
    rms = np.sqrt((value**2).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    used = rms > _ROUNDING * max(rms.max(initial=0.0), 1e-300)
    value, known = value[used] / rms[used, None], known[used].astype(float)
    code = np.unique([str(region) for region in np.array(regions, object)[used]], return_inverse=True)[1]
    sizes = np.bincount(code) if len(code) else np.zeros(0, int)
    every = value, known

    def pairs(parts, codes):
        """Sums over pairs of one region of each draw (codes (B, G)): of products, and of years in common."""
        indicator = (codes[:, None] == np.arange(len(sizes))[:, None]).astype(float)
        return [(((indicator @ part) ** 2).sum(axis=(1, 2)) - (part**2).sum()) / 2 for part in parts]

    def gaps(codes):
        (same, years), (all_, years_all) = (
            pairs(every, codes),
            [((part.sum(axis=0) ** 2).sum() - (part**2).sum()) / 2 for part in every],
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return same / years, (all_ - same) / (years_all - years)

    told: dict[str, Any] = {"places": len(code), "regions": len(sizes), "draws": draws}
    reason = "" if len(sizes) > 1 else "places of fewer than two regions"
    reason = reason if not len(sizes) or sizes.max() > 1 else "no region has two places"
    if reason:
        return WithinRegions(np.nan, np.nan, np.nan, reason=reason, **told)
    within, between = (float(part[0]) for part in gaps(code[None]))
    if np.isnan(within) or np.isnan(between):
        return WithinRegions(within, between, np.nan, reason="no two places have a year in common", **told)
    rng = np.random.default_rng(seed)
    count, step = 0, max(1, _CELLS // (len(code) * len(sizes)))
    for start in range(0, draws, step):
        dealt = rng.permuted(np.tile(code, (min(step, draws - start), 1)), axis=1)
        one, other = gaps(dealt)
        count += int(np.sum(~(one - other < within - between - _TIE)))
    return WithinRegions(within, between, (1 + count) / (1 + draws), **told)


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
    parts = [np.nan_to_num(part) for part in (errors, driver)]
    sizes = [(part**2).sum(axis=1) for part in parts]
    if not (alone := sizes[0] @ sizes[1]):
        return Shared(np.nan, np.nan)
    # Σ_gh R_gh S_gh = |X'E|²: no pair of clusters is looked at, for they may be many.
    inflation = ((parts[0].T @ parts[1]) ** 2).sum() / alone - 1
    used = [size > 1e-12 * size.max() for size in sizes]
    unit = [
        part / np.sqrt(np.where(there, size, np.inf))[:, None]
        for part, size, there in zip(parts, sizes, used, strict=True)
    ]
    found = ((unit[0].T @ unit[1]) ** 2).sum() - (used[0] & used[1]).sum()
    (all_a, squares_a, rows_a), (all_b, squares_b, rows_b) = map(_sums, unit, used)
    mean = all_a * all_b / (g * (g - 1))
    same = 2 * squares_a * squares_b / (g * (g - 1))
    one = 4 * (rows_a - squares_a) * (rows_b - squares_b) / (g * (g - 1) * (g - 2))
    none = (all_a**2 + 2 * squares_a - 4 * rows_a) * (all_b**2 + 2 * squares_b - 4 * rows_b)
    variance = same + one + none / (g * (g - 1) * (g - 2) * (g - 3)) - mean**2
    z = (found - mean) / np.sqrt(variance) if variance > 0 else np.nan
    return Shared(float(inflation), float(z))


def _sums(unit, used):
    """Return the sums of the correlations of all pairs, of their squares, and of squared sums by cluster, itself aside."""
    together = unit.sum(axis=0)
    return (
        together @ together - used.sum(),
        ((unit.T @ unit) ** 2).sum() - used.sum(),
        ((unit @ together - used) ** 2).sum(),
    )
