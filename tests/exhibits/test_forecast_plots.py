"""What a figure draws is what it was given, its numbers are those drawn, and its text tells those who cannot see it."""

import base64
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers.figures import legend, texts, xy
from hypothesis import given
from hypothesis import strategies as st

import povertystats as ps
from povertystats.exhibits import forecast_plots
from povertystats.forecasts import outlook
from povertystats.sheet import brief
from povertystats.words.wording import number, quantity, say

PLACE = "Bắc Kạn"
KINDS = pytest.mark.parametrize("kind", ["levels", "fan", "calibration"])
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def series(known):
    return brief.rates(known, PLACE)


@pytest.fixture(scope="module")
def ahead(series):
    return ps.forecast(series[0], horizon=2)


def draw(kind, lang, known, series, ahead, record):
    if kind == "levels":
        names = [s.indicator for s in series]
        return forecast_plots.levels(
            series, lang, titles={name: known.title(name, lang, short=True) for name in names}
        )
    if kind == "fan":
        goals = [("mốc A / goal A", 17.57), ("mốc B / goal B", 17.07), ("mốc C / goal C", 2.5)]
        return forecast_plots.fan(
            ahead, lang, goals=goals, title=known.title("poor_household_pct", lang, short=True)
        )
    return forecast_plots.calibration(record, lang)


@pytest.fixture(scope="module")
def fresh(known, series, ahead, record):
    return lambda kind, lang: draw(kind, lang, known, series, ahead, record)


@pytest.fixture(scope="module")
def picture(fresh):
    return cache(fresh)


def bands(axes):
    """Return the lower and upper edges of the areas of a fan, beyond the last figure."""
    every = []
    for area in axes.collections[:2]:
        edges = pd.DataFrame(area.get_paths()[0].vertices, columns=["x", "y"]).drop_duplicates()
        edges = edges[edges["x"] > edges["x"].min()].groupby("x")["y"].agg(["min", "max"])
        every.append(edges.to_numpy())
    return every


def goals(axes):
    """Return the levels of the lines of targets, which must cross all of the axes."""
    lines = axes.collections[-1].get_segments()
    assert all(tuple(line[:, 0]) == axes.get_xlim() and np.ptp(line[:, 1]) == 0 for line in lines)
    return [float(line[0, 1]) for line in lines]


def written(axis):
    """Return the texts at the ticks inside the view of an axis."""
    low, high = sorted(axis.get_view_interval())
    return [
        t.get_text()
        for t, at in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
        if low <= at <= high
    ]


@LANGUAGES
def test_levels_draw_each_series_as_it_is_and_join_none(picture, series, lang):
    (axes,) = picture("levels", lang).figure.axes
    assert [xy(line) for line in axes.lines] == [[s.years.tolist(), s.values.tolist()] for s in series]
    looks = {(x.get_color(), x.get_linestyle(), x.get_marker()) for x in axes.lines}
    assert len(looks) == len({look[1] for look in looks}) == len({look[2] for look in looks}) == len(series)
    assert axes.get_ylim()[0] == 0


@LANGUAGES
def test_levels_are_named_in_the_legend_and_told_from_first_to_last(picture, known, series, lang):
    shown = picture("levels", lang)
    titles = [known.title(s.indicator, lang, short=True) for s in series]
    assert [text.get_text() for text in shown.figure.axes[0].get_legend().get_texts()] == titles
    assert PLACE in shown.alt
    for one, title in zip(series, titles, strict=True):
        assert title in shown.alt
        for row in (one.table.iloc[0], one.latest):
            assert quantity(row.value, "pct", lang) in shown.alt and str(row.year) in shown.alt


@LANGUAGES
@pytest.mark.parametrize("kind", ["levels", "fan"])
def test_years_are_whole_and_rates_in_per_cent(picture, series, ahead, kind, lang):
    axes = (figure := picture(kind, lang).figure).axes[0]
    figure.draw_without_rendering()
    drawn = series if kind == "levels" else [ahead.series]
    first = min(int(s.years[0]) for s in drawn)
    last = max(int(s.years[-1]) for s in drawn) if kind == "levels" else ahead.year
    every = range(first, last + 1)
    assert written(axes.xaxis) == [str(year) for year in (every if kind == "levels" else every[::2])]
    told = written(axes.yaxis)
    assert len(told) > 2 and told == [f"{at:.0f}%" for at in axes.get_yticks()[: len(told)]]


