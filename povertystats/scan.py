"""Moments of registers larger than memory: DuckDB reads files, a relation or a frame, and only sums come back."""

import os
from collections import Counter
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from povertystats.cells import model_problems, reasons, repeated, time_label
from povertystats.moments import Moments
from povertystats.terms import parse, refuse

_PARQUET = (".parquet", ".parq", ".pq")
_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_FLOATS = ("float", "double", "decimal")
_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "hugeint")
_NUMERIC = {"boolean", *_FLOATS, *_INTEGERS, *(f"u{kind}" for kind in _INTEGERS)}

# The terms of ``povertystats.terms`` in SQL; ln(1 + x) as such would lose the digits of a small x.
_VALUE = {
    "log": "ln({0})",
    "log1p": "CASE WHEN {0} < 1 THEN 2 * atanh({0} / (2 + {0})) ELSE ln(1 + {0}) END",
    "log_odds": "ln({0}) - ln(100 - {0})",
}
_DEFINED = {"log": "{0} > 0", "log1p": "{0} >= 0", "log_odds": "{0} > 0 AND {0} < 100"}
_WRONG = {
    "infinite": "isinf({0})",
    "outside 0-100, where no log-odds exist": "NOT isnan({0}) AND ({0} < 0 OR {0} > 100)",
}
# Covariances within a group: quick, but short of digits where groups are far from the origin and narrow; or
# about running means (Welford), slower. The quick one does while it keeps 12 of its 16 digits.
_QUICK = "(sum(v{0} * v{1}) - sum(v{0}) * sum(v{1}) / count(*)) / count(*)"
_EXACT, _LOSS = "covar_pop(v{0}, v{1})", 1e4
# The reason of rows that are refused, not left out; and the number of rows whose mean is the constant to count from.
_REFUSED, _FIRST = -1, 1000


def scan(source, outcome, regressors, *, cluster="place", entity="place", time="year", unique=True):
    """Scan a register into moments with DuckDB: one pass and little memory, whatever its size.

    ``source``: a path, a pattern (``"register/*.parquet"``) or a list of them (Parquet or CSV), a DuckDB
    relation, or a DataFrame. Terms, the result, its units and the rows left out are those of
    ``Moments.from_frame``; here too large values cost no digits. ``unique=False`` allows several rows for
    one place and time.

    Raises TypeError on another source; ValueError, all problems at once, on files that are not there or
    cannot be read (with file and line), and where ``Moments.from_frame`` does (rows of files and relations
    count from 1); ModuleNotFoundError without DuckDB.
    Source: Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115.

    >>> rows = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "y": [1, 2, 4, 7], "x": [0, 1, 1, 3]})
    >>> moments = scan(rows, "y", ["x"])
    >>> moments.columns, moments.clusters, moments.xy.round(9).tolist()
    (('x', 'year[1]'), ('a', 'b'), [[0.5, -0.5], [3.0, -1.5]])
    """
    try:
        import duckdb
    except ModuleNotFoundError as error:
        reason = 'scan needs DuckDB: pip install "povertystats[register]"'
        raise ModuleNotFoundError(reason, name=error.name) from None
    terms = (outcome, *regressors)
    # In memory, and without a folder to spill into: nothing is left behind.
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as connection:
        opened, files = _opener(duckdb, connection, source)
        try:
            rows = opened(files)
            types = dict(zip(rows.columns, (kind.id for kind in rows.types), strict=True))
            problems = model_problems(types, terms, cluster, entity, time, source="source")
            refuse("cannot build moments", problems + _type_problems(types, terms, time))
            told = _told(rows, types, terms, cluster, time)
            origin = _origin(told, len(terms))
            sums, lost = _sums(told, origin, bool(time))
            if unique and entity and time:
                problems += repeated(_twice(sums, lost), cluster, time)
            if any(reason == _REFUSED for _, _, reason, _ in lost):
                pieces = {file: opened([file]) for file in files}
                index = source.index if isinstance(source, pd.DataFrame) else None
                problems += _wrong_values(pieces, terms, time, index)
        except duckdb.Error as error:
            refuse("cannot read the source", _unreadable(duckdb, opened, files, error))
    refuse("cannot build moments", problems)
    left_out = _left_out(lost, reasons(terms, cluster, time))
    return Moments(terms, cluster, entity, time, *sums, left_out, unique)


