"""Panels of facts: which figure is taken where several stand or near a day, and how figures become columns."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.files.days import of_year_end, period_end
from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.names import did_you_mean, plain

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.facts.territory import OnTerritory

# The order of trust. A target is a wish and never stands for an outcome.
TRUST = ("official", "derived", "preliminary", "estimate", "plan")
FINAL = TRUST[:2]
Day = str | datetime.date
# A printed with its date, B worked out from two printed figures, P- the same of a proxy, C of a guessed day or year.
TIERS = ("A", "B", "P-A", "P-B", "C", "P-C")
_TIER_OF = {"official": "A", "derived": "B"}


def outcomes(rows: pd.DataFrame, *, illustrative: bool = False) -> pd.DataFrame:
    """Keep what happened: no targets, and unless asked for nothing generated."""
    rows = rows[rows["status"].isin(TRUST)]
    return rows if illustrative else rows[~rows["illustrative"]]


# One of these stands for each.
GROUP = ["place", "indicator", "year", "standard"]


def trusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one figure for each place, indicator, year and standard.

    What a later publication replaced is left out first (``current``). Then: published before generated; a package's own
    before ours; a final figure of the year's end before one of a part of the year; by status in the order of trust; exact before bounded;
    the later period, a year as of its last day; the later publication.
    """
    rows = current(rows)
    several = rows[rows.duplicated(GROUP, keep=False)]
    if several.empty:
        return rows
    order = several.assign(
        theirs=~several.get("own", pd.Series(True, several.index)),
        open=~several["status"].isin(FINAL),
        part=several["status"].isin(FINAL) & ~of_year_end(several["period"]),
        trust=several["status"].map(TRUST.index),
        bounded=several["bound"] != "",
        ended=ended_on(several),
    )
    first, late = ["illustrative", "theirs", "open", "part", "trust", "bounded"], ["ended", "available_from"]
    order = order.sort_values("source_id").sort_values(late, ascending=False, kind="stable")
    order = order.sort_values(first, kind="stable")
    return rows.drop(index=order.index[order.duplicated(GROUP)])


