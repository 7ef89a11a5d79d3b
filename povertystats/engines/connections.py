"""Connections to engines: DuckDB in this process or Spark, one interface through ibis."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from povertystats.engines.clusters import WAIT, session_at, short, watch
from povertystats.words.errors import MissingExtra, Refused, WrongType, refuse

# The engines that count registers.
COUNTING = ("duckdb", "pyspark")


def connect(
    engine: Any = None, *, memory: str | None = None, threads: int | None = None, wait: float = WAIT
) -> Any:
    """Connect to an engine: DuckDB in this process, or Spark.

    ``engine``: None, a new DuckDB in memory, which spills into a folder that goes with it; ``memory`` ("2GB")
    and ``threads`` limit it. A Spark master ("local[2]", "spark://host:7077", "yarn", "sc://host" for Spark Connect):
    a session there. A SparkSession or an ibis backend is taken as it is. ``wait``: seconds in which a worker of a
    standalone cluster must have taken up work (``clusters.watch``).

    Returns an ibis backend. Raises WrongType on another engine; Refused on a text that is no Spark master;
    MissingExtra without the packages; Failed where the master does not answer and when Spark does not start, as
    without Java.

    >>> connect(threads=1).name
    'duckdb'
    """
    ibis = _ibis()
    if engine is None:
        return _duckdb(ibis, memory, threads)
    limits = [name for name, limit in (("memory", memory), ("threads", threads)) if limit is not None]
    refuse(
        "cannot connect",
        [f"{name} limits a DuckDB of ours alone; set up another engine itself" for name in limits],
    )
    if isinstance(engine, ibis.backends.BaseBackend):
        return engine
    if isinstance(engine, str):
        engine = session_at(engine)
    if type(engine).__name__ != "SparkSession":
        expected = "None, a Spark master such as 'local[2]', a SparkSession or an ibis backend"
        raise WrongType(f"engine must be {expected}, not {type(engine).__name__}")
    watch(engine, wait)
    return ibis.pyspark.connect(engine)


def owner_of(source: Any) -> Any:
    """Return the ibis backend of a table or of a DataFrame of Spark; None for other sources, and for a table that holds its own rows.

    >>> connection = connect()
    >>> owner_of(connection.create_table("rows", schema={"x": "int"})) is connection, owner_of("a.csv")
    (True, None)
    """
    if is_spark(source):
        return connect(source.sparkSession)
    if not is_table(source):
        return None
    import ibis.expr.operations as ops

    owners = (getattr(node, "source", None) for node in source.op().find(ops.PhysicalTable))
    return next(filter(None, owners), None)


def engine_of(source: Any) -> Any:
    """Return the engine that a source is in, of those that count registers: what to connect to where none is asked for.

    ``source``: as of ``reading.read``, or {year: such}. A table of another engine (PostgreSQL) is copied into DuckDB.

    >>> connection = connect()
    >>> rows = connection.create_table("rows", schema={"x": "int"})
    >>> engine_of({2019: "a.csv", 2020: rows}) is connection, engine_of("a.csv")
    (True, None)
    """
    owners = map(owner_of, source.values() if isinstance(source, dict) else [source])
    return next((owner for owner in owners if owner is not None and owner.name in COUNTING), None)


def _ibis():
    try:
        import duckdb  # noqa: F401
        import ibis.backends
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        reason = 'register needs ibis: pip install "povertystats[register]"'
        raise MissingExtra(reason, name=error.name) from None
    return ibis


def _duckdb(ibis, memory, threads):
    import duckdb

    folder = spill_folder()
    given = {"temp_directory": folder, "memory_limit": memory, "threads": threads}
    limits = {name: limit for name, limit in given.items() if limit is not None}
    try:
        connection = ibis.duckdb.connect(**limits)
    except (duckdb.Error, RuntimeError) as error:  # the latter for letters that are none
        shutil.rmtree(folder)
        expected = "expected a memory such as '2GB' and threads such as 2"
        raise Refused("cannot connect", [f"{short(error)}; {expected}"]) from None
    # The folder goes with its connection, or with the process.
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def spill_folder() -> str:
    """Return a new folder to spill into; those of processes that were killed go."""
    name = "povertystats-engine-"
    for old in Path(tempfile.gettempdir()).glob(f"{name}*-*"):
        process = old.name.split("-")[2]
        if process.isdigit() and not _alive(int(process)):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{name}{os.getpid()}-")


def _alive(process):
    if os.name != "posix":  # elsewhere no signal only asks
        return True
    try:
        os.kill(process, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def is_spark(source: Any) -> bool:
    """Return whether a source is a DataFrame of Spark."""
    return type(source).__module__.startswith("pyspark.sql.") and type(source).__name__ == "DataFrame"


def is_table(source: Any) -> bool:
    """Return whether a source is a table of ibis."""
    return type(source).__module__.startswith("ibis.") and hasattr(source, "op")
