"""Reading and checking a data package: ours, or anyone's in the same shape.

``data/schema.json`` says which fields each role of file (facts, places, indicators, standards, sources,
targets, drivers, levers) has; a grid of specifications is a TOML file (``specifications``). A package needs a
``datapackage.json``; what it does not bring comes from ours. Everything that is wrong is reported at once, with file,
row and field. Ours, whose hashes were written after it was checked, is read without looking at its form again.
"""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.facts import checks, panels
from povertystats.facts.facts import Facts
from povertystats.facts.places import NO_PLACE, Places, check_places, joined, renaming
from povertystats.facts.specifications import described_grid
from povertystats.facts.territory import check_territory, with_territories
from povertystats.files.descriptor import read_descriptor, reading
from povertystats.files.doubts import check_scale
from povertystats.files.identity import DATA, Identity, unworded
from povertystats.files.lags import with_days
from povertystats.files.problems import DataError, Problem
from povertystats.files.units import Reading, unit_of
from povertystats.files.years import check_years
from povertystats.tables.extension import (
    SETTLE,
    asked_about,
    blank,
    facts_together,
    stand_ins,
    stands_alone,
    told_anew,
)
from povertystats.tables.resource import (
    named,
    read_resource,
    together,
    twice,
    unchanged,
)
from povertystats.tables.roles import fields_of, linked, respell, with_roles

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
    places = Places(tables.pop("places"), tables.pop("territory"), tables["identity"])
    return Facts(tables.pop("facts"), places, **tables)


