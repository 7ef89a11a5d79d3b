"""Files written whole or not at all: beside their place first, then moved into it; CSV that a spreadsheet opens safely."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.files.moves import staged
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


def write_together(files: Mapping[Any, str | bytes | None], *, folders: bool = False) -> None:
    """Write several files, ``{path: text or bytes}``, and remove those that are None: all of it happens or nothing.

    ``folders``: make folders that are not there. Raises OSError that names every path that cannot be written.
    """
    contents = {_followed(path): data for path, data in files.items()}
    with _made({path.parent for path in contents} if folders else ()):
        problems = [f"{path}: {problem}" for path in contents if (problem := unwritable(path))]
        if problems:
            raise FileProblem("; ".join(problems))
        with staged({path.parent for path in contents}) as stages:
            for path, data in contents.items():
                if data is not None:
                    stages.new(path).write_bytes(data.encode() if isinstance(data, str) else data)
                    _with_rights_of(path, stages.new(path))
            stages.move(contents)


@contextmanager
def written_whole(path: str | Path, *, folder: bool = False) -> Iterator[Path]:
    """Give a hidden path at which to write a file (or, made already, a folder), then move it to ``path``.

    Where anything fails, what stood at ``path`` stays and nothing is left beside it. Raises OSError for a path that
    cannot be written, as ``write_whole`` does; a folder may take the place of an empty one alone.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with written_whole(f"{place}/package", folder=True) as part:
    ...         _ = (part / "facts.csv").write_text("place", "utf-8")
    ...     [file.relative_to(place).as_posix() for file in Path(place).rglob("*.csv")]
    ['package/facts.csv']
    """
    path = _followed(path)
    if problem := unwritable(path, folder):
        raise FileProblem(f"{path}: {problem}")
    with staged({path.parent}) as stages:
        part = stages.new(path)
        if folder:
            part.mkdir()
        yield part
        _with_rights_of(path, part)
        stages.move_one(path)


def _followed(path: str | Path) -> Path:
    """Return the place that a path leads to, by links or without."""
    try:
        return Path(path).resolve()
    except (RuntimeError, ValueError) as error:  # a link to itself, a character that no name holds
        raise FileProblem(f"{path}: {error}") from None


def _with_rights_of(path: Path, part: Path) -> None:
    """Give what is new the rights of what stands in its place."""
    if path.exists():
        shutil.copymode(path, part)


def unwritable(path: Path, folder: bool = False) -> str | None:
    """Return why a file (or, where ``folder``, a new or empty folder) cannot be written there, or None.

    >>> unwritable(Path("/no such folder/a.csv"))
    'there is no folder /no such folder'
    """
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if not os.access(path.parent, os.R_OK | os.W_OK | os.X_OK):
        return f"nothing may be written to the folder {path.parent}"
    if folder and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        return "exists; expected a new or empty folder"
    if not folder and path.exists() and not path.is_file():
        return "not a regular file"
    return None


@contextmanager
def _made(folders: Iterable[Path]) -> Iterator[None]:
    """Make folders that are not there; where what follows fails, they go again."""
    made = [each for folder in folders for each in (folder, *folder.parents) if not each.exists()]
    made = sorted(set(made), key=lambda each: len(each.parts))
    try:
        for folder in made:
            folder.mkdir(exist_ok=True)
        yield
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # not there, or another's by now
                folder.rmdir()
        raise


# What a spreadsheet would run instead of showing: OWASP's list for "CSV injection", with the wide forms of its signs.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as the bytes of a CSV file that a spreadsheet opens with its diacritics and as text.

    UTF-8 with a byte-order mark, letters in Unicode's composed form (NFC), lines that end in LF; texts that a
    spreadsheet would take for a formula are led by an apostrophe.

    >>> import pandas as pd
    >>> csv(pd.DataFrame({"place": ["Bắc Kạn", "=1+1"], "change_pp": [-1.5, 2]})).decode("utf-8-sig").splitlines()
    ['place,change_pp', 'Bắc Kạn,-1.5', "'=1+1,2.0"]
    """
    safe = frame.map(_harmless).rename(columns=_harmless)
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    # A carriage return alone would end a line, in quotes or not.
    cell = unicodedata.normalize("NFC", cell).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if cell.startswith(FORMULA) else cell
