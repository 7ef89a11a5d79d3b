"""What a formula gives a verb: a panel with its columns, outcome, drivers and options; and its words for readers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from povertystats.estimators.design import Made, design_of, read_numbers_of
from povertystats.estimators.formula import Formula, read_formula
from povertystats.estimators.formula_effects import effects_of
from povertystats.files.numbers import MISSING, Notation
from povertystats.frames.keys import full_key
from povertystats.frames.rates import is_rate, model_rates
from povertystats.words.errors import refuse
from povertystats.words.names import did_you_mean, first_names, plain
from povertystats.words.phrases import term_name, together
from povertystats.words.wording import say


@dataclass(frozen=True)
class Told:
    """What a formula made, for readers: ``made`` columns, those ``left_out``, and whether any effects are taken out."""

    made: Mapping[str, Made] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    pooled: bool = False

    def labels(self, lang: str, labels: Mapping[str, str]) -> dict[str, str]:
        """Return names of the made columns, built of the names of columns that are given."""
        return {
            name: self._name(made, lang, labels) for name, made in self.made.items() if _is_product(made)
        } | {**labels}

    def _name(self, made: Made, lang: str, labels: Mapping[str, str]) -> str:
        parts = [term_name(number, lang, labels) for number in made.numbers]
        (column, level, base), *more = made.levels or [("", "", "-")]
        if len(parts) == 1 and not more and not base:
            about = {"name": parts[0], "level": level, "category": term_name(column, lang, labels)}
            return say("drivers.formula.inside", lang, **about)
        parts += [
            say("drivers.formula.level", lang, name=term_name(column, lang, labels), level=level)
            for column, level, _ in made.levels
        ]
        return " × ".join(parts)

    def step(
        self, driver: str, lang: str, labels: Mapping[str, str]
    ) -> tuple[str, Callable[[str], str]] | None:
        """Return the term whose step is told of a driver, and what is said around that; None where nothing is.

        What stands in products is told for where the rest of these is 0, or at the base of its category.
        """
        made = self.made.get(driver)
        if made is None or len(made.levels) > 1 or len(made.numbers) > 1:
            return None
        rest = [self._rest(made, other) for other in self.made.values() if other != made]
        numbers = dict.fromkeys(n for part in rest if part for n in part.numbers)
        bases = dict((column, base) for part in rest if part for column, _, base in part.levels if base)
        where = [
            *(
                say("drivers.formula.at_base", lang, category=term_name(c, lang, labels), base=base)
                for c, base in bases.items()
            ),
            *(say("drivers.formula.at_zero", lang, name=term_name(n, lang, labels)) for n in numbers),
        ]
        conditions = together(where, lang)
        term = (made.numbers or (driver,))[0]

        def around(step: str) -> str:
            for column, level, base in made.levels:
                kind = "within" if not base else "differs" if made.numbers else "against"
                words = {"category": term_name(column, lang, labels), "level": level, "base": base}
                step = say(f"drivers.formula.{kind}", lang, step=step, **words)
            return (
                say("drivers.formula.where", lang, conditions=conditions, step=step) if conditions else step
            )

        return term, around

    @staticmethod
    def _rest(made: Made, other: Made) -> Made | None:
        """Return what a product multiplies a made column by; None where it is none of it."""
        mine, its = {(c, level) for c, level, _ in made.levels}, {(c, level) for c, level, _ in other.levels}
        if not (set(made.numbers) <= set(other.numbers) and mine <= its):
            return None
        levels = tuple(part for part in other.levels if part[:2] not in mine)
        return Made(tuple(n for n in other.numbers if n not in made.numbers), levels)

    def lines(self, lang: str, labels: Mapping[str, str]) -> Iterator[str]:
        """Yield what each category is compared with, what was left out, and that no effects are taken out."""
        bases = {column: base for made in self.made.values() for column, _, base in made.levels if base}
        for column, base in bases.items():
            yield say("drivers.formula.base", lang, category=term_name(column, lang, labels), base=base)
        if self.left_out:
            names = "; ".join(term_name(name, lang, labels) for name in self.left_out)
            yield say("drivers.formula.left_out", lang, names=names)
        if self.pooled:
            yield say("drivers.formula.pooled", lang)


@dataclass(frozen=True, eq=False)
class Given:
    """What a formula gives a verb in place of ``panel``, ``outcome``, ``drivers`` and options; the drivers in each level of a
    category are ``inside``, with ``beside`` as controls.
    """

    panel: Any
    outcome: str
    drivers: tuple[str, ...]
    options: dict[str, Any]
    told: Told
    inside: Mapping[str, Made] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


def given_by(panel: Any, text: str, options: Mapping[str, Any], *, two_way: str = "") -> Given:
    """Return what a formula gives a verb that has these options.

    ``two_way``: the name of a verb that always takes out effects of places and years. Raises Refused, all problems at once;
    MissingExtra without formulaic.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [1.0, 2, 4, 3, 5, 9], "y": range(6)})
    >>> given = given_by(panel, "y ~ log(x) | place + year", {"place": "place", "year": "year"})
    >>> given.outcome, given.drivers, given.options["scales"]
    ('y', ('log(x)',), ['points'])
    """
    formula = read_formula(text)
    formula, problems = _known(formula, panel, text)
    found, wrong = effects_of(formula, panel, options)
    problems += wrong
    if (
        two_way
        and formula.barred
        and (not found["entity"], not found["time"], found["years_by"], found["effects"])
        != (False, False, None, ())
    ):
        problems.append(
            f"{two_way} takes out effects of places and years; expected | place + year, or nothing after the terms"
        )
    new = dict(options)
    if formula.scale and options.get("scales") not in (None, [formula.scale], (formula.scale,)):
        problems.append(f"the formula says the scale {formula.scale!r}; expected no scales beside it")
    if two_way:
        new["scales"] = [formula.scale] if formula.scale else options.get("scales")
    else:
        new["scales"] = [formula.scale] if formula.scale else options.get("scales") or ["points"]
    kept = ("place",) if two_way else found
    new |= {name: found[name] for name in kept if name in found}
    pooled = not two_way and not found["entity"] and not found["time"] and not found["effects"]
    if not isinstance(panel, pd.DataFrame):
        made = [term for term in formula.terms if len(term) > 1 or term[0].kind == "C"]
        problems += [
            f"{' : '.join(f.term for f in term)} needs rows in memory; files and tables take columns, log(column) and log1p(column): expected a DataFrame"
            for term in made
        ]
        refuse("cannot read the formula", problems)
        return Given(
            panel, formula.outcome, tuple(term[0].term for term in formula.terms), new, Told(pooled=pooled)
        )
    refuse("cannot read the formula", problems)
    missing = options.get("missing")
    notation = Notation(
        options.get("decimal"), options.get("thousands"), MISSING if missing is None else tuple(missing)
    )
    panel, problems = read_numbers_of(formula, panel, notation)
    units = options.get("units")
    columns = [
        column for column in formula.columns if not isinstance(panel[column].dtype, pd.CategoricalDtype)
    ]
    panel, doubts = model_rates(panel, columns, units=units)
    refuse("cannot read the formula", dict.fromkeys([*problems, *doubts]))
    new["units"] = _settled(units, formula, options)
    design = design_of(formula, panel, _groups(new | found, panel, options))
    refuse("cannot read the formula", design.problems)
    told = Told(design.made, design.left_out, pooled)
    return Given(design.panel, formula.outcome, design.drivers, new, told, design.inside, design.beside)


def with_formula(
    verb: Callable[..., Any], given: Mapping[str, Any], panel: str = "panel", outcome: str = "outcome"
) -> Any:
    """Return what a verb that takes out effects of places and years says of a formula; ``given``: what it was given by name."""
    options = {name: value for name, value in given.items() if name not in (panel, outcome, "drivers")}
    read = given_by(given[panel], given[outcome], options, two_way=verb.__name__)
    return verb(read.panel, read.outcome, read.drivers, **read.options)


def _known(formula: Formula, panel: Any, text: str) -> tuple[Formula, list[str]]:
    """Return a formula with columns as a frame spells them, and those that are not there, each with its place in the text."""
    if not isinstance(panel, pd.DataFrame):
        return formula, []
    spelled = {unicodedata.normalize("NFC", str(column)): column for column in panel.columns}
    named = [formula.outcome, *formula.columns, *(column for effect in formula.effects for column in effect)]
    text, near = (
        unicodedata.normalize("NFC", text),
        {plain(str(column)): str(column) for column in panel.columns},
    )
    there = first_names(panel.columns)
    problems = [
        f"character {text.find(name) + 1}, {name!r}: no such column; the panel has {there}{did_you_mean(name, near)}"
        for name in dict.fromkeys(named)
        if name not in spelled
    ]
    problems += [
        f"there is more than one column {spelled[name]!r}"
        for name in dict.fromkeys(named)
        if name in spelled and list(panel.columns).count(spelled[name]) > 1
    ]
    terms = tuple(
        tuple(replace(f, column=spelled.get(f.column, f.column)) for f in term) for term in formula.terms
    )
    effects = tuple(tuple(spelled.get(column, column) for column in effect) for effect in formula.effects)
    outcome = spelled.get(formula.outcome, formula.outcome)
    return replace(formula, outcome=outcome, terms=terms, effects=effects), problems


def _groups(found: Mapping[str, Any], panel: pd.DataFrame, options: Mapping[str, Any]) -> list[list[str]]:
    """Return the columns of each effect that is taken out."""
    time = options.get("time", True)
    when = options.get("year", "year") if time in (True, None) else time
    who = found.get("cluster") or found.get("place", "place")
    who = found.get("place", "place") if isinstance(who, str) and "+" in who else who
    groups = [effect.split("^") for effect in found.get("effects", ())]
    if entity := found["entity"]:
        groups.append([*full_key(who if entity is True else entity, panel.columns)])
    if found["time"]:
        regions = found["years_by"]
        groups.append([*(full_key(regions, panel.columns) if regions else ()), when])
    return groups


def _settled(units: Any, formula: Formula, options: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the units of columns once those of the terms are in per cent, so that nothing is asked twice."""
    named = units if isinstance(units, Mapping) else {}
    rates = {name: "pct" for name in formula.columns if name in named or name.endswith("_pct")}
    if isinstance(units, str):
        others = [formula.outcome, *(options.get("controls") or ())]
        rates |= {name: units for name in others if is_rate(name, formula.outcome)}
    rates |= {name: unit for name, unit in named.items() if name not in formula.columns}
    return rates or None


def labels_of(formula: Told | None, lang: str, labels: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return names of columns for readers, those that a formula made among them."""
    return formula.labels(lang, labels or {}) if formula else labels or {}


def _is_product(made: Made) -> bool:
    return bool(made.levels) or len(made.numbers) > 1
