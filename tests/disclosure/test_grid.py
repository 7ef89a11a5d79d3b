import numpy as np
import pandas as pd
import pytest

from povertystats.disclosure.grid import Figure, Grid, all_or_none


def test_sums_and_what_is_known_go_up_and_down():
    grid = Grid(np.array([-1, 0, 1, 1, 0, -1]), 2)
    assert grid.summed(np.arange(12).reshape(6, 2)).tolist() == [
        [18, 21],
        [10, 12],
        [4, 5],
        [6, 7],
        [8, 9],
        [10, 11],
    ]
    assert {above: places.tolist() for above, places in grid.children.items()} == {
        -1: [0, 5],
        0: [1, 4],
        1: [2, 3],
    }
    known, count = np.zeros((6, 2), int), np.array([[0, 9], [0, 5], [0, 2], [0, 3], [0, 4], [0, 0]])
    known[1, 1] = 1
    # That somebody lives in the district is known; it is kept for its largest commune.
    assert grid.lowered(known, count)[:, 1].tolist() == [0, 1, 0, 1, 0, 0]
    known[2, 1] = 1
    assert grid.lowered(known, count)[:, 1].tolist() == [0, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("unsafe", "told"),
    [
        ([], [True] * 6),
        ([2], [True, True, False, False, False, False]),
        ([1], [True, False, False, False, False, False]),
        ([5], [True, True, True, True, False, False]),
    ],
)
def test_one_unsafe_place_silences_those_beside_and_below_it_and_groups(unsafe, told):
    rows = pd.DataFrame(
        {"level": ["p", "d", "c", "c", "ethnic", "ethnic"], "p": "P", "d": ["", *"DDDDD"], "year": 2019}
    ).assign(c=["", "", "A", "B", "A", "B"])
    safe = np.ones(6, bool)
    safe[unsafe] = False
    assert all_or_none(rows, ["p", "d", "c"], safe).tolist() == told


def test_what_there_is_of_all_households_is_the_last_group():
    cells = np.arange(6).reshape(2, 3)
    figure = Figure(*[cells] * 6, cells > 3, cells > 4, cells, must=False)
    alone = figure.of_all()
    assert alone.count.tolist() == [[2], [5]] and alone.hidden.tolist() == [[False], [True]]
    assert alone.loose.tolist() == [[False], [True]] and not alone.must
