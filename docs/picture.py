"""The picture in the README: the answer and the first figure of build/brief.en.html, as Chromium shows them (``make picture``)."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from povertystats.pages.pdf import find_chromium

ROOT = Path(__file__).resolve().parent.parent
WIDTH, EDGE = 860, 20


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.goto((ROOT / "build" / "brief.en.html").as_uri())
        shots = [page.locator(part).first.screenshot() for part in ("h1", "blockquote", ".figure .scroll")]
        browser.close()
    parts = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    height = sum(part.height + EDGE for part in parts) + EDGE
    whole, top = Image.new("RGB", (max(part.width for part in parts) + 2 * EDGE, height), "white"), EDGE
    for part in parts:
        whole.paste(part, (EDGE, top))
        top += part.height + EDGE
    # Few colours: a page is text.
    whole.quantize(64).save(ROOT / "docs" / "brief.png", optimize=True)


if __name__ == "__main__":
    main()
