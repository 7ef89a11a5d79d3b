"""Which counts are hidden: rounds that stay near, zeros only where they tell, parts of two wholes, changes between years."""

import numpy as np
import pytest

from povertystats.disclosure.grid import Grid
from povertystats.disclosure.suppression import exchanged, part, shared, total

# A province of two districts of two communes each.
GRID = Grid(np.array([-1, 0, 1, 1, 0, 4, 4]), 1)


def summed(*communes):
    """Return counts (7, 1) of the province, its districts and communes from those of the communes."""
    a, b, c, d = communes
    return np.array([[a + b + c + d], [a + b], [a], [b], [c + d], [c], [d]])


def gone(poor, homes, minimum=10, **how):
    of = summed(*homes)
    return part(GRID, summed(*poor), of, total(GRID, of, minimum), minimum, **how)[:, 0].tolist()


def test_a_round_stays_in_the_district_where_it_can():
    assert gone((3, 30, 40, 50), (63, 100, 120, 140)) == [False, False, True, True, False, False, False]


def test_what_cannot_move_within_the_district_moves_between_districts():
    """A commune alone with poor households in its district: the district's sum would tell its count."""
    hidden = gone((3, 0, 40, 50), (63, 70, 120, 140))
    assert hidden == [False, True, True, False, True, True, False]


def test_several_small_ones_make_up_for_each_other_only_if_they_are_enough():
    """Zeros are shown, so a hidden count is 1 or more: ten of 1 each that add up to 10 would all be told."""
    grid = Grid(np.array([-1, *[0] * 13]), 1)
    communes = np.array([1] * 10 + [15, 15, 0])
    poor = np.append(communes.sum(), communes)[:, None]
    homes = np.append(1300, np.full(13, 100))[:, None]
    hidden = part(grid, poor, homes, homes < 10, 10)[:, 0]
    left = poor[1:, 0][hidden[1:]].sum() - (hidden[1:].sum() - 1)
    assert hidden[1:11].all() and not hidden[13] and left >= 10


@pytest.mark.parametrize("tells", [False, True])
def test_a_place_where_all_are_poor_is_hidden_where_that_tells_of_everybody(tells):
    hidden = gone((60, 30, 40, 50), (60, 100, 120, 140), all_tells=tells)
    assert hidden[2] == tells and any(hidden) == tells


def test_counts_of_the_minimum_stay_and_totals_of_it_are_not_parted():
    homes = (70, 100, 120, 140)
    assert not any(gone((10, 30, 40, 50), homes)) and any(gone((10, 30, 40, 50), homes, minimum=11))
    assert gone((0, 30, 40, 50), (10, 100, 120, 140))[2] and not gone((0, 30, 40, 50), (11, 100, 120, 140))[2]


def test_a_small_place_is_hidden_and_all_that_is_a_part_of_it():
    of = summed(4, 60, 80, 90)
    hidden = total(GRID, of, 10)
    assert hidden[:, 0].tolist() == [False, False, True, True, False, False, False]
    assert (part(GRID, summed(2, 20, 30, 40), of, hidden, 10) >= hidden).all()


def test_groups_change_nothing_of_what_is_told_of_all():
    rng = np.random.default_rng(5)
    grid = Grid(GRID.parent, 4)
    for _ in range(20):
        homes = rng.poisson(rng.choice([5, 20, 60], (7, 3)))
        poor = rng.binomial(homes, 0.2)
        of, count = (grid.summed(np.column_stack([counts, counts.sum(axis=1)])) for counts in (homes, poor))
        alone = part(GRID, count[:, [-1]], of[:, [-1]], total(GRID, of[:, [-1]], 10), 10)
        both = part(grid, count, of, total(grid, of, 10), 10)
        assert (both[:, [-1]] == alone).all() and (both >= total(grid, of, 10)).all()


def test_what_a_count_leaves_of_two_wholes_is_not_told_either():
    """Of 33 who were poor 30 escaped: 3 stayed or left."""
    wholes = summed(33, 60, 60, 60), summed(200, 200, 200, 200)
    hidden = shared(GRID, summed(30, 20, 20, 20), wholes, wholes[0] < 0, 10)[:, 0]
    assert hidden[2] and hidden[3] and not hidden[[0, 1, 4]].any()
    hidden = shared(GRID, summed(13, 20, 20, 20), wholes, wholes[0] < 0, 10)[:, 0]
    assert not hidden.any()


def test_who_escaped_is_hidden_where_few_fell():
    stayed = summed(40, 40, 40, 40), summed(200, 200, 200, 200)
    hidden = exchanged(
        GRID, (summed(30, 20, 20, 20), summed(4, 15, 15, 15)), stayed, stayed, stayed[0] < 0, 10
    )
    assert hidden[:, 0].tolist() == [False, False, True, True, False, False, False]
