"""A place is found under any of its spellings, and another one's never means it."""

import unicodedata

import pandas as pd
import pytest

from povertystats.facts.places import Places, check_places, joined, renaming
from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.gazetteer import SEVERAL
from povertystats.words.names import plain

FIELDS = ["code", "place", "kind", "parent", "aliases"]
COUNTIES = [
    ("US01", "Alabama", "province", "", ""),
    ("US28", "Mississippi", "province", "", ""),
    ("US01129", "Washington", "district", "Alabama", ""),
    ("US28151", "Washington", "district", "Mississippi", ""),
]


def rows(*places):
    return pd.DataFrame(places, columns=FIELDS)


def beside(facts, *own):
    return Places(joined(facts.places.table, rows(*own)))


def test_every_name_code_and_alias_finds_its_place(facts):
    assert facts.places.provinces[0] == "Hà Nội" and len(facts.places.provinces) == 63
    for row in facts.places.table.query("of == ''").itertuples():
        for spelling in (row.place, row.code, *filter(None, row.aliases.split(";"))):
            forms = (spelling, spelling.upper(), f" {spelling}\u00a0", plain(spelling))
            for text in (*forms, *(unicodedata.normalize("NFD", form) for form in forms)):
                assert facts.places.find(text) == row.place


@pytest.mark.parametrize(
    ("place", "spellings"),
    {
        "Bắc Kạn": "Tỉnh Bắc Kạn|tỉnh Bắc Cạn|Bac Can|Bac Kan Province|Province of Bac Kan|T. Bắc Kạn|6|BacKan",
        "TP. Bắc Kạn": "Thành phố Bắc Kạn|TP.Bắc Kạn|T.P Bắc Kạn|thanh pho bac kan|TX. Bắc Kạn|Bắc Kạn (TP)",
        "Hà Nội": "Thành phố Hà Nội|TP. Hà Nội|Hanoi|Hanoi City|Tỉnh Hà Nội|1|1.0|01",
        "TP. Hồ Chí Minh": "TPHCM|TP.HCM|HCM|HCMC|Sài Gòn|Saigon|Ho Chi Minh City|thành phố Hồ Chí Minh",
        "Thừa Thiên Huế": "Huế|Thừa Thiên - Huế|Thừa Thiên–Huế|TT-Huế|tỉnh Thừa Thiên Huế",
        "Bà Rịa - Vũng Tàu": "Bà Rịa–Vũng Tàu|BR-VT|BRVT|Ba Ria Vung Tau",
        "Đắk Lắk": "Đắc Lắc|Daklak|\u00d0ắk Lắk|Dac Lac",
        "Đắk Nông": "Dak Nong|Đắc Nông",
        "Hòa Bình": "Hoà Bình|hoa binh",
        "Chợ Mới": "huyện Chợ Mới|Chợ Mới, Bắc Kạn|Chợ Mới (Bắc Kạn)|Cho Moi District",
    }.items(),
)
def test_usual_spellings_are_understood(facts, place, spellings):
    assert {text: facts.places.find(text) for text in spellings.split("|")} == dict.fromkeys(
        spellings.split("|"), place
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Bac Kann", "did you mean Bắc Kạn"),
        ("Thành phố Cao Bằng", "did you mean Cao Bằng (province)"),
        ("TP Vũng Tàu", "did you mean Bà Rịa - Vũng Tàu (province)"),
        ("Thành phố Huế", "did you mean Thừa Thiên Huế (province)"),
        ("Chợ Mới, An Giang", "did you mean Chợ Mới (district)"),
        ("xã Ba Bể", "did you mean Ba Bể (district)"),
        ("Hả Nam", "did you mean Hà Nam"),
        ("Thành phố Hóa", ""),
        ("97", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_another_place_is_never_taken_but_suggested(facts, name, hint):
    with pytest.raises(NotFound) as error:
        facts.places.find(name)
    assert f"no place {name!r}" in str(error.value) and hint in str(error.value)


def test_a_name_of_two_places_is_asked_about_and_settled(facts):
    places = beside(facts, *COUNTIES)
    with pytest.raises(InvalidValue, match="in Alabama, code US01129.*in Mississippi, code US28151") as error:
        places.find("washington")
    assert SEVERAL in str(error.value)
    one = "Washington (Alabama)"
    assert places.find(one) == places.find("US01129") == places.find("Washington, Alabama") == one
    assert (
        places.find("Washington County", parent="Alabama") == places.find("Washington", parent="US01") == one
    )
    with pytest.raises(NotFound, match="Washington"):
        places.find("Washington", parent="Bắc Kạn")


def test_the_kind_that_is_said_decides_between_places_of_one_name(facts):
    places = beside(facts, ("04-tp", "TP Cao Bằng", "district", "Cao Bằng", ""))
    assert places.find("Cao Bằng") == places.find("tỉnh Cao Bằng") == "Cao Bằng"
    assert places.find("thành phố Cao Bằng") == "TP Cao Bằng"
    both = beside(facts, ("04-x", "Cao Bằng", "district", "Cao Bằng", ""))
    assert both.find("TP Cao Bằng") == "Cao Bằng (Cao Bằng)"
    assert both.find("tỉnh Cao Bằng") == both.find("04") == "Cao Bằng (Cả nước)"
    for asked in ("Cao Bằng", "cao bang"):
        with pytest.raises(InvalidValue, match=SEVERAL):
            both.find(asked)


def test_towns_and_districts_of_one_name_in_one_province_are_two(facts):
    pair = [
        ("a", "TP Cao Lãnh", "district", "Đồng Tháp", ""),
        ("b", "Huyện Cao Lãnh", "district", "Đồng Tháp", ""),
    ]
    places = beside(facts, *pair)
    assert (
        places.find("Thành phố Cao Lãnh") == "TP Cao Lãnh" and places.find("H. Cao Lãnh") == "Huyện Cao Lãnh"
    )
    with pytest.raises(InvalidValue, match=SEVERAL):
        places.find("Cao Lãnh")


def test_communes_are_found_under_any_place_that_they_lie_in(facts):
    communes = [(f"c{i}", "Tân Lập", "commune", over, "") for i, over in enumerate(("Chợ Đồn", "Sông Lô"))]
    districts = [("d", "Sông Lô", "district", "Vĩnh Phúc", "")]
    places = beside(facts, *communes, *districts)
    assert places.find("Tân Lập", parent=["Chợ Đồn", "Bắc Kạn"]) == "Tân Lập (Chợ Đồn)"
    assert places.find("xã Tân Lập, Vĩnh Phúc") == "Tân Lập (Sông Lô)"
    assert not places.gazetteer.matching("Tấn Lập")


def test_a_package_of_elsewhere_goes_before_places_that_come_along(facts):
    places = beside(
        facts, ("11", "Aceh", "province", "Indonesia", ""), ("x", "Sơn La", "province", "Indonesia", "")
    )
    assert places.find("11") == "Aceh" and places.find("Điện Biên") == "Điện Biên"
    assert (
        places.find("son la") == "Sơn La (Indonesia)" and places.find("Sơn La, Cả nước") == "Sơn La (Cả nước)"
    )
    named = renaming(places.table)(pd.DataFrame({"into": ["Sơn La", "Ba Bể;Sơn La"]}))
    assert named["into"].tolist() == ["Sơn La (Cả nước)", "Ba Bể;Sơn La (Cả nước)"]


def test_numbers_are_codes_whatever_their_type_unless_two_places_have_them(facts):
    places = beside(facts, ("001", "A", "province", "X", ""), ("1", "B", "province", "X", ""))
    assert places.find("001") == "A" and places.find("1") == "B" and places.find("01") == "Hà Nội"
    with pytest.raises(InvalidValue, match=SEVERAL):
        places.find(1.0)


def test_a_place_of_ours_that_is_told_anew_stays_one(facts):
    places = beside(facts, ("BK", "Tỉnh Bắc Kạn", "province", "Việt Nam", ""))
    assert len(places.provinces) == 63 and places.find("Bắc Kạn") == places.find("BK") == "Tỉnh Bắc Kạn"
    assert renaming(places.table)(pd.DataFrame({"place": ["Bắc Kạn"]}))["place"].tolist() == ["Tỉnh Bắc Kạn"]


def test_labels_are_unique_and_found(facts):
    own = [(f"k{i}", "Washington", "district", "Alabama", "") for i in range(2)]
    places = beside(facts, *COUNTIES, *own)
    assert places.table["place"].is_unique
    assert all(places.find(label) == label for label in places.table["place"])


def test_names_in_the_column_of_codes_and_aliases_in_that_of_parents_are_asked_about(facts):
    def told(*own):
        table = joined(facts.places.table, rows(*own).assign(file="places.csv", row=2))
        return [(problem.field, problem.value) for problem in check_places(table)]

    assert told(("Chợ Đồn", "060", "district", "", ""), ("Ba Bể", "babe-04", "district", "", "")) == [
        ("place", "060")
    ]
    assert told(("060", "Chợ Đồn", "district", "Ba Bể;Pác Nặm", "")) == [("parent", "Ba Bể;Pác Nặm")]
    # Names with numbers in them, and numbers without any name, are no such doubt.
    assert told(("XA", "Xã 1", "commune", "", ""), ("PHB", "Phường 2", "commune", "", "")) == []
    assert told(("A", "1", "commune", "", ""), ("B", "2", "commune", "", "")) == []
