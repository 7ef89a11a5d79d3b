"""Whatever the command is given, it ends in time, with the exit code that is meant, and never in a traceback.

FUZZ says how many cases are tried (``make fuzz``: 10,000), FUZZ_FROM the first of them.
"""

import contextlib
import io
import os
import signal
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import pytest
from helpers.fuzzed import case

from povertystats.cli import main
from povertystats.pages import all_places, site

CASES, FIRST = int(os.environ.get("FUZZ", "30")), int(os.environ.get("FUZZ_FROM", "0"))
# Seconds that one case may take: they take a tenth of one.
LIMIT = 30
PARTS = max(CASES // 100, 1)


class Hangs(BaseException):
    """Raised in a case that does not end."""


def hangs(*_):
    raise Hangs


def run(number, folder):
    """Run a case; return what is wrong with how it ended, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        words = case(number, folder)
        before = {path for path in folder.rglob("*")}
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(words)
        except Hangs:
            return f"hangs: {words}", -1
        except BaseException as error:
            return f"{type(error).__name__} {error}: {words}", -1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        new = sorted(path.relative_to(folder).as_posix() for path in {*folder.rglob("*")} - before)
    out, err = out.getvalue(), err.getvalue()
    if code not in (0, 1, 2):
        return f"exit code {code}: {words}: {err[:300]}", code
    if "Traceback" in out + err or "object at 0x" in out + err:
        return f"a traceback is shown: {words}: {err[:300]}", code
    # What is wrong with a table is an answer of validate; every other reason stands on standard error.
    said = err if words[0] != "validate" else err or out
    if code and (new or not said.strip() or (code == 1 and err and not err.startswith("povertystats"))):
        return f"exit code {code}, but {new or repr(err[:200])}: {words}", code
    if any(".povertystats" in name for name in new):
        return f"left {new}: {words}", code
    return "", code


@pytest.mark.parametrize("part", range(PARTS))
def test_no_input_ends_in_a_traceback_hangs_or_has_a_wrong_exit_code(part, monkeypatch):
    monkeypatch.setattr(site, "write_pages", lambda *_, **__: None)
    monkeypatch.setattr(all_places, "write_all", lambda *_, **__: None)
    before = signal.signal(signal.SIGALRM, hangs)
    codes, wrong = Counter(), []
    try:
        for number in range(FIRST + part, FIRST + CASES, PARTS):
            with tempfile.TemporaryDirectory() as folder:
                problem, code = run(number, Path(folder).resolve())
            codes[code] += 1
            if problem:
                print(number, problem)
                wrong.append(f"{number}: {problem}")
    finally:
        signal.signal(signal.SIGALRM, before)
    print(f"{CASES} cases, part {part}: exit codes {dict(codes)}, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:40])
    # Some are served, most are refused: else nothing was tried.
    assert codes[0] and codes[1]
