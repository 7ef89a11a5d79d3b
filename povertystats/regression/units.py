"""The units of a register's columns: what their values say, what is asked about, and rates turned into per cent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from povertystats.engines.connections import connect, engine_of
from povertystats.engines.reading import measured, read, reading
from povertystats.engines.schemas import used_by
from povertystats.engines.sources import Readable
from povertystats.files.doubts import shares
from povertystats.files.numbers import Notation
from povertystats.files.units import factor
from povertystats.frames.rates import YES, Units, is_rate, yes_of
from povertystats.regression.terms import parse
from povertystats.words.errors import InvalidValue, Refused

# The first rows are enough to see that most columns are neither shares nor of 0 and 1.
_FIRST = 1000


@dataclass(frozen=True)
class TableUnits:
    """What was found of a table's columns.

    ``times``: {column: what its values are to be multiplied by}; ``yes``: what stands for yes in an outcome of 0 and that
    alone (1, or 100 in per cent), None for others; ``units``: what these columns are written in, nothing to be asked any
    more; ``problems``: what is doubtful, and units that are not known.
    """

    times: Mapping[str, float] = field(default_factory=dict)
    yes: float | None = None
    units: Mapping[str, str] | None = None
    problems: tuple[str, ...] = ()

    def in_percent(self, rows: Any) -> Any:
        """Return an ibis table with its rates in per cent."""
        there = {name: times for name, times in self.times.items() if name in rows.columns}
        return rows.mutate(**{c: as_number(rows[c]) * times for c, times in there.items()}) if there else rows


def table_units(rows: Any, terms: Collection[str], units: Units = None, *, look: bool = False) -> TableUnits:
    """Return what the columns of an ibis table are written in, as ``frames.rates.model_rates`` does of a frame.

    ``terms``: the outcome first, as ``log_odds(column)`` where that is fitted; ``look``: for 0 and 1 in it, asked or not.

    >>> import ibis
    >>> rows = ibis.memtable({"poor": [0.15, 0.07], "x": [0.1, 0.2]})
    >>> print(table_units(rows, ["log_odds(poor)", "x"]).problems[0])
    source, field poor: '0.07' to '0.15': said to be in pct, but no figure exceeds 1: shares may be meant; say units={"poor": "share"}, or "pct" if they are right
    >>> table_units(rows, ["log_odds(poor)", "x"], "share").times
    {'poor': 100.0}
    """
    (kind, outcome), *_ = read = [parse(term) for term in terms]
    linked, columns = kind == "log_odds" or units == "share", [column for _, column in read]
    names = [c for c in dict.fromkeys(columns) if c in rows.columns and is_number(rows[c].type())]
    named = {} if units is None or isinstance(units, str) else units
    rates = [name for name in names if is_rate(name, outcome if linked else "")]
    said = {
        name: named.get(name, units if name in rates and isinstance(units, str) else None) for name in names
    }
    problems = [f"units: there is no column {name!r}" for name in named if name not in rows.columns]
    times = {}
    for name, unit in said.items():
        try:
            times[name] = 1.0 if unit is None else factor(unit, "pct")
        except InvalidValue as error:
            problems.append(f"units of {name!r}: {error}")
    asked = [name for name in rates if said[name] is None]
    seen = _seen(rows, {*asked, *([outcome] if look else [])} & {*names}, outcome)
    values, yes = seen.get(outcome), None
    if values is not None and times.get(outcome):
        yes = yes_of(values * times[outcome])
    for name in asked:
        if name == outcome and yes and not name.endswith("_pct"):
            continue
        for _, rule, hint in shares(seen[name], name) if name in seen else ():
            span = " to ".join(dict.fromkeys(f"'{v:g}'" for v in (seen[name].min(), seen[name].max())))
            problems.append(f"source, field {name}: {span}: {rule}; {hint}")
    settled = {name: said[name] or "pct" for name in rates} | {**named}
    return TableUnits({name: by for name, by in times.items() if by != 1}, yes, settled, tuple(problems))


def source_units(source: Readable, terms: Collection[str], units: Units, notation: Notation) -> TableUnits:
    """Return the units of files or a table, as ``table_units``; nothing where these cannot be read.

    What is wrong with the source is for the scan to say.
    """
    columns = [parse(term)[1] for term in terms]
    try:
        connection = connect(engine_of(source))
        rows, files = read(connection, source, used_by(columns), notation=notation)
        rows, _ = measured(rows, files, {*columns} & {*rows.columns}, notation)
        with reading(files):
            return table_units(rows, terms, units, look=True)
    except Refused:
        return TableUnits()


def is_number(kind: Any) -> bool:
    """Say whether a type of ibis is that of numbers, or of true and false."""
    return kind.is_numeric() or kind.is_boolean()


def as_number(column: Any) -> Any:
    """Return a column of an ibis table as floats, true and false as 1 and 0."""
    # DuckDB hands a conversion down to its reader of CSV, which takes no "False" for a number; and 1.0 would be
    # a decimal to Spark, which rounds what comes of it.
    column = column.cases((True, 1), (False, 0)) if column.type().is_boolean() else column
    return column.cast("float64")


def _seen(rows, columns, outcome):
    """Return values of each column that tell what they are: those of the first rows where they do, else by all rows."""
    if not columns:
        return {}
    read: Any = rows.select(**{name: as_number(rows[name]) for name in columns})
    first = read.limit(_FIRST).to_pandas()
    seen, unsure = dict[str, pd.Series](), list[str]()
    for name in first:
        values = first[name].dropna()
        told = values.gt(1).any() and (name != outcome or not values.isin([0, *YES]).all())
        told = told or {*values} == _choices(rows[name])
        seen |= {name: values} if told else {}
        unsure += [] if told else [name]
    if unsure:
        # In these engines NaN is above all numbers.
        known = {name: read[name].isnan().ifelse(None, read[name]) for name in unsure}
        sums = dict[str, Any]()
        for i, value in enumerate(known.values()):
            other = value.isin([0, *YES]).ifelse(None, value)
            sums |= {f"low{i}": value.min(), f"high{i}": value.max(), f"other{i}": other.min()}
            sums |= {f"one{i}": (value == 1).ifelse(1.0, None).max()}
        (row,) = read.aggregate(**sums).to_pyarrow().to_pylist()
        for i, name in enumerate(known):
            seen[name] = pd.Series(
                [row[f"{what}{i}"] for what in ("low", "high", "other", "one")], dtype=float
            ).dropna()
    return seen


def _choices(value):
    """Return the numbers that a column of an ibis table is, row by row, one of; None where these are not written out."""
    import ibis.expr.operations as ops

    of = value.op() if hasattr(value, "op") else value
    if isinstance(of, ops.Cast):
        return _choices(of.arg)
    if isinstance(of, ops.Field) and isinstance(of.rel, ops.Project):
        return _choices(of.rel.values[of.name])
    if isinstance(of, ops.Literal):
        return {of.value} - {None}
    if not isinstance(of, ops.IfElse):
        return None
    one, other = _choices(of.true_expr), _choices(of.false_null_expr)
    return None if one is None or other is None else one | other
