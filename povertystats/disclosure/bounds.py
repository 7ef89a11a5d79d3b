"""Equations of what is told, inequalities of what is known besides, and how far any sum of what is not told can go."""

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
        self._parts: dict[int, tuple] = {}
        self._ends: dict[tuple, tuple[float, float]] = {}
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
            lowest, highest = self._solved(part, of)
            low, high = low + lowest, high + highest
        return round(low, 6), round(high, 6)

    def _solved(self, part, of):
        """Return the ends of a sum of unknowns that hang together; of one and its opposite the same programmes tell."""
        keys = sorted(of)
        way = np.sign(of[keys[0]])
        goal = tuple((k, way * of[k]) for k in keys)
        if goal not in self._ends:
            columns, *told = self._of_part(part)
            weights = np.zeros(len(columns))
            weights[np.searchsorted(columns, keys)] = [weight for _, weight in goal]
            found = []
            for sign in (1, -1):
                done = linprog(sign * weights, *told, bounds=(0, None))
                if done.status == 2:
                    refuse("cannot audit the table", ["no counts of 0 or more add up to what is in it"])
                found.append(sign * done.fun if done.status == 0 else -sign * np.inf)
            self._ends[goal] = found[0], found[1]
        return self._ends[goal] if way > 0 else tuple(-end for end in self._ends[goal][::-1])

    def _of_part(self, part):
        """Return the unknowns that hang together, and what is known of them as ``linprog`` takes it."""
        if part not in self._parts:
            columns, told = np.flatnonzero(self.part == part), []
            for matrix, values in ((self.most, self.limits), (self.equal, self.values)):
                rows = np.flatnonzero(np.diff(matrix[:, columns].indptr))
                told += [matrix[rows][:, columns], values[rows]]
            self._parts[part] = columns, *told
        return self._parts[part]


def cheapest(
    cost: np.ndarray,
    upper: csr_array,
    most: np.ndarray,
    equal: csr_array,
    ends: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the cheapest columns between their ends with ``upper`` of them at most ``most`` and ``equal`` of them 0; all 0 where there are none.

    ``equal``: of the first columns.

    >>> far = np.array([-9.0, -9.0, -9.0]), np.array([9.0, 9.0, 9.0])
    >>> one = csr_array([[1.0, 1.0, 1.0]])
    >>> cheapest(np.array([-1.0, 0, 0]), csr_array((0, 3)), np.zeros(0), one, far)[0].item()
    9.0
    """
    if not len(cost):
        return np.zeros(0)
    wide = csr_array(equal, copy=True)
    wide.resize(equal.shape[0], len(cost))
    done = linprog(cost, csr_array(upper), most, wide, np.zeros(wide.shape[0]), np.column_stack(ends))
    return np.zeros(len(cost)) if done.status else done.x


def bounded_beyond(
    exactly: np.ndarray, told: np.ndarray, minimum: int, needed: int, beside: np.ndarray
) -> np.ndarray:
    """Return in which rows what is told up to a cut-off bounds a small number beyond it.

    ``exactly`` (n, d): households of 1 to d deprivations; ``told`` (n,): the highest cut-off of which households and
    deprivations are told; ``beside`` (n,): those of the ``needed`` number or more of whom is told. Of those deprived in k or more,
    the deprivations beyond k each are no fewer than n - k times those deprived in n.

    >>> exactly = np.array([[129, 99, 27, 2], [129, 99, 60, 4]])
    >>> bounded_beyond(exactly, np.array([2, 2]), 10, 3, np.array([23, 23])).tolist()
    [True, False]
    """
    result = np.zeros(len(exactly), bool)
    for row, k in enumerate(told.tolist()):
        at_least = exactly[row, ::-1].cumsum()[::-1]
        most = at_least[k:].sum() // np.arange(1, len(at_least) - k + 1)
        others = at_least[needed - 1] - beside[row]
        if k and k < needed and 0 < others < minimum:
            result[row] |= most[needed - k - 1] < beside[row] + minimum
        small = [(of[k:] > 0) & (of[k:] < minimum) for of in (exactly[row], at_least)]
        result[row] |= bool(k and (np.any(small, axis=0) & (most < minimum)).any())
    return result
