"""Estimates of changes: those of an independent package, and of the same rows within places."""

import numpy as np
import pandas as pd
import pytest
from linearmodels import FirstDifferenceOLS

from povertystats.estimators.changes import first_differences, long_differences
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments


def test_estimates_agree_with_linearmodels_on_a_balanced_panel():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame([(i, t) for i in range(12) for t in range(6)], columns=["place", "year"])
    frame["x"] = rng.normal(size=len(frame)).cumsum()
    frame["y"] = 2 * frame.x + rng.normal(size=len(frame))
    changes = first_differences(frame, ["y", "x"])
    # Theirs has no intercept: take the changes about no mean.
    ours = (changes.table["Δ x"] @ changes.table["Δ y"]) / (changes.table["Δ x"] @ changes.table["Δ x"])
    with_index = frame.set_index(["place", "year"])
    theirs = FirstDifferenceOLS(with_index.y, with_index[["x"]]).fit()
    assert ours == pytest.approx(theirs.params.x, rel=1e-10)


def test_first_differences_of_two_years_equal_the_two_way_within_estimate():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame([(i, t) for i in range(20) for t in (1, 2)], columns=["place", "year"])
    frame[["y", "x"]] = rng.normal(size=(len(frame), 2))
    within = solve(Moments.from_frame(frame, "y", ["x"]))[0]
    for changes in (first_differences(frame, ["y", "x"]), long_differences(frame, ["y", "x"])):
        moments = Moments.from_frame(
            changes.table, *changes.columns[:1], changes.columns[1:], entity=None, time=None
        )
        assert solve(moments)[0] == pytest.approx(within, rel=1e-10)
