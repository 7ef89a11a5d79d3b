"""Moments of registers larger than memory: DuckDB or Spark reads files, a table or a frame, and only sums come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from povertystats.engines.connections import connect, engine_of
from povertystats.engines.reading import measured, read, reading
from povertystats.engines.schemas import used_by
from povertystats.engines.sources import Readable, local
from povertystats.engines.store import looked_at_often
from povertystats.files.numbers import Notation
from povertystats.frames.keys import Key, column_problems, keyed, label_column, moved, named_by, timed
from povertystats.frames.model import weight_problems
from povertystats.frames.rates import Units
from povertystats.regression.combination import apart, nests, places_of
from povertystats.regression.moments import Moments
from povertystats.regression.nested import sum_nested
from povertystats.regression.sums import (
    PARTS,
    exact_covariance,
    fetched,
    group_sums,
    quick_covariance,
    sharp,
    sum_groups,
    twice,
    with_parts,
)
from povertystats.regression.terms import counted, model_problems, read_term, reasons, repeated
from povertystats.regression.units import as_number, is_number, table_units
from povertystats.words.errors import refuse
from povertystats.words.names import parse

# Where the terms are defined, and their values; ln(1 + x) as such would lose the digits of a small x, and what is lost
# in 1 + x is lost in (1 + x) − 1 as well.
_TRANSFORMS = {
    "log": (lambda x: x > 0, lambda x: x.ln()),
    "log1p": (lambda x: x >= 0, lambda x: (1 + x == 1).ifelse(x, (1 + x).ln() * x / ((1 + x) - 1))),
    "log_odds": (lambda x: (x > 0) & (x < 100), lambda x: x.ln() - (100 - x).ln()),
}
_WRONG = {
    # Not isinf(): in ibis 12 it is false of every number on Spark.
    "infinite": lambda x: x.abs() == float("inf"),
    "outside 0-100, where no log-odds exist": lambda x: ~x.isnan() & ((x < 0) | (x > 100)),
    # In these engines NaN is above all numbers.
    "that are no weights (missing, zero, negative or infinite)": lambda x: (
        ~((x > 0) & (x < float("inf"))).fill_null(False)
    ),
}
# The reason of rows that are refused, not left out; the number of rows whose mean is the constant to count from.
_REFUSED, _FIRST = -1, 1000


def scan(
    source: Readable,
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
    units: Units = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] = ("",),
    engine: Any = None,
) -> Moments:
    """Scan a register into moments: one pass and little memory, whatever its size; two with household effects.

    Parameters
    ----------
    source : DataFrame, path, list of paths or ibis table
        Paths or patterns (``"register/*.parquet"``) of Parquet or CSV.
    outcome, regressors : str, sequence of str
        Terms, as in ``Moments.from_frame``.
    place, year, cluster, entity, time : str or list of str
        Columns or keys, as in ``Moments.from_frame``; ``entity`` may be nested in the cluster: households in communes.
    unique : bool, default True
        False allows several rows for one place and time.
    weights, years_by : str, optional
        Columns, as in ``Moments.from_frame``.
    units : str or mapping of str to str, optional
        The unit of rates (columns ``…_pct``, an outcome in log-odds), "pct" or "share"; asked for where doubtful.
    decimal, thousands, missing : str, str, sequence of str
        The signs in the numbers of a CSV, seen from each column, and asked where one may be either; words for missing.
    engine : object, optional
        None for DuckDB in this process (or the table's own), else as in ``connect``.

    Returns
    -------
    Moments
        As of ``Moments.from_frame``; here too large values cost no digits.

    Raises
    ------
    WrongType
        On another source.
    Refused
        All problems at once: files that cannot be read (with file and line), and where ``Moments.from_frame`` refuses.
    MissingExtra
        Without the packages of the engine.

    References
    ----------
    Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115.

    Examples
    --------
    >>> rows = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "y": [1, 2, 4, 7], "x": [0, 1, 1, 3]})
    >>> moments = scan(rows, "y", ["x"])
    >>> moments.columns, moments.clusters, moments.xy.round(9).tolist()
    (('x', 'year[1]'), ('a', 'b'), [[0.5, -0.5], [3.0, -1.5]])
    """
    terms = (outcome, *regressors)
    cluster, entity, time = named_by(place, year, cluster, entity, time)
    if weights is not None and not isinstance(weights, str):
        refuse("cannot build moments", weight_problems(pd.DataFrame(), weights))
    connection = connect(engine_of(source) if engine is None else engine)
    notation = Notation(decimal, thousands, tuple(missing))
    used = used_by((*terms, *filter(None, [weights])), cluster, entity, time, years_by)
    source = timed(source, time) if isinstance(source, pd.DataFrame) else source
    rows, files = read(connection, source, used, notation=notation)
    asked = {*_columns(terms, time, weights)} & {*rows.columns}
    rows, unread = measured(timed(rows, time), files, asked, notation)
    with reading(files):
        rows = looked_at_often(rows, used(rows.columns))
        found = table_units(rows, terms, units)
    rows, types = found.in_percent(rows), dict(rows.schema().items())
    problems = model_problems(types, terms, cluster, entity, time, source="source", years_by=years_by)
    problems += [f"no such column of weights: {w!r}" for w in [weights] if w is not None and w not in types]
    problems += [*unread, *found.problems, *_type_problems(types, terms, time, weights)]
    refuse("cannot build moments", problems)
    if isinstance(source, pd.DataFrame):
        problems += column_problems(source, cluster, entity, years_by)
    rows, area, owner, region = keyed(with_parts(rows, cluster), cluster, entity, years_by)
    nested, once = owner not in (None, area), unique and bool(time)
    with reading(files):
        origin = _origin(connection, rows, terms)
        keys = area, owner if nested else None, region
        needed = _needed(rows, types, terms, keys, time, weights, origin)
        sums, lost = _sums(connection, needed, origin, bool(time))
        places, there = (sums[0], sums[2] > 0) if not region else places_of(sums[0], sums[2] > 0)
        problems += moved(cluster, types, places, there)
        if once and owner and not nested:
            problems += repeated(twice(sums, lost, bool(region)), area, time)
        if any(reason == _REFUSED for _, _, reason, _ in lost):
            problems += _wrong_values(source, rows, files, terms, (time, weights), notation, found)
        refuse("cannot build moments", problems)
        within = None
        if nested:
            names = nests(area, region), owner, time
            within, problems = _within(connection, needed, origin, sums, names, once)
    refuse("cannot build moments", problems)
    order = reasons(terms, area, time, owner, region)
    left_out = counted(((order[reason], count) for _, _, reason, count in lost), order)
    parts = *sums[:-1], left_out, unique and not region, within, weights, sums[-1], region
    moments = Moments(terms, area, owner, time, *parts)
    return apart(moments, unique) if region else moments


def _columns(terms, *others):
    """Return {column: its name in the query} for what must be a number; ``others``: time and weights."""
    columns = dict.fromkeys([*(parse(term)[1] for term in terms), *filter(None, others)])
    return {column: f"c{i}" for i, column in enumerate(columns)}


def _checks(terms, time, weights):
    """Return what a column's values must not be, as (column, what), each once."""
    shares = [column for kind, column in map(parse, terms) if kind == "log_odds"]
    infinite, outside, unfit = _WRONG
    checks = [(column, what) for column in _columns(terms, time) for what in (infinite, outside)]
    checks = [(column, what) for column, what in checks if what == infinite or column in shares]
    return [*checks, *([(weights, unfit)] if weights else [])]


