"""The verdict on one target: its probability and what it rests on, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.forecasts.forecast import FEWEST, Forecast
from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.forecasts.national_years import KINDS, NationalYears, national_years
from povertystats.kinds.evidence import Chance, Evidence
from povertystats.kinds.kind import NotAssessable
from povertystats.kinds.target import Target
from povertystats.records.baselines import eurostat_category
from povertystats.words.errors import InvalidValue

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries

# Two scales that differ by so many per cents are both told, neither alone.
WIDE = 10


@dataclass(frozen=True, eq=False)
class Assessment:
    """How a target stands: ``verdict``, and one Chance a place or the ``reason`` why there is none.

    ``series``: the figures of each place (None: no figure); ``proxy``: the chances are those of the nearest
    indicator with figures; ``by_year``: the probability by kind of year, or None where nothing is known that the forecast
    shares with other places.
    """

    target: Target
    series: tuple[AnnualSeries | None, ...]
    verdict: str
    grade: str
    chances: tuple[Chance, ...] = ()
    proxy: bool = False
    reason: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    by_year: NationalYears | None = None

    @property
    def method(self) -> str:
        """How the probability was reached: that of its places, "proxy", or "" without one."""
        return "proxy" if self.stands_in else self.chances[0].method if self.chances else ""

    @property
    def stands_in(self) -> bool:
        """Whether another measure stands in: the nearest indicator, or changes that only that of others can tell."""
        return self.proxy or any("borrowed" in chance.rests for chance in self.chances)

    def events(self, scale: str = "log_odds") -> list[Event]:
        """Return the event of each place on a scale; none when a place lacks it."""
        events = [chance.events[scale] for chance in self.chances if scale in chance.events]
        return events if len(events) == len(self.chances) else []

    def probability(self, scale: str = "log_odds") -> float | None:
        """Return the probability that all places reach the target, or None."""
        events = self.events(scale)
        return probability_of_all(events) if events else None

    def own(self, scale: str) -> float | None:
        """Return the probability by the own drift of the only place, or None."""
        return self.chances[0].own.get(scale) if len(self.chances) == 1 else None

    @property
    def weakest(self) -> Chance | None:
        """The chance of the place that holds the target back, or None."""
        return min(self.chances, key=lambda chance: chance.events["log_odds"].probability, default=None)

    @property
    def figures(self) -> tuple[AnnualSeries, ...]:
        """The figures that the verdict looks at, one series a place: those of the proxy where that stands in."""
        of_chances = tuple(chance.series for chance in self.chances)
        return of_chances or tuple(series for series in self.series if series is not None)

    @property
    def known(self) -> bool:
        """Whether its outcome is known."""
        return self.verdict in ("met", "missed")

    @property
    def of_year(self) -> tuple[tuple[AnnualSeries, Any], ...]:
        """The figures of the target's year: (series, row of its table) of each place that has one."""
        own = (series for series in self.series if series is not None)
        rows = ((one, row) for one in own for row in one.table.itertuples(index=False))
        return tuple((one, row) for one, row in rows if row.year == self.target.year)


def assess(target: Target, evidence: Evidence) -> Assessment:
    """Return the Assessment of ``target`` from ``evidence``.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> first = assess(ps.load_targets(known, place="Bắc Kạn")[0], Evidence(known))
    >>> first.verdict, first.method, 0.5 < first.probability() < 0.8
    ('probable', 'pooled', True)
    """
    series: tuple[AnnualSeries | None, ...] = (None,)
    try:
        series = evidence.subjects(target)
        came = outcome(target, series, evidence)
    except NotAssessable as why:
        worst = max(grade(one, target.year) for one in series)
        return Assessment(target, series, "not_assessable", worst, reason=why.reason, values=why.values)
    worst = max(grade(one, target.year) for one in series)
    if came:
        return Assessment(target, series, came, worst)
    if (cutoff := evidence.known.cutoff) is None or cutoff.year > target.year:
        values = {"year": target.year}
        return Assessment(target, series, "not_assessable", worst, reason="no_outcome", values=values)
    rules = target.rules
    met = all(
        one is not None and rules.met_already(target, one.latest.value, rules.aim(target, one, evidence))
        for one in series
    )
    used, proxy = series, False
    try:
        if None in series and target.proxy_indicator:
            nearest = evidence.subjects(target, target.proxy_indicator)
            used, proxy = (series, False) if None in nearest else (nearest, True)
        chances = tuple(_chance(target, one, evidence) for one in used)
    except NotAssessable as why:
        verdict = "already_met" if met else "not_assessable"
        return Assessment(target, series, verdict, worst, reason=why.reason, values=why.values)
    verdict = "already_met" if met else "probable"
    by_year = _by_year(target, chances, evidence)
    return Assessment(target, series, verdict, worst, chances, proxy, by_year=by_year)


