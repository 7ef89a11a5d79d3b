"""Counts hidden so that no household can be read off a table, nor worked out from its sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, diags_array, eye_array, kron, vstack

from povertystats.disclosure import suppression
from povertystats.disclosure.bounds import Bounds
from povertystats.disclosure.grid import Grid
from povertystats.disclosure.splits import chain
from povertystats.words.errors import WrongType, not_lists, not_whole, refuse
from povertystats.words.result import Result

# {total: the counts that add up to it}, or several such splits of one total.
Parts: TypeAlias = Mapping[str, Sequence[str | Sequence[str]]]


@dataclass(frozen=True, eq=False, repr=False)
class Protected(Result):
    """A table that may be published, and what was hidden in it.

    Parameters
    ----------
    table : DataFrame
        The rows and columns given, the counts as Int64, missing where hidden.
    hidden : DataFrame
        One row a hidden count: by, levels, column, reason ("small" or "secondary"). It stays with whoever keeps the register.
    """

    table: pd.DataFrame
    hidden: pd.DataFrame

    def _sentence(self) -> str:
        return f"A table of {len(self.table)} rows that may be published: {len(self.hidden)} hidden counts"


def protect(
    frame: pd.DataFrame,
    *,
    levels: Sequence[str],
    parts: Parts,
    by: Sequence[str] = (),
    minimum: int = 10,
    zeros: Sequence[str] = (),
) -> Protected:
    """Return the table with every small count hidden, and as many others as keep it from being worked out.

    Parameters
    ----------
    frame : DataFrame
        One row a place, and each value of ``by``. Other columns stay as they are: work rates out of the result.
    levels : list of str
        Columns that name a place from the top down, as ("province", "district", "commune"); in the row of a district the
        commune is missing or "".
    parts : dict
        The columns that add up to a column of totals, {"households": ("poor", "near_poor", "not_poor")}, or a list of
        several such splits; a split of one name is it and all others, as ("borrower",).
    by : list of str, default ()
        Columns whose values are not added up, as ("year",).
    minimum : int, default 10
        The fewest households of which may be told, 2 or more.
    zeros : list of str, default ()
        Columns whose 0 tells something of everybody there, and is hidden like a small count; other zeros stay.

    Returns
    -------
    Protected
        The table to publish, and what was hidden, to keep.

    Raises
    ------
    TypeError
        No DataFrame, or ``parts`` no dictionary.
    ValueError
        All problems at once: unknown columns; missing, negative or fractional counts; places twice or without the one
        above them; sums that do not add up.

    Notes
    -----
    Rule of disclosure: hidden are counts of 1 to ``minimum`` − 1, whether few are poor or few are not, and the parts of
    a total of ``minimum`` or less. Then come further counts, the cheapest first, until each small one could be as high as
    ``minimum`` for all that is left: sums along places and splits, and zeros, which are shown, so that what is hidden is 1
    or more. A split is told of a place as a whole or not at all; where more than two columns add up, one after the other
    in the order given. A total that is hidden has no parts. ``audit`` checks this by other means. Two tables that add up
    the same households in different ways do not protect each other: publish one, or ``review`` and ``transitions`` of one
    register, which are protected as one.

    References
    ----------
    Hundepool, A. et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239.

    Examples
    --------
    >>> import povertystats as ps
    >>> communes = pd.DataFrame({"district": ["A"] * 4, "commune": ["", "x", "y", "z"],
    ...     "households": [330, 100, 110, 120], "poor": [87, 3, 24, 60]})
    >>> safe = ps.protect(communes, levels=("district", "commune"), parts={"households": ("poor",)})
    >>> safe.table["poor"].tolist()
    [87, <NA>, <NA>, 60]
    >>> safe.hidden[["commune", "column", "reason"]].values.tolist()
    [['x', 'poor', 'small'], ['y', 'poor', 'secondary']]
    """
    splits = _splits(frame, levels, by, parts, zeros, not_whole(2, minimum=minimum))
    places, splits = _read(frame, levels, by, splits)
    values, sums, names = _sums(places, splits)
    blocks = zip(names, (sums @ values).reshape(len(names), -1), strict=True)
    wrong = (
        line for name, off in blocks for line in _problem(f"{name} must be 0", off != 0, places.where, off)
    )
    refuse("cannot protect a table that does not add up", wrong)
    grid, hidden = Grid(places.parent, 1), dict[str, np.ndarray]()
    counts = {name: of[:, None].astype(np.int64) for name, of in places.counts.items()}
    for total, names in splits:
        if total not in hidden:
            hidden[total] = suppression.total(grid, counts[total], minimum)
        for i, split in enumerate(chain(total, names), start=1):
            counts.setdefault(split.rest, counts[split.of] - counts[split.part])
            # Where none are left for the columns to come, each of them is 0.
            tells = {"all_tells": not {*names[i:]}.isdisjoint(zeros), "none_tells": split.part in zeros}
            gone = suppression.part(
                grid, counts[split.part], counts[split.of], hidden[split.of], minimum, **tells
            )
            hidden |= dict.fromkeys(split.names, gone)
    table, listed = frame.copy(), []
    for column in filter(frame.__contains__, hidden):
        count, gone = counts[column][places.back, 0], hidden[column][places.back, 0]
        table[column] = pd.arrays.IntegerArray(count, gone)
        small = (count < minimum) & ((count > 0) | (column in zeros))
        reason = np.where(small, "small", "secondary")[gone]
        listed.append(frame.loc[gone, [*by, *levels]].assign(column=column, reason=reason))
    return Protected(table, pd.concat(listed, ignore_index=True))


def audit(
    table: pd.DataFrame, *, levels: Sequence[str], parts: Parts, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return what can be worked out about every missing count: the lowest and the highest it can be.

    Parameters
    ----------
    table : DataFrame
        A table as ``protect`` gives it, its hidden counts missing. A small one: it takes two linear programmes a gap.
    levels : list of str
        Columns that name a place from the top down, as in ``protect``.
    parts : dict
        The columns that add up to a column of totals, as in ``protect``.
    by : list of str, default ()
        Columns whose values are not added up.

    Returns
    -------
    DataFrame
        One row a missing count: by, levels, column, lower, upper (infinite where nothing bounds it).

    Raises
    ------
    TypeError, ValueError
        As in ``protect``; ValueError as well when no counts can add up to what is published.

    Notes
    -----
    Bounds by linear programming: all that is published adds up, no count is negative (Hundepool et al. 2012, Statistical
    Disclosure Control, doi:10.1002/9781118348239).

    Examples
    --------
    >>> import povertystats as ps
    >>> table = pd.DataFrame({"district": ["A"] * 3, "commune": ["", "x", "y"],
    ...     "households": [330, 150, 180], "poor": [27, None, None]})
    >>> ps.audit(table, levels=("district", "commune"), parts={"households": ("poor",)}).values.tolist()
    [['A', 'x', 'poor', 0.0, 27.0], ['A', 'y', 'poor', 0.0, 27.0]]
    """
    places, splits = _read(table, levels, by, _splits(table, levels, by, parts, (), []), gaps=True)
    values, sums, _ = _sums(places, splits)
    missing = np.isnan(values)
    told = [({(cell,): 1.0}, values[cell]) for cell in np.flatnonzero(~missing).tolist()]
    rows = [range(*ends) for ends in pairwise(sums.indptr.tolist())]
    added = [({(int(sums.indices[i]),): float(sums.data[i]) for i in row}, 0.0) for row in rows]
    bounds = Bounds([*told, *added], [])
    lower, upper = np.zeros(len(values)), np.full(len(values), np.inf)
    for cell in np.flatnonzero(missing).tolist():
        lower[cell], upper[cell] = bounds.range({(cell,): 1.0})
    result = []
    for c, column in enumerate(filter(table.__contains__, places.counts)):
        at = c * len(table) + places.back[missing[c * len(table) + places.back]]
        rows = table.loc[table[column].isna(), [*by, *levels]]
        result.append(rows.assign(column=column, lower=lower[at], upper=upper[at]))
    return pd.concat(result, ignore_index=True)


