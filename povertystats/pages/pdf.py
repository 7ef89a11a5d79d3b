"""Pages into PDF, by the Chromium that is installed: tagged, searchable, on the paper that the page's style names."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from povertystats.files.writing import write_together
from povertystats.pages.kernels import finish
from povertystats.words.errors import Failed, FileProblem, MissingExtra

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VARIABLE = "POVERTYSTATS_CHROMIUM"
# A page holds all that it shows: no host is found, by name or by number.
_OPTIONS = ["--host-resolver-rules=MAP * ~NOTFOUND"]
# Seconds that a page, or the start of Chromium, may take; they take two or three.
_LIMIT = 60


def print_pages(pages: Iterable[str | Path], output: str | Path | None = None) -> list[Path]:
    """Print HTML pages as PDF files of the same names, beside each or into the folder ``output``; return their paths.

    All or none is written. The Chromium is the one that the environment variable POVERTYSTATS_CHROMIUM names,
    or the first on the PATH. Raises Failed when there is none or when it fails, with what it said; FileProblem, with
    every problem, for pages that are not there and places that cannot be written; MissingExtra without Playwright.

    >>> print_pages(["no-such-page.html"])
    Traceback (most recent call last):
    povertystats.words.errors.FileProblem: no-such-page.html: there is no such page
    """
    sources = [Path(page) for page in pages]
    targets = [(page.parent if output is None else Path(output)) / f"{page.stem}.pdf" for page in sources]
    problems = [f"{page}: there is no such page" for page in sources if not page.is_file()]
    twice = sorted({str(target) for target in targets if targets.count(target) > 1})
    problems += [f"{target}: several pages would be printed to it" for target in twice]
    if problems:
        raise FileProblem("; ".join(problems))
    if sources:
        printed = finish(_print_all(sources, find_chromium()))
        write_together(dict(zip(targets, printed, strict=True)))
    return targets


def find_chromium() -> str:
    """Return the path of the Chromium that prints; raise Failed that says what to install when there is none."""
    named = os.environ.get(_VARIABLE)
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if found:
        return found
    if named:
        raise Failed(f"{_VARIABLE} names {named!r}, which is no program that can be run")
    raise Failed(
        f"no Chromium to print with: none of {', '.join(_NAMES)} is on the PATH; install one "
        f"(Debian, Ubuntu: apt install chromium) or name it in the environment variable {_VARIABLE}"
    )


async def _print_all(pages: list[Path], chromium: str) -> list[bytes]:
    """Return the PDF of each page, as bytes."""
    try:
        from playwright.async_api import Error, async_playwright
    except ModuleNotFoundError as error:
        raise MissingExtra(
            'printing needs the print extra: pip install "povertystats[print]"', name=error.name
        ) from None
    # Chromium refuses to run as root inside its sandbox, as in most containers; anyone else keeps it.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=_OPTIONS, chromium_sandbox=not root, timeout=1000 * _LIMIT
            )
            context = await browser.new_context(offline=True, java_script_enabled=False)
            return [await _print(context, page) for page in pages]
    except Error as error:
        raise Failed(f"Chromium could not print: {_said(error.message)}") from None


async def _print(context: BrowserContext, page: Path) -> bytes:
    try:
        async with asyncio.timeout(_LIMIT):
            opened = await context.new_page()
            await opened.goto(page.resolve().as_uri())
            return await opened.pdf(
                prefer_css_page_size=True, print_background=True, tagged=True, outline=True
            )
    except TimeoutError:
        raise Failed(f"{page.name}: Chromium was not done after {_LIMIT} seconds") from None


def _said(message: str, lines: int = 3) -> str:
    """Return what went wrong and the last lines that Chromium said, but on the desktop's bus, which it can do without."""
    what, *log = message.splitlines()
    told = [line.partition("[err] ")[2] for line in log if "[err] " in line and "dbus" not in line]
    return " | ".join([what, *told[-lines:]])
