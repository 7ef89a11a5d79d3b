"""The targets, each in every reading that its words allow, and the change that each requires."""

from dataclasses import dataclass

import pandas as pd

from povertystats.forecasts.predictive import HALF_STEP
from povertystats.words.languages import Words


@dataclass(frozen=True)
class Target:
    """One target in one reading.

    ``kind``: "level" (a value to reach), "change" (on the year before; a fall is negative), "count" (a total
    over the year), "all_of" (none may remain). It is met when the value is ``direction`` ("at_most",
    "at_least") the ``bound``, in ``unit``. ``places`` must each reach it. ``wording`` and ``evidence`` (why
    it is read so) are ``{"vi": ..., "en": ...}``; ``meant``: the evidence says that this reading was meant.
    """

    target: str
    reading: str
    meant: bool
    places: tuple[str, ...]
    indicator: str
    kind: str
    direction: str
    bound: float
    unit: str
    year: int
    wording: dict
    evidence: dict
    evidence_sources: tuple[str, ...]
    proxy_indicator: str
    source_id: str
    available_from: pd.Timestamp

    @property
    def is_rate(self):
        """Whether it speaks of a rate in percent, or of its change in points."""
        return self.kind in ("level", "change") and self.unit in ("pct", "pp")

    @property
    def threshold(self):
        """The bound as ``Predictive.probability`` takes it, such as ``{"change_at_most": -2.0}``.

        A level of 0 or 100 is one that rounds to it: rates are published to one decimal.
        """
        if self.kind == "change":
            return {f"change_{self.direction}": self.bound}
        return {self.direction: min(max(self.bound, HALF_STEP), 100 - HALF_STEP)}

    def change_from(self, value):
        """Return the change that the target asks of a rate that stands at ``value``, in points."""
        return self.bound if self.kind == "change" else self.bound - value

    def met_by(self, value):
        """Say whether a value (for "change": a change) reaches the bound."""
        return value <= self.bound if self.direction == "at_most" else value >= self.bound


@dataclass(frozen=True)
class Required:
    """What a target asks of one place: from ``baseline`` (in ``baseline_year``) a ``change`` of so much.

    ``change`` is later minus earlier in ``unit`` (percentage points for rates); for a count it is the total
    to reach. ``per_year`` spreads it over the years left. ``baseline`` and what follows from it are None when
    the place has no figure.
    """

    place: str
    change: float | None
    unit: str
    baseline: float | None = None
    baseline_year: int | None = None
    years: int | None = None

    @property
    def per_year(self):
        """The change a year, in ``unit``; None when it cannot be said."""
        return self.change / self.years if self.change is not None and self.years else None


def load_targets(known, *, place=None):
    """Return the targets known in ``known`` (a Facts view), of one place or of all.

    Raises LookupError for an unknown place. A place without targets has an empty list.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> [(t.reading, t.kind, t.bound) for t in ps.load_targets(known, place="Bắc Kạn") if t.target == "poverty"]
    [('by_2.0', 'change', -2.0), ('by_2.5', 'change', -2.5), ('to_2.5', 'level', 2.5)]
    """
    rows = known.targets
    if place is not None:
        rows = rows[rows["where"].map(known.places.find) == known.places.find(place)]
    return [
        Target(
            target=row["target"],
            reading=row["reading"],
            meant=bool(row["meant"]),
            places=tuple(known.places.find(p) for p in row["place"].split(";")),
            indicator=row["indicator"],
            kind=row["kind"],
            direction=row["direction"],
            bound=row["bound"],
            unit=row["unit"],
            year=int(row["year"]),
            wording=Words.of(row, "wording_"),
            evidence=Words.of(row, "evidence_"),
            evidence_sources=tuple(filter(None, row["evidence_sources"].split(";"))),
            proxy_indicator=row["proxy_indicator"],
            source_id=row["source_id"],
            available_from=row["available_from"],
        )
        for row in rows.to_dict("records")
    ]


def required_change(target, known):
    """Return what ``target`` requires of each of its places, from the latest figure before its year.

    - level, all_of: bound − latest figure;
    - change: the bound itself, from the figure of the year before when that is known;
    - count: the bound itself, a total that starts from nothing.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> to = [t for t in ps.load_targets(known) if t.reading == "to_2.5"][0]
    >>> [(r.baseline, r.baseline_year, round(r.change, 2), r.unit) for r in required_change(to, known)]
    [(19.57, 2019, -17.07, 'pp')]
    """
    required = []
    for place in target.places:
        try:
            series = known.series(target.indicator, place=place)
        except LookupError:
            series = None
        required.append(required_from(target, place, series))
    return required


def required_from(target, place, series):
    """Return what ``required_change`` says of one place, from its AnnualSeries (None: it has no figure)."""
    unit = "pp" if target.unit == "pct" else target.unit
    known = {} if series is None else dict(zip(series.years.tolist(), series.values.tolist(), strict=True))
    before = [year for year in known if year < target.year]
    if target.kind == "count":
        return Required(place, target.bound, unit)
    if not before:
        return Required(place, target.bound if target.kind == "change" else None, unit)
    year = before[-1]
    if target.kind == "change":
        base = (known[year], year, 1) if year == target.year - 1 else ()
        return Required(place, target.bound, unit, *base)
    return Required(place, target.bound - known[year], unit, known[year], year, target.year - year)
