"""The shared path against dummies, multivariate Student-t densities and the closed form of a walk with drift."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import expit, logit

from povertystats.forecasts import shared_paths
from povertystats.forecasts.shared_paths import (
    FEWEST_FIGURES,
    FEWEST_PEERS,
    FEWEST_TILTED,
    LEVEL,
    TREND,
    Tilt,
    believed,
    deviations,
    expected,
    last_digit,
    reduced,
    rounding,
    tilted,
)
from povertystats.forecasts.structural_trends import breadth

SCALES = ["log_odds", "points"]
WALK = ((1.0, 0.0, 0.0),)


def path(levels, first=2010):
    return {"a": dict(zip(range(first, first + len(levels)), levels, strict=True))}


def walks(monkeypatch, pace=10.0):
    """Let the path with a trend and the one that keeps its level be walks, the first with a pace."""
    for name, value in {
        "TREND": WALK,
        "LEVEL": ((1.0, 0.0, 0.0, 1.0),),
        "_CHANCES": np.ones(1),
        "_PACES": (pace,),
    }.items():
        monkeypatch.setattr(shared_paths, name, value)


# ---- the path and what deviates from it ---------------------------------------------------------------------
@pytest.mark.parametrize("share", [0.0, 0.3], ids=["full", "holes"])
@pytest.mark.parametrize("scale", SCALES)
def test_deviations_are_what_place_and_year_dummies_leave(share, scale):
    rng, years = np.random.default_rng(1), (2006, 2008, 2010, 2012, 2013)
    z = rng.normal(-1, 0.3, (20, 1)) + rng.normal(-0.1, 0.1, (20, 5)).cumsum(axis=1)
    values = np.where(rng.random(z.shape) < share, np.nan, 100 * expit(z))
    wide = pd.DataFrame(values, columns=years).rename_axis("place")
    long = wide.melt(var_name="year", value_name="a", ignore_index=False).dropna().reset_index()
    paths, series, left_out, _ = deviations(long, ["a"], scale, tilts=False)
    used = long[long.groupby("place")["a"].transform("count") >= FEWEST_FIGURES]
    used = used.assign(z=logit(used["a"] / 100) if scale == "log_odds" else used["a"])
    fit = smf.ols("z ~ C(place) + C(year)", used).fit()
    for year in years[1:]:
        told = paths["a"][year] - paths["a"][years[0]]
        assert told == pytest.approx(fit.params[f"C(year)[T.{year}]"], abs=1e-9)
    # But for each place's level, which is free.
    mine = [dev - dev.mean() for rows in series.values() for dev, *_ in rows]
    theirs = fit.resid.groupby(used["place"]).apply(np.array)
    assert sum(np.square(dev).sum() for dev in mine) == pytest.approx((fit.resid**2).sum())
    assert len(mine) == len(theirs) and left_out["no_log_odds"] == 0
    last = used.sort_values("year").groupby("place")["z"].last()
    assert sorted(level for rows in series.values() for _, level, *_ in rows) == pytest.approx(sorted(last))


def test_a_path_takes_some_places_and_what_is_left_out_is_counted():
    figures = {
        "p": [20.0, 19.0, 18.0],
        "q": [30.0, 28.0, 26.0],
        "r": [10.0, 9.0, 0.0],
        "s": [12.0, np.nan, np.nan],
    }
    wide = pd.DataFrame(figures, index=pd.Index([2010, 2011, 2012], name="year"))
    long = wide.melt(var_name="place", value_name="a", ignore_index=False).reset_index()
    assert deviations(long, ["a"], "log_odds") == ({}, {}, {"few": 1, "no_log_odds": 1}, (0.0, {}))
    _, series, left_out, _ = deviations(long, ["a"], "points")
    assert sum(map(len, series.values())) == FEWEST_PEERS and left_out == {"few": 1, "no_log_odds": 0}


def test_whose_a_series_is_and_how_the_scale_is_stretched_at_its_figures_but_the_last():
    wide = pd.DataFrame(
        {"p": [20.0, 10.0, 5.0], "q": [30.0, 25.0, 20.0], "r": [60.0, 50.0, 45.0]}, index=[1, 2, 3]
    )
    long = wide.melt(var_name="place", value_name="a", ignore_index=False).rename_axis("year").reset_index()
    for scale, told in (("log_odds", [100 / (20 * 80), 100 / (10 * 90)]), ("points", [1, 1])):
        ((first, *rest),) = deviations(long, ["a"], scale)[1].values()
        assert first.stretch == pytest.approx(np.log(told).sum())
        assert [one.series for one in (first, *rest)] == [("a", "p"), ("a", "q"), ("a", "r")]


# ---- what a year does by level ------------------------------------------------------------------------------
def tilted_rates(rng, loading, rest=0.03, own=0.02, places=63, years=9):
    """Rates (places, years) of which a year takes more or less by how far above the mean they lie."""
    x = rng.normal(0, 1, (places, 1))
    x -= x.mean()
    shared, slope = rng.normal(-0.15, 0.08, years).cumsum(), rng.normal(0, rest, years).cumsum()
    apart = rng.normal(0, own, (places, years)).cumsum(axis=1)
    shared, slope = shared - shared.mean(), slope - slope.mean()
    return 100 * expit(-2.5 + x + (1 + loading * x) * shared + x * slope + apart)


def told(rates, scale="log_odds"):
    wide = pd.DataFrame(rates, columns=range(2010, 2010 + rates.shape[1])).rename_axis("place")
    long = wide.melt(var_name="year", value_name="a", ignore_index=False).dropna().reset_index()
    return deviations(long, ["a"], scale)


def test_the_loading_of_places_below_the_mean_is_found():
    found = []
    for seed in range(8):
        found.append(told(tilted_rates(np.random.default_rng(seed), -0.2))[3].loading)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(-0.2, abs=3 * error) and error < 0.05


def test_places_that_a_year_moves_alike_have_hardly_a_loading():
    found = [told(tilted_rates(np.random.default_rng(seed), 0.0))[3].loading for seed in range(8)]
    assert abs(np.mean(found)) < 3 * np.std(found, ddof=1) / np.sqrt(len(found))


@pytest.mark.parametrize("share", [0.0, 0.2], ids=["full", "holes"])
def test_deviations_do_not_go_with_the_level(share):
    rng = np.random.default_rng(3)
    rates = tilted_rates(rng, -0.2)
    rates[rng.random(rates.shape) < share] = np.nan
    paths, series, _, tilt = told(rates)
    z, rows = logit(rates / 100), {one.series[1]: one for some in series.values() for one in some}
    path = np.array([*paths["a"].values()])
    x = np.nanmean(z - path, axis=1)
    place, year = np.nonzero(~np.isnan(rates))
    design = np.hstack([np.eye(len(x))[place], (np.eye(len(path))[year] * x[place, None])[:, 1:]])
    # Beside a level of each place nothing is left of a slope on the level in any year.
    left = np.concatenate([rows[one].path for one in range(len(x))])
    slopes = np.linalg.lstsq(design, left)[0][len(x) :]
    assert np.abs(slopes).max() < 1e-9 < np.ptp([*tilt.rest["a"].values()])


def test_levels_of_few_places_tell_nothing_nor_do_points_or_places_of_one_level():
    rates = tilted_rates(np.random.default_rng(4), -0.2)
    assert told(rates[: FEWEST_TILTED - 1])[3] == (0.0, {})
    assert told(np.tile(rates[:1], (20, 1)))[3].loading == 0


def test_a_tilt_taken_out_is_put_back():
    """Of a series ``x`` above the mean: ``(1 + λ x) c + x r`` in place of ``c``, and what is open of both."""
    paths, tilt = {"a": {2010: -2.0, 2011: -2.2}}, Tilt(-0.2, {"a": {2010: 0.01, 2011: -0.01}})
    z = np.array([[-1.0, -1.2], [-4.1, -4.3]])
    found = tilted(tilt, paths, "a", (2010, 2011, 2012), z, 0.001)
    assert found.x == pytest.approx([1.0, -2.1]) and found.times == pytest.approx([0.8, 1.42])
    level, g, errors = found.level(z, np.ones(2), np.ones(3))
    assert level * found.times[:, None] + np.outer(found.x, [0.01, -0.01]) == pytest.approx(z)
    assert g == pytest.approx(found.times**-2) and errors == pytest.approx(np.full(3, 0.8**-2))
    mean, cov, df = expected(tilt.rest, "a", (2010, 2011, 2012), 0.001)
    at, whole, theirs = found.back(level[:, None, -1:], np.ones((2, 1, 1, 1)), np.full((2, 1, 1, 1), 0.5))
    assert at[:, 0, 0] == pytest.approx(z[:, 1] + found.x * (mean[2] - mean[1]))
    assert theirs[:, 0, 0, 0] == pytest.approx(0.5 * found.times**2)
    more = breadth(df) * cov[2, 2]
    assert whole[:, 0, 0, 0] == pytest.approx(found.times**2 + found.x**2 * more) and more > 0
    # Nothing is known of another indicator's levels.
    other = tilted(tilt, paths, "b", (2010, 2011, 2012), z, 0.001)
    assert other.times.tolist() == [1, 1] and not other.x.any() and not other.covariance.any()


# ---- the last digit -----------------------------------------------------------------------------------------
@given(arrays(float, st.integers(2, 8), elements=st.floats(0.0, 100.0)), st.integers(0, 3), st.integers(0, 8))
def test_rounded_figures_tell_their_step(values, digits, missing):
    values = values.round(digits)
    # One that shows the last digit, and another, so that there are two.
    values[0], values[-1] = 3 + 10.0**-digits, 7.0
    assume(digits or len(set(values)) > 1)
    values = np.append(values, [np.nan] * missing)
    assert last_digit(values) == 10.0**-digits


@given(st.floats(0.0, 100.0), st.integers(1, 5))
def test_one_figure_tells_no_step(value, times):
    assert last_digit(np.full(times, round(value))) == last_digit(np.full(times, value)) == 0
    assert last_digit(np.array([np.nan])) == last_digit(np.array([])) == 0


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("percent", [3.0, 20.0, 90.0])
def test_rounding_has_the_variance_of_two_uniform_errors(scale, percent):
    rng, step = np.random.default_rng(2), 0.1
    ends = percent + rng.uniform(-step / 2, step / 2, (2, 200_000))
    z = logit(ends / 100) if scale == "log_odds" else ends
    level = logit(percent / 100) if scale == "log_odds" else percent
    assert rounding(level, step, scale) == pytest.approx(np.var(z[1] - z[0]), rel=0.02)
    assert rounding(level, 0.0, scale) == 0


# ---- what is believed of it ---------------------------------------------------------------------------------
STEPS = [(-0.1,), (-0.1, -0.12, -0.08), (0.2, -0.5, 0.1, -0.3)]


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("variance", [0.02, 0.3])
def test_the_shocks_of_a_path_are_those_of_its_steps_and_of_two_years_more(monkeypatch, steps, variance):
    """Two walks in closed form: the two years more have a tenth of the variance of the places' own changes; a pace has a prior."""
    walks(monkeypatch, pace := 10.0)
    levels, m = np.append(-1.0, -1.0 + np.cumsum(steps)), len(steps)
    trend, level = believed(path(levels), ("a",), (2010 + m + 1,), variance)
    # A pace of prior variance κ counts as 1/κ years in which nothing changed.
    years, squares, sum_ = m + 1 / pace, np.square(steps).sum(), sum(steps)
    for way, mean, of_steps, more in (
        (trend, sum_ / years, squares - sum_**2 / years, 1 / years),
        (level, 0.0, squares, 0.0),
    ):
        assert way.df == 2 + m
        assert way.mean == pytest.approx([levels[-1] + mean])
        assert way.covariance[0, 0] == pytest.approx((2 * 0.1 * variance + of_steps) / (2 + m) * (1 + more))


