"""What a figure draws is what it was given, its numbers are those drawn, and its text tells those who cannot see it."""

import base64
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from helpers.figures import texts, words, xy
from hypothesis import given
from hypothesis import strategies as st

import povertystats as ps
from povertystats.exhibits import forecast_plots, plots
from povertystats.forecasts import outlook
from povertystats.sheet import brief
from povertystats.words.wording import number, odds, quantity, say

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
    return plots.calibration(record, lang)


@pytest.fixture(scope="module")
def fresh(known, series, ahead, record):
    return lambda kind, lang: draw(kind, lang, known, series, ahead, record)


@pytest.fixture(scope="module")
def picture(fresh):
    return cache(fresh)


def parts(axes, gid):
    """Return what is drawn under a name."""
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def edges(area):
    """Return of an area the lowest and highest y at each x."""
    corners = pd.DataFrame(area.get_paths()[0].vertices, columns=["x", "y"]).drop_duplicates()
    return corners.groupby("x")["y"].agg(["min", "max"])


def size(area):
    """Return how large an area is: the shoelace formula over its paths."""
    total = 0.0
    for path in area.get_paths():
        x, y = path.vertices.T
        total += abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    return total


def goals(axes):
    """Return the levels of the lines of targets, which must cross all of the axes."""
    lines = parts(axes, "goal")
    assert all(list(line.get_xdata()) == [0, 1] for line in lines)
    return [float(line.get_ydata()[0]) for line in lines]


def labels(axes):
    """Return what is written in an axes, without its line breaks."""
    return " ".join(words(text.get_text()) for text in axes.texts)


def written_over(figure):
    """Return the texts of a figure that lie on one another."""
    figure.draw_without_rendering()
    [axes] = figure.axes
    ticks = [text for text in axes.get_xticklabels() if text.get_text()]
    for some in (axes.texts, ticks):
        boxes = [(text.get_window_extent(), text.get_text()) for text in some if text.get_text()]
        for (a, one), (b, other) in combinations(boxes, 2):
            # Boxes have room for the highest and the lowest letters.
            over = min(a.y1, b.y1) - max(a.y0, b.y0)
            if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and over > 0.3 * min(a.height, b.height):
                yield one, other


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
    drawn = parts(axes, "figures")
    assert [xy(line) for line in drawn] == [[s.years.tolist(), s.values.tolist()] for s in series]
    looks = {(x.get_color(), x.get_linestyle(), x.get_marker()) for x in drawn}
    assert len(looks) == len({look[1] for look in looks}) == len({look[2] for look in looks}) == len(series)
    assert axes.get_ylim()[0] == 0


@LANGUAGES
def test_levels_are_named_at_their_ends_and_told_from_first_to_last(picture, known, series, lang):
    shown = picture("levels", lang)
    titles = [known.title(s.indicator, lang, short=True) for s in series]
    assert shown.figure.axes[0].get_legend() is None and PLACE in shown.alt and PLACE in shown.title
    for one, title in zip(series, titles, strict=True):
        last = quantity(one.latest.value, "pct", lang)
        end = say("plot.levels.end", lang, last=last, year=one.latest.year)
        assert f"{end} {title}" in labels(shown.figure.axes[0]) and title in shown.alt
        for row in (one.table.iloc[0], one.latest):
            assert quantity(row.value, "pct", lang) in shown.alt and str(row.year) in shown.alt


@LANGUAGES
def test_levels_show_the_targets(series, lang):
    titles = {s.indicator: s.indicator for s in series}
    shown = forecast_plots.levels(
        series, lang, titles=titles, goals=[("mốc A", 45.0), ("B", 2.5, "at_least")]
    )
    for figure in (shown.figure, shown.narrow()):
        assert goals(figure.axes[0]) == [45.0, 2.5] and figure.axes[0].get_ylim()[1] > 45
        assert "mốc A" in labels(figure.axes[0]) and not [*written_over(figure)]


@LANGUAGES
@pytest.mark.parametrize("kind", ["levels", "fan"])
def test_years_are_whole_and_the_last_is_written(picture, series, ahead, kind, lang):
    shown = picture(kind, lang)
    last = max(int(s.years[-1]) for s in series) if kind == "levels" else ahead.year
    for figure in (shown.figure, shown.narrow()):
        figure.draw_without_rendering()
        years = sorted(written(figure.axes[0].xaxis))
        assert years[-1] == str(last) and len(years) > 1 and len({*map(len, years)}) == 1
        assert all(text.endswith("%") for text in written(figure.axes[0].yaxis))


