"""Tiles of places: on the grid that a package brings, or, where it has none, in plain rows that are no map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.words.languages import Words
from povertystats.words.names import plain

if TYPE_CHECKING:
    from povertystats.facts.places import Places


@dataclass(frozen=True)
class Tile:
    """The tile of a place, or of a part of it that has a tile of its own and no figure."""

    place: str
    # From 1, the north-west corner; 0 where tiles stand in plain rows.
    row: int
    column: int
    label: Words
    # The name of the part; empty for the place itself.
    part: Words


@dataclass(frozen=True)
class Layout:
    """Tiles in groups, each under its heading; on a grid there is one group, without a heading.

    ``grid``: tiles stand where places lie; ``without``: places that have no tile on the grid.
    """

    groups: tuple[tuple[Words, tuple[Tile, ...]], ...]
    grid: bool
    without: tuple[str, ...] = ()

    @property
    def parts(self) -> list[Tile]:
        """Tiles of parts of places, which carry no figure."""
        return [tile for _, tiles in self.groups for tile in tiles if tile.part]


def lay_out(places: Places, tiles: pd.DataFrame, chosen: Sequence[str]) -> Layout:
    """Return where the tiles of ``chosen`` places stand: on the grid ``tiles`` (tiles.csv), else in plain rows.

    On the grid the places that were not chosen stand as well: they say where the others lie. The grid is taken where
    it has a tile for at least half of the places.
    """
    rows = tiles.to_dict("records")
    placed = tuple(
        Tile(
            str(row["place"]),
            int(row["tile_row"]),
            int(row["tile_column"]),
            Words.of(row, "label_"),
            Words.of(row, "part_"),
        )
        for row in sorted(rows, key=lambda row: (row["tile_row"], row["tile_column"]))
    )
    own = {tile.place for tile in placed if not tile.part}
    without = tuple(place for place in chosen if place not in own)
    if 2 * len(without) <= len(chosen):
        return Layout(((Words(), placed),), True, without)
    return Layout(_grouped(places, chosen), False)


def _grouped(places: Places, chosen: Sequence[str]) -> tuple[tuple[Words, tuple[Tile, ...]], ...]:
    """Return places by their regions, else by the places that they lie in, each group by name."""
    about: Mapping[str, Mapping] = {row["place"]: row for row in places.table.to_dict("records")}
    regions = {place: Words.of(about[place], "region_") for place in chosen}
    told = all(regions.values())
    groups: dict[tuple, list[str]] = {}
    for place in sorted(chosen, key=plain):
        parent = str(about[place]["parent"] or "")
        heading = regions[place] if told else Words(en=parent) if parent else Words()
        groups.setdefault(tuple(sorted(heading.items())), []).append(place)
    return tuple(
        (Words(dict(heading)), tuple(Tile(place, 0, 0, Words(), Words()) for place in members))
        for heading, members in groups.items()
    )
