"""A package's own words are used, and what is wrong with them is told."""

import pytest

from povertystats.facts.package import load_facts
from povertystats.files.identity import DATA, Identity, other_names, wrong_identity


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"extends": "ours"}, "extends"),
        ({"extends": True}, "extends"),
        ({"country": 7}, "country"),
        ({"country_vi": []}, "country_vi"),
        ({"title_en": None}, "title_en"),
        ({"kinds": ["province"]}, "kinds"),
        ({"kinds": {"county": {"en": "county"}}}, "kinds"),
        ({"kinds": {"province": "county"}}, "kinds"),
        ({"kinds": {"province": {"en": ["a", "b", "c"]}}}, "kinds"),
        ({"kinds": {"province": {}}}, "kinds"),
        ({"units": {"usd": {"en": ""}}}, "units"),
        ({"units": {"usd": {"en": 7}}}, "units"),
        ({"units": {"usd": ["dollars"]}}, "units"),
    ],
)
def test_what_cannot_be_said_is_told_with_an_example(said, key):
    (problem,) = wrong_identity("datapackage.json", said)
    assert problem.field == key and problem.rule.startswith("expected")


def test_what_can_be_said_is_taken():
    said = {
        "extends": False,
        "title": "Hunger",
        "title_id": "Lapar",
        "country": "Indonesia",
        "country_vi": "In-đô-nê-xi-a",
    }
    said |= {"kinds": {"district": {"en": ["regency", "regencies"], "vi": "huyện"}}}
    said |= {"units": {"idr_k": {"en": "thousand rupiah"}, "hunger_pct": "share"}}
    assert not [*wrong_identity("x", said)]
    own = Identity.of(said, alone=True)
    assert own.alone and own.name["id"] == "Lapar" and own.country["vi"] == "In-đô-nê-xi-a"
    assert [*own.units] == ["idr_k"] and own.word("district", "vi", many=True) == "huyện"
    assert own.word("province", "vi") == "tỉnh" and own.word("province", "en", many=True) == "provinces"
    beside = Identity.of({"name": "b", "kinds": {"commune": {"en": "ward"}}}, own)
    assert (
        beside.country == own.country
        and beside.word("district", "en") == "regency"
        and beside.name["en"] == "b"
    )


def test_other_names_lead_to_places_that_there_are():
    places = load_facts().places
    assert (DATA / "datapackage.json").exists() and len(other_names()) > 10
    for other, name in other_names().items():
        assert places.find(name) == places.find(other) == name
