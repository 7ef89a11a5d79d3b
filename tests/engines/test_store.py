"""Rows that were read once: where they are kept, how long, and what is said where there is no room."""

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from povertystats.engines.connections import connect
from povertystats.engines.store import known, looked_at_often, storable, stored

ibis, duckdb = pytest.importorskip("ibis"), pytest.importorskip("duckdb")


def folders():
    return {*Path(tempfile.gettempdir()).glob(f"povertystats-engine-{os.getpid()}-*")}


def test_rows_are_kept_as_long_as_somebody_reads_them(tmp_path):
    connection, before = connect(), folders()
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n2\n")
    rows = stored(connection.read_csv(path))
    path.unlink()
    (folder,) = folders() - before
    assert rows.mutate(y=rows["x"] * 2).to_pandas()["y"].tolist() == [2, 4]
    doubled = rows.mutate(y=rows["x"] * 2)
    del rows
    gc.collect()
    assert folder.is_dir() and doubled["y"].sum().to_pandas() == 6
    del doubled
    gc.collect()
    assert not folder.exists()


def test_rows_that_each_look_would_sort_are_kept_with_the_columns_that_are_used(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y,z\n1,5,0\n2,7,0\n")
    rows = connect().read_csv(path)
    assert looked_at_often(rows, ["x"]) is rows
    before = rows["y"].lag().over(ibis.window(order_by="x"))
    kept = looked_at_often(rows.mutate(before=before).filter(rows["x"] > 0), ["x", "before"])
    path.unlink()
    assert kept.columns == ("x", "before") and kept.order_by("x").to_pandas()["before"].tolist()[1:] == [5]
    framed = ibis.memtable({"x": [1, 2]}).mutate(before=ibis._.x.lag())
    assert looked_at_often(framed, ["x"]) is framed


def test_what_an_engine_knows_by_a_name_lasts_and_is_no_part_of_the_users_database(tmp_path):
    connection = ibis.duckdb.connect(tmp_path / "a.duckdb")
    rows = connection.create_table("rows", ibis.memtable({"x": [1, 2]}))
    lasting = known(rows.anti_join(ibis.memtable({"x": [2]}), "x"))
    gc.collect()
    assert ibis.to_sql(lasting).count("SELECT") == 1 and lasting["x"].to_pandas().tolist() == [1]
    connection.disconnect()
    with duckdb.connect(tmp_path / "a.duckdb") as again:
        assert again.sql("SELECT table_name FROM information_schema.tables").fetchall() == [("rows",)]
    framed = ibis.memtable({"x": [1]})
    assert known(framed) is framed


def test_what_fails_leaves_no_folder():
    connection, before = connect(), folders()
    rows = connection.create_table("rows", ibis.memtable({"x": ["a"]}))
    with pytest.raises(Exception, match="Conversion Error"):
        stored(rows.mutate(y=rows["x"].cast("int64")))
    assert folders() == before
    assert storable(rows) and not storable(ibis.memtable({"x": [1]}))


FULL = """
import resource, sys
from povertystats.engines.connections import connect
from povertystats.engines.store import stored
rows = connect().read_csv(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
stored(rows)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs limits of files")
def test_where_there_is_no_room_the_place_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x\n" + "".join(f"{i * 7919 % 104729}\n" for i in range(9000)))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, env=environment)
    last = done.stderr.strip().splitlines()[-1]
    assert f"FileProblem: the records cannot be kept in {tmp_path}: " in last and "GB are free there" in last
    assert [*tmp_path.iterdir()] == [path]
