"""Effects of any number of kinds taken out of rows in memory, with weights, and how many of them there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, lapack, solve_triangular
from scipy.sparse import csr_array, diags_array, hstack

from povertystats.words.errors import refuse

# Levels of all effects but the largest: their cross-products are held in memory and inverted.
MOST = 5000
# What is left of an indicator beside the others, as a share of it, below which it is none of its own.
_LOST = 1e-10
# What effects leave of a column, as a share of its variation, below which they absorb it.
ABSORBED = 1e-10


@dataclass(frozen=True, eq=False)
class Absorption:
    """The effects of rows: those of the kind with most levels in closed form, the others by their cross-products.

    ``first`` (n,): the level of the largest kind of each row, of which ``mass`` (L,) is the sum of weights; ``root``
    (n,): square roots of weights; ``others``: indicators of the r other levels that are independent beside it, sparse
    (n, r), ``shares`` (L, r) their means in each level of the first, ``factor`` (r, r) the Cholesky factor of their
    cross-products. ``rank``: L + r, the exact number of effects, however they are nested or connected.
    """

    first: np.ndarray
    mass: np.ndarray
    root: np.ndarray
    others: csr_array
    shares: csr_array
    factor: np.ndarray

    @classmethod
    def of(cls, codes: Sequence[np.ndarray], weights: np.ndarray) -> Absorption:
        """Return the absorption of kinds of effects, each by the codes (n,) of its levels, counted from 0.

        Raises Refused where the kinds but the largest have more than ``MOST`` levels.

        >>> Absorption.of([np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0, 0, 1])], np.ones(4)).rank
        4
        """
        n = len(weights)
        codes = sorted(
            (np.unique(each, return_inverse=True)[1] for each in codes), key=lambda c: -c.max(initial=0)
        )
        first, *rest = codes or [np.zeros(n, int)]
        levels = sum(int(each.max(initial=0)) + 1 for each in rest)
        most = f"at most {MOST:,} can be held; leave an effect out, or take one of fewer levels"
        refuse(
            "cannot absorb effects",
            [f"{levels:,} effects beside the largest kind; {most}"] if levels > MOST else [],
        )
        rows = np.arange(n)
        mass = np.bincount(first, weights)
        own = csr_array((np.ones(n), (rows, first)), shape=(n, len(mass)))
        others = [csr_array((np.ones(n), (rows, each))) for each in rest]
        every = csr_array(hstack(others)) if others else csr_array((n, 0))
        # D₂'W M₁ D₂, with M₁ what the effects of the first kind leave.
        weighted = diags_array(weights) @ every
        cross = own.T @ weighted
        shares = csr_array(diags_array(1 / mass) @ cross)
        gram = (every.T @ weighted - cross.T @ shares).toarray()
        kept, factor = independent_columns(gram, np.asarray(weighted.sum(axis=0)).ravel())
        return cls(first, mass, np.sqrt(weights), every[:, kept], shares[:, kept], factor)

    @property
    def rank(self) -> int:
        """The number of effects that can be told apart."""
        return len(self.mass) + len(self.factor)

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """Return what the effects leave of values (p, n), by weighted least squares.

        >>> rows = Absorption.of([np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])], np.ones(4))
        >>> rows.residuals(np.array([[1.0, 2.0, 5.0, 8.0]])).tolist()
        [[0.5, -0.5, -0.5, 0.5]]
        """
        for _ in range(2):  # once more: what the first pass leaves to rounding
            values = self._about(values)
            if len(self.factor):
                effects = cho_solve((self.factor, False), self.others.T @ (values * self.root**2).T)
                values = self._about(values - (self.others @ effects).T)
        return values

    def hat(self, rows: np.ndarray) -> np.ndarray:
        """Return the block of ``√w D (D'WD)⁻ D' √w`` that belongs to some rows (m,): shape (m, m).

        >>> rows = Absorption.of([np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])], np.ones(4))
        >>> rows.hat(np.array([0])).tolist()
        [[0.75]]
        """
        first, root = self.first[rows], self.root[rows]
        same = (first[:, None] == first) * (root[:, None] * root / self.mass[first])
        if not len(self.factor):
            return same
        beside = (self.others[rows] - self.shares[first]).toarray() * root[:, None]
        basis = solve_triangular(self.factor, beside.T, trans="T")
        return same + basis.T @ basis

    def _about(self, values):
        weights = self.root**2
        means = (
            np.array([np.bincount(self.first, row * weights, len(self.mass)) for row in values]) / self.mass
        )
        return values - means[:, self.first] if len(values) else values


def independent_columns(gram: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of columns that are independent, and the Cholesky factor of their cross-products.

    ``gram`` (k, k): cross-products of what other effects leave of the columns, ``sizes`` (k,): sums of their weights.

    >>> kept, factor = independent_columns(np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 3.0], [3.0, 3.0, 6.0]]), np.full(3, 2.0))
    >>> len(kept), factor.shape
    (2, (2, 2))
    """
    own = np.flatnonzero(np.diag(gram) > _LOST * sizes)
    if not len(own):
        return own, np.zeros((0, 0))
    size = np.sqrt(np.diag(gram)[own])
    factor, order, rank, _ = lapack.dpstrf(gram[np.ix_(own, own)] / np.outer(size, size), tol=_LOST)
    kept = order[:rank] - 1
    return own[kept], np.triu(factor[:rank, :rank]) * size[kept]
