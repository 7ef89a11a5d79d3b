"""What all figures share: canvas, palette, axes, labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits.picture import DPI
from povertystats.exhibits.picture import GREY as GREY
from povertystats.exhibits.picture import NARROW as NARROW
from povertystats.exhibits.picture import SMALL as SMALL
from povertystats.exhibits.picture import WIDTH as WIDTH
from povertystats.exhibits.picture import Picture as Picture
from povertystats.words.phrases import decimals as decimals
from povertystats.words.phrases import wrap as wrap
from povertystats.words.wording import number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# Okabe and Ito's palette, told apart with colour-blind eyes; dashes and markers tell the same in black and white.
BLUE, ORANGE, GREEN, LIGHT = "#0072b2", "#d55e00", "#009e73", "#949494"
# Letters in these colours, dark enough to be read.
_INK = {ORANGE: "#a84a00", GREEN: "#00704f"}
# How an estimate or a place is drawn, and how the place that a reader asks for stands out among them.
DOT: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 5, "markeredgewidth": 1.3}
MARKED: dict[str, Any] = {
    "linestyle": "",
    "marker": "D",
    "markersize": 7,
    "color": ORANGE,
    "markeredgecolor": "black",
}
# An interval, and a second one on top of it.
THICK: dict[str, Any] = {"linewidth": 5, "alpha": 0.45}
THIN: dict[str, Any] = {"linestyle": "-", "linewidth": 1, "marker": "|", "markersize": 8}
# Inches at either side of a panel, for numbers at the ends of neighbouring axes.
APART = 0.14


def canvas(
    height: float,
    *,
    rows: int = 1,
    columns: int = 1,
    ratios: Sequence[float] | None = None,
    apart: float | None = None,
    width: float = WIDTH,
    **shared: Any,
) -> tuple[Figure, np.ndarray]:
    """Return an empty figure of ``height`` inches and its axes, an array (rows, columns).

    ``ratios``: heights of the rows relative to one another; ``apart``: inches at either side of a panel; ``width``: NARROW for
    one that a phone shows whole; ``shared``: sharex, sharey as in matplotlib.

    >>> figure, axes = canvas(3.6, columns=2)
    >>> figure.get_size_inches().tolist(), axes.shape
    ([7.2, 3.6], (1, 2))
    """
    import seaborn as sns
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    style = {**sns.axes_style("whitegrid"), **sns.plotting_context("notebook", font_scale=0.85)}
    style |= {"axes.edgecolor": GREY, "grid.color": "#e3e3e3"}
    with rc_context(style):
        figure = Figure(figsize=(width, height), dpi=DPI, layout=ConstrainedLayoutEngine(w_pad=apart))
        axes = figure.subplots(rows, columns, squeeze=False, height_ratios=ratios, **shared)
        for one in axes.flat:
            for side in ("top", "right", "left"):
                one.spines[side].set_visible(False)
    return figure, axes


def percent_axis(axis: Axis, lang: str) -> None:
    """Write the ticks of an axis (``axes.xaxis`` or ``axes.yaxis``) as per cents, with decimals only to tell them apart."""
    axis.set_major_formatter(lambda at, _: f"{number(at, lang, decimals(axis.get_majorticklocs()))}%")


def number_axis(axis: Axis, lang: str, *, most: int = 6) -> None:
    """Write at most ``most`` ticks of an axis as numbers, with as many decimals as tell them apart and no more."""
    locator: Any = axis.get_major_locator()
    locator.set_params(nbins=most - 1)
    axis.set_major_formatter(lambda at, _: number(at, lang, decimals(axis.get_majorticklocs())))


def apart(levels: Sequence[float], gap: float | Sequence[float]) -> list[float]:
    """Return heights for labels as near to their levels as a distance of ``gap`` from one another allows.

    ``gap``: one for all, or the height of each label.

    >>> [round(height, 2) for height in apart([1.0, 1.2, 5.0], 1)]
    [0.6, 1.6, 5.0]
    """
    sizes = [gap] * len(levels) if isinstance(gap, int | float) else gap
    order = sorted(range(len(levels)), key=levels.__getitem__)
    heights = list(levels)
    for _ in range(10 * len(levels)):
        for below, above in pairwise(order):
            lack = (sizes[below] + sizes[above]) / 2 - (heights[above] - heights[below])
            if lack > 0:
                heights[below] -= lack / 2
                heights[above] += lack / 2
    return heights


def name_rows(axes: Axes, names: Sequence[str], *, headings: Sequence[bool]) -> list[float]:
    """Write names at the left of rows from top to bottom and return the rows' heights.

    Each name takes as many units of height as it has lines, the last one ends at 0; ``headings``: one boolean
    a name, for bold letters.

    >>> _, [[axes]] = canvas(2)
    >>> name_rows(axes, ["training of workers", "within\\nplaces"], headings=[True, False])
    [2.5, 1.0]
    """
    lines = [name.count("\n") + 1 for name in names]
    heights = [sum(lines[at:]) - lines[at] / 2 for at in range(len(lines))]
    axes.set_yticks(heights, names)
    axes.set_ylim(0, sum(lines))
    axes.grid(axis="y", visible=False)
    for text, heading in zip(axes.get_yticklabels(), headings, strict=True):
        text.set_fontsize(SMALL)
        text.set_fontweight("bold" if heading else "normal")
    return heights


def draw_panels(
    blocks: Sequence[tuple[dict, pd.DataFrame]],
    columns: Sequence[str],
    lang: str,
    *,
    zero: bool = True,
    width: float = WIDTH,
) -> tuple[Figure, np.ndarray]:
    """Draw estimates with their intervals, a row of panels a block and one of ``columns`` each; return figure and axes.

    ``blocks``: ``[(layout, rows)]``, the layout ``{row: label}`` from top to bottom with None for a heading; rows
    have panel (the column), row, estimate, low, high, clear (the dot is filled) and, for a second interval, low_wild
    and high_wild. ``zero``: a line there. A narrow figure has all panels below one another, each with its names.
    """
    wide = width > NARROW
    layouts = [
        {row: name if wide else wrap(name, 20) for row, name in layout.items()} for layout, _ in blocks
    ]
    heights = [0.4 + 0.21 * sum(1 + name.count("\n") for name in layout.values()) for layout in layouts]
    if wide:
        grid: dict[str, Any] = {"columns": len(columns), "ratios": heights, "apart": APART}
        figure, panels = canvas(1.2 + sum(heights), rows=len(blocks), **grid)
    else:
        tall = [height + 0.3 for height in heights for _ in columns]
        figure, panels = canvas(1.2 + sum(tall), rows=len(tall), ratios=tall, width=width)
        panels = panels.reshape(len(blocks), len(columns))
    for layout, (_, rows), across in zip(layouts, blocks, panels, strict=True):
        for axes, column in zip(across, columns, strict=True):
            at = name_rows(axes, list(layout.values()), headings=[row is None for row in layout])
            if zero:
                axes.axvline(0, color=GREY, linewidth=1)
            for row in rows[rows["panel"] == column].itertuples():
                draw_estimate(axes, row, at[list(layout).index(row.row)], filled=row.clear)
            axes.tick_params(axis="y", labelleft=axes is across[0] or not wide)
            axes.margins(x=0.1)
            number_axis(axes.xaxis, lang, most=4)
    return figure, panels


def draw_estimate(axes: Axes, row: Any, height: float, *, filled: bool) -> None:
    """Draw the dot of an estimate on its interval, and on that the second one, where the row has them."""
    axes.plot([row.low, row.high], [height] * 2, color=BLUE, solid_capstyle="butt", **THICK)
    second = [getattr(row, f"{end}_wild", math.nan) for end in ("low", "high")]
    if all(map(math.isfinite, second)):
        axes.plot(second, [height] * 2, color="black", **THIN)
    axes.plot(row.estimate, height, color=BLUE, markerfacecolor=BLUE if filled else "white", **DOT)


def name_points(axes: Axes, points: Sequence[tuple[float, float, str, str]], *, gap: float) -> None:
    """Write names beside points ``(x, y, name, side)``, side "left" or "right", ``gap`` of the height apart."""
    low, high = axes.get_ylim()
    heights = apart([y for _, y, *_ in points], gap * (high - low))
    for (x, _, name, side), height in zip(points, heights, strict=True):
        aside, anchor = (-7, "right") if side == "left" else (7, "left")
        look: dict[str, Any] = {"ha": anchor, "va": "center", "fontsize": SMALL}
        axes.annotate(name, (x, height), xytext=(aside, 0), textcoords="offset points", **look)


def name_all(axes: Axes, points: Sequence[tuple[float, float, str]], *, inches: tuple[float, float]) -> None:
    """Write a name beside each point ``(x, y, name)`` that has a side where it lies on no other name or point.

    ``inches``: how wide and tall the axes are, whose limits are set.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    across, up = inches[0] / (right - left), inches[1] / (top - bottom)
    at = [((x - left) * across, (y - bottom) * up) for x, y, _ in points]
    taken = [(x - 0.05, y - 0.05, x + 0.05, y + 0.05) for x, y in at]
    for (x, y), (_, _, name) in sorted(zip(at, points, strict=True), key=lambda one: -one[0][1]):
        wide, tall = 0.066 * len(name), 0.13
        sides = [(x + 0.07, y - tall / 2), (x - 0.07 - wide, y - tall / 2)]
        corners = [*sides, (x - wide / 2, y + 0.06), (x - wide / 2, y - 0.06 - tall)]
        corners += [(a, b + away) for away in (0.1, -0.1, 0.2, -0.2) for a, b in sides]
        boxes = [(a, b, a + wide, b + tall) for a, b in corners]
        free = [
            (a, b, c, d)
            for a, b, c, d in boxes
            if a >= 0
            and c <= inches[0]
            and not any(a < g and e < c and b < h and f < d for e, f, g, h in taken)
        ]
        if not free:
            continue
        a, b, *_ = free[0]
        taken.append(free[0])
        axes.text(left + a / across, bottom + (b + tall / 2) / up, name, fontsize=SMALL, va="center")


