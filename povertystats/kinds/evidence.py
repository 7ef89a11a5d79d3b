"""The chances that figures give: of a rate, of a mean of places, of a rank, of a total, of units that all leave."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from povertystats.facts.memory import remembered
from povertystats.facts.territory import ended
from povertystats.forecasts.forecast import Forecast, ForecastError
from povertystats.forecasts.joint import Event, between, mean_ahead, ranks
from povertystats.forecasts.outlook import LONGEST, forecast, longest, peers_of
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import HALF_STEP, LINKS, OPEN
from povertystats.kinds.ahead import Ahead
from povertystats.kinds.kind import NotAssessable
from povertystats.kinds.known import Group, Known, alike, final_figures
from povertystats.kinds.setbacks import Bounded, usable
from povertystats.kinds.yearly_totals import FEWEST_TOTALS, exit_rate, needed_rate, yearly_total

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.kinds.target import Target
    from povertystats.records.reference_class import Reference

# A level, or what is made of the level of an earlier year ahead.
Aim = float | Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Chance:
    """One place's chance of reaching a target.

    ``method``: "pooled" (own figures and peers), "reference" (one figure and the changes of like places), "own"
    (own drift), "count", "transition". ``events``: an Event by scale, ``level80``: the level reached with 80 %
    probability, ``own``: the own drift's probability by scale, ``comparable``: (share, n) of comparable
    changes that suffice, ``rests``: what its sentence needs.
    """

    series: AnnualSeries
    method: str
    events: dict[str, Event]
    level80: float | None = None
    own: dict[str, float] = field(default_factory=dict)
    comparable: tuple[float, int] | None = None
    rests: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> tuple[float, float | None, int]:
        """The probability, that on the scale of points if there is one, and ``Ahead.settled``."""
        p, *points = (event.probability for event in self.events.values())
        return p, next(iter(points), None), self.rests.get("settled", 0)


@remembered
def evidence_of(known: Facts) -> Evidence:
    """Return the Evidence of a view of Facts, one for all its scorecards."""
    return Evidence(known)


class Evidence(Known):
    """What is known, and the chances that it gives: each method returns a Chance or raises NotAssessable."""

    def __init__(self, known: Facts) -> None:
        super().__init__(known)
        self.ahead: Callable[[str, str, int, bool], Ahead] = cache(self._ahead)

    def years_ahead(self, target: Target, series: AnnualSeries) -> int:
        """Return the years from the last figure to the target's."""
        for one in getattr(series, "members", (series,)):
            if gone := ended(self.known, one.place, target.year):
                raise NotAssessable("joined" if gone["into"] else "ended", place=one.place, **gone)
        years = target.year - int(series.years[-1])
        if years < 1:
            raise NotAssessable("current", year=target.year)
        if years > longest(series.years):
            raise NotAssessable("old", place=series.place, year=target.year)
        return years

    def _ahead(self, indicator: str, place: str, year: int, alone: bool = True) -> Ahead:
        """Return what is believed of a place in a year; ``alone``: of that year alone, not of a path to it."""
        series = self.series(indicator, place, year)
        assert series is not None
        years, level = year - int(series.years[-1]), float(series.values[-1])
        reference = self.reference(indicator, place, level, years)
        by_scale: dict[str, Forecast | Predictive] = {}
        method = "reference" if alone and len(series.years) == 1 and reference is not None else "own"
        for scale in LINKS:
            if method == "reference" and reference is not None:
                by_scale[scale] = reference.predictive(scale=scale)
                continue
            peers = peers_of(self.known, indicator, place, scale)
            try:
                by_scale[scale] = forecast(series, horizon=years, scale=scale, peers=peers)
            except ForecastError as error:
                # A rate of 0 or 100 % has no log-odds, but what like places did from there can be told.
                if alone and reference is not None and "no_log_odds" in error.reasons:
                    method, by_scale[scale] = "reference", reference.predictive(scale=scale)
                elif scale == "log_odds":
                    reason = "few" if "too_few" in error.reasons else "no_trend"
                    raise NotAssessable(reason, n=len(series.years), place=place) from None
            else:
                method = "pooled" if peers and scale == "log_odds" else method
        group = self.known.peer_group(indicator, place)
        return Ahead(series, method, years, by_scale, reference, group)

    def setbacks(self, target: Target, ahead: Ahead) -> Reference | None:
        """Return the changes that bound what is worse than today, over as many years or the next span that there is.

        Of what is to fall, those alone on which the chance rests: rates of poverty elsewhere are smoothed and hardly rise.
        """
        if target.direction == "at_most":
            return ahead.reference if ahead.method == "reference" and usable(ahead.reference) else None
        about = (ahead.series.indicator, ahead.series.place, float(ahead.series.values[-1]))
        spans = (self.reference(*about, span) for span in range(ahead.years, ahead.years + LONGEST))
        return next(filter(usable, spans), None)

    def rate(self, target: Target, series: AnnualSeries, aim: Aim, *, base: int = 0) -> Chance:
        """Return the Chance that a rate reaches a level in the target's year.

        ``aim``: the level, or with ``base`` what is asked of the value so many years ahead; a level of 0 or 100 is one
        that rounds to it: rates are published to one decimal.
        """
        if isinstance(series, Group):
            return self._mean(target, series, aim, base)
        self.years_ahead(target, series)
        ahead = self.ahead(series.indicator, series.place, target.year, not base)
        events, like = {}, self.setbacks(target, ahead)
        for scale in ahead.by_scale:
            believed = ahead.by_scale[scale] if base else ahead.believed(scale, like, target.direction)
            p, shared = _event(target, believed, aim, base, ahead.shared(scale))
            events[scale] = Event(np.clip(p, OPEN, 1 - OPEN), shared, target.direction, series.basis)
        own = {}
        for scale in LINKS:
            with suppress(ForecastError):
                own[scale] = _event(
                    target, forecast(series, horizon=ahead.years, scale=scale), aim, base, 0.0
                )[0]
        comparable, rests = None, ahead.rests(None if base else like)
        if ahead.reference is not None and not callable(aim):
            change = round(aim - float(series.values[-1]), 6)
            comparable = (ahead.reference.share(**{target.direction: change}), ahead.reference.n)
        if base:
            rests["base"] = int(series.years[-1]) + base
        level80 = (
            ahead.believed("log_odds", None if base else like, target.direction)
            .level_at(np.array([_held(target)]))
            .item()
        )
        return Chance(series, ahead.method, events, level80, own, comparable, rests)

    def _mean(self, target: Target, group: Group, aim: Aim, base: int) -> Chance:
        """Return the Chance of a mean of places, whose forecasts share a shock."""
        if callable(aim):
            raise NotAssessable("no_base", place=group.place, year=int(group.years[-1]) + base)
        parts = []
        for one in group.members:
            self.years_ahead(target, one)
            parts.append(self.ahead(one.indicator, one.place, target.year, True))
        means = {
            scale: mean_ahead(
                [one.believed(scale, self.setbacks(target, one), target.direction) for one in parts],
                [one.shared(scale) for one in parts],
            )
            for scale in LINKS
            if all(scale in one.by_scale for one in parts)
        }
        bound = {target.direction: float(np.clip(aim, HALF_STEP, 100 - HALF_STEP))}
        about = (target.direction, group.members[0].basis)
        events = {
            scale: Event(mean.probability(**bound), mean.shared, *about) for scale, mean in means.items()
        }
        few = min(parts, key=lambda one: len(one.series.years))
        rests = few.rests() | {
            "place": group.place,
            "figures": sum(len(one.series.years) for one in parts),
        }
        rests |= {"averaged": len(parts), "years": max(one.years for one in parts)}
        rests["settled"] = min(one.settled for one in parts)
        level80 = means["log_odds"].level_at(_held(target))
        return Chance(group, few.method, events, level80, rests=rests)

    def rank(self, target: Target, series: AnnualSeries) -> Chance:
        """Return the Chance of a rank among the places of its kind, by the joint forecast of all of them."""
        rivals = self.rivals(target, series)
        apart = [one for one in rivals if not alike(series, one)]
        if rivals and not apart:
            raise NotAssessable("tied", place=series.place)
        parts, left = [self.ahead(series.indicator, series.place, target.year, True)], 0
        for one in apart:
            try:
                self.years_ahead(target, one)
                parts.append(self.ahead(one.indicator, one.place, target.year, True))
            except NotAssessable:
                left += 1
        if len(parts) == 1:
            raise NotAssessable("rank", place=series.place)
        events, middle = {}, 0
        for scale in LINKS:
            if not all(scale in one.by_scale for one in parts):
                continue
            each = [one.predictive(scale) for one in parts], [one.shared(scale) for one in parts]
            chances = ranks(0, *each)
            chances = chances if target.direction == "at_most" else chances[::-1]
            reached = np.cumsum(chances)
            p = reached[min(int(target.bound), len(parts)) - 1]
            events[scale] = Event(float(np.clip(p, OPEN, 1 - OPEN)), direction=target.direction)
            middle = middle or int(np.searchsorted(reached, 0.8) + 1)
        sign = 1 if target.direction == "at_most" else -1
        last = [sign * one.series.values[-1] for one in parts]
        rests = parts[0].rests() | {"among": len(parts), "left": left, "kind": self.kind_of(series.place)}
        rests["settled"] = min(one.settled for one in parts)
        rests |= {"rank": 1 + sum(value < last[0] for value in last), "tied": len(rivals) - len(apart)}
        return Chance(series, "rank", events, middle, rests=rests)

    def total(self, target: Target, series: AnnualSeries) -> Chance:
        """Return the Chance of a total of the target's year, from the final totals of earlier years."""
        table = final_figures(series)
        totals = table.loc[table["year"] < target.year, ["year", "value"]]
        if len(totals) < FEWEST_TOTALS:
            raise NotAssessable("count", n=len(totals))
        first, last = int(totals["year"].iloc[0]), int(totals["year"].iloc[-1])
        if target.year - last > LONGEST:
            raise NotAssessable("old", place=series.place, year=target.year)
        try:
            total = yearly_total(totals["value"])
        except ValueError:
            raise NotAssessable("no_trend", place=series.place) from None
        event = Event(total.probability(**{target.direction: target.bound}), direction=target.direction)
        rests = {"n": len(totals), "first": first, "last": last}
        return Chance(series, "count", {"log_odds": event}, total.level_at(_held(target)), rests=rests)

    def all_leave(self, target: Target, series: AnnualSeries, years: int) -> Chance:
        """Return the Chance that all units of a list leave in time, as fast as they did so far.

        How fast others leave does not tell it: those on a list may be helped one by one.
        """
        units = series.latest.value
        if units < 1:
            raise NotAssessable("returns", place=series.place)
        try:
            rate = exit_rate(series.years, series.values)
        except ValueError:
            raise NotAssessable("no_exits", place=series.place, n=len(series.years)) from None
        event = Event(rate.all_leave(units, years), direction=target.direction)
        need = needed_rate(units, years)
        rests: dict[str, Any] = {"years": years, "rate": 100 * rate.mean, "need": 100 * need}
        return Chance(series, "transition", {"log_odds": event}, rests=rests)


def _event(
    target: Target, ahead: Forecast | Predictive | Bounded, aim: Aim, base: int, shared: float
) -> tuple[float, float]:
    """Return the probability of what is asked, and the share that a shock to all places has in it."""
    if not callable(aim):
        bound = float(np.clip(aim, HALF_STEP, 100 - HALF_STEP))
        return ahead.probability(**{target.direction: bound}), shared
    assert isinstance(ahead, Forecast)
    return between(ahead, base, aim, target.direction)


def _held(target: Target) -> float:
    """Return the probability of a level below the one that is reached with 80 %."""
    return 0.8 if target.direction == "at_most" else 0.2
