"""Simulate panels whose truth is known, and see whether intervals and probabilities keep what they promise.

    python benchmarks/calibration.py [--panels N] [--years T ...] [--only PROCESS] [--cores C]

N panels of each process: 63 places, T years, forecast one to three years ahead. Coverage is that of the nominal
80 % interval; the event is a fall by a tenth of the level a year, its log score is in nats, less is better, and a
coin scores ln 2. Places of one panel share their years, so that a standard error takes the panel as the unit.
"""

import argparse
import time
from itertools import product
from multiprocessing import Pool

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtr

import povertystats as ps
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import to_scale

PLACES, AHEAD, KEPT = 63, 3, 0.9
# The one process in which the interval cannot hold: what never happened before, to all places at once.
BREAK = "a break"
# How many places the other instrument knows, and how many figures of each at least and at most.
OWN, FIGURES = 9, (2, 5)
# How many places of a panel are near zero.
LOW = 32
OTHER = "survey"
RATE = "rate"


def _walk(rng, places, years, slope=-0.12, spread=0.04, own=0.05, shared=0.03, noise=0.03):
    """Return a level that all its changes are kept of, seen with noise; places share a shock a year."""
    steps = rng.normal(slope, spread, (places, 1)) + rng.normal(0, own, (places, years))
    return (steps + rng.normal(0, shared, years)).cumsum(axis=1) + rng.normal(0, noise, (places, years))


def local_trend(rng, places, years):
    """Slope and level walk."""
    slope = rng.normal(-0.12, 0.04, (places, 1)) + rng.normal(0, 0.03, (places, years)).cumsum(axis=1)
    return (slope + rng.normal(0, 0.04, (places, years))).cumsum(axis=1) + rng.normal(
        0, 0.04, (places, years)
    )


def autocorrelated(rng, places, years, slope=-0.12, kept=0.6, sd=0.1, shared=0.0):
    """A straight line plus deviations with autocorrelation ``kept``; with slope 0 they revert to a mean."""
    steps = rng.normal(0, sd, (places, years)) + rng.normal(0, shared, years)
    apart = rng.normal(0, sd / np.sqrt(1 - kept**2), places)
    z = rng.normal(slope, 0.04 if slope else 0.0, (places, 1)) * np.arange(years)
    for year in range(years):
        apart = kept * apart + steps[:, year]
        z[:, year] += apart
    return z


def damped(rng, places, years):
    """The slope fades by .85 a year."""
    fades = rng.normal(-0.25, 0.06, (places, 1)) * 0.85 ** np.arange(years)
    return (fades + rng.normal(0, 0.04, (places, years))).cumsum(axis=1) + rng.normal(
        0, 0.03, (places, years)
    )


