"""Household registers: the records that can be counted, their poverty class, and what is wrong with the others."""

from dataclasses import dataclass
from functools import cached_property, reduce
from numbers import Integral
from operator import add, or_
from pathlib import Path

import pandas as pd

from povertystats.facts.files import written_whole
from povertystats.facts.standards import NationalStandard, national_standard
from povertystats.register.records import RAW, TEXTS, read_records
from povertystats.regression.engines import connect, read, reading
from povertystats.words.errors import Refused, refuse
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False)
class Register:
    """Household records, one a household and review year, under one poverty standard.

    ``standard``; ``files`` (empty for a table); ``typed``: every record as an ibis table with the standard names and
    types, on DuckDB or Spark; ``problems``: (problem, column, name of the boolean column of ``typed`` that tells where).
    Nothing is read before it is asked for; what leaves the engine are sums, never records, but for ``write_rejects``.
    """

    standard: object
    files: tuple[str, ...]
    typed: object
    problems: tuple[tuple[str, str, str], ...]

    @cached_property
    def records(self):
        """The records that can be counted, as an ibis table to sum up or to fit (``fit_drivers``).

        Beside the columns of a record: ``deprivations`` (how many), ``class`` (of the standard, or "not_poor"), ``poor``,
        and ``poor_pct``, 0 or 100, so that an association with it is in percentage points.
        """
        import ibis

        sound = self._tidy
        if bad := [sound[name] for *_, name in self.problems if self._found[name]]:
            sound = sound.filter(~reduce(or_, bad))
        if len(self._twice):
            sound = sound.anti_join(self._again(), ["household", "year"])
        sound = sound.select(self._columns)
        flags = (sound[column].cast("int8") for column in self.standard.columns)
        counted = sound.mutate(deprivations=reduce(add, flags))
        classes = self.standard.conditions(counted)
        poor = reduce(or_, (classes[name] for name in self.standard.poor))
        named = ibis.cases(*((met, name) for name, met in classes.items()))
        return counted.mutate(**{"class": named}, poor=poor, poor_pct=poor.ifelse(100, 0).cast("float64"))

    @cached_property
    def checks(self):
        """How many records were read, can be counted, and have each problem: problem, column, records, share_pct.

        A record with several problems stands under each of them; one that stands twice for a household and year is
        no guide to which of the two is right, so both are left out.
        """
        found, twice = self._found, int(self._twice["records"].sum())
        usable = found["read"] - found["bad"]
        if twice:
            with reading(self.files, text=True):
                usable = int(self.records.count().to_pandas())
        told = [(problem, column, found[name]) for problem, column, name in self.problems]
        told = [row for row in (*told, ("duplicated", "household", twice)) if row[2]]
        table = pd.DataFrame(
            [("read", "", found["read"]), ("usable", "", usable), *told],
            columns=["problem", "column", "records"],
        )
        return table.assign(share_pct=100 * table["records"] / max(found["read"], 1))

    def text(self, lang):
        """Return the checks in sentences, in ``lang`` ("vi" or "en")."""
        return checks_text(self.checks, lang)

    @property
    def rejects(self):
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
            again = self._again().mutate(again=ibis.literal("duplicated: household; "))
            rows = rows.left_join(again, ["household", "year"])
            rows = rows.mutate(problem=rows["problem"] + rows["again"].fill_null(""))
        rows = rows.select(*self._columns, problem=rows["problem"].re_replace("; $", ""))
        return rows.filter(rows["problem"] != "")

    def write_rejects(self, path):
        """Write the rejects to a Parquet or CSV file and return how many there are; the file appears when it is whole.

        Raises ValueError for another kind of file; OSError where it cannot be written.
        """
        path = Path(path)
        if path.suffix not in (".parquet", ".csv"):
            raise ValueError(
                f"{path.name} is neither Parquet nor CSV; expected a name that ends in .parquet or .csv"
            )
        counts = self.checks.set_index("problem")["records"]
        with written_whole(path) as part, reading(self.files, text=True):
            self.rejects.to_parquet(part) if path.suffix == ".parquet" else self.rejects.to_csv(part)
        return int(counts["read"] - counts["usable"])

    @property
    def illustrative(self):
        """Whether any record is marked as generated: then so is everything that comes of the register."""
        return bool(self._found.get("illustrative"))

    @property
    def _columns(self):
        conditions = {name for *_, name in self.problems}
        return [c for c in self.typed.columns if c not in conditions and not c.startswith(RAW)]

    @cached_property
    def _found(self):
        """How many records were read, are marked, have any problem, and each: what later scans need not look at again."""
        rows, names = self.typed, [name for *_, name in self.problems]
        bad = reduce(or_, (rows[name] for name in names)).sum()
        marked = {name: rows[name].sum() for name in {"illustrative"} & set(rows.columns)}
        blanks = {f"{name} blanks": (rows[name] != rows[name].strip()).sum() for name in self._texts}
        with reading(self.files, text=True):
            found = rows.aggregate(read=rows.count(), bad=bad, **marked, **blanks).to_pandas().iloc[0]
            each = dict.fromkeys(names, 0)
            if found["bad"]:
                each = rows.aggregate(**{name: rows[name].sum() for name in names}).to_pandas().iloc[0]
        return {name: 0 if pd.isna(n) else int(n) for name, n in {**found, **each}.items()}

    @property
    def _texts(self):
        return [name for name in TEXTS if name in self.typed.columns and self.typed[name].type().is_string()]

    @property
    def _tidy(self):
        """All records, their texts without blanks around them: a step that most registers do not need."""
        padded = [name for name in self._texts if self._found[f"{name} blanks"]]
        return (
            self.typed.mutate(**{name: self.typed[name].strip() for name in padded}) if padded else self.typed
        )

    @cached_property
    def _twice(self):
        """Household, year and records, where these are more than one."""
        rows = self._tidy.filter(self._tidy["household"].notnull() & self._tidy["year"].notnull())
        keys = rows.group_by("household", "year").aggregate(records=rows.count())
        with reading(self.files, text=True):
            return keys.filter(keys["records"] > 1).to_pandas()

    def _again(self):
        import ibis

        return ibis.memtable(self._twice[["household", "year"]])


