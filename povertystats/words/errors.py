"""Errors: one root class, and requests refused with every reason at once."""

import builtins
from collections.abc import Iterable
from numbers import Integral
from typing import Any


class PovertyStatsError(Exception):
    """The root of every error that this package raises by intention.

    Examples
    --------
    >>> import povertystats as ps
    >>> try:
    ...     ps.load_facts().places.find("Bac Kann")
    ... except ps.PovertyStatsError as error:
    ...     print(error)
    there is no place 'Bac Kann'; did you mean Bắc Kạn or TP. Bắc Kạn?
    """


class Refused(PovertyStatsError, ValueError):
    """A request that cannot be met; ``problems`` lists everything that is wrong with it.

    Parameters
    ----------
    what : str
        What was asked for, as the beginning of the message.
    problems : list of str
        What is wrong, a sentence each.

    Examples
    --------
    >>> print(Refused("cannot fit", ["there are no rows"]))
    cannot fit:
    - there are no rows
    """

    def __init__(self, what: str, problems: list[str]) -> None:
        super().__init__(f"{what}:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


class InvalidValue(PovertyStatsError, ValueError):
    """A value that has no meaning where it stands."""


class NotFound(PovertyStatsError, LookupError):
    """A name that is not there: a place, an indicator, a figure, a sentence."""


class TypeError(PovertyStatsError, builtins.TypeError):
    """An argument of another type than the one expected: in tracebacks and logs by the name that everybody knows."""


# What this package calls it, so that the name of Python's own stays free elsewhere.
WrongType = TypeError


# Where moments are, for whoever gives a fit in their place.
OF_A_FIT = '; a fit of fit_drivers has them: fit.moments["within", "points"]'


class MissingExtra(PovertyStatsError, ModuleNotFoundError):
    """A package that an optional part needs and that is not installed."""


class FileProblem(PovertyStatsError, OSError):
    """A file or folder that cannot be read or written."""


class MissingFile(FileProblem, FileNotFoundError):
    """A file that is not there."""


class Failed(PovertyStatsError, RuntimeError):
    """Work that another program did not bring to its end: a notebook, a browser, a cluster."""


def refuse(what: str, problems: Iterable[str]) -> None:
    """Raise Refused with every problem; do nothing when there is none.

    >>> refuse("cannot fit", [])
    """
    if problems := list(problems):
        raise Refused(what, problems)


def expect(kind: str, sign: str, hint: str = "", /, **arguments: object) -> None:
    """Raise WrongType for the first argument that is not of a kind, which is known by an attribute that it has.

    ``hint``: where to find what is expected.

    >>> expect("text", "upper", place="Bắc Kạn")
    """
    for name, value in arguments.items():
        if not hasattr(value, sign):
            raise WrongType(f"{name} must be {kind}, not {type(value).__name__}{hint}")


def not_whole(least: int = 0, **arguments: object) -> list[str]:
    """Return a problem for each argument that is not a whole number of at least ``least``.

    >>> not_whole(draws=9999, seed=-1)
    ['seed is -1; expected a whole number, 0 or more']
    """
    return [
        f"{name} is {value!r}; expected a whole number, {least} or more"
        for name, value in arguments.items()
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least
    ]


def not_lists(**arguments: object) -> list[str]:
    """Return a problem for each argument that is one text where a list of them is expected.

    >>> not_lists(by="year", levels=["district"])
    ["by must be a list, not the text 'year'"]
    """
    return [
        f"{name} must be a list, not the text {value!r}"
        for name, value in arguments.items()
        if isinstance(value, str)
    ]


def only_one(**arguments: Any) -> tuple[str, Any]:
    """Return the name and the value of the only argument that is given, or raise InvalidValue.

    >>> only_one(at_most=2.5, at_least=None)
    ('at_most', 2.5)
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1:
        expected = ", ".join(arguments)
        raise InvalidValue(f"give exactly one of {expected}, got {', '.join(given) or 'none'}")
    ((name, value),) = given.items()
    return name, value
