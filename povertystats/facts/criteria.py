"""The file of the national poverty standards, ``data/criteria.toml``: read, checked, and what it holds."""

import itertools
import json
import operator
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from povertystats.facts.package import DATA
from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.languages import Words
from povertystats.words.schemas import problems, read_toml
from povertystats.words.wording import say

AREAS = ("rural", "urban")
ENDS = ("over", "up_to")
INCOME, URBAN, COUNT, CLASS = "income_vnd_k", "urban", "deprivations", "class"
_SCHEMA = Path(__file__).with_name("criteria.schema.json")


def read_criteria(path: str | Path | None = None) -> dict[str, dict]:
    """Read a file of standards and return its tables ``source``, ``service`` and ``standard``.

    Ours, when ``path`` is left out, was checked when it was written. Raises MissingFile without the file; Refused, all
    problems at once: not TOML, unknown, missing and wrong entries, sources and lines that are not there, what is
    checked without a source.

    >>> found = read_criteria()
    >>> list(found["standard"]), found["standard"]["multidim_2016_2020"]["line"]["poverty_line"]["rural"]
    (['multidim_2016_2020', 'multidim_2022_2025'], 700)
    """
    file = DATA / "criteria.toml" if path is None else Path(path)
    what = f"cannot read the standards {file}"
    found = read_toml(file, what)
    if path is not None:
        refuse(what, _problems(found))
    return found


def _problems(found: dict) -> Iterator[str]:
    """Yield what is wrong with a file of standards: its form, and the sources and lines that it names."""

    def source(name: Any) -> bool:
        if isinstance(name, str) and name not in _table(found, "source"):
            raise InvalidValue(f"there is no source {name!r}")
        return True

    yield from problems(found, json.loads(_SCHEMA.read_text()), {"source": source})
    for name, standard in _table(found, "standard").items():
        first, last = (_table(standard).get(end) for end in ("first_year", "last_year"))
        if isinstance(first, int) and isinstance(last, int) and first > last:
            yield f"standard.{name}: first_year {first} is after last_year {last}"
        for key, one in _table(standard, "class").items():
            ends = [_table(one).get(end) for end in ENDS]
            lost = [end for end in ends if isinstance(end, str) and end not in _table(standard, "line")]
            yield from (f"standard.{name}.class.{key}: there is no line {end!r}" for end in lost)


