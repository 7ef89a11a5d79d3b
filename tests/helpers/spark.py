"""A Spark in local mode for the tests: one session a process, started when first asked for."""

import functools
import importlib.util
import os
import shutil

from povertystats.engines.connections import connect


def available():
    """Return whether pyspark and Java are there."""
    return importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


@functools.cache
def session():
    """Return the ibis backend of a local Spark with two threads, which ends with the process."""
    # A short life: it does not pay to make the JVM's code fast.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    backend = connect("local[2]")
    small(backend)
    return backend


def small(backend):
    """Set up a session for small tables: to compile a query takes longer than to interpret it, and to share it out longer than to work it out."""
    for name, value in {
        "adaptive.enabled": "false",
        "codegen.wholeStage": "false",
        "codegen.factoryMode": "NO_CODEGEN",
        "shuffle.partitions": "1",
    }.items():
        backend._session.conf.set(f"spark.sql.{name}", value)
