"""Spellings of names: compared in one form, with and without diacritics, the nearest ones suggested; terms taken apart."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations

_TERM = re.compile(r"(log|log1p|log_odds)\((.+)\)")
# Letters with a stroke that are one letter to readers: đ, the Icelandic ð whose capital looks the same, ɖ.
_STROKE = "\u0335"
_ONE_LETTER = str.maketrans({letter: f"d{_STROKE}" for letter in "đðɖ"} | dict.fromkeys("'’‘ʼ′`´", ""))
# Hyphens and dots, but for those within a number.
_BETWEEN = re.compile(r"(?<!\d)[.\-]|[.\-](?!\d)")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def plain(name: str) -> str:
    """Return a name for comparison: no diacritics, no case, single blanks for blanks, hyphens and dots.

    Parameters
    ----------
    name : str
        Any spelling.

    Returns
    -------
    str
        The same for all spellings that readers take for one name.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.plain("  Bắc  Kạn"), ps.plain("Đắk Lắk"), ps.plain("Thừa Thiên - Huế")
    ('bac kan', 'dak lak', 'thua thien hue')
    """
    return _bare(spelled(name))


@lru_cache(maxsize=50_000)
def _bare(text: str) -> str:
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())


def spelled(name: str) -> str:
    """Return a name as it is spelled, in one form: as ``plain`` does, but with diacritics.

    Composed and decomposed letters, the two capitals Ð and Đ, and the two places of a tone (hoà, hòa) are one.

    >>> spelled("Hoà Bình") == spelled("HÒA BÌNH"), spelled("Hà Nam") == spelled("Hả Nam")
    (True, False)
    """
    return _spelled(str(name))


# The few thousand names of a country are compared again and again.
@lru_cache(maxsize=50_000)
def _spelled(text: str) -> str:
    text = text.casefold().translate(_ONE_LETTER)
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold()).translate(
            _ONE_LETTER
        )
        kinds = {c: unicodedata.category(c) for c in set(text)}
        text = "".join("-" if kinds[c] == "Pd" or c == "\u2212" else c for c in text if kinds[c] != "Cf")
    return " ".join(map(_tone_last, _BETWEEN.sub(" ", text).split()))


def _tone_last(word: str) -> str:
    tones = [c for c in word if c in _TONES]
    return "".join(c for c in word if c not in _TONES) + "".join(sorted(tones)) if tones else word


def agree(one: str, other: str) -> bool:
    """Say whether two names, as ``spelled``, can be one: alike, or one of them written without any diacritics.

    Blanks may be missing (Daklak).

    >>> agree(spelled("Bac Kan"), spelled("Bắc Kạn")), agree(spelled("Hả Nam"), spelled("Hà Nam"))
    (True, False)
    """
    if one == other:
        return True
    bare = plain(one), plain(other)
    if bare[0].replace(" ", "") != bare[1].replace(" ", ""):
        return False
    if one == bare[0] or other == bare[1]:
        return True
    return one.count(" ") != other.count(" ") and _tone_last(one.replace(" ", "")) == _tone_last(
        other.replace(" ", "")
    )


def two_spellings(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that may be an earlier one written otherwise, with that one.

    >>> list(two_spellings(["Hà Nội", "Huế", "Hanoi"]))
    [('Hanoi', 'Hà Nội')]
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(plain(name).replace(" ", ""), []).append(name)
    for same in alike.values():
        for usual, other in combinations(same, 2):
            if agree(spelled(usual), spelled(other)):
                yield other, usual


def did_you_mean(name: str, names: Mapping[str, str]) -> str:
    """Return "; did you mean A or B?" for the nearest of ``names`` ({plain spelling: name}), or nothing."""
    near = difflib.get_close_matches(plain(name), names, n=3, cutoff=0.7)
    nearest = list(dict.fromkeys(names[n] for n in near))
    return f"; did you mean {' or '.join(nearest)}?" if nearest else ""


def first_names(names: Iterable[object], most: int = 30) -> str:
    """Return names in a row, of many the first ones and how many more there are.

    >>> first_names("abcd", most=2)
    'a, b and 2 more'
    """
    told = [*map(str, names)]
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")


def parse(term: str) -> tuple[str | None, str]:
    """Split a term into its transformation ("log", "log1p", "log_odds" or None) and its column.

    >>> parse("log(ntp_transfer_pc_vnd_k)"), parse("trained_pct")
    (('log', 'ntp_transfer_pc_vnd_k'), (None, 'trained_pct'))
    """
    found = _TERM.fullmatch(term)
    return (found[1], found[2]) if found else (None, term)
