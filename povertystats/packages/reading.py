"""The table as it is taken, in the units that were said and of the rows that were chosen, and what its cells tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.problems import DataError, Findings, Problem
from povertystats.packages.questions import Questions
from povertystats.tables.reading import ReadTable, read_table
from povertystats.words.names import did_you_mean, plain


def read_in_units(table: str | Path, units: Mapping[str, str], reading: Mapping[str, Any]) -> ReadTable:
    """Read the table; units of its own columns settle what is doubtful in them, and are converted later.

    Parameters
    ----------
    table : str or Path
        The file.
    units : mapping of str to str
        {column or indicator: the unit in which it is written}.
    reading : mapping of str to object
        How it is written, as for ``read_table``.

    Returns
    -------
    ReadTable
        With at least one row.

    Raises
    ------
    DataError
        The file holds no table.
    """
    read = read_table(table, **reading)
    if read.columns.empty or read.table.empty:
        rule = "no table with rows of figures is found in it"
        raise DataError(read.file, read.findings.errors or [Problem(read.file, None, "", "", rule)])
    known = {plain(name): name for name in read.columns["column"]}
    said = {known[plain(name)]: unit for name, unit in units.items() if plain(name) in known}
    own = {name: "pct" if unit == "share" else unit for name, unit in said.items()}
    return read_table(table, **reading, units=own) if own else read


def only_rows(read: ReadTable, wanted: Mapping[str, str], questions: Questions) -> ReadTable:
    """Return a table of the rows whose columns hold what is wanted.

    Parameters
    ----------
    read : ReadTable
        The table.
    wanted : mapping of str to str
        {column: the text or number that it is to hold}.
    questions : Questions
        Takes what is wrong with it.

    Returns
    -------
    ReadTable
        With the rows of the file as before.
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
