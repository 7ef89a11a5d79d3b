"""Sums about the means of entities that are nested in clusters, such as households in communes, in memory or an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from povertystats.regression.sums import added_up, centred, exact_covariance, pairs_of, products_by, size
from povertystats.regression.terms import entity_problems, time_label


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

    ``rows``: an ibis table of place (and area), entity, moment and values v0, v1, … (p) about ``origin``; ``sums``: labels,
    times, counts, means, sums, products and weights as in ``Moments``, of the same rows; ``covariance(table, x, y)``: the
    expression of a covariance; ``names`` of cluster, entity and time; ``once``: one row an entity and time is
    expected. Returns ``Within`` and problems. The engine groups by entity, then by place:
    ``Σ(z − z̄_i)(z − z̄_i)'`` for the values, ``Σz_t − Σn_it z̄_i`` and ``n_t − Σn_it²/n_i`` with the times.

    >>> from povertystats.engines.connections import connect
    >>> import ibis
    >>> rows = {"place": list("aaa"), "entity": [1, 1, 2], "moment": [1, 2, 1], "v0": [0.0, 2.0, 7.0]}
    >>> n, sums = np.array([[2, 1]]), np.array([[[1.0], [-1.0]]])
    >>> sums = ("a",), (1, 2), n, np.array([[3.0]]), sums, np.array([[[26.0]]]), None
    >>> cov = lambda table, x, y: x.cov(y, how="pop")
    >>> names = "commune", "household", "year"
    >>> within, _ = sum_nested(connect(), ibis.memtable(rows), [0], sums, cov, names=names, once=True)
    >>> within.products.tolist(), within.entities.tolist(), within.single.tolist()
    ([[[2.0, -1.0, 1.0], [-1.0, 0.5, -0.5], [1.0, -0.5, 0.5]]], [1], [[1, 0]])
    """
    labels, times, counts, means, by_time, _, masses = sums
    p, width = len(origin), len(origin) + len(times)
    each = _by_entity(rows, p, [0 if time is None else time for time in times], covariance)
    by_place = connection.to_pyarrow(_by_place(each, p, width)).to_pydict()
    places = by_place["place"]
    if "area" in by_place:
        places = [(place, time_label(area)) for place, area in zip(places, by_place["area"], strict=True)]
    position = {place: i for i, place in enumerate(places)}
    order = [position[label] for label in labels if label in position]
    moved, twice = (_counted(by_place[what], by_place[f"first_{what}"]) for what in ("moved", "twice"))
    if problems := [*entity_problems(moved, twice if once else (0, None), *names)]:
        return None, problems

    def column(name):
        return np.array(by_place[name], float)[order]

    products, masses = np.zeros((len(labels), width, width)), counts if masses is None else masses
    # Sums about the origin at each time, and in all, less those of the entities' means.
    products[:, p:, :p] = by_time + masses[:, :, None] * (means - origin)[:, None]
    products[:, range(p, width), range(p, width)] = masses
    for j, i in pairs_of(width):
        products[:, i, j] = column(f"w{j}_{i}") if i < p else products[:, i, j] - column(f"b{j}_{i}")
        products[:, j, i] = products[:, i, j]
    single = np.array([column(f"t{k}") for k in range(p, width)], int).T.reshape(counts.shape)
    return Within(products, column("entities").astype(int), single), []


def _by_entity(rows, p, times, covariance):
    """Return entity, its places and regions, rows n, sums s of values and at each time, and sums w of products; weighted, m and c.

    These are the sum of weights and the rows at each time, which without weights are n and s.
    """
    rows = centred(rows, p, "entity") if covariance is exact_covariance else rows
    values = [rows[f"v{i}"] for i in range(p)]
    there = [(rows.moment == time).cast("int64") for time in times]
    beside = {"m": size(rows)} | {f"c{i}": value.sum() for i, value in enumerate(there, start=p)}
    areas = {"area": rows.area.min(), "last_area": rows.area.max()} if "area" in rows.columns else {}
    return rows.group_by("entity").aggregate(
        place=rows.place.min(),
        last=rows.place.max(),
        **areas,
        n=rows.count(),
        **(beside if "weight" in rows.columns else {}),
        **{f"s{i}": added_up(rows, value) for i, value in enumerate([*values, *there])},
        **{f"w{j}_{i}": size(rows) * covariance(rows, values[j], values[i]) for j, i in pairs_of(p)},
    )


def _by_place(each, p, width):
    """Return sums by place over entities, and the entities of which something is wrong."""
    sums, times = [each[f"s{i}"] for i in range(width)], range(p, width)
    mass, c = (each.m, "c") if "m" in each.columns else (each.n, "s")
    rows = {k: each[f"{c}{k}"] for k in times}
    moved = each.place != each.last
    if "area" in each.columns:
        moved = moved | (each.area != each.last_area)
    twice = rows[p] > 1
    for k in times:
        twice = twice | (rows[k] > 1)
    keys = [key for key in ("place", "area") if key in each.columns]
    return each.group_by(keys).aggregate(
        entities=(each.n > 1).sum(),
        moved=moved.sum(),
        first_moved=each.entity.min(where=moved),
        twice=twice.sum(),
        first_twice=each.entity.min(where=twice),
        **{f"t{k}": (each.n == 1).ifelse(rows[k], 0).sum() for k in times},
        **{f"w{j}_{i}": each[f"w{j}_{i}"].sum() for j, i in pairs_of(p)},
        **{f"b{j}_{i}": (sums[j] * sums[i] / mass).sum() for i in times for j in range(i + 1)},
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
    weights: np.ndarray | None = None,
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
    rows = columns if weights is None else [weights * column for column in columns]
    of = n if weights is None else np.bincount(owner, weights)
    about = [
        column - (np.bincount(owner, row) / of)[owner] for column, row in zip(columns, rows, strict=True)
    ]
    entities = np.bincount(home, n > 1, minlength=g).astype(int)
    single = np.bincount(place * t + when, n[owner] == 1, minlength=g * t).astype(int).reshape(g, t)
    return Within(products_by(about, place, g, weights), entities, single), list(problems)
