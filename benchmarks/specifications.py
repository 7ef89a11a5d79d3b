"""Time 1,024 specifications of one association against other packages, as ratios in one run.

    python benchmarks/specifications.py

Two-way effects on an illustrative panel (63 provinces, 12 years), one driver beside each of the 2^10 sets of ten
controls, errors clustered by place. Ours scans once and then works on moments alone. The others fit each
specification to the rows, on dummies or on columns freed of the effects once; the slow ones are timed on a seeded
sample and scaled up, which the table says. Coefficients and standard errors must agree before any time is told.
"""

import itertools
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pyfixest
import statsmodels.api as sm

from povertystats.regression.inference import crv1, parameters, solve
from povertystats.regression.moments import Moments

CONTROLS = [f"z{j}" for j in range(10)]
SETS = [s for size in range(11) for s in itertools.combinations(CONTROLS, size)]
SAMPLE = 64
# So many sets at once as stay in the processor's cache.
BATCH = 128


def panel(places=63, years=12, seed=1):
    """Return an illustrative panel: a rate, a driver and ten controls that go with both."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([[f"p{i:02d}" for i in range(places)], range(2005, 2005 + years)])
    frame = pd.DataFrame(index=index.set_names(["place", "year"])).reset_index()
    frame[CONTROLS] = rng.normal(size=(len(frame), 10))
    frame["x"] = 20 + frame[CONTROLS].sum(axis=1) / 4 + rng.normal(size=len(frame))
    place = rng.normal(0, 5, places)[frame["place"].astype("category").cat.codes]
    noise = rng.normal(size=len(frame)) + frame["z0"] - frame["z1"]
    frame["y"] = 30 - 0.2 * frame["x"] + place - 0.5 * (frame["year"] - 2005) + noise
    return frame


def control_sets(moments, *, count_nested=False):
    """Estimate the first regressor beside every set of the other regressors, 2^(p − 1) models from one scan.

    One row a set: controls (a tuple of names, fewest first), estimate and se (CRV1; ``count_nested`` as in
    ``inference.crv1``). Source: Leamer 1983, American Economic Review 73(1), 31-43.
    """
    others = moments.regressors[1:]
    sets = [s for size in range(len(others) + 1) for s in itertools.combinations(range(len(others)), size)]
    kept = np.ones((len(sets), len(moments.columns)), bool)
    kept[:, 1 : 1 + len(others)] = [[j in s for j in range(len(others))] for s in sets]
    size = np.sqrt(np.diag(moments.xx.sum(axis=0)))
    xx, xy = moments.xx / np.outer(size, size), moments.xy / size
    estimates, squares = np.empty((2, len(sets)))
    for start in range(0, len(sets), BATCH):
        batch = slice(start, start + BATCH)
        keep = kept[batch]
        # A control that is left out gets an equation of its own, 1·β = 0.
        a = xx.sum(axis=0) * (keep[:, :, None] & keep[:, None, :])
        a[:, range(a.shape[1]), range(a.shape[1])] = 1.0
        inverse = np.linalg.inv(a)
        beta = np.einsum("skl,sl->sk", inverse, xy.sum(axis=0) * keep)
        row = inverse[:, 0] * keep
        scores = row @ xy.T - np.einsum("sgk,sk->sg", np.tensordot(row, xx, (1, 1)), beta)
        estimates[batch], squares[batch] = beta[:, 0] / size[0], (scores**2).sum(axis=1) / size[0] ** 2
    g, n = len(moments.n), int(moments.n.sum())
    k = parameters(moments, count_nested) - len(others) + np.array([len(s) for s in sets])
    se = np.sqrt(g / (g - 1) * (n - 1) / (n - k) * squares)
    names = [tuple(others[j] for j in s) for s in sets]
    return pd.DataFrame({"controls": names, "estimate": estimates, "se": se})


def ours(frame, sets):
    found = control_sets(Moments.from_frame(frame, "y", ["x", *CONTROLS]), count_nested=True)
    return found.set_index("controls").loc[sets].to_numpy()


def one_by_one(frame, sets):
    scan = Moments.from_frame(frame, "y", ["x", *CONTROLS])
    found = []
    for controls in sets:
        moments = scan.only(regressors=["x", *controls])
        beta = solve(moments)
        found.append([beta[0], np.sqrt(crv1(moments, beta, count_nested=True)[0, 0])])
    return np.array(found)


def by_statsmodels(frame, sets):
    """Fit on dummies, the way a researcher writes it."""
    effects = pd.get_dummies(frame[["place", "year"]].astype(str), drop_first=True, dtype=float).to_numpy()
    effects = np.column_stack([np.ones(len(frame)), effects])
    groups = frame["place"].astype("category").cat.codes.to_numpy()
    y, found = frame["y"].to_numpy(), []
    for controls in sets:
        design = np.column_stack([frame[["x", *controls]].to_numpy(), effects])
        fit = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups})
        found.append([fit.params[0], fit.bse[0]])
    return np.array(found)


def by_statsmodels_demeaned(frame, sets):
    """Fit on columns freed of both effects once (right as the panel is balanced): the fastest way there is."""
    columns = ["y", "x", *CONTROLS]
    free = frame[columns] - frame.groupby("place")[columns].transform("mean") + frame[columns].mean()
    free = free - frame.groupby("year")[columns].transform("mean")
    groups = frame["place"].astype("category").cat.codes.to_numpy()
    effects, n = frame["place"].nunique() + frame["year"].nunique() - 1, len(frame)
    y, found = free["y"].to_numpy(), []
    for controls in sets:
        design = free[["x", *controls]].to_numpy()
        fit = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups})
        k = design.shape[1]
        found.append([fit.params[0], fit.bse[0] * np.sqrt((n - k) / (n - k - effects))])
    return np.array(found)


def by_pyfixest(frame, sets):
    found = []
    for controls in sets:
        formula = " + ".join(["y ~ x", *controls]) + " | place + year"
        ssc = pyfixest.ssc(k_adj=True, k_fixef="full", G_adj=True)
        fit = pyfixest.feols(formula, frame, vcov={"CRV1": "place"}, ssc=ssc)
        found.append([fit.coef()["x"], fit.se()["x"]])
    return np.array(found)


def measured(method, frame, sets):
    """Return a method's best seconds of three rounds, and its peak memory above the data in MB."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        method(frame, sets)
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    method(frame, sets[:SAMPLE])
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return min(seconds), peak


