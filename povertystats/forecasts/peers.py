"""What peers say about how short annual rates move: their shared path, its shocks, and the deviations from it.

A place's series is a path that all peers share plus a deviation of its own, ``y_i(t) = c(t) + d_i(t)``; both
follow structural trends of a grid of shapes, and the peers say how probable each shape is.
"""

from dataclasses import dataclass, field
from itertools import chain, product

import numpy as np
import pandas as pd
from scipy.special import expit, gammaln, logsumexp, softmax

from povertystats.forecasts.predictive import LINKS, Predictive, to_scale
from povertystats.forecasts.structural_trends import FAMILIES, SHARED, covariances, kriging, with_slopes

# Two figures tell a pace, be it under a standard that was soon replaced; what a trend looks like takes three,
# and a shared path several places.
FEWEST_FIGURES, FEWEST_SHAPED, FEWEST_PEERS = 2, 3, 3
# Variance of the slope between places, as a multiple of that of a year's change; the last is "anything".
_KAPPA = (0.0, 0.1, 0.5, 1e4)
# So short a path can look too smooth: a prior worth one year, at a part of the places' own variance.
_SHOCK_DF, _SHOCK_SHARE = 1.0, 0.1
# Weights of families as the peers say, but half way to equal ones: equal weights are hard to beat.
_TRUST = 0.5
_NU = 2.0 ** np.arange(7)
_ROUNDS, _EM_STEPS = 3, 8
# Rates nearer to 0 or 100 are as noisy as one at this distance.
_EDGE = 0.2


