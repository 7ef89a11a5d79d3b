"""Households that change places with others: how many could."""

import numpy as np

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
