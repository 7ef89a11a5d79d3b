"""Outlines keep north up, the shape that shapes have, and one border between neighbours."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from povertystats.maps.outlines import outlines
from povertystats.maps.shapes import Shape


def shape(*rings):
    return Shape({}, [np.array(ring, float) for ring in rings])


def box(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def corners(path):
    """Return the corners of each ring of a path."""
    rings = []
    for x, y, steps in re.findall(r"M(\d+) (\d+)l([^z]*)z", path):
        moves = np.array(steps.split(), int).reshape(-1, 2)
        rings.append({tuple(p) for p in np.cumsum([[int(x), int(y)], *moves], axis=0).tolist()})
    return rings


def test_north_is_up_and_degrees_of_longitude_shrink_with_latitude():
    drawn = outlines([shape(box(10, 59, 12, 60)), shape(box(10, 60, 12, 61))])
    (south,), (north,) = map(corners, drawn.paths)
    assert min(y for _, y in south) == max(y for _, y in north) > 0
    # At 60 degrees a degree of longitude is half as long as one of latitude.
    assert abs(drawn.width / drawn.height - 0.5) < 0.01
    assert drawn.middles[0][1] > drawn.middles[1][1]


def test_neighbours_keep_one_border_and_straight_lines_no_corners():
    fine = np.linspace(0, 1, 400)
    border = np.column_stack([1 + 0.02 * np.sin(9 * fine), fine])
    west = shape(np.concatenate([border, [[0, 1], [0, 0], border[0]]]))
    east = shape(np.concatenate([border[::-1], [[2, 0], [2, 1], border[-1]]]))
    drawn = outlines([west, east])
    (one,), (other,) = map(corners, drawn.paths)
    assert len(one & other) > 5
    assert len(one) < 200 and (0, 0) in one


def test_places_on_both_sides_of_the_date_line_stay_together():
    drawn = outlines([shape(box(177, -18, 180, -16), box(-180, -18, -178, -16))])
    assert len(corners(drawn.paths[0])) == 2
    assert abs(drawn.width / drawn.height - 2.5 * np.cos(np.radians(17))) < 0.02


def test_a_place_too_small_to_see_is_a_dot_and_its_islets_are_left_out():
    tiny, large = box(1, 1, 1.0001, 1.0001), box(0, 0, 2, 2)
    assert outlines([shape(tiny), shape(large, tiny)]).paths[0].endswith("h1v1h-1z")
    assert outlines([shape(large, tiny)]).paths[0].count("M") == 1
    assert outlines([]).paths == () and outlines([shape()]).paths == ("",)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=9),
        min_size=1,
        max_size=4,
    )
)
def test_any_rings_give_paths_within_their_box(rings):
    drawn = outlines([shape(ring) for ring in rings])
    assert len(drawn.paths) == len(rings) and 0 <= drawn.width <= 901 and 0 <= drawn.height <= 901
    for path, (x, y) in zip(drawn.paths, drawn.middles, strict=True):
        assert path.startswith("M") and 0 <= x <= drawn.width and 0 <= y <= drawn.height + 1
        for ring in corners(path):
            assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in ring)
