"""The levels of a rate that its targets require in the year of a forecast, and which of them the fastest pace reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.forecasts.scores import LINKS
from povertystats.kinds.ahead import settled
from povertystats.kinds.target import Target
from povertystats.records.reference_class import Reference, comparable_changes
from povertystats.targets.verdict import of_both
from povertystats.words.errors import InvalidValue
from povertystats.words.result import Result
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from povertystats.forecasts.forecast import Forecast
    from povertystats.forecasts.predictive import Predictive
    from povertystats.targets.scenario import Scenario
    from povertystats.targets.scorecard import Scorecard

_FIFTH = 0.2


def required(targets: Iterable[Target], ahead: Forecast) -> list[tuple[Target, float]]:
    """Return ``[(Target, level)]``: the level in per cent that each of the targets requires of the rate that is forecast.

    Targets of another place, indicator or year are left out, and those whose kind asks for no fixed level; so is a
    change on the year before when the last figure is older.
    """
    forecast_of = (ahead.series.indicator, ahead.year, (ahead.series.place,))
    speaking = [one for one in targets if (one.indicator, one.year, one.places) == forecast_of]
    levels = [(target, target.rules.level(target, ahead)) for target in speaking]
    return [(target, level) for target, level in levels if level is not None]


def told_scales(
    ways: Mapping[str, Forecast | None], baselines: Mapping[str, Predictive], bounds: Iterable[float]
) -> tuple[str, ...]:
    """Return the scales of a forecast that a scorecard tells of levels ``bounds``: log-odds alone, or both as a range.

    ``ways``: those of ``four_ways``; ``baselines``: a distribution by scale.
    """
    pooled = {"log_odds": ways["pooled"], "points": ways["pooled_points"]}
    first = pooled["log_odds"]
    count = 0 if first is None else settled(pooled, float(first.series.values[-1]))
    chances = [[baselines[scale].probability(at_most=bound) for scale in LINKS] for bound in bounds]
    several = any(isinstance(of_both(p, points, count), tuple) for p, points in chances)
    return tuple(LINKS) if several else ("log_odds",)


def goal(target: Target, level: float, lang: str) -> str:
    """Return the label of a level that a target requires: with its change, or that it is the printed one."""
    return target.rules.label(target, level, lang)


def goals(card: Scorecard, ahead: Forecast | None, lang: str) -> list[tuple[str, float, str]]:
    """Return ``[(label, level, direction)]``: the levels that a Scorecard's targets require of the rate that is forecast."""
    if ahead is None:
        return []
    return [
        (goal(target, level, lang), level, target.direction)
        for target, level in required(card.targets, ahead)
    ]


@dataclass(frozen=True)
class Reading:
    """A level that is asked about: at most ``bound`` per cent, which ``target`` requires (None: no rise)."""

    bound: float
    target: Target | None = None

    @property
    def name(self) -> str:
        """The name of the reading, such as "by_2.0"; "no_rise" without a target."""
        return self.target.reading if self.target else "no_rise"

    def label(self, lang: str) -> str:
        """Return the bound with the change that leads to it, for readers."""
        if self.target is None:
            return say("scenario.no_rise", lang, level=self.bound)
        return goal(self.target, self.bound, lang)


@dataclass(frozen=True, eq=False, repr=False)
class BestFifth(Result):
    """The pace that the best fifth of comparable changes reached or surpassed, and where it would take the place.

    Parameters
    ----------
    scenario : Scenario
        What was asked.
    reference : Reference
        The changes.
    change : float
        Their 20 % quantile, in points (a fall is negative).
    level : float
        The last figure plus it, in per cent.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.scenario(ps.load_facts().as_of("2020-05-07")).best_fifth().table["reached"].tolist()
    [True, True]
    """

    scenario: Scenario
    reference: Reference
    change: float
    level: float

    @property
    def table(self) -> pd.DataFrame:
        """One row a reading: reading, bound, change, level, reached, n (changes), places."""
        rows = [{"reading": r.name, "bound": r.bound} for r in self.scenario.readings]
        table = pd.DataFrame(rows).assign(change=self.change, level=self.level)
        reached = table["level"].round(6) <= table["bound"].round(6)
        return table.assign(reached=reached, n=self.reference.n, places=self.reference.places)

    def _sentence(self) -> str:
        place, year = self.scenario.place, self.scenario.ahead.year
        return f"At the pace of the fastest fifth {place} would be at {self.level:.1f}% in {year} ({self.change:+.2f} points)"

    def text(self, lang: str) -> str:
        """Return the pace and which readings it does not reach, then which it does.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            A sentence a line.
        """
        check(lang)
        changes, ahead = self.reference, self.scenario.ahead
        years = say(f"scenario.best.{'year' if changes.years == 1 else 'years'}", lang, n=changes.years)
        values = {"place": self.scenario.place, "year": ahead.year, "years": years, "size": -self.change}
        values |= {"level": self.level, "n": changes.n, "places": changes.places}
        values |= {"low": changes.table["start"].min(), "high": changes.table["start"].max()}
        lines = [say("scenario.best.pace", lang, **values)]
        for key, met in (("missed", False), ("met", True)):
            pairs = zip(self.scenario.readings, self.table["reached"], strict=True)
            labels = [reading.label(lang) for reading, reached in pairs if reached == met]
            if labels:
                lines.append(say(f"scenario.best.{key}", lang, labels="; ".join(labels), **values))
        return "\n".join(lines)


def best_fifth(scenario: Scenario) -> BestFifth | None:
    """Return the BestFifth of a Scenario, or None: ``Scenario.best_fifth``."""
    ahead = scenario.ahead
    last = float(ahead.series.values[-1])
    try:
        panel = scenario.known.peers(ahead.series.indicator, ahead.series.place)
        reference = comparable_changes(panel, last, years=ahead.horizon, units="pct")
    except InvalidValue:
        return None
    change = float(reference.table["change"].quantile(_FIFTH))
    return BestFifth(scenario, reference, change, max(0.0, last + change)) if change < 0 else None
