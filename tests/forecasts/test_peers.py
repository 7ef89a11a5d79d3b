"""The pooled engine against ordinary least squares, the exact drift, sums by hand and simulation."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.empirical_bayes import likelier
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.peers import Peers, fit_peers
from povertystats.forecasts.shared_paths import FEWEST_FIGURES, FEWEST_SHAPED, believed
from povertystats.forecasts.structural_trends import FAMILIES, breadth, covariances
from povertystats.words.errors import InvalidValue

YEARS = (2006, 2008, 2010, 2012, 2013, 2014)
SCALES = ["log_odds", "points"]


def rates(places=8, years=YEARS, seed=0):
    """Rates (places, years) that fall by about a tenth of the odds each time."""
    rng = np.random.default_rng(seed)
    level, steps = rng.normal(-1, 0.3, (places, 1)), rng.normal(-0.1, 0.1, (places, len(years)))
    return 100 * expit(level + steps.cumsum(axis=1))


def panel(values, years=YEARS, name="a"):
    wide = pd.DataFrame(values, columns=years).rename_axis("place")
    return wide.melt(var_name="year", value_name=name, ignore_index=False).dropna().reset_index()


def holes(seed=1, share=0.2):
    values = rates(20)
    values[np.random.default_rng(seed).random(values.shape) < share] = np.nan
    return values


def answers(fit, indicator="a", years=(2012, 2013, 2014), values=((25.0, 22.0, 20.0),), horizon=3):
    paths, shared, _ = fit.paths_ahead(indicator, years, np.array(values), horizon)
    found = [[at.weights, at.location, at.scale, at.df] for path in paths for at in path]
    return np.array(found), shared


@pytest.fixture(scope="module", params=SCALES)
def fit(request):
    return fit_peers(panel(rates()), scale=request.param)


@pytest.fixture(scope="module")
def odds():
    return fit_peers(panel(rates()))


# ---- what the peers say -------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", [rates(20), holes()], ids=["full", "holes"])
def test_the_shared_path_is_that_of_place_and_year_dummies(values):
    long = panel(values)
    long["z"] = logit(long["a"] / 100)
    long = long[long.groupby("place")["a"].transform("count") >= FEWEST_FIGURES]
    dummies = smf.ols("z ~ C(place) + C(year)", long).fit().params
    path = fit_peers(long[["place", "year", "a"]]).paths["a"]
    for year in YEARS[1:]:
        assert path[year] - path[YEARS[0]] == pytest.approx(dummies[f"C(year)[T.{year}]"], abs=1e-9)


def test_what_is_left_out_is_counted():
    values = rates(8)
    values[0, 2], values[1, 3] = 0.0, 100.0
    values[2, FEWEST_FIGURES - 1 :] = np.nan
    found = fit_peers(panel(values))
    assert (found.used, found.left_out) == (5, {"few": 1, "no_log_odds": 2})
    assert fit_peers(panel(values), scale="points").left_out == {"few": 1, "no_log_odds": 0}


def test_each_indicator_has_a_path_of_its_own():
    both = panel(rates(8)).merge(panel(rates(9, seed=3), name="b"), how="outer")
    found = fit_peers(both)
    assert list(found.paths) == ["a", "b"] and found.used == 17
    assert found.paths["a"] == fit_peers(both, "a").paths["a"]


# ---- the forecast -------------------------------------------------------------------------------------------
def drift_alone(years, variance=1e-10):
    """Peers that know nothing: a walk with a free slope, a free variance, around a path that does not move."""
    shapes = ((1.0, 0.0, 0.0),) * 4
    weight = np.full(4, -np.log(4))
    flat = {"a": dict.fromkeys(range(1990, years[-1] + 1), 0.0)}
    return Peers(
        "log_odds",
        3,
        {},
        flat,
        np.array(list(FAMILIES)),
        shapes,
        np.full(4, 1e6),
        weight,
        1e-6,
        variance,
        0.0,
    )


@pytest.mark.parametrize("years", [YEARS, tuple(range(2010, 2015))], ids=["gaps", "annual"])
def test_with_peers_that_know_nothing_it_is_the_exact_drift(years):
    own = rates(1, years)[0]
    path = forecast(pd.Series(own, index=years), horizon=3).path
    found, _, _ = drift_alone(years).paths_ahead("a", years, own[None], 3)
    for exact, at in zip(path, found[0], strict=True):
        assert at.weights.sum() == pytest.approx(1)
        assert at.location == pytest.approx(np.full(at.df.size, exact.location[0]), abs=1e-5)
        # A drawn slope costs no degree of freedom, a free one does.
        assert at.df == pytest.approx(np.full(at.df.size, exact.df[0] + 1), rel=1e-3)
        told = exact.scale[0] ** 2 * exact.df[0]
        assert at.scale**2 * at.df == pytest.approx(np.full(at.df.size, told), rel=1e-3)


def test_one_figure_moves_as_the_shared_path_and_spreads_as_the_peers(odds):
    every = (2014, 2015, 2016)
    flat = dataclasses.replace(odds, noise=0.0)
    ((_, at),), shared, _ = flat.paths_ahead("a", (2014,), np.array([[20.0]]), 2)
    # The variance of a shape two years on, by hand: slope of variance κ, and the increments of its covariance.
    own = [
        (unit[0, 2, 2] + unit[0, 0, 0] - 2 * unit[0, 0, 2] + kappa * (columns[0, 2] - columns[0, 0]) ** 2)
        for kappa, (columns, unit) in zip(
            flat.kappa, (covariances((shape,), every) for shape in flat.shapes), strict=True
        )
    ]
    own, k = np.array(own) * flat.variance * breadth(flat.df), 0
    for mean, cov, df, chance, *_ in believed(flat.paths, ("a",) * len(every), every, flat.variance):
        common = (cov[2, 2] + cov[0, 0] - 2 * cov[0, 2]) * breadth(df)
        of_way = slice(k, k + len(FAMILIES))
        assert at.weights[of_way].sum() == pytest.approx(chance)
        for name in FAMILIES:
            of = flat.family == name
            weight = np.exp(flat.log_weight[of])
            expected = (weight / weight.sum()) @ own[of] + common
            assert at.location[k] == pytest.approx(logit(0.2) + mean[2] - mean[0], abs=1e-9)
            # The scale of a Student-t of that variance.
            assert at.scale[k] ** 2 == pytest.approx(expected / breadth(at.df[k]), rel=1e-9)
            k += 1
    assert k == len(at.weights) and 0 < shared[0, 1] < 1


@pytest.mark.parametrize(("pace", "ways"), [(-0.1, 1), (0.0, 2)], ids=["steady", "still"])
def test_a_way_of_the_path_that_is_hardly_possible_is_left_out(odds, pace, ways):
    years = range(1985, 2015)
    path = {year: pace * n + 0.001 * (n % 2) for n, year in enumerate(years)}
    fit = dataclasses.replace(odds, paths={"a": path}, variance=1e-4)
    ((at,),), _, together = fit.paths_ahead("a", (2014,), np.array([[20.0]]), 1)
    assert at.weights.shape == (ways * len(FAMILIES),) and together.shape[2] == len(at.weights)
    assert at.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["a", "foreign"])
def test_the_spread_is_that_of_the_covariances_told_beside_it(odds, name):
    ((first, second),), shared, (whole, theirs) = odds.paths_ahead(
        name, (2012, 2013, 2014), np.array([[25.0, 22.0, 20.3]]), 2
    )
    for h, at in enumerate((first, second)):
        assert at.scale**2 * breadth(at.df) == pytest.approx(whole[0, :, h, h], rel=1e-12)
        assert shared[0, h] == pytest.approx(at.weights @ (theirs / whole)[0, :, h, h])
    assert (np.linalg.eigvalsh(whole - theirs) > 0).all() and (np.linalg.eigvalsh(theirs) > 0).all()


def test_one_figure_on_points_is_hardly_less_sure_than_on_log_odds():
    known = ps.load_facts().as_of("2020-05-07").peers("poor_household_pct")
    fits = {scale: fit_peers(known, scale=scale) for scale in SCALES}
    for name in ("poor_multidim_pct", "foreign"):
        for level in (10.0, 20.0, 40.0):
            own = pd.Series([level], index=[2019], name=name)
            width = {}
            for scale, fit in fits.items():
                low, high = forecast(own, peers=fit, scale=scale, units="pct").interval(0.80)
                width[scale] = high - low
            assert width["points"] <= 1.5 * width["log_odds"], (name, level, width)


def test_figures_that_are_rounded_are_less_sure(odds):
    """The last digit is told by each series alone, and by more than one figure."""
    years, fine = (2012, 2013, 2014), np.array([[2.31, 2.18, 2.04]])
    flat = dataclasses.replace(odds, variance=1e-4)

    def spread(values):
        found, _ = answers(flat, "a", years[-values.shape[1] :], values)
        return found[0, 2]

    assert (spread(fine.round(1)) > 1.03 * spread(fine)).all()
    np.testing.assert_allclose(spread(np.array([[2.0]])), spread(np.array([[2.0 + 1e-7]])), rtol=1e-5)
    both, _ = answers(flat, "a", years, np.vstack([fine.round(1), fine]))
    np.testing.assert_allclose(both[0], answers(flat, "a", years, fine.round(1))[0][0], rtol=1e-9)
    np.testing.assert_allclose(both[3], answers(flat, "a", years, fine)[0][0], rtol=1e-9)


def test_the_shared_path_is_known_in_its_years_and_drifts_on(fit):
    mean, cov, _ = fit.shared("a", (2012, 2013, 2014, 2015, 2017))
    assert mean[:3] == pytest.approx([fit.paths["a"][year] for year in (2012, 2013, 2014)])
    assert np.abs(cov[:3]).max() < 1e-12 * cov[4, 4]
    assert 0 < cov[3, 3] < cov[4, 4]


def test_an_unknown_indicator_has_the_peers_pace_but_a_level_of_its_own(fit):
    every = (2006, 2013, 2014, 2015, 2016)
    known, other = fit.shared("a", every), fit.shared("b", every)
    assert other[0][0] == pytest.approx(0, abs=1e-9)
    assert (np.diff(other[0]) < 0).all() and (np.diff(known[0][2:]) < 0).all()
    assert other[1][4, 4] > known[1][4, 4]


def test_all_peers_teach_whatever_their_order(fit):
    values, names = rates(), [f"p{i}" for i in range(8)]
    long = panel(values).assign(b=lambda frame: frame["a"] / 2)
    one = fit_peers(long, scale=fit.scale)
    turned = panel(values[::-1]).assign(b=lambda frame: frame["a"] / 2)[["b", "year", "a", "place"]]
    turned["place"] = turned["place"].map(dict(enumerate(names)))
    other = fit_peers(turned.sample(frac=1, random_state=1), scale=fit.scale)
    for indicator in ("a", "b", "c"):
        for mine, theirs in zip(answers(one, indicator), answers(other, indicator), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_many_series_at_once_are_each_alone(fit):
    years, values = (2010, 2012, 2013, 2014), rates(5)[:, 2:]
    for indicator in ("a", "b"):
        found, shared = answers(fit, indicator, years, values)
        for s, own in enumerate(values):
            alone, its = answers(fit, indicator, years, own[None])
            np.testing.assert_allclose(found[3 * s : 3 * s + 3], alone, rtol=1e-9)
            np.testing.assert_allclose(shared[s], its[0], rtol=1e-9)


def test_figures_after_the_cut_change_nothing():
    values = rates(8)
    cut = panel(values[:, :4], YEARS[:4])
    blank = values.copy()
    blank[:, 4:] = np.nan
    wide = pd.DataFrame(blank, columns=YEARS).rename_axis("place")
    emptied = wide.melt(var_name="year", value_name="a", ignore_index=False).reset_index()
    late = panel(values)
    later = late[late["year"] <= YEARS[3]]
    for other in (emptied, later):
        for mine, theirs in zip(answers(fit_peers(cut)), answers(fit_peers(other)), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_own_figures_pull_the_pace_away_from_the_peers(odds):
    def median(values):
        years = tuple(range(2014 - len(values) + 1, 2015))
        return forecast(pd.Series(values, index=years, name="a"), peers=odds).level_at(0.5)

    peers_pace = median([20.0])
    faster, slower = median([32.0, 28.0, 24.0, 20.0]), median([20.3, 20.2, 20.1, 20.0])
    assert faster < peers_pace < slower
    own = forecast(pd.Series([32.0, 28.0, 24.0, 20.0], index=range(2011, 2015)))
    assert own.level_at(0.5) < faster


def test_spread_grows_year_by_year_and_part_of_it_is_shared(fit):
    found, shared = answers(fit)
    scale = found[:, 2]
    assert (np.diff(scale, axis=0) > 0).all()
    assert ((shared > 0) & (shared < 1)).all()


def test_a_common_shock_in_the_peers_widens_the_forecast():
    shocks = np.array([0.3, -0.3, 0.4, -0.2, 0.3, -0.4])
    calm, shaken = rates(30), rates(30)
    shaken = 100 * expit(logit(shaken / 100) + shocks.cumsum())
    (narrow, little), (wide, much) = answers(fit_peers(panel(calm))), answers(fit_peers(panel(shaken)))
    assert (wide[:, 2] > 1.5 * narrow[:, 2]).all()
    assert (much > little).all() and much.min() > 0.8


# ---- honest answers -----------------------------------------------------------------------------------------
@st.composite
def series(draw):
    n = draw(st.integers(1, 7))
    gaps = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    values = draw(st.lists(st.floats(0.01, 99.99), min_size=n, max_size=n))
    name = draw(st.sampled_from(["a", "b"]))
    return pd.Series(values, index=2002 + np.cumsum(gaps), name=name)


@settings(max_examples=40, deadline=None)
@given(series(), st.sampled_from([1, 3]), st.floats(0.001, 0.999), st.floats(0.01, 99.99))
def test_answers_agree_and_nothing_is_certain(fitted, own, horizon, p, level):
    for peers in fitted:
        ahead = forecast(own, horizon=horizon, scale=peers.scale, peers=peers, units="pct")
        below, above = ahead.probability(at_most=level), ahead.probability(at_least=level)
        assert 0 < below < 1 and 0 < above < 1
        assert below + above == pytest.approx(1, abs=1e-9)
        low, high = ahead.interval(0.80)
        assert 0 <= low <= ahead.level_at(0.5) <= high <= 100
        at = ahead.level_at(p)
        if 1e-6 < at < 100 - 1e-6:
            assert ahead.probability(at_most=at) == pytest.approx(p, abs=1e-6)
        change = level - own.iloc[-1]
        assert ahead.probability(change_at_most=change) == pytest.approx(below, abs=1e-9)
        assert ((ahead.sample(50, seed=1) >= 0) & (ahead.sample(50, seed=1) <= 100)).all()


@pytest.fixture(scope="module")
def fitted():
    return [fit_peers(panel(rates()), scale=scale) for scale in SCALES]


@pytest.mark.parametrize(
    ("years", "values"),
    [
        ([2014], [20.0]),
        ([2013, 2014], [22.0, 20.0]),
        (range(2010, 2015), [20.0] * 5),
        ([2008, 2012, 2014], [25.0, 22.0, 20.0]),
        ([1990, 2030], [30.0, 20.0]),
        ([2013, 2014], [1e-6, 1e-7]),
        ([2013, 2014], [99.0, 99.9]),
    ],
    ids=["one", "two", "flat", "gaps", "far apart", "tiny", "nearly all"],
)
def test_few_flat_and_odd_series_have_an_answer(fit, years, values):
    for name in ("a", "b"):
        own = pd.Series(values, index=years, name=name)
        ahead = forecast(own, horizon=2, scale=fit.scale, peers=fit, units="pct")
        low, high = ahead.interval(0.80)
        assert 0 <= low < high <= 100
        assert 0 < ahead.probability(at_most=15.0) < 1


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (rates()[:2], "expected 3 or more peers with 3 figures"),
        (rates()[:0], "expected 3 or more peers with 3 figures"),
        (rates()[:, : FEWEST_FIGURES - 1], "0 usable series, left out few: 8"),
        (rates()[:, : FEWEST_SHAPED - 1], "3 figures or more each; 8 usable series"),
        (np.repeat(rates()[:1], 8, axis=0), "move exactly alike"),
        (np.full((8, 6), 20.0), "move exactly alike"),
        (np.repeat(rates()[:, :1], 6, axis=1), "move exactly alike"),
    ],
    ids=["two", "none", "short", "no shape", "equal", "flat", "flat, each its own"],
)
def test_peers_that_cannot_teach_are_refused(values, fault, scale):
    years = YEARS[: values.shape[1]]
    with pytest.raises(ValueError, match=f"^cannot fit peers: .*{fault}"):
        fit_peers(panel(values, years), scale=scale)


def test_a_panel_without_any_indicator_has_too_few_peers():
    with pytest.raises(InvalidValue, match="^cannot fit peers: expected 3 or more peers .* 0 usable series"):
        fit_peers(panel(rates())[["place", "year"]])


@pytest.mark.parametrize(
    "values", [rates()[:3], rates()[:, :FEWEST_SHAPED], holes()], ids=["places", "years", "holes"]
)
def test_few_places_few_years_and_holes_are_enough(values):
    found = fit_peers(panel(values, YEARS[: values.shape[1]]))
    assert found.used == len(values) and found.variance > 0
    assert np.isfinite(answers(found)[0]).all()


def test_every_problem_of_the_panel_is_told_at_once():
    bad = pd.concat([panel(rates()), panel(rates())[:1]]).assign(a=120.0)
    with pytest.raises(ValueError, match="^cannot fit peers:") as caught:
        fit_peers(bad, ["a", "b", "c"], scale="logit")
    for fault in (
        "field b: no such column",
        "field c: no such",
        "scale 'logit'",
        "more than once",
        "field a: '120.0 (0 2006)'",
    ):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"a": -1.0}, "field a: .*expected a percentage"),
        ({"a": np.inf}, "field a: .*expected a finite number"),
        ({"a": "many"}, "field a: .*expected a finite number"),
        ({"region": "north"}, "field region: .*expected a finite number"),
        ({"year": 2010.5}, "field year: .*expected a whole year"),
        ({"year": "last"}, "field year: .*expected a whole year"),
        ({"year": np.nan}, "field year: .*missing"),
    ],
)
def test_a_column_that_cannot_be_used_is_named(change, fault):
    with pytest.raises(ValueError, match=fault):
        fit_peers(panel(rates()).assign(**change))


def test_another_kind_of_panel_is_refused():
    with pytest.raises(TypeError, match="panel must be a pandas DataFrame, not list"):
        fit_peers([1.0, 2.0])


def test_figures_as_text_and_whole_years_as_floats_are_read():
    long = panel(rates())
    same = fit_peers(long.astype({"a": str, "year": float}), ["a", "a"])
    for mine, theirs in zip(answers(same), answers(fit_peers(long, "a")), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "values", [[20.0], [22.0, 20.0], [24.0, 23.0, 21.5, 20.0]], ids=["one", "two", "four"]
)
def test_a_foreign_series_is_not_surer_of_its_spread_than_its_own_noise_allows(values, scale):
    """What few figures of its own tell of its noise bounds the degrees of freedom of the sum with the path's."""
    found = fit_peers(panel(rates()), scale=scale)
    own = pd.Series(values, index=range(2015 - len(values), 2015), name="foreign")
    df = forecast(own, horizon=2, scale=scale, peers=found).predictive.df
    assert (df <= found.df + len(values) - 1).all() and (df >= 3).all()


