"""Names are compared without diacritics, and the nearest ones are suggested."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from povertystats.words.names import did_you_mean, plain


def test_every_vietnamese_letter_is_compared_without_its_marks():
    assert plain("  Đắk   Lắk ") == "dak lak" and plain("Thừa Thiên-Huế") == "thua thien-hue"


@given(st.text(max_size=30))
def test_both_unicode_forms_of_a_name_are_the_same(name):
    forms = {plain(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    assert len(forms) == 1


def test_only_what_is_near_is_suggested():
    names = {"bac kan": "Bắc Kạn", "bac giang": "Bắc Giang", "ha noi": "Hà Nội"}
    assert did_you_mean("Bac Can", names).startswith("; did you mean Bắc Kạn")
    assert did_you_mean("Jakarta", names) == ""
