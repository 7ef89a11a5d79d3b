"""The API reference in build/docs, after ``make docs``: every public name has its page, and nothing asks the network."""

import re
from pathlib import Path

import pytest
from helpers.html import Html

import povertystats as ps

DOCS = Path(__file__).resolve().parents[2] / "build" / "docs"
PAGES = sorted(DOCS.rglob("*.html"))
ROOMS = sorted(path.parent.name for path in Path(ps.__file__).parent.glob("*/__init__.py"))


def test_every_room_is_a_chapter_and_every_public_name_has_its_page():
    chapters = {room: Html((DOCS / "reference" / f"{room}.html").read_text("utf-8")) for room in ROOMS}
    linked = [link for page in chapters.values() for link in page.links]
    for name in ps.__all__:
        (address,) = {link for link in linked if link.endswith(f"#povertystats.{name}")}
        page = Html((DOCS / "reference" / address.partition("#")[0]).read_text("utf-8"))
        assert page.texts("h1") == [f"{name}#"] and len(page.text) > 200, name


def test_the_start_page_is_the_readme_and_leads_to_reference_and_notebooks():
    page = Html((DOCS / "index.html").read_text("utf-8"))
    assert "Two commands" in page.text
    assert {"reference/index.html", "notebooks.html", "CONTRIBUTING.html"} <= set(page.links)
    built = {path.name for path in DOCS.parent.glob("*.html")}
    linked = Html((DOCS / "notebooks.html").read_text("utf-8")).links
    assert (
        built
        == {link.removeprefix("../") for link in linked if re.fullmatch(r"\.\./[^/]+\.html", link)}
        != set()
    )


def test_no_page_loads_anything_from_the_network():
    assert len(PAGES) > len(ps.__all__)
    for path in PAGES:
        loads = Html(path.read_text("utf-8")).elements
        addresses = [
            attrs.get(name, "")
            for tag, attrs, _ in loads
            for name in ("src", "srcset", "data", *(["href"] if tag == "link" else []))
        ]
        assert not [a for a in addresses if re.match(r"(https?:)?//", a)], path
    for path in (DOCS / "_static").rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", path.read_text("utf-8")), path


@pytest.mark.parametrize(
    "name", ["index.html", "reference/index.html", "reference/targets.html", "search.html"]
)
def test_a_browser_without_network_is_content(browser, name):
    context, failed = browser.new_context(offline=True), []
    page = context.new_page()
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto((DOCS / name).as_uri(), wait_until="load")
    assert page.locator("main h1").count() == 1 and failed == []
    context.close()
