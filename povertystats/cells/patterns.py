"""Rows with a 0/1 outcome as cells: how many have a cluster, effect and pattern of regressors, and how many events."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from povertystats.engines.connections import connect, engine_of
from povertystats.engines.reading import measured, read, reading
from povertystats.engines.schemas import used_by
from povertystats.files.numbers import Notation
from povertystats.frames.keys import Key, full_key, key_name, keyed, label_column, shown, timed
from povertystats.frames.model import answers
from povertystats.frames.spellings import label_problems, two_ways
from povertystats.regression.sums import PARTS, with_parts
from povertystats.regression.terms import model_problems, parse, read_term, usable_rows
from povertystats.words.errors import not_lists, not_whole, refuse

# Every indicator is a coefficient to solve for; effects are absorbed and may have any number of levels.
_LEVELS = 50


@dataclass(frozen=True, eq=False)
class Patterns:
    """Cells: the rows that have cluster, effect and regressors in common, in the order of these.

    By cell: ``place`` and ``effect`` (m,), positions in ``clusters`` and ``levels``; ``x`` (m, p); ``n`` rows, of these
    ``events`` with outcome 1; with weights the sums of these, so scaled that they add up to the ``rows``. ``names`` (p) of regressors and indicators, ``bases`` (p) what an indicator is compared with
    (None: a regressor); ``dropped`` (reason, column, rows).
    """

    outcome: str
    cluster: str
    effects: str | None
    names: tuple[str, ...]
    bases: tuple[str | None, ...]
    clusters: tuple
    levels: tuple
    place: np.ndarray
    effect: np.ndarray
    x: np.ndarray
    n: np.ndarray
    events: np.ndarray
    rows: int
    dropped: tuple[tuple[str, str, int], ...]


def count_patterns(
    source: Any,
    outcome: str,
    regressors: Sequence[str],
    *,
    cluster: Key = "commune",
    year: str | None = "year",
    categories: Sequence[str] | Mapping[str, Any] = (),
    effects: Key | None = None,
    weights: str | None = None,
    max_cells: int = 1_000_000,
    notation: Notation = Notation(missing=("",)),  # noqa: B008
    engine: Any = None,
) -> Patterns:
    """Count the rows of a register by cluster, 0/1 outcome and discrete regressors, in one pass.

    ``source``: a DataFrame; or files (Parquet or CSV: a path, a pattern, a list) or an ibis table, where the engine
    counts and only cells come back; ``engine``: None for DuckDB (or the table's own), else as in ``connect``.
    ``outcome``: 0/1 (or 0/100 in per cent), true/false or words for yes and no. ``regressors``: numbers or true/false, also ``log(column)``, ``log1p(column)``.
    ``categories``: further columns of any kind, each level but the first an indicator; ``{column: base}`` chooses the
    level left out. ``effects``: a column whose levels are kept apart (None: one level). Clusters,
    effects and categories of a name that stands under two areas are two (``frames.keys``). ``weights``: a column of how much
    each row counts, above 0. ``notation``: of a CSV. Left out and counted, each row once: "missing" values, "no_log" where there is no logarithm, "no_variation" where an effect has one outcome.

    Raises WrongType on another source; MissingExtra without the packages of the engine; Refused, all problems
    at once, on files that cannot be read, bad options, columns that are not there, more than ``max_cells`` cells,
    values that are no numbers, infinite or no 0/1 outcome, categories of one level or too many, one cluster alone.

    >>> rows = pd.DataFrame({"commune": list("aabbb"), "poor": [1, 0, 0, 1, 0], "borrower": [0, 0, 1, None, 0]})
    >>> patterns = count_patterns(rows, "poor", ["borrower"])
    >>> patterns.n.tolist(), patterns.events.tolist(), patterns.x.tolist(), patterns.dropped
    ([2, 1, 1], [1, 0, 0], [[0.0], [0.0], [1.0]], (('missing', 'borrower', 1),))
    """
    what = f"cannot count {outcome}"
    refuse(what, _bad_options(outcome, regressors, categories, cluster, effects, weights, max_cells))
    categories = dict(categories) if isinstance(categories, Mapping) else dict.fromkeys(categories)
    others = [] if effects is None or key_name(effects) == key_name(cluster) else [key_name(effects)]
    terms = (outcome, *regressors, *categories, *others)
    files: tuple[str, ...] = ()
    if isinstance(source, pd.DataFrame):
        connection, rows = None, timed(source, year)
    else:
        connection = connect(engine_of(source) if engine is None else engine)
        read_names = (*terms, weights) if weights else terms
        rows, files = read(connection, source, used_by(read_names, cluster, effects, year), notation=notation)
        rows = timed(rows, year)
    weighed = [weights] if weights else []
    when = None if year == "year" else year  # the usual one need not be there
    refuse(
        what, model_problems(list(rows.columns), (*terms, *weighed), cluster, effects, when, source="source")
    )
    measures = [parse(term)[1] for term in (outcome, *regressors)] + weighed
    if connection is None:
        texts = [name for name in measures if not pd.api.types.is_numeric_dtype(rows[name])]
        said = {name: answers(rows[name], notation) for name in texts}
        rows = rows.assign(**{name: values for name, values in said.items() if values is not None})
    else:
        rows, unread = measured(rows, files, measures, notation)
        refuse(what, unread)
    repeated = [
        column for column in categories if _repeated(connection, rows, full_key(column, rows.columns))
    ]
    rows = rows if connection is None else with_parts(rows, cluster)
    rows, area, group, *_ = keyed(rows, cluster, effects, *repeated)
    columns = dict.fromkeys([area, *(parse(term)[1] for term in terms)])
    every_row = rows
    with reading(files) if connection else nullcontext():
        rows, n, w = _count(connection, rows, [*columns], weights, max_cells, what)

    read_terms = {term: read_term(rows, term) for term in (outcome, *regressors)}
    refuse(what, dict.fromkeys(line for *_, lines in read_terms.values() for line in lines))
    missing = {column: rows[column].isna().to_numpy() for column in rows}
    every: dict[str, tuple] = {c: (None, [("missing", c, gone)], []) for c, gone in missing.items()}
    usable, left_out = usable_rows(every | read_terms, missing[area], terms, area, None, n=n)
    y, *values = (value for value, *_ in read_terms.values())
    y = y / 100 if np.isin(y[usable], (0, 100)).all() else y
    problems = _no_outcome(outcome, y, rows[area], n, usable)
    if not problems:
        flat = _flat(np.where(usable, y, 0), n, rows[group] if group else None, usable)
        if flat.any():
            left_out += (("no_variation", group or outcome, int(n[flat].sum())),)
        usable &= ~flat
    if not usable.any():
        counts = ", ".join(f"{reason} {column}: {count:,}" for reason, column, count in left_out)
        refuse(what, [*problems, f"no rows are left ({counts or 'the source is empty'})"])
    used, n, w, y = rows[usable], n[usable], w[usable], y[usable]
    solved: dict[tuple[str, str | None], np.ndarray]
    solved = {(term, None): value[usable] for term, value in zip(regressors, values, strict=True)}
    for column, base in categories.items():
        indicators, lines = _indicators(used[column], base)
        solved |= indicators
        problems += lines
    place, clusters = pd.factorize(used[area], sort=True)
    effect, levels = pd.factorize(used[group], sort=True) if group else (np.zeros_like(place), [None])
    if len(clusters) < 2:
        problems.append(f"1 cluster by {area!r}; the jackknife needs 2, better 20 or more")
    named = {area: clusters, **({group: levels} if group else {})}
    for name, labels in named.items():
        problems += label_problems(name, list(labels), _seen(connection, every_row, name, year, list(labels)))
    refuse(what, problems)

    keys = ["place", "effect", *range(len(solved))]
    if weights:
        w = w * (n.sum() / w.sum())
    cells = pd.DataFrame(dict(enumerate(solved.values()))).assign(place=place, effect=effect, n=w)
    cells = cells.assign(events=(w * y).astype(w.dtype)).groupby(keys).sum().reset_index()
    names, bases = zip(*solved, strict=True)
    labels = names, bases, shown(clusters), shown(levels)
    arrays = {column: cells[column].to_numpy() for column in ("place", "effect", "n", "events")}
    x = cells[keys[2:]].to_numpy()
    return Patterns(outcome, area, group, *labels, x=x, **arrays, rows=int(n.sum()), dropped=left_out)


def _repeated(connection, rows, key):
    """Return whether a name at the end of a key stands under more than one of the names before it."""
    if len(key) == 1:
        return False
    if connection is None:
        return rows[list(key)].drop_duplicates()[key[-1]].duplicated().any()
    return connection.execute(rows.select(*key).distinct())[key[-1]].duplicated().any()


def _seen(connection, rows, column, year, labels):
    """Return in which years labels have rows (labels, years), where some may be one place and there are years; else None."""
    if year in (None, column) or year not in rows.columns or not any(two_ways(labels, lambda group: True)):
        return None
    pairs = rows[[column, year]] if connection is None else rows.select(column, year).distinct()
    pairs = (pairs.drop_duplicates() if connection is None else connection.execute(pairs)).dropna()
    return pd.crosstab(pairs[column], pairs[year]).reindex(labels, fill_value=0).to_numpy() > 0


def _count(connection, rows, columns, weights, max_cells, what):
    """Return the values that stand together in a row, a line for each cell, how many rows hold them, and their weights."""
    names = [f"c{i}" for i in range(len(columns))]
    if connection is None:
        w = pd.to_numeric(rows[weights], errors="coerce").astype(float) if weights else 1
        rows = rows[columns].set_axis(names, axis=1).assign(w=w)
        sums = {"n": ("w", "size"), "w": ("w", "sum"), "least": ("w", lambda of: of.min(skipna=False))}
        sums = sums if weights else {"n": ("w", "size")}
        cells = rows.groupby(names, dropna=False, observed=True, sort=False).agg(**sums).reset_index()
    else:
        # Decimals would come back as objects of Python's.
        parts = [rows[c].cast("float64") if rows[c].type().is_decimal() else rows[c] for c in columns]
        w = {"w": rows[weights].cast("float64")} if weights else {}
        # Places are told apart by the parts of their keys, and their labels made once a cell.
        key = [name for name in rows.columns if name.startswith(PARTS)]
        rows = rows.select(*key, **dict(zip(names, parts, strict=True)), **w)
        sums = {"n": rows.count()}
        sums |= {"w": rows["w"].sum(), "least": rows["w"].fill_null(0).min()} if weights else {}
        cells = rows.group_by([*key, *names[1:]] if key else names).aggregate(**sums)
        if key:
            again = {name: cells[name].min() if name == "least" else cells[name].sum() for name in sums}
            cells = cells.mutate(c0=label_column(cells, key)).group_by(names).aggregate(**again)
        cells = connection.execute(cells.limit(max_cells + 1))
    if len(cells) > max_cells:
        distinct = {name: rows[name].nunique() for name in names}
        if connection is not None:
            distinct = connection.execute(rows.aggregate(**distinct)).loc[0]
        counts = ", ".join(f"{c} {distinct[name]:,}" for name, c in zip(names, columns, strict=True))
        many = f"more than {max_cells:,} cells (max_cells); different values: {counts}"
        advice = "a column of many is not discrete: round it, cut it into classes, or leave it out"
        refuse(what, [f"{many}; {advice}"])
    n = cells.pop("n").to_numpy()
    w = cells.pop("w").to_numpy() if weights else n
    if weights and not ((cells.pop("least") > 0) & np.isfinite(w)).all():
        refuse(what, [f"{weights!r}: weights are missing, zero, negative or infinite; leave such rows out"])
    cells = cells.set_axis(columns, axis=1).convert_dtypes()
    # By its cluster a reader finds what is wrong.
    return cells.set_axis([f"of {columns[0]} {label}" for label in cells[columns[0]]]), n, w


def _no_outcome(outcome, y, cluster, n, usable):
    wrong = usable & ~np.isin(y, (0, 1))
    if not wrong.any():
        return []
    first, label = min(zip(y[wrong], map(str, cluster[wrong]), strict=True))
    where = f"first {first:g} in {cluster.name} {label}"
    return [f"{outcome!r}: {n[wrong].sum():,} row(s) are neither 0 nor 1, {where}"]


def _flat(y, n, effects, usable):
    """Return the usable cells of those effects (None: of the one intercept) whose outcome never varies."""
    effect = np.zeros(len(n), int) if effects is None else pd.factorize(effects, use_na_sentinel=False)[0]
    events, rows = np.bincount(effect, y * n), np.bincount(effect, usable * n)
    return usable & ((events == 0) | (events == rows))[effect]


def _indicators(column, base):
    """Return {(name, base): values} of each level but the base, and what is wrong."""
    codes, levels = pd.factorize(column, sort=True)
    levels = shown(levels)
    base = levels[0] if base is None else base
    category = f"category {column.name!r} has"
    if len(levels) < 2:
        return {}, [f"{category} 1 level, {levels[0]}; expected at least 2"]
    if len(levels) > _LEVELS:
        return {}, [f"{category} {len(levels):,} levels; expected at most {_LEVELS}: name it as effects"]
    if base not in levels:
        known = ", ".join(map(str, levels))
        return {}, [f"{category} no level {base!r} to tell the others from; it has {known}"]
    others = [(i, level) for i, level in enumerate(levels) if level != base]
    return {(f"{column.name}[{level}]", str(base)): (codes == i).astype(float) for i, level in others}, []


def _bad_options(outcome, regressors, categories, cluster, effects, weights, max_cells):
    if texts := not_lists(regressors=regressors, categories=categories):
        return texts
    keys = (part for key in (cluster, effects) for part in (key if isinstance(key, list | tuple) else [key]))
    columns = (outcome, *regressors, *categories, *(part for part in (*keys, weights) if part is not None))
    if problems := [f"{c!r} is no column name; expected text" for c in columns if not isinstance(c, str)]:
        return problems
    if parse(outcome)[0]:
        problems.append(f"outcome {outcome!r} must be a column of 0 and 1; the logit link is its scale")
    if not (*regressors, *categories):
        problems.append("regressors and categories are empty; expected at least one")
    return problems + not_whole(1, max_cells=max_cells)
