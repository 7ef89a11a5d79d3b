"""Words on a terminal or in a file of any encoding: what it lacks is written as nearly as it can be."""

from __future__ import annotations

import codecs
import unicodedata
from typing import TextIO

# The five tones: Windows-1258 has each as a mark of its own behind the vowel.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SIGNS = str.maketrans("đĐ–—−‘’“”„«»·•→×\u202f", 'dD---\'\'"""""..>x ')


def nearest(letter: str, encoding: str) -> str:
    """Return a letter as an encoding can write it: itself, its vowel and tone, without marks, or its number.

    >>> [nearest(letter, "ascii") for letter in "ắĐ–→漢"]
    ['a', 'D', '-', '>', '\\\\u6f22']
    >>> [f"{ord(each):x}" for each in nearest("ậ", "cp1258")]
    ['e2', '323']
    """
    marks = unicodedata.normalize("NFD", letter)
    tone = "".join(mark for mark in marks if mark in _TONES)
    vowel = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    bare = unicodedata.normalize("NFKD", letter.translate(_SIGNS))
    bare = "".join(mark for mark in bare if not unicodedata.combining(mark))
    for way in (letter, vowel + tone, bare):
        try:
            if way:
                way.encode(encoding)
                return way
        except UnicodeEncodeError:
            continue
    return letter.encode("ascii", "backslashreplace").decode("ascii")


def write_anything(stream: TextIO | None) -> None:
    """From now on let a stream write every letter, whatever its encoding; one that cannot be told stays as it is."""
    encoding = getattr(stream, "encoding", None)
    if stream is None or not encoding or not hasattr(stream, "reconfigure"):
        return

    def replace(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        lacking = error.object[error.start : error.end]
        return "".join(nearest(letter, encoding) for letter in lacking), error.end

    name = f"povertystats-{encoding}"
    codecs.register_error(name, replace)
    stream.reconfigure(errors=name)
