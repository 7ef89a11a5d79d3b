"""From which day the figures of a table could be known: by a column, by one day, or so long after the end of their year."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd

from povertystats.files.days import read_day
from povertystats.files.lags import published
from povertystats.packages.questions import Questions
from povertystats.tables.reading import ReadTable
from povertystats.words.errors import InvalidValue
from povertystats.words.names import plain

# Where nothing is said: known at the end of the year, which a package marks as assumed.
ASSUMED = "0 days later"


def with_days(
    rows: pd.DataFrame, read: ReadTable, said: str, questions: Questions
) -> tuple[pd.DataFrame, str]:
    """Return the figures with the day from which they could be known, and the words that say it of all of them.

    Parameters
    ----------
    rows : DataFrame
        The figures, with their row in the file and their year.
    read : ReadTable
        The table.
    said : str
        A column of days, one day for all, or what a package may say ("9 months later"); "" where nothing is known.
    questions : Questions
        Takes what is wrong with it.

    Returns
    -------
    tuple of (DataFrame, str)
        With ``available_from``; the words are "" where each figure has a day of its own.
    """
    if column := {plain(name): name for name in read.columns["column"]}.get(plain(said)) if said else None:
        days = (
            pd.to_datetime(read.table[column], format="%Y-%m-%d", errors="coerce")
            .set_axis(list(read.rows))
            .reindex(rows["row"])
        )
        if lost := int(days.isna().sum()):
            questions.wrong(f"--published: {column!r} holds no day (year-month-day) for {lost} figures")
        return rows.assign(available_from=days.to_numpy()), ""
    with suppress(InvalidValue):
        one = read_day(said)
        if one.year < rows["year"].max():
            questions.wrong(
                f"--published {said!r}: before {rows['year'].max()}, the last year of the figures"
            )
        return rows.assign(available_from=pd.Timestamp(one)), ""
    ends = pd.to_datetime(rows["year"].astype(int).astype(str) + "-12-31")
    try:
        return rows.assign(available_from=published(ends, said or ASSUMED)), said or ASSUMED
    except InvalidValue as error:
        questions.wrong(f"--published {error}, a day for all (2024-03-01), or a column of days")
        return rows.assign(available_from=ends), ASSUMED
