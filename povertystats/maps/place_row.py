"""What is known of one place among many, in a row: its rate, its pace, what is likely, and the chance of its main target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.forecasts.outlook import outlook
from povertystats.targets.assessment import grade
from povertystats.targets.scorecard import scorecard

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts


@dataclass(frozen=True)
class Row:
    """What the front page says of a place; what is not known is None or "".

    ``value`` (per cent) of ``year``, by the measure of all; ``pace``: its mean change a year, in points, over ``n``
    figures since ``first``; ``chance`` (0-1, ``points``: on that scale, unless settled), ``verdict`` and ``target`` (words by language) of the main
    target in its first reading with evidence; ``grade``: how many figures that rests on, else the rate; ``ahead``: year, median and 80 % interval of what is likely.
    """

    place: str
    value: float | None = None
    year: int | None = None
    standard: str = ""
    first: int | None = None
    n: int = 0
    pace: float | None = None
    chance: float | None = None
    verdict: str = ""
    grade: str = ""
    target: Mapping[str, str] | None = None
    ahead: Sequence[float] | None = None
    points: float | None = None

    def told(self) -> dict[str, Any]:
        """Return the row as JSON holds it: ``Row(**row.told())`` is the row again."""
        return asdict(self) | {"target": dict(self.target) if self.target else None}


def row_of(known: Facts, place: str, measure: str) -> Row:
    """Return what is known of a place: its rate by ``measure`` (an indicator; "": none), and its main target."""
    about: dict[str, Any] = {}
    with suppress(LookupError):
        series = known.series(measure, place=place)
        about["grade"] = grade(series, known.cutoff.year if known.cutoff else int(series.years[-1]) + 1)
        years, values = series.years, series.values
        about |= {"value": float(values[-1]), "year": int(years[-1]), "standard": series.standard}
        about |= {"n": len(years), "first": int(years[0])}
        if len(years) > 1:
            about["pace"] = float((values[-1] - values[0]) / (years[-1] - years[0]))
    ahead = outlook(known, place)
    if ahead is not None and ahead.series.indicator == measure:
        low, high = ahead.interval(0.80)
        about["ahead"] = (ahead.year, *map(float, (ahead.level_at(0.5), low, high)))
    card = scorecard(known, place=place)
    if card.targets:
        at = [i for i, target in enumerate(card.targets) if target.target == card.main]
        first = next((i for i in at if card.targets[i].meant), at[0])
        found = card.table.iloc[first]
        about |= {"verdict": str(found["verdict"]), "grade": str(found["grade"])}
        about["target"] = dict(card.targets[first].wording)
        if pd.notna(found["probability"]):
            about["chance"] = float(found["probability"])
        if pd.notna(found["probability_points"]) and not found["settled"]:
            about["points"] = float(found["probability_points"])
    return Row(place, **about)


def measure_of(known: Facts, chosen: Iterable[str]) -> str:
    """Return the indicator by which places are compared: the one that pages of most of them speak of; "" for none."""
    spoken = Counter(filter(None, map(known.outcome, chosen)))
    return spoken.most_common(1)[0][0] if spoken else ""
