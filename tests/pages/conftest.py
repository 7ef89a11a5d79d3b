"""A real browser for the pages that a reader opens: from the disk, every network cut."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Visit:
    """A page that stands open, and everything that a quiet page does not do."""

    page: object
    heard: list = field(default_factory=list)

    def see(self, script, *arguments):
        """Return what a function of JavaScript finds in the page."""
        return self.page.evaluate(script, *arguments)

    def resize(self, width, height=800):
        self.page.set_viewport_size({"width": width, "height": height})


@pytest.fixture(scope="session")
def browser():
    # A check that is passed over where the browser is missing would be none.
    assert CHROMIUM, "no Chromium on the PATH; install it, on Debian: apt install chromium"
    with sync_playwright() as playwright:
        # Chromium's sandbox does not start for root, as whom machines that check run.
        sandbox = os.geteuid() != 0
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=sandbox)
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
        "console", lambda said: said.type in ("error", "warning") and here.heard.append(f"{said.type}: {said.text}")
    )
    page.goto(address, wait_until="load")
    return here
