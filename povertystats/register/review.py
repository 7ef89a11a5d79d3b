"""The review of a register: households, poverty, its causes and programme coverage by place and year."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.cells.household_years import household_years
from povertystats.criteria.standard import NationalStandard
from povertystats.disclosure.changes import hide_groups
from povertystats.disclosure.splits import Split, chain
from povertystats.engines.reading import reading
from povertystats.register.columns import (
    COVERAGE,
    PLACES,
    UNSEEN,
    deprived_rests,
    deprived_sums,
    further_sums,
)
from povertystats.register.measures import (
    by_cutoff,
    by_indicator,
    changes,
    contributions,
    indicator_sums,
    untold,
    with_rates,
)
from povertystats.register.published_counts import PublishedCounts, checks_text, left_out, shown, tally
from povertystats.register.register import Register
from povertystats.register.review_text import absent_places, bounds, bounds_sentence, place_sentences
from povertystats.words.errors import InvalidValue, refuse

if TYPE_CHECKING:
    from ibis.expr.types import Value


@dataclass(frozen=True, eq=False, repr=False)
class Review(PublishedCounts):
    """Households, poverty and programme coverage by place and year, down to a level of places.

    Parameters
    ----------
    table : DataFrame
        One row a place and year: level, place, province, district, commune ("" below the level), the group where there
        is one, year, counts (``…households``) and rates in per cent (``…_pct``). A count that is hidden is missing, and
        so are its rates. Where the register has them, ``persons`` are those of the households and ``poor_persons`` of the
        poor ones; where some lack them, of the ``persons_known_households`` and ``poor_persons_known_households``.
        ``illustrative`` is a further column where the register is.
    hidden : DataFrame
        One row a hidden count, for whoever keeps the register: place, year, column, reason ("small", "secondary").
    minimum : int
        Households of which a published count tells at least; 0: nothing is hidden. With a key see ``review``.
    illustrative : bool
        Whether it was made from generated records.
    checks : DataFrame
        What was wrong with records, as in ``Register.checks``.
    standard : NationalStandard
        The poverty standard by which households were classed.
    indicators : DataFrame, optional
        Where ``review`` was asked for them, one row a row of the table and indicator: ``lacking_households`` and, of
        these, ``poor_lacking_households`` and ``censored_households`` (deprived in the needed number or more); per cent
        of all households (``lacking_household_pct``, ``censored_household_pct``) and of the poor
        (``lacking_of_poor_pct``); ``contribution_pct`` to the adjusted headcount ratio.
    cutoffs : DataFrame, optional
        With them, one row a place and ``needed``, from one deprivation to all: ``deprived_households``, H, A and M0.
    bounds : DataFrame, optional
        Where records were left out, one row a year and problem (and "all"): records, the rate of all provinces, and
        ``lowest_pct``, ``highest_pct`` if none or all of those left out were poor; missing where a province is hidden.

    Notes
    -----
    No record stands in it, and no count of 1 to ``minimum`` − 1 households, nor can one be worked out from the sums along
    places and classes: see ``protect``.

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": map(str, range(50)), "commune": ["C"] * 46 + ["E"] * 4, "year": 2019})
    >>> homes = homes.assign(province="P", district="D", urban=False, income_vnd_k=[650.0, 1500.0] * 25)
    >>> register = ps.open_register(homes.assign(**dict.fromkeys(ps.national_standard().columns, False)))
    >>> ps.review(register).panel("commune")[["place", "year", "poor_household_pct"]].values.tolist()
    [['C', 2019, nan], ['E', 2019, nan]]
    """

    checks: pd.DataFrame
    standard: NationalStandard
    indicators: pd.DataFrame | None = None
    cutoffs: pd.DataFrame | None = None
    bounds: pd.DataFrame | None = None
    _columns = ["households", "poor_households", "poor_household_pct", "near_poor_household_pct"]

    def panel(self, level: str | None = None) -> pd.DataFrame:
        """Return one row a place and year of a level, as ``fit_drivers`` takes it.

        Parameters
        ----------
        level : str, optional
            "province", "district" or "commune"; the lowest one of the review when left out.

        Returns
        -------
        DataFrame
            The columns place, year and every rate, in per cent.

        Raises
        ------
        ValueError
            The review has no such level.
        """
        levels = [name for name in PLACES if name in set(self.table["level"])]
        level = levels[-1] if level is None else level
        if level not in levels:
            raise InvalidValue(f"{level!r} is no level of this review; expected one of {', '.join(levels)}")
        rows = self.table[self.table["level"] == level]
        rates = [column for column in rows if column.endswith("_pct")]
        return rows[["place", "year", *rates]].reset_index(drop=True)

    def contributions(self) -> pd.DataFrame:
        """Return how much each place or group adds to the adjusted headcount ratio of the place that it lies in.

        Returns
        -------
        DataFrame
            One row a row of the table that lies in another: its names, year, and in per cent of the place above
            ``household_share_pct`` of its households and ``contribution_pct``, that share times its ratio over the ratio
            of the place above; missing where either hides its deprivations.
        """
        return contributions(self.table)

    def changes(self) -> pd.DataFrame:
        """Return how the adjusted headcount ratio changed from year to year, by headcount and by intensity.

        Returns
        -------
        DataFrame
            One row a place, or group, and year after the first: its names, year, ``year_before``, ``change_pp`` of M0
            (later less earlier), ``headcount_effect_pp`` (the mean of both A times the change of H) and
            ``intensity_effect_pp`` (the mean of both H times the change of A), which add up to it; missing where one of
            the figures is, as A is where nobody is deprived.
        """
        return changes(self.table)

    def _of_province(self, row: dict[str, Any], lang: str) -> Iterator[str]:
        yield from place_sentences(self, row, lang)

    def _splits(self) -> list[Split]:
        return splits_of(self.standard, self.table.columns)

    def _of_records(self, lang: str) -> list[str]:
        said = [*absent_places(self, lang), checks_text(self.checks, lang)]
        return [*said, *bounds_sentence(self.bounds, lang)]


def review(
    register: Register,
    *,
    by: str = "commune",
    group: str | None = None,
    minimum: int = 10,
    key: str | None = None,
    indicators: bool = False,
) -> Review:
    """Count households, poverty by class and cause, deprivations and programme coverage by place and year, in one scan.

    Parameters
    ----------
    register : Register
        The records, as ``open_register`` gives them.
    by : {"commune", "district", "province"}, default "commune"
        The lowest level of places; those above come along.
    group : str, optional
        A column of texts such as "ethnic" by which each lowest place is told apart once more.
    minimum : int, default 10
        The fewest households that a published count may tell of, 2 or more; 0 (inside the office alone) hides nothing.
    key : str, optional
        A secret of 16 characters or more, the same for all tables: each count has noise and none is hidden.
    indicators : bool, default False
        Whether to count by indicator and by cut-off as well, in the same scan (``Review.indicators``, ``cutoffs``);
        these are told of groups with ``minimum=0`` alone.

    Returns
    -------
    Review
        Counts and rates, with what was hidden of them.

    Raises
    ------
    ValueError
        All problems at once: an unknown level or group, a bad minimum, records that cannot be read, none to be counted.

    Notes
    -----
    Rates are in per cent: of all households (``poor_household_pct``, ``borrower_household_pct``, …), of the poor
    (``…_of_poor_pct``), of all persons (``poor_person_pct``; a person is poor with the household), and after Alkire &
    Foster, whatever the income, with q of n households deprived in k or more of d indicators, c of them in all:
    ``deprived_household_pct`` H = 100 q / n, ``intensity_pct`` A = 100 c / (q d) and ``adjusted_headcount_pct`` M0 = H A /
    100. An indicator that q_j of the deprived lack contributes 100 q_j / c. Where indicators have weights w_j, d is their
    sum, deprivations are summed up by weight, and the contribution is 100 w_j q_j / c. A household whose flag is missing,
    where that decides nothing, counts as not lacking it; ``checks`` tells how many.

    Rule of disclosure: counts of 1 to ``minimum`` − 1 households are missing, with as many others as keep them from being
    worked out of anything that is told of the same records by the same standard, limits, years and minimum, now or later:
    other levels, one column of groups, and ``transitions`` (``audit``): by group of several years, households are followed
    as there, so that who of a group came, left, escaped or fell is as safe as who is poor (of a province with more than
    20,000 such counts groups are told of the last year alone). So is how many are poor where all are, and what divides a
    total of ``minimum`` or less; classes of the poor are not told by group. A rate is missing where one of its counts is.
    Censored counts add up to the deprivations: places within one tell them all or none. Cut-offs are told of the highest
    places alone, up to the highest that keeps the rule in all of them.

    With a key, a count has noise of mean 0, at most 2 ``minimum`` households (``noise_at_most``) and variance ``minimum``
    (more below ``minimum``); 0 stays 0, none is told as 1 to ``minimum`` − 1. Keys of its records, of secret, household and
    year, are summed up and name it: with one key and minimum, the same households in a column have one noise in all calls.
    Sums need not add up; many of them together narrow a count down. Persons, deprivations, indicators are not told.

    References
    ----------
    Alkire, S. and Foster, J. 2011, Counting and multidimensional poverty measurement, Journal of Public Economics 95,
    476-487, doi:10.1016/j.jpubeco.2010.11.006. Alkire, S. et al. 2015, Multidimensional Poverty Measurement and Analysis,
    chapters 5 and 9, doi:10.1093/acprof:oso/9780199689491.001.0001. Fraser, B. and Wooton, J. 2005, UNECE (cell keys).

    Examples
    --------
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": map(str, range(50)), "commune": ["C"] * 30 + ["E"] * 20, "year": 2019})
    >>> homes = homes.assign(province="P", district="D", urban=False, income_vnd_k=[650.0, 1500.0] * 25)
    >>> register = ps.open_register(homes.assign(**dict.fromkeys(ps.national_standard().columns, False)))
    >>> found = ps.review(register)
    >>> found.table[["level", "place", "poor_households", "poor_household_pct"]].values.tolist()
    [['province', 'P', 25, 50.0], ['district', 'D', 25, 50.0], ['commune', 'C', 15, 50.0], ['commune', 'E', 10, 50.0]]
    >>> print(repr(found).splitlines()[0])
    <Review> Places down to commune, 2019: 4 rows, counts below 10 hidden
    >>> print(found.text("en").splitlines()[0])
    P, end of 2019: 25 poor households of 50 (50.00%); near-poor households 0.00%.
    """
    standard = register.standard
    if indicators and (key is not None or not standard.indicators):
        none = "not told with a key" if key else f"{standard.name} has none; it is by income alone"
        refuse("cannot count households", [f"indicators: {none}"])
    deprived, nested, rides = deprived_sums(register) if standard.indicators else ({}, [], {})
    further, rides = further_sums(register, rides)
    columns, by_indicators = indicator_sums(register) if indicators else ({}, [])
    sums = class_sums(register) | deprived | further | columns
    how: dict[str, Any] = {"by": by, "group": group, "minimum": minimum, "key": key}
    cube = tally(register.records, sums, files=register.files, why=lambda: left_out(register.checks), **how)
    if minimum and key is None:
        # First what is protected with the changes, so that it is hidden alike there.
        classes, others = splits_of(standard, ()), splits_of(standard, sums)
        cube.hide(classes, minimum)
        if group is not None and (earlier := dict(pairwise(register.years[::-1]))):
            with reading(register.files):
                cube.add(household_years(register.records, register.years, [*cube.levels, group]))
            if cube.values["followed_households"].any():
                hide_groups(cube, earlier, minimum)
        cube.rests += deprived_rests(standard, sums)
        cube.hide([*(split for split in others if split not in classes), *nested], minimum, rides)
        cube.hide(by_indicators, minimum)
    table, hidden = shown(cube, [name for name in sums if name not in UNSEEN], **how)
    details = [of(table, standard, minimum) if indicators else None for of in (by_indicator, by_cutoff)]
    if indicators and minimum:
        hidden = pd.concat([hidden, untold(table, details[0], minimum)[[*hidden]]], ignore_index=True)
    table = with_rates(table.drop(columns=[*columns]), standard)
    if register.illustrative:
        for told in filter(lambda one: one is not None, (table, *details)):
            told["illustrative"] = True
    details.append(bounds(register, table))
    return Review(table, hidden, minimum, register.illustrative, register.checks, standard, *details)


def class_sums(register: Register) -> dict[str, Value]:
    """Return what to sum up for the households, those that are poor, and each other class."""
    rows, standard = register.records, register.standard
    # By the conditions: comparing the names of classes takes longer.
    classes = standard.conditions(rows)
    others = {standard.counts[name]: met.sum() for name, met in classes.items() if name not in standard.poor}
    return {"households": rows.count(), "poor_households": rows["poor"].sum(), **others}


def splits_of(standard: NationalStandard, columns: Collection[str]) -> list[Split]:
    """Return which of the columns of a review are a part of which: what hides one hides the other."""
    others = [standard.counts[name] for name in standard.classes if name not in standard.poor]
    # That all of a place are poor, or deprived, tells of everybody there.
    splits = [Split("households"), *chain("households", ["poor_households", *others], all_tells=True)]
    if "deprived_households" in columns and not standard.deprived_alone:
        splits.append(Split("deprived_households", "households", all_tells=True))
    for name in (name for name in COVERAGE if f"{name}_households" in columns):
        of_places = name == "programme_commune"
        splits.append(Split(f"{name}_households", "households", of_places=of_places, grouped=not of_places))
    poor = [standard.counts[name] for name in standard.poor]
    if poor[0] in columns:
        splits += chain("poor_households", poor, grouped=False)
    if (known := "persons_known_households") in columns:
        splits += [Split(known, "households"), Split(f"poor_{known}", "poor_households", also=known)]
    return splits