@LANGUAGES
def test_the_fan_draws_the_figures_the_median_and_both_bands(picture, ahead, lang):
    shown = picture("fan", lang)
    years, values, table = ahead.series.years.tolist(), ahead.series.values.tolist(), ahead.table
    path = [years[-1], *table["year"]]
    # Left every figure, right the last alone; the forecast in both.
    for axes, known in zip(shown.figure.axes, ([years, values], [years[-1:], values[-1:]]), strict=True):
        median, figures = axes.lines[:2]
        assert xy(median) == [path, [values[-1], *table["median"]]]
        assert xy(figures) == known
        for band, level in zip(axes.collections, (95, 80), strict=False):
            corners = {(float(x), float(y)) for x, y in band.get_paths()[0].vertices}
            ends = [
                (x, y)
                for end in ("low", "high")
                for x, y in zip(path[1:], table[f"{end}{level}"], strict=True)
            ]
            assert corners == {(years[-1], values[-1]), *((float(x), float(y)) for x, y in ends)}
    words = [say("plot.fan.band", lang, level=level) for level in (95, 80)]
    words += [say(f"plot.fan.{word}", lang) for word in ("median", "known", "goal")]
    assert legend(shown) == words


@LANGUAGES
def test_the_fan_marks_each_goal_at_its_level_and_names_it_once(picture, lang):
    shown = picture("fan", lang)
    whole, close = shown.figure.axes
    levels = {"mốc A / goal A": 17.57, "mốc B / goal B": 17.07, "mốc C / goal C": 2.5}
    assert goals(whole) == list(levels.values()) and goals(close) == list(levels.values())[:2]
    named = [{text.get_text(): text.get_position()[1] for text in axes.texts} for axes in (whole, close)]
    assert [list(names) for names in named] == [["mốc C / goal C"], ["mốc A / goal A", "mốc B / goal B"]]
    bottom, top = close.get_ylim()
    for axes, names in zip((whole, close), named, strict=True):
        height = np.ptp(axes.get_ylim())
        assert all(abs(at - levels[name]) < 0.06 * height for name, at in names.items())
        letters = {text.get_fontsize() for text in axes.texts}
        assert letters == {axes.yaxis.get_ticklabels()[0].get_fontsize()}
    assert named[1]["mốc A / goal A"] - named[1]["mốc B / goal B"] >= 0.08 * (top - bottom) - 1e-9
    looks = [*close.lines, close.collections[-1]]
    assert len({str(look.get_linestyle()) for look in looks}) == 3  # without colours, too
    assert all(goal in shown.alt for goal in levels)


@LANGUAGES
def test_the_enlarged_view_holds_all_that_is_drawn_and_says_that_it_does_not_start_at_zero(
    picture, ahead, lang
):
    whole, close = picture("fan", lang).figure.axes
    assert whole.get_ylim()[0] == 0 and whole.get_title() == say("plot.fan.whole", lang)
    assert close.get_title() == say("plot.fan.cut", lang, first=2019, last=ahead.year)
    (bottom, top), table = close.get_ylim(), ahead.table
    low, high = table["low95"].min(), max(table["high95"].max(), ahead.series.values[-1])
    assert 0 < bottom < low and high < top and top - bottom < 1.25 * (high - low)
    assert written(close.xaxis) == [str(year) for year in range(2019, ahead.year + 1)]


@LANGUAGES
def test_names_in_the_enlarged_view_do_not_overlap_one_another(ahead, lang):
    shown = forecast_plots.fan(
        ahead, lang, goals=[(f"goal {at}", at) for at in (15.0, 15.1, 15.2)], title="t"
    )
    shown.figure.draw_without_rendering()
    boxes = sorted((t.get_window_extent() for t in shown.figure.axes[1].texts), key=lambda box: box.y0)
    assert len(boxes) == 3 and all(a.y1 <= b.y0 for a, b in pairwise(boxes))


@pytest.mark.parametrize(
    ("levels", "limits"),
    [([], (9.8, 14.2)), ([2.5, 16.0], (9.8, 14.2)), ([9.0, 15.0], (8.8, 15.2)), ([8.9, 15.1], (9.8, 14.2))],
)
def test_the_enlarged_view_reaches_to_levels_a_quarter_of_its_height_away(levels, limits):
    # From 10 to 14: a quarter is 1, the margin a fifth of that.
    assert forecast_plots._enlarged(10.0, 14.0, levels) == pytest.approx(limits)


