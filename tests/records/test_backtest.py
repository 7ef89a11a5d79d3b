"""Rolling origins: no forecast sees its outcome, the scores are the forecasts' own, losses are counted."""

import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.peers import fit_peers, fitted_peers
from povertystats.records import baselines
from povertystats.records.backtest import backtest
from povertystats.records.baselines import METHODS

OWN = ("log_odds", "points")


def panel(places=12, years=range(2008, 2018), seed=4, name="rate_pct"):
    """Random walks with drift on the log-odds scale, one a place."""
    rng = np.random.default_rng(seed)
    rows = []
    for g in range(places):
        z = rng.normal(-1.5, 0.5) + np.cumsum(rng.normal(-0.12, 0.06, len(years)))
        rows += [(f"P{g:02}", year, rate) for year, rate in zip(years, 100 * expit(z), strict=True)]
    return pd.DataFrame(rows, columns=["place", "year", name])


PANEL = panel()
# The newer indicator is observed from 2013 on: at the first origins with two figures its peers lack it.
TWO = PANEL.merge(panel(10, range(2013, 2018), 6, "new_pct"), on=["place", "year"], how="outer")


@cache
def whole():
    return backtest(TWO)


def case(record, **wanted):
    rows = record.forecasts
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    (row,) = rows.to_dict("records")
    return row


def test_each_forecast_is_made_from_what_stood_at_its_origin():
    record = backtest(PANEL, horizons=(1, 3), methods=["log_odds"])
    row = case(record, place="P05", origin=2013, horizon=3, method="log_odds")
    rates = PANEL[PANEL["place"] == "P05"].set_index("year")["rate_pct"]
    made = forecast(rates.loc[:2013], horizon=3)
    assert (row["year"], row["n_points"], row["observed"]) == (2016, 6, rates[2016])
    assert row["median"] == pytest.approx(made.level_at(0.5))
    assert (row["low80"], row["high80"]) == pytest.approx(made.interval(0.80))
    assert row["crps"] == pytest.approx(made.predictive.crps(rates[2016]))
    assert row["error"] == pytest.approx(rates[2016] - made.level_at(0.5))
    assert row["covered80"] == (made.interval(0.80)[0] <= rates[2016] <= made.interval(0.80)[1])


@pytest.mark.parametrize(("method", "scale"), [("pooled", "log_odds"), ("pooled_points", "points")])
@pytest.mark.parametrize(("indicator", "origin"), [("rate_pct", 2012), ("new_pct", 2014), ("new_pct", 2016)])
def test_a_pooled_forecast_is_that_of_the_peers_up_to_the_origin(method, scale, indicator, origin):
    row = case(whole(), place="P03", indicator=indicator, origin=origin, method=method)
    past = TWO[TWO["year"] <= origin]
    own = past[past["place"] == "P03"].dropna(subset=[indicator])
    series = Observed(own["year"].to_numpy(), own[indicator].to_numpy(), "P03", indicator, indicator)
    made = forecast(series, peers=fit_peers(past, ["rate_pct", "new_pct"], scale=scale), scale=scale)
    assert row["n_points"] == len(own)
    assert (row["low95"], row["high95"]) == pytest.approx(made.interval(0.95), rel=1e-9)
    bound = 0.9 * own[indicator].iloc[-1]
    assert row["probability"] == pytest.approx(made.probability(at_most=bound), rel=1e-9)
    assert row["met"] == (row["observed"] <= bound)


def test_later_figures_change_no_earlier_forecast():
    figures = ["rate_pct", "new_pct"]
    changed = TWO.assign(**{name: TWO[name].where(TWO["year"] <= 2015, 50.0) for name in figures})
    columns = ["indicator", "place", "origin", "method", "horizon", "median", "low95", "high95"]
    early = [
        made.forecasts.query("origin <= 2015")[columns] for made in (whole(), backtest(changed, units="pct"))
    ]
    assert set(early[0]["method"]) == {
        "pooled",
        "pooled_points",
        "log_odds",
        "points",
        "climatology",
        "naive",
    }
    pd.testing.assert_frame_equal(*early)


def test_the_event_is_a_fall_of_a_tenth_for_each_year_ahead():
    made = backtest(PANEL, horizons=(1, 2), methods=["traffic_light", "points"]).forecasts
    rates = PANEL.set_index(["place", "year"])["rate_pct"]
    last = rates.loc[pd.MultiIndex.from_frame(made[["place", "origin"]])].to_numpy()
    np.testing.assert_array_equal(made["met"], made["observed"] <= 0.9 ** made["horizon"] * last)
    assert 0.2 < made["met"].mean() < 0.8
    right = np.where(made["met"] == 1, made["probability"], 1 - made["probability"])
    np.testing.assert_allclose(made["log_score"], -np.log(right))
    np.testing.assert_allclose(made["brier"], (made["probability"] - made["met"]) ** 2)
    light = made[made["method"] == "traffic_light"]
    assert set(light["probability"].round(2)) == {0.01, 0.99} and light["crps"].isna().all()


