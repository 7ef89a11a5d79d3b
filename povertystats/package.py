"""Reading and checking a data package: ours, or anyone's in the same shape.

``data/schema.json`` says which fields each role of file (facts, places, indicators, standards, sources,
targets, levers) has. A package needs a ``datapackage.json`` and facts; what it does not bring comes from ours.
Everything that is wrong is reported at once, with file, row and field.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from povertystats.places import Places, did_you_mean, plain

_HERE = Path(__file__).resolve().parent
# In a checkout the data stands beside the package, in an installation inside it.
DATA = next(
    (d for d in (_HERE / "data", _HERE.parent / "data") if (d / "datapackage.json").exists()), _HERE / "data"
)
_SHOWN = 40


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what was found, what was expected."""

    file: str
    row: int | None
    field: str
    found: str
    expected: str

    def __str__(self):
        row = f", row {self.row}" if self.row is not None else ""
        field = f", field {self.field}" if self.field else ""
        found = f": {self.found!r}" if self.found else ""
        return f"{self.file}{row}{field}{found}: {self.expected}"


class DataError(ValueError):
    """A data package that cannot be trusted; ``problems`` lists everything that is wrong with it."""

    def __init__(self, path, problems: Iterable[Problem]):
        self.problems = list(problems)
        lines = [f"{path}: {len(self.problems)} problem{'s' * (len(self.problems) != 1)}"]
        lines += [f"  {p}" for p in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"  and {len(self.problems) - _SHOWN} more, all in the error's .problems")
        super().__init__("\n".join(lines))


def read_package(path=None):
    """Read and check a data package; return ``{role: DataFrame}``.

    ``path`` is a ``datapackage.json`` or its folder; ours when left out. Raises DataError with every problem:
    a missing file or column, a value of the wrong type, a wrong unit, a duplicated fact, an unknown place,
    indicator or source, a value out of range, a missing or mistaken poverty standard.
    """
    path = Path(path) if path is not None else DATA
    path = path / "datapackage.json" if path.is_dir() else path
    descriptor = _descriptor(path)
    schema = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
    problems, tables = [], {role: [] for role in schema["roles"]}
    for resource in descriptor["resources"]:
        role = resource.get("role") or (resource.get("name") if resource.get("name") in tables else "facts")
        if role not in tables:
            problems.append(Problem(path.name, None, "role", role, f"expected one of {', '.join(tables)}"))
            continue
        titled = {**schema["fields"]["shared"], **schema["fields"][role]}
        fields = {name: titled[name] for name in schema["roles"][role]["columns"]}
        table = _read(path.parent, resource, fields, problems)
        if table is not None:
            tables[role].append(table)
    if not tables["facts"] and not problems:
        problems.append(Problem(path.name, None, "resources", "", "no file of facts is described"))
    if problems:
        raise DataError(path, problems)
    ours = {} if path.parent == DATA else read_package()
    merged = {}
    for role, about in schema["roles"].items():
        parts = tables[role]
        if role in ("places", "indicators", "standards", "sources") and ours:
            parts = [ours[role], *parts]
        whole = pd.concat(parts, ignore_index=True) if parts else ours[role].iloc[:0]
        # A package may redefine one of our places or sources, never list a fact twice.
        merged[role] = (
            whole if role == "facts" else whole.drop_duplicates(about["key"], keep="last", ignore_index=True)
        )
    if descriptor.get("illustrative"):
        merged["facts"]["illustrative"] = True
    problems = [*_check_places(merged["places"]), *_check_facts(merged, schema["roles"]["facts"]["key"])]
    if problems:
        raise DataError(path, problems)
    return merged


def _descriptor(path):
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        resources = descriptor["resources"]
        if not resources or any("path" not in r for r in resources):
            raise KeyError("resources")
    except FileNotFoundError:
        raise DataError(path, [Problem(path.name, None, "", "", "there is no such file")]) from None
    except (ValueError, KeyError, TypeError) as error:
        expected = 'expected JSON with a list "resources", each with a "path"'
        raise DataError(path, [Problem(path.name, None, "", str(error), expected)]) from None
    return descriptor


