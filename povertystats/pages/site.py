"""Notebooks into the pages that an advisor reads: run, rendered without code, put into place together."""

from __future__ import annotations

import datetime
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.exhibits.picture import FOLDER
from povertystats.files.days import read_day
from povertystats.files.writing import write_together
from povertystats.pages.colophon import colophon, stands_alone
from povertystats.pages.dress import TEMPLATES, digest, dress, english, offered, rendered
from povertystats.pages.kernels import as_committed, first_line, first_picture, keep_run, kept, run_notebooks
from povertystats.pages.menu import (
    BRIEF,
    NOTEBOOKS,
    about,
    layers,
    menu,
    notebook_of,
    page_link,
    page_name,
    short,
)
from povertystats.pages.sliders import script, templates
from povertystats.words.errors import FileProblem, InvalidValue
from povertystats.words.languages import code, located
from povertystats.words.names import plain
from povertystats.words.wording import LANGUAGES, date, language_name, say

if TYPE_CHECKING:
    from nbformat import NotebookNode

# The languages that have notebooks; the pages of others have the prose of the English ones.
PAGED = tuple(lang for lang in LANGUAGES if (NOTEBOOKS / lang).is_dir())
# The notebook whose page runs a script.
_MOVING = "04_what_if"
# What a notebook needs beyond the others, and the extra that brings it: without it the other pages are made.
_NEEDS = {"06_household_register": ("ibis", "register")}


def write_pages(
    output: str | Path,
    *,
    place: str,
    as_of: str | datetime.date,
    data: str | Path | None = None,
    languages: Sequence[str] = PAGED,
    notebooks: str | Sequence[str] | None = None,
    pdf: bool = False,
    index: bool = True,
    executed: str | Path | None = None,
    report: Callable[[str], object] = print,
) -> list[Path]:
    """Run the notebooks of each language and write their pages into the folder ``output``, with an index (``index``).

    ``place``, ``as_of`` (a date) and ``data`` (a data package or None) are the notebooks' parameters;
    ``languages``: codes, or language files; ``notebooks``: the stems of those to run (all when left out); ``pdf``:
    print the brief as well; ``executed``: a folder for the notebooks as they were run, one folder a language;
    ``report`` is called with a line of progress at a time. When something fails, nothing in ``output`` has changed.
    Returns the paths of the pages and prints. Raises Failed that names the notebook and the error in it.
    """
    if isinstance(languages, str) or not languages:
        raise InvalidValue(f"languages are {languages!r}; expected one or more, such as ('vi', 'en')")
    languages = [*map(located, languages)]
    spoken = {code(lang): lang for lang in languages}
    if len(spoken) < len(languages):
        raise InvalidValue(f"languages are {', '.join(languages)}; expected different names")
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise FileProblem(f"{output} is a file; expected a folder for the pages")
    given = {
        "place": place,
        "as_of": str(read_day(as_of)),
        "data": None if data is None else str(Path(data).resolve()),
    }
    names, began = _chosen(notebooks, languages[0], given, report), time.monotonic()
    report(f"running {len(names)} notebooks in {len(languages)} language{'s' * (len(languages) > 1)} ...")
    with tempfile.TemporaryDirectory(prefix="povertystats-") as folder:
        site = _Site(Path(folder, "pages"), names, languages, given, pdf, index)
        (site.made / FOLDER).mkdir(parents=True)
        stand = {lang: _standing(lang, Path(folder, "notebooks")) for lang in languages}

        def done(path: Path, notebook: NotebookNode, seconds: float) -> None:
            if executed is not None:
                keep_run(notebook, Path(executed, path.parent.name, path.name))
            page = site.add(path.stem, spoken[path.parent.name], notebook)
            report(f"[{len(site.titles)}/{len(names) * len(languages)}] {page}  {seconds:.1f} s")

        run_notebooks(
            [[stand[lang] / f"{name}.ipynb" for lang in languages] for name in names],
            given,
            folder=site.made / FOLDER,
            stem=lambda path: f"{short(path.stem)}.{path.parent.name}",
            done=done,
            spoken=spoken,
        )
        pages = [page_name(name, lang) for lang in languages for name in names]
        if index:
            site.add_index()
            pages.append("index.html")
        if pdf and BRIEF in names:
            from povertystats.pages.pdf import print_pages

            start = time.monotonic()
            done_prints = print_pages([site.made / page_name(BRIEF, lang) for lang in languages])
            prints = [path.name for path in done_prints]
            report(f"printed {', '.join(prints)}  {time.monotonic() - start:.1f} s")
            pages += prints
        _put(site.made, output, pages)
    report(
        f"{len(pages)} pages in {time.monotonic() - began:.0f} s; open {output / ('index.html' if index else pages[0])}"
    )
    return [output / page for page in pages]


