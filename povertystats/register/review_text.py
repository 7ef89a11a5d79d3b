"""What a review says in sentences: rates by class, changes, what is hidden, a place without households, what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.engines.reading import reading
from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.register.register import Register
    from povertystats.register.review import Review
    from povertystats.register.transitions import Transitions

# What is wrong with a record, these first, whatever else there is after them.
_KINDS = ("missing", "impossible", "doubtful")
# Classes of which there are sentences of their own, or that the rate of the poor tells of.
_TOLD = ("near_poor", "income_poor", "deprivation_poor", "poor", "poor_multidim", "not_poor")


def place_sentences(review: Review, row: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield what there is to say of a row of a review, given without the values that are missing."""
    if "poor_household_pct" not in row:
        told = _untold(review, row, {"households", "poor_households"})
        yield say(f"review.{told}", lang, minimum=review.minimum, **row)
        return
    # Not every standard knows who is near-poor, and where it is known it may be hidden.
    yield say(f"review.{'rates' if 'near_poor_household_pct' in row else 'poor_rate'}", lang, **row)
    if {"income_poor_of_poor_pct", "deprivation_poor_of_poor_pct"} <= row.keys():
        yield say("review.causes", lang, **row)
    elif classes := "; ".join(_of_classes(review, row, lang)):
        yield say("review.classes", lang, classes=classes)
    if "poor_person_pct" in row:
        known = "persons_known" if "persons_known_households" in row else "persons"
        yield say(f"review.{known}", lang, **row)


def change_sentences(moved: Transitions, row: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield what there is to say of a row of transitions, given without the values that are missing."""
    counts = {"escaped_households", "fell_households"}
    row = {"before": row["year"] - 1 if "year_before" not in row else row["year_before"], **row}
    if {"escaped_of_poor_pct", "fell_of_not_poor_pct"} <= row.keys():
        yield say("transitions.rates", lang, **row)
    elif counts <= row.keys():
        yield say("transitions.counts", lang, **row)
    else:
        told = _untold(moved, row, counts)
        yield say(f"transitions.{told}", lang, minimum=moved.minimum, **row)
        return
    if "fell_back_households" in row:
        yield say("transitions.fell_back", lang, **row)


def _untold(found, row, columns):
    """Return why a province has no rate: hidden, or not published; that the small count is its own would tell that it is small."""
    return "hidden_rates" if found.minimum and columns - row.keys() else "not_published"


def _of_classes(review, row, lang):
    standard = review.standard
    if len(standard.classes) > 2 and not {*standard.classes} <= {*_TOLD}:
        for name, group in standard.classes.items():
            rate = f"{standard.counts[name].removesuffix('s')}_pct"
            if rate in row:
                yield say("review.of_class", lang, title=group.title[lang], pct=row[rate])


def absent_places(review: Review, lang: str) -> Iterator[str]:
    """Yield the provinces of which no household could be counted in the last year."""
    rows = review.table[review.table["level"] == "province"]
    last = rows.groupby("place", sort=False)["year"].max()
    for place, year in last[last < last.max()].items():
        yield say("review.no_households", lang, place=place, year=last.max(), last=year)


def bounds(register: Register, table: pd.DataFrame) -> pd.DataFrame | None:
    """Return how far the rate of a year may be off for the records that are left out; None where there are none.

    ``table``: that of a review. One row a year and problem, and one of "all": records, ``poor_household_pct`` of all
    provinces, ``lowest_pct`` (if none of those households were poor) and ``highest_pct`` (if all were); these are missing
    where a province does not tell its poor households. A record whose year is not known may be of any.
    """
    names: dict[str, list[str]] = {}
    for problem, _, name in register._losing:
        if register._found[name] and problem != "outside the standard":
            names.setdefault(problem, []).append(name)
    left = _left_out(register, names)
    if not len(left):
        return None
    kinds = [
        *(kind for kind in _KINDS if kind in left),
        *(kind for kind in left if kind not in (*_KINDS, "all")),
        "all",
    ]
    provinces = table[table["level"] == "province"]
    of_year = provinces.groupby("year")[["households", "poor_households"]].agg(
        lambda counts: counts.sum(skipna=False)
    )
    rows = []
    for year, counts in of_year.astype("Float64").iterrows():
        here = left[(left.index == year) | left.index.isna()].sum()
        # With noise, there may be no household at all.
        known, poor = (float(n) if pd.notna(n) and counts["households"] else np.nan for n in counts)
        for kind in kinds:
            n = int(here[kind])
            rates = (100 * poor / known, 100 * poor / (known + n), 100 * (poor + n) / (known + n))
            rows += [(year, kind, n, *rates)] if n else []
    columns = ["year", "problem", "records", "poor_household_pct", "lowest_pct", "highest_pct"]
    return pd.DataFrame(rows, columns=columns) if rows else None


def _left_out(register, names):
    """Return records by year, in a column each problem and "all"; of those that stand twice, the households."""
    import ibis

    twice = register._twice.groupby("year").size().rename("duplicated").to_frame()
    found = pd.DataFrame()
    if names:
        rows = register._tidy
        rows = rows.filter(reduce(or_, (rows[name] for of in names.values() for name in of)))
        if len(twice):
            rows = rows.anti_join(
                ibis.memtable(register._twice[["household", "year"]]), ["household", "year"]
            )
        sums = {
            f"kind_{i}": reduce(or_, (rows[name] for name in of)).sum() for i, of in enumerate(names.values())
        }
        with reading(register.files):
            found = rows.group_by("year").aggregate(all=rows.count(), **sums).to_pandas().set_index("year")
        found = found.rename(columns=dict(zip(sums, names, strict=True)))
    left = pd.concat([found, twice] if len(twice) else [found], axis=1).fillna(0)
    if len(left):
        left["all"] = left.get("all", 0) + left.get("duplicated", 0)
    return left


def bounds_sentence(found: pd.DataFrame | None, lang: str) -> Iterator[str]:
    """Yield what the records left out may change of the rate of the last year."""
    if found is None:
        return
    *kinds, whole = found[found["year"] == found["year"].max()].to_dict("records")
    if pd.isna(whole["lowest_pct"]):
        yield say("review.bounds_hidden", lang, year=whole["year"], records=whole["records"])
        return
    told = [
        say("review.bound", lang, kind=say(f"review.kind.{one['problem'].replace(' ', '_')}", lang), **one)
        for one in kinds
    ]
    yield say("review.bounds", lang, kinds="; ".join(told), **whole)
