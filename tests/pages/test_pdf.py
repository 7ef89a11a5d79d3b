"""Pages come out as PDF by the real Chromium where there is one; without it, or when it fails, nothing is written."""

import asyncio
import http.server
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
import unicodedata

import pypdf
import pytest
from playwright.async_api import Error, Page

from povertystats.pages import pdf
from povertystats.pages.pdf import print_pages

CHROMIUM = next(filter(None, map(shutil.which, pdf._NAMES)), None)
REAL = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
TITLE = "Bắc Kạn: mục tiêu giảm nghèo"
WORDS = (
    "Tỷ lệ hộ nghèo giảm ít nhất 2,5 điểm phần trăm: xác suất 41%, khoảng 2 trên 5. Ngưỡng, chuẩn, ướt, ẵẫẳ."
)
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<style>@page {{ size: A4; margin: 15mm }} html {{ font-family: "Noto Sans", "DejaVu Sans", "Liberation Sans", sans-serif }}</style></head><body><h1>{title}</h1><p>{words}</p>
<table><thead><tr><th scope="col">Mục tiêu</th></tr></thead><tbody>{rows}</tbody></table>{more}</body></html>"""


def page(path, *, lang="vi", rows=3, more=""):
    body = "".join(f"<tr><td>Huyện thứ {n}</td></tr>" for n in range(rows))
    path.write_text(PAGE.format(lang=lang, title=TITLE, words=WORDS, rows=body, more=more), "utf-8")
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def letters(sheets):
    """Return the text without spaces: where a font lacks a letter, pypdf puts one around its stand-in."""
    return "".join("".join(sheet.extract_text().split()) for sheet in sheets)


def packed(text):
    return text.replace(" ", "")


def ended(process, seconds=5):
    """Say whether a process is gone, or waits only to be counted, within so many seconds."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        told = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True)
        if told.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.05)
    return False


def fake(tmp_path, monkeypatch, script):
    """Put a script in the place of Chromium."""
    program = tmp_path / "programs" / "chromium"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("POVERTYSTATS_CHROMIUM", str(program))


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """A page that asks a server of this machine for a picture, printed: its PDF, and what the server was asked."""
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    folder = tmp_path_factory.mktemp("pages")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = [f"http://{host}:{server.server_port}/x.png" for host in ("127.0.0.1", "localhost")]
    more = "".join(f'<img alt="" src="{address}">' for address in addresses)
    try:
        paths = print_pages(
            [page(folder / "a.vi.html", rows=120, more=more), page(folder / "a.en.html", lang="en")]
        )
    finally:
        server.shutdown()
        server.server_close()
    assert [path.name for path in paths] == ["a.vi.pdf", "a.en.pdf"]
    assert names(folder) == ["a.en.html", "a.en.pdf", "a.vi.html", "a.vi.pdf"]
    return [pypdf.PdfReader(path) for path in paths], asked


@REAL
def test_every_word_is_there_with_its_diacritics_in_nfc(printed):
    text = letters(printed[0][0].pages)
    assert packed(WORDS) in text and all(packed(f"Huyện thứ {n}") in text for n in range(120))
    assert unicodedata.is_normalized("NFC", text)


@REAL
def test_it_is_a4_tagged_and_says_its_language_and_title(printed):
    for document, lang in zip(printed[0], ("vi", "en"), strict=True):
        root = document.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"] == lang
        assert document.metadata.title == TITLE
        assert [entry.title for entry in document.outline] == [TITLE]
        for sheet in document.pages:
            assert [float(x) for x in sheet.mediabox] == pytest.approx([0, 0, 595.3, 841.9], abs=0.5)


@REAL
def test_a_long_table_says_its_header_on_every_sheet_and_nothing_else_is_printed_on_it(printed):
    sheets = [letters([sheet]) for sheet in printed[0][0].pages]
    assert len(sheets) > 2 and all(packed("Mục tiêu") in sheet for sheet in sheets)
    assert not any("file:" in sheet for sheet in sheets)


@REAL
def test_no_host_is_asked(printed):
    assert printed[1] == []


