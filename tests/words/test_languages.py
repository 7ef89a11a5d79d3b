"""A third language is one file: its sentences are said, all others in English, numbers and dates by its own rules."""

import datetime

import pytest
from matplotlib.text import Text

import povertystats as ps
from povertystats.cli import main
from povertystats.exhibits import forecast_plots, tables
from povertystats.exhibits.workbook import write_workbook
from povertystats.pages import brief
from povertystats.pages.site import write_pages
from povertystats.words.errors import InvalidValue, MissingFile, NotFound, Refused
from povertystats.words.glossary import glossary
from povertystats.words.languages import LANGUAGES, Words, sentences
from povertystats.words.wording import Sentence, date, moment, number, probability, say

FRENCH = """
[probability]
under = "moins de 1 %"

[forecast]
shared = "Environ {shared:n0}% de l'incertitude est commune."

[plot.fan]
median = "prévision (médiane)"

[brief]
known = "Avec ce qui était connu le {day}."
scorecard = "Objectifs de {place}"

[scorecard.headline]
reading = "{wording} : {p:prob}."
"""


@pytest.fixture
def french(tmp_path):
    path = tmp_path / "fr.toml"
    path.write_text(FRENCH, encoding="utf-8")
    return str(path)


def test_the_languages_are_the_files():
    assert LANGUAGES == ("vi", "en")


def test_a_sentence_of_the_file_is_said_and_any_other_in_english(french):
    assert probability(0.004, french) == "moins de 1 %"
    assert probability(0.996, french) == "over 99%"
    assert sentences(french).keys() == sentences("en").keys()


def test_numbers_and_dates_are_written_as_in_the_locale_that_the_file_is_named_after(french, tmp_path):
    assert number(-1234.5, french, 1) == "−1\u202f234,5"
    assert date(datetime.date(2020, 5, 7), french) == "7 mai 2020"
    assert moment("2019-11", 2019, french) == "novembre 2019"
    nowhere = tmp_path / "xx.toml"
    nowhere.write_text("", encoding="utf-8")
    assert number(-1234.5, str(nowhere), 1) == "−1,234.5"


def test_a_scorecard_a_forecast_a_table_a_plot_and_a_piece_of_the_brief(french, card, ahead, known):
    said = card.headline(french).splitlines()
    assert said[0] == "Share of poor households down by at least 2 percentage points over the year : 62%."
    assert said[2].endswith(" : moins de 1 %.") and said[3].startswith("Basis: own figures of Bắc Kạn (5)")
    assert "7 mai 2020" in card.text(french)

    english, ours = ahead.text("en").splitlines(), ahead.text(french).splitlines()
    assert ours == [*(line.replace(".", ",").removesuffix(",") + "." for line in english[:-1]), ours[-1]]
    assert ours[-1] == "Environ 76% de l'incertitude est commune."
    assert tables.short_scorecard(card, french).caption == "Objectifs de Bắc Kạn"
    levers = tables.levers(known, french)
    assert levers.frame.equals(tables.levers(known, "en").frame)

    fan = forecast_plots.fan(ahead, french, goals=[], title="x")
    labels = {text.get_text() for text in fan.figure.findobj(Text)}
    assert {"prévision (médiane)", "figures known"} <= labels

    answer = brief.answer(card, known, french)
    assert "Avec ce qui était connu le 7 mai 2020." in answer and "how likely are the targets" in answer


def test_every_other_text_is_there_in_a_language_of_one_file(french, known, facts, card, tmp_path):
    texts = [
        ps.national_standard("multidim_2022_2025").text(french),
        ps.credit_study(facts).text(french),
        ps.programme_coverage(facts).text(french),
        ps.scenario(known, later=facts).text(french),
        ps.scenario(known, later=facts).what_if({"training": 2.5}).text(french),
        ps.outcomes(card, facts).text(french),
        brief.unknowns(card, known, french),
    ]
    assert all(len(text) > 100 and "{" not in text for text in texts)
    assert write_workbook(card, known, tmp_path / "card.xlsx", french).exists()
    assert (
        known.series("poor_household_pct", place="Bắc Kạn")
        .plot(french)
        .alt.startswith("Line chart of Bắc Kạn")
    )


def test_the_command_speaks_it_and_pages_need_notebooks(french, capsys, tmp_path):
    main(["scorecard", "--as-of", "2020-05-07", "--lang", french])
    assert "7 mai 2020" in capsys.readouterr().out
    with pytest.raises(NotFound, match="there are no notebooks in the language"):
        write_pages(tmp_path, place="Bắc Kạn", as_of="2020-05-07", languages=[french])


def test_a_term_has_its_english_words_in_a_language_without_a_glossary(french):
    assert "association" in set(glossary(french)["term"])


def test_words_fall_back_to_english_and_then_to_any_language():
    title = Words.of({"title_vi": "tỉnh", "title_en": "province", "title_fr": "", "title": "x"}, "title_")
    assert title == {"vi": "tỉnh", "en": "province"}
    assert (title["vi"], title["fr"], title["folder/vi.toml"]) == ("tỉnh", "province", "tỉnh")
    assert (Words(vi="tỉnh")["en"], Words()["en"]) == ("tỉnh", "")


def test_a_sentence_is_said_with_words_of_the_same_language():
    step = Sentence("long_difference.step.level", name=Words(vi="đường", en="roads"), first=2010, last=2010)
    assert "đường" in step["vi"] and "roads" in step["en"]
    assert step["vi"] == say("long_difference.step.level", "vi", name="đường", first=2010, last=2010)


def test_every_problem_of_a_language_file_is_named(tmp_path):
    path = tmp_path / "fr.toml"
    path.write_text('[odds]\nabout = "{n} sur {m}"\nnearly = "presque"\nover = 1\nunder = "{"\n', "utf-8")
    with pytest.raises(Refused) as caught:
        say("odds.about", str(path), n=1, d=2)
    assert caught.value.problems == [
        "odds.about: {m} is not among its values",
        "odds.nearly: there is no such sentence in English",
        "odds.over: expected a text, not 1",
        "odds.under: Single '{' encountered in format string",
    ]


def test_a_language_without_a_file_is_named(tmp_path):
    with pytest.raises(InvalidValue, match="'fr' is not known; choose one of vi, en, or a language file"):
        say("odds.about", "fr", n=1, d=2)
    with pytest.raises(MissingFile, match=r"cannot speak the language of .*de.toml: there is no file"):
        say("odds.about", str(tmp_path / "de.toml"), n=1, d=2)
    path = tmp_path / "it.toml"
    path.write_bytes(b"[")
    with pytest.raises(Refused, match="it is not TOML in UTF-8"):
        say("odds.about", str(path), n=1, d=2)
