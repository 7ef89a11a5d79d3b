"""The forecast of a short annual rate, by its peers or a drift of its own; and that of the rate that pages speak of."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.peer_groups import targets_of
from povertystats.facts.series import AnnualSeries, Observed, observed, series_problems
from povertystats.facts.territory import ended
from povertystats.forecasts.forecast import FEWEST, Forecast, ForecastError
from povertystats.forecasts.instruments import most
from povertystats.forecasts.peers import Peers, fit_peers
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import LINKS, link_problems, to_scale
from povertystats.frames.rates import Units, in_percent
from povertystats.frames.reader import Place
from povertystats.words.errors import not_whole

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

# The most years ahead for which anything is said of yearly figures.
LONGEST = 3
# Increments that differ by less than this, relative to the level, differ by rounding alone.
_EVEN = 1e-9


def forecast(
    series: AnnualSeries | Observed | pd.Series,
    *,
    horizon: int = 1,
    scale: str = "log_odds",
    peers: pd.DataFrame | Peers | None = None,
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> Forecast:
    """Forecast a rate: by its peers when they are given, else by a drift of its own.

    Parameters
    ----------
    series : AnnualSeries or pandas.Series
        The figures in percent, shape (n,): an AnnualSeries (or anything with ``years`` and ``values``), or a pandas
        Series indexed by year (numbers, texts, dates or periods).
    horizon : int, default 1
        Years ahead.
    scale : {"log_odds", "points"}, default "log_odds"
        The scale of the trend; on log-odds a rate stays within 0–100.
    peers : pandas.DataFrame or Peers, optional
        A panel (``Facts.peers``), or Peers fitted once for many series (``fit_peers``) on the same scale. One figure
        is then enough: its pace is the peers' alone; from two on it is its own, drawn towards theirs.
    place, year : str or sequence of str, default "place" and "year"
        The columns of ``peers`` that hold places (the full key, from the largest area to the smallest, where names
        repeat) and years.
    units : str or mapping of str to str, optional
        The unit in which a pandas Series is written, "pct" or "share", or units by the names of the Series and of
        columns of ``peers``; asked for where doubtful.

    Returns
    -------
    Forecast
        A Predictive for each year ahead. A change is later minus earlier; a fall is negative.

    Raises
    ------
    ForecastError, TypeError
        With every problem: figures that are missing, outside 0–100 or not in percent, years that are not whole or not
        ascending or beyond the end of the place, too few figures (3 without peers), 0 or 100 on the log-odds scale,
        steps without any spread, peers that cannot be used (it is a ValueError). For another kind of series.

    Notes
    -----
    With peers: damped trend, ARIMA(0,1,1) with drift, local linear trend and a level without trend around the path
    that the peers share, whose shocks are part of the spread, and which itself has a trend or keeps its level. Three
    quarters of the weight of the four is what peers and own figures say, a quarter is equal; the weight of the path's
    two ways is what they say. Each is one Student-t, of the mixture's mean and spread (``povertystats.forecasts.peers``).
    Own figures give the level and are never joined to the peers'; peers of another instrument count as far as others'
    figures by the own one say; sampling errors of own figures are none of the trend's.

    Without: a constant step a year on ``scale``, plus independent normal deviations. With ``z`` the figures on
    the scale, increments ``d_i`` over gaps of ``Δ_i`` years (i = 1…m), ``T = Σ Δ_i``: ``b = (z_n − z_1)/T``,
    ``σ² = Σ (d_i − bΔ_i)²/Δ_i / (m − 1)``, and h years ahead a Student-t with m − 1 degrees of freedom,
    location ``z_n + b h`` and scale ``σ √(h + h²/T)``. Exact, also for unequal gaps.

    References
    ----------
    Harvey 1989, doi:10.1017/CBO9781107049994 (structural trends, random walk with drift); the drift's prediction
    variance is that of weighted least squares through the origin.

    Examples
    --------
    >>> rates = pd.Series({2015: 29.40, 2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57})
    >>> ahead = forecast(rates)
    >>> ahead.year, round(ahead.level_at(0.5), 2), round(ahead.probability(change_at_most=-2.0), 2)
    (2020, 17.54, 0.54)
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> pooled = forecast(rates.rename("poor_household_pct"), peers=known.peers("poor_household_pct"))
    >>> round(pooled.level_at(0.5), 1), [round(x, 1) for x in pooled.interval(0.80)]
    (17.5, [16.8, 18.2])
    """
    figures, doubts = _observed(series, peers, units)
    who = ", ".join(map(str, filter(None, [figures.indicator, figures.place]))) or "forecast"
    options = [*not_whole(1, horizon=horizon), *link_problems(scale)]
    problems = [("bad_input", text) for text in [*options, *doubts]]
    fitted = peers if isinstance(peers, Peers) else None
    if peers is not None and not options:
        try:
            if not isinstance(peers, Peers):
                named = {} if units is None or isinstance(units, str) else units
                of_peers = {name: named[name] for name in named if name in peers}
                fitted = fit_peers(peers, scale=scale, place=place, year=year, units=of_peers)
        except ValueError as error:
            problems.append(("no_peers", str(error)))
        else:
            if fitted is not None and fitted.scale != scale:
                problems.append(("bad_input", f"the peers are on the scale {fitted.scale}, not {scale}"))
    problems += series_problems(figures, scale, FEWEST if peers is None else 1)
    gone = getattr(series, "ended", None)
    if gone and not problems and figures.years[-1] + horizon >= gone["since"].year:
        told = f"is part of {gone['into'] or 'no other place'} since {gone['since']}"
        problems.append(("ended", f"{figures.place} {told}, and has no figure from then on"))
    if problems:
        raise ForecastError(who, problems)
    if fitted is None:
        return Forecast(figures, scale, *_drift(figures, horizon, scale, who))
    about = (figures.basis, figures.years, figures.values[None], horizon, figures.se)
    (path,), shared, together = fitted.paths_ahead(*about)
    return Forecast(figures, scale, path, fitted, tuple(shared[0].tolist()), together[:, 0])


def _observed(
    series: AnnualSeries | Observed | pd.Series, peers: pd.DataFrame | Peers | None, units: Units
) -> tuple[Observed, list[str]]:
    """Return the figures in percent and what is doubtful in them; what comes from facts was asked about already."""
    figures = observed(series)
    named = {} if isinstance(units, str) else dict(units or {})
    unit = units if isinstance(units, str) else named.pop(figures.indicator, None)
    columns = peers.columns if isinstance(peers, pd.DataFrame) else ()
    problems = [f"units: there is no {name!r}" for name in named if name not in columns]
    if not isinstance(series, pd.Series):
        problems += (
            [f"units: the figures are in {figures.unit} already"] if unit not in (None, figures.unit) else []
        )
    elif figures.years.shape == figures.values.shape:
        values, doubts = in_percent(figures.values, figures.years, unit, figures.indicator)
        figures, problems = replace(figures, values=values), [*problems, *doubts]
    return figures, problems


def _drift(
    series: Observed, horizon: int, scale: str, who: str
) -> tuple[tuple[Predictive, ...], None, tuple[float, ...], np.ndarray]:
    """Return the predictive distributions of a drift, one a year ahead, no peers, nothing shared, their covariance."""
    z = to_scale(series.values, scale)
    gaps, steps = np.diff(series.years), np.diff(z)
    span, df = gaps.sum(), len(steps) - 1
    slope = (z[-1] - z[0]) / span
    deviations = (steps - slope * gaps) / np.sqrt(gaps)
    if np.abs(deviations).max() <= _EVEN * max(1, np.abs(z).max()):
        even = f"every step is the same ({slope:.4g} a year, {scale}), so that no spread can be estimated"
        raise ForecastError(who, [("even_steps", even)])
    variance, last = deviations @ deviations / df, float(series.values[-1])
    ahead = np.arange(1, horizon + 1)
    together = variance * (np.minimum.outer(ahead, ahead) + np.outer(ahead, ahead) / span)
    path = tuple(
        Predictive(1.0, df, z[-1] + slope * h, np.sqrt(together[h - 1, h - 1]), scale, last)
        for h in ahead.tolist()
    )
    return path, None, (), np.array([together, 0 * together])[:, None]


def longest(years: np.ndarray) -> int:
    """Return the most years ahead for which anything is said of a series: three, or twice the years between its surveys.

    >>> longest(np.array([2017, 2018, 2019])), longest(np.array([2012, 2015, 2018]))
    (3, 6)
    """
    return max(LONGEST, 2 * int(np.median(np.diff(years)))) if len(years) > 1 else LONGEST


@dataclass(frozen=True)
class Panel:
    """A panel that is known by the group of places and indicators that it is of."""

    group: tuple[object, ...]
    table: pd.DataFrame = field(compare=False)

    @property
    def numbered(self) -> pd.DataFrame:
        """The table with places as numbers: a package tells them apart, however alike their names look."""
        return self.table.assign(place=pd.factorize(self.table["place"])[0])

    @property
    def largest(self) -> Panel:
        """The figures by the one instrument that has most series: what places did is told of a panel, not of a few."""
        columns, by = self.table.columns[2:].tolist(), self.table.attrs.get("instruments", {})
        names, _ = most(self.table, columns, by)
        return Panel((*self.group, "largest"), self.table[["place", "year", *names]])


def panel_of(known: Facts, indicator: str, place: str) -> Panel:
    """Return the figures of the peers of an indicator in a place."""
    group = known.peer_group(indicator, place)
    return Panel((group.indicators, group.kind, group.parent), group.table)


def peers_of(known: Facts, indicator: str, place: str, scale: str) -> Peers | None:
    """Return the Peers of an indicator in a place, fitted once for all places that have the same; None without any.

    >>> import povertystats as ps
    >>> peers_of(ps.load_facts().as_of("2020-05-07"), "poor_household_pct", "Bắc Kạn", "log_odds").used
    201
    """
    return _fitted(known, panel_of(known, indicator, place), scale)


@remembered
def _fitted(known: Facts, panel: Panel, scale: str) -> Peers | None:
    with suppress(ValueError):
        return fit_peers(panel.numbered, scale=scale, units="pct")
    return None


def rates(known: Facts, place: str) -> list[AnnualSeries]:
    """Return the series of a place that pages speak of: that of its outcome, then the other outcomes of the package.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> [series.indicator for series in rates(known, "Hà Giang")]
    ['poor_multidim_pct', 'poor_household_pct', 'poor_income_pct']
    """
    about = known.indicators
    others = about.loc[about["role"] == "outcome", "indicator"]
    found = []
    for indicator in dict.fromkeys(filter(None, [known.outcome(place), *others])):
        with suppress(LookupError):
            found.append(known.series(indicator, place=place))
    return found


@remembered
def outlook(known: Facts, place: str) -> Forecast | None:
    """Return the forecast of the rate that pages speak of in ``place``, or None without one.

    That rate is ``known.outcome(place)``, and the year that of its first target or, where it has none that lies ahead,
    of the cut-off; without a cut-off, or with a figure of its year, that after the last figure. As far ahead as
    ``longest`` allows, and never of a place that has ended by then; with its peers, else by its own trend; in log-odds, else (rates of 0 %) in points.

    >>> import povertystats as ps
    >>> ahead = outlook(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn")
    >>> ahead.year, ahead.series.indicator, round(ahead.level_at(0.5), 1)
    (2020, 'poor_household_pct', 17.5)
    """
    indicator = known.outcome(place)
    if indicator is None:
        return None
    series = known.series(indicator, place=place)
    horizon = _horizon(known, series)
    if horizon > longest(series.years) or ended(known, series.place, int(series.years[-1]) + horizon):
        return None
    for scale, pooled in product(LINKS, (True, False)):
        peers = peers_of(known, indicator, place, scale) if pooled else None
        if peers or not pooled:
            with suppress(ForecastError):
                return forecast(series, horizon=horizon, scale=scale, peers=peers)
    return None


def _horizon(known: Facts, series: AnnualSeries) -> int:
    """Return the years from the last figure to the year that pages speak of."""
    last = int(series.years[-1])
    ends = known.cutoff.year - last if known.cutoff else 1
    targets = targets_of(known).get(series.place, [])
    aimed = next((year for _, indicator, year in targets if indicator == series.indicator), 0) - last
    return max(1, aimed if ends < aimed <= longest(series.years) else ends)


def four_ways(ahead: Forecast, known: Facts) -> dict[str, Forecast | None]:
    """Return the same forecast with peers and by the own trend alone, on both scales; None where one cannot be made.

    ``{"pooled", "pooled_points", "log_odds", "points": Forecast}``, the names of ``backtest``.
    """
    series = ahead.series
    ways = {"pooled": ("log_odds", True), "pooled_points": ("points", True)}
    ways |= {scale: (scale, False) for scale in LINKS}
    found: dict[str, Forecast | None] = dict.fromkeys(ways)
    for name, (scale, pooled) in ways.items():
        peers = peers_of(known, series.indicator, series.place, scale) if pooled else None
        if peers or not pooled:
            with suppress(ForecastError):
                found[name] = forecast(series, horizon=ahead.horizon, scale=scale, peers=peers)
    return found
