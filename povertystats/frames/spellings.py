"""Labels of places that are one place written in two ways, and would be kept apart: forms of writing, types, spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from povertystats.files.identity import other_names
from povertystats.words.designations import CALLED, taken_apart
from povertystats.words.names import agree, plain, spelled

# Between the parts of a label: a comma and a blank to readers, and to nobody a mark within a name.
MARK = ",\u00a0"
# Whether places have no time in common.
Apart: TypeAlias = Callable[[Sequence[int]], bool]
_LETTERS = str.maketrans("ÐƉð", "ĐĐđ")
# What a name may hold unseen: marks of the order of bytes, joints and blanks of no width.
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
# Most labels of a register: codes that can be written in one way only.
_CODES = re.compile(r"(?!0)\d+")
_DIGIT = re.compile(r"\d")
# A code before a name, "06 - Bắc Kạn"; a number that is a name, "Quận 3"; another territory of a name, "(2025–)".
_CODED = re.compile(r"\d+[\s.:\-–)]+(?=[^\W\d])")
_NUMBERED = re.compile(r"(?P<kind>[^\d(]*[^\d\s(])[\s.]*\d+")
# Kinds that a place may be one after the other: a town becomes a city.
_LEVELS = (CALLED["province"] | {"city"}, CALLED["district"], CALLED["commune"])
# Letters that are written one for the other: Đắk Lắk and Đắc Lắc, Mỹ and Mĩ.
_USUAL = str.maketrans("ky", "ci")


class TwoWays(NamedTuple):
    """Positions of labels that may be one place, and how they differ: "form", "type", "spelling", "zeros" or "name"."""

    how: str
    group: tuple[int, ...]


def tidied(label: object) -> object:
    """Return a name in its one Unicode form, Đ for the letters that look like it, without stray blanks; a code as it is.

    >>> tidied(" Ba\\u0306\\u0301c  Kạn\\u00a0"), tidied("Ðồng Văn") == "Đồng Văn", tidied(6)
    ('Bắc Kạn', True, 6)
    """
    if not isinstance(label, str):
        return label
    text = (
        label
        if label.isascii()
        else unicodedata.normalize("NFC", label).translate(_LETTERS).translate(_UNSEEN)
    )
    return " ".join(text.split())


def two_ways(labels: Sequence[Hashable], apart: Apart | None = None) -> Iterator[TwoWays]:
    """Yield what labels may be one place. ``apart``: whether some have no time in common; None where there are no times.

    Always two forms of Unicode, stray blanks, a number and a text of its digits, and spellings that differ in case,
    blanks, or in marks that one of them lacks. With no time in common also what may well be two places: codes with and
    without noughts before them, what says the kind of a place (Tỉnh, TP., district), usual and former spellings (Bắc Cạn,
    Đăk Lăk, Huế), a code before the name.

    >>> [*two_ways(["Bắc Kạn", "BẮC KẠN"])], [*two_ways(["Bắc Kạn", "TP. Bắc Kạn"])]
    ([TwoWays(how='spelling', group=(0, 1))], [])
    >>> [*two_ways(["Bắc Kạn", "Tỉnh Bắc Cạn"], lambda group: True)]
    [TwoWays(how='name', group=(0, 1))]
    """
    forms, mixed, zeros, names = _alike(tuple(labels))
    yield from (TwoWays("form", group) for group in forms)
    yield from (TwoWays("type", group) for group in mixed)
    if zeros and apart and all(map(apart, zeros)):
        yield from (TwoWays("zeros", group) for group in zeros)
    for group in names:
        for pair in combinations(group, 2):
            one, other = (_parts(labels[i]) for i in pair)
            if all(a.text == b.text or a.agrees(b) for a, b in zip(one, other, strict=True)):
                yield TwoWays("spelling", pair)
            elif apart and apart(pair) and all(a.may_be(b) for a, b in zip(one, other, strict=True)):
                yield TwoWays("name", pair)


def never_together(seen: np.ndarray) -> bool:
    """Return whether places that are seen at some time have none in common; ``seen`` (places, times).

    >>> never_together(np.eye(2, dtype=bool)), never_together(np.ones((2, 2), dtype=bool))
    (True, False)
    """
    return bool(seen.any(axis=1).all() and not (seen.sum(axis=0) > 1).any())


def label_problems(name: str, labels: Sequence, seen: np.ndarray | None = None) -> Iterator[str]:
    """Yield what ``two_ways`` finds as sentences; ``seen`` (labels, times): whether a label has rows at a time.

    >>> list(label_problems("place", [1, "00001", "2"]))
    ["place 1 and '00001': one is a number, the other text; expected one type, or they would be two"]
    >>> list(label_problems("place", ["01", "1"], np.eye(2, dtype=bool)))[0][:74]
    "place '01' and '1': leading zeros stand at some times and not at others; e"
    >>> list(label_problems("place", ["01", "1"], np.ones((2, 2), dtype=bool)))
    []
    """
    apart = None if seen is None or seen.shape[1] < 2 else lambda group: never_together(seen[[*group]])
    found: dict[str, list[tuple[int, ...]]] = {}
    for how, group in two_ways(labels, apart):
        found.setdefault(how, []).append(group)
    for group in found.pop("form", []):
        words = " and ".join(ascii(labels[i]) for i in group)
        expected = "expected one: no stray blanks, one form of Unicode (unicodedata.normalize)"
        yield f"{name} {_shown(labels, group[:1])[0]} is written in {len(group)} forms ({words}); {expected}"
    for group in found.pop("type", []):
        first, other = _shown(labels, group)
        yield f"{name} {first} and {other}: one is a number, the other text; expected one type, or they would be two"
    for how, groups in found.items():
        first, other = _shown(labels, groups[0])
        more = f" (and {len(groups) - 1} more)" if len(groups) > 1 else ""
        yield f"{name} {first} and {other}{more}: {RULES[how]}"


RULES = {
    "zeros": "leading zeros stand at some times and not at others; expected one form, or they would be two",
    "spelling": "one name in two spellings; expected one spelling for one place, codes for two",
    "name": "one name in two spellings, and no time in common; expected one spelling for one place, codes for two",
}


class _Part(NamedTuple):
    """A part of a label: as it stands, its bare name, the places and kinds that it says, and what its spellings share."""

    text: object
    bare: str = ""
    within: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    key: object = ""

    def agrees(self, other: _Part) -> bool:
        """Say whether another one differs in case, blanks or the lack of marks alone."""
        one, two = str(self.text), str(other.text)
        if _DIGIT.search(one) or _DIGIT.search(two):
            return _code(one) == _code(two)
        return agree(spelled(one), spelled(two))

    def may_be(self, other: _Part) -> bool:
        """Say whether nothing that the two say of their kind and of where they lie speaks against their being one."""
        kinds = not self.kinds or not other.kinds or self._level(other)
        return kinds and (self.within == other.within or not (self.within and other.within))

    def _level(self, other: _Part) -> bool:
        return any(self.kinds & level and other.kinds & level for level in _LEVELS)


def _parts(label: Any) -> list[_Part]:
    return [*map(_part, label.split(MARK))] if isinstance(label, str) else [_Part(label, key=label)]


@lru_cache(maxsize=50_000)
def _part(text: str) -> _Part:
    """Return a part of a label taken apart; a code, and what holds a number otherwise, is its own name.

    >>> _part("06 - Tỉnh Bắc Cạn").key == _part("Bắc Kạn").key, _part("Thái Nguyên (2025–)").key == _part("Thái Nguyên").key
    (True, False)
    """
    name = _CODED.sub("", text, count=1) if text[:1].isdigit() else text
    if _DIGIT.search(name):
        bare, kinds, within = taken_apart(name) if _NUMBERED.fullmatch(name) else (name, frozenset(), [])
        return _Part(text, bare, (), kinds, bare if kinds else _code(name))
    bare, kinds, within = taken_apart(name)
    return _Part(text, bare, tuple(map(plain, within)), kinds, _usual(bare))


def _usual(bare: str) -> str:
    key = plain(bare).replace(" ", "")
    return _others().get(key, key).translate(_USUAL)


@cache
def _others() -> dict[str, str]:
    """Return {another name of a place of ours: its name}, both bare and without marks and blanks."""
    pairs = ((taken_apart(other)[0], taken_apart(name)[0]) for other, name in other_names().items())
    named = {plain(other).replace(" ", ""): plain(name).replace(" ", "") for other, name in pairs}
    return {other: name for other, name in named.items() if other != name}


def _code(text: str) -> str:
    """Return what two spellings of a code share: no case and no marks; dots and hyphens count.

    >>> _code("T01") == _code("t01"), _code("1.1") == _code("11")
    (True, False)
    """
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold().replace("đ", "d"))
    return "".join(c for c in letters if not unicodedata.combining(c))


@lru_cache(maxsize=64)
def _alike(labels):
    """Return positions of labels that are one in two ways, in groups: of texts, of two types, of digits, of names."""
    if all(type(label) is int for label in labels) or all(
        type(label) is str and _CODES.fullmatch(label) for label in labels
    ):
        return [], [], [], []
    forms, digits = groups(labels, _form), groups(labels, _digits)
    written = {i for group in forms for i in group}
    digits = [group for group in digits if not written.issuperset(group)]
    mixed = [group for group in digits if len({isinstance(labels[i], str) for i in group}) > 1]
    names = [group for group in groups(labels, _key) if not written.issuperset(group)]
    return forms, mixed, [group for group in digits if group not in mixed], names


def _key(label):
    return tuple(part.key for part in _parts(label))


def _form(label):
    if not isinstance(label, str):
        return label
    return MARK.join(str(tidied(part)) for part in label.split(MARK)) if MARK in label else tidied(label)


def _digits(label):
    """Return a label of digits as a number's text, part by part: "01, 001" as "1, 1"; others as they are."""
    parts = (label if isinstance(label, str) else number_text(label)).split(MARK)
    wholes = [part.removesuffix(".0").removesuffix(".") for part in parts]
    return MARK.join(
        str(int(whole)) if whole.isdecimal() else part for whole, part in zip(wholes, parts, strict=True)
    )


def number_text(value: object) -> str:
    """Return a code as text, a whole number without its decimals.

    >>> number_text(1.0), number_text("1.0"), number_text(1.5)
    ('1', '1.0', '1.5')
    """
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def groups(labels: Sequence, form: Callable[[Any], Hashable]) -> list[tuple[int, ...]]:
    """Return the positions of different labels that have one form, in groups of two or more.

    >>> groups(["a", "A", "b"], str.lower)
    [(0, 1)]
    """
    shaped = [*map(form, labels)]
    if len({*shaped}) == len(shaped):
        return []
    found: dict[Hashable, list[int]] = {}
    for i, one in enumerate(shaped):
        found.setdefault(one, []).append(i)
    return [tuple(group) for group in found.values() if len(group) > 1]


def _shown(labels, group):
    """Return two labels as readers see them: of full keys as many parts as tell them apart."""
    parts = [
        label.split(MARK) if isinstance(label, str) else [label] for label in (labels[i] for i in group[:2])
    ]
    length = next(
        (n for n in range(1, max(map(len, parts))) if len({*(tuple(p[:n]) for p in parts)}) > 1), None
    )
    return [repr(", ".join(p[:length]) if len(p) > 1 else p[0]) for p in parts]
