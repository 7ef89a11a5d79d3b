"""The income lines of a poverty standard: amounts by area and place, times the prices of a place and year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from povertystats.files.units import unit_of
from povertystats.words.errors import InvalidValue
from povertystats.words.languages import Words
from povertystats.words.wording import number, say

AREAS = ("rural", "urban")
PLACES = ("province", "district", "commune", "region")
INCOME, URBAN, YEAR = "income_vnd_k", "urban", "year"
_TIMES = {"": 1, "_k": 1_000, "_m": 1_000_000, "_bn": 1_000_000_000}


@dataclass(frozen=True)
class Income:
    """The income of a standard: its column of a register, the unit and period in which it and the lines are told.

    ``unit``: such as "vnd_k", thousand dong, or "tk"; ``currency``: the word for the currency by language, none where
    the file does not say it.
    """

    column: str = INCOME
    unit: str = "vnd_k"
    period: str = "month"
    currency: Words = field(default_factory=Words)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Income":
        """Return the income of a standard that was read.

        >>> Income.of({"column": "income_tk", "unit": "tk", "period": "year", "en": "taka"}).currency["vi"]
        'taka'
        """
        said = {key: found[key] for key in ("column", "unit", "period") if key in found}
        return cls(**said, currency=Words.of(found)) if found else cls()

    @property
    def units(self) -> dict[str, float]:
        """{unit in which a register may write incomes: what they are multiplied by to be in this one}.

        >>> Income().units["vnd"], Income(unit="tk").units["tk_k"]
        (0.001, 1000.0)
        """
        base, times = _parted(self.unit)
        return {f"{base}{end}": n / times for end, n in _TIMES.items()}

    def factor(self, written: str) -> float:
        """Return what incomes written in a unit are multiplied by; raises InvalidValue for one that is not of the currency."""
        if unit_of(written) not in self.units:
            raise InvalidValue(f"incomes in {self.unit!r} cannot be made of {written!r}")
        return self.units[unit_of(written)]

    @property
    def told(self) -> str:
        """What a number of the column is, in plain English, for messages."""
        unit = "thousand dong" if self.unit == "vnd_k" else self.unit
        return f"{unit} a person a {self.period}"

    @property
    def times(self) -> int:
        """How many of the currency a unit of the incomes is; 1 where the file does not name the currency."""
        return _parted(self.unit)[1] if self.currency else 1

    def amount(self, value: float | None, lang: str, times: int = 1) -> str:
        """Return an amount, so many times, with the digits that it has: "700,000"; "" where there is none."""
        if value is None:
            return ""
        digits = Decimal(str(value)) * times
        exponent = digits.normalize().as_tuple().exponent
        return number(float(digits), lang, max(0, -exponent if isinstance(exponent, int) else 0))


def _parted(unit: str) -> tuple[str, int]:
    """Return a unit without what it is multiplied by, and that."""
    base, sign, end = unit.rpartition("_")
    return (base, _TIMES[sign + end]) if sign and sign + end in _TIMES else (unit, 1)


class Line(dict[Any, float]):
    """The amounts of a line, {area: amount}, and {(place, area): amount} where a place has its own.

    ``place``: the column of the register that such places stand in; without "rural" and "urban" other places have none.

    >>> line = Line.of({"everywhere": 100, "place": "region", "amounts": {"Dhaka": {"rural": 110, "urban": 130}}})
    >>> line["Dhaka", "urban"], line["rural"], line.place, line.by_area
    (130, 100, 'region', True)
    """

    place: str | None = None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Line":
        """Return the line of a standard that was read."""
        line = cls(_areas(found.get("everywhere", found)))
        if "amounts" in found:
            line.place = found.get("place", PLACES[0])
            for place, amounts in found["amounts"].items():
                line |= {(place, area): amount for area, amount in _areas(amounts).items()}
        return line

    @property
    def by_area(self) -> bool:
        """Whether rural and urban households of one place have other lines."""
        return any(self.of_place(place, AREAS[0]) != self.of_place(place, AREAS[1]) for place in self.places)

    @property
    def places(self) -> list[str | None]:
        """The places that have amounts of their own, and None for all others, where these have any."""
        own = dict.fromkeys(key[0] for key in self if isinstance(key, tuple))
        return [*own, *([None] if AREAS[0] in self else [])]

    def of_place(self, place: str | None, area: str) -> float | None:
        """Return the amount of a place, which for one that has none of its own is that of all others."""
        return self.get((place, area), self.get(area))

    def amounts(self, columns: Any) -> Any:
        """Return the amount of each household, from ``urban`` and its place, missing where the line has none."""
        if not self.by_area:
            return self._of_area(AREAS[0], columns)
        rural, urban = (self._of_area(area, columns) for area in AREAS)
        return chosen(columns[URBAN], urban, rural)

    def _of_area(self, area, columns):
        if self.place is None:
            return self[area]
        return looked_up(
            columns[self.place],
            {place: self.of_place(place, area) for place in self.places if place is not None},
            self.get(area),
        )

    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest amount."""
        return min(self.values()), max(self.values())


