"""What keeps a frame of households from being classed is told of every column."""

import pandas as pd

from povertystats.criteria.households import frame_problems, wrong_rows


def test_places_and_years_are_needed_where_lines_differ_by_them():
    frame = pd.DataFrame(
        {"income_tk": [1.0, float("inf")], "region": ["Dhaka", float("nan")], "dep_water": [True, False]}
    )
    told = [*frame_problems(frame, "income_tk", "tk a person a year", ["region", "year"], ["dep_water"])]
    assert told == [
        "income_tk: 1 value(s) missing or infinite, first inf in row 1",
        "region: 1 value(s) missing, first nan in row 1",
        "year: there is no such column",
    ]


def test_rows_that_are_right_are_not_told_of():
    assert wrong_rows("x", [False, False], pd.Series([1, 2]), "bad") == []
