"""A made country of counties, nothing of it ours: an outcome, four drivers, two controls, nine years."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

DRIVERS = ["roads_km", "clinics_per_10k", "herd_heads", "grant_kip"]
CONTROLS = ["town_pct", "rain_mm"]
LEVERS = ["clinics_per_10k", "grant_kip"]
ROLES = {"hardship_pct": "outcome", **dict.fromkeys(DRIVERS, "driver"), **dict.fromkeys(CONTROLS, "control")}
ROLES |= dict.fromkeys(LEVERS, "lever")


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


def package(known, frame, roles):
    """Return facts of the counties of a frame, as provinces, in which indicators have roles and no driver is listed."""
    names = [name for name in frame if name not in ("place", "year")]
    rows = frame.melt(["place", "year"], names, "indicator").dropna()
    rows = rows.assign(standard="", status="official", bound="", illustrative=False, tier="", source_id="s")
    rows["period"] = rows["year"].astype(str)
    rows["available_from"] = pd.Timestamp("2020-01-01")
    indicators = known.indicators.iloc[: len(names)].assign(
        indicator=names, derived_from="", counts="", change_of="", peers="", rebased=np.nan
    )
    indicators["unit"] = ["pct" if name.endswith("_pct") else "units" for name in names]
    indicators["min"], indicators["max"] = 0.0, indicators["unit"].map({"pct": 100.0})
    indicators["role"] = [roles.get(name, "") for name in names]
    for column in ("title_vi", "title_en", "short_vi", "short_en"):
        indicators[column] = [name.upper() for name in names]
    one = known.places.table[known.places.table["kind"] == "province"].head(1)
    counties = sorted(set(frame["place"]))
    places = pd.concat([one.assign(place=name, name=name, code=name, aliases="", of="") for name in counties])
    return replace(
        known,
        table=rows.assign(unit=rows["indicator"].map(indicators.set_index("indicator")["unit"])),
        places=replace(known.places, table=places.reset_index(drop=True)),
        indicators=indicators,
        drivers=known.drivers.iloc[:0],
        targets=known.targets.iloc[:0],
        specifications={},
    )
