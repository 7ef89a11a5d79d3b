"""The forecast of a place's poverty and the levels that its targets require."""

from dataclasses import replace

import pandas as pd
import pytest

import povertystats as ps
from povertystats.forecasts import outlook

PLACE = "Bắc Kạn"


@pytest.fixture(scope="module")
def ahead(known):
    return outlook.outlook(known, PLACE)


LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    assert (one.scale, one.horizon, one.shared) == (other.scale, other.horizon, other.shared)
    assert (one.peers is None) == (other.peers is None)


def test_the_outlook_is_the_forecast_of_the_yearly_review(known, ahead):
    direct = ps.forecast(
        known.series("poor_household_pct", place=PLACE), peers=known.peers("poor_household_pct")
    )
    same(ahead, direct)


@pytest.mark.parametrize(("place", "horizon"), [("Hà Giang", 2), ("Hà Nội", 2), ("Điện Biên", 1)])
def test_a_place_with_too_few_figures_of_the_review_is_forecast_by_the_survey(known, place, horizon):
    ahead = outlook.outlook(known, place)
    # Điện Biên has three figures of the review.
    by = {1: "poor_household_pct", 2: "poor_multidim_pct"}[horizon]
    assert (ahead.series.indicator, ahead.year, ahead.horizon) == (by, 2020, horizon)


def test_without_a_cutoff_the_next_year_is_forecast_and_without_figures_none(facts):
    ahead = outlook.outlook(facts, PLACE)
    assert ahead.year == ahead.series.years[-1] + 1
    assert outlook.outlook(facts.as_of("2005-01-01"), PLACE) is None


def test_the_year_is_that_of_the_first_target_where_it_lies_ahead(facts):
    known = facts.as_of("2020-05-07")
    for aimed, forecast_of in ((2021, 2021), (2022, 2022), (2030, 2020)):
        later = known.targets.assign(year=aimed)
        assert outlook.outlook(replace(known, targets=later), "Bắc Kạn").year == forecast_of
    # The first of a place stands before its others, and one called "poverty" before all.
    several = known.targets[known.targets["indicator"] == "poor_household_pct"].iloc[:2]
    several = several.assign(target=["other", "poverty"], year=[2022, 2021])
    assert outlook.outlook(replace(known, targets=several), "Bắc Kạn").year == 2021
    assert outlook.outlook(replace(known, targets=several.iloc[:1]), "Bắc Kạn").year == 2022


def test_nothing_is_forecast_more_than_three_years_ahead(facts):
    rows = facts.table[(facts.table["place"] != PLACE) | (facts.table["year"] <= 2016)]
    old = replace(facts, table=rows).as_of("2020-05-07")
    assert outlook.outlook(old, PLACE) is None
    assert outlook.outlook(old.as_of("2019-05-07"), PLACE).horizon == 3


@pytest.mark.parametrize("horizon", [1, 2])
def test_four_ways_are_two_scales_with_peers_and_without(known, horizon):
    series, peers = known.series("poor_household_pct", place=PLACE), known.peers("poor_household_pct")
    ways = outlook.four_ways(ps.forecast(series, horizon=horizon), known)
    assert list(ways) == ["pooled", "pooled_points", "log_odds", "points"]
    for name, way in ways.items():
        scale = "points" if name.endswith("points") else "log_odds"
        theirs = peers if name.startswith("pooled") else None
        same(way, ps.forecast(series, horizon=horizon, scale=scale, peers=theirs))
    assert len({way.level_at(0.5) for way in ways.values()}) == 4


def test_a_way_that_cannot_be_gone_is_none(facts, known):
    one = known.series("poor_household_pct", place="Ba Bể")
    ways = outlook.four_ways(ps.forecast(one, peers=known.peers("poor_household_pct")), known)
    assert len(one.values) == 1
    assert [name for name, way in ways.items() if way is None] == ["log_odds", "points"]
    ahead = ps.forecast(known.series("poor_household_pct", place=PLACE))
    without = outlook.four_ways(ahead, facts.as_of("2009-01-01"))
    assert [name for name, way in without.items() if way is None] == ["pooled", "pooled_points"]
    same(without["log_odds"], ahead)


OWN = pd.Series({2015: 29.40, 2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57}, name="own_pct")


def test_shares_are_forecast_once_their_unit_is_named(known):
    shares = OWN.div(100).round(4)
    peers = known.peers("poor_household_pct")
    want = ps.forecast(OWN, peers=peers).table
    for units in ("share", {"own_pct": "share"}):
        pd.testing.assert_frame_equal(ps.forecast(shares, peers=peers, units=units).table, want)
    column = peers.columns[-1]
    slipped = peers.assign(**{column: peers[column] / 100})
    units = {"own_pct": "share", column: "share"}
    pd.testing.assert_frame_equal(ps.forecast(shares, peers=slipped, units=units).table, want)
    for series, panel, fault in [
        (shares, peers, 'units={"own_pct": "share"}'),
        (OWN, slipped, f'units={{"{column}": "share"}}'),
        (shares / 1000, None, "no figure exceeds 1"),
        (OWN.replace(21.88, 2.188), None, "2018: 1/10 of the other figures"),
    ]:
        with pytest.raises(ps.ForecastError) as caught:
            ps.forecast(series, peers=panel)
        assert fault in str(caught.value)
    with pytest.raises(ps.ForecastError, match="there is no 'other'"):
        ps.forecast(OWN, units={"other": "pct"})
    with pytest.raises(ps.ForecastError, match="in pct already"):
        ps.forecast(known.series("poor_household_pct", place="Bắc Kạn"), units="share")


def test_years_of_a_series_are_read_in_one_way():
    want = ps.forecast(OWN).table
    years = OWN.index.astype(str)
    for index in (
        years,
        OWN.index.astype(float),
        pd.PeriodIndex(years, freq="Y"),
        pd.DatetimeIndex([f"{year}-12-31" for year in years]),
        pd.CategoricalIndex(years),
        pd.Index(years, dtype="string[pyarrow]"),
    ):
        pd.testing.assert_frame_equal(ps.forecast(OWN.set_axis(index)).table, want)
    for index in (
        range(5),
        pd.PeriodIndex(["2019-01", "2019-02", "2019-03", "2019-04", "2019-05"], freq="M"),
    ):
        with pytest.raises(ps.ForecastError, match="years must"):
            ps.forecast(OWN.set_axis(index))


def test_no_year_is_forecast_of_a_place_that_has_ended(facts):
    """Bắc Kạn is part of Thái Nguyên since July 2025, which nobody knew in May 2020."""
    series, peers = facts.series("poor_household_pct", place=PLACE), facts.peers("poor_household_pct")
    ahead = 2025 - int(series.years[-1])
    with pytest.raises(ps.ForecastError, match="Bắc Kạn is part of Thái Nguyên since 2025-07-01"):
        ps.forecast(series, peers=peers, horizon=ahead)
    assert ps.forecast(series, peers=peers, horizon=ahead - 1).year == 2024
    assert facts.as_of("2020-05-07").series("poor_household_pct", place=PLACE).ended is None
