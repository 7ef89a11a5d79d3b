"""Each cohort in each year against places that have not adopted, before and after (Callaway & Sant'Anna 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from povertystats.adoption.sums import Design


@dataclass(frozen=True, eq=False)
class GroupTime(Design):
    """``(ȳ_g,t − ȳ_g,b) − (ȳ_C,t − ȳ_C,b)`` of a cohort g, b the last year before it adopts, C places not (yet) treated.

    An estimate is the mean of such differences, each with the number of places of its cohort. Placebos: t before b.
    ``never``: C are places that do not adopt by the last year; otherwise those that have not adopted by t as well.

    Source: Callaway & Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001.
    """

    never: bool = False

    @cached_property
    def _cells(self) -> np.ndarray:
        """Cohort, position of its base year and of the other year in each comparison, (cells, 3)."""
        years = self.data.years
        made = []
        for g in self.data.cohorts:
            earlier = np.flatnonzero(years < g - self.anticipation)
            if len(earlier):
                others = (t for t in range(len(years)) if t != earlier[-1] and years[t] - g >= -self.before)
                made += [(g, earlier[-1], t) for t in others]
        return np.array(made, int).reshape(-1, 3)

    def _sides(self, first: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return each place's change in each cell (G, cells), and on which side it stands: of the cohort, of C."""
        cohort, base, other = self._cells.T
        change = self.data.y[:, other] - self.data.y[:, base]
        there = ~np.isnan(change)
        until = self.data.years[np.maximum(base, other)] + self.anticipation
        free = np.isinf(first)[:, None] if self.never else first[:, None] > until
        own = first[:, None] == cohort
        return np.where(there, change, 0.0), own & there, free & ~own & there

    @property
    def free(self) -> np.ndarray:
        """The figures without adoption that others may be compared with, (G, T)."""
        return super().free & (np.isinf(self.data.first)[:, None] | (not self.never))

    @cached_property
    def _told(self) -> np.ndarray:
        """The cells that compare with two clusters or more, (cells,)."""
        free = self._sides(self.data.first)[2].astype(float)
        return (self.by_cluster(free) > 0).sum(axis=0) > 1

    def comparable(self, first: np.ndarray) -> np.ndarray:
        """Return where a treated figure stands in a cell that is told, (G, T)."""
        own = self._sides(first)[1] & self._told
        where = np.zeros(self.data.y.shape, bool)
        place, cell = np.nonzero(own)
        where[place, self._cells[cell, 2]] = True
        return where

    @cached_property
    def leads(self) -> tuple[int, ...]:
        """The years before adoption of which there is a placebo estimate, negative."""
        cohort, base, other = self._cells.T
        there = self._told & (other < base) & self._sides(self.data.first)[1].any(axis=0)
        return tuple(np.unique(self.data.years[other[there]] - cohort[there]).tolist())

    @cached_property
    def _of(self) -> np.ndarray:
        """Which cells each estimate averages, (E, cells)."""
        cohort, base, other = self._cells.T
        elapsed = self.data.years[other] - cohort
        chosen = {
            "overall": lambda _: elapsed >= 0,
            "since": lambda e: (elapsed == e) & (other > base),
            "cohort": lambda g: (cohort == g) & (elapsed >= 0),
            "before": lambda e: (elapsed == e) & (other < base),
        }
        return np.array([chosen[row.kind](row.value) & self._told for row in self.rows], float)

    def parts(self, first: np.ndarray) -> np.ndarray:
        """Return numbers and changes of the cohort and of C in each cell, in one row a place: (G, 4 cells)."""
        change, own, free = self._sides(first)
        return np.concatenate([own, own * change, free, free * change], axis=1).astype(float)

    def finish(self, sums: np.ndarray) -> np.ndarray:
        """Return the estimates of sums of parts, (..., P) to (..., E); NaN where the places left cannot tell one."""
        n, own, m, free = np.split(sums, 4, axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            total = np.where(n > 0, own - n * free / m, 0.0)
            lost = (n > 0) & (m == 0)
            made = np.where(lost, 0.0, total) @ self._of.T / (n @ self._of.T)
        return np.where((lost.astype(float) @ self._of.T > 0) | ~np.isfinite(made), np.nan, made)

    def weights(self) -> np.ndarray:
        """Return the weight of each figure in each estimate, (E, G, T)."""
        _, own, free = self._sides(self.data.first)
        n, m = own.sum(axis=0), free.sum(axis=0)
        share = self._of / (self._of @ n)[:, None]
        each = share[:, None] * (own - n * free / np.where(m > 0, m, np.nan))  # (E, G, cells)
        each = np.where(self._of[:, None] > 0, each, 0.0)
        made = np.zeros((len(share), *self.data.y.shape))
        for cell, (_, base, other) in enumerate(self._cells):
            made[..., other] += each[..., cell]
            made[..., base] -= each[..., cell]
        return made