def open_register(
    source, *, standard="multidim_2016_2020", columns=None, codes=None, limits=None, engine=None, **options
):
    """Open a household register, on DuckDB in this process or on Spark.

    ``source``: Parquet or CSV files (a path, a pattern such as ``"register/*.parquet"``, a list), an ibis table, a DataFrame,
    or {year: files}, where each file must hold records of its year alone and need not name it. ``standard``: the name of a
    national standard, or one of your own (``national_standard``). ``columns``, ``codes``, ``limits`` as in
    ``records.read_records``; ``engine`` and its options (``memory="2GB"``, ``threads=2``) as in ``engines.connect``: None for
    DuckDB, "local[2]" or "spark://host:7077", a SparkSession, an ibis backend.

    Raises TypeError on another standard, source or option; ValueError, all problems at once, where they do not fit.

    >>> rows = pd.DataFrame({"household": ["1", "2"], "year": 2019, "province": "P", "district": "D", "commune": ["C", None]})
    >>> rows = rows.assign(urban=False, income_vnd_k=[650.0, 900.0])
    >>> rows = rows.assign(**dict.fromkeys(national_standard().columns, False))
    >>> register = open_register(rows)
    >>> register.checks[["problem", "column", "records"]].values.tolist()
    [['read', '', 2], ['usable', '', 1], ['missing', 'commune', 1]]
    >>> register.records.to_pandas()["class"].tolist()
    ['income_poor']
    """
    standard = national_standard(standard) if isinstance(standard, str) else standard
    if not isinstance(standard, NationalStandard):
        raise TypeError(
            f"standard must be the name of one or a NationalStandard, not {type(standard).__name__}"
        )
    sources = source if isinstance(source, dict) else {None: source}
    for year in sources:
        if year is not None and (isinstance(year, bool) or not isinstance(year, Integral)):
            raise TypeError(f"source: expected {{year: files}} with years such as 2019, not {year!r}")
    connection = connect(engine, **options)
    files, tables = [], {}
    problems = [] if sources else ["there is no file; expected {year: files}"]
    for year, of_year in sources.items():
        year = year if year is None else int(year)
        try:
            table, read_files = read(connection, of_year, text=True)
            tables[year] = read_records(
                table, standard, columns=columns, codes=codes, limits=limits, year=year
            )
            files += read_files
        except Refused as error:
            problems += [problem if year is None else f"{year}: {problem}" for problem in error.problems]
    refuse("cannot open the register", problems)
    refuse("cannot open the register", _differing(tables))
    problems = next(problems for _, problems in tables.values())
    typed = [table for table, _ in tables.values()]
    if len({table["household"].type() for table in typed}) > 1:
        typed = [table.mutate(household=table["household"].cast("string")) for table in typed]
    typed = reduce(lambda a, b: a.union(b), typed)
    return Register(standard, tuple(files), typed, tuple(problems))


def _differing(tables):
    """Yield the years whose records have other columns than those of the first year."""
    what = {year: {problem[:2] for problem in problems} for year, (_, problems) in tables.items()}
    first, *others = what
    for year in others:
        if columns := sorted({column for _, column in what[year] ^ what[first]}):
            yield f"{year}: not there in this year or in {first}: {', '.join(columns)}"


def checks_text(checks, lang):
    """Return in sentences how many records were read and used, and what was wrong with the others.

    ``checks`` as in ``Register``. Raises ValueError when the language is not known.

    >>> checks = [("read", "", 80276), ("usable", "", 80275), ("missing", "commune", 1)]
    >>> print(checks_text(pd.DataFrame(checks, columns=["problem", "column", "records"]), "en"))
    Records read (one a household and year): 80,276; usable: 80,275; left out: 1.
    – missing (commune): 1 records.
    """
    check(lang)
    counts = {(row.problem, row.column): row.records for row in checks.itertuples()}
    read, usable = counts.pop(("read", "")), counts.pop(("usable", ""))
    lines = [say("review.records", lang, read=read, usable=usable, left=read - usable)]
    for (problem, column), n in counts.items():
        kind = say(f"review.kind.{problem.replace(' ', '_')}", lang)
        lines.append(say("review.problem", lang, kind=kind, column=column, n=n))
    return "\n".join(lines)
