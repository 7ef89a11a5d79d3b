"""What a verdict rests on, in words, and the sources of what a scorecard and a forecast say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from povertystats.words.wording import dated, moment, quantity, say

# So many of the places left out are worth a word.
_MANY = 0.1

if TYPE_CHECKING:
    import pandas as pd

    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.assessment import Assessment
    from povertystats.targets.scorecard import Scorecard


def cited(known: Facts, card: Scorecard, ahead: Forecast | None) -> pd.DataFrame:
    """Return the sources of the figures and targets in a scorecard and in a forecast, each once, as ``Facts.cite``."""
    used = [target.source_id for target in card.targets]
    used += [source for target in card.targets for source in target.evidence_sources]
    for series in (one for found in card.details for one in found.figures):
        used += [source for one in getattr(series, "members", (series,)) for source in one.table["source_id"]]
    if ahead is not None:
        used += known.series(ahead.series.indicator, place=ahead.series.place).table["source_id"].tolist()
    return known.cite(used)


def of_year(
    known: Facts, place: str, assessed: Iterable[Assessment], ahead: Forecast | None
) -> tuple[dict[str, Any], ...]:
    """Return what was known of the years ahead of targets or of a forecast, with who said so (``Facts.context``)."""
    rows, years = [], {year for found in assessed if found.by_year for year in found.by_year.years}
    for year in sorted(years | (set(ahead.table["year"]) if ahead else set())):
        found = known.context(year, place=place)
        by = known.cite(found["source_id"].tolist()).set_index("source_id")
        for row in found.to_dict("records"):
            country = known.places.kin[row["place"]][0] == "country" and known.country
            about = {"title": known.titles(row["indicator"], short=True), "where": country or row["place"]}
            source = by.loc[row["source_id"]]
            rows.append(row | about | {"year": year, "source": source["publisher"] or source["title"]})
            rows[-1]["dated"] = source["dated"]
    return tuple(rows)


def of_year_text(rows: Sequence[dict[str, Any]], lang: str, *, day: str) -> list[str]:
    """Return that in a sentence, and that it enters no forecast; none where nothing was known."""
    told = []
    for row in rows:
        value = quantity(row["value"], row["unit"], lang)
        value = say(f"credit.bound.{row['bound']}", lang) + value if row["bound"] else value
        when, dates = moment(row["period"], row["year"], lang), dated(row["dated"], lang)
        told.append(say("years.item", lang, **row | {"value": value, "when": when, "dated": dates}))
    return [say("years.context", lang, day=day, items="; ".join(told))] if told else []


def peers(found: Iterable[Assessment], lang: str) -> list[str]:
    """Return who the peers are on which the chances of Assessments rest, each group once."""
    every = [chance for one in found for chance in one.chances]
    return list(
        dict.fromkeys(
            one.rests["group"].text(lang)
            for one in every
            if one.rests.get("peers") or one.method == "reference"
        )
    )


def basis(found: Assessment, lang: str) -> str:
    """Return what the probability of an Assessment rests on."""
    weakest, every = found.weakest, found.chances
    if weakest is None:
        return ""
    rests = weakest.rests
    if len(every) > 1 and "figures" in rests:
        rests = rests | {
            "place": _places([chance.series.place for chance in every], lang),
            "figures": sum(chance.rests["figures"] for chance in every),
        }
    if "averaged" in rests:
        rests = rests | {"place": _places(found.target.places, lang)}
    units = quantity(weakest.series.latest.value, weakest.series.unit, lang)
    return say(f"scorecard.basis.{weakest.method}", lang, units=units, **rests)


def _places(names: Sequence[str], lang: str) -> str:
    return ", ".join(names) if len(names) < 4 else say("scorecard.places", lang, n=len(names))


def settled(found: Assessment, lang: str) -> str:
    """Return which figure would settle a target that could not be assessed, and who holds it; "" where nobody said."""
    return "" if found.reason in ("", "no_outcome") else found.target.settled_by[lang]


def borrowed(found: Assessment, lang: str) -> list[str]:
    """Return that how it changes was learned of another measure, and why that is none of the target."""
    weakest = found.weakest
    if weakest is None or "borrowed" not in weakest.rests:
        return []
    titles = "; ".join(title[lang] for title in weakest.rests["borrowed"])
    told, why = say("scorecard.borrowed", lang, titles=titles), found.target.evidence[lang]
    return [told] if found.proxy or not why else [told, f"{why}."]


def bridged(found: Assessment, lang: str) -> list[str]:
    """Return what else the chance rests on: what stands in or is left out, falls elsewhere, years without a figure."""
    weakest, year = found.weakest, found.target.year
    rests = {} if weakest is None else weakest.rests
    told = []
    if (like := rests.get("setbacks")) and weakest is not None:
        among = weakest.method == "reference" and like["span"] == rests["years"]
        direction = found.target.direction
        worse = say(f"scorecard.{'lower' if direction == 'at_least' else 'higher'}", lang)
        about = like | {"share": like[direction], "worse": worse}
        told.append(say(f"scorecard.{'setbacks_among' if among else 'setbacks'}", lang, **about))
    told += borrowed(found, lang)
    ends = rests.get("at_ends", {"places": 1})
    left = ends.get(found.target.direction, 0)
    if left >= _MANY * ends["places"]:
        end = 100 if found.target.direction == "at_least" else 0
        told.append(say("scorecard.at_end", lang, n=left, end=end, places=ends["places"]))
    if rests.get("last", year) < year - 1:
        years = range(rests["last"] + 1, year)
        missing = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
        told.append(say("scorecard.bridge", lang, missing=missing, year=year, **rests))
    for key, name in (
        ("base", "both_ahead"),
        ("averaged", "averaged"),
        ("rank", "ranked"),
        ("tied", "tied"),
        ("left", "left"),
    ):
        if rests.get(key):
            told.append(say(f"scorecard.{name}", lang, **rests))
    return told
