"""Changes from one year to the next, read beside the counts of both years: who changed, who came and who left."""

from __future__ import annotations

from collections.abc import Mapping

from povertystats.disclosure import suppression
from povertystats.disclosure.cube import Cube
from povertystats.disclosure.splits import Split

MOVES = ("escaped", "fell", "stayed_poor", "stayed_out")


def hide_changes(cube: Cube, earlier: Mapping[int, int], minimum: int) -> None:
    """Hide what tells, with the counts of both years, of few who changed, came or left.

    ``cube``: with the counts of each year hidden already; ``earlier`` {year: the year before it}. Those who escaped and those who fell
    are told together; of those who stayed poor or out of poverty is told only where few did not come or leave either:
    poor(t) = stayed poor + fell + came, poor(t - 1) = stayed poor + escaped + left.
    """
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
    gone["stayed_poor"] = cube.of_all(stayed_poor, (before[0] - escaped, now[0] - fell), hidden, minimum)
    gone["stayed_out"] = cube.of_all(stayed_out, (before[1] - fell, now[1] - escaped), hidden, minimum)
    gone["followed"] = hidden | gone["stayed_poor"] | gone["stayed_out"]
    cube.hidden |= {f"{name}_households": of for name, of in gone.items()}
    newly = Split("newly_poor_households", "fell_households", rest="fell_back_households", grouped=False)
    cube.hide([newly], minimum)
