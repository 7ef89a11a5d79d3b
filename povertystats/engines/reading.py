"""Files, frames and tables as tables of an engine: the columns of a CSV as text, and what in files cannot be read."""

from __future__ import annotations

import os
import sys
import warnings
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pandas as pd

from povertystats.engines.clusters import stalled
from povertystats.engines.columns import cast, reading_problems, settled
from povertystats.engines.connections import COUNTING, connect, is_spark, is_table, owner_of, short
from povertystats.engines.databases import fetched, is_workbook, named_table, open_database, part_of
from povertystats.engines.schemas import Used
from povertystats.engines.sources import find_files, is_parquet, local
from povertystats.engines.tables import open_files
from povertystats.files.numbers import Notation
from povertystats.files.problems import listed
from povertystats.tables.reading import read_table
from povertystats.words.errors import Failed, Refused, refuse

_INTO = "cannot read the source"


def read(
    connection: Any,
    source: Any,
    used: Used | None = None,
    *,
    table: str | None = None,
    notation: Notation = Notation(),  # noqa: B008
) -> tuple[Any, tuple[str, ...]]:
    """Return a source as an ibis table of ``connection``, and the files that it is read from.

    ``source``: a path, a folder, a pattern (``"register/*.parquet"``) or a list of them, Parquet or CSV (``.tsv``,
    ``.gz``); a DuckDB or SQLite file or a workbook (no files), with ``table`` or as ``"register.duckdb:households"`` where
    it holds several; a DataFrame of pandas or Spark, an ibis table, the name of a table of the engine (no files). What
    has a scheme (``s3://…``) is left to the engine. Columns of a
    CSV are text, whatever they look like: ``columns.cast`` makes of them what they are asked to be. On Spark
    no value of a CSV may hold a line break. ``used``: of all columns of the files those that are used, each with
    what to do where files differ in it; the others may differ, and are left out then. ``notation``: of a workbook.

    Raises WrongType on another source; Refused, all problems at once, on files that are not there, that are
    of more than one kind, that cannot be read, or that differ in columns that are used.

    >>> rows, files = read(connect(), pd.DataFrame({"x": [1, 2]}))
    >>> rows.columns, files
    (('x',), ())
    """
    part = part_of(source, table)
    refuse(
        _INTO,
        []
        if part or table is None
        else ["table= names one of a database or a sheet of a workbook; the source is none"],
    )
    if part and is_workbook(part[0]):
        words = {name: how for name, how in vars(notation).items() if name != "bare"}
        found = read_table(part[0], sheet=part[1], **words)
        # What a reader of tables calls a sheet is a table here.
        refuse(_INTO, (str(error).replace("sheet=", "table=") for error in found.findings.errors))
        source = found.table
    elif part:
        with reading(()):
            return open_database(connection, *part), ()
    if isinstance(source, pd.DataFrame):
        with reading(()):
            return _framed(connection, source), ()
    if is_spark(source):
        refuse(
            _INTO, [] if connection.name == "pyspark" else ["the DataFrame is of Spark; leave out engine="]
        )
        import ibis

        name = ibis.util.gen_name("frame")
        source.createOrReplaceTempView(name)
        return connection.table(name), ()
    if is_table(source):
        owner = owner_of(source)
        if owner not in (None, connection) and owner.name not in COUNTING:
            return fetched(connection, source), ()
        refuse(_INTO, [] if owner in (None, connection) else ["the table is of another engine"])
        return source, ()
    if not _there(source) and (rows := named_table(connection, source)) is not None:
        return rows, ()
    files = find_files(source)
    with reading(files):
        return open_files(connection, files, used), files


def measured(
    rows: Any,
    files: Sequence[str],
    columns: Iterable[str],
    notation: Notation = Notation(),  # noqa: B008
) -> tuple[Any, list[str]]:
    """Return rows of CSV files with columns as numbers (yes and no as 1 and 0), and what of these is none.

    ``rows`` and ``files`` as of ``read``; columns of other sources have a type already and stay as they are, but for texts
    that say yes or no.

    >>> import ibis
    >>> measured(ibis.memtable({"poor": ["Có", "không"]}), (), ["poor"])[0].to_pandas()["poor"].tolist()
    [True, False]
    """
    typed = not files or is_parquet(files[0])
    kinds = {column: "measure" for column in columns if rows[column].type().is_string()}
    if typed and not kinds:
        return rows, []
    with reading(files):
        numbers, readings = (rows, {}) if typed else cast(rows, kinds, notation)
        unread = [column for column in kinds if typed or readings[column].wrong]
        if said := [
            c for c, r in settled(rows, dict.fromkeys(unread, "yes_no"), notation).items() if not r.wrong
        ]:
            kinds = {} if typed else kinds
            numbers, readings = cast(rows, kinds | dict.fromkeys(said, "yes_no"), notation)
        if typed or not any(reading.wrong or reading.doubtful for reading in readings.values()):
            return numbers, []
        # DuckDB knows the order of the rows of a file.
        here = connect()
        pieces = {file: read(here, file)[0] for file in local(files)} or {", ".join(files): rows}
        return numbers, [*listed([*reading_problems(pieces, readings, notation)])]


@contextmanager
def reading(files: Sequence[str]) -> Iterator[None]:
    """Refuse what an engine cannot read within this context, with file and line where it is one of ``files``.

    DuckDB says what is wrong with a file of this machine, for Spark as well. Raises Failed where Spark has no worker.

    >>> import duckdb
    >>> with reading(()):
    ...     duckdb.sql("SELECT error('broken')").fetchall()
    Traceback (most recent call last):
    povertystats.words.errors.Refused: cannot read the source:
    - Invalid Input Error: broken
    """
    try:
        with warnings.catch_warnings():
            # It says over pages what the error says.
            warnings.filterwarnings("ignore", "toPandas attempted Arrow", UserWarning)
            yield
    except _errors() as error:
        if reason := stalled(error):
            raise Failed(reason) from None
        refuse(_INTO, _unreadable(local(files), error) or [short(error)])


def _there(source):
    return isinstance(source, str) and os.path.lexists(source)


def _framed(connection, frame):
    import ibis

    if connection.name != "duckdb":
        return ibis.memtable(frame)
    # As it lies in memory; ibis would make a copy in Arrow first.
    name = ibis.util.gen_name("frame")
    connection.con.register(name, frame)
    table = connection.table(name)
    weakref.finalize(table.op(), _forget, connection.con, name)
    return table


def _forget(connection, name):
    import duckdb

    with suppress(duckdb.Error):  # closed before
        connection.unregister(name)


def _errors():
    """Return the errors of the engines that are loaded."""
    import duckdb

    names = {"pyspark.errors": "PySparkException", "py4j.protocol": "Py4JError"}
    loaded = {module: name for module, name in names.items() if module in sys.modules}
    return duckdb.Error, *(getattr(sys.modules[module], name) for module, name in loaded.items())


def _unreadable(files, error):
    """Return what is wrong with each file that cannot be read on its own."""
    import duckdb

    if not files or isinstance(error, duckdb.OutOfMemoryException):
        return []
    problems, connection = [], connect()
    for file in files:
        try:
            # A hash is asked for, since counts stand in the statistics.
            rows = open_files(connection, [file])
            rows.aggregate([rows[name].hash().max() for name in rows.columns]).to_pyarrow()
        except duckdb.Error as own:
            problems.append(f"{file}: {short(own)}")
        except Refused as own:
            problems += own.problems
    return problems
