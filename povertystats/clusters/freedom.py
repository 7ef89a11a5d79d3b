"""Degrees of freedom of a clustered error, and how often its test of 5% would reject where nothing is to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from povertystats.clusters.jackknife import equations, unknown_columns
from povertystats.regression.elimination import solve_each
from povertystats.regression.inference import parameters
from povertystats.rows.kinds import absorbs
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

_LEVEL = 0.95


class Freedom(NamedTuple):
    """``dof``: Satterthwaite's degrees of freedom; ``bias``: mean of the variance estimate over the variance; ``size`` of the test."""

    dof: float
    bias: float
    size: float


def freedom(moments: Moments, column: str, errors: str = "cv3", rho: float = 0.0) -> Freedom:
    """Return what the clustered variance of a coefficient is worth where errors are alike, and the size of its test.

    With ``β_(g) − β = −d_g s_g``, scores ``s_g = X_g'e_g − A_g A⁻¹ΣX_h'e_h`` and errors of one variance that go together
    by ρ within a cluster, the variance estimate is a quadratic form: L their covariances, ``dof = (tr L)²/tr L²``,
    ``bias = tr L`` over the variance of the coefficient. Then t with G − 1 degrees rejects at 5% in
    ``2·T_dof(−t_{.975, G−1}·√bias)`` of samples. For "cv3" ``d_g`` is row j of ``(A − A_g)⁻¹``, for "crv1" that of A⁻¹.
    Of the data it needs the regressors alone. NaN where the column cannot be told without some cluster,
    or its clustered error is zero by construction.

    Raises Refused when ``column`` is unknown.
    Source: Bell & McCaffrey 2002, Survey Methodology 28: 169-181; Imbens & Kolesár 2016, doi:10.1162/REST_a_00552.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rng = np.random.default_rng(1)
    >>> panel = pd.DataFrame([(g, t) for g in range(63) for t in range(10)], columns=["place", "year"])
    >>> panel["y"] = rng.normal(size=630)
    >>> for treated in (2, 30):
    ...     told = freedom(Moments.from_frame(panel.assign(d=(panel.place < treated) & (panel.year > 4)), "y", ["d"]), "d")
    ...     print([round(float(value), 2) for value in told])
    [1.03, 1.94, 0.21]
    [60.41, 1.02, 0.05]
    """
    refuse("cannot compute degrees of freedom", unknown_columns(moments, [column]))
    each, j = equations(moments)[:, :, :-1], moments.columns.index(column)
    size = np.sqrt(np.diag(each.sum(axis=0)))
    each = each / np.outer(size, size)
    whole, g = each.sum(axis=0), len(each)
    inverse = np.linalg.inv(whole)
    if errors == "crv1":
        n, k = int(moments.n.sum()), parameters(moments)
        factor, rows = g / (g - 1) * (n - 1) / (n - k), np.broadcast_to(inverse[j], (g, len(whole)))
    else:
        unit = np.broadcast_to(np.eye(len(whole))[:, j, None], (g, len(whole), 1))
        rest = np.concatenate([whole - each, unit], axis=2)
        rows, lost = solve_each(rest, np.diag(whole), last=j)
        if lost[:, j].any():
            return Freedom(np.nan, np.nan, np.nan)
        factor = (g - 1) / g
    own = each
    if rho and not absorbs(
        moments
    ):  # the intercept comes last and tells X_g'ι; absorbed effects leave none of it
        sums = each[:, :, -1] * size[-1]
        own = (1 - rho) * each + rho * sums[:, :, None] * sums[:, None]
    moved, spread = (np.einsum("gij,gj->gi", part, rows) for part in (each, own))
    # L = diag(a) + W K W' with W = [moved A⁻¹, spread]: never formed, for clusters may be many.
    crossed, diagonal = moved @ inverse, np.einsum("gi,gi->g", rows, spread)
    beside, total = np.hstack([crossed, spread]), own.sum(axis=0)
    # W K and K W'W, of K = [[total, −I], [−I, 0]].
    low, (first, second) = np.hstack([crossed @ total - spread, -crossed]), np.vsplit(beside.T @ beside, 2)
    inner = np.vstack([total @ first - second, -first])
    trace = diagonal.sum() + np.trace(inner)
    if trace <= 1e-10 * diagonal.sum():
        return Freedom(np.nan, np.nan, np.nan)
    squares = diagonal @ (diagonal + 2 * np.einsum("gi,gi->g", low, beside)) + (inner * inner.T).sum()
    dof = trace**2 / squares
    bias = factor * trace / (inverse[j] @ total @ inverse[j])
    return Freedom(dof, bias, 2 * stdtr(dof, -stdtrit(g - 1, (1 + _LEVEL) / 2) * np.sqrt(bias)))
