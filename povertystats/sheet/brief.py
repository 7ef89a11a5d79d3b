"""The pieces of the advisors' pages, each ready to be shown by a notebook in any language."""

from __future__ import annotations

import html
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from povertystats.driver_pages.driver_sections import Said
from povertystats.driver_pages.driver_sections import drivers_short as drivers_short
from povertystats.drivers.declared import declared
from povertystats.forecasts.outlook import four_ways as four_ways
from povertystats.forecasts.outlook import outlook as outlook
from povertystats.forecasts.outlook import panel_of
from povertystats.forecasts.outlook import rates as rates
from povertystats.forecasts.scores import to_scale
from povertystats.records.backtest import past_record as past_record
from povertystats.records.backtest import way as way
from povertystats.records.record_text import figures, near_words
from povertystats.records.reference_class import comparable_changes
from povertystats.records.smoothness import counted, smoothness
from povertystats.sheet.actions import actions
from povertystats.sheet.answer import answer as answer
from povertystats.sheet.answer import sure as sure
from povertystats.sheet.counts import counts_behind
from povertystats.sheet.dots import chance_picture as chance_picture
from povertystats.sheet.standing import like_places, standing
from povertystats.sheet.tiles import tile_picture
from povertystats.sheet.timeline import draw_timeline, timeline
from povertystats.targets.goals import goals as goals
from povertystats.targets.outcome import came_to as came_to
from povertystats.targets.outcome import shock as shock
from povertystats.targets.sources import cited, settled
from povertystats.words.markdown import bullets, escape
from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.associations.result import DriverFit
    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.records.backtest_result import Backtest
    from povertystats.targets.scorecard import Scorecard


def listed(result: Any, lang: str, **options: Any) -> str:
    """Return what a result says, as a Markdown list, or that there is none (None).

    ``options`` are those of the result's ``text``, such as ``labels={column: name}``.
    """
    return say("brief.no_drivers", lang) if result is None else bullets(result.text(lang, **options))


def illustrative(result: Any, lang: str, **options: Any) -> str:
    """Return what a result of generated data says, as a Markdown list that begins by saying so."""
    return bullets(f"{say('review.illustrative', lang)}\n{result.text(lang, **options)}")


def same(fit: DriverFit, lang: str) -> str:
    """Return that another package gives the first estimate of a fit."""
    return say("brief.same", lang, **fit.table.loc[0, ["estimate", "se", "n"]])


