"""Formulas read: what they name, whatever stands around it, and every problem at once with its place."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from povertystats.estimators.formula import Factor, is_formula, read_formula
from povertystats.words.errors import Refused


def terms(text):
    return [":".join(factor.term for factor in term) for term in read_formula(text).terms]


def test_terms_are_expanded_as_formulaic_does():
    assert terms("y ~ a*b") == ["a", "b", "a:b"]
    assert set(terms("y ~ (a + b):log(c) + a + a")) == {"a", "a:log(c)", "b:log(c)"}
    assert terms("y ~ 1 + log1p(`a b`) + C(region)") == ["log1p(a b)", "region"]
    assert read_formula("y ~ C(x) + x").columns == ("x",)
    assert read_formula("y ~ C(x):x").terms == ((Factor("x", "C"), Factor("x")),)


def test_the_scale_stands_around_the_outcome_and_effects_after_the_bar():
    formula = read_formula("log_odds(nghèo) ~ x | huyện + region^year")
    assert (formula.outcome, formula.scale, formula.barred) == ("nghèo", "log_odds", True)
    assert formula.effects == (("huyện",), ("region", "year"))
    assert read_formula("y ~ x").barred is False
    assert read_formula("y ~ x | 0").effects == () and read_formula("y ~ x | 0").barred


def test_a_formula_is_a_text_with_a_tilde_and_nothing_beside_it():
    assert is_formula("y ~ x", []) and not is_formula("y~x", ["z"])
    assert not is_formula("y", []) and not is_formula(["y ~ x"], []) and is_formula("y ~ x", None)


BAD = [
    ("y ~ x**2 + np.log(x)", ["character 6, '**'", "character 8, '2'", "character 12, 'np.log(x)': no such term"]),
    ("y ~ os.system('ls')", ["character 5"]),
    ("y ~ {open('a')}", ["character 5"]),
    ("y ~ C(x, base='a')", ["character 5"]),
    ("y ~ x[0]", ["character 5"]),
    ("y ~ x z", ["character 7, 'z': no sign + : or * before it; names with blanks or signs stand in backticks"]),
    ("y ~ (x + z", ["character 5, '(': a bracket that is never closed"]),
    ("y ~ x) + z", ["character 6, ')': no bracket is open here"]),
    ("y ~ x + 0", ["character 9, '0': the intercept, or the effects, cannot be left out"]),
    ("y ~ x - z", ["character 7, '-': terms are joined by + : or *; leave out what is not wanted"]),
    ("y ~ a/b", ["character 6, '/': terms are joined by + : or *; write a + a:b"]),
    ("y ~ -x", ["character 4, '-': a term is expected after ~"]),
    ("y ~ x + log(y)", ["character 9, 'y': is the outcome"]),
    ("y ~ x +", ["character 7, '+': a term is expected after +"]),
    ("y ~ 1", ["character 5, '1': no column stands among the terms"]),
    ("y ~ ", ["character 4, ' ': terms are expected after ~"]),
    ("~", ["character 1, '~': an outcome is expected before ~", "character 1, '~': terms are expected after ~"]),
    ("y ~ x ~ z", ["character 7, '~': a second ~"]),
    ("y + z ~ x", ["character 3, '+': an outcome is one column"]),
    ("log1p(y) ~ x", ["character 1, 'log1p(y)': no such outcome; expected a column, log(column) or log_odds(column)"]),
    ("y ~ x | ", ["character 7, '|': effects are expected after |"]),
    ("y ~ x | a:b + C(d) e", ["character 10, ':': combine levels by ^", "character 15, 'C(d)'", "character 20, 'e'"]),
    ("y ~ x | a | b", ["character 11, '|': a second |"]),
    ("y | x ~ z", ["character 3, '|': effects stand after the terms"]),
    ("y ~ (x | z)", ["character 8, '|': stands within brackets"]),
    ("y ~ x | place +", ["character 15, '+': a column is expected after it"]),
    ("y ~ `a\\`", ["character 7, '\\': no backslash is read"]),
    ("y ~ `a", ["character 5, '`': a name that begins with ` ends with another"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD)
def test_every_problem_is_told_at_once_with_its_place(text, told):
    with pytest.raises(Refused) as refused:
        read_formula(text)
    for part in told:
        assert any(problem.startswith(part) for problem in refused.value.problems), refused.value.problems


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="`\\"),
    min_size=1,
    max_size=12,
).filter(str.strip)


@given(NAMES, NAMES, NAMES)
@example("a*b", "log(x)", "tỷ lệ")
@example("~", "|", "place")
@settings(deadline=None, max_examples=60)
def test_any_name_can_stand_in_backticks(y, x, z):
    y, x, z = (unicodedata.normalize("NFC", name) for name in (y, x, z))
    if len({y, x, z}) < 3:
        return
    formula = read_formula(f"`{y}` ~ `{x}` + C(`{z}`) | `{z}`")
    assert (formula.outcome, formula.columns, formula.effects) == (y, (x, z), ((z,),))


@given(st.text(st.sampled_from("yx~|+:*^()`- 01.'[]{}\\,#ộ"), max_size=24))
@settings(deadline=None, max_examples=150)
def test_no_text_does_anything_but_name_columns_or_be_refused(text):
    try:
        formula = read_formula(text)
    except Refused as refused:
        assert refused.problems
    else:
        assert (
            formula.terms
            and formula.outcome
            and all(factor.column for term in formula.terms for factor in term)
        )