def test_pairs_tell_the_pace_and_not_the_shape():
    """Places with two figures move the shared path, and leave the shapes and the noise of the others alone."""
    long, pairs = panel(rates()), panel(rates()[:, :2] * 0.9, YEARS[:2], "b")
    both = long.merge(pairs, on=["place", "year"], how="outer")
    alone, with_pairs = fit_peers(long), fit_peers(both)
    assert with_pairs.used == alone.used + len(rates()) and set(with_pairs.paths) == {"a", "b"}
    assert (with_pairs.df, with_pairs.variance, with_pairs.noise) == (alone.df, alone.variance, alone.noise)
    own = pd.Series([22.0, 20.0], index=[2013, 2014], name="foreign")
    assert forecast(own, peers=with_pairs).level_at(0.5) != forecast(own, peers=alone).level_at(0.5)


# ---- which scale fits ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("truth", "sign"), [("log_odds", 1), ("points", -1)])
def test_peers_tell_on_which_scale_they_move_and_nothing_far_from_their_level(truth, sign):
    rng = np.random.default_rng(0)
    last, back = rng.uniform(12, 28, (40, 1)), np.arange(5, -1, -1)
    if truth == "points":
        values = last + 5 * back + rng.normal(0, 0.5, (40, 6))
    else:
        values = 100 * expit(logit(last / 100) + 0.25 * back + rng.normal(0, 0.03, (40, 6)))
    rows = panel(values, tuple(range(2010, 2016)))
    fits = [fit_peers(rows, scale=scale).fit for scale in ("log_odds", "points")]
    ratio, n = likelier(*fits, 20.0)
    assert sign * ratio > np.log(20) and 10 <= n <= 40
    assert likelier(*fits, 60.0) is None


