"""The pages in build/, after ``make brief``, as a reader gets them."""

import base64
import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from helpers.html import Html

import povertystats as ps
from povertystats.exhibits.picture import FOLDER
from povertystats.pages.menu import NOTEBOOKS, page_name
from povertystats.sheet.answer import headline
from povertystats.words.wording import LANGUAGES, say

BUILD = Path(__file__).resolve().parents[2] / "build"
STEMS = sorted({path.stem for path in NOTEBOOKS.glob("*/*.ipynb")})
EXPECTED = {"index.html"} | {page_name(stem, lang) for stem in STEMS for lang in LANGUAGES}
PRINTS = {page_name("00_brief", lang, "pdf") for lang in LANGUAGES}
# What make docs leaves beside the pages is looked at by test_docs, the notebooks as they were run by nbval.
FOUND = {path.name for path in BUILD.glob("*")} - {"docs", "notebooks", "reference"}
INTERACTIVE = {"index.html", *(page_name("04_what_if", lang) for lang in LANGUAGES)}
PAGES = sorted(EXPECTED & FOUND)
HEADINGS = [f"h{level}" for level in range(1, 7)]


@pytest.fixture(scope="module")
def pages():
    return {name: Html((BUILD / name).read_text("utf-8")) for name in PAGES}


@pytest.fixture(scope="module")
def names():
    """Every name of a place or group, title and publisher of a source, in any language the same; longest first."""
    facts = ps.load_facts()
    about = (*facts.sources["title"], *facts.sources["publisher"])
    titles = {" ".join(title.split()) for title in about if title}
    groups = facts.indicators.query("role == 'group'")["short_en"]
    return sorted([*titles, *groups, *facts.places.table["place"]], key=len, reverse=True)


def vietnamese(text):
    """Say whether a text has a letter that only Vietnamese has here: with a mark, or a crossed d."""
    letters = unicodedata.normalize("NFD", text)
    return any(unicodedata.combining(c) or c in "đĐ" for c in letters)


def english_pages():
    return [name for name in PAGES if name.endswith(".en.html")]


def vietnamese_pages():
    return [name for name in PAGES if name.endswith(".vi.html")]


def test_every_notebook_has_its_page_in_each_language_and_nothing_else_is_there():
    assert {"brief.vi.html", "brief.en.html", "index.html"} <= EXPECTED
    assert EXPECTED | PRINTS | {FOLDER} == FOUND, "run make pdf"


