"""The fractional logit with place means: a rate explained on the logit scale, effects told in points."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit

from povertystats.regression.inference import solve
from povertystats.regression.jackknife import solve_each, spread
from povertystats.regression.moments import Moments
from povertystats.regression.terms import independent, parse, read_term
from povertystats.words.errors import Refused, refuse

# Steps are in log-odds per standard deviation of a column; Newton's last step doubles the digits of this one.
_CLOSE, _ITERATIONS = 1e-9, 50
# Fitted shares this near to 0 or 1 are on their way to infinite log-odds.
_BOUNDARY = 1e-8
# Numbers held at once by a batch of refits: what stays in a processor's cache is faster than one large batch.
_CELLS = 2**17


@dataclass(frozen=True, eq=False)
class FractionalLogit:
    """The average partial effect of each regressor on a rate, from a fractional logit.

    ``names`` (p) terms; ``estimates`` (p,) in percentage points of the outcome per unit of the regressor
    (positive: the outcome is higher where the regressor is higher) and ``variance`` (p, p) by CV3L, for t
    with G − 1 degrees; ``leave_one_out`` (G, p) effects without each of the ``clusters``; ``coefficients``
    (p,) in log-odds per unit with ``coefficient_variance`` (p, p); ``n`` rows; first and last of ``years``;
    ``dropped`` (reason, column, rows).
    """

    names: tuple[str, ...]
    clusters: tuple
    estimates: np.ndarray
    variance: np.ndarray
    leave_one_out: np.ndarray
    coefficients: np.ndarray
    coefficient_variance: np.ndarray
    n: int
    years: tuple | None
    dropped: tuple[tuple[str, str, int], ...]
    design: "_Design" = field(repr=False)
    theta: np.ndarray = field(repr=False)

    def refit(self, weights):
        """Return the average partial effects (B, p) of B refits in which each cluster counts as often as told.

        ``weights`` (B, G) ≥ 0, in the order of ``clusters``: ``1 − np.eye(G)`` is the exact jackknife,
        multinomial counts are the pairs cluster bootstrap. Newton's method on all refits at once. A refit
        that cannot tell a regressor, or has no finite estimate, is a row of NaN.

        Raises ValueError when weights are not of that shape, negative, infinite or all zero in a row.
        Source: Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414.

        >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 1, 5]})
        >>> fit = fractional_logit(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
        >>> bool(np.allclose(fit.refit(np.ones((1, 3))), fit.estimates))
        True
        """
        weights = np.asarray(weights, float)
        refuse("cannot refit", _bad_weights(weights, len(self.clusters)))
        block = max(1, _CELLS // self.n)
        effects = []
        for part in np.split(weights, range(block, len(weights), block)):
            rows = part[:, self.design.place]
            effects.append(self.design.effects(self.design.maximum(self.theta, rows), rows))
        return np.concatenate(effects)


def fractional_logit(panel, outcome, regressors, *, cluster="place", time="year", means=True):
    """Fit a rate in per cent by a fractional logit with year effects and place means of all regressors.

    ``E[y/100] = Λ(x'β + year + x̄'γ)``, x̄ the means of regressors and, in an unbalanced panel, of the year
    indicators over the place's rows, as far as these are independent: on a linear scale exactly two-way
    fixed effects. Rates of 0 and 100 count as they are. Average partial effect, in percentage points per
    unit (for a log term: per log unit): ``100·β_j·mean(μ(1 − μ))``. Its variance is the linearised cluster
    jackknife CV3L, ``(G−1)/G·Σ_g(APE_(g) − APE)(APE_(g) − APE)'`` over the rows outside g at
    ``β_(g) = β − (H − H_g)⁻¹s_g``; a year effect that is lost with g is left out there.

    ``panel``: one row a place and year; regressors may be ``log(column)`` or ``log1p(column)``. Rows are
    left out and counted as in ``Moments.from_frame``; so are places with a single row, whose regressors equal
    their means, so that fixed effects use the same rows. ``means=False`` leaves the means out: biased
    wherever places with a higher regressor are richer or poorer anyway. The means take this bias away where
    a place's level goes with its regressors through their means alone; where a regressor spreads out over
    the years a little of it stays (simulated in benchmarks/fractional.py). ``time=None``: no year effects.

    Raises TypeError when ``panel`` is no DataFrame; ModuleNotFoundError without statsmodels; ValueError, all
    problems at once, on bad columns, rates outside 0-100, what fixed effects could not tell either
    (``inference.solve``), fewer than two places, a rate that is 0 or 100 throughout a year, and then on
    separation, an identity, or a regressor that one place alone tells.
    Source: Papke & Wooldridge 2008, doi:10.1016/j.jeconom.2008.05.009; Wooldridge 2019,
    doi:10.1016/j.jeconom.2018.07.012; MacKinnon, Nielsen & Webb 2024, doi:10.48550/arXiv.2406.00650.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 1, 5]})
    >>> fit = fractional_logit(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    >>> fit.estimates.round(2).tolist(), fit.leave_one_out.round(2).tolist()
    ([-1.99], [[-1.84], [-1.95], [-1.56]])
    """
    what = f"cannot fit a fractional logit of {outcome}"
    moments, rows, problems = _read(panel, outcome, regressors, cluster, time, means)
    refuse(what, problems)
    design = _Design.of(rows, moments.clusters, means)
    theta = _maximum_likelihood(design)
    refuse(what, _not_finite(design, theta, outcome, rows))

    without = (1 - np.eye(len(moments.clusters)))[:, design.place]
    steps, lost = design.step(np.tile(theta, (len(without), 1)), without)
    refuse(what, _told_by_one(lost, regressors, moments.clusters))
    thetas = theta + steps
    estimates = design.effects(theta[None], np.ones((1, len(rows))))[0]
    leave_one_out = design.effects(thetas, without)
    coefficients = design.coefficients(theta)
    return FractionalLogit(
        names=tuple(regressors),
        clusters=moments.clusters,
        estimates=estimates,
        variance=spread(leave_one_out, estimates),
        leave_one_out=leave_one_out,
        coefficients=coefficients,
        coefficient_variance=spread(design.coefficients(thetas), coefficients),
        n=len(rows),
        years=moments.years,
        dropped=moments.dropped,
        design=design,
        theta=theta,
    )


@dataclass(frozen=True, eq=False)
class _Design:
    """What the likelihood needs of every row: columns (n, k), regressors first; share 0-1; place codes.

    Columns have unit mean square; ``size`` (p,) is what the regressors' were divided by.
    """

    columns: np.ndarray
    share: np.ndarray
    place: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, rows, clusters, means):
        place = pd.Index(clusters).get_indexer(rows["cluster"])
        nuisance = pd.get_dummies(rows["time"], dtype=float).to_numpy()
        x = rows[rows.columns[1:-2]].to_numpy()
        x = x - x.mean(axis=0)
        if means:
            place_means = pd.DataFrame(np.hstack([nuisance, x])).groupby(place).transform("mean").to_numpy()
            nuisance = np.hstack([nuisance, place_means])
            # Beside its means a regressor has the same coefficient as its deviation from them, which
            # loses fewer digits.
            x = x - place_means[:, -x.shape[1] :]
        nuisance = nuisance[:, independent(nuisance.T @ nuisance)]
        columns = np.hstack([x, nuisance])
        size = np.sqrt((columns**2).mean(axis=0))
        return cls(columns / size, rows[0].to_numpy() / 100, place, size[: x.shape[1]])

    @cached_property
    def products(self):
        """Products of each pair of columns, (n, k²)."""
        return (self.columns[:, :, None] * self.columns[:, None, :]).reshape(len(self.columns), -1)

    def coefficients(self, theta):
        """Return the regressors' coefficients (…, p), in log-odds per unit, from those of all columns."""
        return theta[..., : len(self.size)] / self.size

    def effects(self, theta, weights):
        """Return the average partial effects (B, p) at each theta (B, k) over rows weighted by (B, n)."""
        mu = expit(theta @ self.columns.T)
        slope = (weights * mu * (1 - mu)).sum(axis=1) / weights.sum(axis=1)
        return 100 * slope[:, None] * self.coefficients(theta)

    def step(self, theta, weights):
        """Return one Newton step (B, k) from each theta (B, k), and which regressors (B, p) it cannot tell."""
        mu = expit(theta @ self.columns.T)
        score = (weights * (self.share - mu)) @ self.columns
        information = ((weights * mu * (1 - mu)) @ self.products).reshape(*score.shape, -1)
        equations = np.concatenate([information, score[:, :, None]], axis=2)
        steps, lost = solve_each(equations, np.diagonal(information, axis1=1, axis2=2).T)
        return steps, lost[:, : len(self.size)]

    def maximum(self, theta, weights):
        """Return the theta (B, k) of largest likelihood under row weights (B, n), NaN where there is none."""
        theta = np.tile(theta, (len(weights), 1))
        moving = np.arange(len(theta))
        for _ in range(_ITERATIONS):
            steps, lost = self.step(theta[moving], weights[moving])
            steps[lost.any(axis=1)] = np.nan
            theta[moving] += steps
            moving = moving[np.abs(steps).max(axis=1) > _CLOSE]
            if not len(moving):
                break
        theta[moving] = np.nan
        return theta


def _maximum_likelihood(design):
    """Return the coefficients (k,) of all columns by statsmodels' binomial GLM with a logit link."""
    try:
        from statsmodels.genmod.families import Binomial
        from statsmodels.genmod.generalized_linear_model import GLM
        from statsmodels.tools.sm_exceptions import ModelWarning
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the fractional logit needs statsmodels: pip install 'povertystats[notebooks]'", name=error.name
        ) from error
    with warnings.catch_warnings():
        # Separation and lack of convergence are told by `_not_finite`, with the rows.
        warnings.simplefilter("ignore", ModelWarning)
        model = GLM(design.share, design.columns, family=Binomial())
        return model.fit(maxiter=_ITERATIONS, tol=_CLOSE, tol_criterion="params").params


