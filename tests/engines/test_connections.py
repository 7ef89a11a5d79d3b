"""Connections: DuckDB in this process, and what is no engine; Spark has its tests in test_spark."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from povertystats.engines.connections import connect

duckdb = pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def connection():
    return connect()


def setting(connection, name):
    return connection.raw_sql(f"SELECT current_setting('{name}')").fetchone()[0]


def folders():
    return [*Path(tempfile.gettempdir()).glob("povertystats-engine-*")]


def test_duckdb_takes_limits_and_spills_into_a_folder_that_goes_with_it():
    limited = connect(memory="500MB", threads=1)
    assert setting(limited, "threads") == 1 and setting(limited, "memory_limit") == "476.8 MiB"
    folder = Path(setting(limited, "temp_directory"))
    assert folder.is_dir() and folder.name.startswith(f"povertystats-engine-{os.getpid()}-")
    assert setting(connect(), "temp_directory") != str(folder)
    limited.disconnect()
    del limited
    assert not folder.exists()


def test_folders_of_killed_processes_go_and_those_of_others_stay():
    code = "import os; from povertystats.engines.connections import connect; c = connect(); os.kill(os.getpid(), 9)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as killed:
        killed.wait()
    left = [path for path in folders() if f"-{killed.pid}-" in path.name]
    assert len(left) == 1 and killed.returncode == -9
    mine = connect()
    assert not left[0].exists() and Path(setting(mine, "temp_directory")).exists()


def test_what_is_a_backend_already_is_taken_as_it_is(connection):
    assert connect(connection) is connection
    with pytest.raises(ValueError, match="memory limits a DuckDB of ours alone; .*\n- threads limits"):
        connect(connection, memory="1GB", threads=2)


@pytest.mark.parametrize("engine", [3, {"a": 1}, duckdb.connect])
def test_what_is_no_engine_is_refused(engine):
    with pytest.raises(TypeError, match="engine must be None, a Spark master such as 'local"):
        connect(engine)


@pytest.mark.parametrize("engine", ["duckdb", "localhost", "", "local[2"])
def test_a_text_that_is_no_spark_master_is_refused(engine):
    with pytest.raises(ValueError, match="is not known; expected None for DuckDB, or a Spark master"):
        connect(engine)


@pytest.mark.parametrize(
    ("missing", "engine", "extra"),
    [
        ("ibis.backends", None, "register"),
        ("pyarrow", None, "register"),
        ("pyspark.sql", "local[1]", "spark"),
    ],
)
def test_what_is_not_installed_is_named(monkeypatch, missing, engine, extra):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match=rf'pip install "povertystats\[{extra}\]"') as caught:
        connect(engine)
    assert caught.value.name == missing


@pytest.mark.parametrize("limits", [{"memory": "much"}, {"threads": 0}])
def test_limits_that_are_none_are_refused(limits):
    with pytest.raises(
        ValueError, match=r"cannot connect:\n- .*; expected a memory such as '2GB' and threads"
    ):
        connect(**limits)
