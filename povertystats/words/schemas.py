"""TOML files read, and checked by a JSON Schema: every problem at once and in plain English, with its place and what was expected."""

import importlib
import math
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from povertystats.words.errors import MissingFile, Refused

# What a type is called, where the schema has no ``description`` of the value.
_CALLED = {
    "object": "a table",
    "array": "a list of names",
    "string": "a text",
    "integer": "a whole number",
}
# A value is shown up to so many letters.
_SHOWN = 60
# What jsonschema imports for formats of addresses: it compiles 38 grammars then, which takes seconds.
_GRAMMARS = "rfc3987_syntax"


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; where it cannot be, say that we ``what`` (such as "cannot read the standards").

    Raises MissingFile without the file, Refused where it is not TOML in UTF-8.
    """
    if path.exists() and not path.is_file():  # nothing ever comes out of a pipe
        raise Refused(what, ["it is no regular file"])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise MissingFile(f"{what}: there is no file {path}") from None
    except ValueError as wrong:
        raise Refused(what, [f"it is not TOML in UTF-8: {wrong}"]) from None


def jsonschema() -> ModuleType:
    """Import jsonschema and return it, its grammars left to whoever first asks for one; before nbformat, which imports it.

    >>> jsonschema().Draft202012Validator({"type": "string"}).is_valid("x")
    True
    """
    if "jsonschema" not in sys.modules and find_spec(_GRAMMARS):
        stands_in: Any = ModuleType(_GRAMMARS)
        stands_in.is_valid_syntax = lambda *asked: importlib.import_module(_GRAMMARS).is_valid_syntax(*asked)
        sys.modules[_GRAMMARS] = stands_in
        try:
            importlib.import_module("jsonschema")
        finally:
            del sys.modules[_GRAMMARS]
    return importlib.import_module("jsonschema")


def problems(
    found: dict, schema: dict, formats: Mapping[str, Callable[[Any], bool]] | None = None
) -> list[str]:
    """Return what a JSON Schema finds wrong with a file that was read, a sentence each.

    ``formats``: {format of the schema: a check, which raises ValueError with what is wrong}. Beside the types of JSON
    a schema may ask for a "date", an "integer" is one that is written as one, and a "number" is finite.
    """
    base = jsonschema().Draft202012Validator
    types = base.TYPE_CHECKER.redefine_many(
        {
            "date": lambda _, value: isinstance(value, date),
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: not isinstance(value, bool) and _is_finite(value),
        }
    )
    checker = jsonschema().FormatChecker(formats=())
    for name, check in (formats or {}).items():
        checker.checks(name, raises=ValueError)(check)
    kind = jsonschema().validators.extend(base, type_checker=types)
    errors = kind(schema, format_checker=checker).iter_errors(found)
    ordered = sorted(errors, key=lambda error: [*map(str, error.absolute_path)])
    return list(dict.fromkeys(problem for error in ordered for problem in _said(error)))


def _is_finite(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:
        return False


def _said(error: Any) -> Iterator[str]:
    value, wanted, part = error.instance, error.validator_value, error.schema
    where = ".".join(map(str, error.absolute_path)) or "the file"
    if error.validator == "required":
        why = f", {part['$comment']}" if "$comment" in part else ""
        yield from (f"{where}: {key!r} is missing{why}" for key in wanted if key not in value)
    elif error.validator == "additionalProperties":
        known = list(dict.fromkeys([*part.get("properties", ()), *part.get("required", ())]))
        patterns = part.get("patternProperties", ())
        unknown = [key for key in value if key not in known and not any(re.search(p, key) for p in patterns)]
        choice = ", ".join(known) or "no keys"
        yield from (f"{where}: {key!r} is not known; expected {choice}" for key in unknown)
    elif error.validator == "enum":
        yield f"{where}: {value!r} is not known; choose from {', '.join(wanted)}"
    elif error.validator == "format":
        yield f"{where}: {error.cause}"
    elif error.validator in ("minItems", "minProperties"):
        yield f"{where}: expected at least one option"
    else:
        said = repr(value) if len(repr(value)) <= _SHOWN else f"{repr(value)[:_SHOWN]}…"
        shown = "" if isinstance(value, dict) and error.validator != "type" else f", not {said}"
        yield f"{where}: expected {part.get('description') or _CALLED[part['type']]}{shown}"
