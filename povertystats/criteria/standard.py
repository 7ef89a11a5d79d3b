"""A poverty standard as data: income lines, deprivations, and the class of a household by them."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
import pandas as pd

from povertystats.criteria.classes import CLASS, COUNT, HouseholdClass, Indicator
from povertystats.criteria.households import frame_problems
from povertystats.criteria.lines import URBAN, YEAR, Income, Line, Prices, priced
from povertystats.words.errors import WrongType, refuse
from povertystats.words.languages import Words
from povertystats.words.result import Result
from povertystats.words.wording import check, say

# Counts of a register that are none of a class.
_TAKEN = ("deprived", "borrower", "trained", "insured", "programme_commune")


@dataclass(frozen=True, eq=False, repr=False)
class NationalStandard(Result):
    """A poverty standard: who is poor, near-poor or neither, by income and deprivations.

    Parameters
    ----------
    name : str
        Its name in the file.
    decision : str
        Its official number.
    issued : date
        The day of the decision.
    first_year, last_year : int
        The reviews that used it.
    title : Words
        {language: title}.
    needed : int
        Deprivations, by their weights, from which a household counts as deprived; 0 for a standard by income alone.
    income : Income
        The column of incomes, its unit, its period and the word for the currency; without lines no record needs it.
    lines : dict of str to Line
        {name: {area: amount in the unit of incomes}}, areas "rural" and "urban"; {(place, area): amount} where a place
        has its own. None in a standard by deprivations alone.
    line_titles : dict of str to Words
        {name: {language: title}} of the lines.
    indicators : tuple of Indicator
        The indicators of deprivation, each with its weight: 1 in ours.
    classes : dict of str to HouseholdClass
        The classes by name, which hold every household once.
    prices : Prices or None
        Price indexes of places and years, by which the lines are multiplied; incomes stay as they are.
    table : DataFrame
        One row a statement: kind (line, prices, needed, class, indicator, rule: who counts as deprived), what, area, value,
        unit, source (its address, "" where there is none) and checked (False: recalled, not read).

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.national_standard("multidim_2022_2025").lines
    {'income_line': {'rural': 1500, 'urban': 2000}}
    """

    name: str
    decision: str
    issued: date
    first_year: int
    last_year: int
    title: Words
    needed: int
    income: Income
    lines: dict[str, Line]
    line_titles: dict[str, Words]
    indicators: tuple[Indicator, ...]
    classes: dict[str, HouseholdClass]
    prices: Prices | None
    table: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """The flags of a household, one an indicator."""
        return tuple(indicator.column for indicator in self.indicators)

    @property
    def total(self) -> int:
        """The most deprivations a household may have: all indicators, by their weights."""
        return sum(indicator.weight for indicator in self.indicators)

    @property
    def poor(self) -> tuple[str, ...]:
        """The names of the classes whose households are poor."""
        return tuple(name for name, group in self.classes.items() if group.poor)

    @property
    def poor_are_deprived(self) -> bool:
        """Whether a household is poor only when it is deprived."""
        return all(bool(group.deprived) for group in self.classes.values() if group.poor)

    @property
    def deprived_alone(self) -> bool:
        """Whether the poor are those who are deprived, whatever their income, as by an MPI."""
        return all(group.deprived is group.poor for group in self.classes.values())

    @property
    def by_area(self) -> bool:
        """Whether rural and urban households have other lines: only then a record must say where it is."""
        return any(line.by_area for line in self.lines.values())

    @property
    def places(self) -> tuple[str, ...]:
        """The columns of places by which lines or prices differ."""
        named = [line.place for line in self.lines.values()] + [self.prices.place if self.prices else None]
        return tuple(dict.fromkeys(place for place in named if place))

    @property
    def counts(self) -> dict[str, str]:
        """{class: the column that counts its households in a review}."""
        taken = ("households", *(() if self.poor == ("poor",) else ("poor",)), *_TAKEN)
        return {name: f"{'class_' if name in taken else ''}{name}_households" for name in self.classes}

    def bounds(self) -> tuple[float, float]:
        """Return the lowest and the highest line there is, at any prices; 0 and infinity without lines.

        Returns
        -------
        tuple of float
            Two amounts, in the unit of the incomes.
        """
        if not self.lines:
            return 0.0, np.inf
        spans = [line.span() for line in self.lines.values()]
        low, high = self.prices.span if self.prices else (1, 1)
        return low * min(low_line for low_line, _ in spans), high * max(high_line for _, high_line in spans)

    def conditions(self, columns: Any) -> dict[str, Any]:
        """Return for each class whether a household is of it: one holds for every complete record.

        Parameters
        ----------
        columns : DataFrame or ibis table
            Anything that gives, by name, ``income_vnd_k`` (thousand dong a person a month; or the standard's own
            income), ``deprivations`` (how many flags are set, by weight) and, where lines differ by them, ``urban`` (bool), places
            and year. Lines belong to the class below them ("up to and including").

        Returns
        -------
        dict
            {class: boolean column}.

        Examples
        --------
        >>> import povertystats as ps
        >>> home = pd.DataFrame({"income_vnd_k": [700, 701], "urban": [False, False], "deprivations": [0, 3]})
        >>> {name: met.tolist() for name, met in ps.national_standard().conditions(home).items()}["deprivation_poor"]
        [False, True]
        """
        return {
            name: group.condition(columns, self.needed, self.income.column, self.prices)
            for name, group in self.classes.items()
        }

    def undecided(self, columns: Any, known: Any, unknown: Any) -> Any:
        """Return where the class of a household hangs on flags that are missing, for ibis columns.

        Parameters
        ----------
        columns : ibis table or dict
            As in ``conditions``.
        known, unknown : ibis column
            How many flags are set, and how many are missing, by weight.

        Returns
        -------
        ibis column
            False where the household is of one class whatever the missing flags are: by its income, or because it has
            the needed deprivations without them, or cannot reach them.
        """
        by_lack = [group for group in self.classes.values() if group.deprived is not None]
        if not by_lack:
            return known < 0
        hangs = (known < self.needed) & (known + unknown >= self.needed)
        if not all(group.lines for group in by_lack):
            return hangs
        of_income = (group.by_income(columns, self.income.column, self.prices) for group in by_lack)
        return reduce(or_, (met.fill_null(True) for met in of_income)) & hangs

    def unlined(self, columns: Any) -> Any:
        """Return where a household has no line, for ibis columns: none is there for its place, or no price for its year.

        Parameters
        ----------
        columns : ibis table or dict
            As in ``conditions``.

        Returns
        -------
        ibis column
            True where a line is missing, of a standard whose lines or prices differ by place or year.
        """
        named = [priced(line, self.prices, columns) for line in self.lines.values()]
        return reduce(or_, (amount.isnull() for amount in named if hasattr(amount, "isnull")))

    def classify(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame of households with two more columns: ``deprivations`` (how many) and ``class``.

        Parameters
        ----------
        frame : DataFrame
            One row a household with income_vnd_k (thousand dong a person a month) and urban (bool), where the standard has
            lines, and the flags of ``columns`` (bool).

        Returns
        -------
        DataFrame
            A copy with the two columns.

        Raises
        ------
        WrongType
            Not a DataFrame.
        Refused
            All problems at once: missing or repeated columns, flags that are neither True nor False, incomes that
            are missing or infinite (below zero they are losses).

        Examples
        --------
        >>> import povertystats as ps
        >>> standard = ps.national_standard("multidim_2022_2025")
        >>> home = dict.fromkeys(standard.columns, True) | {"income_vnd_k": 1500.0, "urban": False}
        >>> standard.classify(pd.DataFrame([home]))[["deprivations", "class"]].values.tolist()
        [[12, 'poor_multidim']]
        """
        if not isinstance(frame, pd.DataFrame):
            raise WrongType(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        income = self.income.column if self.lines else None
        flags = [*([URBAN] if self.by_area else []), *self.columns]
        keys = [*self.places, *([YEAR] if self.prices and self.prices.by_year else [])]
        told = self.income.told
        refuse(f"cannot classify households by {self.name}", frame_problems(frame, income, told, keys, flags))
        weights = [indicator.weight for indicator in self.indicators]
        count = frame[list(self.columns)].astype(bool).mul(weights).sum(axis="columns")
        read: dict[str, Any] = {COUNT: count}
        read |= {income: frame[income].astype(float)} if income else {}
        read |= {name: frame[name].astype(bool) for name in flags[:1] if name == URBAN}
        read |= {name: frame[name] for name in keys}
        conditions = self.conditions(read)
        classes = np.select([met.to_numpy() for met in conditions.values()], list(conditions), default="")
        return frame.assign(**{COUNT: count, CLASS: classes})

    def text(self, lang: str) -> str:
        """Return the standard in sentences: who is in which class, and what is not verified.

        Parameters
        ----------
        lang : str
            "vi", "en" or a language file.

        Returns
        -------
        str
            One sentence a line.
        """
        check(lang)
        values = {"title": self.title[lang], "decision": self.decision, "issued": self.issued}
        values["per"] = say(f"standards.per.{self.income.period}", lang)
        n = len(self.indicators)
        kind = "" if n and self.lines else "_income" if self.lines else "_indicators"
        head = say(f"standards.head{kind}", lang, n=n, **values)
        unnamed = self.lines and not self.income.currency
        notes = [say("standards.no_currency", lang, column=self.income.column)] if unnamed else []
        notes += [say("standards.prices", lang)] if self.prices else []
        if self._weighted:
            told = "; ".join(f"{one.title[lang]}: {one.weight}" for one in self.indicators)
            notes.append(say("standards.weights", lang, weights=told, total=self.total))
        classes = [self._told(group, lang) for group in self.classes.values()]
        table = self.table
        recalled = table.loc[~table["checked"], "kind"].value_counts(sort=False)
        doubts = [say(f"standards.unchecked.{kind}", lang, n=n) for kind, n in recalled.items()]
        return "\n".join([head, *notes, *classes, *(doubts or [say("standards.checked", lang)])])

    def _told(self, group: HouseholdClass, lang: str) -> str:
        lines = {id(line): self.line_titles[name] for name, line in self.lines.items()}
        titles = {end: lines[id(line)] for end, line in group.lines.items()}
        kinds = ("scored", "not_scored") if self._weighted else ("deprived", "not_deprived")
        kind = {True: kinds[0], False: kinds[1], None: "any" if self.indicators else "alone"}
        return group.text(self.needed, self.total, self.income, titles, kind[group.deprived], lang)

    @property
    def _weighted(self) -> bool:
        return self.total > len(self.indicators)

    def _sentence(self) -> str:
        return f"{self.name} ({self.decision}): {len(self.indicators)} indicators; {', '.join(self.classes)}"
