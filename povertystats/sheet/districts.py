"""The places within a place: the latest rate of each, its pace, what a target asks of it, and what is not known."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.exhibits.tables import Table, table_of
from povertystats.facts.places import placed
from povertystats.sheet.counts import about, counts_of, total_of
from povertystats.targets.targets import required_change
from povertystats.words.languages import Words
from povertystats.words.markdown import escape
from povertystats.words.result import Result
from povertystats.words.wording import moment, number, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.places import Places
    from povertystats.facts.series import AnnualSeries
    from povertystats.targets.scorecard import Scorecard

_NONE = "–"
# So many places are shown, those with the highest rates; the numbers hold all.
_MOST = 20
_WHITE: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_COLUMNS = (
    *("place", "value", "year", "period", "status", "standard", "first", "first_year", "pace"),
    *("needed_low", "needed_high", "counted", "count_unit", "count_year", "count_period"),
    *("total", "unit", "indicator"),
)
_TEXTS = ("place", "period", "status", "standard", "count_unit", "count_period", "unit", "indicator")


@dataclass(frozen=True, eq=False, repr=False)
class Within(Result):
    """The places within a place.

    ``table``: one row a place, the highest rate first: value (per cent, of year and period), status, standard; first and
    first_year, the earliest figure under the same standard, and pace, the mean change a year since, in points; needed_low
    and needed_high, the change that targets ask of it; counted, the last known number of those in it, and total, of how
    many (in ``unit``). Without a figure under the standard that most have: only its name. ``kind``: what the places are;
    ``around``: the last figure of the place that they lie in under that standard, None where it is not known.
    """

    table: pd.DataFrame
    place: str
    kind: str
    places: Places
    title: Words
    around: pd.Series | None

    def _sentence(self) -> str:
        return f"{len(self.table)} places within {self.place}, {len(self.known)} with a rate"

    def word(self, lang: str, many: bool = True) -> str:
        """Return what the places are, in the package's word."""
        return self.places.word(self.kind, lang, many=many) if self.kind else ""

    @property
    def known(self) -> pd.DataFrame:
        """The places with a rate."""
        return self.table[self.table["value"].notna()]

    def answer(self, lang: str) -> str:
        """Return in Markdown which place has the highest and which the lowest rate, or why that cannot be said."""
        told = {"place": self.place, "n": len(self.table), "title": self.title[lang]}
        known, told["kinds"] = self.known, self.word(lang, len(self.table) != 1)
        if self.table.empty or known.empty:
            return escape(say(f"districts.{'none' if self.table.empty else 'no_rate'}", lang, **told))
        first, last = known.iloc[0], known.iloc[-1]
        told |= {"high": first["place"], "highest": first["value"], "low": last["place"], "known": len(known)}
        told["lowest"] = last["value"]
        line = say(f"districts.answer{'_one' if len(known) == 1 else ''}", lang, **told)
        if self.around is not None:
            when = moment(self.around["period"], self.around["year"], lang)
            about_it = {"place": self.place, "value": self.around["value"], "when": when}
            line = f"{line} {say('districts.whole', lang, **about_it)}"
        return f"**{escape(line)}**"

    def text(self, lang: str) -> str:
        """Return which figures are preliminary and what is lacking, a sentence a line."""
        known, told = self.known, {"kinds": self.word(lang), "n": len(self.table)}
        if known.empty:
            return ""
        open_still = known[known["status"] == "preliminary"]
        lines = [say("districts.all_preliminary", lang, **told)] if 0 < len(known) == len(open_still) else []
        if 0 < len(open_still) < len(known):
            lines = [say("districts.preliminary", lang, places=_names(open_still, lang))]
        lacking = {"rate": self.table[self.table["value"].isna()], "pace": known[known["pace"].isna()]}
        lacking["count"] = self.table[self.table["counted"].isna()]
        for what, rows in lacking.items():
            every = len(rows) == len(known if what == "pace" else self.table) and what != "rate"
            if len(rows):
                key = f"districts.lacking_{what}{'_all' if every else ''}"
                lines.append(say(key, lang, places=_names(rows, lang), **told))
        return "\n".join(lines)


def _names(rows: pd.DataFrame, lang: str) -> str:
    every = rows["place"].tolist()
    return ", ".join(every) if len(every) <= _MOST else say("scorecard.places", lang, n=len(every))


