"""Terms and rows: what a term says of a row, sums by place and time, the order in which rows are left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from povertystats.regression.moments import Moments
from povertystats.regression.terms import (
    data_problems,
    model_problems,
    parse,
    read_rows,
    read_term,
    reasons,
    repeated,
    time_label,
)

names = st.text(min_size=1).filter(lambda text: "\n" not in text)


@given(st.sampled_from(["log", "log1p", "log_odds"]), names)
def test_a_transformed_term_is_split_whatever_its_column_is_called(kind, column):
    assert parse(f"{kind}({column})") == (kind, column)


@pytest.mark.parametrize(
    "term", ["x", "log", "log()", "log(x", "exp(x)", "log_odds(x)+1", " log(x)", "Log(x)"]
)
def test_what_is_no_transformation_is_a_column(term):
    assert parse(term) == (None, term)


@given(
    st.lists(st.one_of(st.none(), st.floats(-10, 110)), min_size=1),
    st.sampled_from(["", "log", "log1p", "log_odds"]),
)
def test_every_row_has_its_value_or_exactly_one_reason(figures, kind):
    frame = pd.DataFrame({"x": pd.array(figures, dtype="Float64")})
    values, reasons, problems = read_term(frame, f"{kind}(x)" if kind else "x")
    given_ = frame["x"].to_numpy(dtype=float, na_value=np.nan)
    (missing, of_missing, absent), (undefined, of_undefined, without) = reasons
    assert (missing, undefined, of_missing, of_undefined) == ("missing", f"no_{kind or None}", "x", "x")
    assert (absent == np.isnan(given_)).all() and not (absent & without).any()
    assert (np.isnan(values) == (absent | without)).all()
    told = ~np.isnan(values)
    back = {"": lambda z: z, "log": np.exp, "log1p": np.expm1, "log_odds": lambda z: 100 * expit(z)}[kind]
    np.testing.assert_allclose(back(values[told]), given_[told], rtol=1e-12, atol=1e-12)
    outside = ((given_ < 0) | (given_ > 100)).sum()
    assert bool(problems) == bool(kind == "log_odds" and outside)


@pytest.mark.parametrize(
    ("term", "lost"),
    [
        ("x", [False] * 4),
        ("log(x)", [True, False, False, False]),
        ("log1p(x)", [False] * 4),
        ("log_odds(x)", [True, False, False, True]),
    ],
)
def test_the_edges_have_no_transformation(term, lost):
    values, reasons, problems = read_term(pd.DataFrame({"x": [0, 1, 99, 100]}), term)
    assert np.isnan(values).tolist() == reasons[1][2].tolist() == lost and problems == []


def test_what_is_negative_has_no_logarithm_of_one_more_either():
    values, reasons, problems = read_term(pd.DataFrame({"x": [-2.0, -0.5, 0.0]}), "log1p(x)")
    assert reasons[1][0] == "no_log1p" and reasons[1][2].tolist() == [True, True, False]
    assert np.isnan(values[:2]).all() and values[2] == 0 and problems == []


def test_what_is_wrong_with_a_column_is_told_together_with_the_first_row():
    frame = pd.DataFrame({"x": [np.inf, 5.0, 101.5, -1.0]}, index=list("abcd"))
    problems = read_term(frame, "log_odds(x)")[2]
    assert problems == [
        "'x': 1 value(s) infinite, first inf in row a",
        "'x': 3 value(s) outside 0-100, where no log-odds exist, first inf in row a"
        "; for an outcome that is no rate choose the scale points or log",
    ]
    assert read_term(frame.iloc[1:], "log_odds(x)")[2] == [
        "'x': 2 value(s) outside 0-100, where no log-odds exist, first 101.5 in row c"
        "; for an outcome that is no rate choose the scale points or log"
    ]
    assert read_term(frame, "log(x)")[2] == read_term(frame, "x")[2] == problems[:1]


@pytest.mark.parametrize("column", [["a", "b"], pd.to_datetime(["2020-01-01", "2021-01-01"]), [None, "1"]])
def test_a_column_that_is_not_numeric_is_refused_without_values(column):
    values, reasons, problems = read_term(pd.DataFrame({"x": column}), "log(x)")
    assert values is None and reasons == ()
    assert len(problems) == 1 and problems[0].startswith("'x' must be numeric, is ")


def test_a_frame_is_left_as_it_was():
    frame = pd.DataFrame({"x": [0.0, 1.0]})
    before = frame.copy()
    for term in ("x", "log(x)", "log1p(x)", "log_odds(x)"):
        values = read_term(frame, term)[0]
        assert values.dtype == float and values.shape == (2,)
        pd.testing.assert_frame_equal(frame, before)


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
