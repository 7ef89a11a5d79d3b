"""Reading and checking a data package: ours, or anyone's in the same shape.

``data/schema.json`` says which fields each role of file (facts, places, indicators, standards, sources,
targets, drivers, levers) has; a grid of specifications is a TOML file (``specifications``). A package needs a
``datapackage.json`` and facts; what it does not bring comes from ours.
Everything that is wrong is reported at once, with file, row and field.
"""

import csv
import io
import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povertystats.facts import checks
from povertystats.facts.facts import Facts
from povertystats.facts.places import Places, joined, relabelled
from povertystats.facts.specifications import Question, read_grid
from povertystats.files.problems import DataError, Problem
from povertystats.words.errors import Refused

_HERE = Path(__file__).resolve().parent.parent
# In a checkout the data stands beside the package, in an installation inside it.
DATA = next(
    (d for d in (_HERE / "data", _HERE.parent / "data") if (d / "datapackage.json").exists()), _HERE / "data"
)
# Text as pandas holds it without pyarrow, quicker for tables this small: installing that package changes nothing.
TEXT = pd.StringDtype("python", na_value=np.nan)
_GRID = "specifications"


def load_facts(path: str | Path | None = None, *, again: bool = False) -> Facts:
    """Read and check a data package and return its facts.

    Parameters
    ----------
    path : str or Path, optional
        A ``datapackage.json`` or its folder; ours by default.
    again : bool, default False
        Read and check the files again, and the form of our own as well, which was checked when their hashes
        were written.

    Returns
    -------
    Facts
        The same object while the files of the package stay as they are.

    Raises
    ------
    DataError
        Every problem of the package at once, with file, row and field.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> len(facts.places.provinces), ps.load_facts() is facts
    (63, True)
    """
    path = _located(path)
    return _facts(read_package(path, again=True)) if again else _loaded(path, _fingerprint(path))


@lru_cache(maxsize=8)
def _loaded(path: Path, contents: tuple) -> Facts:
    return _facts(read_package(path))


def _facts(tables: dict[str, Any]) -> Facts:
    kept = ("indicators", "standards", "sources", "targets", "drivers", "levers", _GRID, "comparison")
    return Facts(tables["facts"], Places(tables["places"]), **{role: tables[role] for role in kept})


def read_package(path: str | Path | None = None, *, again: bool = False) -> dict[str, Any]:
    """Read and check a data package; return ``{role: DataFrame}``, and under "comparison" our facts beside others'.

    Arguments as in ``load_facts``. Raises DataError with every problem: a missing file or column, a value of the
    wrong type, a wrong unit, a duplicated fact, an unknown place, indicator or source, a value out of range, a
    missing or mistaken poverty standard.
    """
    path = _located(path)
    if path.parent != DATA:
        return _checked(path)
    # Ours is read again and again, beside every other one: once for as long as its files stay as they are.
    return {role: table.copy() for role, table in _ours(path, _fingerprint(path), again).items()}


@lru_cache(maxsize=1)
def _ours(path: Path, fingerprint: tuple, again: bool) -> dict[str, Any]:
    return _checked(path, trusted=not again)


def _located(path: str | Path | None) -> Path:
    path = DATA if path is None else Path(path)
    return path / "datapackage.json" if path.is_dir() else path


def _fingerprint(path: Path) -> tuple:
    """Return what changes with the files of a package: of ours size and time, of another its contents."""
    ours = tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in sorted(DATA.glob("*.*")))
    if path.parent == DATA:
        return ours
    files = [path, *(path.parent / resource["path"] for resource in _descriptor(path)["resources"])]
    return (*(sha256(file.read_bytes()).digest() if file.is_file() else b"" for file in files), *ours)