@LANGUAGES
def test_the_fan_draws_the_last_figures_the_median_and_the_band(picture, ahead, lang):
    table, shown = ahead.table, picture("fan", lang)
    for figure, most in ((shown.figure, 8), (shown.narrow(), 4)):
        [axes] = figure.axes
        [figures], [median], [band] = (parts(axes, gid) for gid in ("figures", "median", "band"))
        years, values = xy(figures)
        assert 2 <= len(years) <= most and values == ahead.series.values[-len(years) :].tolist()
        path = [years[-1], *table["year"]]
        assert [x[:-1] for x in xy(median)] == [path, [values[-1], *table["median"]]]
        ends = edges(band)
        assert ends.index.tolist() == path
        np.testing.assert_allclose(ends.iloc[1:], table[["low80", "high80"]])
        assert not figure.legends
        for value in (values[-1], table["low80"].iloc[-1], table["high80"].iloc[-1]):
            assert number(value, lang, 1) in labels(axes) or quantity(value, "pct", lang) in labels(axes)


@LANGUAGES
@pytest.mark.parametrize("years", [1, 2, 3])
def test_the_shaded_part_of_the_hill_is_the_chance_and_bears_its_number(series, lang, years):
    ahead = ps.forecast(series[0], horizon=years)
    low, middle, high = (ahead.level_at(p) for p in (0.2, 0.5, 0.7))
    wanted = [("A", low), ("B", middle), ("C", high, "at_least")]
    shown = forecast_plots.fan(ahead, lang, goals=wanted, title="t")
    for figure in (shown.figure, shown.narrow()):
        [axes] = figure.axes
        [hill] = parts(axes, "hill")
        for (name, *_), p in zip(wanted, (0.2, 0.5, 0.3), strict=True):
            [part] = parts(axes, name)
            assert size(part) / size(hill) == pytest.approx(p, abs=0.02)
            chance = say("plot.fan.chance", lang, p=p)
            assert (
                f"{chance} {name}" in labels(axes) and odds(p, lang) in chance and odds(p, lang) in shown.alt
            )
    assert shown.data.loc[shown.data["kind"] == "target", "probability_pct"].tolist() == pytest.approx(
        [20, 50, 30]
    )


@LANGUAGES
def test_the_fan_marks_each_near_goal_and_tells_of_the_far_one_below(picture, lang):
    shown = picture("fan", lang)
    for figure in (shown.figure, shown.narrow()):
        [axes] = figure.axes
        assert goals(axes) == [17.57, 17.07] and axes.get_ylim()[0] > 2.5
        told = labels(axes)
        assert "mốc A / goal A" in told and "mốc B / goal B" in told and "mốc C" not in told
        below = words(axes.get_xlabel())
        assert "mốc C / goal C" in below and say("plot.fan.cut", lang) in below
        looks = [*parts(axes, "figures"), *parts(axes, "median"), parts(axes, "goal")[0]]
        assert len({str(look._unscaled_dash_pattern) for look in looks}) == 3  # without colours, too
    assert all(f"mốc {name} / goal {name}" in shown.alt for name in "ABC")


@LANGUAGES
def test_no_label_of_a_fan_lies_on_another(known, ahead, lang):
    other = ps.forecast(ahead.series, horizon=2, scale="points")
    near = [(f"goal {at}", at) for at in (15.0, 15.1, 15.2)]
    hanoi = outlook.outlook(known, "Hà Nội")
    long = "a rate whose name is long, as names of rates that somebody else chose are"
    for one, more in (
        (ahead, {"goals": near}),
        (ahead, {"other": other, "came": 15.6}),
        (hanoi, {"came": 0.0}),
    ):
        shown = forecast_plots.fan(one, lang, title=long, **more)
        for figure in (shown.figure, shown.narrow()):
            assert not [*written_over(figure)]


@pytest.mark.parametrize(
    ("levels", "limits"),
    [([], (9.8, 14.5)), ([2.5, 16.0], (9.8, 14.5)), ([9.0, 15.0], (8.8, 15.5)), ([8.9, 15.1], (9.8, 14.5))],
)
def test_the_view_reaches_to_levels_a_quarter_of_its_height_away(levels, limits):
    # From 10 to 14: a quarter is 1, the margins a fifth and a half of that.
    assert forecast_plots._enlarged(10.0, 14.0, levels) == pytest.approx(limits)


