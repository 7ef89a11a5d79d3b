"""Peers are of the package, of the same kind, and named; so is the rate that pages speak of."""

from dataclasses import replace

import pandas as pd
import pytest
from helpers.packages import foreign, written

import povertystats as ps


@pytest.fixture
def load(tmp_path):
    return lambda files, **about: ps.load_facts(written(tmp_path / "mine", files, extends=False, **about))


def test_the_same_indicator_in_places_of_the_same_kind_teaches(load):
    facts = load(foreign(), country="Erewhon", country_vi="Ê-rê-hoan")
    group = facts.peer_group("hunger_pct", place="Nusaaa")
    own = facts.panel(["hunger_pct"])
    pd.testing.assert_frame_equal(group.table, own, check_column_type=False)
    assert (group.own, group.places, group.kind, group.first_year, group.last_year) == (
        True,
        5,
        "province",
        2015,
        2023,
    )
    assert (
        group.text("en")
        == "Peers, the places it is compared with, are 5 provinces of Erewhon: hunger, 2015 to 2023; {}.".format(
            "the comparable series are theirs and those of Nusaaa itself"
        )
    )
    assert group.text("vi") == "Nhóm so sánh là 5 tỉnh của Ê-rê-hoan: hunger, 2015–2023; {}.".format(
        "các chuỗi so sánh được gồm chuỗi của các nơi ấy và của chính Nusaaa"
    )
    pd.testing.assert_frame_equal(facts.peers("hunger_pct"), own, check_column_type=False)


def test_sisters_teach_where_they_suffice_else_all_of_the_kind(load):
    two = foreign(places=9, kind="district", parents=("North", "South"))
    above = pd.DataFrame(
        [["1", "North", "province", ""], ["2", "South", "province", ""]], columns=two["places"].columns
    )
    two["places"] = pd.concat([above, two["places"]])
    facts = load(two)
    sisters = facts.peer_group("hunger_pct", place="Nusaaa")
    assert (sisters.parent, sisters.places) == ("North", 4) and "districts of North" in sisters.text("en")
    # Four lie in the South: three others are enough, two are not.
    assert facts.peer_group("hunger_pct", place="Nusaab").places == 3
    fewer = replace(facts, table=facts.table[facts.table["place"] != "Nusaad"])
    every = fewer.peer_group("hunger_pct", place="Nusaab")
    assert (every.parent, every.places) == ("", 7)


@pytest.mark.parametrize(
    ("places", "years"), [(3, range(2015, 2024)), (9, range(2015, 2017)), (1, range(2015, 2024))]
)
def test_too_few_are_no_peers_and_that_is_said(load, places, years):
    facts = load(foreign(places, years))
    group = facts.peer_group("hunger_pct", place="Nusaaa")
    assert group.places == 0 and list(group.table) == ["place", "year"] and group.first_year is None
    assert group.text("en").startswith("There are no peers") and group.text("vi").startswith("Không có")


def test_what_a_package_declares_teaches_where_the_indicator_is_of_one_place(load):
    files = foreign()
    survey = files["mine"]
    own = survey[survey["place"] == "Nusaaa"].assign(indicator="review_pct")
    files["mine"] = pd.concat([survey, own])
    files["indicators"] = (
        "indicator,unit,instrument,peers,title_vi,title_en\n"
        "hunger_pct,pct,survey,,Đói,Hunger\nreview_pct,pct,review,hunger_pct,Rà soát,Review\n"
    )
    group = load(files).peer_group("review_pct", place="Nusaaa")
    assert (group.indicators, group.own, group.places) == (("hunger_pct",), False, 5)
    assert group.instruments == {"hunger_pct": "survey"}
    said = "Peers, the places it is compared with, are 5 provinces of Erewhon: Hunger (survey), 2015 to 2023"
    assert group.text("en").startswith(f"{said}; ") and "Nusaaa itself" in group.text("en")
    # Of all places there is no own series among others.
    without = replace(group, table=group.table[group.table["place"] != "Nusaaa"])
    assert without.text("en") == f"{said}." == replace(group, place="").text("en")


