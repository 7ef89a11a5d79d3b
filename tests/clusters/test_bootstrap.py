"""The wild cluster bootstrap: literal refits, sign-flip tests by hand, two other packages, and its size."""

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from helpers.panels import gappy, null_panels
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.clusters import signs, statistics
from povertystats.clusters.bootstrap import wild
from povertystats.regression.inference import crv1, solve
from povertystats.regression.moments import Moments

OPTIONS = [
    {},
    {"time": None},
    {"entity": None},
    {"entity": None, "time": None},
]


def dense(frame, entity="place", time="year"):
    """x, z and indicators of the effects, full rank, as floats."""
    parts = [frame[["x", "z"]]]
    if time:
        parts.append(pd.get_dummies(frame.year, prefix="t", drop_first=True, dtype=float))
    parts.append(
        pd.get_dummies(frame.place, dtype=float) if entity else pd.Series(1.0, frame.index, name="c")
    )
    return pd.concat(parts, axis=1).to_numpy()


def squared(moments, column=0):
    """|t*| of every pattern of signs and |t|, both at the null 0 and by CRV1 without its factor."""
    fit = signs.standardised(moments)
    unit, squares = signs.squares(fit, column, signs.patterns(len(moments.n)))
    s = solve(moments)[column] * fit.size[column] / unit
    numerator, denominator = np.array([1, s, s**2]) @ squares
    return np.sqrt(numerator / denominator), abs(s)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_pattern_is_a_refit_with_signs_changed(options):
    frame = gappy(5, places=6)
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    x, y = dense(frame, **options), frame.y.to_numpy()
    restricted = x[:, 1:] @ np.linalg.lstsq(x[:, 1:], y, rcond=None)[0]

    def refit(outcome):
        made = Moments.from_frame(frame.assign(y=outcome), "y", ["x", "z"], **options)
        beta = solve(made)
        return beta[0] / np.sqrt(crv1(made, beta)[0, 0])

    places = pd.Categorical(frame.place).codes
    literal = [
        abs(refit(restricted + np.array(signs)[places] * (y - restricted)))
        for signs in product([1, -1], repeat=6)
    ]
    ours, own = squared(moments)
    factor = abs(refit(y)) / own
    np.testing.assert_allclose(np.sort(np.repeat(ours * factor, 2)), np.sort(literal), rtol=1e-8)
    row = wild(moments, ["x"]).table.loc[0]
    assert row.p == np.mean(np.array(literal) >= abs(row.t) * (1 - 1e-9))
    assert (row.draws, row.ties) == (64, 2)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_all_1024_patterns_agree_with_wildboottest(options):
    # Without the offsets, which cost them digits.
    frame = gappy(2, places=10).assign(x=lambda f: f.x - 20, y=lambda f: f.y - 30)
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    x = dense(frame, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wildboottest.wildboottest import WildboottestCL

        theirs = WildboottestCL(
            X=x, Y=frame.y.to_numpy(), cluster=frame.place.to_numpy(), R=np.eye(x.shape[1])[0], B=9999,
            seed=1, parallel=False,
        )  # fmt: skip
        theirs.get_scores(bootstrap_type="11", impose_null=True)
        theirs.get_weights("rademacher")
        for step in (theirs.get_numer, theirs.get_denom, theirs.get_tboot, theirs.get_vcov, theirs.get_tstat):
            step()
        theirs.get_pvalue()
    row = wild(moments, ["x"], count_nested=True).table.loc[0]
    ours, own = squared(moments)
    assert row.draws == 1024
    assert row.t == pytest.approx(theirs.t_stat, rel=1e-9)
    np.testing.assert_allclose(
        np.sort(np.repeat(ours, 2)) * abs(row.t) / own, np.sort(np.abs(theirs.t_boot)), rtol=1e-9
    )
    # They count what is larger, as far as rounding tells; we what is at least as large: the data themselves
    # and their mirror image.
    assert row.ties == 2 and round(1024 * (row.p - theirs.pvalue)) in (0, 1, 2)


def test_random_signs_agree_with_pyfixest():
    frame = gappy(8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyfixest

        fit = pyfixest.feols("y ~ x + z | place + year", frame, vcov={"CRV1": "place"})
        theirs = fit.wildboottest(reps=9999, cluster="place", param="x", seed=1, k_adj=False, G_adj=False)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    row = wild(moments, "x").table.loc[0]
    n, g, k = len(frame), 15, len(moments.columns) + 1
    assert row.t * np.sqrt(g / (g - 1) * (n - 1) / (n - k)) == pytest.approx(theirs["t value"], rel=1e-9)
    p = float(theirs["Pr(>|t|)"])
    assert 0.02 < p < 0.98
    # Two simulations of 9,999 draws each: four standard errors of their difference.
    assert abs(row.p - p) < 4 * np.sqrt(2 * p * (1 - p) / 9999)
    assert (row.draws, row.ties) == (9999, 0)


def before_after(changes):
    """Two years a place, a driver that is 0 then 1: the estimate is the mean change."""
    places = range(len(changes))
    rows = [(place, year, float(year), year * changes[place]) for place in places for year in (0, 1)]
    return Moments.from_frame(pd.DataFrame(rows, columns=["place", "year", "x", "y"]), "y", ["x"], time=None)


@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(st.integers(-6, 6), min_size=6, max_size=9).filter(lambda c: len(set(c)) > 1),
    null=st.integers(-3, 3),
)
def test_mean_changes_get_the_sign_flip_test(changes, null):
    # With equal leverage the test of a mean is Fisher's: flip the signs of change − null. Integers tie exactly.
    d = np.array(changes) - null
    sums = np.abs(np.array(list(product([1, -1], repeat=len(d)))) @ d)
    row = wild(before_after(changes), null=float(null)).table.loc[0]
    assert row.estimate == pytest.approx(np.mean(changes), abs=1e-12)
    assert row.t == pytest.approx(
        d.mean() / np.sqrt(d.var(ddof=1) / len(d)) * np.sqrt((2 * len(d) - 2) / (2 * len(d) - 1))
    )
    assert row.p == pytest.approx(np.mean(sums >= abs(d.sum())))
    assert row.ties == np.sum(sums == abs(d.sum()))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("places", [9, 15])
def test_the_ends_of_the_interval_are_where_the_test_begins_to_reject(places, level):
    moments = Moments.from_frame(gappy(4, places=places), "y", ["x", "z"])
    for row in wild(moments, level=level).table.itertuples():
        assert row.low < row.estimate < row.high
        width = row.high - row.low
        for end, outward in ((row.low, -1), (row.high, 1)):
            inside, outside = (
                wild(moments, row.column, null=end + step * outward * 1e-6 * width).table.p[0]
                for step in (-1, 1)
            )
            assert outside <= 1 - level + 1e-9 < inside
            # One draw, or one pattern and its mirror image, decides.
            assert inside - outside <= (4 / 2**9 if places == 9 else 3 / 10_000)


def test_the_interval_agrees_with_a_search_over_null_values():
    moments = Moments.from_frame(gappy(6, places=7), "y", ["x"])
    row = wild(moments).table.loc[0]
    nulls = np.linspace(
        row.estimate - 8 * (row.estimate - row.low), row.estimate + 8 * (row.high - row.estimate), 161
    )
    kept = nulls[[wild(moments, null=float(null)).table.p[0] > 0.05 for null in nulls]]
    step = nulls[1] - nulls[0]
    assert kept[0] - step < row.low <= kept[0] and kept[-1] <= row.high < kept[-1] + step


def heavy_tailed(seed):
    """Six to twelve places of four rows, tails so heavy that p is often not monotone in the value tested."""
    rng = np.random.default_rng(seed)
    places = int(rng.integers(6, 13))
    frame = pd.DataFrame({"place": np.repeat(np.arange(places), 4)})
    frame["x"] = rng.standard_t(2, size=len(frame)) * np.repeat(rng.lognormal(0, 1.2, size=places), 4)
    noise = rng.standard_t(2, size=len(frame)) * np.repeat(rng.lognormal(0, 1, size=places), 4)
    return frame.assign(y=0.3 * frame.x + noise)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_p_and_interval_never_contradict_each_other(level):
    holes = beyond = 0
    for seed in range(40):
        told = wild(Moments.from_frame(heavy_tailed(seed), "y", ["x"], time=None), level=level)
        row, pieces = told.table.iloc[0], told.pieces
        assert (row.p > 1 - level + 1e-9) == (row.low <= 0 <= row.high)
        assert row.low <= row.estimate <= row.high and len(pieces) == 1 + row.holes
        holes += row.holes > 0
        if beyond_null := row.low != pieces.low.min() or row.high != pieces.high.max():
            # Nought is rejected, and something beyond it is not.
            assert row.p <= 0.2 and pieces.low.min() < 0 < pieces.high.max()
        assert ("of x, values beyond 0 are not rejected" in told._sentence()) == beyond_null
        beyond += beyond_null
    assert holes > 10 and beyond > 1  # the samples are of the kind that is meant


def brute_force(frame):
    """p of a null by all 2^G patterns, from rows."""
    g = frame.place.nunique()
    x, y = (frame[v] - frame.groupby("place")[v].transform("mean") for v in ("x", "y"))
    x, y = x.to_numpy().reshape(g, 4), y.to_numpy().reshape(g, 4)
    signs = np.array(list(product([1, -1], repeat=g)))[:, :, None]

    def t(outcomes, null):
        slopes = (outcomes * x).sum(axis=(1, 2)) / (x * x).sum()
        scores = (x * (outcomes - slopes[:, None, None] * x)).sum(axis=2)
        return np.abs(slopes - null) / np.sqrt((scores**2).sum(axis=1))

    def p(null):
        made = t(null * x + signs * (y - null * x), null)
        return np.mean(made >= made[0] * (1 - 1e-9))  # the first pattern changes no sign

    return p


@pytest.mark.parametrize("seed", [0, 34, 213, 279, 468, 973])
def test_the_pieces_are_the_values_that_are_not_rejected(seed):
    frame = heavy_tailed(seed)
    told, p = wild(Moments.from_frame(frame, "y", ["x"], time=None)), brute_force(frame)
    row, pieces = told.table.iloc[0], told.pieces[["low", "high"]].to_numpy()
    assert row.p == p(0)
    edges = np.unique(np.clip(pieces, -100, 100))
    width = np.diff(edges).max()
    wide = np.linspace(edges[0] - width, edges[-1] + width, 60)
    for null in [*wide, *(edges - 1e-6 * width), *(edges + 1e-6 * width)]:
        assert (p(null) > 0.05) == any(low <= null <= high for low, high in pieces), null


def test_where_four_of_eight_places_hold_all_information_the_interval_is_infinite():
    frame = gappy(places=8, keep=1.0)
    frame["x"] = frame.x.where(frame.place < 4, 0.0)
    row = wild(Moments.from_frame(frame, "y", ["x"], time=None)).table.loc[0]
    # Whatever signs the other four take, the data are among the patterns: one in eight ties at every null.
    assert (row.low, row.high) == (-np.inf, np.inf)
    assert row.p >= 1 / 8 and row.ties == 2**5


def test_a_driver_of_one_place_is_refused():
    frame = gappy(places=8, keep=1.0)
    frame["x"] = frame.x.where(frame.place == 3, 0.0)
    with pytest.raises(ValueError, match="x varies on its own in 3 only: its clustered error is zero"):
        wild(Moments.from_frame(frame, "y", ["x"], time=None))
    # Beside year effects the other places say something about x; the test is then weak, but there is one.
    assert np.isfinite(wild(Moments.from_frame(frame, "y", ["x", "z"])).table.p).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), null=st.floats(-1, 1), places=st.sampled_from([8, 14]))
