"""Counts of households by place, group and year at every level, and what of them is told: one set of tables, protected as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from povertystats.disclosure import suppression
from povertystats.disclosure.grid import COUNTRY, Grid, parents
from povertystats.disclosure.splits import Split
from povertystats.disclosure.witness import MOST, Rest, Witness


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
            hidden = self._by_group(self._hidden(split, [*self.splits, *splits], minimum, columns))
            self.hidden |= dict.fromkeys(split.names, hidden)
            self._ride(rides, split.names)
        self.splits += splits
        self._mend([*(split.part for split in splits), *self.moves], minimum)
        self._ride(rides, rides.values())

    def _ride(self, rides, counts):
        for name, of in rides.items():
            if of in counts:
                self.hidden[name] = self.hidden[of] | self.hidden.get(name, False)

    def _mend(self, names, minimum):
        """Hide more of some counts until no small number can be told from all that is told so far (``witness``)."""
        wholes, rests = self._related()
        counted, before = [*wholes, *self.moves], self.before(np.arange(len(self.places)), self.earlier, -1)
        for grid in [self.grid.of_all, *([self.grid] if self.group else [])]:
            if grid.groups > 1 and len(grid.leaves) * grid.groups * len(counted) > MOST:
                continue
            columns = slice(-grid.groups, None)
            values, hidden = ({c: of[c][:, columns] for c in counted} for of in (self.values, self.hidden))
            shown = {
                part: values[part] >= 0
                if not of
                else ((self.values[of] > minimum) & ~self.hidden[of])[:, columns]
                for part, of in wholes.items()
            }
            witness = Witness(grid, values, hidden, rests, shown, before, self._kinds(wholes))
            for name, more in witness.mended(names, minimum).items():
                untold = len(self.groups) - grid.groups
                self.hidden[name] = self.hidden[name] | np.pad(more, ((0, 0), (untold, 0)))
            for told in self.together:
                gone: np.ndarray = np.any([self.hidden[name] for name in told], axis=0)
                self.hidden |= dict.fromkeys(told, gone)
            # A part, with the rest, is hidden where its wholes are.
            for split in self.splits:
                of = [self.hidden[name] for name in (split.part, split.of, split.also) if name]
                gone = np.any(of, axis=0)
                self.hidden |= dict.fromkeys(split.names, gone)

    def _related(self):
        """Return the counts that follow from no others {count: of which it is a part}, and what follows from them."""
        made: dict[str, Mapping[str, int]] = {}

        def terms(of):
            total: dict[str, int] = {}
            for name, weight in of.items():
                for one, times in made.get(name, {name: 1}).items():
                    total[one] = total.get(one, 0) + weight * times
            return {name: weight for name, weight in total.items() if weight}

        wholes, rests = {}, []
        for split in self.splits:
            wholes[split.part] = split.of
            if split.of:
                rests.append(Rest(terms({split.of: 1, split.part: -1}), tells=split.part * split.all_tells))
                made |= {split.rest: rests[-1].now} if split.rest else {}
            if split.also:
                rests.append(Rest(terms({split.also: 1, split.part: -1})))
                neither = {wholes[split.of]: 1, split.of: -1, split.also: -1, split.part: 1}
                rests.append(Rest(terms(neither)))
        return wholes, [
            *rests,
            *(replace(rest, now=terms(rest.now), then=terms(rest.then)) for rest in self.rests),
        ]

    def _kinds(self, wholes):
        """Return which counts go up together when there is one household more of a kind."""
        root = next(iter(wholes))
        found = []
        for name, of in wholes.items():
            kind = {name: 1}
            while of:
                kind[of if of in wholes else root] = 1
                of = wholes.get(of, "")
            also = next((split.also for split in self.splits if split.part == name), "")
            found.append(kind | ({also: 1, root: 1} if also else {}))
        if self.moves:
            escaped, fell, poor, out = self.moves
            found.append({escaped: 1, fell: 1, poor: -1, out: -1})
        return found

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

    def of_all(
        self, count: np.ndarray, wholes: tuple[np.ndarray, np.ndarray], hidden: np.ndarray, minimum: int
    ) -> np.ndarray:
        """Return where a part of two wholes, not told by group, is hidden (``suppression.shared``)."""
        count, hidden, one, other = (of[:, [-1]] for of in (count, hidden, *wholes))
        return self._by_group(suppression.shared(self.grid.of_all, count, (one, other), hidden, minimum))

    def _by_group(self, hidden):
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
