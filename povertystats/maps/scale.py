"""Classes of values, for the few colours that a reader can tell apart."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_MOST = 5
_STEPS = (1, 2, 2.5, 5)


@dataclass(frozen=True)
class Scale:
    """Classes parted by ``edges``, ascending: a value belongs to the class whose lower edge it has reached."""

    edges: tuple[float, ...]

    def index(self, value: float) -> int:
        """Return the number of a value's class, from 0.

        >>> Scale((5.0, 10.0)).index(5.0)
        1
        """
        return bisect_right(self.edges, value)

    @property
    def classes(self) -> list[tuple[float | None, float | None]]:
        """The classes as (lower edge, upper edge); None: open."""
        return list(zip((None, *self.edges), (*self.edges, None), strict=True))


def even_scale(values: Iterable[float]) -> Scale:
    """Return up to five classes of about as many values each, between round edges.

    >>> even_scale([1.2, 3.4, 5.1, 8.8, 12.0, 21.5, 30.2, 41.0]).edges
    (5.0, 7.5, 20.0, 25.0)
    >>> even_scale([7.0, 7.0]).edges
    ()
    """
    found = np.sort([value for value in values if math.isfinite(value)])
    if not len(found) or found[0] == found[-1]:
        return Scale(())
    wanted = np.quantile(found, [k / _MOST for k in range(1, _MOST)])
    edges = sorted({_round(float(edge), found) for edge in wanted})
    below = np.searchsorted(found, edges)
    # A class holds a value, or it is none.
    told = {int(n): edge for n, edge in zip(below, edges, strict=True) if 0 < n < len(found)}
    return Scale(tuple(told.values()))


def _round(edge: float, values: Sequence[float] | np.ndarray) -> float:
    """Return the roundest number near an edge: within a twelfth of all values of it."""
    near = len(values) / 12
    rank = float(np.searchsorted(values, edge))
    size = 10.0 ** math.ceil(math.log10(max(abs(edge), values[-1] - values[0], 1e-9)))
    for power in range(6):
        for step in reversed(_STEPS):
            step *= size / 10**power
            rounded = round(edge / step) * step
            if abs(float(np.searchsorted(values, rounded)) - rank) <= near and rounded > values[0]:
                return float(f"{rounded:.6g}")
    return edge
