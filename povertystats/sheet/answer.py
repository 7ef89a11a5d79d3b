"""The first words of the brief: the answer in a sentence, which reading was meant, how sure it is, and what came of it."""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.drivers.declared import driver_fits
from povertystats.exhibits.target_plot import by_year as draw_by_year
from povertystats.forecasts.outlook import outlook
from povertystats.records.backtest import past_record, way
from povertystats.records.record_text import near_words
from povertystats.sheet.driver_sections import which_driver
from povertystats.targets.likely import likely as what_is_likely
from povertystats.targets.outcome import came_to, outcomes
from povertystats.targets.verdict import by_year, chance, latest, own_range
from povertystats.targets.verdict import meant as readings_meant
from povertystats.words.markdown import bullets, escape
from povertystats.words.wording import probability, say

if TYPE_CHECKING:
    from povertystats.drivers.result import DriverFit
    from povertystats.exhibits.picture import Picture
    from povertystats.facts.facts import Facts
    from povertystats.kinds.target import Target
    from povertystats.records.backtest_result import Backtest
    from povertystats.targets.outcome import Outcomes
    from povertystats.targets.scorecard import Scorecard


def answer(
    card: Scorecard,
    known: Facts,
    lang: str,
    *,
    fits: dict[str, DriverFit] | None = None,
    later: Facts | None = None,
) -> str:
    """Return the brief's first words in Markdown: a heading, the day, and the answer as a block quote.

    One sentence with the chance of each reading of the main target, else what is likely; then which reading was meant,
    how sure that is, which drivers, what is not known, and what came of it. ``fits``: those of ``driver_fits``, worked
    out when left out. ``later``: the Facts of a later day, for what came.
    """
    said = headline(card, lang)
    first = said if _probable(card) else likely(card, known, lang) or said
    about = {"targets": said if said != first else "", "meant": meant(card, lang)}
    about["sure"] = " ".join(sure(card, known, lang))
    about["drivers"] = which_driver(driver_fits(known) if fits is None else fits, known, lang)
    about["unknown"] = not_assessable(card, lang)
    if later is not None:
        about["came"] = came(outcomes(card, later), lang) or came_instead(card, known, later, lang)
    lines = [f"**{escape(first)}**"]
    lines += [
        say("brief.line", lang, label=say(f"brief.label.{label}", lang), text=escape(text))
        for label, text in about.items()
        if text
    ]
    years = sorted({target.year for target in card.targets})
    kind, span = ("title", "–".join(map(str, sorted({years[0], years[-1]})))) if years else ("title_none", "")
    title = escape(say(f"brief.{kind}", lang, place=card.place, years=span))
    quote = "\n>\n".join(f"> {line}" for line in lines)
    return f"## {title}\n\n{say('brief.known', lang, day=card.day(lang))}\n\n{quote}"


