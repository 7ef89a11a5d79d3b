"""What the changes known at an origin let one expect of a series, whatever its own trend: two methods for the record."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd

from povertystats.facts.series import Observed
from povertystats.forecasts.forecast import ForecastError
from povertystats.forecasts.predictive import Predictive
from povertystats.records.reference_class import FEWEST_CHANGES, changes_over, near
from povertystats.words.errors import InvalidValue

# The event that is asked of every method: a fall of at least a tenth of the level for each year ahead.
KEPT = 0.9


def reference_class(past: pd.DataFrame) -> Callable[[Observed, int], Predictive]:
    """Return what the changes in a panel, over as many years and from a level near that of the last figure, let expect.

    ``Reference.predictive`` on log-odds, for a series and the years ahead. Raises ForecastError "no_peers" for too few
    of them.

    >>> import numpy as np
    >>> rows = [(f"P{g}", 2010 + year, 40.0 - g - 2 * year) for g in range(12) for year in range(3)]
    >>> at = reference_class(pd.DataFrame(rows, columns=["place", "year", "rate_pct"]))
    >>> at(Observed(np.array([2011, 2012]), np.array([36.0, 35.0])), 1)
    <Predictive> median 32.9%, 80% interval 32.7 to 33.1%
    """
    known = _known(past)

    def expect(series: Observed, horizon: int) -> Predictive:
        try:
            return near(known(horizon), float(series.values[-1]), horizon).predictive()
        except InvalidValue as error:
            raise ForecastError(series.indicator, [("no_peers", str(error))]) from error

    return expect


def climatology(past: pd.DataFrame) -> Callable[[Observed, int], float]:
    """Return the chance of the event by the share of all changes in a panel, over as many years, that met it.

    With k of n, ``(k + ½)/(n + 1)``, so that what never came has a finite log score; the same chance for every place.
    Raises ForecastError "no_peers" for fewer than ten changes.

    Source: Krichevsky & Trofimov 1981, doi:10.1109/TIT.1981.1056331 (the added halves).

    >>> import numpy as np
    >>> rows = [(f"P{g}", 2010 + year, 20.0 - (g % 3) * year) for g in range(12) for year in range(2)]
    >>> at = climatology(pd.DataFrame(rows, columns=["place", "year", "rate_pct"]))
    >>> at(Observed(np.array([2011]), np.array([30.0])), 1) == 4.5 / 13
    True
    """
    known = _known(past)

    @cache
    def share(horizon: int) -> float | None:
        changes = known(horizon)
        met = (changes["end"] <= KEPT**horizon * changes["start"]).sum()
        return float((met + 0.5) / (len(changes) + 1)) if len(changes) >= FEWEST_CHANGES else None

    def expect(series: Observed, horizon: int) -> float:
        if (chance := share(horizon)) is None:
            few = f"expected {FEWEST_CHANGES} or more changes of the places over {horizon} years"
            raise ForecastError(series.indicator, [("no_peers", few)])
        return chance

    return expect


def _known(past: pd.DataFrame) -> Callable[[int], pd.DataFrame]:
    """Return the changes in a panel over some years, worked out once for each number of them."""
    return cache(lambda h: changes_over(past, years=h, units="pct"))
