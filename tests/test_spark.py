"""Spark in local mode: the moments, estimates and refusals of DuckDB, by the same lines on the same files."""

import os
import re

import numpy as np
import pandas as pd
import pytest
from helpers import spark
from helpers.reviews import register_rows
from helpers.scanned import assert_same, households, register, write

from povertystats.associations.associations import fit_drivers
from povertystats.cells.cell_logit import cell_logit
from povertystats.clusters.jackknife import cv3
from povertystats.engines.columns import cast
from povertystats.engines.connections import connect, owner_of
from povertystats.engines.reading import read, reading
from povertystats.engines.schemas import used_by
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.register.transitions import histories, transitions
from povertystats.regression.inference import crv1, solve
from povertystats.regression.scan import scan
from povertystats.surveys.estimates import survey_estimates
from povertystats.surveys.households import survey_rates, survey_transitions

pytestmark = [
    pytest.mark.skipif(not spark.available(), reason="needs pyspark and Java"),
    # What pandas 3 tells pyspark 4.0, and what pyspark leaves to the garbage collector.
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MODELS = [
    ("parquet", "log_odds(rate_pct)", ["x", "log1p(z)"], {}),
    ("csv", "y", ["x", "log(z)"], {"entity": None, "time": None}),
    ("parquet", "y", ["x"], {"weights": "year"}),
    ("parquet", "y", ["x"], {"years_by": "region"}),
]
NESTED = {"cluster": "commune", "entity": "household"}


@pytest.fixture(scope="module")
def engine():
    return spark.session()


def parts(frame, folder, kind):
    for i in range(2):
        write(frame[i::2], folder / f"{i}.{kind}")
    return f"{folder}/*.{kind}"


def assert_equal_fits(source, engine, outcome, regressors, **options):
    one, other = (
        scan(source, outcome, regressors, unique=False, engine=e, **options) for e in (None, engine)
    )
    assert_same(other, one, 1e-12)
    if one.within:
        np.testing.assert_allclose(other.within.products, one.within.products, atol=1e-12)
    for errors in (crv1, cv3):
        a, b = (errors(m, solve(m)) for m in (one, other))
        np.testing.assert_allclose(b, a, rtol=1e-9)
    np.testing.assert_allclose(solve(other), solve(one), rtol=1e-9)


@pytest.mark.parametrize(("kind", "outcome", "regressors", "options"), MODELS)
def test_moments_and_fits_are_those_of_duckdb(tmp_path, engine, kind, outcome, regressors, options):
    frame = register()
    frame["region"] = np.where(frame["x"] > 18, "N", frame["place"].str[-1])  # places in two regions, too
    assert_equal_fits(parts(frame, tmp_path, kind), engine, outcome, regressors, **options)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_household_effects_are_those_of_duckdb(tmp_path, engine, kind):
    frame = households(communes=6)
    frame = frame.assign(weight=2 + frame["persons"], region=frame["commune"].str[-1].astype(int) % 2)
    frame.loc[frame.index[::9], "persons"] = np.nan
    source = parts(frame, tmp_path, kind)
    assert_equal_fits(source, engine, "poor", ["borrower", "log(persons)"], **NESTED)
    if kind == "parquet":
        assert_equal_fits(source, engine, "poor", ["borrower"], weights="weight", **NESTED)
        assert_equal_fits(source, engine, "poor", ["borrower"], years_by="region", **NESTED)


def test_frames_tables_and_sessions_are_taken(engine):
    frame = register(rows=60)
    expected = scan(frame, "y", ["x"], unique=False)
    assert_same(scan(frame, "y", ["x"], unique=False, engine=engine), expected, 1e-12)
    table, _ = read(engine, frame)
    assert_same(scan(table, "y", ["x"], unique=False, engine=engine._session), expected, 1e-12)
    spark_frame = engine._session.createDataFrame(frame.astype({"year": "int64"}))
    assert_same(scan(spark_frame, "y", ["x"], unique=False), expected, 1e-12)
    spark_frame.createOrReplaceTempView("households")
    assert_same(scan("households", "y", ["x"], unique=False, engine=engine), expected, 1e-12)
    with pytest.raises(ValueError, match="no file matches 'household'"):
        scan("household", "y", ["x"], engine=engine)
    with pytest.raises(ValueError, match="the DataFrame is of Spark; leave out engine="):
        read(connect(), spark_frame)
    with pytest.raises(ValueError, match="engine is 'local', but Spark runs at 'local\\[2\\]'; stop that"):
        connect("local")


def problems(source, **options):
    with pytest.raises(ValueError) as caught:
        scan(source, "y", ["x"], unique=False, **options)
    return caught.value.problems


def test_wrong_values_and_wrong_households_are_told_as_by_duckdb(tmp_path, engine):
    bad = register(rows=90).dropna().reset_index(drop=True)
    bad.loc[[40, 50], "x"] = np.inf
    for kind in ("csv", "parquet"):
        source = str(write(bad, tmp_path / f"a.{kind}"))
        told = [f"'x': 2 value(s) infinite, first inf in row 41 of {source}"]
        assert problems(source, engine=engine) == problems(source) == told
    table = engine.table(read(engine, source)[0].get_name())
    assert owner_of(table) is engine and problems(table) == ["'x': 2 value(s) infinite, first inf"]
    moved = households(communes=3).rename(columns={"poor": "y", "persons": "x"})
    moved.loc[moved.index[moved.household.duplicated()][0], "commune"] = "xã 02"
    path = write(moved, tmp_path / "moved.parquet")
    assert problems(path, engine=engine, **NESTED) == problems(path, **NESTED)


def test_broken_files_are_told_with_their_line(tmp_path, engine):
    frame = register(rows=3000)
    whole = write(frame, tmp_path / "a.parquet").read_bytes()
    for name, content in {"b": whole[: len(whole) // 2], "c": whole[:4] + bytes(9000) + whole[9004:]}.items():
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(content)
        (line,) = problems(path, engine=engine)
        assert [line] == problems(path) and line.startswith(f"{path}: ")
    for row, told in (("p1,2016,many,3", ", row 25002, field y: 'many'"), ("p1,2016", ".*Line: 25002")):
        path = tmp_path / "a.csv"
        path.write_text("place,year,y,x\n" + "p,2016,1,2.5\n" * 25_000 + row + "\n")
        (line,) = problems(path, engine=engine)
        assert re.match(f"{path}{told}", line)
    path.write_text("place,year,y,x\n" + "p,2016,1,2.5\n" * 3 + "p1,2016\n")
    table, files = read(engine, path)
    with pytest.raises(ValueError, match=f"{path}: .*Line: 5;"), reading(files):
        engine.to_pyarrow(table)


def test_a_csv_is_read_as_by_duckdb(tmp_path, engine):
    path = tmp_path / "a.csv"
    path.write_text(
        'code;flag;x;day;name\n007;True;inf;2016-05-07;"a; ""b"""\n;false;nan;;""\n012;;1.5;;xã\n'
    )
    here, there = (read(e, path)[0] for e in (connect(), engine))
    assert here.schema() == there.schema()
    pd.testing.assert_frame_equal(here.to_pandas(), engine.execute(there), check_dtype=False)


def test_files_that_differ_and_folders_are_read_as_by_duckdb(tmp_path, engine):
    used = used_by(["x", "y"], ["year", "commune"])
    for kind in ("parquet", "csv"):
        for year, x in ((2019, pd.array([1], "int32")), (2020, [2.5])):
            folder = tmp_path / kind / f"year={year}" / "commune=0%201"
            folder.mkdir(parents=True)
            write(pd.DataFrame({"y": [year], "x": x, f"of_{year}": 1}), folder / f"{year}.{kind}")
        frame = pd.DataFrame({"x": [None], "y": [9999]})
        (tmp_path / kind / "year=2020" / "commune=xã").mkdir()
        if kind == "csv":
            frame.to_csv(folder.parent / "commune=xã" / "a.csv", index=False, encoding="utf-16")
        else:
            frame.to_parquet(folder.parent / "commune=xã" / "a.parquet")
        here, there = (read(e, tmp_path / kind, used)[0] for e in (connect(), engine))
        here, there = (table.select("commune", "x", "y", "year").order_by("y") for table in (here, there))
        here, there = here.to_pandas(), there.to_pandas()
        assert here["commune"].tolist() == ["0 1", "0 1", "xã"]
        pd.testing.assert_frame_equal(here, there, check_dtype=False)


def test_the_name_of_a_file_is_no_pattern_and_its_encoding_is_told(tmp_path, engine):
    for name in ("review[2019].csv", "{1,2}*.csv", "review2.csv", "1.csv"):
        (tmp_path / name).write_text(f'x\n"{name}, xã"\n', "utf-16")
        assert engine.execute(read(engine, tmp_path / name)[0])["x"].tolist() == [f"{name}, xã"]


def test_columns_are_cast_as_by_duckdb(engine):
    texts = [
        *("1", "-2", "+3", "0.5", ".5", "5.", "1e3", "1.5d", "1_000", "inf", "nan", "0x1F", "١", "−4"),
        *(" 7 ", ""),
    ]
    for number in ("1.234,5", "1 234,5", "12,25", "1.234"):
        table = pd.DataFrame({"x": [*texts, number, "\u00a08", "1.5\n"]})
        table["yes"] = ["Có", "co", "x", "X", "1", "0", "sai", "no", "?", "", *table["x"].iloc[10:]]
        kinds = {"x": "number", "yes": "yes_no"}
        (one, here), (other, there) = (cast(read(e, table)[0], kinds) for e in (connect(), engine))
        pd.testing.assert_frame_equal(one.to_pandas(), engine.execute(other), check_dtype=False)
        assert here == there and here["x"].wrong > 0


def test_a_survey_has_the_estimates_of_duckdb(tmp_path, engine):
    rows = register_rows(households=80, years=(2016, 2018))
    rows = rows.assign(weight=20 + rows["persons"] * 1.25, stratum=rows["province"], psu=rows["commune"])
    rows.to_parquet(tmp_path / "a.parquet")
    for verb in (survey_rates, survey_transitions):
        one, other = (
            verb(open_register(tmp_path / "a.parquet", engine=e), group="ethnic").table
            for e in (None, engine)
        )
        pd.testing.assert_frame_equal(one, other, rtol=1e-12, check_dtype=False)
    asked = {"means": ["persons"], "weight": "weight", "stratum": "stratum"}
    one, other = (survey_estimates(tmp_path / "a.parquet", engine=e, **asked).table for e in (None, engine))
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def broken(rows):
    """Return records of which some cannot be counted, each for a reason of its own."""
    rows = rows.astype({"head_age": object, "urban": object})
    rows.loc[3, "head_age"], rows.loc[4, "head_age"], rows.loc[5, "commune"] = "forty", 300, None
    rows.loc[6, "year"], rows.loc[7, "urban"], rows.loc[8, "commune"] = (
        2030,
        "?",
        "  " + rows.at[9, "commune"],
    )
    return pd.concat([rows, rows.loc[[11]]], ignore_index=True)


def test_rejects_are_one_file_also_twice_and_nothing_stands_beside_it(tmp_path, engine, monkeypatch):
    rows = register_rows(households=20)
    rows.loc[3, "commune"] = None
    register = open_register(write(rows, tmp_path / "a.parquet"), engine=engine)
    for kind in ("csv", "parquet", "parquet"):
        assert register.write_rejects(tmp_path / f"rejects.{kind}") == 1
    monkeypatch.setattr(type(engine), "to_pyarrow_batches", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        register.write_rejects(tmp_path / "rejects.csv")
    assert {*os.listdir(tmp_path)} == {"a.parquet", "rejects.csv", "rejects.parquet"}
    assert (
        len(pd.read_csv(tmp_path / "rejects.csv")) == len(pd.read_parquet(tmp_path / "rejects.parquet")) == 1
    )


def test_a_register_gives_the_tables_of_duckdb(tmp_path, engine):
    """Checks, rejects, review and transitions to 1e-12; associations of households to 1e-9."""
    source = parts(broken(register_rows(households=300)), tmp_path, "csv")
    ours, theirs = open_register(source), open_register(source, engine=engine)
    pd.testing.assert_frame_equal(theirs.checks, ours.checks)
    assert len(ours.checks) == 8
    assert theirs.write_rejects(tmp_path / "rejects.parquet") == 7
    written = pd.read_parquet(tmp_path / "rejects.parquet").sort_values(
        ["household", "year"], ignore_index=True
    )
    pd.testing.assert_frame_equal(
        written, ours.rejects.order_by("household", "year").to_pandas(), check_dtype=False
    )
    # Each query takes seconds to plan; what is worked out of counts, such as what is hidden, asks no engine. The noise
    # of a key is that of exactly these households.
    for verb, how in (
        (review, {"by": "commune", "key": "a long secret of the office"}),
        (transitions, {"by": "district", "group": "ethnic", "minimum": 5}),
    ):
        one, other = (verb(found, **how) for found in (ours, theirs))
        pd.testing.assert_frame_equal(other.table, one.table, check_exact=False, rtol=1e-12, atol=0)
        pd.testing.assert_frame_equal(other.hidden, one.hidden)
    how = {"scales": ["points"], "unique": False, "draws": 99}
    fits = [
        fit_drivers(
            past.filter(past["poor_before"]), "escaped_pct", ["trained_before"], cluster="commune", **how
        )
        for past in map(histories, (ours, theirs))
    ]
    fits += [cell_logit(found.records, "poor", ["borrower"], effects="district") for found in (ours, theirs)]
    for one, other in zip(fits[::2], fits[1::2], strict=True):
        pd.testing.assert_frame_equal(other.table, one.table, check_exact=False, rtol=1e-9, atol=1e-12)
