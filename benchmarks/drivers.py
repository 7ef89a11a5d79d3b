"""Time two-way effects with clustered errors against other packages, as ratios in one run.

    make bench

Every package fits the same model to the same illustrative panel (63 provinces, 12 years) in turn, several
rounds each; the median of its rounds counts. The estimates must agree before any time is told.
"""

import statistics
import time
import tracemalloc

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from linearmodels.panel import PanelOLS

import povertystats as ps

ROUNDS = 15


def panel(places=63, years=12, seed=1):
    """Return an illustrative panel: a rate that falls with a driver, plus place, year and noise."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([[f"p{i:02d}" for i in range(places)], range(2005, 2005 + years)])
    frame = pd.DataFrame(index=index.set_names(["place", "year"])).reset_index()
    frame["x_pct"] = rng.normal(20, 5, len(frame))
    place = rng.normal(0, 5, places)[frame["place"].astype("category").cat.codes]
    frame["y_pct"] = (
        30 - 0.2 * frame["x_pct"] + place - 0.5 * (frame["year"] - 2005) + rng.normal(0, 1, len(frame))
    )
    return frame


def ours(frame):
    fit = ps.fit_drivers(frame, "y_pct", ["x_pct"], scales=["points"], count_nested=True)
    return fit.table.loc[0, ["estimate", "se"]].tolist()


def by_statsmodels(frame):
    groups = frame["place"].astype("category").cat.codes
    fit = smf.ols("y_pct ~ x_pct + C(place) + C(year)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    return [fit.params["x_pct"], fit.bse["x_pct"]]


def by_linearmodels(frame):
    indexed = frame.set_index(["place", "year"])
    model = PanelOLS(indexed["y_pct"], indexed[["x_pct"]], entity_effects=True, time_effects=True)
    fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    return [fit.params["x_pct"], fit.std_errors["x_pct"]]


def main():
    """Print the table of times, ratios and peak memory."""
    frame = panel()
    methods = {"povertystats": ours, "statsmodels": by_statsmodels, "linearmodels": by_linearmodels}
    answers = {name: method(frame) for name, method in methods.items()}
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, answers["povertystats"], rtol=1e-6, err_msg=name)
    times = {name: [] for name in methods}
    for _ in range(ROUNDS):
        for name, method in methods.items():
            start = time.perf_counter()
            method(frame)
            times[name].append(time.perf_counter() - start)
    base = statistics.median(times["povertystats"])
    print("| fit + clustered errors, 63×12 | median ms | ratio | peak MB |\n|---|---|---|---|")
    for name, method in methods.items():
        tracemalloc.start()
        method(frame)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        middle = statistics.median(times[name])
        print(f"| {name} | {1000 * middle:.1f} | {middle / base:.1f} | {peak:.1f} |")


if __name__ == "__main__":
    main()
