"""One cube: all that is told of it at once, by linear programmes; answers put together; rows of the country and of groups."""

import numpy as np
import pandas as pd
import pytest
from helpers.attack import Attack

from povertystats.disclosure.cube import Cube
from povertystats.disclosure.splits import Split, chain

PLACES = ["province", "district", "commune"]
SPLITS = [
    Split("households"),
    *chain("households", ["poor", "near_poor", "not_poor"], all_tells=True),
    *chain("poor", ["by_income", "by_lacking"], grouped=False),
    Split("borrower", "households"),
    Split("lacking", "households"),
    Split("poor_lacking", "poor", also="lacking"),
]


def counts(seed, groups=3, size=None):
    """Counts of communes by group, of any size and mixture; nothing in them is real."""
    rng, rows = np.random.default_rng(seed), []
    size, mixed = size or rng.choice([40, 120, 400]), rng.choice([0.3, 1, 5])
    for d in range(rng.integers(1, 4)):
        for c in range(rng.integers(2, 6)):
            for group, share in zip("KTD"[:groups], rng.dirichlet(np.full(groups, mixed)), strict=True):
                if n := rng.poisson(size * share):
                    rate = rng.beta(*((2, 5), (0.5, 0.5), (1, 12))[rng.integers(3)])
                    rows.append((2019, "P", f"D{d}", f"D{d}C{c}", group, n, rng.binomial(n, rate)))
    table = pd.DataFrame(rows, columns=["year", *PLACES, "group", "households", "poor"])
    table["near_poor"] = rng.binomial(table["households"] - table["poor"], 0.1)
    table["not_poor"] = table["households"] - table["poor"] - table["near_poor"]
    table["by_income"] = rng.binomial(table["poor"], 0.6)
    table["by_lacking"] = table["poor"] - table["by_income"]
    table["borrower"], table["lacking"] = (rng.binomial(table["households"], 0.3) for _ in range(2))
    least = np.maximum(table["lacking"] + table["poor"] - table["households"], 0)
    most = table[["lacking", "poor"]].min(axis=1)
    table["poor_lacking"] = np.clip(rng.binomial(table["poor"], 0.5), least, most)
    return table


def cube_of(table, group="group", minimum=10):
    if group is None:
        table = table.drop(columns="group").groupby(["year", *PLACES], as_index=False).sum()
    cube = Cube(table, PLACES, group)
    cube.hide(SPLITS, minimum)
    return cube


def by_another_group(table, rng):
    """The same households by another group, told apart at random: "w" or "m"."""
    total = table.drop(columns="group").groupby(["year", *PLACES], as_index=False).sum()
    women = total.copy()

    def share(of, least=0, most=None):
        drawn = rng.binomial(of, 0.25)
        return np.clip(drawn, np.maximum(least, 0), of if most is None else np.minimum(of, most))

    for name in ("by_income", "by_lacking", "near_poor", "not_poor", "borrower"):
        women[name] = share(total[name])
    women["poor"] = women["by_income"] + women["by_lacking"]
    women["households"] = women["poor"] + women["near_poor"] + women["not_poor"]
    women["borrower"] = np.clip(
        women["borrower"], total["borrower"] - total["households"] + women["households"], women["households"]
    )
    # Who lacks it: of the poor and of the others each by itself.
    poor, others = total["poor_lacking"], total["lacking"] - total["poor_lacking"]
    rest = women["households"] - women["poor"]
    women["poor_lacking"] = share(poor, poor - total["poor"] + women["poor"], women["poor"])
    of_others = share(others, others - (total["households"] - total["poor"]) + rest, rest)
    women["lacking"] = women["poor_lacking"] + of_others
    men = total.set_index(["year", *PLACES]) - women.set_index(["year", *PLACES])
    return pd.concat([women.assign(group="w"), men.reset_index().assign(group="m")], ignore_index=True)


@pytest.mark.parametrize(
    ("seed", "group"), [(1, None), (6, None), (2, "group"), (14, "group"), (23, "group")]
)
def test_no_small_count_can_be_told_from_all_that_is_told(seed, group):
    attack = Attack(cube_of(counts(seed), group), SPLITS)
    attack.try_small(SPLITS)
    wrong, tried = attack.bounds()
    assert wrong == [] and tried > 10