@pytest.mark.parametrize("method", ["ets", "arima", "components", "traffic_light", "naive"])
def test_a_baseline_is_asked_with_the_figures_so_far(method):
    few = PANEL[PANEL["place"].isin(["P00", "P02"])]
    record = backtest(few, methods=[method], since=2015, min_points=8, horizons=(1, 2))
    rates = PANEL[(PANEL["place"] == "P02") & (PANEL["year"] <= 2015)]
    so_far = Observed(rates["year"].to_numpy(), rates["rate_pct"].to_numpy())
    try:
        said = getattr(baselines, method)(so_far, 2)[1]
    except ps.ForecastError as error:
        lost = record.left_out.query("place == 'P02' and origin == 2015 and method == @method")
        assert lost["reason"].tolist() == [*error.reasons] * 2
        return
    row = case(record, place="P02", origin=2015, horizon=2, method=method)
    if method == "traffic_light":
        assert row["probability"] == said
    else:
        assert (row["low95"], row["high95"]) == pytest.approx(said.interval(0.95))


def test_origins_horizons_and_methods_are_those_asked_for():
    record = backtest(PANEL, "rate_pct", horizons=(1, 2), min_points=5, methods=("points",), since=2014)
    made = record.forecasts
    assert record.indicators == ("rate_pct",)
    assert set(made["method"]) == {"points", "naive"}
    assert set(zip(made["origin"], made["year"], strict=True)) == {
        (2014, 2015), (2014, 2016), (2015, 2016), (2015, 2017), (2016, 2017)
    }  # fmt: skip
    assert backtest(PANEL, min_points=5, methods=OWN).forecasts["origin"].min() == 2012
    assert record.left_out.empty


def test_the_drift_covers_and_beats_no_change_where_it_is_the_truth():
    record = backtest(panel(150), min_points=4, methods=["log_odds"])
    row = record.table.query("method == 'log_odds'").iloc[0]
    assert row["n"] == 150 * 6
    assert 0.76 <= row["coverage80"] <= 0.84
    assert 0.46 <= row["coverage50"] <= 0.54
    assert row["skill"] > 0.3


def test_places_may_be_numbers():
    numbered = PANEL.assign(place=PANEL["place"].str[1:].astype(int))
    methods = ["log_odds", "points", "reference_class", "climatology"]
    both = [backtest(panel, methods=methods, since=2014).table for panel in (numbered, PANEL)]
    pd.testing.assert_frame_equal(*both)


def test_what_is_left_out_is_counted_with_its_reason():
    gaps = PANEL.set_index(["place", "year"])["rate_pct"].copy()
    gaps["P00", 2015] = np.nan
    gaps["P01", 2010] = 0.0
    gaps["P02"] = np.linspace(40, 22, 10)
    gaps = gaps.drop([("P03", year) for year in range(2008, 2013)])
    record = backtest(gaps.reset_index(), min_points=4, methods=("pooled", *OWN, "ets"))
    lost = record.left_out.groupby(["place", "method", "reason"]).size().to_dict()
    every = ("pooled", *OWN, "ets", "naive")
    # Origins 2011-2016: P00 lacks an outcome and an origin; P03 has four figures from 2016 on. The last origin
    # of P00 comes after its gap.
    expected = {
        **{("P00", method, "no_figure"): 2 for method in every},
        ("P00", "ets", "gaps"): 1,
        **{("P01", method, "no_log_odds"): 6 for method in ("pooled", "log_odds", "ets")},
        ("P02", "points", "even_steps"): 6,
        **{("P03", method, "no_figure"): 2 for method in every},
        **{("P03", method, "too_few"): 3 for method in every},
    }
    assert {key: n for key, n in lost.items() if key[2] != "no_fit"} == expected
    made = record.forecasts.groupby(["place", "method"]).size()
    assert made["P01", "points"] == made["P02", "log_odds"] == 6 and made["P03", "naive"] == 1
    cases = len(record.forecasts) + len(record.left_out)
    assert cases == 12 * 6 * 5
    text = {lang: record.text(lang) for lang in ("vi", "en")}
    assert "with a figure of 0% or 100%: 6 of the forecasts, from 1 of the places" in text["en"]
    assert "Không lập được 3 dự báo của 1 địa phương (ở ít nhất một phương pháp) vì có quá ít" in text["vi"]


def test_without_enough_peers_the_other_methods_are_judged():
    record = backtest(PANEL[PANEL["place"] == "P00"])
    assert set(record.forecasts["method"]) == {"log_odds", "points", "naive"}
    lost = record.left_out.query("method == 'pooled'")
    assert set(lost["reason"]) == {"no_peers"}
    assert "too few other places" in record.text("en") and "chưa đủ địa phương khác" in record.text("vi")


