"""The indicators and classes of a poverty standard: which households are of a class, and whether each is of one."""

import itertools
import operator
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import lcm
from typing import Any

import numpy as np
import pandas as pd

from povertystats.criteria.lines import AREAS, URBAN, Income, Line, Prices, described, priced
from povertystats.words.languages import Words
from povertystats.words.wording import say

ENDS = ("over", "up_to")
COUNT, CLASS = "deprivations", "class"


@dataclass(frozen=True)
class Indicator:
    """An indicator of deprivation: the column of its flag, its service, and who counts as deprived.

    ``weight``: how much it counts among the deprivations, a whole number; ``service_title``, ``title`` and ``rule`` are words by language; ``checked``, ``rule_checked``: a source that was read says so (otherwise
    it was recalled).
    """

    column: str
    service: str
    service_title: Words
    title: Words
    rule: Words
    checked: bool
    rule_checked: bool
    weight: int = 1


def score(indicators: Collection[Indicator], flags: Mapping[str, Any], known: Collection[str] = ()) -> Any:
    """Return how many flags of each household are set, by the weights of their indicators, from {column: ibis column}.

    Missing ones count as not set; of columns that are ``known`` none is.
    """
    weights = {one.column: one.weight for one in indicators}
    kind = "int8" if sum(weights.values()) < 128 else "int32"
    whole = {c: (flag if c in known else flag.fill_null(False)).cast(kind) for c, flag in flags.items()}
    heavy = (flag if weights[column] == 1 else flag * weights[column] for column, flag in whole.items())
    return reduce(operator.add, heavy)


@dataclass(frozen=True)
class HouseholdClass:
    """A class of households: ``poor`` or not, the lines its income lies between, and its deprivations.

    ``over``, ``up_to``: the lines, the second included, None where there is no such end, and both so where income does
    not matter; ``deprived``: the needed deprivations or more (True), fewer (False), any number (None).
    """

    name: str
    poor: bool
    over: Line | None
    up_to: Line | None
    deprived: bool | None
    title: Words

    @property
    def lines(self) -> dict[str, Line]:
        """The lines by the ends that they are."""
        ends = zip(ENDS, (self.over, self.up_to), strict=True)
        return {end: line for end, line in ends if line is not None}

    def condition(self, columns: Any, needed: int, income: str, prices: Prices | None = None) -> Any:
        """Return whether households are of this class, as in ``NationalStandard.conditions``."""
        met = self.by_income(columns, income, prices)
        if self.deprived is None:
            return met
        count = columns[COUNT]
        lacking = count >= needed if self.deprived else count < needed
        return met & lacking if self.lines else lacking

    def by_income(self, columns: Any, income: str, prices: Prices | None = None) -> Any:
        """Return whether households are between the lines of this class, whatever their deprivations; True without lines."""
        beyond = {"over": operator.gt, "up_to": operator.le}
        met = (
            beyond[end](columns[income], priced(line, prices, columns)) for end, line in self.lines.items()
        )
        return reduce(operator.and_, met) if self.lines else True

    def text(
        self, needed: int, total: int, income: Income, titles: Mapping[str, Words], kind: str, lang: str
    ) -> str:
        """Return in a sentence which households are of this class; ``titles`` {end: of its line}."""
        name = self.title[lang][0].upper() + self.title[lang][1:]
        if not self.lines:
            return say(f"standards.class_alone.{kind}", lang, name=name, needed=needed, total=total)
        said = described(self.lines, titles, income, lang)
        return say(f"standards.class.{kind}", lang, name=name, income=said, needed=needed, total=total)


def indicators_of(found: dict, services: dict[str, dict]) -> tuple[Indicator, ...]:
    """Return the indicators of a standard that was read; a service without words is called by its name.

    Their weights are those given, 1 where none is; nested ones are the lowest whole numbers by which every service weighs
    the same, and its indicators share that equally.
    """
    given = found.get("indicator", {})
    weights = {column: one.get("weight", 1) for column, one in given.items()}
    if found.get("weights") == "nested":
        sizes = Counter(one["service"] for one in given.values())
        weights = {column: lcm(*sizes.values()) // sizes[one["service"]] for column, one in given.items()}
    return tuple(
        Indicator(
            column,
            one["service"],
            titled(services.get(one["service"], {}), one["service"]),
            Words.of(one),
            Words.of(one, "rule_"),
            one["checked"],
            one["rule_checked"],
            weights[column],
        )
        for column, one in given.items()
    )


def classes_of(found: dict, lines: Mapping[str, Line]) -> dict[str, HouseholdClass]:
    """Return the classes of households of a standard that was read, by name."""
    classes = {}
    for key, one in found["class"].items():
        over, up_to = (lines.get(one.get(end, "")) for end in ENDS)
        classes[key] = HouseholdClass(key, one["poor"], over, up_to, one.get("deprived"), Words.of(one))
    return classes


def titled(found: dict, name: str) -> Words:
    """Return the words of a table, its name where it has none.

    >>> titled({}, "income_line")["vi"]
    'income line'
    """
    return Words.of(found) or Words(en=name.replace("_", " "))


def gaps(
    classes: Collection[HouseholdClass],
    lines: Mapping[str, Line],
    needed: int,
    indicators: int,
    income: Income | None = None,
) -> Iterator[str]:
    """Yield, for each area and place, the first income and number of deprivations that is in no class, or in several."""
    income = income or Income()
    if needed > indicators:
        yield f"{needed} deprivations are needed, of {indicators} indicators"
    poor = {one.poor for one in classes}
    if len(poor) < 2:
        yield f"{'every' if True in poor else 'no'} class is poor; expected some that are and some that are not"
    unit = income.told.partition(" a person")[0]
    columns = list(dict.fromkeys(line.place for line in lines.values() if line.place))
    of_column = [
        list(dict.fromkeys(p for line in lines.values() if line.place == column for p in line.places))
        for column in columns
    ]
    for places in itertools.product(*of_column):
        at = dict(zip(columns, places, strict=True))
        where = "".join(f"{place or 'elsewhere'}, " for place in places)
        for area in AREAS if lines else [""]:
            own = {name: line.of_place(at.get(line.place or ""), area) for name, line in lines.items()}
            if lost := [name for name, amount in own.items() if amount is None]:
                yield f"{where}{area}: there is no amount of {', '.join(lost)}"
                continue
            # Classes change at the lines and at the needed deprivations only.
            ends = sorted({0.0, *(float(amount) for amount in own.values() if amount is not None)})
            between = [(low + high) / 2 for low, high in itertools.pairwise([*ends, 2 * ends[-1]])]
            cases = itertools.product(sorted([*ends, *between]), [0, needed])
            homes = pd.DataFrame(cases, columns=[income.column, COUNT])
            homes = homes.assign(**{URBAN: area == "urban"}, **{c: place or "" for c, place in at.items()})
            met = pd.DataFrame(
                {one.name: one.condition(homes, needed, income.column) for one in classes}, index=homes.index
            )
            for row in np.flatnonzero(met.sum(axis="columns") != 1)[:1]:
                held = " and ".join(met.columns[met.iloc[row].astype(bool)]) or "no class"
                amount, count = homes.loc[row, [income.column, COUNT]]
                at_income = f"{area}, {amount:g} {unit}, " if lines else ""
                yield f"{where}{at_income}deprived in {count:g}: in {held}; expected one class"
