"""Counts of households by place, group and year at every level, and what of them is told: one set of tables, protected as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from povertystats.disclosure import suppression
from povertystats.disclosure.grid import COUNTRY, Grid, parents, place_in
from povertystats.disclosure.splits import Rest, Split, kinds, related
from povertystats.disclosure.witness import MOST, Witness


class Cube:
    """Every count that may be published of a register, in every place, group and year.

    ``counts``: one row a lowest place, group and year, with ``levels`` (from the top down), ``group`` (None: no groups),
    "year" and columns of counts. Above several places of the highest level stands a row for all of them. What is hidden does not
    depend on what is asked for: whoever puts several answers together reads no more than the whole.

    >>> rows = pd.DataFrame({"district": "D", "commune": ["C", "E"], "year": 2019, "households": [60, 40], "poor": [23, 3]})
    >>> cube = Cube(rows, ["district", "commune"])
    >>> cube.hide([Split("households"), Split("poor", "households")], 10)
    >>> cube.table("commune", ["households", "poor"])[["district", "commune", "households", "poor"]].values.tolist()
    [['D', '', 100, 26], ['D', 'C', 60, <NA>], ['D', 'E', 40, <NA>]]
    """

    def __init__(self, counts: pd.DataFrame, levels: Sequence[str], group: str | None = None) -> None:
        self.levels, self.group = [*levels], group
        names = pd.Index([]) if group is None else pd.Index(counts[group].unique()).sort_values()
        self.groups = [*names, ""]
        self.places = self._all_places(counts)
        self.grid = Grid(parents(self.places, self.levels), len(self.groups))
        self._keys = pd.MultiIndex.from_frame(self.places)
        self.keys = ["year", *self.levels, *([] if group is None else [group])]
        self.values: dict[str, np.ndarray] = {}
        self.hidden: dict[str, np.ndarray] = {}
        # What of the counts is a part of what, and what else follows from them.
        self.splits: list[Split] = []
        self.moves: list[str] = []
        self.rests: list[Rest] = []
        self.together: list[tuple[str, ...]] = []
        self.earlier: Mapping[int, int] = {}
        self.add(counts)

    def _all_places(self, counts):
        """Return every place and year, each before what lies in it."""
        lowest = counts[["year", *self.levels]].drop_duplicates()
        several = lowest[self.levels[0]].nunique() > 1
        depths = range(0 if several else 1, len(self.levels) + 1)
        rows = [lowest.assign(**dict.fromkeys(self.levels[d:], "")) for d in depths]
        found = pd.concat(rows).drop_duplicates()
        return found.sort_values(["year", *self.levels], ignore_index=True)

    def add(self, counts: pd.DataFrame) -> None:
        """Take in further counts of the same places, groups and years; what has no row counts nothing."""
        place = self._keys.get_indexer(pd.MultiIndex.from_frame(counts[["year", *self.levels]]))
        group = pd.Index(self.groups).get_indexer(counts[self.group]) if self.group else np.zeros_like(place)
        for column in counts.columns.difference([*self.levels, self.group or "", "year"], sort=False):
            cells = np.zeros((len(self.places), len(self.groups)), np.int64)
            np.add.at(cells, (place, group), counts[column].to_numpy(np.int64))
            if self.group:
                cells[:, -1] = cells.sum(axis=1)
            self.values[column] = self.grid.summed(cells)

    def hide(
        self, splits: Iterable[Split], minimum: int, rides: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Hide what tells of fewer than a minimum, or lets it be worked out, split by split: a whole before its parts.

        ``rides`` {sum over households: the count of these}: told where that is.
        """
        if not (splits := [*splits]):
            return
        for split in splits:
            if split.rest and split.rest not in self.values:
                self.values[split.rest] = self.values[split.of] - self.values[split.part]
        for split in splits:
            columns = slice(None) if split.grouped else slice(-1, None)
            hidden = self.by_group(self._hidden(split, [*self.splits, *splits], minimum, columns))
            self.hidden |= dict.fromkeys(split.names, hidden)
            self._ride(rides, split.names)
        self.splits += splits
        self._mend([*(split.part for split in splits), *self.moves], minimum)
        self._ride(rides, rides.values())

    def of_all(self) -> Cube:
        """Return the same counts of all households, with what is hidden of them: no groups are told apart."""
        cube = copy(self)
        cube.group, cube.groups, cube.grid = None, [""], self.grid.of_all
        cube.values, cube.hidden = (
            {c: of[:, -1:] for c, of in all_.items()} for all_ in (self.values, self.hidden)
        )
        cube.splits, cube.moves, cube.rests, cube.together = (
            [*of] for of in (self.splits, self.moves, self.rests, self.together)
        )
        return cube

    def _ride(self, rides, counts):
        for name, of in rides.items():
            if of in counts:
                self.hidden[name] = self.hidden[of] | self.hidden.get(name, False)

    def _mend(self, names, minimum):
        """Hide more of some counts until no small number can be told from all that is told so far (``witness``)."""
        counted, rests = related(self.splits, self.rests)
        wholes = counted | dict.fromkeys(self.moves)
        every = np.arange(len(self.places))
        witness = self._witness(wholes, rests, every, self.grid.of_all, minimum)
        self._take(witness.mended(names, minimum), every)
        self.mend_groups(names, minimum)

    def mend_groups(self, names: Collection[str], minimum: int) -> None:
        """Hide more of some counts of groups until no small number can be told from all that is told of a province."""
        counted, rests = related(self.splits, self.rests)
        wholes = counted | dict.fromkeys(self.moves)
        for rows in self._blocks() if self.group else ():
            grid = Grid(place_in(rows, self.grid.parent[rows]), len(self.groups))
            if len(grid.leaves) * len(wholes) * len(self.groups) <= MOST:
                witness = self._witness(wholes, rests, rows, grid, minimum)
                self._take(witness.mended(names, minimum), rows)
            elif self.moves:
                # One year alone tells no growth, and hides all changes by group.
                year = self.places["year"].to_numpy()[rows]
                before = np.repeat((year < year.max())[:, None], len(self.groups), axis=1)
                before[:, -1] = False
                self._take(dict.fromkeys(names, before), rows)

    def _blocks(self):
        """Yield the places of each highest one, in all years that changes link: no sum over several of these is told by group."""
        for _, rows in self.places.groupby(
            [self.levels[0], *([] if self.moves else ["year"])]
        ).indices.items():
            if self.places[self.levels[0]].iloc[rows[0]]:
                yield rows

    def _witness(self, wholes, rests, rows, grid, minimum):
        """Return a look at some of the places, of the groups that a grid has."""
        columns = slice(-grid.groups, None)
        values, hidden = ({c: of[c][rows, columns] for c in wholes} for of in (self.values, self.hidden))
        shown = {
            part: (self.values[of][rows, columns] > minimum) & ~self.hidden[of][rows, columns]
            if of
            else values[part] >= 0
            for part, of in wholes.items()
            if of is not None
        }
        rests = [replace(rest, at=rest.at if rest.at is None else rest.at[rows]) for rest in rests]
        before = place_in(rows, self.before(np.arange(len(self.places)), self.earlier, -1)[rows])
        root, total = self.splits[0].part, {name: of[grid.leaf, -1].sum() for name, of in values.items()}
        common = [s.part for s in self.splits if s.of == root and 2 * total[s.part] > total[root]]
        together = kinds(self.splits, self.moves, common)
        return Witness(grid, values, hidden, rests, shown, before, together)

    def _take(self, hidden, rows):
        """Take over what is hidden in some places, and what is hidden beside it."""
        for name, more in hidden.items():
            self.hidden[name] = self.hidden[name].copy()
            self.hidden[name][rows, -more.shape[1] :] |= more
        gone: np.ndarray
        for told in self.together:
            gone = np.any([self.hidden[name] for name in told], axis=0)
            self.hidden |= dict.fromkeys(told, gone)
        # A part, with the rest, is hidden where its wholes are.
        for split in self.splits:
            gone = np.any([self.hidden[name] for name in split.wholes], axis=0)
            self.hidden |= dict.fromkeys(split.names, gone)

    def _hidden(self, split, splits, minimum, columns):
        """Return where a part is hidden, in some columns of groups."""
        grid = self.grid if split.grouped else self.grid.of_all
        count = self.values[split.part][:, columns]
        if not split.of:
            # Those by one split serve all: households of the more frequent kind change places.
            inner = [self.values[one.part] for one in splits if one.of == split.part][:1]
            return suppression.total(grid, count, minimum, [(part, count - part) for part in inner])
        of, above = self.values[split.of][:, columns], self.hidden[split.of][:, columns]
        if split.of_places and ((count == 0) | (count == of))[grid.leaf].all():
            # Everybody knows which places have it: with those that are told it would tell those that are not.
            return above | (grid.summed(above.astype(int)) > 0)
        if split.also:
            also = self.values[split.also][:, columns]
            whole = next(one.of for one in splits if one.part == split.of)
            neither = self.values[whole][:, columns] - of - also + count
            above = above | self.hidden[split.also][:, columns]
            return suppression.shared(grid, count, (of, also), above, minimum, neither=neither)
        return suppression.part(grid, count, of, above, minimum, all_tells=split.all_tells)

    def shared_of_all(
        self, count: np.ndarray, wholes: tuple[np.ndarray, np.ndarray], hidden: np.ndarray, minimum: int
    ) -> np.ndarray:
        """Return where a part of two wholes, not told by group, is hidden (``suppression.shared``)."""
        count, hidden, one, other = (of[:, [-1]] for of in (count, hidden, *wholes))
        return self.by_group(suppression.shared(self.grid.of_all, count, (one, other), hidden, minimum))

    def by_group(self, hidden: np.ndarray) -> np.ndarray:
        """Return what is hidden in every group: all of those that are not told."""
        untold = len(self.groups) - hidden.shape[1]
        return np.pad(hidden, ((0, 0), (untold, 0)), constant_values=True)

    def before(self, values: np.ndarray, earlier: Mapping[int, int], missing: int | bool = 0) -> np.ndarray:
        """Return values (n, …) of each place in the year before; ``missing`` where the place was not there."""
        year = self.places["year"].map(earlier).fillna(0).astype("int64")
        at = self._keys.get_indexer(pd.MultiIndex.from_frame(self.places.assign(year=year)))
        return np.where((at >= 0).reshape(-1, *[1] * (values.ndim - 1)), values[at], missing)

    def counts(self, by: str, columns: Sequence[str], *, group: bool = False) -> pd.DataFrame:
        """Return the counts as they are down to a level of places, with each of these by group if that is asked for."""
        return self._rows(by, group, {name: self.values[name] for name in columns})

    def table(self, by: str, columns: Sequence[str], *, group: bool = False) -> pd.DataFrame:
        """Return what is told of them: a hidden count is missing."""
        table, gone = self.counts(by, columns, group=group), self._gone(by, columns, group)
        told = {c: pd.arrays.IntegerArray(table[c].to_numpy(), gone[c].to_numpy()) for c in columns}
        return table.assign(**told)

    def secrets(self, by: str, columns: Sequence[str], minimum: int, *, group: bool = False) -> pd.DataFrame:
        """Return what is hidden of them: keys, column, reason ("small", or "secondary": hidden beside what is)."""
        table, gone = self.counts(by, columns, group=group), self._gone(by, columns, group)
        keys = [*self.levels[: self.levels.index(by) + 1], *([self.group] if group else []), "year"]
        found = []
        for name in columns:
            counts = table.loc[gone[name], [*keys, name]]
            small = counts.pop(name).between(1, minimum - 1)
            found.append(counts.assign(column=name, reason=small.map({True: "small", False: "secondary"})))
        return pd.concat(found, ignore_index=True)

    def _gone(self, by, columns, group):
        none = np.zeros((len(self.places), len(self.groups)), bool)
        return self._rows(by, group, {name: self.hidden.get(name, none) for name in columns})

    def _rows(self, by, group, values):
        """Return a row a place, the levels below it "", and a row a group of the lowest places."""
        depth = (self.places[self.levels] != "").sum(axis=1).to_numpy()
        lowest = self.levels.index(by) + 1
        at = np.flatnonzero(depth <= lowest)
        cells = [(at, np.full(len(at), len(self.groups) - 1), np.array([COUNTRY, *self.levels])[depth[at]])]
        if group:
            at = np.flatnonzero(depth == lowest)
            # Groups that have households, or of which it is hidden that they have none.
            first = next(iter(self.values))
            there = (self.values[first] > 0) | self.hidden.get(first, False)
            place, of = np.nonzero(there[at, :-1])
            cells.append((at[place], of, np.full(len(of), self.group)))
        frames = []
        for place, of, level in cells:
            frame = self.places.iloc[place].reset_index(drop=True).assign(level=level)
            if group:
                frame[self.group] = np.array(self.groups, object)[of]
            frames.append(frame.assign(**{name: value[place, of] for name, value in values.items()}))
        keys = [*self.levels, *([self.group] if group else []), "year"]
        return pd.concat(frames, ignore_index=True).sort_values(keys, ignore_index=True)
