"""A frame's places, years and numbers: read in one way whatever they are written in, or named."""

import datetime
import unicodedata
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from povertystats.frames.reader import FrameReader

YEARS = [2015, 2016, 2017]
TEXTS = [*map(str, YEARS)]
ENDS = pd.to_datetime([f"{year}-12-31" for year in YEARS])
# The same three years, as tools write them.
SAME_YEARS = {
    "whole": np.array(YEARS),
    "short": np.array(YEARS, dtype="int16"),
    "float": np.array(YEARS, dtype=float),
    "text": TEXTS,
    "text of a float": ["2015.0", " 2016 ", "2017"],
    "objects": pd.Series(YEARS, dtype=object),
    "period": pd.PeriodIndex(TEXTS, freq="Y"),
    "month": pd.PeriodIndex([f"{year}-05" for year in YEARS], freq="M"),
    "periods as objects": pd.Series(list(pd.PeriodIndex(TEXTS, freq="Y")), dtype=object),
    "datetime": ENDS,
    "datetime of a zone": ENDS.tz_localize("Asia/Ho_Chi_Minh"),
    "date": [datetime.date(year, 1, 1) for year in YEARS],
    "datetime64 as objects": pd.Series([np.datetime64(text) for text in TEXTS], dtype=object),
    "decimal": [Decimal(year) for year in YEARS],
    "nullable": pd.array(YEARS, dtype="Int64"),
    "nullable float": pd.array(YEARS, dtype="Float64"),
    "Arrow whole": pd.array(YEARS, dtype="int64[pyarrow]"),
    "Arrow text": pd.array(TEXTS, dtype="string[pyarrow]"),
    "Arrow datetime": pd.array(ENDS, dtype="timestamp[ns][pyarrow]"),
    "Arrow date": pd.array([day.date() for day in ENDS], dtype=pd.ArrowDtype(pa.date32())),
    "category": pd.Categorical(YEARS),
    "category of texts": pd.Categorical(TEXTS, categories=[*TEXTS, "none"]),
    "category of periods": pd.Categorical(pd.PeriodIndex(TEXTS, freq="Y")),
}
NO_YEARS = {
    "fraction": [2015, 2016.5, 2017],
    "word": ["2015", "last", "2017"],
    "missing": pd.array([2015, None, 2017], dtype="Int64"),
    "no date": pd.to_datetime(["2015-01-01", None, "2017-01-01"]),
    "truth": [True, False, True],
    "complex": np.array(YEARS, dtype=complex),
    "complex of a part": [2015 + 1j, 2016, 2017],
    "infinite": [2015, np.inf, 2017],
    "months": [201501, 201502, 201503],
    "serial days of a spreadsheet": [42005, 42370, 42736],
    "positions": [0, 1, 2],
    "lengths of time": pd.to_timedelta(YEARS, unit="D"),
    "lists": [[2015], [2016], [2017]],
    "two years": ["2015/16", "2016/17", "2017/18"],
}


def reader(**columns):
    return FrameReader(pd.DataFrame(columns))


@pytest.mark.parametrize("kind", SAME_YEARS)
def test_years_are_read_from_whatever_they_are_written_in(kind):
    read = reader(year=SAME_YEARS[kind])
    for times in (False, True):
        years = read.years("year", times=times)
        assert years.tolist() == YEARS and years.dtype == int
    assert not read.lines


@pytest.mark.parametrize("kind", NO_YEARS)
def test_what_is_no_year_is_named(kind):
    read = reader(year=NO_YEARS[kind])
    assert read.years("year").isna().any()
    assert "field year" in read.lines[0]


def test_times_are_any_whole_numbers_and_may_lack():
    read = reader(at=[0, 201901, None])
    assert read.years("at", times=True).tolist()[:2] == [0, 201901] and not read.lines
    read.years("at")
    assert len(read.problems) == 3


def test_one_name_in_two_unicode_forms_is_one_place_and_stray_blanks_are_none():
    name = "Bắc Kạn"
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
    forms += [f" {name}", f"{name}\u00a0", "Bắc  Kạn", f"\ufeff{name}", f"{name}\u200b"]
    read = reader(place=forms, year=range(2010, 2010 + len(forms)))
    assert set(read.places("place")) == {name} and not read.lines
    read = reader(place=pd.Categorical(forms, categories=[*forms, "none"]))
    assert set(read.places("place")) == {name} and not read.lines


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        (
            ["Bắc Kạn", "Bắc Kạn", "bac kan"],
            "row 2, field place: 'bac kan': one name in two spellings; 'Bắc Kạn' stands",
        ),
        (
            ["Đắk Lắk", "Dak Lak", "ĐẮK LẮK"],
            "rows 1 and 2, field place: 'Dak Lak', 'ĐẮK LẮK': one name in two",
        ),
        (["Hoà Bình", "Hòa Bình"], "one name in two spellings"),
        (["Daklak", "Đắk Lắk"], "one name in two spellings"),
        (["TP.HCM", "TP HCM"], "one name in two spellings"),
        (["Quận 1", "quan 1"], "one name in two spellings"),
        (["H01", "h01"], "one name in two spellings"),
        ([1, "00001"], "numbers and texts in one column; 1 and '1' would be two places"),
        ([1, "1"], "numbers and texts"),
        (["A", None], "row 1, field place: 'None': missing"),
        (["A", " "], "row 1, field place: 'None': missing"),
        ([1.0, np.nan], "row 1, field place: 'nan': missing"),
        ([["A"], ["B"]], "expected names or codes"),
    ],
)
def test_what_may_be_one_place_or_two_is_asked(places, fault):
    read = reader(place=pd.Series(places, dtype=None if isinstance(places[0], float) else object))
    read.places("place")
    assert fault in read.lines[0]


