"""Every reading has its row, drawn where the card puts it, and nothing is written over anything else."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from helpers.figures import cut, legend, texts, words
from matplotlib.colors import to_rgb

import povertystats as ps
from povertystats.exhibits.figure import BLUE, GREY, LIGHT, NARROW, SMALL, WIDTH
from povertystats.exhibits.target_plot import by_year, chances
from povertystats.forecasts.national_years import told as of_both
from povertystats.targets.verdict import chance, proxied
from povertystats.words.wording import likely, probability, say

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


def names(axes):
    return list(axes.get_yticklabels())


def marks(axes, marker):
    """Return ``{height: (x, line)}`` of a marker that is drawn."""
    lines = [one for one in axes.lines if one.get_marker() == marker and len(one.get_xdata())]
    return {float(one.get_ydata()[0]): (float(one.get_xdata()[0]), one) for one in lines}


def told(axes):
    """Return ``{height: text}`` of what is written inside the axes."""
    rows = axes.get_yticks()
    return {float(one.xy[1]): one for one in axes.texts if one.xy[1] in rows and one.xycoords == "data"}


def zones(axes):
    return [one for one in axes.texts if one.xycoords != "data"]


def overlaps(shown):
    """Return pairs of texts that are written over one another, and texts that are written over a mark."""
    shown.figure.draw_without_rendering()
    [axes] = shown.figure.axes
    ticks = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label]
    texts = [*axes.texts, *ticks, *(text for group in shown.figure.legends for text in group.get_texts())]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    found = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    dots = [point for one in axes.lines for point in axes.transData.transform(one.get_xydata())]
    drawn = [dot for dot in dots if axes.get_window_extent().padded(1).contains(*dot)]
    return found + [(name, dot) for name, box in boxes for dot in drawn if box.contains(*dot)]


@LANGUAGES
def test_each_reading_is_drawn_where_the_card_puts_it(card, lang):
    [axes] = chances(card, lang).figure.axes
    heights = axes.get_yticks()
    assert list(heights) == sorted(heights, reverse=True) and axes.get_xlim() == (0, 100)
    assert [words(name.get_text()) for name in names(axes)] == [t.wording[lang] for t in card.targets]
    dots, squares = marks(axes, "o"), marks(axes, "s")
    drawn = pd.DataFrame([[one.get(h, (np.nan,))[0] / 100 for one in (dots, squares)] for h in heights])
    np.testing.assert_allclose(drawn, card.table[["probability", "probability_points"]], rtol=1e-12)
    assert drawn.notna().sum().tolist() == [9, 9]
    written = told(axes)
    for height, (found, row) in zip(heights, card._rows(), strict=True):
        expected = say(f"scorecard.verdict.{row.verdict}", lang) if pd.isna(row.probability) else None
        assert written[height].get_text() == (
            expected or proxied(found, probability(chance(row), lang), lang)
        )
        # Beside the dot, or beside the square where that stands in the way.
        beside = [0] if expected else [dots[height][0], squares[height][0]]
        assert min(abs(written[height].xy[0] - at) for at in beside) < 0.01
        assert not expected or written[height].get_color() == GREY


@LANGUAGES
def test_a_thin_line_joins_both_probabilities(card, lang):
    [axes] = chances(card, lang).figure.axes
    joined = [
        line for line in axes.lines if line.get_marker() == "None" and line.get_transform() == axes.transData
    ]
    both = card.table.dropna(subset="probability_points")
    ends = [line.get_xdata() for line in joined if len(line.get_xdata()) == 2]
    np.testing.assert_allclose(ends, 100 * both[["probability", "probability_points"]])
    assert all(line.get_linewidth() <= 1 for line in joined)
    hollow = {line.get_markerfacecolor() for _, line in marks(axes, "s").values()}
    assert hollow == {"white"}


@LANGUAGES
def test_the_words_above_are_those_of_the_probabilities_below(card, lang):
    [axes] = chances(card, lang).figure.axes
    edges = axes.get_xticks().tolist()
    assert edges == [0, 10, 33, 50, 66, 90, 100]
    for text, low, high in zip(zones(axes), edges, edges[1:], strict=False):
        assert text.xy[0] == (low + high) / 2
        # Under 1 % and over 99 % the words are stronger still; within a stretch they are the same to its ends.
        for inside in (max(low, 1) + 1e-6, text.xy[0], min(high, 99) - 1e-6):
            assert words(text.get_text()) == likely(inside / 100, lang)
    bands = [(one.get_x(), one.get_x() + one.get_width()) for one in axes.patches]
    assert bands == list(zip(edges, edges[1:], strict=False))
    # Without colours the tints grow darker, and the marks stand out from all of them.
    grey = [np.dot(to_rgb(one.get_facecolor()), (0.2126, 0.7152, 0.0722)) for one in axes.patches]
    assert grey == sorted(grey, reverse=True)
    assert min(grey) - np.dot(to_rgb(BLUE), (0.2126, 0.7152, 0.0722)) > 0.3
    shown = axes.figure
    shown.draw_without_rendering()
    assert [text.get_text() for text in axes.get_xticklabels()] == [f"{at}%" for at in edges]


def test_a_reading_that_nobody_meant_is_lighter_only_beside_one_that_was(card):
    def inks(some):
        [axes] = chances(some, "en").figure.axes
        dots = marks(axes, "o")
        return [dots[height][1].get_color() for height in axes.get_yticks() if height in dots]

    expected = [BLUE if found.target.meant else LIGHT for found in card.details if found.chances]
    assert inks(card) == expected and expected.count(LIGHT) == 1
    [axes] = chances(card, "en").figure.axes
    unmeant = [not found.target.meant for found in card.details]
    assert [name.get_color() == GREY for name in names(axes)] == unmeant
    # Where no reading of a target was meant none is set back.
    nobody = [replace(found, target=replace(found.target, meant=False)) for found in card.details]
    alone = replace(card, details=tuple(nobody))
    assert set(inks(alone)) == {BLUE} and not chances(alone, "en").data["meant"].any()


@LANGUAGES
def test_the_legend_names_the_marks_that_are_drawn(card, came, lang):
    every, dot, none = (
        [say(f"plot.chances.{name}", lang) for name in some]
        for some in (("probability", "points", "lighter"), ("probability",), ())
    )
    assert legend(chances(card, lang)) == every
    assert legend(chances(part(card, 1), lang)) == every[:2]
    assert legend(chances(part(card, 1, probability_points=np.nan), lang)) == dot
    assert legend(chances(came, lang)) == none


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
def test_every_row_is_told(card, came, lang):
    alt = chances(card, lang).alt
    assert "{" not in alt and card.place in alt and "14" in alt.split(".")[0] and "9" in alt.split(".")[0]
    for target, row in zip(card.targets, card.table.itertuples(), strict=True):
        if pd.isna(row.probability):
            assert f"{target.wording[lang]}: {say(f'scorecard.verdict.{row.verdict}', lang)}" in alt
        else:
            assert f"{target.wording[lang]}: {probability(chance(row), lang)}" in alt
    apart = (card.table["probability"] - card.table["probability_points"]).abs()
    at = card.table.index[apart.between(0.035, 0.095)][0]
    both = [probability(card.table[name][at], lang) for name in ("probability", "probability_points")]
    told = {"vi": "{} (theo điểm phần trăm: {})", "en": "{} ({} in points)"}[lang].format(*both)
    assert told in alt
    later = chances(came, lang).alt
    for row, target in zip(came.table.itertuples(), came.targets, strict=True):
        assert f"{target.wording[lang]}: {say(f'scorecard.verdict.{row.verdict}', lang)}" in later


@LANGUAGES
def test_what_is_met_already_shows_its_probability_and_tells_both(card, lang):
    held = part(card, 1, verdict="already_met", probability=0.97, probability_points=0.99)
    shown = chances(held, lang)
    [text] = told(shown.figure.axes[0]).values()
    assert text.get_text() == "97%"
    assert f": {say('scorecard.verdict.already_met', lang)} (97%)" in shown.alt


@LANGUAGES
def test_nothing_is_cut_or_written_over(card, came, lang):
    sizes = {}
    for n, some in (("all", card), ("came", came), (2, part(card, 2)), (1, part(card, 1))):
        shown = chances(some, lang)
        assert overlaps(shown) == [] and cut(shown) == []
        width, sizes[n] = shown.figure.get_size_inches()
        assert width == WIDTH
        assert all(
            text.get_fontsize() >= SMALL
            for text in [*shown.figure.axes[0].texts, *names(shown.figure.axes[0])]
        )
    assert sizes["all"] == sizes["came"] > sizes[2] > sizes[1]


@LANGUAGES
def test_a_number_stands_beside_its_mark_and_runs_into_no_other(card, lang):
    away = [(0.05, np.nan), (0.97, np.nan), (0.5, 0.05), (0.5, 0.52), (0.52, 0.5)]
    between = [(0.0, 0.5), (0.03, 0.98), (0.98, 0.03)]
    beyond = [(0.0, 0.06), (0.0, 0.0), (1.0, 0.94), (1.0, 1.0)]
    pairs = away + between + beyond
    p, points = np.transpose(pairs)
    shown = chances(part(card, 12, probability=p, probability_points=points), lang)
    assert overlaps(shown) == [] and cut(shown) == []
    [axes] = shown.figure.axes
    written = told(axes)
    lines = {one.get_ydata()[0]: one.get_xdata() for one in axes.lines if one.get_linewidth() == 1}
    for height, pair in zip(axes.get_yticks(), pairs, strict=True):
        text, (mark, other) = written[height], (100 * pair[0], 100 * pair[1])
        box = text.get_window_extent()
        assert axes.get_window_extent().x0 < box.x0 and box.x1 < axes.get_window_extent().x1
        assert text.xy[0] == pytest.approx(other if pair in beyond else mark)
        if pair in between:  # the line begins where the number ends
            start = axes.transData.transform((lines[height][0], height))[0]
            assert start > box.x1 if mark < other else start < box.x0


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
        assert len(shown.alt.split(". ")) == 2 and shown._repr_mimebundle_()[1]["image/png"]["narrow"]
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
