"""The words of one verdict: its sentence, what it rests on, and its cells in the tables for readers."""

import pandas as pd

from povertystats.words.wording import moment, number, probability, quantity, say

# Two scales that differ by less than this tell a reader the same.
_ALIKE = 0.03


def sentence(found, row, lang):
    """Return the sentence of an Assessment and its ``row`` of the scorecard: probability first, then its basis.

    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> row = card.table[card.table["target"] == "schools"].iloc[0]
    >>> print(sentence(card.details[-1], row, "en").partition(", because")[0])
    8 more national-standard schools: not assessable
    """
    told = {"wording": found.target.wording[lang], "latest": latest(found, lang), "year": found.target.year}
    if found.verdict in ("met", "missed"):
        return say(f"scorecard.row.{found.verdict}", lang, **told)
    if found.reason:
        reason = say(f"scorecard.reason.{found.reason}", lang, **found.values)
        known = (
            say("scorecard.latest", lang, **told) if told["latest"] and found.verdict != "already_met" else ""
        )
        return say(f"scorecard.row.{found.verdict}_unknown", lang, reason=reason, known=known, **told)
    parts = [say(f"scorecard.row.{found.verdict}", lang, p=row.probability, **told)]
    if _apart(row):
        parts.append(say("scorecard.points", lang, q=row.probability_points))
    if len(found.chances) > 1:
        each = [
            say("scorecard.each", lang, place=c.series.place, p=c.events["log_odds"].probability)
            for c in found.chances
        ]
        parts.append(say("scorecard.apart", lang, each=", ".join(each)))
    parts.append(basis(found, lang))
    if pd.notna(row.comparable) and found.verdict == "probable":
        key = "among_them" if found.weakest.method == "reference" else "comparable"
        parts.append(say(f"scorecard.{key}", lang, share=100 * row.comparable, **found.weakest.rests))
    if any(one.latest.status == "preliminary" for one in found.figures):
        parts.append(say("scorecard.preliminary", lang))
    if found.proxy:
        parts += [say("scorecard.proxy", lang, evidence=found.target.evidence[lang], **told)]
        parts += [say("scorecard.bound", lang)] if found.target.direction == "at_least" else []
    return " ".join(parts)


def basis(found, lang):
    """Return what the probability of an Assessment rests on."""
    weakest, every = found.weakest, found.chances
    rests = weakest.rests
    if len(every) > 1 and "figures" in rests:
        rests = rests | {
            "place": ", ".join(chance.series.place for chance in every),
            "figures": sum(chance.rests["figures"] for chance in every),
        }
    units = quantity(weakest.series.latest.value, weakest.series.unit, lang)
    return say(f"scorecard.basis.{weakest.method}", lang, units=units, **rests)


def reading(found, row, lang):
    """Return one reading with its probability; that in points too, where it says something else."""
    key = "two" if _apart(row) else "reading"
    return say(
        f"scorecard.headline.{key}",
        lang,
        wording=found.target.wording[lang],
        p=row.probability,
        q=row.probability_points,
    )


def own_range(row, lang):
    """Return the probabilities of the own trend on the two scales as a range."""
    low, high = sorted([row.own, row.own_points])
    if probability(low, lang) == probability(high, lang):
        return probability(low, lang)
    return say("scorecard.headline.range", lang, low=low, high=high)


def latest(found, lang):
    """Return the latest figures of an Assessment, with their places when there are several; "" without any."""
    figures = found.figures
    return "; ".join(
        (f"{one.place} " if len(figures) > 1 else "")
        + f"{quantity(one.latest.value, one.unit, lang)} ({moment(one.latest.period, one.latest.year, lang)})"
        for one in figures
    )


def cells(found, row, lang):
    """Return the cells of one row of the reader's table, by column."""
    verdict = "" if row.verdict == "probable" else say(f"scorecard.verdict.{row.verdict}", lang)
    chance = _share(row.probability, lang)
    if verdict:
        chance = verdict if chance == _NONE else f"{verdict} ({chance})"
    unit = found.target.figure_unit
    comparable = (
        f"{number(100 * row.comparable, lang, 0)}% ({row.comparable_n})"
        if pd.notna(row.comparable)
        else _NONE
    )
    change = None if row.verdict == "already_met" else row.required_change
    return {
        "target": found.target.wording[lang],
        "probability": chance,
        "points": _share(row.probability_points, lang),
        "latest": latest(found, lang) or _NONE,
        "required": _amount(change, row.required_unit, lang, signed=found.target.rules.signed),
        "comparable": comparable,
        "level80": _amount(row.level80, unit, lang, decimals=1 if unit == "pct" else 0),
        "grade": row.grade,
    }


def shortened(found, row, lang):
    """Return the cells of one row of the brief's table, by column."""
    told = cells(found, row, lang)
    if row.verdict == "probable":
        key = "in_points" if _apart(row) else "chance"
        told["chance"] = say(f"scorecard.{key}", lang, p=row.probability, q=row.probability_points)
    else:
        told["chance"] = told["probability"]
    per_year = None if row.verdict == "already_met" else row.required_per_year
    told["per_year"] = _amount(per_year, row.required_unit, lang, signed=found.target.rules.signed)
    told["pace"] = _amount(row.usual_pace, row.required_unit, lang, signed=True)
    return told


def compared(found, row, lang):
    """Return the cells of one row of the comparisons, by column."""
    label = row.label_eurostat
    return {
        "target": found.target.wording[lang],
        "probability": _share(row.probability, lang),
        "own": _share(row.own, lang),
        "own_points": _share(row.own_points, lang),
        "pace": _amount(row.usual_pace, row.required_unit, lang, signed=True),
        "label_eurostat": say(f"scorecard.label.{label}", lang) if label else _NONE,
    }


_NONE = "–"


def _apart(row):
    return pd.notna(row.probability_points) and abs(row.probability - row.probability_points) >= _ALIKE


def _share(p, lang):
    return _NONE if pd.isna(p) else probability(p, lang)


def _amount(value, unit, lang, *, signed=False, decimals=2):
    return _NONE if pd.isna(value) else quantity(round(value, decimals), unit, lang, signed=signed)
