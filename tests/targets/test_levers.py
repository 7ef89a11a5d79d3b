"""Levers: their associations are those of the fits, their spans are counted from the figures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from povertystats.drivers import credit
from povertystats.targets import levers

PLACE = "Bắc Kạn"


@pytest.mark.parametrize("name", ["training", "programmes"])
@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_the_associations_are_those_of_the_fits(lever_of, fits, name, scale):
    for way, fit in (("plain", name), ("same_start", f"{name}_start")):
        table = fits[fit].table
        (row,) = table[(table["estimator"] == "within") & (table["scale"] == scale)].itertuples()
        dof = len(fits[fit].moments["within", scale].n) - 1
        assert lever_of[name].ways[way, "within", scale] == (row.estimate, row.se, dof)
        # The degrees of freedom are those with which the fit made its own interval.
        assert (row.high - row.low) / 2 == pytest.approx(stats.t.ppf(0.975, dof) * row.se, rel=1e-9)


def test_ways_are_those_that_the_package_declares(known, fits, lever_of):
    training, money, credit = lever_of.values()
    rows = known.drivers.set_index("driver")
    assert list(training.looks) == ["training_before"] and money.looks == credit.looks == {}
    assert len(training.ways) == 8 and len(money.ways) == 5 and len(credit.ways) == 4
    for look in ("training", "training_before"):
        assert rows.at[look, "estimators"] == "within;fractional_logit"
        way = ("plain" if look == "training" else look, "fractional_logit", "log_odds")
        logit, (estimate, se, dof) = fits[look].logit, training.ways[way]
        assert (estimate, se**2) == pytest.approx((logit.coefficients[0], logit.coefficient_variance[0, 0]))
        assert dof == len(logit.clusters) - 1
        # Its average partial effect, in points, has the sign of its coefficient.
        assert np.sign(logit.estimates[0]) == np.sign(estimate)
    years = training.effects.set_index("way")["years"]
    assert set(years["training_before"]) == {"2010–2014"} and set(years["plain"]) == {"2008–2016"}
    assert [one.name for one in lever_of.values() if one.lacking] == []
    # With other declarations there are others: none of them is built in.
    mine = replace(known, drivers=known.drivers.assign(estimators="first_differences;within", step=0.1))
    mine = replace(mine, drivers=mine.drivers[mine.drivers["driver"] != "training_before"])
    ways = {lever.name: lever.ways for lever in levers.levers(mine, place=PLACE)}["training"]
    assert {way.estimator for way in ways} == {"within", "first_differences"} and len(ways) == 6


def test_fits_that_were_made_already_change_nothing(known, lever_of):
    for lever in levers.levers(known, place=PLACE):
        pd.testing.assert_frame_equal(lever.effects, lever_of[lever.name].effects, rtol=1e-9)


@pytest.mark.parametrize("horizon", [1, 2])
def test_credit_is_told_by_the_year_and_in_hindsight(known, facts, fits, horizon):
    lever = levers.levers(known, place=PLACE, later=facts, fits=fits, horizon=horizon)[-1]
    table = credit.credit_study(facts).table
    rows = table[table["driver"] == "credit_vnd_m_pc"].set_index(["controls", "scale"])
    for way, controls in (("plain", ""), ("same_start", "poor_multidim_pct")):
        for scale in ("points", "log_odds"):
            row = rows.loc[controls, scale]
            estimate, se, dof = lever.ways[way, "within", scale]
            assert (3 * estimate, 3 * se) == pytest.approx((row.estimate * horizon, row.se * horizon))
            assert dof == row.n - 1
    assert (
        lever.later and lever.evidence == "cross_section" and lever.effects["years"].unique() == ["2018–2021"]
    )


def test_credit_needs_the_change_that_followed(known, facts, fits):
    names = [lever.name for lever in levers.levers(known, place=PLACE, fits=fits)]
    assert names == ["training", "programmes"]
    (own,) = [lever for lever in levers.levers(facts, place=PLACE, fits=fits) if lever.name == "credit"]
    assert not own.later


def test_the_departures_are_counted_from_the_figures(known, lever_of):
    panel = known.panel(["trained_pct"]).pivot(index="place", columns="year", values="trained_pct")
    departures = []
    for year in range(2009, 2019):
        if year == 2015:  # re-based
            continue
        change = (panel[year] - panel[year - 1]).dropna()
        departures += (change - change.mean()).tolist()
    lever = lever_of["training"]
    assert lever.seen == pytest.approx((min(departures), max(departures)), rel=1e-12)
    assert lever.usual == pytest.approx(tuple(np.quantile(departures, [0.05, 0.95])), rel=1e-12)
    assert len(departures) == 63 * 9 and lever.latest == (17.7, 2018)

    money = known.panel(["ntp_transfer_pc_vnd_k"], years=(2013, 2016)).set_index(["place", "year"])
    money = money["ntp_transfer_pc_vnd_k"]
    logs = np.log(money[money > 0]).unstack()
    departures = []
    for year in (2014, 2015, 2016):
        change = (logs[year] - logs[year - 1]).dropna()
        departures += (change - change.mean()).tolist()
    lever = lever_of["programmes"]
    assert np.log(lever.seen) == pytest.approx([min(departures), max(departures)], rel=1e-9)
    every = known.panel(["ntp_transfer_pc_vnd_k"], standard="any")["ntp_transfer_pc_vnd_k"]
    assert lever.levels == (every.min(), every.max()) and every.max() > money.max()

    heads = credit.credit_near(known, "2018-12-31").set_index("place")["credit_vnd_m_pc"]
    assert lever_of["credit"].latest == (pytest.approx(heads[PLACE]), 2018)


def test_where_a_place_stands_has_been_seen(known, fits):
    # Cao Bằng's last figure is the highest of all.
    (lever,) = [one for one in levers.levers(known, place="Cao Bằng", fits=fits) if one.name == "programmes"]
    assert lever.latest[0] == lever.levels[1] and lever.within[1] == 1.0
    assert not lever.unseen(0.95) and lever.unseen(1.05)


def test_a_lever_whose_error_has_no_variance_is_none(known, fits):
    def few(names):
        return {
            name: replace(fit, table=fit.table.assign(places=3)) if name in names else fit
            for name, fit in fits.items()
        }

    every = levers.levers(known, place="bac kan", fits=few(["training"]))
    assert [lever.name for lever in every] == ["programmes"]
    training, _ = levers.levers(known, place="bac kan", fits=few(["training_before"]))
    looks = {way.look for way in training.ways}
    assert looks == {"plain", "same_start"} and {way.look for way in training.lacking} == {"training_before"}


def test_a_figure_of_nought_is_moved_by_no_factor(known, fits):
    names = [lever.name for lever in levers.levers(known, place="Hà Nội", fits=fits)]
    assert names == ["training"]


def test_without_fits_and_with_few_departures_there_is_no_lever(known, fits, monkeypatch):
    assert levers.levers(known, place=PLACE, fits={}) == ()
    (alone,) = levers.levers(known, place=PLACE, fits={"training": fits["training"]})
    assert {way.look for way in alone.ways} == {"plain"} and len(alone.lacking) == 3 + 2
    monkeypatch.setattr(levers, "FEWEST", 10_000)
    assert levers.levers(known, place=PLACE, fits=fits) == ()


def test_an_unknown_place_is_refused(known, fits):
    with pytest.raises(LookupError, match="Bac Kam"):
        levers.levers(known, place="Bac Kam", fits=fits)
