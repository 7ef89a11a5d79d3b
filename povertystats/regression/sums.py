"""Sums by cluster, of rows in memory or of an engine's groups, with weights where rows stand for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from povertystats.frames.keys import Key, full_key, label_column
from povertystats.regression.terms import time_label

# While fewer than 4 of 16 digits are lost, the quick way does.
_LOSS = 1e4
# Before the names of columns that hold the parts of a place's key, from the largest area on.
PARTS = "part of the place "


def sum_cells(
    values: np.ndarray, place: np.ndarray, when: np.ndarray, g: int, t: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Return counts (g, t), means (g, p), sums (g, t, p), products (g, p, p) and weights, as ``Moments`` stores them.

    ``values`` (p, n), ``place`` and ``when`` (n,): codes below g and t. Means first, then products about
    them: a place far from the others costs no digits. With ``weights`` (n,) all but the counts are weighted, and
    their sums (g, t) come last, None without.

    >>> counts, means, sums, products, _ = sum_cells(np.array([[1.0, 3.0]]), np.array([0, 0]), np.array([0, 1]), 1, 2)
    >>> counts.tolist(), means.tolist(), sums.tolist(), products.tolist()
    ([[1, 1]], [[2.0]], [[[-1.0], [1.0]]], [[[2.0]]])
    """
    p, cell = len(values), place * t + when
    counts = masses = np.bincount(cell, minlength=g * t).reshape(g, t)
    if weights is not None:
        masses = np.bincount(cell, weights, minlength=g * t).reshape(g, t)
    rows = values if weights is None else weights * values
    sums = np.array([np.bincount(cell, row, minlength=g * t) for row in rows], float).reshape(p, g, t)
    means = sums.sum(axis=2) / masses.sum(axis=1)
    sums -= means[:, :, None] * masses
    values = values - means[:, place]
    products = products_by(values, place, g, weights)
    return counts, means.T, sums.transpose(1, 2, 0), products, None if weights is None else masses


