"""What came out of moving levers: the forecast and the probabilities, by every way of computing, bad news first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.drivers.lever import Lever, moved, shift
from povertystats.forecasts.predictive import Predictive
from povertystats.words.errors import InvalidValue
from povertystats.words.result import Plotted
from povertystats.words.wording import check, probability, say

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
    >>> ps.what_if(ps.load_facts().as_of("2020-05-07"), {"training": 2}).shifts["plain", "points"][0] > 0
    True
    """

    scenario: Scenario
    steps: tuple[tuple[Lever, float], ...]

    @cached_property
    def shifts(self) -> dict[tuple[str, str], tuple[float, float, float]]:
        """By way and scale ``(estimate, variance, half)``: how far the rate moves, half of its 95 % interval."""
        return {key: shift(self.steps, *key) for key in self.scenario.ways}

    @cached_property
    def ahead(self) -> dict[tuple[str, str], Predictive]:
        """By way and scale the Predictive of the rate, of which everything may be asked."""
        return {
            key: moved(self.scenario.baselines[key[1]], estimate, variance)
            for key, (estimate, variance, _) in self.shifts.items()
        }

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a way, scale and reading.

        Columns: way, scale, reading, bound, rate (median), low80, high80, rate_without, probability,
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
        for (way, scale), ahead in self.ahead.items():
            baseline, (estimate, _, half) = self.scenario.baselines[scale], self.shifts[way, scale]
            low80, high80 = ahead.interval(0.80)
            rates = {"rate": ahead.level_at(0.5), "low80": low80, "high80": high80}
            cases = {
                "probability": ahead,
                "probability_without": baseline,
                "probability_low": moved(baseline, estimate + half, 0.0),
                "probability_high": moved(baseline, estimate - half, 0.0),
            }
            for reading in self.scenario.readings:
                asked = {"way": way, "scale": scale, "reading": reading.name, "bound": reading.bound}
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
            say("scenario.ends", lang),
            say("drivers.association", lang),
            measured_on(self.scenario, lang),
            *([say("scenario.independent", lang)] if several else []),
        ])  # fmt: skip

    def _direction(self, lang: str) -> str:
        names = {key: way_name(*key, lang) for key in self.shifts}
        signs = {key: estimate for key, (estimate, *_) in self.shifts.items() if estimate}
        down, up = ([names[key] for key, size in signs.items() if size * side > 0] for side in (-1, 1))
        told = {"every": len(names), "clear": sum(abs(size) > half for size, _, half in self.shifts.values())}
        if down and up:
            return say("scenario.disagree", lang, down="; ".join(down), up="; ".join(up), **told)
        return say(f"scenario.agree.{'lower' if down else 'higher'}", lang, **told)

    def _turning(self, lang: str) -> Iterator[str]:
        """Yield which levers turn their sign with the way of computing, which a sum of several may hide."""
        for lever, step in self.steps:
            signs = {lever.effect(*key)[0] > 0 for key in self.scenario.ways}
            if step != lever.start and len(signs) > 1:
                yield say("scenario.turns", lang, name=lever.names[lang])

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

    def _each(self, lang: str) -> Iterator[str]:
        labels = [reading.label(lang) for reading in self.scenario.readings]
        for (way, scale), rows in self.table.groupby(["way", "scale"], sort=False):
            first = rows.iloc[0]
            each = zip(labels, rows.itertuples(), strict=True)
            told = {"rate": first.rate, "low": first.low80, "high": first.high80}
            told["chances"] = "; ".join(_chance(label, row, lang) for label, row in each)
            yield say("scenario.row", lang, way=way_name(way, scale, lang), **told)


def _chance(label: str, row: Any, lang: str) -> str:
    """Return the probability of one reading, without and with the steps, and at the ends of the association's interval."""
    told = {"p": row.probability, "without": row.probability_without}
    told |= {"low": row.probability_low, "high": row.probability_high}
    same = len({probability(p, lang) for p in told.values()}) == 1
    return say("scenario.chance_same" if same else "scenario.chance", lang, label=label, **told)


def measured_on(scenario: Scenario, lang: str) -> str:
    """Return in a sentence on which rates the associations of a Scenario's levers were measured."""
    outcomes = dict.fromkeys(lever.driver.outcome for lever in scenario.levers)
    names = ", ".join(scenario.known.title(name, lang, short=True) for name in outcomes)
    return say("scenario.instrument", lang, outcome=names)


def way_name(way: str, scale: str, lang: str) -> str:
    """Return the name of a way of computing, for readers."""
    return say(f"scenario.way.{way}", lang, scale=say(f"drivers.scale.{scale}", lang))
