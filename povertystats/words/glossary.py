"""The vocabulary: one term for one thing in each language, what it means, and what must not stand in its place.

The terms stand in ``glossary.toml``, both languages side by side, official ones with the document that fixes
them, and the variants that no text may use with the reason (``tests/test_vocabulary.py`` reads every text).
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from povertystats.words.errors import refuse
from povertystats.words.languages import ENGLISH, LANGUAGES, Words, check, code
from povertystats.words.schemas import problems, read_toml

_FILE = Path(__file__).with_name("glossary.toml")
_SCHEMA = _FILE.with_name("glossary.schema.json")
_LETTERS = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
# Grave, hook above, tilde, acute, dot below: the order of tones in Vietnamese dictionaries.
_TONES = {tone: rank for rank, tone in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}


@dataclass(frozen=True)
class Term:
    """A term: its spelling and meaning in each language, its source, whether it is ours alone, and the variants to avoid.

    ``avoid`` holds ``{language: {variant: reason}}``, ``allow`` the phrases of each language in which a
    variant is right.
    """

    key: str
    spelling: Words
    meaning: Words
    source: str
    ours: bool
    avoid: dict[str, dict[str, str]]
    allow: dict[str, list[str]]


def glossary(lang: str) -> pd.DataFrame:
    """Return the glossary as a table, in the alphabet of a language.

    Parameters
    ----------
    lang : str
        "vi", "en" or a language file.

    Returns
    -------
    DataFrame
        One row a term: term, other (in English; in Vietnamese beside English terms), definition, source; ours, whether
        it speaks of the package that comes along alone.

    Raises
    ------
    InvalidValue
        The language is not known.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.glossary("vi").set_index("term").loc["điểm phần trăm", "other"]
    'percentage point'
    """
    check(lang)
    other = next(x for x in (ENGLISH, *LANGUAGES) if x != lang)
    rows = [
        (t.spelling[lang], t.spelling[other], t.meaning[lang], t.source, t.ours)
        for t in sorted(load_glossary(), key=lambda t: alphabetical(t.spelling[lang], lang))
    ]
    return pd.DataFrame(rows, columns=["term", "other", "definition", "source", "ours"])


def alphabetical(text: str, lang: str) -> list:
    """Return the key that sorts texts by the alphabet of their language.

    Vietnamese sorts syllable by syllable, each by its letters (a ă â b c d đ e ê ...), then by its tone
    (none, huyền, hỏi, ngã, sắc, nặng).

    >>> sorted(["đo", "dư nợ", "xã", "xa", "dự toán", "dân"], key=lambda t: alphabetical(t, "vi"))
    ['dân', 'dư nợ', 'dự toán', 'đo', 'xa', 'xã']
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    return [_syllable(word) for word in words] if code(lang) == "vi" else words


def _syllable(word: str) -> tuple[list[tuple[int, str]], int]:
    decomposed = unicodedata.normalize("NFD", word)
    tone = max((_TONES.get(c, 0) for c in decomposed), default=0)
    letters = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    # What is not a letter of the alphabet, such as a digit, comes before it.
    return [(_LETTERS.get(c, -1), c) for c in letters], tone


def misused(text: str, lang: str, *, terms: tuple[Term, ...] | None = None) -> list[str]:
    """Return what a text says that the glossary avoids, each as "variant (say term: reason)".

    Whole words are compared, whatever their case. ``terms``: those to hold it against (`load_glossary`).
    Raises InvalidValue for an unknown language.

    >>> misused("Tỉ lệ hộ nghèo giảm 2 điểm phần trăm.", "vi")
    ['tỉ lệ (say tỷ lệ hộ nghèo: cơ quan thống kê viết tỷ lệ)']
    """
    check(lang)
    terms = load_glossary() if terms is None else terms
    text = unicodedata.normalize("NFC", text)
    allowed = [phrase for term in terms for phrase in term.allow.get(lang, [])]
    text = _whole(*allowed).sub(" … ", text) if allowed else text
    return [
        f"{variant} (say {term.spelling[lang]}: {reason})"
        for term in terms
        for variant, reason in term.avoid.get(lang, {}).items()
        if _whole(variant).search(text)
    ]


@cache
def _whole(*phrases: str) -> re.Pattern:
    choices = "|".join(re.escape(p) for p in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", flags=re.IGNORECASE)


@cache
def load_glossary(path: Path | None = None) -> tuple[Term, ...]:
    """Return the terms of a glossary file; ours, when ``path`` is left out, was checked when it was written.

    Raises Refused with every problem of the file: a missing language or definition, an unknown field,
    a definition that is too long or not one sentence, a term that stands twice, a reason or a use that is
    missing, a spelling that is not composed (NFC), and a term or definition that uses what is avoided.

    >>> next(t.spelling["en"] for t in load_glossary() if t.key == "association")
    'association'
    """
    what = f"cannot use {path} as a glossary"
    entries = read_toml(path or _FILE, what)
    if path:
        composed = unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))
        loose = [] if composed else ["the file is not in NFC: some letters are written with separate marks"]
        refuse(what, [*problems(entries, json.loads(_SCHEMA.read_text())), *loose])
    terms = tuple(_term(key, entry) for key, entry in entries.items())
    if path:
        refuse(what, [*_twice(terms), *_against_itself(terms)])
    return terms


def _term(key: str, entry: dict) -> Term:
    avoid, allow = (
        {name.removeprefix(stem): value for name, value in entry.items() if name.startswith(stem)}
        for stem in ("avoid_", "allow_")
    )
    source = entry.get("source", "")
    ours = bool(source) or entry.get("ours", False)
    return Term(key, Words.of(entry), Words.of(entry, "means_"), source, ours, avoid, allow)


def _twice(terms: tuple[Term, ...]) -> Iterator[str]:
    for lang in LANGUAGES:
        first: dict[str, str] = {}
        for term in terms:
            other = first.setdefault(term.spelling[lang].casefold(), term.key)
            if other != term.key:
                yield f"{term.key}: {term.spelling[lang]!r} already stands at {other}"


def _against_itself(terms: tuple[Term, ...]) -> Iterator[str]:
    for term in terms:
        for lang in term.spelling:
            for use in misused(f"{term.spelling[lang]}. {term.meaning[lang]}", lang, terms=terms):
                yield f"{term.key}: uses {use}"
        for lang, phrases in term.allow.items():
            for phrase in phrases:
                if not any(_whole(variant).search(phrase) for variant in term.avoid.get(lang, {})):
                    yield f"{term.key}.allow_{lang}: {phrase!r} holds no variant that is avoided"
