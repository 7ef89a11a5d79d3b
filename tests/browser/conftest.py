"""The pages and prints as a reader gets them: in a real browser with every network cut, and on paper."""

import math
import os
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import sync_playwright

from povertystats.pages.pdf import find_chromium


@dataclass
class Visit:
    """A page that stands open, and everything that a quiet page does not do."""

    page: object
    heard: list = field(default_factory=list)

    def see(self, script, *arguments):
        """Return what a function of JavaScript finds in the page."""
        return self.page.evaluate(script, *arguments)

    def resize(self, width, height=800):
        # A page behind others draws no frames.
        self.page.bring_to_front()
        self.page.set_viewport_size({"width": width, "height": height})
        # What is drawn anew for a width is drawn within two frames; a browser that draws none is not waited for.
        self.page.evaluate(
            "() => new Promise(done => {"
            " requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 2000) })"
        )


@pytest.fixture(scope="session")
def browser():
    # Without one the checks fail, and say what to install: a check that is passed over would be none.
    chromium = find_chromium()
    with sync_playwright() as playwright:
        # Chromium's sandbox does not start for root, as whom machines that check run.
        sandbox = os.geteuid() != 0
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(browser):
    """Return a function that opens a file offline and returns its Visit; a file is opened once."""
    context = browser.new_context(offline=True, locale="vi-VN")
    visits = {}

    def opened(path):
        path = Path(path).resolve()
        if path not in visits:
            visits[path] = _open(context, path.as_uri())
        return visits[path]

    yield opened
    context.close()


def _open(context, address):
    page = context.new_page()
    here = Visit(page)

    def ask(route):
        own = route.request.url == address
        if not own:
            here.heard.append(f"request: {route.request.url}")
        (route.continue_ if own else route.abort)()

    def dialog(shown):
        here.heard.append(f"dialog: {shown.message}")
        shown.dismiss()

    page.route("**/*", ask)
    page.on("dialog", dialog)
    page.on("pageerror", lambda error: here.heard.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: said.type in ("error", "warning") and here.heard.append(f"{said.type}: {said.text}"),
    )
    page.goto(address, wait_until="load")
    return here


@pytest.fixture(scope="session")
def printed():
    """Return a function that reads a PDF and returns its Print; a file is read once."""
    return cache(Print)


class Print:
    """A PDF as its reader gets it: its text, its links, and the parts of its structure with the pages that hold them."""

    def __init__(self, path):
        self.reader = pypdf.PdfReader(path)
        self.root = self.reader.trailer["/Root"]
        # Every piece of text: its size in points, how far from the left edge it begins, and the text.
        self.letters = []
        self._text = _bare("".join(page.extract_text(visitor_text=self._note) for page in self.reader.pages))
        self._numbers = {
            page.indirect_reference.idnum: i for i, page in enumerate(self.reader.pages, start=1)
        }

    def _note(self, text, page, line, _, size):
        if text.strip():
            scale = math.hypot(*line[:2]) * math.hypot(*page[:2])
            left = line[4] * page[0] + line[5] * page[2] + page[4]
            self.letters.append((size * scale, left, text.strip()))

    def lacks(self, texts):
        """Return those of the texts that cannot be found, whatever spaces lines and columns have put in."""
        return [text for text in texts if _bare(text) not in self._text]

    @property
    def actions(self):
        """What happens where a reader clicks."""
        notes = [note.get_object() for page in self.reader.pages for note in page.get("/Annots", [])]
        return [note["/A"] for note in notes if "/A" in note]

    @staticmethod
    def children(node):
        children = node.get("/K", [])
        return [child.get_object() for child in (children if isinstance(children, list) else [children])]

    def parts(self, node=None):
        """Yield every element of the structure in reading order."""
        for child in self.children(self.root["/StructTreeRoot"] if node is None else node):
            if isinstance(child, dict) and "/S" in child:
                yield child
                yield from self.parts(child)

    def pages(self, node, page=None):
        """Return the numbers of the pages that hold what an element holds."""
        page = node.raw_get("/Pg").idnum if "/Pg" in node else page
        found = set()
        for child in self.children(node):
            found |= self.pages(child, page) if isinstance(child, dict) else {self._numbers[page]}
        return found or ({self._numbers[page]} if node.get("/Type") == "/MCR" else set())


def _bare(text):
    return "".join(unicodedata.normalize("NFC", text).split())
