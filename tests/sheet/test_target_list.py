"""The list of all targets: counts, one short table and what is lacking, on ours and on packages made for the purpose."""

from itertools import product

import pandas as pd
import pytest
from helpers.markdown import lines, told
from helpers.small import rates, small

import povertystats as ps
from povertystats.sheet import target_list
from povertystats.targets.sources import settled
from povertystats.targets.verdict import chance
from povertystats.words.wording import number, probability, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@LANGUAGES
def test_the_answer_counts_each_target_once(card, lang):
    answer = target_list.answer(card, lang)
    verdicts = card.table.groupby("target")["verdict"].agg(set)
    counts = {"probable": verdicts.map(lambda some: "probable" in some).sum()}
    counts |= {name: verdicts.eq({name}).sum() for name in ("already_met", "not_assessable")}
    assert sum(counts.values()) == len(verdicts) == 9 and min(counts.values()) > 0
    assert all(told(say(f"target_list.{name}", lang, n=n)) in answer for name, n in counts.items())
    assert told(card.day(lang)) in answer and "missed" not in answer


@LANGUAGES
def test_the_table_has_the_readings_that_were_meant_with_chance_needed_and_pace(card, lang):
    frame = target_list.table(card, lang).frame
    meant = [one.meant or one.target != "poverty" for one in card.targets]
    rows = card.table[pd.Series(meant)]
    assert len(frame) == len(rows) == 13 and rows["target"].nunique() == 9
    for cells, row in zip(frame.itertuples(index=False), rows.itertuples(), strict=True):
        if row.verdict == "probable":
            assert say("scorecard.chance", lang, p=chance(row)) in cells[1]
            assert number(abs(row.required_change), lang) in cells[3]
        assert (cells[3] == "–") == (row.verdict in ("already_met", "not_assessable"))
    # Of the poor districts, which have two figures each, and of the rate, the slope between first and last.
    first, districts = frame.iloc[0], frame.iloc[2]
    series = [
        card.details[0].figures[0],
        *next(d for d in card.details if d.target.target == "poor_districts").figures,
    ]
    steps = [(s.values[-1] - s.values[0]) / (s.years[-1] - s.years[0]) for s in series]
    assert first.iloc[4] == number(steps[0], lang) and len(series) == 3
    assert all(number(step, lang) in districts.iloc[4] for step in steps[1:])
    assert say("status.preliminary", lang) in districts.iloc[2]
    assert say("status.preliminary", lang) not in first.iloc[2]
    # What a reading has in common with the one before it is said once.
    above = say("target_list.above", lang)
    assert frame.iloc[1, 0].startswith("…") and frame.iloc[1, 2] == frame.iloc[1, 4] == above


@LANGUAGES
def test_what_is_lacking_is_told_with_who_holds_it(card, lang):
    table = target_list.table(card, lang)
    shown = dict(zip(table.frame.iloc[:, 0], table.frame.iloc[:, 1], strict=True))
    lacking = [one for one in card.details if one.reason]
    assert len(lacking) == 5 and all(settled(one, lang) in shown[one.target.wording[lang]] for one in lacking)
    # Those that cannot be assessed are hatched, and they alone.
    blank = [one.target.wording[lang] for one in card.details if one.verdict == "not_assessable"]
    assert [table.frame.iloc[at, 0] for at in table.blank] == blank and len(blank) == 4
    (found,) = lines(target_list.not_meant(card, lang))
    literal = next(one for one in card.targets if not one.meant)
    assert told(literal.wording[lang]) in found and told(literal.evidence[lang]) in found


@LANGUAGES
def test_each_basis_is_told_once(card, lang):
    found = lines(target_list.bases(card, lang))
    assert len(found) == len(set(found)) and sum("…" in line for line in found) == 3
    first = [line for line in found if line.startswith(told(card.targets[0].wording[lang]))]
    assert len(first) == 1 and "…" in first[0]


@LANGUAGES
def test_why_the_targets_are_read_so_is_told_once_each(card, lang):
    found = lines(target_list.readings(card, lang))
    evidence = dict.fromkeys(one.evidence[lang] for one in card.targets)
    assert len(found) == len(evidence) < len(card.targets)
    assert all(line.endswith(told(f"{why}.")) for line, why in zip(found, evidence, strict=True))


@LANGUAGES
def test_each_chance_stands_beside_its_other_ways(card, lang):
    frame = target_list.ways(card, lang).frame
    rows = card.table[card.table["verdict"] == "probable"].query("reading != 'to_2.5'")
    assert len(frame) == len(rows) == 8 and frame.columns[1] == say("scorecard.column.probability", lang)
    for cells, row in zip(frame.itertuples(index=False), rows.itertuples(), strict=True):
        assert probability(row.probability_points, lang) == cells[2]
        assert (cells[3] == "–") == pd.isna(row.own)


@LANGUAGES
@pytest.mark.parametrize("years", [2, 9])
def test_another_package_without_words_on_who_holds_figures(lang, years):
    own = [{"reading": "a", "bound": 15.0}, {"reading": "b", "bound": 14.0}]
    held = dict.fromkeys(("settled_by_en", "settled_by_vi", "evidence_en", "evidence_vi"), "")
    facts = small(rates(years=years), [held | one for one in own])
    day = str(pd.Timestamp(facts.table["available_from"].max()).date())
    card = ps.scorecard(facts.as_of(day), place="P00")
    verdicts = set(card.table["verdict"])
    assert told(say(f"target_list.{verdicts.pop()}", lang, n=1)) in target_list.answer(card, lang)
    table = target_list.table(card, lang).frame
    for one, cell in zip(card.details, table.iloc[:, 1], strict=True):
        assert (say(f"brief.need.{one.reason}", lang) in cell if one.reason else True) and "()" not in cell


@LANGUAGES
def test_without_targets_what_is_likely_is_told(lang):
    card = ps.scorecard(small(rates(), as_of="2019-12-01"), place="P00")
    assert lines(target_list.answer(card, lang)) == [*map(told, card.text(lang).splitlines())]
    assert target_list.not_meant(card, lang) == "" == target_list.bases(card, lang)
    assert target_list.table(card, lang).frame.empty


def test_a_target_that_hangs_on_its_reading_is_neither_met_nor_missed():
    for one, other in product(("met", "missed", "already_met", "not_assessable"), repeat=2):
        expected = one if one == other else "differ"
        assert target_list._verdict(pd.Series([one, other])) == expected
    assert target_list._verdict(pd.Series(["missed", "probable"])) == "probable"
