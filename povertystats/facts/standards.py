"""The national poverty standards as data: income lines, deprivations, and the class of a household by them."""

import itertools
import operator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from numbers import Real

import numpy as np
import pandas as pd

from povertystats.facts.criteria import AREAS, ENDS, read_criteria
from povertystats.words.errors import refuse
from povertystats.words.languages import Words
from povertystats.words.wording import check, say

INCOME, URBAN, COUNT, CLASS = "income_vnd_k", "urban", "deprivations", "class"


@dataclass(frozen=True)
class Indicator:
    """An indicator of deprivation: the column of its flag, its service, and who counts as deprived.

    ``title`` and ``rule``: {language: words}; ``checked``, ``rule_checked``: a source that was read says so (otherwise
    it was recalled).
    """

    column: str
    service: str
    title: dict
    rule: dict
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
    over: dict | None
    up_to: dict | None
    deprived: bool | None
    title: dict

    def condition(self, columns, needed):
        """Return whether households are of this class, as in ``NationalStandard.conditions``."""
        income, urban = columns[INCOME], columns[URBAN]
        parts = []
        for end, beyond in ((self.over, operator.gt), (self.up_to, operator.le)):
            if end is not None:
                parts.append(beyond(income, _chosen(urban, end["urban"], end["rural"])))
        if self.deprived is not None:
            parts.append(columns[COUNT] >= needed if self.deprived else columns[COUNT] < needed)
        return reduce(operator.and_, parts)

    def text(self, needed, lang):
        """Return in a sentence which households are of this class."""
        lines = {
            end: line for end, line in zip(ENDS, (self.over, self.up_to), strict=True) if line is not None
        }
        span = {f"{end}_{area}": 1000 * line[area] for end, line in lines.items() for area in AREAS}
        income = say(f"standards.income.{'_'.join(lines)}", lang, **span)
        kind = {True: "deprived", False: "not_deprived", None: "any"}[self.deprived]
        name = self.title[lang][0].upper() + self.title[lang][1:]
        return say(f"standards.class.{kind}", lang, name=name, income=income, needed=needed)


def _chosen(met, yes, no):
    """Return one number where a condition is met and another elsewhere, for ibis and pandas alike."""
    return met.ifelse(yes, no) if hasattr(met, "ifelse") else np.where(met, yes, no)


@dataclass(frozen=True, eq=False)
class NationalStandard:
    """A poverty standard: who is poor, near-poor or neither, by income and deprivations.

    ``decision``: its official number; ``first_year``, ``last_year``: the reviews that used it; ``title``:
    {language: words}; ``needed``: deprivations from which a household counts as deprived; ``lines``: {name: {area:
    thousand dong a person a month}}; ``indicators``; ``classes``: {name: HouseholdClass}, which hold every household
    once; ``table``: one row a statement: kind (line, needed, class, indicator, rule: who counts as deprived), what, area,
    value, unit, source (its address, "" where there is none) and checked (False: recalled, not read).
    """

    name: str
    decision: str
    issued: date
    first_year: int
    last_year: int
    title: dict
    needed: int
    lines: dict
    indicators: tuple[Indicator, ...]
    classes: dict[str, HouseholdClass]
    table: pd.DataFrame

    @property
    def columns(self):
        """The flags of a household, one an indicator."""
        return tuple(indicator.column for indicator in self.indicators)

    @property
    def poor(self):
        """The names of the classes whose households are poor."""
        return tuple(name for name, group in self.classes.items() if group.poor)

    def conditions(self, columns):
        """Return {class: whether a household is of it}, exactly one of which holds for every complete record.

        ``columns``: anything that gives, by name, ``income_vnd_k`` (thousand dong a person a month), ``urban`` (bool)
        and ``deprivations`` (how many flags are set): a DataFrame, an ibis table on any engine. Lines belong to the
        class below them ("up to and including").

        >>> home = pd.DataFrame({"income_vnd_k": [700, 701], "urban": [False, False], "deprivations": [0, 3]})
        >>> {name: met.tolist() for name, met in national_standard().conditions(home).items()}["deprivation_poor"]
        [False, True]
        """
        return {name: group.condition(columns, self.needed) for name, group in self.classes.items()}

    def classify(self, frame):
        """Return a frame of households with two more columns: ``deprivations`` (how many) and ``class``.

        ``frame``: one row a household with income_vnd_k (thousand dong a person a month), urban (bool) and the flags
        of ``columns`` (bool). Raises TypeError when it is no DataFrame; ValueError, all problems at once, for missing
        or repeated columns, flags that are neither True nor False, and incomes that are missing, negative or infinite.

        >>> standard = national_standard("multidim_2022_2025")
        >>> home = dict.fromkeys(standard.columns, True) | {"income_vnd_k": 1500.0, "urban": False}
        >>> standard.classify(pd.DataFrame([home]))[["deprivations", "class"]].values.tolist()
        [[12, 'poor_multidim']]
        """
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        refuse(f"cannot classify households by {self.name}", _frame_problems(frame, self.columns))
        count = frame[list(self.columns)].astype(bool).sum(axis="columns")
        read = {INCOME: frame[INCOME].astype(float), URBAN: frame[URBAN].astype(bool), COUNT: count}
        conditions = self.conditions(read)
        classes = np.select([met.to_numpy() for met in conditions.values()], list(conditions), default="")
        return frame.assign(**{COUNT: count, CLASS: classes})

    def text(self, lang):
        """Return the standard in sentences: who is in which class, and what is not verified.

        Raises ValueError when the language is not known.
        """
        check(lang)
        told = {"title": self.title[lang], "decision": self.decision, "issued": self.issued}
        head = say("standards.head", lang, n=len(self.indicators), **told)
        classes = [group.text(self.needed, lang) for group in self.classes.values()]
        recalled = self.table.loc[~self.table["checked"], "kind"].value_counts(sort=False)
        doubts = [say(f"standards.unchecked.{kind}", lang, n=n) for kind, n in recalled.items()]
        return "\n".join([head, *classes, *(doubts or [say("standards.checked", lang)])])


