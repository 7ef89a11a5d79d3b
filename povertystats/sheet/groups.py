"""Whom the outcome counts, by group: how many of each, what part of all, and what is in none of the groups."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.exhibits.tables import Table, cell, table_of
from povertystats.words.errors import NotFound
from povertystats.words.markdown import bullets
from povertystats.words.wording import number, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

# The groups that are named in the sentence; the table has all.
_NAMED = 3


@dataclass(frozen=True)
class Groups:
    """The latest counts by group of one place.

    ``table``: one row a group, the largest first: indicator, count, share_pct of all that the outcome counts (NaN where that
    is not known), rate_pct of the group itself (NaN where nobody counted all of it). ``total``: how many the outcome counts,
    by the indicator ``counted`` ("" where none is declared); ``left``: those in none of the groups, below 0 where they overlap.
    """

    place: str
    year: int
    counted: str
    total: float | None
    table: pd.DataFrame

    @property
    def left(self) -> float | None:
        """How many are in none of the groups; None without a total."""
        return None if self.total is None else self.total - float(self.table["count"].sum())


def groups(known: Facts, place: str) -> Groups | None:
    """Return the counts of the indicators whose role is group, of the latest year that has any; None without one.

    >>> import povertystats as ps
    >>> found = groups(ps.load_facts().as_of("2020-05-07"), "Bắc Kạn")
    >>> found.year, found.total, found.left, found.table["indicator"][0]
    (2018, 17435.0, 0.0, 'poor_dao_households')
    """
    place, about = known.places.find(place), known.indicators.set_index("indicator")
    every = {name: _counts(known, place, name) for name in about.index[about["role"] == "group"]}
    years = [year for counts in every.values() for year in counts]
    if not years:
        return None
    year = max(years)
    parts = about["counts"].str.partition(" / ")
    outcome = known.outcome(place)
    counted = parts.at[outcome, 0] if outcome else ""
    total = _counts(known, place, counted).get(year)
    rows = []
    for name, counts in every.items():
        if year in counts:
            wholes = [_counts(known, place, whole).get(year) for whole in parts.loc[parts[0] == name, 2]]
            whole = next(filter(None, wholes), float("nan"))
            share = 100 * counts[year] / total if total else float("nan")
            rows.append((name, counts[year], share, 100 * counts[year] / whole))
    table = pd.DataFrame(rows, columns=["indicator", "count", "share_pct", "rate_pct"])
    table = table.sort_values("count", ascending=False, kind="stable", ignore_index=True)
    return Groups(place, year, counted, total, table)


def _counts(known: Facts, place: str, indicator: str) -> dict[int, float]:
    """Return the counts of an indicator by year, without those that are only said to be more or less; none of no indicator."""
    with suppress(NotFound):
        rows = known.series(indicator, place=place).table
        rows = rows[rows["bound"] == ""]
        return dict(zip(rows["year"].tolist(), rows["value"].tolist(), strict=True))
    return {}


def table(known: Facts, place: str, lang: str) -> list[Table]:
    """Return the table of the groups of a place, with what is in none of them and all; none without groups."""
    found = groups(known, place)
    if found is None:
        return []
    rows = [
        {
            "group": known.title(row.indicator, lang),
            "count": number(row.count, lang, 0),
            "share": cell(row.share_pct, lang, 1, "%"),
            "rate": cell(row.rate_pct, lang, 1, "%"),
        }
        for row in found.table[["indicator", "count", "share_pct", "rate_pct"]].itertuples(
            name="Row", index=False
        )
    ]
    columns = ["group", "count"]
    if found.total:
        columns.append("share")
        if found.left and found.left > 0:
            left = {
                "count": number(found.left, lang, 0),
                "share": cell(100 * found.left / found.total, lang, 1, "%"),
            }
            rows.append({"group": say("groups.none", lang), **left, "rate": "–"})
        whole = {"count": number(found.total, lang, 0), "share": "100%"}
        rows.append({"group": known.title(found.counted, lang), **whole, "rate": "–"})
    if found.table["rate_pct"].notna().any():
        columns.append("rate")
    caption = say("groups.caption", lang, place=found.place, year=found.year)
    return [
        table_of([{c: row[c] for c in columns} for row in rows], "groups", lang, caption, columns=columns)
    ]


def text(known: Facts, place: str, lang: str) -> str:
    """Return which groups are the largest, whether all add up, and what cannot be said, as a Markdown list; "" without groups."""
    found = groups(known, place)
    if found is None:
        return ""
    named = found.table.head(_NAMED)
    titles = [known.title(name, lang, short=True) for name in named["indicator"]]
    if not found.total:
        lines = [say("groups.no_total", lang, place=found.place, year=found.year)]
    else:
        shares = [
            say("groups.part", lang, group=t, share=s)
            for t, s in zip(titles, named["share_pct"], strict=True)
        ]
        told = {
            "title": known.title(found.counted, lang, short=True),
            "n": found.total,
            "parts": ", ".join(shares),
        }
        lines = [say("groups.first", lang, place=found.place, year=found.year, **told)]
        left = found.left or 0.0
        key = "whole" if left == 0 else "left" if left > 0 else "over"
        about = {"n": abs(left), "share": 100 * abs(left) / found.total, "sum": found.total - left}
        lines.append(say(f"groups.{key}", lang, **about))
    if found.table["rate_pct"].isna().all():
        lines.append(say("groups.no_rate", lang))
    return bullets("\n".join(lines))
