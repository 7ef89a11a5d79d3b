"""Sensitivity to omitted variables: the published example, variables that are really added, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from povertystats.checks.sensitivity import adjusted, robustness_value, sensitivity, strength
from povertystats.clusters.jackknife import cv3
from povertystats.regression.inference import classical, solve
from povertystats.regression.moments import Moments

SHARES = st.floats(0.001, 0.9)


def provinces(seed=4, places=20, years=7, effect=-0.6):
    """An unbalanced panel with errors that are correlated within places."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    frame["z"] = rng.normal(size=len(frame)) + frame.year
    frame["x"] = rng.normal(size=len(frame)) + 0.3 * frame.z
    noise = rng.normal(size=places)[frame.place] * frame.year / 3 + rng.normal(size=len(frame))
    frame["y"] = 30 + effect * frame.x + 0.4 * frame.z + noise
    return frame[rng.random(len(frame)) < 0.85].reset_index(drop=True)


def dense(frame):
    """The model as a matrix: the driver, the other regressor, dummies of place and year."""
    dummies = pd.get_dummies(frame[["place", "year"]].astype(str), drop_first=True, dtype=float)
    return sm.add_constant(pd.concat([frame[["x", "z"]], dummies], axis="columns"))


def omitted(frame, r2_driver, r2_outcome, seed=1):
    """Build a variable with exactly these partial R² with x, and with y beside x, against the estimate's sign."""
    rest = dense(frame)
    others = rest.drop(columns="x")

    def left(of, design):
        e = sm.OLS(of, design).fit().resid.to_numpy()
        return e / np.sqrt(e @ e)

    d, y = left(frame.x, others), left(frame.y, rest)
    noise = np.random.default_rng(seed).normal(size=len(frame))
    noise = left(pd.Series(noise), rest.assign(y=frame.y))
    sign = np.sign(sm.OLS(frame.y, rest).fit().params["x"])
    a, b, c = r2_driver, (1 - r2_driver) * r2_outcome, (1 - r2_driver) * (1 - r2_outcome)
    return sign * np.sqrt(a) * d + np.sqrt(b) * y + np.sqrt(c) * noise


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


@pytest.mark.parametrize("seed", range(3))
def test_partial_r2_agree_with_statsmodels_on_dummies(seed):
    frame = provinces(seed)
    found = sensitivity(Moments.from_frame(frame, "y", ["x", "z"]), "x", benchmarks=["z"], errors="classical")
    fit = sm.OLS(frame.y, dense(frame)).fit()
    reduced = sm.OLS(frame.y, dense(frame).drop(columns="x")).fit()
    row = found.table.iloc[0]
    assert row.estimate == pytest.approx(fit.params["x"], rel=1e-9)
    assert row.t == pytest.approx(fit.tvalues["x"], rel=1e-9)
    assert row.partial_r2 == pytest.approx(1 - fit.ssr / reduced.ssr, rel=1e-8)
    assert (row.dof, row.n, row.places) == (fit.df_resid, len(frame), 20)

    r2_outcome = fit.tvalues["z"] ** 2 / (fit.tvalues["z"] ** 2 + fit.df_resid)
    driver = sm.OLS(frame.x, dense(frame).drop(columns="x")).fit()
    r2_driver = driver.tvalues["z"] ** 2 / (driver.tvalues["z"] ** 2 + driver.df_resid)
    expected = strength(r2_driver, r2_outcome, [1, 2, 3])
    np.testing.assert_allclose(found.bounds[["r2_driver", "r2_outcome"]].T, expected, rtol=1e-8)
    assert found.bounds.times.tolist() == [1, 2, 3] and set(found.bounds.benchmark) == {"z"}


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


