"""``datapackage.json``: what it may say, the files that it names, their checksums; nothing in it is passed over."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from povertystats.files.identity import wrong_identity
from povertystats.files.numbers import Notation
from povertystats.files.problems import DataError, Problem
from povertystats.files.units import READING, Reading
from povertystats.words.errors import FileProblem, Refused, refuse
from povertystats.words.names import did_you_mean, plain

# Frictionless' own keys, of its first and its second version, and ours; those of ``READING`` may stand in a package, for
# all of its files, and in a resource, for one.
_BOTH = (
    *("name", "title", "title_vi", "title_en", "description", "homepage", "licenses", "sources", "profile"),
    *("$schema", "type", "notes", *READING),
)
PACKAGE = (
    *("resources", "id", "version", "contributors", "keywords", "image", "created", "publisher", *_BOTH),
    *("maintainers", "spatial", "temporal", "language", "licence", "license"),
    *("extends", "country", "kinds"),
)
# What may be said in any language: title_id, country_vi.
_NAMED = re.compile(r"(title|country)_[a-z]{2,3}([_-][A-Z]\w+)?")
RESOURCE = (
    *("path", "role", "format", "mediatype", "encoding", "bytes", "hash", "hashing", "stats", "schema"),
    *("dialect", "scheme", "compression", *_BOTH),
)
SCHEMA = (
    *(
        "fields",
        "missingValues",
        "fieldsMatch",
        "primaryKey",
        "foreignKeys",
        "uniqueKeys",
        "$schema",
        "profile",
    ),
    *("name", "type", "title", "description"),
)
FIELD = (
    *("name", "type", "format", "decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues"),
    *(
        "missingValues",
        "constraints",
        "title",
        "title_vi",
        "title_en",
        "description",
        "example",
        "rdfType",
        "unit",
    ),
    *("categories", "categoriesOrdered", "notes"),
)
# Keys that change what is read, or how it is checked: one that is nearly such a key is an error.
_MATTER = {*READING, *RESOURCE[:11], *SCHEMA[:3], *FIELD[:9], *PACKAGE[-3:], "resources", "name"} - {
    "format",
    "mediatype",
}
# Half of a letter, which no file can be called by.
_LONE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
# What would change the figures that are read, and is not understood.
_NOT_READ = ("data", "extrapaths", "innerpath", "layout", "control", "query")
# The kinds of checksum that a file may be compared with.
SUMS = ("md5", "sha1", "sha256", "sha512")
_RENEW = "drop or renew it if the change is meant"
_TEXTS, _LISTS, _TABLES = (
    ("name", "role", "hash", "encoding", "hashing", "published"),
    ("missing", "yes", "no"),
    ("units",),
)


def read_descriptor(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Return ``datapackage.json`` as a dict whose resources have the types that a reader relies on, and warnings.

    Raises DataError with everything that is wrong: no such file, no JSON, a key that stands twice or is nearly one that
    is known, values of another type, files outside the package's folder.
    """
    name, twice = path.name, []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return dict(pairs)

    try:
        found = json.loads(regular(path), object_pairs_hook=once)
    except FileNotFoundError:
        raise DataError(path, [Problem(name, None, "", "", "there is no such file")]) from None
    except (OSError, ValueError, RecursionError) as error:
        hint = "" if path.suffix == ".json" else "a package is a datapackage.json or its folder"
        raise DataError(path, [Problem(name, None, "", str(error), "expected readable JSON", hint)]) from None
    problems = [Problem(name, None, key, "", "this key stands twice") for key in twice]
    warnings: list[Problem] = []
    resources = found.get("resources") if isinstance(found, dict) else None
    if not isinstance(resources, list) or not resources:
        problems.append(Problem(name, None, "resources", "", 'expected a list, each with a "path"'))
    about = [one if isinstance(one, dict) else {} for one in resources] if isinstance(resources, list) else []
    for keys, known in _levels(found if isinstance(found, dict) else {}, about):
        for problem, wrong in _keys(name, keys, known):
            (problems if wrong else warnings).append(problem)
        # A unit's own words are looked at with what else a package says of itself.
        units = keys.get("units")
        written = {k: v for k, v in units.items() if isinstance(v, str)} if isinstance(units, dict) else units
        problems += _wrong_types(name, {**keys, "units": written} if keys is found else keys)
    problems += wrong_identity(name, found) if isinstance(found, dict) else ()
    for one in about:
        problems += _wrong_path(name, one, path.parent)
    for key in ("path", "name"):
        values = [one[key] for one in about if isinstance(one.get(key), str)]
        again = sorted({value for value in values if values.count(value) > 1})
        problems += [Problem(name, None, key, value, "described twice") for value in again]
    if problems:
        raise DataError(path, problems)
    return found, warnings


