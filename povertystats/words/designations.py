"""What stands before or after a place's name and says of which kind it is: tỉnh, TP., huyện, province, city, kabupaten."""

import re

from povertystats.words.names import agree, plain, spelled

_DISTRICTS = ("rural district", "urban district")
# {what it says: the words before a name; the words after it}. A word may say several.
_WORDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("province",): (
        "tỉnh, t, province of, province, provinsi, propinsi, prov, provincia de, state of",
        "province, prov, tỉnh, state",
    ),
    ("city",): (
        "thành phố trực thuộc trung ương, thành phố, tp, t p, city of, kota",
        "city, municipality, thành phố, tp",
    ),
    ("town",): ("thị xã, tx, t x", "thị xã, tx"),
    ("town", "township"): ("town of", "town"),
    ("rural district",): (
        "huyện, h, county of, kabupaten, kab",
        "county, rural district, regency, huyện, kabupaten",
    ),
    ("urban district",): ("quận, q", "urban district, quận"),
    _DISTRICTS: ("district of, district", "district, dist"),
    ("commune",): ("xã, x, commune of, commune", "commune, xã"),
    ("ward",): ("phường, p, ward of", "ward, phường"),
    ("township",): ("thị trấn, tt, t t", "township, thị trấn, tt"),
}
# What places of a kind (places.csv) may be called by; a province is a city only where it is spelled so.
CALLED: dict[str, frozenset[str]] = {
    "province": frozenset({"province"}),
    "district": frozenset({*_DISTRICTS, "town", "city"}),
    "commune": frozenset({"commune", "ward", "township"}),
}


def _by_plain(side: int) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return the words of one side by their plain spelling, each as it is spelled and with what it says."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for said, sides in _WORDS.items():
        for word in map(spelled, sides[side].split(",")):
            found.setdefault(plain(word), []).append((word, frozenset(said)))
    return found


_BEFORE, _AFTER = _by_plain(0), _by_plain(1)
_LONGEST = max(len(words.split()) for words in (*_BEFORE, *_AFTER))
_NOTHING: frozenset[str] = frozenset()
_IN_BRACKETS = re.compile(r"([^()]+)\(([^()]+)\)")


def designated(name: str) -> tuple[str, frozenset[str]]:
    """Return a name, as ``spelled``, without what says its kind, and the kinds that this says (none: it says nothing).

    >>> designated("TP. Bắc Kạn") == (spelled("Bắc Kạn"), frozenset({"city"}))
    True
    >>> designated("Bac Kan Province")
    ('bac kan', frozenset({'province'}))
    >>> designated("Tịnh Biên") == (spelled("Tịnh Biên"), frozenset())
    True
    """
    words = spelled(name).split()
    for n in range(min(_LONGEST, len(words) - 1), 0, -1):
        if kinds := _said(words[:n], _BEFORE):
            return " ".join(words[n:]), kinds
    for n in range(min(_LONGEST, len(words) - 1), 0, -1):
        if kinds := _said(words[-n:], _AFTER):
            return " ".join(words[:-n]), kinds
    return " ".join(words), _NOTHING


def _said(words: list[str], known: dict[str, list[tuple[str, frozenset[str]]]]) -> frozenset[str]:
    text = " ".join(words)
    return next((kinds for word, kinds in known.get(plain(text), []) if agree(text, word)), _NOTHING)


def taken_apart(name: str) -> tuple[str, frozenset[str], list[str]]:
    """Return a name without its designation, the kinds that this says, and the places that it is said to lie in.

    >>> taken_apart("Washington, Alabama"), taken_apart("Aceh (province)")
    (('washington', frozenset(), ['Alabama']), ('aceh', frozenset({'province'}), []))
    """
    name, *parents = (part.strip() for part in re.split(r"[,，]", str(name)))
    kinds = _NOTHING
    if inside := _IN_BRACKETS.fullmatch(name):
        name = inside[1]
        words = spelled(inside[2]).split()
        kinds = _said(words, _BEFORE) | _said(words, _AFTER)
        parents = parents if kinds else [inside[2].strip(), *parents]
    bare, own = designated(name)
    return bare, own or kinds, [parent for parent in parents if parent]
