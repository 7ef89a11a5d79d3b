"""Places and years in somebody's own table: which columns hold them, which of them are known, what was meant by others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.files.problems import Findings, Problem
from povertystats.tables.columns import ORDER
from povertystats.tables.reading import ReadTable, read_table
from povertystats.tables.table import TOTAL
from povertystats.words.errors import PovertyStatsError
from povertystats.words.wording import say

# A column holds places where its name says so, or where at least this part of its texts is known.
_KNOWN = 0.5
_PLACES = re.compile(
    r"(^|[\W_])(place|province|district|commune|city|tỉnh|tinh|huyện|huyen|xã|xa|thành phố|quận|phường|địa phương"
    r"|đơn vị|địa bàn|provinsi|provincia|région|region)($|[\W_])",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(tỉnh|thành phố|tp|huyện|thị xã|thị trấn|tx|tt|quận|xã|phường|thôn|bản)\b[. ]", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
NO_PLACE = "no place that is known"


@dataclass(frozen=True)
class Recognition:
    """What was recognised: ``places`` as {column: (known, all)}, ``years`` as {column or "header": years}, ``unknown``."""

    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    years: dict[str, list[int]] = field(default_factory=dict)
    unknown: tuple[Problem, ...] = ()

    def text(self, lang: str) -> str:
        """Return a line for each column of places or years.

        >>> Recognition({"Tỉnh": (2, 3)}, {"year": [2018, 2019]}).text("en")
        'Tỉnh: 2 of 3 places are known\\nyear: the years 2018, 2019'
        """
        lines = [
            say("table.places", lang, column=name, n=known, k=every)
            for name, (known, every) in self.places.items()
        ]
        for name, years in self.years.items():
            column = say("table.names", lang) if name == "" else name
            shown = ", ".join(map(str, years)) if len(years) < 6 else f"{years[0]}–{years[-1]}"
            lines.append(say("table.years", lang, column=column, years=shown))
        return "\n".join(lines)


def recognised(read: ReadTable, find: Callable[[str], str]) -> Recognition:
    """Return which columns of a table hold places and years, and the places that are not known.

    Parameters
    ----------
    read : ReadTable
        The table.
    find : callable
        Returns the one name of a place for any spelling; raises one of our errors, with what may be meant, where there
        is none or more than one.

    Returns
    -------
    Recognition
        Empty where nothing was recognised.
    """
    kinds = dict(zip(read.columns["column"], read.columns["kind"], strict=True))
    places, unknown = {}, list[Problem]()
    for name in [name for name, kind in kinds.items() if kind == "text" and not ORDER.fullmatch(name)]:
        column = pd.Series(read.table[name].to_numpy(), read.rows).dropna()
        texts = [text for text in column.unique() if not TOTAL.fullmatch(text.strip(" :."))]
        wrong = {text: said for text in texts if (said := _doubt(text, find)) is not None}
        known, called = len(texts) - len(wrong), sum(bool(_CALLED.match(text)) for text in texts)
        lettered = any(letter.isalpha() for text in texts for letter in text)
        mostly = lettered and max(known, called) >= _KNOWN * len(texts)
        if mostly or (_PLACES.search(name) and (known or called)):
            places[name] = known, len(texts)
            unknown += _problems(read.file, name, column, wrong)
    years = {
        name: sorted({*map(int, read.table[name].dropna())}) for name, kind in kinds.items() if kind == "year"
    }
    header = sorted({int(year) for name in kinds for year in _YEAR.findall(name)})
    years |= {"": header} if header else {}
    return Recognition(places, years, tuple(unknown))


def _doubt(text: str, find: Callable[[str], str]) -> str | None:
    """Return what is said of a text that means no place, or more than one."""
    try:
        find(text)
    except PovertyStatsError as error:
        return str(error.args[0] if error.args else error)
    return None


def _problems(file: str, name: str, column: pd.Series, wrong: dict[str, str]) -> Iterator[Problem]:
    for row, text in column[column.isin(wrong.keys())].items():
        hint = wrong[text].partition("; ")[2]
        yield Problem(file, int(str(row)), name, text, NO_PLACE, hint)


def checked(path: str | Path, find: Callable[[str], str], lang: str, **options: Any) -> tuple[str, Findings]:
    """Return what is understood of somebody's own table, in words, and what is wrong or doubtful in it.

    Parameters
    ----------
    path : str or Path
        The table.
    find : callable
        As for ``recognised``.
    lang : str
        The language of what is understood.
    **options
        As for ``read_table``.

    Returns
    -------
    tuple of (str, Findings)
        Places that are not known are warnings.
    """
    read = read_table(path, **options)
    known = recognised(read, find)
    findings = Findings(read.findings.errors, (*read.findings.warnings, *known.unknown))
    said = [replace(read, findings=findings).text(lang), known.text(lang)]
    return "\n".join(filter(None, said)), findings
