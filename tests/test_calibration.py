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
import two_instruments  # noqa: E402


@pytest.fixture(scope="module")
def odds():
    """Of each family of own trends one shape alone."""
    known = ps.load_facts().as_of("2020-05-07").peers("poor_household_pct")
    found = fit_peers(known, units="pct")
    first = [np.flatnonzero(found.family == name)[1] for name in dict.fromkeys(found.family)]
    return dataclasses.replace(
        found,
        family=found.family[first],
        shapes=tuple(found.shapes[row] for row in first),
        kappa=found.kappa[first],
        log_weight=np.full(len(first), -np.log(len(first))),
    )


# ---- the oracle, benchmarks/oracle.py -------------------------------------------------------
@pytest.mark.parametrize("indicator", ["a", "another"])
@pytest.mark.parametrize("values", [[20.0], [22.0, 20.0], [24.0, 23.0, 20.0]], ids=["one", "two", "three"])
def test_where_nothing_is_reduced_the_oracle_says_the_same(monkeypatch, odds, indicator, values):
    """One shape a family, and a path so long and even that its own variance is known."""
    for name, value in (("TREND", ((1.0, 0.0, 0.0),)), ("_CHANCES", np.ones(1)), ("_PACES", (10.0,))):
        monkeypatch.setattr(shared_paths, name, value)
    path = {1980 + t: -0.05 * t + 0.002 * (t % 2) for t in range(35)}
    peers = dataclasses.replace(odds, df=32.0, paths={"a": path, "b": {2000: 0.0, 2001: -0.05}})
    years = tuple(range(2015 - len(values), 2015))
    at = peers.paths_ahead(indicator, years, np.array([values]), 2)[0][0][-1]
    for level in (15.0, 18.0, 20.0):
        exact, error = oracle.probability(peers, indicator, years, values, 2, level, 20_000)
        assert at.probability(at_most=level) == pytest.approx(exact, abs=0.004 + 3 * error)


@pytest.mark.parametrize(
    ("scales", "moves"),
    [((16.0, 1.0, 0.0), (1.0, 2.0, 0.0)), ((4.0, 8.0, 6.0), (0.5, 2.0, 1.0))],
    ids=["shocks in common", "of its own"],
)
def test_of_two_instruments_alike_as_told_the_oracle_says_the_same(monkeypatch, odds, scales, moves):
    """One shape, variances as good as known: the normal distribution of the path is exact."""
    review = ps.load_facts().as_of("2020-05-07").series("poor_household_pct", place="Bắc Kạn")
    for name, value in (("TREND", ((1.0, 0.0, 0.0),)), ("_CHANCES", np.ones(1)), ("_PACES", (10.0,))):
        monkeypatch.setattr(shared_paths, name, value)
    names = ("_STRETCH", "_SPREAD", "_NOISE", "_LOADING", "_PACE", "_SHOCKS")
    for name, value in zip(names, (*scales, *moves), strict=True):
        monkeypatch.setattr(two_instruments.instruments, name, {value: 0.0})
    path = {1920 + t: -0.05 * t + 0.01 * (t % 2) for t in range(99)}
    peers = dataclasses.replace(
        odds,
        df=1e5,
        log_weight=np.array([0.0, -60.0, -60.0, -60.0]),
        paths={"a": path},
        variance=4 * odds.variance,
        instruments={**odds.instruments, "a": "survey"},
    )
    seen = two_instruments.own_path(
        peers, review.indicator, range(2015, 2021), 4_000, np.random.default_rng(1)
    )
    ((at,),), _, _ = peers.paths_ahead(review.indicator, review.years, review.values[None], 1)
    for level in (18.2, 17.57):
        exact, error = two_instruments.probability(peers, seen, review.years, review.values, 1, level)
        assert at.probability(at_most=level) == pytest.approx(exact, abs=0.004 + 3 * error)
        assert error < 0.012


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
