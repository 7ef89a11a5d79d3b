"""Records of a register as they are handed out, to whoever keeps it: those that cannot be counted, and all of them, typed.

And the columns that are written in another way than they are read, of which many records would be handed out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import add, or_
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.engines.databases import here
from povertystats.engines.reading import reading
from povertystats.engines.store import write_rows
from povertystats.files.problems import Problem
from povertystats.files.writing import written_whole
from povertystats.register.columns import COUNTED, TEXTS, kind_of
from povertystats.register.records import RAW, REST
from povertystats.words.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from povertystats.register.register import Register

# What keeps a value from being what its column is asked to be, or to count.
_UNREAD = ("unreadable", "doubtful", "mixed years")
# One value in so many, of so many records or more, is no slip: the column is written in another way. So many are shown.
_ONE_IN, _ENOUGH, _SHOWN = 5, 20, 5
# Codes by which surveys say that nothing is known.
_CODES = (-1, -7, -8, -9, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -9999, -99999)
_EXPECTED = {"yes_no": "yes or no", "whole": "a whole number, such as the year 2019", "number": "a number"}


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


def unread_columns(register: Register, file: str) -> Iterator[Problem]:
    """Yield columns that are written in another way: many values cannot be read, or none says no beside blanks."""
    named, found = {(kind, column): name for kind, column, name in register.problems}, register._found
    asked = [column for kind, column in named if kind == "unreadable"] if found["read"] >= _ENOUGH else []
    for column in asked:
        lost, yes_no = found[named["unreadable", column]], kind_of(column) == "yes_no"
        blank = sum(found[named[kind, column]] for kind in ("missing", COUNTED) if (kind, column) in named)
        there, rows = found["read"] - blank, register.typed
        if lost and _ONE_IN * lost >= there:
            raw = rows.filter(rows[named["unreadable", column]])[RAW + column]
            shown = sorted(raw.name("raw").as_table().distinct().limit(_SHOWN).to_pandas()["raw"].astype(str))
            rule = f"{lost:,} of {there:,} values cannot be read; expected {_EXPECTED[kind_of(column)]}"
            hint = "name your words with yes=[…], no=[…]" if yes_no else ""
            yield Problem(file, None, column, ", ".join(shown), rule, hint)
        elif yes_no and not lost and _ONE_IN * blank >= found["read"]:
            yes, no = rows.aggregate(yes=rows[column].sum(), no=(~rows[column]).sum()).to_pandas().iloc[0]
            if yes > 0 and not no > 0:
                rule = "blanks beside yes, and nowhere a no"
                yield Problem(file, None, column, "", rule, 'say that a blank is a no with no=[""]')


def coded(register: Register, file: str) -> Iterator[Problem]:
    """Yield incomes below zero that may be codes."""
    income = register.standard.income.column
    if income in register._look.sound or income in (register.options["limits"] or {}):
        return
    rows = register.typed
    counts = rows.filter(rows[income].isin(_CODES)).group_by(income).aggregate(n=lambda found: found.count())
    for code, n in counts.to_pandas().sort_values(income).itertuples(index=False):
        hint = f'name it with missing=["{code:.0f}", …], or give limits={{"{income}": (…, …)}} that hold it where it is one'
        rule = f"a loss, or a code for what is not known ({n:,} records)"
        yield Problem(file, None, income, f"{code:.0f}", rule, hint)


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
