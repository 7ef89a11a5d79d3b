"""The levels of a rate that its targets require in the year of a forecast, and their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from povertystats.targets.targets import Target
from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.scorecard import Scorecard


def required(targets: Iterable[Target], ahead: Forecast) -> list[tuple[Target, float]]:
    """Return ``[(Target, level)]``: the level in per cent that each of the targets requires of the rate that is forecast.

    Targets of another place, indicator or year are left out, and those whose kind asks for no fixed level; so is a
    change on the year before when the last figure is older.
    """
    forecast_of = (ahead.series.indicator, ahead.year, (ahead.series.place,))
    speaking = [one for one in targets if (one.indicator, one.year, one.places) == forecast_of]
    levels = [(target, target.rules.level(target, ahead)) for target in speaking]
    return [(target, level) for target, level in levels if level is not None]


def goal(target: Target, level: float, lang: str) -> str:
    """Return the label of a level that a target requires: with its change, or that it is the printed one."""
    return target.rules.label(target, level, lang)


def goals(card: Scorecard, ahead: Forecast | None, lang: str) -> list[tuple[str, float]]:
    """Return ``[(label, level)]``: the levels that the targets of a Scorecard require of the rate that is forecast."""
    if ahead is None:
        return []
    return [(goal(target, level, lang), level) for target, level in required(card.targets, ahead)]


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
