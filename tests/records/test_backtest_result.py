"""The tables are means of the forecasts, and the text says what the tables hold."""

import numpy as np
import pandas as pd
import pytest

from povertystats.forecasts.scores import COIN
from povertystats.records.backtest import backtest
from povertystats.records.baselines import METHODS
from povertystats.records.skill import skill
from povertystats.words.languages import sentences
from povertystats.words.wording import number, say

OWN = ("log_odds", "points")


def panel(places=12, years=range(2008, 2018), seed=4):
    """Rates that fall by a noisy share of themselves, one series a place."""
    rng = np.random.default_rng(seed)
    rows = []
    for g in range(places):
        rates = rng.uniform(15, 40) * np.exp(np.cumsum(rng.normal(-0.11, 0.05, len(years))))
        rows += [(f"P{g:02}", year, rate) for year, rate in zip(years, rates, strict=True)]
    return pd.DataFrame(rows, columns=["place", "year", "rate_pct"])


PANEL = panel()


@pytest.fixture(scope="module")
def record():
    return backtest(PANEL, horizons=(2, 1), min_points=4, methods=(*OWN, "traffic_light"))


@pytest.fixture(scope="module")
def pooled():
    return backtest(PANEL, min_points=4)


def test_the_tables_are_the_means_of_the_forecasts(record):
    assert record.table["method"].tolist() == [*OWN, "traffic_light", "naive"] * 2
    assert record.table["horizon"].tolist() == [1] * 4 + [2] * 4
    made = record.forecasts.query("method == 'points' and horizon == 2")
    naive = record.forecasts.query("method == 'naive' and horizon == 2")
    row = record.table.query("method == 'points' and horizon == 2").iloc[0]
    assert (row["n"], row["places"], row["origins"]) == (12 * 5, 12, 5)
    assert row["mae"] == pytest.approx((made["observed"] - made["median"]).abs().mean())
    assert row["bias"] == pytest.approx((made["observed"] - made["median"]).mean())
    assert row["below"] == pytest.approx((made["observed"] < made["median"]).mean())
    assert row["coverage50"] == pytest.approx(made["observed"].between(made["low50"], made["high50"]).mean())
    assert row["brier"] == pytest.approx(made["brier"].mean())
    expected = skill(made["crps"], naive["crps"], made["origin"])
    assert tuple(row[["skill", "skill_low", "skill_high"]]) == pytest.approx(expected)
    assert (record.table.query("method == 'naive'")[["skill", "skill_low", "skill_high"]] == 0).all(axis=None)
    one = record.by_year.query("method == 'points' and horizon == 2 and year == 2015").iloc[0]
    assert one["n"] == 12 and one["origins"] == 1 and np.isnan(one["skill_low"])
    assert one["crps"] == pytest.approx(made.query("year == 2015")["crps"].mean())


def test_a_rule_without_a_distribution_is_judged_by_the_event_alone(record):
    light = record.table.query("method == 'traffic_light'")
    assert light[["mae", "crps", "below", "coverage80", "skill"]].isna().all(axis=None)
    made = record.forecasts.query("method == 'traffic_light' and horizon == 1")
    assert light["log_score"].iloc[0] == pytest.approx(made["log_score"].mean())
    assert light["n"].iloc[0] == len(made)


def test_skill_compares_the_same_cases():
    # P01's zero costs log-odds its forecasts: what naive did there must not count for or against it.
    zero = PANEL.assign(
        rate_pct=PANEL["rate_pct"].mask((PANEL["place"] == "P01") & (PANEL["year"] == 2009), 0.0)
    )
    records = [backtest(p, min_points=4, methods=OWN) for p in (zero, zero[zero["place"] != "P01"])]
    skills = [r.table.set_index("method").at["log_odds", "skill"] for r in records]
    assert skills[0] == pytest.approx(skills[1], rel=1e-12)


def test_between_keeps_the_forecasts_for_those_years(record):
    part = record.between(2014, 2015)
    assert set(part.forecasts["year"]) == set(part.by_year["year"]) == {2014, 2015}
    rows = record.forecasts.query("2014 <= year <= 2015 and method == 'points' and horizon == 1")
    row = part.table.query("method == 'points' and horizon == 1").iloc[0]
    assert row["crps"] == pytest.approx(rows["crps"].mean()) and row["origins"] == 2
    parts = [record.between(2000, 2014), record.between(2015, 2100)]
    assert sum(len(p.forecasts) for p in parts) == len(record.forecasts)
    assert sum(len(p.left_out) for p in parts) == len(record.left_out)
    with pytest.raises(ValueError, match="from 1990 to 1991"):
        record.between(1990, 1991)


