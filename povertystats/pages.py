"""Notebooks into the pages that an advisor reads: run, rendered without code, moved into place together."""

import datetime
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from povertystats.wording import LANGUAGES, check, date, say

_HERE = Path(__file__).resolve().parent
# In a checkout the notebooks stand beside the package, in an installation inside it.
NOTEBOOKS = next(d for d in (_HERE / "notebooks", _HERE.parent / "notebooks") if d.is_dir())
_TEMPLATES = _HERE / "templates"
# Notebooks that run at a time: each keeps one core busy, if its linear algebra takes no second one.
_ABREAST = 2
_ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def write_pages(output, *, place, as_of, data=None, languages=LANGUAGES, report=print):
    """Run every notebook in each language and write its page into the folder ``output``, with an index.

    ``place``, ``as_of`` (a date or None) and ``data`` (a data package or None) are the notebooks' parameters;
    ``report`` is called with a line of progress at a time. All pages are made in a hidden folder there first: when
    one fails, nothing else has changed. Returns the paths written. Raises RuntimeError that names the
    notebook and the error in it.
    """
    for lang in languages:
        check(lang)
    names = sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb"))
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{output} is a file; expected a folder for the pages")
    output.mkdir(parents=True, exist_ok=True)
    parameters = {"place": place, "as_of": as_of, "data": None if data is None else str(Path(data).resolve())}
    titles, began, step = {}, time.monotonic(), 0
    report(f"running {len(names)} notebooks in {len(languages)} language{'s' * (len(languages) > 1)} ...")
    with (
        tempfile.TemporaryDirectory(prefix=".making-", dir=output) as folder,
        ThreadPoolExecutor(_ABREAST) as pool,
    ):
        made = Path(folder)
        runs = [pool.submit(_run, name, parameters, languages) for name in names]
        try:
            for name, run in zip(names, runs, strict=True):
                for lang, (notebook, seconds) in run.result().items():
                    step += 1
                    titles[name, lang] = _title(notebook, lang)
                    page = _render(notebook, name, lang, names, languages)
                    (made / page_name(name, lang)).write_text(page, "utf-8")
                    report(f"[{step}/{len(names) * len(languages)}] {page_name(name, lang)}  {seconds:.1f} s")
        finally:
            pool.shutdown(cancel_futures=True)
        (made / "index.html").write_text(_index(titles, languages, place, as_of), "utf-8")
        pages = [*(page_name(name, lang) for lang in languages for name in names), "index.html"]
        for page in pages:
            os.replace(made / page, output / page)
    report(f"{len(pages)} pages in {time.monotonic() - began:.0f} s; open {output / 'index.html'}")
    return [output / page for page in pages]


def page_name(notebook, lang):
    """Return the file name of a notebook's page: the brief is ``brief.vi.html``, others keep their number.

    >>> page_name("00_brief", "vi"), page_name("03_forecast", "en")
    ('brief.vi.html', '03_forecast.en.html')
    """
    return f"{'brief' if notebook == '00_brief' else notebook}.{lang}.html"


def _run(name, parameters, languages):
    """Run a notebook in each language; return ``{language: (the notebook with its outputs, seconds)}``.

    All in one kernel: starting it, importing and reading the data is most of what a notebook costs.
    """
    import nbformat
    import papermill
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbclient.util import run_sync

    options = {"kernel_name": "python3", "extra_arguments": ["--IPKernelApp.log_level=CRITICAL"]}
    # No working folder: that of the process is shared by the notebooks that run abreast.
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=None, **options)
    done = {}
    try:
        for lang in languages:
            start = time.monotonic()
            source = papermill.iorw.load_notebook_node(str(NOTEBOOKS / f"{name}.ipynb"))
            own = {**parameters, "lang": lang}
            client.nb = papermill.parameterize.parameterize_notebook(source, own, kernel_name="python3")
            done[lang] = client.execute(cleanup_kc=False, env=_ALONE), time.monotonic() - start
    except CellExecutionError as error:
        # The cell of parameters that was put in does not count.
        number = client.code_cells_executed - 1
        raise RuntimeError(f"notebook {name}.ipynb, cell {number}: {error.ename}: {error.evalue}") from None
    except RuntimeError as error:  # the kernel died or could not start
        raise RuntimeError(f"notebook {name}.ipynb: {error}") from None
    finally:
        if client.km is not None and client.km.has_kernel:
            client.kc.stop_channels()
            run_sync(client.km.shutdown_kernel)(now=True)
    return done


def _render(notebook, name, lang, names, languages):
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import TagRemovePreprocessor

    # A notebook holds its prose in both languages; a page keeps one.
    other = {f"lang-{x}" for x in LANGUAGES if x != lang}
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
    resources = {"lang": lang, "title": _title(notebook, lang), "links": links, **_dress(lang)}
    return exporter.from_notebook_node(notebook, resources=resources)[0]


def _index(titles, languages, place, as_of):
    """Return the page that lists the others, in each language in turn."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES / "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = [
        {
            "lang": lang,
            "heading": say("page.heading", lang, place=place),
            "known": say("page.known", lang, day=date(datetime.date.fromisoformat(as_of), lang))
            if as_of
            else "",
            "links": [
                {"href": page_name(name, lang), "text": say(f"page.notebook.{name}", lang), "about": title}
                for (name, of), title in titles.items()
                if of == lang
            ],
        }
        for lang in languages
    ]
    page = environment.get_template("contents.html.j2")
    return (
        page.render(parts=parts, lang=languages[0], title=parts[0]["heading"], **_dress(languages[0])) + "\n"
    )


def _dress(lang):
    """Return what every page wears: its style and the words around its content."""
    words = {word: say(f"page.{word}", lang) for word in ("skip", "nav", "table", "figure", "footer")}
    return {"css": (_TEMPLATES / "page" / "page.css").read_text("utf-8"), "words": words}


def _title(notebook, lang):
    """Return a page's first heading, from a Markdown cell or output of its language."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if any(f"lang-{x}" in tags for x in LANGUAGES if x != lang):
            continue
        outputs = (o.get("data", {}).get("text/markdown", "") for o in cell.get("outputs", []))
        for text in [cell.source if cell.cell_type == "markdown" else "", *outputs]:
            for line in "".join(text).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return "povertystats"
