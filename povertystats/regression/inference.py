"""From moments to coefficients, standard errors and intervals; nothing here touches the data again."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from povertystats.frames.spellings import label_problems
from povertystats.regression.combination import seen
from povertystats.regression.elimination import combined, independent
from povertystats.regression.singletons import cells_left
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

Number = TypeVar("Number", float, np.ndarray, pd.Series)
# A column that varies by less than this share of its own size varies by rounding only.
_ROUNDING = 1e-24
# Sums of squares come out of differences: a smaller share of residuals cannot be told from none.
_EXACT = 1e-12


def solve(moments: Moments) -> np.ndarray:
    """Return the least-squares coefficients: regressors, then time effects.

    ``β = A⁻¹c`` with ``A = Σ A_g = Σ X_g'X_g`` and ``c = Σ X_g'y_g``; shape (k,), in the order of
    ``moments.columns``; unit: outcome per unit of the regressor; positive when the outcome is higher where
    the regressor is higher.

    Raises Refused, all problems at once, when no row is left, when outcome or regressor does not vary
    beside the effects, when a regressor is a combination of others, when rows do not exceed parameters.
    Source: Frisch & Waugh 1933, doi:10.2307/1907330.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aaabbb"), "year": [1, 2, 3] * 2, "x": [1.0, 2, 4, 3, 3, 9]})
    >>> panel["y"] = 5 - 2 * panel.x + panel.year + (panel.place == "b")
    >>> solve(Moments.from_frame(panel, "y", ["x"]))[:1].round(9).tolist()
    [-2.0]
    """
    refuse(f"cannot fit {moments.outcome}", _problems(moments))
    a, size = _scaled(moments.xx.sum(axis=0))
    return np.linalg.solve(a, moments.xy.sum(axis=0) / size) / size


def crv1(
    moments: Moments, beta: np.ndarray, columns: Sequence[str] | None = None, *, count_nested: bool = False
) -> np.ndarray:
    """Return the cluster-robust covariance matrix CRV1 of the coefficients, for t with G − 1 degrees.

    ``G/(G−1) · (N−1)/(N−K) · A⁻¹ (Σ s_g s_g') A⁻¹`` with the scores ``s_g = c_g − A_g β``; shape (k, k), in
    squared units of the coefficients. K counts regressors and times (or regions' times). Entity effects are
    nested in the clusters and by default not counted, as in fixest (``fixef.K = "nested"``);
    ``count_nested`` counts them too, as a regression on dummies does, and as linearmodels does for two-way
    effects (for place effects alone it counts neither them nor the constant): 4.5 % at 63 places and 12 years.

    Raises Refused when there are fewer than two clusters, no residuals, or when a regressor among ``columns`` (all
    where left out) varies in too few clusters for its error to be anything but zero; of any other it is NaN.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> beta = solve(m)
    >>> crv1(m, beta).round(6).tolist(), crv1(m, beta, count_nested=True).round(6).tolist()
    ([[0.035532]], [[0.071064]])
    """
    g, n, k = len(moments.n), int(moments.n.sum()), parameters(moments, count_nested)
    unfit = too_few(moments, "clustered errors need") + fitted_exactly(moments, beta)
    refuse("cannot compute clustered errors", unfit)
    half = inverse(moments) @ (moments.xy - moments.xx @ beta).T
    zero = np.flatnonzero((half**2).sum(axis=1) <= _EXACT * np.diag(classical(moments, beta)))
    zero = zero[zero < len(moments.regressors)]
    alone = "varies on its own in too few clusters: its clustered error is zero by construction; leave it out, or add places in which it varies"
    lost = {moments.regressors[j] for j in zero} & {*(moments.regressors if columns is None else columns)}
    refuse("cannot compute clustered errors", [f"{name} {alone}" for name in sorted(lost)])
    half[zero] = np.nan
    return g / (g - 1) * (n - 1) / (n - k) * half @ half.T


def classical(moments: Moments, beta: np.ndarray) -> np.ndarray:
    """Return the covariance matrix of the coefficients for independent errors of equal variance.

    ``σ² A⁻¹`` with ``σ² = SSR/(N − K)``, every effect counted in K; shape (k, k); t with N − K degrees.
    For comparison only: provincial errors are neither independent nor equal. Errors: as in ``solve``.
    Source: White 1980, doi:10.2307/1912934 (why it is not enough).

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> classical(m, solve(m)).round(6).tolist()
    [[0.02551]]
    """
    dof = int(moments.n.sum()) - parameters(moments, count_nested=True)
    return residual_squares(moments, beta) / dof * inverse(moments)


def parameters(moments: Moments, count_nested: bool = False) -> int:
    """Return K: regressors and times (or the constant), as fixest counts; or all that can be told apart, entity effects too.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 3]})
    >>> m = Moments.from_frame(panel.assign(y=panel.x), "y", ["x"])
    >>> parameters(m), parameters(m, count_nested=True)
    (3, 5)
    """
    if ranks := getattr(moments, "ranks", None):  # of rows in memory
        return len(moments.columns) + (ranks[0] if count_nested else 1 + ranks[1])
    if count_nested:
        return len(moments.columns) + max(absorbed(moments), 1)
    times = moments.kept.counts.any(axis=0).sum() if moments.time else 1
    return len(moments.regressors) + max(int(times), 1)


def absorbed(moments: Moments) -> int:
    """Return the number of absorbed effects, which are nested in clusters."""
    if moments.kept.within:
        return int(moments.kept.within.entities.sum())
    return len(moments.n) if moments.entity else 0


def squares(moments: Moments) -> np.ndarray:
    """Return sums of squares about zero of outcome and regressors: what rounding errors are relative to."""
    counts, means, _, products = cells_left(moments)
    return np.diagonal(products, axis1=1, axis2=2).sum(axis=0) + counts.sum(axis=1) @ means**2


def residual_squares(moments: Moments, beta: np.ndarray) -> float:
    """Return the sum of squared residuals, Σ(y_g'y_g − 2β'c_g + β'A_g β), in squared units of the outcome."""
    c, a = moments.xy.sum(axis=0), moments.xx.sum(axis=0)
    return max(moments.yy.sum() - 2 * beta @ c + beta @ a @ beta, 0.0)


def fitted_exactly(moments: Moments, beta: np.ndarray) -> list[str]:
    """Return the problem that no residuals are left but rounding, if so."""
    exact = residual_squares(moments, beta) <= _EXACT * moments.yy.sum()
    return [f"{moments.outcome} is fitted exactly: an identity, with no error to estimate"] if exact else []


def within_r2(moments: Moments, beta: np.ndarray) -> float:
    """Return the share (0-1) of the variation left by place and time effects that the regressors account for.

    ``1 − SSR/SSR₀``, where SSR₀ comes from the effects alone.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> round(float(within_r2(m, solve(m))), 4)
    0.9624
    """
    p = len(moments.regressors)
    effects, cross = moments.xx.sum(axis=0)[p:, p:], moments.xy.sum(axis=0)[p:]
    return 1 - residual_squares(moments, beta) / (moments.yy.sum() - cross @ np.linalg.solve(effects, cross))


def spread(without: np.ndarray, estimates: np.ndarray) -> np.ndarray:
    """Return the jackknife covariance matrix of estimates (k,) from those without each cluster (G, k).

    ``(G − 1)/G · Σ(β_(g) − β)(β_(g) − β)'``; shape (k, k), in squared units of the estimates.

    >>> spread(np.array([[1.0], [3.0]]), np.array([2.0])).tolist()
    [[1.0]]
    """
    moves = without - estimates
    return (1 - 1 / len(moves)) * moves.T @ moves


def t_table(
    names: Sequence[str], beta: np.ndarray, variance: np.ndarray, *, dof: int, level: float = 0.95
) -> pd.DataFrame:
    """Return one row a coefficient: estimate, se, t, two-sided p, the interval at ``level``, and what is ``detectable``.

    ``low, high = β ∓ t_{(1+level)/2, dof}·se``; ``beta`` (k,), ``variance`` (k, k). Refused unless 0 < level < 1, dof ≥ 1.

    >>> t_table(["x"], np.array([2.0]), np.array([[1.0]]), dof=10).round(3).drop(columns="name").to_dict("records")
    [{'estimate': 2.0, 'se': 1.0, 't': 2.0, 'p': 0.073, 'low': -0.228, 'high': 4.228, 'detectable': 3.107}]
    """
    refuse("cannot compute intervals", [*bad_level(level), *_bad_dof(dof)])
    se = np.sqrt(np.diag(variance))
    t = beta / se
    margin = stdtrit(dof, (1 + level) / 2) * se
    return pd.DataFrame(
        {
            "name": list(names),
            "estimate": beta,
            "se": se,
            "t": t,
            "p": 2 * stdtr(dof, -np.abs(t)),
            "low": beta - margin,
            "high": beta + margin,
            "detectable": detectable(se, dof, level=level),
        }
    )


def detectable(se: Number, dof: int, *, level: float = 0.95, power: float = 0.8) -> Number:
    """Return the smallest association that a two-sided test would have found with the given power.

    ``(t_{(1+level)/2, dof} + t_{power, dof})·se``, positive, in units of ``se`` (a number or an array); dof as
    of the test. An estimate nearer to zero than this may well have been missed.
    Raises Refused unless ``level`` and ``power`` lie between 0 and 1 and dof is at least 1.
    Source: Bloom 1995, doi:10.1177/0193841X9501900504.

    >>> round(float(detectable(0.1, 62)), 3)
    0.285
    """
    unfit: str = f"power is {power}; expected a share between 0 and 1, such as 0.8"
    wrong: list[str] = [*bad_level(level), *([] if 0 < power < 1 else [unfit]), *_bad_dof(dof)]
    refuse("cannot compute a detectable association", wrong)
    return (stdtrit(dof, (1 + level) / 2) + stdtrit(dof, power)) * se


def holm(p: ArrayLike) -> np.ndarray:
    """Return p-values adjusted for testing several drivers at once, in the order given.

    ``p̃_(i) = max_{j≤i} min(1, (m − j + 1)·p_(j))``: the chance of any false finding stays below the level
    however the tests depend on one another; shape (m,), shares 0-1; NaN stays NaN and counts for nothing.
    Source: Holm 1979, Scandinavian Journal of Statistics 6: 65-70.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, float)
    order = np.argsort(p)[: int((~np.isnan(p)).sum())]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(np.arange(len(order), 0, -1) * p[order]), 1)
    return adjusted


def bad_level(level: object) -> list[str]:
    """Return what is wrong with a confidence level, as a list of problems.

    >>> bad_level(0.95), bad_level(95)
    ([], ['level is 95; expected a share between 0 and 1, such as 0.95'])
    """
    fits = isinstance(level, Real) and 0 < float(level) < 1
    return [] if fits else [f"level is {level!r}; expected a share between 0 and 1, such as 0.95"]


def too_few(moments: Moments, needs: str, better: int = 20) -> list[str]:
    """Return the problem that there are fewer than the two clusters which something ``needs``, if so."""
    few, g = f"{needs} at least 2, better {better} or more", len(moments.n)
    return [] if g > 1 else [f"{g} cluster by {moments.cluster!r}; {few}"]


def _bad_dof(dof):
    return [] if dof >= 1 else [f"dof is {dof}; expected at least 1"]


def _scaled(a):
    """Return A with a unit diagonal and what it was divided by: units of the columns must not cost digits."""
    size = np.sqrt(np.diag(a))
    return a / np.outer(size, size), size


def inverse(moments: Moments) -> np.ndarray:
    """Return A⁻¹ of the summed cross-products, shape (k, k), in the order of ``moments.columns``."""
    a, size = _scaled(moments.xx.sum(axis=0))
    return np.linalg.inv(a) / np.outer(size, size)


def _problems(moments):
    n, k, p = int(moments.n.sum()), parameters(moments, count_nested=True), len(moments.regressors)
    if n == 0:
        left_out = ", ".join(f"{reason} {column}: {rows}" for reason, column, rows in moments.dropped)
        return [f"no rows are left ({left_out or 'the frame is empty'})"]
    problems = [*label_problems(moments.cluster, moments.labels, seen(moments))]
    if moments.years_by:
        problems += label_problems(moments.years_by, [*dict.fromkeys(time.region for time in moments.times)])
    a = moments.xx.sum(axis=0)
    varies = np.array([moments.yy.sum(), *np.diag(a)[:p]]) > _ROUNDING * squares(moments)
    where = f"within every {moments.entity}" if moments.entity else "in every row"
    absorber = f"the {moments.entity} effects" if moments.entity else "the intercept"
    if not varies[0]:
        rest = f" in the {n:,} rows that have it" if "no_log" in str(moments.dropped) else ""
        problems.append(f"{moments.outcome} is constant {where}{rest}: nothing is left to explain")
    problems += [
        f"{name} is constant {where}: absorbed by {absorber}"
        for name, moves in zip(moments.regressors, varies[1:], strict=True)
        if not moves
    ]
    # Time effects first: a regressor, not an effect, is what a reader can leave out.
    order = [*range(p, len(a)), *(j for j in range(p) if varies[1 + j])]
    kept = [order[i] for i in independent(a[np.ix_(order, order)])]
    effects = f"{absorber} and the {moments.time} effects" if moments.time else absorber
    for j in (j for j in order if j not in kept):
        partners = [moments.columns[i] for i in combined(a, kept, j) if i < p]
        problems.append(
            f"{moments.columns[j]} is a linear combination of {', '.join(partners)} beside {effects}"
            if partners
            else f"{moments.columns[j]} is absorbed by {effects}"
        )
    few = f"{n} rows for {k} parameters (effects counted); expected more rows than parameters"
    return [*problems, few] if n <= k else problems
