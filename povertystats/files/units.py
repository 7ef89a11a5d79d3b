"""How figures are written: the signs of numbers, and the units, each with how it is turned into another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pandas as pd

from povertystats.files.numbers import Notation
from povertystats.words.errors import InvalidValue
from povertystats.words.names import did_you_mean

# What one of each unit is, in the first unit of its group: what is of one group can be turned into one another.
_GROUPS: tuple[Mapping[str, float], ...] = (
    {"pct": 1, "pp": 1, "share": 100, "permille": 0.1},
    {"vnd": 1, "vnd_k": 1e3, "vnd_m": 1e6, "vnd_bn": 1e9},
)
# A count may be written in thousands, millions or billions of what is counted: persons_k.
_TIMES = {"": 1.0, "_k": 1e3, "_m": 1e6, "_bn": 1e9}
COUNTS = (
    *("borrowers", "cards", "communes", "districts", "households", "persons", "products", "schools", "turns"),
    *("villages", "visits", "works"),
)
RATES = ("pct", "pp", "permille")
# What may be said of how a table is written: in a call, in a descriptor, for one file or all.
READING = ("decimal", "thousands", "missing", "yes", "no", "units", "sheet", "illustrative", "published")
# The words for a unit that stand in the headers of tables, and the unit that they mean.
WORDS = {
    **{"%": "pct", "percent": "pct", "per cent": "pct", "percentage": "pct", "phần trăm": "pct"},
    **{"persen": "pct", "por ciento": "pct", "porcentaje": "pct", "pour cent": "pct", "prozent": "pct"},
    **{"‰": "permille", "per mille": "permille", "phần nghìn": "permille"},
    **{"fraction": "share", "proportion": "share"},
    **{"percentage points": "pp", "điểm phần trăm": "pp", "đồng": "vnd", "vnđ": "vnd", "dong": "vnd"},
    **{"nghìn đồng": "vnd_k", "ngàn đồng": "vnd_k", "1000 đồng": "vnd_k", "thousand dong": "vnd_k"},
    **{"triệu đồng": "vnd_m", "million dong": "vnd_m", "tỷ đồng": "vnd_bn", "tỉ đồng": "vnd_bn"},
    **{"billion dong": "vnd_bn", "người": "persons", "nhân khẩu": "persons", "people": "persons"},
    **{"nghìn người": "persons_k", "ngàn người": "persons_k", "thousand persons": "persons_k"},
    **{"hộ": "households", "xã": "communes", "huyện": "districts", "thôn": "villages"},
}

_COUNTED = re.compile(r"\b(?:số|number of|no\. of)\s+(hộ|người|nhân khẩu|xã|huyện|thôn|\w+)", re.IGNORECASE)
_PLACES = ("xã", "huyện", "thôn")  # at the head of a column, these are names of places, not how many
_SUFFIX = re.compile(rf"_(pct|pp|share|permille|vnd(_k|_m|_bn)?|({'|'.join(COUNTS)})(_k|_m|_bn)?)$")
_MANY = {**dict.fromkeys(("nghìn", "ngàn", "1000", "1.000", "thousand", "thousands"), "_k")}
_MANY |= dict.fromkeys(("triệu", "million", "millions"), "_m")


def unit_of(written: str) -> str:
    """Return the project's name of a unit, as far as it is a word that is known; else the word itself.

    >>> unit_of(" Nghìn đồng"), unit_of("%"), unit_of("points of an index")
    ('vnd_k', 'pct', 'points of an index')
    """
    word = " ".join(str(written).split())
    return WORDS.get(word.casefold(), word)


def unit_told(name: str) -> str:
    """Return the unit that the name of a column tells, as the project calls it, or "".

    >>> unit_told("Thu nhập (nghìn đồng/người/tháng)"), unit_told("Hộ nghèo: Số hộ"), unit_told("poor_pct")
    ('vnd_k', 'households', 'pct')
    >>> unit_told("Tỷ lệ (%)"), unit_told("Số hộ (nghìn)"), unit_told("place")
    ('pct', 'households_k', '')
    """
    if told := _SUFFIX.search(name):
        return told[1]
    inside = re.findall(r"[(\[]([^)\]]*)[)\]]", name)
    times = next((_MANY[word] for part in inside if (word := part.strip().casefold()) in _MANY), "")
    counted = [found[1] for found in _COUNTED.finditer(name)]
    parts = [part.split("/")[0].rpartition(":")[2] for part in inside] + [
        name,
        name.rpartition(":")[2],
        *counted,
    ]
    for part in parts:
        if part in (name, name.rpartition(":")[2]) and part.strip().casefold() in _PLACES:
            continue
        unit = unit_of(part)
        if unit in (*RATES, *COUNTS, *WORDS.values(), "share"):
            return f"{unit}{times}" if unit in COUNTS else unit
    spoken = f" {name.casefold()} "
    words = [
        word
        for word in WORDS
        if word in ("%", "‰") and word in spoken or " " in word and f" {word} " in spoken
    ]
    return WORDS[max(words, key=len)] if words else ""


def is_count(name: str) -> bool:
    """Say whether a name tells that it counts: "Số hộ", "number of persons", a unit at its end; not "Hộ".

    >>> is_count("Số hộ nghèo"), is_count("n_households"), is_count("Hộ")
    (True, True, False)
    """
    return bool(_COUNTED.search(name) or _SUFFIX.search(name))


def unit_in(name: str) -> str | None:
    """Return the unit that a column's name ends in, if it is one of those that are known.

    >>> unit_in("income_vnd_k"), unit_in("visits_k"), unit_in("poor_pct"), unit_in("poor")
    ('vnd_k', 'visits_k', 'pct', None)
    """
    parts = name.split("_")
    ends = ("_".join(parts[i:]) for i in range(len(parts)))
    known = {*chain.from_iterable(_GROUPS), *(f"{what}{times}" for what in COUNTS for times in _TIMES)}
    return next((end for end in ends if end in known), None)


def counts_things(unit: str) -> bool:
    """Say whether figures in a unit count things one by one, so that they are whole numbers.

    >>> counts_things("households"), counts_things("persons_k"), counts_things("pct")
    (True, False, False)
    """
    return unit_of(unit) in COUNTS


def factor(written: str, wanted: str) -> float:
    """Return what figures written in one unit are to be multiplied by to be in another.

    Raises InvalidValue, naming both, where nothing leads from one to the other.

    >>> factor("share", "pct"), factor("vnd_m", "vnd_k"), factor("vnd", "vnd_k"), factor("persons", "persons_k")
    (100.0, 1000.0, 0.001, 0.001)
    """
    one, other = unit_of(written), unit_of(wanted)
    group = _group(other)
    if one not in group:
        known = {unit: unit for unit in group}
        hint = did_you_mean(one, known) or f"; expected {' or '.join(known)}"
        raise InvalidValue(f"figures in {other!r} cannot be made of figures in {one!r}{hint}")
    return float(group[one] / group[other])


def convert(values: pd.Series, written: str, wanted: str) -> pd.Series:
    """Return figures written in one unit in another, without the digits that multiplying makes up.

    >>> convert(pd.Series([0.07, 0.305]), "share", "pct").tolist()
    [7.0, 30.5]
    """
    times = factor(written, wanted)
    return values if times == 1 else (values * times).map(lambda value: float(f"{value:.15g}")).astype(float)


def _group(unit: str) -> Mapping[str, float]:
    for group in _GROUPS:
        if unit in group:
            return group
    whole = re.sub(r"_(k|m|bn)$", "", unit)
    return {f"{whole}{end}": times for end, times in _TIMES.items()} if whole in COUNTS else {unit: 1.0}


@dataclass(frozen=True)
class Reading:
    """How a table is written: ``given`` holds what was said of that, by the names of ``READING``.

    It can be compared and kept: lists stand in it as tuples, ``units`` as pairs.
    """

    given: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Reading":
        """Return what options say, those that are None aside.

        >>> Reading.of({"decimal": ",", "units": {"poor_pct": "share"}, "yes": None}).given
        (('decimal', ','), ('units', (('poor_pct', 'share'),)))
        """
        said = {key: options[key] for key in READING if options.get(key) is not None}
        if "units" in said:  # a unit's own words stand there too (``identity``)
            said["units"] = {name: unit for name, unit in said["units"].items() if isinstance(unit, str)}
        return cls(tuple((key, _kept(value)) for key, value in said.items()))

    def beside(self, other: Mapping[str, Any]) -> "Reading":
        """Return this with what is said elsewhere beside it; what stands here goes first.

        >>> Reading.of({"decimal": ","}).beside({"decimal": ".", "missing": ["?"]}).notation.missing
        ('?',)
        """
        said, own = dict(Reading.of(other).given), dict(self.given)
        both = {**dict(said.get("units", ())), **self.units}
        return Reading.of({**said, **own, "units": both or None})

    @property
    def notation(self) -> Notation:
        """The signs of numbers and the words for what is missing, yes and no."""
        known = dict(self.given)
        return replace(Notation(), **{key: known[key] for key in READING[:5] if key in known})

    @property
    def units(self) -> dict[str, str]:
        """{indicator or column: the unit in which its figures are written}."""
        return dict(dict(self.given).get("units", ()))


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
