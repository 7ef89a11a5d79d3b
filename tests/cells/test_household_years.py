"""Households from review to review as bits of a number: the counts of a window, and of plain Python."""

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import PLACES, register_rows

from povertystats.cells import household_years as module
from povertystats.cells.household_years import COUNTS, household_years, patterns, twice
from povertystats.register.reader import open_register

ibis = pytest.importorskip("ibis")
NAMES = [f"{name}_households" for name in COUNTS]


@pytest.fixture(scope="module")
def rows():
    """Households of which some move, some are missing in a year, and reviews of which one year has none."""
    rows = register_rows(households=400, years=(2016, 2017, 2019, 2020)).reset_index(drop=True)
    random = np.random.default_rng(5)
    rows = rows[random.random(len(rows)) > 0.1].reset_index(drop=True)
    other = rows.sample(frac=0.05, random_state=5).index
    rows.loc[other, PLACES] = rows.loc[other[::-1], PLACES].to_numpy()
    return rows


def by_hand(register, levels):
    rows, years = register.records.to_pandas(), sorted(register.years)
    was = {(row.household, row.year): row.poor for row in rows.itertuples()}
    found = {}
    for row in rows[rows["year"] > years[0]].itertuples():
        i = years.index(row.year)
        then, now = was.get((row.household, years[i - 1])), row.poor
        once = any(was.get((row.household, year)) for year in years[: i - 1])
        if then is None:
            continue
        if then:
            names = ["followed", "stayed_poor" if now else "escaped"]
        else:
            names = [
                "followed",
                *(["fell", "fell_back" if once else "newly_poor"] if now else ["stayed_out"]),
            ]
        counts = found.setdefault(
            (*(getattr(row, level) for level in levels), row.year), dict.fromkeys(NAMES, 0)
        )
        for name in names:
            counts[f"{name}_households"] += 1
    return pd.DataFrame(
        found.values(), pd.MultiIndex.from_tuples(found, names=[*levels, "year"])
    ).sort_index()


@pytest.mark.parametrize(("by", "group"), [("commune", None), ("province", None), ("district", "ethnic")])
def test_every_count_is_that_of_plain_python(rows, by, group):
    register = open_register(rows)
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    expected = by_hand(register, levels)
    found = household_years(register.records, register.years, levels)
    pd.testing.assert_frame_equal(found.set_index([*levels, "year"]).sort_index()[NAMES], expected)
    assert expected.sum().min() > 5, "each count has households"


def test_many_years_go_through_the_window_with_the_same_counts(rows, monkeypatch):
    register = open_register(rows)
    expected = household_years(register.records, register.years, PLACES)
    monkeypatch.setattr(module, "_YEARS", 3)
    pd.testing.assert_frame_equal(household_years(register.records, register.years, PLACES), expected)


def test_who_moves_stands_alone_among_the_patterns(rows):
    records = open_register(rows).records
    places = records.select(*PLACES).distinct().to_pandas().sort_values(PLACES, ignore_index=True)
    told = patterns(records, places, [2016, 2017, 2019, 2020])
    homes = rows.groupby("household")[PLACES].nunique().max(axis=1)
    assert {*told["household"].dropna()} == {*homes.index[homes > 1]}
    assert told["households"].sum() == len(homes)
    assert (told["records"] * told["households"]).sum() == len(rows)


def test_one_review_has_no_transitions(rows):
    found = household_years(open_register(rows[rows["year"] == 2016]).records, [2016], PLACES)
    assert found.empty and [*found.columns] == [*PLACES, "year", *NAMES]


@pytest.mark.parametrize("years", [[2016, 2017], [2016], [], range(1990, 2018)])
def test_households_that_stand_twice_are_those_of_pandas_whatever_years_are_known(years):
    random = np.random.default_rng(2)
    once = pd.DataFrame({"household": np.repeat(range(40), 4), "year": [2016, 2017, 2030, 1900] * 40})
    for again in (once.head(0), once.sample(9, replace=True, random_state=random)):
        rows = pd.concat([once, again])
        expected = rows.groupby(["household", "year"]).size().rename("records").reset_index()
        expected = expected[expected["records"] > 1].reset_index(drop=True)
        found = twice(ibis.memtable(rows), years).sort_values(["household", "year"], ignore_index=True)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)
