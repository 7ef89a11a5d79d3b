"""A picture carries its text, title and credit, in two widths; its files are offered while pages are made and at no other time."""

import base64
import io
import unicodedata
from xml.etree import ElementTree

import pandas as pd
import pytest
from helpers.figures import words
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import get_font
from matplotlib.text import Text

from povertystats.exhibits import picture
from povertystats.exhibits.figure import canvas, name_rows
from povertystats.exhibits.picture import FONTS, NARROW, WIDTH, Picture, frame
from povertystats.files import writing
from povertystats.files.writing import csv
from povertystats.words.languages import sentences


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    for name in ("folder", "stem", "numbers", "page"):
        monkeypatch.setattr(picture._Shelf, name, getattr(picture._Shelf, name))
    return tmp_path


def test_nothing_is_kept_unless_asked_for():
    assert picture.offer(csv=b"a", png=b"b") == {}


def test_what_is_offered_is_kept_under_one_name_each(shelf):
    picture.keep(shelf, "brief.vi")
    assert picture.offer(png=b"1", csv=b"2") == {"png": "brief.vi-1.png", "csv": "brief.vi-1.csv"}
    assert picture.offer(xlsx=b"3") == {"xlsx": "brief.vi-2.xlsx"}
    picture.keep(shelf, "brief.en")
    assert picture.offer(csv=b"4") == {"csv": "brief.en-1.csv"}
    kept = {path.name: path.read_bytes() for path in shelf.iterdir()}
    assert kept == {
        "brief.vi-1.png": b"1",
        "brief.vi-1.csv": b"2",
        "brief.vi-2.xlsx": b"3",
        "brief.en-1.csv": b"4",
    }


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1), min_size=1))
def test_text_comes_back_as_it_was_but_for_formulas(texts):
    text = writing.csv(pd.DataFrame({"text": texts}))
    assert text.startswith(b"\xef\xbb\xbf")
    how = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig", "skip_blank_lines": False}
    back = pd.read_csv(io.BytesIO(text), **how)["text"]
    for before, after in zip((unicodedata.normalize("NFC", text) for text in texts), back, strict=True):
        assert not after.startswith(("=", "+", "-", "@", "\t"))
        assert after in (before, f"'{before}")


def test_numbers_keep_every_digit_and_their_sign():
    frame = pd.DataFrame({"change_pp": [-2.3142857142857, 1e-9], "year": [2019, 2020]})
    back = pd.read_csv(io.BytesIO(writing.csv(frame)))
    pd.testing.assert_frame_equal(back, frame, check_exact=True)


def drawn(*data):
    figure, [[axes]] = canvas(3)
    axes.plot(*data)
    return figure, axes


def test_a_picture_is_the_same_bytes_each_time_with_its_text():
    numbers = pd.DataFrame({"year": [1, 2], "rate_pct": [3, 4]})
    shown, again = (Picture(drawn([1, 2], [3, 4])[0], "a line from 3 to 4", numbers) for _ in range(2))
    assert shown.png().startswith(b"\x89PNG\r\n\x1a\n") and shown.png() == shown.png() == again.png()
    assert (
        b"<svg" in shown.svg()
        and shown.svg() == shown.svg() == again.svg()
        and b"<dc:date>" not in shown.svg()
    )
    data, metadata = shown._repr_mimebundle_()
    assert base64.b64decode(data["image/png"], validate=True) == shown.png()
    assert data["text/plain"] == shown.alt and metadata == {"image/png": {"alt": shown.alt, "title": ""}}


def test_a_dollar_in_a_name_is_no_formula():
    figure, [[axes]] = canvas(2)
    name_rows(axes, ["from $\\frac$ on"], headings=[False])
    shown = Picture(figure, "one row", pd.DataFrame({"rate_pct": [3]}))
    assert shown.png().startswith(b"\x89PNG")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["from $\\frac$ on"]


