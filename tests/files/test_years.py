"""A year that the rest of a package contradicts is asked about, on any data; the years that come along are not."""

from copy import copy

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.facts.package import read_package
from povertystats.files.years import beyond, check_years, far_ahead, far_years, outside_name

TABLES = read_package()
NONE = TABLES["facts"][:0]
DAY = pd.Timestamp("2020-05-07")


def figures(years, periods="", known=None):
    known = [pd.Timestamp(year + 1, 2, 1) for year in years] if known is None else known
    return pd.DataFrame({"indicator": "x_pct", "year": years, "period": periods, "available_from": known})


def asked(facts):
    return sorted({int(year) for mask, _ in far_years(facts, facts) for year in facts.loc[mask, "year"]})


def test_no_year_that_comes_along_is_asked_about():
    assert len(TABLES["facts"]) > 12_000 and not [*check_years(TABLES, NONE)]


@given(
    st.lists(st.integers(1990, 2020), min_size=3, max_size=30, unique=True),
    st.integers(16, 70),
    st.booleans(),
)
def test_one_year_far_from_a_series_is_asked_about_and_no_other(years, away, later):
    odd = max(years) + away if later else min(years) - away
    gaps = pd.Series(sorted(years)).diff().max() > 15  # then the series itself may fall apart
    assert gaps or asked(figures([*years, odd], known=pd.Timestamp("2020-01-01"))) == [odd]
    assert gaps or not asked(figures(years))


@pytest.mark.parametrize(
    ("years", "periods", "known"),
    [
        # Two censuses: neither is the slip.
        ([1989, 2019], "", None),
        ([1979, 1989, 1999, 2009, 2019], "", None),
        # Fifteen years from the next, and ahead, and fifty after.
        ([2000, 2015, 2016, 2017], "", None),
        ([2035], "", [DAY]),
        ([1970], "", [DAY]),
        # Two cells agree.
        ([2018, 2019, 2050], ["", "", "2050"], [DAY] * 3),
    ],
)
def test_years_that_may_be_meant_are_not_asked_about(years, periods, known):
    assert not asked(figures(years, periods, known))


@pytest.mark.parametrize(
    ("years", "known", "odd"),
    [([2036], [DAY], 2036), ([1969], [DAY], 1969), ([1999, 2015, 2016, 2017], None, 1999)],
)
def test_just_beyond_each_limit_is_asked_about(years, known, odd):
    assert asked(figures(years, known=known)) == [odd]


@pytest.mark.parametrize(
    ("role", "name", "field", "year"),
    [
        ("standards", "income_2006_2010", "last_year", 2040),
        ("standards", "income_2006_2010", "first_year", 2002),
        ("drivers", "training_before", "last_year", 2044),
        ("drivers", "training_before", "first_year", 1960),
        ("indicators", "trained_pct", "rebased", 2045),
    ],
)
def test_years_of_helper_files_stand_beside_names_and_figures(role, name, field, year):
    tables = {role: copy(table) for role, table in TABLES.items()}
    tables[role].loc[tables[role].iloc[:, 0] == name, field] = year
    (problem,) = check_years(tables, NONE)
    assert problem.file == f"{role}.csv" and problem.row and "years" in problem.rule


def test_a_standard_may_rule_three_years_beside_its_name_and_have_none():
    assert not outside_name(2003, 2013, "income_2006_2010") and outside_name(2003, 2014, "income_2006_2010")
    assert not outside_name(1990, 2099, "national line", "QD 59/2015/QĐ-TTg of 2015")
    # Two names that differ settle nothing, nor does a number of a decision.
    assert not outside_name(1990, 2099, "income_2006_2010", "Income of 2011-2015", "12006-2010")


def test_a_driver_without_years_or_figures_is_not_asked_about():
    assert not beyond(float("nan"), pd.Series([2010.0])) and not beyond(1995, pd.Series([2010.0]))
    assert beyond(1994, pd.Series([2010.0])) == "2010-2010"


def test_a_target_far_ahead_names_its_year():
    assert far_ahead(2036, DAY, "down to 2") and not far_ahead(2035, DAY, "down to 2")
    assert not far_ahead(2050, DAY, "đến năm 2050 không còn hộ nghèo", "none left")