@pytest.mark.parametrize("steps", STEPS)
def test_the_chances_are_as_the_steps_are_likely(monkeypatch, steps):
    walks(monkeypatch, pace := 10.0)
    m, variance = len(steps), 0.05
    trend, level = believed(path(np.append(0.0, np.cumsum(steps))), ("a",), (2030,), variance)
    with_trend, without = (
        stats.multivariate_t.pdf(steps, shape=0.1 * variance * (np.eye(m) + kappa), df=2)
        for kappa in (pace, 0)
    )
    # A trend has to be four times as likely to be believed as much.
    assert trend.chance / level.chance == pytest.approx(with_trend / without / 4)
    assert trend.chance + level.chance == pytest.approx(1)


def test_a_path_that_falls_steadily_has_a_trend_and_one_that_goes_up_and_down_keeps_its_level():
    rng = np.random.default_rng(3)
    shocks = rng.normal(0, 0.05, 8)
    shocks -= shocks.mean()

    def chance(pace, n=8):
        levels = np.append(-1.0, -1.0 + np.cumsum(pace + shocks[:n]))
        return believed(path(levels), ("a",), (2019,), 0.0025)[0].chance

    by_pace = [chance(pace) for pace in (0.0, -0.03, -0.06, -0.12, -0.25)]
    assert (np.diff(by_pace) > 0).all() and by_pace[0] < 0.3 and by_pace[-1] > 0.95
    assert chance(0.12) == pytest.approx(by_pace[3], abs=0.02)  # up or down
    by_length = [
        believed(path(-0.15 * np.arange(n + 1) + 0.01 * (np.arange(n + 1) % 2)), ("a",), (2025,), 0.0025)[
            0
        ].chance
        for n in range(2, 10)
    ]
    assert (np.diff(by_length) > 0).all()


