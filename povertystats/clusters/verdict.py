"""Whether a test of a coefficient holds, is doubtful, or does not exist, why, and which p to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from povertystats.clusters.effective import effective_clusters, treated

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments


# Below so many effective clusters t with G − 1 degrees finds too much.
_FEW = 5.0


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


def judge(moments: Moments, column: str) -> Verdict:
    """Return the verdict on a coefficient.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> judge(Moments.from_frame(panel, "y", ["x"], time=None), "x").verdict
    'doubtful'
    """
    effective, who = effective_clusters(moments, column), treated(moments, column)
    count = float("nan") if who is None else float(who.sum())
    few = effective < _FEW
    return Verdict(effective, count, "doubtful" if few else "holds", "p", ("few_clusters",) if few else ())
