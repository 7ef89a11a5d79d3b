"""The kinds of target, one object each: what it asks of a place, when it is met, its chance, its words and cells.

Nobody else asks of what kind a target is. A new kind is a class with what differs from ``Kind``, an entry of
``registry``, and the sentence ``brief.goal.NAME`` where it asks for a fixed level of a rate.
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
    from povertystats.kinds.evidence import Chance, Evidence
    from povertystats.kinds.target import Target

# Why a target has no probability, with the values that its sentence tells: a new reason is a line here and the
# sentence scorecard.reason.NAME.
REASONS: dict[str, tuple[str, ...]] = {
    "no_outcome": ("year",),
    "no_figure": (),
    "unit": (),
    "mean": ("places",),
    "mean_years": (),
    "few": ("n", "place"),
    "impossible": ("place",),
    "no_base": ("place", "year"),
    "old": ("place", "year"),
    "joined": ("place", "since", "into"),
    "ended": ("place", "since"),
    "current": ("year",),
    "no_trend": ("place",),
    "count": ("n",),
    "count_none": (),
    "no_exits": ("place", "n"),
    "returns": ("place",),
    "rank": ("place",),
    "tied": ("place",),
    "base_of_0": ("place", "year"),
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
    # Whether it counts from the figure of a year that targets.csv names (base_year).
    has_base = False
    # Whether what is required is a change, shown with its sign, beside the mean change a year so far.
    signed = True
    # Whether it speaks of a rate in percent, or of its change, where the indicator is such.
    of_rates = True
    # Whether the average of several places can be asked for.
    of_means = True
    # Whether a figure of an earlier year can meet it already.
    met_early = True
    # The reason why there is no probability where the indicator has no figure.
    without_figure = "no_figure"

    def unit(self, unit: str) -> str:
        """Return the unit of the bound where the indicator is in ``unit``."""
        return unit

    def level_unit(self, unit: str) -> str:
        """Return the unit of the level that is reached with 80 %, where the indicator is in ``unit``."""
        return unit

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return what is wrong with a bound where the indicator lies in ``low`` to ``high`` (NaN: no end), or ""."""
        return ""

    def met(self, target: Target, value: float) -> bool:
        """Say whether what the bound is compared with reaches it."""
        return _reaches(target.direction, value, target.bound)

    def is_rate(self, target: Target) -> bool:
        """Say whether the target speaks of a rate in percent, or of its change."""
        return self.of_rates and target.figure_unit == "pct"

    def aim(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return the value that the indicator must reach in a place with these figures; None where it is not known."""
        return target.bound

    def final(self, target: Target, series: AnnualSeries, evidence: Evidence) -> float | None:
        """Return what the bound is compared with, by the final figures of the target's year; None where unknown."""
        return evidence.at_end(series, target.year, target)

    def met_already(self, target: Target, value: float, aim: float | None) -> bool:
        """Say whether a figure before the target's year reaches what is aimed at."""
        return self.met_early and aim is not None and _reaches(target.direction, value, aim)

    def chance(self, target: Target, series: AnnualSeries, evidence: Evidence) -> Chance:
        """Return the Chance that the place of ``series`` reaches the target, or raise NotAssessable."""
        evidence.years_ahead(target, series)
        aim = self.aim(target, series, evidence)
        if not self.is_rate(target) or aim is None:
            raise NotAssessable("unit")
        return evidence.rate(target, series, aim)

    def required(
        self, target: Target, place: str, series: AnnualSeries | None, evidence: Evidence
    ) -> Required:
        """Return what is required of a place from its latest figure before the target's year."""
        unit, known = unit_of_change(target), before(target, series)
        if series is None or not known:
            return Required(place, None, unit)
        (year, value), aim = known[-1], self.aim(target, series, evidence)
        change = None if aim is None else aim - value
        return Required(
            place, change, unit, value, year, target.year - year, self.met_already(target, value, aim)
        )

    def level(self, target: Target, ahead: Forecast) -> float | None:
        """Return the level in per cent that is required of the rate that is forecast, where it is a fixed one."""
        return None

    def label(self, target: Target, level: float, lang: str) -> str:
        """Return the words of such a level, with the change that leads to it."""
        change = quantity(target.bound, target.unit, lang, signed=True)
        return say(f"brief.goal.{self.name}", lang, level=level, change=change, base=target.base_year)


def outside(bound: float, low: float, high: float) -> str:
    """Return that a bound lies outside what can be, or ""; an end that is NaN is none."""
    if not (bound < low or bound > high):
        return ""
    return f"expected {low:g} or more" if bound < low else f"expected {high:g} or less"


def unit_of_change(target: Target) -> str:
    """Return the unit of a change: points for a rate."""
    return "pp" if target.figure_unit == "pct" else target.figure_unit


def _reaches(direction: str, value: float, bound: float) -> bool:
    """Say whether a value is on the right side of a bound, as printed: differences of decimals have tails."""
    apart = round(value - bound, 6)
    return apart <= 0 if direction == "at_most" else apart >= 0


def before(target: Target, series: AnnualSeries | None) -> list[tuple[int, float]]:
    """Return the figures (year, value) of the years before the target's."""
    if series is None:
        return []
    pairs = zip(series.years.tolist(), series.values.tolist(), strict=True)
    return [(year, value) for year, value in pairs if year < target.year]
