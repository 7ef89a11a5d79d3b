"""The models that are fitted to the drivers which a data package declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import pandas as pd

from povertystats.drivers.associations import fit_drivers
from povertystats.drivers.long_difference import LongDifference, long_difference
from povertystats.drivers.placebo import Placebo, placebo
from povertystats.drivers.result import DriverFit
from povertystats.drivers.sensitivity import Sensitivity, sensitivity
from povertystats.drivers.specification_curve import SpecificationCurve, specification_curve
from povertystats.facts.facts import Facts
from povertystats.facts.memory import remembered
from povertystats.facts.series import known_driver
from povertystats.questions.declared_driver import DeclaredDriver, declared, driver_data, own_drivers
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES
from povertystats.words.errors import NotFound, Refused
from povertystats.words.names import did_you_mean
from povertystats.words.wording import say

# A rate far from the others' comes back to them: programmes go where it is high, and high rates fall by more.
_INITIAL = "initial_rate_by_year"
_Found = TypeVar("_Found")


def driver(known: Facts, name: str) -> DeclaredDriver:
    """Return a declared driver, or a second look at one, by its name. Raises NotFound for one that is not declared."""
    every = declared(known)
    if name not in every:
        raise NotFound(f"there is no driver {name!r}{did_you_mean(name, {n: n for n in every})}")
    return every[name]


def driver_panel(known: Facts, name: str) -> tuple[pd.DataFrame, str]:
    """Return the panel and the term of one of the fits of ``driver_fits``."""
    one = driver(known, name)
    return driver_data(known, one.outcome, [one.indicator], one.years), one.term


def driver_names(known: Facts, lang: str) -> dict[str, str]:
    """Return the names of the outcomes, the drivers and the initial rate inside a sentence."""
    indicators = [name for one in own_drivers(known).values() for name in (one.outcome, one.indicator)]
    names = {i: known.title(i, lang, short=True) for i in dict.fromkeys(indicators)}
    return names | {_INITIAL: say("brief.initial", lang)}


@remembered
def driver_fits(known: Facts) -> dict[str, DriverFit]:
    """Return a DriverFit by the name of each declared driver and second look, without those that the figures do not carry.

    The outcome on the driver, within places: in points, in log-odds and, where its estimators say so, as the average
    partial effect of a fractional logit.
    """
    named = {name: one for name, one in declared(known).items() if one.evidence == "panel"}
    fits = {name: driver_fit(known, name, estimators=one.estimators) for name, one in named.items()}
    return {name: fit for name, fit in fits.items() if fit is not None}


def driver_fit(known: Facts, name: str, **options: Any) -> DriverFit | None:
    """Return one of the fits of ``driver_fits`` by options of ``fit_drivers``, or None where there is none."""
    one = driver(known, name)
    panel, term = driver_panel(known, name)
    if one.held:
        rated = panel.dropna(subset=[one.outcome]).sort_values("year").drop_duplicates("place")
        first = panel["place"].map(rated.set_index("place")[one.outcome]).astype(float)
        panel = panel.assign(**{_INITIAL: first * (panel["year"] - panel["year"].min())})
        options["controls"] = [_INITIAL]
    return fitted(panel, one.outcome, [term], **options)


def fitted(panel: pd.DataFrame, outcome: str, drivers: Sequence[str], **options: Any) -> DriverFit | None:
    """Return the DriverFit of a panel, or None when the figures do not carry one."""
    return _carried(fit_drivers, panel, outcome, drivers, units="pct", **options)


def _carried(work: Callable[..., _Found], *arguments: Any, **options: Any) -> _Found | None:
    """Return what comes of fitting, or None when the figures do not carry it."""
    with suppress(Refused):
        return work(*arguments, **options)
    return None


def at_floor(known: Facts, name: str, floor: float) -> DriverFit | None:
    """Return the fit of a driver in log-odds with rates of zero set to ``floor`` (per cent), or None."""
    (panel, term), outcome = driver_panel(known, name), driver(known, name).outcome
    return fitted(panel.replace({outcome: {0.0: floor}}), outcome, [term], scales=["log_odds"], draws=0)


@remembered
def curves(known: Facts) -> dict[str, SpecificationCurve]:
    """Return the SpecificationCurves by question, without those in which nothing can be fitted.

    Of declared questions, and of drivers without one by the usual grid.
    """
    names = dict.fromkeys([*known.specifications, *own_drivers(known)])
    drawn = {question: _carried(specification_curve, known, question) for question in names}
    return {question: curve for question, curve in drawn.items() if curve is not None and len(curve.fitted)}


def timing(known: Facts, name: str) -> Placebo | None:
    """Return the Placebo tests of one of the fits of ``driver_fits``, or None."""
    panel, term = driver_panel(known, name)
    return _carried(placebo, panel, driver(known, name).outcome, [term], units="pct")


def hidden(known: Facts, name: str, scale: str) -> Sensitivity | None:
    """Return the Sensitivity of one fit on a scale, its declared benchmark held and compared with, or None."""
    one = driver(known, name)
    benchmarks = [one.benchmark] if one.benchmark else []
    panel = driver_data(known, one.outcome, [one.indicator, *benchmarks], one.years)
    outcome, terms = SCALES[scale].format(one.outcome), [one.term, *benchmarks]
    moments = _carried(Moments.from_frame, panel, outcome, terms)
    return None if moments is None else _carried(sensitivity, moments, one.term, benchmarks=benchmarks)


def coverage(known: Facts) -> LongDifference | None:
    """Return the LongDifference of programme coverage, or None when the figures do not carry one."""
    return _carried(programme_coverage, known)


def programme_coverage(
    facts: Facts,
    *,
    years: Sequence[int] = (2010, 2016),
    census: Sequence[int] = (2009, 2019),
    level: float = 0.95,
) -> LongDifference:
    """Regress the change of income poverty on the change of water and toilet coverage between two censuses.

    Proxies, and said to be such: census shares of households, not a programme's own count; the censuses' dates
    are not the rate's; the toilets of 2009 and 2019 are defined differently; both indicators are part of the
    multidimensional rate, so that only the income line (2010 to 2016 is one line) can be set against them.

    Parameters
    ----------
    facts : Facts
        The figures.
    years, census : sequence of int
        First and last year of the rate, and of the two censuses.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    LongDifference
        As ``long_difference``, whose errors are raised too.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.programme_coverage(ps.load_facts()).table.evidence.unique().tolist()
    ['proxy']
    """
    coverage = {"census_tap_or_drilled_well_pct": "water", "census_hygienic_toilet_pct": "toilets"}
    drivers = [
        known_driver(facts, indicator, census, evidence="proxy", notes=[note])
        for indicator, note in coverage.items()
    ]
    return long_difference(facts, "poor_income_pct", drivers, years=years, level=level)