def read_package(
    path: str | Path | None = None,
    given: Reading = Reading(),  # noqa: B008
    *,
    again: bool = False,
) -> dict[str, Any]:
    """Read and check a data package; return ``{role: DataFrame}``, under "identity" what it says of itself, warnings.

    Arguments as in ``load_facts``. Raises DataError with every problem: a missing or unknown file or column, a value of
    the wrong type, a wrong unit, what stands twice, an unknown place, indicator or source, a value out of range, a
    missing or mistaken poverty standard, figures that may mean two things.
    """
    path = _located(path)
    if path.parent != DATA:
        return _checked(path, given)
    # Ours is read again and again, beside every other one: once for as long as its files stay as they are.
    ours = _ours(path, given, _fingerprint(path), again)
    return {role: copy(table) for role, table in ours.items()}


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
    keys = {role: about["key"] for role, about in schema["roles"].items()}
    fields = fields_of(schema)
    resources, unknown = with_roles(package, path.name, (*tables, _GRID))
    problems += unknown
    described, is_ours = {role for role, _ in resources}, path.parent == DATA
    ours, same, units = {} if is_ours else read_package(), trusted, list[dict[str, str]]()

    def read(*wanted: str) -> None:
        nonlocal same
        for role in wanted:
            mine = [resource for of, resource in resources if of == role]
            kept = unchanged(path.parent, mine, fields[role]) if trusted and role in described else None
            tables[role] += [] if kept is None else [kept]
            for resource in mine if kept is None else ():
                same = False  # what has changed is checked against all others
                own = given.beside(resource).beside(package)
                known = pd.concat([*([ours["indicators"]] if ours else []), *tables["indicators"], _NONE])
                table, wrong, doubtful = read_resource(path.parent, resource, fields[role], own, known)
                if table is not None and role == "facts":
                    table, undated = with_days(table, dict(own.given).get("published", ""), wrong)
                    wrong += undated
                problems.extend(wrong)
                warnings.extend(doubtful)
                if table is not None:
                    tables[role].append(table)
                    units.append(own.units)

    # Places tell whether a package extends ours; facts come last, for what indicators can be tells how they are written.
    read("places")
    alone, assumed = False, list[Problem]()
    if not is_ours:
        alone, assumed = stands_alone(package, path.name, tables["places"], ours["places"])
        ours = {} if alone else ours
    warnings += assumed
    read(*(role for role in tables if role not in ("places", "facts")))
    units.clear()  # of the files of facts, how their figures are written
    read("facts")
    problems += linked(path.parent, package["resources"], given.beside(package))
    needed = [] if ours else [*tables] if is_ours else ["places", "facts"]
    if absent := [role for role in needed if role not in described]:
        said_of = "no such file is described", "" if is_ours else SETTLE
        problems += [Problem(path.name, None, "resources", role, *said_of) for role in absent]
    failed = [role for role in tables if role in described and not tables[role]]
    if absent or "facts" in failed or (failed and not ours):
        raise DataError(path, problems, warnings)
    warnings += stand_ins(tables, described, fields, path.name) if alone else []
    known = pd.concat([*([ours["indicators"]] if ours else []), *tables["indicators"], _NONE])
    for table, written in zip(tables["facts"], units, strict=False):
        problems += checks.in_own_units(table, known, written, path.name)
    merged: dict[str, Any] = {}
    # Ours, with the territories that they had, are those of every package that brings none.
    own_places = not ours or bool(tables["places"] or tables["territory"])
    for role, key in keys.items():
        rows = pd.concat(tables[role], ignore_index=True) if tables[role] else None
        if role == "places":
            merged[role] = joined(ours.get(role), rows) if own_places else ours[role]
            told = renaming(merged[role])
            continue
        rows = blank(fields[role]) if rows is None and (not ours or role == "facts") else rows
        if rows is None:
            merged[role] = told(ours[role])
            continue
        if role == "facts":  # ours come beside them once they are checked
            merged[role] = rows if "settled" in rows or trusted else rows.assign(settled=False)
            continue
        if not trusted:
            rows = rows.assign(unit=rows["unit"].map(unit_of)) if "unit" in rows else rows
            problems += twice(rows, key)
            rows = rows[~named(rows, key).duplicated()]
        if ours and role != "tiles":  # a map is one whole
            before = told(ours[role])
            for problem, wrong in told_anew(key, before, rows, {*ours["facts"]["indicator"].unique()}):
                (problems if wrong else warnings).append(problem)
            rows = together(before, rows, key)
        merged[role] = rows
    if own_places:
        problems += check_places(merged["places"])
        merged["places"], merged["territory"] = with_territories(merged["places"], merged["territory"])
    if package.get("illustrative"):
        merged["facts"] = merged["facts"].assign(illustrative=True)
    if not trusted:
        respell(merged)
    if not same:
        own_words = Identity.of(package, ours.get("identity"))
        problems += checks.check_indicators(merged["indicators"])
        problems += checks.check_facts(merged, keys["facts"])
        problems += [*checks.check_targets(merged, own_words), *checks.check_drivers(merged)]
        warnings += checks.doubtful_bounds(merged["targets"], merged["facts"])
    problems += check_territory(merged)
    ours_beside = renaming(merged["places"])(ours["facts"]) if ours else merged["facts"][:0]
    if not trusted:
        problems += [
            *checks.check_estimators(merged["drivers"]),
            *checks.check_levers(merged),
            *checks.check_tiles(merged),
        ]
        problems += check_scale(merged["facts"], ours_beside, [*problems])
        problems += check_years(merged, ours_beside)
    merged[_GRID] = dict(ours.get(_GRID, {}))
    for resource in (resource for role, resource in resources if role == _GRID):
        found, wrong_grid = described_grid(path.parent, resource, merged, trusted=trusted)
        merged[_GRID] |= found
        problems += wrong_grid
    # What was assumed may be why a name is nobody's.
    problems += assumed if any(problem.rule.startswith(("not in ", NO_PLACE)) for problem in problems) else []
    if problems:
        ordered = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.row or 0))
        raise DataError(path, ordered, warnings)
    merged["facts"] = (
        merged["facts"].astype({"year": int}).assign(own=True).drop(columns=_ASIDE, errors="ignore")
    )
    if ours:
        merged["facts"], said = facts_together(ours_beside, merged["facts"], keys["facts"], panels.GROUP)
        warnings += said
    about = Identity.of(package, ours.get("identity"), alone=alone, place=asked_about(tables))
    warnings += [] if is_ours else unworded(merged["indicators"].to_dict("records"), about.units)
    for role in ("indicators", "targets"):
        words = [about.units.get(unit, unit) for unit in merged[role]["unit"]]
        merged[role] = merged[role].assign(unit=pd.Series(words, merged[role].index, dtype=object))
    return merged | {"identity": about, "warnings": tuple(warnings)}


_ASIDE = ["settled", "parent", "territory", "published"]
_NONE = pd.DataFrame({"indicator": [], "unit": [], "max": []}, dtype=object)
