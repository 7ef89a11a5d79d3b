"""What a data package says of itself: its name, its country, the words for its kinds of place and its units."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from povertystats.files.problems import Problem
from povertystats.words.languages import LANGUAGES, Words, code, sentences
from povertystats.words.wording import Unit, say

_HERE = Path(__file__).resolve().parent.parent
# What a package may extend, and where it lies: beside the package in a checkout, inside it in an installation.
OURS = "povertystats"
DATA = next(
    (d for d in (_HERE / "data", _HERE.parent / "data") if (d / "datapackage.json").exists()), _HERE / "data"
)
KINDS = ("country", "province", "district", "commune", "group")
# What a target says before the word for a kind of place.
_EVERY = ("every", "mọi")
KIND = 'call it by its level, from province down, and say its word in datapackage.json: "kinds": {"province": {"en": ["state", "states"]}}'


@cache
def other_names() -> dict[str, str]:
    """Return {another name of a place of ours: its name}, as they stand in places.csv: Bắc Cạn, Huế, Sài Gòn.

    >>> other_names()["Bắc Cạn"], other_names()["Sài Gòn"]
    ('Bắc Kạn', 'TP. Hồ Chí Minh')
    """
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    return {other: row["place"] for row in rows for other in filter(None, row["aliases"].split(";"))}


@dataclass(frozen=True)
class Identity:
    """A package's own words.

    ``name``: its title; ``country``: {language: name}, empty where it says none; ``kinds``: {kind of place: {language:
    (one, several)}}; ``units``: {unit: the same unit with its words}; ``works``: the title and licence of the package, then
    of ours where it came along; ``place``: the one that is asked about where none is named; ``alone``: nothing of ours
    came along.
    """

    name: Words = field(default_factory=Words)
    country: Words = field(default_factory=Words)
    kinds: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    works: tuple[tuple[Words, Words], ...] = ()
    place: str = ""
    alone: bool = False

    @classmethod
    def of(
        cls, package: Mapping[str, Any], ours: Identity | None = None, *, alone: bool = False, place: str = ""
    ) -> Identity:
        """Return what a descriptor says, over what ours says where it extends ours.

        >>> own = Identity.of({"name": "mine", "country": "Indonesia", "kinds": {"district": {"en": ["regency", "regencies"]}}})
        >>> own.name["en"], own.country["vi"], own.word("district", "en", many=True), own.word("district", "vi")
        ('mine', 'Indonesia', 'regencies', 'huyện')
        """
        ours = ours or cls()
        units = {unit: said for unit, said in package.get("units", {}).items() if isinstance(said, Mapping)}
        kinds = {kind: _forms(said) for kind, said in package.get("kinds", {}).items()}
        name = _named(package, "title") or _named(package, "name")
        return cls(
            name,
            _named(package, "country") or ours.country,
            {**ours.kinds, **kinds},
            {**ours.units, **{unit: Unit(unit, _forms(said)) for unit, said in units.items()}},
            ((name, _licence(package)), *ours.works),
            place or ours.place,
            alone,
        )

    def word(self, kind: str, lang: str, *, many: bool = False) -> str:
        """Return the word for a kind of place, in one or several; the language's usual one where the package has none."""
        forms = self.kinds.get(kind, {}).get(code(lang))
        return forms[many] if forms else say(f"kind.{kind}.{'many' if many else 'one'}", lang)


def every(text: str, identity: Identity | None = None) -> tuple[str, str] | None:
    """Return the kind of which a text means every place, and the list they must be on; None where it names a place.

    A kind goes by its name, by the package's word for it and by the usual one, in any language; a list by its
    indicator, whose figure is 1 for the places on it: "every district on poor_district".

    >>> every("every district"), every("Mọi xã on poor_commune"), every("Every")
    (('district', ''), ('commune', 'poor_commune'), None)
    >>> every("every county", Identity(kinds={"province": {"en": ("county", "counties")}}))
    ('province', '')
    """
    about = identity or Identity()
    text, _, listed = text.strip().partition(" on ")
    first, _, kind = text.lower().partition(" ")
    if first not in _EVERY:
        return None
    called = {kind: kind for kind in KINDS}
    called |= {about.word(kind, lang).lower(): kind for kind in KINDS for lang in LANGUAGES}
    found = called.get(kind.strip())
    return None if found is None else (found, listed.strip())


