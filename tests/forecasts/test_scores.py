"""Scores against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import COIN, LEVELS, event_score, score

RATE = Predictive([0.6, 0.4], [4, 9], [-1.5, -1.3], [0.2, 0.1])


@pytest.mark.parametrize("observed", [12.0, 19.0, 31.0])
def test_scores_are_those_of_the_distribution(observed):
    found = score(RATE, observed, bound=17.0)
    assert found["median"] == pytest.approx(RATE.level_at(0.5), abs=1e-12)
    assert found["error"] == observed - found["median"]
    assert found["crps"] == RATE.crps(observed)
    assert found["pit"] == RATE.probability(at_most=observed)
    for level in LEVELS:
        low, high = RATE.interval(level / 100)
        assert (found[f"low{level}"], found[f"high{level}"]) == pytest.approx((low, high), abs=1e-12)
        assert found[f"covered{level}"] == float(low <= observed <= high)
    assert found["probability"] == RATE.probability(at_most=17.0)
    assert found["met"] == float(observed <= 17.0)


def test_a_coin_has_its_scores_and_certainty_a_finite_one():
    assert event_score(0.5, True)["log_score"] == event_score(0.5, False)["log_score"] == COIN
    assert event_score(0.5, True)["brier"] == 0.25
    assert event_score(0.0, True)["log_score"] == pytest.approx(15 * np.log(10))
    assert event_score(1.0, True) == {"probability": 1.0, "met": 1.0, "log_score": 0.0, "brier": 0.0}


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_truth_scores_best_on_average(truth, said):
    def mean(p, name):
        return truth * event_score(p, True)[name] + (1 - truth) * event_score(p, False)[name]

    for name in ("log_score", "brier"):
        assert mean(truth, name) <= mean(said, name) + 1e-12


@pytest.mark.parametrize("link", ["log_odds", "points"])
def test_the_crps_of_many_components_is_that_of_their_mixture(link):
    # E|X − y| − ½ E|X − X'| of the components' centres, which their narrow spread leaves as it is.
    rates = np.random.default_rng(2).uniform(5, 40, 80)
    z = rates if link == "points" else np.log(rates / (100 - rates))
    many = Predictive(np.full(80, 1 / 80), np.full(80, 4.0), z, np.full(80, 1e-6), link)
    for y in (0.5, 18.0, 95.0):
        exact = np.abs(rates - y).mean() - np.abs(rates[:, None] - rates).mean() / 2
        assert many.crps(y) == pytest.approx(exact, abs=1e-4)
    wide = Predictive(np.full(80, 1 / 80), np.full(80, 4.0), z, np.full(80, 0.3), link)
    one = [Predictive(1.0, 4.0, at, 0.3, link) for at in z]
    edges = np.linspace(0, 100, 20_001) if link == "log_odds" else np.linspace(-60, 160, 20_001)
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.mean(
        [
            stats.t(4).cdf(
                ((middle if link == "points" else np.log(middle / (100 - middle))) - p.location) / 0.3
            )
            for p in one
        ],
        axis=0,
    )
    assert wide.crps(18.0) == pytest.approx(
        ((below - (middle >= 18.0)) ** 2).sum() * np.diff(edges)[0], abs=1e-3
    )
