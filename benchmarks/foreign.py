"""Judge the pooled forecast on rates of other countries, which rise and fall, and on the provinces' own.

    python benchmarks/foreign.py [--only NAME]

Every panel of ``tests/foreign`` (its README names sources and licences) and the peers of the rate of poor households,
as they were known on a day and as they are known now: forecast one to three years ahead from every year at which a
place has three figures, peers refitted at each. CRPS as a ratio to "no change", below 1 is better; what the nominal
80 % interval covers; log score of "a tenth less a year", in nats (a coin scores .693). Origin years are the sample.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

import povertystats as ps

FOLDER = Path(__file__).parents[1] / "tests" / "foreign"
HORIZONS, FEWEST, KNOWN = (1, 2, 3), 3, "2020-05-07"
BANDS = {"below 3%": (0, 3), "3-10%": (3, 10), "above 10%": (10, 100)}


def panels(folder=FOLDER):
    """Return ``{name: panel}`` of the files of a folder: place, year, rate in percent."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        wide = pd.read_csv(path, index_col="place").rename_axis(columns="year")
        found[path.stem] = wide.stack().rename("rate").reset_index().astype({"year": int})
    return found


def provinces():
    """Return the peers of the rate of poor households, known on the day and now."""
    facts = ps.load_facts()
    return {
        f"provinces, known {KNOWN}": surveyed(facts.as_of(KNOWN)),
        "provinces, all": surveyed(facts),
    }


def surveyed(facts, indicator="poor_household_pct"):
    """Return the peers of an indicator that are measured otherwise than it is: all the places', every year."""
    panel = facts.peers(indicator)
    told = panel.attrs.get("instruments", {})
    own = [name for name, what in told.items() if what == told[indicator] and name in panel]
    return panel.drop(columns=own).dropna(
        subset=[name for name in panel if name not in (*own, "place", "year")], how="all"
    )


def judged(panel, horizons=HORIZONS):
    """Return one row a case that both methods forecast: scores of "pooled" and "naive", and the last figure."""
    made = ps.backtest(
        panel, units="pct", horizons=horizons, min_points=FEWEST, methods=("pooled",)
    ).forecasts
    both = made.pivot(
        index=["indicator", "place", "origin", "horizon", "last"],
        columns="method",
        values=["crps", "covered80", "log_score", "met"],
    ).dropna()
    both.columns = [f"{what}_{method}" for what, method in both.columns]
    return both.reset_index()


def row(cases):
    """Return ratio of CRPS, its standard error over origin years, coverage and log scores of some cases."""
    sums = cases.groupby("origin")[["crps_pooled", "crps_naive"]].sum()
    ours, its = sums.sum()
    error = np.nan
    if (years := len(sums)) > 2:
        without = np.log((ours - sums["crps_pooled"]) / (its - sums["crps_naive"]))
        error = ours / its * np.sqrt((years - 1) / years * ((without - without.mean()) ** 2).sum())
    scores = cases[
        ["crps_pooled", "covered80_pooled", "log_score_pooled", "log_score_naive", "met_naive"]
    ].mean()
    return {"n": len(cases), "years": years, "ratio": ours / its, "error": error, **scores}


def main():
    """Print a table by panel and horizon, and one by level of the last figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="panels whose names contain this")
    only = parser.parse_args().only
    start = time.process_time()
    every = {name: judged(panel) for name, panel in (panels() | provinces()).items() if only in name}
    print(
        "| panel | years ahead | n | origins | CRPS | CRPS/naive (s.e.) | 80% holds | log score | naive's | event |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, cases in every.items():
        for horizon, some in cases.groupby("horizon"):
            tell(name, horizon, row(some))
        tell(name, "1-3", row(cases))
    print("\n| one year ahead, level | panels | n | CRPS/naive | 80% holds | log score | naive's |")
    print("|---|---|---|---|---|---|---|")
    groups = {"foreign": [c for n, c in every.items() if "provinces" not in n]}
    groups |= {name: [cases] for name, cases in every.items() if "provinces" in name}
    for group, some in groups.items():
        if not some:
            continue
        cases = pd.concat(some).query("horizon == 1")
        for band, (low, high) in BANDS.items():
            part = cases[(cases["last"] >= low) & (cases["last"] < high)]
            if len(part):
                r = row(part)
                print(
                    f"| {band} | {group} | {r['n']} | {r['ratio']:.3f} | {r['covered80_pooled']:.3f} "
                    f"| {r['log_score_pooled']:.3f} | {r['log_score_naive']:.3f} |"
                )
    for name, of in {"1": [1], "1-3": HORIZONS}.items():
        ratios = [row(c[c["horizon"].isin(of)])["ratio"] for c in groups["foreign"]]
        if ratios:
            mean = np.exp(np.mean(np.log(ratios)))
            print(f"\nForeign panels, {name} ahead: mean ratio {mean:.3f}, worst {max(ratios):.3f}.")
    print(f"{time.process_time() - start:.0f} seconds of one core.")


def tell(name, horizon, r):
    """Print one row."""
    print(
        f"| {name} | {horizon} | {r['n']} | {r['years']} | {r['crps_pooled']:.3f} | {r['ratio']:.3f} ({r['error']:.3f}) "
        f"| {r['covered80_pooled']:.3f} | {r['log_score_pooled']:.3f} | {r['log_score_naive']:.3f} | {r['met_naive']:.2f} |"
    )


if __name__ == "__main__":
    main()
