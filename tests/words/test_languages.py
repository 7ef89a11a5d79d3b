"""A third language is one file: its sentences are said, all others in English, numbers and dates by its own rules."""

import datetime
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from helpers.html import Html
from matplotlib.text import Text

import povertystats as ps
from povertystats.cli import main
from povertystats.exhibits import forecast_plots, tables
from povertystats.exhibits.workbook import write_workbook
from povertystats.pages.menu import notebook_of, page_name
from povertystats.pages.site import write_pages
from povertystats.sheet import brief, target_list
from povertystats.words.errors import InvalidValue, MissingFile, Refused
from povertystats.words.glossary import glossary
from povertystats.words.languages import LANGUAGES, Words, sentences
from povertystats.words.wording import Sentence, date, language_name, moment, number, probability, say

FRENCH = """
[probability]
under = "moins de 1 %"

[forecast]
shared = "Environ {shared:n0}% de l'incertitude est commune."

[plot.fan]
hill = "chances de chaque niveau"

[brief]
known = "Avec ce qui était connu le {day}."
scorecard = "Objectifs de {place}"

[scorecard.headline]
reading = "{wording} : {p:prob}."
"""

INDONESIAN = """
[page]
index = "Beranda"
language = "Bahasa Indonesia"

[page.name]
forecast = "Prakiraan"

[forecast]
shared = "Sekitar {shared:n0}% ketidakpastian sama bagi semua tempat."

[plot.fan]
hill = "kemungkinan tiap tingkat"
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
    assert said[0].startswith(
        "Share of poor households down by at least 2 percentage points over the year : "
    )
    assert said[2].endswith(" : moins de 1 %.") and said[3].startswith("Basis: own figures of Bắc Kạn (5)")
    assert "7 mai 2020" in card.text(french)

    english, ours = ahead.text("en").splitlines(), ahead.text(french).splitlines()
    assert ours == [*(line.replace(".", ",").removesuffix(",") + "." for line in english[:-1]), ours[-1]]
    assert ours[-1] == f"Environ {100 * ahead.shared[-1]:.0f}% de l'incertitude est commune."
    assert target_list.table(card, french).caption == "Objectifs de Bắc Kạn"
    levers = tables.levers(known, french)
    assert levers.frame.equals(tables.levers(known, "en").frame)

    fan = forecast_plots.fan(ahead, french, goals=[], title="x")
    labels = {text.get_text() for text in fan.figure.findobj(Text)}
    assert "chances de chaque niveau" in labels and any("forecast" in label for label in labels)

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
    assert known.series("poor_household_pct", place="Bắc Kạn").plot(french).alt.startswith("Lines of Bắc Kạn")


def test_the_command_speaks_it(french, capsys):
    main(["scorecard", "--as-of", "2020-05-07", "--lang", french])
    assert "7 mai 2020" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_whole_pages_follow_it_and_say_what_is_english(tmp_path, monkeypatch):
    (tmp_path / "id.toml").write_text(INDONESIAN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = {"place": "Bắc Kạn", "as_of": "2020-05-07", "notebooks": "03_forecast", "executed": "run"}
    made = write_pages("out", languages=["id.toml"], report=lambda line: None, **asked)
    assert [path.name for path in made] == ["forecast.id.html", "index.html"]
    page, index = (Html(path.read_text("utf-8")) for path in made)
    for one in (page, index):
        assert one.lang == "id" and "Beranda" in one.text + "".join(page.texts("a"))
        assert "sentences of id.toml are in Bahasa Indonesia; the running text" in one.text
    assert "7 Mei 2020" in index.text and "Prakiraan" in page.texts("a")
    # Sentences, tables and figures have its words and its decimal comma; the prose is marked as English.
    figures = [cell for cell in page.texts("td") if re.fullmatch(r"[−+]?[\d.,]+%?", cell)]
    assert re.search(r"Sekitar \d\d% ketidakpastian", page.text)
    assert not [cell for cell in figures if "." in cell] and any("," in cell for cell in figures)
    drawn = "".join(path.read_text("utf-8") for path in Path("out/files").glob("forecast.id-*.svg"))
    assert "kemungkinan tiap tingkat" in drawn and re.search(r"\d,\d", drawn)
    assert {attrs["lang"] for _, attrs, _ in page.all("p") if "lang" in attrs} == {"en"}
    # As it was run, for whoever works on with it: no cell that this puts in.
    kept = nbformat.read("run/id/03_forecast.ipynb", as_version=4)
    ours = nbformat.read(notebook_of("03_forecast", "en"), as_version=4)
    assert [cell.source for cell in kept.cells] == [cell.source for cell in ours.cells]


def test_two_languages_of_one_name_and_a_file_that_is_not_there_are_refused(french, tmp_path):
    (tmp_path / "other").mkdir()
    other = shutil.copy(french, tmp_path / "other")
    asked = {"place": "Bắc Kạn", "as_of": "2020-05-07"}
    with pytest.raises(InvalidValue, match="expected different names"):
        write_pages(tmp_path / "out", languages=[french, str(other)], **asked)
    with pytest.raises(MissingFile, match="none.toml: there is no file"):
        write_pages(tmp_path / "out", languages=[str(tmp_path / "none.toml")], **asked)


def test_a_language_says_its_name_or_its_locale_does(french, tmp_path):
    (tmp_path / "xx.toml").write_text("", encoding="utf-8")
    names = [language_name(lang) for lang in ("vi", "en", french, str(tmp_path / "xx.toml"))]
    assert names == ["Tiếng Việt", "English", "français", "xx"]
    assert page_name("00_brief", french) == "brief.fr.html"


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


def test_a_file_that_changed_and_another_of_its_name_are_read_again(tmp_path, monkeypatch):
    for folder, known in (("one", "Un"), ("two", "Deux")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        Path("fr.toml").write_text(f'[probability]\nunder = "{known}"\n', "utf-8")
        assert sentences("fr.toml")["probability.under"] == known
    Path("fr.toml").write_text('[probability]\nunder = "Trois"\n', "utf-8")
    os.utime("fr.toml", ns=(1, 1))
    assert sentences("fr.toml")["probability.under"] == "Trois"


def test_a_language_without_a_file_is_named(tmp_path):
    with pytest.raises(InvalidValue, match="'fr' is not known; choose one of vi, en, or a language file"):
        say("odds.about", "fr", n=1, d=2)
    with pytest.raises(MissingFile, match=r"cannot speak the language of .*de.toml: there is no file"):
        say("odds.about", str(tmp_path / "de.toml"), n=1, d=2)
    path = tmp_path / "it.toml"
    path.write_bytes(b"[")
    with pytest.raises(Refused, match="it is not TOML in UTF-8"):
        say("odds.about", str(path), n=1, d=2)
