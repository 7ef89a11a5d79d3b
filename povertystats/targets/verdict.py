"""The words of one verdict: its sentence, what it rests on, and its cells in the tables for readers.

``row`` is the row of an Assessment in the scorecard, a named tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.forecasts.national_years import years_text
from povertystats.targets.assessment import WIDE, Assessment, differ, together
from povertystats.targets.sources import basis, borrowed, bridged, of_year_text, peers, settled
from povertystats.words.wording import check, moment, number, probability, quantity, say

if TYPE_CHECKING:
    from povertystats.targets.scorecard import Scorecard

GRADES = ("A", "B", "C", "D")
# Per cents by which two scales differ: by less they tell a reader the same.
_APART = 3


def chance(row: Any) -> float | tuple[float, float]:
    """Return the probability of a row; ``of_both`` where two scales tell one."""
    return of_both(row.probability, row.probability_points, row.settled)


def of_both(p: float, points: float | None, settled: int = 0) -> float | tuple[float, float]:
    """Return a probability; where two scales differ by ten per cents or more both, the lower first, but where it is settled.

    ``settled``: how many comparable series tell that log-odds fit better.

    >>> of_both(0.62, 0.63), of_both(0.51, 0.23), of_both(0.51, 0.23, settled=20)
    (0.62, (0.23, 0.51), 0.51)
    """
    if points is None or settled or differ(p, points) < WIDE:
        return p
    return min(p, points), max(p, points)


def sentence(found: Assessment, row: Any, lang: str) -> str:
    """Return the sentence of an Assessment and its ``row`` of the scorecard: probability first, then its basis.

    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> row = card.table[card.table["target"] == "schools"].iloc[0]
    >>> print(sentence(card.details[-1], row, "en").partition(", because")[0])
    8 more national-standard schools: not assessable
    """
    values = {"wording": found.target.wording[lang], "latest": latest(found, lang), "year": found.target.year}
    if found.known:
        return say(f"scorecard.row.{found.verdict}", lang, **values)
    if found.reason:
        reason = say(f"scorecard.reason.{found.reason}", lang, **found.values)
        known = (
            say("scorecard.latest", lang, **values)
            if values["latest"] and found.verdict != "already_met"
            else ""
        )
        told = say(f"scorecard.row.{found.verdict}_unknown", lang, reason=reason, known=known, **values)
        held = settled(found, lang)
        return f"{told} {say('scorecard.settled_by', lang, settled=held)}" if held else told
    parts = [say(f"scorecard.row.{found.verdict}", lang, p=chance(row), **values), *_scales(row, lang)]
    if len(found.chances) > 1:
        each = [
            say("scorecard.each", lang, place=one.series.place, p=of_both(*one.told)) for one in found.chances
        ]
        parts.append(say("scorecard.apart", lang, each=", ".join(each)))
    parts.append(basis(found, lang))
    weakest = found.weakest
    if weakest and pd.notna(row.comparable) and found.verdict == "probable":
        key = "among_them" if weakest.method == "reference" else "comparable"
        parts.append(say(f"scorecard.{key}", lang, share=100 * row.comparable, **weakest.rests))
    parts += bridged(found, lang)
    if any(one.latest.status == "preliminary" for one in found.figures):
        parts.append(say("scorecard.preliminary", lang))
    if found.proxy:
        parts += [say("scorecard.proxy", lang, evidence=found.target.evidence[lang], **values)]
        parts += [say("scorecard.bound", lang)] if found.target.direction == "at_least" else []
    return " ".join(parts)


def reading(found: Assessment, row: Any, lang: str) -> str:
    """Return one reading with its probability; that in points too, where it says something else."""
    told = say("scorecard.headline.reading", lang, wording=found.target.wording[lang], p=chance(row))
    return " ".join([told, *_scales(row, lang)])


def own_range(row: Any, lang: str) -> str:
    """Return the probabilities of the own trend on the two scales as a range."""
    low, high = sorted([row.own, row.own_points])
    return probability((low, high), lang)


def latest(found: Assessment, lang: str) -> str:
    """Return the latest figures of an Assessment, with their places when there are several; "" without any.

    Once its outcome is known they are those of the target's year, which a place may lack.
    """
    figures = found.of_year if found.known else [(one, one.latest) for one in found.figures]
    told = {
        one.place: f"{quantity(row.value, one.unit, lang)} ({moment(row.period, row.year, lang)})"
        for one, row in figures
    }
    if found.known:
        lacking = say("scorecard.lacking", lang, year=found.target.year)
        told = {place: told.get(place, lacking) for place in found.target.subjects}
    several = len(told) > 1
    return "; ".join((f"{place} " if several else "") + figure for place, figure in told.items())


def summary(table: pd.DataFrame, lang: str, *, day: str, place: str) -> str:
    """Return how many targets and readings of a scorecard's table have which verdict."""
    counts = table["verdict"].value_counts()
    kinds = ("met", "missed", "already_met", "probable", "not_assessable")
    told = ", ".join(say(f"target_list.{kind}", lang, n=counts[kind]) for kind in kinds if kind in counts)
    counted = {"n": table["target"].nunique(), "rows": len(table)}
    return say("scorecard.summary", lang, day=day, place=place, told=told, **counted)


