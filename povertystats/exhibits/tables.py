"""Every table for readers: no index, every cell as text by the language's rules, a caption that says what it holds."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import picture
from povertystats.layout.grid import grid
from povertystats.records.backtest import way
from povertystats.records.record_text import near_words
from povertystats.targets.sources import cited
from povertystats.targets.targets import required_change
from povertystats.words.glossary import glossary as vocabulary
from povertystats.words.languages import Words, sentences
from povertystats.words.wording import dated, moment, number, probability, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.series import AnnualSeries
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.target import Target
    from povertystats.records.backtest_result import Backtest
    from povertystats.targets.needed import Needed
    from povertystats.targets.outcome import Outcomes
    from povertystats.targets.scorecard import Scorecard

# "More than" and "nearly" in a source, as a sign before the figure.
_BOUND = {"": "", "lower": "≥ ", "upper": "≤ ", "from": "", "to": ""}


@dataclass(frozen=True, eq=False)
class Table:
    """A frame with its caption; shown by a notebook as HTML, with plain text beside it.

    ``links``: addresses that the cells of the first column lead to, one a row; only web addresses become links.
    ``lang``: by whose rules its numbers are written; ``blank``: the rows that hold no result, hatched on a page;
    ``folded``: a page shows its caption, and the rest to who opens it.

    >>> Table(pd.DataFrame({"a": ["<b>"]}), "Letters")
    Letters
      a
    <b>
    """

    frame: pd.DataFrame
    caption: str
    links: tuple[str, ...] = ()
    lang: str = "en"
    blank: tuple[int, ...] = ()
    folded: bool = False

    def __repr__(self):
        return f"{self.caption}\n{self.frame.to_string(index=False)}"

    def _repr_html_(self) -> str:
        cells = self.frame.astype(object).where(self.frame.notna(), "–")
        rows = [[str(cell) for cell in row] for row in cells.itertuples(index=False)]
        heads = [str(name) for name in self.frame]
        about: dict[str, Any] = {"links": self.links, "blank": self.blank, "page": picture.kept()}
        made = grid(heads, rows, self.caption, self.lang, **about)
        if not (self.folded and picture.kept()):
            return made
        return f"<details><summary>{html.escape(self.caption)}</summary>\n{made}\n</details>"


def table_of(
    rows: Any,
    heads: str,
    lang: str,
    caption: str,
    *,
    columns: Sequence[str] | None = None,
    links: tuple[str, ...] = (),
    **values: Any,
) -> Table:
    """Return a Table of rows (dicts, tuples or a frame), each column headed by the sentence ``heads.column`` where there is one.

    ``columns``: their order, and all there is of a table without rows; ``values`` fill in the heads.

    >>> table_of([("May", 3)], "brief.fact", "en", "Figures", columns=["year", "fourth"]).frame.columns.tolist()
    ['Time', 'fourth']
    """
    frame = pd.DataFrame(rows, columns=columns)
    known = {name: key for name in frame.columns if (key := f"{heads}.{name}") in sentences(lang)}
    frame = frame.rename(columns={name: say(key, lang, **values) for name, key in known.items()})
    return Table(frame, caption, links, lang)


def cell(value: float | None, lang: str, decimals: int = 2, unit: str = "") -> str:
    """Return a number as the text of a cell, a dash where it is missing.

    >>> cell(12.5, "vi", 1, "%"), cell(None, "en")
    ('12,5%', '–')
    """
    return "–" if value is None or pd.isna(value) else number(value, lang, decimals) + unit


def required(known: Facts, targets: Sequence[Target], lang: str) -> Table:
    """Return what each target requires of each of its places, with its baseline and why it is read so."""
    rows = [
        {
            "target": target.wording[lang],
            "place": required.place,
            "baseline": "–"
            if required.baseline is None
            else f"{quantity(required.baseline, target.figure_unit, lang)} ({required.baseline_year})",
            "change": "–"
            if required.change is None or required.reached
            else quantity(required.change, required.unit, lang, signed=target.rules.signed),
            "evidence": target.evidence[lang],
        }
        for target in targets
        for required in required_change(target, known)
    ]
    columns = ["target", "place", "baseline", "change", "evidence"]
    told = columns if any(row["evidence"] for row in rows) else columns[:-1]
    return table_of(
        [{name: row[name] for name in told} for row in rows],
        "brief.required",
        lang,
        say("brief.required_caption", lang),
        columns=told,
    )


def series(many: Sequence[AnnualSeries], known: Facts, lang: str) -> Table:
    """Return the figures of several series with their status and source, one row a series and year."""
    rows = [
        {
            "indicator": known.title(one.indicator, lang, short=True),
            "year": str(row.year),
            "value": quantity(row.value, one.unit, lang),
            "status": say(f"status.{row.status}", lang),
            "source": known.cite([row.source_id])["title"].item(),
        }
        for one in many
        for row in one.table.itertuples()
    ]
    columns = ["indicator", "year", "value", "status", "source"]
    return table_of(rows, "brief.fact", lang, say("brief.facts", lang), columns=columns)


def conflicts(known: Facts, place: str, lang: str) -> Table:
    """Return the disagreements between sources about a place and its districts; a tick marks the figure used."""
    places = known.places.table
    near = places.loc[(places["place"] == place) | (places["parent"] == place), "place"]
    conflicts = known.conflicts()
    units = known.indicators.set_index("indicator")["unit"]
    rows = [
        {
            "place": row.place,
            "indicator": known.title(row.indicator, lang, short=True),
            "year": moment(row.period, row.year, lang),
            "value": _BOUND[row.bound] + quantity(row.value, units[row.indicator], lang),
            "status": say(f"status.{row.status}", lang),
            "taken": "✓" if row.taken else "",
        }
        for row in conflicts[conflicts["place"].isin(near)].itertuples()
    ]
    columns = ["place", "indicator", "year", "value", "status", "taken"]
    return table_of(rows, "brief.fact", lang, say("brief.conflicts", lang), columns=columns)


def coverage_counts(known: Facts, indicators: Sequence[str]) -> pd.DataFrame:
    """Return, an indicator a row, the places and years with figures and the places with three years or more."""
    territories = known.places.table.query("of != ''").set_index("place")["of"].to_dict()
    rows = {}
    for indicator in indicators:
        panel = known.panel([indicator])
        years = panel["year"].groupby(panel["place"].replace(territories)).nunique()
        rows[indicator] = {
            "places": len(years),
            "years": panel["year"].nunique(),
            "three": int((years >= 3).sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def coverage(known: Facts, indicators: Sequence[str], lang: str) -> Table:
    """Return ``coverage_counts`` for readers."""
    counts = coverage_counts(known, indicators)
    counts.insert(0, "indicator", [known.title(i, lang) for i in counts.index])
    return table_of(counts, "brief.coverage", lang, say("brief.coverage_caption", lang))


def levers(known: Facts, lang: str) -> Table:
    """Return the levers with the indicator that measures each, or "not measured"."""
    rows = [
        {
            "lever": Words.of(lever, "title_")[lang],
            "measure": say(f"brief.measure.{lever['measure']}", lang),
            "indicator": known.title(lever["indicator"], lang) if lever["indicator"] else "–",
            "note": Words.of(lever, "note_")[lang],
        }
        for lever in known.levers.to_dict("records")
    ]
    columns = ["lever", "measure", "indicator", "note"]
    return table_of(rows, "brief.lever", lang, say("brief.levers", lang), columns=columns)


def ways(forecasts: Mapping[str, Forecast | None], lang: str, *, came: float | None = None) -> Table:
    """Return median and intervals of the same year by several forecasts (``outlook.four_ways``), and how each did.

    ``came``: what the rate turned out to be, in percent.
    """
    made = {name: ahead for name, ahead in forecasts.items() if ahead is not None}
    rows = []
    for name, ahead in made.items():
        bounds = {f"i{p}": ahead.interval(p / 100) for p in (80, 95)}
        row = {"way": say(f"backtest.method.{name}", lang), "median": number(ahead.level_at(0.5), lang)}
        row |= {key: say("brief.interval", lang, low=low, high=high) for key, (low, high) in bounds.items()}
        if came is not None:
            row |= {"pit": probability(ahead.probability(at_most=came), lang)}
            row |= {"crps": number(ahead.predictive.crps(came), lang)}
        rows.append(row)
    columns = ["way", "median", "i80", "i95", *(["pit", "crps"] if came is not None else [])]
    year = max((ahead.year for ahead in made.values()), default=None)
    place = max((ahead.series.place for ahead in made.values()), default="")
    beside = "" if came is None else say("brief.ways.came", lang, came=came)
    caption = say("brief.ways.caption", lang, place=place, year=year, came=beside)
    return table_of(rows, "brief.way", lang, caption, columns=columns)


def needed(takes: Needed, lang: str) -> Table:
    """Return what it would take, as ``Scenario.needed`` returns it: a row a lever and way of computing."""
    return Table(takes.display(lang), say("scenario.needed.caption", lang), lang=lang)


def outcomes(came: Outcomes, lang: str) -> Table:
    """Return what was said of each target of an ``Outcomes`` and what came of it."""
    return Table(came.display(lang), say("brief.outcomes", lang, place=came.card.place), lang=lang)


def record(past: Backtest, lang: str, *, by_year: bool = False) -> Table:
    """Return how the methods of a Backtest did in the cases that all could make; or the ``way`` of the place by year."""
    method = way(past)
    found = past.by_year[past.by_year["method"] == method] if by_year else past.shared.table
    rows = [
        {
            **(
                {"year": str(row.year)} if by_year else {"method": say(f"backtest.method.{row.method}", lang)}
            ),
            "n": number(row.n, lang, 0),
            "mae": cell(row.mae, lang),
            "bias": cell(row.bias, lang),
            "below": cell(100 * row.below, lang, 0, "%"),
            "crps": cell(row.crps, lang),
            "coverage": cell(100 * row.coverage80, lang, 0, "%"),
            "skill": cell(100 * row.skill, lang, 0, "%"),
            "log_score": cell(row.log_score, lang),
        }
        for row in found.itertuples()
    ]
    columns = ["year" if by_year else "method", "n", "mae", "bias", "below", "crps", "coverage", "skill"]
    name = say(f"backtest.method.{method}", lang) if method else ""
    caption = say(
        f"brief.{'record_by_year' if by_year else 'record_caption'}",
        lang,
        method=name,
        n=past.table["horizon"].min(),
    )
    if words := near_words(past, lang):
        caption = f"{caption}, {words}"
    return table_of(rows, "brief.record", lang, caption, columns=[*columns, "log_score"])


def sources(known: Facts, card: Scorecard, ahead: Forecast | None, lang: str) -> Table:
    """Return the sources of the figures and targets in the scorecard and in the forecast."""
    found = cited(known, card, ahead)
    found["dated"] = [dated(day, lang) for day in found["dated"]]
    links = tuple(found["url"])
    return table_of(found[["title", "dated"]], "brief.source", lang, say("brief.sources", lang), links=links)


def glossary(lang: str, known: Facts) -> Table:
    """Return the terms of the pages with what they mean, in the alphabet of the language.

    What speaks of our package alone, and how the terms are called in its other language, stands beside it only.
    """
    terms = vocabulary(lang)
    if known.alone:
        terms = terms[~terms["ours"]].drop(columns="other")
    terms = terms[[name for name in ("term", "other", "definition") if name in terms]]
    return replace(table_of(terms, "brief.term", lang, say("brief.terms", lang)), folded=True)
