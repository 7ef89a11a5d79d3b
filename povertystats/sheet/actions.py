"""What to do now: what the figures carry without saying that anything causes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.sheet.counts import about, total_of
from povertystats.sheet.dots import asked, in_one, printed
from povertystats.words.wording import date, moment, number, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.kinds.target import Target
    from povertystats.targets.assessment import Assessment
    from povertystats.targets.scorecard import Scorecard

# A look again sooner than so many days changes nothing.
_SOON = 30


def actions(card: Scorecard, known: Facts, lang: str) -> list[str]:
    """Return what can be done at once, a sentence each: the wording put right, lists by name, figures asked for, a day to look again.

    None of them says what lowers a rate. Each rests on the scorecard and the package; what they do not carry is left out.
    """
    found = [*_wording(card, lang), *_by_place(card, known, lang), *_by_name(card, known, lang)]
    lacking = [one for one in card.details if one.reason and one.target.settled_by[lang]]
    if lacking:
        found.append(say("sheet.ask", lang))
    return [*found, *_again(card, known, lang)]


def _wording(card: Scorecard, lang: str) -> Iterator[str]:
    """Yield what an announcement should say instead, where evidence speaks against how it was printed."""
    main = [found for found in card.details if found.target.target == card.main]
    targets = [found.target for found in main if found.target.meant]
    meant = (in_one(targets, lang) or asked(targets[0], lang)) if targets else ""
    for found in main if meant else []:
        row = card.table.iloc[card.details.index(found)]
        if not found.target.meant and pd.notna(row["required_change"]):
            change = quantity(abs(row["required_change"]), str(row["required_unit"]), lang)
            told = {"printed": printed(found.target, lang), "meant": meant, "asked": change}
            yield say("sheet.correct", lang, **told)


def _by_place(card: Scorecard, known: Facts, lang: str) -> Iterator[str]:
    """Yield what a target of other places asks of each of them in counts, and for which that is not known."""
    told: dict[str, list[tuple[float, str]]] = {}
    lacking: dict[str, None] = {}
    for target, row in zip(card.targets, card.table.itertuples(), strict=True):
        if _elsewhere(target, card.place) and target.meant and target.of == "each":
            for place in target.places:
                count = _count(known, target, place, row)
                if count is None:
                    lacking[place] = None
                else:
                    told.setdefault(place, []).append(count)
    if told:
        each = "; ".join(
            say("sheet.by_place_one", lang, place=place, counts=_span(counts, lang))
            for place, counts in told.items()
        )
        rest = say("sheet.by_place_lacking", lang, places=", ".join(lacking)) if lacking else ""
        yield say("sheet.by_place", lang, each=each, rest=rest)


def _count(known: Facts, target: Target, place: str, row: Any) -> tuple[float, str] | None:
    """Return the count that a change of a rate in a place is, with its unit; None where the counts are not known."""
    total = total_of(known, target.indicator, place)
    if total is None or target.kind != "change" or row.required_unit != "pp":
        return None
    return abs(about(target.bound / 100 * total[0])), total[1]


def _span(counts: list[tuple[float, str]], lang: str) -> str:
    low, high = min(counts), max(counts)
    if low[0] == high[0]:
        return quantity(low[0], low[1], lang)
    return say("probability.range", lang, low=number(low[0], lang, 0), high=quantity(high[0], high[1], lang))


def _by_name(card: Scorecard, known: Facts, lang: str) -> Iterator[str]:
    """Yield whom to list by name: those whom a target of other places and one that leaves nobody out speak of."""
    places = dict.fromkeys(
        place for one in card.targets if _elsewhere(one, card.place) and one.meant for place in one.places
    )
    items = [say("sheet.list_places", lang, places=", ".join(places))] if places else []
    items += [_left(one, known, lang) for one in card.details if one.target.kind == "all_of" and one.figures]
    if items:
        yield say("sheet.lists", lang, items="; ".join(items))


def _left(found: Assessment, known: Facts, lang: str) -> str:
    series = found.figures[0]
    when = moment(series.latest["period"], series.latest["year"], lang)
    title = known.title(series.indicator, lang)
    told = {"title": title[:1].lower() + title[1:], "when": when}
    return say("sheet.list_left", lang, count=quantity(series.latest["value"], series.unit, lang), **told)


def _again(card: Scorecard, known: Facts, lang: str) -> Iterator[str]:
    """Yield a day to look again: the end of the next quarter, before the target's year is over."""
    years = [one.year for one in card.targets]
    if known.cutoff is None or not years or min(years) < known.cutoff.year:
        return
    ends = pd.date_range(known.cutoff, f"{min(years)}-12-30", freq="QE")
    after = [end.date() for end in ends if (end.date() - known.cutoff).days >= _SOON]
    if after and min(years) == known.cutoff.year:
        yield say("sheet.again", lang, day=date(after[0], lang), year=min(years))
    else:
        yield say("sheet.again_next", lang, year=min(years))


def _elsewhere(target: Target, place: str) -> bool:
    return target.places != (place,)
