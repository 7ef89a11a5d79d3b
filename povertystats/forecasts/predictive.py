"""Predictive distributions of a rate in percent: mixtures of Student-t on a transformed scale.

A method that forecasts says what it believes as a :class:`Predictive`; every probability, interval, level,
draw and score that anybody quotes is asked of it, so that they cannot contradict one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import beta, stdtr, stdtrit

from povertystats.forecasts.scores import OPEN, Scored, link_problems, to_percent, to_scale
from povertystats.words.errors import InvalidValue, only_one, refuse
from povertystats.words.result import Result

# A quantile is found once a step of Newton's is that short, as a part of the narrowest scale: the next is its square.
_NEAR = 1e-8
# As many as halve what is left down to the last digit.
_STEPS = 64


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Predictive(Scored, Result):
    """What is believed about a rate: a mixture of Student-t on log-odds or in points.

    Parameters
    ----------
    weights : array_like, shape (K,)
        Weights of the components, 0 or more, their sum 1. A number is taken as length 1, here and below.
    df : array_like, shape (K,)
        Degrees of freedom, above 0.
    location : array_like, shape (K,)
        Centres, on the scale of ``link``.
    scale : array_like, shape (K,)
        Scales, above 0, on the scale of ``link``.
    link : {"log_odds", "points"}, default "log_odds"
        The scale of the components.
    baseline : float, optional
        The last known level in percent, from which changes count.

    Raises
    ------
    Refused
        With every fault of the parameters.

    Notes
    -----
    ``F(x) = Σ_k w_k T_ν_k((g(x) − μ_k) / s_k)`` with the link ``g``. Rates are in percent (0–100). A change is
    later minus earlier, in percentage points; a fall is negative.

    On the points link a Student-t leaves mass outside 0–100. A rate cannot be there, so that levels,
    intervals, draws and probabilities read that mass as lying at 0 or at 100 (censoring); the scores
    (``density``, ``crps``, ``log_score``) judge the distribution as it stands and so count it as a fault.

    References
    ----------
    Gneiting & Raftery 2007, doi:10.1198/016214506000001437 (scores).

    Examples
    --------
    >>> rate = Predictive(1.0, 4, -1.5, 0.2, baseline=20.0)
    >>> rate
    <Predictive> median 18.2%, 80% interval 14.1 to 23.3%
    >>> round(rate.probability(at_most=20.0), 3), round(rate.probability(change_at_most=-2.5), 3)
    (0.7, 0.406)
    >>> [round(x, 2) for x in rate.interval(0.80)], round(rate.level_at(0.5), 2)
    ([14.1, 23.27], 18.24)
    """

    weights: np.ndarray
    df: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    link: str
    baseline: float | None

    def __init__(
        self,
        weights: ArrayLike,
        df: ArrayLike,
        location: ArrayLike,
        scale: ArrayLike,
        link: str = "log_odds",
        baseline: float | None = None,
    ) -> None:
        parts = {"weights": weights, "df": df, "location": location, "scale": scale}
        columns = {name: np.array(column, dtype=float, ndmin=1) for name, column in parts.items()}
        for column in columns.values():
            column.setflags(write=False)
        for name, value in (columns | {"link": link, "baseline": baseline}).items():
            object.__setattr__(self, name, value)
        shapes = {name: column.shape for name, column in columns.items()}
        problems = link_problems(link, "link")
        if len(set(shapes.values())) > 1 or self.weights.ndim != 1 or not self.weights.size:
            problems.append(f"expected four 1-d arrays of one length, got shapes {shapes}")
        problems += [
            f"{name} must be finite, got {column}"
            for name, column in columns.items()
            if not np.all(np.isfinite(column))
        ]
        problems += [f"{name} must be above 0" for name in ("df", "scale") if np.any(columns[name] <= 0)]
        if np.any(self.weights < 0) or abs(self.weights.sum() - 1) > 1e-9:
            problems.append(f"weights must be 0 or more and sum to 1, got the sum {self.weights.sum():.10g}")
        if baseline is not None and not 0 <= baseline <= 100:
            problems.append(f"baseline must be a percentage between 0 and 100, got {baseline}")
        refuse("there is no such distribution", problems)

    def _sentence(self) -> str:
        low, high = self.interval(0.80)
        return f"median {self.level_at(0.5):.1f}%, 80% interval {low:.1f} to {high:.1f}%"

    def _cdf(self, z):
        return stdtr(self.df, self._standard(z)) @ self.weights

    def _exceed(self, z):
        # By symmetry, so that a small upper tail keeps its digits.
        return stdtr(self.df, -self._standard(z)) @ self.weights

    def probability(
        self,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        change_at_most: float | None = None,
        change_at_least: float | None = None,
    ) -> float:
        """Return the probability of one event; give exactly one threshold.

        Parameters
        ----------
        at_most, at_least : float, optional
            A level in percent.
        change_at_most, change_at_least : float, optional
            A change from ``baseline`` in percentage points: a fall of 2.5 points or more is ``change_at_most=-2.5``.

        Returns
        -------
        float
            ``F(c)`` for at most, ``1 − F(c)`` for at least. At most 100 and at least 0 are certain; every threshold
            strictly between 0 and 100 has a probability strictly between 0 and 1.

        Raises
        ------
        InvalidValue
            For none or several thresholds, one outside 0–100, a change without baseline.

        Examples
        --------
        >>> rate = Predictive(1.0, 4, -1.5, 0.2, baseline=20.0)
        >>> round(rate.probability(at_most=17.5), 4), round(rate.probability(at_least=17.5), 4)
        (0.4064, 0.5936)
        >>> rate.probability(change_at_most=-2.5) == rate.probability(at_most=17.5)
        True
        """
        name, level = only_one(
            at_most=at_most,
            at_least=at_least,
            change_at_most=change_at_most,
            change_at_least=change_at_least,
        )
        asked = f"{name}={level}"
        if name.startswith("change"):
            if self.baseline is None:
                raise InvalidValue(f"probability: {asked} needs a baseline, and this distribution has none")
            level = self.baseline + level
            asked += f" from the baseline {self.baseline} (a level of {level:.6g})"
        if not 0 <= level <= 100:
            raise InvalidValue(f"probability: {asked} lies outside 0–100 percent")
        if (level == 0 and name.endswith("at_least")) or (level == 100 and name.endswith("at_most")):
            return 1.0
        z = to_scale(level, self.link)
        p = float(self._exceed(z) if name.endswith("at_least") else self._cdf(z))
        return p if level in (0, 100) else float(np.clip(p, OPEN, 1 - OPEN))

    @overload
    def level_at(self, p: float) -> float: ...
    @overload
    def level_at(self, p: Sequence[float] | np.ndarray) -> np.ndarray: ...
    def level_at(self, p: float | Sequence[float] | np.ndarray) -> float | np.ndarray:
        """Return the level in percent that is undershot with probability ``p``: the quantile ``F⁻¹(p)``.

        Parameters
        ----------
        p : float or array_like
            Strictly between 0 and 1; an array for as many levels.

        Returns
        -------
        float or numpy.ndarray
            The level; ``probability(at_most=level_at(p))`` is ``p`` wherever it lies strictly between 0 and 100.

        Raises
        ------
        InvalidValue
            Unless ``0 < p < 1``.

        Examples
        --------
        >>> rate = Predictive([0.5, 0.5], [3, 8], [-1.6, -1.4], [0.2, 0.1])
        >>> level = rate.level_at(0.8)
        >>> round(level, 2), round(rate.probability(at_most=level), 12)
        (20.86, 0.8)
        >>> rate.level_at([0.1, 0.5, 0.9]).round(2)
        array([14.21, 18.79, 22.04])
        """
        asked = np.asarray(p, dtype=float)
        if not np.all((asked > 0) & (asked < 1)):
            raise InvalidValue(f"level_at: p must lie strictly between 0 and 1, got {p}")
        level = np.clip(to_percent(self._quantile(asked), self.link), 0, 100)
        return level if level.ndim else float(level)

    def _quantile(self, p):
        """Return ``F⁻¹(p)`` on the scale of ``link``, in the shape of ``p``; of points, nothing is cut off."""
        asked = np.asarray(p, dtype=float)
        # A mixture's quantile lies between the least and the greatest quantile of its components.
        ends = self.location + self.scale * stdtrit(self.df, asked[..., None])
        low, high = ends.min(axis=-1), ends.max(axis=-1)
        at, last = np.clip(ends @ self.weights, low, high), high - low
        peak = self.weights / (self.scale * np.sqrt(self.df) * beta(0.5, self.df / 2))
        for _ in range(_STEPS):
            # By Newton's steps, or halves of what is left where they lead out of it or do not get shorter.
            off = self._cdf(at) - asked
            low, high = np.where(off < 0, at, low), np.where(off < 0, high, at)
            density = np.exp(-0.5 * (self.df + 1) * np.log1p(self._standard(at) ** 2 / self.df)) @ peak
            step = off / np.maximum(density, 1e-300)
            near = (np.abs(step) <= _NEAR * self.scale.min()) | (np.abs(off) <= 4 * np.spacing(asked))
            good = near | ((low <= at - step) & (at - step <= high) & (np.abs(step) <= last / 2))
            at, last = np.where(good, at - step, low + (high - low) / 2), np.abs(step)
            if near.all():
                break
        return at

    def interval(self, level: float = 0.80) -> tuple[float, float]:
        """Return the central interval that holds the rate with this probability.

        Parameters
        ----------
        level : float, default 0.80
            The probability, strictly between 0 and 1.

        Returns
        -------
        tuple of float
            The ends in percent; on the points link never beyond 0 and 100.

        Raises
        ------
        InvalidValue
            Unless ``0 < level < 1``.

        Examples
        --------
        >>> [round(x, 2) for x in Predictive(1.0, 4, 2.0, 2.0, "points").interval(0.80)]
        [0.0, 5.07]
        """
        if not 0 < level < 1:
            raise InvalidValue(f"interval: level must lie strictly between 0 and 1, got {level}")
        low, high = self.level_at([(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Return independent draws.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same draws.

        Returns
        -------
        numpy.ndarray, shape (n,)
            The draws in percent.

        Examples
        --------
        >>> draws = Predictive(1.0, 4, -1.5, 0.2).sample(20_000, seed=1)
        >>> draws.shape, bool(abs((draws <= 20.0).mean() - 0.700) < 0.01)
        ((20000,), True)
        """
        rng = np.random.default_rng(seed)
        which = rng.choice(self.weights.size, size=n, p=self.weights / self.weights.sum())
        z = self.location[which] + self.scale[which] * rng.standard_t(self.df[which])
        return np.clip(to_percent(z, self.link), 0, 100)
