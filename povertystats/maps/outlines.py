"""Outlines of shapes for a page: projected, rounded to its grid and written as paths of SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from povertystats.maps.shapes import Shape

# The longer side of a map in units; a unit is about a dot of the screen, and a whole number.
_SIDE = 900
# A narrow map leaves room for its names.
_WIDEST = 760


@dataclass(frozen=True)
class Outlines:
    """Shapes as paths: ``paths`` one a shape, in a box of ``width`` and ``height`` units, and a point within each."""

    width: int
    height: int
    paths: tuple[str, ...]
    middles: tuple[tuple[int, int], ...]
    # Width and height of the largest part of each, for the name that is to stand in it.
    sizes: tuple[tuple[int, int], ...]


def outlines(shapes: Sequence[Shape]) -> Outlines:
    """Return shapes as paths, north up, equirectangular with the cosine of the middle latitude.

    Corners are rounded to whole units and those that a line passes anyway are left out, so that neighbours keep one
    border between them. A place too small for corners is a dot, so that none is lost.
    """
    corners = [ring for shape in shapes for ring in shape.rings if len(ring)]
    if not corners:
        return Outlines(0, 0, ("",) * len(shapes), ((0, 0),) * len(shapes), ((0, 0),) * len(shapes))
    every = np.concatenate(corners)
    cut, (south, north) = _cut(every[:, 0]), (every[:, 1].min(), every[:, 1].max())
    narrow = math.cos(math.radians((south + north) / 2))
    east = (every[:, 0] - cut) % 360
    west, across = east.min(), max((east.max() - east.min()) * narrow, 1e-9)
    scale = min(_SIDE / max(across, north - south, 1e-9), _WIDEST / across)

    def placed(ring: np.ndarray) -> np.ndarray:
        x, y = ((ring[:, 0] - cut) % 360 - west) * narrow, north - ring[:, 1]
        return np.rint(np.column_stack([x, y]) * scale).astype(int)

    drawn = [[_corners(placed(ring)) for ring in shape.rings if len(ring)] for shape in shapes]
    largest = [max(rings, key=_spread, default=np.zeros((1, 2), int)) for rings in drawn]
    # Of islands smaller than a dot only those are kept that are all of a place.
    drawn = [[r for r in rings if len(r) > 2] or [most] for rings, most in zip(drawn, largest, strict=True)]
    return Outlines(
        math.ceil(across * scale),
        math.ceil((north - south) * scale),
        tuple("".join(map(_path, rings)) for rings in drawn),
        tuple(_middle(ring) for ring in largest),
        tuple(tuple(map(int, np.ptp(ring, axis=0))) for ring in largest),  # type: ignore[misc]
    )


def _cut(longitudes: np.ndarray) -> float:
    """Return the longitude at which to cut the globe open: in the middle of the widest gap, so that no place is torn."""
    around = np.unique(longitudes % 360)
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(gaps.argmax())
    return float((around[widest] + gaps[widest] / 2) % 360)


def _corners(points: np.ndarray) -> np.ndarray:
    """Return the corners of a closed ring of whole numbers: no repeats, none on a straight line."""
    while len(points) > 2:
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
        into, out = points - before, after - points
        gone = (into == 0).all(axis=1)
        if not gone.any():
            gone = into[:, 0] * out[:, 1] == into[:, 1] * out[:, 0]
        if gone.all():  # a line or a dot
            return points[:1]
        if not gone.any():
            break
        points = points[~gone]
    return points


def _spread(ring: np.ndarray) -> int:
    return int(np.prod(np.ptp(ring, axis=0) + 1))


def _path(ring: np.ndarray) -> str:
    """Return a ring as a path of relative steps; a dot where it has no corners left."""
    start, steps = ring[0], np.diff(ring, axis=0)
    if len(ring) < 3:
        return f"M{start[0]} {start[1]}h1v1h-1z"
    return f"M{start[0]} {start[1]}l{' '.join(f'{x} {y}' for x, y in steps)}z"


def _middle(ring: np.ndarray) -> tuple[int, int]:
    """Return the point in which a name may stand: the middle of the widest run within the ring at its centre's height."""
    y = float(np.mean([ring[:, 1].min(), ring[:, 1].max()])) + 0.25
    ahead = np.roll(ring, -1, axis=0)
    crossed = (ring[:, 1] < y) != (ahead[:, 1] < y)
    if not crossed.any():
        return int(ring[0, 0]), int(ring[0, 1])
    a, b = ring[crossed].astype(float), ahead[crossed].astype(float)
    at = np.sort(a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
    runs = [(at[i + 1] - at[i], (at[i] + at[i + 1]) / 2) for i in range(0, len(at) - 1, 2)]
    return int(max(runs)[1]), int(y)
