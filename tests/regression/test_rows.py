"""Cells: sums by place and time against pandas, and the order in which rows are left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.regression.moments import Moments
from povertystats.regression.rows import (
    data_problems,
    model_problems,
    read_rows,
    reasons,
    repeated,
    sum_cells,
    time_label,
)


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 99))
def test_sums_are_those_of_pandas(n, p, seed):
    rng = np.random.default_rng(seed)
    values, places, times = rng.normal(size=(p, n)), rng.choice(list("abc"), n), rng.integers(2010, 2013, n)
    frame = pd.DataFrame(values.T).assign(place=places, time=times)
    (labels, place), (years, when) = read_rows(
        frame.rename(columns=str), tuple(map(str, range(p))), "place", "time", False
    )[1:3]
    counts, means, sums, products = sum_cells(values, place, when, len(labels), len(years))
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


def test_a_row_is_left_out_for_its_first_reason_and_what_is_missing_comes_first():
    terms = ("log(y)", "log_odds(y)", "x")
    order = reasons(terms, "place", "year")
    assert order == (
        ("missing", "place"),
        ("missing", "y"),
        ("missing", "x"),
        ("missing", "year"),
        ("no_log", "y"),
        ("no_log_odds", "y"),
    )
    frame = pd.DataFrame(
        {
            "place": [None, "a", "a", "a", "a", "b"],
            "year": [None, 1, None, 3, 4, 5],
            "y": [None, None, 0, 0, 100, 50],
            "x": [None, None, 1, 1, 1, 1],
        }
    )
    values, places, times, _, left_out = read_rows(frame, terms, "place", "year", True)
    assert [count for *_, count in left_out] == [1, 1, 1, 1, 1] and [pair for *pair, _ in left_out] == [
        list(order[i]) for i in (0, 1, 3, 4, 5)
    ]
    assert values.shape == (3, 1) and places[0] == ("b",) and times[0] == (5,)


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string"])
def test_places_of_any_type_are_told_in_order(dtype):
    frame = pd.DataFrame({"place": ["b", None, "a", "b"], "year": [1, 1, 2, 2], "y": 1.0}).astype(
        {"place": dtype}
    )
    _, (labels, codes), _, _, left_out = read_rows(frame, ("y",), "place", "year", True)
    assert labels == ("a", "b") and codes.tolist() == [1, 0, 1] and left_out == (("missing", "place", 1),)


def test_places_are_in_the_order_of_their_texts_and_times_in_their_own():
    frame = pd.DataFrame({"place": [10, 9, 9], "year": [10.0, 9.0, 2.5], "y": [1, 2, 3]})
    _, places, times, _, _ = read_rows(frame, ("y",), "place", "year", True)
    assert places[0] == (10, 9) and times[0] == (2.5, 9, 10)
    assert [type(time_label(time)) for time in (9.0, 2.5, True, "9")] == [int, float, bool, str]


def test_only_whether_something_is_wrong_is_seen_at_once():
    frame = pd.DataFrame({"place": ["a", "a", None, None], "year": [1, 1, 1, 1], "y": [1.0, None, 2, 3]})
    assert read_rows(frame, ("y",), "place", "year", True) is None
    assert len(read_rows(frame, ("y",), "place", "year", False)) == 5
    assert read_rows(frame[1:], ("y",), "place", "year", True)[4] == (
        ("missing", "place", 2),
        ("missing", "y", 1),
    )
    expected = ["more than one row for place and year: a 1; expected one row each"]
    assert list(data_problems(frame, ("y",), "place", "year", True)) == expected
    assert list(data_problems(frame, ("y",), "place", "year", False)) == []


def test_many_repeated_rows_are_told_in_short():
    (line,) = repeated(list("abcde"), "place", "year")
    assert line == "more than one row for place and year: a, b, c and 2 more; expected one row each"
    assert list(repeated([], "place", "year")) == []


@pytest.mark.parametrize("column", ["y", "x", "year"])
def test_a_column_that_stands_twice_is_named_where_it_is_used(column):
    frame = pd.DataFrame(
        {"place": list("abab"), "year": [1, 1, 2, 2], "y": [1.0, 2, 4, 3], "x": [5.0, 1, 2, 2]}
    )
    twice = pd.concat([frame, frame[[column]]], axis=1)
    assert f"there is more than one column {column!r}" in list(
        data_problems(twice, ("y", "log(x)"), "place", "year", False)
    )
    assert read_rows(twice, ("y", "log(x)"), "place", "year", False) is None
    with pytest.raises(ValueError, match=f"more than one column '{column}'"):
        Moments.from_frame(twice, "y", ["log(x)"])
    # A column that the model does not use may stand there as often as it likes.
    unused = pd.concat(
        [frame, frame[["x"]].set_axis(["z"], axis=1), frame[["x"]].set_axis(["z"], axis=1)], axis=1
    )
    assert Moments.from_frame(unused, "y", ["log(x)"]).n.tolist() == [2, 2]


def test_a_term_named_like_a_time_effect_is_refused_where_there_are_such_effects():
    known = ["g", "t", "y", "t[2016]", "s[2016]"]
    told = "'t[2016]' is named like the effect of a t; rename the column"
    assert model_problems(known, ("y", "t[2016]"), "g", "g", "t") == [told]
    assert model_problems(known, ("t[2016]", "y"), "g", "g", "t") == [told]
    assert model_problems(known, ("y", "s[2016]"), "g", "g", "t") == []
    assert model_problems(known, ("y", "t[2016]"), "g", "g", None) == []
    # Its logarithm has another name than any effect.
    assert model_problems(known, ("y", "log(t[2016])"), "g", "g", "t") == []
    assert model_problems(known, ("t[1]", "t[2]"), "g", None, "t")[:2] == [
        f"'t[{i}]' is named like the effect of a t; rename the column" for i in (1, 2)
    ]


def test_a_model_of_columns_that_are_there_has_no_problem():
    assert model_problems(["g", "t", "y", "x"], ("y", "log(x)"), "g", "g", "t") == []
    assert model_problems(["g", "y"], ("y",), "g", "y", "g") == [
        "regressors are empty; expected at least one",
        "time 'g' is also the cluster; give it as entity, or leave it out",
    ]
