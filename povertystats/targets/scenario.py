"""A scenario: a place's forecast with the levers that may be moved and the levels that its targets require."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.drivers.lever import PLAIN, SAME_START, WITHIN, Lever, Way, applied, seen_together
from povertystats.drivers.verdicts import stands
from povertystats.facts.facts import Facts
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import LINKS
from povertystats.kinds.target import Target
from povertystats.questions.declared_driver import DeclaredDriver, declared
from povertystats.targets.goals import BestFifth, Reading, best_fifth
from povertystats.targets.needed import Needed, needed
from povertystats.targets.targets import load_targets
from povertystats.targets.what_if import WhatIf, way_name
from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.result import Plotted
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False, repr=False)
class Scenario(Plotted):
    """A place's forecast with the levers that may be moved and the levels that its targets require.

    Parameters
    ----------
    known : Facts
        The facts as known on the cut-off day.
    ahead : Forecast
        The forecast, which holds the usual course of every driver.
    baselines : dict of str to Predictive
        The predictive distribution by scale ("log_odds", "points"), of the forecast with peers or, where there is
        none, of the own trend.
    readings : tuple of Reading
        The levels that are asked about.
    levers : tuple of Lever
        The drivers that may be moved.
    missing : tuple of DeclaredDriver
        Those whose association cannot be estimated.
    told : tuple of str
        The scales of the forecast before anything moves: that which a scorecard tells, or both.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.scenario(ps.load_facts().as_of("2020-05-07")).place
    'Bắc Kạn'
    """

    known: Facts
    ahead: Forecast
    baselines: dict[str, Predictive]
    readings: tuple[Reading, ...]
    levers: tuple[Lever, ...]
    missing: tuple[DeclaredDriver, ...]
    told: tuple[str, ...] = tuple(LINKS)

    @property
    def place(self) -> str:
        """The place."""
        return self.ahead.series.place

    @cached_property
    def ways(self) -> list[Way]:
        """The ways of computing that at least one lever has: look by look, estimator by estimator, by scale."""
        every = dict.fromkeys(way for lever in self.levers for way in lever.ways)
        looks = [PLAIN, *(look for lever in self.levers for look in lever.looks), SAME_START]
        estimators = list(dict.fromkeys([WITHIN, *(way.estimator for way in every)]))
        order = {"look": looks, "estimator": estimators, "scale": list(LINKS)}
        return sorted(every, key=lambda way: [order[name].index(getattr(way, name)) for name in order])

    def ways_of(self, levers: Sequence[Lever]) -> list[Way]:
        """Return the ways that compute what these levers together do.

        Parameters
        ----------
        levers : sequence of Lever
            Those that move; of none the ways are the forecast of each scale that is told.

        Returns
        -------
        list of Way
            In the order of ``ways``.
        """
        return applied(levers, self.ways)[0] if levers else [Way(PLAIN, WITHIN, scale) for scale in self.told]

    @property
    def then(self) -> Scenario:
        """The same without the levers that rest on what was published later."""
        later = tuple(lever.driver for lever in self.levers if lever.later)
        levers = tuple(lever for lever in self.levers if not lever.later)
        return replace(self, levers=levers, missing=(*self.missing, *later))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a lever, way, estimator and scale: its association (``Lever.effects``) and the steps seen and usual."""
        parts = []
        for lever in self.levers:
            about: dict[str, Any] = {"lever": lever.name, "kind": lever.kind, "evidence": lever.evidence}
            about |= {"later": lever.later, "seen_low": lever.seen[0], "seen_high": lever.seen[1]}
            about |= {"usual_low": lever.usual[0], "usual_high": lever.usual[1]}
            parts.append(lever.effects.assign(**about))
        return (
            pd.concat(parts, ignore_index=True).set_index("lever").reset_index() if parts else pd.DataFrame()
        )

    def _sentence(self) -> str:
        names = ", ".join(lever.name for lever in self.levers)
        return f"Scenario of {self.ahead.series.indicator} in {self.place} for {self.ahead.year}: may move {names}"

    def what_if(self, changes: Mapping[str, float], *, extrapolate: bool = False) -> WhatIf:
        """Return the forecast with levers moved beyond their usual course, which it already holds.

        Parameters
        ----------
        changes : mapping of str to float
            The step by lever: so much more in its unit, or a factor, ``{"training": 5, "programmes": 1.5}``.
        extrapolate : bool, default False
            Whether to allow steps beyond what places have done, alone or together; the text then says so.

        Returns
        -------
        WhatIf
            The distributions and probabilities by every way of computing.

        Raises
        ------
        InvalidValue
            When ``changes`` is not a mapping.
        Refused
            With every problem: unknown levers, steps that are not finite or lead to impossible figures, levers that no
            way of computing holds together, and, unless ``extrapolate``, steps beyond what any place has done: one alone, or all
            of them in the same year.

        Notes
        -----
        In each way of computing the forecast moves by ``δ = Σ_j β_j d_j`` and its variance grows by that of δ
        (``lever.shift``, ``lever.moved``). A way is a look at the figures (all years, others that the package declares, places
        with the same initial rate), an estimator and a scale; those that one of the levers moved does not have are left out. An association is no effect: this tells what went with such a difference
        between provinces, not what it would bring about.

        Examples
        --------
        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> found = ps.scenario(facts.as_of("2020-05-07")).what_if({"training": 2})
        >>> rows = found.table[(found.table.reading == "by_2.5") & (found.table.way == "plain")]
        >>> rows[["probability_without", "probability"]].round(2).values.tolist()
        [[0.23, 0.64], [0.46, 0.32], [0.23, 0.25]]
        """
        if not isinstance(changes, Mapping):
            raise InvalidValue(f"what_if: expected steps by lever, {{'training': 2}}, got {changes!r}")
        named = {lever.name: lever for lever in self.levers}
        missing = {driver.name: driver for driver in self.missing}
        problems = []
        for name, step in changes.items():
            if name in named:
                problems += named[name].problems(step, extrapolate=extrapolate)
            elif name in missing:
                problems.append(_missing(missing[name], self.known, "en"))
            else:
                problems.append(f"there is no lever {name!r}; there is {', '.join(named)}")
        refuse("cannot say what if", problems)
        # In the levers' own order, so that a sum does not depend on how the steps were written down.
        steps = tuple((lever, float(changes[name])) for name, lever in named.items() if name in changes)
        moving = [lever for lever, step in steps if step != lever.start]
        if not self.ways_of(moving):
            problems.append(f"no way of computing holds for {', '.join(one.name for one in moving)} together")
        if not extrapolate and not seen_together(steps):
            problems.append(
                "no place has moved all of them so far in the same year; extrapolate=True tells it"
            )
        refuse("cannot say what if", problems)
        return WhatIf(self, steps)

    def needed(self, probabilities: float | Sequence[float] = (0.5, 0.8)) -> Needed:
        """Return what it would take for the targets to have these probabilities.

        Parameters
        ----------
        probabilities : float or sequence of float, default (0.5, 0.8)
            The probabilities wanted, strictly between 0 and 1.

        Returns
        -------
        Needed
            The step of each lever alone, and how far the rate itself would have to fall.

        Raises
        ------
        Refused
            With every probability that is not strictly between 0 and 1, or when there is none.

        Notes
        -----
        The step is the first at which ``what_if`` gives the probability: 100 steps up to the most that has been seen,
        then Brent's method between two of them. For the rate itself ``g(bound) − g(F⁻¹(p))``, g of the scale. Where
        more of a lever goes with more poverty no step is looked for.
        """
        return needed(self, probabilities)

    def best_fifth(self) -> BestFifth | None:
        """Return the pace of the best fifth of comparable changes, and where it leads.

        Returns
        -------
        BestFifth or None
            None with under ten comparable changes, or when no fifth of them is a fall.

        Notes
        -----
        Comparable: the changes of the peers over as many years as the forecast looks ahead, from a level near the
        last figure (``comparable_changes``).
        """
        return best_fifth(self)

    def text(self, lang: str) -> str:
        """Return what can be moved, and what cannot with the reason.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            One line a lever, then the ways of computing that are left out.
        """
        check(lang)
        lines = [] if self.readings[0].target else [say("scenario.target", lang, year=self.ahead.year)]
        lines += [_missing(driver, self.known, lang) for driver in self.missing]
        for lever in self.levers:
            about = {"name": lever.names[lang], "span": lever.in_words(*lever.seen, lang)}
            notes = " ".join(lever_notes(lever, self, lang))
            lines.append(say(f"scenario.lever.{lever.evidence}", lang, notes=notes, **about))
        left = [line for lever in self.levers for line in left_out(lever, self, lang)]
        return "\n".join([*lines, *left, say("drivers.association", lang)])


