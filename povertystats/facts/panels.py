"""Panels of facts: which figure is taken where several stand, and how figures become columns."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from povertystats.words.errors import InvalidValue

# The order of trust. A target is a wish and never stands for an outcome.
TRUST = ("official", "derived", "preliminary", "estimate", "plan")


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
