"""The kinds of target, one object each: what it asks of a place, when it is met, its chance, its words and cells.

Nobody else asks of what kind a target is. A new kind is a class with what differs from ``Kind``, registered, in one
module, and the sentence ``brief.goal.NAME`` where it asks for a fixed level of a rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from povertystats.words.errors import PovertyStatsError
from povertystats.words.result import Result
from povertystats.words.wording import quantity, say

if TYPE_CHECKING:
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.evidence import Chance, Evidence
    from povertystats.targets.targets import Target

KINDS: dict[str, Kind] = {}

# Why a target has no probability, with the values that its sentence tells: a new reason is a line here and the
# sentence scorecard.reason.NAME.
REASONS: dict[str, tuple[str, ...]] = {
    "no_outcome": ("year",),
    "no_figure": (),
    "few": ("n", "place"),
    "impossible": ("place",),
    "no_base": ("place", "year"),
    "old": ("place", "year"),
    "current": ("year",),
    "no_trend": ("place",),
    "count": ("n",),
    "count_none": (),
    "no_exits": ("place",),
    "returns": ("place",),
}


class NotAssessable(PovertyStatsError):
    """A target without a probability, for one of ``REASONS``."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        self.values = {name: values[name] for name in REASONS[reason]}
        super().__init__(f"{reason}: {self.values}")


@dataclass(frozen=True, repr=False)
class Required(Result):
    """What a target asks of one place.

    Parameters
    ----------
    place : str
        The place.
    change : float or None
        Later minus earlier, in ``unit`` (a fall is negative); for a count the total to reach. None without a figure.
    unit : str
        The unit of the change: "pp" (percentage points) for rates.
    baseline : float or None
        The last figure before the year of the target, from which the change counts.
    baseline_year : int or None
        The year of the baseline.
    years : int or None
        The years left from the baseline to the target.
    reached : bool
        Whether the baseline meets the target already, so that nothing is required.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.Required("Bắc Kạn", 5.0, "pp", 40.0, 2018, 2).per_year
    2.5
    """

    place: str
    change: float | None
    unit: str
    baseline: float | None = None
    baseline_year: int | None = None
    years: int | None = None
    reached: bool = False

    def _sentence(self) -> str:
        since = "" if self.baseline is None else f" from {self.baseline:g} in {self.baseline_year}"
        asked = "no figure to change from" if self.change is None else f"{self.change:+g} {self.unit}{since}"
        return f"Required of {self.place}: {asked}"

    @property
    def per_year(self) -> float | None:
        """The change a year, in ``unit``; None when it cannot be said."""
        return self.change / self.years if self.change is not None and self.years else None