def answer(rows: Sequence[tuple[Assessment, Any]], lang: str) -> list[str]:
    """Return of the readings of one target a line each, what they rest on, and what the own trend alone would say."""
    known = [(found, row) for found, row in rows if row.verdict != "not_assessable"]
    open_rows = [(found, row) for found, row in known if row.verdict == "probable"]
    lines = [
        reading(found, row, lang) if row.verdict == "probable" else sentence(found, row, lang)
        for found, row in known
    ]
    if open_rows:
        first = open_rows[0][0]
        lines.append(" ".join([basis(first, lang), *borrowed(first, lang), *peers([first], lang)]))
    own = [row for _, row in open_rows if pd.notna(row.own) and pd.notna(row.own_points)]
    if own:
        ranges = "; ".join(own_range(row, lang) for row in own)
        lines.append(say("scorecard.headline.own", lang, place=own[0].places, ranges=ranges))
    return lines


def meant(found: Iterable[Assessment], target: str) -> list[Assessment]:
    """Return the readings of a target that have a probability: those that were meant, else all."""
    readings = [one for one in found if one.target.target == target and one.chances]
    return [one for one in readings if one.target.meant] or readings


def by_year_text(found: Iterable[Assessment], target: str, lang: str) -> list[str]:
    """Return how the readings of a target hang on what kind of year all places have, or why that cannot be said."""
    readings = meant(found, target)
    told = [(one.target.wording[lang], one.by_year) for one in readings if one.by_year]
    lacking = [say(f"years.none.{one.chances[0].method}", lang) for one in readings if one.by_year is None]
    return [*(years_text(told, lang) if told else []), *dict.fromkeys(lacking)]


def by_year(card: Scorecard, lang: str) -> list[str]:
    """Return how the main target, else the rate, hangs on what kind of year all places have, and what was known of it."""
    ahead = card.likely.ahead if card.likely else None
    told = by_year_text(card.details, card.main, lang)
    told += [ahead.by_year_text(lang)] if ahead and ahead.shared else []
    return told + (of_year_text(card.context, lang, day=card.day(lang)) if told else [])


def joint(easiest: Sequence[Assessment], p: float | None, lang: str) -> list[str]:
    """Return the probability ``p`` that all of several targets are met, the hardest first; none for one target."""
    if len(easiest) < 2:
        return []
    hardest, *others = easiest
    about = {"wording": hardest.target.wording[lang], "n": len(easiest)}
    return [say("scorecard.joint", lang, p=p, q=hardest.probability(), r=together(others), **about)]


def grades(lang: str) -> str:
    """Return what each grade of evidence means.

    Parameters
    ----------
    lang : str
        The language.

    Returns
    -------
    str
        One grade a line.

    Examples
    --------
    >>> import povertystats as ps
    >>> print(ps.grades("en").splitlines()[-1])
    D: no figure of the indicator itself
    """
    return "\n".join(say(f"scorecard.grade.{letter}", lang) for letter in GRADES)