def _table(found: Any, *keys: str) -> dict:
    """Return the table under keys; an empty one where there is anything else, which the schema refuses."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Indicator:
    """An indicator of deprivation: the column of its flag, its service, and who counts as deprived.

    ``service_title``, ``title`` and ``rule`` are words by language; ``checked``, ``rule_checked``: a source that was read says so (otherwise
    it was recalled).
    """

    column: str
    service: str
    service_title: Words
    title: Words
    rule: Words
    checked: bool
    rule_checked: bool


@dataclass(frozen=True)
class HouseholdClass:
    """A class of households: ``poor`` or not, the lines its income lies between, and its deprivations.

    ``over``, ``up_to``: {area: thousand dong a person a month}, the second included, None where there is no such end;
    ``deprived``: the needed deprivations or more (True), fewer (False), any number (None).
    """

    name: str
    poor: bool
    over: dict[str, float] | None
    up_to: dict[str, float] | None
    deprived: bool | None
    title: Words

    def condition(self, columns: Any, needed: int) -> Any:
        """Return whether households are of this class, as in ``NationalStandard.conditions``."""
        income, urban = columns[INCOME], columns[URBAN]
        parts = []
        for end, beyond in ((self.over, operator.gt), (self.up_to, operator.le)):
            if end is not None:
                parts.append(beyond(income, _chosen(urban, end["urban"], end["rural"])))
        if self.deprived is not None:
            parts.append(columns[COUNT] >= needed if self.deprived else columns[COUNT] < needed)
        return reduce(operator.and_, parts)

    def text(self, needed: int, lang: str) -> str:
        """Return in a sentence which households are of this class."""
        lines = {
            end: line for end, line in zip(ENDS, (self.over, self.up_to), strict=True) if line is not None
        }
        span = {f"{end}_{area}": 1000 * line[area] for end, line in lines.items() for area in AREAS}
        income = say(f"standards.income.{'_'.join(lines)}", lang, **span)
        kind = {True: "deprived", False: "not_deprived", None: "any"}[self.deprived]
        name = self.title[lang][0].upper() + self.title[lang][1:]
        return say(f"standards.class.{kind}", lang, name=name, income=income, needed=needed)


def _chosen(met: Any, yes: float, no: float) -> Any:
    """Return one number where a condition is met and another elsewhere, for ibis and pandas alike."""
    return met.ifelse(yes, no) if hasattr(met, "ifelse") else np.where(met, yes, no)


def indicators_of(found: dict, services: dict[str, dict]) -> tuple[Indicator, ...]:
    """Return the indicators of a standard that was read; a service without words is called by its name."""
    return tuple(
        Indicator(
            column,
            one["service"],
            titled(services.get(one["service"], {}), one["service"]),
            Words.of(one),
            Words.of(one, "rule_"),
            one["checked"],
            one["rule_checked"],
        )
        for column, one in found["indicator"].items()
    )


def classes_of(found: dict, lines: dict[str, dict[str, float]]) -> dict[str, HouseholdClass]:
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


def statements(found: dict, sources: dict[str, dict]) -> pd.DataFrame:
    """Return one row a statement of a standard, with its source."""
    needed, rows = found["needed"], []

    def add(
        kind: str, what: str, one: dict, area: str = "", value: float = np.nan, unit: str = "", stem: str = ""
    ) -> None:
        source = sources.get(one.get(f"{stem}source", ""), {"url": ""})
        rows.append((kind, what, area, value, unit, source["url"], one[f"{stem}checked"]))

    for key, line in found["line"].items():
        for area in AREAS:
            add("line", key, line, area, float(line[area]), "vnd_k")
    add("needed", COUNT, needed, value=float(needed["value"]), unit="indicators")
    for kind, table, stem in (
        ("class", "class", ""),
        ("indicator", "indicator", ""),
        ("rule", "indicator", "rule_"),
    ):
        for key, one in found[table].items():
            add(kind, key, one, stem=stem)
    return pd.DataFrame(rows, columns=["kind", "what", "area", "value", "unit", "source", "checked"])


def gaps(
    classes: Collection[HouseholdClass], lines: dict[str, dict[str, float]], needed: int, indicators: int
) -> Iterator[str]:
    """Yield, for each area, the first income and number of deprivations that is in no class, or in several."""
    if needed > indicators:
        yield f"{needed} deprivations are needed, of {indicators} indicators"
    for area in AREAS:
        # Classes change at the lines and at the needed deprivations only.
        ends = sorted({0.0, *(line[area] for line in lines.values())})
        between = [(low + high) / 2 for low, high in itertools.pairwise([*ends, 2 * ends[-1]])]
        cases = itertools.product(sorted([*ends, *between]), [0, needed])
        homes = pd.DataFrame(cases, columns=[INCOME, COUNT]).assign(**{URBAN: area == "urban"})
        met = pd.DataFrame({one.name: one.condition(homes, needed) for one in classes}, index=homes.index)
        for row in np.flatnonzero(met.sum(axis="columns") != 1)[:1]:
            held = " and ".join(met.columns[met.iloc[row].astype(bool)]) or "no class"
            income, count = homes.loc[row, [INCOME, COUNT]]
            yield f"{area}, {income:g} thousand dong, deprived in {count:g}: in {held}; expected one class"


def wrong_rows(column: Any, wrong: Any, values: pd.Series, what: str) -> list[str]:
    """Return a sentence on the rows that are wrong, in a list that is empty where there are none."""
    rows = np.flatnonzero(wrong)
    return [
        f"{column}: {len(rows)} value(s) {what}, first {value} in row {row}"
        for row, value in values.iloc[rows[:1]].items()
    ]


def frame_problems(frame: pd.DataFrame, flags: Sequence[str]) -> Iterator[str]:
    """Yield what keeps a frame of households from being classified."""
    for column in (INCOME, URBAN, *flags):
        if (times := list(frame.columns).count(column)) != 1:
            yield f"{column}: {f'there are {times} such columns' if times else 'there is no such column'}"
            continue
        values = frame[column]
        if column != INCOME:
            known = pd.api.types.is_bool_dtype(values)
            wrong = values.isna() if known else [not isinstance(value, bool | np.bool_) for value in values]
            yield from wrong_rows(column, wrong, values, "neither True nor False")
        elif not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            yield f"{column}: expected numbers (thousand dong a person a month), is {values.dtype}"
        else:
            income = values.to_numpy(dtype=float, na_value=np.nan)
            # Below zero it is a loss.
            yield from wrong_rows(column, ~np.isfinite(income), values, "missing or infinite")
    yield from (f"{column}: it is there already" for column in (COUNT, CLASS) if column in frame)
