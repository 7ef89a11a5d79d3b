"""Which cells of a table are hidden beside the small ones, so that these cannot be worked out of sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from povertystats.disclosure.grid import Grid

# Counts (n, m) of two kinds of households of which any is one.
Kinds: TypeAlias = tuple[np.ndarray, np.ndarray]
_ANY = 10**9


@dataclass(frozen=True, eq=False)
class Figure:
    """A count in every cell of a grid, by how much another one could stand there, and by how much it must be able to.

    All (n, m). ``count``; ``up`` and ``down``: by how much it could be higher, or lower, for all that is told of its own
    cell; ``known``: what of ``down`` is lost since zeros are shown, so that a hidden count is no 0; ``need_up`` and
    ``need_down``: by how much a reader must have to take it to be higher, or lower, before anybody is safe (0: there is
    nobody to protect); ``hidden``: what is hidden already; ``loose``: cells whose own whole is hidden, so that they are
    bound by nothing; ``price``: of hiding a cell. ``lost``, ``gained``: kinds of
    the households that are counted, and of those that are not: when some change places, as many of each kind must come as go.
    """

    count: np.ndarray
    up: np.ndarray
    down: np.ndarray
    known: np.ndarray
    need_up: np.ndarray
    need_down: np.ndarray
    hidden: np.ndarray
    loose: np.ndarray
    price: np.ndarray
    lost: tuple[Kinds, ...] = ()
    gained: tuple[Kinds, ...] = ()


class _Target(NamedTuple):
    """A cell, the way (1 or -1) in which it must be able to go, and the way that each other group of its place would go."""

    place: int
    group: int
    sign: int
    ways: np.ndarray


def suppress(grid: Grid, figure: Figure) -> np.ndarray:
    """Return which cells (n, m) are hidden: those that are already, and others until every need is met.

    A hidden count could be higher by d, for all that is told, when d households of it could have changed places with d of
    another place that is hidden as well, and d of another group the other way round: no sum along places or groups tells.
    Such rounds are looked for from the top down, first among the places beside it, the cheapest ones first. Where there is
    none, the places above are hidden, up to one that adds up to nothing.

    >>> grid, poor = Grid(np.array([-1, 0, 0, 0]), 1), np.array([[87], [3], [24], [60]])
    >>> need = np.where(poor < 10, 10 - poor, 0)
    >>> figure = Figure(poor, poor + 99, poor - 1, poor ** 0, need, 0 * poor, poor < 10, poor < 0, poor)
    >>> suppress(grid, figure)[:, 0].tolist()
    [False, True, True, False]
    """
    return _Rounds(grid, figure).all_covered()


class _Rounds:
    """Rounds of cells by which counts could be others."""

    def __init__(self, grid, figure):
        self.grid, self.figure = grid, figure
        self.hidden = figure.hidden.copy()
        self.room = {1: figure.up, -1: figure.down.copy()}
        self.closed: set[tuple[int, int]] = set()
        # By how much a cell has moved already, on behalf of the one that is looked at: {(way, place, group): n}.
        self.spent: dict[tuple[int, int, int], int] = {}

    def all_covered(self):
        grid, needs = self.grid, {1: self.figure.need_up, -1: self.figure.need_down}
        places = np.flatnonzero((needs[1] + needs[-1]).any(axis=1))
        places = places[np.argsort(grid.depth[places], kind="stable")]
        for above in dict.fromkeys(grid.parent[places].tolist()):
            rows = grid.children[above]
            for sign, need in needs.items():
                uncovered = need[rows] > (self._reach(rows, sign) if above >= 0 else 0)
                at, groups = np.nonzero(uncovered)
                # What lacks most comes first: what it hides serves others.
                for i in np.argsort(-need[rows[at], groups], kind="stable"):
                    self._cover(int(rows[at[i]]), int(groups[i]), sign, int(need[rows[at[i]], groups[i]]))
        return self.hidden

    def _ways(self, group, sign):
        """Return which way each group of a place goes when one goes ``sign``: against it, but all households with it."""
        last = self.grid.groups - 1
        ways = np.full(last + 1, sign if group == last else -sign)
        ways[[group, last]] = sign
        return ways

    def _reach(self, rows, sign):
        """Return by how much places side by side could be others through one round of cells that are hidden already."""
        last, hidden = self.grid.groups - 1, self.hidden[rows]
        if not self.grid.leaf[rows].all() or self.figure.lost or self.figure.gained:
            return np.zeros(hidden.shape, int)
        room = {way: np.where(hidden, room[rows], 0) for way, room in self.room.items()}
        if not last:
            return np.minimum(room[sign], room[-sign].sum(axis=0) - room[-sign])
        reach = np.zeros(hidden.shape, int)
        for group in range(last + 1):
            ways = self._ways(group, sign) > 0
            forth, back = np.where(ways, room[1], room[-1]), np.where(ways, room[-1], room[1])
            forth[:, group] = back[:, group] = 0
            round_ = np.minimum(forth[:, None, :], back[None, :, :]).max(axis=2)
            np.fill_diagonal(round_, 0)
            through = np.minimum(round_, room[-sign][None, :, group]).max(axis=1)
            reach[:, group] = np.minimum(room[sign][:, group], through)
        return reach

    def _cover(self, place, group, sign, need):
        """Hide what lets a cell go up (sign 1) or down (-1) by what it needs."""
        target = _Target(place, group, sign, self._ways(group, sign))
        self.spent.clear()
        below = place
        for above in [*self.grid.path(place)[1:], -1]:
            while need:
                step = self._go_round(target, need, above, below)
                need -= step
                if not step and not (above == self.grid.parent[place] and self._close(target)):
                    break
            below = above
        if need:
            # There is no way to tell a part of it.
            top = self.grid.path(place)[-1]
            self.hidden[top : self.grid.end[top]] |= self.figure.count[top : self.grid.end[top]] > 0

    def _go_round(self, target, need, above, below):
        """Hide the cheapest round through places within one (-1: beyond all), and return by how much it serves; or 0."""
        place, group, sign, ways = target
        own = self.grid.within(place)
        mine = self._left(np.full(self.grid.groups, sign), own)[:, group]
        mine = np.where(self.figure.loose[own, group], need, mine)
        if mine.max() <= 0:
            return 0
        c = int(np.argmax(2 * np.minimum(mine, need) + self.hidden[own, group]))
        most, c = min(int(mine[c]), need), int(own[c])
        columns = np.arange(self.grid.groups)
        slack = np.where(self.figure.loose[[c]], need, self._usable(ways, np.array([c])))
        if self.grid.groups > 1:
            slack[:, group] = 0
        own_path = self._path(c, above)
        cost = self._price(own_path).sum(axis=0)[None]
        partners = np.array([-1])
        if above >= 0:
            partners = np.setdiff1d(self.grid.within(above), self.grid.within(below), assume_unique=True)
            if not len(partners):
                return 0
            theirs = self._usable(-ways, partners)
            slack = np.minimum(np.minimum(slack, theirs), theirs[:, [group]])
            slack = np.minimum(slack, self._alike(c, partners, group, sign))
            cost = cost + self._price_up_to(partners, above, group)
        slack = np.minimum(slack, most)
        step = int(slack.max(initial=0))
        if step <= 0:
            return 0
        k, h = np.unravel_index(np.argmin(np.where(slack == step, cost, np.inf)), cost.shape)
        both = sorted({group, int(columns[h])})
        self._move(own_path, c, both, ways, step)
        if above >= 0:
            self._move(self._path(int(partners[k]), above), int(partners[k]), both, -ways, step)
        return step

    def _move(self, path, leaf, both, ways, step):
        self.hidden[np.ix_(path, both)] = True
        for group in both:
            key = int(ways[group]), leaf, group
            self.spent[key] = self.spent.get(key, 0) + step

    def _left(self, ways, rows):
        """Return by how much the cells of places can go their ways still."""
        left = np.where(ways > 0, self.room[1][rows], self.room[-1][rows])
        for (way, row, group), n in self.spent.items():
            if ways[group] == way and len(at := np.flatnonzero(rows == row)):
                left[at[0], group] -= n
        return left

    def _usable(self, ways, rows):
        """Return what is left of cells that are hidden, or may be: zeros that are shown stay so."""
        return np.where(self.hidden[rows] | (self.figure.count[rows] > 0), self._left(ways, rows), 0)

    def _path(self, leaf, above):
        path = self.grid.path(leaf)
        return path[: path.index(above)] if above >= 0 else path

    def _price(self, rows):
        return np.where(self.hidden[rows], 0, self.figure.price[rows])

    def _price_up_to(self, partners, above, group):
        """Return what it costs to hide places, and all between them and one above, in each group beside one."""
        cost, at = self._price(partners), self.grid.parent[partners]
        while (at != above).any():
            cost = cost + np.where((at != above)[:, None], self._price(at), 0)
            at = np.where(at != above, self.grid.parent[at], above)
        return cost + np.where(np.arange(self.grid.groups) == group, 0, cost[:, [group]])

    def _alike(self, c, partners, group, sign):
        """Return how many households of one kind could go each way round: what is told of kinds must not change either."""
        last = self.grid.groups - 1
        most = np.full((len(partners), last + 1), _ANY)
        lost, gained = (self.figure.lost, self.figure.gained)[::sign]
        if group != last:
            for kinds in lost:
                pairs = (np.minimum(kind[c], kind[partners][:, [group]]) for kind in kinds)
                most = np.minimum(most, np.maximum(*pairs))
            for kinds in gained:
                pairs = (np.minimum(kind[c, group], kind[partners]) for kind in kinds)
                most = np.minimum(most, np.maximum(*pairs))
            # All households go with their group: they are the same.
            most[:, last] = _ANY
        return most

    def _close(self, target):
        """Hide the zeros of a group in places side by side, so that what is hidden there may be 0; whether that is new."""
        place, group, sign, _ = target
        above = self.grid.parent[place]
        if sign < 0 or group == self.grid.groups - 1 or above < 0 or (above, group) in self.closed:
            return False
        rows = self.grid.children[above]
        rows = rows[self.grid.leaf[rows]]
        self.closed.add((above, group))
        self.room[-1][rows, group] += self.figure.known[rows, group]
        self.hidden[rows, group] = True
        return True