def _checked(path: Path, *, trusted: bool = False) -> dict[str, Any]:
    """Read a package and check it against itself; return what ``read_package`` does."""
    descriptor = _descriptor(path)
    schema = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
    problems: list[Problem] = []
    tables: dict[str, list[pd.DataFrame]] = {role: [] for role in schema["roles"]}
    grids: list[dict] = []
    for resource in descriptor["resources"]:
        named = resource.get("name") in (*tables, _GRID)
        role = resource.get("role") or (resource["name"] if named else "facts")
        if role == _GRID:
            grids.append(resource)
            continue
        if role not in tables:
            problems.append(Problem(path.name, None, "role", role, f"expected one of {', '.join(tables)}"))
            continue
        titled = {**schema["fields"]["shared"], **schema["fields"][role]}
        fields = {name: titled[name] for name in schema["roles"][role]["columns"]}
        table = _read(path.parent, resource, fields, problems, trusted)
        if table is not None:
            tables[role].append(table)
    if not tables["facts"] and not problems:
        problems.append(Problem(path.name, None, "resources", "", "no file of facts is described"))
    if not tables["facts"]:
        raise DataError(path, problems)
    ours = {} if path.parent == DATA else read_package()
    merged: dict[str, Any] = {}
    for role, about in schema["roles"].items():
        if role == "places":
            own = pd.concat(tables[role] or [read_package()[role].iloc[:0]], ignore_index=True)
            merged[role] = joined(ours.get(role), own)
            continue
        parts = [_beside(ours[role], merged), *tables[role]] if ours and role != "facts" else tables[role]
        merged[role] = pd.concat(parts, ignore_index=True)
        if role != "facts":  # a package may redefine one of our places or sources, never list a fact twice
            merged[role] = merged[role].drop_duplicates(about["key"], keep="last", ignore_index=True)
    if descriptor.get("illustrative"):
        merged["facts"]["illustrative"] = True
    problems += [
        *checks.check_places(merged["places"]),
        *checks.check_indicators(merged["indicators"]),
        *checks.check_facts(merged, schema["roles"]["facts"]["key"]),
        *checks.check_targets(merged),
        *checks.check_drivers(merged),
        *([] if trusted else checks.check_estimators(merged["drivers"])),
    ]
    merged[_GRID] = dict(ours.get(_GRID, {}))
    for resource in grids:
        merged[_GRID] |= _grid(path.parent / resource["path"], resource, merged, problems, trusted)
    if problems:
        raise DataError(path, sorted(problems, key=lambda p: (p.file, p.row or 0)))
    merged["facts"] = merged["facts"].drop(columns="parent").astype({"year": int})
    # Our facts stay apart from anyone else's: they only teach how comparable rates move.
    merged["comparison"] = _beside(ours["facts"], merged) if ours else merged["facts"].iloc[:0]
    return merged


def _beside(table: pd.DataFrame, merged: dict[str, Any]) -> pd.DataFrame:
    """Name the places in a table of ours as they are told apart from those of a package."""
    columns = {"place", "where"} & {*table} if merged["places"]["own"].any() else ()
    return table.assign(**{column: relabelled(table[column], merged["places"]) for column in columns})


def _grid(
    path: Path, resource: dict, tables: dict[str, Any], problems: list[Problem], trusted: bool
) -> dict[str, Question]:
    """Return the questions of a file of specifications by name, none where there is a problem."""
    try:
        same = trusted and resource.get("hash") == _hash(path.read_bytes())
        return read_grid(path, set(tables["indicators"]["indicator"]), tables["drivers"], trusted=same)
    except OSError as error:
        problems.append(Problem(path.name, None, "", str(error), "expected a readable TOML file in UTF-8"))
    except Refused as refused:
        problems += [Problem(path.name, None, "", "", problem) for problem in refused.problems]
    return {}


def _hash(content: bytes) -> str:
    return "sha256:" + sha256(content).hexdigest()


def _descriptor(path: Path) -> dict[str, Any]:
    """Return ``datapackage.json`` as a dict whose resources have the types that the reader relies on."""
    problems = []
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(path, [Problem(path.name, None, "", "", "there is no such file")]) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(path, [Problem(path.name, None, "", str(error), "expected readable JSON")]) from None
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list) or not resources:
        problems.append(Problem(path.name, None, "resources", "", 'expected a list, each with a "path"'))
    for resource in resources if isinstance(resources, list) else []:
        about = resource if isinstance(resource, dict) else {}
        wrong = [f for f in ("name", "role", "hash") if not isinstance(about.get(f, ""), str)]
        if (
            not isinstance(about.get("path"), str)
            or "://" in about["path"]
            or Path(about["path"]).is_absolute()
            or ".." in Path(about["path"]).parts
        ):
            wrong.append("path")
        expected = {"path": "expected the name of one file inside the package's folder"}
        problems += [
            Problem(path.name, None, f, str(about.get(f, "")), expected.get(f, "expected text"))
            for f in wrong
        ]
    if problems:
        raise DataError(path, problems)
    return descriptor


