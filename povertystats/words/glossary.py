"""The vocabulary: one term for one thing in each language, what it means, and what must not stand in its place.

The terms stand in ``glossary.toml``, both languages side by side, official ones with the document that fixes
them, and the variants that no text may use with the reason (``tests/test_vocabulary.py`` reads every text).
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from povertystats.words.languages import ENGLISH, LANGUAGES, Words, check

_FILE = Path(__file__).with_name("glossary.toml")
_LONGEST = 160  # characters of a definition: two lines on a printed page
_NEEDED = [f"{stem}{lang}" for stem in ("", "means_") for lang in LANGUAGES]
_AVOID, _ALLOW = ([f"{stem}_{lang}" for lang in LANGUAGES] for stem in ("avoid", "allow"))
_LETTERS = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
# Grave, hook above, tilde, acute, dot below: the order of tones in Vietnamese dictionaries.
_TONES = {tone: rank for rank, tone in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}


@dataclass(frozen=True)
class Term:
    """A term: its spelling and meaning in each language, its source, and the variants to avoid.

    ``avoid`` holds ``{language: {variant: reason}}``, ``allow`` the phrases of each language in which a
    variant is right.
    """

    key: str
    spelling: dict
    meaning: dict
    source: str
    avoid: dict
    allow: dict


def glossary(lang):
    """Return the glossary as a table: term, other (in the other language), definition, source.

    It has one row a term, in the alphabet of ``lang`` ("vi" or "en"). Raises ValueError for another language.

    >>> glossary("vi").set_index("term").loc["điểm phần trăm", "other"]
    'percentage point'
    """
    check(lang)
    other = next(x for x in (ENGLISH, *LANGUAGES) if x != lang)
    rows = [
        (t.spelling[lang], t.spelling[other], t.meaning[lang], t.source)
        for t in sorted(load_glossary(), key=lambda t: alphabetical(t.spelling[lang], lang))
    ]
    return pd.DataFrame(rows, columns=["term", "other", "definition", "source"])


def alphabetical(text, lang):
    """Return the key that sorts texts by the alphabet of their language.

    Vietnamese sorts syllable by syllable, each by its letters (a ă â b c d đ e ê ...), then by its tone
    (none, huyền, hỏi, ngã, sắc, nặng).

    >>> sorted(["đo", "dư nợ", "xã", "xa", "dự toán", "dân"], key=lambda t: alphabetical(t, "vi"))
    ['dân', 'dư nợ', 'dự toán', 'đo', 'xa', 'xã']
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    return [_syllable(word) for word in words] if lang == "vi" else words


def _syllable(word):
    decomposed = unicodedata.normalize("NFD", word)
    tone = max((_TONES.get(c, 0) for c in decomposed), default=0)
    letters = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    # What is not a letter of the alphabet, such as a digit, comes before it.
    return [(_LETTERS.get(c, -1), c) for c in letters], tone


def misused(text, lang, *, terms=None):
    """Return what a text says that the glossary avoids, each as "variant (say term: reason)".

    Whole words are compared, whatever their case. ``terms``: those to hold it against (`load_glossary`).
    Raises ValueError for an unknown language.

    >>> misused("Tỉ lệ hộ nghèo giảm 2 điểm phần trăm.", "vi")
    ['tỉ lệ (say tỷ lệ hộ nghèo: cơ quan thống kê viết tỷ lệ)']
    """
    check(lang)
    terms = load_glossary() if terms is None else terms
    text = unicodedata.normalize("NFC", text)
    allowed = [phrase for term in terms for phrase in term.allow.get(lang, [])]
    text = _whole(allowed).sub(" … ", text) if allowed else text
    return [
        f"{variant} (say {term.spelling[lang]}: {reason})"
        for term in terms
        for variant, reason in term.avoid.get(lang, {}).items()
        if _whole([variant]).search(text)
    ]


@cache
def _pattern(phrases):
    choices = "|".join(re.escape(p) for p in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", flags=re.IGNORECASE)


def _whole(phrases):
    return _pattern(tuple(phrases))


@cache
def load_glossary(path=_FILE):
    """Return the terms of a glossary file.

    Raises ValueError with every problem of the file: a missing language or definition, an unknown field,
    a definition that is too long or not one sentence, a term that stands twice, a reason or a use that is
    missing, a spelling that is not composed (NFC), and a term or definition that uses what is avoided.

    >>> next(t.spelling["en"] for t in load_glossary() if t.key == "association")
    'association'
    """
    text = Path(path).read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    problems = [f"{key}: {p}" for key, entry in entries.items() for p in _form(entry)]
    if text != unicodedata.normalize("NFC", text):
        problems.append("the file is not in NFC: some letters are written with separate marks")
    if not problems:
        terms = tuple(_term(key, entry) for key, entry in entries.items())
        problems = [*_twice(terms), *_against_itself(terms)]
    if problems:
        raise ValueError("\n  ".join([f"{path} cannot be used as a glossary:", *problems]))
    return terms


def _form(entry):
    """Yield what is wrong with one entry by itself."""
    if not isinstance(entry, dict):
        yield "expected a table of fields"
        return
    texts = {field: entry.get(field) for field in _NEEDED}
    if "source" in entry:
        texts["source"] = entry["source"]
    for field, value in texts.items():
        if not (isinstance(value, str) and value.strip()):
            yield f"{field} is missing or not a text"
        elif field.startswith("means_"):
            if len(value) > _LONGEST:
                yield f"{field} has {len(value)} characters; at most {_LONGEST} are read"
            if not re.fullmatch(r"(?:[^.]|\.(?!\s))*\.", value):
                yield f"{field} is not one sentence with its full stop"
    for avoid, allow in zip(_AVOID, _ALLOW, strict=True):
        yield from _variants(avoid, entry.get(avoid, {}), allow, entry.get(allow, []))
    for field in entry.keys() - {*_NEEDED, *_AVOID, *_ALLOW, "source"}:
        yield f"{field} is not a field of a term"


def _variants(avoid, variants, allow, phrases):
    """Yield what is wrong with the variants to avoid, and the phrases that allow them."""
    if not isinstance(variants, dict) or not isinstance(phrases, list):
        yield f"{avoid} has to be a table of variants with reasons, {allow} a list of phrases"
        return
    for variant, reason in variants.items():
        if not (isinstance(reason, str) and reason.strip()):
            yield f"{avoid}: {variant!r} lacks its reason"
    for phrase in phrases:
        if not any(_whole([variant]).search(str(phrase)) for variant in variants):
            yield f"{allow}: {phrase!r} holds no variant that is avoided"


def _term(key, entry):
    def by_language(stem, default):
        return {lang: entry.get(f"{stem}{lang}", default) for lang in LANGUAGES}

    avoid, allow = by_language("avoid_", {}), by_language("allow_", [])
    return Term(key, Words.of(entry), Words.of(entry, "means_"), entry.get("source", ""), avoid, allow)


def _twice(terms):
    for lang in LANGUAGES:
        first: dict[str, str] = {}
        for term in terms:
            other = first.setdefault(term.spelling[lang].casefold(), term.key)
            if other != term.key:
                yield f"{term.key}: {term.spelling[lang]!r} already stands at {other}"


def _against_itself(terms):
    for term in terms:
        for lang in LANGUAGES:
            for use in misused(f"{term.spelling[lang]}. {term.meaning[lang]}", lang, terms=terms):
                yield f"{term.key}: uses {use}"
