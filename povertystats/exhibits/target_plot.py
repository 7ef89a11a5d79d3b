"""The figures of targets: of all, one row a reading, and of one, its probability by what kind of year all places have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.forecasts.national_years import KINDS, told
from povertystats.targets.verdict import chance
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import LIKELY, check, likely, number, odds, probability, say

if TYPE_CHECKING:
    from povertystats.forecasts.national_years import NationalYears
    from povertystats.targets.scorecard import Scorecard

# Where the words change, in percent, and the tint of each stretch between.
_EDGES = (0, *LIKELY, 100)
_TINTS = ("#f6f9fb", "#eef3f8", "#e5edf4", "#dce7f1", "#d2e1ed", "#c7d9e8")
# The height of a line of letters and of a mark in inches.
_LINE, _MARK = 0.165, 0.2
_DOT = draw.DOT | {"markersize": 9, "markeredgewidth": 0, "clip_on": False, "zorder": 3}


def chances(card: Scorecard, lang: str) -> draw.Picture:
    """Draw the chance of each target of a Scorecard, one row a reading, in the order of the card, all of one height.

    A dot with its number; a bar between two dots where both scales tell it, ``verdict.chance``; without a probability, the
    verdict in words outside the stretches of likelihood, hatched where it cannot be assessed. Lighter, with the word for it: a
    reading that nobody meant, beside one that was. The numbers: one row a reading, probabilities in percent.
    Raises ValueError for an unknown language and a card without targets.

    >>> import povertystats as ps
    >>> shown = chances(ps.scorecard(ps.load_facts().as_of("2020-05-07")), "en")
    >>> shown.data[["reading", "probability_pct", "meant"]].round(1).values[0].tolist()
    ['by_2.0', 56.9, True]
    """
    check(lang)
    if not card.targets:
        raise InvalidValue(f"chances: the scorecard of {card.place} holds no target; expected at least one")
    data = _numbers(card, lang)
    light = _beside_meant(data)
    rows = [
        _row(found, row, text, set_back, lang)
        for found, row, text, set_back in zip(
            card.details, card.table.itertuples(), data["wording"], light, strict=True
        )
    ]
    counts = {"n": data["target"].nunique(), "rows": len(rows), "open": sum(not row["ends"] for row in rows)}
    told = sorted((row for row in rows if row["ends"] and not row["light"]), key=lambda row: row["ends"])
    most = [say("plot.chances.row", lang, **row) for row in [*told[-1:], *told[:-1][:1]]]
    about = {"place": card.place, "day": card.day(lang), "told": "; ".join(most)}
    shown = partial(_chances, rows, lang)
    return draw.Picture(
        shown(),
        say(f"plot.chances.{'alt' if most else 'none'}", lang, **about, **counts),
        data,
        title=say("plot.chances.title", lang, **about),
        narrow=partial(shown, width=draw.NARROW),
    )


def _row(found, row, wording, light, lang):
    """Return how a reading is drawn: its ends in percent, none without a probability, and what stands beside them."""
    p = chance(row)
    known = isinstance(p, tuple) or pd.notna(p)
    verdict = "" if row.verdict == "probable" else say(f"scorecard.verdict.{row.verdict}", lang)
    # What is to be known of a chance stands with the name: beside its mark there is room for the number alone.
    remarks = [say("plot.chances.lighter", lang)] if light else []
    remarks += [say("plot.chances.proxy", lang)] if known and found.stands_in else []
    remarks += [verdict] if known and verdict else []
    wording = f"{wording} ({'; '.join(remarks)})" if remarks else wording
    told = _short(p, lang) if known else verdict
    ends = [100 * end for end in (p if isinstance(p, tuple) else (p, p))] if known else []
    about = {"target": found.target.target, "hatched": row.verdict == "not_assessable"}
    return about | {"wording": wording, "light": light, "ends": ends, "chance": told}


def _short(p, lang):
    """Return a chance as ``odds`` does, two of them with a dash between."""
    if isinstance(p, tuple) and min(p) >= 0.01 and max(p) <= 0.99:
        return say("odds.about", lang, n="–".join(number(100 * end, lang, 0) for end in p))
    return odds(p, lang)


def _chances(rows, lang, *, width=draw.WIDTH):
    """Draw the chances for one width: names beside their marks or, on a phone, above them."""
    wide = width > draw.NARROW
    names = [draw.wrap(row["wording"], 38 if wide else 44) for row in rows]
    lines = _LINE * max(name.count("\n") + 1 for name in names)
    height = max(lines, _MARK) + 0.08 if wide else lines + _MARK + 0.16
    figure, [[axes]] = draw.canvas(height * len(rows) + (1.1 if wide else 0.9), width=width)
    bases = range(len(rows) - 1, -1, -1)
    axes.set(xlim=(0, 100), ylim=(0, len(rows)))
    _draw_zones(axes, lang, wide)
    for row, before, name, base in zip(rows, [rows[0], *rows[:-1]], names, bases, strict=True):
        at = base + (0.5 if wide else (0.06 + _MARK / 2) / height)
        ink = draw.GREY if row["light"] else "black"
        place = (-0.018, base + 0.5) if wide else (0, base + 1 - 0.06 / height)
        look = {"ha": "right", "va": "center"} if wide else {"ha": "left", "va": "top"}
        axes.text(
            *place,
            name,
            transform=axes.get_yaxis_transform(),
            fontsize=draw.SMALL,
            color=ink,
            linespacing=1.1,
            **look,
        )
        # Which rows a target has is seen by the line above its first.
        if row["target"] != before["target"]:
            axes.axhline(base + 1, color=draw.LIGHT, linewidth=0.8, zorder=2.5)
        bottom, top = (base, 1) if wide else (base + 0.03 / height, (_MARK + 0.06) / height)
        if not row["ends"]:
            blank = {"facecolor": "white", "edgecolor": "#d0d0d0", "linewidth": 0, "zorder": 2}
            axes.add_patch(_rectangle(bottom, top, hatch="////" if row["hatched"] else "", **blank))
        _draw_row(axes, row, at, ink, letter=1.45 if wide else 2.1)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    return figure


def _rectangle(bottom, height, **look):
    from matplotlib.patches import Rectangle

    return Rectangle((0, bottom), 100, height, **look)


def _draw_zones(axes, lang, wide):
    """Tint the axis of probabilities and write above it in words what each stretch means; on a phone, what its ends mean."""
    for (low, high), tint in zip(pairwise(_EDGES), _TINTS, strict=True):
        axes.axvspan(low, high, color=tint, linewidth=0, zorder=0.5)
        middle = (low + high) / 2
        words = draw.wrap(likely(middle / 100, lang), max(round((high - low) / 1.45), 9))
        place = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "xytext": (0, 4)}
        look = {"ha": "center", "va": "bottom", "fontsize": draw.SMALL, "color": draw.GREY}
        if wide:
            axes.annotate(words, (middle, 1), **place, **look)
    if not wide:
        for side, at in (("left", 0.05), ("right", 0.95)):
            words = draw.wrap(likely(at, lang), 24)
            axes.set_title(words, loc=side, fontsize=draw.SMALL, color=draw.GREY)
    ticks = _EDGES if wide else (0, 50, 100)
    axes.set_xticks(ticks, [number(tick, lang, 0) for tick in ticks])
    axes.grid(axis="x", color="white", linewidth=1)
    axes.set_xlabel(say("plot.chances.axis", lang), fontsize=draw.SMALL + 0.5)


def _draw_row(axes, row, at, ink, *, letter):
    """Draw the chance of a reading with its number beside it, ``letter`` percent of the axis a letter; or the verdict in its stead."""
    look: dict[str, Any] = {
        "fontsize": draw.SMALL,
        "va": "center",
        "textcoords": "offset points",
        "zorder": 4,
    }
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    if not row["ends"]:
        axes.annotate(row["chance"], (0, at), (6, 0), color=draw.GREY, bbox=box, **look)
        return
    low, high = row["ends"]
    colour = draw.LIGHT if row["light"] else draw.BLUE
    if high > low:
        axes.plot(
            [low, high], [at] * 2, color=colour, linewidth=4, alpha=0.5, solid_capstyle="butt", zorder=3
        )
    axes.plot([*{low, high}], [at] * len({low, high}), color=colour, **_DOT)
    look |= {"color": ink, "fontweight": "bold"}
    room = letter * (len(row["chance"]) + 2)
    if high + room <= 100:
        axes.annotate(row["chance"], (high, at), (8, 0), ha="left", **look)
    elif low >= room:
        axes.annotate(row["chance"], (low, at), (-8, 0), ha="right", **look)
    elif high - low > room:
        axes.annotate(row["chance"], ((low + high) / 2, at), (0, 0), ha="center", bbox=box, **look)
    else:
        side, edge = ("right", 100) if 100 - high >= low else ("left", 0)
        axes.annotate(row["chance"], (edge, at), (0, 0), ha=side, **look)


def by_year(found: Sequence[tuple[str, NationalYears]], lang: str) -> draw.Picture:
    """Draw the probability of events ``[(wording, NationalYears)]`` in a good, an ordinary and a bad year for all places.

    Hollow: over all years, the answer itself. The worst known year, which is apart from the answer, is not drawn. Raises
    ValueError for an unknown language and for no event.
    """
    check(lang)
    if not found:
        raise InvalidValue("by_year: there is nothing to draw; expected one event or more")
    headings = [draw.wrap(wording, 36) for wording, _ in found]
    lines = [1 + heading.count("\n") for heading in headings]
    size: dict[str, Any] = {"ratios": [4 + 0.8 * n for n in lines], "width": draw.NARROW, "apart": 0.02}
    figure, panels = draw.canvas(0.1 + sum(1.05 + 0.17 * n for n in lines), rows=len(found), **size)
    parts, rows_told = [], []
    for axes, heading, (wording, one) in zip(panels.flat, headings, found, strict=True):
        chances = {kind: told(one, kind) for kind in ("all", *KINDS)}
        _draw_years(axes, chances, "many" if len(one.years) > 1 else "one", lang)
        # From the left edge, above its rows; empty lines keep the room.
        axes.set_title("\n" * heading.count("\n") + " ", fontsize=draw.SMALL)
        at = {
            "xycoords": ("figure fraction", "axes fraction"),
            "xytext": (4, 5),
            "textcoords": "offset points",
        }
        above = axes.annotate(heading, (0, 1), **at, va="bottom", fontsize=draw.SMALL, fontweight="bold")
        above.set_in_layout(False)
        rows_told.append(say("plot.by_year.row", lang, wording=wording, **chances))
        rows = {kind: np.broadcast_to(p, 2) for kind, p in chances.items()}
        parts.append(pd.DataFrame(rows, index=["low_pct", "high_pct"]).T.mul(100).assign(event=wording))
    first = found[0][1]
    about: dict[str, Any] = {
        "among": first.among(lang),
        "shared": 100 * first.shared,
        "told": "; ".join(rows_told),
    }
    data = pd.concat(parts).rename_axis("year").reset_index()[["event", "year", "low_pct", "high_pct"]]
    alt, title = (say(f"plot.by_year.{words}", lang, **about) for words in ("alt", "title"))
    return draw.Picture(figure, alt, data, title=title)


def _draw_years(axes, chances, many, lang):
    """Draw a bar for each chance from the top, with its number at the end and its name at the left."""
    for at, (kind, p) in enumerate(chances.items()):
        low, high = 100 * np.broadcast_to(p, 2)
        # What the other scale adds is lighter.
        light, colour = ("white", "white") if kind == "all" else (_TINTS[-1], draw.BLUE)
        axes.barh(at, high, 0.6, color=light, edgecolor=draw.BLUE, zorder=2)
        axes.barh(at, low, 0.6, color=colour, edgecolor=draw.BLUE, zorder=3)
        look: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(probability(p, lang), (high, at), **look, fontsize=draw.SMALL, fontweight="bold")
    names = [say(f"plot.by_year.{kind}.{many}", lang) for kind in chances]
    axes.set_yticks(range(len(chances)), names, fontsize=draw.SMALL)
    # Room for the longest number: a letter takes some three hundredths of the panel.
    longest = max(len(probability(p, lang)) for p in chances.values())
    axes.set_xlim(0, 100 / (0.98 - 0.03 * longest))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.invert_yaxis()


def _numbers(card, lang):
    """Return what is drawn, one row a reading, probabilities in percent."""
    probabilities = 100 * card.table[["probability", "probability_points"]].add_suffix("_pct")
    about = card.table[["target", "reading", "verdict"]]
    targets = [found.target for found in card.details]
    words = {"wording": [one.wording[lang] for one in targets], "meant": [one.meant for one in targets]}
    columns = ["target", "reading", "wording", *probabilities, "verdict", "meant"]
    return about.join(probabilities).assign(**words)[columns]


def _beside_meant(data):
    """Say of each reading whether nobody meant it while another of the same target was meant."""
    return ~data["meant"] & data.groupby("target")["meant"].transform("any")
