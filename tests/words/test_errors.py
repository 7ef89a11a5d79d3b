"""One root class; a refusal tells every problem."""

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.words import errors
from povertystats.words.errors import (
    InvalidValue,
    PovertyStatsError,
    Refused,
    expect,
    not_whole,
    only_one,
    refuse,
)


@given(st.lists(st.text(), min_size=1))
def test_a_refusal_tells_every_problem(problems):
    with pytest.raises(ValueError) as caught:
        refuse("cannot fit", (problem for problem in problems))
    assert isinstance(caught.value, Refused) and caught.value.problems == problems
    assert str(caught.value) == "cannot fit:\n" + "\n".join(f"- {problem}" for problem in problems)


def test_without_a_problem_nothing_is_refused():
    assert refuse("cannot fit", iter(())) is None


def test_every_error_has_the_one_root():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
    assert len(classes) >= 6 and all(issubclass(c, PovertyStatsError) for c in classes)


def test_a_wrong_type_is_a_type_error_by_name_and_by_kind():
    with pytest.raises(TypeError, match="first must be text, not int") as caught:
        expect("text", "upper", first=2)
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error).__name__ == "TypeError" and isinstance(error, errors.WrongType)
    assert str(error) == str(caught.value)


@pytest.mark.parametrize("value", [-1, 2.0, True, "3", None])
def test_what_is_no_whole_number_is_told_by_its_name(value):
    assert not_whole(draws=value) == [f"draws is {value!r}; expected a whole number, 0 or more"]
    assert not_whole(draws=3, seed=0) == []


def test_exactly_one_of_several_arguments_is_given():
    assert only_one(at_most=0, at_least=None) == ("at_most", 0)
    for bounds in ({}, {"at_most": 1, "at_least": 2}):
        with pytest.raises(InvalidValue, match="exactly one of at_most, at_least, got"):
            only_one(**({"at_most": None, "at_least": None} | bounds))


def test_a_kind_is_known_by_what_it_has():
    expect("text", "upper", first="a", second="b")
    with pytest.raises(TypeError, match="second must be text, not int"):
        expect("text", "upper", first="a", second=2)
