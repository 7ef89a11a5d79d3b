"""A table as it stands in its file, and its columns as what they are said to be.

``read_cells(path, *, sheet=None, encoding=None, dialect=Dialect()) -> Cells`` reads any file that holds a table and never
raises for what stands in it: ``Cells.frame`` holds every cell as it stands (texts from a CSV, also numbers, dates and
nothing from a spreadsheet), its index the row in the file (the header's own row is counted, so is a blank line);
``Cells.problems`` and ``Cells.warnings`` are lists of Problem, ``Cells.understood`` says what was seen.

``cast(cells, kind, notation=Notation(), pattern="") -> Cast`` makes a column text, number, integer, year, boolean or date:
``Cast.values``, and ``Cast.faults``: (mask, rule, suggestion) of what did not fit or may mean two things;
``problems_of(file, cells, cast)`` makes Problems of them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.days import read_years
from povertystats.files.numbers import (
    Notation,
    is_missing,
    number_rules,
    read_numbers,
    read_yes_no,
)
from povertystats.files.problems import DataError, Problem
from povertystats.tables.delimited import Dialect, ragged, records
from povertystats.tables.header import filled
from povertystats.tables.layout import Layout, is_note, laid_out
from povertystats.tables.text import decoded, unzipped
from povertystats.tables.typed import Sheet, typed

KINDS = ("text", "number", "integer", "year", "boolean", "date")


@dataclass(frozen=True)
class Cells:
    """A table as it stands in its file: ``frame`` (index: the row in the file), ``problems``, ``warnings``, ``understood``.

    ``percent``: the columns that a workbook shows in per cent; 0.305, shown as 30.5 %, stands in them as 30.5.
    """

    file: str
    frame: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    understood: dict[str, str] = field(default_factory=dict)
    percent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cast:
    """A column as what it is said to be: ``values`` (missing where faulty), ``faults`` as (mask, rule, suggestion)."""

    values: pd.Series
    faults: list[tuple[pd.Series, str, str]] = field(default_factory=list)


def read_cells(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    encoding: str | None = None,
    dialect: Dialect = Dialect(),  # noqa: B008
) -> Cells:
    """Return the cells of a file that holds a table, as they stand, with what is wrong with the file.

    Parameters
    ----------
    path : str or Path
        Delimited text, Excel, Stata or Parquet, also gzipped; its first bytes tell which.
    sheet : str or int, optional
        Of a workbook, by its name or, from 0, its place; None: the one that holds a table.
    encoding : str, optional
        Of a text, as Python names it; None: seen from its bytes.
    dialect : Dialect
        How a text parts its fields.

    Returns
    -------
    Cells
        Empty, with its problems, where nothing can be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("place;rate\\nHà Giang;30,5\\n", "utf-16")
    ...     cells = read_cells(path)
    >>> cells.frame.to_dict("index"), cells.understood["encoding"]
    ({2: {'place': 'Hà Giang', 'rate': '30,5'}}, 'utf-16')
    """
    path = Path(path)
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        return _none(path.name, f"cannot be read: {getattr(error, 'strerror', error)}")
    if not regular:
        return _none(path.name, "no regular file")
    try:
        content = unzipped(path.read_bytes(), path.name)
        sheet_read = typed(content, path.name, sheet, encoding)
        if sheet_read is not None:
            return _of_sheet(sheet_read, path.name, dialect.header)
        text, seen = decoded(content, path.name, encoding)
    except OSError as error:
        return _none(path.name, f"cannot be read: {error.strerror}")
    except DataError as error:
        return Cells(path.name, pd.DataFrame(), problems=error.problems)
    made, delimiter, problems = records(text, path.name, dialect)
    if not made and problems:
        return Cells(path.name, pd.DataFrame(), problems)
    table = laid_out(made, path.name, dialect.header)
    problems += [*table.problems, *ragged(table.records, len(table.names), path.name)]
    understood = {"encoding": seen, "delimiter": delimiter, **_seen(table)}
    warnings = [*_around(table, path.name), *_unended(text, table, path.name)]
    return Cells(path.name, _frame(table), problems, warnings, understood)


def _of_sheet(sheet: Sheet, file: str, header: tuple[int, ...] | None) -> Cells:
    """Return the cells of a file that has types, with what is broken in them and what was understood."""
    if sheet.names is not None:
        table = Layout(sheet.names, (), sheet.records)
        twice = sorted({name for name in sheet.names if sheet.names.count(name) > 1})
        problems = [Problem(file, None, name, "", "more than one column of this name") for name in twice]
        return Cells(file, _frame(table), problems, sheet.warnings)
    table = laid_out(sheet.records, file, header, sheet.merged)
    problems, inside = [*table.problems], {number for number, _ in table.records}
    for (row, column), told in sheet.broken.items():
        if row in inside:
            problems.append(Problem(file, row, table.names[column - 1], *told))
    shown = sorted({column for row, column in sheet.percent if row in inside})
    for column in shown:
        bare = [
            (number, cells[column - 1])
            for number, cells in table.records
            if isinstance(cells[column - 1], int | float)
            and cells[column - 1]
            and (number, column) not in sheet.percent
        ]
        rule, advice = (
            "some cells of the column are shown in per cent and some are not",
            "give them one format",
        )
        problems += [
            Problem(file, number, table.names[column - 1], str(cell), rule, advice) for number, cell in bare
        ]
    understood = {"sheet": sheet.name, **_seen(table)}
    percent = frozenset(table.names[column - 1] for column in shown)
    understood["percent"] = ", ".join(sorted(percent))
    return Cells(file, _frame(table), problems, [*sheet.warnings, *_around(table, file)], understood, percent)


def _unended(text: str, table: Layout, file: str) -> Iterator[Problem]:
    """Yield a warning where a figure is the last of a text, behind which nothing says that it is whole."""
    if table.records and re.search(r"\d[.,]?\Z", text[-2:]):
        number, cells = table.records[-1]
        name = table.names[len(cells) - 1] if len(cells) <= len(table.names) else ""
        rule, advice = "the file ends with a figure and no line break", "see that this figure is whole"
        yield Problem(
            file,
            number,
            name,
            str(cells[-1]),
            rule,
            advice,
        )


def _seen(table: Layout) -> dict[str, str]:
    around = {"titles": table.above, "below": table.below}
    told = {name: _line(cells for _, cells in rows) for name, rows in around.items()}
    return {"header": ", ".join(map(str, table.header)), **told}


def _line(rows: Iterable[list[Any]]) -> str:
    return " / ".join(" ".join(str(cell).split()) for cells in rows for cell in cells if filled(cell))


def _frame(table: Layout) -> pd.DataFrame:
    """Return the records that are as wide as the header; a column without name and cells is left out."""
    rows = [(number, cells) for number, cells in table.records if len(cells) == len(table.names)]
    frame = pd.DataFrame([cells for _, cells in rows], columns=table.names, dtype=object)
    frame.index = pd.Index([number for number, _ in rows], dtype="int64", name="row")
    used = [bool(name) or any(filled(cells[at]) for _, cells in rows) for at, name in enumerate(table.names)]
    return frame.loc[:, used]


_AREAS = "tỉnh|thành phố|huyện|thị xã|quận|xã|phường|thị trấn|vùng"
TOTAL = re.compile(
    rf"((tổng|cộng)( cộng| số)?( (toàn|cả) ({_AREAS})| (của )?({_AREAS}) .*)?|(toàn|cả) ({_AREAS})|(grand |sub)?total|sum)( ?\(.*\))?",
    re.IGNORECASE,
)


def _around(table: Layout, file: str) -> Iterator[Problem]:
    """Yield a warning for each row that sums others up, by the first words of it, and for each below the table."""
    for number, cells in table.below:
        if not is_note(cells, len(table.names)):
            yield Problem(file, number, "", _line([cells]), "below the last figures: taken for no row")
    for number, cells in table.records:
        texts = [cell.strip(" :.") for cell in cells[:3] if isinstance(cell, str)]
        for text in filter(TOTAL.fullmatch, texts):
            yield Problem(
                file, number, "", text, "a total among the rows", "leave it out where rows are counted"
            )
            break


def _none(file: str, rule: str) -> Cells:
    return Cells(file, pd.DataFrame(), [Problem(file, None, "", "", rule)])


def cast(cells: pd.Series, kind: str, notation: Notation = Notation(), pattern: str = "") -> Cast:  # noqa: B008
    """Return a column as what it is said to be, and what did not fit.

    Parameters
    ----------
    cells : Series
        A column as it stands.
    kind : {"text", "number", "integer", "year", "boolean", "date"}
        What it is said to be.
    notation : Notation
        How the table writes its values.
    pattern : str, default ""
        How dates are written, as for ``strptime``; else they are year-month-day.

    Returns
    -------
    Cast
        text: str or None; number: float64; integer and year: Int64; boolean: nullable; date: datetime64.

    Examples
    --------
    >>> cast(pd.Series(["3", "2.5"]), "integer").faults[0][1]
    'expected a whole number'
    """
    missing = is_missing(cells, notation)
    if kind == "text":
        texts = [None if lost else _text(cell) for cell, lost in zip(cells, missing, strict=True)]
        return Cast(pd.Series(texts, cells.index, dtype=object, name=cells.name))
    if kind in ("number", "integer"):
        numbers = read_numbers(cells, notation)
        faults = [*number_rules(numbers)]
        if kind == "number":
            return Cast(numbers.values, faults)
        broken = numbers.values.notna() & (numbers.values % 1 != 0)
        faults += [(broken, "expected a whole number", "")] if broken.any() else []
        return Cast(numbers.values.where(~broken).astype("Int64"), faults)
    if kind == "year":
        values, wrong = read_years(cells.where(~missing, None))
        return _faulty(values, wrong & ~missing, "expected a year")
    if kind == "boolean":
        return _faulty(
            *read_yes_no(cells, notation), "expected yes or no", "the words are set by yes= and no="
        )
    days = cells.where(~missing, None).map(_text, na_action="ignore")
    values = pd.to_datetime(days, format=pattern or "%Y-%m-%d", errors="coerce")
    written = f"in the form {pattern}" if pattern else "year-month-day, such as 2020-05-07"
    return _faulty(values, values.isna() & ~missing, f"expected a date, {written}")


def _faulty(values: pd.Series, wrong: pd.Series, rule: str, suggestion: str = "") -> Cast:
    return Cast(values, [(wrong, rule, suggestion)] if wrong.any() else [])


def _text(cell: object) -> str:
    """Return a cell as text: a whole number without its point, a day without its midnight, single blanks."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).removesuffix(" 00:00:00").split())


def problems_of(file: str, cells: pd.Series, made: Cast) -> Iterator[Problem]:
    """Yield a problem for each cell that did not fit; the index of the column holds the rows of the file.

    >>> column = pd.Series(["650", "many"], index=[2, 3], name="income")
    >>> print(*problems_of("a.csv", column, cast(column, "number")))
    a.csv, row 3, field income: 'many': expected a finite number
    """
    for mask, rule, suggestion in made.faults:
        for row, cell in cells[mask].items():
            yield Problem(file, int(row), str(cells.name), str(cell), rule, suggestion)
