"""Where on a half-line more than so many of thousands of quartics are not negative: by halving, without a grid."""

from __future__ import annotations

import math

import numpy as np

# A quartic's coefficients of sˣ over these are its values' bounds on [0, ∞], read as [0, 1] by w = s/(1 + s).
_BINOMIAL = np.array([[1.0], [4], [6], [4], [1]])
# What a cell's b become in its lower and its upper half (de Casteljau).
_LOWER = np.array([[math.comb(k, i) / 2**k for i in range(5)] for k in range(5)])
_HALVES = np.vstack([_LOWER, _LOWER[::-1, ::-1]])
# Halvings of [0, 1] after which an end is found.
_HALVINGS = 46


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
    waiting = [(0.0, 1.0, 0, quartics / _BINOMIAL)]
    while waiting:
        start, end, sure, b = waiting.pop()
        positive, negative = (b >= 0).all(axis=0), (b <= 0).all(axis=0)
        sure += int(positive.sum())
        b = b[:, ~(positive | negative)]
        if sure + b.shape[1] <= few:
            continue
        if sure > few or end - start <= 2.0**-_HALVINGS:
            if found and found[-1][1] == start:
                found[-1][1] = end
            else:
                found.append([start, end])
            continue
        middle, halves = (start + end) / 2, _HALVES @ b
        waiting += [(middle, end, sure, halves[5:]), (start, middle, sure, halves[:5])]
    w = np.array(found).reshape(-1, 2)
    with np.errstate(divide="ignore"):
        return w / (1 - w)
