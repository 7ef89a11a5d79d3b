"""Figures of policy credit, one a place, nearest to a day: per head, beside a rate."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.facts.panels import TIERS, TRUST, Day, current, ended_on, tier_of
from povertystats.files.days import read_day
from povertystats.words.errors import InvalidValue, NotFound, refuse

OUTSTANDING = "vbsp_outstanding_vnd_bn"
# What stands in for it, within about one per cent: lending entrusted to mass organisations, total capital.
_MEASURES = (OUTSTANDING, "vbsp_outstanding_entrusted_vnd_bn", "vbsp_capital_vnd_bn")
LEVEL = "credit_vnd_m_pc"


def credit_near(
    facts: Facts,
    day: Day,
    *,
    months: int = 6,
    tiers: Sequence[str] = TIERS,
    outcome: str | None = None,
) -> pd.DataFrame:
    """Return each province's figure of policy credit nearest to a day, per head and beside poverty.

    The nearest month wins, then the better tier, then an exact figure before a bound. A figure of a month counts as of
    its last day, a figure of a year as of its last day (it may be of any day of that year).

    Parameters
    ----------
    facts : Facts
        The figures.
    day, months : str or date, and int
        The day, and how many calendar months before or after.
    tiers : sequence of str
        A, B, C as in credit.csv, P- where a proxy stands in (lending through mass organisations, or total capital).
    outcome : str, optional
        The rate beside it; that of the driver which the package declares a cross-section when left out.

    Returns
    -------
    DataFrame
        One row a province, ordered by rank: place, measure, period, on, days (from ``day``; before is negative),
        credit_vnd_bn, tier, bound, population_persons_k, credit_vnd_m_pc (million dong a head), rank (1 is the most a
        head), the rate (both of the year of ``day``, missing where not known), source_id.

    Raises
    ------
    Refused
        All problems at once: a text that is no date, months below 0, tiers that do not exist.
    NotFound
        The package has no such rate, no population, or declares no driver as a cross-section.

    Examples
    --------
    >>> import povertystats as ps
    >>> near = ps.credit_near(ps.load_facts(), "2018-12-31")
    >>> len(near), near.place[0], near.period[0], float(near.credit_vnd_bn[0].round(1))
    (21, 'Bắc Kạn', '2018-06-30', 1818.8)
    """
    problems = []
    try:
        on = pd.Timestamp(read_day(day))
    except InvalidValue as error:
        problems.append(str(error))
    if not months >= 0:
        problems.append(f"months are {months}; expected 0 or more")
    problems += [
        f"tier {tier!r} is not known; choose from {', '.join(TIERS)}" for tier in set(tiers) - {*TIERS}
    ]
    refuse("cannot look for policy credit", problems)
    rows = facts.table[
        facts.table.indicator.isin(_MEASURES)
        & facts.table.place.isin(facts.places.territories(facts.places.provinces))
        & facts.table.status.isin(TRUST)
        & ~facts.table.illustrative
    ]
    rows = rows.assign(
        period=rows.period.where(rows.period != "", rows.year.astype(str)),
        tier=[tier_of(row) for row in rows.itertuples()],
    )
    rows = current(rows[rows.tier.isin(tiers)])
    rows = rows.assign(on=pd.Series(ended_on(rows), rows.index, dtype="datetime64[ns]"))
    away = 12 * (rows.on.dt.year - on.year) + rows.on.dt.month - on.month
    rows = rows.assign(
        away=away.abs(),
        worse=rows.tier.map(TIERS.index),
        bounded=rows.bound != "",
        vague=-rows.period.str.len(),
        days=(rows.on - on).dt.days,
    )[away.abs() <= months]
    order = ["away", "worse", "bounded", "vague", "source_id"]
    rows = rows.sort_values(order, kind="stable").drop_duplicates("place")
    rows = rows.rename(columns={"indicator": "measure", "value": "credit_vnd_bn"})
    rate = credit_outcome(facts) if outcome is None else outcome
    known = facts.panel(["population_persons_k", rate], years=[on.year])
    rows = rows.drop(columns="year").merge(known, on="place", how="left")
    rows[LEVEL] = rows.credit_vnd_bn / rows.population_persons_k
    rows["rank"] = rows[LEVEL].rank(ascending=False, method="min")
    return rows.sort_values(["rank", "place"], ignore_index=True)[[*_NEAR, rate, "source_id"]]


def credit_outcome(facts: Facts) -> str:
    """Return the rate that is set beside policy credit: the outcome of the driver that is declared a cross-section.

    Raises NotFound where the package declares none.
    """
    rates = facts.drivers.loc[facts.drivers["evidence"] == "cross_section", "outcome"]
    if rates.empty:
        raise NotFound(
            "the package declares no driver as a cross_section, such as credit; name a rate with outcome="
        )
    return str(rates.iloc[0])


_NEAR = [
    "place", "measure", "period", "on", "days", "credit_vnd_bn", "tier", "bound", "population_persons_k",
    LEVEL, "rank",
]  # fmt: skip
