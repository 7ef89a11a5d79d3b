"""Notebooks into the pages that an advisor reads: run, rendered without code, moved into place together."""

import ast
import base64
import datetime
import hashlib
import os
import tempfile
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from povertystats.exhibits.downloads import FOLDER
from povertystats.exhibits.figure import FONTS
from povertystats.facts.facts import read_day
from povertystats.pages.kernels import run_notebooks
from povertystats.pages.sliders import script
from povertystats.words.wording import LANGUAGES, check, date, say

_HERE = Path(__file__).resolve().parent
# In a checkout the notebooks stand beside the package, in an installation inside it.
NOTEBOOKS = next(d for d in (_HERE.parent / "notebooks", _HERE.parent.parent / "notebooks") if d.is_dir())
_TEMPLATES = _HERE / "templates"
# Pages with a name of their own, and those that are printed.
_NAMES = {"00_brief": "brief", "00_targets": "targets", "04_what_if": "what-if"}
_PRINTED = ("00_brief",)
# What a notebook needs beyond the others, and the extra that brings it: without it the other pages are made.
_NEEDS = {"06_household_register": ("ibis", "register")}
# An image of so many bytes stands in its page as dots, so that the page stays small.
_LARGE = 200_000
# Nothing is fetched, nothing runs but the scripts named by their hashes, whatever stands in a name or a note.
_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; script-src {scripts}; "
    "base-uri 'none'; form-action 'none'"
)


def write_pages(
    output, *, place, as_of, data=None, languages=LANGUAGES, notebooks=None, pdf=False, report=print
):
    """Run the notebooks in each language and write their pages into the folder ``output``, with an index.

    ``place``, ``as_of`` (a date) and ``data`` (a data package or None) are the notebooks' parameters;
    ``notebooks``: the stems of those to run (all when left out); ``pdf``: print the brief as well;
    ``report`` is called with a line of progress at a time. All is made in a hidden folder there first: when
    something fails, nothing else has changed. Returns the paths of the pages and prints. Raises RuntimeError that
    names the notebook and the error in it.
    """
    if isinstance(languages, str) or not languages:
        raise ValueError(f"languages are {languages!r}; expected one or more, such as ('vi', 'en')")
    for lang in languages:
        check(lang)
    as_of = str(read_day(as_of))
    every = {p.stem: p for p in sorted(NOTEBOOKS.glob("*.ipynb"))}
    names = (
        list(every) if notebooks is None else [notebooks] if isinstance(notebooks, str) else list(notebooks)
    )
    missing = {n: extra for n, (module, extra) in _NEEDS.items() if n in every and find_spec(module) is None}
    if notebooks is None and missing:
        names = [name for name in names if name not in missing]
        report(f'left out {", ".join(missing)}: pip install "povertystats[{", ".join(missing.values())}]"')
    if absent := [name for name in names if name not in every]:
        raise ValueError(f"no notebook {', '.join(absent)}; choose from {', '.join(every)}")
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{output} is a file; expected a folder for the pages")
    output.mkdir(parents=True, exist_ok=True)
    parameters = {"place": place, "as_of": as_of, "data": None if data is None else str(Path(data).resolve())}
    began, total = time.monotonic(), len(names) * len(languages)
    report(f"running {len(names)} notebooks in {len(languages)} language{'s' * (len(languages) > 1)} ...")
    with tempfile.TemporaryDirectory(prefix=".making-", dir=output) as folder:
        made = Path(folder)
        (made / FOLDER).mkdir()
        runs = run_notebooks(
            [every[name] for name in names], parameters, languages, folder=made / FOLDER, stem=_stem
        )
        titles, answers = {}, {}
        with closing(runs):  # whatever fails, no kernel works on
            for step, (path, lang, notebook, seconds) in enumerate(runs, start=1):
                titles[path.stem, lang] = _title(notebook, lang)
                if path.stem == "00_brief":
                    answers[lang] = next(_lines(notebook, lang, "> "), "")
                page = _render(notebook, path.stem, lang, names, languages, made, pdf)
                (made / page_name(path.stem, lang)).write_text(page, "utf-8")
                report(f"[{step}/{total}] {page_name(path.stem, lang)}  {seconds:.1f} s")
        (made / "index.html").write_text(
            _index(names, titles, answers, languages, place, as_of, made, pdf), "utf-8"
        )
        pages = [*(page_name(name, lang) for lang in languages for name in names), "index.html"]
        if pdf:
            pages += _prints(made, names, languages, report)
        _move(made, output, pages)
    report(f"{len(pages)} pages in {time.monotonic() - began:.0f} s; open {output / 'index.html'}")
    return [output / page for page in pages]


