"""Scores against their definitions, and the interval of a skill against a jackknife written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import COIN, LEVELS, event_score, score, skill

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


def test_the_interval_of_a_skill_is_the_jackknife_over_years():
    rng = np.random.default_rng(5)
    years = np.repeat([2012, 2014, 2015, 2018], [3, 5, 2, 4])
    own, reference = rng.uniform(0.5, 1, 14), rng.uniform(1, 3, 14)
    without = [np.log(own[years != y].sum() / reference[years != y].sum()) for y in np.unique(years)]
    error = np.sqrt(3 / 4 * np.sum((without - np.mean(without)) ** 2))
    reach, ratio = stats.t.ppf(0.975, 3) * error, own.sum() / reference.sum()
    expected = (1 - ratio, 1 - ratio * np.exp(reach), 1 - ratio * np.exp(-reach))
    assert skill(own, reference, years) == pytest.approx(expected, rel=1e-12)


def test_the_interval_holds_the_true_skill_where_years_shock_all_places():
    rng, inside = np.random.default_rng(8), []
    for _ in range(400):
        shock = rng.gamma(4, 0.25, 8).repeat(20)
        own, reference = shock * rng.gamma(2, 0.25, 160), rng.gamma(2, 0.5, 160)
        _, low, high = skill(own, reference, np.arange(8).repeat(20))
        inside.append(low <= 0.5 <= high)
    # Nominal .95; the simulation's own standard error is .011.
    assert 0.91 <= np.mean(inside) <= 0.98


def test_skill_is_of_the_shared_cases_and_says_when_it_cannot_be_told():
    assert skill([1, 1, np.nan], [2, 2, 9], [1, 2, 3])[0] == 0.5
    assert skill([1, 1, 5], [2, 2, np.nan], [1, 2, 3])[0] == 0.5
    assert np.isnan(skill([1, 1], [2, 2], [1, 2])[1:]).all()
    assert np.isnan(skill([1.0], [np.nan], [1])).all()
    assert np.isnan(skill([0.0], [0.0], [1])).all()
    assert np.isnan(skill([0, 0, 0], [1, 1, 1], [1, 2, 3])).tolist() == [False, True, True]
