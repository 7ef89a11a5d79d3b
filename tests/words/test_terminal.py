"""Every letter is written on every terminal: as it is, or as near to it as the encoding allows."""

import io
import unicodedata

import pytest

from povertystats.words.names import plain
from povertystats.words.terminal import nearest, write_anything

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
LETTERS = [
    unicodedata.normalize("NFC", letter + tone) for letter in VOWELS + VOWELS.upper() for tone in TONES
] + ["đ", "Đ"]


def written(text, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    write_anything(stream)
    stream.write(text)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def test_every_vietnamese_letter_is_kept_where_the_encoding_has_it():
    text = "".join(LETTERS)
    assert written(text, "utf-8") == text and len(LETTERS) == 146
    assert unicodedata.normalize("NFC", written(text, "cp1258")) == text


@pytest.mark.parametrize(
    "encoding", ["ascii", "latin-1", "cp437", "cp1252", "cp1258", "koi8-r", "shift_jis", "utf-8"]
)
def test_any_letter_is_written_and_vietnamese_stays_readable(encoding):
    text = "Tỷ lệ hộ nghèo của Bắc Kạn: −2,5 điểm – “giảm” → Đắk Lắk ≥ … 漢 \udce9 \U0001f600\u202f%"
    seen = written(text, encoding)
    readable = plain(seen)
    assert (
        "-2,5" in seen.replace("−", "-")
        and readable.startswith("ty le ho ngheo cua bac kan: 2,5 diem")
        and "dak lak" in readable
    )
    assert "\\udce9" in seen and ("\\U0001f600" in seen or encoding == "utf-8")


def test_what_is_no_stream_stays_as_it_is():
    write_anything(None)
    write_anything(io.StringIO())
    assert nearest("\u0301", "ascii") == "\\u0301"