def page_name(notebook, lang, form="html"):
    """Return the file name of a notebook's page: the brief is ``brief.vi.html``, most keep their number.

    >>> page_name("00_brief", "vi"), page_name("03_forecast", "en")
    ('brief.vi.html', '03_forecast.en.html')
    """
    return f"{_NAMES.get(notebook, notebook)}.{lang}.{form}"


def _stem(path, lang):
    return f"{_NAMES.get(path.stem, path.stem)}.{lang}"


def _prints(made, names, languages, report):
    from povertystats.pages.pdf import print_pages

    start = time.monotonic()
    pages = [made / page_name(name, lang) for name in _PRINTED if name in names for lang in languages]
    done = [path.name for path in print_pages(pages)]
    report(f"printed {', '.join(done)}  {time.monotonic() - start:.1f} s")
    return done


def _move(made, output, pages):
    """Put everything into place; what earlier pages of the same names offered and these do not goes."""
    (output / FOLDER).mkdir(exist_ok=True)
    offered = {path.name for path in (made / FOLDER).iterdir()}
    stems = tuple(f"{page.removesuffix('.html')}-" for page in pages if page.endswith(".html"))
    for name in offered:
        os.replace(made / FOLDER / name, output / FOLDER / name)
    for page in pages:
        os.replace(made / page, output / page)
    # A print of earlier pages would contradict these.
    prints = [page_name(name, lang, "pdf") for name in _PRINTED for lang in LANGUAGES]
    prints = [output / name for name in prints if name.replace(".pdf", ".html") in pages]
    stale = [
        old for old in (output / FOLDER).iterdir() if old.name.startswith(stems) and old.name not in offered
    ]
    for old in [*stale, *(path for path in prints if path.name not in pages)]:
        old.unlink(missing_ok=True)


def _render(notebook, name, lang, names, languages, made, pdf):
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import TagRemovePreprocessor

    # A notebook holds its prose in both languages, and some for itself; a page keeps one.
    other = {f"lang-{x}" for x in LANGUAGES if x != lang} | {"notebook"}
    if not _as_committed(notebook):
        other.add("default")
    exporter = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(_TEMPLATES)], exclude_anchor_links=True
    )
    exporter.register_preprocessor(TagRemovePreprocessor(remove_cell_tags=other), enabled=True)
    links = [{"href": "index.html", "text": say("page.index", lang)}]
    links += [
        {"href": page_name(n, lang), "text": say(f"page.notebook.{n}", lang), "current": n == name}
        for n in names
    ]
    links += [
        {"href": page_name(name, x), "text": say("page.language", x), "lang": x}
        for x in languages
        if x != lang
    ]
    if pdf and name in _PRINTED:
        links.append({"href": page_name(name, lang, "pdf"), "text": "PDF"})
    dress = _dress(lang, _hash(script()) if name == "04_what_if" else "'none'")
    if notebook.metadata.get("illustrative"):
        dress["words"]["footer"] = say("page.footer_illustrative", lang)
    resources = {"lang": lang, "title": _title(notebook, lang), "links": links, "folder": FOLDER, **dress}
    resources["image"] = lambda files: _image(made / FOLDER / files["svg"], made / FOLDER / files["png"])
    return exporter.from_notebook_node(notebook, resources=resources)[0]


