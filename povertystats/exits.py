"""What a command could not do, said in words on standard error, and the exit code for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import TextIO

import typer

from povertystats.files.moves import moves
from povertystats.words.errors import PovertyStatsError

TRACEBACK = "POVERTYSTATS_TRACEBACK"


def say(name: str, reason: str, code: int) -> int:
    """Tell a reason on standard error, where there is one, and return the exit code."""
    try:
        print(f"{name}: {reason}", file=sys.stderr, flush=True)
    except OSError:
        _mute(sys.stderr)
    return code


def _mute(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere, since it can be written no more."""
    with suppress(OSError):  # no file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def failed(name: str, error: Exception) -> int:
    """Tell in words why something failed, and return the exit code for that."""
    if isinstance(error, OSError) and not isinstance(error, PovertyStatsError):
        try:
            sys.stdout.flush()
        except OSError:
            _mute(sys.stdout)
    if isinstance(error, BrokenPipeError):  # the reader, such as head, has seen enough
        return 0
    if isinstance(error, PovertyStatsError | OSError):
        return say(name, str(error), 1)
    if isinstance(error, ModuleNotFoundError):
        extra = 'this needs the notebooks extra: pip install "povertystats[notebooks]"'
        return say(name, f"{error.name} is missing; {extra}", 1)
    if os.environ.get(TRACEBACK):
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return say(name, f"a fault of this program ({what}); with {TRACEBACK}=1 it shows where", 70)


def served(work: Callable[..., None]) -> Callable[..., None]:
    """Let a command tell in words why it cannot be served, and end with the exit code for that."""

    @wraps(work)
    def told(**options: object) -> None:
        name, before = f"povertystats {work.__name__}", moves()
        try:
            work(**options)
        except KeyboardInterrupt:
            done = "the files had been written by then" if moves() > before else "nothing was changed"
            raise typer.Exit(say(name, f"interrupted; {done}", 130)) from None
        except (typer.Exit, typer.BadParameter):  # the latter told by typer, as misuse
            raise
        except Exception as error:
            raise typer.Exit(failed(name, error)) from None

    return told
