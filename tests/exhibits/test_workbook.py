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
from povertystats.layout import sheets
from povertystats.targets.verdict import chance, proxied
from povertystats.words.wording import LANGUAGES, likely, number, quantity, say

SHEETS = ("card", "full", "data", "columns", "sources", "notes")
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
    """Return the rows of a sheet's table, as ``{head: cell}``."""
    heads, last = (
        [cell.value for cell in sheet[header]],
        max((end(one) for one in sheet.tables.values()), default=0),
    )
    return [
        dict(zip(heads, row, strict=True))
        for row in sheet.iter_rows(min_row=header + 1, max_row=last)
        if last
    ]


def end(table):
    return int(re.search(r"\d+$", table.ref)[0])


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
def test_latest_figure_pace_and_time_carry_their_units(books, lang):
    latest, pace, time, unit = (
        column(books[lang], name, lang) for name in ("latest", "pace", "time", "unit")
    )
    points = say("unit.pp", lang, x="").strip()
    assert (latest[0].value, latest[0].number_format) == (pytest.approx(0.1957), "0.00%")
    assert (latest[7].value, latest[7].number_format) == (pytest.approx(0.40), "0.00%")
    assert (latest[8].value, latest[8].number_format) == (6200, f'#,##0"{say("unit.persons", lang, x="")}"')
    assert (
        pace[0].value == pytest.approx((19.57 - 29.40) / 4) and pace[0].number_format == '+0.00;"−"0.00;0.00'
    )
    assert [cell.value for cell in pace[3:]] == [None] * 11
    assert [cell.value for cell in unit[:9]] == [*[points] * 8, say("unit.persons", lang, x="").strip()]
    assert time[0].value == {"vi": "12/2019", "en": "December 2019"}[lang]


@EVERY
def test_every_place_of_a_target_has_its_figure(books, known, lang):
    latest, time = (column(books[lang], name, lang)[3].value for name in ("latest", "time"))
    figures = [known.series("poor_household_pct", place=place).latest for place in ("Pác Nặm", "Ngân Sơn")]
    expected = [quantity(one.value, "pct", lang) for one in figures]
    assert latest == f"Pác Nặm: {expected[0]}\nNgân Sơn: {expected[1]}"
    assert time == {"vi": "11/2019", "en": "November 2019"}[lang]


@EVERY
def test_words_grades_and_explanations_are_the_cards(books, card, lang):
    told = {
        name: [cell.value for cell in column(books[lang], name, lang)]
        for name in ("target", "grade", "words")
    }
    assert told["target"] == [found.target.wording[lang] for found in card.details]
    assert told["grade"] == card.table["grade"].tolist()
    for words, (found, row) in zip(told["words"], card._rows(), strict=True):
        if row.verdict == "probable":
            assert words == proxied(found, likely(chance(row), lang), lang)
        else:
            assert words.startswith(say(f"scorecard.verdict.{row.verdict}", lang))
    # In full: what the card says, without the target, which stands beside it.
    for (target, full, held), sentence in zip(
        books[lang].worksheets[1].iter_rows(min_row=2, values_only=True), card.sentences(lang), strict=True
    ):
        assert sentence.startswith(target) and not full.startswith(target)
        assert full[1:] in sentence and (held is None or held[1:] in sentence and held not in full)


@EVERY
def test_columns_are_as_wide_as_their_amounts(books, card, lang):
    """A number that does not fit shows as ####."""
    widths = {name: width for name, _, width in workbook._READERS}
    assert widths["required"] > len("+10,000.00") and widths["pace"] > len("−1,000.00")
    dimensions = books[lang].worksheets[0].column_dimensions.values()
    found = [one.width for one in dimensions for _ in range(one.min, one.max + 1)]
    assert all(wide > width for wide, width in zip(found, widths.values(), strict=True))


# The other sheets


@EVERY
def test_a_sheet_is_the_table_and_the_next_explains_each_column(books, card, lang, tmp_path):
    data, columns = books[lang].worksheets[2:4]
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
    # What is technical is folded away, and nothing that a reader asks for first.
    folded = {one.min: one.outlineLevel for one in data.column_dimensions.values() if one.hidden}
    shown = [
        name
        for at, name in enumerate(heads, 1)
        if not any(one.hidden and one.min <= at <= one.max for one in data.column_dimensions.values())
    ]
    assert set(folded.values()) == {1} and shown == list(workbook._OPEN) and len(shown) < len(heads) / 2
    shapes = {head: cell.number_format for head, cell in zip(heads, data[4], strict=True)}
    assert shapes["probability"] == f'[=0]0.000;[<0.0005]"< {number(0.001, lang, 3)}";0.000'
    assert shapes["year"] == "0" and shapes["latest_value"] == "0.00"


