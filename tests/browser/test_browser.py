"""Every page of build/ in a real browser: quiet, read by anyone, on any screen, by keyboard alone."""

import csv
import io
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import openpyxl
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from povertystats.pages.menu import BRIEF, page_name
from povertystats.words.wording import LANGUAGES

BUILD = Path(__file__).resolve().parents[2] / "build"
PAGES = sorted(path.name for path in BUILD.glob("*.html"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACEHOLDERS = {
    "",
    "figure",
    "image",
    "picture",
    "hình",
    "ảnh",
    "no description has been provided for this image",
}
# Two phones, a desktop at a zoom of 200 %, and the desktop.
WIDTHS = (320, 390, 640, 1280)


def test_the_pages_are_there():
    assert {"index.html", "brief.vi.html", "brief.en.html"} <= set(PAGES), "run make brief"


@pytest.fixture
def here(visit, name):
    here = visit(BUILD / name)
    here.resize(1280)
    return here


def test_the_front_page_is_searched_without_diacritics_and_leads_to_what_is_there(visit):
    here = visit(BUILD / "index.html")
    here.resize(1280)
    part = here.page.locator("section[lang=vi]")
    asks, found = part.locator("input[type=search]"), part.locator("ul.found li:visible")
    assert found.count() == 0
    asks.fill("hoan thanh")
    assert found.count() >= 1 and all("hoàn thành" in text.lower() for text in found.all_inner_texts())
    assert part.locator("[role=status]").inner_text().startswith(f"{found.count()} ")
    every = part.locator("ul.found a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for path, _, name in {link.partition("#") for link in every}:
        assert not name or f'id="{name}"' in (BUILD / path).read_text("utf-8"), (path, name)
    asks.fill("zzz")
    assert found.count() == 0
    asks.fill("")
    assert part.locator("ul.found").is_hidden() and part.locator("ul.pages").first.is_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_is_one_screen(visit, lang):
    """Banner, answer, first picture, what is asked and what to do: on a laptop; answer and first picture on a phone."""
    here = visit(BUILD / page_name(BRIEF, lang))
    bottom = "one => document.querySelector(one).getBoundingClientRect().bottom"
    here.resize(1366, 768)
    for part in ("h1", ".answer blockquote", ".answer .figure img", ".beside"):
        assert here.see(bottom, part) <= 768, part
    here.resize(1280, 900)
    assert here.see("document.querySelector('.figure img').getBoundingClientRect().top") <= 700
    here.resize(390, 844)
    top, high = here.see(
        "(({top, height}) => [top, height])(document.querySelector('.figure img').getBoundingClientRect())"
    )
    # Dots and bars by kind of year, and the credit below them.
    assert here.see(bottom, ".answer blockquote") <= 600 and top + high <= 844


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_it_opens_offline_without_a_word_of_complaint(self, here, name):
        assert here.see("document.readyState") == "complete"
        assert here.see("document.querySelector('main').innerText.trim().length") > 100
        here.see("scrollTo(0, document.body.scrollHeight)")
        assert here.heard == []

    def test_axe_finds_no_serious_fault(self, here, name):
        here.see(AXE_SCRIPT)
        # Touch targets of 24 pixels (WCAG 2.5.8) are asked for by name.
        options = {
            "runOnly": RULES,
            "rules": {"target-size": {"enabled": True}},
            "resultTypes": ["violations"],
        }
        found = here.see("options => axe.run(document, options)", options)
        assert len(found["passes"]) > 10
        assert not faults(found)
        here.page.emulate_media(color_scheme="dark")
        found = here.see("axe.run(document, {runOnly: ['color-contrast']})")
        here.page.emulate_media(color_scheme="light")
        assert found["passes"] and not faults(found)

    def test_it_says_what_it_is_and_every_anchor_leads_somewhere(self, here, name):
        told = here.see(
            "({mode: document.compatMode, title: document.title, lang: document.documentElement.lang,"
            " width: document.querySelector('meta[name=viewport]').content,"
            " about: document.querySelector('meta[name=description]').content,"
            " ids: [...document.querySelectorAll('[id]')].map(one => one.id),"
            " anchors: [...document.links].map(a => a.getAttribute('href')).filter(href => href.startsWith('#'))})"
        )
        assert told["mode"] == "CSS1Compat" and told["lang"] in ("vi", "en")
        assert told["width"] == "width=device-width, initial-scale=1"
        assert 10 < len(told["title"]) < 150 and 20 < len(told["about"]) <= 300
        assert len(set(told["ids"])) == len(told["ids"])
        assert {a.removeprefix("#") for a in told["anchors"]} <= {*told["ids"]}
        assert all(one.isascii() for one in told["ids"])

    def test_every_image_has_words_of_its_own(self, here, name):
        told = here.see("[...document.images].map(image => image.alt.trim())")
        assert not [alt for alt in told if alt.lower().rstrip(".") in PLACEHOLDERS]
        assert sorted(set(told)) == sorted(told), "two images with the same words"
        assert here.see("[...document.images].every(image => image.complete && image.naturalWidth > 1)")

    def test_nothing_scrolls_sideways_and_every_letter_can_be_read(self, here, name):
        for width in WIDTHS:
            here.resize(width)
            wide, room = here.see(
                "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)"
            )
            assert wide <= room == width, width
            letters = here.see(LETTERS)
            assert letters and min(size for size, _ in letters) >= 12, (width, sorted(letters)[:5])
            # On a phone no figure and no table is wider than the window, not even in a box of its own.
            assert width != 390 or here.see(BOXES) == []

    def test_nothing_is_wider_than_the_window_of_a_phone(self, here, name):
        here.resize(390)
        assert here.see(WIDER) == []

    def test_the_keyboard_reaches_everything(self, here, name):
        here.resize(320)
        here.page.reload()
        stops, boxes = here.see(STOPS), here.see(BOXES)
        assert not [box for box in boxes if not box["named"] or box["stop"] not in stops], boxes
        reached = []
        for _ in stops:
            here.page.keyboard.press("Tab")
            at = here.see(FOCUS)
            assert at and at["seen"] and at["marked"], (reached[-1:], at)
            reached.append(at["stop"])
        assert sorted(reached) == sorted(stops)

    def test_the_first_stop_skips_to_the_content(self, here, name):
        here.page.reload()
        here.page.keyboard.press("Tab")
        assert here.see("document.activeElement.getAttribute('href')") == "#main"
        here.page.keyboard.press("Enter")
        assert here.see("location.hash") == "#main"
        here.page.keyboard.press("Tab")
        assert here.see("document.activeElement.closest('main, footer') !== null")

    def test_every_file_that_it_offers_is_what_it_says(self, here, name):
        links = here.see("[...document.links].map(link => link.getAttribute('href'))")
        own = {unquote(urlsplit(link).path) for link in links if not urlsplit(link).scheme} - {""}
        assert own
        for path in sorted(own):
            assert (BUILD / path).is_file(), path
            assert opens(BUILD / path), path


def faults(found):
    """Return what axe found fault with."""
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def opens(path):
    """Say whether a file holds what its name promises."""
    content = path.read_bytes()
    match path.suffix:
        case ".html":
            return content.lower().startswith(b"<!doctype html>")
        case ".png":
            return content.startswith(b"\x89PNG\r\n\x1a\n")
        case ".svg":
            return ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        case ".csv":
            head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
            return len(set(head)) == len(head) and rows and all(len(row) == len(head) for row in rows)
        case ".xlsx":
            return all(sheet.max_row > 1 for sheet in openpyxl.load_workbook(path))
        case ".pdf":
            return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    return False


# The size in pixels of every text that shows, with its beginning; a drawing's letters grow and shrink with it.
LETTERS = """() => {
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), holder = texts.currentNode.parentElement;
    if (!text || !holder.checkVisibility({visibilityProperty: true})) continue;
    const scale = holder.ownerSVGElement ? holder.getScreenCTM().a : 1;
    found.push([parseFloat(getComputedStyle(holder).fontSize) * scale, text.slice(0, 30)]);
  }
  return found;
}"""

# The numbers, in the order of the page, of all elements that the Tab key should reach.
STOPS = """() => [...document.querySelectorAll("*")].flatMap((element, number) =>
  element.tabIndex >= 0 && !element.disabled && element.checkVisibility({visibilityProperty: true}) ? [number] : [])"""

# Whatever scrolls sideways in a box of its own: its number, and whether it has a role and a name.
BOXES = """() => [...document.querySelectorAll("main *")].flatMap(box => {
  const wide = ["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth;
  const own = wide && box.checkVisibility();
  const named = box.hasAttribute("role") && (box.ariaLabel || box.hasAttribute("aria-labelledby"));
  return own ? [{stop: [...document.querySelectorAll("*")].indexOf(box), named: Boolean(named)}] : [];
})"""

# Every element that shows and is cut, goes beyond the window or scrolls sideways.
WIDER = """() => [...document.querySelectorAll("body *")].filter(one => {
  const {left, right} = one.getBoundingClientRect(), shown = getComputedStyle(one);
  const inner = shown.display !== "inline" && one.scrollWidth > one.clientWidth + 1;
  return one.checkVisibility() && shown.clipPath === "none" && !one.closest("svg, .skip, .cards thead") && (inner || right > innerWidth + 1 || left < -1);
}).map(one => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`).slice(0, 5)"""

# The element that has the focus: its number, whether it is on the screen, whether it shows that it has the focus.
FOCUS = """() => {
  const at = document.activeElement, {top, bottom, left, right} = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  return at === document.body ? null : {
    stop: [...document.querySelectorAll("*")].indexOf(at),
    seen: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
  };
}"""