def counts(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what the main target asks in the counts behind its rate, as a Markdown list; "" where they are not known."""
    return bullets(counts_behind(card, known).text(lang), led=True)


def to_do(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what can be done at once, as a Markdown list; "" for nothing."""
    return bullets("\n".join(actions(card, known, lang)), led=True)


def timeline_shown(card: Scorecard, known: Facts, lang: str) -> list[Any]:
    """Return the picture of targets against results and its sentence; nothing where no target is known."""
    found = timeline(card, known)
    if found is None or found.table["low"].isna().all():
        return []
    said = [Said(escape(found.text(lang)))] if found.text(lang) else []
    source = "" if known.cutoff == card.as_of else say("plot.later", lang)
    return [draw_timeline(found, lang, source=source), *said]


def standing_shown(known: Facts, place: str, lang: str) -> list[Any]:
    """Return where a place stands among its sisters, and the table of those next to it; nothing where that is not known."""
    found = standing(known, place)
    return [] if found is None else [Said(escape(found.text(lang))), like_places(found, lang)]


def around(known: Facts, place: str, lang: str) -> list[Any]:
    """Return the map of the places around one; nothing without a map of tiles."""
    found = standing(known, place)
    picture = None if found is None else tile_picture(found, known, lang)
    return [picture] if picture else []


def unknowns(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what is not known of targets and who holds it, a target a line, and why there is no forecast, as a Markdown list."""
    found = {one.target.target: one for one in reversed(card.details) if one.reason}
    lines = [
        say(
            "sheet.missing",
            lang,
            wording=one.target.wording[lang],
            need=settled(one, lang) or say(f"brief.need.{one.reason}", lang),
        )
        for one in reversed(found.values())
    ]
    return bullets("\n".join([*lines, *_not_forecast(known, card.place, lang)]), led=True)


def _not_forecast(known: Facts, place: str, lang: str) -> list[str]:
    """Return why there is no forecast or no peer, where that is so."""
    outcome = known.outcome(place)
    if outcome is None:
        return [say("brief.no_outcome", lang, place=place)]
    group = known.peer_group(outcome, place)
    lines = [] if outlook(known, place) else [say("brief.no_outlook", lang)]
    return lines if group.places else [*lines, group.text(lang)]


def publishers(known: Facts, card: Scorecard, lang: str) -> str:
    """Return who published what the answer rests on, each once, as HTML folded under how many sources; "" without any."""
    used = cited(known, card, outlook(known, card.place))
    names = dict.fromkeys(row.publisher or row.title for row in used.itertuples())
    head = html.escape(say("sheet.sources", lang, n=len(used)))
    return (
        f"<details><summary>{head}</summary><p>{html.escape(', '.join(names))}</p></details>" if names else ""
    )


def asked(known: Facts) -> list[str]:
    """Return the indicators of the drivers and levers that a package declares."""
    names = [*(one.indicator for one in declared(known).values()), *known.levers["indicator"]]
    return [*dict.fromkeys(filter(None, names))]


def outlook_text(ahead: Forecast | None, known: Facts, lang: str) -> str:
    """Return what the forecast says, who its peers are and whether their figures were smoothed, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    indicator, place = ahead.series.indicator, ahead.series.place
    text = ahead.text(lang, labels={indicator: known.title(indicator, lang, short=True)})
    lines = [text, known.peer_group(indicator, place).text(lang)]
    table = smoothness(panel_of(known, indicator, place).largest.numbered, units="pct").table
    some = table.loc[table["verdict"] == "smoothed", ["changes", "rises", "falls"]]
    if ahead.peers and len(some):
        changes, rises, falls = some.sum().tolist()
        lines.append(say("brief.smooth", lang, counted=counted(changes, rises, falls, lang)))
    return bullets("\n".join(lines))


def how_much(known: Facts, facts: Facts, lang: str) -> str:
    """Return how many of all facts were known, as a sentence."""
    return say("brief.how_much", lang, known=len(known.table), every=len(facts.table))


def near(record: Backtest | None, ahead: Forecast | None) -> Backtest | None:
    """Return the part of a record that started from a level like that of a forecast, where it is enough."""
    method = way(record)
    if record is None or method is None or ahead is None:
        return record
    return record.near(float(ahead.series.values[-1]), method)


def record_text(record: Backtest | None, known: Facts, lang: str) -> str:
    """Return how forecasts like that of the place did, in a sentence, or that nothing shows it."""
    method = way(record)
    if record is None or method is None:
        return say("brief.no_record", lang)
    names = dict.fromkeys(name.partition("@")[0] for name in record.indicators)
    told = figures(record, method)
    told["titles"] = "; ".join(known.title(name, lang, short=True) for name in names)
    told["near"] = say("brief.near", lang, near=words) if (words := near_words(record, lang)) else ""
    told["faster"] = say("brief.faster", lang) if told["below"] > 60 else ""
    return escape(say("brief.track", lang, **told))


def shock_text(known: Facts, facts: Facts, ahead: Forecast | None, lang: str) -> str:
    """Return how the year that was forecast treated the peers together and like places, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    lines, indicator, came = [], ahead.series.indicator, came_to(ahead, facts)
    # From what was known then, and of the year alone: from what the peers had reached just before it.
    eve = facts.as_of(f"{ahead.year}-12-31") if facts.cutoff is None else facts
    for view in (known, eve):
        with suppress(LookupError, ValueError):
            of_year = shock(view, facts, indicator, ahead.year, ahead.series.place)
            lines += of_year.text(lang).splitlines()
    if came is not None and lines and 0 < came < 100 and ahead.horizon == 1:
        own, common = gap(ahead, came), of_year.table["gap"].iloc[-1]
        told = {"year": ahead.year, "place": ahead.series.place, "own": abs(own), "gap": abs(common)}
        # A part of a gap is told only where both point the same way.
        if own * common > 0:
            key = "outcome.common" if own > 0 else "outcome.common_below"
            lines.append(say(key, lang, share=100 * common / own, **told))
    if came is not None:
        last = ahead.series.values[-1]
        with suppress(ValueError):
            like = comparable_changes(
                known.peers(indicator, ahead.series.place), last, years=ahead.horizon, units="pct"
            )
            starts, change = like.table["start"], came - last
            told = {
                "n": like.n,
                "low": starts.min(),
                "high": starts.max(),
            }
            moved = "falls" if change < 0 else "rises"
            told["moved"] = say(f"brief.like_places_{moved}", lang, change=abs(change))
            told |= {"share": 100 * like.share(at_least=round(change, 6))}
            lines.append(say("brief.like_places", lang, **told))
    return bullets("\n".join(lines)) or say("brief.no_afterwards", lang)


def gap(ahead: Forecast, came: float) -> float:
    """Return how far ``came`` (percent) lies above the median of a Forecast, in log-odds."""
    return float(to_scale(came, "log_odds") - to_scale(ahead.level_at(0.5), "log_odds"))
