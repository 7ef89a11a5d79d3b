"""What the tests in a table of estimates are worth: the verdict on each, by randomisation where few places are treated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from povertystats.clusters.randomisation import randomisation
from povertystats.clusters.verdict import judge
from povertystats.estimators.errors import Inference
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.words.errors import Refused

# Reasons to doubt a test that randomisation inference does not have.
_MANY, _COLUMNS = 2000, ("p_random", "effective", "treated", "verdict", "read", "why")
_CURED = {"few_clusters", "few_treated", "few_untreated", "uneven", "one_cluster"}


def judged(rows: pd.DataFrame, moments: Moments, how: Inference) -> pd.DataFrame:
    """Return a table of the first coefficients (p, p_wild) with p_random, effective, treated, verdict, read and why.

    ``p_random`` where a test of a 0/1 driver is doubtful, randomisation can be used and can reject at ``how.level``.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> told = judged(pd.DataFrame({"p": [0.01], "p_wild": np.nan}), m, Inference())
    >>> told[["effective", "verdict", "read", "why"]].values.tolist()
    [[2.0, 'doubtful', '', 'few_clusters; one_cluster']]
    """
    beta, told = solve(moments), []
    # Not of rows in memory, whose effects places need not keep, nor of so many places that draws fill the memory.
    dealt = how.draws and type(moments) is Moments and len(moments.n) <= _MANY
    for name, p, wild in zip(moments.regressors, rows["p"].tolist(), rows["p_wild"].tolist(), strict=False):
        known = {key: value for key, value in (("p", p), ("p_wild", wild)) if value == value}
        found = judge(moments, beta, name, errors=how.errors, known=known, level=how.level)
        random = np.nan
        if dealt and not np.isnan(found.treated) and found.why and {*found.why} <= _CURED:
            random = _random(moments, name, how)
        if not np.isnan(random):
            found = replace(found, verdict="doubtful", read="p_random")
        told.append((random, found.effective, found.treated, found.verdict, found.read, "; ".join(found.why)))
    return rows.assign(**dict(zip(_COLUMNS, map(list, zip(*told, strict=True)), strict=True)))


def _random(moments: Moments, name: str, how: Inference) -> float:
    """Return p by randomisation; NaN where it cannot be used or could never reject."""
    try:
        test = randomisation(moments, name, draws=how.draws, seed=how.seed, level=how.level)
    except Refused:
        return np.nan
    return test.p if test.least <= 1 - how.level + 1e-10 else np.nan
