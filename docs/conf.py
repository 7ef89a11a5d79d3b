"""The API reference: the rooms as chapters, written from ``povertystats/__init__.pyi`` and the docstrings, with no network.

``make docs`` builds it into build/docs. A new public name, a new room or a new notebook needs no edit here.
"""

import ast
import shutil
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# The pages that stand in the repository, under the same paths, so that their links hold; what they link to is brought along.
PAGES = [
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/assumptions.md",
    "docs/data_log.md",
    "data/README.md",
    "benchmarks/README.md",
]
LINKED = ["data/LICENSE", "data/criteria.toml", "docs/brief.png", "CITATION.cff"]

project = PROJECT["project"]["name"]
version = release = PROJECT["project"]["version"]
author = "The authors of povertystats"
language = "en"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_parser"]
templates_path = [str(ROOT / "docs" / "templates")]
autodoc_typehints = "none"  # types and their meaning stand in the docstrings
numpydoc_show_class_members = False  # the template of a class shows them
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "navigation_with_keys": False}
html_sidebars = {"index": []}
html_show_sourcelink = False


def rooms():
    """Return the public names of every room, {room: [name]}, rooms from the uppermost to the lowest."""
    contract, *_ = PROJECT["tool"]["importlinter"]["contracts"]
    names = {room: [] for room in contract["layers"] if (ROOT / "povertystats" / room).is_dir()}
    for node in ast.parse((ROOT / "povertystats" / "__init__.pyi").read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            names[node.module.split(".")[0]] += [alias.name for alias in node.names]
    return names


def chapter(room, names):
    """Return the page of a room: what it holds, and its public names with a page each."""
    lines = [room.capitalize(), "=" * len(room), "", import_module(f"povertystats.{room}").__doc__, ""]
    if names:
        lines += [
            ".. currentmodule:: povertystats",
            "",
            ".. autosummary::",
            "   :toctree: names",
            "   :nosignatures:",
            "",
        ]
        lines += [f"   {name}" for name in names]
    return "\n".join([*lines, ""])


def contents(entries):
    return "\n".join(["", ".. toctree::", "   :maxdepth: 1", "", *(f"   {entry}" for entry in entries), ""])


def notebooks(folder):
    """Return a page with links to the notebooks as they were rendered into ``folder``."""
    pages = sorted(path.name for path in folder.glob("*.html"))
    links = [f'<li><a href="../{name}">{name}</a></li>' for name in pages]
    text = "The notebooks, run and rendered without code, in Vietnamese (`vi`) and in English (`en`)."
    none = "They have not been rendered yet: `make brief` does so, then `make docs` links them here."
    return "\n".join(["# Notebooks", "", text, "", *(["<ul>", *links, "</ul>"] if links else [none]), ""])


def write_sources(app):
    """Write everything that Sphinx reads into its source folder, which is empty before."""
    source = Path(app.srcdir)
    shutil.rmtree(source)
    for name in [*PAGES, *LINKED]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    (source / "reference").mkdir()
    every = rooms()
    for room, names in every.items():
        (source / "reference" / f"{room}.rst").write_text(chapter(room, names), "utf-8")
    head = "Reference\n=========\n\nEvery public name is ``povertystats.name``; the rooms that hold them, from the uppermost.\n"
    (source / "reference" / "index.rst").write_text(head + contents(every), "utf-8")
    (source / "notebooks.md").write_text(notebooks(ROOT / "build"), "utf-8")
    start = (ROOT / "README.md").read_text("utf-8").replace("```csv", "```text")  # no lexer of that name
    entries = ["reference/index", "notebooks", *(name.removesuffix(".md") for name in PAGES)]
    hidden = "\n```{toctree}\n:hidden:\n\n" + "\n".join(entries) + "\n```\n"
    (source / "index.md").write_text(start + hidden, "utf-8")


# Named, since Sphinx lists its sources before they are written.
autosummary_generate = [f"reference/{room}.rst" for room in rooms()]
# Forecast beside forecast: some file systems do not tell them apart.
_names = {name for names in rooms().values() for name in names}
autosummary_filename_map = {
    f"{project}.{name}": f"{project}.{name}-class" for name in _names if name != name.lower() in _names
}


def setup(app):
    # Before autosummary, which looks for the names in the pages that this writes.
    app.connect("builder-inited", write_sources, priority=1)
