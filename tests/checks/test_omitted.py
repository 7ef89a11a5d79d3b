"""What an omitted variable leaves of an estimate: the published example, and variables that are really added."""

import numpy as np
import pytest
import statsmodels.api as sm
from helpers.omitted import dense, omitted, provinces
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from povertystats.checks.omitted import adjusted, group_partial_r2, robustness_value, strength

SHARES = st.floats(0.001, 0.9)


def test_darfur_as_published():
    # Cinelli & Hazlett 2020: estimate .097, standard error .023, t 4.18, 783 degrees,
    # RV .139 and .076. Digits: package PySensemakr 0.0.8 on its darfur.csv (village effects); on the same file
    # our moments give the same ten digits.
    t, dof = 4.18444998480834, 783
    assert t**2 / (t**2 + dof) == pytest.approx(0.02187309334, abs=1e-10)
    assert robustness_value(t / dof**0.5) == pytest.approx(0.1387763539, abs=1e-9)
    critical = stats.t.ppf(0.975, dof - 1) / np.sqrt(dof - 1)
    assert robustness_value(t / dof**0.5, critical) == pytest.approx(0.0762579655, abs=1e-9)

    # The benchmark is being female, one to three times.
    r2_driver, r2_outcome = strength(0.009081065190, 0.109033915428, [1, 2, 3])
    np.testing.assert_allclose(r2_driver, [0.009164286675, 0.01832857335, 0.027492860025], rtol=1e-8)
    np.testing.assert_allclose(r2_outcome, [0.124640923036, 0.2493240642, 0.374050471038], rtol=1e-8)
    estimate, factor = adjusted(0.09731581928, 0.02325653781, dof, r2_driver, r2_outcome)
    np.testing.assert_allclose(estimate, [0.0752202712, 0.0529151724, 0.0303960235], atol=1e-9)
    np.testing.assert_allclose(
        estimate / (0.02325653781 * factor), [3.4389039, 2.6002462, 1.6280620], atol=1e-6
    )


def test_a_group_in_darfur_as_published():
    # t values of harm, age and being female, and A⁻¹ of these with unit diagonal, from PySensemakr's darfur.csv.
    t = np.array([4.1844499848083, -2.5167078285413, -9.7888370423319])
    c = np.array([[1, 0.0334030909265, 0.0952946230924], [0.0334030909265, 1, 0.2446658777677], [0, 0, 1]])
    c[2, :2] = c[:2, 2]
    # The tests of the package sensemakr: group_partial_r2 of harm and female, to seven digits.
    assert group_partial_r2(c, t, 783, 1, [0, 2])[1] == pytest.approx(0.1350435, abs=5e-8)
    # PySensemakr 0.0.8, benchmark_covariates=[["age", "female"]], kd=[1, 2].
    found = strength(*group_partial_r2(c, t, 783, 0, [1, 2]), [1, 2])
    theirs = [[0.009274533928, 0.018549067856], [0.124688912242, 0.249421085557]]
    np.testing.assert_allclose(found, theirs, rtol=1e-9)
    estimate, factor = adjusted(0.09731581928, 0.02325653781, 783, *found)
    np.testing.assert_allclose(estimate, [0.075082247085, 0.052635190669], atol=1e-10)
    np.testing.assert_allclose(0.02325653781 * factor, [0.021873945120, 0.020351032625], atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(SHARES, SHARES)
def test_a_variable_that_is_really_added_leaves_the_adjusted_estimate(r2_driver, r2_outcome):
    frame = provinces()
    fit = sm.OLS(frame.y, dense(frame)).fit()
    estimate, factor = adjusted(fit.params["x"], fit.bse["x"], fit.df_resid, r2_driver, r2_outcome)
    added = dense(frame).assign(omitted=omitted(frame, r2_driver, r2_outcome))
    after = sm.OLS(frame.y, added).fit()
    assert after.params["x"] == pytest.approx(estimate, abs=1e-8)
    assert after.bse["x"] == pytest.approx(fit.bse["x"] * factor, rel=1e-7)


@given(st.floats(0.01, 5), st.floats(0.01, 2))
def test_no_variable_of_at_most_the_robustness_value_does_more(f, critical):
    rv = float(robustness_value(f, critical))
    r2_outcome = np.linspace(0, rv, 200)

    def end(r2_driver):
        bias = np.sqrt(r2_outcome * r2_driver / (1 - r2_driver))
        return f - bias - critical * np.sqrt((1 - r2_outcome) / (1 - r2_driver))

    if rv == 0:
        assert f <= critical
    elif f - critical < 1e-9:  # closer than the arithmetic below can tell
        assert rv < 1e-3
    else:
        assert end(rv).min() == pytest.approx(0, abs=1e-3 * (1 + f))
        assert end(0.98 * rv).min() > 0
