"""The picture of a result: one registry from each kind of result to what draws it, and those of every check and record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from povertystats.adoption.result import EventStudy
from povertystats.associations.check import LEADING, Check
from povertystats.associations.leave_one_out import LeaveOneOut
from povertystats.associations.result import DriverFit
from povertystats.checks.specification_curve import SpecificationCurve
from povertystats.drivers.credit import CreditStudy
from povertystats.drivers.lever import Way
from povertystats.exhibits import figure as draw
from povertystats.exhibits.driver_plots import coefficients, event_study, specification_curve
from povertystats.exhibits.driver_tables import numbers
from povertystats.exhibits.forecast_plots import GOAL, fan, levels
from povertystats.exhibits.place_plots import credit, leave_one_out
from povertystats.exhibits.register_plots import communes, moves
from povertystats.exhibits.target_plot import by_year, chances
from povertystats.facts.series import AnnualSeries
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.national_years import NationalYears
from povertystats.records.backtest_result import Backtest
from povertystats.register.review import Review
from povertystats.register.transitions import Transitions
from povertystats.targets.scenario import Scenario
from povertystats.targets.scorecard import Scorecard
from povertystats.targets.what_if import WhatIf, way_name
from povertystats.words.errors import InvalidValue, WrongType
from povertystats.words.phrases import term_name
from povertystats.words.wording import check, say


def plot(result: object, lang: str, **options: Any) -> draw.Picture:
    """Return the picture of a result; ``options`` are those of the function that ``PICTURES`` names for its kind.

    >>> import povertystats as ps
    >>> plot(ps.scorecard(ps.load_facts().as_of("2020-05-07")), "en").title
    'Bắc Kạn: how likely are the targets, as known on 7 May 2020?'
    """
    picture = next((PICTURES[kind] for kind in type(result).__mro__ if kind in PICTURES), None)
    if picture is None:
        raise WrongType(f"there is no picture of a {type(result).__name__}; expected a result that has .plot")
    return picture(result, lang, **options)


def forest(result: Check, lang: str, *, labels: Mapping[str, str] | None = None) -> draw.Picture:
    """Draw every estimate of a check with its interval, each driver, scale and test on an axis of its own, since units differ.

    A filled dot: a clear result, where the interval is to be compared with zero. ``labels``: ``{column: name}``.
    """
    check(lang)
    table, compared = result.table, result.reference is not None
    if table.empty:
        raise InvalidValue(f"a {result.kind} without rows has no picture")
    rows = table.assign(panel="", row=table.index, clear=result.clear, name=result.names(lang, labels=labels))
    units = [column for column in ("driver", "scale", "test") if column in rows]
    blocks, told, driver = [], [], None
    drivers = [term_name(one, lang, labels or {}) for one in table["driver"]]
    for _, some in rows.groupby(units, sort=False, dropna=False):
        heading = {None: draw.wrap(term_name(some["driver"].iloc[0], lang, labels or {}), 36)}
        heading, driver = {} if some["driver"].iloc[0] == driver else heading, some["driver"].iloc[0]
        layout = {row.row: draw.wrap(row.name, 36) for row in some.itertuples(index=False)}
        blocks.append((heading | layout, some))
        told += [
            *(f"{words}:" for words in heading.values()),
            *(f"{_told(row, lang)};" for row in some.itertuples()),
        ]
    keys, form, interval = [], "alone", ""
    if levels := set(table["level"].dropna()):
        # Where zero is no reference the interval is that of chance.
        form, kind = ("alt", "coefficients.interval") if compared else ("beside", "check.chance")
        interval = say(f"plot.{kind}", lang, level=100 * max(levels))
        keys = [draw.interval_key(interval)]
        if compared:
            keys += draw.dot_keys(*(say(f"plot.coefficients.{name}", lang) for name in ("clear", "unclear")))

    def drawn(width: float = draw.WIDTH) -> Any:
        figure, panels = draw.draw_panels(blocks, [""], lang, zero=compared, width=width)
        axis = say(f"plot.check.axis{'_each' if len(blocks) > 1 else ''}", lang)
        panels[-1, 0].set_xlabel(draw.wrap(axis, 60 if width > draw.NARROW else 30))
        if keys:
            draw.legend(figure, keys)
        return figure

    return draw.Picture(
        drawn(),
        say(f"plot.check.{form}", lang, interval=interval, rows=" ".join(told).rstrip(";")),
        table[[*LEADING[1:]]].assign(clear=result.clear),
        title=say("plot.check.title", lang, names=", ".join(dict.fromkeys(drivers))),
        narrow=lambda: drawn(draw.NARROW),
    )


def calibration(record: Backtest, lang: str, *, method: str | None = None) -> draw.Picture:
    """Draw whether probabilities came true and where outcomes fell in the forecasts of a Backtest.

    By tenths of the probability of its event, the mean given and the share that came; then the counts of outcomes in
    each tenth of the predictive distribution; both at the shortest horizon. ``method``: the first of
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
    given, met, n = 100 * bins["probability"], 100 * bins["met"], bins["n"]
    sides = {
        "reliability": {"probability_pct": given, "came_true_pct": met, "forecasts": n},
        "distribution": {
            "from_pct": 100 * pit["low"],
            "to_pct": 100 * pit["high"],
            "forecasts": pit["n"],
            "forecasts_if_calibrated": pit["n"].mean(),
        },
    }
    parts = {side: pd.DataFrame(columns) for side, columns in sides.items()}
    about = {"n": n.sum(), "given": given @ n / n.sum(), "met": met @ n / n.sum()}
    lower = pit["n"][pit["high"] <= 0.5].sum()
    about |= {
        "method": say(f"backtest.method.{method}", lang),
        "lower": lower,
        "upper": pit["n"].sum() - lower,
    }
    shown = partial(_calibration, parts, lang)
    return draw.Picture(
        shown(),
        say("plot.calibration.alt", lang, **about),
        pd.concat(parts, names=["panel"]).droplevel(1).reset_index(),
        title=say("plot.calibration.title", lang),
        narrow=partial(shown, width=draw.NARROW),
    )


