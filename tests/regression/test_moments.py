"""Moments: exact against a dense fit, mergeable in any chunks, and clear about what was left out."""

import tracemalloc
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.regression import moments as module
from povertystats.regression.elimination import independent
from povertystats.regression.inference import absorbed, crv1, solve, squares
from povertystats.regression.moments import Moments
from povertystats.regression.terms import parse


def gappy(seed=0, places=9, years=7):
    """An unbalanced panel with gaps, entry and exit, and an autocorrelated driver."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(f"P{i:02}", 2008 + t) for i in range(places) for t in range(years)], columns=["place", "year"]
    )
    frame["x"] = 20 + rng.normal(size=len(frame)).cumsum()
    frame["z"] = rng.lognormal(size=len(frame))
    frame["y"] = 30 - 0.3 * frame.x + frame.z + rng.normal(size=len(frame))
    return frame[rng.random(len(frame)) > 0.25].reset_index(drop=True)


def dense(frame, outcome, regressors, entity=True, time=True):
    """Design and outcome with the effects taken out by a dense projection, in the order of ``frame``."""
    absorbed = pd.get_dummies(frame.place).to_numpy(float) if entity else np.ones((len(frame), 1))
    effects = pd.get_dummies(frame.year).to_numpy(float)[:, :-1] if time else np.empty((len(frame), 0))
    every = np.column_stack([frame[[*regressors, outcome]], effects])
    every = every - absorbed @ np.linalg.lstsq(absorbed, every, rcond=None)[0]
    return np.delete(every, len(regressors), axis=1), every[:, len(regressors)]


def assert_same(a, b, tolerance=1e-10):
    assert (a.names, a.labels, a.times, a.columns, a.clusters) == (
        b.names,
        b.labels,
        b.times,
        b.columns,
        b.clusters,
    )
    np.testing.assert_array_equal(a.counts, b.counts)
    for field in ("means", "sums", "products", "xx", "xy", "yy"):
        one, other = getattr(a, field), getattr(b, field)
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * (1 + np.abs(other).max()))
    assert a.dropped == b.dropped


@pytest.mark.parametrize("entity", ["place", None])
@pytest.mark.parametrize("time", ["year", None])
def test_equals_the_cross_products_of_a_dense_design_cluster_by_cluster(entity, time):
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x", "z"], entity=entity, time=time)
    x, y = dense(frame, "y", ["x", "z"], entity=bool(entity), time=bool(time))
    assert moments.clusters == tuple(sorted(frame.place.unique()))
    for g, place in enumerate(moments.clusters):
        rows = (frame.place == place).to_numpy()
        np.testing.assert_allclose(moments.xx[g], x[rows].T @ x[rows], atol=1e-10)
        np.testing.assert_allclose(moments.xy[g], x[rows].T @ y[rows], atol=1e-10)
        np.testing.assert_allclose(moments.yy[g], y[rows] @ y[rows], atol=1e-10)
        assert moments.n[g] == rows.sum()
    assert absorbed(moments) == (len(moments.clusters) if entity else 0)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_split_into_chunks_adds_up_to_the_same_moments(data):
    frame = gappy(data.draw(st.integers(0, 5)))
    frame.loc[frame.index[::11], "x"] = np.nan
    frame.loc[frame.index[::13], "z"] = 0
    parts = data.draw(st.lists(st.integers(0, 4), min_size=len(frame), max_size=len(frame)))
    entity = data.draw(st.sampled_from(["place", None]))

    def scan(rows):
        return Moments.from_frame(rows, "y", ["x", "log(z)"], entity=entity)

    chunks = [scan(part) for _, part in frame.groupby(np.array(parts))]
    assert_same(reduce(add, chunks), scan(frame))
    assert_same(reduce(add, reversed(chunks)), scan(frame))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.sampled_from(["place", None]))
@settings(max_examples=40, deadline=None)
def test_a_shift_changes_nothing_and_a_scale_only_scales(shift, scale, entity):
    frame = gappy()
    plain = Moments.from_frame(frame, "y", ["x"], entity=entity)
    moved = Moments.from_frame(frame.assign(x=shift + scale * frame.x), "y", ["x"], entity=entity)
    tolerance = 1e-9 * (1 + abs(shift) / scale)
    np.testing.assert_allclose(moved.xx[:, 0, 0] / scale**2, plain.xx[:, 0, 0], atol=tolerance)
    np.testing.assert_allclose(moved.xy[:, 0] / scale, plain.xy[:, 0], atol=tolerance)


def test_chunks_with_far_apart_means_still_add_exactly():
    # 1e7 + noise: sums of squares about zero would have lost every digit of the variation.
    frame = gappy().assign(x=lambda f: 1e7 + f.x)
    halves = [Moments.from_frame(frame[i::2], "y", ["x"]) for i in (0, 1)]
    x, _ = dense(gappy(), "y", ["x"])
    np.testing.assert_allclose((halves[0] + halves[1]).xx.sum(0)[0, 0], x[:, 0] @ x[:, 0], rtol=1e-8)


@pytest.mark.parametrize("entity", ["place", None])
def test_values_about_a_billion_lose_no_digits(entity):
    # Whole numbers, so that the offset rounds nothing: the answer is that of a dense fit without it.
    frame = gappy().assign(x=lambda f: (1000 * f.x).round(), y=lambda f: (1000 * f.y).round())
    far = Moments.from_frame(frame.assign(x=1e9 + frame.x, y=1e9 + frame.y), "y", ["x"], entity=entity)
    x, y = dense(frame, "y", ["x"], entity=bool(entity))
    np.testing.assert_allclose(far.xx.sum(axis=0), x.T @ x, rtol=1e-10, atol=1e-10 * (x.T @ x).max())
    np.testing.assert_allclose(far.xy.sum(axis=0), x.T @ y, rtol=1e-10, atol=1e-10 * np.abs(x.T @ y).max())
    np.testing.assert_allclose(far.yy.sum(), y @ y, rtol=1e-10)


@pytest.mark.parametrize("entity", ["place", None])
@pytest.mark.parametrize("offset", [0, 1e9])
def test_a_register_read_in_chunks_gives_what_one_reading_gives(monkeypatch, entity, offset):
    frame = pd.concat([gappy(seed) for seed in range(9)], ignore_index=True)
    frame[["x", "y"]] = (1000 * frame[["x", "y"]]).round() + offset
    frame.loc[::11, "x"], frame.loc[3::13, "z"], frame.loc[5::17, "place"] = np.nan, 0, None
    frame.loc[:60, "x"] = np.nan  # the first chunks have no row to take a constant from
    options = {"outcome": "y", "regressors": ["x", "log(z)"], "entity": entity, "unique": False}
    whole = Moments.from_frame(frame, **options)
    for rows in (1, 50):
        monkeypatch.setattr(module, "_ROWS", rows)
        assert_same(Moments.from_frame(frame, **options), whole)
    frame.loc[frame.index[-1], "x"] = np.inf
    message = f"'x': 1 value\\(s\\) infinite, first inf in row {frame.index[-1]}$"
    with pytest.raises(ValueError, match=message):
        Moments.from_frame(frame, **options)


def test_a_large_register_needs_little_memory_beside_itself():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(1_000_000, 2)), columns=["y", "x"])
    frame["place"], frame["year"] = rng.integers(0, 63, len(frame)), rng.integers(2010, 2022, len(frame))
    tracemalloc.start()
    moments = Moments.from_frame(frame, "y", ["x"], unique=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert moments.n.sum() == len(frame) and peak < 30e6


def test_several_rows_a_place_and_year_where_they_are_allowed():
    frame = pd.concat([gappy(0), gappy(1), gappy(2)], ignore_index=True)
    with pytest.raises(ValueError, match="more than one row for place and year"):
        Moments.from_frame(frame, "y", ["x"])
    moments = Moments.from_frame(frame, "y", ["x"], unique=False)
    x, y = dense(frame, "y", ["x"])
    np.testing.assert_allclose(moments.xx.sum(axis=0), x.T @ x, atol=1e-9)
    np.testing.assert_allclose(moments.xy.sum(axis=0), x.T @ y, atol=1e-9)
    parts = [Moments.from_frame(gappy(seed), "y", ["x"], unique=False) for seed in range(3)]
    assert_same(reduce(add, parts), moments)
    with pytest.raises(ValueError, match="unique: False and True"):
        parts[0] + Moments.from_frame(gappy(1), "y", ["x"])


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_smaller_model_is_what_a_scan_of_the_same_rows_gives(data):
    frame = gappy(data.draw(st.integers(0, 3)))
    frame["w"] = frame.x * frame.z
    terms = ["y", "x", "log(z)", "w"]
    options = {k: data.draw(st.sampled_from([v, None])) for k, v in (("entity", "place"), ("time", "year"))}
    whole = Moments.from_frame(frame, terms[0], terms[1:], **options)
    outcome, *regressors = data.draw(st.permutations(terms))[: data.draw(st.integers(2, 4))]
    smaller = whole.only(outcome, regressors)
    expected = Moments.from_frame(frame, outcome, regressors, **options)
    assert_same(smaller, expected)
    assert (smaller.outcome, smaller.regressors) == (outcome, tuple(regressors))
    np.testing.assert_allclose(squares(smaller), squares(expected), rtol=1e-12)
    np.testing.assert_allclose(solve(smaller), solve(expected), rtol=1e-9, atol=1e-12)


def test_a_smaller_model_keeps_the_rows_of_the_larger_and_what_was_dropped():
    frame = gappy().assign(w=lambda f: f.x.where(f.index % 5 > 0))
    whole = Moments.from_frame(frame, "y", ["x", "w"])
    complete = Moments.from_frame(frame.dropna(), "y", ["x"])
    np.testing.assert_allclose(whole.only(regressors=["x"]).xx, complete.xx, atol=1e-9)
    assert whole.only(regressors=["x"]).dropped[0] == ("missing", "w", int(frame.w.isna().sum()))
    assert whole.only("x").names == ("x", "w")
    assert whole.only().names == whole.names
    again = whole.only(regressors=["w", "x"]).only(regressors=["x"])
    np.testing.assert_allclose(crv1(again, solve(again)), crv1(complete, solve(complete)), rtol=1e-9)


def test_a_smaller_model_of_unknown_variables_is_refused_with_all_of_them():
    moments = Moments.from_frame(gappy(), "y", ["x"])
    with pytest.raises(ValueError) as caught:
        moments.only("q", ["x", "log(x)", "x"])
    assert caught.value.problems == [
        "'x' stands more than once among outcome and regressors",
        "no such variable: 'q', 'log(x)'; the moments have y, x",
    ]
    with pytest.raises(ValueError, match="regressors are empty"):
        moments.only("x")


def test_every_row_left_out_is_counted_once_with_its_reason():
    frame = pd.DataFrame(
        {
            "place": ["a", "a", "a", "b", "b", "b", "c", "d", None],
            "year": [1, 2, 3, 1, 2, 3, 1, 1, 1],
            "y": [0, 5, 6, 7, None, 100, 5, 3, 4],
            "x": [1, 2, 3, 4, None, 6, 7, 0, 1],
        }
    )
    moments = Moments.from_frame(frame, "log_odds(y)", ["log(x)"])
    assert moments.dropped == (
        ("missing", "place", 1),
        ("missing", "y", 1),
        ("no_log_odds", "y", 2),
        ("no_log", "x", 1),
        ("singleton", "place", 2),
        ("singleton_time", "year", 2),
    )
    assert moments.n.sum() + sum(rows for *_, rows in moments.dropped) == len(frame)
    # Two rows of a are alone in their years: nothing is left.
    assert moments.clusters == ()


def test_a_place_seen_once_in_each_chunk_is_no_singleton_after_merging():
    frame = gappy()
    chunks = [Moments.from_frame(rows, "y", ["x"]) for _, rows in frame.groupby("year")]
    assert all(chunk.clusters == () for chunk in chunks)
    assert reduce(add, chunks).dropped == ()


def test_transforms_are_those_of_their_formulas():
    frame = gappy().assign(rate=lambda f: 100 / (1 + np.exp(f.y / 10)))
    terms = Moments.from_frame(frame, "log_odds(rate)", ["log(z)"])
    frame = frame.assign(lo=-frame.y / 10, lz=np.log(frame.z))
    by_hand = Moments.from_frame(frame, "lo", ["lz"])
    np.testing.assert_allclose(terms.products, by_hand.products, atol=1e-10)


def test_nullable_columns_and_years_with_gaps_read_like_plain_ones():
    frame = gappy()
    nullable = frame.convert_dtypes()
    assert_same(Moments.from_frame(nullable, "y", ["x"]), Moments.from_frame(frame, "y", ["x"]))
    with_gap = pd.concat(
        [frame.astype({"year": float}), pd.DataFrame([{"place": "P00", "y": 1.0, "x": 2.0}])]
    )
    moments = Moments.from_frame(with_gap, "y", ["x"])
    assert moments.years == (2008, 2014)
    assert moments.columns[1] == "year[2008]"
    assert moments.dropped == (("missing", "year", 1),)


def test_time_effects_count_once_in_each_separate_group_of_places_and_years():
    # a, b are seen in 1-3 only and c, d in 4-6 only: two groups, each with one redundant year.
    frame = pd.DataFrame(
        [(p, t) for p, ts in zip("abcd", [(1, 2, 3)] * 2 + [(4, 5, 6)] * 2, strict=True) for t in ts]
    )
    frame.columns = ["place", "year"]
    rng = np.random.default_rng(1)
    frame[["y", "x"]] = rng.normal(size=(len(frame), 2))
    assert len(Moments.from_frame(frame, "y", ["x"]).columns) == 1 + 4
    assert len(Moments.from_frame(frame, "y", ["x"], entity=None).columns) == 1 + 5


def test_independent_keeps_the_first_of_two_equal_columns_whatever_their_units():
    x = np.random.default_rng(2).normal(size=(50, 2))
    x = np.column_stack([x[:, 0], 1e6 * x[:, 0], x[:, 1], 0 * x[:, 1]])
    assert independent(x.T @ x) == [0, 2]


@pytest.mark.parametrize(
    ("term", "expected"), [("x", (None, "x")), ("log(a b)", ("log", "a b")), ("logs(x)", (None, "logs(x)"))]
)
def test_parse(term, expected):
    assert parse(term) == expected


def test_a_frame_with_no_usable_row_gives_empty_moments_that_still_add():
    frame = gappy()
    empty = Moments.from_frame(frame.assign(x=np.nan), "y", ["x"])
    assert (empty.clusters, empty.years, empty.dropped) == ((), None, (("missing", "x", len(frame)),))
    np.testing.assert_array_equal(
        (empty + Moments.from_frame(frame, "y", ["x"])).n, frame.place.value_counts(sort=False)
    )


def test_all_problems_of_a_frame_are_told_at_once():
    frame = gappy().assign(name="text", far=np.inf, rate=101.5)
    frame.loc[1, ["place", "year"]] = frame.loc[0, ["place", "year"]]
    with pytest.raises(ValueError, match="cannot build moments") as caught:
        Moments.from_frame(frame, "log_odds(rate)", ["x", "x", "name", "far", "nowhere"])
    lines = str(caught.value).splitlines()[1:]
    assert [line for line in lines if "more than one row for place and year: P00 2008; expected" in line]
    assert "- 'x' stands more than once among outcome and regressors" in lines
    assert [
        line for line in lines if line.startswith("- no such column: 'nowhere'; the frame has place, year")
    ]
    assert [line for line in lines if line.startswith("- 'name' must be numeric")]
    assert f"- 'far': {len(frame)} value(s) infinite, first inf in row 0" in lines
    assert [
        line for line in lines if line.startswith("- 'rate'") and "outside 0-100" in line and "101.5" in line
    ]
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regressors": []}, "regressors are empty"),
        ({"entity": "year"}, "entity 'year' is also the time"),
        ({"entity": "household"}, "no such column: 'household'"),
        ({"cluster": "year", "entity": None}, "time 'year' is also the cluster"),
        ({"cluster": "commune", "entity": None}, "no such column: 'commune'"),
        ({"time": "place", "cluster": "year", "entity": "year"}, "'place' must be numeric"),
    ],
)
def test_a_model_that_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Moments.from_frame(gappy(), "y", **{"regressors": ["x"], **options})


def test_what_is_no_frame_is_refused():
    with pytest.raises(TypeError, match="must be a pandas DataFrame, not dict"):
        Moments.from_frame({"y": [1]}, "y", ["x"])


def test_repeated_places_and_years_are_fine_without_entity_effects():
    frame = pd.concat([gappy(), gappy()])
    assert Moments.from_frame(frame, "y", ["x"], entity=None).n.sum() == len(frame)


def test_adding_different_models_or_the_same_rows_twice_is_refused():
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x"])
    with pytest.raises(ValueError, match="names: .*\n- entity: 'place' and None\n- time: 'year' and None"):
        moments + Moments.from_frame(frame, "y", ["z"], entity=None, time=None)
    with pytest.raises(ValueError, match="more than one row for place and year: P00 2008"):
        moments + moments
    with pytest.raises(TypeError):
        moments + 1
