"""The errors of least-squares estimates: by clusters of one kind or two, robust and classical, and their convention in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.clusters.jackknife import by_jackknife, leave_one_out
from povertystats.clusters.two_way import two_way_jackknife
from povertystats.regression.inference import classical, crv1, fitted_exactly, parameters, solve, t_table
from povertystats.regression.moments import Moments
from povertystats.rows.kinds import kinds, sizes
from povertystats.rows.row_errors import robust, two_way
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused, refuse

# Of rows that are taken as independent: for comparison with published tables.
INDEPENDENT = ("robust", "classical")
ERRORS = ("cv3", "crv1", *INDEPENDENT)


@dataclass(frozen=True)
class Inference:
    """How errors are estimated (``ERRORS``), at which confidence, by how many draws of the bootstrap (0: none)."""

    errors: str = "cv3"
    level: float = 0.95
    count_nested: bool = False
    draws: int = 9999
    seed: int = 1


def by_cv3(
    moments: Moments, level: float, columns: Sequence[str] | None = None, beta: np.ndarray | None = None
) -> pd.DataFrame:
    """Return ``t_table`` of the coefficients, errors by the jackknife of one kind of clusters or of two.

    ``columns``: those that are asked about, as in ``leave_one_out``; ``beta``: the coefficients, where they are known.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> by_cv3(Moments.from_frame(panel, "y", ["x"], time=None), 0.95)["se"].round(4).tolist()
    [0.2403]
    """
    beta = solve(moments) if beta is None else beta
    if len(kinds(moments)) == 1:
        return by_jackknife(moments.columns, beta, leave_one_out(moments, columns), level=level)
    assert isinstance(moments, RowMoments)
    variance = np.diag(two_way_jackknife(moments, beta, columns) ** 2)
    return t_table(moments.columns, beta, variance, dof=degrees(moments, "cv3"), level=level)


def degrees(moments: Moments, errors: str) -> int:
    """Return the degrees of freedom of t: clusters less one, of two kinds the fewer, or rows less parameters.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> degrees(m, "cv3"), degrees(m, "classical")
    (2, 2)
    """
    if errors in INDEPENDENT:
        return int(moments.n.sum()) - parameters(moments, count_nested=True)
    return min(sizes(moments)) - 1


def estimated(
    moments: Moments, how: Inference, columns: Sequence[str] | None = None
) -> tuple[pd.DataFrame, str]:
    """Return ``t_table`` by the errors asked for with se_crv1 and p_crv1 beside them, and the convention in words.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> rows, convention = estimated(Moments.from_frame(panel, "y", ["x"], time=None), Inference("classical"))
    >>> rows["se"].round(4).tolist(), convention.partition(";")[0]
    ([0.1597], 'classical, t(2), K = 4, every effect counted')
    """
    beta, told = solve(moments), _nesting(moments, how.count_nested)
    dof = degrees(moments, "crv1")
    refuse("cannot compute errors", fitted_exactly(moments, beta))
    by = f" by {' and '.join(kinds(moments))}" if len(kinds(moments)) > 1 else ""
    try:
        if isinstance(moments, RowMoments) and by:
            variance, changed = two_way(moments, beta, count_nested=how.count_nested)
            told += (
                "; not positive semi-definite: its negative eigenvalues are set to zero" if changed else ""
            )
        else:
            variance = crv1(moments, beta, columns, count_nested=how.count_nested)
    except Refused:
        if how.errors not in INDEPENDENT and not (by and how.errors == "cv3"):
            raise
        beside, convention = t_table(moments.columns, beta, np.full((len(beta),) * 2, np.nan), dof=1), ""
    else:
        beside = t_table(moments.columns, beta, variance, dof=dof, level=how.level)
        convention = f"CRV1{by}, t({dof}), K = {parameters(moments, how.count_nested)}{told}"
    rows = beside
    if how.errors == "cv3":
        rows = by_cv3(moments, how.level, columns, beta)
        largest = ", the largest of V1, V2, V1 + V2 − V12" if by else ""
        convention = f"CV3{by}{largest}, t({dof})" + (f"; beside it {convention}" if convention else "")
    elif how.errors in INDEPENDENT:
        rows, own = _independent(moments, beta, how)
        convention = f"{own}; beside it {convention}" if convention else own
    return rows.assign(se_crv1=beside["se"], p_crv1=beside["p"]), convention


def _independent(moments: Moments, beta: np.ndarray, how: Inference) -> tuple[pd.DataFrame, str]:
    """Return the table with errors of independent rows, and their convention."""
    k, dof = parameters(moments, count_nested=True), degrees(moments, how.errors)
    if how.errors == "robust":
        assert isinstance(moments, RowMoments)
        variance, name = robust(moments, beta), "HC1"
    else:
        variance, name = classical(moments, beta), "classical"
    rows = t_table(moments.columns, beta, variance, dof=dof, level=how.level)
    return rows, f"{name}, t({dof}), K = {k}, every effect counted"


def _nesting(moments: Moments, count_nested: bool) -> str:
    """Return which effects K counts, whose times are told apart, and by what rows are weighted."""
    counted, told = "counted" if count_nested else "nested in clusters, not counted", ""
    if isinstance(moments, RowMoments):
        inside = [
            e.name for e in moments.rows.effects if any(e.within(kind) for kind in moments.rows.clusters)
        ]
        across = [name for name in moments.effects if name not in inside]
        told += f", {', '.join(inside)} effects {counted}" if inside else ""
        told += f", {', '.join(across)} effects counted" if across else ""
    elif moments.entity:
        told = f", {moments.entity} effects {counted}"
    if moments.years_by and not isinstance(moments, RowMoments):
        told += f", {moments.time} effects by {moments.years_by}"
    return told + (f", weighted by {moments.weights}" if moments.weights else "")
