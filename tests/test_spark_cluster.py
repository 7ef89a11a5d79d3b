"""A standalone cluster of Spark with two workers, one of which is killed: the tables of DuckDB; with none left, a word.

Run by ``make spark-cluster``, in a process of its own.
"""

import os
import threading
import time

import pandas as pd
import pytest
from helpers import cluster as clusters
from helpers import spark
from helpers.reviews import register_rows
from helpers.scanned import write
from test_spark import parts, test_a_register_gives_the_tables_of_duckdb  # noqa: F401

from povertystats.engines.connections import connect
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.words.errors import Failed

pytestmark = [
    pytest.mark.skipif("SPARK_CLUSTER" not in os.environ, reason="asked for by make spark-cluster"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with clusters.started(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="module")
def engine(cluster):
    backend = connect(cluster.master)
    spark.small(backend)
    yield backend
    backend._session.stop()


def executors(engine):
    # The driver is one of them.
    return engine._session._jsc.sc().getExecutorMemoryStatus().size() - 1


def test_a_worker_that_is_killed_changes_nothing(tmp_path, engine, cluster):
    rows = register_rows(households=300)
    source = parts(rows, tmp_path, "parquet")
    expected = review(open_register(source), by="commune", minimum=5).table
    assert executors(engine) == 2
    killed = threading.Timer(1, cluster.kill_worker)
    killed.start()
    for _ in range(2):
        table = review(open_register(source, engine=engine), by="commune", minimum=5).table
        pd.testing.assert_frame_equal(table, expected, check_exact=False, rtol=1e-12, atol=0)
    killed.join()
    assert executors(engine) == len(cluster.workers) == 1


def test_without_a_worker_the_error_says_so_in_seconds(tmp_path, engine, cluster):
    cluster.kill_worker()
    while executors(engine):
        time.sleep(0.1)
    path = write(register_rows(households=60), tmp_path / "a.parquet")
    before = time.monotonic()
    with pytest.raises(
        Failed, match="no worker of the Spark cluster took up work in 3 seconds: none is there"
    ):
        _ = open_register(path, engine=engine._session, wait=3).checks
    assert time.monotonic() - before < 20