@EVERY
def test_sources_have_titles_days_and_addresses_and_none_is_missing(books, card, known, lang):
    found = rows(books[lang].worksheets[4])
    used = {source for found in card.details for one in found.figures for source in one.table["source_id"]}
    used |= {target.source_id for target in card.targets}
    titles = [row[say("brief.source.title", lang)].value for row in found]
    assert set(known.cite(used)["title"]) <= set(titles) and len(titles) == len(set(titles))
    cited = known.sources.set_index("title")
    for row in found:
        address, publisher = (row[say(f"workbook.head.{name}", lang)] for name in ("address", "publisher"))
        _, by, url, *_ = cited.loc[row[say("brief.source.title", lang)].value]
        assert (address.value or "") == url and (publisher.hyperlink.target if url else "") == url
        assert publisher.value == (by or say("workbook.note.no_publisher", lang))
        assert row[say("brief.source.dated", lang)].value


@EVERY
def test_notes_tell_the_answer_the_grades_and_the_licence(books, card, lang):
    notes = {
        row[say("workbook.head.topic", lang)].value: row[say("workbook.head.note", lang)].value
        for row in rows(books[lang].worksheets[5])
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
    assert book.sheetnames == [say(f"workbook.sheet.{x}", lang) for x in SHEETS]
    for sheet, header in zip(book.worksheets, (3, 1, 1, 1, 1, 1), strict=True):
        assert sheet.freeze_panes == f"B{header + 1}" and sheet.print_title_rows == f"${header}:${header}"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight in (
            (None, 1) if header == 3 else (0,)
        )
        assert not sheet.merged_cells.ranges
        (table,) = sheet.tables.values()
        last = 3 + len(card.table) if header == 3 else sheet.max_row
        assert table.ref.startswith(f"A{header}:") and end(table) == last
        assert [one.name for one in table.tableColumns] == [cell.value for cell in sheet[header]]
        assert all(cell.alignment.wrap_text for cell in sheet[header + 1] if cell.value is not None)
        assert all(cell.font.bold and cell.fill.fgColor.rgb == "FFDCE9F2" for cell in sheet[header])
        assert all(
            cell.border.bottom.style == "thin" for down in (header, header + 1) for cell in sheet[down]
        )


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
    assert {row[0].value for row in book.worksheets[4].iter_rows(min_row=2)} <= set(clean)
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_only_web_addresses_become_links(card, known, tmp_path):
    addresses = [address for address, _ in zip(cycle(ADDRESSES), known.sources.index, strict=False)]
    sources = known.sources.assign(url=addresses)
    book = opened(write_workbook(card, replace(known, sources=sources), tmp_path / "a.xlsx", "en"))
    given, seen = dict(zip(sources["title"], addresses, strict=True)), set()
    for title, cell, _, told in book.worksheets[4].iter_rows(min_row=2):
        address = given[title.value]
        seen.add(address)
        assert told.value == address.replace("\x00", "\ufffd") and bool(cell.hyperlink) is ADDRESSES[address]
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
    assert opened(path).worksheets[0]["A4"].value == sheets.clean(text, "en")


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
    told = [row[head("target", lang)].value for row in rows(book.worksheets[0], 3)]
    assert told == [found.target.wording[lang] for found in card.details]
    assert len(book.worksheets[0].tables) == (len(card.table) > 0)
    lines = [row[0] for row in book.worksheets[0].iter_rows(values_only=True) if row[0]]
    first, *rest = card.text(lang).split()
    # Of a place without targets, what is likely; else the text stands on the sheets for each.
    assert lines[1].split()[0] == first and (" ".join(rest) in " ".join(lines[1:])) is card.table.empty


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
    name = {"vi": "bac-kan-muc-tieu-2020.xlsx", "en": "bac-kan-targets-2020.xlsx"}[lang]
    assert f'href="files/{name}" download' in data["text/html"]
    assert metadata == {"text/html": {"alone": True}}
    assert (tmp_path / name).read_bytes() == workbook.workbook_bytes(card, known, lang)


def test_a_file_is_named_after_any_place_its_years_and_a_language_without_the_word(card, tmp_path):
    later = replace(card.targets[0], year=2025)
    french = tmp_path / "fr.toml"
    french.write_text('[odds]\nabout = "environ {n} sur 100"\n', "utf-8")
    for place, targets, lang, name in (
        ("Thừa Thiên – Huế", card.targets, "vi", "thua-thien-hue-muc-tieu-2020"),
        ("../Đắk/Lắk", (*card.targets, later), "en", "dak-lak-targets-2020-2025"),
        ("Київ", (), "en", "targets"),
        ("Arland", card.targets, str(french), "arland-targets-2020-fr"),
    ):
        assert workbook.file_name(replace(card, place=place, targets=targets), lang) == name
