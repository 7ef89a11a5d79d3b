"""Territory: places that begin and end, and those whose name stands for another territory since; parts put together.

A place whose territory changed is one place for each territory, with a label of its own: "Thái Nguyên (2025–)".
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.places import NO_PLACE, Places
from povertystats.files.days import read_day
from povertystats.files.problems import Problem
from povertystats.frames.crosswalk import crosswalk
from povertystats.frames.parents import became, elsewhere, given_parts, move_problems
from povertystats.words.errors import InvalidValue, NotFound

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

_DAY, EVER = pd.Timedelta(days=1), 2200  # no day of the end of a place lies after this year
# Units of what cannot be added: rates, means and scores, which need a weight.
RATES = frozenset({"pct", "pp", "permille", "index", "ratio", "vnd_k", "yes_no"})


def with_territories(places: pd.DataFrame, changes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the places with a row for each other territory that one had or has, and the changes by their labels.

    Column ``of``: the place whose other territory it is. The row that is there speaks of the territory that begins
    on its ``first_day``, else of the first one. A name in territory.csv that is no place stays: one long gone.
    """
    known = Places(places).gazetteer
    sides = changes[["place", "into", "out_of"]]
    found = {name: known.matching(name) for name in {*sides.to_numpy().ravel()} - {""}}
    labels = {name: places["place"].iloc[at[0]] for name, at in found.items() if len(at) == 1}
    changes = changes.assign(**sides.map(lambda name: labels.get(name, name)))
    changes = given_parts(places, changes)
    gives, takes = changes[changes["part"] == "part"], changes[changes["into"] != ""]
    days = pd.concat([gives[["place", "day"]], takes[["into", "day"]].rename(columns={"into": "place"})])
    # A place that on its first day neither gave a part nor took in a whole one began on that day.
    whole = takes[takes["part"] == "whole"]
    grew = {*gives[["place", "day"]].itertuples(index=False), *whole[["into", "day"]].itertuples(index=False)}
    grew = {tuple(row) for row in grew}
    codes = takes.set_index(["into", "day"])["code"].to_dict()
    known_days = days.groupby("place")["day"].agg(set)
    rows, others = places.assign(of=""), []
    spans = {}
    for at, row in places[places["place"].isin(known_days.index)].to_dict("index").items():
        label, first = row["place"], row["first_day"]
        begun = pd.notna(first) and (label, first) not in grew
        bounds = sorted(known_days[label] - ({first} if begun else set()))
        starts, ends = (
            [first if begun else pd.NaT, *bounds],
            [*(day - _DAY for day in bounds), row["last_day"]],
        )
        own = starts.index(first) if first in bounds else 0
        for i, span in enumerate(zip(starts, ends, strict=True)):
            if i == own:
                spans[at] = span
                continue
            since, until = (
                (f"{bounds[i - 1].year}" if i else ""),
                (f"{bounds[i].year}" if i < len(bounds) else ""),
            )
            name = f"{label} ({since}–{until})"
            about = {
                "place": name,
                "name": name,
                "aliases": "",
                "of": label,
                "code": codes.get((label, span[0]), ""),
            }
            others.append({**row, **about, "first_day": span[0], "last_day": span[1]})
    for at, column in enumerate(("first_day", "last_day")):
        told = pd.Series({row: span[at] for row, span in spans.items()}, dtype="datetime64[ns]")
        rows[column] = rows[column].where(~rows.index.isin(told.index), told)
    if others:
        rows = pd.concat([rows, pd.DataFrame(others)], ignore_index=True)[rows.columns]
    return rows, changes


def spoken_of(facts: pd.DataFrame) -> pd.Series:
    """Return the day whose territory each figure speaks of: the one it names, else the last of its period.

    What could be known before that day (a plan, a target, a review of November) speaks of the territory of then.
    """
    period, year = facts["period"], facts["year"].astype(int).astype(str)
    month = period.where(period.str.len() == 7, year + "-12")
    last = pd.to_datetime(month, format="%Y-%m", errors="coerce") + pd.offsets.MonthEnd(0)
    last = pd.to_datetime(period.where(period.str.len() == 10), format="%Y-%m-%d", errors="coerce").fillna(
        last
    )
    day = last.where(~(facts["available_from"] < last), facts["available_from"])
    return facts["territory"].fillna(day) if "territory" in facts else day


