"""A count in every cell of a grid, and by how much another one could stand there for all that is told."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

# Counts (n, m) of two kinds of households of which any is one.
Kinds: TypeAlias = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Figure:
    """A count in every cell of a grid, by how much another one could stand there, and by how much it must be able to.

    All (n, m). ``count``; ``up`` and ``down``: by how much it could be higher, or lower, for all that is told of its own
    cell; ``known``: what of ``down`` is lost since zeros are shown, so that a hidden count is no 0; ``need_up`` and
    ``need_down``: by how much a reader must have to take it to be higher, or lower, before anybody is safe (0: there is
    nobody to protect); ``hidden``: what is hidden already; ``loose``: cells whose own whole is hidden, so that they are
    bound by nothing; ``price``: of hiding a cell. ``lost``: kinds of those
    that are counted: when some change places, as many of a kind must come as go. ``must``: whether all is hidden where a need cannot be met.
    """

    count: np.ndarray
    up: np.ndarray
    down: np.ndarray
    known: np.ndarray
    need_up: np.ndarray
    need_down: np.ndarray
    hidden: np.ndarray
    loose: np.ndarray
    price: np.ndarray
    lost: tuple[Kinds, ...] = ()
    must: bool = True

    def of_all(self) -> Figure:
        """Return what there is of all households, whatever their group."""
        cells = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("lost", "must")}
        return Figure(**{name: values[:, [-1]] for name, values in cells.items()}, must=self.must)