@dataclass(frozen=True, eq=False)
class Peers:
    """How comparable series move on ``scale`` ("log_odds" or "points"), estimated by ``fit_peers``.

    ``used``: series, those of two figures included, which tell of the pace alone; ``left_out``: counts by
    reason ("few", "no_log_odds"); ``paths``: each indicator's shared path ``{year: level}`` on the scale. The
    grid of own deviations, (K,): ``family``, ``shapes``, ``kappa`` (slope variance between places),
    ``log_weight``. The variance of a year's change in a place at level p is ``σ² g(p)``, ``σ² ~ ν0
    s0²/χ²(ν0)`` with ν0 = ``df``, s0² = ``variance``; ``g(p) = (4 p (1 − p))^−noise`` on the log-odds: 0, the
    same at all levels, to 1, the sampling noise of a share; in points ``2 − noise`` takes the place of
    ``−noise``.
    """

    scale: str
    used: int
    left_out: dict
    paths: dict
    family: np.ndarray
    shapes: tuple
    kappa: np.ndarray
    log_weight: np.ndarray
    df: float
    variance: float
    noise: float
    _designs: dict = field(default_factory=dict, repr=False)

    def shared(self, indicator, years):
        """Return mean (N,), covariance (N, N), degrees of freedom of an indicator's shared path at ``years``.

        Indicators share their pace; each has its own level and shocks, and one that the peers do not have
        starts from a level of 0. The mixture of shapes is reduced to its mean and covariance.
        """
        rows = [(name, t, c) for name, path in self.paths.items() for t, c in path.items()]
        labels, when, c = zip(*rows, strict=True)
        labels, c = labels + (indicator,) * len(years), np.array(c)
        columns, cov = covariances(tuple(chain(*SHARED.values())), when + tuple(years), labels)
        levels = np.array([[label == name for name in self.paths] for label in labels], dtype=float)
        levels = np.broadcast_to(levels, (len(cov), *levels.shape))
        q, w, a, h = kriging(cov, np.concatenate([levels, columns[:, :, None]], axis=2), len(c))
        df = _SHOCK_DF + len(c) - len(self.paths) - 1
        total = _SHOCK_DF * _SHOCK_SHARE * self.variance + np.einsum("n,knm,m->k", c, q, c)
        prior = np.concatenate([np.full(len(shapes), -np.log(len(shapes))) for shapes in SHARED.values()])
        r = softmax(prior - h - df / 2 * np.log(total))
        apart = w @ c - r @ (w @ c)
        errors = (total / df)[:, None, None] * (a @ cov @ a.transpose(0, 2, 1))
        return r @ (w @ c), np.einsum("k,kij->ij", r, errors + apart[:, :, None] * apart[:, None, :]), df

    def paths_ahead(self, indicator, years, values, horizon):
        """Return for S series of one indicator and the same ``years`` their Predictives, one tuple a series.

        ``values`` (S, n) in percent, n ≥ 1. With them come the shares (S, horizon) of each variance that is
        the path's own: what a shock to all places contributes.

        Given a shape, ``z − c ~ N(level, σ² g (D + κ x x' + C/(g s0²)))``, C the covariance of the shared
        path. Where the peers have the indicator, C is 0 in their years: past shocks are taken out of ``z``,
        not counted twice. Where they do not, C covers the own years, and own noise scales both.
        """
        years, z = tuple(map(int, years)), to_scale(values, self.scale)
        weights, at, spread, df, common = self._components(indicator, years, z, horizon)
        found = [
            tuple(
                Predictive(weights[s], df[s, :, h], at[s, :, h], spread[s, :, h], self.scale, values[s, -1])
                for h in range(horizon)
            )
            for s in range(len(z))
        ]
        return found, common

    def _components(self, indicator, years, z, horizon):
        """Return weights (S, 3); location, scale, df of each family (S, 3, horizon); shared shares (S, horizon)."""
        n, known = len(years), indicator in self.paths
        g = _noise(z, self.scale, self.noise)
        if not known and len(z) > 1:
            each = [self._components(indicator, years, row[None], horizon) for row in z]
            return tuple(np.concatenate(part) for part in zip(*each, strict=True))
        mean, common_df, q, w, h, own, common = self._design(
            indicator, years, horizon, 1.0 if known else g[0]
        )
        variance = (self.variance * g)[:, None]
        apart = z - mean[:n]
        total = self.df * variance + np.einsum("sn,knm,sm->sk", apart, q, apart, optimize=True)
        df = self.df + n - 1
        log_r = self.log_weight - h + _log_density(self.df, variance, total, n - 1)
        sigma2 = (total / df)[:, :, None]
        at = mean[n:] + np.einsum("kfn,sn->skf", w, apart)
        mine = sigma2 * own
        theirs = common * (np.ones_like(sigma2) if known else sigma2 / variance[:, :, None])
        spread = mine + theirs
        # Welch and Satterthwaite: the sum of two estimated variances. Where own noise scales both, its estimate
        # is in all of the sum and that of the path in its part.
        freedom = spread**2 / ((mine if known else spread) ** 2 / df + theirs**2 / common_df)
        chances, parts = [], []
        for name in FAMILIES:
            of = self.family == name
            chances.append(logsumexp(log_r[:, of], axis=1))
            r = softmax(log_r[:, of], axis=1)[:, None]
            middle = r @ at[:, of]
            between = (at[:, of] - middle) ** 2
            wide = r @ (spread[:, of] + between)
            parts.append([middle, np.sqrt(wide), r @ freedom[:, of], (r @ theirs[:, of]) / wide])
        weights = _TRUST * softmax(np.array(chances).T, axis=1) + (1 - _TRUST) / len(FAMILIES)
        at, spread, freedom, shares = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return weights, at, spread, freedom, np.einsum("sf,sfh->sh", weights, shares)

    def _design(self, indicator, years, horizon, g):
        # What does not depend on the series is kept, once for all of the same years.
        key = (indicator, years, horizon)
        if key not in self._designs:
            every = years + tuple(range(years[-1] + 1, years[-1] + 1 + horizon))
            self._designs[key] = self.shared(indicator, every), with_slopes(self.shapes, every, self.kappa)
        (mean, common, common_df), own = self._designs[key]
        q, w, a, h = kriging(own + common / (g * self.variance), np.ones((*own.shape[:2], 1)), len(years))
        return mean, common_df, q, w, h, *(((a @ part) * a).sum(axis=2) for part in (own, common))


