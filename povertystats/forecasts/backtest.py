"""The record: what the forecasts would have said at earlier dates, against what came."""

from collections.abc import Sequence
from contextlib import suppress
from numbers import Integral

import numpy as np
import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.forecasts import baselines
from povertystats.forecasts.backtest_result import CASE, COLUMNS, METHODS, NAIVE, Backtest
from povertystats.forecasts.baselines import KEPT
from povertystats.forecasts.forecast import ForecastError, Observed, forecast
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import event_score, score

_POOLED = {"pooled": "log_odds", "pooled_points": "points", "pooled_apart": "log_odds"}
# The peers of a series of another instrument come out later than its own figures: by so many years.
_LATE = 1
_ALONE = {
    "log_odds": lambda series, horizon: forecast(series, horizon=horizon).path,
    "points": lambda series, horizon: forecast(series, horizon=horizon, scale="points").path,
    "ets": baselines.ets,
    "arima": baselines.arima,
    "components": baselines.components,
    "traffic_light": baselines.traffic_light,
    NAIVE: baselines.naive,
}


def backtest(
    panel,
    indicators=None,
    *,
    horizons=(1,),
    min_points=2,
    since=None,
    methods=("pooled", "pooled_points", "log_odds", "points", NAIVE),
):
    """Forecast the indicators from every earlier year of ``panel``, and judge each forecast by what came.

    At each origin year every method is fitted again to the figures up to that year (years without a figure are
    gaps, as in ``forecast``). The ``methods``: "pooled" and "pooled_points" (``forecast`` with all the
    indicators' figures up to the origin as peers, on log-odds and in points), "pooled_apart" (as if the series
    were of another instrument than its peers, whose figures end a year earlier), "log_odds" and "points" (drifts
    of their own), and of ``povertystats.forecasts.baselines`` "ets", "arima", "components" (statsmodels),
    "traffic_light", "naive"; the last is always among them, since skill is counted against it.

    ``panel``: one row a place and year, with columns place, year and indicators in percent (``Facts.peers``).
    ``indicators``: one or several names, every other column when left out; each is a source of series to be
    forecast, and of peers. ``horizons``: years ahead. ``min_points``: figures needed at an origin.
    ``since``: the first origin year. Sign: an error is observed minus median. An origin year at which no place
    has enough figures, and a year for which no place has a figure, are no cases; a place that lacks them where
    others do not is counted in ``left_out``.

    Raises ValueError that lists every problem of the panel and the options, or says that nothing can be
    judged; ImportError for a method that needs statsmodels where that is missing.

    Source: Tashman 2000, doi:10.1016/S0169-2070(00)00065-0 (rolling origins).

    >>> rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    >>> panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    >>> record = backtest(panel, min_points=4, methods=("log_odds", "points"))
    >>> record.table[["method", "n", "origins", "mae"]].round(2).values.tolist()
    [['log_odds', 2, 2, 0.52], ['points', 2, 2, 1.14], ['naive', 2, 2, 2.0]]
    """
    if isinstance(indicators, str):
        indicators = [indicators]
    elif indicators is None:
        indicators = [column for column in panel if column not in ("place", "year")]
    problems = [
        *_panel_problems(panel, indicators),
        *_option_problems(indicators, horizons, min_points, since, methods),
    ]
    if problems:
        raise ValueError("backtest: " + "; ".join(problems))
    methods = [method for method in METHODS if method in {*methods, NAIVE}]
    panel = panel.sort_values(["place", "year"])
    forecasts, left_out = [], []
    for origin, cases in _origins(panel, indicators, horizons, min_points, since).items():
        peers = {}
        for method in set(methods) & set(_POOLED):
            last = origin - _LATE * (method == "pooled_apart")
            peers[method] = _peers(panel[panel["year"] <= last], indicators, _POOLED[method])
        for indicator, ahead in cases.items():
            for row in _judged(panel, indicator, origin, ahead, methods, min_points, peers):
                (left_out if "reason" in row else forecasts).append(row)
    if not forecasts:
        raise ValueError(
            f"backtest: no forecast of {', '.join(indicators)} can be judged: no place has {min_points} figures "
            f"up to a year and one {', '.join(map(str, horizons))} years later"
        )
    missing = pd.DataFrame(left_out, columns=[*CASE, "year", "method", "reason"])
    return Backtest(tuple(indicators), pd.DataFrame(forecasts, columns=COLUMNS), missing)


def _origins(panel, indicators, horizons, min_points, since):
    """Return ``{origin: {indicator: horizons}}`` wherever some place has the figures and some an outcome."""
    found = {}
    for indicator in indicators:
        known = panel.dropna(subset=[indicator])
        enough = known.groupby("place").cumcount() + 1 >= min_points
        years = set(known["year"])
        for origin in set(known.loc[enough & (known["year"] >= (since or -np.inf)), "year"].tolist()):
            if ahead := [h for h in horizons if origin + h in years]:
                found.setdefault(origin, {})[indicator] = ahead
    return dict(sorted(found.items()))


def _peers(past, indicators, scale):
    try:
        return fit_peers(past, indicators, scale=scale)
    except ValueError:  # The panel was checked: these are too few, or have no spread.
        return None


