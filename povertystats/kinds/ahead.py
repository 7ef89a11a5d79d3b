"""What is believed of one place's rate in a year, and what a sentence on it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from povertystats.forecasts.empirical_bayes import likelier
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.predictive import Predictive
from povertystats.kinds.setbacks import Bounded, at_ends, counted

if TYPE_CHECKING:
    from povertystats.facts.peer_groups import PeerGroup
    from povertystats.facts.series import AnnualSeries
    from povertystats.records.reference_class import Reference

# How much likelier one scale must make what comparable series did, so that it is told first.
_SETTLED = np.log(20)


@dataclass(frozen=True, eq=False)
class Ahead:
    """What is believed of one place's rate in a year: ``by_scale``, a Forecast, or a Predictive where one figure has no more.

    ``method`` as in Chance, ``years`` ahead, ``reference``: the changes of like places, ``group``: those places.
    """

    series: AnnualSeries
    method: str
    years: int
    by_scale: dict[str, Forecast | Predictive]
    reference: Reference | None
    group: PeerGroup

    def believed(self, scale: str, like: Reference | None, direction: str) -> Predictive | Bounded:
        """Return the distribution of the year, what is worse than today bounded by ``like`` changes where there are such."""
        ahead = self.predictive(scale)
        return ahead if like is None else Bounded(ahead, like, direction)

    def predictive(self, scale: str) -> Predictive:
        """Return the distribution of the year."""
        ahead = self.by_scale[scale]
        return ahead.predictive if isinstance(ahead, Forecast) else ahead

    def shared(self, scale: str) -> float:
        """Return the share of its variance that a shock to all places makes up."""
        ahead = self.by_scale[scale]
        return ahead.shared[-1] if isinstance(ahead, Forecast) and ahead.shared else 0.0

    @property
    def settled(self) -> int:
        """How many comparable series near its level settle that log-odds fit them better than points; 0: not settled."""
        return settled(self.by_scale, float(self.series.values[-1]))

    def rests(self, like: Reference | None = None) -> dict[str, Any]:
        """Return what sentences on it tell; ``like``: the changes that bound a fall."""
        first, many = self.by_scale["log_odds"], self.reference
        told = {"place": self.series.place, "figures": len(self.series.years), "years": self.years}
        told |= {"last": int(self.series.years[-1]), "group": self.group, "settled": self.settled}
        told["peers"] = first.peers.used if isinstance(first, Forecast) and first.peers else 0
        if many is not None:
            told |= counted(many)
        if like is not None:
            told["setbacks"] = counted(like)
        # Of one figure all that moves is learned from others: of another measure where none has the own.
        teach = () if many is None else many.table["indicator"]
        if isinstance(first, Forecast):
            teach = first.peers.paths if first.peers else ()
        own = any(name.partition("@")[0] == self.series.indicator for name in teach)
        if len(self.series.years) == 1 and len(teach) and not own:
            told["borrowed"] = self.group.titles
        if isinstance(first, Forecast) and first.peers:
            told["at_ends"] = at_ends(self.group.table)
        return told


def settled(by_scale: Mapping[str, Any], level: float) -> int:
    """Return how many comparable series near a level settle that the forecast on log-odds fits them better than that on points."""
    forecasts = (by_scale.get(scale) for scale in ("log_odds", "points"))
    fits = [one.peers.fit if isinstance(one, Forecast) and one.peers else {} for one in forecasts]
    found = likelier(fits[0], fits[1], level)
    return found[1] if found and found[0] >= _SETTLED else 0
