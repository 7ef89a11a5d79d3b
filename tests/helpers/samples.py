"""Samples in strata and clusters, and their errors by the formula as it stands in textbooks, household by household."""

import numpy as np
import pandas as pd


def sample(seed=20, strata=5, psus=(3, 7), homes=(4, 12)):
    """Return illustrative households of villages (``psu``) in strata, with weights, income, persons and who is poor."""
    rng, frames = np.random.default_rng(seed), []
    for h in range(strata):
        for i in range(rng.integers(*psus)):
            n, level = rng.integers(*homes), rng.normal() + h / 3
            columns = {
                "stratum": f"S{h}",
                "psu": f"{i}",
                "weight": (20 + 30 * rng.random(n) * (h + 1)).round(3),
            }
            columns["income"] = (900 * np.exp(0.4 * (level + rng.normal(size=n)))).round(1)
            columns |= {"persons": rng.integers(1, 9, n), "ethnic": rng.choice(["Dao", "Kinh", "Tày"], n)}
            frames.append(pd.DataFrame(columns))
    rows = pd.concat(frames, ignore_index=True)
    rows["poor"] = (rows["income"] < 1000).astype(int)
    return rows.assign(poor_persons=rows["poor"] * rows["persons"])


def linearised_error(rows, y, x=None, inside=True, population=None):
    """Return an estimate and its standard error: the total of ``y``, or its ratio to that of ``x``, of the rows inside."""
    w, y = rows["weight"] * inside, rows[y].astype(float)
    estimate, score = (w * y).sum(), w * y
    if x is not None:
        x = rows[x].astype(float) if isinstance(x, str) else pd.Series(1.0, rows.index)
        size, estimate = (w * x).sum(), (w * y).sum() / (w * x).sum()
        score = w * (y - estimate * x) / size
    variance = 0.0
    for stratum, of in score.groupby(rows["stratum"]):
        z = of.groupby(rows["psu"]).sum()
        share = len(z) / population[stratum] if population else 0.0
        variance += (1 - share) * len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum()
    return estimate, np.sqrt(variance)
