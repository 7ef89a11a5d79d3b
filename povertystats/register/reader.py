"""Household registers: the records that can be counted, their poverty class, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from numbers import Integral
from operator import add, or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.engines.connections import connect
from povertystats.engines.reading import read, reading
from povertystats.facts.standards import NationalStandard, national_standard
from povertystats.files.writing import written_whole
from povertystats.register.records import RAW, TEXTS, checks_text, differing, read_records
from povertystats.words.errors import InvalidValue, Refused, WrongType, refuse
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
    typed : ibis.Table
        Every record with the standard names and types, on DuckDB or Spark.
    problems : tuple of (str, str, str)
        What may be wrong with a record: the problem, the column, and the boolean column of ``typed`` that tells where.

    Notes
    -----
    Nothing is read before it is asked for. What leaves the engine are sums, never records, but for ``write_rejects``.

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
    typed: Table
    problems: tuple[tuple[str, str, str], ...]

    def _sentence(self) -> str:
        source = f"{len(self.files)} file(s)" if self.files else "a table"
        return f"Household records under {self.standard.name} from {source}: {', '.join(self._columns)}"

    @cached_property
    def records(self) -> Table:
        """The records that can be counted, as an ibis table to sum up or to fit (``fit_drivers``).

        Beside the columns of a record: ``deprivations`` (how many), ``class`` (of the standard, or "not_poor"), ``poor``,
        and ``poor_pct``, 0 or 100, so that an association with it is in percentage points.
        """
        import ibis

        sound = self._tidy
        if bad := [sound[name] for *_, name in self.problems if self._found[name]]:
            sound = sound.filter(~reduce(or_, bad))
        if len(self._twice):
            sound = sound.anti_join(ibis.memtable(self._twice[["household", "year"]]), ["household", "year"])
        sound = sound.select(self._columns)
        flags = (sound[column].cast("int8") for column in self.standard.columns)
        counted = sound.mutate(deprivations=reduce(add, flags))
        classes = self.standard.conditions(counted)
        poor = reduce(or_, (classes[name] for name in self.standard.poor))
        named = ibis.cases(*((met, name) for name, met in classes.items()))
        return counted.mutate(**{"class": named}, poor=poor, poor_pct=poor.ifelse(100, 0).cast("float64"))

    @cached_property
    def checks(self) -> pd.DataFrame:
        """How many records were read, can be counted, and have each problem: problem, column, records, share_pct.

        A record with several problems stands under each of them; one that stands twice for a household and year is
        no guide to which of the two is right, so both are left out.
        """
        found, twice = self._found, int(self._twice["records"].sum())
        usable = found["read"] - found["bad"]
        if twice:
            with reading(self.files):
                usable = int(self.records.count().to_pandas())
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
        import ibis

        rows, said = self._tidy, []
        for problem, column, name in self.problems:
            what = ibis.literal(f"{problem}: {column}; ")
            if problem == "unreadable":
                what = f"{problem}: {column} is " + rows[RAW + column] + "; "
            said.append(rows[name].ifelse(what, ""))
        rows = rows.mutate(problem=reduce(add, said))
        if len(self._twice):
            again = self._twice[["household", "year"]].assign(again="duplicated: household; ")
            rows = rows.left_join(ibis.memtable(again), ["household", "year"])
            rows = rows.mutate(problem=rows["problem"] + rows["again"].fill_null(""))
        rows = rows.select(*self._columns, problem=rows["problem"].re_replace("; $", ""))
        return rows.filter(rows["problem"] != "")

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
        path = Path(path)
        if path.suffix not in (".parquet", ".csv"):
            raise InvalidValue(f"{path.name} is neither Parquet nor CSV; expected such a name")
        read, usable = self.checks["records"].iloc[:2]
        with written_whole(path) as part, reading(self.files):
            self.rejects.to_parquet(part) if path.suffix == ".parquet" else self.rejects.to_csv(part)
        return int(read - usable)

    @property
    def illustrative(self) -> bool:
        """Whether any record is marked as generated: then so is everything that comes of the register."""
        return bool(self._found.get("illustrative"))

    @property
    def _columns(self) -> list[str]:
        conditions = {name for *_, name in self.problems}
        return [c for c in self.typed.columns if c not in conditions and not c.startswith(RAW)]

    @cached_property
    def _found(self) -> dict[str, int]:
        """How many records were read, are marked, have any problem, and each: what later scans need not look at again."""
        rows, names = self.typed, [name for *_, name in self.problems]
        bad = reduce(or_, (rows[name] for name in names)).sum()
        marked = {name: rows[name].sum() for name in {"illustrative"} & set(rows.columns)}
        texts = [name for name in TEXTS if name in rows.columns and rows[name].type().is_string()]
        blanks = {f"{name} blanks": (rows[name] != rows[name].strip()).sum() for name in texts}
        with reading(self.files):
            found = rows.aggregate(read=rows.count(), bad=bad, **marked, **blanks).to_pandas().iloc[0]
            each = dict.fromkeys(names, 0)
            if found["bad"]:
                each = rows.aggregate(**{name: rows[name].sum() for name in names}).to_pandas().iloc[0]
        return {name: 0 if pd.isna(n) else int(n) for name, n in {**found, **each}.items()}

    @property
    def _tidy(self) -> Table:
        """All records, their texts without blanks around them: a step that most registers do not need."""
        padded = [name for name in TEXTS if self._found.get(f"{name} blanks")]
        stripped = {name: self.typed[name].strip() for name in padded}
        return self.typed.mutate(**stripped) if padded else self.typed

    @cached_property
    def _twice(self) -> pd.DataFrame:
        """Household, year and records, where these are more than one."""
        rows = self._tidy.filter(self._tidy["household"].notnull() & self._tidy["year"].notnull())
        keys = rows.group_by("household", "year").aggregate(records=rows.count())
        with reading(self.files):
            return keys.filter(keys["records"] > 1).to_pandas()


def open_register(
    source: Any,
    *,
    standard: str | NationalStandard = "multidim_2016_2020",
    columns: Mapping[str, str | Sequence[str] | None] | None = None,
    codes: Mapping[str, Iterable[str]] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    engine: Any = None,
    memory: str | None = None,
    threads: int | None = None,
) -> Register:
    """Open a household register, on DuckDB in this process or on Spark.

    Parameters
    ----------
    source : str, Path, list, DataFrame, ibis.Table or dict
        Parquet or CSV files (a path, a pattern, a list), a table, or {year: files}, each of its year alone.
    standard : str or NationalStandard, default "multidim_2016_2020"
        The name of a national standard, or one of your own (``national_standard``).
    columns : dict, optional
        Your names of columns: {"household": "ma_ho"}, a list for a name made of several, None for one that is not used.
    codes : dict, optional
        {column of texts: the values that exist}; another value is a problem.
    limits : dict, optional
        {column of numbers: (lowest, highest)}, beside ``records.LIMITS``: ages of 10 to 120, 1 to 50 persons.
    engine : str, SparkSession or ibis backend, optional
        None for DuckDB in this process; "local[2]" or "spark://host:7077" for Spark.
    memory : str, optional
        The most that DuckDB may take, such as "2GB"; beyond it works on disk.
    threads : int, optional
        Threads of DuckDB, all cores when left out; fits then differ beyond the 12th digit from run to run, being added
        up in another order each time, and with ``threads=1`` they do not. Counts never differ.

    Returns
    -------
    Register
        Records, checks and rejects, none of them read yet.

    Raises
    ------
    TypeError
        Another standard, source or option.
    ValueError
        All problems at once: files that cannot be read, columns that are missing, options that do not fit.

    Notes
    -----
    A record needs household, year, province, district, commune, urban (yes or no), income_vnd_k (thousand dong a person
    a month) and a flag for each indicator of the standard; it may have ethnic, persons, head_age, borrower, trained,
    insured, programme_commune and illustrative. It is left out, and counted in ``Register.checks``, when one of them is
    missing or cannot be, when its year is not that of its file, or when the household stands twice in a year.

    Examples
    --------
    >>> import povertystats as ps
    >>> rows = pd.DataFrame({"household": ["1", "2"], "year": 2019, "province": "P", "district": "D", "commune": ["C", None]})
    >>> rows = rows.assign(urban=False, income_vnd_k=[650.0, 900.0])
    >>> rows = rows.assign(**dict.fromkeys(ps.national_standard().columns, False))
    >>> register = ps.open_register(rows)
    >>> register.checks[["problem", "column", "records"]].values.tolist()
    [['read', '', 2], ['usable', '', 1], ['missing', 'commune', 1]]
    >>> register.records.to_pandas()["class"].tolist()
    ['income_poor']
    """
    standard = national_standard(standard) if isinstance(standard, str) else standard
    if not isinstance(standard, NationalStandard):
        kind = type(standard).__name__
        raise WrongType(f"standard must be the name of one or a NationalStandard, not {kind}")
    sources = source if isinstance(source, dict) else {None: source}
    for year in sources:
        if year is not None and (isinstance(year, bool) or not isinstance(year, Integral)):
            raise WrongType(f"source: expected {{year: files}} with years such as 2019, not {year!r}")
    connection = connect(engine, memory=memory, threads=threads)
    options = {"columns": columns, "codes": codes, "limits": limits}
    files: list[str] = []
    tables, problems = {}, [] if sources else ["there is no file; expected {year: files}"]
    for year, of_year in sources.items():
        year = year if year is None else int(year)
        try:
            table, read_files = read(connection, of_year)
            tables[year] = read_records(table, standard, year=year, **options)
            files += read_files
        except Refused as error:
            problems += [problem if year is None else f"{year}: {problem}" for problem in error.problems]
    refuse("cannot open the register", problems)
    refuse("cannot open the register", differing(tables))
    conditions = next(conditions for _, conditions in tables.values())
    typed = [table for table, _ in tables.values()]
    if len({table["household"].type() for table in typed}) > 1:
        typed = [table.mutate(household=table["household"].cast("string")) for table in typed]
    return Register(standard, tuple(files), reduce(lambda a, b: a.union(b), typed), tuple(conditions))
