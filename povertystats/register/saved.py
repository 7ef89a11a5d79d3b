"""Records of a register as they are handed out, to whoever keeps it: those that cannot be counted, and all of them, typed."""

from __future__ import annotations

from functools import reduce
from operator import add, or_
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.engines.databases import here
from povertystats.engines.reading import reading
from povertystats.engines.store import write_rows
from povertystats.files.writing import written_whole
from povertystats.register.columns import TEXTS
from povertystats.register.records import RAW, REST
from povertystats.words.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from povertystats.register.register import Register

# What keeps a value from being what its column is asked to be, or to count.
_UNREAD = ("unreadable", "doubtful", "mixed years")


def rejected(register: Register) -> Table:
    """Return the records that cannot be counted, with all their problems in the column ``problem``."""
    import ibis

    rows, said = register._tidy, []
    for problem, column, name in register._losing:
        what = ibis.literal(f"{problem}: {column}; ")
        if problem == "unreadable":
            what = f"{problem}: {column} is " + rows[RAW + column] + "; "
        said.append(rows[name].ifelse(what, ""))
    rows = rows.mutate(problem=reduce(add, said))
    if len(register._twice):
        again = register._twice[["household", "year"]].assign(again="duplicated: household; ")
        rows = rows.left_join(ibis.memtable(again), ["household", "year"])
        rows = rows.mutate(problem=rows["problem"] + rows["again"].fill_null(""))
    rows = rows.select(*register._columns, problem=rows["problem"].re_replace("; $", ""))
    return rows.filter(rows["problem"] != "")


def write_rejects(register: Register, path: str | Path) -> int:
    """Write the records that cannot be counted, as ``Register.write_rejects`` does."""
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise InvalidValue(f"{path.name} is neither Parquet nor CSV; expected such a name")
    read, usable = register.checks["records"].iloc[:2]
    with written_whole(path) as part, reading(register.files):
        write_rows(here(register.rejects), part, path.suffix)
    return int(read - usable)


def typed_rows(register: Register) -> Table:
    """Return all records under their standard names and types; beside a column ``rest_…`` with what could not be read of it.

    Texts there stand in quotation marks, so that no other sign for decimals reads them after all.
    """
    rows, found = register._tidy, register._found
    of = {(problem, column): rows[name] for problem, column, name in register.problems if found[name]}
    values = {}
    for column in register._columns:
        value = rows[column]
        if column in TEXTS and ("missing", column) in of:
            value = of["missing", column].ifelse(None, value)
        if unread := [of[problem, column] for problem in _UNREAD if (problem, column) in of]:
            lost = reduce(or_, unread)
            told = rows[RAW + column].re_replace("[“”]", "").coalesce(value.cast("string"))
            values[REST + column] = lost.ifelse("“" + told + "”", None)
            value = lost.ifelse(None, value)
        values[column] = value
    return rows.select(**values)


def save(register: Register, path: str | Path) -> int:
    """Write all records, as ``Register.save`` does."""
    path = Path(path)
    if path.suffix and path.suffix != ".parquet":
        raise InvalidValue(f"{path.name} is no Parquet; expected a name that ends in .parquet, or a folder")
    if str(path.resolve()) in {str(Path(file).resolve()) for file in register.files}:
        refuse("cannot save the register", [f"it is read from {path}; expected another name"])
    with written_whole(path, folder=not path.suffix) as part, reading(register.files):
        _ = register.records  # what may mean two things is asked first
        rows = here(typed_rows(register))
        if path.suffix:
            write_rows(rows, part)
        else:
            years = rows.select("year").distinct().to_pandas()["year"]
            for year in years.dropna().astype(int):
                write_rows(rows.filter(rows["year"] == year), part / f"{year}.parquet")
            if years.isna().any():
                write_rows(rows.filter(rows["year"].isnull()), part / "no-year.parquet")
    return int(register.checks["records"].iloc[0])
