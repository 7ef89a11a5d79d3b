"""The text that bytes hold: Unicode by its marks and its rules, other encodings by what reads as a language; what may be
read in two ways is asked, what is broken is named, fonts from before Unicode are refused."""

import codecs
import gzip
import math
import re
import unicodedata
import zlib
from collections import Counter
from functools import cache
from importlib.resources import files

from povertystats.files.problems import DataError, Problem
from povertystats.tables.fonts import JOINED, LETTERS, impossible, misread, words_of

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Marks of no width, which nobody sees and by which a name would be two: of byte order, of joints, of direction.
UNSEEN = re.compile("[\ufeff\u200b\u2060\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Signs that nobody writes at a letter, and controls, which no text has: the reading is another one.
_AT_LETTERS = "[─-▟∀-⋿⌀-⏿¥¢¤¦§¬¶¨¯´¸]"
_ODD = re.compile(rf"[^\W\d_]{_AT_LETTERS}|{_AT_LETTERS}[^\W\d_]")
_CONTROLS = re.compile("[\x7f-\x9f]")
SAVE_AGAIN = "save the table again, as CSV UTF-8 or .xlsx"
SETTLED_BY = f'say which with encoding=, such as encoding="windows-1258", or {SAVE_AGAIN}'


def unzipped(content: bytes, file: str) -> bytes:
    """Return what a gzip file holds; other bytes as they are. Raises DataError where it is cut off or damaged.

    >>> unzipped(gzip.compress(b"place"), "a.csv.gz"), unzipped(b"place", "a.csv")
    (b'place', b'place')
    """
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        state = "cut off" if isinstance(error, EOFError) else "damaged"
        raise _fault(file, f"the compressed file is {state}") from error


def decoded(content: bytes, file: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file, in Unicode's composed form (NFC), and its encoding.

    Parameters
    ----------
    content, file : bytes and str
        The file, and its name for errors.
    encoding : str, optional
        As Python names it; None: seen from the bytes.

    Returns
    -------
    tuple of str
        Text and encoding.

    Raises
    ------
    DataError
        On bytes that are no text, that are broken, or that may be read in two ways.

    Examples
    --------
    >>> decoded("Bắc Kạn".encode("utf-16"), "a.csv")
    ('Bắc Kạn', 'utf-16')
    >>> decoded("Málaga, Cádiz, León, Aragón".encode("windows-1252"), "a.csv")
    ('Málaga, Cádiz, León, Aragón', 'cp1252')
    """
    content = unzipped(content, file)
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    name = marked or (_known(encoding, file) if encoding else _wide(content))
    if name and name.startswith("utf-16") and not marked and content.isascii() and _wide(content) is None:
        raise _fault(file, f"is not {name}", SETTLED_BY)
    if name and not name.startswith("utf") and _is_utf8(content):
        raise _fault(file, f"is UTF-8, not {name}", 'say encoding="utf-8", or nothing')
    if name is None and b"\0" in content:
        raise _fault(file, "holds zero bytes: no text, or damaged", SAVE_AGAIN)
    try:
        text = content.decode(name or "utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        cut = "truncated" in error.reason or "unexpected end" in error.reason
        if cut and (name or not content[: error.start].isascii()):
            raise _fault(file, "is cut off in the middle of a character", value=where) from error
        if name:
            raise _fault(file, f"is not {name}", SETTLED_BY, value=where) from error
        return _of_one_byte(content, file)
    if re.search("[\0\ud800-\udfff]", text):
        raise _fault(file, "holds zero bytes: no text, or damaged", SAVE_AGAIN)
    text = UNSEEN.sub("", unicodedata.normalize("NFC", text))
    if problem := misread(text):
        raise _fault(file, *problem)
    return text, name or "utf-8"


def _fault(file: str, rule: str, suggestion: str = "", value: str = "") -> DataError:
    return DataError(file, [Problem(file, None, "", value, rule, suggestion)])


def _known(encoding: str, file: str) -> str:
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise _fault(file, "no such encoding", "such as utf-8, utf-16, windows-1258", encoding) from error


def _is_utf8(content: bytes) -> bool:
    """Say whether bytes have letters beyond ASCII as UTF-8 alone writes them."""
    try:
        return not content.decode().isascii()
    except UnicodeDecodeError:
        return False


def _wide(content: bytes) -> str | None:
    """Return UTF-16 without a mark: every second byte is often zero, and it is no text with zeros in between."""
    even, odd = content[::2].count(0), content[1::2].count(0)
    pairs = zip(content[::2], content[1::2], strict=False)
    if max(even, odd) * 20 < len(content) or min(even, odd) * 4 > max(even, odd):
        return None
    printed = sum(32 <= high < 127 and 32 <= low < 127 for high, low in pairs)
    return (
        None if printed * 20 > len(content) else "utf-16-le" if odd > even else "utf-16-be" if even else None
    )


# Encodings of one byte a letter, with the languages that are written in them, as CLDR names them.
_WEST = ("fr", "es", "pt", "de", "it", "da", "sv", "fi", "nl", "ca")
_CENTRE = ("pl", "cs", "sk", "hu", "ro", "hr")
_ENCODINGS = {
    "cp1252": _WEST,
    "cp1258": ("vi",),
    "cp1250": _CENTRE,
    "cp1251": ("ru", "uk"),
    "cp1253": ("el",),
    "cp1254": ("tr",),
    "cp1256": ("ar",),
    "cp1257": ("lv", "lt", "et"),
    "iso8859-2": _CENTRE,
    "iso8859-6": ("ar",),
    "koi8-r": ("ru",),
    "mac-roman": _WEST,
    "cp850": _WEST,
    "cp437": _WEST,
    "cp852": _CENTRE,
}
# In natural logarithms: what a sign that is no letter costs a reading, and one that stands within a word; how far the
# best reading must be ahead of the next; how badly its letters, on average, may follow each other.
_SIGN, _WITHIN, _AHEAD, _WORST = 7.0, 12.0, 8.0, 5.0
_ENOUGH = 1000  # words that tell a language


def _of_one_byte(content: bytes, file: str) -> tuple[str, str]:
    """Return the text and the encoding in which its words read as those of a language, far ahead of any other."""
    if problem := misread(content.decode("latin-1")):
        raise _fault(file, *problem)
    readings: dict[str, tuple[float, str]] = {}
    for encoding, languages in _ENCODINGS.items():
        try:
            text = unicodedata.normalize("NFC", content.decode(encoding))
        except UnicodeDecodeError:
            continue
        if _CONTROLS.search(text):
            continue
        words = words_of(text)
        words = words[:: 1 + len(words) // _ENOUGH]
        letters = sum(map(len, words))
        score = max(_likelihood(words, language) for language in languages)
        if score > -_WORST * letters:
            other, name = readings.get(text, (score, encoding))
            readings[text] = max(score, other), name
    ranked = sorted(readings.items(), key=lambda reading: -reading[1][0])
    if not ranked:
        raise _fault(file, "is not UTF-8, and its encoding cannot be told", SETTLED_BY)
    ahead = _AHEAD * (1 + 1 / len(words_of(ranked[0][0])))
    near = [(text, name) for text, (score, name) in ranked if score > ranked[0][1][0] - ahead]
    if _ODD.search(near[0][0]):
        near = [(text, name) for text, (_, name) in ranked[:2]]
    if len(near) == 1:
        return near[0]
    one, two = ({*words_of(text)} for text, _ in near[:2])
    read = [
        f'encoding="{name}" reads {min(words, default="")}'
        for (_, name), words in zip(near, (one - two, two - one), strict=False)
    ]
    raise _fault(file, "is not UTF-8, and may be read in more than one way", "; ".join(read))


@cache
def _pairs(language: str) -> tuple[Counter[str], Counter[str]]:
    """Return how often letters, and pairs of them, stand in the names that CLDR has in a language, and in our sentences."""
    from babel import Locale

    known = Locale(language)
    names = [*known.territories.values(), *known.languages.values(), *known.currencies.values()]
    if language == "vi":  # CLDR's are names of foreign places
        ours = (files("povertystats.words") / "sentences" / "vi.toml").read_text("utf-8")
        names += sorted({word for word in LETTERS.findall(ours) if not word.isascii()})
    words = [
        f" {word} " for name in names for word in LETTERS.findall(unicodedata.normalize("NFC", name.lower()))
    ]
    pairs = Counter(word[at : at + 2] for word in words for at in range(len(word) - 1))
    return Counter(letter for word in words for letter in word[:-1]), pairs


def _likelihood(words: list[str], language: str) -> float:
    """Return the logarithm of the chance of these words in a language, by which letter follows which."""
    singles, pairs = _pairs(language)
    every, score = sum(singles.values()) + 1, 0.0
    for word in words:
        score -= _SIGN * sum(not letter.isalnum() for letter in word if not letter.isascii())
        score -= _WITHIN * sum(map(impossible, JOINED.split(word)))
        for run in LETTERS.findall(word.lower()):
            run = f" {run} "
            for one, two in zip(run, run[1:], strict=False):
                score += math.log((pairs[one + two] + 3 * (singles[two] + 0.02) / every) / (singles[one] + 3))
    return score
