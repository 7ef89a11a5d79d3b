"""The PDFs in build/, after ``make pdf``: on paper whole, to be searched and read aloud, with the scorecard's figures."""

import math
import re
import unicodedata
from pathlib import Path

import pypdf
import pytest

BUILD = Path(__file__).resolve().parents[2] / "build"
BRIEFS = {"brief.vi.pdf", "brief.en.pdf"}
PRINTS = sorted(BRIEFS | {path.name for path in BUILD.glob("*.pdf")})
A4 = (595.28, 841.89)
SMALLEST = 7  # points
BLOCKS = {"/P", "/LI", "/TR", "/Caption", "/Figure", "/Code", "/BlockQuote"}


class Print:
    """A PDF as its reader gets it: its text, and the parts of its structure with the pages on which each stands."""

    def __init__(self, path):
        assert path.exists(), f"no {path.name} in build/; run make pdf"
        self.reader = pypdf.PdfReader(path)
        self.root = self.reader.trailer["/Root"]
        self.text = bare("".join(page.extract_text() for page in self.reader.pages))
        self._numbers = {page.indirect_reference.idnum: i for i, page in enumerate(self.reader.pages, start=1)}

    @property
    def letters(self):
        """Every piece of text: its size in points, where it begins, from the left edge, and the text."""
        found = []

        def note(text, page, line, _, size):
            if text.strip():
                a, b, c, d, e, f = line
                scale = math.hypot(a, b) * math.hypot(page[0], page[1])
                found.append((size * scale, e * page[0] + f * page[2] + page[4], text.strip()))

        for page in self.reader.pages:
            page.extract_text(visitor_text=note)
        return found

    def parts(self, node=None):
        """Yield every element of the structure in reading order."""
        for child in _children(self.root["/StructTreeRoot"] if node is None else node):
            if isinstance(child, dict) and "/S" in child:
                yield child
                yield from self.parts(child)

    def pages(self, node, page=None):
        """Return the numbers of the pages that hold what an element holds."""
        page = node.raw_get("/Pg").idnum if "/Pg" in node else page
        found = set()
        for child in _children(node):
            found |= self.pages(child, page) if isinstance(child, dict) else {self._numbers[page]}
        return found or ({self._numbers[page]} if node.get("/Type") == "/MCR" else set())


def _children(node):
    children = node.get("/K", [])
    return [child.get_object() for child in (children if isinstance(children, list) else [children])]


def head(part):
    """Say whether a part is the head of a table, which is repeated where the table goes over a page."""
    return part["/S"] == "/TR" and all(cell["/S"] == "/TH" for cell in _children(part) if "/S" in cell)


def bare(text):
    """Return a text without the spaces, which lines and columns put in where the page has none."""
    return "".join(unicodedata.normalize("NFC", text).split())


@pytest.fixture(scope="module")
def prints():
    made = {}
    return lambda name: made.get(name) or made.setdefault(name, Print(BUILD / name))


@pytest.fixture
def paper(prints, name):
    return prints(name)


@pytest.fixture
def rows(visit, name):
    """The cells of every row of the page's tables that is printed."""
    page = visit((BUILD / name).with_suffix(".html")).page
    page.emulate_media(media="print")
    yield page.evaluate(
        "[...document.querySelectorAll('tr')].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
        ".filter(cells => cells.some(Boolean))"
    )
    page.emulate_media(media="screen")


@pytest.mark.parametrize("name", PRINTS)
class TestEveryPrint:
    def test_it_is_on_a4_and_its_structure_language_and_title_are_told(self, paper, visit, name):
        for page in paper.reader.pages:
            assert [float(side) for side in page.mediabox[2:]] == pytest.approx(A4, abs=1)
        assert paper.root["/MarkInfo"]["/Marked"] is True or paper.root["/MarkInfo"]["/Marked"].value
        assert paper.root["/Lang"] == name.split(".")[-2]
        assert paper.reader.metadata.title == visit((BUILD / name).with_suffix(".html")).page.title()

    def test_every_row_of_every_table_stands_in_its_text(self, paper, rows, name):
        assert [cells for cells in rows if bare("".join(cells)) not in paper.text] == []

    def test_no_row_and_no_figure_is_split(self, paper, name):
        whole = [part for part in paper.parts() if part["/S"] in ("/TR", "/Figure") and not head(part)]
        assert [(part["/S"], part.get("/Alt"), paper.pages(part)) for part in whole if len(paper.pages(part)) != 1] == []

    def test_no_heading_and_no_caption_is_left_behind(self, paper, name):
        told = [part for part in paper.parts() if part["/S"] in BLOCKS or re.fullmatch(r"/H\d", part["/S"])]
        told = [part for part in told if paper.pages(part)]
        pairs = [(one, after) for one, after in zip(told, told[1:], strict=False) if one["/S"][1] in "HC"]
        assert pairs
        for one, after in pairs:
            assert max(paper.pages(one)) == min(paper.pages(after)), (one["/S"], paper.pages(one), after["/S"])

    def test_every_figure_is_told_in_words(self, paper, name):
        figures = [part for part in paper.parts() if part["/S"] == "/Figure"]
        assert all(len(figure["/Alt"]) >= 20 for figure in figures)

    def test_every_letter_is_on_the_paper_and_can_be_read(self, paper, name):
        letters = paper.letters
        assert letters and min(size for size, *_ in letters) >= SMALLEST, sorted(letters)[:5]
        assert all(0 < left < A4[0] for _, left, _ in letters)


@pytest.mark.parametrize("name", sorted(BRIEFS))
class TestTheBrief:
    def test_it_has_two_to_four_pages(self, paper, name):
        assert 2 <= len(paper.reader.pages) <= 4

    def test_it_gives_the_answer_of_the_scorecard(self, paper, card, name):
        lang = name.split(".")[-2]
        assert [line for line in card.headline(lang).splitlines() if bare(line) not in paper.text] == []

    def test_its_table_holds_every_target_with_its_probability(self, rows, card, name):
        """That the print holds every row of that table is checked above."""
        said = card.display(name.split(".")[-2]).iloc[:, :2].values.tolist()
        found = {cells[0]: cells[1:] for cells in rows}
        for wording, probability in said:
            assert any(probability in cell for cell in found[wording]), (wording, probability)
