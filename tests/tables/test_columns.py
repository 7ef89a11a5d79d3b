"""What columns hold: seen from every cell, kept as text and asked about where it may be two things."""

import datetime

import pandas as pd
import pytest

from povertystats.files.numbers import Notation
from povertystats.files.units import unit_told
from povertystats.tables.columns import read_column, with_signs


def read(*cells, name="n", **options):
    return read_column(
        pd.Series(cells, range(2, len(cells) + 2), dtype=object, name=name), "a.csv", **options
    )


@pytest.mark.parametrize(
    ("cells", "name", "kind", "values"),
    [
        (("1", "", "2"), "n", "integer", [1, pd.NA, 2]),
        (("1.5", "2", ".."), "n", "number", [1.5, 2, None]),
        (("01", "12"), "code", "text", ["01", "12"]),
        ((1, "02"), "code", "text", ["1", "02"]),
        (("2019", "2020"), "Năm", "year", [2019, 2020]),
        ((2019.0, "2020"), "survey_year", "year", [2019, 2020]),
        (("1999", "2001"), "n", "integer", [1999, 2001]),
        (("Có", "Không"), "vay", "boolean", [True, False]),
        (("x", "", "x"), "nghèo", "boolean", [True, pd.NA, True]),
        (("n", "y"), "axis", "text", ["n", "y"]),
        (("✓", "", "x"), "vay", "boolean", [True, pd.NA, True]),
        (("−2,5", "–3,1", "-1,0"), "change_pp", "number", [-2.5, -3.1, -1]),
        (("Năm 2019", "năm 2020"), "note", "text", ["Năm 2019", "năm 2020"]),
        (("1", "0"), "poor", "integer", [1, 0]),
        (("2020-05-07", ""), "day", "date", [pd.Timestamp("2020-05-07"), pd.NaT]),
        ((datetime.datetime(2020, 5, 7),), "day", "date", [pd.Timestamp("2020-05-07")]),
        ((1.234, 5), "rate x", "number", [1.234, 5]),
        (("12,5%", "3 %"), "Hộ nghèo", "number", [12.5, 3]),
        (("", None), "note", "text", [None, None]),
        (("I", 1, 2), "TT", "text", ["I", "1", "2"]),
        (("1.10", "1.1"), "Mã số", "text", ["1.10", "1.1"]),
        (("e1", "e2"), "id", "text", ["e1", "e2"]),
        (("12345678901234567", "5"), "id", "text", ["12345678901234567", "5"]),
    ],
)
def test_kinds(cells, name, kind, values):
    column = read(*cells, name=name)
    assert column.kind == kind and not column.problems
    expected = pd.Series(values, column.values.index).astype(column.values.dtype)
    pd.testing.assert_series_equal(column.values, expected, check_names=False)


def test_no_kind_is_seen_from_the_first_rows_alone():
    cells = [str(n) for n in range(9_000)]
    assert read(*cells).kind == "integer"
    assert read(*cells, "0.5").kind == "number" and read(*cells, "007").kind == "text"
    (problem,) = read(*cells, "n/q").problems
    assert problem.row == 9_002 and problem.rule.startswith("no number")


def test_what_is_doubtful_is_asked_and_kept_as_text():
    column = read("1.500", "650", name="thu_nhap")
    assert column.values.tolist() == ["1.500", "650"] and [p.row for p in column.problems] == [2]
    assert read("1.500", "650", notation=Notation(decimal=",")).values.tolist() == [1500, 650]
    rates = read("0,305", "0,25", name="Tỷ lệ (%)")
    assert (
        "shares may be meant" in rates.problems[0].rule
        and 'units={"Tỷ lệ (%)": "share"}' in rates.problems[0].suggestion
    )
    assert read("0,305", "0,25", name="Tỷ lệ nghèo").problems
    assert read("0,305", "0,25", name="Tỷ lệ (%)", written="share").values.tolist() == [30.5, 25]
    settled = read("0,305", "0,25", name="Tỷ lệ (%)", written="pct")
    assert settled.values.tolist() == [0.305, 0.25] and not settled.problems
    assert read("5.5", "3.2", name="Số hộ").problems[0].rule == "a count is a whole number"
    assert read("104.2", "98.5", name="2019/2018 (%)").problems == []
    assert not read(*["7/5/2020"] * 2, name="ngày").problems and read("7/5/2020").warnings
    assert "another unit" in read("1", "2", name="Số hộ", written="vnd").problems[0].suggestion


