"""Whether a test of a coefficient holds, is doubtful, or does not exist, why, and which p to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from povertystats.clusters.dependence import residuals, shared
from povertystats.clusters.effective import effective_clusters, partial_leverage, treated
from povertystats.clusters.freedom import freedom
from povertystats.regression.inference import inverse
from povertystats.rows.kinds import absorbs, by_kind, kinds, sizes
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

# Fewer clusters than this are doubtful whatever else is known: with 8 CV3 rejects in 2-5% of samples, WCR in 3-8%.
FEW = 10
# A test of 5% that rejects in more than this share of samples of like errors: simulated, it keeps below 7% up to here.
SIZE = 0.065
# Fewer effective clusters than this are doubtful whatever errors of one variance foretell: the variance of two or three
# places, such as of a product with what two places have, cannot be told from their figures.
LEAST = 4
# Errors go together where the driver does: z beyond this, and the variance larger by more than this share.
_BEYOND, _LARGER = 2.0, 0.2
# Or the answer turns on it: z beyond this, and p above the level with so many times the inflation that is estimated.
_PERHAPS, _TIMES = 1.0, 1.5
# With more of a driver's variation than this in one cluster a bootstrap of signs has little left to flip, and the
# jackknife finds too little: what is left without it tells next to nothing.
_MOST = 0.5


@dataclass(frozen=True)
class Verdict:
    """What a test of one coefficient is worth.

    ``effective`` number of clusters, ``treated`` clusters of a 0/1 driver (NaN of others), ``verdict`` ("holds",
    "doubtful", "none": no test exists), ``read``: the column of p to read ("p", "p_wild", "p_random", ""), ``why``:
    reasons as keys.
    """

    effective: float
    treated: float
    verdict: str
    read: str
    why: tuple[str, ...] = ()


def judge(
    moments: Moments,
    beta: np.ndarray,
    column: str,
    *,
    errors: str = "cv3",
    known: Mapping[str, float] | None = None,
    level: float = 0.95,
) -> Verdict:
    """Return the verdict on the test of a coefficient.

    ``beta`` (k,): the estimates; ``errors``: by which p and interval are told; ``known``: each p that could be computed
    (p alone, where left out). Reasons: few_clusters (fewer than 10), few_of_a_kind (of two kinds the other), few_treated and few_untreated (of a 0/1 driver), one_cluster (with
    most of the variation, or all of it), uneven (the variation lies in few of the clusters): wherever the test of 5% would
    reject in more than 6.5% of samples with errors of one variance (``freedom``), or with fewer than four effective clusters; shared (residuals go together in the clusters
    in which the driver does: z above 2 and the variance larger by a fifth, ``shared``; or z above 1 and the answer at ``level``
    another with the variance as much larger and half again); rows (errors that take rows as
    independent), unsized (too many effects of rows in memory to work its size out). Simulated in ``benchmarks/size.py``, rejections at 5% without any association, by CV3:

    - 2, 3, 4, 6, 8, 10, 15 treated of 63: .15, .10, .10, .09, .07, .05, .04, where errors of one variance foretell .21,
      .13, .10, .075, .065, .059, .053; of 20: 2, 3, 4, 5, 6 .11, .06, .07, .04, .05, foretold .20, .11, .08, .063, .055.
    - balanced, unbalanced, t3, 20 and 63 places: .03-.05, and 2-4% of samples are called shared.
    - errors and driver shared within 6 regions: 63 places .23, all but .1% called shared; 20 places .09, half called so,
      .06 among the others.

    >>> import pandas as pd
    >>> from povertystats.regression.inference import solve
    >>> from povertystats.regression.moments import Moments
    >>> rng = np.random.default_rng(1)
    >>> panel = pd.DataFrame([(g, t) for g in range(63) for t in range(10)], columns=["place", "year"])
    >>> panel["y"] = rng.normal(size=630)
    >>> for treated in (1, 2, 30):
    ...     moments = Moments.from_frame(panel.assign(d=(panel.place < treated) & (panel.year > 4)), "y", ["d"])
    ...     told = judge(moments, solve(moments), "d")
    ...     print(round(told.effective, 1), told.treated, told.verdict, told.why)
    1.0 1.0 none ('few_treated',)
    2.1 2.0 doubtful ('few_treated',)
    62.4 30.0 holds ()
    """
    known = {"p": np.nan} if known is None else known
    # Of two kinds of clusters either can be too few.
    each = by_kind(moments)
    shares = max((partial_leverage(m, column) for m in each), key=np.max)
    who, g = treated(moments, column), len(moments.n)
    ways = [(m, rho) for m in each for rho in sorted({0.0, 0.0 if absorbs(m) else 1.0})]
    effective = min(effective_clusters(m, column, rho) for m, rho in ways)
    try:
        foretold = [freedom(m, column, errors, rho).size for m, rho in ways]
        # Where only one cluster tells the column CRV1 is a number and no error.
        alone = np.isnan(foretold).any() or errors != "cv3" and np.isnan(freedom(moments, column).size)
    except Refused:  # effects of rows in memory, more than columns can be
        foretold, alone = [], False
    lost = bool("p" not in known or alone)
    few = "few_clusters" if g < FEW else "few_of_a_kind"
    why = [few] if min(sizes(moments)) < FEW else []
    why += [] if foretold else ["unsized"]
    if lost or max(foretold, default=0) > SIZE or shares.max() > _MOST or effective < LEAST:
        why.append(_uneven(who, shares))
    if g >= FEW and _timed(moments) and _shared(moments, beta, column, known.get("p", np.nan), 1 - level):
        why.append("shared")
    if errors not in ("cv3", "crv1"):
        why.append("rows")
    count = np.nan if who is None else float(who.sum())
    if not why:
        return Verdict(effective, count, "holds", "p")
    read = _read(why, known, shares.max()) if known else ""
    return Verdict(effective, count, "doubtful" if read or not lost else "none", read, tuple(why))


def _timed(moments):
    """Return whether places could share what the model leaves of a year."""
    if not isinstance(moments, RowMoments):
        # Residuals of a region with years of its own add up to nothing: in small regions that would look shared.
        return len(moments.columns) > len(moments.regressors) and not moments.years_by
    # Clusters of years, or of a second kind, count what places share.
    clusters = kinds(moments)
    years = [effect for effect in moments.effects if moments.time in effect.split("^")]
    return (
        bool(moments.time) and years == [moments.time] and len(clusters) == 1 and moments.time not in clusters
    )


def _uneven(who, shares):
    if who is not None:
        few = {"few_treated": who.sum(), "few_untreated": (~who).sum()}
        rare = min(few, key=lambda reason: few[reason])
        if 0 < few[rare] < len(who) / 2:
            return rare
    return "one_cluster" if shares.max() > _MOST else "uneven"


def _read(why, known, most):
    if "shared" in why:
        return ""
    if "p_random" in known:
        return "p_random"
    if "p_wild" in known and most <= _MOST and not {"few_treated", "few_untreated"} & {*why}:
        return "p_wild"
    return "" if {"few_treated", "few_untreated", "one_cluster", "rows"} & {*why} else "p"


def _shared(moments, beta, column, p, size):
    """Return whether residuals go together beyond chance where the driver does, and enough to matter or to decide."""
    j = moments.columns.index(column)
    row = inverse(moments)[j]
    # What the other columns leave of the driver, X(A⁻¹)_j, in units of the outcome: a difference of two residuals.
    moved = row * np.sqrt(moments.yy.sum() / row[j])
    driver = residuals(moments, 0 * moved) - residuals(moments, moved)
    found = shared(residuals(moments, beta), driver)
    if found.z > _BEYOND and found.inflation > _LARGER:
        return True
    dof, larger = len(moments.n) - 1, np.sqrt(1 + _TIMES * max(found.inflation, 0))
    return found.z > _PERHAPS and p <= size < 2 * stdtr(dof, stdtrit(dof, p / 2) / larger)
