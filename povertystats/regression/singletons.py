"""Rows that tell nothing: the only one of a place, entity or time whose effect is absorbed; dropped until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from povertystats.regression.nested import Within

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments


@dataclass(frozen=True, eq=False)
class Kept:
    """What is left of a model's rows: ``counts`` (G, T), and of the sums ``within`` entities.

    ``alone``: how many rows were dropped as the only one of their entity, and of their time.
    """

    counts: np.ndarray
    within: Within | None
    alone: tuple[int, int]


def without_singletons(
    counts: np.ndarray, within: Within | None, entity: bool, timed: bool, weighted: bool = False
) -> Kept:
    """Drop rows that are the only one of an entity or of a time until none is left.

    ``counts`` (G, T) rows of each cluster and time; ``within`` the sums about the means of entities nested in clusters,
    if that is where these are; ``entity``, ``timed``: which effects are absorbed; ``weighted``: whether sums are. Such a row is fitted exactly whatever
    the coefficients are: it moves no estimate, but as a row, a place or a parameter it would add to what errors and
    their degrees of freedom are counted by.
    Source: Correia 2015, "Singletons, cluster-robust standard errors and fixed effects: a bad mix", Duke University.

    >>> kept = without_singletons(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]]), None, True, True)
    >>> kept.counts.tolist(), kept.alone
    ([[1, 1, 0], [1, 1, 0], [0, 0, 0]], (1, 1))
    """
    if within:
        return _nested(counts, within, timed, weighted)
    kept, entities, times = counts.copy(), 0, 0
    while True:
        alone = kept.sum(axis=1) == (1 if entity else -1)
        kept[alone] = 0
        single = kept.sum(axis=0) == (1 if timed else -1)
        kept[:, single] = 0
        entities, times = entities + int(alone.sum()), times + int(single.sum())
        if not (alone.any() or single.any()):
            return Kept(kept, None, (entities, times))


def cells_left(moments: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts (G, T), means (G, p), sums (G, T, p) and products (G, p, p) of the rows that count, by ``clusters``.

    As ``Moments`` stores them, with weights their sums in place of counts; of all rows of these clusters where entities are nested in them.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aaabb"), "year": [1, 2, 3, 1, 2], "y": [1.0, 2, 6, 4, 4], "x": [0.0, 1, 1, 3, 0]})
    >>> counts, means, sums, products = cells_left(Moments.from_frame(rows, "y", ["x"]))
    >>> counts.tolist(), means[0].tolist(), sums[0].tolist(), products[0].tolist()
    ([[1, 1, 0], [1, 1, 0]], [1.5, 0.5], [[-0.5, -0.5], [0.5, 0.5], [0.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]])
    """
    kept = moments.counts if moments.within else moments.kept.counts
    used, rows = moments.kept.counts.any(axis=1), moments.counts
    if (mass := moments.masses) is not None:
        kept, rows = np.where(kept > 0, mass, 0), mass
    stored = kept, rows, moments.means, moments.sums, moments.products
    kept, counts, means, sums, products = (part[used] for part in stored)
    changed = (kept != counts).any(axis=1)
    if not changed.any():
        return counts, means, sums, products
    n, before = kept[changed], counts[changed]
    cells = sums[changed] / np.where(before > 0, before, 1)[:, :, None]
    spread = products[changed] - sums[changed].transpose(0, 2, 1) @ cells
    # With one row a time nothing varies within it: a row far away that is dropped costs the others no digits.
    spread[(moments.counts[used][changed] <= 1).all(axis=1)] = 0
    moved = np.einsum("gt,gtp->gp", n, cells) / n.sum(axis=1)[:, None]
    means[changed] += moved
    sums[changed] = n[:, :, None] * (cells - moved[:, None])
    products[changed] = spread + sums[changed].transpose(0, 2, 1) @ (cells - moved[:, None])
    return kept, means, sums, products


def _nested(counts, within, timed, weighted):
    """Return what is left where entities are nested in clusters, from the sums within entities alone.

    The only row of time t, of an entity with n rows in cluster g: with d the column of t in the products of g,
    ``d_t = 1 − 1/n``, ``d_s = −n_s/n`` tells where the entity's other rows are, and ``products − d d'/d_t`` are those
    of the rows without it. With weights w of rows ``d_s = −w_t w_s/Σw``, from which n is counted: one row a time.
    """
    kept, p = counts - within.single, within.products.shape[1] - counts.shape[1]
    parts: Any = [within.products, within.entities, within.single]
    entities, times = int(within.single.sum()), 0
    while timed and (alone := np.flatnonzero(kept.sum(axis=0) == 1)).size:
        if not times:
            parts = [part.copy() for part in parts]
        products, owners, single = parts
        t = alone[0]
        g = kept[:, t].argmax()
        column = products[g, p + t].copy()
        rows = 1 + (column[p:] < 0).sum() if weighted else round(1 / (1 - column[p + t]))
        products[g] -= np.outer(column, column) / column[p + t]
        products[g, p + t] = products[g, :, p + t] = 0
        kept[g, t], times = 0, times + 1
        if rows == 2:
            other = np.delete(np.arange(counts.shape[1]), t)[np.delete(column[p:], t).argmin()]
            kept[g, other], owners[g], entities = kept[g, other] - 1, owners[g] - 1, entities + 1
    # What rounding leaves where no row is left would count as a time that can be told apart.
    left = np.hstack([np.broadcast_to(kept.any(axis=1)[:, None], (len(kept), p)), kept > 0])
    parts[0] = np.where(left[:, :, None] & left[:, None], parts[0], 0)
    return Kept(kept, Within(*parts), (entities, times))
