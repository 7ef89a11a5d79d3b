"""Rows of a model in memory, with weights and any number of absorbed effects: what leaving some of them out does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from povertystats.regression.sums import products_by
from povertystats.rows.absorption import Absorption, independent_columns

# A group of more rows than this is left out by fitting the others again: both ways are exact.
BLOCK = 256
# A direction of which the effects leave less than this is told by the rows of a group alone.
_LOST = 1e-9
# Numbers held at once by the equations of clusters.
_CELLS = 2**25


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of clusters or effects: the ``name`` of its column, ``labels`` of its levels, ``codes`` (n,) of the rows."""

    name: str
    labels: tuple
    codes: np.ndarray

    def within(self, other: Kind) -> bool:
        """Return whether each level lies in one level of another kind.

        >>> Kind("place", (), np.array([0, 0, 1])).within(Kind("region", (), np.array([0, 0, 0])))
        True
        """
        pairs = np.unique(self.codes * (int(other.codes.max(initial=0)) + 1) + other.codes)
        return len(pairs) == len(np.unique(self.codes))

    def by(self, other: Kind) -> Kind:
        """Return the intersections with another kind, by their codes alone."""
        cells = self.codes * (int(other.codes.max(initial=0)) + 1) + other.codes
        return Kind(f"{self.name} × {other.name}", (), np.unique(cells, return_inverse=True)[1])


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that count in a model: ``values`` (p, n) of its terms, the outcome first, ``weights`` (n,), 1 without.

    ``clusters``: one kind or two; ``effects``: any number of kinds, an intercept where there is none.
    """

    values: np.ndarray
    weights: np.ndarray
    clusters: tuple[Kind, ...]
    effects: tuple[Kind, ...]

    @cached_property
    def absorption(self) -> Absorption:
        """The effects of all kinds."""
        return Absorption.of([kind.codes for kind in self.effects], self.weights)

    @cached_property
    def left(self) -> np.ndarray:
        """What effects leave of the terms, times the root of the weights: shape (p, n)."""
        return self.absorption.residuals(self.values) * self.absorption.root

    @cached_property
    def ranks(self) -> tuple[int, int]:
        """How many effects can be told apart, and those not nested in clusters of any kind, less one of each kind of effects.

        The latter are counted as fixest counts them, whether they can be told apart or not.
        """
        free = [e for e in self.effects if not any(e.within(kind) for kind in self.clusters)]
        return self.absorption.rank, sum(len(np.unique(effect.codes)) - 1 for effect in free)

    def only(self, v: Sequence[int] | np.ndarray) -> Rows:
        """Return these rows with the terms at positions ``v`` alone."""
        smaller = replace(self, values=self.values[np.array(v)])
        vars(smaller).update(absorption=self.absorption, left=self.left[np.array(v)], ranks=self.ranks)
        return smaller

    def sums(self, kind: Kind) -> np.ndarray:
        """Return the cross-products of what effects leave, by the levels of a kind: shape (G, p, p)."""
        return products_by(self.left, kind.codes, int(kind.codes.max(initial=-1)) + 1)

    def residuals(self, beta: np.ndarray) -> np.ndarray:
        """Return the residuals at coefficients (p − 1,), times the root of the weights: shape (n,)."""
        return self.left[0] - beta @ self.left[1:]

    def scores(self, beta: np.ndarray, kind: Kind | None = None) -> np.ndarray:
        """Return the scores ``Σ w x̃ e`` of each row, or of each level of a kind: shape (n or G, p − 1)."""
        scores = self.left[1:] * self.residuals(beta)
        return scores.T if kind is None else np.array([np.bincount(kind.codes, row) for row in scores]).T

    def taken(self, kind: Kind) -> np.ndarray:
        """Return what each level of a kind takes from the cross-products when it is left out: shape (G, p, p).

        Exact, however the effects lie across its levels: with M what these leave of the rows g, ``Z̃_g'M_gg⁻Z̃_g``, or
        the difference to the cross-products of the other rows about their own effects.

        >>> z, place, year = np.array([[1.0, 2, 4, 8], [0, 1, 1, 5]]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
        >>> kinds = Kind("place", ("a", "b"), place), Kind("year", (1, 2), year)
        >>> rows = Rows(z, np.ones(4), kinds[:1], kinds[:1])
        >>> rows.taken(kinds[0]).round(9).tolist()
        [[[0.5, 0.5], [0.5, 0.5]], [[8.0, 8.0], [8.0, 8.0]]]
        """
        whole = self.left @ self.left.T
        each = []
        for rows in _groups(kind.codes):
            if len(rows) > BLOCK:
                other = np.ones(len(kind.codes), bool)
                other[rows] = False
                left = self._subset(other).left
                each.append(whole - left @ left.T)
                continue
            kept, directions = np.linalg.eigh(np.eye(len(rows)) - self.absorption.hat(rows))
            there = kept > _LOST
            parts = self.left[:, rows] @ directions[:, there] / np.sqrt(kept[there])
            each.append(parts @ parts.T)
        return np.array(each).reshape(-1, len(whole), len(whole))

    def equations(self, kind: Kind) -> np.ndarray | None:
        """Return the normal equations of clusters, with columns of the effects that are not nested in these.

        Shape (G, p + r, p + r), the terms first: what effects leave of them, and beside them the indicators, about the
        means of the nested effects; with none of these about the means of all rows, an intercept last. None where they are
        more numbers than can be held.
        """
        if kind.name not in self._held:
            self._held[kind.name] = self._equations(kind)
        return self._held[kind.name]

    @cached_property
    def _held(self) -> dict[str, np.ndarray | None]:
        return {}

    def by(self, kind: Kind) -> Rows:
        """Return these rows with one kind of clusters alone."""
        alone = replace(self, clusters=(kind,))
        vars(alone).update(absorption=self.absorption, left=self.left, _held=self._held)
        return alone

    def _equations(self, kind: Kind) -> np.ndarray | None:
        nested = [effect.codes for effect in self.effects if effect.within(kind)]
        across = [effect.codes for effect in self.effects if not effect.within(kind)]
        across = across if self.effects else [np.zeros(len(self.weights), int)]
        sizes = [np.bincount(codes, self.weights) for codes in across]
        groups, p = [*_groups(kind.codes)], len(self.values)
        shares = np.concatenate([size / self.weights.sum() for size in sizes] or [np.zeros(0)])
        width = p + len(shares) + (not nested)
        if max(len(groups) * width**2, max(map(len, groups), default=0) * width) > _CELLS:
            return None
        every = np.empty((len(groups), width, width))
        for g, rows in enumerate(groups):
            columns = [
                (codes[rows] == np.arange(len(size))[:, None]) * 1.0
                for codes, size in zip(across, sizes, strict=True)
            ]
            if nested:  # each of their levels lies in one cluster
                columns = (
                    [_about(np.vstack(columns), [codes[rows] for codes in nested], self.weights[rows])]
                    if columns
                    else []
                )
            else:
                columns = [np.vstack(columns) - shares[:, None], np.ones((1, len(rows)))]
            both = np.vstack([self.left[:, rows], *(each * self.absorption.root[rows] for each in columns)])
            every[g] = both @ both.T
        levels = np.arange(p, p + len(shares))
        total = every[:, levels[:, None], levels].sum(axis=0)
        kept = levels[np.sort(independent_columns(total, np.concatenate([*sizes, []]))[0])]
        kept = np.r_[:p, kept, [] if nested else [width - 1]].astype(int)
        return every[:, kept[:, None], kept]

    def _subset(self, rows: np.ndarray) -> Rows:
        effects = tuple(Kind(e.name, (), e.codes[rows]) for e in self.effects)
        return Rows(self.values[:, rows], self.weights[rows], (), effects)


def _about(columns: np.ndarray, nested: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Return what nested effects leave of the columns (k, m) of the rows of one cluster."""
    if len(nested) > 1 or np.ptp(nested[0]) > 0:
        return Absorption.of(nested, weights).residuals(columns)
    return columns - (columns @ weights / weights.sum())[:, None]


def _groups(codes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the positions of the rows of each level, in the order of the codes."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))
    yield from np.split(order, ends[:-1])
