"""What a reader of several tables of one register can work out of all that they tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from povertystats.disclosure.bounds import Bounds
from povertystats.disclosure.changes import ARRIVED_AND_LEFT, MOVES
from povertystats.disclosure.grid import Grid, parents
from povertystats.disclosure.splits import Split

_ESCAPED, _FELL, _POOR, _OUT = (f"{name}_households" for name in MOVES)
_FOLLOWED, _PARTS = "followed_households", ("newly_poor_households", "fell_back_households")


def worked_out(
    tables: Sequence[pd.DataFrame],
    splits: Sequence[Split],
    levels: Sequence[str],
    *,
    group: str | None = None,
    minimum: int = 10,
) -> pd.DataFrame:
    """Return the lowest and the highest that every count not told can be, for whoever reads all tables.

    ``tables``: one row a place (``levels`` from the top down, "" below its own), ``group`` ("" for all) and year, hidden counts
    missing; ``splits``: which column is a part of which. Known besides: no count is negative, nobody moves from place to place, and zeros
    are shown where the rule does not hide them.

    Columns: year, levels, the group, count (a column, "… but …" for the rest of a split, or who arrived and left), lower, upper.

    >>> table = pd.DataFrame({"district": "D", "commune": ["", "x", "y"], "year": 2019, "households": [330, 150, 180]})
    >>> table["poor"] = pd.array([27, None, None], "Int64")
    >>> splits = [Split("households"), Split("poor", "households")]
    >>> found = worked_out([table], splits, ["district", "commune"])
    >>> found[["commune", "count", "lower", "upper"]].values.tolist()[:2]
    [['x', 'poor', 1.0, 26.0], ['x', 'households but poor', 124.0, 149.0]]
    """
    published = _Published(tables, splits, levels, group, minimum)
    bounds = Bounds(published.equal(), published.most())
    found = [(*at, name, *bounds.range(terms)) for at, name, terms in published.asked()]
    keys = ["year", *levels, *([group] if group else [])]
    return pd.DataFrame(found, columns=[*keys, "count", "lower", "upper"])


class _Published:
    """All that tables tell, in every place, group and year; nan where a count is hidden, and where no table has it."""

    def __init__(self, tables, splits, levels, group, minimum):
        self.splits, self.levels, self.minimum = splits, levels, minimum
        keys = ["year", *levels]
        self.places = (
            pd.concat([table[keys] for table in tables])
            .drop_duplicates()
            .sort_values(keys, ignore_index=True)
        )
        index = pd.MultiIndex.from_frame(self.places)
        named = [table[group] for table in tables if group in table] if group else []
        self.groups = [*sorted({*pd.concat(named)} - {""}), ""] if named else [""]
        self.grid = Grid(parents(self.places, levels), len(self.groups))
        years = sorted(self.places["year"].unique())
        earlier = self.places.assign(year=self.places["year"].map(dict(zip(years[1:], years, strict=False))))
        self.before = index.get_indexer(pd.MultiIndex.from_frame(earlier))
        columns = {name for split in splits for name in split.names}
        columns |= {_FOLLOWED, _ESCAPED, _FELL, _POOR, _OUT, *_PARTS}
        shape = len(self.places), len(self.groups)
        self.value: dict[str, np.ndarray] = {}
        self.hidden: dict[str, np.ndarray] = {}
        for table in tables:
            rows = index.get_indexer(pd.MultiIndex.from_frame(table[keys]))
            of = np.full(len(table), len(self.groups) - 1)
            if group and group in table:
                of = pd.Index(self.groups).get_indexer(table[group])
            for name in sorted(columns & {*table.columns}):
                value = self.value.setdefault(name, np.full(shape, np.nan))
                hidden = self.hidden.setdefault(name, np.zeros(shape, bool))
                if group and group in table:
                    # A group that is not named of a place has nobody there.
                    nobody = np.zeros(shape, bool)
                    nobody[rows[of < len(self.groups) - 1], :-1] = True
                    nobody[rows, of] = False
                    value[nobody & np.isnan(value) & ~hidden] = 0
                given = table[name].to_numpy(float, na_value=np.nan)
                # What nobody knows in a year, such as who was poor before the first one, is not hidden.
                some = table[name].notna().groupby(table["year"]).transform("any").to_numpy()
                hidden[rows, of] |= np.isnan(given) & (some | (name not in _PARTS))
                value[rows, of] = np.where(np.isnan(given), value[rows, of], given)
        for name, hidden in self.hidden.items():
            # What one table tells no other hides.
            told = hidden & (self.value[name] > 0)
            self.value[name][hidden & ~told] = np.nan
            self.hidden[name] = hidden & ~told

    def sum(self, name: str, place: int, group: int, weight: float = 1.0) -> dict[tuple, float]:
        """Return a count as a sum of those of the lowest places and groups."""
        every = len(self.groups) > 1 and group == len(self.groups) - 1
        groups = range(len(self.groups) - 1) if every else [group]
        return {(name, int(low), g): weight for low in self.grid.within(place) for g in groups}

    def _lowest(self) -> Iterator[tuple[int, int]]:
        groups = range(max(len(self.groups) - 1, 1))
        return ((int(place), group) for place in self.grid.leaves for group in groups)

    def _rests(self, place, group):
        """Yield what no table tells of a place: its name and the sum that it is."""
        before = int(self.before[place])
        for name, (now, then) in ARRIVED_AND_LEFT.items():
            if before < 0 or not {*now, *then} <= self.value.keys():
                continue
            terms: dict = {}
            for at, columns in ((place, now), (before, then)):
                for column, weight in columns.items():
                    terms |= self.sum(column, at, group, weight)
            yield name, terms

    def equal(self) -> Iterator[tuple[dict, float]]:
        """Yield all that is told, and how columns add up."""
        for name, value in self.value.items():
            for place, group in np.argwhere(~np.isnan(value)):
                yield self.sum(name, place, group), float(value[place, group])
        whole = {_FOLLOWED: [_ESCAPED, _FELL, _POOR, _OUT], _FELL: [*_PARTS]}
        whole = {name: parts for name, parts in whole.items() if {name, *parts} <= self.value.keys()}
        whole |= {split.of: [split.part, split.rest] for split in self.splits if split.rest}
        for place, group in self._lowest():
            for name, parts in whole.items():
                yield {(name, place, group): 1.0, **{(part, place, group): -1.0 for part in parts}}, 0.0

    def most(self) -> Iterator[tuple[dict, float]]:
        """Yield what is known besides."""
        for split in self.splits:
            for place, group in self._lowest():
                for whole in filter(None, (split.of, split.also)):
                    yield {(split.part, place, group): 1.0, (whole, place, group): -1.0}, 0.0
            if split.part in self.hidden:
                for place, group in np.argwhere(self.hidden[split.part]):
                    if self._no_zero(split, place, group):
                        yield self.sum(split.part, place, group, -1.0), -1.0
        for place, group in self._lowest():
            for _, terms in self._rests(place, group):
                yield {key: -weight for key, weight in terms.items()}, 0.0

    def _no_zero(self, split, place, group):
        """Return whether a hidden count is known to be no zero, since these are shown."""
        beside = self.grid.children[int(self.grid.parent[place])]
        if group < len(self.groups) - 1 and self.hidden[split.part][beside, group].all():
            return False
        return not split.of or split.of in self.value and self.value[split.of][place, group] > self.minimum

    def asked(self) -> Iterator[tuple[tuple, str, dict]]:
        """Yield every count that is hidden, and what no table tells: keys, name, sum."""
        for place, key in enumerate(self.places.itertuples(index=False, name=None)):
            for group, label in enumerate(self.groups):
                at = (*key, label) if len(self.groups) > 1 else key
                for name, hidden in self.hidden.items():
                    if hidden[place, group]:
                        yield at, name, self.sum(name, place, group)
                for split in self.splits:
                    rest = split.rest or f"{split.of} but {split.part}"
                    if split.of and self._hides(split.part, place, group) and rest not in self.hidden:
                        whole, part = (
                            self.sum(split.of, place, group),
                            self.sum(split.part, place, group, -1.0),
                        )
                        yield at, rest, whole | part
                if self._hides(_ESCAPED, place, group) or self._tells(_ESCAPED, place, group):
                    for name, terms in self._rests(place, group):
                        yield at, name, terms

    def _hides(self, name, place, group):
        return name in self.hidden and self.hidden[name][place, group]

    def _tells(self, name, place, group):
        return name in self.value and self.value[name][place, group] > 0