def test_a_variable_as_strong_as_the_robustness_value_brings_estimate_or_interval_to_zero():
    frame = provinces()
    row = sensitivity(Moments.from_frame(frame, "y", ["x", "z"]), "x", errors="classical").table.iloc[0]
    assert 0 < row.rv_level < row.rv < 1

    def after(share):
        return sm.OLS(frame.y, dense(frame).assign(omitted=omitted(frame, share, share))).fit()

    assert after(row.rv).params["x"] == pytest.approx(0, abs=1e-8)
    fit = after(row.rv_level)
    assert abs(fit.tvalues["x"]) == pytest.approx(stats.t.ppf(0.975, fit.df_resid), rel=1e-7)
    assert np.sign(fit.params["x"]) == np.sign(row.estimate)


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


def test_clustered_errors_scale_the_interval_and_not_the_bias():
    moments = Moments.from_frame(provinces(), "y", ["x", "z"])
    beta = solve(moments)
    plain, cluster = (
        sensitivity(moments, "x", benchmarks=["z"], level=0.9, errors=e) for e in ("classical", "cv3")
    )
    same = ["estimate", "partial_r2", "rv", "dof"]
    pd.testing.assert_frame_equal(plain.table[same], cluster.table[same])
    pd.testing.assert_series_equal(plain.bounds["estimate"], cluster.bounds["estimate"])
    ratio = np.sqrt(cv3(moments, beta)[0, 0] / classical(moments, beta)[0, 0])
    np.testing.assert_allclose(cluster.bounds["se"] / plain.bounds["se"], ratio, rtol=1e-9)
    margin = stats.t.ppf(0.95, 19) * cluster.bounds["se"]
    np.testing.assert_allclose(cluster.bounds["high"], cluster.bounds["estimate"] + margin, rtol=1e-9)
    np.testing.assert_allclose(cluster.bounds["low"], cluster.bounds["estimate"] - margin, rtol=1e-9)

    # At rv_level the end of the clustered interval stands at zero, by the published sums.
    row = cluster.table.iloc[0]
    r = row.rv_level
    estimate, factor = adjusted(row.estimate, row.se / ratio, row.dof, r, r)
    assert abs(estimate) == pytest.approx(stats.t.ppf(0.95, 19) * row.se * factor, rel=1e-8)


def test_wide_errors_leave_no_robustness():
    row = sensitivity(Moments.from_frame(provinces(effect=0), "y", ["x"]), "x", level=0.999).table.iloc[0]
    assert row.low < 0 < row.high and row.rv_level == 0 and row.rv > 0


def test_strengths_that_no_variable_can_have_are_left_open():
    r2_driver, r2_outcome = strength(0.4, 0.3, [1, 2])
    assert r2_driver[0] == pytest.approx(2 / 3) and np.isnan([r2_driver[1], r2_outcome[1]]).all()
    assert strength(0.3, 0.9, [1])[1] == 1
    frame = provinces().assign(w=lambda f: f.x + np.random.default_rng(1).normal(size=len(f)))
    found = sensitivity(Moments.from_frame(frame, "y", ["x", "w"]), "x", benchmarks=["w"], times=[0.5, 9])
    assert found.bounds.estimate.isna().tolist() == [False, True]
    assert "no variable can be 9 times as strong" in found.text("en")
    assert "nếu mạnh gấp 0,5 lần" in found.text("vi")


def test_a_variable_that_accounts_for_the_whole_outcome_leaves_no_t():
    frame = provinces().assign(y=lambda f: 3 * f.z + f.x / 5 + f.y / 100)
    found = sensitivity(Moments.from_frame(frame, "y", ["x", "z"]), "x", benchmarks=["z"], times=1)
    row = found.bounds.iloc[0]
    assert row.r2_outcome == 1 and row.se == 0 and np.isnan(row.t) and row.low == row.estimate == row.high


