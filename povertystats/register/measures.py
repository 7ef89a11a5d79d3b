"""What Alkire and Foster measure, from counts: by indicator, by cut-off, by place or group, and from year to year."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povertystats.criteria.standard import NationalStandard
from povertystats.disclosure.bounds import bounded_beyond
from povertystats.disclosure.grid import COUNTRY, all_or_none
from povertystats.disclosure.splits import Split
from povertystats.facts.standards import adjusted_headcount
from povertystats.register.columns import PLACES

if TYPE_CHECKING:
    from ibis.expr.types import Value

    from povertystats.register.register import Register

_EFFECTS = ("headcount_effect_pp", "intensity_effect_pp")
_KEYS = ("level", "place", *PLACES)


def indicator_sums(register: Register) -> tuple[dict[str, Value], list[Split]]:
    """Return what to sum up by indicator and by number of deprivations, and which of it is a part of what.

    Of each indicator: the households that lack it, the poor among them, and those deprived in the needed number or more;
    these, and the households by their number of deprivations, are told by ``by_indicator`` and ``by_cutoff`` alone.
    """
    rows, standard = register.records, register.standard
    deprived, sums, splits = rows["deprivations"] >= standard.needed, dict[str, "Value"](), list[Split]()
    for column in standard.columns:
        lacking = f"{column}_households"
        sums[lacking] = rows[column].sum()
        sums[f"poor_{lacking}"] = (rows[column] & rows["poor"]).sum()
        sums[f"deprived_{lacking}"] = (rows[column] & deprived).sum()
        splits.append(Split(lacking, "households", grouped=False))
        splits.append(Split(f"poor_{lacking}", "poor_households", also=lacking, grouped=False))
    for n in range(1, standard.total + 1):
        sums[_exactly(n)] = (rows["deprivations"] == n).sum()
    return sums, splits


def _exactly(n):
    return f"deprived_in_{n}_households"


def by_indicator(table: pd.DataFrame, standard: NationalStandard, minimum: int = 0) -> pd.DataFrame:
    """Return one row a place, year and indicator: who lacks it, of all, of the poor and of the deprived; counts and rates.

    ``table``: the rows of a review with the columns of ``indicator_sums``; ``minimum`` as in ``review``.

    Columns: lacking_households, poor_lacking_households, censored_households (who lack it and are deprived in the needed
    number or more); lacking_household_pct and censored_household_pct (of all), lacking_of_poor_pct (of the poor);
    contribution_pct, the share of the indicator in the adjusted headcount ratio.

    With a minimum, the censored counts of the places within one are told all or none: all where none of them, nor one of
    those deprived without lacking it, those lacking it without being deprived or those neither, is of 1 to minimum - 1
    households, and the place itself is told. They add up to the deprivations, so that a single gap could be filled.
    """
    opened, told = _opened(table, standard, minimum), _told(table, standard, minimum)
    frames = []
    for indicator in standard.indicators:
        column = indicator.column
        lacking = table[f"{column}_households"].astype("Int64").where(opened)
        # Where these are the same households, they are told together.
        of_poor = told if standard.deprived_alone else opened
        poor = table[f"poor_{column}_households"].astype("Int64").where(of_poor)
        censored = table[f"deprived_{column}_households"].astype("Int64").where(told)
        counts = {
            "lacking_households": lacking,
            "poor_lacking_households": poor,
            "censored_households": censored,
        }
        rates = {
            "lacking_household_pct": per_cent(lacking, table["households"]),
            "lacking_of_poor_pct": per_cent(poor, table["poor_households"]),
            "censored_household_pct": per_cent(censored, table["households"]),
            "contribution_pct": per_cent(indicator.weight * censored, table["deprivations"]),
        }
        frames.append(table[_keys(table)].assign(indicator=column, **counts, **rates))
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


def untold(table: pd.DataFrame, details: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the counts that ``by_indicator`` alone hides, as ``Review.hidden`` lists them: keys, column, reason."""
    found, starts = [], {"lacking": "", "poor_lacking": "poor_", "censored": "deprived_"}
    for indicator, told in details.groupby("indicator", sort=False):
        for name, start in starts.items():
            column = f"{start}{indicator}_households"
            gone = told[f"{name}_households"].isna().to_numpy() & table[column].notna().to_numpy()
            small = table.loc[gone, column].between(1, minimum - 1).map({True: "small", False: "secondary"})
            found.append(table.loc[gone, _keys(table)[2:]].assign(column=column, reason=small))
    return pd.concat(found, ignore_index=True)


