"""The verdict on one target: its probability and what it rests on, or the reason why there is none."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from povertystats.forecasts.forecast import FEWEST, LONGEST, ForecastError, forecast
from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.predictive import LINKS, OPEN
from povertystats.forecasts.reference_class import comparable_changes
from povertystats.forecasts.yearly_totals import FEWEST_TOTALS, exit_rate, needed_rate, yearly_total
from povertystats.targets.targets import Target

# How fast poor households leave is read off this rate, whatever households a target speaks of.
_EXITS = "poor_household_pct"
# Ratio of actual to required growth from which Eurostat's categories hold.
_EUROSTAT = ((0.95, "on_track"), (0.60, "too_slow"), (0.0, "limited"), (-np.inf, "away"))


class Evidence:
    """What is known for a scorecard (``known``, a Facts view); every answer is worked out once.

    ``series(indicator, place)``, ``peers(indicator, scale)`` and ``reference(indicator, level, years)``
    return None where there is none.
    """

    def __init__(self, known):
        self.known = known
        self.series, self.peers, self.reference = map(cache, (self._series, self._peers, self._reference))
        self._panel = cache(known.peers)

    def _series(self, indicator, place):
        """Return a place's figures, or None."""
        with suppress(LookupError):
            return self.known.series(indicator, place=place)
        return None

    def _peers(self, indicator, scale):
        """Return the Peers of an indicator, or None when there are too few."""
        with suppress(ValueError):
            return fit_peers(self._panel(indicator), scale=scale)
        return None

    def _reference(self, indicator, level, years):
        """Return the changes of comparable places over so many years, or None when they are too few."""
        with suppress(ValueError):
            return comparable_changes(self._panel(indicator), level, years=years)
        return None


@dataclass(frozen=True, eq=False)
class Chance:
    """One place's chance of reaching a target.

    ``method``: "pooled" (own figures and peers), "reference" (one figure and the changes of like places), "own"
    (own drift), "count", "transition". ``events``: an Event by scale, ``level80``: the level reached with 80 %
    probability, ``own``: the own drift's probability by scale, ``comparable``: (share, n) of comparable
    changes that suffice, ``rests``: what its sentence needs.
    """

    series: object
    method: str
    events: dict
    level80: float | None = None
    own: dict = field(default_factory=dict)
    comparable: tuple[float, int] | None = None
    rests: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Assessment:
    """How a target stands: ``verdict``, and one Chance a place or the ``reason`` why there is none.

    ``series``: the figures of each place (None: no figure); ``proxy``: the chances are those of the nearest
    indicator with figures.
    """

    target: Target
    series: tuple
    verdict: str
    grade: str
    chances: tuple[Chance, ...] = ()
    proxy: bool = False
    reason: str = ""
    values: dict = field(default_factory=dict)

    @property
    def method(self):
        """How the probability was reached: that of its places, "proxy", or "" without one."""
        return "proxy" if self.proxy else self.chances[0].method if self.chances else ""

    def events(self, scale="log_odds"):
        """Return the event of each place on a scale; none when a place lacks it."""
        found = [chance.events.get(scale) for chance in self.chances]
        return [] if None in found else found

    def probability(self, scale="log_odds"):
        """Return the probability that all places reach the target, or None."""
        events = self.events(scale)
        return probability_of_all(events) if events else None

    def own(self, scale):
        """Return the probability by the own drift of the only place, or None."""
        return self.chances[0].own.get(scale) if len(self.chances) == 1 else None

    @property
    def weakest(self):
        """The chance of the place that holds the target back, or None."""
        return min(self.chances, key=lambda chance: chance.events["log_odds"].probability, default=None)

    @property
    def figures(self):
        """The figures that the verdict looks at, one series a place: those of the proxy where that stands in."""
        of_chances = tuple(chance.series for chance in self.chances)
        return of_chances or tuple(series for series in self.series if series is not None)


class _Unknown(Exception):
    """Why a target has no probability: a reason of the sentences and its values."""

    def __init__(self, reason, **values):
        super().__init__(reason)
        self.reason, self.values = reason, values