def test_every_letter_is_of_the_typeface_that_the_project_brings():
    figure, axes = drawn([1, 2], [3, 4])
    axes.set_title("Tỷ lệ hộ nghèo: −2,5 điểm phần trăm, ≥ 3")
    axes.annotate("khoảng dự báo", (1, 3))
    Picture(figure, "a line from 3 to 4", pd.DataFrame())
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    assert len(texts) > 5 and {text.get_fontfamily()[0] for text in texts} == {"Inter"}
    for path in FONTS.values():
        letters = get_font(path).get_charmap()
        for lang in ("vi", "en"):
            lacking = {sign for text in sentences(lang).values() for sign in text if ord(sign) not in letters}
            assert lacking <= {"\n"}


def frames(width, height=2.0):
    figure, [[axes]] = canvas(height, width=width)
    axes.plot([1, 2], [3, 4])
    return figure


def test_beside_a_page_both_widths_and_the_numbers_are_kept(shelf):
    picture.keep(shelf, "brief.vi", "Bắc Kạn, 07/5/2020")
    numbers = pd.DataFrame({"year": [1, 2], "rate_pct": [3, 4]})
    shown = Picture(
        frames(WIDTH), "a line", numbers, title="Tỷ lệ, %: 3–4", narrow=lambda: frames(NARROW, 4.0)
    )
    _, metadata = shown._repr_mimebundle_()
    about = metadata["image/png"]
    assert about["files"]["png"] == "brief.vi-1-ty-le-3-4.png" and "small" not in about
    assert {form: (shelf / name).read_bytes() for form, name in about["files"].items()} == {
        "png": shown.png(),
        "svg": shown.svg(),
        "csv": csv(numbers),
    }
    wide, narrow = (ElementTree.fromstring(opened(about[which])) for which in ("wide", "narrow"))
    assert len(opened(about["wide"])) < len(shown.svg()) and b"<!--" not in opened(about["wide"])
    inches = [float(tree.get("width").removesuffix("pt")) / 72 for tree in (wide, narrow)]
    assert inches == pytest.approx([WIDTH, NARROW])


def opened(address):
    assert address.startswith("data:image/svg+xml;base64,")
    return base64.b64decode(address.partition(",")[2], validate=True)


def test_a_large_image_stands_in_its_page_as_dots(monkeypatch):
    monkeypatch.setattr(picture, "_LARGE", 6)
    about = Picture(frames(NARROW), "a line", pd.DataFrame()).about()
    assert about["wide"].startswith("data:image/png;base64,") and about["small"] and "narrow" not in about


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_title_and_credit_stand_outside_the_drawing_and_inside_the_image(width, monkeypatch):
    monkeypatch.setattr(picture._Shelf, "page", "Thừa Thiên - Huế, theo số liệu đã biết đến 30/12/2020")
    figure = frames(width)
    title = "Tỷ lệ hộ nghèo đa chiều (rà soát hằng năm), Thừa Thiên - Huế: dự báo năm 2020"
    box = frame(figure, title, picture.credit("Rà soát hộ nghèo, hộ cận nghèo hằng năm"))
    figure.draw_without_rendering()
    above, below = (
        text.get_window_extent().transformed(figure.dpi_scale_trans.inverted()) for text in figure.texts
    )
    assert above.y0 >= 2.0 and below.y1 <= 0 and box.y0 <= below.y0 and above.y1 <= box.y1
    assert all(one.x0 >= 0 and one.x1 <= width for one in (above, below))
    assert words(figure.texts[1].get_text()).endswith("30/12/2020 · povertystats")
    assert frame(figure, title, "") != frame(figure, "", "") and len(figure.texts) == 2


def test_what_a_page_says_of_itself_is_said_meanwhile():
    with picture.saying("Bắc Kạn"):
        assert picture.credit() == "Bắc Kạn · povertystats"
    assert picture.credit() == "povertystats"
