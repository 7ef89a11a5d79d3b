"""A table reads the same on a phone: figures on the right, evenly written, every cell with its label."""

import re

import pytest
from helpers.html import Html
from hypothesis import given
from hypothesis import strategies as st

from povertystats.layout.grid import evened, grid
from povertystats.words.wording import LANGUAGES, number, quantity

EVERY = pytest.mark.parametrize("lang", LANGUAGES)


def made(columns, lang="vi", **options):
    return Html(grid(list(columns), list(zip(*columns.values(), strict=True)), "c", lang, **options))


def kinds(page):
    return [attrs.get("class", "") for _, attrs, _ in page.all("th")]


FIGURES = {
    "signs": ["−2 điểm phần trăm", "+17,07 điểm phần trăm", "–"],
    "chances": ["57%", "dưới 1%", "23% đến 50%"],
    "counts": ["1.234 hộ", "12 hộ", ""],
    "estimates": ["−0,0548 đến 0,3523", "3,37* (2,88 đến 3,86)", "< 0,001"],
}
WORDS = {
    "years": ["2015", "2016", "2020"],
    "months": ["12/2019", "11/2019", "7/5/2020"],
    "dated": ["19,57% (2019)", "40% (12/2018)", "–"],
    "remarks": ["−3,91 (không có Quảng Ninh)", "−2,92", "–"],
    "named": ["Quảng Ninh: 36%", "Lạng Sơn: 12%", "–"],
    "words": ["A", "57%", "C"],
    "nothing": ["–", "", "–"],
}


def test_figures_stand_on_the_right_and_nothing_else_does():
    page = made({"first": ["1", "2", "3"], **FIGURES, **WORDS})
    assert kinds(page) == ["", *["n"] * len(FIGURES), *[""] * len(WORDS)]
    cells = [attrs.get("class") == "n" for _, attrs, _ in page.all("td")]
    assert cells == [kind == "n" for kind in kinds(page)] * 3


@EVERY
@given(
    values=st.lists(st.floats(-1e5, 1e5).map(lambda x: round(x, 2)), min_size=1),
    unit=st.sampled_from(["pct", "pp"]),
)
def test_a_column_of_quantities_has_one_number_of_decimals_and_the_same_values(lang, values, unit):
    told = evened([quantity(x, unit, lang, signed=True) for x in values], lang)
    digits = max(len(f"{abs(x):.2f}".rstrip("0").partition(".")[2]) for x in values)
    for text, x in zip(told, values, strict=True):
        assert text.startswith(("+" if x > 0 else "") + number(x, lang, digits))
        assert evened([text], lang) == [text]


def test_other_units_years_and_estimates_are_left_as_they_are():
    for column in (
        ["2 điểm", "394 hộ", "17,5%"],
        ["2015", "2,5%"],
        ["0,000021", "0,0500"],
        ["1.234", "12"],
        [],
    ):
        assert evened(column, "vi") == column


def test_a_wide_table_is_cards_on_a_phone_with_a_label_on_every_cell():
    heads = ["Mục tiêu", "<b>", "Số liệu gần nhất", "Mức độ đầy đủ của số liệu"]
    columns = dict(zip(heads, (["a" * 40], ["1%"], ["−2,46 điểm phần trăm"], ["A"]), strict=True))
    page = made(columns)
    assert page.all("table")[0][1]["class"].split() == ["cards", "lines"]
    assert [attrs["data-label"] for _, attrs, _ in page.all("td")] == heads
    assert [attrs.get("class", "") for _, attrs, _ in page.all("td")] == ["w", "n", "n", ""]
    assert made({"Năm": ["2019"], "Tỷ lệ": ["19,57%"]}).all("table")[0][1]["class"] == "lines"


def test_a_notebook_gets_alignment_and_nothing_that_only_a_page_knows():
    page = made({"Năm": ["2019"], "Tỷ lệ": ["19,57%"]}, page=False)
    assert not any({"class", "data-label"} & attrs.keys() for _, attrs, _ in page.elements)
    assert [re.sub("text-align: ", "", attrs["style"]) for _, attrs, _ in page.all("td")] == ["left", "right"]


def test_a_table_without_rows_keeps_its_heads():
    assert made({"a": [], "b": []}).raw("th") == ["a", "b"]
