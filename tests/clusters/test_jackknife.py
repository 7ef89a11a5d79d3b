"""The jackknife: against dropping places and fitting again, two other packages, and the size of its test."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers.panels import gappy, null_panels
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from povertystats.clusters.jackknife import (
    by_jackknife,
    cv3,
    leave_one_out,
    leave_pairs_out,
    solve_each,
)
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments

OPTIONS = [
    {},
    {"time": None},
    {"entity": None},
    {"entity": None, "time": None},
]


def again(frame, **options):
    """Estimates of the regressors from the rows of ``frame`` alone."""
    return solve(Moments.from_frame(frame, "y", ["x", "z"], **options))[:2]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_leaving_out_is_dropping_the_rows_and_fitting_again(seed, options):
    frame = gappy(seed)
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    every = leave_one_out(moments)
    literal = [again(frame[frame.place != place], **options) for place in moments.clusters]
    np.testing.assert_allclose(every[:, :2], literal, rtol=1e-9)
    assert every.shape == (len(moments.clusters), len(moments.columns)) and np.isfinite(every).all()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_with_weights_no_effect_comes_of_rounding(options):
    # A time that has every row is the intercept: about weighted means its indicator was a rounding error, and stayed.
    for seed in range(12):
        frame = gappy(seed, places=7, years=2, keep=1.0)
        frame["w"] = np.random.default_rng(seed).exponential(size=len(frame))
        moments = Moments.from_frame(frame, "y", ["x", "z"], weights="w", **options)
        assert len(moments.columns) == 2 + ("time" not in options)
        literal = [again(frame[frame.place != place], weights="w", **options) for place in moments.clusters]
        np.testing.assert_allclose(leave_one_out(moments)[:, :2], literal, rtol=1e-8)
        one = Moments.from_frame(frame[frame.year == 0], "y", ["x"], weights="w", entity=None, unique=False)
        assert one.columns == ("x",)


def test_leaving_out_agrees_with_statsmodels_on_dummies():
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    for row, place in zip(leave_one_out(moments), moments.clusters, strict=True):
        theirs = smf.ols("y ~ x + z + C(place) + C(year)", frame[frame.place != place]).fit()
        np.testing.assert_allclose(row[:2], theirs.params[["x", "z"]], rtol=1e-9)


@pytest.mark.parametrize("options", [{}, {"entity": None}], ids=str)
def test_time_effects_that_one_place_alone_identifies_cost_the_regressors_nothing(options):
    frame = gappy(keep=1.0)
    frame = pd.concat([frame, gappy(5, keep=1.0)[lambda rows: rows.place == 4]], ignore_index=True)
    # Years 0 and 1 are seen in place 4 only, twice each; places 0-2 share no year with the others but through place 5.
    options = {**options, "unique": False}
    early, island = frame.year < 2, frame.place < 3
    frame = frame[
        (~early | (frame.place == 4))
        & (island <= (frame.year < 5))
        & ((frame.year >= 5) | island | frame.place.isin([4, 5]))
    ].reset_index(drop=True)
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    every = leave_one_out(moments)
    literal = [again(frame[frame.place != place], **options) for place in moments.clusters]
    np.testing.assert_allclose(every[:, :2], literal, rtol=1e-9)
    lost = np.isnan(every[:, 2:]).any(axis=1)
    assert {place for place, gone in zip(moments.clusters, lost, strict=True) if gone} >= {4}
    assert np.isfinite(cv3(moments, solve(moments))[:2, :2]).all()


@pytest.mark.parametrize(
    ("formula", "options"), [("y ~ x + z | place + year", {}), ("y ~ x + z", OPTIONS[3])]
)
def test_cv3_agrees_with_pyfixest(formula, options):
    # Without its small-sample factors pyfixest sums the squares and leaves (G − 1)/G out.
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    ours = np.sqrt(np.diag(cv3(moments, solve(moments))))[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyfixest

        plain = pyfixest.ssc(k_adj=False, G_adj=False)
        theirs = pyfixest.feols(formula, frame, vcov={"CRV3": "place"}, ssc=plain, fixef_tol=1e-14).se()
    g = frame.place.nunique()
    np.testing.assert_allclose(ours, np.sqrt((g - 1) / g) * theirs[["x", "z"]], rtol=1e-9)


def test_with_rows_as_clusters_cv3_is_hc3():
    frame = gappy().assign(row=lambda f: range(len(f)))
    moments = Moments.from_frame(frame, "y", ["x", "z"], cluster="row", entity=None, time=None)
    hc3 = smf.ols("y ~ x + z", frame).fit(cov_type="HC3").cov_params().loc[["x", "z"], ["x", "z"]]
    n = len(frame)
    np.testing.assert_allclose(cv3(moments, solve(moments)), (n - 1) / n * hc3, rtol=1e-9)


def test_units_and_offsets_cost_no_digits():
    frame = gappy()
    moments, large = (
        Moments.from_frame(rows, "y", ["x", "z"]) for rows in (frame, frame.assign(z=1e9 + 1e8 * frame.z))
    )
    plain, scaled = (np.sqrt(np.diag(cv3(m, solve(m))))[:2] for m in (moments, large))
    np.testing.assert_allclose(scaled * [1, 1e8], plain, rtol=1e-9)


def test_pairs_are_dropped_literally_and_sorted_by_their_move():
    frame = gappy(places=9)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    beta = solve(moments)
    for column in ("x", "z"):
        pairs = leave_pairs_out(moments, column, beta)
        j = moments.columns.index(column)
        assert len(pairs) == 9 * 8 / 2 and len(pairs[["first", "second"]].drop_duplicates()) == len(pairs)
        moves = (pairs.estimate - beta[j]).abs()
        assert moves.is_monotonic_decreasing and moves.iloc[0] > 0
        literal = [
            again(frame[~frame.place.isin([row.first, row.second])])[j]
            for row in pairs.itertuples(index=False)
        ]
        np.testing.assert_allclose(pairs.estimate, literal, rtol=1e-9)


def test_a_pair_without_which_nothing_is_left_comes_first_without_estimate():
    frame = gappy(places=6, keep=1.0)
    frame["x"] = frame.x.where(frame.place.isin([1, 4]), 20.0)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    pairs = leave_pairs_out(moments, "x", solve(moments))
    assert pairs.loc[0, ["first", "second"]].tolist() == [1, 4] and np.isnan(pairs.estimate[0])
    assert pairs.estimate[1:].notna().all()
    # The other regressor then stands alone, and keeps its estimate.
    others = leave_pairs_out(moments, "z", solve(moments))
    row = others[(others["first"] == 1) & (others["second"] == 4)]
    rest = Moments.from_frame(frame[~frame.place.isin([1, 4])], "y", ["z"])
    assert row.estimate.item() == pytest.approx(solve(rest)[0], rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), places=st.integers(4, 9), shift=st.floats(-3, 3))
def test_what_holds_for_every_panel(seed, places, shift):
    frame = gappy(seed, places=places, keep=1.0)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    beta = solve(moments)
    # An effect added to the outcome moves every estimate by as much, and no variance.
    moved = Moments.from_frame(frame.assign(y=frame.y + shift * frame.x), "y", ["x", "z"])
    np.testing.assert_allclose(leave_one_out(moved)[:, 0], leave_one_out(moments)[:, 0] + shift, atol=1e-8)
    np.testing.assert_allclose(
        cv3(moved, solve(moved))[:2, :2], cv3(moments, beta)[:2, :2], rtol=1e-6, atol=1e-12
    )


def test_a_regressor_that_one_place_alone_identifies_is_refused_with_the_alternative():
    frame = gappy(places=6, keep=1.0)
    frame["programme"] = ((frame.place == 2) & (frame.year > 3)).astype(float)
    frame["pilot"] = ((frame.place == 4) & (frame.year > 4)).astype(float)
    moments = Moments.from_frame(frame, "y", ["x", "programme", "pilot"])
    with pytest.raises(ValueError, match="cannot leave out one cluster at a time") as caught:
        cv3(moments, solve(moments))
    ending = "and no clustered test of it exists; add places in which it varies"
    assert str(caught.value).splitlines()[1:] == [
        f"- programme cannot be told apart from the other columns without 2, {ending}",
        f"- pilot cannot be told apart from the other columns without 4, {ending}",
    ]
    with pytest.raises(ValueError, match=r"exists; add places in which it varies$") as caught:
        leave_one_out(moments, ["pilot", "x"])
    assert "programme" not in str(caught.value)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_control_that_one_place_alone_identifies_is_left_out_without_it(options):
    frame = gappy(places=9, keep=1.0)
    frame["pilot"] = ((frame.place == 4) & (frame.year > 4)).astype(float)
    frame["twin"] = frame.z + frame.place.eq(6) * frame.year
    names = ["pilot", "twin", "x", "z"]
    moments = Moments.from_frame(frame, "y", names, **options)
    every = leave_one_out(moments, ["x"])
    assert np.isfinite(every[:, 2]).all()
    lost = {(g, names[j]) for g, j in zip(*np.nonzero(np.isnan(every[:, :4])), strict=True)}
    # Without 6 neither of the two that are alike there is told.
    assert lost == {(4, "pilot"), (6, "twin"), (6, "z")}
    for g, place in enumerate(moments.clusters):
        rest = [name for name in names if (g, name) not in lost or (g, name) == (6, "z")]
        fit = solve(Moments.from_frame(frame[frame.place != place], "y", rest, **options))
        for name in rest:
            if (g, name) not in lost:
                assert every[g, names.index(name)] == pytest.approx(fit[rest.index(name)], rel=1e-8)
    variance = cv3(moments, solve(moments), ["x"])
    assert np.isfinite(variance[2, 2]) and np.isnan(np.diag(variance)[[0, 1, 3]]).all()
    with pytest.raises(ValueError, match="twin cannot be .* without 6, .*\n- z cannot be .* without 6, "):
        leave_one_out(moments, ["twin", "z"])
    # In whatever order the columns come, what is alike is not told.
    for order in (names[::-1], ["z", "twin", "pilot", "x"]):
        with pytest.raises(ValueError, match="z cannot be told apart"):
            leave_one_out(Moments.from_frame(frame, "y", order, **options), ["z"])


def test_other_bad_input_is_refused():
    frame = gappy()
    one = Moments.from_frame(frame[frame.place == 0], "y", ["x"], time=None)
    with pytest.raises(ValueError, match="1 cluster by 'place'; the jackknife needs at least 2"):
        cv3(one, solve(one))
    two = Moments.from_frame(frame[frame.place < 2], "y", ["x"], time=None)
    with pytest.raises(ValueError, match=r"no such column: 'w'; .* x\n- 2 cluster\(s\)"):
        leave_pairs_out(two, "w", solve(two))
    double = Moments.from_frame(frame.assign(double=2 * frame.x), "y", ["x", "double"])
    with pytest.raises(ValueError, match="double is a linear combination of x"):
        leave_one_out(double)


@pytest.mark.parametrize("places", [63, 8])
def test_size_of_the_five_per_cent_test(places):
    # The bar is .03-.07; 400 panels have two standard errors of .022 at .05, and may miss it by as much.
    panels, rejected = 400, 0
    for frame in null_panels(places, panels):
        moments = Moments.from_frame(frame, "y", ["x"])
        beta = solve(moments)
        rejected += np.abs(beta[0]) > stats.t.ppf(0.975, places - 1) * np.sqrt(cv3(moments, beta)[0, 0])
    assert 0.03 - 0.022 <= rejected / panels <= 0.07 + 0.022


@pytest.mark.parametrize(
    ("share", "gone"), [(4e-10, False), (1.01e-10, False), (0.99e-10, True), (2.5e-11, True)]
)
def test_a_column_is_lost_where_the_others_leave_a_ten_billionth_of_it(share, gone):
    r = np.sqrt(1 - share)
    systems = np.array([[[1.0, r, 1.0], [r, 1.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 2.0, 4.0]]])
    estimates, lost = solve_each(systems, np.array([1.0, 1.0]))
    # What is nothing at all is lost on any scale.
    assert lost.tolist() == [[gone, False], [True, False]]
    assert (estimates[0, 0] == 0) == gone and estimates[1].tolist() == [0, 2]
    assert solve_each(np.zeros((1, 1, 2)), np.zeros(1))[1].all()


def test_a_model_that_cannot_be_fitted_is_told_before_places_are_left_out():
    frame = gappy(places=2, keep=1.0).assign(double=lambda f: 2 * f.x, height=lambda f: 5.0 * f.place)
    two = Moments.from_frame(frame, "y", ["x", "double"], time=None)
    with pytest.raises(ValueError, match="cannot fit y:\n- double is a linear combination of x"):
        leave_one_out(two)
    second = Moments.from_frame(frame, "y", ["x", "height"], time=None)
    with pytest.raises(ValueError, match="cannot fit y:\n- height is constant within every place"):
        leave_one_out(second)
    with pytest.raises(ValueError, match=r"no rows are left \(the frame is empty\)"):
        leave_one_out(Moments.from_frame(frame[:0], "y", ["x"], entity=None))
    one = Moments.from_frame(frame[frame.place == 0], "y", ["x", "double"], time=None)
    with pytest.raises(ValueError, match="1 cluster by 'place'; the jackknife needs at least 2"):
        leave_one_out(one)


def test_pairs_need_three_places_and_no_more():
    moments = Moments.from_frame(gappy(places=3, keep=1.0), "y", ["x"], time=None)
    assert len(leave_pairs_out(moments, "x", solve(moments))) == 3


def test_a_table_by_the_jackknife_takes_t_of_one_degree_less_than_clusters():
    table = by_jackknife(["x"], np.array([2.0]), np.array([[1.0], [2.0], [3.0]]))
    error = np.sqrt(2 / 3 * 2)
    assert table["p"].item() == pytest.approx(2 * stats.t.sf(2 / error, 2))
    assert table["low"].item() == pytest.approx(2 - stats.t.ppf(0.975, 2) * error)
