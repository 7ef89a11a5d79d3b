"""Other counts that fit all that is told as well, by linear programmes; what nobody would think of is hidden until they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, eye_array, hstack, kron, vstack
from scipy.sparse.csgraph import connected_components

from povertystats.disclosure.grid import Grid

_NEAR, _ANY, _DEAR = 1e-6, 1e9, 1e3
# The most lowest counts by group that are looked at: of more, linear programmes would take minutes.
MOST = 20_000


@dataclass(frozen=True, eq=False)
class Rest:
    """A number of households, never below 0, that follows from counts of a year and of the year before: {count: how often}.

    ``tells``: a count; where that is not 0, none left tells something of all who are in it; ``at`` (n,): in which places
    it holds (None: in all).
    """

    now: Mapping[str, int]
    then: Mapping[str, int] = field(default_factory=dict)
    tells: str = ""
    at: np.ndarray | None = None


class Witness:
    """The counts of a grid as deviations from the true ones: what a reader of all that is told could take them to be.

    ``values``, ``hidden`` {count: (n, m)}: no count is told by the others; ``rests``: what follows from them; ``shown``
    {count: where a 0 of it is}; ``before`` (n,): each place a year ago, or -1.

    >>> grid, told = Grid(np.array([-1, 0, 0, 0]), 1), np.zeros((4, 1), bool)
    >>> poor = {"poor": np.array([[87], [3], [24], [60]])}
    >>> witness = Witness(grid, poor, {"poor": poor["poor"] < 10}, [], {"poor": ~told}, np.full(4, -1))
    >>> witness.mended(["poor"], 10)["poor"][:, 0].tolist()
    [False, True, True, False]
    """

    def __init__(
        self,
        grid: Grid,
        values: Mapping[str, np.ndarray],
        hidden: Mapping[str, np.ndarray],
        rests: Sequence[Rest],
        shown: Mapping[str, np.ndarray],
        before: np.ndarray,
        kinds: Sequence[Mapping[str, int]] = (),
    ) -> None:
        self.grid, self.names, self.shown = grid, [*values], shown
        self.value = np.stack([values[name] for name in self.names])
        self.hidden = np.stack([hidden[name] for name in self.names])
        self.rests = [*(Rest({name: 1}) for name in self.names), *rests]
        n, m = len(grid.parent), max(grid.groups - 1, 1)
        at = np.array([(i, k) for k, leaf in enumerate(grid.leaves) for i in grid.path(int(leaf))])
        within = csr_array((np.ones(len(at)), at.T), shape=(n, len(grid.leaves)))
        groups = vstack([eye_array(m), np.ones((1, m))]) if grid.groups > 1 else eye_array(1)
        # Every cell of one count as a sum of its lowest ones; the cells of a year ago in the rows of the places now.
        self.sums = csr_array(kron(within, groups))
        cells = np.arange(n * grid.groups).reshape(n, -1)
        self.lowest = cells[grid.leaves][:, :m].ravel()
        self.earlier, self.new = self.sums[cells[before].ravel()], np.repeat(before < 0, grid.groups)
        self.is_lowest = np.zeros(self.hidden.shape, bool)
        self.is_lowest.reshape(len(self.names), -1)[:, self.lowest] = True
        self.every = csc_array(kron(eye_array(len(self.names)), self.sums))
        self.true = self.value.reshape(len(self.names), -1)[:, self.lowest].ravel()
        self.regions = self._regions(before)
        self.before, self.after = before, np.full(n + 1, -1)
        self.after[before] = np.arange(n)
        self.after = self.after[:n]
        place = np.full(n, -1)
        place[grid.leaves] = np.arange(len(grid.leaves))
        self.families = [
            place[rows] for rows in grid.children.values() if grid.leaf[rows].all() and len(rows) > 1
        ]
        self.kinds = [*({name: 1} for name in self.names), *kinds]

    def _regions(self, before):
        """Return in which region each lowest count lies, (heights, counts): places within one above, and ever further ones."""
        grid, n = self.grid, len(before)
        year = np.flatnonzero((before >= 0) & any(rest.then for rest in self.rests))
        links = csr_array((np.ones(len(year)), (year, before[year])), shape=(n, n))
        same = connected_components(links, directed=False)[1]
        regions, at = [], grid.leaves
        for _ in range(max(grid.depth.max(), 1)):
            at = np.where(grid.parent[at] >= 0, grid.parent[at], at)
            regions.append(np.tile(np.repeat(same[at], max(grid.groups - 1, 1)), len(self.names)))
        return regions

    def mended(self, names: Collection[str], minimum: int) -> dict[str, np.ndarray]:
        """Return what is hidden {count: (n, m)}, with as much more of some counts as leaves no small number to be told."""
        self.minimum = minimum
        self._ask()
        # Of all households no less is told than where no groups are.
        may = np.isin(self.names, [*names])[:, None, None] & (self.value > 0)
        if self.grid.groups > 1:
            may[:, :, -1] = False
        left = self._each(np.flatnonzero(~self._plainly()), self._others)
        for goal in self._each(left, lambda region, some: self._hide(region, some, may)):
            # No other count is found: nothing is told there.
            cells = np.zeros(self.is_lowest.shape, bool)
            cells[self.is_lowest] = self.regions[-1] == self.regions[-1][self.home[goal]]
            self.hidden |= may & (cells.any(axis=(0, 2)) | ~self.grid.leaf)[:, None]
        return dict(zip(self.names, self.hidden, strict=True))

    def _ask(self):
        """Look for all numbers that are too small to be told, and for what is known not to be below 0."""
        goals, needs, limits, sides, values, small_at = [], [], [], [], [], []
        for rest in self.rests:
            of = zip(
                *([part.get(name, 0) for name in self.names] for part in (rest.now, rest.then)), strict=True
            )
            matrix = csr_array(hstack([self.sums * now + self.earlier * then for now, then in of]))
            matrix.eliminate_zeros()
            value = matrix @ self.true
            there = ~self.new if rest.then else np.ones(len(value), bool)
            there = there if rest.at is None else there & np.repeat(rest.at, self.grid.groups)
            small = (value > 0) & (value < self.minimum) & there
            if rest.tells:
                small |= there & (value == 0) & (self.value[self.names.index(rest.tells)].ravel() > 0)
            goals.append(matrix[small])
            needs.append(self.minimum - value[small])
            values.append(value)
            small_at.append(np.flatnonzero(small))
            if len(rest.now) + len(rest.then) > 1:
                at = np.intersect1d(self.lowest, np.flatnonzero((value >= 0) & there))
                values[-1] = np.where((value >= 0) & there, value, _ANY)
                limits.append(matrix[at])
                sides.append(value[at])
        self.values, self.small_at = values, small_at
        none = csr_array((0, len(self.true)))
        self.goals, self.needs = csr_array(vstack([none, *goals])), np.concatenate([np.zeros(0), *needs])
        self.limits, self.sides = csc_array(vstack([none, *limits])), np.concatenate([np.zeros(0), *sides])
        self._know()

    def _rooms(self, kinds):
        """Return by how much counts that move together could go up, and down, in every lowest cell (places, groups) by itself."""
        m, leaves = max(self.grid.groups - 1, 1), self.grid.leaves
        at = {sign: np.full((len(leaves), m), np.inf) for sign in (1, -1)}
        free = np.ones((len(leaves), m), bool)
        for name, sign in kinds.items():
            k = self.names.index(name)
            free &= self.hidden[k][leaves, :m]
            at[-sign] = np.minimum(at[-sign], (self.value[k] - self.known[k])[leaves, :m])
        for rest, value in zip(self.rests, self.values, strict=True):
            slack = value.reshape(-1, self.grid.groups)
            for of, rows in ((rest.now, leaves), (rest.then, self.after[leaves])):
                net = sum(weight * kinds.get(name, 0) for name, weight in of.items())
                if net and len(rest.now) + len(rest.then) > 1:
                    left = np.where((rows >= 0)[:, None], slack[rows][:, :m], _ANY)
                    at[-np.sign(net)] = np.minimum(at[-np.sign(net)], left // abs(net))
        return {sign: np.where(free, np.minimum(room, _ANY), 0) for sign, room in at.items()}

    def _reach(self, up, down):
        """Return by how much lowest cells could go up when one beside each goes down, and in another group the other way round."""
        reach = np.zeros(up.shape)
        for rows in self.families:
            u, d = up[rows], down[rows]
            if self.grid.groups == 1:
                reach[rows] = np.minimum(u, d.sum(axis=0) - d)
                continue
            both = np.minimum(d[:, None, :], u[None, :, :])
            both[np.arange(len(rows)), np.arange(len(rows))] = 0
            for g in range(u.shape[1]):
                others = np.delete(both, g, axis=2).max(axis=2, initial=0)
                reach[rows, g] = np.minimum(u[:, g], np.minimum(others, d[None, :, g]).max(axis=1))
        return reach

    def _plainly(self):
        met = [np.zeros(len(at), bool) for at in self.small_at]
        lowest = np.full(self.hidden[0].size, -1)
        lowest[self.lowest] = np.arange(len(self.lowest))
        starts = np.cumsum([0, *map(len, self.small_at)])
        for kinds in self.kinds:
            rooms = self._rooms(kinds)
            if not (rooms[1].any() and rooms[-1].any()):
                continue
            reach = {sign: self._reach(rooms[sign], rooms[-sign]).ravel() for sign in (1, -1)}
            for r, rest in enumerate(self.rests):
                net = sum(weight * kinds.get(name, 0) for name, weight in rest.now.items())
                if net:
                    at = lowest[self.small_at[r]]
                    far = np.where(at >= 0, reach[int(np.sign(net))][at], 0)
                    met[r] |= abs(net) * far >= self.needs[starts[r] : starts[r + 1]]
        return np.concatenate(met)

    def _know(self):
        """Look where a hidden count is known to be no 0, since these are shown."""
        known = self.hidden & (self.value > 0)
        for k, name in enumerate(self.names):
            known[k] &= self.shown.get(name, False)
        # Where a group is hidden in all places side by side, the zeros are as well.
        for rows in self.grid.children.values() if self.grid.groups > 1 else ():
            if len(rows) > 1:
                known[:, rows, :-1] &= ~self.hidden[:, rows, :-1].all(axis=1, keepdims=True)
        self.known = known

    def _program(self, region, may=False):
        """Return what could be others in a region, what is told as equations of it, limits, and the lowest that it can be."""
        told, known = ~self.hidden, self.known | may & ~self.hidden
        free = region[(self.hidden | may)[self.is_lowest][region]]
        equal, limits = csr_array(self.every[:, free]), csr_array(self.limits[:, free])
        some = np.diff(equal.indptr) > 0
        rows = np.flatnonzero(some & (told & (~self.is_lowest | may)).ravel())
        above = np.flatnonzero(some & (known & ~told & ~self.is_lowest).ravel())
        used = np.flatnonzero(np.diff(limits.indptr) > 0)
        limits = csr_array(vstack([limits[used], equal[above]]))
        sides = np.concatenate([self.sides[used], self.value.ravel()[above] - 1])
        return free, rows, equal[rows], limits, sides, known[self.is_lowest][free] - self.true[free]

    def _each(self, left, work):
        """Return which numbers are left by work on those of each region: near first, and then further and further."""
        self.home = self.goals.indices[self.goals.indptr[:-1]]
        for regions in self.regions:
            home, order, found = regions[self.home[left]], np.argsort(regions, kind="stable"), [left[:0]]
            for label in np.unique(home):
                region = order[slice(*np.searchsorted(regions[order], [label, label + 1]))]
                found.append(work(region, left[home == label]))
            left = np.concatenate(found)
        return left

    def _others(self, region, left):
        """Return which of some numbers are not found to be as high as they must by other counts in a region alone."""
        free, _, equal, limits, sides, floor = self._program(region)
        goals, met = self.goals[:, free], np.ones(1, bool)
        # Once hardly any is found together with others, the rest is looked at one by one, where they hide nothing if they can.
        while len(left) and met.mean() > 0.1:
            t = len(left)
            least, most = np.full(t, -np.inf), np.full(len(floor), np.inf)
            bounds = np.column_stack([np.append(floor, least), np.append(most, self.needs[left])])
            upper = vstack(
                [hstack([-limits, csr_array((len(sides), t))]), hstack([-goals[left], eye_array(t)])]
            )
            cost = np.append(np.zeros(len(floor)), -np.ones(t))
            other = self._solve(cost, upper, np.append(sides, np.zeros(t)), equal, bounds)
            met = goals[left] @ other[: len(floor)] >= self.needs[left] - _NEAR
            left = left[~met]
        return left

    def _solve(self, cost, upper, most, equal, bounds):
        if not len(cost):
            return np.zeros(0)
        wide = csr_array(hstack([equal, csr_array((equal.shape[0], len(cost) - equal.shape[1]))]))
        done = linprog(cost, csr_array(upper), most, wide, np.zeros(wide.shape[0]), bounds)
        return done.x if done.status == 0 else np.zeros(len(cost))

    def _hide(self, region, left, may):
        """Hide the cells of a region by which numbers can be as high as they must, at the least change of what is told."""
        met = np.ones(1, bool)
        while len(left) and met.any():
            may = may & ~self.hidden
            free, rows, equal, limits, sides, floor = self._program(region, may)
            of, goals = np.flatnonzero(may.ravel()[rows]), self.goals[left][:, free]
            d, n, t = len(of), len(floor), len(left)
            change = csr_array((np.ones(d), (of, np.arange(d))), shape=(len(rows), d))
            none = csr_array((len(sides), 2 * d + t))
            upper = vstack([hstack([-limits, none]), hstack([-goals, csr_array((t, 2 * d)), eye_array(t)])])
            price = np.log(2 + np.broadcast_to(self.value[0], self.value.shape).ravel()[rows[of]])
            most = self.value.ravel()[rows[of]] - 1, self.needs[left]
            high = np.concatenate([np.full(n + d, np.inf), *most])
            bounds = np.column_stack([np.concatenate([floor, np.zeros(2 * d), np.full(t, -np.inf)]), high])
            cost = np.concatenate([np.zeros(n), price, price, np.full(t, -_DEAR)])
            equal = hstack([equal, -change, change])
            other = self._solve(cost, upper, np.append(sides, np.zeros(t)), equal, bounds)
            met = goals @ other[:n] >= self.needs[left] - _NEAR
            if met.any():
                self.hidden.reshape(-1)[rows[of[other[n : n + d] + other[n + d : n + 2 * d] > _NEAR]]] = True
                self._know()
            left = left[~met]
        return left