def national_standard(name="multidim_2016_2020", path=None):
    """Return a poverty standard by its name, from ours (``data/criteria.toml``) or from a file of the same form.

    "multidim_2016_2020" is Decision 59/2015/QĐ-TTg, "multidim_2022_2025" Decree 07/2021/NĐ-CP. Raises
    FileNotFoundError without the file; ValueError, all problems at once, when it is no TOML, has unknown, missing or
    wrong entries, claims to be checked without a source, or has classes that overlap or leave households out.

    >>> standard = national_standard()
    >>> standard.decision, standard.lines["poverty_line"], standard.needed, standard.poor
    ('59/2015/QĐ-TTg', {'rural': 700, 'urban': 900}, 3, ('income_poor', 'deprivation_poor'))
    """
    found = read_criteria(path)
    if name not in found["standard"]:
        problem = f"there is no standard {name!r}; the file has {', '.join(found['standard']) or 'none'}"
        refuse("cannot choose a standard", [problem])
    standard = _standard(name, found["standard"][name], found["source"])
    refuse(f"cannot use the standard {name}", _gaps(standard))
    return standard


def adjusted_headcount(households, deprived, deprivations, indicators):
    """Return the headcount ratio, intensity and adjusted headcount ratio of Alkire and Foster, from counts.

    With n ``households``, q of them ``deprived`` (in the needed number of indicators or more), ``deprivations`` the sum
    Σc of the indicators in which these q are deprived, and d ``indicators``, all of one weight: ``H = q/n``,
    ``A = Σc/(q d)``, ``M0 = H A = Σc/(n d)``. Numbers, arrays or Series of one group each. A DataFrame, one row a
    group: headcount_ratio, intensity_ratio (NaN where q = 0), adjusted_headcount_ratio (all NaN where n = 0), each 0-1.

    Raises ValueError, all problems at once, for counts that are missing or negative, more deprived than there are
    households, more deprivations than indicators allow. Source: Alkire & Foster 2011, doi:10.1016/j.jpubeco.2010.11.006.

    >>> adjusted_headcount(4, 2, 6, 4).values.tolist()
    [[0.5, 0.75, 0.375]]
    """
    given = {"households": households, "deprived": deprived, "deprivations": deprivations}
    counts = pd.DataFrame(given, index=None if any(map(np.ndim, given.values())) else [0]).astype(float)
    n, q, c = (counts[name] for name in given)
    problems = []
    for name, values in counts.items():
        problems += _rows(
            name, ~((values >= 0) & np.isfinite(values)), values, "missing, negative or infinite"
        )
    problems += _rows("deprived", q > n, q, "more than the households")
    if not (isinstance(indicators, Real) and indicators >= 1):
        problems.append(f"indicators: {indicators!r}; expected a number of 1 or more")
    else:
        problems += _rows(
            "deprivations", c > q * indicators, c, f"more than {indicators} a deprived household"
        )
    refuse("cannot measure multidimensional poverty", problems)
    ratios = {"headcount_ratio": q / n, "intensity_ratio": c / (q * indicators)}
    return pd.DataFrame(ratios | {"adjusted_headcount_ratio": c / (n * indicators)})


