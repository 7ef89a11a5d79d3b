"""What every page wears: its policy, its style with the typeface, the words around its content."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from povertystats.exhibits.picture import FOLDER, FONTS
from povertystats.pages.headings import add_contents, entries, mark_headings, spread, tell_apart
from povertystats.pages.menu import page_name
from povertystats.pages.terms import explain
from povertystats.words.wording import LANGUAGES, language_name, say

if TYPE_CHECKING:
    from bs4 import Tag
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Nothing is fetched, nothing runs but the scripts named by their hashes, whatever stands in a name or a note. A style
# sheet of ours may stand beside a page; one that is opened as a file has no host that could be "self".
_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src {sheets}'unsafe-inline'; script-src {scripts}; "
    "base-uri 'none'; form-action 'none'"
)
# So many letters describe a page to who looks for it.
_DESCRIBED = 200
_NOTEBOOK = re.compile(r"(\d\d_\w+)\.ipynb(#.*)?$")
_BESIDE = "'self' file: "


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def digest(text: str) -> str:
    """Return a script as a policy names it."""
    return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"


def dress(lang: str, scripts: str = "'none'", *, sheet: str = "") -> dict[str, Any]:
    """Return what every page wears: its policy, its style, and the words around its content.

    ``sheet``: where the style stands beside the page; it is in the page where left out.
    """
    words = ("skip", "nav", "footer", "files")
    return {
        "css": "" if sheet else style(),
        "sheet": sheet,
        "policy": _POLICY.format(scripts=scripts, sheets=_BESIDE if sheet else ""),
        "words": {word: say(f"page.{word}", lang) for word in words},
        "forms": {form: say(f"page.file.{form}", lang) for form in ("png", "svg", "csv")},
        "english": english(lang),
        "spoken": lang,
    }


def style() -> str:
    """Return the style of all pages, with the typeface in it."""
    faces = "\n".join(
        f'@font-face {{ font-family: "Povertystats"; font-weight: {weight}; src: url(data:font/otf;base64,'
        f"{_base64(path.read_bytes())}); }}"
        for weight, path in FONTS.items()
    )
    return f"{faces}\n{(TEMPLATES / 'page' / 'page.css').read_text('utf-8')}"


def english(lang: str) -> str:
    """Return what says which parts of a page are in English: of a language file, the prose of the notebooks is."""
    if lang in LANGUAGES:
        return ""
    return say("page.english", lang, language=language_name(lang), file=Path(lang).name)


def rendered(notebook: NotebookNode, resources: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return the page of a notebook that was run, with its headings to be linked to, and what it may be searched for.

    ``resources``: what the template fills in; of the annex (``annex``), a page says what it contains.
    """
    from bs4 import BeautifulSoup

    text, _ = _exporter().from_notebook_node(notebook, resources={**resources})
    page = BeautifulSoup(text, "html.parser")
    main = page.main
    assert main is not None
    # Of a page in two languages each part says which it is in.
    for part in main.find_all("div", lang=True, recursive=False):
        for element in part.find_all(True, recursive=False):
            element["lang"] = part["lang"]
        part.unwrap()
    _lead_to_pages(main, resources)
    if page.head and (first := main.select_one("blockquote, p:not(.english)")):
        told = shorten(first.get_text(" ", strip=True), _DESCRIBED, placeholder=" …")
        page.head.append(page.new_tag("meta", attrs={"name": "description", "content": told}))
    mark_headings(page, main, resources["spoken"])
    tell_apart(main)
    explain(page, main, resources["spoken"], ours=not resources.get("alone"))
    if resources.get("sheet_of"):
        spread(page, main)
    if resources.get("annex"):
        add_contents(page, main, resources["spoken"])
    found = [*entries(main, rows=not resources.get("annex"))]
    return page.decode(formatter=_written()), found


def offered(page: str) -> list[str]:
    """Return the names of the files beside a page that it offers.

    >>> offered('<a href="files/brief.vi-1.csv" download>CSV</a> <a href="targets.vi.html">')
    ['brief.vi-1.csv']
    """
    return re.findall(rf'href="{FOLDER}/([^"/]+)"', page)


def _lead_to_pages(main: Tag, resources: Mapping[str, Any]) -> None:
    """Let a link to a notebook lead to its page, and none where that is not made."""
    for link in main.find_all("a", href=_NOTEBOOK):
        found = _NOTEBOOK.match(str(link["href"]))
        if found and found[1] in resources.get("pages", ()):
            link["href"] = f"{page_name(found[1], resources['spoken'])}{found[2] or ''}"
        else:
            link.unwrap()


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    # Its templates are compiled once for all pages.
    folders = [str(TEMPLATES)]
    return HTMLExporter(template_name="page", extra_template_basedirs=folders, exclude_anchor_links=True)


@cache
def _written() -> Any:
    """Return how a page is written: letters as they are, no slash where nothing is closed."""
    from bs4.formatter import EntitySubstitution, HTMLFormatter

    return HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")
