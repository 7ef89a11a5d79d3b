"""Households counted by place and year at every level, in one scan, with small cells hidden."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from povertystats.disclosure.disclosure import Parts, protect
from povertystats.engines.reading import reading
from povertystats.register.columns import PLACES
from povertystats.register.design import not_counted
from povertystats.words.errors import not_whole, refuse
from povertystats.words.result import Plotted
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value


_NONE = "there is no record to be counted"


# The level of the row for all provinces together.
COUNTRY = "country"


@dataclass(frozen=True, eq=False, repr=False)
class PublishedCounts(Plotted, ABC):
    """Counts of a register by place and year that may be published: what a Review and Transitions have in common."""

    table: pd.DataFrame
    hidden: pd.DataFrame
    minimum: int
    illustrative: bool
    # The counts and rates that a notebook shows first.
    _columns: ClassVar[list[str]]

    def text(self, lang: str) -> str:
        """Return what was counted, in sentences: the latest year of all provinces and of each, what is hidden.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            One sentence or more a line; no count that the table hides.

        Raises
        ------
        ValueError
            The language is not known.
        """
        check(lang)
        lines = [say("review.illustrative", lang)] if self.illustrative else []
        highest = self.table[self.table["level"].isin([COUNTRY, PLACES[0]])]
        for row in highest[highest["year"] == highest["year"].max()].to_dict("records"):
            told = {key: value for key, value in row.items() if not pd.isna(value)}
            named = {"place": say("review.country", lang)} if row["level"] == COUNTRY else {}
            lines += self._of_province(told | named, lang)
        lines += self._of_records(lang)
        if len(self.hidden):
            lines.append(say("review.hidden", lang, n=len(self.hidden), minimum=self.minimum))
        return "\n".join(lines)

    @abstractmethod
    def _of_province(self, row: dict[str, Any], lang: str) -> Iterator[str]:
        """Yield what there is to say of a row of the table, given without the values that are missing."""

    def _of_records(self, lang: str) -> list[str]:
        return []

    def _sentence(self) -> str:
        years, level = self.table["year"], self.table["level"].unique()[-1]
        span = " to ".join(map(str, sorted({years.min(), years.max()})))
        kind = "Illustrative: places" if self.illustrative else "Places"
        rule = f"counts below {self.minimum} hidden" if self.minimum else "nothing hidden"
        return f"{kind} down to {level}, {span}: {len(self.table)} rows, {rule}"

    def _displayed(self) -> pd.DataFrame:
        wanted = ["level", "place", "year", *self._columns]
        return self.table[[column for column in wanted if column in self.table]]


def checks_text(checks: pd.DataFrame, lang: str) -> str:
    """Return in sentences how many records were read and used, and what was wrong with the others.

    ``checks`` as in ``Register``. Raises ValueError when the language is not known.

    >>> checks = [("read", "", 80276), ("usable", "", 80275), ("missing", "commune", 1)]
    >>> print(checks_text(pd.DataFrame(checks, columns=["problem", "column", "records"]), "en"))
    Records read (one a household and year): 80,276; usable: 80,275; left out: 1.
    – missing (commune): 1 record.
    """
    check(lang)
    counts = {(row.problem, row.column): row.records for row in checks.itertuples()}
    read, usable = counts.pop(("read", "")), counts.pop(("usable", ""))
    lines = [say("review.records", lang, read=read, usable=usable, left=read - usable)]
    for (problem, column), n in counts.items():
        kind = say(f"review.kind.{problem.replace(' ', '_')}", lang)
        lines.append(say("review.problem", lang, kind=kind, column=column, n=n))
    return "\n".join(lines)


def tally(
    rows: Table,
    sums: Mapping[str, Value],
    parts: Parts,
    *,
    by: str,
    group: str | None = None,
    minimum: int = 10,
    files: Sequence[str] = (),
    also: pd.DataFrame | None = None,
    together: Sequence[str] = (),
    why: Callable[[], str] = lambda: _NONE,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts by place and year, from the province down to ``by``, and what of them is hidden.

    ``rows``: an ibis table of records; ``sums`` {name: what is summed up over households}; ``parts`` {total: the counts
    that add up to it}, as in ``disclosure.protect``, a total before its own parts are totals; ``group``: a text column,
    such as ``ethnic``, by which each place ``by`` is told apart once more; ``minimum`` households a count must tell of,
    0 to hide nothing; ``files``: those of the register; ``also``: what was hidden of other tables and must
    be so here, in the form of what is returned; ``together``: parts of the first total of which a row tells all or none;
    ``why`` says, where no record is left, what became of them.

    Counts: level, place, province, district, commune ("" below the level), the group ("" in the rows of places), year and
    one column a sum. Hidden: these keys, column, reason ("small", "secondary"); with a ``group`` the sums of one group
    over several places are not told.

    Raises ValueError, all problems at once, on an unknown level or group or a bad minimum, and where records cannot be
    read or none is left to be counted.

    >>> import ibis
    >>> homes = pd.DataFrame({"province": "P", "district": "D", "commune": ["C"] * 30 + ["E"] * 20, "year": 2019})
    >>> rows = ibis.memtable(homes.assign(poor=homes.index % 9 == 0))
    >>> sums = {"households": rows.count(), "poor_households": rows["poor"].sum()}
    >>> counts, hidden = tally(rows, sums, {"households": ["poor_households"]}, by="commune", minimum=3)
    >>> counts[["place", "households", "poor_households"]].values.tolist()
    [['P', 50, 6], ['D', 50, 6], ['C', 30, <NA>], ['E', 20, <NA>]]
    >>> hidden[["commune", "reason"]].values.tolist()
    [['C', 'secondary'], ['E', 'small']]
    """
    refuse("cannot count households", _wrong(rows, by, group, minimum))
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    with reading(files):
        counts = rows.group_by(*levels, "year").aggregate(**sums).to_pandas()
    if not len(counts):
        refuse("cannot count households", [why()])
    counts = counts.assign(**{name: counts[name].fillna(0).astype("int64") for name in (*sums, "year")})
    table = pd.concat(
        [_up_to(counts, levels, depth) for depth in range(1, len(levels) + 1)], ignore_index=True
    )
    places = [name for name in PLACES if name in levels]
    table = table.assign(**{name: "" for name in PLACES if name not in levels}, place=_names(table, places))
    table = table.sort_values([*levels, "year"], ignore_index=True)
    table = table[["level", "place", *PLACES, *levels[len(places) :], "year", *sums]]
    if not minimum:
        return table, pd.DataFrame(columns=[*levels, "year", "column", "reason"])
    return _protected(table, levels, parts, minimum, also, together)


