"""The models that are fitted to the drivers which a data package declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from povertystats.associations.associations import fit_drivers
from povertystats.associations.result import DriverFit
from povertystats.checks.null_curve import NullCurve, null_curve
from povertystats.checks.placebo import Placebo, placebo
from povertystats.checks.regions import Regions, by_region
from povertystats.checks.sensitivity import Sensitivity, sensitivity
from povertystats.checks.specification_curve import SpecificationCurve, specification_curve
from povertystats.drivers.lever import PLAIN, SAME_START, Way
from povertystats.drivers.long_difference import LongDifference, long_difference
from povertystats.facts.facts import Facts
from povertystats.facts.memory import remembered
from povertystats.facts.series import known_driver
from povertystats.forecasts.scores import LINKS
from povertystats.questions.declared_driver import (
    DeclaredDriver,
    declared,
    driver_data,
    own_drivers,
    question_of,
)
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, read_term
from povertystats.words.errors import NotFound, Refused, expect
from povertystats.words.names import did_you_mean
from povertystats.words.wording import Sentence, say

# A rate far from the others' comes back to them: programmes go where it is high, and high rates fall by more.
_INITIAL = "initial_rate_by_year"
LOGIT = "fractional_logit"
_REGIONS = 4  # with fewer no test by region can tell much
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
    """Return the names of the outcomes, the drivers, what is held and the initial rate inside a sentence."""
    every = own_drivers(known).values()
    indicators = [n for one in every for n in (one.outcome, one.indicator, one.benchmark, *one.controls) if n]
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
    whole = fitted(panel, one.outcome, [term], **options)
    # What one estimator or scale cannot do, such as a year in which every rate is 0, does not take the others away.
    if whole is None and len(options.get("estimators", ())) > 1:
        whole = fitted(panel, one.outcome, [term], **options | {"estimators": ["within"]})
    if whole is None and "scales" not in options:
        kept = options | {"estimators": ["within"], "scales": ["points"]}
        whole = fitted(panel, one.outcome, [term], **kept)
    # Without an interval an estimate says nothing to who decides.
    return None if whole is None or whole.table["low"].isna().all() else whole


def fitted(panel: pd.DataFrame, outcome: str, drivers: Sequence[str], **options: Any) -> DriverFit | None:
    """Return the DriverFit of a panel, or None when the figures do not carry one."""
    return _carried(fit_drivers, panel, outcome, drivers, units="pct", **options)


def _carried(work: Callable[..., _Found], *arguments: Any, **options: Any) -> _Found | None:
    """Return what comes of fitting, or None when the figures do not carry it."""
    with suppress(Refused):
        return work(*arguments, **options)
    return None


def looks(known: Facts, one: DeclaredDriver) -> dict[str, DeclaredDriver]:
    """Return the looks at a driver with a panel: itself, those that measure it by the same term, and at the same start."""
    if one.evidence != "panel":
        return {}
    every = [other for other in declared(known).values() if other.look_of == one.name]
    same = [other for other in every if other.held or other.term == one.term]
    return {PLAIN: one, **{SAME_START if other.held else other.name: other for other in same}}


def associations(
    looks: Mapping[str, DeclaredDriver], fits: Mapping[str, DriverFit | None]
) -> tuple[pd.DataFrame, tuple[Way, ...]]:
    """Return the effects of a Lever of these looks, and the declared ways that the figures do not carry.

    On the scales of a forecast: of the fractional logit the coefficient, which is in log-odds.
    """
    parts, asked = [], []
    for look, one in looks.items():
        linear = [estimator for estimator in one.estimators if estimator != LOGIT]
        asked += [Way(look, estimator, scale) for estimator in linear for scale in LINKS]
        asked += [Way(look, LOGIT, "log_odds")] if LOGIT in one.estimators else []
        if (fit := fits.get(one.name)) is not None:
            parts.append(_on_links(fit).assign(way=look))
    columns = ["way", "estimator", "scale", "estimate", "se", "low", "high", "n", "places", "years", "dof"]
    found = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    # Without a variance of Student-t none can be added to that of a forecast.
    found = found[(found["dof"] > 2) & np.isfinite(found["se"].astype(float))]
    there = set(found[["way", "estimator", "scale"]].itertuples(index=False, name=None))
    return found.reset_index(drop=True), tuple(way for way in asked if way not in there)


def _on_links(fit: DriverFit) -> pd.DataFrame:
    table = fit.table.assign(dof=fit.table["places"] - 1.0)
    if fit.logit is not None:
        estimate, se = fit.logit.coefficients[0], np.sqrt(fit.logit.coefficient_variance[0, 0])
        half = stdtrit(len(fit.logit.clusters) - 1.0, 0.975) * se
        told = ["log_odds", estimate, se, estimate - half, estimate + half]
        table.loc[table["estimator"] == LOGIT, ["scale", "estimate", "se", "low", "high"]] = told
    return table[table["scale"].isin(LINKS)]


def at_floor(known: Facts, name: str, floor: float) -> DriverFit | None:
    """Return the fit of a driver in log-odds with rates of zero set to ``floor`` (per cent), or None."""
    (panel, term), outcome = driver_panel(known, name), driver(known, name).outcome
    return fitted(panel.replace({outcome: {0.0: floor}}), outcome, [term], scales=["log_odds"], draws=0)


@remembered
def curves(known: Facts) -> dict[str, SpecificationCurve]:
    """Return the SpecificationCurves by driver or question, without those in which nothing can be fitted.

    Of declared questions, and of drivers without one by the usual grid.
    """
    questions = {name: question_of(known, one) for name, one in own_drivers(known).items()}
    questions |= {name: name for name in known.specifications if name not in questions.values()}
    drawn = {name: _carried(specification_curve, known, question) for name, question in questions.items()}
    return {question: curve for question, curve in drawn.items() if curve is not None and len(curve.fitted)}


@remembered
def chances(known: Facts) -> dict[str, NullCurve]:
    """Return what chance alone would bring in each of ``curves`` that has a linear estimate."""
    found = {question: _carried(null_curve, curve) for question, curve in curves(known).items()}
    return {question: chance for question, chance in found.items() if chance is not None}


def why_not(known: Facts, name: str) -> Sentence | None:
    """Return why a declared driver has no fit of ``driver_fits``; None where it has one."""
    one = driver(known, name)
    about = {"driver": one.titles, "outcome": known.titles(one.outcome, short=True)}
    if one.evidence != "panel":
        return Sentence("drivers.lacking.few_dates", **about)
    if name in driver_fits(known):
        return None
    panel, term = driver_panel(known, name)
    rows = panel.assign(term=read_term(panel, term)[0]).dropna(subset=["term", one.outcome])
    years = rows["year"].unique()
    if len(rows) == 0:
        return Sentence("drivers.lacking.no_figures", **about)
    if len(years) == 1:
        return Sentence("drivers.lacking.one_year", year=int(years[0]), **about)
    seen = rows["place"].value_counts()
    if (seen > 1).sum() < 3:
        return Sentence("drivers.lacking.few_places", **about)
    apart = rows["term"] - rows.groupby("place")["term"].transform("mean")
    if np.allclose(apart, rows.assign(apart=apart).groupby("year")["apart"].transform("mean")):
        return Sentence("drivers.lacking.still", **about)
    if (rows.groupby("place")["term"].nunique() > 1).sum() == 1:
        return Sentence("drivers.lacking.one_place", **about)
    return Sentence("drivers.lacking.other", **about)


@remembered
def timing(known: Facts, name: str) -> Placebo | None:
    """Return the Placebo tests of one of the fits of ``driver_fits``, or None."""
    panel, term = driver_panel(known, name)
    return _carried(placebo, panel, driver(known, name).outcome, [term], units="pct")


@remembered
def regions(known: Facts, name: str) -> Regions | None:
    """Return the Regions check of one of the fits of ``driver_fits``, or None where the package tells no regions."""
    panel, term = driver_panel(known, name)
    places = known.places.table.set_index("place")
    region = places["region_en"].where(places["region_en"].ne(""), places["region_vi"]).replace("", np.nan)
    panel = panel.assign(region=panel["place"].map(region))
    if panel["region"].isna().any() or panel["region"].nunique() < _REGIONS:
        return None
    return _carried(by_region, panel, driver(known, name).outcome, [term], units="pct")


@remembered
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
    with suppress(NotFound):
        return _carried(programme_coverage, known)
    return None


# What two censuses tell of the reach of programmes, and the sentence on each.
COVERAGE = {"census_tap_or_drilled_well_pct": "water", "census_hygienic_toilet_pct": "toilets"}


def programme_coverage(
    facts: Facts,
    *,
    indicators: Mapping[str, str] | Sequence[str] | None = None,
    outcome: str | None = None,
    years: Sequence[int] = (2010, 2016),
    census: Sequence[int] = (2009, 2019),
    level: float = 0.95,
) -> LongDifference:
    """Regress the change of a rate on the change of what programmes reach, such as water and toilets, between two censuses.

    Proxies, and said to be such: shares of households, not a programme's own count, and the censuses' dates are not the
    rate's. In ours the toilets of 2009 and 2019 are defined differently, and both indicators are part of the
    multidimensional rate, so that only the income line (2010 to 2016 is one line) can be set against them.

    Parameters
    ----------
    facts : Facts
        The figures.
    indicators : sequence of str, or mapping of str to str, optional
        What is known at the two censuses, where one will with the name of a note of the library on it; water and toilets
        when left out.
    outcome : str, optional
        The rate; that of the first declared driver when left out.
    years, census : sequence of int
        First and last year of the rate, and of the two censuses.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    LongDifference
        As ``long_difference``, whose errors are raised too.

    Raises
    ------
    NotFound
        The package has no such indicator, or no rate that its drivers are asked about.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.programme_coverage(ps.load_facts()).table.evidence.unique().tolist()
    ['proxy']
    """
    expect("Facts", "panel", facts=facts)
    given = COVERAGE if indicators is None else indicators
    notes = given if isinstance(given, Mapping) else dict.fromkeys(given, "")
    drivers = [
        known_driver(facts, name, census, evidence="proxy", notes=[note] if note else [])
        for name, note in notes.items()
    ]
    rate = outcome or next((one.outcome for one in own_drivers(facts).values()), None)
    if rate is None:
        raise NotFound("the package declares no driver, and so no rate; name it with outcome=")
    return long_difference(facts, rate, drivers, years=years, level=level)
