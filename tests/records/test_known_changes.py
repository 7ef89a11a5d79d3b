"""The reference class and the share of falls: from what was known at the origin alone, by hand."""

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.forecast import ForecastError
from povertystats.records.backtest import backtest
from povertystats.records.known_changes import KEPT, climatology, reference_class

METHODS = ("reference_class", "climatology")


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    rows = [
        (f"P{g:02}", 2010 + t, 25 * np.exp(-0.1 * t + 0.1 * np.cumsum(rng.normal(size=7))[t]))
        for g in range(14)
        for t in range(7)
    ]
    return pd.DataFrame(rows, columns=["place", "year", "rate_pct"])


@pytest.fixture(scope="module")
def record(panel):
    return backtest(panel, methods=METHODS, horizons=(1, 3), units="pct")


def test_the_share_is_that_of_the_changes_that_ended_by_the_origin(panel, record):
    wide = panel.pivot(index="place", columns="year", values="rate_pct")
    for h, origin in ((1, 2011), (1, 2014), (3, 2013)):
        starts = [year for year in wide if year + h <= origin]
        met = sum((wide[year + h] <= KEPT**h * wide[year]).sum() for year in starts)
        rows = record.forecasts.query("method == 'climatology' and origin == @origin and horizon == @h")
        assert len(rows) == 14
        assert rows["probability"].to_numpy() == pytest.approx((met + 0.5) / (14 * len(starts) + 1))
        assert rows[["crps", "median", "covered80"]].isna().all(axis=None)


def test_the_reference_class_is_that_of_comparable_changes(panel, record):
    row = record.forecasts.query(
        "method == 'reference_class' and place == 'P03' and origin == 2013 and horizon == 3"
    ).iloc[0]
    like = ps.comparable_changes(panel[panel["year"] <= 2013], row["last"], years=3, units="pct")
    assert (row["low80"], row["high80"]) == pytest.approx(like.predictive().interval(0.8))
    assert row["crps"] == pytest.approx(like.predictive().crps(row["observed"]))


def test_what_came_later_changes_nothing_at_the_origin(panel, record):
    later = panel.assign(rate_pct=panel["rate_pct"].where(panel["year"] <= 2013, 60.0))
    columns = ["place", "origin", "horizon", "method", "median", "low80", "high80", "probability"]
    known = [
        made.forecasts.query("origin <= 2013 and method != 'naive'")[columns]
        for made in (record, backtest(later, methods=METHODS, horizons=(1, 3), units="pct"))
    ]
    pd.testing.assert_frame_equal(*known)
    assert len(known[0]) > 50


@pytest.mark.parametrize("method", [reference_class, climatology])
def test_too_few_changes_are_told(panel, method):
    series = Observed(np.array([2010, 2011]), np.array([20.0, 18.0]))
    with pytest.raises(ForecastError) as told:
        method(panel[(panel["place"] < "P05") & (panel["year"] < 2012)])(series, 1)
    assert told.value.reasons == ("no_peers",)
    said = backtest(panel[panel["place"] < "P05"], methods=METHODS, units="pct").left_out
    assert set(said.query("method in @METHODS")["reason"]) == {"no_peers"} if len(said) else True
