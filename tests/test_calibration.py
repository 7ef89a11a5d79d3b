"""Short forms of the studies in benchmarks: what the forecast promises is kept, and is what its model says."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import povertystats as ps
from povertystats.forecasts import shared_paths
from povertystats.forecasts.peers import fit_peers

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import calibration  # noqa: E402
import oracle  # noqa: E402


# ---- the oracle, benchmarks/oracle.py -------------------------------------------------------
@pytest.mark.parametrize("indicator", ["a", "another"])
@pytest.mark.parametrize("values", [[20.0], [22.0, 20.0], [24.0, 23.0, 20.0]], ids=["one", "two", "three"])
def test_where_nothing_is_reduced_the_oracle_says_the_same(monkeypatch, indicator, values):
    """One shape a family, and a path so long and even that its own variance is known."""
    odds = fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"), units="pct")
    for name, value in (("TREND", ((1.0, 0.0, 0.0),)), ("_CHANCES", np.ones(1)), ("_PACES", (10.0,))):
        monkeypatch.setattr(shared_paths, name, value)
    first = [np.flatnonzero(odds.family == name)[1] for name in dict.fromkeys(odds.family)]
    weight = np.full(len(odds.family), -60.0)
    weight[first] = -np.log(len(first))
    path = {1980 + t: -0.05 * t + 0.002 * (t % 2) for t in range(35)}
    peers = dataclasses.replace(
        odds, df=32.0, log_weight=weight, paths={"a": path, "b": {2000: 0.0, 2001: -0.05}}
    )
    years = tuple(range(2015 - len(values), 2015))
    at = peers.paths_ahead(indicator, years, np.array([values]), 2)[0][0][-1]
    for level in (15.0, 18.0, 20.0):
        exact, error = oracle.probability(peers, indicator, years, values, 2, level, 20_000)
        assert at.probability(at_most=level) == pytest.approx(exact, abs=0.004 + 3 * error)


def test_probabilities_are_those_of_the_oracle():
    found = oracle.compared(16, 4_000)
    plain = found[(found["scale"] == "log_odds") & found["peers have it"]]
    assert len(plain) > 3 and (plain["apart"] < 0.025 + 2 * plain["error"]).all(), plain


# ---- the study, benchmarks/calibration.py -------------------------------------------------
LOW, HIGH = 0.74, 0.86
# What is told in the README: what was never seen before, peers whose figures are means of three years while the own
# ones are not, and a trend that fades, three years ahead.
UNHELD = {calibration.BREAK: (0.0, HIGH), "raw, peers smoothed": (0.4, HIGH), "damped": (LOW, 0.92)}


@pytest.fixture(scope="module")
def study():
    # Series of two instruments take longer, one at a time: some places of each panel are enough.
    jobs = [(process, 8, seed) for process in calibration.PROCESSES for seed in range(5)]
    some = dict.fromkeys(calibration.TWO_INSTRUMENTS, 3)
    rows = [row for job in jobs for row in calibration.score(job, some.get(job[0]))]
    return calibration.summary(rows).loc[8]


@pytest.mark.parametrize("process", calibration.PROCESSES)
def test_simulated_intervals_cover_what_they_promise(study, process):
    found = study.loc[process]["coverage80"]
    # Panels whose places share much are each little more than one draw, and there are many bounds.
    few = process == "common shock" or process in calibration.TWO_INSTRUMENTS
    give = 3 * np.maximum(found["sem"], 0.08 if few else 0.02)
    low, high = UNHELD.get(process, (LOW, HIGH))
    assert (found["mean"] >= low - give).all() and (found["mean"] <= high + give).all(), found


@pytest.mark.parametrize("process", ["local trend", "logistic AR", "damped", "mean reversion"])
def test_simulated_probabilities_are_no_worse_than_those_of_the_drift(study, process):
    # With a common shock they may be (README of the benchmarks): not asserted here.
    gain, score = (study.loc[(process, 3)][what] for what in ("drift", "log_score"))
    assert gain["mean"] > -2 * gain["sem"]
    assert score["mean"] < np.log(2)


def test_an_unknown_process_is_named():
    with pytest.raises(ValueError, match="'walk' is not known; choose one of local trend"):
        calibration.simulate("walk", 5, np.random.default_rng(0))
