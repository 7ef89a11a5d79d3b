"""The effects that a formula names after its bar, as what absorbs them: places, years, years of each region, others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from povertystats.estimators.formula import Formula
from povertystats.frames.keys import full_key

# What a formula says; said beside it as well, it would be said twice.
SAID = {"entity": True, "years_by": None, "effects": ()}


def effects_of(formula: Formula, panel: Any, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the options of ``fit_drivers`` that a formula's effects stand for, and what is wrong with these.

    ``options``: those given beside it. The place (or cluster) is the entity, the year the time, ``region^year`` years of
    each region; others are further effects. A single effect beside the year that is no known place is the place where
    the panel has no column of that name, and the entity where it lies within the clusters.

    >>> from povertystats.estimators.formula import read_formula
    >>> panel = pd.DataFrame(columns=["firm", "year", "sector", "y", "x"])
    >>> effects_of(read_formula("y ~ x | firm + sector^year"), panel, {"place": "firm", "year": "year"})[0]
    {'entity': True, 'time': True, 'years_by': 'sector', 'effects': ()}
    """
    problems = [
        f"{name} is said by the formula, after |; expected nothing beside it"
        for name, usual in SAID.items()
        if options.get(name, usual) not in (usual, [], ())
    ]
    place, cluster, when = options.get("place", "place"), options.get("cluster"), options.get("time", True)
    if when is None:
        problems.append("time is said by the formula, after |; expected nothing, or the column of years")
    when = options.get("year", "year") if when in (True, None) else when
    columns = list(panel.columns) if hasattr(panel, "columns") else None
    who = place if cluster is None or isinstance(cluster, str) and "+" in cluster else cluster
    owner = full_key(who, columns or ())
    found: dict[str, Any] = {"entity": None, "time": None, "years_by": None, "effects": ()}
    others = list[str]()
    for effect in formula.effects:
        if effect in (owner, owner[-1:], (who,)):
            found["entity"] = True
        elif effect == (when,):
            found["time"] = True
        elif when in effect and not found["years_by"]:
            region = [column for column in effect if column != when]
            found |= {"time": True, "years_by": region[0] if len(region) == 1 else region}
        else:
            others.append("^".join(effect))
    plain = [other for other in others if "^" not in other]
    if found["entity"] is None and plain:
        known = columns is None or set(owner) <= set(columns)
        if not known and len(plain) == 1:
            found |= {"place": plain[0], "entity": True}
            others.remove(plain[0])
        elif not known and cluster is None:
            problems.append(
                f"which of {', '.join(plain)} are the places? expected place=, as place={plain[0]!r}"
            )
        elif len(plain) == 1 and _nested(panel, plain[0], owner):
            found["entity"] = plain[0]
            others.remove(plain[0])
    if when not in (options.get("year", "year"),) and found["time"]:
        found["time"] = when
    if cluster is not None and tuple(owner) != full_key(place, columns or ()) and "unique" in options:
        found["unique"] = False  # a region has many rows a year
    return found | {"effects": tuple(others)}, problems


def _nested(panel: Any, column: str, owner: Sequence[str]) -> bool:
    """Say whether each level of a column lies within one cluster; of files and tables that is for the scan to find out."""
    if not isinstance(panel, pd.DataFrame):
        return True
    if not {column, *owner} <= set(panel.columns):
        return False
    pairs = panel[[column, *owner]].dropna().drop_duplicates()
    return not pairs[column].duplicated().any()
