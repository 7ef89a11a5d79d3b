"""Panels of facts: which figure is taken where several stand or near a day, and how figures become columns."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.words.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

# The order of trust. A target is a wish and never stands for an outcome.
TRUST = ("official", "derived", "preliminary", "estimate", "plan")
Day = str | datetime.date
OUTSTANDING = "vbsp_outstanding_vnd_bn"
# What stands in for it, within about one per cent: lending entrusted to mass organisations, total capital.
_MEASURES = (OUTSTANDING, "vbsp_outstanding_entrusted_vnd_bn", "vbsp_capital_vnd_bn")
# A printed with its date, B worked out from two printed figures, P- the same of a proxy, C of a guessed day or year.
TIERS = ("A", "B", "P-A", "P-B", "C", "P-C")
_TIER_OF = {"official": "A", "derived": "B"}
POVERTY = "poor_multidim_pct"
LEVEL = "credit_vnd_m_pc"


def outcomes(rows: pd.DataFrame, *, illustrative: bool = False) -> pd.DataFrame:
    """Keep what happened: no targets, and unless asked for nothing generated."""
    rows = rows[rows["status"].isin(TRUST)]
    return rows if illustrative else rows[~rows["illustrative"]]


def trusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one figure for each place, indicator, year and standard.

    By status in the order of trust; then exact before bounded; then the later period, the figure with more
    digits (another one is often its rounding), the later publication.
    """
    order = rows.assign(
        trust=rows["status"].map(TRUST.index),
        bounded=rows["bound"] != "",
        digits=rows["value"].map(lambda value: len(f"{value:.10g}".partition(".")[2])),
        undated=rows["period"].str.ljust(10, "9").where(rows["period"] != "", "9"),
    ).sort_values(
        ["trust", "bounded", "undated", "digits", "available_from", "source_id"],
        ascending=[True, True, False, False, False, True],
        kind="stable",
    )
    return rows.loc[order.drop_duplicates(["place", "indicator", "year", "standard"]).index.sort_values()]


