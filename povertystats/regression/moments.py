"""One scan of a panel into one small matrix a cluster: all that a regression and its inference need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povertystats.frames.keys import Key, keyed, moved, named_by, shown, timed
from povertystats.frames.model import weight_problems
from povertystats.regression.combination import added, apart, nests, seen, time_of
from povertystats.regression.elimination import independent
from povertystats.regression.nested import Within, sum_within
from povertystats.regression.singletons import Kept, cells_left, without_singletons
from povertystats.regression.sums import sum_cells, with_times
from povertystats.regression.terms import data_problems, model_problems, read_rows, repeated, term_problems
from povertystats.words.errors import WrongType, refuse
from povertystats.words.result import Result

# Rows read at once: enough to fill the processor, few enough to need no memory.
_ROWS = 2**17


@dataclass(frozen=True, eq=False, repr=False)
class Moments(Result):
    """Counts, means and cross-products by cluster, which add up over chunks, files and machines.

    Parts add exactly: ``products_a + products_b + n_a n_b/(n_a + n_b)·(z̄_b − z̄_a)(z̄_b − z̄_a)'``.

    Parameters
    ----------
    names : tuple of str
        The p variables z, the outcome first; units are those of the columns (log terms: natural logarithms of them).
    cluster, entity, time : str or None
        Columns of clusters, of absorbed effects, of times.
    labels, times : tuple
        The G labels of clusters and the T times.
    counts, means, sums, products : ndarray
        Of each cluster: n_gt (G, T), z̄_g (G, p), Σ_gt(z − z̄_g) (G, T, p), Σ_g(z − z̄_g)(z − z̄_g)' (G, p, p).
    incomplete : tuple of (str, str, int)
        Reason, column, rows left out.
    unique : bool
        Whether a place and time has one row (two are refused where there are effects of places).
    within : Within, optional
        Sums about the means of entities nested in the clusters; parts then add when no cluster stands in both.
    weights, masses, years_by : str, ndarray and str, optional
        The column by which all but the counts, of rows, is weighted, and the sums of it (G, T); the column of regions, each
        of which has times of its own (``combination.RegionTime``).

    References
    ----------
    Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115.

    Examples
    --------
    >>> rows = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "y": [1, 2, 4, 7], "x": [0, 1, 1, 3]})
    >>> whole = Moments.from_frame(rows, "y", ["x"])
    >>> parts = Moments.from_frame(rows[:1], "y", ["x"]) + Moments.from_frame(rows[1:], "y", ["x"])
    >>> bool(np.allclose(whole.products, parts.products)), whole.columns, whole.n.tolist()
    (True, ('x', 'year[1]'), [2, 2])
    """

    names: tuple[str, ...]
    cluster: str
    entity: str | None
    time: str | None
    labels: tuple
    times: tuple
    counts: np.ndarray
    means: np.ndarray
    sums: np.ndarray
    products: np.ndarray
    incomplete: tuple[tuple[str, str, int], ...] = ()
    unique: bool = True
    within: Within | None = None
    weights: str | None = None
    masses: np.ndarray | None = None
    years_by: str | None = None

    def __post_init__(self):
        if self.unique and self.entity and self.time and not self.within:
            twice = [f"{self.labels[g]} {self.times[t]}" for g, t in np.argwhere(self.counts > 1)]
            refuse("cannot build moments", repeated(twice, self.entity, self.time))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        regressors: Sequence[str],
        *,
        place: Key = "place",
        year: str | None = "year",
        cluster: Key | None = None,
        entity: Key | bool | None = True,
        time: str | bool | None = True,
        unique: bool = True,
        weights: str | None = None,
        years_by: Key | None = None,
    ) -> Moments:
        """Scan a tidy frame into moments.

        Parameters
        ----------
        frame : DataFrame
            One row an observation.
        outcome, regressors : str, sequence of str
            Terms: a column, ``log(column)``, ``log1p(column)`` or ``log_odds(column)`` (ln(y/(100 − y)) of a percentage).
        place, year, cluster, entity, time : str, list of str or None
            ``place`` and ``year`` are the others where these are not named. ``entity`` absorbs effects (None: an intercept)
            and is nested in the cluster, ``time`` adds effects. A list is a full key, the largest area first.
        unique : bool, default True
            False allows several rows for one entity and time, as in a register of households.
        weights, years_by : str, str or list of str, optional
            A column of how many others a row stands for, above zero: weighted least squares; a column or key of regions,
            each of which then has effects of each time of its own.

        Returns
        -------
        Moments
            A row that lacks a value, a logarithm or log-odds, or is alone (``singletons``), is counted in ``dropped``.

        Raises
        ------
        WrongType, Refused
            No frame; all problems at once: bad columns or values, two rows for one entity and time, an entity in two clusters.
        """
        if not isinstance(frame, pd.DataFrame):
            raise WrongType(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        terms = (outcome, *regressors)
        cluster, entity, time = named_by(place, year, cluster, entity, time)
        problems = model_problems(frame.columns, terms, cluster, entity, time, years_by=years_by)
        problems += weight_problems(frame, weights)
        frame, area, owner, region = keyed(timed(frame, time), cluster, entity, years_by)
        once, nested = unique and bool(owner and time), owner if owner != area else None
        size = max(len(frame) if once or nested else _ROWS, 1)
        whole: Moments | None = None
        for start in range(0, max(len(frame), 1), size):
            rows = frame.iloc[start : start + size] if size < len(frame) else frame
            wanted = terms if weights is None else (*terms, weights)
            read: Any = None if problems else read_rows(rows, wanted, area, time, once, nested, region)
            if not read:
                problems.extend(data_problems(frame, terms, area, time, once and not nested))
                refuse("cannot build moments", problems)
            values, (labels, where), (times, when), owners, left_out = read
            values, w = (values, None) if weights is None else (values[:-1], values[-1])
            if whole is None or not whole.labels:
                # Taken from the values of every chunk and given back below: an offset costs no digits.
                origin = values.mean(axis=1) if values.size else np.zeros(len(values))
            centred = values - origin[:, None], where, when, len(labels), len(times)
            (*sums, masses), within = sum_cells(*centred, w), None
            if nested:
                names = nests(area, region), owner, time
                within, problems = sum_within(*centred, owners, names=names, once=once, weights=w)
                refuse("cannot build moments", problems)
            parts = *sums, left_out, unique and not region, within, weights, masses, region
            part = cls(terms, area, owner, time, labels, times, *parts)
            whole = part if whole is None else whole + part
        assert whole is not None
        whole = apart(whole, unique) if region else whole
        refuse("cannot build moments", moved(cluster, frame.columns, whole.labels, seen(whole)))
        return replace(whole, means=whole.means + origin)

    def only(self, outcome: str | None = None, regressors: Sequence[str] | None = None) -> Moments:
        """Return the moments of a smaller model on the same rows, without another scan.

        Parameters
        ----------
        outcome, regressors : str, sequence of str, optional
            Variables of ``names``; left out: the outcome stays, the regressors are the others of this model.

        Returns
        -------
        Moments
            ``dropped`` stays that of the larger model.

        Raises
        ------
        Refused
            Where a variable is unknown or named twice.
        """
        outcome = self.outcome if outcome is None else outcome
        if regressors is None:
            regressors = [name for name in self.regressors if name != outcome]
        names = (outcome, *regressors)
        problems = term_problems(names)
        if unknown := ", ".join(repr(name) for name in names if name not in self.names):
            problems.append(f"no such variable: {unknown}; the moments have {', '.join(self.names)}")
        refuse("cannot take a smaller model", problems)
        p, table = len(self.names), self._table
        kept = np.array([*map(self.names.index, names), *range(p, table.shape[1])])
        v = kept[: len(names)]
        means, sums, products = self.means[:, v], self.sums[:, :, v], self.products[:, v[:, None], v]
        within = self.within and self.within.only(v)
        smaller = replace(self, names=names, means=means, sums=sums, products=products, within=within)
        # Thousands of specifications share what was worked out once: which rows and effects are used.
        table = table[:, kept[:, None], kept]
        vars(smaller).update(kept=self.kept, _effects=self._effects, _table=table)
        return smaller

    def __add__(self, other):
        """Return the moments of both parts together; raise Refused when they describe different models."""
        if not isinstance(other, Moments):
            return NotImplemented
        fields = ("names", "cluster", "entity", "time", "unique", "weights", "years_by")
        pairs = [(field, getattr(self, field), getattr(other, field)) for field in fields]
        unlike = [f"{field}: {mine!r} and {theirs!r}" for field, mine, theirs in pairs if mine != theirs]
        refuse("cannot add moments of different models", unlike)
        if self.within and (both := [str(label) for label in self.labels if label in {*other.labels}]):
            shared = f"{', '.join(both[:3])} in both, and perhaps a {self.entity} as well"
            refuse("cannot add moments", [f"{shared}; expected parts without a {self.cluster} in common"])
        return replace(self, **added(self, other))

    @cached_property
    def kept(self) -> Kept:
        """What singletons leave of the rows. Not left out in the scan: another chunk may hold a second row."""
        effects = bool(self.entity), bool(self.time)
        return without_singletons(self.counts, self.within, *effects, self.masses is not None)

    @cached_property
    def _used(self):
        return self.kept.counts.any(axis=1)

    @cached_property
    def _every(self):
        """Cross-products (G, p + T, p + T) of variables and the indicators of all times."""
        if self.kept.within:
            return self.kept.within.products[self._used]
        return with_times(*cells_left(self), overall=not self.entity)

    @cached_property
    def _effects(self):
        """Positions of the times whose indicators are independent within each connected set of places."""
        p = len(self.names)
        return independent(self._every[:, p:, p:].sum(axis=0))

    @cached_property
    def _table(self):
        kept = np.r_[: len(self.names), len(self.names) + np.array(self._effects, int)]
        return self._every[:, kept[:, None], kept]

    def _sentence(self) -> str:
        return f"Moments of {self.outcome} on {', '.join(self.regressors)}: {self.n.sum():,} rows in {len(self.n)} clusters"

    @property
    def outcome(self) -> str:
        """The outcome, as a term."""
        return self.names[0]

    @property
    def regressors(self) -> tuple[str, ...]:
        """The regressors, as terms."""
        return self.names[1:]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the k columns of ``xx``: regressors, then the time effects that can be told apart."""
        return (*self.regressors, *(f"{self.time}[{self.times[t]}]" for t in self._effects))

    @cached_property
    def clusters(self) -> tuple:
        """The clusters with rows that count, in order."""
        return shown(label for label, used in zip(self.labels, self._used, strict=True) if used)

    @cached_property
    def n(self) -> np.ndarray:
        """Rows of each cluster that count: shape (G,)."""
        return self.kept.counts[self._used].sum(axis=1)

    @cached_property
    def xx(self) -> np.ndarray:
        """Cross-products of the columns by cluster, about the entity's or the overall means: shape (G, k, k)."""
        return self._table[:, 1:, 1:]

    @cached_property
    def xy(self) -> np.ndarray:
        """Cross-products of the columns with the outcome: shape (G, k)."""
        return self._table[:, 1:, 0]

    @cached_property
    def yy(self) -> np.ndarray:
        """Squares of the outcome: shape (G,)."""
        return self._table[:, 0, 0]

    @property
    def years(self) -> tuple | None:
        """First and last time with a row that counts; None without time effects."""
        used = [self.times[t] for t in np.flatnonzero(self.kept.counts.any(axis=0))]
        return (time_of(used[0]), time_of(used[-1])) if self.time and used else None

    @property
    def dropped(self) -> tuple[tuple[str, str, int], ...]:
        """(reason, column, rows) of the rows left out: missing, no_log, no_log_odds, singleton, singleton_time."""
        reasons = ("singleton", "singleton_region") if self.years_by else ("singleton", "singleton_time")
        alone = zip(reasons, (self.entity, self.years_by or self.time), self.kept.alone, strict=True)
        return (*self.incomplete, *((why, str(column), rows) for why, column, rows in alone if rows))
