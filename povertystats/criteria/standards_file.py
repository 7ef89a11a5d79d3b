"""A file of poverty standards, such as ``data/criteria.toml``: read, checked, and what it states."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povertystats.criteria.classes import COUNT, ENDS
from povertystats.criteria.lines import AREAS, Income, Line
from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.names import spelled
from povertystats.words.schemas import problems, read_toml

_SCHEMA = Path(__file__).with_name("criteria.schema.json")


def read_criteria(file: Path, *, checked: bool = False) -> dict[str, dict]:
    """Read a file of standards and return its tables ``source``, ``service`` and ``standard``.

    ``checked``: it was looked at when it was written, as ours was. Raises MissingFile without the file; Refused, all
    problems at once: not TOML, unknown, missing and wrong entries, sources and lines that are not there, what is
    checked without a source.
    """
    what = f"cannot read the standards {file}"
    found = read_toml(file, what)
    if not checked:
        refuse(what, _problems(found))
    return found


def _problems(found: dict) -> Iterator[str]:
    """Yield what is wrong with a file of standards: its form, and the sources and lines that it names."""

    def source(name: Any) -> bool:
        if isinstance(name, str) and name not in _table(found, "source"):
            raise InvalidValue(f"there is no source {name!r}")
        return True

    yield from _names(found)
    yield from problems(found, json.loads(_SCHEMA.read_text()), {"source": source})
    for name, standard in _table(found, "standard").items():
        first, last = (_table(standard).get(end) for end in ("first_year", "last_year"))
        if isinstance(first, int) and isinstance(last, int) and first > last:
            yield f"standard.{name}: first_year {first} is after last_year {last}"
        for key, line in _table(standard, "line").items():
            areas = [area for area in AREAS if area in _table(line)]
            if areas and "everywhere" in _table(line):
                yield f"standard.{name}.line.{key}: 'everywhere' stands beside {', '.join(areas)}; expected one of the two"
            elif len(areas) == 1 and "amounts" in _table(line):
                yield f"standard.{name}.line.{key}: {areas[0]!r} alone; expected both rural and urban, or neither"
            elif "place" in _table(line) and "amounts" not in _table(line):
                yield f"standard.{name}.line.{key}: 'place' stands there without 'amounts'"
        prices = _table(standard, "prices")
        for years in (
            _table(prices, "years"),
            *(_table(prices, "indexes", at) for at in _table(prices, "indexes")),
        ):
            wrong = [year for year in years if not re.fullmatch("[1-9][0-9]{3}", year)]
            yield from (
                f"standard.{name}.prices: {year!r} is no year; expected such as 2019" for year in wrong
            )
        for key, one in _table(standard, "class").items():
            ends = [_table(one).get(end) for end in ENDS]
            lost = [end for end in ends if isinstance(end, str) and end not in _table(standard, "line")]
            yield from (f"standard.{name}.class.{key}: there is no line {end!r}" for end in lost)
            if "deprived" in _table(one) and not _table(standard, "indicator"):
                yield f"standard.{name}.class.{key}: 'deprived' needs indicators, of which the standard has none"
        if not _table(standard, "line"):
            there = [name for name in ("income", "prices") if name in _table(standard)]
            yield from (f"standard.{name}: {one!r} stands there without any line" for one in there)
        if _table(standard, "indicator") and "needed" not in _table(standard):
            yield f"standard.{name}: 'needed' is missing, which indicators need"
        weighed = [key for key, one in _table(standard, "indicator").items() if "weight" in _table(one)]
        if weighed and "weights" in standard:
            yield f"standard.{name}: weights are nested, and {', '.join(weighed)} has a weight of its own; expected one of the two"
        if _table(standard, "needed") and not _table(standard, "indicator"):
            yield f"standard.{name}: 'needed' stands there without any indicator"


def _names(found: dict, *where: str) -> Iterator[str]:
    """Yield the names of a table that stand twice in it, as names are compared, and the empty ones, also of those within."""
    seen: dict[str, str] = {}
    for name, one in found.items():
        at = ".".join((*where, name))
        if not name.strip():
            yield f"{'.'.join(where) or 'the file'}: a name is empty"
        if (first := seen.setdefault(spelled(name), name)) != name:
            yield f"{at}: stands twice; {first!r} is the same name"
        if isinstance(one, str) and not one.strip():
            yield f"{at}: expected a text, not blanks"
        yield from _names(one, *where, name) if isinstance(one, dict) else ()


def _table(found: Any, *keys: str) -> dict:
    """Return the table under keys; an empty one where there is anything else, which the schema refuses."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def statements(found: dict, sources: dict[str, dict], lines: dict[str, Line], income: Income) -> pd.DataFrame:
    """Return one row a statement of a standard, with its source."""
    rows = []

    def add(
        kind: str, what: str, one: dict, area: str = "", value: float = np.nan, unit: str = "", stem: str = ""
    ) -> None:
        source = sources.get(one.get(f"{stem}source", ""), {"url": ""})
        rows.append((kind, what, area, value, unit, source["url"], one[f"{stem}checked"]))

    for key, line in lines.items():
        for area, amount in line.items():
            where = area if isinstance(area, str) else ", ".join(area)
            add("line", key, found["line"][key], where, float(amount), income.unit)
    if "prices" in found:
        add("prices", "prices", found["prices"])
    if "needed" in found:
        needed = found["needed"]
        told = {
            "value": needed["value"] / needed.get("of", 1),
            "unit": "share" if "of" in needed else "indicators",
        }
        add("needed", COUNT, needed, **told)
    for kind, table, stem in (
        ("class", "class", ""),
        ("indicator", "indicator", ""),
        ("rule", "indicator", "rule_"),
    ):
        for key, one in found.get(table, {}).items():
            add(kind, key, one, stem=stem)
    return pd.DataFrame(rows, columns=["kind", "what", "area", "value", "unit", "source", "checked"])
