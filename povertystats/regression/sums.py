"""Sums by cluster, of rows in memory or of an engine's groups, and about the means of the households within."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from povertystats.regression.terms import entity_problems, time_label

# While fewer than 4 of 16 digits are lost, the quick way does.
_LOSS = 1e4


def sum_cells(
    values: np.ndarray, place: np.ndarray, when: np.ndarray, g: int, t: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts (g, t), means (g, p), sums (g, t, p) and products (g, p, p), as ``Moments`` stores them.

    ``values`` (p, n), ``place`` and ``when`` (n,): codes below g and t. Means first, then products about
    them: a place far from the others costs no digits.

    >>> counts, means, sums, products = sum_cells(np.array([[1.0, 3.0]]), np.array([0, 0]), np.array([0, 1]), 1, 2)
    >>> counts.tolist(), means.tolist(), sums.tolist(), products.tolist()
    ([[1, 1]], [[2.0]], [[[-1.0], [1.0]]], [[[2.0]]])
    """
    p, cell = len(values), place * t + when
    counts = np.bincount(cell, minlength=g * t).reshape(g, t)
    sums = np.array([np.bincount(cell, row, minlength=g * t) for row in values], float).reshape(p, g, t)
    means = sums.sum(axis=2) / counts.sum(axis=1)
    sums -= means[:, :, None] * counts
    values = values - means[:, place]
    return counts, means.T, sums.transpose(1, 2, 0), _products(values, place, g)


def _products(values, place, g):
    """Return the sums of products (g, p, p) of values (p, n), by cluster."""
    p = len(values)
    products = np.empty((g, p, p))
    for i, j in pairs_of(p):
        products[:, i, j] = products[:, j, i] = np.bincount(place, values[i] * values[j], minlength=g)
    return products


def with_times(
    counts: np.ndarray, means: np.ndarray, sums: np.ndarray, products: np.ndarray, *, overall: bool
) -> np.ndarray:
    """Return cross-products (G, p + T, p + T) of variables and the indicators of all times, by cluster.

    About each cluster's own means, or about the ``overall`` ones. Arguments as ``sum_cells`` returns them.

    >>> cells = sum_cells(np.array([[1.0, 3.0]]), np.array([0, 0]), np.array([0, 1]), 1, 2)
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
        centre = np.hstack([means, share])
        gap = centre - n @ centre / n.sum()
        every += n[:, None, None] * gap[:, :, None] * gap[:, None, :]
    return every


def sum_groups(groups: Iterable[tuple], origin: Sequence[float], timed: bool) -> tuple[tuple, bool]:
    """Return labels, times and what ``Moments`` stores of an engine's groups, and whether these keep their digits.

    ``groups``, in any order: place, moment (None: left out), rows, means (p) about ``origin`` and covariances of
    each pair; ``timed``: whether there are times.

    >>> sums, digits = sum_groups([("a", 1, 1, 0.5, 0.0), ("a", 2, 1, 1.5, 0.0)], [10.0], True)
    >>> sums[:2], [part.tolist() for part in sums[2:]], digits
    ((('a',), (1, 2)), [[[1, 1]], [[11.0]], [[[-0.5], [0.5]]], [[[0.5]]]], True)
    """
    used: list[tuple[Any, Any, list]] = [
        (place, time_label(moment) if timed else None, row)
        for place, moment, *row in groups
        if moment is not None
    ]
    labels = sorted({place for place, _, _ in used}, key=str)
    times = sorted({moment for _, moment, _ in used})
    positions = [{label: i for i, label in enumerate(axis)} for axis in (labels, times)]
    place, when = (np.array([at[group[k]] for group in used], int) for k, at in enumerate(positions))
    p, pairs = len(origin), pairs_of(len(origin))
    numbers = np.array([row for *_, row in used], float).reshape(len(used), 1 + p + len(pairs))
    counts, cells = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), len(times), p))
    counts[place, when], cells[place, when] = numbers[:, 0], numbers[:, 1 : 1 + p]
    means = np.einsum("gt,gtp->gp", counts, cells) / counts.sum(axis=1)[:, None]
    far = np.einsum("gt,gtp->gp", counts, cells**2)
    cells -= means[:, None]
    sums = counts[:, :, None] * cells
    products = sums.transpose(0, 2, 1) @ cells
    for (i, j), covariance in zip(pairs, numbers[:, 1 + p :].T, strict=True):
        within = np.bincount(place, numbers[:, 0] * covariance, minlength=len(labels))
        products[:, [i, j], [j, i]] += within[:, None]
    digits = sharp(far, np.diagonal(products, axis1=1, axis2=2))
    return (tuple(labels), tuple(times), counts, means + origin, sums, products), digits


def pairs_of(p: int) -> list[tuple[int, int]]:
    """Return the positions of each pair of p variables, each with itself as well: (0, 0), (0, 1), (1, 1) of two."""
    return [*combinations_with_replacement(range(p), 2)]


def sharp(far: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether squares about the means, which are wanted, are no tiny share of those about the origin."""
    return bool((far.sum(axis=0) <= _LOSS * wanted.sum(axis=0)).all())


