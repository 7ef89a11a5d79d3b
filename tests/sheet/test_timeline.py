"""Targets against results: those of the sources, one row a year, nothing of a later day."""

import pytest

import povertystats as ps
from povertystats.exhibits.figure import NARROW
from povertystats.sheet.timeline import draw_timeline, timeline
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def test_each_year_has_its_target_and_its_result(card, known):
    table = timeline(card, known).table.set_index("year")
    assert table.loc[[2018, 2019], ["low", "high", "result"]].values.tolist() == [
        [-2.7, -2.7, pytest.approx(-2.65)],
        [-2.5, -2.5, pytest.approx(-2.31)],
    ]
    # Targets that speak of other people than all of the place are none of it.
    assert table.loc[[2016, 2017], "low"].isna().all() and table.loc[2020, ["low", "high"]].tolist() == [
        -2.5,
        -2.0,
    ]
    assert table["result"].isna().tolist() == [False] * 4 + [True]


def test_once_it_is_known_the_result_stands_beside(card, facts):
    table = timeline(card, facts).table.set_index("year")
    assert table.loc[2020, "result"] == pytest.approx(-1.07) and table.loc[2020, "high"] == -2.0


@LANGUAGES
def test_the_sentence_counts_and_the_picture_shows_both(card, known, lang):
    found = timeline(card, known)
    assert all(number(gap, lang) in found.text(lang) for gap in (0.05, 0.19))
    picture = draw_timeline(found, lang)
    words = [text.get_text() for text in picture.figure.axes[0].texts]
    for value in (-2.79, -2.08, -2.65, -2.31):
        assert number(value, lang) in words
    assert f"{say('plot.timeline.aim', lang)}\n{number(-2.7, lang, 1)}" in words and "?" in words
    assert number(-2.5, lang, 1) in words and found.text(lang) in picture.alt
    assert picture.narrow().get_figwidth() == NARROW


def test_a_level_that_was_aimed_at_is_a_change_on_the_year_before(facts):
    place = "TP. Bắc Kạn"
    card = ps.scorecard(facts.as_of("2020-05-07"), place=place)
    table = timeline(card, facts.as_of("2020-05-07")).table.set_index("year")
    # Three levels were named for 2018 (2.2 to 2.4 %), from 2.5 % the year before.
    assert table.loc[2018, ["low", "high"]].tolist() == pytest.approx([-0.3, -0.1])


def test_without_figures_there_is_no_timeline(facts):
    early = facts.as_of("1991-01-01")
    assert timeline(ps.scorecard(early, place="Bắc Kạn"), early) is None
