"""Moves of finished files: several into their places at once, all of them or none, even where the program is killed.

Files are made in a hidden folder beside their place. While they are moved a journal stands in it; where a program was
killed meanwhile, what next writes to that place puts everything back first. (A computer that loses its power is
another matter: the disk is not asked to keep up.)
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from povertystats.words.errors import FileProblem

# The hidden folder of one writing: what is new, what was there before, and while files are moved, the journal.
_STAGE, _NEW, _OLD, _JOURNAL = ".povertystats-", "new", "old", "journal"
# Where the system knows no locks, a hidden folder so many seconds old is nobody's any more.
_DAY = 86_400


class _Count:
    """How often files were moved into place in this process."""

    moves = 0


def moves() -> int:
    """Return how often files were moved into place in this process, so that a program that is stopped can say it.

    >>> moves() >= 0
    True
    """
    return _Count.moves


class Stages:
    """Hidden folders, one in each of ``folders``, on its own file system: files are made there and then moved.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place, staged([Path(place)]) as stages:
    ...     path = Path(place, "rate.txt")
    ...     _ = stages.new(path).write_text("19,57%", "utf-8")
    ...     stages.move([path])
    ...     path.read_text("utf-8")
    '19,57%'
    """

    def __init__(self) -> None:
        self.of: dict[Path, Path] = {}

    def new(self, path: Path) -> Path:
        """Return where to make what is to stand at ``path``."""
        return self.of[path.parent] / _NEW / path.name

    def move(self, paths: Iterable[Path]) -> None:
        """Move what was made into its place, and remove the files of which nothing was made: all, or nothing."""
        paths = list(paths)
        if not paths:
            return
        first = next(iter(self.of.values()))
        with ExitStack() as held:
            for folder in self.of:
                held.enter_context(_locked(folder))
            for path in paths:
                if path.exists():
                    _keep(path, self.of[path.parent] / _OLD / path.name)
            held.enter_context(_patient())
            try:
                self._note(paths)
                for path in paths:
                    if self.new(path).exists():
                        os.replace(self.new(path), path)
                    else:
                        path.unlink(missing_ok=True)
                (first / _JOURNAL).unlink()
                _Count.moves += 1
            except BaseException as error:
                try:
                    _undo(first)
                except OSError as worse:
                    then = "not all files could be put back as they were; the next writing there tries again"
                    raise FileProblem(f"{error}; {then} ({worse})") from error
                (first / _JOURNAL).unlink(missing_ok=True)
                raise

    def _note(self, paths: list[Path]) -> None:
        """Write the journals: that of the first folder is the last to come and the first to go, and decides for all."""
        for folder, stage in reversed(self.of.items()):
            here = {path.name: self.new(path) for path in paths if path.parent == folder}
            moved = {name: _mark(new) for name, new in here.items()}
            every = [os.path.relpath(each, folder) for each in self.of.values()]
            (stage / _JOURNAL).write_text(json.dumps({"stages": every, "moved": moved}), "utf-8")

    def move_one(self, path: Path) -> None:
        """Move a file, or a folder into the place of an empty one: one move is whole as it is."""
        if os.name == "nt" and path.is_dir():  # elsewhere a folder takes the place of an empty one
            path.rmdir()
        with _patient():
            os.replace(self.new(path), path)
            _Count.moves += 1


@contextmanager
def staged(folders: Iterable[Path]) -> Iterator[Stages]:
    """Give hidden folders in all of ``folders`` and remove them afterwards; what killed programs left there is cleared."""
    name, stages = _STAGE + secrets.token_hex(4), Stages()
    with ExitStack() as held:
        try:
            for folder in sorted(set(folders)):
                with _locked(folder):
                    _clear(folder)
                    stages.of[folder] = stage = folder / name
                    for each in (stage, stage / _NEW, stage / _OLD):
                        each.mkdir(mode=0o700)
                    held.enter_context(_locked(stage))
            yield stages
        finally:
            first = next(iter(stages.of.values()), None)
            # What could not be put back is kept for who next writes there.
            if first and not (first / _JOURNAL).exists():
                for stage in stages.of.values():
                    shutil.rmtree(stage, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Put back what killed programs moved half of the way, and remove what they left."""
    for stage in folder.glob(f"{_STAGE}*"):
        with (
            suppress(FileNotFoundError, PermissionError, NotADirectoryError),
            _locked(stage, wait=False) as alone,
        ):
            if alone:
                with _patient():
                    _undo(stage)
                shutil.rmtree(stage, ignore_errors=True)


def _undo(stage: Path) -> None:
    """Put back what was moved from a hidden folder and from the others of its writing, unless that was done."""
    stages = [stage.parent / name for name in _journal(stage)[0]]
    if not stages or not _journal(stages[0])[0]:
        return
    for each in stages:
        for name, mark in _journal(each)[1].items():
            path, old = each.parent / name, each / _OLD / name
            # What somebody else has put there since stays.
            if _mark(path) != mark:
                continue
            if old.exists():
                os.replace(old, path)
            else:
                path.unlink(missing_ok=True)
    for each in reversed(stages):
        (each / _JOURNAL).unlink(missing_ok=True)


def _journal(stage: Path) -> tuple[list[str], dict[str, list[int] | None]]:
    """Return the hidden folders of one writing, and the files moved from this one; nothing where it has no journal.

    Whoever wrote it: it reaches no files but those beside a hidden folder of this kind.
    """
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        if stage.name.startswith(_STAGE):
            read = json.loads((stage / _JOURNAL).read_text("utf-8"))
            moved = {name: mark for name, mark in read["moved"].items() if name == Path(name).name}
            return [str(name) for name in read["stages"]], moved
    return [], {}


def _mark(path: Path) -> list[int] | None:
    """Return what tells a file from any other that may stand at its path, or None where none stands."""
    return [path.stat().st_ino, path.stat().st_mtime_ns] if path.exists() else None


def _keep(path: Path, copy: Path) -> None:
    """Give a file a second name, which takes no room where the file system knows that."""
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)


@contextmanager
def _locked(folder: Path, wait: bool = True) -> Iterator[bool]:
    """Hold a folder against other programs; give whether it could be held. However this program ends, it lets go."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW) if os.name == "posix" else -1
    try:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            alone = True
        except BlockingIOError:
            alone = False
        except (ImportError, OSError):
            alone = wait or time.time() - folder.stat().st_mtime > _DAY
        yield alone
    finally:
        if handle >= 0:
            os.close(handle)


@contextmanager
def _patient() -> Iterator[None]:
    """Let Ctrl-C wait for what is in hand, which takes milliseconds."""
    asked: list[object] = []
    if threading.current_thread() is not threading.main_thread():  # the one that hears of it
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *given: asked.append(given))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if asked:  # whoever listens to it, or ignores it
        signal.raise_signal(signal.SIGINT)
