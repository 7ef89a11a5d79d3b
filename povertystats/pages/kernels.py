"""Notebooks run for pages: in two kernels at a time, each of which takes what is next, or in this process."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.exhibits.picture import Picture, saying
from povertystats.files.writing import write_whole
from povertystats.pages.colophon import in_pictures
from povertystats.words.errors import Failed
from povertystats.words.schemas import jsonschema
from povertystats.words.wording import say

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

jsonschema()  # before nbformat: it takes seconds otherwise
# Each kernel keeps one core busy, if its linear algebra takes no second one.
_ABREAST = 2
_ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# A notebook finds its kernel as new, but for what was imported and worked out once.
_BEFORE = """
get_ipython().run_line_magic("reset", "-sf")
import povertystats.exhibits.picture
povertystats.exhibits.picture.keep({folder!r}, {stem!r}, {page!r})
"""
# What a verb raises where the figures do not carry what it is asked for.
REFUSALS = ("ForecastError", "InvalidValue", "NoScenario", "NotFound", "Refused")


def run_notebooks(
    groups: Iterable[Sequence[Path]],
    parameters: Mapping[str, object],
    *,
    folder: Path,
    stem: Callable[[Path], str],
    done: Callable[[Path, NotebookNode, float], None],
    spoken: Mapping[str, str] | None = None,
) -> None:
    """Run notebooks and call ``done(path, notebook with its outputs, seconds)`` for each as it ends.

    ``groups``: those of a group run one after the other in one kernel; ``parameters``: what their cell of parameters
    holds, beside ``lang``, which is the name of their folder, or what ``spoken`` has for it, a language file; ``folder``:
    where the files that they offer are put, ``stem(path)``: how their names begin.
    Raises Failed that names the notebook, the cell and the error in it; nothing else is begun then.
    """

    async def run(client: NotebookClient, path: Path) -> None:
        start, lang = time.monotonic(), (spoken or {}).get(path.parent.name, path.parent.name)
        made_up = json.loads(path.read_text("utf-8"))["metadata"].get("illustrative")
        page = say("page.footer_illustrative", lang) if made_up else of_itself(parameters, lang)
        before = _BEFORE.format(folder=str(folder), stem=stem(path), page=page)
        notebook = await _run(client, path, lang, parameters, before)
        done(path, notebook, time.monotonic() - start)

    async def run_all() -> None:
        waiting = iter(list(groups))
        async with asyncio.TaskGroup() as workers:
            for _ in range(_ABREAST):
                workers.create_task(_work(waiting, run))

    try:
        finish(run_all())
    # What `except*` raises, some releases of Python 3.11 wrap in a group again.
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None


def of_itself(parameters: Mapping[str, Any], lang: str) -> str:
    """Return what a page says of itself in every picture; "" where it has no place and day."""
    given: dict[str, Any] = {name: parameters.get(name) for name in ("place", "as_of", "data")}
    return in_pictures(lang, **given) if given["place"] and given["as_of"] else ""


def finish(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and return its result, in a notebook's event loop as well as without one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


async def _work(
    waiting: Iterator[Sequence[Path]], run: Callable[[NotebookClient, Path], Coroutine[Any, Any, None]]
) -> None:
    """Run groups of notebooks in one kernel until none is left."""
    from nbclient import util

    client = None
    try:
        for group in waiting:
            for path in group:
                client = client or await _client()
                await run(client, path)
    finally:
        if client is not None and client.kc is not None and client.km is not None:
            client.kc.stop_channels()
            await util.ensure_async(client.km.shutdown_kernel(now=True))


async def _client() -> NotebookClient:
    import nbformat
    from nbclient import NotebookClient

    options: dict[str, Any] = {
        "kernel_name": "python3",
        "extra_arguments": ["--IPKernelApp.log_level=CRITICAL"],
    }
    # No working folder: that of the process is shared by the kernels.
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=None, allow_errors=True, **options)
    client.km = client.create_kernel_manager()
    await client.async_start_new_kernel(env=_ALONE)
    await client.async_start_new_kernel_client()
    return client


async def _run(
    client: NotebookClient, path: Path, lang: str, parameters: Mapping[str, object], before: str
) -> NotebookNode:
    """Run one notebook with ``parameters`` in the kernel of ``client``, the code ``before`` them first; return it."""
    import nbformat

    client.nb = nbformat.read(path, as_version=4)
    client.reset_execution_trackers()
    number = next(n for n, cell in enumerate(client.nb.cells, start=1) if tagged(cell, "parameters"))
    lines = [f"{name} = {value!r}" for name, value in {"lang": lang, **parameters}.items()]
    given = nbformat.v4.new_code_cell("\n".join([before, *lines]), metadata={"tags": ["given"]})
    client.nb.cells.insert(number, given)
    # What a notebook shows of its own place and day is there.
    may_lack = not as_committed(client.nb, parameters)
    for index, cell in enumerate(client.nb.cells):
        try:
            await client.async_execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        except RuntimeError as died:
            raise Failed(f"notebook {path.name}: {died}") from None
        for error in [output for output in cell.get("outputs", []) if output.output_type == "error"]:
            if not (may_lack and excused(error.ename, error.evalue, client.nb, index)):
                # The cell of parameters that was put in does not count.
                number = client.code_cells_executed - 1
                raise Failed(f"notebook {path.name}, cell {number}: {error.ename}: {error.evalue}")
            cell.outputs.remove(error)
            if error.ename in REFUSALS:
                text = {"text/markdown": say("page.refused", lang)}
                cell.outputs.append(nbformat.v4.new_output("display_data", text))
    return client.nb


def tagged(cell: NotebookNode, tag: str) -> bool:
    """Say whether a cell bears a tag."""
    return tag in cell.metadata.get("tags", [])


def as_committed(notebook: NotebookNode, parameters: Mapping[str, object]) -> bool:
    """Say whether parameters are those that a notebook assigns itself."""
    (own,) = [cell.source for cell in notebook.cells if tagged(cell, "parameters")]
    lines = [line for line in ast.parse(own).body if isinstance(line, ast.Assign)]
    values = {ast.unparse(line.targets[0]): ast.literal_eval(line.value) for line in lines}
    return all(value == values.get(name) for name, value in parameters.items())


def excused(error: str, message: str, notebook: NotebookNode, index: int) -> bool:
    """Say whether a cell ended in what figures may not carry: a refusal, or the lack of a name from a cell that was refused."""
    return error in REFUSALS or (error == "NameError" and _assigned_before(message, notebook, index))


def _assigned_before(message: str, notebook: NotebookNode, index: int) -> bool:
    code = [cell.source for cell in notebook.cells[:index] if cell.cell_type == "code"]
    names = [node for node in ast.walk(ast.parse("\n".join(code))) if isinstance(node, ast.Name)]
    given = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return any(f"'{name}'" in message for name in given)


def run_inline(
    notebook: NotebookNode,
    parameters: Mapping[str, object],
    *,
    offer: Callable[[Picture], dict[str, str]],
) -> None:
    """Run the code of a notebook here and put what it shows into its cells, as ``run_notebooks`` does in a kernel.

    What modules remember is there for the next one. ``offer(picture)`` keeps a picture in its forms and returns
    ``{form: file name}``; the image itself is left to the page. Raises Failed that names the cell and the error in it.
    """
    from IPython.core.formatters import DisplayFormatter
    from nbformat import v4

    formatter, may_lack = DisplayFormatter(), not as_committed(notebook, parameters)
    shown: list[NotebookNode] = []

    def display(*things: Any) -> None:
        for thing in things:
            if isinstance(thing, Picture):
                about = {"image/png": thing.about() | {"files": offer(thing)}}
                shown.append(v4.new_output("display_data", {"image/png": ""}, metadata=about))
            else:
                data, metadata = formatter.format(thing)
                shown.append(v4.new_output("display_data", data, metadata=metadata))

    page = of_itself(parameters, str(parameters["lang"]))
    names: dict[str, Any] = {"__name__": "__main__", "display": display}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        shown.clear()
        try:
            with saying(page):
                last = _executed(cell.source, names)
                display(*([] if last is None else [last]))
        except Exception as error:
            name = type(error).__name__
            if not (may_lack and excused(name, str(error), notebook, index)):
                raise Failed(f"cell {index + 1}: {name}: {error}") from error
            if name in REFUSALS:
                told = {"text/markdown": say("page.refused", str(parameters["lang"]))}
                shown.append(v4.new_output("display_data", told))
        if tagged(cell, "parameters"):
            names |= parameters
        cell.outputs = [*shown]


def _executed(source: str, names: dict[str, Any]) -> Any:
    """Run code and return the value of its last line, where that is an expression that shows something."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
        exec(compile(tree, "<cell>", "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def kept(notebook: NotebookNode) -> None:
    """Leave in a notebook what its page shows: no checks, nothing meant for those who open the notebook.

    The first heading of what a cell tagged "title" shows is that of the page.
    """
    out = {"notebook", "check"}
    cells = [cell for cell in notebook.cells if not out & set(cell.metadata.get("tags", []))]
    notebook.cells = [*_told(cells)]
    for cell in notebook.cells:
        for output in cell.outputs if tagged(cell, "title") else []:
            output.data["text/markdown"] = output.data["text/markdown"].removeprefix("#")


def _told(cells: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield cells without the sections (from one heading to the next) whose code shows nothing."""
    from nbformat import v4

    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "code":
            sections[-1].append(cell)
            continue
        first, *others = re.split(r"^(?=## )", cell.source, flags=re.M)
        sections[-1] += [v4.new_markdown_cell(first)] if first.strip() else []
        sections += [[v4.new_markdown_cell(text)] for text in others]
    for section in sections:
        code = [cell for cell in section if cell.cell_type == "code"]
        if section is sections[0] or not code or any(cell.outputs for cell in code):
            yield from section


def first_line(notebook: NotebookNode, start: str) -> str:
    """Return what follows ``start`` in the first line that begins with it, of Markdown cells and outputs; "" for none."""
    for cell in notebook.cells:
        outputs = (output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", []))
        for text in [cell.source if cell.cell_type == "markdown" else "", *outputs]:
            for line in text.splitlines():
                if line.startswith(start):
                    return line.removeprefix(start).strip()
    return ""


def first_picture(notebook: NotebookNode) -> dict[str, Any]:
    """Return what the first picture of a notebook says of itself; nothing for none."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return next((o.metadata["image/png"] for o in outputs if "image/png" in o.get("metadata", {})), {})


def keep_run(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook as it was run, without the cell that gave it its parameters."""
    import nbformat

    cells = [cell for cell in notebook.cells if not tagged(cell, "given")]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, nbformat.writes(nbformat.from_dict({**notebook, "cells": cells})))
