"""Few classes, each with some places, between round edges."""

import math

from hypothesis import given
from hypothesis import strategies as st

from povertystats.maps.scale import Scale, even_scale


@given(st.lists(st.floats(0, 100), max_size=80))
def test_every_class_has_a_value(values):
    scale = even_scale(values)
    assert len(scale.edges) <= 4 and list(scale.edges) == sorted(set(scale.edges))
    assert {scale.index(value) for value in values} == {*range(len(scale.edges) + 1)} or not values
    for value in values:
        low, high = scale.classes[scale.index(value)]
        assert (low is None or low <= value) and (high is None or value < high)


def test_edges_are_round_and_what_is_no_number_has_no_class():
    scale = even_scale([math.nan, *(0.37 * k for k in range(100))])
    assert all(edge == round(edge, 1) for edge in scale.edges) and len(scale.edges) == 4
    assert Scale(()).classes == [(None, None)]
