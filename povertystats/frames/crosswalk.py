"""Figures of parts put together into those of the places that they make up: counts added, rates averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from povertystats.frames.reader import FrameReader, Place
from povertystats.words.errors import InvalidValue, refuse

_WHAT = "cannot put the parts together"


def crosswalk(
    frame: pd.DataFrame,
    links: pd.DataFrame,
    *,
    sums: Sequence[str] = (),
    rates: Mapping[str, str] | None = None,
    place: Place = "place",
    year: str = "year",
    incomplete: str = "refuse",
) -> pd.DataFrame:
    """Put figures of parts together into figures of the places that they make up, year by year.

    Parameters
    ----------
    frame : DataFrame
        One row a place and year, with the columns named below.
    links : DataFrame
        One row a part: place, into, and share, the part of its counts (0 to 1) that goes into the other; without
        the column, all of it. A place that is only in ``into`` stands for itself where ``frame`` has figures of it.
    sums : sequence of str, optional
        Columns of counts, which are added.
    rates : mapping of str to str, optional
        ``{rate: the column of its weights}``, such as ``{"poor_pct": "households"}``: their weighted mean.
    place : str or sequence of str, default "place"
        The column that names the place, or those of its full key from the largest area to the smallest.
    year : str, default "year"
        The column of years.
    incomplete : {"refuse", "leave_out"}, default "refuse"
        What to do where a part has no figure and another one has.

    Returns
    -------
    DataFrame
        One row a place of ``into`` and year: place, year, then sums and rates, missing where no part has a figure.

    Raises
    ------
    Refused
        All problems at once: columns that are missing, places without a link, shares that do not add up to 1, a
        part without a figure.

    Notes
    -----
    A count is the sum of share times count over the parts; a rate is the sum of share times weight times rate,
    divided by that of share times weight. Neither is told where a part is missing.

    References
    ----------
    The provinces of Viet Nam were joined by Resolution 202/2025/QH15 of 12 June 2025, its districts ended by Law
    72/2025/QH15 of 16 June 2025. ``Facts.panel(territory=...)`` takes the links from ``data/territory.csv``.

    Examples
    --------
    >>> import pandas as pd
    >>> import povertystats as ps
    >>> parts = pd.DataFrame({"place": ["Bắc Kạn", "Thái Nguyên"], "year": 2024, "poor_pct": [18.0, 3.0],
    ...                       "households": [80_000, 340_000]})
    >>> joined = pd.DataFrame({"place": parts["place"], "into": "Thái Nguyên"})
    >>> ps.crosswalk(parts, joined, sums=["households"], rates={"poor_pct": "households"}).round(2).values.tolist()
    [['Thái Nguyên', 2024, 420000.0, 5.86]]
    """
    if incomplete not in ("refuse", "leave_out"):
        raise InvalidValue(f"incomplete is {incomplete!r}; expected refuse or leave_out")
    rates, reader, linked = dict(rates or {}), FrameReader(frame), FrameReader(links, "links")
    figures = dict.fromkeys([*sums, *rates, *rates.values()])
    units, parts = reader.frame.iloc[:, :0], linked.frame.iloc[:, :0]
    years = reader.years(year)
    units = units.assign(place=reader.places(place, times=years), year=years)
    units = units.assign(**{name: reader.numbers(name) for name in figures})
    parts = parts.assign(place=linked.places("place"), into=linked.places("into"))
    parts = parts.assign(share=linked.numbers("share") if linked.has("share") else 1.0)
    refuse(_WHAT, [*reader.lines, *linked.lines])
    refuse(_WHAT, _contradictions(units, parts))
    key = ["into", "year"]
    alone = units[units["place"].isin({*parts["into"]} - {*parts["place"]})].rename(columns={"place": "into"})
    rows = parts.merge(units.merge(parts, on="place")[key].drop_duplicates(), on="into")
    rows = rows.merge(units, on=["place", "year"], how="left")
    itself = pd.MultiIndex.from_frame(alone[key])
    rows = rows[~pd.MultiIndex.from_frame(rows[key]).isin(itself)].reset_index(drop=True)
    by = [rows[name] for name in key]
    made, problems = {}, []
    for name in [*sums, *rates]:
        weight = rows["share"] * (rows[rates[name]] if name in rates else 1.0)
        there = rows[name].notna() & weight.notna()
        some = rows[name].notna().groupby(by).transform("any")
        for row in rows[some & ~there].to_dict("records"):
            lacks = name if pd.isna(row[name]) else rates[name]
            problems.append(f"{name} of {row['into']} in {row['year']}: {row['place']} has no {lacks}")
        whole = there.groupby(by).transform("all")
        total = (weight * rows[name]).where(whole).groupby(by).sum(min_count=1)
        made[name] = total / weight.groupby(by).sum() if name in rates else total
    refuse(_WHAT, problems if incomplete == "refuse" else [])
    told = pd.concat([pd.DataFrame(made).rename_axis(key).reset_index(), alone[[*key, *made]]])
    named = place if isinstance(place, str) else place[-1]
    told = told.rename(columns={"into": named, "year": year})
    return told.sort_values([named, year], ignore_index=True)


def _contradictions(units: pd.DataFrame, parts: pd.DataFrame) -> Iterator[str]:
    for row in units[units.duplicated(["place", "year"])].itertuples():
        yield f"{row.place} stands more than once in {row.year}"
    known = {*parts["place"], *parts["into"]}
    yield from (f"{name} is in no link" for name in units["place"].unique() if name not in known)
    for row in parts[parts.duplicated(["place", "into"])].itertuples():
        yield f"the link of {row.place} to {row.into} stands twice"
    for row in parts[~parts["share"].between(0, 1)].itertuples():
        yield f"the share of {row.place} in {row.into} is {row.share:g}; expected 0 to 1"
    for name, total in parts.groupby("place")["share"].sum().items():
        if not abs(total - 1) < 1e-6:
            yield f"the shares of {name} add up to {total:g}; expected 1"
