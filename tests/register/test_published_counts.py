"""Counts by place at every level, names of places, and what is hidden of them."""

import pandas as pd
import pytest
from helpers.reviews import PLACES, counted, register_rows

from povertystats.disclosure.splits import Split, chain
from povertystats.register.published_counts import shown, tally

ibis = pytest.importorskip("ibis")
SPLITS = [Split("households"), *chain("households", ["poor", "others"]), *chain("poor", ["low", "deprived"])]


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


def told(table, *, by="commune", group=None, minimum=10):
    """Return what is told, and what is hidden of it."""
    cube = tally(table, sums(table), by=by, group=group, minimum=minimum)
    if minimum:
        cube.hide(SPLITS, minimum)
    return shown(cube, list(sums(table)), by=by, group=group, minimum=minimum)


@pytest.mark.parametrize(("by", "group"), [("commune", "ethnic"), ("district", None), ("province", "ethnic")])
def test_every_level_is_counted(homes, table, by, group):
    counts, hidden = told(table, by=by, group=group, minimum=0)
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    expected = counted(homes, sums(table), levels)
    found = counts.set_index([*levels, "year"])[expected.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert hidden.empty and set(counts["level"]) == {"country", *levels}
    assert (counts[PLACES[PLACES.index(by) + 1 :]] == "").all(axis=None)


def test_places_of_one_name_stand_with_those_they_lie_in(table):
    counts, _ = told(table)
    names = counts.drop_duplicates(PLACES).groupby("level", sort=False)["place"].agg(sorted).to_dict()
    assert names["province"] == ["Bắc Kạn", "Hà Giang"] and names["district"] == [
        "Ba Bể",
        "Hà Giang",
        "Na Rì",
    ]
    assert {"Trung Hòa, Ba Bể", "Trung Hòa, Na Rì", "01840, Na Rì"} <= {*names["commune"]}
    homes = pd.DataFrame({"province": ["P", "Q"], "district": "D", "commune": "C", "year": 2019})
    rows = ibis.memtable(homes)
    how = {"by": "commune", "group": None, "minimum": 0}
    counts, _ = shown(tally(rows, {"households": rows.count()}, **how), ["households"], **how)
    assert counts["place"].tolist() == ["", "P", "D, P", "C, D, P", "Q", "D, Q", "C, D, Q"]


def test_small_counts_are_hidden_with_what_would_tell_them(table):
    true, _ = told(table, minimum=0)
    counts, hidden = told(table)
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


def test_what_is_told_does_not_depend_on_what_is_asked_for(table):
    """Whoever asks several times, for other levels and by group, reads no more than whoever asks once for all."""
    whole, _ = told(table, by="commune")
    for by, group in (("district", None), ("province", None), ("commune", "ethnic"), ("district", "ethnic")):
        counts, _ = told(table, by=by, group=group)
        if group:
            counts = counts[counts[group] == ""].drop(columns=group)
        same = whole[whole["level"].isin(counts["level"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(counts.reset_index(drop=True)[same.columns], same)


def test_all_that_is_wrong_is_told_at_once(table):
    with pytest.raises(ValueError, match="^cannot count households:\n") as error:
        told(table, by="village", group="persons", minimum=1)
    assert error.value.problems == [
        "by: 'village' is no level of places; expected one of province, district, commune",
        "group: 'persons'; expected one of ethnic",
        "minimum: 1; expected a whole number of households from 2, or 0 to hide nothing",
    ]
    for minimum in (True, -1, 2.5, None):
        with pytest.raises(ValueError, match="^cannot count households:\n- minimum: "):
            told(table, minimum=minimum)
    none = table.drop("ethnic")
    with pytest.raises(ValueError, match="expected one of none: the records have no such column"):
        told(none, group="ethnic")
    empty = table.filter(table["year"] == 1900)
    with pytest.raises(ValueError, match="there is no record to be counted"):
        told(empty)


def test_classes_are_no_group(table):
    # Each would stand in two ways in the table, either of which may tell what the other hides.
    rows = table.mutate(**{"class": ibis.literal("poor")})
    with pytest.raises(ValueError, match="group: 'class'; expected one of ethnic"):
        told(rows, group="class")


def test_the_order_of_the_records_changes_nothing(homes, table):
    again = ibis.memtable(homes.sample(frac=1, random_state=3))
    for a, b in zip(*(told(t, minimum=8) for t in (table, again)), strict=True):
        pd.testing.assert_frame_equal(a, b)


SECRET = "a long secret of the office"


def with_noise(rows, **how):
    """Return counts with noise by place, group and year."""
    how = {"by": "commune", "group": None, "minimum": 10, "key": SECRET} | how
    found, hidden = shown(tally(rows, sums(rows), **how), list(sums(rows)), **how)
    assert hidden.empty
    keys = [*PLACES, *([how["group"]] if how["group"] else []), "year"]
    return found.set_index(keys)


def test_the_same_households_have_the_same_noise_in_every_call(homes, table):
    homes = homes.assign(household=homes.index.astype(str))
    rows = ibis.memtable(homes)
    names = list(sums(rows))
    whole = with_noise(rows)
    again = with_noise(ibis.memtable(homes.sample(frac=1, random_state=1)), by="district")
    pd.testing.assert_frame_equal(whole.loc[again.index, names], again[names])
    # A place told by group that has one group alone; a group that is the whole place.
    grouped = with_noise(ibis.memtable(homes.assign(ethnic="Tày")), group="ethnic").reset_index()
    for _, of in grouped[grouped["level"] == "ethnic"].groupby("ethnic"):
        of = of.set_index([*PLACES, "year"])[names]
        pd.testing.assert_frame_equal(whole.loc[of.index, names], of)
    true, _ = told(table, minimum=0)
    true = true.set_index([*PLACES, "year"])[names].loc[whole.index]
    off = (whole[names] - true).astype(int)
    assert (off.abs() <= 20).all(axis=None) and off.to_numpy().any()
    assert not ((whole[names] > 0) & (whole[names] < 10)).any(axis=None)
    assert not whole[names].to_numpy()[true.to_numpy() == 0].any()
    assert (whole["noise_at_most"] == 20).all() and (whole["noise_variance"] == 10).all()
    # Another year of the same households has other noise.
    later = with_noise(ibis.memtable(homes.assign(year=homes["year"] + 10)))
    assert (later[names].to_numpy() != whole[names].to_numpy()).mean() > 0.5


def test_subtraction_finds_small_counts_no_more_often_than_chance():
    # 3,000 districts of two communes, of which one has 5 poor households.
    homes = pd.DataFrame({"household": range(3000 * 45), "province": "P", "year": 2019})
    homes["district"] = "D" + (homes.index // 45).astype(str)
    homes["commune"] = homes["district"] + pd.Series(homes.index % 9 == 0).map(
        {True: "small", False: "large"}
    )
    homes = homes.assign(poor=True, **dict.fromkeys(["others", "low", "deprived"], False))
    found = with_noise(ibis.memtable(homes)).reset_index()
    large = found[found["commune"].str.endswith("large")].set_index("district")["poor"]
    small = found[found["commune"].str.endswith("small")].set_index("district")["poor"]
    difference = found[found["level"] == "district"].set_index("district")["poor"] - large
    # The noise of both has a variance of 20: 5 stands at a chance of 1 / √(40 π) = 0.09 at most, beside its neighbours.
    right = (difference == 5).mean()
    assert right < 0.11 and abs((difference == 4).mean() - right) < 0.03
    assert difference.var() == pytest.approx(20, rel=0.1) and difference.mean() == pytest.approx(5, abs=0.3)
    assert set(small) <= {0, 10}


def test_a_group_of_nobody_told_has_no_row(homes):
    rows = ibis.memtable(homes.assign(household=homes.index.astype(str)))
    found = with_noise(rows, group="ethnic")
    assert (found.loc[found["level"] == "ethnic", "households"] > 0).all()


@pytest.mark.parametrize(
    ("how", "wrong"),
    [({"minimum": 0}, "minimum: 0; with a key"), ({"key": "short"}, "16 characters or more")],
)
def test_bad_keys_are_refused(table, how, wrong):
    with pytest.raises(ValueError, match=wrong) as error:
        tally(table, sums(table), by="commune", **{"key": SECRET} | how)
    assert "short" not in str(error.value)
