"""Sources of rows: the files that a pattern names, of one kind and with the same columns, or what is wrong with them."""

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
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from glob import glob
from typing import TYPE_CHECKING, Any, TypeAlias

from povertystats.tables.text import decoded
from povertystats.words.errors import WrongType, refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table

# What rows are read from: a DataFrame, an ibis table, a path or a pattern of paths, or a list of these.
Readable: TypeAlias = Any
# Short records are errors, as in DuckDB, also in columns that no query needs.
_SPARK_CSV = {
    **{"header": True, "quote": '"', "escape": '"', "mode": "FAILFAST", "columnPruning": False},
    **{"enforceSchema": False, "nanValue": "nan", "positiveInf": "inf", "negativeInf": "-inf"},
}
# Signs by which DuckDB takes a name for a pattern; in brackets each is itself.
_LITERAL = re.compile(r"([\[*?])")
# So many bytes tell the encoding of a file.
_HEAD = 1 << 20
_PARQUET = (".parquet", ".parq", ".pq")
_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def find_files(source: object) -> tuple[str, ...]:
    """Return the files of a path, of a pattern such as ``"register/*.parquet"``, or of a list of them, in order.

    A file that is there is that file, whatever signs its name has; the files of a pattern are sorted. What has a scheme (``s3://…``) is left to an engine to find.

    Raises WrongType on another source; Refused, all problems at once, where no file matches, on names that
    end like neither Parquet nor CSV, and on both kinds together.

    >>> find_files("s3://review/*.parquet")
    ('s3://review/*.parquet',)
    """
    patterns = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(patterns, list | tuple) or not all(isinstance(p, str | os.PathLike) for p in patterns):
        expected = "a path, a list of paths, a pandas DataFrame or an ibis table"
        raise WrongType(f"source must be {expected}, not {type(source).__name__}")
    files, problems = [], [] if patterns else ["the list of files is empty"]
    for pattern in map(os.fspath, patterns):
        there = [pattern] if os.path.lexists(pattern) else glob(pattern, recursive=True)
        matches = sorted(filter(os.path.isfile, there))
        if there and not matches:
            problems.append(f"{pattern} is no regular file")
            continue
        matches = matches if local([pattern]) else [pattern]
        problems += [] if matches else [f"no file matches {pattern!r}"]
        files += matches
    kinds = {file: is_parquet(file) for file in files}
    problems += [
        f"{file} is neither Parquet nor CSV; expected a name that ends in {', '.join((*_PARQUET, *_CSV))}"
        for file, parquet in kinds.items()
        if not (parquet or file.lower().endswith(_CSV))
    ]
    if len(set(kinds.values())) > 1 and not problems:
        problems.append("both Parquet and CSV; expected files of one kind")
    refuse("cannot read the source", problems)
    return tuple(files)


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
    ways = [(mark, next(csv.reader([first], delimiter=mark), [])) for mark in ",;\t|"]
    return max(ways, key=lambda way: len(way[1]))


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
    opened = gzip.open if file.lower().endswith(".gz") else open
    try:
        with opened(file, "rb") as content:
            head = content.read(_HEAD)
    except (OSError, EOFError, zlib.error):  # the engine says so, with its line
        return file
    wide = b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        if not wide:
            return file
    except UnicodeDecodeError:
        pass
    whole = head if wide or len(head) < _HEAD else head[: head.rfind(b"\n") + 1]
    _, encoding = decoded(whole[: len(whole) // 4 * 4] if wide and len(head) == _HEAD else whole, file)
    folder = tempfile.mkdtemp(prefix=f"povertystats-engine-{os.getpid()}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, os.path.basename(file).removesuffix(".gz"))
    with (
        opened(file, "rt", encoding=encoding, newline="") as lines,
        open(path, "w", encoding="utf-8", newline="") as copy,
    ):
        copy.writelines(unicodedata.normalize("NFC", line) for line in lines)
    return path


def differing(files: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the columns of local files of one kind, such as not being those of the first.

    An engine would leave such a column out, fill it with nothing, or round its numbers. Raises duckdb.Error on
    a Parquet file that cannot be read.

    >>> list(differing([]))
    []
    """
    import duckdb

    if len(files) == 1 and is_parquet(files[0]):
        return
    read = {}
    with duckdb.connect() as connection:
        for file in files:
            try:
                columns = _columns(connection, file)
            except (OSError, EOFError, zlib.error) as error:
                yield f"{file}: {error}"
                continue
            names = [name for name, _ in columns]
            twice = sorted({name for name in names if names.count(name) > 1})
            yield from (f"{file}: more than one column {name!r}" for name in twice)
            read[file] = dict(columns)
    first, expected = next(iter(read.items()), (None, {}))
    for file, columns in read.items():
        for name in {**expected, **columns}:
            here, there = columns.get(name, "missing"), expected.get(name, "missing")
            if here != there:
                yield f"{file}: column {name!r} is {here}, but {there} in {first}"
        if not is_parquet(file) and {*columns} == {*expected} and [*columns] != [*expected]:
            yield f"{file}: columns in another order than in {first}"


def _columns(connection, file):
    """Return (name, type) of each column; what a CSV holds is not looked at."""
    if not is_parquet(file):
        return [(name, "there") for name in header(file)[1]]
    rows = connection.read_parquet(file)
    return [*zip(rows.columns, map(str, rows.types), strict=True)]


def open_files(connection: Any, files: Sequence[str]) -> Table:
    """Return files of one kind, Parquet or CSV, as one table of an engine; the columns of a CSV are text.

    ``connection``: an ibis backend, DuckDB or Spark.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import ibis
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("commune,income\\n01840,650\\n")
    ...     open_files(ibis.duckdb.connect(), [str(path)]).to_pandas().values.tolist()
    [['01840', '650']]
    """
    if connection.name == "pyspark":
        return _on_spark(connection, files)
    if is_parquet(files[0]):
        return connection.read_parquet([_LITERAL.sub(r"[\1]", f) if local([f]) else f for f in files])
    options = {"quote": '"', "escape": '"'}
    if not local(files):
        return connection.read_csv(files, all_varchar=True, header=True, **options)
    # Nothing is guessed: a record that is too short is one, wherever it stands.
    options["delim"], names = header(files[0])
    return connection.read_csv(
        [_LITERAL.sub(r"[\1]", as_utf8(file)) for file in files],
        columns=dict.fromkeys(names, "VARCHAR"),
        header=True,
        auto_detect=False,
        **options,
    )


def _on_spark(connection, files):
    import ibis

    # ibis reads one Parquet file, and not with every option of CSV: the session of the backend does.
    rows = connection._session.read.format("parquet")
    if not is_parquet(files[0]):
        rows = rows.format("csv").options(**_SPARK_CSV)
        if here := local(files):
            mark, names = header(here[0])
            columns = ", ".join(f"`{name.replace('`', '``')}` string" for name in names)
            rows = rows.schema(columns).option("sep", mark)
    name = ibis.util.gen_name("files")
    # Spark would take signs of a name for a pattern as well.
    paths = [
        re.sub(r"([\[\]{}*?\\])", r"\\\1", os.path.abspath(as_utf8(f))) if local([f]) else f for f in files
    ]
    rows.load(paths).createOrReplaceTempView(name)
    return connection.table(name)
