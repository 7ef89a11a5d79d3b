"""A year that the rest of a package contradicts is asked about, on any data; the years that come along are not."""

from copy import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.facts.package import read_package
from povertystats.files.years import (
    beyond,
    check_years,
    far_ahead,
    far_years,
    in_place_of,
    other_lags,
    outside_name,
)

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


def panel(rows, days=None, **more):
    """Figures of places in years, each known a year later: one source."""
    table = pd.DataFrame(rows, columns=["place", "year"])
    table["available_from"] = (
        [pd.Timestamp(year + 1, 3, 1) for year in table["year"]] if days is None else days
    )
    about = {"indicator": "x_pct", "period": "", "source_id": "s", "status": "official", "standard": ""}
    return table.assign(**about | {"available_from_assumed": True} | more)


FULL = [(place, year) for place in "abcdef" for year in (2016, 2017, 2018, 2019)]


@pytest.mark.parametrize(("at", "year"), [(0, 2017), (1, 2016), (3, 2020), (0, 2015), (22, 2017), (5, 2051)])
def test_a_year_that_stands_for_another_one_is_found_by_other_places(at, year):
    table = panel(FULL)
    table.loc[at, "year"] = year
    ((mask, rule),) = in_place_of(table)
    assert [*np.flatnonzero(mask)] == [at] and f"no figure of {FULL[at][1]} here" in rule
    ((mask, rule),) = other_lags(table)
    assert [*np.flatnonzero(mask)] == [at] and "known 1 years after" in rule
    # Said twice, it is meant.
    twice = table.assign(period=["2017" if n == at else "" for n in table.index])
    assert not [*in_place_of(twice), *other_lags(twice)]


@pytest.mark.parametrize(
    "rows",
    [
        FULL,
        # The last figure of one place is not there yet; it had a longer series, or a revised figure before.
        [row for row in FULL if row != ("a", 2019)],
        [row for row in FULL if row != ("a", 2019)] + [("a", year) for year in range(2010, 2016)],
        [row for row in FULL if row != ("a", 2019)] + [("a", 2018)],
        # Too few places to tell, or places of years of their own.
        [("a", 2010), *((place, 2009) for place in "bcde")],
        [(place, 2009 + n) for n, place in enumerate("abcdefg")],
    ],
)
def test_holes_histories_and_revisions_are_not_asked_about(rows):
    assert not [*in_place_of(panel(rows)), *other_lags(panel(rows))]


def test_days_of_which_each_was_seen_and_one_yearbook_tell_no_lag():
    rows = [("a", year) for year in (2014, 2015, 2016, 2017, 2018, 2018, 2018, 2018, 2018)]
    late = panel(rows)
    late.loc[0, "available_from"] += pd.DateOffset(years=2)
    assert [*other_lags(late)] and not [*other_lags(late.assign(available_from_assumed=False))]
    # Of one yearbook all have one day.
    book = [("a", 2018)] * 9 + [("a", 2017)]
    assert not [*other_lags(panel(book, days=pd.Timestamp("2019-06-01")))]
