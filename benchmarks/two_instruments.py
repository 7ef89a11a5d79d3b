"""Compare forecasts of rates whose peers are measured by another instrument with draws from the model that they state.

    python benchmarks/two_instruments.py [--panels N] [--draws N]

Drawn and weighted are the other instrument's path (its shape, variance and pace), how much of it the own one takes, its
own pace and shocks, how unsteady its places are, how far their paces lie apart and how noisy it is, and its path itself.
Of every other place its shape and variance are summed and integrated exactly, as those of the series itself. Paths are
proposed by the normal distribution that other places' figures give beside each draw of the rest, and weighted by
what they are worth beyond it.
"""

import argparse
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import calibration
import numpy as np
import pandas as pd
from oracle import differences, path_draws, responses, tell
from scipy.special import gammaln, logsumexp, stdtr

import povertystats as ps
from povertystats.forecasts import instruments, mixtures, shared_paths
from povertystats.forecasts.empirical_bayes import level_variance
from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import to_scale


@dataclass
class Own:
    """Draws of the own instrument's path at ``years``, their log weights, and of each draw what it says of places."""

    years: list
    path: np.ndarray  # (draws, years)
    name: np.ndarray  # of the other instrument's path
    scales: np.ndarray  # the row of ``scales``
    weight: np.ndarray  # (draws,) logarithms
    places: np.ndarray  # (draws, other places): how likely each one's figures are
    figures: list  # of these places


def choices(*kinds):
    """Return every combination of what an instrument may be like, and the logarithm of the prior of each."""
    found = [
        (tuple(v for v, _ in one), -sum(far**2 for _, far in one) / 2)
        for one in product(*(k.items() for k in kinds))
    ]
    values, prior = zip(*found, strict=True)
    return np.array(values), np.array(prior) - logsumexp(prior)


def scales():
    """Return how unsteady places may be, how far their paces lie apart and how noisy figures are, and the prior."""
    return choices(instruments._STRETCH, instruments._SPREAD, instruments._NOISE)


def moves():
    """Return how much of a year's shock the instrument may take, its own pace and shocks, and the prior."""
    return choices(instruments._LOADING, instruments._PACE, instruments._SHOCKS)


def deviations(peers, years):
    """Return the covariances (scales, K, n - 1, n - 1) of differences from the last of ``years``, for a variance of 1."""
    years, n = [*map(int, years)], len(years)
    told = np.hstack([np.eye(n - 1), -np.ones((n - 1, 1))])
    units = {shape: responses(shape, years, [""] * n) for shape in dict.fromkeys(peers.shapes)}
    cov = []
    for stretch, spread, noise in scales()[0]:
        each = []
        for shape, kappa in zip(peers.shapes, peers.kappa, strict=True):
            slope, shocks = told @ units[shape][0], told @ units[shape][1]
            each.append(
                shocks @ shocks.T + spread * kappa * np.outer(slope, slope) + noise / 2 * told @ told.T
            )
        cov.append(stretch * np.array(each))
    return np.array(cov)


def student(rest, cov, df, scale):
    """Return the log density (draws, K) of Student-t differences ``rest`` (draws, m), covariances (K, m, m)."""
    m = rest.shape[1]
    root = np.linalg.inv(np.linalg.cholesky(cov))
    squares = np.square(np.einsum("kij,dj->dki", root, rest)).sum(axis=2)
    half = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    const = gammaln((df + m) / 2) - gammaln(df / 2) + half - m / 2 * np.log(np.pi * df * scale)
    return const - (df + m) / 2 * np.log1p(squares / (df * scale))


