"""Shapes of places as GeoJSON and TopoJSON files hold them: polygons of degrees, with what is said of each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from povertystats.words.errors import FileProblem, MissingFile, Refused, refuse

# A shape is an area; a point or a line has no inside to colour.
_AREAS = ("Polygon", "MultiPolygon")
_COLLECTIONS = ("FeatureCollection", "GeometryCollection")
# More than this of one file is no list worth reading.
_MOST = 5


@dataclass(frozen=True, eq=False)
class Shape:
    """An area with what its file says of it.

    ``said``: {property: text}, its id among them; ``rings``: closed rings, arrays (n, 2) of longitude and latitude in
    degrees, holes among them (drawn by the even-odd rule).
    """

    said: Mapping[str, str]
    rings: Sequence[np.ndarray]


def read_shapes(path: str | Path) -> dict[str, list[Shape]]:
    """Return the shapes of a GeoJSON or TopoJSON file, ``{layer: shapes}``; GeoJSON has one layer.

    Raises MissingFile without the file, FileProblem for one that cannot be read, Refused with what is wrong in it: no
    JSON, neither of the two formats, no areas, coordinates that are no degrees.
    """
    path = Path(path)
    what = f"cannot draw the map of {path.name}"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise MissingFile(f"{path}: there is no such file") from None
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise Refused(what, [f"expected UTF-8 ({error.reason} at byte {error.start + 1})"]) from None
    try:
        told = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise Refused(what, [f"no JSON: {error}"]) from None
    if not isinstance(told, dict):
        raise Refused(what, ["expected GeoJSON or TopoJSON, an object with a type"])
    problems: list[str] = []
    try:
        topology = told.get("type") == "Topology"
        layers = _topology(told, problems) if topology else {"": [*_features(told, None, problems)]}
    except RecursionError:
        raise Refused(what, ["its collections lie in one another too deep"]) from None
    layers = {name: shapes for name, shapes in layers.items() if shapes}
    if not layers and not problems:
        problems.append(f"no area ({' or '.join(_AREAS)}) in it")
    more = [f"and {len(problems) - _MOST} more"] if len(problems) > _MOST else []
    refuse(what, [*problems[:_MOST], *more])
    return layers


def _topology(told: Mapping[str, Any], problems: list[str]) -> dict[str, list[Shape]]:
    arcs, objects = _arcs(told, problems), told.get("objects")
    if arcs is None or not isinstance(objects, dict):
        problems.append("a topology has arcs and objects")
        return {}
    return {str(name): [*_features(one, arcs, problems)] for name, one in objects.items()}


def _arcs(told: Mapping[str, Any], problems: list[str]) -> list[np.ndarray] | None:
    """Return the arcs in degrees: as they stand, or from whole steps by the transform."""
    arcs, transform = told.get("arcs"), told.get("transform")
    if not isinstance(arcs, list):
        return None
    found = []
    for number, arc in enumerate(arcs):
        points = _points(arc)
        if points is None:
            problems.append(f"arc {number}: expected positions, pairs of numbers")
            points = np.zeros((0, 2))
        found.append(points)
    if transform is None:
        return found
    try:
        scale, translate = (
            np.array([float(x) for x in transform[key]][:2]).reshape(2) for key in ("scale", "translate")
        )
    except (KeyError, OverflowError, TypeError, ValueError):
        problems.append("its transform has no scale and translate of two numbers each")
        return None
    return [np.cumsum(arc, axis=0) * scale + translate for arc in found]


def _features(told: Any, arcs: list[np.ndarray] | None, problems: list[str]) -> Iterator[Shape]:
    """Yield the areas in a feature, a geometry or a collection of them; other geometries have none."""
    if not isinstance(told, dict):
        problems.append(f"expected an object with a type, not {str(told)[:40]!r}")
        return
    kind = told.get("type")
    if kind in _COLLECTIONS:
        for one in _list(told.get("features" if kind == "FeatureCollection" else "geometries")):
            yield from _features(one, arcs, problems)
        return
    geometry = told.get("geometry") if kind == "Feature" else told
    if kind not in ("Feature", "Point", "MultiPoint", "LineString", "MultiLineString", *_AREAS, None):
        problems.append(f"type {str(kind)[:40]!r}: expected GeoJSON or TopoJSON")
    parts = [*_areas(geometry)] if isinstance(geometry, dict) else []
    if not parts:
        return
    properties = told.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    said = {str(key): _word(word) for key, word in properties.items()}
    said |= {"id": _word(told.get("id"))}
    name = next((word for word in said.values() if word), "")
    rings = [_ring(ring, arcs) for part in parts for ring in part]
    if wrong := [problem for problem in rings if isinstance(problem, str)]:
        problems.append(f"{name or 'a shape'}: {wrong[0]}")
        return
    yield Shape(
        {key: word for key, word in said.items() if word}, [r for r in rings if not isinstance(r, str)]
    )


def _areas(geometry: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Yield the polygons of a geometry, each a list of rings."""
    kind, parts = geometry.get("type"), geometry.get("coordinates", geometry.get("arcs"))
    if kind == "GeometryCollection":
        for one in _list(geometry.get("geometries")):
            if isinstance(one, dict):
                yield from _areas(one)
    elif kind in _AREAS:
        polygons = [parts] if kind == "Polygon" else _list(parts)
        yield from (one if isinstance(one, list) else [one] for one in polygons if one is not None)


def _ring(told: Any, arcs: list[np.ndarray] | None) -> np.ndarray | str:
    """Return a ring in degrees, from its positions or its arcs, or what is wrong with it."""
    if arcs is None:
        points = _points(told)
        if points is None:
            return "expected positions, pairs of numbers"
    else:
        if not isinstance(told, list) or not all(
            type(i) is int and -len(arcs) <= i < len(arcs) for i in told
        ):
            return "names arcs that are not there"
        # Where two arcs meet they share a position.
        pieces = [arcs[~i][::-1] if i < 0 else arcs[i] for i in told]
        points = (
            np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]) if pieces else np.zeros((0, 2))
        )
    if not np.isfinite(points).all():
        return "a coordinate is no number"
    if len(points) and not (np.abs(points) <= (360, 90)).all():
        return "coordinates are no degrees of longitude and latitude; export the file as EPSG:4326 (WGS 84)"
    return points


def _points(told: Any) -> np.ndarray | None:
    """Return positions as an array (n, 2), without heights; None for what is none."""
    if not isinstance(told, list) or not all(isinstance(p, list) and len(p) >= 2 for p in told):
        return None
    numbers = (x for p in told for x in p[:2])
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in numbers):
        return None
    try:
        return np.array([[float(p[0]), float(p[1])] for p in told]).reshape(-1, 2)
    except OverflowError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: Any) -> str:
    """Return a property as a text; "" for what names nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if math.isfinite(value) and value.is_integer() else ""
    return " ".join(str(value).split())
