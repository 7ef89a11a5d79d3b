"""The file of the national poverty standards, ``data/criteria.toml``, read and checked."""

import tomllib
from datetime import date
from pathlib import Path

from povertystats.facts.package import DATA
from povertystats.words.errors import refuse

AREAS = ("rural", "urban")
ENDS = ("over", "up_to")
_TITLED, _CHECKED = {"vi": str, "en": str}, {"source": str, "checked": bool}
_YEARS = {"first_year": int, "last_year": int}
# What each kind of table of the file holds; a source is needed where something is checked.
_HOLDS = {
    "source": {"title": str, "url": str, "dated": str},
    "standard": {"decision": str, "issued": date, **_YEARS, **_TITLED}
    | dict.fromkeys(("needed", "line", "class", "indicator"), dict),
    "needed": {"value": int, **_CHECKED},
    "line": {**dict.fromkeys(AREAS, float), **_CHECKED},
    "class": {"poor": bool, **dict.fromkeys(ENDS, str), "deprived": bool, **_TITLED, **_CHECKED},
    "indicator": {
        "service": str,
        **_TITLED,
        **_CHECKED,
        **{f"rule_{k}": v for k, v in (_TITLED | _CHECKED).items()},
    },
}
_OPTIONAL = {"dated", "source", "rule_source", "deprived", *ENDS}
_EXPECTED = {
    str: "a text",
    bool: "true or false",
    int: "a whole number above 0",
    float: "a number above 0",
    date: "a date",
    dict: "a table",
}


def read_criteria(path=None):
    """Read a file of standards (ours when ``path`` is left out) and return its tables ``source`` and ``standard``.

    The file says itself what it holds. Raises FileNotFoundError without it; ValueError, all problems at once: no TOML,
    unknown, missing and wrong entries, sources and lines that are not there, what is checked without a source.

    >>> found = read_criteria()
    >>> list(found["standard"]), found["standard"]["multidim_2016_2020"]["line"]["poverty_line"]["rural"]
    (['multidim_2016_2020', 'multidim_2022_2025'], 700)
    """
    path = DATA / "criteria.toml" if path is None else Path(path)
    problems, found = [], {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        problems = [f"it is no TOML: {wrong}"]
    refuse(f"cannot read the standards {path}", problems or _file_problems(found))
    return found


def _file_problems(found):
    for key in sorted({"source", "standard"} | set(found)):
        if not isinstance(found.get(key), dict) or key not in ("source", "standard"):
            yield f"{key!r} is not right; expected the two tables source and standard"
    sources = _tables(found, "source")
    for key, table in sources.items():
        yield from _table_problems(f"source.{key}", table, "source", sources)
    for name, standard in _tables(found, "standard").items():
        where = f"standard.{name}"
        yield from _table_problems(where, standard, "standard", sources)
        if "needed" in _tables(found["standard"], name):
            yield from _table_problems(f"{where}.needed", standard["needed"], "needed", sources)
        for kind in ("line", "class", "indicator"):
            for key, table in _tables(standard, kind).items():
                yield from _table_problems(f"{where}.{kind}.{key}", table, kind, sources)
        lines = _tables(standard, "line")
        for key, one in _tables(standard, "class").items():
            ends = [one[end] for end in ENDS if end in one] if isinstance(one, dict) else []
            yield from (
                f"{where}.class.{key}: there is no line {end!r}" for end in ends if end not in [*lines]
            )
            if not ends:
                yield f"{where}.class.{key}: expected one or both of {' and '.join(ENDS)}"


def _table_problems(where, table, kind, sources):
    if not isinstance(table, dict):
        yield f"{where}: expected a table, not {table!r}"
        return
    holds = _HOLDS[kind]
    yield from (f"{where}: {key!r} is missing" for key in holds if key not in table and key not in _OPTIONAL)
    for key, value in table.items():
        if key not in holds:
            yield f"{where}: {key!r} is not known; expected {', '.join(holds)}"
        elif not _is(value, holds[key]):
            yield f"{where}.{key}: expected {_EXPECTED[holds[key]]}, not {value!r}"
    for stem in ("", "rule_"):
        source = table.get(f"{stem}source")
        if source is not None and source not in [*sources]:
            yield f"{where}.{stem}source: there is no source {source!r}"
        if source is None and table.get(f"{stem}checked") is True:
            yield f"{where}.{stem}checked: it is true, but there is no {stem}source"


def _tables(found, key):
    """Return a table within a table, an empty one where there is none; what is none is told elsewhere."""
    inner = found.get(key) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _is(value, expected):
    if expected in (int, float):
        numbers = int if expected is int else int | float
        return isinstance(value, numbers) and not isinstance(value, bool) and value > 0
    return isinstance(value, expected) and value != ""
