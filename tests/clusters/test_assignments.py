"""Which paths places have, and every way to give them to others."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.associations.associations import fit_drivers
from povertystats.clusters.assignments import (
    all_assignments,
    drawn_assignments,
    drawn_in_parts,
    number,
    paths,
)
from povertystats.regression.moments import Moments


@settings(max_examples=30, deadline=None)
@given(own=st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_all_assignments_are_the_distinct_permutations(own):
    own = np.unique(own, return_inverse=True)[1]
    made = all_assignments(own)
    assert {*map(tuple, made.tolist())} == {*permutations(own.tolist())}
    assert len(made) == number(own)


def test_drawn_assignments_give_each_place_each_path_alike():
    own = np.array([0] * 6 + [1] * 2)
    made = drawn_assignments(own, 4000, 3)
    assert (made == np.concatenate([*drawn_in_parts(own, 4000, 3, most=300)])).all()
    assert (made.sum(axis=1) == 2).all()
    np.testing.assert_allclose(made.mean(axis=0), 0.25, atol=4 * np.sqrt(0.25 * 0.75 / 4000))


def test_paths_of_unbalanced_panels_and_of_others():
    frame = pd.DataFrame(
        [(p, t, float(p in "ab" and t > 2)) for p in "abcd" for t in range(1, 6)],
        columns=["place", "year", "d"],
    )
    frame["y"] = np.random.default_rng(0).normal(size=len(frame))
    # b lacks the year before it adopts and the last one, c the first.
    gaps = frame.drop(index=frame.index[[6, 9, 10]])
    for rows in (frame, gaps):
        every, own, _ = paths(Moments.from_frame(rows, "y", ["d"]), "d")
        assert every.tolist() == [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1]] and own.tolist() == [1, 1, 0, 0]
    assert paths(Moments.from_frame(frame.assign(d=frame.d * frame.year), "y", ["d"]), "d") is None
    within = pd.concat([frame, frame.assign(d=1 - frame.d)])
    assert paths(Moments.from_frame(within, "y", ["d"], unique=False), "d") is None
    # Changes, of which a place lacks one: no change.
    changes = frame.assign(d=frame.groupby("place").d.diff()).dropna().drop(index=8)
    every, own, _ = paths(Moments.from_frame(changes, "y", ["d"], entity=None), "d")
    assert every[own[0]].tolist() == [0, 1, 0, 0] and every[own[1]].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    "told", [lambda d: 100 * d, lambda d: d + 1, lambda d: 2 * d - 1, lambda d: 1e6 * d, lambda d: -d]
)
def test_a_driver_of_any_two_values_is_told_as_one_of_0_and_1(told):
    frame = pd.DataFrame([(p, t) for p in range(14) for t in range(6)], columns=["place", "year"])
    frame["d"] = ((frame.place < 2) & (frame.year > 2)).astype(float)
    frame["y_pct"] = 30 + frame.d + np.random.default_rng(5).normal(size=len(frame))
    want, got = (
        fit_drivers(frame.assign(d=values), "y_pct", ["d"], scales=["points"], draws=199).table.iloc[0]
        for values in (frame.d, told(frame.d))
    )
    same = ["p", "p_wild", "p_random", "effective", "treated", "verdict", "read", "why"]
    pd.testing.assert_series_equal(got[same], want[same], check_names=False)
    assert (want.treated, want.verdict, want.read, want.why) == (2, "doubtful", "p_random", "few_treated")


def test_a_product_with_what_two_places_have_is_doubtful():
    frame = pd.DataFrame([(p, t) for p in range(14) for t in range(8)], columns=["place", "year"])
    frame["d"], rng = (frame.place < 2) & (frame.year > 3), np.random.default_rng(0)
    frame["dx"] = frame.d * rng.normal(size=len(frame))
    verdicts = {
        fit_drivers(frame.assign(y=rng.normal(size=112)), "y", ["d", "dx"], scales=["points"], draws=0).table[
            "verdict"
        ][1]
        for _ in range(3)
    }
    assert verdicts == {"doubtful"}