def assess(target, evidence):
    """Return the Assessment of ``target`` from ``evidence``.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> found = assess(ps.load_targets(known, place="Bắc Kạn")[0], Evidence(known))
    >>> found.verdict, found.method, 0.5 < found.probability() < 0.8
    ('probable', 'pooled', True)
    """
    series = tuple(evidence.series(target.indicator, place) for place in target.places)
    grade_of_all = max(grade(one, target.year) for one in series)
    verdict = outcome(target, series)
    if verdict:
        return Assessment(target, series, verdict, grade_of_all)
    cutoff = evidence.known.cutoff
    if cutoff is None or cutoff.year > target.year:
        values = {"year": target.year}
        return Assessment(target, series, "not_assessable", grade_of_all, reason="no_outcome", values=values)
    met = target.kind in ("level", "all_of") and None not in series
    met = met and all(target.met_by(one.latest.value) for one in series)
    used, proxy = series, False
    if None in series and target.proxy_indicator:
        nearest = tuple(evidence.series(target.proxy_indicator, place) for place in target.places)
        used, proxy = (series, False) if None in nearest else (nearest, True)
    try:
        chances = tuple(
            _chance(target, one, place, evidence) for place, one in zip(target.places, used, strict=True)
        )
    except _Unknown as why:
        verdict = "already_met" if met else "not_assessable"
        return Assessment(target, series, verdict, grade_of_all, reason=why.reason, values=why.values)
    return Assessment(target, series, "already_met" if met else "probable", grade_of_all, chances, proxy)


def grade(series, year):
    """Return the quality of the evidence for a target of ``year``: A, B, C or D.

    A: at least five annual figures by one instrument and standard, up to the year before. B: three or four, or
    more that end earlier. C: one or two. D: none of the indicator itself (``series`` is None).
    """
    if series is None:
        return "D"
    n = len(series.years)
    if n >= 5 and series.years[-1] >= year - 1:
        return "A"
    return "B" if n >= FEWEST else "C"


def outcome(target, all_series):
    """Return "missed" as soon as one place is known to miss, "met" when all are known to reach, else None."""
    met = set()
    for series in all_series:
        value = at_end(series, target.year)
        if value is not None and target.kind == "change":
            before = at_end(series, target.year - 1)
            value = None if before is None else round(value - before, 6)
        met.add(None if value is None else target.met_by(value))
    if False in met:
        return "missed"
    return None if None in met else "met"


def eurostat_label(series, target):
    """Return Eurostat's category of progress of a rate, from the first own figure to the target's year.

    Ratio of the actual compound growth a year to the required one, both from the first figure: "on_track"
    (.95 or more), "too_slow" (.60-.95), "limited" (0-.60), "away" (below 0); "" where it has no meaning: fewer
    than two figures, zeros, or a target that the first figure already met.

    Source: Eurostat, Sustainable development in the European Union: monitoring report, annex on methods.
    """
    values, years = series.values, series.years
    level = values[-1] + target.change_from(values[-1])
    rise = level - values[0] if target.direction == "at_least" else values[0] - level
    if len(values) < 2 or min(values[0], values[-1], level) <= 0 or rise <= 0:
        return ""
    actual = (values[-1] / values[0]) ** (1 / (years[-1] - years[0])) - 1
    required = (level / values[0]) ** (1 / (target.year - years[0])) - 1
    return next(label for least, label in _EUROSTAT if actual / required >= least)


def _final(series):
    """Return a series' final figures: of a year's end, not of its spring, and not preliminary ones."""
    table = series.table
    of_end = table["period"].str[5:7].isin(["", "11", "12"])
    return table[of_end & table["status"].isin(["official", "derived"])]


def at_end(series, year):
    """Return a series' final figure of a year, or None."""
    if series is None:
        return None
    table = _final(series)
    found = table.loc[table["year"] == year, "value"]
    return found.item() if len(found) else None


