"""A package tells its titles in the languages of its readers: any of them, and one is enough."""

import pytest
from helpers.packages import foreign, written

import povertystats as ps

HEAD = "indicator,unit,instrument"


def load(folder, indicators):
    return ps.load_facts(written(folder, {**foreign(), "indicators": indicators}, extends=False))


@pytest.mark.parametrize(
    ("columns", "words", "titles"),
    [
        ("title_vi", "Đói", {"vi": "Đói", "en": "Đói"}),
        ("title_en", "Hunger", {"vi": "Hunger", "en": "Hunger"}),
        ("title_id", "Lapar", {"vi": "Lapar", "en": "Lapar"}),
        ("title_id,title_en", "Lapar,Hunger", {"vi": "Hunger", "id": "Lapar"}),
        ("title_pt_BR,title_en", "Fome,", {"en": "Fome", "pt_BR": "Fome"}),
    ],
)
def test_one_language_is_enough_and_any_is_read(tmp_path, columns, words, titles):
    facts = load(tmp_path / "a", f"{HEAD},{columns}\nhunger_pct,pct,survey,{words}\n")
    found = facts.titles("hunger_pct")
    assert {lang: found[lang] for lang in titles} == titles
    assert words.split(",")[0] in facts.peer_group("hunger_pct", "Nusaaa").text("vi") or "Hunger" in words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}\nhunger_pct,pct,survey\n", "said in no language"),
        (f"{HEAD},title_vi,title_en\nhunger_pct,pct,survey,,\n", "said in no language"),
        (f"{HEAD},title_vn\nhunger_pct,pct,survey,a\n", "did you mean title_vi"),
        (f"{HEAD},title_xx,title_en\nhunger_pct,pct,survey,a,b\n", "this column is not known"),
    ],
)
def test_words_in_no_language_are_told(tmp_path, text, said):
    with pytest.raises(ps.DataError, match=said):
        load(tmp_path / "a", text)


def test_languages_that_changed_places_are_told_and_names_in_another_are_none(tmp_path):
    both = ["Tỷ lệ hộ nghèo ở Cao Bằng", "Poor households in Cao Bằng"]
    words = f"{HEAD},title_vi,title_en\nhunger_pct,pct,survey,{{}},{{}}\n"
    with pytest.raises(ps.DataError, match=r"title_vi.*as title_en"):
        load(tmp_path / "a", words.format(*both[::-1]))
    for number, right in enumerate((both, [both[0]] * 2, [both[1]] * 2, ["Ngheo", "Nghèo"[:2]])):
        assert load(tmp_path / f"{number}", words.format(*right))