def _opener(duckdb, connection, source):
    """Return a function from files to a relation, and the files; a source of another kind is one piece, None."""
    if isinstance(source, duckdb.DuckDBPyRelation):
        return lambda _: source, [None]
    if isinstance(source, pd.DataFrame):
        return lambda _: connection.from_df(source), [None]
    patterns = [source] if isinstance(source, (str, os.PathLike)) else source
    if not isinstance(patterns, (list, tuple)) or not all(
        isinstance(p, (str, os.PathLike)) for p in patterns
    ):
        expected = "a path, a list of paths, a DuckDB relation or a pandas DataFrame"
        raise TypeError(f"source must be {expected}, not {type(source).__name__}")
    files, problems = [], [] if patterns else ["the list of files is empty"]
    for pattern in map(os.fspath, patterns):
        found = [file for (file,) in connection.execute("SELECT file FROM glob(?)", [pattern]).fetchall()]
        problems += [] if found else [f"no file matches {pattern!r}"]
        files += sorted(found)
    kinds = {file: file.lower().endswith(_PARQUET) for file in files}
    problems += [
        f"{file} is neither Parquet nor CSV; expected a name that ends in {', '.join((*_PARQUET, *_CSV))}"
        for file, parquet in kinds.items()
        if not (parquet or file.lower().endswith(_CSV))
    ]
    if len(set(kinds.values())) > 1 and not problems:
        problems.append("both Parquet and CSV; expected files of one kind")
    refuse("cannot read the source", problems)
    if all(kinds.values()):
        return connection.read_parquet, files
    return lambda some: connection.read_csv(some, header=True, quotechar='"', escapechar='"'), files


def _quoted(column):
    # A column's own name, whatever signs it holds.
    return '"' + column.replace('"', '""') + '"'


def _columns(terms, time):
    """Return {column: its name in SQL} for what must be a number."""
    columns = dict.fromkeys([*(parse(term)[1] for term in terms), *filter(None, [time])])
    return {column: f"c{i}" for i, column in enumerate(columns)}


def _checks(terms, time):
    """Return what a column's values must not be, as (column, what), each once."""
    shares = [column for kind, column in map(parse, terms) if kind == "log_odds"]
    infinite, outside = _WRONG
    checks = [(column, what) for column in _columns(terms, time) for what in (infinite, outside)]
    return [(column, what) for column, what in checks if what == infinite or column in shares]


def _type_problems(types, terms, time):
    return [
        f"{column!r} must be numeric, is {types[column].upper()}"
        for column in _columns(terms, time)
        if column in types and types[column] not in _NUMERIC
    ]


def _told(rows, types, terms, cluster, time):
    """Return place, moment and values v0, v1, … of each row, whether it is usable, and why not (a position)."""
    names, place, moment = _columns(terms, time), _quoted(cluster), _quoted(time) if time else "0"
    if types[cluster] in _FLOATS:
        place = f"CASE WHEN NOT isnan({place}::DOUBLE) THEN {place} END"
    if time and types[time] in _FLOATS:
        moment = f"{moment}::DOUBLE"
    numbers = [f"{_quoted(column)}::DOUBLE AS {name}" for column, name in names.items()]
    read = [(kind, column, names[column]) for kind, column in map(parse, terms)]
    defined = {(f"no_{kind}", column): _DEFINED[kind].format(name) for kind, column, name in read if kind}
    # NaN is above infinity in DuckDB; isfinite() says the same, at half the speed.
    finite = [f"abs({name}) < 'inf'::DOUBLE" for name in names.values()]
    usable = ["place IS NOT NULL", *finite, *defined.values()]
    cases = [f"WHEN {_WRONG[what].format(names[c])} THEN {_REFUSED}" for c, what in _checks(terms, time)]
    for i, (reason, column) in enumerate(reasons(terms, cluster, time)):
        lost = f"{names.get(column)} IS NULL OR isnan({names.get(column)})" if i else "place IS NULL"
        if reason != "missing":
            lost = f"NOT ({defined[reason, column]})"
        cases.append(f"WHEN {lost} THEN {i}")
    # Rows that are not usable form groups of their own: only what has no logarithm must not be asked for one.
    values = [
        f"CASE WHEN {_DEFINED[kind].format(name)} THEN {_VALUE[kind].format(name)} END AS v{i}"
        if kind
        else f"{name} AS v{i}"
        for i, (kind, _, name) in enumerate(read)
    ]
    renamed = rows.project(", ".join([f"{place} AS place", f"{moment} AS moment", *numbers]))
    told = [f"{' AND '.join(usable)} AS usable", f"CASE {' '.join(cases)} END AS reason", *values]
    return renamed.project(", ".join(["place", "moment", *told]))


def _origin(told, p):
    """Return the means of the first rows: constants near the values, so that these lose no digits."""
    means = (
        told.filter("usable").limit(_FIRST).aggregate(", ".join(f"avg(v{i})" for i in range(p))).fetchall()[0]
    )
    return [mean or 0.0 for mean in means]


def _sums(told, origin, timed):
    """Return labels, times and what moments store of the rows; and (place, moment, reason, count) of the others."""
    # One pass for the rows that count; a look at the others only when there are some.
    groups = _groups(told, origin, _QUICK)
    lost = []
    if any(moment is None for _, moment, *_ in groups):
        keys = "place, moment, reason"
        lost = told.filter("usable IS NOT TRUE").aggregate(f"{keys}, count(*)", keys).fetchall()
    sums, sharp = _summed(groups, origin, timed)
    if not sharp:
        sums, _ = _summed(_groups(told, origin, _EXACT), origin, timed)
    return sums, lost


