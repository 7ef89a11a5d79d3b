"""Schemas of files: the names and types of their columns, folders such as ``year=2019/`` among them, and whether files agree in those that are used."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from povertystats.engines.sources import as_utf8, header, is_parquet, literal
from povertystats.frames.keys import Key, full_key
from povertystats.words.errors import refuse
from povertystats.words.names import did_you_mean, parse, plain

# Of all names of columns in the files: those that are used, each with what to do where files differ in it, if anything.
Used = Callable[[Sequence[str]], Mapping[str, str]]
# A folder that is called so holds the rows where the column has the value.
_FOLDER = re.compile(r"([^=]+)=(.*)", re.DOTALL)
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}")
# The type of a Parquet column that has no value and never had a type.
EMPTY = "NULL"
_TEXT, _DOUBLE = "VARCHAR", "DOUBLE"
_WHOLE = re.compile(r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# Beyond it a float does not tell whole numbers apart.
_EXACT = 2**53


@dataclass(frozen=True)
class Schema:
    """The columns of a file, {name: type in DuckDB's words}; a CSV holds texts.

    ``names``: all of a CSV in their order, some of them perhaps alike; ``mark``: the delimiter, "" of Parquet;
    ``folders``: {column: value} that the folders tell (``year=2019/``).
    """

    columns: Mapping[str, str]
    names: tuple[str, ...] = ()
    mark: str = ""
    folders: Mapping[str, str] = field(default_factory=dict)


def used_by(terms: Sequence[str], *keys: Key | None) -> Used:
    """Return which columns a model uses: of its terms, of keys, and of the areas above these.

    >>> used_by(["y", "log(x)"], "commune", None)(["province", "commune", "x", "y", "z"])
    {'y': '', 'x': '', 'province': '', 'commune': ''}
    """

    def used(names):
        parts = [part for key in keys if key is not None for part in full_key(key, names)]
        own = (*(parse(term)[1] for term in terms), *parts)
        return {name: "" for name in own if name in names}

    return used


def folders_of(file: str) -> tuple[str, dict[str, str]]:
    """Return the folder below which folders tell columns of a file, and these: {column: value}.

    >>> folders_of("register/year=2019/province=B%E1%BA%AFc K%E1%BA%A1n/a.parquet")
    ('register', {'year': '2019', 'province': 'Bắc Kạn'})
    """
    root, told = os.path.dirname(file), dict[str, str]()
    while found := _FOLDER.fullmatch(os.path.basename(root)):
        told[unquote(found[1])] = unquote(found[2])
        root = os.path.dirname(root)
    return root, dict(reversed(told.items()))


def schemas(files: Sequence[str]) -> dict[str, Schema]:
    """Return the schema of each file of this machine; all must be Parquet or all CSV.

    Raises Refused, all problems at once, on packed files that are none; duckdb.Error on Parquet files that cannot be read.

    >>> schemas([])
    {}
    """
    import duckdb

    found, problems = dict[str, Schema](), []
    with duckdb.connect() as connection:
        for file in files:
            _, folders = folders_of(file)
            try:
                if is_parquet(file):
                    rows = connection.read_parquet(literal(file), hive_partitioning=False)
                    columns = dict(zip(rows.columns, map(str, rows.types), strict=True))
                    names, mark = tuple[str, ...](), ""
                else:
                    mark, listed = header(file)
                    names, columns = tuple(listed), dict.fromkeys(filter(None, listed), _TEXT)
                    problems += [] if names else [f"{file}: holds no table"]
            except (OSError, EOFError, zlib.error) as error:
                problems.append(f"{file}: {error}")
                continue
            columns = {name: kind.strip('"') for name, kind in columns.items()}
            found[file] = Schema(columns, names, mark, folders)
    refuse("cannot read the source", problems)
    return found


def agreed(found: Mapping[str, Schema], used: Used | None = None) -> tuple[dict[str, str], list[str]]:
    """Return the columns in which files agree, with the types that hold what all of them hold; and what is wrong with others.

    Whole numbers of any width and decimals go together, and with numbers with decimals where these keep every digit;
    a column without any value goes with any. Columns that are not ``used`` may differ, and are left out then.

    >>> agreed({"a.csv": Schema({"x": "VARCHAR"}), "b.csv": Schema({"x": "VARCHAR", "y": "VARCHAR"})})
    ({'x': 'VARCHAR'}, ["a.csv: no column 'y', which b.csv has"])
    >>> agreed({"a.parquet": Schema({"x": "INTEGER"}), "b.parquet": Schema({"x": "BIGINT"})})
    ({'x': 'BIGINT'}, [])
    """
    folders = _folder_types(found.values())
    columns = {file: {**schema.columns, **_of(folders, schema)} for file, schema in found.items()}
    names = list(dict.fromkeys(name for of in columns.values() for name in of))
    hints = dict.fromkeys(names, "") if used is None else {**used(names)}
    types, problems = dict[str, str](), []
    for name in names:
        wrong = [*_twice(name, found)]
        there = {file: of[name] for file, of in columns.items() if name in of}
        wrong += _lacking(name, there, columns)
        if not wrong:
            kind, wrong = _type(name, there, found)
            if not wrong and kind:
                types[name] = kind
        if name in hints:
            problems += [line + (f"; {hints[name]}" if hints[name] else "") for line in wrong]
    problems += [line for name in hints for line in _contradicted(name, found)]
    return types, problems


def _folder_types(found):
    """Return {column that folders tell: its type}: a whole number where all its values are; 01 is a text."""
    values: dict[str, set[str]] = {}
    for schema in found:
        for name, value in schema.folders.items():
            values.setdefault(name, set()).add(value)
    return {
        name: "BIGINT" if all(map(_INTEGER.fullmatch, told - {NO_VALUE})) and told != {NO_VALUE} else _TEXT
        for name, told in values.items()
    }


def _of(folders, schema):
    return {name: folders[name] for name in schema.folders}


def _twice(name, found):
    """Yield the files that have a name twice; small and capital letters are one to an engine."""
    for file, schema in found.items():
        alike = [other for other in schema.names or schema.columns if other.lower() == name.lower()]
        if len(alike) > 1:
            yield f"{file}: more than one column {name!r}"


def _lacking(name, there, columns):
    first = next(iter(there))
    for file, of in columns.items():
        if name not in of:
            near = did_you_mean(name, {plain(other): other for other in of if other not in columns[first]})
            yield f"{file}: no column {name!r}, which {first} has{near}"


def _type(name, there, found):
    """Return the type of a column that stands in all files, and what is wrong where there is none."""
    kinds = {*there.values()} - {EMPTY}
    if len(kinds) > 1 and not all(map(_exact, kinds)):
        there = {file: kind for file, kind in there.items() if not _valueless(file, name, kind, found[file])}
        kinds = {*there.values()}
    if len(kinds) < 2:
        return kinds.pop() if kinds else EMPTY, []
    if all(map(_exact, kinds)):
        return _wider(kinds), []
    if all(_exact(kind) or kind in ("FLOAT", _DOUBLE) for kind in kinds):
        told = f"column {name!r} has whole numbers beyond 2^53, and numbers with decimals elsewhere; expected one type"
        return _DOUBLE, [f"{file}: {told}" for file, kind in there.items() if _too_large(file, name, kind)]
    first, expected = next(iter(there.items()))
    return None, [
        f"{file}: column {name!r} is {kind}, but {expected} in {first}"
        for file, kind in there.items()
        if kind != expected
    ]


def _exact(kind):
    return bool(_WHOLE.fullmatch(kind) or _DECIMAL.fullmatch(kind))


def _wider(kinds):
    import duckdb

    cases = " ".join(f"WHEN random() < 1 THEN NULL::{kind}" for kind in sorted(kinds))
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT typeof(CASE {cases} END)").fetchall()[0][0]


def _asked(file, what, schema=None):
    """Return an aggregate of a file."""
    import duckdb

    with duckdb.connect() as connection:
        if is_parquet(file):
            rows = connection.read_parquet(literal(file), hive_partitioning=False)
        else:
            texts = {"all_varchar": True, "header": True, "sep": schema.mark}
            rows = connection.read_csv(literal(as_utf8(file)), hive_partitioning=False, **texts)
        return rows.aggregate(what).fetchall()[0][0]


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _valueless(file, name, kind, schema):
    """Return whether a column of a Parquet file has no value; pandas gives those any type."""
    if kind == EMPTY:
        return True
    inside = is_parquet(file) and name in schema.columns
    return inside and not _asked(file, f"count({_quoted(name)})")


def _too_large(file, name, kind):
    """Return whether a column has whole numbers that a float would round."""
    decimal = _DECIMAL.fullmatch(kind)
    if not is_parquet(file) or kind == "BOOLEAN" or not _exact(kind) or (decimal and int(decimal[2])):
        return False
    return (_asked(file, f"max(abs({_quoted(name)}::DECIMAL(38, 0)))") or 0) > _EXACT


def _contradicted(name, found: Mapping[str, Schema]) -> Iterator[str]:
    """Yield the files that hold another value of a column than their folder tells."""
    for file, schema in found.items():
        if name in schema.folders and name in schema.columns:
            told, text = schema.folders[name], f"{_quoted(name)}::VARCHAR"
            value = "'" + told.replace("'", "''") + "'"
            numbers = f"coalesce(try_cast({text} AS DOUBLE) <> try_cast({value} AS DOUBLE), true)"
            where = f"{text} IS DISTINCT FROM {value} AND {numbers}"
            if other := _asked(
                file, f"any_value(coalesce({text}, 'nothing')) FILTER (WHERE {where})", schema
            ):
                yield f"{file}: column {name!r} holds {other}, but its folder is called {name}={told}; expected one of them"
