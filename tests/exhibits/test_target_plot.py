"""Every reading has its row, drawn where the card puts it, and nothing is written over anything else."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.figures import cut, legend, sentences, texts, words
from matplotlib.colors import to_rgb

import povertystats as ps
from povertystats.exhibits.figure import BLUE, LIGHT, NARROW, SMALL, WIDTH
from povertystats.exhibits.target_plot import _short, by_year, chances
from povertystats.forecasts.national_years import told as of_both
from povertystats.targets.verdict import chance
from povertystats.words.wording import likely, odds, probability, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def came(facts):
    """The card of a day on which outcomes are known, and no probability is left."""
    return ps.scorecard(facts.as_of("2026-01-01"))


def part(card, n, **columns):
    """Return the first ``n`` rows of a card, with other figures in its table."""
    return replace(
        card, targets=card.targets[:n], details=card.details[:n], table=card.table[:n].assign(**columns)
    )


def drawn(axes):
    """Return of each row, from the first down, the chances that are drawn, in percent, and how its number is written."""
    dots = {}
    for line in axes.lines:
        if line.get_marker() == "o":
            dots[float(line.get_ydata()[0])] = (sorted(map(float, line.get_xdata())), line.get_color())
    numbers = {float(one.xy[1]): one for one in axes.texts if getattr(one, "xycoords", "") == "data"}
    return [(*dots.get(height, ([], "")), numbers[height]) for height in sorted(numbers, reverse=True)]


def both(shown):
    return [shown.figure, shown.narrow()]


def overlaps(figure):
    """Return pairs of texts that are written over one another, and numbers that are written over a mark."""
    figure.draw_without_rendering()
    [axes] = figure.axes
    titles = [one for one in (axes.title, axes._left_title, axes._right_title) if one.get_text()]
    every = [*axes.texts, *axes.get_xticklabels(), axes.xaxis.label, *titles]
    boxes = [(text.get_text(), text.get_window_extent()) for text in every]
    found = [
        (a, b)
        for (a, one), (b, other) in combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 1
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 0.3 * min(one.height, other.height)
    ]
    dots = [
        axes.transData.transform(xy)
        for one in axes.lines
        if one.get_marker() == "o"
        for xy in one.get_xydata()
    ]
    return found + [(name, dot) for name, box in boxes for dot in dots if box.contains(*dot)]


@LANGUAGES
def test_each_reading_is_drawn_where_the_card_puts_it(card, lang):
    for figure in both(chances(card, lang)):
        [axes] = figure.axes
        rows = drawn(axes)
        assert len(rows) == len(card.targets) and axes.get_xlim() == (0, 100) and not figure.legends
        named = [words(one.get_text()) for one in axes.texts if not hasattr(one, "xycoords")]
        for (ends, _, text), name, (found, row) in zip(rows, named, card._rows(), strict=True):
            assert name.startswith(found.target.wording[lang])
            assert (say("plot.chances.proxy", lang) in name) == bool(ends and found.stands_in)
            p = chance(row)
            if not isinstance(p, tuple) and pd.isna(p):
                assert ends == [] and text.get_text() == say(f"scorecard.verdict.{row.verdict}", lang)
            else:
                np.testing.assert_allclose([ends[0], ends[-1]], 100 * np.broadcast_to(p, 2))
                assert text.get_text() == (_short(p, lang) if isinstance(p, tuple) else odds(p, lang))


def test_what_cannot_be_assessed_lies_outside_the_stretches_of_likelihood(card):
    for figure in both(chances(card, "en")):
        [axes] = figure.axes
        blank = [one for one in axes.patches if tuple(one.get_facecolor()[:3]) == (1.0, 1.0, 1.0)]
        open_ones = card.table[card.table["probability"].isna()]
        assert len(blank) == len(open_ones)
        assert sum(bool(one.get_hatch()) for one in blank) == (open_ones["verdict"] == "not_assessable").sum()
        assert len({round(one.get_height(), 6) for one in blank}) == 1
        assert all((one.get_x(), one.get_width(), one.get_zorder()) == (0, 100, 2) for one in blank)


def test_both_scales_are_a_bar_where_they_tell_different_things(card):
    some = part(card, 1, probability=0.5, probability_points=0.23, settled=0)
    [axes] = chances(some, "en").figure.axes
    [(ends, _, text)] = drawn(axes)
    assert ends == pytest.approx([23, 50]) and text.get_text() == "23–50 in 100"
    [bar] = [one for one in axes.lines if one.get_linewidth() == 4]
    assert sorted(bar.get_xdata()) == pytest.approx([23, 50])


@LANGUAGES
def test_the_words_above_are_those_of_the_probabilities_below(card, lang):
    wide, narrow = (figure.axes[0] for figure in both(chances(card, lang)))
    edges = wide.get_xticks().tolist()
    assert edges == [0, 10, 33, 50, 66, 90, 100]
    above = [one for one in wide.texts if getattr(one, "xycoords", "data") != "data"]
    for text, low, high in zip(above, edges, edges[1:], strict=False):
        assert text.xy[0] == (low + high) / 2
        # Under 1 % and over 99 % the words are stronger still; within a stretch they are the same to its ends.
        for inside in (max(low, 1) + 1e-6, text.xy[0], min(high, 99) - 1e-6):
            assert words(text.get_text()) == likely(inside / 100, lang)
    assert words(narrow.get_title("left")) == likely(0.05, lang)
    assert words(narrow.get_title("right")) == likely(0.95, lang)
    bands = [one for one in wide.patches if one.get_zorder() < 1]
    assert [(one.get_x(), one.get_x() + one.get_width()) for one in bands] == [
        *zip(edges, edges[1:], strict=False)
    ]
    # Without colours the tints grow darker, and the marks stand out from all of them.
    grey = [np.dot(to_rgb(one.get_facecolor()), (0.2126, 0.7152, 0.0722)) for one in bands]
    assert grey == sorted(grey, reverse=True)
    assert min(grey) - np.dot(to_rgb(BLUE), (0.2126, 0.7152, 0.0722)) > 0.3


def test_a_reading_that_nobody_meant_is_lighter_only_beside_one_that_was(card):
    def inks(some):
        return [colour for _, colour, _ in drawn(chances(some, "en").figure.axes[0]) if colour]

    expected = [BLUE if found.target.meant else LIGHT for found in card.details if found.chances]
    assert inks(card) == expected and expected.count(LIGHT) == 1
    remark = say("plot.chances.lighter", "en")
    assert sum(remark in words(text) for text in texts(chances(card, "en"))) == 1
    # Where no reading of a target was meant none is set back.
    nobody = [replace(found, target=replace(found.target, meant=False)) for found in card.details]
    alone = replace(card, details=tuple(nobody))
    assert set(inks(alone)) == {BLUE} and not chances(alone, "en").data["meant"].any()


def test_the_numbers_are_those_of_the_card(card):
    data = chances(card, "en").data
    columns = [
        "target",
        "reading",
        "wording",
        "probability_pct",
        "probability_points_pct",
        "verdict",
        "meant",
    ]
    assert data.columns.tolist() == columns
    same = ["target", "reading", "verdict"]
    pd.testing.assert_frame_equal(data[same], card.table[same])
    for name in ("probability", "probability_points"):
        np.testing.assert_allclose(data[f"{name}_pct"] / 100, card.table[name])
    assert data["meant"].tolist() == [target.meant for target in card.targets]
    assert data["wording"].tolist() == [target.wording["en"] for target in card.targets]


@LANGUAGES
def test_the_picture_is_told_in_two_sentences(card, came, lang):
    for some in (card, came, part(card, 1)):
        shown = chances(some, lang)
        assert sentences(shown.alt) <= 2 and some.place in shown.alt and some.place in shown.title
        assert "{" not in shown.alt and f"{len(some.targets)}" in shown.alt
    alt = chances(card, lang).alt
    meant = card.table[["probability"]][[t.meant for t in card.targets]]
    assert odds(meant["probability"].max(), lang) in alt and odds(meant["probability"].min(), lang) in alt


@LANGUAGES
def test_what_is_met_already_shows_its_probability_and_tells_both(card, lang):
    held = part(card, 1, verdict="already_met", probability=0.97, probability_points=0.99)
    [axes] = chances(held, lang).figure.axes
    [(_, _, text)] = drawn(axes)
    met = say("scorecard.verdict.already_met", lang)
    assert text.get_text() == odds(0.97, lang) and any(met in words(one.get_text()) for one in axes.texts)


@LANGUAGES
def test_nothing_is_cut_or_written_over_and_rows_are_even(card, came, lang):
    sizes = {}
    for n, some in (("all", card), ("came", came), (2, part(card, 2)), (1, part(card, 1))):
        shown = chances(some, lang)
        for figure, expected in zip(both(shown), (WIDTH, NARROW), strict=True):
            assert overlaps(figure) == [] and cut(SimpleNamespace(figure=figure)) == []
            width, sizes[n, expected] = figure.get_size_inches()
            assert width == expected and all(text.get_fontsize() >= SMALL for text in figure.axes[0].texts)
            heights = [one.xy[1] for *_, one in drawn(figure.axes[0])]
            np.testing.assert_allclose(np.diff(heights), -1)
    assert sizes["all", WIDTH] > sizes[2, WIDTH] > sizes[1, WIDTH]


@LANGUAGES
def test_a_number_stands_beside_its_mark_and_runs_into_no_other(card, lang):
    p = [0.0, 0.03, 0.05, 0.3, 0.5, 0.62, 0.8, 0.97, 1.0, 0.1, 0.02, 0.4]
    points = [np.nan] * 9 + [0.97, 0.3, 0.6]
    some = part(card, 12, probability=p, probability_points=points, settled=0, verdict="probable")
    for figure in both(chances(some, lang)):
        assert overlaps(figure) == [] and cut(SimpleNamespace(figure=figure)) == []
        [axes] = figure.axes
        room = axes.get_window_extent()
        for *_, text in drawn(axes):
            box = text.get_window_extent()
            assert room.x0 - 1 <= box.x0 and box.x1 <= room.x1 + 1


def test_the_same_figure_has_the_same_bytes_and_speaks_its_language(card):
    first, again, other = (chances(part(card, 3), lang) for lang in ("vi", "vi", "en"))
    assert first.png() == again.png() and texts(first) != texts(other)
    assert first.alt == again.alt != other.alt


def test_a_card_without_targets_and_an_unknown_language_are_refused(card, known):
    empty = ps.scorecard(known, place="Hà Giang")
    with pytest.raises(ValueError, match="the scorecard of Hà Giang holds no target; expected at least one"):
        chances(empty, "en")
    for lang in ("fr", None):
        with pytest.raises(ValueError, match=f"language {lang!r} is not known; choose one of vi, en"):
            chances(card, lang)


def test_the_kinds_of_year_of_one_target(card):
    meant = [found for found in card.details if found.target.target == "poverty"][:2]
    for lang in ("vi", "en"):
        shown = by_year([(one.target.wording[lang], one.by_year) for one in meant], lang)
        shown.figure.draw_without_rendering()
        assert shown.figure.get_figwidth() == NARROW and not cut(shown) and not legend(shown)
        assert len(shown.figure.axes) == 2 and shown.data["year"].tolist() == 2 * [
            "all",
            "good",
            "ordinary",
            "bad",
        ]
        for axes, one in zip(shown.figure.axes, meant, strict=True):
            chances = [of_both(one.by_year, kind) for kind in ("all", "good", "ordinary", "bad")]
            bars = np.reshape([bar.get_width() for bar in axes.patches], (4, 2))
            ends = np.array([np.broadcast_to(p, 2) for p in chances])
            np.testing.assert_allclose(bars, 100 * ends[:, ::-1])
            # Every mark has its number and its name, and what is written stands apart.
            said = [text for text in axes.texts if words(text.get_text()) != one.target.wording[lang]]
            assert [text.get_text() for text in said] == [probability(p, lang) for p in chances]
            names = [say(f"plot.by_year.{kind}.one", lang) for kind in ("all", "good", "ordinary", "bad")]
            assert [text.get_text() for text in axes.get_yticklabels()] == names
            assert one.target.wording[lang] in {words(text.get_text()) for text in axes.texts}
        boxes = [text.get_window_extent() for axes in shown.figure.axes for text in axes.texts]
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        # Two sentences, and the mark for the phone.
        assert sentences(shown.alt) == 2 and shown.about()["small"] and shown.title
    # Where the scales differ widely, both ends are told and drawn.
    wide = replace(meant[0].by_year, in_points=meant[1].by_year)
    both = wide.plot("vi", title="x")
    both.figure.draw_without_rendering()
    assert (both.data["high_pct"] > both.data["low_pct"]).all() and not cut(both)
    assert (
        probability(of_both(wide, "ordinary"), "vi") in texts(both)
        and len(probability(of_both(wide, "all"), "en")) > 5
    )
    alone = meant[0].by_year.plot("en")
    assert len(alone.figure.axes) == 1
    with pytest.raises(ValueError, match="nothing to draw"):
        by_year([], "en")
