"""A household register: the records that can be counted, their poverty class, what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.cells.household_years import twice
from povertystats.criteria.classes import score
from povertystats.criteria.standard import NationalStandard
from povertystats.engines.names import tidy
from povertystats.engines.reading import reading
from povertystats.engines.store import known
from povertystats.files.problems import DataError, Findings
from povertystats.register.columns import COUNTED, TEXTS
from povertystats.register.published_counts import checks_text
from povertystats.register.questions import Look, extremes, kept_pieces, look, oddities, questions
from povertystats.register.records import RAW, read_records, typed
from povertystats.register.saved import rejected, save, write_rejects
from povertystats.words.result import Result

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, eq=False, repr=False)
class Register(Result):
    """Household records, one a household and review year, under one poverty standard.

    Parameters
    ----------
    standard : NationalStandard
        The one by which households are classed.
    files : tuple of str
        The files that the records stand in; none for a table.
    pieces : tuple of (int or None, ibis.Table)
        The rows as they stand, on DuckDB or Spark, and the year that they must be of.
    options : dict
        How they are read: columns, codes, limits, units, notation.

    Notes
    -----
    Nothing is read before it is asked for. What leaves the engine are sums, never records, but for ``write_rejects`` and ``save``.
    Where figures may mean two things, ``findings`` asks, and nothing is counted before the options say which.

    Examples
    --------
    >>> import povertystats as ps
    >>> rows = pd.DataFrame({"household": ["1"], "year": 2019, "urban": False, "income_vnd_k": 650.0})
    >>> rows = rows.assign(**dict.fromkeys(["province", "district", "commune", *ps.national_standard().columns], "1"))
    >>> print(repr(ps.open_register(rows)).splitlines()[0])
    <Register> Household records under multidim_2016_2020 from a table: household, year, province,
    """

    standard: NationalStandard
    files: tuple[str, ...]
    pieces: tuple[tuple[int | None, Table], ...]
    options: Mapping[str, Any]

    def _sentence(self) -> str:
        source = f"{len(self.files)} file(s)" if self.files else "a table"
        return f"Household records under {self.standard.name} from {source}: {', '.join(self._columns)}"

    @cached_property
    def typed(self) -> Table:
        """Every record with the standard names and types, and boolean columns that tell what is wrong with it."""
        return known(self._typed(self._look))

    @cached_property
    def problems(self) -> tuple[tuple[str, str, str], ...]:
        """What may be wrong with a record: the problem, the column, and the boolean column of ``typed`` that tells where."""
        return self._described[1]

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the records, within those of the standard."""
        years = pd.to_numeric(self._look.groups["year"], errors="coerce").dropna()
        first, last = self.standard.first_year, self.standard.last_year
        return tuple(sorted({int(year) for year in years if year % 1 == 0 and first <= year <= last}))

    @cached_property
    def findings(self) -> Findings:
        """What must be settled by an option before anything is counted (errors), and what deserves a look (warnings)."""
        with reading(self.files):
            far = extremes(self)
            return Findings(tuple(questions(self, far)), tuple(oddities(self, far)))

    @cached_property
    def records(self) -> Table:
        """The records that can be counted, as an ibis table to sum up or to fit (``fit_drivers``).

        Beside the columns of a record: ``deprivations`` (how many, by weight), ``class`` (of the standard, or "not_poor"), ``poor``,
        and ``poor_pct``, 0 or 100, so that an association with it is in percentage points.

        Raises
        ------
        DataError
            Figures may mean two things: each is asked about.
        """
        if self.findings.errors:
            raise DataError(", ".join(self.files) or "the register", self.findings.errors)
        return self._sound

    @cached_property
    def _sound(self) -> Table:
        import ibis

        sound = self._tidy
        if bad := [sound[name] for *_, name in self._losing if self._found[name]]:
            sound = sound.filter(~reduce(or_, bad))
        if len(self._twice):
            sound = sound.anti_join(ibis.memtable(self._twice[["household", "year"]]), ["household", "year"])
        sound = sound.select(self._columns)
        # Flags that are missing here decide nothing.
        flags = {column: sound[column] for column in self.standard.columns}
        total = score(self.standard.indicators, flags, self._look.sound) if flags else ibis.literal(0, "int8")
        counted = sound.mutate(deprivations=total)
        classes = self.standard.conditions(counted)
        poor = reduce(or_, (classes[name] for name in self.standard.poor))
        named = ibis.cases(*((met, name) for name, met in classes.items()))
        return known(
            counted.mutate(**{"class": named}, poor=poor, poor_pct=poor.ifelse(100, 0).cast("float64"))
        )

    @cached_property
    def checks(self) -> pd.DataFrame:
        """How many records were read, can be counted, and have each problem: problem, column, records, share_pct.

        A record with several problems stands under each of them, and is counted where its only one is "counted without"; one that stands twice for a household and year is
        no guide to which of the two is right, so both are left out.
        """
        found, twice = self._found, int(self._twice["records"].sum())
        usable = found["read"] - found["bad"]
        if twice:
            with reading(self.files):
                usable = int(self._sound.count().to_pandas())
        counts = [(problem, column, found[name]) for problem, column, name in self.problems]
        counts = [row for row in (*counts, ("duplicated", "household", twice)) if row[2]]
        counts = [("read", "", found["read"]), ("usable", "", usable), *counts]
        table = pd.DataFrame(counts, columns=["problem", "column", "records"])
        return table.assign(share_pct=100 * table["records"] / max(found["read"], 1))

    def text(self, lang: str) -> str:
        """Return the checks in sentences.

        Parameters
        ----------
        lang : str
            "vi" or "en"; a ValueError otherwise.

        Returns
        -------
        str
            Records read, usable and left out, then a line a problem.
        """
        return checks_text(self.checks, lang)

    @property
    def rejects(self) -> Table:
        """The records that cannot be counted, as an ibis table with all their problems in the column ``problem``.

        Records of households: for whoever keeps the register and mends them, never for publication.
        """
        return rejected(self)

    def write_rejects(self, path: str | Path) -> int:
        """Write the rejects to a file, which appears when it is whole.

        Parameters
        ----------
        path : str or Path
            A name that ends in .parquet or .csv; a file that is there is replaced.

        Returns
        -------
        int
            How many records were written.

        Raises
        ------
        ValueError
            Another kind of file.
        OSError
            The file cannot be written.
        """
        return write_rejects(self, path)

    def save(self, path: str | Path) -> int:
        """Write all records to Parquet, typed, which ``open_register`` opens again with equal results and no text to be read.

        Parameters
        ----------
        path : str or Path
            A name that ends in .parquet (a file that is there is replaced), or a folder, new or empty, for a file a year.

        Returns
        -------
        int
            How many records were written, those that cannot be counted among them.

        Raises
        ------
        ValueError
            Another kind of file; figures that may mean two things (``findings``); a file that the register is read from.
        OSError
            The file cannot be written.

        Notes
        -----
        Columns have their standard names, incomes the unit of the standard; columns that nobody uses are left out. What
        could not be read stands as it was beside its column (``rest_income_vnd_k``); the year of a record that is not that
        of its file is such. Standard, codes and limits are given again when it is opened. Records of households: for
        whoever keeps the register, never for publication.
        """
        return save(self, path)

    @property
    def illustrative(self) -> bool:
        """Whether any record is marked as generated: then so is everything that comes of the register."""
        return bool(self._found.get("illustrative"))

    @property
    def _losing(self) -> list[tuple[str, str, str]]:
        """The problems that keep a record from being counted."""
        return [found for found in self.problems if found[0] != COUNTED]

    @property
    def _columns(self) -> list[str]:
        table, problems = self._described
        conditions = {name for *_, name in problems}
        return [c for c in table.columns if c not in conditions and not c.startswith(RAW)]

    @cached_property
    def _described(self) -> tuple[Table, tuple[tuple[str, str, str], ...]]:
        """The records as plain files write them, which tells their columns; and what may be wrong with one."""
        year, table = self.pieces[0]
        typed, problems = read_records(table, self.standard, year=year, **self.options)
        return typed, tuple(problems)

    def _typed(self, look: Look) -> Table:
        given = {name: how for name, how in self.options.items() if name != "columns"}
        tables = [
            typed(table, self.standard, year=year, readings=how, sound=look.sound, **given)[0]
            for (year, table), how in zip(self._kept, look.readings, strict=True)
        ]
        if len({table["household"].type() for table in tables}) > 1:
            tables = [table.mutate(household=table["household"].cast("string")) for table in tables]
        return reduce(lambda a, b: a.union(b), tables)

    @cached_property
    def _kept(self) -> tuple[tuple[int | None, Table], ...]:
        with reading(self.files):
            return tuple(kept_pieces(self))

    @cached_property
    def _look(self) -> Look:
        with reading(self.files):
            return look(self)

    @cached_property
    def _found(self) -> dict[str, int]:
        """How many records were read, are marked, have any problem, and each: what later scans need not look at again."""
        names = {name for _, column, name in self.problems if column not in self._look.sound}
        found = {"read": int(self._look.groups["n"].sum()), "bad": 0}
        rows = self.typed
        sums = {name: rows[name].sum() for name in names}
        losing = [rows[name] for *_, name in self._losing if name in names]
        sums |= {"bad": reduce(or_, losing).sum()} if losing else {}
        sums |= {name: rows[name].sum() for name in {"illustrative"} & set(rows.columns)}
        if sums:
            with reading(self.files):
                found |= rows.aggregate(**sums).to_pandas().iloc[0].to_dict()
        each = dict.fromkeys((name for *_, name in self.problems), 0)
        return each | {name: 0 if pd.isna(n) else int(n) for name, n in found.items()}

    @cached_property
    def _tidy(self) -> Table:
        """All records, their names in one form: a step that most registers do not need."""
        rows, columns = self.typed, self._columns
        untidy = [name for name in TEXTS if name in columns and name not in self._look.sound]
        texts = [name for name in untidy if rows[name].type().is_string()]
        if "household" in texts:
            rows = rows.mutate(household=rows["household"].strip())
        with reading(self.files):
            return tidy(rows, [name for name in texts if name != "household"])

    @cached_property
    def _twice(self) -> pd.DataFrame:
        """Household, year and records, where these are more than one."""
        # Of these columns alone: with all the others goes what finds each problem in them.
        rows = self._tidy.select("household", "year").drop_null()
        with reading(self.files):
            return twice(rows, self.years)
