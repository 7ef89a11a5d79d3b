"""The estimators: what each makes of a panel (its rows, their changes, means of places) and the estimates that come of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import by_jackknife
from povertystats.estimators.changes import Changes, Dropped, first_differences, long_differences, place_means
from povertystats.estimators.errors import ERRORS, Inference, by_cv3, estimated
from povertystats.estimators.verdicts import judged
from povertystats.frames.keys import Key, key_name, keyed
from povertystats.regression.fractional import FractionalLogit, fractional_logit
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.regression.terms import SCALES
from povertystats.rows.kinds import kinds
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused

# Columns beside those of ``t_table``, NaN without.
_CRV1, _WILD = ["se_crv1", "p_crv1"], ["p_wild", "low_wild", "high_wild", "p_random"]
# What only rows in memory are read by.
_IN_ROWS = ("other", "effects")
Fitted = TypeVar("Fitted", Moments, FractionalLogit)


@dataclass(frozen=True, eq=False)
class Source:
    """What an estimator reads of a panel: its moments or logit, the column of each term, years, and rows left out."""

    fitted: Moments | FractionalLogit
    columns: Mapping[str, str]
    years: tuple | None
    dropped: Dropped


@dataclass(frozen=True)
class Keys:
    """Columns of clusters, times and entities, whether each has one row, and how files write numbers (options of ``scan``).

    ``other`` clusters and further ``effects`` are read from rows in memory, as is all else where ``in_rows``.
    """

    cluster: Key = "place"
    time: str | None = "year"
    entity: Key | None = "place"
    unique: bool = True
    weights: str | None = None
    written: Mapping[str, Any] = field(default_factory=dict)
    years_by: Key | None = None
    other: Key | None = None
    effects: tuple[str, ...] = ()
    in_rows: bool = False


@dataclass(frozen=True)
class Estimator(ABC, Generic[Fitted]):
    """One way from a panel to associations, the same for ``fit_drivers`` and the specification curve.

    ``scales``: those of the outcome that it has; ``any_rows``: it takes files, tables and entities within clusters, too;
    ``needs_time``: it compares years; ``across``: it compares places, so that its sign answers another question; ``smaller``: what it read of many terms holds what it would read of fewer;
    ``regional``: it has year effects of each region; ``errors``: those that it has. A new
    one is entered in ``ESTIMATORS`` and has its words under ``drivers.estimator`` and ``drivers.model``.
    """

    name: str
    scales: tuple[str, ...] = tuple(SCALES)
    any_rows: bool = False
    needs_time: bool = False
    across: bool = False
    smaller: bool = False
    regional: bool = False
    errors: tuple[str, ...] = ERRORS

    def scales_among(self, asked: Sequence[str]) -> tuple[str, ...]:
        """Return the scales asked for that it has; one that has a single scale is always on that."""
        return self.scales if len(self.scales) == 1 else tuple(s for s in asked if s in self.scales)

    @abstractmethod
    def read(self, panel: Any, terms: Sequence[str], keys: Keys = Keys(), drivers: int = 1) -> Source:
        """Return what is estimated from: the terms of a panel, the outcome first, then the drivers, then controls."""

    @abstractmethod
    def estimate(self, fitted: Fitted, level: float, drivers: int = 1) -> pd.DataFrame:
        """Return one row a column as ``t_table`` does, with errors by the cluster jackknife; the first are the drivers."""

    @abstractmethod
    def rows(self, fitted: Fitted, drivers: int, how: Inference) -> tuple[pd.DataFrame, str]:
        """Return the rows of the first columns with other errors beside them, and the convention in words."""


@dataclass(frozen=True)
class Linear(Estimator[Moments]):
    """Least squares on the rows of a panel, or on what ``change`` makes of them, with or without year effects then."""

    smaller: bool = True
    change: Callable[..., Changes] | None = None
    keeps_years: bool = False

    def read(self, panel: Any, terms: Sequence[str], keys: Keys = Keys(), drivers: int = 1) -> Source:
        """Return the moments of the terms, or of their changes."""
        if self.change is None:
            read: Any = (
                Moments.from_frame if isinstance(panel, pd.DataFrame) else partial(scan, **keys.written)
            )
            options = {k: v for k, v in vars(keys).items() if k not in ("written", "in_rows", *_IN_ROWS)}
            if keys.in_rows:
                read, options = RowMoments.of, options | {k: getattr(keys, k) for k in _IN_ROWS}
            m = read(panel, terms[0], terms[1:], **options)
            return Source(m, {term: term for term in terms}, m.years, m.dropped)
        regions: dict[str, Any] = {}
        if keys.years_by is not None:
            panel, regions["region"] = keyed(panel, keys.years_by)
        changes = self.change(panel, terms, place=keys.cluster, time=keys.time, **regions)
        y, *x = changes.columns
        time, place = keys.time if self.keeps_years else None, key_name(keys.cluster)
        years_by = regions.get("region")
        read = RowMoments.of if keys.in_rows else Moments.from_frame
        m = read(changes.table, y, x, cluster=place, entity=None, time=time, years_by=years_by)
        years = (m.years[0] - 1, m.years[1]) if m.years else changes.years  # a change is of two years
        return Source(
            m, dict(zip(terms, changes.columns, strict=True)), years, (*changes.dropped, *m.dropped)
        )

    def estimate(self, fitted: Moments, level: float, drivers: int = 1) -> pd.DataFrame:
        """Return the least-squares coefficients, errors by CV3."""
        return by_cv3(fitted, level, fitted.regressors[:drivers])

    def rows(self, fitted: Moments, drivers: int, how: Inference) -> tuple[pd.DataFrame, str]:
        """Return the drivers' rows by the errors asked for, beside them CRV1 and the wild cluster bootstrap."""
        # NaN where one cannot be told without some cluster; of two clusters that is so of all.
        rows, convention = estimated(fitted, how, () if len(fitted.n) > 2 else fitted.regressors[:drivers])
        rows = rows.iloc[:drivers].assign(**dict.fromkeys(_WILD, np.nan))
        if how.draws and len(kinds(fitted)) > 1:
            convention += "; no bootstrap: it is by clusters of one kind"
        elif how.draws:
            names = fitted.regressors[:drivers]
            tried = [name for name, p in zip(names, rows["p_crv1"], strict=True) if p == p] or names
            options: dict[str, Any] = {"draws": how.draws, "seed": how.seed, "level": how.level}
            try:
                found = wild(fitted, tried, count_nested=how.count_nested, signs="either", **options)
            except Refused as refused:
                convention += f"; no bootstrap: {'; '.join(refused.problems)}"
            else:
                tests = found.table.set_index("column").reindex(list(names))
                rows = rows.assign(**{f"{n}_wild": tests[n].to_numpy() for n in ("p", "low", "high")})
                convention += f"; WCR, {found.table['draws'].max():,} draws"
                by_row = found.table["column"][found.table["signs"] == "row"]
                convention += f", signs by row for {', '.join(by_row)}" if len(by_row) else ""
                convention += "".join(f"; no bootstrap: {why}" for why in found.left_out.values())
        rows = judged(rows, fitted, how)
        if how.errors == "cv3" and rows["verdict"].eq("none").all():
            estimated(fitted, how, fitted.regressors[:drivers])  # refuses, and names the cluster
        return rows, convention