def within(known: Facts, card: Scorecard) -> Within:
    """Return the places within that of a scorecard, by the rate that most of them have.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> found = within(known, ps.scorecard(known, place="Bắc Kạn"))
    >>> found.table[["place", "value"]].head(2).values.tolist()
    [['Pác Nặm', 35.22], ['Ngân Sơn', 34.29]]
    """
    place = card.place
    kind, names = _below(known, place)
    indicator, series = _rates(known, place, names)
    series = _of_one_standard(series)
    asked = _asked(card, known, indicator)
    rows = [_row(known, name, series.get(name), asked.get(name, ())) for name in names]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    numbers = [name for name in _COLUMNS if name not in _TEXTS]
    table[numbers] = table[numbers].astype(float)
    table = table.sort_values(["value", "place"], ascending=[False, True], ignore_index=True)
    around = None
    with suppress(LookupError, ValueError):
        own = known.series(indicator, place=place)
        around = own.latest if {own.standard} == {one.standard for one in series.values()} else None
    title = known.titles(indicator, short=True) if indicator else Words()
    return Within(table, place, kind, known.places, title, around)


def _below(known: Facts, place: str) -> tuple[str, list[str]]:
    """Return the places within one that stood in it on the day, or on its last, of the kind of most; no groups of places."""
    every = known.places.table
    last = every.loc[every["place"] == place, "last_day"].iloc[0]
    day = min(filter(pd.notna, [last, pd.to_datetime(known.cutoff)]), default=None)
    every = placed(known.places, day).table
    within = every["parent"] == known.places.kin[place][2]
    rows = every[within & (every["kind"] != "group") & (every["of"] == "")]
    if day is not None:
        rows = rows[~(rows["last_day"] < day) & ~(rows["first_day"] > day)]
    kind = next(iter(rows["kind"].value_counts().index), "")
    return kind, rows.loc[rows["kind"] == kind, "place"].tolist()


def _rates(known: Facts, place: str, names: list[str]) -> tuple[str, dict[str, AnnualSeries]]:
    """Return the rate that most of some places have, that of the place around them before others, and their series."""
    indicators = known.indicators
    outcomes = indicators.loc[(indicators["role"] == "outcome") & (indicators["unit"] == "pct"), "indicator"]
    best: tuple[str, dict[str, AnnualSeries]] = ("", {})
    for indicator in dict.fromkeys(filter(None, [known.outcome(place), *outcomes])):
        found = {}
        for name in names:
            with suppress(LookupError, ValueError):
                found[name] = known.series(indicator, place=name)
        if not best[0] or len(found) > len(best[1]):
            best = indicator, found
    return best


def _of_one_standard(series: dict[str, AnnualSeries]) -> dict[str, AnnualSeries]:
    """Return the series under the standard that most have: rates of two standards cannot be set side by side."""
    standards = pd.Series({name: one.standard for name, one in series.items()}, dtype=object)
    most = next(iter(standards.mode()), "")
    return {name: one for name, one in series.items() if one.standard == most}


def _asked(card: Scorecard, known: Facts, indicator: str) -> dict[str, list[float]]:
    """Return by how many points each place is to change, by each target that speaks of it among others."""
    meant = {one.target for one in card.targets if one.meant}
    asked: dict[str, list[float]] = {}
    for target in card.targets:
        if target.indicator != indicator or (target.target in meant and not target.meant):
            continue
        for one in required_change(target, known) if target.of == "each" else ():
            if one.place != card.place and one.unit == "pp" and one.change is not None:
                asked.setdefault(one.place, []).append(0.0 if one.reached else one.change)
    return asked


def _row(known: Facts, name: str, series: AnnualSeries | None, asked: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"place": name}
    if series is None:
        return row
    last, first = series.latest, series.table.iloc[0]
    row |= {key: last[key] for key in ("value", "year", "period", "status")}
    row |= {"standard": series.standard, "indicator": series.indicator}
    if first["year"] < last["year"]:
        pace = (last["value"] - first["value"]) / (last["year"] - first["year"])
        row |= {"first": first["value"], "first_year": first["year"], "pace": pace}
    if asked:
        row |= {"needed_low": min(asked), "needed_high": max(asked)}
    count, _ = counts_of(known, series.indicator, name)
    if count is not None and count.standard == series.standard:
        about_it = {f"count_{key}": count.latest[key] for key in ("year", "period")}
        row |= {"counted": count.latest["value"], "count_unit": count.unit} | about_it
    total, unit = total_of(known, series.indicator, name) or (None, None)
    return row | {"total": total, "unit": unit}


