"""The first words of the sheet: the target, how likely it is, and how sure that is."""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from povertystats.forecasts.outlook import outlook
from povertystats.records.backtest import past_record, way
from povertystats.records.record_text import figures
from povertystats.sheet.banner import banner
from povertystats.targets.likely import likely as what_is_likely
from povertystats.targets.verdict import chance
from povertystats.targets.verdict import meant as readings_meant
from povertystats.words.markdown import escape
from povertystats.words.wording import moment, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.kinds.target import Target
    from povertystats.records.backtest_result import Backtest
    from povertystats.targets.scorecard import Scorecard


def answer(card: Scorecard, known: Facts, lang: str, *, later: Facts | None = None) -> str:
    """Return the sheet's first words in Markdown: a heading, what is known by now, the day, and the answer as a block quote.

    One sentence with the chance of each reading of the main target that was meant, else what is likely; then where
    the rate stands and is expected. ``later``: the Facts of a later day, for the banner.
    """
    said = headline(card, lang)
    first = said if _probable(card) else likely(card, known, lang) or said
    lines = [f"**{escape(first)}**"]
    lines += [escape(said)] if said != first else []
    lines += [escape(told) for told in _from_to(card, known, lang) if _probable(card)]
    years = sorted({target.year for target in card.targets})
    kind, span = ("title", "–".join(map(str, sorted({years[0], years[-1]})))) if years else ("title_none", "")
    title = escape(say(f"brief.{kind}", lang, place=card.place, years=span))
    now = "" if later is None else banner(card, known, later, lang)
    quote = "\n>\n".join(f"> {line}" for line in lines)
    parts = [f"## {title}", now, say("brief.known", lang, day=card.day(lang)), quote]
    return "\n\n".join(filter(None, parts))


def _from_to(card: Scorecard, known: Facts, lang: str) -> list[str]:
    """Return where the main target's rate stands and where it is expected, in a sentence; none without a forecast of its year."""
    found, main = what_is_likely(known, card.place), [target for target, _ in _main(card)]
    ahead = found.ahead
    if ahead is None or (ahead.series.indicator, ahead.year) not in {
        (one.indicator, one.year) for one in main
    }:
        return []
    last = known.series(ahead.series.indicator, place=card.place).latest
    return [say("sheet.from_to", lang, when=moment(last["period"], last["year"], lang), **found.values(lang))]


def likely(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what the rate that pages speak of is likely to be, beside its last figure; "" where none can be forecast."""
    found = what_is_likely(known, card.place)
    return "" if found.ahead is None else say("brief.likely", lang, **found.values(lang))


def headline(card: Scorecard, lang: str) -> str:
    """Return in one sentence the chance of each reading of the main target that was meant, or else what ``Scorecard.headline`` says."""
    rows = _probable(card)
    if not rows:
        return card.headline(lang).splitlines()[0]
    wordings = _wordings([target for target, _ in rows], card, lang)
    readings = [
        say("brief.reading", lang, wording=wording, p=chance(row))
        for wording, (_, row) in zip(wordings, rows, strict=True)
    ]
    return f"{'; '.join(readings)}."


def _main(card: Scorecard) -> list[tuple[Target, Any]]:
    """Return the readings of the main target with their rows."""
    rows = zip(card.targets, card.table.itertuples(), strict=True)
    return [(target, row) for target, row in rows if target.target == card.main]


def _probable(card: Scorecard) -> list[tuple[Target, Any]]:
    """Return those that have a chance: the ones that were meant, where the evidence says so of any."""
    rows = [(target, row) for target, row in _main(card) if row.verdict == "probable"]
    return [(target, row) for target, row in rows if target.meant] or rows


def _wordings(targets: list[Target], card: Scorecard, lang: str) -> list[str]:
    """Return the wordings of readings of the main target: after the first, without the words that all begin with."""
    every = [target.wording[lang] for target, _ in _main(card)]
    shared = commonprefix(every).rpartition(" ")[0] if len(every) > 1 else ""
    own = [target.wording[lang] for target in targets]
    return own[:1] + [wording.removeprefix(shared).lstrip() for wording in own[1:]]


def sure(card: Scorecard, known: Facts, lang: str) -> str:
    """Return how sure the answer is, in at most two sentences: the kind of year, and how such forecasts did before."""
    told = [one.by_year for one in readings_meant(card.details, card.main) if one.by_year]
    lines = [say("sheet.shared", lang, shared=100 * told[0].shared)] if told and not told[0].hardly else []
    ahead = outlook(known, card.place)
    level = None if ahead is None else float(ahead.series.values[-1])
    return " ".join([*track(past_record(known, card.place), lang, level), *lines])


def track(record: Backtest | None, lang: str, level: float | None = None) -> list[str]:
    """Return in a sentence how such forecasts did at earlier dates, from a level like that given; none without a record."""
    method = way(record)
    if record is None or method is None:
        return []
    like = record if level is None else record.near(level, method)
    near = say("sheet.near", lang) if like.band is not None and like.alike else ""
    return [say("sheet.track", lang, near=near, **figures(like, method))]
