"""The picture of a result: one registry from each kind of result to what draws it, and the one of every check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from povertystats.drivers.check import LEADING, Check
from povertystats.drivers.credit import CreditStudy
from povertystats.drivers.diagnostics import LeaveOneOut
from povertystats.drivers.lever import Way
from povertystats.drivers.result import DriverFit
from povertystats.drivers.specification_curve import SpecificationCurve
from povertystats.exhibits import figure as draw
from povertystats.exhibits.driver_plots import coefficients, specification_curve
from povertystats.exhibits.driver_tables import numbers
from povertystats.exhibits.forecast_plots import GOAL, calibration, fan, levels
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
from povertystats.words.errors import WrongType
from povertystats.words.phrases import term_name
from povertystats.words.wording import check, say


def plot(result: object, lang: str, **options: Any) -> draw.Picture:
    """Return the picture of a result; ``options`` are those of the function that ``PICTURES`` names for its kind.

    >>> import povertystats as ps
    >>> plot(ps.scorecard(ps.load_facts().as_of("2020-05-07")), "en").alt.partition(",")[0]
    'Probabilities of the targets of Bắc Kạn (targets: 9'
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
    rows = table.assign(panel="", row=table.index, clear=result.clear, name=result.names(lang, labels=labels))
    units = [column for column in ("driver", "scale", "test") if column in rows]
    blocks, told, driver = [], [], None
    for _, some in rows.groupby(units, sort=False, dropna=False):
        heading = {None: draw.wrap(term_name(some["driver"].iloc[0], lang, labels or {}), 36)}
        heading, driver = {} if some["driver"].iloc[0] == driver else heading, some["driver"].iloc[0]
        layout = {row.row: draw.wrap(row.name, 36) for row in some.itertuples(index=False)}
        blocks.append((heading | layout, some))
        told += [
            *(f"{words}:" for words in heading.values()),
            *(f"{_told(row, lang)};" for row in some.itertuples()),
        ]
    figure, panels = draw.draw_panels(blocks, [""], lang, zero=compared)
    panels[-1, 0].set_xlabel(say(f"plot.check.axis{'_each' if len(blocks) > 1 else ''}", lang))
    form, interval = "alone", ""
    if levels := set(table["level"].dropna()):
        # Where zero is no reference the interval is that of chance.
        form, kind = ("alt", "coefficients.interval") if compared else ("beside", "check.chance")
        interval = say(f"plot.{kind}", lang, level=100 * max(levels))
        keys = [draw.interval_key(interval)]
        if compared:
            keys += draw.dot_keys(*(say(f"plot.coefficients.{name}", lang) for name in ("clear", "unclear")))
        draw.legend(figure, keys)
    alt = say(f"plot.check.{form}", lang, interval=interval, rows=" ".join(told).rstrip(";"))
    return draw.Picture(figure, alt, table[[*LEADING[1:]]].assign(clear=result.clear))


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
    figure, [[axes]] = draw.draw_panels([(layout, rows)], [""], lang, zero=False)
    axes.plot(rows["rate_without"], axes.get_yticks(), **bar)
    for reading in result.scenario.readings:
        axes.axvline(reading.bound, **GOAL)
    draw.percent_axis(axes.xaxis, lang)
    axes.set_xlabel(f"{title}, {ahead.year}")
    keys = [
        draw.interval_key(say("plot.fan.band", lang, level=80)),
        draw.key(say("plot.what_if.moved", lang), color=draw.BLUE, **draw.DOT),
        draw.key(say("plot.what_if.without", lang), **bar),
        draw.key(say("plot.fan.goal", lang), **GOAL),
    ]
    draw.legend(figure, keys, columns=2)
    told = "; ".join(
        say("plot.what_if.row", lang, name=names[row.row], **row._asdict()) for row in rows.itertuples()
    )
    alt = say("plot.what_if.alt", lang, place=result.scenario.place, title=title, year=ahead.year, rows=told)
    return draw.Picture(figure, alt, result.table)


# Kind of result -> what draws it, called with the result, the language and the options of the figure.
PICTURES: dict[type, Callable[..., draw.Picture]] = {
    AnnualSeries: _series,
    Backtest: calibration,
    Check: forest,
    CreditStudy: credit,
    DriverFit: _fit,
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
