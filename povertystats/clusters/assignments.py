"""Which places were treated when, and every way in which other places could have been."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

from povertystats.clusters.effective import WHOLE, coded
from povertystats.regression.combination import time_of
from povertystats.regression.singletons import cells_left

if TYPE_CHECKING:
    from povertystats.regression.moments import Moments


def paths(moments: Moments, column: str) -> tuple[np.ndarray, np.ndarray, tuple[float, float]] | None:
    """Return the distinct paths over the times (P, T) of a 0/1 column, or of changes of one, and which each place has (G,).

    Any two values are told as 0 and 1: last, what 0 stands for and how much more 1 does (``effective.coded``).
    None where it has other values or differs within a place and time. A year for which a place has no row is as its
    last one before, or its first; where values fall without effects of places they are changes: then it is none, 0.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "d": [0, 1, 0, 0, 0, 1], "y": [0.0, 1, 0, 3, 1, 4]})
    >>> every, own, values = paths(Moments.from_frame(panel, "y", ["d"]), "d")
    >>> every.tolist(), own.tolist(), values
    ([[0, 0], [0, 1]], [1, 0, 1], (0.0, 1.0))
    """
    v = moments.names.index(column)
    counts, means, sums, products = cells_left(moments)
    there = counts > 0
    about = np.where(there, sums[:, :, v] / np.where(there, counts, 1), 0.0)
    found = coded(means[:, [v]] + about, there)
    within = products[:, v, v] - (counts * about**2).sum(axis=1)
    if found is None or (np.abs(within) > WHOLE * found[2] ** 2 * counts.sum(axis=1)).any():
        return None
    path, low, size = found
    # With year effects of each region the times are those of a region; a path is over the years.
    years = [*dict.fromkeys(time_of(time) for time in moments.times)] or [None]
    at = np.array([years.index(time_of(time)) for time in moments.times] or [0])
    same = (at[:, None] == np.arange(len(years))).astype(int)
    rows, total = there @ same, path @ same
    path, there = total // np.maximum(rows, 1), rows > 0
    if (path * rows != total).any():
        return None
    levels = moments.entity or all(
        (np.diff(p[known]) >= 0).all() for p, known in zip(path, there, strict=True)
    )
    for known, values in zip(there, path, strict=True):
        seen = np.flatnonzero(known)
        if levels or len(set(values[seen])) == 1:
            values[:] = values[seen[np.maximum(np.searchsorted(seen, np.arange(len(known)), "right") - 1, 0)]]
    every, own = np.unique(path, axis=0, return_inverse=True)
    return every[:, at], own.ravel(), (low, size)


def number(own: np.ndarray) -> int:
    """Return in how many ways the paths can be given to places, so that as many have each: G!/Π n_m!.

    >>> number(np.array([0] * 61 + [1] * 2))
    1953
    """
    return factorial(len(own)) // prod(factorial(int(n)) for n in np.bincount(own))


def all_assignments(own: np.ndarray) -> np.ndarray:
    """Return each of these ways, which path every place has: (``number``, G).

    >>> all_assignments(np.array([0, 1, 0])).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    counts = np.bincount(own)
    common = int(counts.argmax())
    rows, free = np.full((1, len(own)), common), len(own)
    for path in np.flatnonzero(counts):
        if path == common:
            continue
        taken = np.array(list(combinations(range(free), int(counts[path]))))
        left = np.argsort(rows != common, axis=1, kind="stable")[:, :free]
        at = left[:, taken].reshape(-1, taken.shape[1])
        rows, free = np.repeat(rows, len(taken), axis=0), free - taken.shape[1]
        np.put_along_axis(rows, at, path, axis=1)
    return rows


def drawn_assignments(own: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return ways drawn at random: (draws, G).

    >>> drawn_assignments(np.array([0, 1, 0]), 4, 1).sum(axis=1).tolist()
    [1, 1, 1, 1]
    """
    return np.concatenate([*drawn_in_parts(own, draws, seed, draws)])


def drawn_in_parts(own: np.ndarray, draws: int, seed: int, most: int) -> Iterator[np.ndarray]:
    """Yield the same, at most so many at once: (≤ ``most``, G).

    >>> [each.sum(axis=1).tolist() for each in drawn_in_parts(np.array([0, 1, 0]), 5, 1, most=3)]
    [[1, 1, 1], [1, 1]]
    """
    rng = np.random.default_rng(seed)
    for start in range(0, draws, most):
        yield rng.permuted(np.tile(own, (min(most, draws - start), 1)), axis=1)
