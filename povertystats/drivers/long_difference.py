"""The change of a rate over years on a driver that is known at one or two dates only: a cross-section of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from povertystats.associations.check import Check, checked
from povertystats.clusters.jackknife import by_jackknife, leave_one_out
from povertystats.facts.facts import Facts
from povertystats.facts.panels import both_years
from povertystats.facts.series import Driver
from povertystats.regression.inference import bad_level, solve
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, read_term
from povertystats.words.errors import NotFound, expect, refuse
from povertystats.words.phrases import estimate_words
from povertystats.words.wording import check, say

_SCALES = ("points", "log_odds")
# Fewer places leave next to nothing beside an intercept, a driver and the initial level.
FEWEST = 10


@dataclass(frozen=True, eq=False, repr=False)
class LongDifference(Check):
    """The association of a rate's change with each driver by itself, on two scales, from ``long_difference``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a driver, scale and set of controls: the columns of every check (check, driver, way, estimate, low, high,
        p, n places, level), evidence, scale, outcome, se, t, detectable (80 % power), estimate_without and without (the
        place whose leaving out moves the estimate most), years (of the outcome), driver_times, controls, dropped,
        convention. Estimates in percentage points or log-odds per unit of the driver; positive: the rate rose more, or
        fell less, where the driver is higher.
    places : pandas.DataFrame
        What was regressed, one row a driver and place: driver, place, start, end (the rate, in per cent), value.
    drivers : tuple of Driver
        The drivers.
    titles : mapping of str to str
        Names of the outcome, by language.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.programme_coverage(ps.load_facts()).table["way"].tolist()[:2]
    ['points', 'points, poor_income_pct']
    """

    kind: ClassVar[str] = "long_difference"
    table: pd.DataFrame
    places: pd.DataFrame
    drivers: tuple[Driver, ...]
    titles: Mapping[str, str]

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        """Say the driver's step, the scale, and whether the initial rate is held."""
        steps = {driver.name: driver.step[lang] for driver in self.drivers}
        names = []
        for row in self.table.itertuples():
            held = say(f"brief.driver.{'initial' if row.controls else 'nothing'}", lang)
            names.append(f"{steps[row.driver]}: {say(f'drivers.scale.{row.scale}', lang)}, {held}")
        return names

    def finding(self, driver: Driver, lang: str) -> str:
        """Return in one sentence what comes of a driver: that the sign turns, or else the estimate in points.

        Parameters
        ----------
        driver : Driver
            One of ``drivers``.
        lang : str
            The language.

        Returns
        -------
        str
            The sentence.

        Raises
        ------
        NotFound
            When the driver is none of ``drivers``.

        Examples
        --------
        >>> import povertystats as ps
        >>> coverage = ps.programme_coverage(ps.load_facts())
        >>> print(coverage.finding(coverage.drivers[0], "en").partition(":")[0])
        The sign depends on the scale
        """
        check(lang)
        if driver.name not in set(self.table.driver):
            raise NotFound(f"{driver.name!r} is no driver here: {', '.join(self.table.driver.unique())}")
        points, log_odds = self._held(driver)
        about = self._about(driver, lang)
        if points.estimate * log_odds.estimate < 0:
            return self._flip(points, log_odds, lang, **about)
        return self._row("row", points, lang, **about)

    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        """Say first a sign that turns, then what could not have been seen, then what was."""
        lines = [line for driver in self.drivers for line in self._driver(driver, lang)]
        kinds = [say(f"long_difference.evidence.{d.evidence}", lang) for d in self.drivers]
        return "\n".join([*lines, *dict.fromkeys(kinds), say("drivers.association", lang)])

    def _sentence(self) -> str:
        first = self.table.iloc[0]
        drivers = ", ".join(self.table.driver.unique())
        return f"Change of {first.outcome}, {first.years}, on {drivers}: {self.table.n.max()} places"

    def _driver(self, driver: Driver, lang: str) -> list[str]:
        points, log_odds = self._held(driver)
        about = self._about(driver, lang)
        rows = self.table[(self.table.driver == driver.name) & (self.table.controls == "")]
        alone = rows.set_index("scale").loc["points"]
        sentences = {"missed": points, "row": points, "without": points, "other": log_odds, "alone": alone}
        lines = [self._row(key, row, lang, **about) for key, row in sentences.items()]
        if points.estimate * log_odds.estimate < 0:
            lines.insert(0, self._flip(points, log_odds, lang, **about))
        if len(driver.times) == 2 and driver.times != (about["start"], about["end"]):
            lines.append(say("long_difference.dates", lang, times="–".join(driver.times), **about))
        return lines + [say(f"long_difference.note.{note}", lang) for note in driver.notes]

    def _held(self, driver: Driver) -> tuple[pd.Series, pd.Series]:
        """Return a driver's rows in points and in log-odds, the initial rate held."""
        rows = self.table[(self.table.driver == driver.name) & (self.table.controls != "")].set_index("scale")
        return rows.loc["points"], rows.loc["log_odds"]

    def _about(self, driver: Driver, lang: str) -> dict[str, str]:
        start, _, end = self.table.years.iloc[0].partition("–")
        return {"start": start, "end": end, "outcome": self.titles[lang], "step": driver.step[lang]}

    @staticmethod
    def _flip(points: pd.Series, log_odds: pd.Series, lang: str, **about: str) -> str:
        ways = []
        for row in (points, log_odds):
            scale = say(f"drivers.scale.{row.name}", lang)
            way = "higher" if row.estimate > 0 else "lower"
            ways.append(say(f"long_difference.{way}", lang, scale=scale))
        return say("long_difference.flip", lang, first=ways[0], second=ways[1], **about)

    @staticmethod
    def _row(key: str, row: Any, lang: str, **about: str) -> str:
        verdict = say("long_difference.unclear", lang) if row.low < 0 < row.high else ""
        about |= {"scale": say(f"drivers.scale.{row.name}", lang), "without": row.without, "verdict": verdict}
        return say(
            f"long_difference.{key}", lang, n=row.n, **estimate_words(row, lang, str(row.name)), **about
        )


