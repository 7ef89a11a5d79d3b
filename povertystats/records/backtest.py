"""The record: what the forecasts would have said at earlier dates, against what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.series import Observed, at_edge
from povertystats.forecasts.forecast import ForecastError
from povertystats.forecasts.outlook import Panel, outlook, panel_of
from povertystats.forecasts.peers import fitted_peers
from povertystats.forecasts.scores import event_score, score
from povertystats.frames.rates import Units, rate_panel
from povertystats.frames.reader import Place
from povertystats.records.backtest_result import CASE, COLUMNS, Backtest
from povertystats.records.baselines import CLIMATOLOGY, METHODS, NAIVE
from povertystats.records.known_changes import KEPT
from povertystats.records.smoothness import smoothness
from povertystats.words.errors import InvalidValue, not_whole, refuse

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts


def backtest(
    panel: pd.DataFrame,
    indicators: str | Sequence[str] | None = None,
    *,
    horizons: Sequence[int] = (1,),
    min_points: int = 2,
    since: int | None = None,
    methods: Sequence[str] = ("pooled", "pooled_points", "log_odds", "points", CLIMATOLOGY, NAIVE),
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> Backtest:
    """Forecast the indicators from every earlier year of a panel, and judge each forecast by what came.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row a place and year, with indicators in percent (``Facts.peers``); years as numbers, texts, dates or periods.
    indicators : str or sequence of str, optional
        One or several names, every other column when left out; each is a source of series to be forecast, and of
        peers.
    horizons : sequence of int, default (1,)
        Years ahead.
    min_points : int, default 2
        Figures needed at an origin.
    since : int, optional
        The first origin year.
    methods : sequence of str
        "pooled" and "pooled_points" (``forecast`` with all the indicators' figures up to the origin as peers, on
        log-odds and in points), "pooled_apart" (as if the series were of another instrument than its peers, whose
        figures end a year earlier), "log_odds" and "points" (drifts of their own), "reference_class" and "climatology"
        (changes known at the origin: those over as many years from a like level; the share of all that met the event),
        and of ``povertystats.records.baselines`` "ets", "arima", "components" (statsmodels), "traffic_light", "naive";
        the last is always among them, since skill is counted against it.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, from the largest area to the smallest, where names repeat) and of years.
    units : str or mapping of str to str, optional
        The unit in which the indicators are written, "pct" or "share", of all or by name; asked for where doubtful.

    Returns
    -------
    Backtest
        One row a case and method; an error is observed minus median.

    Raises
    ------
    Refused
        With every problem of the panel and the options. It is a ValueError.
    InvalidValue
        When nothing can be judged.
    MissingExtra
        For a method that needs statsmodels where that is missing.

    Notes
    -----
    At each origin year every method is fitted again to the figures up to that year (years without a figure are
    gaps, as in ``forecast``). An origin year at which no place has enough figures, and a year for which no place has
    a figure, are no cases; a place that lacks them where others do not is counted in ``left_out``. The figures are those
    of ``panel``, as they stand: what was corrected after an origin is in them, whatever was known then (``Facts.vintages``).

    References
    ----------
    Tashman 2000, doi:10.1016/S0169-2070(00)00065-0 (rolling origins).

    Examples
    --------
    >>> rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    >>> panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    >>> record = backtest(panel, min_points=4, methods=("log_odds", "points"))
    >>> record.table[["method", "n", "origins", "mae"]].round(2).values.tolist()
    [['log_odds', 2, 2, 0.52], ['points', 2, 2, 1.14], ['naive', 2, 2, 2.0]]
    """
    by = panel.attrs.get("instruments", {}) if isinstance(panel, pd.DataFrame) else {}
    panel, names, problems = rate_panel(panel, indicators, place=place, year=year, units=units)
    asked = names if indicators is None or isinstance(indicators, str) else indicators
    problems += _option_problems(asked, horizons, min_points, since, methods)
    refuse("cannot backtest", problems)
    methods = [method for method in METHODS if method in {*methods, NAIVE}]
    panel = panel.sort_values(["place", "year"])
    forecasts: list[dict] = []
    left_out: list[dict] = []
    for origin, cases in _origins(panel, names, horizons, min_points, since).items():
        learnt = {
            name: _learnt(METHODS[name], panel[panel["year"] <= origin - METHODS[name].late], names, by)
            for name in methods
        }
        for indicator, ahead in cases.items():
            for row in _judged(panel, indicator, origin, ahead, methods, min_points, learnt):
                (left_out if "reason" in row else forecasts).append(row)
    if not forecasts:
        raise InvalidValue(
            f"no forecast of {', '.join(names)} can be judged: no place has {min_points} figures "
            f"up to a year and one {', '.join(map(str, horizons))} years later"
        )
    missing = pd.DataFrame(left_out, columns=[*CASE, "year", "method", "last", "reason"])
    smooth = smoothness(panel[["place", "year", *names]], units="pct")
    return Backtest(tuple(names), pd.DataFrame(forecasts, columns=COLUMNS), missing, smooth)


def _origins(panel, indicators, horizons, min_points, since):
    """Return ``{origin: {indicator: horizons}}`` wherever some place has the figures and some an outcome."""
    cases: dict[int, dict[str, list[int]]] = {}
    for indicator in indicators:
        known = panel.dropna(subset=[indicator])
        enough = known.groupby("place").cumcount() + 1 >= min_points
        years = set(known["year"])
        for origin in set(known.loc[enough & (known["year"] >= (since or -np.inf)), "year"].tolist()):
            if ahead := [h for h in horizons if origin + h in years]:
                cases.setdefault(origin, {})[indicator] = ahead
    return dict(sorted(cases.items()))


def _learnt(method, past, indicators, instruments):
    """Return what a method learns from the figures of all places: Peers (None for too few), what it then says, or None."""
    if not method.pooled:
        return method.learnt and method.learnt(past)
    try:
        # Of another instrument, nothing is told by level.
        return fitted_peers(past, indicators, method.pooled, instruments, tilts=not method.late)
    except ValueError:  # The panel was checked: these are too few, or have no spread.
        return None


def _judged(panel, indicator, origin, ahead, methods, min_points, learnt):
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
        if METHODS[method].pooled:
            made = _pooled(series, max(ahead), learnt[method], METHODS[method])
        else:
            made = [_alone(one, ahead, learnt[method], METHODS[method]) for one in series]
        paths = reasons | {one.place: path for one, path in zip(series, made, strict=True)}
        for place, path in paths.items():
            for h in ahead:
                case = {"indicator": indicator, "place": place, "origin": origin, "year": origin + h}
                case |= {"horizon": h, "method": method}
                case |= {"last": points[place][-1] if place in points else np.nan}
                said = path if isinstance(path, str) else path[h - 1]
                if isinstance(said, str) or origin + h not in outcomes[place]:
                    yield case | {"reason": said if isinstance(said, str) else "no_figure"}
                else:
                    case |= {"n_points": len(points[place])}
                    yield case | _scores(said, outcomes[place][origin + h], KEPT**h * points[place][-1])


def _scores(said, observed, bound):
    """Return the scores of a Predictive, or of a chance of the event alone."""
    if isinstance(said, float):
        return {"observed": observed} | event_score(said, observed <= bound)
    return score(said, observed, bound)


def _alone(series, ahead, learnt, method):
    """Return what a method says of each year ahead of a series, or the reason why it cannot, of one year or of all."""
    if method.alone:
        return _said(method.alone, series, max(ahead))
    return [_said(learnt, series, h) if h in ahead else None for h in range(1, max(ahead) + 1)]


def _said(says, series, horizon):
    try:
        return says(series, horizon)
    except ForecastError as error:
        return error.reasons[0]


def _pooled(series, horizon, peers, method):
    """Return for each series its Predictives, or the reason why it has none; same years are done at once."""
    made: dict[int, str | tuple] = {}
    alike: dict[tuple[int, ...], list[int]] = {}
    for at, one in enumerate(series):
        if peers is None:
            made[at] = "no_peers"
        elif method.pooled == "log_odds" and at_edge(one.values).any():
            made[at] = "no_log_odds"
        else:
            alike.setdefault(tuple(one.years.tolist()), []).append(at)
    for years, rows in alike.items():
        values = np.array([series[at].values for at in rows])
        basis = "" if method.late else series[rows[0]].basis
        paths, _, _ = peers.paths_ahead(basis, years, values, horizon)
        made |= dict(zip(rows, paths, strict=True))
    return [made[at] for at in range(len(series))]


def _option_problems(indicators, horizons, min_points, since, methods) -> Iterator[str]:
    if not indicators or len(set(indicators)) < len(indicators):
        yield f"indicators must be unique, one or more, got {indicators!r}"
    if not isinstance(horizons, Sequence) or not horizons:
        yield f"horizons must be years ahead, such as (1, 2), got {horizons!r}"
    else:
        for horizon in horizons:
            yield from not_whole(1, horizons=horizon)
        if len(set(horizons)) < len(horizons):
            yield f"horizons must be unique, got {horizons!r}"
    yield from not_whole(1, min_points=min_points)
    if since is not None:
        yield from not_whole(since=since)
    if isinstance(methods, str) or not methods or not set(methods) <= set(METHODS):
        yield f"methods must be chosen from {', '.join(METHODS)}, got {methods!r}"


# A place with peers of another instrument alone is forecast so, and that way of forecasting is what its record tells of.
WAY = "pooled_apart"
_METHODS = ("pooled", "pooled_points", "log_odds", "points", CLIMATOLOGY)


def way(record: Backtest | None) -> str | None:
    """Return which of the methods of a record is that by which the place itself is forecast; None without any."""
    made = set() if record is None else set(record.table["method"])
    return next((method for method in (WAY, *_METHODS[:4]) if method in made), None)


def past_record(known: Facts, place: str) -> Backtest | None:
    """Return the Backtest of the peers of a place, as far ahead as it is forecast, or None when the known years are too few.

    >>> import povertystats as ps
    >>> record = past_record(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn")
    >>> record.table.set_index("method").loc["pooled_apart", ["horizon", "n"]].tolist()
    [1, 185]
    """
    outcome = known.outcome(place)
    if outcome is None:
        return None
    group, ahead = known.peer_group(outcome, place), outlook(known, place)
    methods = _METHODS if group.own else (*_METHODS, WAY)
    return _record(
        known, panel_of(known, outcome, place).largest, 1 if ahead is None else ahead.horizon, methods
    )


@remembered
def _record(known: Facts, panel: Panel, horizon: int, methods: tuple[str, ...]) -> Backtest | None:
    with suppress(ValueError):
        record = backtest(panel.table, horizons=[horizon], methods=methods, units="pct")
        # Where only "no change" could be judged, nothing is told of how the place is forecast.
        return record if way(record) else None
    return None
