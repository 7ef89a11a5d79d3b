"""Households counted by place and year at every level, in one scan, with small cells hidden."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from povertystats.disclosure.audit import worked_out
from povertystats.disclosure.cell_keys import NOISE, scale, with_noise
from povertystats.disclosure.cube import Cube
from povertystats.disclosure.grid import COUNTRY
from povertystats.disclosure.splits import Split
from povertystats.engines.reading import reading
from povertystats.engines.record_keys import KEYED, with_keys
from povertystats.register.columns import PLACES, not_counted
from povertystats.words.errors import WrongType, not_whole, refuse
from povertystats.words.result import Plotted
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value


_NONE = "there is no record to be counted"

# A secret that is shorter may be guessed.
_SECRET = 16


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
        if NOISE in self.table:
            largest, variance = scale(self.minimum)
            size = {"largest": largest, "spread": variance**0.5, "below": self.minimum - 1}
            lines.append(say("review.noise", lang, **size))
        if len(self.hidden):
            lines.append(say("review.hidden", lang, n=len(self.hidden), minimum=self.minimum))
        return "\n".join(lines)

    def audit(self, *others: PublishedCounts) -> pd.DataFrame:
        """Return what somebody can work out who reads this result and others of the same register: for small ones.

        Parameters
        ----------
        *others : Review or Transitions
            What is published beside it, of other levels and by one column of groups.

        Returns
        -------
        DataFrame
            One row a count that is hidden, or that no table tells (``… but …``: the rest of a split; who ``arrived`` and who
            ``left`` between two reviews): year, places, the group where there is one, count, and the ``lower`` and ``upper`` it
            can be. It takes two linear programmes a row.

        Raises
        ------
        TypeError
            Another thing than a Review or Transitions.
        ValueError
            Several columns of groups, counts with noise, or tables that do not add up: they are not of one register.

        Notes
        -----
        All that is told of places, groups, classes, years and changes is solved at once; known besides: no count is
        negative, nobody moves between places, and a hidden count is 1 or more where zeros are shown.

        References
        ----------
        Hundepool, A. et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239.
        """
        results = (self, *others)
        for one in others:
            if not isinstance(one, PublishedCounts):
                raise WrongType(f"audit takes a Review or Transitions, not {type(one).__name__}")
        tables = [one.table for one in results]
        named = {table.columns[table.columns.get_loc("year") - 1] for table in tables} - {*PLACES}
        problems = [f"groups by {', '.join(sorted(named))}; expected one"] if len(named) > 1 else []
        if any(NOISE in table for table in tables):
            problems.append("counts have noise; expected tables that hide counts, made without a key")
        refuse("cannot audit", problems)
        splits = max((one._splits() for one in results), key=len)
        return worked_out(tables, splits, [*PLACES], group=next(iter(named), None), minimum=self.minimum)

    def _splits(self) -> list[Split]:
        return [Split("households"), Split("poor_households", "households", all_tells=True)]

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
        if NOISE in self.table:
            rule = f"counts with noise of at most {scale(self.minimum)[0]}, none of 1 to {self.minimum - 1}"
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
    *,
    by: str,
    group: str | None = None,
    minimum: int = 10,
    key: str | None = None,
    files: Sequence[str] = (),
    why: Callable[[], str] = lambda: _NONE,
) -> Cube:
    """Return counts by place, group and year, in one scan: down to ``by``, or to all that could be asked for.

    ``rows``: an ibis table of records; ``sums`` {name: what is summed up over households}, the households first; ``group``: a text
    column, such as ``ethnic``, by which each place ``by`` is told apart once more; ``minimum`` households a count must tell
    of: what is hidden must not depend on what is asked for, so that several answers tell no more than one. With 0 nothing
    is hidden, and no more is counted than is asked for. ``files``: those of the register; ``why`` says, where no record is
    left, what became of them. With a ``key`` nothing is hidden: ``shown`` adds noise.

    Raises ValueError, all problems at once, on an unknown level or group or a bad minimum, and where records cannot be
    read or none is left to be counted.

    >>> import ibis
    >>> homes = pd.DataFrame({"province": "P", "district": "D", "commune": ["C"] * 30 + ["E"] * 20, "year": 2019})
    >>> rows = ibis.memtable(homes.assign(poor=homes.index % 9 == 0))
    >>> sums = {"households": rows.count(), "poor_households": rows["poor"].sum()}
    >>> cube = tally(rows, sums, by="district", minimum=3)
    >>> cube.table("commune", ["poor_households"])[["commune", "poor_households"]].values.tolist()
    [['', 6], ['', 6], ['C', 4], ['E', 2]]
    """
    refuse("cannot count households", _wrong(rows, by, group, minimum, key))
    levels = [*PLACES] if minimum and key is None else [*PLACES[: PLACES.index(by) + 1]]
    keys = [*levels, *([group] if group else []), "year"]
    return Cube(counted(rows, sums, keys, files, why, key), levels, group)


def counted(
    rows: Table,
    sums: Mapping[str, Value],
    keys: Sequence[str],
    files: Sequence[str],
    why: Callable[[], str],
    key: str | None = None,
) -> pd.DataFrame:
    """Return sums of records by keys, as whole numbers; refuse, saying why, where there is no record.

    With a ``key``, a secret, only those that count households, and of each the sum of the record keys of these.
    """
    if key is not None:
        rows, sums = with_keys(rows, sums, key)
    with reading(files):
        counts = rows.group_by(list(keys)).aggregate(**sums).to_pandas()
    if not len(counts):
        refuse("cannot count households", [why()])
    return counts.assign(**{name: counts[name].fillna(0).astype("int64") for name in (*sums, "year")})


def shown(
    cube: Cube, columns: Sequence[str], *, by: str, group: str | None, minimum: int, key: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is told of a cube down to a level of places, by group if one is named, and what is hidden of that.

    Counts: level, place, province, district, commune ("" below the level), the group ("" in the rows of places), year and
    the columns; with a ``key``, those of them that count households, with noise. Above several provinces stands a row for the country. Hidden: these keys, column, reason ("small", "secondary").
    """
    columns = [name for name in columns if key is None or f"{KEYED}{name}" in cube.values]
    sums = [] if key is None else [f"{KEYED}{name}" for name in columns]
    table = cube.table(by, [*columns, *sums], group=group is not None)
    hidden = cube.secrets(by, columns, minimum, group=group is not None)
    places = [*PLACES[: PLACES.index(by) + 1]]
    lower = dict.fromkeys(PLACES[len(places) :], "")
    table = table.assign(**lower, place=_names(table, places))
    if key is not None:
        table = with_noise(table, columns, key, minimum)
        # That there is a row would tell of a group of which no household is told.
        table = table[(table["level"] != group) | (table[columns[0]] > 0)].reset_index(drop=True)
        columns = [*columns, NOISE, "noise_variance"]
    table = table[["level", "place", *PLACES, *([group] if group else []), "year", *columns]]
    return table, hidden


def left_out(checks: pd.DataFrame) -> str:
    """Return that no record can be counted, of how many, and what is wrong with them.

    >>> left_out(pd.DataFrame({"problem": ["read", "usable", "unreadable"], "column": ["", "", "year"], "records": [24, 0, 24]}))
    'there is no record to be counted: of 24 read, 24 unreadable (year)'
    """
    read, _, *counts = checks[["problem", "column", "records"]].itertuples(index=False)
    reasons = [f"{n:,} {problem} ({column})" for problem, column, n in counts]
    return f"{_NONE}: of {read.records:,} read, {', '.join(reasons) or 'none'}"


def _wrong(rows, by, group, minimum, key):
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
    elif key is not None and not minimum:
        yield "minimum: 0; with a key expected 2 or more, the fewest households of a count that is told"
    if key is not None and not (isinstance(key, str) and len(key) >= _SECRET):
        yield f"key: expected a secret text of {_SECRET} characters or more, kept by the office"


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
