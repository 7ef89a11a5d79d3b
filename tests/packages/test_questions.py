import pytest

from povertystats.packages.questions import MOST, Questions
from povertystats.words.errors import Refused


def test_without_somebody_to_answer_every_question_is_an_error_that_names_its_option():
    questions = Questions()
    assert questions.answer("--year COLUMN", "Which?", ["year", "jahr"], "year") == ""
    assert questions.answer("--country NAME", "Is Georgia the country?", ["yes", "no"], "yes") == ""
    questions.wrong("the rest is wrong as well")
    with pytest.raises(Refused) as refused:
        questions.settle("cannot start")
    assert refused.value.problems == [
        "Which? (answer with --year COLUMN; such as 'year'; it may be 'year', 'jahr')",
        "Is Georgia the country? (answer with --country NAME)",
        "the rest is wrong as well",
    ]


def test_at_most_three_are_asked_and_an_answer_is_one_of_the_choices_by_any_spelling():
    told = []

    def ask(question, choices, likely):
        told.append(question)
        return {"a": "TINH", "b": "", "c": "neither"}[question]

    questions = Questions(ask)
    assert questions.answer("--a", "a", ["Tỉnh", "Xã"], "Xã") == "Tỉnh"
    assert questions.answer("--b", "b", ["Tỉnh", "Xã"], "Xã") == "Xã"
    assert questions.answer("--c", "c", ["Tỉnh", "Xã"]) == ""
    assert "'neither' is none of the answers" in questions.problems[0]
    assert questions.answer("--d", "d", ["Tỉnh"]) == "" and told == ["a", "b", "c"] and len(told) == MOST
