"""The languages that are spoken: one file of sentences each, and English wherever a language lacks something.

A language is one file, ``sentences/<locale>.toml``; one that lies elsewhere is asked for by its path,
``card.text("folder/fr.toml")``. Numbers and dates follow the locale that the file is named after.
"""

import re
import string
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from povertystats.words.errors import InvalidValue, refuse
from povertystats.words.schemas import read_toml

ENGLISH = "en"
_FOLDER = Path(__file__).with_name("sentences")
# Vietnamese first: its readers decide.
LANGUAGES = tuple(sorted((file.stem for file in _FOLDER.glob("*.toml")), key=lambda x: (x != "vi", x)))
_CODE = re.compile(r"[a-z]{2,3}([_-][A-Z]\w+)?")


def check(lang: str) -> None:
    """Raise InvalidValue unless ``lang`` is a language that the project speaks, or the path of a language file."""
    if lang not in LANGUAGES and not str(lang).endswith(".toml"):
        choice = ", ".join(LANGUAGES)
        raise InvalidValue(f"language {lang!r} is not known; choose one of {choice}, or a language file")


def code(lang: str) -> str:
    """Return the code of a language, also of one that is asked for by its path.

    >>> code("vi"), code("folder/fr.toml")
    ('vi', 'fr')
    """
    return Path(lang).stem


def located(lang: str) -> str:
    """Return a language as it is found from any folder: a file by its whole path. Raises as ``sentences`` does.

    >>> located("vi")
    'vi'
    """
    sentences(lang)
    return lang if lang in LANGUAGES else str(Path(lang).resolve())


def own_sentences(lang: str) -> dict[str, str]:
    """Return the sentences of a language's own file, ``{key: sentence}`` with keys dotted as in the file.

    Raises MissingFile without the file, Refused with all its problems at once.
    """
    return _own(lang, *_stamp(lang))


def sentences(lang: str) -> dict[str, str]:
    """Return every sentence in a language, ``{key: sentence}``: in English where it has none of its own."""
    check(lang)
    return _every(lang, *_stamp(lang))


def _stamp(lang: str) -> tuple[str, int]:
    """Return what changes with a language file: where it lies and when it was written; nothing does with one of ours."""
    if lang in LANGUAGES:
        return "", 0
    path = Path(lang).absolute()
    return str(path), path.stat().st_mtime_ns if path.is_file() else 0


@cache
def _own(lang: str, file: str, written: int) -> dict[str, str]:
    path = _FOLDER / f"{lang}.toml" if lang in LANGUAGES else Path(lang)
    what = f"cannot speak the language of {path}"
    found = dict(_flat(read_toml(path, what)))
    if lang not in LANGUAGES:
        refuse(what, _problems(found))
    return found


@cache
def _every(lang: str, file: str, written: int) -> dict[str, str]:
    return own_sentences(ENGLISH) | _own(lang, file, written)


def placeholders(sentence: str) -> set[str]:
    """Return the names of the values that a sentence is filled with.

    >>> sorted(placeholders("{place}: {rate:pct1}"))
    ['place', 'rate']
    """
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _flat(node: dict, path: str = "") -> Iterator[tuple[str, str]]:
    for name, child in node.items():
        if isinstance(child, dict):
            yield from _flat(child, f"{path}{name}.")
        else:
            yield f"{path}{name}", child


def _problems(found: dict[str, str]) -> Iterator[str]:
    english = own_sentences(ENGLISH)
    for key, sentence in found.items():
        if key not in english:
            yield f"{key}: there is no such sentence in English"
        elif not isinstance(sentence, str):
            yield f"{key}: expected a text, not {sentence!r}"
        else:
            try:
                wrong = sorted(placeholders(sentence) - placeholders(english[key]))
            except ValueError as error:
                yield f"{key}: {error}"
                continue
            yield from (f"{key}: {{{name}}} is not among its values" for name in wrong)


class Words(dict[str, str]):
    """Words for one thing, ``{language: words}``; in English for a language that lacks them.

    >>> Words(vi="hộ nghèo", en="poor household")["fr"]
    'poor household'
    """

    def __missing__(self, lang: str) -> str:
        asked = (self.get(code(lang)), self.get(ENGLISH), *self.values())
        return next(filter(None, asked), "")

    @classmethod
    def of(cls, row: Mapping, stem: str = "") -> "Words":
        """Return the words that a row of data has, one field a language, such as ``title_vi`` and ``title_en``.

        >>> Words.of({"title_vi": "tỉnh", "title_en": "province", "code": "06"}, "title_")["en"]
        'province'
        """
        fields = {name.removeprefix(stem): words for name, words in row.items() if name.startswith(stem)}
        return cls(
            {
                lang: words
                for lang, words in fields.items()
                if isinstance(words, str) and words and _CODE.fullmatch(lang)
            }
        )