def test_a_path_that_keeps_its_level_stays_near_it_and_one_with_a_trend_goes_on():
    trend, level = believed(path(-1 - 0.1 * np.arange(8)), ("a",) * 3, (2017, 2018, 2020), 0.01)
    assert trend.mean[0] == pytest.approx(level.mean[0]) == pytest.approx(-1.7)
    assert np.abs(trend.covariance[0]).max() < 1e-12 and np.abs(level.covariance[0]).max() < 1e-12
    assert (np.diff(trend.mean) < -0.03).all() and (np.diff(level.mean) > -1e-9).all()
    assert (np.diff(np.diag(trend.covariance)) > 0).all() and (np.diff(np.diag(level.covariance)) > 0).all()


def test_a_pace_is_drawn_towards_none(monkeypatch):
    """Of one step; the longer the path, the less."""
    walks(monkeypatch, 1.0)
    for m in (1, 4, 16):
        trend, _ = believed(path(-0.1 * np.arange(m + 1)), ("a",), (2010 + m + 1,), 0.01)
        assert trend.mean[0] + 0.1 * m == pytest.approx(-0.1 * m / (m + 1))


def test_indicators_share_their_pace_and_as_told_their_shocks():
    steady = path(-1 - 0.1 * np.arange(8))
    for way in believed(steady, ("b",) * 2, (2017, 2018), 0.01):
        # Its own level, of which nothing is known but that it starts at 0.
        assert way.covariance[1, 1] > 0
    alone = believed(steady, ("b",) * 2, (2010, 2018), 0.01)[0]
    assert alone.mean[0] == pytest.approx(0, abs=1e-9) and alone.mean[1] < -0.4
    shaken = {"a": {year: level for year, level in enumerate(np.cumsum([0, 0.3, -0.4, 0.2, 0.5]), 2010)}}
    spread = [
        believed(shaken, ("b",) * 2, (2010, 2014), 0.01, alike)[1].covariance for alike in (0.0, 0.5, 0.95)
    ]
    apart = [c[0, 0] + c[1, 1] - 2 * c[0, 1] for c in spread]
    assert apart[0] > apart[1] > apart[2] > 0


def test_every_shape_of_a_path_counts_once():
    assert len(shared_paths._CHANCES) == len(TREND) and shared_paths._CHANCES.sum() == pytest.approx(1)
    assert all(len(shape) == 3 for shape in TREND) and all(len(shape) == 4 for shape in LEVEL)


def test_a_mixture_is_reduced_to_its_mean_and_covariance():
    rng = np.random.default_rng(4)
    weights, means = np.array([0.2, 0.5, 0.3]), rng.normal(size=(3, 2))
    roots = rng.normal(size=(3, 2, 2))
    drawn = np.vstack([
        means[k] + rng.normal(size=(int(400_000 * p), 2)) @ roots[k].T for k, p in enumerate(weights)
    ])  # fmt: skip
    mean, cov = reduced(weights, means, roots @ roots.transpose(0, 2, 1))
    np.testing.assert_allclose(mean, drawn.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(cov, np.cov(drawn.T), atol=0.05)
