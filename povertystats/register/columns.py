"""The columns of a household's record under a standard: names, kinds, limits, and what may be said of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from povertystats.disclosure.splits import Rest, Split
from povertystats.words.errors import InvalidValue, WrongType, refuse
from povertystats.words.names import did_you_mean, plain

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from povertystats.criteria.standard import NationalStandard
    from povertystats.register.register import Register

# The problem of a household whose persons nobody counted, or that lacks a flag which decides nothing: it is a household.
COUNTED = "counted without"
Own = str | Sequence[str] | None
PLACES = ("province", "district", "commune")
COVERAGE = ("borrower", "trained", "insured", "programme_commune")
# Counts that are told nowhere, but by which others are hidden: a subtraction would tell them.
UNSEEN = ("deprived_not_poor_households", "deprived_further_households")
NEEDED = ("household", "year", *PLACES)
DESIGN = ("weight", "stratum", "psu")  # of a survey: how many households one stands for, and how it was drawn
OPTIONAL = ("ethnic", "persons", "head_age", *COVERAGE, *DESIGN, "illustrative")
# Beyond these a figure is a slip and not a household; an income below zero is a loss, of a farm.
LIMITS = {"head_age": (10, 120), "persons": (1, 50), "income_vnd_k": (-1e6, 1e6), "weight": (1e-12, 1e12)}
# An income beyond so many times the highest line is one as well, where another standard names its own.
_TIMES = 1000
WHOLE = ("year", "persons", "head_age")
TEXTS = ("household", *PLACES, "region", "ethnic", "stratum", "psu")


def columns_of(standard: NationalStandard) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns a register must have under a standard, and those it may have.

    >>> from povertystats.facts.standards import national_standard
    >>> needed, optional = columns_of(national_standard())
    >>> needed[:2], len(needed), optional[0]
    (('household', 'year'), 17, 'ethnic')
    """
    urban = ["urban"] if standard.by_area else []
    region = [place for place in standard.places if place not in PLACES]
    income = [standard.income.column] if standard.lines else []
    needed = (*NEEDED, *urban, *region, *income, *standard.columns)
    return needed, (*OPTIONAL, *(() if urban else ("urban",)))


def kind_of(column: str) -> str:
    """Return what a column is to be read as, as in ``columns.cast``."""
    if column in TEXTS:
        return "label"
    if column in WHOLE:
        return "whole"
    return "number" if column == "weight" or column.startswith("income") else "yes_no"


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
    problems = list(_wrong(options, (*needed, *optional), standard.income))
    taken = sorted({*standard.columns} & {*needed[: -len(standard.columns) or None], *optional})
    problems += [
        f"the indicator {name!r} of the standard is called as another column of a register" for name in taken
    ]
    owned = {name: own for name, own in options["columns"].items() if _OPTIONS["columns"][2](own)}
    problems += _nearly(there, {*needed, *optional} - owned.keys())
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
                first, *others = (text_of(table[part]) for part in parts)
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


def _nearly(there, names):
    """Yield columns that are called like one of a record but for case and blanks, and would be passed over."""
    for name in sorted(names):
        if near := [column for column in there if column != name and plain(column) == name]:
            which = f"'{name}', or" if name in there else f"{near[0]!r}, or"
            beside = " beside one that is called so" if name in there else ""
            yield f"column {near[0]!r} may be {name!r}{beside}; say columns={{{name!r}: {which} None}}"


def limits_of(standard: NationalStandard) -> dict[str, tuple[float, float]]:
    """Return {column of numbers: (lowest, highest)} under a standard.

    >>> from povertystats.facts.standards import national_standard
    >>> limits_of(national_standard())["income_vnd_k"]
    (-1000000.0, 1000000.0)
    """
    highest = _TIMES * standard.bounds()[1]
    return {standard.income.column: (-highest, highest), **LIMITS}


# Option: the columns that it may speak of (None: all), what it says of one, whether it does.
_OPTIONS = {
    "columns": (
        None,
        "a name, a list of names, or None",
        lambda own: own is None or bool(own) and all(isinstance(n, str) for n in _list(own)),
    ),
    "codes": (TEXTS, "a list of the values that exist", lambda own: not isinstance(own, str | int)),
    "limits": (
        WHOLE,
        "(lowest, highest)",
        lambda own: len(_list(own)) == 2 and all(isinstance(n, Real) for n in own) and own[0] <= own[1],
    ),
    "units": ((), "", lambda own: isinstance(own, str)),
}


def _list(own):
    return list(own) if isinstance(own, list | tuple) else [own]


def _wrong(options, known, income):
    """Yield what is wrong with the options, whatever the register's own columns are."""
    for option, given in options.items():
        of, expected, fits = _OPTIONS[option]
        if option in ("limits", "units"):
            of = (*(of or ()), income.column)
        for name, own in given.items():
            if name not in known:
                near = did_you_mean(str(name), {plain(k): k for k in known})
                yield f"{option}: a record has no {name!r}{near}"
            elif of and name not in of:
                yield f"{option}: {name!r} is none of {', '.join(of)}, which may have {option}"
            elif not fits(own):
                yield f"{option}: {name!r}: {own!r}; expected {expected or _either(income)}"
            elif option == "units":
                try:
                    income.factor(own)
                except InvalidValue:
                    yield f"{option}: {name!r}: {own!r}; expected {_either(income)}"


