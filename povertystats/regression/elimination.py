"""Normal equations: which columns are combinations of others, and many small systems solved at once."""

from __future__ import annotations

import numpy as np

# A column that keeps a smaller share of its variation than this is lost: as for collinear columns in Moments.
_LOST = 1e-10
# A column is a partner in a combination from this share of its size on.
_PARTNER = 1e-6


def solve_each(systems: np.ndarray, scale: np.ndarray, last: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Solve B normal equations (B, K, K + 1); return the solutions and which columns were lost, (B, K) each.

    Gauss-Jordan elimination, effects before regressors and column ``last`` at the end. A column of which less
    than ``_LOST`` of ``scale`` is left takes the value 0: it is a combination of the columns before it.
    """
    reduced, lost = _eliminated(systems, scale, last)
    return reduced[:, -1].T, lost.T


def _eliminated(systems, scale, last=0):
    """Return the reduced systems, (K, K + 1, B), and which columns were lost, (K, B)."""
    systems = np.moveaxis(systems, 0, -1).copy()  # the long axis last: that is what numpy is fast along
    size = len(systems)
    lost = np.zeros((size, systems.shape[-1]), bool)
    for j in (*(i for i in reversed(range(size)) if i != last), last):
        lost[j] = systems[j, j] <= _LOST * scale[j]
        row = systems[j] / np.where(lost[j], np.inf, systems[j, j])
        systems -= systems[:, j, None] * row
        systems[j] = row
    return systems, lost


def told_apart(systems: np.ndarray, scale: np.ndarray, found: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Return the solutions (B, p) of the first columns, NaN where one is a combination of any others, in whatever order.

    ``found``, ``lost``: those columns of what ``solve_each`` returned, (B, p) each: there the last of a combination is
    lost, and its partners, by whose shares the reduced systems write it, have the values that they have without it.

    >>> alike = np.array([[[1.0, 1, 0, 2], [1, 1, 0, 2], [0, 0, 1, 3]]])
    >>> found, lost = solve_each(alike, np.ones(3))
    >>> found.tolist(), told_apart(alike, np.ones(3), found, lost).tolist()
    ([[0.0, 2.0, 3.0]], [[nan, nan, 3.0]])
    """
    found, some, p = np.where(lost, np.nan, found), lost.any(axis=1), found.shape[1]
    if some.any():
        reduced, _ = _eliminated(systems[some], scale)
        size = np.sqrt(scale[:p])
        shares = np.abs(reduced[:p, :p]) * (size[:, None] / np.where(size > 0, size, 1))[:, :, None]
        # Of a lost column only those that came before it are partners: the later ones.
        partners = (shares > _PARTNER) & lost[some].T & (np.arange(p)[:, None] > np.arange(p))[:, :, None]
        found[some] = np.where(partners.any(axis=1).T, np.nan, found[some])
    return found


def independent(gram: np.ndarray, tolerance: float = 1e-10) -> list[int]:
    """Return the positions of the columns that are no linear combination of the columns before them.

    Column j stays when ``1 − R²`` of j on the kept columns exceeds ``tolerance``; ``gram`` is their (k, k)
    cross-product matrix, in any units.

    >>> independent(np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 3.0], [3.0, 3.0, 6.0]]))  # third = first + second
    [0, 1]
    """
    size = np.sqrt(np.diag(gram))
    size[size == 0] = np.inf
    left = gram / np.outer(size, size)
    kept = []
    for j in range(len(left)):
        # What the kept columns explain has been taken out: the diagonal holds 1 − R².
        if left[j, j] > tolerance:
            kept.append(j)
            left = left - np.outer(left[j], left[j] / left[j, j])
    return kept


def combined(gram: np.ndarray, kept: list[int], j: int) -> list[int]:
    """Return which of the ``kept`` columns column j is a combination of; ``gram`` as in ``independent``.

    >>> combined(np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 3.0], [3.0, 3.0, 6.0]]), [0, 1], 2)
    [0, 1]
    """
    weights = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, j])
    shares = np.abs(weights) * np.sqrt(np.diag(gram)[kept] / gram[j, j])
    return [int(i) for i, share in zip(kept, shares, strict=True) if share > _PARTNER]
