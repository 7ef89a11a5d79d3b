"""The roles of the files of a data package: their fields, who has which, what names something of another role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from povertystats.files.problems import Problem
from povertystats.words.names import plain

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