def _chance(target, series, place, evidence):
    """Return the Chance of one place, or raise _Unknown."""
    if series is None:
        raise _Unknown("count_none" if target.kind == "count" else "no_figure")
    if target.kind == "count":
        return _count(target, series)
    if target.kind == "change" and target.year - 1 not in series.years:
        raise _Unknown("no_base", place=place, year=target.year - 1)
    years = target.year - int(series.years[-1])
    if years < 1:
        raise _Unknown("current", year=target.year)
    if years > LONGEST:
        raise _Unknown("old", place=place, year=target.year)
    if target.kind == "all_of":
        return _all_leave(target, series, years, evidence)
    if not target.is_rate:
        raise _Unknown("no_trend", place=place)
    if target.kind == "change" and not 0 <= series.latest.value + target.bound <= 100:
        raise _Unknown("impossible", place=place)
    return _rate(target, series, years, evidence)


def _rate(target, series, years, evidence):
    level, threshold = series.latest.value, target.threshold
    reference = evidence.reference(series.indicator, level, years)
    found, own = {}, {}
    for scale in LINKS:
        with suppress(ForecastError):
            own[scale] = forecast(series, horizon=years, scale=scale).probability(**threshold)
        try:
            found[scale] = _outlook(series, years, scale, reference, evidence)
        except ForecastError as error:
            if scale == "log_odds":
                reason = "few" if "too_few" in error.reasons else "no_trend"
                raise _Unknown(reason, n=len(series.years), place=series.place) from None
    shock = (target.direction, series.basis)
    events = {
        scale: Event(np.clip(predictive.probability(**threshold), OPEN, 1 - OPEN), shared, *shock)
        for scale, (_, predictive, shared) in found.items()
    }
    method, predictive, _ = found["log_odds"]
    peers = evidence.peers(series.indicator, "log_odds").used if method == "pooled" else 0
    rests = {"place": series.place, "figures": len(series.years), "years": years, "peers": peers}
    comparable = None
    if reference is not None:
        needed = round(target.change_from(level), 6)
        comparable = (reference.share(**{target.direction: needed}), reference.n)
        starts = reference.table["start"]
        rests |= {"n": reference.n, "places": reference.places, "origins": len(reference.origins)}
        rests |= {"low": starts.min(), "high": starts.max(), "middle": starts.median()}
    level80 = predictive.level_at(_held(target))
    return Chance(series, method, events, level80, own, comparable, rests)


def _outlook(series, years, scale, reference, evidence):
    """Return method, Predictive and shared share of a rate so many years ahead; raise ForecastError."""
    if len(series.years) == 1 and reference is not None:
        return "reference", reference.predictive(scale=scale), 0.0
    peers = evidence.peers(series.indicator, scale)
    ahead = forecast(series, horizon=years, scale=scale, peers=peers)
    return ("pooled", ahead.predictive, ahead.shared[-1]) if peers else ("own", ahead.predictive, 0.0)


def _held(target):
    """Return the probability of a level below the one that is reached with 80 %."""
    return 0.8 if target.direction == "at_most" else 0.2


def _count(target, series):
    table = _final(series)
    totals = table.loc[table["year"] < target.year, ["year", "value"]]
    if len(totals) < FEWEST_TOTALS:
        raise _Unknown("count", n=len(totals))
    first, last = int(totals["year"].iloc[0]), int(totals["year"].iloc[-1])
    if target.year - last > LONGEST:
        raise _Unknown("old", place=series.place, year=target.year)
    try:
        total = yearly_total(totals["value"])
    except ValueError:
        raise _Unknown("no_trend", place=series.place) from None
    event = Event(total.probability(**{target.direction: target.bound}), direction=target.direction)
    level80 = total.level_at(_held(target))
    rests = {"n": len(totals), "first": first, "last": last}
    return Chance(series, "count", {"log_odds": event}, level80, rests=rests)


def _all_leave(target, series, years, evidence):
    units, falling = series.latest.value, evidence.series(_EXITS, series.place)
    if units < 1:
        raise _Unknown("returns", place=series.place)
    if falling is None:
        raise _Unknown("no_exits", place=series.place)
    try:
        rate = exit_rate(falling.years, falling.values)
    except ValueError:
        raise _Unknown("no_exits", place=series.place) from None
    event = Event(rate.all_leave(units, years), direction=target.direction)
    rests = {"years": years, "rate": 100 * rate.mean, "need": 100 * needed_rate(units, years)}
    return Chance(series, "transition", {"log_odds": event}, rests=rests)
