"""What an estimate by years since adoption is computed from: parts that add up over places, so that leaving one out is exact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from povertystats.adoption.adopted import Adoption

# How much of a right-hand side may be missed before it counts as not told by the equations.
_MISSED = 1e-6
_RIDGE = 1e-12
# Estimates that move by less than this share of the spread of the outcome move by rounding.
_EXACT = 1e-9


@dataclass(frozen=True)
class Part:
    """One estimate: over all years since adoption, those of a year since, of a cohort, or a placebo before adoption."""

    kind: str
    value: int


@dataclass(frozen=True, eq=False)
class Design(ABC):
    """Estimates as functions of sums over places: ``parts`` of each place, which ``finish`` turns into estimates.

    ``data``: the panel by places and years; ``before``: how many years before adoption are looked at; ``anticipation``:
    how many of these count as treated.
    """

    data: Adoption
    before: int = 4
    anticipation: int = 0

    @cached_property
    def observed(self) -> np.ndarray:
        """Where there are figures of the outcome and all controls, (G, T)."""
        return ~np.isnan(self.data.y)

    @cached_property
    def rows(self) -> tuple[Part, ...]:
        """The estimates, in the order in which ``finish`` gives them."""
        since = np.unique(self.elapsed(self.data.first)[self.treated])
        whole = [Part("overall", 0), *(Part("since", int(e)) for e in since)]
        return (
            *whole,
            *(Part("cohort", int(g)) for g in self.cohorts),
            *(Part("before", e) for e in self.leads),
        )

    @cached_property
    def cohorts(self) -> np.ndarray:
        """The cohorts with a treated figure that can be compared."""
        return np.unique(self.data.first[self.treated.any(axis=1)])

    @cached_property
    def treated(self) -> np.ndarray:
        """The treated figures that can be compared, (G, T)."""
        return self.after(self.data.first) & self.comparable(self.data.first)

    @property
    @abstractmethod
    def leads(self) -> tuple[int, ...]:
        """The years before adoption of which there is a placebo estimate, negative."""

    @property
    def uncompared(self) -> int:
        """How many treated figures are left out for want of two clusters to compare them with."""
        return int((self.after(self.data.first) & ~self.treated).sum())

    @abstractmethod
    def parts(self, first: np.ndarray) -> np.ndarray:
        """Return the parts of each place if it adopted in ``first`` (G,): (G, P)."""

    @abstractmethod
    def finish(self, sums: np.ndarray) -> np.ndarray:
        """Return the estimates of sums of parts, (..., P) to (..., E); NaN where the places left cannot tell one."""

    @abstractmethod
    def weights(self) -> np.ndarray:
        """Return the weight of each figure in each estimate, (E, G, T): an estimate is their product with ``y``."""

    def elapsed(self, first: np.ndarray) -> np.ndarray:
        """Return the years since adoption of each figure, (G, T); minus infinity for places that never adopt."""
        return self.data.years[None, :] - first[:, None]

    def after(self, first: np.ndarray) -> np.ndarray:
        """Return which figures are of a place that has adopted, or is about to, (G, T)."""
        return self.observed & (self.elapsed(first) >= -self.anticipation)

    @property
    def free(self) -> np.ndarray:
        """The figures without adoption that others may be compared with, (G, T)."""
        return self.observed & ~self.after(self.data.first)

    @property
    def others(self) -> np.ndarray:
        """How many clusters have figures to compare with in each year, (T,)."""
        return (self.by_cluster(self.free.astype(float)) > 0).sum(axis=0)

    @property
    def figures(self) -> np.ndarray:
        """The figures that each estimate is of, placebos as well, (E, G, T)."""
        elapsed = self.elapsed(self.data.first)
        before = [self.observed & (elapsed == lead) for lead in self.leads]
        return (
            np.concatenate([self.members(self.data.first), np.array(before).reshape(-1, *elapsed.shape)]) > 0
        )

    def problems(self, controls: Sequence[str] = ()) -> list[str]:
        """Return why nothing can be estimated, as a list of problems."""
        if not self.treated.any():
            few = "in every year after an adoption fewer than two places have not adopted"
            return [f"{few}: there is nothing to compare with"]
        each = self.by_cluster(self.parts(self.data.first))
        whole = self.finish(each.sum(axis=0))
        if np.isfinite(whole[0]):
            moves = self.finish(each.sum(axis=0) - each) - whole
            spread = np.nanstd(self.data.y)
            exact = (
                not np.nanmax(np.abs(moves), initial=0) > _EXACT * spread
                and np.isfinite(moves).all(axis=0)[0]
            )
            return (
                ["the outcome does not vary but by place and year: there is no error to estimate"]
                if exact
                else []
            )
        if controls:
            beside = "constant within places, or a combination of each other and of place and year effects"
            return [f"{', '.join(controls)}: {beside}, in the figures without adoption; leave out what is"]
        return [
            "no place has figures without adoption in the years before and in those after: they cannot be compared"
        ]

    def by_cluster(self, each: np.ndarray) -> np.ndarray:
        """Return sums by cluster of what each place has, (G, ...) to (clusters, ...)."""
        if len(self.data.clusters) == len(self.data.places):
            return each
        sums = np.zeros((len(self.data.clusters), *each.shape[1:]))
        np.add.at(sums, self.data.cluster, each)
        return sums

    def members(self, first: np.ndarray) -> np.ndarray:
        """Return which figures each estimate but the placebos averages, (E, G, T)."""
        elapsed, treated = self.elapsed(first), self.after(first) & self.comparable(first)
        chosen = {
            "overall": lambda _: elapsed >= 0,
            "since": lambda e: elapsed == e,
            "cohort": lambda g: (first[:, None] == g) & (elapsed >= 0),
        }
        return np.array([chosen[row.kind](row.value) & treated for row in self.rows if row.kind in chosen])

    @abstractmethod
    def comparable(self, first: np.ndarray) -> np.ndarray:
        """Return where a treated figure has something to be compared with, (G, T)."""


def solved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return x with ``a x = b`` for positive semidefinite a (..., K, K), b (..., K, E); NaN in columns that a cannot tell.

    >>> solved(np.diag([2.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]])).round(3).tolist()
    [[0.5, nan], [0.0, nan]]
    """
    size = np.trace(a, axis1=-2, axis2=-1)[..., None, None] / a.shape[-1]
    size = np.where(size > 0, size, 1.0)
    x = np.linalg.solve(a + _RIDGE * size * np.eye(a.shape[-1]), b)
    missed = np.abs(a @ x - b).max(axis=-2, keepdims=True)
    return np.where(missed > _MISSED * np.abs(b).max(axis=-2, keepdims=True), np.nan, x)