class Places:
    """The other places' figures by the own instrument, as differences, and the path's points that they depend on."""

    def __init__(self, peers, indicator, years):
        self.peers = peers
        self.figures = [
            one for one in peers.beside if peers.instruments[one.label] == instrument(peers, indicator)
        ]
        # Points of the path: of each column that places have, and of the series, from the last of each.
        points = dict.fromkeys((one.label, "theirs", year) for one in self.figures for year in one.years)
        points |= dict.fromkeys((indicator, "own", year) for year in years)
        self.points = sorted(points)
        self.label, self.side, self.year = (list(part) for part in zip(*self.points, strict=True))
        self.told = differences([*zip(self.label, self.side, strict=True)])
        kept = self.told.argmax(axis=1)
        at = {self.points[row]: place for place, row in enumerate(kept)}
        self.own = [at.get((indicator, "own", year)) for year in years]
        self.z, self.of = [], []
        for one in self.figures:
            told = np.hstack([np.eye(len(one.years) - 1), -np.ones((len(one.years) - 1, 1))])
            of = np.zeros((len(one.years), len(kept)))
            for row, year in enumerate(one.years):
                if (place := at.get((one.label, "theirs", year))) is not None:
                    of[row, place] = 1.0
            self.z.append(told @ one.z)
            self.of.append(told @ of)
        cov = {years: deviations(peers, years) for years in {one.years for one in self.figures}}
        self.cov = [cov[one.years] for one in self.figures]

    def moved(self):
        """Return how points respond to a pace of the instrument and of the places found, and to its shocks."""
        time = np.array(self.year, dtype=float) - min(self.year)
        found = np.array([side == "theirs" for side in self.side])
        steps = range(min(self.year), max(self.year))
        walk = [
            [(label == name) & (year > step) for label, year in zip(self.label, self.year, strict=True)]
            for name in dict.fromkeys(self.label)
            for step in steps
        ]
        return self.told @ np.column_stack([time, time * found]), self.told @ np.array(walk, dtype=float).T

    def normal(self, wide):
        """Return of each row of ``scales`` the information (N, N) and (N,) of figures as wide as ``wide`` (scales, places)."""
        n, weight = len(self.told), np.exp(self.peers.log_weight)
        a, b = np.zeros((len(wide), n, n)), np.zeros((len(wide), n))
        for i, (one, z, of, cov) in enumerate(zip(self.figures, self.z, self.of, self.cov, strict=True)):
            mean = self.peers.variance * one.g * np.einsum("k,skij->sij", weight, cov)
            inverse = np.linalg.inv(mean) / wide[:, i, None, None]
            a += of.T @ inverse @ of
            b += of.T @ inverse @ z
        return a, b

    def wide(self, path):
        """Return how many times as variable as all each place is, around a mean ``path`` (N,)."""
        df, weight = self.peers.df, np.exp(self.peers.log_weight)
        found = np.zeros((len(scales()[0]), len(self.figures)))
        for i, (one, z, of, cov) in enumerate(zip(self.figures, self.z, self.of, self.cov, strict=True)):
            rest = z - of @ path
            mean = self.peers.variance * one.g * np.einsum("k,skij->sij", weight, cov)
            found[:, i] = (df + np.einsum("i,sij,j->s", rest, np.linalg.inv(mean), rest)) / (df + len(z))
        return found

    def likely(self, path, of_scales):
        """Return how likely the figures of each place are, (draws, places), given paths (draws, N)."""
        found = np.zeros((len(path), len(self.figures)))
        for row in np.unique(of_scales):
            of_row = of_scales == row
            for i, (one, z, of, cov) in enumerate(zip(self.figures, self.z, self.of, self.cov, strict=True)):
                each = student(z - path[of_row] @ of.T, cov[row], self.peers.df, self.peers.variance * one.g)
                found[of_row, i] = logsumexp(self.peers.log_weight + each, axis=1)
        return found


def instrument(peers, indicator):
    """Return what measures an indicator."""
    return peers.instruments.get(indicator, peers.instruments.get(indicator.partition("@")[0], ""))


