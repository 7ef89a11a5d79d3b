"""Cells of rows: whatever the order and the engine, what is left out, what is refused."""

import sys

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.cells.patterns import count_patterns
from povertystats.words.errors import Refused


def households(seed=1, n=600):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"commune": [f"C{i:02d}" for i in rng.integers(0, 8, n)]})
    rows = rows.assign(district="D" + (rows.commune.str[1:].astype(int) % 3).astype(str))
    rows = rows.assign(
        borrower=rng.random(n) < 0.4, persons=rng.integers(1, 5, n), year=rng.integers(2016, 2019, n)
    )
    rows["ethnic"] = rng.choice(["Tày", "Kinh", "Dao"], n)
    return rows.assign(poor=rng.random(n) < 0.2 + 0.1 * rows.borrower)


HOW = {"categories": ["ethnic", "year"], "effects": "district"}


def same(one, other):
    assert (one.names, one.bases, one.clusters, one.levels) == (
        other.names,
        other.bases,
        other.clusters,
        other.levels,
    )
    assert one.dropped == other.dropped
    for part in ("place", "effect", "x", "n", "events"):
        np.testing.assert_array_equal(getattr(one, part), getattr(other, part))


def test_cells_hold_every_row_once():
    rows = households()
    cells = count_patterns(rows, "poor", ["borrower", "log1p(persons)"], **HOW)
    assert cells.names == (
        "borrower",
        "log1p(persons)",
        "ethnic[Kinh]",
        "ethnic[Tày]",
        "year[2017]",
        "year[2018]",
    )
    assert cells.bases == (None, None, "Dao", "Dao", "2016", "2016")
    assert (cells.n.sum(), cells.events.sum(), cells.dropped) == (600, rows.poor.sum(), ())
    assert cells.n @ cells.x[:, 0] == rows.borrower.sum()
    assert cells.n @ cells.x[:, 1] == pytest.approx(np.log1p(rows.persons).sum())
    assert cells.n @ cells.x[:, 3] == (rows.ethnic == "Tày").sum()
    by_commune = rows.groupby("commune").poor.agg(["size", "sum"])
    assert np.bincount(cells.place, cells.n).tolist() == by_commune["size"].tolist()
    assert np.bincount(cells.place, cells.events).tolist() == by_commune["sum"].tolist()
    by_district = rows.groupby("district").size()
    assert np.bincount(cells.effect, cells.n).tolist() == by_district.tolist()
    assert cells.levels == tuple(by_district.index)
    keys = np.column_stack([cells.place, cells.effect, cells.x])
    assert len(np.unique(keys, axis=0)) == len(keys) == len(rows.drop(columns="poor").drop_duplicates())


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed):
    rows = households()
    rows.loc[:20, "persons"] = 0
    mixed = rows.sample(frac=1, random_state=seed)
    same(*(count_patterns(r, "poor", ["borrower", "log(persons)"], **HOW) for r in (rows, mixed)))


@pytest.mark.parametrize("gaps", [False, True])
def test_an_engine_counts_the_same_cells(gaps):
    rows = households().assign(income=1.5)
    if gaps:
        rows = rows.astype({"borrower": object, "poor": object, "persons": float})
        for i, column in enumerate(("borrower", "persons", "ethnic", "poor", "commune", "district")):
            rows.loc[10 * i : 10 * i + 3, column] = None
    table = ibis.duckdb.connect().create_table(
        "rows", ibis.memtable(rows).mutate(paid=ibis.literal(3).cast("decimal(9, 2)"))
    )
    terms = ["borrower", "persons"]
    same(count_patterns(rows, "poor", terms, **HOW), count_patterns(table, "poor", terms, **HOW))
    with_paid = count_patterns(table, "poor", [*terms, "paid"], **HOW)
    assert set(with_paid.x[:, 2]) == {3.0}


def test_rows_are_left_out_once_and_counted():
    rows = households().astype({"persons": float})
    rows.loc[:4, "commune"] = None
    rows.loc[3:9, "persons"] = np.nan
    rows.loc[20:22, "persons"] = 0
    rows.loc[30:31, "ethnic"] = None
    rows.loc[rows.district == "D1", "poor"] = False
    flat = (rows.district == "D1") & ~rows.index.isin([*range(10), 20, 21, 22, 30, 31])
    cells = count_patterns(rows, "poor", ["log(persons)"], categories={"ethnic": "Kinh"}, effects="district")
    assert cells.dropped == (
        ("missing", "commune", 5),
        ("missing", "persons", 5),
        ("missing", "ethnic", 2),
        ("no_log", "persons", 3),
        ("no_variation", "district", flat.sum()),
    )
    assert cells.n.sum() == 600 - 15 - flat.sum()
    assert cells.levels == ("D0", "D2")
    assert cells.names == ("log(persons)", "ethnic[Dao]", "ethnic[Tày]")


def test_effects_may_be_the_cluster():
    cells = count_patterns(households(), "poor", ["borrower"], effects="commune")
    np.testing.assert_array_equal(cells.place, cells.effect)