def _standing(lang: str, folder: Path) -> Path:
    """Return where the notebooks of a language stand: a copy of the English ones, by its name, where it has none."""
    there = notebook_of("", lang).parent
    return there if there.name == lang else Path(shutil.copytree(there, folder / code(lang)))


def _chosen(
    notebooks: str | Sequence[str] | None,
    lang: str,
    given: Mapping[str, str | None],
    report: Callable[[str], object],
) -> list[str]:
    """Return the stems of the notebooks to run: those asked for, else all that speak of what is given and whose extras are installed.

    Those that speak of one place, day or package alone come last.
    """
    import nbformat

    every = sorted(path.stem for path in notebook_of("", lang).parent.glob("*.ipynb"))
    only = {name: about(name, lang).get("only", ()) for name in every}
    every.sort(key=lambda name: (bool(only[name]), name))
    others = []
    for name in (name for name in every if only[name]):
        notebook = nbformat.read(notebook_of(name, lang), as_version=4)
        if not as_committed(notebook, {key: given[key] for key in only[name]}):
            others.append(name)
    if notebooks is None:
        lacking = {
            n: extra for n, (module, extra) in _NEEDS.items() if n in every and find_spec(module) is None
        }
        if lacking:
            extras = ", ".join(lacking.values())
            report(f'left out {", ".join(lacking)}: pip install "povertystats[{extras}]"')
        return [name for name in every if name not in {*lacking, *others}]
    names = [notebooks] if isinstance(notebooks, str) else list(notebooks)
    if absent := [name for name in names if name not in every]:
        raise InvalidValue(f"no notebook {', '.join(absent)}; choose from {', '.join(every)}")
    if foreign := [f"{name} ({', '.join(only[name])})" for name in names if name in others]:
        raise InvalidValue(f"of another place, day or package than is asked for: {', '.join(foreign)}")
    return names


def _put(made: Path, output: Path, pages: list[str]) -> None:
    """Put everything into place; what earlier pages of the same names offered and these do not goes."""
    files: dict[str | Path, str | bytes | None] = {}
    own = tuple(f"{page.removesuffix('.html')}-" for page in pages)
    # A workbook is named after its place and year: which one was theirs the earlier pages say.
    before = (output / page for page in pages if page != "index.html" and page.endswith(".html"))
    theirs = {
        name for page in before if page.is_file() for name in offered(page.read_text("utf-8", "replace"))
    }
    files |= {
        old: None for old in (output / FOLDER).glob("*") if old.name.startswith(own) or old.name in theirs
    }
    # A print of earlier pages would contradict these.
    files |= {output / page.replace(".html", ".pdf"): None for page in pages if page.endswith(".html")}
    files |= {
        output / path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()
    }
    write_together(files, folders=True)


