"""The scales of a rate, and what a forecast on them is worth once the outcome is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, logit, logsumexp, stdtr, stdtrit

from povertystats.words.errors import InvalidValue

if TYPE_CHECKING:
    from povertystats.forecasts.predictive import Predictive

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
LEVELS = (50, 80, 95)
# Who gives both outcomes of an event the same chance has this mean log score.
COIN = float(np.log(2))
_ENDS = [0.5] + [(1 + side * level / 100) / 2 for level in LEVELS for side in (-1, 1)]
# Wrong beyond doubt costs a finite log score (34.5).
_SURE = 1e-15


def to_scale(percent: ArrayLike, link: str) -> np.ndarray:
    """Carry rates in percent to the scale of ``link``: log-odds ``ln(x / (100 − x))`` or points (unchanged).

    >>> float(to_scale(50.0, "log_odds")), float(to_scale(19.57, "points"))
    (0.0, 19.57)
    """
    percent = np.asarray(percent, dtype=float)
    return logit(percent / 100) if link == "log_odds" else percent


def to_percent(z: ArrayLike, link: str) -> np.ndarray:
    """Carry values on the scale of ``link`` back to percent: ``100 / (1 + exp(−z))`` or points (unchanged).

    >>> float(to_percent(0.0, "log_odds")), float(to_percent(19.57, "points"))
    (50.0, 19.57)
    """
    z = np.asarray(z, dtype=float)
    return 100 * expit(z) if link == "log_odds" else z


def sampling(z: np.ndarray, se: np.ndarray | None, horizon: int, scale: str) -> np.ndarray | None:
    """Return the variances on the scale (n + horizon,) of figures z (n,) with standard errors in percent, NaN for none.

    A figure ahead is as uncertain as the last one whose error is known; None where that of no figure is.
    """
    if se is None or np.isnan(se).all():
        return None
    ahead = np.append(z, np.repeat(z[-1], horizon))
    errors = np.append(np.nan_to_num(se), np.repeat(se[~np.isnan(se)][-1], horizon))
    return np.square(errors / points_a_unit(ahead, scale))


def points_a_unit(level: np.ndarray | float, scale: str) -> np.ndarray:
    """Return how many points one unit of the scale is near a level."""
    if scale == "points":
        return np.ones_like(level)
    return 100 * np.exp(-np.logaddexp(0, level) - np.logaddexp(0, -np.asarray(level)))


def inside(percent: ArrayLike) -> np.ndarray:
    """Return rates with 0 and 100 taken as what rounds to them: .05 and 99.95.

    >>> inside([0.0, 19.57, 100.0]).tolist()
    [0.05, 19.57, 99.95]
    """
    return np.clip(np.asarray(percent, dtype=float), HALF_STEP, 100 - HALF_STEP)


def link_problems(link: str, name: str = "scale") -> list[str]:
    """Return what is wrong with the name of a scale, as a list of sentences."""
    return [] if link in LINKS else [f"{name} {link!r} is not known; choose one of {', '.join(LINKS)}"]


class Scored:
    """What a mixture of Student-t on one of ``LINKS`` is worth once the outcome is known: density and scores."""

    weights: np.ndarray
    df: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    link: str

    def _standard(self, z):
        return (np.asarray(z, dtype=float)[..., None] - self.location) / self.scale

    def _log_density(self, percent):
        t = self._standard(to_scale(percent, self.link))
        log_t = (
            -0.5 * (self.df + 1) * np.log1p(t**2 / self.df) - 0.5 * np.log(self.df) - betaln(0.5, self.df / 2)
        )
        log_mixture = logsumexp(log_t - np.log(self.scale), axis=-1, b=self.weights)
        if self.link == "log_odds":
            log_mixture = log_mixture + np.log(100 / (percent * (100 - percent)))
        return log_mixture

    def density(self, values: ArrayLike) -> np.ndarray:
        """Return the density at some values.

        Parameters
        ----------
        values : array_like
            Rates in percent.

        Returns
        -------
        numpy.ndarray
            The density per percentage point, in the shape of ``values``.

        Raises
        ------
        InvalidValue
            On the log-odds link, for values not strictly between 0 and 100, where the density has no finite value.

        Notes
        -----
        ``f(x) = Σ_k w_k t_ν_k((g(x) − μ_k) / s_k) / s_k · g'(x)``.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.Predictive(1.0, 4, -1.5, 0.2).density([15.0, 18.0, 25.0]).round(4)
        array([0.0702, 0.1265, 0.0175])
        """
        values = np.asarray(values, dtype=float)
        outside = values[~((values > 0) & (values < 100))]
        if self.link == "log_odds" and outside.size:
            raise InvalidValue(
                f"density: log-odds exist strictly between 0 and 100 percent, got {outside.tolist()}"
            )
        return np.exp(self._log_density(values))

    def crps(self, observed: float) -> float:
        """Return the continuous ranked probability score; less is better.

        Parameters
        ----------
        observed : float
            What came, in percent.

        Returns
        -------
        float
            The score in percentage points; for a sure forecast it is the absolute error.

        Raises
        ------
        InvalidValue
            For an observation outside 0–100.

        Notes
        -----
        ``∫ (F(x) − 1{x ≥ observed})² dx``, by Gauss–Legendre between multiples of the components' scales, to about
        1e-9 of its size.

        References
        ----------
        Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

        Examples
        --------
        >>> import povertystats as ps
        >>> round(ps.Predictive(1.0, 1e8, 50.0, 1.0, "points").crps(50.0), 7)
        0.233695
        """
        self._check_observed("crps", observed)
        seen = to_scale(observed, self.link)
        reach = -stdtrit(self.df, _REST)
        cuts = (self.location + self.scale * np.clip(_CUTS, -reach, reach)).ravel()
        # Of many components most cuts fall together: one in each scale of the narrowest is enough, fewer outside.
        middle = np.clip(cuts, self.location.min(), self.location.max())
        away = (cuts - middle) / self.scale.min()
        cells = np.floor(middle / self.scale.min() + np.sign(away) * 2 * np.log1p(2 * np.abs(away)))
        cuts = np.append(cuts[np.unique(cells, return_index=True)[1]], cuts.max())
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

    def log_score(self, observed: float) -> float:
        """Return the log score ``−ln f(observed)``, with ``f`` per percentage point; less is better.

        Parameters
        ----------
        observed : float
            What came, in percent.

        Returns
        -------
        float
            The score.

        Raises
        ------
        InvalidValue
            For an observation outside 0–100, and on the log-odds link at 0 and at 100: no finite score exists.

        References
        ----------
        Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

        Examples
        --------
        >>> import povertystats as ps
        >>> round(ps.Predictive(1.0, 4, -1.5, 0.2).log_score(18.0), 4)
        2.0675
        """
        self._check_observed("log_score", observed)
        if self.link == "log_odds" and observed in (0, 100):
            raise InvalidValue(
                f"log_score: an observation of {observed} has no finite score on the log-odds link"
            )
        return -float(self._log_density(np.float64(observed)))

    @staticmethod
    def _check_observed(name, observed):
        if not 0 <= observed <= 100:
            raise InvalidValue(f"{name}: observed must be a percentage between 0 and 100, got {observed}")


def score(predictive: Predictive, observed: float, bound: float) -> dict[str, Any]:
    """Return the scores of one forecast, as a dict, when ``observed`` came (percent).

    median, low50 … high95 (percent), observed, error (observed minus median, points), crps (points), covered50,
    covered80, covered95 (1 or 0), pit (``F(observed)``), and those of the event "at most ``bound``".

    >>> from povertystats.forecasts.predictive import Predictive
    >>> scores = score(Predictive(1.0, 4, -1.5, 0.2), observed=19.0, bound=17.0)
    >>> {name: round(scores[name], 2) for name in ("median", "error", "covered50", "pit", "probability", "brier")}
    {'median': 18.24, 'error': 0.76, 'covered50': 1.0, 'pit': 0.59, 'probability': 0.35, 'brier': 0.12}
    """
    median, *ends = predictive.level_at(_ENDS).tolist()
    intervals = dict(zip(LEVELS, zip(ends[::2], ends[1::2], strict=True), strict=True))
    found = {"median": median}
    for level, (low, high) in intervals.items():
        found |= {f"low{level}": low, f"high{level}": high}
    found |= {"observed": observed, "error": observed - median, "crps": predictive.crps(observed)}
    found |= {f"covered{level}": float(low <= observed <= high) for level, (low, high) in intervals.items()}
    found["pit"] = predictive.probability(at_most=observed)
    return found | event_score(predictive.probability(at_most=bound), observed <= bound)


def event_score(probability: float, met: bool) -> dict[str, float]:
    """Return the scores of one probability: probability, met (1 or 0), log_score, brier; less is better.

    ``log_score = −ln`` of the chance given to what came (a coin: ln 2 = .693), ``brier = (p − met)²`` (a coin:
    .25).

    Source: Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

    >>> event_score(0.75, True)["brier"], round(event_score(0.75, False)["log_score"], 2)
    (0.0625, 1.39)
    """
    scores = {"log_score": float(log_score(probability, met)), "brier": (probability - met) ** 2}
    return {"probability": probability, "met": float(met)} | scores


def log_score(probability: ArrayLike, met: ArrayLike) -> np.ndarray:
    """Return ``−ln`` of the chance that was given to what came, for each probability.

    >>> log_score([0.75, 0.75], [True, False]).round(2).tolist()
    [0.29, 1.39]
    """
    probability = np.asarray(probability, dtype=float)
    return -np.log(np.clip(np.where(met, probability, 1 - probability), _SURE, 1.0))
