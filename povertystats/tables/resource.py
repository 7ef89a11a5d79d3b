"""The files of a data package, read as the fields of their roles, what is wrong with their form; joined with ours."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povertystats.files.descriptor import checked_sums, near, regular
from povertystats.files.identity import KIND
from povertystats.files.lags import HINT
from povertystats.files.numbers import Notation, is_missing, read_numbers
from povertystats.files.problems import Problem
from povertystats.files.units import Reading
from povertystats.words.errors import InvalidValue
from povertystats.words.names import plain

# Text as pandas holds it without pyarrow, quicker for tables this small: installing that package changes nothing.
TEXT = pd.StringDtype("python", na_value=np.nan)


def read_resource(
    folder: Path,
    resource: Mapping[str, Any],
    fields: Mapping[str, dict],
    own: Reading,
    indicators: pd.DataFrame,
) -> tuple[pd.DataFrame | None, list[Problem], list[Problem]]:
    """Return a file of a package as the fields that it should have, with what is wrong and what deserves a look.

    Parameters
    ----------
    folder : Path
        The package's folder.
    resource : mapping
        What its descriptor says of the file.
    fields : mapping
        {field: what it must be}, as in ``schema.json``.
    own : Reading
        How it is written.
    indicators : DataFrame
        The indicators that its facts may be of, with what they can be.

    Returns
    -------
    tuple
        The table with columns ``file`` and ``row``, in which what could not be read is missing, so that the checks of
        its content still see the rest (None when a needed column is missing, or the file cannot be read); errors;
        warnings.
    """
    # Ours is read without them, and sooner.
    from povertystats.files.languages import told_in, untold
    from povertystats.tables.delimited import declared
    from povertystats.tables.roles import conformed, keyed, limits_of
    from povertystats.tables.table import Cast, cast, problems_of, read_cells

    file = resource["path"]
    try:
        problems = list(checked_sums(resource, regular(folder / file)))
    except OSError as error:
        reason = error.strerror or str(error)
        return None, [Problem(file, None, "", reason, "expected a readable file")], []
    said = declared(dict(resource), own.notation)
    if said.problems:
        return None, [*problems, *(Problem(file, None, "dialect", "", rule) for rule in said.problems)], []
    sheet = dict(own.given).get("sheet", said.sheet)
    cells = read_cells(folder / file, sheet=sheet, encoding=said.encoding, dialect=said.dialect)
    problems += [replace(problem, file=file) for problem in cells.problems]
    warnings = [replace(problem, file=file) for problem in cells.warnings]
    frame = cells.frame
    if not len(frame.columns):
        return None, problems, warnings
    usual, fields = fields, told_in(fields, [str(name) for name in frame.columns])
    if "published" in frame or dict(own.given).get("published"):  # says when figures were known
        fields = {
            n: {**about, "constraints": {}} if n == "available_from" else about for n, about in fields.items()
        }
    wrong, lacking = checked_header(frame.columns, fields, resource)
    problems += [_hinted(problem, fields) for problem in wrong]
    if lacking or frame.columns.has_duplicates:
        return None, problems, warnings
    made, absent, asked = {}, dict[str, pd.Series](), limits_of(resource)
    for field, about in fields.items():
        kind, limits = about["type"], about.get("constraints", {})
        if field not in frame and kind in absent:  # nothing is read twice
            made[field] = absent[kind]
            continue
        column = frame.get(field, pd.Series(None, index=frame.index, dtype=object, name=field))
        signs = said.notations.get(field, said.notation)
        signs = _notation(frame, signs, indicators) if field == "value" else signs
        if kind == "string" and limits.get("required"):
            signs = replace(signs, missing=("",))  # a code may be called NA
        missing = is_missing(column, signs)
        read = (
            Cast(_texts(column.mask(missing)))
            if kind == "string"
            else cast(column, kind, signs, said.patterns.get(field, ""))
        )
        values, faults = conformed(read.values, missing, limits)
        try:
            faults += conformed(values, missing, asked[field])[1] if field in asked else []
        except (InvalidValue, TypeError, re.error) as error:
            problems.append(Problem(file, None, field, "", "constraints that mean nothing", str(error)))
        problems += problems_of(file, column, Cast(values, [*read.faults, *faults]))
        if kind == "string":
            made[field] = values.fillna("").astype(TEXT)
        elif kind == "boolean":
            made[field] = values.fillna(False).astype(bool)
        else:
            made[field] = values if kind == "date" else values.astype("float64")
        if field not in frame:
            absent[kind] = made[field]
    problems += keyed(frame, resource)
    table = pd.DataFrame(made).assign(file=file, row=frame.index)
    problems = [*(_hinted(problem, fields) for problem in problems), *untold(table, usual)]
    if dict(own.given).get("illustrative") and "illustrative" in table:
        table["illustrative"] = True
    return table.reset_index(drop=True), problems, warnings


# What to do where a field is missing, or is of nobody.
_HINTS = {
    "places": {"kind": KIND, "code": "an official code, or any short name that no other place has"},
    "facts": {
        "available_from": HINT,
        "source_id": "who published the figure: any short name, which sources.csv describes",
        "status": '"official" for a figure that was published',
        "unit": '"pct" for per cent, else the currency or what is counted',
    },
}


def _hinted(problem: Problem, fields: Mapping[str, dict]) -> Problem:
    """Return a problem with what to do, where that is no near name: of facts without a day, places of a kind of their own."""
    role = "facts" if "published" in fields else "places" if "code" in fields and "parent" in fields else ""
    hint = _HINTS.get(role, {}).get(problem.field, "")
    unsaid = not problem.suggestion and not (problem.field == "available_from" and problem.value)
    return replace(problem, suggestion=hint) if hint and unsaid else problem


def _texts(cells: pd.Series) -> pd.Series:
    """Return cells as texts, without blanks around them; cells of a spreadsheet as they would be written."""
    if all(isinstance(cell, str) for cell in cells.dropna().unique()):
        return cells.str.strip()
    from povertystats.tables.table import cast

    return cast(cells, "text").values


def checked_header(
    header: Collection[str], fields: Mapping[str, dict], resource: Mapping[str, Any]
) -> tuple[list[Problem], bool]:
    """Return what is wrong with the columns of a file, and whether one that is needed is missing.

    A column that is not known is an error, unless the schema of its resource names it; one that is nearly a known one
    that is not there, in any case.

    >>> found, lacking = checked_header(["place", "Note", "own"], {"place": {}, "note": {}}, {"path": "a.csv"})
    >>> [(problem.field, problem.suggestion) for problem in found], lacking
    ([('Note', 'did you mean note?'), ('own', 'name it in the schema of its resource if it is your own')], False)
    """
    file, schema = resource["path"], resource.get("schema") or {}
    declared = [field.get("name") for field in schema.get("fields", ())]
    needed = [name for name, about in fields.items() if about.get("constraints", {}).get("required")]
    lacking = [name for name in needed if name not in header]
    found = [Problem(file, 1, name, "", "this column is missing") for name in lacking]
    loose = {"superset", "partial"} & {*map(str, np.atleast_1d(schema.get("fieldsMatch") or ""))}
    found += [
        Problem(file, 1, str(name), "", "this column of the schema is not in the file")
        for name in declared
        if name not in header and name not in lacking and not loose
    ]
    absent = [name for name in fields if name not in header]
    for name in dict.fromkeys(name for name in header if name and name not in fields):
        hint = near(name, absent)
        if not hint and name not in declared:
            hint = "name it in the schema of its resource if it is your own"
        if hint:
            found.append(Problem(file, 1, name, "", "this column is not known", hint))
    return found, bool(lacking)


def _notation(frame: pd.DataFrame, notation: Notation, indicators: pd.DataFrame) -> Notation:
    """Take a mark for the decimal sign where a figure would else lie beyond what its indicator can be: "12.345" per cent."""
    if "indicator" not in frame or notation.decimal or notation.thousands:
        return notation
    read = read_numbers(frame["value"], notation)
    top = (
        frame["indicator"]
        .map(plain)
        .map(dict(zip(indicators["indicator"].map(plain), indicators["max"], strict=True)))
    )
    texts = frame["value"].where(read.doubtful).astype("string")
    for mark, other in ((".", ","), (",", ".")):
        parted = read_numbers(
            frame["value"].where(texts.str.contains(mark, regex=False)), Notation(decimal=other)
        )
        if (parted.values > top.astype(float)).any():
            return replace(notation, decimal=mark)
    return notation


def unchanged(
    folder: Path, resources: Sequence[Mapping[str, Any]], fields: Mapping[str, dict]
) -> pd.DataFrame | None:
    """Read the files of ours with one role, which are as they were when they were checked; None where one is not."""
    cells: dict[str, list[str]] = {field: [] for field in fields}
    files, numbers = list[str](), list[int]()
    for resource in resources:
        path = folder / resource["path"]
        content = path.read_bytes() if path.is_file() else b""
        if resource.get("hash") != f"sha256:{sha256(content).hexdigest()}":
            return None
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        columns = dict(zip(header, zip(*rows, strict=True), strict=False))
        for field, told in cells.items():
            told += columns.get(field, [""] * len(rows))
        files += [resource["path"]] * len(rows)
        numbers += range(2, len(rows) + 2)
    made = {field: _converted(told, fields[field]["type"]) for field, told in cells.items()}
    return pd.DataFrame(made).assign(file=files, row=numbers)


def _converted(cells: list[str], kind: str) -> Any:
    """Return checked cells as what their field holds; a blank number or date is missing, a blank yes or no is no."""
    if kind in ("number", "year"):
        return np.array([float(cell) if cell else np.nan for cell in cells])
    if kind == "date":
        days = {cell: np.datetime64(cell or "NaT", "us") for cell in {*cells}}
        return np.array([days[cell] for cell in cells], dtype="datetime64[us]")
    if kind == "boolean":
        return np.array([cell.lower() in ("true", "1") for cell in cells], dtype=bool)
    return pd.array(cells, dtype=TEXT)


def named(rows: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Return what tells each row from others, as names are compared.

    >>> named(pd.DataFrame({"target": ["A ", "a"], "year": [2020, 2020]}), ["target", "year"]).tolist()
    ['a|2020', 'a|2020']
    """
    if rows.empty:
        return pd.Series([], rows.index, dtype=str)
    cells = ([plain(cell) for cell in rows[column].astype(str)] for column in key)
    return pd.Series(["|".join(row) for row in zip(*cells, strict=True)], rows.index, dtype=str)


def twice(rows: pd.DataFrame, key: Sequence[str]) -> Iterator[Problem]:
    """Yield a Problem for everything that stands twice in the files of one package, compared as names are."""
    same = named(rows, key)
    if not same.duplicated().any():
        return
    first = rows.groupby(same, sort=False)[["file", "row"]].transform("first")
    rule, name = f"stands twice in this package (same {', '.join(key)})", key[1] if len(key) > 1 else key[0]
    for i in rows.index[same.duplicated()]:
        file, row, value = rows.loc[i, ["file", "row", name]]
        where = f"first in {first.at[i, 'file']}, row {first.at[i, 'row']}"
        yield Problem(file, int(row), name, str(value), rule, where)


def together(ours: pd.DataFrame, own: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return our rows and those of a package, which stand for ours with the same key and take its spelling."""
    before, after = named(ours, key), named(own, key)
    own = own.copy()
    for column in key:
        if isinstance(own[column].dtype, pd.StringDtype):
            same = dict(zip(before, ours[column], strict=True))
            own[column] = after.map(same).fillna(own[column]).astype(own[column].dtype)
    return pd.concat([ours[~before.isin(set(after))], own], ignore_index=True)
