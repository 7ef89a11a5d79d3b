"""Rows that were read once and are kept: in Parquet in a folder of their own beside DuckDB's, in the memory and disks of Spark."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.engines.connections import owner_of, short, spill_folder
from povertystats.words.errors import FileProblem

if TYPE_CHECKING:
    from ibis.expr.types import Table


def storable(table: Table) -> bool:
    """Return whether rows can be kept: of DuckDB and Spark, but not those that a table in memory holds itself."""
    return getattr(owner_of(table), "name", None) in ("duckdb", "pyspark")


def stored(table: Table) -> Table:
    """Return a table of the same rows that is read from where they are kept, until nobody reads them any more.

    ``table``: one that is ``storable``. Raises FileProblem where there is no room for them.

    >>> import ibis
    >>> rows = ibis.duckdb.connect().create_table("rows", ibis.memtable({"x": [1, 2]}))
    >>> stored(rows.mutate(y=rows["x"] + 1)).to_pandas().values.tolist()
    [[1, 2], [2, 3]]
    """
    connection = owner_of(table)
    if connection.name == "pyspark":
        return table.cache()
    folder = spill_folder()
    kept = Path(folder, "rows.parquet")
    try:
        connection.to_parquet(table, kept)
        rows = connection.read_parquet(kept)
    except BaseException as error:
        place, free = Path(folder).parent, shutil.disk_usage(folder).free / 1e9
        shutil.rmtree(folder, ignore_errors=True)
        if folder not in str(error):
            raise
        advice = f"{free:.1f} GB are free there; TMPDIR names another folder"
        raise FileProblem(f"the records cannot be kept in {place}: {advice}: {short(error)}") from None
    # Nothing is asked of the connection then, which may be at work.
    weakref.finalize(rows.op(), shutil.rmtree, folder, ignore_errors=True)
    return rows