def test_text_in_both_languages():
    labels = {"x": "đào tạo", "z": "thu nhập", "y": "tỷ lệ nghèo"}
    found = sensitivity(Moments.from_frame(provinces(), "y", ["x", "z"]), "x", benchmarks=["z"])
    row, bound = found.table.iloc[0], found.bounds.iloc[1]
    vi, en = found.text("vi", labels=labels).splitlines(), found.text("en").splitlines()
    rv, rv_level = f"{100 * row.rv:.1f}%", f"{100 * row.rv_level:.1f}%"
    assert en[0] == (
        f"An omitted variable that accounts for {rv_level} of the remaining variation of both x and y would bring the 95% "
        f"interval to zero; to bring the estimate itself to zero it would take {rv}."
    )
    assert vi[0] == (
        f"Một biến bị bỏ sót chỉ cần giải thích {rv_level} phần biến thiên còn lại của cả đào tạo và tỷ lệ nghèo là đủ để "
        f"khoảng tin cậy 95% chạm 0; để chính ước lượng về 0 thì cần {rv}."
    ).replace(rv, rv.replace(".", ",")).replace(rv_level, rv_level.replace(".", ","))
    held = f"{row.estimate:.2f}".replace("-", "−")
    assert en[1].startswith(
        f"Measured against z: with an omitted variable, the estimate of {held} (z held equal) could become"
    )
    assert f"{bound.estimate:.2f} (".replace("-", "−") in en[1] and "if 2 times as strong" in en[1]
    assert vi[1].startswith("So với thu nhập: nếu có thêm biến bị bỏ sót, ước lượng")
    assert f"ước lượng {held.replace('.', ',')} (đã kiểm soát thu nhập) có thể thành" in vi[1]
    assert "CV3" in vi[2] and len(vi) == len(en) == 3
    plain = sensitivity(
        Moments.from_frame(provinces(effect=0), "y", ["x"]), "x", errors="classical", level=0.999
    )
    assert plain.text("en").startswith("The 99.9% interval of the association of x with y includes zero")
    assert "ordinary standard errors" in plain.text("en") and len(plain.bounds) == 0
    with pytest.raises(ValueError, match="'fr' is not known"):
        plain.text("fr")


def test_bad_input_is_told_at_once():
    moments = Moments.from_frame(provinces(), "y", ["x", "z"])
    with pytest.raises(ValueError, match="cannot compute sensitivity") as caught:
        sensitivity(moments, "w", benchmarks="w", times=[0, 1], level=95, errors="hc1")
    assert str(caught.value).splitlines()[1:] == [
        "- benchmarks must be a list, not the text 'w'",
        "- no such regressor: 'w'; the model has x, z",
        "- no such regressor: 'w'; the model has x, z",
        "- 'w' is both driver and benchmark",
        "- times are [0, 1]; expected positive numbers",
        "- errors are 'hc1'; choose from cv3, classical",
        "- level is 95; expected a share between 0 and 1, such as 0.95",
    ]
    for times in ([], ["two"], [np.nan]):
        with pytest.raises(ValueError, match="expected positive numbers"):
            sensitivity(moments, "x", times=times)
    with pytest.raises(TypeError, match="moments must be Moments, not DataFrame"):
        sensitivity(provinces(), "x")


def test_models_without_room_or_error_are_refused():
    tight = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 0, 5]})
    with pytest.raises(ValueError, match=r"1 degree of freedom \(rows − parameters\); expected 2 or more"):
        sensitivity(Moments.from_frame(tight.assign(y=[9, 8, 7, 5, 6, 2]), "y", ["x"]), "x")
    identity = provinces().assign(y=lambda f: 100 - f.x)
    with pytest.raises(ValueError, match="y is fitted exactly"):
        sensitivity(Moments.from_frame(identity, "y", ["x"]), "x", errors="classical")
    pilot = provinces().assign(pilot=lambda f: (f.place == 3) * f.x)
    alone = Moments.from_frame(pilot, "y", ["pilot"], time=None)
    for errors in ("cv3", "classical"):
        with pytest.raises(ValueError, match="pilot varies on its own in too few clusters"):
            sensitivity(alone, "pilot", errors=errors)


def test_pooled_models_count_their_intercept():
    frame = provinces()
    moments = Moments.from_frame(frame, "y", ["x", "z"], entity=None, time=None)
    row = sensitivity(moments, "x", errors="classical").table.iloc[0]
    fit = smf.ols("y ~ x + z", frame).fit()
    assert row.dof == fit.df_resid and row.t == pytest.approx(fit.tvalues["x"], rel=1e-9)
