"""How far the residuals of places depend on one another, between places and within regions."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from povertystats.regression.combination import time_of
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import InvalidValue


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
