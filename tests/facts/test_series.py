"""A series is its table, told short, and has a picture."""

from dataclasses import replace


def test_the_basis_names_the_standard_where_there_is_one(known):
    assert (
        known.series("poor_household_pct", place="Bắc Kạn").basis == "poor_household_pct@multidim_2016_2020"
    )
    assert known.series("trained_pct", place="Bắc Kạn").basis == "trained_pct"


def test_it_is_shown_short(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    lines = repr(series).splitlines()
    assert lines[0].startswith(
        "<AnnualSeries> poor_household_pct@multidim_2016_2020 in Bắc Kạn, pct: figures of 5"
    )
    assert len(lines) == 7 and "19.57" in lines[-1]
    assert "no year" in repr(replace(series, table=series.table[:0]))


def test_its_picture_tells_its_figures(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert "29.4" in series.plot("en").alt and "19.57" in series.plot("en").alt
