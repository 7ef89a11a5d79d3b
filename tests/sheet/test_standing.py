"""Where a place stands: ranks by a sort of one's own, changes by subtraction, the same year for all."""

import pytest

from povertystats.sheet.standing import like_places, standing
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def found(known):
    return standing(known, "Bắc Kạn")


def test_ranks_and_changes_are_those_of_the_panel(known, found):
    panel = known.panel(["poor_multidim_pct"]).set_index(["place", "year"])["poor_multidim_pct"].unstack()
    now = panel[2018].dropna().sort_values(ascending=False)
    assert (found.indicator, found.year, found.first) == ("poor_multidim_pct", 2018, 2016)
    assert found.table["place"].tolist() == now.index.tolist() and len(now) == 63
    assert found.own["rank"] == 1 + (now > now["Bắc Kạn"]).sum() == 7
    change = (panel[2018] - panel[2016]).reindex(found.table["place"])
    assert found.table["change"].tolist() == pytest.approx(change.tolist())


def test_like_places_are_those_next_to_it_by_rank(found):
    like = found.like
    assert like["rank"].tolist() == list(range(4, 11)) and like["place"].iloc[3] == "Bắc Kạn"
    assert like.set_index("place")["pace"]["Bắc Kạn"] == 7


@pytest.mark.parametrize("place", ["Điện Biên", "TP. Hồ Chí Minh"])
def test_at_either_end_there_are_as_many(known, place):
    found = standing(known, place)
    assert len(found.like) == 7 and place in set(found.like["place"])


@LANGUAGES
def test_the_words_tell_rank_pace_and_the_table_all(found, lang):
    text, table = found.text(lang), like_places(found, lang)
    assert " 7 " in text and " 63 " in text and "2016" in text
    least = say("sheet.standing_pace_least", lang, first=2016, of=7)
    assert text.endswith(f"{least}.") and say("sheet.other_measure", lang) in text
    assert table.frame.iloc[3].tolist() == [7, "→ Bắc Kạn", number(25.05, lang), number(-4.63, lang)]


def test_a_district_stands_among_those_of_its_province(known):
    found = standing(known, "Pác Nặm")
    assert found is None or set(found.table["place"]) <= {
        *known.places.table.query("parent == 'Bắc Kạn'")["place"]
    }


def test_without_figures_it_stands_nowhere(facts):
    assert standing(facts.as_of("1991-01-01"), "Bắc Kạn") is None
