"""Several forecasts at once, which share a shock: all of several events, the rank of a place, the mean of places;

and two years of one path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import OPEN, to_percent, to_scale
from povertystats.words.errors import InvalidValue, only_one, refuse

if TYPE_CHECKING:
    from povertystats.forecasts.forecast import Forecast

DIRECTIONS = ("at_most", "at_least")
# Beyond ±9 a normal density is below 1e-17.
_REACH = 9.0
# Draws of a mean of places: its probabilities are then right to about 0.002.
_DRAWS = 2**16
_AT, _WEIGHT = np.polynomial.legendre.leggauss(120)
_AT, _WEIGHT = 8 * _AT, 8 * _WEIGHT * np.exp(-((8 * _AT) ** 2) / 2) / np.sqrt(2 * np.pi)
_SHOCK, _SHOCK_WEIGHT = np.polynomial.hermite_e.hermegauss(24)


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

    def given(self, z: float) -> float:
        """Return its probability in a year whose shock is ``z`` standard deviations; above 0, all rates are higher.

        Parameters
        ----------
        z : float
            The shock, in standard deviations.

        Returns
        -------
        float
            ``Φ((Φ⁻¹(p) − a z)/√(1 − a²))`` with its ``loading`` a, 0 to 1: over all shocks it averages to p.

        Examples
        --------
        >>> event = Event(0.6, 0.75)
        >>> [round(event.given(z), 2) for z in (-1, 0, 1)]
        [0.99, 0.69, 0.11]
        """
        a = self.loading
        return float(ndtr((ndtri(self.probability) - a * z) / np.sqrt(max(1 - a**2, 1e-24))))


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


def ranks(at: int, ahead: Sequence[Predictive], shared: Sequence[float]) -> np.ndarray:
    """Return the probabilities that a place has rank 1, 2, ... of its rate among places, the lowest first.

    Parameters
    ----------
    at : int
        Its position among them.
    ahead : sequence of Predictive, length N
        What is believed of each place, of one year.
    shared : sequence of float, length N
        The share of each variance that a shock to all places makes up, 0 to 1.

    Returns
    -------
    numpy.ndarray, shape (N,)
        They sum to 1.

    Notes
    -----
    By the same copula as ``probability_of_all``. Given its own score w and the shock z, the places below are
    independent, with chances ``Φ((Φ⁻¹(F_j(x)) − √ρ_j z)/√(1 − ρ_j))`` at ``x = F⁻¹(Φ(w))``: how many of them there are
    is Poisson-binomial, and that is integrated over w and z.

    >>> alike = [Predictive(1.0, 5, -1.0, 0.2)] * 4
    >>> ranks(0, alike, [0.3] * 4).round(3).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    a = np.sqrt(np.asarray(shared, dtype=float))
    level = ahead[at].level_at(np.clip(ndtr(_AT), 1e-15, 1 - 1e-15))
    shock = a[at] * _AT[:, None] + np.sqrt(1 - a[at] ** 2) * _SHOCK
    chances = np.ones((*shock.shape, 1))
    for j, one in enumerate(ahead):
        if j == at:
            continue
        score = ndtri(np.clip(_below(one, level), 1e-300, 1 - 1e-16))[:, None]
        p = ndtr((score - a[j] * shock) / np.sqrt(max(1 - a[j] ** 2, 1e-24)))[..., None]
        more = np.zeros((*shock.shape, chances.shape[2] + 1))
        more[..., :-1] = chances * (1 - p)
        more[..., 1:] += chances * p
        chances = more
    weight = _WEIGHT[:, None] * _SHOCK_WEIGHT / _SHOCK_WEIGHT.sum()
    found = np.einsum("wz,wzn->n", weight, chances)
    return found / found.sum()


def _below(one: Predictive, level: np.ndarray) -> np.ndarray:
    z = (to_scale(level, one.link)[:, None] - one.location) / one.scale
    return stdtr(one.df, z) @ one.weights


