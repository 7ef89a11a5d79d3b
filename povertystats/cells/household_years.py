"""What became of households from review to review, by place: one aggregate a household, its years as bits of a number.

A household that stays in its place is told by two numbers, in which reviews it was found and in which it was poor; so few
of them differ that what follows is counted in memory. Those that moved go through a window over their records alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ibis.expr.types import Table

COUNTS = ("followed", "escaped", "stayed_poor", "fell", "stayed_out", "newly_poor", "fell_back")
# Found in the low bits, poor in the high ones: beyond, a sum is no whole number any more.
_YEARS = 26


def twice(rows: Table, years: Sequence[int]) -> pd.DataFrame:
    """Return household, year and records, where these are more than one; which, is asked where any may be.

    ``rows``: household and year, neither missing; ``years``: those that most records are of.

    >>> import ibis
    >>> rows = ibis.memtable(pd.DataFrame({"household": [1, 1, 2, 2], "year": [2016, 2017, 2016, 2016]}))
    >>> twice(rows, [2016, 2017]).values.tolist()
    [[2, 2016, 2]]
    """
    keys = rows.group_by("household", "year").aggregate(records=rows.count())
    # Spark puts no bits together through ibis.
    if years and rows.get_backend().name == "duckdb" and not _any_twice(rows, years):
        return pd.DataFrame(columns=keys.columns).astype({"records": "int64"})
    return keys.filter(keys["records"] > 1).to_pandas()


def _any_twice(rows, years):
    # A sum of different bits is what they are put together; the highest is that of all other years.
    bits = {year: 1 << i for i, year in enumerate([*years][:_YEARS])}
    rows = rows.select("household", bits=rows["year"].cases(*bits.items(), else_=1 << _YEARS))
    of_one = rows.group_by("household").aggregate(all=rows["bits"].sum(), different=rows["bits"].bit_or())
    return bool((of_one["all"] != of_one["different"]).any().fill_null(False).to_pandas())


def household_years(rows: Table, years: Sequence[int], levels: Sequence[str]) -> pd.DataFrame:
    """Return places (columns ``levels``), year, and of the households there that were in the review before, wherever …

    … all (``followed_households``) and those that ``escaped``, ``stayed_poor``, ``fell`` (of whom ``newly_poor`` and
    ``fell_back``, poor in a review earlier than that) or ``stayed_out``. The first of the years is not told.

    ``rows``: records with household, year, poor (true or false) and the levels, one a household and year, none missing;
    ``years``: those of the reviews.

    >>> import ibis
    >>> homes = pd.DataFrame({"household": [1, 1, 2], "year": [2016, 2017, 2017], "poor": [True, False, True], "commune": "P"})
    >>> table = household_years(ibis.memtable(homes), [2016, 2017], ["commune"])
    >>> table[["commune", "year", "followed_households", "escaped_households"]].values.tolist()
    [['P', 2017, 1, 1]]
    """
    years, levels = sorted(years), [*levels]
    if len(years) > _YEARS:
        return _told(_by_window(rows, years, levels), levels)
    places = rows.select(*levels).distinct().to_pandas().sort_values(levels, ignore_index=True)
    told = patterns(rows, places, years)
    moved = told.loc[told["household"].notna(), "household"]
    parts = [_by_patterns(told[told["household"].isna()], places, years)]
    if len(moved):
        import ibis

        of_movers = rows.semi_join(ibis.memtable(moved.to_frame()), "household")
        parts.append(_by_window(of_movers, years, levels))
    return _told(pd.concat(parts, ignore_index=True), levels)


def patterns(rows: Table, places: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """Return place (its row in ``places``), in which of the years households were found and poor, and how many there are.

    Columns place, bits, records (of each household, which is as many as there are years unless one stands twice),
    households; and household: of those that moved each by itself, else missing.
    """
    import ibis

    found = {year: 1 << i for i, year in enumerate(years)}
    poor = {year: bit << _YEARS | bit for year, bit in found.items()}
    numbered = ibis.memtable(places.assign(place=np.arange(len(places))))
    rows = rows.select(
        "household",
        *places.columns,
        bits=rows["poor"].ifelse(rows["year"].cases(*poor.items()), rows["year"].cases(*found.items())),
    )
    rows = rows.inner_join(numbered, [*places.columns])
    of_one = rows.group_by("household").aggregate(
        bits=rows["bits"].sum(), records=rows.count(), first=rows["place"].min(), last=rows["place"].max()
    )
    stays = of_one.filter(of_one["first"] == of_one["last"])
    stays = stays.group_by(place=stays["first"], bits=stays["bits"], records=stays["records"])
    stays = stays.aggregate(households=lambda one: one.count())
    moves = of_one.filter(of_one["first"] != of_one["last"])
    moves = moves.select(
        "bits", "records", "household", place=moves["first"], households=ibis.literal(1, "int64")
    )
    nobody = ibis.literal(None, rows["household"].type())
    stays = stays.mutate(household=nobody).select(*moves.columns)
    return stays.union(moves).to_pandas()


def _by_patterns(told, places, years):
    """Return the counts of households that stayed in their places, a row a place and year."""
    place, households = told["place"].to_numpy(int), told["households"].to_numpy(float)
    bits = told["bits"].to_numpy(np.int64)
    found, poor = bits & ((1 << _YEARS) - 1), bits >> _YEARS
    parts = []
    for i, year in enumerate(years[1:], start=1):
        both = (found >> i) & (found >> (i - 1)) & 1 == 1
        now, then = poor >> i & 1 == 1, poor >> (i - 1) & 1 == 1
        once = poor & ((1 << (i - 1)) - 1) > 0
        sums = {
            f"{name}_households": np.bincount(place, households * of, minlength=len(places))
            for name, of in met(both, then, now, once).items()
        }
        parts.append(places.assign(year=year, **sums))
    return pd.concat(parts, ignore_index=True) if parts else places.head(0).assign(year=0)


def _by_window(rows, years, levels):
    """Return the counts of any households, by their records in the order of years."""
    before = dict(pairwise(years))
    rows = with_past(rows).filter(rows["year"] != years[0])
    earlier = rows["year"].cases(*((year, last) for last, year in before.items()))
    both = (rows["year_before"] == earlier).fill_null(False)
    then, once = rows["poor_before"].fill_null(False), (rows["once_poor"] == 1).fill_null(False)
    sums = {f"{name}_households": of.sum() for name, of in met(both, then, rows["poor"], once).items()}
    return rows.group_by(*levels, "year").aggregate(**sums).to_pandas()


def met(both: Any, then: Any, now: Any, once: Any) -> dict[str, Any]:
    """Return who did what by ``COUNTS``, as booleans of numpy or of an engine.

    ``both``: found in this review and the one before; ``then``, ``now``: poor in that and in this; ``once``: earlier.

    >>> yes, no = np.array([True]), np.array([False])
    >>> [name for name, of in met(yes, no, yes, no).items() if of[0]]
    ['followed', 'fell', 'newly_poor']
    """
    fell = both & ~then & now
    return {
        "followed": both,
        "escaped": both & then & ~now,
        "stayed_poor": both & then & now,
        "fell": fell,
        "stayed_out": both & ~then & ~now,
        "newly_poor": fell & ~once,
        "fell_back": fell & once,
    }


def with_past(rows: Table, columns: Mapping[str, str] | None = None) -> Table:
    """Return records with ``year_before`` and ``poor_before`` of the household's last one, ``once_poor`` of those before it.

    ``columns``: {name: another column of the last record}.
    """
    import ibis

    before = ibis.window(group_by="household", order_by="year")
    earlier = ibis.window(group_by="household", order_by="year", preceding=(None, 2))
    last = {"year_before": "year", "poor_before": "poor", **(columns or {})}
    return rows.mutate(
        once_poor=rows["poor"].cast("int8").max().over(earlier),
        **{name: rows[column].lag().over(before) for name, column in last.items()},
    )


def _told(table, levels):
    names = [f"{name}_households" for name in COUNTS]
    table = table.reindex(columns=[*levels, "year", *names])
    table = table.groupby([*levels, "year"], as_index=False)[names].sum()
    table = table.astype({"year": "int64", **dict.fromkeys(names, "int64")})
    return table[table[names].any(axis=1)].reset_index(drop=True)
