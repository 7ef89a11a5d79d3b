"""Counts: the total of a year from the totals of earlier years, and whether all of m units leave in time."""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import betainc, betaincinv, chdtri

from povertystats.forecasts.predictive import OPEN

# Two totals are the fewest that show any spread.
FEWEST_TOTALS = 2
_NODES = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True, eq=False)
class YearlyTotal:
    """What is believed about a year's total: an equal mixture of negative binomials of one ``mean``.

    ``n`` totals stand behind it; ``variance`` (J,) are those of the components. Each has
    ``p = mean/variance`` and ``r = mean p/(1 − p)`` in scipy's terms.
    """

    n: int
    mean: float
    variance: np.ndarray

    def _cdf(self, total):
        """Return P(Y ≤ total) and P(Y > total), for a whole number of 0 or more."""
        p = self.mean / self.variance
        r = self.mean * p / (1 - p)
        return betainc(r, total + 1, p).mean(), betainc(total + 1, r, 1 - p).mean()

    def probability(self, *, at_most=None, at_least=None):
        """Return the probability of a total of at most, or at least, so many.

        Strictly between 0 and 1, but that a total of at least 0 is certain. Raises ValueError unless exactly
        one bound is given.
        """
        if (at_most is None) == (at_least is None):
            raise ValueError("probability: give exactly one of at_most and at_least")
        bound = np.floor(at_most) if at_least is None else np.ceil(at_least) - 1
        below, above = self._cdf(bound) if bound >= 0 else (0.0, 1.0)
        p = below if at_least is None else above
        return float(p if bound < 0 else np.clip(p, OPEN, 1 - OPEN))

    def level_at(self, p):
        """Return the least total that is not exceeded with probability ``p`` or more.

        Raises ValueError unless ``0 < p < 1``.
        """
        if not 0 < p < 1:
            raise ValueError(f"level_at: p must lie strictly between 0 and 1, got {p}")
        low, high = -1, 1
        while self._cdf(high)[0] < p:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._cdf(middle)[0] < p else (low, middle)
        return high


def yearly_total(totals):
    """Return what is believed about next year's total, from ``n`` ≥ 2 totals of earlier years.

    Gamma-Poisson: totals vary about one mean with ``variance = D · mean``. ``mean = (Σy + ½)/n``, D the larger
    of 1 (Poisson) and ``s²/mean · (n − 1)/χ²(n − 1)``, averaged over 200 equal parts of the χ²; the predictive
    variance is ``D · mean · (1 + 1/n)``. For D = 1 this is the exact predictive of a Poisson mean under
    Jeffreys' prior, NB(Σy + ½, n/(n + 1)); for large D and totals nearly a t with n − 1 degrees of freedom.

    Raises ValueError for fewer than two totals or such as are no counts.

    Source: Gelman et al. 2013, doi:10.1201/b16018, §2.6 (Gamma-Poisson); McCullagh & Nelder 1989,
    doi:10.1007/978-1-4899-3242-6, §6.2 (dispersion by moments).

    >>> jobs = yearly_total([5200, 5350, 4900, 5400])
    >>> round(jobs.probability(at_least=5000), 2), jobs.level_at(0.2) < 5000 < jobs.level_at(0.8)
    (0.77, True)
    """
    y = np.asarray(totals, dtype=float)
    problems = []
    if y.ndim != 1 or y.size < FEWEST_TOTALS:
        problems.append(f"expected {FEWEST_TOTALS} totals or more in one row, got the shape {y.shape}")
    if not (np.all(np.isfinite(y)) and np.all(y >= 0) and np.all(y == np.round(y))):
        problems.append(f"totals must be whole numbers of 0 or more, got {y.tolist()}")
    if problems:
        raise ValueError("yearly_total: " + "; ".join(problems))
    n, mean = y.size, (y.sum() + 0.5) / y.size
    dispersion = np.maximum(1.0, y.var(ddof=1) / mean * (n - 1) / chdtri(n - 1, _NODES))
    return YearlyTotal(n, float(mean), dispersion * mean * (1 + 1 / n))


@dataclass(frozen=True)
class ExitRate:
    """The share of units that leave in a year, ``q ~ Beta(mean · size, (1 − mean) · size)``, from ``n`` years."""

    n: int
    mean: float
    size: float

    def all_leave(self, units, years):
        """Return the probability that all ``units`` leave within ``years``: ``E[(1 − (1 − q)^h)^m]``.

        Units leave independently given q, which is one for all years. Strictly between 0 and 1.

        >>> ExitRate(4, 0.5, 2.0).all_leave(1, 1), round(ExitRate(4, 0.5, 2.0).all_leave(9, 1), 6)
        (0.5, 0.1)
        """
        if units < 1 or years < 1:
            raise ValueError(f"all_leave: expected 1 or more units and years, got {units} and {years}")
        a, b = self.mean * self.size, (1 - self.mean) * self.size
        # Over the quantiles of the share that stays.
        p = quad(lambda u: (1 - betaincinv(b, a, u) ** years) ** units, 0, 1, limit=200, epsabs=1e-12)[0]
        return float(np.clip(p, OPEN, 1 - OPEN))


def exit_rate(years, values):
    """Return the yearly exit rate that falls of a rate imply: ``1 − (v_t/v_{t−Δ})^(1/Δ)``, a beta by moments.

    ``years`` (n,) ascending, ``values`` (n,) above 0. Mean and variance of the n − 1 shares; the variance of a
    coming year is ``s²(1 + 1/(n − 1))``. Exits are net of new entries, so that true exits may be more frequent.

    Raises ValueError for fewer than three figures, figures of 0 or less, or a rate that does not fall.

    >>> leaving = exit_rate([2015, 2016, 2017, 2018, 2019], [29.40, 26.61, 24.53, 21.88, 19.57])
    >>> round(leaving.mean, 3), leaving.all_leave(394, 2) < 0.001, round(needed_rate(394, 2), 2)
    (0.097, True, 0.96)
    """
    years, values = np.asarray(years), np.asarray(values, dtype=float)
    if len(values) < 3 or not np.all(values > 0):
        raise ValueError(f"exit_rate: expected three figures or more, all above 0, got {values.tolist()}")
    shares = 1 - (values[1:] / values[:-1]) ** (1 / np.diff(years))
    mean, n = shares.mean(), len(shares)
    if mean <= 0:
        raise ValueError(f"exit_rate: the figures do not fall: {values.tolist()}")
    variance = max(shares.var(ddof=1) * (1 + 1 / n), 1e-12)
    # A beta has a variance below mean (1 − mean); size 1 is as vague as can be.
    return ExitRate(n, float(mean), float(max(mean * (1 - mean) / variance - 1, 1.0)))


def needed_rate(units, years, *, chance=0.5):
    """Return the yearly exit rate at which all units leave in time with this chance: ``1 − (1 − c^(1/m))^(1/h)``.

    >>> round(needed_rate(1, 1, chance=0.3), 3)
    0.3
    """
    if units < 1 or years < 1 or not 0 < chance < 1:
        raise ValueError(
            f"needed_rate: expected 1 or more units and years and a chance between 0 and 1, "
            f"got {units}, {years}, {chance}"
        )
    return 1 - (1 - chance ** (1 / units)) ** (1 / years)
