"""Predictive distributions of a rate in percent: mixtures of Student-t on a transformed scale.

A method that forecasts says what it believes as a :class:`Predictive`; every probability, interval, level,
draw and score that anybody quotes is asked of it, so that they cannot contradict one another.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, logit, logsumexp, stdtr, stdtrit

LINKS = ("log_odds", "points")
# An open event is never certain: what rounds to 0 or 1 is held this far from it.
OPEN = 1e-15
# Rates are published to one decimal: 0 and 100 stand for what rounds to them.
HALF_STEP = 0.05
# Beyond ±40 log-odds a rate differs from 0 or 100 by less than a double can tell.
_EDGE = 40.0
_BENDS = np.linspace(-_EDGE, _EDGE, 41)
# A score is integrated between these distances from a component's centre, in its scales, as far as the
# probability left beyond them counts.
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(10)
_STEPS = 3.0 ** np.arange(25)
_CUTS = np.concatenate([-_STEPS[::-1], [-0.5, 0, 0.5], _STEPS])[:, None]
_REST = 1e-9


def to_scale(percent, link):
    """Carry rates in percent to the scale of ``link``: log-odds ``ln(x / (100 − x))`` or points (unchanged).

    >>> float(to_scale(50.0, "log_odds")), float(to_scale(19.57, "points"))
    (0.0, 19.57)
    """
    percent = np.asarray(percent, dtype=float)
    return logit(percent / 100) if link == "log_odds" else percent


def to_percent(z, link):
    """Carry values on the scale of ``link`` back to percent: ``100 / (1 + exp(−z))`` or points (unchanged).

    >>> float(to_percent(0.0, "log_odds")), float(to_percent(19.57, "points"))
    (50.0, 19.57)
    """
    z = np.asarray(z, dtype=float)
    return 100 * expit(z) if link == "log_odds" else z


@dataclass(frozen=True, eq=False)
class Predictive:
    """What is believed about a rate: ``F(x) = Σ_k w_k T_ν_k((g(x) − μ_k) / s_k)`` with the link ``g``.

    Shapes: ``weights``, ``df``, ``location``, ``scale`` are 1-d of one length (scalars are taken as length
    1); weights sum to 1. Units: rates in percent (0–100), ``location`` and ``scale`` on the scale of ``link``
    ("log_odds" or "points"), ``baseline`` (the last known level, for changes) in percent. Sign: a change is
    later minus earlier, in percentage points; a fall is negative.

    On the points link a Student-t leaves mass outside 0–100. A rate cannot be there, so that levels,
    intervals, draws and probabilities read that mass as lying at 0 or at 100 (censoring); the scores
    (``density``, ``crps``, ``log_score``) judge the distribution as it stands and so count it as a fault.

    Raises ValueError that lists every fault of the parameters.

    Source: Gneiting & Raftery 2007, doi:10.1198/016214506000001437 (scores).

    >>> rate = Predictive(1.0, 4, -1.5, 0.2, baseline=20.0)
    >>> round(rate.probability(at_most=20.0), 3), round(rate.probability(change_at_most=-2.5), 3)
    (0.7, 0.406)
    >>> [round(x, 2) for x in rate.interval(0.80)], round(rate.level_at(0.5), 2)
    ([14.1, 23.27], 18.24)
    """

    weights: np.ndarray
    df: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    link: str = "log_odds"
    baseline: float | None = None

    def __post_init__(self):
        parts = ("weights", "df", "location", "scale")
        for name in parts:
            column = np.array(getattr(self, name), dtype=float, ndmin=1)
            column.setflags(write=False)
            object.__setattr__(self, name, column)
        problems = []
        shapes = {name: getattr(self, name).shape for name in parts}
        if len(set(shapes.values())) > 1 or self.weights.ndim != 1 or not self.weights.size:
            problems.append(f"expected four 1-d arrays of one length, got shapes {shapes}")
        problems += [
            f"{name} must be finite, got {getattr(self, name)}"
            for name in parts
            if not np.all(np.isfinite(getattr(self, name)))
        ]
        problems += [
            f"{name} must be above 0" for name in ("df", "scale") if np.any(getattr(self, name) <= 0)
        ]
        if np.any(self.weights < 0) or abs(self.weights.sum() - 1) > 1e-9:
            problems.append(f"weights must be 0 or more and sum to 1, got the sum {self.weights.sum():.10g}")
        if self.link not in LINKS:
            problems.append(f"link {self.link!r} is not known; choose one of {', '.join(LINKS)}")
        if self.baseline is not None and not 0 <= self.baseline <= 100:
            problems.append(f"baseline must be a percentage between 0 and 100, got {self.baseline}")
        if problems:
            raise ValueError("Predictive: " + "; ".join(problems))

    def _standard(self, z):
        return (np.asarray(z, dtype=float)[..., None] - self.location) / self.scale

    def _cdf(self, z):
        return stdtr(self.df, self._standard(z)) @ self.weights

    def _exceed(self, z):
        # By symmetry, so that a small upper tail keeps its digits.
        return stdtr(self.df, -self._standard(z)) @ self.weights

    def _log_density(self, percent):
        t = self._standard(to_scale(percent, self.link))
        log_t = (
            -0.5 * (self.df + 1) * np.log1p(t**2 / self.df) - 0.5 * np.log(self.df) - betaln(0.5, self.df / 2)
        )
        log_mixture = logsumexp(log_t - np.log(self.scale), axis=-1, b=self.weights)
        if self.link == "log_odds":
            log_mixture = log_mixture + np.log(100 / (percent * (100 - percent)))
        return log_mixture

    def probability(self, *, at_most=None, at_least=None, change_at_most=None, change_at_least=None):
        """Return the probability of one event: ``F(c)`` for at most, ``1 − F(c)`` for at least.

        Give exactly one threshold: ``at_most`` or ``at_least`` in percent, or ``change_at_most`` or
        ``change_at_least`` in percentage points against ``baseline`` (a fall of 2.5 points or more is
        ``change_at_most=-2.5``). At most 100 and at least 0 are certain; every threshold strictly between 0
        and 100 has a probability strictly between 0 and 1.

        Raises ValueError for none or several thresholds, one outside 0–100, a change without baseline.

        >>> rate = Predictive(1.0, 4, -1.5, 0.2, baseline=20.0)
        >>> round(rate.probability(at_most=17.5), 4), round(rate.probability(at_least=17.5), 4)
        (0.4064, 0.5936)
        >>> rate.probability(change_at_most=-2.5) == rate.probability(at_most=17.5)
        True
        """
        given = {
            name: value
            for name, value in {
                "at_most": at_most,
                "at_least": at_least,
                "change_at_most": change_at_most,
                "change_at_least": change_at_least,
            }.items()
            if value is not None
        }
        if len(given) != 1:
            raise ValueError(f"probability: give exactly one threshold, got {', '.join(given) or 'none'}")
        ((name, level),) = given.items()
        asked = f"{name}={level}"
        if name.startswith("change"):
            if self.baseline is None:
                raise ValueError(f"probability: {asked} needs a baseline, and this distribution has none")
            level = self.baseline + level
            asked += f" from the baseline {self.baseline} (a level of {level:.6g})"
        if not 0 <= level <= 100:
            raise ValueError(f"probability: {asked} lies outside 0–100 percent")
        if (level == 0 and name.endswith("at_least")) or (level == 100 and name.endswith("at_most")):
            return 1.0
        z = to_scale(level, self.link)
        p = float(self._exceed(z) if name.endswith("at_least") else self._cdf(z))
        return p if level in (0, 100) else float(np.clip(p, OPEN, 1 - OPEN))

    def level_at(self, p):
        """Return the level in percent that is undershot with probability ``p``: the quantile ``F⁻¹(p)``.

        ``p``: a number, or an array for as many levels. ``probability(at_most=level_at(p))`` is ``p`` wherever
        the level lies strictly between 0 and 100. Raises ValueError unless ``0 < p < 1``.

        >>> rate = Predictive([0.5, 0.5], [3, 8], [-1.6, -1.4], [0.2, 0.1])
        >>> level = rate.level_at(0.8)
        >>> round(level, 2), round(rate.probability(at_most=level), 12)
        (20.86, 0.8)
        >>> rate.level_at([0.1, 0.5, 0.9]).round(2)
        array([14.21, 18.79, 22.04])
        """
        asked = np.asarray(p, dtype=float)
        if not np.all((asked > 0) & (asked < 1)):
            raise ValueError(f"level_at: p must lie strictly between 0 and 1, got {p}")
        # A mixture's quantile lies between the least and the greatest quantile of its components.
        ends = self.location + self.scale * stdtrit(self.df, asked[..., None])
        low, high = ends.min(axis=-1), ends.max(axis=-1)
        digits = (high - low) / np.spacing(np.abs(low) + np.abs(high))
        for _ in range(int(np.ceil(np.log2(1 + digits.max())))):
            middle = low + (high - low) / 2
            under = self._cdf(middle) < asked
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        level = np.clip(to_percent(high, self.link), 0, 100)
        return level if level.ndim else float(level)

    def interval(self, level=0.80):
        """Return the central interval ``(low, high)`` in percent that holds the rate with this probability.

        On the points link it ends at 0 and at 100. Raises ValueError unless ``0 < level < 1``.

        >>> [round(x, 2) for x in Predictive(1.0, 4, 2.0, 2.0, "points").interval(0.80)]
        [0.0, 5.07]
        """
        if not 0 < level < 1:
            raise ValueError(f"interval: level must lie strictly between 0 and 1, got {level}")
        low, high = self.level_at([(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def sample(self, n, seed):
        """Return ``n`` independent draws in percent, shape (n,); the same ``seed`` gives the same draws.

        >>> draws = Predictive(1.0, 4, -1.5, 0.2).sample(20_000, seed=1)
        >>> draws.shape, bool(abs((draws <= 20.0).mean() - 0.700) < 0.01)
        ((20000,), True)
        """
        rng = np.random.default_rng(seed)
        which = rng.choice(self.weights.size, size=n, p=self.weights / self.weights.sum())
        z = self.location[which] + self.scale[which] * rng.standard_t(self.df[which])
        return np.clip(to_percent(z, self.link), 0, 100)

    def density(self, values):
        """Return the density per percentage point at ``values`` in percent; same shape as ``values``.

        ``f(x) = Σ_k w_k t_ν_k((g(x) − μ_k) / s_k) / s_k · g'(x)``. Raises ValueError, on the log-odds link,
        for values not strictly between 0 and 100, where the density has no finite value.

        >>> Predictive(1.0, 4, -1.5, 0.2).density([15.0, 18.0, 25.0]).round(4)
        array([0.0702, 0.1265, 0.0175])
        """
        values = np.asarray(values, dtype=float)
        outside = values[~((values > 0) & (values < 100))]
        if self.link == "log_odds" and outside.size:
            raise ValueError(
                f"density: log-odds exist strictly between 0 and 100 percent, got {outside.tolist()}"
            )
        return np.exp(self._log_density(values))

    def crps(self, observed):
        """Return the continuous ranked probability score ``∫ (F(x) − 1{x ≥ observed})² dx``; less is better.

        Units: percentage points; for a sure forecast it is the absolute error. Integrated by Gauss–Legendre
        between multiples of the components' scales, to about 1e-9 of its size.
        Raises ValueError for an observation outside 0–100.

        Source: Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

        >>> round(Predictive(1.0, 1e8, 50.0, 1.0, "points").crps(50.0), 7)
        0.233695
        """
        self._check_observed("crps", observed)
        seen = to_scale(observed, self.link)
        reach = -stdtrit(self.df, _REST)
        cuts = self.location + self.scale * np.clip(_CUTS, -reach, reach)
        if self.link == "log_odds":
            # The way back to percent bends within a few log-odds of 0, whatever the components' width.
            seen = np.clip(seen, -_EDGE, _EDGE)
            bends = np.clip(_BENDS, min(cuts.min(), seen), max(cuts.max(), seen))
            cuts = np.append(cuts, bends).clip(-_EDGE, _EDGE)
        cuts = np.unique(np.append(cuts, seen))
        half = np.diff(cuts)[:, None] / 2
        z = (cuts[:-1, None] + half) + half * _NODES
        # Below the observation F is missed by, above it 1 − F: the same function of the mirrored distance.
        side = np.where(z < seen, 1.0, -1.0)[..., None]
        miss = stdtr(self.df, side * self._standard(z)) @ self.weights
        stretch = 100 * expit(z) * expit(-z) if self.link == "log_odds" else 1.0
        return float((miss**2 * stretch * half * _NODE_WEIGHTS).sum())

    def log_score(self, observed):
        """Return the log score ``−ln f(observed)``, with ``f`` per percentage point; less is better.

        Raises ValueError for an observation outside 0–100, and on the log-odds link at 0 and at 100, where
        no finite score exists.

        Source: Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

        >>> round(Predictive(1.0, 4, -1.5, 0.2).log_score(18.0), 4)
        2.0675
        """
        self._check_observed("log_score", observed)
        if self.link == "log_odds" and observed in (0, 100):
            raise ValueError(
                f"log_score: an observation of {observed} has no finite score on the log-odds link"
            )
        return -float(self._log_density(np.float64(observed)))

    @staticmethod
    def _check_observed(name, observed):
        if not 0 <= observed <= 100:
            raise ValueError(f"{name}: observed must be a percentage between 0 and 100, got {observed}")
