"""What a review says in sentences: the rates of a place by class, a rate that is hidden, a place without households."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.register.review import Review

# Classes of which there are sentences of their own, or that the rate of the poor tells of.
_TOLD = ("near_poor", "income_poor", "deprivation_poor", "poor", "poor_multidim", "not_poor")


def place_sentences(review: Review, row: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield what there is to say of a row of a review, given without the values that are missing."""
    if "poor_household_pct" not in row:
        hidden = review.minimum and not {"households", "poor_households"} <= row.keys()
        key = "no_rates" if hidden else "not_published"
        yield say(f"review.{key}", lang, minimum=review.minimum, **row)
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