def table(found: Within, lang: str) -> Table:
    """Return the places with a rate for readers; what the figures are that are not final stands in the cells, unless all are so."""
    every = (found.known["status"] == "preliminary").all()
    rows = [
        {
            "place": row.place,
            "value": _value(row, lang, every),
            "pace": _NONE
            if pd.isna(row.pace)
            else f"{number(row.pace, lang)} ({int(row.first_year)}–{int(row.year)})",
            "needed": _needed(row, lang),
            "count": _NONE
            if pd.isna(row.counted)
            else f"{quantity(row.counted, row.count_unit, lang)} ({moment(row.count_period, row.count_year, lang)})",
        }
        for row in found.known.head(_MOST).itertuples(index=False)
    ]
    columns = ["place", "value", "pace", "needed", "count"]
    kept = [name for name in columns if name in columns[:2] or any(row[name] != _NONE for row in rows)]
    caption = say("districts.caption", lang, title=found.title[lang], place=found.place)
    told = [{name: row[name] for name in kept} for row in rows]
    return table_of(told, "districts.column", lang, caption, columns=kept)


def _value(row: Any, lang: str, every: bool) -> str:
    told = f"{number(row.value, lang)}% ({moment(row.period, row.year, lang)})"
    final = every or row.status in ("official", "derived")
    return told if final else f"{told}, {say(f'status.{row.status}', lang)}"


def _needed(row: Any, lang: str) -> str:
    """Return by how much a place is to change: in points, and in what is counted where that is known."""
    if pd.isna(row.needed_low):
        return _NONE
    ends = dict.fromkeys([row.needed_high, row.needed_low])
    told = " / ".join(number(end, lang) for end in ends)
    if pd.isna(row.total):
        return told
    counts = [abs(about(end / 100 * row.total)) for end in ends]
    few = " / ".join(number(count, lang, 0) for count in counts[:-1])
    last = quantity(counts[-1], row.unit, lang)
    return say("districts.in_counts", lang, points=told, counts=f"{few} / {last}" if few else last)


def picture(found: Within, lang: str) -> draw.Picture | None:
    """Draw the rates as bars from high to low, those that a target speaks of in another colour, with the level it asks for; None without two.

    A line marks the rate of the place around them. The numbers: ``found.table``.
    """
    if len(found.known) < 2:
        return None
    told = {"place": found.place, "title": found.title[lang], "kinds": found.word(lang)}
    title = say("districts.picture", lang, **told)
    first, last = found.known.iloc[0], found.known.iloc[-1]
    told |= {"high": first["place"], "highest": first["value"], "low": last["place"], "lowest": last["value"]}
    alt = say("districts.alt", lang, n=len(found.known), **told)
    shown = partial(_drawn, found, lang)
    return draw.Picture(shown(draw.WIDTH), alt, found.table, title=title, narrow=partial(shown, draw.NARROW))


def _drawn(found: Within, lang: str, width: float) -> Any:
    rows, narrow = found.known.head(_MOST), width <= draw.NARROW
    figure, [[axes]] = draw.canvas(0.5 + (0.36 if narrow else 0.3) * len(rows), width=width)
    look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": draw.SMALL}
    most = rows["value"].max() or 1.0
    for at, row in enumerate(rows.itertuples(index=False)):
        asked = pd.notna(row.needed_low)
        color = draw.ORANGE if asked else draw.BLUE
        axes.barh(at, row.value, 0.66, color=color, alpha=0.85, zorder=2)
        levels = sorted({row.value + end for end in (row.needed_low, row.needed_high)} if asked else ())
        axes.vlines(levels, at - 0.4, at + 0.4, color="black", linewidth=1.2, zorder=4)
        told = f"{number(row.value, lang)}%"
        if asked:
            ends = " / ".join(number(level, lang, 1) for level in reversed(levels))
            told = f"{told}{chr(10) if narrow else ' '}{say('districts.to', lang, levels=ends)}"
        axes.annotate(told, (row.value, at), xytext=(4, 0), bbox=_WHITE, zorder=5, **look)
    axes.set_yticks(range(len(rows)), [draw.wrap(name, 14 if narrow else 30) for name in rows["place"]])
    axes.tick_params(axis="y", labelsize=draw.SMALL)
    axes.set_ylim(len(rows) - 0.4, -0.6 if found.around is None else -1.1)
    axes.set_xlim(0, most * (1.75 if narrow else 1.4))
    if found.around is not None:
        axes.axvline(found.around["value"], color=draw.GREY, linewidth=1.2, linestyle=(0, (4, 2)), zorder=3)
        around = say("districts.around", lang, place=found.place, value=found.around["value"])
        axes.annotate(around, (found.around["value"], -0.75), xytext=(4, 0), color=draw.GREY, **look)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    return figure
