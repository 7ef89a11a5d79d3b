from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri, stdtrit
from scipy.stats import kstest, multivariate_normal, norm

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.joint import Event, between, mean_ahead, probability_of_all, ranks
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.structural_trends import breadth

chance = st.floats(0.001, 0.999)
events = st.lists(
    st.builds(
        Event,
        chance,
        st.floats(0, 1),
        st.sampled_from(["at_most", "at_least"]),
        st.sampled_from(["poverty", "training"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(events)
def test_within_the_bounds_of_frechet(found):
    p = [event.probability for event in found]
    low, high = max(0, sum(p) - len(p) + 1), min(p)
    assert low - 1e-9 <= probability_of_all(found) <= high + 1e-9


@settings(max_examples=40, deadline=None)
@given(events, st.randoms(use_true_random=False))
def test_order_does_not_matter(found, random):
    other = random.sample(found, len(found))
    assert probability_of_all(found) == pytest.approx(probability_of_all(other), abs=1e-9)


@given(st.lists(chance, min_size=1, max_size=5))
def test_without_a_shared_shock_it_is_the_product(p):
    assert probability_of_all([Event(x) for x in p]) == pytest.approx(prod(p))
    apart = [Event(x, 0.7, shock=str(i)) for i, x in enumerate(p)]
    assert probability_of_all(apart) == pytest.approx(prod(p))


@pytest.mark.parametrize(
    ("p", "shared"), [((0.64, 0.72), (0.70, 0.73)), ((0.1, 0.9), (0.2, 0.5)), ((0.5, 0.5), (0.999, 0.999))]
)
def test_two_events_are_the_bivariate_normal(p, shared):
    r = np.sqrt(np.prod(shared))
    expected = multivariate_normal(cov=[[1, r], [r, 1]]).cdf(norm.ppf(p))
    both = [Event(x, s, shock="poverty") for x, s in zip(p, shared, strict=True)]
    assert probability_of_all(both) == pytest.approx(expected, abs=1e-6)
    # A common fall helps one and hurts the other: P(A and not B) is what is left of P(A).
    split = [both[0], Event(1 - p[1], shared[1], "at_least", "poverty")]
    assert probability_of_all(split) == pytest.approx(p[0] - expected, abs=1e-6)


def test_one_shock_and_nothing_else_leaves_the_smallest_or_the_overlap():
    low, high = Event(0.3, 1.0, shock="x"), Event(0.8, 1.0, shock="x")
    assert probability_of_all([low, high]) == pytest.approx(0.3, abs=1e-9)
    assert probability_of_all([low, Event(0.8, 1.0, "at_least", "x")]) == pytest.approx(0.1, abs=1e-9)


def test_certain_and_impossible_events():
    assert probability_of_all([Event(1.0, 0.5), Event(0.4, 0.5)]) == 0.4
    assert probability_of_all([Event(0.0, 0.5), Event(0.4, 0.5)]) == 0.0


def test_three_events_agree_with_simulation():
    found = [
        Event(0.6, 0.6, "at_most", "x"),
        Event(0.5, 0.3, "at_most", "x"),
        Event(0.4, 0.5, "at_least", "x"),
    ]
    rng = np.random.default_rng(1)
    z = rng.standard_normal((400_000, 1))
    load = np.sqrt([event.shared for event in found])
    y = load * z + np.sqrt(1 - load**2) * rng.standard_normal((400_000, 3))
    p = np.array([event.probability for event in found])
    happens = np.where([e.direction == "at_most" for e in found], y <= norm.ppf(p), y >= norm.ppf(1 - p))
    assert probability_of_all(found) == pytest.approx(happens.all(axis=1).mean(), abs=0.003)


def test_bad_events_tell_every_fault():
    with pytest.raises(ValueError, match=r"(?s)probability .* got 1.2.*shared .* got -1.*direction .* 'up'"):
        Event(1.2, -1, "up")
    with pytest.raises(ValueError, match="one event or more"):
        probability_of_all([])


@pytest.fixture(scope="module")
def districts(known):
    peers = ps.fit_peers(known.peers("poor_household_pct"))
    names = ("Pác Nặm", "Ngân Sơn")
    return [ps.forecast(known.series("poor_household_pct", place=name), peers=peers) for name in names]


def sample_jointly(forecasts, n, seed):
    """Return draws (n, places) whose columns are samples of the forecasts, rearranged by the ranks of a shared shock.

    The margins are exact. Source: Iman & Conover 1982, doi:10.1080/03610918208812265.
    """
    rng = np.random.default_rng(seed)
    shock, columns = rng.standard_normal(n), []
    for ahead in forecasts:
        share = ahead.shared[-1] if ahead.shared else 0.0
        latent = np.sqrt(share) * shock + np.sqrt(1 - share) * rng.standard_normal(n)
        sample = np.sort(ahead.sample(n, rng.integers(2**63)))
        columns.append(sample[latent.argsort().argsort()])
    return np.stack(columns, axis=1)


def test_draws_have_exact_margins_and_the_probability_of_both(districts):
    draws = sample_jointly(districts, 40_000, seed=3)
    for column, ahead in zip(draws.T, districts, strict=True):
        cdf = [ahead.probability(at_most=x) for x in column[:2_000]]
        assert kstest(cdf, "uniform").pvalue > 0.001
    levels = [ahead.level_at(0.6) for ahead in districts]
    both = [Event(0.6, ahead.shared[-1], shock="poverty") for ahead in districts]
    assert (draws <= levels).all(axis=1).mean() == pytest.approx(probability_of_all(both), abs=0.01)


def test_forecasts_without_peers_are_independent(known):
    own = ps.forecast(known.series("poor_household_pct", place="Bắc Kạn"))
    draws = sample_jointly([own, own], 20_000, seed=2)
    assert draws.shape == (20_000, 2) and abs(np.corrcoef(draws.T)[0, 1]) < 0.03


def normal(mean, sd, link="points"):
    return Predictive(1.0, 1e7, mean, sd, link)


def test_two_places_change_ranks_as_their_difference_says():
    a, b = normal(20.0, 1.0), normal(21.0, 2.0)
    for rho in (0.0, 0.36):
        covariance = rho * 2.0
        first = ndtr(1.0 / np.sqrt(1 + 4 - 2 * covariance))
        assert ranks(0, [a, b], [rho, rho]) == pytest.approx([first, 1 - first], abs=1e-4)
        assert ranks(1, [a, b], [rho, rho]) == pytest.approx([1 - first, first], abs=1e-4)


def test_ranks_are_those_of_draws():
    rng = np.random.default_rng(4)
    ahead = [Predictive(1.0, 6, -1.5 + 0.1 * at, 0.1 + 0.05 * at) for at in range(7)]
    shared = [0.1 * at for at in range(7)]
    shock, n = rng.normal(size=200_000), 200_000
    scores = [np.sqrt(r) * shock + np.sqrt(1 - r) * rng.normal(size=n) for r in shared]
    draws = np.array(
        [one.location[0] + one.scale[0] * stdtrit(6, ndtr(z)) for one, z in zip(ahead, scores, strict=True)]
    )
    for at in (0, 3):
        found = ranks(at, ahead, shared)
        drawn = np.bincount((draws < draws[at]).sum(axis=0), minlength=7) / n
        assert found == pytest.approx(drawn, abs=0.005) and found.sum() == pytest.approx(1)


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
def test_the_mean_of_normal_rates_is_normal(rho):
    mean = mean_ahead([normal(18.0, 2.0), normal(20.0, 2.0), normal(22.0, 2.0)], [rho] * 3)
    sd = 2.0 * np.sqrt((1 + 2 * rho) / 3)
    for level in (18.0, 20.0, 21.0):
        assert mean.probability(at_most=level) == pytest.approx(ndtr((level - 20) / sd), abs=0.005)
        assert mean.probability(at_least=level) == pytest.approx(
            1 - mean.probability(at_most=level), abs=1e-3
        )
    assert mean.level_at(0.8) == pytest.approx(20 + sd * ndtri(0.8), abs=0.02)
    assert mean.shared == pytest.approx(3 * rho / (1 + 2 * rho), abs=0.02)


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.7])
def test_two_years_of_a_normal_path_differ_normally(rho):
    path = (normal(20.0, 1.0), normal(18.0, 1.5))
    covariance = np.array([[1.0, 1.5 * rho], [1.5 * rho, 2.25]])[None]
    figures = Observed(np.array([2019]), np.array([21.0]))
    ahead = Forecast(figures, "points", path, None, (0.5, 0.5), np.array([covariance, 0.5 * covariance]))
    sd = np.sqrt(1 + 2.25 - 3 * rho)
    for fall in (-3.0, -2.0, 0.0):
        p, shared = between(ahead, 1, lambda before, fall=fall: before + fall, "at_most")
        assert p == pytest.approx(ndtr((fall + 2) / sd), abs=1e-4) and shared == pytest.approx(0.5)
        assert between(ahead, 1, lambda before, fall=fall: before + fall, "at_least")[0] == pytest.approx(
            1 - p
        )
    tenth = between(ahead, 1, lambda before: 0.95 * before, "at_most")[0]
    assert tenth == pytest.approx(ndtr(1.0 / np.sqrt(2.25 + 0.95**2 - 2 * 0.95 * 1.5 * rho)), abs=1e-4)


def test_a_path_joins_its_years_as_its_covariance_says(known):
    series = known.series("poor_household_pct", place="Bắc Kạn")
    for ahead in (
        ps.forecast(series, horizon=3, peers=known.peers("poor_household_pct")),
        ps.forecast(series, horizon=3),
    ):
        for h, one in enumerate(ahead.path):
            # With peers the square of the width of the middle 80 %; the drift's squared scale, as it may have no variance.
            moment = breadth(one.df) if ahead.peers else 1.0
            assert one.scale**2 * moment == pytest.approx(ahead.together[0][:, h, h])
        assert np.all(np.linalg.eigvalsh(ahead.together[0]) > 0)
        assert np.all(ahead.together[0] >= ahead.together[1])
    # A random walk with drift: the later year is the earlier one and more, so that the step between has the spread of one.
    drift = ps.forecast(series, horizon=2, scale="points")
    step = ps.forecast(series, horizon=1, scale="points")
    p = between(drift, 1, lambda before: before - 2.0, "at_most")[0]
    assert p == pytest.approx(step.probability(change_at_most=-2.0), abs=0.03)
