"""A target as people say it, in English or Vietnamese: "poor_pct <= 14 in 2024", "giảm 1/3 từ 2020 đến 2025"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import trunc

import pandas as pd

from povertystats.files.numbers import read_numbers
from povertystats.words.errors import InvalidValue, PovertyStatsError

FORMS = (
    ("NAME <= 14 in 2024", "NAME <= 14 năm 2024"),
    ("NAME >= 95 in 2025", "NAME đạt ít nhất 95 năm 2025"),
    ("NAME falls by 2 points in 2024", "NAME giảm 2 điểm năm 2024"),
    ("NAME falls by 2 points from 2020 to 2025", "NAME giảm 2 điểm từ 2020 đến 2025"),
    ("NAME falls by 0.5 points a year from 2021 to 2025", "NAME giảm 0,5 điểm mỗi năm từ 2021 đến 2025"),
    ("NAME falls by a third (1/3, 30%) from 2020 to 2025", "NAME giảm 1/3 (30%) từ 2020 đến 2025"),
    ("NAME rank <= 5 in 2025", "NAME xếp hạng <= 5 năm 2025"),
    ("NAME total >= 5000 in 2025", "NAME tổng >= 5000 năm 2025"),
    ("NAME none in 2025", "NAME không còn năm 2025"),
)
MOST, LEAST = "at_most", "at_least"
_RANK, _AT_MOST = "(?:ranks?|xếp hạng|thứ hạng|hạng)", "(?: <=| ≤| at most| không quá| tối đa)?"
# What begins the second half of a phrase: (kind, direction), the words for it as patterns, the longest first.
_VERBS: dict[tuple[str, str], tuple[str, ...]] = {
    ("level", MOST): (
        *("<=", "=<", "≤", "(?:is )?at most", "(?:is )?no more than", "(?:falls?|drops?|is)(?: down)? to"),
        *("down to", "giảm (?:xuống )?còn", "giảm xuống", "xuống còn", "còn", "không quá", "không vượt quá"),
        *("tối đa", "nhiều nhất"),
    ),
    ("level", LEAST): (
        *(
            ">=",
            "=>",
            "≥",
            "(?:is )?at least",
            "(?:is )?no less than",
            "(?:rises?|grows?)(?: up)? to",
            "up to",
        ),
        *("tăng lên", "đạt ít nhất", "đạt", "ít nhất", "tối thiểu", "không dưới"),
    ),
    ("move", MOST): (
        "(?:falls?|drops?|decreases?|down)(?: by)?(?: at least)?",
        "giảm(?: bình quân)?(?: ít nhất| tối thiểu)?",
    ),
    ("move", LEAST): (
        "(?:rises?|grows?|increases?|up)(?: by)?(?: at least)?",
        "tăng(?: bình quân)?(?: ít nhất| tối thiểu)?",
    ),
    ("rank", MOST): (rf"{_RANK}{_AT_MOST}",),
    ("rank", LEAST): (rf"{_RANK} (?:from the (?:top|highest)|từ cao xuống){_AT_MOST}",),
    ("count", LEAST): ("(?:total|tổng(?: cộng| số)?)(?: of)? ?(?:>=|≥|at least|ít nhất|tối thiểu)",),
    ("count", MOST): ("(?:total|tổng(?: cộng| số)?)(?: of)? ?(?:<=|≤|at most|không quá|tối đa)",),
    ("all_of", MOST): ("none(?: left)?", "không còn(?: ai| hộ nào)?"),
}
_STRICT = "(?:less|more|fewer) than|below|under|above|over|dưới|trên|<|>"
_FRACTIONS = {
    **{"a half": (1, 2), "half": (1, 2), "một nửa": (1, 2), "nửa": (1, 2), "a third": (1, 3)},
    **{"one third": (1, 3), "một phần ba": (1, 3), "two thirds": (2, 3), "hai phần ba": (2, 3)},
    **{"a quarter": (1, 4), "one quarter": (1, 4), "một phần tư": (1, 4), "three quarters": (3, 4)},
    **{"ba phần tư": (3, 4), "a fifth": (1, 5), "one fifth": (1, 5), "một phần năm": (1, 5)},
    **{"a tenth": (1, 10), "one tenth": (1, 10), "một phần mười": (1, 10)},
}
_FRACTION = "|".join(sorted(map(re.escape, _FRACTIONS), key=len, reverse=True))
_POINTS = r"(?:percentage |per ?cent )?points?\b|pp\b|p\.p\.|điểm(?: phần trăm| %)?(?!\w)"
_PER_CENT = r"%|per ?cent\b|phần trăm(?!\w)"
_A_YEAR = r"(?:(?:a|per|each|every) year|annually|yearly|/ ?year|(?:mỗi|một|hàng|hằng) năm|/ ?năm)(?!\w)"
_YEAR = r"((?:19|20)\d\d)\b(?! ?\d)"
_IN = r"(?:(?:in|by the end of|by)(?: the year)?|(?:(?:vào|đến|tới|trong|cuối)(?: hết| cuối)? )?năm)(?!\w)"
_FROM = r"(?:from|between|since|over|từ(?: năm)?|giai đoạn|trong giai đoạn)(?!\w)"
_TO = r"(?:to|until|till|and|đến(?: năm)?|tới(?: năm)?|-|–)"
_AGAINST = r"(?:(?:compared (?:with|to)|on|since|against)|so với(?: năm)?)(?!\w)"
_EACH = (
    r"in (?:each|every) (?:district|province|place|commune)|(?:ở|tại) (?:mọi|mỗi|từng) (?:huyện|tỉnh|xã|nơi)"
)


@dataclass(frozen=True)
class Phrase:
    """What a target's phrase says.

    ``name``: of the indicator, "" where none is said; ``kind``: level, change, change_since, per_year, relative, rank,
    count, all_of; ``bound``: signed, a fall is negative; ``unit``: "pct", "pp" or "" as it is written; ``share``: the
    relative change as written; ``each``: of every district rather than of the place.
    """

    text: str
    name: str
    kind: str
    direction: str
    bound: float
    unit: str
    year: int
    base_year: int | None = None
    share: str = ""
    each: bool = False


class _Lost(PovertyStatsError):
    """Where a phrase is not understood, and what was expected there."""

    def __init__(self, at: int, expected: str) -> None:
        self.at, self.expected = at, expected


def read_phrase(text: str) -> Phrase:
    """Return what a target's phrase says, in English or Vietnamese.

    Parameters
    ----------
    text : str
        One of ``FORMS``, with any name of an indicator, or none, in front.

    Returns
    -------
    Phrase
        What it says.

    Raises
    ------
    InvalidValue
        It says where the phrase is not understood, what was expected there, and the forms that are.

    Examples
    --------
    >>> read_phrase("poor_pct falls by 2 points in 2024").bound, read_phrase("giảm 1/3 từ 2020 đến 2025").kind
    (-2.0, 'relative')
    >>> read_phrase("poor_pct <= fourteen in 2024")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    povertystats.words.errors.InvalidValue: 'poor_pct <= fourteen in 2024': a number was expected where 'fourteen in 2024' stands; ...
    """
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    lost: list[_Lost] = []
    for at, end, kind, direction in _verbs(clean):
        try:
            return _Reader(clean, end).phrase(clean[:at].strip(" :,"), kind, direction)
        except _Lost as error:
            lost.append(error)
    forms = "; ".join(f"{english!r} ({own!r})" for english, own in FORMS)
    if not lost:
        if strict := re.search(rf"(?<!\w)(?:{_STRICT})(?!\w)", clean, re.IGNORECASE):
            said = f"{strict[0]!r} leaves open whether the bound itself is enough; write <= or >="
        else:
            said = "nothing in it says what is to be reached (<=, >=, falls by, rises by, giảm, tăng, rank, total)"
    else:
        furthest = max(lost, key=lambda error: error.at)
        rest = clean[furthest.at :].strip()
        said = f"{furthest.expected} was expected " + (f"where {rest!r} stands" if rest else "at its end")
    raise InvalidValue(f"{clean!r}: {said}; a target is written as {forms}")


def _verbs(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield where each verb of a phrase begins and ends, and what it says: the first of them first, the longest of one place."""
    found = []
    for (kind, direction), patterns in _VERBS.items():
        for pattern in patterns:
            edges = ("(?<!\\w)", "(?!\\w)") if pattern[-1].isalnum() or pattern[-1] in ")?" else ("", "")
            for match in re.finditer(f"{edges[0]}(?:{pattern}){edges[1]}", text, re.IGNORECASE):
                found.append((match.start(), match.end(), kind, direction))
    yield from sorted(found, key=lambda one: (one[0], -one[1]))


