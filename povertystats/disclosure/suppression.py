"""Which counts are hidden, so that small ones can neither be read nor worked out from sums."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import permutations

import numpy as np
import pandas as pd


class Suppression:
    """What is hidden of a table of households: of its rows (``alone``), then of each split of them (``hidden``).

    ``households`` (n,) of each row; ``parent`` (n,): the row of the place above, -1 where there is none; ``depth`` (n,);
    ``minimum``: the fewest households of which may be told. ``home`` (n,): the row with which each row is told together;
    ``alone`` (n,): whether a row is told on its own.

    >>> households, parent = np.array([330, 100, 110, 120]), np.array([-1, 0, 0, 0])
    >>> table = Suppression(households, parent, np.array([0, 1, 1, 1]), 10)
    >>> poor = np.array([87, 3, 24, 60])
    >>> table.alone.tolist(), table.hidden(np.column_stack([poor, households - poor]), np.zeros(2, bool))[:, 0].tolist()
    ([True, True, True, True], [False, True, True, False])
    """

    def __init__(self, households: np.ndarray, parent: np.ndarray, depth: np.ndarray, minimum: int) -> None:
        self.parent, self.depth, self.minimum = parent, depth, minimum
        self.home, self.alone = _together(households, parent, depth, minimum)

    def hidden(self, values: np.ndarray, zero: np.ndarray) -> np.ndarray:
        """Return which counts (rows, parts) of a split are hidden; ``zero`` (parts,): whose 0 tells something."""
        home, alone, parent, minimum = self.home, self.alone, self.parent, self.minimum
        n, k = values.shape
        # Rows told together are one place; what lies within them is no place of its own.
        own = alone | (parent < 0) | alone[parent]
        value = np.zeros_like(values)
        np.add.at(value, home[own], values[own])
        people = value.sum(axis=1, keepdims=True)
        cells = (home == np.arange(n))[:, None] & (people >= minimum) & ((value > 0) | zero)
        inner = np.isin(np.arange(n), parent[cells.any(axis=1)])
        small = cells & (value < minimum)
        beside = cells & ~inner[:, None] & (parent >= 0)[:, None]
        # A row needs one more hidden where its small ones cannot make up for each other: its lowest.
        short = (small & beside).any(axis=1) & (np.where(small, value, 0).sum(axis=1) < minimum)
        hidden, others = small.copy(), np.where(beside & ~small, value, np.iinfo(value.dtype).max)
        hidden[short, others[short].argmin(axis=1)] = True
        goal = np.where(small, minimum, np.minimum(value + 1, people))
        left = np.flatnonzero(hidden & ~_safe(hidden & beside, value, goal, parent))
        row, part = np.arange(n)[:, None], np.arange(k)
        lower = row * k + np.where(inner[:, None], part, 0)
        upper = np.where(parent[:, None] >= 0, parent[:, None] * k + part, n * k + row)
        # A figure of many places is given up only where no figure of a single one will do.
        price = value * np.where(inner, 10**6, 1)[:, None]
        network = _Network(*(a.ravel().tolist() for a in (cells, value, price, lower, upper)))
        network.hidden.update(np.flatnonzero(hidden).tolist())
        # From the top down: what is hidden above serves below; what serves only others comes last.
        for cell in left[np.lexsort((self.depth[left // k], ~small.flat[left]))].tolist():
            network.cover(cell, goal.flat[cell] - value.flat[cell])
        hidden.flat[list(network.hidden)] = True
        return hidden[home] | ~alone[:, None] & ((value > 0) | (people < minimum))[home]


def _together(households, parent, depth, minimum):
    """Return the row with which each row is told together, and which rows are told on their own."""
    home = np.arange(len(households))
    alone, small = np.ones(len(households), bool), (households > 0) & (households < minimum)
    children = pd.Series(home).groupby(parent).indices
    for level in np.unique(depth):
        at = np.flatnonzero(depth == level)
        inside = at[(parent[at] >= 0) & ~alone[parent[at]]]
        home[inside], alone[inside] = home[parent[inside]], False
        tiny = at[small[at] & alone[at]]
        # Nothing adds up to a place without a place above it: nothing is hidden with it.
        alone[tiny[parent[tiny] < 0]] = False
        for above in np.unique(parent[tiny[parent[tiny] >= 0]]):
            family = children[above][households[children[above]] > 0]
            family = family[np.argsort(households[family], kind="stable")]
            enough = 1 + (households[family].cumsum() < minimum).sum()
            members = family[: max(2, enough, small[family].sum())]
            home[members], alone[members] = members[0], False
    return home, alone


def _safe(hidden, value, goal, parent):
    """Return which cells can reach their goal in exchange with one other part in the rows beside theirs."""
    safe = np.zeros_like(hidden)
    for c, d in permutations(range(value.shape[1]), 2):
        both = hidden[:, c] & hidden[:, d]
        gives = np.where(both, value[:, c], 0)
        beside = np.bincount(parent + 1, gives)[parent + 1] - gives
        safe[:, c] |= both & (value[:, c] + np.minimum(value[:, d], beside) >= goal[:, c])
    return safe


class _Network:
    """Sums joined by cells: a cell that grows takes households from its lower sum to its upper one."""

    def __init__(self, cells, value, price, lower, upper):
        self.value, self.price, self.lower, self.upper = value, price, lower, upper
        self.hidden: set[int] = set()
        self.above: dict[int, list[int]] = {}
        self.below: dict[int, list[int]] = {}
        for cell in filter(cells.__getitem__, range(len(cells))):
            self.above.setdefault(lower[cell], []).append(cell)
            self.below.setdefault(upper[cell], []).append(cell)

    def cover(self, cell: int, need: int) -> None:
        """Hide the cells through which this one could be higher by what it needs."""
        moved: dict[int, int] = {}
        while need:
            path = self.cheapest(cell, moved)
            step = min([need, *(self.value[k] + moved.get(k, 0) for k, sign in path if sign < 0)])
            for k, sign in path:
                moved[k] = moved.get(k, 0) + sign * step
            need -= step
        self.hidden.update(filter(moved.get, moved))

    def cheapest(self, cell: int, moved: dict[int, int]) -> list[tuple[int, int]]:
        """Return the cheapest way from a cell's upper sum round to its lower one, as (cell, sign) (Dijkstra)."""
        value, start, end = self.value, self.upper[cell], self.lower[cell]
        heap, best, came = [(0, start)], {start: 0}, {}
        while heap[0][1] != end:
            cost, node = heappop(heap)
            for cells, ends, sign in ((self.above, self.upper, 1), (self.below, self.lower, -1)):
                for k in cells.get(node, ()):
                    if k == cell or (sign < 0 and value[k] + moved.get(k, 0) == 0):
                        continue
                    further = cost + 1 + (0 if k in self.hidden or k in moved else self.price[k])
                    if further < best.get(ends[k], further + 1):
                        best[ends[k]], came[ends[k]] = further, (node, k, sign)
                        heappush(heap, (further, ends[k]))
        path = []
        while end != start:
            end, k, sign = came[end]
            path.append((k, sign))
        return path