def regional(rng, places, years):
    """Seven regions, whose shocks are twice their places' own."""
    shocks = np.repeat(rng.normal(0, 0.08, (7, years)), -(-places // 7), axis=0)[:places]
    return _walk(rng, places, years, own=0.04, shared=0.04) + shocks.cumsum(axis=1)


# Each: the rates of the peers' figures on the log-odds, without their level, (places, years).
ONE_INSTRUMENT = {
    "local trend": local_trend,
    "logistic AR": autocorrelated,
    "damped": damped,
    "common shock": lambda rng, *shape: _walk(rng, *shape, spread=0.03, shared=0.1),
    "mean reversion": lambda rng, *shape: autocorrelated(rng, *shape, slope=0.0, shared=0.08),
    "regional shocks": regional,
    "near zero": lambda rng, *shape: _walk(rng, *shape, slope=-0.06, noise=0.0),
    "last figure revised": _walk,
    "smoothed": _walk,
    BREAK: _walk,
}
# How the own instrument differs from the other (pace, its spread, noise, how much of the shared shock it takes), and
# whether the other is smoothed.
TWO_INSTRUMENTS = {
    "two instruments": ({"slope": -0.26, "spread": 0.09, "noise": 0.06}, 1, False),
    "own one noisier": ({"slope": -0.15, "noise": 0.12}, 1, False),
    "own one shaken twice": ({"slope": -0.15}, 2, False),
    "raw, peers smoothed": ({}, 1, True),
}
PROCESSES = (*ONE_INSTRUMENT, *TWO_INSTRUMENTS)


def smoothed(rates):
    """Return means of each three years up to the last, as they are published: two years fewer."""
    return (rates[:, 2:] + rates[:, 1:-1] + rates[:, :-2]) / 3


def simulate(process, length, rng):
    """Return what is known and what comes of one process: ``(panel, name, known, outcomes)``.

    ``panel``: {instrument: (places, length) rates in percent, NaN where unknown}; ``name``: the instrument that is
    forecast; ``known`` and ``outcomes``: its figures of those places that are, and the true ones, one to AHEAD years on.
    """
    if process not in PROCESSES:
        raise ValueError(f"process {process!r} is not known; choose one of {', '.join(PROCESSES)}")
    years = length + AHEAD + 2
    if process in TWO_INSTRUMENTS:
        return _two(*TWO_INSTRUMENTS[process], length, rng)
    z = ONE_INSTRUMENT[process](rng, PLACES, years)
    level = rng.normal(-1.5, 0.6, (PLACES, 1))
    if process == "near zero":
        # Between 1 and 3 % in the last known year, among others of 5 to 30 %; counted in samples of 2,500 households.
        last = np.where(
            np.arange(PLACES) < LOW, rng.uniform(0.01, 0.03, PLACES), rng.uniform(0.05, 0.3, PLACES)
        )
        level = (logit(last) - z[:, length + 1])[:, None]
    if process == BREAK:
        z[:, length + 2 :] += 0.3
    rates = 100 * expit(level + z)
    if process == "near zero":
        rates = np.maximum(rng.binomial(2500, rates / 100), 1) / 25
    if process == "smoothed":
        rates = smoothed(rates)
    rates = rates[:, -(length + AHEAD) :]
    seen = rates[:, :length].copy()
    if process == "last figure revised":
        seen[:, -1] = 100 * expit(logit(seen[:, -1] / 100) + rng.normal(0, 0.05, PLACES))
    scored = slice(LOW if process == "near zero" else PLACES)
    return {RATE: seen}, RATE, seen[scored], rates[scored, length:]


def _two(own, loading, smooth, length, rng):
    years = length + AHEAD + 2
    shared = rng.normal(0, 0.06, years).cumsum()
    level = rng.normal(-1.5, 0.6, (PLACES, 1))
    theirs = 100 * expit(level + _walk(rng, PLACES, years, slope=-0.15, spread=0.03, shared=0.0) + shared)
    others = smoothed(theirs) if smooth else theirs[:, 2:]
    mine = theirs[:OWN] if smooth else 0
    if own:
        mine = 100 * expit(level[:OWN] + 0.3 + _walk(rng, OWN, years, shared=0.0, **own) + loading * shared)
    mine = mine[:, 2:]
    known = np.full((PLACES, length), np.nan)
    for row, n in enumerate(rng.integers(FIGURES[0], FIGURES[1] + 1, OWN)):
        known[row, length - n :] = mine[row, length - n : length]
    return {RATE: known, OTHER: others[:, :length]}, RATE, known[:OWN], mine[:, length:]


def long(panel, years):
    """Return rates {column: (places, years)} as a frame with a row a place and year."""
    return pd.concat(
        {
            column: pd.DataFrame(rates, columns=years).rename_axis(index="place", columns="year").stack()
            for column, rates in panel.items()
        },
        axis=1,
    ).reset_index()


def pooled(panel, name, known, years):
    """Return each place's path of Predictives."""
    frame = long(panel, years)
    peers = fit_peers(frame, units="pct", instruments={column: column for column in panel})
    found = {}
    counts = (~np.isnan(known)).sum(axis=1)
    for n in np.unique(counts):
        rows = np.flatnonzero(counts == n)
        paths, _, _ = peers.paths_ahead(name, years[-n:].tolist(), known[rows, -n:], AHEAD)
        found |= dict(zip(rows, paths, strict=True))
    return [found[row] for row in range(len(known))]


def below(paths, levels):
    """Return the chance of at most ``levels`` (places, AHEAD), for paths of Predictives."""
    weights, df, location, scale = (
        np.array([[getattr(at, part) for at in path] for path in paths])
        for part in ("weights", "df", "location", "scale")
    )
    z = to_scale(levels, paths[0][0].link)[..., None]
    return (weights * stdtr(df, (z - location) / scale)).sum(axis=-1)


def reference(known, levels, link):
    """Return the chance of at most ``levels`` by the exact drift on the log-odds, or by no change in points."""
    chances = np.full(levels.shape, np.nan)
    for row, values in enumerate(known):
        z = to_scale(values[~np.isnan(values)], link)
        steps, ahead = np.diff(z), np.arange(1, AHEAD + 1)
        drift = link == "log_odds"
        df = len(steps) - drift
        if df > 0:
            slope = steps.mean() * drift
            sd = np.sqrt(((steps - slope) ** 2).sum() / df * (ahead + drift * ahead**2 / len(steps)))
            chances[row] = stdtr(df, (to_scale(levels[row], link) - z[-1] - slope * ahead) / sd)
    return chances


def score(job, most=None):
    """Return one panel's mean coverage of the 80 % interval and log scores of the event, a row a year ahead.

    ``drift`` and ``naive`` are the log scores by these methods less that of the pool, where they can be had: above 0
    where the pool is better. ``most``: of how many places.
    """
    process, length, seed = job
    rng = np.random.default_rng([seed, length, PROCESSES.index(process)])
    panel, name, known, outcomes = simulate(process, length, rng)
    known, outcomes = known[:most], outcomes[:most]
    target = known[:, [-1]] * KEPT ** np.arange(1, AHEAD + 1)
    met = outcomes <= target
    paths = pooled(panel, name, known, np.arange(2000, 2000 + length))
    chance, pit = below(paths, target), below(paths, outcomes)

    def scores(p):
        return -np.log(np.clip(np.where(met, p, 1 - p), 1e-15, 1))

    def mean(gains):
        had = ~np.isnan(gains[:, 0])
        return gains[had].mean(axis=0) if had.any() else np.full(AHEAD, np.nan)

    ours = scores(chance)
    against = {
        method: mean(scores(reference(known, target, link)) - ours)
        for method, link in (("drift", "log_odds"), ("naive", "points"))
    }
    return [
        {
            "years": length,
            "process": process,
            "ahead": h + 1,
            "coverage80": ((pit >= 0.1) & (pit <= 0.9))[:, h].mean(),
            "log_score": ours[:, h].mean(),
            "event": met[:, h].mean(),
            **{method: gain[h] for method, gain in against.items()},
        }
        for h in range(AHEAD)
    ]


def summary(rows):
    """Return mean and standard error over panels, a row a length, process and year ahead."""
    return pd.DataFrame(rows).groupby(["years", "process", "ahead"]).agg(["mean", "sem"])


def one_figure(values=(2.0, 5.0, 10.0, 19.57, 40.0, 60.0)):
    """Return for one figure the width of the 80 % interval in points, (values, AHEAD): in points and on log-odds."""
    panel = ps.load_facts().peers("poor_household_pct")
    widths = []
    for scale in ("points", "log_odds"):
        peers = fit_peers(panel, scale=scale, units="pct")
        paths, _, _ = peers.paths_ahead(
            "one figure", (int(panel["year"].max()),), np.array(values)[:, None], AHEAD
        )
        widths.append([[np.subtract(*at.interval(0.8)[::-1]) for at in path] for path in paths])
    return values, np.array(widths)


def main():
    """Print the study as Markdown tables: mean (standard error)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=60, help="panels of each process and length")
    parser.add_argument("--years", type=int, nargs="+", default=[8], help="years known")
    parser.add_argument("--only", default="", help="processes whose names contain this")
    parser.add_argument("--cores", type=int, default=1)
    asked = parser.parse_args()
    start = time.perf_counter()
    jobs = list(product([p for p in PROCESSES if asked.only in p], asked.years, range(asked.panels)))
    if asked.cores > 1:
        with Pool(asked.cores) as pool:
            scored = pool.map(score, jobs, chunksize=8)
    else:
        scored = map(score, jobs)
    table = summary([row for rows in scored for row in rows])
    print(
        f"{asked.panels} panels of {PLACES} places, coverage of 80% and log score 1, 2 and 3 years ahead; "
        "standard errors over panels in brackets.\n"
    )
    heads = ("coverage 1", "2", "3", "log score 1", "2", "3", "drift's more by, 3 ahead", "naive's", "event")
    print(f"| years | process | {' | '.join(heads)} |")
    print("|" + "---|" * (len(heads) + 2))
    for years, process in dict.fromkeys((years, process) for process, years, _ in jobs):
        each = [table.loc[(years, process, h + 1)] for h in range(AHEAD)]
        cells = [(row, what) for what in ("coverage80", "log_score") for row in each]
        cells += [(each[-1], what) for what in ("drift", "naive", "event")]
        said = [f"{row[what, 'mean']:.3f} ({row[what, 'sem']:.3f})" for row, what in cells]
        print(f"| {years} | {process} | {' | '.join(said)} |")
    values, (points, odds) = one_figure()
    print("\nOne figure, peers' interval in points, as a multiple of that on log-odds, 1 to 3 years ahead:\n")
    for value, ratio, width in zip(values, points / odds, odds, strict=True):
        print(
            f"- {value}%: {', '.join(f'{r:.2f}' for r in ratio)} (log-odds: {', '.join(f'{w:.1f}' for w in width)})"
        )
    print(f"\n{time.perf_counter() - start:.0f} seconds.")


if __name__ == "__main__":
    main()
