"""How many estimates of a curve are clear, and in how many of these few places have the driver, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from povertystats.clusters.effective import treated
from povertystats.clusters.verdict import judge
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.words.wording import say

_FEW = ("few_treated", "few_untreated")


def clear_lines(
    rows: pd.DataFrame, moments: Mapping[int, Moments], lang: str, counts: Mapping[str, Any]
) -> list[str]:
    """Return the line on clear results of fitted ``rows``, and that their test is doubtful where few places have the driver.

    ``moments``: by row, the driver first among the regressors; ``counts``: the figures of the first line.

    >>> clear_lines(pd.DataFrame(), {}, "en", {})
    []
    """
    if rows.empty:
        return []
    clear = rows.index[(rows["low"] > 0) | (rows["high"] < 0)]
    few: dict[tuple[int, int], tuple[str, int]] = {}
    for model in (moments[i] for i in clear if i in moments):
        who = treated(model, model.regressors[0])
        if who is None:
            continue
        why = judge(model, solve(model), model.regressors[0]).why
        for reason in (reason for reason in why if reason in _FEW):
            key = int(who.sum()), len(who)
            few[key] = reason, few.get(key, ("", 0))[1] + 1
    lines = [say("specification.clear", lang, **counts)]
    for (has, places), (reason, n) in few.items():
        known = {"treated": has, "untreated": places - has, "places": places}
        reason = say(f"drivers.verdict.why.{reason}", lang, **known)
        lines.append(say("specification.doubtful", lang, n=n, reason=reason))
    return lines
