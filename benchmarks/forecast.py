"""Time the rolling backtest's forecasts against loops over statsmodels, as ratios in one run; then their accuracy.

    make bench

Every place's series of the peers of the rate of poor households, cut at every origin year, with three or more
figures; one to three years ahead, from log-odds. Ours refits the peers at each origin. The statsmodels models
are fitted to a seeded sample of the same series, and their time is scaled up to all of them. The second table
compares ours with each other method in the cases that both could forecast, one year ahead.
"""

import statistics
import time
import tracemalloc
from collections import Counter, defaultdict

import numpy as np
from foreign import surveyed

import povertystats as ps
from povertystats.facts.series import Observed
from povertystats.forecasts.forecast import ForecastError
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.structural_trends import covariances
from povertystats.records.backtest_result import CASE
from povertystats.records.baselines import arima, components, ets

HORIZON, FEWEST, ROUNDS, SAMPLE = 3, 3, 5, 60


def series_by_origin(panel):
    """Return ``{origin: {(indicator, years): [values]}}``: every series as it stood at each year of its own."""
    found = defaultdict(lambda: defaultdict(list))
    for indicator in panel.columns.difference(["place", "year"]):
        for _, own in panel[["place", "year", indicator]].dropna().groupby("place"):
            years, values = own["year"].tolist(), own[indicator].to_numpy(dtype=float)
            for n in range(FEWEST, len(years) + 1):
                if ((values[:n] > 0) & (values[:n] < 100)).all():
                    found[years[n - 1]][indicator, tuple(years[:n])].append(values[:n])
    return found


def pooled(panel, work):
    """Forecast all: one fit of the peers an origin, then all series of the same years at once."""
    covariances.cache_clear()
    for origin, groups in work.items():
        peers = fit_peers(panel[panel["year"] <= origin])
        for (indicator, years), values in groups.items():
            peers.paths_ahead(indicator, years, np.array(values), HORIZON)


def loop(method, sample):
    """Forecast one series after another; return the counts of reasons why it could not."""
    refused = Counter()
    for series in sample:
        try:
            method(series, HORIZON)
        except ForecastError as error:
            refused.update(error.reasons)
    return refused


def timed(function, *args):
    """Return the seconds that ``function`` takes, and what it returns."""
    start = time.perf_counter()
    found = function(*args)
    return time.perf_counter() - start, found


def peak(function, *args):
    """Return the peak of what ``function`` allocates, in MB."""
    tracemalloc.start()
    function(*args)
    found = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found


def main():
    """Print the table of times, ratios and peak memory."""
    panel = surveyed(ps.load_facts())
    work = series_by_origin(panel)
    every = [
        Observed(np.array(years), values, indicator=indicator)
        for groups in work.values()
        for (indicator, years), rows in groups.items()
        for values in rows
    ]
    rng = np.random.default_rng(4)
    sample = [every[i] for i in rng.choice(len(every), SAMPLE, replace=False)]
    pooled(panel, work)
    base = statistics.median(timed(pooled, panel, work)[0] for _ in range(ROUNDS))
    print(
        f"| {len(every)} series at {len(work)} origins, 1-{HORIZON} years ahead | seconds | ratio | no forecast | peak MB |"
    )
    print("|---|---|---|---|---|")
    print(
        f"| povertystats, peers fitted at each origin | {base:.2f} | 1 | 0% | {peak(pooled, panel, work):.1f} |"
    )
    total, scale = 0.0, len(every) / SAMPLE
    for method in (ets, arima, components):
        seconds, refused = timed(loop, method, sample)
        total += scale * seconds
        print(
            f"| statsmodels {method.__name__}, from {SAMPLE} series | {scale * seconds:.1f} | {scale * seconds / base:.0f} "
            f"| {refused.total() / SAMPLE:.0%} | {peak(loop, method, sample[:20]):.1f} |"
        )
    print(f"| statsmodels, the three | {total:.1f} | {total / base:.0f} | | |\n")
    accuracy(panel)


def accuracy(panel):
    """Print the CRPS of ours and of each other method in the cases that both made, origins from 2013 on."""
    others = ["log_odds", "points", "ets", "arima", "components", "naive"]
    record = ps.backtest(panel, since=2013, methods=("pooled", *others))
    made = record.forecasts.pivot(index=CASE, columns="method", values=["crps", "covered80"])
    print("| one year ahead, against | cases | CRPS, ours | CRPS | lower by | 80% holds, ours | 80% holds |")
    print("|---|---|---|---|---|---|---|")
    for name in others:
        both = made[[(part, m) for part in ("crps", "covered80") for m in ("pooled", name)]].dropna()
        ours, its, held, kept = both.mean()
        print(
            f"| {name} | {len(both)} | {ours:.3f} | {its:.3f} | {1 - ours / its:.0%} | {held:.0%} | {kept:.0%} |"
        )


if __name__ == "__main__":
    main()
