"""Which drivers go with a rate, by which estimator and on which scale: associations, never effects."""

from numbers import Integral

import numpy as np
import pandas as pd

from povertystats.drivers.result import DriverFit
from povertystats.regression.bootstrap import wild
from povertystats.regression.estimators import first_differences, long_differences, place_means
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.inference import bad_level, crv1, detectable, holm, parameters, solve, t_table
from povertystats.regression.jackknife import cv3
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.regression.terms import SCALES, parse
from povertystats.words.errors import Refused, refuse

# How a panel becomes the rows of an estimator, and whether the years keep effects of their own.
_CHANGED = {
    "first_differences": (first_differences, True),
    "long_differences": (long_differences, False),
    "between": (place_means, False),
}
ESTIMATORS = ("within", *_CHANGED, "fractional_logit")
_WILD = ["p_wild", "low_wild", "high_wild"]
_COLUMNS = [
    *("estimator", "scale", "outcome", "driver", "estimate", "se", "t", "p", "low", "high", "se_crv1", "p_crv1"),
    *("p_wild", "low_wild", "high_wild", "p_holm", "detectable", "level", "n", "places", "years", "dropped"),
    "convention",
]  # fmt: skip


def fit_drivers(
    panel,
    outcome,
    drivers,
    *,
    controls=(),
    scales=("points", "log_odds"),
    estimators=("within",),
    cluster="place",
    entity=True,
    time="year",
    unique=True,
    errors="cv3",
    level=0.95,
    count_nested=False,
    draws=9999,
    seed=1,
):
    """Fit the association of each driver with an outcome, on each scale and by each estimator.

    "within": ``y_it = Σ_j β_j x_jit + place_i + year_t + e_it`` by least squares (``entity=None`` fits an
    intercept in place of the clusters' effects, ``time=None`` no time effects); "first_differences" the same in changes from year to year, with
    year effects; "long_differences" in the change from the panel's first year to its last; "between" across
    the means of places; "fractional_logit" the average partial effect in a logit of the share with year effects
    and place means (zeros stay in), reported under the scale "points". Scales: "points" takes the outcome as
    it is (a rate: percentage points per unit of the driver), "log" ln y, "log_odds" ln(y/(100 − y)).

    ``panel``: one row a place and year, rates in per cent; or for "within" a Parquet or CSV file, several, or an
    ibis table on DuckDB or Spark (``scan``), with ``unique=False`` where a place and year has many rows, such as the households
    of a register; ``entity`` may then be a column nested in the clusters (``cluster="commune", entity="household"``). Drivers
    and controls may be ``log(column)`` or ``log1p(column)``. Gaps are left as they are, rows left out are counted.

    Standard errors, p and intervals: ``errors="cv3"``, the cluster jackknife (for the logit CV3L), or "crv1", t
    with G − 1 degrees; ``count_nested`` is explained in ``inference.crv1``. Beside them a wild cluster bootstrap of
    ``draws`` (0: none) from ``seed``, p adjusted for several drivers (Holm), and the detectable
    association (80 % power). Positive: the outcome is higher where the driver is.

    Returns a DriverFit. Raises TypeError when ``panel`` is none of these; ValueError, all problems at once, on
    bad options, bad columns (``Moments.from_frame``), a model that the data cannot tell (``solve``).
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
    >>> fit = fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    >>> fit.table[["scale", "driver", "estimate", "n", "places"]].round(3).values.tolist()
    [['points', 'x', -0.731, 6, 3], ['log_odds', 'x', -0.255, 6, 3]]
    """
    drivers, controls, scales, estimators, problems = _options(
        outcome, drivers, controls, scales, estimators, errors, level, draws, seed
    )
    if not isinstance(panel, pd.DataFrame) and set(estimators) - {"within"}:
        others = ", ".join(e for e in estimators if e != "within")
        problems.append(f"{others} need a DataFrame; files and ibis tables are fitted by 'within' alone")
        estimators = tuple(e for e in estimators if e == "within")
    if time is None and (timed := [e for e in estimators if e in _CHANGED]):
        problems.append(f"{', '.join(timed)} compare years; expected a column as time, not None")
        estimators = tuple(e for e in estimators if e not in _CHANGED)
    entity = cluster if entity is True else entity
    if entity not in (None, cluster) and (others := [e for e in estimators if e != "within"]):
        problems.append(f"{', '.join(others)} compare clusters; entity {entity!r} is for 'within' alone")
        estimators = tuple(e for e in estimators if e == "within")
    terms, keys = (*drivers, *controls), {"cluster": cluster, "time": time}
    sources, dropped, tables = {}, {}, []
    for estimator, scale in _models(estimators, scales):
        try:
            if estimator == "fractional_logit":
                source = fractional_logit(panel, outcome, terms, **keys)
                years, left_out = source.years, source.dropped
                rows, convention = _logit_rows(source, level)
            else:
                y = SCALES[scale].format(outcome)
                source, years, before = _moments(panel, estimator, y, terms, entity, unique, keys)
                left_out = (*before, *source.dropped)
                wild_options = {"draws": draws, "seed": seed} if draws else None
                rows, convention = _rows(source, len(drivers), errors, level, count_nested, wild_options)
        except Refused as refused:
            problems += refused.problems
        else:
            sources[estimator, scale], dropped[estimator, scale] = source, left_out
            rows = rows.iloc[: len(drivers)].assign(estimator=estimator, scale=scale, driver=drivers)
            tables.append(_described(rows, source, years, left_out, convention))
    refuse(f"cannot fit drivers of {outcome!r}", dict.fromkeys(problems))
    table = pd.concat(tables, ignore_index=True).assign(outcome=outcome, level=level)
    logit = sources.pop(("fractional_logit", "points"), None)
    return DriverFit(table[_COLUMNS], sources, dropped, logit, controls, errors, count_nested)