def left_out(checks: pd.DataFrame) -> str:
    """Return that no record can be counted, of how many, and what is wrong with them.

    >>> left_out(pd.DataFrame({"problem": ["read", "usable", "unreadable"], "column": ["", "", "year"], "records": [24, 0, 24]}))
    'there is no record to be counted: of 24 read, 24 unreadable (year)'
    """
    read, _, *counts = checks[["problem", "column", "records"]].itertuples(index=False)
    reasons = [f"{n:,} {problem} ({column})" for problem, column, n in counts]
    return f"{_NONE}: of {read.records:,} read, {', '.join(reasons) or 'none'}"


def _wrong(rows, by, group, minimum):
    """Yield what is wrong with the request."""
    yield from not_counted(rows.columns)
    if by not in PLACES:
        yield f"by: {by!r} is no level of places; expected one of {', '.join(PLACES)}"
    # By class, each place would be told apart in two ways, either of which may tell what the other hides.
    texts = [name for name, kind in rows.schema().items() if kind.is_string()]
    groups = [name for name in texts if name not in (*PLACES, "household", "class")]
    if group is not None and group not in groups:
        yield f"group: {group!r}; expected one of {', '.join(groups) or 'none: the records have no such column'}"
    if not_whole(minimum=minimum) or minimum == 1:
        yield f"minimum: {minimum!r}; expected a whole number of households from 2, or 0 to hide nothing"


def _protected(table, levels, parts, minimum, also, together):
    """Return the table without what tells of few households, and what that was."""
    keys = [*levels, "year"]
    hidden: dict[str, pd.Series] = {}
    for total, split in parts.items():
        kept = protect(table, levels=levels, by=("year",), parts={total: split}, minimum=minimum).table
        # What is hidden of a total is hidden of its parts: together they would tell it.
        above = hidden.setdefault(total, kept[total].isna() | _among(table, also, total, keys))
        for name in [name for names in split for name in ([names] if isinstance(names, str) else names)]:
            rows = kept[name].isna() | above | _among(table, also, name, keys)
            hidden[name] = rows | hidden.get(name, False)
        if whole := [name for name in together if name in hidden]:
            rows = pd.concat([hidden[name] for name in whole], axis=1).any(axis=1)
            hidden |= dict.fromkeys(whole, rows)
    found = []
    for name, rows in hidden.items():
        small = table[name].between(1, minimum - 1)[rows]
        reason = small.map({True: "small", False: "secondary"})
        found.append(table.loc[rows, keys].assign(column=name, reason=reason))
    shown = table.assign(**{name: table[name].astype("Int64").mask(rows) for name, rows in hidden.items()})
    return shown, pd.concat(found, ignore_index=True)


def _among(table, also, name, keys):
    """Return which rows are to be hidden also, in the column of a name."""
    rows = table.index[:0] if also is None else also.loc[also["column"] == name, keys]
    if not len(rows):
        return pd.Series(False, table.index)
    return pd.Series(pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(rows)), table.index)


def _up_to(counts, levels, depth):
    """Return the counts summed up to a level; what lies below it is ""."""
    sums = counts.groupby([*levels[:depth], "year"], as_index=False).sum(numeric_only=True)
    return sums.assign(level=levels[depth - 1], **{lower: "" for lower in levels[depth:]})


def _names(table, places):
    """Return each row's place by its own name; where two places of a level share one, with the places it lies in."""
    names = pd.Series("", table.index)
    depth = (table[places] != "").sum(axis=1)
    for end in range(1, len(places) + 1):
        rows = table.loc[depth == end, places[:end]]
        several, told = len(rows.drop_duplicates()), rows.iloc[:, -1]
        for above in places[: end - 1][::-1]:
            # As many of the places above as it takes to tell all places of the level apart.
            if told.nunique() == several:
                break
            told = told + ", " + rows[above]
        names[rows.index] = told
    return names
