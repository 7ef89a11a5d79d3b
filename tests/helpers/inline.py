"""Pages made in this process instead of in kernels, so that what tests work out is remembered for them."""

import nbformat

from povertystats.exhibits import picture
from povertystats.files.writing import csv
from povertystats.pages.kernels import run_inline


def run_notebooks(groups, parameters, *, folder, stem, done, spoken=None):
    """Stand in for ``kernels.run_notebooks``: images are kept as lines only."""

    def offer(shown):
        return picture.offer(shown.title, png=b"dots", svg=shown.svg(), csv=csv(shown.data))

    for path in (path for group in groups for path in group):
        notebook = nbformat.read(path, as_version=4)
        picture.keep(folder, stem(path))
        try:
            lang = (spoken or {}).get(path.parent.name, path.parent.name)
            run_inline(notebook, {"lang": lang, **parameters}, offer=offer)
        finally:
            picture._Shelf.folder = None
        done(path, notebook, 0.0)
