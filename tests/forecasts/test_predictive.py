"""Predictive distributions against scipy's Student-t, numerical integrals and themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit, logit

from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import to_percent, to_scale


def mixture(link="log_odds", baseline=None):
    location = [-1.6, -1.2, -0.4] if link == "log_odds" else [17.0, 19.0, 24.0]
    scale = [0.2, 0.1, 0.5] if link == "log_odds" else [1.0, 0.5, 3.0]
    return Predictive([0.5, 0.3, 0.2], [3, 8, 30], location, scale, link, baseline)


def cdf(rate, level):
    z = logit(level / 100) if rate.link == "log_odds" else level
    return stats.t.cdf(np.expand_dims(z, -1), rate.df, rate.location, rate.scale) @ rate.weights


@st.composite
def predictives(draw):
    n = draw(st.integers(1, 4))
    link = draw(st.sampled_from(["log_odds", "points"]))
    some = {"min_size": n, "max_size": n}
    shares = np.array(draw(st.lists(st.floats(0.05, 1), **some)))
    span = (-3, 3) if link == "log_odds" else (45, 55)
    return Predictive(
        shares / shares.sum(),
        draw(st.lists(st.integers(3, 200), **some)),
        draw(st.lists(st.floats(*span), **some)),
        draw(st.lists(st.floats(0.01, 0.8), **some)),
        link,
        50.0,
    )


chances = st.floats(0.001, 0.999)


@pytest.mark.parametrize("link", ["log_odds", "points"])
@pytest.mark.parametrize("level", [1.0, 17.07, 19.57, 60.0])
def test_probability_is_that_of_scipys_student_t(link, level):
    rate = mixture(link)
    assert rate.probability(at_most=level) == pytest.approx(cdf(rate, level), rel=1e-12)
    assert rate.probability(at_least=level) == pytest.approx(1 - cdf(rate, level), rel=1e-9)


@given(predictives(), chances)
def test_level_at_inverts_probability(rate, p):
    assert rate.probability(at_most=rate.level_at(p)) == pytest.approx(p, abs=1e-9)


@given(predictives(), st.lists(chances, min_size=1, max_size=6))
def test_many_levels_at_once_are_each_of_them(rate, ps):
    levels = rate.level_at(ps)
    assert levels.shape == (len(ps),)
    np.testing.assert_allclose(levels, [rate.level_at(p) for p in ps], rtol=1e-12, atol=1e-12)
    assert rate.level_at(np.array([ps, ps])).shape == (2, len(ps))


@given(predictives(), st.floats(0, 100, exclude_min=True, exclude_max=True))
def test_at_most_and_at_least_add_up_and_an_open_event_is_never_certain(rate, level):
    below, above = rate.probability(at_most=level), rate.probability(at_least=level)
    assert below + above == pytest.approx(1, abs=1e-12)
    assert 0 < below < 1
    assert 0 < above < 1


@given(
    predictives(),
    st.lists(st.floats(0, 100), min_size=2, max_size=2),
    st.lists(chances, min_size=2, max_size=2),
)
def test_probability_and_level_never_fall(rate, levels, ps):
    levels, ps = sorted(levels), sorted(ps)
    assert rate.probability(at_most=levels[0]) <= rate.probability(at_most=levels[1])
    assert rate.level_at(ps[0]) <= rate.level_at(ps[1])


@given(predictives(), st.floats(0.01, 0.98))
def test_intervals_are_central_nested_and_inside(rate, level):
    low, high = rate.interval(level)
    wider = rate.interval(level + 0.01)
    assert 0 <= wider[0] <= low <= rate.level_at(0.5) <= high <= wider[1] <= 100
    assert rate.probability(at_most=low) == pytest.approx((1 - level) / 2, abs=1e-9)
    assert rate.probability(at_least=high) == pytest.approx((1 - level) / 2, abs=1e-9)


@given(predictives(), st.floats(-49, 49))
def test_a_change_counts_from_the_baseline(rate, change):
    assert rate.probability(change_at_most=change) == rate.probability(at_most=50 + change)
    assert rate.probability(change_at_least=change) == rate.probability(at_least=50 + change)


def test_a_small_tail_keeps_its_digits():
    rate = Predictive(1.0, 200, 0.0, 0.06)
    tail = stats.t.sf(logit(0.6) / 0.06, 200)
    assert 1e-11 < tail < 1e-9
    assert rate.probability(at_least=60.0) == pytest.approx(tail, rel=1e-12, abs=0)


def test_at_the_ends_the_log_odds_link_has_no_mass_and_the_points_link_reads_it_there():
    inside, across = Predictive(1.0, 4, -4.0, 1.0), Predictive(1.0, 4, 1.0, 1.0, "points")
    assert inside.probability(at_most=0) == inside.probability(at_least=100) == 0
    assert across.probability(at_most=0) == pytest.approx(stats.t.cdf(-1, 4))
    for rate in (inside, across):
        assert rate.probability(at_least=0) == rate.probability(at_most=100) == 1
    assert across.interval(0.80)[0] == across.level_at(0.1) == 0
    assert across.sample(1_000, seed=1).min() == 0


@pytest.mark.parametrize("link", ["log_odds", "points"])
def test_draws_follow_the_distribution(link):
    rate = mixture(link)
    draws = rate.sample(20_000, seed=7)
    inside = draws[draws > 0]
    assert stats.kstest(cdf(rate, inside), "uniform").pvalue > 0.01
    np.testing.assert_array_equal(draws[:5], rate.sample(20_000, seed=7)[:5])
    assert not np.array_equal(draws[:5], rate.sample(20_000, seed=8)[:5])


@pytest.mark.parametrize("link", ["log_odds", "points"])
def test_density_is_the_slope_of_the_probability(link):
    rate = mixture(link)
    levels = np.array([12.0, 17.5, 22.0, 40.0])
    slope = [(cdf(rate, x + 1e-4) - cdf(rate, x - 1e-4)) / 2e-4 for x in levels]
    np.testing.assert_allclose(rate.density(levels), slope, rtol=1e-5)
    assert rate.density(levels.reshape(2, 2)).shape == (2, 2)
    assert rate.log_score(17.5) == pytest.approx(-np.log(slope[1]), abs=1e-5)


def test_density_integrates_to_one():
    assert quad(mixture().density, 1e-9, 100 - 1e-9, points=[10, 20, 40], limit=200)[0] == pytest.approx(
        1, abs=1e-6
    )


def test_log_score_far_out_is_finite():
    rate = Predictive(1.0, 1000, -3.0, 0.01)
    assert rate.log_score(90.0) == pytest.approx(
        -stats.t.logpdf(logit(0.9), 1000, -3.0, 0.01) - np.log(100 / (90 * 10)), rel=1e-9
    )


def test_crps_of_the_standard_normal_at_its_centre():
    assert Predictive(1.0, 1e9, 0.0, 1.0, "points").crps(0.0) == pytest.approx(0.2336950, abs=1e-7)


@pytest.mark.parametrize("observed", [0.0, 0.4, 15.0, 19.0, 80.0, 100.0])
@pytest.mark.parametrize("link", ["log_odds", "points"])
def test_crps_is_its_integral(link, observed):
    rate = mixture(link)
    ends = (0, 100) if link == "log_odds" else (-3000, 3000)
    cuts = sorted({ends[0], 2.0, 10.0, 17.0, 19.0, 24.0, 40.0, observed, *ends})

    def square(x):
        return (cdf(rate, x) - (x >= observed)) ** 2

    pieces = zip(cuts, cuts[1:], strict=False)
    with np.errstate(divide="ignore"):
        expected = sum(quad(square, a, b, epsabs=1e-11, epsrel=1e-11, limit=400)[0] for a, b in pieces)
    assert rate.crps(observed) == pytest.approx(expected, rel=1e-7)


def test_crps_keeps_its_digits_whatever_the_components():
    # The energy form E|X − y| − ½ E|X − X'| of normal components has a closed form.
    def gap(m, s):
        return 2 * s * stats.norm.pdf(m / s) + m * (2 * stats.norm.cdf(m / s) - 1)

    rng = np.random.default_rng(2)
    for _ in range(50):
        n = int(rng.integers(1, 5))
        w, m = rng.dirichlet(np.ones(n)), rng.normal(50, 8, n)
        s, y = np.exp(rng.normal(0, 1.5, n)), rng.uniform(20, 80)
        pairs = gap(m[:, None] - m, np.hypot(s[:, None], s))
        expected = w @ gap(y - m, s) - 0.5 * w @ pairs @ w
        assert Predictive(w, np.full(n, 1e10), m, s, "points").crps(y) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("df", [1, 2])
def test_crps_with_heavy_tails(df):
    rate = Predictive(1.0, df, 20.0, 1.0, "points")

    def tail(z):
        return stats.t.sf(z, df) ** 2

    expected = 2 * (quad(tail, 0, 10)[0] + quad(tail, 10, np.inf, limit=400)[0])
    assert rate.crps(20.0) == pytest.approx(expected, rel=1e-6)


def test_a_narrow_forecast_scores_its_absolute_error():
    assert Predictive(1.0, 50, logit(0.2), 1e-7).crps(23.0) == pytest.approx(3.0, abs=1e-5)


def test_crps_prefers_the_truth():
    draws = Predictive(1.0, 5, -1.5, 0.2).sample(400, seed=3)
    score = {s: np.mean([Predictive(1.0, 5, -1.5, s).crps(x) for x in draws]) for s in (0.05, 0.2, 0.8)}
    assert min(score, key=score.get) == 0.2


def test_the_scales_are_inverse():
    levels = np.array([0.01, 19.57, 99.9])
    for link in ("log_odds", "points"):
        np.testing.assert_allclose(to_percent(to_scale(levels, link), link), levels)
    assert to_percent(1.0, "log_odds") == pytest.approx(100 * expit(1.0))


def test_every_fault_of_the_parameters_is_named_at_once():
    with pytest.raises(ValueError, match="scale must be above 0") as caught:
        Predictive([0.5, 0.6], [3, 0], [1.0, np.nan], [1.0, -1.0], "probit", 101)
    for fault in ("sum 1.1", "df must be above 0", "location must be finite", "'probit'", "baseline", "101"):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (([0.5, 0.5], 3, 1.0, 1.0), "one length"),
        (([[1.0]], [[3]], [[1.0]], [[1.0]]), "1-d"),
        (([], [], [], []), "1-d"),
        (([1.5, -0.5], [3, 3], [1.0, 1.0], [1.0, 1.0]), "weights must be 0 or more"),
    ],
)
def test_shapes_and_weights_are_checked(arguments, fault):
    with pytest.raises(ValueError, match=fault):
        Predictive(*arguments)


@pytest.mark.parametrize(
    ("thresholds", "fault"),
    [
        ({}, "exactly one of at_most, .*, got none"),
        ({"at_most": 5, "change_at_least": -1}, "exactly one of .*, got at_most, change_at_least"),
        ({"at_most": -0.1}, "at_most=-0.1 lies outside 0–100"),
        ({"at_least": 100.5}, "at_least=100.5 lies outside 0–100"),
        ({"at_most": np.nan}, "outside 0–100"),
        ({"change_at_most": -20}, "baseline 19.57.*outside 0–100"),
    ],
)
def test_impossible_thresholds_are_refused(thresholds, fault):
    with pytest.raises(ValueError, match=fault):
        mixture(baseline=19.57).probability(**thresholds)


def test_other_bad_input_is_refused():
    rate = mixture()
    for call, fault in [
        (lambda: rate.probability(change_at_most=-2), "needs a baseline"),
        (lambda: rate.level_at(0), "strictly between 0 and 1, got 0"),
        (lambda: rate.level_at([0.5, 1]), r"strictly between 0 and 1, got \[0.5, 1\]"),
        (lambda: rate.interval(80), "strictly between 0 and 1, got 80"),
        (lambda: rate.density([5.0, 100.0]), r"\[100.0\]"),
        (lambda: rate.crps(101), "got 101"),
        (lambda: rate.crps(np.nan), "got nan"),
        (lambda: rate.log_score(-1), "got -1"),
        (lambda: rate.log_score(0), "no finite score"),
    ]:
        with pytest.raises(ValueError, match=fault):
            call()


def test_the_parameters_cannot_be_changed():
    rate = mixture()
    with pytest.raises(ValueError, match="read-only"):
        rate.scale[0] = 9
