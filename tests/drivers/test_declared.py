"""The models of the declared drivers are those of their panels, and none where the figures carry none."""

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.drivers import declared

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.mark.parametrize(
    ("name", "driver", "term", "years"),
    [
        ("training", "trained_pct", "trained_pct", None),
        ("training_before", "trained_pct", "trained_pct", (2010, 2014)),
        ("programmes", "ntp_transfer_pc_vnd_k", "log(ntp_transfer_pc_vnd_k)", (2013, 2016)),
        ("programmes_kept", "ntp_transfer_pc_vnd_k", "log1p(ntp_transfer_pc_vnd_k)", (2013, 2016)),
    ],
)
def test_the_fits_are_those_of_the_panels(known, fits, name, driver, term, years):
    assert len(fits) == 6
    panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
    estimators = ["within"] if name == "programmes_kept" else ["within", "fractional_logit"]
    direct = ps.fit_drivers(panel, "poor_income_pct", [term], estimators=estimators)
    pd.testing.assert_frame_equal(fits[name].table, direct.table)


def test_every_way_is_on_one_poverty_line_by_every_estimator(known):
    ways = declared.every_way(known, "training").table
    panel = known.panel(["poor_income_pct", "trained_pct"], years=(2010, 2016), standard="any")
    direct = ps.fit_drivers(panel, "poor_income_pct", ["trained_pct"], draws=0).table
    assert len(ways) == 13 and set(ways["years"]) == {"2010–2016", "2012–2016"}
    within = ways[(ways["estimator"] == "within") & (ways["scale"] != "log")]
    np.testing.assert_allclose(within["estimate"], direct["estimate"], rtol=1e-12)


def test_an_estimator_that_the_years_do_not_carry_leaves_the_others(facts):
    ways = declared.every_way(facts.as_of("2013-05-07"), "training").table
    assert set(ways["estimator"]) == {"between"}


def test_the_initial_rate_is_held_over_the_years(known, fits):
    panel, term = declared.driver_panel(known, "programmes")
    rates = (
        panel.dropna(subset=["poor_income_pct"])
        .sort_values("year")
        .groupby("place")["poor_income_pct"]
        .first()
    )
    start = panel["place"].map(rates) * (panel["year"] - 2013)
    direct = ps.fit_drivers(panel.assign(start=start), "poor_income_pct", [term], controls=["start"], draws=0)
    np.testing.assert_allclose(
        fits["programmes_start"].table["estimate"], direct.table["estimate"], rtol=1e-9
    )
    assert not fits["programmes_start"].clear.any() and fits["programmes"].clear.iloc[0]


def test_the_curves_are_those_of_the_declared_questions(known):
    found = declared.curves(known)
    assert list(found) == ["training", "programmes"]
    for question, curve in found.items():
        assert curve.question.name == question and len(curve.fitted) > 100


def test_the_timing_is_tested_on_the_panel_of_the_fit(known):
    panel, term = declared.driver_panel(known, "programmes")
    direct = ps.placebo(panel, declared.OUTCOME, [term])
    pd.testing.assert_frame_equal(declared.timing(known, "programmes").table, direct.table)


def test_the_hidden_variable_is_compared_with_the_urban_share(known):
    found = declared.hidden(known, "training", "log_odds")
    panel = known.panel(["poor_income_pct", "trained_pct", "urban_pct"], standard="any")
    fit = ps.fit_drivers(
        panel, "poor_income_pct", ["trained_pct"], controls=["urban_pct"], scales=["log_odds"], draws=0
    )
    assert found.table["estimate"][0] == pytest.approx(fit.table["estimate"][0], rel=1e-12)
    assert found.bounds["benchmark"].unique().tolist() == ["urban_pct"]
