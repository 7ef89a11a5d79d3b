"""What is known for a scorecard, and the chances that figures give: of a rate, of a total, of units that all leave."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from povertystats.facts.panels import FINAL, outcomes
from povertystats.files.days import of_year_end
from povertystats.forecasts.forecast import ForecastError
from povertystats.forecasts.joint import Event
from povertystats.forecasts.outlook import LONGEST, forecast
from povertystats.forecasts.peers import Peers, fit_peers
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.reference_class import Reference, comparable_changes
from povertystats.forecasts.scores import HALF_STEP, LINKS, OPEN
from povertystats.forecasts.yearly_totals import FEWEST_TOTALS, exit_rate, needed_rate, yearly_total
from povertystats.kinds.kind import NotAssessable

if TYPE_CHECKING:
    import pandas as pd

    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.kinds.target import Target

# How fast poor households leave is read off this rate, whatever households a target speaks of.
_EXITS = "poor_household_pct"


def at_end(series: AnnualSeries | None, year: int, target: Target | None = None) -> float | None:
    """Return a series' final figure of a year, or None.

    A bound ("more than 5,000") is none, but for a ``target`` that it shows to be met.
    """
    if series is None:
        return None
    table = _final(series)
    rows = table[table["year"] == year]
    if rows.empty:
        return None
    value, bound = rows["value"].item(), rows["bound"].item()
    if bound and not (target and _SHOWS.get(bound) == target.direction and target.met_by(value)):
        return None
    return value


_SHOWS = {"lower": "at_least", "from": "at_least", "upper": "at_most", "to": "at_most"}


def _final(series: AnnualSeries) -> pd.DataFrame:
    """Return a series' final figures: of a year's end, not of its spring, and not preliminary ones."""
    table = series.table
    return table[of_year_end(table["period"]) & table["status"].isin(FINAL)]


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


class Evidence:
    """What is known for a scorecard (``known``, a Facts view); every answer is worked out once.

    ``series``, ``peers`` and ``reference`` return None where there is none; ``rate``, ``total`` and ``all_leave``
    return a Chance or raise NotAssessable.
    """

    at_end = staticmethod(at_end)

    def __init__(self, known: Facts) -> None:
        self.known = known
        # The answers of this view alone, for as long as it is asked.
        self.series: Callable[..., AnnualSeries | None] = cache(self._series)
        self.peers: Callable[[str, str], Peers | None] = cache(self._peers)
        self.reference: Callable[[str, float, int], Reference | None] = cache(self._reference)
        self._panel: Callable[[str], pd.DataFrame] = cache(known.peers)

    def _series(self, indicator, place, year=None):
        """Return a place's figures; with ``year`` those that a target of that year is compared with.

        Those are of no later year, under the standard that rules the year, on its basis and, where the place had
        figures then, on the territory with which the year began; and no plans.
        """
        series = self._known(indicator, place, year)
        if series is None or year is None:
            return series
        table = series.table[(series.table["year"] <= year) & (series.table["status"] != "plan")]
        rebased = self.known.indicators.set_index("indicator")["rebased"][indicator]
        table = table[(table["year"] >= rebased) == (year >= rebased)]
        since = int(rebased) if year >= rebased else None
        return replace(series, table=table.reset_index(drop=True), since=since) if len(table) else None

    def _known(self, indicator, place, year):
        """Return a place's figures; those on the territory and under the standard of a year where there are such."""
        standard = None if year is None else self._standard(indicator, place, year)
        for territory in (None,) if year is None else (f"{year}-01-01", None):
            with suppress(LookupError):
                return self.known.series(indicator, place=place, standard=standard, territory=territory)
        return None

    def _standard(self, indicator, place, year):
        """Return the standard of a place's figures that rules a year, or None.

        Where two rule it, one that has figures before it, so that they can be compared; then the later.
        """
        table = self.known.table
        named = self.known.places.territories([self.known.places.find(place)])
        own = outcomes(table[table["place"].isin(named) & (table["indicator"] == indicator)])
        first = own[own["status"] != "plan"].groupby("standard")["year"].min()
        about = self.known.standards.set_index("standard").loc[lambda rows: rows.index.isin(first.index)]
        about = about[(about["first_year"] <= year) & ~(about["last_year"] < year)]
        before = first.reindex(about.index) < year
        about = about[before] if before.any() else about
        return None if about.empty else about["first_year"].idxmax()

    def _peers(self, indicator, scale):
        """Return the Peers of an indicator."""
        with suppress(ValueError):
            return fit_peers(self._panel(indicator), scale=scale, units="pct")
        return None

    def _reference(self, indicator, level, years):
        """Return the changes of comparable places over so many years."""
        with suppress(ValueError):
            return comparable_changes(self._panel(indicator), level, years=years, units="pct")
        return None

    def years_ahead(self, target: Target, series: AnnualSeries) -> int:
        """Return the years from the last figure to the target's, or raise NotAssessable."""
        years = target.year - int(series.years[-1])
        if years < 1:
            raise NotAssessable("current", year=target.year)
        if years > LONGEST:
            raise NotAssessable("old", place=series.place, year=target.year)
        return years

    def rate(
        self, target: Target, series: AnnualSeries, years: int, threshold: dict[str, float], change: float
    ) -> Chance:
        """Return the Chance of an event of a rate so many years ahead.

        ``threshold``: the event, as ``Predictive.probability`` takes it; a level of 0 or 100 is one that rounds to
        it: rates are published to one decimal. ``change``: the change from the last figure that suffices, in points.
        """
        threshold = {
            name: value if name.startswith("change") else min(max(value, HALF_STEP), 100 - HALF_STEP)
            for name, value in threshold.items()
        }
        level = series.latest.value
        reference = self.reference(series.indicator, level, years)
        ahead, own = {}, {}
        for scale in LINKS:
            with suppress(ForecastError):
                own[scale] = forecast(series, horizon=years, scale=scale).probability(**threshold)
            try:
                ahead[scale] = self._outlook(series, years, scale, reference)
            except ForecastError as error:
                if scale == "log_odds":
                    reason = "few" if "too_few" in error.reasons else "no_trend"
                    raise NotAssessable(reason, n=len(series.years), place=series.place) from None
        shock = (target.direction, series.basis)
        events = {
            scale: Event(np.clip(predictive.probability(**threshold), OPEN, 1 - OPEN), shared, *shock)
            for scale, (_, predictive, shared) in ahead.items()
        }
        method, predictive, _ = ahead["log_odds"]
        peers = self.peers(series.indicator, "log_odds") if method == "pooled" else None
        rests = {"place": series.place, "figures": len(series.years), "years": years}
        rests["peers"] = peers.used if peers else 0
        comparable = None
        if reference is not None:
            comparable = (reference.share(**{target.direction: round(change, 6)}), reference.n)
            starts = reference.table["start"]
            rests |= {"n": reference.n, "places": reference.places, "origins": len(reference.origins)}
            rests |= {"low": starts.min(), "high": starts.max(), "middle": starts.median()}
        return Chance(series, method, events, predictive.level_at(_held(target)), own, comparable, rests)

    def _outlook(
        self, series: AnnualSeries, years: int, scale: str, reference: Reference | None
    ) -> tuple[str, Predictive, float]:
        """Return method, Predictive and shared share of a rate so many years ahead; raise ForecastError."""
        if len(series.years) == 1 and reference is not None:
            return "reference", reference.predictive(scale=scale), 0.0
        peers = self.peers(series.indicator, scale)
        ahead = forecast(series, horizon=years, scale=scale, peers=peers)
        return ("pooled", ahead.predictive, ahead.shared[-1]) if peers else ("own", ahead.predictive, 0.0)

    def total(self, target: Target, series: AnnualSeries) -> Chance:
        """Return the Chance of a total of the target's year, from the final totals of earlier years."""
        table = _final(series)
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
        """Return the Chance that so many units all leave in time, as fast as poor households do."""
        units, falling = series.latest.value, self.series(_EXITS, series.place, target.year)
        if units < 1:
            raise NotAssessable("returns", place=series.place)
        if falling is None:
            raise NotAssessable("no_exits", place=series.place)
        try:
            rate = exit_rate(falling.years, falling.values)
        except ValueError:
            raise NotAssessable("no_exits", place=series.place) from None
        event = Event(rate.all_leave(units, years), direction=target.direction)
        rests = {"years": years, "rate": 100 * rate.mean, "need": 100 * needed_rate(units, years)}
        return Chance(series, "transition", {"log_odds": event}, rests=rests)


def _held(target: Target) -> float:
    """Return the probability of a level below the one that is reached with 80 %."""
    return 0.8 if target.direction == "at_most" else 0.2