def wrong_identity(file: str, package: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a Problem for everything that a descriptor says of itself in another form than it should."""
    extends = package.get("extends", OURS)
    if extends not in (OURS, False):
        rule, hint = (
            f'expected "{OURS}" or false',
            f'"extends": false: the package stands alone; "{OURS}": ours come along',
        )
        yield Problem(file, None, "extends", str(extends), rule, hint)
    for key, value in package.items():
        stem, _, spoken = key.partition("_")
        if (stem in ("country", "title") and (not spoken or len(spoken) < 8)) and not isinstance(value, str):
            yield Problem(file, None, key, str(value), "expected text")
    for key, example in (
        ("units", '{"usd": {"en": "dollars"}}'),
        ("kinds", '{"province": {"en": ["county", "counties"]}}'),
    ):
        said = package.get(key)
        if said is None:
            continue
        if not isinstance(said, Mapping):
            if key == "kinds":
                yield Problem(file, None, key, str(said), f"expected words by name, such as {example}")
            continue  # of units it is told with how figures are written
        for name, words in said.items():
            if key == "kinds" and name not in KINDS:
                yield Problem(
                    file,
                    None,
                    key,
                    name,
                    f"expected one of {', '.join(KINDS)}",
                    "its words say what it is called",
                )
            elif key == "units" and isinstance(words, str):
                continue  # how the figures of an indicator are written
            elif not isinstance(words, Mapping) or not words or not all(map(_is_form, words.values())):
                yield Problem(
                    file, None, key, name, f"expected its words by language, one or two, such as {example}"
                )


def _is_form(said: Any) -> bool:
    forms = [said] if isinstance(said, str) else said
    return (
        isinstance(forms, list)
        and 1 <= len(forms) <= 2
        and all(isinstance(one, str) and one.strip() for one in forms)
    )


def _forms(said: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    pairs = {lang: [words] if isinstance(words, str) else words for lang, words in said.items()}
    return {lang: (words[0], words[-1]) for lang, words in pairs.items()}


def unworded(indicators: Iterable[Mapping[str, Any]], known: Mapping[str, Unit]) -> Iterator[Problem]:
    """Yield a warning for the first indicator of every unit that is shown as it is named, for it has no words."""
    told = {"", *known}
    for row in indicators:
        unit = row["unit"]
        if unit not in told and f"unit.{unit}" not in sentences("en"):
            hint = f'say "units": {{"{unit}": {{"en": "…", "vi": "…"}}}} in datapackage.json'
            yield Problem(
                row["file"],
                int(row["row"]),
                "unit",
                unit,
                "this unit has no words: it is shown as it is named",
                hint,
            )
        told.add(unit)


def _licence(package: Mapping[str, Any]) -> Words:
    """Return what a descriptor says of its licence, with its address."""
    first = package.get("licenses") or package.get("licence") or package.get("license")
    first = first[0] if isinstance(first, list) else first
    about = first if isinstance(first, Mapping) else {"title": str(first or "")}
    said = _named(about, "title") or _named(about, "name")
    path = f" ({about['path']})" if isinstance(about.get("path"), str) else ""
    return Words({lang: f"{words}{path}" for lang, words in said.items() if words})


def _named(package: Mapping[str, Any], stem: str) -> Words:
    """Return a name in the languages that have one: ``title`` is the English one unless ``title_en`` says another."""
    plain = package.get(stem)
    return Words(({"en": str(plain)} if plain else {}) | Words.of(package, f"{stem}_"))