@dataclass(frozen=True, eq=False)
class Within:
    """Sums about the means of entities that are nested in clusters, such as households in communes.

    Stored for each cluster g, with z = (p variables, T indicators of time): ``products`` Σ_i(z − z̄_i)(z − z̄_i)'
    (G, p + T, p + T); ``entities`` (G,), how many have two rows or more; ``single`` (G, T), the rows of others.
    """

    products: np.ndarray
    entities: np.ndarray
    single: np.ndarray

    def only(self, v: Sequence[int] | np.ndarray) -> Within:
        """Return these sums for the variables at positions ``v`` alone."""
        kept = [*v, *range(self.products.shape[1] - self.single.shape[1], self.products.shape[1])]
        return Within(self.products[:, np.array(kept)[:, None], kept], self.entities, self.single)

    def spread(self, rows: Sequence[int], columns: Sequence[int], g: int, t: int) -> Within:
        """Return these sums over g clusters and t times, at the positions ``rows`` and ``columns`` among these."""
        p = self.products.shape[1] - self.single.shape[1]
        axis = [*range(p), *(p + column for column in columns)]
        products, entities = np.zeros((g, p + t, p + t)), np.zeros(g, int)
        single = np.zeros((g, t), int)
        products[np.ix_(rows, axis, axis)] = self.products
        entities[rows], single[np.ix_(rows, columns)] = self.entities, self.single
        return Within(products, entities, single)

    def __add__(self, other):
        return Within(
            self.products + other.products, self.entities + other.entities, self.single + other.single
        )


def sum_nested(
    connection: Any,
    rows: Any,
    origin: Sequence[float],
    sums: tuple,
    covariance: Callable[..., Any],
    *,
    names: tuple[str, str | None, str | None],
    once: bool,
) -> tuple[Within | None, list[str]]:
    """Return the sums within entities that are nested in clusters, and what is wrong with these entities.

    ``rows``: an ibis table of place, entity, moment and values v0, v1, … (p) about ``origin``; ``sums``: labels,
    times, counts, means, sums and products as in ``Moments``, of the same rows; ``covariance(table, x, y)``: the
    expression of a covariance; ``names`` of cluster, entity and time; ``once``: one row an entity and time is
    expected. Returns ``Within`` and problems. The engine groups by entity, then by place:
    ``Σ(z − z̄_i)(z − z̄_i)'`` for the values, ``Σz_t − Σn_it z̄_i`` and ``n_t − Σn_it²/n_i`` with the times.

    >>> from povertystats.engines.connections import connect
    >>> import ibis
    >>> rows = {"place": list("aaa"), "entity": [1, 1, 2], "moment": [1, 2, 1], "v0": [0.0, 2.0, 7.0]}
    >>> n, sums = np.array([[2, 1]]), np.array([[[1.0], [-1.0]]])
    >>> sums = ("a",), (1, 2), n, np.array([[3.0]]), sums, np.array([[[26.0]]])
    >>> cov = lambda table, x, y: x.cov(y, how="pop")
    >>> names = "commune", "household", "year"
    >>> within, _ = sum_nested(connect(), ibis.memtable(rows), [0], sums, cov, names=names, once=True)
    >>> within.products.tolist(), within.entities.tolist(), within.single.tolist()
    ([[[2.0, -1.0, 1.0], [-1.0, 0.5, -0.5], [1.0, -0.5, 0.5]]], [1], [[1, 0]])
    """
    labels, times, counts, means, by_time, _ = sums
    p, size = len(origin), len(origin) + len(times)
    each = _by_entity(rows, p, [0 if time is None else time for time in times], covariance)
    by_place = connection.to_pyarrow(_by_place(each, p, size)).to_pydict()
    position = {place: i for i, place in enumerate(by_place["place"])}
    order = [position[label] for label in labels if label in position]
    moved, twice = (_counted(by_place[what], by_place[f"first_{what}"]) for what in ("moved", "twice"))
    if problems := [*entity_problems(moved, twice if once else (0, None), *names)]:
        return None, problems

    def column(name):
        return np.array(by_place[name], float)[order]

    products = np.zeros((len(labels), size, size))
    # Sums about the origin at each time, and in all, less those of the entities' means.
    products[:, p:, :p] = by_time + counts[:, :, None] * (means - origin)[:, None]
    products[:, range(p, size), range(p, size)] = counts
    for j, i in pairs_of(size):
        products[:, i, j] = column(f"w{j}_{i}") if i < p else products[:, i, j] - column(f"b{j}_{i}")
        products[:, j, i] = products[:, i, j]
    single = np.array([column(f"t{k}") for k in range(p, size)], int).T.reshape(counts.shape)
    return Within(products, column("entities").astype(int), single), []


