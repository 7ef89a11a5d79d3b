"""Reading and checking a data package: ours, or anyone's in the same shape.

``data/schema.json`` says which fields each role of file (facts, places, indicators, standards, sources,
targets, drivers, levers) has; a grid of specifications is a TOML file (``specifications``). A package needs a
``datapackage.json``; what it does not bring comes from ours. Everything that is wrong is reported at once, with file,
row and field. Ours, whose hashes were written after it was checked, is read without looking at its form again.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.facts import checks
from povertystats.facts.facts import Facts
from povertystats.facts.places import Places, beside, check_places, joined
from povertystats.facts.specifications import described_grid
from povertystats.facts.territory import check_territory, with_territories
from povertystats.files.descriptor import read_descriptor, reading
from povertystats.files.problems import DataError, Problem
from povertystats.files.units import Reading
from povertystats.tables.resource import named, read_resource, together, twice, unchanged
from povertystats.words.names import plain

_HERE = Path(__file__).resolve().parent.parent
# In a checkout the data stands beside the package, in an installation inside it.
DATA = next(
    (d for d in (_HERE / "data", _HERE.parent / "data") if (d / "datapackage.json").exists()), _HERE / "data"
)
_GRID = "specifications"


def load_facts(
    path: str | Path | None = None,
    *,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
    yes: Sequence[str] | None = None,
    no: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    again: bool = False,
) -> Facts:
    """Read and check a data package and return its facts.

    Parameters
    ----------
    path : str or Path, optional
        A ``datapackage.json`` or its folder; ours by default.
    decimal, thousands : str, optional
        The signs in numbers, "." or ","; ``thousands`` also " " or "" (none). Seen from each column when left out.
    missing, yes, no : sequence of str, optional
        Words for what is missing, for yes and for no, in place of the usual ones.
    units : mapping of str to str, optional
        {indicator: the unit in which its figures are written}: "share" makes per cent of 0.305; "vnd" thousand dong of
        dong. The indicator's own unit says that its figures are right as they stand, and ends every question of scale.
    again : bool, default False
        Read and check the files again, and the form of our own as well, which was checked when their hashes
        were written.

    Returns
    -------
    Facts
        The same object while the files of the package stay as they are; ``warnings`` holds what was doubtful.

    Raises
    ------
    DataError
        Every problem of the package at once, with file, row and field; also a figure that may mean two things, with
        the option that settles it.

    Notes
    -----
    The same keys, from ``decimal`` to ``units``, may stand in ``datapackage.json``, for all its files or in a resource
    for one: what was doubtful once is settled there for good. An argument goes before them.

    A column that is not known is an error, unless the schema of its resource names it: then it is the package's own,
    and not looked at. One that is nearly a known one is an error in any case.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> len(facts.places.provinces), ps.load_facts() is facts
    (63, True)
    """
    path = _located(path)
    given = reading(decimal=decimal, thousands=thousands, missing=missing, yes=yes, no=no, units=units)
    if again:
        return _facts(read_package(path, given, again=True))
    kept = _ours_loaded if path.parent == DATA and not given.given else _loaded
    return kept(path, given, _fingerprint(path))


def _load(path: Path, given: Reading, contents: tuple) -> Facts:
    return _facts(read_package(path, given))


# Ours stays one object however many others are read.
_ours_loaded, _loaded = lru_cache(maxsize=1)(_load), lru_cache(maxsize=8)(_load)


def _facts(tables: dict[str, Any]) -> Facts:
    kept = (
        "indicators",
        "standards",
        "sources",
        "targets",
        "drivers",
        "levers",
        _GRID,
        "comparison",
        "warnings",
    )
    places = Places(tables["places"], tables["territory"])
    return Facts(tables["facts"], places, **{role: tables[role] for role in kept})


def read_package(
    path: str | Path | None = None,
    given: Reading = Reading(),  # noqa: B008
    *,
    again: bool = False,
) -> dict[str, Any]:
    """Read and check a data package; return ``{role: DataFrame}``, under "comparison" our facts beside others', warnings.

    Arguments as in ``load_facts``. Raises DataError with every problem: a missing or unknown file or column, a value of
    the wrong type, a wrong unit, what stands twice, an unknown place, indicator or source, a value out of range, a
    missing or mistaken poverty standard, figures that may mean two things.
    """
    path = _located(path)
    if path.parent != DATA:
        return _checked(path, given)
    # Ours is read again and again, beside every other one: once for as long as its files stay as they are.
    ours = _ours(path, given, _fingerprint(path), again)
    return {role: table.copy() for role, table in ours.items()}


@lru_cache(maxsize=1)
def _ours(path: Path, given: Reading, fingerprint: tuple, again: bool) -> dict[str, Any]:
    return _checked(path, given, trusted=not again and not given.given)


def _located(path: str | Path | None) -> Path:
    path = DATA if path is None else Path(path)
    return path / "datapackage.json" if path.is_dir() else path


def _fingerprint(path: Path) -> tuple:
    """Return what changes with the files of a package: of ours size and time, of another its contents."""
    ours = tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in sorted(DATA.glob("*.*")))
    if path.parent == DATA:
        return ours
    files = [
        path,
        *(path.parent / resource["path"] for resource in read_descriptor(path)[0]["resources"]),
    ]
    return (*(sha256(file.read_bytes()).digest() if file.is_file() else b"" for file in files), *ours)


def _checked(path: Path, given: Reading, *, trusted: bool = False) -> dict[str, Any]:
    """Read a package and check it against itself; return what ``read_package`` does."""
    package, warnings = read_descriptor(path)
    schema = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
    problems: list[Problem] = []
    tables: dict[str, list[pd.DataFrame]] = {role: [] for role in schema["roles"]}
    resources: list[tuple[str, dict]] = []
    for resource in package["resources"]:
        usual = resource.get("name") in (*tables, _GRID)
        role = resource.get("role") or (resource["name"] if usual else "facts")
        resources.append((role, resource))
        if role not in (*tables, _GRID):
            problems.append(Problem(path.name, None, "role", role, f"expected one of {', '.join(tables)}"))
    ours, same = {} if path.parent == DATA else read_package(), trusted
    # Facts last: how their figures are written is told by what their indicators can be.
    for role, resource in sorted(resources, key=lambda one: one[0] == "facts"):
        if role not in tables:
            continue
        titled = {**schema["fields"]["shared"], **schema["fields"][role]}
        fields = {name: titled[name] for name in schema["roles"][role]["columns"]}
        own = given.beside(resource).beside(package)
        known = pd.concat([*([ours["indicators"]] if ours else []), *tables["indicators"], _NONE])
        if trusted and (table := unchanged(path.parent / resource["path"], resource, fields)) is not None:
            tables[role].append(table)
            continue
        same = False  # what has changed is checked against all others
        table, wrong, doubtful = read_resource(path.parent, resource, fields, own, known)
        problems += wrong
        warnings += doubtful
        if table is not None:
            problems += checks.in_own_units(table, known, own.units, path.name) if role == "facts" else []
            tables[role].append(table)
    lacking = [role for role in tables if not tables[role] and (not ours or role in dict(resources))]
    if "facts" in lacking or lacking and not ours:
        missing = [role for role in lacking if role not in dict(resources)]
        problems += [
            Problem(path.name, None, "resources", role, "no such file is described") for role in missing
        ]
        raise DataError(path, problems, warnings)
    merged: dict[str, Any] = {}
    # Ours, with the territories that they had, are those of every package that brings none.
    own_places = not ours or bool(tables["places"] or tables["territory"])
    for role, about in schema["roles"].items():
        rows = pd.concat(tables[role], ignore_index=True) if tables[role] else None
        if role == "places":
            merged[role] = joined(ours.get(role), rows) if own_places else ours[role]
            continue
        if rows is not None and role != "facts" and not trusted:
            problems += twice(rows, about["key"])
            rows = rows[~named(rows, about["key"]).duplicated()]
        # A package may redefine one of our sources; its facts stay apart from ours.
        known = None if role == "facts" and rows is not None else ours.get(role)
        known = None if known is None else beside(known, merged["places"])
        merged[role] = together(known, rows, about["key"])
    if own_places:
        problems += check_places(merged["places"])
        merged["places"], merged["territory"] = with_territories(merged["places"], merged["territory"])
    own_facts = bool(tables["facts"])
    if own_facts and package.get("illustrative"):
        merged["facts"]["illustrative"] = True
    if not trusted:
        _respell(merged)
    if not same:
        problems += checks.check_indicators(merged["indicators"])
        problems += checks.check_facts(merged, schema["roles"]["facts"]["key"])
    problems += check_territory(merged)
    if not same:
        problems += [*checks.check_targets(merged), *checks.check_drivers(merged)]
    if not trusted:
        problems += [*checks.check_estimators(merged["drivers"]), *checks.check_levers(merged)]
    if own_facts and not trusted:
        known = beside(ours["facts"], merged["places"]) if ours else merged["facts"][:0]
        problems += checks.check_scale(merged["facts"], known, [*problems])
    merged["facts"] = merged["facts"].drop(columns="settled", errors="ignore")
    merged[_GRID] = dict(ours.get(_GRID, {}))
    for resource in (resource for role, resource in resources if role == _GRID):
        found, wrong = described_grid(path.parent, resource, merged, trusted=trusted)
        merged[_GRID] |= found
        problems += wrong
    if problems:
        ordered = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.row or 0))
        raise DataError(path, ordered, warnings)
    kept = merged["facts"].drop(columns=["parent", "territory"], errors="ignore")
    merged["facts"] = kept.astype({"year": int})
    # Our facts stay apart from anyone else's: they only teach how comparable rates move.
    merged["comparison"] = (
        beside(ours["facts"], merged["places"]) if ours and own_facts else merged["facts"].iloc[:0]
    )
    return merged | {"warnings": warnings}


_NONE = pd.DataFrame({"indicator": [], "unit": [], "max": []}, dtype=object)


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
_OF = {"indicators": "indicator", "standards": "standard", "sources": "source_id", "drivers": "driver"}


def _respell(tables: Mapping[str, pd.DataFrame]) -> None:
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
