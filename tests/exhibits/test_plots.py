"""Every result that has a picture is drawn without any option, from the registry alone, in both languages."""

import re
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.adoption import made as adopting
from helpers.figures import cut, legend, sentences, texts, words
from matplotlib.text import Text

import povertystats as ps
from povertystats.associations.check import Check, checked
from povertystats.drivers import declared
from povertystats.drivers.credit import credit_study
from povertystats.exhibits import place_plots
from povertystats.exhibits.driver_tables import checks
from povertystats.exhibits.figure import GREY, NARROW
from povertystats.exhibits.plots import PICTURES, plot
from povertystats.words.phrases import term_name
from povertystats.words.result import Plotted
from povertystats.words.wording import LANGUAGES, number, say

PLACE, RATE = "Bắc Kạn", "poor_household_pct"


@pytest.fixture(scope="module")
def results(known, card, ahead, record, fits, curves, review, transitions):
    """One result of each kind in the registry."""
    series = known.series(RATE, place=PLACE)
    rest = [
        credit_study(known),
        fits["training"],
        curves["training"],
        ps.scenario(known, place=PLACE),
        fits["training"].leave_one_out,
    ]
    rest.append(rest[3].what_if({"training": 2.0}))
    rest.append(card.details[0].by_year)
    rest.append(ps.event_study(adopting(), "y", "since", draws=0))
    every = [series, record, ahead, card, review, transitions, *rest]
    return {type(one): one for one in every}


@pytest.fixture(scope="module")
def shown(results):
    return cache(lambda kind, lang: plot(results[kind], lang))


def of(kinds, name):
    return next(kind for kind in kinds if kind.__name__ == name)


def test_every_kind_is_drawn_in_both_languages_with_its_text_and_numbers(results, shown):
    assert {*results, Check} == set(PICTURES)
    assert all(issubclass(kind, Plotted) for kind in PICTURES)
    for kind in results:
        vi, en = (shown(kind, lang) for lang in LANGUAGES)
        assert vi.alt != en.alt and all(len(picture.alt) > 60 for picture in (vi, en)), kind
        assert not re.search(r"[{}]|None|nan", vi.alt + en.alt), kind
        numbers = [picture.data.select_dtypes("number") for picture in (vi, en)]
        assert numbers[0].size and numbers[0].equals(numbers[1]), kind
        for left, right in zip(vi.figure.axes, en.figure.axes, strict=True):
            for one, other in zip(left.lines, right.lines, strict=True):
                # Heights depend on how many lines the names of rows have.
                np.testing.assert_array_equal(one.get_xdata(), other.get_xdata())
        assert texts(vi) != texts(en), kind
        for one in (vi, en):
            assert sentences(one.alt) <= 2 and one.title and not re.search(r"[{}]", one.title), kind
            on_phone = one.figure if one.narrow is None else one.narrow()
            assert on_phone.get_figwidth() == NARROW, kind
            assert on_phone.draw_without_rendering() or not cut(SimpleNamespace(figure=on_phone)), kind
            assert all(text.get_fontsize() >= 8.5 for text in on_phone.findobj(Text) if text.get_text()), kind


def test_the_figures_of_a_series_are_drawn_under_the_name_of_its_column(results, shown):
    series = results[kind := of(results, "AnnualSeries")]
    for lang in LANGUAGES:
        [axes] = shown(kind, lang).figure.axes
        assert axes.lines[0].get_xydata().tolist() == series.table[["year", "value"]].values.tolist()
        assert any(RATE in text.get_text() for text in axes.texts)
        named = plot(series, lang, title="poverty")
        assert "poverty" in named.alt and RATE not in named.alt


def test_a_forecast_is_drawn_without_targets_or_with_those_given(results, shown):
    ahead = results[kind := of(results, "Forecast")]
    for lang in LANGUAGES:
        bare, given = shown(kind, lang), plot(ahead, lang, goals=[("goal", 17.1)], title="poverty", came=16.0)
        for value in (ahead.level_at(0.5), *ahead.interval(0.8)):
            assert number(value, lang, 2) + "%" in bare.alt
        assert (
            RATE in bare.alt.lower()
            and "goal" not in bare.alt
            and "Poverty" in given.alt
            and "goal" in given.alt
        )
        assert set(given.data["kind"]) - set(bare.data["kind"]) == {"target", "outcome"}


def test_a_scenario_is_drawn_as_its_forecast_with_what_the_targets_require(results, shown, known):
    there = results[kind := of(results, "Scenario")]
    bounds = [reading.bound for reading in there.readings if reading.target]
    for lang in LANGUAGES:
        data = shown(kind, lang).data
        assert data.loc[data["kind"] == "target", "rate_pct"].tolist() == bounds
        assert known.title(RATE, lang, short=True) in shown(kind, lang).alt.lower()


