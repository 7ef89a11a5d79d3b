"""Where on a half-line more than so many of thousands of quartics are not negative: by halving, without a grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# A quartic's coefficients of sˣ over these are its values' bounds on [0, ∞], read as [0, 1] by w = s/(1 + s).
_BINOMIAL = np.array([[1.0], [4], [6], [4], [1]])
# What a cell's b become in its lower and its upper half (de Casteljau).
_LOWER = np.array([[math.comb(k, i) / 2**k for i in range(5)] for k in range(5)])
_HALVES = np.vstack([_LOWER, _LOWER[::-1, ::-1]])
# Halvings of [0, 1] after which an end is found.
_HALVINGS = 46
# Near an end few polynomials are left: so many are faster as numbers, one by one, than as an array.
_FEW = 4


def stretches(quartics: np.ndarray, few: float) -> np.ndarray:
    """Return the stretches [from, to] of s ≥ 0 on which more than ``few`` of the polynomials are at least zero.

    ``quartics`` (5, B): coefficients of 1, s, … s⁴; (m, 2), in order; ``to`` may be infinite. With w = s/(1 + s) a
    quartic is Σ b_k·C(4, k)·wᵏ(1 − w)⁴⁻ᵏ but for a positive factor, and between the least and the largest b: where
    these have one sign the polynomial has it too. Cells of w are halved until enough polynomials are
    known to be positive, or negative; what changes sign within 2⁻⁴⁶ of w counts as kept.

    >>> quartics = np.array([[1.0, 0, 0, 0, -1], [-6, 11, -6, 1, 0]]).T  # 1 − s⁴ and (s − 1)(s − 2)(s − 3)
    >>> stretches(quartics, 0).round(6).tolist(), stretches(quartics, 1).tolist()
    ([[0.0, 2.0], [3.0, inf]], [])
    """
    found: list[list[float]] = []
    waiting: list[tuple[float, float, int, Any]] = [(0.0, 1.0, 0, quartics / _BINOMIAL)]
    while waiting:
        start, end, sure, b = waiting.pop()
        positive, b, left = _open(b)
        sure += positive
        if sure + left <= few:
            continue
        if sure > few or end - start <= 2.0**-_HALVINGS:
            if found and found[-1][1] == start:
                found[-1][1] = end
            else:
                found.append([start, end])
            continue
        middle, (lower, upper) = (start + end) / 2, _halved(b)
        waiting += [(middle, end, sure, upper), (start, middle, sure, lower)]
    w = np.array(found).reshape(-1, 2)
    with np.errstate(divide="ignore"):
        return w / (1 - w)


def _open(b):
    """Return how many polynomials of a cell are positive, and those that may be either with their number."""
    if isinstance(b, list):
        left = [one for one in b if min(one) < 0 < max(one)]
        return sum(min(one) >= 0 for one in b), left, len(left)
    positive, negative = (b >= 0).all(axis=0), (b <= 0).all(axis=0)
    left = b.take(np.flatnonzero(~(positive | negative)), axis=1)
    few = left.shape[1] <= _FEW
    return int(np.count_nonzero(positive)), left.T.tolist() if few else left, left.shape[1]


def _halved(b):
    """Return the polynomials in the lower and in the upper half of a cell."""
    if not isinstance(b, list):
        halves = _HALVES @ b
        return halves[:5], halves[5:]
    lower, upper = [], []
    for p, q, r, s, t in b:
        pq, qr, rs, st = (p + q) / 2, (q + r) / 2, (r + s) / 2, (s + t) / 2
        pr, qs, rt = (pq + qr) / 2, (qr + rs) / 2, (rs + st) / 2
        ps, qt = (pr + qs) / 2, (qs + rt) / 2
        middle = (ps + qt) / 2
        lower.append((p, pq, pr, ps, middle))
        upper.append((middle, qt, rt, st, t))
    return lower, upper
