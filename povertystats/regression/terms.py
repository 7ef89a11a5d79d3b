"""The terms of a model, such as ``log(column)``, and the rows that have them: read, counted, refused with every reason at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povertystats.frames.keys import Key, full_key
from povertystats.words.names import did_you_mean, first_names, parse, plain

# Where a transformation is defined, and what it does.
_TRANSFORMS: dict[str, tuple[Callable, Callable]] = {
    "log": (lambda x: x > 0, np.log),
    "log1p": (lambda x: x >= 0, np.log1p),
    "log_odds": (lambda x: (x > 0) & (x < 100), lambda x: np.log(x) - np.log(100 - x)),
}
# The scales of an outcome, as terms of its column.
SCALES = {"points": "{}", "log": "log({})", "log_odds": "log_odds({})"}
_NO_RATE = "; for an outcome that is no rate choose the scale points or log"


def read_term(frame: pd.DataFrame, term: str) -> tuple[Any, Sequence[tuple[str, str, np.ndarray]], list[str]]:
    """Return a term's values, the reasons for which rows lack one, and what is wrong with its column.

    Values: float (n,), natural logarithm for ``log(x)``, ln(1 + x) for ``log1p(x)``, ln(x/(100 − x)) for
    ``log_odds(x)``, NaN where there is none. Reasons: (name, column, boolean (n,)) each. Problems: sentences,
    for columns that stand twice or are not numeric, infinite values, and percentages outside 0-100 under log_odds.

    >>> values, reasons, problems = read_term(pd.DataFrame({"x": [1.0, 0.0]}), "log(x)")
    >>> values.tolist(), reasons[1][0], reasons[1][2].tolist(), problems
    ([0.0, nan], 'no_log', [False, True], [])
    """
    kind, column = parse(term)
    series = frame[column]
    if isinstance(series, pd.DataFrame):
        return None, (), [f"there is more than one column {column!r}"]
    if not pd.api.types.is_numeric_dtype(series) or series.dtype.kind == "c":
        return None, (), [f"{column!r} must be numeric, is {series.dtype}"]
    values = series.to_numpy(dtype=float, na_value=np.nan)
    wrong = {"infinite": np.isinf(values)}
    if kind == "log_odds":
        wrong["outside 0-100, where no log-odds exist"] = (values < 0) | (values > 100)
    undefined = np.zeros(len(values), bool)
    if kind:
        inside, transformed = _TRANSFORMS[kind]
        undefined = ~inside(values) & ~np.isnan(values)
    problems = [
        f"{column!r}: {len(at)} value(s) {what}, first {values[at[0]]:g} in row {frame.index[at[0]]}"
        + (_NO_RATE if "log-odds" in what and len(at) > len(values) / 2 else "")
        for what, rows in wrong.items()
        if len(at := np.flatnonzero(rows))
    ]
    reasons = (("missing", column, np.isnan(values)), (f"no_{kind}", column, undefined))
    if kind:
        values = transformed(np.where(undefined, np.nan, values))
    return values, reasons, problems


def reasons(
    terms: Sequence[str], cluster: str, time: str | None, *keys: str | None
) -> tuple[tuple[str, str], ...]:
    """Return the (reason, column) pairs for which a row is left out, in the order in which they are counted.

    ``keys``: columns of entities and regions, if any. What is missing comes first, so that these counts are the same on
    every scale.

    >>> reasons(("log_odds(y)", "x"), "place", None)
    (('missing', 'place'), ('missing', 'y'), ('missing', 'x'), ('no_log_odds', 'y'))
    """
    read = [parse(term) for term in terms]
    columns = [cluster, *filter(None, keys), *(column for _, column in read), *filter(None, [time])]
    undefined = [(f"no_{kind}", column) for kind, column in read if kind]
    return tuple(dict.fromkeys([*(("missing", column) for column in columns), *undefined]))


def model_problems(
    known: Iterable[str],
    terms: Sequence[str],
    cluster: Key,
    entity: Key | None,
    time: str | None,
    source: str = "frame",
    years_by: Key | None = None,
) -> list[str]:
    """Return what is wrong with a model of the columns ``known`` of a ``source``, as a list of problems.

    >>> model_problems(["place", "year", "y"], ("y", "yaer"), "place", "place", "year")
    ["no such column: 'yaer'; the frame has place, year, y; did you mean year?"]
    """
    problems = term_problems(terms)
    effects = [term for term in terms if time and term.startswith(f"{time}[") and term.endswith("]")]
    problems += [f"{term!r} is named like the effect of a {time}; rename the column" for term in effects]
    paths = [full_key(key, known) for key in (cluster, entity) if key]
    regions = full_key(years_by, known) if years_by else ()
    keys = [*dict.fromkeys(column for path in (*paths, regions) for column in path)]
    problems += [f"there is more than one column {key!r}" for key in keys if list(known).count(key) > 1]
    if paths[1:] and paths[0][-1] == paths[1][-1] and paths[0] != paths[1]:
        problems.append(f"cluster {paths[0]} and entity {paths[1]} have one name; expected one key for both")
    if paths[1:] and paths[1][-1] == time:
        problems.append(f"entity {time!r} is also the time; effects of a {time} are those of time")
    if time == paths[0][-1]:
        problems.append(f"time {time!r} is also the cluster; give it as entity, or leave it out")
    if regions and not time:
        problems.append(
            f"years_by {regions[-1]!r} needs a time; expected the column of years as time, not None"
        )
    if time and time in regions:
        problems.append(f"years_by {time!r} is also the time; expected a column of regions or groups")
    columns = dict.fromkeys([*keys, *filter(None, [time]), *(parse(term)[1] for term in terms)])
    if unknown := [column for column in columns if column not in known]:
        names = {plain(column): str(column) for column in known}
        near = "".join(did_you_mean(str(column), names) for column in unknown)
        problems.append(
            f"no such column: {', '.join(map(repr, unknown))}; the {source} has {first_names(known)}{near}"
        )
    return problems


def repeated(keys: Sequence[str], entity: str | None, time: str | None) -> Iterator[str]:
    """Yield the problem that some places (``keys``: "place time") have several rows at one time, if any has.

    >>> list(repeated(["Bắc Kạn 2016"], "place", "year"))
    ['more than one row for place and year: Bắc Kạn 2016; expected one row each']
    """
    if keys:
        yield f"more than one row for {entity} and {time}: {first_three(keys)}; expected one row each"


def first_three(names: Sequence[str]) -> str:
    """Return the first three names, and how many more there are: "a, b, c and 2 more"."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def entity_problems(
    moved: tuple[int, Any], twice: tuple[int, Any], cluster: str, entity: str | None, time: str | None
) -> Iterator[str]:
    """Yield the problems of entities in more than one cluster, or more than once at one time, as (count, first).

    >>> list(entity_problems((2, "H1"), (0, None), "commune", "household", "year"))
    ['2 household(s) in more than one commune, first H1; expected one commune each']
    """
    if moved[0]:
        yield f"{moved[0]} {entity}(s) in more than one {cluster}, first {moved[1]}; expected one {cluster} each"
    if twice[0]:
        yield f"{twice[0]} {entity}(s) with more than one row at one {time}, first {twice[1]}; expected one row each"


