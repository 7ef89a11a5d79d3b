import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from povertystats.regression.terms import parse, read_term

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
        "'x': 3 value(s) outside 0-100, where no log-odds exist, first inf in row a",
    ]
    assert read_term(frame.iloc[1:], "log_odds(x)")[2] == [
        "'x': 2 value(s) outside 0-100, where no log-odds exist, first 101.5 in row c"
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
