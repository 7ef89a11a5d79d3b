"""Compare the pooled forecast's probabilities with draws from the model that it states, which reduce nothing.

    python benchmarks/oracle.py [--cases N] [--draws N]

The engine answers in closed form: mixtures reduced to one Student-t a family, by mean and variance, and sums of
variances by Welch and Satterthwaite. Here every unknown is drawn and weighted by its likelihood: the shape, variance
and slope of the shared path, the shape and variance of the own deviations. Covariances are had by running the
recursions of the trend, levels leave by differences from the last figure; of the engine only what ``fit_peers``
estimated is used, and how much more a year moves a place at its level.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

import povertystats as ps
from povertystats.forecasts import peers as engine
from povertystats.forecasts import structural_trends as trends
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import to_scale

BAR = 0.015


def responses(shape, years, labels):
    """Return how values at ``years`` of series ``labels`` respond to the slope (n,) and to unit shocks (n, shocks)."""
    phi, of_slope, of_noise = shape
    steps, names = max(years) - min(years), list(dict.fromkeys(labels))
    # Shocks: slope shocks of all series, level shocks of each, an error of each figure.
    sd = np.sqrt(
        np.concatenate(
            [
                np.full(steps, of_slope),
                np.full(steps * len(names), 1 - of_slope - of_noise),
                np.full(len(years), of_noise / 2),
            ]
        )
    )
    level, slope = np.zeros((len(names), len(sd) + 1)), np.zeros(len(sd) + 1)
    slope[-1] = 1.0
    found = np.zeros((len(years), len(sd) + 1))
    for step in range(steps + 1):
        for row in np.flatnonzero(np.array(years) - min(years) == step):
            found[row] = level[names.index(labels[row])]
            found[row, steps * (1 + len(names)) + row] = 1.0
        if step < steps:
            level = level + slope
            level[range(len(names)), steps * (1 + np.arange(len(names))) + step] += 1.0
            slope = phi * slope
            slope[step] += 1.0
    return found[:, -1], found[:, :-1] * sd


def differences(labels):
    """Return the matrix that takes from each figure the last one of its series, the last ones left out."""
    last = {label: row for row, label in enumerate(labels)}
    rows = [row for row, label in enumerate(labels) if row != last[label]]
    matrix = np.zeros((len(rows), len(labels)))
    for at, row in enumerate(rows):
        matrix[at, row], matrix[at, last[labels[row]]] = 1.0, -1.0
    return matrix


def density(squares, variance, dims):
    """Return the log density of ``dims`` normal figures whose squares, relative to a unit covariance, sum so high."""
    return -0.5 * (squares / variance + dims * np.log(variance))


def inverse_chi2(rng, df, s2):
    """Draw from the scaled inverse χ²."""
    return df * s2 / rng.chisquare(df, np.broadcast(df, s2).shape)


def log_inverse_chi2(x, df, s2):
    """Return its log density."""
    return stats.invgamma.logpdf(x, df / 2, scale=df * s2 / 2)


@dataclass
class Path:
    """Draws of the shared path: of each its shape and variance, and of each shape what follows from the peers."""

    shape: np.ndarray
    variance: np.ndarray
    mean: np.ndarray  # (draws, figures and years ahead): of the path, from the last figure
    cov: np.ndarray  # (shapes, the same twice): what is left unknown, for a unit variance


def path_draws(peers, indicator, years, ahead, draws, rng):
    """Return Path draws at ``years`` but the last and at ``ahead``, as differences from the last of ``years``."""
    shapes = [shape for family in trends.SHARED.values() for shape in family]
    prior = np.concatenate([np.full(len(f), 1 / len(f)) for f in trends.SHARED.values()]) / len(trends.SHARED)
    known = [(name, t, c) for name, levels in peers.paths.items() for t, c in levels.items()]
    names, when, c = zip(*known, strict=True)
    own = [*years[:-1], *ahead, years[-1]]
    labels = [*names, *[indicator] * len(own)]
    told = differences(list(names))
    d = told @ np.array(c)
    ask = np.zeros((len(own) - 1, len(own)))
    ask[:, :-1], ask[:, -1] = np.eye(len(own) - 1), -1.0
    m, best, parts = len(d), [], []
    for shape in shapes:
        slope, shocks = responses(shape, [*when, *own], labels)
        x, e = told @ slope[: len(c)], told @ shocks[: len(c)]
        xf, ef = ask @ slope[len(c) :], ask @ shocks[len(c) :]
        if indicator in peers.paths:
            # Its level is known: every year is told relative to a year of the path.
            base = names.index(indicator)
            joined = np.vstack([shocks[: len(c)], shocks[len(c) :]])
            slopes = np.concatenate([slope[: len(c)], slope[len(c) :]])
            xf, ef = slopes[len(c) :] - slopes[base], joined[len(c) :] - joined[base]
        v = np.linalg.inv(e @ e.T)
        spread = 1 / (x @ v @ x)
        b = spread * x @ v @ d
        gain = ef @ e.T @ v
        parts.append((gain @ d, xf - gain @ x, ef @ ef.T - gain @ e @ ef.T, b, spread))
        rest = d - b * x
        best.append((rest @ v @ rest, 0.5 * np.linalg.slogdet(v)[1] + 0.5 * np.log(spread)))
    j = rng.integers(len(shapes), size=draws)
    squares, logdet = np.array(best)[j].T
    df, s2 = engine._SHOCK_DF, engine._SHOCK_SHARE * peers.variance
    # Drawn widely around where the peers put it, and weighted.
    half = max(1.0, (df + m - 1) / 2)
    guess = (df * s2 + squares) / (df + m - 1)
    variance = inverse_chi2(rng, half, guess)
    weight = np.log(prior[j]) + logdet + density(squares, variance, m - 1)
    weight += log_inverse_chi2(variance, df, s2) - log_inverse_chi2(variance, half, guess)
    chosen = rng.choice(draws, draws, p=np.exp(weight - weight.max()) / np.exp(weight - weight.max()).sum())
    j, variance = j[chosen], variance[chosen]
    level, slope, cov, b, spread = (np.array(part) for part in zip(*parts, strict=True))
    drawn = b[j] + np.sqrt(variance * spread[j]) * rng.normal(size=draws)
    mean = level[j] + drawn[:, None] * slope[j]
    if indicator in peers.paths:
        # From "relative to a year of the path" to "relative to the last figure": the last column is that figure's.
        mean = mean[:, :-1] - mean[:, -1:]
        turn = np.hstack([np.eye(len(own) - 1), -np.ones((len(own) - 1, 1))])
        cov = turn @ cov @ turn.T
    return Path(j, variance, mean, cov)


def probability(peers, indicator, years, values, horizon, level, draws=20_000, seed=0):
    """Return the probability of at most ``level`` percent, ``horizon`` years on, by weighted draws, and its error."""
    rng = np.random.default_rng(seed)
    years = tuple(map(int, years))
    ahead = years[-1] + horizon
    y = to_scale(np.asarray(values, dtype=float), peers.scale)
    z, target = y[:-1] - y[-1], float(to_scale(level, peers.scale)) - y[-1]
    g = float(trends.level_variance(y[None], peers.scale, peers.noise)[0])
    path = path_draws(peers, indicator, years, [ahead], draws, rng)
    m = len(z)
    shapes = list(dict.fromkeys(peers.shapes))
    units = {}
    for shape in shapes:
        slope, shocks = responses(shape, [*years[:-1], ahead, years[-1]], [""] * (m + 2))
        units[shape] = slope[:-1] - slope[-1], shocks[:-1] - shocks[-1]
    cov = np.array(
        [
            units[shape][1] @ units[shape][1].T + kappa * np.outer(units[shape][0], units[shape][0])
            for shape, kappa in zip(peers.shapes, peers.kappa, strict=True)
        ]
    )
    chances, weights, errors = [], [], []
    prior = np.exp(peers.log_weight)
    for family in dict.fromkeys(peers.family):
        of = np.flatnonzero(peers.family == family)
        proposal = 0.8 * prior[of] / prior[of].sum() + 0.2 / len(of)
        k = rng.choice(of, draws, p=proposal)
        log_w = np.log(prior[k]) - np.log(proposal[np.searchsorted(of, k)])
        rest = z - path.mean[:, :m]
        # A guess of the own variance, from which it is drawn more widely than it is known.
        alone = np.linalg.inv(cov[:, :m, :m])[k] if m else np.zeros((draws, 0, 0))
        squares = np.einsum("di,dij,dj->d", rest, alone, rest) / g
        df = peers.df + m
        guess = (peers.df * peers.variance + np.minimum(squares, 30 * df * peers.variance)) / df
        sigma2 = inverse_chi2(rng, 0.7 * df, guess)
        log_w += log_inverse_chi2(sigma2, peers.df, peers.variance) - log_inverse_chi2(
            sigma2, 0.7 * df, guess
        )
        whole = (sigma2 * g)[:, None, None] * cov[k] + path.variance[:, None, None] * path.cov[path.shape]
        middle, variance = path.mean[:, m], whole[:, m, m]
        if m:
            gain = np.linalg.solve(whole[:, :m, :m], whole[:, :m, m:])[..., 0]
            inverse = np.linalg.solve(whole[:, :m, :m], rest[..., None])[..., 0]
            log_w += -0.5 * ((rest * inverse).sum(axis=1) + np.linalg.slogdet(whole[:, :m, :m])[1])
            middle, variance = (
                middle + (gain * rest).sum(axis=1),
                variance - (gain * whole[:, :m, m]).sum(axis=1),
            )
        hit = stats.norm.cdf((target - middle) / np.sqrt(np.maximum(variance, 1e-300)))
        top = log_w.max()
        w = np.exp(log_w - top)
        chances.append((w @ hit) / w.sum())
        errors.append(np.sqrt(((w * (hit - chances[-1])) ** 2).sum()) / w.sum())
        weights.append(np.log(w.mean()) + top)
    share = np.exp(np.array(weights) - max(weights))
    share = engine._TRUST * share / share.sum() + (1 - engine._TRUST) / len(share)
    return float(share @ chances), float(np.sqrt((share**2) @ np.square(errors)))


def cases(count, seed=16):
    """Yield ``(peers, indicator, years, values, horizon, level)``: places and years of the package, one figure or more."""
    facts = ps.load_facts()
    panel = facts.peers("poor_household_pct")
    rng = np.random.default_rng(seed)
    fits = {}
    names = [name for name in panel.columns if name not in ("place", "year")]
    while count:
        scale, cut = rng.choice(["log_odds", "log_odds", "points"]), int(rng.choice([2013, 2016, 2018, 2020]))
        if (scale, cut) not in fits:
            fits[scale, cut] = fit_peers(panel[panel["year"] <= cut], scale=scale, units="pct")
        peers = fits[scale, cut]
        own = panel[panel["year"] <= cut].dropna(subset=[name := rng.choice(names)])
        if own.empty:
            continue
        one = own[own["place"] == rng.choice(own["place"].unique())].sort_values("year")
        one = one.iloc[-int(rng.integers(1, 7)) :]
        years, values = one["year"].to_numpy(), one[name].to_numpy(dtype=float)
        if (values <= 0).any():
            continue
        label = name if name in peers.paths and rng.random() < 0.6 else "another"
        horizon = int(rng.integers(1, 4))
        level = values[-1] * (1 - rng.uniform(-0.03, 0.2) * horizon)
        count -= 1
        yield peers, label, years, values, horizon, level


def compared(count, draws, seed=16):
    """Return a row a case: both probabilities, the error of the draws, what kind of case it is."""
    rows = []
    for number, (peers, label, years, values, horizon, level) in enumerate(cases(count, seed)):
        exact, error = probability(peers, label, years, values, horizon, level, draws, seed=number)
        paths, _, _ = peers.paths_ahead(label, years, values[None], horizon)
        said = paths[0][-1].probability(at_most=level)
        rows.append({
            "scale": peers.scale, "peers have it": label in peers.paths, "figures": len(values), "horizon": horizon,
            "last": values[-1], "level": level, "engine": said, "exact": exact, "error": error,
        })  # fmt: skip
    return pd.DataFrame(rows).assign(apart=lambda frame: (frame["engine"] - frame["exact"]).abs())


def main():
    """Print how far apart they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--draws", type=int, default=20_000)
    asked = parser.parse_args()
    start = time.process_time()
    found = compared(asked.cases, asked.draws)
    groups = found.groupby(["scale", "peers have it"])["apart"]
    print(
        groups.agg(["count", "mean", "max", lambda x: (x <= BAR).mean()])
        .round(4)
        .to_string(header=["n", "mean", "max", "within 1.5"])
    )
    print(found.nlargest(12, "apart").round(4).to_string(index=False))
    print(
        f"{len(found)} cases: mean {found['apart'].mean():.4f}, largest {found['apart'].max():.4f}, "
        f"{(found['apart'] <= BAR).sum()} within {BAR}; error of the draws up to {found['error'].max():.4f}; "
        f"{time.process_time() - start:.0f} seconds of one core."
    )


if __name__ == "__main__":
    main()
