"""Which drivers go with a rate, by which estimator and on which scale: associations, never effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from povertystats.associations.result import DriverFit
from povertystats.engines.sources import Readable
from povertystats.estimators.estimators import ESTIMATORS, Inference, Keys
from povertystats.estimators.outcomes import answers_in, outcome_scales
from povertystats.files.numbers import MISSING, Notation
from povertystats.frames.keys import Key
from povertystats.frames.model import read_model
from povertystats.frames.rates import Units, model_rates, no_logit
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.inference import bad_level, holm
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, parse
from povertystats.regression.units import source_units
from povertystats.words.errors import Refused, not_whole, refuse

_COLUMNS = [
    *("estimator", "scale", "outcome", "driver", "estimate", "se", "t", "p", "low", "high", "se_crv1", "p_crv1"),
    *("p_wild", "low_wild", "high_wild", "p_random", "effective", "treated", "verdict", "read", "why"),
    *("p_holm", "detectable", "level", "n", "places", "years", "dropped", "unit", "convention"),
]  # fmt: skip
# The scales of an outcome where none is asked for.
SCALES_USED = ("points", "log_odds")


def fit_drivers(
    panel: Readable,
    outcome: str,
    drivers: Sequence[str],
    *,
    controls: Sequence[str] = (),
    scales: Sequence[str] | None = None,
    estimators: Sequence[str] = ("within",),
    place: Key = "place",
    year: str = "year",
    cluster: Key | None = None,
    entity: Key | bool | None = True,
    time: str | bool | None = True,
    years_by: Key | None = None,
    units: Units = None,
    unique: bool = True,
    weights: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
    errors: Literal["cv3", "crv1"] = "cv3",
    level: float = 0.95,
    count_nested: bool = False,
    draws: int = 9999,
    seed: int = 1,
) -> DriverFit:
    """Fit the association of each driver with an outcome, on each scale and by each estimator.

    "within": ``y_it = Σ_j β_j x_jit + place_i + year_t + e_it`` by least squares (``entity=None`` fits an
    intercept in place of the clusters' effects, ``time=None`` no time effects); "first_differences" the same in changes from year to year, with
    year effects; "long_differences" in the change from the panel's first year to its last; "between" across
    the means of places; "fractional_logit" the average partial effect in a logit of the share with year effects
    and place means (zeros stay in), reported under the scale "points". Scales: "points" takes the outcome as
    it is (a rate: percentage points per unit of the driver), "log" ln y, "log_odds" ln(y/(100 − y)).

    Parameters
    ----------
    panel : DataFrame, path, list of paths or ibis table
        One row a place and year, rates in per cent. "within" takes files and tables as well (``scan``).
    outcome : str
        A column.
    drivers, controls : sequence of str
        Columns, ``log(column)`` or ``log1p(column)``.
    scales : sequence of {"points", "log", "log_odds"}, optional
        Scales of the outcome; left out: points and log-odds, the latter where it has them: not an outcome of 0 and 1.
    estimators : sequence of str
        Names of ``regression.estimators.ESTIMATORS``.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, such as ["district", "commune"], where names repeat; of a column that is
        called after a level, such as commune, it is understood where those above it are there) and of years (numbers,
        texts, dates or periods).
    cluster : str or sequence of str, optional
        What errors are clustered by, the places when left out.
    entity : str, sequence of str, bool or None, default True
        True: effects of the clusters; a column nested in them (``cluster="commune", entity="household"``); None.
    time : str, bool or None, default True
        True: effects of the years; another column; None: no time effects.
    years_by : str or sequence of str, optional
        A column or key of regions (or other groups), each of which then has year effects of its own: shocks that a region
        shares move no estimate. "within" and "first_differences" take it.
    units : str or mapping of str to str, optional
        The unit in which rates (columns ``…_pct``, an outcome in log-odds) are written, "pct" or "share", of all or by
        name; asked for where doubtful. An outcome of 0 and 1 is told as the share that it is, in per cent with "share".
    unique : bool, default True
        Whether a place and year has one row; a register of households has many.
    weights : str, optional
        A column of analytic (probability) weights, above zero: how many others a row stands for, or how exact it is. Only
        their ratios matter; "within" alone takes them.
    decimal, thousands : str, optional
        The signs in numbers that are written as text, in a CSV or a frame, "," or "."; seen from each column, and asked
        where one may be either.
    missing : sequence of str, optional
        Words for what is missing there. Left out: those that everybody knows in a frame, and nothing at all in a CSV.
    errors : {"cv3", "crv1"}, default "cv3"
        The cluster jackknife (for the logit CV3L), or CRV1 with t of G − 1 degrees.
    level : float, default 0.95
        Confidence of the intervals.
    count_nested : bool, default False
        Whether CRV1 counts the effects nested in clusters (``inference.crv1``).
    draws, seed : int
        Draws of the wild cluster bootstrap beside them (0: none), and their seed.

    Returns
    -------
    DriverFit
        With p adjusted for several drivers (Holm) and the detectable association (80 % power). Positive: the outcome
        is higher where the driver is. Gaps are left as they are, rows left out are counted.

    Raises
    ------
    WrongType
        When ``panel`` is none of these.
    Refused
        All problems at once: bad options, bad columns, a model that the data cannot tell.

    References
    ----------
    MacKinnon, Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001.

    Examples
    --------
    >>> import povertystats as ps
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
    >>> fit = ps.fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    >>> fit.table[["scale", "driver", "estimate", "n", "places"]].round(3).values.tolist()
    [['points', 'x', -0.731, 6, 3], ['log_odds', 'x', -0.255, 6, 3]]
    """
    asked, usual = scales, SCALES_USED if scales is None else scales
    drivers, controls, scales, estimators, problems = model_options(
        outcome, drivers, controls, usual, estimators, errors, level, draws, seed
    )
    when = year if time is True else time or None
    who = place if cluster is None else cluster
    linked, told = "log_odds" in scales or "fractional_logit" in estimators, units
    if isinstance(panel, pd.DataFrame):
        columns = [parse(term)[1] for term in (outcome, *drivers, *controls, *filter(None, [weights]))]
        other = None if isinstance(entity, bool) else entity
        notation = Notation(decimal, thousands, MISSING if missing is None else tuple(missing))
        panel, unread = read_model(
            panel, columns, place=who, time=when, entity=other, region=years_by, notation=notation
        )
        panel, doubts = model_rates(panel, columns, linked=outcome if linked else "", units=units)
        problems += [*unread, *doubts]
        yes = answers_in(panel, outcome)
    else:
        terms = SCALES["log_odds" if linked else "points"].format(outcome), *drivers, *controls
        notation = Notation(decimal, thousands, ("",) if missing is None else tuple(missing))
        found = source_units(panel, terms, units, notation)
        problems += found.problems
        yes, told = found.yes, found.units
    kind = outcome_scales(outcome, asked, scales, yes=yes, units=units)
    scales = kind.scales
    problems += kind.problems
    if "fractional_logit" in estimators:
        problems += no_logit(outcome, yes)
    owner = who if entity is True else entity or None
    chosen = [ESTIMATORS[name] for name in estimators if name in ESTIMATORS]
    rows_alone = ", ".join(repr(e.name) for e in ESTIMATORS.values() if e.any_rows)
    limits = (
        (
            not isinstance(panel, pd.DataFrame),
            [e for e in chosen if not e.any_rows],
            f"need a DataFrame; files and ibis tables are fitted by {rows_alone} alone",
        ),
        (
            when is None,
            [e for e in chosen if e.needs_time],
            "compare years; expected a column as time, not None",
        ),
        (
            owner not in (None, who),
            [e for e in chosen if not e.any_rows],
            f"compare clusters; entity {owner!r} is for {rows_alone} alone",
        ),
        (
            years_by is not None,
            [e for e in chosen if not e.regional],
            "have no year effects, which years_by gives each region; "
            f"{', '.join(repr(e.name) for e in ESTIMATORS.values() if e.regional)} have",
        ),
        (weights is not None, [e for e in chosen if not e.any_rows], f"take no weights; {rows_alone} does"),
    )
    for met, unfit, why in limits:
        if met and unfit:
            problems.append(f"{', '.join(e.name for e in unfit)} {why}")
            chosen = [e for e in chosen if e not in unfit]
    written: dict[str, Any] = {"decimal": decimal, "thousands": thousands, "units": told}
    written["missing"] = ("",) if missing is None else missing
    keys = Keys(who, when, owner, unique, weights, written, years_by)
    terms, how = (*drivers, *controls), Inference(errors, level, count_nested, draws, seed)
    sources, dropped, tables = {}, {}, []
    for estimator in chosen:
        for scale in estimator.scales_among(scales):
            key = estimator.name, scale
            try:
                y = SCALES[scale].format(outcome)
                source = estimator.read(panel, (y, *terms), keys, len(drivers))
                rows, convention = estimator.rows(source.fitted, len(drivers), how)
            except Refused as refused:
                problems += refused.problems
            else:
                sources[key], dropped[key] = source.fitted, source.dropped
                rows = rows.assign(
                    estimator=estimator.name, scale=scale, driver=drivers, unit=kind.unit_of(scale)
                )
                tables.append(_described(rows, source, convention))
    refuse(f"cannot fit drivers of {outcome!r}", dict.fromkeys(problems))
    table = pd.concat(tables, ignore_index=True).assign(outcome=outcome, level=level)
    moments = {key: fitted for key, fitted in sources.items() if isinstance(fitted, Moments)}
    logit = next((fitted for fitted in sources.values() if isinstance(fitted, FractionalLogit)), None)
    return DriverFit(
        table[_COLUMNS], moments, dropped, logit, tuple(controls), errors, count_nested, kind.without
    )


def _described(rows, source, convention):
    """Return the rows with what they were estimated from and by which convention."""
    return rows.assign(
        p_holm=holm(rows["p"]),
        n=int(np.sum(source.fitted.n)),
        places=len(source.fitted.clusters),
        years="–".join(map(str, dict.fromkeys(source.years))) if source.years else None,
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in source.dropped),
        convention=convention,
    )


def model_options(
    outcome: Any,
    drivers: Any,
    controls: Any,
    scales: Any,
    estimators: Any,
    errors: Any = "cv3",
    level: Any = 0.95,
    draws: Any = 0,
    seed: Any = 1,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], list[str]]:
    """Return drivers, controls, scales and estimators, each as a tuple, and what is wrong with the options of a model.

    Raises Refused at once where a term is no text.

    >>> model_options("y_pct", ["x"], [], ["points"], ["magic"])[-1]
    ["estimator 'magic' is not known; choose from within, first_differences, long_differences, between, fractional_logit"]
    """
    problems: list[str] = []
    lists: list[tuple] = []
    given = {"drivers": drivers, "controls": controls, "scales": scales, "estimators": estimators}
    for option, items in given.items():
        if isinstance(items, str):
            problems.append(f"{option} must be a list, not the text {items!r}")
            items = [items]
        lists.append(tuple(dict.fromkeys(items)) if option in ("scales", "estimators") else tuple(items))
    drivers, controls, scales, estimators = lists
    problems += [
        f"{option} are empty"
        for option, items in zip(given, lists, strict=True)
        if option != "controls" and not items
    ]
    for what, chosen, known in (("scale", scales, SCALES), ("estimator", estimators, ESTIMATORS)):
        problems += [
            f"{what} {item!r} is not known; choose from {', '.join(known)}"
            for item in chosen
            if item not in known
        ]
    problems += not_whole(draws=draws, seed=seed)
    texts = [item for item in (outcome, *drivers, *controls) if not isinstance(item, str)]
    if texts:
        problems += [f"{item!r} is no column name; expected text" for item in texts]
        refuse(f"cannot fit drivers of {outcome!r}", problems)
    if errors not in ("cv3", "crv1"):
        problems.append(f"errors {errors!r} are not known; choose cv3 or crv1")
    if parse(outcome)[0]:
        problems.append(f"outcome {outcome!r} must be a column; the scales transform it")
    shared = [term for term in (*drivers, *controls) if parse(term)[1] == parse(outcome)[1]]
    problems += [f"{outcome!r} is both outcome and regressor ({term!r})" for term in shared]
    return drivers, controls, scales, estimators, problems + bad_level(level)