def conflicts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes that disagree: same place, indicator, year and standard, other value; ``taken``: trusted."""
    group = ["place", "indicator", "year", "standard"]
    rows = rows[rows.groupby(group)["value"].transform("nunique") > 1]
    rows = rows.assign(taken=rows.index.isin(trusted(rows).index))
    columns = [*group, "period", "value", "bound", "status", "source_id", "available_from", "taken"]
    return rows[columns].sort_values([*group, "taken"], ascending=[True] * 4 + [False])


def panel(
    rows: pd.DataFrame,
    formulas: Mapping[str, str],
    *,
    places: Collection[str],
    years: Sequence[int] | tuple[int, int] | None,
    standard: str | None,
    standards: pd.DataFrame,
) -> pd.DataFrame:
    """Return outcomes as one row a place and year, one column an indicator (``Facts.panel``).

    ``formulas``: {indicator: "a / b" of two others, or ""}.
    """
    parts = {
        name: [part.strip() for part in (formula or name).split("/")] for name, formula in formulas.items()
    }
    wanted = sorted({part for some in parts.values() for part in some})
    rows = rows[rows["indicator"].isin(wanted) & rows["place"].isin(places)]
    if years is not None:
        span = range(years[0], years[1] + 1) if isinstance(years, tuple) else list(years)
        rows = rows[rows["year"].isin(span)]
    if standard not in (None, "any"):
        rows = rows[rows["standard"].isin([standard, ""])]
    if standard != "any":
        _refuse_mixed(rows)
    rows = trusted(rows)
    newest = rows.iloc[standard_order(rows["standard"], standards).argsort(kind="stable")]
    rows = newest.drop_duplicates(["place", "indicator", "year"], keep="last")
    wide = rows.pivot(index=["place", "year"], columns="indicator", values="value").reindex(columns=wanted)
    for name, some in parts.items():
        if len(some) == 2:
            wide[name] = wide[some[0]] / wide[some[1]]
    wide = wide[list(formulas)].dropna(how="all").reset_index()
    return wide.rename_axis(columns=None).sort_values(["place", "year"], ignore_index=True)


def _refuse_mixed(rows: pd.DataFrame) -> None:
    found = rows[rows["standard"] != ""].groupby("indicator")["standard"].unique()
    mixed = {indicator: sorted(names) for indicator, names in found.items() if len(names) > 1}
    if mixed:
        listed = "; ".join(f"{indicator}: {', '.join(names)}" for indicator, names in mixed.items())
        raise InvalidValue(f"two poverty standards are never joined; choose one with standard=: {listed}")


def standard_order(names: pd.Series, standards: pd.DataFrame) -> np.ndarray:
    """Return the first year of each named standard, 0 for none: the latest standard has the highest."""
    return names.map(standards.set_index("standard")["first_year"]).fillna(0).to_numpy()


def by_basis(rows: pd.DataFrame, rebased: pd.Series) -> pd.DataFrame:
    """Return trusted outcomes as a panel with a column for each indicator under each standard and basis.

    ``rebased``: the first year of an indicator's present basis, by indicator.
    """
    rows = trusted(rows)
    since = rows["indicator"].map(rebased).astype(float)
    basis = rows["standard"].where(~(rows["year"] >= since), since.map("{:.0f}".format))
    named = rows["indicator"] + ("@" + basis).where(basis != "", "")
    wide = rows.assign(named=named).pivot(index=["place", "year"], columns="named", values="value")
    return wide.rename_axis(columns=None).reset_index()


def credit_near(facts: Facts, day: Day, *, months: int = 6, tiers: Sequence[str] = TIERS) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        One row a province, ordered by rank: place, measure, period, on, days (from ``day``; before is negative),
        credit_vnd_bn, tier, bound, population_persons_k, credit_vnd_m_pc (million dong a head), rank (1 is the most a
        head), poor_multidim_pct (GSO; both of the year of ``day``, missing where not known), source_id.

    Raises
    ------
    Refused
        All problems at once: a text that is no date, months below 0, tiers that do not exist.

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
        & facts.table.place.isin(facts.places.provinces)
        & facts.table.status.isin(TRUST)
        & ~facts.table.illustrative
    ]
    rows = rows.assign(
        period=rows.period.where(rows.period != "", rows.year.astype(str)),
        tier=rows.tier.where(rows.tier != "", rows.status.map(_TIER_OF).fillna("C")),
    )
    rows = rows.assign(on=rows.period.map(_last_day).astype("datetime64[ns]"))
    away = 12 * (rows.on.dt.year - on.year) + rows.on.dt.month - on.month
    rows = rows.assign(
        away=away.abs(),
        worse=rows.tier.map(TIERS.index),
        bounded=rows.bound != "",
        vague=-rows.period.str.len(),
        days=(rows.on - on).dt.days,
    )[(away.abs() <= months) & rows.tier.isin(tiers)]
    order = ["away", "worse", "bounded", "vague", "source_id"]
    rows = rows.sort_values(order, kind="stable").drop_duplicates("place")
    rows = rows.rename(columns={"indicator": "measure", "value": "credit_vnd_bn"})
    known = facts.panel(["population_persons_k", POVERTY], years=[on.year])
    rows = rows.drop(columns="year").merge(known, on="place", how="left")
    rows[LEVEL] = rows.credit_vnd_bn / rows.population_persons_k
    rows["rank"] = rows[LEVEL].rank(ascending=False, method="min")
    return rows.sort_values(["rank", "place"], ignore_index=True)[_NEAR]


_NEAR = [
    "place", "measure", "period", "on", "days", "credit_vnd_bn", "tier", "bound", "population_persons_k",
    LEVEL, "rank", POVERTY, "source_id",
]  # fmt: skip


def read_day(date: str | datetime.date) -> datetime.date:
    """Return a day given as a date or as the text year-month-day; raise InvalidValue for anything else."""
    if isinstance(date, datetime.date):
        return date.date() if isinstance(date, datetime.datetime) else date
    try:
        return datetime.date.fromisoformat(date)
    except (ValueError, TypeError):
        raise InvalidValue(f"{date!r} is not a date; expected year-month-day, such as 2020-05-07") from None


def _last_day(period):
    """Return the last day of a period: "2018", "2018-06" or a day."""
    month = period if len(period) > 4 else f"{period}-12"
    return pd.Timestamp(month) if len(month) == 10 else pd.Timestamp(month) + pd.offsets.MonthEnd(0)
