"""The pages of many places: on all cores, each in its place as soon as it is made, and only those not there yet."""

from __future__ import annotations

import json
import os
import platform
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povertystats.facts.package import load_facts
from povertystats.files.descriptor import read_descriptor
from povertystats.files.identity import DATA
from povertystats.files.writing import write_together, write_whole
from povertystats.maps.layout import lay_out
from povertystats.maps.matching import match
from povertystats.maps.place_row import Row, measure_of, row_of
from povertystats.maps.shapes import read_shapes
from povertystats.pages.dress import style
from povertystats.pages.front import Front
from povertystats.pages.menu import BRIEF, NOTEBOOKS, page_name
from povertystats.pages.place_page import BESIDE, SHARED, SHEET, PlacePage, front_name, slugs
from povertystats.pages.site import write_pages
from povertystats.words.errors import FileProblem, PovertyStatsError, refuse
from povertystats.words.languages import LANGUAGES, located

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

_HERE = Path(__file__).resolve().parent.parent
# Rows of the front page by the pages that they were made with, and what the shared pages were made from.
_ROWS, _SHARED = f"{BESIDE}/rows.json", f"{BESIDE}/inputs.json"
# What else pages hang on: the packages that work out and draw.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PACKAGES = ("matplotlib", "nbconvert", "numpy", "pandas", "scipy", "seaborn")


