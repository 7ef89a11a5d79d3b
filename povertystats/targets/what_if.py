"""What came out of moving levers: the forecast and the probabilities, by every way of computing, bad news first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.drivers.lever import (
    PLAIN,
    SAME_START,
    WITHIN,
    Lever,
    Way,
    applied,
    moved,
    seen_together,
    shift,
)
from povertystats.forecasts.predictive import Predictive
from povertystats.words.errors import InvalidValue
from povertystats.words.result import Plotted
from povertystats.words.wording import check, number, odds, say

if TYPE_CHECKING:
    from povertystats.targets.scenario import Scenario


class NoScenario(InvalidValue):
    """A scenario that cannot be made; ``text`` says why.

    Parameters
    ----------
    reason : str
        "forecast", "spread", "lever" or "undeclared": what is lacking.
    **values : str
        What the sentence names, such as ``place``.

    Examples
    --------
    >>> print(NoScenario("forecast", place="Bắc Kạn"))
    scenario: There is no scenario: no rate of Bắc Kạn can be forecast.
    """

    def __init__(self, reason: str, **values: str) -> None:
        self.reason, self.values = reason, values
        super().__init__(f"scenario: {self.text('en')}")

    def text(self, lang: str) -> str:
        """Return the reason in words.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            One sentence.
        """
        return say(f"scenario.none.{self.reason}", lang, **self.values)


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(Plotted):
    """The forecast of a Scenario with levers moved beyond their usual course.

    Parameters
    ----------
    scenario : Scenario
        What was moved.
    steps : tuple of (Lever, float)
        How far: so much more in its unit, or a factor.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.what_if(ps.load_facts().as_of("2020-05-07"), {"training": 2}).counts
    {'lower': 3, 'higher': 3, 'same': 2}
    """

    scenario: Scenario
    steps: tuple[tuple[Lever, float], ...]

    @property
    def moving(self) -> list[Lever]:
        """The levers that are off their usual course."""
        return [lever for lever, step in self.steps if step != lever.start]

    @cached_property
    def shifts(self) -> dict[Way, tuple[float, float, float]]:
        """By way ``(estimate, variance, half)``: how far the rate moves, half of its 95 % interval."""
        return {way: shift(self.steps, way) for way in self.scenario.ways_of(self.moving)}

    @cached_property
    def ahead(self) -> dict[Way, Predictive]:
        """By way the Predictive of the rate, of which everything may be asked."""
        return {
            way: moved(self.scenario.baselines[way.scale], estimate, variance)
            for way, (estimate, variance, _) in self.shifts.items()
        }

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many ways put the rate "lower", "higher" and at the "same" as without, by a tenth of a point as it is told."""
        found = {"lower": 0, "higher": 0, "same": 0}
        for way, ahead in self.ahead.items():
            was, now = (
                number(one.level_at(0.5), "en", 1) for one in (self.scenario.baselines[way.scale], ahead)
            )
            found["same" if was == now else "lower" if self.shifts[way][0] < 0 else "higher"] += 1
        return found

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a way of computing and reading.

        Columns: way (the look at the figures), estimator, scale, reading, bound, rate (median), low80, high80, rate_without, probability,
        probability_without, probability_low, probability_high, rare, beyond. ``_without``: without any step.
        ``probability_low`` and ``probability_high``: the probability if the associations were exactly at the ends of the
        95 % interval of their sum. ``rare``: levers outside what nine in ten places and years did; ``beyond``: those
        outside all that has been seen.
        """
        flags = {
            "rare": ", ".join(lever.name for lever, step in self.steps if lever.beyond(step, lever.usual)),
            "beyond": ", ".join(lever.name for lever, step in self.steps if lever.unseen(step)),
        }
        rows = []
        for way, ahead in self.ahead.items():
            baseline, (estimate, _, half) = self.scenario.baselines[way.scale], self.shifts[way]
            low80, high80 = ahead.interval(0.80)
            rates = {"rate": ahead.level_at(0.5), "low80": low80, "high80": high80}
            cases = {
                "probability": ahead,
                "probability_without": baseline,
                "probability_low": moved(baseline, estimate + half, 0.0),
                "probability_high": moved(baseline, estimate - half, 0.0),
            }
            for reading in self.scenario.readings:
                asked: dict[str, Any] = {"way": way.look, "estimator": way.estimator, "scale": way.scale}
                asked |= {"reading": reading.name, "bound": reading.bound}
                chances = {name: one.probability(at_most=reading.bound) for name, one in cases.items()}
                rows.append(asked | rates | {"rate_without": baseline.level_at(0.5)} | chances | flags)
        return pd.DataFrame(rows)

    def _sentence(self) -> str:
        ahead = self.scenario.ahead
        steps = ", ".join(lever.name + " " + lever.in_words(step, None, "en") for lever, step in self.steps)
        return f"What if in {self.scenario.place}, {ahead.series.indicator} of {ahead.year}: {steps or 'nothing moved'}"

    def text(self, lang: str) -> str:
        """Return whether the ways disagree on direction, what is assumed, then each way's probabilities.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            A sentence a line, bad news first.
        """
        check(lang)
        given = [
            say("scenario.change", lang, name=lever.names[lang], step=lever.in_words(step, None, lang))
            for lever, step in self.steps
            if step != lever.start
        ]
        if not given:
            return "\n".join([say("scenario.nothing", lang), *self._each(lang)])
        several = len(given) > 1
        return "\n".join([
            self._direction(lang),
            *(self._turning(lang) if several else []),
            say("scenario.assumed", lang, changes="; ".join(given)),
            *self._flags(lang),
            *self._each(lang),
            *self._left_out(lang),
            say("scenario.ends", lang),
            say("drivers.association", lang),
            measured_on(self.scenario, lang),
            *([say("scenario.independent", lang)] if several else []),
        ])  # fmt: skip

    def _direction(self, lang: str) -> str:
        clear = sum(abs(size) > half for size, _, half in self.shifts.values())
        return direction(self.counts, clear, lang)

    def _turning(self, lang: str) -> Iterator[str]:
        """Yield which levers turn their sign with the way of computing, which a sum of several may hide."""
        for lever in self.moving:
            signs = {effect[0] > 0 for way in self.shifts if (effect := lever.effect(way))}
            if len(signs) > 1:
                yield say("scenario.turns", lang, name=lever.names[lang])

    def _left_out(self, lang: str) -> Iterator[str]:
        """Yield which ways one of the levers that are moved does not have."""
        ways = [way_name(way, self.scenario, lang) for way in applied(self.moving, self.scenario.ways)[1]]
        if ways:
            yield say("scenario.left_out.together", lang, ways="; ".join(ways))

    def _flags(self, lang: str) -> Iterator[str]:
        for lever, step in self.steps:
            name = lever.names[lang]
            if lever.unseen(step):
                yield say("scenario.beyond", lang, name=name)
            elif lever.beyond(step, lever.usual):
                span = lever.in_words(*lever.usual, lang)
                yield say(f"scenario.rare.{lever.evidence}", lang, name=name, span=span)
            if lever.later and step != lever.start:
                yield say("scenario.later", lang, name=name)
        if not seen_together(self.steps):
            yield say("scenario.beyond_together", lang)

    def _each(self, lang: str) -> Iterator[str]:
        labels = [reading.label(lang) for reading in self.scenario.readings]
        for key, rows in self.table.groupby(["way", "estimator", "scale"], sort=False):
            first = rows.iloc[0]
            each = zip(labels, rows.itertuples(), strict=True)
            told = {"rate": first.rate, "low": first.low80, "high": first.high80}
            told["chances"] = "; ".join(_chance(label, row, lang) for label, row in each)
            yield say("scenario.row", lang, way=way_name(Way(*key), self.scenario, lang), **told)


def direction(counts: dict[str, int], clear: int, lang: str) -> str:
    """Return in words whether the ways of computing agree, by ``WhatIf.counts``; ``clear``: whose interval excludes zero."""
    ways = sum(counts.values())
    side = next((side for side, n in counts.items() if n == ways), "disagree")
    certain = "none" if clear == 0 else "all" if clear == ways else "some"
    told = say(f"sliders.answer.{side}", lang, ways=ways, **counts)
    return (
        told
        if side in ("same", "disagree")
        else f"{told} {say(f'sliders.clear.{certain}', lang, clear=clear, ways=ways)}"
    )


def _chance(label: str, row: Any, lang: str) -> str:
    """Return the probability of one reading, without and with the steps, and at the ends of the association's interval."""
    told = {"p": row.probability, "without": row.probability_without}
    told |= {"low": row.probability_low, "high": row.probability_high}
    same = len({odds(p, lang) for p in told.values()}) == 1
    return say("scenario.chance_same" if same else "scenario.chance", lang, label=label, **told)


def measured_on(scenario: Scenario, lang: str) -> str:
    """Return in a sentence on which rates the associations of a Scenario's levers were measured."""
    outcomes = dict.fromkeys(lever.driver.outcome for lever in scenario.levers)
    names = ", ".join(scenario.known.title(name, lang, short=True) for name in outcomes)
    return say("scenario.instrument", lang, outcome=names)


def way_name(way: Way, scenario: Scenario, lang: str) -> str:
    """Return the name of a way of computing, for readers: its scale, its look and its estimator."""
    parts = [say(f"scenario.scale.{way.scale}", lang)]
    titles = {look: words[lang] for lever in scenario.levers for look, words in lever.looks.items()}
    if way.look != PLAIN:
        parts.append(titles[way.look] if way.look != SAME_START else say("scenario.same_start", lang))
    if way.estimator != WITHIN:
        parts.append(say(f"drivers.estimator.{way.estimator}", lang))
    return "; ".join(parts)
