"""The figures of levels and forecasts, each with its numbers and the text that says what it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import check, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.forecast import Forecast

# An area on which every line stands out.
_TINT = "#d3e5f2"
_SPREAD = ("median", "low80", "high80")
_STYLES = ((draw.BLUE, "-", "o"), (draw.ORANGE, "--", "s"), (draw.GREEN, ":", "^"), (draw.GREY, "-.", "D"))
# What meets a goal, that of the hardest first.
_MET = (draw.BLUE, "#5aa3cf", "#93c1de")
GOAL: dict[str, Any] = {
    "color": draw.ORANGE,
    "linewidth": 1.2,
    "linestyle": (0, (7, 2, 1.5, 2)),
    "zorder": 1.5,
}


def levels(
    series: Sequence[AnnualSeries],
    lang: str,
    *,
    titles: Mapping[str, str],
    goals: Sequence[tuple[Any, ...]] = (),
) -> draw.Picture:
    """Draw annual series of one place by several instruments, never joined to one another, each named at its end.

    ``series``: AnnualSeries; ``titles``: ``{indicator: name}``; ``goals``: ``[(label, level)]``, as for ``fan``. Raises
    ValueError for an unknown language.
    """
    check(lang)
    if not series:
        raise InvalidValue("there is no series to draw; expected at least one")
    told = []
    for one in series:
        first, last = one.table.iloc[0], one.latest
        ends = {"first": quantity(first.value, one.unit, lang), "last": quantity(last.value, one.unit, lang)}
        about = {"title": titles[one.indicator], "first_at": first.year, "last_at": last.year}
        told.append(say("plot.levels.series", lang, **about, **ends))
    name = titles[series[0].indicator] if len(series) == 1 else say("plot.levels.several", lang)
    alt = say("plot.levels.alt", lang, place=series[0].place, series="; ".join(told))
    shown = partial(_levels, series, lang, titles=titles, goals=goals)
    return draw.Picture(
        shown(),
        alt,
        pd.concat([_figures(one) for one in series], ignore_index=True),
        title=f"{series[0].place}: {name}",
        narrow=partial(shown, width=draw.NARROW),
    )


def fan(
    ahead: Forecast,
    lang: str,
    *,
    goals: Sequence[tuple[Any, ...]] = (),
    title: str | None = None,
    other: Forecast | None = None,
    came: float | None = None,
) -> draw.Picture:
    """Draw a rate and where it is expected; of the forecast's last year how likely each level is, with what meets a target shaded.

    ``ahead``: a Forecast; ``goals``: ``[(label, level in percent)]`` or ``[(label, level, "at_least")]`` of a rate that should rise;
    ``title``: the rate's name (left out: its column); ``other``: a Forecast of the same year on the points scale, drawn
    beside it; ``came``: what the rate turned out to be in that year, in percent. Figures so old that they would press the
    forecast flat are left to the numbers: one row a figure, a year of the forecast and a level, told apart by kind.
    Raises ValueError for an unknown language.
    """
    check(lang)
    every = [_Goal(ahead, *goal) for goal in goals]
    about = {"title": title or ahead.series.indicator, "place": ahead.series.place, "year": ahead.year}
    shown = partial(_fan, ahead, lang, goals=every, other=other, came=came)
    return draw.Picture(
        shown(),
        _tell_fan(ahead, lang, about, every, other, came),
        _fan_numbers(ahead, every, other, came),
        title=say("plot.fan.title", lang, **about),
        source="" if came is None else say("plot.later", lang),
        narrow=partial(shown, width=draw.NARROW),
    )


def _levels(series, lang, *, titles, goals, width=draw.WIDTH):
    """Draw levels for one width."""
    wide = width > draw.NARROW
    tall = 2.9 if wide else 3.4
    figure, [[axes]] = draw.canvas(tall + 0.5, width=width, apart=0.1)
    years = sorted({int(year) for one in series for year in one.years})
    told = []
    for one, (colour, dash, marker) in zip(series, cycle(_STYLES)):
        axes.plot(one.years, one.values, dash, color=colour, marker=marker, gid="figures")
        ends = (one.latest.year, float(one.values[-1]))
        words = say("plot.levels.end", lang, last=quantity(ends[1], one.unit, lang), year=ends[0])
        told.append((ends[1], f"{words}\n{titles[one.indicator]}", colour))
    highest = max(axes.get_ylim()[1], *[level for _, level, *_ in goals], 0)
    # The highest figures stay clear of the edge; two years alone would be written as differences.
    room = 0.04 * max(years[-1] - years[0], 1)
    axes.set(ylim=(0, 1.08 * highest), xlim=(years[0] - room, years[-1] + room))
    ticks = range(years[-1], years[0] - 1, -math.ceil((years[-1] - years[0] + 1) / (9 if wide else 4)))
    axes.set_xticks(ticks, map(str, ticks))
    for one, (level, _, colour) in zip(series, told, strict=True):
        axes.plot([one.latest.year, years[-1] + room], [level] * 2, color=colour, linewidth=0.6)
    for label, level, *_ in goals:
        axes.axhline(level, gid="goal", **GOAL)
        told.append((level, label, "black"))
    draw.name_ends(axes, told, width=30 if wide else 17, tall=tall)
    (draw.percent_axis if series[0].unit == "pct" else draw.number_axis)(axes.yaxis, lang)
    return figure


class _Goal:
    """A level that a target requires of a forecast, whether at most or at least, and how likely it is."""

    def __init__(self, ahead, label, level, direction="at_most"):
        self.label, self.level, self.direction = label, level, direction
        self.chance = ahead.probability(**{direction: level})

    def met(self, levels: Any) -> Any:
        return levels <= self.level if self.direction == "at_most" else levels >= self.level


def _fan(ahead, lang, *, goals, other, came, width=draw.WIDTH):
    """Draw a fan for one width."""
    wide = width > draw.NARROW
    spread, last = None if other is None else other.interval(0.80), ahead.table.iloc[-1]
    tails = ahead.interval(0.98)
    drawn = [*tails, *ahead.table["median"], *([] if came is None else [came]), *(spread or ())]
    shown = _recent(ahead.series, drawn, most=8 if wide else 4)
    years, values = ahead.series.years[shown], ahead.series.values[shown]
    first, now, end = int(years[0]), int(years[-1]), ahead.year
    low, high = _ends([*values, *drawn])
    bottom, top = _enlarged(low, high, [goal.level for goal in goals])
    near = [goal for goal in goals if bottom <= goal.level <= top]
    far = [say("plot.fan.far", lang, label=g.label, p=g.chance) for g in goals if g not in near]
    notes = [*([say("plot.fan.cut", lang)] if bottom else []), *far]
    note = "\n".join(draw.wrap(text, 96 if wide else 46) for text in notes)
    tall = 2.9 if wide else 3.2
    figure, [[axes]] = draw.canvas(
        tall + 0.5 + 0.17 * (note.count("\n") + bool(note)), width=width, apart=0.1
    )
    right = end + (0.42 if wide else 0.6) * (end - first)
    axes.set(xlim=(first - 0.08 * (end - first), right), ylim=(bottom, top))
    path, table = [now, *ahead.table["year"]], ahead.table
    low, high = ([values[-1], *table[f"{side}80"]] for side in ("low", "high"))
    axes.fill_between(path, low, high, color=_TINT, linewidth=0, gid="band")
    middle = [values[-1], *table["median"], last["median"]]
    axes.plot([*path, right], middle, "--", color=draw.BLUE, gid="median")
    _draw_hill(axes, ahead, near, *tails, start=end, reach=0.92 * (right - end))
    axes.plot(years, values, "-o", color="black", gid="figures")
    for at in {0, len(years) - 1}:
        _note(axes, quantity(values[at], "pct", lang), (years[at], values[at]), (0, 7), ha="center")
    hill = draw.wrap(say("plot.fan.hill", lang), 99 if wide else 10)
    _note(axes, hill, (end, tails[1]), (2, 4), ha="left", color=draw.GREY)
    told = [(last["median"], say("plot.fan.range", lang, **last[[*_SPREAD]]), draw.BLUE)]
    if spread:
        middle = other.level_at(0.5)
        axes.plot([end] * 2, spread, gid="other", color=draw.GREEN, **draw.THIN | {"linewidth": 2.5})
        axes.plot([end, right], [middle] * 2, ":", color=draw.GREEN, linewidth=1.2)
        words = say("plot.fan.other", lang, median=middle, low=spread[0], high=spread[1])
        told.append((middle, words, draw.GREEN))
    for goal in near:
        axes.axhline(goal.level, gid="goal", **GOAL)
        words = f"{say('plot.fan.chance', lang, p=goal.chance)}\n{goal.label}"
        told.append((goal.level, words, "black"))
    if came is not None:
        axes.plot([end, right], [came] * 2, ":", color="black", linewidth=1.2)
        axes.plot(end, came, "X", color="black", markersize=10, zorder=4, gid="came")
        told.append((came, say("plot.fan.came", lang, came=came), "black"))
    draw.name_ends(axes, told, width=34 if wide else 17, tall=tall)
    step = math.ceil((end - first + 1) / (9 if wide else 3))
    ticks = [*range(end, first - 1, -step)]
    axes.set_xticks(ticks, map(str, ticks))
    axes.grid(axis="x", visible=False)
    draw.percent_axis(axes.yaxis, lang)
    axes.set_xlabel(note, fontsize=draw.SMALL, loc="left", color=draw.GREY)
    return figure


def _recent(series, drawn, *, most):
    """Return of which figures on the forecast, with what is drawn of it, takes a good part of the height: two to ``most``."""
    low, high = _ends(drawn)
    for since in range(max(len(series.years) - most, 0), len(series.years) - 2):
        ends = _ends([low, high, *series.values[since:]])
        if ends[1] - ends[0] <= 2.5 * (high - low):
            return slice(since, None)
    return slice(-2, None)


def _ends(values):
    return min(values), max(values)


def _draw_hill(axes, ahead, goals, low, high, *, start, reach):
    """Draw how likely each level is as a hill to the right of the last year, what meets a goal darker, the hardest darkest."""
    levels = np.union1d(np.linspace(low, high, 200), [g.level for g in goals if low < g.level < high])
    if high <= low:
        return
    density = np.gradient([ahead.probability(at_most=level) for level in levels], levels)
    edge = start + reach * density / density.max()
    axes.fill_betweenx(levels, start, edge, color=_TINT, linewidth=0, gid="hill")
    ranked = sorted(goals, key=lambda goal: goal.chance)
    for goal, tint in reversed([*zip(ranked, (*_MET, *[_MET[-1]] * len(ranked)), strict=False)]):
        axes.fill_betweenx(
            levels, start, edge, where=goal.met(levels), color=tint, linewidth=0, gid=goal.label
        )
    axes.plot(edge, levels, color=draw.BLUE, linewidth=1)


def _note(axes, text, at, aside, **look):
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    more = {"fontsize": draw.SMALL, "va": "bottom" if aside[1] else "center", "zorder": 5, "bbox": box}
    axes.annotate(text, at, xytext=aside, textcoords="offset points", **more | look)


def _enlarged(low, high, levels):
    """Return the limits of an axis for what is drawn from ``low`` to ``high`` and the levels at most a quarter of that away.

    It starts at 0 where that is at most twice as far.
    """
    quarter = (high - low) / 4 or 1
    near = [low, high, *(level for level in levels if low - quarter <= level <= high + quarter)]
    return (min(near) - quarter / 5 if low > 2 * quarter else 0), max(near) + quarter / 2


def _tell_fan(ahead, lang, about, goals, other, came):
    """Return in two sentences how the rate went and is expected to go, and how likely each level is."""
    series, last, beside = ahead.series, ahead.table.iloc[-1], ""
    if other is not None:
        low, high = other.interval(0.80)
        beside = say("plot.fan.and_other", lang, median=other.level_at(0.5), low=low, high=high)
    if came is not None:
        beside += say("plot.fan.and_came", lang, came=came)
    path = {
        "first": series.years[0],
        "last": series.years[-1],
        "then": series.values[0],
        "now": series.values[-1],
    }
    known = say(f"plot.fan.{'path' if len(series.years) > 1 else 'alone'}", lang, **path)
    told = "; ".join(say("plot.fan.told", lang, label=goal.label, p=goal.chance) for goal in goals)
    told = told or say("plot.fan.no_goal", lang)
    return say("plot.fan.alt", lang, known=known, other=beside, goals=told, **about | dict(last[[*_SPREAD]]))


def _fan_numbers(ahead, goals, other, came):
    """Return one row for each figure, year of the forecast and level that is drawn."""
    more = {"forecast": ahead.table.rename(columns={"median": "rate"})}
    if other is not None:
        low, high = other.interval(0.80)
        more["forecast_in_points"] = {"rate": [other.level_at(0.5)], "low80": low, "high80": high}
    columns = {"rate": [goal.level for goal in goals], "probability": [100 * goal.chance for goal in goals]}
    more["target"] = columns | {"label": [goal.label for goal in goals]}
    if came is not None:
        more["outcome"] = {"rate": [came]}
    return _beside_figures(ahead.series, more, year=ahead.year)


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
    filled = {kind: part for kind, part in parts.items() if len(part)}
    return pd.concat(filled, names=["kind"]).droplevel(1).reset_index()
