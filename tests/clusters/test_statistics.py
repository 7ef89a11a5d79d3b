"""Statistics as functions of the null: p, ties, and the interval beside a null in a hole."""

import numpy as np
import pytest

from povertystats.clusters.statistics import Statistics


def never_and(low, high):
    """Two draws: one less extreme than the data at any s but 0, one more extreme between ``low`` and ``high`` as well."""
    n0 = 1e-6
    # (n0 + n1 s)² − s²q(s) with q a parabola that is least in the middle.
    middle, size = (low + high) / 2, ((high - low) / 2) ** 2
    squares = np.zeros((2, 3, 2))
    squares[0, 0] = n0**2
    squares[0, 2, 1] = size  # |t*|² ≥ t² where (s − middle)² ≤ size
    squares[1, :, 0] = 1, 0, 1
    squares[1, :, 1] = middle**2, -2 * middle, 1
    return Statistics(squares, every=True)


@pytest.mark.parametrize("null, expected", [(0.0, (-1.5, 0.0)), (-0.5, (-1.5, 0.0)), (-1.2, (-1.5, 0.0))])
def test_a_null_beside_a_second_piece(null, expected):
    # The estimate is 0; of values below it those one to one and a half away are not rejected.
    told = never_and(1.0, 1.5).tell(0.0, 1.0, null, 0.6)
    np.testing.assert_allclose(told.pieces, [[-1.5, -1], [0, 0]], atol=2e-6)
    if null == -0.5:
        assert told.p == 0 and null < told.low and told.high == pytest.approx(0, abs=2e-6)
    else:
        assert told.p > 0.4 and (told.low, told.high) == pytest.approx(expected, abs=2e-6)
        assert told.low <= null <= told.high


def test_a_draw_that_always_ties_reaches_to_infinity():
    always = np.array([[[0.0], [0], [1]], [[1], [0], [0]]])
    told = Statistics(always, every=False).tell(2.0, 0.5, -1e9, 0.4)
    assert (told.p, told.low, told.high, told.ties) == (1.0, -np.inf, np.inf, 1)