class Kind:
    """A kind of target: what all have in common, for a value of the indicator that is to reach the bound."""

    name = ""
    # Whether what is required is a change, shown with its sign, beside the mean change a year so far.
    signed = True
    # Whether it speaks of a rate in percent, or of its change in points, where its unit is such.
    of_rates = True
    # Whether a figure of an earlier year can meet it already.
    met_early = True
    # The reason why there is no probability where the indicator has no figure.
    without_figure = "no_figure"

    def unit(self, unit: str) -> str:
        """Return the unit of the bound where the indicator is in ``unit``."""
        return unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return what is wrong with a bound where the indicator lies in ``low`` to ``high`` (NaN: no end), or ""."""
        return ""

    def is_rate(self, target: Target) -> bool:
        """Say whether the target speaks of a rate in percent, or of its change in points."""
        return self.of_rates and target.unit in ("pct", "pp")

    def change(self, target: Target, value: float, evidence: Evidence) -> float:
        """Return the change that is asked of an indicator that stands at ``value``."""
        return target.bound - value

    def threshold(self, target: Target, evidence: Evidence) -> dict[str, float]:
        """Return the event that a forecast is asked for, as ``Predictive.probability`` takes it."""
        return {target.direction: target.bound}

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return what the bound is compared with, by the final figures of the target's year; None where unknown."""
        return evidence.at_end(series, target.year, target)

    def met_already(self, target: Target, value: float, evidence: Evidence) -> bool:
        """Say whether a figure before the target's year reaches it."""
        return self.met_early and target.met_by(value)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance that the place of ``series`` reaches the target, or raise NotAssessable."""
        years = evidence.years_ahead(target, series)
        if not self.is_rate(target):
            raise NotAssessable("no_trend", place=series.place)
        change = self.change(target, series.latest.value, evidence)
        return evidence.rate(target, series, years, self.threshold(target, evidence), change)

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return what is required of a place from its latest figure before the target's year."""
        unit, before = _unit_of_change(target), _before(target, series)
        if not before:
            return Required(place, None, unit)
        year, value = before[-1]
        change, reached = self.change(target, value, evidence), self.met_already(target, value, evidence)
        return Required(place, change, unit, value, year, target.year - year, reached)

    def level(self, target: Target, ahead: Forecast) -> float | None:
        """Return the level in per cent that is required of the rate that is forecast, where it is a fixed one."""
        return None

    def label(self, target: Target, level: float, lang: str) -> str:
        """Return the words of such a level, with the change that leads to it."""
        change = quantity(target.bound, target.unit, lang, signed=True)
        return say(f"brief.goal.{self.name}", lang, level=level, change=change)


def register(kind: type[Kind]) -> type[Kind]:
    """Enter a kind in ``KINDS``, by its name; targets.csv may speak of it from then on."""
    KINDS[kind.name] = kind()
    return kind


@register
class Level(Kind):
    """A value of the year, such as a rate of 2.5 % at most."""

    name = "level"

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no value can be so low or high."""
        return _outside(bound, low, high)

    def level(self, target: Target, ahead: Forecast) -> float:
        """Return the bound."""
        return target.bound


@register
class Change(Kind):
    """A change on the year before; a fall is negative."""

    name = "change"
    met_early = False

    def unit(self, unit: str) -> str:
        """Return points for a rate."""
        return "pp" if unit == "pct" else unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no change can be so large."""
        return _outside(bound, low - high, high - low)

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
        base = [(value, year, 1) for year, value in _before(target, series) if year == target.year - 1]
        return Required(place, target.bound, _unit_of_change(target), *(base[0] if base else ()))

    def level(self, target: Target, ahead: Forecast) -> float | None:
        """Return the last figure plus the bound, where that figure is of the year before."""
        return float(ahead.series.values[-1] + target.bound) if ahead.horizon == 1 else None


@register
class Count(Kind):
    """A total over the year, which starts from nothing."""

    name = "count"
    signed = of_rates = met_early = False
    without_figure = "count_none"

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no value can be so low or high."""
        return _outside(bound, low, high)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance from the totals of earlier years."""
        return evidence.total(target, series)

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return the bound itself."""
        return Required(place, target.bound, _unit_of_change(target))


@register
class AllOf(Kind):
    """None may remain of so many units."""

    name = "all_of"
    of_rates = False

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that only a bound of none at most says so."""
        return "" if bound == 0 and direction == "at_most" else "none may remain: expected 0, at_most"

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance that every unit leaves in time."""
        return evidence.all_leave(target, series, evidence.years_ahead(target, series))


def _outside(bound: float, low: float, high: float) -> str:
    """Return that a bound lies outside what can be, or ""; an end that is NaN is none."""
    if not (bound < low or bound > high):
        return ""
    return f"expected {low:g} or more" if bound < low else f"expected {high:g} or less"


def _unit_of_change(target: Target) -> str:
    return "pp" if target.unit == "pct" else target.unit


def _before(target: Target, series: AnnualSeries | None) -> list[tuple[int, float]]:
    """Return the figures (year, value) of the years before the target's."""
    if series is None:
        return []
    pairs = zip(series.years.tolist(), series.values.tolist(), strict=True)
    return [(year, value) for year, value in pairs if year < target.year]
