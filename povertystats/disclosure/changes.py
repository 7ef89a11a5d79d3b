"""Changes from one year to the next, read beside the counts of both years: who changed, who came and who left."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np

from povertystats.disclosure import suppression
from povertystats.disclosure.cube import Cube
from povertystats.disclosure.splits import Rest, Split

MOVES = ("escaped", "fell", "stayed_poor", "stayed_out")
_ESCAPED, _FELL, _POOR, _OUT = (f"{name}_households" for name in MOVES)
_BACK = "fell_back_households"
# What no table tells, as sums of what they tell of a year and of the year before.
ARRIVED_AND_LEFT: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "arrived_poor_households": ({"poor_households": 1, _POOR: -1, _FELL: -1}, {}),
    "arrived_not_poor_households": ({"households": 1, "poor_households": -1, _ESCAPED: -1, _OUT: -1}, {}),
    "left_poor_households": ({_POOR: -1, _ESCAPED: -1}, {"poor_households": 1}),
    "left_not_poor_households": ({_OUT: -1, _FELL: -1}, {"households": 1, "poor_households": -1}),
}


def hide_changes(cube: Cube, earlier: Mapping[int, int], minimum: int) -> None:
    """Hide what tells, with the counts of both years, of few who changed, came or left.

    ``cube``: with the counts of each year hidden already; ``earlier`` {year: the year before it}. Those who escaped and those who fell
    are told together; of those who stayed poor or out of poverty is told only where few did not come or leave either:
    poor(t) = stayed poor + fell + came, poor(t - 1) = stayed poor + escaped + left.
    """
    hide_groups(cube, earlier, minimum)
    households, poor = cube.values["households"], cube.values["poor_households"]
    now = poor, households - poor
    before = tuple(cube.before(of, earlier) for of in now)
    classes = cube.hidden["poor_households"]
    hidden = classes | cube.before(classes, earlier, missing=False)
    escaped, fell, stayed_poor, stayed_out = (cube.values[f"{name}_households"] for name in MOVES)
    of_escaped, of_fell = (before[0], now[1]), (before[1], now[0])
    rests = [of - escaped for of in of_escaped] + [of - fell for of in of_fell]
    hidden |= suppression.exchanged(
        cube.grid, (escaped, fell), (stayed_poor, stayed_out), rests, hidden, minimum
    )
    hidden = suppression.shared(cube.grid, escaped, of_escaped, hidden, minimum) | suppression.shared(
        cube.grid, fell, of_fell, hidden, minimum
    )
    # Of the poor, those who did not escape stayed poor or left; those who did not fall stayed poor or came.
    gone = {"escaped": hidden, "fell": hidden}
    gone["stayed_poor"] = cube.shared_of_all(
        stayed_poor, (before[0] - escaped, now[0] - fell), hidden, minimum
    )
    gone["stayed_out"] = cube.shared_of_all(stayed_out, (before[1] - fell, now[1] - escaped), hidden, minimum)
    gone["followed"] = hidden | gone["stayed_poor"] | gone["stayed_out"]
    cube.hidden |= {f"{name}_households": of for name, of in gone.items()}
    cube.earlier, cube.moves = earlier, [f"{name}_households" for name in MOVES]
    cube.together.append((_ESCAPED, _FELL))
    cube.rests += [Rest(now, then) for now, then in ARRIVED_AND_LEFT.values()]
    # In a third year, those who fell back are some of those who escaped by the second.
    third = (cube.places["year"].map(earlier).map(earlier) == min(earlier.values())).to_numpy()
    cube.rests.append(Rest({_BACK: -1}, {_ESCAPED: 1}, at=third))
    newly = Split("newly_poor_households", _FELL, rest=_BACK, grouped=False)
    cube.hide([newly], minimum)
    cube.hidden["followed_households"] = np.any([cube.hidden[name] for name in cube.moves], axis=0)


def hide_groups(cube: Cube, earlier: Mapping[int, int], minimum: int) -> None:
    """Hide counts of groups that tell, with changes of all households, of few of a group who changed, came or left.

    As in ``hide_changes``; of changes by group nothing is taken to be told, so that it is hidden alike without them. Where
    groups grew by nearly as many households as came, who came is of these groups.
    """
    if cube.group is None:
        return
    all_, names = cube.of_all(), [split.part for split in cube.splits]
    hide_changes(all_, earlier, minimum)
    moved = all_.hidden.keys() - cube.hidden.keys()
    beside = copy(cube)
    beside.splits, beside.moves, beside.rests = all_.splits, all_.moves, all_.rests
    beside.together, beside.earlier = all_.together, earlier
    beside.hidden = cube.hidden | {name: cube.by_group(all_.hidden[name]) for name in moved}
    beside.mend_groups(names, minimum)
    cube.hidden |= {name: beside.hidden[name] for name in cube.hidden}