@pytest.mark.parametrize("seed", [3, 5])
def test_two_columns_of_groups_in_separate_calls_tell_no_small_number_together(seed):
    """By ethnic group, and by the head of the household: whoever reads both knows that they add up to the same."""
    first = counts(seed, size=60)
    rng = np.random.default_rng(seed)
    second = by_another_group(first, rng)
    attacks = [Attack(cube_of(table), SPLITS) for table in (first, second)]
    for attack in attacks:
        attack.try_small(SPLITS)
    attacks[0].beside(attacks[1])
    wrong, tried = attacks[0].bounds()
    assert wrong == [] and tried > 100


def test_groups_add_up_to_all_households_for_whoever_looks_for_others(monkeypatch):
    """Of 410 households 399 are of one group, 147 of these poor, and 157 of all: of the other two groups one is not poor."""
    wrong = []
    for looked_at in (True, False):
        if not looked_at:
            monkeypatch.setattr(Cube, "_blocks", lambda _: ())
        attack = Attack(cube_of(counts(53)), SPLITS)
        attack.try_small(SPLITS)
        wrong.append(attack.bounds()[0])
    assert wrong[0] == [] and wrong[1]


def test_the_attack_finds_what_is_not_hidden_well():
    cube = cube_of(counts(2))
    secondary = cube.hidden["poor"] & (cube.values["poor"] >= 10)
    place, group = np.argwhere(secondary)[0]
    cube.hidden["poor"][place, group] = False
    attack = Attack(cube, SPLITS)
    attack.try_small(SPLITS)
    assert attack.bounds()[0]


def test_what_is_told_of_all_does_not_depend_on_groups():
    for seed in range(30, 36):
        with_groups, without = (cube_of(counts(seed), group) for group in ("group", None))
        for name, hidden in without.hidden.items():
            assert (with_groups.hidden[name][:, [-1]] == hidden).all(), name


def test_no_small_count_is_told_and_what_is_told_is_true():
    for seed in range(40, 44):
        table = counts(seed)
        cube = cube_of(table)
        told = cube.table("commune", ["households", "poor", "borrower"], group=True)
        true = cube.counts("commune", ["households", "poor", "borrower"], group=True)
        for column in ("households", "poor", "borrower"):
            shown = told[column].notna()
            assert (told[column][shown] == true[column][shown]).all()
            assert not true[column][shown].between(1, 9).any()
            rest = (true["households"] - true[column])[shown]
            assert column == "households" or not rest.between(1, 9).any()
        assert not ((told["poor"] == told["households"]) & (told["households"] > 0)).any()


def test_a_property_of_places_is_told_but_not_by_group():
    table = counts(3, size=200)
    table["programme"] = table["households"].where(table["commune"].str.endswith("C0"), 0)
    cube = Cube(table, PLACES, "group")
    cube.hide([Split("households"), Split("programme", "households", of_places=True, grouped=False)], 10)
    assert cube.hidden["programme"][:, :-1].all() and not cube.hidden["programme"][:, -1].any()


def test_a_property_of_places_tells_no_place_whose_households_are_hidden():
    """Of two programme communes one has 4 households: the district's number less the other's would tell."""
    homes = pd.DataFrame({"commune": [*"ABC"], "households": [4, 70, 60], "programme": [4, 0, 60]})
    cube = Cube(homes.assign(province="P", district="D", year=2019), PLACES)
    cube.hide([Split("households"), Split("programme", "households", of_places=True, grouped=False)], 10)
    told = cube.table("commune", ["households", "programme"])
    assert told["programme"].isna().tolist() == [True, True, True, False, True]
    assert told["households"].isna().tolist() == [False, False, True, False, True]
    # Where households of one commune differ in it, it is one of theirs.
    mixed = Cube(homes.assign(province="P", district="D", year=2019, programme=[0, 3, 60]), PLACES)
    mixed.hide([Split("households"), Split("programme", "households", of_places=True, grouped=False)], 10)
    assert mixed.table("commune", ["programme"])["programme"].isna().tolist()[2:] == [True, True, True]


def test_several_provinces_have_a_row_for_all_and_sums_ride_with_their_count():
    table = pd.concat([counts(7), counts(8).assign(province="Q")], ignore_index=True)
    table["persons"] = 4 * table["households"]
    cube = Cube(table, PLACES, "group")
    cube.hide(SPLITS, 10, {"persons": "households"})
    told = cube.table("province", ["households", "persons"], group=True)
    assert told["level"].tolist()[0] == "country" and {"province", "group"} == {*told["level"][1:]}
    assert (told["persons"].isna() == told["households"].isna()).all()
    secrets = cube.secrets("commune", ["households", "poor"], 10, group=True)
    assert {*secrets.columns} == {*PLACES, "group", "year", "column", "reason"}
    assert {*secrets["reason"]} == {"small", "secondary"}