@given(st.floats(0, 90), st.floats(0.01, 10), st.lists(st.floats(0, 100), max_size=4))
def test_no_level_near_the_forecast_is_beyond_the_view(low, height, levels):
    bottom, top = forecast_plots._enlarged(low, low + height, levels)
    assert 0 <= bottom <= low and low + height < top and top - bottom <= 2 * height + 1e-9
    for level in levels:
        if low - height / 4 <= level <= low + 5 * height / 4:
            assert bottom <= level <= top
    if low <= height / 2.001:
        assert bottom == 0
    elif low > height:
        assert bottom > 0


@LANGUAGES
def test_near_zero_the_axis_starts_there(known, lang):
    ahead = outlook.outlook(known, "Hà Nội")
    [axes] = forecast_plots.fan(ahead, lang, goals=[("none", 0.0)], title="t").figure.axes
    assert axes.get_ylim()[0] == 0 and axes.get_xlabel() == ""
    assert goals(axes) == [0.0] and "none" in labels(axes)


def test_old_figures_do_not_press_the_forecast_flat(ahead):
    years, values = (
        np.append(range(2001, 2015), ahead.series.years),
        np.append([80.0] * 14, ahead.series.values),
    )
    long = replace(ahead, series=replace(ahead.series, years=years, values=values))
    shown = forecast_plots.fan(long, "en", goals=[], title="t")
    [axes] = shown.figure.axes
    low, high = axes.get_ylim()
    span = np.ptp(ahead.interval(0.98))
    assert span > 0.25 * (high - low) and len(shown.data[shown.data["kind"] == "figure"]) == len(years)
    alone = replace(ahead, series=replace(ahead.series, years=years[-1:], values=values[-1:]))
    shown = forecast_plots.fan(alone, "en", goals=[], title="t")
    assert (
        xy(parts(shown.figure.axes[0], "figures")[0]) == [[2019], [19.57]] and " to 19.57%" not in shown.alt
    )


@LANGUAGES
def test_the_fan_tells_its_last_year_in_numbers(picture, ahead, lang):
    alt, last = picture("fan", lang).alt, ahead.table.iloc[-1]
    told = [ahead.series.values[-1], last["median"], last["low80"], last["high80"]]
    assert all(f"{number(value, lang)}%" in alt for value in told)
    assert all(word in alt for word in (PLACE, str(ahead.year), "2015", "2019", odds(0.8, lang)))


@LANGUAGES
def test_the_fan_shows_the_other_scale_beside_the_same_year(known, lang):
    ahead = outlook.outlook(known, "Hà Nội")  # so near zero that its interval is not symmetric
    other = outlook.four_ways(ahead, known)["pooled_points"]
    alone = forecast_plots.fan(ahead, lang, goals=[], title="t")
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t", other=other)
    middle, low, high = other.level_at(0.5), *other.interval(0.80)
    [axes] = shown.figure.axes
    [bar] = parts(axes, "other")
    assert xy(bar) == [[ahead.year] * 2, pytest.approx([low, high])] and axes.get_ylim()[1] > high
    told = say("plot.fan.other", lang, median=middle, low=low, high=high)
    assert words(told) in labels(axes) and words(told) not in labels(alone.figure.axes[0])
    for value in (middle, low, high):
        assert f"{number(value, lang)}%" in shown.alt and f"{number(value, lang)}%" not in alone.alt


@LANGUAGES
def test_the_fan_shows_what_came_in_its_last_year(ahead, lang):
    alone = forecast_plots.fan(ahead, lang, goals=[], title="t")
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t", came=18.5)
    [axes] = shown.figure.axes
    [cross] = parts(axes, "came")
    assert xy(cross) == [[ahead.year], [18.5]] and cross.get_marker() == "X"
    assert say("plot.fan.came", lang, came=18.5) in labels(axes)
    said = say("plot.fan.and_came", lang, came=18.5)
    assert said in shown.alt and said not in alone.alt and not parts(alone.figure.axes[0], "came")
    far = forecast_plots.fan(ahead, lang, goals=[], title="t", came=45.0)
    assert all(figure.axes[0].get_ylim()[1] > 45 for figure in (far.figure, far.narrow()))


@LANGUAGES
def test_a_fan_without_goals_says_so(ahead, lang):
    shown = forecast_plots.fan(ahead, lang, goals=[], title="t")
    assert say("plot.fan.no_goal", lang) in shown.alt and not goals(shown.figure.axes[0])
    assert "target" not in shown.data["kind"].tolist()