def test_one_fault_among_numbers_is_named_and_words_among_numbers_are_told():
    assert [p.value for p in read(*"123456789", "12O").problems] == ["12O"]
    mixed = read("a", "b", "1", "2", "3")
    assert not mixed.problems and "3 of 5 are numbers" in mixed.warnings[0].rule
    assert not read("a", "b", "1").warnings
    padded = read(*map(str, range(1, 20)), "007")
    assert padded.kind == "text" and [p.row for p in padded.warnings] == [21]
    assert not read("01", "12").warnings


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (("(2,5)", "1,0"), "change_pp"),
        (("2,5-", "1,0", "3"), "n"),
        (("12,5%", "13"), "rate"),
        (("1/2", "3/4"), "rate"),
        (("không có", "k.a.", "12,5"), "poor_pct"),
        (("1,5 triệu", "1700"), "income_vnd_k"),
        (("<5", "7", "9"), "n"),
        (("19,57p", "21,2p"), "poor_pct"),
        (("1 23", "12 3", "9"), "Số hộ"),
        (("900 nghìn", "1,2 triệu"), "Thu nhập"),
    ],
)
def test_what_is_no_number_where_numbers_are_said_or_seen_is_named(cells, name):
    column = read(*cells, name=name)
    assert column.kind == "text" and column.problems
    for other in (("2018-19", "2019"), ("HH-1", "HH-2"), ("xã 135", ""), ("1.2.3", "2")):
        assert not read(*other, name="ghi chú").problems, other


def test_what_a_spreadsheet_made_of_codes_years_and_days_is_asked():
    """Codes rounded or without their zeros, years of two digits or of another calendar, days that are none, stand-ins."""
    assert [p.value for p in read("1.2E+10", "10001", name="Mã hộ").problems] == ["1.2E+10"]
    assert read("1.2E+10", "3", name="household").problems and not read("1.2E+10", name="gdp_vnd").problems
    assert read(2.6e19, 5, name="id").problems
    for name in ("Mã huyện", "commune"):
        assert [p.row for p in read("01", "2", "003", name=name).warnings] == [3]
    assert not read("01", "001", "12", name="code").warnings
    for years in (("19", "20"), ("'19", "'20"), (2562, 2563)):
        assert len(read(*years, name="Năm").problems) == 2
    assert not read("19", "20", name="Số năm đi học").problems and not read("2019-20", name="Năm").problems
    (problem,) = read("2020-07-05", "2020-02-30", "2020-07-31", name="Ngày").problems
    assert problem.value == "2020-02-30"
    assert read(43831, 44196, name="Ngày").warnings and read("5-Jul-20", name="Ngày").warnings
    assert [p.value for p in read("-99", "21.2", "30", name="x").warnings] == ["-99"]
    assert read("9999", "21", "30", name="Số hộ").warnings and not read("-9", "-3", "2", name="x").warnings


def test_units_are_told_by_names():
    for name, unit in {
        "Thu nhập bình quân (1000 đồng)": "vnd_k",
        "ĐVT: triệu đồng": "vnd_m",
        "income_vnd_k": "vnd_k",
        "Hộ nghèo 2018: Số hộ": "households",
        "Dân số (người)": "persons",
        "Number of households": "households",
        "Số hộ (nghìn)": "households_k",
        "poor, per cent": "pct",
        "Tỷ lệ % hộ nghèo": "pct",
        "Huyện": "",
        "Xã": "",
        "place": "",
        "commune": "",
    }.items():
        assert unit_told(name) == unit, name


def test_a_sign_is_suggested_from_the_columns_where_it_is_plain():
    columns = [read("1.234", "987"), read("45,67", name="rate")]
    assert [p.suggestion.endswith("in rate it is a comma") for p in with_signs(columns)] == [True]
    assert not next(with_signs(columns[:1])).suggestion.endswith("comma")