def test_every_file_that_is_offered_is_linked_and_nothing_else_is_there(pages):
    links = {attrs["href"] for page in pages.values() for _, attrs, _ in page.all("a")}
    offered = {link.removeprefix(f"{FOLDER}/") for link in links if link.startswith(f"{FOLDER}/")}
    assert offered == {path.name for path in (BUILD / FOLDER).iterdir()}
    # The front page shows the brief's picture again.
    images = [image for name, page in pages.items() if name != "index.html" for image in page.all("img")]
    for form in ("png", "svg", "csv"):
        assert sum(name.endswith(form) for name in offered) == len(images) > 20
    assert sum(name.endswith(".xlsx") for name in offered) == len(LANGUAGES)


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_it_says_its_language_and_title(self, pages, name):
        (root,) = pages[name].all("html")
        (title,) = pages[name].texts("title")
        assert root[1]["lang"] == (name.split(".")[-2] if name != "index.html" else LANGUAGES[0])
        assert len(title) > 5 and title != "povertystats"
        assert pages[name].texts("h1")[0] in title or title in pages[name].texts("h1")[0]

    def test_it_is_utf8_text_for_any_screen_under_two_megabytes(self, pages, name):
        metas = [attrs for _, attrs, _ in pages[name].all("meta")]
        assert {"charset": "utf-8"} in metas and any(m.get("name") == "viewport" for m in metas)
        assert pages[name].source.lower().startswith("<!doctype html>")
        assert (BUILD / name).stat().st_size < 2_000_000

    def test_every_image_is_told_in_words(self, pages, name):
        for _, attrs, _ in pages[name].all("img"):
            assert len(attrs["alt"]) >= 20 and "No description has been provided" not in attrs["alt"]
            assert re.search(r"\d", attrs["alt"]) and not attrs["alt"].startswith("<")

    def test_it_fetches_nothing_and_runs_nothing_but_sliders_and_search(self, pages, name):
        page = pages[name]
        assert page.all("link", "iframe", "object", "embed", "base", "audio", "video") == []
        (policy,) = [a["content"] for _, a, _ in page.all("meta") if "http-equiv" in a]
        scripts = [attrs for _, attrs, _ in page.all("script")]
        if name in INTERACTIVE:
            assert scripts == [*([{"type": "application/json"}] * (name != "index.html")), {}]
            digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
            assert f"script-src 'sha256-{digest}';" in policy
        else:
            assert scripts == [] and "script-src 'none';" in policy
        assert policy.startswith("default-src 'none';") and "http" not in policy
        for tag, attrs, _ in page.elements:
            assert not [a for a in attrs if a.startswith("on")], (tag, attrs)
            for key in ("src", "srcset", "poster", "background"):
                assert attrs.get(key, "data:").startswith("data:"), (tag, attrs[key])
            assert not re.search(r"url\((?!data:image/)", attrs.get("style") or ""), tag
        style = "\n".join(page.texts("style"))
        assert style and not re.search(r"@import|url\((?!data:font/otf;)|https?:|expression\(", style)

    def test_every_link_leads_somewhere(self, pages, name):
        links = [attrs["href"] for _, attrs, _ in pages[name].all("a")]
        assert links
        for link in links:
            address, fragment = urldefrag(link)
            if urlsplit(link).scheme:
                assert urlsplit(link).scheme in ("http", "https"), link
                continue
            target = unquote(address) or name
            if target.startswith(f"{FOLDER}/") or target in PRINTS:
                assert (BUILD / target).is_file(), link
                continue
            assert target in pages, link
            ids = {attrs.get("id") for _, attrs, _ in pages[target].elements}
            assert not fragment or unquote(fragment) in ids, link

    def test_headings_come_in_order_under_one_title(self, pages, name):
        levels = [HEADINGS.index(tag) + 1 for tag, _, _ in pages[name].all(*HEADINGS)]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels
        assert all(pages[name].texts(*HEADINGS))

    def test_no_place_in_the_page_has_two_meanings(self, pages, name):
        ids = [attrs["id"] for _, attrs, _ in pages[name].elements if "id" in attrs]
        assert len(ids) == len(set(ids))

    def test_nothing_that_went_wrong_is_shown(self, pages, name):
        text = pages[name].text
        assert not re.search(r"Traceback|\wWarning:|Error:|ipykernel|\bobject at 0x", text)
        assert not re.search(r"(?<!gian )\b(nan|NaN|NaT|None)\b(?! (giải|of))", text)
        assert "{" not in text and "}" not in text
        assert not re.search(r"&(amp|lt|gt|quot|#\d+);", text), "escaped twice"
        assert not re.search(r"\b[a-z]+(_[a-z0-9]+)*_(pct|pp|vnd_[kmb]n?)\b", text), "a column's code"

    def test_tables_have_captions_and_headers(self, pages, name):
        page = pages[name]
        assert len(page.all("caption")) == len(page.all("table")) and all(page.texts("caption"))
        assert all(attrs.get("scope") in ("col", "row") for _, attrs, _ in page.all("th"))
        cells = page.texts("td")
        assert not [cell for cell in cells if cell.endswith("...") or cell in ("nan", "None")]