@given(st.floats(0, 90), st.floats(0.01, 10), st.lists(st.floats(0, 100), max_size=4))
def test_no_level_near_the_forecast_is_beyond_the_enlarged_view(low, height, levels):
    bottom, top = forecast_plots._enlarged(low, low + height, levels)
    assert 0 <= bottom <= low and low + height < top and top - bottom <= 1.85 * height + 1e-9
    for level in levels:
        if low - height / 4 <= level <= low + 5 * height / 4:
            assert bottom <= level <= top
    if low <= height / 2.001:
        assert bottom == 0
    elif low > height:
        assert bottom > 0


@LANGUAGES
def test_near_zero_both_views_start_there(known, lang):
    ahead = outlook.outlook(known, "Hà Nội")
    whole, close = forecast_plots.fan(ahead, lang, goals=[("none", 0.0)], title="t").figure.axes
    assert whole.get_ylim()[0] == close.get_ylim()[0] == 0
    assert close.get_title() == say("plot.fan.close", lang, first=2018, last=2020)
    assert goals(close) == [0.0] and [text.get_text() for text in close.texts] == ["none"]


def test_years_are_thinned_so_that_the_last_is_written(ahead):
    years, values = np.append(2006, ahead.series.years), np.append(40.0, ahead.series.values)
    long = replace(ahead, series=replace(ahead.series, years=years, values=values))
    whole, _ = forecast_plots.fan(long, "en", goals=[], title="t").figure.axes
    assert written(whole.xaxis) == ["2006", "2009", "2012", "2015", "2018", "2021"]


@LANGUAGES
def test_the_fan_tells_its_last_year_in_numbers(picture, ahead, lang):
    alt, last = picture("fan", lang).alt, ahead.table.iloc[-1]
    told = [ahead.series.values[-1], last["median"], last["low80"], last["high80"]]
    assert all(f"{number(value, lang)}%" in alt for value in told)
    assert all(word in alt for word in (PLACE, str(ahead.year), "2015–2019", "80%"))


@LANGUAGES
def test_the_fan_shows_the_other_scale_beside_the_same_year(known, lang):
    ahead = outlook.outlook(known, "Hà Nội")  # so near zero that its interval is not symmetric
    other = outlook.four_ways(ahead, known)["pooled_points"]
    alone = forecast_plots.fan(ahead, lang, goals=[], title="t")
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t", other=other)
    middle, low, high = other.level_at(0.5), *other.interval(0.80)
    for axes, without in zip(shown.figure.axes, alone.figure.axes, strict=True):
        new = [xy(line) for line in axes.lines[len(without.lines) :]]
        assert [middle] in [y for _, y in new] and all(ahead.year < x[0] < ahead.year + 0.3 for x, _ in new)
        # Nothing that is drawn lies beyond the axes.
        assert axes.get_ylim()[1] > high > without.get_ylim()[1] and axes.get_xlim()[1] > new[0][0][0]
        bars = axes.collections[-1].get_segments()
        assert [sorted(bar[:, 1]) for bar in bars] == [pytest.approx([low, high])]
    for value in (middle, low, high):
        assert f"{number(value, lang)}%" in shown.alt and f"{number(value, lang)}%" not in alone.alt


@LANGUAGES
def test_the_fan_shows_what_came_in_its_last_year(known, ahead, lang):
    alone = forecast_plots.fan(ahead, lang, goals=[], title="t")
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t", came=18.5)
    for axes, without in zip(shown.figure.axes, alone.figure.axes, strict=True):
        *before, cross = axes.lines
        assert [xy(line) for line in before] == [xy(line) for line in without.lines]
        assert xy(cross) == [[ahead.year], [18.5]] and cross.get_marker() == "X"
    said = say("plot.fan.and_came", lang, came=18.5)
    assert said in shown.alt and said not in alone.alt
    assert say("plot.fan.came", lang) in legend(shown)
    far = forecast_plots.fan(ahead, lang, goals=[], title="t", came=45.0)
    assert all(axes.get_ylim()[1] > 45 for axes in far.figure.axes)


@LANGUAGES
def test_the_fan_tells_of_the_other_scale_and_of_what_came(ahead, lang):
    other = ps.forecast(ahead.series, horizon=2, scale="points")
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t", other=other, came=0.0)
    low, high = other.interval(0.80)
    beside = say("plot.fan.and_other", lang, median=other.level_at(0.5), low=low, high=high)
    assert beside + say("plot.fan.and_came", lang, came=0.0) in shown.alt
    assert {say("plot.fan.other", lang), say("plot.fan.came", lang)} <= set(legend(shown))


