"""A workbook to fill in instead of options: figures, places, targets and drivers, with examples that are passed over."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.problems import DataError, Findings, Problem
from povertystats.files.writing import write_whole
from povertystats.layout.sheets import FONT, SHADE, row_height
from povertystats.packages.columns import ROLES
from povertystats.packages.indicators import ASKED
from povertystats.tables.reading import ReadTable, read_table
from povertystats.words.languages import LANGUAGES, check
from povertystats.words.wording import say

# The sheets with their columns, the last of which says that a row is an example.
SHEETS = {
    "figures": ("place", "year", "indicator", "value", "remark"),
    "places": ("place", "parent", "kind", "remark"),
    "targets": ("place", "target", "remark"),
    "drivers": ("indicator", "role", "unit", "title", "remark"),
    "about": ("what", "answer", "remark"),
}
_ABOUT = ("country", "source", "published", "as_of")
_ROWS, _GREY = 2000, "FF808080"


@dataclass(frozen=True)
class Form:
    """What a filled workbook says: its figures as a table; ``roles``, ``units`` and ``titles`` by indicator; ``targets``:
    {place: phrases}; ``about``: country, source, published, as_of; ``kind``: what a place is called."""

    read: ReadTable
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    targets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    kind: str = ""


def write_form(path: str | Path, lang: str = "vi") -> None:
    """Write an empty workbook to fill in, which ``start_package`` reads.

    Parameters
    ----------
    path : str or Path
        Where to write it.
    lang : str, default "vi"
        The language of its headings and examples.

    Raises
    ------
    InvalidValue
        An unknown language.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ps.write_form(f"{folder}/fill-me.xlsx", "en")
    ...     try:
    ...         ps.start_package(f"{folder}/mine", f"{folder}/fill-me.xlsx")
    ...     except ValueError as error:
    ...         print(error.problems[0].rule)
    no figures are filled in
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    font, size = FONT["font_name"], FONT["font_size"]
    check(lang)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "readme"
    for line in say("start.form.readme", lang).strip().splitlines():
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110
    for row in sheet["A"]:
        first = row.row == 1
        row.font = Font(name=font, bold=first, size=14 if first else size)
        row.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row.row].height = 24 if first else row_height([(row.value, 110)])
    for name, columns in SHEETS.items():
        sheet = book.create_sheet(name)
        sheet.append([say(f"start.form.column.{column}", lang) for column in columns])
        for row in _examples(name, lang):
            sheet.append(row)
            example = row[-1] == say("start.form.example", lang)
            for cell in sheet[sheet.max_row]:
                cell.font = Font(name=font, size=size, italic=example, color=_GREY if example else None)
        for cell in sheet[1]:
            cell.font = Font(name=font, size=size, bold=True)
            cell.fill = PatternFill("solid", fgColor=f"FF{SHADE[1:]}")
            sheet.column_dimensions[cell.column_letter].width = 48 if cell.value == columns[-1] else 26
        sheet.freeze_panes = "A2"
        _validate(sheet, name)
    for sheet in book:
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4, one page wide
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToHeight = 0
    content = BytesIO()
    book.save(content)
    write_whole(path, content.getvalue())


def _examples(sheet: str, lang: str) -> Iterator[list[Any]]:
    """Yield the rows of a sheet that are examples, or that are to be answered."""
    if sheet == "about":
        for what in _ABOUT:
            yield [what, None, say(f"start.form.about.{what}", lang)]
        return
    example, rate = say("start.form.example", lang), say("start.form.rate", lang)
    work, place = say("start.form.work", lang), say("start.form.place", lang)
    rows: dict[str, list[list[Any]]] = {
        "figures": [[place, 2023, rate, 12.5], [place, 2024, rate, 11.9], [place, 2024, work, 61.0]],
        "places": [[place, say("start.form.parent", lang), say("start.form.kind", lang)]],
        "targets": [[place, say("start.form.target", lang, rate=rate)]],
        "drivers": [[rate, "outcome", "pct", rate], [work, "driver", "pct", work]],
    }
    yield from ([*row, example] for row in rows[sheet])


