import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from povertystats.records.reference_class import BANDS, ENOUGH, comparable_changes
from povertystats.words.errors import Refused


def panel(n=40, years=range(2010, 2013), start=20.0, step=-2.0):
    rows = [
        {"place": f"P{i}", "year": year, "rate": start + 0.05 * i + step * (year - 2010)}
        for i in range(n)
        for year in years
    ]
    return pd.DataFrame(rows)


def test_changes_span_exactly_the_years_asked():
    found = comparable_changes(panel(), 20.0, years=2)
    assert found.n == found.places == 40 and found.origins == [2010] and found.band == BANDS[0]
    assert found.table["change"].to_numpy() == pytest.approx(-4.0)
    assert comparable_changes(panel(), 20.0, years=1).origins == [2010, 2011]
    with pytest.raises(ValueError, match="found 0"):
        comparable_changes(panel(years=(2010, 2012)), 20.0, years=1)


def test_no_change_crosses_a_standard():
    data = panel(years=(2010, 2011))
    later = data["year"] == 2011
    data["rate@new"] = data["rate"].where(later) + 15
    data["rate"] = data["rate"].where(~later)
    with pytest.raises(ValueError, match="found 0"):
        comparable_changes(data, 20.0)


def test_the_band_is_the_first_that_holds_enough():
    starts = expit(logit(0.2) + np.linspace(-3, 3, 121)) * 100
    data = pd.concat(
        [
            pd.DataFrame({"place": [f"P{i}", f"P{i}"], "year": [2010, 2011], "rate": [start, start - 0.1]})
            for i, start in enumerate(starts)
        ]
    )
    found = comparable_changes(data, 20.0)
    # One start every 0.05 log-odds: 11 lie within 0.25, 21 within 0.5, 41 within 1.
    assert found.band == 1.0 and found.n in (39, 40, 41) and found.n >= ENOUGH
    apart = np.abs(logit(found.table["start"] / 100) - logit(0.2))
    assert apart.max() <= 1.0 + 1e-9


def test_all_are_taken_when_they_are_few():
    found = comparable_changes(panel(n=12, years=(2010, 2011)), 80.0)
    assert found.n == 12 and found.band == np.inf


def test_shares_count_what_is_equal_as_printed():
    found = comparable_changes(panel(step=-2.1), 20.0)
    assert found.share(at_most=-2.1) == 1.0 and found.share(at_most=-2.2) == 0.0
    assert found.share(at_least=-2.1) == 1.0 and found.share(at_least=-2.0) == 0.0
    for bounds in ({}, {"at_most": 1, "at_least": 2}):
        with pytest.raises(ValueError, match="exactly one"):
            found.share(**bounds)


@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_the_predictive_is_the_changes_smoothed(known, scale):
    found = comparable_changes(known.peers("poor_household_pct"), 19.57)
    rate, changes = found.predictive(scale=scale), found.table["change"]
    # Log-odds steps carried to this level; in points the very changes.
    tolerance = 0.15 if scale == "points" else 0.35
    assert rate.level_at(0.5) - 19.57 == pytest.approx(changes.median(), abs=tolerance)
    assert rate.baseline == 19.57
    p = rate.probability(change_at_most=-2.0)
    assert p == pytest.approx(found.share(at_most=-2.0), abs=0.08) and 0 < p < 1


def test_changes_are_told_of_the_instrument_with_most_series():
    data = panel()
    few = data[data["place"].isin(data["place"].unique()[:2])]
    both = data.merge(few.set_axis(["place", "year", "few"], axis=1), on=["place", "year"], how="left")
    mixed = comparable_changes(both, 20.0)
    both.attrs["instruments"] = {data.columns[2]: "survey", "few": "count"}
    found = comparable_changes(both, 20.0)
    assert found.n == comparable_changes(data, 20.0).n < mixed.n


def test_simulated_changes_are_covered():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(100):
        z = logit(0.2) + np.array([np.zeros(41), rng.normal(-0.1, 0.15, 41)])
        data = pd.DataFrame(
            {
                "place": np.tile([f"P{i}" for i in range(40)], 2),
                "year": np.repeat([2010, 2011], 40),
                "rate": 100 * expit(z[:, :40]).ravel(),
            }
        )
        rate = comparable_changes(data, 20.0, units="pct").predictive()
        # Within the interval of 80 %, and quicker.
        held.append(0.1 <= rate.probability(at_most=100 * expit(z[1, 40])) <= 0.9)
    assert 0.70 <= np.mean(held) <= 0.92


def test_zeros_hundreds_and_changes_all_alike_stay_open():
    data = panel(n=20, start=0.0, step=0.0)
    data["rate"] = 0.0
    rate = comparable_changes(data, 0.0).predictive()
    assert 0 < rate.probability(at_most=0.1) < 1 and 0 <= rate.level_at(0.9) <= 100
    alike = comparable_changes(panel(), 20.0).predictive(scale="points")
    assert 0 < alike.probability(change_at_most=-2.0) < 1


def test_bad_input_tells_every_fault():
    with pytest.raises(Refused) as caught:
        comparable_changes(panel().drop(columns="place"), 120, years=0)
    assert caught.value.problems == [
        "panel, field place: no such column; there are year, rate",
        "level must be a percentage between 0 and 100, got 120",
        "years is 0; expected a whole number, 1 or more",
    ]
    with pytest.raises(Refused, match="(?s)stands more than once.*field rate: .*expected a percentage"):
        comparable_changes(pd.concat([panel(start=99.0, step=1.0)] * 2), 20.0)
    with pytest.raises(ValueError, match="years is 1.5; expected a whole number"):
        comparable_changes(panel(), 20.0, years=1.5)
    with pytest.raises(ValueError, match="expected 10 or more changes over 1 years in the panel, found 9"):
        comparable_changes(panel(n=9, years=(2010, 2011)), 20.0)
    with pytest.raises(ValueError, match="scale 'logs'"):
        comparable_changes(panel(), 20.0).predictive(scale="logs")
