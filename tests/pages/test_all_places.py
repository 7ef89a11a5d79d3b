"""Many pages: what is there stays, what fails is told, what is interrupted goes on."""

import json
import multiprocessing
from pathlib import Path

import nbformat
import pytest
from helpers.html import Html
from helpers.jobs import Job
from nbformat.v4 import new_code_cell, new_notebook

from povertystats.pages import all_places, menu, place_page
from povertystats.pages.all_places import write_all
from povertystats.words.errors import FileProblem, Refused

CODE = """
from IPython.display import Markdown
if place == "Cao Bằng" and lang == "en":
    raise KeyError("no figure <b>")
Markdown(f"# {place} {as_of} {lang}")
"""
PLACES = ["Hà Nội", "Cao Bằng", "Bắc Kạn"]
GOOD = ["Hà Nội", "Bắc Kạn"]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Return a function that writes pages of a small brief into "out" and returns what was reported."""
    notebooks = tmp_path / "notebooks"
    for lang in ("vi", "en"):
        (notebooks / lang).mkdir(parents=True)
        parameters = new_code_cell(
            'place = "?"\nas_of = "2000-01-01"\ndata = None', metadata={"tags": ["parameters"]}
        )
        for name in (place_page.BRIEF, *place_page.SHARED):
            nbformat.write(
                new_notebook(cells=[parameters, new_code_cell(CODE)]), notebooks / lang / f"{name}.ipynb"
            )
    for module in (all_places, menu):
        monkeypatch.setattr(module, "NOTEBOOKS", notebooks)

    def shared(output, *, notebooks, languages, **_):
        for name in notebooks:
            for lang in languages:
                (Path(output) / menu.page_name(name, lang)).write_text("shared", "utf-8")

    monkeypatch.setattr(all_places, "write_pages", shared)

    def write(places=GOOD, **options):
        said = []
        about = {"as_of": "2020-05-07", "languages": ("vi", "en"), "processes": 1, "report": said.append}
        try:
            write_all(tmp_path / "out", places=places, **about | options)
        except (Refused, KeyboardInterrupt) as error:
            said.append(error)
        return said

    return write


def test_each_place_has_its_page_and_the_front_page_leads_to_it(small, tmp_path):
    said, out = small(), tmp_path / "out"
    assert [line.split("  ")[0] for line in said[:2]] == ["[1/2] Hà Nội", "[2/2] Bắc Kạn"]
    for front, lang, other in (("index.html", "vi", "index.en.html"), ("index.en.html", "en", "index.html")):
        html = Html((out / front).read_text("utf-8"))
        assert html.lang == lang and other in html.links
        for link in html.links:
            if not link.startswith("#"):
                assert (out / link).is_file(), link
        page = Html((out / "places" / f"bac-kan.{lang}.html").read_text("utf-8"))
        assert page.raw("h1") == [f"Bắc Kạn 2020-05-07 {lang}"]
        assert all((out / "places" / link).is_file() for link in page.links if not link.startswith("#"))
    assert (out / "shared" / "page.css").read_text("utf-8").count("@font-face") == 2


def test_what_is_there_is_not_made_again_without_a_reason(small, tmp_path, monkeypatch):
    small()
    pages = sorted((tmp_path / "out" / "places").glob("*.html"))
    before = [page.stat().st_mtime_ns for page in pages]
    monkeypatch.setattr(all_places, "row_of", None)  # nor is anything worked out again
    assert small()[0] == "2 of 2 places have their pages"
    assert [page.stat().st_mtime_ns for page in pages] == before
    monkeypatch.undo()


def test_a_page_that_is_gone_or_asked_for_again_is_made(small, tmp_path):
    small()
    (tmp_path / "out" / "places" / "bac-kan.vi.html").unlink()
    assert [line.split("  ")[0] for line in small()[:2]] == [
        "1 of 2 places have their pages",
        "[2/2] Bắc Kạn",
    ]
    assert [line[:5] for line in small(again=True)[:2]] == ["[1/2]", "[2/2]"]
    assert small(as_of="2020-06-01")[0].startswith("[1/2]")


def test_a_place_that_fails_is_told_and_keeps_no_other_from_its_page(small, tmp_path):
    out = tmp_path / "out"
    (out / "places").mkdir(parents=True)
    (out / "places" / "cao-bang.en.html").write_text("of another day", "utf-8")
    said = small(PLACES)
    assert "[2/3] Cao Bằng: cell 2: KeyError: 'no figure <b>'" in said
    assert isinstance(said[-1], Refused) and "1 of the pages" in str(said[-1]) and "Cao Bằng" in str(said[-1])
    assert sorted(p.name for p in (out / "places").glob("*.en.html")) == ["bac-kan.en.html", "ha-noi.en.html"]
    front = Html((out / "index.en.html").read_text("utf-8"))
    assert "no figure <b>" in front.text and "places/cao-bang.en.html" not in front.links
    assert "places/bac-kan.en.html" in front.links


def test_what_was_made_before_an_interruption_stays(small, tmp_path):
    def stop(line):
        if line.startswith("[1/2]"):
            raise KeyboardInterrupt

    small(report=stop)
    assert (tmp_path / "out" / "places" / "ha-noi.vi.html").is_file()
    assert [line.split("  ")[0] for line in small()[:2]] == [
        "1 of 2 places have their pages",
        "[2/2] Bắc Kạn",
    ]
    rows = json.loads((tmp_path / "out" / "shared" / "rows.json").read_text("utf-8"))
    assert sorted(row["place"] for row in rows.values()) == ["Bắc Kạn", "Hà Nội"]


def test_a_broken_memory_of_rows_is_worked_out_anew(small, tmp_path):
    small()
    for broken in ("{", "[1]", '{"a": {"b": 1}}'):
        (tmp_path / "out" / "shared" / "rows.json").write_text(broken, "utf-8")
        small()
        assert "19" in (tmp_path / "out" / "index.en.html").read_text("utf-8")


def test_a_file_is_no_folder(small, tmp_path):
    (tmp_path / "out").write_text("", "utf-8")
    with pytest.raises(FileProblem, match="is a file"):
        small()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_process_that_dies_takes_no_other_place_with_it():
    jobs = [Job("a"), Job("dies"), Job("b"), Job("fails"), Job("c")]
    found = {job.place: made for job, made, _ in all_places.worked(jobs, 2, "fork")}
    assert {place: made for place, made in found.items() if isinstance(made, str)} == {
        n: f"page of {n}" for n in "abc"
    }
    assert "process was ended" in str(found["dies"]) and "ValueError: no figure" in str(found["fails"])
    assert [job.place for job, *_ in all_places.worked(jobs[:1], 1)] == ["a"]
