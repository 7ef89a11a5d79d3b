import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, gamma, nbinom, poisson
from scipy.stats import t as student

from povertystats.kinds.yearly_totals import ExitRate, exit_rate, needed_rate, yearly_total

totals = st.lists(st.integers(0, 10_000), min_size=2, max_size=8)


def test_even_totals_are_the_poisson_predictive():
    total = yearly_total([10, 10, 10, 10])
    exact = nbinom(40.5, 4 / 5)
    for bound in (0, 7, 10, 14, 30):
        assert total.probability(at_most=bound) == pytest.approx(exact.cdf(bound), abs=1e-12)
    # The same from its definition: a Poisson total, its mean a gamma by Jeffreys' prior.
    mixed = quad(lambda mean: poisson.sf(11, mean) * gamma.pdf(mean, 40.5, scale=1 / 4), 0, 40)[0]
    assert total.probability(at_least=12) == pytest.approx(mixed, abs=1e-9)


def test_the_mixture_is_of_scipys_negative_binomials():
    total = yearly_total([5200, 5350, 4900, 5400])
    p = total.mean / total.variance
    parts = nbinom(total.mean * p / (1 - p), p)
    assert parts.mean() == pytest.approx(total.mean) and parts.var() == pytest.approx(total.variance)
    for bound in (3000, 5000, 5213, 6000):
        assert total.probability(at_most=bound) == pytest.approx(parts.cdf(bound).mean(), abs=1e-12)
        assert total.probability(at_least=bound + 1) == pytest.approx(parts.sf(bound).mean(), abs=1e-12)


def test_large_overdispersed_totals_are_nearly_a_t():
    y = np.array([52_000, 53_500, 49_000, 54_000, 50_500])
    total, spread = yearly_total(y), y.std(ddof=1) * np.sqrt(1 + 1 / 5)
    for bound in (47_000, 50_000, 52_000, 55_000):
        expected = student.sf((bound - y.mean()) / spread, 4)
        assert total.probability(at_least=bound) == pytest.approx(expected, abs=0.01)


@given(totals, st.integers(1, 12_000))
def test_at_most_and_at_least_add_up_and_are_never_certain(y, bound):
    total = yearly_total(y)
    p, q = total.probability(at_most=bound - 1), total.probability(at_least=bound)
    assert 0 < p < 1 and 0 < q < 1
    assert p + q == pytest.approx(1, abs=1e-9)


@given(totals, st.floats(0.05, 0.95))
def test_the_level_is_the_least_that_reaches_its_probability(y, p):
    total = yearly_total(y)
    level = total.level_at(p)
    assert total.probability(at_most=level) >= p - 1e-12
    assert level == 0 or total.probability(at_most=level - 1) < p + 1e-12


@pytest.mark.parametrize(("mean", "dispersion"), [(300, 0.0), (300, 0.02), (5000, 0.01), (5000, 0.05)])
@pytest.mark.parametrize("n", [2, 4])
def test_intervals_cover_at_least_nearly_what_they_say(mean, dispersion, n):
    rng = np.random.default_rng([mean, n, int(1000 * dispersion)])
    held = []
    for _ in range(300):
        means = rng.gamma(1 / dispersion, mean * dispersion, n + 1) if dispersion else np.full(n + 1, mean)
        y = rng.poisson(means)
        total = yearly_total(y[:-1])
        # What level_at(0.1) <= y <= level_at(0.9) means, and quicker.
        held.append(total.probability(at_most=y[-1]) >= 0.1 and total.probability(at_least=y[-1]) > 0.1)
    # Two totals can look even by chance; a dispersion below 1 is never believed.
    assert 0.74 <= np.mean(held) <= (0.96 if dispersion == 0 else 0.88)


@pytest.mark.parametrize("wrong", [[5], [], [[1, 2]], [1, -2], [1.5, 2], [1, np.nan]])
def test_wrong_totals_are_refused(wrong):
    with pytest.raises(ValueError, match="cannot say anything of the next total"):
        yearly_total(wrong)


def test_wrong_questions_are_refused():
    total = yearly_total([3, 4])
    assert (total.probability(at_least=0), total.probability(at_most=-1)) == (1.0, 0.0)
    for bounds in ({}, {"at_most": 1, "at_least": 2}):
        with pytest.raises(ValueError, match="exactly one"):
            total.probability(**bounds)
    with pytest.raises(ValueError, match="strictly between"):
        total.level_at(1)


def test_all_leave_is_the_mean_over_the_beta():
    rate = ExitRate(4, 0.3, 10.0)
    expected = quad(lambda q: (1 - (1 - q) ** 2) ** 5 * beta.pdf(q, 3, 7), 0, 1)[0]
    assert rate.all_leave(5, 2) == pytest.approx(expected, abs=1e-9)
    # One unit in one year leaves at the mean rate; m units in one year by the beta's moment.
    assert rate.all_leave(1, 1) == pytest.approx(0.3, abs=1e-9)
    assert rate.all_leave(3, 1) == pytest.approx(3 * 4 * 5 / (10 * 11 * 12), abs=1e-9)


def test_all_leave_agrees_with_simulation():
    rng = np.random.default_rng(1)
    q = rng.beta(4, 6, 200_000)
    left = rng.binomial(3, 1 - (1 - q) ** 2) == 3
    assert ExitRate(5, 0.4, 10.0).all_leave(3, 2) == pytest.approx(left.mean(), abs=0.005)


def test_exits_of_bac_kan_and_what_they_would_have_to_be():
    years, values = [2015, 2016, 2017, 2018, 2019], [29.40, 26.61, 24.53, 21.88, 19.57]
    rate = exit_rate(years, values)
    shares = 1 - np.array(values[1:]) / values[:-1]
    assert rate.mean == pytest.approx(shares.mean())
    fitted = beta(rate.mean * rate.size, (1 - rate.mean) * rate.size)
    assert fitted.var() == pytest.approx(shares.var(ddof=1) * 1.25)
    assert 0 < rate.all_leave(394, 2) < 1e-6
    assert needed_rate(394, 2) == pytest.approx(0.958, abs=0.001)


@given(st.integers(1, 500), st.integers(1, 5), st.floats(0.05, 0.95))
def test_the_needed_rate_gives_the_chance(units, years, chance):
    q = needed_rate(units, years, chance=chance)
    assert (1 - (1 - q) ** years) ** units == pytest.approx(chance, rel=1e-6)


def test_gaps_in_exits_are_yearly_rates():
    # Half left over two years: 1 − √½ a year.
    assert exit_rate([2010, 2012, 2014], [40, 20, 10]).mean == pytest.approx(1 - np.sqrt(0.5))


@pytest.mark.parametrize("values", [[20, 10], [20, 0, 0], [10, 12, 15]])
def test_exits_that_say_nothing_are_refused(values):
    with pytest.raises(ValueError, match="exit_rate: "):
        exit_rate(range(2010, 2010 + len(values)), values)


def test_wrong_units_years_and_chances_are_refused():
    for wrong in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="(units|years) must be 1 or more, got 0"):
            ExitRate(4, 0.3, 10.0).all_leave(*wrong)
        with pytest.raises(ValueError, match="(units|years) must be 1 or more, got 0"):
            needed_rate(*wrong)
    with pytest.raises(ValueError, match="chance must lie strictly between 0 and 1, got 1"):
        needed_rate(1, 1, chance=1)