@dataclass
class _Site:
    """Pages in the making, in the folder ``made``, with their titles and the first words of the brief by language."""

    made: Path
    names: list[str]
    languages: Sequence[str]
    given: dict[str, str | None]
    pdf: bool
    placed: bool
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)
    workbooks: dict[str, set[str]] = field(default_factory=dict)
    found: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, name: str, lang: str, notebook: NotebookNode) -> str:
        """Make the page of a notebook that was run; return its file name."""
        kept(notebook)
        title = self.titles[name, lang] = first_line(notebook, "# ") or "povertystats"
        if name == BRIEF:
            self.answers[lang] = first_line(notebook, "> ")
            self.pictures[lang] = first_picture(notebook)
        worn = dress(lang, digest(script()) if name == _MOVING else "'none'")
        if notebook.metadata.get("illustrative"):
            worn["words"]["footer"] = say("page.footer_illustrative", lang)
        links = menu(self.names, lang, self.languages, name)
        if self.pdf and name == BRIEF:
            links.append({"href": page_name(name, lang, "pdf"), "text": "PDF"})
        whole = self._placed(title) if not notebook.metadata.get("illustrative") else title
        page_of: dict[str, Any] = dict.fromkeys(("sheet_of", "printed"), name == BRIEF)
        page_of |= {"lang": code(lang), "title": whole, "links": links, "pages": self.names, "folder": FOLDER}
        page_of["alone"] = stands_alone(self.given["data"])
        page_of["annex"] = name not in layers(self.names, lang)["reader"]
        page_of["colophon"] = colophon(lang, **self._data, title=whole)
        page = page_name(name, lang)
        text, self.found[name, lang] = rendered(notebook, page_of | worn)
        books = (f"{FOLDER}/{file}" for file in offered(text) if file.endswith(".xlsx"))
        self.workbooks.setdefault(lang, set()).update(books)
        (self.made / page).write_text(text, "utf-8")
        return page

    def _placed(self, title: str) -> str:
        """Return the title of a page with the place that it speaks of, where pages are of one."""
        place = str(self.given["place"])
        return title if not self.placed or plain(place) in plain(title) else f"{title} · {place}"

    @property
    def _data(self) -> dict[str, Any]:
        return {"as_of": self.given["as_of"], "data": self.given["data"]}

    def add_index(self) -> None:
        """Make the page that lists the others after the brief's first words, in each language in turn."""
        parts = [self._part(lang) for lang in self.languages]
        lang, template = self.languages[0], templates(TEMPLATES / "page").get_template("contents.html.j2")
        finds = (TEMPLATES / "page" / "find.js").read_text("utf-8")
        worn = dress(lang, digest(finds))
        page = template.render(parts=parts, lang=code(lang), title=parts[0]["heading"], script=finds, **worn)
        (self.made / "index.html").write_text(f"{page}\n", "utf-8")

    def _part(self, lang: str) -> dict[str, Any]:
        from nbconvert.filters import markdown2html

        day = datetime.date.fromisoformat(str(self.given["as_of"]))
        heading = say("page.heading", lang, place=self.given["place"])
        files = [page_name(BRIEF, lang, "pdf")] if self.pdf and BRIEF in self.names else []
        files += sorted(self.workbooks.get(lang, ()))
        return {
            "lang": code(lang),
            "language": language_name(lang),
            "english": english(lang),
            "heading": heading,
            "known": say("page.known", lang, day=date(day, lang)),
            "answer": markdown2html(self.answers.get(lang, "")),
            "footer": say("page.footer", lang),
            "colophon": colophon(lang, **self._data, title=heading),
            "picture": self.pictures.get(lang) or {},
            "find": say("page.find", lang),
            "count": say("places.found", lang, n="#", every="##"),
            "entries": [*self._entries(lang)],
            "layers": [*self._layers(lang)],
            "files_word": say("page.files", lang),
            "files": [
                {"href": href, "text": say(f"page.file.{href.rpartition('.')[2]}", lang)} for href in files
            ],
        }

    def _layers(self, lang: str) -> Iterator[dict[str, Any]]:
        """Yield what each layer is called and its pages, the annex with the worked examples and made-up data last."""
        found = layers(self.names, lang)
        examples = [name for name in found["annex"] if about(name, lang).get("only")]
        others = [name for name in found["annex"] if name not in examples]
        for heads, names in (
            ("", found["reader"]),
            ("annex", others),
            ("examples", examples),
            ("made_up", found["hidden"]),
        ):
            if names:
                pages = [page_link(name, lang) | {"about": self.titles[name, lang]} for name in names]
                yield {"heads": heads and say(f"page.{heads}", lang), "pages": pages}

    def _entries(self, lang: str) -> Iterator[dict[str, str]]:
        """Yield what can be searched for: the pages, their headings, and the rows of the reader's tables."""
        found = layers(self.names, lang)
        for name in [*found["reader"], *found["annex"], *found["hidden"]]:
            page = page_link(name, lang)
            told = [(self.titles[name, lang], ""), *self.found[name, lang]]
            for text, anchor in told:
                yield {
                    "href": f"{page['href']}{anchor}",
                    "text": text,
                    "page": page["text"],
                    "search": plain(text),
                }
