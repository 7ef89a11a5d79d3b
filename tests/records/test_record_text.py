"""Bad news comes first: coverage that is off by level, a model that a plain share beats; what cannot be estimated is said."""

import numpy as np
import pandas as pd
import pytest

from povertystats.records.backtest import backtest
from povertystats.words.wording import say

LANGUAGES = ("vi", "en")


@pytest.fixture(scope="module")
def record():
    rng = np.random.default_rng(7)
    rows = [
        (f"P{g:02}", 2008 + t, (2.0 if g < 8 else 25.0) * np.exp(-0.09 * t + rng.normal(0, 0.03)))
        for g in range(16)
        for t in range(9)
    ]
    panel = pd.DataFrame(rows, columns=["place", "year", "rate_pct"])
    return backtest(panel, methods=("points", "climatology"), units="pct")


def changed(record, **columns):
    return type(record)(record.indicators, record.forecasts.assign(**columns), record.left_out)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("held", [{0: 0.6, 10: 0.95}, {0: 0.7, 10: 0.6}, {0: 0.8, 10: 0.72}])
def test_coverage_that_is_off_at_a_level_is_said_first_the_worst_first(record, lang, held):
    made = changed(record, covered80=np.where(record.forecasts["last"] < 3, held[0], held[10]))
    rows = made.by_level.query("method == 'points'").set_index("low")
    assert rows.index.tolist() == [0, 10] and (rows["n"] >= 30).all()
    levels = {
        0: say("backtest.level.below", lang, high=3),
        10: say("backtest.level.between", lang, low=10, high=90),
    }
    told = {
        low: {
            "level": levels[low],
            "coverage": 100 * held[low],
            "n": rows.at[low, "n"],
            "origins": rows.at[low, "origins"],
        }
        for low in held
    }
    lines = made.text(lang).splitlines()
    off = sorted((low for low in held if held[low] < 0.72), key=held.get)
    assert lines[: len(off)] == [say("backtest.off.narrow", lang, **told[low]) for low in off]
    assert "rate_pct" in lines[len(off)]
    levels = "; ".join(say("backtest.level.row", lang, **told[low]) for low in (0, 10))
    after = lines[lines.index(say("backtest.levels", lang, levels=levels)) + 1]
    assert (after == say("backtest.off.wide", lang, **told[10])) == (held[10] > 0.88)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_share_that_does_better_than_the_model_is_told(record, lang):
    share = record.forecasts["method"] == "climatology"
    n = record.forecasts.query("method == 'points' and origin > 2011").shape[0]
    for (of_share, own), kind in (((0.3, 0.5), "share_worse"), ((0.5, 0.3), "share_better")):
        made = changed(record, log_score=np.where(share, of_share, own))
        # Where both make the same forecasts, one figure of ours is enough.
        assert say(f"backtest.event.{kind}", lang, share=of_share, among="") in made.text(lang)
        late = made.forecasts[~share | (made.forecasts["origin"] > 2011)]
        among = say("backtest.event.among", lang, n=n, own=own)
        text = type(record)(record.indicators, late, record.left_out).text(lang)
        assert say(f"backtest.event.{kind}", lang, share=of_share, among=among) in text
    alone = type(record)(record.indicators, record.forecasts[~share], record.left_out).text(lang)
    assert all(word not in alone for word in ("takes no model", "không cần mô hình"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_skill_of_one_or_two_origins_has_no_interval_and_says_so(record, lang):
    for years in (1, 2):
        few = record.between(2017 - years, 2016)
        assert few.table["origins"].max() == years
        assert say("backtest.span_none", lang, origins=years) in few.text(lang)
    assert say("backtest.span_none", lang, origins=6) not in record.text(lang)
