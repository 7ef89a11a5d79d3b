"""Rounds of hidden cells, through which households could have changed places without any sum that is told showing it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from povertystats.disclosure.grid import Figure, Grid

_ANY = 10**9


class _Target(NamedTuple):
    """A cell, the way (1 or -1) in which it must be able to go, and the way that each other group of its place would go."""

    place: int
    group: int
    sign: int
    ways: np.ndarray


class Rounds:
    """Rounds of cells by which counts could be others."""

    def __init__(self, grid: Grid, figure: Figure) -> None:
        self.grid, self.figure = grid, figure
        self.hidden = figure.hidden.copy()
        self.room = {1: figure.up, -1: figure.down.copy()}
        self.price = figure.price.astype(float)
        if grid.groups > 1:
            self.price[:, -1] = np.inf
        self.closed: set[tuple[int, int]] = set()
        # By how much a cell has moved already, on behalf of the one that is looked at: {(way, place, group): n}.
        self.spent: dict[tuple[int, int, int], int] = {}

    def all_covered(self) -> np.ndarray:
        """Return which cells are hidden when every need is met."""
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
        if not self.grid.leaf[rows].all() or self.figure.lost:
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
        one = [group] if group < self.grid.groups - 1 else []
        for groups in (one, range(self.grid.groups - 1)):
            need = self._go_up(target, need, groups)
            if not need or not self.figure.must:
                return
        # There is no way to tell a part of it.
        top = self.grid.path(place)[-1]
        rows, of_groups = slice(top, self.grid.end[top]), slice(0, max(self.grid.groups - 1, 1))
        self.hidden[rows, of_groups] |= self.figure.count[rows, of_groups] > 0

    def _go_up(self, target, need, groups):
        """Look for rounds, further and further from a cell; return what is still needed."""
        below = target.place
        near = int(self.grid.parent[below]) if self.grid.leaf[below] else below
        for above in [*self.grid.path(below)[1:], -1]:
            first = below == target.place
            while need:
                step = self._go_round(target, need, above, below)
                step = step or self._go_by_a_third(target, need, above)
                need -= step
                if not step and not (first and self._close(near, groups)):
                    break
            below = above
        return need

    def _go_round(self, target, need, above, below):
        """Hide cheap rounds through places within one (-1: beyond all), and return by how much they serve; or 0."""
        place, group, sign, _ = target
        own = self.grid.within(place)
        mine = self._left(np.full(self.grid.groups, sign), own)[:, group]
        mine = np.minimum(np.where(self.figure.loose[own, group], need, mine), need)
        partners = np.array([-1])
        if above >= 0:
            partners = self.grid.within(above)
            partners = partners[(partners < below) | (partners >= self.grid.end[below])]
        # What can go furthest first, of that what is hidden already.
        for i in np.argsort(-2 * mine - self.hidden[own, group], kind="stable"):
            if len(partners) and mine[i] > 0:
                served = self._rounds_of(int(own[i]), partners, target, int(mine[i]), above)
                if served:
                    return served
        return 0

    def _rounds_of(self, c, partners, target, most, above):
        """Hide the cheapest rounds of a place with its partners, and return by how much they serve."""
        _, group, sign, ways = target
        free = self.figure.loose[c] & ((ways > 0) | (self.grid.groups == 1))
        slack = np.where(free, most, self._usable(ways, np.array([c])))
        if self.grid.groups > 1:
            slack[:, group] = 0
        own_path = self._path(c, above)
        cost = self._price(own_path).sum(axis=0)[None]
        cost = cost + np.where(np.arange(len(ways)) == group, 0, cost[:, [group]])
        if above >= 0:
            theirs = self._usable(-ways, partners)
            slack = np.minimum(np.minimum(slack, theirs), theirs[:, [group]])
            slack = np.minimum(slack, self._alike(c, partners, group, sign))
            cost = cost + self._price_up_to(partners, above, group)
        served, used = 0, set[tuple[str, int]]()
        for k, h in self._cheapest(np.minimum(slack, most), cost):
            # Rounds that have a place or a group in common are looked at again when one of them is made.
            if used & {("place", k), ("group", h)}:
                continue
            used |= ({("group", h)} if len(ways) > 1 else set()) | ({("place", k)} if above >= 0 else set())
            step = min(int(slack[k, h]), most - served)
            both = sorted({group, h})
            self._move(own_path, c, both, ways, step)
            if above >= 0:
                partner = int(partners[k])
                self._move(self._path(partner, above), partner, both, -ways, step)
            served += step
            if served == most:
                break
        return served

    def _go_by_a_third(self, target, need, above):
        """Hide a round of three places within one (-1: beyond all), and return by how much it serves; or 0.

        Where all households of two places side by side are hidden, those who change places may be of two groups, if as
        many do in a third.
        """
        c, group, sign, _ = target
        last, beside = self.grid.groups - 1, int(self.grid.parent[c])
        if not last or beside < 0 or not self.grid.leaf[c] or not self.hidden[c, last]:
            return 0
        forward, backward = np.full(last + 1, sign), np.full(last + 1, -sign)
        own = np.where(self.figure.loose[c], need, self._usable(forward, np.array([c]))[0])
        rows = self.grid.children[beside]
        rows = rows[self.grid.leaf[rows] & self.hidden[rows, last] & (rows != c)]
        theirs = self._usable(backward, rows)
        thirds = np.array([-1])
        if above >= 0:
            thirds = self.grid.within(above)
            thirds = thirds[thirds != c]
            forth, back = (self._usable(ways, thirds)[:, :last] for ways in (forward, backward))
        path = self._path(beside, above) if beside != above else []
        over = self._price(path).sum(axis=0)[:last] if path else np.zeros(last)
        best: tuple = (np.inf, 0)
        for g in [group] if group < last else range(last):
            for at, partner in enumerate(rows):
                # (third place, group of the partner)
                step = np.minimum(theirs[[at], :last], min(need, own[g], own[last], theirs[at, last]))
                cost = over[None, :] + over[g] + self._price(rows[[at]])[:, :last]
                if above >= 0:
                    step = np.minimum(step, np.minimum(back[:, [g]], forth))
                    step = np.where((thirds == partner)[:, None], 0, step)
                    cost = cost + self._price_up_to(thirds, above, g)[:, :last]
                step[:, g] = 0
                worth = np.where(step > 0, (cost + 1e-6) / np.maximum(step, 1), np.inf)
                third, h = divmod(int(np.argmin(worth)), last)
                if worth[third, h] < best[0]:
                    best = worth[third, h], int(step[third, h]), g, int(partner), h, int(thirds[third])
        if not best[1]:
            return 0
        _, step, g, partner, h, third = best
        self._move([c], c, [g, last], forward, step)
        self._move([partner], partner, [h, last], backward, step)
        self.hidden[np.ix_(path, [g, h])] = True
        if above >= 0:
            path = self._path(third, above)
            self._move(path, third, [g], backward, step)
            self._move(path, third, [h], forward, step)
        return step

    def _cheapest(self, slack, cost):
        """Return the rounds that serve anything as (partner, group): the cheapest for what they serve first, at most a dozen."""
        worth = np.where(slack > 0, (cost + 1e-6) / np.maximum(slack, 1), np.inf).ravel()
        first = np.argpartition(worth, 12)[:12] if len(worth) > 12 else np.arange(len(worth))
        first = first[np.argsort(worth[first], kind="stable")]
        rounds = [divmod(int(i), slack.shape[1]) for i in first if np.isfinite(worth[i])]
        # Only those that cost about as little as the first.
        return [r for r, i in zip(rounds, first, strict=False) if worth[i] <= 2 * worth[first[0]] + 1e-3]

    def _move(self, path, leaf, both, ways, step):
        self.hidden[np.ix_(path, both)] = True
        for group in both:
            key = int(ways[group]), leaf, group
            self.spent[key] = self.spent.get(key, 0) + step

    def _left(self, ways, rows):
        """Return by how much the cells of places can go their ways still."""
        left = np.where(ways > 0, self.room[1][rows], self.room[-1][rows])
        if not self.spent:
            return left
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
        return np.where(self.hidden[rows], 0, self.price[rows])

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
        if group != last and sign > 0:
            for kinds in self.figure.lost:
                pairs = (np.minimum(kind[c], kind[partners][:, [group]]) for kind in kinds)
                most = np.minimum(most, np.maximum(*pairs))
            # All households go with their group: they are the same.
            most[:, last] = _ANY
        return most

    def _close(self, above, groups):
        """Hide the zeros of groups in places side by side as well, so that what is hidden there may be 0; whether that is new."""
        new = [group for group in groups if (above, group) not in self.closed]
        if above < 0 or not new:
            return False
        rows = self.grid.children[above]
        cells = np.ix_(rows[self.grid.leaf[rows]], new)
        self.closed |= {(above, group) for group in new}
        self.room[-1][cells] += self.figure.known[cells]
        self.hidden[cells] = True
        return True
