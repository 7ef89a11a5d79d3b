"""Pages into PDF, by the Chromium that is installed: tagged, searchable, on the paper that the page's style names."""

import os
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from povertystats.facts.files import write_together

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VARIABLE = "POVERTYSTATS_CHROMIUM"
_OPTIONS = (
    *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions"),
    *("--no-pdf-header-footer", "--generate-pdf-document-outline"),
    # A page holds all that it shows: no host is found, by name or by number, and nothing is fetched beside.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Pages at a time, and seconds that one may take; it takes two or three.
_ABREAST, _LIMIT = 2, 60


def print_pages(pages, output=None):
    """Print HTML pages as PDF files of the same names, beside each or into the folder ``output``; return their paths.

    All or none is written. The Chromium is the one that the environment variable POVERTYSTATS_CHROMIUM names,
    or the first on the PATH. Raises RuntimeError when there is none or when it fails, with what it said; OSError,
    with every problem, for pages that are not there and places that cannot be written.

    >>> print_pages(["no-such-page.html"])
    Traceback (most recent call last):
    OSError: no-such-page.html: there is no such page
    """
    pages = [Path(page) for page in pages]
    targets = [(page.parent if output is None else Path(output)) / f"{page.stem}.pdf" for page in pages]
    problems = [f"{page}: there is no such page" for page in pages if not page.is_file()]
    twice = sorted({str(target) for target in targets if targets.count(target) > 1})
    problems += [f"{target}: several pages would be printed to it" for target in twice]
    if problems:
        raise OSError("; ".join(problems))
    command = [find_chromium(), *_OPTIONS]
    with ThreadPoolExecutor(_ABREAST) as pool:
        runs = [pool.submit(_print, command, page) for page in pages]
        try:
            printed = [run.result() for run in runs]
        finally:
            pool.shutdown(cancel_futures=True)
    write_together(dict(zip(targets, printed, strict=True)))
    return targets


def find_chromium():
    """Return the path of the Chromium that prints; raise RuntimeError that says what to install when there is none."""
    named = os.environ.get(_VARIABLE)
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if found:
        return found
    if named:
        raise RuntimeError(f"{_VARIABLE} names {named!r}, which is no program that can be run")
    raise RuntimeError(
        f"no Chromium to print with: none of {', '.join(_NAMES)} is on the PATH; install one "
        f"(Debian, Ubuntu: apt install chromium) or name it in the environment variable {_VARIABLE}"
    )


def _print(command, page):
    """Return the PDF of one page, as bytes."""
    # With a profile of its own, a Chromium neither waits for one that is open nor sees what that one keeps.
    with tempfile.TemporaryDirectory(prefix="printing-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.pdf"
        here = [f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", page.resolve().as_uri()]
        said = _run([*command, *_sandbox(), *here], page)
        data = made.read_bytes() if made.is_file() else b""
    if not data.startswith(b"%PDF"):
        raise RuntimeError(f"{page.name}: Chromium made no PDF; it said: {said}")
    return data


def _sandbox():
    # Chromium refuses to run as root inside its sandbox, as in most containers; anyone else keeps it.
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _run(command, page):
    """Run Chromium to its end and return the last lines of what it said; raise RuntimeError when it fails."""
    # A session of its own, so that its helpers can be ended with it.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as chromium:
        try:
            said = _last(chromium.communicate(timeout=_LIMIT)[1])
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{page.name}: Chromium was not done after {_LIMIT} seconds") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):  # gone by then; macOS says so by the second
                os.killpg(chromium.pid, signal.SIGKILL)
    if chromium.returncode:
        raise RuntimeError(f"{page.name}: Chromium ended with {chromium.returncode}; it said: {said}")
    return said


def _last(output, lines=3):
    """Return the last lines of Chromium's output without those on the desktop's bus, which it can do without."""
    told = [line for line in output.decode("utf-8", "replace").splitlines() if line and "dbus" not in line]
    return " | ".join(told[-lines:]) or "nothing"
