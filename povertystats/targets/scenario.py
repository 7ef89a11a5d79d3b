"""A scenario: a place's forecast with the levers that may be moved and the levels that its targets require."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.drivers.lever import WAYS, Lever
from povertystats.facts.facts import Facts
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import LINKS
from povertystats.kinds.target import Target
from povertystats.questions.declared_driver import DeclaredDriver
from povertystats.targets.goals import BestFifth, Reading, best_fifth
from povertystats.targets.needed import Needed, needed
from povertystats.targets.targets import load_targets
from povertystats.targets.what_if import WhatIf, measured_on, way_name
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

    @property
    def place(self) -> str:
        """The place."""
        return self.ahead.series.place

    @property
    def ways(self) -> list[tuple[str, str]]:
        """The ways of computing: [(way, scale)]."""
        return [(way, scale) for way in WAYS for scale in LINKS]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a lever, way and scale: its association (``Lever.effects``) and the steps seen and usual."""
        parts = []
        for lever in self.levers:
            about: dict[str, Any] = {"lever": lever.name, "kind": lever.kind, "evidence": lever.evidence}
            about |= {"later": lever.later, "seen_low": lever.seen[0], "seen_high": lever.seen[1]}
            about |= {"usual_low": lever.usual[0], "usual_high": lever.usual[1]}
            parts.append(lever.effects.assign(**about))
        return pd.concat(parts, ignore_index=True).set_index("lever").reset_index()

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
            Whether to allow steps beyond what provinces have seen; the text then says so.

        Returns
        -------
        WhatIf
            The distributions and probabilities by every way of computing.

        Raises
        ------
        InvalidValue
            When ``changes`` is not a mapping.
        Refused
            With every problem: unknown levers, steps that are not finite or lead to impossible figures, and, unless
            ``extrapolate``, steps beyond what has been seen.

        Notes
        -----
        In each way of computing the forecast moves by ``δ = Σ_j β_j d_j`` and its variance grows by that of δ
        (``lever.shift``, ``lever.moved``). An association is no effect: this tells what went with such a difference
        between provinces, not what it would bring about.

        Examples
        --------
        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> found = ps.scenario(facts.as_of("2020-05-07")).what_if({"training": 2})
        >>> rows = found.table[found.table.reading == "by_2.5"].set_index(["way", "scale"])
        >>> rows[["probability_without", "probability"]].round(2).values.tolist()
        [[0.32, 0.62], [0.5, 0.37], [0.32, 0.57], [0.5, 0.48]]
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
        return WhatIf(
            self, tuple((lever, float(changes[name])) for name, lever in named.items() if name in changes)
        )

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
            One line a lever.
        """
        check(lang)
        lines = [] if self.readings[0].target else [say("scenario.target", lang, year=self.ahead.year)]
        lines += [_missing(driver, self.known, lang) for driver in self.missing]
        for lever in self.levers:
            about = {"name": lever.names[lang], "span": lever.in_words(*lever.seen, lang)}
            notes = " ".join(_notes(lever, self, lang))
            lines.append(say(f"scenario.lever.{lever.evidence}", lang, notes=notes, **about))
        return "\n".join([*lines, say("drivers.association", lang)])

    def spec(self, lang: str) -> dict[str, Any]:
        """Return all that an interactive page needs to compute the same.

        Parameters
        ----------
        lang : str
            "vi" or "en", the language of its labels.

        Returns
        -------
        dict
            Numbers, lists and texts that JSON can hold: place, year, baselines, readings, ways, levers, instrument.
        """
        check(lang)
        ahead = self.ahead
        parts = ("weights", "df", "location", "scale")
        return {
            "place": self.place,
            "year": ahead.year,
            "indicator_title": self.known.title(ahead.series.indicator, lang),
            "last": float(ahead.series.values[-1]),
            "last_year": int(ahead.series.years[-1]),
            "baselines": {
                scale: {part: getattr(self.baselines[scale], part).tolist() for part in parts}
                for scale in LINKS
            },
            "readings": [{"label": r.label(lang), "bound": r.bound} for r in self.readings],
            "ways": [{"way": w, "scale": s, "label": way_name(w, s, lang)} for w, s in self.ways],
            "levers": [self._lever(lever, lang) for lever in self.levers],
            "instrument": measured_on(self, lang),
        }

    def _lever(self, lever: Lever, lang: str) -> dict[str, Any]:
        low, high = lever.limits
        value, year = lever.latest or (None, None)
        return {
            "name": lever.name,
            "title": lever.title(lang),
            "unit": lever.unit_in_words(lang),
            "kind": lever.kind,
            "min": low,
            "max": high,
            "step": lever.step,
            "start": lever.start,
            "usual": list(lever.usual),
            "levels": list(lever.levels),
            "latest": value,
            "latest_year": year,
            "evidence": lever.evidence,
            "later": lever.later,
            "note": " ".join(_notes(lever, self, lang)),
            "effects": [
                dict(zip(("estimate", "se", "dof"), lever.effect(way, scale), strict=True))
                for way, scale in self.ways
            ],
        }


def _missing(driver: DeclaredDriver, known: Facts, lang: str) -> str:
    """Return why a declared driver is no lever here."""
    kind = "times" if driver.term.startswith("log(") else "add"
    key = kind if driver.evidence == "panel" else driver.evidence
    outcome = known.titles(driver.outcome, short=True)
    return say(f"scenario.missing.{key}", lang, name=driver.titles, outcome=outcome)


def _notes(lever: Lever, made: Scenario, lang: str) -> Iterator[str]:
    """Yield what a reader must know of a lever: whose definition it has, its evidence, hindsight, and the top."""
    target = _otherwise(lever, made)
    if target:
        yield say("lever.definition", lang, wording=target.wording[lang])
    places, years = int(lever.effects["places"].max()), lever.effects["years"].iloc[0]
    outcome = made.known.titles(lever.driver.outcome, short=True)
    yield say(f"lever.evidence.{lever.evidence}", lang, n=places, years=years, outcome=outcome)
    if lever.later:
        yield say("lever.later", lang)
    if lever.unseen(lever.start + lever.step):
        yield say("lever.highest", lang, place=made.place)


def _otherwise(lever: Lever, made: Scenario) -> Target | None:
    """Return a target of the place that speaks of what a lever measures, by a definition of its own; or None."""
    peers = made.known.indicators.set_index("indicator")["peers"]
    for target in load_targets(made.known, place=made.place):
        near = {target.proxy_indicator, *peers[target.indicator].split(";")}
        if lever.driver.indicator in near - {target.indicator}:
            return target
    return None