def long_difference(
    facts: Facts, outcome: str, drivers: Sequence[Driver], *, years: Sequence[int], level: float = 0.95
) -> LongDifference:
    """Regress a rate's change between two years on each driver by itself, with and without the initial rate.

    ``y_i,end − y_i,start = α + β x_i + γ y_i,start + e_i`` by least squares over places, y in percentage points or
    in log-odds (rates of 0 or 100 have none: left out and counted). Programmes go where the rate is high, and a
    high rate falls by more points: without γ the two are mixed.

    Parameters
    ----------
    facts : Facts
        The figures.
    outcome : str
        A rate in per cent (``…_pct``).
    drivers : sequence of Driver
        Each is a regression of its own.
    years : sequence of int
        The first and the last year of the rate.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    LongDifference
        Estimates in percentage points or log-odds per unit of the driver.

    Raises
    ------
    WrongType
        For a frame in place of Facts.
    Refused
        All problems at once: years that are not two in order, a bad level, an outcome that is no rate, a driver with
        fewer than ten places that have the rate in both years.
    NotFound
        For an indicator that does not exist.

    Notes
    -----
    Interval: jackknife over places (CV3; with one row a place HC3·(n − 1)/n), t with n − 1 degrees.

    References
    ----------
    MacKinnon & White 1985, doi:10.1016/0304-4076(85)90158-7.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> water = ps.known_driver(facts, "census_tap_or_drilled_well_pct", [2009])
    >>> fit = ps.long_difference(facts, "poor_income_pct", [water], years=(2010, 2016))
    >>> fit.table[["scale", "controls", "n"]].values.tolist()[:2]
    [['points', '', 62], ['points', 'poor_income_pct', 62]]
    """
    expect("Facts", "panel", facts=facts)
    problems = bad_level(level)
    if len(years) != 2 or not years[0] < years[1]:
        problems.append(f"years are {years!r}; expected the rate's first and last year, such as (2018, 2021)")
    names = [driver.name for driver in drivers]
    problems += [f"driver {name!r} stands more than once" for name in {*names} if names.count(name) > 1]
    problems += [] if names else ["drivers are empty; expected at least one"]
    problems += [] if outcome.endswith("_pct") else [f"{outcome} is no rate; expected one in per cent"]
    refuse("cannot compare changes", problems)
    wide = both_years(facts, outcome, years)
    found = {d.name: wide.assign(value=d.values.reindex(wide.index)).dropna(subset="value") for d in drivers}
    lost = {d.name: len(d.values) - len(found[d.name]) for d in drivers}
    few = {name: len(rows) for name, rows in found.items() if len(rows) < FEWEST}
    both = f"have it and {outcome} in {years[0]} and {years[1]}; expected at least {FEWEST}"
    refuse("cannot compare changes", [f"{name}: {n} place(s) {both}" for name, n in few.items()])
    tables = [
        _fit(found[driver.name], driver, outcome, held, scale, level, lost[driver.name]).assign(
            driver_times="–".join(driver.times), years="–".join(map(str, years))
        )
        for driver in drivers
        for scale in _SCALES
        for held in ((), (outcome,))
    ]
    places = [rows.reset_index().assign(driver=name) for name, rows in found.items()]
    titles = facts.titles(outcome, short=True)
    table, places = (pd.concat(parts, ignore_index=True) for parts in (tables, places))
    table = checked(LongDifference.kind, table, ["scale", "controls"])
    return LongDifference(table, places, tuple(drivers), titles)


def _fit(rows, driver, outcome, held, scale, level, unrated):
    """Return the driver's row with ``held`` as controls; ``unrated`` places have the driver and not the rate."""
    start, end = (read_term(rows, SCALES[scale].format(column))[0] for column in ("start", "end"))
    change, value, initial = f"change of {outcome}", f"driver {driver.name}", f"initial {outcome}"
    columns = {"place": rows.index, change: end - start, value: rows["value"].to_numpy(), initial: start}
    data = pd.DataFrame(columns)
    usable = data.dropna(subset=[change])
    regressors = [value, initial] if held else [value]
    moments = Moments.from_frame(usable, change, regressors, entity=None, time=None)
    beta, without = solve(moments), leave_one_out(moments)
    left = without[:, 0]
    most = np.argmax(np.abs(left - beta[0]))
    table = by_jackknife(moments.columns, beta, without, level=level).iloc[:1]
    reasons = [
        ("missing", outcome, unrated),
        ("no_log_odds", outcome, len(data) - len(usable)),
        *moments.dropped,
    ]
    return table.drop(columns="name").assign(
        driver=driver.name,
        evidence=driver.evidence,
        scale=scale,
        outcome=outcome,
        estimate_without=left[most],
        without=moments.clusters[most],
        level=level,
        n=int(moments.n.sum()),
        controls=", ".join(held),
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in reasons if count),
        convention=f"jackknife over places (CV3), t({len(without) - 1})",
    )
