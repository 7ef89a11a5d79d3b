"""Rows that are kept once they were read, in Parquet beside DuckDB's files or in the memory and disks of Spark; and written."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.engines.connections import owner_of, short, spill_folder
from povertystats.files.writing import FORMULA
from povertystats.words.errors import FileProblem

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value


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
        # Packing takes longer than writing more, and unpacking comes with every look.
        connection.to_parquet(table, kept, compression="uncompressed")
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


def known(table: Table) -> Table:
    """Return a table that its engine knows by a name, so that what is asked of it need not tell anew how it is worked out.

    ``table``: one that is ``storable``, whose rows are read when asked for, as before; another one is returned as it is.

    >>> import ibis
    >>> rows = ibis.duckdb.connect().create_table("rows", ibis.memtable({"x": [1, 2]}))
    >>> ibis.to_sql(known(rows.mutate(y=rows["x"] + 1))).count("SELECT")
    1
    """
    if not storable(table):
        return table
    import ibis
    import ibis.expr.operations as ops

    connection, name = owner_of(table), ibis.util.gen_name("known")
    # ibis makes no view of DuckDB that stays out of the user's database, and asks what columns the others have.
    connection._register_in_memory_tables(table)
    connection.raw_sql(f"CREATE TEMPORARY VIEW {name} AS {connection.compile(table)}")
    view = ops.DatabaseTable(name, table.schema(), connection).to_expr()
    # What it reads must not go before it.
    weakref.finalize(view.op(), id, table)
    return view


def looked_at_often(table: Table, columns: Iterable[str]) -> Table:
    """Return some columns of a table, kept where each look at them would sort its rows anew; else the table as it is.

    >>> import ibis
    >>> rows = ibis.duckdb.connect().create_table("rows", ibis.memtable({"x": [1, 2], "y": [3, 4]}))
    >>> looked_at_often(rows, ["x"]) is rows
    True
    >>> looked_at_often(rows.mutate(before=rows["x"].lag()), ["before"]).columns
    ('before',)
    """
    import ibis.expr.operations as ops

    sorts = storable(table) and table.op().find(ops.WindowFunction)
    return stored(table.select(*columns)) if sorts else table


def write_rows(rows: Table, path: Path, kind: str = ".parquet") -> None:
    """Write rows of DuckDB to a file; ``kind``: ".parquet" or ".csv", in which no text is taken for a formula.

    >>> import tempfile
    >>> import ibis
    >>> rows = ibis.duckdb.connect().create_table("rows", ibis.memtable({"x": ["=1"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "x.csv")
    ...     write_rows(rows, path, ".csv")
    ...     path.read_text()
    "x\\n'=1\\n"
    """
    if kind == ".parquet":
        rows.to_parquet(path)
        return
    texts = [name for name, kind in rows.schema().items() if kind.is_string()]
    rows.mutate(**{name: _harmless(rows[name]) for name in texts}).to_csv(path)


def _harmless(texts: Value) -> Value:
    """Return texts so that no spreadsheet takes one for a formula, as ``writing.csv`` does."""
    risky = reduce(or_, (texts.startswith(sign) for sign in FORMULA))
    return risky.ifelse("'" + texts, texts)
