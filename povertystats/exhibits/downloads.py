"""Files that a page offers beside what it shows: kept while notebooks become pages, and at no other time."""

from __future__ import annotations

from itertools import count
from pathlib import Path

# The folder beside the pages that holds them.
FOLDER = "files"


class _Shelf:
    """Where files are put, under which first name; no folder: nothing is kept."""

    folder: Path | None = None
    stem, numbers = "", count(1)


def keep(folder: str | Path, stem: str) -> None:
    """From now on keep what is offered in this process in ``folder`` (there already), named ``stem-1``, ``stem-2``, ..."""
    _Shelf.folder, _Shelf.stem, _Shelf.numbers = Path(folder), stem, count(1)


def kept() -> bool:
    """Return whether what is offered is kept."""
    return _Shelf.folder is not None


def offer(**contents: bytes) -> dict[str, str]:
    """Keep one thing in several forms, ``extension=bytes``, and return ``{extension: file name}``; without a folder, ``{}``.

    >>> offer(csv=b"year,rate_pct")
    {}
    """
    folder = _Shelf.folder
    if folder is None:
        return {}
    stem = f"{_Shelf.stem}-{next(_Shelf.numbers)}"
    names = {form: f"{stem}.{form}" for form in contents}
    for form, name in names.items():
        (folder / name).write_bytes(contents[form])
    return names