def current(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out what a later publication replaced: a figure of the same kind, status, standard and end of period.

    The later one stands whatever its digits, unless it only says the same less exactly (``tells_less``). Of one day
    the more exact one is taken as the later, then by the name of the source. What only repeats a figure stays.
    """
    key = [*GROUP, "status", "illustrative", "own"]
    several = rows.assign(own=rows.get("own", True)).loc[lambda rows: rows.duplicated(key, keep=False)]
    if several.empty:
        return rows
    several = several.assign(
        ended=ended_on(several),
        exactness=[(row.bound == "", -_worse(row), -_step(row.value)) for row in several.itertuples()],
    )
    several = several.sort_values("source_id", ascending=False, kind="stable")
    several = several.sort_values([*key, "ended", "available_from", "exactness"], kind="stable")
    replaced: list[int] = []
    for _, same in groupby(several.itertuples(), key=attrgetter(*key, "ended")):
        standing: list[Any] = []
        for one in same:
            if standing and tells_less(one, standing[-1]):
                replaced.append(one.Index)
            elif standing and not _repeats(one, standing[-1]):
                replaced += [other.Index for other in standing]
                standing = [one]
            else:
                standing.append(one)
    return rows.drop(index=replaced)


def _repeats(one: Any, other: Any) -> bool:
    """Say whether a publication says the same as another one, or is the other end of its range."""
    ends = one.available_from == other.available_from and {one.bound, other.bound} == {"from", "to"}
    return ends or (one.value, one.bound) == (other.value, other.bound)


def tells_less(one: Any, other: Any) -> bool:
    """Say whether a figure only repeats another one less exactly: as a bound, of a guessed day, or rounded.

    A rounding: half a unit of its last digit away at most; of whole numbers with zeros at the end, from hundreds on.
    21.5 and 21 are such of 21.47; 21.4, which cuts it off, and 20.5 are figures of their own.
    """
    if one.bound or other.bound:
        low, high = one.bound in ("lower", "from"), one.bound in ("upper", "to")
        within = other.value >= one.value if low else other.value <= one.value
        return not other.bound and (low or high) and bool(within)
    if _worse(one) > _worse(other):
        return True
    step = _step(one.value)
    return step > _step(other.value) and abs(one.value - other.value) <= step / 2 * (1 + 1e-6)


def rule_between(taken: Any, other: Any) -> str:
    """Return by which rule of ``trusted`` and ``current`` one figure stands before another of the same year."""
    ends = [bool(of_year_end(pd.Series([row.period])).item()) for row in (taken, other)]
    ended = [period_end(row.period, row.year) for row in (taken, other)]
    if not getattr(other, "own", True) and getattr(taken, "own", True):
        return "the package's own before ours"
    if {taken.status, other.status} <= {*FINAL} and ends[0] and not ends[1]:
        return "the year's end before a part of the year"
    if taken.status != other.status:
        return f"{taken.status} before {other.status}"
    if other.bound and not taken.bound and (ended[0] != ended[1] or tells_less(other, taken)):
        return "a figure before a bound"
    if ended[0] != ended[1]:
        return "the later period"
    if tells_less(other, taken):
        return "a rounding does not replace a figure"
    if taken.available_from > other.available_from:
        return "the later publication"
    return "of the same day: the more exact, then by the name of the source"


def _step(value: float) -> float:
    """Return the unit of a figure's last digit: 0.01 of 21.47, 1 of 21 and 20, 100 of 1,300."""
    exponent = int(Decimal(f"{value:.10g}").normalize().as_tuple().exponent)
    return 1.0 if exponent == 1 else 10.0**exponent


def ended_on(rows: pd.DataFrame) -> list[pd.Timestamp]:
    """Return the last day that each figure speaks of."""
    return [period_end(*at) for at in zip(rows["period"], rows["year"], strict=True)]


def _worse(row: Any) -> int:
    return TIERS.index(tier_of(row))


def tier_of(row: Any) -> str:
    """Return how a figure is dated: its tier, or the one of its status."""
    return row.tier or _TIER_OF.get(row.status, "C")


def panel(
    stands: Callable[[str], pd.DataFrame],
    formulas: Mapping[str, str],
    *,
    places: Collection[str],
    years: Sequence[int] | None,
    standard: str | None,
    standards: pd.DataFrame,
    together: OnTerritory | None = None,
) -> pd.DataFrame:
    """Return outcomes as one row a place and year, one column an indicator (``Facts.panel``).

    ``stands``: ``trusted`` of an indicator; ``formulas``: {it: "a / b" of two others, or ""}; ``together`` adds up parts.
    """
    parts = {name: (formula or name).split(" / ") for name, formula in formulas.items()}
    wanted = sorted({part for some in parts.values() for part in some})
    wanted = together.with_weights(wanted) if together else wanted
    rows = pd.concat([stands(name)[[*GROUP, "value"]] for name in wanted])
    rows = rows[rows["place"].isin(places)]
    if years is not None:
        rows = rows[rows["year"].isin(years)]
    if standard not in (None, "any"):
        rows = rows[rows["standard"].isin([standard, ""])]
    if standard != "any":
        _refuse_mixed(rows)
    newest = rows.iloc[standard_order(rows["standard"], standards).argsort(kind="stable")]
    rows = newest.drop_duplicates(["place", "indicator", "year"], keep="last")
    wide = rows.pivot(index=["place", "year"], columns="indicator", values="value").reindex(columns=wanted)
    wide = together.told(wide) if together else wide
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


def conflicts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures that disagree, the one that is taken first, and by which rule (``Facts.conflicts``)."""
    rows = rows[rows.groupby(GROUP)["value"].transform("nunique") > 1]
    taken = trusted(rows)
    standing = {tuple(getattr(row, name) for name in GROUP): row for row in taken.itertuples()}
    rules = pd.Series("", rows.index)
    by: dict[int, list[str]] = {index: [] for index in taken.index}
    for row in rows.drop(index=taken.index).itertuples():
        other = standing[tuple(getattr(row, name) for name in GROUP)]
        rules[row.Index] = rule_between(other, row)
        by[other.Index].append(rules[row.Index])
    for index, found in by.items():
        rules[index] = "; ".join(dict.fromkeys(found))
    rows = rows.assign(taken=rows.index.isin(taken.index), why=rules)
    columns = [
        *GROUP,
        "period",
        "value",
        "bound",
        "status",
        "source_id",
        "available_from",
        "taken",
        "why",
    ]
    return rows[columns].sort_values([*GROUP, "taken"], ascending=[True] * 4 + [False])


def vintages(rows: pd.DataFrame) -> pd.DataFrame:
    """Return figures with the days from which and until which each was the one taken (``Facts.vintages``)."""
    since: dict[int, pd.Timestamp] = {}
    until: dict[int, pd.Timestamp] = {}
    for day in sorted(rows["available_from"].unique()):
        stand = set(trusted(rows[rows["available_from"] <= day]).index)
        until |= dict.fromkeys(since.keys() - stand - until.keys(), day)
        since |= dict.fromkeys(stand - since.keys(), day)
    rows = rows.assign(
        **{
            name: pd.Series(days, rows.index, dtype="datetime64[ns]")
            for name, days in (("stood_from", since), ("stood_until", until))
        }
    )
    rows = rows.sort_values(["year", "standard", "available_from"], kind="stable", ignore_index=True)
    return rows[[*_VINTAGE, "stood_from", "stood_until"]]


_VINTAGE = ["year", "standard", "period", "value", "bound", "status", "source_id", "available_from"]


def last_of_each(rows: pd.DataFrame) -> pd.Series:
    """Return the trusted figure of the last year of each place."""
    last = trusted(rows).sort_values("year", kind="stable").drop_duplicates("place", keep="last")
    return last.set_index("place")["value"]


def in_order_known(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what stands of some figures, by the day from which each could be known (``Facts.context``)."""
    rows = current(rows).sort_values("available_from", kind="stable", ignore_index=True)
    return rows[["place", "indicator", "period", "value", "bound", "unit", *_VINTAGE[-3:]]]


def both_years(facts: Facts, outcome: str, years: Sequence[int]) -> pd.DataFrame:
    """Return the places whose rate is known in both years: index place, columns start and end, in per cent.

    >>> import povertystats as ps
    >>> both_years(ps.load_facts(), "poor_multidim_pct", (2018, 2021)).loc["Bắc Kạn"].tolist()
    [25.05, 20.62273]
    """
    panel = facts.panel([outcome], years=list(years))
    wide = panel.pivot(index="place", columns="year", values=outcome).reindex(columns=list(years))
    return wide.dropna().set_axis(["start", "end"], axis=1)


def refuse_unknown(standard: str | None, standards: pd.DataFrame, *others: str) -> None:
    """Raise NotFound unless a standard is None, "", one of those that there are or of ``others``."""
    names = [*others, *standards["standard"]]
    if standard not in (None, "", *names):
        near = did_you_mean(str(standard), {plain(name): name for name in names})
        raise NotFound(f"there is no standard {standard!r}{near or '; there is ' + ', '.join(names)}")
