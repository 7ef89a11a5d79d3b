"""The page of a place among many: the brief, small, with what all share beside it; made again only for a reason."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers.html import Html

from povertystats.pages.place_page import PLACES, PlacePage, front_name, slugs
from povertystats.sheet.answer import headline

GIVEN = {"as_of": "2020-05-07", "data": None}


@pytest.fixture(scope="module")
def page():
    return PlacePage("Bắc Kạn", "bac-kan", "en", GIVEN, ("vi", "en"), "x")


@pytest.fixture(scope="module")
def made(page):
    return page.make()


def test_it_is_the_brief_without_what_all_places_share(made, page, card, known):
    source = made[page.path].decode()
    html = Html(source)
    # Pictures are drawn twice: for wide and for narrow screens.
    assert len(made[page.path]) <= 300_000 and html.lang == "en"
    assert html.texts("blockquote")[0].startswith(headline(card, known, "en"))
    shared = ["../drivers.en.html", "../drivers-annex.en.html"]
    assert html.links[1:5] == ["../index.en.html", *shared, "bac-kan.vi.html"]
    assert html.links.count("../drivers.en.html") == 2 and "coefficient" not in html.text
    assert html.images
    for image in html.images:
        assert image["src"].startswith("data:image/svg+xml;base64,") and image["alt"]
    assert "<script" not in source and "script-src 'none'" in source and "@font-face" not in source
    assert [a["href"] for t, a, _ in html.all("link")] == ["../shared/page.css"]
    # What is offered is there, of each picture its own.
    offered = {f"{PLACES}/{link}" for link in html.links if link.startswith("files/")}
    assert made.keys() == {page.path} | offered and len(offered) == len(html.images)


def test_a_page_stands_as_long_as_all_that_it_was_made_from(made, page, tmp_path):
    assert not page.stands(tmp_path)
    for name, content in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert page.stands(tmp_path)
    changes = {
        "place": "Hà Giang",
        "inputs": "y",
        "languages": ("en",),
        "given": {**GIVEN, "as_of": "2020-06-01"},
    }
    for name, value in changes.items():
        assert not replace(page, **{name: value}).stands(tmp_path), name
    for name in made.keys() - {page.path}:
        (tmp_path / name).unlink()
        assert not page.stands(tmp_path), name
        (tmp_path / name).write_bytes(made[name])
    assert page.stands(tmp_path)


def test_every_place_has_a_file_name_of_its_own_that_any_system_can_write():
    names = ["Bắc Kạn", "bac kan", "../x", "<script>", "กรุงเทพ", "A" * 300, "", "con/nul"]
    table = pd.DataFrame({"place": names, "code": ["1", "2", "3", "", "5", "6", "7", "8"]})
    found = slugs(SimpleNamespace(table=table))
    assert len({slug.casefold() for slug in found.values()}) == len(names)
    assert found["Bắc Kạn"] == "bac-kan" and found["bac kan"] == "bac-kan-2"
    for slug in found.values():
        assert slug and len(slug) < 100 and not set(slug) & set('/\\<>:"|?*. ')


def test_the_first_language_has_the_index():
    assert [front_name(lang, ("en", "vi")) for lang in ("en", "vi")] == ["index.html", "index.vi.html"]
