"""Formulas cut into tokens: two sides, effects after a bar, and the place of what is wrong."""

import sys

import pytest

from povertystats.estimators.formula_tokens import refuse_at, sides
from povertystats.words.errors import MissingExtra, Refused


def test_sides_are_parted_at_the_first_tilde_and_bar():
    left, right, effects, problems = sides("log(y) ~ a * `b c` | place + region^year")
    assert not problems and [t.token for t in left] == ["log(y)"]
    assert [t.token for t in right] == ["a", "*", "b c"]
    assert [t.token for t in effects] == ["place", "+", "region", "^", "year"]
    assert sides("y ~ a")[2] is None


def test_problems_are_told_in_the_order_of_the_text_once_each():
    with pytest.raises(Refused) as refused:
        refuse_at([(4, "x", "late"), (0, "y'", "early"), (4, "x", "late")])
    assert refused.value.problems == ['character 1, "y\'": early', "character 5, 'x': late"]
    refuse_at([])


def test_without_formulaic_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "formulaic.parser", None)
    with pytest.raises(MissingExtra, match=r"povertystats\[formulas\]"):
        sides("y ~ x")