def name_ends(axes: Axes, labels: Sequence[tuple[float, str, str]], *, width: int, tall: float) -> None:
    """Write labels ``(level, text, colour)`` right of the axes beside the ends of their lines, apart, what is first in bold.

    Each line of a text has at most ``width`` letters; ``tall``: the height of the axes in inches. A thin line leads to each.
    """
    bottom, top = axes.get_ylim()
    line, blocks = 1.32 * SMALL, [[wrap(part, width) for part in text.split("\n")] for _, text, _ in labels]
    lines = [sum(part.count("\n") + 1 for part in block) for block in blocks]
    sizes = [(count + 0.4) * line / 72 / tall * (top - bottom) for count in lines]
    heights = apart([level for level, *_ in labels], sizes)
    for (level, _, colour), block, height, count in zip(labels, blocks, heights, lines, strict=True):
        where: Any = axes.get_yaxis_transform()
        axes.plot([1, 1.03], [level, height], color=colour, linewidth=0.8, transform=where, clip_on=False)
        below = 0.5 * line * count
        for part, weight in zip(block, ("bold", *["normal"] * len(block)), strict=False):
            own = line * (part.count("\n") + 1)
            look: dict[str, Any] = {"fontweight": weight, "fontsize": SMALL + (weight == "bold")}
            look |= {
                "xytext": (10, below - 0.5 * own),
                "textcoords": "offset points",
                "va": "center",
            }
            look |= {
                "xycoords": where,
                "color": _INK.get(colour, colour),
                "linespacing": 1.1,
                "annotation_clip": False,
            }
            axes.annotate(part, (1, height), **look)
            below -= own


def key(label: str, **look: Any) -> Line2D:
    """Return an entry of a legend: a marker or line that looks as ``Line2D`` is told to, without data."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **({"linestyle": ""} | look))


def interval_key(label: str) -> Line2D:
    """Return the entry of an interval as ``draw_estimate`` draws it."""
    return key(label, color=BLUE, linestyle="-", **THICK)


def dot_keys(filled: str, hollow: str) -> list[Line2D]:
    """Return the entries of the filled and the hollow dots of estimates or places."""
    return [key(filled, color=BLUE, **DOT), key(hollow, color=BLUE, markerfacecolor="white", **DOT)]


def legend(figure: Figure, keys: Sequence[Artist], *, columns: int | None = None) -> None:
    """Write a legend below all panels, where it covers no data; ``columns``: one for each key when left out, on a phone one for all."""
    wide = figure.get_figwidth() > NARROW
    for one in keys:
        one.set_label(one.get_label() if wide else wrap(str(one.get_label()), 40))
    count = (columns or len(keys)) if wide else 1
    place: dict[str, Any] = {"loc": "outside lower center", "ncols": count, "frameon": False}
    figure.legend(handles=keys, fontsize=SMALL + 0.5, **place)
