"""Counts hidden so that no household can be read off a table, nor worked out from its sums."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import permutations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, diags_array, eye_array, kron, vstack
from scipy.sparse.csgraph import connected_components

from povertystats.words.errors import refuse


@dataclass(frozen=True, eq=False)
class Protected:
    """A table that may be published, and what was hidden in it.

    ``table``: the rows and columns given, the counts as Int64, missing where hidden. ``hidden``: one row a
    hidden count: by, levels, column, reason ("small", or "secondary": without it a small one could be worked
    out). It stays with whoever keeps the register: a reason tells which of two hidden counts is the small one.
    """

    table: pd.DataFrame
    hidden: pd.DataFrame


def protect(frame, *, levels, parts, by=(), minimum=10, zeros=()):
    """Return the table with every small count hidden, and as many others as keep it from being worked out.

    ``levels``: columns that name a place from the top down, as ("province", "district", "commune"); in the
    row of a district the commune is missing or "". ``by``: columns whose values are not added up, as
    ("year",). ``parts``: the columns that add up to a column of totals, ``{"households": ("poor",
    "near_poor", "not_poor")}``, or a list of several such splits; a split of one name is it and all others,
    as ("borrower",). Other columns stay as they are: work rates out of the result.

    Hidden first are counts of 1 to ``minimum`` − 1, whether few are poor or few are not. A 0 stays, being
    nobody's, unless its column is named in ``zeros`` because it tells something of everybody there (no
    household that is not poor). Then come further counts, those of the fewest households first, until each
    small one could be as high as ``minimum`` for all that is left: sums along places and along splits, no
    count negative. None of the hidden counts is then pinned to one value. A place of fewer than ``minimum``
    households is hidden altogether, with the smallest one beside it and all that lies within them; no other
    total is ever hidden. ``audit`` checks this by other means. Two tables that add up the same households
    in different ways do not protect each other: publish one.

    Each split is a network: a cell joins the sum over its own place to that over the place above, and
    households that move round a circle of hidden cells change no sum. Sources: Cox 1995, Network models for
    complementary cell suppression, JASA 90, 1453-1462; for the rule Hundepool et al. 2012, Statistical
    Disclosure Control, doi:10.1002/9781118348239.

    Raises TypeError on wrong types; ValueError, all problems at once: unknown columns, missing, negative or
    fractional counts, places twice or without the place above them, sums that do not add up.

    >>> communes = pd.DataFrame({"district": ["A"] * 4, "commune": ["", "x", "y", "z"],
    ...     "households": [330, 100, 110, 120], "poor": [87, 3, 24, 60]})
    >>> safe = protect(communes, levels=("district", "commune"), parts={"households": ("poor",)})
    >>> safe.table["poor"].tolist()
    [87, <NA>, <NA>, 60]
    >>> safe.hidden[["commune", "column", "reason"]].values.tolist()
    [['x', 'poor', 'small'], ['y', 'poor', 'secondary']]
    """
    if isinstance(minimum, bool) or not isinstance(minimum, int | np.integer):
        raise TypeError(f"minimum must be a whole number, not {minimum!r}")
    splits = _splits(frame, levels, by, parts, zeros, [f"minimum {minimum} is below 2"] * (minimum < 2))
    places, splits = _read(frame, levels, by, splits)
    values, sums, told = _sums(places, splits)
    off = zip(told, (sums @ values).reshape(len(told), -1), strict=True)
    lines = (line for it, by in off for line in _told(f"{it} must be 0", by != 0, places.where, by))
    refuse("cannot protect a table that does not add up", lines)
    hidden = {}
    for total in parts:
        home, whole = _together(places.counts[total], places, minimum)
        hidden[total] = ~whole
        for names in (names for above, names in splits if names and above == total):
            counts = np.column_stack([places.counts[name] for name in names]).astype(int)
            secret = _secret(counts, np.isin(names, zeros), home, whole, places, minimum)
            hidden |= dict(zip(names, secret.T, strict=True))
    table, found = frame.copy(), []
    for column in filter(frame.__contains__, hidden):
        counts, rows = places.counts[column][places.back], hidden[column][places.back]
        table[column] = pd.arrays.IntegerArray(counts.astype(np.int64), rows)
        small = (counts < minimum) & ((counts > 0) | (column in zeros))
        reason = np.where(small, "small", "secondary")[rows]
        found.append(frame.loc[rows, [*by, *levels]].assign(column=column, reason=reason))
    return Protected(table, pd.concat(found, ignore_index=True))


def audit(table, *, levels, parts, by=()):
    """Return what can be worked out about every missing count: the lowest and the highest it can be.

    Two linear programmes a missing count: all that is published adds up, no count is negative. One row a
    missing count: by, levels, column, lower, upper (infinite where nothing bounds it). Arguments and errors
    as in ``protect``; ValueError as well when no counts can add up to what is published. For small tables.
    Source: Hundepool et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239.

    >>> table = pd.DataFrame({"district": ["A"] * 3, "commune": ["", "x", "y"],
    ...     "households": [330, 150, 180], "poor": [27, None, None]})
    >>> audit(table, levels=("district", "commune"), parts={"households": ("poor",)}).values.tolist()
    [['A', 'x', 'poor', 0.0, 27.0], ['A', 'y', 'poor', 0.0, 27.0]]
    """
    places, splits = _read(table, levels, by, _splits(table, levels, by, parts, (), []), gaps=True)
    values, sums, _ = _sums(places, splits)
    missing = np.isnan(values)
    open_, rest = sums[:, missing], -(sums[:, ~missing] @ values[~missing])
    lower, upper = np.zeros(len(values)), np.full(len(values), np.inf)
    _, group = connected_components(abs(open_).T @ abs(open_), directed=False)
    for cells in pd.Series(np.arange(len(group))).groupby(group).indices.values():
        used = np.flatnonzero(np.diff(open_[:, cells].indptr))
        part = open_[used][:, cells]
        for k, cell in enumerate(np.flatnonzero(missing)[cells]):
            for sign, bound in ((1, lower), (-1, upper)):
                goal = sign * (np.arange(len(cells)) == k)
                found = linprog(goal, A_eq=part, b_eq=rest[used], bounds=(0, None))
                if found.status == 2:
                    refuse("cannot audit the table", ["no counts of 0 or more add up to what is in it"])
                bound[cell] = round(sign * found.fun, 6) if found.status == 0 else bound[cell]
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


def _splits(frame, levels, by, parts, zeros, problems):
    """Return the splits as (total, names), or refuse what is wrong with the columns."""
    for name, given, kind in (("the table", frame, pd.DataFrame), ("parts", parts, Mapping)):
        if not isinstance(given, kind):
            raise TypeError(f"{name} must be a {kind.__name__}, not {type(given).__name__}")
    for name, given in (("levels", levels), ("by", by), ("zeros", zeros)):
        if isinstance(given, str):
            raise TypeError(f"{name} must be a list of columns, not the text {given!r}")
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

    def where(row):
        place = " > ".join(filter(None, paths[row])) or "all places"
        return ", ".join([place, *(f"{column} {rows[column].iloc[row]}" for column in by)])

    gap = ((paths[:, 1:] != "") & (paths[:, :-1] == "")).any(axis=1)
    problems = [*_told("a place above it is not named", gap, where)]
    problems += _told("more than one row for a place", twice, where)
    problems += _told("no row for the place above it", (parent < 0) & (depth > depth.min()), where)
    problems += _told(f"no value of {', '.join(map(repr, by))}", (keys[:, : len(by)] < 0).any(axis=1), where)
    counts = {}
    for column in dict.fromkeys(column for total, names in splits for column in (total, *names)):
        if not pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_bool_dtype(frame[column]):
            problems.append(f"{column!r} is {frame[column].dtype}; expected counts")
            continue
        counts[column] = given = rows[column].to_numpy(dtype=float, na_value=np.nan)
        wrong = ~((given >= 0) & (given % 1 == 0)) & ~(np.isnan(given) & gaps)
        problems += _told(f"{column!r} must be whole numbers of 0 or more", wrong, where, given)
    for s, (total, names) in enumerate(splits):
        if len(names) == 1 and {total, *names} <= counts.keys():
            rest = f"{total} other than {names[0]}"
            counts[rest], splits[s] = counts[total] - counts[names[0]], (total, (*names, rest))
            problems += _told(f"{rest!r} must be 0 or more", counts[rest] < 0, where, counts[rest])
    refuse("cannot read the table", problems)
    return _Places(parent, depth, where, counts, np.argsort(order)), splits


def _told(what, rows, where, values=None):
    """Yield one problem with the number of rows that have it and the first of them, or none."""
    if rows.any():
        first = int(np.argmax(rows))
        value = "" if values is None else f"{values[first]:g} "
        yield f"{what}: {int(rows.sum())} row(s), first {value}at {where(first)}"


def _sums(places, splits):
    """Return all counts, column by column, the matrix of the sums that are 0, and what each block of it tells."""
    columns, n = list(places.counts), len(places.parent)
    child = np.flatnonzero(places.parent >= 0)
    within = coo_array((np.ones(len(child)), (places.parent[child], child)), shape=(n, n))
    splits = [(total, names) for total, names in splits if names]
    split = [np.isin(columns, names) - np.isin(columns, total) * 1.0 for total, names in splits]
    places_in = within - diags_array((within.sum(axis=1) > 0).astype(float))
    sums = [kron(eye_array(len(columns)), places_in), *(kron(row[None], eye_array(n)) for row in split)]
    told = [f"{column!r} of the places within less that of the place" for column in columns]
    told += [f"{' + '.join(names)} less {total!r}" for total, names in splits]
    return np.concatenate(list(places.counts.values())), vstack(sums).tocsr(), told


def _together(everyone, places, minimum):
    """Return the row with which each row is told together, and which rows are told whole."""
    parent, home = places.parent, np.arange(len(everyone))
    whole, small = np.ones(len(everyone), bool), (everyone > 0) & (everyone < minimum)
    children = pd.Series(home).groupby(parent).indices
    for depth in np.unique(places.depth):
        at = np.flatnonzero(places.depth == depth)
        inside = at[(parent[at] >= 0) & ~whole[parent[at]]]
        home[inside], whole[inside] = home[parent[inside]], False
        tiny = at[small[at] & whole[at]]
        # Nothing adds up to a place without a place above it: it is hidden alone.
        whole[tiny[parent[tiny] < 0]] = False
        for above in np.unique(parent[tiny[parent[tiny] >= 0]]):
            family = children[above][everyone[children[above]] > 0]
            family = family[np.argsort(everyone[family], kind="stable")]
            enough = 1 + (everyone[family].cumsum() < minimum).sum()
            members = family[: max(2, enough, small[family].sum())]
            home[members], whole[members] = members[0], False
    return home, whole


def _secret(values, zero, home, whole, places, minimum):
    """Return which cells (rows, parts) of a split are hidden; ``zero``: the parts whose 0 tells something."""
    (n, k), parent = values.shape, places.parent
    # Rows told together are one place; what lies within them is no place of its own.
    own = whole | (parent < 0) | whole[parent]
    value = np.zeros_like(values)
    np.add.at(value, home[own], values[own])
    people = value.sum(axis=1, keepdims=True)
    cells = (home == np.arange(n))[:, None] & (people >= minimum) & ((value > 0) | zero)
    inner = np.isin(np.arange(n), parent[cells.any(axis=1)])
    small = cells & (value < minimum)
    beside = cells & ~inner[:, None] & (parent >= 0)[:, None]
    # A row needs one more hidden where its small ones cannot make up for each other: its lowest.
    short = (small & beside).any(axis=1) & (np.where(small, value, 0).sum(axis=1) < minimum)
    hidden, others = small.copy(), np.where(beside & ~small, value, np.iinfo(value.dtype).max)
    hidden[short, others[short].argmin(axis=1)] = True
    goal = np.where(small, minimum, np.minimum(value + 1, people))
    left = np.flatnonzero(hidden & ~_safe(hidden & beside, value, goal, parent))
    row, part = np.arange(n)[:, None], np.arange(k)
    lower = row * k + np.where(inner[:, None], part, 0)
    upper = np.where(parent[:, None] >= 0, parent[:, None] * k + part, n * k + row)
    # A figure of many places is given up only where no figure of a single one will do.
    price = value * np.where(inner, 10**6, 1)[:, None]
    network = _Network(*(a.ravel().tolist() for a in (cells, value, price, lower, upper)))
    network.hidden.update(np.flatnonzero(hidden).tolist())
    # From the top down: what is hidden above serves below; what serves only others comes last.
    for cell in left[np.lexsort((places.depth[left // k], ~small.flat[left]))].tolist():
        network.cover(cell, goal.flat[cell] - value.flat[cell])
    hidden.flat[list(network.hidden)] = True
    return hidden[home] | ~whole[:, None] & ((value > 0) | (people < minimum))[home]


def _safe(hidden, value, goal, parent):
    """Return which cells can reach their goal in exchange with one other part in the rows beside theirs."""
    safe = np.zeros_like(hidden)
    for c, d in permutations(range(value.shape[1]), 2):
        both = hidden[:, c] & hidden[:, d]
        gives = np.where(both, value[:, c], 0)
        beside = np.bincount(parent + 1, gives)[parent + 1] - gives
        safe[:, c] |= both & (value[:, c] + np.minimum(value[:, d], beside) >= goal[:, c])
    return safe


class _Network:
    """Sums joined by cells: a cell that grows takes households from its lower sum to its upper one."""

    def __init__(self, cells, value, price, lower, upper):
        self.value, self.price, self.lower, self.upper = value, price, lower, upper
        self.hidden, self.above, self.below = set(), {}, {}
        for cell in filter(cells.__getitem__, range(len(cells))):
            self.above.setdefault(lower[cell], []).append(cell)
            self.below.setdefault(upper[cell], []).append(cell)

    def cover(self, cell, need):
        """Hide the cells through which this one could be higher by what it needs."""
        moved = {}
        while need:
            path = self.cheapest(cell, moved)
            step = min([need, *(self.value[k] + moved.get(k, 0) for k, sign in path if sign < 0)])
            for k, sign in path:
                moved[k] = moved.get(k, 0) + sign * step
            need -= step
        self.hidden.update(filter(moved.get, moved))

    def cheapest(self, cell, moved):
        """Return the cheapest way from a cell's upper sum round to its lower one, as (cell, sign) (Dijkstra)."""
        value, start, end = self.value, self.upper[cell], self.lower[cell]
        heap, best, came = [(0, start)], {start: 0}, {}
        while heap[0][1] != end:
            cost, node = heappop(heap)
            for cells, ends, sign in ((self.above, self.upper, 1), (self.below, self.lower, -1)):
                for k in cells.get(node, ()):
                    if k == cell or (sign < 0 and value[k] + moved.get(k, 0) == 0):
                        continue
                    further = cost + 1 + (0 if k in self.hidden or k in moved else self.price[k])
                    if further < best.get(ends[k], further + 1):
                        best[ends[k]], came[ends[k]] = further, (node, k, sign)
                        heappush(heap, (further, ends[k]))
        path = []
        while end != start:
            end, k, sign = came[end]
            path.append((k, sign))
        return path