def _groups(told, origin, covariance):
    """Return (place, moment, count, means, covariances) of each group, values about the origin."""
    values = [f"v{i} - ({constant!r}) AS v{i}" for i, constant in enumerate(origin)]
    about = told.project(", ".join(["place", "CASE WHEN usable THEN moment END AS moment", *values]))
    pairs = combinations_with_replacement(range(len(origin)), 2)
    sums = [f"avg(v{i})" for i in range(len(origin))] + [covariance.format(i, j) for i, j in pairs]
    return about.aggregate(", ".join(["place, moment, count(*)", *sums]), "place, moment").fetchall()


def _summed(groups, origin, timed):
    """Return what moments store of the groups, in whatever order they come, and whether that is sharp.

    Sharp: where squares about the place's mean, which are wanted, are no tiny share of those about the origin,
    of which the computer keeps 16 digits.
    """
    groups = [
        (place, time_label(moment) if timed else None, row)
        for place, moment, *row in groups
        if moment is not None
    ]
    labels = sorted({place for place, _, _ in groups}, key=str)
    times = sorted({moment for _, moment, _ in groups})
    positions = [{label: i for i, label in enumerate(axis)} for axis in (labels, times)]
    place, when = (np.array([at[group[k]] for group in groups], int) for k, at in enumerate(positions))
    p, pairs = len(origin), [*combinations_with_replacement(range(len(origin)), 2)]
    numbers = np.array([row for *_, row in groups], float).reshape(len(groups), 1 + p + len(pairs))
    counts, cells = np.zeros((len(labels), len(times)), int), np.zeros((len(labels), len(times), p))
    counts[place, when], cells[place, when] = numbers[:, 0], numbers[:, 1 : 1 + p]
    means = np.einsum("gt,gtp->gp", counts, cells) / counts.sum(axis=1)[:, None]
    far = np.einsum("gt,gtp->gp", counts, cells**2)
    cells -= means[:, None]
    sums = counts[:, :, None] * cells
    products = sums.transpose(0, 2, 1) @ cells
    for (i, j), covariance in zip(pairs, numbers[:, 1 + p :].T, strict=True):
        within = np.bincount(place, numbers[:, 0] * covariance, minlength=len(labels))
        products[:, [i, j], [j, i]] += within[:, None]
    wanted = np.diagonal(products, axis1=1, axis2=2)
    sharp = (far <= _LOSS * wanted) | (counts.sum(axis=1)[:, None] == 1)
    return (tuple(labels), tuple(times), counts, means + origin, sums, products), sharp.all()


def _left_out(lost, pairs):
    rows = Counter()
    for _, _, reason, count in lost:
        rows[reason] += count
    return tuple((*pair, rows[i]) for i, pair in enumerate(pairs) if rows[i])


def _twice(sums, lost):
    """Return the places and times, as text, with more than one row, those left out included."""
    labels, times, counts, *_ = sums
    cells = ((labels[g], times[t], counts[g, t]) for g, t in zip(*np.nonzero(counts), strict=True))
    rows = Counter()
    for place, moment, count in (*cells, *((place, moment, count) for place, moment, _, count in lost)):
        if place is not None and moment is not None:
            rows[place, time_label(moment)] += count
    return [f"{place} {moment}" for (place, moment), count in sorted(rows.items(), key=str) if count > 1]


def _wrong_values(pieces, terms, time, index):
    """Yield, for each column, how many values are wrong and where the first stands."""
    for column, what in _checks(terms, time):
        total, first = 0, None
        for file, rows in pieces.items():
            numbered = rows.project(f"row_number() OVER () AS row, {_quoted(column)}::DOUBLE AS value")
            wrong = numbered.filter(_WRONG[what].format("value"))
            count, row, value = wrong.aggregate("count(*), min(row), arg_min(value, row)").fetchall()[0]
            if count and not total:
                row = row if index is None else index[row - 1]
                first = f"{value:g} in row {row}" + (f" of {file}" if file else "")
            total += count
        if total:
            yield f"{column!r}: {total} value(s) {what}, first {first}"


def _unreadable(duckdb, opened, files, error):
    """Return what is wrong with each file that cannot be read on its own, or else with all together."""
    problems = []
    for file in filter(None, files):
        try:
            opened([file]).aggregate("count(COLUMNS(*))").fetchall()
        except duckdb.Error as own:
            problems.append(f"{file}: {_short(own)}")
    return problems or [_short(error)]


def _short(error):
    """Return the lines of DuckDB's message that say what is wrong, without its advice."""
    told = str(error).split("\n\n")[0].splitlines()
    kept = [line for line in told if not line.startswith(("Possible", "*", "This type", "If you", "LINE"))]
    return "; ".join(line.strip() for line in kept if line.strip())