def check_territory(tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield a Problem for every change of territory that cannot be, and every figure of a place that is not there.

    Facts whose place's name stands for another territory on their day are given the label of that one.
    """
    changes, facts = tables["territory"], tables["facts"]
    known = Places(tables["places"], changes).gazetteer
    for row in changes.itertuples():
        if row.into and not known.matching(row.into):
            yield Problem(row.file, row.row, "into", row.into, NO_PLACE, known.suggestion(row.into))
        elif row.into and row.into == row.place:
            yield Problem(row.file, row.row, "into", row.into, "a place cannot join itself")
    yield from move_problems(tables["places"], changes)
    dated = tables["places"]
    for row in dated[dated["first_day"] > dated["last_day"]].itertuples():
        rule = f"before its first day, {row.first_day:%Y-%m-%d}"
        yield Problem(row.file, row.row, "last_day", f"{row.last_day:%Y-%m-%d}", rule)
    ends = changes[changes["part"] == "whole"].set_index("place")["day"] - pd.Timedelta(days=1)
    last = pd.to_datetime(tables["places"]["place"].map(ends.to_dict()))
    for row in tables["places"][last.notna() & (tables["places"]["last_day"] != last)].itertuples():
        rule = f"territory.csv says that it ended on {last[row.Index]:%Y-%m-%d}"
        stands = "" if pd.isna(row.last_day) else f"{row.last_day:%Y-%m-%d}"
        yield Problem(row.file, row.row, "last_day", stands, rule)
    readable = facts[facts["year"].notna() & facts["available_from"].notna()]
    label, wrong = of_their_day(readable, tables["places"], changes)
    for at, (rule, suggestion) in wrong.items():
        row = facts.loc[at]
        yield Problem(row["file"], int(row["row"]), "place", row["place"], rule, suggestion)
    yield from elsewhere(readable, spoken_of(readable), tables["places"], changes)
    facts["place"] = label.reindex(facts.index).fillna(facts["place"])


def of_their_day(
    facts: pd.DataFrame, places: pd.DataFrame, changes: pd.DataFrame
) -> tuple[pd.Series, dict[int, tuple[str, str]]]:
    """Return the label of each fact's place on its day, and why a fact is not one of its place: {row: rule, suggestion}.

    ``facts["place"]``: labels of places, whatever their territory.
    """
    limited = places[places["first_day"].notna() | places["last_day"].notna()]
    whose = limited["of"].where(limited["of"] != "", limited["place"])
    day, label = spoken_of(facts).to_numpy("datetime64[ns]"), facts["place"].to_numpy(object).copy()
    # Rows whose place has none of its territories yet.
    rows_of = facts.groupby("place").indices
    left = {place: rows_of[place] for place in whose.unique() if place in rows_of}
    bounds = (limited[side].to_numpy("datetime64[ns]") for side in ("first_day", "last_day"))
    for place, name, first, last in zip(whose, limited["place"], *bounds, strict=True):
        if place in left:
            at = left[place]
            within = ~(day[at] < first) & ~(day[at] > last)
            label[at[within]], left[place] = name, at[~within]
    wrong = {
        facts.index[at]: _gone(str(place), pd.Timestamp(day[at]), limited[whose == place], changes)
        for place, rows in left.items()
        for at in rows
    }
    return pd.Series(label, facts.index), wrong


def _gone(place: str, day: pd.Timestamp, spans: pd.DataFrame, changes: pd.DataFrame) -> tuple[str, str]:
    if day < spans["first_day"].min(skipna=False):
        return f"the place begins on {spans['first_day'].min():%Y-%m-%d}; the figure is of {day:%Y-%m-%d}", ""
    rule = f"the place ended on {spans['last_day'].max():%Y-%m-%d}; the figure is of {day:%Y-%m-%d}"
    return rule, became(place, changes)


def links(places: Places, day: str | datetime.date) -> pd.DataFrame:
    """Return what each place of a day's territory is made of, of the places before it: place, into, share (1 throughout).

    A place that did not change is its own part. What gave or took only a part of a place has none, for no share is
    known.
    """
    on, table, changes = pd.Timestamp(read_day(day)), places.table, places.changes
    stands = ~(table["first_day"] > on) & ~(table["last_day"] < on)
    into = {label: label for label in table.loc[stands, "place"]}
    before = table[table["last_day"] < on].sort_values("last_day", ascending=False, kind="stable")
    for row in before.itertuples():
        place, after = row.of or row.place, row.last_day + _DAY
        given = changes[changes["day"] == after]
        taken = given.loc[(given["place"] == place) & (given["part"] == "whole"), "into"]
        heir = taken.iloc[0] if len(taken) else place
        parts = given[given["part"] == "part"]
        heirs = table[(table["place"].eq(heir) | table["of"].eq(heir)) & (table["first_day"] == after)]
        if len(heirs) and not parts[["place", "into"]].isin([place, heir]).any(axis=None):
            into.update((row.place, into[name]) for name in heirs["place"] if name in into)
    found = pd.DataFrame({"place": list(into), "into": list(into.values()), "share": 1.0})
    whole = found["place"].ne(found["into"])
    # What is made of others is no part of itself: its own figures are taken as they are.
    found = found[whole | ~found["into"].isin(found.loc[whole, "into"])]
    return found.sort_values(["into", "place"], ignore_index=True)


def latest_territory(
    places: Places, label: str, known: Iterable[str], day: str | datetime.date | None
) -> str:
    """Return the label of a place with its territory of a day; by default the latest one that is among ``known``."""
    if day is None and places.territories([label]) == [label]:
        return label
    if day is None:
        mine, table = {*places.territories([label])} & {*known}, places.table
        rows = table[table["place"].isin(mine)].sort_values("first_day", na_position="first", kind="stable")
        return str(rows["place"].iloc[-1]) if len(rows) else label
    on = pd.Timestamp(read_day(day))
    for one in places.territories([label]):
        first, last = _lasted(places)[one]
        if not first > on and not last < on:  # a day that is not known is no bound
            return one
    raise NotFound(
        f"on {on:%Y-%m-%d} there was no {label}: {became(label, places.changes) or 'it begins later'}"
    )


@remembered
def _lasted(places: Places) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """Return {place: the first and the last day of the territory that it stands for; NaT where there is none}."""
    table = places.table
    return dict(zip(table["place"], zip(table["first_day"], table["last_day"], strict=True), strict=True))


@remembered
def ended(known: Facts, place: str, year: int) -> dict[str, Any] | None:
    """Return since when a place, or the territory that its label stands for, was no more at the end of a year, and
    what it was part of then (``into``, "" where that is not known); None where it stood, as far as was known.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> ended(facts, "Bắc Kạn", 2026), ended(facts.as_of("2025-01-01"), "Bắc Kạn", 2026)
    ({'since': datetime.date(2025, 7, 1), 'into': 'Thái Nguyên'}, None)
    """
    last = _lasted(known.places).get(place, (pd.NaT, pd.NaT))[1]
    if (
        pd.isna(last)
        or last >= pd.Timestamp(year, 12, 31)
        or (known.cutoff and pd.Timestamp(known.cutoff) <= last)
    ):
        return None
    changes = known.places.changes
    given = changes[
        (changes["place"] == place) & (changes["part"] == "whole") & (changes["day"] == last + _DAY)
    ]
    return {"since": (last + _DAY).date(), "into": next(iter(given["into"]), "")}


def gone_by(places: Places, place: str, day: datetime.date) -> str:
    """Return what had become of a place by a day on which none of its territories was there any more, else "".

    >>> import datetime
    >>> import povertystats as ps
    >>> gone_by(ps.load_facts().places, "Bắc Kạn", datetime.date(2026, 1, 1))
    'the place ended on 2025-06-30, part of Thái Nguyên (code 19) since 2025-07-01 (202/2025/QH15)'
    """
    last = [_lasted(places)[one][1] for one in places.territories([place])]
    if any(pd.isna(one) or one >= pd.Timestamp(day) for one in last):
        return ""
    hint = became(place, places.changes)
    return f"the place ended on {max(last):%Y-%m-%d}" + (f", {hint}" if hint else "")


class OnTerritory:
    """Figures put together for the places of one day, among them those that ``named`` places are, or are part of.

    ``parts``: labels of all places whose figures are needed.
    """

    def __init__(
        self,
        places: Places,
        day: str | datetime.date,
        named: Sequence[str],
        indicators: pd.DataFrame,
        weights: str,
    ) -> None:
        every, self._day = links(places, day), day
        mine = {*places.territories(named)}
        self._links = every[every["into"].isin(mine | {*every.loc[every["place"].isin(mine), "into"]})]
        self.parts = [*dict.fromkeys([*self._links["place"], *self._links["into"], *mine])]
        units = indicators.set_index("indicator")["unit"]
        self._rates = {name for name in units.index if units[name] in RATES}
        self._weights = weights

    def with_weights(self, wanted: list[str]) -> list[str]:
        """Return the indicators that are needed for those that are wanted."""
        return sorted({*wanted, *([self._weights] if self._rates.intersection(wanted) else [])})

    def told(self, wide: pd.DataFrame) -> pd.DataFrame:
        """Put figures together (index place and year, a column an indicator)."""
        there = wide.index.get_level_values("place")
        if lost := sorted({*there} - {*self._links["place"], *self._links["into"]}):
            raise InvalidValue(
                f"no figure of {', '.join(lost)} can be told on the territory of {self._day}: it is a later one, or "
                "only a part of it changed hands; leave its years out with years=, or give shares to ps.crosswalk"
            )
        rates = {name: self._weights for name in wide if name in self._rates}
        sums = [name for name in wide if name not in rates]
        made = crosswalk(wide.reset_index(), self._links, sums=sums, rates=rates)
        return made.set_index(["place", "year"])[[*wide]]
