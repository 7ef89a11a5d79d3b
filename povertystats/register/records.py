"""From raw rows to records of households: standard names, types, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from povertystats.criteria.classes import score
from povertystats.engines.columns import Reading, certain, converted, doubtful, missing
from povertystats.files.numbers import Notation
from povertystats.register.columns import TEXTS, kind_of, limits_of, raw_columns, text_of

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from povertystats.criteria.standard import NationalStandard

    # Records with the boolean columns of their problems, and (problem, column, name of the boolean column) of each.
    Typed: TypeAlias = tuple[Table, list[tuple[str, str, str]]]

# The problem of a household whose persons nobody counted, or that lacks a flag which decides nothing: it is a household.
COUNTED = "counted without"
# Before the name of a column: as it stood in the file, where that may be no number and neither yes nor no.
RAW = "raw_"
# Names that are sound: no blanks but single ones between words, in Unicode's composed form, no other letter for Đ.
_TIDY = r"^[^\s\p{M}\p{Z}ÐðƉ]+( [^\s\p{M}\p{Z}ÐðƉ]+)*$"


def read_records(
    table: Table,
    standard: NationalStandard,
    *,
    columns: Mapping[str, Any] | None = None,
    codes: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    notation: Notation = Notation(),  # noqa: B008
    year: int | None = None,
    readings: Mapping[str, Reading] | None = None,
) -> Typed:
    """Return a table of typed records and what is wrong with records, as (problem, column, name of a condition).

    ``table``: an ibis table as it stands in the files; ``columns`` its own names, {"household": "ma_ho"}, a list for a
    name made of several (None: there, but not used); ``codes`` {column of texts: the values that exist}; ``limits``
    {column of numbers: (lowest, highest)} beside ``LIMITS``; ``units`` {"income_vnd_k": its unit}; ``notation``: words for
    yes, no and missing; ``year`` that of all rows, which they need not name; ``readings``: how columns of texts are read
    where not by a decimal point. Conditions are boolean columns beside those of the records and what stood there (``raw_…``).
    Problems: "missing" (nothing, blanks or a word for that), "counted without" (the same of persons, and of a flag on which
    the class of the household does not hang), "unreadable" (no number, no whole one where there are parts, neither yes nor
    no), "doubtful" (it may be two numbers), "impossible" (beyond the limits), "unknown code", "outside the standard" (a year
    before or after it), "mixed years" (not ``year``), "no line" (none for the place, or no prices for the year).
    Raises TypeError, ValueError where columns lack or options do not fit.

    >>> import ibis
    >>> from povertystats.facts.standards import national_standard
    >>> from povertystats.register.columns import columns_of
    >>> standard = national_standard()
    >>> rows = ibis.table(dict.fromkeys(columns_of(standard)[0], "string"), name="rows")
    >>> typed, problems = read_records(rows, standard, codes={"commune": ["01840"]})
    >>> str(typed["year"].type()), [name for *problem, name in problems if problem == ["unknown code", "commune"]]
    ('int64', ['problem_7'])
    """
    raw, options = raw_columns(table, standard, columns, codes, limits, units, year)
    known_codes, bounds = options["codes"], {**limits_of(standard), **options["limits"]}
    values, raw_values, problems = {}, {}, []
    factors = {column: standard.income.factor(unit) for column, unit in options["units"].items()}
    unknown: dict[str, Any] = {}
    for column, value in raw.items():
        reading = (readings or {}).get(column, Reading(kind_of(column)))
        read = values[column] = _read(column, value, reading, notation, factors)
        blank = _blank(column, value, notation)
        if column in standard.columns:
            unknown[column] = blank & read.isnull()
        lacks = COUNTED if column == "persons" else "missing"
        problems.append((lacks, column, blank & read.isnull() if column not in TEXTS else blank))
        if column not in TEXTS:
            # Asked of every kind of column, so that files of different years have the same problems.
            doubt = doubtful(value, reading) if value.type().is_string() else value.isnull() & False
            problems.append(("unreadable", column, ~blank & ~doubt & read.isnull()))
            raw_values[f"{RAW}{column}"] = value.cast("string")
            if reading.kind != "yes_no":
                problems.append(("doubtful", column, doubt & ~blank))
        if column in bounds:
            low, high = bounds[column]
            problems.append(("impossible", column, ~read.between(low, high)))
        if column in known_codes:
            known = sorted(map(str, known_codes[column]))
            problems.append(("unknown code", column, ~text_of(read).isin(known)))
    if unknown:
        problems = [*_deciding(problems, standard, values, unknown)]
    if standard.places or standard.prices:
        problems.append(("no line", [*standard.places, "year"][0], standard.unlined(values)))
    standard_years = values["year"].between(standard.first_year, standard.last_year)
    problems.append(("outside the standard", "year", ~standard_years))
    if year is not None:
        problems.append(("mixed years", "year", values["year"] != year))
    conditions = {f"problem_{i}": met.fill_null(False) for i, (*_, met) in enumerate(problems)}
    names = [(kind, column, name) for (kind, column, _), name in zip(problems, conditions, strict=True)]
    return table.select(**values, **raw_values, **conditions), names


def sound_values(
    table: Table, standard: NationalStandard, *, notation: Notation, year: int | None, **given: Any
) -> tuple[dict[str, Value], Value]:
    """Return for each column where it surely has no problem, cheaply, for a first look at every record; and the income."""
    raw, options = raw_columns(table, standard, year=year, **given)
    bounds, income_column = limits_of(standard), standard.income.column
    bounds |= {income_column: (0, bounds[income_column][1]), **options["limits"]}
    factors = {column: standard.income.factor(unit) for column, unit in options["units"].items()}
    bounds["year"] = (max(standard.first_year, year or 0), min(standard.last_year, year or 9999))
    sound: dict[str, Any] = {}
    for column, value in raw.items():
        kind, texts = kind_of(column), value.type().is_string()
        if kind == "label":
            met = value.re_search(_TIDY) & ~value.isin(_no_names(notation)) if texts else value.notnull()
            if column in options["codes"]:
                met &= text_of(value).isin(sorted(map(str, options["codes"][column])))
        else:
            read: Any = value.try_cast("float64") if kind != "yes_no" and texts else None
            met = certain(value, kind, notation) if texts else value.notnull()
            if not texts:
                read = _read(column, value, Reading(kind), notation, factors)
                met = read.notnull()
            elif column in factors:
                read = read * factors[column]
            if column in bounds:
                met &= read.between(*bounds[column])
            if column == income_column:
                income = read
        sound[column] = met
    if standard.places or standard.prices:
        # Whether a record has a line is asked of its place, in a second look.
        sound[[*standard.places, "year"][0]] &= False
    return sound, income


def _deciding(problems, standard, values, unknown):
    """Return the problems, where a missing flag loses a household only if its class hangs on it."""
    known = score(standard.indicators, {column: values[column] for column in unknown})
    lost = score(standard.indicators, unknown)
    hangs = standard.undecided(values, known, lost).fill_null(True)
    for kind, column, met in problems:
        if kind == "missing" and column in unknown:
            yield kind, column, met & hangs
            yield COUNTED, column, met & ~hangs
        else:
            yield kind, column, met


def _no_names(notation):
    # Here case counts: Na is a name, NA is none.
    return sorted({word.strip() for word in notation.missing})


def _codes(notation):
    return [float(word) for word in notation.missing if word.strip().lstrip("-").isdigit()]


def _blank(column, value, notation):
    """Return where a value is missing: nothing, blanks, or a word for that."""
    if not value.type().is_string():
        blank = value.isnull()
        if codes := _codes(notation) if value.type().is_numeric() else ():
            blank |= value.isin(codes)
        return blank | value.isnan() if value.type().is_floating() else blank
    if column in TEXTS:
        return text_of(value).isnull() | value.strip().isin(_no_names(notation))
    return missing(value, notation)


def _read(column, value, reading, notation, factors):
    """Return a raw column with the type of its kind; what cannot be read is null."""
    kind = value.type()
    if column in TEXTS:
        # Numbers are compared faster than texts; blanks are for the register to take off, which knows of any.
        kept = kind.is_string() or column == "household" and kind.is_integer()
        return value if kept else value.cast("string")
    if reading.kind == "yes_no":
        if kind.is_boolean():
            return value
        if not kind.is_string():
            value = value.cast("float64").cases((1.0, "1"), (0.0, "0"), else_="?").nullif("?")
        return converted(value, reading, notation)
    if kind.is_string():
        number = converted(value, reading, notation)
    else:
        number = value.year() if kind.is_date() or kind.is_timestamp() else value.try_cast("float64")
        codes = _codes(notation)
        number = number.isin(codes).ifelse(None, number) if codes else number
        if reading.kind == "whole" and not kind.is_integer():
            whole = number.try_cast("int64")
            number = (whole == number).ifelse(whole, None)
    if reading.kind == "whole":
        return number.cast("int64")
    number = number.cast("float64")
    if column in factors:
        # Without the digits that multiplying makes up: a line is met or not.
        number = (number * factors[column]).round(9)
    return (number.abs() < float("inf")).ifelse(number, None)
