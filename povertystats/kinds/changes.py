"""Changes between two years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from povertystats.kinds.kind import Kind, NotAssessable, Required, before, outside, unit_of_change

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.evidence import Chance, Evidence
    from povertystats.kinds.target import Target


class Change(Kind):
    """A change on the year before; a fall is negative."""

    name = "change"
    met_early = False

    def unit(self, unit: str) -> str:
        """Return points for a rate."""
        return "pp" if unit == "pct" else unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no change can be so large."""
        return outside(bound, low - high, high - low)

    def change(self, target: Target, value: float, evidence: Evidence) -> float:
        """Return the bound, wherever the indicator stands."""
        return target.bound

    def threshold(self, target: Target, evidence: Evidence) -> dict[str, float]:
        """Return the event in terms of the change from the last figure."""
        return {f"change_{target.direction}": target.bound}

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return the change between the final figures of two years."""
        value, before = (evidence.at_end(series, year) for year in (target.year, target.year - 1))
        return None if value is None or before is None else round(value - before, 6)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance as for a level; it needs the figure of the year before, and a level that can be."""
        if target.year - 1 not in series.years:
            raise NotAssessable("no_base", place=series.place, year=target.year - 1)
        evidence.years_ahead(target, series)
        if self.is_rate(target) and not 0 <= series.latest.value + target.bound <= 100:
            raise NotAssessable("impossible", place=series.place)
        return super().chance(target, series, evidence)

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return the bound itself, from the figure of the year before when that is known."""
        base = [(value, year, 1) for year, value in before(target, series) if year == target.year - 1]
        return Required(place, target.bound, unit_of_change(target), *(base[0] if base else ()))

    def level(self, target: Target, ahead: Forecast) -> float | None:
        """Return the last figure plus the bound, where that figure is of the year before."""
        return float(ahead.series.values[-1] + target.bound) if ahead.horizon == 1 else None
