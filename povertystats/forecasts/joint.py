"""Several events at once: the probability that all happen, when forecasts share a shock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from povertystats.forecasts.scores import OPEN
from povertystats.words.errors import InvalidValue, refuse

DIRECTIONS = ("at_most", "at_least")
# Beyond ±9 a normal density is below 1e-17.
_REACH = 9.0


@dataclass(frozen=True)
class Event:
    """One event, such as a rate of at most so much in a place, and what it shares with others.

    Parameters
    ----------
    probability : float
        Its probability, 0 to 1.
    shared : float, default 0.0
        The share of its forecast's variance that a shock to all makes up, 0 to 1.
    direction : str, default "at_most"
        "at_most" (a common fall helps) or "at_least" (it hurts).
    shock : str, default ""
        The name of the shock. Events of one shock share it; those of different ones, or with ``shared`` 0, are
        independent.

    Raises
    ------
    Refused
        With every fault: a probability or share outside 0 to 1, another direction.

    Examples
    --------
    >>> Event(0.6, 0.25, "at_least").loading
    -0.5
    """

    probability: float
    shared: float = 0.0
    direction: str = "at_most"
    shock: str = ""

    def __post_init__(self) -> None:
        problems = [
            f"{name} must lie between 0 and 1, got {value}"
            for name, value in (("probability", self.probability), ("shared", self.shared))
            if not 0 <= value <= 1
        ]
        if self.direction not in DIRECTIONS:
            problems.append(f"direction must be one of {', '.join(DIRECTIONS)}, got {self.direction!r}")
        refuse("there is no such event", problems)

    @property
    def loading(self) -> float:
        """Correlation of the event's forecast with the shock, signed so that less is better: ±√shared."""
        return float(np.sqrt(self.shared)) * (1 if self.direction == "at_most" else -1)


def probability_of_all(events: Sequence[Event]) -> float:
    """Return the probability that all events happen, by a one-factor normal copula.

    Parameters
    ----------
    events : sequence of Event
        One or more.

    Returns
    -------
    float
        The probability, 0 to 1; strictly between where those of all events are.

    Raises
    ------
    ValueError
        For no event.

    Notes
    -----
    ``P = ∫ φ(z) Π Φ((Φ⁻¹(p_i) − a_i z)/√(1 − a_i²)) dz`` with loadings ``a_i = √ρ_i`` for "at_most" and
    ``−√ρ_i`` for "at_least"; the product of that over the shocks.

    References
    ----------
    Vasicek 2002 (Risk 15(12), 160-162); Li 2000, doi:10.3905/jfi.2000.319253 (normal copula).

    Examples
    --------
    >>> round(probability_of_all([Event(0.5, 0.5, shock="poverty"), Event(0.5, 0.5, shock="poverty")]), 4)
    0.3333
    >>> probability_of_all([Event(0.5), Event(0.5)])
    0.25
    """
    if not events:
        raise InvalidValue("probability_of_all: expected one event or more, got none")
    groups, alone = defaultdict(list), 1.0
    for event in events:
        if event.shared and 0 < event.probability < 1:
            groups[event.shock].append(event)
        else:
            alone *= event.probability
    p = float(alone * np.prod([_together(group) for group in groups.values()]))
    # Open events together are never certain either, however many.
    return float(np.clip(p, OPEN, 1 - OPEN)) if all(0 < event.probability < 1 for event in events) else p


def _together(events: list[Event]) -> float:
    """Return the probability that all events of one shock happen."""
    p, a = np.array([(event.probability, event.loading) for event in events]).T
    if len(p) == 1:
        return p[0]
    at, rest = ndtri(p), np.sqrt(np.maximum(1 - a**2, 1e-24))

    def density(z: float) -> float:
        return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * ndtr((at - a * z) / rest).prod()

    # Where a factor turns from 1 to 0: sharp when nearly all variance is shared.
    turns = np.unique(np.concatenate([(at + side * rest) / a for side in (-4, 0, 4)]))
    cuts = [-_REACH, *turns[np.abs(turns) < _REACH], _REACH]
    total = sum(
        quad(density, low, high, epsabs=1e-13)[0] for low, high in zip(cuts[:-1], cuts[1:], strict=True)
    )
    return np.clip(total, max(0.0, p.sum() - len(p) + 1), p.min())