_SAID = {
    "hash-count": "the file differs from its checksum in datapackage.json",
    "blank-row": "the row is blank",
    "missing-cell": "the cell is missing: the row is shorter than the header",
    "extra-cell": "a cell too many: the row is longer than the header",
    "duplicate-label": "this column stands twice",
    "blank-label": "a column without a name",
}


def _read(
    folder: Path, resource: dict, fields: dict[str, dict], problems: list[Problem], trusted: bool
) -> pd.DataFrame | None:
    """Read one file and note what is wrong with its form, unless it is ``trusted`` and has the hash described.

    Returns a table with columns ``file`` and ``row`` in which what could not be read is missing, so that
    the checks of its content still see the rest; None when columns are missing or the file is unreadable.
    """
    name = resource["path"]
    try:
        content = (folder / name).read_bytes()
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        header, *rows = list(csv.reader(lines)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(name, None, "", str(error), "expected a readable CSV file in UTF-8"))
        return None
    required = [f for f, about in fields.items() if about.get("constraints", {}).get("required")]
    missing = [f for f in required if f not in header]
    problems += [Problem(name, 1, f, "", "this column is missing") for f in missing]
    problems += [
        Problem(name, 1, f, "", _SAID["duplicate-label"]) for f in sorted(set(header)) if header.count(f) > 1
    ]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        problems.append(Problem(name, 1, "", header[0], "expected commas between the columns"))
    if missing or len(set(header)) < len(header):
        return None
    same = resource.get("hash") == _hash(content)
    found = [] if trusted and same else _faults(folder, resource, fields, header)
    for kind, row, field, cell, note in found:
        text = "" if cell is None else str(cell)
        problems.append(Problem(name, row, field or "", text, _SAID.get(kind) or note or kind))
    numbers = [n for n, row in enumerate(rows, start=2) if any(row)]
    padded = [(row + [""] * len(header))[: len(header)] for row in rows if any(row)]
    table = pd.DataFrame(padded, columns=header, dtype=TEXT)
    faulty = {(row, field) for _, row, field, *_ in found}
    for field, about in fields.items():
        column = table[field] if field in table else pd.Series("", index=table.index, dtype=TEXT)
        if about["type"] in ("number", "year"):
            read = pd.to_numeric(column, errors="coerce").astype(float)
            for i in column.index[(column != "") & ~np.isfinite(read)]:
                if (numbers[i], field) not in faulty:
                    problems.append(Problem(name, numbers[i], field, column[i], "expected a finite number"))
            column = read.where(np.isfinite(read))
        elif about["type"] == "date":
            column = pd.to_datetime(column.where(column != ""), format="%Y-%m-%d", errors="coerce")
        elif about["type"] == "boolean":
            column = column.str.lower().isin(["true", "1"])
        table[field] = column
    return table.assign(file=name, row=numbers)


def _faults(folder: Path, resource: dict, fields: dict[str, dict], header: list[str]) -> list[list]:
    """Return what is wrong with the form of a file: (type, row, field, cell, note) each."""
    import frictionless

    known = [{"name": f, **fields.get(f, {"type": "string"})} for f in header]
    described = frictionless.Resource(
        path=resource["path"],
        basepath=str(folder),
        schema=frictionless.Schema.from_descriptor({"fields": known}),
        encoding="utf-8",
        dialect=frictionless.Dialect.from_descriptor({"csv": {"delimiter": ","}}),
    )
    if "hash" in resource:
        described.hash = resource["hash"]
    return described.validate(limit_errors=1000).flatten(["type", "rowNumber", "fieldName", "cell", "note"])
