"""The picture in the README: the first screen of build/brief.en.html, as Chromium shows it (``make picture``)."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from povertystats.pages.pdf import find_chromium

ROOT = Path(__file__).resolve().parent.parent


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto((ROOT / "build" / "brief.en.html").as_uri())
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    # Few colours: a page is text.
    shot.quantize(64).save(ROOT / "docs" / "brief.png", optimize=True)


if __name__ == "__main__":
    main()
