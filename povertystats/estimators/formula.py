"""A model written as a formula, ``outcome ~ terms | effects``: what it names, and everything that is wrong in it at once.

No text of a user is ever evaluated: formulaic cuts it into names and signs, and only the transformations named here exist.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from povertystats.estimators.formula_tokens import HINTS, Problem, parser, refuse_at, sides

# What may stand around a column: of a term, and of the outcome, whose scale it is.
TRANSFORMS, SCALE_OF = ("C", "log", "log1p"), {"log": "log", "log_odds": "log_odds"}
_CALL = re.compile(r"(\w+)\(\s*(?:`([^`]+)`|([^\W\d][\w.]*))\s*\)")


@dataclass(frozen=True)
class Factor:
    """A column in a term, and what is made of it: "C" (a category), "log", "log1p" or "" (a number as it is, or texts)."""

    column: str
    kind: str = ""

    @property
    def term(self) -> str:
        """The factor as a term of regressions: ``log(column)``, or the column."""
        return f"{self.kind}({self.column})" if self.kind in ("log", "log1p") else self.column


@dataclass(frozen=True)
class Formula:
    """A formula that was read.

    ``outcome``: its column; ``scale``: the one that stands around it, else None; ``terms``: the factors of each, in
    order; ``effects``: the columns of each, several where levels are combined (``region^year``); ``barred``: whether
    effects were spoken of.
    """

    outcome: str
    scale: str | None
    terms: tuple[tuple[Factor, ...], ...]
    effects: tuple[tuple[str, ...], ...]
    barred: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the terms, each once."""
        return tuple(dict.fromkeys(factor.column for term in self.terms for factor in term))


def is_formula(outcome: Any, drivers: Any) -> bool:
    """Say whether a model is given as a formula: a text with ``~`` and no drivers beside it.

    >>> is_formula("poor ~ loan", ()), is_formula("poor ~ loan", ["loan"]), is_formula("poor", ())
    (True, False, False)
    """
    return isinstance(outcome, str) and "~" in outcome and (drivers is None or not len(drivers))


def read_formula(text: str) -> Formula:
    """Return what a formula names. Raises Refused, all problems at once, each with its place in the text.

    >>> formula = read_formula("log(`tỷ lệ`) ~ trained * C(region) | place + region^year")
    >>> formula.outcome, formula.scale, formula.effects
    ('tỷ lệ', 'log', (('place',), ('region', 'year')))
    >>> [" : ".join(factor.column for factor in term) for term in formula.terms]
    ['trained', 'region', 'trained : region']
    >>> read_formula("poor ~ os.system('ls')")
    Traceback (most recent call last):
    povertystats.words.errors.Refused: cannot read the formula:
    - character 8, "os.system('ls')": no such term; expected a column, C(column), log(column) or log1p(column)
    """
    text = unicodedata.normalize("NFC", text)
    if text.count("`") % 2:
        refuse_at([(text.rindex("`"), "`", "a name that begins with ` ends with another; none is there")])
    slashes = "no backslash is read in a formula; rename the column, or name drivers in a list"
    refuse_at([(i, sign, slashes) for i, sign in enumerate(text) if sign == "\\"])
    left, right, effects, problems = sides(text)
    outcome, scale, wrong = _outcome(left, text)
    problems += wrong
    written, factors, wrong = _terms(right)
    problems += wrong
    absorbed, wrong = _effects(effects or [])
    problems += wrong
    own = [
        t
        for t in right
        if t.kind.name in ("NAME", "PYTHON") and outcome and _factor(t, TRANSFORMS)[1] == outcome
    ]
    problems += [(t.source_start, outcome, "is the outcome; it cannot stand on both sides of ~") for t in own]
    refuse_at(problems)
    expanded = parser().DefaultFormulaParser(include_intercept=False).get_terms(" ".join(written))
    terms = [tuple(factors[str(f)] for f in term.factors if str(f) in factors) for term in expanded]
    return Formula(outcome, scale, tuple(filter(None, terms)), absorbed, effects is not None)


