"""The scenario of a place, and the levers in it: declared drivers, with how far places have been seen to move them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from povertystats.associations.result import DriverFit
from povertystats.drivers.credit import credit_study
from povertystats.drivers.declared import associations, driver_fit, driver_panel, looks
from povertystats.drivers.lever import ACROSS, PLAIN, SAME_START, Lever
from povertystats.facts.facts import Facts
from povertystats.facts.memory import remembered
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.outlook import four_ways, outlook
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import HALF_STEP, LINKS
from povertystats.kinds.target import Target
from povertystats.questions.declared_driver import DeclaredDriver, declared, departures, driver_data
from povertystats.regression.terms import parse, read_term
from povertystats.targets.goals import Reading, required, told_scales
from povertystats.targets.scenario import Scenario
from povertystats.targets.targets import load_targets
from povertystats.targets.what_if import NoScenario, WhatIf
from povertystats.words.errors import InvalidValue, NotFound

# Fewer departures do not show how far a driver moves.
FEWEST = 20
# What ``credit_study`` calls its driver.
CREDIT = "credit_vnd_m_pc"
# The pooled forecast of each scale, else that of the own trend.
_FORECASTS = {"log_odds": ("pooled", "log_odds"), "points": ("pooled_points", "points")}


def scenario(
    known: Facts,
    *,
    place: str | None = None,
    later: Facts | None = None,
    fits: Mapping[str, DriverFit | None] | None = None,
) -> Scenario:
    """Return the Scenario of a place: its forecast, the levels that its targets require, and the levers.

    Parameters
    ----------
    known : Facts
        The facts as known on the cut-off day.
    place : str, optional
        The place, in any spelling; when left out the first that sets itself a target.
    later : Facts, optional
        A view of a later day, for a lever whose association was not known yet: it is then marked as hindsight.
    fits : mapping of str to DriverFit, optional
        The fits of the declared drivers, where they were made already.

    Returns
    -------
    Scenario
        What may be moved. Where no target speaks of the rate and year of the forecast, the last figure stands in as
        the level asked about: no rise.

    Raises
    ------
    NotFound
        For an unknown place.
    InvalidValue
        When ``later`` is a view of an earlier day; no place is named, and none has a target.
    NoScenario
        When no rate can be forecast, the forecast has no variance, no driver can be moved or none has an association.

    Examples
    --------
    >>> import povertystats as ps
    >>> found = scenario(ps.load_facts().as_of("2020-05-07"))
    >>> [lever.name for lever in found.levers], [reading.name for reading in found.readings]
    (['training', 'programmes'], ['by_2.0', 'by_2.5'])
    >>> [driver.name for driver in found.missing]
    ['credit']
    """
    if later and later.cutoff and (known.cutoff is None or later.cutoff < known.cutoff):
        raise InvalidValue(f"scenario: expected a later view than {known.cutoff}, got one of {later.cutoff}")
    place = usual_place(known) if place is None else known.places.find(place)
    ahead = outlook(known, place)
    if ahead is None:
        raise NoScenario("forecast", place=place)
    targets = [
        (t, level)
        for t, level in required(load_targets(known, place=place), ahead)
        if t.direction == "at_most" and 0 <= level <= 100
    ]
    # As on the sheet, a reading that nobody meant is left out where another one was.
    targets = [(t, level) for t, level in targets if t.meant] or targets
    levels: Sequence[tuple[Target | None, float]] = targets or [(None, ahead.series.values[-1])]
    # As everywhere, a level of 0 or 100 is one that rounds to it.
    readings = tuple(Reading(float(min(max(level, HALF_STEP), 100 - HALF_STEP)), t) for t, level in levels)
    ways = four_ways(ahead, known)
    baselines = _baselines(ways)
    if len(baselines) < len(LINKS):
        raise NoScenario("spread", place=place)
    found = levers(known, place=place, horizon=ahead.horizon, later=later, fits=fits)
    if not found:
        raise NoScenario("lever" if movable(known) else "undeclared", place=place)
    there = {lever.name for lever in found}
    missing = tuple(driver for driver in movable(known) if driver.name not in there)
    told = told_scales(ways, baselines, [reading.bound for reading in readings])
    return Scenario(known, ahead, baselines, readings, found, missing, told)


def what_if(
    known: Facts,
    changes: Mapping[str, float],
    *,
    place: str | None = None,
    later: Facts | None = None,
    extrapolate: bool = False,
) -> WhatIf:
    """Return the forecast of a place with levers moved: ``scenario(...).what_if(changes)``.

    Parameters
    ----------
    known : Facts
        The facts as known on the cut-off day.
    changes : mapping of str to float
        The step by lever, as in ``Scenario.what_if``.
    place : str, optional
        The place, in any spelling; when left out the first that sets itself a target.
    later : Facts, optional
        A view of a later day, as in ``scenario``.
    extrapolate : bool, default False
        Whether to allow steps beyond what places have seen.

    Returns
    -------
    WhatIf
        The distributions and probabilities by every way of computing.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> found = what_if(facts.as_of("2020-05-07"), {"training": 2, "credit": -0.5}, later=facts)
    >>> print(found.text("en").partition(".")[0])
    Cannot be used to decide: of 6 ways of computing 4 are better, 2 worse, 0 unchanged
    """
    return scenario(known, place=place, later=later).what_if(changes, extrapolate=extrapolate)


def usual_place(known: Facts) -> str:
    """Return the place meant where none is named: the first with a target, or the only one; else raise InvalidValue."""
    named = [*known.targets["where"].unique()] or known.places.table["place"].tolist()
    if len(known.targets) or len(named) == 1:
        return known.places.find(named[0])
    raise InvalidValue(
        f"no place is named; say place=, such as {named[0]!r}" if named else "there is no place"
    )


def _baselines(ways: Mapping[str, Forecast | None]) -> dict[str, Predictive]:
    """Return by scale the first forecast that has a variance, without which none can be added to it."""
    found = {}
    for scale, names in _FORECASTS.items():
        made = [one.predictive for name in names if (one := ways[name]) is not None]
        fitting = [predictive for predictive in made if (predictive.df > 2).all()]
        if fitting:
            found[scale] = fitting[0]
    return found


def movable(known: Facts) -> list[DeclaredDriver]:
    """Return the declared drivers that a reader may move."""
    return [one for one in declared(known).values() if one.step is not None and not one.look_of]


def levers(
    known: Facts,
    *,
    place: str,
    horizon: int = 1,
    later: Facts | None = None,
    fits: Mapping[str, DriverFit | None] | None = None,
) -> tuple[Lever, ...]:
    """Return the Levers that the figures carry: of the declared drivers those with a step.

    With a panel they rest on the fits of ``declared.driver_fits`` (``fits``; made anew when left out): the association of
    a year's driver with the rate of that year, by every estimator that is declared, in its second looks too where they
    measure it by the same term; the fractional logit by its coefficient, which is in log-odds. With a cross-section (policy credit, million dong a head)
    on ``credit_study``: the change of the rate over its years, divided by their number and multiplied by ``horizon``.
    Where ``known`` has no such change, ``later``, a Facts view of a later day, may have it. Errors are those of the
    cluster jackknife with places − 1 degrees of freedom. A lever is left out where its plain association cannot be estimated,
    where under 20 departures show how far places move it, and where no factor moves a last figure of 0.

    Raises LookupError for an unknown place.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> found = levers(facts.as_of("2020-05-07"), place="bac kan", later=facts)
    >>> [(lever.name, lever.kind, lever.later) for lever in found]
    [('training', 'add', False), ('programmes', 'times', False), ('credit', 'add', True)]
    >>> [round(float(x), 3) for x in found[0].ways["plain", "within", "log_odds"]]
    [-0.021, 0.008, 62.0]
    >>> list(found[0].looks)
    ['training_before']
    """
    place = known.places.find(place)
    fits = _fits(known) if fits is None else fits
    found = [
        _panel_lever(known, one, place, fits)
        if one.evidence == "panel"
        else _credit_lever(known, one, place, horizon, later)
        for one in movable(known)
    ]
    return tuple(lever for lever in found if lever is not None)


@remembered
def _fits(known: Facts) -> dict[str, DriverFit | None]:
    """Return of ``driver_fits`` what the levers need, and no more: without a bootstrap."""
    asked = [one for lever in movable(known) for one in looks(known, lever).values()]
    return {one.name: driver_fit(known, one.name, estimators=one.estimators, draws=0) for one in asked}


def _panel_lever(
    known: Facts, driver: DeclaredDriver, place: str, fits: Mapping[str, DriverFit | None]
) -> Lever | None:
    found = looks(known, driver)
    effects, lacking = associations(found, fits)
    second = {look: one.titles for look, one in found.items() if look == one.name}
    panel, term = driver_panel(known, driver.name)
    values = panel.assign(term=read_term(panel, term)[0]).pivot(index="place", columns="year", values="term")
    column, about = driver.indicator, known.indicators.set_index("indicator")
    own = known.panel([column], places=[place], standard="any").dropna()
    own = own[own["place"] == place]  # not its earlier territory
    latest = (float(own[column].iloc[-1]), int(own["year"].iloc[-1])) if len(own) else None
    moves = departures(values, about.at[column, "rebased"])
    every = driver_data(known, driver.outcome, [column])[column].dropna()
    return _lever(known, driver, latest, False, effects, moves, every, second, lacking)


def _credit_lever(
    known: Facts, driver: DeclaredDriver, place: str, horizon: int, later: Facts | None
) -> Lever | None:
    try:
        study, hindsight = credit_study(known), False
    except NotFound:  # of the package's indicators
        return None
    levels = study.levels[study.levels["place"] == place].dropna(subset=CREDIT)
    if study.differences is None and later is not None:
        study, hindsight = credit_study(later), True
    if study.differences is None:
        return None
    rows = study.table[study.table["driver"] == CREDIT]
    span = (study.years[1] - study.years[0]) / horizon
    effects = rows.assign(
        way=np.where(rows["controls"] == "", PLAIN, SAME_START),
        estimator=ACROSS,
        places=rows["n"],
        dof=rows["n"] - 1.0,
        **{name: rows[name] / span for name in ("estimate", "se", "low", "high")},
    )
    last = levels.iloc[-1] if len(levels) else None
    latest = None if last is None else (float(last[CREDIT]), int(last["on"].year))
    places = study.differences.places
    heads = places[places["driver"] == CREDIT].set_index("place")["value"]
    return _lever(known, driver, latest, hindsight, effects, heads - heads.mean(), heads)


def _lever(known, driver, latest, later, effects, moves, figures, looks=(), lacking=()) -> Lever | None:
    """Return the Lever, or None where too few departures show how far it moves, its error has no variance, or no factor moves it."""
    about = known.indicators.set_index("indicator").loc[driver.indicator]
    factor = parse(driver.term)[0] == "log"
    unmoved = factor and latest and not latest[0]
    if not driver.step or len(moves) < FEWEST or PLAIN not in set(effects["way"]) or unmoved:
        return None
    return Lever(
        driver,
        "times" if factor else "pp" if about["unit"] == "pct" else about["unit"],
        known.titles(driver.indicator, short=True),
        latest,
        later,
        effects[_COLUMNS].reset_index(drop=True),
        dict(looks),
        lacking,
        moves,
        (float(figures.min()), float(figures.max())),
        (_end(about["min"], -math.inf), _end(about["max"], math.inf)),
    )


def _end(value: float, none: float) -> float:
    return none if pd.isna(value) else float(value)


_COLUMNS = ["way", "estimator", "scale", "estimate", "se", "dof", "low", "high", "n", "places", "years"]