@LANGUAGES
def test_a_fan_without_goals_says_so(known, ahead, lang):
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t")
    assert say("plot.fan.no_goal", lang) in shown.alt
    assert all(len(axes.lines) == len(axes.collections) == 2 for axes in shown.figure.axes)
    assert "target" not in shown.data["kind"].tolist()
    assert say("plot.fan.goal", lang) not in legend(shown)


@LANGUAGES
def test_the_numbers_of_levels_are_those_drawn(picture, series, lang):
    shown = picture("levels", lang)
    parts = [rows for _, rows in shown.data.groupby("indicator", sort=False)]
    drawn = [xy(line) for line in shown.figure.axes[0].lines]
    assert drawn == [[rows["year"].tolist(), rows["rate_pct"].tolist()] for rows in parts]
    assert shown.data["indicator"].unique().tolist() == [s.indicator for s in series]
    assert shown.data["place"].unique().tolist() == [PLACE]


@LANGUAGES
def test_the_numbers_of_the_fan_are_those_drawn(ahead, lang):
    wanted = [("A", 17.57), ("B", 2.5)]
    other = ps.forecast(ahead.series, horizon=2, scale="points")
    shown = forecast_plots.fan(ahead, lang, goals=wanted, title="t", other=other, came=18.5)
    axes, kinds = shown.figure.axes[0], dict(tuple(shown.data.groupby("kind")))
    assert set(kinds) == {"figure", "forecast", "forecast_in_points", "target", "outcome"}
    median, figures, middle, *_, cross = axes.lines
    told = {kind: [rows["year"].tolist(), rows["rate_pct"].tolist()] for kind, rows in kinds.items()}
    assert xy(figures) == told["figure"] and xy(cross) == told["outcome"]
    assert [column[1:] for column in xy(median)] == told["forecast"]
    assert [column[0] for column in xy(median)] == [column[-1] for column in told["figure"]]
    for area, level in zip(bands(axes), (95, 80), strict=True):
        np.testing.assert_allclose(area, kinds["forecast"][[f"low{level}_pct", f"high{level}_pct"]])
    *_, bar, _ = axes.collections
    assert kinds["target"][["label", "rate_pct"]].values.tolist() == [list(goal) for goal in wanted]
    assert goals(axes) == kinds["target"]["rate_pct"].tolist()
    assert xy(middle)[1] == told["forecast_in_points"][1]
    ends = kinds["forecast_in_points"][["low80_pct", "high80_pct"]]
    np.testing.assert_allclose([sorted(b[:, 1]) for b in bar.get_segments()], ends)
    assert kinds["forecast_in_points"]["low95_pct"].isna().all()  # that interval is not drawn
    assert {y for kind in ("forecast_in_points", "target", "outcome") for y in told[kind][0]} == {ahead.year}


@LANGUAGES
def test_the_numbers_of_calibration_are_those_drawn(picture, lang):
    shown = picture("calibration", lang)
    left, right = shown.figure.axes
    dots, tenths = (shown.data[shown.data["panel"] == side] for side in ("reliability", "distribution"))
    assert len(dots) + len(tenths) == len(shown.data)
    np.testing.assert_allclose(left.collections[0].get_offsets(), dots[["probability_pct", "came_true_pct"]])
    sizes = left.collections[0].get_sizes() - 20
    np.testing.assert_allclose(sizes / sizes.max(), dots["forecasts"] / dots["forecasts"].max())
    assert [bar.get_height() for bar in right.patches] == tenths["forecasts"].tolist()
    middles = [bar.get_x() + bar.get_width() / 2 for bar in right.patches]
    np.testing.assert_allclose(middles, tenths[["from_pct", "to_pct"]].mean(axis=1))
    assert xy(right.lines[0])[1] == tenths["forecasts_if_calibrated"].unique().tolist() * 2


@LANGUAGES
@KINDS
def test_nothing_is_cut(picture, kind, lang):
    figure = picture(kind, lang).figure
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.01 and box.x1 < width + 0.01 and box.y1 < height + 0.01


