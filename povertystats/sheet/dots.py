"""The first picture of the sheet: each chance as so many of a hundred dots, and by what kind of year all places have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.forecasts.national_years import KINDS, told
from povertystats.targets.verdict import chance, meant
from povertystats.words.wording import number, odds, quantity, say

if TYPE_CHECKING:
    from povertystats.forecasts.national_years import NationalYears
    from povertystats.kinds.target import Target
    from povertystats.targets.assessment import Assessment
    from povertystats.targets.scorecard import Scorecard

# A colour a reading, the same for its dots and its bars; a page has room for no more readings. Lighter: the other scale.
_COLOURS = ((draw.BLUE, "#8dbcdc"), (draw.GREY, "#b9b9b9"), (draw.GREEN, "#99d8c7"))


def chance_picture(card: Scorecard, lang: str) -> draw.Picture | None:
    """Draw the chance of each reading of the main target as so many of 100 dots, and below it by kind of year; None without a chance.

    What the other scale adds, where the two are told as a range, is lighter. The numbers: one row a reading and kind of
    year, from low_pct to high_pct.
    """
    rows = {id(found): row for found, row in zip(card.details, card.table.itertuples(), strict=True)}
    shown = [(one, chance(rows[id(one)])) for one in meant(card.details, card.main)][: len(_COLOURS)]
    shown = [(one, p) for one, p in shown if rows[id(one)].verdict == "probable"]
    if not shown:
        return None
    years = [one.by_year for one, _ in shown]
    data, said = [], []
    for (found, p), by_year in zip(shown, years, strict=True):
        wording = found.target.wording[lang]
        kinds = {"all": p} | _kinds(by_year)
        for kind, one in kinds.items():
            low, high = 100 * np.broadcast_to(one, 2)
            data.append({"wording": wording, "year": kind, "low_pct": low, "high_pct": high})
        said.append(say("plot.dots.row", lang, wording=wording, p=p))
    frame = pd.DataFrame(data)
    titles = {"place": card.place, "years": "–".join(sorted({str(one.target.year) for one, _ in shown}))}
    first = _kinds(years[0])
    by_kind = say("plot.dots.by_year", lang, **first) if first else ""
    return draw.Picture(
        _drawn(shown, frame, lang, draw.WIDTH),
        say("plot.dots.alt", lang, told="; ".join(said), by_year=by_kind, **titles),
        frame,
        title=say("plot.dots.title", lang, **titles),
        narrow=lambda: _drawn(shown, frame, lang, draw.NARROW),
    )


def _kinds(by_year: NationalYears | None) -> dict[str, Any]:
    """Return the chance by kind of year; nothing where it hardly hangs on that."""
    if by_year is None or by_year.hardly:
        return {}
    return {kind: told(by_year, kind) for kind in KINDS}


def _drawn(shown: Sequence[tuple[Assessment, Any]], frame: pd.DataFrame, lang: str, width: float) -> Any:
    """Draw the dots side by side and the bars beside them, below where there is no room."""
    n, years = len(shown), [kind for kind in KINDS if kind in set(frame["year"])]
    wide = width > draw.NARROW
    # A phone shows all of it below the answer.
    tall, low = 2.5 if wide else 1.55, (0.25 + 0.31 * len(years)) * bool(years)
    figure, [[axes]] = draw.canvas(tall if wide else tall + low, width=width)
    axes.remove()
    parts = figure
    if years:
        # Apart, so that names beside the bars move no dots.
        ratios: dict[str, Any] = {"width_ratios": [n, 1.6]} if wide else {"height_ratios": [tall, low]}
        parts, below = figure.subfigures(*((1, 2) if wide else (2, 1)), **ratios)
        kinds = draw.wrap(say("plot.dots.kinds", lang), 30 if wide else 44)
        below.suptitle(kinds, x=0.02, ha="left", fontsize=draw.SMALL + 0.5, fontweight="bold")
        _bars(below.subplots(), frame, years, [found.target.wording[lang] for found, _ in shown], lang)
    for axes, (found, p), colours in zip(
        parts.subplots(1, n, squeeze=False)[0], shown, _COLOURS, strict=False
    ):
        _dots(axes, found.target, p, lang, colours, size=5.5 if wide else 4)
    return figure


def _dots(axes: Any, target: Target, p: Any, lang: str, colours: tuple[str, str], *, size: float) -> None:
    low, high = (round(100 * end) for end in np.broadcast_to(p, 2))
    x, y = np.meshgrid(range(10), range(10))
    order = (x + 10 * y).ravel()
    for colour, some in (
        (colours[0], order < low),
        (colours[1], (low <= order) & (order < high)),
        ("#e4e4e4", order >= high),
    ):
        axes.plot(x.ravel()[some], y.ravel()[some], "o", color=colour, markersize=size, markeredgewidth=0)
    axes.set_title(odds(p, lang), fontsize=13, fontweight="bold", color=colours[0], pad=3)
    axes.set_xlabel(draw.wrap(asked(target, lang), 20), fontsize=draw.SMALL + 0.5, color=colours[0])
    axes.set_aspect("equal")
    axes.set_xlim(-0.7, 9.7)
    axes.set_ylim(-0.7, 9.7)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_frame_on(False)


def _bars(axes: Any, frame: pd.DataFrame, years: Sequence[str], wordings: Sequence[str], lang: str) -> None:
    """Draw for each kind of year a thin bar a reading, with its number."""
    n = len(wordings)
    for at, kind in enumerate(years):
        for i, wording in enumerate(wordings):
            rows = frame[(frame["year"] == kind) & (frame["wording"] == wording)]
            if rows.empty:
                continue
            low, high = rows[["low_pct", "high_pct"]].iloc[0]
            y = at + (i - (n - 1) / 2) * 0.36
            axes.barh(y, high, 0.32, color=_COLOURS[i][1], zorder=2)
            axes.barh(y, low, 0.32, color=_COLOURS[i][0], zorder=3)
            text = odds((low / 100, high / 100), lang)
            look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": draw.SMALL}
            axes.annotate(text, (high, y), xytext=(4, 0), **look)
    axes.set_yticks(range(len(years)), [say(f"plot.dots.{kind}", lang) for kind in years])
    axes.tick_params(axis="y", length=0, labelsize=draw.SMALL)
    axes.set_xlim(0, 135)
    axes.set_xticks([])
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_frame_on(False)


def asked(target: Target, lang: str) -> str:
    """Return in a few words what a reading asks of its rate or count; its wording where that has no short form."""
    fall = target.direction == "at_most"
    if target.kind == "change" and (target.bound < 0) == fall and target.unit in ("pp", "pct"):
        amount = quantity(abs(target.bound), target.unit, lang)
        return say(f"sheet.asked.{'fall' if fall else 'rise'}", lang, amount=amount)
    if target.kind == "level":
        return say(f"sheet.asked.{target.direction}", lang, amount=quantity(target.bound, target.unit, lang))
    return target.wording[lang]


def in_one(targets: Sequence[Target], lang: str) -> str:
    """Return in a few words from how much to how much readings ask of one change, from the least to the most; "" for others.

    >>> import povertystats as ps
    >>> in_one(ps.load_targets(ps.load_facts(), place="Bắc Kạn")[:2], "en")
    'down by 2 to 2.5 points'
    """
    least, *others = sorted(targets, key=lambda one: abs(one.bound))
    same = ("kind", "indicator", "places", "unit", "year", "base_year", "direction", "of")
    if any(getattr(least, name) != getattr(one, name) for one in others for name in same):
        return ""
    fall = least.direction == "at_most"
    if least.kind != "change" or least.unit not in ("pp", "pct") or not others:
        return ""
    if any((one.bound < 0) != fall for one in targets):
        return ""
    low = number(abs(least.bound), lang, draw.decimals([abs(least.bound)]))
    high = quantity(abs(others[-1].bound), least.unit, lang)
    return say(f"sheet.asked.{'fall' if fall else 'rise'}_between", lang, low=low, high=high)


def printed(target: Target, lang: str) -> str:
    """Return in a few words how a target was worded; all of its wording where that has no short form."""
    if target.kind == "level":
        falls = "down_to" if target.direction == "at_most" else "up_to"
        return say(f"sheet.asked.{falls}", lang, amount=quantity(target.bound, target.unit, lang))
    return target.wording[lang]
