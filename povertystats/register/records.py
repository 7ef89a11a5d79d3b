"""From raw rows to records of households: standard names, types, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from povertystats.words.errors import WrongType, refuse
from povertystats.words.names import did_you_mean, plain
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from povertystats.facts.standards import NationalStandard

    # Records with the boolean columns of their problems, and (problem, column, name of the boolean column) of each.
    Typed: TypeAlias = tuple[Table, list[tuple[str, str, str]]]

PLACES = ("province", "district", "commune")
COVERAGE = ("borrower", "trained", "insured", "programme_commune")
NEEDED = ("household", "year", *PLACES, "urban", "income_vnd_k")
OPTIONAL = ("ethnic", "persons", "head_age", *COVERAGE, "illustrative")
# Beyond these a figure is a slip and not a household.
LIMITS = {"head_age": (10, 120), "persons": (1, 50), "income_vnd_k": (0, 1_000_000)}
# Before the name of a column: as it stood in the file, where that may be no number and neither yes nor no.
RAW = "raw_"
_WHOLE, _NUMBERS = ("year", "persons", "head_age"), ("income_vnd_k",)
TEXTS = ("household", *PLACES, "ethnic")
_YES, _NO = ("1", "1.0", "true", "t", "yes", "y", "có"), ("0", "0.0", "false", "f", "no", "n", "không")


def columns_of(standard: NationalStandard) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns a register must have under a standard, and those it may have.

    >>> from povertystats.facts.standards import national_standard
    >>> needed, optional = columns_of(national_standard())
    >>> needed[:2], len(needed), optional[0]
    (('household', 'year'), 17, 'ethnic')
    """
    return (*NEEDED, *standard.columns), OPTIONAL


def read_records(
    table: Table,
    standard: NationalStandard,
    *,
    columns: Mapping[str, Any] | None = None,
    codes: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    year: int | None = None,
) -> Typed:
    """Return a table of typed records and what makes records unusable, as (problem, column, name of a condition).

    ``table``: an ibis table as it stands in the files; ``columns`` its own names, {"household": "ma_ho"} or, for a
    name made of several, a list of them (None: the register has it, but it is not used); ``codes`` {column of texts:
    the values that exist}; ``limits`` {column of numbers: (lowest, highest)} beside ``LIMITS``; ``year`` the one that
    all rows must be of, which they need not name. Conditions are boolean columns of the result, beside those of the
    records and, for columns that may be unreadable, what stood there (``raw_…``).

    Problems: "missing" (nothing or blanks), "unreadable" (no number, no whole one where persons or years are counted,
    neither yes nor no), "impossible" (beyond the limits), "unknown code", "outside the standard" (a year before or
    after it), "mixed years" (another one than ``year``).

    Raises TypeError where an option is no dictionary; ValueError, all problems at once, where columns are missing or
    the options do not fit.

    >>> import ibis
    >>> from povertystats.facts.standards import national_standard
    >>> standard = national_standard()
    >>> rows = ibis.table(dict.fromkeys([*NEEDED, *standard.columns], "string"), name="rows")
    >>> typed, problems = read_records(rows, standard, codes={"commune": ["01840"]})
    >>> str(typed["year"].type()), [name for *problem, name in problems if problem == ["unknown code", "commune"]]
    ('int64', ['problem_6'])
    """
    import ibis

    given_options = {"columns": columns, "codes": codes, "limits": limits}
    options = {name: {} if given is None else given for name, given in given_options.items()}
    for name, given in options.items():
        if not isinstance(given, Mapping):
            raise WrongType(f"{name} must be a dictionary of columns, not {type(given).__name__}")
    raw = _named(table, columns_of(standard), options, year)
    known_codes, bounds = options["codes"], {**LIMITS, **options["limits"]}
    values, raw_values, problems = {}, {}, []
    for column, value in raw.items():
        read = _read(column, value)
        values[column] = read
        # A text of blanks is missing; what stands there and cannot be read is not.
        blank = _text(value).isnull() if value.type().is_string() else value.isnull()
        blank = blank | value.isnan() if value.type().is_floating() else blank
        problems.append(("missing", column, blank))
        if column not in TEXTS:
            # Asked of every kind of column, so that files of different years have the same problems.
            sure = value.type().is_boolean() or value.type().is_integer() and column in (*_WHOLE, *_NUMBERS)
            problems.append(("unreadable", column, ibis.literal(False) if sure else ~blank & read.isnull()))
            raw_values[f"{RAW}{column}"] = value.cast("string")
        if column in bounds:
            low, high = bounds[column]
            problems.append(("impossible", column, ~read.between(low, high)))
        if column in known_codes:
            known = sorted(map(str, known_codes[column]))
            problems.append(("unknown code", column, ~_text(read).isin(known)))
    standard_years = values["year"].between(standard.first_year, standard.last_year)
    problems.append(("outside the standard", "year", ~standard_years))
    if year is not None:
        problems.append(("mixed years", "year", values["year"] != year))
    conditions = {f"problem_{i}": met.fill_null(False) for i, (*_, met) in enumerate(problems)}
    names = [(kind, column, name) for (kind, column, _), name in zip(problems, conditions, strict=True)]
    return table.select(**values, **raw_values, **conditions), names


