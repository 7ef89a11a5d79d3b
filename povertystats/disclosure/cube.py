"""Counts of households by place, group and year at every level, and what of them is told: one set of tables, protected as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from povertystats.disclosure import figures
from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import Split


class Cube:
    """Every count that may be published of a register, in every place, group and year.

    ``counts``: one row a lowest place, group and year, with ``levels`` (from the top down), ``group`` (None: no groups),
    "year" and columns of counts. Above several places of the highest level stands a row for all of them. What is hidden does not
    depend on what is asked for: whoever puts several answers together reads no more than the whole.

    >>> rows = pd.DataFrame({"district": "D", "commune": ["C", "E"], "year": 2019, "households": [60, 40], "poor": [23, 3]})
    >>> cube = Cube(rows, ["district", "commune"])
    >>> cube.hide([Split("households"), Split("poor", "households")], 10)
    >>> cube.table("commune")[["district", "commune", "households", "poor"]].values.tolist()
    [['D', '', 100, 26], ['D', 'C', 60, <NA>], ['D', 'E', 40, <NA>]]
    """

    def __init__(self, counts: pd.DataFrame, levels: Sequence[str], group: str | None = None) -> None:
        self.levels, self.group = [*levels], group
        names = pd.Index([]) if group is None else pd.Index(counts[group].unique()).sort_values()
        self.groups = [*names, ""]
        self.places = self._all_places(counts)
        keys = pd.MultiIndex.from_frame(self.places)
        above = self.places.copy()
        depth = (above[self.levels] != "").sum(axis=1).to_numpy()
        for d in range(1, len(self.levels) + 1):
            above.loc[depth == d, self.levels[d - 1]] = ""
        parent = keys.get_indexer(pd.MultiIndex.from_frame(above))
        self.grid = Grid(np.where(depth > 0, parent, -1), len(self.groups))
        self._keys = keys
        self.values: dict[str, np.ndarray] = {}
        self.hidden: dict[str, np.ndarray] = {}
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

    def hide(self, splits: Iterable[Split], minimum: int) -> None:
        """Hide what tells of fewer than a minimum, or lets it be worked out, split by split: a whole before its parts."""
        splits = [*splits]
        whole = {split.part: split.of for split in splits}
        for split in splits:
            if split.rest and split.rest not in self.values:
                self.values[split.rest] = self.values[split.of] - self.values[split.part]
        for split in splits:
            count, kinds = self.values[split.part], self._kinds(splits, split.part)
            if not split.of:
                # Those by one split serve all: households of the more frequent kind change places.
                hidden = figures.total(self.grid, count, minimum, kinds[:1])
            elif split.also:
                wholes = self.values[split.of], self.values[split.also]
                neither = self.values[whole[split.of]] - wholes[0] - wholes[1] + count
                above = self.hidden[split.of] | self.hidden[split.also]
                hidden = figures.shared(self.grid, count, wholes, above, minimum, neither=neither)
            else:
                others, above = self._kinds(splits, split.rest), self.hidden[split.of]
                how = {"all_tells": split.all_tells, "kinds": kinds, "other_kinds": others}
                hidden = figures.part(self.grid, count, self.values[split.of], above, minimum, **how)
            self.hidden |= dict.fromkeys(split.names, hidden)

    def _kinds(self, splits, of):
        """Return the two kinds by each split of a column."""
        inner = [self.values[split.part] for split in splits if of and split.of == of and not split.also]
        return [(part, self.values[of] - part) for part in inner]

    def before(self, values: np.ndarray, earlier: Mapping[int, int], missing: int | bool = 0) -> np.ndarray:
        """Return values (n, m) of each place in the year before; ``missing`` where the place was not there."""
        year = self.places["year"].map(earlier).fillna(0).astype("int64")
        at = self._keys.get_indexer(pd.MultiIndex.from_frame(self.places.assign(year=year)))
        return np.where((at >= 0)[:, None], values[at], missing)

    def table(self, by: str, group: bool = False, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return what is told down to a level of places, with each of these by group if that is asked for."""
        return self._rows(by, group, columns, lambda name: np.ma.getdata(self.values[name]), masked=True)

    def secrets(self, by: str, group: bool, columns: Sequence[str], minimum: int) -> pd.DataFrame:
        """Return what is hidden of that, and whether it is small or hidden beside what is."""
        table = self._rows(by, group, columns, self.values.__getitem__)
        hidden = self._rows(
            by, group, columns, lambda name: self.hidden.get(name, np.zeros_like(self.values[name]))
        )
        keys = [*self.levels, *([self.group] if group and self.group else []), "year"]
        found = []
        for name in columns:
            rows = hidden[name].astype(bool)
            small = table.loc[rows, name].between(1, minimum - 1)
            found.append(
                table.loc[rows, keys].assign(
                    column=name, reason=small.map({True: "small", False: "secondary"})
                )
            )
        return pd.concat(found, ignore_index=True)

    def _rows(self, by, group, columns, values, masked=False):
        columns = [*self.values] if columns is None else columns
        depth = (self.places[self.levels] != "").sum(axis=1).to_numpy()
        lowest = self.levels.index(by) + 1
        cells = [(np.flatnonzero(depth <= lowest), np.full((depth <= lowest).sum(), len(self.groups) - 1))]
        if group and self.group:
            place = np.flatnonzero(depth == lowest)
            there = self._there(place)
            cells.append((place[there[0]], there[1]))
        frames = []
        for i, (place, at) in enumerate(cells):
            frame = self.places.iloc[place].reset_index(drop=True)
            if group and self.group:
                frame[self.group] = [self.groups[g] for g in at]
            frame["level"] = self.group if i else np.array(["country", *self.levels])[depth[place]]
            for name in columns:
                value = values(name)[place, at]
                if masked:
                    told = self.hidden.get(name)
                    gone = np.zeros(len(place), bool) if told is None else told[place, at]
                    value = pd.arrays.IntegerArray(value.astype(np.int64), gone)
                frame[name] = value
            frames.append(frame)
        keys = [*self.levels, *([self.group] if group and self.group else []), "year"]
        return pd.concat(frames, ignore_index=True).sort_values(keys, ignore_index=True, kind="stable")

    def _there(self, places):
        """Return the groups of places that have households, or of which it is hidden that they have none."""
        first = next(iter(self.values))
        there = self.values[first][places, :-1] > 0
        if first in self.hidden:
            there |= self.hidden[first][places, :-1]
        return np.nonzero(there)