class _Places(NamedTuple):
    """The rows sorted, whatever order they came in: the row above each (-1: none), depth, name and counts."""

    parent: np.ndarray
    depth: np.ndarray
    where: Callable[[int], str]
    counts: dict[str, np.ndarray]
    back: np.ndarray


def _splits(frame, levels, by, parts, zeros, problems) -> list[tuple[str, tuple[str, ...]]]:
    """Return the splits as (total, names), or refuse what is wrong with the columns beside the problems given."""
    for name, given, kind in (("the table", frame, pd.DataFrame), ("parts", parts, Mapping)):
        if not isinstance(given, kind):
            raise WrongType(f"{name} must be a {kind.__name__}, not {type(given).__name__}")
    if texts := not_lists(levels=levels, by=by, zeros=zeros):
        refuse("cannot read the table", problems + texts)
    splits = []
    for total, given in parts.items():
        for names in [given] if all(isinstance(name, str) for name in given) else given:
            splits.append((total, (names,) if isinstance(names, str) else tuple(names)))
    named = [name for _, names in splits for name in names]
    needed, there = [*by, *levels, *parts, *named], list(frame)
    empty = (("levels", levels), ("parts", parts), ("the table", frame))
    problems += [f"{name} is empty" for name, given in empty if not len(given)]
    once = dict.fromkeys(needed)
    problems += [f"{there.count(c)} columns named {c!r}; expected one" for c in once if there.count(c) != 1]
    problems += [f"{c!r} is asked for more than once" for c in once if needed.count(c) > 1]
    problems += [f"{column!r} is among zeros but not among parts" for column in zeros if column not in named]
    refuse("cannot read the table", problems)
    return splits


