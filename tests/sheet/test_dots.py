"""So many dots are filled as the chance has hundredths, and bars tell the kinds of year."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import povertystats as ps
from povertystats.exhibits.figure import NARROW
from povertystats.sheet.dots import asked, chance_picture
from povertystats.targets.verdict import chance
from povertystats.words.wording import number, odds

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def dots(figure):
    """Return how many of the dots of each panel are filled."""
    return [
        sum(len(line.get_xdata()) for line in axes.lines if to_hex(line.get_color()) != "#e4e4e4")
        for axes in figure.axes
        if sum(len(line.get_xdata()) for line in axes.lines) == 100
    ]


@LANGUAGES
def test_the_dots_are_the_chances(card, lang):
    picture = chance_picture(card, lang)
    rows = [
        row
        for t, row in zip(card.targets, card.table.itertuples(), strict=True)
        if t.target == "poverty" and t.meant
    ]
    for figure in (picture.figure, picture.narrow()):
        drawn = [n for part in figure.subfigs for n in dots(part)]
        assert drawn == [round(100 * chance(row)) for row in rows] and len(rows) == 2
    assert picture.narrow().get_figwidth() == NARROW
    assert all(odds(chance(row), lang) in picture.alt for row in rows)
    assert picture.alt.count(". ") <= 1


def test_the_numbers_are_those_of_the_kinds_of_year(card):
    data = chance_picture(card, "en").data
    first = data[data["wording"] == card.targets[0].wording["en"]].set_index("year")["low_pct"]
    by_year = card.details[0].by_year
    assert first["all"] == pytest.approx(100 * card.table["probability"][0])
    np.testing.assert_allclose(
        [first[k] for k in ("good", "ordinary", "bad")],
        [100 * by_year.chance(k) for k in ("good", "ordinary", "bad")],
    )


@LANGUAGES
def test_a_reading_is_asked_for_in_few_words(card, lang):
    assert number(2.5, lang, 1) in asked(card.targets[1], lang) and len(asked(card.targets[1], lang)) < 40
    merit = next(t for t in card.targets if t.kind == "all_of")
    assert asked(merit, lang) == merit.wording[lang]


def test_without_a_chance_there_is_no_picture(known):
    assert chance_picture(ps.scorecard(known, place="Hà Giang"), "vi") is None
