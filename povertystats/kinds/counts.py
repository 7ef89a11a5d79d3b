"""Totals of a year, and units of which none may remain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from povertystats.kinds.kind import Kind, Required, outside, unit_of_change

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.kinds.evidence import Chance, Evidence
    from povertystats.kinds.target import Target


class Count(Kind):
    """A total over the year, which starts from nothing."""

    name = "count"
    signed = of_rates = of_means = met_early = False
    without_figure = "count_none"

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no value can be so low or high."""
        return outside(bound, low, high)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance from the totals of earlier years."""
        return evidence.total(target, series)

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return the bound itself."""
        return Required(place, target.bound, unit_of_change(target))


class AllOf(Kind):
    """None may remain of so many units."""

    name = "all_of"
    of_rates = of_means = False

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that only a bound of none at most says so."""
        return "" if bound == 0 and direction == "at_most" else "none may remain: expected 0, at_most"

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance that every unit leaves in time."""
        return evidence.all_leave(target, series, evidence.years_ahead(target, series))