def _calibration(parts, lang, *, width=draw.WIDTH):
    wide = width > draw.NARROW
    grid: dict[str, Any] = {"columns": 2} if wide else {"rows": 2}
    figure, panels = draw.canvas(3.6 if wide else 6.4, width=width, **grid)
    (left, right), note = panels.flat, {"fontsize": draw.SMALL, "color": draw.GREY, "va": "center"}
    bins, tenths = parts.values()
    left.plot([0, 100], [0, 100], ":", color="black")
    sizes = 20 + 180 * bins["forecasts"] / bins["forecasts"].max()
    look = {"color": draw.BLUE, "edgecolor": "white", "zorder": 3}
    left.scatter(bins["probability_pct"], bins["came_true_pct"], s=sizes, **look)
    above = draw.wrap(say("plot.calibration.above", lang), 38)
    left.set_title(above, loc="left", fontsize=draw.SMALL, color=draw.GREY)
    bars = {"width": 9, "color": "#8dbcdc", "edgecolor": draw.BLUE}
    right.bar(tenths["from_pct"] + 5, tenths["forecasts"], **bars)
    even = tenths["forecasts_if_calibrated"].iloc[0]
    right.axhline(even, color="black", linestyle=(0, (5, 2)))
    words = draw.wrap(say("plot.calibration.even", lang, even=even), 26)
    right.annotate(
        words, (99, even), (0, 5), textcoords="offset points", ha="right", **note | {"va": "bottom"}
    )
    for axes, x, y in ((left, "probability", "share"), (right, "tenth", "cases")):
        axes.set_xlabel(draw.wrap(say(f"plot.calibration.{x}", lang), 36), fontsize=draw.SMALL + 0.5)
        axes.set_ylabel(say(f"plot.calibration.{y}", lang), fontsize=draw.SMALL + 0.5)
        axes.set_xlim(0, 100)
        draw.percent_axis(axes.xaxis, lang)
    left.set_ylim(0, 105)
    draw.percent_axis(left.yaxis, lang)
    draw.number_axis(right.yaxis, lang)
    return figure


def _told(row: Any, lang: str) -> str:
    kind = "missing" if pd.isna(row.estimate) else "row_alone" if pd.isna(row.low) else "row"
    return say(f"plot.check.{kind}", lang, name=row.name, **numbers(row, lang))


