"""The likelihood of a logit from counts, its effects absorbed: its maximum, and what each cluster adds to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from povertystats.regression.elimination import combined, independent, solve_each, told_apart
from povertystats.words.errors import Refused

# Newton's last step, in log-odds, doubles the digits of this one; without a finite maximum steps stay near 1.
_CLOSE, _ITERATIONS, _SINGULAR = 1e-9, 50, 1e-13
# No log-odds move by more than this in one step of a refit.
_STRIDE = 4.0
# A column that varies by less than this share of its size varies by rounding only.
_ROUNDING = 1e-24
# Fitted shares this near to 0 or 1 are on their way to infinite log-odds.
_BOUNDARY = 1e-8


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The likelihood of counted patterns, ``Π μ^events·(1 − μ)^(n − events)`` over its cells with ``μ = Λ(x'β + α_effect)``.

    Patterns (P) of effect and regressors, and the cells (m), by cluster and pattern, that show them. ``x`` (P, p) has
    mean 0 and mean square 1 over the rows; ``size`` (p,) is what it was divided by.
    """

    x: np.ndarray
    size: np.ndarray
    effect: np.ndarray
    pattern: np.ndarray
    place: np.ndarray
    n: np.ndarray
    events: np.ndarray

    @classmethod
    def of(cls, counted: Any) -> Likelihood:
        """Return the likelihood of what is counted by pattern, such as ``cells.patterns.Patterns``."""
        keys = pd.DataFrame(counted.x).assign(effect=counted.effect)
        order = ["effect", *range(counted.x.shape[1])]
        patterns = keys.drop_duplicates().sort_values(order)
        pattern = keys.groupby(order).ngroup().to_numpy()
        x, weights = patterns[order[1:]].to_numpy(), np.bincount(pattern, counted.n)
        x, size = _standard(x, weights)
        return cls(x, size, patterns["effect"].to_numpy(), pattern, counted.place, counted.n, counted.events)

    @classmethod
    def of_shares(cls, x: np.ndarray, effect: np.ndarray, place: np.ndarray, share: np.ndarray) -> Likelihood:
        """Return the likelihood of shares 0-1, one row each, in the order of place and effect: each is a pattern."""
        x, size = _standard(x)
        return cls(x, size, effect, np.arange(len(x)), place, np.ones(len(x), int), share)

    def within(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x about its weighted mean in each effect (P, p), and the sums of weights by effect."""
        total = np.bincount(self.effect, weights)
        sums = np.column_stack([np.bincount(self.effect, weights * column) for column in self.x.T])
        return self.x - (sums / total[:, None])[self.effect], total

    def collinear(self) -> dict[int, list[int]]:
        """Return {position of a regressor: those that it is a combination of beside the effects, if any}."""
        weights = np.bincount(self.pattern, self.n)
        about, _ = self.within(weights)
        gram = (about * weights[:, None]).T @ about
        varies = np.flatnonzero(np.diag(gram) > _ROUNDING * weights.sum())
        kept = varies[independent(gram[np.ix_(varies, varies)])]
        partners: dict[int, list[int]] = {j: [] for j in range(len(gram)) if j not in kept}
        for j in partners.keys() & set(varies.tolist()):
            partners[j] = combined(gram, kept.tolist(), j)
        return partners

    def maximum(
        self, names: Sequence[str], row: Callable[[int], str] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients (p,) and log-odds (P,) of largest likelihood.

        Newton's method, halved where it would overshoot; each effect is solved for beside the means of x in it.
        Raises Refused, with the ``names`` of the regressors that run away, and the first pattern that does as ``row``
        names it, where there is no finite maximum.
        Source: McCullagh & Nelder 1989, doi:10.1007/978-1-4899-3242-6.

        >>> from povertystats.cells.patterns import count_patterns
        >>> rows = pd.DataFrame({"commune": list("aabb") * 2, "x": [0, 0, 0, 0, 1, 1, 1, 1], "y": [1, 0, 0, 0, 1, 1, 1, 0]})
        >>> likelihood = Likelihood.of(count_patterns(rows, "y", ["x"]))
        >>> theta, eta = likelihood.maximum(["x"])
        >>> expit(eta).round(9).tolist(), (theta / likelihood.size).round(4).tolist()   # ln 9
        ([0.25, 0.75], [2.1972])
        """
        effect, n, events = self.effect, *(np.bincount(self.pattern, part) for part in (self.n, self.events))
        eta = logit(np.bincount(effect, events) / np.bincount(effect, n))[effect]
        theta = step = np.zeros(self.x.shape[1])
        for _ in range(_ITERATIONS):
            weights, residual = _slopes(eta, n, events)
            about, total = self.within(weights)
            information = (about * weights[:, None]).T @ about
            size = np.sqrt(np.diag(information))
            scaled = information / np.outer(size, size)
            if np.linalg.eigvalsh(scaled)[0] < _SINGULAR:
                break
            step = np.linalg.solve(scaled, about.T @ residual / size) / size
            move = about @ step + (np.bincount(effect, residual) / total)[effect]
            best = _logarithm(eta, n, events)
            while _logarithm(eta + move, n, events) < best - 1e-12 * abs(best):
                step, move = step / 2, move / 2
            theta, eta = theta + step, eta + move
            if np.abs(move).max() < _CLOSE:
                return theta, eta
        far = np.abs(step) * np.ptp(self.x, axis=0)
        runaway = ", ".join(name for name, reach in zip(names, far, strict=True) if reach > 0.1 * far.max())
        extreme = np.flatnonzero(expit(eta) * expit(-eta) < _BOUNDARY)
        first = f", first {row(extreme[0])}" if row and len(extreme) else ""
        where = f"the fit runs to 0 or 1 in {int(n[extreme].sum()):,} row(s){first} (separation)"
        raise Refused("the likelihood has no maximum", [f"no finite estimate for {runaway}: {where}"])

    def is_exact(self, eta: np.ndarray) -> bool:
        """Return whether the log-odds ``eta`` give back every share: an identity, with no error to estimate."""
        gaps = self.events - expit(eta)
        return bool((gaps**2).sum() <= 1e-12 * self.events.var() * len(gaps))

    def refits(
        self, theta: np.ndarray, eta: np.ndarray, weights: np.ndarray, regressors: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (B, p) and average slopes (B,) of refits in which each cluster counts ``weights`` (B, G) times.

        Newton's method on all refits at once, from the maximum. NaN where there is no finite one, or where one of the
        first ``regressors`` cannot be estimated; of another one that cannot, its own coefficient alone.
        """
        b, p, effects = len(weights), self.x.shape[1], self.effect.max() + 1
        weights = weights[:, self.place] * self.n
        share, effect = (self.events / self.n), self.effect[self.pattern]
        x, dummies = self.x[self.pattern], np.eye(effects)[effect]
        columns = np.hstack([x, dummies])
        pairs = (x[:, :, None] * columns[:, None, :]).reshape(len(x), -1)
        theta, eta = np.tile(theta, (b, 1)), np.tile(eta[self.pattern], (b, 1))
        moving, untold = np.arange(b), None
        for _ in range(_ITERATIONS):
            mu, w = expit(eta[moving]), weights[moving]
            residual = (w * (share - mu)) @ columns
            w = w * mu * (1 - mu)
            total = w @ dummies
            total[total == 0] = np.inf  # an effect without rows
            whole = (w @ pairs).reshape(-1, p, p + effects)
            means = whole[:, :, p:] / total[:, None]
            information = whole[:, :, :p] - means @ whole[:, :, p:].swapaxes(1, 2)
            score = residual[:, :p] - (means @ residual[:, p:, None])[:, :, 0]
            equations = np.concatenate([information, score[:, :, None]], axis=2)
            steps, lost = solve_each(equations, np.diagonal(whole, axis1=1, axis2=2).T)
            untold = lost if untold is None else untold
            steps[lost[:, :regressors].any(axis=1)] = np.nan
            shifts = residual[:, p:] / total - (steps[:, None] @ means)[:, 0]
            moves = np.hstack([steps, shifts]) @ columns.T
            # A step too far saturates the shares, and columns then look like combinations of others.
            short = np.minimum(1, _STRIDE / np.abs(moves).max(axis=1))[:, None]
            theta[moving] += short * steps
            eta[moving] += short * moves
            moving = moving[np.abs(moves).max(axis=1) > _CLOSE]
            if not len(moving):
                break
        theta[moving] = np.nan
        theta[untold] = np.nan
        mu = expit(eta)
        return theta, (weights * mu * (1 - mu)).sum(axis=1) / weights.sum(axis=1)

    def clusters(self, theta: np.ndarray, eta: np.ndarray, *, exact: bool = False) -> dict[str, np.ndarray]:
        """Return what each cluster does to coefficients and average slope, at the maximum.

        A dict: ``slope`` mean of μ(1 − μ); ``without`` (G, p) and ``slope_without`` (G,): both outside each cluster, the
        coefficients by one Newton step, ``β − (H − H_g)⁻¹s_g`` (NaN of those that cannot be told without it), the slope
        to first order, or ``exact`` (which takes G times the memory of the patterns); ``added`` (G, p) and
        ``slope_added`` (G,): each cluster's share in them, ``H⁻¹s_g``. About the means of its effects x has no cross terms with them in the information,
        so that a cluster is taken out of each effect by a division.
        Source: MacKinnon, Nielsen & Webb 2024, doi:10.48550/arXiv.2406.00650.
        """
        weights, residual = _slopes(eta[self.pattern], self.n, self.events)
        curve = weights * (1 - 2 * expit(eta[self.pattern]))
        centred, total = self.within(np.bincount(self.pattern, weights))
        about, effect = centred[self.pattern], self.effect[self.pattern]
        weighted = weights[:, None] * about
        information = weighted.T @ about

        # Cells lie together by cluster and effect; these pairs lie together by cluster.
        first = _starts(self.place, effect)
        place, effect = self.place[first], effect[first]
        starts, pairs = _starts(self.place), _starts(place)
        w, b, r, v = (np.add.reduceat(part, first) for part in (weights, weighted, residual, curve))
        rest = np.where(np.bincount(effect)[effect] == 1, np.inf, total[effect] - w)
        gone = np.array([weighted[i].T @ about[i] for i in _slices(starts, len(about))])
        gone += np.array([b[i].T @ (b[i] / rest[i, None]) for i in _slices(pairs, len(b))])
        score = np.add.reduceat(residual[:, None] * about, starts)
        left = -score - np.add.reduceat(b * (r / rest)[:, None], pairs)
        equations = np.concatenate([information - gone, left[:, :, None]], axis=2)
        moves, lost = solve_each(equations, np.diag(information))
        told = told_apart(equations, np.diag(information), moves, lost)

        n, slopes, leaning = self.n.sum(), weights.sum(), curve @ about
        whole = np.bincount(effect, v)[effect]
        shift = ((b * moves[place]).sum(axis=1) - r) / rest
        if exact:
            shifts, counts = np.zeros((len(moves), len(total))), np.zeros((len(moves), len(eta)), int)
            shifts[place, effect] = shift
            np.add.at(counts, (self.place, self.pattern), self.n)
            mu = expit(eta + moves @ centred.T + shifts[:, self.effect])
            outside = ((np.bincount(self.pattern, self.n) - counts) * mu * (1 - mu)).sum(axis=1)
        else:
            outside = slopes - np.add.reduceat(weights, starts) + np.add.reduceat((whole - v) * shift, pairs)
            outside += ((leaning - np.add.reduceat(curve[:, None] * about, starts)) * moves).sum(axis=1)
        added = np.linalg.solve(information, score.T).T
        return {
            "slope": slopes / n,
            "without": theta + told,
            "slope_without": outside / (n - np.add.reduceat(self.n, starts)),
            "added": added,
            "slope_added": (added @ leaning + np.add.reduceat(whole * r / total[effect], pairs)) / n,
        }


def bad_weights(weights: np.ndarray, g: int) -> list[str]:
    """Return what is wrong with the weights of refits, one row a refit and one column a cluster (``g``)."""
    if weights.ndim != 2 or weights.shape[1] != g:
        return [f"weights have shape {weights.shape}; expected (refits, {g}), one column a cluster"]
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any(axis=1).all():
        return ["weights must be finite, at least 0, and not all 0 in a row"]
    return []


def _standard(x, weights=None):
    """Return columns with mean 0 and mean square 1, and what they were divided by."""
    x = x - np.average(x, axis=0, weights=weights)
    size = np.sqrt(np.average(x**2, axis=0, weights=weights))
    size[size == 0] = 1
    return x / size, size


def _logarithm(eta, n, events):
    return events @ eta - n @ np.logaddexp(0, eta)


def _slopes(eta, n, events):
    """Return n·μ(1 − μ) and events − n·μ; 1 − μ is never rounded."""
    up, down = expit(eta), expit(-eta)
    return n * up * down, events * down - (n - events) * up


def _starts(*codes):
    """Return where each run of rows with the same codes begins."""
    return np.flatnonzero(sum(np.diff(code, prepend=-1) != 0 for code in codes))


def _slices(starts, end):
    return map(slice, starts, [*starts[1:], end])
