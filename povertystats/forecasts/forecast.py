"""Forecasts of short annual rates: a drift of their own, or drawn towards what peers do."""

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
import pandas as pd

from povertystats.forecasts.peers import Peers, fit_peers
from povertystats.forecasts.predictive import LINKS, Predictive, to_scale
from povertystats.words.wording import check, say

# The most years ahead for which anything is said.
LONGEST = 3

# A drift and its spread are two unknowns: two increments, three figures, are the fewest that show both.
FEWEST = 3
# Increments that differ by less than this, relative to the level, differ by rounding alone.
_EVEN = 1e-9
_LEVELS = (80, 95)


class ForecastError(ValueError):
    """A series that cannot be forecast; ``reasons`` has one code a problem, for whoever counts them.

    The codes: "bad_input", "too_few", "no_log_odds", "even_steps", "no_peers".
    """

    def __init__(self, who, problems):
        self.reasons = tuple(dict.fromkeys(reason for reason, _ in problems))
        super().__init__(f"{who}: " + "; ".join(text for _, text in problems))


@dataclass(frozen=True, eq=False)
class Observed:
    """The figures behind a forecast: ``years`` (n,) ascending and ``values`` (n,) in percent.

    ``basis``: the indicator under its standard, by which peers know it.
    """

    years: np.ndarray
    values: np.ndarray
    place: str = ""
    indicator: str = ""
    basis: str = ""


@dataclass(frozen=True, eq=False)
class Forecast:
    """A rate's predictive distributions for the years after its last figure.

    ``series`` are the figures, ``scale`` is that of the trend ("log_odds" or "points"), ``path`` has one
    Predictive a year ahead; ``peers`` are those that it rests on (None: on its own figures alone) and
    ``shared`` the share of each year's variance that a shock to all of them makes up. Every answer of
    ``probability``, ``interval``, ``level_at`` and ``sample`` is about ``year``, the last year of the path;
    changes count from the last figure, and a fall is negative.
    """

    series: Observed
    scale: str
    path: tuple[Predictive, ...]
    peers: Peers | None = None
    shared: tuple[float, ...] = ()

    @property
    def horizon(self):
        """Years ahead."""
        return len(self.path)

    @property
    def year(self):
        """The year that is forecast: that of the last figure plus ``horizon``."""
        return int(self.series.years[-1]) + self.horizon

    @property
    def predictive(self):
        """The predictive distribution for ``year``."""
        return self.path[-1]

    def probability(self, **threshold):
        """Return the probability of one event in ``year``; see ``Predictive.probability``."""
        return self.predictive.probability(**threshold)

    def interval(self, level=0.80):
        """Return the central interval for ``year``, in percent; see ``Predictive.interval``."""
        return self.predictive.interval(level)

    def level_at(self, p):
        """Return the level undershot with probability ``p``, in percent; see ``Predictive.level_at``."""
        return self.predictive.level_at(p)

    def sample(self, n, seed):
        """Return ``n`` draws for ``year``, in percent; see ``Predictive.sample``."""
        return self.predictive.sample(n, seed)

    @cached_property
    def table(self):
        """One row a year ahead: year, median, low80, high80, low95, high95, in percent."""
        rows = []
        for ahead, at in enumerate(self.path, start=1):
            row = {"year": int(self.series.years[-1]) + ahead, "median": at.level_at(0.5)}
            for level in _LEVELS:
                row[f"low{level}"], row[f"high{level}"] = at.interval(level / 100)
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def pace(self):
        """The step of the next year: ``step`` on the scale and ``step_pp`` in points from the last level.

        Median of the first year ahead minus the last figure; a fall is negative.
        """
        last, following = self.series.values[-1], self.path[0].level_at(0.5)
        step = to_scale(following, self.scale) - to_scale(last, self.scale)
        return {"step": float(step), "step_pp": float(following - last)}

    def text(self, lang, *, labels=None):
        """Return the forecast in ``lang`` ("vi" or "en"); ``labels`` maps the indicator to its name.

        Raises ValueError for an unknown language.

        >>> rates = pd.Series({2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57}, name="poor_household_pct")
        >>> print(forecast(rates).text("en", labels={"poor_household_pct": "the rate"}).partition(" (80%")[0])
        By the trend of 2016–2019 (4 figures), the rate in 2020 is about 17.6%
        """
        check(lang)
        series, peers = self.series, self.peers
        low, high = self.interval(0.80)
        told = {"first": series.years[0], "last": series.years[-1], "n": len(series.years)}
        told |= {"name": indicator_name(series.indicator, lang, labels), "year": self.year}
        told |= {"median": self.level_at(0.5), "low": low, "high": high}
        where = say("forecast.where", lang, place=series.place) if series.place else ""
        if peers is None:
            lines = [
                say("forecast.summary", lang, where=where, **told),
                say(f"forecast.step.{self.scale}", lang, **self.pace),
            ]
            if len(series.years) == FEWEST:
                lines.append(say("forecast.few", lang, n=FEWEST))
        else:
            one = ".one" if len(series.years) == 1 else ".many"
            lines = [
                say(f"forecast.pooled{one}", lang, where=where, peers=peers.used, **told),
                say("forecast.pace", lang, change=self.level_at(0.5) - series.values[-1], **told),
                say("forecast.shared", lang, shared=100 * self.shared[-1]),
            ]
        return "\n".join(lines)


