"""Shapes find their places by whatever property names most of them."""

import numpy as np
import pytest

import povertystats as ps
from povertystats.maps.matching import match
from povertystats.maps.shapes import Shape
from povertystats.words.errors import Refused


def shape(**said):
    return Shape(said, [np.zeros((4, 2))])


@pytest.fixture(scope="module")
def places():
    return ps.load_facts().places


def test_the_property_and_the_layer_with_most_places_are_taken(places):
    wards = [shape(name="Somewhere"), shape(name="Elsewhere")]
    provinces = [
        shape(GID="VNM.1", NAME_0="Vietnam", NAME_1="BacKan", id="06"),
        shape(GID="VNM.2", NAME_0="Vietnam", NAME_1="Dak Lak", id="66"),
        shape(GID="VNM.3", NAME_0="Vietnam", NAME_1="Paracel Islands", id="x"),
    ]
    found = match({"wards": wards, "provinces": provinces}, places, places.provinces, "map")
    assert found.by == "NAME_1" and found.places == ("Bắc Kạn", "Đắk Lắk", "")
    assert found.unknown == ("Paracel Islands",) and len(found.without) == 61
    by_code = [shape(code="06"), shape(code="66", name="Bac Kan")]
    assert match({"": by_code}, places, places.provinces, "map").places == ("Bắc Kạn", "Đắk Lắk")


def test_several_shapes_may_be_one_place_but_a_name_of_its_own_is_better(places):
    islands = [shape(in_="Cà Mau", name="Cà Mau"), shape(in_="Cà Mau", name="Cà Mau"), shape(in_="", name="")]
    assert match({"": islands}, places, ["Cà Mau"], "map").places == ("Cà Mau", "Cà Mau", "")
    # Of places asked for alone; others stand as what they are called.
    found = match({"": [shape(name="Cà Mau"), shape(name="Hà Nội")]}, places, ["Cà Mau"], "map")
    assert found.places == ("Cà Mau", "") and not found.unknown and not found.without


def test_a_map_of_elsewhere_is_refused_with_what_it_says(places):
    for shapes, told in (([shape(name="Ohio")], "'Ohio'"), ([shape()], "no properties")):
        with pytest.raises(Refused, match=told):
            match({"": shapes}, places, places.provinces, "cannot draw the map of ohio.json")
