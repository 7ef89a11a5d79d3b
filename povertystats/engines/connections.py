"""Connections to engines: DuckDB in this process or Spark, one interface through ibis."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from povertystats.words.errors import Failed, MissingExtra, Refused, WrongType, refuse

_MASTER = re.compile(r"local(\[.+\])?|yarn|(spark|k8s)://.+")
# The engines that count registers.
COUNTING = ("duckdb", "pyspark")
_SPARK = {
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
    # Errors come back as exceptions; the log would say them again, over pages.
    "spark.log.level": "FATAL",
}
_LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
}


def connect(engine: Any = None, *, memory: str | None = None, threads: int | None = None) -> Any:
    """Connect to an engine: DuckDB in this process, or Spark.

    ``engine``: None, a new DuckDB in memory, which spills into a folder that goes with it; ``memory`` ("2GB")
    and ``threads`` limit it. A Spark master ("local[2]", "spark://host:7077", "yarn"): a session there. A
    SparkSession or an ibis backend is taken as it is.

    Returns an ibis backend. Raises WrongType on another engine; Refused on a text that is no Spark master;
    MissingExtra without the packages; Failed when Spark does not start, as without Java.

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
        engine = _session(engine)
    if type(engine).__name__ != "SparkSession":
        expected = "None, a Spark master such as 'local[2]', a SparkSession or an ibis backend"
        raise WrongType(f"engine must be {expected}, not {type(engine).__name__}")
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

    folder = _folder()
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


def _folder():
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


def _session(master):
    known = _MASTER.fullmatch(master)
    expected = "None for DuckDB, or a Spark master such as 'local[2]', 'spark://host:7077' or 'yarn'"
    refuse("cannot connect", [] if known else [f"engine {master!r} is not known; expected {expected}"])
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        reason = 'Spark needs its package: pip install "povertystats[spark]"'
        raise MissingExtra(reason, name=error.name) from None
    settings = {"spark.master": master, **_SPARK, **(_LOCAL if master.startswith("local") else {})}
    try:
        session = SparkSession.builder.appName("povertystats").config(map=settings).getOrCreate()
    except PySparkException as error:
        needs = "it needs Java 17 (Debian: apt install default-jre-headless)"
        raise Failed(f"Spark does not start: {short(error)}; {needs}") from None
    running = session.sparkContext.master
    other = f"engine is {master!r}, but Spark runs at {running!r}; stop that session, or pass it as engine"
    refuse("cannot connect", [] if running == master else [other])
    return session


def is_spark(source: Any) -> bool:
    """Return whether a source is a DataFrame of Spark."""
    return type(source).__module__.startswith("pyspark.sql.") and type(source).__name__ == "DataFrame"


def is_table(source: Any) -> bool:
    return type(source).__module__.startswith("ibis.") and hasattr(source, "op")


def short(error: BaseException) -> str:
    """Return the lines of an engine's message that say what is wrong, without its advice and its stack."""
    causes, cause = [], getattr(error, "java_exception", None)
    while cause:
        causes.append(str(cause.getMessage()).partition("\n")[0])
        cause = cause.getCause()
    lines = causes[1:] or causes or str(error).split("\n\n")[0].splitlines()
    kept = [line for line in lines if not line.startswith(("Possible", "*", "This type", "If you", "LINE"))]
    return "; ".join(dict.fromkeys(line.strip() for line in kept if line.strip()))
