"""A made country of counties, nothing of it ours: an outcome, four drivers, two controls, nine years."""

import itertools

import numpy as np
import pandas as pd

DRIVERS = ["roads_km", "clinics_per_10k", "herd_heads", "grant_kip"]
CONTROLS = ["town_pct", "rain_mm"]


def counties(places=14, years=range(2011, 2020), seed=5, effect=-0.4):
    """Return a panel whose rate falls by ``effect`` points for each clinic, and by nothing else; one county is restless."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(list(itertools.product(range(places), years)), columns=["place", "year"])
    own, n = frame["place"].to_numpy(), len(frame)
    frame["roads_km"] = 100 + 9 * rng.normal(size=places)[own] + rng.normal(size=n)
    frame["clinics_per_10k"] = 12 + 3 * rng.normal(size=places)[own] + rng.normal(size=n)
    frame["herd_heads"] = np.exp(5 + 0.3 * rng.normal(size=places)[own] + 0.2 * rng.normal(size=n))
    frame["grant_kip"] = np.exp(9 + rng.normal(size=n) * np.where(own == 3, 2.0, 0.2))
    frame["town_pct"] = 30 + 5 * rng.normal(size=places)[own] + rng.normal(size=n)
    frame["rain_mm"] = 900 + 50 * rng.normal(size=n)
    level = 30 + 4 * rng.normal(size=places)[own] - 0.9 * (frame["year"] - frame["year"].min())
    noise = 0.3 * rng.normal(size=n)
    frame["hardship_pct"] = level + effect * (frame["clinics_per_10k"] - 12) + noise
    return frame.assign(place=[f"County {chr(65 + i)}" for i in own])
