"""The page of one place among many: its brief, with what all places share written once, beside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from povertystats.exhibits.picture import FOLDER, Picture
from povertystats.files.writing import csv
from povertystats.pages.colophon import colophon, stands_alone
from povertystats.pages.dress import dress, offered, rendered
from povertystats.pages.kernels import first_line, kept, run_inline
from povertystats.pages.menu import BRIEF, notebook_of, page_link
from povertystats.words.languages import code
from povertystats.words.markdown import escape
from povertystats.words.names import plain
from povertystats.words.wording import language_name, say

if TYPE_CHECKING:
    from povertystats.facts.places import Places

# The notebooks that say the same of all places: made once, and led to from every page.
SHARED = ("02_drivers", "11_drivers_annex")
# Folders of the pages of places and of what they share.
PLACES, BESIDE = "places", "shared"
SHEET = f"{BESIDE}/page.css"
_MARK = re.compile(rb'data-inputs="([0-9a-f]{64})"')


@dataclass(frozen=True)
class PlacePage:
    """What the page of a place is made from.

    ``given``: the notebook's parameters but lang and place; ``languages``: those that places have pages in; ``inputs``:
    a digest of all else that pages rest on.
    """

    place: str
    slug: str
    lang: str
    given: Mapping[str, str | None]
    languages: Sequence[str]
    inputs: str

    @property
    def path(self) -> str:
        """Where the page stands below the folder of all."""
        return f"{PLACES}/{self.slug}.{code(self.lang)}.html"

    @cached_property
    def fingerprint(self) -> str:
        """What changes with anything that the page is made from."""
        told = (
            self.place,
            self.slug,
            self.lang,
            sorted(self.given.items()),
            list(self.languages),
            self.inputs,
        )
        return sha256(repr(told).encode()).hexdigest()

    def stands(self, output: Path) -> bool:
        """Say whether the page is there already, made from the same."""
        try:
            page = (output / self.path).read_bytes()
        except OSError:
            return False
        found = _MARK.search(page[:1000])
        folder = output / PLACES / FOLDER
        there = all((folder / file).is_file() for file in offered(page.decode("utf-8", "replace")))
        return found is not None and found[1].decode() == self.fingerprint and there

    def make(self) -> dict[str, bytes]:
        """Return the page and what it offers, ``{path below the folder of all: content}``.

        Raises Failed that names the cell of the brief and the error in it.
        """
        import nbformat

        notebook = nbformat.read(notebook_of(BRIEF, self.lang), as_version=4)
        notebook.cells = [*_own(notebook.cells, self.lang)]
        files: dict[str, bytes] = {}

        def offer(picture: Picture) -> dict[str, str]:
            name = f"{self.slug}.{code(self.lang)}-{len(files) + 1}.csv"
            files[f"{PLACES}/{FOLDER}/{name}"] = csv(picture.data)
            return {"csv": name}

        given = {**self.given, "place": self.place, "lang": self.lang}
        run_inline(notebook, given, offer=offer)
        kept(notebook)
        title = first_line(notebook, "# ") or self.place
        page_of = {
            "lang": code(self.lang),
            "title": title,
            "links": [*self._links()],
            "inputs": self.fingerprint,
            "colophon": colophon(
                self.lang, as_of=str(self.given["as_of"]), data=self.given["data"], title=title
            ),
            "sheet_of": True,
            "alone": stands_alone(self.given["data"]),
            "folder": FOLDER,
        }
        page, _ = rendered(notebook, page_of | dress(self.lang, sheet=f"../{SHEET}"))
        return {**files, self.path: page.encode()}

    def _links(self) -> Iterable[dict[str, Any]]:
        yield {"href": f"../{front_name(self.lang, self.languages)}", "text": say("places.all", self.lang)}
        yield from (page_link(name, self.lang, "../") for name in SHARED)
        for lang in self.languages:
            if lang != self.lang:
                href = quote(f"{self.slug}.{code(lang)}.html")
                yield {"href": href, "text": language_name(lang), "lang": code(lang)}


def _own(cells: Iterable[Any], lang: str) -> Iterable[Any]:
    """Yield the cells of the brief that speak of its place; of what all places share, where it stands."""
    from nbformat import v4

    told = False
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if "notebook" in tags or "check" in tags:
            continue
        if "shared" not in tags:
            yield cell
        elif not told:
            told = True
            led = (page_link(name, lang, "../") for name in SHARED)
            links = ", ".join(f"[{escape(link['text'])}]({link['href']})" for link in led)
            yield v4.new_markdown_cell(
                f"## {say('places.shared', lang)}\n\n{say('places.led', lang, pages=links)}"
            )


def front_name(lang: str, languages: Sequence[str]) -> str:
    """Return the file name of the front page in a language: that of the first is the index.

    >>> front_name("vi", ("vi", "en")), front_name("en", ("vi", "en"))
    ('index.html', 'index.en.html')
    """
    return "index.html" if lang == languages[0] else f"index.{code(lang)}.html"


def slugs(places: Places) -> dict[str, str]:
    """Return a name for the files of each place, the same whichever others are asked for.

    >>> import povertystats as ps
    >>> slugs(ps.load_facts().places)["Bà Rịa - Vũng Tàu"]
    'ba-ria-vung-tau'
    """
    found: dict[str, str] = {}
    taken = {""}
    for number, row in enumerate(places.table.itertuples()):
        words = ["-".join(re.findall(r"[^\W_]+", plain(str(text))))[:60] for text in (row.place, row.code)]
        names = [words[0], "-".join(filter(None, words)), f"{words[0]}-{number}".lstrip("-")]
        found[row.place] = next(name for name in names if name not in taken)
        taken.add(found[row.place])
    return found
