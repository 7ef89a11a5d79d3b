"""The cells of a table: places from the top down, and groups of households within each; a count in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

# The level of the row for all places of the highest level together.
COUNTRY = "country"
# Counts (n, m) of two kinds of households of which any is one.
Kinds: TypeAlias = tuple[np.ndarray, np.ndarray]


class Grid:
    """Places (n,) so that what lies in one follows it at once, by groups (m,), of which the last is all households.

    ``parent`` (n,): the place above, -1 where there is none; ``groups``: how many groups there are, all households
    among them: 1 where none are told apart. ``end`` (n,): the first place after those within one; ``leaf`` (n,): whether
    nothing lies within it.

    >>> grid = Grid(np.array([-1, 0, 1, 1, 0]), 3)
    >>> grid.end.tolist(), grid.leaf.tolist(), grid.path(3), grid.depth.tolist()
    ([5, 4, 3, 4, 5], [False, False, True, True, True], [3, 1, 0], [0, 1, 2, 2, 1])
    """

    def __init__(self, parent: np.ndarray, groups: int) -> None:
        self.parent, self.groups = parent, groups
        places = np.arange(len(parent))
        self.depth, above = np.zeros(len(parent), int), parent
        while (above >= 0).any():
            self.depth += above >= 0
            above = np.where(above >= 0, parent[above], -1)
        self.end = places + 1
        for rows in self._from_below():
            np.maximum.at(self.end, parent[rows], self.end[rows])
        self.leaf = self.end == places + 1

    def _from_below(self):
        """Yield the places that have one above them, the lowest first."""
        for depth in range(self.depth.max(initial=0), 0, -1):
            yield np.flatnonzero(self.depth == depth)

    @cached_property
    def children(self) -> dict[int, np.ndarray]:
        """The places right below each place; below -1 those at the top."""
        order = np.argsort(self.parent, kind="stable")
        above, start = np.unique(self.parent[order], return_index=True)
        return dict(zip(above.tolist(), np.split(order, start[1:]), strict=True))

    @cached_property
    def of_all(self) -> Grid:
        """The same places, of which no groups are told apart."""
        return Grid(self.parent, 1)

    @cached_property
    def leaves(self) -> np.ndarray:
        """The places in which nothing lies."""
        return np.flatnonzero(self.leaf)

    def within(self, place: int) -> np.ndarray:
        """Return the lowest places within a place; itself where it is one."""
        first, last = np.searchsorted(self.leaves, [place, self.end[place]])
        return self.leaves[first:last]

    def path(self, place: int) -> list[int]:
        """Return a place and all above it."""
        path = [place]
        while self.parent[path[-1]] >= 0:
            path.append(int(self.parent[path[-1]]))
        return path

    def regions(self, before: np.ndarray) -> list[np.ndarray]:
        """Return a label of the region in which each lowest place lies, near first: places within one above, and ever further ones.

        ``before`` (n,): each place a year ago where that is of the same region, or -1.
        """
        year, n, at, found = np.flatnonzero(before >= 0), len(before), self.leaves, []
        links = csr_array((np.ones(len(year)), (year, before[year])), shape=(n, n))
        same = connected_components(links, directed=False)[1]
        for _ in range(max(self.depth.max(), 1)):
            at = np.where(self.parent[at] >= 0, self.parent[at], at)
            found.append(same[at])
        return found

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Return what values (n, m) of the lowest places add up to in every place."""
        sums = np.where(self.leaf[:, None], values, 0)
        for rows in self._from_below():
            np.add.at(sums, self.parent[rows], sums[rows])
        return sums

    def lowered(self, known: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Return what is known (n, m) of the lowest places, one where nothing but what lies above tells it.

        ``known``: 1 where a hidden count is known to be no 0; where that is known of a place but of none within, it is kept
        for the largest of ``count`` there.
        """
        known = known.copy()
        for place, group in np.argwhere((known > 0) & ~self.leaf[:, None] & (self.summed(known) == 0)):
            within = self.within(place)
            if not known[within, group].any():
                known[within[np.argmax(count[within, group])], group] = 1
        return known


@dataclass(frozen=True, eq=False)
class Figure:
    """A count in every cell of a grid, by how much another one could stand there, and by how much it must be able to.

    All (n, m). ``count``; ``up`` and ``down``: by how much it could be higher, or lower, for all that is told of its own
    cell; ``known``: what of ``down`` is lost since zeros are shown, so that a hidden count is no 0; ``need_up`` and
    ``need_down``: by how much a reader must have to take it to be higher, or lower, before anybody is safe (0: there is
    nobody to protect); ``hidden``: what is hidden already; ``loose``: cells whose own whole is hidden, so that they are
    bound by nothing; ``price``: of hiding a cell. ``lost``: kinds of those
    that are counted: when some change places, as many of a kind must come as go. ``must``: whether all is hidden where a need cannot be met.
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
    must: bool = True

    def of_all(self) -> Figure:
        """Return what there is of all households, whatever their group."""
        cells = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("lost", "must")}
        return Figure(**{name: values[:, [-1]] for name, values in cells.items()}, must=self.must)


