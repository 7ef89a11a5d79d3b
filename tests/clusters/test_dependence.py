"""Residuals as of dummies, and how far they go together: by hand and by chance."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from helpers.panels import provinces, with_gaps
from scipy import stats

from povertystats.clusters.dependence import dependence, residuals
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments


@pytest.mark.parametrize(("entity", "effects"), [("place", " + C(place)"), (None, "")])
def test_residuals_are_those_of_a_regression_on_dummies(entity, effects):
    panel = with_gaps().dropna().assign(poor_pct=lambda f: f.poor_pct + 1e6)
    moments = Moments.from_frame(panel, "poor_pct", ["trained_pct"], entity=entity)
    found = residuals(moments, solve(moments))
    theirs = smf.ols("poor_pct ~ trained_pct + C(year)" + effects, panel).fit().resid
    table = panel.assign(e=theirs).pivot(index="place", columns="year", values="e")
    np.testing.assert_allclose(found, table.loc[list(moments.clusters), list(moments.times)], atol=1e-6)


def test_residuals_need_time_effects():
    moments = Moments.from_frame(provinces(), "poor_pct", ["trained_pct"], time=None)
    with pytest.raises(ValueError, match="no time effects"):
        residuals(moments, solve(moments))


def test_dependence_is_the_mean_of_pairwise_correlations():
    errors = np.random.default_rng(4).normal(size=(6, 9))
    errors[0, :2] = errors[1, 5:] = np.nan
    rho = []
    for i in range(6):
        for j in range(i):
            both = ~np.isnan(errors[i] + errors[j])
            if both.sum() >= 4:
                rho.append(np.corrcoef(errors[i, both], errors[j, both])[0, 1])
    found = dependence(errors)
    assert found["pairs"] == len(rho) == 14  # the first two share three years
    assert found["mean"] == pytest.approx(np.mean(rho)) and found["mean_abs"] == pytest.approx(
        np.mean(np.abs(rho))
    )


def test_chance_is_what_independent_residuals_give():
    # 80 places, 12 years, 3,160 pairs, and 250 places, 4 years, 31,125 pairs: three and four standard errors.
    found = dependence(np.random.default_rng(11).normal(size=(80, 12)))
    assert found["mean_abs"] == pytest.approx(found["chance"], abs=0.01)
    short = dependence(np.random.default_rng(12).normal(size=(250, 4)))
    assert short["mean_abs"] == pytest.approx(short["chance"], abs=0.0066)
    shared = np.random.default_rng(11).normal(size=(80, 12)) + 2 * np.random.default_rng(1).normal(size=12)
    assert dependence(shared)["mean_abs"] > 0.55 > 2 * found["chance"]


def test_chance_is_the_exact_mean_of_an_absolute_correlation():
    # The correlation of T pairs of independent normal values has the density (1 − r²)^((T − 4)/2)/B(1/2, (T − 2)/2).
    def expected(t):
        r = stats.beta((t - 2) / 2, (t - 2) / 2, loc=-1, scale=2)
        return 2 * r.expect(lambda x: x, lb=0, ub=1)

    for t in (4, 5, 8, 15, 40):
        found = dependence(np.random.default_rng(t).normal(size=(3, t)))
        assert found["chance"] == pytest.approx(expected(t), rel=1e-9)
    assert dependence(np.random.default_rng(4).normal(size=(3, 4)))["chance"] == pytest.approx(0.5)
    # Three pairs of 7, 5 and 5 years in common: averaged over the pairs.
    errors = np.random.default_rng(5).normal(size=(3, 7))
    errors[2, :2] = np.nan
    assert dependence(errors)["chance"] == pytest.approx((expected(7) + 2 * expected(5)) / 3, rel=1e-9)
    assert np.isfinite(dependence(np.random.default_rng(6).normal(size=(2, 400)))["chance"])  # Γ(200) is not


def test_too_few_common_years_have_no_correlation():
    found = dependence(np.ones((3, 3)))
    assert found["pairs"] == 0 and np.isnan(found["mean"])
