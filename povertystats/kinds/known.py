"""What is known for a target: the figures of its places, of their mean, of the places that it is ranked with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.panels import FINAL
from povertystats.facts.series import AnnualSeries, figures_by_place
from povertystats.files.days import of_year_end
from povertystats.forecasts.outlook import Panel, panel_of
from povertystats.kinds.kind import NotAssessable
from povertystats.records.reference_class import Reference, changes_over, near
from povertystats.words.names import plain

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.places import Places
    from povertystats.kinds.target import Target


def at_end(series: AnnualSeries | None, year: int, target: Target | None = None) -> float | None:
    """Return a series' final figure of a year, or None.

    A bound ("more than 5,000") is none, but for a ``target`` that it shows to be met.
    """
    if series is None:
        return None
    table = final_figures(series)
    rows = table[table["year"] == year]
    if rows.empty:
        return None
    value, bound = rows["value"].item(), rows["bound"].item()
    if bound and not (target and _SHOWS.get(bound) == target.direction and target.met_by(value)):
        return None
    return value


_SHOWS = {"lower": "at_least", "from": "at_least", "upper": "at_most", "to": "at_most"}


def final_figures(series: AnnualSeries) -> pd.DataFrame:
    """Return a series' final figures: of a year's end, not of its spring, and not preliminary ones."""
    table = series.table
    return table[of_year_end(table["period"]) & table["status"].isin(FINAL)]


@dataclass(frozen=True, eq=False, repr=False)
class Group(AnnualSeries):
    """The mean of several places, each counted alike, of the years in which all of ``members`` have a figure."""

    members: tuple[AnnualSeries, ...] = ()

    @classmethod
    def of(cls, place: str, members: tuple[AnnualSeries, ...]) -> Group:
        """Return the mean of series under the name ``place``; raises NotAssessable where no year is common to all.

        A mean is final, of the year's end and exact where all its figures are.
        """
        rows = pd.concat([one.table for one in members], ignore_index=True)
        rows = rows[rows.groupby("year")["value"].transform("size") == len(members)]
        if rows.empty:
            raise NotAssessable("mean_years")
        open_first = rows.assign(
            last=of_year_end(rows["period"]), settled=rows["status"].isin(FINAL), exact=rows["bound"] == ""
        )
        table = (
            open_first.sort_values("year", kind="stable")
            .groupby("year", as_index=False)
            .apply(_mean_row, include_groups=False)
        )
        return cls(place, members[0].indicator, members[0].standard, members[0].unit, table, None, members)


def _mean_row(rows: pd.DataFrame) -> pd.Series:
    def first(column: str, good: str) -> object:
        return rows.sort_values(good, kind="stable")[column].iloc[0]

    return pd.Series(
        {
            "value": rows["value"].mean(),
            "bound": first("bound", "exact"),
            "status": first("status", "settled"),
            "period": first("period", "last"),
            "source_id": rows["source_id"].iloc[0],
            "available_from": rows["available_from"].max(),
        }
    )


def alike(one: AnnualSeries, other: AnnualSeries) -> bool:
    """Say whether two places had the same figures in all of the years, two or more, that both have: they share a rank."""
    _, mine, theirs = np.intersect1d(one.years, other.years, return_indices=True)
    return len(mine) > 1 and bool((one.values[mine] == other.values[theirs]).all())


@remembered
def places_under(known: Facts, kind: str, where: str) -> tuple[str, ...]:
    """Return the places of a kind that lie in a place, directly or not; all of the kind where that is "".

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> len(places_under(facts, "district", "Bắc Kạn")), len(places_under(facts, "district", "Cả nước"))
    (8, 79)
    """
    table, inside = known.places.table, places_in(known.places, where)
    rows = table[(table["kind"] == kind) & (table["of"] == "" if "of" in table else True)]
    return tuple(place for place in rows["place"] if not where or place in inside)


def places_in(places: Places, where: str) -> set[str]:
    """Return the places that lie in a place, directly or not.

    >>> import povertystats as ps
    >>> sorted(places_in(ps.load_facts().places, "Bắc Kạn"))[:2]
    ['Ba Bể', 'Ba Bể + Pác Nặm']
    """
    parents = {plain(place): plain(parent) for place, (_, parent, _) in places.kin.items()}
    asked, found = plain(where), set()
    for place in places.kin:
        above, seen = parents[plain(place)], {plain(place)}
        while above and above != asked and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above and above == asked:
            found.add(place)
    return found


@remembered
def _changes(known: Facts, panel: Panel, years: int) -> pd.DataFrame | None:
    with suppress(ValueError):
        return changes_over(panel.numbered, years=years, units="pct")
    return None


class Known:
    """What is known (``facts``, a view of Facts as of a day); every answer is worked out once."""

    at_end = staticmethod(at_end)

    def __init__(self, known: Facts) -> None:
        self.known = known
        # The answers of this view alone, for as long as it is asked.
        self.series: Callable[..., AnnualSeries | None] = cache(self._series)

    def subjects(self, target: Target, indicator: str = "") -> tuple[AnnualSeries | None, ...]:
        """Return the figures of what must reach a target, one series a place or that of their mean; None without any.

        ``indicator``: another one than the target's. Raises NotAssessable where figures of places have no mean.
        """
        name = indicator or target.indicator
        series = tuple(self.series(name, place, target.year) for place in target.places)
        if target.of != "mean":
            return series
        members = tuple(one for one in series if one is not None)
        if not members:
            return (None,)
        if len(members) < len(series):
            lacking = [place for place, one in zip(target.places, series, strict=True) if one is None]
            raise NotAssessable("mean", places=", ".join(lacking))
        return (Group.of(target.subjects[0], members),)

    def rivals(self, target: Target, series: AnnualSeries) -> list[AnnualSeries]:
        """Return the figures of the places that a place is ranked with: of its kind, under the place that set the target.

        Where that is the place itself, its sisters. Those without figures are left out.
        """
        where = self._under(series.place, target.where)
        found = (
            self.series(target.indicator, place, target.year) for place in where if place != series.place
        )
        return [one for one in found if one is not None]

    def kind_of(self, place: str) -> str:
        """Return the kind of a place."""
        return self.known.places.kin[place][0]

    def reference(self, indicator: str, place: str, level: float, years: int) -> Reference | None:
        """Return the changes of comparable places over so many years."""
        changes = _changes(self.known, panel_of(self.known, indicator, place), years)
        with suppress(ValueError):
            return None if changes is None else near(changes, level, years)
        return None

    def _under(self, place: str, where: str) -> tuple[str, ...]:
        kind, parent, _ = self.known.places.kin[place]
        return places_under(self.known, kind, parent if where in ("", place) else where)

    def _series(self, indicator, place, year=None):
        """Return a place's figures; with ``year`` those that a target of that year is compared with.

        Those are of no later year, under the standard that rules the year, on its basis and, where the place had
        figures then, on the territory with which the year began; and no plans.
        """
        series = self._known(indicator, place, year)
        if series is None or year is None:
            return series
        kept = (series.years <= year) & (series.table["status"].to_numpy(object) != "plan")
        table = series.table if kept.all() else series.table[kept].reset_index(drop=True)
        return replace(series, table=table) if kept.any() else None

    def _known(self, indicator, place, year):
        """Return a place's figures; those on the territory and under the standard of a year where there are such."""
        standard = None if year is None else self._standard(indicator, place, year)
        for territory in (None,) if year is None else (f"{year}-01-01", None):
            with suppress(LookupError):
                return self.known.series(
                    indicator, place=place, standard=standard, territory=territory, year=year
                )
        return None

    def _standard(self, indicator, place, year):
        """Return the standard of a place's figures that rules a year, or None.

        Where two rule it, one that has figures before it, so that they can be compared; then the later.
        """
        figures, label = figures_by_place(self.known, indicator), self.known.places.find(place)
        rows = [figures[one] for one in self.known.places.territories([label]) if one in figures]
        if not any((some["standard"] != "").any() for some in rows):
            return None
        own = pd.concat(rows)
        first = own[own["status"] != "plan"].groupby("standard")["year"].min()
        about = self.known.standards.set_index("standard").loc[lambda rows: rows.index.isin(first.index)]
        about = about[(about["first_year"] <= year) & ~(about["last_year"] < year)]
        before = first.reindex(about.index) < year
        about = about[before] if before.any() else about
        return None if about.empty else about["first_year"].idxmax()
