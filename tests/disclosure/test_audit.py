import pandas as pd

from povertystats.disclosure.audit import worked_out
from povertystats.disclosure.splits import Split, chain

LEVELS = ["district", "commune"]


def table(**columns):
    frame = pd.DataFrame({"district": "D", "commune": ["", "x", "y"], "year": 2019, **columns})
    return frame.astype({name: "Int64" for name in columns})


def bounds(found, **at):
    rows = found[(found[[*at]] == pd.Series(at)).all(axis=1)]
    return rows[["lower", "upper"]].values.tolist()


def test_one_table_fills_the_gap_of_another():
    splits = [Split("households"), *chain("households", ["poor", "others"])]
    one = table(households=[330, 150, 180], poor=[27, None, None], others=[303, None, None])
    two = table(households=[330, 150, 180], poor=[27, 20, None], others=[303, 130, None])
    found = worked_out([one], splits, LEVELS)
    assert bounds(found, commune="x", count="poor") == [[1, 26]]
    both = worked_out([one, two], splits, LEVELS)
    assert (
        bounds(both, commune="y", count="poor") == [[7, 7]] and bounds(both, commune="x", count="poor") == []
    )


def test_groups_that_are_not_named_have_nobody():
    splits = [Split("households"), Split("poor", "households")]
    rows = [("D", "", "", 100, 30), ("D", "x", "", 40, None), ("D", "y", "", 60, None)]
    rows += [("D", "x", "K", 40, None), ("D", "y", "K", 30, 10), ("D", "y", "T", 30, None)]
    groups = pd.DataFrame(rows, columns=[*LEVELS, "group", "households", "poor"]).assign(year=2019)
    found = worked_out([groups.astype({"poor": "Int64"})], splits, LEVELS, group="group")
    assert bounds(found, commune="x", group="", count="poor") == bounds(
        found, commune="x", group="K", count="poor"
    )
    assert bounds(found, commune="y", group="T", count="poor")[0][1] == 19


def test_who_came_and_who_left_are_differences_of_two_tables():
    moves = ["followed", "escaped", "fell", "stayed_poor", "stayed_out"]
    counts = table(households=[330, 150, 180], poor_households=[60, 27, 33])
    later = counts.assign(year=2020)
    told = dict(
        zip(moves, ([320, 145, 175], [10, 5, 5], [12, 4, 8], [45, 20, 25], [253, 116, 137]), strict=True)
    )
    changes = table(**{f"{name}_households": of for name, of in told.items()}).assign(year=2020)
    splits = [Split("households"), Split("poor_households", "households")]
    found = worked_out([counts, later, changes], splits, LEVELS)
    assert bounds(found, commune="x", count="arrived_poor_households") == [[3, 3]]
    assert bounds(found, commune="", count="left_poor_households") == [[5, 5]]