def _rows(column, wrong, values, what):
    """Return a sentence on the rows that are wrong, in a list that is empty where there are none."""
    rows = np.flatnonzero(wrong)
    return [
        f"{column}: {len(rows)} value(s) {what}, first {value} in row {row}"
        for row, value in values.iloc[rows[:1]].items()
    ]


def _frame_problems(frame, flags):
    for column in (INCOME, URBAN, *flags):
        if (times := list(frame.columns).count(column)) != 1:
            yield f"{column}: {f'there are {times} such columns' if times else 'there is no such column'}"
            continue
        values = frame[column]
        if column != INCOME:
            known = pd.api.types.is_bool_dtype(values)
            wrong = values.isna() if known else [not isinstance(value, bool | np.bool_) for value in values]
            yield from _rows(column, wrong, values, "neither True nor False")
        elif not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            yield f"{column}: expected numbers (thousand dong a person a month), is {values.dtype}"
        else:
            income = values.to_numpy(dtype=float, na_value=np.nan)
            wrong = ~((income >= 0) & np.isfinite(income))
            yield from _rows(column, wrong, values, "missing, negative or infinite")
    yield from (f"{column}: it is there already" for column in (COUNT, CLASS) if column in frame)


def _standard(name, found, sources):
    """Return one standard of a file that was read."""
    lines = {key: {area: line[area] for area in AREAS} for key, line in found["line"].items()}
    indicators, classes = [], {}
    for column, one in found["indicator"].items():
        words, rule = Words.of(one), Words.of(one, "rule_")
        indicators.append(Indicator(column, one["service"], words, rule, one["checked"], one["rule_checked"]))
    for key, one in found["class"].items():
        ends = [lines.get(one.get(end)) for end in ENDS]
        classes[key] = HouseholdClass(key, one["poor"], *ends, one.get("deprived"), Words.of(one))
    return NationalStandard(
        name, found["decision"], found["issued"], found["first_year"], found["last_year"], Words.of(found),
        found["needed"]["value"], lines, tuple(indicators), classes, _statements(found, sources),
    )  # fmt: skip


def _statements(found, sources):
    """Return one row a statement of a standard, with its source."""
    needed, rows = found["needed"], []

    def add(kind, what, one, area="", value=np.nan, unit="", stem=""):
        source = sources.get(one.get(f"{stem}source"), {"url": ""})
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


def _gaps(standard):
    """Yield, for each area, the first income and number of deprivations that is in no class, or in several."""
    if standard.needed > len(standard.indicators):
        yield f"{standard.needed} deprivations are needed, of {len(standard.indicators)} indicators"
    for area in AREAS:
        # Classes change at the lines and at the needed deprivations only.
        ends = sorted({0.0, *(line[area] for line in standard.lines.values())})
        between = [(low + high) / 2 for low, high in itertools.pairwise([*ends, 2 * ends[-1]])]
        cases = itertools.product(sorted([*ends, *between]), [0, standard.needed])
        homes = pd.DataFrame(cases, columns=[INCOME, COUNT]).assign(**{URBAN: area == "urban"})
        met = pd.DataFrame(standard.conditions(homes), index=homes.index)
        for row in np.flatnonzero(met.sum(axis="columns") != 1)[:1]:
            held = " and ".join(met.columns[met.iloc[row].astype(bool)]) or "no class"
            income, count = homes.loc[row, [INCOME, COUNT]]
            yield f"{area}, {income:g} thousand dong, deprived in {count:g}: in {held}; expected one class"
