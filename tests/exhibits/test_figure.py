"""What all figures share: the image with its text, ticks that are told apart, labels that are not written over."""

import base64

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import get_font
from matplotlib.text import Text

from povertystats.exhibits import downloads
from povertystats.exhibits.figure import (
    FONTS,
    SMALL,
    WIDTH,
    Picture,
    apart,
    canvas,
    decimals,
    key,
    legend,
    name_points,
    name_rows,
    number_axis,
    percent_axis,
    wrap,
)
from povertystats.files.writing import csv
from povertystats.words.languages import sentences


def ticks(axis):
    """Return the texts at the ticks inside the view of an axis."""
    low, high = sorted(axis.get_view_interval())
    places = zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
    return [text.get_text() for text, at in places if low <= at <= high]


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
    assert data["text/plain"] == shown.alt and metadata == {"image/png": {"alt": shown.alt}}


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


def test_beside_a_page_image_and_numbers_are_kept(tmp_path, monkeypatch):
    for name in ("folder", "stem", "numbers"):
        monkeypatch.setattr(downloads._Shelf, name, getattr(downloads._Shelf, name))
    downloads.keep(tmp_path, "brief.vi")
    numbers = pd.DataFrame({"year": [1, 2], "rate_pct": [3, 4]})
    shown = Picture(drawn([1, 2], [3, 4])[0], "a line from 3 to 4", numbers)
    _, metadata = shown._repr_mimebundle_()
    files = metadata["image/png"]["files"]
    assert {form: (tmp_path / name).read_bytes() for form, name in files.items()} == {
        "png": shown.png(),
        "svg": shown.svg(),
        "csv": csv(numbers),
    }


def test_a_canvas_has_the_width_of_all_figures_and_panels_as_asked():
    figure, axes = canvas(4, rows=2, columns=3, ratios=[1, 2], sharex=True)
    assert figure.get_size_inches().tolist() == [WIDTH, 4] and axes.shape == (2, 3)
    figure.draw_without_rendering()
    upper, lower = (one.get_position().height for one in axes[:, 0])
    assert lower == pytest.approx(2 * upper, rel=0.01)
    axes[0, 0].set_xlim(3, 5)
    assert axes[1, 0].get_xlim() == (3, 5)


@pytest.mark.parametrize("lang, separator", [("vi", ","), ("en", ".")])
def test_ticks_have_the_decimals_that_tell_them_apart(lang, separator):
    for low, high, expected in ((-0.02, 0.01, 2), (-4, 4, 0), (0, 0.7, 1), (0, 0.035, 2)):
        figure, axes = drawn([low, high], [0, 1])
        number_axis(axes.xaxis, lang)
        figure.draw_without_rendering()
        told = ticks(axes.xaxis)
        assert 2 <= len(told) == len(set(told)) <= 6
        assert {len(text.partition(separator)[2]) for text in told} == {expected}


def test_fewer_ticks_where_there_is_less_room():
    figure, axes = drawn([0, 1], [0, 1])
    number_axis(axes.xaxis, "en", most=3)
    figure.draw_without_rendering()
    assert len(ticks(axes.xaxis)) <= 3


def test_per_cents_are_whole():
    figure, axes = drawn([0, 1], [0, 40])
    percent_axis(axes.yaxis, "vi")
    figure.draw_without_rendering()
    assert ticks(axes.yaxis)[:3] == ["0%", "5%", "10%"]


@given(st.integers(-999, 999), st.integers(0, 4))
def test_decimals_are_as_many_as_a_number_has(whole, places):
    value = (10 * whole + 1) / 10**places if places else float(whole)
    assert decimals([0.0, value]) == places


def test_decimals_end_at_six_and_need_no_value():
    assert decimals([1 / 3]) == 6 and decimals([]) == 0


LEVELS = st.lists(st.floats(-100, 100), min_size=1, max_size=6)


@given(LEVELS)
def test_labels_stay_where_they_have_room(levels):
    wide = [10.0 * at for at in range(len(levels))]
    assert apart(wide, 10) == wide


@given(LEVELS, st.floats(0.1, 5))
def test_labels_keep_their_order_and_their_middle_and_part(levels, gap):
    heights = apart(levels, gap)
    order = np.argsort(levels, kind="stable")
    assert np.all(np.diff(np.array(heights)[order]) > 0)
    assert np.mean(heights) == pytest.approx(np.mean(levels), abs=1e-6)


def test_two_labels_part_by_the_gap():
    assert apart([5.0, 5.0], 2) == [4.0, 6.0]


@given(st.lists(st.text("ab-", min_size=1, max_size=12), min_size=1, max_size=12))
def test_lines_are_few_and_even_and_words_stay_whole(words):
    text = " ".join(words)
    lines = wrap(text, 14).split("\n")
    assert " ".join(lines) == text and max(map(len, lines)) <= 14
    narrower = wrap(text, max(map(len, lines))).split("\n")
    assert len(narrower) == len(lines)


def test_a_hyphen_is_no_place_to_break():
    assert wrap("difference in log-odds", 18) == "difference\nin log-odds"


def test_rows_are_named_from_top_to_bottom_with_room_for_each_line():
    figure, [[axes]] = canvas(2)
    assert name_rows(axes, ["head", "one\ntwo", "three"], headings=[True, False, False]) == [3.5, 2.0, 0.5]
    assert axes.get_ylim() == (0, 4) and axes.get_yticks().tolist() == [3.5, 2.0, 0.5]
    labels = axes.get_yticklabels()
    assert [t.get_text() for t in labels] == ["head", "one\ntwo", "three"]
    assert [t.get_fontweight() for t in labels] == ["bold", "normal", "normal"]
    assert {t.get_fontsize() for t in labels} == {SMALL}


def test_points_are_named_at_their_side_and_apart():
    figure, axes = drawn([0, 10], [0, 10])
    axes.set_ylim(0, 10)
    name_points(axes, [(2, 5, "left one", "left"), (2, 5.1, "right one", "right")], gap=0.1)
    left, right = axes.texts
    assert [t.get_text() for t in axes.texts] == ["left one", "right one"]
    assert (left.get_ha(), right.get_ha()) == ("right", "left")
    assert left.xy[0] == right.xy[0] == 2 and right.xy[1] - left.xy[1] == pytest.approx(1)


def test_a_legend_stands_below_all_panels():
    figure, [both] = canvas(3, columns=2)
    keys = [key("dot", color="red", marker="o"), key("line", color="blue", linestyle="-")]
    legend(figure, keys)
    figure.draw_without_rendering()
    [box] = figure.legends
    assert [t.get_text() for t in box.get_texts()] == ["dot", "line"]
    assert box.get_window_extent().y1 <= min(axes.get_tightbbox().y0 for axes in both)
    assert [k.get_linestyle() for k in keys] == ["None", "-"]
