"""From which day figures could be known, as people say it: "9 months later", "07-15", "2024-03-01", a column of days."""

from __future__ import annotations

import re

import pandas as pd

from povertystats.files.days import read_day
from povertystats.packages.questions import Questions
from povertystats.tables.reading import ReadTable
from povertystats.words.errors import InvalidValue
from povertystats.words.names import plain

_LATER = re.compile(
    r"(\d{1,3}) ?(day|week|month|year|ngày|tuần|tháng|năm)s? ?(?:later|after(?: the (?:end of the )?year)?|sau)",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(r"(\d\d)-(\d\d)( (?:of the )?next year| năm sau)?", re.IGNORECASE)
_STEP = {
    **{"day": "days", "ngày": "days", "week": "weeks", "tuần": "weeks"},
    **{"month": "months", "tháng": "months", "year": "years", "năm": "years"},
}


def published(years: pd.Series, said: str = "") -> pd.Series:
    """Return the day from which the figures of each year could be known.

    Parameters
    ----------
    years : Series
        The year that each figure speaks of.
    said : str, optional
        So long after the end of the year ("9 months later", "9 tháng sau"), a day of the year or the next one
        ("07-15", "03-31 next year"), one day for all ("2024-03-01"); "": the last day of the year, an assumption.

    Returns
    -------
    Series
        Days.

    Raises
    ------
    InvalidValue
        The words are none of these, or a day is before the year that it speaks of.

    Examples
    --------
    >>> published(pd.Series([2020, 2023]), "9 months later").dt.strftime("%Y-%m-%d").tolist()
    ['2021-09-30', '2024-09-30']
    >>> published(pd.Series([2020]), "07-15").dt.strftime("%Y-%m-%d").tolist()
    ['2020-07-15']
    """
    ends = pd.to_datetime(years.astype(int).astype(str) + "-12-31")
    words = " ".join(said.split())
    if not words:
        return ends
    if later := _LATER.fullmatch(words):
        step = pd.DateOffset(**{_STEP[later[2].casefold()]: int(later[1])})
        found = ends.map(lambda day: day + step)
        return found + pd.offsets.MonthEnd(0) if "months" in step.kwds else found
    if day := _OF_YEAR.fullmatch(words):
        of = years.astype(int) + bool(day[3])
        found = pd.to_datetime(of.astype(str) + f"-{day[1]}-{day[2]}", format="%Y-%m-%d", errors="coerce")
        if found.notna().all():
            return found
    try:
        one = read_day(words)
    except InvalidValue:
        forms = '"9 months later", "07-15" (of the same year), "07-15 next year", "2024-03-01" or a column of days'
        raise InvalidValue(f"--published {said!r}: expected {forms}") from None
    if one.year < years.max():
        raise InvalidValue(
            f"--published {said!r}: is before {years.max()}, the last year that figures speak of"
        )
    return pd.Series(pd.Timestamp(one), years.index)


def with_days(rows: pd.DataFrame, read: ReadTable, said: str, questions: Questions) -> pd.DataFrame:
    """Return the figures with the day from which they could be known, and whether that is assumed."""
    column = {plain(name): name for name in read.columns["column"]}.get(plain(said)) if said else None
    if column:
        days = (
            pd.to_datetime(read.table[column], errors="coerce").set_axis(list(read.rows)).reindex(rows["row"])
        )
        if days.isna().any():
            questions.wrong(
                f"--published: the column {column!r} holds no day (year-month-day) for {int(days.isna().sum())} figures"
            )
        return rows.assign(available_from=days.to_numpy(), available_from_assumed=False)
    try:
        days = published(rows["year"], said)
    except InvalidValue as error:
        questions.wrong(str(error))
        days = published(rows["year"])
    return rows.assign(available_from=days.to_numpy(), available_from_assumed=not said)
