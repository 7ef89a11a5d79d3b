"""Moments of rows that stay in memory: any number of absorbed effects, clusters of two kinds, errors of single rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from povertystats.frames.keys import Key, key_name, keyed
from povertystats.frames.model import weight_problems
from povertystats.frames.spellings import label_problems
from povertystats.regression.moments import Moments
from povertystats.regression.singletons import Kept
from povertystats.regression.sums import sum_cells
from povertystats.regression.terms import data_problems, model_problems, parse, read_rows, repeated
from povertystats.rows.absorption import ABSORBED
from povertystats.rows.rows import Kind, Rows
from povertystats.words.errors import WrongType, refuse


@dataclass(frozen=True, eq=False, repr=False)
class RowMoments(Moments):
    """Moments whose effects are absorbed from ``rows`` in memory: ``xx``, ``xy`` and ``yy`` are of what these leave.

    ``columns`` are the regressors alone. ``effects`` are the names of all absorbed effects, ``alone`` the rows left out
    as the only ones of an effect, ``when`` (n,) the codes of the times; the other fields are those of ``Moments``, of the rows that count, with the first
    kind of clusters.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0, 1, 0, 2, 0, 5]})
    >>> panel = panel.assign(y=[9, 8, 7, 5, 6, 2], sector=[1, 2, 2, 1, 1, 2])
    >>> m = RowMoments.of(panel, "y", ["x"], effects=["sector"])
    >>> m.columns, m.effects, m.xx.round(3).ravel().tolist()
    (('x',), ('place', 'year', 'sector'), [2.0, 0.0, 2.0])
    """

    rows: Rows = field(default_factory=lambda: Rows(np.zeros((1, 0)), np.zeros(0), (), ()))
    effects: tuple[str, ...] = ()
    alone: tuple[tuple[str, str, int], ...] = ()
    when: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        regressors: Sequence[str],
        *,
        cluster: Key = "place",
        other: Key | None = None,
        entity: Key | None = "place",
        time: str | None = "year",
        effects: Sequence[str] = (),
        unique: bool = True,
        weights: str | None = None,
        years_by: Key | None = None,
    ) -> RowMoments:
        """Return the moments of a frame, as ``Moments.from_frame`` does.

        ``cluster`` and ``other``: the kinds of clusters; ``entity`` need not be nested in either. ``effects``: further
        columns whose effects are absorbed, or two of them with ^ between for their combinations; ``years_by``: regions, each
        with times of its own in place of those of all.
        Raises WrongType and Refused as ``Moments.from_frame``, and where effects absorb a term.
        """
        if not isinstance(frame, pd.DataFrame):
            raise WrongType(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        terms, same = (outcome, *regressors), time is not None and key_name(cluster) == time
        problems = model_problems(
            frame.columns, terms, cluster, entity, None if same else time, years_by=years_by
        )
        problems += [*_effect_problems(frame, terms, (cluster, other, entity), time, effects)]
        problems += weight_problems(frame, weights)
        refuse("cannot build moments", problems)
        frame, area, second, owner, region = keyed(frame, cluster, other, entity, years_by)
        effects = effects if region is None else (*effects, f"{region}^{time}")
        once = bool(unique and owner and time)
        further = [
            e for e in dict.fromkeys([*effects, *filter(None, [second])]) if e not in (area, time, owner)
        ]
        coded, labels = _coded(frame, further)
        problems += [p for name in further for p in label_problems(name, labels[name])]
        wanted = (*terms, *filter(None, [weights]), *further)
        read: Any = (
            None
            if problems
            else read_rows(
                coded, wanted, area, time, once and owner == area, owner if owner != area else None
            )
        )
        if not read:
            problems.extend(data_problems(frame, terms, area, time, once and owner == area))
            refuse("cannot build moments", problems)
        values, places, times, owners, left_out = read
        p, known = len(terms), {area: places}
        known |= {
            name: (labels[name], codes.astype(int))
            for name, codes in zip(further, values[len(wanted) - len(further) :], strict=True)
        }
        known |= {owner: owners or places} if owner else {}
        known |= {time: times} if time and not same else {}
        absorbed = [*dict.fromkeys([*filter(None, [owner, None if region else time]), *effects])]
        if once and owner != area:
            refuse("cannot build moments", repeated([*_twice(known[owner], known[time])], owner, time))
        keep, alone = _without_singletons([known[name][1] for name in absorbed], len(values[0]))
        known |= {time: times} if time else {}
        kinds = {name: _kind(name, labels, codes, keep) for name, (labels, codes) in known.items()}
        if not keep.any():
            out = (
                ", ".join(f"{reason} {column}: {n}" for reason, column, n in left_out) or "the frame is empty"
            )
            refuse(
                "cannot build moments",
                [f"no rows are left ({out if not sum(alone) else 'each is alone in an effect'})"],
            )
        w = values[p][keep] if weights else np.ones(int(keep.sum()))
        clusters = (kinds[area],) if second is None else (kinds[area], kinds[second])
        rows = Rows(values[:p, keep], w, clusters, tuple(kinds[name] for name in absorbed))
        place, when = kinds[area], kinds[time] if time else Kind("", (None,), np.zeros(len(w), int))
        shape = len(place.labels), len(when.labels)
        sums = sum_cells(rows.values, place.codes, when.codes, *shape, w if weights else None)
        reasons = [
            "singleton_time" if name == time else "singleton" if name == owner else "singleton_effect"
            for name in absorbed
        ]
        dropped = tuple(
            (why, str(name), n) for why, name, n in zip(reasons, absorbed, alone, strict=True) if n
        )
        made = cls(
            terms, area, owner, time, place.labels, when.labels, *sums[:4], left_out, unique=False, weights=weights,
            masses=sums[4], rows=rows, effects=tuple(map(str, absorbed)), alone=dropped,
            when=when.codes,
        )  # fmt: skip
        refuse("cannot build moments", made._absorbed())
        return made

    def only(self, outcome: str | None = None, regressors: Sequence[str] | None = None) -> RowMoments:
        """Return the moments of a smaller model on the same rows, as ``Moments.only`` does."""
        smaller = super().only(outcome, regressors)
        assert isinstance(smaller, RowMoments)
        return replace(smaller, rows=self.rows.only([*map(self.names.index, smaller.names)]))

    def __add__(self, other):
        """Refuse: effects across parts need all rows at once."""
        return NotImplemented

    @cached_property
    def kept(self) -> Kept:
        """Every row: those alone were left out before."""
        return Kept(self.counts, None, (0, 0))

    @cached_property
    def _every(self):
        return self.rows.sums(self.rows.clusters[0])

    @cached_property
    def _effects(self):
        return []

    @property
    def dropped(self) -> tuple[tuple[str, str, int], ...]:
        """(reason, column, rows) of the rows left out, as in ``Moments``; singleton_effect for further effects."""
        return (*self.incomplete, *self.alone)

    @property
    def ranks(self) -> tuple[int, int]:
        """How many effects can be told apart, and how many are counted where those nested in clusters are not (``Rows``)."""
        return self.rows.ranks

    @property
    def nested(self) -> bool:
        """Whether some effects lie within the first kind of clusters, so that nothing of a cluster's sum is left."""
        return any(effect.within(self.rows.clusters[0]) for effect in self.rows.effects)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of clusters of each kind."""
        return tuple(len(kind.labels) for kind in self.rows.clusters)

    @property
    def by_kind(self) -> tuple[RowMoments, ...]:
        """The same rows by each kind of clusters alone."""
        return (self,) if len(self.rows.clusters) == 1 else tuple(map(self._by, self.rows.clusters))

    def _by(self, kind: Kind) -> RowMoments:
        w = None if self.masses is None else self.rows.weights
        shape = len(kind.labels), len(self.times)
        counts, means, sums, products, masses = sum_cells(self.rows.values, kind.codes, self.when, *shape, w)
        return replace(
            self, cluster=kind.name, labels=kind.labels, counts=counts, means=means, sums=sums, products=products,
            masses=masses, rows=self.rows.by(kind),
        )  # fmt: skip

    def cell_residuals(self, beta: np.ndarray) -> np.ndarray:
        """Return the mean residual of each cluster at each time: shape (G, T), NaN where no row is."""
        cell, shape = self.rows.clusters[0].codes * len(self.times) + self.when, self.counts.shape
        errors = self.rows.residuals(beta) * np.sqrt(self.rows.weights)
        of = np.bincount(cell, self.rows.weights, self.counts.size).reshape(shape)
        return np.bincount(cell, errors, self.counts.size).reshape(shape) / np.where(of > 0, of, np.nan)

    def _absorbed(self) -> Iterator[str]:
        """Yield which terms several effects absorb; what one effect does, or an intercept, ``solve`` says."""
        if len(self.effects) < 2 or not self.rows.values.shape[1]:
            return
        weights, names = self.rows.weights, ", ".join(self.effects)
        spread = self.rows.values - np.average(self.rows.values, axis=1, weights=weights)[:, None]
        spread, left = (spread**2) @ weights, (self.rows.left**2).sum(axis=1)
        for name, before, after in zip(self.names, spread, left, strict=True):
            if after <= ABSORBED * before:
                yield f"{name} is absorbed by the effects of {names}: nothing of it is left"


def _effect_problems(
    frame: pd.DataFrame,
    terms: Sequence[str],
    keys: Sequence[Key | None],
    time: str | None,
    effects: Sequence[str],
) -> Iterator[str]:
    """Yield what is wrong with further effects and with the second kind of clusters."""
    cluster, other, entity = (None if key is None else key_name(key) for key in keys)
    columns, used = list(frame.columns), [parse(term)[1] for term in terms]
    there = f"the frame has {', '.join(map(str, columns))}"
    for name in dict.fromkeys([*effects, *([] if other is None else [other])]):
        parts = name.split("^") if name not in columns else [name]
        for part in parts:
            if columns.count(part) != 1:
                yield f"there is {'more than one' if part in columns else 'no such'} column {part!r}; {there}"
        if name in used:
            yield f"{name!r} is both a regressor or the outcome and an effect, which would absorb it"
    for name in dict.fromkeys(effects):
        if name in (entity, time):
            yield f"effects of {name!r} are there already; expected others beside {entity} and {time}"
        if list(effects).count(name) > 1:
            yield f"{name!r} stands more than once among the effects"
    if other is not None and other == cluster:
        yield f"clusters of two kinds are both {other!r}; expected two columns"


def _coded(frame: pd.DataFrame, names: Iterable[str]) -> tuple[pd.DataFrame, dict[str, tuple]]:
    """Return the frame with codes of levels in the columns ``names``, missing where a label is, and the labels."""
    columns, labels = {}, {}
    for name in names:
        parts = [name] if name in frame else name.split("^")
        codes = [pd.factorize(frame[part].values) for part in parts]
        code, there = np.zeros(len(frame), int), np.ones(len(frame), bool)
        for each, found in codes:
            code, there = code * len(found) + each, there & (each >= 0)
        if len(parts) > 1:
            code = np.unique(code, return_inverse=True)[1]
        labels[name] = (
            tuple(codes[0][1].tolist()) if len(parts) == 1 else tuple(range(int(code.max(initial=-1)) + 1))
        )
        columns[name] = np.where(there, code, np.nan)
    return frame.assign(**columns), labels


def _kind(name: str, labels: Sequence, codes: np.ndarray, keep: np.ndarray) -> Kind:
    """Return a kind with the levels that the rows to keep have."""
    used, codes = np.unique(codes[keep], return_inverse=True)
    return Kind(name, tuple(labels[i] for i in used), codes)


def _twice(owners: tuple, times: tuple) -> Iterator[str]:
    """Yield the entities, with times, that have several rows at one time."""
    cells, n = np.unique(owners[1] * len(times[0]) + times[1], return_counts=True)
    for cell in cells[n > 1]:
        yield f"{owners[0][cell // len(times[0])]} {times[0][cell % len(times[0])]}"


def _without_singletons(codes: Sequence[np.ndarray], n: int) -> tuple[np.ndarray, list[int]]:
    """Return which rows (n,) are not the only one of an effect, dropped until none is left, and how many each kind dropped."""
    keep, alone = np.ones(n, bool), [0] * len(codes)
    while True:
        before = int(keep.sum())
        for i, each in enumerate(codes):
            single = keep & (np.bincount(each, keep)[each] == 1) if n else keep
            alone[i] += int(single.sum())
            keep = keep & ~single
        if int(keep.sum()) == before:
            return keep, alone
