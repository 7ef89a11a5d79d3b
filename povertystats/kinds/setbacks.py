"""How far a rate may fall back from what it reached: no further, no more often, than those of comparable places did."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import OPEN, inside, to_percent, to_scale
from povertystats.records.reference_class import Reference
from povertystats.words.errors import only_one

# A spread between years can be told from three on.
_FEWEST_YEARS = 3


@dataclass(frozen=True, eq=False)
class Bounded:
    """What is believed of a rate (``ahead``), bounded on the worse side of its last figure by what ``like`` places did.

    What once is given to people mostly stays: water, power, insurance, schooling. A model on log-odds leaves out the
    places at 100 %, learns from those that never arrived, and lets a rate near 100 % fall back too easily. Therefore,
    with ``k(x)`` of ``n`` comparable changes that end below x,

        ``F(x) = min(F_ahead(x), (k(x) + 1) / (n + 2))`` for x below the last figure,

    Laplace's rule of succession, so that bolder falls than any seen remain possible; above it ``F`` is that of ``ahead``.
    What is taken away stays at the last figure: the chance of anything better is the model's own. For a rate that is to
    fall (``direction`` "at_most") the same the other way round.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> like = ps.comparable_changes(known.peers("households_using_electricity_pct"), 97.28, years=2)
    >>> wide = Predictive(1.0, 5, 3.6, 0.8, baseline=97.28)
    >>> bounded = Bounded(wide, like)
    >>> [float(one.level_at([0.2])[0].round(1)) for one in (wide, bounded)]
    [94.6, 96.7]
    >>> bounded.probability(at_least=98) == wide.probability(at_least=98)
    True
    """

    ahead: Predictive
    like: Reference
    direction: str = "at_least"
    _ends: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        steps = [to_scale(inside(self.like.table[name]), self.ahead.link) for name in ("start", "end")]
        ends = to_scale(inside(self.like.level), self.ahead.link) + steps[1] - steps[0]
        object.__setattr__(self, "_ends", np.sort(self._sign * to_percent(ends, self.ahead.link).round(6)))

    @property
    def _sign(self) -> int:
        # With it less is worse, whatever the direction.
        return 1 if self.direction == "at_least" else -1

    def probability(self, *, at_most: float | None = None, at_least: float | None = None) -> float:
        """Return the probability of a rate of at most, or at least, so much; give exactly one bound."""
        name, level = only_one(at_most=at_most, at_least=at_least)
        p, better = self.ahead.probability(at_most=at_most, at_least=at_least), name == self.direction
        at, last = self._sign * round(level, 6), self._sign * self.like.level
        if at > last or (at == last and not better):
            return p
        worse = (int((self._ends < at if better else self._ends <= at).sum()) + 1) / (self.like.n + 2)
        return float(np.clip(max(p, 1 - worse) if better else min(p, worse), OPEN, 1 - OPEN))

    def level_at(self, p: np.ndarray) -> np.ndarray:
        """Return the levels that are undershot with probabilities ``p``."""
        asked = np.asarray(p, dtype=float)
        level, last = self._sign * np.asarray(self.ahead.level_at(asked)), self._sign * self.like.level
        worse = asked if self._sign == 1 else 1 - asked
        # The first end at which the rule says so much or more; beyond all of them, the last figure itself.
        first = np.ceil(worse * (self.like.n + 2) - 2 - 1e-9).astype(int)
        ends = np.concatenate([self._ends, [last]])[np.clip(first, 0, self.like.n)]
        ends = np.where(first < 0, -np.inf, np.minimum(ends, last))
        return self._sign * np.where(level < last, np.maximum(level, ends), level)


def usable(like: Reference | None) -> bool:
    """Say whether changes can bound a fall: of places at a like level, from years enough to have had shocks of their own."""
    return like is not None and bool(np.isfinite(like.band)) and len(like.origins) >= _FEWEST_YEARS


def counted(like: Reference) -> dict[str, float]:
    """Return what a sentence on changes tells: how many, from where, over how many years, the shares that fell and rose."""
    starts = like.table["start"]
    told = {"n": like.n, "places": like.places, "origins": len(like.origins), "span": like.years}
    told |= {"low": starts.min(), "high": starts.max(), "middle": starts.median()}
    return told | {"at_least": 100 * like.share(at_most=-1e-6), "at_most": 100 * like.share(at_least=1e-6)}


def at_ends(table: pd.DataFrame) -> dict[str, int]:
    """Return how many places of a panel reached 0 % and 100 % in one of its columns, of how many: on log-odds they cannot teach.

    >>> at_ends(pd.DataFrame({"place": ["a", "a", "b"], "year": [1, 2, 1], "x": [99.0, 100.0, 98.0]}))
    {'at_most': 0, 'at_least': 1, 'places': 2}
    """
    rates, places = table.drop(columns=["place", "year"]).to_numpy(dtype=float), table["place"].to_numpy()
    reached = {"at_most": rates <= 0, "at_least": rates >= 100, "places": ~np.isnan(rates)}
    return {name: len(set(places[rows.any(axis=1)])) for name, rows in reached.items()}
