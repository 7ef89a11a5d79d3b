"""Files checked by a JSON Schema: every problem at once and in plain English, with its place and what was expected."""

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any


def problems(found: dict, schema: Path) -> list[str]:
    """Return what a JSON Schema finds wrong with a file that was read, a sentence each.

    What a value should be is said by the ``description`` of its part of the schema. Beside the types of JSON a
    schema may ask for a "date", and an "integer" is one that is written as one.
    """
    errors = sorted(_validator(schema).iter_errors(found), key=lambda error: [*map(str, error.absolute_path)])
    return list(dict.fromkeys(problem for error in errors for problem in _said(error)))


@cache
def _validator(schema: Path) -> Any:
    from jsonschema import Draft202012Validator, validators  # when a file is checked: it takes a second

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "date": lambda _, value: isinstance(value, date),
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        }
    )
    kind = validators.extend(Draft202012Validator, type_checker=types)
    return kind(json.loads(schema.read_text(encoding="utf-8")))


def _said(error: Any) -> Iterator[str]:
    where, value = "".join(f"{key}." for key in error.absolute_path)[:-1], error.instance
    where = where and f"{where}: "
    if error.validator == "required":
        yield from (f"{where}{key!r} is missing" for key in error.validator_value if key not in value)
    elif error.validator == "additionalProperties":
        known, patterns = (error.schema.get(name, {}) for name in ("properties", "patternProperties"))
        unknown = [key for key in value if key not in known and not any(re.search(p, key) for p in patterns)]
        yield from (
            f"{where}{key!r} is not known; expected {', '.join(known) or 'no keys'}" for key in unknown
        )
    else:
        shown = "" if isinstance(value, dict) and error.validator != "type" else f", not {value!r}"
        yield f"{where}expected {error.schema['description']}{shown}"