def time_label(label: Any) -> Any:
    """Return a label as it is written: a whole number without its decimals, such as the year 2016.

    >>> time_label(2016.0), time_label(2016.5), time_label("2016.0")
    (2016, 2016.5, '2016.0')
    """
    return int(label) if isinstance(label, float) and label.is_integer() else label


def term_problems(terms: Sequence[str]) -> list[str]:
    """Return what is wrong with the outcome and regressors of a model, as a list of problems.

    >>> term_problems(("y", "y"))
    ["'y' stands more than once among outcome and regressors"]
    """
    problems = [] if terms[1:] else ["regressors are empty; expected at least one"]
    twice = sorted({term for term in terms if terms.count(term) > 1})
    return problems + [f"{term!r} stands more than once among outcome and regressors" for term in twice]


def data_problems(
    frame: pd.DataFrame, terms: Sequence[str], cluster: str, time: str | None, once: bool
) -> Iterator[str]:
    """Yield every problem of a frame's rows; ``once``: one row a place and time is expected.

    >>> frame = pd.DataFrame({"place": ["a", "a"], "year": [2016, 2016], "y": [1.0, float("inf")]})
    >>> for line in data_problems(frame, ("y",), "place", "year", True):
    ...     print(line)
    more than one row for place and year: a 2016; expected one row each
    'y': 1 value(s) infinite, first inf in row 1
    """
    if once and all(list(frame.columns).count(column) == 1 for column in (cluster, time)):
        keys = frame[[cluster, time]].dropna()
        keys = keys[keys.duplicated()]
        yield from repeated([f"{a} {b}" for a, b in keys.itertuples(index=False)], cluster, time)
    for term in (*terms, *filter(None, [time])):
        if parse(term)[1] in frame:
            yield from read_term(frame, term)[2]