class Levels(Protocol):
    """What tells the levels that are undershot with given probabilities."""

    def level_at(self, p: np.ndarray, /) -> np.ndarray: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Mean:
    """What is believed of the mean of several places: ``draws`` (n,), sorted; ``shared``, the shock's share of its variance."""

    draws: np.ndarray
    shared: float

    def probability(self, *, at_most: float | None = None, at_least: float | None = None) -> float:
        """Return the probability of a mean of at most, or at least, so much; give exactly one bound."""
        name, bound = only_one(at_most=at_most, at_least=at_least)
        below = np.searchsorted(self.draws, bound, side="right" if name == "at_most" else "left") / len(
            self.draws
        )
        return float(np.clip(below if name == "at_most" else 1 - below, OPEN, 1 - OPEN))

    def level_at(self, p: float) -> float:
        """Return the level that is undershot with probability ``p``."""
        return float(np.quantile(self.draws, p))


def mean_ahead(ahead: Sequence[Levels], shared: Sequence[float]) -> Mean:
    """Return what is believed of the mean of places, each counted alike, by the copula of ``probability_of_all``.

    >>> apart, alike = (mean_ahead([Predictive(1.0, 1e6, 20.0, 1.0, "points")] * 4, [rho] * 4) for rho in (0.0, 1.0))
    >>> round(float(apart.draws.std()), 1), round(float(alike.draws.std()), 1), round(apart.probability(at_most=20.0), 2)
    (0.5, 1.0, 0.5)
    """
    rng = np.random.default_rng(0)
    shock = rng.standard_normal(_DRAWS // 2)
    shock = np.concatenate([shock, -shock])
    grid = np.linspace(-6, 6, 601)  # finer than the draws can tell, and no draw lies beyond
    total = np.zeros(_DRAWS)
    for one, rho in zip(ahead, shared, strict=True):
        alone = rng.standard_normal(_DRAWS // 2)
        score = np.sqrt(rho) * shock + np.sqrt(1 - rho) * np.concatenate([alone, -alone])
        total += np.interp(score, grid, one.level_at(ndtr(grid)))
    mean = total / len(ahead)
    spread = mean.std() * shock.std()
    share = float(np.clip(np.mean((mean - mean.mean()) * shock) / spread, 0, 1) ** 2) if spread else 0.0
    return Mean(np.sort(mean), share if any(shared) else 0.0)


def between(
    ahead: Forecast, base: int, reach: Callable[[np.ndarray], np.ndarray], direction: str
) -> tuple[float, float]:
    """Return the probability that the last year of a path is ``direction`` what ``reach`` makes of an earlier one.

    ``base``: how many years ahead that is; ``reach`` takes and returns levels in percent. The second number is the share
    that a shock to all places has of the variance of the change between the two.

    The components of the path are the same in both years; within each the two are joined by a normal copula with the
    correlation of the path, so that each year alone is what the forecast says of it.

    >>> import pandas as pd
    >>> from povertystats.forecasts.outlook import forecast
    >>> rates = pd.Series({2015: 29.40, 2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57})
    >>> fall, _ = between(forecast(rates, horizon=2, scale="points"), 1, lambda before: before - 2.0, "at_most")
    >>> 0.5 < fall < 0.99
    True
    """
    first, last = ahead.path[base - 1], ahead.path[-1]
    at = [base - 1, len(ahead.path) - 1]
    whole, common = np.asarray(ahead.together)[:, :, at][..., at]
    moved, theirs = (part[:, 0, 0] + part[:, 1, 1] - 2 * part[:, 0, 1] for part in (whole, common))
    rho = np.clip(whole[:, 0, 1] / np.sqrt(whole[:, 0, 0] * whole[:, 1, 1]), -1 + 1e-9, 1 - 1e-9)
    half = stdtrit(first.df[:, None], ndtr(-np.abs(_AT)))
    start = to_percent(first.location[:, None] - np.sign(_AT) * first.scale[:, None] * half, first.link)
    level = np.clip(reach(np.clip(start, 0, 100)), 0, 100)
    below = stdtr(
        last.df[:, None], (to_scale(level, last.link) - last.location[:, None]) / last.scale[:, None]
    )
    chance = ndtr((ndtri(below) - rho[:, None] * _AT) / np.sqrt(1 - rho**2)[:, None])
    p = float(last.weights @ (chance @ _WEIGHT))
    share = float(last.weights @ np.clip(theirs / moved, 0, 1))
    return float(np.clip(p if direction == "at_most" else 1 - p, OPEN, 1 - OPEN)), share
