"""Sums by cluster and household effects: what pandas, pyfixest and brute force give, from frames and from engines."""

import numpy as np
import pandas as pd
import pyfixest
import pytest
from helpers.scanned import assert_same, households, write
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.clusters.jackknife import cv3
from povertystats.engines.connections import connect
from povertystats.regression.inference import absorbed, classical, crv1, parameters, solve
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.regression.sums import sum_cells
from povertystats.regression.terms import read_rows

NESTED = {"cluster": "commune", "entity": "household", "unique": False}


def assert_alike(a, b, tolerance=1e-10):
    assert_same(a, b, tolerance)
    np.testing.assert_allclose(a.within.products, b.within.products, atol=tolerance)
    np.testing.assert_array_equal(a.within.entities, b.within.entities)
    np.testing.assert_array_equal(a.within.single, b.within.single)


# pandas 3 tells pyfixest 0.60 of changes to come; it tells of the rows that we count as well.
@pytest.mark.filterwarnings("ignore:The inplace keyword", "ignore:.* singleton fixed effect")
@pytest.mark.parametrize("time", ["year", None])
def test_estimates_and_errors_are_those_of_pyfixest(time):
    frame = households()
    m = scan(frame, "poor", ["borrower", "persons"], time=time, **NESTED)
    effects = "household + year" if time else "household"
    fit = pyfixest.feols(
        f"poor ~ borrower + persons | {effects}",
        frame.astype({"poor": float, "borrower": float}),
        vcov={"CRV1": "commune"},
        fixef_rm="singleton",
    )
    beta = solve(m)
    np.testing.assert_allclose(beta[:2], fit.coef(), rtol=1e-9)
    assert m.n.sum() == fit._N and absorbed(m) == frame.household.duplicated(keep=False).pipe(
        lambda twice: frame.household[twice].nunique()
    )
    np.testing.assert_allclose(np.sqrt(np.diag(crv1(m, beta))[:2]), fit.se(), rtol=1e-6)
    assert parameters(m, count_nested=True) == len(m.columns) + absorbed(m)


def dense(frame, regressors):
    """Return the coefficients of the regressors beside dummies of households and years."""
    effects = pd.get_dummies(frame[["household", "year"]].astype(str)).to_numpy(float)
    x, y = np.column_stack([frame[regressors].to_numpy(float), effects]), frame.poor.to_numpy(float)
    beta, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    return beta[: len(regressors)], np.sum((y - x @ beta) ** 2), len(x) - rank


