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
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from foreign import surveyed
from scipy import stats

import povertystats as ps
from povertystats.forecasts import mixtures, shared_paths
from povertystats.forecasts.empirical_bayes import level_variance
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import to_scale

BAR = 0.015


def responses(shape, years, labels):
    """Return how values at ``years`` of series ``labels`` respond to the slope (n,) and to unit shocks (n, shocks)."""
    phi, of_slope, of_noise, *rest = shape
    kept = rest[0] if rest else 1.0
    steps, names = max(years) - min(years), list(dict.fromkeys(labels))
    of_level = 1 - of_slope - of_noise
    # A level that is kept in part begins anywhere it may be, and moves so much that a year's change has variance 1.
    first, each = (0.0, 1.0) if kept == 1 else (1 / (2 * (1 - kept)), (1 + kept) / 2)
    # Shocks: slope shocks of all series; of each its first level and level shocks; an error of each figure.
    sd = np.sqrt(
        np.concatenate([
            np.full(steps, of_slope),
            np.tile([first * of_level, *[each * of_level] * steps], len(names)),
            np.full(len(years), of_noise / 2),
        ])
    )  # fmt: skip
    start = steps + np.arange(len(names)) * (steps + 1)
    level, slope = np.zeros((len(names), len(sd) + 1)), np.zeros(len(sd) + 1)
    level[range(len(names)), start] = 1.0
    slope[-1] = 1.0
    found = np.zeros((len(years), len(sd) + 1))
    for step in range(steps + 1):
        for row in np.flatnonzero(np.array(years) - min(years) == step):
            found[row] = level[names.index(labels[row])]
            found[row, steps + len(names) * (steps + 1) + row] = 1.0
        if step < steps:
            level = kept * level + slope
            level[range(len(names)), start + step + 1] += 1.0
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
    """Draws of the shared path: the name, shape and variance of each, and of each shape what the peers leave open."""

    name: np.ndarray
    shape: np.ndarray
    variance: np.ndarray
    mean: np.ndarray  # (draws, figures and years ahead): of the path, from the last figure
    cov: np.ndarray  # (shapes, the same twice): what is left unknown, for a unit variance


def path_shapes():
    """Return the grid of the shared path: name, shape, variance of its pace and prior of each."""
    for shape, chance in zip(shared_paths.TREND, shared_paths._CHANCES, strict=True):
        for pace in shared_paths._PACES:
            yield "trend", shape, pace, chance / len(shared_paths._PACES) / shared_paths._TREND_ODDS
    for shape in shared_paths.LEVEL:
        yield "level", shape, 0.0, 1 / len(shared_paths.LEVEL)


def path_draws(peers, labels, years, draws, rng, together=False):
    """Return Path draws at points ``(label, year)`` but each label's last, as differences from that one.

    ``together``: whether a year's shock is the same for all labels.
    """
    named, shapes, paces, prior = zip(*path_shapes(), strict=True)
    rows = [(name, t, c) for name, levels in peers.paths.items() for t, c in levels.items()]
    names, when, c = zip(*rows, strict=True)
    every = [*names, *labels]
    told = differences(list(names))
    d, n = told @ np.array(c), len(c)
    # Where its level is known, every year is told from a year of the path first.
    last = {label: n + row for row, label in enumerate(labels)}
    base = [names.index(label) if label in names else last[label] for label in labels]
    turn = differences(list(labels))
    fits, parts = [], []
    for shape, pace in zip(shapes, paces, strict=True):
        slope, shocks = responses(shape, [*when, *years], [""] * len(every) if together else every)
        moves = np.column_stack([shocks, np.sqrt(pace) * slope])
        e, f = told @ moves[:n], moves[n:] - moves[base]
        v = np.linalg.inv(e @ e.T)
        gain = f @ e.T @ v
        # What the known level of the path adds: the figure of the base year itself.
        parts.append((turn @ gain @ d, turn @ (f @ f.T - gain @ e @ f.T) @ turn.T))
        fits.append((d @ v @ d, 0.5 * np.linalg.slogdet(v)[1]))
    j, m = rng.integers(len(shapes), size=draws), len(d)
    squares, logdet = np.array(fits)[j].T
    df, s2 = shared_paths._SHOCK_DF, shared_paths._SHOCK_SHARE * peers.variance
    # Drawn widely around where the peers put it, and weighted.
    half, guess = max(1.0, (df + m) / 2), (df * s2 + squares) / (df + m)
    variance = inverse_chi2(rng, half, guess)
    weight = np.log(prior)[j] + logdet + density(squares, variance, m)
    weight += log_inverse_chi2(variance, df, s2) - log_inverse_chi2(variance, half, guess)
    p = np.exp(weight - weight.max())
    chosen = rng.choice(draws, draws, p=p / p.sum())
    j, variance = j[chosen], variance[chosen]
    mean, cov = (np.array(part) for part in zip(*parts, strict=True))
    return Path(np.array(named)[j], j, variance, mean[j], cov)


