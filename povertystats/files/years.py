"""Years that can hardly be meant: each rule says what settles it.

A year that stands twice, in the figure's period or in words beside it, is not asked about: two cells that agree are no
slip of one.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from povertystats.files.problems import Problem

# Years between a figure and the next of its indicator; ahead of the day from which it was known; behind that day.
_APART, _AHEAD, _BEHIND = 15, 15, 50
# A standard's figures begin with the review before its period, and come until another one rules.
_BESIDE_NAME = 3
_MOST = 0.8
# Years beside those of an indicator's figures.
_YEARS = {"drivers": ["first_year", "last_year"], "indicators": ["rebased"]}
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d\d)\D{1,3}((?:19|20)\d\d)(?!\d)")
_SAID_TWICE = "if it is right, say it under period as well"


def check_years(tables: Mapping[str, pd.DataFrame], ours: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for every figure, standard, driver and change of basis whose year the rest of a package contradicts.

    ``ours``: facts that come along, beside which those of a package are looked at.
    """
    facts = tables["facts"]
    bounded = [(fields, tables[role].dropna(subset=fields, how="all")) for role, fields in _YEARS.items()]
    asked = {*facts["indicator"].unique()}.union(*(rows["indicator"] for _, rows in bounded))
    beside = ours[["indicator", "year"]]
    every = pd.concat([facts[["indicator", "year"]], beside[beside["indicator"].isin(asked)]]).dropna()
    for wrong, rule in [*far_years(facts, every), *other_lags(facts), *in_place_of(facts)]:
        for row in facts[wrong].itertuples() if wrong.any() else ():
            yield Problem(row.file, int(row.row), "year", f"{row.year:.0f}", rule, _SAID_TWICE)
    for row in tables["standards"].to_dict("records"):
        names = [
            str(text) for field, text in row.items() if field == "standard" or field.startswith("title_")
        ]
        if meant := outside_name(row["first_year"], row["last_year"], *names):
            rule = f"far from the years in its name, {meant}"
            span = f"{row['first_year']:.0f}-{row['last_year']:.0f}"
            yield Problem(row["file"], int(row["row"]), "last_year", span, rule, "mend the years or the name")
    for fields, rows in bounded:
        for row in rows.to_dict("records"):
            of = every.loc[every["indicator"] == row["indicator"], "year"]
            for field in fields:
                if len(of) and (known := beyond(row[field], of)):
                    rule = f"more than {_APART} years from every figure of {row['indicator']}, {known}"
                    yield Problem(row["file"], int(row["row"]), field, f"{row[field]:.0f}", rule)


def far_years(facts: pd.DataFrame, every: pd.DataFrame) -> Iterator[tuple[pd.Series, str]]:
    """Yield which figures are of a year that can hardly be meant, and why.

    Parameters
    ----------
    facts : DataFrame
        One figure a row: indicator, year, period, available_from.
    every : DataFrame
        All figures beside which they are looked at, themselves included: indicator, year.

    Notes
    -----
    Of the figures that come along none is more than 10 years from the next of its indicator, none was known more than 4
    years before its year or 10 years after it.

    Examples
    --------
    >>> day = pd.Timestamp("2020-05-07")
    >>> facts = pd.DataFrame({"indicator": "poor_pct", "year": [2018, 2019, 2001], "period": "", "available_from": day})
    >>> [(mask.tolist(), rule) for mask, rule in far_years(facts, facts) if mask.any()]
    [([False, False, True], 'more than 15 years from every other figure of poor_pct')]
    """
    once = facts["year"].notna() & (facts["period"] == "")
    ordered = every.sort_values("year")
    gaps = ordered.groupby("indicator")["year"].diff() > _APART
    for name in ordered.loc[gaps, "indicator"].unique():
        of = every.loc[every["indicator"] == name, "year"].astype(float)
        years = np.unique(of)
        for part in np.split(years, np.flatnonzero(np.diff(years) > _APART) + 1):
            # The rest, more than half of all, is right; of two halves neither is the slip.
            if of.isin(part).mean() < 0.5:
                mask = once & (facts["indicator"] == name) & facts["year"].isin(part)
                yield mask, f"more than {_APART} years from every other figure of {name}"
    lead = facts["year"] - facts["available_from"].dt.year
    yield once & (lead > _AHEAD), f"more than {_AHEAD} years after the day from which it was known"
    yield once & (lead < -_BEHIND), f"more than {_BEHIND} years before the day from which it was known"