def fit_peers(panel, indicators=None, *, scale="log_odds"):
    """Estimate from a panel how such series move, by empirical Bayes.

    ``panel``: one row a place and year, with place, year and the indicators in percent. ``indicators``: one
    or several names, every other column when left out; a place's series of each is one peer; before and after
    a change of standard are two indicators (``Facts.peers``). Year effects are the shared path (their
    sampling noise is what the deviations lack); the deviations give the grid's weights, ν0, s0² and how noise
    depends on the level.

    Raises ValueError that lists every problem (unknown columns and scale, years that are not whole, a place
    and year twice, figures that are no percentages), or tells of too few peers or of peers without spread;
    TypeError for what is no DataFrame.

    Source: Efron & Morris 1975, doi:10.1080/01621459.1975.10479864 (empirical Bayes); Harvey 1989,
    doi:10.1017/CBO9781107049994 (structural trends).

    >>> import povertystats as ps
    >>> peers = fit_peers(ps.load_facts().as_of("2020-05-07").peers("poor_household_pct"))
    >>> peers.used, peers.left_out
    (187, {'few': 0, 'no_log_odds': 2})
    """
    panel, indicators = _checked(panel, indicators, scale)
    paths, series, left_out = _deviations(panel, indicators, scale)
    used = sum(map(len, series.values()))
    series = {years: rows for years, rows in series.items() if len(years) >= FEWEST_SHAPED}
    if sum(map(len, series.values())) < FEWEST_PEERS:
        told = ", ".join(f"{reason}: {n}" for reason, n in left_out.items())
        raise ValueError(
            f"fit_peers: expected {FEWEST_PEERS} or more peers with {FEWEST_SHAPED} figures or more each; {used} usable "
            f"series, left out {told}"
        )
    grid = [(name, shape, k) for name, shapes in FAMILIES.items() for shape, k in product(shapes, _KAPPA)]
    family, shapes, kappa = zip(*grid, strict=True)
    kappa = np.array(kappa)
    q, h, dims, levels = [], [], [], []
    for years, rows in series.items():
        z, level = np.array([row for row, _ in rows]), np.array([level for _, level in rows])
        cov = with_slopes(shapes, years, kappa)
        form, _, _, half = kriging(cov, np.ones((*cov.shape[:2], 1)), len(years))
        q.append(np.einsum("sn,knm,sm->sk", z, form, z, optimize=True))
        h.append(np.tile(half, (len(z), 1)))
        dims.append(np.full((len(z), 1), len(years) - 1))
        levels.append(level)
    q, h, dims, levels = map(np.concatenate, (q, h, dims, levels))
    if np.median(q.min(axis=1)) <= 1e-18:
        raise ValueError("fit_peers: the peers move exactly alike, so that no spread can be estimated")
    log_weight, df, variance = _empirical_bayes(q, h, dims)
    noise = _level_noise(q, h, dims, levels, (log_weight, df, variance), scale)
    g = _noise(levels[:, None], scale, noise)[:, None]
    log_weight, df, variance = _empirical_bayes(q / g, h + dims / 2 * np.log(g), dims)
    parts = (np.array(family), shapes, kappa, log_weight, df, variance, noise)
    return Peers(scale, used, left_out, paths, *parts)


def _checked(panel, indicators, scale):
    """Return the panel with numbers for figures, and the indicators' names; or tell of every problem."""
    if not isinstance(panel, pd.DataFrame):
        raise TypeError(f"fit_peers: expected a DataFrame of place, year, rates, got {type(panel).__name__}")
    if isinstance(indicators, str):
        indicators = [indicators]
    elif indicators is None:
        indicators = [column for column in panel if column not in ("place", "year")]
    indicators = list(dict.fromkeys(indicators))
    absent = [str(name) for name in ("place", "year", *indicators) if name not in panel]
    problems = [f"the panel has no column {', '.join(absent)}"] if absent else []
    if scale not in LINKS:
        problems.append(f"scale {scale!r} is not known; choose one of {', '.join(LINKS)}")
    if "year" in panel:
        panel = panel.assign(year=pd.to_numeric(panel["year"], errors="coerce"))
        if (panel["year"] % 1 != 0).any():
            problems.append("years must be whole numbers")
    if "place" in panel and "year" in panel and panel.duplicated(["place", "year"]).any():
        problems.append("place and year must be unique")
    given = [name for name in indicators if name in panel]
    figures = panel[given].apply(pd.to_numeric, errors="coerce")
    wrong = (figures.isna() & panel[given].notna()) | (figures < 0) | (figures > 100)
    problems += [f"{name} must be a percentage between 0 and 100" for name in given if wrong[name].any()]
    if problems:
        raise ValueError("fit_peers: " + "; ".join(problems))
    return panel.assign(year=panel["year"].astype(int), **figures), indicators


