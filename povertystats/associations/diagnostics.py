"""What lies behind a fit: rows used and left out, how far it rests on few places, how far residuals go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pandas as pd

from povertystats.clusters.dependence import dependence, residuals
from povertystats.clusters.effective import effective_clusters, leverage, partial_leverage
from povertystats.clusters.jackknife import leave_pairs_out
from povertystats.regression.inference import solve, within_r2
from povertystats.regression.moments import Moments
from povertystats.words.errors import Refused


def diagnose(
    moments: Mapping[tuple[str, str], Moments], drivers: Sequence[str], without: pd.DataFrame
) -> pd.DataFrame:
    """Return the diagnostics of each fit: estimator, scale, quantity, column, place, value.

    ``moments`` by (estimator, scale); ``without``: the estimates leaving one place out (estimator, scale,
    driver, place, estimate). Influence: the lowest and highest of these, and the pair of places that moves the
    estimate most, and the largest leverage of all columns together. Overlap: the largest partial leverage (the part of a driver's variation beside all other
    regressors that one place brings), and the number of equal places that would bring as much.
    """
    rows = []
    for (estimator, scale), m in moments.items():
        beta = solve(m)
        own = without[(without["estimator"] == estimator) & (without["scale"] == scale)]
        items = [
            ("rows", None, None, int(m.n.sum()) + sum(count for *_, count in m.dropped)),
            *((f"dropped: {reason}", column, None, count) for reason, column, count in m.dropped),
            ("rows used", None, None, int(m.n.sum())),
            ("clusters", m.cluster, None, len(m.n)),
            ("smallest cluster", m.cluster, None, int(m.n.min())),
            ("largest cluster", m.cluster, None, int(m.n.max())),
            ("within R²", None, None, within_r2(m, beta)),
        ]
        if type(m) is Moments:
            pulls = leverage(m)
            items.append(("largest leverage", None, m.clusters[int(pulls.argmax())], pulls.max()))
        for driver, column in zip(drivers, m.regressors, strict=False):
            found = _influence(m, beta, column, own[own["driver"] == driver])
            items += [(quantity, driver, place, value) for quantity, place, value in found]
        if m.time:
            found = dependence(residuals(m, beta))
            items += [(f"residual correlation: {name}", None, None, value) for name, value in found.items()]
        rows += [(estimator, scale, *item) for item in items]
    return pd.DataFrame(rows, columns=["estimator", "scale", "quantity", "column", "place", "value"])


def _influence(moments, beta, column, own):
    shares = partial_leverage(moments, column)
    top = int(shares.argmax())
    if len(own):  # none of what one place alone tells
        for name, which in (("lowest", "idxmin"), ("highest", "idxmax")):
            row = own.loc[own["estimate"].agg(which)]
            yield f"{name} without one place", row["place"], row["estimate"]
    if len(own) and len(moments.n) > 3:  # of three places one would be left
        with suppress(Refused):  # more effects of rows than can be held
            pair = leave_pairs_out(moments, column, beta).iloc[0]
            yield "moved most by two places", f"{pair['first']}, {pair['second']}", pair["estimate"]
    yield "largest share of variation", moments.clusters[top], shares[top]
    yield "places of equal variation", None, effective_clusters(moments, column)
