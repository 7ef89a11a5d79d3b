"""Schemas of files: what they agree in, whatever else differs, and what is told where they do not."""

import decimal

import pandas as pd
import pytest

from povertystats.engines.schemas import agreed, folders_of, schemas, used_by

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("duckdb")


def only(*names):
    return lambda columns: {name: "" for name in names if name in columns}


def texts(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return {name: f"{folder}/{name}.csv" for name in files}


def test_what_differs_is_told_by_file_and_column_where_it_is_used_and_left_out_where_it_is_not(tmp_path):
    paths = texts(tmp_path, a="x,y\n1,2\n", b="x\n1\n", c="y;x\n", d="x,y,z,\n", e="x,X,y\n", f="x,y,z \n")
    a, b, c, d, e, f = paths.values()
    types, problems = agreed(schemas([a, b, c, d, e, f]))
    assert types == {}
    assert problems == [
        f"{e}: more than one column 'x'",
        f"{b}: no column 'y', which {a} has",
        *(f"{file}: no column 'z', which {d} has" for file in (a, b, c, e)),
        f"{f}: no column 'z', which {d} has; did you mean z ?",
        f"{e}: more than one column 'X'",
        *(f"{file}: no column 'X', which {e} has" for file in (a, b, c, d, f)),
        *(f"{file}: no column 'z ', which {f} has" for file in (a, b, c)),
        f"{d}: no column 'z ', which {f} has; did you mean z?",
        f"{e}: no column 'z ', which {f} has",
    ]
    assert agreed(schemas([a, c, d, f]), only("x", "y")) == ({"x": "VARCHAR", "y": "VARCHAR"}, [])
    hint = agreed(schemas([a, b]), lambda names: {"y": "do without"})[1]
    assert hint == [f"{b}: no column 'y', which {a} has; do without"]


NUMBERS = {
    "int32": pa.array([1], "int32"),
    "int64": pa.array([2**40], "int64"),
    "flag": pa.array([True]),
    "decimal": pa.array([decimal.Decimal("1.25")]),
    "double": pa.array([2.5]),
    "id": pa.array([2**60], "int64"),
    "nothing": pa.nulls(1),
    "none": pa.array([None], "float64"),
    "text": pa.array(["1"]),
}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("int32", "int64", "flag"), "BIGINT"),
        (("int64", "decimal"), "DECIMAL(21,2)"),
        (("int32", "int64", "decimal", "double"), "DOUBLE"),
        (("nothing", "none", "id"), "BIGINT"),
        (("text", "nothing"), "VARCHAR"),
        (("nothing",), "NULL"),
        (("double", "id"), "id.parquet: column 'x' has whole numbers beyond 2^53, and numbers with decimals"),
        (("none", "int32", "text"), "text.parquet: column 'x' is VARCHAR, but INTEGER in "),
    ],
)
def test_types_go_together_where_no_value_is_changed(tmp_path, kinds, expected):
    for kind in kinds:
        pq.write_table(pa.table({"x": NUMBERS[kind]}), tmp_path / f"{kind}.parquet")
    types, problems = agreed(schemas([f"{tmp_path}/{kind}.parquet" for kind in kinds]))
    if problems:
        assert len(problems) == 1 and f"{tmp_path}/{expected}" in problems[0]
    else:
        assert types == {"x": expected}


def test_folders_tell_columns_and_must_not_contradict_their_files(tmp_path):
    assert folders_of("a=1/b/c=2/d=x=y/e.csv") == ("a=1/b", {"c": "2", "d": "x=y"})
    paths = []
    for year, commune, inside in ((2019, "01840", 2019), (2020, "01843", 2020.0)):
        path = tmp_path / f"year={year}" / f"commune={commune}" / "a.parquet"
        path.parent.mkdir(parents=True)
        pd.DataFrame({"x": [1], "year": [inside]}).to_parquet(path)
        paths.append(str(path))
    assert agreed(schemas(paths)) == ({"x": "BIGINT", "year": "BIGINT", "commune": "VARCHAR"}, [])
    pd.DataFrame({"x": [1], "year": [2018]}).to_parquet(paths[0])
    told = f"{paths[0]}: column 'year' holds 2018, but its folder is called year=2019; expected one of them"
    assert agreed(schemas(paths))[1] == [told]
    assert agreed(schemas(paths), only("x", "commune"))[1] == []
    path = tmp_path / "year=2019" / "b.csv"
    path.write_text("year;x\n2019;1\n;2\n")
    assert "holds nothing, but its folder" in agreed(schemas([str(path)]))[1][0]


def test_a_packed_file_that_is_none_is_told(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_text("x,y\n")
    with pytest.raises(ValueError, match=f"{path}: Not a gzipped file"):
        schemas([str(path)])


def test_a_model_uses_its_terms_and_the_areas_above_its_keys():
    used = used_by(["y", "log(x)"], "commune", ["household"], None)
    assert [*used(["district", "z", "household", "x", "y", "commune"])] == [
        *("y", "x", "district", "commune", "household")
    ]
