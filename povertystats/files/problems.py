"""What is wrong with a table, and what is doubtful in it: each with file, row, field, value, rule and suggestion."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from povertystats.words.errors import PovertyStatsError
from povertystats.words.result import Result

# So many causes, and of each so many rows, are listed in a text; tables and JSON hold all.
_CAUSES, _SHOWN = 40, 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong or doubtful.

    Parameters
    ----------
    file : str
        The file's name, as it stands in the package.
    row : int or None
        The row in the file, the header being 1; None where the whole file or field is meant.
    field : str
        The column, or the key of a descriptor; "" where none is meant.
    value : str
        What stands there.
    rule : str
        What it breaks, the same words for every row with the same cause.
    suggestion : str, default ""
        What to do, or what was meant, for this row.
    """

    file: str
    row: int | None
    field: str
    value: str
    rule: str
    suggestion: str = ""

    def __str__(self) -> str:
        return _line([self])


def by_cause(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return the problems in groups of one cause: the same file, field and rule, in order of first appearance.

    >>> lost = [Problem("facts.csv", row, "place", name, "no such place") for row, name in ((2, "A"), (3, "B"))]
    >>> [len(group) for group in by_cause([*lost, Problem("facts.csv", 2, "year", "x", "expected a year")])]
    [2, 1]
    """
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.file, problem.field, problem.rule), []).append(problem)
    return list(groups.values())


def listed(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield a line for every cause, with the rows and values that have it.

    >>> lost = [Problem("facts.csv", row, "place", "A", "no such place") for row in (2, 3)]
    >>> list(listed(lost))
    ["facts.csv, rows 2 and 3, field place: 'A': no such place"]
    """
    groups = by_cause(problems)
    for group in groups[:_CAUSES]:
        yield _line(group)
    if len(groups) > _CAUSES:
        rest = sum(map(len, groups[_CAUSES:]))
        yield f"and {rest} more of {len(groups) - _CAUSES} other causes, all in .problems"


def _line(group: list[Problem]) -> str:
    """Return what problems of one cause have in common, with the first rows and values."""
    file, field, rule = group[0].file, group[0].field, group[0].rule
    rows = [str(problem.row) for problem in group if problem.row is not None]
    values = {problem.value: problem.suggestion for problem in group if problem.value}
    hints = {problem.suggestion for problem in group}
    shared = hints.pop() if len(hints) == 1 else ""
    shown = [
        f"{value!r} ({hint})" if hint and not shared else f"{value!r}"
        for value, hint in [*values.items()][:_SHOWN]
    ]
    shown += [f"{len(values) - _SHOWN} other values"] if len(values) > _SHOWN else []
    counted = f"row{'s' * (len(rows) > 1)} {_and(rows)}" if rows else ""
    where = ", ".join(filter(None, [file, counted, f"field {field}" if field else ""]))
    return ": ".join(filter(None, [where, ", ".join(shown), f"{rule}; {shared}" if shared else rule]))


def _and(rows: list[str]) -> str:
    more = len(rows) - _SHOWN
    *first, last = [*rows[:_SHOWN], f"{more} more"] if more > 0 else rows
    return f"{', '.join(first)} and {last}" if first else last


class DataError(PovertyStatsError, ValueError):
    """Data that cannot be trusted; ``problems`` lists everything that is wrong with them.

    Parameters
    ----------
    path : str or Path
        The package or file.
    problems : iterable of Problem
        What is wrong, each with file, row and field.
    warnings : iterable of Problem, optional
        What deserves a look beside that.
    """

    def __init__(
        self, path: str | Path, problems: Iterable[Problem], warnings: Iterable[Problem] = ()
    ) -> None:
        self.problems, self.warnings = list(problems), list(warnings)
        count = f"{len(self.problems)} problem{'s' * (len(self.problems) != 1)}"
        super().__init__("\n".join([f"{path}: {count}", *(f"  {line}" for line in listed(self.problems))]))


@dataclass(frozen=True, eq=False, repr=False)
class Findings(Result):
    """What was found wrong and what doubtful, as two lists.

    Parameters
    ----------
    errors : tuple of Problem
        What must be mended before anything is computed.
    warnings : tuple of Problem
        What a reader should look at, though it can be computed with.

    Examples
    --------
    >>> from povertystats.files.problems import Problem
    >>> print(Findings((Problem("facts.csv", 7, "year", "x", "expected a year"),)).text())
    Errors (1):
      facts.csv, row 7, field year: 'x': expected a year
    """

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a problem: severity ("error", "warning"), file, row, field, value, rule, suggestion."""
        kinds = (("error", self.errors), ("warning", self.warnings))
        rows = [{"severity": kind, **asdict(problem)} for kind, problems in kinds for problem in problems]
        table = pd.DataFrame(rows, columns=["severity", *(field.name for field in fields(Problem))])
        return table.astype({"row": "Int64"})

    def text(self) -> str:
        """Return errors, then warnings, grouped by cause, a line each.

        Returns
        -------
        str
            In English, as every error.
        """
        lines = []
        for title, problems in (("Errors", self.errors), ("Warnings", self.warnings)):
            lines += (
                [f"{title} ({len(problems)}):", *(f"  {line}" for line in listed(problems))]
                if problems
                else []
            )
        return "\n".join(lines) or "Nothing wrong was found."

    def json(self) -> str:
        """Return both lists as JSON, ``{"errors": [...], "warnings": [...]}``.

        Returns
        -------
        str
            An object a problem, with its six fields.
        """
        lists = {"errors": self.errors, "warnings": self.warnings}
        return json.dumps(
            {name: [asdict(p) for p in some] for name, some in lists.items()}, ensure_ascii=False
        )

    def _sentence(self) -> str:
        return f"{len(self.errors)} errors, {len(self.warnings)} warnings"
