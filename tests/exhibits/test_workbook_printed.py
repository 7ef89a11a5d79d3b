"""The workbook as LibreOffice prints it: the targets on one page, and no text cut off anywhere."""

import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from dataclasses import replace

import openpyxl
import pypdf
import pytest

from povertystats.exhibits.workbook import write_workbook
from povertystats.words.wording import LANGUAGES

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="needs LibreOffice (Debian: apt install libreoffice-calc-nogui)"
)
# As long as wordings of offices get, in capitals, without a blank.
LONG = ("word " * 60, "TỶ LỆ HỘ NGHÈO " * 12, "https://example.org/" + "a-long-path/" * 20, "MẠNG " * 40)


def letters(text):
    """Count the letters of a text: those that a typeface lacks are drawn apart, and stand elsewhere in what is read."""
    return Counter(unicodedata.normalize("NFC", "".join(text.split())))


def plain(text):
    """Return the letters that every typeface has, in their order."""
    return re.sub(r"[^!-~]", "", text)


@pytest.fixture(scope="module")
def printed(card, known, tmp_path_factory):
    """Return of each workbook its sheets and its pages: both languages, and one whose targets are told at length."""
    folder = tmp_path_factory.mktemp("printed")
    details = [
        replace(found, target=replace(found.target, wording=dict.fromkeys(LANGUAGES, LONG[at % len(LONG)])))
        for at, found in enumerate(card.details)
    ]
    long = replace(card, details=tuple(details))
    books = {"vi": (card, "vi"), "en": (card, "en"), "long": (long, "vi")}
    paths = [
        write_workbook(what, known, folder / f"{name}.xlsx", lang) for name, (what, lang) in books.items()
    ]
    home = f"-env:UserInstallation=file://{folder}/home"
    command = [SOFFICE, home, "--headless", "--convert-to", "pdf", "--outdir", folder, *paths]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {
        path.stem: (openpyxl.load_workbook(path).worksheets, pypdf.PdfReader(path.with_suffix(".pdf")).pages)
        for path in paths
    }


def heads(sheet):
    """Return the first two heads of a sheet, which stand on each of its pages."""
    (table,) = sheet.tables.values()
    return [plain(column.name) for column in table.tableColumns[:2]]


def pages_of(sheets, pages):
    """Return of each page the number of its sheet."""
    found = [plain(page.extract_text()) for page in pages]
    return [next(at for at, sheet in enumerate(sheets) if "".join(heads(sheet)) in text) for text in found]


@pytest.mark.parametrize("name", ["vi", "en", "long"])
def test_the_targets_are_on_one_page_and_every_sheet_begins_a_page_with_its_heads(printed, name):
    sheets, pages = printed[name]
    of = pages_of(sheets, pages)
    assert of == sorted(of) and set(of) == set(range(len(sheets))) and of.count(0) == 1
    assert all(float(page.mediabox.width) == pytest.approx(842, abs=1) for page in pages)  # A4 across
    assert len(pages) <= (20 if name == "long" else 10)


@pytest.mark.parametrize("name", ["vi", "en", "long"])
def test_no_text_is_cut_off_and_every_number_is_shown(printed, name):
    sheets, pages = printed[name]
    of = pages_of(sheets, pages)
    for at, sheet in enumerate(sheets):
        text = "".join(page.extract_text() for page, n in zip(pages, of, strict=True) if n == at)
        folded = {c for x in sheet.column_dimensions.values() if x.hidden for c in range(x.min, x.max + 1)}
        cells = (cell for row in sheet.iter_rows() for cell in row if cell.column not in folded)
        told = "".join(cell.value for cell in cells if isinstance(cell.value, str))
        assert letters(told) - letters(text) == {}, sheet.title
        assert "###" not in text
