"""Clusters: masters that do not answer, and jobs without a worker; a real cluster is in test_spark_cluster."""

import socket
import time
from types import SimpleNamespace

import pytest

from povertystats.engines import clusters
from povertystats.engines.connections import connect
from povertystats.engines.reading import reading
from povertystats.words.errors import Failed

pytest.importorskip("duckdb")


@pytest.mark.parametrize(
    "master", ["spark://127.0.0.1:{}", "spark://127.0.0.1:{0},127.0.0.1:{0}", "sc://127.0.0.1:{}"]
)
def test_a_master_that_does_not_answer_is_one_error_at_once(master):
    pytest.importorskip("pyspark")
    with socket.socket() as taken:
        # Bound, and nobody listens.
        taken.bind(("127.0.0.1", 0))
        master = master.format(taken.getsockname()[1])
        before = time.monotonic()
        with pytest.raises(Failed, match=f"Spark at {master} does not answer: 127.0.0.1:.*: .*refused"):
            connect(master)
        assert time.monotonic() - before < 5


class Context:
    """Stands for a context of Spark with a job, and so many executors beside the driver."""

    def __init__(self, executors, master="spark://host:7077"):
        self.master, self.cancelled = master, []
        self._jsc = SimpleNamespace(sc=lambda: self)
        self.executors = executors

    def statusTracker(self):
        return SimpleNamespace(getActiveJobsIds=lambda: [] if self.cancelled else [7])

    def getExecutorMemoryStatus(self):
        return SimpleNamespace(size=lambda: 1 + self.executors)

    def cancelJob(self, job, reason):
        self.cancelled.append((job, reason))


@pytest.mark.parametrize(
    ("context", "cancelled"),
    [
        (Context(0), [(7, "no worker of the Spark cluster took up work in 0.1 seconds")]),
        (Context(1), []),
        (Context(0, "yarn"), []),
        (Context(0, "local[2]"), []),
    ],
)
def test_a_job_without_a_worker_is_cancelled_with_a_word(context, cancelled, monkeypatch):
    monkeypatch.setattr(clusters, "_LOOK", 0.02)
    clusters.watch(SimpleNamespace(_sc=context), 0.1)
    time.sleep(0.4)
    assert context.cancelled == cancelled
    context._jsc = None
    clusters.watch(SimpleNamespace(), 0.1)


def test_a_job_that_was_cancelled_for_want_of_a_worker_failed_and_no_file_is_blamed(monkeypatch, tmp_path):
    class Cancelled(Exception):
        pass

    monkeypatch.setattr("povertystats.engines.reading._errors", lambda: Cancelled)
    told = "took up work in 30 seconds: none is there, or others hold"
    with pytest.raises(Failed, match=told), reading([f"{tmp_path}/a.csv"]):
        raise Cancelled("Job 0 cancelled no worker of the Spark cluster took up work in 30 seconds")
