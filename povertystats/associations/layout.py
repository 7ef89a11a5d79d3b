"""A fit's table in two layouts: estimates with intervals side by side, and what users of statsmodels know."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def intervals(table: pd.DataFrame, drivers: Sequence[str]) -> pd.DataFrame:
    """Return one row an estimator and scale of ``DriverFit.table``, with each driver's estimate and interval."""
    figures = table[["estimate", "low", "high", "verdict"]].itertuples(index=False)
    told = [
        f"{e:.2g}"
        + (f" ({low:.2g}, {high:.2g})" if low <= high and verdict != "none" else "")
        + {"holds": "", "none": ", no test"}.get(verdict, f", {verdict}")
        for e, low, high, verdict in figures
    ]
    rows = table.assign(told=told, scale=_scales(table))
    wide = rows.pivot(index=["estimator", "scale"], columns="driver", values="told")
    order = rows[["estimator", "scale"]].drop_duplicates()
    return wide.loc[[*map(tuple, order.to_numpy())], list(drivers)].rename_axis(columns=None).reset_index()


def regression_table(table: pd.DataFrame) -> str:
    """Return ``DriverFit.table`` as text: a block an estimator and scale, a line a driver."""
    tail = 100 * (1 - table["level"].iloc[0]) / 2
    bounds = [f"[{tail / 100:g}", f"{1 - tail / 100:g}]"]
    columns = ["coef", "std err", "t", "P>|t|", *bounds, "P wild", "P random", "eff. clusters", "verdict"]
    names = ["estimate", "se", "t", "p", "low", "high", "p_wild", "p_random", "effective", "verdict"]
    values = table[names].set_axis(columns, axis=1)
    if values["P random"].isna().all():
        values = values.drop(columns="P random")
    lines = [f"Drivers of {table['outcome'].iloc[0]}: associations"]
    for (estimator, scale), rows in table.assign(scale=_scales(table)).groupby(
        ["estimator", "scale"], sort=False
    ):
        first = rows.iloc[0]
        head = f"{estimator}, {scale}: {first.n} rows, {first.places} clusters"
        lines += ["", head + (f", {first.years}" if first.years else ""), str(first.convention)]
        shown = values.loc[rows.index].set_axis(rows["driver"].rename(None))
        lines.append(shown.to_string(float_format="{:.4f}".format, na_rep=""))
    return "\n".join(lines)


def _scales(table: pd.DataFrame) -> pd.Series:
    """Return the scale of each row, that of an outcome of 0 and 1 by its unit."""
    return table["scale"].where(table["unit"] != "share", "share")