def forecast(series, *, horizon=1, scale="log_odds", peers=None):
    """Forecast a rate: by its peers when they are given, else by a drift of its own.

    With ``peers``: an equal pool of damped trend, ARIMA(0,1,1) with drift and local linear trend around the
    path that the peers share, whose shocks are part of the spread; each of the three is reduced to one Student-t
    of the same mean and variance (``povertystats.forecasts.peers``). One figure is
    enough: its pace is then the peers' alone; from two on it is its own, drawn towards theirs. The own figures
    give the level and are never joined to the peers'.

    Without: a constant step a year on ``scale``, plus independent normal deviations. With ``z`` the figures on
    the scale, increments ``d_i`` over gaps of ``Δ_i`` years (i = 1…m), ``T = Σ Δ_i``: ``b = (z_n − z_1)/T``,
    ``σ² = Σ (d_i − bΔ_i)²/Δ_i / (m − 1)``, and h years ahead a Student-t with m − 1 degrees of freedom,
    location ``z_n + b h`` and scale ``σ √(h + h²/T)``. Exact, also for unequal gaps; n ≥ 3.

    ``series``: an AnnualSeries (or anything with ``years`` and ``values``), or a pandas Series indexed by
    year; shape (n,), in percent. ``horizon``: years ahead, 1 or more. ``scale``: "log_odds" (a rate stays
    within 0–100) or "points". ``peers``: a panel (``Facts.peers``), or Peers fitted once for many series
    (``fit_peers``) on the same scale. Sign: a change is later minus earlier; a fall is negative.

    Raises ForecastError (a ValueError) that lists every problem: figures that are missing, outside 0–100 or
    not in percent, years that are not whole or not ascending, too few figures, 0 or 100 on the log-odds scale,
    steps without any spread (a drift's probabilities would be 0 or 1), peers that cannot be used; TypeError
    for another kind of series.

    Source: Harvey 1989, doi:10.1017/CBO9781107049994 (structural trends, random walk with drift); the
    drift's prediction variance is that of weighted least squares through the origin.

    >>> rates = pd.Series({2015: 29.40, 2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57})
    >>> ahead = forecast(rates)
    >>> ahead.year, round(ahead.level_at(0.5), 2), round(ahead.probability(change_at_most=-2.0), 2)
    (2020, 17.54, 0.54)
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> pooled = forecast(rates, peers=known.peers("poor_household_pct"))
    >>> round(pooled.level_at(0.5), 1), [round(x, 1) for x in pooled.interval(0.80)]
    (17.3, [16.0, 18.7])
    """
    series = _observed(series)
    who = ", ".join(filter(None, [series.indicator, series.place])) or "forecast"
    problems = [*_option_problems(horizon, scale)]
    if peers is not None and not problems:
        try:
            peers = peers if isinstance(peers, Peers) else fit_peers(peers, scale=scale)
        except ValueError as error:
            problems.append(("no_peers", str(error)))
        else:
            if peers.scale != scale:
                problems.append(("bad_input", f"the peers are on the scale {peers.scale}, not {scale}"))
    problems += _series_problems(series, scale, 1 if peers is not None else FEWEST)
    if problems:
        raise ForecastError(who, problems)
    if peers is not None:
        (path,), shared = peers.paths_ahead(series.basis, series.years, series.values[None], horizon)
        return Forecast(series, scale, path, peers, tuple(shared[0].tolist()))
    return Forecast(series, scale, _drift(series, horizon, scale, who))


