"""The first words of the sheet: the target, how likely it is, and how sure that is."""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from povertystats.forecasts.outlook import outlook
from povertystats.records.backtest import past_record, way
from povertystats.records.record_text import figures
from povertystats.sheet.banner import banner
from povertystats.sheet.dots import asked, in_one, printed
from povertystats.targets.likely import likely as what_is_likely
from povertystats.targets.verdict import chance
from povertystats.targets.verdict import meant as readings_meant
from povertystats.words.markdown import escape
from povertystats.words.wording import moment, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.target import Target
    from povertystats.records.backtest_result import Backtest
    from povertystats.targets.scorecard import Scorecard


def answer(card: Scorecard, known: Facts, lang: str, *, later: Facts | None = None) -> str:
    """Return the sheet's first words in Markdown: a heading, what is known by now, the day, and the answer as a block quote.

    What the main target asks and how likely that is, else what is likely; then where the rate stands and is expected.
    ``later``: the Facts of a later day, for the banner.
    """
    told = target_and_chance(card, known, lang)
    if told:
        lines = [
            "<br> ".join([*map(_led, told[:2]), *map(escape, told[2:])]),
            *map(escape, _from_to(card, known, lang)),
        ]
    else:
        said = headline(card, known, lang)
        first = likely(card, known, lang) or said
        lines = [f"**{escape(first)}**", *([escape(said)] if said != first else [])]
    years = sorted({target.year for target in card.targets})
    kind, span = ("title", "–".join(map(str, sorted({years[0], years[-1]})))) if years else ("title_none", "")
    title = escape(say(f"brief.{kind}", lang, place=card.place, years=span))
    now = "" if later is None else banner(card, known, later, lang)
    quote = "\n>\n".join(f"> {line}" for line in lines)
    parts = [f"## {title}", now, say("brief.known", lang, day=card.day(lang)), quote]
    return "\n\n".join(filter(None, parts))


def _led(line: str) -> str:
    """Return a line in Markdown whose first part is bold: what stands before a bracket, or all of it."""
    head, bracket, rest = escape(line).partition(" (")
    return f"**{head}**{bracket}{rest}"


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


def headline(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what ``target_and_chance`` says in a row, or else what ``Scorecard.headline`` says."""
    return " ".join(target_and_chance(card, known, lang)) or card.headline(lang).splitlines()[0]


def target_and_chance(card: Scorecard, known: Facts, lang: str) -> list[str]:
    """Return what the main target asks, then the chance of each of its readings that were meant; nothing without a chance.

    Readings that ask for less and for more of one change are one target, from its least to its most, and the chance is
    that of the least; other readings are told one by one.
    """
    if not (told := _probable(card)):
        return []
    (least, row), *others = sorted(told, key=lambda one: abs(one[0].bound))
    targets = [target for target, _ in told]
    meant = in_one(targets, lang)
    if not meant:
        said = zip(_wordings(targets, card, lang), told, strict=True)
        return [say("brief.reading", lang, wording=wording, p=chance(one)) for wording, (_, one) in said]
    not_so = [printed(target, lang) for target, _ in _main(card) if not target.meant]
    about = {"year": least.year, "name": known.title(least.indicator, lang, short=True), "asked": meant}
    about["not_so"] = say("sheet.not_so", lang, printed=not_so[0]) if not_so else ""
    lines = [say("sheet.target", lang, **about)]
    lines.append(say("sheet.chance", lang, asked=asked(least, lang), p=chance(row)))
    for target, one in others:
        amount = quantity(abs(target.bound), target.unit, lang)
        lines.append(say("sheet.chance_full", lang, amount=amount, p=chance(one)))
    return lines


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
    """Return how sure the answer is, as Markdown: how far off such forecasts were, beside how near the target is; the kind of year."""
    told = [one.by_year for one in readings_meant(card.details, card.main) if one.by_year]
    lines = [say("sheet.shared", lang, shared=100 * told[0].shared)] if told and not told[0].hardly else []
    ahead = outlook(known, card.place)
    level = None if ahead is None else float(ahead.series.values[-1])
    record = past_record(known, card.place)
    first = near(card, ahead, record, lang)
    if first:
        head, _, rest = escape(first).partition(": ")
        return " ".join([f"**{head}:** {rest}", *map(escape, lines)])
    return " ".join(map(escape, [*track(record, lang, level), *lines]))


def near(card: Scorecard, ahead: Forecast | None, record: Backtest | None, lang: str) -> str:
    """Return in a sentence that the forecast lies nearer to the target than such forecasts came to their outcomes; "" where it does not."""
    rows, method = _probable(card), way(record)
    if not rows or ahead is None or record is None or method is None:
        return ""
    target, row = min(rows, key=lambda one: abs(one[0].bound))
    if (target.indicator, target.year, row.required_unit) != (ahead.series.indicator, ahead.year, "pp"):
        return ""
    like = record.near(float(ahead.series.values[-1]), method)
    told, goal = figures(like, method), row.latest_value + row.required_change
    gap = abs(ahead.level_at(0.5) - goal)
    if round(gap, 1) >= told["mae"]:
        return ""
    alike = say("sheet.near", lang) if like.band is not None and like.alike else ""
    about = {"near": alike, "gap": gap, "goal": goal, "median": ahead.level_at(0.5)}
    return say("sheet.not_sure", lang, **about, **told)


def track(record: Backtest | None, lang: str, level: float | None = None) -> list[str]:
    """Return in a sentence how such forecasts did at earlier dates, from a level like that given; none without a record."""
    method = way(record)
    if record is None or method is None:
        return []
    like = record if level is None else record.near(level, method)
    near = say("sheet.near", lang) if like.band is not None and like.alike else ""
    return [say("sheet.track", lang, near=near, **figures(like, method))]
