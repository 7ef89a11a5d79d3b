"""What a JSON Schema finds is told in plain English, all at once."""

import datetime
import subprocess
import sys
from importlib.util import find_spec

import pytest

from povertystats.words.schemas import problems

SCHEMA = {
    "type": "object",
    "description": "a table",
    "required": ["name", "born"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "a text"},
        "born": {"type": "date", "description": "a date"},
        "n": {"type": "integer", "minimum": 1, "description": "a whole number, 1 or more"},
        "inner": {"type": "object", "description": "a table", "additionalProperties": False},
    },
    "patternProperties": {"^title_": {"type": "string", "description": "a text"}},
    "additionalProperties": False,
}
GOOD = {"name": "x", "born": datetime.date(2020, 5, 7)}


def test_what_is_right_has_no_problem():
    assert problems(GOOD | {"title_fr": "y", "n": 2, "inner": {}}, SCHEMA) == []


def test_every_problem_has_its_place_and_what_was_expected():
    found = {"name": "", "n": True, "inner": {"x": 1}, "title_vi": 3, "tilte": "y"}
    assert sorted(problems(found, SCHEMA)) == [
        "inner: 'x' is not known; expected no keys",
        "n: expected a whole number, 1 or more, not True",
        "name: expected a text, not ''",
        "the file: 'born' is missing",
        "the file: 'tilte' is not known; expected name, born, n, inner",
        "title_vi: expected a text, not 3",
    ]


@pytest.mark.parametrize("n", [0, 1.0, "1", None])
def test_a_whole_number_is_written_as_one(n):
    assert problems(GOOD | {"n": n}, SCHEMA) == [f"n: expected a whole number, 1 or more, not {n!r}"]


def test_one_value_that_breaks_two_rules_is_told_once():
    assert problems(GOOD | {"inner": 3}, SCHEMA) == ["inner: expected a table, not 3"]


def test_formats_are_checks_of_the_callers_own():
    def even(value):
        if value % 2:
            raise ValueError(f"{value} is odd")
        return True

    schema = {"properties": {"n": {"format": "even"}, "kind": {"enum": ["a", "b"]}, "some": {"minItems": 1}}}
    assert problems({"n": 3, "kind": "c", "some": []}, schema, {"even": even}) == [
        "kind: 'c' is not known; choose from a, b",
        "n: 3 is odd",
        "some: expected at least one option",
    ]


@pytest.mark.skipif(find_spec("rfc3987_syntax") is None, reason="this jsonschema reads no such grammars")
def test_grammars_of_addresses_are_compiled_when_one_is_asked_for():
    told = subprocess.run([sys.executable, "-c", GRAMMARS], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", "True", "True", "False"]


# Whether the grammars are there, whether addresses are still checked, and by the grammars.
GRAMMARS = """
import sys
from povertystats.words.schemas import jsonschema
checker = jsonschema().FormatChecker()
print("rfc3987_syntax" in sys.modules)
print(checker.conforms("https://xã.vn/", "iri"), "rfc3987_syntax" in sys.modules, checker.conforms("a b", "iri"))
"""