@dataclass(frozen=True)
class _Job:
    """The pages of a place, one a language."""

    pages: tuple[PlacePage, ...]
    measure: str

    @property
    def place(self) -> str:
        return self.pages[0].place

    def done(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Return the files and the row of the place."""
        given = self.pages[0].given
        known = load_facts(given["data"]).as_of(str(given["as_of"]))
        files = {name: content for page in self.pages for name, content in page.make().items()}
        return files, row_of(known, self.place, self.measure).told()


def write_all(
    output: str | Path,
    *,
    places: Sequence[str],
    as_of: str,
    data: str | Path | None = None,
    languages: Sequence[str],
    shapes: str | Path | None = None,
    again: bool = False,
    processes: int | None = None,
    report: Callable[[str], object] = print,
) -> list[Path]:
    """Write a page for each place and language and front pages with their map into the folder ``output``.

    ``places``: labels; ``as_of`` and ``data`` as for ``write_pages``; ``shapes``: a GeoJSON or TopoJSON file to draw
    the map by; ``again``: make pages anew that are there, made from the same; ``processes``: as many as there are
    cores by default, one: this one; ``report`` is called with a line of progress at a time.
    A place whose page cannot be made does not keep others from theirs. Returns the front pages. Raises Refused at the
    end with each place that has no page, and why.
    """
    output, began = Path(output), time.monotonic()
    if output.exists() and not output.is_dir():
        raise FileProblem(f"{output} is a file; expected a folder for the pages")
    data = None if data is None else str(Path(data).resolve())
    known, languages = load_facts(data).as_of(as_of), [*map(located, languages)]
    what = "" if shapes is None else f"cannot draw the map of {Path(shapes).name}"
    matched = None if shapes is None else match(read_shapes(shapes), known.places, places, what)
    if matched is not None and matched.unknown:
        report(f"shapes that are no place of the package: {', '.join(matched.unknown)}")
    given, names, measure = {"as_of": as_of, "data": data}, slugs(known.places), measure_of(known, places)
    inputs = _digest(data, [lang for lang in languages if lang not in LANGUAGES])
    jobs = [
        _Job(tuple(PlacePage(p, names[p], lang, given, languages, inputs) for lang in languages), measure)
        for p in places
    ]
    sheet = style().encode()
    (output / BESIDE).mkdir(parents=True, exist_ok=True)
    if not _holds(output / SHEET, sheet):
        write_whole(output / SHEET, sheet)
    failed = _share(output, places[0], given, languages, inputs, again, report)
    rows = {} if again else _kept(output)
    todo = [job for job in jobs if again or not all(page.stands(output) for page in job.pages)]
    without: dict[str, str] = {}
    if done := len(jobs) - len(todo):
        report(f"{done} of {len(jobs)} places have their pages")
    try:
        for job, found, seconds in worked(todo, min(processes or os.cpu_count() or 1, len(todo))):
            done += 1
            if isinstance(found, BaseException):
                without[job.place] = " ".join(str(found).split()) or type(found).__name__
                write_together({output / page.path: None for page in job.pages})
                report(f"[{done}/{len(jobs)}] {job.place}: {without[job.place]}")
                continue
            files, row = found
            write_together({output / name: content for name, content in files.items()}, folders=True)
            rows[job.pages[0].fingerprint] = row
            report(f"[{done}/{len(jobs)}] {job.place}  {seconds:.1f} s")
    except KeyboardInterrupt:
        report(f"{done} of {len(jobs)} places have their pages; the same command goes on from there")
        raise
    finally:
        now = {job.pages[0].fingerprint for job in jobs}
        _keep(output, {key: row for key, row in rows.items() if key in now})
    told = [_row(job, rows, known) for job in jobs]
    front = Front(
        known,
        measure,
        told,
        lay_out(known.places, known.tiles, places),
        matched,
        {p: names[p] for p in places if p not in without},
        without,
        languages,
        _kind(known, places),
        data,
    )
    fronts = {output / front_name(lang, languages): front.html(lang) for lang in languages}
    write_together(fronts)
    report(f"{len(places)} places in {time.monotonic() - began:.0f} s; open {output / 'index.html'}")
    refuse(
        f"{len(without) + len(failed)} of the pages are missing",
        [f"{name}: {reason}" for name, reason in {**failed, **without}.items()],
    )
    return list(fronts)


def worked(jobs: Sequence[_Job], processes: int, start: str = "spawn") -> Iterator[tuple[_Job, Any, float]]:
    """Yield each job with what it made, or the error that it ended in, and its seconds, as they end.

    ``start``: how processes are begun: anew, on every system; one that has threads cannot be copied safely.
    """
    if processes <= 1:
        for job in jobs:
            yield _tried(job)
        return
    left, abreast = list(jobs), processes
    while left:
        lost = []
        pool = ProcessPoolExecutor(abreast, get_context(start), _undisturbed)
        try:
            with _one_core():
                waiting = {pool.submit(_tried, job): job for job in left}
            for future in as_completed(waiting):
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    lost.append(waiting[future])
                elif error is not None:
                    yield waiting[future], error, 0.0
                else:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        left = [job for job in left if job in lost]
        # One at a time it is clear which of them ends its process.
        if left and abreast == 1:
            yield left.pop(0), PovertyStatsError("its process was ended, perhaps for lack of memory"), 0.0
        abreast = 1


def _tried(job: _Job) -> tuple[_Job, Any, float]:
    start = time.monotonic()
    try:
        found: Any = job.done()
    except Exception as error:
        found = PovertyStatsError(
            str(error) if isinstance(error, PovertyStatsError) else f"{type(error).__name__}: {error}"
        )
    return job, found, time.monotonic() - start


def _undisturbed() -> None:
    """Let a process leave an interruption to the one that it works for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _one_core() -> Iterator[None]:
    """Let the linear algebra of processes that are begun here keep to one core each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
        for name in (name for name, value in before.items() if value is None):
            del os.environ[name]


def _share(
    output: Path,
    place: str,
    given: Mapping[str, str | None],
    languages: Sequence[str],
    inputs: str,
    again: bool,
    report: Callable[[str], object],
) -> dict[str, str]:
    """Make the pages that say the same of all places, unless they stand; return why one could not be made."""
    told = [inputs, sorted(given.items()), list(languages)]
    stand = all((output / page_name(name, lang)).is_file() for name in SHARED for lang in languages)
    try:
        same = json.loads((output / _SHARED).read_text("utf-8")) == json.loads(json.dumps(told))
    except (OSError, ValueError):
        same = False
    if stand and same and not again:
        return {}
    options: dict[str, Any] = {"as_of": given["as_of"], "data": given["data"], "languages": languages}
    try:
        write_pages(output, place=place, notebooks=SHARED, index=False, report=report, **options)
    except PovertyStatsError as error:
        return {", ".join(SHARED): str(error)}
    write_whole(output / _SHARED, json.dumps(told, ensure_ascii=False))
    return {}


def _kept(output: Path) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads((output / _ROWS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _keep(output: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True)
    if not _holds(output / _ROWS, text.encode()):
        write_whole(output / _ROWS, text)


def _row(job: _Job, rows: Mapping[str, Mapping[str, Any]], known: Facts) -> Row:
    """Return the row of a place, from its page's making or worked out now; an empty one where that cannot be."""
    try:
        return Row(**rows[job.pages[0].fingerprint])
    except (KeyError, TypeError):
        pass
    try:
        return row_of(known, job.place, job.measure)
    except Exception:  # its page failed by the same, and says so
        return Row(job.place)


def _kind(known: Facts, places: Sequence[str]) -> str:
    """Return the kind that all places are of; "" for several."""
    kinds = {*known.places.table.set_index("place")["kind"].reindex(places)}
    return str(kinds.pop()) if len(kinds) == 1 else ""


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _digest(data: str | None, spoken: Sequence[str] = ()) -> str:
    """Return what changes with the data, the code and the packages that pages are made by."""
    files = [*DATA.glob("*.*"), *(NOTEBOOKS / x for x in NOTEBOOKS.glob(f"*/{BRIEF}.ipynb"))]
    files += map(Path, spoken)
    files += [f for f in _HERE.rglob("*") if f.suffix in (".py", ".toml", ".j2", ".css", ".js", ".json")]
    files += [NOTEBOOKS / lang.name / f"{name}.ipynb" for lang in NOTEBOOKS.iterdir() for name in SHARED]
    if data is not None:
        path = Path(data)
        path = path / "datapackage.json" if path.is_dir() else path
        files += [path, *(path.parent / one["path"] for one in read_descriptor(path)[0]["resources"])]
    told = sha256(repr([platform.python_version(), *(f"{p} {version(p)}" for p in _PACKAGES)]).encode())
    for file in sorted(set(files)):
        told.update(file.read_bytes() if file.is_file() else b"")
    return told.hexdigest()
