"""Files as tables of DuckDB: by the names of their columns, in any order, below any folders; Spark in test_spark."""

import pandas as pd
import pytest

from povertystats.engines.sources import find_files
from povertystats.engines.tables import open_files

pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


def opened(connection, source, *used):
    """Return the rows in order, and the types, by the names of columns."""
    how = (lambda names: dict.fromkeys(used, "")) if used else None
    table = open_files(connection, find_files(source), how)
    table = table.select(sorted(table.columns))
    return table.order_by(table.columns).to_pyarrow().to_pylist(), table.schema()


def test_csv_columns_go_by_name_in_any_order_behind_any_delimiter(tmp_path, connection):
    texts = {"a": "x,y,\n01,2,\n", "b": "y;z;x;z\n4;9;03;9\n", "c": "x\ty\n05\t6\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    found, types = opened(connection, tmp_path, "x", "y")
    assert found == [{"x": "01", "y": "2"}, {"x": "03", "y": "4"}, {"x": "05", "y": "6"}]
    with pytest.raises(ValueError) as caught:
        opened(connection, tmp_path)
    assert {problem.split(": ")[1] for problem in caught.value.problems} == {
        *("more than one column 'z'", f"no column 'z', which {tmp_path}/b.csv has"),
    }


def test_many_files_each_of_its_own_order_are_one_table(tmp_path, connection):
    names = [f"c{i}" for i in range(6)]
    for i in range(60):
        own = names[i % 6 :] + names[: i % 6] + [f"own{i}"]
        frame = pd.DataFrame({name: [f"{name}-{i}"] for name in own})
        frame.to_csv(tmp_path / f"{i}.csv", index=False)
    found, _ = opened(connection, tmp_path, *names)
    assert len(found) == 60 and all(row[name].startswith(f"{name}-") for row in found for name in names)


def test_numbers_of_other_widths_stand_in_one_column(tmp_path, connection):
    frames = {
        "a": pd.array([1], "int32"),
        "b": pd.array([2**40]),
        "c": [None],
        "d": pd.array([None], "string"),
    }
    for name, values in frames.items():
        pd.DataFrame({"x": values, name: [name]}).to_parquet(tmp_path / f"{name}.parquet")
    found, types = opened(connection, tmp_path, "x")
    assert [row["x"] for row in found] == [1, 2**40, None, None] and types["x"].is_int64()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_folders_are_columns_and_their_noughts_stay(tmp_path, connection, kind):
    for year in (2019, 2020):
        for commune in ("01840", "B%E1%BA%AFc K%E1%BA%A1n", "__HIVE_DEFAULT_PARTITION__"):
            folder = tmp_path / f"year={year}" / f"commune={commune}"
            folder.mkdir(parents=True)
            if kind == "csv":
                (folder / "a.csv").write_text("x\nxã\n", "utf-16")
            else:
                pd.DataFrame({"x": ["xã"]}).to_parquet(folder / "a.parquet")
    (tmp_path / "_SUCCESS").touch(), (tmp_path / "year=2019" / ".a.crc").touch()
    communes = ["01840", "Bắc Kạn", None]
    expected = [{"commune": c, "x": "xã", "year": y} for c in communes for y in (2019, 2020)]
    for source in (tmp_path, f"{tmp_path}/year=*", f"{tmp_path}/*/*/a.{kind}"):
        found, types = opened(connection, source)
        assert found == expected and types["year"].is_integer()
    assert opened(connection, f"{tmp_path}/year=2020", "year")[0][0]["year"] == 2020
