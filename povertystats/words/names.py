"""Spellings of names: compared without diacritics, and the nearest ones suggested."""

import difflib
import unicodedata


def plain(name):
    """Return a name for comparison: no diacritics, no case, single spaces.

    >>> plain("  Bắc  Kạn"), plain("Đắk Lắk")
    ('bac kan', 'dak lak')
    """
    decomposed = unicodedata.normalize("NFD", str(name).casefold().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def did_you_mean(name, names):
    """Return "; did you mean A or B?" for the nearest of ``names`` ({plain spelling: name}), or nothing."""
    near = difflib.get_close_matches(plain(name), names, n=3, cutoff=0.7)
    found = list(dict.fromkeys(names[n] for n in near))
    return f"; did you mean {' or '.join(found)}?" if found else ""
