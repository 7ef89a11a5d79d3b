"""A dot is a commune where its rate is, a bar as long as its count, a stroke where the truth lies; the text says so."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.figures import cut

from povertystats.exhibits import register_plots
from povertystats.exhibits.figure import ORANGE
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
EFFECTS = {"borrower_before": 4.0, "insured_before": 0.0}


def fits(**models):
    rows = {
        model: [
            {"driver": d, "estimate": e, "low": e - 1, "high": e + 1, "level": 0.95, "scale": "points"}
            for d, e in zip(EFFECTS, estimates, strict=True)
        ]
        for model, estimates in models.items()
    }
    return {model: SimpleNamespace(table=pd.DataFrame(table)) for model, table in rows.items()}


def drawn(axes):
    """Return the x values of the communes and those of the districts, from top to bottom."""
    strokes = [line for line in axes.lines if line.get_color() == ORANGE]
    dots = [line.get_xdata() for line in axes.lines if line not in strokes]
    return dots, [line.get_xdata()[0] for line in strokes]


def test_every_commune_with_a_rate_is_a_dot_in_its_district(review):
    [axes] = register_plots.communes(review, "en").figure.axes
    rows = review.table[review.table["year"] == 2020]
    districts = rows[rows["level"] == "district"].sort_values("poor_household_pct", ascending=False)
    communes = rows[rows["level"] == "commune"]
    dots, strokes = drawn(axes)
    assert strokes == districts["poor_household_pct"].tolist()
    for found, district in zip(dots, districts["district"], strict=True):
        rates = communes.loc[communes["district"] == district, "poor_household_pct"].dropna()
        np.testing.assert_allclose(np.sort(found), np.sort(rates))
    names = {at: text.get_text() for at, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    assert names[len(districts) - 1] == districts["place"].iloc[0]
    assert axes.get_xlim()[0] == 0 and axes.get_xlim()[1] > communes["poor_household_pct"].max()


@LANGUAGES
def test_hidden_communes_are_no_dots_but_counted_in_words(review, lang):
    shown = register_plots.communes(review, lang)
    rows = review.table[(review.table["year"] == 2020) & (review.table["level"] == "commune")]
    hidden = rows.loc[rows["poor_household_pct"].isna(), "district"].value_counts()
    assert len(hidden) and sum(len(x) for x in drawn(shown.figure.axes[0])[0]) == len(rows) - hidden.sum()
    for n in hidden:
        assert say("plot.communes.hidden", lang, n=n) in shown.alt


def test_a_district_without_a_rate_or_communes_is_still_named(review):
    table = review.table.copy()
    table.loc[table["district"] == "Huyện C", "poor_household_pct"] = np.nan
    shown = register_plots.communes(replace(review, table=table), "en")
    assert "Huyện C: – in all (hidden communes: " in shown.alt


def test_an_earlier_year_can_be_drawn_and_one_without_figures_is_named(review):
    assert "end of 2018" in register_plots.communes(review, "en", year=2018).alt
    with pytest.raises(ValueError, match="no row of the level 'province' in 1999"):
        register_plots.communes(review, "en", year=1999)


def test_bars_are_as_long_as_the_counts(transitions):
    [axes] = register_plots.moves(transitions, "en").figure.axes
    rows = transitions.table[transitions.table["level"] == "province"]
    down, newly, back, unknown = ([bar.get_height() for bar in bars] for bars in axes.containers)
    assert down == [-n for n in rows["escaped_households"]]
    assert np.add(np.add(newly, back), unknown).tolist() == rows["fell_households"].tolist()
    # In the first year no earlier review tells them apart, in others a number may be hidden.
    apart = (rows["newly_poor_households"].notna() & rows["fell_back_households"].notna()).tolist()
    assert [height == 0 for height in unknown] == apart and not apart[0] and newly[0] == back[0] == 0
    tops = [bar.get_y() + bar.get_height() for bar in axes.containers[-1]]
    assert tops == rows["fell_households"].tolist()


@LANGUAGES
def test_the_text_tells_the_same_counts(transitions, lang):
    shown = register_plots.moves(transitions, lang)
    rows = transitions.table[transitions.table["level"] == "province"]
    for row in rows.itertuples():
        assert number(row.escaped_households, lang, 0) in shown.alt
    assert number(rows["fell_households"].iloc[0], lang, 0) in shown.alt
    assert number(rows["fell_back_households"].iloc[-1], lang, 0) in shown.alt
    assert shown.data["fell_households"].tolist() == rows["fell_households"].tolist()


def test_hidden_counts_are_told_as_such(transitions):
    table = transitions.table.astype({"fell_households": "Int64", "escaped_households": "Int64"})
    table.loc[:, ["fell_households", "newly_poor_households", "fell_back_households"]] = pd.NA
    shown = register_plots.moves(replace(transitions, table=table), "en")
    assert "– became poor" in shown.alt and len(shown.figure.axes[0].containers) == 1


@LANGUAGES
def test_estimates_stand_beside_the_truth(lang):
    shown = register_plots.truth(fits(pooled=(2.5, 0.4), household=(4.2, -3.0)), EFFECTS, lang)
    [axes] = shown.figure.axes
    strokes = [line.get_xdata().tolist() for line in axes.lines if line.get_color() == ORANGE]
    assert strokes == [[4.0, 4.0], [0.0, 0.0]]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert {(d.get_xdata()[0], d.get_markerfacecolor() == "white") for d in dots} == {
        (2.5, True), (0.4, False), (4.2, False), (-3.0, True)
    }  # fmt: skip
    heights = [d.get_ydata()[0] for d in dots]
    assert len(set(heights)) == 4
    assert number(2, lang, 0) in shown.alt and number(-3, lang) in shown.alt
    assert shown.data["holds"].tolist() == [False, True, True, False]


def test_names_of_models_stand_in_the_rows_of_their_estimates():
    shown = register_plots.truth(fits(pooled=(2.5, 0.4), household=(4.2, -3.0)), EFFECTS, "en")
    [axes] = shown.figure.axes
    names = {h: t.get_text() for h, t in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    dots = {line.get_xdata()[0]: line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o"}
    assert names[dots[4.2]] == names[dots[-3.0]] == "each household with itself"
    assert names[dots[2.5]] == names[dots[0.4]] == "all households compared"


@LANGUAGES
def test_nothing_is_cut_off_and_every_figure_says_that_it_is_illustrative(review, transitions, lang):
    models = fits(
        pooled=(2.5, 0.4), commune=(3, 1), commune_year=(4, 1), cell_logit=(4, 0), household=(4, -3)
    )
    shown = [
        register_plots.communes(review, lang),
        register_plots.moves(transitions, lang),
        register_plots.truth(models, EFFECTS, lang),
    ]
    begins = say("register.illustrative", lang, text="")
    for one in shown:
        assert one.png() and not cut(one)  # a layout is made when it is drawn
        assert one.title.startswith(begins.strip()) and one.alt.startswith(begins)
        assert one.data["illustrative"].all() and len(one.data)


def test_figures_of_a_real_register_are_not_called_illustrative(review, transitions):
    for shown in (
        register_plots.communes(replace(review, illustrative=False), "en"),
        register_plots.moves(replace(transitions, illustrative=False), "en"),
    ):
        assert not shown.alt.startswith("Illustrative") and "illustrative" not in shown.data


def test_bad_input_is_refused(review, transitions):
    for draw in (
        lambda: register_plots.communes(review, "fr"),
        lambda: register_plots.moves(transitions, "fr"),
        lambda: register_plots.truth(fits(pooled=(1, 2)), EFFECTS, "fr"),
    ):
        with pytest.raises(ValueError, match="'fr'"):
            draw()
    with pytest.raises(ValueError, match="no estimate in points of trained_before"):
        register_plots.truth(fits(pooled=(1, 2)), {"trained_before": 6.0}, "en")
    with pytest.raises(ValueError, match="expected a review made with by='commune'"):
        by_district = review.table[review.table["level"] != "commune"]
        register_plots.communes(replace(review, table=by_district), "en")
