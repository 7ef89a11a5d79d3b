"""Many small systems of normal equations solved at once, and which of their columns are lost."""

from __future__ import annotations

import numpy as np

# A column that keeps a smaller share of its variation than this is lost: as for collinear columns in Moments.
_LOST = 1e-10


def solve_each(systems: np.ndarray, scale: np.ndarray, last: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Solve B normal equations (B, K, K + 1); return the solutions and which columns were lost, (B, K) each.

    Gauss-Jordan elimination, effects before regressors and column ``last`` at the end. A column of which less
    than ``_LOST`` of ``scale`` is left takes the value 0: it is a combination of the columns before it.
    """
    systems = np.moveaxis(systems, 0, -1).copy()  # the long axis last: that is what numpy is fast along
    size = len(systems)
    lost = np.zeros((size, systems.shape[-1]), bool)
    for j in (*(i for i in reversed(range(size)) if i != last), last):
        lost[j] = systems[j, j] <= _LOST * scale[j]
        row = systems[j] / np.where(lost[j], np.inf, systems[j, j])
        systems -= systems[:, j, None] * row
        systems[j] = row
    return systems[:, -1].T, lost.T