def own_path(peers, indicator, years, draws, rng, rounds=2):
    """Return draws of the own instrument's path at ``years``, weighted by the figures of all other places (Own)."""
    places = Places(peers, indicator, years)
    paces, walk = places.moved()
    (each_scale, prior_scale), (each_move, prior_move) = scales(), moves()
    of_scales, of_moves = prior_scale, prior_move
    wide = np.full((len(each_scale), len(places.figures)), 1.5)
    for last in range(rounds):
        c = path_draws(
            peers, [*zip(places.label, places.side, strict=True)], places.year, draws, rng, together=True
        )
        s = rng.choice(len(each_scale), draws, p=np.exp(of_scales))
        m = rng.choice(len(each_move), draws, p=np.exp(of_moves))
        loading, leans, shocks = each_move[m].T
        sd = np.sqrt(c.variance)
        mean = loading[:, None] * c.mean
        values, vectors = np.linalg.eigh(c.cov)
        roots = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
        root = np.concatenate([
            loading[:, None, None] * roots[c.shape],
            np.sqrt(leans)[:, None, None] * paces,
            np.sqrt(shocks)[:, None, None] * walk,
        ], axis=2) * sd[:, None, None]  # fmt: skip
        cov = root @ root.transpose(0, 2, 1)
        before = mean + np.einsum("dij,dj->di", root, rng.standard_normal(root.shape[::2]))
        a, b = places.normal(wide)
        values, vectors = np.linalg.eigh(a)
        errors = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
        gain = np.linalg.inv(np.eye(len(a[0])) + a[s] @ cov)
        noise = np.einsum("dij,dj->di", errors[s], rng.standard_normal(before.shape))
        off = b[s] - np.einsum("dij,dj->di", a[s], before) - noise
        path = before + np.einsum("dij,djk,dk->di", cov, gain, off)
        r = b[s] - np.einsum("dij,dj->di", a[s], mean)
        weight = prior_scale[s] - of_scales[s] + prior_move[m] - of_moves[m]
        # How likely the figures are by the normal distributions, before the path is drawn and given it: but for the
        # normal's own constants, which both have.
        weight += np.linalg.slogdet(gain)[1] / 2 + (mean * b[s]).sum(axis=1)
        weight += -np.einsum("di,dij,dj->d", mean, a[s], mean) / 2
        weight += np.einsum("di,dij,djk,dk->d", r, cov, gain, r) / 2
        weight -= (path * b[s]).sum(axis=1) - np.einsum("di,dij,dj->d", path, a[s], path) / 2
        likely = places.likely(path, s)
        weight += likely.sum(axis=1)
        if last + 1 < rounds:
            p = np.exp(weight - logsumexp(weight))
            wide = places.wide(p @ path)
            of_scales = np.log(0.7 * np.bincount(s, p, len(each_scale)) + 0.3 * np.exp(prior_scale))
            of_moves = np.log(0.7 * np.bincount(m, p, len(each_move)) + 0.3 * np.exp(prior_move))
    own = np.column_stack([np.zeros(draws) if at is None else path[:, at] for at in places.own])
    return Own(list(years), own, c.name, s, weight, likely, places.figures)


def probability(peers, seen, years, values, horizon, level):
    """Return the probability of at most ``level`` percent, ``horizon`` years on, given draws of the path, and its error."""
    values, years = np.asarray(values, dtype=float), [*map(int, years)]
    z, target = to_scale(values, peers.scale), float(to_scale(level, peers.scale))
    g = level_variance(z[-1], peers.scale, peers.noise)
    g = float(g + shared_paths.rounding(z[-1], shared_paths.last_digit(values), peers.scale) / peers.variance)
    # Its own figures among those of the places are not counted twice.
    mine = dict(zip(years, z, strict=True))
    itself = [
        all(abs(mine.get(t, np.inf) - at) < 1e-9 for t, at in zip(one.years, one.z, strict=True))
        for one in seen.figures
    ]
    years = [*years, years[-1] + horizon]
    path = seen.path[:, [seen.years.index(year) for year in years]]
    m = len(z) - 1
    rest = (z[:-1] - z[-1]) - (path[:, :m] - path[:, [m]])
    onward = path[:, -1] - path[:, m]
    weight = seen.weight - seen.places[:, itself].sum(axis=1)
    order = [*years[:m], years[-1], years[m]]
    cov = deviations(peers, order)
    log_r = np.zeros((len(path), len(peers.shapes)))
    hit = np.zeros_like(log_r)
    scale = peers.variance * g
    for row in np.unique(seen.scales):
        of = np.flatnonzero(seen.scales == row)
        known, across, ahead = cov[row][:, :m, :m], cov[row][:, :m, m], cov[row][:, m, m]
        log_r[of] = peers.log_weight
        df, middle, wide = peers.df, onward[of, None], scale * ahead
        if m:
            log_r[of] += student(rest[of], known, peers.df, scale)
            gain = np.linalg.solve(known, across[..., None])[..., 0]
            squares = np.einsum("di,kij,dj->dk", rest[of], np.linalg.inv(known), rest[of])
            df = peers.df + m
            middle = middle + rest[of] @ gain.T
            wide = (peers.df * scale + squares) / df * (ahead - (gain * across).sum(axis=1))
        hit[of] = stdtr(df, (target - z[-1] - middle) / np.sqrt(wide))
    p = np.exp(weight[:, None] + log_r - (weight[:, None] + log_r).max())
    names, families = ("trend", "level"), list(dict.fromkeys(peers.family))
    cells = [(seen.name == name, peers.family == family) for name in names for family in families]
    each = np.array([p[of][:, kind].sum() for of, kind in cells]).reshape(2, -1)
    chances = np.array([
        (p[of][:, kind] * hit[of][:, kind]).sum() / max(p[of][:, kind].sum(), 1e-300) for of, kind in cells
    ]).reshape(2, -1)  # fmt: skip
    whole = each.sum(axis=1, keepdims=True)
    within = mixtures._TRUST * each / np.where(whole > 0, whole, 1) + (1 - mixtures._TRUST) / len(families)
    share = whole / whole.sum() * within
    said = float((share * chances).sum())
    w = p.sum(axis=1) / p.sum()
    off = (p * hit).sum(axis=1) / np.maximum(p.sum(axis=1), 1e-300) - said
    return said, float(np.sqrt((w**2 * off**2).sum()))


