"""Tables of engines, over files of one kind: of all their columns, or of those in which they agree."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from povertystats.engines.schemas import EMPTY, NO_VALUE, Schema, Used, agreed, folders_of, schemas
from povertystats.engines.sources import as_utf8, is_parquet, literal, local
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table

# Short records are errors, as in DuckDB, also in columns that no query needs.
_SPARK_CSV = {
    **{"header": True, "quote": '"', "escape": '"', "mode": "FAILFAST", "columnPruning": False},
    **{"nanValue": "nan", "positiveInf": "inf", "negativeInf": "-inf"},
}
_INFERENCE = "spark.sql.sources.partitionColumnTypeInference.enabled"


def open_files(connection: Any, files: Sequence[str], used: Used | None = None) -> Table:
    """Return files of one kind, Parquet or CSV, as one table of an engine; the columns of a CSV are text.

    ``connection``: an ibis backend, DuckDB or Spark. Columns go by their names, in whatever order a file has them.
    ``used``: as in ``schemas.agreed``; None: all columns. Raises Refused on files that do not agree in them.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import ibis
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, other = Path(folder, "a.csv"), Path(folder, "b.csv")
    ...     _ = path.write_text("commune,income\\n01840,650\\n")
    ...     _ = other.write_text("income;commune\\n900;01843\\n")
    ...     open_files(ibis.duckdb.connect(), [str(path), str(other)]).to_pandas().values.tolist()
    [['01840', '650'], ['01843', '900']]
    """
    import ibis

    found = schemas(local(files))
    types, problems = agreed(found, used)
    refuse("cannot read the source", problems)
    alike: dict[Any, list[str]] = {}
    for file in files:
        alike.setdefault(_form(file, found.get(file)), []).append(file)
    opened = _spark if connection.name == "pyspark" else _duckdb
    tables = []
    for some in alike.values():
        if schema := found.get(some[0]):
            tables.append(_typed(opened(connection, some, schema), schema, types))
        else:
            tables.append(opened(connection, some, next(iter(found.values()), Schema({}))))
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _form(file, schema):
    """Return what files must have in common to be read in one go; a copy in UTF-8 stands below a folder of its own."""
    if schema is None:
        return None
    root = folders_of(as_utf8(file))[0] if schema.folders else ""
    return *schema.columns.items(), schema.names, schema.mark, *schema.folders, root


def _typed(table, schema, types):
    """Return the columns in which files agree, with their types; a table that has just these stays as it is."""
    import ibis
    from ibis.backends.sql.datatypes import DuckDBType

    own = {**schema.columns, **dict.fromkeys(schema.folders, "VARCHAR")}
    if own == types and table.columns == (*types,):
        return table
    columns = {}
    for name, kind in types.items():
        of = DuckDBType.from_string("VARCHAR" if kind == EMPTY else kind)
        value = ibis.null(of) if own[name] == EMPTY else table[name]
        value = value.nullif(NO_VALUE) if name in schema.folders else value
        columns[name] = value if own[name] == kind else value.cast(of)
    return table.select(**columns)


def _columns(schema):
    """Return the names of a CSV's columns for an engine, which has no two alike, in any letters, and none without a name."""
    names, taken = list[str](), {name.lower() for name in schema.names}
    for i, name in enumerate(schema.names):
        there = {other.lower() for other in names}
        while not name or name.lower() in there:
            i += 1
            name = f"column {i}" if f"column {i}" not in taken else ""
        names.append(name)
    return names


def _duckdb(connection, files, schema):
    told = {"hive_partitioning": bool(schema.folders)}
    told |= {"hive_types_autocast": False} if schema.folders else {}
    here = local(files)
    paths = [literal(as_utf8(file)) for file in files]
    if is_parquet(files[0]):
        return connection.read_parquet(paths, **(told if here else {}))
    options = {"quote": '"', "escape": '"', "header": True}
    if not here:
        return connection.read_csv(paths, all_varchar=True, **options)
    # Nothing is guessed: a record that is too short is one, wherever it stands.
    columns = dict.fromkeys(_columns(schema), "VARCHAR")
    return connection.read_csv(
        paths, columns=columns, delim=schema.mark, auto_detect=False, **told, **options
    )


def _spark(connection, files, schema):
    import ibis

    # ibis reads one Parquet file, and not with every option of CSV: the session of the backend does.
    session = connection._session
    rows = session.read.format("parquet")
    if not is_parquet(files[0]):
        rows = rows.format("csv").options(**_SPARK_CSV)
        if schema.mark:
            columns = ", ".join(f"`{name.replace('`', '``')}` string" for name in _columns(schema))
            rows = rows.schema(columns).option("sep", schema.mark)
    # Spark would take signs of a name for a pattern as well.
    paths = [os.path.abspath(as_utf8(file)) if local([file]) else file for file in files]
    if schema.folders and local(files):
        rows = rows.option("basePath", folders_of(paths[0])[0])
    paths = [re.sub(r"([\[\]{}*?\\])", r"\\\1", path) if local([path]) else path for path in paths]
    name = ibis.util.gen_name("files")
    guessed = session.conf.get(_INFERENCE)
    session.conf.set(_INFERENCE, "false")
    try:
        rows.load(paths).createOrReplaceTempView(name)
    finally:
        session.conf.set(_INFERENCE, guessed)
    return connection.table(name)
