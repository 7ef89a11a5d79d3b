"""What all figures share: ticks that are told apart, labels that are not written over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.exhibits.figure import (
    SMALL,
    WIDTH,
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


def ticks(axis):
    """Return the texts at the ticks inside the view of an axis."""
    low, high = sorted(axis.get_view_interval())
    places = zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
    return [text.get_text() for text, at in places if low <= at <= high]


def drawn(*data):
    figure, [[axes]] = canvas(3)
    axes.plot(*data)
    return figure, axes


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
