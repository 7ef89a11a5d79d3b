"""Engines: DuckDB in this process, what it reads, and what it refuses; Spark has its tests in test_spark."""

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from povertystats.regression.engines import connect, owner_of, read, reading

duckdb = pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def connection():
    return connect()


def rows(connection, table):
    return connection.to_pyarrow(table).to_pylist()


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
    code = "import os; from povertystats.regression.engines import connect; c = connect(); os.kill(os.getpid(), 9)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as killed:
        killed.wait()
    left = [path for path in folders() if f"-{killed.pid}-" in path.name]
    assert len(left) == 1 and killed.returncode == -9
    mine = connect()
    assert not left[0].exists() and Path(setting(mine, "temp_directory")).exists()


def test_what_is_a_backend_already_is_taken_as_it_is(connection):
    assert connect(connection) is connection
    with pytest.raises(ValueError, match="memory limits DuckDB alone; .*\n- threads limits"):
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


def test_frames_of_any_kind_and_tables_are_read(connection):
    frame = pd.DataFrame(
        {
            "x": [1.0, np.nan],
            "name": ["xã", None],
            "kind": pd.Categorical(["a", "b"]),
            "n": pd.array([None, 2], dtype="Int64"),
        },
        index=[5, 7],
    )
    table, files = read(connection, frame)
    assert files == () and rows(connection, table) == [
        {"x": 1.0, "name": "xã", "kind": "a", "n": None},
        {"x": None, "name": None, "kind": "b", "n": 2},
    ]
    some = table.filter(table.n > 1)
    assert read(connection, some) == (some, ()) and owner_of(some) is connection
    own = ibis.memtable(frame)
    assert read(connection, own)[0] is own and owner_of(own) is None
    with pytest.raises(ValueError, match="the table is of another engine"):
        read(connect(), some)


def test_a_frame_that_nobody_reads_any_more_is_let_go():
    engine = connect()
    table, _ = read(engine, pd.DataFrame({"x": [1]}))
    name = table.get_name()
    assert engine.raw_sql(f'FROM "{name}"').fetchall() == [(1,)]
    del table
    with pytest.raises(duckdb.CatalogException):
        engine.raw_sql(f'FROM "{name}"')


CSV = 'code,flag,n,x,name\n007,True,1,1.5,"a, ""b"""\n012,False,,inf,\n'


@pytest.mark.parametrize("end", ["csv", "tsv.gz"])
def test_a_csv_is_read_with_its_types_or_as_text(tmp_path, connection, end):
    text = CSV if end == "csv" else CSV.replace('a, "', 'a; "').replace(",", "\t")
    name = 'a, "b"' if end == "csv" else 'a; "b"'
    path = tmp_path / f"a.{end}"
    path.write_bytes(gzip.compress(text.encode()) if end.endswith("gz") else text.encode())
    table, files = read(connection, path)
    assert files == (str(path),) and rows(connection, table) == [
        {"code": "007", "flag": True, "n": 1, "x": 1.5, "name": name},
        {"code": "012", "flag": False, "n": None, "x": float("inf"), "name": None},
    ]
    told, _ = read(connection, path, text=True)
    assert rows(connection, told)[1] == {"code": "012", "flag": "False", "n": None, "x": "inf", "name": None}


def test_dates_stay_text(tmp_path, connection):
    (tmp_path / "a.csv").write_text("day,x\n2016-05-07,1\n")
    assert rows(connection, read(connection, tmp_path / "a.csv")[0]) == [{"day": "2016-05-07", "x": 1}]


def problems(connection, source, **options):
    with pytest.raises(ValueError, match="cannot read the source") as caught:
        table, files = read(connection, source, **options)
        with reading(files, **options):
            table.aggregate([table[name].max() for name in table.columns]).to_pyarrow()
    return caught.value.problems


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize(
    ("row", "told"),
    [("a,2016", "Expected Number of Columns: 3 Found: 2"), ('"a,2016,3', '"a,2016,3')],
)
@pytest.mark.parametrize("before", [1, 25_000])
def test_a_broken_record_is_told_with_file_and_line_wherever_it_stands(
    tmp_path, connection, row, told, before, text
):
    path = tmp_path / "a.csv"
    path.write_text("p,year,x\n" + "b,2016,1\n" * before + row + "\n")
    (line,) = problems(connection, path, text=text)
    assert line.startswith(f"{path}: ") and f"Line: {before + 2};" in line and told in line


def test_a_value_of_another_kind_far_below_is_told_unless_all_is_text(tmp_path, connection):
    path = tmp_path / "a.csv"
    path.write_text("p,x\n" + "b,1\n" * 25_000 + "b,many\n")
    (line,) = problems(connection, path)
    assert line.startswith(f"{path}: ") and "Line: 25002;" in line and "many" in line
    table, files = read(connection, path, text=True)
    with reading(files, text=True):
        assert table.x.max().to_pyarrow().as_py() == "many"


def test_broken_parquet_files_are_told_all_at_once(tmp_path, connection):
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=3000)})
    for name in "abc":
        frame.to_parquet(tmp_path / f"{name}.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "c.parquet").write_bytes(whole[:4] + bytes(2000) + whole[2004:])
    found = problems(connection, f"{tmp_path}/*.parquet")
    assert [line.split(":")[0] for line in found] == [f"{tmp_path}/b.parquet", f"{tmp_path}/c.parquet"]


def test_columns_that_differ_are_refused(tmp_path, connection):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n"), (tmp_path / "b.csv").write_text("x\n1\n")
    assert problems(connection, f"{tmp_path}/*.csv") == [
        f"{tmp_path}/b.csv: column 'y' is missing, but there in {tmp_path}/a.csv"
    ]


def test_what_is_no_fault_of_a_file_is_told_as_it_is(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    told = "cannot read the source:\n- Invalid Input Error: enough$"
    with pytest.raises(ValueError, match=told), reading((str(path),)):
        duckdb.sql("SELECT error('enough')").fetchall()
    with pytest.raises(ZeroDivisionError), reading((str(path),)):
        1 / 0  # noqa: B018


@pytest.mark.parametrize("limits", [{"memory": "much"}, {"threads": 0}])
def test_limits_that_are_none_are_refused(limits):
    with pytest.raises(
        ValueError, match=r"cannot connect:\n- .*; expected a memory such as '2GB' and threads"
    ):
        connect(**limits)