@LANGUAGES
def test_calibration_draws_chances_against_shares_and_counts_the_tenths(picture, record, lang):
    shown = picture("calibration", lang)
    left, right = shown.figure.axes
    pooled = record.forecasts[record.forecasts["method"] == "pooled"]
    tenths = np.minimum((10 * pooled["probability"]).astype(int), 9)
    means = 100 * pooled.groupby(tenths)[["probability", "met"]].mean()
    np.testing.assert_allclose(left.collections[0].get_offsets(), means)
    assert xy(left.lines[0]) == [[0, 100], [0, 100]]
    heights = [bar.get_height() for bar in right.patches]
    assert heights == np.histogram(pooled["pit"], np.arange(11) / 10)[0].tolist()
    assert sum(heights) == len(pooled) and xy(right.lines[0])[1] == [len(pooled) / 10] * 2
    assert ", ".join(f"{n:.0f}" for n in heights) in shown.alt
    given, met = (f"{number(100 * pooled[column].mean(), lang, 0)}%" for column in ("probability", "met"))
    above = (means["met"] > means["probability"]).sum()
    dots = {
        "vi": f"{above} trên {len(means)} điểm nằm trên",
        "en": f"{above} of {len(means)} dots lie above",
    }[lang]
    assert all(text in shown.alt for text in (given, met, dots, str(len(pooled))))
    assert say("backtest.method.pooled", lang) in shown.alt


@LANGUAGES
def test_calibration_is_that_of_one_method_at_the_shortest_horizon(lang):
    rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    methods = ("points", "traffic_light")
    long, short = (ps.backtest(panel, horizons=h, methods=methods) for h in ((1, 2), (1,)))
    shown = forecast_plots.calibration(long, lang, method="points")
    assert shown.alt == forecast_plots.calibration(short, lang, method="points").alt
    assert sum(bar.get_height() for bar in shown.figure.axes[1].patches) == 3
    for absent in ("pooled", "traffic_light"):
        with pytest.raises(ValueError, match=f"no distributions by '{absent}'"):
            forecast_plots.calibration(short, lang, method=absent)


@KINDS
def test_the_same_picture_has_the_same_bytes_and_speaks_its_language(picture, fresh, kind):
    first, again, other = fresh(kind, "vi"), fresh(kind, "vi"), picture(kind, "en")
    png = first.png()
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png == again.png() and texts(first) != texts(other)
    assert first.alt == again.alt != other.alt and "{" not in first.alt + other.alt


@KINDS
def test_drawing_a_picture_twice_changes_nothing(picture, kind):
    shown = picture(kind, "vi")
    assert shown.png() == shown.png()


@KINDS
def test_a_notebook_gets_the_image_with_its_text(picture, kind):
    data, metadata = picture(kind, "vi")._repr_mimebundle_()
    same = picture(kind, "vi")
    assert base64.b64decode(data["image/png"], validate=True) == same.png()
    assert data["text/plain"] == same.alt and metadata["image/png"]["alt"] == same.alt


def test_zeros_are_drawn_as_they_are(known):
    series = brief.rates(known, "TP. Hồ Chí Minh")
    assert any((s.values == 0).any() for s in series)
    (axes,) = forecast_plots.levels(
        series, "vi", titles={s.indicator: s.indicator for s in series}
    ).figure.axes
    assert [xy(line)[1] for line in axes.lines] == [s.values.tolist() for s in series]


def test_a_single_figure_is_drawn(known, series):
    one = replace(series[0], table=series[0].table.iloc[:1])
    (axes,) = forecast_plots.levels([one], "en", titles={one.indicator: "rate"}).figure.axes
    assert [xy(line) for line in axes.lines] == [[[2015], [29.4]]]


@KINDS
@pytest.mark.parametrize("lang", ["fr", "", None, "VI"])
def test_an_unknown_language_is_refused(known, series, ahead, record, kind, lang):
    call = {
        "levels": lambda: forecast_plots.levels(series, lang, titles={}),
        "fan": lambda: forecast_plots.fan(ahead, lang, goals=[], title="t"),
        "calibration": lambda: forecast_plots.calibration(record, lang),
    }
    with pytest.raises(ValueError, match=f"language {lang!r} is not known; choose one of vi, en"):
        call[kind]()


def test_the_highest_figures_stay_clear_of_the_upper_edge(picture):
    for kind in ("levels", "fan"):
        axes = picture(kind, "en").figure.axes[0]
        highest = max(max(line.get_ydata()) for line in axes.get_lines())
        assert axes.get_ylim()[1] > 1.07 * highest, kind
