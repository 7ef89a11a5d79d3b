"""The likelihood of a logit from counts, its effects absorbed: its maximum, and what each cluster adds to it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from povertystats.regression.jackknife import solve_each
from povertystats.regression.terms import independent
from povertystats.words.errors import refuse

# Newton's last step, in log-odds, doubles the digits of this one; without a finite maximum steps stay near 1.
_CLOSE, _ITERATIONS, _SINGULAR = 1e-9, 50, 1e-13
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
    def of(cls, cells):
        keys = pd.DataFrame(cells.x).assign(effect=cells.effect)
        order = ["effect", *range(cells.x.shape[1])]
        patterns = keys.drop_duplicates().sort_values(order)
        pattern = keys.groupby(order).ngroup().to_numpy()
        x, weights = patterns[order[1:]].to_numpy(), np.bincount(pattern, cells.n)
        x = x - np.average(x, axis=0, weights=weights)
        size = np.sqrt(np.average(x**2, axis=0, weights=weights))
        size[size == 0] = 1
        return cls(x / size, size, patterns["effect"].to_numpy(), pattern, cells.place, cells.n, cells.events)

    def within(self, weights):
        """Return x about its weighted mean in each effect (P, p), and the sums of weights by effect."""
        total = np.bincount(self.effect, weights)
        sums = np.column_stack([np.bincount(self.effect, weights * column) for column in self.x.T])
        return self.x - (sums / total[:, None])[self.effect], total

    def collinear(self):
        """Return {position of a regressor: those that it is a combination of beside the effects, if any}."""
        weights = np.bincount(self.pattern, self.n)
        about, _ = self.within(weights)
        gram = (about * weights[:, None]).T @ about
        varies = np.flatnonzero(np.diag(gram) > _ROUNDING * weights.sum())
        kept = varies[independent(gram[np.ix_(varies, varies)])]
        found = {j: [] for j in range(len(gram)) if j not in kept}
        for j in found.keys() & set(varies.tolist()):
            shares = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, j])
            found[j] = kept[np.abs(shares) * np.sqrt(np.diag(gram)[kept] / gram[j, j]) > 1e-6].tolist()
        return found

    def maximum(self, names):
        """Return the coefficients (p,) and log-odds (P,) of largest likelihood.

        Newton's method, halved where it would overshoot; each effect is solved for beside the means of x in it.
        Raises ValueError, with the ``names`` of the regressors that run away, where there is no finite maximum.
        Source: McCullagh & Nelder 1989, doi:10.1007/978-1-4899-3242-6.

        >>> from povertystats.register.cell_counts import count_patterns
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
        told = ", ".join(name for name, reach in zip(names, far, strict=True) if reach > 0.1 * far.max())
        rows = int(n[expit(eta) * expit(-eta) < _BOUNDARY].sum())
        return refuse(
            "the likelihood has no maximum",
            [f"no finite estimate for {told}: the fit runs to 0 or 1 in {rows:,} row(s) (separation)"],
        )

    def clusters(self, theta, eta):
        """Return what each cluster does to coefficients and average slope, at the maximum.

        A dict: ``slope`` mean of μ(1 − μ); ``without`` (G, p) and ``slope_without`` (G,): both outside each cluster, the
        coefficients by one Newton step, ``β − (H − H_g)⁻¹s_g``, the slope to first order; ``added`` (G, p) and
        ``slope_added`` (G,): each cluster's share in them, ``H⁻¹s_g``; ``lost`` (G, p): which coefficients cannot be told
        without a cluster. About the means of its effects x has no cross terms with them in the information,
        so that a cluster is taken out of each effect by a division.
        Source: MacKinnon, Nielsen & Webb 2024, doi:10.48550/arXiv.2406.00650.
        """
        weights, residual = _slopes(eta[self.pattern], self.n, self.events)
        curve = weights * (1 - 2 * expit(eta[self.pattern]))
        about, total = self.within(np.bincount(self.pattern, weights))
        about, effect = about[self.pattern], self.effect[self.pattern]
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

        n, slopes, leaning = self.n.sum(), weights.sum(), curve @ about
        whole = np.bincount(effect, v)[effect]
        shift = ((b * moves[place]).sum(axis=1) - r) / rest
        outside = slopes - np.add.reduceat(weights, starts) + np.add.reduceat((whole - v) * shift, pairs)
        outside += ((leaning - np.add.reduceat(curve[:, None] * about, starts)) * moves).sum(axis=1)
        added = np.linalg.solve(information, score.T).T
        return {
            "slope": slopes / n,
            "without": theta + moves,
            "slope_without": outside / (n - np.add.reduceat(self.n, starts)),
            "added": added,
            "slope_added": (added @ leaning + np.add.reduceat(whole * r / total[effect], pairs)) / n,
            "lost": lost,
        }


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
