"""One scan of a panel into one small matrix a cluster: all that a regression and its inference need."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povertystats.terms import parse, read_term, refuse


def independent(gram, tolerance=1e-10):
    """Return the positions of the columns that are no linear combination of the columns before them.

    Column j stays when ``1 − R²`` of j on the kept columns exceeds ``tolerance``; ``gram`` is their (k, k)
    cross-product matrix, in any units.

    >>> independent(np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 3.0], [3.0, 3.0, 6.0]]))  # third = first + second
    [0, 1]
    """
    size = np.sqrt(np.diag(gram))
    size[size == 0] = np.inf
    gram = gram / np.outer(size, size)
    kept = []
    for j in range(len(gram)):
        known = gram[kept, j]
        if gram[j, j] - known @ np.linalg.solve(gram[np.ix_(kept, kept)], known) > tolerance:
            kept.append(j)
    return kept


@dataclass(frozen=True, eq=False)
class Moments:
    """Counts, means and cross-products by cluster, which add up over chunks, files and machines.

    Stored for each label g, with z = (outcome, regressors, one indicator for each time):
    ``counts`` n_g (G,), ``means`` z̄_g (G, m), ``products`` Σ(z − z̄_g)(z − z̄_g)' (G, m, m). Two parts add
    exactly: ``products_a + products_b + n_a n_b/(n_a + n_b)·(z̄_b − z̄_a)(z̄_b − z̄_a)'``. Units are those of
    the columns (log terms: natural logarithms of them).

    Derived, for the solver: ``clusters``, ``n``, ``xx`` (G, k, k), ``xy`` (G, k), ``yy`` (G,), about the
    cluster's means (entity effects) or the overall means (an intercept), with the k ``columns``.

    Raises ValueError when a place has two rows in one year although place effects are on.
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
    products: np.ndarray
    incomplete: tuple[tuple[str, str, int], ...] = ()

    def __post_init__(self):
        if self.entity and self.time:
            cells = np.rint(self.counts[:, None] * self.means[:, len(self.names) :])
            twice = [f"{self.labels[g]} {self.times[t]}" for g, t in zip(*np.nonzero(cells > 1), strict=True)]
            refuse("cannot build moments", _repeated(twice, self.entity, self.time))

    @classmethod
    def from_frame(cls, frame, outcome, regressors, *, cluster="place", entity="place", time="year"):
        """Scan a tidy frame (one row an observation) into moments.

        ``outcome`` and ``regressors`` are terms: a column, ``log(column)`` (natural logarithm) or
        ``log_odds(column)`` (ln(y/(100 − y)) of a percentage). ``entity`` absorbs effects and must be the
        cluster column; None means an intercept. ``time`` adds time effects; None means none. A row
        that lacks a value, or has no logarithm or log-odds, is left out and counted once in ``dropped``.

        Raises TypeError when ``frame`` is no DataFrame; ValueError, all problems at once, on unknown or
        non-numeric columns, infinite values, percentages outside 0-100 under log_odds, two rows for one
        entity and time, an entity that is not the cluster.

        >>> frame = pd.DataFrame({"place": list("aab"), "year": [1, 2, 1], "y": [0, 5, 9], "x": [1, 2, None]})
        >>> Moments.from_frame(frame, "log_odds(y)", ["x"]).dropped
        (('missing', 'x', 1), ('no_log_odds', 'y', 1), ('singleton', 'place', 1))
        """
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        terms = (outcome, *regressors)
        problems = _model_problems(frame, terms, cluster, entity, time)
        read = {
            term: read_term(frame, term)
            for term in (*terms, *filter(None, [time]))
            if parse(term)[1] in frame
        }
        refuse("cannot build moments", problems + [line for *_, lines in read.values() for line in lines])
        # What is missing comes first, so that these counts are the same on every scale.
        reasons = [("missing", cluster, frame[cluster].isna().to_numpy())] + sorted(
            (reason for _, pair, _ in read.values() for reason in pair),
            key=lambda reason: reason[0] != "missing",
        )
        usable = np.ones(len(frame), bool)
        incomplete = []
        for reason, column, rows in reasons:
            if hit := int((usable & rows).sum()):
                incomplete.append((reason, column, hit))
                usable &= ~rows

        values = np.column_stack([read[term][0] for term in terms])[usable]
        labels, place = _codes(frame[cluster][usable], key=str)
        times, when = (
            _codes(frame[time][usable].convert_dtypes()) if time else ((), np.zeros(len(values), int))
        )
        m = len(terms) + len(times)
        counts = np.bincount(place, minlength=len(labels))
        means, products = np.empty((len(labels), m)), np.empty((len(labels), m, m))
        order = np.argsort(place, kind="stable")
        for g, rows in enumerate(np.split(order, np.cumsum(counts)[:-1]) if labels else ()):
            z = np.hstack([values[rows], when[rows, None] == np.arange(len(times))])
            means[g] = z.mean(axis=0)
            z -= means[g]
            products[g] = z.T @ z
        return cls(terms, cluster, entity, time, labels, times, counts, means, products, tuple(incomplete))

    def __add__(self, other):
        """Return the moments of both parts together; raise ValueError when they describe different models."""
        if not isinstance(other, Moments):
            return NotImplemented
        refuse(
            "cannot add moments of different models",
            [
                f"{field}: {getattr(self, field)!r} and {getattr(other, field)!r}"
                for field in ("names", "cluster", "entity", "time")
                if getattr(self, field) != getattr(other, field)
            ],
        )
        labels = tuple(sorted({*self.labels, *other.labels}, key=str))
        times = tuple(sorted({*self.times, *other.times}))
        n, mean, products = self._spread(labels, times)
        n_b, mean_b, products_b = other._spread(labels, times)
        share, gap = n_b / (n + n_b), mean_b - mean
        products = products + products_b + (n * share)[:, None, None] * gap[:, :, None] * gap[:, None, :]
        incomplete = {}
        for reason, column, rows in self.incomplete + other.incomplete:
            incomplete[reason, column] = incomplete.get((reason, column), 0) + rows
        return Moments(
            self.names, self.cluster, self.entity, self.time, labels, times,
            n + n_b, mean + share[:, None] * gap, products, tuple((*key, r) for key, r in incomplete.items()),
        )  # fmt: skip

    def _spread(self, labels, times):
        """Return counts, means and products over wider labels and times, zero where this part has no rows."""
        rows = [labels.index(label) for label in self.labels]
        start = len(self.names)
        columns = [*range(start), *(start + times.index(time) for time in self.times)]
        m = start + len(times)
        counts, means = np.zeros(len(labels), int), np.zeros((len(labels), m))
        products = np.zeros((len(labels), m, m))
        counts[rows] = self.counts
        means[np.ix_(rows, columns)] = self.means
        products[np.ix_(rows, columns, columns)] = self.products
        return counts, means, products

    @cached_property
    def _used(self):
        # Beside its own effect a single row says nothing. Told here, not in the scan: chunks may complete it.
        return self.counts > 1 if self.entity else self.counts > 0

    @cached_property
    def _design(self):
        products, n, means = self.products[self._used], self.n, self.means[self._used]
        if not self.entity and len(n):
            gap = means - n @ means / n.sum()
            products = products + n[:, None, None] * gap[:, :, None] * gap[:, None, :]
        p = len(self.names)
        # Time indicators add up to one within each connected set of places: keep the independent ones.
        effects = [p + t for t in independent(products[:, p:, p:].sum(axis=0))]
        return products, [*range(1, p), *effects]

    @property
    def outcome(self):
        return self.names[0]

    @property
    def regressors(self):
        return self.names[1:]

    @cached_property
    def columns(self):
        """Names of the k columns of ``xx``: regressors, then the time effects that can be told apart."""
        every = (*self.names, *(f"{self.time}[{time}]" for time in self.times))
        return tuple(every[j] for j in self._design[1])

    @property
    def clusters(self):
        return tuple(label for label, used in zip(self.labels, self._used, strict=True) if used)

    @property
    def n(self):
        return self.counts[self._used]

    @cached_property
    def xx(self):
        products, k = self._design
        return products[:, k][:, :, k]

    @cached_property
    def xy(self):
        products, k = self._design
        return products[:, k, 0]

    @cached_property
    def yy(self):
        return self._design[0][:, 0, 0]

    @cached_property
    def squares(self):
        """Sums of squares about zero of outcome and regressors: what rounding errors are relative to."""
        p = len(self.names)
        about_mean = np.diagonal(self.products[self._used], axis1=1, axis2=2)[:, :p].sum(axis=0)
        return about_mean + self.n @ self.means[self._used][:, :p] ** 2

    @property
    def effects_in_clusters(self):
        """Number of absorbed effects that are nested in clusters."""
        return len(self.n) if self.entity else 0

    @property
    def years(self):
        """First and last time with a row that counts; None without time effects."""
        seen = self.means[self._used][:, len(self.names) :].any(axis=0)
        found = [time for time, used in zip(self.times, seen, strict=True) if used]
        return (found[0], found[-1]) if found else None

    @property
    def dropped(self):
        """(reason, column, rows) for the rows left out; reasons: missing, no_log, no_log_odds, singleton."""
        single = int(self.counts[~self._used].sum())
        return self.incomplete + ((("singleton", self.entity, single),) if single else ())