@LANGUAGES
def test_the_numbers_of_levels_are_those_drawn(picture, series, lang):
    shown = picture("levels", lang)
    rows = [rows for _, rows in shown.data.groupby("indicator", sort=False)]
    drawn = [xy(line) for line in parts(shown.figure.axes[0], "figures")]
    assert drawn == [[one["year"].tolist(), one["rate_pct"].tolist()] for one in rows]
    assert shown.data["indicator"].unique().tolist() == [s.indicator for s in series]
    assert shown.data["place"].unique().tolist() == [PLACE]


@LANGUAGES
def test_the_numbers_of_the_fan_are_those_drawn(ahead, lang):
    wanted = [("A", 15.5), ("B", 2.5)]
    other = ps.forecast(ahead.series, horizon=2, scale="points")
    shown = forecast_plots.fan(ahead, lang, goals=wanted, title="t", other=other, came=18.5)
    [axes], kinds = shown.figure.axes, dict(tuple(shown.data.groupby("kind")))
    assert set(kinds) == {"figure", "forecast", "forecast_in_points", "target", "outcome"}
    told = {kind: [rows["year"].tolist(), rows["rate_pct"].tolist()] for kind, rows in kinds.items()}
    assert told["figure"] == [ahead.series.years.tolist(), ahead.series.values.tolist()]
    assert xy(parts(axes, "came")[0]) == told["outcome"]
    [median], [band] = parts(axes, "median"), parts(axes, "band")
    assert [column[1:-1] for column in xy(median)] == told["forecast"]
    np.testing.assert_allclose(edges(band).iloc[1:], kinds["forecast"][["low80_pct", "high80_pct"]])
    assert kinds["target"][["label", "rate_pct"]].values.tolist() == [list(goal) for goal in wanted]
    np.testing.assert_allclose(
        kinds["target"]["probability_pct"], [100 * ahead.probability(at_most=x) for _, x in wanted]
    )
    assert goals(axes) == [15.5] and "B" in axes.get_xlabel()
    ends = kinds["forecast_in_points"][["low80_pct", "high80_pct"]]
    np.testing.assert_allclose([xy(parts(axes, "other")[0])[1]], ends)
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
    shown = picture(kind, lang)
    for figure in (shown.figure, shown.narrow()):
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
    halves = [str(sum(heights[:5])), str(sum(heights[5:]))]
    given, met = (f"{number(100 * pooled[column].mean(), lang, 0)}%" for column in ("probability", "met"))
    assert all(text in shown.alt for text in (given, met, *halves, str(len(pooled))))
    assert say("backtest.method.pooled", lang) in shown.alt


@LANGUAGES
def test_calibration_is_that_of_one_method_at_the_shortest_horizon(lang):
    rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    methods = ("points", "traffic_light")
    long, short = (ps.backtest(panel, horizons=h, methods=methods) for h in ((1, 2), (1,)))
    shown = plots.calibration(long, lang, method="points")
    assert shown.alt == plots.calibration(short, lang, method="points").alt
    assert sum(bar.get_height() for bar in shown.figure.axes[1].patches) == 3
    for absent in ("pooled", "traffic_light"):
        with pytest.raises(ValueError, match=f"no distributions by '{absent}'"):
            plots.calibration(short, lang, method=absent)


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
    assert [xy(line)[1] for line in parts(axes, "figures")] == [s.values.tolist() for s in series]


def test_a_single_figure_is_drawn(known, series):
    one = replace(series[0], table=series[0].table.iloc[:1])
    (axes,) = forecast_plots.levels([one], "en", titles={one.indicator: "rate"}).figure.axes
    assert [xy(line) for line in parts(axes, "figures")] == [[[2015], [29.4]]]


@KINDS
@pytest.mark.parametrize("lang", ["fr", "", None, "VI"])
def test_an_unknown_language_is_refused(known, series, ahead, record, kind, lang):
    call = {
        "levels": lambda: forecast_plots.levels(series, lang, titles={}),
        "fan": lambda: forecast_plots.fan(ahead, lang, goals=[], title="t"),
        "calibration": lambda: plots.calibration(record, lang),
    }
    with pytest.raises(ValueError, match=f"language {lang!r} is not known; choose one of vi, en"):
        call[kind]()


def test_the_highest_figures_stay_clear_of_the_upper_edge(picture):
    for kind in ("levels", "fan"):
        for figure in (picture(kind, "en").figure, picture(kind, "en").narrow()):
            [axes] = figure.axes
            highest = max(max(line.get_ydata()) for line in parts(axes, "figures"))
            assert axes.get_ylim()[1] > highest + 0.06 * np.ptp(axes.get_ylim()), kind
