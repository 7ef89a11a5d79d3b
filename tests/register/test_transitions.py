"""Transitions and histories against plain Python, and an audit of them beside the review."""

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import (
    COVERAGE,
    PLACES,
    classified,
    counted,
    followed,
    register_rows,
    small_places,
    worked_out,
)

from povertystats.associations.associations import fit_drivers
from povertystats.facts.standards import national_standard
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.register.transitions import histories, transitions
from povertystats.regression.scan import scan

pytest.importorskip("ibis")
COUNTS = ["escaped", "stayed_poor", "fell", "stayed_out", "newly_poor", "fell_back"]
BACK = ["newly_poor_households", "fell_back_households"]
KEYS = ["household", "year"]


@pytest.fixture(scope="module")
def rows():
    return register_rows(households=500)


@pytest.fixture(scope="module")
def register(rows):
    return open_register(rows.assign(illustrative=True))


@pytest.fixture(scope="module")
def provinces(register):
    return transitions(register, by="province", minimum=0)


@pytest.fixture(scope="module")
def pairs(rows):
    return followed(rows)


def expected_table(pairs, levels):
    before, now, back = pairs["poor_before"].astype(bool), pairs["poor"], pairs["fell_back"].astype(bool)
    of = [before & ~now, before & now, ~before & now, ~before & ~now, ~before & now & ~back, back]
    sums = {"followed_households": 1}
    sums |= {f"{name}_households": met for name, met in zip(COUNTS, of, strict=True)}
    table = counted(pairs.assign(**sums), sums, levels).astype(float)
    first = table.index.get_level_values("year") == pairs["year"].min()
    table.loc[first, BACK] = float("nan")
    table["poor_before_households"] = table["escaped_households"] + table["stayed_poor_households"]
    others = table["fell_households"] + table["stayed_out_households"]
    table["escaped_of_poor_pct"] = 100 * table["escaped_households"] / table["poor_before_households"]
    table["fell_of_not_poor_pct"] = 100 * table["fell_households"] / others
    return table


@pytest.mark.parametrize(("by", "group"), [("commune", None), ("province", "ethnic")])
def test_every_count_and_rate_is_that_of_plain_python(register, pairs, by, group):
    levels = [*PLACES[: PLACES.index(by) + 1], *([group] if group else [])]
    expected = expected_table(pairs, levels)
    assert {2017, 2018, 2019} == {*pairs["year"]} and expected["fell_back_households"].max() > 5
    found = transitions(register, by=by, group=group, minimum=0)
    table = found.table.set_index([*levels, "year"])[expected.columns].astype(float)
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, rtol=1e-12)
    assert found.hidden.empty


def test_histories_are_those_of_plain_python(register, pairs):
    found = histories(register).to_pandas().sort_values(KEYS, ignore_index=True)
    expected = pairs.sort_values(KEYS, ignore_index=True)
    for column in [*KEYS, *PLACES, "poor", "fell_back", *(f"{c}_before" for c in ("poor", *COVERAGE))]:
        assert found[column].tolist() == expected[column].tolist(), column
    before, now = expected["poor_before"].astype(bool), expected["poor"]
    assert found["escaped_pct"].equals((100.0 * ~now).where(before))
    assert found["fell_pct"].equals((100.0 * now).where(~before))
    assert (found["year_before"] == found["year"] - 1).all()


def test_a_household_that_is_missing_a_year_is_not_followed_over_the_gap():
    rows = register_rows(households=5, years=(2016,)).head(1)
    years = {2016: 600.0, 2017: 3000.0, 2019: 600.0, 2020: 3000.0, 2021: 600.0}
    rows = pd.concat([rows.assign(year=y, income_vnd_k=income, urban=False) for y, income in years.items()])
    others = pd.concat([rows.head(1).assign(year=y, household="another") for y in range(2016, 2022)])
    found = histories(open_register(pd.concat([rows, others]))).to_pandas()
    found = found[found["household"] != "another"].set_index("year")
    assert found.index.sort_values().tolist() == [2017, 2020, 2021]
    assert found["fell_back"].to_dict() == {2017: False, 2020: False, 2021: True}
    assert found["escaped_pct"].dropna().to_dict() == {2017: 100, 2020: 100}


def test_histories_go_into_a_driver_model_as_they_are(register, pairs):
    past = histories(register)
    how = {"cluster": "commune", "scales": ["points"], "unique": False, "draws": 0}
    fit = fit_drivers(past.filter(past["poor_before"]), "escaped_pct", ["trained_before"], **how)
    assert fit.table["n"].item() == pairs["poor_before"].sum()