def differing(tables: Mapping[int | None, Typed]) -> Iterator[str]:
    """Yield the years whose records have other columns than those of the first year, {year: as ``read_records`` returns it}."""
    what = {year: {condition[:2] for condition in conditions} for year, (_, conditions) in tables.items()}
    first, *others = what
    for year in others:
        if columns := sorted({column for _, column in what[year] ^ what[first]}):
            yield f"{year}: not there in this year or in {first}: {', '.join(columns)}"


def checks_text(checks: pd.DataFrame, lang: str) -> str:
    """Return in sentences how many records were read and used, and what was wrong with the others.

    ``checks`` as in ``Register``. Raises ValueError when the language is not known.

    >>> checks = [("read", "", 80276), ("usable", "", 80275), ("missing", "commune", 1)]
    >>> print(checks_text(pd.DataFrame(checks, columns=["problem", "column", "records"]), "en"))
    Records read (one a household and year): 80,276; usable: 80,275; left out: 1.
    – missing (commune): 1 record.
    """
    check(lang)
    counts = {(row.problem, row.column): row.records for row in checks.itertuples()}
    read, usable = counts.pop(("read", "")), counts.pop(("usable", ""))
    lines = [say("review.records", lang, read=read, usable=usable, left=read - usable)]
    for (problem, column), n in counts.items():
        kind = say(f"review.kind.{problem.replace(' ', '_')}", lang)
        lines.append(say("review.problem", lang, kind=kind, column=column, n=n))
    return "\n".join(lines)


def _named(table, known, options, year):
    """Return {standard name: the raw column}; refuse options that do not fit, and columns that are not there."""
    needed, optional = known
    there, raw, lost = table.columns, {}, []
    problems = list(_wrong(options, (*needed, *optional)))
    columns = {name: own for name, own in options["columns"].items() if _OPTIONS["columns"][2](own)}
    for name in (*needed, *optional):
        own = columns.get(name, name)
        if own is None or (name in optional and name not in columns and name not in there):
            if name in needed:
                problems.append(f"{name!r} is needed; expected a column, not None")
            continue
        parts = [own] if isinstance(own, str) else own
        if year is not None and name == own == "year" and "year" not in there:
            import ibis

            raw[name] = ibis.literal(year, "int64")
        elif absent := [part for part in parts if part not in there]:
            near = "".join(did_you_mean(part, {plain(c): c for c in there}) for part in absent)
            what = f"{name!r} (columns={{{name!r}: …}})" if name in columns else repr(name)
            lost.append(f"no column {', '.join(map(repr, absent))} for {what}{near}")
        else:
            raw[name] = table[parts[0]]
            if len(parts) > 1:
                # Without one of its parts a name tells nobody apart.
                first, *others = (_text(table[part]) for part in parts)
                raw[name] = first.concat(*(text for other in others for text in ("/", other)))
    unused = [(option, name) for option in ("codes", "limits") for name in options[option]]
    problems += [
        f"{option}: the register has no {name!r}, or it is not used"
        for option, name in unused
        if name in optional and name not in raw
    ]
    lost += [f"the register has the columns {', '.join(there)}"] if lost else []
    refuse("cannot read the register", problems + lost)
    return raw


# Option: the columns that it may speak of (None: all), what it says of one, whether it does.
_OPTIONS = {
    "columns": (
        None,
        "a name, a list of names, or None",
        lambda own: own is None or bool(own) and all(isinstance(n, str) for n in _list(own)),
    ),
    "codes": (TEXTS, "a list of the values that exist", lambda own: not isinstance(own, str | int)),
    "limits": (
        (*_WHOLE, *_NUMBERS),
        "(lowest, highest)",
        lambda own: len(_list(own)) == 2 and all(isinstance(n, Real) for n in own) and own[0] <= own[1],
    ),
}


def _list(own):
    return list(own) if isinstance(own, list | tuple) else [own]


def _wrong(options, known):
    """Yield what is wrong with the options, whatever the register's own columns are."""
    for option, given in options.items():
        of, expected, fits = _OPTIONS[option]
        for name, own in given.items():
            if name not in known:
                near = did_you_mean(str(name), {plain(k): k for k in known})
                yield f"{option}: a record has no {name!r}{near}"
            elif of and name not in of:
                yield f"{option}: {name!r} is none of {', '.join(of)}, which may have {option}"
            elif not fits(own):
                yield f"{option}: {name!r}: {own!r}; expected {expected}"


def _text(value):
    """Return a raw column as text without blanks around it; what is nothing but blanks is null."""
    return value.cast("string").strip().nullif("")


def _read(column, value):
    """Return a raw column with the type of its kind; what cannot be read is null."""
    if column in TEXTS:
        # Numbers of households are compared faster than texts; blanks around a text are for the register to take off,
        # which knows whether there are any.
        numbered = column == "household" and value.type().is_integer()
        return value if numbered or value.type().is_string() else value.cast("string")
    if column in (*_WHOLE, *_NUMBERS):
        if value.type().is_integer():
            return value.cast("int64" if column in _WHOLE else "float64")
        number = (value.strip() if value.type().is_string() else value).try_cast("float64")
        number = (number.abs() < float("inf")).ifelse(number, None)
        whole = number.try_cast("int64")
        return (whole == number).ifelse(whole, None) if column in _WHOLE else number
    if value.type().is_boolean():
        return value
    said = _text(value).lower()
    return said.isin(_YES).ifelse(True, said.isin(_NO).ifelse(False, None))
