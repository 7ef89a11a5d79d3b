"""The pieces of the advisors' brief, each ready to be shown by a notebook in either language."""

from __future__ import annotations

import re
from contextlib import suppress
from os.path import commonprefix
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.drivers.declared import driver_fits
from povertystats.forecasts.backtest import WAY
from povertystats.forecasts.backtest import past_record as past_record
from povertystats.forecasts.outlook import four_ways as four_ways
from povertystats.forecasts.outlook import outlook as outlook
from povertystats.forecasts.outlook import poverty_series
from povertystats.forecasts.reference_class import comparable_changes
from povertystats.forecasts.scores import to_scale
from povertystats.pages.findings import drivers_plot as drivers_plot
from povertystats.pages.findings import drivers_text as drivers_text
from povertystats.pages.findings import illustrative as illustrative
from povertystats.pages.findings import listed as listed
from povertystats.pages.findings import same as same
from povertystats.pages.findings import which_driver
from povertystats.targets.goals import goals as goals
from povertystats.targets.outcome import came_to, outcomes, shock
from povertystats.targets.sources import cited
from povertystats.targets.verdict import latest, own_range
from povertystats.words.errors import NotFound
from povertystats.words.languages import Words
from povertystats.words.markdown import bullets, escape
from povertystats.words.wording import dated, probability, say

if TYPE_CHECKING:
    from povertystats.drivers.result import DriverFit
    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.backtest_result import Backtest
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.outcome import Outcomes
    from povertystats.targets.scorecard import Scorecard

# The yearly review of poor households: the measure that targets are set in.
_REVIEW = "poor_household_pct"


def answer(
    card: Scorecard,
    known: Facts,
    lang: str,
    *,
    fits: dict[str, DriverFit] | None = None,
    later: Facts | None = None,
) -> str:
    """Return the brief's first words in Markdown: a heading, the day, and the answer as a block quote.

    One sentence with the chance of each reading; then which reading was meant, how sure that is, which drivers, what
    is not known, and what came of it. ``fits``: those of ``driver_fits``, worked out when left out. ``later``: the
    Facts of a later day, for what came.
    """
    about = {"meant": meant(card, lang), "sure": " ".join(sure(card, past_record(known), lang))}
    about["drivers"] = which_driver(driver_fits(known) if fits is None else fits, known, lang)
    about["unknown"] = not_assessable(card, lang)
    if later is not None:
        about["came"] = came(outcomes(card, later), lang)
    lines = [f"**{escape(headline(card, lang))}**"]
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


def headline(card: Scorecard, lang: str) -> str:
    """Return in one sentence the chance of each reading of the poverty target, or else what ``Scorecard.headline`` says."""
    rows = [(target, row) for target, row in _poverty(card) if row.verdict == "probable"]
    if not rows:
        return card.headline(lang).splitlines()[0]
    wordings = _wordings([target for target, _ in rows], card, lang)
    readings = [
        say("brief.reading", lang, wording=wording, p=row.probability)
        for wording, (_, row) in zip(wordings, rows, strict=True)
    ]
    return f"{'; '.join(readings)}."


def _poverty(card):
    rows = zip(card.targets, card.table.itertuples(), strict=True)
    return [(target, row) for target, row in rows if target.target == "poverty"]


def _wordings(targets, card, lang):
    """Return the wordings of readings of the poverty target: after the first, without the words that all begin with."""
    every = [target.wording[lang] for target, _ in _poverty(card)]
    shared = commonprefix(every).rpartition(" ")[0] if len(every) > 1 else ""
    own = [target.wording[lang] for target in targets]
    return own[:1] + [wording.removeprefix(shared).lstrip() for wording in own[1:]]


def meant(card: Scorecard, lang: str) -> str:
    """Return which readings of the poverty target have evidence, and why not the others; "" where all or none have it."""
    readings = [target for target, _ in _poverty(card)]
    good, others = ([t for t in readings if t.meant is kind] for kind in (True, False))
    if not good or not others:
        return ""
    told = {"meant": "; ".join(_wordings(good, card, lang))}
    return " ".join(
        say("brief.meant", lang, wording=t.wording[lang], evidence=t.evidence[lang], **told) for t in others
    )


