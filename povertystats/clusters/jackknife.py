"""Leaving out one place, or two: the cluster jackknife and places that move an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.regression.elimination import solve_each, told_apart
from povertystats.regression.inference import solve, spread, t_table, too_few
from povertystats.regression.singletons import cells_left
from povertystats.regression.terms import first_three
from povertystats.rows.row_moments import RowMoments
from povertystats.rows.rows import BLOCK, Kind
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments

# Pairs of clusters solved at once: few enough to stay in the processor's cache.
_BATCH = 512


def leave_one_out(moments: Moments, columns: Sequence[str] | None = None) -> np.ndarray:
    """Return the estimates without each cluster in turn.

    ``β_(g) = (A − A_g)⁻¹(c − c_g)``; shape (G, k), in the order of ``moments.clusters`` and
    ``moments.columns``; units and sign as in ``solve``. Equal to dropping the rows and fitting again. Time
    effects are NaN in a row where the rest cannot tell them all apart; the regressors stay exact. ``columns``: the
    regressors that are asked about (all where left out); another one that cannot be told apart without a cluster, such
    as a control that varies in it alone, is left out of that fit, and NaN there.

    Raises Refused, all problems at once, when there are fewer than two clusters, or when one of ``columns``
    cannot be told apart without some cluster; that cluster is named.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> leave_one_out(Moments.from_frame(panel, "y", ["x"], time=None)).round(4).tolist()
    [[1.1538], [1.0], [1.4]]
    """
    if isinstance(moments, RowMoments):
        return without(moments, moments.rows.clusters[0], columns)
    if not len(moments.n):
        solve(moments)  # refuses, and tells where the rows went
    each = equations(moments)
    whole = each.sum(axis=0)
    return _estimates(moments, whole - each, np.diag(whole), moments.clusters, columns)


def without(moments: RowMoments, kind: Kind, columns: Sequence[str] | None = None) -> np.ndarray:
    """Return the estimates without each level of a kind of clusters, with any effects: shape (G, k).

    The effects are taken out of the other rows again, exactly. ``columns`` and errors: as in ``leave_one_out``.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = RowMoments.of(panel, "y", ["x"], time=None)
    >>> without(m, m.rows.clusters[0]).round(4).tolist()
    [[1.1538], [1.0], [1.4]]
    """
    rows, many = moments.rows, np.bincount(kind.codes).max(initial=0) > BLOCK
    each = rows.equations(kind) if many else None
    whole = rows.left @ rows.left.T if each is None else each.sum(axis=0)
    rest = whole - (rows.taken(kind) if each is None else each)
    systems = np.concatenate([rest[:, 1:, 1:], rest[:, 1:, :1]], axis=2)
    labels = kind.labels or range(1, len(rest) + 1)
    return _estimates(moments, systems, np.diag(whole)[1:], labels, columns)


def _estimates(moments, rest, scale, labels, columns):
    """Return the coefficients of the equations ``rest`` without each of the labelled clusters."""
    p, k = len(moments.regressors), len(moments.columns)
    every, lost = solve_each(rest, scale)
    if len(rest) > 1 and lost[:, :p].any():
        # A model that cannot be fitted at all is refused as such first.
        solve(moments)
    every[:, :p] = told_apart(rest, scale, every[:, :p], lost[:, :p])
    refuse("cannot leave out one cluster at a time", _problems(moments, np.isnan(every), labels, columns))
    every[lost[:, :k].any(axis=1), p:k] = np.nan
    return every[:, :k]


def cv3(moments: Moments, beta: np.ndarray, columns: Sequence[str] | None = None) -> np.ndarray:
    """Return the cluster-jackknife covariance matrix CV3 of the coefficients, for t with G − 1 degrees.

    ``(G − 1)/G · Σ(β_(g) − β)(β_(g) − β)'``; shape (k, k), in squared units of the coefficients. No
    correction for the number of parameters is needed or made. With few or unequal clusters it keeps its level
    better than CRV1. NaN for time effects, and for regressors beside ``columns``, that some cluster alone identifies.
    Errors: as in ``leave_one_out``.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> cv3(m, solve(m)).round(6).tolist()
    [[0.057768]]
    """
    return spread(leave_one_out(moments, columns), beta)


def by_jackknife(
    names: Sequence[str], estimates: np.ndarray, without: np.ndarray, *, level: float = 0.95
) -> pd.DataFrame:
    """Return ``t_table`` of estimates (k,) from those without each cluster (G, k), with t of G − 1 degrees.

    >>> by_jackknife(["x"], np.array([2.0]), np.array([[1.0], [2.0], [3.0]]))[["estimate", "se"]].round(3).values.tolist()
    [[2.0, 1.155]]
    """
    return t_table(names, estimates, spread(without, estimates), dof=len(without) - 1, level=level)


def leave_pairs_out(moments: Moments, column: str, beta: np.ndarray) -> pd.DataFrame:
    """Return a column's estimate without each pair of clusters: first, second, estimate; largest move first.

    ``(A − A_g − A_h)⁻¹(c − c_g − c_h)``, G(G − 1)/2 rows; a move is the distance from ``beta`` (k,). NaN, and
    first of all, where nothing is left to tell the column apart. Units and sign as in ``solve``.

    Raises Refused when ``column`` is unknown or there are fewer than three clusters.
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1177/1536867X231212433.

    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "x": [0.0, 1, 0, 2, 0, 3], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> m = Moments.from_frame(panel, "y", ["x"], time=None)
    >>> leave_pairs_out(m, "x", solve(m)).round(3).to_dict("records")[0]
    {'first': 'a', 'second': 'c', 'estimate': 1.5}
    """
    problems = unknown_columns(moments, [column])
    if len(moments.n) < 3:
        problems.append(f"{len(moments.n)} cluster(s) by {moments.cluster!r}; pairs need at least 3")
    refuse("cannot leave out pairs of clusters", problems)
    each = equations(moments)
    whole = each.sum(axis=0)
    rest, j = whole - each, moments.columns.index(column)
    first, second = np.triu_indices(len(each), 1)
    estimate = np.empty(len(first))
    for start in range(0, len(first), _BATCH):
        rows = slice(start, start + _BATCH)
        every, lost = solve_each(rest[first[rows]] - each[second[rows]], np.diag(whole), last=j)
        estimate[rows] = np.where(lost[:, j], np.nan, every[:, j])
    order = np.argsort(-np.nan_to_num(np.abs(estimate - beta[j]), nan=np.inf), kind="stable")
    places = np.array(moments.clusters, object)
    return pd.DataFrame(
        {"first": places[first[order]], "second": places[second[order]], "estimate": estimate[order]}
    )


def equations(moments: Moments) -> np.ndarray:
    """Return each cluster's normal equations [A_g, c_g], shape (G, K, K + 1), with the intercept if there is one.

    Columns as in ``moments.columns``; without entity effects K = k + 1 and the intercept comes last: the
    cross-products are about means of all clusters, which move when one is left out or changes its sign.

    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aab"), "x": [0.0, 1, 2], "y": [0.0, 1, 5]})
    >>> equations(Moments.from_frame(rows, "y", ["x"], entity=None, time=None)).tolist()
    [[[1.0, -1.0, 2.0], [-1.0, 2.0, -3.0]], [[1.0, 1.0, 3.0], [1.0, 1.0, 3.0]]]
    """
    if isinstance(moments, RowMoments):
        return _with_effects(moments)
    each = np.concatenate([moments.xx, moments.xy[:, :, None]], axis=2)
    if moments.entity:
        return each
    names = (*moments.names, *(f"{moments.time}[{time}]" for time in moments.times))
    counts, means, *_ = cells_left(moments)
    size = counts.sum(axis=1)
    means = np.hstack([means, counts / size[:, None]])
    means = means[:, [names.index(name) for name in (*moments.columns, moments.outcome)]]
    sums = size[:, None] * (means - size @ means / size.sum())
    wide = np.insert(each, -1, sums[:, :-1], axis=2)
    return np.concatenate([wide, np.insert(sums, -1, size, axis=1)[:, None]], axis=1)


def _with_effects(moments):
    """Return the equations of clusters with the effects that are not nested in these as columns, at the end."""
    each = moments.rows.equations(moments.rows.clusters[0])
    what = f"those of {', '.join(moments.effects)} that are not nested in {moments.cluster}"
    many = [f"too many effects: {what}, as columns of every cluster"] if each is None else []
    refuse("cannot hold the equations of clusters", many)
    return np.concatenate([each[:, 1:, 1:], each[:, 1:, :1]], axis=2)


def unknown_columns(moments: Moments, columns: Iterable[str]) -> list[str]:
    """Return what is wrong with names of columns, as a list of problems."""
    known = ", ".join(moments.columns)
    return [
        f"no such column: {name!r}; the model has {known}" for name in columns if name not in moments.columns
    ]


def _problems(moments, lost, labels, columns):
    if len(labels) < 2:
        return too_few(moments, "the jackknife needs") or [
            f"the jackknife needs 2 clusters, not {len(labels)}"
        ]
    problems = []
    for name, without in zip(moments.columns, lost.T, strict=False):
        asked = name in (moments.regressors if columns is None else columns)
        if asked and (places := [str(place) for place, gone in zip(labels, without, strict=True) if gone]):
            problems.append(
                f"{name} cannot be told apart from the other columns without {first_three(places)}, and no clustered "
                "test of it exists; add places in which it varies"
            )
    return problems