def _factor(token, allowed):
    """Return a token as (transformation, column, what is wrong)."""
    if token.kind.name == "NAME":
        return "", token.token, ""
    called = _CALL.fullmatch(token.token.strip()) if token.kind.name == "PYTHON" else None
    if called and called[1] in allowed:
        return called[1], called[2] or called[3], ""
    known = " or ".join(f"{name}(column)" for name in allowed[-1:])
    listed = ", ".join(["a column", *(f"{name}(column)" for name in allowed[:-1])])
    return "", "", f"no such term; expected {listed} or {known}"


def _outcome(tokens, text):
    if not tokens:
        return "", None, [(0, text[:1], "an outcome is expected before ~")]
    first, *rest = tokens
    kind, column, wrong = _factor(first, ("log", "log_odds"))
    problems = [(first.source_start, first.token, wrong.replace("term", "outcome"))] if wrong else []
    if first.kind.name in ("OPERATOR", "CONTEXT"):
        problems = [
            (
                first.source_start,
                first.token,
                "an outcome is one column; expected its name, log(name) or log_odds(name)",
            )
        ]
    hint = "an outcome is one column; names with blanks or signs stand in backticks, `a b`"
    problems += [(token.source_start, token.token, hint) for token in rest[:1]]
    return column, SCALE_OF.get(kind), problems


def _terms(tokens):
    """Return the terms by names of our own, which formulaic expands, the factor of each name, and what is wrong."""
    factors, written, problems, operand = dict[Factor, str](), [], [], True
    for token in tokens:
        at, what, kind = token.source_start, token.token, token.kind.name
        if kind == "CONTEXT":
            opening = what == "("
            if opening != operand:
                problems.append(
                    (
                        at,
                        what,
                        "a sign + : or * is expected before (" if opening else "a term is expected before )",
                    )
                )
            operand = opening
            written.append(what)
        elif kind == "OPERATOR":
            if what not in ("+", ":", "*"):
                hint = f"; {HINTS[what]}" if what in HINTS else ""
                problems.append((at, what, f"terms are joined by + : or *{hint}"))
            elif operand:
                problems.append((at, what, f"a term is expected before {what}"))
            operand = True
            written.append(what)
        else:
            if not operand:
                hint = "no sign + : or * before it; names with blanks or signs stand in backticks, `a b`"
                problems.append((at, what, hint))
            operand = False
            if what == "1" and kind == "VALUE":
                written.append("1")
                continue
            transform, column, wrong = _factor(token, TRANSFORMS)
            if kind == "VALUE":
                wrong = (
                    "the intercept, or the effects, cannot be left out"
                    if what == "0"
                    else "expected a column, not a value"
                )
            problems += [(at, what, wrong)] if wrong else []
            written.append(factors.setdefault(Factor(column, transform), f"f{len(factors)}"))
    if tokens and operand:
        last = tokens[-1]
        problems.append((last.source_start, last.token, f"a term is expected after {last.token}"))
    if tokens and not factors and not problems:
        problems.append((tokens[0].source_start, tokens[0].token, "no column stands among the terms"))
    return written, {name: factor for factor, name in factors.items()}, problems


def _effects(tokens):
    """Return the columns of each effect, and what is wrong."""
    if [(token.kind.name, token.token) for token in tokens] in ([("VALUE", "0")], [("VALUE", "1")]):
        return (), []
    problems: list[Problem] = []
    return tuple(map(tuple, _combined(tokens, problems))), problems


def _combined(tokens, problems) -> Iterator[list[str]]:
    current: list[str] = []
    operand = True
    for token in tokens:
        at, what, kind = token.source_start, token.token, token.kind.name
        if kind == "NAME":
            if not operand:
                problems.append(
                    (at, what, "no sign + or ^ before it; names with blanks stand in backticks, `a b`")
                )
            current.append(what)
            operand = False
        elif kind == "OPERATOR" and what in ("+", "^"):
            if operand:
                problems.append((at, what, f"a column is expected before {what}"))
            if what == "+" and current:
                yield current
                current = []
            operand = True
        else:
            hint = (
                "combine levels by ^, as region^year"
                if what in (":", "*")
                else "effects are columns joined by +"
            )
            problems.append((at, what, hint))
            operand = kind in ("OPERATOR", "CONTEXT")
    if tokens and operand and not problems:
        problems.append((tokens[-1].source_start, tokens[-1].token, "a column is expected after it"))
    if current:
        yield current
