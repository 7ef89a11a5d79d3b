"""Notebooks run for pages: in each language, by two kernels, each of which takes what is next."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event

# Each kernel keeps one core busy, if its linear algebra takes no second one.
_ABREAST = 2
_ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# A notebook finds its kernel as new, but for what was imported and worked out once.
_BEFORE = 'get_ipython().run_line_magic("reset", "-sf")\n'
_AFTER = """
import povertystats.exhibits.downloads, povertystats.facts.views
povertystats.facts.views.share()
povertystats.exhibits.downloads.keep({folder!r}, {stem!r})
"""


def run_notebooks(paths, parameters, languages, *, folder, stem):
    """Yield ``(path, lang, notebook with its outputs, seconds)`` for each notebook in each language, as they come.

    ``parameters``: what their cell of parameters holds, beside ``lang``; ``folder``: where the files that they offer
    are put, ``stem(path, lang)``: how their names begin. Raises RuntimeError that names the notebook, the cell
    and the error in it; nothing else is begun then.
    """
    waiting, done = SimpleQueue(), SimpleQueue()
    for path in paths:
        waiting.put(path)
    stop = Event()

    def cell(path, lang):
        return parameters | {"lang": lang}, _AFTER.format(folder=str(folder), stem=stem(path, lang))

    with ThreadPoolExecutor(_ABREAST) as pool:
        working = min(_ABREAST, len(paths))
        for _ in range(working):
            pool.submit(_work, waiting, done, stop, languages, cell)
        try:
            while working:
                found = done.get()
                if isinstance(found, BaseException):
                    raise found
                if found is None:
                    working -= 1
                else:
                    yield found
        finally:
            stop.set()


def _next(waiting):
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _work(waiting, done, stop, languages, cell):
    """Run notebooks in one kernel until none is left; put each into ``done``, at last None or what went wrong."""
    try:
        client = _client()
        try:
            while (path := _next(waiting)) is not None:
                for lang in languages:
                    if stop.is_set():
                        return
                    start = time.monotonic()
                    notebook = run(client, path, *cell(path, lang))
                    done.put((path, lang, notebook, time.monotonic() - start))
        finally:
            _shut_down(client)
        done.put(None)
    except BaseException as error:  # raised where the others are waited for
        done.put(error)


def _client():
    import nbformat
    from nbclient import NotebookClient

    options = {"kernel_name": "python3", "extra_arguments": ["--IPKernelApp.log_level=CRITICAL"]}
    # No working folder: that of the process is shared by the kernels.
    return NotebookClient(nbformat.v4.new_notebook(), timeout=None, **options)


def _shut_down(client):
    from nbclient.util import run_sync

    if client.km is not None and client.km.has_kernel:
        client.kc.stop_channels()
        run_sync(client.km.shutdown_kernel)(now=True)


def run(client, path, parameters, after):
    """Run one notebook with ``parameters`` and the code ``after`` them in the kernel of ``client``; return it."""
    import papermill
    from nbclient.exceptions import CellExecutionError

    source = papermill.iorw.load_notebook_node(str(path))
    client.nb = papermill.parameterize.parameterize_notebook(source, parameters, kernel_name="python3")
    own = next(c for c in client.nb.cells if "injected-parameters" in c.metadata.get("tags", []))
    own.source = f"{_BEFORE}{own.source}{after}"
    try:
        return client.execute(cleanup_kc=False, env=_ALONE)
    except CellExecutionError as error:
        # The cell of parameters that was put in does not count.
        number = client.code_cells_executed - 1
        raise RuntimeError(f"notebook {path.name}, cell {number}: {_reason(error)}") from None
    except RuntimeError as error:  # the kernel died or could not start
        raise RuntimeError(f"notebook {path.name}: {error}") from None


def _reason(error):
    """Return what went wrong in a cell; what fails while it is shown is told by the traceback alone."""
    if error.ename != "NoneType":
        return f"{error.ename}: {error.evalue}"
    return re.sub(r"\x1b\[[0-9;]*m", "", error.traceback).strip().splitlines()[-1]
