"""Solving what may not be told, and the sums that leave one place out exactly."""

import numpy as np
import pytest
from helpers.adoption import made

from povertystats.adoption.adopted import read_adoption
from povertystats.adoption.group_time import GroupTime
from povertystats.adoption.imputation import Imputation
from povertystats.adoption.sums import solved


def test_what_the_equations_tell_is_solved_and_the_rest_is_missing():
    rng = np.random.default_rng(1)
    half = rng.normal(size=(4, 3, 5))
    a = half.swapaxes(1, 2) @ half  # rank 3 of 5
    told, any_other = a @ rng.normal(size=(4, 5, 2)), rng.normal(size=(4, 5, 2))
    x = solved(a, np.concatenate([told, any_other], axis=2))
    assert np.allclose(a @ x[..., :2], told, atol=1e-9) and np.isnan(x[..., 2:]).all()


@pytest.mark.parametrize("design", [Imputation, GroupTime])
def test_leaving_out_a_place_or_an_area_is_estimating_again_without_it(design):
    rows = made(seed=4, places=40, keep=0.9)
    rows["area"] = rows["place"] // 4
    for key in ("place", "area"):
        data = read_adoption(rows, "y", "since", cluster=key)
        whole = design(data)
        each = whole.by_cluster(whole.parts(data.first))
        without = whole.finish(each.sum(axis=0) - each)
        for name, estimates in zip(data.clusters, without, strict=True):
            other = design(read_adoption(rows[rows[key] != name], "y", "since"))
            again = other.finish(other.parts(other.data.first).sum(axis=0))
            assert other.rows == whole.rows and np.allclose(again, estimates, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("design", [Imputation, GroupTime])
def test_an_estimate_is_its_weights_times_the_figures(design):
    data = read_adoption(made(seed=2, keep=0.8), "y", "since")
    made_of = design(data, anticipation=1)
    estimates = made_of.finish(made_of.parts(data.first).sum(axis=0))
    weights = made_of.weights()
    assert np.allclose((weights * np.nan_to_num(data.y)).sum(axis=(1, 2)), estimates, atol=1e-9)
    # Neither what is a place's own nor what all share in a year enters.
    assert np.allclose(weights.sum(axis=1), 0, atol=1e-9) and np.allclose(weights.sum(axis=2), 0, atol=1e-9)