def _read(panel, outcome, regressors, cluster, time, means):
    """Return the linear model's moments, the rows behind them, and all that is wrong; None where unreadable."""
    problems = []
    if isinstance(regressors, str):
        return None, None, [f"regressors must be a list, not the text {regressors!r}"]
    kind, column = parse(outcome)
    if kind:
        problems.append(f"outcome {outcome!r} must be a column in per cent; the logit link is its scale")
    try:
        moments = Moments.from_frame(
            panel, column, regressors, cluster=cluster, entity=cluster if means else None, time=time
        )
    except Refused as refused:
        return None, None, problems + refused.problems
    rows = _rows(panel, (column, *regressors), cluster, time, means)
    problems += _outside(panel[column]) + list(_unbounded(rows, column, time))
    if len(moments.n) < 2:
        problems.append(f"{len(moments.n)} cluster by {cluster!r}; the jackknife needs 2, better 20 or more")
    try:
        # What linear place and year effects absorb, place means and year effects absorb on the logit scale.
        solve(moments)
    except Refused as refused:
        problems += refused.problems
    return moments, rows, problems


def _rows(panel, terms, cluster, time, means):
    """Return the rows that the moments come from: terms by position, then cluster and time."""
    rows = pd.DataFrame({i: read_term(panel, term)[0] for i, term in enumerate(terms)})
    rows["cluster"] = panel[cluster].to_numpy()
    rows["time"] = panel[time].to_numpy() if time else ""
    rows = rows.dropna()
    return rows[rows.groupby("cluster")["cluster"].transform("size") > 1] if means else rows