def _as_committed(notebook):
    """Say whether a notebook ran with its own parameters, so that its prose tagged "default" speaks of what it shows."""
    own, given = (_assigned(notebook, tag) for tag in ("parameters", "injected-parameters"))
    return all(own[name] == given[name] for name in own.keys() & given.keys() - {"lang"})


def _assigned(notebook, tag):
    """Return the names and values that the cell with a tag assigns."""
    cells = [cell.source for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    lines = [line for line in ast.parse("\n".join(cells)).body if isinstance(line, ast.Assign)]
    return {line.targets[0].id: ast.literal_eval(line.value) for line in lines}


def _image(svg, png):
    """Return an image as an address that holds it: lines print sharper than dots, unless there are too many."""
    kind, path = ("svg+xml", svg) if svg.stat().st_size < _LARGE else ("png", png)
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _index(names, titles, answers, languages, place, as_of, made, pdf):
    """Return the page that lists the others after the brief's first words, in each language in turn."""
    import jinja2
    from nbconvert.filters import markdown2html

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES / "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    day = datetime.date.fromisoformat(as_of)
    parts = []
    for lang in languages:
        prints = [page_name(name, lang, "pdf") for name in _PRINTED if pdf and name in names]
        books = sorted(f"{FOLDER}/{path.name}" for path in (made / FOLDER).glob(f"*.{lang}-*.xlsx"))
        parts.append(
            {
                "lang": lang,
                "language": say("page.language", lang),
                "heading": say("page.heading", lang, place=place),
                "known": say("page.known", lang, day=date(day, lang)),
                "answer": markdown2html(answers.get(lang, "")),
                "footer": say("page.footer", lang),
                "links": [
                    {
                        "href": page_name(name, lang),
                        "text": say(f"page.notebook.{name}", lang),
                        "about": titles[name, lang],
                    }
                    for name in names
                ],
                "files_word": say("page.files", lang),
                "files": [
                    {"href": href, "text": say(f"page.file.{href.rpartition('.')[2]}", lang)}
                    for href in [*prints, *books]
                ],
            }
        )
    page = environment.get_template("contents.html.j2")
    return (
        page.render(parts=parts, lang=languages[0], title=parts[0]["heading"], **_dress(languages[0])) + "\n"
    )


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _dress(lang, scripts="'none'"):
    """Return what every page wears: its policy, its style with the typeface, and the words around its content."""
    words = ("skip", "nav", "footer", "files")
    faces = "\n".join(
        f'@font-face {{ font-family: "Povertystats"; font-weight: {weight}; src: url(data:font/otf;base64,'
        f"{base64.b64encode(path.read_bytes()).decode('ascii')}); }}"
        for weight, path in FONTS.items()
    )
    css = (_TEMPLATES / "page" / "page.css").read_text("utf-8")
    return {
        "css": f"{faces}\n{css}",
        "policy": _POLICY.format(scripts=scripts),
        "words": {word: say(f"page.{word}", lang) for word in words},
        "forms": {form: say(f"page.file.{form}", lang) for form in ("png", "svg", "csv")},
    }


def _title(notebook, lang):
    """Return a page's first heading."""
    return next(_lines(notebook, lang, "# "), "povertystats")


def _lines(notebook, lang, start):
    """Yield what follows ``start`` in the lines that begin with it, of Markdown cells and outputs in a language."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "notebook" in tags or any(f"lang-{x}" in tags for x in LANGUAGES if x != lang):
            continue
        outputs = (o.get("data", {}).get("text/markdown", "") for o in cell.get("outputs", []))
        for text in [cell.source if cell.cell_type == "markdown" else "", *outputs]:
            for line in "".join(text).splitlines():
                if line.startswith(start):
                    yield line.removeprefix(start).strip()
