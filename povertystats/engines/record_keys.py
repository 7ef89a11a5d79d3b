"""Keys of records by a secret, alike in every engine, and their sums over whatever records are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

# A key is a whole number below this, so that 10¹⁰ of them can be summed up.
KEYS = 2**28
# What the sum of keys of a count is called: this and the name of the count.
KEYED = "keys of "


def record_keys(rows: Table, secret: str) -> Value:
    """Return the key of each record, 0 to 2²⁸ - 1, from a secret, the household and the year: alike in every engine.

    In it stands the year: were a household's key the same in all years, two years of one and the same noise would tell that
    the same households are counted in both.

    >>> import ibis
    >>> rows = ibis.memtable({"household": ["1", "2", "1"], "year": [2018, 2018, 2019]})
    >>> rows.mutate(key=record_keys(rows, "a secret of the office"))["key"].to_pandas().nunique()
    3
    """
    import ibis

    named = ibis.literal(f"{secret}|") + rows["year"].cast("string") + "|" + rows["household"].cast("string")
    digest, digits = named.hexdigest("md5"), ibis.literal("0123456789abcdef")
    places = KEYS.bit_length() // 4
    return sum(digits.find(digest.substr(i, 1)).cast("int64") * 16**i for i in range(places))


def with_keys(rows: Table, sums: Mapping[str, Value], secret: str) -> tuple[Table, dict[str, Value]]:
    """Return the records with their keys, and, of the sums, those that count records, each with the sum of their keys.

    >>> import ibis
    >>> rows = ibis.memtable({"household": ["1", "2"], "year": 2018, "poor": [True, False], "persons": [3, 4]})
    >>> sums = {"households": rows.count(), "poor": rows["poor"].sum(), "persons": rows["persons"].sum()}
    >>> list(with_keys(rows, sums, "a secret of the office")[1])
    ['households', 'keys of households', 'poor', 'keys of poor']
    """
    from ibis.expr import operations

    met: dict[str, Any] = {}
    for name, value in sums.items():
        count: Any = value.op()
        if isinstance(count, operations.CountStar):
            met[name] = None
        elif isinstance(count, operations.Sum) and count.arg.dtype.is_boolean():
            met[name] = count.arg.to_expr().name(f"counted {name}")
    rows = rows.mutate(*(of for of in met.values() if of is not None), record_key=record_keys(rows, secret))
    found: dict[str, Any] = {}
    for name, of in met.items():
        if of is None:
            found |= {name: rows.count(), f"{KEYED}{name}": rows["record_key"].sum()}
        else:
            there = rows[f"counted {name}"]
            found |= {name: there.sum(), f"{KEYED}{name}": there.ifelse(rows["record_key"], 0).sum()}
    return rows, found
