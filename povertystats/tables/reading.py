"""Any table read for use: its columns as numbers, years, dates and texts, what was understood of it and what was not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.numbers import Notation
from povertystats.files.problems import Findings, Problem
from povertystats.files.units import unit_told
from povertystats.tables.columns import Column, read_column, with_signs
from povertystats.tables.delimited import Dialect
from povertystats.tables.table import KINDS, read_cells
from povertystats.words.errors import refuse
from povertystats.words.names import did_you_mean, plain
from povertystats.words.result import Result
from povertystats.words.wording import say

# What a sheet says above its table of the unit of all figures.
_UNIT = re.compile(r"(?:đơn vị(?: tính)?|đvt|unit)\s*:\s*([^/;)]+)", re.IGNORECASE)


@dataclass(frozen=True, eq=False, repr=False)
class ReadTable(Result):
    """A table as read from its file, with what was understood of it.

    Parameters
    ----------
    file : str
        The file's name.
    table : DataFrame
        Its rows: numbers where a whole column is numbers, in their unit; years and counts whole; dates; yes and no;
        texts, among them codes with their leading zeros and all that may mean two things.
    rows : tuple of int
        The row in the file of each row of ``table``; the header's rows and blank ones are counted.
    columns : DataFrame
        One row a column: column, kind ("text", "number", "integer", "year", "date", "boolean"), unit ("" where none is
        said), decimal (the sign, where one stands in texts), missing (cells).
    understood : dict
        As texts: encoding, delimiter, sheet, header (rows), titles above it, what stands below; only what there is.
    findings : Findings
        Errors and warnings, each with file, row, field, value, rule and suggestion.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "review.csv")
    ...     _ = path.write_text("Tỉnh;Số hộ nghèo;Tỷ lệ (%)\\nHà Giang;1.234.567;30,5\\n", "utf-16")
    ...     read = ps.read_table(path)
    >>> read.table.to_dict("records")
    [{'Tỉnh': 'Hà Giang', 'Số hộ nghèo': 1234567, 'Tỷ lệ (%)': 30.5}]
    >>> print(read.text("en"))
    review.csv: 1 row, 3 columns; header in row 1
    utf-16; fields parted by ";"
    Tỉnh: text
    Số hộ nghèo: whole numbers, households
    Tỷ lệ (%): numbers, pct, decimal sign ","
    """

    file: str
    table: pd.DataFrame
    rows: tuple[int, ...] = ()
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    understood: dict[str, str] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def text(self, lang: str = "vi") -> str:
        """Return what was understood, a line for the file, its form and each column, and how much was not.

        Parameters
        ----------
        lang : str, default "vi"
            The language.

        Returns
        -------
        str
            What was not understood stands in ``findings.text()``.
        """
        seen, lines = self.understood, []
        header = say("table.header", lang, rows=seen["header"]) if seen.get("header") else ""
        lines.append(
            say("table.file", lang, file=self.file, n=len(self.table), k=len(self.columns), header=header)
        )
        parts = {
            "encoding": seen.get("encoding", ""),
            "delimiter": "" if len(self.columns) < 2 else seen.get("delimiter", "").replace("\t", "TAB"),
            "sheet": seen.get("sheet", ""),
            "titles": seen.get("titles", ""),
            "below": seen.get("below", ""),
            "percent": seen.get("percent", ""),
        }
        lines.append(
            "; ".join(say(f"table.{name}", lang, value=value) for name, value in parts.items() if value)
        )
        for name, kind, unit, decimal, missing in self.columns.itertuples(index=False):
            told = [say(f"table.kind.{kind}", lang), unit]
            told += [say("table.decimal", lang, sign=decimal)] if decimal else []
            told += [say("table.missing", lang, n=missing)] if missing else []
            lines.append(f"{name}: {', '.join(filter(None, told))}")
        errors, warnings = len(self.findings.errors), len(self.findings.warnings)
        lines.append(
            say("table.findings", lang, errors=errors, warnings=warnings) if errors or warnings else ""
        )
        return "\n".join(filter(None, lines))

    def _sentence(self) -> str:
        return (
            f"{self.file}: {len(self.table)} rows, {len(self.columns)} columns; {self.findings._sentence()}"
        )


def read_table(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Iterable[str] | None = None,
    yes: Iterable[str] | None = None,
    no: Iterable[str] | None = None,
    types: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> ReadTable:
    """Read a table from delimited text, Excel, Stata or Parquet, and say what was understood of it.

    Parameters
    ----------
    path : str or Path
        The file; its first bytes tell its kind. Text may be gzipped, of any delimiter, in UTF-8, UTF-16 or an older
        encoding; titles above the header and a header of several rows are understood.
    sheet : str or int, optional
        A workbook's sheet by name or, from 0, by place. Needed where several hold tables.
    encoding : str, optional
        Of a text, as Python names it. Needed where two are likely.
    delimiter : str, optional
        Between the fields of a text. Needed where two are likely.
    decimal, thousands : str, optional
        "." or ","; thousands also " " or "" (none). Needed where a figure such as 1.500 may mean two things.
    missing, yes, no : iterable of str, optional
        The words for what is missing, for yes and for no, in place of the usual ones (``NA``, ``..``, ``-``; ``Có``,
        ``x``, ``1``; ``Không``, ``0``).
    types : dict of str to str, optional
        What a column is, where the cells do not tell: "text", "number", "integer", "year", "boolean" or "date".
    units : dict of str to str, optional
        The unit in which the figures of a column are written: "share" turns 0.305 into 30.5 per cent, "pct" says that
        they are per cent as they stand; "vnd", "vnd_k", "households" and others where the name does not tell.

    Returns
    -------
    ReadTable
        The table, and in ``findings`` what is wrong with it or may mean two things: nothing is read wrong in silence.

    Raises
    ------
    Refused
        On options that mean nothing: a column that is not there, an unknown type, two signs that are one.

    Notes
    -----
    No type is sampled: a column is what all of its cells are.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "review.csv")
    ...     _ = path.write_text("place,households\\n01,1.500\\n02,650\\n", "utf-8")
    ...     asked, told = read_table(path), read_table(path, decimal=",")
    >>> print(asked.findings.text())
    Errors (1):
      review.csv, row 2, field households: '1.500': a point before three digits may part thousands or be a decimal sign; say which with decimal="," or decimal="."
    >>> told.table.values.tolist()
    [['01', 1500], ['02', 650]]
    """
    words = {"missing": missing, "yes": yes, "no": no}
    given: dict[str, Any] = {name: tuple(some) for name, some in words.items() if some is not None}
    notation = Notation(decimal, thousands, **given)
    types, units = (
        {unicodedata.normalize("NFC", " ".join(name.split())): what for name, what in (named or {}).items()}
        for named in (types, units)
    )
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        refuse("cannot read the table", [f"delimiter is {delimiter!r}; expected one sign"])
    refuse(
        "cannot read the table",
        [
            f"types: {name!r} is {kind!r}; expected {', '.join(KINDS)}"
            for name, kind in types.items()
            if kind not in KINDS
        ],
    )
    cells = read_cells(path, sheet=sheet, encoding=encoding, dialect=Dialect(delimiter))
    frame = cells.frame.loc[:, ~cells.frame.columns.duplicated()]
    if len(cells.frame.columns):
        spelled = {plain(name): name for name in frame}
        unknown = [
            f"{option}: there is no column {name!r}{did_you_mean(name, spelled)}"
            for option, named in (("types", types), ("units", units))
            for name in named
            if name not in frame
        ]
        refuse("cannot read the table", unknown)
    said = _UNIT.search(cells.understood.get("titles", ""))
    # "hộ, %" is not one unit.
    usual = unit_told(f"({said[1].strip()})") if said and not re.search(r"[,+&]| và | and ", said[1]) else ""
    columns = [
        read_column(
            frame[name], cells.file, notation, types.get(name), units.get(name), name in cells.percent, usual
        )
        for name in frame
    ]
    empty = (
        [Problem(cells.file, None, "", "", "a header and no rows")]
        if len(frame.columns) > len(frame) == 0
        else []
    )
    warnings = [*cells.warnings, *empty, *(problem for column in columns for problem in column.warnings)]
    return ReadTable(
        cells.file,
        pd.DataFrame({column.name: column.values for column in columns}, index=frame.index).reset_index(
            drop=True
        ),
        tuple(map(int, frame.index)),
        pd.DataFrame(
            [_described(column) for column in columns],
            columns=["column", "kind", "unit", "decimal", "missing"],
        ),
        {name: value for name, value in cells.understood.items() if value},
        Findings((*cells.problems, *with_signs(columns)), tuple(warnings)),
    )


def _described(column: Column) -> tuple[str, str, str, str, int]:
    return column.name, column.kind, column.unit, column.decimal, int(column.values.isna().sum())
