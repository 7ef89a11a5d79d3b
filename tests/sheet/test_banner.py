"""What is known by now stands in a banner, of every target with an outcome, and holds no markup of the data."""

from dataclasses import replace
from html import escape

import pytest

import povertystats as ps
from povertystats.forecasts import outlook
from povertystats.sheet.banner import banner
from povertystats.words.wording import number, quantity, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@LANGUAGES
def test_it_tells_the_main_target_and_every_other_that_has_an_outcome(card, known, facts, lang):
    text, table = banner(card, known, facts, lang), ps.outcomes(card, facts).table
    assert text.startswith('<aside class="known">') and text.endswith("</aside>")
    assert quantity(18.5, "pct", lang) in text and number(19.57 - 18.5, lang) in text
    low, high = outlook.outlook(known, card.place).interval(0.80)
    where = "inside" if low <= 18.5 <= high else "above"
    assert escape(say("sheet.known_all_missed", lang)) in text and say(f"sheet.known_{where}", lang) in text
    others = table[(table["target"] != card.main) & (table["outcome"] != "unknown")]
    assert others["target"].tolist() == ["new_jobs"] and quantity(5500, "persons", lang) in text


@LANGUAGES
def test_nothing_is_told_before_anything_is_known(card, known, facts, lang):
    assert banner(card, known, facts.as_of("2020-06-30"), lang) == ""


@LANGUAGES
def test_readings_that_came_out_differently_are_told_one_by_one(card, known, facts, lang, monkeypatch):
    came = ps.outcomes(card, facts)
    table = came.table.copy()
    table.loc[0, "outcome"] = "met"
    monkeypatch.setattr("povertystats.sheet.banner.outcomes", lambda *_: replace(came, table=table))
    text = banner(card, known, facts, lang)
    for at, result in ((0, "met"), (1, "missed")):
        wording = card.targets[at].wording[lang]
        assert escape(say(f"sheet.known_reading_{result}", lang, wording=wording)) in text


def test_what_data_hold_stays_text(card, known, facts, monkeypatch):
    came = ps.outcomes(card, facts)
    marked = tuple(replace(t, wording={"vi": "<b>x", "en": "<b>x"}) for t in came.card.targets)
    monkeypatch.setattr(
        "povertystats.sheet.banner.outcomes", lambda *_: replace(came, card=replace(card, targets=marked))
    )
    assert "<b>" not in banner(card, known, facts, "en") and "&lt;b&gt;x" in banner(card, known, facts, "en")
