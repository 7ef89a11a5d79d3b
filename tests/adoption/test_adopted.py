"""The column of adoption: what it may be, and what is doubtful in it."""

import numpy as np
import pandas as pd
import pytest
from helpers.adoption import made

from povertystats.adoption.adopted import first_years, read_adoption
from povertystats.words.errors import Refused, WrongType


def panel(**columns):
    rows = pd.DataFrame({"place": list("aaabbbccc"), "year": [2015, 2016, 2017] * 3, "y": np.arange(9.0)})
    return rows.assign(**columns)


SAME = {"a": 2016.0, "b": 2017.0, "c": np.inf}


@pytest.mark.parametrize(
    "cells",
    [
        [0, 1, 1, 0, 0, 1, 0, 0, 0],
        [False, True, True, False, False, True, False, False, False],
        ["0", "1", "1", "0", "0", "1", "0", "0", "0"],
        [0, 1, np.nan, np.nan, 0, 1, 0, np.nan, 0],
        [2016] * 3 + [2017] * 3 + [np.nan] * 3,
        [2016] * 3 + [2017] * 3 + [0] * 3,
        [2016.0] * 3 + [2017] * 3 + [np.inf] * 3,
        ["2016"] * 3 + ["2017"] * 3 + [None] * 3,
        [pd.Timestamp("2016-07-01")] * 3 + [pd.Timestamp("2017-01-31")] * 3 + [pd.NaT] * 3,
        pd.array([2016] * 3 + [2017] * 3 + [pd.NA] * 3, dtype="Int64"),
        pd.PeriodIndex(["2016"] * 3 + ["2017"] * 3 + ["NaT"] * 3, freq="Y"),
        pd.Categorical(["2016"] * 3 + ["2017"] * 3 + [None] * 3),
    ],
)
def test_every_way_to_write_it_reads_alike(cells):
    first, problems = first_years(panel(on=cells), "on", "place", "year")
    assert problems == [] and first.to_dict() == SAME


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([0, 1, 0, 0, 0, 1, 0, 0, 0], "'on' switches off in a (2017)"),
        ([0, np.nan, 1, 0, 0, 1, 0, 0, 0], "cannot be told whether a place had adopted: a (2016)"),
        ([0, 0, np.nan, 0, 0, 1, 0, 0, 0], "cannot be told whether a place had adopted: a (2017)"),
        ([1, 1, 1, 0, 0, 0, 0, 0, 0], "which places adopt, not when"),
        ([2016, 2016, 2017, *[0] * 6], "a (2016 and 2017): more than one year"),
        ([2016, np.nan, 2016, *[0] * 6], "missing in some rows of a"),
        ([2016.5] * 3 + [0] * 6, "2016.5 is no whole year"),
        ([16] * 3 + [0] * 6, "16 is no year of this panel"),
        (["yes"] * 3 + ["no"] * 6, "or 0 and 1 in each year"),
        (np.full(9, 2016j), "'on': no years; expected the year of first adoption"),
        (["soon"] * 3 + ["never"] * 6, "expected a whole year"),
    ],
)
def test_what_is_doubtful_is_asked_about(cells, said):
    with pytest.raises(Refused, match="cannot study") as refused:
        read_adoption(panel(on=cells), "y", "on")
    assert said in str(refused.value)


def test_places_that_had_adopted_are_counted_and_later_dates_are_not_reached():
    data = read_adoption(
        panel(on=[2015] * 3 + [2016] * 3 + [2030] * 3, z=1).assign(place=list("aaabbbccc")), "y", "on"
    )
    assert data.left_out == (("always", "on", 1),) and data.places == ("b", "c")
    assert data.first.tolist() == [2016, np.inf]
    with pytest.raises(Refused, match="no place adopts between two years"):
        read_adoption(panel(on=[2015] * 3 + [2016] * 3 + [2030] * 3), "y", "on", anticipation=1)


def test_rows_without_a_figure_are_counted_by_reason():
    rows = made(places=8)
    rows.loc[3, "y"], rows.loc[4, "since"], rows.loc[5, "place"] = np.nan, rows.loc[0, "since"], np.nan
    data = read_adoption(
        rows.assign(place=rows["place"].astype("Int64"), x=1.0), "y", "since", controls=["x"]
    )
    assert data.left_out == (("missing", "place, year", 1), ("missing", "y", 1))
    assert np.isnan(data.y[0]).sum() == 2 and data.x.shape == (1, 8, 10)


def test_columns_and_keys_that_are_wrong_are_named_at_once():
    with pytest.raises(Refused, match="no such column: 'nothing'"):
        read_adoption(panel(on=0), "y", "nothing")
    with pytest.raises(Refused, match="more than one row for place and year: a 2015"):
        read_adoption(pd.concat([panel(on=[0, 0, 1] * 3)] * 2), "y", "on")
    with pytest.raises(Refused, match="region is missing or not the same in every row of a"):
        read_adoption(panel(on=[0, 0, 1] * 3, region=[1, 1, 2] * 3), "y", "on", cluster="region")
    with pytest.raises(WrongType):
        read_adoption([1], "y", "on")
    with pytest.raises(Refused, match="shares may be meant"):
        read_adoption(panel(on=[0, 0, 1] * 3).assign(y_pct=np.linspace(0.1, 0.9, 9)), "y_pct", "on")
    twice = pd.concat([panel(on=0), panel(on=0)[["on"]]], axis=1)
    with pytest.raises(Refused, match="'on': more than one column"):
        read_adoption(twice, "y", "on")
    with pytest.raises(Refused, match="no row has all figures .missing x: 9."):
        read_adoption(panel(on=[0, 0, 1] * 3, x=np.nan), "y", "on", controls=["x"])
