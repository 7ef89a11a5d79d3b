"""Shapes are read as they were drawn, from GeoJSON and from TopoJSON, or refused with what is wrong."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.maps.shapes import read_shapes
from povertystats.words.errors import FileProblem, MissingFile, Refused

DEGREES = st.tuples(st.integers(-1800, 1800), st.integers(-900, 900))
RINGS = st.lists(DEGREES, min_size=3, max_size=12)
PLACES = st.lists(
    st.tuples(st.text(min_size=1, max_size=8), st.lists(RINGS, min_size=1, max_size=3)),
    min_size=1,
    max_size=5,
)


def closed(ring):
    return [[x / 10, y / 10] for x, y in [*ring, ring[0]]]


def geojson(places):
    """Return areas as GeoJSON: a polygon where there is one, else several."""

    def geometry(rings):
        parts = [[closed(ring)] for ring in rings]
        return (
            {"type": "Polygon", "coordinates": parts[0]}
            if len(parts) == 1
            else {"type": "MultiPolygon", "coordinates": parts}
        )

    features = [
        {"type": "Feature", "id": i, "properties": {"name": name}, "geometry": geometry(rings)}
        for i, (name, rings) in enumerate(places)
    ]
    return {"type": "FeatureCollection", "features": features}


def topojson(places, scale=(0.1, 0.1), translate=(-180, -90)):
    """Return areas as quantised TopoJSON: each ring of two arcs, the second of them written backwards."""
    arcs, geometries = [], []

    def arc(points):
        steps = np.diff(np.array(points), axis=0, prepend=[[0, 0]]).tolist()
        arcs.append(steps)
        return len(arcs) - 1

    for name, rings in places:
        parts = []
        for ring in rings:
            whole = [
                [round((x / 10 - translate[0]) / scale[0]), round((y / 10 - translate[1]) / scale[1])]
                for x, y in [*ring, ring[0]]
            ]
            half = len(whole) // 2
            parts.append([[arc(whole[: half + 1]), ~arc(whole[half:][::-1])]])
        geometries.append({"type": "MultiPolygon", "arcs": parts, "properties": {"name": name}})
    objects = {"places": {"type": "GeometryCollection", "geometries": geometries}}
    return {
        "type": "Topology",
        "transform": {"scale": scale, "translate": translate},
        "arcs": arcs,
        "objects": objects,
    }


@settings(max_examples=40, deadline=None)
@given(places=PLACES)
def test_both_formats_give_the_rings_that_were_written(places, tmp_path_factory):
    file = tmp_path_factory.mktemp("shapes") / "map.json"
    for written, layer in ((geojson(places), ""), (topojson(places), "places")):
        file.write_text(json.dumps(written), "utf-8")
        shapes = read_shapes(file)[layer]
        assert [" ".join(name.split()) for name, _ in places] == [
            shape.said.get("name", "") for shape in shapes
        ]
        for (_, rings), shape in zip(places, shapes, strict=True):
            for ring, found in zip(rings, shape.rings, strict=True):
                np.testing.assert_allclose(found, closed(ring), atol=1e-9)


BOX = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
WRONG = {
    "no JSON": "{",
    "expected GeoJSON": "[1]",
    "no area": '{"type": "FeatureCollection", "features": []}',
    "'Raster'": '{"type": "Raster"}',
    "EPSG:4326": json.dumps(
        {"type": "Polygon", "coordinates": [[[500000, 2000000], [500001, 2000000], [500001, 2000001]]]}
    ),
    "no number": '{"type": "Polygon", "coordinates": [[[0, 1e999], [1, 0], [1, 1]]]}',
    "pairs of numbers": json.dumps({"type": "Polygon", "coordinates": [[["a", 0], [1, 0], [1, 1]]]}),
    "arcs that are not there": json.dumps(
        {"type": "Topology", "arcs": [], "objects": {"a": {"type": "Polygon", "arcs": [[3]]}}}
    ),
    "arcs and objects": '{"type": "Topology"}',
    "scale and translate": json.dumps(
        {
            "type": "Topology",
            "transform": {"scale": [1]},
            "arcs": [[[0, 0], [1, 1]]],
            "objects": {"a": {"type": "Polygon", "arcs": [[0]]}},
        }
    ),
    "too deep": '{"type":"FeatureCollection","features":[' * 3000 + "]}" * 3000,
}


@pytest.mark.parametrize("told", WRONG)
def test_what_is_no_map_is_refused_in_words(told, tmp_path):
    file = tmp_path / "map.json"
    file.write_text(WRONG[told], "utf-8")
    with pytest.raises(Refused) as error:
        read_shapes(file)
    assert "map.json" in str(error.value) and (told in str(error.value) or told == "too deep")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(MissingFile, match="none.json"):
        read_shapes(tmp_path / "none.json")
    with pytest.raises(FileProblem):
        read_shapes(tmp_path)
    (tmp_path / "latin.json").write_bytes(b'{"type": "\xe9"}')
    with pytest.raises(Refused, match="UTF-8"):
        read_shapes(tmp_path / "latin.json")


def test_points_and_lines_have_no_inside_and_properties_are_texts(tmp_path):
    file = tmp_path / "map.json"
    point = {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [0, 0]}}
    area = {
        "type": "Feature",
        "id": "06",
        "properties": {"name": " Bắc  Kạn ", "code": 6.0, "no": True, "none": None},
        "geometry": BOX,
    }
    empty = {"type": "Feature", "properties": {}, "geometry": None}
    file.write_text(
        "\ufeff" + json.dumps({"type": "FeatureCollection", "features": [point, area, empty]}), "utf-8"
    )
    (shape,) = read_shapes(file)[""]
    assert shape.said == {"name": "Bắc Kạn", "code": "6", "id": "06"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "arcs", "x"]), inner)
    ),
    max_leaves=6,
)


def nodes(told):
    """Yield (holder, key) of every value in JSON."""
    for key, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
        yield told, key
        if isinstance(value, dict | list):
            yield from nodes(value)


@settings(max_examples=100, deadline=None)
@given(which=st.sampled_from([geojson, topojson]), at=st.integers(0, 10**6), put=ANYTHING)
def test_whatever_stands_in_a_file_is_drawn_or_refused(which, at, put, tmp_path_factory):
    told = which([("A", [[(0, 0), (10, 0), (10, 10)]] * 2), ("B", [[(5, 5), (9, 9), (5, 9)]])])
    every = [*nodes(told)]
    holder, key = every[at % len(every)]
    holder[key] = put
    file = tmp_path_factory.mktemp("shapes") / "map.json"
    file.write_text(json.dumps(told), "utf-8")
    try:
        layers = read_shapes(file)
    except Refused:
        return
    assert all(ring.shape[1] == 2 for shapes in layers.values() for one in shapes for ring in one.rings)
