"""The drift against weighted least squares and simulation, the pool by its peers; what they say and refuse."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit, logit

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.forecast import ForecastError
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import to_scale
from povertystats.words.wording import say

RATES = pd.Series(
    {2015: 29.40, 2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57}, name="poor_household_pct"
)
GAPS = pd.Series({2006: 41.0, 2008: 37.1, 2010: 32.1, 2012: 29.5, 2013: 26.0, 2016: 21.3})


@pytest.mark.parametrize("scale", ["log_odds", "points"])
@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("rates", [RATES, GAPS], ids=["annual", "gaps"])
def test_the_predictive_is_that_of_weighted_least_squares(rates, horizon, scale):
    z = to_scale(rates.to_numpy(), scale)
    gap = np.diff(rates.index)
    fit = sm.OLS(np.diff(z) / np.sqrt(gap), np.sqrt(gap)).fit()
    ahead = fit.get_prediction([[np.sqrt(horizon)]])
    # The prediction is that of the increment over √h; its own deviation has variance σ².
    spread = np.sqrt(horizon * (ahead.var_pred_mean + fit.scale))
    made = forecast(rates, horizon=horizon, scale=scale).predictive
    assert made.df == fit.df_resid
    assert made.location == pytest.approx(z[-1] + horizon * fit.params[0], rel=1e-12)
    assert made.scale == pytest.approx(spread, rel=1e-10)


def test_for_even_gaps_the_spread_has_its_closed_form():
    steps = np.diff(logit(RATES.to_numpy() / 100))
    m = len(steps)
    for h, made in enumerate(forecast(RATES, horizon=4).path, start=1):
        assert made.scale == pytest.approx(steps.std(ddof=1) * np.sqrt(h * (1 + h / m)), rel=1e-12)


@pytest.mark.parametrize(
    ("scale", "median", "by_two", "by_two_and_a_half"),
    [("log_odds", 17.54, 0.54, 0.09), ("points", 17.11, 0.85, 0.46)],
)
def test_bac_kan_in_2020(scale, median, by_two, by_two_and_a_half):
    ahead = forecast(RATES, scale=scale)
    assert ahead.year == 2020
    assert ahead.level_at(0.5) == pytest.approx(median, abs=0.005)
    assert ahead.probability(at_most=17.57) == pytest.approx(by_two, abs=0.005)
    assert ahead.probability(at_most=17.07) == pytest.approx(by_two_and_a_half, abs=0.005)
    assert ahead.probability(change_at_most=-2.0) == pytest.approx(ahead.probability(at_most=17.57), abs=1e-9)
    assert 0 < ahead.probability(at_most=2.5) < 0.01


def test_probabilities_are_those_of_scipys_student_t():
    steps = np.diff(RATES.to_numpy())
    t = stats.t(3, 19.57 + steps.mean(), steps.std(ddof=1) * np.sqrt(1.25))
    ahead = forecast(RATES, scale="points")
    assert ahead.probability(at_least=17.0) == pytest.approx(t.sf(17.0), rel=1e-9)
    assert ahead.interval(0.95) == pytest.approx(t.interval(0.95), rel=1e-9)
    assert ahead.sample(5, seed=1).tolist() == ahead.predictive.sample(5, seed=1).tolist()


def test_the_facts_and_a_plain_series_give_the_same_forecast():
    series = ps.load_facts().as_of("2020-05-07").series("poor_household_pct", place="Bắc Kạn")
    ahead = ps.forecast(series)
    pd.testing.assert_frame_equal(ahead.table, forecast(RATES).table)
    assert (ahead.series.place, ahead.series.indicator) == ("Bắc Kạn", "poor_household_pct")


def test_the_table_has_each_year_up_to_the_horizon():
    ahead = forecast(RATES, horizon=3)
    table = ahead.table
    assert table.columns.tolist() == ["year", "median", "low80", "high80", "low95", "high95"]
    assert table["year"].tolist() == [2020, 2021, 2022] and ahead.year == 2022 and ahead.horizon == 3
    assert tuple(table.loc[2, ["low95", "high95"]]) == ahead.interval(0.95)
    for end in ("low95", "low80", "median", "high80", "high95"):
        assert table[end].tolist() == [forecast(RATES, horizon=h).table[end].iloc[-1] for h in (1, 2, 3)]
    assert (np.diff(table[["low95", "low80", "median", "high80", "high95"]], axis=1) > 0).all()
    assert (np.diff(table["high80"] - table["low80"]) > 0).all()


def test_the_pace_is_the_mean_step():
    points, odds = forecast(RATES, scale="points").pace, forecast(RATES).pace
    assert points["step"] == points["step_pp"] == pytest.approx((19.57 - 29.40) / 4)
    assert odds["step"] == pytest.approx((logit(0.1957) - logit(0.2940)) / 4)
    assert odds["step_pp"] == pytest.approx(-2.03, abs=0.005)


@pytest.mark.parametrize("last", [0.0, 100.0])
def test_a_step_past_the_edge_is_told_as_it_is(last):
    falling = np.array([3.0, 2.0, 1.2, 0.5, 0.0])
    rates = pd.Series(falling if last == 0 else 100 - falling, index=range(2015, 2020))
    ahead, step = forecast(rates, scale="points"), -0.75 if last == 0 else 0.75
    assert ahead.pace == {"step": pytest.approx(step), "step_pp": pytest.approx(step)}
    assert ahead.level_at(0.5) == last
    for lang in ("en", "vi"):
        said = ahead.text(lang)
        assert say("forecast.step.points", lang, step_pp=step) in said
        assert say("forecast.edge", lang, edge=last, year=2020) in said
        assert say("forecast.edge", lang, edge=0, year=2020) not in forecast(RATES, scale="points").text(lang)


@pytest.mark.parametrize("n", [5, 8])
def test_simulated_intervals_cover_what_they_promise(n):
    rng = np.random.default_rng(20200507)
    held = []
    for _ in range(2_000):
        drift, sigma = rng.normal(-0.1, 0.05), rng.uniform(0.02, 0.2)
        paths = 100 * expit(-1.0 + np.cumsum(rng.normal(drift, sigma, n + 2)))
        ahead = forecast(Observed(np.arange(2010, 2010 + n), paths[:n]), horizon=2)
        # Within the interval of 80 %, and quicker.
        held.append(0.1 <= ahead.probability(at_most=paths[-1]) <= 0.9)
    assert 0.78 <= np.mean(held) <= 0.82


def test_three_figures_are_enough_and_are_said_to_be_few():
    few, more = forecast(RATES[:3]), forecast(RATES)
    assert few.predictive.df == 1
    assert "fewest possible" in few.text("en") and "ít nhất" in few.text("vi")
    assert "fewest" not in more.text("en")


def test_text_in_both_languages():
    names = {"vi": "tỷ lệ hộ nghèo", "en": "the rate of poor households"}
    vi, en = (
        forecast(RATES).text(lang, labels={"poor_household_pct": name}).splitlines()
        for lang, name in names.items()
    )
    assert vi[0] == (
        "Theo xu hướng 2015–2019 (5 số liệu), tỷ lệ hộ nghèo năm 2020 vào khoảng 17,5% "
        "(khoảng dự báo 80%: từ 17,1% đến 18,0%)."
    )
    assert en[0] == (
        "By the trend of 2015–2019 (5 figures), the rate of poor households in 2020 is about 17.5% "
        "(80% interval: 17.1% to 18.0%)."
    )
    assert "−0,134" in vi[1] and "−2,03 điểm phần trăm" in vi[1]
    assert "−0.134" in en[1] and "−2.03 percentage points" in en[1]
    points = forecast(RATES, scale="points")
    assert "−2,46 điểm phần trăm" in points.text("vi") and "−2.46 percentage points" in points.text("en")


def test_text_names_the_place_and_takes_labels():
    series = ps.load_facts().series("poor_income_pct", place="Lai Châu")
    assert "poor_income_pct của Lai Châu năm" in forecast(series).text("vi")
    assert "income poverty in Lai Châu in" in forecast(series).text(
        "en", labels={"poor_income_pct": "income poverty"}
    )
    assert "the rate in 2020" in forecast(RATES.rename(None)).text("en")
    with pytest.raises(ValueError, match="language 'fr'"):
        forecast(RATES).text("fr")


def test_every_problem_is_named_at_once():
    bad = pd.Series([0.0, 120.0], index=[2016, 2015], name="rate_pct")
    with pytest.raises(ForecastError, match="^rate_pct:\n") as caught:
        forecast(bad, horizon=0, scale="logit")
    for fault in (
        "horizon is 0",
        "'logit'",
        r"[2016, 2015]",
        "those of 2015",
        "at least 3 figures, there are 2",
    ):
        assert fault in str(caught.value)
    assert caught.value.reasons == ("bad_input", "too_few")


@pytest.mark.parametrize(
    ("rates", "reason", "fault"),
    [
        (RATES[:2], "too_few", "there are 2"),
        (RATES[:0], "too_few", "there are 0"),
        (RATES.replace({21.88: 0.0, 19.57: 100.0}), "no_log_odds", "figures of 2018, 2019"),
        (RATES.replace({21.88: np.nan}), "bad_input", "those of 2018"),
        (RATES.rename({2019: 2018}), "bad_input", "ascend and be unique"),
        (RATES.rename({2019: 2019.5}), "bad_input", "whole numbers"),
        (RATES * 0 + 12.0, "even_steps", "every step is the same"),
        (
            pd.Series(100 * expit(np.linspace(-1, -2, 6)), index=range(2010, 2016)),
            "even_steps",
            "-0.2 a year, log_odds",
        ),
    ],
)
def test_a_series_that_cannot_be_forecast_says_why(rates, reason, fault):
    with pytest.raises(ForecastError, match=fault) as caught:
        forecast(rates)
    assert caught.value.reasons == (reason,)


def test_even_steps_with_rounding_are_refused_on_their_scale_alone():
    rates = pd.Series([20.1, 18.1, 16.1, 14.1], index=range(2015, 2019))
    with pytest.raises(ForecastError, match="-2 a year, points"):
        forecast(rates, scale="points")
    assert forecast(rates).interval()[0] > 0


def test_zeros_are_fine_in_points():
    rates = pd.Series([1.2, 0.7, 0.4, 0.0], index=range(2015, 2019))
    ahead = forecast(rates, scale="points")
    assert ahead.interval()[0] == 0
    assert 0 < ahead.probability(at_least=0.5) < 0.5


@pytest.mark.parametrize("horizon", [1.0, True, "1", -1])
def test_the_horizon_is_a_whole_number_of_years(horizon):
    with pytest.raises(ValueError, match="horizon is .*; expected a whole number, 1 or more"):
        forecast(RATES, horizon=horizon)


def test_other_kinds_and_units_are_refused():
    with pytest.raises(TypeError, match="got list"):
        forecast([29.4, 26.6, 24.5])
    with pytest.raises(TypeError, match="figures in percent"):
        forecast(pd.Series(["a", "b", "c"], index=[1, 2, 3]))
    series = ps.load_facts().series("poor_income_pct", place="Lai Châu")
    with pytest.raises(ForecastError, match="got schools"):
        forecast(dataclasses.replace(series, unit="schools"))


def test_whole_years_may_come_as_floats():
    pd.testing.assert_frame_equal(
        forecast(RATES.set_axis(RATES.index.astype(float))).table, forecast(RATES).table
    )


@pytest.fixture(scope="module")
def panel():
    return ps.load_facts().as_of("2020-05-07").peers("poor_household_pct")


@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_a_panel_and_its_fitted_peers_give_the_same_forecast(panel, scale):
    fitted = fit_peers(panel, scale=scale)
    one, other = (forecast(RATES, horizon=3, scale=scale, peers=peers) for peers in (panel, fitted))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.shared == other.shared and len(one.shared) == one.horizon == 3
    assert other.peers is fitted and one.peers.used == fitted.used
    assert one.year == 2022 and one.table["year"].tolist() == [2020, 2021, 2022]
    assert all(0 < share < 1 for share in one.shared)
    pd.testing.assert_frame_equal(forecast(RATES, scale=scale, peers=fitted).table, one.table[:1])


def test_without_peers_nothing_is_shared():
    alone = forecast(RATES)
    assert alone.peers is None and alone.shared == ()


def test_a_series_of_the_facts_finds_its_own_indicator_among_the_peers(panel):
    known = ps.load_facts().as_of("2020-05-07")
    series = known.series("poor_income_pct", place="Lai Châu")
    assert series.basis == "poor_income_pct@income_2011_2015" and series.basis in panel
    plain = pd.Series(series.values, index=series.years, name=series.basis)
    ahead = forecast(series, peers=panel)
    assert ahead.series.basis == series.basis
    pd.testing.assert_frame_equal(ahead.table, forecast(plain, peers=panel).table)
    # An indicator that the peers do not have starts from its own level, and knows less of the shared path.
    other = forecast(plain.rename("another_pct"), peers=panel)
    assert other.interval() != ahead.interval()


def test_peers_narrow_what_few_uneven_figures_leave_open(panel):
    uneven = pd.Series({2017: 25.0, 2018: 21.0, 2019: 19.57})
    own, pooled = forecast(uneven), forecast(uneven, peers=panel)
    width = [high - low for low, high in (own.interval(0.95), pooled.interval(0.95))]
    assert width[1] < width[0]
    assert pooled.predictive.df.min() > own.predictive.df[0]


@pytest.mark.parametrize("n", [1, 2])
def test_with_peers_one_figure_is_enough(panel, n):
    ahead = forecast(RATES[-n:], peers=panel)
    low, high = ahead.interval(0.80)
    assert low < ahead.level_at(0.5) < 19.57 < high + 2
    assert ahead.pace["step_pp"] == pytest.approx(ahead.level_at(0.5) - 19.57, abs=1e-9)
    with pytest.raises(ForecastError, match="at least 3 figures"):
        forecast(RATES[-n:])


def test_with_peers_a_flat_series_has_a_spread(panel):
    flat = RATES * 0 + 12.0
    low, high = forecast(flat, peers=panel).interval(0.80)
    assert low < 12 < high
    assert 0 < forecast(flat, peers=panel).probability(change_at_most=-1.0) < 0.5


@pytest.mark.parametrize(
    ("rates", "options", "reasons", "fault"),
    [
        (RATES, {"scale": "points"}, ("bad_input",), "peers are on the scale log_odds, not points"),
        (RATES[:0], {}, ("too_few",), "there are 0"),
        (RATES.replace({19.57: 0.0}), {}, ("no_log_odds",), "figures of 2019"),
        (RATES.replace({19.57: np.nan}), {}, ("bad_input",), "those of 2019"),
        (RATES[::-1], {"horizon": 0}, ("bad_input",), "horizon is 0"),
    ],
)
def test_with_peers_a_series_that_cannot_be_forecast_says_why(panel, rates, options, reasons, fault):
    with pytest.raises(ForecastError, match=fault) as caught:
        forecast(rates, peers=fit_peers(panel), **options)
    assert set(reasons) <= set(caught.value.reasons)


def test_peers_that_cannot_be_used_are_one_reason_among_all(panel):
    nobody = panel[panel["place"] == "Lai Châu"]
    with pytest.raises(ForecastError, match="(?s)3 or more peers.*there are 0") as caught:
        forecast(RATES[:0], peers=nobody)
    assert caught.value.reasons[0] == "no_peers" and "too_few" in caught.value.reasons
    with pytest.raises(
        ForecastError,
        match="(?s)field year: no such column.*field place: no such column",
    ) as caught:
        forecast(RATES, peers=RATES.to_frame())
    assert caught.value.reasons == ("no_peers",)


def test_a_forecast_is_shown_short(panel):
    pooled, own = forecast(RATES, peers=panel), forecast(RATES)
    head, *rows = repr(pooled).splitlines()
    low, high = pooled.interval(0.80)
    assert head.startswith(f"<Forecast> {RATES.name}, 2020: median {pooled.level_at(0.5):.1f}%, 80% interval")
    assert head.endswith(f"{low:.1f} to {high:.1f}%, {pooled.peers.used} peers") and len(rows) == 2
    assert repr(own).splitlines()[0].endswith("own trend") and "the rate" in repr(
        forecast(RATES.rename(None))
    )
    assert repr(pooled.predictive).startswith("<Predictive> median 1") and "array" not in repr(
        pooled.predictive
    )
    assert repr(pooled.peers) == f"<Peers> {pooled.peers.used} series of 3 indicators on log_odds, 8 left out"
    assert "<table" in pooled._repr_html_() and "median" in pooled.predictive._repr_html_()
