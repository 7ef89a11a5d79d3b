"""A change of a rate in what it counts: by hand, and left out where the counts are not known."""

import pytest

import povertystats as ps
from povertystats.sheet.counts import about, counts_behind, counts_of
from povertystats.words.wording import number

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def test_points_are_so_many_of_the_last_total(card, known):
    table = counts_behind(card, known).table.set_index("what")
    needed = table.loc["needed"]
    assert needed["change_pp"].tolist() == [-2.0, -2.5]
    assert needed["value"].tolist() == pytest.approx([-0.02 * 80276, -0.025 * 80276])
    assert table.loc["left", "value"] == 16003 - 17435
    assert table.loc["beside", ["value", "of"]].tolist() == [8668, 10.8]
    # The count is of a preliminary review; the rate of the year was published later.
    by_rate = 0.1957 * 80276 - 17435
    assert table.loc["left", ["rate", "by_rate"]].tolist() == pytest.approx([19.57, by_rate])


@LANGUAGES
def test_the_text_rounds_what_points_cannot_tell_and_says_what_is_preliminary(card, known, lang):
    text = counts_behind(card, known).text(lang)
    for value in (1600, 2000, 80276, 1432, 17435, 16003, 8668):
        assert number(value, lang, 0) in text
    assert text.count({"vi": "sơ bộ", "en": "preliminary"}[lang]) == 2


def test_two_digits_are_kept():
    assert [about(x) for x in (1605.52, -2006.9, 87.4, 3, 0.12)] == [1600, -2000, 87, 3, 0.12]


def test_where_counts_are_not_known_nothing_is_said(known):
    card = ps.scorecard(known, place="Hà Giang")
    found = counts_behind(card, known)
    # A near-poor rate of years before stands beside nothing.
    assert found.table.empty and found.text("vi") == ""
    assert counts_of(known, "poor_multidim_pct", "Hà Giang") == (None, None)


def test_of_figures_years_apart_no_fall_of_a_year_is_told(card, facts):
    # Before the count of 2019 came, those known were of 2016 and 2018.
    early = facts.as_of("2019-06-30")
    table = counts_behind(ps.scorecard(early, place="Bắc Kạn"), early).table
    assert "left" not in set(table["what"])
