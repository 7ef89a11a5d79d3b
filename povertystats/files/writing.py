"""Files written whole or not at all: beside their place first, then moved into it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.words.errors import FileProblem

if TYPE_CHECKING:
    import pandas as pd


def write_whole(path: str | Path, data: str | bytes) -> None:
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


def write_together(files: Mapping[str | Path, str | bytes]) -> None:
    """Write several files, ``{path: text or bytes}``: none is changed before all are written beside their places.

    Raises OSError that names every path that cannot be written.
    """
    contents = {Path(path).resolve(): data for path, data in files.items()}
    problems = [f"{path}: {problem}" for path in contents if (problem := unwritable(path))]
    if problems:
        raise FileProblem("; ".join(problems))
    with ExitStack() as parts:
        for path, data in contents.items():
            part = parts.enter_context(written_whole(path))
            with part.open("xb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
            if path.exists():
                shutil.copymode(path, part)


@contextmanager
def written_whole(path: str | Path, *, folder: bool = False) -> Iterator[Path]:
    """Give a hidden path beside ``path`` at which to write a file (or, made already, a folder), then move it into place.

    Where anything fails, what stood at ``path`` stays and nothing is left beside it. Raises OSError for a path that
    cannot be written, as ``write_whole`` does; a folder may take the place of an empty one alone.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with written_whole(f"{place}/package", folder=True) as part:
    ...         _ = (part / "facts.csv").write_text("place", "utf-8")
    ...     [file.relative_to(place).as_posix() for file in Path(place).rglob("*.csv")]
    ['package/facts.csv']
    """
    path = Path(path).resolve()
    if problem := unwritable(path, folder):
        raise FileProblem(f"{path}: {problem}")
    # A name of its own: another writer of the same file is not disturbed.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if folder:
            part.mkdir()
        yield part
        if folder and path.exists():
            path.rmdir()
        os.replace(part, path)
    finally:
        _remove(part)


def clear_parts(path: str | Path) -> None:
    """Remove what runs that were killed left beside a path, where nobody else may be writing to it.

    >>> clear_parts("no such file")
    """
    path = Path(path).resolve()
    for part in path.parent.glob(f".{escape(path.name)}.*.part"):
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def unwritable(path: Path, folder: bool = False) -> str | None:
    """Return why a file (or, where ``folder``, a new or empty folder) cannot be written there, or None.

    >>> unwritable(Path("/no such folder/a.csv"))
    'there is no folder /no such folder'
    """
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if folder and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        return "exists; expected a new or empty folder"
    if not folder and path.exists() and not path.is_file():
        return "not a regular file"
    return None


# What a spreadsheet would run instead of showing: OWASP's list for "CSV injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as the bytes of a CSV file that a spreadsheet opens with its diacritics and as text.

    UTF-8 with a byte-order mark; texts that a spreadsheet would take for a formula are led by an apostrophe.

    >>> import pandas as pd
    >>> csv(pd.DataFrame({"place": ["Bắc Kạn", "=1+1"], "change_pp": [-1.5, 2]})).decode("utf-8-sig").splitlines()
    ['place,change_pp', 'Bắc Kạn,-1.5', "'=1+1,2.0"]
    """
    safe = frame.map(_harmless).rename(columns=_harmless)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