def _either(income):
    *units, last = [*income.units][:3]
    return f"{', '.join(units)} or {last}"


def text_of(value: Value) -> Value:
    """Return a raw column as text without blanks around it; what is nothing but blanks is null."""
    return as_text(value).strip().nullif("")


def as_text(value: Value) -> Value:
    """Return a column as text; a whole number that is kept as a float, as beside missing ones, without its ".0"."""
    text = value.cast("string")
    if not value.type().is_floating():
        return text
    whole = value.try_cast("int64")
    return (whole == value).ifelse(whole.cast("string"), text)


def deprived_sums(register: Register) -> tuple[dict[str, Value], list[Split], dict[str, str]]:
    """Return what to sum up for the deprived, and what of them is a part of what, and {what is told: where that is}.

    Where all who are poor are deprived, the rest of the deprived is what is told apart; where nobody else is deprived,
    there is no rest. The deprivations beyond the needed number are no fewer than the households that have any such: they
    are told where these are not few.
    """
    rows, standard = register.records, register.standard
    deprived, (not_poor, further) = rows["deprivations"] >= standard.needed, UNSEEN
    sums = {"deprived_households": deprived.sum()}
    splits, rides, whole = list[Split](), {"deprivations": further}, "deprived_households"
    if standard.deprived_alone:
        rides, whole = rides | {"deprived_households": "poor_households"}, "poor_households"
    elif standard.poor_are_deprived:
        sums[not_poor] = (deprived & ~rows["poor"]).sum()
        others = [name for name in standard.classes if name not in standard.poor]
        there = [name for name in others if standard.classes[name].deprived is not False]
        of = standard.counts[there[0]] if len(there) == 1 else "households but poor_households"
        splits, rides = [Split(not_poor, of, all_tells=True)], rides | {"deprived_households": not_poor}
    sums["deprivations"] = deprived.ifelse(rows["deprivations"], 0).sum()
    sums[further] = (rows["deprivations"] > standard.needed).sum()
    return sums, [*splits, Split(further, whole)], rides


def further_sums(register: Register, rides: dict[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """Return what else a review sums up, and ``rides``, to which it adds, as in ``deprived_sums``."""
    rows, standard, poor = register.records, register.standard, register.standard.poor
    sums = {f"{name}_households": rows[name].sum() for name in COVERAGE if name in rows.columns}
    if len(poor) > 1:
        classes = standard.conditions(rows)
        sums |= {standard.counts[name]: classes[name].sum() for name in poor}
    if "persons" in rows.columns:
        persons, known, poor_known = rows["persons"], "households", "poor_households"
        if ((register.checks["problem"] == COUNTED) & (register.checks["column"] == "persons")).any():
            known, poor_known = "persons_known_households", "poor_persons_known_households"
            counted = persons.notnull()
            sums |= {known: counted.sum(), poor_known: (counted & rows["poor"]).sum()}
        sums |= {"persons": persons.sum(), "poor_persons": rows["poor"].ifelse(persons, 0).sum()}
        rides = rides | {"persons": known, "poor_persons": poor_known}
    return sums, rides


def deprived_rests(standard: NationalStandard, columns: Collection[str]) -> list[Rest]:
    """Return what follows from classes of which all are deprived, or none: the rest of the deprived, or of the others.

    >>> from povertystats.facts.standards import national_standard
    >>> columns = ["deprived_households", "deprivation_poor_households"]
    >>> [rest.now for rest in deprived_rests(national_standard("multidim_2016_2020"), columns)]
    [{'deprived_households': 1, 'deprivation_poor_households': -1}]
    """
    if "deprived_households" not in columns or standard.deprived_alone:
        return []
    all_, none = (
        [
            count
            for name, count in standard.counts.items()
            if standard.classes[name].deprived is met and count in columns
        ]
        for met in (True, False)
    )
    if standard.poor_are_deprived:
        all_ = [
            "poor_households",
            *(name for name in all_ if name not in map(standard.counts.get, standard.poor)),
        ]
    of = ({"deprived_households": 1}, all_), ({"households": 1, "deprived_households": -1}, none)
    return [Rest(whole | dict.fromkeys(parts, -1)) for whole, parts in of if parts]


def not_counted(columns: Collection[str]) -> list[str]:
    """Return why records with such columns are not counted: in a survey an interviewed household stands for others.

    >>> not_counted(["household", "year"])
    []
    """
    if not (found := [name for name in DESIGN if name in columns]):
        return []
    other = ", ".join(f"{name!r}: None" for name in found)
    return [
        f"the records have {', '.join(found)}, as those of a survey, whose households stand for others; estimate with "
        f"survey_rates or survey_transitions, or open the register with columns={{{other}}} where that means something else"
    ]