def _by_year(
    target: Target, chances: Sequence[Chance], evidence: Evidence, scale: str = "log_odds"
) -> NationalYears | None:
    """Return how chances hang together on what kind of year all places have; None where they share nothing.

    With those on the scale of points where they differ so much that, not being settled, neither is told alone.
    """
    # The worst year is told of forecasts of one path from a known figure.
    alone = [one for one in chances if one.method == "pooled" and not {"base", "averaged"} & set(one.rests)]
    which = [(one.series.indicator, one.series.place, target.year, True) for one in alone]
    paths = [evidence.ahead(*path).by_scale.get(scale) for path in which]
    ahead = [path for path in paths if isinstance(path, Forecast)]
    events = [chance.events[scale] for chance in chances if scale in chance.events]
    years = range(target.year + 1 - max(chance.rests.get("years", 1) for chance in chances), target.year + 1)
    try:
        found = national_years(events, years, ahead=ahead, group=chances[0].rests.get("group"))
    except InvalidValue:
        return None
    open_still = scale == "log_odds" and not all(one.told[-1] for one in chances)
    in_points = _by_year(target, chances, evidence, "points") if open_still else None
    apart = differ(found.probability, in_points.probability) if in_points else 0
    return replace(found, in_points=in_points) if apart >= WIDE else found


def _chance(target: Target, series: AnnualSeries | None, evidence: Evidence) -> Chance:
    if series is None:
        raise NotAssessable(target.rules.without_figure)
    return target.rules.chance(target, series, evidence)


def grade(series: AnnualSeries | None, year: int) -> str:
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


def outcome(target: Target, figures: tuple[AnnualSeries | None, ...], evidence: Evidence) -> str | None:
    """Return "missed" as soon as one place is known to miss, "met" when all are known to reach, else None."""
    values = [None if one is None else target.rules.final(target, one, evidence) for one in figures]
    met = {None if value is None else target.met_by(value) for value in values}
    if False in met:
        return "missed"
    return None if None in met else "met"


def together(assessments: Iterable[Assessment]) -> float:
    """Return the probability that all of several targets are reached, on the log-odds scale."""
    return probability_of_all([event for found in assessments for event in found.events()])


def differ(p: float, points: float | None) -> int:
    """Return by how many per cents, as they are told, the two scales differ; 0 where there is one."""
    return 0 if pd.isna(p) or points is None or pd.isna(points) else abs(round(100 * p) - round(100 * points))


def eurostat_label(series: AnnualSeries, target: Target, evidence: Evidence) -> str:
    """Return Eurostat's category of progress of a rate, from the first own figure to the target's year.

    ``baselines.eurostat_category``; "" where it has no meaning: fewer than two figures, zeros, or a target that
    the first figure already met.
    """
    values, years = series.values, series.years
    level = target.rules.aim(target, series, evidence)
    if level is None:
        return ""
    rise = level - values[0] if target.direction == "at_least" else values[0] - level
    if len(values) < 2 or min(values[0], values[-1], level) <= 0 or rise <= 0:
        return ""
    return eurostat_category(values[0], values[-1], level, years[-1] - years[0], target.year - years[0])