def _by_entity(rows, p, times, covariance):
    """Return entity, its places, rows n, sums s of values and of rows at each time, and sums w of products."""
    n, values = rows.count(), [rows[f"v{i}"] for i in range(p)]
    counted = [*values, *((rows.moment == time).cast("int64") for time in times)]
    return rows.group_by("entity").aggregate(
        place=rows.place.min(),
        last=rows.place.max(),
        n=n,
        **{f"s{i}": value.sum() for i, value in enumerate(counted)},
        **{f"w{j}_{i}": n * covariance(rows, values[j], values[i]) for j, i in pairs_of(p)},
    )


def _by_place(each, p, size):
    """Return sums by place over entities, and the entities of which something is wrong."""
    sums, times = [each[f"s{i}"] for i in range(size)], range(p, size)
    moved = each.place != each.last
    twice = sums[p] > 1
    for k in times:
        twice = twice | (sums[k] > 1)
    return each.group_by("place").aggregate(
        entities=(each.n > 1).sum(),
        moved=moved.sum(),
        first_moved=each.entity.min(where=moved),
        twice=twice.sum(),
        first_twice=each.entity.min(where=twice),
        **{f"t{k}": (each.n == 1).ifelse(sums[k], 0).sum() for k in times},
        **{f"w{j}_{i}": each[f"w{j}_{i}"].sum() for j, i in pairs_of(p)},
        **{f"b{j}_{i}": (sums[j] * sums[i] / each.n).sum() for i in times for j in range(i + 1)},
    )


def _counted(counts, first):
    """Return how many there are in all places, and the first of the first."""
    return sum(counts), min((one for one in first if one is not None), default=None)


def sum_within(
    values: np.ndarray,
    place: np.ndarray,
    when: np.ndarray,
    g: int,
    t: int,
    owners: tuple,
    *,
    names: tuple[str, str | None, str | None],
    once: bool,
) -> tuple[Within, list[str]]:
    """Return the sums within entities as ``Within``, and what is wrong with the entities, from rows in memory.

    The first five as in ``sum_cells``; ``owners``: labels and codes (n,) of the
    entities; ``names`` of cluster, entity and time; ``once``: one row an entity and time is expected.

    >>> rows = np.array([[0.0, 2.0, 7.0]]), np.array([0, 0, 0]), np.array([0, 1, 0])
    >>> names = ("commune", "household", "year")
    >>> within, _ = sum_within(*rows, 1, 2, (("A", "B"), np.array([0, 0, 1])), names=names, once=True)
    >>> within.products.tolist(), within.entities.tolist(), within.single.tolist()
    ([[[2.0, -1.0, 1.0], [-1.0, 0.5, -0.5], [1.0, -0.5, 0.5]]], [1], [[1, 0]])
    """
    labels, owner = owners
    _, first, n = np.unique(owner, return_index=True, return_counts=True)
    home = place[first]
    cell, count = np.unique(owner * t + when, return_counts=True)
    twice = np.unique(cell[count > 1] // t) if once else np.array([], int)
    wrong = (np.unique(owner[place != home[owner]]), twice)
    moved, often = ((len(w), labels[w[0]] if len(w) else None) for w in wrong)
    problems = entity_problems(moved, often, *names)
    columns = [*values, *(when == k for k in range(t))]
    about = [column - (np.bincount(owner, column) / n)[owner] for column in columns]
    entities = np.bincount(home, n > 1, minlength=g).astype(int)
    single = np.bincount(place * t + when, n[owner] == 1, minlength=g * t).astype(int).reshape(g, t)
    return Within(_products(about, place, g), entities, single), list(problems)


def added(a: Any, b: Any, labels: Sequence, times: Sequence) -> tuple:
    """Return counts, means, sums, products and sums within entities of two ``Moments`` together, over all labels and times."""
    n_t, mean, sums, products, within = _spread(a, labels, times)
    n_t_b, mean_b, sums_b, products_b, within_b = _spread(b, labels, times)
    n, gap = n_t.sum(axis=1), mean_b - mean
    share = n_t_b.sum(axis=1) / (n + n_t_b.sum(axis=1))
    step = share[:, None] * gap
    sums = sums + sums_b - n_t[:, :, None] * step[:, None] + n_t_b[:, :, None] * (gap - step)[:, None]
    products = products + products_b + (n * share)[:, None, None] * gap[:, :, None] * gap[:, None, :]
    return n_t + n_t_b, mean + step, sums, products, within and within + within_b


def _spread(part, labels, times):
    """Return what moments store over wider labels and times, zero where this part has no rows."""
    place, when = ({label: i for i, label in enumerate(axis)} for axis in (labels, times))
    rows, columns = [place[label] for label in part.labels], [when[time] for time in part.times]
    p = len(part.names)
    counts, means = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), p))
    sums, products = np.zeros((*counts.shape, p)), np.zeros((len(labels), p, p))
    counts[np.ix_(rows, columns)], sums[np.ix_(rows, columns)] = part.counts, part.sums
    means[rows], products[rows] = part.means, part.products
    within = part.within and part.within.spread(rows, columns, len(labels), len(times))
    return counts, means, sums, products, within