def _read(folder, resource, fields, problems):
    """Read one file; return its table with columns ``file`` and ``row``, or None after noting problems."""
    import frictionless

    name = resource["path"]
    if Path(name).is_absolute() or ".." in Path(name).parts:
        problems.append(Problem(name, None, "path", "", "a file must stand inside the package's folder"))
        return None
    try:
        with (folder / name).open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(name, None, "", str(error), "expected a readable CSV file in UTF-8"))
        return None
    required = [f for f, about in fields.items() if about.get("constraints", {}).get("required")]
    missing = [f for f in required if f not in header]
    problems += [Problem(name, 1, f, "", "this column is missing") for f in missing]
    known = [{"name": f, **fields.get(f, {"type": "string"})} for f in header]
    described = frictionless.Resource(
        path=name,
        basepath=str(folder),
        schema=frictionless.Schema.from_descriptor({"fields": known}),
        encoding="utf-8",
    )
    if "hash" in resource:
        described.hash = resource["hash"]
    report = described.validate(limit_errors=1000)
    for kind, row, field, cell, note in report.flatten(["type", "rowNumber", "fieldName", "cell", "note"]):
        if kind == "hash-count":
            note = "the file differs from its checksum in datapackage.json"
        problems.append(Problem(name, row, field or "", "" if cell is None else str(cell), note))
    if missing or not report.valid:
        return None
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for field, about in fields.items():
        column = table[field] if field in table else pd.Series("", index=table.index)
        if about["type"] in ("number", "year"):
            column = pd.to_numeric(column.where(column != ""))
        elif about["type"] == "date":
            column = pd.to_datetime(column.where(column != ""))
        elif about["type"] == "boolean":
            column = column.str.lower().isin(["true", "1"])
        table[field] = column
    return table.assign(file=name, row=range(2, len(table) + 2))


def _check_places(places):
    """Yield a Problem for every spelling that two places share: a fact could not say which one it means."""
    names = {}
    for row in places.itertuples():
        for spelling in (row.place, row.code, *filter(None, row.aliases.split(";"))):
            other = names.setdefault(plain(spelling), row.place)
            if other != row.place:
                yield Problem(row.file, row.row, "place", spelling, f"{other} is spelled so as well")


def _check_facts(tables, key):
    """Yield a Problem for every fact that contradicts the package's own places, indicators, standards, sources.

    Places are given their own spelling on the way, so that "bac kan" and "Bắc Kạn" are one place.
    """
    facts = tables["facts"]
    indicators = tables["indicators"].set_index("indicator")
    standards = tables["standards"].set_index("standard")
    names = Places(tables["places"]).names()

    def where(wrong, field, expected):
        for i, found in facts.loc[wrong, field].items():
            yield Problem(facts.at[i, "file"], int(facts.at[i, "row"]), field, str(found), expected(i))

    place = facts["place"].map(plain).map(names)
    suggest = {p: did_you_mean(p, names) for p in facts.loc[place.isna(), "place"].unique()}
    yield from where(
        place.isna(), "place", lambda i: f"no such place in places.csv{suggest[facts.at[i, 'place']]}"
    )
    facts["place"] = place.fillna(facts["place"])

    known = facts["indicator"].isin(indicators.index)
    near = {i: i for i in indicators.index}
    yield from where(
        ~known, "indicator", lambda i: f"not in indicators.csv{did_you_mean(facts.at[i, 'indicator'], near)}"
    )
    of = indicators.reindex(facts["indicator"]).set_axis(facts.index)
    wrong = known & (facts["unit"] != of["unit"])
    yield from where(wrong, "unit", lambda i: f"{facts.at[i, 'indicator']} is in {of.at[i, 'unit']}")
    outside = known & ((facts["value"] < of["min"]) | (facts["value"] > of["max"]))
    yield from where(
        outside,
        "value",
        lambda i: f"{facts.at[i, 'indicator']} lies in {_range(of.at[i, 'min'], of.at[i, 'max'])}",
    )
    unsourced = ~facts["source_id"].isin(tables["sources"]["source_id"])
    yield from where(unsourced, "source_id", lambda i: "not in sources.csv")

    blank = facts["standard"] == ""
    needed = known & of["needs_standard"].eq(True) & blank
    yield from where(needed, "standard", lambda i: f"{facts.at[i, 'indicator']} needs its poverty standard")
    unknown = ~blank & ~facts["standard"].isin(standards.index)
    yield from where(unknown, "standard", lambda i: f"expected one of {', '.join(standards.index)}")
    ruled = standards.reindex(facts["standard"]).set_axis(facts.index)
    # Targets are often set under the old standard for a year of the next one.
    mixed = (facts["status"] != "target") & (
        (facts["year"] < ruled["first_year"]) | (facts["year"] > ruled["last_year"])
    )
    yield from where(
        mixed,
        "standard",
        lambda i: (
            f"rules {ruled.at[i, 'first_year']:.0f}-{ruled.at[i, 'last_year']:.0f}, the fact is of {facts.at[i, 'year']}"
        ),
    )
    ahead = ~facts["status"].isin(["plan", "target"]) & (facts["available_from"].dt.year < facts["year"])
    yield from where(
        ahead, "available_from", lambda i: f"before {facts.at[i, 'year']}, the year that it speaks of"
    )

    first = facts.groupby(key, sort=False)[["file", "row"]].transform("first")
    yield from where(
        facts.duplicated(key),
        "indicator",
        lambda i: f"the same fact as {first.at[i, 'file']}, row {first.at[i, 'row']}; a fact stands once",
    )


def _range(low, high):
    if pd.isna(high):
        return f"{low:g} and above"
    return f"{low:g} to {high:g}"
