"""Sources of rows: the files that a path, a folder or a pattern names, of one kind, and their texts in UTF-8."""

from __future__ import annotations

import atexit
import codecs
import csv
import gzip
import os
import re
import shutil
import tempfile
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache
from glob import escape, glob
from itertools import product
from typing import Any, TypeAlias

from povertystats.files.problems import DataError, Problem
from povertystats.tables.delimited import RARE
from povertystats.tables.fonts import misread
from povertystats.tables.text import SAVE_AGAIN, decoded
from povertystats.words.errors import WrongType, refuse

# What rows are read from: a DataFrame, an ibis table, a path or a pattern of paths, or a list of these.
Readable: TypeAlias = Any
# Signs by which DuckDB takes a name for a pattern; in brackets each is itself.
_LITERAL = re.compile(r"([\[*?])")
# So many bytes tell the encoding of a file.
_HEAD = 1 << 20
_SHORT = 1 << 16  # so many letters tell a font
_PARQUET = (".parquet", ".parq", ".pq")
_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
# So many files that are neither are enough to refuse a folder.
_ODD = 100


def find_files(source: object) -> tuple[str, ...]:
    """Return the files of a path, of a folder, of a pattern such as ``"register/*.parquet"``, or of a list of them, in order.

    A file that is there is that file, whatever signs its name has; the files of a pattern are sorted. A folder is all
    files in it and below, but for those whose names begin with "." or "_"; a pattern that matches files means these
    alone, and folders that are called like them or ``year=2019``. What has a scheme (``s3://…``) is left to an engine to find.

    Raises WrongType on another source; Refused, all problems at once, where no file matches, on names that
    end like neither Parquet nor CSV, on both kinds together, and on the folder of a table of Delta Lake or Iceberg.

    >>> find_files("s3://review/*.parquet")
    ('s3://review/*.parquet',)
    """
    patterns = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(patterns, list | tuple) or not all(isinstance(p, str | os.PathLike) for p in patterns):
        expected = "a path, a list of paths, a DataFrame or an ibis table"
        raise WrongType(f"source must be {expected}, not {type(source).__name__}")
    files, problems = [], [] if patterns else ["the list of files is empty"]
    for pattern in map(os.fspath, patterns):
        there = [pattern] if os.path.lexists(pattern) else glob(pattern, recursive=True)
        found = _below(there)
        matches = sorted(file for file in found if os.path.isfile(file))
        problems += [
            f"{folder} is a table of {kind}; read it with Spark: engine=…, and its DataFrame as the source"
            for folder, kind in _lakes(there)
        ]
        if there and not matches:
            empty = any(map(os.path.isdir, there)) and not found
            problems.append(f"{pattern} holds no file" if empty else f"{pattern} is no regular file")
            continue
        matches = matches if local([pattern]) else [pattern]
        problems += [] if matches else [f"no file matches {pattern!r}"]
        files += matches
    kinds = {file: is_parquet(file) for file in files}
    problems += [
        f"{file} is neither Parquet nor CSV; expected a name that ends in {', '.join((*_PARQUET, *_CSV))}, or a frame, as ps.read_table(file).table"
        for file, parquet in kinds.items()
        if not (parquet or file.lower().endswith(_CSV))
    ]
    if len(set(kinds.values())) > 1 and not problems:
        problems.append("both Parquet and CSV; expected files of one kind")
    refuse("cannot read the source", problems)
    return tuple(files)


def _below(paths):
    """Return files, and those in folders: of all where there are folders only, else of those called like files."""
    files, odd = {path for path in paths if not os.path.isdir(path)}, 0
    for folder in {*paths} - files:
        named = folder.lower().rstrip(os.sep).endswith((*_PARQUET, *_CSV)) or "=" in os.path.basename(folder)
        if named or not files:
            for place, folders, names in os.walk(folder):
                folders[:] = [name for name in folders if not name.startswith((".", "_"))]
                found = {os.path.join(place, name) for name in names if not name.startswith((".", "_"))}
                files |= found
                odd += sum(os.path.isfile(f) for f in found if not f.lower().endswith((*_PARQUET, *_CSV)))
                if odd > _ODD:  # no folder of a register, be it the root of a disk: these are told
                    break
    return files


