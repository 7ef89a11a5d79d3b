"""How an outcome moves after places adopt a programme, beside places that have not adopted: by years since, by cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from povertystats.adoption.adopted import read_adoption
from povertystats.adoption.estimates import estimate
from povertystats.adoption.group_time import GroupTime
from povertystats.adoption.imputation import Imputation
from povertystats.adoption.result import EventStudy
from povertystats.adoption.sums import Design
from povertystats.associations.check import checked
from povertystats.frames.keys import Key
from povertystats.frames.rates import Units
from povertystats.regression.inference import bad_level
from povertystats.regression.terms import SCALES, parse
from povertystats.words.errors import not_lists, not_whole, refuse


def event_study(
    panel: pd.DataFrame,
    outcome: str,
    adopted: str,
    *,
    controls: Sequence[str] = (),
    scale: str = "points",
    estimator: Literal["imputation", "group_time"] = "imputation",
    comparison: Literal["not_yet", "never"] = "not_yet",
    anticipation: int = 0,
    before: int = 4,
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    units: Units = None,
    level: float = 0.95,
    draws: int = 999,
    seed: int = 1,
) -> EventStudy:
    """Compare places that adopt a programme in different years with places that have not adopted, by years since.

    Parameters
    ----------
    panel : DataFrame
        One row a place and year; years may be missing, and places may have rows of different years.
    outcome : str
        Its column: a rate in per cent, or any other figure.
    adopted : str
        A column of the year of first adoption, the same in every row of a place (missing, 0 or infinite: never), or of 0
        and 1, turning from 0 to 1 once. Adoption that ends again is refused.
    controls : sequence of str, default ()
        Columns, or ``log(column)``, that move the outcome without adoption; by "imputation" alone.
    scale : {"points", "log", "log_odds"}, default "points"
        Scale of the outcome: on which the moves of places are taken to be parallel.
    estimator : {"imputation", "group_time"}, default "imputation"
        "imputation": against place and year effects of all figures that are not treated; "group_time": each cohort and
        year against the last year before adoption.
    comparison : {"not_yet", "never"}, default "not_yet"
        For "group_time": whether places that adopt later are compared with, or those alone that do not adopt.
    anticipation : int, default 0
        Years before adoption in which places may have moved already; they are no comparison.
    before : int, default 4
        How many years before adoption to look at: placebo estimates, where nothing should be found.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key where names repeat) and of years.
    cluster : str or sequence of str, optional
        What is left out at a time for the errors: the places when left out; or areas that hold them.
    units : str or mapping of str to str, optional
        The unit in which rates are written, as in ``fit_drivers``.
    level : float, default 0.95
        Confidence of the intervals.
    draws, seed : int
        Deals of the dates for randomisation inference, which is made where fewer than 20 places adopt (0: none), and the
        seed of all draws.

    Returns
    -------
    EventStudy
        A check whose ``table`` has a row for all years since adoption together, for each year since, each cohort and each
        year before. Units: those of the outcome (percentage points of a rate); positive: the outcome is higher than in
        places that have not adopted.

    Raises
    ------
    WrongType
        When ``panel`` is not a DataFrame.
    Refused
        All problems at once: bad options or columns, dates that are doubtful, adoption that ends, nothing to compare with.

    Notes
    -----
    Two-way effects of a 0/1 driver compare places that adopt with places that adopted before them as well, so that
    associations that grow over the years enter with the wrong sign (``two_way_weights``); neither estimator does.

    "imputation": ``y_it = place_i + year_t + x_it'b + e_it`` is fitted to the figures without adoption; the estimates
    are means of what the others exceed it by. Placebos come from the same figures with a term for each year before
    adoption, against the years still earlier. It is efficient where errors of a place's years are unrelated.
    "group_time": ``(ȳ_g,t − ȳ_g,b) − (ȳ_C,t − ȳ_C,b)``, b the last year before adoption, placebos as well; it asks
    for parallel moves from b on alone, and does better where errors last. Each figure after adoption counts the same.

    Figures after adoption in years where fewer than two clusters have not adopted are left out and counted, and places
    that had adopted before their first figure. Errors: the estimates made again without each cluster (CV3), t(G − 1);
    an estimate that one place carries alone has none. ``low_all`` to ``high_all`` hold all years since together with
    confidence ``level`` (sup-t); the joint test of the years before is made in the same way, or, where fewer than 20
    places adopt, by deals of the dates.

    References
    ----------
    Borusyak, Jaravel & Spiess 2024, doi:10.1093/restud/rdae007; Callaway & Sant'Anna 2021,
    doi:10.1016/j.jeconom.2020.12.001; Montiel Olea & Plagborg-Møller 2019, doi:10.1002/jae.2656; MacKinnon & Webb 2020,
    doi:10.1016/j.jeconom.2020.04.024.

    Examples
    --------
    >>> import povertystats as ps
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> panel = pd.DataFrame({"place": np.repeat(range(30), 8), "year": np.tile(range(2012, 2020), 30)})
    >>> panel["since"] = panel["place"].map(lambda i: [2015, 2017, None][i % 3])
    >>> grown = (panel["year"] - panel["since"] + 1).clip(lower=0).fillna(0)
    >>> panel["poor_pct"] = 30 - panel["year"] % 100 - 0.5 * grown + rng.normal(0, 0.5, len(panel))
    >>> study = ps.event_study(panel, "poor_pct", "since")
    >>> study.since[["since", "estimate", "places"]].round(2).values.tolist()
    [[0.0, -0.67, 20.0], [1.0, -1.06, 20.0], [2.0, -1.5, 20.0], [3.0, -2.12, 10.0], [4.0, -2.45, 10.0]]
    """
    terms, problems = _options(outcome, adopted, controls, scale, estimator, comparison, level)
    problems += not_whole(anticipation=anticipation, before=before, draws=draws, seed=seed)
    what = f"cannot study how {outcome!r} moves after {adopted!r}"
    refuse(what, problems)
    data = read_adoption(
        panel, outcome, adopted, controls=terms, scale=scale, place=place, year=year, cluster=cluster,
        anticipation=anticipation, units=units,
    )  # fmt: skip
    design: Design
    if estimator == "imputation":
        design = Imputation(data, before, anticipation)
    else:
        design = GroupTime(data, before, anticipation, never=comparison == "never")
    refuse(what, design.problems(terms))
    table, p_before = estimate(design, level=level, draws=draws, seed=seed)
    table = table.assign(driver=adopted, outcome=outcome, scale=scale, unit=data.unit, level=level)[_COLUMNS]
    table = checked(EventStudy.kind, table, ["part", "which"]).drop(columns="which")
    alone = (("alone", adopted, design.uncompared),) if design.uncompared else ()
    left_out, sizes = (*data.left_out, *alone), (len(data.clusters), len(data.places))
    return EventStudy(table, estimator, comparison, anticipation, terms, p_before, *sizes, left_out)


_COLUMNS = [
    *("driver", "estimate", "low", "high", "p", "n", "level", "part", "which", "since", "cohort", "outcome", "scale", "unit"),
    *("se", "t", "low_all", "high_all", "detectable", "p_random", "places", "comparisons", "effective", "verdict"),
    *("read", "why"),
]  # fmt: skip


def _options(outcome, adopted, controls, scale, estimator, comparison, level):
    problems = not_lists(controls=controls)
    controls = (controls,) if isinstance(controls, str) else tuple(controls)
    known = {
        "scale": (scale, tuple(SCALES)),
        "estimator": (estimator, ("imputation", "group_time")),
        "comparison": (comparison, ("not_yet", "never")),
    }
    problems += [
        f"{name} {given!r} is not known; choose from {', '.join(choices)}"
        for name, (given, choices) in known.items()
        if given not in choices
    ]
    texts = [name for name in (outcome, adopted, *controls) if not isinstance(name, str)]
    problems += [f"{name!r} is no column name; expected text" for name in texts]
    if not texts:
        problems += [
            f"{name!r} must be a column; scale= transforms the outcome"
            for name in (outcome, adopted)
            if parse(name)[0]
        ]
        used = [parse(name)[1] for name in (outcome, adopted, *controls)]
        problems += [
            f"{name!r} stands more than once" for name in dict.fromkeys(used) if used.count(name) > 1
        ]
    if controls and estimator == "group_time":
        problems.append('controls are for estimator="imputation" alone; "group_time" compares plain means')
    if comparison == "never" and estimator == "imputation":
        problems.append(
            'comparison="never" is for estimator="group_time"; "imputation" uses every figure that is not treated'
        )
    return controls, problems + bad_level(level)