def likely(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what the rate that pages speak of is likely to be, beside its last figure; "" where none can be forecast."""
    found = what_is_likely(known, card.place)
    return "" if found.ahead is None else say("brief.likely", lang, **found.values(lang))


def headline(card: Scorecard, lang: str) -> str:
    """Return in one sentence the chance of each reading of the main target, or else what ``Scorecard.headline`` says."""
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
    return [(target, row) for target, row in _main(card) if row.verdict == "probable"]


def _wordings(targets: list[Target], card: Scorecard, lang: str) -> list[str]:
    """Return the wordings of readings of the main target: after the first, without the words that all begin with."""
    every = [target.wording[lang] for target, _ in _main(card)]
    shared = commonprefix(every).rpartition(" ")[0] if len(every) > 1 else ""
    own = [target.wording[lang] for target in targets]
    return own[:1] + [wording.removeprefix(shared).lstrip() for wording in own[1:]]


def by_year_plot(card: Scorecard, lang: str) -> Picture | None:
    """Return the picture of the main target's chances by kind of year; None where they hardly differ, or nothing is shared."""
    meant_ones = readings_meant(card.details, card.main)
    found = [(one.target.wording[lang], one.by_year) for one in meant_ones if one.by_year]
    found = [(wording, years) for wording, years in found if not years.hardly]
    return draw_by_year(found, lang) if found else None


def by_year_text(card: Scorecard, lang: str) -> str:
    """Return how the answer hangs on what kind of year all places have, as a Markdown list; "" where there is no answer."""
    return bullets("\n".join(by_year(card, lang)))


def meant(card: Scorecard, lang: str) -> str:
    """Return which readings of the main target have evidence, and why not the others; "" where all or none have it."""
    readings = [target for target, _ in _main(card)]
    good, others = ([t for t in readings if t.meant is kind] for kind in (True, False))
    if not good or not others:
        return ""
    told = {"meant": "; ".join(_wordings(good, card, lang))}
    return " ".join(
        say("brief.meant", lang, wording=t.wording[lang], evidence=t.evidence[lang], **told) for t in others
    )


def sure(card: Scorecard, known: Facts, lang: str) -> list[str]:
    """Return what the own trend alone would say of the readings that were meant, and how such forecasts did before."""
    meant_ones = [target.meant for target, _ in _probable(card)]
    rows = [(target, row) for target, row in _probable(card) if target.meant or not any(meant_ones)]
    rows = [(target, row) for target, row in rows if pd.notna(row.own) and pd.notna(row.own_points)]
    wordings = _wordings([target for target, _ in rows], card, lang)
    ranges = [
        say("brief.own_reading", lang, wording=wording, range=own_range(row, lang))
        for wording, (_, row) in zip(wordings, rows, strict=True)
    ]
    own = [say("brief.own", lang, place=card.place, ranges="; ".join(ranges))] if ranges else []
    ahead = outlook(known, card.place)
    level = None if ahead is None else float(ahead.series.values[-1])
    return [*own, *track(past_record(known, card.place), known, lang, level)]


def not_assessable(card: Scorecard, lang: str) -> str:
    """Return which targets cannot be assessed in any reading, and which were met but may not last; "" for none."""
    unknown = card.table["verdict"].eq("not_assessable").groupby(card.table["target"], sort=False).all()
    first = {target.target: target.wording[lang] for target in reversed(card.targets)}
    wordings = [first[target] for target, lacks in unknown.items() if lacks]
    lines = []
    if wordings:
        told = {"n": len(wordings), "every": len(unknown), "wordings": "; ".join(wordings)}
        lines.append(say("brief.unknown", lang, **told))
    met = card.table[card.table["verdict"].eq("already_met") & card.table["probability"].isna()]
    wordings = [first[target] for target in met["target"].unique()]
    if wordings:
        lines.append(say("brief.last_met", lang, n=len(wordings), wordings="; ".join(wordings)))
    return " ".join(lines)


def came(known_later: Outcomes, lang: str) -> str:
    """Return what came of the readings of the main target in ``Outcomes``, once a final figure is known; else ""."""
    rows = zip(known_later.card.targets, known_later.table.itertuples(), known_later.details, strict=True)
    told = [
        (target, row, found)
        for target, row, found in rows
        if target.target == known_later.card.main and row.verdict == "probable" and row.outcome != "unknown"
    ]
    if not told:
        return ""
    target, row, found = told[0]
    chances = "; ".join(probability(chance(row), lang) for _, row, _ in told)
    outcomes_of = {row.outcome for _, row, _ in told}
    if len(outcomes_of) == 1:
        verdict = say(f"brief.all_{outcomes_of.pop()}", lang, chances=chances)
    else:
        wordings = _wordings([target for target, *_ in told], known_later.card, lang)
        verdict = "; ".join(
            say(f"brief.outcome_{row.outcome}", lang, wording=wording, p=chance(row))
            for wording, (_, row, _) in zip(wordings, told, strict=True)
        )
    about = {"year": row.year, "value": latest(found, lang), "verdict": verdict}
    # From the figure of the last year that was known then, as it is known now.
    series = next(one for one, figure in found.of_year if figure.value == row.value)
    said = known_later.card.table.set_index(["target", "reading"]).loc[(target.target, target.reading)]
    before = series.table.set_index("year")["value"].get(said["latest_year"])
    if before is None:
        return say("brief.outcome_alone", lang, **about)
    return say("brief.outcome", lang, change=row.value - before, **about)


def came_instead(card: Scorecard, known: Facts, later: Facts, lang: str) -> str:
    """Return what came of the forecast of a place whose targets have no outcome; "" where nothing is known of it."""
    ahead = outlook(known, card.place)
    value = None if ahead is None else came_to(ahead, later)
    if ahead is None or value is None:
        return ""
    low, high = ahead.interval(0.80)
    where = "below" if value < low else "above" if value > high else "inside"
    return say(f"brief.came_{where}", lang, year=ahead.year, value=value, low=low, high=high)


def track(record: Backtest | None, known: Facts, lang: str, level: float | None = None) -> list[str]:
    """Return in sentences how such forecasts did at earlier dates, from a level like that given; none without a record."""
    method = way(record)
    if record is None or method is None:
        return []
    like = record if level is None else record.near(level, method)
    row = like.table.set_index("method").loc[method]
    years = like.by_year[like.by_year["method"] == method]
    worst = years.loc[years["mae"].idxmax()]
    names = dict.fromkeys(name.partition("@")[0] for name in record.indicators)
    titles = [known.title(name, lang, short=True) for name in names]
    told = {"titles": "; ".join(titles), "places": row["places"], "years": len(years), "mae": row["mae"]}
    told |= {"held": 100 * row["coverage80"], "below": 100 * row["below"]}
    told |= {"worst": worst["year"], "missed": worst["mae"]}
    told["ahead"] = row["horizon"]
    told["near"] = say("brief.near", lang, near=near) if (near := near_words(like, lang)) else ""
    told["faster"] = say("brief.faster", lang) if row["below"] > 0.6 else ""
    return [say("brief.track", lang, **told)]
