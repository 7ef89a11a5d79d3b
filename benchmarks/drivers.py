"""Time two-way effects with their inference against other packages, as ratios in one run.

    make bench

Every package fits the same model to the same illustrative panel (63 provinces, 12 years) in turn, several
rounds each; the median of its rounds counts. First the fit with clustered errors, then the same with the cluster
jackknife and 9,999 draws of the wild cluster bootstrap, last a third absorbed effect, weights and clusters of two kinds.
The estimates must agree before any time is told.
"""

import statistics
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pyfixest
import statsmodels.formula.api as smf
from linearmodels.panel import PanelOLS
from wildboottest.wildboottest import wildboottest

import povertystats as ps
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import cv3
from povertystats.regression.inference import crv1, solve

ROUNDS, SLOW_ROUNDS, DRAWS = 15, 5, 9999


def panel(places=63, years=12, seed=1):
    """Return an illustrative panel: a rate that falls with a driver, plus place, year and noise."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(places), range(2005, 2005 + years)])
    frame = pd.DataFrame(index=index.set_names(["place", "year"])).reset_index()
    frame["x_pct"] = rng.normal(20, 5, len(frame))
    frame["sector"], frame["weight"] = rng.integers(0, 8, len(frame)), rng.uniform(1, 5, len(frame))
    place = rng.normal(0, 5, places)[frame["place"]]
    frame["y_pct"] = (
        30 - 0.2 * frame["x_pct"] + place - 0.5 * (frame["year"] - 2005) + rng.normal(0, 1, len(frame))
    )
    return frame


def by_fit_drivers(frame):
    options = {"scales": ["points"], "errors": "crv1", "count_nested": True, "draws": 0}
    fit = ps.fit_drivers(frame, "y_pct", ["x_pct"], **options)
    return fit.table.loc[0, ["estimate", "se"]].tolist()


def by_moments(frame):
    moments = ps.Moments.from_frame(frame, "y_pct", ["x_pct"])
    beta = solve(moments)
    return [beta[0], np.sqrt(crv1(moments, beta, count_nested=True)[0, 0])]


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


def by_pyfixest(frame):
    ssc = pyfixest.ssc(k_fixef="full")
    fit = pyfixest.feols("y_pct ~ x_pct | place + year", frame, vcov={"CRV1": "place"}, ssc=ssc)
    return [fit.coef()["x_pct"], fit.se()["x_pct"]]


def three_way_by_fit_drivers(frame):
    options = {
        "scales": ["points"],
        "errors": "crv1",
        "count_nested": True,
        "draws": 0,
        "effects": ["sector"],
    }
    fit = ps.fit_drivers(frame, "y_pct", ["x_pct"], cluster="place + year", weights="weight", **options)
    return fit.table.loc[0, ["estimate", "se"]].tolist()


def three_way_by_pyfixest(frame):
    options = {"vcov": {"CRV1": "place+year"}, "ssc": pyfixest.ssc(k_fixef="full"), "weights": "weight"}
    fit = pyfixest.feols("y_pct ~ x_pct | place + year + sector", frame, **options)
    return [fit.coef()["x_pct"], fit.se()["x_pct"]]


def all_by_fit_drivers(frame):
    row = ps.fit_drivers(frame, "y_pct", ["x_pct"], scales=["points"], draws=DRAWS).table.loc[0]
    return [row["estimate"], row["se"]]


def all_by_moments(frame):
    moments = ps.Moments.from_frame(frame, "y_pct", ["x_pct"])
    beta = solve(moments)
    crv1(moments, beta)
    wild(moments, ["x_pct"], draws=DRAWS)
    return [beta[0], np.sqrt(cv3(moments, beta)[0, 0])]


def all_by_pyfixest(frame):
    formula, g = "y_pct ~ x_pct | place + year", frame["place"].nunique()
    fit = pyfixest.feols(formula, frame, vcov={"CRV1": "place"})
    fit.wildboottest(param="x_pct", reps=DRAWS, seed=1)
    # Without its small-sample factors: then only (G − 1)/G is missing from the jackknife.
    ssc = pyfixest.ssc(k_adj=False, G_adj=False)
    jackknife = pyfixest.feols(formula, frame, vcov={"CRV3": "place"}, ssc=ssc)
    return [fit.coef()["x_pct"], jackknife.se()["x_pct"] * np.sqrt((g - 1) / g)]


def all_by_statsmodels(frame):
    """Statsmodels with a loop over places for the jackknife, wildboottest for the bootstrap."""
    formula = "y_pct ~ x_pct + C(place) + C(year)"
    model, places = smf.ols(formula, frame), frame["place"].unique()
    codes = frame["place"].astype("category").cat.codes
    whole = model.fit(cov_type="cluster", cov_kwds={"groups": codes}).params["x_pct"]
    wildboottest(model, param="x_pct", cluster=codes, B=DRAWS, seed=1, show=False)
    without = [smf.ols(formula, frame[frame["place"] != place]).fit().params["x_pct"] for place in places]
    g = len(places)
    return [whole, np.sqrt((g - 1) / g * np.sum((np.array(without) - whole) ** 2))]


def compare(title, methods, frame, rounds):
    """Print times, ratios to the first method and peak memory, once all agree."""
    answers = {name: method(frame) for name, method in methods.items()}
    base = next(iter(methods))
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, answers[base], rtol=1e-6, err_msg=name)
    times = {name: [] for name in methods}
    for _ in range(rounds):
        for name, method in methods.items():
            start = time.perf_counter()
            method(frame)
            times[name].append(time.perf_counter() - start)
    print(f"\n| {title} | median ms | ratio | peak MB |\n|---|---|---|---|")
    for name, method in methods.items():
        tracemalloc.start()
        method(frame)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        middle = statistics.median(times[name])
        print(
            f"| {name} | {1000 * middle:.1f} | {middle / statistics.median(times[base]):.1f} | {peak:.1f} |"
        )


def main():
    """Print the tables."""
    frame = panel()
    fits = {
        "povertystats, from moments": by_moments,
        "povertystats, fit_drivers": by_fit_drivers,
        "pyfixest": by_pyfixest,
        "statsmodels": by_statsmodels,
        "linearmodels": by_linearmodels,
    }
    everything = {
        "povertystats, from moments": all_by_moments,
        "povertystats, fit_drivers": all_by_fit_drivers,
        "pyfixest": all_by_pyfixest,
        "statsmodels in a loop, wildboottest": all_by_statsmodels,
    }
    three = {"povertystats, fit_drivers": three_way_by_fit_drivers, "pyfixest": three_way_by_pyfixest}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers warn of pandas 3
        compare("fit + clustered errors, 63×12", fits, frame, ROUNDS)
        title = f"the same, cluster jackknife and bootstrap ({DRAWS:,} draws)"
        compare(title, everything, frame, SLOW_ROUNDS)
        compare("three effects, weights, clusters of two kinds", three, frame, SLOW_ROUNDS)


if __name__ == "__main__":
    main()
