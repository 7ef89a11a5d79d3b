"""What was estimated of the drivers is drawn as it is, and told to those who cannot see it."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.figures import cut, legend, texts, words, xy

import povertystats as ps
from povertystats.checks.specification_curve import specification_curve
from povertystats.drivers import declared
from povertystats.exhibits import driver_plots, place_plots
from povertystats.words.phrases import term_name
from povertystats.words.wording import number, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
OUTCOME, TRAINED, MONEY = "poor_income_pct", "trained_pct", "log(ntp_transfer_pc_vnd_k)"
ESTIMATORS = ("within", "first_differences", "between", "fractional_logit")


@pytest.fixture(scope="module")
def panel(known):
    columns = [OUTCOME, TRAINED, "ntp_transfer_pc_vnd_k"]
    return known.panel(columns, years=(2013, 2016), standard="any")


@pytest.fixture(scope="module")
def one(panel):
    return ps.fit_drivers(panel, OUTCOME, [TRAINED], draws=199)


@pytest.fixture(scope="module")
def many(panel):
    scales = ("points", "log", "log_odds")
    return ps.fit_drivers(panel, OUTCOME, [TRAINED, MONEY], scales=scales, estimators=ESTIMATORS, draws=199)


@pytest.fixture(scope="module")
def names(known):
    columns = (OUTCOME, TRAINED, "ntp_transfer_pc_vnd_k")
    return lambda lang: {c: known.title(c, lang, short=True) for c in columns}


@pytest.fixture(scope="module")
def coefficients(names):
    """Return a function that draws the coefficients of a fit, once for all tests that look at them."""
    return cache(
        lambda fit, lang, plain=False: laid_out(
            driver_plots.coefficients([fit], lang, labels=names(lang), plain=plain)
        )
    )


@pytest.fixture(scope="module")
def without(names):
    """Return a function that draws a fit without each of its places in turn, once for all tests."""
    return cache(lambda fit, lang: laid_out(place_plots.leave_one_out(fit, lang, labels=names(lang))))


@pytest.fixture(scope="module")
def curves(ours):
    return cache(lambda lang: laid_out(driver_plots.specification_curve(ours, lang)))


def laid_out(shown):
    shown.figure.draw_without_rendering()
    return shown


def shown_ticks(axis):
    low, high = sorted(axis.get_view_interval())
    places = zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
    return [text.get_text() for text, at in places if low <= at <= high]


@LANGUAGES
def test_each_estimate_is_drawn_with_its_two_intervals(many, coefficients, lang):
    shown = coefficients(many, lang)
    panels = np.reshape(shown.figure.axes, (2, 3))
    for driver, across in zip((TRAINED, MONEY), panels, strict=True):
        for scale, axes in zip(("points", "log", "log_odds"), across, strict=True):
            rows = many.table[(many.table["driver"] == driver) & (many.table["scale"] == scale)]
            zero, *lines = axes.lines
            lines = iter(lines)
            assert xy(zero)[0] == [0, 0]
            heights = []
            for row in rows.itertuples():
                thick = next(lines)
                heights.append(xy(thick)[1][0])
                assert xy(thick) == [[row.low, row.high], [heights[-1]] * 2]
                if row.estimator != "fractional_logit":  # no bootstrap of it
                    thin = next(lines)
                    assert xy(thin) == [[row.low_wild, row.high_wild], [heights[-1]] * 2]
                    assert thin.get_linewidth() < thick.get_linewidth() and thin.get_marker() == "|"
                dot = next(lines)
                assert xy(dot) == [[row.estimate], [heights[-1]]]
                clear = (row.low > 0 or row.high < 0) and row.verdict == "holds"
                assert (dot.get_markerfacecolor() == "white") == (not clear)
            assert next(lines, None) is None
            labels = [t.get_text() for t in axes.get_yticklabels()]
            at = dict(zip(axes.get_yticks(), labels, strict=True)) if axes is across[0] else {}
            told = [say(f"drivers.estimator.{e}", lang) for e in rows["estimator"]]
            assert [at[height] for height in heights if at] == (told if at else [])
            assert heights == sorted(heights, reverse=True)


@LANGUAGES
def test_rows_are_headed_by_their_driver_and_columns_by_their_unit(many, names, coefficients, lang):
    axes = coefficients(many, lang).figure.axes
    heads = [words(a.get_yticklabels()[0].get_text()) for a in axes[::3]]
    assert heads == [term_name(driver, lang, names(lang)) for driver in (TRAINED, MONEY)]
    assert all(a.get_yticklabels()[0].get_fontweight() == "bold" for a in axes[::3])
    assert [words(a.get_xlabel()) for a in axes] == ["", "", ""] + [
        say(f"plot.coefficients.{scale}", lang) for scale in ("points", "log", "log_odds")
    ]
    for panel in axes:
        told = shown_ticks(panel.xaxis)
        assert len(set(told)) == len(told) >= 2
        assert not any(("." if lang == "vi" else ",") in text for text in told)


@LANGUAGES
def test_one_estimator_needs_no_heading(one, many, names, coefficients, lang):
    shown = coefficients(one, lang)
    left, right = shown.figure.axes
    assert [words(t.get_text()) for t in left.get_yticklabels()] == [names(lang)[TRAINED]]
    assert say("drivers.estimator.within", lang) not in shown.alt
    both = driver_plots.coefficients([one, many], lang, labels=names(lang))
    assert len(both.figure.axes) == 9 and say("drivers.estimator.within", lang) in both.alt


@LANGUAGES
def test_coefficients_are_told_in_numbers(many, names, coefficients, lang):
    alt = coefficients(many, lang).alt
    within = many.table["estimator"] == "within"
    for row, first in zip(many.table.itertuples(), within, strict=True):
        low, high = (number(value, lang, 3) for value in (row.low, row.high))
        interval = f"{low} to {high}" if lang == "en" else f"từ {low} đến {high}"
        told = (
            f"{say(f'drivers.estimator.{row.estimator}', lang)} {number(row.estimate, lang, 3)} ({interval})"
        )
        assert (told in alt) == first  # the others stand in the numbers
    for driver in (TRAINED, MONEY):
        rows = many.table[many.table["driver"] == driver]
        below, clear = rows["estimate"] < 0, (rows["low"] > 0) | (rows["high"] < 0)
        clear &= rows["verdict"] == "holds"
        counts = [len(rows), below.sum(), (below & clear).sum(), (~below).sum(), (~below & clear).sum()]
        sentence = {
            "vi": "trong cả {} hệ số có {} âm ({} rõ rệt), {} dương ({} rõ rệt)",
            "en": "of all {} coefficients {} are negative ({} of them clear), {} positive ({} of them clear)",
        }[lang]
        assert sentence.format(*counts) in alt
    assert all(term_name(driver, lang, names(lang)) in alt for driver in (TRAINED, MONEY))
    assert say("plot.coefficients.cv3", lang, level=95) in alt and "{" not in alt


@LANGUAGES
def test_the_legend_says_which_interval_it_is(panel, one, lang):
    key = [say(f"plot.coefficients.{kind}", lang, level=95) for kind in ("cv3", "wild", "stands", "open")]
    assert legend(driver_plots.coefficients([one], lang, labels={})) == key
    other = ps.fit_drivers(panel, OUTCOME, [TRAINED], errors="crv1", level=0.9, draws=0)
    shown = driver_plots.coefficients([other], lang, labels={})
    sandwich = say("plot.coefficients.crv1", lang, level=90)
    assert legend(shown) == [sandwich, *key[2:]] and sandwich in shown.alt
    assert all(len(axes.lines) == 3 for axes in shown.figure.axes)  # zero, interval, dot


@LANGUAGES
def test_the_plain_form_draws_one_interval_and_says_what_either_side_means(many, names, coefficients, lang):
    shown = coefficients(many, lang, plain=True)
    kinds = ("interval", "stands", "open")
    assert legend(shown) == [say(f"plot.coefficients.{kind}", lang, level=95) for kind in kinds]
    assert not any("jackknife" in text or "bootstrap" in text for text in [*legend(shown), shown.alt])
    assert "low_wild" not in shown.data and "high_wild" not in shown.data
    panels = np.reshape(shown.figure.axes, (2, 3))
    for driver, across in zip((TRAINED, MONEY), panels, strict=True):
        for scale, axes in zip(("points", "log", "log_odds"), across, strict=True):
            rows = shown.data[(shown.data["driver"] == driver) & (shown.data["scale"] == scale)]
            bars = [xy(line)[0] for line in axes.lines[1:] if line.get_marker() == "None"]
            assert bars == rows[["low", "high"]].values.tolist()
            assert not [line for line in axes.lines if line.get_marker() == "|"]
    sides = {"vi": ("← nghèo thấp hơn", "nghèo cao hơn →"), "en": ("← less poverty", "more poverty →")}[lang]
    told = [tuple(words(axes.get_title(loc=side)) for side in ("left", "right")) for axes in panels.flat]
    assert told == [sides] * 3 + [("", "")] * 3
    heads = [words(axes.get_yticklabels()[0].get_text()) for axes in panels[:, 0]]
    money = names(lang)["ntp_transfer_pc_vnd_k"]
    assert heads == [names(lang)[TRAINED], say("plot.coefficients.plain.log", lang, name=money)]
    assert driver_plots.coefficients([many], lang, labels={MONEY: "m"}, plain=True).alt.count("m:") == 1


@LANGUAGES
def test_the_plain_form_of_the_brief_is_told_in_few_words(known, lang):
    fits = declared.driver_fits(known)
    pair = [fits[name] for name in ("training", "programmes")]
    labels = declared.driver_names(known, lang)
    shown = driver_plots.coefficients(pair, lang, labels=labels, plain=True)
    shown.figure.draw_without_rendering()
    assert len(shown.alt) < 450 and not cut(shown)
    for row in (row for fit in pair for row in fit.table.itertuples() if row.estimator == "within"):
        assert all(number(value, lang, 3) in shown.alt for value in (row.estimate, row.low, row.high))
    for fit in pair:
        below = (fit.table["estimate"] < 0).sum()
        assert {"vi": f"trong 3 hệ số có {below} âm", "en": f"of 3, {below} negative"}[lang] in shown.alt


def test_the_plain_form_has_the_same_numbers(many, coefficients):
    same = ["driver", "scale", "estimator", "estimate", "low", "high", "excludes_zero"]
    detailed, plain = (coefficients(many, "en", plain=plain).data for plain in (False, True))
    pd.testing.assert_frame_equal(plain[same], detailed[same])


@LANGUAGES
def test_the_sides_of_another_outcome_bear_its_name(panel, lang):
    money = panel.rename(columns={OUTCOME: "income_vnd_k"})
    fit = ps.fit_drivers(money, "income_vnd_k", [TRAINED], scales=["points"], draws=0)
    shown = driver_plots.coefficients([fit], lang, labels={"income_vnd_k": "thu nhập"}, plain=True)
    told = tuple(words(shown.figure.axes[0].get_title(loc=side)) for side in ("left", "right"))
    vi, en = ("← thu nhập thấp hơn", "thu nhập cao hơn →"), ("← thu nhập lower", "thu nhập higher →")
    assert told == {"vi": vi, "en": en}[lang]


def test_numbers_of_neighbouring_panels_stay_apart(one, many, coefficients, without):
    for fit, plain in ((one, False), (one, True), (many, False), (many, True)):
        apart_and_few(coefficients(fit, "vi", plain=plain))
    apart_and_few(without(many, "vi"))


def apart_and_few(shown):
    """Fail unless no panel has more than four numbers and none comes near those of its neighbour."""
    rows = {}
    for axes in shown.figure.axes:
        low, high = axes.get_xlim()
        texts = zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
        boxes = [text.get_window_extent() for text, at in texts if low <= at <= high]
        assert 2 <= len(boxes) <= 4
        rows.setdefault(axes.get_subplotspec().rowspan.start, []).extend(boxes)
    inch = shown.figure.dpi
    for boxes in rows.values():
        assert all(left.x1 + 0.08 * inch < right.x0 for left, right in pairwise(boxes))


@LANGUAGES
def test_an_outcome_that_is_no_percentage_has_its_own_unit(panel, lang):
    money = panel.rename(columns={OUTCOME: "income_vnd_k"})
    fit = ps.fit_drivers(money, "income_vnd_k", [TRAINED], scales=["points"], draws=0)
    shown = driver_plots.coefficients([fit], lang, labels={})
    assert words(shown.figure.axes[0].get_xlabel()) == say("plot.coefficients.units", lang)
    assert (
        say("drivers.scale.units", lang) in shown.alt and say("drivers.scale.points", lang) not in shown.alt
    )


def test_fits_that_cannot_be_drawn_together_are_refused(panel, one):
    with pytest.raises(ValueError, match=r"intervals of one kind and level, got \[\]"):
        driver_plots.coefficients([], "en", labels={})
    for other in ({"errors": "crv1"}, {"level": 0.9}):
        fit = ps.fit_drivers(panel, OUTCOME, [TRAINED], draws=0, **other)
        with pytest.raises(ValueError, match="one kind and level"):
            driver_plots.coefficients([one, fit], "en", labels={})


@LANGUAGES
def test_leaving_one_out_draws_each_estimate_in_order_beside_the_whole(many, names, without, lang):
    shown = without(many, lang)
    table = many.table[many.table["estimator"] == "within"].sort_values(
        "driver", kind="stable", key=lambda d: d == MONEY
    )
    for axes, row in zip(shown.figure.axes, table.itertuples(), strict=True):
        rows = many.leave_one_out.table
        rows = rows[
            (rows["estimator"] == "within") & (rows["scale"] == row.scale) & (rows["driver"] == row.driver)
        ]
        whole, zero, dots = axes.lines
        assert xy(dots) == [sorted(rows["estimate"]), list(range(row.places))]
        assert xy(whole)[0] == [row.estimate] * 2 and xy(zero)[0] == [0, 0]
        assert whole.get_linestyle() != zero.get_linestyle()
        band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
        assert (band.x0, band.x1) == pytest.approx((row.low, row.high))
        assert axes.get_xlim()[0] <= min(row.low, 0) and axes.get_xlim()[1] >= max(row.high, 0)
        moved = (rows.set_index("place")["estimate"] - row.estimate).abs().sort_values()
        assert [t.get_text() for t in axes.texts] == moved.index[:-3:-1].tolist()
        assert words(axes.get_title()) == term_name(row.driver, lang, names(lang))


@LANGUAGES
def test_leaving_one_out_of_a_single_driver_needs_no_title(one, names, without, lang):
    shown = without(one, lang)
    assert [axes.get_title() for axes in shown.figure.axes] == ["", ""]
    assert names(lang)[TRAINED] in shown.alt  # told all the same


def test_the_numbers_of_coefficients_are_those_drawn(one, many):
    shown = driver_plots.coefficients([one, many], "en", labels={})
    assert len(shown.data) == len(one.table) + len(many.table)
    assert shown.data["outcome"].eq(OUTCOME).all() and shown.data["level"].eq(0.95).all()
    fits = {0: shown.data[: len(one.table)], 1: shown.data[len(one.table) :]}
    panels = np.reshape(shown.figure.axes, (3, 3))
    for across, (fit, driver) in zip(panels, [(0, TRAINED), (1, TRAINED), (1, MONEY)], strict=True):
        rows = fits[fit][fits[fit]["driver"] == driver]
        for axes, scale in zip(across, shown.data["scale"].unique(), strict=True):
            mine = rows[rows["scale"] == scale]
            dots = [line for line in axes.lines if line.get_marker() == "o"]
            assert [xy(dot)[0][0] for dot in dots] == mine["estimate"].tolist()
            assert [dot.get_markerfacecolor() != "white" for dot in dots] == (
                mine["excludes_zero"] & (mine["verdict"] == "holds")
            ).tolist()
            bars = [xy(line)[0] for line in axes.lines[1:] if line.get_marker() == "None"]
            assert bars == mine[["low", "high"]].values.tolist()
            wild = [xy(line)[0] for line in axes.lines if line.get_marker() == "|"]
            assert wild == mine[["low_wild", "high_wild"]].dropna().values.tolist()


def test_the_numbers_of_leaving_one_out_are_those_drawn(many):
    shown = place_plots.leave_one_out(many, "en", labels={})
    panels = shown.data.groupby(["driver", "scale"], sort=False)
    assert list(panels.groups) == [(d, s) for d in (TRAINED, MONEY) for s in ("points", "log", "log_odds")]
    for axes, (_, rows) in zip(shown.figure.axes, panels, strict=True):
        whole, without = rows[rows["kind"] == "all"].iloc[0], rows[rows["kind"] == "without"]
        line, _, dots = axes.lines
        assert xy(line)[0] == [whole["estimate"]] * 2
        band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
        assert (band.x0, band.x1) == pytest.approx((whole["low"], whole["high"]))
        assert xy(dots)[0] == without["estimate"].tolist()
        named = {text.get_text(): text.xy[0] for text in axes.texts}
        assert named == without.set_index("place").loc[list(named), "estimate"].to_dict()


def test_the_numbers_of_the_curve_are_those_drawn(small):
    shown = driver_plots.specification_curve(small, "en")
    (upper, lower), data = shown.figure.axes, shown.data
    marks = {"v": "negative", "^": "positive", "o": "unclear"}
    drawn = {marks[m]: xy(line) for line in upper.lines if (m := line.get_marker()) in marks}
    for kind, rows in data.groupby("kind"):
        assert drawn.pop(kind) == [rows.index.tolist(), rows["effect_pct"].tolist()]
    assert not drawn
    bars = sorted(bar.tolist() for part in upper.collections for bar in part.get_segments())
    told = zip(data.index, data["effect_low_pct"], data["effect_high_pct"], strict=True)
    assert bars == [[[at, low], [at, high]] for at, low, high in told]
    strokes = {
        (x, y) for line in lower.lines if line.get_marker() == "|" for x, y in zip(*xy(line), strict=True)
    }
    words = dict(zip((t.get_text() for t in lower.get_yticklabels()), lower.get_yticks(), strict=True))
    names = small.question.titles("en", {})
    places = {(at, words[names[d, row[d]]]) for at, row in data.iterrows() for d in small.question.options}
    assert strokes == places


@LANGUAGES
def test_leaving_one_out_is_told_as_refits_say(panel, one, without, lang):
    shown = without(one, lang)
    place = shown.figure.axes[0].texts[0].get_text()
    refit = ps.fit_drivers(panel[panel["place"] != place], OUTCOME, [TRAINED], scales=["points"], draws=0)
    told = say("plot.leave_one_out.place", lang, place=place, estimate=refit.table["estimate"].iloc[0])
    assert told in shown.alt
    for row in one.table.itertuples():
        without = one.leave_one_out.table.loc[one.leave_one_out.table["scale"] == row.scale, "estimate"]
        for value in (row.estimate, row.low, row.high, without.min(), without.max()):
            assert number(value, lang, 3) in shown.alt
    assert legend(shown)[2] == say("plot.leave_one_out.interval", lang, level=95)


def test_a_fit_without_within_estimates_has_no_figure_of_it(panel):
    fit = ps.fit_drivers(panel, OUTCOME, [TRAINED], estimators=["between"], draws=0)
    with pytest.raises(ValueError, match="expected a fit with within estimates, got between"):
        place_plots.leave_one_out(fit, "en", labels={})


def curve(effects, halves, options):
    """Return the parts of a SpecificationCurve that are drawn: one dimension named scale and one named window."""
    table = pd.DataFrame(options, columns=["scale", "window"])
    table = table.assign(
        effect=effects, effect_low=np.subtract(effects, halves), effect_high=np.add(effects, halves)
    )
    table = table.assign(
        estimate=table["effect"] / 10, low=table["effect_low"] / 10, high=table["effect_high"] / 10
    )
    table["reason"] = np.where(table["effect"].isna(), "too few rows", "")
    titles = {"scale": "Scale", "window": "Years", ("scale", "a"): "points", ("scale", "b"): "log-odds"}
    titles |= {("window", "x"): "all years", ("window", "y"): "before 2015"}
    question = SimpleNamespace(
        called=lambda lang, labels: {"vi": "đào tạo", "en": "training"}[lang],
        titles=lambda lang, labels: titles,
        outcome_name=lambda lang, labels: "the rate",
        options=("scale", "window"),
    )
    fitted = table[table["reason"] == ""]
    return SimpleNamespace(table=table, fitted=fitted, question=question)


@pytest.fixture
def small():
    pairs = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("a", "x")]
    return curve([2.0, -3.0, 0.5, -1.0, np.nan], [1.0, 1.0, 1.0, 2.0, 1.0], pairs)


@LANGUAGES
def test_specifications_are_drawn_in_order_by_sign_and_clarity(small, lang):
    shown = driver_plots.specification_curve(small, lang)
    upper, lower = shown.figure.axes
    marks = {line.get_marker(): xy(line) for line in upper.lines if line.get_marker() != "None"}
    assert marks == {"v": [[0], [-3]], "^": [[3], [2]], "o": [[1, 2], [-1, 0.5]]}
    bars = sorted(tuple(map(tuple, bar)) for part in upper.collections for bar in part.get_segments())
    assert bars == [((0, -4), (0, -2)), ((1, -3), (1, 1)), ((2, -0.5), (2, 1.5)), ((3, 1), (3, 3))]
    assert xy(upper.lines[0])[0] == xy(lower.lines[0])[0] == [1.5, 1.5]  # where the sign turns
    kinds = [
        say(f"plot.specification_curve.{kind}", lang, n=n)
        for kind, n in zip(("negative", "positive", "unclear"), (1, 1, 2), strict=True)
    ]
    assert legend(shown) == [*kinds, say("plot.specification_curve.turn", lang)]
    *_, turn = shown.figure.legends[0].legend_handles
    assert turn.get_linestyle() == upper.lines[0].get_linestyle() == lower.lines[0].get_linestyle() == ":"
    assert turn.get_color() == upper.lines[0].get_color()


@LANGUAGES
def test_the_curve_says_what_its_axes_and_its_dotted_line_are(small, lang):
    shown = driver_plots.specification_curve(small, lang)
    upper, lower = shown.figure.axes
    vi = ("các cách tính, xếp theo độ lớn", "nơi đổi dấu")
    en = ("specifications in order of size", "where the sign turns")
    assert (lower.get_xlabel(), legend(shown)[-1]) == {"vi": vi, "en": en}[lang]
    assert upper.get_xlabel() == "" and words(upper.get_ylabel()) == say(
        "plot.specification_curve.effect", lang, outcome="the rate"
    )


@LANGUAGES
def test_below_stands_what_each_specification_is_made_of(small, lang):
    lower = driver_plots.specification_curve(small, lang).figure.axes[1]
    labels = dict(zip(lower.get_yticks(), (t.get_text() for t in lower.get_yticklabels()), strict=True))
    used = {}
    for line in lower.lines:
        if line.get_marker() == "|":
            for x, y in zip(*xy(line), strict=True):
                used.setdefault(labels[y], []).append(x)
    assert {name: sorted(xs) for name, xs in used.items()} == {
        "points": [0, 3], "log-odds": [1, 2], "all years": [2, 3], "before 2015": [0, 1]
    }  # fmt: skip
    assert list(labels.values()) == ["Scale", "points", "log-odds", "Years", "all years", "before 2015"]
    assert [t.get_fontweight() == "bold" for t in lower.get_yticklabels()] == [True, False, False] * 2


@LANGUAGES
def test_the_curve_is_told_by_counts_and_the_choices_are_left_to_the_table(small, lang):
    assert driver_plots.specification_curve(small, lang).alt == {
        "vi": "Biểu đồ 4 cách tính cho yếu tố đào tạo, xếp theo độ lớn, từ −3,0% đến 2,0%: 2 cách cho dấu âm (1 rõ rệt), 2 "
        "cách cho dấu dương (1 rõ rệt); 1 cách không ước lượng được hoặc trùng số liệu.",
        "en": "4 specifications for training in order of size, −3.0% to 2.0%: 2 negative (1 of them clear), 2 positive (1 "
        "of them clear); 1 could not be fitted or repeat another.",
    }[lang]  # fmt: skip


@pytest.fixture(scope="module")
def ours(known):
    return specification_curve(known, "training")


@LANGUAGES
def test_our_own_curve_is_told_as_its_summary_says(ours, curves, lang):
    shown = curves(lang)
    every = ours.summary.iloc[0]
    for share, kind in (("clear_negative", "negative"), ("clear_positive", "positive")):
        n = round(every["n"] * every[share])
        assert say(f"plot.specification_curve.{kind}", lang, n=n) in legend(shown)
    assert number(every["n"] * every["negative"], lang, 0) in shown.alt
    boxes = [t.get_window_extent() for t in shown.figure.axes[1].get_yticklabels()]
    assert all(above.y0 >= below.y1 - 1 for above, below in zip(boxes, boxes[1:], strict=False)), (
        "names overlap"
    )
    assert min(box.x0 for box in boxes) >= 0


def test_a_curve_of_one_sign_and_an_empty_one(small):
    positive = curve([1.0, 2.0], [3.0, 1.0], [("a", "x"), ("b", "y")])
    upper = driver_plots.specification_curve(positive, "en").figure.axes[0]
    assert xy(upper.lines[0])[0] == [-0.5, -0.5]
    small.fitted = small.fitted.iloc[:0]
    with pytest.raises(ValueError, match="none of the specifications could be fitted"):
        driver_plots.specification_curve(small, "en")


@LANGUAGES
def test_nothing_is_cut(one, many, coefficients, without, curves, lang):
    for shown in (
        *(coefficients(fit, lang, plain=plain) for fit in (one, many) for plain in (False, True)),
        *(without(fit, lang) for fit in (one, many)),
        curves(lang),
    ):
        assert not cut(shown)


def test_the_same_figure_has_the_same_bytes_and_speaks_its_language(one, small):
    for draw in (
        lambda lang: driver_plots.coefficients([one], lang, labels={}),
        lambda lang: place_plots.leave_one_out(one, lang, labels={}),
        lambda lang: driver_plots.specification_curve(small, lang),
    ):
        first, again, other = draw("vi"), draw("vi"), draw("en")
        assert first.png() == again.png() and texts(first) != texts(other)
        assert first.alt == again.alt != other.alt and "{" not in first.alt + other.alt


@pytest.mark.parametrize("lang", ["fr", None])
def test_an_unknown_language_is_refused(one, small, lang):
    for call in (
        lambda: driver_plots.coefficients([one], lang, labels={}),
        lambda: place_plots.leave_one_out(one, lang, labels={}),
        lambda: driver_plots.specification_curve(small, lang),
    ):
        with pytest.raises(ValueError, match=f"language {lang!r} is not known; choose one of vi, en"):
            call()


def test_infinite_bootstrap_intervals_are_not_drawn(one):
    open_ended = replace(one, table=one.table.assign(high_wild=np.inf))
    shown = driver_plots.coefficients([open_ended], "en", labels={})
    assert all(len(axes.lines) == 3 for axes in shown.figure.axes)
