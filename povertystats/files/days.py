"""Days and years as they are written: one day, the day on which a period ends, a column of years."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from povertystats.files.numbers import Notation, read_numbers
from povertystats.words.errors import InvalidValue, WrongType

# A day as people write it the other way round, 7/5/2020, and the year in front without hyphens, 2020/5/7.
_TURNED = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_SLASHED = re.compile(r"(\d{4})[/. ](\d{1,2})[/. ](\d{1,2})|(\d{4})-(\d{1,2})-(\d{1,2})")
# A review that stands for the end of a year is often of its November.
_YEAR_ENDS = ("", "11", "12")
_EPOCH = "SOURCE_DATE_EPOCH"
_NAMED_YEAR = re.compile(r"\s*(?:năm|year|tahun)\s+(\d{4})\s*", re.IGNORECASE)


def built() -> datetime.date:
    """Return the day on which pages and workbooks are made: today, or what SOURCE_DATE_EPOCH says."""
    told = os.environ.get(_EPOCH)
    if told is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.datetime.fromtimestamp(int(told), datetime.UTC).date()
    except (ValueError, OverflowError, OSError):
        raise InvalidValue(f"{_EPOCH} is {told!r}; expected seconds since 1970") from None


def read_day(day: str | datetime.date | np.datetime64) -> datetime.date:
    """Return a day given as a date, a time (of pandas, NumPy or Python) or an ISO text, year-month-day.

    Raises InvalidValue for anything else; for a day written otherwise with the text that was meant: both, where it
    could be two.

    >>> read_day("2020-05-07"), read_day(pd.Timestamp("2020-05-07 18:00"))
    (datetime.date(2020, 5, 7), datetime.date(2020, 5, 7))
    >>> read_day("7/5/2020")
    Traceback (most recent call last):
    povertystats.words.errors.InvalidValue: '7/5/2020' is not a date; expected year-month-day, 2020-05-07 or 2020-07-05
    """
    if isinstance(day, np.datetime64):
        day = pd.Timestamp(day)
    if isinstance(day, datetime.date) and not pd.isna(day):
        return day.date() if isinstance(day, datetime.datetime) else day
    if isinstance(day, str):
        try:
            return datetime.datetime.fromisoformat(day.strip()).date()
        except ValueError:
            pass
    meant = " or ".join(_meant(day)) if isinstance(day, str) else ""
    expected = f"year-month-day, {meant or 'such as 2020-05-07'}"
    raise InvalidValue(f"{day!r} is not a date; expected {expected}")


def _meant(text: str) -> list[str]:
    """Return the ISO texts of the days that a text can mean, the day before the month first."""
    if turned := _TURNED.fullmatch(text.strip()):
        first, second, year = map(int, turned.groups())
        ways = [(year, second, first), (year, first, second)]
    elif slashed := _SLASHED.fullmatch(text.strip()):
        year, month, day = (int(part) for part in slashed.groups() if part)
        ways = [(year, month, day)]
    else:
        return []
    days = []
    for way in ways:
        try:
            days.append(datetime.date(*way).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(days))


def period_end(period: str, year: int) -> pd.Timestamp:
    """Return the last day of a period of a year: a day, a month, or the year itself, which "" stands for too.

    >>> [f"{period_end(period, 2020):%m-%d}" for period in ("2020-02-03", "2020-02", "2020", "")]
    ['02-03', '02-29', '12-31', '12-31']
    """
    if len(period) == 10:
        return pd.Timestamp(period)
    return pd.Timestamp(period if len(period) == 7 else f"{year}-12") + pd.offsets.MonthEnd(0)


def of_year_end(periods: pd.Series) -> pd.Series:
    """Say of each period whether its figure is one of the end of its year: of no month, of November or December.

    >>> of_year_end(pd.Series(["", "2020", "2020-11", "2020-12-31", "2020-10", "2020-04-30"])).tolist()
    [True, True, True, True, False, False]
    """
    return periods.str[5:7].isin(_YEAR_ENDS)


def read_years(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return a column of years as whole numbers, from numbers, texts, dates, periods or Arrow, and where there is none.

    Parameters
    ----------
    cells : Series
        The years.

    Returns
    -------
    tuple of Series
        Nullable integers, and a mask of what is no year: a fraction, a word, nothing.

    Examples
    --------
    >>> read_years(pd.Series(pd.PeriodIndex(["2019", "2020"], freq="Y")))[0].tolist()
    [2019, 2020]
    >>> read_years(pd.Series(["2019", "2019.5", "last"]))[1].tolist()
    [False, True, True]
    >>> read_years(pd.Series(["Năm 2019"]))[0].tolist()
    [2019]
    """
    if isinstance(cells.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(cells):
        years = cells.dt.year.where(cells.notna()).astype("Int64")  # of no period pandas says -1
    else:
        numeric = pd.api.types.is_numeric_dtype(cells)
        numbers = read_numbers(
            cells if numeric else cells.astype(object).map(_year), Notation(thousands="")
        ).values
        years = numbers.where((numbers % 1 == 0) & numbers.between(1, 9999)).astype("Int64")
    return years, years.isna()


def _year(cell: object) -> object:
    cell = pd.Timestamp(cell) if isinstance(cell, np.datetime64) else cell
    if isinstance(cell, str) and (named := _NAMED_YEAR.fullmatch(cell)):
        return named[1]
    year = getattr(cell, "year", None)
    return year if isinstance(year, int) else None if isinstance(cell, bool) else cell


def asked_years(years: Sequence[int] | tuple[int, int]) -> list[int]:
    """Return the years that are asked for, as a list of them or as (first, last).

    >>> asked_years((2018, 2020)), asked_years(["2018", 2020.0])
    ([2018, 2019, 2020], [2018, 2020])
    """
    try:
        asked = list(years)
    except TypeError:
        raise WrongType(f"years must be a list or (first, last), not {years!r}") from None
    found, wrong = read_years(pd.Series(asked, dtype=object))
    wrong |= ~found.between(*_POSSIBLE).fillna(False)
    if wrong.any():
        named = ", ".join(repr(year) for year, no in zip(asked, wrong, strict=True) if no)
        raise InvalidValue(f"years: {named} cannot be; expected years such as 2020")
    whole = found.astype(int).tolist()
    if not isinstance(years, tuple):
        return whole
    if len(whole) != 2 or whole[0] > whole[1]:
        meant = f"({whole[1]}, {whole[0]})" if len(whole) == 2 else f"the list {whole}"
        raise InvalidValue(f"years: {years} is no (first, last); did you mean {meant}?")
    return list(range(whole[0], whole[1] + 1))


_POSSIBLE = (1800, 2200)