def test_the_provinces_are_done_in_seconds_and_reproduce_the_reference():
    provinces = ps.load_facts().panel(["poor_income_pct"], standard="any")
    mae = backtest(provinces, min_points=4, methods=OWN).table.set_index("method")
    assert mae["origins"].tolist() == [4, 4, 4]
    assert mae.at["log_odds", "mae"] == pytest.approx(1.08, abs=0.01)
    assert mae.at["naive", "mae"] == pytest.approx(1.74, abs=0.03)


def test_on_the_provinces_pooling_is_calibrated_and_beats_the_rest():
    provinces = (
        ps.load_facts().peers("poor_household_pct").filter(regex="^(place|year|poor_(income|multidim))")
    )
    start = time.process_time()
    record = backtest(provinces, since=2013)
    assert time.process_time() - start < 10
    pooled = record.table.set_index("method").loc["pooled"]
    assert pooled["n"] > 400 and pooled["origins"] == 7
    assert 0.72 <= pooled["coverage80"] <= 0.88
    assert pooled["skill"] >= 0.55 and pooled["skill_low"] > 0.4
    shared = record.shared.forecasts.groupby("method")["crps"]
    assert shared.mean().idxmin() == "pooled"


@pytest.mark.parametrize(
    ("name", "since"),
    [("us_poverty_1985", 1996), ("michigan_dropout_1992", 1995)],
)
def test_on_rates_that_rise_and_fall_the_record_stands_beside_no_change(name, since):
    wide = pd.read_csv(Path(__file__).parents[1] / "foreign" / f"{name}.csv", index_col="place")
    rates = wide.rename_axis(columns="year").stack().rename("rate_pct").reset_index().astype({"year": int})
    record = backtest(
        rates, methods=("pooled", "log_odds", "climatology"), since=since, min_points=3, units="pct"
    )
    table = record.table.set_index("method")
    assert record.smooth.table["rises"].item() > 100 < record.smooth.table["falls"].item()
    assert table.at["pooled", "crps"] < table.at["log_odds", "crps"] and table.at["pooled", "skill"] > -0.02
    assert 0.65 < table.at["pooled", "coverage80"] < 0.92
    better = table.at["pooled", "skill"] >= 0
    assert ("lower (better)" if better else "higher (worse)") in record.text("en")


def test_every_problem_is_named_at_once():
    bad = pd.concat([PANEL, PANEL.head(1)]).assign(year=lambda p: p["year"] + 0.5)
    bad.iloc[3, 2] = 120.0
    with pytest.raises(
        ValueError, match="field rate_pct: '120.0 .*expected a percentage between 0 and 100"
    ) as caught:
        backtest(bad, horizons=(0,), min_points=0, methods=("logit",), since="2014")
    for fault in (
        "field year: '2008.5', '2009.5'",
        "horizons is 0; expected a whole number, 1 or more",
        "min_points is 0",
        "methods must be chosen from pooled, pooled_points, pooled_apart, log_odds",
        "'2014'",
    ):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            {"indicators": "poor_pct"},
            "field poor_pct: no such column; did you mean rate_pct|field poor_pct: no such column; there are place, year, rate_pct",
        ),
        ({"indicators": ["rate_pct", "rate_pct"]}, "indicators must be unique"),
        ({"indicators": []}, "indicators must be unique, one or more"),
        ({"horizons": (1, 1)}, "unique"),
        ({"horizons": ()}, "horizons must be years ahead"),
        ({"methods": "points"}, "methods must be chosen"),
        ({"methods": ()}, "methods must be chosen"),
        ({"min_points": 10}, "rate_pct can be judged: no place has 10 figures"),
        ({"since": 2030}, "can be judged"),
    ],
)
def test_bad_options_are_refused(change, fault):
    with pytest.raises(ValueError, match=fault):
        backtest(PANEL, **change)


def test_a_word_is_no_figure():
    words = PANEL.astype({"rate_pct": object})
    words.iloc[0, 2] = "many"
    with pytest.raises(ValueError, match="row 0, field rate_pct: 'many .P00 2008.'"):
        backtest(words)


def test_every_method_has_its_place_in_the_telling():
    record = backtest(PANEL[PANEL["place"] < "P04"], methods=METHODS, since=2014, min_points=6)
    assert record.table["method"].tolist() == [*METHODS]


def test_peers_apart_are_of_another_instrument_and_come_a_year_later():
    row = case(backtest(PANEL, methods=("pooled_apart",)), place="P05", origin=2014, method="pooled_apart")
    rates = PANEL[PANEL["place"] == "P05"].set_index("year")["rate_pct"]
    foreign = rates.loc[:2014].rename("another instrument")
    # Of another instrument, nothing is told by level.
    made = forecast(
        foreign, peers=fitted_peers(PANEL[PANEL["year"] <= 2013], ["rate_pct"], "log_odds", tilts=False)
    )
    assert row["observed"] == rates[2015] and row["median"] == pytest.approx(made.level_at(0.5), rel=1e-9)
    assert [row["low80"], row["high80"]] == pytest.approx(made.interval(0.80), rel=1e-9)
