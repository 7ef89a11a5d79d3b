"""Estimates of a survey with design-based errors: rates, means, totals and ratios of any rows, by domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from povertystats.engines.connections import connect, engine_of
from povertystats.engines.reading import measured, read, reading
from povertystats.engines.schemas import used_by
from povertystats.engines.sources import Readable
from povertystats.files.numbers import Notation
from povertystats.surveys.linearisation import Population, bad_options
from povertystats.surveys.psu_sums import KINDS, Measure, psu_sums
from povertystats.surveys.result import COLUMNS, SurveyEstimates, estimated
from povertystats.words.errors import not_lists, refuse


def survey_estimates(
    source: Readable,
    *,
    rates: Sequence[str | tuple[str, str]] = (),
    means: Sequence[str] = (),
    totals: Sequence[str] = (),
    ratios: Sequence[tuple[str, str]] = (),
    by: str | Sequence[str] = (),
    weight: str = "weight",
    stratum: str | Sequence[str] | None = None,
    psu: str | Sequence[str] | None = None,
    population: Population = None,
    single_psu: str = "refuse",
    level: float = 0.95,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Sequence[str] = ("",),
    engine: Any = None,
) -> SurveyEstimates:
    """Estimate rates, means, totals and ratios of a population from a sample with weights, with design-based errors.

    Parameters
    ----------
    source : DataFrame, path, list of paths or ibis table
        One row an interviewed household (or person); files and tables as ``open_register`` takes them.
    rates : sequence of str or (str, str)
        Columns of yes and no, or 0 and 1; ("escaped", "poor_before") is the rate among those of the second.
    means, totals : sequence of str
        Columns of numbers.
    ratios : sequence of (str, str)
        Columns whose totals are divided: ("poor_persons", "persons").
    by : str or sequence of str
        Columns whose values tell domains apart; the whole population when left out.
    weight : str, default "weight"
        How many of the population a row stands for: above zero.
    stratum, psu : str or sequence of str, optional
        The columns that name a stratum and, within it, a primary sampling unit: the area that was drawn first. Without
        the first all are one stratum, without the second each row was drawn itself. Rounds of a survey that were drawn
        anew are strata of their own: ``stratum=["year", "stratum"]``.
    population : float or dict, optional
        How many sampling units there are, in every stratum or {stratum: units}: a correction where a good part of them was
        drawn without replacement. Left out: drawn with replacement, which overstates errors a little otherwise.
    single_psu : {"refuse", "centre"}, default "refuse"
        A stratum of one unit tells nothing of its error: refused by name, or centred at the mean of all units.
    level : float, default 0.95
        Confidence of the intervals.
    decimal, thousands : str, optional
        The signs in the numbers of a CSV, "," or "."; seen from each column, and asked where one may be either.
    missing : sequence of str, default ("",)
        Words for what is missing there.
    engine : object, optional
        None for DuckDB in this process (or the table's own), else as in ``open_register``.

    Returns
    -------
    SurveyEstimates
        One row a domain and measure.

    Raises
    ------
    WrongType
        On another source.
    Refused
        All problems at once: unknown columns or options, weights that are missing, zero or negative, rates of other
        columns than yes and no, totals with missing values, strata of one unit.

    Notes
    -----
    ``R̂ = Σ w y/Σ w x`` and, with ``z_hi = Σ_k w_hik (y_hik − R̂ x_hik)/Σ w x`` of unit i of stratum h, by Taylor
    linearisation ``V = Σ_h (1 − n_h/N_h) n_h/(n_h − 1) Σ_i (z_hi − z̄_h)²``; a total has ``z = Σ w y``. A domain's rows
    are no sample of their own: outside it z is 0, and its units still count. Intervals by t with units less strata degrees
    of freedom, of those with a household of the domain; those of rates by their logit. Rows that lack a value count in
    the design and not in the measure.

    References
    ----------
    Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, doi:10.1007/978-1-4612-4378-6; Wolter 2007,
    Introduction to Variance Estimation, doi:10.1007/978-0-387-35099-8; Korn & Graubard 1999, Analysis of Health Surveys,
    doi:10.1002/9781118032619.

    Examples
    --------
    >>> import pandas as pd
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"area": list("aaaabbbb") * 9, "village": [*range(12)] * 6, "poor": [1, 0, 0] * 24, "w": 40})
    >>> found = ps.survey_estimates(homes, rates=["poor"], totals=["poor"], weight="w", stratum="area", psu="village")
    >>> found.table[["kind", "estimate", "n", "psus", "strata", "df"]].values.tolist()
    [['rate', 33.33333333333333, 72, 24, 2, 22], ['total', 960.0, 72, 24, 2, 22]]
    """
    by, strata, units = ([*dict.fromkeys(_listed(names))] for names in (by, stratum, psu))
    asked = {"rates": rates, "means": means, "totals": totals, "ratios": ratios}
    problems = [*not_lists(**asked), *bad_options(level, single_psu, population)]
    wanted: list[tuple[str, str, str | None]] = []
    for kind, (option, items) in zip(KINDS, asked.items(), strict=True):
        for item in () if isinstance(items, str) else items:
            pair = item if isinstance(item, tuple | list) else (item, None)
            if len(pair) != 2 or (kind == "ratio") > (pair[1] is not None) or kind in KINDS[1:3] and pair[1]:
                problems.append(f"{option}: {item!r}; expected {_EXPECTED[kind]}")
            else:
                wanted.append((kind, pair[0], pair[1]))
    if not wanted and not problems:
        problems.append(f"nothing is asked for; expected some of {', '.join(asked)}")
    problems += [
        f"by: {name!r} is what the result calls a column of its own; rename it"
        for name in by
        if name in COLUMNS
    ]
    numbers = dict.fromkeys(name for _, *pair in wanted for name in pair if name)
    columns = dict.fromkeys([*numbers, weight, *by, *strata, *units])
    connection = connect(engine_of(source) if engine is None else engine)
    notation = Notation(decimal, thousands, tuple(missing))
    rows, files = read(connection, source, used_by([], *columns), notation=notation)
    if lost := [repr(name) for name in columns if name not in rows.columns]:
        problems.append(f"no such column: {', '.join(lost)}; the source has {', '.join(rows.columns)}")
    refuse("cannot estimate from the survey", problems)
    rows, problems = measured(rows, files, [*numbers, weight], notation)
    kinds = rows.schema()
    problems += [
        f"{name!r} must be numeric or yes and no, is {kinds[name]}"
        for name in (*numbers, weight)
        if not (kinds[name].is_numeric() or kinds[name].is_boolean())
    ]
    refuse("cannot estimate from the survey", problems)
    refuse("cannot estimate from the survey", _not_yes_no(rows, wanted, kinds, files))
    measures = [Measure(kind, rows[y], None if x is None else rows[x]) for kind, y, x in wanted]
    names = [y if x is None else f"{y} of {x}" if kind == "rate" else f"{y} / {x}" for kind, y, x in wanted]
    design = {
        "weight": rows[weight],
        "stratum": {name: rows[name] for name in strata},
        "psu": {name: rows[name] for name in units} or _each_row(),
    }
    cells = psu_sums(rows, measures, by=by, files=files, **design)
    gaps = [
        f"{y}: {gap:,} rows have no value, and no total"
        for gap, (kind, y, _) in _gaps(cells, wanted)
        if kind == "total"
    ]
    refuse("cannot estimate from the survey", gaps)
    table = estimated(
        cells, [*zip(names, [kind for kind, *_ in wanted], strict=True)], [by], level, population, single_psu
    )
    return SurveyEstimates(table[[*by, *COLUMNS]], level)


_EXPECTED = {
    "rate": "a column of yes and no, or (column, of those)",
    "mean": "a column",
    "total": "a column",
    "ratio": "(column, column)",
}


def _listed(names):
    return [names] if isinstance(names, str) else [*(names or ())]


def _each_row():
    import ibis

    return {"row": ibis.row_number()}


def _gaps(cells, wanted):
    """Yield how many rows have no value of each measure, and it."""
    for i, one in enumerate(wanted):
        if gap := int(cells["rows"].sum() - cells[f"n{i}"].sum()):
            yield gap, one


def _not_yes_no(rows, wanted, kinds, files):
    """Return which columns of rates hold something else than yes and no."""
    names = dict.fromkeys(name for kind, *pair in wanted if kind == "rate" for name in pair if name)
    asked = [name for name in names if not kinds[name].is_boolean()]
    if not asked:
        return []
    other = {f"n{i}": (~rows[name].isin([0, 1]) & rows[name].notnull()).sum() for i, name in enumerate(asked)}
    with reading(files):
        (counts,) = rows.aggregate(**other).to_pandas().fillna(0).to_dict("records")
    return [
        f"{name!r}: {int(counts[f'n{i}'])} values are neither 0 nor 1, and no rate; see means"
        for i, name in enumerate(asked)
        if counts[f"n{i}"]
    ]