@dataclass
class _Reader:
    """The second half of a phrase, read from left to right."""

    text: str
    at: int

    def take(self, pattern: str) -> re.Match[str] | None:
        match = re.compile(rf"\s*(?:{pattern})", re.IGNORECASE).match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def lost(self, expected: str) -> _Lost:
        return _Lost(self.at, expected)

    def phrase(self, name: str, kind: str, direction: str) -> Phrase:
        if kind == "all_of":
            return self.ended(name, kind, direction, 0.0, "", self.year())
        share = self.fraction() if kind == "move" else ""
        number = 0.0 if share else self.number()
        unit = "" if share else "pp" if self.take(_POINTS) else "pct" if self.take(_PER_CENT) else ""
        if kind != "move":
            if unit == "pp" or (unit and kind == "rank"):
                raise _Lost(self.at, "a level and no points")
            if kind == "rank" and (number % 1 or number < 1):
                raise _Lost(self.at, "a whole number from 1 as the rank")
            return self.ended(name, kind, direction, number, unit, self.year())
        sign = -1 if direction == MOST else 1
        yearly = bool(self.take(_A_YEAR))
        base, year = self.span()
        yearly = yearly or bool(self.take(_A_YEAR))
        if share or unit == "pct":
            if yearly or base is None:
                also = "" if yearly else f', or "points" where the rate is to move by {number:g} points'
                raise _Lost(self.at, f'"from 2020 to 2025" without "a year"{also}')
            over, under = map(int, (share or "0/1").split("/"))
            bound = _toward_zero(100 * over / under) if share else number
            share = share or f"{number:g}%"
            return self.ended(name, "relative", direction, sign * bound, "pct", year, base, share)
        if yearly and base is None:
            raise self.lost('"from 2021 to 2025", the years of the plan,')
        kind = "per_year" if yearly else "change" if base is None else "change_since"
        return self.ended(name, kind, direction, sign * number, unit, year, base)

    def ended(
        self,
        name: str,
        kind: str,
        direction: str,
        bound: float,
        unit: str,
        year: int,
        base: int | None = None,
        share: str = "",
    ) -> Phrase:
        each = bool(self.take(_EACH))
        self.take(r"[.;]")
        if self.text[self.at :].strip():
            raise self.lost("the end")
        if base is not None and base >= year:
            raise self.lost(f"a first year before {year}")
        return Phrase(self.text, name, kind, direction, bound, unit, year, base, share, each)

    def fraction(self) -> str:
        """Return a fraction as "1/3", or "" where none stands."""
        if match := self.take(r"([1-9]) ?/ ?([1-9]\d?)(?! ?\d)"):
            if int(match[1]) >= int(match[2]):
                raise _Lost(match.start(1), "a part of the whole, such as 1/3,")
            return f"{match[1]}/{match[2]}"
        if match := self.take(rf"({_FRACTION})(?!\w)"):
            return "{}/{}".format(*_FRACTIONS[" ".join(match[1].casefold().split())])
        return ""

    def number(self) -> float:
        start = self.at
        match = self.take(r"([-+−]?\d[\d.,]*\d|[-+−]?\d)")
        if not match:
            raise self.lost("a number")
        read = read_numbers(pd.Series([match[1]]))
        if read.doubt or read.values.isna().any():
            raise _Lost(start, "a number that means one thing (1500 or 1.5)")
        if read.values[0] < 0:
            raise _Lost(start, "a number without a sign (say falls or rises)")
        return float(read.values[0])

    def year(self) -> int:
        if not (self.take(_IN) and (match := self.take(_YEAR))):
            raise self.lost('the year, such as "in 2025",')
        return int(match[1])

    def span(self) -> tuple[int | None, int]:
        """Return the first year, where one is said, and the last."""
        if self.take(_FROM):
            first = self.take(_YEAR)
            last = self.take(_TO) and self.take(_YEAR) if first else None
            if not first or not last:
                raise self.lost('"from 2020 to 2025"')
            return int(first[1]), int(last[1])
        if first := self.take(rf"{_YEAR} ?(?=[-–])"):
            last = self.take(_TO) and self.take(_YEAR)
            if not last:
                raise self.lost("the last year")
            return int(first[1]), int(last[1])
        year = self.year()
        if self.take(_AGAINST):
            first = self.take(_YEAR)
            if not first:
                raise self.lost("the year that it is compared with")
            return int(first[1]), year
        return None, year


def _toward_zero(value: float) -> float:
    """Return four decimals of a number, so that what falls by exactly a third has fallen by it.

    >>> _toward_zero(200 / 3)
    66.6666
    """
    return trunc(value * 1e4 + 1e-9) / 1e4