def _drift(series, horizon, scale, who):
    """Return the predictive distributions of a drift, one a year ahead."""
    z = to_scale(series.values, scale)
    gaps, steps = np.diff(series.years), np.diff(z)
    span, df = gaps.sum(), len(steps) - 1
    slope = (z[-1] - z[0]) / span
    deviations = (steps - slope * gaps) / np.sqrt(gaps)
    if np.abs(deviations).max() <= _EVEN * max(1, np.abs(z).max()):
        even = f"every step is the same ({slope:.4g} a year, {scale}), so that no spread can be estimated"
        raise ForecastError(who, [("even_steps", even)])
    sigma = np.sqrt(deviations @ deviations / df)
    return tuple(
        Predictive(
            1.0, df, z[-1] + slope * h, sigma * np.sqrt(h + h**2 / span), scale, float(series.values[-1])
        )
        for h in range(1, horizon + 1)
    )


def indicator_name(indicator, lang, labels=None):
    """Return an indicator's name as it stands inside a sentence: from ``labels``, else its code, else "the rate".

    >>> indicator_name("poor_pct", "vi", {"poor_pct": "tỷ lệ hộ nghèo"}), indicator_name("", "en")
    ('tỷ lệ hộ nghèo', 'the rate')
    """
    return (labels or {}).get(indicator) or indicator or say("forecast.rate", lang)


def _observed(series):
    """Take the figures out of an AnnualSeries or a pandas Series, unchecked but for their kind."""
    if isinstance(series, pd.Series):
        years, place, indicator, basis = series.index, "", series.name, series.name
    elif hasattr(series, "years") and hasattr(series, "values"):
        years, place, indicator = series.years, getattr(series, "place", ""), getattr(series, "indicator", "")
        basis = getattr(series, "basis", indicator)
        unit = getattr(series, "unit", "pct")
        if unit != "pct":
            raise ForecastError(
                indicator, [("bad_input", f"expected figures in percent (unit pct), got {unit}")]
            )
    else:
        raise TypeError(
            f"expected an AnnualSeries or a pandas Series indexed by year, got {type(series).__name__}"
        )
    try:
        values = np.asarray(series.values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"expected figures in percent, got {series.values!r}") from None
    years = np.asarray(years)
    if years.dtype.kind in "iuf" and np.all(np.isfinite(years)) and np.all(years == np.round(years)):
        years = years.astype(int)
    return Observed(years, values, str(place or ""), str(indicator or ""), str(basis or ""))


def _option_problems(horizon, scale):
    if not isinstance(horizon, Integral) or isinstance(horizon, bool) or horizon < 1:
        yield "bad_input", f"horizon must be a whole number of years, 1 or more, got {horizon!r}"
    if scale not in LINKS:
        yield "bad_input", f"scale {scale!r} is not known; choose one of {', '.join(LINKS)}"


def _series_problems(series, scale, fewest):
    years, values = series.years, series.values
    if years.shape != values.shape or years.ndim != 1:
        yield (
            "bad_input",
            f"years and values must be 1-d of one length, got shapes {years.shape}, {values.shape}",
        )
        return
    if years.dtype.kind != "i":
        yield "bad_input", f"years must be whole numbers, got {years.tolist()}"
    elif np.any(np.diff(years) <= 0):
        yield "bad_input", f"years must ascend and be unique, got {years.tolist()}"
    outside = years[~((values >= 0) & (values <= 100))]
    if outside.size:
        yield (
            "bad_input",
            f"figures must be percentages between 0 and 100, which those of {_list(outside)} are not",
        )
    if len(values) < fewest:
        what = f"a drift needs at least {FEWEST} figures" if fewest == FEWEST else "a forecast needs a figure"
        yield "too_few", f"{what}, there are {len(values)}"
    edges = years[(values == 0) | (values == 100)]
    if scale == "log_odds" and edges.size:
        yield "no_log_odds", f"0% and 100% have no log-odds, and the figures of {_list(edges)} are such"


def _list(years):
    return ", ".join(str(year) for year in years.tolist())
