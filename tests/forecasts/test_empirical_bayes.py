"""What the peers teach, against scipy's distributions and by finding again what generated them."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit, gammaln, logit, logsumexp

from povertystats.forecasts import empirical_bayes as engine
from povertystats.forecasts.empirical_bayes import (
    Trends,
    empirical_bayes,
    fit_of,
    forms,
    level_variance,
    likelier,
    log_density,
    own_trends,
)
from povertystats.forecasts.shared_paths import Deviation, rounding
from povertystats.forecasts.structural_trends import FAMILIES, with_slopes

EVEN = np.array([0.5, 0.5])


def test_the_density_of_a_series_is_that_of_an_f_ratio():
    # y'Qy/(d s²) ~ F(d, ν); of all figures with one y'Qy each is as likely, on a sphere of area ∝ 1/Γ(d/2).
    q, d = np.array([0.02, 0.3, 1.7]), 5
    for nu, s2 in ((3.0, 0.1), (16.0, 0.4)):
        of_ratio = stats.f.logpdf(q / (d * s2), d, nu) - np.log(d * s2) - (d / 2 - 1) * np.log(q)
        of_figures = log_density(nu, s2, nu * s2 + q, d)
        np.testing.assert_allclose(of_figures, of_ratio + gammaln(d / 2), rtol=1e-12)


def test_forms_are_those_of_the_steps_of_a_series():
    """A level that is free leaves the steps: their covariance gives y'Qy and the determinant."""
    years, rng = (2010, 2011, 2013, 2014), np.random.default_rng(0)
    rows = [(rng.normal(size=4), -1.0, 0.1), (rng.normal(size=4), -2.0, 0.2)]
    shapes, kappa = ((1.0, 0.1, 0.3), (0.8, 0.0, 0.5)), np.array([0.5, 0.0])
    q, h, dims, level, of_rounding = forms(years, rows, shapes, kappa)
    assert (level.tolist(), of_rounding.tolist(), dims.tolist()) == ([-1.0, -2.0], [0.1, 0.2], [[3], [3]])
    steps = np.diff(np.eye(4), axis=0)
    for k, cov in enumerate(with_slopes(shapes, years, kappa)):
        of_steps = steps @ cov @ steps.T
        for s, (z, _, _) in enumerate(rows):
            assert q[s, k] == pytest.approx(np.diff(z) @ np.linalg.solve(of_steps, np.diff(z)))
        # Up to a constant of all shapes.
        assert h[0, k] - h[0, 0] == pytest.approx(
            0.5
            * (
                np.linalg.slogdet(of_steps)[1]
                - np.linalg.slogdet(steps @ with_slopes(shapes, years, kappa)[0] @ steps.T)[1]
            )
        )


