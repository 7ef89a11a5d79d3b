"""The places within a place: rates, pace, what is asked of them and what is lacking, on ours and on foreign packages."""

from dataclasses import replace

import pandas as pd
import pytest
from helpers.markdown import told
from helpers.small import rates, small

import povertystats as ps
from povertystats.sheet import districts
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def ours(known, card):
    return districts.within(known, card)


def foreign(years=5, *, place="Land", targets=(), counts=True):
    """Return what is known of five parishes of a land, the last of them without figures; P00 has counts."""
    facts = small(rates(places=5, years=years), targets, kind="commune")
    facts = replace(facts, table=facts.table[facts.table["place"] != "P04"])
    if counts:
        last = facts.table[facts.table["place"] == "P00"].iloc[-1]
        about = facts.indicators.iloc[0].to_dict() | {
            "indicator": "poor_people",
            "unit": "persons",
            "role": "",
        }
        have = {"indicator": "poor_people", "unit": "persons", "value": 500.0}
        both = pd.concat([facts.indicators.assign(counts="poor_people / people"), pd.DataFrame([about])])
        rows = pd.concat([facts.table, pd.DataFrame([last.to_dict() | have])], ignore_index=True)
        facts = replace(facts, indicators=both[facts.indicators.columns], table=rows[facts.table.columns])
    known = facts.as_of(str(pd.Timestamp(facts.table["available_from"].max()).date()))
    return known, districts.within(known, ps.scorecard(known, place=place))


def test_rates_and_paces_are_those_of_the_package(ours, known):
    assert ours.kind == "district" and len(ours.table) == len(ours.known) == 8
    assert ours.table["value"].is_monotonic_decreasing and "Ba Bể + Pác Nặm" not in set(ours.table["place"])
    for row in ours.known.itertuples():
        series = known.series("poor_household_pct", place=row.place)
        assert (row.value, row.year, row.standard) == (
            series.values[-1],
            series.years[-1],
            "multidim_2016_2020",
        )
        years = series.years[-1] - series.years[0]
        assert years == 0 or row.pace == pytest.approx((series.values[-1] - series.values[0]) / years)
        assert pd.isna(row.pace) == (years == 0)
    # What a standard before said is no figure of this one.
    by_place = ours.table.set_index("place")
    assert pd.isna(by_place.at["Ba Bể", "pace"]) and by_place.at["Pác Nặm", "first"] == 50.84


def test_a_target_asks_for_changes_of_the_places_that_it_names_and_of_no_other(ours, card):
    asked = ours.table[ours.table["needed_low"].notna()].set_index("place")
    named = {place for one in card.targets if one.target == "poor_districts" for place in one.places}
    assert (
        set(asked.index) == named
        and (asked["needed_low"] == -4).all()
        and (asked["needed_high"] == -3.5).all()
    )
    # A total that nobody published is that of the count and of the rate of one day.
    assert asked.at["Ngân Sơn", "total"] == pytest.approx(2543 / 0.3429)
    assert pd.isna(asked.at["Pác Nặm", "total"]) and asked.at["Pác Nặm", "counted"] == 2770


@LANGUAGES
def test_readers_see_what_is_known_and_what_is_not(ours, lang):
    answer = ours.answer(lang)
    assert all(
        told(part) in answer for part in ("Pác Nặm", "TP. Bắc Kạn", number(35.22, lang), number(19.57, lang))
    )
    frame = districts.table(ours, lang).frame
    assert len(frame) == 8 and "260 / 300" in frame.iloc[1, 3] and frame.iloc[2, 2] == "–"
    lines = ours.text(lang).splitlines()
    assert lines[0] == say("districts.all_preliminary", lang) and len(lines) == 3
    assert all("Ba Bể" in line and "Ngân Sơn" not in line for line in lines[1:])
    drawn = districts.picture(ours, lang)
    assert (
        len(drawn.data) == 8
        and drawn.alt.replace("TP. ", "").count(". ") == 1
        and drawn.title
        and drawn.narrow()
    )


@LANGUAGES
def test_a_foreign_package_with_a_place_without_figures(lang):
    target = {"place": "P00; P01", "where": "Land", "kind": "change", "bound": -1.5, "unit": "pp"}
    _, found = foreign(targets=[target])
    by_place = found.table.set_index("place")
    assert found.kind == "commune" and len(by_place) == 5 and len(found.known) == 4 and found.around is None
    assert by_place["needed_low"].notna().sum() == 2 and by_place.at["P00", "needed_low"] == -1.5
    assert by_place.at["P00", "total"] == pytest.approx(50000 / by_place.at["P00", "value"])
    said = found.text(lang)
    assert say("districts.lacking_rate", lang, places="P04") in said
    assert len(said.splitlines()) == 2 and "P00" not in said
    assert found.places.word("commune", lang, many=True) in found.answer(lang)
    assert "districts." not in said and say("status.preliminary", lang) not in said


@LANGUAGES
def test_one_figure_each_has_no_pace_and_no_column_for_it(lang):
    _, found = foreign(years=1, counts=False)
    assert found.known["pace"].isna().all() and say("districts.lacking_pace_all", lang) in found.text(lang)
    assert say("districts.lacking_count_all", lang) in found.text(lang)
    assert len(districts.table(found, lang).frame.columns) == 2


@LANGUAGES
def test_without_places_or_figures_the_reason_is_told(known, lang):
    for place, key in (("Pác Nặm", "none"), ("Hà Giang", "no_rate")):
        found = districts.within(known, ps.scorecard(known, place=place))
        about = {"place": place, "n": len(found.table), "kinds": found.word(lang)}
        assert found.answer(lang) == told(say(f"districts.{key}", lang, **about))
        assert districts.picture(found, lang) is None and found.text(lang) == ""


def test_places_that_had_ended_on_the_day_are_left_out(facts, known, card):
    places = known.places.table.copy()
    places.loc[places["place"] == "Na Rì", "last_day"] = pd.Timestamp("2019-12-31")
    later = replace(known, places=replace(known.places, table=places))
    assert "Na Rì" not in set(districts.within(later, ps.scorecard(later, place="Bắc Kạn")).table["place"])
