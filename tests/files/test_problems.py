"""Problems: each with its place, told by cause, as text, table and JSON."""

import json

from povertystats.files.problems import DataError, Findings, Problem, by_cause, listed

LOST = [
    Problem("facts.csv", row, "place", f"P{row}", "no such place", f"did you mean Q{row}?")
    for row in range(2, 40)
]
YEAR = Problem("facts.csv", 7, "year", "x", "expected a year")


def test_one_problem_says_file_field_row_value_rule_and_suggestion():
    assert str(LOST[0]) == "facts.csv, row 2, field place: 'P2': no such place; did you mean Q2?"
    assert str(Problem("a.csv", None, "", "", "unreadable")) == "a.csv: unreadable"


def test_many_of_one_cause_are_one_line_that_loses_none():
    assert [len(group) for group in by_cause([*LOST, YEAR])] == [38, 1]
    first, second = listed([*LOST, YEAR])
    assert first.startswith(
        "facts.csv, rows 2, 3, 4, 5, 6 and 33 more, field place: 'P2' (did you mean Q2?), 'P3' "
    )
    assert first.endswith("33 other values: no such place") and second == str(YEAR)
    error = DataError("mine", [*LOST, YEAR])
    assert str(error).splitlines()[0] == "mine: 39 problems" and len(error.problems) == 39


def test_a_suggestion_shared_by_all_is_said_once():
    same = [
        Problem("a.csv", row, "x", value, "doubtful", "say decimal=")
        for row, value in ((2, "1.500"), (3, "2.500"))
    ]
    assert [*listed(same)] == ["a.csv, rows 2 and 3, field x: '1.500', '2.500': doubtful; say decimal="]


def test_beyond_forty_causes_the_rest_is_counted():
    many = [Problem("a.csv", 1, f"x{i}", "", "unknown column") for i in range(45)]
    assert [*listed(many)][-1] == "and 5 more of 5 other causes, all in .problems"


def test_findings_are_two_lists_as_text_table_and_json():
    findings = Findings((YEAR,), tuple(LOST))
    assert findings.table["severity"].value_counts().to_dict() == {"warning": 38, "error": 1}
    assert findings.table.columns.tolist() == [
        "severity",
        "file",
        "row",
        "field",
        "value",
        "rule",
        "suggestion",
    ]
    assert findings.text().splitlines()[0] == "Errors (1):" and "Warnings (38):" in findings.text()
    assert Findings().text() == "Nothing wrong was found." and Findings().table.empty
    lists = json.loads(findings.json())
    assert lists["errors"][0]["value"] == "x" and len(lists["warnings"]) == 38
    assert repr(findings).startswith("<Findings> 1 errors, 38 warnings")
