"""Every table about a household register for readers; one made of generated records says so in its caption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.criteria.lines import AREAS
from povertystats.disclosure.grid import COUNTRY
from povertystats.exhibits.tables import Table, cell, table_of
from povertystats.words.errors import InvalidValue
from povertystats.words.languages import sentences
from povertystats.words.wording import confidence, number, say

if TYPE_CHECKING:
    from povertystats.associations.result import DriverFit
    from povertystats.cells.cell_logit import CellLogit
    from povertystats.criteria.standard import NationalStandard
    from povertystats.register.register import Register
    from povertystats.register.review import Review
    from povertystats.register.transitions import Transitions

_SHOWN = {
    "causes": ["poor_household_pct", "income_poor_of_poor_pct", "deprivation_poor_of_poor_pct"]
    + ["near_poor_household_pct", "deprived_household_pct", "intensity_pct", "adjusted_headcount_pct"],
    "moves": ["poor_before_households", "escaped_households", "escaped_of_poor_pct", "fell_households"]
    + ["newly_poor_households", "fell_back_households"],
    "lacking": ["lacking_household_pct", "poor_lacking_households", "lacking_of_poor_pct"]
    + ["censored_household_pct", "contribution_pct"],
    "cutoffs": ["deprived_household_pct", "intensity_pct", "adjusted_headcount_pct"],
}
_OTHERS = "khác"


def lines(standard: NationalStandard, lang: str) -> Table:
    """Return the income lines of a NationalStandard, and whether each was held against a source."""
    told = standard.table[standard.table["kind"] == "line"].set_index("what")["checked"]
    rows = [
        {
            "line": standard.line_titles[name][lang] + (f" ({place})" if place else ""),
            **{area: standard.income.amount(line.of_place(place, area), lang, 1) for area in AREAS},
            "checked": say(f"register.checked.{'yes' if told[name].all() else 'no'}", lang),
        }
        for name, line in standard.lines.items()
        for place in line.places
    ]
    income, caption = standard.income, say("register.caption.standard", lang)
    if (income.unit, income.period) != ("vnd_k", "month"):
        unit, per = income.currency[lang] or income.unit, say(f"standards.per.{income.period}", lang)
        caption = say("register.caption.lines", lang, unit=unit, per=per)
    return table_of(rows, "register.head", lang, caption)


def indicators(standard: NationalStandard, lang: str) -> Table:
    """Return the indicators of a NationalStandard: service, name, whether a source has it; who counts as deprived where a source was read."""
    rows = [
        {
            "service": one.service_title[lang],
            "indicator": one.title[lang],
            "rule": one.rule[lang] if one.rule_checked else "–",
            "checked": say(f"register.checked.{'yes' if one.checked else 'no'}", lang),
        }
        for one in standard.indicators
    ]
    read = any(one.rule_checked for one in standard.indicators)
    columns = ["service", "indicator", *(["rule"] if read else []), "checked"]
    rows = [{column: row[column] for column in columns} for row in rows]
    caption = say("register.caption.indicators", lang, n=len(rows))
    return table_of(rows, "register.head", lang, caption, columns=columns)


def checks(register: Register, lang: str) -> Table:
    """Return why records of a Register cannot be counted, one reason and column a row."""
    found = register.checks.set_index("problem")
    read, usable = found.loc[["read", "usable"], "records"]
    called = names(lang)
    rows = [
        {
            "kind": say(f"review.kind.{problem.replace(' ', '_')}", lang),
            "column": called.get(row.column, row.column),
            "records": number(row.records, lang, 0),
        }
        for problem, row in found.drop(["read", "usable"]).iterrows()
    ]
    return _captioned(register, rows, "checks", lang, read=read, usable=usable)


def causes(review: Review, lang: str) -> Table:
    """Return all provinces of a Review, or the one, by year: who is poor by income or by deprivation, near-poor, and H, A, M0."""
    return _by_year(review, "causes", lang)


def moves(transitions: Transitions, lang: str) -> Table:
    """Return all provinces of a Transitions, or the one, by year: who left poverty, became poor for the first time, or fell back."""
    return _by_year(transitions, "moves", lang)


def lacking(review: Review, lang: str) -> Table:
    """Return who lacks each indicator in the highest place and latest year; raises ValueError for a Review without them."""
    titles = {one.column: one.title[lang] for one in review.standard.indicators}
    return _of_highest(review, review.indicators, "lacking", "indicator", titles.__getitem__, lang)


def cutoffs(review: Review, lang: str) -> Table:
    """Return H, A and M0 of the highest place in the latest year by how many deprivations are needed; raises as ``lacking``."""
    return _of_highest(review, review.cutoffs, "cutoffs", "needed", str, lang)


def _of_highest(review, found, kind, by, name, lang):
    if found is None:
        raise InvalidValue("the review was not asked for indicators; expected review(…, indicators=True)")
    highest = _highest(review.table).iloc[-1]
    keys = ["level", "place", "year"]
    rows = found[found[keys].eq(highest[keys]).all(axis=1)]
    told = [{by: name(row[by])} | _cells(row, kind, lang) for row in rows.to_dict("records")]
    return _captioned(review, told, kind, lang, place=_place(highest, lang), year=highest["year"])


def _by_year(found, kind, lang):
    rows = _highest(found.table)
    told = [{"year": str(row["year"])} | _cells(row, kind, lang) for row in rows.to_dict("records")]
    return _captioned(found, told, kind, lang, place=_place(rows.iloc[0], lang))


def _highest(rows):
    """Return the rows of all provinces together, which come first, or of the one there is."""
    return rows[(rows["level"] == rows["level"].iloc[0]) & (rows["place"] == rows["place"].iloc[0])]


def _place(row, lang):
    return say("review.country", lang) if row["level"] == COUNTRY else row["place"]


def _cells(row, kind, lang):
    told = {name: _rate if name.endswith("_pct") else _count for name in _SHOWN[kind] if name in row}
    return {name: how(row[name], lang) for name, how in told.items()}


def groups(review: Review, lang: str) -> Table:
    """Return the ethnic groups of a Review (``group="ethnic"``, ``by="province"``) in its latest year, by poor households."""
    year = review.table["year"].max()
    of_all = at(review, "province", year).iloc[0]
    found = at(review, "ethnic", year).sort_values("poor_households", ascending=False, na_position="last")
    share = 100 * found.set_index("ethnic")["poor_households"] / of_all["poor_households"]
    rows = [
        {
            "group": say("register.other_groups", lang) if row.ethnic == _OTHERS else row.ethnic,
            "households": _count(row.households, lang),
            "poor_households": _count(row.poor_households, lang),
            "poor_household_pct": _rate(row.poor_household_pct, lang),
            "share": _rate(share[row.ethnic], lang),
        }
        for row in found.itertuples()
    ]
    return _captioned(review, rows, "groups", lang, place=of_all["place"], year=year)


def hidden(found: Review | Transitions, lang: str) -> Table:
    """Return how many cells of a Review or Transitions are hidden at each level, by reason."""
    counts = [name for name in found.table if name.endswith("_households")] + ["households"]
    cells = found.table["level"].value_counts(sort=False) * len(counts)
    secret = found.hidden[found.hidden["column"].isin(counts)]
    named = [level for level in cells.index if level in secret]
    levels = [level for level in cells.index if level in (COUNTRY, *named)]
    # A hidden cell lies at the lowest level that its row names.
    depth = (secret[named] != "").sum(axis=1)
    kinds = pd.crosstab(depth.map(dict(enumerate([COUNTRY, *named]))).array, secret["reason"].array)
    kinds = kinds.reindex(index=levels, columns=["small", "secondary"], fill_value=0)
    rows = [
        {
            "level": say(f"register.level.{level}", lang),
            "cells": number(cells[level], lang, 0),
            **{reason: number(n, lang, 0) for reason, n in kinds.loc[level].items()},
        }
        for level in levels
    ]
    return _captioned(found, rows, "hidden", lang, minimum=found.minimum)


def models(fits: Mapping[str, DriverFit | CellLogit], truth: Mapping[str, float], lang: str) -> Table:
    """Return what several models estimate, one a row, below the true effects that were put into the register.

    ``fits``: {model: DriverFit or CellLogit} with estimates in points, models as in the sentences under ``register.model``;
    ``truth``: {driver: effect_pp}.
    """
    drivers = {driver: say(f"register.name.{driver}", lang) for driver in truth}
    rows = [{"model": say("register.truth", lang)} | {drivers[d]: number(x, lang) for d, x in truth.items()}]
    estimates = compared(fits, truth)
    for model, some in estimates.groupby("model", sort=False):
        cells = {
            drivers[row.driver]: say(
                "register.estimate", lang, miss="" if row.holds else "*", **row._asdict()
            )
            for row in some.itertuples()
        }
        rows.append({"model": say(f"register.model.{model}", lang)} | cells)
    level = confidence(estimates["level"].iloc[0], lang)
    caption = say("register.illustrative", lang, text=say("register.caption.models", lang, level=level))
    return table_of(rows, "register.head", lang, caption)


def compared(fits: Mapping[str, DriverFit | CellLogit], truth: Mapping[str, float]) -> pd.DataFrame:
    """Return the estimates of ``models`` beside the true effects: model, driver, estimate, low, high, level, effect_pp, holds.

    Raises ValueError for a driver that a fit lacks.
    """
    parts = {}
    for model, fit in fits.items():
        rows = fit.table[fit.table["scale"] == "points"].set_index("driver")
        if absent := truth.keys() - set(rows.index):
            raise InvalidValue(
                f"the model {model!r} has no estimate in points of {', '.join(sorted(absent))}"
            )
        parts[model] = rows.loc[list(truth), ["estimate", "low", "high", "level"]].reset_index()
    found = pd.concat(parts, names=["model"]).droplevel(1).reset_index()
    found["effect_pp"] = found["driver"].map(truth).astype(float)
    return found.assign(holds=found["effect_pp"].between(found["low"], found["high"]))


def scale(figures: pd.DataFrame, lang: str) -> Table:
    """Return measured figures (step, by, records, seconds, peak_mb) for readers: a row a step, a column a size."""
    steps = figures.drop_duplicates(["step", "by"])[["step", "by"]].itertuples(index=False)
    found = figures.set_index(["step", "by", "records"])
    rows = []
    for step, by in steps:
        row = {"step": say(f"register.step.{step}", lang) + (f" ({by})" if by != "povertystats" else "")}
        for n in sorted(figures["records"].unique()):
            told = "–"
            if (step, by, n) in found.index:
                one = found.loc[(step, by, n)]
                told = say("register.seconds", lang, seconds=one["seconds"])
                told += "" if pd.isna(one["peak_mb"]) else f"; {number(one['peak_mb'], lang, 0)} MB"
            row[say("register.records", lang, n=n)] = told
        rows.append(row)
    return table_of(rows, "register.head", lang, say("register.caption.scale", lang))


def names(lang: str) -> dict[str, str]:
    """Return ``{column: name}`` of a register's columns for readers.

    >>> names("en")["poor_household_pct"]
    'the rate of poor households'
    """
    stem = "register.name."
    return {key.removeprefix(stem): text for key, text in sentences(lang).items() if key.startswith(stem)}


def at(found: Review | Transitions, level: str, year: int | None = None) -> pd.DataFrame:
    """Return the rows of a Review or Transitions at a level, in one year or in all.

    Raises ValueError where there are none.
    """
    rows = found.table[found.table["level"] == level]
    rows = rows if year is None else rows[rows["year"] == year]
    if rows.empty:
        raise InvalidValue(f"there is no row of the level {level!r}" + (f" in {year}" if year else ""))
    return rows


def marked(found: Register | Review | Transitions, text: str, lang: str) -> str:
    """Return a caption or title, led by "illustrative data" where they are generated."""
    return say("register.illustrative", lang, text=text) if found.illustrative else text


def _captioned(found, rows, kind, lang, **told):
    caption = say(f"register.caption.{kind}", lang, **told)
    return table_of(rows, "register.head", lang, marked(found, caption, lang))


def _count(value, lang):
    return cell(value, lang, 0)


def _rate(value, lang):
    return cell(value, lang, 1, "%")