def _read(frame, levels, by, splits, gaps=False):
    """Return the places and the splits, each with all its parts, or refuse what is wrong with the rows."""
    paths = frame[list(levels)].astype(object)
    paths = paths.where(paths.notna(), "").astype(str).to_numpy(object)
    # "" comes first among the names of a level, whether a row has it or not.
    ranks = [pd.factorize(np.append("", names), sort=True)[0][1:] for names in paths.T]
    keys = np.column_stack([pd.factorize(frame[column], sort=True)[0] for column in by] + ranks)
    order = np.lexsort(keys.T[::-1])
    keys, paths, rows = keys[order], paths[order], frame.iloc[order]
    depth = (paths != "").sum(axis=1)
    above = keys.copy()
    above[np.flatnonzero(depth), len(by) + depth[depth > 0] - 1] = 0
    index = pd.MultiIndex.from_arrays(keys.T)
    twice = index.duplicated()
    parent = np.where(depth > 0, index[~twice].get_indexer(pd.MultiIndex.from_arrays(above.T)), -1)

    def where(row: int) -> str:
        place = " > ".join(filter(None, paths[row])) or "all places"
        return ", ".join([place, *(f"{column} {rows[column].iloc[row]}" for column in by)])

    faults = {
        "a place above it is not named": ((paths[:, 1:] != "") & (paths[:, :-1] == "")).any(axis=1),
        "more than one row for a place": twice,
        "no row for the place above it": (parent < 0) & (depth > depth.min()),
        f"no value of {', '.join(map(repr, by))}": (keys[:, : len(by)] < 0).any(axis=1),
    }
    problems = [line for what, wrong in faults.items() for line in _problem(what, wrong, where)]
    counts = {}
    for column in dict.fromkeys(column for total, names in splits for column in (total, *names)):
        if not pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_bool_dtype(frame[column]):
            problems.append(f"{column!r} is {frame[column].dtype}; expected counts")
            continue
        counts[column] = given = rows[column].to_numpy(dtype=float, na_value=np.nan)
        wrong = ~((given >= 0) & (given % 1 == 0)) & ~(np.isnan(given) & gaps)
        problems += _problem(f"{column!r} must be whole numbers of 0 or more", wrong, where, given)
    for s, (total, names) in enumerate(splits):
        if len(names) == 1 and {total, *names} <= counts.keys():
            rest = f"{total} other than {names[0]}"
            counts[rest], splits[s] = counts[total] - counts[names[0]], (total, (*names, rest))
            problems += _problem(f"{rest!r} must be 0 or more", counts[rest] < 0, where, counts[rest])
    refuse("cannot read the table", problems)
    return _Places(parent, depth, where, counts, np.argsort(order)), splits


def _problem(what, rows, where, values=None) -> Iterator[str]:
    """Yield one problem with the number of rows that have it and the first of them, or none."""
    if rows.any():
        first = int(np.argmax(rows))
        value = "" if values is None else f"{values[first]:g} "
        yield f"{what}: {int(rows.sum())} row(s), first {value}at {where(first)}"


def _sums(places, splits):
    """Return all counts, column by column, the matrix of the sums that are 0, and the name of each block of it."""
    columns, n = list(places.counts), len(places.parent)
    child = np.flatnonzero(places.parent >= 0)
    within = coo_array((np.ones(len(child)), (places.parent[child], child)), shape=(n, n))
    splits = [(total, names) for total, names in splits if names]
    split = [np.isin(columns, names) - np.isin(columns, total) * 1.0 for total, names in splits]
    places_in = within - diags_array((within.sum(axis=1) > 0).astype(float))
    sums = [kron(eye_array(len(columns)), places_in), *(kron(row[None], eye_array(n)) for row in split)]
    blocks = [f"{column!r} of the places within less that of the place" for column in columns]
    blocks += [f"{' + '.join(names)} less {total!r}" for total, names in splits]
    return np.concatenate(list(places.counts.values())), vstack(sums).tocsr(), blocks
