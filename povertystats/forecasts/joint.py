"""Several events at once: the probability that all happen, and joint draws, when forecasts share a shock."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from povertystats.forecasts.predictive import OPEN

DIRECTIONS = ("at_most", "at_least")
# Beyond ±9 a normal density is below 1e-17.
_REACH = 9.0
# A sample is rearranged by ranks; fewer draws than these would rank too coarsely.
_FEWEST_RANKS = 4096


@dataclass(frozen=True)
class Event:
    """One event with its ``probability``, and the ``shared`` share (0-1) of its forecast's variance.

    ``direction``: "at_most" (a common fall helps) or "at_least" (it hurts). Events of one ``shock`` share
    it; those of different ones, or with ``shared`` 0, are independent. Raises ValueError with every fault.
    """

    probability: float
    shared: float = 0.0
    direction: str = "at_most"
    shock: str = ""

    def __post_init__(self):
        problems = [
            f"{name} must lie between 0 and 1, got {value}"
            for name, value in (("probability", self.probability), ("shared", self.shared))
            if not 0 <= value <= 1
        ]
        if self.direction not in DIRECTIONS:
            problems.append(f"direction must be one of {', '.join(DIRECTIONS)}, got {self.direction!r}")
        if problems:
            raise ValueError("Event: " + "; ".join(problems))

    @property
    def loading(self):
        """Correlation of the event's forecast with the shock, signed so that less is better: ±√shared."""
        return np.sqrt(self.shared) * (1 if self.direction == "at_most" else -1)


def probability_of_all(events):
    """Return the probability that all events happen, by a one-factor normal copula.

    ``P = ∫ φ(z) Π Φ((Φ⁻¹(p_i) − a_i z)/√(1 − a_i²)) dz`` with loadings ``a_i = √ρ_i`` for "at_most" and
    ``−√ρ_i`` for "at_least"; the product of that over the shocks. Raises ValueError for no event.

    Source: Vasicek 2002 (Risk 15(12), 160-162); Li 2000, doi:10.3905/jfi.2000.319253 (normal copula).

    >>> round(probability_of_all([Event(0.5, 0.5, shock="poverty"), Event(0.5, 0.5, shock="poverty")]), 4)
    0.3333
    >>> probability_of_all([Event(0.5), Event(0.5)])
    0.25
    """
    if not events:
        raise ValueError("probability_of_all: expected one event or more, got none")
    groups, alone = defaultdict(list), 1.0
    for event in events:
        if event.shared and 0 < event.probability < 1:
            groups[event.shock].append(event)
        else:
            alone *= event.probability
    p = float(alone * np.prod([_together(group) for group in groups.values()]))
    # Open events together are never certain either, however many.
    return float(np.clip(p, OPEN, 1 - OPEN)) if all(0 < event.probability < 1 for event in events) else p


def _together(events):
    """Return the probability that all events of one shock happen."""
    p, a = np.array([(event.probability, event.loading) for event in events]).T
    if len(p) == 1:
        return p[0]
    at, rest = ndtri(p), np.sqrt(np.maximum(1 - a**2, 1e-24))

    def density(z):
        return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * ndtr((at - a * z) / rest).prod()

    # Where a factor turns from 1 to 0: sharp when nearly all variance is shared.
    turns = np.unique(np.concatenate([(at + side * rest) / a for side in (-4, 0, 4)]))
    cuts = [-_REACH, *turns[np.abs(turns) < _REACH], _REACH]
    found = sum(
        quad(density, low, high, epsabs=1e-13)[0] for low, high in zip(cuts[:-1], cuts[1:], strict=True)
    )
    return np.clip(found, max(0.0, p.sum() - len(p) + 1), p.min())


def sample_jointly(forecasts, n, seed):
    """Return ``n`` joint draws in percent, shape (n, places), of forecasts for one year.

    Each column is a sample of its forecast, rearranged by the ranks of ``√ρ z + √(1 − ρ) e`` (one ``z`` for
    forecasts of one indicator, ρ = the last of ``Forecast.shared``): the margins are exact. Forecasts without
    peers, and of different indicators, are independent. The same ``seed`` gives the same draws.

    Raises ValueError for no forecast, different years or n below 1.

    Source: Iman & Conover 1982, doi:10.1080/03610918208812265 (rearrangement by ranks).

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> peers = ps.fit_peers(known.peers("poor_household_pct"))
    >>> both = [known.series("poor_household_pct", place=place) for place in ("Pác Nặm", "Ngân Sơn")]
    >>> draws = sample_jointly([ps.forecast(series, peers=peers) for series in both], 5_000, seed=1)
    >>> draws.shape, bool(np.corrcoef(draws.T)[0, 1] > 0.3)
    ((5000, 2), True)
    """
    problems = [] if forecasts else ["expected one forecast or more, got none"]
    years = sorted({ahead.year for ahead in forecasts})
    problems += [f"the forecasts must be of one year, got {years}"] if len(years) > 1 else []
    problems += [] if n >= 1 else [f"n must be 1 or more, got {n}"]
    if problems:
        raise ValueError("sample_jointly: " + "; ".join(problems))
    rng = np.random.default_rng(seed)
    drawn, shocks, columns = max(n, _FEWEST_RANKS), {}, []
    for ahead in forecasts:
        share = ahead.shared[-1] if ahead.shared else 0.0
        basis = ahead.series.basis
        if basis not in shocks:
            shocks[basis] = rng.standard_normal(drawn)
        latent = np.sqrt(share) * shocks[basis] + np.sqrt(1 - share) * rng.standard_normal(drawn)
        sample = np.sort(ahead.sample(drawn, rng.integers(2**63)))
        columns.append(sample[latent.argsort().argsort()][:n])
    return np.stack(columns, axis=1)
