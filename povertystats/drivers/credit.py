"""Policy credit by province: figures of differing days, seen as cross-sections, because that is all they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import ndtri

from povertystats.associations.check import LEADING, Check
from povertystats.drivers.long_difference import FEWEST, LongDifference, long_difference
from povertystats.facts.facts import Facts
from povertystats.facts.memory import remembered
from povertystats.facts.panels import TIERS, Day, both_years
from povertystats.facts.series import Driver
from povertystats.files.days import read_day
from povertystats.questions.credit_figures import LEVEL, credit_near, credit_outcome
from povertystats.regression.inference import bad_level
from povertystats.words.errors import expect, refuse
from povertystats.words.wording import Sentence, check, moment, number, say

_CHANGE = "credit_change_vnd_m_pc_year"


def credit_need(
    facts: Facts,
    days: Sequence[Day],
    *,
    months: int = 6,
    level: float = 0.95,
    outcome: str | None = None,
) -> pd.DataFrame:
    """Return how policy credit per head goes with a rate across places, at each of some days.

    Pearson's r with Fisher's interval ``tanh(artanh r ± z_{(1+level)/2}/√(n − 3))``. Two rows a day, by ``figures``:
    "all", and "dated" for outstanding credit of a printed day alone (tiers A and B). Columns: day, figures, n,
    correlation, low, high, weakest (the lowest r when one province is left out) and without (which), level.
    Fewer than five provinces with both figures have no correlation: missing, with their n.
    Raises as ``credit_near``, and ValueError for a bad level.
    Source: Fisher 1921, Metron 1: 3-32.

    >>> import povertystats as ps
    >>> need = credit_need(ps.load_facts(), ["2018-12-31", "2019-12-31"])
    >>> need[need.figures == "all"][["n", "correlation"]].round(2).values.tolist()
    [[21.0, 0.8], [25.0, 0.87]]
    """
    refuse("cannot correlate", bad_level(level))
    rate = credit_outcome(facts) if outcome is None else outcome
    rows = [
        {
            "day": pd.Timestamp(read_day(day)),
            "figures": figures,
            **_correlated(credit_near(facts, day, months=months, tiers=t, outcome=rate), rate, level),
        }
        for day in days
        for figures, t in (("all", TIERS), ("dated", ("A", "B")))
    ]
    return pd.DataFrame(rows).assign(level=level)


def _correlated(near, rate, level):
    both = near.dropna(subset=[LEVEL, rate]).set_index("place")
    n = len(both)
    if n < 5:
        return {"n": n, **dict.fromkeys(("correlation", "low", "high", "weakest"), np.nan), "without": ""}
    r = both[LEVEL].corr(both[rate])
    low, high = np.tanh(np.arctanh(r) + ndtri((1 + level) / 2) / np.sqrt(n - 3) * np.array([-1, 1]))
    figures = both[[LEVEL, rate]]
    left = pd.Series({place: figures.drop(index=place).corr().iloc[0, 1] for place in both.index})
    weakest = {"weakest": left.min(), "without": left.idxmin()}
    return {"n": n, "correlation": r, "low": low, "high": high, **weakest}


@dataclass(frozen=True, eq=False, repr=False)
class CreditStudy(Check):
    """What policy credit can show: who gets it, and how little the change of poverty says about it.

    Parameters
    ----------
    table : DataFrame
        One row a driver, scale and set of controls, as ``LongDifference.table``; empty without ``differences``.
    facts, years : Facts and tuple of int
        What it rests on; first and last year.
    levels : DataFrame
        ``credit_near`` at the end of each year, with column ``day``.
    need : DataFrame
        The correlation of credit per head with poverty at these days.
    differences : LongDifference or None
        The change of the rate on credit; None where the rate of the last year was not known.
    outcome : str
        The rate.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.credit_study(ps.load_facts().as_of("2020-05-07")).table.empty
    True
    """

    kind: ClassVar[str] = "credit"
    table: pd.DataFrame
    facts: Facts
    years: tuple[int, int]
    levels: pd.DataFrame
    need: pd.DataFrame
    differences: LongDifference | None
    outcome: str

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        return [] if self.differences is None else self.differences.names(lang, labels=labels)

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None, place: str | None = None) -> str:
        """Return the finding: that credit follows need, where ``place`` stands, what could not be seen.

        Parameters
        ----------
        lang : str
            "vi" or "en".
        labels : mapping of str to str, optional
            Not needed: the drivers bear their words.
        place : str, optional
            A place to tell of, in any spelling.

        Returns
        -------
        str
            A sentence a line.
        """
        check(lang)
        return self._text(lang, labels or {}, place)

    def _text(self, lang: str, labels: Mapping[str, str], place: str | None = None) -> str:
        outcome = self.facts.title(self.outcome, lang, short=True)
        known = self.need.dropna(subset="correlation")
        follows = "follows" if (known.low > 0).head(1).all() else "unrelated"
        lines = [] if known.empty else [say(f"credit.{follows}", lang)]
        lines += [self._at(day, outcome, lang) for day in self.need.day.unique()]
        if place is not None:
            lines.append(self._stands(self.facts.places.find(place), lang))
        if self.differences is None:
            cutoff = self.facts.cutoff
            when = say("credit.known", lang, day=cutoff) if cutoff else ""
            known_later = {"outcome": outcome, "year": self.years[1], "when": when}
            lines.append(say("credit.cross_section_only", lang, **known_later))
            return "\n".join([*lines, say("drivers.association", lang)])
        return "\n".join([*lines, self.differences.text(lang)])

    def _sentence(self) -> str:
        first, last = self.years
        drivers = ", ".join(self.table["driver"].unique()) if len(self.table) else "none yet"
        return f"Policy credit and poverty, {first} to {last}: {len(self.levels)} figures; changes of poverty on {drivers}"

    def _at(self, day, outcome, lang):
        every, dated = (
            self.need[(self.need.day == day) & (self.need.figures == f)].iloc[0] for f in ("all", "dated")
        )
        if np.isnan(every.correlation):
            figures = {"found": (self.levels.day == day).sum(), "n": every.n, "year": day.year}
            key = "credit.no_rate" if figures["found"] else "credit.none"
            return say(key, lang, day=day, outcome=outcome, **figures)
        told = "" if np.isnan(dated.correlation) else say("credit.dated", lang, **dated)
        percent = number(100 * every.level, lang, 0)
        return say("credit.at", lang, percent=percent, outcome=outcome, dated=told, **every)

    def _stands(self, place, lang):
        rows = self.levels[(self.levels.place == place) & self.levels[LEVEL].notna()]
        if rows.empty:
            return say("credit.no_figure", lang, place=place)
        row = rows.iloc[0]
        ranked = self.levels[(self.levels.day == row.day) & self.levels[LEVEL].notna()]
        return say(
            "credit.stands", lang, place=place, measure=self.facts.title(row.measure, lang, short=True),
            credit=row.credit_vnd_bn, bound=say(f"credit.bound.{row.bound}", lang) if row.bound else "",
            period=moment(row.period, row.period[:4], lang), pc=row[LEVEL], rank=row["rank"], n=len(ranked),
            day=row.day,
        )  # fmt: skip


@remembered
def credit_study(
    facts: Facts,
    *,
    start: int = 2018,
    end: int = 2021,
    months: int = 6,
    level: float = 0.95,
    outcome: str | None = None,
) -> CreditStudy:
    """Set the change of a rate between two years against policy credit per head, with the initial rate held.

    Drivers: the level (million dong a head, nearest to the end of ``start``) and, for each later year in which at
    least ten provinces have a second figure of the same measure, its change (million dong a head and year). Credit
    goes where poverty is high, and a high rate falls by more points: ``long_difference`` says what is left when
    the initial rate is held equal. With facts cut off before the end year is known only the cross-section exists.

    Parameters
    ----------
    facts : Facts
        The figures.
    start, end, months : int
        First and last year; how many months from the end of a year a figure may lie.
    level : float, default 0.95
        Confidence of the intervals.
    outcome : str, optional
        The rate; that of the driver which the package declares a cross-section when left out.

    Returns
    -------
    CreditStudy
        With an empty table where the rate of ``end`` is not known.

    Raises
    ------
    WrongType
        For a frame in place of Facts.
    Refused
        All problems at once: years out of order, a bad level, months below 0.
    NotFound
        The package has no such rate, no population, or declares no driver as a cross-section.

    Examples
    --------
    >>> import povertystats as ps
    >>> study = ps.credit_study(ps.load_facts())
    >>> study.table[study.table.scale == "points"][["driver", "n"]].values.tolist()[::2]
    [['credit_vnd_m_pc', 21], ['credit_change_vnd_m_pc_year', 10]]
    """
    expect("Facts", "panel", facts=facts)
    problems = bad_level(level)
    if not start < end:
        problems.append(f"start is {start} and end {end}; expected a start before the end")
    refuse("cannot study policy credit", problems)
    rate = credit_outcome(facts) if outcome is None else outcome
    near = {
        year: credit_near(facts, f"{year}-12-31", months=months, outcome=rate)
        for year in range(start, end + 1)
    }
    drivers = [
        _level(near[start], start),
        *(_change(near, start, year) for year in range(start + 1, end + 1)),
    ]
    rated = both_years(facts, rate, (start, end)).index
    drivers = [d for d in drivers if d.values.index.isin(rated).sum() >= FEWEST]
    seen = [year for year in near if len(near[year]) >= FEWEST] or [start]
    days = [pd.Timestamp(year, 12, 31) for year in seen]
    found = long_difference(facts, rate, drivers, years=(start, end), level=level) if drivers else None
    return CreditStudy(
        pd.DataFrame(columns=LEADING) if found is None else found.table.assign(check=CreditStudy.kind),
        facts,
        (start, end),
        pd.concat([near[day.year].assign(day=day) for day in days], ignore_index=True),
        credit_need(facts, days, months=months, level=level, outcome=rate),
        found,
        rate,
    )


def _level(near, year):
    step = Sentence("credit.step.level", year=year)
    return Driver(LEVEL, near.set_index("place")[LEVEL].dropna(), (str(year),), step)


def _change(near, first, last):
    """Return the yearly change of credit per head, where two figures of one measure and different days exist."""
    both = near[first].merge(near[last], on=["place", "measure"], suffixes=("_first", "_last"))
    both = both[both.on_first < both.on_last].set_index("place")
    years = (both.on_last - both.on_first).dt.days / 365.25
    values = (both[f"{LEVEL}_last"] - both[f"{LEVEL}_first"]) / years
    step = Sentence("credit.step.change", first=first, last=last)
    return Driver(_CHANGE, values.dropna(), (str(first), str(last)), step)
