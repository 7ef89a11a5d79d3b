import numpy as np

from povertystats.disclosure.grid import Figure, Grid
from povertystats.disclosure.rounds import Rounds

NONE = np.zeros((3, 3), int)


def rounds(poor, homes, hidden):
    """Rounds of two communes and two groups; hidden: cells of both communes."""
    grid = Grid(np.array([-1, 0, 0]), 3)
    poor, homes = (grid.summed(np.array([[0, 0, 0], *of])) for of in (poor, homes))
    need = np.where((poor > 0) & (poor < 10), 10 - poor, 0)
    cells = np.array([[False] * 3, *hidden])
    figure = Figure(
        poor, homes - poor, poor - (poor > 0), (poor > 0) * 1, need, NONE, cells, cells & False, homes
    )
    return Rounds(grid, figure)


def test_a_cell_is_covered_by_the_other_three_of_a_round():
    hidden = rounds(
        [[3, 20, 23], [30, 40, 70]], [[60, 60, 120], [90, 90, 180]], [[True, False, False], [False] * 3]
    )
    assert hidden.all_covered().tolist() == [[False] * 3, [True, True, False], [True, True, False]]


def test_all_households_stay_told():
    """The groups are too few to change places with: nothing by group is told, all households are as before."""
    poor, homes = [[3, 8, 11], [4, 8, 12]], [[60, 60, 120], [90, 90, 180]]
    found = rounds(poor, homes, [[True, True, False], [True, True, False]]).all_covered()
    assert found[:, :2].all() and not found[:, 2].any()
