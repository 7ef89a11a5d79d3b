"""The front page of all places as its reader uses it: by mouse, by keyboard, without a script, on a phone."""

import random
import re
import unicodedata
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe

import povertystats as ps
from povertystats.maps.layout import lay_out
from povertystats.maps.place_row import Row
from povertystats.pages.dress import TEMPLATES, dress
from povertystats.pages.front import Front
from povertystats.pages.place_page import SHEET, slugs
from povertystats.words.names import plain

LANGUAGES = ("vi", "en")
SCRIPT = (TEMPLATES / "page" / "find.js").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the front page of our provinces, their figures made up, and a page of each."""
    out, facts, dice = tmp_path_factory.mktemp("places"), ps.load_facts(), random.Random(1)
    names = slugs(facts.places)
    rows = [
        Row(
            p,
            round(dice.uniform(0, 50), 2),
            2018,
            "s",
            2010,
            5,
            -1.0,
            dice.random() if i % 3 != 1 else None,
            grade="A",
        )
        for i, p in enumerate(facts.places.provinces)
    ]
    layout = lay_out(facts.places, facts.tiles, facts.places.provinces)
    front = Front(facts, "poor_multidim_pct", rows, layout, None, names, {}, LANGUAGES, "province")
    (out / "shared").mkdir()
    (out / "places").mkdir()
    (out / SHEET).write_text(dress("vi")["css"], "utf-8")
    for lang, file in (("vi", "index.html"), ("en", "index.en.html")):
        (out / file).write_text(front.html(lang), "utf-8")
        for row in rows:
            (out / "places" / f"{names[row.place]}.{lang}.html").write_text(
                f"<title>{row.place}</title>", "utf-8"
            )
    return SimpleNamespace(path=out, rows=rows)


@pytest.fixture
def opened(browser, folder):
    """Return a function that opens the front page, and notes what a quiet page does not say."""
    contexts = []

    def open_page(file="index.html", width=1280, **options):
        contexts.append(
            browser.new_context(offline=True, viewport={"width": width, "height": 900}, **options)
        )
        page = contexts[-1].new_page()
        page.heard = []
        page.on("console", lambda said: page.heard.append(said.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.goto((folder.path / file).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def order(page, column=2):
    return page.locator(f"tbody tr:visible > :nth-child({column})").all_inner_texts()


def test_the_policy_lets_the_style_and_the_script_run_and_nothing_else(opened):
    page = opened()
    assert page.heard == [] and page.locator("th button").count() == 8
    assert "Povertystats" in page.evaluate("getComputedStyle(document.body).fontFamily")
    assert page.evaluate("document.fonts.check('16px Povertystats')")


def test_a_place_is_found_without_its_diacritics_and_opened_by_the_keyboard(opened):
    page = opened()
    page.keyboard.press("Tab")  # the way past the head of the page
    page.locator("#find").focus()
    for asked, found in (
        ("dak lak", ["Đắk Lắk"]),
        ("ĐẮC LẮC", ["Đắk Lắk"]),
        ("daklak", ["Đắk Lắk"]),
        ("huế", ["Thừa Thiên Huế"]),
    ):
        page.locator("#find").fill(asked)
        assert order(page) == found, asked
        assert page.locator("[role=status]").inner_text() == "1 trên 63"
        assert page.locator("a.tile:not(.off)").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/thua-thien-hue.vi.html")
    page.go_back()
    page.locator("#find").fill("xyz")
    assert order(page) == [] and page.locator("[role=status]").inner_text().startswith("0")
    page.locator("#find").fill("")
    assert len(order(page)) == 63 and page.locator(".off").count() == 0


def test_a_search_reads_letters_as_the_library_does(opened):
    page = opened("index.en.html")
    function = re.search(r"function plain\(text\) \{.*?\n  \}", SCRIPT, re.S)[0]
    dice, letters = random.Random(2), "aăâbcdđðeêghioôơuưy ÀẢẠÃÁẮẰỆÔƠỬĐÐ-–.−'’1 2\u200b\u00a0ñçøüÉ"
    texts = ["".join(dice.choices(letters, k=12)) for _ in range(300)]
    texts += [
        unicodedata.normalize(form, name)
        for name in ps.load_facts().places.table["place"]
        for form in ("NFC", "NFD")
    ]
    found = page.evaluate(f"(texts) => {{ {function} return texts.map(plain); }}", texts)
    assert found == [plain(text) for text in texts]


def test_a_column_is_sorted_both_ways_by_mouse_and_keyboard_and_what_is_missing_stays_last(opened, folder):
    page = opened()
    heads = page.locator("thead th")
    assert heads.nth(0).get_attribute("aria-sort") == "ascending"
    page.locator("thead button").nth(2).click()
    rates = [float(text.rstrip("%").replace(",", ".")) for text in order(page, 3)]
    assert rates == sorted(rates) and heads.nth(2).get_attribute("aria-sort") == "ascending"
    assert heads.nth(0).get_attribute("aria-sort") is None
    page.locator("thead button").nth(6).focus()
    for key, way in (("Enter", "ascending"), ("Space", "descending")):
        page.keyboard.press(key)
        assert heads.nth(6).get_attribute("aria-sort") == way
        values = page.locator("tbody tr > :nth-child(7)").evaluate_all(
            "cells => cells.map(c => c.dataset.value)"
        )
        told = [float(value) for value in values if value]
        assert told == sorted(told, reverse=way == "descending") and values[len(told) :] == [""] * 21
    page.locator("thead button").nth(1).click()
    names = order(page)
    assert names.index("Đà Nẵng") > names.index("Cao Bằng") and names.index("Đồng Nai") < names.index(
        "Gia Lai"
    )


@pytest.mark.parametrize("script", [True, False])
def test_the_map_is_switched_and_read_with_and_without_a_script(opened, folder, script):
    page = opened(java_script_enabled=script)
    tile = page.locator("a.tile", has_text="Bắc Kạn").first
    row = next(row for row in folder.rows if row.place == "Bắc Kạn")
    assert page.locator("#by-chance").is_checked() and f"{100 * row.chance:.0f}%" in tile.inner_text()
    page.locator("label[for=by-rate]").click()
    assert f"{row.value:.1f}%".replace(".", ",") in tile.inner_text()
    assert page.locator(".legend.by-rate").is_visible() and not page.locator(".legend.by-chance").is_visible()
    page.locator("#by-rate").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#by-chance").is_checked()
    ranks = [int(text) for text in order(page, 1)]
    assert ranks == sorted(ranks) and page.locator("#find").is_visible() is script


def test_tiles_are_links_in_a_list_with_their_place_value_and_rank_and_the_focus_is_seen(opened):
    page = opened("index.en.html")
    tiles = page.get_by_role("list").get_by_role("link", name=re.compile(r"rank \d+ of 63"))
    assert tiles.count() == 63
    first = tiles.first
    assert re.match(
        r"Hà Giang: \d+\.\d% in 2018; rank \d+ of 63, .*; (chance|no target)", first.get_attribute("title")
    )
    page.locator("#by-chance").focus()
    page.keyboard.press("Tab")
    style = page.evaluate(
        "(({ outlineStyle, outlineWidth }) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
    )
    assert page.evaluate("document.activeElement.title").startswith("Hà Giang") and style == ["solid", "3px"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/ha-giang.en.html")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("file", ["index.html", "index.en.html"])
def test_the_whole_country_stands_in_sight_and_every_label_in_its_tile(opened, file, width):
    page = opened(file, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Hoàng Sa", "Trường Sa"):
        box = page.locator(".tile.part", has_text=name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    cut = page.locator(".map .tile").evaluate_all(
        "tiles => tiles.filter(t => t.scrollWidth > t.clientWidth + 1 || t.scrollHeight > t.clientHeight + 1).map(t => t.innerText)"
    )
    assert cut == []


def test_nothing_keeps_readers_with_a_screen_reader_or_poor_sight_out(opened):
    for file in ("index.html", "index.en.html"):
        page = opened(file)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
