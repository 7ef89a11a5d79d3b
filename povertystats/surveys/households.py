"""A survey of households: poverty and who left it, of all households they stand for, by place, group and year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.disclosure.grid import COUNTRY
from povertystats.engines.reading import reading
from povertystats.register.columns import COVERAGE, DESIGN, PLACES
from povertystats.register.published_counts import left_out
from povertystats.register.register import Register
from povertystats.register.transitions import histories, strangers
from povertystats.surveys.linearisation import Population, bad_options
from povertystats.surveys.psu_sums import Measure, psu_sums
from povertystats.surveys.result import COLUMNS, SurveyEstimates, estimated
from povertystats.words.errors import WrongType, refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table


def survey_rates(
    register: Register,
    *,
    by: str = "province",
    group: str | None = None,
    population: Population = None,
    single_psu: str = "refuse",
    level: float = 0.95,
) -> SurveyEstimates:
    """Estimate poverty in a population from a survey of its households, by place and year, with design-based errors.

    Parameters
    ----------
    register : Register
        Records with weights, as ``open_register(files, weight=…, stratum=…, psu=…)`` gives them.
    by : {"country", "province", "district", "commune"}, default "province"
        The lowest level of places; those above come along.
    group : str, optional
        A column of texts such as "ethnic" by which the country and each lowest place are told apart once more.
    population : float or dict, optional
        How many sampling units there are, in every stratum or {stratum: units}, as in ``survey_estimates``.
    single_psu : {"refuse", "centre"}, default "refuse"
        A stratum of one sampling unit: refused by name, or centred at the mean of all units.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    SurveyEstimates
        One row a place (level, place, province, district, commune, and the group), year and measure. Totals:
        ``households``, ``poor_households`` and, where no household's number of persons is missing, ``persons`` and
        ``poor_persons``. Rates in per cent: of all households
        ``poor_household_pct``, each class, ``deprived_household_pct`` (H), ``adjusted_headcount_pct`` (M0), each indicator
        and programme; ``intensity_pct`` (A) of the deprived; ``poor_person_pct`` of all persons.

    Raises
    ------
    WrongType
        No Register.
    Refused
        All problems at once: records without weights, weights that stand for no more than was interviewed, an unknown
        level or group, bad options, strata of one unit.

    Notes
    -----
    As ``survey_estimates``, where the formulas stand; each year is drawn anew, its strata are strata of their own. Records
    that cannot be counted (``Register.checks``) are left out of the sample. The rule of disclosure of ``review`` is not
    applied: these are estimates from a sample, of which those that are too uncertain are marked; a register that holds
    everybody is refused.

    References
    ----------
    Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, doi:10.1007/978-1-4612-4378-6; Alkire & Foster 2011,
    doi:10.1016/j.jpubeco.2010.11.006.

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": map(str, range(90)), "village": [*range(9)] * 10, "year": 2018})
    >>> homes = homes.assign(province="P", district="D", commune="C", urban=False, w=120.0)
    >>> homes["income_vnd_k"] = [650.0] * 30 + [1500.0] * 60
    >>> homes = homes.assign(**dict.fromkeys(ps.national_standard().columns, False))
    >>> found = ps.survey_rates(ps.open_register(homes, weight="w", psu="village"))
    >>> told = found.table.query("level == 'province' and measure in ['poor_households', 'poor_household_pct']")
    >>> told[["place", "year", "measure", "estimate", "n", "psus"]].round(1).values.tolist()
    [['P', 2018, 'poor_households', 3600.0, 90, 9], ['P', 2018, 'poor_household_pct', 33.3, 90, 9]]
    """
    _asked(register)
    rows, standard = register.records, register.standard
    classes = {standard.counts[name]: met for name, met in standard.conditions(rows).items()}
    if len(standard.poor) == 1:
        del classes[standard.counts[standard.poor[0]]]
    counts = {"poor_households": rows["poor"], **classes}
    counts |= {
        f"{name}_households": rows[name] for name in (*COVERAGE, *standard.columns) if name in rows.columns
    }
    measures = {
        "households": Measure("total", rows["poor"].notnull()),
        "poor_households": Measure("total", rows["poor"]),
    }
    measures |= {f"{name.removesuffix('s')}_pct": Measure("rate", met) for name, met in counts.items()}
    if standard.indicators:
        deprived = rows["deprivations"] >= standard.needed
        censored = deprived.ifelse(rows["deprivations"], 0) / standard.total
        measures["deprived_household_pct"] = Measure("rate", deprived)
        measures["intensity_pct"] = Measure("rate", censored, deprived)
        measures["adjusted_headcount_pct"] = Measure("rate", censored)
    if "persons" in rows.columns:
        poor = rows["poor"].ifelse(1, 0) * rows["persons"]
        measures |= {"persons": Measure("total", rows["persons"]), "poor_persons": Measure("total", poor)}
        measures["poor_person_pct"] = Measure("rate", rows["poor"], rows["persons"])
    return _estimates(register, rows, measures, by, group, population, single_psu, level)


def survey_transitions(
    register: Register,
    *,
    by: str = "province",
    group: str | None = None,
    population: Population = None,
    single_psu: str = "refuse",
    level: float = 0.95,
) -> SurveyEstimates:
    """Estimate who escaped poverty and who fell into it between the rounds of a panel survey, with design-based errors.

    Parameters
    ----------
    register : Register
        Records with weights of two rounds or more, with the same names of households in both.
    by : {"country", "province", "district", "commune"}, default "province"
        The lowest level of places; those above come along.
    group : str, optional
        A column of texts such as "ethnic", as in ``survey_rates``.
    population, single_psu : optional
        As in ``survey_rates``.
    level : float, default 0.95
        Confidence of the intervals.

    Returns
    -------
    SurveyEstimates
        One row a place, year (the later one) and measure: ``escaped_of_poor_pct`` of those poor in the round before,
        ``fell_of_not_poor_pct`` of those not poor then; totals ``escaped_households``, ``fell_households`` and
        ``followed_households``.

    Raises
    ------
    WrongType
        No Register.
    Refused
        All problems at once, as in ``survey_rates``, and where no household was interviewed twice.

    Notes
    -----
    The sample is what was interviewed in both rounds, with the weights, strata and sampling units of the later one; use
    weights of the panel where the survey has them, for some households are not found again.

    References
    ----------
    Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, doi:10.1007/978-1-4612-4378-6.

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": [*map(str, range(60))] * 2, "year": [2016] * 60 + [2018] * 60})
    >>> homes = homes.assign(province="P", district="D", commune="C", urban=False, w=50.0)
    >>> homes["income_vnd_k"] = [650.0] * 30 + [1500.0] * 42 + [650.0] * 48
    >>> homes = homes.assign(**dict.fromkeys(ps.national_standard().columns, False))
    >>> found = ps.survey_transitions(ps.open_register(homes, weight="w"), by="country").table
    >>> found[["measure", "estimate", "n"]].values.tolist()[-2:]
    [['escaped_of_poor_pct', 40.0, 30], ['fell_of_not_poor_pct', 100.0, 30]]
    """
    _asked(register)
    if len(register.years) < 2:
        years = ", ".join(map(str, register.years)) or "no year"
        refuse("cannot estimate transitions", [f"the register has {years}; expected two rounds or more"])
    rows = histories(register)
    with reading(register.files):
        followed = int(rows.count().to_pandas())
    refuse("cannot estimate transitions", [] if followed else [strangers(register)])
    before, now = rows["poor_before"], rows["poor"]
    measures = {
        "followed_households": Measure("total", now.notnull()),
        "escaped_households": Measure("total", before & ~now),
        "fell_households": Measure("total", ~before & now),
        "escaped_of_poor_pct": Measure("rate", ~now, before),
        "fell_of_not_poor_pct": Measure("rate", now, ~before),
    }
    return _estimates(register, rows, measures, by, group, population, single_psu, level)


def _asked(register):
    if not isinstance(register, Register):
        kind = type(register).__name__
        raise WrongType(
            f"register must be a Register (open_register), not {kind}; for other rows see survey_estimates"
        )


def _estimates(register, rows: Table, measures, by, group, population, single_psu, level) -> SurveyEstimates:
    levels = (COUNTRY, *PLACES)
    problems = bad_options(level, single_psu, population)
    if by not in levels:
        problems.append(f"by: {by!r} is no level of places; expected one of {', '.join(levels)}")
    texts = [name for name, kind in rows.schema().items() if kind.is_string()]
    groups = [name for name in texts if name not in (*PLACES, *DESIGN, "household", "class")]
    if group is not None and group not in groups:
        problems.append(
            f"group: {group!r}; expected one of {', '.join(groups) or 'none: there is no such column'}"
        )
    if "weight" not in rows.columns:
        problems.append(
            'the register has no weights; name their column, open_register(…, weight="…"), or count: review'
        )
    if not problems and not register.checks["records"].iloc[1]:
        problems.append(left_out(register.checks))
    refuse("cannot estimate from the survey", problems)
    places = [*PLACES[: levels.index(by)]]
    extra = [group] if group else []
    cells = psu_sums(
        rows,
        [*measures.values()],
        by=["year", *places, *extra],
        weight=rows["weight"],
        stratum={"year": rows["year"], **{name: rows[name] for name in ("stratum",) if name in rows.columns}},
        psu={"unit": rows["psu"] if "psu" in rows.columns else rows["household"]},
        files=register.files,
    )
    if cells["weights"].sum() <= cells["rows"].sum():
        refuse(
            "cannot estimate from the survey",
            [
                "the weights add up to no more than the households interviewed: of everybody, or shares. Open a register "
                "of everybody without weights and count it by review; rates by weights that are shares: survey_estimates"
            ],
        )
    sets = [["year", *places[:depth]] for depth in range(len(places) + 1)]
    sets += [["year", *at, *extra] for at in ([places] if not places else [[], places]) if group]
    named = [(name, measure.kind) for name, measure in measures.items()]
    table = estimated(cells, named, sets, level, population, single_psu)
    # A total of those alone whose value is known would be that of nobody.
    gaps = [
        name
        for i, (name, kind) in enumerate(named)
        if kind == "total" and cells[f"n{i}"].sum() < cells["rows"].sum()
    ]
    table = table[~table["measure"].isin(gaps)].reset_index(drop=True)
    return SurveyEstimates(_placed(table, places, extra), level, register.illustrative)


def _placed(table: pd.DataFrame, places: Sequence[str], extra: Sequence[str]) -> pd.DataFrame:
    """Return the table with its rows named as in a review: level, place, the places above, group, year."""
    names = {name: table[name].fillna("") if name in table else "" for name in (*PLACES, *extra)}
    table = table.assign(level=COUNTRY, place="", **names)
    for name in places:
        there = table[name] != ""
        table.loc[there, "level"], table.loc[there, "place"] = name, table.loc[there, name]
    for name in extra:
        table.loc[table[name] != "", "level"] = name
    return table[["level", "place", *PLACES, *extra, "year", *COLUMNS]]
