"""Databases: DuckDB and SQLite files, workbooks, names of tables, and tables of engines that cannot count."""

import contextlib
import sqlite3

import pandas as pd
import pytest

from povertystats.engines import reading
from povertystats.engines.connections import connect, engine_of
from povertystats.engines.databases import part_of
from povertystats.engines.reading import read
from povertystats.register.reader import open_register

duckdb = pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")
ROWS = pd.DataFrame({"code": ["01", "02"], "x": [1.5, 2.0], "n": [1, 2]})


@pytest.fixture(scope="module")
def connection():
    return connect()


def found(connection, source, **options):
    return read(connection, source, **options)[0].order_by("code").to_pandas()


def problem(connection, source, **options):
    with pytest.raises(ValueError, match="cannot read the source") as caught:
        read(connection, source, **options)
    return "; ".join(caught.value.problems)


def test_a_file_and_its_part_are_told_apart(tmp_path):
    (tmp_path / "a.db:b").touch(), (tmp_path / "c.db").mkdir()
    assert part_of(tmp_path / "a.db:b") == (f"{tmp_path}/a.db:b", None)
    assert part_of([r"C:\data\a.DB:b c"]) == (r"C:\data\a.DB:b c".removesuffix(":b c"), "b c")
    assert not any(
        map(part_of, [tmp_path / "c.db", "s3://a/b.duckdb", "a.csv", 3, ["a.db", "b.db"], "a.db/b.csv"])
    )


def test_a_duckdb_file_is_read_where_it_stands_and_stays_as_it_is(tmp_path, connection):
    path = tmp_path / "it's.duckdb"
    with duckdb.connect(str(path)) as made:
        made.register("rows", ROWS)
        made.execute("CREATE TABLE households AS FROM rows")
    before = path.read_bytes()
    for source in (path, f"{path}:households"):
        pd.testing.assert_frame_equal(found(connection, source), ROWS, check_dtype=False)
    assert path.read_bytes() == before
    assert problem(connection, f"{path}:household") == (
        f"no table 'household'; did you mean households?; {path} holds households"
    )
    with duckdb.connect(str(tmp_path / "b.duckdb")) as made:
        made.register("rows", ROWS)
        made.execute(
            "CREATE SCHEMA s; CREATE TABLE s.kept AS FROM rows; USE s; CREATE VIEW seen AS FROM kept"
        )
    for table in ("s.kept", "s.seen"):
        assert len(found(connection, tmp_path / "b.duckdb", table=table)) == 2
    told = problem(connection, tmp_path / "b.duckdb")
    assert told.endswith('holds s.kept, s.seen; say which, table="s.kept"')


def test_a_column_of_sqlite_is_what_all_its_values_are(tmp_path, connection):
    path = tmp_path / "a.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE households (code TEXT, x, n, mixed)")
        ROWS.assign(mixed=["a", None]).to_sql("households", made, index=False, if_exists="append")
        made.execute("UPDATE households SET mixed = 0.1 + 0.2, n = 3.5 WHERE code = '02'")
        made.execute("CREATE TABLE empty (code, picture)")
    rows = found(connection, f"{path}:households")
    assert rows.values.tolist() == [["01", 1.5, 1, "a"], ["02", 2.0, 3.5, "0.30000000000000004"]]
    assert len(found(connection, path, table="empty")) == 0
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        made.execute("INSERT INTO empty VALUES ('01', x'00')")
    assert problem(connection, path, table="empty").endswith(
        "column 'picture' holds bytes, which are no values"
    )


def test_a_workbook_is_read_by_its_sheet_and_asks_what_may_mean_two_things(tmp_path, connection):
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        ROWS.to_excel(book, sheet_name="2019", index=False)
        ROWS.assign(x=["1.500", "2.000"]).to_excel(book, sheet_name="2020", index=False)
    pd.testing.assert_frame_equal(found(connection, f"{path}:2019"), ROWS, check_dtype=False)
    assert "a.xlsx, row 2, field x: '1.500': a point before three digits" in problem(
        connection, path, table="2020"
    )
    notation = reading.Notation(decimal=",")
    assert found(connection, path, table="2020", notation=notation)["x"].tolist() == [1500, 2000]


def test_tables_by_name_and_of_other_engines(tmp_path, connection, monkeypatch):
    own = ibis.duckdb.connect()
    own.create_table("households", ibis.memtable(ROWS))
    assert found(own, "households").equals(found(own, "main.households"))
    assert engine_of({2019: own.table("households")}) is own
    assert problem(own, "household") == "no file matches 'household'"
    assert problem(connection, own.table("households")) == "the table is of another engine"
    # As of PostgreSQL, which cannot count a register.
    monkeypatch.setattr(reading, "COUNTING", ())
    monkeypatch.setattr(
        type(own), "to_pyarrow_batches", lambda self, rows, **_: rows.to_pyarrow().to_reader()
    )
    assert found(connection, own.table("households")).equals(found(own, "households"))


def test_what_is_no_database_is_told(tmp_path, connection):
    (tmp_path / "a.db").write_text("x,y\n")
    assert "is neither a DuckDB nor an SQLite file" in problem(connection, tmp_path / "a.db")
    assert problem(connection, tmp_path / "b.db") == f"{tmp_path}/b.db: No such file or directory"
    assert "names the table 'x', and table= 'y'" in problem(connection, f"{tmp_path}/a.db:x", table="y")
    assert "the source is none" in problem(connection, "a.csv", table="y")
    with pytest.raises(ValueError, match="2019: .*b.db: No such file"):
        open_register({2019: tmp_path / "b.db"})