def read_rows(
    rows: pd.DataFrame,
    terms: Sequence[str],
    cluster: str,
    time: str | None,
    once: bool,
    entity: str | None = None,
    years_by: str | None = None,
) -> Any:
    """Return values (p, n), (labels, codes) of places, times and entities, and what was left out; the usable rows only.

    None when anything is wrong with the rows: ``data_problems`` says what, this only looks whether. ``entity``: a
    column nested in the cluster, if any; its labels and codes are None without. ``years_by``: a column of regions, with
    which places are pairs of place and region.

    >>> frame = pd.DataFrame({"place": ["b", "a"], "year": [2016, 2017], "y": [1.0, 2.0], "x": [3.0, None]})
    >>> values, places, times, _, left_out = read_rows(frame, ("y", "x"), "place", "year", True)
    >>> values.tolist(), places[0], times[0], left_out
    ([[1.0], [3.0]], ('b',), (2016,), (('missing', 'x', 1),))
    """
    read = {term: read_term(rows, term) for term in (*terms, *filter(None, [time]))}
    if any(lines for *_, lines in read.values()):
        return None
    place, labels = pd.factorize(rows[cluster].values)
    when, times = pd.factorize(rows[time].values) if time else (np.zeros(len(rows), int), np.array([None]))
    owner, owners = pd.factorize(rows[entity].values) if entity else (place, labels)
    if once and not entity:
        cell = np.sort((place * len(times) + when)[(place >= 0) & (when >= 0)])
        if (cell[1:] == cell[:-1]).any():
            return None
    area, areas = pd.factorize(rows[years_by].values) if years_by else (place, labels)
    others: dict = {entity: (None, [("missing", entity, owner < 0)], [])} if entity else {}
    others |= {years_by: (None, [("missing", years_by, area < 0)], [])} if years_by else {}
    usable, left_out = usable_rows(read | others, place < 0, terms, cluster, time, (entity, years_by))
    values = np.stack([read[term][0] for term in terms])
    if left_out:
        values, place, when, owner = values[:, usable], place[usable], when[usable], owner[usable]
    names = labels.tolist()
    if years_by:
        place, pairs = pd.factorize(place * max(len(areas), 1) + area[usable])
        regions = [*map(time_label, areas.tolist())]
        names = [(names[pair // len(areas)], regions[pair % len(areas)]) for pair in pairs.tolist()]
    places = _in_order(names, place, key=str)
    owners = _in_order(owners.tolist(), owner, key=str) if entity else None
    return values, places, _in_order([*map(time_label, times.tolist())], when), owners, left_out


def usable_rows(
    read: Mapping[str, tuple],
    nowhere: np.ndarray,
    terms: Sequence[str],
    cluster: str,
    time: str | None,
    keys: Sequence[str | None] = (),
    n: np.ndarray | int = 1,
) -> tuple[np.ndarray, tuple[tuple[str, str, int], ...]]:
    """Return which rows a model can use, and (reason, column, rows) of the others, each row counted once.

    ``read``: {term: what ``read_term`` returns}; ``nowhere``: which rows name no place; ``keys``: as in ``reasons``;
    ``n``: how often each counts.

    >>> frame = pd.DataFrame({"x": [1.0, None, 0.0]})
    >>> usable, left_out = usable_rows({"log(x)": read_term(frame, "log(x)")}, np.zeros(3, bool), ["log(x)"], "place", None)
    >>> usable.tolist(), left_out
    ([True, False, False], (('missing', 'x', 1), ('no_log', 'x', 1)))
    """
    hit = {(reason, column): out for _, pairs, _ in read.values() for reason, column, out in pairs}
    hit["missing", cluster] = nowhere
    usable, left_out = np.ones(len(nowhere), bool), []
    for pair in reasons(terms, cluster, time, *keys):
        if count := int((n * (usable & hit[pair])).sum()):
            left_out.append((*pair, count))
            usable &= ~hit[pair]
    return usable, tuple(left_out)


def counted(
    rows: Iterable[tuple[tuple[str, str], int]], order: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str, int], ...]:
    """Return (reason, column, rows) of what was left out in several parts, in ``order`` of the reasons.

    >>> counted([(("missing", "x"), 1), (("missing", "x"), 2)], [("missing", "y"), ("missing", "x")])
    (('missing', 'x', 3),)
    """
    total: Counter[tuple[str, str]] = Counter()
    for pair, count in rows:
        total[pair] += count
    return tuple((*pair, total[pair]) for pair in order if total[pair])


def _in_order(labels, codes, key=None):
    """Return the labels in use, sorted, and the codes that number them so."""
    used = np.bincount(codes, minlength=len(labels)).nonzero()[0].tolist()
    used.sort(key=lambda i: key(labels[i]) if key else labels[i])
    rank = np.zeros(len(labels), int)
    rank[used] = np.arange(len(used))
    return tuple(labels[i] for i in used), rank[codes]
