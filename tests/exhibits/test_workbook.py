"""The workbook opens cleanly, says what the scorecard says, and takes no text for a formula."""

import datetime
import io
import re
import warnings
import zipfile
from dataclasses import replace
from itertools import cycle
from urllib.parse import unquote
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from helpers.packages import foreign, written
from hypothesis import given, settings
from hypothesis import strategies as st

import povertystats as ps
from povertystats.exhibits import picture, workbook
from povertystats.exhibits.workbook import write_workbook
from povertystats.targets.verdict import chance, proxied
from povertystats.words.wording import LANGUAGES, odds, probability, quantity, say

EVERY = pytest.mark.parametrize("lang", LANGUAGES)
FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "{=1}",
    "=cmd|' /C calc'!A0",
]
# An address, and whether it may become a link.
ADDRESSES = {
    "https://example.org/?a=1&b=<2>#c": True,
    "http://example.org/" + "x" * 3000: False,
    "javascript:alert(1)": False,
    "file:///etc/passwd": False,
    "internal:'Data'!A1": False,
    "https://example.org/ =1": False,
    "https://example.org/\x00": False,
}


def opened(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return openpyxl.load_workbook(path)


def rows(sheet, header=1):
    """Return the rows of a sheet below its header, as ``{head: cell}``."""
    heads = [cell.value for cell in sheet[header]]
    return [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=header + 1)]


def head(column, lang):
    return next(say(key, lang) for name, key, _ in workbook._READERS if name == column)


def column(book, name, lang):
    return [row[head(name, lang)] for row in rows(book.worksheets[0], 3)]