def by_cutoff(table: pd.DataFrame, standard: NationalStandard, minimum: int = 0) -> pd.DataFrame:
    """Return one row a place, year and cut-off: households of so many deprivations or more, H, A and M0 in per cent.

    ``table``, ``minimum`` as in ``by_indicator``. Columns: needed (the cut-off), deprived_households,
    deprived_household_pct, intensity_pct, adjusted_headcount_pct.

    With a minimum, only of the highest places and of all together, and up to the highest cut-off at which none of them
    has 1 to minimum - 1 households of some number of deprivations, nor of more; none from the needed number on in a year
    in which it is hidden there how many are deprived, of no cut-off where it is hidden how many lack an indicator, or where
    the deprivations told with the highest bound what is hidden beyond it.
    """
    d = standard.total
    exactly = table[[_exactly(n) for n in range(1, d + 1)]].to_numpy(np.int64)
    needed = np.arange(1, d + 1)
    at_least = exactly[:, ::-1].cumsum(axis=1)[:, ::-1]
    deprivations = (exactly * needed)[:, ::-1].cumsum(axis=1)[:, ::-1]
    highest = np.full(len(table), d)
    if minimum:
        households = table["households"].to_numpy(float, na_value=np.nan)
        none, further = households - at_least[:, 0], at_least - exactly
        safe = _safe(exactly, minimum) & _safe(further, minimum)
        # What the review hides of the deprived is not told here.
        of_deprived = table[["deprived_households", "deprivations"]].notna().all(axis=1).to_numpy()
        safe[:, standard.needed - 1 :] &= of_deprived[:, None]
        lacking = table[[f"{column}_households" for column in standard.columns]].notna().all(axis=1)
        safe &= (_safe(none, minimum) & lacking.to_numpy())[:, None]
        highest = np.logical_and.accumulate(safe, axis=1).sum(axis=1)
        top = table["level"].isin([COUNTRY, PLACES[0]])
        years, top = table["year"].to_numpy(), top.to_numpy()
        highest = pd.Series(highest).where(top).groupby(years).transform("min").where(top, 0).astype(int)
        poor = table["poor_households"].to_numpy(float, na_value=0) * standard.poor_are_deprived
        follows = True
        while np.any(follows):
            beyond = bounded_beyond(exactly, highest.to_numpy(), minimum, standard.needed, poor)
            follows = pd.Series(beyond & top).groupby(years).transform("any") & (highest > 0)
            highest = highest - follows.astype(int)
        highest = highest.to_numpy()
    frames = []
    for k in needed:
        rows = table[highest >= k]
        q, c = (values[highest >= k, k - 1] for values in (at_least, deprivations))
        households = rows["households"].to_numpy(float, na_value=np.nan)
        with np.errstate(invalid="ignore"):
            rates = {"deprived_household_pct": 100 * q / households, "intensity_pct": 100 * c / (q * d)}
            rates["adjusted_headcount_pct"] = 100 * c / (households * d)
        frames.append(rows[_keys(table)].assign(needed=k, deprived_households=q, **rates))
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)


