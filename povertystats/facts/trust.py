"""Which figure is taken where several stand: outcomes only, one a place, indicator, year and standard."""

import pandas as pd

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