def _validate(sheet: Any, name: str) -> None:
    """Offer the words that a cell may hold; others are warned of, but for roles and years."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rules = {
        ("figures", "A"): ("list", "=places!$A$2:$A$2000", "warning"),
        ("targets", "A"): ("list", "=places!$A$2:$A$2000", "warning"),
        ("figures", "C"): ("list", "=drivers!$A$2:$A$2000", "warning"),
        ("drivers", "B"): ("list", f'"{",".join(ROLES)}"', "stop"),
        ("drivers", "C"): ("list", f'"{",".join(ASKED)}"', "warning"),
    }
    for (of, column), (kind, source, style) in rules.items():
        if of == name:
            rule = DataValidation(type=kind, formula1=source, allow_blank=True, errorStyle=style)
            sheet.add_data_validation(rule)
            rule.add(f"{column}2:{column}{_ROWS}")
    if name == "figures":
        years = DataValidation(type="whole", operator="between", formula1="1900", formula2="2100")
        sheet.add_data_validation(years)
        years.add(f"B2:B{_ROWS}")


def read_form(path: str | Path, **reading: Any) -> Form | None:
    """Return what a filled workbook says, or None for any other file.

    Parameters
    ----------
    path : str or Path
        The file.
    **reading
        How it is written, as for ``read_table``.

    Returns
    -------
    Form or None
        Examples are passed over.

    Raises
    ------
    DataError
        No figure is filled in, or a sheet cannot be read.
    """
    if not _is_form(path):
        return None
    said = {name: _filled(path, name, reading) for name in SHEETS}
    figures = said["figures"]
    if figures.table.empty:
        rule, hint = (
            "no figures are filled in",
            "write them into the sheet figures; the grey rows are examples",
        )
        raise DataError(figures.file, [Problem(figures.file, None, "figures", "", rule, hint)])
    places = said["places"].table
    parents = dict(zip(places["place"], places["parent"], strict=True)) if len(places) else {}
    if any(isinstance(parent, str) and parent for parent in parents.values()):
        above = figures.table["place"].map(parents)
        extra = pd.DataFrame([("parent", "text", "", "", 0)], columns=figures.columns.columns)
        columns = pd.concat([figures.columns, extra], ignore_index=True)
        figures = replace(figures, table=figures.table.assign(parent=above.astype(object)), columns=columns)
    drivers, targets, about = (_texts(said[name].table) for name in ("drivers", "targets", "about"))
    roles = {
        role: tuple(r["indicator"] for r in drivers if r["role"].strip().casefold() == role) for role in ROLES
    }
    goals: dict[str, tuple[str, ...]] = {}
    for row in targets:
        goals[row["place"]] = (*goals.get(row["place"], ()), row["target"])
    kinds = places["kind"].dropna() if len(places) else pd.Series(dtype=object)
    return Form(
        figures,
        roles,
        {row["indicator"]: row["unit"] for row in drivers if row["unit"]},
        {row["indicator"]: row["title"] for row in drivers if row["title"]},
        goals,
        {row["what"]: row["answer"] for row in about if row["answer"]},
        str(kinds.mode().iloc[0]) if len(kinds) else "",
    )


def _is_form(path: str | Path) -> bool:
    """Say whether a file is a workbook with the sheets of a form."""
    import openpyxl

    try:
        if not zipfile.is_zipfile(path):
            return False
        book = openpyxl.load_workbook(path, read_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False
    names = {*book.sheetnames}
    book.close()
    return {*SHEETS} <= names


def _filled(path: str | Path, sheet: str, reading: dict[str, Any]) -> ReadTable:
    """Return a sheet with its columns by their names, without examples and blank rows."""
    read = read_table(path, **{**reading, "sheet": sheet})
    columns = SHEETS[sheet]
    if len(read.columns) < len(columns) - 1 or read.table.empty:
        return replace(read, table=pd.DataFrame(columns=columns), rows=())
    names = dict(zip(read.columns["column"], columns, strict=False))
    table = read.table.rename(columns=names)
    examples = {say("start.form.example", lang) for lang in LANGUAGES}
    shown = table["remark"].isin(examples) if "remark" in table else pd.Series(False, table.index)
    kept = ~shown & table[[name for name in columns[:-1] if name in table]].notna().any(axis=1)
    rows = tuple(row for row, keep in zip(read.rows, kept, strict=True) if keep)
    errors = tuple(
        replace(p, field=names.get(p.field, p.field))
        for p in read.findings.errors
        if p.row is None or p.row in rows
    )
    about = read.columns.assign(column=[names.get(name, name) for name in read.columns["column"]])
    about = about[about["column"] != "remark"].reset_index(drop=True)
    table = table[kept].drop(columns="remark", errors="ignore").reset_index(drop=True)
    return replace(read, table=table, rows=rows, columns=about, findings=Findings(errors))


def _texts(table: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {name: "" if pd.isna(cell) else str(cell) for name, cell in row.items()}
        for row in table.to_dict("records")
    ]