def _outside(column):
    values = column.to_numpy(float, na_value=np.nan)
    found = np.flatnonzero((values < 0) | (values > 100))
    return [
        f"{column.name!r}: {len(found)} value(s) outside 0-100, first {values[row]:g} in row {column.index[row]}"
        for row in found[:1]
    ]


def _unbounded(rows, outcome, time):
    for value in (0, 100):
        whole = (rows[0] == value).groupby(rows["time"]).all()
        if whole.any():
            where = f"{time} {', '.join(map(str, whole.index[whole]))}" if time else "the panel"
            yield f"{outcome} is {value} in every row of {where}: its effect has no finite estimate"


def _not_finite(design, theta, outcome, rows):
    mu = expit(design.columns @ theta)
    extreme = np.flatnonzero(mu * (1 - mu) < _BOUNDARY)
    step, _ = design.step(theta[None], np.ones((1, len(mu))))
    if len(extreme):
        first = " ".join(str(rows[column].iloc[extreme[0]]) for column in ("cluster", "time")).strip()
        yield (
            f"no finite estimate: the fit runs to 0 or 100 in {len(extreme)} row(s), first {first}, "
            "where other rows do not hold it (separation)"
        )
    elif np.abs(step).max() > 1e3 * _CLOSE:
        yield f"no convergence in {_ITERATIONS} iterations"
    elif ((design.share - mu) ** 2).sum() <= 1e-12 * design.share.var() * len(mu):
        yield f"{outcome} is fitted exactly: an identity, with no error to estimate"


def _told_by_one(lost, regressors, clusters):
    for g, j in zip(*np.nonzero(lost), strict=True):
        yield f"{regressors[j]} cannot be told without {clusters[g]}: it needs variation in another place too"


def _bad_weights(weights, g):
    if weights.ndim != 2 or weights.shape[1] != g:
        return [f"weights have shape {weights.shape}; expected (refits, {g}), one column a cluster"]
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any(axis=1).all():
        return ["weights must be finite, at least 0, and not all 0 in a row"]
    return []
