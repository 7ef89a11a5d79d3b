"""Simulate panels without any association, and see how often each test of 5 % finds one, and what its verdict is.

    python benchmarks/size.py [--panels N] [--only verdicts | tests] [--first I]

**Tests.** N panels of each design, seeded. The driver of a place is its own level plus an AR(1) series (.5), or a dummy
that half of the places adopt in a year of their own. Errors are AR(1) (.5) too, with a standard deviation
that differs between places (lognormal, .5). The outcome of the linear tests is place + year + error, where
errors grow with the driver's distance from its level; the rate of the fractional logit is
100·Λ(−1.5 + place + year + .4·error), where they do not: on a curved scale the mean would move with them. The
place effect goes with the driver's level (not with the dummy, adopted at random). A test that keeps its
promise rejects in 5 % of panels; the project's bar is 3-7 %.

**Verdicts.** G of 8, 20, 63 places and 10 years, within estimator with effects of both: "balanced" as above; "unbalanced",
the last 3 to 10 years of each place; "t3", errors of Student's t with 3 degrees; "2", "3", "5 treated" from the
middle year on, errors as different between places as above; "regions", half of the variance of errors and of the
driver shared by the places of one of six regions, which nobody is told. Of each: the share of panels called "holds", the
size of the jackknife among all and among these, and the size of the p to be read (``read``) where there is one.
``--first I`` simulates panels I, I + 1, … so that batches add up to one study.
"""

import argparse
import time

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, stdtr

from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import cv3
from povertystats.estimators.errors import Inference
from povertystats.estimators.estimators import ESTIMATORS
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
CELLS = [
    (places, cell)
    for places in (8, 20, 63)
    for cell in ("balanced", "unbalanced", "t3", "2 treated", "3 treated", "5 treated", "regions")
]
YEARS, REGIONS = 10, 6


def autoregressive(shape, rng, draw=None):
    """Return stationary AR(1) series, places by years, of unit variance unless another ``draw`` makes the shocks."""
    series = draw(shape) if draw else rng.normal(size=shape)
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


def cell_panel(places, cell, rng):
    """Return a tidy panel of a cell of the study of verdicts: driver x and outcome y, which do not go together."""
    if cell == "balanced":
        return panel(places, YEARS, False, rng)[["place", "year", "x", "y"]]
    shape, years = (places, YEARS), np.arange(YEARS)
    x, error = rng.normal(size=(places, 1)) + autoregressive(shape, rng), autoregressive(shape, rng)
    kept, unlike = np.ones(shape, bool), rng.lognormal(0, 0.5, (places, 1))
    if cell == "unbalanced":
        kept = years >= YEARS - rng.integers(3, YEARS + 1, (places, 1))
    elif cell == "t3":
        error = autoregressive(shape, rng, lambda size: rng.standard_t(3, size))
    elif cell.endswith("treated"):
        x = (np.arange(places)[:, None] < int(cell[0])) * (years >= YEARS // 2).astype(float)
    else:
        region = np.arange(places) % REGIONS
        x, error = (
            np.sqrt(0.5) * (own + autoregressive((REGIONS, YEARS), rng)[region]) for own in (x, error)
        )
    values = {"x": x, "y": rng.normal(size=(places, 1)) - 0.1 * years + error * unlike}
    rows = pd.MultiIndex.from_product([range(places), range(YEARS)], names=["place", "year"])
    frame = pd.DataFrame({name: part.ravel() for name, part in values.items()}, rows).reset_index()
    return frame[kept.ravel()]


def verdicts(places, cell, panels, first=0, draws=399):
    """Return one row a panel of a cell: p by each test, the verdict on it, its reasons, and the p to be read."""
    how, rows = Inference(draws=draws), []
    for number in range(first, first + panels):
        rng = np.random.default_rng([20200507, places, CELLS.index((places, cell)), number])
        moments = Moments.from_frame(cell_panel(places, cell, rng), "y", ["x"])
        rows.append(ESTIMATORS["within"].rows(moments, 1, how)[0].iloc[0])
    table = pd.DataFrame(rows)[["p", "p_wild", "p_random", "effective", "treated", "verdict", "read", "why"]]
    picked = [row[row["read"]] if row["read"] else np.nan for _, row in table.iterrows()]
    return table.assign(to_read=picked).reset_index(drop=True)


def told(table):
    """Return what a study of verdicts tells of a cell, as texts."""

    def size(p):
        share, n = (p <= 0.05).mean(), len(p)
        return f"{share:.3f} ({np.sqrt(share * (1 - share) / n):.3f})" if n > 50 else "–"

    holds, read = table["verdict"] == "holds", table["to_read"].notna()
    reasons = table["why"][~holds].str.split("; ").explode().value_counts()
    return {
        "holds": f"{holds.mean():.3f}",
        "CV3": size(table["p"]),
        "CV3 where it holds": size(table["p"][holds]),
        "p to read": size(table["to_read"][read]),
        "where it is doubtful": size(table["to_read"][read & ~holds]),
        "doubtful for": ", ".join(f"{reason} {count / len(table):.2f}" for reason, count in reasons.items()),
    }


def main():
    """Print the studies as Markdown tables: share of rejections (simulation standard error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=1000, help="panels of each design")
    parser.add_argument("--only", choices=["tests", "verdicts"], help="one of the two studies")
    parser.add_argument("--first", type=int, default=0, help="number of the first panel, of verdicts")
    asked = parser.parse_args()
    if asked.only != "verdicts":
        print_shares(rejections, DESIGNS, asked.panels)
    if asked.only != "tests":
        print_verdicts(asked.panels, asked.first)


def print_verdicts(panels, first):
    """Print what the verdicts are, cell by cell."""
    lines = []
    for places, cell in CELLS:
        lines.append({"places": str(places), "cell": cell} | told(verdicts(places, cell, panels, first)))
    print(f"{panels} panels of each cell; simulation standard errors in brackets.\n")
    print("|", " | ".join(lines[0]), "|")
    print("|---|" + "---|" * (len(lines[0]) - 1))
    for line in lines:
        print("|", " | ".join(line.values()), "|", flush=True)


def print_shares(shares, designs, panels):
    """Print as a Markdown table in which share of panels each test finds an association; ``shares(design, panels)``."""
    start = time.perf_counter()
    table = pd.DataFrame({design: shares(design, panels) for design in designs})
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