def test_by_level_splits_the_cases_by_the_figure_that_they_started_from(pooled):
    wide = PANEL.assign(rate_pct=np.where(PANEL["place"] < "P04", PANEL["rate_pct"] / 12, PANEL["rate_pct"]))
    record = backtest(
        wide.assign(rate_pct=np.where(wide["place"] > "P09", 100 - wide["rate_pct"] / 12, wide["rate_pct"]))
    )
    rates = wide.set_index(["place", "year"])["rate_pct"]
    made = record.forecasts
    low_places = made[made["place"] < "P04"]
    started = pd.MultiIndex.from_frame(low_places[["place", "origin"]])
    np.testing.assert_allclose(low_places["last"], rates.loc[started])
    assert set(record.by_level["low"]) == {0, 3, 10, 97}
    row = record.by_level.query("method == 'pooled' and low == 0").iloc[0]
    rows = made[(made["method"] == "pooled") & (made["last"] < 3)]
    assert row["high"] == 3 and row["n"] == len(rows) and row["coverage80"] == rows["covered80"].mean()
    naive = made[(made["method"] == "naive") & (made["last"] < 3)]
    both = rows.merge(naive, on=["place", "origin"])
    assert row["skill"] == pytest.approx(1 - both["crps_x"].sum() / both["crps_y"].sum())
    assert record.by_level.groupby(["method", "horizon"])["n"].sum().to_dict() == (
        made.groupby(["method", "horizon"]).size().to_dict()
    )


def test_near_keeps_what_started_from_a_like_level_or_says_that_it_cannot(pooled):
    near = pooled.near(33.0)
    assert near.band == (10, 90) and near.alike and near.forecasts["last"].min() >= 10
    assert near.table["n"].max() < pooled.table["n"].max()
    assert near.text("en").startswith("Forecasts from a similar level (a last figure of 10% to 90%).")
    for level, words in (
        (0.0, "below 3%"),
        (3.0, "of 3% to 10%"),
        (90.0, "of 90% to 97%"),
        (100.0, "of 97% or more"),
    ):
        every = pooled.near(level)
        assert not every.alike and len(every.forecasts) == len(pooled.forecasts)
        assert every.text("en").startswith(
            f"Forecasts from any level, too few being from a last figure {words}."
        )
        assert "vì có quá ít dự báo" in every.text("vi").splitlines()[0]
    assert pooled.text("en").startswith("Forecasts of rate_pct, ")
    with pytest.raises(ValueError, match="near: method"):
        pooled.near(20.0, "ets")
    for level in (-1, 101, np.nan, "20"):
        with pytest.raises(ValueError, match="near: level"):
            pooled.near(level)
    # Of each method asked about there must be enough.
    rare = type(pooled)(
        pooled.indicators,
        pooled.forecasts.drop(pooled.forecasts.query("method == 'points' and last >= 10").index[29:]),
        pooled.left_out,
    )
    assert (
        rare.near(33.0, "pooled").alike and not rare.near(33.0, "points").alike and not rare.near(33.0).alike
    )


def test_reliability_sets_what_was_said_beside_what_came(record):
    table = record.reliability
    assert table.groupby(["method", "horizon"])["n"].sum().to_dict() == (
        record.forecasts.groupby(["method", "horizon"]).size().to_dict()
    )
    assert ((table["low"] <= table["probability"]) & (table["probability"] <= table["high"])).all()
    rows = record.forecasts.query("method == 'points' and horizon == 1 and .5 <= probability < .6")
    row = table.query("method == 'points' and horizon == 1 and low == .5").iloc[0]
    assert (row["n"], row["met"]) == (len(rows), rows["met"].mean())
    light = table.query("method == 'traffic_light' and horizon == 1")
    assert light["low"].tolist() == [0.0, 0.9]


def test_pit_counts_every_tenth(record):
    table = record.pit
    assert set(table["method"]) == {*OWN, "naive"}
    assert table.groupby(["method", "horizon"]).size().eq(10).all()
    made = record.forecasts.query("method == 'naive' and horizon == 1")
    counts = table.query("method == 'naive' and horizon == 1")
    expected, _ = np.histogram(made["pit"], bins=np.linspace(0, 1, 11))
    assert counts["n"].tolist() == expected.tolist() and 0 in expected


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_text_leads_with_the_best_and_its_worst_year(record, lang):
    shared = record.forecasts.query("horizon == 1 and method != 'naive'")
    best = shared.pivot(index=["place", "origin"], columns="method", values="crps").mean().idxmin()
    row = record.table.query("method == @best and horizon == 1").iloc[0]
    years = record.by_year.query("method == @best and horizon == 1")
    worst = years.loc[years["mae"].idxmax()]
    lines = record.text(lang, labels={"rate_pct": "X"}).splitlines()
    method = say(f"backtest.method.{best}", lang)
    assert "X" in lines[0] and method in lines[0] and method in lines[1]
    for figure in (row["mae"], 100 * row["skill"], 100 * row["skill_low"], 100 * row["coverage80"]):
        assert number(figure, lang, 2 if figure is row["mae"] else 0) in lines[0]
    assert f": {worst['year']}," in lines[1] and number(worst["mae"], lang) in lines[1]
    assert number(row["log_score"], lang) in lines[2] and number(COIN, lang) in lines[2]
    (other,) = {*OWN} - {best}
    assert method in lines[3] and say(f"backtest.method.{other}", lang) in lines[4]
    for low in (3, 10):
        rows = record.forecasts.query("method == @best and horizon == 1 and last >= @low")
        rows = rows if low == 10 else rows[rows["last"] < 10]
        told = {"coverage": 100 * rows["covered80"].mean(), "n": len(rows)}
        level = say("backtest.level.between", lang, low=low, high=10 if low == 3 else 90)
        assert say("backtest.level.row", lang, level=level, **told) in lines[5]
    assert number(row["origins"], lang, 0) in lines[-1]
    assert len(lines) == 7