def test_a_what_if_is_drawn_by_each_way_beside_what_it_would_be_without(results, shown):
    what_if = results[kind := of(results, "WhatIf")]
    rows = what_if.table.drop_duplicates(["way", "estimator", "scale"])
    for lang in LANGUAGES:
        [axes] = shown(kind, lang).figure.axes
        lines = axes.lines[: 2 * len(rows)]
        bars, medians = ([list(line.get_xdata()) for line in lines[at::2]] for at in (0, 1))
        assert bars == rows[["low80", "high80"]].values.tolist() and medians == rows[["rate"]].values.tolist()
        assert list(axes.lines[2 * len(rows)].get_xdata()) == rows["rate_without"].tolist()
        bounds = [line.get_xdata()[0] for line in axes.lines[2 * len(rows) + 1 :]]
        low, high = rows["low80"].min(), rows["high80"].max()
        every = [reading.bound for reading in what_if.scenario.readings]
        assert bounds == [one for one in every if abs(one - (low + high) / 2) <= 1.5 * (high - low)]
        ends = rows.sort_values("rate").iloc[[0, -1]]
        told = [number(rate, lang, 1) + "%" for rate in (*ends["rate"], *ends["rate_without"])]
        assert all(rate in shown(kind, lang).alt for rate in told)


def test_a_fit_is_drawn_under_its_columns_or_the_names_given(results, shown):
    fit = results[kind := of(results, "DriverFit")]
    for lang in LANGUAGES:
        assert "trained_pct" in shown(kind, lang).alt
        assert "trained_pct" not in plot(fit, lang, labels={"trained_pct": "training"}).alt
        assert [text.get_text() for text in plot(fit, lang, plain=True).figure.legends[0].get_texts()][
            1:
        ] == [text.get_text() for text in shown(kind, lang).figure.legends[0].get_texts()][-2:]


def test_credit_marks_a_place_only_when_one_is_named(results, shown):
    study = results[kind := of(results, "CreditStudy")]
    for lang in LANGUAGES:
        assert len(shown(kind, lang).figure.axes[0].lines[-1].get_xdata()) == 0
        assert len(plot(study, lang, highlight=PLACE).figure.axes[0].lines[-1].get_xdata()) == 1


def test_the_record_is_drawn_by_the_first_method_that_it_has(results):
    record = results[of(results, "Backtest")]
    some = record.forecasts[record.forecasts["method"].isin(["pooled_apart", "naive"])]
    other = type(record)(record.indicators, some, record.left_out)
    assert plot(other, "en").alt == plot(record, "en", method="pooled_apart").alt


def test_what_has_no_picture_or_no_such_language_is_refused(results):
    with pytest.raises(TypeError, match="no picture of a dict"):
        plot({}, "en")
    for result in results.values():
        with pytest.raises(ValueError, match="language 'fr' is not known; choose one of vi, en"):
            plot(result, "fr")


@dataclass(frozen=True, eq=False, repr=False)
class Moved(Check):
    """A check made up for these tests."""

    table: pd.DataFrame
    kind = "moved"

    def _text(self, lang, labels):
        return "moved"

    def names(self, lang, *, labels=None):
        return [f"{lang} {way}" for way in self.table["way"]]


@dataclass(frozen=True, eq=False, repr=False)
class Counted(Moved):
    reference = None
    clear = pd.Series([True, False])


def rows(**more):
    columns = {
        "scale": ["points", "points", "log_odds", "points"],
        "driver": ["x", "x", "x", "log(y)"],
        "case": ["as it is", "without", "as it is", "as it is"],
        "estimate": [-1.5, 0.2, np.nan, 12.0],
        "low": [-2.5, -0.1, np.nan, 10.0],
        "high": [-0.5, 0.5, np.nan, 14.0],
        "p": [0.01, 0.2, np.nan, 0.0002],
        "n": [99, 98, 0, 97],
        "level": [0.9, 0.9, np.nan, 0.9],
    }
    return checked("moved", pd.DataFrame(columns | more), ["scale", "case"])


