"""A Spark in local mode for the tests: one session a process, started when first asked for."""

import functools
import importlib.util
import shutil

from povertystats.engines import connect


def available():
    """Return whether pyspark and Java are there."""
    return importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


@functools.cache
def session():
    """Return the ibis backend of a local Spark with two threads, which ends with the process."""
    return connect("local[2]")
