"""How many clusters carry an estimate: leverage, partial leverage, the effective number, which of them are treated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from povertystats.clusters.jackknife import equations, unknown_columns
from povertystats.regression.inference import inverse
from povertystats.regression.singletons import cells_left
from povertystats.rows.kinds import absorbs
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

# Sums of 0 and 1 come out of means and differences: what is nearer than this is one of the two.
WHOLE = 1e-6


def partial_leverage(moments: Moments, column: str) -> np.ndarray:
    """Return the share of a column's own variation that lies in each cluster: its partial leverage.

    ``h_g = (A⁻¹A_gA⁻¹)_jj / (A⁻¹)_jj``; shape (G,), in the order of ``moments.clusters``, between 0 and 1,
    with sum 1. A share near 1 means that the estimate rests on one place.
    Raises Refused when ``column`` is unknown.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1177/1536867X231212433.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> partial_leverage(Moments.from_frame(panel, "y", ["x"], time=None), "x").round(4).tolist()
    [0.0714, 0.2857, 0.6429]
    """
    refuse("cannot compute leverage", unknown_columns(moments, [column]))
    j = moments.columns.index(column)
    row = inverse(moments)[j]
    return moments.xx @ row @ row / row[j]


def leverage(moments: Moments) -> np.ndarray:
    """Return how far each cluster pulls its own fitted values, all columns together: ``tr(A⁻¹A_g)``.

    Shape (G,), between 0 and the number of columns (with an intercept, where there is one), to which they add up.
    Effects that are absorbed count for nothing: each is told by its own cluster alone.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1177/1536867X231212433.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("abcd"), "x": [0.0, 0, 0, 1], "y": [0.0, 1, 2, 5]})
    >>> leverage(Moments.from_frame(panel, "y", ["x"], entity=None, time=None)).round(4).tolist()
    [0.3333, 0.3333, 0.3333, 1.0]
    """
    each = equations(moments)[:, :, :-1]
    whole = each.sum(axis=0)
    size = np.sqrt(np.diag(whole))
    scale = np.outer(size, size)
    return np.einsum("ij,gji->g", np.linalg.inv(whole / scale), each / scale)


def effective_clusters(moments: Moments, column: str, rho: float = 0.0) -> float:
    """Return how many equal clusters would carry the information on a column that these unequal ones carry: G*(ρ).

    ``G/(1 + Γ)``, Γ the squared coefficient of variation of ``γ_g = a X_g'Ω X_g a'`` with a = row j of A⁻¹ and
    ``Ω = (1 − ρ)I + ριι'``: errors that go together by ρ within a cluster. Between 1 and G. With ρ = 0 it is
    ``1/Σh_g²`` of the partial leverage h, as it is with any ρ below 1 where effects of the clusters are absorbed
    (``X_g'ι = 0``). Far below G, t with G − 1 degrees finds too much.

    Raises Refused when ``column`` is unknown, InvalidValue unless 0 ≤ ρ ≤ 1, and ρ < 1 with absorbed effects.
    Source: Carter, Schnepel & Steigerwald 2017, doi:10.1162/REST_a_00639.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> round(float(effective_clusters(Moments.from_frame(panel, "y", ["x"], time=None), "x")), 2)
    2.0
    """
    refuse("cannot count effective clusters", unknown_columns(moments, [column]))
    most = "0 ≤ rho < 1: effects of the clusters are absorbed" if absorbs(moments) else "0 ≤ rho ≤ 1"
    if not (0 <= rho < 1 or rho == 1 and not absorbs(moments)):
        raise InvalidValue(f"rho is {rho}; expected {most}")
    j = moments.columns.index(column)
    if isinstance(moments, RowMoments):
        return _of_rows(moments, inverse(moments)[j], rho)
    each = equations(moments)[:, :, :-1]
    whole = each.sum(axis=0)
    size = np.sqrt(np.diag(whole))
    row = np.linalg.inv(whole / np.outer(size, size))[j] / size
    gamma = (1 - rho) * (each @ row @ row)
    if rho and not moments.entity:
        gamma += rho * (each[:, -1] @ row) ** 2
    return float(gamma.sum() ** 2 / (gamma**2).sum())


def _of_rows(moments, row, rho):
    """Return G*(ρ) from rows, of which the effects are taken out: their columns need not be held."""
    sums = np.bincount(moments.rows.clusters[0].codes, row @ moments.rows.left[1:])
    gamma = (1 - rho) * (moments.xx @ row @ row) + rho * sums**2
    return float(gamma.sum() ** 2 / (gamma**2).sum())


def treated(moments: Moments, column: str) -> np.ndarray | None:
    """Return which clusters ever have a 1 of a column that is 0 or 1 in every row, boolean (G,); None of any other.

    With one row a place and time any two values are told alike, the higher as 1 (0 and 100 of per cent), and so is a
    change of such a column, −1, 0 or 1, where a cluster counts that ever changes. Read off the sums: ``Σx(1 − x) = 0``
    in every cluster, which is so of no other values in between.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "d": [0, 1, 0, 0, 1, 1], "y": [0.0, 1, 0, 3, 1, 4], "year": [1, 2] * 3})
    >>> m = Moments.from_frame(panel, "y", ["d"])
    >>> treated(m, "d").tolist(), treated(m, "year[1]") is None
    ([True, False, True], True)
    """
    if column not in moments.names:
        return None
    v = moments.names.index(column)
    counts, means, sums, products = cells_left(moments)
    n, mean, square = counts.sum(axis=1), means[:, v], products[:, v, v]
    if (
        (np.abs(n * mean * (1 - mean) - square) <= WHOLE * n).all()
        and (np.abs(mean - 0.5) < 0.5 + WHOLE).all()
        and (mean > WHOLE).any()
    ):
        return np.asarray(mean > WHOLE)
    if (moments.counts > 1).any():
        return None
    there = counts > 0
    found = coded(mean[:, None] + sums[:, :, v] / np.where(there, counts, 1), there)
    return None if found is None else np.asarray((found[0] != 0).any(axis=1))


def coded(cells: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, float, float] | None:
    """Return cells of two values as 0 and 1, of changes from one to the other as −1, 0 and 1, the lower and their distance.

    None of any other values. ``there``: which cells hold one; the others are 0. Nought and 100 are told as 0 and 1 are.

    >>> coded(np.array([[0.0, 100.0, 7.0]]), np.array([[True, True, False]]))
    (array([[0, 1, 0]]), 0.0, 100.0)
    >>> coded(np.array([[-1.0, 0.0, 1.0]]), np.ones((1, 3), bool))[0].tolist(), coded(np.eye(2) + 3.5, np.ones((2, 2), bool))[1:]
    ([[-1, 0, 1]], (3.5, 1.0))
    """
    low, high = (float(f(cells[there])) if there.any() else 0.0 for f in (np.min, np.max))
    size = max(abs(low), abs(high))
    near = there & (np.abs(cells) <= WHOLE * size)
    if near.any() or low == high:
        low = 0.0
    else:
        size = high - low
    if size <= WHOLE * max(abs(low), abs(high)):
        return None if size else (np.zeros(cells.shape, int), 0.0, 1.0)
    units = np.where(there, (cells - low) / size, 0.0)
    codes = np.round(units).astype(int)
    return (codes, low, size) if (np.abs(units - codes) <= WHOLE).all() else None
