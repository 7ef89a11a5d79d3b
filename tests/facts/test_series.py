"""A series is its table, told short, and has a picture."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from povertystats.facts.series import Observed, observed, series_problems


def test_the_basis_names_the_standard_where_there_is_one(known):
    assert (
        known.series("poor_household_pct", place="Bắc Kạn").basis == "poor_household_pct@multidim_2016_2020"
    )
    assert known.series("trained_pct", place="Bắc Kạn").basis == "trained_pct@2015"


def test_it_is_shown_short(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    lines = repr(series).splitlines()
    assert lines[0].startswith(
        "<AnnualSeries> poor_household_pct@multidim_2016_2020 in Bắc Kạn, pct: figures of 5"
    )
    assert len(lines) == 8 and "19.57" in lines[-1]
    assert "no year" in repr(replace(series, table=series.table[:0]))


def test_its_picture_tells_its_figures(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert "29.4" in series.plot("en").alt and "19.57" in series.plot("en").alt


def test_the_figures_of_a_series_are_taken_out_of_what_is_given(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    one = observed(series)
    assert (one.place, one.indicator, one.basis, one.unit) == (
        "Bắc Kạn",
        "poor_household_pct",
        "poor_household_pct@multidim_2016_2020",
        "pct",
    )
    assert one.years.tolist() == series.years.tolist() and one.values.tolist() == series.values.tolist()
    nameless = observed(pd.Series({2018.0: 2, 2019.0: 1}))
    assert (nameless.indicator, nameless.basis, nameless.years.dtype) == ("", "", int)
    with pytest.raises(TypeError, match="got dict"):
        observed({2018: 2.0})


def test_every_problem_of_a_series_has_its_code():
    wrong = Observed(np.array([2019, 2018]), np.array([0.0, 101.0]), unit="persons")
    problems = [*series_problems(wrong, "log_odds", 3)]
    assert [code for code, _ in problems] == ["bad_input"] * 3 + ["too_few", "no_log_odds"]
    assert [*series_problems(Observed(np.array([2018, 2019]), np.array([0.0, 2.0])), "points", 1)] == []
    assert (
        "1-d of one length" in next(series_problems(Observed(np.arange(3), np.arange(2.0)), "points", 1))[1]
    )


def test_standard_errors_come_along_where_they_are_known(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert np.isnan(series.se).all() and series.se.shape == series.values.shape
    table = series.table.assign(se=[np.nan, 1.2, 1.1, 1.0, 0.9])
    one = observed(replace(series, table=table))
    assert one.se.tolist()[1:] == [1.2, 1.1, 1.0, 0.9] and np.isnan(one.se[0])
    assert np.isnan(observed(pd.Series({2018: 2.0, 2019: 1.0})).se).all()
    for se in ([-1.0, 1.0], [np.inf, 1.0], [1.0]):
        wrong = Observed(np.array([2018, 2019]), np.array([3.0, 2.0]), se=np.array(se))
        assert [(code, "standard errors" in rule) for code, rule in series_problems(wrong, "points", 1)] == [
            ("bad_input", True)
        ]
