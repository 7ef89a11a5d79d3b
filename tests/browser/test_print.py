"""The PDFs in build/, after ``make pdf``: on paper whole, to be searched and read aloud, with the scorecard's figures."""

import re
from pathlib import Path

import pytest

from povertystats.sheet.answer import headline

BUILD = Path(__file__).resolve().parents[2] / "build"
BRIEFS = {"brief.vi.pdf", "brief.en.pdf"}
PRINTS = sorted(BRIEFS | {path.name for path in BUILD.glob("*.pdf")})
A4 = (595.28, 841.89)
SMALLEST = 7.99  # points
# What stands under one another.
BLOCKS = re.compile(r"/(H\d|P|LI|TR|Caption|Figure|Code|BlockQuote)")


@pytest.fixture
def paper(printed, name):
    assert (BUILD / name).exists(), f"no {name} in build/; run make pdf"
    return printed(BUILD / name)


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
        assert paper.root["/MarkInfo"]["/Marked"].value and paper.root["/StructTreeRoot"]["/K"]
        assert paper.root["/Lang"] == name.split(".")[-2]
        assert paper.reader.metadata.title == visit((BUILD / name).with_suffix(".html")).page.title()

    def test_every_row_of_every_table_stands_in_its_text(self, paper, rows, name):
        assert paper.lacks("".join(cells) for cells in rows) == []

    def test_no_row_and_no_figure_is_split(self, paper, name):
        rows = [part for part in paper.parts() if part["/S"] == "/TR"]
        # A head, which has no data, is repeated where its table goes over a page.
        rows = [row for row in rows if any(cell["/S"] == "/TD" for cell in paper.children(row))]
        figures = [part for part in paper.parts() if part["/S"] == "/Figure"]
        told = [(part["/S"], part.get("/Alt"), paper.pages(part)) for part in [*rows, *figures]]
        assert told and [part for part in told if len(part[-1]) != 1] == []

    def test_no_heading_is_left_behind(self, paper, name):
        told = [(part["/S"], paper.pages(part)) for part in paper.parts() if BLOCKS.fullmatch(part["/S"])]
        told = [(kind, pages) for kind, pages in told if pages]
        pairs = [(one, after) for one, after in zip(told, told[1:], strict=False) if one[0].startswith("/H")]
        assert pairs and [(one, after) for one, after in pairs if max(one[1]) != min(after[1])] == []

    def test_caption_head_and_first_row_of_a_table_stand_together(self, paper, name):
        tables = [paper.children(part) for part in paper.parts() if part["/S"] == "/Table"]
        tops = [[part for part in table if isinstance(part, dict) and "/S" in part][:3] for table in tables]
        begin = [[min(paper.pages(part)) for part in top] for top in tops]
        assert begin and [pages for pages in begin if len(set(pages)) != 1] == []

    def test_its_links_lead_to_the_web_or_within_it(self, paper, name):
        """A link to a file beside the page would name a folder of the machine that printed it."""
        links = [str(action["/URI"]) for action in paper.actions if action["/S"] == "/URI"]
        assert {action["/S"] for action in paper.actions} <= {"/URI", "/GoTo"}
        assert [link for link in links if not link.startswith(("https://", "http://"))] == []

    def test_every_figure_is_told_in_words(self, paper, name):
        figures = [part for part in paper.parts() if part["/S"] == "/Figure"]
        assert [figure for figure in figures if len(figure.get("/Alt", "")) < 20] == []

    def test_every_letter_is_on_the_paper_and_can_be_read(self, paper, name):
        assert min(size for size, *_ in paper.letters) >= SMALLEST, sorted(paper.letters)[:5]
        assert [text for _, left, text in paper.letters if not 0 < left < A4[0]] == []


@pytest.mark.parametrize("name", sorted(BRIEFS))
class TestTheBrief:
    def test_it_is_one_paper(self, paper, name):
        assert len(paper.reader.pages) == 1

    def test_it_gives_the_answer_of_the_scorecard(self, paper, card, known, name):
        lang = name.split(".")[-2]
        sentence = headline(card, known, lang)
        assert paper.lacks([sentence]) == []
        # The third reading is that of the letter, which nobody meant.
        chances = card.table.loc[card.table["target"] == "poverty", "probability"].iloc[:2]
        assert re.search(".*".join(rf"\b{100 * chance:.0f} " for chance in chances), sentence)
