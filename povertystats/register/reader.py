"""Household registers opened, from files of any size, tables and frames, on DuckDB or Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.criteria.standard import NationalStandard
from povertystats.engines.clusters import WAIT
from povertystats.engines.connections import connect, engine_of
from povertystats.engines.reading import read
from povertystats.facts.standards import national_standard
from povertystats.files.numbers import notation_of
from povertystats.register.columns import DESIGN, Own, columns_of
from povertystats.register.records import read_records
from povertystats.register.register import Register
from povertystats.words.errors import Refused, WrongType, refuse

if TYPE_CHECKING:
    from povertystats.register.records import Typed


def open_register(
    source: Any,
    *,
    standard: str | Path | NationalStandard = "multidim_2016_2020",
    columns: Mapping[str, str | Sequence[str] | None] | None = None,
    weight: str | None = None,
    stratum: str | Sequence[str] | None = None,
    psu: str | Sequence[str] | None = None,
    codes: Mapping[str, Iterable[str]] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    table: str | None = None,
    engine: Any = None,
    memory: str | None = None,
    threads: int | None = None,
    wait: float = WAIT,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
    yes: Sequence[str] | None = None,
    no: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
) -> Register:
    """Open a household register, on DuckDB in this process or on Spark.

    Parameters
    ----------
    source : str, Path, list, DataFrame, ibis.Table or dict
        Parquet or CSV files (a path, a folder, a pattern, a list), a DuckDB or SQLite file, a workbook, a table (of
        ibis, a DataFrame of Spark, or its name there), or {year: any of these}, each of its year alone.
        A folder ``year=2019/`` tells a column; columns that nobody uses may differ from file to file.
    standard : str, Path or NationalStandard, default "multidim_2016_2020"
        The name of a national standard, "mine.toml:name" for one in a file of your own, or a standard
        (``national_standard``).
    columns : dict, optional
        Your names of columns: {"household": "ma_ho"}, a list for a name made of several, None for one that is not used.
    weight, stratum, psu : str or list of str, optional
        Of a survey, the columns that tell how many households an interviewed one stands for, its stratum, and its primary
        sampling unit (the area that was drawn); known without being told where they are called so. ``survey_rates`` and
        ``survey_transitions`` then estimate; ``review`` and ``transitions``, which count, refuse.
    codes : dict, optional
        {column of texts: the values that exist}; another value is a problem.
    limits : dict, optional
        {column of numbers: (lowest, highest)}, beside ``records.LIMITS``: ages of 10 to 120, 1 to 50 persons.
    table : str, optional
        Of a database or workbook that holds several: the table or sheet, also as "register.duckdb:households".
    engine : str, SparkSession or ibis backend, optional
        None for the engine of the table, or DuckDB in this process; "local[2]" or "spark://host:7077" or "sc://host"
        (Spark Connect) for Spark.
    memory : str, optional
        The most that DuckDB may take, such as "2GB"; beyond it works on disk.
    threads : int, optional
        Threads of DuckDB, all cores when left out; fits then differ beyond the 12th digit from run to run, being added
        up in another order each time, and with ``threads=1`` they do not. Counts never differ.
    wait : float, default 30
        Seconds in which a worker of a Spark cluster ("spark://…") must have taken up work; then the error says that none did.
    decimal, thousands : str, optional
        "," or "."; thousands also " " or "" (none). Seen from each column where left out, and asked where that cannot be.
    missing, yes, no : sequence of str, optional
        Words for what is missing, for yes and for no, instead of the usual ones.
    units : dict, optional
        {"income_vnd_k": the unit in which incomes are written}: "vnd", "vnd_k" (as they stand) or "vnd_m".

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
    a month) and a flag for each indicator of the standard; urban only where lines differ by it, region where the standard's
    do, the income under the name that a standard of your own gives. It may have ethnic, persons, head_age, borrower, trained,
    insured, programme_commune, illustrative and, in a survey, weight, stratum and psu. It is left out, and counted in ``Register.checks``, when one of them is
    missing or cannot be, when its year is not that of its file, or when the household stands twice in a year. An income
    below zero is a loss, and poor.

    Asked about, and counted only when an option says which (``Register.findings``): numbers and units that may mean two
    things, incomes 6 times beyond the lines where hardly anybody is below them (of a year, of a household) or below them
    where hardly anybody is above (dollars), years of two digits, a column of which a fifth or more cannot be read, and
    flags of yes and blank alone (``no=["", "0"]`` where a blank is a no).

    Examples
    --------
    >>> import pandas as pd
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
    standard = national_standard(str(standard)) if isinstance(standard, str | Path) else standard
    if not isinstance(standard, NationalStandard):
        kind = type(standard).__name__
        raise WrongType(f"standard must be the name of one or a NationalStandard, not {kind}")
    sources = source if isinstance(source, dict) else {None: source}
    for year in sources:
        if year is not None and (isinstance(year, bool) or not isinstance(year, Integral)):
            raise WrongType(f"source: expected {{year: files}} with years such as 2019, not {year!r}")
    wrong = [year for year in sources if year is not None and not 1 <= year <= 9999]
    refuse("cannot open the register", [f"{year} is no year; expected {{year: files}}" for year in wrong])
    connection = connect(
        engine_of(source) if engine is None else engine, memory=memory, threads=threads, wait=wait
    )
    notation = notation_of(decimal=decimal, thousands=thousands, missing=missing, yes=yes, no=no)
    options: dict[str, Any] = {
        "columns": with_design(columns, weight=weight, stratum=stratum, psu=psu),
        "codes": codes,
        "limits": limits,
        "units": units,
        "notation": notation,
    }
    files: list[str] = []
    tables, pieces, problems = {}, [], [] if sources else ["there is no file; expected {year: files}"]
    for year, of_year in sources.items():
        year = year if year is None else int(year)
        try:
            rows, read_files = read(
                connection, of_year, _used(standard, options["columns"]), table=table, notation=notation
            )
            tables[year] = read_records(rows, standard, year=year, **options)
            pieces.append((year, rows))
            files += read_files
        except Refused as error:
            problems += [problem if year is None else f"{year}: {problem}" for problem in error.problems]
    refuse("cannot open the register", problems)
    refuse("cannot open the register", differing(tables))
    register = Register(standard, tuple(files), tuple(pieces), options)
    # Described to see whether the years go together: the register need not do so again.
    typed, described = next(iter(tables.values()))
    vars(register)["_described"] = typed, tuple(described)
    return register


