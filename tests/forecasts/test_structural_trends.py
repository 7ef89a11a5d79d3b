"""Covariances and least squares of structural trends against statsmodels' exact diffuse filter and closed forms."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.tsa.arima_process import ArmaProcess
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

from povertystats.forecasts.shared_paths import LEVEL, TREND
from povertystats.forecasts.structural_trends import FAMILIES, covariances, kriging, with_slopes

GAPS = (2006, 2008, 2010, 2012, 2013, 2014)
ANNUAL = tuple(range(2010, 2018))
SHAPES = ((1.0, 0.2, 0.4), (1.0, 0.5, 0.0), (1.0, 0.05, 0.9), (1.0, 0.95, 0.03))


def ahead(years, horizon):
    return (*years, *range(years[-1] + 1, years[-1] + 1 + horizon))


def line(years, shape, horizon=3):
    """Kriging with a free level and a free slope."""
    every = ahead(years, horizon)
    columns, cov = covariances((shape,), every)
    design = np.stack([np.ones(len(every)), columns[0]], axis=1)[None]
    return cov[0], [part[0] for part in kriging(cov, design, len(years))]


def filtered(years, y, shape):
    """The same trend in statsmodels, variances fixed."""
    _, slope, noise = shape
    full = pd.Series(y, index=years).reindex(range(years[0], years[-1] + 1)).to_numpy()
    model = UnobservedComponents(full, "lltrend", use_exact_diffuse=True)
    return model.smooth([noise / 2, 1 - slope - noise, slope])


@pytest.mark.parametrize("years", [GAPS, ANNUAL, ANNUAL[:3]], ids=["gaps", "annual", "three"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_local_trend_is_that_of_the_exact_diffuse_filter(years, shape):
    y = np.random.default_rng(0).normal(-1.5, 0.3, len(years))
    cov, (_, w, a, _) = line(years, shape)
    out = filtered(years, y, shape).get_forecast(3)
    np.testing.assert_allclose(w @ y, out.predicted_mean, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(a @ cov @ a.T)), out.se_mean, rtol=1e-9)


@pytest.mark.parametrize("years", [GAPS, ANNUAL], ids=["gaps", "annual"])
def test_likelihoods_of_shapes_differ_as_in_the_diffuse_filter(years):
    y = np.random.default_rng(1).normal(-1.5, 0.3, len(years))
    mine, theirs = [], []
    for shape in SHAPES:
        _, (q, _, _, h) = line(years, shape)
        mine.append(-h - y @ q @ y / 2)
        theirs.append(filtered(years, y, shape).llf)
    # Up to a constant: the filter counts its first figures in its own way.
    np.testing.assert_allclose(np.diff(mine), np.diff(theirs), atol=1e-8)


@pytest.mark.parametrize("theta", [0.0, -0.2, -0.5, -0.8])
def test_without_slope_shocks_it_is_statsmodels_arima_011_with_drift(theta):
    # Increments η + ε − ε₋₁ have variance 1 and autocovariance −noise/2, a moving average (1 + θ²)σ² and θσ².
    sigma2 = 1 / (1 + theta**2)
    y = np.random.default_rng(2).normal(-1.5, 0.3, len(ANNUAL))
    cov, (_, w, a, _) = line(ANNUAL, (1.0, 0.0, -2 * theta * sigma2))
    year = np.array(ahead(ANNUAL, 3), dtype=float) - ANNUAL[0]
    model = SARIMAX(
        y, exog=year[: len(y)], order=(0, 1, 1), mle_regression=False, use_exact_diffuse=True, trend=None
    )
    out = model.smooth([theta, sigma2]).get_forecast(3, exog=year[len(y) :, None])
    np.testing.assert_allclose(w @ y, out.predicted_mean, atol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(a @ cov @ a.T)), out.se_mean, rtol=1e-6)


@pytest.mark.parametrize("horizon", [1, 2, 3, 7])
def test_the_variance_of_a_drift_has_its_closed_form(horizon):
    years = (2006, 2008, 2010, 2012, 2013)
    cov, (_, w, a, _) = line(years, (1.0, 0.0, 0.0), horizon)
    span = years[-1] - years[0]
    assert a[-1] @ cov @ a[-1] == pytest.approx(horizon + horizon**2 / span, rel=1e-12)
    assert w[-1] == pytest.approx([-horizon / span, 0, 0, 0, 1 + horizon / span], abs=1e-12)


@pytest.mark.parametrize(("phi", "slope", "noise"), [(0.6, 0.3, 0.4), (0.9, 0.0, 0.7), (1.0, 0.4, 0.2)])
def test_covariances_are_those_of_a_simulated_trend(phi, slope, noise):
    rng, n, draws = np.random.default_rng(3), 6, 200_000
    shock, jump = (rng.normal(0, np.sqrt(v), (draws, n)) for v in (slope, 1 - slope - noise))
    level, s, paths = np.zeros(draws), np.zeros(draws), []
    for year in range(n):
        paths.append(level + rng.normal(0, np.sqrt(noise / 2), draws))
        level, s = level + s + jump[:, year], phi * s + shock[:, year]
    years = (2010, 2011, 2013, 2015)
    _, cov = covariances(((phi, slope, noise),), years)
    # The free level is written as a constant of 1.
    np.testing.assert_allclose(cov[0] - 1, np.cov(np.array(paths)[[0, 1, 3, 5]]), atol=0.04 * cov[0].max())


@pytest.mark.parametrize("phi", [1.0, 0.8])
def test_the_trend_column_is_what_a_first_slope_of_one_makes(phi):
    columns, _ = covariances(((phi, 0.0, 0.0),), (2010, 2011, 2014))
    assert columns[0] == pytest.approx([0, 1, 1 + phi + phi**2 + phi**3])


def test_labels_share_the_slope():
    shape, years = ((1.0, 0.3, 0.4),), (2010, 2012, 2013)
    _, alone = covariances(shape, years)
    _, both = covariances(shape, years + years, ("a",) * 3 + ("b",) * 3)
    np.testing.assert_allclose(both[0][:3, :3], alone[0])
    np.testing.assert_allclose(both[0][3:, 3:], alone[0])
    _, slopes = covariances(((1.0, 1.0, 0.0),), years)
    np.testing.assert_allclose(both[0][:3, 3:], 0.3 * (slopes[0] - 1))


@pytest.mark.parametrize("kept", [1.0, 0.8])
@pytest.mark.parametrize("alike", [0.0, 0.7, 1.0])
def test_labels_share_their_shocks_as_far_as_they_go_together(alike, kept):
    shape, years = ((1.0, 0.0, 0.4, kept),), (2010, 2012, 2013)
    _, of_level = covariances(((1.0, 0.0, 0.0, kept),), years)
    _, both = covariances(shape, years + years, ("a",) * 3 + ("b",) * 3, alike)
    # The noise is each one's own.
    np.testing.assert_allclose(both[0][:3, 3:], alike * 0.6 * (of_level[0] - 1))


@pytest.mark.parametrize("kept", [0.8, 0.5])
def test_a_level_that_returns_is_statsmodels_autoregression(kept):
    years = np.array(GAPS)
    column, cov = covariances(((1.0, 0.0, 0.0, kept),), GAPS)
    at = ArmaProcess([1, -kept]).acovf(years[-1] - years[0] + 1)
    # Whatever a year changes has variance 1, which sets the scale; the constant 1 is the free level.
    expected = at[np.abs(np.subtract.outer(years, years))] / (2 * (at[0] - at[1]))
    np.testing.assert_allclose(cov[0] - 1, expected, rtol=1e-9)
    assert cov[0, 3, 3] + cov[0, 4, 4] - 2 * cov[0, 3, 4] == pytest.approx(1)


def test_a_level_that_keeps_all_of_itself_is_a_walk():
    _, kept = covariances(((1.0, 0.0, 0.3, 1.0),), GAPS)
    _, walk = covariances(((1.0, 0.0, 0.3),), GAPS)
    np.testing.assert_array_equal(kept, walk)


def test_every_covariance_is_regular_and_counts_from_the_first_year():
    shapes = tuple(shape for of in (*FAMILIES.values(), TREND, LEVEL) for shape in of)
    columns, cov = covariances(shapes, GAPS)
    assert np.linalg.eigvalsh(cov).min() > 0
    later, same = covariances(shapes, tuple(year + 50 for year in GAPS))
    np.testing.assert_array_equal(columns, later)
    np.testing.assert_array_equal(cov, same)


def test_a_slope_of_great_variance_is_a_free_one():
    years, shape = ahead(ANNUAL, 2), (1.0, 0.2, 0.4)
    y = np.random.default_rng(4).normal(-1.5, 0.3, len(ANNUAL))
    cov, (_, free, _, _) = line(ANNUAL, shape, 2)
    for kappa, tolerance in ((1e4, 1e-3), (1e7, 1e-6)):
        drawn = with_slopes((shape,), years, np.array([kappa]))
        _, w, _, _ = kriging(drawn, np.ones((1, len(years), 1)), len(ANNUAL))
        np.testing.assert_allclose(w[0] @ y, free @ y, atol=tolerance)
    np.testing.assert_array_equal(with_slopes((shape,), years, np.array([0.0]))[0], cov)


def test_kriging_is_generalised_least_squares():
    rng = np.random.default_rng(5)
    columns, cov = covariances(SHAPES[:1], GAPS)
    design = np.stack([np.ones(6), columns[0], rng.normal(size=6)], axis=1)
    y = rng.normal(size=6)
    fit = sm.GLS(y, design, sigma=cov[0]).fit()
    q, w, a, h = (part[0] for part in kriging(cov, design[None], 6))
    assert y @ q @ y == pytest.approx(fit.ssr, rel=1e-9)
    assert w.shape == (0, 6) and a.shape == (0, 6)
    inverse = np.linalg.inv(cov[0])
    dets = np.linalg.det(cov[0]) * np.linalg.det(design.T @ inverse @ design)
    assert h == pytest.approx(0.5 * np.log(dets), rel=1e-9)
    np.testing.assert_allclose(q @ design, 0, atol=1e-9)


def test_contrasts_do_not_know_the_coefficients():
    years = ahead(GAPS, 3)
    columns, cov = covariances(SHAPES, years)
    design = np.stack([np.ones_like(columns), columns], axis=2)
    _, w, a, _ = kriging(cov, design, len(GAPS))
    np.testing.assert_allclose(a @ design, 0, atol=1e-9)
    np.testing.assert_array_equal(a[:, :, : len(GAPS)], -w)