def test_moving_the_null_is_moving_the_outcome(seed, null, places):
    frame = gappy(seed, places=places, keep=1.0)
    there = wild(Moments.from_frame(frame, "y", ["x", "z"]), "x", null=null, draws=499).table.loc[0]
    moved = Moments.from_frame(frame.assign(y=frame.y - null * frame.x), "y", ["x", "z"])
    here = wild(moved, "x", draws=499).table.loc[0]
    assert (there.p, there.t) == (here.p, pytest.approx(here.t, abs=1e-8))
    np.testing.assert_allclose([there.low - null, there.high - null], [here.low, here.high], atol=1e-6)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_units_change_no_test(options):
    frame = gappy(places=9)
    large = frame.assign(x=1e9 + 1e6 * frame.x, y=1e3 * frame.y, z=frame.z / 1e5)
    a, b = (wild(Moments.from_frame(rows, "y", ["x", "z"], **options)).table for rows in (frame, large))
    scale = np.array([1e3 / 1e6, 1e3 * 1e5])
    np.testing.assert_allclose(b.t, a.t, rtol=1e-6)
    assert b.p.tolist() == a.p.tolist() and b.ties.tolist() == a.ties.tolist()
    for column in ("estimate", "low", "high"):
        np.testing.assert_allclose(b[column], a[column] * scale, rtol=1e-5)


