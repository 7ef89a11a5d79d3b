"""All targets of a place on one page: how many have which verdict, one short table, and who holds what is lacking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits.tables import Table, table_of
from povertystats.targets.sources import basis, bridged, settled
from povertystats.targets.verdict import cells, chance, latest, own_range, proxied
from povertystats.words.markdown import bullets, escape
from povertystats.words.wording import number, quantity, say

if TYPE_CHECKING:
    from povertystats.targets.assessment import Assessment
    from povertystats.targets.scorecard import Scorecard

_NONE = "–"
# What a target can be, and "differ": it hangs on how it is read.
_VERDICTS = ("met", "missed", "already_met", "probable", "differ", "not_assessable")


def answer(card: Scorecard, lang: str) -> str:
    """Return in Markdown how many targets have which verdict; of a place without any, what is likely.

    A target is what its readings are that were meant; one with a chance in any of them has a chance.
    """
    if not card.targets:
        return bullets(card.text(lang))
    told = say("target_list.answer", lang, day=card.day(lang), told=in_all(card, lang))
    return f"**{escape(told)}**"


def in_all(card: Scorecard, lang: str) -> str:
    """Return how many targets there are and how many have which verdict; "" for none."""
    rows = pd.DataFrame([(found.target.target, found.verdict) for found, _ in _meant(card)])
    verdicts = rows.groupby(0, sort=False)[1].agg(_verdict).tolist() if len(rows) else []
    counts = {name: verdicts.count(name) for name in _VERDICTS}
    told = ", ".join(say(f"target_list.{name}", lang, n=n) for name, n in counts.items() if n)
    return say("target_list.in_all", lang, n=len(verdicts), told=told) if told else ""


def _verdict(verdicts: pd.Series) -> str:
    every = set(verdicts)
    return "probable" if "probable" in every else every.pop() if len(every) == 1 else "differ"


def _meant(card: Scorecard) -> list[tuple[Assessment, Any]]:
    """Return the readings with their rows, without those that nobody meant where another one was."""
    meant = {target.target for target in card.targets if target.meant}
    rows = zip(card.details, card.table.itertuples(), strict=True)
    return [(one, row) for one, row in rows if one.target.meant or one.target.target not in meant]


def table(card: Scorecard, lang: str) -> Table:
    """Return what can be said of each target: its chance, its latest figure, the change needed and that of a year so far.

    The row of one that cannot be assessed is hatched: it says which figure would settle it and who holds that.
    """
    found = _meant(card)
    wordings = [one.target.wording[lang] for one, _ in found]
    rows = [
        {
            "target": wording,
            "chance": _chance(one, row, lang),
            "latest": _latest(one, lang),
            "needed": _needed(one, row, lang),
            "pace": _pace(one, lang),
        }
        for wording, (one, row) in zip(wordings, found, strict=True)
    ]
    of = [one.target.target for one, _ in found]
    for at, (before, after) in reversed([*enumerate(pairwise(rows), 1)]):
        if of[at] == of[at - 1]:
            after["target"] = _after(before["target"], after["target"])
            for column in ("latest", "pace"):
                if after[column] == before[column] != _NONE:
                    after[column] = say("target_list.above", lang)
    caption = say("brief.scorecard", lang, place=card.place)
    columns = ["target", "chance", "latest", "needed", "pace"]
    blank = tuple(at for at, (one, _) in enumerate(found) if one.verdict == "not_assessable")
    return replace(table_of(rows, "target_list.column", lang, caption, columns=columns), blank=blank)


def _after(before: str, wording: str) -> str:
    """Return a wording without what that of the reading before it begins with, where that is worth leaving out.

    >>> _after("Poor households down by 2 points", "Poor households down by 3 points")
    '… 3 points'
    """
    shared = commonprefix([before, wording]).rpartition(" ")[0]
    return f"…{wording.removeprefix(shared)}" if len(shared.split()) > 2 else wording


def _chance(found: Assessment, row: Any, lang: str) -> str:
    told = "" if pd.isna(row.probability) else say("scorecard.chance", lang, p=chance(row))
    verdict = "" if row.verdict == "probable" else say(f"scorecard.verdict.{row.verdict}", lang)
    said = proxied(found, f"{verdict} ({told})" if verdict and told else verdict or told, lang)
    return f"{said}{_lacking(found, lang)}"


def _lacking(found: Assessment, lang: str) -> str:
    """Return which figure would settle a target and who holds it, or else why it has no chance and what would help; "" with one."""
    if not found.reason:
        return ""
    held = settled(found, lang)
    about = {"need": held or say(f"brief.need.{found.reason}", lang)}
    about["reason"] = say(f"scorecard.reason.{found.reason}", lang, **found.values)
    key = "lasting" if found.verdict == "already_met" else "held" if held else "helped"
    return say(f"target_list.{key}", lang, **about)


def _latest(found: Assessment, lang: str) -> str:
    told = latest(found, lang)
    preliminary = any(one.latest.status == "preliminary" for one in found.figures)
    return f"{told}, {say('status.preliminary', lang)}" if told and preliminary else told or _NONE


def _needed(found: Assessment, row: Any, lang: str) -> str:
    if found.verdict != "probable" or pd.isna(row.required_change):
        return _NONE
    known = (found.target.unit, found.target.figure_unit)
    unit = next((one for one in known if one == row.required_unit), row.required_unit)
    return change(row.required_change, unit, lang, signed=found.target.rules.signed)


def _pace(found: Assessment, lang: str) -> str:
    """Return the mean change a year so far of each place with two figures of one standard, in points for rates."""
    told = {}
    for one in found.figures if found.target.rules.signed else ():
        years, values = one.years, one.values
        if len(years) > 1:
            unit = "pp" if one.unit == "pct" else one.unit
            a_year = (values[-1] - values[0]) / (years[-1] - years[0])
            told[one.place] = change(a_year, unit, lang)
    several = len(found.figures) > 1
    return "; ".join((f"{place} " if several else "") + by for place, by in told.items()) or _NONE


def change(value: float, unit: str, lang: str, *, signed: bool = True) -> str:
    """Return a change as the cell of a column that is headed by points: with its unit where that is another one.

    >>> change(-2, "pp", "en"), change(2.5, "pp", "vi"), change(8, "schools", "en")
    ('−2.00', '+2,50', '+8 schools')
    """
    value = round(value, 2)
    if unit != "pp":
        return quantity(value, unit, lang, signed=signed)
    return ("+" if signed and value > 0 else "") + number(value, lang, 2)


def not_meant(card: Scorecard, lang: str) -> str:
    """Return the readings that nobody meant, where another one was, each with why, as a Markdown list."""
    lines, kept = [], {id(found) for found, _ in _meant(card)}
    for found in card.details:
        if id(found) not in kept:
            why = found.target.evidence[lang]
            about = {"wording": found.target.wording[lang], "evidence": f" {why}." if why else ""}
            lines.append(say("target_list.not_meant", lang, **about))
    return bullets("\n".join(lines))


def ways(card: Scorecard, lang: str) -> Table:
    """Return how each chance comes out by other ways of computing; only columns of which some are known."""
    rows = []
    for found, row in _meant(card):
        if found.chances:
            both = pd.notna(row.own) and pd.notna(row.own_points)
            told = cells(found, row, lang) | {"own_range": own_range(row, lang) if both else _NONE}
            rows.append(told | {"code": found.target.target})
    for before, after in reversed([*pairwise(rows)]):
        if before["code"] == after["code"]:
            after["target"] = _after(before["target"], after["target"])
    columns = ["target", "probability", "points", "own_range", "comparable"]
    kept = [name for name in columns if name in columns[:2] or any(row[name] != _NONE for row in rows)]
    told_rows = [{name: row[name] for name in kept} for row in rows]
    return table_of(told_rows, "scorecard.column", lang, say("brief.comparisons", lang), columns=kept)


def bases(card: Scorecard, lang: str) -> str:
    """Return what the chance of each target rests on, as a Markdown list; what several rest on once."""
    lines: dict[str, list[str]] = {}
    for found, _ in _meant(card):
        if found.chances:
            told = " ".join([basis(found, lang), *bridged(found, lang)])
            lines.setdefault(told, []).append(found.target.wording[lang])
    return bullets("\n".join(f"{_joined(wordings)}. {told}" for told, wordings in lines.items()))


def readings(card: Scorecard, lang: str) -> str:
    """Return why the targets are read so, as a Markdown list; what speaks for several readings once."""
    lines: dict[str, list[str]] = {}
    for target in card.targets:
        if why := target.evidence[lang]:
            lines.setdefault(why, []).append(target.wording[lang])
    return bullets("\n".join(f"{_joined(wordings)}. {why}." for why, wordings in lines.items()))


def _joined(wordings: Iterable[str]) -> str:
    every = [*wordings]
    return "; ".join([*every[:1], *(_after(*pair) for pair in pairwise(every))])
