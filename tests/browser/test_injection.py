"""Names, notes and sources that hold HTML, scripts or formulas come out as text: in page, PDF, Excel and CSV."""

import csv
import gc
import io
import json
import re

import openpyxl
import pytest
from helpers.panels import FACT

import povertystats as ps
from povertystats.exhibits.workbook import write_workbook
from povertystats.pages.menu import page_name
from povertystats.pages.site import write_pages

# What runs the kernels leaves the event loop of each thread to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

DAY = "2020-05-07"
PLACE = "=<img src=x onerror=alert(1)> Xã"  # to a spreadsheet a formula, too
SCRIPT = "<script>window.hacked=1</script>"
BREAKOUT = "\"'></script><svg onload=alert(2)></svg>--><!--"
FORMULA = '=HYPERLINK("http://x.example","y")'
LINK = "[click](javascript:alert(3)) ![x](x.png) <javascript:alert(4)> {{ 7 * 7 }} {0.__class__} $\\frac$"
WORDING = f"{SCRIPT} {LINK}"
# Those that show most of what a package brings; the others are made of the same pieces.
NOTEBOOKS = ["00_brief", "01_targets", "04_what_if", "07_what_is_known"]
NAMES = ["index.html", *(page_name(name, "vi") for name in NOTEBOOKS)]
# Notes and other texts that no page shows have their place here too: one day one may.
FILES = {
    "places": [
        ["code", "place", "kind", "parent", "region_vi", "region_en", "aliases"],
        ["x1", PLACE, "province", "Cả nước", SCRIPT, SCRIPT, BREAKOUT],
        ["x2", FORMULA, "district", PLACE, SCRIPT, SCRIPT, ""],
    ],
    "sources": [
        ["source_id", "title", "publisher", "url", "dated", "via", "licence", "quality"],
        ["x", WORDING, SCRIPT, "javascript:alert(5)", FORMULA, SCRIPT, SCRIPT, SCRIPT],
        ["y", BREAKOUT, FORMULA, 'https://x.example/" onmouseover="alert(6)', BREAKOUT, "", "", ""],
        ["z", FORMULA, "", "data:text/html,<script>alert(7)</script>", "", "", "", ""],
    ],
    "levers": [
        ["lever", "title_vi", "title_en", "measure", "indicator", "note_vi", "note_en"],
        ["x", WORDING, SCRIPT, "not_measured", "", BREAKOUT, BREAKOUT],
    ],
    "targets": [
        ["target", "reading", "place", "where", "indicator", "kind", "direction", "bound", "unit", "year"]
        + ["wording_vi", "wording_en", "evidence_vi", "evidence_en", "source_id", "available_from"],
        ["poverty", "a", PLACE, PLACE, "poor_household_pct", "change", "at_most", "-2", "pp", "2020"]
        + [WORDING, SCRIPT, LINK, LINK, "x", DAY],
        ["poverty", "b", FORMULA, PLACE, "poor_household_pct", "change", "at_most", "-3", "pp", "2020"]
        + [FORMULA, FORMULA, BREAKOUT, BREAKOUT, "y", DAY],
        ["jobs", "c", PLACE, PLACE, "new_jobs_persons", "count", "at_least", "9", "persons", "2020"]
        + [BREAKOUT, BREAKOUT, FORMULA, FORMULA, "z", DAY],
    ],
    "mine": [
        [*FACT, "note"],
        *(
            [place, "poor_household_pct", year, value - drop, "pct", status, "multidim_2016_2020", source]
            + [f"{year + 1}-02-01", SCRIPT]
            for place, source, drop, status in (
                (PLACE, "x", 0, "official"),
                (PLACE, "y", 1, "estimate"),
                (FORMULA, "z", 2, "official"),
            )
            for year, value in ((2015, 29.4), (2016, 27), (2017, 24.5), (2018, 22), (2019, 20))
        ),
    ],
}


