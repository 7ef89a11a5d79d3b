"""Which counts are hidden: small ones, parts of small totals, and as many others as keep these from being worked out of sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from povertystats.disclosure.grid import Figure, Grid, Kinds
from povertystats.disclosure.rounds import Rounds


def suppress(grid: Grid, figure: Figure) -> np.ndarray:
    """Return which cells (n, m) are hidden: those that are already, and others until every need is met.

    A hidden count could be higher by d, for all that is told, when d households of it could have changed places with d of
    another place that is hidden as well, and d of another group the other way round: no sum along places or groups tells.
    Such rounds are looked for from the top down, first among the places beside it, the cheapest ones first. Where there is
    none, the places above are hidden, up to one that adds up to nothing.

    >>> grid, poor = Grid(np.array([-1, 0, 0, 0]), 1), np.array([[87], [3], [24], [60]])
    >>> need = np.where(poor < 10, 10 - poor, 0)
    >>> figure = Figure(poor, poor + 99, poor - 1, poor ** 0, need, 0 * poor, poor < 10, poor < 0, poor)
    >>> suppress(grid, figure)[:, 0].tolist()
    [False, True, True, False]
    """
    hidden, all_ = figure.hidden.copy(), figure.of_all()
    hidden[:, [-1]] = Rounds(grid.of_all, all_).all_covered()
    # What is told of all households does not depend on groups: whoever asks for these as well reads the same of all.
    return Rounds(grid, replace(figure, hidden=hidden)).all_covered() if grid.groups > 1 else hidden


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
) -> np.ndarray:
    """Return where a part of a count is hidden: where it or the rest is small, or the whole too small to be parted.

    ``count``, ``of`` (n, m): the part and the whole; ``hidden``: where the whole is; ``all_tells``, ``none_tells``: whether it
    tells of everybody that all are in the part, or none.

    >>> grid, homes = Grid(np.array([-1, 0, 0, 0]), 1), np.array([[200], [60], [60], [80]])
    >>> part(grid, np.array([[66], [3], [23], [40]]), homes, homes < 10, 10)[:, 0].tolist()
    [False, True, True, False]
    """
    rest = of - count
    thin = (of > 0) & (of <= minimum)
    few, few_others = _small(count, minimum), _small(rest, minimum)
    if all_tells:
        few_others |= (of > 0) & (rest == 0)
    if none_tells:
        few |= (of > 0) & (count == 0)
    loose = hidden | thin
    known = grid.lowered(((count > 0) & ~loose & (not none_tells)).astype(int), count)
    known_rest = grid.lowered(((rest > 0) & ~loose & (not all_tells)).astype(int), rest)
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
    thin = np.any([(of > 0) & (of <= minimum) for of in wholes], axis=0)
    others = np.full_like(count, 10**9) if neither is None else neither
    few, few_others = _small(count, minimum), _small(others, minimum)
    few_rests = [_small(abs(rest), minimum) for rest in rests]
    need_up = np.maximum(np.where(few, minimum - count, 0), np.where(few_others, minimum - others, 0))
    lacks = [np.where(few, minimum - rest, 0) for few, rest in zip(few_rests, rests, strict=True)]
    loose = hidden | thin
    known = grid.lowered(((count > 0) & ~loose).astype(int), count)
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


def exchanged(
    grid: Grid,
    counts: tuple[np.ndarray, np.ndarray],
    others: tuple[np.ndarray, np.ndarray],
    rests: Sequence[np.ndarray],
    hidden: np.ndarray,
    minimum: int,
) -> np.ndarray:
    """Return where two counts are hidden of which one gives the other away: those who escaped, and those who fell.

    Where nobody comes or leaves, one more who escaped is one more who fell, and one less of each of the ``others``: those who stayed.
    ``rests``: what is left of the wholes of which they are told; ``hidden``: where these are hidden.

    >>> grid = Grid(np.array([-1, 0, 0]), 1)
    >>> escaped, fell = np.array([[40], [15], [25]]), np.array([[22], [7], [15]])
    >>> stayed = np.array([[60], [24], [36]]), np.array([[400], [200], [200]])
    >>> exchanged(grid, (escaped, fell), stayed, stayed, escaped < 0, 10)[:, 0].tolist()
    [False, True, True]
    """
    count, up = np.minimum(*counts), np.maximum(np.minimum(*others), 0)
    few = [_small(one, minimum) for one in counts]
    few_rests = [_small(abs(rest), minimum) for rest in rests]
    lacks = [np.where(small, minimum - one, 0) for small, one in zip(few, counts, strict=True)]
    rests_lack = [np.where(small, minimum - rest, 0) for small, rest in zip(few_rests, rests, strict=True)]
    known = grid.lowered(((count > 0) & ~hidden).astype(int), count)
    down = count - known
    figure = Figure(
        count=count,
        up=up,
        down=down,
        known=known,
        # What they cannot make up for together each does by itself: by those who came or left.
        need_up=np.minimum(np.maximum(*lacks), up),
        need_down=np.minimum(np.max(rests_lack, axis=0), np.minimum(down, minimum)),
        hidden=hidden | np.any([*few, *few_rests], axis=0),
        loose=np.zeros_like(hidden),
        price=np.maximum(*others),
        must=False,
    )
    return suppress(grid, figure)


def _small(count, minimum):
    return (count > 0) & (count < minimum)