@pytest.fixture(scope="module")
def books(card, known, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    return {lang: opened(write_workbook(card, known, folder / f"{lang}.xlsx", lang)) for lang in LANGUAGES}


def spoilt(card, *texts):
    """Return the card with the first text for its place, and the texts in turn in the wordings of its rows."""
    details = tuple(
        replace(found, target=replace(found.target, wording=dict.fromkeys(LANGUAGES, text)))
        for found, text in zip(card.details, cycle(texts), strict=False)
    )
    return replace(card, place=texts[0], details=details, targets=tuple(found.target for found in details))


# What readers see


@EVERY
def test_every_number_is_that_of_the_table(books, card, lang):
    table = card.table
    for name in ("probability", "comparable", "comparable_n"):
        cells = [cell.value for cell in column(books[lang], name, lang)]
        assert [x is None for x in cells] == table[name].isna().tolist()
        found = [x for x in cells if x is not None]
        assert found == pytest.approx(table[name].dropna().tolist(), rel=1e-12)
    required = [cell.value for cell in column(books[lang], "required", lang)]
    expected = table["required_change"].where(table["verdict"] != "already_met")
    assert [x is None for x in required] == expected.isna().tolist()
    assert [x for x in required if x is not None] == pytest.approx(expected.dropna().tolist())


@EVERY
def test_latest_figure_pace_and_time_carry_their_units(books, card, lang):
    latest, pace, time = (column(books[lang], name, lang) for name in ("latest", "pace", "time"))
    points = say("unit.pp", lang, x="").strip()
    assert (latest[0].value, latest[0].number_format) == (pytest.approx(0.1957), "#,##0.00%")
    assert (latest[8].value, latest[8].number_format) == (6200, f'#,##0"{say("unit.persons", lang, x="")}"')
    assert pace[0].value == pytest.approx((19.57 - 29.40) / 4) and points in pace[0].number_format
    assert [cell.value for cell in pace[3:]] == [None] * 11
    assert time[0].value == {"vi": "12/2019", "en": "December 2019"}[lang]
    assert time[3].value == {"vi": "11/2019 (Pác Nặm)", "en": "November 2019 (Pác Nặm)"}[lang]


@EVERY
def test_words_grades_and_sentences_are_the_cards(books, card, lang):
    told = {
        name: [cell.value for cell in column(books[lang], name, lang)]
        for name in ("target", "grade", "sentence", "words")
    }
    assert told["target"] == [found.target.wording[lang] for found in card.details]
    assert told["grade"] == card.table["grade"].tolist()
    assert told["sentence"] == card.sentences(lang)
    for words, (found, row) in zip(told["words"], card._rows(), strict=True):
        if row.verdict == "probable":
            assert words == proxied(found, odds(chance(row), lang), lang)
        else:
            assert words.startswith(say(f"scorecard.verdict.{row.verdict}", lang))


@EVERY
def test_a_probability_is_shown_by_the_rule_for_all_texts(lang):
    """A reader of Excel's conditional formats shows what ``wording.probability`` says."""

    def shown(p):
        under, over, usual = workbook._chance_format(lang).split(";")
        if p < 0.01:
            return re.fullmatch(r'\[<0\.01\]"(.+)"', under)[1]
        return (
            re.fullmatch(r'\[>0\.99\]"(.+)"', over)[1]
            if p > 0.99
            else f"{100 * p:.0f}%"
            if usual == "0%"
            else ""
        )

    for p in (0, 1e-9, 0.0099, 0.01, 0.2, 0.537, 0.99, 0.991, 1):
        assert shown(p) == probability(p, lang)


@EVERY
@given(
    value=st.floats(-1e6, 1e6),
    unit=st.sampled_from(["pp", "persons", "schools", "vnd_m"]),
    signed=st.booleans(),
)
def test_an_amount_is_its_value_and_shows_as_many_digits_as_the_text(lang, value, unit, signed):
    cell, shape = workbook._amount(round(value, 2), unit, lang, signed=signed)
    assert cell == round(value, 2)
    text = re.search(r"[.,](\d+)\b(?![.,])", quantity(round(value, 2), unit, "vi").replace(".", ""))
    first = shape.split(";")[0]
    assert len(first.partition(".")[2].partition('"')[0]) == (len(text[1]) if text else 0)
    assert shape.count('"') % 2 == 0 and (shape.count(";") == 2) is signed


@EVERY
def test_columns_are_as_wide_as_their_amounts(books, card, lang):
    """A number that does not fit shows as ####."""
    display = card.display(lang)
    widest = display[say("scorecard.column.required", lang)].str.len().max()
    pace = card.comparisons(lang)[say("scorecard.column.pace", lang)].str.len().max()
    widths = {name: width for name, _, width in workbook._READERS}
    assert widths["required"] > widest and widths["pace"] > pace
    dimensions = books[lang].worksheets[0].column_dimensions.values()
    found = [one.width for one in dimensions for _ in range(one.min, one.max + 1)]
    assert found == pytest.approx([width + 0.71 for width in widths.values()], abs=0.1)


# The other sheets


@EVERY
def test_the_second_sheet_is_the_table_and_the_third_explains_each_column(books, card, lang, tmp_path):
    data, columns = books[lang].worksheets[1:3]
    heads, *body = data.iter_rows(values_only=True)
    assert list(heads) == card.table.columns.tolist()
    for row, expected in zip(body, card.table.itertuples(index=False), strict=True):
        for cell, value in zip(row, expected, strict=True):
            if isinstance(value, float) and pd.notna(value):
                assert cell == pytest.approx(value, rel=1e-12)
            else:
                assert cell == (None if pd.isna(value) or value == "" else value)
    meanings = {
        row[say("workbook.head.column", lang)].value: row[say("workbook.head.meaning", lang)].value
        for row in rows(columns)
    }
    assert list(meanings) == card.table.columns.tolist() and all(meanings.values())


@EVERY
def test_sources_have_titles_days_and_addresses_and_none_is_missing(books, card, known, lang):
    found = rows(books[lang].worksheets[3])
    used = {source for found in card.details for one in found.figures for source in one.table["source_id"]}
    used |= {target.source_id for target in card.targets}
    titles = [row[say("brief.source.title", lang)].value for row in found]
    assert set(known.cite(used)["title"]) <= set(titles) and len(titles) == len(set(titles))
    cited = known.sources.set_index("title")
    for row in found:
        address = row[say("workbook.head.address", lang)]
        url = cited.loc[row[say("brief.source.title", lang)].value, "url"]
        assert (address.value or "") == url and (address.hyperlink.target if url else "") == url
        assert row[say("brief.source.dated", lang)].value


@EVERY
def test_notes_tell_the_answer_the_grades_and_the_licence(books, card, lang):
    notes = {
        row[say("workbook.head.topic", lang)].value: row[say("workbook.head.note", lang)].value
        for row in rows(books[lang].worksheets[4])
    }
    assert notes[say("workbook.topic.answer", lang)] == card.headline(lang)
    assert notes[say("workbook.topic.grade", lang)] == ps.grades(lang)
    assert notes[say("workbook.topic.summary", lang)].splitlines() == [
        line for line in card.text(lang).splitlines() if line not in card.sentences(lang)
    ]
    assert "CC BY 4.0" in notes[say("workbook.topic.licence", lang)]
    assert card.day(lang) in notes[say("workbook.topic.cite", lang)]
    ((title, _),) = ps.load_facts().identity.works
    assert title[lang] in notes[say("workbook.topic.cite", lang)]


@EVERY
def test_a_package_that_stands_alone_is_cited_by_its_own_name_and_licence(tmp_path, lang):
    for about, said in (({"title": "Nusa", "licence": "ODbL"}, "ODbL"), ({}, "mine: ")):
        known = ps.load_facts(written(tmp_path / "mine", foreign(), extends=False, **about)).as_of(
            "2024-09-01"
        )
        card = ps.scorecard(known, place="Nusaaa")
        text = " ".join(note["note"] for note in workbook._notes(card, known, [], lang))
        assert said in text and about.get("title", "mine") in text
        assert not any(ours in text for ours in ("Viet Nam", "Việt Nam", "CC BY", "GSO"))


# The form


@EVERY
def test_sheets_print_on_a4_with_their_header_and_are_tables(books, card, lang):
    book = books[lang]
    assert book.sheetnames == [
        say(f"workbook.sheet.{x}", lang) for x in ("card", "data", "columns", "sources", "notes")
    ]
    for sheet, header in zip(book.worksheets, (3, 1, 1, 1, 1), strict=True):
        assert sheet.freeze_panes == f"B{header + 1}" and sheet.print_title_rows == f"${header}:${header}"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        assert not sheet.merged_cells.ranges
        (table,) = sheet.tables.values()
        assert table.ref.startswith(f"A{header}:") and table.ref.endswith(str(sheet.max_row))
        assert [one.name for one in table.tableColumns] == [cell.value for cell in sheet[header]]
        assert all(cell.alignment.wrap_text for cell in sheet[header + 1] if cell.value is not None)


@EVERY
def test_its_properties_say_title_language_and_the_day_of_its_figures(books, card, lang):
    book = books[lang]
    title = book.worksheets[0]["A1"].value
    assert book.properties.title == title and card.place in title and card.day(lang) in title
    assert book.properties.created == datetime.datetime(2020, 5, 7)
    assert book.custom_doc_props["Language"].value == lang


def test_the_same_card_gives_the_same_bytes(card, known, tmp_path):
    first, second = (
        write_workbook(card, known, tmp_path / name, "vi").read_bytes() for name in ("a.xlsx", "b.xlsx")
    )
    assert first == second
    assert write_workbook(card, known, tmp_path / "a.xlsx", "en").read_bytes() != first


# What may stand in names, notes and sources


def test_a_formula_comes_out_as_text(card, known, tmp_path):
    texts = [text for text, _ in zip(cycle(FORMULAS), known.sources.index, strict=False)]
    spoilt_sources = replace(known, sources=known.sources.assign(title=texts, publisher=texts))
    path = write_workbook(spoilt(card, *FORMULAS), spoilt_sources, tmp_path / "a.xlsx", "vi")
    book, clean = opened(path), [text.replace("\r", "\n") for text in FORMULAS]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    told = column(book, "target", "vi")
    assert [cell.value for cell in told] == [text for text, _ in zip(cycle(clean), told, strict=False)]
    assert [cell.quotePrefix for cell in told[: len(clean)]] == [
        text[0] in "=+-@\t\n＝＋－＠" for text in clean
    ]
    assert {row[0].value for row in book.worksheets[3].iter_rows(min_row=2)} <= set(clean)
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_only_web_addresses_become_links(card, known, tmp_path):
    addresses = [address for address, _ in zip(cycle(ADDRESSES), known.sources.index, strict=False)]
    sources = known.sources.assign(url=addresses)
    book = opened(write_workbook(card, replace(known, sources=sources), tmp_path / "a.xlsx", "en"))
    given, seen = dict(zip(sources["title"], addresses, strict=True)), set()
    for title, _, _, cell in book.worksheets[3].iter_rows(min_row=2):
        address = given[title.value]
        seen.add(address)
        assert cell.value == address.replace("\x00", "\ufffd") and bool(cell.hyperlink) is ADDRESSES[address]
        if cell.hyperlink:
            target = f"{cell.hyperlink.target}#{cell.hyperlink.location}"
            assert unquote(target) == unquote(address)
    assert seen == ADDRESSES.keys()


@settings(max_examples=4, deadline=None)
@given(text=st.text(min_size=1, max_size=60))
def test_any_text_gives_well_formed_parts_and_comes_back(card, known, tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    write_workbook(spoilt(card, text), known, path, "en")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as parts:
        for name in parts.namelist():
            ElementTree.fromstring(parts.read(name))
    assert opened(path).worksheets[0]["A4"].value == workbook._clean(text, "en")


@given(text=st.text(), lang=st.sampled_from(LANGUAGES))
def test_cleaned_text_holds_all_that_xml_can(text, lang):
    clean = workbook._clean(text, lang)
    kept = [a for a, b in zip(text.replace("\r\n", "\n").replace("\r", "\n"), clean, strict=True) if a == b]
    ElementTree.fromstring(f"<a>{clean.translate({ord(x): f'&#{ord(x)};' for x in '<&>'})}</a>")
    assert clean.count("\ufffd") == text.count("\ufffd") + len(clean) - len(kept)
    assert workbook._clean(clean, lang) == clean


@pytest.mark.parametrize("letter", ["ệ", "😀"])
def test_a_text_too_long_for_a_cell_is_cut_with_a_note(card, known, tmp_path, letter):
    book = opened(write_workbook(spoilt(card, letter * 40_000), known, tmp_path / "a.xlsx", "vi"))
    told = book.worksheets[0]["A4"].value
    assert told.startswith(letter * 1000) and told.endswith("một ô Excel chứa được nhiều nhất 32.767 ký tự)")
    assert 32_760 <= len(told.encode("utf-16-le")) // 2 <= 32_767


# Other places and days, and what is refused


@pytest.mark.parametrize(
    ("place", "day", "lang"),
    [("Hà Giang", "2020-05-07", "vi"), ("Bắc Kạn", "2021-12-31", "en"), ("Bắc Kạn", None, "vi")],
)
def test_other_cards(facts, tmp_path, place, day, lang):
    known = facts if day is None else facts.as_of(day)
    card = ps.scorecard(known, place=place)
    book = opened(write_workbook(card, known, tmp_path / "a.xlsx", lang))
    told = [row[head("sentence", lang)].value for row in rows(book.worksheets[0], 3)]
    assert told == card.sentences(lang)
    assert len(book.worksheets[0].tables) == (len(card.table) > 0)
    assert (book.worksheets[0]["A1"].value == card.text(lang)) is card.table.empty


def test_bad_input_is_named_and_nothing_is_written(card, known, facts, tmp_path):
    with pytest.raises(ValueError, match="'fr' is not known"):
        write_workbook(card, known, tmp_path / "a.xlsx", "fr")
    with pytest.raises(ValueError, match="scorecard is of 2020-05-07, the facts are as known on None"):
        write_workbook(card, facts, tmp_path / "a.xlsx", "vi")
    with pytest.raises(OSError, match="there is no folder"):
        write_workbook(card, known, tmp_path / "no" / "a.xlsx", "vi")
    with pytest.raises(OSError, match="not a regular file"):
        write_workbook(card, known, tmp_path, "vi")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notebook_says_how_to_get_it_and_a_page_offers_it(card, known, tmp_path, monkeypatch, lang):
    shown = workbook.Workbook(card, known, lang)
    assert shown._repr_mimebundle_() == {"text/plain": say("workbook.how", lang)}
    for name in ("folder", "stem", "numbers"):
        monkeypatch.setattr(picture._Shelf, name, getattr(picture._Shelf, name))
    picture.keep(tmp_path, f"targets.{lang}")
    data, metadata = shown._repr_mimebundle_()
    assert f'href="files/targets.{lang}-1.xlsx" download' in data["text/html"]
    assert metadata == {"text/html": {"alone": True}}
    assert (tmp_path / f"targets.{lang}-1.xlsx").read_bytes() == workbook.workbook_bytes(card, known, lang)
