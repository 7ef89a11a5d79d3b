"""Scan: the same moments from files, relations and frames as from a frame in memory, and the same refusals."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.scanned import assert_same, register, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from povertystats.associations.associations import fit_drivers
from povertystats.engines.connections import connect
from povertystats.engines.reading import read
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan

duckdb = pytest.importorskip("duckdb")
module = importlib.import_module("povertystats.regression.scan")


MODELS = [
    ("y", ["x", "z"], {}),
    ("log_odds(rate_pct)", ["x", "log(z)"], {}),
    ("y", ["log1p(z)"], {"entity": None}),
    ("y", ["x"], {"time": None}),
    ("y", ["x", "log(z)"], {"entity": None, "time": None}),
    ("y", ["x"], {"cluster": "year", "entity": "year", "time": None}),
]


KINDS = ["frame", "table", "one.parquet", "parts.parquet", "one.csv", "parts.csv"]


@pytest.mark.parametrize(
    ("kind", "outcome", "regressors", "options"),
    [("frame", *model) for model in MODELS] + [(kind, *model) for kind in KINDS[1:] for model in MODELS[:2]],
)
def test_every_source_gives_the_moments_of_the_frame(tmp_path, kind, outcome, regressors, options):
    frame = register()
    options = {"unique": False, **options}
    expected = Moments.from_frame(frame, outcome, regressors, **options)
    if kind == "frame":
        source = frame
    elif kind == "table":
        source = read(connect(), frame)[0]
    elif kind.startswith("one"):
        source = write(frame, tmp_path / kind)
    else:
        for i in range(3):
            write(frame[i::3], tmp_path / f"{i}{kind}")
        source = str(tmp_path / f"*{kind}")
    assert_same(scan(source, outcome, regressors, **options), expected)


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_small_panels_of_any_kind(data):
    n = data.draw(st.integers(1, 25))

    def column(values):
        return data.draw(st.lists(values, min_size=n, max_size=n))

    numbers = st.one_of(st.floats(-1e3, 1e3), st.just(0.0), st.none(), st.integers(-5, 5))
    frame = pd.DataFrame(
        {
            "place": column(st.sampled_from(["a", "B", "đa", "", None])),
            "year": pd.array(column(st.one_of(st.integers(2000, 2003), st.none())), dtype="Float64"),
            "y": pd.array(column(numbers), dtype="Float64"),
            "x": pd.array(column(numbers), dtype="Float64"),
        }
    ).astype({"place": "str"})
    entity = data.draw(st.sampled_from(["place", None]))
    time = data.draw(st.sampled_from(["year", None]))
    term = data.draw(st.sampled_from(["x", "log(x)", "log1p(x)"]))
    options = {"entity": entity, "time": time, "unique": False}
    assert_same(scan(frame, "y", [term], **options), Moments.from_frame(frame, "y", [term], **options))


@pytest.mark.parametrize("offset", [0, 1e6, 1e9])
def test_large_values_cost_no_digits(offset):
    # Whole numbers, so that the offset itself rounds nothing: the answer is that of the small values.
    frame = register().assign(x=lambda f: (100 * f.x).round(), y=lambda f: (100 * f.y).round())
    far = frame.assign(x=frame.x + offset, y=frame.y + offset)
    small, large = (scan(rows, "y", ["x"], unique=False) for rows in (frame, far))
    for field in ("xx", "xy", "yy", "sums", "products"):
        exact = getattr(small, field)
        np.testing.assert_allclose(getattr(large, field), exact, rtol=1e-10, atol=1e-10 * np.abs(exact).max())
    assert_same(large, Moments.from_frame(far, "y", ["x"], unique=False))
    np.testing.assert_allclose(solve(large), solve(small), rtol=1e-9)
    np.testing.assert_allclose(crv1(large, solve(large)), crv1(small, solve(small)), rtol=1e-9)


def test_places_far_apart_cost_no_digits_either():
    frame = register().dropna()
    far = frame.assign(x=(100 * frame.x).round() + 1e8 * (frame.place == frame.place.min()))
    near = frame.assign(x=(100 * frame.x).round())
    a, b = (scan(rows, "y", ["x"], unique=False) for rows in (far, near))
    np.testing.assert_allclose(a.xx.sum(axis=0), b.xx.sum(axis=0), rtol=1e-7)
    np.testing.assert_allclose(a.products[:, 1, 1], b.products[:, 1, 1], rtol=1e-10)
    assert_same(a, Moments.from_frame(far, "y", ["x"], unique=False))


def test_the_exact_way_is_gone_only_where_the_quick_one_would_lose_digits(monkeypatch):
    frame = register().dropna()
    exact = scan(frame, "y", ["x", "z"], unique=False)
    monkeypatch.setattr(module, "exact_covariance", lambda rows, x, y: 1 / 0)
    assert_same(scan(frame, "y", ["x", "z"], unique=False), exact)
    with pytest.raises(ZeroDivisionError):
        scan(frame.assign(x=frame.x + 1e6 * (frame.place == frame.place.min())), "y", ["x"], unique=False)


def test_columns_of_every_number_type_and_places_that_are_numbers():
    connection = connect()
    connection.raw_sql(
        """CREATE VIEW kinds AS SELECT (i % 3)::SMALLINT AS place, (2010 + i // 3)::DECIMAL(6, 1) AS year, i % 2 = 0 AS poor,
        (i / 7)::DECIMAL(9, 3) AS money, (i * i % 11)::HUGEINT AS size, (i / 3)::FLOAT AS share
        FROM (SELECT unnest(range(1, 31)) AS i)"""
    )
    table = connection.table("kinds")
    frame = table.to_pandas().astype({"money": float, "year": float, "size": float})
    options = {"outcome": "poor", "regressors": ["money", "size", "share"]}
    found = scan(table, **options)
    assert_same(found, Moments.from_frame(frame, **options))
    assert found.labels == (0, 1, 2) and found.times[0] == 2010 and isinstance(found.times[0], int)


def test_names_with_quotes_and_spaces_are_columns_like_others():
    place = 'xã"; DROP TABLE x; --'
    frame = register().rename(columns={"x": 'a"b', "place": place, "y": "log(y"})
    options = {"outcome": "log(y", "regressors": ['a"b'], "cluster": place, "entity": None}
    assert_same(scan(frame, **options), Moments.from_frame(frame, **options))


def test_categories_booleans_and_missing_decimals_as_places_and_times():
    frame = register().dropna(subset="place")
    frame["place"] = frame.place.astype("category")
    frame["after"] = frame.year > 2018
    options = {"outcome": "y", "regressors": ["z"], "time": "after", "unique": False}
    assert_same(scan(frame, **options), Moments.from_frame(frame, **options))
    coded = register().assign(place=lambda f: np.where(f.index % 9 == 0, np.nan, f.index % 4 + 0.0))
    options = {"outcome": "y", "regressors": ["z"], "unique": False}
    assert_same(scan(read(connect(), coded)[0], **options), Moments.from_frame(coded, **options))


def test_the_order_of_rows_and_one_place_alone():
    frame = register()
    one, other = (
        scan(rows, "y", ["x"], unique=False) for rows in (frame, frame.sample(frac=1, random_state=1))
    )
    assert_same(one, other)
    alone = frame[frame.place == "xã 03"]
    assert_same(scan(alone, "y", ["x"], unique=False), Moments.from_frame(alone, "y", ["x"], unique=False))
    assert scan(frame[:0], "y", ["x"]).clusters == ()
    nothing = scan(frame.assign(x=np.nan), "y", ["x"], entity=None)
    assert nothing.dropped == (("missing", "place", 14), ("missing", "x", 386))


def test_files_add_up_to_the_whole():
    frame = register()
    parts = [scan(frame[i::3], "log_odds(rate_pct)", ["log(z)"], unique=False) for i in range(3)]
    assert_same(parts[2] + parts[0] + parts[1], scan(frame, "log_odds(rate_pct)", ["log(z)"], unique=False))


def test_nothing_is_left_in_the_folder(tmp_path, monkeypatch):
    write(register(), tmp_path / "register.parquet")
    monkeypatch.chdir(tmp_path)
    scan(Path("register.parquet"), "y", ["x"], unique=False)
    assert [path.name for path in tmp_path.iterdir()] == ["register.parquet"]


def problems(*arguments, **options):
    with pytest.raises(ValueError) as caught:
        scan(*arguments, **options)
    return caught.value.problems


def test_all_problems_of_a_model_are_told_at_once_with_what_was_meant():
    found = problems(register(), "y", ["place", "xx", "y"], cluster="plaec", entity="plaec")
    assert found == [
        "'y' stands more than once among outcome and regressors",
        "no such column: 'plaec', 'xx'; the source has place, year, x, z, rate_pct, y; did you mean place?",
        "'place' must be numeric, is string",
    ]
    assert problems(register(), "y", []) == ["regressors are empty; expected at least one"]


@pytest.mark.parametrize("kind", ["frame", "table", "parquet", "csv"])
def test_wrong_values_are_counted_and_the_first_is_found(tmp_path, kind):
    good = register().assign(row=lambda f: f.index)
    bad = good.copy()
    bad.loc[[40, 50], "x"] = np.inf
    bad.loc[7, ["rate_pct", "z"]] = 101.5, np.nan
    if kind in ("frame", "table"):
        source, where = bad if kind == "frame" else read(connect(), bad)[0], ""
        first = 0 if kind == "frame" else 1
    else:
        source = [str(write(rows, tmp_path / f"{name}.{kind}")) for name, rows in (("a", good), ("b", bad))]
        first, where = 1, f" of {source[1]}"
    assert problems(source, "log_odds(rate_pct)", ["x", "z"], unique=False) == [
        f"'rate_pct': 1 value(s) outside 0-100, where no log-odds exist, first 101.5 in row {7 + first}{where}",
        f"'x': 2 value(s) infinite, first inf in row {40 + first}{where}",
    ]


def test_repeated_places_and_years_are_refused_also_where_values_are_missing():
    frame = pd.DataFrame(
        {"place": list("baab"), "year": [1.0, 2, 2, 1], "y": [1, 2, None, 3], "x": [1, None, 3, 4]}
    )
    expected = "more than one row for place and year: a 2, b 1; expected one row each"
    assert problems(frame, "y", ["x"]) == [expected]
    assert scan(frame, "y", ["x"], entity=None).counts.tolist() == [[2]]


def test_files_that_cannot_be_read_are_named(tmp_path):
    frame = register(3000)
    whole = write(frame, tmp_path / "whole.parquet")
    short = tmp_path / "short.parquet"
    short.write_bytes(whole.read_bytes()[:-100])
    garbled = tmp_path / "garbled.parquet"
    garbled.write_bytes(whole.read_bytes()[:2000] + bytes(4000) + whole.read_bytes()[6000:])
    found = problems([whole, short, garbled], "y", ["x"], unique=False)
    assert [line.split(": ")[0] for line in found] == [str(short), str(garbled)]
    fewer = write(frame[["place", "year", "y"]], tmp_path / "fewer.parquet")
    assert problems([whole, fewer], "y", ["x"], unique=False) == [
        f"{fewer}: no column 'x', which {whole} has"
    ]


@pytest.mark.parametrize(
    ("row", "told"), [("p1,2016,many,3", "many"), ("p1,2016", "Columns: 4 Found: 2"), ('"p1,2016,1,2', '"p1')]
)
def test_a_line_that_is_no_csv_is_told_with_file_and_number(tmp_path, row, told):
    lines = ["place,year,y,x", *(f"p{i % 9},2016,{i},{i * i % 7}.5" for i in range(30_000)), row]
    path = tmp_path / "register.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    (line,) = problems(path, "y", ["x"], unique=False)
    assert re.match(rf"{path}(: .*Line: |, row )30002\D", line) and told in line


def test_sources_that_are_none(tmp_path):
    write(register(), tmp_path / "a.parquet"), write(register(), tmp_path / "a.csv")
    (tmp_path / "a.doc").touch()
    assert problems([tmp_path / "b.csv", f"{tmp_path}/*.pq"], "y", ["x"]) == [
        f"no file matches '{tmp_path}/b.csv'",
        f"no file matches '{tmp_path}/*.pq'",
    ]
    assert problems(f"{tmp_path}/a.*[vt]", "y", ["x"]) == ["both Parquet and CSV; expected files of one kind"]
    (line,) = problems(tmp_path / "a.doc", "y", ["x"])
    assert line.startswith(
        f"{tmp_path}/a.doc is neither Parquet nor CSV; expected a name that ends in .parquet"
    )
    assert problems([], "y", ["x"]) == ["the list of files is empty"]
    with pytest.raises(TypeError, match="must be a path, .* a DataFrame or an ibis table, not dict"):
        scan({"y": [1]}, "y", ["x"])
    with pytest.raises(TypeError, match="not DuckDBPyRelation"):
        scan(duckdb.sql("SELECT 1 AS y"), "y", ["x"])
    with pytest.raises(TypeError, match="not list"):
        scan([register()], "y", ["x"])


def test_without_duckdb_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "povertystats\[register\]"') as caught:
        scan(register(), "y", ["x"])
    assert caught.value.name == "duckdb"


def late(rows=30_000, change=21_000):
    """Rows whose x is a whole number for long, and only then has decimals; codes of places with leading zeros and without."""
    rng = np.random.default_rng(11)
    x = np.where(np.arange(rows) < change, rng.integers(0, 3, rows), rng.normal(size=rows).round(1))
    frame = pd.DataFrame({"place": [("01", "1", "001", "a")[i % 4] for i in range(rows)], "x": x})
    return frame.assign(year=2016 + np.arange(rows) // 4 % 3, y=(2 * x + rng.normal(size=rows)).round(2))


@pytest.mark.parametrize(
    ("signs", "options"),
    [
        ({"sep": ","}, {}),
        ({"sep": ";", "decimal": ","}, {}),
        ({"sep": ";", "decimal": ",", "thousands": "."}, {"decimal": ","}),
        ({"sep": "\t", "decimal": ".", "thousands": ","}, {"thousands": ","}),
    ],
)
def test_a_csv_is_text_of_which_every_value_counts(tmp_path, signs, options):
    frame = late().assign(x=lambda f: 1000 * f.x) if "thousands" in signs else late()
    mark, between = signs.get("decimal", "."), signs.get("thousands", "")
    written = frame.assign(x=frame.x.map("{:,.1f}".format), y=frame.y.map("{:,.2f}".format))
    for column in ("x", "y"):
        written[column] = written[column].str.translate(str.maketrans({",": between, ".": mark}))
    path = tmp_path / "rows.csv"
    written.to_csv(path, index=False, sep=signs["sep"])
    expected = Moments.from_frame(frame, "y", ["x"], unique=False)
    found = scan(path, "y", ["x"], unique=False, **options)
    assert found.labels == ("001", "01", "1", "a") and found.times == (2016, 2017, 2018)
    assert_same(found, expected)
    table = fit_drivers(path, "y", ["x"], scales=["points"], unique=False, draws=0, **options).table
    assert table["places"].item() == 4 and table["estimate"].item() == pytest.approx(
        solve(expected)[0], rel=1e-9
    )


@pytest.mark.parametrize(
    ("column", "value", "options", "said"),
    [
        ("x", "n/a", {}, "rows.csv, row 9002, field x: 'n/a': expected a finite number"),
        ("y", "many", {}, "rows.csv, row 9002, field y: 'many': expected a finite number"),
        ("year", "last", {}, "rows.csv, row 9002, field year: 'last'"),
        (
            "x",
            "1.500",
            {"whole": True},
            "rows.csv, row 9002, field x: '1.500': a point before three digits may part thousands",
        ),
    ],
)
def test_what_is_no_number_or_means_two_is_told_with_its_row(tmp_path, column, value, options, said):
    frame = late(9_500).astype(str)
    if options:
        frame = frame.assign(x="2", y=[str(i % 7) for i in range(len(frame))])
    frame.loc[9_000, column] = value
    path = tmp_path / "rows.csv"
    frame.to_csv(path, index=False)
    for verb in (scan, fit_drivers):
        with pytest.raises(ValueError) as caught:
            verb(path, "y", ["x"], unique=False)
        assert said in str(caught.value)
    if value == "n/a":
        assert scan(path, "y", ["x"], unique=False, missing=["n/a"]).dropped == (("missing", "x", 1),)
        assert (
            fit_drivers(path, "y", ["x"], unique=False, missing=["n/a"], draws=0, scales=["points"])
            .table["n"]
            .item()
            == 9_499
        )
    if options:
        assert scan(path, "y", ["x"], unique=False, thousands=".").means[:, 1].max() > 2


def test_signs_that_are_none_are_refused():
    rows = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 1, 3, 2, 7]})
    rows["y"] = ["1,5", "2", "4", "7", "3", "1"]
    assert fit_drivers(rows, "y", ["x"], draws=0, decimal=",", scales=["points"]).table["n"].item() == 6
    for verb, options in ((scan, {"decimal": ";"}), (fit_drivers, {"decimal": ",", "thousands": ","})):
        with pytest.raises(ValueError, match="cannot read numbers so"):
            verb(rows, "y", ["x"], **options)


@pytest.mark.parametrize("weights", [["x"], pd.Series([1.0])])
def test_weights_that_are_no_name_are_refused(weights):
    with pytest.raises(ValueError, match="expected the name of a column, as text"):
        scan(pd.DataFrame({"place": ["a"], "year": [1], "x": [1.0]}), "x", ["x"], weights=weights)


def test_places_of_one_label_are_one_and_those_without_a_part_are_left_out():
    rows = pd.DataFrame(
        {"district": ["D"] * 12, "year": [1, 2] * 6, "x": [0.0, 1, 1, 0, 2, 1, 0, 2, 5, 1, 2, 2]}
    )
    rows = rows.assign(
        commune=["a,\u00a0b", "a,\u00a0b", "a, b", "a, b", *"ccddee", None, None], y=rows["x"] ** 2
    )
    how = {"cluster": "commune", "entity": "commune", "unique": False}
    plain = rows.assign(commune=rows["commune"].str.replace("\u00a0", " "))
    found, expected = scan(rows, "y", ["x"], **how), Moments.from_frame(plain, "y", ["x"], **how)
    assert found.clusters == expected.clusters and len(found.clusters) == 4
    np.testing.assert_allclose(found.xy, expected.xy)
    assert found.dropped == expected.dropped
