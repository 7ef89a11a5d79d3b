"""The methods that the record judges: ours, and simpler ones that these must beat.

A simpler one takes a series and a horizon and returns one Predictive a year ahead, or raises ForecastError with the
reason why it cannot; the traffic light has no distribution and returns chances of one event. Those of
``known_changes`` are first told the figures of all places up to the origin.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.facts.series import Observed, at_edge
from povertystats.forecasts.forecast import FEWEST, ForecastError
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import to_scale
from povertystats.records.known_changes import KEPT, climatology, reference_class
from povertystats.words.errors import MissingExtra

Path = tuple[Predictive, ...]

# How sure a rule that knows no doubt is taken to be.
_SURE = 0.99
# Ratio of actual to required growth from which Eurostat's categories hold.
_EUROSTAT = ((0.95, "on_track"), (0.60, "too_slow"), (0.0, "limited"), (-np.inf, "away"))
# A normal distribution, as a Student-t of so many degrees of freedom.
_NORMAL = 1e9
NAIVE, CLIMATOLOGY = "naive", "climatology"


def naive(series: Observed, horizon: int) -> Path:
    """Forecast no change: a random walk in points without drift, one Predictive a year ahead.

    With increments ``d_i`` over gaps of ``Δ_i`` years (i = 1…m): ``σ² = Σ d_i²/Δ_i / m``, Student-t with m
    degrees of freedom, location the last figure, scale ``σ √h``. Raises ForecastError: "too_few" for one
    figure, "even_steps" where the figures never change.

    >>> import pandas as pd
    >>> ahead = naive(Observed(np.array([2018, 2019]), np.array([21.88, 19.57])), 1)
    >>> [round(x, 2) for x in ahead[0].interval(0.5)]
    [17.26, 21.88]
    """
    _enough(series, 2)
    steps, gaps = np.diff(series.values), np.diff(series.years)
    sigma = np.sqrt((steps**2 / gaps).mean())
    if sigma == 0:
        raise ForecastError(series.indicator, [("even_steps", "the figures never change")])
    last = float(series.values[-1])
    return tuple(
        Predictive(1.0, len(steps), last, sigma * np.sqrt(h), "points", last) for h in range(1, horizon + 1)
    )


def ets(series: Observed, horizon: int) -> Path:
    """Forecast by statsmodels' exponential smoothing with an additive damped trend, on the log-odds.

    Its mean and forecast variance as a normal distribution. Raises ForecastError: "too_few", "no_log_odds",
    "gaps" (it takes no missing years), "no_fit"; MissingExtra without statsmodels.

    Source: Hyndman et al. 2008, doi:10.1007/978-3-540-71918-2.
    """
    if np.any(np.diff(series.years) > 1):
        raise ForecastError(series.indicator, [("gaps", "exponential smoothing takes no missing years")])

    model = _statsmodels("tsa.exponential_smoothing.ets", "ETSModel")

    def fit(z: pd.Series) -> tuple[Any, pd.Series, pd.Series]:
        found = model(z, error="add", trend="add", damped_trend=True).fit(disp=False)
        ahead = found.get_prediction(len(z), len(z) + horizon - 1)
        return found, ahead.predicted_mean, np.sqrt(ahead.forecast_variance)

    return _normal(series, fit)


def arima(series: Observed, horizon: int) -> Path:
    """Forecast by statsmodels' ARIMA(0,1,1) with drift, on the log-odds; missing years are left to its filter.

    Its mean and standard error as a normal distribution. Raises ForecastError: "too_few", "no_log_odds",
    "no_fit"; MissingExtra without statsmodels.

    Source: Box & Jenkins 1970; Durbin & Koopman 2012, doi:10.1093/acprof:oso/9780199641178.001.0001.
    """
    model = _statsmodels("tsa.arima.model", "ARIMA")

    def fit(z: pd.Series) -> tuple[Any, pd.Series, pd.Series]:
        found = model(z, order=(0, 1, 1), trend="t").fit()
        ahead = found.get_forecast(horizon)
        return found, ahead.predicted_mean, ahead.se_mean

    return _normal(series, fit)


def components(series: Observed, horizon: int) -> Path:
    """Forecast by statsmodels' UnobservedComponents, a local linear trend, on the log-odds; gaps as in ``arima``.

    Its mean and standard error as a normal distribution. Raises ForecastError: "too_few", "no_log_odds",
    "no_fit"; MissingExtra without statsmodels.

    Source: Harvey 1989, doi:10.1017/CBO9781107049994.
    """
    model = _statsmodels("tsa.statespace.structural", "UnobservedComponents")

    def fit(z: pd.Series) -> tuple[Any, pd.Series, pd.Series]:
        found = model(z, "local linear trend").fit(disp=False)
        ahead = found.get_forecast(horizon)
        return found, ahead.predicted_mean, ahead.se_mean

    return _normal(series, fit)


def eurostat_category(first: float, last: float, level: float, span: int, years: int) -> str:
    """Return Eurostat's category of progress: "on_track", "too_slow", "limited" or "away".

    Ratio of the actual compound growth a year, from ``first`` to ``last`` in ``span`` years, to the required one, from
    ``first`` to ``level`` in ``years``: .95 or more, .60-.95, 0-.60, below 0.

    Source: Eurostat 2023, Sustainable development in the European Union, annex on the assessment of trends.

    >>> eurostat_category(24.53, 19.57, 17.61, 2, 3), eurostat_category(24.53, 24.6, 17.61, 2, 3)
    ('on_track', 'away')
    """
    actual, required = (last / first) ** (1 / span) - 1, (level / first) ** (1 / years) - 1
    return next(label for least, label in _EUROSTAT if actual / required >= least)


def traffic_light(series: Observed, horizon: int) -> tuple[float, ...]:
    """Return for each year ahead the chance, as Eurostat's rule has it, of a fall by a tenth a year or more.

    "On track" (``eurostat_category``) from the first figure to ``0.9^h`` times the last, where that is a fall. The rule
    says yes or no; taken as .99 or .01, so that being wrong costs a finite log score (4.6). Raises ForecastError:
    "too_few" for one figure, "no_log_odds" for a first figure of 0, from which no pace can be counted.

    >>> traffic_light(Observed(np.array([2017, 2018, 2019]), np.array([24.53, 21.88, 19.57])), 1)
    (0.99,)
    """
    _enough(series, 2)
    first, last = series.values[0], series.values[-1]
    if first == 0:
        raise ForecastError(series.indicator, [("no_log_odds", "no pace can be counted from a first 0%")])
    span = series.years[-1] - series.years[0]
    chances = []
    for h in range(1, horizon + 1):
        level = KEPT**h * last
        falls = level < first
        on_track = falls and eurostat_category(first, last, level, span, span + h) == "on_track"
        chances.append(_SURE if on_track else 1 - _SURE)
    return tuple(chances)


def _enough(series, fewest):
    if len(series.values) < fewest:
        short = f"expected at least {fewest} figures, there are {len(series.values)}"
        raise ForecastError(series.indicator, [("too_few", short)])


def _statsmodels(module, name):
    # Before warnings are silenced: on import statsmodels asks for its own to be shown always.
    try:
        return getattr(importlib.import_module(f"statsmodels.{module}"), name)
    except ImportError as error:
        raise MissingExtra(f"{name} needs statsmodels: pip install 'povertystats[notebooks]'") from error


def _normal(series, fit):
    """Return the normal Predictives of a statsmodels ``fit``: z by year, gaps NaN, to (results, mean, se)."""
    _enough(series, FEWEST)
    if at_edge(series.values).any():
        raise ForecastError(series.indicator, [("no_log_odds", "0% and 100% have no log-odds")])
    years = range(series.years[0], series.years[-1] + 1)
    z = pd.Series(to_scale(series.values, "log_odds"), index=series.years).reindex(years)
    last, trouble = float(series.values[-1]), ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found, mean, se = fit(z.reset_index(drop=True))
            if not _converged(found):
                trouble = "the optimiser did not converge"
            path = tuple(Predictive(1.0, _NORMAL, m, s, baseline=last) for m, s in zip(mean, se, strict=True))
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            trouble = str(error)
    if trouble:
        raise ForecastError(series.indicator, [("no_fit", f"statsmodels: {trouble}")])
    return path


def _converged(found):
    """Return what the optimiser of a statsmodels result says: some results hold it in a dict."""
    said = found.mle_retvals
    return said["converged"] if isinstance(said, dict) else getattr(said, "converged", True)


@dataclass(frozen=True)
class Method:
    """A way of forecasting that ``backtest`` judges.

    ``alone``: what it says of each year ahead from the figures of the series alone, a Predictive each or the chance of
    the event. Or ``learnt``: what says so of one year ahead, once it is given the figures of all places up to the
    origin. Or ``pooled``: with peers on this scale, whose figures end ``late`` years before the series' own.
    """

    alone: Callable[[Observed, int], Any] | None = None
    learnt: Callable[[pd.DataFrame], Callable[[Observed, int], Any]] | None = None
    pooled: str = ""
    late: int = 0


# In the order of the tables, the reference last. A new one is an entry and the sentence backtest.method.NAME.
METHODS = {
    "pooled": Method(pooled="log_odds"),
    "pooled_points": Method(pooled="points"),
    # The peers of a series of another instrument come out later than its own figures.
    "pooled_apart": Method(pooled="log_odds", late=1),
    "log_odds": Method(lambda series, horizon: forecast(series, horizon=horizon).path),
    "points": Method(lambda series, horizon: forecast(series, horizon=horizon, scale="points").path),
    "ets": Method(ets),
    "arima": Method(arima),
    "components": Method(components),
    "reference_class": Method(learnt=reference_class),
    CLIMATOLOGY: Method(learnt=climatology),
    "traffic_light": Method(traffic_light),
    NAIVE: Method(naive),
}