def probability(peers, indicator, years, values, horizon, level, draws=20_000, seed=0):
    """Return the probability of at most ``level`` percent, ``horizon`` years on, by weighted draws, and its error."""
    rng = np.random.default_rng(seed)
    years = tuple(map(int, years))
    ahead, values = years[-1] + horizon, np.asarray(values, dtype=float)
    y, m = to_scale(values, peers.scale), len(values) - 1
    g = level_variance(y[-1], peers.scale, peers.noise)
    g = float(g + shared_paths.rounding(y[-1], shared_paths.last_digit(values), peers.scale) / peers.variance)
    # What a year does by level: taken out of figures and of the level asked for, as often as that is drawn.
    target = float(to_scale(level, peers.scale)) - np.zeros(draws)
    if indicator in peers.tilt.rest:
        x = np.mean([at - peers.paths[indicator][year] for at, year in zip(y, years, strict=True)])
        times, rest = peers.tilt.times(x), peers.tilt.rest[indicator]
        slope = path_draws(
            replace(peers, paths=peers.tilt.rest), [indicator] * 2, [ahead, years[-1]], draws, rng
        )
        more = slope.mean[:, 0] + np.sqrt(
            slope.variance * slope.cov[slope.shape, 0, 0]
        ) * rng.standard_normal(draws)
        target = (target - x * (rest[years[-1]] + more)) / times
        y, g = (y - x * np.array([rest[year] for year in years])) / times, g / times**2
    z, target = y[:-1] - y[-1], target - y[-1]
    path = path_draws(peers, [indicator] * (m + 2), [*years[:-1], ahead, years[-1]], draws, rng)
    units = {}
    for shape in dict.fromkeys(peers.shapes):
        slope, shocks = responses(shape, [*years[:-1], ahead, years[-1]], [""] * (m + 2))
        units[shape] = slope[:-1] - slope[-1], shocks[:-1] - shocks[-1]
    cov = np.array([
        units[shape][1] @ units[shape][1].T + kappa * np.outer(units[shape][0], units[shape][0])
        for shape, kappa in zip(peers.shapes, peers.kappa, strict=True)
    ])  # fmt: skip
    prior, names, families = np.exp(peers.log_weight), ("trend", "level"), list(dict.fromkeys(peers.family))
    chances, errors, weights = (np.zeros((len(names), len(families))) for _ in range(3))
    for column, family in enumerate(families):
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
        w = np.exp(log_w)
        for row, name in enumerate(names):
            here = w * (path.name == name)
            weights[row, column] = here.mean()
            if here.any():
                chances[row, column] = here @ hit / here.sum()
                errors[row, column] = np.sqrt(((here * (hit - chances[row, column])) ** 2).sum()) / here.sum()
    # Families count as the engine says: as likely as they are, half way to alike, within each way of the path.
    each = weights.sum(axis=1, keepdims=True)
    within = mixtures._TRUST * weights / np.where(each > 0, each, 1) + (1 - mixtures._TRUST) / len(families)
    share = each / each.sum() * within
    return float((share * chances).sum()), float(np.sqrt((share**2 * errors**2).sum()))


def cases(count, seed=16):
    """Yield ``(peers, indicator, years, values, horizon, level)``: places and years of the package, one figure or more."""
    panel = surveyed(ps.load_facts())
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


def tell(found, by):
    """Print how far apart engine and draws are."""
    groups = found.groupby(by)["apart"]
    print(
        groups.agg(["count", "mean", "max", lambda x: (x <= BAR).mean()])
        .round(4)
        .to_string(header=["n", "mean", "max", "within 1.5"])
    )
    print(found.nlargest(12, "apart").round(4).to_string(index=False))
    print(
        f"{len(found)} cases: mean {found['apart'].mean():.4f}, largest {found['apart'].max():.4f}, "
        f"{(found['apart'] <= BAR).sum()} within {BAR}; error of the draws up to {found['error'].max():.4f}; "
        f"{time.process_time():.0f} seconds of one core."
    )


def main():
    """Print how far apart they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--draws", type=int, default=20_000)
    asked = parser.parse_args()
    tell(compared(asked.cases, asked.draws), ["scale", "peers have it"])


if __name__ == "__main__":
    main()