def test_ours_are_of_two_instruments_the_own_one_first(facts, known):
    group = known.peer_group("poor_household_pct", place="Bắc Kạn")
    assert (
        group.indicators == ("poor_household_pct", "poor_income_pct", "poor_multidim_pct") and not group.own
    )
    pd.testing.assert_frame_equal(group.table, known.peers("poor_household_pct"))
    review, survey = (
        [name for name, by in group.instruments.items() if by == wanted] for wanted in ("review", "survey")
    )
    assert [*group.instruments] == [*group.table.columns[2:]] == [*review, *survey]
    standards = ("income_2011_2015", "multidim_2016_2020")
    assert review == [f"poor_household_pct@{standard}" for standard in standards]
    # Provinces alone, each figure as the package has it on the day; the country and districts are none of them.
    rates = known.table[
        (known.table["indicator"] == "poor_household_pct")
        & known.table["status"].isin(["official", "derived", "preliminary", "estimate"])
        & (known.table["bound"] == "")
        & known.table["place"].isin(known.places.provinces)
    ]
    for column, standard in zip(review, standards, strict=True):
        of = rates[rates["standard"] == standard]
        held = group.table.set_index(["place", "year"])[column].dropna()
        assert set(held.index) == set(of[["place", "year"]].itertuples(index=False, name=None))
    held = group.table.set_index(["place", "year"])[review[1]].dropna()
    assert held["Điện Biên"].to_dict() == {2017: 41.01, 2018: 37.08, 2019: 33.05}
    assert "the rate of poor households (yearly review), in 40 of them" in group.text("en")
    assert "có ở 40 nơi trong số đó" in group.text("vi")
    alike = known.peer_group("poor_multidim_pct", place="Cao Bằng")
    assert alike.own and set(alike.instruments.values()) == {"survey"}
    # Where others have none of it, the own indicator teaches nobody.
    assert {*known.peer_group("trained_labour_pct", place="Bắc Kạn").instruments} == {
        "trained_pct",
        "trained_pct@2015",
    }
    assert "62 provinces of Viet Nam" in group.text("en") and "62 tỉnh của Việt Nam" in group.text("vi")
    with pytest.raises(LookupError, match="Bac Kam"):
        known.peers("poor_household_pct", "Bac Kam")


def test_the_outcome_is_that_of_the_first_target_else_of_the_package(facts, known):
    found = {place: known.outcome(place) for place in ("bac kan", "Cao Bằng", "Pác Nặm")}
    assert found == {
        "bac kan": "poor_household_pct",
        "Cao Bằng": "poor_multidim_pct",
        "Pác Nặm": "poor_household_pct",
    }
    # Of two outcomes the one with the latest figure; of the same year the first.
    old = facts.as_of("2013-01-01")
    assert old.outcome("Cao Bằng") == "poor_income_pct"
    assert facts.as_of("2001-01-01").outcome("Cao Bằng") is None


def test_without_an_outcome_it_is_the_rate_with_most_figures(load):
    files = foreign()
    more = files["mine"].assign(indicator="schools", unit="schools", value=9)
    less = files["mine"][files["mine"]["year"] < 2020].assign(indicator="thirst_pct")
    files["mine"] = pd.concat([less, more, files["mine"]])
    assert load(files).outcome("nusaaa") == "hunger_pct"
    files["targets"] = (
        "target,reading,place,where,indicator,kind,direction,bound,unit,year,wording_vi,wording_en,source_id,available_from\n"
        "water,a,Nusaaa,Nusaaa,schools,level,at_least,10,schools,2025,x,x,office,2024-01-01\n"
        "water,b,Nusaaa,Nusaaa,thirst_pct,level,at_most,10,pct,2025,x,x,office,2024-01-01\n"
    )
    facts = load(files)
    assert facts.outcome("Nusaaa") == "thirst_pct" and facts.outcome("Nusaab") == "hunger_pct"


def test_bounds_teach_nothing_and_few_figures_are_no_rate_to_speak_of(facts, known):
    # Kon Tum has three bounds of the review, Trà Vinh one figure of it, Điện Biên three.
    assert [known.outcome(p) for p in ("Kon Tum", "Trà Vinh", "Điện Biên")] == [
        "poor_multidim_pct",
        "poor_multidim_pct",
        "poor_household_pct",
    ]
