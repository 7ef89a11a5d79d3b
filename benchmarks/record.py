"""Judge every method of the record on the provinces' rates and on rates of other countries, which rise and fall.

    python benchmarks/record.py [--only METHOD,METHOD]

One year ahead from the last origins of every panel of ``benchmarks/foreign.py``, with three figures or more. Each method
is set beside "no change" in the cases that both could forecast (CRPS as a ratio, below 1 is better), and beside the share
of such falls known at the origin (log score of "a fall by a tenth", in nats, below 0 is better).
"""

import argparse
import time

import numpy as np
from foreign import KNOWN, panels, provinces

import povertystats as ps
from povertystats.records.backtest_result import CASE
from povertystats.records.baselines import CLIMATOLOGY, METHODS, NAIVE

LAST, FEWEST = 5, 3
JUDGED = [name for name in METHODS if name not in ("pooled_apart", "traffic_light")]


def judged(panel, methods):
    """Return ``{method: (cases, CRPS / naive's, what the 80 % interval held, log score less the share's)}``."""
    since = sorted(panel["year"].unique())[-LAST - 1]
    made = ps.backtest(
        panel, units="pct", min_points=FEWEST, since=since, methods=[*methods, CLIMATOLOGY]
    ).forecasts
    wide = made.pivot(index=CASE, columns="method", values=["crps", "covered80", "log_score"])
    found = {}
    for name in methods:
        crps = wide["crps"].reindex(columns=[name, NAIVE]).dropna().sum()
        event = wide["log_score"].reindex(columns=[name, CLIMATOLOGY]).dropna().mean()
        ratio = crps.iloc[0] / crps.iloc[1] if crps.iloc[1] else np.nan
        cases = int((made["method"] == name).sum())
        found[name] = (
            cases,
            ratio,
            wide["covered80"].get(name, wide["crps"][NAIVE] * np.nan).mean(),
            event.iloc[0] - event.iloc[1],
        )
    return found


def main():
    """Print a row a method: on the provinces, and on the other panels together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(JUDGED), help="methods, with commas between")
    methods = parser.parse_args().only.split(",")
    start = time.process_time()
    ours = judged(provinces()["provinces, all"], methods)
    theirs = [judged(panel, methods) for panel in panels().values()]
    print(
        "| one year ahead | cases | CRPS/naive | 80% holds | log score less the share's "
        "| elsewhere: cases | CRPS/naive, mean | worst | 80% holds | log score less the share's |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in methods:
        n, ratio, held, event = ours[name]
        cases, ratios, helds, events = (
            np.array(part) for part in zip(*(of[name] for of in theirs), strict=True)
        )
        mean, worst = np.exp(np.mean(np.log(ratios))), ratios.max()
        row = (
            f"| {name} | {n} | {ratio:.2f} | {held:.0%} | {event:+.2f} "
            f"| {cases.sum()} | {mean:.2f} | {worst:.2f} | {np.average(helds, weights=cases):.0%} "
            f"| {np.average(events, weights=cases):+.2f} |"
        )
        print(row.replace("nan%", "–").replace("nan", "–"))
    print(
        f"\nProvinces: as known now, not on {KNOWN}. {time.process_time() - start:.0f} seconds of one core."
    )


if __name__ == "__main__":
    main()