def other_lags(facts: pd.DataFrame) -> Iterator[tuple[pd.Series, str]]:
    """Yield which figures lie otherwise to the day from which they were known than nearly all of their series, and why.

    Asked only where those days are assumed: by a rule, of which an indicator of a source has one.

    >>> day = pd.to_datetime(["2015-12-31", "2016-12-31", "2017-12-31", "2018-12-31", "2019-12-31", "2020-12-31"])
    >>> facts = pd.DataFrame({"year": [2015, 2016, 2017, 2018, 2019, 2002], "available_from": day, "period": ""})
    >>> facts = facts.assign(available_from_assumed=True, source_id="plan", status="plan", indicator="x_pct")
    >>> [(mask.tolist()[-2:], rule) for mask, rule in other_lags(facts)]
    [([False, True], 'other figures of x_pct are assumed to be known 0 years after their year')]
    """
    rows = facts[facts["available_from_assumed"].eq(True) & facts["year"].notna() & (facts["period"] == "")]
    lags = rows["available_from"].dt.year - rows["year"]
    of = [rows[name] for name in ("indicator", "source_id", "status")]
    for (name, *_), own in lags.groupby(of, sort=False):
        usual, days = own.mode(), rows.loc[own.index, "available_from"].nunique()
        if min(len(own) - 2, days) >= 3 and len(usual) == 1 and _MOST < (own == usual[0]).mean() < 1:
            rule = f"other figures of {name} are assumed to be known {usual[0]:.0f} years after their year"
            yield facts.index.isin(own.index[own != usual[0]]) & facts["year"].notna(), rule


def in_place_of(facts: pd.DataFrame) -> Iterator[tuple[pd.Series, str]]:
    """Yield which figure stands where one stands already, or alone in its year, while its place lacks another, and why.

    The other year is one that every other place has, five or more of them, of the same source, known from the same day.

    >>> rows = [(place, 2009) for place in "abcde"] + [("f", 2010)]
    >>> facts = pd.DataFrame(rows, columns=["place", "year"]).assign(indicator="x_pct", period="")
    >>> facts = facts.assign(source_id="census", status="official", standard="", available_from=pd.NaT)
    >>> [(mask.tolist()[-2:], rule) for mask, rule in in_place_of(facts)]
    [([False, True], 'no figure of 2009 here, which all other places have: may that year be meant?')]
    """
    rows = facts[facts["year"].notna() & (facts["period"] == "")]
    for _, own in rows.groupby(["indicator", "source_id", "status", "standard"], sort=False):
        if (places := own["place"].nunique()) <= 5:
            continue
        held = own.groupby("year")["place"].nunique()
        for year in held.index[held == places - 1]:
            (lacks,) = {*own["place"]} - {*own.loc[own["year"] == year, "place"]}
            there = own["place"] == lacks
            odd = there & (own.duplicated(["place", "year"], keep=False) | own["year"].map(held).eq(1))
            odd &= own["available_from"].isin(own.loc[own["year"] == year, "available_from"])
            if odd.sum() == 1:
                rule = f"no figure of {year:.0f} here, which all other places have: may that year be meant?"
                yield facts.index.isin(own.index[odd]) & facts["year"].notna(), rule


def outside_name(first: float, last: float, *names: str) -> str:
    """Return the years in the name of a standard that is said to rule far outside them, else "".

    >>> outside_name(2005, 2040, "income_2006_2010"), outside_name(2005, 2010, "income_2006_2010")
    ('2006-2010', '')
    """
    named = {span for name in names for span in _SPAN.findall(name)}
    if len(named) != 1:
        return ""
    begins, ends = map(int, *named)
    far = abs(first - begins) > _BESIDE_NAME or abs(last - ends) > _BESIDE_NAME
    return f"{begins}-{ends}" if far and begins <= ends else ""


def far_ahead(year: float, known: pd.Timestamp, *words: str) -> str:
    """Return why the year of a target can hardly be meant, else "": far ahead, and not said in its own words.

    >>> day = pd.Timestamp("2020-05-07")
    >>> far_ahead(2050, day, "Down to 2%"), far_ahead(2050, day, "None is poor by 2050")
    ('more than 15 years after the day from which it was known, and its wording does not name it', '')
    """
    if year - known.year <= _AHEAD or any(f"{year:.0f}" in text for text in words):
        return ""
    return f"more than {_AHEAD} years after the day from which it was known, and its wording does not name it"


def beyond(year: float, years: pd.Series) -> str:
    """Return which years figures are of where a year is far from all of them, else "".

    >>> beyond(2044, pd.Series([2010, 2014])), beyond(2015, pd.Series([2010, 2014]))
    ('2010-2014', '')
    """
    low, high = years.min(), years.max()
    return f"{low:.0f}-{high:.0f}" if year < low - _APART or year > high + _APART else ""
