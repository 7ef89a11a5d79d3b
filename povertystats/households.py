"""From raw rows to records of households: standard names, types, and what is wrong with each row."""

from povertystats.places import did_you_mean, plain
from povertystats.terms import refuse

PLACES = ("province", "district", "commune")
COVERAGE = ("borrower", "trained", "insured", "programme_commune")
NEEDED = ("household", "year", *PLACES, "urban", "income_vnd_k")
OPTIONAL = ("ethnic", "persons", "head_age", *COVERAGE, "illustrative")
# Beyond these a figure is a slip and not a household.
LIMITS = {"head_age": (10, 120), "persons": (1, 50), "income_vnd_k": (0, 1_000_000)}
_WHOLE, _NUMBERS = ("year", "persons", "head_age"), ("income_vnd_k",)
_TEXTS = ("household", *PLACES, "ethnic")
# Before the name of a column: as it stood in the file, where that may be no number and neither yes nor no.
RAW = "raw_"
_YES, _NO = ("1", "1.0", "true", "t", "yes", "y", "có"), ("0", "0.0", "false", "f", "no", "n", "không")


def columns_of(standard):
    """Return the columns a register must have under a standard, and those it may have."""
    return (*NEEDED, *standard.columns), OPTIONAL


def read_records(table, standard, *, columns=None, codes=None, limits=None, year=None):
    """Return a table of typed records and what makes records unusable, as (problem, column, name of a condition).

    ``table``: an ibis table as it stands in the files; ``columns`` its own names, {"household": "ma_ho"} or, for a
    name made of several, a list of them (None: the register has it, but it is not used); ``codes`` {column: the
    values that exist}; ``limits`` {column: (lowest, highest)} beside ``LIMITS``; ``year`` the one that all rows
    must be of. Conditions are boolean columns of the result, beside those of the records and, for the columns that may be
    unreadable, what stood there (``raw_…``). Problems: "missing", "unreadable" (no number, neither
    yes nor no), "impossible" (beyond the limits, or a part of a person), "unknown code", "outside the standard" (a year before
    or after it), "mixed years" (another year than the file is of).

    Raises ValueError, all problems at once, where columns are missing or the options name none that exists.
    """
    codes, limits = codes or {}, {**LIMITS, **(limits or {})}
    raw = _named(table, standard, columns or {}, codes, limits, year)
    values, raw_values, problems = {}, {}, []
    for column, value in raw.items():
        read = _read(column, value)
        values[column] = read
        # A text of blanks is missing; what stands there and cannot be read is not.
        blank = value.isnull() if not value.type().is_string() else value.strip().nullif("").isnull()
        blank = blank | value.isnan() if value.type().is_floating() else blank
        if not (year and column == "year" and "year" not in table.columns):
            problems.append(("missing", column, blank))
        if column not in _TEXTS and not value.type().is_boolean():
            problems.append(("unreadable", column, ~blank & read.isnull()))
            raw_values[f"{RAW}{column}"] = value.cast("string")
        if column in limits:
            low, high = limits[column]
            problems.append(("impossible", column, ~read.between(low, high)))
        if column in codes:
            problems.append(("unknown code", column, ~read.isin(sorted(map(str, codes[column])))))
    standard_years = values["year"].between(standard.first_year, standard.last_year)
    problems.append(("outside the standard", "year", ~standard_years))
    if year:
        problems.append(("mixed years", "year", values["year"] != year))
    conditions = {f"problem_{i}": met.fill_null(False) for i, (*_, met) in enumerate(problems)}
    names = [(kind, column, name) for (kind, column, _), name in zip(problems, conditions, strict=True)]
    return table.select(**values, **raw_values, **conditions), names


def _named(table, standard, columns, codes, limits, year):
    """Return {standard name: the raw column}; refuse what is not there."""
    needed, optional = columns_of(standard)
    known = (*needed, *optional)
    there, problems, raw = table.columns, [], {}
    for option, given in {"columns": columns, "codes": codes, "limits": limits}.items():
        for name in given:
            if name not in known:
                near = did_you_mean(str(name), {plain(k): k for k in known})
                problems.append(f"{option}: a record has no {name!r}{near}")
    for name in known:
        own = columns.get(name, name)
        if own is None or (name in optional and name not in columns and name not in there):
            if name in needed:
                problems.append(f"{name!r} is needed; expected a column, not None")
            continue
        parts = [own] if isinstance(own, str) else list(own)
        if name == "year" and year and own == "year" and "year" not in there:
            import ibis

            raw[name] = ibis.literal(year)
            continue
        if lost := [part for part in parts if part not in there]:
            near = "".join(did_you_mean(str(part), {plain(c): c for c in there}) for part in lost)
            what = f"{name!r} (columns={{{name!r}: …}})" if name in columns else repr(name)
            problems.append(f"no column {', '.join(map(repr, lost))} for {what}{near}")
            continue
        joined = table[parts[0]]
        for part in parts[1:]:
            joined = joined.cast("string") + "/" + table[part].cast("string")
        raw[name] = joined
    if problems and any(p.startswith("no column") for p in problems):
        problems.append(f"the register has the columns {', '.join(there)}")
    refuse("cannot read the register", problems)
    return raw


def _read(column, value):
    """Return a raw column with the type of its kind; what cannot be read is null."""
    if column in _TEXTS:
        return value.cast("string").strip().nullif("")
    if column in (*_WHOLE, *_NUMBERS):
        number = (value.strip() if value.type().is_string() else value).try_cast("float64")
        number = (number.abs() < float("inf")).ifelse(number, None)
        whole = column in _WHOLE
        return (number == number.round(0)).ifelse(number.cast("int64"), None) if whole else number
    if value.type().is_boolean():
        return value
    said = value.cast("string").strip().lower()
    return (said.isin(_YES)).ifelse(True, said.isin(_NO).ifelse(False, None))
