"""What a test by resampling makes of every value tested: statistics as functions of the null, p and the values kept."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from povertystats.clusters.stretches import stretches

# Statistics that differ by less than this, or by less than this share, are one number in two orders of adding.
TIE = 1e-10
# A statistic of this size has an error of zero.
_ENDLESS = 1e7


def bad_null(null: object) -> list[str]:
    """Return what is wrong with a value to be tested, as a list of problems.

    >>> bad_null(0.5), bad_null("0")
    ([], ["null is '0'; expected a finite number, in units of the coefficient"])
    """
    fits = isinstance(null, Real) and np.isfinite(float(null))
    return [] if fits else [f"null is {null!r}; expected a finite number, in units of the coefficient"]


class Told(NamedTuple):
    """p of a null; the farthest values that are not rejected, on its side of a null that is; draws that tie; all pieces."""

    p: float
    low: float
    high: float
    ties: int
    pieces: np.ndarray


@dataclass(frozen=True, eq=False)
class Statistics:
    """Bootstrap statistics as functions of s, the distance from the null to the estimate, in units of its CRV1.

    t*² = (n₀ + n₁s)²/(q₀ + 2q₁s + q₂s²) and t² = s², both but for one factor. ``squares`` (2, 3, B) holds the
    coefficients of 1, s, s² in numerator and denominator: a restricted residual is linear in the null, and so
    is what a change of signs makes of it. To move the null takes a few operations a draw.

    >>> two = Statistics(np.array([[[0.0, 4], [0, 2], [1, 0.25]], [[1, 1], [0, 0], [0, 0]]]), every=True)
    >>> told = two.tell(estimate=3.0, unit=1.0, null=0.0, level=0.4)  # |t*| is |s| and |2 + s/2|
    >>> told.p, told.ties, told.pieces.round(6).tolist()
    (1.0, 1, [[-1.0, 4.333333]])
    """

    squares: np.ndarray
    every: bool

    def extreme(self, s: float, slack: float = -TIE) -> int:
        """Return how many draws have |t*| ≥ |t| + slack·(1 + |t|)."""
        numerator, denominator = s ** np.arange(3) @ self.squares
        return int((numerator >= max(abs(s) + slack * (1 + abs(s)), 0) ** 2 * denominator).sum())

    def excess(self, side: int) -> np.ndarray:
        """Return polynomials (5, B) in |s| that are not negative where |t*| ≥ |t|; ``side``: the sign of s, 1 or −1."""
        numerator, denominator = self.squares * np.array([1, side, 1])[:, None]
        over = np.zeros((5, denominator.shape[1]))
        over[:3] = numerator
        over[1:4] += 2 * TIE * denominator
        over[2:] -= (1 - 2 * TIE) * denominator
        return over

    def p(self, s: float) -> float:
        """Return the two-sided p-value at s; the data are one of all patterns, or one draw more."""
        own = 0 if self.every else 1
        return (self.extreme(s) + own) / (self.squares.shape[2] + own)

    def ties(self, s: float) -> int:
        """Return how many draws have |t*| = |t|."""
        return self.extreme(s) - self.extreme(s, TIE)

    def least(self, s: float) -> float:
        """Return p where the data are the most extreme of all ``every`` one: how many share that place with them."""
        numerator, denominator = s ** np.arange(3) @ self.squares
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.minimum(np.nan_to_num(np.sqrt(numerator / np.maximum(denominator, 0))), _ENDLESS)
        return float((size >= size.max() - TIE * (1 + size.max())).mean())

    def kept(self, tail: float) -> list[np.ndarray]:
        """Return the stretches of s ≥ 0 and of −s ≥ 0 with p above ``tail``, each (m, 2)."""
        own = 0 if self.every else 1
        few = (tail + TIE) * (self.squares.shape[2] + own) - own
        return [stretches(self.excess(side), few) for side in (1, -1)]

    def tell(self, estimate: float, unit: float, null: float, level: float) -> Told:
        """Return p of ``null`` and the values not rejected at ``level``; ``unit``: what s is counted in."""
        away, tail = (estimate - null) / unit, 1 - level
        p, (falling, rising) = self.p(away), self.kept(tail)
        below, above = estimate - unit * falling[::-1, ::-1], estimate + unit * rising
        pieces = np.vstack([below[:-1], [[below[-1, 0], above[0, 1]]], above[1:]])
        low, high = pieces[0, 0], pieces[-1, 1]
        if p > tail + TIE:
            low, high = min(low, null), max(high, null)
        elif low <= null < estimate:
            low = max(pieces[pieces[:, 1] > null][0, 0], np.nextafter(null, np.inf))
        elif estimate < null <= high:
            high = min(pieces[pieces[:, 0] < null][-1, 1], np.nextafter(null, -np.inf))
        return Told(p, float(low), float(high), self.ties(away), pieces)