@pytest.fixture(scope="module", autouse=True)
def no_loop_outlives_this_file():
    yield
    gc.collect()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    for name, rows in FILES.items():
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    described = [{"name": name, "path": f"{name}.csv"} for name in FILES]
    (folder / "datapackage.json").write_text(json.dumps({"name": SCRIPT, "resources": described}), "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(package, tmp_path_factory):
    """The folder with every page of that package."""
    folder = tmp_path_factory.mktemp("pages")
    own = {"place": PLACE, "as_of": DAY, "data": package, "languages": ("vi",), "notebooks": NOTEBOOKS}
    write_pages(folder, **own, pdf=True, report=lambda line: None)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_page_runs_or_fetches(built, visit, name):
    here = visit(built / name)
    assert here.see("document.querySelector('main').innerText.length") > 100
    assert here.heard == []
    assert here.see("window.hacked ?? null") is None
    assert here.see(LIVE) == []


def test_the_texts_are_seen_as_they_are(built, visit):
    index, brief = (visit(built / name) for name in ("index.html", page_name("00_brief", "vi")))
    assert PLACE in index.see(TEXT)
    text = brief.see(TEXT)
    assert [told for told in (PLACE, WORDING, BREAKOUT, FORMULA) if told not in text] == []
    assert any(PLACE in alt for alt in brief.see("[...document.images].map(image => image.alt)"))


def test_a_drawing_opened_by_itself_runs_nothing(built, visit):
    drawings = sorted(built.rglob("*.svg"))
    assert drawings
    for drawing in drawings:
        here = visit(drawing)
        assert here.heard == [] and here.see(LIVE) == [], drawing.name


def test_the_print_holds_the_texts_and_no_action(built, printed):
    paper = printed(built / page_name("00_brief", "vi", "pdf"))
    assert paper.lacks([PLACE, WORDING, BREAKOUT, FORMULA]) == []
    assert not {"/OpenAction", "/AA", "/JavaScript"} & set(paper.root)
    assert {action["/S"] for action in paper.actions} <= {"/URI", "/GoTo"}
    assert {str(action["/URI"]).partition(":")[0] for action in paper.actions if "/URI" in action} <= {
        "https",
        "http",
    }


def test_the_workbook_holds_the_texts_and_no_formula(package, tmp_path):
    known = ps.load_facts(package).as_of(DAY)
    path = tmp_path / "scorecard.xlsx"
    write_workbook(ps.scorecard(known, place=PLACE), known, path, "vi")
    cells = [c for sheet in openpyxl.load_workbook(path) for row in sheet for c in row if c.value is not None]
    assert [c.coordinate for c in cells if c.data_type == "f"] == []
    texts = [c.value for c in cells if c.data_type == "s"]
    assert {FORMULA, WORDING, BREAKOUT} <= set(texts) and any(PLACE in text for text in texts)
    links = [c.hyperlink.target or "" for c in cells if c.hyperlink]
    assert [link for link in links if not link.startswith(("https://", "http://"))] == []


def test_numbers_for_a_spreadsheet_hold_no_formula(built):
    files = sorted(built.rglob("*.csv"))
    cells = [
        c for f in files for row in csv.reader(io.StringIO(f.read_text("utf-8-sig"), newline="")) for c in row
    ]
    assert any(PLACE in cell for cell in cells)
    assert [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d.]+(e-?\d+)?$)", cell)] == []


# What shows, on one line, as a reader sees it.
TEXT = "document.body.innerText.replace(/\\s+/g, ' ')"

# Whatever could run on its own or when it is clicked.
LIVE = """[...document.querySelectorAll("*")].filter(element => [...element.attributes].some(({name, value}) =>
  name.startsWith("on") || name === "srcdoc" || /^\\s*(javascript|vbscript):/i.test(value) ||
  /^\\s*data:/i.test(value) && !element.matches("img, image, picture > source")
)).map(element => element.outerHTML.slice(0, 200))"""
