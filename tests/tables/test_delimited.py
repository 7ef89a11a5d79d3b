"""Records of delimited text: any delimiter, their numbers in the file, what is cut off or ragged."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.files.numbers import Notation, read_numbers
from povertystats.tables.delimited import Dialect, declared, ragged, records


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(
    st.lists(st.lists(st.text("aạ, ;\t|\"'\n\r1.", max_size=6), min_size=3, max_size=3), max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_comes_back(delimiter, rows, end):
    file = io.StringIO()
    every = [["place", "year", "value"], *rows]
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(every)
    made, seen, problems = records(file.getvalue(), "a.csv")
    assert ([cells for _, cells in made], seen, problems) == (every, delimiter, [])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("rate\n1,5\n2,5\n", "\x1f"),
        ("a;b\n1,5;2,5\n", ";"),
        ("place;rate, pct\nA;1,5\nB;2,5\n", ";"),
        ("Rates, as of May\nplace;rate\nA;1,5\nB;2,5\n", ";"),
        ("sep=;\nplace;a,b\n1;2,5\n", ";"),
        ('a,b\n"1;2","3;4"\n', ","),
        ("a\tb\n1,5\t2;5\n", "\t"),
        *((f"place{mark}rate\nA{mark}1,5\nB{mark}2,5\n", mark) for mark in ":~^#=&"),
        ("note\nA: 1,5\nB: 2,5\n", "\x1f"),
        ("ward\nWard 1\nWard 2\n", "\x1f"),
        ("name of ward\nWard of 1\nWard of X\n", "\x1f"),
    ],
)
def test_the_delimiter_is_seen(text, delimiter):
    assert records(text, "a.csv")[1:] == (delimiter, [])


def test_texts_that_an_export_marks_as_such_keep_their_zeros():
    made, _, problems = records('place,code\nA,="06"\nB,"x=""1"""\n', "a.csv")
    assert made[1:] == [(2, ["A", "06"]), (3, ["B", 'x="1"'])] and not problems


def test_rows_keep_their_numbers():
    made, _, _ = records('a,b\r\n1,"2\r\n3"\r\n\r\n4,5\r\n', "a.csv")
    assert [(number, cells) for number, cells in made if cells] == [
        (1, ["a", "b"]),
        (2, ["1", "2\r\n3"]),
        (4, ["4", "5"]),
    ]


def test_a_dialect_is_followed():
    text = "! of the office\na| 'b|c'\n1| 2~|3\n"
    made, _, problems = records(text, "a", Dialect("|", quote="'", escape="~", skip_blank=True, remark="!"))
    assert [cells for _, cells in made] == [["a", "b|c"], ["1", "2|3"]] and not problems
    made, _, _ = records("a,b\nunits,pct\n1,2\n", "a", Dialect(remarks=(2,)))
    assert [number for number, _ in made] == [1, 3]


def test_what_cannot_be_told_or_is_broken():
    doubt = records("a,b;c\n1,2;3\n", "a.csv")[2][0]
    assert doubt.rule == "comma and semicolon part it alike" and "delimiter=" in doubt.suggestion
    for text in ('a,b\n1,"2,3\n4,5\n', 'a,b\n1,"2"3\n', '"a,b\n1,2\n'):
        (problem,) = records(text, "a.csv")[2]
        assert "quote" in problem.rule and problem.row == (1 if text[0] == '"' else 2)
    made, _, _ = records("a,b\n1\n2,3\n4,5,6\n", "a.csv")
    assert [(p.row, p.rule[-5:]) for p in ragged(made, 2, "a.csv")] == [(2, "got 1"), (4, "got 3")]


def test_a_descriptor_is_understood_in_both_spellings():
    csv_ = {"delimiter": ";", "quoteChar": "'", "skipInitialSpace": True, "nullSequence": "nil"}
    rows = {"headerRows": [2], "commentRows": [3], "commentChar": "#"}
    schema = {
        "missingValues": ["", {"value": "-99", "label": "refused"}],
        "fields": [
            {"name": "value", "type": "number", "decimalChar": ",", "groupChar": ".", "bareNumber": False},
            {"name": "poor", "type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]},
            {"name": "day", "type": "date", "format": "%d/%m/%Y"},
            {"name": "code", "type": "string"},
        ],
    }
    spellings = [{"dialect": {**csv_, **rows}}, {"dialect": {"csv": csv_, **rows}}]
    flat, nested = (declared({**spelling, "encoding": "utf-16", "schema": schema}) for spelling in spellings)
    assert flat == nested and not flat.problems and flat.encoding == "utf-16"
    assert flat.dialect == Dialect(";", "'", None, True, True, (2,), (3,), "#")
    assert flat.kinds == {"value": "number", "poor": "boolean", "day": "date", "code": "text"}
    assert flat.patterns["day"] == "%d/%m/%Y" and flat.notations["poor"].yes == ("ja",)
    numbers = read_numbers(pd.Series(["€ 1.500,5", "-3 %", "-99", "nil", ""]), flat.notations["value"])
    assert numbers.values.dropna().tolist() == [1500.5, -3] and not numbers.wrong.any()
    assert declared({"dialect": {"header": False}}).dialect.header == ()
    assert declared({"dialect": {"excel": {"sheet": 2}}}).sheet == 1


def test_what_a_user_says_goes_before_the_descriptor_and_what_is_senseless_is_told():
    schema = {"fields": [{"name": "value", "type": "number", "decimalChar": ","}]}
    assert declared({"schema": schema}, Notation(decimal=".")).notations["value"].decimal == "."
    for resource, word in {
        "delimiter": {"dialect": {"delimiter": "::"}},
        "lineTerminator": {"dialect": {"csv": {"lineTerminator": "|"}}},
        "dialect": {"dialect": "dialect.json"},
        "field value": {"schema": {"fields": [{"name": "value", "decimalChar": "@"}]}},
    }.items():
        assert declared(word).problems[0].startswith(resource)


@pytest.mark.parametrize(
    "text", ["place rate\nA 1,5\nB 2,5\n", "place  year   n\nA      2019   5\nB      2020   6\n"]
)
def test_blanks_between_fields_are_asked_about(text):
    made, _, (problem,) = records(text, "a.csv")
    assert not made and 'delimiter=" "' in problem.suggestion
    cells = [cells for _, cells in records(text, "a.csv", Dialect(" "))[0]]
    assert cells == [line.split() for line in text.splitlines()]
