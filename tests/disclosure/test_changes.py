"""Changes from year to year beside the counts of both years: who came and who left is not told either."""

import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from helpers.attack import Attack

from povertystats.disclosure import changes
from povertystats.disclosure import cube as cubes
from povertystats.disclosure.changes import MOVES, hide_changes, hide_groups
from povertystats.disclosure.cube import Cube
from povertystats.disclosure.splits import Split, chain

PLACES = ["province", "district", "commune"]
SPLITS = [Split("households"), *chain("households", ["poor_households", "others"], all_tells=True)]
SUMS = ["followed", *MOVES, "newly_poor", "fell_back"]


def registers(*asked):
    """Cubes of made-up households followed over years, of whom some are missing in some years."""
    return pickle.loads(_registers(*asked))


@cache
def _registers(seed, gaps, years, groups):
    rng = np.random.default_rng(seed)
    size, line = rng.choice([40, 90, 250]), rng.choice([-1.2, -0.5, 0.3])
    homes = [
        pd.DataFrame(
            {"district": f"D{d}", "commune": f"D{d}C{c}", "level": rng.normal()},
            index=range(rng.poisson(size)),
        )
        for d in range(rng.integers(1, 3))
        for c in range(rng.integers(2, 5))
    ]
    homes = pd.concat(homes, ignore_index=True).assign(province="P")
    homes["group"], homes["id"] = rng.choice([*"KTD"], len(homes), p=[0.6, 0.3, 0.1]), homes.index
    wealth, frames = rng.normal(size=len(homes)), []
    for year in years:
        wealth = 0.85 * wealth + 0.53 * rng.normal(size=len(homes))
        rows = homes.assign(year=year, poor=wealth + homes["level"] / 2 < line)
        frames.append(rows[rng.random(len(rows)) >= gaps])
    rows = pd.concat(frames, ignore_index=True)
    keys = ["year", *PLACES, *(["group"] if groups else [])]
    rows = rows.assign(households=1, poor_households=rows["poor"] * 1, others=~rows["poor"] * 1)
    cube = Cube(
        rows.groupby(keys)[["households", "poor_households", "others"]].sum().reset_index(),
        PLACES,
        "group" if groups else None,
    )
    moves = []
    for year, before in zip(years[1:], years, strict=False):
        then = rows.loc[rows["year"] == before, ["id", "poor"]].rename(columns={"poor": "was"})
        both = rows[rows["year"] == year].merge(then, on="id")
        once = both["id"].isin(rows.loc[(rows["year"] < before) & rows["poor"], "id"])
        was, now = both["was"].astype(bool), both["poor"].astype(bool)
        of = [
            was | ~was,
            was & ~now,
            ~was & now,
            was & now,
            ~was & ~now,
            ~was & now & ~once,
            ~was & now & once,
        ]
        moves.append(
            both[keys].assign(**{f"{n}_households": met * 1 for n, met in zip(SUMS, of, strict=True)})
        )
    moves = pd.concat(moves)
    cube.add(moves.groupby(keys)[[f"{name}_households" for name in SUMS]].sum().reset_index())
    earlier = dict(zip(years[1:], years, strict=False))
    cube.hide(SPLITS, 10)
    hide_changes(cube, earlier, 10)
    # Nobody knows who had been poor before the first year.
    first = (cube.places["year"] <= years[1]).to_numpy()
    for name in ("newly_poor_households", "fell_back_households"):
        cube.hidden[name] = cube.hidden[name] | first[:, None]
    return pickle.dumps((cube, earlier))


def attack_of(cube, earlier):
    """Return an attack that knows how changes and counts of two years hang together, and that nobody moved."""
    attack = Attack(cube, SPLITS)
    attack.try_small(SPLITS)
    escaped, fell, poor, out = (f"{name}_households" for name in MOVES)
    at = {key: place for place, key in enumerate(cube.places.itertuples(index=False, name=None))}
    values = cube.values
    for place, (year, *path) in enumerate(cube.places.itertuples(index=False, name=None)):
        if year not in earlier:
            continue
        before = at.get((earlier[year], *path))
        # {what nobody is told: (columns of this year, columns of the year before)}
        rests = {
            "poor who came": ([(1, "poor_households"), (-1, poor), (-1, fell)], []),
            "others who came": ([(1, "others"), (-1, escaped), (-1, out)], []),
            "who came": ([(1, "households"), (-1, "followed_households")], []),
            "poor who left": ([(-1, poor), (-1, escaped)], [(1, "poor_households")]),
            "others who left": ([(-1, out), (-1, fell)], [(1, "others")]),
        }
        if earlier[year] in earlier and earlier[earlier[year]] == min(earlier.values()):
            rests["escaped and not back"] = [(-1, "fell_back_households")], [(1, escaped)]
        leaf = cube.grid.leaf[place]
        for group in range(values["households"].shape[1]):
            for name in (f"{name}_households" for name in SUMS):
                if name[:6] not in ("newly_", "fell_b") or year > min(earlier):
                    attack.look(
                        name, place, group, values[name][place, group], attack.cell(name, place, group)
                    )
            for name, (now, then) in rests.items():
                if then and before is None:
                    continue
                pairs = [(w, c, place) for w, c in now] + [(w, c, before) for w, c in then]
                count = sum(w * values[c][p, group] for w, c, p in pairs)
                terms = [(w * v, key) for w, c, p in pairs for v, key in attack.cell(c, p, group)]
                attack.look(name, place, group, count, terms)
                if leaf and group in attack.groups:
                    attack.most.append(([(-w, key) for w, key in terms], 0.0))
        for group in attack.groups if leaf else []:
            whole = [(1, "followed_households"), *((-1, f"{name}_households") for name in MOVES)]
            parts = [(1, fell), (-1, "newly_poor_households"), (-1, "fell_back_households")]
            attack.equal += [([(w, (c, place, group)) for w, c in terms], 0.0) for terms in (whole, parts)]
    return attack


