"""Counts by place at every level, names of places, and what is hidden of them."""

import pandas as pd
import pytest
from helpers.reviews import PLACES, counted, register_rows

from povertystats.register.published_counts import tally

ibis = pytest.importorskip("ibis")
PARTS = {"households": [["poor", "others"]], "poor": [["low", "deprived"]]}


@pytest.fixture(scope="module")
def homes():
    rows = register_rows(5, 300, (2018, 2019))[[*PLACES, "year", "ethnic", "persons"]]
    rows["low"], rows["deprived"] = rows["persons"] == 1, rows["persons"] == 2
    rows["poor"] = rows["persons"] < 3
    return rows.assign(others=~rows["poor"], households=1)


@pytest.fixture(scope="module")
def table(homes):
    return ibis.memtable(homes)


def sums(table):
    names = ["poor", "others", "low", "deprived"]
    return {"households": table.count()} | {name: table[name].sum() for name in names}


@pytest.mark.parametrize(("by", "group"), [("commune", "ethnic"), ("district", None), ("province", "ethnic")])
def test_every_level_is_counted(homes, table, by, group):
    counts, hidden = tally(table, sums(table), PARTS, by=by, group=group, minimum=0)
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    expected = counted(homes, sums(table), levels)
    found = counts.set_index([*levels, "year"])[expected.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert hidden.empty and set(counts["level"]) == set(levels)
    assert (counts[PLACES[PLACES.index(by) + 1 :]] == "").all(axis=None)


def test_places_of_one_name_stand_with_those_they_lie_in(table):
    counts, _ = tally(table, sums(table), PARTS, by="commune")
    names = counts.drop_duplicates(PLACES).groupby("level", sort=False)["place"].agg(sorted).to_dict()
    assert names["province"] == ["Bắc Kạn", "Hà Giang"] and names["district"] == [
        "Ba Bể",
        "Hà Giang",
        "Na Rì",
    ]
    assert {"Trung Hòa, Ba Bể", "Trung Hòa, Na Rì", "01840, Na Rì"} <= {*names["commune"]}
    homes = pd.DataFrame({"province": ["P", "Q"], "district": "D", "commune": "C", "year": 2019})
    rows = ibis.memtable(homes)
    counts, _ = tally(rows, {"households": rows.count()}, {}, by="commune", minimum=0)
    assert counts["place"].tolist() == ["P", "D, P", "C, D, P", "Q", "D, Q", "C, D, Q"]


def test_small_counts_are_hidden_with_what_would_tell_them(table):
    true, _ = tally(table, sums(table), PARTS, by="commune", minimum=0)
    counts, hidden = tally(table, sums(table), PARTS, by="commune", minimum=10)
    missing = []
    for column in sums(table):
        gaps = counts[column].isna()
        assert (counts[column][~gaps] == true[column][~gaps]).all()
        assert not true[column][~gaps].between(1, 9).any()
        missing += [(*key, column) for key in counts.loc[gaps, [*PLACES, "year"]].itertuples(index=False)]
    assert sorted(missing) == sorted(hidden.drop(columns="reason").itertuples(index=False, name=None))
    small = pd.concat([true.assign(column=c, n=true[c]) for c in sums(table)])
    small = hidden.merge(small, on=[*PLACES, "year", "column"])
    assert (small["n"].between(1, 9) == (small["reason"] == "small")).all()
    # What is hidden of the poor is hidden of both kinds of them.
    assert counts.loc[counts["poor"].isna(), ["low", "deprived"]].isna().all(axis=None)


def test_what_other_tables_hide_and_rows_that_tell_all_or_nothing(table):
    before, _ = tally(table, sums(table), PARTS, by="province", minimum=2)
    assert before["low"].notna().all()
    also = pd.DataFrame({"province": ["Bắc Kạn", "Bắc Kạn"], "year": [2018, 2030], "column": "poor"})
    counts, hidden = tally(
        table, sums(table), PARTS, by="province", minimum=2, also=also, together=["poor", "others"]
    )
    gone = counts[["poor", "others", "low", "deprived"]].isna()
    at = (counts["place"] == "Bắc Kạn") & (counts["year"] == 2018)
    assert gone[at].all(axis=None) and not gone[~at].any(axis=None) and counts["households"].notna().all()
    assert set(hidden["column"]) == set(gone.columns) and set(hidden["reason"]) == {"secondary"}


def test_all_that_is_wrong_is_told_at_once(table):
    with pytest.raises(ValueError, match="^cannot count households:\n") as error:
        tally(table, sums(table), PARTS, by="village", group="persons", minimum=1)
    assert error.value.problems == [
        "by: 'village' is no level of places; expected one of province, district, commune",
        "group: 'persons'; expected one of ethnic",
        "minimum: 1; expected a whole number of households from 2, or 0 to hide nothing",
    ]
    for minimum in (True, -1, 2.5, None):
        with pytest.raises(ValueError, match="^cannot count households:\n- minimum: "):
            tally(table, sums(table), PARTS, by="commune", minimum=minimum)
    none = table.drop("ethnic")
    with pytest.raises(ValueError, match="expected one of none: the records have no such column"):
        tally(none, sums(none), PARTS, by="commune", group="ethnic")
    empty = table.filter(table["year"] == 1900)
    with pytest.raises(ValueError, match="there is no record to be counted"):
        tally(empty, sums(empty), PARTS, by="commune")


def test_classes_are_no_group(table):
    # Each would stand in two ways in the table, either of which may tell what the other hides.
    rows = table.mutate(**{"class": ibis.literal("poor")})
    with pytest.raises(ValueError, match="group: 'class'; expected one of ethnic"):
        tally(rows, sums(rows), PARTS, by="commune", group="class")


def test_the_order_of_the_records_changes_nothing(homes, table):
    again = ibis.memtable(homes.sample(frac=1, random_state=3))
    for a, b in zip(
        *(tally(t, sums(t), PARTS, by="commune", minimum=8) for t in (table, again)), strict=True
    ):
        pd.testing.assert_frame_equal(a, b)