def _codes(column, key=None):
    labels = tuple(sorted(column.unique().tolist(), key=key))
    return labels, pd.Index(labels).get_indexer(column)


def _repeated(keys, entity, time):
    if keys:
        more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
        yield f"more than one row for {entity} and {time}: {', '.join(keys[:3])}{more}; expected one row each"


def _model_problems(frame, terms, cluster, entity, time):
    problems = []
    if not terms[1:]:
        problems.append("regressors are empty; expected at least one")
    twice = sorted({term for term in terms if terms.count(term) > 1})
    problems += [f"{term!r} stands more than once among outcome and regressors" for term in twice]
    if entity not in (None, cluster):
        problems.append(f"entity {entity!r} is not the cluster {cluster!r}: effects are absorbed by cluster")
    if time == cluster:
        problems.append(f"time {time!r} is also the cluster; give it as entity, or leave it out")
    columns = dict.fromkeys([cluster, *filter(None, [time]), *(parse(term)[1] for term in terms)])
    if unknown := [column for column in columns if column not in frame]:
        known = ", ".join(map(str, frame.columns))
        problems.append(f"no such column: {', '.join(map(repr, unknown))}; the frame has {known}")
    if entity and time and not {cluster, time} & set(unknown):
        keys = frame[[cluster, time]].dropna()
        keys = keys[keys.duplicated()]
        problems += _repeated([f"{a} {b}" for a, b in keys.itertuples(index=False)], entity, time)
    return problems