def with_design(
    columns: Mapping[str, Own] | None, *, weight: Own = None, stratum: Own = None, psu: Own = None
) -> Mapping[str, Own] | None:
    """Return ``columns`` with the user's own names of the columns that describe a survey.

    Raises Refused, all problems at once, where one is named in two ways.

    >>> with_design({"household": "hh"}, weight="w9", psu=["xa", "diaban"])
    {'household': 'hh', 'weight': 'w9', 'psu': ['xa', 'diaban']}
    """
    named = zip(DESIGN, (weight, stratum, psu), strict=True)
    given = {name: own for name, own in named if own is not None}
    if not given or not (columns is None or isinstance(columns, Mapping)):
        return columns
    columns = columns or {}
    if weight is not None and weight == columns.get("persons", "persons"):
        # A household stands for its persons: these are not counted once more.
        columns = {**columns, "persons": None}
    problems = [
        f"{name}: named {own!r} and, in columns, {columns[name]!r}; name it once"
        for name, own in given.items()
        if name in columns and columns[name] != own
    ]
    refuse("cannot open the register", problems)
    return {**columns, **given}


def _used(standard, columns):
    """Return which columns of files a register uses, as ``read`` asks it."""
    needed, optional = columns_of(standard)
    owned = columns if isinstance(columns, Mapping) else {}

    def used(names):
        own = {name: owned.get(name, name) for name in (*needed, *optional)}
        hints = {name: f"leave it out with columns={{{name!r}: None}}" for name in optional}
        return {
            part: hints.get(name, "")
            for name, given in own.items()
            for part in ([given] if isinstance(given, str) else given or ())
            if part in names
        }

    return used


def differing(tables: Mapping[int | None, Typed]) -> Iterator[str]:
    """Yield the years whose records have other columns than those of the first year, {year: as ``read_records`` returns it}."""
    what = {year: {condition[:2] for condition in conditions} for year, (_, conditions) in tables.items()}
    first, *others = what
    for year in others:
        if columns := sorted({column for _, column in what[year] ^ what[first]}):
            out = ", ".join(f"{column!r}: None" for column in columns)
            told = f"not there in this year or in {first}: {', '.join(columns)}"
            yield f"{year}: {told}; columns={{{out}}} leaves them out"
