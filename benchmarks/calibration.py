"""Simulate panels whose truth is known, and see whether intervals and probabilities keep what they promise.

    python benchmarks/calibration.py [--panels N]

Panels of 63 places, T = 5, 8 and 12 years, forecast three years ahead; N panels of each process, in two
processes of the computer. Coverage is that of the nominal 80 % interval; the event is a level at least a
quarter below the last one, its log score is in nats, less is better, and a coin scores ln 2. Places of one
panel share their years, so that a standard error takes the panel as the unit.
"""

import argparse
from itertools import product
from multiprocessing import Pool

import numpy as np
import pandas as pd
from scipy.special import expit

from povertystats.facts.series import Observed
from povertystats.forecasts.outlook import forecast
from povertystats.forecasts.peers import fit_peers
from povertystats.records.baselines import naive

PROCESSES = ("local trend", "logistic AR", "damped", "common shock")
LENGTHS, PLACES, AHEAD = (5, 8, 12), 63, 3
KEPT = 0.75
METHODS = ("pooled", "drift", "naive")


def simulate(process, places, years, rng):
    """Return rates in percent, (places, years), of one process on the log-odds; every process falls.

    "local trend": slope and level walk. "logistic AR": a straight line plus deviations with autocorrelation
    .6. "damped": the slope fades by .85 a year. "common shock": a shock of standard deviation .1 a year that
    all places share and keep, twice as large as their own.
    """

    def noise(sd):
        return rng.normal(0, sd, (places, years))

    def slopes(mean, sd):
        return rng.normal(mean, sd, (places, 1))

    level = rng.normal(-1.5, 0.6, (places, 1))
    if process == "local trend":
        slope = slopes(-0.12, 0.04) + noise(0.03).cumsum(axis=1)
        z = (slope + noise(0.04)).cumsum(axis=1) + noise(0.04)
    elif process == "logistic AR":
        z = slopes(-0.12, 0.04) * np.arange(years)
        apart = rng.normal(0, 0.1 / 0.8, places)
        for year, step in enumerate(noise(0.1).T):
            apart = 0.6 * apart + step
            z[:, year] += apart
    elif process == "damped":
        z = (slopes(-0.25, 0.06) * 0.85 ** np.arange(years) + noise(0.04)).cumsum(axis=1) + noise(0.03)
    elif process == "common shock":
        z = (slopes(-0.12, 0.03) + rng.normal(0, 0.1, years) + noise(0.05)).cumsum(axis=1) + noise(0.03)
    else:
        raise ValueError(f"process {process!r} is not known; choose one of {', '.join(PROCESSES)}")
    return 100 * expit(level + z)


def methods(rates, years):
    """Return each method's Predictives of the places, ``AHEAD`` years after ``years``."""
    every = [Observed(years, own) for own in rates]
    panel = (
        pd.DataFrame(rates, columns=years)
        .rename_axis("place")
        .melt(var_name="year", value_name="rate", ignore_index=False)
    )
    found, _, _ = fit_peers(panel.reset_index()).paths_ahead("rate", years, rates, AHEAD)
    made = (
        [path[-1] for path in found],
        [forecast(own, horizon=AHEAD).predictive for own in every],
        [naive(own, AHEAD)[-1] for own in every],
    )
    return dict(zip(METHODS, made, strict=True))


def score(job):
    """Return one panel's mean coverage of the 80 % interval and log score of the event, a row a method.

    ``gain`` is the log score by the drift minus that by the method: above 0 where the method is better.
    """
    process, length, seed = job
    rng = np.random.default_rng([seed, length, PROCESSES.index(process)])
    rates = simulate(process, PLACES, length + AHEAD, rng)
    own, outcome = rates[:, :length], rates[:, -1]
    target = KEPT * own[:, -1]
    met = outcome <= target
    made = methods(own, np.arange(2000, 2000 + length))
    below, chance = (
        {
            name: np.array([at.probability(at_most=x) for at, x in zip(ats, levels, strict=True)])
            for name, ats in made.items()
        }
        for levels in (outcome, target)
    )
    log_score = {name: -np.log(np.where(met, p, 1 - p)).mean() for name, p in chance.items()}
    return [
        {
            "years": length,
            "process": process,
            "method": name,
            "coverage80": ((u >= 0.1) & (u <= 0.9)).mean(),
            "log_score": log_score[name],
            "gain": log_score["drift"] - log_score[name],
            "event": met.mean(),
        }
        for name, u in below.items()
    ]


def summary(rows):
    """Return mean and standard error over panels, a row a length, process and method."""
    return pd.DataFrame(rows).groupby(["years", "process", "method"]).agg(["mean", "sem"])


def main():
    """Print the study as a Markdown table: mean (standard error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=200, help="panels of each process and length")
    panels = parser.parse_args().panels
    with Pool(2) as pool:
        scored = pool.map(score, product(PROCESSES, LENGTHS, range(panels)), chunksize=8)
    table = summary([row for rows in scored for row in rows])
    print(
        f"{panels} panels of {PLACES} places, {AHEAD} years ahead; standard errors over panels in brackets.\n"
    )
    print(
        "| years | process | method | coverage of 80% | log score, coin .693 | better than drift by | event |"
    )
    print("|---|---|---|---|---|---|---|")
    for length, process, method in product(LENGTHS, PROCESSES, METHODS):
        row = table.loc[(length, process, method)]
        cells = [
            f"{row[what, 'mean']:.3f} ({row[what, 'sem']:.3f})"
            for what in ("coverage80", "log_score", "gain")
        ]
        print(f"| {length} | {process} | {method} |", " | ".join(cells), f"| {row['event', 'mean']:.2f} |")


if __name__ == "__main__":
    main()
