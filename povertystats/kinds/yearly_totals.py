"""Counts: the total of a year from the totals of earlier years, and whether all of m units leave in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import betainc, betaincinv, chdtri

from povertystats.forecasts.scores import OPEN
from povertystats.words.errors import InvalidValue, only_one, refuse
from povertystats.words.result import Result

Figures = Sequence[float] | np.ndarray

# Two totals are the fewest that show any spread.
FEWEST_TOTALS = 2
_NODES = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True, eq=False, repr=False)
class YearlyTotal(Result):
    """What is believed about a year's total: an equal mixture of negative binomials of one ``mean``.

    ``n`` totals stand behind it; ``variance`` (J,) are those of the components. Each has
    ``p = mean/variance`` and ``r = mean p/(1 − p)`` in scipy's terms.
    """

    n: int
    mean: float
    variance: np.ndarray

    def _sentence(self) -> str:
        low, high = self.level_at(0.1), self.level_at(0.9)
        return f"mean {self.mean:.1f}, 80% interval {low} to {high}, from {self.n} totals"

    def _cdf(self, total):
        """Return P(Y ≤ total) and P(Y > total), for a whole number of 0 or more."""
        p = self.mean / self.variance
        r = self.mean * p / (1 - p)
        return betainc(r, total + 1, p).mean(), betainc(total + 1, r, 1 - p).mean()

    def probability(self, *, at_most: float | None = None, at_least: float | None = None) -> float:
        """Return the probability of a total of at most, or at least, so many; give exactly one bound.

        Strictly between 0 and 1, but that a total of at least 0 is certain.
        """
        name, asked = only_one(at_most=at_most, at_least=at_least)
        bound = np.floor(asked) if name == "at_most" else np.ceil(asked) - 1
        below, above = self._cdf(bound) if bound >= 0 else (0.0, 1.0)
        p = below if name == "at_most" else above
        return float(p if bound < 0 else np.clip(p, OPEN, 1 - OPEN))

    def level_at(self, p: float) -> int:
        """Return the least total that is not exceeded with probability ``p`` or more, strictly between 0 and 1."""
        if not 0 < p < 1:
            raise InvalidValue(f"level_at: p must lie strictly between 0 and 1, got {p}")
        low, high = -1, 1
        while self._cdf(high)[0] < p:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._cdf(middle)[0] < p else (low, middle)
        return high


def yearly_total(totals: Figures) -> YearlyTotal:
    """Return what is believed about next year's total, from those of earlier years.

    Parameters
    ----------
    totals : array_like, shape (n,)
        Two or more totals, whole numbers of 0 or more.

    Returns
    -------
    YearlyTotal
        Its ``probability(at_most=, at_least=)`` and ``level_at(p)`` answer.

    Raises
    ------
    Refused
        For fewer than two totals, or such as are no counts. It is a ValueError.

    Notes
    -----
    Gamma-Poisson: totals vary about one mean with ``variance = D · mean``. ``mean = (Σy + ½)/n``, D the larger
    of 1 (Poisson) and ``s²/mean · (n − 1)/χ²(n − 1)``, averaged over 200 equal parts of the χ²; the predictive
    variance is ``D · mean · (1 + 1/n)``. For D = 1 this is the exact predictive of a Poisson mean under
    Jeffreys' prior, NB(Σy + ½, n/(n + 1)); for large D and totals nearly a t with n − 1 degrees of freedom.

    References
    ----------
    Gelman et al. 2013, doi:10.1201/b16018, §2.6 (Gamma-Poisson); McCullagh & Nelder 1989,
    doi:10.1007/978-1-4899-3242-6, §6.2 (dispersion by moments).

    Examples
    --------
    >>> jobs = yearly_total([5200, 5350, 4900, 5400])
    >>> jobs
    <YearlyTotal> mean 5212.6, 80% interval 4800 to 5624, from 4 totals
    >>> round(jobs.probability(at_least=5000), 2), jobs.level_at(0.2) < 5000 < jobs.level_at(0.8)
    (0.77, True)
    """
    y = np.asarray(totals, dtype=float)
    problems = []
    if y.ndim != 1 or y.size < FEWEST_TOTALS:
        problems.append(f"expected {FEWEST_TOTALS} totals or more in one row, got the shape {y.shape}")
    if not (np.all(np.isfinite(y)) and np.all(y >= 0) and np.all(y == np.round(y))):
        problems.append(f"totals must be whole numbers of 0 or more, got {y.tolist()}")
    refuse("cannot say anything of the next total", problems)
    n, mean = y.size, (y.sum() + 0.5) / y.size
    dispersion = np.maximum(1.0, y.var(ddof=1) / mean * (n - 1) / chdtri(n - 1, _NODES))
    return YearlyTotal(n, float(mean), dispersion * mean * (1 + 1 / n))


@dataclass(frozen=True)
class ExitRate:
    """The share of units that leave in a year, ``q ~ Beta(mean · size, (1 − mean) · size)``, from ``n`` years."""

    n: int
    mean: float
    size: float

    def all_leave(self, units: float, years: int) -> float:
        """Return the probability that all ``units`` leave within ``years``: ``E[(1 − (1 − q)^h)^m]``.

        Units leave independently given q, which is one for all years. Strictly between 0 and 1.

        >>> ExitRate(4, 0.5, 2.0).all_leave(1, 1), round(ExitRate(4, 0.5, 2.0).all_leave(9, 1), 6)
        (0.5, 0.1)
        """
        refuse("cannot say whether all leave", _too_few(units=units, years=years))
        a, b = self.mean * self.size, (1 - self.mean) * self.size
        # Over the quantiles of the share that stays.
        p = quad(lambda u: (1 - betaincinv(b, a, u) ** years) ** units, 0, 1, limit=200, epsabs=1e-12)[0]
        return float(np.clip(p, OPEN, 1 - OPEN))


def exit_rate(years: Sequence[int] | np.ndarray, values: Figures) -> ExitRate:
    """Return the yearly exit rate that the falls of a rate, or of a list, imply, a beta by moments.

    Parameters
    ----------
    years : array_like of int, shape (n,)
        Three or more, ascending.
    values : array_like, shape (n,)
        The figures, above 0.

    Returns
    -------
    ExitRate
        Its ``all_leave(units, years)`` answers. Exits are net of new entries, so that true exits may be more frequent.

    Raises
    ------
    InvalidValue
        For fewer than three figures, figures of 0 or less, or a rate that does not fall.

    Notes
    -----
    ``1 − (v_t/v_{t−Δ})^(1/Δ)``: mean and variance of the n − 1 shares; the variance of a coming year is
    ``s²(1 + 1/(n − 1))``.

    Examples
    --------
    >>> leaving = exit_rate([2015, 2016, 2017, 2018, 2019], [29.40, 26.61, 24.53, 21.88, 19.57])
    >>> round(leaving.mean, 3), leaving.all_leave(394, 2) < 0.001, round(needed_rate(394, 2), 2)
    (0.097, True, 0.96)
    """
    years, values = np.asarray(years), np.asarray(values, dtype=float)
    if len(values) < 3 or not np.all(values > 0):
        raise InvalidValue(f"exit_rate: expected three figures or more, all above 0, got {values.tolist()}")
    shares = 1 - (values[1:] / values[:-1]) ** (1 / np.diff(years))
    mean, n = shares.mean(), len(shares)
    if mean <= 0:
        raise InvalidValue(f"exit_rate: the figures do not fall: {values.tolist()}")
    variance = max(shares.var(ddof=1) * (1 + 1 / n), 1e-12)
    # A beta has a variance below mean (1 − mean); size 1 is as vague as can be.
    return ExitRate(n, float(mean), float(max(mean * (1 - mean) / variance - 1, 1.0)))


def needed_rate(units: float, years: int, *, chance: float = 0.5) -> float:
    """Return the yearly exit rate at which all units leave in time with a given chance.

    Parameters
    ----------
    units : float
        How many units, 1 or more.
    years : int
        The years they have, 1 or more.
    chance : float, default 0.5
        The chance, strictly between 0 and 1.

    Returns
    -------
    float
        The rate, ``1 − (1 − c^(1/m))^(1/h)``.

    Raises
    ------
    Refused
        For other units, years or chances.

    Examples
    --------
    >>> round(needed_rate(1, 1, chance=0.3), 3)
    0.3
    """
    problems = _too_few(units=units, years=years)
    if not 0 < chance < 1:
        problems.append(f"chance must lie strictly between 0 and 1, got {chance}")
    refuse("cannot say which rate is needed", problems)
    return 1 - (1 - chance ** (1 / units)) ** (1 / years)


def _too_few(**numbers: float) -> list[str]:
    return [f"{name} must be 1 or more, got {value}" for name, value in numbers.items() if not value >= 1]
