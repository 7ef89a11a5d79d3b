"""What an engine adds up of a survey in one scan: weighted sums by primary sampling unit and domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.engines.reading import reading
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

KINDS = ("rate", "mean", "total", "ratio")
# Before the name of a column of domains, which may be any.
KEY = "key_"
# Of each measure: interviewed households with a value, their weights, weighted sums, and those of squares and products.
SUMS = ("n", "w", "y", "x", "yy", "xy", "xx")


@dataclass(frozen=True, eq=False)
class Measure:
    """One quantity to be estimated: ``kind`` of ``KINDS``, ``y`` over ``x``, columns of an ibis table.

    A rate is ``100 Σwyx/Σwx`` with y from 0 to 1, a mean ``Σwy/Σw`` and a ratio ``Σwy/Σwx`` of the rows that have both, a
    total ``Σwy``. ``x`` is None for all rows, and left out of a mean and a total.
    """

    kind: str
    y: Value
    x: Value | None = None

    def columns(self) -> tuple[Value, Value]:
        """Return y and x as numbers, missing in rows that do not count."""
        y, x = _number(self.y), None if self.x is None else _number(self.x)
        known = _known(y) if x is None else _known(y) & _known(x)
        if self.kind == "rate" and x is not None:
            known &= x > 0
        known = known.fill_null(False)
        x = known.ifelse(1.0, None) if x is None else known.ifelse(x, None)
        y = known.ifelse(y, None)
        return (y * x if self.kind == "rate" else y), x


def psu_sums(
    rows: Table,
    measures: Sequence[Measure],
    *,
    by: Sequence[str],
    weight: Value,
    stratum: Mapping[str, Value],
    psu: Mapping[str, Value],
    files: Sequence[str] = (),
) -> pd.DataFrame:
    """Return one row a domain, stratum and primary sampling unit with the sums of each measure, in one scan.

    ``by``: columns of domains; ``stratum`` and ``psu``: {column: what it says}, as many as it takes.

    Columns: ``key_…`` of domains; ``stratum`` and ``psu``, numbers from 0 on, a unit of one stratum alone; ``rows`` and
    ``weights``; ``{sum}{i}`` of ``SUMS`` for measure i. ``attrs["strata"]``: the labels of strata, in that order.

    Raises Refused, all problems at once, where a weight is missing, zero or negative, a stratum or unit is missing.
    """
    values = {}
    for i, measure in enumerate(measures):
        values[f"y{i}"], values[f"x{i}"] = measure.columns()
    keys = {KEY + name: rows[name] for name in by}
    strata = {f"stratum_{name}": value for name, value in stratum.items()}
    units = {f"psu_{name}": value for name, value in psu.items()}
    named = rows.select(**keys, **strata, **units, **values, weight=weight.cast("float64"))
    w = named["weight"]
    sound = (_known(w) & (w > 0) & (w < float("inf"))).fill_null(False)
    sums: dict[str, Any] = {"rows": named.count(), "weights": w.sum(), "unsound": (~sound).sum()}
    for i in range(len(measures)):
        y, x = named[f"y{i}"], named[f"x{i}"]
        parts = (
            x.count(),
            x.notnull().ifelse(w, 0.0).sum(),
            *((w * v).sum() for v in (y, x, y * y, x * y, x * x)),
        )
        sums |= {f"{name}{i}": part for name, part in zip(SUMS, parts, strict=True)}
    with reading(files):
        found = named.group_by([*keys, *strata, *units]).aggregate(**sums).to_pandas()
    refuse("cannot estimate from the survey", _wrong(found, strata, units))
    code, labels = _codes(found, [*strata])
    codes = {"stratum": code, "psu": _codes(found, [*strata, *units])[0]}
    added = found[[*sums]].astype(float).fillna(0.0)
    cells = pd.concat([found[[*keys]], pd.DataFrame(codes, index=found.index), added], axis=1)
    cells.attrs["strata"] = labels
    return cells


def _number(value):
    return value.ifelse(1.0, 0.0) if value.type().is_boolean() else value.cast("float64")


def _known(value):
    known = value.notnull()
    return known & ~value.isnan() if value.type().is_floating() else known


def _wrong(found, strata, units):
    if not len(found):
        yield "there is no household"
        return
    if bad := int(found["unsound"].sum()):
        yield f"{bad:,} weights are missing, zero, negative or infinite; expected how many households each stands for"
    for what, columns in (("stratum", strata), ("psu", units)):
        if lost := int(found.loc[found[[*columns]].isna().any(axis=1), "rows"].sum()) if columns else 0:
            yield f"{lost:,} households without {what}; leave them out, or say where they were drawn"


def _codes(found, columns):
    """Return the position of each row's key in the order of keys, and the keys."""
    if not columns:
        return 0, [()]
    labels = found[columns].drop_duplicates().sort_values(columns).itertuples(index=False, name=None)
    return found.groupby(columns, sort=True).ngroup().to_numpy(), [*labels]
