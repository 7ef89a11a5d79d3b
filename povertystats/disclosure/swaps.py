"""Households of one kind that change places with as many of another: the simplest ways in which counts could be others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import Rest

# More than any count.
ANY = 1e9


class Swaps:
    """What could be swapped in the lowest places (by number) and groups of a grid.

    ``after`` (n,): each place a year later, or -1; ``names``: of the counts; ``rests``, and their ``values`` in every cell.

    >>> grid, poor, hidden = Grid(np.array([-1, 0, 0, 0]), 1), np.array([[87], [3], [24], [60]]), np.array([[0], [1], [1], [0]]) > 0
    >>> swaps = Swaps(grid, np.full(4, -1), ["poor"], [Rest({"poor": 1})], [poor.ravel()])
    >>> rooms = swaps.rooms({"poor": 1}, poor[None], hidden[None], hidden[None])
    >>> swaps.met({"poor": 1}, rooms, [np.array([1])], [np.array([7.0])])
    [array([ True])]
    """

    def __init__(
        self,
        grid: Grid,
        after: np.ndarray,
        names: Sequence[str],
        rests: Sequence[Rest],
        values: Sequence[np.ndarray],
    ) -> None:
        self.grid, self.after, self.names = grid, after, [*names]
        self.rests, self.values = rests, values
        place = np.full(len(grid.parent), -1)
        place[grid.leaves] = np.arange(len(grid.leaves))
        self.families = [
            place[rows] for rows in grid.children.values() if grid.leaf[rows].all() and len(rows) > 1
        ]

    def rooms(
        self, kind: Mapping[str, int], value: np.ndarray, hidden: np.ndarray, known: np.ndarray
    ) -> dict[int, np.ndarray]:
        """Return by how much a kind could go up (1), and down (-1), in every lowest cell (places, groups) by itself.

        ``value``, ``hidden``, ``known`` (counts, n, m): of which one is known to be there. None where nothing can. What of
        it is told of no place above either, by group, follows under 2 and -2.
        """
        m, leaves = max(self.grid.groups - 1, 1), self.grid.leaves
        at = {sign: np.full((len(leaves), m), np.inf) for sign in (1, -1)}
        free = np.ones((len(leaves), m), bool)
        for name, sign in kind.items():
            k = self.names.index(name)
            free &= hidden[k][leaves, :m]
            at[-sign] = np.minimum(at[-sign], (value[k] - known[k])[leaves, :m])
        if not free.any():
            return {}
        for rest, values in zip(self.rests, self.values, strict=True):
            slack = values.reshape(-1, self.grid.groups)
            for of, rows in ((rest.now, leaves), (rest.then, self.after[leaves])):
                net = sum(weight * kind.get(name, 0) for name, weight in of.items())
                if net and len(rest.now) + len(rest.then) > 1:
                    left = np.where((rows >= 0)[:, None], slack[rows][:, :m], ANY)
                    at[-np.sign(net)] = np.minimum(at[-np.sign(net)], left // abs(net))
        rooms = {sign: np.where(free, np.minimum(room, ANY), 0) for sign, room in at.items()}
        untold = free & (self.grid.groups > 1)
        for name in kind:
            untold &= self._untold(hidden[self.names.index(name)])[leaves, :m]
        return rooms | {2 * sign: np.where(untold, room, 0) for sign, room in rooms.items()}

    def _untold(self, hidden):
        """Return which cells are hidden with all those of the places above."""
        hidden = hidden.copy()
        for depth in range(1, self.grid.depth.max(initial=0) + 1):
            rows = np.flatnonzero(self.grid.depth == depth)
            hidden[rows] &= hidden[self.grid.parent[rows]]
        return hidden

    def _reach(self, up, down):
        """Return by how much lowest cells could go up when some beside go down, and in another group the other way round."""
        reach = np.zeros(up.shape)
        for rows in self.families:
            u, d = up[rows], down[rows]
            if not (u.any() and d.any()):
                continue
            if self.grid.groups == 1:
                reach[rows] = np.minimum(u, d.sum(axis=0) - d)
                continue
            for g in np.flatnonzero(u.any(axis=0)):
                # Some of it in each place beside it, and all of it in one other group of its own.
                beside = np.minimum(d[:, [g]], u)
                others = np.minimum(d, beside.sum(axis=0) - beside)
                others[:, g] = 0
                reach[rows, g] = np.minimum(u[:, g], others.max(axis=1))
        return reach

    def _reach_anywhere(self, rooms, sign):
        """Return by how much every cell (n, m) could go up, or down, by places beside it or by groups of one place."""
        leaves, m = self.grid.leaves, max(self.grid.groups - 1, 1)
        beside, own = np.zeros((2, len(self.grid.parent), self.grid.groups))
        beside[leaves, :m] = self._reach(rooms[sign], rooms[-sign])
        # By group nothing of it is told: each place by itself.
        up, down = rooms[2 * sign], rooms[-2 * sign]
        own[leaves, :m] = np.minimum(up, down.sum(axis=1, keepdims=True) - down)
        return np.maximum(beside, self.grid.summed(own))

    def met(
        self,
        kind: Mapping[str, int],
        rooms: Mapping[int, np.ndarray],
        small_at: Sequence[np.ndarray],
        needs: Sequence[np.ndarray],
    ) -> list[np.ndarray]:
        """Return which small numbers of each rest (cells, and by how much more they must be) are met by swaps of a kind."""
        reach = {sign: self._reach_anywhere(rooms, sign).ravel() for sign in (1, -1)}
        found = []
        for rest, cells, need in zip(self.rests, small_at, needs, strict=True):
            net = sum(weight * kind.get(name, 0) for name, weight in rest.now.items())
            far = reach[int(np.sign(net))][cells] if net else 0
            found.append(abs(net) * far >= need)
        return found
