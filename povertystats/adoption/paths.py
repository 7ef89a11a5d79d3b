"""Randomisation inference: the dates of adoption dealt out to the places anew, the estimates made again."""

from __future__ import annotations

from math import lgamma

import numpy as np

from povertystats.adoption.sums import Design

# Deals worked on at once: few enough to stay in the processor's cache.
_BATCH = 32


def by_chance(design: Design, *, draws: int = 999, seed: int = 1) -> np.ndarray:
    """Return p of each estimate (E,): how often dates dealt out at random give as large a t, by the jackknife.

    ``p = (1 + #{|t*| ≥ |t|})/(1 + draws)``; where an estimate rests on one place and has no t, by the estimates
    themselves. Dates go to places as they stand, so that each deal has the cohorts of the data. A deal that cannot tell
    an estimate counts as larger.
    Source: MacKinnon & Webb 2020, doi:10.1016/j.jeconom.2020.04.024 (RI-t, RI-β).
    """
    first = design.data.first
    dates, dealt = np.unique(first, return_inverse=True)
    parts = np.stack([design.parts(np.full(len(first), date)) for date in dates], axis=1)
    actual = parts[np.arange(len(first)), dealt][None]
    estimate, t = (some[0] for some in _statistics(design, actual))
    random, larger = np.random.default_rng(seed), np.zeros(len(estimate))
    for start in range(0, draws, _BATCH):
        deals = random.permuted(np.tile(dealt, (min(_BATCH, draws - start), 1)), axis=1)
        drawn, drawn_t = _statistics(design, parts[np.arange(len(first)), deals])
        by_t = ~(np.abs(drawn_t) < np.abs(t) * (1 - 1e-9))
        by_size = ~(np.abs(drawn) < np.abs(estimate) * (1 - 1e-9))
        larger += np.where(np.isnan(t), by_size, by_t).sum(axis=0)
    return np.where(np.isnan(estimate), np.nan, (1 + larger) / (1 + draws))


def deals(first: np.ndarray) -> float:
    """Return in how many ways the dates can be dealt out to the places: G!/∏ n_c!.

    >>> round(deals(np.array([2012.0, np.inf, np.inf, np.inf])), 6)
    4.0
    """
    _, sizes = np.unique(first, return_counts=True)
    return float(np.exp(min(lgamma(len(first) + 1) - sum(lgamma(n + 1) for n in sizes), 700)))


def _statistics(design, each):
    """Return estimates and t by the jackknife of each deal, (B, E), from the parts of its places (B, G, P)."""
    whole = each.sum(axis=1)
    estimate = design.finish(whole)
    without = design.finish(whole[:, None] - each)
    se = np.sqrt((1 - 1 / each.shape[1]) * ((without - estimate[:, None]) ** 2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimate, np.where(se > 0, estimate / se, np.nan)
