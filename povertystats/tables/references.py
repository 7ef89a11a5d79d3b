"""The columns of a data package that name something of another of its tables, in that table's spelling."""

from collections.abc import Mapping

import pandas as pd

from povertystats.words.names import plain

# Columns that name something of another table, several of it parted by semicolons.
_NAMES = {
    ("facts", "indicator"): "indicators",
    ("facts", "standard"): "standards",
    ("facts", "source_id"): "sources",
    ("indicators", "peers"): "indicators",
    ("targets", "indicator"): "indicators",
    ("targets", "proxy_indicator"): "indicators",
    ("targets", "source_id"): "sources",
    ("targets", "evidence_sources"): "sources",
    ("drivers", "indicator"): "indicators",
    ("drivers", "outcome"): "indicators",
    ("drivers", "benchmark"): "indicators",
    ("drivers", "second_look_of"): "drivers",
    ("levers", "indicator"): "indicators",
}
_OF = {"indicators": "indicator", "standards": "standard", "sources": "source_id", "drivers": "driver"}


def respell(tables: Mapping[str, pd.DataFrame]) -> None:
    """Give names of indicators, standards, sources and drivers the spelling of their own table: "Poor_pct " is poor_pct."""
    for (role, column), of in _NAMES.items():
        names = tables[of][_OF[of]]
        spelled = {plain(name): name for name in names} | {name: name for name in names}
        cells = tables[role][column]
        meant = {
            cell: ";".join(spelled.get(name, spelled.get(plain(name), name)) for name in cell.split(";"))
            for cell in cells.unique()
        }
        if any(cell != name for cell, name in meant.items()):
            tables[role][column] = cells.map(meant).astype(cells.dtype)
