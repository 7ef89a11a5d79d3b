"""Shapes and the places that they are: joined by the property that names most of them, or by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from povertystats.maps.shapes import Shape
from povertystats.words.errors import InvalidValue, NotFound, Refused

if TYPE_CHECKING:
    from povertystats.facts.places import Places


@dataclass(frozen=True, eq=False)
class Matched:
    """The shapes of one layer and the place of each, "" for one that is none of the places asked for."""

    shapes: tuple[Shape, ...]
    places: tuple[str, ...]
    # The property that names them.
    by: str
    asked: tuple[str, ...]
    # What shapes are called that name no place, or may be several.
    unknown: tuple[str, ...] = ()

    @cached_property
    def without(self) -> list[str]:
        """Places that no shape is of."""
        return [place for place in self.asked if place not in self.places]


def match(layers: Mapping[str, Sequence[Shape]], places: Places, chosen: Iterable[str], what: str) -> Matched:
    """Return the layer, and the property in it, by which the most of the ``chosen`` places have a shape.

    Several shapes may be one place. Raises Refused, which begins with ``what``, where no place has one.
    """
    asked = tuple(chosen)
    found: dict[str, str] = {}
    best: Matched | None = None
    for shapes in layers.values():
        for key in dict.fromkeys(key for shape in shapes for key in shape.said):
            names = [shape.said.get(key, "") for shape in shapes]
            for name in names:
                if name not in found:
                    found[name] = _meant(name, places, asked)
            one = Matched(tuple(shapes), tuple(found[name] for name in names), key, asked)
            if best is None or _good(one) > _good(best):
                best = one
    if best is None or len(best.without) == len(asked):
        said = sorted({word for shapes in layers.values() for s in shapes for word in s.said.values()})
        few = ", ".join(repr(word[:40]) for word in said[:6])
        raise Refused(
            what,
            [
                f"none of its shapes is one of the {len(asked)} places by name or code; "
                f"its properties say {few}{' ...' if len(said) > 6 else ''}"
                if said
                else "its shapes have no properties that could name places"
            ],
        )
    at = {shape.said.get(best.by, "?"): place for shape, place in zip(best.shapes, best.places, strict=True)}
    unknown = (name for name, place in at.items() if not place and not _known(name, places))
    return replace(best, unknown=tuple(sorted(unknown)))


def _known(name: str, places: Places) -> bool:
    return len(places.gazetteer.matching(name)) == 1


def _good(matched: Matched) -> tuple[int, int]:
    """The most places; then each by a shape of its own, as a name that all districts of a province share is not."""
    return len(matched.asked) - len(matched.without), -sum(map(bool, matched.places))


def _meant(name: str, places: Places, asked: tuple[str, ...]) -> str:
    """Return the place asked for that a text names; "" for none, or where it may be several of them."""
    if not name:
        return ""
    try:
        place = places.find(name)
    except InvalidValue:
        at = places.gazetteer.matching(name)
        named = {str(places.table["place"].iloc[i]) for i in at} & {*asked}
        return named.pop() if len(named) == 1 else ""
    except NotFound:
        return ""
    return place if place in asked else ""