def products_by(
    values: Sequence[np.ndarray] | np.ndarray, place: np.ndarray, g: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the sums of products (g, p, p) of values (p, n), by cluster."""
    p = len(values)
    products = np.empty((g, p, p))
    for i, j in pairs_of(p):
        row = values[i] * values[j] if weights is None else weights * values[i] * values[j]
        products[:, i, j] = products[:, j, i] = np.bincount(place, row, minlength=g)
    return products


def with_times(
    counts: np.ndarray, means: np.ndarray, sums: np.ndarray, products: np.ndarray, *, overall: bool
) -> np.ndarray:
    """Return cross-products (G, p + T, p + T) of variables and the indicators of all times, by cluster.

    About each cluster's own means, or about the ``overall`` ones. Arguments as ``sum_cells`` returns them; with weights,
    ``counts`` are their sums.

    >>> *cells, _ = sum_cells(np.array([[1.0, 3.0]]), np.array([0, 0]), np.array([0, 1]), 1, 2)
    >>> with_times(*cells, overall=False).tolist()
    [[[2.0, -1.0, 1.0], [-1.0, 0.5, -0.5], [1.0, -0.5, 0.5]]]
    """
    n, p, t = counts.sum(axis=1), means.shape[1], counts.shape[1]
    share = counts / n[:, None]
    every = np.empty((len(n), p + t, p + t))
    every[:, :p, :p] = products
    every[:, p:, :p] = sums
    every[:, :p, p:] = sums.transpose(0, 2, 1)
    every[:, p:, p:] = counts[:, :, None] * (np.eye(t) - share[:, None])
    if overall and len(n):
        # A time that has all rows must come out as no effect at all, and not as rounding.
        whole = np.hstack([n @ means / n.sum(), (times := counts.sum(axis=0)) / times.sum()])
        gap = np.hstack([means, share]) - whole
        every += n[:, None, None] * gap[:, :, None] * gap[:, None, :]
    return every


def sum_groups(
    groups: Iterable[tuple],
    origin: Sequence[float],
    timed: bool,
    weighted: bool = False,
    regional: bool = False,
) -> tuple[tuple, bool]:
    """Return labels, times and what ``Moments`` stores of an engine's groups, and whether these keep their digits.

    ``groups``, in any order: place, region (where ``regional``: with it places are pairs of both), moment (None: left out), rows, the sum of weights (where ``weighted``), means (p)
    about ``origin`` and covariances of each pair; ``timed``: whether there are times.

    >>> sums, digits = sum_groups([("a", 1, 1, 0.5, 0.0), ("a", 2, 1, 1.5, 0.0)], [10.0], True)
    >>> sums[:2], [part.tolist() for part in sums[2:6]], digits
    ((('a',), (1, 2)), [[[1, 1]], [[11.0]], [[[-0.5], [0.5]]], [[[0.5]]]], True)
    """
    if regional:
        groups = (((place, time_label(area)), *group) for place, area, *group in groups)
    used: list[tuple[Any, Any, list]] = [
        (place, time_label(moment) if timed else None, row)
        for place, moment, *row in groups
        if moment is not None
    ]
    labels = sorted({place for place, _, _ in used}, key=str)
    times = sorted({moment for _, moment, _ in used})
    positions = [{label: i for i, label in enumerate(axis)} for axis in (labels, times)]
    place, when = (np.array([at[group[k]] for group in used], int) for k, at in enumerate(positions))
    p, pairs, first = len(origin), pairs_of(len(origin)), 1 + weighted
    numbers = np.array([row for *_, row in used], float).reshape(len(used), first + p + len(pairs))
    counts, cells = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), len(times), p))
    counts[place, when], cells[place, when] = numbers[:, 0], numbers[:, first : first + p]
    masses = counts
    if weighted:
        masses = np.zeros(counts.shape)
        masses[place, when] = numbers[:, 1]
    means = np.einsum("gt,gtp->gp", masses, cells) / masses.sum(axis=1)[:, None]
    far = np.einsum("gt,gtp->gp", masses, cells**2)
    cells -= means[:, None]
    sums = masses[:, :, None] * cells
    products = sums.transpose(0, 2, 1) @ cells
    for (i, j), covariance in zip(pairs, numbers[:, first + p :].T, strict=True):
        within = np.bincount(place, numbers[:, first - 1] * covariance, minlength=len(labels))
        products[:, [i, j], [j, i]] += within[:, None]
    digits = sharp(far, np.diagonal(products, axis1=1, axis2=2))
    parts = tuple(labels), tuple(times), counts, means + origin, sums, products
    return (*parts, masses if weighted else None), digits


def twice(sums: Sequence, lost: Iterable[tuple], regional: bool) -> list[str]:
    """Return the places and times, as text, with more than one row, those left out included.

    ``sums`` as of ``sum_groups``; ``lost``: (place, moment, reason, count); ``regional``: places are pairs with a region.

    >>> twice((["a"], [2016], np.array([[1]])), [("a", 2016, 0, 1), ("a", 2017, 0, 1)], False)
    ['a 2016']
    """
    labels, times, counts, *_ = sums
    labels = [label[0] for label in labels] if regional else labels
    rows_at = ((labels[g], times[t], counts[g, t]) for g, t in zip(*np.nonzero(counts), strict=True))
    rows: Counter[tuple] = Counter()
    for place, moment, count in (*rows_at, *((place, moment, count) for place, moment, _, count in lost)):
        if place is not None and moment is not None:
            rows[place, time_label(moment)] += count
    return [f"{place} {moment}" for (place, moment), count in sorted(rows.items(), key=str) if count > 1]


def size(rows: Any) -> Any:
    """Return the rows of an engine's group, or the sum of the column ``weight`` where there is one, as an expression."""
    return rows.weight.sum() if "weight" in rows.columns else rows.count()


def added_up(rows: Any, value: Any) -> Any:
    """Return the sum of a value over an engine's group, weighted where there is a column ``weight``."""
    return (rows.weight * value).sum() if "weight" in rows.columns else value.sum()


def quick_covariance(rows: Any, x: Any, y: Any) -> Any:
    """Return the covariance within a group: quick, but short of digits where groups are far from the origin and narrow."""
    n = size(rows)
    return (added_up(rows, x * y) - added_up(rows, x) * added_up(rows, y) / n) / n


def pairs_of(p: int) -> list[tuple[int, int]]:
    """Return the positions of each pair of p variables, each with itself as well: (0, 0), (0, 1), (1, 1) of two."""
    return [*combinations_with_replacement(range(p), 2)]


def sharp(far: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether squares about the means, which are wanted, are no tiny share of those about the origin."""
    return bool((far.sum(axis=0) <= _LOSS * wanted.sum(axis=0)).all())


def exact_covariance(rows: Any, x: Any, y: Any) -> Any:
    """Return the covariance within a group about running means (Welford), or of rows ``centred``: slower."""
    if "weight" not in rows.columns:
        return x.cov(y, how="pop")
    return added_up(rows, rows[f"d{x.get_name()}"] * rows[f"d{y.get_name()}"]) / size(rows)


def centred(rows: Any, p: int, *keys: str) -> Any:
    """Return weighted rows with their p values about the weighted means of a group as well, as dv0, dv1, …"""
    import ibis

    if "weight" not in rows.columns:
        return rows
    group = ibis.window(group_by=[*keys])
    total = rows.weight.sum().over(group)
    about = {}
    for i in range(p):
        value = rows[f"v{i}"]
        about[f"dv{i}"] = value - (rows.weight * value).sum().over(group) / total
    return rows.mutate(**about)


def group_sums(connection: Any, rows: Any, p: int, covariance: Callable[..., Any]) -> list[tuple]:
    """Return place, area where there is one, moment, rows, weights if any, p means and covariances of each group.

    Where there are ``PARTS`` of places, groups are told apart by these, and their labels made once a group.
    """
    parts = (
        [name for name in rows.columns if name.startswith(PARTS)] if covariance is quick_covariance else []
    )
    others = [key for key in ("area", "when") if key in rows.columns]
    rows = centred(rows, p, "place", *others) if covariance is exact_covariance else rows
    values = [rows[f"v{i}"] for i in range(p)]
    sums = {f"c{i}_{j}": covariance(rows, values[i], values[j]) for i, j in pairs_of(p)}
    means = {f"m{i}": value.mean() for i, value in enumerate(values)}
    if "weight" in rows.columns:
        means = {f"m{i}": added_up(rows, value) / size(rows) for i, value in enumerate(values)}
        means = {"weights": size(rows), **means}
    table = rows.group_by([*(parts or ["place"]), *others]).aggregate(n=rows.count(), **means, **sums)
    if parts:
        table = table.select(*others, "n", *means, *sums, place=label_column(table, parts)).relocate("place")
    groups = fetched(connection, table)
    told = [group[: 1 + len(others)] for group in groups if group[len(others)] is not None]
    if len({*told}) < len(told):  # places of one label
        return group_sums(connection, rows.drop(*parts), p, covariance)
    return groups


def with_parts(rows: Any, key: Key) -> Any:
    """Return an ibis table with the parts of a place's full key beside it, where it has several.

    >>> import ibis
    >>> with_parts(ibis.table({"district": "string", "commune": "string"}, name="rows"), "commune").columns[2:]
    ('part of the place 0', 'part of the place 1')
    """
    parts = full_key(key, rows.columns)
    if len(parts) < 2 or not {*parts} <= {*rows.columns}:
        return rows
    return rows.mutate(**{f"{PARTS}{i}": label_column(rows, [part]) for i, part in enumerate(parts)})


def fetched(connection: Any, table: Any) -> list[tuple]:
    """Return the rows of an ibis table."""
    return [*zip(*(column.to_pylist() for column in connection.to_pyarrow(table).columns), strict=True)]
