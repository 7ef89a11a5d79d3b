"""Sensitivity to omitted variables: the published example, variables that are really added, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from helpers.omitted import dense, omitted, provinces
from scipy import stats

from povertystats.checks.omitted import adjusted, strength
from povertystats.checks.sensitivity import sensitivity
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import cv3
from povertystats.clusters.randomisation import randomisation
from povertystats.regression.inference import classical, solve
from povertystats.regression.moments import Moments


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


def several(seed=2):
    """Provinces with two more regressors, both related to the driver."""
    frame = provinces(seed)
    rng = np.random.default_rng(seed)
    frame["a"] = 0.5 * frame.x + rng.normal(size=len(frame))
    frame["b"] = 0.4 * frame.a - 0.3 * frame.x + rng.normal(size=len(frame))
    return frame.assign(y=frame.y + 0.4 * frame.a + 0.2 * frame.b)


def test_several_regressors_are_one_benchmark_by_their_f_statistics():
    frame = several()
    moments = Moments.from_frame(frame, "y", ["x", "z", "a", "b"])
    found = sensitivity(moments, "x", benchmarks=[("a", "b"), "z", ["year"]], errors="classical")
    design = pd.concat([dense(frame), frame[["a", "b"]]], axis="columns")
    outcome, driver = sm.OLS(frame.y, design).fit(), sm.OLS(frame.x, design.drop(columns="x")).fit()
    years = [name for name in design if name.startswith("year_")]
    for name, members in {"a + b": ["a", "b"], "z": ["z"], "year": years}.items():
        shares = []
        for fit in (driver, outcome):
            wald = fit.f_test(" = ".join(members) + " = 0").fvalue * len(members)
            shares.append(wald / (wald + fit.df_resid))
        bounds = found.bounds[found.bounds.benchmark == name]
        np.testing.assert_allclose(
            bounds[["r2_driver", "r2_outcome"]].T, strength(*shares, [1, 2, 3]), rtol=1e-8
        )
    assert found.groups == {"a + b": ("a", "b"), "z": ("z",), "year": ("year",)}
    # In any order, by any name, in any units.
    other = Moments.from_frame(frame.assign(a=1e9 + 1e6 * frame.a), "y", ["b", "z", "a", "x"])
    named = sensitivity(other, "x", benchmarks={"skills": ["b", "a"]}, errors="classical").bounds
    same = ["r2_driver", "r2_outcome", "estimate", "se"]
    np.testing.assert_allclose(named[same], found.bounds[found.bounds.benchmark == "a + b"][same], rtol=1e-6)


def test_a_group_is_stronger_than_its_members_and_told_by_their_names():
    moments = Moments.from_frame(several(), "y", ["x", "z", "a", "b"])
    found = sensitivity(moments, "x", benchmarks={"skills": ("a", "b"), "only": "z"}, times=[1, 2])
    for member in ("a", "b"):
        alone = sensitivity(moments, "x", benchmarks=[member], times=1).bounds.iloc[0]
        assert (found.bounds[["r2_driver", "r2_outcome"]].iloc[0] >= alone[["r2_driver", "r2_outcome"]]).all()
    en, vi = (found.text(lang, labels={"a": "A", "x": "X", "y": "Y"}).splitlines() for lang in ("en", "vi"))
    assert en[1].startswith("Measured against A and b together:") and en[2].startswith("Measured against z:")
    assert vi[1].startswith("So với A và b gộp lại:") and vi[2].startswith("So với z:")
    r = found.bounds.iloc[0]
    r2 = f"{100 * r.r2_driver:.1f}%", f"{100 * r.r2_outcome:.1f}%"
    assert f"Such a variable would account for {r2[0]} and" in en[1] and f"at most {r2[1]} and" in en[1]
    assert f"Biến như vậy giải thích {r2[0].replace('.', ',')} và" in vi[1]
    called = found.text("en", labels={"skills": "schooling"})
    assert "Measured against schooling:" in called
    assert found.names("en")[1] == "with an omitted variable as strong as a and b together"


def test_strength_with_the_outcome_can_differ_and_its_bound_is_told():
    moments = Moments.from_frame(several(), "y", ["x", "z", "a", "b"])
    found = sensitivity(
        moments, "x", benchmarks=["z"], times=[1, 2], times_outcome=[1, 0.5], errors="classical"
    )
    both = sensitivity(moments, "x", benchmarks=["z"], times=[1, 2], errors="classical").bounds
    bounds = found.bounds
    assert bounds.r2_driver.tolist() == both.r2_driver.tolist() and bounds.times_outcome.tolist() == [1, 0.5]
    assert bounds.r2_outcome[0] == both.r2_outcome[0] and bounds.r2_outcome[1] < both.r2_outcome[1]
    assert "if 2× as strong with x and 0.5× with y" in found.text("en")
    assert "gấp 2 lần đối với x và gấp 0,5 lần đối với y" in found.text("vi")
    assert found.names("en")[2] == "with an omitted variable 2× as strong as z with x, 0.5× with y"
    assert found.table["way"].is_unique

    far = sensitivity(moments, "x", benchmarks=["z"], times=1, times_outcome=1e4)
    assert far.bounds.r2_outcome.tolist() == [1] and far.bounds.se.tolist() == [0]
    assert "The bound of 100% is a cap" in far.text("en") and "Mức 100% là mức chặn trên" in far.text("vi")
    assert "is a cap" not in found.text("en")


def test_bad_groups_are_told_at_once():
    moments = Moments.from_frame(several(), "y", ["x", "z", "a", "b"])
    with pytest.raises(ValueError, match="cannot compute sensitivity") as caught:
        groups = [("a", "x"), ("a", "a"), ["b", "w"], (), 5, "z", ["z"], "place"]
        sensitivity(moments, "x", benchmarks=groups, times=[1, 2], times_outcome=[1, 2, 0])
    known = "the model has x, z, a, b"
    assert str(caught.value).splitlines()[1:] == [
        "- benchmarks has one of them twice",
        f"- no such regressor: 'w'; {known}",
        f"- no such regressor: 5; {known}",
        f"- no such regressor: 'place'; {known}",
        "- 'x' is both driver and benchmark",
        "- benchmark 'a + a' is ['a', 'a']; expected regressors, each once",
        "- benchmark '' is []; expected regressors, each once",
        "- times_outcome are [1, 2, 0]; expected positive numbers",
        "- times_outcome has 3 numbers for 2 times; expected one, or one for each",
    ]
    untimed = Moments.from_frame(several(), "y", ["x", "z"], time=None)
    with pytest.raises(ValueError, match="no such regressor: 'year'"):
        sensitivity(untimed, "x", benchmarks=["year"])
    with pytest.raises(ValueError, match="times are .*; expected positive numbers"):
        sensitivity(moments, "x", benchmarks=["z"], times=np.inf)
    double = Moments.from_frame(several().assign(c=lambda f: f.a + 2 * f.b), "y", ["x", "a", "b", "c"])
    with pytest.raises(ValueError, match="is a linear combination of"):
        sensitivity(double, "x", benchmarks=[("a", "b", "c")])


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
    for verb in (sensitivity, wild, randomisation):
        with pytest.raises(TypeError, match=r'not object; a fit .* fit.moments\["within", "points"\]'):
            verb(object(), "x")


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
