"""Files are offered while pages are made and at no other time; a spreadsheet opens them as text."""

import io
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.exhibits import downloads
from povertystats.files import writing


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    for name in ("folder", "stem", "numbers"):
        monkeypatch.setattr(downloads._Shelf, name, getattr(downloads._Shelf, name))
    return tmp_path


def test_nothing_is_kept_unless_asked_for():
    assert downloads.offer(csv=b"a", png=b"b") == {}


def test_what_is_offered_is_kept_under_one_name_each(shelf):
    downloads.keep(shelf, "brief.vi")
    assert downloads.offer(png=b"1", csv=b"2") == {"png": "brief.vi-1.png", "csv": "brief.vi-1.csv"}
    assert downloads.offer(xlsx=b"3") == {"xlsx": "brief.vi-2.xlsx"}
    downloads.keep(shelf, "brief.en")
    assert downloads.offer(csv=b"4") == {"csv": "brief.en-1.csv"}
    kept = {path.name: path.read_bytes() for path in shelf.iterdir()}
    assert kept == {
        "brief.vi-1.png": b"1",
        "brief.vi-1.csv": b"2",
        "brief.vi-2.xlsx": b"3",
        "brief.en-1.csv": b"4",
    }


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1), min_size=1))
def test_text_comes_back_as_it_was_but_for_formulas(texts):
    text = writing.csv(pd.DataFrame({"text": texts}))
    assert text.startswith(b"\xef\xbb\xbf")
    how = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig", "skip_blank_lines": False}
    back = pd.read_csv(io.BytesIO(text), **how)["text"]
    for before, after in zip((unicodedata.normalize("NFC", text) for text in texts), back, strict=True):
        assert not after.startswith(("=", "+", "-", "@", "\t"))
        assert after in (before, f"'{before}")


def test_numbers_keep_every_digit_and_their_sign():
    frame = pd.DataFrame({"change_pp": [-2.3142857142857, 1e-9], "year": [2019, 2020]})
    back = pd.read_csv(io.BytesIO(writing.csv(frame)))
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
