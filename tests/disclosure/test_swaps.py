"""Households that change places with others: how many could."""

import numpy as np
import pytest

from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import Rest
from povertystats.disclosure.swaps import Swaps

HOMES = np.array([[300], [60], [60], [180]])


def swaps_of(grid, values):
    rests = [*(Rest({name: 1}) for name in values), Rest({"homes": 1, "poor": -1})]
    of = [values["homes"].ravel(), values["poor"].ravel(), (values["homes"] - values["poor"]).ravel()]
    return Swaps(grid, np.full(len(grid.parent), -1), [*values], rests, of), np.stack([*values.values()])


def test_a_number_goes_up_by_what_those_beside_it_can_give():
    poor = np.array([[87], [3], [12], [72]])
    swaps, value = swaps_of(Grid(np.array([-1, 0, 0, 0]), 1), {"homes": HOMES, "poor": poor})
    hidden = np.stack([HOMES < 0, [[False], [True], [True], [True]]])
    rooms = swaps.rooms({"poor": 1}, value, hidden, hidden)
    # One of each is known to be there; of the others all may be poor.
    assert rooms[-1][:, 0].tolist() == [2, 11, 71] and rooms[1][:, 0].tolist() == [57, 48, 108]
    goals = [np.array([], int), np.array([1]), np.array([], int)]
    met = swaps.met({"poor": 1}, rooms, goals, [np.array([7.0] * len(g)) for g in goals])
    assert met[1].tolist() == [True]
    assert swaps.rooms({"homes": 1}, value, hidden, hidden) == {}


@pytest.mark.parametrize(
    ("came", "untold", "enough"), [(20, True, True), (3, True, False), (20, False, False)]
)
def test_groups_of_one_place_change_places_where_no_place_above_tells_them(came, untold, enough):
    """4 of group a came; could 10 have? If 6 of the b who came are a, and 6 of the a who stayed are b."""
    homes, stayed = np.array([[100, 100, 200]] * 2), np.array([[96, 100 - came, 196 - came]] * 2)
    rests = [Rest({"homes": 1}), Rest({"stayed": 1}), Rest({"homes": 1, "stayed": -1})]
    values = [homes.ravel(), stayed.ravel(), (homes - stayed).ravel()]
    swaps = Swaps(Grid(np.array([-1, 0]), 3), np.full(2, -1), ["homes", "stayed"], rests, values)
    hidden = np.zeros((2, 2, 3), bool)
    hidden[1, :, :2] = [[untold], [True]]
    rooms = swaps.rooms({"stayed": 1}, np.stack([homes, stayed]), hidden, np.zeros_like(hidden))
    at, none = np.array([3]), np.array([], int)
    met = swaps.met({"stayed": 1}, rooms, [none, none, at], [none, none, np.array([6.0])])
    assert met[2].tolist() == [enough]