@dataclass(frozen=True)
class Logit(Estimator[FractionalLogit]):
    """The fractional logit: average partial effects, in percentage points alone."""

    scales: tuple[str, ...] = ("points",)
    errors: tuple[str, ...] = ("cv3", "crv1")

    def read(self, panel: Any, terms: Sequence[str], keys: Keys = Keys(), drivers: int = 1) -> Source:
        """Return the fractional logit of the terms."""
        y, *x = terms
        own = partial(fractional_logit, place=keys.cluster, year=keys.time, units="pct")
        fit = own(panel, y, x[:drivers], controls=x[drivers:])
        return Source(fit, {term: term for term in terms}, fit.years, fit.dropped)

    def estimate(self, fitted: FractionalLogit, level: float, drivers: int = 1) -> pd.DataFrame:
        """Return the average partial effects, errors by CV3L."""
        return by_jackknife(fitted.names, fitted.estimates, fitted.leave_one_out, level=level)

    def rows(self, fitted: FractionalLogit, drivers: int, how: Inference) -> tuple[pd.DataFrame, str]:
        """Return the drivers' rows; there is no CRV1 and no bootstrap beside them."""
        rows = self.estimate(fitted, how.level).assign(**dict.fromkeys([*_CRV1, *_WILD], np.nan))
        convention = f"CV3L, t({len(fitted.clusters) - 1})"
        return judged(rows.iloc[:drivers], fitted.moments, replace(how, errors="cv3", draws=0)), convention


ESTIMATORS: dict[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        Linear("within", any_rows=True, regional=True),
        Linear(
            "first_differences",
            change=first_differences,
            keeps_years=True,
            needs_time=True,
            regional=True,
        ),
        Linear("long_differences", change=long_differences, needs_time=True),
        Linear("between", change=place_means, needs_time=True, across=True),
        Logit("fractional_logit"),
    )
}
