"""How many clusters carry an estimate: against dummies, against summclust's definition, and what counts as treated."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers.panels import gappy
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.clusters.effective import effective_clusters, leverage, partial_leverage, treated
from povertystats.regression.moments import Moments


def test_partial_leverage_is_the_share_of_what_the_other_columns_leave():
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    left = smf.ols("x ~ z + C(place) + C(year)", frame).fit().resid ** 2
    share = partial_leverage(moments, "x")
    theirs = left.groupby(frame.place).sum().loc[list(moments.clusters)] / left.sum()
    np.testing.assert_allclose(share, theirs, rtol=1e-9)
    assert effective_clusters(moments, "x") == pytest.approx(1 / (share**2).sum())


@pytest.mark.parametrize("rho", [0, 0.3, 1])
def test_effective_clusters_and_leverage_by_their_definitions(rho):
    frame = gappy()
    moments = Moments.from_frame(frame, "y", ["x", "z"], entity=None)
    x = smf.ols("y ~ x + z + C(year)", frame).fit().model.exog
    row = np.linalg.inv(x.T @ x)[-2]
    parts = [x[(frame.place == place).to_numpy()] for place in moments.clusters]
    gamma = np.array(
        [(1 - rho) * ((part @ row) ** 2).sum() + rho * (part @ row).sum() ** 2 for part in parts]
    )
    g = len(gamma)
    assert effective_clusters(moments, "x", rho) == pytest.approx(g / (1 + np.var(gamma) / gamma.mean() ** 2))
    hat = np.diag(x @ np.linalg.inv(x.T @ x) @ x.T)
    theirs = [hat[frame.place == place].sum() for place in moments.clusters]
    np.testing.assert_allclose(leverage(moments), theirs, rtol=1e-9)


def test_absorbed_effects_make_any_correlation_within_a_cluster_immaterial():
    moments = Moments.from_frame(gappy(), "y", ["x", "z"])
    assert effective_clusters(moments, "x", 0.7) == pytest.approx(effective_clusters(moments, "x"))
    for rho in (1, -0.1):
        with pytest.raises(ValueError, match="expected 0 ≤ rho < 1: effects of the clusters are absorbed"):
            effective_clusters(moments, "x", rho)


def test_equal_places_count_in_full_and_one_place_as_one():
    one = pd.DataFrame({"year": range(4), "x": [0.0, 1, 4, 2], "y": [1.0, 2, 2, 5]})
    equal = pd.concat([one.assign(place=place) for place in "abcde"])
    assert effective_clusters(Moments.from_frame(equal, "y", ["x"], time=None), "x") == pytest.approx(5)
    single = equal.assign(x=equal.x.where(equal.place == "c", 0.0))
    moments = Moments.from_frame(single, "y", ["x"], time=None)
    np.testing.assert_allclose(partial_leverage(moments, "x"), [0, 0, 1, 0, 0], atol=1e-12)
    assert effective_clusters(moments, "x") == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), places=st.integers(4, 9), absorbed=st.booleans(), rho=st.floats(0, 0.9))
def test_what_holds_for_every_panel(seed, places, absorbed, rho):
    frame = gappy(seed, places=places, keep=1.0)
    moments = Moments.from_frame(frame, "y", ["x", "z"], entity="place" if absorbed else None)
    share = partial_leverage(moments, "x")
    assert share.sum() == pytest.approx(1) and (share >= 0).all()
    assert 1 - 1e-9 <= effective_clusters(moments, "x", rho) <= places + 1e-9
    assert leverage(moments).sum() == pytest.approx(len(moments.columns) + (not absorbed))
    # Units and an offset move none of them.
    other = Moments.from_frame(frame.assign(x=1e6 + 7 * frame.x), "y", ["x", "z"], entity=moments.entity)
    np.testing.assert_allclose(partial_leverage(other, "x"), share, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("options", [{}, {"time": None}, {"entity": None}, {"unique": False}], ids=str)
def test_treated_are_the_places_that_ever_have_a_one(options):
    frame = gappy(places=6)
    frame["d"] = ((frame.place.isin([1, 3]) & (frame.year > 3)) | (frame.place == 5)).astype(float)
    frame["e"] = frame.d + 0.5 * (frame.place == 2)
    moments = Moments.from_frame(frame, "y", ["d", "e", "x"], **options)
    assert [*np.array(moments.clusters)[treated(moments, "d")]] == [1, 3, 5]
    assert treated(moments, "e") is None and treated(moments, "x") is None


def test_changes_of_a_0_1_driver_count_those_that_change():
    changes = pd.DataFrame(
        {"place": list("aabbcc"), "year": [1, 2] * 3, "d": [1, -1, 0, 0, -1, 0], "y": [1.0, 2, 4, 3, 7, 5]}
    )
    moments = Moments.from_frame(changes, "y", ["d"], entity=None)
    assert treated(moments, "d").tolist() == [True, False, True]
    # Of several rows a place and year only sums are known, which cannot tell a change from a share.
    twice = pd.concat([changes, changes.assign(d=changes.d / 2)])
    assert treated(Moments.from_frame(twice, "y", ["d"], entity=None, unique=False), "d") is None


def test_bad_input_is_refused():
    moments = Moments.from_frame(gappy(), "y", ["x"])
    for function in (partial_leverage, effective_clusters):
        with pytest.raises(ValueError, match="no such column: 'w'; the model has x"):
            function(moments, "w")
