"""What an outcome is by its values, and on which scales it is then fitted: one answer for fits, placebo tests and curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povertystats.files.units import unit_in
from povertystats.frames.rates import Units, is_rate, yes_of
from povertystats.words.phrases import unit

# Scales of an outcome of 0 and 1 alone that say nothing, in words.
_NONE = {"log": "logarithms that could be compared", "log_odds": "log-odds"}


@dataclass(frozen=True)
class Outcome:
    """The scales on which an outcome is fitted.

    ``unit``: of the scale "points": "share" (of an outcome of 0 and 1), "points" (of per cent) or "units"; ``without``:
    (scale, reason) of those that were not asked for and are left out, "yes_no" (0 and 1 alone) or "unit" (its name says
    that it is no rate); ``problems``: those that were asked for and do not exist.
    """

    scales: tuple[str, ...]
    unit: str = "units"
    without: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()

    def unit_of(self, scale: str) -> str:
        """Return the unit of a scale."""
        return self.unit if scale == "points" else scale


def outcome_scales(
    outcome: str,
    asked: Iterable[str] | None,
    usual: Sequence[str],
    *,
    yes: float | None = None,
    units: Units = None,
) -> Outcome:
    """Return on which scales an outcome is fitted: those asked for, or the usual ones that it has.

    ``yes``: as ``frames.rates.yes_of``; ``units``: as they were said.

    >>> outcome_scales("poor", None, ["points", "log_odds"], yes=1.0)
    Outcome(scales=('points',), unit='share', without=(('log_odds', 'yes_no'),), problems=())
    >>> outcome_scales("poor", ["log_odds"], ["points"], yes=1.0).problems[0]
    "'poor' holds 0 and 1 alone, which have no log-odds; choose the scale points, or cell_logit for its odds"
    """
    chosen = tuple(dict.fromkeys(usual if asked is None else asked))
    said = units == "share" or not isinstance(units, str) and outcome in (units or {})
    own = (
        "share"
        if yes == 1
        else "points"
        if yes or said and is_rate(outcome, outcome)
        else unit(outcome, "points")
    )
    none = {scale: "yes_no" for scale in chosen if yes and scale in _NONE}
    if not none and not is_rate(outcome, outcome) and unit_in(outcome) is not None:
        none = {scale: "unit" for scale in chosen if scale == "log_odds"}
    kept = tuple(scale for scale in chosen if scale not in none)
    if asked is None and kept:
        return Outcome(kept, own, tuple(none.items()))
    wrong = [
        f"{outcome!r} holds 0 and {yes:g} alone, which have no {_NONE[scale]}; choose the scale points, or cell_logit for its odds"
        for scale, reason in none.items()
        if reason == "yes_no"
    ]
    return Outcome(kept if wrong else chosen, own, (), tuple(wrong))


def rate_in(outcome: str, scales: Iterable[str], estimators: Iterable[str], units: Units) -> str:
    """Return the outcome where its figures are read as a rate whatever it is called, else "".

    So they are where log-odds or a logit are asked for, and where all rates are said to be shares: percentage points then.

    >>> rate_in("poor", ["points"], [], "share"), rate_in("poor", ["log_odds"], [], None), rate_in("poor", ["points"], [], None)
    ('poor', 'poor', '')
    """
    linked = "log_odds" in scales or "fractional_logit" in estimators or units == "share"
    return outcome if linked else ""


def answers_in(panel: Any, outcome: str) -> float | None:
    """Return what stands for yes in an outcome of 0 and that alone, in a frame; None for any other.

    >>> answers_in(pd.DataFrame({"poor": [True, False]}), "poor"), answers_in(pd.DataFrame(), "poor")
    (1.0, None)
    """
    there = isinstance(panel, pd.DataFrame) and list(panel.columns).count(outcome) == 1
    return yes_of(panel[outcome]) if there else None