def _type_problems(types, terms, *others):
    return [
        f"{column!r} must be numeric, is {types[column]}"
        for column in _columns(terms, *others)
        if column in types and not is_number(types[column])
    ]


def _needed(rows, types, terms, keys, time, weights, origin):
    """Return what the sums need of each row: place, entity, moment, weight, values v0, v1, … about the origin; and more.

    ``keys``: the columns of places, and of entities and of regions where there are some: entity and ``area``.
    ``when``: the moment of a usable row, else none; ``usable``; ``reason``: why not (a position).
    """
    import ibis

    names, (cluster, entity, region) = _columns(terms, time, weights), keys
    called = {"place": cluster, "entity": entity, "area": region}
    keys = {name: label_column(rows, [column]) for name, column in called.items() if column}
    keys |= {part: rows[part] for part in rows.columns if part.startswith(PARTS)}
    keys["moment"] = rows[time] if time else ibis.literal(0)
    if time and (types[time].is_floating() or types[time].is_decimal()):
        keys["moment"] = rows[time].cast("float64")
    rows = rows.select(**keys, **{name: as_number(rows[column]) for column, name in names.items()})
    read = [(kind, column, rows[names[column]]) for kind, column in map(parse, terms)]
    defined = {(f"no_{kind}", column): _TRANSFORMS[kind][0](x) for kind, column, x in read if kind}
    # NaN is above infinity in these engines; what is true or false, or a whole number, is neither.
    usable = [
        rows[name].abs() < float("inf") if types[column].is_floating() else rows[name].notnull()
        for column, name in names.items()
    ]
    usable += [rows[k].notnull() for k in keys if k not in ("moment", f"{PARTS}0" in keys and "place")]
    wrong = {check: _WRONG[check[1]](rows[names[check[0]]]) for check in _checks(terms, time, weights)}
    usable += [~met for (column, _), met in wrong.items() if column == weights]
    cases = [(met, _REFUSED) for met in wrong.values()]
    absent = {column: rows[name].isnull() | rows[name].isnan() for column, name in names.items()}
    absent |= {column: rows[name].isnull() for name, column in reversed(called.items()) if column}
    for i, (reason, column) in enumerate(reasons(terms, cluster, time, entity, region)):
        lost = absent[column] if reason == "missing" else ~defined[reason, column]
        cases.append((lost, i))
    # Rows that are not usable form groups of their own: only what has no logarithm must not be asked for one.
    values = {f"v{i}": _value(kind, x) - origin[i] for i, (kind, _, x) in enumerate(read)}
    usable = ibis.and_(*usable, *defined.values()).fill_null(False)
    when = usable.ifelse(rows.moment, None)
    values |= {"weight": rows[names[weights]]} if weights else {}
    return rows.select(*keys, when=when, usable=usable, reason=ibis.cases(*cases), **values)


