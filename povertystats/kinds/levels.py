"""A value of the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from povertystats.kinds.kind import Kind, outside

if TYPE_CHECKING:
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.target import Target


class Level(Kind):
    """A value of the year, such as a rate of 2.5 % at most."""

    name = "level"

    def fault(self, bound: float, direction: str, low: float, high: float) -> str:
        """Return that no value can be so low or high."""
        return outside(bound, low, high)

    def level(self, target: Target, ahead: Forecast) -> float:
        """Return the bound."""
        return target.bound