@pytest.mark.parametrize("name", vietnamese_pages())
class TestVietnamesePages:
    def test_prose_and_headings_are_vietnamese(self, pages, name):
        page = pages[name]
        assert [h for h in page.texts(*HEADINGS) if not vietnamese(h)] == []
        assert [p for p in page.texts("p", "li") if len(p) > 30 and not vietnamese(p)] == []

    def test_numbers_have_decimal_commas(self, pages, name):
        page = pages[name]
        told = " ".join(page.texts("p", "li", "caption"))
        figures = [cell for cell in page.texts("td") if re.fullmatch(r"[−+]?[\d.,]+%?", cell)]
        points = r"(?<![\d.,/])\d+\.\d{1,2}(?![\d.])"
        assert re.search(r"\d,\d", page.text)
        assert not re.search(points, told), re.findall(f".{{20}}{points}", told)
        assert not [cell for cell in figures if re.search(points, cell)]
        assert not re.search(points, " ".join(attrs["alt"] for _, attrs, _ in page.all("img")))


@pytest.mark.parametrize("name", english_pages())
class TestEnglishPages:
    def test_prose_and_headings_are_english(self, pages, names, name):
        page = pages[name]
        for text in [*page.texts(*HEADINGS), *page.texts("caption", "th", "p"), *page.texts("li")]:
            for place in names:
                text = text.replace(place, "")
            text = re.sub(r"\d+/\d{4}/[A-ZĐa-z-]+", "", text)  # the number of a decision
            text = re.sub(
                r"Tỉnh minh họa|Huyện [A-Z]\b|TP\. Minh Họa|nhóm \d", "", text
            )  # names that are made up
            assert not vietnamese(text), text

    def test_numbers_have_decimal_points(self, pages, names, name):
        page = pages[name]
        commas = r"(?<![\d,])\d+,\d{1,2}(?![\d,])"
        told = " ".join([*page.texts("p", "li", "caption"), *(a["alt"] for _, a, _ in page.all("img"))])
        for title in names:
            told = told.replace(title, "")
        assert re.search(r"\d\.\d", page.text)
        assert not re.search(commas, told), re.findall(f".{{20}}{commas}", told)


def test_both_languages_tell_the_same_amount(pages):
    for stem in STEMS:
        vi, en = (pages[page_name(stem, lang)] for lang in LANGUAGES)
        for tags in (HEADINGS, ["table"], ["img"], ["td"], ["li"]):
            assert len(vi.all(*tags)) == len(en.all(*tags)), (stem, tags)


def test_every_page_leads_to_its_other_language_and_to_the_index(pages):
    for name in sorted(EXPECTED - {"index.html"}):
        lang = name.split(".")[-2]
        other = next(x for x in LANGUAGES if x != lang)
        links = {attrs["href"]: (attrs, text) for _, attrs, text in pages[name].all("a")}
        attrs, text = links[name.replace(f".{lang}.", f".{other}.")]
        assert "index.html" in links and attrs["lang"] == other and text == say("page.language", other)


def test_the_index_speaks_both_languages_and_lists_every_page(pages):
    index = pages["index.html"]
    assert [attrs["lang"] for _, attrs, _ in index.all("section")] == list(LANGUAGES)
    assert {attrs["href"] for _, attrs, _ in index.all("a")} >= EXPECTED - {"index.html"}


def test_the_brief_answers_in_a_quote_before_anything_else(pages):
    known = ps.load_facts().as_of("2020-05-07")
    card = ps.scorecard(known)
    for lang, day in (("vi", "07/5/2020"), ("en", "7 May 2020")):
        page = pages[page_name("00_brief", lang)]
        (quote,) = page.texts("blockquote")
        assert "Bắc Kạn" in page.texts("h1")[0] and day in page.texts("p")[0]
        assert quote.startswith(headline(card, known, lang))
        # What is known by now stands above the day and the answer, and the picture comes before any other section.
        order = [tag for tag, _, _ in page.all("h1", "aside", "blockquote", "img", "h2", "table")]
        assert order[:4] == ["h1", "aside", "blockquote", "img"]
        assert say("sheet.known", lang) in page.texts("aside")[0]