def regular(path: Path) -> bytes:
    """Return what a file holds; raises OSError, and FileProblem on what is no regular file, which is not even opened.

    >>> regular(Path("/dev/null"))
    Traceback (most recent call last):
    povertystats.words.errors.FileProblem: it is no regular file
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise FileProblem("it is no regular file")
    return path.read_bytes()


def checked_sums(resource: Mapping[str, Any], content: bytes) -> Iterator[Problem]:
    """Yield a problem for every checksum, size and compression that a descriptor gives and the file does not have.

    >>> [problem.rule for problem in checked_sums({"path": "a.csv", "hash": "sha1:00", "bytes": 3}, b"abc")]
    ['the file differs from its checksum in datapackage.json']
    """
    file = resource["path"]
    said_of = resource.get("stats")
    stats = said_of if isinstance(said_of, dict) else {}
    packed = resource.get("compression") or "no"
    if packed not in ("no", "gz", "gzip") or (packed != "no" and not content.startswith(b"\x1f\x8b")):
        rule = "the file is not compressed so" if packed in ("gz", "gzip") else "is not read"
        yield Problem(file, None, "compression", str(packed), rule, "unpack the file, or use gz")
    sums = {"hash": resource.get("hash"), **{f"stats.{key}": stats.get(key) for key in (*SUMS, "hash")}}
    for key, said in sums.items():
        if said is None:
            continue
        before, _, written = str(said).rpartition(":")
        named = key.removeprefix("stats.")
        kind = before.casefold() or (named if named in SUMS else str(resource.get("hashing", "md5")))
        kind = kind.replace("-", "")
        if kind not in SUMS:
            yield Problem(file, None, key, str(said), "no such kind of checksum", f"use {', '.join(SUMS)}")
        elif hashlib.new(kind, content, usedforsecurity=False).hexdigest() != written.strip().casefold():
            yield Problem(
                file, None, key, "", "the file differs from its checksum in datapackage.json", _RENEW
            )
    for key, size in (("bytes", resource.get("bytes")), ("stats.bytes", stats.get("bytes"))):
        if size is not None and size != len(content):
            rule = f"the file has {len(content)} bytes, not those of datapackage.json"
            yield Problem(file, None, key, str(size), rule, _RENEW)


def near(name: str, known: Collection[str]) -> str:
    """Return "did you mean …?" for a name that is written nearly as a known one, or nothing.

    >>> near("Illustrative", ["illustrative", "note"]), near("remark", ["illustrative", "note"])
    ('did you mean illustrative?', '')
    """
    spelled = {plain(one).replace("_", "").replace("-", "").replace(" ", ""): one for one in known}
    meant = plain(name).replace("_", "").replace("-", "").replace(" ", "")
    return did_you_mean(meant, spelled).removeprefix("; ") if meant else ""


def _levels(package: Any, resources: list[dict]) -> Iterator[tuple[Mapping[str, Any], Collection[str]]]:
    """Yield every object of a descriptor that says how something is read, with the keys that it may have."""
    yield package, PACKAGE
    for resource in resources:
        yield resource, RESOURCE
        schema = resource.get("schema")
        if isinstance(schema, dict):
            yield schema, SCHEMA
            fields = schema.get("fields")
            yield from (
                ((one, FIELD) for one in fields if isinstance(one, dict)) if isinstance(fields, list) else ()
            )


def _keys(file: str, keys: Mapping[str, Any], known: Collection[str]) -> Iterator[tuple[Problem, bool]]:
    """Yield a problem for every key that is not known, and whether it is an error."""
    for key, value in keys.items():
        shown = str(value) if isinstance(value, str | int | float) else ""
        if key in known or _NAMED.fullmatch(key):
            continue
        if key in _NOT_READ:
            yield (
                Problem(file, None, key, "", "is not understood", "put the table into a file of its own"),
                True,
            )
        elif key in _MATTER:
            yield (
                Problem(file, None, key, shown, "this key stands at the wrong level of the descriptor"),
                True,
            )
        elif ":" in key or key.startswith(("_", "x-")):
            yield Problem(file, None, key, shown, "this key is not known"), False  # somebody else's
        else:
            hint = near(key, [one for one in known if one in _MATTER])
            yield (
                Problem(file, None, key, shown, "this key is not known", hint or near(key, known)),
                bool(hint),
            )


def _wrong_types(file: str, keys: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for every key of ours whose value has another type."""
    for key, value in keys.items():
        expected = ""
        if key in _TEXTS and not isinstance(value, str):
            expected = "expected text"
        elif key == "illustrative" and not isinstance(value, bool):
            expected = "expected true or false"
        elif key == "bytes" and (isinstance(value, bool) or not isinstance(value, int)):
            expected = "expected a whole number"
        elif key in ("schema", "dialect") and not isinstance(value, dict):
            expected = "expected it to stand here, as an object"
        elif key == "fields" and not (
            isinstance(value, list) and all(isinstance(one, dict) for one in value)
        ):
            expected = "expected a list of fields, each an object with its name"
        elif key in ("foreignKeys", "uniqueKeys", "categories") and not isinstance(value, list):
            expected = "expected a list"
        elif key == "primaryKey" and not (isinstance(value, str) or _are_texts(value)):
            expected = "expected a field or a list of fields"
        elif value is not None and key in _LISTS and not _are_texts(value):
            expected = "expected a list of texts"
        elif (
            value is not None
            and key in _TABLES
            and not (isinstance(value, dict) and _are_texts([*value.values()]))
        ):
            expected = 'expected units by name, such as {"poor_household_pct": "share"}'
        elif value is not None and key in ("decimal", "thousands"):
            try:
                Notation(**{key: value})
            except (Refused, TypeError):
                expected = 'expected "." or ","'
        if expected:
            yield Problem(file, None, key, str(value), expected)


def _are_texts(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def _wrong_path(file: str, resource: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    path = resource.get("path")
    parts = Path(path).parts if isinstance(path, str) else ()
    if (
        not isinstance(path, str)
        or "://" in path
        or "\0" in path
        or _LONE.search(path)
        or ".." in parts
        or Path(path).is_absolute()
    ):
        expected = "expected the name of one file inside the package's folder"
        yield Problem(file, None, "path", "" if path is None else str(path), expected)
    elif not (folder / path).resolve().is_relative_to(folder.resolve()):
        yield Problem(file, None, "path", path, "a link that leaves the package's folder")


def reading(**options: Any) -> Reading:
    """Return the options of a reader that are given; raises Refused for a wrong one.

    >>> reading(decimal=",", units=None).given
    (('decimal', ','),)
    """
    given = {key: [*value] if isinstance(value, tuple | set) else value for key, value in options.items()}
    refuse("cannot read so", [f"{p.field} is {p.value!r}; {p.rule}" for p in _wrong_types("", given)])
    made = Reading.of(given)
    made.notation  # noqa: B018 - refuses signs that cannot stand together
    return made
