"""What to do now rests on the scorecard and the package; what they do not carry is left out."""

import pytest

import povertystats as ps
from povertystats.sheet.actions import actions
from povertystats.sheet.dots import in_one, printed
from povertystats.words.wording import number, quantity, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@LANGUAGES
def test_each_action_has_its_figures(card, known, lang):
    correct, by_place, lists, ask, again = actions(card, known, lang)
    literal = next(t for t in card.targets if not t.meant)
    assert printed(literal, lang) in correct and quantity(17.07, "pp", lang) in correct
    assert in_one([t for t in card.targets if t.target == "poverty" and t.meant], lang) in correct
    # 2,543 poor households are 34.29 % of those of Ngân Sơn, of which the target asks 3.5 to 4 points.
    ends = [2543 / 34.29 * points for points in (3.5, 4)]
    assert [round(end, -1) for end in ends] == [260, 300]
    assert all(number(end, lang, 0) in by_place for end in (260, 300)) and "Pác Nặm" in by_place
    assert "Pác Nặm" in lists and "Ngân Sơn" in lists and quantity(394, "households", lang) in lists
    assert ask == say("sheet.ask", lang)
    assert {"vi": "30/6/2020", "en": "30 June 2020"}[lang] in again


@pytest.mark.parametrize(
    ("day", "words"),
    [("2020-05-07", "30 June 2020"), ("2020-06-10", "30 September 2020"), ("2020-12-20", "figure of 2020")],
)
def test_one_looks_again_while_there_is_time(facts, day, words):
    known = facts.as_of(day)
    assert words in actions(ps.scorecard(known, place="Bắc Kạn"), known, "en")[-1]


def test_a_place_without_targets_has_nothing_to_do(known):
    assert actions(ps.scorecard(known, place="Hà Giang"), known, "vi") == []
