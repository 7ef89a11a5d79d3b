"""Whether errors are shared where a driver is: its moments by all permutations, what it finds, and what it does not."""

from itertools import permutations

import numpy as np
import pytest

from povertystats.clusters.shared import shared


def test_z_is_told_by_the_mean_and_deviation_over_all_assignments():
    rng = np.random.default_rng(2)
    errors, driver = rng.normal(size=(2, 6, 5))
    errors[1, 2] = driver[1, 2] = np.nan

    def correlations(part):
        part = np.nan_to_num(part)
        return (part @ part.T) / np.outer(*[np.linalg.norm(part, axis=1)] * 2)

    a, b = correlations(errors), correlations(driver)
    off = ~np.eye(6, dtype=bool)
    every = [(a[np.ix_(p, p)] * b)[off].sum() for p in map(list, permutations(range(6)))]
    found = shared(errors, driver)
    assert found.z == pytest.approx(((a * b)[off].sum() - np.mean(every)) / np.std(every))
    e, d = np.nan_to_num(errors), np.nan_to_num(driver)
    products = (e @ e.T) * (d @ d.T)
    assert found.inflation == pytest.approx(products[off].sum() / np.trace(products))


def test_only_what_is_shared_by_both_is_found():
    rng = np.random.default_rng(5)
    z = []
    for _ in range(100):
        region = np.arange(40) % 6
        common, own = rng.normal(size=(2, 6, 8))[:, region], rng.normal(size=(2, 40, 8))
        both = common + own
        z.append([shared(*own).z, shared(both[0], own[1]).z, shared(own[0], both[1]).z, shared(*both).z])
    z = np.array(z)
    assert ((z[:, :3] > 2).mean(axis=0) < 0.08).all() and (z[:, 3] > 2).mean() > 0.85
    assert np.abs(z[:, :3].mean(axis=0)).max() < 0.4


def test_where_nothing_can_be_told_nothing_is():
    rng = np.random.default_rng(1)
    for shape in ((3, 9), (9, 3)):
        assert np.isnan(shared(*rng.normal(size=(2, *shape)))).all()
    assert np.isnan(shared(rng.normal(size=(6, 6)), np.zeros((6, 6))).z)