def as_table(assessments: Sequence[Assessment], evidence: Evidence) -> pd.DataFrame:
    """Return one row an Assessment, as ``Scorecard.table`` has it."""
    rows = [_row(found, evidence) for found in assessments]
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    typed = {name: pd.array(columns[name], dtype="Int64") for name in _WHOLE}
    typed |= {name: np.array(columns[name], dtype=float) for name in _NUMBERS}
    return pd.DataFrame(columns | typed)


_COLUMNS = [
    *("target", "reading", "places", "indicator", "kind", "direction", "bound", "unit", "year"),
    *("latest_value", "latest_year", "latest_period", "latest_status"),
    *("required_change", "required_unit", "required_per_year", "usual_pace"),
    *("verdict", "method", "probability", "probability_points", "settled", "own", "own_points"),
    *("good_year", "ordinary_year", "bad_year", "shared"),
    *("comparable", "comparable_n", "level80", "label_eurostat", "reason", "grade"),
]
_WHOLE = ("latest_year", "comparable_n", "settled")
_NUMBERS = (
    *("bound", "latest_value", "required_change", "required_per_year", "usual_pace"),
    *("probability", "probability_points", "own", "own_points", "comparable", "level80"),
    *("good_year", "ordinary_year", "bad_year", "shared"),
)


def _row(found: Assessment, evidence: Evidence) -> dict[str, Any]:
    target, figures, weakest, rules = found.target, found.figures, found.weakest, found.target.rules
    if found.known:
        figures = tuple(one for one, _ in found.of_year if _decided(found, one, evidence))
    # Of several places, the one to look at is the one that holds the target back.
    by_level = sorted(figures, key=lambda one: one.latest.value, reverse=target.direction == "at_most")
    at = weakest.series if weakest else by_level[0] if by_level else None
    last = None if at is None else at.latest
    asked = zip(target.subjects, found.series, strict=True)
    required = next(
        rules.required(target, place, one, evidence)
        for place, one in asked
        if at is None or place == at.place
    )
    change, per_year = required.change, required.per_year
    if found.proxy and at is not None and last is not None:
        aim = rules.aim(target, at, evidence)
        change = None if aim is None else aim - last.value
        per_year = None if change is None else change / (target.year - last.year)
    paces = [_pace(one) for one in figures if rules.signed]
    label = rules.is_rate(target) and len(found.chances) == 1 and found.verdict == "probable"
    share, n = weakest.comparable if weakest and weakest.comparable else (None, None)
    return {
        **{name: getattr(target, name) for name in ("target", "reading", "indicator", "kind", "direction")},
        **{name: getattr(target, name) for name in ("bound", "unit", "year")},
        "places": "; ".join(target.places),
        "latest_value": None if last is None else last.value,
        "latest_year": None if last is None else last.year,
        "latest_period": "" if last is None else last.period,
        "latest_status": "" if last is None else last.status,
        "required_change": change,
        "required_unit": required.unit,
        "required_per_year": per_year,
        "usual_pace": paces[0] if len(paces) == 1 else None,
        "verdict": found.verdict,
        "method": found.method,
        "probability": found.probability(),
        "probability_points": found.probability("points"),
        "settled": min((one.told[-1] for one in found.chances), default=0),
        "own": found.own("log_odds"),
        "own_points": found.own("points"),
        **{f"{kind}_year": None if found.by_year is None else found.by_year.chance(kind) for kind in KINDS},
        "shared": None if found.by_year is None else found.by_year.shared,
        "comparable": share,
        "comparable_n": n,
        "level80": weakest.level80 if weakest else None,
        "label_eurostat": eurostat_label(at, target, evidence) if label and at else "",
        "reason": found.reason,
        "grade": found.grade,
    }


def _decided(found: Assessment, series: AnnualSeries, evidence: Evidence) -> bool:
    """Say whether a place's final figure is one of those that decided a known outcome: one that missed, or any."""
    value = found.target.rules.final(found.target, series, evidence)
    return value is not None and found.target.met_by(value) == (found.verdict == "met")


def _pace(series: AnnualSeries) -> float | None:
    years, values = series.years, series.values
    return (values[-1] - values[0]) / (years[-1] - years[0]) if len(years) > 1 else None
