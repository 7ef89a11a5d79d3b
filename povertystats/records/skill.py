"""How much better than a reference forecasts did, with the origin years as the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

# A spread between years can be told from three on, and where these do not all hang on one.
FEWEST_YEARS, FEWEST_ALIKE = 3, 2


def skill(own: ArrayLike, reference: ArrayLike, years: ArrayLike) -> tuple[float, float, float]:
    """Return skill against a reference and its 95 % interval: ``1 − Σ own / Σ reference``, low, high.

    ``own``, ``reference``, ``years``: (n,) scores of the same cases, less is better, and the years that these
    belong to; cases without both scores are dropped. Cases share the shocks of a year, so that the G years are
    the sample: with ``l = ln(Σ own / Σ reference)`` and ``l_(g)`` the same without year g, the standard error
    of l is ``√((G − 1)/G Σ (l_(g) − l̄)²)``, its interval that of Student's t with G − 1 degrees of freedom;
    the logarithm keeps skill below 1. Low and high are NaN below 3 years, and where these weigh as fewer than 2
    (``(Σ reference_g)² / Σ reference_g²``), the interval then hanging on one year; all are NaN where the reference has
    no positive score. Several years ahead, origins that follow one another share outcomes, and the interval is too
    narrow.

    Source: Efron & Stein 1981, doi:10.1214/aos/1176345462 (jackknife).

    >>> [round(x, 3) for x in skill([1.0, 2.0, 2.0], [4.0, 4.0, 5.0], [2013, 2014, 2015])]
    [0.615, 0.211, 0.813]
    """
    own, reference, years = (np.asarray(part, dtype=float) for part in (own, reference, years))
    both = np.isfinite(own) & np.isfinite(reference)
    names, at = np.unique(years[both], return_inverse=True)
    ours, theirs = np.bincount(at, own[both]), np.bincount(at, reference[both])
    if not theirs.sum() > 0:
        return np.nan, np.nan, np.nan
    ratio, count = ours.sum() / theirs.sum(), len(names)
    alike = theirs.sum() ** 2 / (theirs**2).sum()
    if (
        count < FEWEST_YEARS
        or alike < FEWEST_ALIKE
        or not np.all((ours < ours.sum()) & (theirs < theirs.sum()))
    ):
        return float(1 - ratio), np.nan, np.nan
    without = np.log((ours.sum() - ours) / (theirs.sum() - theirs))
    low, high = (float(1 - ratio * np.exp(side * half_width(without))) for side in (1, -1))
    return float(1 - ratio), low, high


def half_width(without: np.ndarray) -> float:
    """Return half the 95 % interval of an estimate, from the estimates without each unit: Student's t of the jackknife.

    >>> round(half_width(np.array([0.9, 1.0, 1.1])), 3)
    0.497
    """
    count = len(without)
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    return float(stdtrit(count - 1, 0.975) * error)
