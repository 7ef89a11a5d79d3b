"""Names are compared in one form, with and without diacritics, and the nearest ones are suggested."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.words.names import agree, did_you_mean, plain, spelled


def test_every_vietnamese_letter_is_compared_without_its_marks():
    assert plain("  Đắk   Lắk ") == "dak lak" and plain("Thừa Thiên–Huế") == "thua thien hue"


@given(st.text(max_size=30))
def test_both_unicode_forms_of_a_name_are_the_same(name):
    for form in (plain, spelled):
        assert len({form(unicodedata.normalize(f, name)) for f in ("NFC", "NFD")}) == 1


@given(st.text(max_size=30))
def test_a_form_is_its_own_form(name):
    assert spelled(spelled(name)) == spelled(name) and plain(plain(name)) == plain(name) == plain(
        spelled(name)
    )
    assert agree(spelled(name), spelled(name)) and agree(spelled(name), plain(name))


@pytest.mark.parametrize(
    "spellings",
    [
        ("Bắc Kạn", "BẮC KẠN", " Bắc\u00a0 Kạn\t", "B\u200bắc Kạn", "\ufeffBắc Kạn", "Bắc-Kạn", "Bắc Kạn"),
        ("Đắk Lắk", "\u00d0ắk Lắk", "đắk lắk"),
        ("Hòa Bình", "Hoà Bình"),
        ("Thủy Nguyên", "Thuỷ Nguyên"),
        ("Thừa Thiên - Huế", "Thừa Thiên–Huế", "Thừa Thiên Huế", "Thừa Thiên\u2011Huế"),
        ("Krông Nô", "KRÔNG NÔ"),
        ("Đắk R'lấp", "Đắk R’Lấp", "Đắk Rlấp"),
        ("São Tomé", "SÃO  TOMÉ"),
    ],
)
def test_what_readers_take_for_one_spelling_is_one(spellings):
    assert len(set(map(spelled, spellings))) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Bắc Kạn", "bac kan", True),
        ("Bắc Kạn", "Băc Kan", False),
        ("Daklak", "Đắk Lắk", True),
        ("Hà Nam", "Hả Nam", False),
        ("Bình Định", "Bình Đinh", False),
        ("Tân Lập", "Tấn Lập", False),
        ("Sơn La", "Sơn Lá", False),
        ("Hòa Bính", "Hóa Bình", False),
        ("Hànội", "Hà Nội", True),
        ("Hảnội", "Hà Nội", False),
    ],
)
def test_missing_diacritics_agree_and_other_ones_do_not(one, other, same):
    assert agree(spelled(one), spelled(other)) is agree(spelled(other), spelled(one)) is same


def test_only_what_is_near_is_suggested():
    names = {"bac kan": "Bắc Kạn", "bac giang": "Bắc Giang", "ha noi": "Hà Nội"}
    assert did_you_mean("Bac Can", names).startswith("; did you mean Bắc Kạn")
    assert did_you_mean("Jakarta", names) == ""