def sure(card: Scorecard, record: Backtest | None, lang: str) -> list[str]:
    """Return what the own trend alone would say of the readings that were meant, and how such forecasts did before."""
    rows = [(target, row) for target, row in _poverty(card) if row.verdict == "probable" and target.meant]
    rows = [(target, row) for target, row in rows if pd.notna(row.own) and pd.notna(row.own_points)]
    wordings = _wordings([target for target, _ in rows], card, lang)
    ranges = [
        say("brief.own_reading", lang, wording=wording, range=own_range(row, lang))
        for wording, (_, row) in zip(wordings, rows, strict=True)
    ]
    own = [say("brief.own", lang, place=card.place, ranges="; ".join(ranges))] if ranges else []
    return [*own, *track(record, lang)]


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
    """Return what came of the readings of the poverty target in ``Outcomes``, once a final figure is known; else ""."""
    rows = zip(known_later.card.targets, known_later.table.itertuples(), known_later.details, strict=True)
    told = [
        (target, row, found)
        for target, row, found in rows
        if target.target == "poverty" and row.verdict == "probable" and row.outcome != "unknown"
    ]
    if not told:
        return ""
    target, row, found = told[0]
    chances = "; ".join(probability(row.probability, lang) for _, row, _ in told)
    outcomes_of = {row.outcome for _, row, _ in told}
    if len(outcomes_of) == 1:
        verdict = say(f"brief.all_{outcomes_of.pop()}", lang, chances=chances)
    else:
        wordings = _wordings([target for target, *_ in told], known_later.card, lang)
        verdict = "; ".join(
            say(f"brief.outcome_{row.outcome}", lang, wording=wording, p=row.probability)
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


def track(record: Backtest | None, lang: str) -> list[str]:
    """Return in a sentence how such forecasts did at earlier dates; none without a record of them."""
    if record is None or WAY not in set(record.table["method"]):
        return []
    row, years = record.table.set_index("method").loc[WAY], record.by_year[record.by_year["method"] == WAY]
    worst = years.loc[years["mae"].idxmax()]
    told = {"places": row["places"], "years": len(years), "mae": row["mae"], "held": 100 * row["coverage80"]}
    told |= {"below": 100 * row["below"], "worst": worst["year"], "missed": worst["mae"]}
    told["faster"] = say("brief.faster", lang) if row["below"] > 0.6 else ""
    return [say("brief.track", lang, **told)]


def unknowns(card: Scorecard, known: Facts, lang: str) -> str:
    """Return what is not known and what would settle it, as a Markdown list: targets, the review, levers."""
    lines = [
        say(
            "brief.settle",
            lang,
            wording=found.target.wording[lang],
            reason=say(f"scorecard.reason.{found.reason}", lang, **found.values),
            need=say(f"brief.need.{found.reason}", lang),
        )
        for found in card.details
        if found.reason
    ]
    places = set(known.panel([_REVIEW], standard="any")["place"])
    n, every = len(places & set(known.places.provinces)), len(known.places.provinces)
    lines += [say("brief.review", lang, n=n, every=every)] if n < every else []
    lacking = known.levers[known.levers["measure"] != "proxy"]
    groups = [
        say(
            "brief.unmeasured_group",
            lang,
            measure=say(f"brief.measure.{measure}", lang),
            # Seven names of what nobody counts would say no more than their number.
            names=len(levers) if measure == "not_measured" else ", ".join(_titles(levers, lang)),
        )
        for measure, levers in lacking.groupby("measure", sort=False)
    ]
    if groups:
        told = {"n": len(lacking), "every": len(known.levers), "groups": "; ".join(groups)}
        lines.append(say("brief.unmeasured", lang, **told))
    return bullets("\n".join(lines))


def _titles(rows, lang):
    return [Words.of(row, "title_")[lang] for row in rows.to_dict("records")]


def sources(known: Facts, card: Scorecard, ahead: Forecast | None, lang: str) -> str:
    """Return the titles of ``cited`` with their dates, as a Markdown list; web addresses become links."""
    lines = []
    for source in cited(known, card, ahead).itertuples():
        title = escape(source.title)
        if re.fullmatch(r"https?://[^\s<>]+", source.url):
            title = f"[{title}](<{source.url}>)"
        lines.append(f"- {title}, {escape(dated(source.dated, lang))}")
    return "\n".join(lines)


def poverty_rate(known: Facts, place: str) -> AnnualSeries:
    """Return the series of poverty that is forecast for a place: its yearly review, else a survey.

    Raises NotFound when it has none.
    """
    found = poverty_series(known, place)
    if not found:
        raise NotFound(f"no series of poverty in {place}")
    return found[0]


def outlook_text(ahead: Forecast | None, known: Facts, lang: str) -> str:
    """Return what the forecast says, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    indicator = ahead.series.indicator
    return bullets(ahead.text(lang, labels={indicator: known.title(indicator, lang, short=True)}))


def how_much(known: Facts, facts: Facts, lang: str) -> str:
    """Return how many of all facts were known, as a sentence."""
    return say("brief.how_much", lang, known=len(known.table), every=len(facts.table))


def record_text(record: Backtest | None, known: Facts, lang: str) -> str:
    """Return what the record says, as a Markdown list, or that there is none."""
    if record is None:
        return say("brief.no_record", lang)
    names = {i.partition("@")[0] for i in record.indicators}
    return bullets(record.text(lang, labels={i: known.title(i, lang, short=True) for i in names}))


def shock_text(known: Facts, facts: Facts, ahead: Forecast | None, lang: str) -> str:
    """Return how the year that was forecast treated the peers together and like places, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    lines, indicator, came = [], ahead.series.indicator, came_to(ahead, facts)
    # From what was known then, and of the year alone: from what the provinces had reached just before it.
    eve = facts.as_of(f"{ahead.year}-12-31") if facts.cutoff is None else facts
    for view in (known, eve):
        with suppress(LookupError, ValueError):
            of_year = shock(view, facts, indicator, ahead.year)
            lines += of_year.text(lang).splitlines()
    if came is not None and lines and 0 < came < 100 and ahead.horizon == 1:
        own, common = gap(ahead, came), of_year.table["gap"].iloc[-1]
        told = {"year": ahead.year, "place": ahead.series.place, "own": own, "gap": common}
        lines.append(say("outcome.common", lang, share=100 * common / own, **told))
    if came is not None:
        last = ahead.series.values[-1]
        with suppress(ValueError):
            like = comparable_changes(known.peers(indicator), last, years=ahead.horizon, units="pct")
            starts, change = like.table["start"], came - last
            told = {"n": like.n, "low": starts.min(), "high": starts.max(), "change": change}
            told |= {"share": 100 * like.share(at_least=round(change, 6))}
            lines.append(say("brief.like_places", lang, **told))
    return bullets("\n".join(lines)) or say("brief.no_afterwards", lang)


def gap(ahead: Forecast, came: float) -> float:
    """Return how far ``came`` (percent) lies above the median of a Forecast, in log-odds."""
    return float(to_scale(came, "log_odds") - to_scale(ahead.level_at(0.5), "log_odds"))
