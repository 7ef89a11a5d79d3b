"""Which counts are hidden: places told together, circles closed in the cheapest way, zeros only where they tell."""

import numpy as np
import pytest

from povertystats.disclosure.suppression import Suppression

# A province of two districts of two communes each.
PARENT, DEPTH = np.array([-1, 0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 2, 2, 2])


def summed(*communes):
    """Return counts of the province, its districts and communes from those of the communes."""
    a, b, c, d = map(np.array, communes)
    return np.array([a + b + c + d, a + b, c + d, a, b, c, d])


def gone(counts, *, minimum=10, zero=None):
    table = Suppression(counts.sum(axis=1), PARENT, DEPTH, minimum)
    return table.hidden(counts, np.zeros(counts.shape[1], bool) if zero is None else np.array(zero))


def test_a_tiny_place_is_told_with_the_smallest_beside_it_and_so_is_all_within_both():
    table = Suppression(summed(3, 2, 40, 70), PARENT, DEPTH, 10)
    assert table.home.tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert table.alone.tolist() == [True, *[False] * 6]
    table = Suppression(summed(3, 90, 40, 70), PARENT, DEPTH, 10)
    assert table.alone.tolist() == [True, True, True, False, False, True, True]
    assert not Suppression(summed(3, 1, 2, 1), PARENT, DEPTH, 10).alone.any()


def test_a_circle_stays_in_the_district_where_it_can():
    hidden = gone(summed((3, 60), (30, 70), (40, 80), (50, 90)))
    assert hidden.tolist() == [[row in (3, 4)] * 2 for row in range(7)]


def test_what_cannot_move_within_the_district_moves_between_districts():
    """A commune alone with households of a kind in its district: the district's sum would tell its count."""
    hidden = gone(summed((3, 60), (0, 70), (40, 80), (50, 90)))
    assert hidden[1].all() and hidden[2].all() and not hidden[0].any() and hidden[3].all()


@pytest.mark.parametrize("zero", [False, True])
def test_a_zero_is_hidden_where_it_tells_something_of_everybody(zero):
    hidden = gone(summed((60, 0), (30, 70), (40, 80), (50, 90)), zero=[False, zero])
    assert hidden.any() == zero and hidden[3].all() == zero


def test_counts_of_the_minimum_stay():
    assert not gone(summed((10, 60), (30, 70), (40, 80), (50, 90))).any()
    assert gone(summed((10, 60), (30, 70), (40, 80), (50, 90)), minimum=11).any()
