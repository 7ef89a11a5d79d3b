"""From raw rows to records of households: standard names, types, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, TypeAlias

from povertystats.criteria.classes import score
from povertystats.engines.columns import Reading, converted, doubtful, missing, surely
from povertystats.files.numbers import Notation
from povertystats.register.columns import COUNTED, TEXTS, as_text, kind_of, limits_of, raw_columns, text_of

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from povertystats.criteria.standard import NationalStandard

    # Records with the boolean columns of their problems, and (problem, column, name of the boolean column) of each.
    Typed: TypeAlias = tuple[Table, list[tuple[str, str, str]]]

# Before the name of a column: as it stood in the file, where that may be no number and neither yes nor no.
RAW = "raw_"
# Before the names of columns: as text what is not surely what these are asked to be (``kept``); between several texts.
REST, _NEXT = "rest_", "\x1f"
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
    {column of numbers: (lowest, highest)} beside ``LIMITS``; ``units`` {"income_vnd_k": its unit}; ``notation``: words;
    ``year`` that of all rows, which they need not name; ``readings``: how texts are read where not by a decimal point. Conditions are boolean columns beside those of the records and what stood there (``raw_…``).
    Problems: "missing" (nothing, blanks or a word for that; of a household "Tổng cộng" too), "counted without" (the same of persons, and of a flag on which
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
    options: dict[str, Any] = {"codes": codes, "limits": limits, "units": units}
    options |= {"notation": notation, "year": year}
    return typed(kept(table, standard, columns=columns, **options), standard, readings=readings, **options)


def kept(
    table: Table,
    standard: NationalStandard,
    *,
    notation: Notation,
    year: int | None,
    packed: bool = False,
    **given: Any,
) -> Table:
    """Return the columns of a register under their standard names: of texts what they surely are, and beside it the rest.

    All that is known of the raw columns is in it, so that these need to be read once. ``given`` as in ``raw_columns``;
    ``packed``: the rest in few columns, for where it is kept each takes its time.
    """
    raw = raw_columns(table, standard, year=year, **given)[0]
    texts = {column for column, value in raw.items() if value.type().is_string()}
    # Of a register that was saved: what could not be read, beside its column.
    beside = {f"{REST}{c}" for c in raw if c not in texts} & {*table.columns}
    saved = {name: table[name] for name in sorted(beside)}
    if not texts - {*TEXTS}:
        return table.select(**raw, **saved)
    read = {c: surely(raw[c], kind_of(c), notation) for c in raw if c in texts - {*TEXTS[1:]}}
    values: dict[str, Any] = raw | saved | {column: sure for column, (sure, _) in read.items()}
    # Those that may have a text in every row stand alone.
    alone = [column for column in read if not packed or kind_of(column) in ("label", "number")]
    values |= {f"{REST}{column}": read[column][1] for column in alone}
    others = {column: rest for column, (_, rest) in read.items() if column not in alone}
    if others:
        import ibis

        told = ibis.literal(_NEXT).join([rest.replace(_NEXT, " ").fill_null("") for rest in others.values()])
        unsure = reduce(or_, (read[column][0].isnull() for column in others))
        values[REST + "/".join(others)] = unsure.ifelse(told.nullif(_NEXT * (len(others) - 1)), None)
    return table.select(**values)


def rests(table: Table) -> dict[str, Value]:
    """Return {column: as text what it is not surely} of a table of ``kept``."""
    found = {}
    for name in (c for c in table.columns if c.startswith(REST)):
        columns = name.removeprefix(REST).split("/")
        for i, column in enumerate(columns):
            found[column] = table[name].split(_NEXT)[i].nullif("") if len(columns) > 1 else table[name]
    return found


def typed(
    table: Table,
    standard: NationalStandard,
    *,
    codes: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    notation: Notation,
    year: int | None = None,
    readings: Mapping[str, Reading] | None = None,
    sound: Collection[str] = (),
) -> Typed:
    """Return the records of a table of ``kept``, as ``read_records`` does.

    ``readings``: of all columns that have a rest; None: every column has one, with a decimal point. ``sound``: columns
    without any problem, of which nothing is asked.
    """
    import ibis

    known_codes, bounds, texts = codes or {}, {**limits_of(standard), **(limits or {})}, rests(table)
    columns, no = [c for c in table.columns if not c.startswith(REST)], ibis.literal(False)
    values, raw_values, asked = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    factors = {column: standard.income.factor(unit) for column, unit in (units or {}).items()}
    kinds = {c: (readings or {}).get(c, Reading(kind_of(c))) for c in columns}
    for column in columns:
        value, rest = table[column], None
        if readings is None or column in readings:
            rest = texts.get(column)
        values[column] = _read(column, value, rest, kinds[column], notation, factors)
        asked[f"blank_{column}"] = no if column in sound else _blank(column, value, rest, notation)
        if column not in TEXTS:
            # Asked of every kind of column, so that files of different years have the same problems.
            asked[f"doubt_{column}"] = no if rest is None else doubtful(rest, kinds[column])
            raw_values[f"{RAW}{column}"] = value.cast("string") if rest is None else rest
    # What is asked more than once is a column of its own: written out each time, queries have millions of letters.
    table = _selected(table, values | raw_values | asked)
    flags = [column for column in columns if column in standard.columns]
    if unsure := {c: table[f"blank_{c}"] & table[c].isnull() for c in flags if c not in sound}:
        # A missing flag loses a household only if its class hangs on it.
        known, unknown = (score(standard.indicators, of) for of in ({c: table[c] for c in flags}, unsure))
        hangs = standard.undecided(table, known, unknown).fill_null(True)
        table = _selected(table, {**{c: table[c] for c in table.columns}, "hangs": hangs})
    problems: list[tuple[str, str, Any]] = []
    for column in columns:
        read, blank = table[column], table[f"blank_{column}"]
        lacking = blank if column in TEXTS else blank & read.isnull()
        lacks = COUNTED if column == "persons" else "missing"
        problems.append((lacks, column, lacking & table["hangs"] if column in unsure else lacking))
        if column in flags:
            problems.append((COUNTED, column, lacking & ~table["hangs"] if column in unsure else lacking))
        if column not in TEXTS:
            doubt = table[f"doubt_{column}"]
            problems.append(("unreadable", column, ~blank & ~doubt & read.isnull()))
            if kinds[column].kind != "yes_no":
                problems.append(("doubtful", column, doubt & ~blank))
        if column in bounds:
            low, high = bounds[column]
            problems.append(("impossible", column, ~read.between(low, high)))
        if column in known_codes:
            known = sorted(map(str, known_codes[column]))
            problems.append(("unknown code", column, ~text_of(read).isin(known)))
    if standard.places or standard.prices:
        problems.append(
            ("no line", [*standard.places, "year"][0], standard.unlined({c: table[c] for c in columns}))
        )
    standard_years = table["year"].between(standard.first_year, standard.last_year)
    problems.append(("outside the standard", "year", ~standard_years))
    if year is not None:
        problems.append(("mixed years", "year", table["year"] != year))
    met = [no if column in sound else met.fill_null(False) for _, column, met in problems]
    conditions = {f"problem_{i}": of for i, of in enumerate(met)}
    names = [(kind, column, name) for (kind, column, _), name in zip(problems, conditions, strict=True)]
    told = {column: table[column] for column in (*columns, *raw_values)}
    return _selected(table, {**told, **conditions}), names


def _selected(table: Table, values: dict[str, Any]) -> Table:
    """Return values of a table as ``select`` does, without looking for sums in each, of which there are none."""
    import ibis.expr.operations as ops

    return ops.Project(table, values).to_expr()


def sound_values(
    table: Table, standard: NationalStandard, *, notation: Notation, year: int | None, **given: Any
) -> tuple[dict[str, Value], Value]:
    """Return for each column of ``kept`` where it surely has no problem, for a first look at every record; and the income.

    The income is null where the standard has no lines.
    """
    import ibis

    options = {name: how or {} for name, how in given.items()}
    bounds, income_column = limits_of(standard), standard.income.column
    bounds |= {income_column: (0, bounds[income_column][1]), **options["limits"]}
    factors = {column: standard.income.factor(unit) for column, unit in options["units"].items()}
    bounds["year"] = (max(standard.first_year, year or 0), min(standard.last_year, year or 9999))
    sound: dict[str, Any] = {}
    income, texts = ibis.null("float64"), rests(table)
    for column in (c for c in table.columns if not c.startswith(REST)):
        value, kind = table[column], kind_of(column)
        if kind == "label":
            met = sound_label(value, texts.get(column), notation, options["codes"].get(column))
        else:
            read = _read(column, value, None, Reading(kind), notation, factors)
            met = read.notnull()
            if column in bounds:
                met &= read.between(*bounds[column])
            if column == income_column:
                income = read
        sound[column] = met
    if standard.places or standard.prices:
        # Whether a record has a line is asked of its place, in a second look.
        sound[[*standard.places, "year"][0]] &= False
    return sound, income


def sound_label(value: Value, rest: Value | None, notation: Notation, codes: Iterable[Any] | None) -> Value:
    """Return where a text, or what a column is not surely (``rest``), is a name without any problem, of ``codes`` if given."""
    text, met = value if rest is None else rest, value.notnull()
    if text.type().is_string():
        tidy = text.re_search(_TIDY) & ~text.isin(_no_names(notation))
        met = tidy if rest is None else met | tidy
    if codes is not None:
        written = value.cast("string") if rest is None else rest.coalesce(value.cast("string"))
        met &= text_of(written).isin(sorted(map(str, codes)))
    return met


def _no_names(notation, column="household"):
    # Here case counts: Na is a name, NA is none. What sums rows up is no household.
    totals = ("Tổng", "TỔNG", "Tổng cộng", "TỔNG CỘNG", "Cộng", "CỘNG", "Total", "TOTAL")
    return sorted({word.strip() for word in notation.missing} | {*(totals if column == "household" else ())})


def _codes(notation):
    return [float(word) for word in notation.missing if word.strip().lstrip("-").isdigit()]


def _blank(column, value, rest, notation):
    """Return where a value is missing: nothing, blanks, or a word for that."""
    if column in TEXTS and rest is not None:
        return value.isnull() & _blank(column, rest, None, notation)
    if rest is not None:
        return value.isnull() & missing(rest, notation)
    if not value.type().is_string():
        blank = value.isnull()
        if codes := _codes(notation) if value.type().is_numeric() else ():
            blank |= value.isin(codes)
        return blank | value.isnan() if value.type().is_floating() else blank
    return text_of(value).isnull() | value.strip().isin(_no_names(notation, column))


def _read(column, value, rest, reading, notation, factors):
    """Return a column with the type of its kind; what cannot be read is null."""
    kind = value.type()
    if column in TEXTS:
        if rest is not None:
            return rest.coalesce(value.cast("string"))
        # Numbers are compared faster than texts; blanks are for the register to take off, which knows of any.
        kept = kind.is_string() or column == "household" and kind.is_integer()
        return value if kept else as_text(value)
    if reading.kind == "yes_no":
        if kind.is_boolean():
            return value if rest is None else value.coalesce(converted(rest, reading, notation))
        words = {float(w): w for w in ("1", "0", *notation.yes, *notation.no) if w.isdigit()}
        value = value.cast("float64").cases(*words.items(), else_="?").nullif("?")
        return converted(value, reading, notation)
    if rest is not None:
        number = converted(rest, reading, notation)
        number = rest.isnull().ifelse(value, number) if reading.doubt else value.coalesce(number)
    else:
        number = value.year() if kind.is_date() or kind.is_timestamp() else value
        number = number if kind.is_integer() else number.try_cast("float64")
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
