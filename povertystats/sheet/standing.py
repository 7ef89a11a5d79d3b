"""Where a place stands among its sisters: its rank by a rate, its change since, and those next to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits.tables import Table
from povertystats.facts.memory import remembered
from povertystats.words.languages import Words
from povertystats.words.result import Result
from povertystats.words.wording import number, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.places import Places

# So many places above and below are like it, and so many of all must have figures of the first year.
_BESIDE = 3
_MOST = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class Standing(Result):
    """Where a place stands among those of its kind.

    ``table``: one row a place, the highest rate first: rank (1: the highest; equal rates share one), place, value (per cent,
    of ``year``), change (points since ``first``; missing where not known), like (it is the place or one of those next to it).
    ``title``: the rate; ``kind``: what the places are, in words by ``places``; ``own_measure``: the
    rate is the one that pages of the place speak of.
    """

    table: pd.DataFrame
    place: str
    indicator: str
    title: Words
    kind: str
    places: Places
    year: int
    first: int | None
    own_measure: bool = True

    def _sentence(self) -> str:
        row = self.own
        return f"{self.place}: {row['value']:g}% in {self.year}, rank {row['rank']} of {len(self.table)}"

    @property
    def own(self) -> pd.Series:
        """The row of the place itself."""
        return self.table[self.table["place"] == self.place].iloc[0]

    @property
    def like(self) -> pd.DataFrame:
        """The rows of the place and of those next to it; ``pace``: 1 for the largest fall among them."""
        rows = self.table[self.table["like"]]
        return rows.assign(pace=rows["change"].rank(method="min"))

    def text(self, lang: str) -> str:
        """Return its rank, and how its change compares with that of the places next to it, in a sentence."""
        row, like = self.own, self.like
        told: dict[str, Any] = {"place": self.place, "title": self.title[lang]}
        told |= {
            "rank": int(row["rank"]),
            "n": len(self.table),
            "kinds": self.places.word(self.kind, lang, many=True),
        }
        pace, more = like.set_index("place")["pace"], ""
        if self.first is not None and pd.notna(pace[self.place]) and pace.notna().sum() > 2:
            about = {"pace": int(pace[self.place]), "of": int(pace.notna().sum()), "first": self.first}
            kind = {1: "_most", about["of"]: "_least"}.get(about["pace"], "")
            more = say(f"sheet.standing_pace{kind}", lang, **about) if row["change"] < 0 else ""
        other = "" if self.own_measure else say("sheet.other_measure", lang)
        return say("sheet.standing", lang, pace=more, other=other, **told)


@remembered
def standing(known: Facts, place: str) -> Standing | None:
    """Return where a place stands among the places that its rate is compared with; None where no measure has five of them.

    The measure and year are those with figures of most places, the place among them.

    >>> import povertystats as ps
    >>> found = standing(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn")
    >>> int(found.own["rank"]), len(found.table), found.year
    (7, 63, 2018)
    """
    outcome = known.outcome(place)
    if outcome is None:
        return None
    place = known.places.find(place)
    group = known.peer_group(outcome, place)
    panel = group.table.set_index(["place", "year"])
    best: tuple[int, int, str] | None = None
    for column in panel.columns:
        figures = panel[column].dropna().unstack("place")
        if place not in figures:
            continue
        counts = figures[figures[place].notna()].notna().sum(axis=1)
        top = max((int(n), int(year)) for year, n in counts.items())
        if best is None or top > best[:2]:
            best = (*top, column)
    if best is None or best[0] < 5:
        return None
    n, year, column = best
    figures = panel[column].dropna().unstack("year")
    now = figures[year].dropna()
    whole = [int(y) for y in figures if y < year and figures.loc[now.index, y].notna().sum() >= _MOST * n]
    first = min(whole, default=None)
    table = pd.DataFrame({"value": now.sort_values(ascending=False, kind="stable")}).rename_axis("place")
    table["change"] = (
        table["value"] - figures[first].reindex(table.index) if first is not None else float("nan")
    )
    table["rank"] = table["value"].rank(method="min", ascending=False).astype(int)
    at = table.index.get_loc(place)
    start = max(0, min(at - _BESIDE, len(table) - 2 * _BESIDE - 1))
    table["like"] = [start <= i <= start + 2 * _BESIDE for i in range(len(table))]
    table = table.reset_index()[["rank", "place", "value", "change", "like"]]
    indicator = column.partition("@")[0]
    title = known.titles(indicator, short=True)
    own = indicator == outcome
    return Standing(table, place, indicator, title, group.kind, known.places, year, first, own)


def like_places(found: Standing, lang: str) -> Table:
    """Return the places next to it as a table for readers: rank, place, rate, change."""
    columns = ["rank", "place", "value", *(["change"] if found.first is not None else [])]
    rows = found.like[columns].assign(value=found.like["value"].map(lambda x: number(x, lang, 2)))
    rows["place"] = [f"→ {place}" if place == found.place else place for place in rows["place"]]
    if found.first is not None:
        rows["change"] = found.like["change"].map(lambda x: "–" if pd.isna(x) else number(x, lang, 2))
    caption = say("sheet.like_caption", lang)
    told = {"year": found.year, "first": found.first}
    heads = {column: say(f"sheet.column.{column}", lang, **told) for column in columns if column != "place"}
    heads["place"] = say("sheet.column_kind", lang, kind=found.places.word(found.kind, lang))
    return Table(rows.rename(columns=heads), caption, lang=lang)