# ---- sampling errors ----------------------------------------------------------------------------------------
def test_sampling_errors_of_a_survey_widen_and_calm_the_forecast(fit):
    """Where the figures are known to be noisy, a turn of the last one counts less, and the next one may lie anywhere near."""
    years, turned = (2011, 2012, 2013, 2014), np.array([[28.0, 26.0, 24.0, 29.0]])

    def ahead(indicator, se):
        return fit.paths_ahead(indicator, years, turned, 1, se=se)[0][0][0]

    for indicator in ("a", "b"):
        none, exact = ahead(indicator, None), ahead(indicator, np.full(4, np.nan))
        assert none.location.tolist() == exact.location.tolist()
        medians, widths = [], []
        for se in (0.01, 1.0, 3.0):
            found = ahead(indicator, np.array([np.nan, se, se, se]))
            medians.append(found.level_at(0.5))
            widths.append(np.ptp(found.interval(0.8)))
        assert medians[0] == pytest.approx(none.level_at(0.5), abs=0.05)
        assert medians[0] > medians[1] > medians[2]
        assert widths[2] > np.ptp(none.interval(0.8))


def test_a_series_with_standard_errors_is_forecast_with_them():
    figures = Observed(
        np.array([2012, 2013, 2014]), np.array([26.0, 24.0, 27.0]), basis="a", se=np.array([2.0, 2.0, 2.0])
    )
    peers = fit_peers(panel(rates()))
    plain = forecast(dataclasses.replace(figures, se=None), peers=peers)
    assert forecast(figures, peers=peers).level_at(0.5) < plain.level_at(0.5)
