"""Files whose cells have types: Excel workbooks, Stata and Parquet; what stands in a cell is taken as it is typed.

openpyxl rather than a faster reader: it alone tells how a number is shown (0.305 as 30.5 %), what is merged and hidden.
"""

from __future__ import annotations

import datetime
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from povertystats.files.numbers import MISSING
from povertystats.files.problems import DataError, Problem
from povertystats.tables.fonts import misread
from povertystats.tables.layout import Merged, Record, filled
from povertystats.tables.text import UNSEEN, decoded
from povertystats.words.errors import MissingExtra

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^]]*\]')
_MOST = 2**31
# Days whose numbers in a spreadsheet are 1900 to 2099; formats with leading zeros; those that show thousands.
_YEARS = datetime.datetime(1905, 3, 14), datetime.datetime(1905, 9, 30)
_PADDED = re.compile("0{2,}")
_SCALED = re.compile(r"[0#?](,+)(?:;|$)")
_RAISED = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
_FEW = 8  # so many rows are named one by one
_SAVE = "open it in Excel or LibreOffice and save it as .xlsx"
_ERROR = "an error of the spreadsheet", "mend the formula of this cell"
_DAY_SHOWN = "is a year that is shown as a day", "give the cell the format of a number"
_NO_VALUE = "a formula without its value", f"{_SAVE}, which works it out"
SETTLED_BY = 'say which with sheet=, such as sheet="{}"'
# What files begin with that hold no table, or none that is read.
_OTHERS = {
    b"\xd0\xcf\x11\xe0": (
        "is an old workbook (.xls) or protected by a password",
        f"{_SAVE}, without a password",
    ),
    b"%PDF": ("is a PDF", "ask for the table it was made from"),
    b"$FL2": ("is an SPSS file", "save it as .dta or .xlsx"),
    **dict.fromkeys(
        (b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd", b"7z\xbc\xaf", b"Rar!"),
        ("is packed, and not by gzip", "unpack it"),
    ),
    b"{\\rtf": ("is a text document", "save its table as .xlsx or CSV UTF-8"),
}


@dataclass(frozen=True)
class Sheet:
    """The records of a typed file; ``header``: whether names stand among them; ``percent``: (row, column) shown in per cent."""

    records: list[Record]
    name: str = ""
    names: list[str] | None = None
    merged: list[Merged] = field(default_factory=list)
    percent: set[tuple[int, int]] = field(default_factory=set)
    broken: dict[tuple[int, int], tuple[str, str, str]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


def typed(
    content: bytes, file: str, sheet: str | int | None = None, encoding: str | None = None
) -> Sheet | None:
    """Return the records of a workbook, a Stata or a Parquet file, known by its first bytes; None for a text.

    Raises DataError on what cannot be read, what is no table, and where a sheet must be named; MissingExtra on Parquet
    without pyarrow.

    >>> typed(b"place,rate", "a.csv") is None
    True
    """
    for start, (rule, suggestion) in _OTHERS.items():
        if content.startswith(start):
            raise _fault(file, rule, suggestion)
    if re.match(rb"\s*<(!doctype html|html|table|\?xml)", content[:200], re.IGNORECASE):
        raise _fault(file, "is a web page or XML, whatever its name says", _SAVE)
    if re.match(rb"\s*[\[{]\s*[\[{\"]", content[:200]):
        raise _fault(file, "is JSON, and no table", "save it as CSV UTF-8 or .xlsx")
    if content.startswith(b"PK\x03\x04"):
        return _sheet(content, file, sheet)
    if content.startswith(b"PAR1"):
        return _parquet(content, file)
    if content.startswith(b"<stata_dta>") or file.lower().endswith(".dta"):
        return _stata(content, file, encoding)
    return None


def _fault(file: str, rule: str, suggestion: str = "", value: str = "") -> DataError:
    return DataError(file, [Problem(file, None, "", value, rule, suggestion)])


def _sheet(content: bytes, file: str, wanted: str | int | None) -> Sheet:
    """Return the sheet that is named, or the only one that holds a table."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = archive.namelist()
            if sum(part.file_size for part in archive.infolist()) > _MOST:
                raise _fault(file, "is larger than 2 GB when unpacked", "save the table as CSV UTF-8")
            cells = [
                archive.read(n) for n in inside if n.startswith(("xl/worksheets/sheet", "xl/sharedStrings"))
            ]
            formulas = any(b"<f" in part for part in cells)
            rich = any(b"vertAlign" in part for part in cells)  # a raised footnote is no digit
        if not any(name.startswith("xl/workbook.xml") for name in inside):
            raise _fault(file, "is packed, and no .xlsx workbook", f"unpack it if it holds one; else {_SAVE}")
        with warnings.catch_warnings():  # of parts that hold no cells
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, rich_text=rich)
            written = openpyxl.load_workbook(io.BytesIO(content)) if formulas else None
    except DataError:
        raise
    except Exception as error:  # whatever a damaged archive or its XML makes of it
        raise _fault(file, "is a damaged workbook", _SAVE, value=str(error)[:80]) from error
    name = _chosen(book, file, wanted)
    return _read(book[name], written[name] if written else None, file)


def _chosen(book: Any, file: str, wanted: str | int | None) -> str:
    """Return the name of the sheet that is asked for, or that alone holds a table."""
    names = [sheet.title for sheet in book.worksheets]
    listed = ", ".join(names)
    if isinstance(wanted, int):
        if not 0 <= wanted < len(names):
            raise _fault(file, "has no such sheet", f"its sheets, from 0: {listed}", str(wanted))
        return names[wanted]
    if wanted is not None:
        asked = unicodedata.normalize("NFC", wanted).strip().casefold()
        same = [name for name in names if unicodedata.normalize("NFC", name).strip().casefold() == asked]
        if not same:
            raise _fault(file, "has no such sheet", f"its sheets: {listed}", wanted)
        return same[0]
    tables = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible" and _is_table(sheet)]
    if len(tables) > 1:
        raise _fault(file, "holds several tables", SETTLED_BY.format('" or sheet="'.join(tables)))
    if not tables and len(names) != 1:
        raise _fault(
            file, "holds no table" if names else "holds no sheet", f"its sheets: {listed}" if names else ""
        )
    return (tables or names)[0]


def _is_table(sheet: Any) -> bool:
    rows: dict[int, int] = {}
    for cell in _cells(sheet):
        rows[cell.row] = rows.get(cell.row, 0) + 1
    return sum(count > 1 for count in rows.values()) > 1


def _cells(sheet: Any) -> Iterator[Any]:
    """Yield the cells that hold something; a sheet may be formatted down to its millionth row."""
    yield from (cell for cell in sheet._cells.values() if filled(cell.value))


def _read(sheet: Any, written: Any, file: str) -> Sheet:
    found = Sheet([], sheet.title)
    rows: dict[int, dict[int, Any]] = {}
    shown: dict[str, str] = {}
    struck = any(font.strike for font in sheet.parent._fonts)
    for cell in _cells(sheet):
        value, place = cell.value, (cell.row, cell.column)
        if cell.data_type == "e":
            if str(value) not in MISSING:
                found.broken[place] = str(value), *_ERROR
            value = None
        elif isinstance(value, str | list):
            value = UNSEEN.sub("", unicodedata.normalize("NFC", _raised(value)))
        elif isinstance(value, datetime.datetime) and _YEARS[0] <= value < _YEARS[1]:
            found.broken[place] = f"{value:%Y-%m-%d}", *_DAY_SHOWN
            value = None
        elif isinstance(value, int | float) and not isinstance(value, bool):
            form = _QUOTED.sub("", cell.number_format)
            if "%" in form:
                value = float(Decimal(repr(value)) * 100)
                found.percent.add(place)
            elif _PADDED.fullmatch(form) and value % 1 == 0 and value >= 0:
                value = f"{int(value):0{len(form)}d}"
            elif scaled := _SCALED.search(form):
                value = float(Decimal(repr(value)) / 1000 ** len(scaled[1]))
                shown[f"column {cell.column_letter}"] = (
                    f"shown in units of {1000 ** len(scaled[1]):,}, and read so"
                )
            elif isinstance(value, int) and value >= 10**15:  # a spreadsheet keeps 15 digits
                value = float(value)
        if struck and cell.font.strike:
            shown[f"row {cell.row}"] = "struck out, but read"
        rows.setdefault(cell.row, {})[cell.column] = value
    for cell in _cells(written) if written else ():
        if cell.data_type == "f" and sheet.cell(cell.row, cell.column).value is None:
            found.broken[cell.row, cell.column] = str(getattr(cell.value, "text", cell.value)), *_NO_VALUE
            rows.setdefault(cell.row, {})
    width = max((column for row in rows.values() for column in row), default=0)
    width = max([width, *(column for _, column in found.broken)])
    for number in sorted(rows):
        found.records.append((number, [rows[number].get(column) for column in range(1, width + 1)]))
    for area in sheet.merged_cells.ranges:
        found.merged.append((area.min_row, area.min_col - 1, area.max_row, area.max_col - 1))
    if problem := misread(
        "\n".join(str(cell) for row in rows.values() for cell in row.values() if isinstance(cell, str))
    ):
        raise _fault(file, *problem)
    found.warnings.extend(_hidden(sheet, rows, width, file))
    found.warnings.extend(Problem(file, None, "", where, rule) for where, rule in shown.items())
    return found


def _raised(value: Any) -> str:
    """Return the text of a cell, its raised digits as such: 19,57¹ and no 19,571."""
    if isinstance(value, str):
        return value
    parts = [(getattr(part, "text", part), getattr(part, "font", None)) for part in value]
    return "".join(
        text.translate(_RAISED) if getattr(font, "vertAlign", "") == "superscript" else text
        for text, font in parts
    )


def _hidden(sheet: Any, rows: dict[int, Any], width: int, file: str) -> Iterator[Problem]:
    from openpyxl.utils import get_column_letter

    unseen = [str(number) for number in sorted(rows) if sheet.row_dimensions[number].hidden]
    if unseen:
        some = ", ".join(unseen[:_FEW]) + (f" and {len(unseen) - _FEW} more" if len(unseen) > _FEW else "")
        yield Problem(file, None, "", f"rows {some}", "hidden, but read", "remove them if they do not count")
    for name, column in sheet.column_dimensions.items():
        first, last = column.min or 0, min(column.max or 0, width)
        if column.hidden and first <= last:
            letters = name if first == last else f"{name} to {get_column_letter(last)}"
            yield Problem(
                file, None, "", f"column {letters}", "hidden, but read", "remove it if it does not count"
            )


def _parquet(content: bytes, file: str) -> Sheet:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        extra = 'Parquet needs the register extra: pip install "povertystats[register]"'
        raise MissingExtra(extra, name="pyarrow") from error
    try:
        table = pyarrow.parquet.read_table(io.BytesIO(content))
        names = [*table.column_names]
        rows = [*zip(*(_plain(column.to_pylist()) for column in table.columns), strict=True)]
    except Exception as error:  # whatever a damaged file makes of it
        raise _fault(file, "is a damaged Parquet file", value=str(error)[:80]) from error
    return Sheet([(number, [*row]) for number, row in enumerate(rows, start=1)], names=names)


def _plain(cells: list[Any]) -> list[Any]:
    cells = [cell.decode() if isinstance(cell, bytes) else cell for cell in cells]
    return [float(cell) if isinstance(cell, Decimal) else cell for cell in cells]


def _stata(content: bytes, file: str, encoding: str | None) -> Sheet:
    """Return the records of a Stata file, values by their labels; texts from before Stata 14 are decoded as others are."""
    import pandas as pd

    doubts = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for labelled in (True, False):
            try:
                frame = pd.read_stata(io.BytesIO(content), convert_categoricals=labelled)
                break
            except Exception as error:  # whatever a damaged file makes of it
                if not labelled or "labels" not in str(error):
                    raise _fault(file, "is a damaged Stata file", value=str(error)[:80]) from error
                rule = "two values have one label: the values are read, no labels"
                doubts.append(Problem(file, None, "", "", rule))
    names: list[Any] = [*map(str, frame.columns)]
    whole = frame.astype(object).where(frame.notna(), None)
    columns = [whole.iloc[:, at].tolist() for at in range(len(names))]
    texts = sorted(
        {
            cell
            for cells in [names, *columns]
            for cell in cells
            if isinstance(cell, str) and not cell.isascii()
        }
    )
    release = re.match(rb"<stata_dta><header><release>(\d+)", content)
    guessed = not release or int(release[1]) < 118 or any(one.category is UnicodeWarning for one in told)
    if (
        texts and guessed and all(ord(letter) < 256 for text in texts for letter in text)
    ):  # latin-1, by pandas
        right = decoded("\x1f".join(texts).encode("latin-1"), file, encoding)[0].split("\x1f")
        meant: dict[Any, str] = dict(zip(texts, right, strict=True))
        names, *columns = ([meant.get(cell, cell) for cell in cells] for cells in [names, *columns])
    rows = [*zip(*columns, strict=True)]
    return Sheet([(at, [*row]) for at, row in enumerate(rows, start=1)], names=names, warnings=doubts)
