"""From raw rows to records of households: standard names, types, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

from povertystats.engines.columns import Reading, certain, converted, doubtful, missing
from povertystats.files.numbers import Notation
from povertystats.files.units import factor
from povertystats.words.errors import InvalidValue, WrongType, refuse
from povertystats.words.names import did_you_mean, plain

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from povertystats.facts.standards import NationalStandard

    # Records with the boolean columns of their problems, and (problem, column, name of the boolean column) of each.
    Typed: TypeAlias = tuple[Table, list[tuple[str, str, str]]]

PLACES = ("province", "district", "commune")
COVERAGE = ("borrower", "trained", "insured", "programme_commune")
NEEDED = ("household", "year", *PLACES, "urban", "income_vnd_k")
DESIGN = ("weight", "stratum", "psu")  # of a survey: how many households one stands for, and how it was drawn
OPTIONAL = ("ethnic", "persons", "head_age", *COVERAGE, *DESIGN, "illustrative")
# Beyond these a figure is a slip and not a household; an income below zero is a loss, of a farm.
LIMITS = {"head_age": (10, 120), "persons": (1, 50), "income_vnd_k": (-1e6, 1e6), "weight": (1e-12, 1e12)}
COUNTED = "counted without"  # The problem of a household whose persons nobody counted: it is a household.
# Before the name of a column: as it stood in the file, where that may be no number and neither yes nor no.
RAW = "raw_"
_WHOLE, _NUMBERS = ("year", "persons", "head_age"), ("income_vnd_k",)
TEXTS = ("household", *PLACES, "ethnic", "stratum", "psu")
# Names that are sound: no blanks but single ones between words, in Unicode's composed form, no other letter for Đ.
_TIDY = r"^[^\s\p{M}\p{Z}ÐðƉ]+( [^\s\p{M}\p{Z}ÐðƉ]+)*$"


def columns_of(standard: NationalStandard) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns a register must have under a standard, and those it may have.

    >>> from povertystats.facts.standards import national_standard
    >>> needed, optional = columns_of(national_standard())
    >>> needed[:2], len(needed), optional[0]
    (('household', 'year'), 17, 'ethnic')
    """
    return (*NEEDED, *standard.columns), OPTIONAL


def kind_of(column: str) -> str:
    """Return what a column is to be read as, as in ``columns.cast``."""
    if column in TEXTS:
        return "label"
    return "whole" if column in _WHOLE else "number" if column in (*_NUMBERS, "weight") else "yes_no"


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
    Problems: "missing" (nothing, blanks or a word for that), "counted without" (the same of persons), "unreadable" (no
    number, no whole one where there are parts, neither yes nor no), "doubtful" (it may be two numbers), "impossible" (beyond
    the limits), "unknown code", "outside the standard" (a year before or after it), "mixed years" (not ``year``).
    Raises TypeError, ValueError where columns lack or options do not fit.

    >>> import ibis
    >>> from povertystats.facts.standards import national_standard
    >>> standard = national_standard()
    >>> rows = ibis.table(dict.fromkeys([*NEEDED, *standard.columns], "string"), name="rows")
    >>> typed, problems = read_records(rows, standard, codes={"commune": ["01840"]})
    >>> str(typed["year"].type()), [name for *problem, name in problems if problem == ["unknown code", "commune"]]
    ('int64', ['problem_7'])
    """
    raw, options = raw_columns(table, standard, columns, codes, limits, units, year)
    known_codes, bounds = options["codes"], {**LIMITS, **options["limits"]}
    values, raw_values, problems = {}, {}, []
    for column, value in raw.items():
        reading = (readings or {}).get(column, Reading(kind_of(column)))
        read = values[column] = _read(column, value, reading, notation, options["units"])
        blank = _blank(column, value, notation)
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
            problems.append(("unknown code", column, ~_text(read).isin(known)))
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
    bounds = {**LIMITS, "income_vnd_k": (0, LIMITS["income_vnd_k"][1]), **options["limits"]}
    bounds["year"] = (max(standard.first_year, year or 0), min(standard.last_year, year or 9999))
    sound: dict[str, Any] = {}
    for column, value in raw.items():
        kind, texts = kind_of(column), value.type().is_string()
        if kind == "label":
            met = value.re_search(_TIDY) & ~value.isin(_no_names(notation)) if texts else value.notnull()
            if column in options["codes"]:
                met &= _text(value).isin(sorted(map(str, options["codes"][column])))
        else:
            read: Any = value.try_cast("float64") if kind != "yes_no" and texts else None
            met = certain(value, kind, notation) if texts else value.notnull()
            if not texts:
                read = _read(column, value, Reading(kind), notation, options["units"])
                met = read.notnull()
            elif column in options["units"]:
                read = read * factor(options["units"][column], "vnd_k")
            if column in bounds:
                met &= read.between(*bounds[column])
            if column in _NUMBERS:
                income = read
        sound[column] = met
    return sound, income


def raw_columns(
    table: Table,
    standard: NationalStandard,
    columns: Mapping[str, Any] | None = None,
    codes: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    year: int | None = None,
) -> tuple[dict[str, Value], dict[str, Mapping[str, Any]]]:
    """Return {standard name: the raw column} and the options; refuse what does not fit, and columns that are not there."""
    given_options = {"columns": columns, "codes": codes, "limits": limits, "units": units}
    options: dict[str, Mapping[str, Any]] = {
        n: {} if given is None else given for n, given in given_options.items()
    }
    for name, given in options.items():
        if not isinstance(given, Mapping):
            raise WrongType(f"{name} must be a dictionary of columns, not {type(given).__name__}")
    needed, optional = columns_of(standard)
    there, raw, lost = table.columns, {}, list[str]()
    problems = list(_wrong(options, (*needed, *optional)))
    owned = {name: own for name, own in options["columns"].items() if _OPTIONS["columns"][2](own)}
    for name in (*needed, *optional):
        own = owned.get(name, name)
        if own is None or (name in optional and name not in owned and name not in there):
            if name in needed:
                problems.append(f"{name!r} is needed; expected a column, not None")
            continue
        parts = [own] if isinstance(own, str) else own
        if year is not None and name == own == "year" and "year" not in there:
            import ibis

            raw[name] = ibis.literal(year, "int64")
        elif absent := [part for part in parts if part not in there]:
            near = "".join(did_you_mean(part, {plain(c): c for c in there}) for part in absent)
            what = f"{name!r} (columns={{{name!r}: …}})" if name in owned else repr(name)
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
    return raw, options


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
    "units": (_NUMBERS, "vnd, vnd_k or vnd_m", lambda own: isinstance(own, str) and _unit(own)),
}


def _unit(own):
    try:
        return bool(factor(own, "vnd_k"))
    except InvalidValue:
        return False


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
        return _text(value).isnull() | value.strip().isin(_no_names(notation))
    return missing(value, notation)


def _read(column, value, reading, notation, units):
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
    if column in units:
        # Without the digits that multiplying makes up: a line is met or not.
        number = (number * factor(units[column], "vnd_k")).round(9)
    return (number.abs() < float("inf")).ifelse(number, None)
