"""Databases: tables of DuckDB and SQLite files, of a name, and of engines that cannot count a register themselves."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.engines.connections import connect, owner_of
from povertystats.words.errors import Refused, refuse
from povertystats.words.names import did_you_mean, plain

if TYPE_CHECKING:
    from ibis.expr.types import Table

# The name of a file of a database or a workbook, and of a table or sheet in it.
_NAMED = re.compile(
    r"(.+\.(?:duckdb|ddb|db|db3|sqlite|sqlite3|xlsx|xlsm))(?::([^:\\/]+))?", re.IGNORECASE | re.DOTALL
)
_NAME = re.compile(r"\w+(\.\w+){0,2}")
_WORKBOOK = (".xlsx", ".xlsm")
_ROWS = 50_000
_INTO = "cannot read the source"


def part_of(source: Any, table: str | None = None) -> tuple[str, str | None] | None:
    """Return the file of a database or a workbook, and the table or sheet that is named; None of another source.

    ``source``: ``"register.duckdb"``, or ``"register.duckdb:households"`` where ``table`` is not given.

    >>> part_of("register.duckdb:households"), part_of("review.xlsx", "2019"), part_of("register.csv")
    (('register.duckdb', 'households'), ('review.xlsx', '2019'), None)
    """
    if isinstance(source, list | tuple) and len(source) == 1:
        source = source[0]
    if (
        not isinstance(source, str | os.PathLike)
        or "://" in (name := os.fspath(source))
        or os.path.isdir(name)
    ):
        return None
    if not (found := _NAMED.fullmatch(name)):
        return None
    file, part = (name, None) if os.path.exists(name) else found.groups()
    if table is not None and part is not None and table != part:
        raise Refused(_INTO, [f"{name} names the table {part!r}, and table= {table!r}; expected one of them"])
    return file, part if table is None else table


def is_workbook(file: str) -> bool:
    """Return whether a file is a workbook, by its name."""
    return file.lower().endswith(_WORKBOOK)


def open_database(connection: Any, file: str, table: str | None = None) -> Table:
    """Return a table of a DuckDB or an SQLite file, which is opened to be read only; ``table``: needed where there are several.

    A table of DuckDB is read where it stands; one of SQLite is copied into ``connection`` once, each column being
    what all of its values are. Raises Refused on a file that is none, on a table that is not there, and where
    ``connection`` is no DuckDB.

    >>> import tempfile
    >>> import duckdb, ibis
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with duckdb.connect(f"{folder}/a.duckdb") as made:
    ...         _ = made.execute("CREATE TABLE households AS SELECT 650 AS income")
    ...     open_database(ibis.duckdb.connect(), f"{folder}/a.duckdb").to_pandas().values.tolist()
    [[650]]
    """
    if connection.name != "duckdb":
        raise Refused(_INTO, [f"{file} is a database that DuckDB reads; leave out engine="])
    try:
        with open(file, "rb") as content:
            head = content.read(16)
    except OSError as error:
        raise Refused(_INTO, [f"{file}: {error.strerror}"]) from None
    if head[8:12] == b"DUCK":
        return _duckdb(connection, file, table)
    if head == b"SQLite format 3\0":
        return _sqlite(connection, file, table)
    raise Refused(_INTO, [f"{file} is neither a DuckDB nor an SQLite file, whatever it is called"])


def named_table(connection: Any, name: Any) -> Table | None:
    """Return a table or view of an engine by its name (``"households"``, ``"registers.households"``); None if there is none.

    >>> import ibis
    >>> connection = ibis.duckdb.connect()
    >>> _ = connection.create_table("households", schema={"income": "int"})
    >>> named_table(connection, "households").columns, named_table(connection, "register.csv")
    (('income',), None)
    """
    from ibis.common.exceptions import IbisError, TableNotFound

    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    *above, table = name.split(".")
    try:
        return connection.table(
            table, database=tuple(above) if len(above) > 1 else above[0] if above else None
        )
    except (IbisError, TableNotFound, *_engine_errors()):
        return None


def fetched(connection: Any, table: Table) -> Table:
    """Return a table of another engine (PostgreSQL, SQLite, …) as one of DuckDB: its rows are fetched once.

    Raises Refused where ``connection`` is no DuckDB, and on values that are not of the type of their column.
    """
    import pyarrow

    if connection.name != "duckdb":
        raise Refused(_INTO, ["the table is of another engine; leave out engine="])
    try:
        return copied(connection, table.to_pyarrow_batches(chunk_size=_ROWS))
    except (pyarrow.ArrowException, *_engine_errors()) as error:
        raise Refused(
            _INTO, [f"the table of {table.get_backend().name} cannot be fetched: {error}"]
        ) from None


def here(table: Table) -> Table:
    """Return a table as one of DuckDB, in this process: what writes one file, where Spark writes folders, on its workers.

    >>> rows = connect().create_table("rows", schema={"x": "int"})
    >>> here(rows) is rows
    True
    """
    owner = owner_of(table)
    return table if owner is None or owner.name == "duckdb" else fetched(connect(), table)


def copied(connection: Any, batches: Any) -> Table:
    """Return rows that come in batches of Arrow as a table of DuckDB, which goes with the connection.

    >>> import ibis, pyarrow
    >>> copied(ibis.duckdb.connect(), pyarrow.table({"x": [1]}).to_reader()).to_pandas().values.tolist()
    [[1]]
    """
    import ibis

    name = ibis.util.gen_name("copied")
    connection.con.register(f"{name}_read", batches)
    try:
        connection.raw_sql(f'CREATE TEMP TABLE "{name}" AS FROM "{name}_read"')
    finally:
        connection.con.unregister(f"{name}_read")
    return connection.table(name)


def _engine_errors():
    import sys

    import duckdb

    named = {"pyspark.errors": "PySparkException", "sqlite3": "Error", "psycopg": "Error"}
    return duckdb.Error, *(getattr(sys.modules[m], name) for m, name in named.items() if m in sys.modules)


def _one(file, table, there):
    """Return the table that is asked for, of those that are there."""
    if table is None and len(there) == 1:
        return there[0]
    told = f"{file} holds {', '.join(there)}" if there else f"{file} holds no table"
    if table is None:
        refuse(_INTO, [f'{told}; say which, table="{there[0]}"' if there else told])
    if table not in there:
        near = did_you_mean(str(table), {plain(name): name for name in there})
        refuse(_INTO, [f"no table {table!r}{near}; {told}"])
    return table


def _duckdb(connection, file, table):
    import duckdb
    import ibis

    path = str(Path(file).resolve())
    rows = connection.con.sql("SELECT database_name, path FROM duckdb_databases()").fetchall()
    database = next((name for name, of in rows if of and str(Path(of).resolve()) == path), None)
    if database is None:
        database = ibis.util.gen_name("database")
        quoted = path.replace("'", "''")
        try:
            connection.raw_sql(f"ATTACH '{quoted}' AS \"{database}\" (READ_ONLY)")
        except duckdb.Error as error:
            raise Refused(_INTO, [f"{file}: {str(error).splitlines()[0]}"]) from None
    found = connection.con.execute(
        "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = ? ORDER BY ALL",
        [database],
    ).fetchall()
    names = {
        name if schema == "main" else f"{schema}.{name}": (schema, name, kind) for schema, name, kind in found
    }
    schema, name, kind = names[_one(file, table, [*names])]
    if kind != "VIEW":
        return connection.table(name, database=(database, schema))
    # It names its tables as they are called where it stands.
    with connection.con.cursor() as there:
        there.execute(f'USE "{database}".{_quoted(schema)}')
        return copied(connection, there.sql(f"FROM {_quoted(name)}").to_arrow_reader(_ROWS))


def _sqlite(connection, file, table):
    import pyarrow

    try:
        with closing(
            sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        ) as database:
            told = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1"
            name = _one(file, table, [name for (name,) in database.execute(told)])
            source = _quoted(name)
            columns = [column for _, column, *_ in database.execute(f"PRAGMA table_info({source})")]
            types = _types(database, file, source, columns)
            kinds = {"whole": pyarrow.int64(), "number": pyarrow.float64(), "text": pyarrow.string()}
            schema = pyarrow.schema([(column, kinds[types[column]]) for column in columns])
            batches = pyarrow.RecordBatchReader.from_batches(schema, _batches(database, source, schema))
            return copied(connection, batches)
    except sqlite3.Error as error:
        raise Refused(_INTO, [f"{file}: {error}"]) from None


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _types(database, file, source, columns):
    """Return what each column of SQLite is, by the types of all of its values, of which any may be of its own."""
    asked = [
        f"total(typeof({_quoted(c)}) = '{kind}')"
        for c in columns
        for kind in ("integer", "real", "text", "blob")
    ]
    (found,) = database.execute(f"SELECT {', '.join(asked)} FROM {source}")
    types, problems = {}, []
    for column, counts in zip(columns, zip(*[iter(found)] * 4, strict=True), strict=True):
        whole, number, text, blob = map(bool, counts)
        types[column] = "text" if text or not (whole or number) else "number" if number else "whole"
        problems += [f"{file}: column {column!r} holds bytes, which are no values"] if blob else []
    refuse(_INTO, problems)
    return types


def _batches(database, source, schema) -> Iterator[Any]:
    import pyarrow

    as_text = [str(field.type) == "string" for field in schema]
    rows = database.execute(f"SELECT * FROM {source}")
    while some := rows.fetchmany(_ROWS):
        columns = [
            [value if value is None or isinstance(value, str) else repr(value) for value in values]
            if text
            else values
            for text, values in zip(as_text, zip(*some, strict=True), strict=True)
        ]
        arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        yield pyarrow.record_batch(arrays, schema=schema)
