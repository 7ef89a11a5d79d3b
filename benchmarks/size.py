"""Simulate panels without any association, and see how often each test of 5 % finds one.

    python benchmarks/size.py [--panels N]

N panels of each design, seeded. The driver of a place is its own level plus an AR(1) series (.5), or a dummy
that half of the places adopt in a year of their own. Errors are AR(1) (.5) too, with a standard deviation
that differs between places (lognormal, .5). The outcome of the linear tests is place + year + error, where
errors grow with the driver's distance from its level; the rate of the fractional logit is
100·Λ(−1.5 + place + year + .4·error), where they do not: on a curved scale the mean would move with them. The
place effect goes with the driver's level (not with the dummy, adopted at random). A test that keeps its
promise rejects in 5 % of panels; the project's bar is 3-7 %.
"""

import argparse
import time

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, stdtr

from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import cv3
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.inference import classical, crv1, parameters, solve
from povertystats.regression.moments import Moments

DESIGNS = {
    "63×10": (63, 10, False),
    "63×5": (63, 5, False),
    "8×5": (8, 5, False),
    "63×10, dummy": (63, 10, True),
}
CORRELATION = 0.5


def autoregressive(shape, rng):
    """Return stationary AR(1) series of unit variance, places by years."""
    series = rng.normal(size=shape)
    for year in range(1, shape[1]):
        fresh = np.sqrt(1 - CORRELATION**2) * series[:, year]
        series[:, year] = CORRELATION * series[:, year - 1] + fresh
    return series


def panel(places, years, dummy, rng):
    """Return a tidy panel: driver x, outcome y and rate y_pct, neither of which depends on x."""
    shape = places, years
    level = rng.normal(size=(places, 1))
    if dummy:
        # From a year between the second and the last; the second half never adopts.
        start = np.where(np.arange(places) < places // 2, rng.integers(1, years, places), years)
        x = (np.arange(years) >= start[:, None]).astype(float)
        apart = x
    else:
        apart = autoregressive(shape, rng)
        x = level + apart
    error = autoregressive(shape, rng) * rng.lognormal(0, 0.5, (places, 1))
    effects = 0.5 * level + rng.normal(0, 0.3, (places, 1)) - 0.1 * np.arange(years)
    rows = pd.MultiIndex.from_product([range(places), range(years)], names=["place", "year"])
    columns = {
        "x": x,
        "y": effects + error * (1 + np.abs(apart) / 2),
        "y_pct": 100 * expit(-1.5 + effects + 0.4 * error),
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, rows).reset_index()


def p_values(frame, seed):
    """Return the two-sided p-value of the driver by each test."""
    moments = Moments.from_frame(frame, "y", ["x"])
    beta = solve(moments)
    last = len(moments.n) - 1
    apart, clustered, jackknife = (
        abs(beta[0]) / np.sqrt(variance[0, 0])
        for variance in (classical(moments, beta), crv1(moments, beta), cv3(moments, beta))
    )
    share = fractional_logit(frame, "y_pct", ["x"])
    fractional = abs(share.estimates[0]) / np.sqrt(share.variance[0, 0])
    return {
        "independent errors": 2 * stdtr(len(frame) - parameters(moments, count_nested=True), -apart),
        "CRV1, normal": 2 * ndtr(-clustered),
        "CRV1, t(G−1)": 2 * stdtr(last, -clustered),
        "CV3, t(G−1)": 2 * stdtr(last, -jackknife),
        "wild cluster bootstrap": wild(moments, draws=999, seed=seed).table.p[0],
        "fractional logit, place means, CV3L, t(G−1)": 2 * stdtr(last, -fractional),
    }


def rejections(design, panels):
    """Return the share of panels in which each test finds an association at 5 %."""
    rng = np.random.default_rng([20200507, list(DESIGNS).index(design)])
    found = pd.DataFrame([p_values(panel(*DESIGNS[design], rng), seed) for seed in range(panels)])
    return (found <= 0.05).mean()


def main():
    """Print the study as a Markdown table: share of rejections (simulation standard error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=1000, help="panels of each design")
    panels = parser.parse_args().panels
    start = time.perf_counter()
    table = pd.DataFrame({design: rejections(design, panels) for design in DESIGNS})
    error = np.sqrt(table * (1 - table) / panels)
    seconds = time.perf_counter() - start
    print(f"{panels} panels of each design, {seconds:.0f} s; simulation standard errors in brackets.\n")
    print("| test of 5 % |", " | ".join(table), "|")
    print("|---|" + "---|" * table.shape[1])
    for test, row in table.iterrows():
        cells = [f"{share:.3f} ({error.loc[test, design]:.3f})" for design, share in row.items()]
        print(f"| {test} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
