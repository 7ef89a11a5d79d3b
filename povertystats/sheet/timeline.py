"""Target against result, year by year: what a rate was to change by and what it did."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.sheet.counts import asked_of
from povertystats.words.languages import Words
from povertystats.words.result import Result
from povertystats.words.wording import number, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.targets.scorecard import Scorecard

_COLUMNS = ("year", "low", "high", "result", "rate", "source_id")
_TARGET = ("target", "plan")


@dataclass(frozen=True, eq=False, repr=False)
class Timeline(Result):
    """Targets and results of a rate, a year each.

    ``table``: year; low and high, the change in points that was aimed at (a fall is negative; the same where one number was
    named, missing where no target is known); result, the change on the year before (missing: not known); rate, the
    figure of the year; source_id, of the target. ``indicator``, ``title``: the rate; ``place``.
    """

    table: pd.DataFrame
    place: str
    indicator: str
    title: Words

    def _sentence(self) -> str:
        return f"{self.indicator} of {self.place}: targets and results of {len(self.table)} years"

    @property
    def both(self) -> pd.DataFrame:
        """The years with a target and a result; ``gap``: by how many points the result is above the mildest target."""
        rows = self.table.dropna(subset=["low", "result"])
        return rows.assign(gap=(rows["result"] - rows["high"]).round(6))

    def text(self, lang: str) -> str:
        """Return how many targets were reached, and how far the others were missed, in a sentence; "" without any to compare."""
        rows = self.both
        if rows.empty:
            return ""
        missed = rows[rows["gap"] > 0]
        each = "; ".join(_year(row, lang) for row in rows.itertuples())
        key = "none" if len(missed) == len(rows) else "all" if missed.empty else "some"
        return say(f"sheet.timeline_{key}", lang, n=len(rows), met=len(rows) - len(missed), each=each)


def timeline(card: Scorecard, known: Facts) -> Timeline | None:
    """Return the yearly targets of a place's rate against what came, as known; None where there is neither a target nor a result.

    Targets of earlier years are the facts of status "target" or "plan" of the rate itself and of what is its change
    (``change_of``) that speak of the end of a year; those of a scorecard's year are its readings with evidence.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> timeline(ps.scorecard(known, place="Bắc Kạn"), known).both[["year", "high", "result"]].round(2).values.tolist()
    [[2018.0, -2.7, -2.65], [2019.0, -2.5, -2.31]]
    """
    indicator, asked = asked_of(card, known)
    if indicator is None:
        return None
    with suppress(LookupError, ValueError):
        series = known.series(indicator, place=card.place)
        years = {target.year for target, _ in asked}
        rows = [row for row in _planned(known, series) if row["year"] not in years]
        for target, found in asked:
            if found.required_unit == "pp" and target.base_year is None:
                change = target.bound if target.kind == "change" else found.required_change
                rows.append({"year": target.year, "change": change, "source_id": target.source_id})
        return _timeline(rows, series, known, card.place)
    return None


def _planned(known: Facts, series: AnnualSeries) -> list[dict[str, Any]]:
    """Return the targets of a rate that facts hold, as changes on the year before."""
    of = known.indicators.set_index("indicator")["change_of"]
    facts, found = known.table[known.table["place"] == series.place], []
    facts = facts[facts["status"].isin(_TARGET) & (facts["period"].str[5:].isin(["", "12", "12-31"]))]
    before = dict(zip(series.years + 1, series.values, strict=True))
    for row in facts.itertuples():
        about = {"year": int(row.year), "source_id": row.source_id}
        if of.get(row.indicator, "") == series.indicator:
            found.append(about | {"change": float(row.value)})
        elif row.indicator == series.indicator and row.standard == series.standard and row.year in before:
            found.append(about | {"change": float(row.value) - before[row.year]})
    return found


def _timeline(rows: list[dict[str, Any]], series: AnnualSeries, known: Facts, place: str) -> Timeline | None:
    ends = pd.DataFrame(rows, columns=["year", "change", "source_id"]).groupby("year")
    about = ends["change"].agg(low="min", high="max").join(ends["source_id"].first())
    rates = pd.Series(series.values, index=series.years)
    changes = rates.diff()[np.diff(rates.index, prepend=np.nan) == 1]
    table = about.join(changes.rename("result"), how="outer").join(rates.rename("rate"))
    table = table[table["result"].notna() | (table.index > series.years[-1])]
    if table.empty:
        return None
    table = table.rename_axis("year").reset_index()[list(_COLUMNS)]
    return Timeline(table, place, series.indicator, known.titles(series.indicator, short=True))


def _year(row: Any, lang: str) -> str:
    return say(f"sheet.timeline_year{'' if row.gap > 0 else '_met'}", lang, year=row.year, gap=row.gap)


def aim(row: Any, lang: str) -> str:
    """Return the change that was aimed at, or from where to where."""
    low, high = (number(value, lang, draw.decimals([value])) for value in (row.low, row.high))
    return high if row.low == row.high else say("probability.range", lang, low=high, high=low)


def draw_timeline(found: Timeline, lang: str, *, source: str = "") -> draw.Picture:
    """Draw each year's change as a bar, what was aimed at as a mark across it, both with their numbers.

    A year whose result is not known has the mark alone. The numbers: ``found.table``.
    """
    title = say("plot.timeline.title", lang, title=found.title[lang])
    both = found.both
    told = found.text(lang) or say("sheet.no_aims", lang)
    return draw.Picture(
        _drawn(found, lang, draw.WIDTH),
        say("plot.timeline.alt", lang, title=title, told=told),
        found.table.assign(gap=both["gap"]),
        title=title,
        source=source,
        narrow=lambda: _drawn(found, lang, draw.NARROW),
    )


def _drawn(found: Timeline, lang: str, width: float) -> Any:
    figure, [[axes]] = draw.canvas(2.2 if width > draw.NARROW else 1.55, width=width)
    table, named = found.table, False
    for at, row in enumerate(table.itertuples()):
        look: dict[str, Any] = {"ha": "center", "textcoords": "offset points", "fontsize": draw.SMALL}
        if pd.notna(row.result):
            axes.bar(at, row.result, 0.62, color=draw.BLUE, zorder=2)
            axes.annotate(number(row.result, lang, 2), (at, 0), xytext=(0, 4), va="bottom", **look)
        if pd.notna(row.low):
            # What was aimed at lies across the bar; a range as two lines with a tint between.
            axes.bar(at, row.low - row.high, 0.86, bottom=row.high, color=draw.ORANGE, alpha=0.35, zorder=3)
            axes.hlines([row.low, row.high], at - 0.43, at + 0.43, color=draw.ORANGE, linewidth=2.2, zorder=4)
            end = min(filter(pd.notna, (row.low, row.result)))
            # The first one says what the marks are.
            told = aim(row, lang) if named else f"{say('plot.timeline.aim', lang)}\n{aim(row, lang)}"
            named = True
            axes.annotate(told, (at, end), xytext=(0, -4), va="top", color="#a34700", **look)
        if pd.isna(row.result):
            axes.annotate("?", (at, 0), xytext=(0, 4), va="bottom", **look)
    axes.set_xticks(range(len(table)), table["year"].astype(str))
    axes.tick_params(axis="x", length=0)
    axes.xaxis.set_ticks_position("top")
    axes.axhline(0, color=draw.GREY, linewidth=1, zorder=5)
    ends = table[["low", "result"]].to_numpy(dtype=float)
    low, high = min(np.nanmin(ends), 0), max(np.nanmax(ends), 0)
    axes.set_ylim(low - 0.38 * (high - low), high + 0.2 * (high - low))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    return figure