def _series(series: AnnualSeries, lang: str, *, title: str | None = None) -> draw.Picture:
    return levels([series], lang, titles={series.indicator: title or series.indicator})


def _by_year(found: NationalYears, lang: str, *, title: str | None = None) -> draw.Picture:
    return by_year([(title or str(found.years[-1]), found)], lang)


def _fit(fit: DriverFit, lang: str, **options: Any) -> draw.Picture:
    return coefficients([fit], lang, **options)


def _scenario(scenario: Scenario, lang: str, **options: Any) -> draw.Picture:
    """Draw the forecast of a scenario with the levels that the targets require of it."""
    goals = [(reading.label(lang), reading.bound) for reading in scenario.readings if reading.target]
    title = scenario.known.title(scenario.ahead.series.indicator, lang, short=True)
    return fan(scenario.ahead, lang, **({"goals": goals, "title": title} | options))


def _what_if(result: WhatIf, lang: str, *, title: str | None = None) -> draw.Picture:
    """Draw the rate with levers moved by each way of computing, beside that without, and the levels that targets require."""
    check(lang)
    ahead, bar = result.scenario.ahead, draw.DOT | {"marker": "|", "markersize": 14, "color": "black"}
    title = title or result.scenario.known.title(ahead.series.indicator, lang, short=True)
    rows = result.table.drop_duplicates(["way", "estimator", "scale"]).assign(panel="", clear=True)
    rows = rows.assign(row=rows.index, estimate=rows["rate"], low=rows["low80"], high=rows["high80"])
    names = {
        row.row: way_name(Way(row.way, row.estimator, row.scale), result.scenario, lang)
        for row in rows.itertuples()
    }
    layout = {row: draw.wrap(name, 36) for row, name in names.items()}
    keys = [
        draw.interval_key(say("plot.fan.band", lang, level=80)),
        draw.key(say("plot.what_if.moved", lang), color=draw.BLUE, **draw.DOT),
        draw.key(say("plot.what_if.without", lang), **bar),
        draw.key(say("plot.fan.goal", lang), **GOAL),
    ]

    # A level far from all that is expected would press the rest flat.
    low, high = rows["low"].min(), rows["high"].max()
    bounds = [reading.bound for reading in result.scenario.readings]
    near = [bound for bound in bounds if 2 * low - high <= bound <= 2 * high - low]

    def drawn(width: float = draw.WIDTH) -> Any:
        figure, [[axes]] = draw.draw_panels([(layout, rows)], [""], lang, zero=False, width=width)
        axes.plot(rows["rate_without"], axes.get_yticks(), **bar)
        for bound in near:
            axes.axvline(bound, **GOAL)
        draw.percent_axis(axes.xaxis, lang)
        axes.set_xlabel(draw.wrap(f"{title}, {ahead.year}", 60 if width > draw.NARROW else 30))
        draw.legend(figure, keys, columns=2)
        return figure

    ends = rows.sort_values("rate").iloc[[0, -1]].drop_duplicates("row")
    told = "; ".join(
        say("plot.what_if.row", lang, name=names[row.row], **row._asdict()) for row in ends.itertuples()
    )
    about = {"place": result.scenario.place, "title": title, "year": ahead.year, "n": len(rows)}
    alt, above = (say(f"plot.what_if.{words}", lang, rows=told, **about) for words in ("alt", "title"))
    return draw.Picture(drawn(), alt, result.table, title=above, narrow=lambda: drawn(draw.NARROW))


# Kind of result -> what draws it, called with the result, the language and the options of the figure.
PICTURES: dict[type, Callable[..., draw.Picture]] = {
    AnnualSeries: _series,
    Backtest: calibration,
    Check: forest,
    CreditStudy: credit,
    DriverFit: _fit,
    EventStudy: event_study,
    Forecast: fan,
    LeaveOneOut: leave_one_out,
    NationalYears: _by_year,
    Review: communes,
    Scenario: _scenario,
    Scorecard: chances,
    SpecificationCurve: specification_curve,
    Transitions: moves,
    WhatIf: _what_if,
}
