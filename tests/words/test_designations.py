"""What stands before or after a place's name says its kind, and is no part of the name."""

import pytest

from povertystats.words.designations import designated, taken_apart
from povertystats.words.names import spelled


@pytest.mark.parametrize(
    ("written", "name", "kind"),
    [
        ("Tỉnh Bắc Kạn", "Bắc Kạn", "province"),
        ("TINH BAC KAN", "bac kan", "province"),
        ("Bac Kan Province", "bac kan", "province"),
        ("Province of Bac Kan", "bac kan", "province"),
        ("Provinsi Aceh", "Aceh", "province"),
        ("Thành phố Hà Nội", "Hà Nội", "city"),
        ("TP.HCM", "HCM", "city"),
        ("T.P Huế", "Huế", "city"),
        ("Kota Bandung", "Bandung", "city"),
        ("TX. Nghĩa Lộ", "Nghĩa Lộ", "town"),
        ("huyện Ba Bể", "Ba Bể", "rural district"),
        ("Washington County", "Washington", "rural district"),
        ("Q. 1", "1", "urban district"),
        ("xã Hà Hiệu", "Hà Hiệu", "commune"),
        ("P. Sông Cầu", "Sông Cầu", "ward"),
        ("Thị trấn Chợ Rã", "Chợ Rã", "township"),
    ],
)
def test_a_designation_says_the_kind(written, name, kind):
    assert designated(written) == (spelled(name), frozenset({kind}))


@pytest.mark.parametrize(
    "name", ["Tịnh Biên", "Tĩnh Gia", "Xà Phiên", "Tân Lập", "Province", "TP", "", "Kotabaru"]
)
def test_what_only_looks_like_one_belongs_to_the_name(name):
    assert designated(name) == (spelled(name), frozenset())


def test_the_place_that_it_lies_in_may_follow():
    assert taken_apart("huyện Chợ Mới (Bắc Kạn)") == (spelled("Chợ Mới"), {"rural district"}, ["Bắc Kạn"])
    assert taken_apart("Tân Lập, Chợ Đồn, Bắc Kạn") == (spelled("Tân Lập"), set(), ["Chợ Đồn", "Bắc Kạn"])
    assert taken_apart("Bắc Kạn (thành phố)") == (spelled("Bắc Kạn"), {"city"}, [])