REVIEW, DAY, HERE = "poor_household_pct", "2020-05-07", "Bắc Kạn"


def fits(panels):
    """Yield ``(kind, peers, indicator, years, [(years, values)])``: the reviews known on the day, and simulated panels."""
    known = ps.load_facts().as_of(DAY)
    panel = known.peers(REVIEW)
    own = []
    for place in [HERE, *panel["place"].unique()]:
        with suppress(LookupError):
            series = known.series(REVIEW, place=place)
            if series.years[0] >= 2015 and (series.values > 0).all():
                own.append((series.years.tolist(), series.values))
    for scale in ("log_odds", "points"):
        yield f"reviews, {scale}", fit_peers(panel, scale=scale), REVIEW, range(2015, 2023), own
    for process, seed in product(calibration.TWO_INSTRUMENTS, range(panels)):
        rng = np.random.default_rng([seed, calibration.PROCESSES.index(process)])
        simulated, name, seen, _ = calibration.simulate(process, 8, rng)
        frame, years = calibration.long(simulated, range(2000, 2008)), np.arange(2000, 2008)
        own = [(years[had := ~np.isnan(row)].tolist(), row[had]) for row in seen]
        yield (
            process,
            fit_peers(frame, units="pct", instruments={name: name for name in simulated}),
            name,
            range(2000, 2011),
            own,
        )


def compared(panels, draws, seed=16):
    """Return a row a case: both probabilities, the error of the draws, what kind of case it is."""
    rng, rows = np.random.default_rng(seed), []
    for kind, peers, indicator, years, own in fits(panels):
        seen = own_path(peers, indicator, years, draws, rng)
        for number, (when, values) in enumerate(own):
            here = number == 0 and indicator == REVIEW
            horizon = 1 if here else int(rng.integers(1, min(4, max(years) - when[-1] + 1)))
            some = (
                [values[-1] - 2, values[-1] - 2.5]
                if here
                else [values[-1] * (1 - rng.uniform(-0.03, 0.2) * horizon)]
            )
            paths, _, _ = peers.paths_ahead(indicator, when, values[None], horizon)
            for level in some:
                exact, error = probability(peers, seen, when, values, horizon, level)
                rows.append({
                    "kind": HERE if here else kind, "scale": peers.scale, "figures": len(values), "horizon": horizon,
                    "last": values[-1], "level": level, "engine": paths[0][-1].probability(at_most=level),
                    "exact": exact, "error": error,
                })  # fmt: skip
    return pd.DataFrame(rows).assign(apart=lambda frame: (frame["engine"] - frame["exact"]).abs())


def main():
    """Print how far apart they are, and Bắc Kạn's own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=5, help="simulated panels of each process")
    parser.add_argument("--draws", type=int, default=20_000)
    asked = parser.parse_args()
    found = compared(asked.panels, asked.draws)
    tell(found, "kind")
    print(found[found["kind"] == HERE].round(4).to_string(index=False))


if __name__ == "__main__":
    main()
