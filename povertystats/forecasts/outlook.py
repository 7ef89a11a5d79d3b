"""The forecast of a place's poverty rate for the year of the cut-off, and the levels that its targets require."""

from contextlib import suppress
from itertools import product

from povertystats.facts.memory import remembered
from povertystats.forecasts.forecast import LONGEST, forecast
from povertystats.forecasts.predictive import LINKS

# Poverty by the measure that targets are set in, then by the GSO's surveys.
_POVERTY = ("poor_household_pct", "poor_multidim_pct", "poor_income_pct")


def poverty_series(known, place):
    """Return the series of poverty that a place has: the yearly review, then the GSO's two measures.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> [series.indicator for series in poverty_series(known, "Hà Giang")]
    ['poor_multidim_pct', 'poor_income_pct']
    """
    found = []
    for indicator in _POVERTY:
        with suppress(LookupError):
            found.append(known.series(indicator, place=place))
    return found


@remembered
def outlook(known, place):
    """Return the forecast of poverty in ``place`` for the year of the cut-off, or None when no series carries one.

    The first series of ``poverty_series`` that can be forecast is taken, at most three years ahead: with its
    peers, else by its own trend; in log-odds, else (rates of 0 %) in points. Without a cut-off, or with a figure
    of its year, the forecast is of the year after the last figure.

    >>> import povertystats as ps
    >>> ahead = outlook(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn")
    >>> ahead.year, ahead.series.indicator, round(ahead.level_at(0.5), 1)
    (2020, 'poor_household_pct', 17.3)
    """
    for series in poverty_series(known, place):
        horizon = max(1, known.cutoff.year - int(series.years[-1])) if known.cutoff else 1
        for scale, peers in product(LINKS, (known.peers(series.indicator), None)):
            with suppress(ValueError):
                if horizon <= LONGEST:
                    return forecast(series, horizon=horizon, scale=scale, peers=peers)
    return None


def four_ways(ahead, known):
    """Return the same forecast with peers and by the own trend alone, on both scales; None where one cannot be made.

    ``{"pooled", "pooled_points", "log_odds", "points": Forecast}``, the names of ``backtest``.
    """
    series, peers = ahead.series, known.peers(ahead.series.indicator)
    ways = {"pooled": ("log_odds", peers), "pooled_points": ("points", peers)}
    ways |= {scale: (scale, None) for scale in LINKS}
    found = dict.fromkeys(ways)
    for name, (scale, known_peers) in ways.items():
        with suppress(ValueError):
            found[name] = forecast(series, horizon=ahead.horizon, scale=scale, peers=known_peers)
    return found
