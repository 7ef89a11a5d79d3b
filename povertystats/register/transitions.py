"""Who left poverty and who fell into it, from one review of a register to the next."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.cells.household_years import COUNTS, household_years, met, with_past
from povertystats.disclosure.changes import hide_changes
from povertystats.engines.names import respelled
from povertystats.engines.reading import reading
from povertystats.frames.spellings import tidied
from povertystats.register.columns import COVERAGE, PLACES
from povertystats.register.published_counts import PublishedCounts, counted, left_out, shown, tally
from povertystats.register.register import Register
from povertystats.register.review import class_sums, splits_of
from povertystats.register.review_text import change_sentences
from povertystats.words.errors import refuse

if TYPE_CHECKING:
    from ibis.expr.types import Table

_SUMS = [f"{name}_households" for name in COUNTS]


@dataclass(frozen=True, eq=False, repr=False)
class Transitions(PublishedCounts):
    """Households by what became of them from one year's review to the next, by place and year.

    Parameters
    ----------
    table : DataFrame
        One row a place and year: level, place, province, district, commune ("" below the level), the group where there
        is one, year (the later one), counts of the households found in both reviews (``…_households``) and rates in per
        cent: ``escaped_of_poor_pct`` of those poor before, ``fell_of_not_poor_pct`` of those not poor before. Of those
        who fell, ``fell_back_households`` had been poor in an earlier review and ``newly_poor_households`` in none; both
        are missing in the first year, before which there is no earlier review. A count that is hidden is missing. Where
        reviews of the register are more than a year apart, ``year_before`` is that of the earlier one.
    hidden : DataFrame
        One row a hidden count, for whoever keeps the register: the place, year, column and reason ("small",
        "secondary").
    minimum : int
        Households of which a published count tells at least; 0: nothing is hidden; with a key as in ``Review``.
    illustrative : bool
        Whether it was made from generated records.

    Notes
    -----
    No record stands in it, and no count of 1 to ``minimum`` − 1 households, nor can one be worked out, with any Review
    of the same register beside it: see ``transitions``.

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": [*map(str, range(60))] * 2, "year": [2018] * 60 + [2019] * 60})
    >>> homes = homes.assign(province="P", district="D", commune="C", urban=False)
    >>> homes["income_vnd_k"] = [650.0] * 30 + [1500.0] * 42 + [650.0] * 48
    >>> register = ps.open_register(homes.assign(**dict.fromkeys(ps.national_standard().columns, False)))
    >>> ps.transitions(register, by="province").table[["place", "year", "escaped_of_poor_pct"]].values.tolist()
    [['P', 2019, 40.0]]
    """

    _columns = ["escaped_households", "escaped_of_poor_pct", "fell_of_not_poor_pct"]

    def _of_province(self, row: dict[str, Any], lang: str) -> Iterator[str]:
        yield from change_sentences(self, row, lang)


def transitions(
    register: Register,
    *,
    by: str = "commune",
    group: str | None = None,
    minimum: int = 10,
    key: str | None = None,
) -> Transitions:
    """Count who escaped poverty, stayed in it, fell into it or fell back, from each review of a register to the next.

    Parameters
    ----------
    register : Register
        Records of two years or more, as ``open_register`` gives them; each is compared with the one before it in the
        register, however many years ago. A household counts where it lives in the later year.
    by : {"commune", "district", "province"}, default "commune"
        The lowest level of places; those above come along.
    group : str, optional
        A column of texts such as "ethnic" by which each lowest place is told apart once more.
    minimum : int, default 10
        The fewest households that a published count may tell of, 2 or more; 0 hides nothing, for use inside the office
        that keeps the register.
    key : str, optional
        A secret of the office by which counts have noise instead of being hidden, as in ``review``.

    Returns
    -------
    Transitions
        Counts and rates, with what was hidden of them.

    Raises
    ------
    ValueError
        All problems at once, as in ``review``, and where no household of one review is found in the next.

    Warns
    -----
    UserWarning
        No household of a province in one review is found in the next, though it has records in both; a province's review
        before is another one than that of the register; households are named in another way ("00001" and "1").

    Notes
    -----
    With m households in both reviews: escaped + stayed poor + fell + stayed out = m; newly poor + fell back = fell;
    ``escaped_of_poor_pct`` = 100 escaped / (escaped + stayed poor), ``fell_of_not_poor_pct`` = 100 fell / (fell + stayed
    out).

    Rule of disclosure: as in ``review``, with which it is protected as one, by group and in all. Who escaped and who fell is
    told together, where the reviews of both years tell who is poor; who stayed poor or out of poverty only where few did not
    come or leave either, since poor = stayed poor + fell + came, and poor before = stayed poor + escaped + left.

    References
    ----------
    Hundepool, A. et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239.

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": [*map(str, range(60))] * 2, "year": [2018] * 60 + [2019] * 60})
    >>> homes = homes.assign(province="P", district="D", commune="C", urban=False)
    >>> homes["income_vnd_k"] = [650.0] * 30 + [1500.0] * 42 + [650.0] * 48
    >>> register = ps.open_register(homes.assign(**dict.fromkeys(ps.national_standard().columns, False)))
    >>> print(ps.transitions(register, by="province").text("en"))
    P: of the 30 households poor at the end of 2018 and found in both reviews, 12 (40.0%) had left poverty by the end of 2019; 30 that had not been poor became so (100.0% of those not poor).
    """
    earlier = _earlier(register)
    if not earlier:
        years = ", ".join(map(str, register.years)) or "none that can be counted"
        refuse("cannot count transitions", [f"the register has {years}; expected two years or more"])
    how: dict[str, Any] = {"by": by, "group": group, "minimum": minimum, "key": key}
    sums, files = class_sums(register), register.files
    cube = tally(register.records, sums, files=files, why=lambda: left_out(register.checks), **how)
    cube.add(_followed(register, earlier, cube.keys, key))
    if minimum and key is None:
        cube.hide(splits_of(register.standard, ()), minimum)
        hide_changes(cube, earlier, minimum)
    table, hidden = shown(cube, _SUMS, **how)
    _warn_of_strangers(cube, earlier)
    if lost := [*_waves(register, earlier), *_respelled(register)]:
        warnings.warn("; ".join(lost), UserWarning, stacklevel=2)
    followed = table["year"].isin(earlier) & table["followed_households"].ne(0).fillna(True)
    table, hidden = table[followed].reset_index(drop=True), hidden[hidden["year"].isin(earlier)]
    *_, newly, again = _SUMS
    poor_before = table["escaped_households"] + table["stayed_poor_households"]
    # Without a third review before them, nobody knows who had been poor earlier.
    first = min(earlier)
    table[[newly, again]] = table[[newly, again]].where(table["year"] > first)
    hidden = hidden[(hidden["year"] > first) | ~hidden["column"].isin([newly, again])].reset_index(drop=True)
    table["poor_before_households"] = poor_before
    fell = table["fell_households"]
    rates = {
        "escaped_of_poor_pct": table["escaped_households"] / poor_before,
        "fell_of_not_poor_pct": fell / (fell + table["stayed_out_households"]),
    }
    for name, rate in rates.items():
        table[name] = 100 * rate.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if any(year - before > 1 for year, before in earlier.items()):
        table.insert(table.columns.get_loc("year") + 1, "year_before", table["year"].map(earlier))
    if register.illustrative:
        table["illustrative"] = True
    return Transitions(table, hidden, minimum, register.illustrative)


def _followed(register, earlier, keys, key):
    """Return what became of households by year, place and group; refuse, saying why, where none is in two reviews."""
    if key is not None:
        rows = histories(register)
        did = met(rows["household"].notnull(), rows["poor_before"], rows["poor"], rows["fell_back"])
        sums = {f"{name}_households": of.sum() for name, of in did.items()}
        return counted(rows, sums, keys, register.files, lambda: strangers(register), key)
    with reading(register.files):
        counts = household_years(register.records, register.years, [key for key in keys if key != "year"])
    if not counts["followed_households"].any():
        refuse("cannot count households", [strangers(register)])
    return counts[[*keys, *_SUMS]]


def _earlier(register):
    """Return {year: the year of the review before it}."""
    return dict(pairwise(register.years[::-1]))


def strangers(register: Register) -> str:
    """Return that reviews have no household in common, what theirs are called, and whether noughts were lost."""
    rows, earlier = register.records, _earlier(register)
    found = list(_waves(register, earlier))
    if found:
        return "; ".join(found)
    for year, before in sorted(earlier.items()):
        ids = [rows.filter(rows["year"] == y).select("household").distinct() for y in (before, year)]
        first, other = (of["household"].cast("string").min().to_pandas() for of in ids)
        bare = [
            of.select(bare=of["household"].cast("string").re_replace(r"\.0+$", "").re_replace("^0+", ""))
            for of in ids
        ]
        same = int(bare[0].semi_join(bare[1], "bare").count().to_pandas())
        hint = f"; without the noughts before them {same:,} are" if same else ""
        found.append(
            f"no household of {before} (such as {first!r}) is found in {year} (such as {other!r}){hint}"
        )
    return f"{'; '.join(found)}; expected one name for a household in all years"


def _waves(register, earlier):
    """Yield the provinces whose own review before is another one than that of the register: nobody is followed there."""
    groups = register._look.groups.dropna(subset=["province"])
    years = pd.to_numeric(groups["year"], errors="coerce")
    for province, of in years.groupby(groups["province"].astype(str).map(tidied)):
        own = sorted({*of} & {*register.years})
        for before, year in pairwise(own):
            if earlier[year] != before:
                yield (
                    f"{province}: its review before {year:.0f} is that of {before:.0f}, while the register has one of "
                    f"{earlier[year]}; open its records by themselves to follow its households"
                )


def _respelled(register):
    """Yield the provinces in which households are named in another way from one review to the next."""
    for row in respelled(register.records, "household", PLACES, "year").itertuples():
        yield (
            f"{row.province}: {row.names:,} households are named in two ways, such as {row.first!r} and {row.second!r}, and "
            "so not followed; write them in one way in all years"
        )


def _warn_of_strangers(cube, earlier):
    """Warn of provinces with records in two reviews of which no household is found in both."""
    rows = cube.counts("province", ["households", "followed_households"])
    rows = rows[rows["level"] == "province"]
    there = {*rows[["province", "year"]].itertuples(index=False, name=None)}
    lost = rows[rows["followed_households"] == 0]
    for province, year in lost[["province", "year"]].itertuples(index=False, name=None):
        if (province, earlier.get(year)) in there:
            what = (
                f"{province}: no household of {earlier[year]} is found in {year}; are they named in one way?"
            )
            warnings.warn(what, UserWarning, stacklevel=3)


def histories(register: Register) -> Table:
    """Return every usable record of a household that is in the review before as well, to sum up or to fit (ibis).

    Parameters
    ----------
    register : Register
        The records, as ``open_register`` gives them.

    Returns
    -------
    ibis.Table
        The columns of ``Register.records`` and: ``poor_before``, ``borrower_before``, ``commune_before`` and the like (in
        the review before, of ``year_before``: who moved is told with both places);
        ``escaped_pct`` (of those poor before: 100 when not poor now, 0 when still so; missing for the others);
        ``fell_pct`` (of those not poor before: 100 when poor now, else 0); ``fell_back`` (poor now, not before,
        but earlier in the register). Records of households: for use in the engine, never for publication.

    Examples
    --------
    >>> import povertystats as ps
    >>> rows = pd.DataFrame({"household": "1", "year": [2016, 2017, 2018], "income_vnd_k": [600.0, 1600.0, 650.0]})
    >>> rows = rows.assign(province="P", district="D", commune="C", urban=False)
    >>> rows = rows.assign(**dict.fromkeys(ps.national_standard().columns, False))
    >>> found = ps.histories(ps.open_register(rows)).to_pandas().sort_values("year")
    >>> found[["year", "poor_before", "escaped_pct", "fell_pct", "fell_back"]].values.tolist()
    [[2017, True, 100.0, nan, False], [2018, False, nan, 100.0, True]]
    """
    rows = register.records
    covered = [column for column in COVERAGE if column in rows.columns]
    rows = with_past(rows, {f"{column}_before": column for column in (*PLACES, *covered)})
    # The review before, be it a year ago or two: whoever was missing there was not followed.
    earlier = _earlier(register)
    last = rows["year"].cases(*earlier.items()) if earlier else rows["year"].nullif(rows["year"])
    rows = rows.filter(rows["year_before"] == last)
    fell = rows["poor"] & ~rows["poor_before"]
    return rows.mutate(
        escaped_pct=rows["poor_before"].ifelse(rows["poor"].ifelse(0, 100), None).cast("float64"),
        fell_pct=rows["poor_before"].ifelse(None, rows["poor"].ifelse(100, 0)).cast("float64"),
        fell_back=fell & (rows["once_poor"] == 1).fill_null(False),
    )
