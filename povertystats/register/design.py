"""How a survey was drawn, in a register that is one: its weights, strata and primary sampling units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from povertystats.register.columns import DESIGN
from povertystats.words.errors import refuse

Own = str | Sequence[str] | None


def with_design(
    columns: Mapping[str, Own] | None, *, weight: Own = None, stratum: Own = None, psu: Own = None
) -> Mapping[str, Own] | None:
    """Return ``columns`` with the user's own names of the columns that describe a survey.

    Raises Refused, all problems at once, where one is named in two ways.

    >>> with_design({"household": "hh"}, weight="w9", psu=["xa", "diaban"])
    {'household': 'hh', 'weight': 'w9', 'psu': ['xa', 'diaban']}
    """
    named = zip(DESIGN, (weight, stratum, psu), strict=True)
    given = {name: own for name, own in named if own is not None}
    if not given or not (columns is None or isinstance(columns, Mapping)):
        return columns
    columns = columns or {}
    problems = [
        f"{name}: named {own!r} and, in columns, {columns[name]!r}; name it once"
        for name, own in given.items()
        if name in columns and columns[name] != own
    ]
    refuse("cannot open the register", problems)
    return {**columns, **given}


def not_counted(columns: Collection[str]) -> list[str]:
    """Return why records with such columns are not counted: in a survey an interviewed household stands for others.

    >>> not_counted(["household", "year"])
    []
    """
    if not (found := [name for name in DESIGN if name in columns]):
        return []
    other = ", ".join(f"{name!r}: None" for name in found)
    return [
        f"the records have {', '.join(found)}, as those of a survey, whose households stand for others; estimate with "
        f"survey_rates or survey_transitions, or open the register with columns={{{other}}} where that means something else"
    ]
