"""Changes between two years: on the year before, since a base year, a year on average, in per cent of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from povertystats.kinds.kind import Kind, NotAssessable, Required, before, outside, unit_of_change

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries, Observed
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.evidence import Chance, Evidence
    from povertystats.kinds.target import Target


class ChangeSince(Kind):
    """A change since the figure of a base year; a fall is negative.

    Where that figure is not known but lies ahead itself, both years are forecast, on one path.
    """

    name = "change_since"
    has_base = True

    def unit(self, unit: str) -> str:
        """Return points for a rate."""
        return "pp" if unit == "pct" else unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no change can be so large."""
        return outside(bound, low - high, high - low)

    def since(self, target: Target) -> int:
        """Return the base year."""
        return int(target.base_year or 0)

    def told(self, target: Target, base: float, value: float) -> float:
        """Return what the bound is compared with, of the figures of two years."""
        return value - base

    def reached_at(self, target: Target, base: np.ndarray) -> np.ndarray:
        """Return the value that just reaches the bound from that of the base year."""
        return base + target.bound

    def aim(self, target: Target, series: AnnualSeries | Observed, evidence: Evidence | None) -> float | None:
        """Return that value from the figure of the base year, or None where there is none."""
        base = series.values[series.years == self.since(target)]
        return float(self.reached_at(target, base)[0]) if len(base) else None

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return the change between the final figures of two years."""
        value, base = (evidence.at_end(series, year) for year in (target.year, self.since(target)))
        return None if value is None or base is None else round(self.told(target, base, value), 6)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance as for a level, or of the change between two years ahead."""
        since = self.since(target)
        ahead = since - int(series.years[-1])
        if since not in series.years and (ahead < 1 or not self.is_rate(target)):
            raise NotAssessable("no_base", place=series.place, year=since)
        evidence.years_ahead(target, series)
        if not self.is_rate(target):
            raise NotAssessable("unit")
        if ahead > 0:
            return evidence.rate(target, series, lambda base: self.reached_at(target, base), base=ahead)
        aim = self.aim(target, series, evidence)
        if aim is not None and (aim < 0 if target.direction == "at_most" else aim > 100):
            raise NotAssessable("impossible", place=series.place)
        return super().chance(target, series, evidence)

    def level(self, target: Target, ahead: Forecast) -> float | None:
        """Return the value that just reaches the bound, where the figure of the base year is known."""
        return self.aim(target, ahead.series, None)


class Change(ChangeSince):
    """A change on the year before; a fall is negative."""

    name = "change"
    has_base = met_early = False

    def since(self, target: Target) -> int:
        """Return the year before."""
        return target.year - 1

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return the bound itself, from the figure of the year before when that is known."""
        base = [(value, year, 1) for year, value in before(target, series) if year == target.year - 1]
        return Required(place, target.bound, unit_of_change(target), *(base[0] if base else ()))


class PerYear(ChangeSince):
    """A change a year on average, from a base year to the target's; a fall is negative."""

    name = "per_year"

    def told(self, target: Target, base: float, value: float) -> float:
        """Return the mean change a year."""
        return (value - base) / (target.year - self.since(target))

    def reached_at(self, target: Target, base: np.ndarray) -> np.ndarray:
        """Return the value of so many such steps."""
        return base + target.bound * (target.year - self.since(target))


class Relative(ChangeSince):
    """A change since a base year in per cent of its figure: a fall by a third is one of -33.3."""

    name = "relative"

    def unit(self, unit: str) -> str:
        """Return per cent, whatever the indicator is counted in."""
        return "pct"

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that nothing falls by more than all of it."""
        return outside(bound, -100 if low >= 0 else -np.inf, np.inf)

    def told(self, target: Target, base: float, value: float) -> float:
        """Return the change in per cent of the base."""
        return 100 * (value / base - 1)

    def aim(self, target: Target, series: AnnualSeries | Observed, evidence: Evidence | None) -> float | None:
        """Return that part of the base; None of nothing, of which there are no per cents."""
        return super().aim(target, series, evidence) if self._base(target, series) != 0 else None

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return the change between the final figures of two years; raises NotAssessable for a base of 0."""
        if self._base(target, series) == 0:
            raise NotAssessable("base_of_0", place=series.place, year=self.since(target))
        return super().final(target, series, evidence)

    def _base(self, target: Target, series: AnnualSeries | Observed) -> float | None:
        base = series.values[series.years == self.since(target)]
        return float(base[0]) if len(base) else None

    def reached_at(self, target: Target, base: np.ndarray) -> np.ndarray:
        """Return that part of the base which is left, or what it grew to."""
        return base * (1 + target.bound / 100)