def _areas(found: Any) -> dict[str, float]:
    if not isinstance(found, Mapping):
        return dict.fromkeys(AREAS, found)
    return {area: found[area] for area in AREAS if area in found}


@dataclass(frozen=True)
class Prices:
    """Price indexes by which lines are multiplied: of a place, of a year, or of a place in a year.

    ``indexes``: {place: index or {year: index}} for places of the column ``place``; ``years``: {year: index}, which counts for
    places that have no years of their own. Missing for a place or year that is not named.
    """

    place: str | None
    indexes: Mapping[str, Any]
    years: Mapping[int, float]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Prices | None":
        """Return the prices of a standard that was read, None without any."""
        if not found:
            return None
        indexes = {
            place: _years(index) if isinstance(index, Mapping) else index
            for place, index in found.get("indexes", {}).items()
        }
        place = found.get("place", PLACES[0]) if indexes else None
        return cls(place, indexes, _years(found.get("years", {})))

    @property
    def by_year(self) -> bool:
        """Whether prices change from year to year."""
        return bool(self.years) or any(isinstance(index, Mapping) for index in self.indexes.values())

    def factor(self, columns: Any) -> Any:
        """Return the index of each household's place and year."""
        years = looked_up(columns[YEAR], self.years, None) if self.years else 1.0
        if self.place is None:
            return years
        of_place = {
            place: looked_up(columns[YEAR], index, None) if isinstance(index, Mapping) else index * years
            for place, index in self.indexes.items()
        }
        return looked_up(columns[self.place], of_place, None)

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest index, for bounds of what is plausible."""
        years = [*self.years.values()] or [1.0]
        every = [
            one
            for index in self.indexes.values()
            for one in (index.values() if isinstance(index, Mapping) else [index * year for year in years])
        ]
        return min(every or years), max(every or years)


def _years(found):
    return {int(year): index for year, index in found.items()}


def priced(line: Line, prices: Prices | None, columns: Any) -> Any:
    """Return the line of each household at its prices, without the digits that multiplying makes up."""
    amounts = line.amounts(columns)
    return amounts if prices is None else rounded(amounts * prices.factor(columns))


def rounded(values: Any) -> Any:
    """Return amounts to six decimals: 700 times 1.15 is 805, and an income of 805 meets it."""
    return values.round(6) if hasattr(values, "round") else round(values, 6)


def chosen(met: Any, yes: Any, no: Any) -> Any:
    """Return one value where a condition is met and another elsewhere, for ibis and pandas alike."""
    return met.ifelse(yes, no) if hasattr(met, "ifelse") else np.where(met, yes, no)


def looked_up(column: Any, values: Mapping[Any, Any], other: Any) -> Any:
    """Return the value of each key in a column, and another one for the rest, for ibis and pandas alike."""
    if not values:
        return other
    if hasattr(column, "cases"):
        return column.cases(*values.items(), else_=other)
    met = [np.asarray(column == key) for key in values]
    return np.select(met, [*values.values()], default=np.nan if other is None else other)


def described(ends: Mapping[str, Line], titles: Mapping[str, Words], income: Income, lang: str) -> str:
    """Return between which lines an income lies: ``ends`` {"over" or "up_to": the line}, ``titles`` of these."""
    unit = f" {income.currency[lang]}" if income.currency else ""
    values: dict[str, Any] = {"unit": unit}
    kind = "same"
    if places := _names(line.place for line in ends.values()):
        kind = "places"
        values["place"] = say(f"standards.place.{places[0]}", lang)
        for end, line in ends.items():
            low, high = (income.amount(amount, lang, income.times) for amount in line.span())
            values |= {f"{end}_low": low, f"{end}_high": high, f"{end}_title": titles[end][lang]}
    else:
        kind = "areas" if any(line.by_area for line in ends.values()) else "same"
        values |= {
            f"{end}_{area}": income.amount(line[area], lang, income.times)
            for end, line in ends.items()
            for area in AREAS
        }
    return say(f"standards.income.{kind}.{'_'.join(ends)}", lang, **values)


def _names(places: Iterable[str | None]) -> list[str]:
    return [place for place in dict.fromkeys(places) if place]