def main():
    """Print the table of times, ratios and peak memory."""
    warnings.simplefilter("ignore")  # pyfixest under pandas 3
    frame = panel()
    sample = np.sort(np.random.default_rng(2).choice(len(SETS), SAMPLE, replace=False))
    few = [SETS[i] for i in sample]
    methods = {
        "povertystats, `control_sets`": (ours, SETS),
        "povertystats, one by one": (one_by_one, SETS),
        "statsmodels, demeaned once": (by_statsmodels_demeaned, SETS),
        "statsmodels, dummies": (by_statsmodels, few),
        "pyfixest": (by_pyfixest, few),
    }
    answers = ours(frame, SETS)
    base = None
    print("| 1,024 specifications, 63×12 | seconds | ratio | peak MB | timed on |\n|---|---|---|---|---|")
    for name, (method, sets) in methods.items():
        expected = answers if sets is SETS else answers[sample]
        found = method(frame, sets)
        np.testing.assert_allclose(found[:, 0], expected[:, 0], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(found[:, 1], expected[:, 1], rtol=1e-6, err_msg=name)
        seconds, peak = measured(method, frame, sets)
        seconds *= len(SETS) / len(sets)
        base = base or seconds
        timed = "all" if sets is SETS else f"a seeded sample of {SAMPLE}"
        print(f"| {name} | {seconds:.2f} | {seconds / base:.1f} | {peak:.1f} | {timed} |")


if __name__ == "__main__":
    main()
