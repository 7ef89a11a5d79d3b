"""Illustrative panels that several test modules share."""

import numpy as np
import pandas as pd

# The columns that a fact of one's own package needs.
FACT = ["place", "indicator", "year", "value", "unit", "status", "standard", "source_id", "available_from"]
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


def gappy(seed=3, places=15, years=8, keep=0.75):
    """An unbalanced panel with gaps; errors correlated within places."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    frame["x"] = 20 + rng.normal(size=len(frame)).cumsum() / 3
    frame["z"] = rng.normal(size=len(frame))
    noise = rng.normal(size=places)[frame.place] * frame.year / 4 + rng.normal(size=len(frame))
    frame["y"] = 30 - 0.3 * frame.x + 0.2 * frame.z + frame.year + noise
    frame = frame[rng.random(len(frame)) < keep]
    return frame[frame.groupby("place").year.transform("size") > 1].reset_index(drop=True)


def null_panels(places, panels, years=5, rho=0.5, seed=20200507):
    """Panels in which a driver has no association: both follow an AR(1), some places noisier than others."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])

    def series():
        shocks = rng.normal(size=(places, years)) * rng.lognormal(0, 0.5, size=(places, 1))
        for t in range(1, years):
            shocks[:, t] += rho * shocks[:, t - 1]
        return shocks.ravel()

    for _ in range(panels):
        yield frame.assign(y=series(), x=series())
