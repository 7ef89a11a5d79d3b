"""Randomisation inference: the dates of adoption dealt out to the places anew, the estimates made again."""

from __future__ import annotations

import numpy as np

from povertystats.adoption.sums import Design
from povertystats.clusters.assignments import all_assignments, drawn_assignments, number

# Deals worked on at once: few enough to stay in the processor's cache.
_BATCH = 32
# What is larger by less than this share is as large in another order of adding.
_TIE = 1e-9


def by_chance(
    design: Design, *, draws: int = 999, seed: int = 1, size: float = 0.05
) -> tuple[np.ndarray, float] | None:
    """Return p of each estimate (E,) and of all before adoption: how often dates dealt out give as large a t, by the jackknife.

    The share with ``|t*| ≥ |t|`` of all deals, where there are no more than ``draws``, else
    ``(1 + #{|t*| ≥ |t|})/(1 + draws)``; where an estimate rests on one place and has no t, by the estimates themselves.
    All before adoption together: by the largest |t| among them, NaN without any.
    Dates go to places as they stand, so that each deal has the cohorts of the data. A deal that cannot tell an estimate
    counts as larger. None where deals are too few to give a p of ``size``.
    Source: MacKinnon & Webb 2020, doi:10.1016/j.jeconom.2020.04.024 (RI-t, RI-β).
    """
    first = design.data.first
    dates, own = np.unique(first, return_inverse=True)
    every = number(own) <= draws
    if min(number(own), 1 + draws) * size < 1:
        return None
    deals = all_assignments(own) if every else drawn_assignments(own, draws, seed)
    parts = np.stack([design.parts(np.full(len(first), date)) for date in dates], axis=1)
    at = np.arange(len(first))
    (estimate,), (t,) = _statistics(design, parts[at, own][None])
    larger, larger_before = np.zeros(len(estimate)), 0
    before = np.array([row.kind == "before" for row in design.rows]) & np.isfinite(t)
    largest = np.abs(t[before]).max(initial=0)
    for start in range(0, len(deals), _BATCH):
        drawn, drawn_t = _statistics(design, parts[at, deals[start : start + _BATCH]])
        by_t = ~(np.abs(drawn_t) < np.abs(t) * (1 - _TIE))
        by_size = ~(np.abs(drawn) < np.abs(estimate) * (1 - _TIE))
        larger += np.where(np.isnan(t), by_size, by_t).sum(axis=0)
        larger_before += int((~(np.abs(drawn_t[:, before]) < largest * (1 - _TIE))).any(axis=1).sum())
    one = 0 if every else 1
    p = np.where(np.isnan(estimate), np.nan, (one + larger) / (one + len(deals)))
    return p, (one + larger_before) / (one + len(deals)) if before.any() else np.nan


def _statistics(design, each):
    """Return estimates and t by the jackknife of each deal, (B, E), from the parts of its places (B, G, P)."""
    whole = each.sum(axis=1)
    estimate = design.finish(whole)
    without = design.finish(whole[:, None] - each)
    se = np.sqrt((1 - 1 / each.shape[1]) * ((without - estimate[:, None]) ** 2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimate, np.where(se > 0, estimate / se, np.nan)
