"""Engines: DuckDB in this process or Spark, one interface through ibis; and files, with what in them cannot be read."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.sources import differing, find_files, header, is_parquet, local
from povertystats.words.errors import Failed, MissingExtra, Refused, WrongType, refuse

# What columns of a CSV may turn out to be; dates stay text.
_KINDS = ["BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR"]
_MASTER = re.compile(r"local(\[.+\])?|yarn|(spark|k8s)://.+")
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
# Short records and values of another kind are errors, as in DuckDB, also in columns that no query needs.
_SPARK_CSV = {
    **{"header": True, "quote": '"', "escape": '"', "mode": "FAILFAST", "columnPruning": False},
    **{"enforceSchema": False, "nanValue": "nan", "positiveInf": "inf", "negativeInf": "-inf"},
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
    refuse("cannot connect", [f"{name} limits DuckDB alone; set up Spark in its session" for name in limits])
    if isinstance(engine, ibis.backends.BaseBackend):
        return engine
    if isinstance(engine, str):
        engine = _session(engine)
    if type(engine).__name__ != "SparkSession":
        expected = "None, a Spark master such as 'local[2]', a SparkSession or an ibis backend"
        raise WrongType(f"engine must be {expected}, not {type(engine).__name__}")
    return ibis.pyspark.connect(engine)


def read(connection: Any, source: Any, *, text: bool = False) -> tuple[Any, tuple[str, ...]]:
    """Return a source as an ibis table of ``connection``, and the files that it is read from.

    ``source``: a path, a pattern (``"register/*.parquet"``) or a list of them, Parquet or CSV (``.tsv``, ``.gz``);
    a DataFrame or an ibis table (no files). What has a scheme (``s3://…``) is left to the engine. Columns of a
    CSV are true or false, whole numbers, numbers or text, by their values; all text where ``text``. On Spark
    no value of a CSV may hold a line break.

    Raises WrongType on another source; Refused, all problems at once, on files that are not there, that are
    of more than one kind, that cannot be read, or whose columns differ.

    >>> table, files = read(connect(), pd.DataFrame({"x": [1, 2]}))
    >>> table.columns, files
    (('x',), ())
    """
    if isinstance(source, pd.DataFrame):
        return _framed(connection, source), ()
    if _is_table(source):
        own = owner_of(source) in (None, connection)
        refuse("cannot read the source", [] if own else ["the table is of another engine"])
        return source, ()
    files = find_files(source)
    with reading(files, text=text):
        refuse("cannot read the source", differing(local(files)))
        return _opened(connection, files, text), files


def owner_of(source: Any) -> Any:
    """Return the ibis backend of a table; None for other sources, and for a table that holds its own rows.

    >>> connection = connect()
    >>> owner_of(read(connection, pd.DataFrame({"x": [1]}))[0]) is connection, owner_of("a.csv")
    (True, None)
    """
    if not _is_table(source):
        return None
    import ibis.expr.operations as ops

    owners = (getattr(node, "source", None) for node in source.op().find(ops.PhysicalTable))
    return next(filter(None, owners), None)


@contextmanager
def reading(files: Sequence[str], *, text: bool = False) -> Iterator[None]:
    """Refuse what an engine cannot read within this context, with file and line where it is one of ``files``.

    ``text`` as in ``read``. DuckDB says what is wrong with a file of this machine, for Spark as well.

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
        refuse("cannot read the source", _unreadable(local(files), text, error) or [_short(error)])


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
        raise Refused("cannot connect", [f"{_short(error)}; {expected}"]) from None
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
        raise Failed(f"Spark does not start: {_short(error)}; {needs}") from None
    running = session.sparkContext.master
    other = f"engine is {master!r}, but Spark runs at {running!r}; stop that session, or pass it as engine"
    refuse("cannot connect", [] if running == master else [other])
    return session


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


def _is_table(source):
    return type(source).__module__.startswith("ibis.") and hasattr(source, "op")


def _opened(connection, files, text):
    """Return files of one kind as a table."""
    if connection.name == "pyspark":
        return _on_spark(connection, files, text)
    if is_parquet(files[0]):
        return connection.read_parquet(files)
    options = {"quote": '"', "escape": '"'}
    if local(files):
        options["delim"], names = header(files[0])
    if text and local(files):
        # Nothing is guessed: a record that is too short is one, wherever it stands.
        return connection.read_csv(files, columns=dict.fromkeys(names, "VARCHAR"), **options)
    return connection.read_csv(files, all_varchar=text, auto_type_candidates=_KINDS, **options)


def _on_spark(connection, files, text):
    import ibis

    # ibis reads one Parquet file, and not with every option of CSV: the session of the backend does.
    rows = connection._session.read.format("parquet")
    if not is_parquet(files[0]):
        rows = rows.format("csv").options(**_SPARK_CSV, inferSchema=not text)
        if here := local(files):
            # What DuckDB takes the columns for, so that both engines take them for the same.
            schema = _opened(connect(), here, text).schema()
            kinds = {"int64": "bigint", "float64": "double"}
            types = {name.replace("`", "``"): kinds.get(str(kind), kind) for name, kind in schema.items()}
            columns = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
            rows = rows.schema(columns).option("sep", header(here[0])[0])
    name = ibis.util.gen_name("files")
    rows.load([os.path.abspath(f) if local([f]) else f for f in files]).createOrReplaceTempView(name)
    return connection.table(name)


def _errors():
    """Return the errors of the engines that are loaded."""
    import duckdb

    names = {"pyspark.errors": "PySparkException", "py4j.protocol": "Py4JError"}
    loaded = {module: name for module, name in names.items() if module in sys.modules}
    return duckdb.Error, *(getattr(sys.modules[module], name) for module, name in loaded.items())


def _unreadable(files, text, error):
    """Return what is wrong with each file that cannot be read on its own."""
    import duckdb

    if not files or isinstance(error, duckdb.OutOfMemoryException):
        return []
    problems, connection = [], connect()
    for file in files:
        try:
            # Records first, then their values; a hash is asked for, since counts stand in the statistics.
            for as_text in dict.fromkeys((True, text)):
                rows = _opened(connection, [file], as_text)
                rows.aggregate([rows[name].hash().max() for name in rows.columns]).to_pyarrow()
        except duckdb.Error as own:
            problems.append(f"{file}: {_short(own)}")
    return problems


def _short(error):
    """Return the lines of an engine's message that say what is wrong, without its advice and its stack."""
    causes, cause = [], getattr(error, "java_exception", None)
    while cause:
        causes.append(str(cause.getMessage()).partition("\n")[0])
        cause = cause.getCause()
    lines = causes[1:] or causes or str(error).split("\n\n")[0].splitlines()
    kept = [line for line in lines if not line.startswith(("Possible", "*", "This type", "If you", "LINE"))]
    return "; ".join(dict.fromkeys(line.strip() for line in kept if line.strip()))
