"""Two instruments: what the few figures by the own one say against the normal distribution and simulated likenesses."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from povertystats.forecasts import instruments
from povertystats.forecasts.empirical_bayes import Trends
from povertystats.forecasts.instruments import Beside, most
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.shared_paths import FEWEST_TILTED
from povertystats.forecasts.structural_trends import with_slopes

YEARS = tuple(range(2008, 2018))
BY = {"own": "count", "other": "survey"}


def walks(rng, places, pace=-0.15, spread=0.03, own=0.03, noise=0.0, shared=0.04, level=-1.0):
    """Rates (places, years) of walks that share shocks, the same for one seed."""
    shocks = np.random.default_rng(9).normal(0, shared, len(YEARS))
    steps = rng.normal(pace, spread, (places, 1)) + rng.normal(0, own, (places, len(YEARS))) + shocks
    z = (
        level
        + rng.normal(0, 0.4, (places, 1))
        + steps.cumsum(axis=1)
        + rng.normal(0, noise, (places, len(YEARS)))
    )
    return 100 * expit(z)


def long(rates, name):
    wide = pd.DataFrame(rates, columns=YEARS).rename_axis("place")
    return wide.melt(var_name="year", value_name=name, ignore_index=False).dropna().reset_index()


def both(seed=0, few=10, figures=4, **own):
    """A panel of 40 places by the other instrument, and the last figures of a few by the own one; and one series more."""
    rng = np.random.default_rng(seed)
    other, mine = walks(rng, 40), walks(rng, few + 1, **own)
    known = mine.copy()
    known[:, :-figures] = np.nan
    panel = long(other, "other").merge(long(known[:-1], "own"), on=["place", "year"], how="outer")
    return panel.astype({"year": int}), pd.Series(known[-1], index=YEARS).dropna().rename("own")


def ways(panel, series):
    fit = fit_peers(panel, units="pct", instruments=BY)
    z = np.log(series / (100 - series)).to_numpy()[None]
    years = tuple(series.index)
    return fit, fit._ways("own", years, (*years, years[-1] + 1), z)


def own_trend(df):
    shapes = ((1.0, 0.0, 0.0), (1.0, 0.0, 0.6))
    return Trends(np.array(["a", "b"]), shapes, np.array([0.5, 0.0]), np.log([0.4, 0.6]), df, 0.04, 0.0)


def test_what_is_seen_conditions_as_a_normal_distribution_does():
    """Of places all as unsteady as told, with levels of their own."""
    rng, own = np.random.default_rng(1), own_trend(1e9)
    stack = [
        Beside("own", (2010, 2011, 2013), np.array([0.2, -0.1, 0.3]), 1.0),
        Beside("own", (2011, 2013), np.array([1.0, 0.8]), 2.0),
        Beside("own", (2011, 2013), np.array([-1.0, -1.4]), 1.0),
    ]
    points = [("own", year) for year in (2010, 2011, 2013)]
    root = rng.normal(size=(2, 5, 5)) / 3
    means, covs = rng.normal(size=(2, 5)) / 5, root @ root.transpose(0, 2, 1)
    # Beside others, each way of being unlike is what it is alone.
    unlike = np.array([[1.0, 1.0, 0.0], [4.0, 4.0, 6.0]])
    likely, ahead, left = (
        part[1]
        for part in instruments._seen(
            instruments._kinds(stack, own, points), own, unlike, means, covs, np.zeros(2)
        )
    )
    of, deviations = np.zeros((7, 5)), np.zeros((7, 7))
    start, z = 0, np.concatenate([one.z for one in stack])
    for one in stack:
        rows = slice(start, start := start + len(one.years))
        of[rows, [(2010, 2011, 2013).index(year) for year in one.years]] = np.eye(len(one.years))
        slopes = with_slopes(own.shapes, one.years, own.kappa)
        mean = 4 * np.tensordot([0.4, 0.6], slopes, 1) + 3 * np.eye(len(one.years))
        # A level of its own: anywhere.
        deviations[rows, rows] = 0.04 * one.g * mean + 1e6
    said = []
    for mean, cov, path, spread in zip(means, covs, ahead, left, strict=True):
        seen = stats.multivariate_normal(of @ mean, of @ cov @ of.T + deviations)
        gain = np.linalg.solve(seen.cov, of @ cov[:, 3:]).T
        assert path == pytest.approx(mean[3:] + gain @ (z - of @ mean), abs=1e-5)
        np.testing.assert_allclose(spread, cov[3:, 3:] - gain @ of @ cov[:, 3:], atol=1e-5)
        said.append(seen.logpdf(z))
    assert likely[1] - likely[0] == pytest.approx(said[1] - said[0], abs=1e-3)


def test_few_places_that_are_unsteady_do_not_make_all_look_so():
    own, rng = own_trend(4.0), np.random.default_rng(2)
    shaken = np.zeros(20)
    shaken[:3] = 3.0
    steady = [Beside("own", (2010, 2011), np.array([0.0, d]), 1.0) for d in rng.normal(0, 0.2, 20)]
    few = [one._replace(z=one.z + [0, more]) for one, more in zip(steady, shaken, strict=True)]
    points, mean, cov = [("own", 2010), ("own", 2011)], np.zeros((1, 3)), 0.01 * np.eye(3)[None]
    unlike = np.array([[1.0, 0, 0], [16.0, 0, 0]])
    likely = [
        instruments._seen(instruments._kinds(some, own, points), own, unlike, mean, cov, np.zeros(1))[0][:, 0]
        for some in (steady, few)
    ]
    assert all(alike > unlike for alike, unlike in likely)


def test_without_figures_by_the_own_instrument_the_likeness_is_what_was_believed_before():
    panel, series = both()
    fit, found = ways(panel.drop(columns="own"), series)
    chance = {}
    for way in found:
        if way.name == "trend":
            chance[way.stretch] = chance.get(way.stretch, 0) + way.path.chance
    prior = {stretch: np.exp(-(far**2) / 2) for stretch, far in instruments._STRETCH.items()}
    total = sum(chance.values()) / sum(prior.values())
    assert chance == pytest.approx({stretch: p * total for stretch, p in prior.items()}, rel=0.02)
    same = fit_peers(panel.drop(columns="own"), units="pct")
    apart, alike = (forecast(series, peers=peers, units="pct").interval() for peers in (fit, same))
    assert np.ptp(apart) > np.ptp(alike)


@pytest.mark.parametrize(
    ("own", "part", "more"),
    [
        ({"own": 0.12, "spread": 0.03}, "stretch", True),
        ({}, "stretch", False),
        ({"noise": 0.15}, "noise", True),
    ],
    ids=["unsteady", "alike", "noisy"],
)
def test_how_like_the_instruments_are_is_told_by_other_places(own, part, more):
    def unlike(way):
        unit = way.own[0] - way.own[0].mean()
        return way.stretch > 1 if part == "stretch" else np.diag(unit).min() > 1

    shares = []
    for seed in range(3):
        _, found = ways(*both(seed, few=20, **own))
        chance = np.array([way.path.chance for way in found])
        shares.append(chance @ np.array([unlike(way) for way in found]) / chance.sum())
    assert np.mean(shares) > 0.7 if more else np.mean(shares) < 0.3


def test_the_own_instrument_has_a_pace_of_its_own_which_other_places_tell():
    steps = []
    for pace in (-0.1, -0.3):
        _, found = ways(*both(few=20, pace=pace))
        chance = np.array([way.path.chance for way in found])
        steps.append(
            chance @ np.array([way.path.mean[-1] - way.path.mean[-2] for way in found]) / chance.sum()
        )
    assert steps[0] - steps[1] > 0.08


def test_own_figures_among_those_of_the_places_are_not_counted_twice():
    panel, series = both()
    mine = pd.DataFrame({"place": 99, "year": series.index, "own": series.to_numpy()})
    with_own = pd.concat([panel, mine], ignore_index=True)
    one, two = (
        forecast(series, peers=fit_peers(frame, units="pct", instruments=BY), units="pct").predictive
        for frame in (panel, with_own)
    )
    np.testing.assert_allclose(one.location, two.location, atol=1e-9)
    np.testing.assert_allclose(one.scale, two.scale, atol=1e-9)


def test_the_panel_says_what_measured_its_columns():
    panel, series = both()
    told = panel.copy()
    told.attrs["instruments"] = BY
    by_panel, by_word, none = (
        forecast(series, peers=fit_peers(frame, units="pct", instruments=by), units="pct").interval()
        for frame, by in ((told, None), (panel, BY), (told, {}))
    )
    assert by_panel == by_word != none


def test_the_instrument_with_most_series_teaches():
    panel, _ = both()
    assert most(panel, ["own", "other"], BY) == (["other"], ["own"])
    assert most(panel, ["own", "other"], {}) == (["own", "other"], [])
    fit = fit_peers(panel, units="pct", instruments=BY)
    assert list(fit.paths) == ["other"] and len(fit.beside) == 10 and fit.used == 50


@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_a_rate_of_the_peers_own_instrument_is_forecast_as_before(scale):
    """But that what a year does by level is told only where one instrument measures, on the log-odds."""
    panel, _ = both()
    panel = panel if scale == "points" else panel[panel["place"] < FEWEST_TILTED - 1]
    series = pd.Series([22.0, 20.0, 18.0], index=(2015, 2016, 2017), name="other")
    fits = [
        fit_peers(frame, units="pct", instruments=BY, scale=scale)
        for frame in (panel, panel.drop(columns="own"))
    ]
    beside, alone = (forecast(series, peers=fit, units="pct", scale=scale).interval() for fit in fits)
    assert beside == alone


def test_what_a_year_does_by_level_is_told_where_one_instrument_measures():
    panel, _ = both()
    told = [
        bool(fit_peers(frame, units="pct", instruments=BY).tilt.rest)
        for frame in (panel, panel.drop(columns="own"))
    ]
    assert told == [False, True]
