"""Time refits of the fractional logit against statsmodels, and see whether its test keeps its size.

    python benchmarks/fractional.py [--panels N]

999 pairs cluster bootstrap refits of an illustrative panel (63 provinces, 10 years, one place with a gap) by
``refit`` and by a loop of statsmodels GLM, which runs a seeded sample of the same draws and is scaled up; the
jackknife of the same fit, linearised and exact. The answers must agree before any time is told. With
``--panels`` also the rejection rates of the 5 % test of no effect over N simulated panels of each shape.
"""

import argparse
import statistics
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
from scipy.special import expit, stdtrit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ModelWarning

from povertystats.regression.fractional import fractional_logit

DRAWS, SAMPLE, ROUNDS = 999, 40, 7
# Places, years, and whether the driver spreads out over the years.
SHAPES = ((63, 10, False), (63, 5, False), (8, 5, False), (63, 10, True))


def panel(places, years, rng, *, effect=0.0, spreading=False):
    """Return a panel of a rate in per cent: place effects go with the driver, errors are AR(1) and uneven.

    ``effect`` is in log-odds per unit of the driver, whose standard deviation within places is near 1;
    ``spreading`` starts driver and errors at one shock, so that both spread out over the years.
    """

    def series(scale):
        noise = rng.normal(size=(places, years)) * scale
        noise[:, 0] /= 1 if spreading else np.sqrt(1 - 0.7**2)
        for t in range(1, years):
            noise[:, t] += 0.7 * noise[:, t - 1]
        return noise

    place = rng.normal(size=(places, 1))
    x = place + series(0.7)
    noise = series(0.3 * rng.lognormal(0, 0.5, size=(places, 1)))
    y = 100 * expit(-2 + place - 0.15 * np.arange(years) + effect * x + noise)
    names = [f"p{i:02d}" for i in range(places)]
    index = pd.MultiIndex.from_product([names, range(2006, 2006 + years)], names=["place", "year"])
    return pd.DataFrame({"y_pct": y.ravel(), "x": x.ravel()}, index=index).reset_index()


def by_statsmodels(frame, draws):
    """Return the average partial effect of each draw (B, G) by a GLM on dummies and place means."""
    years = pd.get_dummies(frame[["year"]], columns=["year"], dtype=float)
    columns = pd.concat([years, frame[["x"]]], axis=1)
    means = columns.groupby(frame["place"]).transform("mean").add_suffix(" mean")
    # A place's share of years adds up to one, and only one place has a gap: one mean tells it.
    design = columns.join(means[["x mean", means.columns[-2]]])
    place, effects = pd.factorize(frame["place"])[0], []
    for draw in draws:
        weights = draw[place]
        with warnings.catch_warnings():
            # A draw without the place that has the gap has one column too many: a pseudo-inverse takes it.
            warnings.simplefilter("ignore", ModelWarning)
            model = GLM(frame["y_pct"] / 100, design, family=Binomial(), freq_weights=weights)
            fit = model.fit(tol=1e-9, tol_criterion="params")
        mu = fit.fittedvalues
        effects.append(100 * fit.params["x"] * np.average(mu * (1 - mu), weights=weights))
    return np.array(effects)


def timed(work, rounds=ROUNDS):
    """Return the median seconds of a few rounds, the peak of memory in MB, and the answer."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return statistics.median(seconds), peak, answer


def speed():
    """Print times, ratios and peak memory of the refits and of both jackknives."""
    rng = np.random.default_rng(1)
    frame = panel(63, 10, rng, effect=-0.2).iloc[:-1]
    fit = fractional_logit(frame, "y_pct", ["x"])
    g = len(fit.clusters)
    draws = rng.multinomial(g, np.full(g, 1 / g), size=DRAWS)
    sample = rng.choice(DRAWS, SAMPLE, replace=False)
    ours, peak, effects = timed(lambda: fit.refit(draws))
    theirs, their_peak, their_effects = timed(lambda: by_statsmodels(frame, draws[sample]), rounds=1)
    np.testing.assert_allclose(effects[sample, 0], their_effects, rtol=1e-7)
    theirs *= DRAWS / SAMPLE
    print(f"| {DRAWS} pairs cluster refits, 63×10 | seconds | ratio | peak MB |\n|---|---|---|---|")
    print(f"| povertystats | {ours:.3f} | 1 | {peak:.1f} |")
    print(
        f"| statsmodels GLM, from {SAMPLE} refits | {theirs:.1f} | {theirs / ours:.0f} | {their_peak:.1f} |"
    )

    whole, whole_peak, _ = timed(lambda: fractional_logit(frame, "y_pct", ["x"]))
    exact, exact_peak, effects = timed(lambda: fit.refit(1 - np.eye(g)))
    gaps = effects - fit.estimates
    errors = np.sqrt([fit.variance[0, 0], (g - 1) / g * (gaps**2).sum()])
    print(f"\n| jackknife, {g} places | ms | standard error, points | peak MB |\n|---|---|---|---|")
    print(
        f"| linearised (CV3L), with checks and fit | {1e3 * whole:.1f} | {errors[0]:.4f} | {whole_peak:.1f} |"
    )
    print(f"| exact, after the fit | {1e3 * exact:.1f} | {errors[1]:.4f} | {exact_peak:.1f} |")


def size(panels):
    """Print how often the 5 % test rejects no effect where there is none, with and without place means."""
    print(
        f"\n| shape, {panels} panels | rejected | mean effect, points | rejected without place means | "
        "mean effect |\n|---|---|---|---|---|"
    )
    for places, years, spreading in SHAPES:
        rng = np.random.default_rng(20200507)
        t, effects = np.empty((2, panels)), np.empty((2, panels))
        for i in range(panels):
            frame = panel(places, years, rng, spreading=spreading)
            for j, means in enumerate((True, False)):
                fit = fractional_logit(frame, "y_pct", ["x"], means=means)
                effects[j, i] = fit.estimates[0]
                t[j, i] = fit.estimates[0] / np.sqrt(fit.variance[0, 0])
        rejected = (np.abs(t) > stdtrit(places - 1, 0.975)).mean(axis=1)
        cells = " | ".join(f"{rejected[j]:.3f} | {effects[j].mean():.2f}" for j in (0, 1))
        print(f"| {places}×{years}{', spreading out' if spreading else ''} | {cells} |", flush=True)


def main():
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--panels", type=int, default=0, help="simulated panels of each shape (default: none)"
    )
    options = parser.parse_args()
    speed()
    if options.panels:
        size(options.panels)


if __name__ == "__main__":
    main()
