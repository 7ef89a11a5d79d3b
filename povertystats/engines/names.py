"""Names in the columns of an engine: in one form of Unicode without stray blanks, and those that changed their type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.frames.spellings import tidied

if TYPE_CHECKING:
    from ibis.expr.types import Table


def tidy(table: Table, columns: Iterable[str]) -> Table:
    """Return a table with names as ``tidied`` writes them; every spelling is looked at once, whatever the number of rows.

    >>> import ibis
    >>> rows = ibis.memtable(pd.DataFrame({"commune": ["Hòa  Bình", "Ho\u0300a Bi\u0300nh"]}))
    >>> tidy(rows, ["commune"]).to_pandas()["commune"].tolist() == ["Hòa Bình"] * 2
    True
    """
    import ibis

    for column in columns:
        written = table.select(column).distinct().to_pandas()[column].dropna()
        ways = {name: tidied(name) for name in written if tidied(name) != name}
        if not ways:
            continue
        spelled = ibis.memtable(pd.DataFrame({"written_": [*ways], "tidied_": [*ways.values()]}))
        order = table.columns
        table = table.left_join(spelled, table[column] == spelled["written_"])
        table = table.mutate(**{column: ibis.coalesce(table["tidied_"], table[column])}).select(*order)
    return table


def respelled(rows: Table, name: str, places: Sequence[str], time: str) -> pd.DataFrame:
    """Return how many names are written in another way at another time: with noughts before them or ".0" behind.

    So a column reads that changed its type from one file to the next: 1, "00001", 1.0. A row for each of the first of
    ``places`` in which names of one place changed so: ``names`` and, as they stand, ``first`` and ``second`` of one of
    them. Names that stand beside each other at one time are two; where all are numbers there is nothing to change.

    >>> import ibis
    >>> homes = pd.DataFrame({"home": ["001", "002", "1", "2"], "commune": "C", "year": [2018, 2018, 2019, 2019]})
    >>> respelled(ibis.memtable(homes), "home", ["commune"], "year").values.tolist()
    [['C', 2, '001', '1']]
    """
    import ibis

    nothing, whole = pd.DataFrame(columns=[places[0], "names", "first", "second"]), places[0]
    if not rows[name].type().is_string():
        return nothing
    marks = {"noughts": rows[name].startswith("0").sum(), "points": rows[name].endswith(".0").sum()}
    counts = rows.group_by(*places, time).aggregate(**marks).to_pandas()
    of_place = counts.groupby([*places])[[*marks]].agg(lambda of: (of == 0).any() and (of > 0).any())
    changed = of_place[of_place.any(axis=1)].reset_index()[[*places]]
    if not len(changed):
        return nothing
    rows = rows.semi_join(ibis.memtable(changed), [*places])
    bare = rows[name].re_replace(r"\.0+$", "").re_replace("^0+", "")
    ways = rows.group_by(rows[whole], bare=bare).aggregate(
        ways=rows[name].nunique(),
        records=rows.count(),
        times=rows[time].nunique(),
        first=rows[name].min(),
        second=rows[name].max(),
    )
    ways = ways.filter((ways["ways"] > 1) & (ways["records"] == ways["times"]))
    found = ways.group_by(whole).aggregate(
        names=ways.count(), first=ways["first"].min(), second=ways["second"].argmin(ways["first"])
    )
    return found.to_pandas().sort_values(whole, ignore_index=True)
