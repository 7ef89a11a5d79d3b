"""A small map of tiles: a place and those around it, each with its rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.maps.layout import Tile, lay_out
from povertystats.maps.scale import even_scale
from povertystats.words.wording import number, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.sheet.standing import Standing

# From low to high, told apart in black and white; letters on the darker ones are white.
_TINTS = ("#eef4f9", "#cfe1ee", "#9dc3de", "#4f8fc0", "#0b5c96")
_DARK = 3
# So many tiles to each side of the place are shown.
_NEAR = 2
# A tile holds three lines, in inches.
_TALL = 0.48


def tile_picture(found: Standing, known: Facts, lang: str) -> draw.Picture | None:
    """Draw a place and those around it as tiles in the colours of their rates, the place framed; None without a map of tiles.

    The numbers: one row a tile, place, row, column, value (per cent; missing: not known).
    """
    layout = lay_out(known.places, known.tiles, list(found.table["place"]))
    every = [tile for _, tiles in layout.groups for tile in tiles]
    own = next((tile for tile in every if tile.place == found.place and not tile.part), None)
    if not layout.grid or own is None:
        return None
    values = found.table.set_index("place")["value"]
    near = [tile for tile in every if not tile.part and _distance(tile, own) <= _NEAR]
    rows = [{"place": t.place, "row": t.row, "column": t.column, "value": values.get(t.place)} for t in near]
    told = {"title": found.title[lang], "year": found.year, "place": found.place, "n": len(found.table)}
    told |= {"rank": int(found.own["rank"]), "kinds": found.places.word(found.kind, lang, many=True)}
    figure = _drawn(near, own, values, lang)
    text = say("plot.tiles.alt", lang, **told)
    return draw.Picture(figure, text, pd.DataFrame(rows), title=say("plot.tiles.title", lang, **told))


def _distance(one: Tile, other: Tile) -> int:
    return max(abs(one.row - other.row), abs(one.column - other.column))


def _drawn(near: list[Tile], own: Tile, values: pd.Series, lang: str) -> Any:
    from matplotlib.patches import Rectangle

    # Classes of the places that are shown: among all of a country those around one are much alike.
    scale = even_scale(values[tile.place] for tile in near if tile.place in values.index)
    steps = max(len(scale.edges), 1)
    rows, columns = ([getattr(tile, side) for tile in near] for side in ("row", "column"))
    down = max(rows) - min(rows) + 1
    figure, [[axes]] = draw.canvas(_TALL * down, width=draw.NARROW)
    for tile in near:
        value = values.get(tile.place)
        step = None if value is None else round(scale.index(value) * (len(_TINTS) - 1) / steps)
        look: dict[str, Any] = {"facecolor": "white" if step is None else _TINTS[step], "edgecolor": "white"}
        if tile is own:
            look |= {"edgecolor": draw.ORANGE, "linewidth": 3, "zorder": 4}
        axes.add_patch(Rectangle((tile.column - 0.48, tile.row - 0.48), 0.96, 0.96, **look))
        ink: dict[str, Any] = {"color": "white" if step is not None and step >= _DARK else "black"}
        ink |= {"ha": "center", "va": "center", "fontsize": draw.SMALL, "linespacing": 0.95, "zorder": 5}
        rate = "–" if value is None else f"{number(value, lang, 1)}%"
        name = draw.wrap(tile.label[lang] or tile.place, 8)
        axes.text(
            tile.column, tile.row, f"{name}\n{rate}", **ink, fontweight="bold" if tile is own else "normal"
        )
    axes.set_xlim(min(columns) - 0.5, max(max(columns), min(columns) + 3) + 0.5)
    axes.set_ylim(max(rows) + 0.5, min(rows) - 0.5)
    axes.axis("off")
    return figure
