"""The keys and terms of a model's frame, read as regressions take them."""

import numpy as np
import pandas as pd
import pytest

from povertystats.frames.model import read_model


def frame(**changes):
    whole = pd.DataFrame({"place": ["a", "b", None], "year": [2016, 2017, 2018], "x": [1.0, np.nan, 3.0]})
    return whole.assign(**changes)


def test_what_can_be_taken_as_it_is_stays_as_it_is():
    numbers = frame(flag=[True, False, True], z=pd.array([1, None, 3], dtype="Int64"))
    read, problems = read_model(numbers, ["x", "flag", "z"], place="place", time="year")
    assert not problems
    pd.testing.assert_frame_equal(read.drop(columns="place"), numbers.drop(columns="place"))
    assert read["place"].tolist()[:2] == ["a", "b"] and pd.isna(read["place"][2])


def test_texts_become_what_they_are_written_for_and_rows_keep_their_index():
    texts = frame(year=["2016", "2017", "2018"], x=["1,5", "..", "3"]).set_axis([7, 7, 8])
    read, problems = read_model(texts, ["x"], place="place", time="year")
    assert not problems and read.index.tolist() == [7, 7, 8]
    assert read["year"].tolist() == [2016, 2017, 2018]
    np.testing.assert_array_equal(read["x"], [1.5, np.nan, 3])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"x": ["many", "1", "2"]}, "row 0, field x: 'many': expected a finite number"),
        ({"x": np.array([1 + 1j, 1, 2])}, "rows 0, 1 and 2, field x: "),
        (
            {"x": pd.to_datetime(["2019-01-01"] * 3)},
            "field x: '2019-01-01 00:00:00': expected a finite number",
        ),
        ({"year": [2016.5, 2017, 2018]}, "row 0, field year: '2016.5': expected a whole year"),
        ({"year": ["2016", "last", "2018"]}, "row 1, field year: 'last'"),
        ({"place": ["Bắc Kạn", "bac kan", "c"]}, "one name in two spellings"),
        ({"household": ["1", 1, "2"]}, "field household: numbers and texts in one column"),
    ],
)
def test_what_means_nothing_or_two_things_is_named(changes, fault):
    problems = read_model(frame(**changes), ["x"], place="place", time="year", entity="household")[1]
    assert len(problems) == 1 and fault in problems[0]


def test_columns_that_are_not_there_are_left_to_the_regression():
    for place in ("commune", ["place", "village"]):
        read, problems = read_model(frame(), ["nothing"], place=place, time="when")
        assert not problems and list(read) == list(frame())
    with pytest.raises(TypeError, match="must be a pandas DataFrame, not dict"):
        read_model({}, [], place="place")
