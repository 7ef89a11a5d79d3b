"""When figures are published, as people say it: "9 months later" than the end of what they speak of, "07-15 next year"."""

from __future__ import annotations

import re
from collections.abc import Collection

import pandas as pd

from povertystats.files.days import period_end
from povertystats.files.problems import Problem
from povertystats.words.errors import InvalidValue

_LATER = re.compile(
    r"(\d{1,3}) ?(day|week|month|year|ngày|tuần|tháng|năm)s? ?(?:later|after(?: the (?:end of the )?(?:year|period))?|sau)",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(\d\d)-(\d\d)(?:( of the next year| next year| năm sau)| of the (?:same )?year)?", re.IGNORECASE
)
_STEP = {
    **{"day": "days", "ngày": "days", "week": "weeks", "tuần": "weeks"},
    **{"month": "months", "tháng": "months", "year": "years", "năm": "years"},
}
FORMS = '"9 months later" (days, weeks, years) than the end of what a figure speaks of, "07-15" or "07-15 next year"'


def published(ends: pd.Series, said: str) -> pd.Series:
    """Return the day from which figures could be known, by the last day of what each speaks of.

    Parameters
    ----------
    ends : Series
        Days: the end of the year, month or day of each figure.
    said : str
        So long after it ("9 months later", "9 tháng sau"; the end of a month stays the end of one), or a day of the
        year that it lies in or of the next ("07-15", "03-31 next year").

    Returns
    -------
    Series
        Days.

    Raises
    ------
    InvalidValue
        The words are none of these, or no day.

    Examples
    --------
    >>> ends = pd.to_datetime(pd.Series(["2020-12-31", "2023-06-30"]))
    >>> published(ends, "8 months later").dt.strftime("%Y-%m-%d").tolist()
    ['2021-08-31', '2024-02-29']
    >>> published(ends, "03-31 next year").dt.strftime("%Y-%m-%d").tolist()
    ['2021-03-31', '2024-03-31']
    """
    words = " ".join(said.split())
    if later := _LATER.fullmatch(words):
        step = pd.DateOffset(**{_STEP[later[2].casefold()]: int(later[1])})
        found = ends.map(lambda day: day + step)
        whole = ends.dt.is_month_end & bool({"months", "years"} & {*step.kwds})
        return found.where(~whole, found + pd.offsets.MonthEnd(0))
    if day := _DAY.fullmatch(words):
        text = (ends.dt.year + bool(day[3])).astype(str) + f"-{day[1]}-{day[2]}"
        found = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        if found.notna().all():
            return found
    raise InvalidValue(f"{said!r}: expected {FORMS}")


def with_days(
    facts: pd.DataFrame, said: str = "", told: Collection[Problem] = ()
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return facts with a day from which each could be known, as an assumption where its own is missing; what is wrong.

    ``said``: when figures are published, where the column ``published`` says nothing; ``told``: what was found already.
    """
    left = {(problem.file, problem.row) for problem in told if problem.field in ("available_from", "period")}
    lost = facts["available_from"].isna() & facts["year"].notna()
    at = zip(facts["file"], facts["row"], strict=True)
    lost &= pd.Series([one not in left for one in at], facts.index, dtype=bool)
    how = facts["published"].where(facts["published"] != "", said)
    facts, problems = facts.drop(columns="published"), []
    for words, rows in facts[lost].groupby(how[lost], sort=False):
        field, rule, hint = "available_from", "the cell is empty", HINT
        if words:
            try:
                ends = [period_end(*at) for at in zip(rows["period"], rows["year"].astype(int), strict=True)]
                found = published(pd.Series(ends, rows.index, dtype="datetime64[ns]"), str(words))
                facts.loc[rows.index, "available_from"] = found
                facts.loc[rows.index, "available_from_assumed"] = True
                continue
            except InvalidValue:
                field, rule, hint = "published", f"expected {FORMS}", ""
        problems += [
            Problem(row.file, int(row.row), field, str(words), rule, hint) for row in rows.itertuples()
        ]
    return facts, problems


HINT = 'give the day, or say "published": "9 months later" in datapackage.json or a column published'
