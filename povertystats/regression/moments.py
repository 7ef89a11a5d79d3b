"""One scan of a panel into one small matrix a cluster: all that a regression and its inference need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povertystats.regression.terms import (
    data_problems,
    independent,
    model_problems,
    read_rows,
    reasons,
    repeated,
    sum_cells,
    term_problems,
)
from povertystats.regression.within_entities import Within, sum_within
from povertystats.words.errors import refuse

# Rows of a register that are read at once: enough to fill the processor, few enough to need no memory.
_ROWS = 2**17


@dataclass(frozen=True, eq=False)
class Moments:
    """Counts, means and cross-products by cluster, which add up over chunks, files and machines.

    Stored for each label g and time t, with z = (outcome, regressors), p variables: ``counts`` n_gt (G, T),
    ``means`` z̄_g (G, p), ``sums`` Σ_gt(z − z̄_g) (G, T, p), ``products`` Σ_g(z − z̄_g)(z − z̄_g)' (G, p, p).
    Two parts add exactly: ``products_a + products_b + n_a n_b/(n_a + n_b)·(z̄_b − z̄_a)(z̄_b − z̄_a)'``. Units
    are those of the columns (log terms: natural logarithms of them). Where the entities are nested in the
    clusters (households in communes), ``within`` holds the sums about the means of entities; parts then add
    when no cluster stands in both.

    Derived, for the solver: ``clusters``, ``n``, ``xx`` (G, k, k), ``xy`` (G, k), ``yy`` (G,), about the
    entity's means (entity effects) or the overall means (an intercept), with the k ``columns``.

    Raises ValueError when a place has two rows in one year although place effects are on and ``unique``.
    Source: Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115.

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

    def __post_init__(self):
        if self.unique and self.entity and self.time and not self.within:
            cells = zip(*np.nonzero(self.counts > 1), strict=True)
            twice = [f"{self.labels[g]} {self.times[t]}" for g, t in cells]
            refuse("cannot build moments", repeated(twice, self.entity, self.time))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        regressors: Sequence[str],
        *,
        cluster: str = "place",
        entity: str | None = "place",
        time: str | None = "year",
        unique: bool = True,
    ) -> Moments:
        """Scan a tidy frame (one row an observation) into moments.

        ``outcome`` and ``regressors`` are terms: a column, ``log(column)`` (natural logarithm) or
        ``log_odds(column)`` (ln(y/(100 − y)) of a percentage). ``entity`` absorbs effects: the cluster, or a
        column nested in it (household in commune); None means an intercept. ``time`` adds time effects; None means none. A row
        that lacks a value, or has no logarithm or log-odds, is left out and counted once in ``dropped``.
        ``unique=False`` allows several rows for one entity and time, as in a register of households.

        Raises TypeError when ``frame`` is no DataFrame; ValueError, all problems at once, on unknown or
        non-numeric columns, infinite values, percentages outside 0-100 under log_odds, two rows for one
        entity and time, an entity in two clusters.

        >>> frame = pd.DataFrame({"place": list("aab"), "year": [1, 2, 1], "y": [0, 5, 9], "x": [1, 2, None]})
        >>> Moments.from_frame(frame, "log_odds(y)", ["x"]).dropped
        (('missing', 'x', 1), ('no_log_odds', 'y', 1), ('singleton', 'place', 1))
        """
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        terms = (outcome, *regressors)
        problems = model_problems(frame.columns, terms, cluster, entity, time)
        once = unique and bool(entity and time)
        nested = entity if entity != cluster else None
        # With one row a place and time the result is as large as the frame: chunks would save nothing. An entity's
        # rows may lie apart.
        size = max(len(frame) if once or nested else _ROWS, 1)
        whole: Moments | None = None
        for start in range(0, max(len(frame), 1), size):
            rows = frame.iloc[start : start + size] if size < len(frame) else frame
            read: Any = None if problems else read_rows(rows, terms, cluster, time, once, nested)
            if not read:
                problems.extend(data_problems(frame, terms, cluster, time, once and not nested))
                refuse("cannot build moments", problems)
            values, (labels, place), (times, when), owners, left_out = read
            if whole is None or not whole.labels:
                # Taken from the values of every chunk and given back below: an offset costs no digits.
                origin = values.mean(axis=1) if values.size else np.zeros(len(values))
            cells = values - origin[:, None], place, when
            sums, within = sum_cells(*cells, len(labels), len(times)), None
            if nested:
                names = cluster, entity, time
                within, problems = sum_within(*cells, owners, len(labels), len(times), names=names, once=once)
                refuse("cannot build moments", problems)
            parts = labels, times, *sums, left_out, unique, within
            part = cls(terms, cluster, entity, time, *parts)
            whole = part if whole is None else whole + part
        assert whole is not None  # there is one chunk at least
        return replace(whole, means=whole.means + origin)

    def only(self, outcome: str | None = None, regressors: Sequence[str] | None = None) -> Moments:
        """Return the moments of a smaller model on the same rows, without another scan.

        ``outcome`` is any variable of ``names`` (None: the same), ``regressors`` a list of them (None: those
        of this model, without the new outcome). ``dropped`` stays that of the larger model.

        Raises ValueError, all problems at once, on unknown or repeated names or no regressors.

        >>> rows = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "y": [1, 2, 4, 7], "x": [0, 1, 1, 3]})
        >>> whole = Moments.from_frame(rows.assign(z=rows.x**2), "y", ["x", "z"])
        >>> whole.only(regressors=["z"]).columns, whole.only("x").names
        (('z', 'year[1]'), ('x', 'z'))
        """
        outcome = self.outcome if outcome is None else outcome
        if regressors is None:
            regressors = [name for name in self.regressors if name != outcome]
        names = (outcome, *regressors)
        problems = term_problems(names)
        if unknown := [name for name in names if name not in self.names]:
            problems.append(
                f"no such variable: {', '.join(map(repr, unknown))}; the moments have {', '.join(self.names)}"
            )
        refuse("cannot take a smaller model", problems)
        p, table = len(self.names), self._table
        kept = np.array([*map(self.names.index, names), *range(p, table.shape[1])])
        v = kept[: len(names)]
        smaller = replace(
            self, names=names, means=self.means[:, v], sums=self.sums[:, :, v],
            products=self.products[:, v[:, None], v], within=self.within and self.within.only(v),
        )  # fmt: skip
        # Thousands of specifications share what was worked out once: which rows and effects are used.
        shared = {"_used": self._used, "n": self.n, "_effects": self._effects}
        vars(smaller).update(shared, _table=table[:, kept[:, None], kept])
        return smaller

    def __add__(self, other):
        """Return the moments of both parts together; raise ValueError when they describe different models."""
        if not isinstance(other, Moments):
            return NotImplemented
        refuse(
            "cannot add moments of different models",
            [
                f"{field}: {getattr(self, field)!r} and {getattr(other, field)!r}"
                for field in ("names", "cluster", "entity", "time", "unique")
                if getattr(self, field) != getattr(other, field)
            ],
        )
        if self.within and (both := [str(label) for label in self.labels if label in {*other.labels}]):
            told = f"{', '.join(both[:3])} in both, and perhaps a {self.entity} as well"
            refuse("cannot add moments", [f"{told}; expected parts without a {self.cluster} in common"])
        labels = tuple(sorted({*self.labels, *other.labels}, key=str))
        times = tuple(sorted({*self.times, *other.times}))
        n_t, mean, sums, products, within = self._spread(labels, times)
        n_t_b, mean_b, sums_b, products_b, within_b = other._spread(labels, times)
        n, gap = n_t.sum(axis=1), mean_b - mean
        share = n_t_b.sum(axis=1) / (n + n_t_b.sum(axis=1))
        step = share[:, None] * gap
        sums = sums + sums_b - n_t[:, :, None] * step[:, None] + n_t_b[:, :, None] * (gap - step)[:, None]
        products = products + products_b + (n * share)[:, None, None] * gap[:, :, None] * gap[:, None, :]
        rows: Counter[tuple[str, str]] = Counter()
        for reason, column, count in self.incomplete + other.incomplete:
            rows[reason, column] += count
        order = reasons(self.names, self.cluster, self.time, self.entity)
        incomplete = tuple((*pair, rows[pair]) for pair in order if rows[pair])
        return replace(
            self, labels=labels, times=times, counts=n_t + n_t_b, means=mean + step, sums=sums,
            products=products, incomplete=incomplete, within=within and within + within_b,
        )  # fmt: skip

    def _spread(self, labels, times):
        """Return what is stored over wider labels and times, zero where this part has no rows."""
        place, when = ({label: i for i, label in enumerate(axis)} for axis in (labels, times))
        rows, columns = [place[label] for label in self.labels], [when[time] for time in self.times]
        p = len(self.names)
        counts, means = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), p))
        sums, products = np.zeros((*counts.shape, p)), np.zeros((len(labels), p, p))
        counts[np.ix_(rows, columns)], sums[np.ix_(rows, columns)] = self.counts, self.sums
        means[rows], products[rows] = self.means, self.products
        within = self.within and self.within.spread(rows, columns, len(labels), len(times))
        return counts, means, sums, products, within

    @cached_property
    def _kept(self):
        return self.counts - self.within.single if self.within else self.counts

    @cached_property
    def _used(self):
        # Beside its own effect a single row says nothing. Told here, not in the scan: chunks may complete it.
        return self._kept.sum(axis=1) > (1 if self.entity else 0)

    @cached_property
    def _every(self):
        """Cross-products (G, p + T, p + T) of variables and the indicators of all times."""
        if self.within:
            return self.within.products[self._used]
        counts, n, p = self.counts[self._used], self.n, len(self.names)
        share = counts / n[:, None]
        every = np.empty((len(n), p + counts.shape[1], p + counts.shape[1]))
        every[:, :p, :p] = self.products[self._used]
        every[:, p:, :p] = self.sums[self._used]
        every[:, :p, p:] = every[:, p:, :p].transpose(0, 2, 1)
        every[:, p:, p:] = counts[:, :, None] * (np.eye(counts.shape[1]) - share[:, None])
        if not self.entity and len(n):
            centre = np.hstack([self.means[self._used], share])
            gap = centre - n @ centre / n.sum()
            every += n[:, None, None] * gap[:, :, None] * gap[:, None, :]
        return every

    @cached_property
    def _effects(self):
        """Positions of the times whose indicators are independent within each connected set of places."""
        p = len(self.names)
        return independent(self._every[:, p:, p:].sum(axis=0))

    @cached_property
    def _table(self):
        p = len(self.names)
        kept = np.array([*range(p), *(p + t for t in self._effects)])
        return self._every[:, kept[:, None], kept]

    @property
    def outcome(self) -> str:
        return self.names[0]

    @property
    def regressors(self) -> tuple[str, ...]:
        return self.names[1:]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the k columns of ``xx``: regressors, then the time effects that can be told apart."""
        return (*self.regressors, *(f"{self.time}[{self.times[t]}]" for t in self._effects))

    @cached_property
    def clusters(self) -> tuple:
        return tuple(label for label, used in zip(self.labels, self._used, strict=True) if used)

    @cached_property
    def n(self) -> np.ndarray:
        return self._kept[self._used].sum(axis=1)

    @cached_property
    def xx(self) -> np.ndarray:
        return self._table[:, 1:, 1:]

    @cached_property
    def xy(self) -> np.ndarray:
        return self._table[:, 1:, 0]

    @cached_property
    def yy(self) -> np.ndarray:
        return self._table[:, 0, 0]

    @cached_property
    def squares(self) -> np.ndarray:
        """Sums of squares about zero of outcome and regressors: what rounding errors are relative to."""
        about_mean = np.diagonal(self.products[self._used], axis1=1, axis2=2).sum(axis=0)
        return about_mean + self.counts[self._used].sum(axis=1) @ self.means[self._used] ** 2

    @property
    def effects_in_clusters(self) -> int:
        """Number of absorbed effects that are nested in clusters."""
        if self.within:
            return int(self.within.entities.sum())
        return len(self.n) if self.entity else 0

    @property
    def years(self) -> tuple | None:
        """First and last time with a row that counts; None without time effects."""
        seen = np.flatnonzero(self._kept[self._used].any(axis=0))
        return (self.times[seen[0]], self.times[seen[-1]]) if self.time and len(seen) else None

    @property
    def dropped(self) -> tuple[tuple[str, str, int], ...]:
        """(reason, column, rows) for the rows left out; reasons: missing, no_log, no_log_odds, singleton."""
        single = int(self.counts.sum() - self.n.sum())
        return (*self.incomplete, *([("singleton", str(self.entity), single)] if single else []))