def _judged(panel, indicator, origin, ahead, methods, min_points, peers):
    """Yield one row a case and method: the forecast with its scores, or the reason why there is none."""
    known = panel.dropna(subset=[indicator])
    series, outcomes, reasons = [], {}, {}
    for place, figures in known.groupby("place"):
        years, values = figures["year"].to_numpy(), figures[indicator].to_numpy(dtype=float)
        outcomes[place] = dict(zip(years.tolist(), values.tolist(), strict=True))
        now = years <= origin
        if origin not in outcomes[place]:
            reasons[place] = "no_figure"
        elif now.sum() < min_points:
            reasons[place] = "too_few"
        else:
            series.append(Observed(years[now], values[now], place, indicator, indicator))
    points = {one.place: one.values for one in series}
    for method in methods:
        if method in _POOLED:
            made = _pooled(series, max(ahead), peers[method], method)
        else:
            made = [_alone(one, max(ahead), method) for one in series]
        paths = reasons | {one.place: path for one, path in zip(series, made, strict=True)}
        for place, path in paths.items():
            for h in ahead:
                case = {"indicator": indicator, "place": place, "origin": origin, "year": origin + h}
                case |= {"horizon": h, "method": method}
                if isinstance(path, str) or origin + h not in outcomes[place]:
                    yield case | {"reason": path if isinstance(path, str) else "no_figure"}
                else:
                    case |= {"n_points": len(points[place])}
                    yield case | _scores(
                        path[h - 1], outcomes[place][origin + h], KEPT**h * points[place][-1]
                    )


def _scores(said, observed, bound):
    """Return the scores of a Predictive, or of a chance of the event alone."""
    if isinstance(said, float):
        return {"observed": observed} | event_score(said, observed <= bound)
    return score(said, observed, bound)


def _alone(series, horizon, method):
    """Return what a method says of each year ahead from the series alone, or the reason why it cannot."""
    try:
        return _ALONE[method](series, horizon)
    except ForecastError as error:
        return error.reasons[0]


def _pooled(series, horizon, peers, method):
    """Return for each series its Predictives, or the reason why it has none; same years are done at once."""
    found, alike, scale = {}, {}, _POOLED[method]
    for at, one in enumerate(series):
        if peers is None:
            found[at] = "no_peers"
        elif scale == "log_odds" and np.any((one.values == 0) | (one.values == 100)):
            found[at] = "no_log_odds"
        else:
            alike.setdefault(tuple(one.years.tolist()), []).append(at)
    for years, rows in alike.items():
        values = np.array([series[at].values for at in rows])
        basis = "" if method == "pooled_apart" else series[rows[0]].basis
        paths, _ = peers.paths_ahead(basis, years, values, horizon)
        found |= dict(zip(rows, paths, strict=True))
    return [found[at] for at in range(len(series))]


def _panel_problems(panel, indicators):
    absent = [str(name) for name in ("place", "year", *indicators) if name not in panel]
    if absent:
        yield f"the panel has no column {', '.join(absent)}; it has {', '.join(map(str, panel.columns))}"
        return
    for indicator in indicators:
        figures = pd.to_numeric(panel[indicator], errors="coerce")
        wrong = panel[(figures.isna() & panel[indicator].notna()) | (figures < 0) | (figures > 100)]
        if len(wrong):
            yield f"{indicator} must be a percentage between 0 and 100: {_listed(wrong)}"
    twice = panel[panel.duplicated(["place", "year"])]
    if len(twice):
        yield f"place and year must be unique: {_listed(twice)}"
    if not pd.api.types.is_integer_dtype(panel["year"]):
        yield f"year must hold whole numbers, got the type {panel['year'].dtype}"


def _option_problems(indicators, horizons, min_points, since, methods):
    if not indicators or len(set(indicators)) < len(indicators):
        yield f"indicators must be unique, one or more, got {indicators!r}"
    if not isinstance(horizons, Sequence) or not horizons or not all(_whole(h, 1) for h in horizons):
        yield f"horizons must be whole numbers of years, 1 or more, such as (1, 2), got {horizons!r}"
    elif len(set(horizons)) < len(horizons):
        yield f"horizons must be unique, got {horizons!r}"
    if not _whole(min_points, 1):
        yield f"min_points must be a whole number, 1 or more, got {min_points!r}"
    if since is not None and not _whole(since, 0):
        yield f"since must be a year, got {since!r}"
    if isinstance(methods, str) or not methods or not set(methods) <= set(METHODS):
        yield f"methods must be chosen from {', '.join(METHODS)}, got {methods!r}"


def _whole(value, least):
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= least


def _listed(rows):
    listed = [f"{row.place} {row.year}" for row in rows.head(5).itertuples()]
    return ", ".join(listed) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")


# The review is forecast with peers of another instrument: that way of forecasting is what its record tells of.
WAY = "pooled_apart"


_METHODS = ("pooled", "pooled_points", WAY, "log_odds", "points")


@remembered
def past_record(known):
    """Return the Backtest of the peers of poverty one year ahead, or None when the known years are too few."""
    with suppress(ValueError):
        return backtest(known.peers("poor_household_pct"), methods=_METHODS)
    return None