def test_the_jackknife_is_that_of_fits_without_each_commune():
    frame = households(1, communes=7)
    m = scan(frame, "poor", ["borrower", "persons"], **NESTED)
    beta, g = solve(m), 7
    whole, squares, dof = dense(frame, ["borrower", "persons"])
    np.testing.assert_allclose(beta[:2], whole, rtol=1e-9)
    without = [dense(frame[frame.commune != c], ["borrower", "persons"])[0] for c in m.clusters]
    moves = np.array(without) - whole
    np.testing.assert_allclose(cv3(m, beta)[:2, :2], (g - 1) / g * moves.T @ moves, rtol=1e-8)
    # Classical errors count every household, as dummies do; single rows fit themselves.
    scale = classical(m, beta)[0, 0] / np.linalg.inv(m.xx.sum(axis=0))[0, 0]
    np.testing.assert_allclose(scale, squares / dof, rtol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_a_scan_gives_what_rows_in_memory_give(seed):
    frame = households(seed, communes=3, size=4, years=3, keep=0.6)
    frame.loc[frame.index[::7], "persons"] = np.nan
    frame.loc[frame.index[::11], "household"] = None
    found = scan(frame, "poor", ["borrower", "log(persons)"], **NESTED)
    assert_alike(found, Moments.from_frame(frame, "poor", ["borrower", "log(persons)"], **NESTED))
    assert found.n.sum() + sum(rows for *_, rows in found.dropped) == len(frame)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_give_what_the_frame_gives(tmp_path, kind):
    frame = households()
    expected = Moments.from_frame(frame, "poor", ["borrower", "persons"], **NESTED)
    for i in range(2):
        write(frame[i::2], tmp_path / f"{i}.{kind}")
    assert_alike(scan(f"{tmp_path}/*.{kind}", "poor", ["borrower", "persons"], **NESTED), expected)


def test_rows_left_out_are_counted_and_single_ones_too():
    frame = pd.DataFrame(
        {
            "commune": ["a", "a", "a", "a", "b", "b", None, "b"],
            "household": [1, 1, 2, 3, 4, 4, 5, None],
            "year": [1, 2, 1, 1, 1, 2, 1, 1],
            "y": [0.0, 1, 1, None, 1, 0, 1, 1],
            "x": [1.0, 3, 5, 1, 0, 1, 1, 1],
        }
    )
    for read in (scan, Moments.from_frame):
        m = read(frame, "y", ["x"], **NESTED)
        assert m.dropped == (
            ("missing", "commune", 1),
            ("missing", "household", 1),
            ("missing", "y", 1),
            ("singleton", "household", 1),
        )
        assert m.n.tolist() == [2, 2] and absorbed(m) == 2 and m.years == (1, 2)
        assert m.clusters == ("a", "b")
    alone = scan(frame[2:3], "y", ["x"], **NESTED)
    assert alone.clusters == () and alone.years is None and alone.dropped == (("singleton", "household", 1),)


def test_parts_by_commune_add_and_others_are_refused():
    frame = households()
    whole = scan(frame, "poor", ["borrower", "persons"], **NESTED)
    east = frame.commune < "xã 05"
    parts = [scan(rows, "poor", ["borrower", "persons"], **NESTED) for rows in (frame[~east], frame[east])]
    assert_alike(parts[0] + parts[1], whole)
    late = scan(frame[frame.year > 2017], "poor", ["borrower", "persons"], **NESTED)
    with pytest.raises(ValueError, match="xã 00, xã 01, xã 02 in both, and perhaps a household as well"):
        whole + late
    later = scan(frame[~east & (frame.year > 2017)], "poor", ["borrower", "persons"], **NESTED)
    both = pd.concat([frame[~east & (frame.year > 2017)], frame[east]])
    assert_alike(later + parts[1], scan(both, "poor", ["borrower", "persons"], **NESTED))


def test_a_smaller_model_is_what_a_scan_gives():
    frame = households()
    whole = scan(frame, "poor", ["borrower", "persons"], **NESTED)
    assert_alike(whole.only(regressors=["persons"]), scan(frame, "poor", ["persons"], **NESTED))
    assert_alike(whole.only("persons", ["poor"]), scan(frame, "persons", ["poor"], **NESTED))


def test_large_values_cost_no_digits_and_what_no_household_changes_is_told():
    frame = households()
    far = frame.assign(persons=1e8 + frame.persons)
    a, b = (scan(rows, "poor", ["borrower", "persons"], **NESTED) for rows in (frame, far))
    np.testing.assert_allclose(solve(b), solve(a), rtol=1e-8)
    fixed = frame.assign(size=frame.household.str[1:].astype(float) / 7)
    for read in (scan, Moments.from_frame):
        with pytest.raises(ValueError, match="size is constant within every household: absorbed by the hous"):
            solve(read(fixed, "poor", ["borrower", "size"], **NESTED))


def test_households_in_two_communes_or_twice_in_a_year_are_refused():
    frame = households()
    frame.loc[frame.index[3], "commune"] = "xã 09"
    first = frame.household.iloc[3]
    told = f"1 household(s) in more than one commune, first {first}; expected one commune each"
    again = pd.concat([households(), households()[:1], households()[5:7]])
    twice = f"2 household(s) with more than one row at one year, first {again.household.iloc[0]}; expected one row each"
    for read in (scan, Moments.from_frame):
        with pytest.raises(ValueError) as caught:
            read(frame, "poor", ["borrower"], **NESTED)
        assert caught.value.problems == [told]
        assert read(again, "poor", ["borrower"], **NESTED).n.sum()
        with pytest.raises(ValueError) as caught:
            read(again, "poor", ["borrower"], **{**NESTED, "unique": True})
        assert caught.value.problems == [twice]
        assert read(households(), "poor", ["borrower"], **{**NESTED, "unique": True}).unique


def test_many_values_spill_within_a_limit_of_memory():
    ids = np.arange(400_000)
    frame = pd.DataFrame({"household": ids % 200_000, "year": ids // 200_000, "commune": ids % 200_000 % 99})
    frame["x"], frame["y"] = ids * 7 % 11 * 1.0, ids * 5 % 13 * 1.0
    m = scan(frame, "y", ["x"], engine=connect(memory="60MB", threads=1), **NESTED)
    assert absorbed(m) == 200_000


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 99))
def test_sums_are_those_of_pandas(n, p, seed):
    rng = np.random.default_rng(seed)
    values, places, times = rng.normal(size=(p, n)), rng.choice(list("abc"), n), rng.integers(2010, 2013, n)
    frame = pd.DataFrame(values.T).assign(place=places, time=times)
    (labels, place), (years, when) = read_rows(
        frame.rename(columns=str), tuple(map(str, range(p))), "place", "time", False
    )[1:3]
    counts, means, sums, products, _ = sum_cells(values, place, when, len(labels), len(years))
    expected = frame.groupby(["place", "time"]).size().unstack(fill_value=0)
    assert (labels, years) == (tuple(expected.index), tuple(expected.columns))
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_allclose(means, frame.groupby("place")[list(range(p))].mean(), atol=1e-12)
    np.testing.assert_allclose(sums.sum(axis=1), 0, atol=1e-10)
    for g, label in enumerate(labels):
        rows = values[:, places == label]
        about = rows - rows.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(products[g], about @ about.T, atol=1e-10)
        for t, year in enumerate(years):
            cell = about[:, times[places == label] == year]
            np.testing.assert_allclose(sums[g, t], cell.sum(axis=1), atol=1e-10)