def test_columns_are_tested_as_if_alone_and_draws_repeat():
    moments = Moments.from_frame(gappy(), "y", ["x", "z"])
    both, again = wild(moments), wild(moments)
    pd.testing.assert_frame_equal(both.table, again.table)
    assert both.table.column.tolist() == ["x", "z"] and (both.null, both.level) == (0.0, 0.95)
    pd.testing.assert_frame_equal(wild(moments, ["z"]).table, both.table[1:].reset_index(drop=True))
    other = wild(moments, seed=2).table
    assert (other.t == both.table.t).all() and (other.p != both.table.p).any()
    # Two seeds differ by what 9,999 draws leave open: four standard errors.
    assert (np.abs(other.p - both.table.p) < 4 * np.sqrt(2 * 0.25 / 9999)).all()
    nested = wild(moments, count_nested=True).table
    assert (nested.t.abs() < both.table.t.abs()).all()
    pd.testing.assert_frame_equal(nested.drop(columns="t"), both.table.drop(columns="t"))
    effect = wild(moments, "year[3]").table.loc[0]
    assert effect.estimate == pytest.approx(solve(moments)[moments.columns.index("year[3]")])


def test_all_problems_are_told_at_once():
    moments = Moments.from_frame(gappy(), "y", ["x"])
    with pytest.raises(ValueError, match="cannot bootstrap") as caught:
        wild(moments, ["x", "w"], null=np.nan, draws=0, seed=-1, level=95)
    first, *rest = str(caught.value).splitlines()[1:]
    assert first.startswith("- no such column: 'w'; the model has x, year[")
    assert rest == [
        "- null is nan; expected a finite number, in units of the coefficient",
        "- seed is -1; expected a whole number, 0 or more",
        "- level is 95; expected a share between 0 and 1, such as 0.95",
        "- draws is 0; expected a whole number, 1 or more",
    ]
    with pytest.raises(ValueError, match="null is '0'; expected a finite number"):
        wild(moments, null="0")


