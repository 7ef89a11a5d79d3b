"""A change of a rate in what the package counts: how many must leave, how many left last, how many are left."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.words.languages import Words
from povertystats.words.result import Result
from povertystats.words.wording import moment, number, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.kinds.target import Target
    from povertystats.targets.scorecard import Scorecard

# Rates nearer to one another than so many points are the same, rounded.
_SAME = 0.05
_COLUMNS = (
    "what",
    "title",
    "change_pp",
    "value",
    "unit",
    "year",
    "period",
    "status",
    "of",
    "before",
    "rate",
    "by_rate",
)


@dataclass(frozen=True, eq=False, repr=False)
class Counts(Result):
    """What is known of the counts behind a rate.

    ``table``: one row a count: what ("needed", "left", "beside"), title (words by language, of "beside"), change_pp
    (points that a reading asks for), value (a fall is negative), unit, year, period and status of the figure that it rests
    on, of (all that are counted, or the rate in per cent of "beside"), before (the count before, of "left"), rate (what
    was published of that year later; missing where that is the same) and by_rate (the change by that rate).
    """

    table: pd.DataFrame

    def _sentence(self) -> str:
        return f"{len(self.table)} counts behind a rate"

    def text(self, lang: str) -> str:
        """Return how many must leave, how many did last and what stands beside, one a line; "" where nothing is known."""
        rows = {what: rows for what, rows in self.table.groupby("what", sort=False)}
        lines = [_needed(rows["needed"], lang)] if "needed" in rows else []
        for what in ("left", "beside"):
            lines += [_line(what, row, lang) for row in rows.get(what, self.table[:0]).itertuples()]
        return "\n".join(lines)


def counts_behind(card: Scorecard, known: Facts) -> Counts:
    """Return the counts behind the main target's rate and beside it, as far as the package says of which counts it is (``counts``).

    A change of so many points is so many of the last known total, net: those who leave less those who come.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> found = counts_behind(ps.scorecard(known, place="Bắc Kạn"), known)
    >>> found.table.set_index("what").loc["left", "value"]
    np.float64(-1432.0)
    """
    rows: list[dict[str, Any]] = []
    outcome, asked = asked_of(card, known)
    own, every = counts_of(known, outcome, card.place) if outcome else (None, None)
    if every is not None:
        total = every.latest
        for _, found in asked:
            if found.required_unit == "pp" and found.verdict == "probable":
                points = found.required_change
                needed = {"what": "needed", "change_pp": points, "value": points / 100 * total["value"]}
                rows.append(needed | _about(every if own is None else own, total) | {"of": total["value"]})
    if own is not None and len(own.years) > 1 and own.years[-1] - own.years[-2] == 1:
        last, before = own.latest, float(own.values[-2])
        left = {"what": "left", "value": last["value"] - before, "before": before, "of": last["value"]}
        rows.append(left | _about(own, last) | _later(known, outcome, own, every))
    for indicator in known.indicators.query("role == 'beside'")["indicator"]:
        with suppress(LookupError):
            rate = known.series(indicator, place=card.place)
            if outcome is None or rate.years[-1] < known.series(outcome, place=card.place).years[-1] - 1:
                continue  # of another time than the rate that it stands beside
            count, _ = counts_of(known, indicator, card.place)
            told = rate if count is None else count
            title = {"what": "beside", "title": known.titles(told.indicator)}
            share = (
                rate.latest["value"]
                if told is count and count.latest["year"] == rate.latest["year"]
                else None
            )
            rows.append(title | {"value": told.latest["value"], "of": share} | _about(told, told.latest))
    return Counts(pd.DataFrame(rows, columns=list(_COLUMNS)))


def asked_of(card: Scorecard, known: Facts) -> tuple[str | None, list[tuple[Target, Any]]]:
    """Return the rate that a sheet speaks of, and the readings of the main target that ask something of it in the place alone.

    Each with its row of the scorecard: those that were meant, where the evidence says so of any.
    """
    rows = zip(card.targets, card.table.itertuples(), strict=True)
    main = [(one, row) for one, row in rows if one.target == card.main and one.places == (card.place,)]
    rate = main[0][0].indicator if main else known.outcome(card.place)
    return rate, [(one, row) for one, row in main if one.meant] or main


def _later(
    known: Facts, outcome: str | None, own: AnnualSeries, every: AnnualSeries | None
) -> dict[str, float]:
    """Return the rate of the year of the last count where another one was published since, and the change by that one."""
    last = own.latest
    if outcome is None or every is None or every.latest["period"] != last["period"]:
        return {}
    share = 100 * last["value"] / every.latest["value"]
    rate = known.series(outcome, place=own.place).latest
    if rate["year"] != last["year"] or abs(rate["value"] - share) < _SAME:
        return {}
    by_rate = rate["value"] / 100 * every.latest["value"] - float(own.values[-2])
    return {"rate": rate["value"], "by_rate": by_rate}


def counts_of(known: Facts, indicator: str, place: str) -> tuple[AnnualSeries | None, AnnualSeries | None]:
    """Return the series of the two counts that a rate is of in a place: how many, of how many; None: no figures."""
    told = known.indicators.set_index("indicator")["counts"].get(indicator, "")
    found: list[AnnualSeries | None] = [None, None]
    for at, name in enumerate(filter(None, told.split(" / "))):
        with suppress(LookupError, ValueError):
            found[at] = known.series(name, place=place)
    return found[0], found[1]


def total_of(known: Facts, indicator: str, place: str) -> tuple[float, str] | None:
    """Return of how many a rate is in a place, with their unit: the last total, else what count and rate of one day make."""
    have, every = counts_of(known, indicator, place)
    if every is not None:
        return float(every.latest["value"]), every.unit
    if have is None:
        return None
    rate = known.series(indicator, place=place).latest
    same = have.table[(have.table["period"] == rate["period"]) & (have.table["year"] == rate["year"])]
    return (
        None if same.empty or not rate["value"] else (100 / rate["value"] * same["value"].iloc[-1], have.unit)
    )


def about(value: float) -> float:
    """Return a count to two digits, as far as points of a rate can tell it.

    >>> about(1605.5), about(-87.2), about(0)
    (1600.0, -87.0, 0.0)
    """
    return float(round(value, 1 - math.floor(math.log10(abs(value))))) if value else 0.0


def _about(series: AnnualSeries, row: pd.Series) -> dict[str, Any]:
    return {"unit": series.unit, **{name: row[name] for name in ("year", "period", "status")}}


def _needed(rows: pd.DataFrame, lang: str) -> str:
    told = [
        say(
            "sheet.needed_one",
            lang,
            points=quantity(abs(row.change_pp), "pp", lang),
            count=quantity(abs(about(row.value)), row.unit, lang),
        )
        for row in rows.itertuples()
    ]
    first = rows.iloc[0]
    when = moment(first["period"], first["year"], lang)
    falls = "fall" if (rows["change_pp"] < 0).all() else "rise"
    return say(f"sheet.needed_{falls}", lang, each="; ".join(told), of=first["of"], when=when)


def _line(what: str, row: Any, lang: str) -> str:
    told = {"when": moment(row.period, row.year, lang), "count": quantity(abs(row.value), row.unit, lang)}
    told["status"] = say("sheet.preliminary", lang) if row.status == "preliminary" else ""
    if what == "left":
        later = ""
        if pd.notna(row.rate):
            later = say("sheet.later", lang, rate=row.rate, fewer=abs(about(row.by_rate)))
        told |= {"before": row.before, "of": row.of, "later": later}
        return say(f"sheet.left_{'fall' if row.value < 0 else 'rise'}", lang, **told)
    share = "" if pd.isna(row.of) else f"{number(row.of, lang, 1)}%; "
    return say("sheet.beside", lang, title=Words(row.title)[lang], share=share, **told)