def with_rates(table: pd.DataFrame, standard: NationalStandard) -> pd.DataFrame:
    """Return the table with every rate, missing where one of its counts is."""
    of_poor = [standard.counts[name] for name in standard.poor if len(standard.poor) > 1]
    of_all = [c for c in table if c.endswith("_households") and c != "poor_persons_known_households"]
    rates = {f"{column.removesuffix('s')}_pct": (column, "households") for column in of_all}
    rates |= {
        f"{column.removesuffix('_households')}_of_poor_pct": (column, "poor_households") for column in of_poor
    }
    for rate, (part, whole) in rates.items():
        # Counts with noise may be such that a part is greater than the whole, or that there is no whole.
        table[rate] = per_cent(table[part], table[whole].where(table[whole] != 0)).clip(max=100)
    if "persons" in table:
        table["poor_person_pct"] = per_cent(table["poor_persons"], table["persons"])
    if not standard.indicators or "deprivations" not in table:
        return table
    known = table[table[["households", "deprived_households", "deprivations"]].notna().all(axis=1)]
    counts = known["households"], known["deprived_households"], known["deprivations"]
    foster = 100 * adjusted_headcount(*counts, standard.total)
    table["intensity_pct"] = foster["intensity_ratio"]
    table["adjusted_headcount_pct"] = foster["adjusted_headcount_ratio"]
    return table