def _lakes(paths):
    marks = {"_delta_log": "Delta Lake", "metadata": "Iceberg"}
    for path, (mark, kind) in product(paths, marks.items()):
        inside = os.path.join(path, mark)
        if os.path.isdir(inside) and (
            mark == "_delta_log" or glob(os.path.join(escape(inside), "*.metadata.json"))
        ):
            yield path, kind


def is_parquet(file: str) -> bool:
    """Return whether a file is Parquet, by its name.

    >>> is_parquet("a.parquet"), is_parquet("a.csv.gz")
    (True, False)
    """
    return file.lower().endswith(_PARQUET)


def local(files: Iterable[str]) -> list[str]:
    """Return the files of this machine.

    >>> local(["a.csv", "s3://review/b.csv"])
    ['a.csv']
    """
    return [file for file in files if "://" not in file]


def literal(file: str) -> str:
    """Return the name of a file as a pattern of DuckDB that means this file alone.

    >>> literal("review[2019].csv"), literal("s3://review/*.csv")
    ('review[[]2019].csv', 's3://review/*.csv')
    """
    return _LITERAL.sub(r"[\1]", file) if local([file]) else file


def header(file: str) -> tuple[str, list[str]]:
    """Return the delimiter of a CSV file and the names of its columns, by its first line.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text('commune;"income; monthly"')
    ...     header(str(path))
    (';', ['commune', 'income; monthly'])
    """
    file = as_utf8(file)
    opened = gzip.open if file.lower().endswith(".gz") else open
    # What is no UTF-8 the engine reports, with its line.
    with opened(file, "rt", encoding="utf-8-sig", errors="replace") as lines:
        first = lines.readline()
    ways = [(mark, next(csv.reader([first], delimiter=mark), [])) for mark in f",;\t|{RARE}"]
    usual = max(ways[:4], key=lambda way: len(way[1]))
    return usual if len(usual[1]) > 1 else max(ways, key=lambda way: len(way[1]))


def as_utf8(file: str) -> str:
    """Return the path of a CSV file that engines can read: itself where it is UTF-8, else a copy, made once, line by line.

    Raises DataError on an encoding that may be read in two ways, or a font from before Unicode.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_bytes("xã,thu nhập".encode("utf-16"))
    ...     Path(as_utf8(str(path))).read_text("utf-8")
    'xã,thu nhập'
    """
    if is_parquet(file) or not local([file]):
        return file
    state = os.stat(file)
    return _copied(file, state.st_size, state.st_mtime_ns)


@cache
def _copied(file, size, changed):
    named = file.lower().endswith(".gz")
    try:
        with open(file, "rb") as content:
            packed = content.read(2) == b"\x1f\x8b"
        opened = gzip.open if named or packed else open
        with opened(file, "rb") as content:
            head = content.read(_HEAD)
    except (OSError, EOFError, zlib.error):  # the engine says so, with its line
        return file
    wide = b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    ends = {*re.findall(rb"\r\n|\n|\r", head.removesuffix(b"\r"))}  # of several kinds DuckDB reads none
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
        if problem := misread(unicodedata.normalize("NFC", text[:_SHORT])):
            raise DataError(file, [Problem(file, None, "", "", *problem)])
        if not wide and packed <= named and len(ends) < 2:
            return file
    except UnicodeDecodeError:
        pass
    whole = head if wide or len(head) < _HEAD else head[: head.rfind(b"\n") + 1]
    _, encoding = decoded(whole[: len(whole) // 4 * 4] if wide and len(head) == _HEAD else whole, file)
    folder = tempfile.mkdtemp(prefix=f"povertystats-engine-{os.getpid()}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Folders such as year=2019/ tell a column.
    told = [part for part in os.path.dirname(os.path.abspath(file)).split(os.sep) if "=" in part]
    path = os.path.join(folder, *told, os.path.basename(file).removesuffix(".gz"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with (
        opened(file, "rt", encoding=encoding) as lines,
        open(path, "w", encoding="utf-8", newline="") as copy,
    ):
        try:
            copy.writelines(unicodedata.normalize("NFC", line) for line in lines)
        except UnicodeDecodeError as error:
            rule = f"is {encoding} at first, and later is not"
            raise DataError(file, [Problem(file, None, "", "", rule, SAVE_AGAIN)]) from error
    return path
