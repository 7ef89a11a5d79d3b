"""The facts, as they could be known on a day: panels for regressions, annual series for forecasts.

Facts are long: one figure a row, with its source and the day from which it could be known. Where sources
disagree, both stand in the table; a panel takes the one to trust first. Two poverty standards are never joined.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from povertystats.facts import panels
from povertystats.facts.memory import remembered
from povertystats.facts.peer_groups import Compared, spoken_of
from povertystats.facts.places import placed
from povertystats.facts.series import NO_FIGURES, OF_A_YEAR, AnnualSeries, figures_by_place, standing
from povertystats.facts.territory import EVER, OnTerritory, ended, latest_territory
from povertystats.files.days import asked_years, read_day
from povertystats.files.problems import DataError, Problem
from povertystats.words.errors import InvalidValue, NotFound, WrongType, not_lists


@dataclass(frozen=True, eq=False, repr=False)
class Facts(Compared):
    """Figures with their sources, places, indicators, standards, targets, drivers and levers.

    Parameters
    ----------
    table : DataFrame
        Every fact known on ``cutoff``, one a row, disagreements included: place, indicator, year, value, unit,
        status, standard, source_id, available_from, own (whether the package brought it itself), ...
    places : Places
        The places that facts speak of.
    indicators, standards, sources, targets, drivers, levers, tiles : DataFrame
        The tables of these names in the data package.
    specifications : dict of str to Question
        The questions of the declared grids of specifications, by name.
    identity : Identity
        What the package says of itself: its name and country, its words for kinds of place and units.
    cutoff : date, optional
        The day on which all this was known; None: everything.
    warnings : tuple of Problem
        What deserves a look in the package that was read, though no figure hangs on it.

    Notes
    -----
    What rests on facts, such as a scorecard, is worked out once and kept with them. Nobody changes them for
    others: each reader of a table gets a copy of it, which pandas makes when it is changed.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts().as_of("2020-05-07")
    >>> facts.cutoff, len(facts.places.provinces)
    (datetime.date(2020, 5, 7), 63)
    """

    def as_of(self, date: str | datetime.date) -> "Facts":
        """Return what was known on a day: facts and targets with ``available_from`` on or before it.

        Parameters
        ----------
        date : str or date
            The day: a date, a time of Python, pandas or NumPy, or an ISO text, year-month-day.

        Returns
        -------
        Facts
            The same object for the same day.

        Raises
        ------
        InvalidValue
            Not a date, or later than an earlier cut-off: what is hidden stays hidden.
        DataError
            Facts or targets of which it is not said when they were known, with file and row.

        Examples
        --------
        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2019-12-15")
        >>> float(known.series("poor_household_pct", place="Bắc Kạn").latest.value)
        19.93
        """
        day = read_day(date)
        if self.cutoff and day > self.cutoff:
            raise InvalidValue(f"these facts are already cut off at {self.cutoff}; {day} is later")
        return _known_on(self, day)

    def series(
        self,
        indicator: str,
        *,
        place: str,
        standard: str | None = None,
        territory: str | datetime.date | None = None,
        year: int | None = None,
        illustrative: bool = False,
    ) -> AnnualSeries:
        """Return an indicator's annual figures in one place, by the order of trust.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        place : str
            Any spelling of the place.
        standard : str, optional
            The poverty standard; by default the latest one known.
        territory : str or date, optional
            A day whose territory the figures stand on, where the place's changed (``data/territory.csv``); by default
            the latest one with a figure. A series never crosses such a change.
        year : int, optional
            A year on whose basis the figures are, where the indicator was re-based (``rebased`` in ``indicators.csv``);
            by default the latest one with a figure. A series never crosses that either.
        illustrative : bool, default False
            Take generated figures as well.

        Returns
        -------
        AnnualSeries
            One figure a year.

        Raises
        ------
        NotFound
            The indicator, place or standard is unknown, or there is no figure.

        Examples
        --------
        >>> import povertystats as ps
        >>> s = ps.load_facts().as_of("2020-05-07").series("poor_household_pct", place="bac kan")
        >>> s.years.tolist(), s.values.tolist(), s.standard
        ([2015, 2016, 2017, 2018, 2019], [29.4, 26.61, 24.53, 21.88, 19.57], 'multidim_2016_2020')
        """
        place = self.places.find(place)
        about = self._described(indicator)
        panels.refuse_unknown(standard, self.standards)
        figures = figures_by_place(self, indicator, illustrative)
        place = latest_territory(self.places, place, figures, territory)
        rows = figures.get(place, NO_FIGURES)
        standards = rows["standard"].unique()
        if standard is None and len(standards):
            order = (
                panels.standard_order(pd.Series(standards), self.standards)
                if len(standards) > 1
                else standards
            )
            standard = standards[order.argmax()] if len(standards) > 1 else standards[0]
        rows = rows[rows["standard"] == standard] if len(standards) != 1 or standards[0] != standard else rows
        later = rows["year"] >= about["rebased"]  # nowhere where it was not
        present = later.any() if year is None else year >= about["rebased"]
        rows = rows if later.all() == later.any() == present else rows[later == present]
        if rows.empty:
            under = f" under {standard}" if standard else ""
            when = f" known on {self.cutoff}" if self.cutoff else ""
            raise NotFound(f"{place} has no figure of {indicator}{under}{when}")
        table = rows[OF_A_YEAR].reset_index(drop=True)
        since = int(about["rebased"]) if table["year"].min() >= about["rebased"] else None
        of = place, indicator, standard or "", about["unit"]
        return AnnualSeries(*of, table, since, ended=ended(self, place, EVER))

    def panel(
        self,
        indicators: Sequence[str],
        *,
        places: Sequence[str] | None = None,
        years: Sequence[int] | tuple[int, int] | None = None,
        standard: str | None = None,
        territory: str | datetime.date | None = None,
        weights: str = "population_persons_k",
        illustrative: bool = False,
    ) -> pd.DataFrame:
        """Return a tidy panel: one row a place and year with any figure, one column an indicator.

        Parameters
        ----------
        indicators : sequence of str
            Names in ``indicators.csv``. One that is worked out from others (``a / b`` there) is worked out here.
        places : sequence of str, optional
            Names of places; all provinces by default.
        years : sequence of int, or tuple of two int, optional
            The years wanted as a list, or (first, last).
        standard : str, optional
            Needed where an indicator has figures under several; "any" keeps them all, for models whose year
            effects take the change of standard away.
        territory : str or date, optional
            A day on whose territory everything is told: figures of the places that make up a later one are put
            together (``crosswalk``), counts added, all else averaged by ``weights``. By default each territory
            stands for itself, such as "Thái Nguyên (2025–)".
        weights : str, default "population_persons_k"
            The indicator that weighs parts, for ``territory`` alone.
        illustrative : bool, default False
            Take generated figures as well.

        Returns
        -------
        DataFrame
            Columns place, year and one an indicator; missing figures stay missing.

        Raises
        ------
        NotFound
            Unknown indicators, places or standard; figures of an indicator under other standards than ``standard`` only.
        InvalidValue
            Two poverty standards would be joined; no indicator; what is no year, or a first year after the last; figures
            have no place on the territory asked for.
        Refused
            Figures of parts cannot be put together: one of them is missing.
        WrongType
            A single name or year instead of a list.

        Examples
        --------
        >>> import povertystats as ps
        >>> panel = ps.load_facts().panel(["poor_income_pct", "trained_pct"], standard="any")
        >>> len(panel.dropna()), panel.columns.tolist()
        (440, ['place', 'year', 'poor_income_pct', 'trained_pct'])
        """
        for problem in not_lists(indicators=indicators, places=places, years=years):
            raise WrongType(problem)
        about = self._about(indicators)
        if about.empty:
            raise InvalidValue("indicators: expected one name or more")
        panels.refuse_unknown(standard, self.standards, "any")
        stands = partial(standing, self, illustrative=illustrative)
        _refuse_other_standards({name: {*stands(name)["standard"]} for name in sorted(indicators)}, standard)
        named = self.places.provinces if places is None else [self.places.find(p) for p in places]
        together = None
        if territory is not None:
            together = OnTerritory(self.places, territory, named, self.indicators, weights)
        return panels.panel(
            stands,
            about["derived_from"].fillna("").to_dict(),
            places=together.parts if together else self.places.territories(named),
            years=None if years is None else asked_years(years),
            standard=standard,
            standards=self.standards,
            together=together,
        )

    def outcome(self, place: str) -> str | None:
        """Return the indicator that pages speak of in a place.

        Parameters
        ----------
        place : str
            Any spelling of the place.

        Returns
        -------
        str or None
            That of its first target, of one called "poverty" before others, where it is a rate in per cent with
            figures; else the outcome of the package (``role`` in indicators.csv) with the latest figure there, of those
            with three figures under one standard before others; where the package names none, the rate in per cent with most figures. None where there are no figures.

        Raises
        ------
        NotFound
            The place is unknown.
        InvalidValue
            Several places have this name.

        Examples
        --------
        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2020-05-07")
        >>> known.outcome("Bắc Kạn"), known.outcome("Cao Bằng")
        ('poor_household_pct', 'poor_multidim_pct')
        """
        return spoken_of(self, self.places.find(place))


@remembered
def _known_on(facts: Facts, day: datetime.date) -> Facts:
    tables = {name: _dated(name, getattr(facts, name)) for name in ("table", "targets")}
    known = {name: rows[rows["available_from"] <= pd.Timestamp(day)] for name, rows in tables.items()}
    return replace(facts, cutoff=day, places=placed(facts.places, day), **known)


def _refuse_other_standards(under: dict[str, set[str]], standard: str | None) -> None:
    """Raise NotFound for indicators that have figures, but none under the standard that is asked for."""
    if standard in (None, "any"):
        return
    lacking = {name: found for name, found in under.items() if found and not {standard, ""} & found}
    if lacking:
        listed = "; ".join(f"{name} has figures under {', '.join(sorted(f))}" for name, f in lacking.items())
        raise NotFound(f"no figures under {standard}: {listed}")


def _dated(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table, or raise DataError for the rows of which nobody can say when they were known."""
    lost = table[table["available_from"].isna()]
    if len(lost):
        about, rule = ("available_from", ""), "no day from which it was known"
        rows = lost.to_dict("records")
        raise DataError(name, [Problem(str(r.get("file", name)), r.get("row"), *about, rule) for r in rows])
    return table
