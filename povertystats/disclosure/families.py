"""Counts told of all places that lie in one, or of none of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from povertystats.disclosure.grid import COUNTRY


def all_or_none(table: pd.DataFrame, levels: Sequence[str], safe: np.ndarray) -> np.ndarray:
    """Return in which rows counts are told: where they are safe in all places within one that tells its own.

    ``table``: a row a place, "" in the levels below it, level and year; a level of another name is that of groups, which tell
    where all of a year are safe, and all places of it tell.

    >>> rows = pd.DataFrame({"level": ["d", "d", "c", "c", "c"], "d": list("DEDDE"), "c": ["", "", *"ABF"], "year": 2019})
    >>> all_or_none(rows, ["d", "c"], np.array([True, True, True, False, True])).tolist()
    [True, True, False, False, True]
    """
    told: dict[tuple, bool] = {}
    result = np.zeros(len(table), bool)
    names, years = table[[*levels]].to_numpy(object), table["year"].to_numpy()
    depth = (names != "").sum(axis=1)
    grouped = ~table["level"].isin([COUNTRY, *levels]).to_numpy()
    for d in range(len(levels) + 1):
        families: dict[tuple, list[int]] = {}
        for i in np.flatnonzero((depth == d) & ~grouped).tolist():
            families.setdefault((years[i], *names[i][: max(d - 1, 0)], d), []).append(i)
        for key, rows in families.items():
            above = told.get(key[:-1], True) if d else True
            result[rows] = above and safe[rows].all()
            told |= {(years[i], *names[i][:d]): bool(result[i]) for i in rows}
    for year in np.unique(years[grouped]):
        rows = grouped & (years == year)
        result[rows] = safe[rows].all() and result[~grouped & (years == year)].all()
    return result
