"""Days as they are written: one day, and the day on which a period ends."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd

from povertystats.words.errors import InvalidValue

# A day as people write it the other way round, 7/5/2020, and the year in front without hyphens, 2020/5/7.
_TURNED = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_SLASHED = re.compile(r"(\d{4})[/. ](\d{1,2})[/. ](\d{1,2})|(\d{4})-(\d{1,2})-(\d{1,2})")
# A review that stands for the end of a year is often of its November.
_YEAR_ENDS = ("", "11", "12")


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