def _missing(driver: DeclaredDriver, known: Facts, lang: str) -> str:
    """Return why a declared driver is no lever here."""
    kind = "times" if driver.term.startswith("log(") else "add"
    key = kind if driver.evidence == "panel" else driver.evidence
    outcome = known.titles(driver.outcome, short=True)
    return say(f"scenario.missing.{key}", lang, name=driver.titles, outcome=outcome)


def lever_notes(lever: Lever, made: Scenario, lang: str) -> Iterator[str]:
    """Yield what a reader must know of a lever: whose definition it has, its evidence and tests, hindsight, and the top."""
    target = _otherwise(lever, made)
    if target:
        yield say("lever.definition", lang, wording=target.wording[lang])
    places, years = int(lever.effects["places"].max()), lever.effects["years"].iloc[0]
    outcome = made.known.titles(lever.driver.outcome, short=True)
    yield say(f"lever.evidence.{lever.evidence}", lang, n=places, years=years, outcome=outcome)
    if not stands(made.known, lever.driver.name):
        yield say("lever.doubtful", lang)
    if lever.later:
        yield say("lever.later", lang)
    if lever.unseen(lever.start + lever.step):
        yield say("lever.highest", lang, place=made.place)


def left_out(lever: Lever, made: Scenario, lang: str) -> Iterator[str]:
    """Yield which declared ways a lever does not have, with the reason."""
    if lever.lacking:
        ways = "; ".join(way_name(way, made, lang) for way in lever.lacking)
        yield say("scenario.left_out.figures", lang, name=lever.names[lang], ways=ways)
    for one in declared(made.known).values():
        if one.look_of == lever.name and not one.held and one.name not in lever.looks:
            yield say("scenario.left_out.term", lang, name=lever.names[lang], look=one.titles[lang])


def _otherwise(lever: Lever, made: Scenario) -> Target | None:
    """Return a target of the place that speaks of what a lever measures, by a definition of its own; or None."""
    peers = made.known.indicators.set_index("indicator")["peers"]
    for target in load_targets(made.known, place=made.place):
        near = {target.proxy_indicator, *peers[target.indicator].split(";")}
        if lever.driver.indicator in near - {target.indicator}:
            return target
    return None
