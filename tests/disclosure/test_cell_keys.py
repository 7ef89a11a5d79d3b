"""Noise by cell keys: unbiased, of the variance given and the greatest entropy, and no small count in it."""

import numpy as np
import pytest
from scipy.optimize import minimize

from povertystats.disclosure.cell_keys import noise_table, perturbed, scale
from povertystats.engines.record_keys import KEYS

SECRET = "a long secret of the office"


def entropy(chances):
    chances = chances[chances > 0]
    return -(chances * np.log(chances)).sum()


@pytest.mark.parametrize(("largest", "variance", "smallest"), [(2, 1, 1), (5, 3, 3), (4, 2, 2), (20, 10, 10)])
def test_each_row_is_unbiased_and_tells_no_small_count(largest, variance, smallest):
    table, noise = noise_table(largest, variance, smallest), np.arange(-largest, largest + 1)
    counts = np.arange(len(table))
    least = np.maximum(counts * (smallest - counts), np.where(counts, variance, 0))
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(table @ noise, 0, atol=1e-6)
    np.testing.assert_allclose(table @ noise**2, least, rtol=1e-6)
    told = counts[:, None] + noise
    assert not table[(told < 0) | ((told > 0) & (told < smallest))].any()
    # The last row stands for all larger counts: any noise is possible, to either side alike.
    np.testing.assert_allclose(table[-1], table[-1][::-1], atol=1e-9)
    assert (table[-1] > 0).all()


def test_the_entropy_is_the_greatest():
    # By another way: over the probabilities themselves.
    noise = np.arange(-1, 3)
    wanted = [
        {"type": "eq", "fun": lambda p, k=k, to=to: p @ noise**k - to} for k, to in enumerate((1, 0, 1))
    ]
    found = minimize(
        lambda p: (p * np.log(p)).sum(),
        [0.35, 0.35, 0.2, 0.1],
        bounds=[(1e-9, 1)] * 4,
        constraints=wanted,
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    row = noise_table(2, 1)[1]
    np.testing.assert_allclose(row[1:], found.x, atol=1e-5)
    assert entropy(row) >= entropy(found.x) - 1e-9
    # Counts of 2 or more: p(±1) = q p(0), p(±2) = q⁴ p(0), of variance 1.
    p = noise_table(2, 1)[-1]
    assert p[1] / p[2] == pytest.approx((p[0] / p[2]) ** 0.25)


def test_noise_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"no noise of -1 to 2 has mean 0 and variance 3"):
        noise_table(2, 3)


def test_counts_follow_the_table_and_nought_stays():
    rng = np.random.default_rng(1)
    n = 40_000
    table = noise_table(*scale(10), 10)
    for count in (0, 1, 5, 9, 10, 25, 3000):
        told = perturbed(np.full(n, count), rng.integers(0, 40 * KEYS, n), SECRET, "poor", 10)
        found = np.bincount(told - count + 20, minlength=41) / n
        np.testing.assert_allclose(found, table[min(count, len(table) - 1)], atol=0.015)
        assert not ((told > 0) & (told < 10)).any() and abs(told - count).max() <= 20
        assert count or not told.any()


def test_a_column_has_noise_of_its_own():
    counts, keys = np.full(2000, 500), np.random.default_rng(2).integers(0, KEYS, 2000)
    one, same, other = (perturbed(counts, keys, SECRET, name, 10) for name in ("all", "all", "poor"))
    assert (one == same).all() and (one == other).mean() < 0.25
    assert (one == perturbed(counts, keys + 7 * KEYS, SECRET, "all", 10)).all()
    assert (one == perturbed(counts, keys, "another secret of theirs", "all", 10)).mean() < 0.25
