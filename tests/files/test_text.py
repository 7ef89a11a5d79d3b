"""The text of a file: what its bytes tell of their encoding, what is asked, what is broken."""

import gzip
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.files.problems import DataError
from povertystats.files.text import decoded

TEXTS = {
    "vi": "tỉnh,tỷ lệ\nBắc Kạn,19.57\nCao Bằng,30.1\nThừa Thiên Huế,4.2\n",
    "es": "provincia,tasa\nMálaga,1.2\nA Coruña,5\nLeón,7\n",
    "pl": "województwo,wskaźnik\nŁódzkie,3\nŚląskie,5\nPodkarpackie,6\n",
    "ar": "المحافظة,النسبة\nبغداد,3\nالبصرة,4\n",
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


def refusal(content, **options):
    with pytest.raises(DataError) as error:
        decoded(content, "a.csv", **options)
    return error.value.problems[0]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_unicode_is_seen_with_and_without_a_mark_zipped_and_in_either_form(text):
    for encoding in UNICODE:
        for form in ("NFC", "NFD"):
            content = unicodedata.normalize(form, text).encode(encoding)
            assert decoded(content, "a.csv")[0] == text, encoding
            assert decoded(gzip.compress(content), "a.csv.gz")[0] == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_utf8_comes_back(text):
    assert decoded(text.encode(), "a.csv")[0] == unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def test_what_is_broken_is_named():
    text = TEXTS["vi"]
    cut = {
        "cut off in the middle": (
            text.encode("utf-16")[:-1],
            text.encode().partition(b"c K")[0][:-1],
            text.encode("utf-16-le")[:-1],
        ),
        "the compressed file is cut off": (gzip.compress(text.encode())[:-9],),
        "the compressed file is damaged": (b"\x1f\x8b" + text.encode(),),
        "zero bytes": (b"a,b\n1,\0\n", b"\0\0\1\2" * 9, text.encode() + b"\0"),
        "its encoding cannot be told": (b"a,b\n\xff\xfd\x81,1\n",),
    }
    for rule, contents in cut.items():
        for content in contents:
            assert rule in refusal(content).rule, content
    assert refusal(b"a", encoding="utf-99").rule == "no such encoding"
    assert refusal(b"\xe9,1", encoding="utf-8").rule == "is not utf-8"