@pytest.mark.parametrize(
    ("change", "options", "messages"),
    [
        ({}, {"regressors": ["borower"], "effects": "x"}, ["no such column: 'x', 'borower'", "did you mean borrower?"]),
        ({}, {"regressors": "borrower"}, ["regressors must be a list, not the text 'borrower'"]),
        ({}, {"categories": "year"}, ["categories must be a list, not the text 'year'"]),
        ({}, {"regressors": [3]}, ["3 is no column name; expected text"]),
        ({}, {"regressors": []}, ["regressors and categories are empty"]),
        ({}, {"max_cells": 0, "outcome": "log(poor)"}, ["max_cells is 0", "'log(poor)' must be a column of 0 and 1"]),
        ({}, {"regressors": ["borrower", "poor"]}, ["'poor' stands more than once"]),
        ({}, {"categories": ["district"], "effects": "district"}, ["'district' stands more than once"]),
        ({}, {"regressors": ["ethnic"]}, ["'ethnic' must be numeric, is str"]),
        ({"persons": np.inf}, {"regressors": ["persons"]}, ["'persons':", "infinite, first inf in row of commune C"]),
        ({}, {"max_cells": 20}, ["more than 20 cells (max_cells); different values: commune 8, poor 2, borrower 2"]),
        ({"poor": lambda f: f.poor.astype(int).where(f.index != 7, 2)}, {}, ["'poor': 1 row(s) are neither 0 nor 1, first 2 in commune C"]),
        ({"poor": 0.5, "one": 1}, {"categories": ["one"]}, ["'poor': 600 row(s) are neither 0 nor 1, first 0.5 in commune C00", "'one' has 1 level, 1; expected at least 2"]),
        ({"poor": 0}, {}, ["no rows are left (no_variation poor: 600)"]),
        ({"persons": np.nan}, {"regressors": ["persons"]}, ["no rows are left (missing persons: 600)"]),
        ({"id": range(600)}, {"categories": ["id"]}, ["'id' has 600 levels; expected at most 50: name it as effects"]),
        ({"commune": "C", "district": "D"}, {"categories": {"ethnic": "Mông"}}, ["no level 'Mông' to tell the others from; it has Dao, Kinh, Tày", "1 cluster by 'commune'"]),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_with_all_its_problems(change, options, messages):
    given = {"outcome": "poor", "regressors": ["borrower"]} | options
    with pytest.raises(ValueError, match="cannot count") as caught:
        count_patterns(households().assign(**change), **given)
    assert all(message in str(caught.value) for message in messages), str(caught.value)


def test_an_engine_refuses_the_same():
    rows = households().assign(id=range(600))
    table = ibis.memtable(rows)
    told = []
    for source in (rows, table):
        with pytest.raises(ValueError, match="id 600; a column of many is not discrete") as caught:
            count_patterns(source, "poor", ["borrower", "id"], max_cells=100)
        told.append(str(caught.value))
    assert told[0] == told[1]
    with pytest.raises(ValueError, match="no such column: 'borower'; the source has commune"):
        count_patterns(table, "poor", ["borower"])


def test_an_empty_source_is_refused():
    with pytest.raises(ValueError, match=r"no rows are left \(the source is empty\)"):
        count_patterns(households()[:0], "poor", ["borrower"])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_are_counted_by_an_engine(tmp_path, kind):
    rows = households()
    for i, part in enumerate((rows[:200], rows[200:])):
        path = tmp_path / f"{i}.{kind}"
        part.to_parquet(path) if kind == "parquet" else part.to_csv(path, index=False)
    found = count_patterns(tmp_path / f"*.{kind}", "poor", ["borrower", "persons"], **HOW)
    same(found, count_patterns(rows, "poor", ["borrower", "persons"], **HOW))


def test_another_source_is_refused(tmp_path):
    with pytest.raises(TypeError, match="source must be"):
        count_patterns(3, "poor", ["borrower"])
    with pytest.raises(ValueError, match="no file matches"):
        count_patterns(tmp_path / "none.csv", "poor", ["borrower"])
    (tmp_path / "bad.csv").write_text("commune,poor,x\na,1,2\nb,0\nc,1,1\n")
    with pytest.raises(ValueError, match="bad.csv"):
        count_patterns(tmp_path / "bad.csv", "poor", ["x"])


def test_a_frame_needs_no_engine(monkeypatch):
    for name in ("duckdb", "ibis", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    assert count_patterns(households(), "poor", ["borrower"]).n.sum() == 600
    with pytest.raises(ModuleNotFoundError, match="register needs ibis: pip install"):
        count_patterns("rows.parquet", "poor", ["borrower"])


@pytest.mark.parametrize("kind", ["frame", "csv", "parquet"])
def test_a_district_that_is_called_otherwise_a_year_later_is_asked_about(tmp_path, kind):
    def counted(names):
        rows = [(name, year) for year, some in names.items() for name in ("Ba Bể", *some)]
        frame = pd.DataFrame(rows * 2, columns=["district", "year"])
        frame = frame.assign(poor=np.arange(len(frame)) % 2, borrower=np.arange(len(frame)) // 3 % 2)
        path = tmp_path / f"rows.{kind}"
        if kind == "frame":
            return count_patterns(frame, "poor", ["borrower"], cluster="district")
        frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
        return count_patterns(path, "poor", ["borrower"], cluster="district")

    for later in ("Thành phố Na Rì", "Na Rì"):
        with pytest.raises(Refused, match="one name in two spellings, and no time in common"):
            counted({2019: ["Huyện Na Rì"], 2020: [later]})
    both = ["Huyện Na Rì", "Thành phố Na Rì"]
    assert len(counted({2019: both, 2020: both}).clusters) == 3