@REAL
def test_into_a_folder(tmp_path):
    (tmp_path / "pdf").mkdir()
    source = page(tmp_path / "a b # ệ.html")
    assert print_pages([str(source)], tmp_path / "pdf") == [tmp_path / "pdf" / "a b # ệ.pdf"]
    assert packed(TITLE) in letters(pypdf.PdfReader(tmp_path / "pdf" / "a b # ệ.pdf").pages)
    assert names(tmp_path) == ["a b # ệ.html", "pdf"]


def test_no_pages_are_no_work(monkeypatch, tmp_path):
    fake(tmp_path, monkeypatch, "exit 1")
    assert print_pages([]) == []


def test_without_chromium_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("POVERTYSTATS_CHROMIUM", raising=False)
    with pytest.raises(
        RuntimeError, match="chromium, chromium-browser, google-chrome.*apt install chromium.*POVERTY"
    ):
        print_pages([page(tmp_path / "a.html")])
    assert names(tmp_path) == ["a.html"]


def test_a_chromium_that_is_named_and_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("POVERTYSTATS_CHROMIUM", "no-such-chromium")
    with pytest.raises(RuntimeError, match="POVERTYSTATS_CHROMIUM names 'no-such-chromium'"):
        print_pages([page(tmp_path / "a.html")])


@pytest.mark.parametrize(
    "script", ["echo 'dbus is away' >&2; echo 'no display' >&2; exit 3", "echo 'no display' >&2"]
)
def test_a_chromium_that_fails_is_quoted_and_leaves_nothing(tmp_path, monkeypatch, script):
    fake(tmp_path, monkeypatch, script)
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"old")
    with pytest.raises(RuntimeError, match="^Chromium could not print: .*no display") as error:
        print_pages([page(folder / "a.html")])
    assert "dbus" not in str(error.value) and "\n" not in str(error.value)
    assert names(folder) == ["a.html", "a.pdf"] and (folder / "a.pdf").read_bytes() == b"old"


@REAL
def test_when_one_page_fails_none_is_written(tmp_path, monkeypatch):
    pages, pdf_of = [page(tmp_path / f"{name}.html") for name in "abc"], Page.pdf

    async def fail(self, **options):
        if self.url.endswith("b.html"):
            raise Error("out of memory")
        return await pdf_of(self, **options)

    monkeypatch.setattr(Page, "pdf", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        print_pages(pages)
    assert names(tmp_path) == ["a.html", "b.html", "c.html"]


def test_without_playwright_the_error_names_the_extra(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "exit 1")
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    with pytest.raises(ModuleNotFoundError, match=r'print extra: pip install "povertystats\[print\]"'):
        print_pages([page(tmp_path / "a.html")])


@REAL
def test_a_page_that_hangs_is_ended(tmp_path, monkeypatch):
    async def hang(self, **options):
        await asyncio.sleep(30)

    monkeypatch.setattr(Page, "pdf", hang)
    monkeypatch.setattr(pdf, "_LIMIT", 5)
    with pytest.raises(RuntimeError, match="a.html: Chromium was not done after 5 seconds"):
        print_pages([page(tmp_path / "a.html")])
    assert names(tmp_path) == ["a.html"]


def test_a_chromium_that_hangs_is_ended_with_its_helpers(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, f"sleep 30 & echo $! > {tmp_path}/helper; wait")
    monkeypatch.setattr(pdf, "_LIMIT", 0.5)
    with pytest.raises(RuntimeError, match="could not print: .*500ms"):
        print_pages([page(tmp_path / "a.html")])
    helper = int((tmp_path / "helper").read_text("utf-8"))
    assert ended(helper) and not (tmp_path / "a.pdf").exists()


def test_only_root_goes_without_the_sandbox(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/said; exit 1')
    source = page(tmp_path / "a.html")
    for user, expected in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        with pytest.raises(RuntimeError, match="could not print"):
            print_pages([source])
        assert ("--no-sandbox" in (tmp_path / "said").read_text()) is expected


def test_every_page_that_cannot_be_printed_is_told_at_once(tmp_path):
    (tmp_path / "b").mkdir()
    good = [page(tmp_path / "c.html"), page(tmp_path / "b" / "c.html")]
    with pytest.raises(OSError, match="a.html: there is no such page; .*c.pdf: several pages"):
        print_pages([tmp_path / "a.html", *good], tmp_path)
    with pytest.raises(OSError, match="b: there is no such page"):
        print_pages([tmp_path / "b"])
