"""Other counts that fit all that is told as well, by linear programmes; what nobody would think of is hidden until they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, hstack, kron, vstack

from povertystats.disclosure.bounds import cheapest
from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import Rest
from povertystats.disclosure.swaps import ANY, Swaps

_NEAR, _DEAR = 1e-6, 1e3
# The columns of programmes that are called as one.
_AS_ONE = 2_000
# The most lowest counts by group that are looked at as one: of more, linear programmes would take many minutes.
MOST = 20_000


class Witness:
    """The counts of a grid as deviations from the true ones: what a reader of all that is told could take them to be.

    ``values``, ``hidden`` {count: (n, m)}: no count is told by the others; ``rests``: what follows from them; ``shown``
    {count: where a 0 of it is}; ``before`` (n,): each place a year ago, or -1; ``kinds``: counts that go up together.

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
        self.after = np.full(n + 1, -1)
        self.after[before] = np.arange(n)
        self.after = self.after[:n]
        self.kinds = [*({name: 1} for name in self.names), *kinds]

    def _regions(self, before):
        """Return in which region each lowest count lies, at each height: places within one above, and ever further ones."""
        linked = (before >= 0) & any(rest.then for rest in self.rests)
        of = self.grid.regions(np.where(linked, before, -1))
        return [np.tile(np.repeat(label, max(self.grid.groups - 1, 1)), len(self.names)) for label in of]

    def mended(self, names: Collection[str], minimum: int) -> dict[str, np.ndarray]:
        """Return what is hidden {count: (n, m)}, with as much more of some counts as leaves no small number to be told."""
        self.minimum = minimum
        self._ask()
        # Of all households no less is told than where no groups are.
        may = np.isin(self.names, [*names])[:, None, None] & (self.value > 0)
        may[:, :, max(self.grid.groups - 1, 1) :] = False
        left = self._each(np.flatnonzero(~self._plainly()), self._others)
        for goal in self._each(left, lambda region, some, _: self._hide(region, some, may)):
            # No other count is found: nothing is told there.
            cells = np.zeros(self.is_lowest.shape, bool)
            cells[self.is_lowest] = self.regions[-1] == self.regions[-1][self.home[goal]]
            self.hidden |= may & (cells.any(axis=(0, 2)) | ~self.grid.leaf)[:, None]
        return dict(zip(self.names, self.hidden, strict=True))

    def _ask(self):
        """Look for all numbers that are too small to be told, and for what is known not to be below 0."""
        goals, needs, limits, sides, values, small_at = [], [], [], [], [], []
        size = self.sums.shape
        for rest in self.rests:
            of = ((rest.now.get(name, 0), rest.then.get(name, 0)) for name in self.names)
            blocks = [
                self.sums * now + self.earlier * then if now or then else csr_array(size) for now, then in of
            ]
            matrix = csr_array(hstack(blocks))
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
                values[-1] = np.where((value >= 0) & there, value, ANY)
                limits.append(matrix[at])
                sides.append(value[at])
        self.values, self.small_at = values, small_at
        none = csr_array((0, len(self.true)))
        self.goals, self.needs = csr_array(vstack([none, *goals])), np.concatenate([np.zeros(0), *needs])
        self.home = self.goals.indices[self.goals.indptr[:-1]]
        self.limits, self.sides = csc_array(vstack([none, *limits])), np.concatenate([np.zeros(0), *sides])
        self._know()

    def _plainly(self):
        """Return which numbers can be as high as they must by households that change places, as others may as well."""
        swaps = Swaps(self.grid, self.after, self.names, self.rests, self.values)
        needs = np.split(self.needs, np.cumsum([len(at) for at in self.small_at[:-1]]))
        met = [np.zeros(len(at), bool) for at in self.small_at]
        for kind in self.kinds:
            if rooms := swaps.rooms(kind, self.value, self.hidden, self.known):
                for of, more in zip(met, swaps.met(kind, rooms, self.small_at, needs), strict=True):
                    of |= more
        return np.concatenate([np.zeros(0, bool), *met])

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
        """Return what could be others in a region, what is told as equations of it, what else holds, and how low it may be."""
        told, known = ~self.hidden, self.known | may & ~self.hidden
        free = region[(self.hidden | may)[self.is_lowest][region]]
        equal, limits = csr_array(self.every[:, free]), csr_array(self.limits[:, free])
        some = np.diff(equal.indptr) > 0
        rows = np.flatnonzero(some & (told & (~self.is_lowest | may)).ravel())
        above = np.flatnonzero(some & (known & ~told & ~self.is_lowest).ravel())
        used = np.flatnonzero(np.diff(limits.indptr) > 0)
        limits = csr_array(-vstack([limits[used], equal[above]]))
        sides = np.concatenate([self.sides[used], self.value.ravel()[above] - 1])
        return free, rows, equal[rows], limits, sides, known[self.is_lowest][free] - self.true[free]

    def _each(self, left, work):
        """Return which numbers are left by work on those of each region: near first, and then further and further."""
        for last, regions in zip([*[False] * (len(self.regions) - 1), True], self.regions, strict=True):
            home, order = regions[self.home[left]], np.argsort(regions, kind="stable")
            found = [left[:0]]
            for label in np.unique(home):
                region = order[slice(*np.searchsorted(regions[order], [label, label + 1]))]
                found.append(work(region, left[home == label], last))
            left = np.concatenate(found)
        return left

    def _left(self, left, work, alone=None):
        """Return which of some numbers are left by work that looks at them together, and then at each alone."""
        met = np.ones(1, bool)
        while len(left) and met.any():
            met = work(left)
            left = left[~met]
        return left[~alone(left)] if alone and len(left) > 1 else left

    def _others(self, region, left, last):
        """Return which of some numbers are not found to be as high as they must by other counts in a region alone."""
        free, _, equal, limits, sides, low = self._program(region)
        goals, n = csr_array(csc_array(self.goals)[:, free]), len(free)

        def met(left, sets=1):
            own, t = goals[left], len(left)
            if sets > 1:  # of each number its own
                of = own.indices + np.repeat(n * np.arange(t, dtype=own.indices.dtype), np.diff(own.indptr))
                own = csr_array((own.data, of, own.indptr), shape=(t, sets * n))
            known, told = (csr_array(kron(eye_array(sets), of)) if sets > 1 else of for of in (limits, equal))
            upper = vstack([_widened(known, t), _less_each(own)])
            cost = np.append(np.zeros(sets * n), -np.ones(t))
            least = np.append(np.tile(low, sets), np.full(t, -np.inf))
            ends = least, np.append(np.full(sets * n, np.inf), self.needs[left])
            most = np.append(np.tile(sides, sets), np.zeros(t))
            other = cheapest(cost, upper, most, told, ends)
            return own @ other[: sets * n] >= self.needs[left] - _NEAR

        def alone(left):
            # A programme takes longer to be called than to be solved: some are called as one.
            some = np.split(left, np.arange(0, len(left), max(_AS_ONE // n, 1))[1:])
            return np.concatenate([met(of, len(of)) for of in some])

        # By group they are looked for together only, near by: further away more is found.
        return self._left(left, met, alone if last else None)

    def _hide(self, region, left, may):
        """Hide the cells of a region by which numbers can be as high as they must, at the least change of what is told."""

        def met(left):
            more = may & ~self.hidden
            free, rows, equal, limits, sides, low = self._program(region, more)
            of, goals = np.flatnonzero(more.ravel()[rows]), csr_array(csc_array(self.goals)[:, free])[left]
            d, n, t = len(of), len(free), len(left)
            change = csr_array((np.ones(d), (of, np.arange(d))), shape=(len(rows), d))
            none = csr_array((len(sides), 2 * d + t))
            upper = vstack([hstack([limits, none]), _less_each(_widened(goals, 2 * d))])
            price = np.log(2 + np.broadcast_to(self.value[0], self.value.shape).ravel()[rows[of]])
            most = self.value.ravel()[rows[of]] - 1, self.needs[left]
            high = np.concatenate([np.full(n + d, np.inf), *most])
            ends = np.concatenate([low, np.zeros(2 * d), np.full(t, -np.inf)]), high
            cost = np.concatenate([np.zeros(n), price, price, np.full(t, -_DEAR)])
            equal = hstack([equal, -change, change])
            other = cheapest(cost, upper, np.append(sides, np.zeros(t)), equal, ends)
            found = goals @ other[:n] >= self.needs[left] - _NEAR
            if found.any():
                self.hidden.reshape(-1)[rows[of[other[n : n + d] + other[n + d : n + 2 * d] > _NEAR]]] = True
                self._know()
            return found

        # What is hidden for one number is hidden for those after it.
        return self._left(left, met, lambda left: np.concatenate([met(left[[k]]) for k in range(len(left))]))


def _widened(matrix, more):
    """Return a matrix with more columns, of 0."""
    wide = csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    wide.resize(matrix.shape[0], matrix.shape[1] + more)
    return wide


def _less_each(sums):
    """Return a column for each row less that row's sum: at most 0 where the column is no more than the sum."""
    (t, n), ends = sums.shape, sums.indptr[1:]
    columns = np.insert(sums.indices, ends, n + np.arange(t))
    data = np.insert(-sums.data, ends, 1.0)
    return csr_array((data, columns, sums.indptr + np.arange(t + 1)), shape=(t, n + t))
