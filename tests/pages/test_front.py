"""The front page tells each place's figures once as text, on the map and in the table, and ranks only what compares."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.html import Html

import povertystats as ps
from povertystats.maps.layout import lay_out
from povertystats.maps.matching import Matched
from povertystats.maps.place_row import Row
from povertystats.maps.shapes import Shape
from povertystats.pages.front import Front
from povertystats.words.wording import LANGUAGES

NASTY = "<script>alert(1)</script>\"'&"
TILES = pd.DataFrame(
    columns=["place", "tile_row", "tile_column", "label_vi", "label_en", "part_vi", "part_en"]
)


def known_of(names, tiles=TILES):
    rows = [(f"{i}", name, "province", "", "", "", name, pd.NaT) for i, name in enumerate(names)]
    table = pd.DataFrame(
        rows,
        columns=["code", "place", "kind", "parent", "region_vi", "region_en", "aliases", "last_day"],
    )
    places = ps.load_facts().places
    own = type(places)(table)
    return SimpleNamespace(
        places=SimpleNamespace(
            table=table, find=own.find, gazetteer=own.gazetteer, word=lambda *_, **__: "places"
        ),
        tiles=tiles,
        cutoff=None,
        title=lambda *_, **__: "Rate of the poor",
    )


def front(rows, matched=None, tiles=TILES, failed=None, languages=LANGUAGES, kind="province"):
    names = [row.place for row in rows]
    known = known_of(names, tiles)
    failed = failed or {}
    slugs = {name: f"p{i}" for i, name in enumerate(names) if name not in failed}
    layout = lay_out(known.places, tiles, names)
    return Front(known, "poor_pct", rows, layout, matched, slugs, failed, languages, kind)


ROWS = [
    Row(
        "A",
        10.0,
        2019,
        "s",
        2015,
        5,
        -1.5,
        0.62,
        "probable",
        "A",
        {"en": "down", "vi": "giảm"},
        (2020, 9.0, 8.0, 10.0),
    ),
    Row("B", 10.0, 2019, "s", 2015, 5, -0.5),
    Row("C", 5.0, 2019, "s"),
    Row("D", 1.0, 2018, "s"),
    Row("E", 1.0, 2019, "other"),
    Row("F"),
    Row(NASTY, 20.0, 2019, "s", target={"en": NASTY, "vi": NASTY}, verdict="already_met"),
]


def test_ranks_compare_one_year_and_standard_and_like_rates_share_theirs():
    assert front(ROWS).ranks == {"C": 1, "A": 2, "B": 2, NASTY: 4}
    assert front([Row("F")]).ranks == {} and front([Row("F")]).views == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_is_sorted_by_rank_and_holds_every_figure(lang):
    html = Html(front(ROWS).html(lang))
    heads = html.texts("th")
    places = [text for text in heads if text in {row.place for row in ROWS}]
    assert places[:3] == ["C", "A", "B"] and len(places) == len(ROWS)
    cells = html.texts("td")
    decimal = "," if lang == "vi" else "."
    for told in (f"10{decimal}0%", f"−1{decimal}50", "62%"):
        assert any(told in cell for cell in cells), told
    # Each tile says all that its row says.
    (tile,) = [text for text in html.texts("a") if text.startswith("A: ")]
    assert f"10{decimal}0%" in tile and "2019" in tile and "62%" in tile and re.search(r"\b2\b.*\b4\b", tile)
    for name in "DEF":
        assert any(name in sentence for sentence in html.texts("p"))


def test_a_chance_that_two_scales_tell_apart_is_a_range():
    wide = [Row("A", 9.0, 2019, chance=0.51, points=0.23, verdict="probable", target={"en": "x"})]
    html = Html(front(wide).html("en"))
    assert "23% to 51%" in html.texts("td") and any("23% to 51%" in text for text in html.texts("a"))


def test_nothing_that_a_name_holds_is_markup():
    html = Html(front(ROWS, failed={"B": NASTY}).html("en"))
    assert len(html.scripts) == 1 and "alert" not in html.scripts[0]
    assert NASTY in html.text and not [a for _, a, _ in html.elements if any(k.startswith("on") for k in a)]
    assert html.loads == ["<link>", "<script>"]
    # A place whose page failed is told without a link.
    assert "places/p1.en.html" not in html.links and "places/p0.en.html" in html.links


def test_the_map_begins_with_what_most_places_have():
    assert front(ROWS).views == ["rate", "chance"]
    chances = [
        Row(n, 5.0 * i, 2019, chance=0.1 * i, target={"en": "x"}) for i, n in enumerate("ABCD", start=1)
    ]
    assert front(chances).views == ["chance", "rate"]
    assert front(chances[:1]).views == ["chance", "rate"]
    html = Html(front(chances).html("en"))
    radios = [a for _, a, _ in html.all("input") if a.get("type") == "radio"]
    assert [("checked" in a, a["id"]) for a in radios] == [(True, "by-chance"), (False, "by-rate")]
    legends = " ".join(html.texts("li"))
    assert "very unlikely (under 10%)" not in legends and "unlikely (10% to under 33%)" in legends


def test_shapes_are_links_with_texts_and_those_of_no_place_are_none():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 0]], float)
    shapes = tuple(Shape({"n": n}, [square + i]) for i, n in enumerate(["A", "x", NASTY]))
    matched = Matched(shapes, ("A", "", NASTY), "n", tuple(row.place for row in ROWS))
    html = Html(front(ROWS, matched).html("en"))
    drawn = [attrs for tag, attrs, _ in html.all("a") if "aria-label" in attrs]
    assert [a["href"] for a in drawn] == ["places/p0.en.html", "places/p6.en.html"]
    assert len(html.all("path")) == 3 and any("B, C, D, E, F" in text for text in html.texts("p"))


def test_parts_without_a_figure_stand_on_the_map_and_beside_shapes():
    rows = [("A", 1, 1, "", "", "", ""), ("A", 1, 3, "Đảo", "Isle", "Quần đảo Đảo", "The Isle archipelago")]
    tiles = pd.DataFrame(rows, columns=TILES.columns)
    matched = Matched((Shape({"n": "A"}, [np.eye(3, 2)]),), ("A",), "n", ("A",))
    for how in (None, matched):
        html = Html(front(ROWS[:1], how, tiles).html("vi"))
        (part,) = [text for tag, attrs, text in html.all("span") if "part" in attrs.get("class", "")]
        assert "Đảo" in part and "A" in part and "%" not in part
