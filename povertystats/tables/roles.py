"""The roles of the files of a data package: their fields and what these may hold, who has which, what names another's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.numbers import is_missing, read_numbers
from povertystats.files.problems import DataError, Problem
from povertystats.files.units import Reading
from povertystats.words.errors import InvalidValue
from povertystats.words.names import did_you_mean, plain

# Columns that name something of another table, several of it parted by semicolons.
_NAMES = {
    ("facts", "indicator"): "indicators",
    ("facts", "standard"): "standards",
    ("facts", "source_id"): "sources",
    ("indicators", "peers"): "indicators",
    ("targets", "indicator"): "indicators",
    ("targets", "proxy_indicator"): "indicators",
    ("targets", "source_id"): "sources",
    ("targets", "evidence_sources"): "sources",
    ("drivers", "indicator"): "indicators",
    ("drivers", "outcome"): "indicators",
    ("drivers", "benchmark"): "indicators",
    ("drivers", "second_look_of"): "drivers",
    ("levers", "indicator"): "indicators",
}
_TYPES = (
    "string, number, integer, boolean, date, datetime, year, any, time, yearmonth, duration, object, array, list, "
    "geopoint, geojson, default"
)
_FOREIGN = 'such as {"fields": "place", "reference": {"resource": "places", "fields": "place"}}'
_OF = {"indicators": "indicator", "standards": "standard", "sources": "source_id", "drivers": "driver"}


def respell(tables: Mapping[str, pd.DataFrame]) -> None:
    """Give names of indicators, standards, sources and drivers the spelling of their own table: "Poor_pct " is poor_pct."""
    for (role, column), of in _NAMES.items():
        names = tables[of][_OF[of]]
        spelled = {plain(name): name for name in names} | {name: name for name in names}
        cells = tables[role][column]
        meant = {
            cell: ";".join(spelled.get(name, spelled.get(plain(name), name)) for name in cell.split(";"))
            for cell in cells.unique()
        }
        if any(cell != name for cell, name in meant.items()):
            tables[role][column] = cells.map(meant).astype(cells.dtype)


def fields_of(schema: Mapping[str, Any]) -> dict[str, dict[str, dict]]:
    """Return {role: {field: what it must be}}, as ``schema.json`` says."""
    described, roles = schema["fields"], schema["roles"]
    return {
        r: {n: (described["shared"] | described[r])[n] for n in about["columns"]}
        for r, about in roles.items()
    }


def conformed(
    values: pd.Series, missing: pd.Series, limits: Mapping[str, Any]
) -> tuple[pd.Series, list[tuple[pd.Series, str, str]]]:
    """Return a column with the words of a choice as they are spelled there, and what breaks the constraints of its field.

    >>> limits = {"required": True, "enum": ["official", "plan"]}
    >>> values, faults = conformed(pd.Series(["Official", "sure", None]), pd.Series([False, False, True]), limits)
    >>> values.tolist()[:2], [rule for _, rule, _ in faults]
    (['official', 'sure'], ['the cell is empty', 'expected one of official, plan'])
    """
    known = values.notna()
    texts = pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)
    faults = [(missing, "the cell is empty", "")] if limits.get("required") else []
    if "enum" in limits and not texts:
        faults.append(
            (
                known & ~values.isin(limits["enum"]),
                f"expected one of {', '.join(map(str, limits['enum']))}",
                "",
            )
        )
    elif "enum" in limits:
        spelled = {plain(word): word for word in limits["enum"]}
        meant = values.map(lambda word: spelled.get(plain(word)), na_action="ignore")
        faults.append((known & meant.isna(), f"expected one of {', '.join(limits['enum'])}", ""))
        values = meant.where(meant.notna(), values)
    if "pattern" in limits:
        met = values.map(lambda text: bool(re.fullmatch(limits["pattern"], text)), na_action="ignore")
        faults.append((known & met.eq(False), f"expected the form {limits['pattern']}", ""))
    if "minimum" in limits:
        faults.append(
            (known & (values < _like(values, limits["minimum"])), f"expected {limits['minimum']} or more", "")
        )
    if "maximum" in limits:
        faults.append(
            (known & (values > _like(values, limits["maximum"])), f"expected {limits['maximum']} or less", "")
        )
    for name, sign in (("minLength", -1), ("maxLength", 1)):
        if name in limits and texts:
            beyond = known & (sign * values.map(len, na_action="ignore").astype(float) > sign * limits[name])
            faults.append(
                (beyond, f"expected {limits[name]} letters or {'more' if sign < 0 else 'less'}", "")
            )
    if limits.get("unique"):
        faults.append((known & values.astype(str).map(plain).duplicated(), "stands twice", ""))
    return values, [fault for fault in faults if fault[0].any()]


def _like(values: pd.Series, limit: Any) -> Any:
    try:
        return pd.Timestamp(limit) if pd.api.types.is_datetime64_any_dtype(values) else float(limit)
    except (TypeError, ValueError):
        raise InvalidValue(f"{limit!r} is no limit of this field") from None


def limits_of(resource: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {field: its constraints}, as the schema of a resource has them; its categories are the choice that it has.

    >>> limits_of({"schema": {"fields": [{"name": "value", "constraints": {"maximum": 100}}]}})
    {'value': {'maximum': 100}}
    """
    fields = [one for one in (resource.get("schema") or {}).get("fields") or [] if isinstance(one, dict)]
    limits = {}
    for field in fields:
        asked, choice = field.get("constraints"), field.get("categories")
        words = [one.get("value") if isinstance(one, dict) else one for one in choice or ()]
        limits[str(field.get("name"))] = {"enum": words} | (asked or {}) if words else asked
    return {name: of for name, of in limits.items() if isinstance(of, dict)}


