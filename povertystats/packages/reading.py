"""The table as it is taken, in the units that were said and of the rows that were chosen, and what its cells tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.problems import DataError, Findings, Problem
from povertystats.packages.headers import (
    country_called,
    kind_of,
    says,
    total,
    whole_country,
    without_marks,
    year_mark,
)
from povertystats.packages.questions import Questions
from povertystats.tables.delimited import Dialect
from povertystats.tables.reading import ReadTable, read_table
from povertystats.tables.table import read_cells
from povertystats.words.names import did_you_mean, plain
from povertystats.words.wording import Sentence

_LETTER = re.compile(r"(?<!\d)(?:19|20)\d\d ?\(?([A-Za-z])\)?(?![^\W_])")
# What stands before a name to show how deep it is.
_BEFORE = re.compile(r"\s*[.·•…>–—-]*\s*(?=[^\W_]|$)|")


def read_in_units(table: str | Path, units: Mapping[str, str], reading: Mapping[str, Any]) -> ReadTable:
    """Read the table; units of its own columns settle what is doubtful in them, and are converted later.

    ``units``: {column or indicator: the unit in which it is written}; ``reading``: as for ``read_table``. Raises
    DataError where the file holds no table.
    """
    read = read_table(table, **reading)
    if read.columns.empty or read.table.empty:
        rule = "no table with rows of figures is found in it"
        raise DataError(read.file, read.findings.errors or [Problem(read.file, None, "", "", rule)])
    known = {plain(name): name for name in read.columns["column"]}
    said = {known[plain(name)]: unit for name, unit in units.items() if plain(name) in known}
    own = {name: "pct" if unit == "share" else unit for name, unit in said.items()}
    # A column of years of which some bear marks (2021p) is one of texts.
    marked = {
        p.field: "text" for p in read.findings.errors if year_mark(p.value)[0] and says(p.field, "year")
    }
    types = marked | dict(reading.get("types") or {})
    return read_table(table, **{**reading, "types": types, "units": own}) if own or marked else read


def only_rows(read: ReadTable, wanted: Mapping[str, str], questions: Questions) -> ReadTable:
    """Return a table of the rows whose columns hold what is wanted.

    ``wanted``: {column: the text or number that it is to hold}; ``questions`` takes what is wrong with it. Rows keep
    their numbers in the file.
    """
    known = {plain(name): name for name in read.columns["column"]}
    kept = pd.Series(True, read.table.index)
    for name, text in wanted.items():
        if plain(name) not in known:
            questions.wrong(f"--only: there is no column {name!r}{did_you_mean(name, known)}")
            continue
        cells = read.table[known[plain(name)]].dropna().astype(str)
        same = cells.map(plain).reindex(read.table.index).eq(plain(text))
        if not same.any():
            near = did_you_mean(text, {plain(cell): cell for cell in cells.unique()})
            questions.wrong(f"--only: {known[plain(name)]!r} holds no {text!r}{near}")
        kept &= same
    if kept.all():
        return read
    rows = tuple(row for row, keep in zip(read.rows, kept, strict=True) if keep)
    errors = tuple(problem for problem in read.findings.errors if problem.row is None or problem.row in rows)
    return replace(read, table=read.table[kept].reset_index(drop=True), rows=rows, findings=Findings(errors))


def turned(read: ReadTable, place: str) -> ReadTable:
    """Return a table with a column for each place, one of which is named, as a long one; any other as it is.

    Parameters
    ----------
    read : ReadTable
        The table.
    place : str
        What was named as the place.

    Returns
    -------
    ReadTable
        With columns place, the years and value.

    Examples
    --------
    >>> columns = pd.DataFrame({"column": ["Year", "A", "B"], "kind": ["year", "number", "number"], "unit": ""})
    >>> wide = ReadTable("a.csv", pd.DataFrame({"Year": [2020], "A": [9.5], "B": [8.0]}), (2,), columns)
    >>> turned(wide, "b").table.values.tolist()
    [['A', 2020, 9.5], ['B', 2020, 8.0]]
    """
    kinds = read.columns.set_index("column")["kind"]
    years, figures = kinds.index[kinds == "year"], kinds.index[kinds.isin(["number", "integer"])]
    named = plain(place) in {plain(name) for name in figures} if place else False
    if not named or len(years) != 1 or len(figures) < 2 or len(years) + len(figures) < len(kinds):
        return read
    table = read.table.melt(years[0], figures, "place", "value")[["place", years[0], "value"]]
    units = {*read.columns.set_index("column")["unit"].reindex(figures)}
    unit = units.pop() if len(units) == 1 else ""
    rows = [("place", "text", ""), (years[0], "year", ""), ("value", "number", unit)]
    columns = pd.DataFrame(rows, columns=["column", "kind", "unit"])
    return replace(read, table=table, rows=read.rows * len(figures), columns=columns)


def all_years(read: ReadTable, name: str) -> bool:
    """Say whether all cells of a column can be years."""
    cells = pd.to_numeric(read.table[name], errors="coerce").dropna()
    return bool(len(cells) and (cells.between(1900, 2100) & (cells % 1 == 0)).all())


def one_each(read: ReadTable, place: str, code: str) -> bool:
    """Say whether each place has one code, and each code one place."""
    pairs = read.table[[place, code]].dropna().drop_duplicates()
    return len(pairs) > 0 and not pairs[place].duplicated().any() and not pairs[code].duplicated().any()


def lies_over(read: ReadTable, above: str, place: str) -> bool:
    """Say whether each place lies in one of another column, which has fewer."""
    pairs = read.table[[above, place]].dropna().drop_duplicates()
    return 1 < pairs[above].nunique() < len(pairs) and not pairs[place].duplicated().any()


def holding(read: ReadTable, columns: Sequence[str], name: str) -> list[str]:
    """Return those of several columns in which a name stands, by any spelling."""
    cells = {column: read.table[column].dropna().astype(str).unique() for column in columns}
    return [column for column, some in cells.items() if plain(name) in {*map(plain, some)}]


def parted_by(read: ReadTable, rows: Sequence[int], used: Collection[str]) -> tuple[str, list[str]] | None:
    """Return a column of texts, none of those used, that tells rows of the file apart, and what it holds in them."""
    texts = read.columns.loc[read.columns["kind"] == "text", "column"]
    here = read.table.set_axis(list(read.rows)).loc[list(rows)]
    for name in (name for name in texts if name not in used):
        if not here[name].duplicated().any() and here[name].notna().all():
            return name, here[name].astype(str).tolist()
    return None


@dataclass(frozen=True)
class Nested:
    """A table whose names showed by dots or blanks before them what they lie in.

    ``place``: the column of these names; ``parent``: the one that now tells it, "" where nothing lies in another; ``country``: that of the row above all;
    ``kind``: what a title calls the lowest, ""; ``notes``: what was made of it.
    """

    read: ReadTable
    place: str = ""
    parent: str = ""
    country: str = ""
    kind: str = ""
    notes: list[Sentence] = field(default_factory=list)


def nested(
    read: ReadTable, written: pd.DataFrame, questions: Questions, *, country: str = "", parent: str = ""
) -> Nested:
    """Return a table with a column of what places lie in, where dots or blanks before their names show it.

    ``written``: its cells as they stand, by the rows of the file; ``questions``: where it is asked whether the first row
    is the country; ``country``: its name; ``parent``: the column of what places lie in, where it was named.
    """
    kinds = read.columns.set_index("column")["kind"]
    letters = {letter.casefold() for header in kinds.index for letter in _LETTER.findall(header)}
    if letters & {*"per"} and letters - {*"per"}:
        said = f"letters behind years ({', '.join(sorted(letters))}) may be marks, such as p for preliminary, or groups"
        questions.wrong(f"{said}, such as r for rural: write them out in the header")
    for name in (str(name) for name in written if kinds.get(name) == "text"):
        cells = [cell if isinstance(cell, str) else "" for cell in written[name].reindex(list(read.rows))]
        before = [_BEFORE.match(cell)[0].replace("…", "...") for cell in cells]  # type: ignore[index]
        deep, names = sum(map(bool, before)), sum(map(bool, cells))
        signs = sum(bool(text.strip()) for text in before)
        if not deep or (not signs and 2 * deep < names):
            continue
        bare = [cell[len(_BEFORE.match(cell)[0]) :].strip() for cell in cells]  # type: ignore[index]
        read = replace(read, table=read.table.assign(**{name: [text or None for text in bare]}))
        if parent:
            return Nested(read)
        if 2 * deep < names:
            said = f"{name!r}: {signs} of {names} names begin with dots or dashes"
            questions.wrong(
                f"{said}; write what places lie in into a column, or leave these rows out (--only)"
            )
            return Nested(read)
        return _levels(read, name, [*map(len, before)], bare, questions, country)
    return Nested(read)


def _levels(
    read: ReadTable, name: str, depths: list[int], names: list[str], questions: Questions, country: str
) -> Nested:
    above, open_, levels = [], list[tuple[int, str]](), list[int]()
    for depth, text in zip(depths, names, strict=True):
        while open_ and open_[-1][0] >= depth:
            open_.pop()
        above.append(open_[-1][1] if open_ and text else "")
        levels.append(len(open_))
        open_ += [(depth, text)] if text else []
    tops = [*dict.fromkeys(text for text, level in zip(names, levels, strict=True) if text and not level)]
    heads = [text for text in tops if text in above]
    whole, aside = "", list[str]()
    if len(heads) == 1:
        root = without_marks(heads[0])
        known = total(root) or whole_country(root) or country_called(root) or plain(root) == plain(country)
        if not known and not country:
            option = f"--country {root!r}, or the name of the country that it lies in"
            answer = questions.answer(option, f"Is {root} the whole country?", ["yes", "no"], "yes")
            if not answer:
                return Nested(read, name)
            known = answer == "yes"
        if known:
            whole = country or ("" if total(root) else root)
            aside = [text for text in tops if text not in heads]
            above = ["" if text == heads[0] else text for text in above]
            levels = [level - 1 for level in levels]
            names = [(country or text) if text == heads[0] else text for text in names]
            aside += [heads[0]] if total(root) and not country else []
    else:  # totals of all
        sums = [text for text in tops if text not in above and total(without_marks(text))]
        names = [country if text in sums[:1] and country else text for text in names]
        aside = sums[bool(country) :]
    if max(levels) > 1:
        said = f"{name!r}: dots or blanks before names show {max(levels) + 1} levels of places"
        questions.wrong(f"{said}; a table may hold two: leave out the rows of others")
    words = re.split(r"\b(?:by|theo|por|según|menurut)\b", read.understood.get("titles", ""))[-1].split()
    told = [*dict.fromkeys(of.one for of in map(kind_of, words) if of and of.one not in ("place", "country"))]
    own = [of.one for of in map(kind_of, dict.fromkeys(filter(None, above))) if of]
    upper = told[0] if len(told) == 2 else max(own, key=own.count) if own else ""
    column = upper.capitalize() if upper and 2 * own.count(upper) > 0 or len(told) == 2 else "(above)"
    # What has the name of a place in it is told apart from that.
    lower = {plain(without_marks(text)) for text, level in zip(names, levels, strict=True) if level > 0}
    upper_of = {
        text: f"{without_marks(text)} ({upper or 'area'})"
        for text in above
        if plain(without_marks(text)) in lower
    }
    names = [upper_of.get(t, t) if level == 0 else t for t, level in zip(names, levels, strict=True)]
    above = [upper_of.get(text, text) for text in above]
    kept, dropped = [text not in aside for text in names], aside
    table = read.table.assign(**{name: [text or None for text in names]})
    columns, n = read.columns, sum(map(bool, above))
    if n:
        table[column] = [text or None for text in above]
        extra = pd.DataFrame([(column, "text")], columns=["column", "kind"])
        columns = pd.concat([columns, extra], ignore_index=True).fillna({"unit": ""})
    rows = tuple(row for row, keep in zip(read.rows, kept, strict=True) if keep)
    counted = {
        "n": len({pair for pair in zip(names, above, strict=True) if pair[1]}),
        "above": len({*above} - {""}),
    }
    notes = [Sentence("start.note.levels", **counted)] if n else []
    if aside := [text for text in aside if not total(without_marks(text))]:
        notes.append(Sentence("start.note.aside", country=whole or heads[0], places=listed(aside)))
    if sums := [without_marks(text) for text in dropped if total(without_marks(text))]:
        notes.append(Sentence("start.note.totals", places=listed(sums)))
    read = replace(read, table=table[kept].reset_index(drop=True), rows=rows, columns=columns)
    return Nested(read, name, column if n else "", whole, told[-1] if len(told) == 2 else "", notes)


def written_cells(table: str | Path, reading: Mapping[str, Any]) -> pd.DataFrame:
    """Return the cells of a table as they stand in the file, with the blanks before names."""
    sheet, encoding = reading.get("sheet"), reading.get("encoding")
    return read_cells(table, sheet=sheet, encoding=encoding, dialect=Dialect(reading.get("delimiter"))).frame


def told_marks(file: str, field: str, rows: pd.DataFrame, wide: bool) -> list[Sentence]:
    """Tell which marks were taken off names (``written``, ``place``); raise DataError where two would become one.

    ``wide``: whether each place has one row; in others a mark may stand in some rows of a place, such as those of a year.
    """
    rows = rows.assign(mark=[name[len(without_marks(name)) :].strip(" ,;") for name in rows["written"]])
    marked = rows[rows["mark"] != ""]
    problems = []
    for (place, _), of in rows[rows["place"].isin(marked["place"])].groupby(["place", "parent"], sort=False):
        if of["mark"].nunique() > (1 if wide else 1 + ("" in {*of["mark"]})):
            first, last = of["written"].iloc[[0, -1]]
            rule = f"would be one place with {first!r}: {place}"
            advice = "take marks of footnotes off; where they tell two places apart, write the names out"
            problems.append(Problem(file, int(of["row"].iloc[-1]), field, last, rule, advice))
    if problems:
        raise DataError(file, problems)
    marks = dict.fromkeys(mark for text in marked["mark"] for mark in re.split(r"[\s,;]+", text))
    return [Sentence("start.note.marks", marks=listed([*marks]), n=len(marked))] if marks else []


def listed(names: Sequence[str]) -> str:
    """Return the first names of several, and how many there are where there are more."""
    return ", ".join(dict.fromkeys(names[:5])) + (f", … ({len(names)})" if len(names) > 5 else "")
