"""Rolling origins: no forecast sees its outcome, the scores are the forecasts' own, losses are counted."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import povertystats as ps
from povertystats.backtest import backtest
from povertystats.forecast import forecast
from povertystats.predictive import Predictive
from povertystats.wording import sentences


def panel(places=12, years=range(2008, 2018), seed=4):
    """Random walks with drift on the log-odds scale, one a place."""
    rng = np.random.default_rng(seed)
    rows = []
    for g in range(places):
        z = rng.normal(-1.5, 0.5) + np.cumsum(rng.normal(-0.12, 0.06, len(years)))
        rows += [(f"P{g:02}", year, rate) for year, rate in zip(years, 100 * expit(z), strict=True)]
    return pd.DataFrame(rows, columns=["place", "year", "rate_pct"])


PANEL = panel()


def test_each_forecast_is_made_from_what_stood_at_its_origin():
    record = backtest(PANEL, "rate_pct", horizons=(1, 3))
    row = record.forecasts.query(
        "place == 'P05' and origin == 2013 and horizon == 3 and method == 'log_odds'"
    ).iloc[0]
    rates = PANEL[PANEL["place"] == "P05"].set_index("year")["rate_pct"]
    made = forecast(rates.loc[:2013], horizon=3)
    assert (row["year"], row["n_points"], row["observed"]) == (2016, 6, rates[2016])
    assert row["median"] == pytest.approx(made.level_at(0.5))
    assert (row["low80"], row["high80"]) == pytest.approx(made.interval(0.80))
    assert row["crps"] == pytest.approx(made.predictive.crps(rates[2016]))
    assert row["error"] == pytest.approx(rates[2016] - made.level_at(0.5))
    assert row["covered80"] == (made.interval(0.80)[0] <= rates[2016] <= made.interval(0.80)[1])


def test_later_figures_change_no_earlier_forecast():
    changed = PANEL.assign(rate_pct=PANEL["rate_pct"].where(PANEL["year"] <= 2014, 50.0))
    columns = ["place", "origin", "method", "horizon", "median", "low95", "high95"]
    early = [backtest(p, "rate_pct").forecasts.query("origin <= 2014")[columns] for p in (PANEL, changed)]
    pd.testing.assert_frame_equal(*early)


def test_the_naive_forecast_is_a_random_walk_without_drift():
    record = backtest(PANEL, "rate_pct", horizons=(1, 2))
    row = record.forecasts.query(
        "place == 'P02' and origin == 2012 and horizon == 2 and method == 'naive'"
    ).iloc[0]
    rates = PANEL[(PANEL["place"] == "P02") & (PANEL["year"] <= 2012)]["rate_pct"].to_numpy()
    sigma = np.sqrt(np.mean(np.diff(rates) ** 2))
    expected = Predictive(1.0, len(rates) - 1, rates[-1], sigma * np.sqrt(2), "points")
    assert row["median"] == rates[-1]
    assert (row["low95"], row["high95"]) == pytest.approx(expected.interval(0.95))


def test_origins_horizons_and_methods_are_those_asked_for():
    record = backtest(PANEL, "rate_pct", horizons=(1, 2), min_points=5, scales=("points",), since=2014)
    made = record.forecasts
    assert set(made["method"]) == {"points", "naive"}
    assert set(zip(made["origin"], made["year"], strict=True)) == {
        (2014, 2015), (2014, 2016), (2015, 2016), (2015, 2017), (2016, 2017)
    }  # fmt: skip
    assert backtest(PANEL, "rate_pct", min_points=5).forecasts["origin"].min() == 2012
    assert record.left_out.empty


def test_the_tables_are_the_means_of_the_forecasts():
    record = backtest(PANEL, "rate_pct", horizons=(2, 1))
    assert record.table["method"].tolist() == ["log_odds", "points", "naive"] * 2
    assert record.table["horizon"].tolist() == [1] * 3 + [2] * 3
    made = record.forecasts.query("method == 'points' and horizon == 2")
    naive = record.forecasts.query("method == 'naive' and horizon == 2")
    row = record.table.query("method == 'points' and horizon == 2").iloc[0]
    assert (row["n"], row["places"], row["origins"]) == (12 * 5, 12, 5)
    assert row["mae"] == pytest.approx((made["observed"] - made["median"]).abs().mean())
    assert row["coverage50"] == pytest.approx(made["observed"].between(made["low50"], made["high50"]).mean())
    assert row["skill"] == pytest.approx(1 - made["crps"].mean() / naive["crps"].mean())
    assert (record.table.query("method == 'naive'")["skill"] == 0).all()
    one = record.by_year.query("method == 'points' and horizon == 2 and year == 2015").iloc[0]
    assert one["n"] == 12 and one["origins"] == 1
    assert one["crps"] == pytest.approx(made.query("year == 2015")["crps"].mean())


def test_the_drift_covers_and_beats_no_change_where_it_is_the_truth():
    row = backtest(panel(150), "rate_pct").table.query("method == 'log_odds'").iloc[0]
    assert row["n"] == 150 * 6
    assert 0.76 <= row["coverage80"] <= 0.84
    assert 0.46 <= row["coverage50"] <= 0.54
    assert row["skill"] > 0.3


def test_what_is_left_out_is_counted_with_its_reason():
    gaps = PANEL.set_index(["place", "year"])["rate_pct"].copy()
    gaps["P00", 2015] = np.nan
    gaps["P01", 2010] = 0.0
    gaps["P02"] = np.linspace(40, 22, 10)
    gaps = gaps.drop([("P03", year) for year in range(2008, 2013)])
    record = backtest(gaps.reset_index(), "rate_pct")
    lost = record.left_out.groupby(["place", "method", "reason"]).size().to_dict()
    # Origins 2011-2016: P00 lacks an outcome and an origin; P03 has four figures from 2016 on.
    assert lost == {
        **{("P00", method, "no_figure"): 2 for method in ("log_odds", "points", "naive")},
        ("P01", "log_odds", "no_log_odds"): 6,
        ("P02", "points", "even_steps"): 6,
        ("P03", "log_odds", "no_figure"): 2,
        ("P03", "points", "no_figure"): 2,
        ("P03", "naive", "no_figure"): 2,
        ("P03", "log_odds", "too_few"): 3,
        ("P03", "points", "too_few"): 3,
        ("P03", "naive", "too_few"): 3,
    }
    made = record.forecasts.groupby(["place", "method"]).size()
    assert made["P01", "points"] == made["P02", "log_odds"] == 6 and made["P03", "naive"] == 1
    text = {lang: record.text(lang) for lang in ("vi", "en")}
    assert "with a figure of 0% or 100%: 6 of the forecasts, from 1 of the places" in text["en"]
    assert "Không lập được 3 dự báo của 1 địa phương vì có quá ít số liệu" in text["vi"]
    assert all(len(t.splitlines()) == 8 for t in text.values())


def test_skill_compares_the_same_cases():
    # P01's zero costs log-odds its forecasts: what naive did there must not count for or against it.
    zero = PANEL.assign(
        rate_pct=PANEL["rate_pct"].mask((PANEL["place"] == "P01") & (PANEL["year"] == 2009), 0.0)
    )
    with_zero, without = backtest(zero, "rate_pct"), backtest(zero[zero["place"] != "P01"], "rate_pct")
    skills = [r.table.set_index("method").at["log_odds", "skill"] for r in (with_zero, without)]
    assert skills[0] == pytest.approx(skills[1], rel=1e-12)


def test_text_leads_with_the_best_and_its_worst_year():
    record = backtest(PANEL, "rate_pct", horizons=(1, 2))
    table = record.table.set_index(["horizon", "method"])
    years = record.by_year.query("method == 'log_odds' and horizon == 1")
    worst = years.loc[years["mae"].idxmax()]
    vi, en = (record.text(lang, labels={"rate_pct": "X"}).splitlines() for lang in ("vi", "en"))
    assert table.loc[(1, "log_odds"), "crps"] < table.loc[(1, "points"), "crps"]
    mae = table.loc[(1, "log_odds"), "mae"]
    assert vi[0].startswith(
        f"Dự báo X trước 1 năm, xu hướng đều theo log-odds: sai số tuyệt đối bình quân {mae:.2f}".replace(
            ".", ","
        )
    )
    assert en[0].startswith(
        f"Forecasts of X, constant step in log-odds, horizon 1 y: mean absolute error {mae:.2f}"
    )
    assert "lower (better)" in en[0] and "(tốt hơn)" in vi[0]
    assert f": {worst['year']}," in vi[1] and f": {worst['year']}," in en[1]
    assert "6 origin years" in en[-1] and "6 lần thử" in vi[-1]
    assert len(vi) == len(en) == 6
    with pytest.raises(ValueError, match="language"):
        record.text("fr")


def test_text_says_so_when_no_change_would_have_been_better():
    rates = [30.0, 26.0, 23.0, 18.0, 18.1, 18.0]
    turned = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rates})
    record = backtest(turned, "rate_pct")
    assert (record.table.query("method != 'naive'")["skill"] < 0).all()
    assert "higher (worse)" in record.text("en") and "(kém hơn)" in record.text("vi")


def test_where_only_no_change_can_be_judged_it_alone_is_told():
    even = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": np.arange(30.0, 18.0, -2.0)})
    record = backtest(even, "rate_pct", scales=("points",))
    assert set(record.forecasts["method"]) == {"naive"}
    assert record.text("en").startswith("Forecasts of rate_pct, no change, horizon 1 y")


def test_every_sentence_of_a_reason_exists():
    assert {"no_figure", "too_few", "no_log_odds", "even_steps"} == {
        key.rpartition(".")[2] for key in sentences() if key.startswith("backtest.left_out.")
    }


def test_the_provinces_are_done_in_seconds_and_reproduce_the_reference():
    provinces = ps.load_facts().panel(["poor_income_pct"], standard="any")
    start = time.perf_counter()
    record = backtest(provinces, "poor_income_pct")
    assert time.perf_counter() - start < 20
    mae = record.table.set_index("method")["mae"]
    assert record.table["origins"].tolist() == [4, 4, 4]
    assert mae["log_odds"] == pytest.approx(1.08, abs=0.01)
    assert mae["naive"] == pytest.approx(1.74, abs=0.03)


def test_every_problem_is_named_at_once():
    bad = pd.concat([PANEL, PANEL.head(1)]).assign(year=lambda p: p["year"] + 0.5)
    bad.iloc[3, 2] = 120.0
    with pytest.raises(ValueError, match="must be a percentage between 0 and 100: P00 2011.5") as caught:
        backtest(bad, "rate_pct", horizons=(0,), min_points=2, scales=("logit",), since="2014")
    for fault in (
        "unique: P00 2008.5",
        "whole numbers, got the type float64",
        "(0,)",
        "min_points",
        "logit",
        "'2014'",
    ):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"indicator": "poor_pct"}, "no column poor_pct; it has place, year, rate_pct"),
        ({"horizons": (1, 1)}, "unique"),
        ({"horizons": ()}, "horizons must be whole numbers"),
        ({"scales": "points"}, "scales must be chosen"),
        ({"min_points": 10}, "can be judged"),
        ({"since": 2030}, "can be judged"),
    ],
)
def test_bad_options_are_refused(change, fault):
    with pytest.raises(ValueError, match=fault):
        backtest(PANEL, **{"indicator": "rate_pct", **change})


def test_a_word_is_no_figure():
    words = PANEL.astype({"rate_pct": object})
    words.iloc[0, 2] = "many"
    with pytest.raises(ValueError, match="P00 2008"):
        backtest(words, "rate_pct")