def mixed(series=4000, d=6, nu=8.0, s2=0.5, share=0.7, seed=2):
    """Forms (S, 2) of series of which ``share`` follow the first of two shapes, the second half as wide again."""
    rng = np.random.default_rng(seed)
    sigma2 = nu * s2 / rng.chisquare(nu, series)
    first = rng.random(series) < share
    e = rng.normal(size=(series, d)) * np.sqrt(sigma2)[:, None]
    stretch = np.repeat([1.0, 9.0], d // 2)
    e *= np.where(first[:, None], 1.0, np.sqrt(stretch))
    q = np.stack([(e**2).sum(axis=1), (e**2 / stretch).sum(axis=1)], axis=1)
    h = np.tile([0.0, 0.5 * np.log(stretch).sum()], (series, 1))
    return q, h, np.full((series, 1), d)


def likelihood(q, h, dims, found):
    """The penalised likelihood, by scipy."""
    log_weight, nu, s2 = found
    density = logsumexp(log_weight - h + log_density(nu, s2, nu * s2 + q, dims), axis=1).sum()
    return density + engine._PRIOR * EVEN @ log_weight


@pytest.mark.parametrize("nu", [4.0, 8.0, 16.0])
def test_empirical_bayes_finds_the_truth_again(nu):
    forms = mixed(nu=nu)
    found, likely = empirical_bayes(*forms, EVEN)
    assert np.exp(found[0]) == pytest.approx([0.7, 0.3], abs=0.03)
    assert found[1] == nu
    assert found[2] == pytest.approx(0.5, rel=0.05)
    assert likely == pytest.approx(likelihood(*forms, found))


def test_where_it_begins_hardly_matters():
    forms = mixed(series=300)
    (first, _, s2), likely = empirical_bayes(*forms, EVEN)
    (other, _, near), also = empirical_bayes(*forms, EVEN, (np.log([0.01, 0.99]), 64.0, 5.0))
    # ν0 may come to rest on a neighbour in the grid.
    assert also == pytest.approx(likely, abs=0.3) and near == pytest.approx(s2, rel=0.1)
    assert np.exp(other) == pytest.approx(np.exp(first), abs=0.02)


def test_no_step_makes_the_series_less_likely_and_it_goes_on_to_the_end(monkeypatch):
    forms = mixed(series=300, nu=16.0)
    (_, nu, _), likely = empirical_bayes(*forms, EVEN)
    monkeypatch.setattr(engine, "_STEADY", 0.0)
    found = []
    for steps in range(1, 60):
        monkeypatch.setattr(engine, "_STEPS", steps)
        found.append(empirical_bayes(*forms, EVEN)[1])
    assert nu > 4.0  # ν0 was changed on the way
    assert (np.diff(found) >= -1e-9).all() and found[-1] > found[0]
    monkeypatch.setattr(engine, "_STEPS", 3000)
    assert likely <= empirical_bayes(*forms, EVEN)[1] <= likely + 0.05


def test_few_series_are_drawn_towards_the_prior():
    prior = np.array([0.2, 0.8])
    for series, give in ((2, 0.08), (4000, 1.0)):
        found, _ = empirical_bayes(*mixed(series=series), prior)
        assert np.exp(found[0]).sum() == pytest.approx(1)
        assert abs(np.exp(found[0])[0] - 0.2) < give
    assert np.exp(found[0])[0] == pytest.approx(0.7, abs=0.03)


def test_a_variance_exists_however_unsteady_the_places():
    for seed in range(3):
        found, _ = empirical_bayes(*mixed(series=100, nu=1.0, seed=seed), EVEN)
        assert found[1] >= 3


# ---- the noise by level ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("noise", "of_odds", "of_points"), [(0.0, 0, 4), (1.0, -2, 2), (2.0, -4, 0)])
def test_a_power_says_the_same_on_both_scales(noise, of_odds, of_points):
    """By the root of 4 p (1 − p): constant on the log-odds, the noise of a share, and constant in points."""
    percent = np.array([5.0, 20.0, 50.0])
    root = np.sqrt(4 * percent / 100 * (1 - percent / 100))
    np.testing.assert_allclose(level_variance(logit(percent / 100), "log_odds", noise), root**of_odds)
    np.testing.assert_allclose(level_variance(percent, "points", noise), root**of_points)


def walks(power, step=0.0, series=400, n=6, seed=6):
    """Deviations of walks whose changes have the noise ``power`` at their level, printed in steps of ``step`` per cent."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(-3.5, 0.0, (series, 1))
    p = expit(level)
    z = level + rng.normal(0, 0.05 * (4 * p * (1 - p)) ** (-power / 2), (series, n)).cumsum(axis=1)
    if step:
        z = logit((100 * expit(z) / step).round() * step / 100)
    rows = [(row, row[-1], float(rounding(row[-1], step, "log_odds"))) for row in z]
    return {tuple(range(2010, 2010 + n)): rows}


@pytest.mark.parametrize("truth", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_the_noise_by_level_is_found_again_within_a_step(truth):
    found = own_trends(walks(truth), "log_odds")
    assert abs(found.noise - truth) <= 0.5
    assert found.variance == pytest.approx(0.05**2, rel=0.5)


def test_rounding_is_not_taken_for_noise_at_low_levels():
    series = walks(0.0, step=0.5)
    assert own_trends(series, "log_odds").noise == 0
    blind = {years: [(z, level, 0.0) for z, level, _ in rows] for years, rows in series.items()}
    assert own_trends(blind, "log_odds").noise > 0


def test_the_grid_counts_its_families_alike_and_what_moves_alike_teaches_nothing():
    found = own_trends(walks(0.0, series=3), "log_odds")
    weights = {name: np.exp(found.log_weight)[found.family == name].sum() for name in FAMILIES}
    assert list(weights.values()) == pytest.approx([0.25] * 4, abs=0.1)
    assert set(found.kappa[found.family == "level"]) == {0.0} and len(set(found.kappa)) == 4
    still = {(2010, 2011, 2012): [(np.zeros(3), -1.0, 0.0)] * 5}
    assert own_trends(still, "log_odds") is None


# ---- which scale fits ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_the_density_in_points_of_what_came_before_a_last_figure_sums_to_1(scale):
    """Over all figures that the year before might have shown; π^(−1/2) is common to all scales."""
    odds = scale == "log_odds"
    weights, shapes = np.log(EVEN), ((1.0, 0.0, 0.0), (0.8, 0.0, 0.5))
    own = Trends(np.array(["a", "b"]), shapes, np.array([0.5, 0.0]), weights, 4.0, 0.04 if odds else 1.0, 1.0)

    def density(percent):
        pair = np.array([percent, 15.0])
        z = logit(pair / 100) if odds else pair
        stretch = np.log(100 / (percent * (100 - percent))) if odds else 0.0
        ((_, said),) = fit_of(
            {(2010, 2011): [Deviation(z, z[-1], 0.0, stretch=stretch)]}, own, scale
        ).values()
        return np.exp(said) / np.sqrt(np.pi)

    ends = (0, 15, 100) if odds else (-np.inf, 15, np.inf)
    whole = sum(integrate.quad(density, a, b)[0] for a, b in zip(ends, ends[1:], strict=False))
    assert whole == pytest.approx(1, abs=1e-4)


def test_a_scale_is_told_by_the_series_near_a_level_that_both_have():
    fit = {("a", str(i)): (20.0, 1.0) for i in range(11)} | {
        ("a", "low"): (2.0, 50.0),
        ("a", "alone"): (20.0, 50.0),
    }
    other = {name: (at, 3.0) for name, (at, _) in fit.items() if name[1] != "alone"}
    assert likelier(fit, other, 25.0) == (-22.0, 11) and likelier(other, fit, 25.0) == (22.0, 11)
    assert likelier(fit, other, 50.0) is likelier(fit, other, 0.0) is likelier(fit, {}, 20.0) is None
    assert likelier(dict(list(fit.items())[2:]), other, 20.0) is None
