"""Rates in per cent that a user hands over, a panel of them or a series: asked about where they may be in another unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from povertystats.files.doubts import jumps, shares
from povertystats.files.units import RATES, convert, unit_in
from povertystats.frames.keys import full_key
from povertystats.frames.reader import FrameReader, Place
from povertystats.words.errors import InvalidValue

# What yes may be in a column of 0 and that: a share, or per cent.
YES = (1.0, 100.0)
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
    keys = {year, *full_key(place, panel.columns)}
    if indicators is None:
        names = [column for column in panel if column not in keys]
    else:
        names = [indicators] if isinstance(indicators, str) else list(dict.fromkeys(indicators))
    years = reader.years(year)
    places = reader.places(place, times=years)
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

    Rates are those that ``is_rate`` says; nothing is asked of other columns, nor of an outcome of 0 and 1 alone.
    ``units``: the unit in which rates are written, "share" or "pct", of all or by name.

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
        rate = is_rate(name, linked)
        unit = named.get(name, units if rate and isinstance(units, str) else None)
        if not reader.has(name) or not (rate or unit) or not pd.api.types.is_numeric_dtype(frame[name]):
            continue
        values = pd.Series(frame[name].to_numpy(dtype=float, na_value=np.nan))
        if unit is not None:
            converted, unknown = in_percent(values.to_numpy(), values.index.to_numpy(), unit, name)
            made |= {name: converted} if unit != "pct" and not unknown else {}
            problems += [f"units of {name!r}: {problem}" for problem in unknown]
        elif name.endswith("_pct") or yes_of(values) is None:
            reader.tell(name, frame[name], shares(values, name))
    problems += [f"units: there is no column {name!r}" for name in named if not reader.has(name)]
    return frame.assign(**made), [*reader.lines, *problems]


def is_rate(name: str, linked: str = "") -> bool:
    """Say whether a model's column is a rate: one called ``…_pct``, or ``linked``, an outcome fitted by its log-odds.

    An outcome whose name says that it is in money, or counts something, is none.

    >>> [is_rate(name, linked=name) for name in ("poor", "poor_share", "income_vnd_m")], is_rate("x_pct"), is_rate("x")
    ([True, True, False], True, False)
    """
    return name.endswith("_pct") or name == linked and unit_in(name) in (None, "share", *RATES)


def yes_of(values: pd.Series) -> float | None:
    """Return what stands for yes where a column holds 0 and that alone: 1, or 100 in per cent; else None.

    >>> yes_of(pd.Series([0, 1, None])), yes_of(pd.Series([0, 100])), yes_of(pd.Series([0, 1, 2])), yes_of(pd.Series([0]))
    (1.0, 100.0, None, None)
    """
    numbers = isinstance(values, pd.Series) and pd.api.types.is_numeric_dtype(values)
    seen = {*map(float, values.dropna().unique())} if numbers else set()
    return next((yes for yes in YES if seen == {0.0, yes}), None)


def no_logit(outcome: str, yes: float | None) -> list[str]:
    """Return why the logit of a rate in per cent is not of an outcome of 0 and 1, as a list of problems.

    >>> no_logit("poor", 100.0)
    []
    """
    if yes != 1:
        return []
    hint = f'say units={{"{outcome}": "share"}} for percentage points, or take cell_logit'
    return [f"{outcome!r} holds 0 and 1 alone, which are no rates in per cent; {hint}"]


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
