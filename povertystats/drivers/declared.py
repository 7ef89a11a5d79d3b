"""The drivers that a data package declares (``drivers.csv``), and the models that are fitted to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES
from povertystats.words.errors import NotFound, Refused
from povertystats.words.languages import Words
from povertystats.words.names import did_you_mean
from povertystats.words.wording import say

# A rate far from the others' comes back to them: programmes go where it is high, and high rates fall by more.
_INITIAL = "initial_rate_by_year"
_Found = TypeVar("_Found")
# How the fit is called in which provinces with the same initial rate are compared.
SAME_START = "_start"


@dataclass(frozen=True)
class DeclaredDriver:
    """A driver of ``drivers.csv``, or a second look at one: ``look_of`` names the driver, "" where it is one itself.

    ``term``: its indicator as it enters the model; ``years``: first and last year used, None for all; ``held``: provinces
    with the same initial rate are compared; ``step``: that of a hand that moves it, None where it is not moved.
    """

    name: str
    look_of: str
    titles: Words
    indicator: str
    outcome: str
    term: str
    years: tuple[int, int] | None
    estimators: tuple[str, ...]
    benchmark: str
    evidence: str
    step: float | None
    held: bool = False


def declared(known: Facts) -> dict[str, DeclaredDriver]:
    """Return the drivers that a package declares by name, each followed by its second looks.

    Of every driver with a panel one look more is taken by itself: at provinces with the same initial rate.

    >>> import povertystats as ps
    >>> [driver.name for driver in declared(ps.load_facts()).values() if driver.look_of == "training"]
    ['training_before', 'training_start']
    """
    rows = [_driver(row) for row in known.drivers.to_dict("records")]
    found = []
    for driver in (row for row in rows if not row.look_of):
        found += [driver, *(row for row in rows if row.look_of == driver.name)]
        if driver.evidence == "panel":
            name = f"{driver.name}{SAME_START}"
            found.append(replace(driver, name=name, look_of=driver.name, estimators=("within",), held=True))
    return {driver.name: driver for driver in found}


def _driver(row: dict[str, Any]) -> DeclaredDriver:
    first, last = row["first_year"], row["last_year"]
    ends = (0 if pd.isna(first) else int(first), 9999 if pd.isna(last) else int(last))
    return DeclaredDriver(
        row["driver"],
        row["second_look_of"],
        Words.of(row, "title_"),
        row["indicator"],
        row["outcome"],
        row["term"].format(row["indicator"]),
        None if pd.isna(first) and pd.isna(last) else ends,
        tuple(filter(None, row["estimators"].split(";"))) or ("within",),
        row["benchmark"],
        row["evidence"],
        None if pd.isna(row["step"]) else float(row["step"]),
    )


def driver(known: Facts, name: str) -> DeclaredDriver:
    """Return a declared driver, or a second look at one, by its name. Raises NotFound for one that is not declared."""
    every = declared(known)
    if name not in every:
        raise NotFound(f"there is no driver {name!r}{did_you_mean(name, {n: n for n in every})}")
    return every[name]


def own_drivers(known: Facts) -> list[DeclaredDriver]:
    """Return the drivers with a panel, without second looks at them."""
    return [one for one in declared(known).values() if one.evidence == "panel" and not one.look_of]


def driver_panel(known: Facts, name: str) -> tuple[pd.DataFrame, str]:
    """Return the panel and the term of one of the fits of ``driver_fits``."""
    one = driver(known, name)
    return known.panel([one.outcome, one.indicator], years=one.years, standard="any"), one.term


def driver_names(known: Facts, lang: str) -> dict[str, str]:
    """Return the names of the outcomes, the drivers and the initial rate inside a sentence."""
    indicators = [name for one in own_drivers(known) for name in (one.outcome, one.indicator)]
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
    """Return the SpecificationCurves by question, without those in which nothing can be fitted."""
    drawn = {question: _carried(specification_curve, known, question) for question in known.specifications}
    return {question: curve for question, curve in drawn.items() if curve is not None and len(curve.fitted)}


def timing(known: Facts, name: str) -> Placebo | None:
    """Return the Placebo tests of one of the fits of ``driver_fits``, or None."""
    panel, term = driver_panel(known, name)
    return _carried(placebo, panel, driver(known, name).outcome, [term], units="pct")


def hidden(known: Facts, name: str, scale: str) -> Sensitivity | None:
    """Return the Sensitivity of one fit on a scale, its declared benchmark held and compared with, or None."""
    one = driver(known, name)
    benchmarks = [one.benchmark] if one.benchmark else []
    panel = known.panel([one.outcome, one.indicator, *benchmarks], years=one.years, standard="any")
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
