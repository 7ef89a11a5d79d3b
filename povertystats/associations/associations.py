"""Which drivers go with a rate, by which estimator and on which scale: associations, never effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from povertystats.associations.options import (
    crossed,
    crowded,
    led_on,
    listed,
    model_options,
    rows_problems,
    two_kinds,
    unfit,
)
from povertystats.associations.regional import asked_regions, with_regions
from povertystats.associations.result import DriverFit
from povertystats.engines.sources import Readable
from povertystats.estimators.estimators import ESTIMATORS, Inference, Keys
from povertystats.estimators.formula import is_formula
from povertystats.estimators.formula_given import Told, given_by
from povertystats.estimators.outcomes import answers_in, outcome_scales, rate_in
from povertystats.files.numbers import MISSING, Notation
from povertystats.frames.keys import Key, key_name
from povertystats.frames.model import read_model, weight_problems
from povertystats.frames.rates import Units, model_rates, no_logit
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.inference import holm
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, parse
from povertystats.regression.units import source_units
from povertystats.words.errors import Refused, refuse

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
    drivers: Sequence[str] = (),
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
    region: Key | None = None,
    effects: Sequence[str] = (),
    units: Units = None,
    unique: bool = True,
    weights: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] | None = None,
    errors: Literal["cv3", "crv1", "robust", "classical"] = "cv3",
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
        One row a place and year, rates in per cent. "within" takes files (Parquet, CSV) and tables as well (``scan``).
    outcome : str
        A column; or, without drivers, a formula ``"poor_pct ~ trained * region | place + year"``.
    drivers, controls : sequence of str
        Columns of numbers, or of yes and no in words; ``log(column)`` (estimates are per unit of the logarithm) or
        ``log1p(column)``. Controls are held constant: they have no row in the table and no part in ``p_holm``.
    scales : sequence of {"points", "log", "log_odds"}, optional
        Scales of the outcome; left out: points and log-odds, the latter not of an outcome of 0 and 1. For an outcome that
        is no rate in per cent (a wage, a yield) say ["points"], which is in its own units, or ["log"].
    estimators : sequence of str, default ("within",)
        Any of those above; all but "within" need a DataFrame.
    place, year : str or sequence of str, default "place" and "year"
        The columns of places (the full key, such as ["district", "commune"], where names repeat; of a column that is
        called after a level, such as commune, it is understood where those above it are there) and of years (numbers,
        texts, dates or periods).
    cluster : str or sequence of str, optional
        What errors are clustered by, the places when left out; "place + year": by two kinds at once. Larger areas need
        to know the places in them: ``cluster="region", entity="place"``; so do years: ``cluster="year", entity="place"``.
    entity : str, sequence of str, bool or None, default True
        Whose effects are taken out. True: those of the clusters; a column nested in them (``cluster="commune",
        entity="household"``); None: an intercept instead.
    time : str, bool or None, default True
        True: effects of the years; another column; None: no time effects.
    years_by : str or sequence of str, optional
        A column or key of regions (or other groups), each of which then has year effects of its own: shocks that a region
        shares move no estimate. "within" and "first_differences" take it.
    region : str or sequence of str, optional
        A column or key of a frame, one region a place: whether residuals go together within regions is tested, and a test
        by place to which errors by region give another answer is "doubtful" (``by_region`` tells both).
    effects : sequence of str, optional
        Further columns whose effects are taken out, such as ["sector"]; "sector^year": those of each pair. Of a frame.
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
    errors : {"cv3", "crv1", "robust", "classical"}, default "cv3"
        The cluster jackknife (for the logit CV3L), or CRV1, with t of G − 1 degrees (of two kinds: the smaller number);
        HC1 and classical errors take the rows of a place as independent: for comparison with published tables.
    level : float, default 0.95
        Confidence of the intervals.
    count_nested : bool, default False
        Whether CRV1 counts the effects nested in clusters (``inference.crv1``).
    draws, seed : int, default 9999 and 1
        Draws of the wild cluster bootstrap and of randomisation beside them (0: neither), and their seed.

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

    Notes
    -----
    A formula (of the package formulaic, the extra ``formulas``) has terms joined by ``+``, ``:`` (a product) and ``*``
    (both and their product): columns, ``log(x)``, ``log1p(x)`` and categories, which are columns of text or ``C(x)``; names
    with blanks stand in backticks. Nothing else is read, and no text is evaluated. All terms are drivers. ``log(y)`` or
    ``log_odds(y)`` before ``~`` is the scale, points without. After ``|`` stand effects, joined by ``+``: the place is the
    entity, the year the time, ``region^year`` are ``years_by="region"``, others are ``effects``; ``| 0``, or no bar, takes
    out none. A category is compared with its first level, which is named; levels that the effects tell are left out and
    named; of a driver times a category ``inside`` has the driver in each level.

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
    given = locals()
    if is_formula(outcome, drivers):
        own = ("panel", "outcome", "drivers")
        return _by_formula(panel, outcome, {name: value for name, value in given.items() if name not in own})
    asked, usual = scales, SCALES_USED if scales is None else scales
    drivers, controls, scales, estimators, problems = model_options(
        outcome, drivers, controls, usual, estimators, errors, level, draws, seed
    )
    when = year if time is True else time or None
    who, other, wrong = two_kinds(cluster, place, when, getattr(panel, "columns", ()))
    effects, unlisted = listed(effects)
    problems += [*wrong, *unlisted]
    if weights is not None and not isinstance(weights, str):
        refuse(f"cannot fit drivers of {outcome!r}", problems + weight_problems(pd.DataFrame(), weights))
    if who == when and entity is True:
        problems.append(
            f"time {who!r} is also the cluster; expected an entity, such as entity='place', or None"
        )
        entity = None
    linked = rate_in(outcome, scales, estimators, units)
    told = units
    if isinstance(panel, pd.DataFrame):
        columns = [parse(term)[1] for term in (outcome, *drivers, *controls, *filter(None, [weights]))]
        within = None if isinstance(entity, bool) else entity
        notation = Notation(decimal, thousands, MISSING if missing is None else tuple(missing))
        area = (place if within is None else within) if who == when else who
        panel, unread = read_model(
            panel,
            columns,
            place=area,
            time=when,
            entity=within,
            regions=[years_by, region],
            notation=notation,
        )
        panel, doubts = model_rates(panel, columns, linked=linked, units=units)
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
    written: dict[str, Any] = {"decimal": decimal, "thousands": thousands, "units": told}
    written["missing"] = ("",) if missing is None else missing
    in_rows = bool(effects or other or errors == "robust" or who == when or crossed(panel, who, owner))
    in_rows = in_rows or crowded(panel, who, when, years_by, 1 + len(drivers) + len(controls))
    keys = Keys(who, when, owner, unique, weights, written, years_by, other, effects, in_rows)
    for those, why in unfit(chosen, panel, keys, errors):
        problems.append(f"{', '.join(e.name for e in those)} {why}")
        chosen = [e for e in chosen if e not in those]
    if lacking := [*rows_problems(panel, keys, errors)]:
        problems, chosen = problems + lacking, []
    of: Mapping[Any, Any] = {}
    if region is not None:
        of, astray = asked_regions(panel, who, region, in_rows)
        problems += astray
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
                names = {"estimator": estimator.name, "scale": scale, "driver": drivers}
                names |= {"unit": kind.unit_of(scale), "outcome": outcome, "convention": convention}
                tables.append(_described(rows, source, names))
    problems += led_on(problems, panel, outcome, who, place, year, entity is True and unique)
    refuse(f"cannot fit drivers of {outcome!r}", dict.fromkeys(problems))
    table = pd.concat(tables, ignore_index=True).assign(level=level)
    moments = {key: fitted for key, fitted in sources.items() if isinstance(fitted, Moments)}
    if region is not None:
        options: dict[str, Any] = {"region": key_name(region), "level": level, "draws": 0, "seed": seed}
        table = with_regions(table, moments, of, **options)
    logit = next((fitted for fitted in sources.values() if isinstance(fitted, FractionalLogit)), None)
    return DriverFit(
        table[_COLUMNS], moments, dropped, logit, tuple(controls), errors, count_nested, kind.without
    )


def _by_formula(panel: Readable, text: str, options: dict[str, Any]) -> DriverFit:
    """Return the fit of a formula, and of its drivers in each level of the category that they stand beside."""
    given = given_by(panel, text, options)
    fit = fit_drivers(given.panel, given.outcome, given.drivers, **given.options)
    inside = None
    if given.inside:
        beside = {"controls": (*given.beside, *given.options["controls"])}
        inside = fit_drivers(given.panel, given.outcome, [*given.inside], **given.options | beside)
        inside = replace(inside, formula=Told(given.inside))
    return replace(fit, formula=given.told, inside=inside)


def _described(rows, source, names):
    """Return the rows with what they were estimated from and are called; made at once, which pandas does faster."""
    about = {
        "p_holm": holm(rows["p"]),
        "n": int(np.sum(source.fitted.n)),
        "places": len(source.fitted.clusters),
        "years": "–".join(map(str, dict.fromkeys(source.years))) if source.years else None,
        "dropped": "; ".join(f"{reason} {column}: {count}" for reason, column, count in source.dropped),
    }
    return pd.DataFrame(dict(rows) | about | names)
