"""Simulate panels in which errors and driver are shared within regions, and see how often each test of 5 % finds something.

    python benchmarks/regions.py [--panels N]

N panels of each design, seeded: 20 or 63 places of 6 regions over 10 years. Driver and error of a place are each the sum
of an AR(1) series (.5) of its own and one of its region, of equal variance ("shared"), or of its own alone ("apart");
neither depends on the other. Told beside the shares of rejections: how often residuals are found to go together within
regions, and how often a fit that knows its regions calls the test by place doubtful (``fit_drivers(region=…)``).
"""

import argparse

import numpy as np
import pandas as pd
from size import print_shares

from povertystats.associations.regional import by_regions
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import by_jackknife, leave_one_out
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments

YEARS, REGIONS, CORRELATION = 10, 6, 0.5
DESIGNS = {
    "63 places, shared": (63, 1.0),
    "20 places, shared": (20, 1.0),
    "63 places, apart": (63, 0.0),
    "20 places, apart": (20, 0.0),
}


def autoregressive(rows, rng):
    """Return stationary AR(1) series of unit variance, rows by years."""
    series = rng.normal(size=(rows, YEARS))
    for year in range(1, YEARS):
        fresh = np.sqrt(1 - CORRELATION**2) * series[:, year]
        series[:, year] = CORRELATION * series[:, year - 1] + fresh
    return series


def panel(places, shared, rng):
    """Return a tidy panel: place, region, year, driver x and outcome y, which does not depend on x."""
    region = np.arange(places) % REGIONS
    columns = {
        name: (autoregressive(places, rng) + shared * autoregressive(REGIONS, rng)[region]).ravel()
        for name in "xy"
    }
    rows = pd.MultiIndex.from_product([range(places), range(YEARS)], names=["place", "year"])
    return pd.DataFrame(columns, rows).reset_index().assign(region=lambda f: f["place"] % REGIONS)


def tests(frame, seed, draws=999):
    """Return the p of the driver by each test, then whether dependence is found and the test by place called doubtful."""
    places = Moments.from_frame(frame, "y", ["x"])
    years = Moments.from_frame(frame, "y", ["x"], years_by="region")
    of = {place: place % REGIONS for place in places.labels}
    found = by_regions(places, of, 1, draws=draws, seed=seed)
    own, apart = (
        by_jackknife(m.columns, solve(m), leave_one_out(m, ["x"])).iloc[:1] for m in (places, years)
    )
    return {
        "by place, CV3": own["p"][0],
        "by place, bootstrap": wild(places, "x", draws=draws, seed=seed).table["p"][0],
        "by region, CV3": found.table["p"][0],
        "by region, bootstrap": found.table["p_wild"][0],
        "years of each region, by place, CV3": apart["p"][0],
        "residuals go together (test)": found.dependence.p,
        "by place, CV3, and not called doubtful": 1.0
        if found.called_for(0.95) and found.changes(own["p"], 0.95)[0]
        else own["p"][0],
    }


def rejections(design, panels):
    """Return the share of panels in which each test finds something at 5 %."""
    rng = np.random.default_rng([20200507, list(DESIGNS).index(design)])
    found = pd.DataFrame([tests(panel(*DESIGNS[design], rng), seed) for seed in range(panels)])
    return (found <= 0.05).mean()


def main():
    """Print the study as a Markdown table: share of rejections (simulation standard error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=1000, help="panels of each design")
    print_shares(rejections, DESIGNS, parser.parse_args().panels)


if __name__ == "__main__":
    main()