def _deviations(panel, indicators, scale):
    """Return shared paths, deviations ``{years: [(row, mean level)]}`` and the counts of what was left out."""
    paths, series, left_out = {}, {}, {"few": 0, "no_log_odds": 0}
    for name in indicators:
        wide = panel.pivot(index="place", columns="year", values=name)
        edge = ((wide <= 0) | (wide >= 100)).any(axis=1) & (scale == "log_odds")
        enough = wide.count(axis=1) >= FEWEST_FIGURES
        left_out["no_log_odds"] += int(edge.sum())
        left_out["few"] += int((~enough & ~edge & wide.notna().any(axis=1)).sum())
        wide = wide[enough & ~edge].dropna(axis=1, how="all")
        if len(wide) >= FEWEST_PEERS:
            z = to_scale(wide.to_numpy(dtype=float), scale)
            effects = _year_effects(z)
            paths[name] = dict(zip(wide.columns.tolist(), effects.tolist(), strict=True))
            for row in z:
                known = ~np.isnan(row)
                years = tuple(wide.columns[known].tolist())
                series.setdefault(years, []).append(((row - effects)[known], row[known].mean()))
    return paths, series, left_out


def _year_effects(z):
    """Return the year effects (n,) of z (S, n), missing figures NaN, beside free levels of the places."""
    if not np.isnan(z).any():
        return z.mean(axis=0)
    row, column = np.nonzero(~np.isnan(z))
    design = np.hstack([np.eye(len(z))[row], np.eye(z.shape[1])[column]])
    return np.linalg.lstsq(design, z[row, column])[0][len(z) :]


def _spread(level, scale):
    """Return ln 4p(1 − p) at levels on the scale."""
    p = expit(level) if scale == "log_odds" else np.clip(level / 100, _EDGE / 100, 1 - _EDGE / 100)
    return np.log(4 * p * (1 - p))


def _noise(z, scale, noise):
    """Return g (S,), the variance of changes relative to that at 50 %, of series z (S, n) at their mean level."""
    power = -noise if scale == "log_odds" else 2 - noise
    return np.exp(power * _spread(z.mean(axis=1), scale))


def _level_noise(q, h, dims, levels, fit, scale):
    """Return how the variance of changes depends on the level, from 0 to 1: a slope drawn towards 0."""
    log_weight, df, variance = fit
    total = df * variance + q
    post = softmax(log_weight - h + _log_density(df, variance, total, dims), axis=1)
    size = np.log((post * q / dims).sum(axis=1))
    at = _spread(levels, scale)
    at = at - at.mean()
    slope = at @ size / (at @ at + 1)
    return float(np.clip(-slope if scale == "log_odds" else 2 - slope, 0, 1))


def _log_density(nu, s2, total, dims):
    """Return a series' log density, but for its determinants, where ``ν s² + y'Qy`` is ``total``."""
    half = (nu + dims) / 2
    return gammaln(half) - gammaln(nu / 2) + nu / 2 * np.log(nu * s2) - half * np.log(total)


def _posterior(log_r):
    """Return softmax (S, K) and logsumexp (S,) over K; scipy's spend most of their time on checks."""
    top = log_r.max(axis=1, keepdims=True)
    r = np.exp(log_r - top)
    total = r.sum(axis=1, keepdims=True)
    return r / total, (top + np.log(total))[:, 0]


def _empirical_bayes(q, h, dims):
    """Return log weights (K,), ν0 and s0² under which the forms (S, K) are likeliest: EM, ν0 on a grid."""
    log_weight, nu = np.full(q.shape[1], -np.log(q.shape[1])), 4.0
    s2 = np.median(q.min(axis=1, keepdims=True) / dims)
    for _ in range(_ROUNDS):
        for _ in range(_EM_STEPS):
            total = nu * s2 + q
            post, _ = _posterior(log_weight - h + _log_density(nu, s2, total, dims))
            log_weight = np.log(np.maximum(post.mean(axis=0), 1e-12))
            s2 = 1 / (post * (nu + dims) / total).sum(axis=1).mean()
        fit = [_posterior(log_weight - h + _log_density(v, s2, v * s2 + q, dims))[1].sum() for v in _NU]
        nu = _NU[np.argmax(fit)]
    return log_weight, float(nu), float(s2)
