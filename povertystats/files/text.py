"""The text that bytes hold: byte-order marks, UTF-8, UTF-16, gzip; what cannot be told is asked, what is broken is named."""

import codecs
import gzip
import re
import unicodedata
import zlib

from povertystats.files.problems import DataError, Problem

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SETTLED_BY = 'say which with encoding=, such as encoding="windows-1258", or save the table as "CSV UTF-8"'


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
        cut = isinstance(error, EOFError)
        raise _fault(
            file, "the compressed file is cut off" if cut else "the compressed file is damaged"
        ) from error


def decoded(content: bytes, file: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file, in Unicode's composed form (NFC), and its encoding.

    Parameters
    ----------
    content : bytes
        The file.
    file : str
        Its name, for errors.
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
    """
    content = unzipped(content, file)
    name = _known(encoding, file) if encoding else None
    marked = next((own for mark, own in _MARKS.items() if content.startswith(mark)), None)
    if marked and not (name and name.startswith("utf-7")):
        name = marked
    name = name or _wide(content)
    if name is None and b"\0" in content:
        raise _fault(
            file, "holds zero bytes: no text, or damaged", "save the table again, as CSV UTF-8 or .xlsx"
        )
    try:
        text = content.decode(name or "utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        cut = "truncated" in error.reason or "unexpected end" in error.reason
        if cut and (name or not content[: error.start].isascii()):
            raise _fault(file, "is cut off in the middle of a character", value=where) from error
        if name:
            raise _fault(file, f"is not {name}", SETTLED_BY, value=where) from error
        raise _fault(file, "is not UTF-8, and its encoding cannot be told", SETTLED_BY) from error
    if re.search("[\0\ud800-\udfff]", text):
        raise _fault(
            file, "holds zero bytes: no text, or damaged", "save the table again, as CSV UTF-8 or .xlsx"
        )
    return unicodedata.normalize("NFC", text), name or "utf-8"


def _fault(file: str, rule: str, suggestion: str = "", value: str = "") -> DataError:
    return DataError(file, [Problem(file, None, "", value, rule, suggestion)])


def _known(encoding: str, file: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise _fault(
            file, "no such encoding", "such as utf-8, utf-16, windows-1258", value=encoding
        ) from error


def _wide(content: bytes) -> str | None:
    """Return UTF-16 without a mark: every second byte is often zero, and it is no text with zeros in between."""
    even, odd = content[::2].count(0), content[1::2].count(0)
    pairs = zip(content[::2], content[1::2], strict=False)
    printed = sum(32 <= high < 127 and 32 <= low < 127 for high, low in pairs)
    if (
        max(even, odd) * 20 < len(content)
        or min(even, odd) * 4 > max(even, odd)
        or printed * 20 > len(content)
    ):
        return None
    return "utf-16-le" if odd > even else "utf-16-be" if even else None