def contributions(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much each place, or group, adds to the adjusted headcount ratio of the place that it lies in.

    ``table``: of a review. Columns, in per cent of the place above: household_share_pct of its households, and
    contribution_pct, that share times its ratio over the ratio of the place above.

    >>> rows = pd.DataFrame({"level": ["province", "district", "district"], "place": ["P", "D", "E"], "province": "P"})
    >>> rows = rows.assign(district=["", "D", "E"], commune="", year=2019, households=[100, 40, 60], deprivations=[80, 60, 20])
    >>> contributions(rows)[["place", "household_share_pct", "contribution_pct"]].values.tolist()
    [['D', 40.0, 75.0], ['E', 60.0, 25.0]]
    """
    keys, depth = [*PLACES, "year"], (table[[*PLACES]] != "").sum(axis=1)
    group = ~table["level"].isin([COUNTRY, *PLACES])
    above = table[keys].copy()
    for d, place in enumerate(PLACES, start=1):
        above.loc[(depth == d) & ~group, place] = ""
    counts = table.loc[~group, [*keys, "households", "deprivations"]].set_index(keys)
    counts = counts.reindex(pd.MultiIndex.from_frame(above))
    shares = {
        name: per_cent(table[count], counts[count].set_axis(table.index))
        for name, count in (("household_share_pct", "households"), ("contribution_pct", "deprivations"))
    }
    known = counts["households"].notna().to_numpy() & (group | (depth > 0)).to_numpy()
    return table[_keys(table)].assign(**shares)[known].reset_index(drop=True)


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """Return how the adjusted headcount ratio of each place changed from year to year, by headcount and by intensity.

    ``table``: with the columns of a review that tell H, A and M0 in per cent. Columns: year_before, change_pp (later less
    earlier), headcount_effect_pp, mean intensity times the change in the headcount ratio, and intensity_effect_pp, mean
    headcount ratio times the change in intensity: the two add up to the change (Shapley). Where nobody is deprived there
    is no intensity, and no such effects.

    >>> rows = pd.DataFrame({"level": "province", "place": "P", "province": "P", "district": "", "commune": "", "year": [2018, 2020]})
    >>> rows = rows.assign(deprived_household_pct=[40.0, 30.0], intensity_pct=[50.0, 40.0], adjusted_headcount_pct=[20.0, 12.0])
    >>> changes(rows)[["change_pp", "headcount_effect_pp", "intensity_effect_pp"]].values.tolist()
    [[-8.0, -4.5, -3.5]]
    """
    years = sorted(table["year"].unique())
    keys = [key for key in _keys(table) if key != "year"]
    frames = []
    for before, year in pairwise(years):
        later, earlier = (table[table["year"] == y].set_index(keys) for y in (year, before))
        earlier = earlier.reindex(later.index)
        measures = ["deprived_household_pct", "intensity_pct", "adjusted_headcount_pct"]
        h, a, m = ((later[c].to_numpy(float), earlier[c].to_numpy(float)) for c in measures)
        effects = {
            "change_pp": m[0] - m[1],
            _EFFECTS[0]: sum(a) / 2 * (h[0] - h[1]) / 100,
            _EFFECTS[1]: sum(h) / 2 * (a[0] - a[1]) / 100,
        }
        frame = later.reset_index()[_keys(table)].assign(year_before=before, **effects)
        frames.append(frame[earlier["year"].notna().to_numpy()])
    if not frames:
        return (
            table[_keys(table)].head(0).assign(year_before=0, change_pp=0.0, **dict.fromkeys(_EFFECTS, 0.0))
        )
    return pd.concat(frames).sort_values([*keys[2:], "year"], ignore_index=True)


def per_cent(part: pd.Series, whole: pd.Series) -> np.ndarray:
    """Return 100 part / whole, missing where a count is, and where there is nothing to divide by.

    >>> per_cent(pd.Series([1, 0, None]), pd.Series([4, 0, 2])).tolist()
    [25.0, nan, nan]
    """
    rate = 100 * part.astype("Float64") / whole.astype("Float64")
    return rate.to_numpy(dtype=float, na_value=np.nan)


def _keys(table):
    """Return the columns that name a row, a group among them."""
    columns = list(table)
    return [*_KEYS, *columns[columns.index(PLACES[-1]) + 1 : columns.index("year")], "year"]


def _safe(counts, minimum):
    """Return which counts tell of nobody or of enough households."""
    return (counts == 0) | (counts >= minimum)


def _told(table, standard, minimum):
    """Return in which rows the censored counts are told: those of all places within a place that is told, or of none."""
    if not minimum:
        return np.ones(len(table), bool)
    households, deprived = (
        table[name].to_numpy(float, na_value=np.nan) for name in ("households", "deprived_households")
    )
    safe = np.ones(len(table), bool)
    for column in standard.columns:
        lacking = table[f"{column}_households"].to_numpy(float, na_value=np.nan)
        both = table[f"deprived_{column}_households"].to_numpy(float)
        cells = [both, deprived - both, lacking - both, households - lacking - deprived + both]
        if standard.poor_are_deprived:
            cells.append(both - table[f"poor_{column}_households"].to_numpy(float, na_value=np.nan))
        for cell in cells:
            safe &= _safe(cell, minimum)
    return _opened(table, standard, minimum) & all_or_none(table, PLACES, safe)


def _opened(table, standard, minimum):
    """Return in which rows it is told who lacks an indicator, so far as that is not hidden already: all or none, as above.

    The deprivations are no more than all that is lacked by the deprived, and those who are poor for what they lack have
    the needed number each: where that leaves much for an indicator that is hidden, the place beside it has few.
    """
    if not minimum:
        return np.ones(len(table), bool)
    weights = np.array([indicator.weight for indicator in standard.indicators])
    lacking, of_poor = (
        table[[f"{start}{column}_households" for column in standard.columns]].to_numpy(float, na_value=np.nan)
        for start in ("", "poor_")
    )
    deprived, deprivations, poor = (
        table[name].to_numpy(float, na_value=np.nan)
        for name in ("deprived_households", "deprivations", "poor_households")
    )
    needed = standard.needed * poor if standard.poor_are_deprived else np.zeros(len(table))
    safe = np.ones(len(table), bool)
    for cells, most, least in ((lacking, deprived, deprivations), (of_poor, poor, needed)):
        rest = least - np.nansum(weights * np.minimum(cells, most[:, None]), axis=1)
        safe &= ~(rest > np.isnan(cells).sum(axis=1))
    few = (lacking * weights).sum(axis=1) - deprivations
    return all_or_none(table, PLACES, safe & (np.isnan(few) | _safe(few, minimum)))
