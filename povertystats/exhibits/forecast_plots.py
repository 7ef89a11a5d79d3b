"""The figures of levels, forecasts and their record, each with its numbers and the text that says what it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import check, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.forecast import Forecast
    from povertystats.records.backtest_result import Backtest

# Areas in tints that stay apart in black and white, and on which every line stands out.
_TINTS = {95: "#d3e5f2", 80: "#8dbcdc"}
GOAL: dict[str, Any] = {
    "color": draw.ORANGE,
    "linewidth": 1.2,
    "linestyle": (0, (7, 2, 1.5, 2)),
    "zorder": 1.5,
}


def levels(series: Sequence[AnnualSeries], lang: str, *, titles: Mapping[str, str]) -> draw.Picture:
    """Draw annual series of one place by several instruments, never joined to one another.

    ``series``: AnnualSeries; ``titles``: ``{indicator: name}``. Raises ValueError for an unknown language.
    """
    check(lang)
    if not series:
        raise InvalidValue("there is no series to draw; expected at least one")
    figure, [[axes]] = draw.canvas(3.6)
    styles = [(draw.BLUE, "-", "o"), (draw.ORANGE, "--", "s"), (draw.GREEN, ":", "^"), (draw.GREY, "-.", "D")]
    told = []
    for one, (colour, dash, marker) in zip(series, styles, strict=False):
        axes.plot(one.years, one.values, dash, color=colour, marker=marker, label=titles[one.indicator])
        first, last = one.table.iloc[0], one.latest
        told.append(
            say(
                "plot.levels.series",
                lang,
                title=titles[one.indicator],
                first=quantity(first.value, one.unit, lang),
                first_at=first.year,
                last=quantity(last.value, one.unit, lang),
                last_at=last.year,
            )
        )
    _rates(axes, lang, years=sorted({int(y) for s in series for y in s.years}))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), frameon=False)
    data = pd.concat([_figures(one) for one in series], ignore_index=True)
    return draw.Picture(
        figure, say("plot.levels.alt", lang, place=series[0].place, series="; ".join(told)), data
    )


def fan(
    ahead: Forecast,
    lang: str,
    *,
    goals: Sequence[tuple[str, float]] = (),
    title: str | None = None,
    other: Forecast | None = None,
    came: float | None = None,
) -> draw.Picture:
    """Draw a rate and where it is expected, with the levels that the targets require.

    Left all years, from 0; right the last figure and the forecast, enlarged, with the levels near them, whose
    names stand there; the names of the other levels stand left.
    ``ahead``: a Forecast; ``goals``: ``[(label, level in percent)]``; ``title``: the rate's name (left out: its column); ``other``: a
    Forecast of the same year on the points scale, drawn beside it; ``came``: what the rate turned out to be in
    that year, in percent. The numbers: one row a figure, a year of the forecast and a level, told apart by kind.
    Raises ValueError for an unknown language.
    """
    check(lang)
    title = title or ahead.series.indicator
    alt = _tell_fan(ahead, lang, goals=goals, title=title, other=other, came=came)
    shown = partial(_fan, ahead, lang, goals=goals, other=other, came=came)
    title = title.removeprefix("the ")
    title = title[:1].upper() + title[1:]
    above = say("plot.fan.title", lang, title=title, place=ahead.series.place, year=ahead.year)
    data = _fan_numbers(ahead, goals, other, came)
    return draw.Picture(shown(), alt, data, title=above, narrow=partial(shown, width=draw.NARROW))


def calibration(record: Backtest, lang: str, *, method: str | None = None) -> draw.Picture:
    """Draw whether probabilities came true and where outcomes fell in the forecasts of a Backtest.

    Left, by tenths of the probability of its event, the mean given and the share that came; right, the counts
    of outcomes in each tenth of the predictive distribution; both at the shortest horizon. ``method``: the first of
    ``backtest_result.METHODS`` in the record when left out.
    Raises ValueError for an unknown language and for a method without distributions in the record.
    """
    check(lang)
    method = method or next(iter(record.pit["method"]), "pooled")
    pit, bins = (
        rows[(rows["method"] == method) & (rows["horizon"] == rows["horizon"].min())]
        for rows in (record.pit, record.reliability)
    )
    if pit.empty:
        raise InvalidValue(f"calibration: the record has no distributions by {method!r}")
    figure, [[left, right]] = draw.canvas(3.8, columns=2)
    left.plot([0, 100], [0, 100], ":", color="black", label=say("plot.calibration.perfect", lang))
    look = {"color": draw.BLUE, "edgecolor": "white", "label": say("plot.calibration.dot", lang)}
    given, met = 100 * bins["probability"], 100 * bins["met"]
    left.scatter(given, met, s=20 + 180 * bins["n"] / bins["n"].max(), zorder=3, **look)
    right.bar(100 * pit["low"] + 5, pit["n"], width=9, color=_TINTS[80], edgecolor=draw.BLUE)
    even = pit["n"].mean()
    right.axhline(even, color="black", linestyle=(0, (5, 2)), label=say("plot.calibration.even", lang))
    for axes, x, y in ((left, "probability", "share"), (right, "tenth", "cases")):
        axes.set_xlabel(draw.wrap(say(f"plot.calibration.{x}", lang), 32))
        axes.set_ylabel(say(f"plot.calibration.{y}", lang))
        axes.set_xlim(0, 100)
        draw.percent_axis(axes.xaxis, lang)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.26), frameon=False)
    left.set_ylim(0, 105)
    draw.percent_axis(left.yaxis, lang)
    draw.number_axis(right.yaxis, lang)
    alt = say(
        "plot.calibration.alt",
        lang,
        method=say(f"backtest.method.{method}", lang),
        n=bins["n"].sum(),
        given=given @ bins["n"] / bins["n"].sum(),
        met=met @ bins["n"] / bins["n"].sum(),
        above=(met > given).sum(),
        dots=len(bins),
        counts=", ".join(str(n) for n in pit["n"]),
        even=even,
    )
    sides = {
        "reliability": {"probability_pct": given, "came_true_pct": met, "forecasts": bins["n"]},
        "distribution": {
            "from_pct": 100 * pit["low"],
            "to_pct": 100 * pit["high"],
            "forecasts": pit["n"],
            "forecasts_if_calibrated": even,
        },
    }
    parts = {side: pd.DataFrame(columns) for side, columns in sides.items()}
    return draw.Picture(figure, alt, _stacked(parts, "panel"))


def _fan(ahead, lang, *, goals, other, came, width=draw.WIDTH):
    """Draw both views of a fan, beside each other or, for a phone, below."""
    if width > draw.NARROW:
        figure, [[whole, close]] = draw.canvas(3.7, columns=2, width_ratios=(6, 7), apart=0.1)
    else:
        figure, [[close], [whole]] = draw.canvas(5.6, rows=2, width=width)
    first, now, end = int(ahead.series.years[0]), int(ahead.series.years[-1]), ahead.year
    for axes, since in ((whole, first), (close, now)):
        _draw_fan(axes, ahead, lang, since=since, other=other, came=came)
    low, high = close.get_ylim()
    bottom, top = _enlarged(low, high, [level for _, level in goals])
    near = [goal for goal in goals if bottom <= goal[1] <= top]
    far = [goal for goal in goals if goal not in near]
    # Names take the room left of the forecast: nothing is drawn there.
    room = (0.8 if near else 0.2) * ahead.horizon
    for axes, drawn, start in ((whole, goals, first - 0.3), (close, near, now - room)):
        if drawn:
            levels = [level for _, level in drawn]
            axes.hlines(levels, start, end + 0.3, label=say("plot.fan.goal", lang), **GOAL)
        axes.set_xlim(start, end + 0.3)
    _rates(whole, lang, years=range(first, end + 1), most=6)
    _rates(close, lang, years=range(now, end + 1), most=6)
    close.set_ylim(bottom, top)
    whole.set_title(say("plot.fan.whole", lang), fontsize="medium")
    view = say("plot.fan.cut" if bottom else "plot.fan.close", lang, first=now, last=end)
    close.set_title(view, fontsize="medium")
    _name_goals(whole, far, at=1)
    _name_goals(close, near, at=0)
    draw.legend(figure, whole.get_legend_handles_labels()[0], columns=3)
    return figure


def _draw_fan(axes, ahead, lang, *, since, other, came):
    """Draw the figures from the year ``since`` on, the forecast, the other one and what came."""
    table, known = ahead.table, ahead.series.years >= since
    years, values = ahead.series.years[known], ahead.series.values[known]
    path = [years[-1], *table["year"]]
    for level, tint in _TINTS.items():
        low, high = ([values[-1], *table[f"{end}{level}"]] for end in ("low", "high"))
        label = say("plot.fan.band", lang, level=level)
        axes.fill_between(path, low, high, color=tint, linewidth=0, label=label)
    axes.plot(path, [values[-1], *table["median"]], "--", color=draw.BLUE, label=say("plot.fan.median", lang))
    axes.plot(years, values, "-o", color="black", label=say("plot.fan.known", lang))
    if other is not None:
        (low, high), middle = other.interval(0.80), other.level_at(0.5)
        bar = {"fmt": "s", "markersize": 4, "color": draw.GREEN, "capsize": 3}
        bar |= {"label": say("plot.fan.other", lang), "yerr": [[middle - low], [high - middle]]}
        axes.errorbar(path[-1] + 0.12, middle, **bar)
    if came is not None:
        axes.plot(path[-1], came, "X", color="black", markersize=9, label=say("plot.fan.came", lang))


def _enlarged(low, high, levels):
    """Return the limits of an axis for what is drawn from ``low`` to ``high`` and the levels at most a quarter of that away.

    It starts at 0 where that is at most twice as far.
    """
    quarter = (high - low) / 4
    near = [low, high, *(level for level in levels if low - quarter <= level <= high + quarter)]
    return (min(near) - quarter / 5 if low > 2 * quarter else 0), max(near) + quarter / 5


def _name_goals(axes, goals, *, at):
    """Write the names of levels ``[(name, level)]`` into their lines, apart, at the left (``at`` 0) or right (1) end."""
    bottom, top = axes.get_ylim()
    look = {"transform": axes.get_yaxis_transform(), "ha": "right" if at else "left", "va": "center"}
    look |= {"fontsize": axes.yaxis.get_ticklabels()[0].get_fontsize(), "zorder": 1.8}
    look["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    heights = draw.apart([level for _, level in goals], 0.08 * (top - bottom))
    for (name, _), height in zip(goals, heights, strict=True):
        axes.text(at, height, name, **look)


def _tell_fan(ahead, lang, *, goals, title, other, came):
    beside = ""
    if other is not None:
        low, high = other.interval(0.80)
        beside = say("plot.fan.and_other", lang, median=other.level_at(0.5), low=low, high=high)
    if came is not None:
        beside += say("plot.fan.and_came", lang, came=came)
    years, last = ahead.series.years, ahead.table.iloc[-1]
    return say(
        "plot.fan.alt",
        lang,
        place=ahead.series.place,
        title=title,
        first=years[0],
        last=years[-1],
        now=ahead.series.values[-1],
        year=ahead.year,
        median=last["median"],
        low=last["low80"],
        high=last["high80"],
        other=beside,
        goals="; ".join(label for label, _ in goals) or say("plot.fan.no_goal", lang),
    )


def _fan_numbers(ahead, goals, other, came):
    """Return one row for each figure, year of the forecast and level that is drawn."""
    more = {"forecast": ahead.table.rename(columns={"median": "rate"})}
    if other is not None:
        low, high = other.interval(0.80)
        more["forecast_in_points"] = {"rate": [other.level_at(0.5)], "low80": low, "high80": high}
    more["target"] = {"rate": [level for _, level in goals], "label": [label for label, _ in goals]}
    if came is not None:
        more["outcome"] = {"rate": [came]}
    return _beside_figures(ahead.series, more, year=ahead.year)


def _rates(axes, lang, *, years, most=None):
    """Set axes of rates in percent, from 0, over whole years; ``most``: of each no more are written, the last year is."""
    every = range(min(years), max(years) + 1)
    if most:
        step = math.ceil(len(every) / most)
        every = every[(len(every) - 1) % step :: step]
        axes.yaxis.get_major_locator().set_params(nbins=most)
    # As texts, or two years alone would be written as differences.
    axes.set_xticks(every, map(str, every))
    axes.set_ylim(0, 1.08 * axes.get_ylim()[1])  # the highest figures stay clear of the edge
    draw.percent_axis(axes.yaxis, lang)


def _figures(series):
    about = {"place": series.place, "indicator": series.indicator}
    return pd.DataFrame(about | {"year": series.years, "rate_pct": series.values})


def _beside_figures(series, more, *, year):
    """Return a series' figures and more rows ``{kind: columns}``, of ``year`` where they name none."""
    about = {"place": series.place, "indicator": series.indicator}
    parts = {"figure": _figures(series)}
    for kind, columns in more.items():
        rows = pd.DataFrame(columns)
        rows.columns = [c if c in ("year", "label") else f"{c}_pct" for c in rows]
        parts[kind] = rows.assign(**about, **({} if "year" in rows else {"year": year}))
    return _stacked({kind: part for kind, part in parts.items() if len(part)}, "kind")


def _stacked(parts, name):
    """Return frames ``{key: frame}`` below one another, the keys as their first column."""
    return pd.concat(parts, names=[name]).droplevel(1).reset_index()