def test_labels_hold_for_an_indicator_under_any_standard():
    split = PANEL.assign(**{"rate_pct@new": PANEL["rate_pct"].where(PANEL["year"] > 2012)})
    split["rate_pct"] = split["rate_pct"].where(PANEL["year"] <= 2012)
    record = backtest(split, methods=OWN, min_points=3)
    assert record.text("en", labels={"rate_pct": "poverty"}).startswith("Forecasts of poverty, ")
    assert record.text("en", labels={"rate_pct": "old", "rate_pct@new": "new"}).startswith(
        "Forecasts of old, new, "
    )


def test_text_says_so_when_no_change_would_have_been_better():
    rates = [30.0, 26.0, 23.0, 18.0, 18.1, 18.0]
    turned = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rates})
    record = backtest(turned, min_points=4, methods=OWN)
    assert (record.table.query("method != 'naive'")["skill"] < 0).all()
    assert "higher (worse)" in record.text("en") and "(kém hơn)" in record.text("vi")


def test_text_says_aloud_what_a_coin_would_do_as_well(pooled):
    better = pooled.forecasts
    good = type(pooled)(pooled.indicators, better.assign(log_score=0.55), pooled.left_out)
    assert good.table["log_score"].iloc[0] < COIN and "better than a 50–50 guess (0.69)" in good.text("en")
    worse = type(pooled)(pooled.indicators, better.assign(log_score=0.75), pooled.left_out)
    assert "Warning" in worse.text(
        "en"
    ) and "worse than a 50–50 guess (0.69); do not rely on it" in worse.text("en")
    assert "Cảnh báo" in worse.text("vi") and "kém hơn phỏng đoán 50–50 (0,69)" in worse.text("vi")
    year = better["year"].max()
    turned = better.assign(log_score=np.where(better["year"] == year, 0.75, 0.2))
    some = type(pooled)(pooled.indicators, turned, pooled.left_out)
    assert f"better than a 50–50 guess (0.69), but not in the forecasts for {year}." in some.text("en")
    assert f"tốt hơn phỏng đoán 50–50 (0,69), trừ dự báo cho năm {year}." in some.text("vi")


def test_where_only_no_change_can_be_judged_it_alone_is_told():
    even = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": np.arange(30.0, 18.0, -2.0)})
    record = backtest(even, methods=("points",))
    assert set(record.forecasts["method"]) == {"naive"}
    first = record.text("en").splitlines()[0]
    assert first.startswith("Forecasts of rate_pct, no change, horizon 1 y") and "CRPS" not in first


def test_where_only_a_rule_can_be_judged_its_event_is_told():
    flat = pd.DataFrame({"place": "A", "year": range(2010, 2014), "rate_pct": 20.0})
    record = backtest(flat, methods=("traffic_light",))
    assert set(record.forecasts["method"]) == {"traffic_light"}
    first = record.text("en").splitlines()[0]
    assert first.startswith("Probability of a fall by at least a tenth a year (traffic-light rule")


def test_an_unknown_language_is_refused(record):
    with pytest.raises(ValueError, match="language"):
        record.text("fr")


def test_every_sentence_of_a_method_and_a_reason_exists():
    keys = {
        kind: {key.rpartition(".")[2] for key in sentences("en") if key.startswith(f"backtest.{kind}.")}
        for kind in ("method", "left_out")
    }
    reasons = {"no_figure", "too_few", "no_log_odds", "even_steps", "no_peers", "gaps", "no_fit"}
    assert keys == {"method": {*METHODS}, "left_out": reasons}


def test_a_record_is_shown_short(record):
    head, *rows = repr(record).splitlines()
    assert head.startswith("<Backtest> ") and len(rows) <= 14
