"""Fields that are told in languages, ``title_vi`` and ``title_en``: a file may tell them in any, and in one alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd
from babel import localedata

from povertystats.files.problems import Problem

_SPOKEN = re.compile(r"([a-z]+)_([a-z]{2,3}(?:_[A-Z]\w+)?)")
# Of the letters of Vietnamese words about a third bear marks, of English ones about Viet Nam few.
_FEW, _MANY = 0.1, 0.2


def told_in(fields: Mapping[str, Mapping[str, Any]], columns: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of a file with those that it tells in further languages, none of which it needs by itself.

    >>> fields = {"title_vi": {"type": "string", "constraints": {"required": True}}, "title_en": {"type": "string"}}
    >>> list(told_in(fields, ["title_id", "title_xx", "note_en"])), told_in(fields, [])["title_vi"]["constraints"]
    (['title_vi', 'title_en', 'title_id'], {'required': False})
    """
    stems = {match[1] for name in fields if (match := _SPOKEN.fullmatch(name)) and match[2] == "en"}
    told: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys([*fields, *columns]):
        match = _SPOKEN.fullmatch(name)
        if not (match and match[1] in stems):
            told |= {name: dict(fields[name])} if name in fields else {}
        elif name in fields or localedata.exists(match[2]):
            about = dict(fields.get(name, fields[f"{match[1]}_en"]))
            told[name] = {**about, "constraints": {**about.get("constraints", {}), "required": False}}
    return told


def untold(table: pd.DataFrame, fields: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield a Problem for every row that says something needed in no language, and for languages that changed places.

    ``fields``: what the file should hold.
    """
    needed = [name for name, about in fields.items() if about.get("constraints", {}).get("required")]
    for stem in dict.fromkeys(
        match[1] for name in needed if (match := _SPOKEN.fullmatch(name)) and f"{match[1]}_en" in fields
    ):
        columns = [name for name in table if (match := _SPOKEN.fullmatch(str(name))) and match[1] == stem]
        for row in table[table[columns].eq("").all(axis=1)].itertuples():
            rule, hint = "said in no language", f"fill {stem}_vi, {stem}_en or a column of another language"
            yield Problem(row.file, int(row.row), f"{stem}_en", "", rule, hint)
    for name in (name for name in table if str(name).endswith("_vi") and f"{name[:-3]}_en" in table):
        both = table[[name, f"{name[:-3]}_en"]].astype(str)
        vietnamese, english = (_tones("".join(both.loc[both.ne("").all(axis=1), column])) for column in both)
        if vietnamese < _FEW < _MANY < english:
            rule = f"in another language than its name says, as {name[:-3]}_en"
            yield Problem(table["file"].iloc[0], 1, name, both[name].iloc[0], rule, "are the two exchanged?")


def _tones(text: str) -> float:
    """Return which part of its letters are ones that only Vietnamese has.

    >>> round(_tones("Tỷ lệ hộ nghèo"), 2), round(_tones("Poor households of Bắc Kạn"), 2)
    (0.36, 0.09)
    """
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    return sum(not letter.isascii() for letter in letters) / max(len(letters), 1)
