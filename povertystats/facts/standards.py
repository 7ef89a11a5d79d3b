"""The national poverty standards as data: income lines, deprivations, and the class of a household by them."""

from dataclasses import dataclass
from datetime import date
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povertystats.facts import criteria
from povertystats.words.errors import WrongType, refuse
from povertystats.words.languages import Words
from povertystats.words.result import Result
from povertystats.words.wording import check, say


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
        Deprivations from which a household counts as deprived.
    lines : dict of str to dict
        {name: {area: thousand dong a person a month}}, areas "rural" and "urban".
    line_titles : dict of str to Words
        {name: {language: title}} of the lines.
    indicators : tuple of Indicator
        The indicators of deprivation, of one weight.
    classes : dict of str to HouseholdClass
        The classes by name, which hold every household once.
    table : DataFrame
        One row a statement: kind (line, needed, class, indicator, rule: who counts as deprived), what, area, value,
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
    lines: dict[str, dict[str, float]]
    line_titles: dict[str, Words]
    indicators: tuple[criteria.Indicator, ...]
    classes: dict[str, criteria.HouseholdClass]
    table: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """The flags of a household, one an indicator."""
        return tuple(indicator.column for indicator in self.indicators)

    @property
    def poor(self) -> tuple[str, ...]:
        """The names of the classes whose households are poor."""
        return tuple(name for name, group in self.classes.items() if group.poor)

    def conditions(self, columns: Any) -> dict[str, Any]:
        """Return for each class whether a household is of it: one holds for every complete record.

        Parameters
        ----------
        columns : DataFrame or ibis table
            Anything that gives, by name, ``income_vnd_k`` (thousand dong a person a month), ``urban`` (bool) and
            ``deprivations`` (how many flags are set). Lines belong to the class below them ("up to and including").

        Returns
        -------
        dict
            {class: boolean column}.

        Examples
        --------
        >>> home = pd.DataFrame({"income_vnd_k": [700, 701], "urban": [False, False], "deprivations": [0, 3]})
        >>> {name: met.tolist() for name, met in national_standard().conditions(home).items()}["deprivation_poor"]
        [False, True]
        """
        return {name: group.condition(columns, self.needed) for name, group in self.classes.items()}

    def classify(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame of households with two more columns: ``deprivations`` (how many) and ``class``.

        Parameters
        ----------
        frame : DataFrame
            One row a household with income_vnd_k (thousand dong a person a month), urban (bool) and the flags of
            ``columns`` (bool).

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
        >>> standard = national_standard("multidim_2022_2025")
        >>> home = dict.fromkeys(standard.columns, True) | {"income_vnd_k": 1500.0, "urban": False}
        >>> standard.classify(pd.DataFrame([home]))[["deprivations", "class"]].values.tolist()
        [[12, 'poor_multidim']]
        """
        if not isinstance(frame, pd.DataFrame):
            raise WrongType(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
        refuse(f"cannot classify households by {self.name}", criteria.frame_problems(frame, self.columns))
        count = frame[list(self.columns)].astype(bool).sum(axis="columns")
        read = {
            criteria.INCOME: frame[criteria.INCOME].astype(float),
            criteria.URBAN: frame[criteria.URBAN].astype(bool),
            criteria.COUNT: count,
        }
        conditions = self.conditions(read)
        classes = np.select([met.to_numpy() for met in conditions.values()], list(conditions), default="")
        return frame.assign(**{criteria.COUNT: count, criteria.CLASS: classes})

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
        head = say("standards.head", lang, n=len(self.indicators), **values)
        classes = [group.text(self.needed, lang) for group in self.classes.values()]
        table = self.table
        recalled = table.loc[~table["checked"], "kind"].value_counts(sort=False)
        doubts = [say(f"standards.unchecked.{kind}", lang, n=n) for kind, n in recalled.items()]
        return "\n".join([head, *classes, *(doubts or [say("standards.checked", lang)])])

    def _sentence(self) -> str:
        return f"{self.name} ({self.decision}): {len(self.indicators)} indicators; {', '.join(self.classes)}"


def national_standard(name: str = "multidim_2016_2020", path: str | Path | None = None) -> NationalStandard:
    """Return a poverty standard by its name, from ours (``data/criteria.toml``) or from a file of the same form.

    Parameters
    ----------
    name : str, default "multidim_2016_2020"
        "multidim_2016_2020" is Decision 59/2015/QĐ-TTg, "multidim_2022_2025" Decree 07/2021/NĐ-CP.
    path : str or Path, optional
        A file of your own; its titles, in any language, are its own as well.

    Returns
    -------
    NationalStandard
        Its lines, indicators and classes.

    Raises
    ------
    MissingFile
        There is no such file.
    Refused
        All problems at once: not TOML, unknown, missing or wrong entries, what is checked without a source, classes
        that overlap or leave households out, no standard of this name.

    Examples
    --------
    >>> standard = national_standard()
    >>> standard.decision, standard.lines["poverty_line"], standard.needed, standard.poor
    ('59/2015/QĐ-TTg', {'rural': 700, 'urban': 900}, 3, ('income_poor', 'deprivation_poor'))
    """
    file = criteria.read_criteria(path)
    if name not in file["standard"]:
        problem = f"there is no standard {name!r}; the file has {', '.join(file['standard']) or 'none'}"
        refuse("cannot choose a standard", [problem])
    found = file["standard"][name]
    lines = {key: {area: line[area] for area in criteria.AREAS} for key, line in found["line"].items()}
    standard = NationalStandard(
        name=name,
        title=Words.of(found),
        needed=found["needed"]["value"],
        lines=lines,
        line_titles={key: criteria.titled(line, key) for key, line in found["line"].items()},
        indicators=criteria.indicators_of(found, file.get("service", {})),
        classes=criteria.classes_of(found, lines),
        table=criteria.statements(found, file["source"]),
        **{key: found[key] for key in ("decision", "issued", "first_year", "last_year")},
    )
    wrong = criteria.gaps(standard.classes.values(), lines, standard.needed, len(standard.indicators))
    refuse(f"cannot use the standard {name}", wrong)
    return standard


def adjusted_headcount(
    households: npt.ArrayLike, deprived: npt.ArrayLike, deprivations: npt.ArrayLike, indicators: float
) -> pd.DataFrame:
    """Return the headcount ratio, intensity and adjusted headcount ratio of Alkire and Foster, from counts.

    Parameters
    ----------
    households, deprived, deprivations : array-like of shape (n,), or number
        Of each group: its households; those of them who are deprived in the needed number of indicators or more;
        in how many indicators these are deprived, added up.
    indicators : int
        How many indicators there are, all of one weight.

    Returns
    -------
    DataFrame
        One row a group: headcount_ratio, intensity_ratio (NaN without deprived households), adjusted_headcount_ratio
        (all NaN without households), each from 0 to 1.

    Raises
    ------
    Refused
        All problems at once: counts that are missing or negative, more deprived than there are households, more
        deprivations than indicators allow.

    Notes
    -----
    With n households, q of them deprived in Σc of the d indicators: ``H = q/n``, ``A = Σc/(q d)``,
    ``M0 = H A = Σc/(n d)``.

    References
    ----------
    Alkire & Foster 2011, doi:10.1016/j.jpubeco.2010.11.006.

    Examples
    --------
    >>> adjusted_headcount(4, 2, 6, 4).values.tolist()
    [[0.5, 0.75, 0.375]]
    """
    given: dict[str, Any] = {"households": households, "deprived": deprived, "deprivations": deprivations}
    counts = pd.DataFrame(given, index=None if any(map(np.ndim, given.values())) else [0]).astype(float)
    n, q, c = (counts[name] for name in given)
    problems: list[str] = []
    for name, values in counts.items():
        problems += criteria.wrong_rows(
            name, ~((values >= 0) & np.isfinite(values)), values, "missing, negative or infinite"
        )
    problems += criteria.wrong_rows("deprived", q > n, q, "more than the households")
    if not (isinstance(indicators, Real) and indicators >= 1):
        problems.append(f"indicators: {indicators!r}; expected a number of 1 or more")
    else:
        problems += criteria.wrong_rows(
            "deprivations", c > q * indicators, c, f"more than {indicators} a deprived household"
        )
    refuse("cannot measure multidimensional poverty", problems)
    ratios = {"headcount_ratio": q / n, "intensity_ratio": c / (q * indicators)}
    return pd.DataFrame(ratios | {"adjusted_headcount_ratio": c / (n * indicators)})