def _models(estimators, scales):
    """Return every estimator with every scale; the fractional logit has one scale of its own."""
    for estimator in filter(ESTIMATORS.__contains__, estimators):
        for scale in ("points",) if estimator == "fractional_logit" else filter(SCALES.get, scales):
            yield estimator, scale


def _moments(panel, estimator, outcome, terms, entity, unique, keys):
    """Return the moments of one model, the years behind it, and the rows left out before its scan."""
    if estimator == "within":
        read = Moments.from_frame if isinstance(panel, pd.DataFrame) else scan
        m = read(panel, outcome, terms, entity=entity, unique=unique, **keys)
        return m, m.years, ()
    change, keeps_years = _CHANGED[estimator]
    cluster, time = keys["cluster"], keys["time"]
    changes = change(panel, (outcome, *terms), place=cluster, time=time)
    y, *x = changes.columns
    time = time if keeps_years else None
    m = Moments.from_frame(changes.table, y, x, cluster=cluster, entity=None, time=time)
    return m, changes.years, changes.dropped


def _rows(moments, drivers, errors, level, count_nested, wild_options):
    """Return the drivers' rows by the jackknife or CRV1, with the bootstrap's, and the convention in words."""
    beta, g = solve(moments), len(moments.n)

    def told(variance):
        return t_table(moments.columns, beta, variance, dof=g - 1, level=level).iloc[:drivers]

    beside = told(crv1(moments, beta, count_nested=count_nested))
    rows = beside if errors == "crv1" else told(cv3(moments, beta))
    counted = "counted" if count_nested else "nested in clusters, not counted"
    nesting = f", {moments.entity} effects {counted}" if moments.entity else ""
    convention = f"CRV1, t({g - 1}), K = {parameters(moments, count_nested)}{nesting}"
    if errors == "cv3":
        convention = f"CV3, t({g - 1}); beside it {convention}"
    rows = rows.assign(
        **dict.fromkeys(_WILD, np.nan),
        se_crv1=beside["se"],
        p_crv1=beside["p"],
        detectable=detectable(rows["se"], g - 1, level=level),
    )
    if wild_options:
        try:
            found = wild(
                moments, moments.regressors[:drivers], level=level, count_nested=count_nested, **wild_options
            ).table
        except Refused as refused:
            convention += f"; no bootstrap: {'; '.join(refused.problems)}"
        else:
            rows[_WILD] = found[["p", "low", "high"]].to_numpy()
            convention += f"; WCR, {found['draws'].iloc[0]:,} draws"
    return rows, convention


def _logit_rows(fit, level):
    dof = len(fit.clusters) - 1
    rows = t_table(fit.names, fit.estimates, fit.variance, dof=dof, level=level)
    rows = rows.assign(**dict.fromkeys(["se_crv1", "p_crv1", *_WILD], np.nan))
    return rows.assign(detectable=detectable(rows["se"], dof, level=level)), f"CV3L, t({dof})"


def _described(rows, source, years, left_out, convention):
    """Return the rows with what they were estimated from and by which convention."""
    return rows.assign(
        p_holm=holm(rows["p"]),
        n=int(np.sum(source.n)),
        places=len(source.clusters),
        years="–".join(map(str, dict.fromkeys(years))) if years else None,
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in left_out),
        convention=convention,
    )


def _options(outcome, drivers, controls, scales, estimators, errors, level, draws, seed):
    problems, lists = [], []
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
    problems += [
        f"{option} is {value!r}; expected a whole number, 0 or more"
        for option, value in (("draws", draws), ("seed", seed))
        if not isinstance(value, Integral) or value < 0
    ]
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
