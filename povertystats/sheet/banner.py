"""What is known by now of the targets of a dated answer: a banner above it, never a part of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.forecasts.outlook import outlook
from povertystats.targets.outcome import came_to, outcomes
from povertystats.targets.verdict import latest
from povertystats.words.wording import quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.outcome import Outcomes
    from povertystats.targets.scorecard import Scorecard


def banner(card: Scorecard, known: Facts, later: Facts, lang: str) -> str:
    """Return what is known by now of each target, or of the forecast, as HTML to stand above the answer; "" where nothing is."""
    told = came(card, known, later, lang)
    if not told:
        return ""
    items = "; ".join(told)
    return (
        f'<aside class="known"><strong>{escape(say("sheet.known", lang))}</strong> {escape(items)}.</aside>'
    )


def came(card: Scorecard, known: Facts, later: Facts, lang: str) -> list[str]:
    """Return what came of each target of which that is known, the main one first, or else of the forecast."""
    found, ahead = outcomes(card, later), outlook(known, card.place)
    return [*_main(found, ahead, lang), *_others(found, lang)] or _of_forecast(ahead, later, lang)


def _main(found: Outcomes, ahead: Forecast | None, lang: str) -> list[str]:
    """Return what came of the main target: the figure, its change, where it lies in the forecast, which readings were met."""
    rows = [
        (target, row, one)
        for target, row, one in zip(found.card.targets, found.table.itertuples(), found.details, strict=True)
        if target.target == found.card.main and row.outcome != "unknown"
    ]
    if not rows:
        return []
    target, row, one = rows[0]
    results = {row.outcome for _, row, _ in rows}
    if len(results) == 1:
        verdict = say(f"sheet.known_all_{results.pop()}", lang)
    else:
        verdict = "; ".join(
            say(f"sheet.known_reading_{row.outcome}", lang, wording=target.wording[lang])
            for target, row, _ in rows
        )
    if target.rules.level_unit(target.figure_unit) != "pct":
        return [f"{target.wording[lang]}: {verdict} ({latest(one, lang)})"]
    said = found.card.table.set_index(["target", "reading"]).loc[(target.target, target.reading)]
    series = next(series for series, figure in one.of_year if figure.value == row.value)
    # From the figure of the year that the forecast stood on, as it is known now.
    before = series.table.set_index("year")["value"].get(said["latest_year"])
    change = ""
    if before is not None and pd.notna(before):
        by = row.value - before
        change = say(f"sheet.known_{'fall' if by < 0 else 'rise'}", lang, change=abs(by))
    about = {
        "year": row.year,
        "value": quantity(row.value, series.unit, lang),
        "change": change,
        "range": "",
        "verdict": verdict,
    }
    if ahead is not None and (ahead.series.indicator, ahead.year) == (series.indicator, row.year):
        about["range"] = say(f"sheet.known_{_where(row.value, ahead)}", lang)
    return [say("sheet.known_main", lang, **about)]


def _where(value: float, ahead: Forecast) -> str:
    """Return where a figure lies beside the range that a forecast of it gave."""
    low, high = ahead.interval(0.80)
    return "below" if value < low else "above" if value > high else "inside"


def _others(found: Outcomes, lang: str) -> list[str]:
    return [
        say(f"sheet.known_{row.outcome}", lang, wording=target.wording[lang], value=latest(one, lang))
        for target, row, one in zip(found.card.targets, found.table.itertuples(), found.details, strict=True)
        if target.target != found.card.main and target.meant and row.outcome != "unknown"
    ]


def _of_forecast(ahead: Forecast | None, later: Facts, lang: str) -> list[str]:
    """Return what came of the forecast of a place whose targets have no outcome."""
    value = None if ahead is None else came_to(ahead, later)
    if ahead is None or value is None:
        return []
    low, high = ahead.interval(0.80)
    about = {"year": ahead.year, "value": value, "low": low, "high": high}
    return [say(f"sheet.came_{_where(value, ahead)}", lang, **about)]