def _value(kind, x):
    inside, value = _TRANSFORMS.get(kind, (None, None))
    return inside(x).ifelse(value(x), None) if inside and value else x


def _origin(connection, rows, terms):
    """Return the means of the first rows: constants near the values, so that these lose no digits."""
    columns = {column: as_number(rows[column]) for _, column in map(parse, terms)}
    first = connection.execute(rows.limit(_FIRST).select(**columns))
    values = [read_term(first, term)[0] for term in terms]
    return [float(value[np.isfinite(value)].mean()) if np.isfinite(value).any() else 0.0 for value in values]


def _sums(connection, needed, origin, timed):
    """Return labels, times and what moments store of the rows; and (place, moment, reason, count) of the others."""
    # One pass for the rows that count; a look at the others only when there are some.
    groups = group_sums(connection, needed, len(origin), quick_covariance)
    lost, weighted, regional = [], "weight" in needed.columns, "area" in needed.columns
    if any(group[1 + regional] is None for group in groups):
        others = needed.filter(~needed.usable).group_by(["place", "moment", "reason"])
        lost = fetched(connection, others.aggregate(n=lambda rows: rows.count()))
    sums, digits = sum_groups(groups, origin, timed, weighted, regional)
    if not digits:
        groups = group_sums(connection, needed, len(origin), exact_covariance)
        sums, _ = sum_groups(groups, origin, timed, weighted, regional)
    return sums, lost


def _within(connection, needed, origin, sums, names, once):
    """Return the sums within entities, and what is wrong with these."""
    rows = needed.filter(needed.usable)
    _, _, counts, means, _, products, masses = sums
    size_of = (counts if masses is None else masses).sum(axis=1)
    far = np.diagonal(products, axis1=1, axis2=2) + size_of[:, None] * (means - origin) ** 2
    for covariance in (quick_covariance, exact_covariance):
        within, problems = sum_nested(connection, rows, origin, sums, covariance, names=names, once=once)
        if within is None or sharp(far, np.diagonal(within.products, axis1=1, axis2=2)[:, : len(origin)]):
            break
    return within, problems


def _wrong_values(source, rows, files, terms, others, notation, units):
    """Yield, for each column, how many values are wrong and where the first stands."""
    import ibis

    framed, here, columns = isinstance(source, pd.DataFrame), connect(), _columns(terms, *others)
    pieces = {file: measured(read(here, file)[0], [file], columns, notation)[0] for file in local(files)}
    pieces = {file: units.in_percent(piece) for file, piece in pieces.items()}
    pieces = pieces or {"": units.in_percent(read(here, source)[0]) if framed else rows}
    for column, what in _checks(terms, *others):
        total, first = 0, None
        for file, piece in pieces.items():
            backend = piece.get_backend()
            # The rows of a table on Spark have no order.
            row = ibis.row_number() if backend.name == "duckdb" else ibis.literal(0)
            numbered = piece.select(row=row, value=as_number(piece[column]))
            wrong = numbered.filter(_WRONG[what](numbered.value)).fill_null({"value": float("nan")})
            sums = wrong.aggregate(n=wrong.count(), row=wrong.row.min(), value=wrong.value.argmin(wrong.row))
            ((count, row, value),) = fetched(backend, sums)
            if count and not total:
                row = source.index[row] if framed else row + 1
                first = f"{value:g}" + (f" in row {row}" if backend.name == "duckdb" else "")
                first += f" of {file}" if file else ""
            total += count
        if total:
            yield f"{column!r}: {total} value(s) {what}, first {first}"
