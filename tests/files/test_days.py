"""One day, one period: as people write them."""

import datetime

import numpy as np
import pandas as pd
import pytest

from povertystats.files.days import built, of_year_end, period_end, read_day, read_years

DAY = datetime.date(2020, 5, 7)


@pytest.mark.parametrize(
    "written",
    [
        DAY,
        datetime.datetime(2020, 5, 7, 23, 59),
        pd.Timestamp("2020-05-07 23:59"),
        pd.Timestamp("2020-05-07 23:59", tz="Asia/Ho_Chi_Minh"),
        np.datetime64("2020-05-07"),
        np.datetime64("2020-05-07T18:00:00"),
        "2020-05-07",
        " 2020-05-07 ",
        "20200507",
        "2020-05-07T18:00",
        "2020-05-07 18:00:00",
    ],
)
def test_a_day_in_every_form_that_means_one(written):
    found = read_day(written)
    assert found == DAY and type(found) is datetime.date


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("07/05/2020", "2020-05-07 or 2020-07-05"),
        ("7.5.2020", "2020-05-07 or 2020-07-05"),
        ("25/12/2020", "2020-12-25"),
        ("12/25/2020", "2020-12-25"),
        ("05-05-2020", "2020-05-05"),
        ("2020/5/7", "2020-05-07"),
        ("2020-5-7", "2020-05-07"),
        ("31/02/2020", "such as 2020-05-07"),
        ("7 tháng 5 năm 2020", "such as 2020-05-07"),
        ("", "such as 2020-05-07"),
        ("2020", "such as 2020-05-07"),
        (20200507, "such as 2020-05-07"),
        (True, "such as 2020-05-07"),
        (pd.NaT, "such as 2020-05-07"),
        (np.datetime64("NaT"), "such as 2020-05-07"),
    ],
)
def test_what_is_no_day_is_refused_with_what_was_meant(written, meant):
    with pytest.raises(ValueError, match=f"is not a date; expected year-month-day, {meant}$"):
        read_day(written)


def test_a_year_ends_with_december_november_and_no_month():
    months = [f"2019-{month:02}" for month in range(1, 13)]
    assert of_year_end(pd.Series(months)).tolist() == [False] * 10 + [True, True]
    assert of_year_end(pd.Series([f"{month}-15" for month in months])).tolist() == [False] * 10 + [True, True]
    assert of_year_end(pd.Series(["", "2019"])).all()


def test_a_period_ends_on_its_last_day():
    ends = {"": "12-31", "2019": "12-31", "2019-02": "02-28", "2019-02-03": "02-03", "2019-12": "12-31"}
    assert {period: f"{period_end(period, 2019):%m-%d}" for period in ends} == ends


@pytest.mark.parametrize(
    "years",
    [
        pd.Series([2019, 2020]),
        pd.Series([2019.0, 2020.0]),
        pd.Series(["2019", " 2020"]),
        pd.Series(pd.PeriodIndex(["2019", "2020"], freq="Y")),
        pd.Series(pd.to_datetime(["2019-01-01", "2020-12-31"])),
        pd.Series([datetime.date(2019, 5, 1), pd.Period("2020")], dtype=object),
        pd.Series([2019, 2020], dtype="int64[pyarrow]"),
    ],
)
def test_years_of_every_kind_are_whole_numbers(years):
    pytest.importorskip("pyarrow")
    read, wrong = read_years(years)
    assert read.tolist() == [2019, 2020] and not wrong.any()


def test_what_is_no_year():
    assert read_years(pd.Series([2019.5, "20x9", None, True, -1, np.inf], dtype=object))[1].all()


def test_the_day_of_making_is_that_of_the_epoch_where_one_is_set(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1588809600")
    assert built() == datetime.date(2020, 5, 7)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(built() - datetime.date.today()) <= datetime.timedelta(days=1)
    for wrong in ("", "soon", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(ValueError, match="SOURCE_DATE_EPOCH"):
            built()
