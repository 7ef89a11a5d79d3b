"""Clusters of Spark: sessions on a master or by Spark Connect, and jobs that no worker takes up, which end with a word."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from povertystats.words.errors import Failed, MissingExtra, refuse

_MASTER = re.compile(r"local(\[.+\])?|yarn|(spark|k8s|sc)://.+")
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
# Seconds to wait for a first worker; between two looks; for a master that does not answer.
WAIT, _LOOK, _ANSWER = 30.0, 0.5, 5.0
_NO_WORKER = "no worker of the Spark cluster took up work"


def session_at(master: str) -> Any:
    """Return a session of Spark at a master ("local[2]", "spark://host:7077", "yarn", "sc://host:15002" for Spark Connect).

    Raises Refused on a text that is no master, and where Spark runs elsewhere already; MissingExtra without the
    packages; Failed where the master does not answer and where Spark does not start, as without Java.
    """
    known = _MASTER.fullmatch(master)
    expected = "None for DuckDB, or a Spark master such as 'local[2]', 'spark://host:7077' or 'yarn'"
    refuse("cannot connect", [] if known else [f"engine {master!r} is not known; expected {expected}"])
    try:
        from pyspark.errors import PySparkException, PySparkImportError
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        reason = 'Spark needs its package: pip install "povertystats[spark]"'
        raise MissingExtra(reason, name=error.name) from None
    if master.startswith(("spark://", "sc://")):
        _reached(master)
    try:
        if master.startswith("sc://"):
            return SparkSession.builder.remote(master).getOrCreate()
        settings: dict[str, Any] = {
            "spark.master": master,
            **_SPARK,
            **(_LOCAL if master.startswith("local") else {}),
        }
        session = SparkSession.builder.appName("povertystats").config(map=settings).getOrCreate()
        running = session.sparkContext.master
    except (ModuleNotFoundError, PySparkImportError) as error:
        reason = f'Spark Connect needs further packages: pip install "pyspark[connect]" ({error})'
        raise MissingExtra(reason, name="grpc") from None
    except _spark_errors(PySparkException) as error:
        if not isinstance(error, PySparkException):
            raise Failed(f"what listens at {master} does not answer as a master of Spark") from None
        needs = "it needs Java 17 (Debian: apt install default-jre-headless)"
        raise Failed(f"Spark does not start: {short(error)}; {needs}") from None
    other = f"engine is {master!r}, but Spark runs at {running!r}; stop that session, or pass it as engine"
    refuse("cannot connect", [] if running == master else [other])
    return session


def _spark_errors(first):
    from py4j.protocol import Py4JError

    # What a context says that Spark stopped meanwhile.
    return first, Py4JError, AttributeError


def _reached(master):
    """Raise Failed where nobody listens at a master: Spark itself would try for a minute, and log over pages."""
    scheme, _, hosts = master.partition("://")
    told = []
    for place in hosts.split("/")[0].split(";")[0].split(","):
        host, _, port = place.rpartition(":") if ":" in place else (place, "", "")
        port = port or ("15002" if scheme == "sc" else "7077")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER):
                return
        except (OSError, ValueError, OverflowError) as error:
            told.append(f"{host}:{port}: {getattr(error, 'strerror', None) or error}")
    raise Failed(f"Spark at {master} does not answer: {'; '.join(told)}")


def watch(session: Any, wait: float) -> None:
    """Let no job of a standalone cluster wait longer than so many seconds for a first worker: it is cancelled then.

    ``wait`` holds for the session from here on. Nothing is watched on this machine alone, on YARN, on Kubernetes, which
    may start workers when asked, and by Spark Connect.
    """
    context = getattr(session, "_sc", None)
    if context is None or not context.master.startswith("spark://"):
        return
    watched = getattr(context, "_povertystats_wait", None)
    context._povertystats_wait = wait
    if watched is None:
        threading.Thread(target=_watch, args=[context], daemon=True).start()


def _watch(context):
    since = time.monotonic()
    # Whatever is asked of a context that stops meanwhile.
    with suppress(Exception):
        while context._jsc is not None:
            jobs = context.statusTracker().getActiveJobsIds()
            scala = context._jsc.sc()
            # The driver is one of them.
            alone = bool(jobs) and scala.getExecutorMemoryStatus().size() < 2
            since = since if alone else time.monotonic()
            if time.monotonic() - since > context._povertystats_wait:
                for job in jobs:
                    scala.cancelJob(job, f"{_NO_WORKER} in {context._povertystats_wait:g} seconds")
            time.sleep(_LOOK)


def stalled(error: BaseException) -> str | None:
    """Return what to say where an error of Spark means that no worker was there.

    >>> stalled(RuntimeError("Job 3 cancelled no worker of the Spark cluster took up work in 30 seconds"))
    'no worker of the Spark cluster took up work in 30 seconds: none is there, or others hold their cores and memory; wait=… waits longer'
    """
    found = re.search(_NO_WORKER + r" in \S+ seconds", str(error))
    return found and f"{found[0]}: none is there, or others hold their cores and memory; wait=… waits longer"


def short(error: BaseException) -> str:
    """Return the lines of an engine's message that say what is wrong, without its advice and its stack."""
    causes, cause = [], getattr(error, "java_exception", None)
    while cause:
        causes.append(str(cause.getMessage()).partition("\n")[0])
        cause = cause.getCause()
    lines = causes[1:] or causes or str(error).split("\n\n")[0].splitlines()
    kept = [line for line in lines if not line.startswith(("Possible", "*", "This type", "If you", "LINE"))]
    return "; ".join(dict.fromkeys(line.strip() for line in kept if line.strip()))
