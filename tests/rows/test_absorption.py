"""Effects taken out of rows: equal to least squares on dummies, however they are nested, connected or weighted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.rows import absorption
from povertystats.rows.absorption import Absorption
from povertystats.words.errors import Refused


def dummies(codes):
    return np.hstack([(each[:, None] == np.unique(each)) * 1.0 for each in codes])


@given(st.integers(1, 4), st.integers(3, 30), st.booleans(), st.integers(0, 10**6))
def test_residuals_and_rank_are_those_of_a_regression_on_dummies(kinds, n, weighted, seed):
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, rng.integers(1, 8), n) for _ in range(kinds)]
    weights = rng.uniform(0.2, 5, n) if weighted else np.ones(n)
    values = rng.normal(size=(2, n)) + 1e6 * rng.normal()
    found = Absorption.of(codes, weights)
    d, root = dummies(codes), np.sqrt(weights)
    scaled = d * root[:, None]
    assert found.rank == np.linalg.matrix_rank(scaled)
    want = values.T - d @ np.linalg.lstsq(scaled, values.T * root[:, None])[0]
    np.testing.assert_allclose(found.residuals(values), want.T, atol=1e-7)
    rows = rng.permutation(n)[:5]
    hat = scaled @ np.linalg.pinv(scaled)
    np.testing.assert_allclose(found.hat(rows), hat[np.ix_(rows, rows)], atol=1e-9)


def test_nested_effects_and_those_that_do_not_connect_count_once():
    place, region, year = np.repeat(range(6), 4), np.repeat([0, 0, 0, 1, 1, 1], 4), np.tile([0, 1, 2, 3], 6)
    assert Absorption.of([place, region], np.ones(24)).rank == 6
    # The years of the two regions have nothing in common: each set has a level of its own.
    apart = year + 4 * region
    assert Absorption.of([place, apart], np.ones(24)).rank == 6 + 8 - 2
    assert Absorption.of([], np.ones(24)).rank == 1


def test_too_many_effects_beside_the_largest_kind_are_refused(monkeypatch):
    monkeypatch.setattr(absorption, "MOST", 3)
    codes = [np.arange(10) // 2, np.arange(10) % 5]
    with pytest.raises(Refused, match="5 effects beside the largest kind; at most 3 can be held"):
        Absorption.of(codes, np.ones(10))
