"""From counts to what must be hidden of them: small ones, parts of small totals, and all that would tell of few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from povertystats.disclosure.grid import Grid
from povertystats.disclosure.suppression import Figure, Kinds, suppress


def total(grid: Grid, count: np.ndarray, minimum: int, kinds: Sequence[Kinds] = ()) -> np.ndarray:
    """Return where a count that is a part of nothing is hidden: where it is small, and beside that.

    ``count`` (n, m) of a grid; ``minimum``: the fewest of which may be told; ``kinds``: what is told of those that are
    counted, and of the others.

    >>> grid = Grid(np.array([-1, 0, 0, 0]), 1)
    >>> total(grid, np.array([[161], [4], [57], [100]]), 10)[:, 0].tolist()
    [False, True, True, False]
    """
    small = _small(count, minimum)
    known = (count > 0).astype(int)
    figure = Figure(
        count=count,
        up=np.full_like(count, 10**9),
        down=count - known,
        known=known,
        need_up=np.where(small, minimum - count, 0),
        need_down=np.zeros_like(count),
        hidden=small,
        loose=np.zeros_like(small),
        price=count,
        lost=tuple(kinds),
    )
    return suppress(grid, figure)


def part(
    grid: Grid,
    count: np.ndarray,
    of: np.ndarray,
    hidden: np.ndarray,
    minimum: int,
    *,
    all_tells: bool = False,
    none_tells: bool = False,
    kinds: Sequence[Kinds] = (),
    other_kinds: Sequence[Kinds] = (),
) -> np.ndarray:
    """Return where a part of a count is hidden: where it or the rest is small, or the whole too small to be parted.

    ``count``, ``of`` (n, m): the part and the whole; ``hidden``: where the whole is; ``all_tells``, ``none_tells``: whether it
    tells of everybody that all are in the part, or none; ``kinds`` of those in the part, ``other_kinds`` of the rest.

    >>> grid, homes = Grid(np.array([-1, 0, 0, 0]), 1), np.array([[200], [60], [60], [80]])
    >>> part(grid, np.array([[66], [3], [23], [40]]), homes, homes < 10, 10)[:, 0].tolist()
    [False, True, True, False]
    """
    rest = of - count
    thin = (of > 0) & (of < 2 * minimum)
    few, few_others = _small(count, minimum), _small(rest, minimum)
    if all_tells:
        few_others |= (of > 0) & (rest == 0)
    if none_tells:
        few |= (of > 0) & (count == 0)
    loose = hidden | thin
    known = ((count > 0) & ~loose & (not none_tells)).astype(int)
    known_rest = ((rest > 0) & ~loose & (not all_tells)).astype(int)
    figure = Figure(
        count=count,
        up=np.maximum(rest - known_rest, 0),
        down=count - known,
        known=known,
        need_up=np.where(few, minimum - count, 0),
        need_down=np.where(few_others, minimum - rest, 0),
        hidden=loose | few | few_others,
        loose=hidden,
        price=of,
        lost=tuple(kinds),
        gained=tuple(other_kinds),
    )
    return suppress(grid, figure)


def shared(
    grid: Grid,
    count: np.ndarray,
    wholes: tuple[np.ndarray, np.ndarray],
    hidden: np.ndarray,
    minimum: int,
    *,
    neither: np.ndarray | None = None,
) -> np.ndarray:
    """Return where a count is hidden that is a part of two others: where it, or what it leaves of either, is small.

    ``wholes``: two counts (n, m) that are told on their own but for ``hidden``; ``neither``: those in neither of them,
    where all of whom they are parts are told as well. Where households moved, a rest may be below zero.

    >>> grid = Grid(np.array([-1, 0, 0]), 1)
    >>> escaped, before, now = np.array([[70], [30], [40]]), np.array([[123], [33], [90]]), np.array([[800], [300], [500]])
    >>> shared(grid, escaped, (before, now), escaped < 0, 10)[:, 0].tolist()
    [False, True, True]
    """
    rests = [of - count for of in wholes]
    thin = np.any([(of > 0) & (of < 2 * minimum) for of in wholes], axis=0)
    others = np.full_like(count, 10**9) if neither is None else neither
    few, few_others = _small(count, minimum), _small(others, minimum)
    few_rests = [_small(abs(rest), minimum) for rest in rests]
    need_up = np.maximum(np.where(few, minimum - count, 0), np.where(few_others, minimum - others, 0))
    lacks = [np.where(few, minimum - rest, 0) for few, rest in zip(few_rests, rests, strict=True)]
    loose = hidden | thin
    known = ((count > 0) & ~loose).astype(int)
    figure = Figure(
        count=count,
        up=np.maximum(np.minimum(*rests), 0),
        down=np.maximum(np.minimum(count - known, others), 0),
        known=known,
        need_up=need_up,
        need_down=np.minimum(np.maximum(*lacks), minimum),
        hidden=loose | few | few_others | few_rests[0] | few_rests[1],
        loose=hidden,
        price=np.maximum(*wholes),
    )
    return suppress(grid, figure)


def _small(count, minimum):
    return (count > 0) & (count < minimum)
