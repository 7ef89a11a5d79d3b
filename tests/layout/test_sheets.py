"""The sheets of a workbook: what a cell can hold, how high a row is, how numbers are shown."""

import io
import re
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from povertystats.layout.sheets import FONT, Column, Sheets, amount, chance_format, clean, digits_of
from povertystats.words.wording import LANGUAGES, probability, quantity

EVERY = pytest.mark.parametrize("lang", LANGUAGES)


def sheet(columns, rows, **options):
    """Return a sheet as a reader opens it."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "default_format_properties": FONT}) as book:
        Sheets(book, "en", "a & b").add("s", columns, rows, **options)
    return openpyxl.load_workbook(data).active


# How high and how wide


def heights(texts, width=20):
    found = sheet([Column("a", "A", width)], [{"a": text} for text in texts])
    return [found.row_dimensions[down].height for down in range(2, len(texts) + 2)]


def test_a_row_is_as_high_as_its_text_and_never_higher_than_excel_has():
    one, two, broken, long, none = heights(["word", "word " * 7, "a\nb", "word " * 5000, None])
    assert one == none < two == broken and two == pytest.approx(2 * one - 3, abs=0.2)
    assert 400 < long < 409.5
    # Capitals, letters of the East and words without a blank need more.
    small, capitals, east = heights([" ".join([letter * 4] * 4) for letter in ("a", "A", "漢")])
    assert small < capitals <= east
    (address,) = heights(["a" * 100])
    assert address > 3 * small


def test_a_column_is_wide_enough_for_its_longest_word_and_a_row_for_its_highest_cell():
    columns = [Column("a", "Characteristically", 4), Column("b", "B", 40)]
    found = sheet(columns, [{"a": "x", "b": "word " * 30}])
    assert found.column_dimensions["A"].width > 18 and found.row_dimensions[2].height > 40


def test_lines_stand_above_and_below_and_columns_are_folded():
    columns = [Column("a", "A", 10), Column("b", "B", 10, "0.0", folded=True), Column("c", "C", 10)]
    found = sheet(
        columns,
        [{"a": "x", "b": 1.0, "c": None}],
        title=["T", "t"],
        below=[("word " * 20).strip()],
        one_page=True,
    )
    cells = [[cell.value for cell in row] for row in found.iter_rows()]
    assert cells[:4] == [["T", None, None], ["t", None, None], ["A", "B", "C"], ["x", 1, None]]
    assert cells[4][0] is None and " ".join(row[0] for row in cells[5:]) == ("word " * 20).strip()
    assert found.column_dimensions["B"].hidden and found.column_dimensions["C"].collapsed
    assert found["B4"].number_format == "0.0" and found.page_setup.fitToHeight in (None, 1)
    assert "a && b" in found.oddFooter.left.text or found.oddFooter.left.text == "a & b"


# How numbers are shown


@EVERY
def test_a_probability_is_shown_by_the_rule_for_all_texts(lang):
    """A reader of Excel's conditional formats shows what ``wording.probability`` says."""

    def shown(p):
        under, over, usual = chance_format(lang).split(";")
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
    value=st.floats(-1e6, 1e6).map(lambda x: round(x, 2)),
    unit=st.sampled_from(["pp", "persons", "schools", "vnd_m"]),
)
def test_an_amount_is_its_value_and_shows_as_many_digits_as_the_text(lang, value, unit):
    cell, shape = amount(value, unit, lang, 2)
    assert cell == value and shape.count('"') % 2 == 0
    text = re.search(r"[.,](\d+)\b(?![.,])", quantity(value, unit, "vi").replace(".", ""))
    digits = len(text[1]) if text else 0
    assert digits_of([value]) == digits == len(shape.partition(".")[2].partition('"')[0])


# What a cell can hold


@given(text=st.text(), lang=st.sampled_from(LANGUAGES))
def test_cleaned_text_holds_all_that_xml_can(text, lang):
    told = clean(text, lang)
    kept = [a for a, b in zip(text.replace("\r\n", "\n").replace("\r", "\n"), told, strict=True) if a == b]
    ElementTree.fromstring(f"<a>{told.translate({ord(x): f'&#{ord(x)};' for x in '<&>'})}</a>")
    assert told.count("\ufffd") == text.count("\ufffd") + len(told) - len(kept)
    assert clean(told, lang) == told