@pytest.mark.parametrize(
    "places",
    [
        ["01", "1"],
        ["1.1", "11", "1-1"],
        ["A-1", "A1"],
        ["Tân Lập", "Tân Lạng", "Tân Lạp"],
        ["Bắc Kạn", "TP. Bắc Kạn"],
        ["Hà Nam", "Hà Nội"],
    ],
)
def test_codes_and_names_that_differ_are_places_of_their_own(places):
    read = reader(place=places)
    assert read.places("place").tolist() == places and not read.lines


def test_codes_that_are_numbers_stay_labels():
    assert reader(place=[1.0, 2.0]).places("place").tolist() == [1.0, 2.0]
    assert reader(place=pd.array([1, 2], dtype="Int64")).places("place").tolist() == [1, 2]


def test_a_full_key_keeps_places_of_one_name_apart():
    frame = {"district": ["Chợ Mới", "Ba Bể", None], "commune": ["Tân Lập", "Tân Lập", "Tân Lập"]}
    read = reader(**frame)
    assert read.places(["district", "commune"], gaps=True).tolist()[:2] == [
        "Tân Lập, Chợ Mới",
        "Tân Lập, Ba Bể",
    ]
    assert read.places(["district", "commune"], gaps=True).isna().tolist() == [False, False, True]
    assert not read.lines
    read.places(["district", "commune"])
    assert "row 2, field district" in read.lines[0]
    read = reader(district=["C", "B, C"], commune=["A, B", "A"])
    read.places(["district", "commune"])
    assert read.lines == [
        "frame, field district, commune: two places would be called the same; names hold commas"
    ]
    read = reader(**frame)
    assert read.places(["district", "village"], gaps=True) is None
    assert read.lines == ["frame, field village: no such column; there are district, commune"]


def test_a_column_that_is_not_there_once_is_named():
    twice = pd.DataFrame([[1, 2]], columns=["y", "y"])
    levels = pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("y", "mean")]))
    inside = pd.DataFrame({"y": [1]}, index=pd.Index([2019], name="year"))
    for frame, column, fault in [
        (twice, "y", "frame, field y: there is more than one column 'y'"),
        (levels, "y", "frame: its columns have 2 levels; expected one name each"),
        (inside, "year", "frame, field year: stands in the index; give frame.reset_index()"),
        (inside, "Y ", "frame, field Y : no such column; did you mean y?"),
        (pd.DataFrame(), "y", "frame, field y: no such column; there are none"),
        (inside, None, "frame, field None: no such column; there are y"),
    ]:
        read = FrameReader(frame)
        assert read.numbers(column) is read.numbers(column) is None
        assert read.lines == [fault]
    with pytest.raises(TypeError, match="panel must be a pandas DataFrame, not list"):
        FrameReader([1], "panel")


def test_a_repeated_index_changes_nothing():
    frame = pd.DataFrame({"place": ["a", "b"], "year": ["2019", "2020"], "y": ["1,5", "x"]}, index=[7, 7])
    read = FrameReader(frame)
    assert read.numbers("y").tolist()[:1] == [1.5] and read.years("year").tolist() == [2019, 2020]
    assert read.lines == ["frame, row 1, field y: 'x': expected a finite number"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["12,5", "1,500", "33"], [12.5, 1.5, 33]),
        (["1.500", "33"], [1.5, 33]),
        ([Decimal("1.500"), 2], [1.5, 2]),
        (pd.Categorical(["12,5", "3"]), [12.5, 3]),
        (pd.array(["12,5", None], dtype="string[pyarrow]"), [12.5, np.nan]),
        (pd.array([2, None], dtype="Int64"), [2, np.nan]),
        (["..", "7"], [np.nan, 7]),
    ],
)
def test_rates_are_read_as_they_are_written(cells, values):
    read = reader(y=cells)
    np.testing.assert_array_equal(read.rates("y"), values)
    assert not read.lines


@pytest.mark.parametrize(
    "cells",
    [
        ["12.5", "12,5"],
        ["many", "1"],
        [np.inf, 1],
        [1 + 1j, 1],
        [True, False],
        [[1], [2]],
        [-0.1, 1],
        [100.1, 1],
        ["1.234.567", "1"],
        pd.to_datetime(["2019-01-01", "2020-01-01"]),
    ],
)
def test_what_is_no_rate_is_named_and_never_missing_in_silence(cells):
    read = reader(y=cells)
    read.rates("y")
    assert "field y" in read.lines[0]
