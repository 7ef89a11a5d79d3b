"""What two-way effects mix: places that adopt at different times compared with each other, some figures with weight below 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from povertystats.clusters.assignments import paths
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import cells_left
from povertystats.rows.absorption import Absorption
from povertystats.rows.kinds import further
from povertystats.words.phrases import term_name
from povertystats.words.wording import say

# Weights below this share of an equal one are none.
_NONE = 1e-6


@dataclass(frozen=True, eq=False)
class Mixing:
    """How two-way effects weight the figures after adoption of a 0/1 driver that places keep once they have it.

    ``dates``: how many different times places adopt at, the first for those that always had it; ``weights`` (G, T): of each
    figure after adoption, adding up to 1, NaN elsewhere.
    """

    dates: int
    weights: np.ndarray

    @property
    def negative(self) -> int:
        """How many figures after adoption have a weight below zero."""
        return int((self.weights < -_NONE / np.isfinite(self.weights).sum()).sum())

    @property
    def treated(self) -> int:
        """How many figures there are after adoption."""
        return int(np.isfinite(self.weights).sum())

    @property
    def below(self) -> float:
        """The weights below zero, added up; all add up to 1."""
        return float(self.weights[self.weights < 0].sum())


def two_way_weights_of(on: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the weight of each figure after adoption in a fit with place and year effects, (G, T), NaN elsewhere.

    ``on`` (G, T) 0 or 1, ``counts`` (G, T) rows. With ε what place and year effects leave of ``on``, ``w = n ε/Σ n ε`` over
    the figures with 1: where the association differs between them, the fit's is their average with these weights.
    Source: de Chaisemartin & D'Haultfœuille 2020, doi:10.1257/aer.20181169.

    >>> two_way_weights_of(np.array([[0, 0, 1], [0, 1, 1]]), np.ones((2, 3))).round(3).tolist()
    [[nan, nan, 0.5], [nan, 1.0, -0.5]]
    """
    left = two_way_residuals(on, counts)
    treated = (on > 0.5) & (counts > 0)
    weights = np.where(treated, counts * left, np.nan)
    return weights / np.nansum(weights)


def two_way_residuals(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return what place and year effects leave of cells (G, T), each with so many rows; 0 where there is none.

    >>> two_way_residuals(np.array([[0.0, 1], [0, 0]]), np.ones((2, 2))).round(3).tolist()
    [[-0.25, 0.25], [0.25, -0.25]]
    """
    cells, left = np.nonzero(counts), np.zeros(values.shape)
    effects = Absorption.of(cells, counts[cells].astype(float))
    left[cells] = effects.residuals(values[cells][None])[0]
    return left


def mixing(moments: Moments, driver: str) -> Mixing | None:
    """Return what two-way effects mix of a driver that places adopt at two times or more; None of any other.

    >>> import pandas as pd
    >>> from povertystats.regression.moments import Moments
    >>> rows = pd.DataFrame({"place": list("aaabbbccc"), "year": [1, 2, 3] * 3, "on": [0, 0, 1, 0, 1, 1, 0, 0, 0]})
    >>> mixed = mixing(Moments.from_frame(rows.assign(y=rows.year**2), "y", ["on"]), "on")
    >>> mixed.dates, mixed.treated, mixed.negative
    (2, 3, 0)
    """
    own = moments.entity == moments.cluster and moments.time and not moments.within
    more = moments.weights or moments.years_by or further(moments)
    if not own or more or driver not in moments.regressors:
        return None
    found = paths(moments, driver)
    if found is None:
        return None
    on, counts = found[0][found[1]], cells_left(moments)[0]
    if (on < 0).any() or (np.diff(on, axis=1) < 0).any():
        return None
    dates = {int(row.argmax()) for row in on if row.any()}
    return Mixing(len(dates), two_way_weights_of(on, counts)) if len(dates) > 1 else None


def mixed_lines(
    fits: Iterable[Moments], drivers: Iterable[str], lang: str, labels: Mapping[str, str]
) -> Iterator[str]:
    """Yield a warning for each driver that places adopt at different times, from the first fit that has it."""
    for driver in drivers:
        found = next(filter(None, (mixing(moments, driver) for moments in fits)), None)
        if found is not None:
            counts = {"dates": found.dates, "negative": found.negative, "treated": found.treated}
            key = "negative" if found.negative else "positive"
            name = term_name(driver, lang, labels)
            yield say(f"drivers.mixed.{key}", lang, driver=name, below=found.below, **counts)
