"""Engines: DuckDB in this process, what it reads, and what it refuses; Spark has its tests in test_spark."""

import gzip

import numpy as np
import pandas as pd
import pytest

from povertystats.engines.connections import connect, owner_of
from povertystats.engines.reading import measured, read, reading

duckdb = pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def connection():
    return connect()


def rows(connection, table):
    return connection.to_pyarrow(table).to_pylist()


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
def test_a_csv_is_read_as_text_whatever_its_columns_look_like(tmp_path, connection, end):
    text = CSV if end == "csv" else CSV.replace('a, "', 'a; "').replace(",", "\t")
    name = 'a, "b"' if end == "csv" else 'a; "b"'
    path = tmp_path / f"a.{end}"
    path.write_bytes(gzip.compress(text.encode()) if end.endswith("gz") else text.encode())
    table, files = read(connection, path)
    assert files == (str(path),) and rows(connection, table) == [
        {"code": "007", "flag": "True", "n": "1", "x": "1.5", "name": name},
        {"code": "012", "flag": "False", "n": None, "x": "inf", "name": None},
    ]


def test_columns_are_measures_by_all_their_rows_and_what_is_none_is_told_with_its_row(tmp_path, connection):
    path = tmp_path / "a.csv"
    path.write_text("p,x\n" + "1,1\n" * 25_000 + "01,0.25\n")
    table, files = read(connection, path)
    numbers, wrong = measured(table, files, ["x"])
    assert rows(connection, numbers)[-1] == {"p": "01", "x": 0.25} and wrong == []
    path.write_text("p,x\n" + "b,1\n" * 25_000 + "b,many\nb,-\n")
    _, (line,) = measured(*read(connection, path), ["x"])
    assert line == f"{path}, row 25002, field x: 'many': expected a finite number"
    parquet = tmp_path / "a.parquet"
    pd.DataFrame({"x": ["many"]}).to_parquet(parquet)
    assert measured(*read(connection, parquet), ["x"])[0].schema()["x"].is_string()


def problems(connection, source):
    with pytest.raises(ValueError, match="cannot read the source") as caught:
        table, files = read(connection, source)
        with reading(files):
            table.aggregate([table[name].max() for name in table.columns]).to_pyarrow()
    return caught.value.problems


@pytest.mark.parametrize(
    ("row", "told"),
    [("a,2016", "Expected Number of Columns: 3 Found: 2"), ('"a,2016,3', '"a,2016,3')],
)
@pytest.mark.parametrize("before", [1, 25_000])
def test_a_broken_record_is_told_with_file_and_line_wherever_it_stands(
    tmp_path, connection, row, told, before
):
    path = tmp_path / "a.csv"
    path.write_text("p,year,x\n" + "b,2016,1\n" * before + row + "\n")
    (line,) = problems(connection, path)
    assert line.startswith(f"{path}: ") and f"Line: {before + 2};" in line and told in line


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
        f"{tmp_path}/b.csv: no column 'y', which {tmp_path}/a.csv has"
    ]
    assert read(connection, f"{tmp_path}/*.csv", lambda names: {"x": ""})[0].columns == ("x",)


def test_what_is_no_fault_of_a_file_is_told_as_it_is(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    told = "cannot read the source:\n- Invalid Input Error: enough$"
    with pytest.raises(ValueError, match=told), reading((str(path),)):
        duckdb.sql("SELECT error('enough')").fetchall()
    with pytest.raises(ZeroDivisionError), reading((str(path),)):
        1 / 0  # noqa: B018
