"""The picture of a result: one registry from each kind of result to what draws it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from povertystats.drivers.credit import CreditStudy
from povertystats.drivers.result import DriverFit
from povertystats.drivers.specification_curve import SpecificationCurve
from povertystats.exhibits.driver_plots import coefficients, specification_curve
from povertystats.exhibits.figure import Picture
from povertystats.exhibits.forecast_plots import calibration, fan, levels
from povertystats.exhibits.place_plots import credit
from povertystats.exhibits.register_plots import communes, moves
from povertystats.exhibits.target_plot import chances
from povertystats.facts.series import AnnualSeries
from povertystats.forecasts.backtest_result import Backtest
from povertystats.forecasts.forecast import Forecast
from povertystats.register.review import Review
from povertystats.register.transitions import Transitions
from povertystats.targets.scenario import Scenario
from povertystats.targets.scorecard import Scorecard
from povertystats.words.errors import WrongType


def plot(result: object, lang: str, **options: Any) -> Picture:
    """Return the picture of a result; ``options`` are those of the function that ``PICTURES`` names for its kind.

    >>> import povertystats as ps
    >>> plot(ps.scorecard(ps.load_facts().as_of("2020-05-07")), "en").alt.partition(",")[0]
    'Probabilities of the targets of Bắc Kạn (targets: 9'
    """
    draw = next((PICTURES[kind] for kind in type(result).__mro__ if kind in PICTURES), None)
    if draw is None:
        raise WrongType(f"there is no picture of a {type(result).__name__}; expected a result that has .plot")
    return draw(result, lang, **options)


def _series(series: AnnualSeries, lang: str, *, title: str | None = None) -> Picture:
    return levels([series], lang, titles={series.indicator: title or series.indicator})


def _fit(fit: DriverFit, lang: str, **options: Any) -> Picture:
    return coefficients([fit], lang, **options)


def _scenario(scenario: Scenario, lang: str, **options: Any) -> Picture:
    """Draw the forecast of a scenario with the levels that the targets require of it."""
    goals = [(reading.label(lang), reading.bound) for reading in scenario.readings if reading.target]
    title = scenario.known.title(scenario.ahead.series.indicator, lang, short=True)
    return fan(scenario.ahead, lang, **({"goals": goals, "title": title} | options))


# Kind of result -> what draws it, called with the result, the language and the options of the figure.
PICTURES: dict[type, Callable[..., Picture]] = {
    AnnualSeries: _series,
    Backtest: calibration,
    CreditStudy: credit,
    DriverFit: _fit,
    Forecast: fan,
    Review: communes,
    Scenario: _scenario,
    Scorecard: chances,
    SpecificationCurve: specification_curve,
    Transitions: moves,
}