@pytest.mark.parametrize(
    ("seed", "gaps", "years", "groups"),
    [
        (1, 0, (2018, 2019), False),
        (2, 0.05, (2017, 2018, 2019), False),
        (3, 0, (2018, 2019), True),
        (4, 0.1, (2018, 2019), True),
    ],
)
def test_nobody_who_changed_came_or_left_can_be_told(seed, gaps, years, groups):
    cube, earlier = registers(seed, gaps, years, groups)
    wrong, tried = attack_of(cube, earlier).bounds()
    assert wrong == [] and tried > 10


def test_the_attack_finds_those_who_came_where_all_changes_are_told():
    cube, earlier = registers(2, 0.05, (2017, 2018, 2019), False)
    for name in SUMS:
        small = cube.values[f"{name}_households"]
        cube.hidden[f"{name}_households"] = (small > 0) & (small < 10)
    wrong, _ = attack_of(cube, earlier).bounds()
    assert {"poor who came", "poor who left"} & {name for name, *_ in wrong}


def test_who_escaped_and_who_fell_are_told_together():
    cube, _ = registers(2, 0.05, (2017, 2018, 2019), False)
    assert (cube.hidden["escaped_households"] == cube.hidden["fell_households"]).all()
    assert (cube.hidden["followed_households"] >= cube.hidden["stayed_poor_households"]).all()


def two_years(cells):
    """A cube of one district and two years; of each cell came, left, escaped, fell {(commune, group): …}, of 60 poor and 140 others.

    Whoever comes or leaves is not poor.
    """
    rows = [(2018, commune, group, 200, 60, 140, *[0] * 7) for commune, group in cells]
    for (commune, group), (came, left, escaped, fell) in cells.items():
        poor = 60 - escaped + fell
        moved = (200 - left, escaped, fell, 60 - escaped, 140 - left - fell, fell, 0)
        households = 200 + came - left
        rows.append((2019, commune, group, households, poor, households - poor, *moved))
    counted = ["households", "poor_households", "others", *(f"{name}_households" for name in SUMS)]
    table = pd.DataFrame(rows, columns=["year", "commune", "group", *counted])
    return Cube(table.assign(province="P", district="D"), PLACES, "group")


# 12 come to two communes, 6 of group a to C and 6 of group b to E; of the poor of a commune where nobody comes groups a and b gain six each.
_CAME = {
    ("C", "a"): (6, 0, 20, 15),
    ("C", "b"): (0, 6, 20, 15),
    ("E", "a"): (0, 6, 20, 15),
    ("E", "b"): (6, 0, 20, 15),
}
_FELL = {("C", "a"): (0, 0, 0, 6), ("C", "b"): (0, 0, 0, 6), ("C", "c"): (0, 0, 12, 0)}


@pytest.mark.parametrize(("cells", "what"), [(_CAME, "others who came"), (_FELL, "fell_households")])
def test_reviews_by_group_tell_beside_changes_of_all_not_how_many_of_a_group_changed(
    cells, what, monkeypatch
):
    cube = two_years(cells)
    cube.hide(SPLITS, 10)
    hide_groups(cube, {2019: 2018}, 10)
    of_reviews = {split.part: cube.hidden[split.part].copy() for split in SPLITS}
    hide_changes(cube, {2019: 2018}, 10)
    assert all((cube.hidden[name] == hidden).all() for name, hidden in of_reviews.items())
    assert cube.hidden["households"].any() or cube.hidden["poor_households"].any()
    assert attack_of(cube, {2019: 2018}).bounds()[0] == []
    monkeypatch.setattr(changes, "hide_groups", lambda *_: None)
    told = two_years(cells)
    told.hide(SPLITS, 10)
    hide_changes(told, {2019: 2018}, 10)
    attack = attack_of(told, {2019: 2018})
    attack.found = [one for one in attack.found if (one[0], one[3]) == (what, 6)]
    assert {most for *_, most in attack.bounds()[0]} == {6}


def test_where_groups_are_too_many_to_be_looked_at_they_are_told_of_the_last_year_alone(monkeypatch):
    monkeypatch.setattr(cubes, "MOST", 0)
    cube = two_years(_CAME)
    # Without changes each year is looked at by itself.
    assert len([*cube._blocks()]) == 2
    cube.hide(SPLITS, 10)
    hide_changes(cube, {2019: 2018}, 10)
    earlier = (cube.places["year"] == 2018).to_numpy()
    for name in ("households", "poor_households", "others"):
        assert cube.hidden[name][earlier, :-1].all() and not cube.hidden[name][~earlier].any()
        assert not cube.hidden[name][:, -1].any()
    assert all(cube.hidden[f"{name}_households"][:, :-1].all() for name in SUMS)
    assert attack_of(cube, {2019: 2018}).bounds()[0] == [] and len([*cube._blocks()]) == 1
