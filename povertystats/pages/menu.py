"""The pages by their layers, and the menu that leads to them: the reader's pages, and one entry for the annex."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from povertystats.words.languages import ENGLISH, code
from povertystats.words.wording import language_name, say

_HERE = Path(__file__).resolve().parent
# A folder for each language. In a checkout they stand beside the package, in an installation inside it.
NOTEBOOKS = next(d for d in (_HERE.parent / "notebooks", _HERE.parent.parent / "notebooks") if d.is_dir())
# The notebook with the answer.
BRIEF = "00_brief"
# The reader's pages in their order; what a notebook says of its own layer goes before this.
_READERS = (BRIEF, "01_targets", "10_districts", "04_what_if")


def page_name(notebook: str, lang: str, form: str = "html") -> str:
    """Return the file name of a notebook's page.

    >>> page_name("00_brief", "vi"), page_name("04_what_if", "en")
    ('brief.vi.html', 'what-if.en.html')
    """
    return f"{short(notebook)}.{code(lang)}.{form}"


def short(notebook: str) -> str:
    """Return what a notebook is called in the names of files."""
    return notebook.partition("_")[2].replace("_", "-")


def notebook_of(name: str, lang: str) -> Path:
    """Return the file of a notebook: the English one for a language that has none."""
    return NOTEBOOKS / (lang if (NOTEBOOKS / lang).is_dir() else ENGLISH) / f"{name}.ipynb"


def about(name: str, lang: str) -> dict[str, Any]:
    """Return what a notebook says of its page.

    ``only``: the parameters without whose committed values there is none; ``layer``: "reader", "annex" or "hidden",
    which is made and stands in no menu; ``name``: what it is called in the menu.
    """
    path = notebook_of(name, lang)
    return _about(path, path.stat().st_mtime_ns)


@cache
def _about(path: Path, written: int) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))["metadata"].get("povertystats", {})


def layers(names: Sequence[str], lang: str) -> dict[str, list[str]]:
    """Return the notebooks of each layer, in the order in which they are read."""
    found: dict[str, list[str]] = {"reader": [], "annex": [], "hidden": []}
    for name in names:
        found[about(name, lang).get("layer") or ("reader" if name in _READERS else "annex")].append(name)
    found["reader"].sort(key=lambda name: _READERS.index(name) if name in _READERS else len(_READERS))
    return found


def page_link(name: str, lang: str, up: str = "") -> dict[str, Any]:
    """Return the link to the page of a notebook, which stands ``up`` ("../") from here."""
    named = about(name, lang).get("name") or say(f"page.name.{short(name)}", lang)
    return {"href": f"{up}{page_name(name, lang)}", "text": named}


def menu(names: Sequence[str], lang: str, languages: Sequence[str], here: str = "") -> list[dict[str, Any]]:
    """Return the links of a menu; one with ``pages`` opens a list of them. ``here``: the notebook of the page.

    Of those that speak of one place, day or package alone, the first has what stands above them as its ``heads``.
    """
    found = layers(names, lang)
    links: list[dict[str, Any]] = [{"href": "index.html", "text": say("page.index", lang)}]
    links += [page_link(name, lang) | {"current": name == here} for name in found["reader"]]
    if found["annex"]:
        pages = [page_link(name, lang) | {"current": name == here} for name in found["annex"]]
        for name, page in zip(found["annex"], pages, strict=True):
            if about(name, lang).get("only"):
                page["heads"] = say("page.examples", lang)
                break
        links.append({"text": say("page.annex", lang), "pages": pages, "current": here in found["annex"]})
    others = [other for other in languages if other != lang]
    return links + [
        {
            "href": page_name(here, other) if here else "index.html",
            "text": language_name(other),
            "lang": code(other),
        }
        for other in others
    ]
