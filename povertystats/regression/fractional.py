"""The fractional logit with place means: a rate explained on the logit scale, effects told in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.frames.keys import Key, keyed
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units, model_rates, no_logit, outside, yes_of
from povertystats.regression.elimination import independent
from povertystats.regression.inference import solve, spread
from povertystats.regression.logit import Likelihood, bad_weights
from povertystats.regression.moments import Moments
from povertystats.regression.terms import parse, read_rows
from povertystats.words.errors import Refused, not_lists, refuse
from povertystats.words.result import Result

# Numbers held at once by a batch of refits: what stays in a processor's cache is faster than one large batch.
_CELLS = 2**17


@dataclass(frozen=True, eq=False, repr=False)
class FractionalLogit(Result):
    """The average partial effect of each regressor on a rate, from a fractional logit.

    Parameters
    ----------
    names, clusters : tuple
        The p terms, the G clusters.
    estimates : ndarray, shape (p,)
        Percentage points of the outcome per unit of the regressor; positive: the outcome is higher where it is.
    variance : ndarray, shape (p, p)
        By CV3L, for t with G − 1 degrees.
    leave_one_out : ndarray, shape (G, p)
        Effects without each cluster.
    coefficients : ndarray, shape (p,)
        Log-odds per unit.
    coefficient_variance : ndarray, shape (p, p)
        By CV3L.
    n, years : int, tuple or None
        Rows, first and last year.
    dropped : tuple of (str, str, int)
        Reason, column, rows.
    likelihood, maximum, moments : Likelihood, tuple of ndarray, Moments
        What ``refit`` works on, its coefficients and log-odds, and the linear model of the same rows.
    asked : int
        How many are no controls.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 1, 5]})
    >>> fractional_logit(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    <FractionalLogit> average partial effects (points per unit): x −1.99; 6 rows of 3 clusters
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
    likelihood: Likelihood
    maximum: tuple[np.ndarray, np.ndarray]
    moments: Moments
    asked: int

    def _sentence(self) -> str:
        effects = (f"{name} {e:.3g}" for name, e in zip(self.names, self.estimates, strict=True))
        told = ", ".join(effects).replace("-", "−")
        return f"average partial effects (points per unit): {told}; {self.n} rows of {len(self.clusters)} clusters"

    def refit(self, weights: np.ndarray) -> np.ndarray:
        """Return the average partial effects of B refits with other weights, by Newton's method on all at once.

        Parameters
        ----------
        weights : array_like, shape (B, G)
            How often each cluster counts, at least 0, in the order of ``clusters``: ``1 − np.eye(G)`` is the exact jackknife, multinomial counts are
            the pairs cluster bootstrap.

        Returns
        -------
        ndarray, shape (B, p)
            A row of NaN where a refit cannot tell a regressor, or has no finite estimate.

        Raises
        ------
        Refused
            When weights are not of that shape, negative, infinite or all zero in a row.

        References
        ----------
        Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414.

        Examples
        --------
        >>> import pandas as pd
        >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 1, 5]})
        >>> fit = fractional_logit(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
        >>> bool(np.allclose(fit.refit(np.ones((1, 3))), fit.estimates))
        True
        """
        weights = np.asarray(weights, float)
        refuse("cannot refit", bad_weights(weights, len(self.clusters)))
        block, p = max(1, _CELLS // self.n), len(self.names)
        effects = []
        for part in np.split(weights, range(block, len(weights), block)):
            thetas, slopes = self.likelihood.refits(*self.maximum, part, self.asked)
            effects.append(100 * slopes[:, None] * thetas[:, :p] / self.likelihood.size[:p])
        return np.concatenate(effects)


def fractional_logit(
    panel: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    place: Key = "place",
    year: str | None = "year",
    means: bool = True,
    units: Units = None,
    controls: Sequence[str] = (),
) -> FractionalLogit:
    """Fit a rate in per cent by a fractional logit with year effects and place means of all regressors.

    ``E[y/100] = Λ(x'β + year + x̄'γ)``, x̄ the means of regressors and, in an unbalanced panel, of the year
    indicators over the place's rows, as far as these are independent: on a linear scale exactly two-way
    fixed effects. Rates of 0 and 100 count as they are. Average partial effect, in percentage points per
    unit (for a log term: per log unit): ``100·β_j·mean(μ(1 − μ))``. Its variance is the linearised cluster
    jackknife CV3L, ``(G−1)/G·Σ_g(APE_(g) − APE)(APE_(g) − APE)'`` over the rows outside g at
    ``β_(g) = β − (H − H_g)⁻¹s_g``; a year effect that is lost with g is left out there.

    Parameters
    ----------
    panel : DataFrame
        One row a place and year.
    outcome, regressors : str, sequence of str
        A column in per cent; columns, ``log(column)`` or ``log1p(column)``.
    place, year : str
        Columns of places, which are the clusters (or a full key), and of years; ``year=None``: no year effects.
    means : bool, default True
        False leaves the place means out: biased wherever places with a higher regressor are richer or poorer anyway.
        Where a regressor spreads out over the years a little bias stays (simulated in benchmarks/fractional.py).
    units : str or mapping of str to str, optional
        The unit in which the outcome is written, "pct" or "share"; asked for where doubtful.
    controls : sequence of str, optional
        Further regressors, last; one that cannot be told without a place is NaN in ``leave_one_out`` there, and in its variance.

    Returns
    -------
    FractionalLogit
        Rows are left out and counted as in ``Moments.from_frame``, singletons of places and years among them.

    Raises
    ------
    WrongType
        When ``panel`` is no DataFrame.
    Refused
        All problems at once: bad columns, rates outside 0-100, what fixed effects could not tell either, fewer than two
        places, a rate that is 0 or 100 throughout a year; then separation, an identity, or a regressor that one place
        alone tells.

    References
    ----------
    Papke & Wooldridge 2008, doi:10.1016/j.jeconom.2008.05.009; Wooldridge 2019, doi:10.1016/j.jeconom.2018.07.012;
    MacKinnon, Nielsen & Webb 2024, doi:10.48550/arXiv.2406.00650.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 1, 5]})
    >>> fit = fractional_logit(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    >>> fit.estimates.round(2).tolist(), fit.leave_one_out.round(2).tolist()
    ([-1.99], [[-1.84], [-1.95], [-1.56]])
    """
    what = f"cannot fit a fractional logit of {outcome}"
    refuse(what, not_lists(regressors=regressors, controls=controls))
    asked, regressors = len(regressors), (*regressors, *controls)
    panel, problems = read_model(panel, [outcome, *(parse(x)[1] for x in regressors)], place=place, time=year)
    panel, doubts = model_rates(panel, [outcome], linked=outcome, units=units)
    doubts += no_logit(outcome, yes_of(panel[outcome])) if units is None and outcome in panel else []
    refuse(what, problems + doubts)
    moments, rows, problems = _read(panel, outcome, regressors, place, year, means)
    refuse(what, problems)
    likelihood, p = _likelihood(rows, means), len(regressors)
    names = [*regressors, *["place means"] * (len(likelihood.size) - p)]
    try:
        theta, eta = likelihood.maximum(names, rows.label)
    except Refused as refused:
        refuse(what, refused.problems)
    if likelihood.is_exact(eta):
        refuse(what, [f"{outcome} is fitted exactly: an identity, with no error to estimate"])
    each = likelihood.clusters(theta, eta, exact=True)
    refuse(what, _one_place_alone(each["without"][:, :asked], regressors, moments.clusters))
    coefficients, without = theta[:p] / likelihood.size[:p], each["without"][:, :p] / likelihood.size[:p]
    estimates, effects = 100 * each["slope"] * coefficients, 100 * each["slope_without"][:, None] * without
    return FractionalLogit(
        names=tuple(regressors),
        clusters=moments.clusters,
        estimates=estimates,
        variance=spread(effects, estimates),
        leave_one_out=effects,
        coefficients=coefficients,
        coefficient_variance=spread(without, coefficients),
        n=len(eta),
        years=moments.years,
        dropped=moments.dropped,
        likelihood=likelihood,
        maximum=(theta, eta),
        moments=moments,
        asked=asked,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows behind a fit, in the order of place and time: values (p, n) of the terms, codes and labels of both."""

    values: np.ndarray
    place: np.ndarray
    when: np.ndarray
    places: tuple
    times: tuple

    @classmethod
    def of(cls, panel: pd.DataFrame, moments: Moments) -> _Rows:
        """Return the rows of a panel that count in its moments."""
        read = read_rows(panel, moments.names, moments.cluster, moments.time, False)
        values, (places, place), (times, when), *_ = read
        used = np.flatnonzero(moments.kept.counts[place, when])
        used = used[np.lexsort((when[used], place[used]))]
        kept, place = np.unique(place[used], return_inverse=True)
        seen, when = np.unique(when[used], return_inverse=True)
        labels = tuple(places[i] for i in kept), tuple(times[t] for t in seen)
        return cls(values[:, used], place, when, *labels)

    def label(self, row: int) -> str:
        """Return the place and time of a row."""
        both = self.places[self.place[row]], self.times[self.when[row]]
        return " ".join(str(part) for part in both if part is not None)


def _likelihood(rows, means):
    """Return the likelihood: regressors first, then means of places, as far as year effects and these are independent."""
    share, x = rows.values[0] / 100, rows.values[1:].T
    x = x - x.mean(axis=0)
    if means:
        years = np.eye(len(rows.times))[rows.when]
        columns, n = np.hstack([years, x]), np.bincount(rows.place)
        sums = np.add.reduceat(columns, np.cumsum(n) - n)
        nuisance = np.hstack([years, (sums / n[:, None])[rows.place]])
        kept = [j for j in independent(nuisance.T @ nuisance) if j >= years.shape[1]]
        # Beside its means a regressor has the same coefficient as its deviation from them, which loses fewer digits.
        x = np.hstack([x - nuisance[:, -x.shape[1] :], nuisance[:, kept]])
    return Likelihood.of_shares(x, rows.when, rows.place, share)


def _read(panel, outcome, regressors, cluster, time, means):
    """Return the linear model's moments, the rows behind them, and all that is wrong; None where unreadable."""
    kind, column = parse(outcome)
    problems = [f"outcome {outcome!r} must be a column in per cent; the logit link is its scale"] * bool(kind)
    try:
        moments = Moments.from_frame(
            panel, column, regressors, cluster=cluster, entity=cluster if means else None, time=time
        )
    except Refused as refused:
        return None, None, problems + refused.problems
    rows = _Rows.of(keyed(panel, cluster)[0], moments)
    problems += outside(panel[column]) + list(_unbounded(rows, column, time))
    if len(moments.n) < 2:
        problems.append(f"{len(moments.n)} cluster by {cluster!r}; the jackknife needs 2, better 20 or more")
    try:
        # What linear place and year effects absorb, place means and year effects absorb on the logit scale.
        solve(moments)
    except Refused as refused:
        problems += refused.problems
    return moments, rows, problems


def _unbounded(rows, outcome, time):
    rates = rows.values[0]
    for value in (0, 100):
        whole = [rows.times[t] for t in np.unique(rows.when) if (rates[rows.when == t] == value).all()]
        if whole:
            where = f"{time} {', '.join(map(str, whole))}" if time else "the panel"
            yield f"{outcome} is {value} in every row of {where}: its effect has no finite estimate"


def _one_place_alone(without, regressors, clusters):
    for g, j in zip(*np.nonzero(np.isnan(without)), strict=True):
        yield f"{regressors[j]} cannot be told without {clusters[g]}: it needs variation in another place too"