def test_too_few_clusters_or_draws_are_refused_with_the_alternative():
    frame = gappy(keep=1.0)
    few = {g: Moments.from_frame(frame[frame.place < g], "y", ["x"], time=None) for g in (1, 5, 6)}
    with pytest.raises(ValueError, match="1 cluster by 'place'; the bootstrap needs at least 2"):
        wild(few[1])
    with pytest.raises(
        ValueError, match=r"5 clusters have 32 patterns of signs: p is never below 0.0625.*cv3"
    ):
        wild(few[5])
    assert wild(few[5], level=0.9).table.p[0] >= 1 / 16
    assert wild(few[6]).table.draws[0] == 64
    many = Moments.from_frame(frame, "y", ["x"])
    with pytest.raises(ValueError, match="draws is 18: p is never below 0.0526.*expected 999 or more"):
        wild(many, draws=18)
    assert wild(many, draws=19).table.p[0] >= 0.05
    with pytest.raises(ValueError, match="x is constant within every place"):
        wild(Moments.from_frame(frame.assign(x=1.0), "y", ["x"]))
    with pytest.raises(ValueError, match="y is fitted exactly"):
        wild(Moments.from_frame(frame.assign(y=3 * frame.x), "y", ["x"]))


@pytest.mark.parametrize("places", [63, 8])
def test_size_of_the_five_per_cent_test(monkeypatch, places):
    # p alone is asked for; most of the time would go to the ends of the interval.
    monkeypatch.setattr(statistics, "stretches", lambda quartics, few: np.array([[0.0, np.inf]]))
    # The bar is .03-.07; 400 panels have two standard errors of .022 at .05, and may miss it by as much.
    panels, rejected = 400, 0
    for seed, frame in enumerate(null_panels(places, panels)):
        moments = Moments.from_frame(frame, "y", ["x"])
        rejected += wild(moments, draws=399, seed=seed).table.p[0] <= 0.05
    assert 0.03 - 0.022 <= rejected / panels <= 0.07 + 0.022
