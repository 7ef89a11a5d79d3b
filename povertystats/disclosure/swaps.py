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
        self.lowest = np.full((len(grid.parent), grid.groups), -1)
        m = max(grid.groups - 1, 1)
        self.lowest[grid.leaves, :m] = np.arange(len(grid.leaves) * m).reshape(-1, m)

    def rooms(
        self, kind: Mapping[str, int], value: np.ndarray, hidden: np.ndarray, known: np.ndarray
    ) -> dict[int, np.ndarray]:
        """Return by how much a kind could go up (1), and down (-1), in every lowest cell (places, groups) by itself.

        ``value``, ``hidden``, ``known`` (counts, n, m): of which one is known to be there. None where nothing can.
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
        return {sign: np.where(free, np.minimum(room, ANY), 0) for sign, room in at.items()}

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

    def met(
        self,
        kind: Mapping[str, int],
        rooms: Mapping[int, np.ndarray],
        small_at: Sequence[np.ndarray],
        needs: Sequence[np.ndarray],
    ) -> list[np.ndarray]:
        """Return which small numbers of each rest (cells, and by how much more they must be) are met by swaps of a kind."""
        reach = {sign: self._reach(rooms[sign], rooms[-sign]).ravel() for sign in (1, -1)}
        found = []
        for rest, cells, need in zip(self.rests, small_at, needs, strict=True):
            net = sum(weight * kind.get(name, 0) for name, weight in rest.now.items())
            at, sign = self.lowest.ravel()[cells], int(np.sign(net))
            if not net:
                found.append(np.zeros(len(at), bool))
                continue
            far = np.where(at >= 0, reach[sign][at], 0)
            found.append(abs(net) * far >= need)
        return found
