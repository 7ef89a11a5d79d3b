"""Equations of what is told, inequalities of what is known besides, and the range of any sum of what is not told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from povertystats.words.errors import refuse

# {unknown: weight}.
Sum: TypeAlias = Mapping[tuple, float]


class Bounds:
    """Equations and inequalities of unknowns of 0 or more: sums that are a value, and sums that are at most one.

    >>> told = Bounds([({("a",): 1, ("b",): 1}, 12)], [({("a",): -1}, -1)])
    >>> told.range({("b",): 1}), told.range({("a",): 1, ("b",): 1})
    ((0.0, 11.0), (12.0, 12.0))
    """

    def __init__(self, equal: Iterable[tuple[Sum, float]], most: Iterable[tuple[Sum, float]]) -> None:
        equal, most = list(equal), list(most)
        # What is told by itself is no unknown.
        single = (({**terms}.popitem(), value) for terms, value in equal if len(terms) == 1)
        self.told = {key: value / weight for (key, weight), value in single}
        self.number: dict[tuple, int] = {}
        left = [[self._left(*one) for one in of] for of in (equal, most)]
        (self.equal, self.values), (self.most, self.limits) = (self._matrix(of) for of in left)
        joined = abs(self.equal).T @ abs(self.equal) + abs(self.most).T @ abs(self.most)
        self.part = connected_components(joined, directed=False)[1] if self.number else np.zeros(0, int)

    def _left(self, terms, value):
        """Return what is left of a sum and its value without what is told."""
        rest = {
            self.number.setdefault(k, len(self.number)): w for k, w in terms.items() if k not in self.told
        }
        return rest, value - sum(w * self.told[k] for k, w in terms.items() if k in self.told)

    def _matrix(self, relations):
        relations = [(terms, value) for terms, value in relations if terms]
        at = [(i, k, float(w)) for i, (terms, _) in enumerate(relations) for k, w in terms.items()]
        i, k, w = zip(*at, strict=True) if at else ((), (), ())
        shape = len(relations), len(self.number)
        return csr_array((w, (i, k)), shape=shape), np.array([value for _, value in relations], float)

    def range(self, terms: Sum) -> tuple[float, float]:
        """Return the lowest and the highest that a sum can be; refuse what cannot be at all."""
        goal, value = self._left(dict(terms), 0.0)
        low = high = -value
        parts: dict[int, dict[int, float]] = {}
        for k, weight in goal.items():
            if k >= len(self.part):  # nothing is known of it
                low, high = (low, np.inf) if weight > 0 else (-np.inf, high)
            else:
                parts.setdefault(int(self.part[k]), {})[k] = weight
        for part, of in parts.items():
            lowest, highest = self._solved(np.flatnonzero(self.part == part), of)
            low, high = low + lowest, high + highest
        return round(low, 6), round(high, 6)

    def _solved(self, columns, of):
        rows = [np.flatnonzero(np.diff(matrix[:, columns].indptr)) for matrix in (self.equal, self.most)]
        (a, b), (c, d) = (
            (matrix[at][:, columns], values[at])
            for at, matrix, values in zip(
                rows, (self.equal, self.most), (self.values, self.limits), strict=True
            )
        )
        goal = np.array([of.get(int(k), 0.0) for k in columns])
        found = []
        for sign in (1, -1):
            done = linprog(sign * goal, A_eq=a, b_eq=b, A_ub=c, b_ub=d, bounds=(0, None))
            if done.status == 2:
                refuse("cannot audit the table", ["no counts of 0 or more add up to what is in it"])
            found.append(sign * done.fun if done.status == 0 else -sign * np.inf)
        return found
