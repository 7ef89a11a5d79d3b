"""The interval of a skill against a jackknife written out, and when there is none."""

import numpy as np
import pytest
from scipy import stats

from povertystats.records.skill import skill


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


def test_years_of_which_one_outweighs_all_others_carry_no_interval():
    years = np.repeat([2012, 2013, 2014], [200, 2, 2])
    own = np.random.default_rng(3).uniform(0.5, 1, len(years))
    found = skill(own, own + 1, years)
    assert 0 < found[0] < 1 and np.isnan(found[1:]).all()
    alike = np.repeat([2012, 2013, 2014], 68)
    assert np.isfinite(skill(own, own + 1, alike)).all()