def keyed(frame: pd.DataFrame, resource: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for every row whose primary or unique key, as the schema of its resource names it, stood before, and
    for types that there are not.

    >>> frame = pd.DataFrame({"place": ["A", "A"]}, index=[2, 3])
    >>> [str(problem) for problem in keyed(frame, {"path": "a.csv", "schema": {"primaryKey": "place"}})]
    ["a.csv, row 3, field place: 'A': stands twice, and is the primary key"]
    """
    file, schema = resource["path"], resource.get("schema") or {}
    for field in schema.get("fields") or []:
        if isinstance(field, dict) and str(field.get("type", "any")) not in _TYPES.split(", "):
            yield Problem(file, None, "type", str(field["type"]), f"expected one of {_TYPES}")
    keys = [
        (schema.get("primaryKey"), "primary"),
        *((key, "unique") for key in schema.get("uniqueKeys") or ()),
    ]
    for told, kind in keys:
        names = _names(told)
        if lost := [name for name in names if name not in frame]:
            yield Problem(file, 1, ", ".join(lost), "", f"this column of the {kind} key is not in the file")
        elif names:
            again = frame.duplicated(names) & ~(is_missing(frame[names[0]]) & (kind == "unique"))
            for row, cells in frame.loc[again, names].iterrows():
                value, rule = ", ".join(map(str, cells)), f"stands twice, and is the {kind} key"
                yield Problem(file, int(str(row)), ", ".join(names), value, rule)


def linked(folder: Path, resources: Sequence[Mapping[str, Any]], own: Reading) -> Iterator[Problem]:
    """Yield a problem for every row that names what does not stand where a foreign key of its schema refers to.

    Names are compared as names are, numbers as numbers; a row none of whose cells is filled refers to nothing. ``own``: how
    the files of the package are written. A file that cannot be read is a problem already.
    """
    by_name = {str(one.get("name")): at for at, one in enumerate(resources)}
    cells_of = cache(lambda at: _cells(folder, resources[at], own))
    for here, resource in enumerate(resources):
        file = resource["path"]
        for key in (resource.get("schema") or {}).get("foreignKeys") or ():
            told, to = _table(key), _table(_table(key).get("reference"))
            names, others = _names(told.get("fields")), _names(to.get("fields"))
            if not names or len(names) != len(others) or {*to} - {"resource", "fields"}:
                yield Problem(file, None, "foreignKeys", str(key), "is not understood", _FOREIGN)
                continue
            name = str(to.get("resource") or "")
            there = by_name.get(name) if name else here
            if there is None:
                rule = "a foreign key refers to it, and no resource has this name"
                near = did_you_mean(name, {plain(one): one for one in by_name}).removeprefix("; ")
                yield Problem(file, None, "foreignKeys", name, rule, near)
                continue
            rows, of, path = cells_of(here), cells_of(there), resources[there]["path"]
            if rows is None or of is None:
                continue
            lost = [(file, one) for one in names if one not in rows]
            lost += [(path, one) for one in others if one not in of]
            for where, one in lost:
                yield Problem(where, 1, one, "", "this column of a foreign key is not in the file")
            if lost:
                continue
            known = {*of[others].itertuples(index=False, name=None)}
            for row, cells in zip(rows.index, rows[names].itertuples(index=False, name=None), strict=True):
                if cells not in known and any(cells):
                    rule = f"not in {path}, field {', '.join(others)}, which a foreign key refers to"
                    yield Problem(file, int(row), ", ".join(names), ", ".join(cells), rule)


def _table(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def _names(told: Any) -> list[str]:
    return [told] if isinstance(told, str) and told else [*map(str, told)] if isinstance(told, list) else []


class _Cell(str):
    """A cell that is compared as names are, and shown as it is written."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return plain(self) == plain(str(other))

    def __hash__(self) -> int:
        return hash(plain(self))


def _cells(folder: Path, resource: Mapping[str, Any], own: Reading) -> pd.DataFrame | None:
    """Return the cells of a file as they are compared, missing where they are; None where it cannot be read."""
    from povertystats.tables.delimited import declared
    from povertystats.tables.table import cast, read_cells

    said = declared(dict(resource), own.beside(resource).notation)
    try:
        read = read_cells(
            folder / resource["path"], sheet=said.sheet, encoding=said.encoding, dialect=said.dialect
        )
    except (OSError, DataError):
        return None
    kinds = {one.get("name"): one.get("type") for one in (resource.get("schema") or {}).get("fields") or []}
    frame = read.frame.copy()
    for name in dict.fromkeys(frame.columns):
        if frame.columns.tolist().count(name) > 1:
            return None
        signs = said.notations.get(name, said.notation)
        texts = cast(frame[name], "text").values.astype(object)
        if kinds.get(name) in ("integer", "number", "year"):
            numbers = read_numbers(frame[name], signs).values
            texts = texts.where(numbers.isna(), numbers.map("{:.15g}".format))
        texts = texts.mask(is_missing(frame[name], signs), "").fillna("")
        frame[name] = pd.Series([_Cell(text) for text in texts], frame.index, dtype=object)
    return frame


def with_roles(
    package: Mapping[str, Any], file: str, roles: Sequence[str]
) -> tuple[list[tuple[str, dict]], list[Problem]]:
    """Return the resources of a package, each with its role, and what is wrong with these: facts where none is said.

    >>> with_roles({"resources": [{"name": "places"}, {"name": "a", "role": "b"}]}, "x", ["places", "facts"])[0][0][0]
    'places'
    """
    found, problems = [], []
    for resource in package["resources"]:
        role = resource.get("role") or (resource["name"] if resource.get("name") in roles else "facts")
        found.append((role, resource))
        if role not in roles:
            problems.append(Problem(file, None, "role", role, f"expected one of {', '.join(roles)}"))
    return found, problems
