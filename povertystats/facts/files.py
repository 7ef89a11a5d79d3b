"""Files written whole or not at all: beside their place first, then moved into it."""

import os
import secrets
import shutil
from pathlib import Path


def write_whole(path, data):
    """Write text (as UTF-8) or bytes to a file; what stood there before stays until all is written.

    A link is followed. Raises OSError for a folder that does not exist, and for what is no regular file, such
    as a folder or a device.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/rate.txt", "19,57%")
    ...     Path(folder, "rate.txt").read_text("utf-8")
    '19,57%'
    """
    write_together({path: data})


def write_together(files):
    """Write several files, ``{path: text or bytes}``: none is changed before all are written beside their places.

    Raises OSError that names every path that cannot be written.
    """
    contents = {Path(path).resolve(): data for path, data in files.items()}
    problems = [f"{path}: {problem}" for path in contents if (problem := _problem(path))]
    if problems:
        raise OSError("; ".join(problems))
    parts = {}
    try:
        for path, data in contents.items():
            # A name of its own: another writer of the same file is not disturbed.
            parts[path] = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            with parts[path].open("xb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
            if path.exists():
                shutil.copymode(path, parts[path])
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _problem(path):
    """Return why a path cannot be written, or None."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.exists() and not path.is_file():
        return "not a regular file"
    return None


# What a spreadsheet would run instead of showing: OWASP's list for "CSV injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(frame):
    """Return a frame as the bytes of a CSV file that a spreadsheet opens with its diacritics and as text.

    UTF-8 with a byte-order mark; texts that a spreadsheet would take for a formula are led by an apostrophe.

    >>> import pandas as pd
    >>> csv(pd.DataFrame({"place": ["Bắc Kạn", "=1+1"], "change_pp": [-1.5, 2]})).decode("utf-8-sig").splitlines()
    ['place,change_pp', 'Bắc Kạn,-1.5', "'=1+1,2.0"]
    """
    safe = frame.map(_harmless).rename(columns=_harmless)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _harmless(cell):
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
