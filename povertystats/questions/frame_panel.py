"""A user's own frame as the panel behind a question: read as regressions take it, its columns called place and year."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pandas as pd

from povertystats.estimators.outcomes import answers_in, outcome_scales, rate_in
from povertystats.facts.specifications import Question, columns
from povertystats.files.numbers import MISSING, Notation
from povertystats.frames.keys import Key, full_key, keyed
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units, model_rates, no_logit
from povertystats.questions.usual_grid import USUAL_ESTIMATORS, USUAL_SCALES, usual_grid
from povertystats.regression.terms import data_problems, parse
from povertystats.words.names import first_names

# What the columns of places and years are called in the panel behind a question.
PLACE, YEAR = "place", "year"


def frame_panel(
    frame: pd.DataFrame,
    terms: Sequence[str],
    *,
    place: Key,
    time: str,
    linked: str = "",
    units: Units = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return columns place, year and those of ``terms`` of a frame, and every problem; with one it is not to be used.

    ``linked``: a rate that is fitted by its log-odds; other arguments as in ``fit_drivers``.

    >>> frame = pd.DataFrame({"county": ["A", "A"], "at": ["2019", "2020"], "poor_pct": ["12,5", "11"]})
    >>> frame_panel(frame, ["poor_pct"], place="county", time="at")[0].values.tolist()
    [['A', 2019, 12.5], ['A', 2020, 11.0]]
    """
    names = list(dict.fromkeys(_columns(terms, frame)))
    notation = Notation(decimal, thousands, MISSING if missing is None else tuple(missing))
    read, problems = read_model(frame, names, place=place, time=time, notation=notation)
    keys = (*full_key(place, frame.columns), time)
    lacking = [name for name in dict.fromkeys([*names, *keys]) if name not in read]
    if lacking:
        there = first_names(frame.columns)
        problems.append(f"no such column: {', '.join(map(repr, lacking))}; the panel has {there}")
    read, doubts = model_rates(read, [name for name in names if name in read], linked=linked, units=units)
    problems = list(dict.fromkeys([*problems, *doubts]))
    if taken := {PLACE, YEAR} & set(names):
        problems.append(f"{', '.join(map(repr, sorted(taken)))}: places and years are no drivers")
    if problems:
        return read, problems
    read, key = keyed(read, place)
    panel = pd.DataFrame({PLACE: read[key], YEAR: read[time]} | {name: read[name] for name in names})
    problems += data_problems(panel, names, PLACE, YEAR, True)
    return panel.dropna(subset=[PLACE, YEAR]).reset_index(drop=True), list(dict.fromkeys(problems))


def frame_question(
    frame: pd.DataFrame,
    asked: str | Question,
    drivers: Sequence[str],
    controls: Sequence[str],
    scales: Collection[str] | None,
    estimators: Collection[str] | None,
    **how: Any,
) -> tuple[pd.DataFrame, Question, list[str]]:
    """Return the panel of a frame, the usual grid for an outcome and its drivers, and every problem.

    ``asked``: the outcome, or a Question of one's own, which stands for all of these; ``scales``, ``estimators``: None for
    the usual ones, as far as the outcome has them; ``how``: arguments of ``frame_panel``; of several drivers the others are held beside each in one option more.
    """
    if isinstance(asked, Question):
        scales, estimators = asked.options["scale"], asked.options["estimator"]
        outcome, terms = asked.outcome, [asked.outcome, *asked.terms]
    else:
        outcome, terms = asked, [asked, *drivers, *controls]
    linked = rate_in(outcome, scales or USUAL_SCALES, estimators or USUAL_ESTIMATORS, how.get("units"))
    panel, problems = frame_panel(frame, terms, linked=linked, **how)
    yes = answers_in(panel, outcome)
    kind = outcome_scales(outcome, scales, USUAL_SCALES, yes=yes, units=how.get("units"))
    problems += kind.problems
    if estimators and "fractional_logit" in estimators:
        problems += no_logit(outcome, yes)
    elif yes == 1:
        estimators = [name for name in USUAL_ESTIMATORS if name != "fractional_logit"]
    if isinstance(asked, Question):
        return panel, asked, problems
    seen = panel.iloc[:0] if problems else panel.dropna(subset=[outcome])
    grid = usual_grid(
        outcome,
        {term: term for term in drivers},
        controls=controls,
        others=drivers if len(drivers) > 1 else (),
        years=seen[YEAR] if len(seen) else (),
        places=seen[PLACE].nunique() if len(seen) else 0,
        kind=kind,
        estimators=None if estimators is None else tuple(estimators),
    )
    return panel, grid, problems


def _columns(terms: Iterable[str], frame: pd.DataFrame) -> Iterable[str]:
    """Yield the columns behind terms: "a / b" where the frame has it, else the two of it."""
    for term in terms:
        column = parse(term)[1]
        yield from [column] if column in frame else columns(term)
