"""Notebooks become pages that stand alone, all of them or none."""

import base64
import hashlib
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from helpers.html import Html
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from povertystats.pages import kernels, menu, pdf, site
from povertystats.words.wording import LANGUAGES, say

PLACE = "Bắc <Kạn> & Hà"
ALT = 'A dot, "alone" & <small>: the figure has one point at 1.'
PARAMETERS = 'lang = "vi"\nplace = "nowhere"\nas_of = "2020-05-07"\ndata = None'
DRAW = f"""
import time
time.sleep(lang == "en")  # the first to begin is the first to end
import pandas as pd
from matplotlib.figure import Figure
from povertystats.exhibits.picture import Picture
figure = Figure((1, 1))
figure.subplots().plot([1], [1], "o")
print(f"{{lang}} {{place}} {{as_of}} {{data}}")
Picture(figure, {ALT!r}, pd.DataFrame({{"place": ["=1+1"], "rate_pct": [1.5]}}))
"""


TEXTS = {
    "vi": "# Tiêu đề <b>một</b>\n\nlời tiếng Việt",
    "en": "# Title <b>one</b>\n\nwords in English",
}


def notebook(lang, *code):
    """Return a notebook of a text, the parameters and cells of code."""
    parameters = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell(TEXTS[lang]), parameters, *map(new_code_cell, code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def put(folder, *names, made=notebook, code=()):
    """Write notebooks of these names in both languages."""
    for lang in LANGUAGES:
        (folder / lang).mkdir(parents=True, exist_ok=True)
        for name in names:
            nbformat.write(made(lang, *code), folder / lang / f"{name}.ipynb")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a folder of pages made by running one notebook in both languages, and what was reported."""
    folder, said = tmp_path_factory.mktemp("pages"), []
    output = folder / "out"
    put(folder / "notebooks", "00_brief", code=[DRAW])
    output.mkdir()
    (output / "mine.txt").write_text("foreign", "utf-8")
    (output / "brief.vi.html").write_text("old", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(menu, "NOTEBOOKS", folder / "notebooks")
        patch.setattr(site, "colophon", lambda lang, **about: [])
        patch.setattr(site, "stands_alone", lambda data: False)
        patch.setattr(kernels, "in_pictures", lambda lang, **about: "")
        made = site.write_pages("out", place=PLACE, as_of="2020-05-07", data=".", report=said.append)
        made = [path.resolve() for path in made]
        try:
            here = Path.cwd()
        except FileNotFoundError:
            here = None
    return output, made, said, here


@pytest.mark.parametrize(("lang", "other"), [("vi", "en"), ("en", "vi")])
def test_a_page_keeps_one_language_and_no_code(written, lang, other):
    page = Html((written[0] / f"brief.{lang}.html").read_text("utf-8"))
    texts = {"vi": "lời tiếng Việt", "en": "words in English"}
    (main,) = page.raw("main")
    assert page.lang == lang and texts[lang] in main and texts[other] not in main
    assert not any(code in page.source for code in ("subplots", "import", "In&nbsp;[", "Out["))
    assert f"{lang} {PLACE} 2020-05-07 {written[0].parent}" in main
    # A heading may carry markup; the title, being text alone, is found whole.
    title = {"vi": "Tiêu đề <b>một</b>", "en": "Title <b>one</b>"}[lang]
    assert page.raw("title") == [f"{title} · {PLACE}"]
    assert page.links[1:4] == ["index.html", f"brief.{lang}.html", f"brief.{other}.html"]
    assert page.raw("footer")[0].strip() == say("page.footer", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_image_carries_its_text_and_nothing_is_fetched(written, lang):
    page = Html((written[0] / f"brief.{lang}.html").read_text("utf-8"))
    ((image,),) = (page.images,)
    assert image["alt"] == ALT and image["src"].startswith("data:image/svg+xml;base64,")
    assert page.loads == [image["src"]]
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page.source)
    (style,) = page.raw("style")
    assert "@import" not in style and "http" not in style
    assert set(re.findall(r"url\((.{14})", style)) == {"data:font/otf;"}
    (policy,) = re.findall(r'content="(default-src [^"]*)" http-equiv="Content-Security-Policy"', page.source)
    assert (
        policy.startswith("default-src 'none';") and "http" not in policy and "script-src 'none';" in policy
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_is_offered_as_image_and_numbers(written, lang):
    output = written[0]
    page = Html((output / f"brief.{lang}.html").read_text("utf-8"))
    offered = [link for link in page.links if link.startswith("files/")]
    assert offered == [f"files/brief.{lang}-1.{form}" for form in ("png", "svg", "csv")]
    png, svg, csv = ((output / link).read_bytes() for link in offered)
    assert png.startswith(b"\x89PNG") and b"<svg" in svg
    assert base64.b64decode(page.images[0]["src"].partition(",")[2]).startswith(b"<svg")
    assert csv.decode("utf-8-sig") == "place,rate_pct\n'=1+1,1.5\n"
    assert all(say(f"page.file.{form}", lang) in page.raw("main")[0] for form in ("png", "svg", "csv"))


def test_the_index_lists_every_page_in_its_language(written):
    output, made, said, _ = written
    page = Html((output / "index.html").read_text("utf-8"))
    assert [path.name for path in made] == ["brief.vi.html", "brief.en.html", "index.html"]
    assert {path.parent for path in made} == {output} and all(path.is_file() for path in made)
    assert page.lang == "vi"
    pages = ["brief.vi.html", "brief.en.html"]
    assert page.links[1:3] == ["#vi", "#en"] and [*listed(output / "index.html")] == [pages, pages]
    # The picture of the brief and the script of the search are in the page.
    assert {load.partition(":")[0] for load in page.loads} == {"data", "<script>"}
    assert [image["alt"] for image in page.images] == [ALT, ALT]
    digest = base64.b64encode(hashlib.sha256(page.scripts[0].encode()).digest()).decode()
    (policy,) = [attrs["content"] for _, attrs, _ in page.all("meta") if "http-equiv" in attrs]
    assert f"script-src 'sha256-{digest}'" in policy
    assert page.raw("h1") == [say("page.heading", "vi", place=PLACE)]
    assert page.raw("h2") == [say("page.heading", "en", place=PLACE)]
    assert "07/5/2020" in page.raw("section")[0] and "7 May 2020" in page.raw("section")[1]
    assert said[0] == "running 1 notebooks in 2 languages ..." and "3 pages" in said[-1]
    assert [line.split()[:2] for line in said[1:3]] == [
        ["[1/2]", "brief.vi.html"],
        ["[2/2]", "brief.en.html"],
    ]


def test_the_index_begins_with_the_answer_of_the_brief(notebooks, output, unrun):
    def answered(lang):
        made = notebook(lang)
        made.cells[0].source += "\n\n> **About 3 in 5 & <b>more</b>.**\n>\n> Why."
        return made

    put(notebooks, "00_brief", made=answered)
    make(output)
    page = Html((output / "index.html").read_text("utf-8"))
    assert page.raw("strong") == ["About 3 in 5 & more."] and "Why" not in page.source


def test_the_working_directory_is_what_it_was(written):
    assert written[3] == written[0].parent


def test_nothing_else_is_left_or_lost(written):
    found = {path.name for path in written[0].iterdir()}
    assert found == {"brief.vi.html", "brief.en.html", "index.html", "mine.txt", "files"}
    assert (written[0] / "mine.txt").read_text("utf-8") == "foreign"
    assert (written[0] / "brief.vi.html").read_text("utf-8") != "old"


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(menu, "NOTEBOOKS", folder)
    # The packages that are named here are not there.
    monkeypatch.setattr(site, "colophon", lambda lang, **about: [])
    monkeypatch.setattr(site, "stands_alone", lambda data: False)
    monkeypatch.setattr(kernels, "in_pictures", lambda lang, **about: "")
    return folder


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    for name in ("brief.en.html", "index.html", "mine.txt", "sub/other.html"):
        (folder / name).write_text(f"old {name}", "utf-8")
    return folder


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def listed(path):
    """Return the addresses of the pages that the index lists, and of what it can be searched for."""
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return ([link["href"] for link in page.select(f"ul.{name} a")] for name in ("pages", "found"))


def make(output, **more):
    options = {"place": "X", "as_of": "2020-05-07", "languages": ("en",), "report": lambda line: None}
    return site.write_pages(output, **options | more)


def test_a_notebook_that_fails_is_named_with_its_error_and_nothing_changes(notebooks, output):
    put(notebooks, "00_brief", code=['raise LookupError("no figure of " + place)'])
    before = contents(output)
    with pytest.raises(RuntimeError, match=r"00_brief\.ipynb, cell \d+: LookupError: no figure of X"):
        make(output)
    assert contents(output) == before


# From here on nothing is run: the outputs that were made up stand in for those of a run.


def as_they_are(groups, parameters, *, done, **_):
    for path in (path for group in groups for path in group):
        done(path, nbformat.read(path, as_version=4), 0.0)


@pytest.fixture
def unrun(monkeypatch):
    monkeypatch.setattr(site, "run_notebooks", as_they_are)


def shown(*outputs):
    """Return what makes a notebook that shows these outputs."""

    def made(lang):
        whole = notebook(lang, "1 + 1")
        whole.cells[-1].outputs = list(outputs)
        return whole

    return made


def test_a_kernel_that_dies_is_told_with_the_notebook(notebooks, output, monkeypatch):
    async def die(*_, **__):
        raise DeadKernelError("Kernel died")

    monkeypatch.setattr(NotebookClient, "async_execute_cell", die)
    put(notebooks, "00_brief")
    before = contents(output)
    with pytest.raises(RuntimeError, match="00_brief"):
        make(output)
    assert contents(output) == before


def test_one_failure_among_many_leaves_everything_as_it_was(notebooks, output, monkeypatch):
    def run(groups, *more, **options):
        as_they_are(groups[:2], *more, **options)
        raise RuntimeError("Kernel died")

    monkeypatch.setattr(site, "run_notebooks", run)
    put(notebooks, "00_brief", "01_targets", "02_drivers", "03_forecast")
    before = contents(output)
    with pytest.raises(RuntimeError, match="Kernel died"):
        make(output, languages=LANGUAGES)
    assert contents(output) == before


def test_every_notebook_has_its_page_in_the_index_and_in_the_navigation(notebooks, output, unrun):
    names = ["00_brief", "01_targets", "02_drivers"]
    put(notebooks, *names)
    make(output, languages=LANGUAGES)
    vi, en = ([menu.page_name(name, lang) for name in names] for lang in LANGUAGES)
    assert [*listed(output / "index.html")] == [[*vi, *en]] * 2
    for name in [*vi, *en]:
        own, other = (vi, en) if name in vi else (en, vi)
        page = Html((output / name).read_text("utf-8"))
        assert page.links[1:] == ["index.html", *own, other[own.index(name)]]
        assert page.source.count('aria-current="page"') == 1


def test_one_language_alone_links_to_no_other(notebooks, output, unrun):
    put(notebooks, "00_brief")
    assert [path.name for path in make(output)] == ["brief.en.html", "index.html"]
    page, index = (Html((output / name).read_text("utf-8")) for name in ("brief.en.html", "index.html"))
    assert page.links[1:] == ["index.html", "brief.en.html"]
    assert index.lang == "en" and {*index.links[1:]} == {"brief.en.html"} and "h2" not in index.tags


def test_outputs_of_each_kind_are_shown_and_texts_are_escaped(notebooks, output, unrun):
    shows = shown(
        new_output("stream", name="stdout", text="<b>printed</b>"),
        new_output("display_data", {"text/plain": "<i>plain</i>"}),
        new_output("display_data", {"text/markdown": "- &lt;u&gt;listed", "text/plain": "object"}),
        new_output("display_data", {"text/html": "<table><td>cell</td></table>", "text/plain": "object"}),
    )
    put(notebooks, "00_brief", made=shows)
    make(output)
    page = Html((output / "brief.en.html").read_text("utf-8"))
    assert [text.strip() for text in page.raw("pre")] == ["<b>printed</b>", "<i>plain</i>"]
    assert page.raw("li") == ["<u>listed"] and page.raw("td") == ["cell"]
    assert "i" not in page.tags and "u" not in page.tags and "object" not in page.raw("main")[0]


def test_a_link_to_a_notebook_leads_to_its_page_in_the_language_of_this_one(notebooks, output, unrun):
    led = new_output(
        "display_data",
        {"text/markdown": "[way](03_forecast.ipynb#how), [other](x.ipynb), [none](09_none.ipynb)"},
    )
    put(notebooks, "00_brief", "03_forecast", made=shown(led))
    make(output, languages=LANGUAGES)
    for lang in LANGUAGES:
        links = Html((output / f"brief.{lang}.html").read_text("utf-8")).links
        assert {f"forecast.{lang}.html#how", "x.ipynb"} <= {*links}
        assert not [link for link in links if "09_none" in link or "none.en" in link]


def test_warnings_are_no_part_of_a_page(notebooks, output, unrun):
    warning = new_output("stream", name="stderr", text="ipykernel_1/2.py:3: UserWarning: careful")
    put(notebooks, "00_brief", made=shown(warning))
    make(output)
    assert "UserWarning" not in (output / "brief.en.html").read_text("utf-8")


def test_some_notebooks_alone_and_none_that_is_not_there(notebooks, output, unrun):
    put(notebooks, "00_brief", "01_targets")
    made = make(output, notebooks=["01_targets"])
    assert [path.name for path in made] == ["targets.en.html", "index.html"]
    before = contents(output)
    with pytest.raises(ValueError, match="no notebook 09_none; choose from 00_brief, 01_targets"):
        make(output, notebooks=["00_brief", "09_none"])
    assert contents(output) == before


def test_a_page_whose_extra_is_missing_is_left_out_unless_asked_for(notebooks, output, unrun, monkeypatch):
    put(notebooks, "00_brief", "06_household_register")
    monkeypatch.setattr(site, "find_spec", lambda name: None)
    said = []
    made = make(output, report=said.append)
    assert [path.name for path in made] == ["brief.en.html", "index.html"]
    assert said[0] == 'left out 06_household_register: pip install "povertystats[register]"'
    asked = make(output, notebooks=["06_household_register"])
    assert asked[0].name == "household-register.en.html"


def test_what_only_a_notebook_tells_is_no_part_of_a_page(notebooks, output, unrun):
    def told(lang):
        made = notebook(lang, "assert True")
        made.cells[0].metadata["tags"] = ["notebook"]
        made.cells[-1].metadata["tags"] = ["check"]
        made.cells[-1].outputs = [new_output("stream", name="stdout", text="checked")]
        title = new_output("display_data", {"text/markdown": "## The page's own title\n\n## Another"})
        made.cells.append(new_code_cell("title", metadata={"tags": ["title"]}, outputs=[title]))
        return made

    put(notebooks, "00_brief", made=told)
    make(output)
    page = Html((output / "brief.en.html").read_text("utf-8"))
    assert page.texts("title") == ["The page's own title · X"] and page.texts("h1") == [
        "The page's own title"
    ]
    assert page.texts("h2") == ["Another"]
    assert "words in English" not in page.source and "checked" not in page.source


def test_a_section_of_which_nothing_is_shown_is_left_out(notebooks, output, unrun):
    def told(lang):
        made = notebook(lang)
        shown = [new_output("display_data", {"text/markdown": "something"})]
        made.cells += [
            new_markdown_cell("Before.\n\n## Nothing\n\nWhat would be told."),
            new_code_cell("if False: 1"),
            new_markdown_cell("More of nothing."),
            new_markdown_cell("## Checked\n\nWords alone."),
            new_code_cell("assert True", metadata={"tags": ["check"]}),
            new_markdown_cell("## Something"),
            new_code_cell("1", outputs=shown),
            new_markdown_cell("## Nothing at the end"),
            new_code_cell("2"),
        ]
        return made

    put(notebooks, "00_brief", made=told)
    make(output)
    page = Html((output / "brief.en.html").read_text("utf-8"))
    assert page.texts("h2") == ["Checked", "Something"]
    assert "Before." in page.text and "Words alone." in page.text and "something" in page.text
    assert "What would be told." not in page.text and "More of nothing." not in page.text


def case(only, name=""):
    """Return what makes a notebook that speaks of its committed parameters alone."""

    def made(lang):
        whole = notebook(lang)
        whole.metadata["povertystats"] = {"only": only, **({"name": name} if name else {})}
        return whole

    return made


@pytest.mark.parametrize(
    ("only", "given", "kept"),
    [
        (["place", "as_of", "data"], {"place": "nowhere"}, True),
        (["place", "as_of", "data"], {"place": "X"}, False),
        (["place", "as_of", "data"], {"place": 'X # "Y'}, False),
        (["place", "as_of", "data"], {"place": "nowhere", "as_of": "2020-05-08"}, False),
        (["place", "as_of", "data"], {"place": "nowhere", "data": "."}, False),
        (["data"], {"place": "X", "as_of": "2019-01-01"}, True),
        (["data"], {"data": "."}, False),
    ],
)
def test_a_page_of_one_case_is_made_where_the_parameters_are_its_own(
    notebooks, output, unrun, only, given, kept
):
    put(notebooks, "00_brief")
    put(notebooks, "08_case", made=case(only, "The <case>"))
    made = [path.name for path in make(output, **given)]
    assert made == ["brief.en.html", *["case.en.html"] * kept, "index.html"]
    page, index = (Html((output / name).read_text("utf-8")) for name in ("brief.en.html", "index.html"))
    assert ("case.en.html" in page.links) == ("case.en.html" in index.links) == kept
    assert index.texts("h2") == [say("page.examples", "en")] * kept
    if kept:
        assert "The <case>" in page.texts("a") and say("page.examples", "en") in page.text
    else:
        with pytest.raises(ValueError, match="another place, day or package.*08_case"):
            make(output, notebooks="08_case", **given)


def test_pages_of_one_case_come_last_under_one_heading(notebooks, output, unrun):
    put(notebooks, "00_brief", "07_what_is_known")
    put(notebooks, "06_household_register", "08_case", made=case(["data"], "Case"))
    make(output, languages=LANGUAGES)
    index = Html((output / "index.html").read_text("utf-8"))
    names = ["brief", "what-is-known", "household-register", "case"]
    assert next(listed(output / "index.html")) == [
        f"{name}.{lang}.html" for lang in LANGUAGES for name in names
    ]
    assert index.texts("h2")[:2] == [say("page.annex", "vi"), say("page.examples", "vi")]
    assert index.source.count(say("page.examples", "en")) == 1


def test_a_print_is_not_lost_with_a_page_that_was_not_made(notebooks, output, unrun):
    put(notebooks, "00_brief", "01_targets")
    for lang in LANGUAGES:
        (output / f"brief.{lang}.pdf").write_text("print", "utf-8")
    make(output, notebooks="01_targets")
    make(output, languages=("vi",))
    assert not (output / "brief.vi.pdf").exists() and (output / "brief.en.pdf").read_text("utf-8") == "print"


@pytest.mark.parametrize("languages", ["vi", (), []])
def test_languages_are_one_or_more(notebooks, tmp_path, languages):
    put(notebooks, "00_brief")
    with pytest.raises(ValueError, match=r"expected one or more, such as \('vi', 'en'\)"):
        make(tmp_path / "new", languages=languages)
    with pytest.raises(ValueError, match="is not a date"):
        make(tmp_path / "new", as_of=None)
    assert not (tmp_path / "new").exists()


def test_what_earlier_pages_offered_or_printed_goes_with_them(notebooks, output, unrun):
    put(notebooks, "00_brief")
    (output / "files").mkdir()
    for name in ("files/brief.en-9.csv", "files/mine.csv", "files/drivers.en-1.csv", "brief.en.pdf"):
        (output / name).write_text("old", "utf-8")
    make(output)
    left = {path.name for path in (output / "files").iterdir()}
    assert left == {"mine.csv", "drivers.en-1.csv"} and not (output / "brief.en.pdf").exists()


def test_a_workbook_of_another_place_goes_with_the_page_that_offered_it(notebooks, output, unrun):
    put(notebooks, "00_brief")
    (output / "files").mkdir()
    for name in ("files/x-targets-2020.xlsx", "files/y-targets-2020.xlsx"):
        (output / name).write_text("old", "utf-8")
    (output / "brief.en.html").write_text('<a href="files/x-targets-2020.xlsx" download>Excel</a>', "utf-8")
    make(output)
    assert {path.name for path in (output / "files").iterdir()} == {"y-targets-2020.xlsx"}


def test_the_brief_is_printed_when_asked_for(notebooks, output, unrun, monkeypatch):
    def print_pages(pages):
        for page in pages:
            page.with_suffix(".pdf").write_text(f"print of {page.name}", "utf-8")
        return [page.with_suffix(".pdf") for page in pages]

    monkeypatch.setattr(pdf, "print_pages", print_pages)
    put(notebooks, "00_brief", "01_targets")
    made = [path.name for path in make(output, pdf=True)]
    assert made == ["brief.en.html", "targets.en.html", "index.html", "brief.en.pdf"]
    assert (output / "brief.en.pdf").read_text("utf-8") == "print of brief.en.html"
    assert "brief.en.pdf" in Html((output / "brief.en.html").read_text("utf-8")).links
    assert "brief.en.pdf" in Html((output / "index.html").read_text("utf-8")).links
    assert "brief.en.pdf" not in Html((output / "targets.en.html").read_text("utf-8")).links


def test_a_print_that_fails_changes_nothing(notebooks, output, unrun, monkeypatch):
    def fail(pages):
        raise RuntimeError("no Chromium")

    monkeypatch.setattr(pdf, "print_pages", fail)
    put(notebooks, "00_brief")
    before = contents(output)
    with pytest.raises(RuntimeError, match="no Chromium"):
        make(output, pdf=True)
    assert contents(output).items() - {("files", None)} == before.items() - {("files", None)}


def test_an_unknown_language_is_refused_before_anything_is_made(notebooks, tmp_path):
    put(notebooks, "00_brief")
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        make(tmp_path / "new", languages=("en", "fr"))
    assert not (tmp_path / "new").exists()


def test_the_project_has_a_brief_and_a_name_in_each_language_for_every_notebook():
    for lang in LANGUAGES:
        names = sorted(path.stem for path in (menu.NOTEBOOKS / lang).glob("*.ipynb"))
        assert names[:2] == ["00_brief", "01_targets"]
        for name in names:
            own = menu.about(name, lang).get("name")
            assert own or say(f"page.name.{menu.page_name(name, lang).split('.')[0]}", lang)
