"""Rates in per cent that a user hands over, a panel of them or a series: asked about where they may be in another unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from povertystats.files.doubts import jumps, shares
from povertystats.files.units import convert
from povertystats.frames.reader import FrameReader, Place
from povertystats.words.errors import InvalidValue

# The unit of every column, or of some by name.
Units = str | Mapping[str, str] | None


def rate_panel(
    panel: pd.DataFrame,
    indicators: str | Sequence[str] | None = None,
    *,
    place: Place = "place",
    year: str = "year",
    units: Units = None,
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return the rates of a panel beside columns place and year, the indicators' names, and every problem.

    ``panel``: one row a place and year, with the indicators in percent; ``indicators``: one or several names, every
    other column when left out; ``place``, ``year``: what its columns of places (the full key, from the largest area
    to the smallest, where there are several) and years are called; ``units``: the unit in which figures are written,
    "share" or "pct", of all or by name, which settles a doubt. With a problem the panel is not to be used.

    >>> frame = pd.DataFrame({"place": ["A"], "year": [2019.0], "poor_pct": [0.12]})
    >>> print(rate_panel(frame)[2][0])
    panel, row 0, field poor_pct: '0.12 (A 2019)': said to be in pct, but no figure exceeds 1: shares may be meant; say units={"poor_pct": "share"}, or "pct" if they are right
    >>> rate_panel(frame, units="share")[0].values.tolist()
    [['A', 2019, 12.0]]
    """
    reader = FrameReader(panel, "panel")
    keys = {year, *([place] if isinstance(place, str) else place)}
    if indicators is None:
        names = [column for column in panel if column not in keys]
    else:
        names = [indicators] if isinstance(indicators, str) else list(dict.fromkeys(indicators))
    places, years = reader.places(place), reader.years(year)
    if places is not None and years is not None:
        reader.one_row_each(places, years)
    written = dict.fromkeys(names, units) if isinstance(units, str) else dict(units or {})
    rates = {name: reader.rates(name, written.get(name), places, years) for name in names}
    read = {"place": places, "year": years}
    problems = [f"{name!r} is no indicator; name the indicators" for name in read if name in rates]
    problems += [f"units: {name!r} is no indicator" for name in written if name not in rates]
    table = pd.DataFrame({name: cells for name, cells in (rates | read).items() if cells is not None})
    return table.reindex(columns=[*read, *names]), names, [*reader.lines, *problems]


def in_percent(
    values: np.ndarray, years: np.ndarray, unit: str | None, name: str
) -> tuple[np.ndarray, list[str]]:
    """Return a series' figures in percent, and what is doubtful in them where no unit is named.

    >>> in_percent(np.array([0.294, 0.266]), np.array([2015, 2016]), "share", "")
    (array([29.4, 26.6]), [])
    >>> in_percent(np.array([0.294, 0.266]), np.array([2015, 2016]), None, "")[1]
    ['2015, 2016: said to be in pct, but no figure exceeds 1: shares may be meant; say units="share", or "pct" if they are right']
    """
    figures = pd.Series(values)
    if unit is not None:
        try:
            return convert(figures, unit, "pct").to_numpy(), []
        except InvalidValue as error:
            return values, [str(error)]
    found = chain(shares(figures, name), jumps(figures, name, "pct"))
    return values, [f"{', '.join(map(str, years[mask]))}: {rule}; {hint}" for mask, rule, hint in found]


def model_rates(
    frame: pd.DataFrame, columns: Iterable[str], *, linked: str = "", units: Units = None
) -> tuple[pd.DataFrame, list[str]]:
    """Return a model's frame with its rates in percent, and what is doubtful in them where no unit is named.

    Rates are the columns called ``…_pct`` and ``linked``, an outcome that is fitted by its log-odds or a logit of it;
    nothing is asked of other columns. ``units``: the unit in which rates are written, "share" or "pct", of all or by
    name.

    >>> frame = pd.DataFrame({"rate": [0.1532, 0.0708], "x": [0.1, 0.2]})
    >>> model_rates(frame, ["rate", "x"])[1], model_rates(frame, ["rate", "x"], linked="rate", units="share")[0].values.tolist()
    ([], [[15.32, 0.1], [7.08, 0.2]])
    >>> print(model_rates(frame, ["rate", "x"], linked="rate")[1][0])
    panel, rows 0 and 1, field rate: '0.1532', '0.0708': said to be in pct, but no figure exceeds 1: shares may be meant; say units={"rate": "share"}, or "pct" if they are right
    """
    reader = FrameReader(frame, "panel")
    made, problems = dict[str, np.ndarray](), list[str]()
    named = {} if units is None or isinstance(units, str) else units
    for name in dict.fromkeys(columns):
        rate = name == linked or name.endswith("_pct")
        unit = named.get(name, units if rate and isinstance(units, str) else None)
        if not reader.has(name) or not (rate or unit) or not pd.api.types.is_numeric_dtype(frame[name]):
            continue
        values = pd.Series(frame[name].to_numpy(dtype=float, na_value=np.nan))
        if unit is not None:
            converted, unknown = in_percent(values.to_numpy(), values.index.to_numpy(), unit, name)
            made |= {name: converted} if unit != "pct" and not unknown else {}
            problems += [f"units of {name!r}: {problem}" for problem in unknown]
        elif name == linked and values.isin([0, 1]).sum() == values.notna().sum() and values.nunique() == 2:
            hint = 'choose scales=["points"], or cell_logit for its odds'
            problems.append(f"{name!r} holds 0 and 1 alone, which are no rates in per cent; {hint}")
        else:
            reader.tell(name, frame[name], shares(values, name))
    problems += [f"units: there is no column {name!r}" for name in named if not reader.has(name)]
    return frame.assign(**made), [*reader.lines, *problems]


def outside(column: pd.Series) -> list[str]:
    """Return the problem that figures of a column are no percentages, if any is none.

    >>> outside(pd.Series([50.0, 120.0], name="poor_pct"))
    ["'poor_pct': 1 value(s) outside 0-100, first 120 in row 1"]
    """
    values = column.to_numpy(float, na_value=np.nan)
    found = np.flatnonzero((values < 0) | (values > 100))
    return [
        f"{column.name!r}: {len(found)} value(s) outside 0-100, first {values[row]:g} in row {column.index[row]}"
        for row in found[:1]
    ]
