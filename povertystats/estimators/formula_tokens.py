"""The text of a formula cut into names and signs by formulaic, parted at ``~`` and ``|``; what is wrong by its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from povertystats.words.errors import MissingExtra, Refused, refuse

# What is wrong in a formula: from which character on, what stands there, and why.
Problem: TypeAlias = tuple[int, str, str]
HINTS = {
    **{"/": "write a + a:b", "**": "write the products, as a:b", "^": "it stands among the effects, after |"},
    **{"in": "write a:b", "-": "leave out what is not wanted", "=": "an outcome stands before ~"},
}


def refuse_at(problems: Sequence[Problem]) -> None:
    """Raise Refused with problems of a formula, each (position from 0, what stands there, what is wrong), in their order."""
    said = [f"character {at + 1}, {_quoted(what)}: {why}" for at, what, why in sorted(problems)]
    refuse("cannot read the formula", dict.fromkeys(said))


def _quoted(what):
    return f'"{what}"' if "'" in what else f"'{what}'"


def parser() -> Any:
    """Return the parser of formulaic. Raises MissingExtra without it."""
    try:
        import formulaic.parser
    except ImportError as error:
        extra = "pip install 'povertystats[formulas]'"
        reason = f"formulas need formulaic: {extra}, or name the outcome and a list of drivers"
        raise MissingExtra(reason, name=error.name) from error
    return formulaic.parser


def _tokens(text):
    """Return what a formula is made of, in order."""
    parser()
    from formulaic.errors import FormulaSyntaxError
    from formulaic.parser.algos.tokenize import tokenize

    try:
        return list(tokenize(text))
    except FormulaSyntaxError as error:
        reason = str(error).split("\n")[0]
        raise Refused("cannot read the formula", [f"{text!r}: {reason}"]) from None


def sides(text: str) -> tuple[list[Any], list[Any], list[Any] | None, list[Problem]]:
    """Return the tokens of the outcome, of the terms and of the effects (None without a bar), and what is wrong.

    >>> left, right, effects, problems = sides("poor ~ loan + log(x)")
    >>> [token.token for token in (*left, *right)], effects, problems
    (['poor', 'loan', '+', 'log(x)'], None, [])
    """
    tokens = _tokens(text)
    problems, depth = list[Problem](), 0
    marks: dict[str, list[int]] = {"~": [], "|": []}
    opened: list[Any] = []
    for i, token in enumerate(tokens):
        if token.kind.name == "CONTEXT":
            if token.token == "(":
                opened.append(token)
            elif token.token == ")" and opened:
                opened.pop()
            else:
                problems.append(
                    (token.source_start, token.token, "no bracket is open here; only ( ) group terms")
                )
            depth = len(opened)
        elif token.kind.name == "OPERATOR" and token.token[:1] in marks:
            mark, rest = token.token[:1], token.token[1:]
            marks[mark].append(i)
            if rest:
                problems.append(
                    (
                        token.source_start + 1,
                        rest,
                        f"a term is expected after {mark}; {HINTS.get(rest, 'none is there')}",
                    )
                )
            if depth:
                problems.append((token.source_start, mark, "stands within brackets, which group terms alone"))
    problems += [(token.source_start, "(", "a bracket that is never closed") for token in opened]
    for mark, at in marks.items():
        second = "a formula has one, outcome ~ terms | effects"
        problems += [(tokens[i].source_start, mark, f"a second {mark}; {second}") for i in at[1:]]
    (split, *_), bar = marks["~"] or [len(tokens)], marks["|"][0] if marks["|"] else None
    if bar is not None and bar < split:
        problems.append(
            (tokens[bar].source_start, "|", "effects stand after the terms, outcome ~ terms | effects")
        )
        bar = None
    signs = {i for at in marks.values() for i in at}
    rest = [t for i, t in enumerate(tokens[split + 1 : bar], split + 1) if i not in signs]
    effects = None if bar is None else [t for i, t in enumerate(tokens[bar + 1 :], bar + 1) if i not in signs]
    left = [t for i, t in enumerate(tokens[:split]) if i not in signs]
    if effects == []:
        problems.append(
            (
                tokens[bar].source_start,
                "|",
                "effects are expected after |, such as place + year, or 0 for none",
            )
        )
    if not rest:
        problems.append(
            (
                max(len(text) - 1, 0) if bar is None else tokens[bar].source_start,
                text[-1:] if bar is None else "|",
                "terms are expected after ~",
            )
        )
    return left, rest, effects, problems
