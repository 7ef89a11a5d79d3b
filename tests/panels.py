"""Illustrative panels that several test modules share."""

import numpy as np
import pandas as pd

DRIVERS = ["trained_pct", "log(transfer_vnd_k)"]


def provinces(seed=5, places=25, years=6):
    """Poverty rates that fall everywhere, and a driver whose association changes sign with the scale.

    Poor places lose more points but fewer per cent, and the driver rises most where poverty is high.
    """
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    start = np.linspace(-3, 0.5, places)[frame.place]
    rise = (start + 3.5) * frame.year / 10
    log_odds = start - 0.3 * frame.year + 0.45 * rise + 0.02 * rng.normal(size=len(frame))
    frame["poor_pct"] = 100 / (1 + np.exp(-log_odds))
    frame["trained_pct"] = 10 + rise + 0.05 * rng.normal(size=len(frame))
    frame["transfer_vnd_k"] = np.exp(5 + rng.normal(size=len(frame)))
    frame["place"] = frame.place.map("P{:02}".format)
    return frame.assign(year=frame.year + 2010)


def with_gaps():
    panel = provinces()
    panel.loc[[0, 1], "poor_pct"] = [0, 100]
    panel.loc[[9, 10, 11], "trained_pct"] = np.nan
    return panel
