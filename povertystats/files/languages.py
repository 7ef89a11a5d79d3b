"""Fields that are told in languages, ``title_vi`` and ``title_en``: a file may tell them in any, and in one alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd
from babel import localedata

from povertystats.files.problems import Problem

_SPOKEN = re.compile(r"([a-z]+)_([a-z]{2,3}(?:_[A-Z]\w+)?)")


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
    """Yield a Problem for every row that says something needed in no language; ``fields``: what the file should hold."""
    needed = [name for name, about in fields.items() if about.get("constraints", {}).get("required")]
    for stem in dict.fromkeys(
        match[1] for name in needed if (match := _SPOKEN.fullmatch(name)) and f"{match[1]}_en" in fields
    ):
        columns = [name for name in table if (match := _SPOKEN.fullmatch(str(name))) and match[1] == stem]
        for row in table[table[columns].eq("").all(axis=1)].itertuples():
            rule, hint = "said in no language", f"fill {stem}_vi, {stem}_en or a column of another language"
            yield Problem(row.file, int(row.row), f"{stem}_en", "", rule, hint)
