"""Several estimates at once: an interval that holds all of them together, and a test that all of them are nothing."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

_DRAWS = 9999


def largest(variance: np.ndarray, dof: int, *, seed: int = 1) -> np.ndarray:
    """Return draws of the largest |t| among estimates (E,) that are nothing, with this covariance matrix: sorted.

    Multivariate t with ``dof`` degrees, by which each estimate alone is judged as well.
    Source: Montiel Olea & Plagborg-Møller 2019, doi:10.1002/jae.2656.

    >>> float(np.quantile(largest(np.eye(1), 62), 0.95).round(1))
    2.0
    """
    size = np.sqrt(np.diag(variance))
    values, vectors = np.linalg.eigh(variance / np.outer(size, size))
    random = np.random.default_rng(seed)
    normal = random.standard_normal((_DRAWS, len(size))) * np.sqrt(np.maximum(values, 0))
    scale = np.sqrt(random.chisquare(dof, _DRAWS) / dof)
    return np.sort(np.abs(normal @ vectors.T).max(axis=1) / scale)


def band(variance: np.ndarray, dof: int, level: float, *, seed: int = 1) -> float:
    """Return how many standard errors each interval reaches that together hold all estimates with confidence ``level``.

    >>> band(np.eye(3), 62, 0.95) > band(np.ones((3, 3)), 62, 0.95) >= 1.99
    True
    """
    return max(
        float(np.quantile(largest(variance, dof, seed=seed), level)), float(stdtrit(dof, (1 + level) / 2))
    )


def joint(estimates: np.ndarray, variance: np.ndarray, dof: int, *, seed: int = 1) -> float:
    """Return the p of the test that all estimates (E,) are nothing, by the largest |t| among them.

    It rejects where one of the intervals of ``band`` excludes zero.

    >>> joint(np.array([0.1, 3.5]), np.eye(2), 62) < 0.05
    True
    """
    t = np.abs(estimates / np.sqrt(np.diag(variance))).max()
    return float((1 + (largest(variance, dof, seed=seed) >= t).sum()) / (1 + _DRAWS))