def cells(found: Assessment, row: Any, lang: str) -> dict[str, str]:
    """Return the cells of one row of the reader's table, by column."""
    verdict = "" if row.verdict == "probable" else say(f"scorecard.verdict.{row.verdict}", lang)
    told = proxied(found, _share(chance(row), lang), lang)
    if verdict:
        told = verdict if told == _NONE else f"{verdict} ({told})"
    unit = found.target.rules.level_unit(found.target.figure_unit)
    comparable = (
        f"{number(100 * row.comparable, lang, 0)}% ({row.comparable_n})"
        if pd.notna(row.comparable)
        else _NONE
    )
    change = None if row.verdict == "already_met" else row.required_change
    return {
        "target": found.target.wording[lang],
        "probability": told,
        "points": _share(row.probability_points, lang),
        "latest": latest(found, lang) or _NONE,
        "required": _amount(change, _unit(found, row), lang, signed=found.target.rules.signed),
        "comparable": comparable,
        "level80": _amount(row.level80, unit, lang, decimals=1 if unit == "pct" else 0),
        "grade": row.grade,
    }


def shortened(found: Assessment, row: Any, lang: str) -> dict[str, str]:
    """Return the cells of one row of the brief's table, by column."""
    filled = cells(found, row, lang)
    if row.verdict == "probable":
        p = chance(row)
        apart = differ(row.probability, row.probability_points) >= _APART and not isinstance(p, tuple)
        told = say(f"scorecard.{'in_points' if apart else 'chance'}", lang, p=p, q=row.probability_points)
        filled["chance"] = proxied(found, told, lang)
    else:
        filled["chance"] = filled["probability"]
    per_year = None if row.verdict == "already_met" else row.required_per_year
    filled["per_year"] = _amount(per_year, _unit(found, row), lang, signed=found.target.rules.signed)
    filled["pace"] = _amount(row.usual_pace, _unit(found, row), lang, signed=True)
    return filled


def compared(found: Assessment, row: Any, lang: str) -> dict[str, str]:
    """Return the cells of one row of the comparisons, by column."""
    label = row.label_eurostat
    return {
        "target": found.target.wording[lang],
        "probability": proxied(found, _share(chance(row), lang), lang),
        "own": _share(row.own, lang),
        "own_points": _share(row.own_points, lang),
        "pace": _amount(row.usual_pace, _unit(found, row), lang, signed=True),
        "label_eurostat": say(f"scorecard.label.{label}", lang) if label else _NONE,
    }


# The tables for readers: their columns, and what fills them.
_TABLES: dict[str, tuple[tuple[str, ...], Callable]] = {
    "whole": (
        ("target", "probability", "points", "latest", "required", "comparable", "level80", "grade"),
        cells,
    ),
    "short": (("target", "chance", "latest", "per_year", "pace", "grade"), shortened),
    "comparisons": (("target", "probability", "own", "own_points", "pace", "label_eurostat"), compared),
}


def for_readers(name: str, rows: Iterable[tuple[Assessment, Any]], lang: str) -> pd.DataFrame:
    """Return one of the tables for readers, one row a reading."""
    check(lang)
    columns, row_cells = _TABLES[name]
    table = pd.DataFrame([row_cells(found, row, lang) for found, row in rows], columns=list(columns))
    return table.rename(columns={column: say(f"scorecard.column.{column}", lang) for column in columns})


_NONE = "–"


def _scales(row: Any, lang: str) -> list[str]:
    """Return what each scale says, where they say different things."""
    p, points = row.probability, row.probability_points
    apart = differ(p, points)
    key = "points" if apart < WIDE else "settled" if row.settled else "scales"
    return [say(f"scorecard.{key}", lang, p=p, q=points, n=row.settled)] if apart >= _APART else []


def proxied(found: Assessment, told: str, lang: str) -> str:
    """Return a chance as it is told, with the word that another measure stands in where it does."""
    return say("scorecard.proxied", lang, chance=told) if found.stands_in and told != _NONE else told


def _share(p, lang):
    return _NONE if not isinstance(p, tuple) and pd.isna(p) else probability(p, lang)


def _unit(found, row):
    """Return the unit of a change with the words that the package has for it, which a column of a table has lost."""
    known = (found.target.unit, found.target.figure_unit)
    return next((unit for unit in known if unit == row.required_unit), row.required_unit)


def _amount(value, unit, lang, *, signed=False, decimals=2):
    return _NONE if pd.isna(value) else quantity(round(value, decimals), unit, lang, signed=signed)