def test_one_thread_gives_the_same_digits_each_time(rows):
    """Several threads add up numbers that are not whole in another order each time."""
    engine = open_register(rows, threads=1).typed.get_backend()
    homes = pd.DataFrame(
        {"household": np.tile(np.arange(150_000), 2), "year": np.repeat([2018, 2019], 150_000)}
    )
    homes = homes.assign(commune=homes["household"] % 40, fell_pct=100 * (homes.index % 7 == 0))
    homes["income_vnd_k"] = 650 + homes["household"] % 997 * 1.1 + homes.index % 13
    how = {"cluster": "commune", "entity": "household", "unique": False, "engine": engine}
    one, other = (scan(homes, "fell_pct", ["income_vnd_k"], **how) for _ in range(2))
    for field in ("products", "sums", "means"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    np.testing.assert_array_equal(one.within.products, other.within.products)


def test_the_transitions_in_sentences(provinces):
    row = provinces.table.query("place == 'Bắc Kạn' and year == 2019").iloc[0]
    generated, _, _, first, second = provinces.text("en").splitlines()[:5]
    assert first == (
        f"Bắc Kạn: of the {row.poor_before_households} households poor at the end of 2018 and found in both reviews, "
        f"{row.escaped_households} ({row.escaped_of_poor_pct:.1f}%) had left poverty by the end of 2019; "
        f"{row.fell_households} that had not been poor became so ({row.fell_of_not_poor_pct:.1f}% of those not poor)."
    )
    assert second.startswith(f"Of these, {row.fell_back_households:.0f} fell back")
    assert generated.startswith("Illustrative data made by a computer: no household is real")
    assert provinces.illustrative and provinces.table["illustrative"].all()
    assert "\nBắc Kạn: trong " in provinces.text("vi")
    with pytest.raises(ValueError, match="'fr'"):
        provinces.text("fr")


def test_its_face_is_short_and_shows_what_may_be_published(register):
    found = transitions(register, by="district")
    assert repr(found).startswith(
        "<Transitions> Illustrative: places down to district, 2017 to 2019: 18 rows, counts below 10 hidden\n"
    )
    assert (
        len(repr(found).splitlines()) <= 15
        and "… 8 more" not in repr(found)
        and "escaped_of_poor_pct" in repr(found)
    )
    gone = found.table["escaped_of_poor_pct"].head(20).isna().sum()
    assert found._repr_html_().count("–") >= gone
    assert transitions(register, by="province", minimum=0)._sentence().endswith("9 rows, nothing hidden")


def test_small_numbers_are_not_told_in_sentences_either(register):
    found = transitions(register, by="province", minimum=400)
    assert found.table["escaped_of_poor_pct"].isna().all()
    assert "Hà Giang, end of 2019: the changes are hidden, as they, or" in found.text("en")
    assert f"Hidden cells: {len(found.hidden)}, because" in found.text("en")
    gone = found.hidden[found.hidden["column"].isin(BACK)]
    assert len(gone) and gone["year"].min() == 2018, "in 2017 nobody knew; nothing is hidden there"


def test_reviews_years_apart_are_compared_and_say_so(rows):
    """A panel of every second year: each review with the one before it, by plain pandas."""
    some = rows[rows["year"].isin([2016, 2018])]
    found = transitions(open_register(some), by="province", minimum=0)
    assert found.table[["year", "year_before"]].drop_duplicates().values.tolist() == [[2018, 2016]]
    homes = classified(some)
    both = homes[homes["year"] == 2016].merge(homes[homes["year"] == 2018], on="household")
    assert found.table.loc[found.table["level"] == "province", "followed_households"].sum() == len(both)
    escaped = (both["poor_x"] & ~both["poor_y"]).sum()
    assert found.table.loc[found.table["level"] == "province", "escaped_households"].sum() == escaped
    assert "at the end of 2016" in found.text("en")


def test_reviews_without_a_household_in_common_are_refused_with_the_reason(rows):
    register = open_register(rows[rows["year"] == 2016])
    with pytest.raises(ValueError, match="the register has 2016; expected two years or more"):
        transitions(register, by="province")
    assert histories(register).to_pandas().empty
    years = {2018: rows[rows["year"] == 2018], 2019: rows[rows["year"] == 2019]}
    years[2019] = years[2019].assign(household=years[2019]["household"].astype(int))
    same = set(years[2018]["household"].str.lstrip("0")) & set(
        years[2019]["household"].astype(str).replace("0", "")
    )
    with pytest.raises(ValueError) as told:
        transitions(open_register(years), by="province")
    assert f"no household of 2018 (such as '{years[2018]['household'].min()}') is found in 2019" in str(
        told.value
    )
    assert f"without the noughts before them {len(same):,} are" in str(told.value)


def test_a_province_of_which_nobody_is_found_again_is_warned_of(rows):
    there = (rows["province"] == "Hà Giang") & (rows["year"] == 2018)
    renamed = rows.assign(household=rows["household"].mask(there, "new " + rows["household"]))
    with pytest.warns(UserWarning, match="Hà Giang: no household of 2017 is found in 2018") as told:
        transitions(open_register(renamed), by="province")
    assert len([warning for warning in told if "Hà Giang" in str(warning.message)]) == 1


def test_bad_requests_are_refused(rows):
    register = open_register(rows)
    with pytest.raises(ValueError, match="^cannot count households:\n- by: 'household' .*\n- minimum: 1;"):
        transitions(register, by="household", minimum=1)


def test_one_household_stands_in_the_singular():
    """One home poor in 2016 alone and one in 2017 alone; then the first falls back."""
    homes = pd.DataFrame({"household": [*"123"] * 3, "year": [2016] * 3 + [2017] * 3 + [2018] * 3})
    homes["income_vnd_k"] = [600, 1600, 1600, 1600, 600, 1600, 600, 1600, 1600]
    homes = homes.assign(province="P", district="D", commune="C", urban=False)
    homes = homes.assign(**dict.fromkeys(national_standard().columns, False))
    register, how = open_register(homes), {"by": "province", "minimum": 0}
    assert review(register, **how).text("en").startswith("P, end of 2018: 1 poor household of 3 (33.33%);")
    found = transitions(register, **how)
    assert found.text("en").splitlines() == [
        "P: of the 1 household poor at the end of 2017 and found in both reviews, 1 (100.0%) had left poverty by the end "
        "of 2018; 1 that had not been poor became so (50.0% of those not poor).",
        "Of this one, 1 fell back (poor in an earlier review) and 0 became poor for the first time in the register.",
    ]
    assert found.text("vi").splitlines()[1].startswith("Trong đó, 1 hộ tái nghèo")


# What it hides

SPLIT = {"followed_households": 1} | {f"{name}_households": -1 for name in COUNTS[:4]}
FELL = {"fell_households": 1} | dict.fromkeys(BACK, -1)
POOR = {"households": 1, "poor_households": -1, "near_poor_households": -1, "not_poor_households": -1}


def tables(rows, **how):
    """Return the transitions with and without gaps, each beside the reviews of its year and of the year before."""
    register, found = open_register(rows), []
    keys = [*PLACES, *([how["group"]] if "group" in how else []), "year"]
    for minimum in (10, 0):
        counts = review(register, **how, minimum=minimum).table.set_index(keys)[[*POOR]].reset_index()
        earlier = counts.assign(year=counts["year"] + 1).set_index(keys).add_prefix("earlier_")
        moved = transitions(register, **how, minimum=minimum).table.set_index(keys)
        found.append(moved.join(counts.set_index(keys)).join(earlier))
    shown, true = found
    # Where nothing happened there is no row, but for those of which that is hidden.
    true = true.reindex(shown.index).fillna({c: 0 for c in true if c.endswith("households")})
    return keys[:-1], shown.reset_index(), true.reset_index()


def audit(levels, shown, true, relations):
    """Return which small counts can be worked out, a province and year at a time, by the relations of that year."""
    return [
        told
        for (_, year), of in true.groupby(["province", "year"])
        for told in worked_out(*(t.loc[of.index] for t in (shown, true)), levels, relations(year))
    ]


@pytest.fixture(scope="module")
def everybody():
    """Tables of places where nobody is missing."""
    return tables(small_places(1, sizes=(20, 40, 60), gaps=0))


def split(year):
    return [SPLIT, *([FELL] if year == 2018 else [])]


def test_no_small_count_stands_in_a_table_nor_can_be_worked_out(everybody):
    _, shown, _ = everybody
    counts = shown.filter(like="households")
    assert not (counts.gt(0) & counts.lt(10)).any(axis=None)
    assert counts["followed_households"].isna().any() and counts["poor_households"].notna().any()
    assert audit(*everybody, split) == []


def test_nor_by_ethnic_group_and_with_gaps():
    found = tables(small_places(3, sizes=(30,), years=(2017, 2018)), group="ethnic")
    counts = found[1].filter(like="households")
    assert not (counts.gt(0) & counts.lt(10)).any(axis=None) and counts.notna().any(axis=None)
    assert audit(*found, lambda year: [SPLIT]) == []


def test_review_and_transitions_read_side_by_side_tell_no_small_count(everybody):
    """Where nobody is missing, who stayed poor and who fell are all the poor: what one table hides, both must."""
    _, _, true = everybody
    assert (true["followed_households"] == true["households"]).all()
    now = {"poor_households": 1, "stayed_poor_households": -1, "fell_households": -1}
    before = {"earlier_poor_households": 1, "stayed_poor_households": -1, "escaped_households": -1}
    same = [{"households": 1, f"{name}households": -1} for name in ("followed_", "earlier_")]
    earlier = {f"earlier_{name}": weight for name, weight in POOR.items()}
    found = audit(*everybody, lambda year: [SPLIT, POOR, earlier, now, before, *same])
    assert found == []


def test_a_place_whose_classes_are_hidden_in_either_year_tells_no_change(everybody):
    _, shown, _ = everybody
    gone = shown[[f"{name}_households" for name in COUNTS[:4]]].isna()
    for poor in ("poor_households", "earlier_poor_households"):
        assert gone[shown[poor].isna()].all(axis=None) and shown[poor].isna().any()
    assert (gone["escaped_households"] & ~gone["stayed_poor_households"]).sum() == 0


# Waves years apart, provinces with years of their own, households that moved or are named in another way


def homes(n, year, poor, province="P", first=0, name=str):
    rows = pd.DataFrame(
        {"household": [name(first + i) for i in range(n)], "year": year, "income_vnd_k": 1500.0}
    )
    rows.loc[: poor - 1, "income_vnd_k"] = 650.0
    rows = rows.assign(province=province, district="D", commune="C", urban=False)
    return rows.assign(**dict.fromkeys(national_standard().columns, False))


def test_waves_of_every_second_or_third_year_and_a_household_that_skips_one():
    rows = pd.concat([homes(60, 2015, 40), homes(40, 2017, 10), homes(60, 2020, 30)], ignore_index=True)
    found = transitions(open_register(rows), by="province", minimum=0).table
    counts = ["year", "year_before", "followed_households", "escaped_households", "fell_households"]
    assert found[counts].values.tolist() == [[2017, 2015, 40, 30, 0], [2020, 2017, 40, 0, 20]]
    # Poor in 2015, not in 2017, poor in 2020.
    assert found["fell_back_households"].tolist()[1] == 20
    past = histories(open_register(rows)).to_pandas()
    assert past.groupby("year")["year_before"].agg(["min", "max", "size"]).values.tolist() == [
        [2015, 2015, 40],
        [2017, 2017, 40],
    ]


def test_provinces_with_years_of_their_own_are_told_how_to_follow_their_households():
    two = [
        homes(40, 2016, 20),
        homes(40, 2018, 10),
        homes(40, 2017, 20, "Q", 100),
        homes(40, 2019, 10, "Q", 100),
    ]
    with pytest.raises(
        ValueError,
        match="P: its review before 2018 is that of 2016, while the register has one of 2017; open",
    ):
        transitions(open_register(pd.concat(two, ignore_index=True)), by="province")
    more = pd.concat([*two, homes(40, 2019, 10)], ignore_index=True)
    with pytest.warns(
        UserWarning, match="Q: its review before 2019 is that of 2017, while the register has one of 2018"
    ):
        found = transitions(open_register(more), by="province", minimum=0).table
    assert found[["place", "year", "followed_households"]].values.tolist() == [
        ["", 2019, 40],
        ["P", 2019, 40],
    ]


def test_names_that_changed_in_one_province_are_warned_of():
    padded = "{:05}".format
    same = [homes(40, 2018, 20, name=padded), homes(40, 2019, 10, name=padded)]
    other = [homes(40, 2018, 20, "Q", 100, padded), homes(40, 2019, 10, "Q", 100)]
    other += [homes(40, year, 20, "Q", 500, padded).assign(district="E") for year in (2018, 2019)]
    with pytest.warns(
        UserWarning, match="^Q: 40 households are named in two ways, such as '00100' and '100', and so not"
    ):
        transitions(open_register(pd.concat([*same, *other], ignore_index=True)), by="province")


def test_who_moved_is_told_with_both_places():
    later = homes(40, 2019, 10)
    later.loc[:4, ["province", "commune"]] = ["Q", "E"]
    past = histories(open_register(pd.concat([homes(40, 2018, 20), later], ignore_index=True)))
    moved = past.filter(past["commune_before"] != past["commune"])
    flows = moved.group_by("province_before", "commune_before", "province", "commune", "year").aggregate(
        households=moved.count(), poor_households=moved["poor"].sum()
    )
    assert flows.to_pandas().values.tolist() == [["P", "C", "Q", "E", 2019, 5, 5]]


def test_with_a_key_changes_have_the_same_noise_in_every_call():
    register, secret = open_register(register_rows(4)), "a long secret of the office"
    true = transitions(register, minimum=0).table
    found, again = (transitions(register, by=by, key=secret) for by in ("commune", "district"))
    keys, counts = ["level", *PLACES, "year"], [name for name in true if name.endswith("households")]
    counts.remove("poor_before_households")
    table, true = found.table.set_index(keys)[counts], true.set_index(keys)[counts]
    off = (table - true.loc[table.index]).stack().dropna().astype(int)
    assert found.hidden.empty and off.any() and off.abs().max() <= 20
    above = again.table.set_index(keys)[counts]
    pd.testing.assert_frame_equal(table.loc[above.index], above)
    assert "random noise" in found.text("en")
