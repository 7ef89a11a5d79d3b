"""Numbers that rounds of one count leave to be worked out of several: found, and hidden at the least price."""

import numpy as np
import pytest

from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import Rest
from povertystats.disclosure.witness import Witness

GRID = Grid(np.array([-1, 0, 0, 0]), 1)
HOMES = np.array([[300], [60], [60], [180]])


def mended(values, hidden, rests, minimum=10, grid=GRID, before=None, kinds=()):
    values = {name: np.array(of).reshape(len(grid.parent), -1) for name, of in values.items()}
    hidden = {name: np.array(hidden.get(name, of < 0)).reshape(of.shape) for name, of in values.items()}
    before = np.full(len(grid.parent), -1) if before is None else np.array(before)
    shown = {name: of >= 0 for name, of in values.items()}
    found = Witness(grid, values, hidden, rests, shown, before, kinds).mended([*values][1:], minimum)
    return {name: of[:, 0].tolist() for name, of in found.items()}


def test_a_small_rest_of_two_counts_hides_one_of_them_and_another_beside_it():
    """Of 25 who lack water 22 are poor: 3 are not, though neither count is small."""
    values = {"homes": HOMES, "lacking": [90, 25, 25, 40], "poor_lacking": [60, 22, 12, 26]}
    found = mended(values, {}, [Rest({"lacking": 1, "poor_lacking": -1})])
    assert not any(found["homes"]) and not found["lacking"][0] and not found["poor_lacking"][0]
    assert found["lacking"][1] != found["poor_lacking"][1]
    assert sum(map(sum, found.values())) == 2


@pytest.mark.parametrize(("fell_back", "gone"), [(20, False), (27, True), (30, False)])
def test_what_one_year_leaves_of_the_year_before_is_not_told(fell_back, gone):
    """Of 30 who escaped 27 fell back a year later: 3 did not."""
    grid = Grid(np.array([-1, 0, 0, -1, 3, 3]), 1)
    values = {
        "homes": [200, 100, 100] * 2,
        "escaped": [70, 30, 40, 50, 20, 30],
        "back": [0, 0, 0, fell_back + 20, fell_back, 20],
    }
    before = [-1, -1, -1, 0, 1, 2]
    found = mended(values, {}, [Rest({"back": -1}, {"escaped": 1})], grid=grid, before=before)
    assert (found["escaped"][1] or found["back"][4]) == gone
    only = np.zeros(6, bool)
    elsewhere = mended(values, {}, [Rest({"back": -1}, {"escaped": 1}, at=only)], grid=grid, before=before)
    assert not any(map(any, elsewhere.values()))


def test_nobody_left_is_hidden_only_where_that_tells_of_everybody():
    values = {"homes": HOMES, "poor": [120, 60, 20, 40]}
    rest = {"homes": 1, "poor": -1}
    assert not any(mended(values, {}, [Rest(rest)])["poor"])
    assert mended(values, {}, [Rest(rest, tells="poor")])["poor"][1]


def test_what_several_hidden_counts_can_make_up_for_stays_as_it_is():
    values = {"homes": HOMES, "poor": [87, 3, 24, 60]}
    hidden = {"poor": [False, True, True, False]}
    assert mended(values, hidden, [])["poor"] == hidden["poor"]
    # The same without a look at single rounds first.
    assert mended({"homes": HOMES, "poor": [70, 3, 7, 60]}, {"poor": [False, True, True, False]}, [])["poor"][
        3
    ]