def test_one_forest_serves_every_check():
    labels = {"x": "training", "y": "money"}
    for lang in LANGUAGES:
        shown = plot(Moved(rows()), lang, labels=labels)
        points, log_odds, other = shown.figure.axes
        names = [[words(text.get_text()) for text in axes.get_yticklabels()] for axes in shown.figure.axes]
        assert names[0] == ["training", f"{lang} points, as it is", f"{lang} points, without"]
        assert names[1:] == [
            [f"{lang} log_odds, as it is"],
            [term_name("log(y)", lang, labels), f"{lang} points, as it is"],
        ]
        zero, first, clear, _, unclear = points.lines
        assert list(zero.get_xdata()) == [0, 0] and list(first.get_xdata()) == [-2.5, -0.5]
        assert [clear.get_xdata()[0], unclear.get_xdata()[0]] == [-1.5, 0.2]
        assert clear.get_markerfacecolor() != "white" == unclear.get_markerfacecolor()
        assert other.lines[2].get_xdata()[0] == 12 and other.get_xlabel() == say("plot.check.axis_each", lang)
        level = say("plot.coefficients.interval", lang, level=90)
        keys = [level, say("plot.coefficients.clear", lang), say("plot.coefficients.unclear", lang)]
        assert legend(shown) == keys and level in shown.alt
        told = {"vi": "−1,50 (từ −2,50 đến −0,50)", "en": "−1.50 (−2.50 to −0.50)"}[lang]
        assert f"training: {lang} points, as it is {told}; " in shown.alt
        assert say("plot.check.missing", lang, name=f"{lang} log_odds, as it is") in shown.alt
        assert shown.data["estimate"].equals(rows()["estimate"]) and shown.data["clear"].sum() == 2
        shown.figure.draw_without_rendering()
        assert not cut(shown)


def test_what_is_not_compared_with_zero_has_no_line_there():
    ends = {"driver": "x", "scale": "points", "low": np.nan, "high": np.nan, "level": np.nan}
    counts = Counted(rows(**ends).iloc[:2])
    for lang in LANGUAGES:
        shown = plot(counts, lang)
        [axes] = shown.figure.axes
        assert [line.get_xdata()[0] for line in axes.lines[1::2]] == [-1.5, 0.2] and not shown.figure.legends
        assert axes.get_xlabel() == say("plot.check.axis", lang) and "x: " in shown.alt
        assert number(-1.5, lang) in shown.alt and "(" not in shown.alt


def test_one_table_serves_every_check():
    for lang in LANGUAGES:
        table = checks(Moved(rows()), lang, labels={"x": "training"})
        heads = ["driver", "way", "estimate", "interval", "p", "n"]
        assert list(table.frame) == [say(f"brief.fit.{head}", lang, level=90) for head in heads]
        cells = dict(zip(heads, table.frame.T.values.tolist(), strict=True))
        assert cells["driver"] == ["training"] * 3 + [term_name("log(y)", lang, {})]
        assert cells["estimate"] == [number(-1.5, lang), number(0.2, lang), "–", "12"]
        assert cells["interval"][2] == cells["p"][2] == "–" and cells["n"] == ["99", "98", "0", "97"]
        assert cells["p"][3] == say("brief.tiny", lang)


def test_the_checks_of_a_fit_are_drawn_and_tabled_in_both_languages(known, fits, curves):
    coverage = declared.coverage(known)
    found = [
        declared.timing(known, "training"),
        declared.hidden(known, "training", "points"),
        declared.regions(known, "training"),
        ps.null_curve(curves["training"], draws=99),
        coverage,
    ]
    for one in found:
        for lang in LANGUAGES:
            shown, table = one.plot(lang), checks(one, lang)
            shown.figure.draw_without_rendering()
            assert not cut(shown) and len(shown.data) == len(table.frame) == len(one.table)
            drawn = sum(len(axes.get_yticks()) for axes in shown.figure.axes)
            assert drawn == len(one.table) + one.table["driver"].nunique()
            names = [words(name) for name in one.names(lang)]
            assert all(name in words(shown.alt) for name in names) and not re.search("[{}]", shown.alt)


def test_leaving_one_place_out_has_its_own_picture(fits):
    fit = fits["training"]
    for lang in LANGUAGES:
        shown = fit.leave_one_out.plot(lang)
        assert shown.alt == place_plots.leave_one_out(fit, lang).alt
        row = fit.table[(fit.table["estimator"] == "within") & (fit.table["scale"] == "points")].iloc[0]
        assert list(shown.figure.axes[0].lines[0].get_xdata()) == [row.estimate] * 2
        assert number(row.low, lang, 3) in shown.alt


def test_years_before_adoption_are_grey_and_a_year_that_one_place_carries_has_no_bar():
    rows = adopting(2, 25, 10, [2012] * 10 + [2009] + [None] * 14)
    picture = ps.event_study(rows, "y", "since", draws=0, before=2).plot(
        "en", labels={"y": "the rate", "since": "the law"}
    )
    assert picture.title == "The rate by years since adoption (the law)"
    axes = picture.figure.axes[0]
    dots = [line for line in axes.lines if line.get_marker() in ("o", "x")]
    assert [line.get_color() == GREY for line in dots] == [since < 0 for since in picture.data["since"]]
    # What has no interval is neither clear nor unclear.
    assert [line.get_marker() == "x" for line in dots] == picture.data["low"].isna().tolist()
    assert "one place alone: no interval" in [t.get_text() for t in picture.figure.legends[0].get_texts()]
    assert picture.data["low"].isna().sum() == 3 and "year 8 since adoption" in picture.alt
    assert axes.get_xticklabels()[0].get_text() == "−2\n(10)"
