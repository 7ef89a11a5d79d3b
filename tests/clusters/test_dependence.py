"""Residuals as of dummies, and how far they go together: by hand and by chance."""

from itertools import permutations

import numpy as np
import pytest
import statsmodels.formula.api as smf
from helpers.panels import provinces, with_gaps
from scipy import stats

from povertystats.clusters.dependence import dependence, residuals, shared, within_regions
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


def in_regions(rng, places, years, regions, shared, gaps=False):
    """Residuals of an AR(1), places of unequal noise, with shocks that a region shares; and the regions."""
    region, errors = np.arange(places) % regions, rng.normal(size=(places, years))
    for t in range(1, years):
        errors[:, t] += 0.5 * errors[:, t - 1]
    errors = errors * rng.lognormal(0, 0.5, (places, 1)) + shared * rng.normal(size=(regions, years))[region]
    if gaps:
        errors[:, 2:][rng.random((places, years - 2)) < 0.3] = np.nan
    for _ in range(2):
        errors = errors - np.nanmean(errors, axis=0)
        errors = errors - np.nanmean(errors, axis=1, keepdims=True)
    return errors, region


def test_correlations_within_and_between_regions_are_the_means_of_those_of_pairs():
    errors, region = in_regions(np.random.default_rng(2), 14, 7, 4, 1.0)
    found = within_regions(errors, region, draws=99)
    rho = np.corrcoef(errors)[np.triu_indices(14, 1)]
    same = (region[:, None] == region)[np.triu_indices(14, 1)]
    assert (found.within, found.between) == (
        pytest.approx(rho[same].mean()),
        pytest.approx(rho[~same].mean()),
    )
    assert (found.places, found.regions, found.draws) == (14, 4, 99)


def test_years_of_a_gap_count_for_no_pair():
    errors = np.array(
        [[1.0, -1, np.nan, np.nan], [2.0, -2, np.nan, np.nan], [np.nan, np.nan, 1, -1], [1, -1, 3, -3]]
    )
    found = within_regions(errors, list("aabb"))
    v, root5 = errors[3] / np.sqrt(5), np.sqrt(5)
    assert found.within == pytest.approx((2 + (v[2] - v[3])) / 4)  # two years in common each
    assert found.between == pytest.approx(
        (2 * 2 / root5) / 4
    )  # of the first two with the fourth; none with the third


def test_p_counts_the_ways_of_dealing_regions_to_places():
    errors = np.array([[1.0, -1], [1.0, -1], [-1.0, 1], [-1.0, 1]])
    found = within_regions(errors, list("aabb"), draws=5999)
    assert found.p == pytest.approx(1 / 3, abs=0.02)  # two like places are together in 8 of 24 orders
    assert within_regions(errors, list("abab"), draws=99).p == 1


@pytest.mark.parametrize(
    ("errors", "regions", "reason"),
    [
        (np.ones((3, 2)), "aaa", "fewer than two regions"),
        (np.ones((3, 2)), "abc", "no region has two places"),
        (np.zeros((3, 2)), "aab", "fewer than two regions"),
        (np.array([[1, np.nan], [np.nan, 1], [1, np.nan]]), "aab", "no two places have a year in common"),
    ],
)
def test_without_pairs_there_is_a_reason_and_no_test(errors, regions, reason):
    found = within_regions(errors, list(regions))
    assert np.isnan(found.p) and reason in found.reason


@pytest.mark.parametrize(
    ("shape", "shared", "gaps", "low", "high"),
    [
        ((20, 8, 6), 0, False, 0.025, 0.08),  # size: 300 samples, .05 ± 2.4 standard errors
        ((63, 4, 6), 0, True, 0.025, 0.08),
        ((20, 8, 6), 1, False, 0.9, 1),  # power where a region shares as much as half the variance
        ((63, 4, 6), 0.5, True, 0.85, 1),
    ],
)
def test_the_test_of_dependence_holds_its_level_and_finds_what_regions_share(shape, shared, gaps, low, high):
    rng = np.random.default_rng(7)
    found = [within_regions(*in_regions(rng, *shape, shared, gaps), draws=99, seed=s).p for s in range(300)]
    assert low <= np.mean(np.array(found) <= 0.05) <= high


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
def test_residuals_of_regions_years_stand_by_place_and_year():
    panel = with_gaps().assign(region=lambda rows: rows["place"].str[-1])
    m = Moments.from_frame(panel, "poor_pct", ["trained_pct"], years_by="region")
    found = residuals(m, solve(m))
    whole = panel.dropna()
    fit = smf.ols("poor_pct ~ trained_pct + C(place) + C(region):C(year)", whole).fit()
    wide = whole.assign(e=fit.resid).pivot(index="place", columns="year", values="e")
    np.testing.assert_allclose(found, wide.loc[[*m.clusters]].to_numpy(), atol=1e-8)


def test_z_is_told_by_the_mean_and_deviation_over_all_assignments():
    rng = np.random.default_rng(2)
    errors, driver = rng.normal(size=(2, 6, 5))
    errors[1, 2] = driver[1, 2] = np.nan

    def correlations(part):
        part = np.nan_to_num(part)
        return (part @ part.T) / np.outer(*[np.linalg.norm(part, axis=1)] * 2)

    a, b = correlations(errors), correlations(driver)
    off = ~np.eye(6, dtype=bool)
    every = [(a[np.ix_(p, p)] * b)[off].sum() for p in map(list, permutations(range(6)))]
    found = shared(errors, driver)
    assert found.z == pytest.approx(((a * b)[off].sum() - np.mean(every)) / np.std(every))
    e, d = np.nan_to_num(errors), np.nan_to_num(driver)
    products = (e @ e.T) * (d @ d.T)
    assert found.inflation == pytest.approx(products[off].sum() / np.trace(products))


def test_only_what_is_shared_by_both_is_found():
    rng = np.random.default_rng(5)
    z = []
    for _ in range(100):
        region = np.arange(40) % 6
        common, own = rng.normal(size=(2, 6, 8))[:, region], rng.normal(size=(2, 40, 8))
        both = common + own
        z.append([shared(*own).z, shared(both[0], own[1]).z, shared(own[0], both[1]).z, shared(*both).z])
    z = np.array(z)
    assert ((z[:, :3] > 2).mean(axis=0) < 0.08).all() and (z[:, 3] > 2).mean() > 0.85
    assert np.abs(z[:, :3].mean(axis=0)).max() < 0.4


def test_where_nothing_can_be_told_nothing_is():
    rng = np.random.default_rng(1)
    for shape in ((3, 9), (9, 3)):
        assert np.isnan(shared(*rng.normal(size=(2, *shape)))).all()
    assert np.isnan(shared(rng.normal(size=(6, 6)), np.zeros((6, 6))).z)