def parents(places: pd.DataFrame, levels: Sequence[str]) -> np.ndarray:
    """Return of each row the one of the place above in its year, -1 where there is none.

    ``places``: columns year and ``levels`` from the top down, "" below a place's own.

    >>> places = pd.DataFrame({"year": 2019, "district": list("DDE"), "commune": ["", "x", ""]})
    >>> parents(places, ["district", "commune"]).tolist()
    [-1, 0, -1]
    """
    above, depth = places.copy(), (places[[*levels]] != "").sum(axis=1).to_numpy()
    for d, level in enumerate(levels, start=1):
        above.loc[depth == d, level] = ""
    row = pd.MultiIndex.from_frame(places).get_indexer(pd.MultiIndex.from_frame(above))
    return np.where(depth > 0, row, -1)


def place_in(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return where places stand among some of them, in order, -1 where they do not.

    >>> place_in(np.array([2, 5, 6]), np.array([5, -1, 3, 6])).tolist()
    [1, -1, -1, 2]
    """
    at = np.minimum(np.searchsorted(rows, places), len(rows) - 1)
    return np.where(rows[at] == places, at, -1)


def all_or_none(table: pd.DataFrame, levels: Sequence[str], safe: np.ndarray) -> np.ndarray:
    """Return in which rows counts are told: where they are safe in all places within one that tells its own.

    ``table``: a row a place, "" in the levels below it, level and year; a level of another name is that of groups, which tell
    where all of a year are safe, and all places of it tell.

    >>> rows = pd.DataFrame({"level": ["d", "d", "c", "c", "c"], "d": list("DEDDE"), "c": ["", "", *"ABF"], "year": 2019})
    >>> all_or_none(rows, ["d", "c"], np.array([True, True, True, False, True])).tolist()
    [True, True, False, False, True]
    """
    told: dict[tuple, bool] = {}
    result = np.zeros(len(table), bool)
    names, years = table[[*levels]].to_numpy(object), table["year"].to_numpy()
    depth = (names != "").sum(axis=1)
    grouped = ~table["level"].isin([COUNTRY, *levels]).to_numpy()
    for d in range(len(levels) + 1):
        families: dict[tuple, list[int]] = {}
        for i in np.flatnonzero((depth == d) & ~grouped).tolist():
            families.setdefault((years[i], *names[i][: max(d - 1, 0)], d), []).append(i)
        for key, rows in families.items():
            above = told.get(key[:-1], True) if d else True
            result[rows] = above and safe[rows].all()
            told |= {(years[i], *names[i][:d]): bool(result[i]) for i in rows}
    for year in np.unique(years[grouped]):
        rows = grouped & (years == year)
        result[rows] = safe[rows].all() and result[~grouped & (years == year)].all()
    return result
