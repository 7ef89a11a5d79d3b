"""The figures of targets: of all, one row a reading, and of one, its probability by what kind of year all places have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.forecasts.national_years import KINDS, told
from povertystats.targets.verdict import compared
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import LIKELY, check, likely, probability, say

if TYPE_CHECKING:
    from povertystats.forecasts.national_years import NationalYears
    from povertystats.targets.scorecard import Scorecard

# Where the words change, in percent, and the tint of each stretch between.
_EDGES = (0, *LIKELY, 100)
_TINTS = ("#f6f9fb", "#eef3f8", "#e5edf4", "#dce7f1", "#d2e1ed", "#c7d9e8")
# The height of a line of letters in inches, and the width of a letter in percent of the axis.
_LINE, _LETTER = 0.2, 1.4
# The square is seen on the dot where they meet.
_DOT = draw.DOT | {"markersize": 9, "markeredgewidth": 0}
_SQUARE = draw.DOT | {"marker": "s", "markersize": 5, "markeredgewidth": 1.2, "markerfacecolor": "white"}


def chances(card: Scorecard, lang: str) -> draw.Picture:
    """Draw the probability of each target of a Scorecard, one row a reading, in the order of the card.

    Filled dots: ``probability``; hollow squares: ``probability_points``; without a probability, the verdict in
    words. Lighter: a reading that nobody meant, beside one that was. Above stand the words of
    ``wording.likely``. The numbers: one row a reading, probabilities in percent.
    Raises ValueError for an unknown language and a card without targets.

    >>> import povertystats as ps
    >>> shown = chances(ps.scorecard(ps.load_facts().as_of("2020-05-07")), "en")
    >>> shown.data[["reading", "probability_pct", "meant"]].round(1).values[0].tolist()
    ['by_2.0', 56.8, True]
    """
    check(lang)
    if not card.targets:
        raise InvalidValue(f"chances: the scorecard of {card.place} holds no target; expected at least one")
    data = _numbers(card, lang)
    told = card.display(lang)
    chance, points = (told[say(f"scorecard.column.{name}", lang)] for name in ("probability", "points"))
    every = zip(card.details, card.table.itertuples(), strict=True)
    labels = [compared(found, row, lang)["probability"] for found, row in every]
    rows = data.assign(chance=chance, points=points, label=labels, light=_beside_meant(data))
    names = [draw.wrap(wording, 34) for wording in rows["wording"]]
    lines = [name.count("\n") + 1 for name in names]
    figure, [[axes]] = draw.canvas(1.6 + _LINE * sum(lines))
    heights = draw.name_rows(axes, names, headings=[False] * len(names))
    _draw_zones(axes, lang)
    # Which rows a target has is seen by the line above its first.
    for at in rows.index[rows["target"] != rows["target"].shift()][1:]:
        axes.axhline(heights[at] + lines[at] / 2, color="white", linewidth=2.5, zorder=0.9)
    for row, height, name in zip(rows.itertuples(), heights, axes.get_yticklabels(), strict=True):
        name.set_color(draw.GREY if row.light else "black")
        _draw_row(axes, row, height, lang)
    _explain(figure, rows, lang)
    about = {"place": card.place, "day": card.day(lang), "n": rows["target"].nunique(), "rows": len(rows)}
    alt = say(
        "plot.chances.alt", lang, told="; ".join(_told(row, lang) for row in rows.itertuples()), **about
    )
    return draw.Picture(figure, alt, data)


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
    about = {"among": first.among(lang), "shared": 100 * first.shared, "told": "; ".join(rows_told)}
    data = pd.concat(parts).rename_axis("year").reset_index()[["event", "year", "low_pct", "high_pct"]]
    return draw.Picture(figure, say("plot.by_year.alt", lang, **about), data)


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


def _draw_zones(axes, lang):
    """Tint the axis of probabilities and write above it in words what each stretch means."""
    for (low, high), tint in zip(pairwise(_EDGES), _TINTS, strict=True):
        axes.axvspan(low, high, color=tint, linewidth=0, zorder=0.5)
        middle = (low + high) / 2
        words = draw.wrap(likely(middle / 100, lang), max(round((high - low) / _LETTER), 9))
        place = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "xytext": (0, 4)}
        axes.annotate(
            words, (middle, 1), **place, ha="center", va="bottom", fontsize=draw.SMALL, color=draw.GREY
        )
    axes.set_xlim(0, 100)
    axes.set_xticks(_EDGES)
    axes.grid(axis="x", color="white", linewidth=1)
    draw.percent_axis(axes.xaxis, lang)
    axes.set_xlabel(say("plot.chances.axis", lang), fontsize=draw.SMALL + 0.5)


def _draw_row(axes, row, height, lang):
    """Draw both probabilities of a reading and write the first beside its mark, or the verdict in its stead."""
    p, points = row.probability_pct, row.probability_points_pct
    look = {"fontsize": draw.SMALL, "va": "center", "textcoords": "offset points"}
    if pd.isna(p):
        axes.annotate(row.chance, (0, height), xytext=(6, 0), color=draw.GREY, **look)
        return
    label = row.label
    other = p if pd.isna(points) else points
    at, left, start = _beside(p, other, _LETTER * (len(label) + 3))
    # A mark at 0 or 100 % is drawn whole.
    drawn = {"color": draw.LIGHT if row.light else draw.BLUE, "clip_on": False}
    if pd.notna(points):
        axes.plot([start, points], [height] * 2, linewidth=1, **drawn)
        axes.plot(points, height, zorder=3, **_SQUARE, **drawn)
    axes.plot(p, height, **_DOT, **drawn)
    offset, anchor = (-8, "right") if left else (8, "left")
    look |= {"ha": anchor, "color": draw.GREY if row.light else "black", "fontweight": "bold"}
    axes.annotate(label, (at, height), xytext=(offset, 0), **look)


def _beside(p, other, room):
    """Return where the number of ``p`` stands, ``room`` wide: at which mark, whether at its left, where the line starts."""
    left = p < other
    if (p >= room) if left else (p <= 100 - room):
        return p, left, p
    # Without room away from the other mark: between both where they lie far apart, else beyond both.
    if abs(other - p) > room + _LETTER:
        return p, not left, p + room if left else p - room
    return other, not left, p


def _explain(figure, rows, lang):
    """Write a legend of the marks that are drawn."""
    entries = {
        "probability": (rows["probability_pct"].notna(), {"color": draw.BLUE, **_DOT}),
        "points": (rows["probability_points_pct"].notna(), {"color": draw.BLUE, **_SQUARE}),
        "lighter": (rows["probability_pct"].notna() & rows["light"], {"color": draw.LIGHT, **_DOT}),
    }
    keys = [
        draw.key(say(f"plot.chances.{n}", lang), **look) for n, (some, look) in entries.items() if some.any()
    ]
    if keys:
        draw.legend(figure, keys)


def _told(row, lang):
    told = say("plot.chances.row", lang, wording=row.wording, chance=row.chance)
    beside = pd.notna(row.probability_points_pct)
    return told + (say("plot.chances.in_points", lang, points=row.points) if beside else "")
