"""The rank of a place among those of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from povertystats.kinds.kind import Kind, NotAssessable

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.kinds.evidence import Chance, Evidence
    from povertystats.kinds.target import Target


class Rank(Kind):
    """A rank of so many at most: the first is the lowest rate where less is better (at_most), else the highest.

    It is one among the places of the same kind under the place that set the target; where that is the place itself,
    among its sisters. Places that are equal have the better rank both.
    """

    name = "rank"
    of_means = False

    def unit(self, unit: str) -> str:
        """Return that it is a rank."""
        return "rank"

    level_unit = unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that a rank is a whole number."""
        return "" if bound >= 1 and bound == int(bound) else "a rank: expected a whole number, 1 or more"

    def met(self, target: Target, value: float) -> bool:
        """Say whether a rank is good enough, whichever end is the first."""
        return value <= target.bound

    def aim(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float:
        """Return the value that would have the rank among the latest figures of the others."""
        high = target.direction == "at_least"
        values = (one.values[one.years < target.year] for one in evidence.rivals(target, series))
        latest = sorted((float(known[-1]) for known in values if len(known)), reverse=high)
        own = float(series.values[-1])
        return latest[int(target.bound) - 1] if len(latest) >= target.bound else own

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return the rank by the final figures of the year, as soon as those that are not known cannot change the answer."""
        own = evidence.at_end(series, target.year)
        others = [evidence.at_end(one, target.year) for one in evidence.rivals(target, series)]
        if own is None:
            return None
        sign = 1 if target.direction == "at_most" else -1
        rank = 1 + sum(sign * value < sign * own for value in others if value is not None)
        unknown = others.count(None)
        return None if self.met(target, rank) and not self.met(target, rank + unknown) else float(rank)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance by the joint forecast of all of these places."""
        evidence.years_ahead(target, series)
        if not self.is_rate(target):
            raise NotAssessable("unit")
        return evidence.rank(target, series)
