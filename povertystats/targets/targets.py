"""The targets, each in every reading that its words allow, and the change that each requires."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.package import load_facts
from povertystats.facts.territory import gone_by
from povertystats.files.identity import every
from povertystats.files.problems import DataError, Findings, Problem
from povertystats.files.years import far_ahead
from povertystats.frames.recognition import checked
from povertystats.kinds.evidence import evidence_of
from povertystats.kinds.kind import NotAssessable, Required
from povertystats.kinds.known import places_under
from povertystats.kinds.registry import KINDS
from povertystats.kinds.target import Target
from povertystats.words.languages import Words

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts


def load_targets(known: Facts, *, place: str | None = None) -> list[Target]:
    """Return the targets that were known, of one place or of all.

    Parameters
    ----------
    known : Facts
        What was known on a day (``Facts.as_of``).
    place : str, optional
        The place that set them; all places when left out.

    Returns
    -------
    list of Target
        One for each reading; a place without targets has an empty list.

    Raises
    ------
    LookupError
        For an unknown place.
    DataError
        For targets of an unknown kind, with a bound in another unit than their kind has or beyond what can be, without
        the base year that their kind needs, of every place of a kind that is not there, with a proxy in another unit, or
        announced after their year: each with file and row.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> [(t.reading, t.kind, t.bound) for t in ps.load_targets(known, place="Bắc Kạn") if t.target == "poverty"]
    [('by_2.0', 'change', -2.0), ('by_2.5', 'change', -2.5), ('to_2.5', 'level', 2.5)]
    """
    if place is None:
        return [target for targets in _by_place(known).values() for target in targets]
    return list(_by_place(known).get(known.places.find(place), ()))


@remembered
def _by_place(known: Facts) -> dict[str, tuple[Target, ...]]:
    """Return the targets by the place that set them, checked."""
    rows = known.targets
    if problems := list(_problems(rows, known)):
        raise DataError("targets", problems)
    units = known.indicators.set_index("indicator")["unit"]
    found: dict[str, list[Target]] = {}
    for row in rows.to_dict("records"):
        where = known.places.find(row["where"])
        target = Target(
            **{name: row[name] for name in _AS_THEY_STAND},
            meant=bool(row["meant"]),
            places=_places(known, row["place"], where, row["available_from"]),
            year=int(row["year"]),
            wording=Words.of(row, "wording_"),
            evidence=Words.of(row, "evidence_"),
            settled_by=Words.of(row, "settled_by_"),
            evidence_sources=tuple(filter(None, row["evidence_sources"].split(";"))),
            base_year=None if pd.isna(row["base_year"]) else int(row["base_year"]),
            of=row["of"] or "each",
            where=where,
            figure_unit=units[row["indicator"]],
        )
        found.setdefault(where, []).append(target)
    return {where: tuple(targets) for where, targets in found.items()}


@remembered
def _places(known: Facts, text: str, where: str, day: pd.Timestamp) -> tuple[str, ...]:
    """Return the places that a cell names: by name, or every one of a kind in the place that set the target.

    Of those on a list, the ones that were on it on the day on which the target was known.
    """
    found: list[str] = []
    for name in text.split(";"):
        meant = every(name, known.places.identity)
        if meant is None:
            found.append(known.places.find(name))
            continue
        of_kind = places_under(known, meant[0], where)
        listed = known.as_of(day).on_list(meant[1]) if meant[1] else of_kind
        found += [place for place in of_kind if place in listed]
    return tuple(dict.fromkeys(found))


def validate(path: str | Path | None = None, **options: Any) -> Findings:
    """Check a data package, or a table of one's own, and return what is wrong and what deserves a look.

    Parameters
    ----------
    path : str or Path, optional
        A ``datapackage.json``, its folder, or a table (delimited text, Excel, Stata, Parquet); our package by default.
    **options
        How it is written, as for ``load_facts`` and, for a table, ``read_table``: ``decimal``, ``units`` and others.

    Returns
    -------
    Findings
        Errors and warnings, each with file, row, field, value, rule and suggestion; ``text()`` groups them by cause.

    Examples
    --------
    >>> import povertystats as ps
    >>> print(ps.validate().text())
    Nothing wrong was found.
    """
    try:
        if path is not None and Path(path).is_file() and Path(path).suffix.lower() != ".json":
            return checked(path, load_facts().places.find, "en", **options)[1]
        facts = load_facts(path, **options, again=True)
        load_targets(facts)
    except DataError as error:
        return Findings(tuple(error.problems), tuple(error.warnings))
    return Findings(warnings=facts.warnings)


def _problems(targets: pd.DataFrame, known: Facts) -> Iterator[Problem]:
    """Yield a Problem for each target that its kind, its indicator or its own dates contradict."""
    about = known.indicators.set_index("indicator")[["unit", "min", "max"]].to_dict("index")
    yield from _two_targets(targets)
    for row in targets.itertuples():
        faults = [*_faults(row, about)]
        places = _places(known, row.place, known.places.find(row.where), row.available_from)
        if not places:
            faults.append(("place", f"there is no such place in {row.where}"))
        gone = (gone_by(known.places, one, row.available_from) for one in places)
        if told := next(filter(None, gone), ""):
            faults.append(("place", f"{told}; the target was announced on {row.available_from:%Y-%m-%d}"))
        for field, rule in faults:
            value = getattr(row, field)
            text = f"{value:%Y-%m-%d}" if field == "available_from" else str(value)
            yield Problem(row.file, int(row.row), field, text, rule)


def _faults(row: Any, about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, rule) of what is wrong with a row of targets.csv."""
    if row.kind not in KINDS:
        yield "kind", f"expected one of {', '.join(KINDS)}"
        return
    kind, own = KINDS[row.kind], about[row.indicator]
    if (unit := kind.unit(own["unit"])) != row.unit:
        yield "unit", f"a {row.kind} of {row.indicator} is in {unit}"
    elif rule := kind.fault(row.bound, row.direction, own["min"], own["max"]):
        yield "bound", rule
    if row.proxy_indicator and about[row.proxy_indicator]["unit"] != own["unit"]:
        yield (
            "proxy_indicator",
            f"is in {about[row.proxy_indicator]['unit']}, {row.indicator} in {own['unit']}",
        )
    if kind.has_base != pd.notna(row.base_year):
        yield "base_year", "expected the year that the change counts from" if kind.has_base else "has none"
    elif kind.has_base and row.base_year >= row.year:
        yield "base_year", f"expected a year before {row.year:.0f}"
    if row.of == "mean" and not kind.of_means:
        yield "of", f"a {row.kind} is one of each place: expected each"
    if row.available_from.year > row.year:
        yield "available_from", f"after {row.year:.0f}, the year by whose end the target is to be reached"
    words = (str(getattr(row, name)) for name in row._fields if name.startswith("wording_"))
    if odd := far_ahead(row.year, row.available_from, *words):
        yield "year", odd


def _two_targets(targets: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for readings under one name that count other things in other units."""
    for _, rows in targets.groupby(["where", "target", "year"], sort=False):
        first, things = rows.iloc[0], rows["unit"].replace("pp", "pct")
        other = (rows["indicator"] != first["indicator"]) & (things != things.iloc[0])
        for row in rows[other].itertuples():
            rule = f"read as {row.indicator} in {row.unit} and, in row {first['row']:.0f}, as {first['indicator']} in {first['unit']}: are these two targets?"
            yield Problem(
                row.file,
                int(row.row),
                "target",
                row.target,
                rule,
                "readings of one target speak of one thing",
            )


_AS_THEY_STAND = (
    *("target", "reading", "indicator", "kind", "direction", "bound", "unit"),
    *("proxy_indicator", "source_id", "available_from"),
)


def required_change(target: Target, known: Facts) -> list[Required]:
    """Return what a target requires of each of its places, from the latest figure before its year.

    Parameters
    ----------
    target : Target
        The target.
    known : Facts
        What was known on a day.

    Returns
    -------
    list of Required
        One for each place.

    Notes
    -----
    - level, all_of: bound − latest figure;
    - change: the bound itself, from the figure of the year before when that is known;
    - change_since, per_year, relative: what is left of it from the latest figure, where that of the base year is known;
    - rank: from the latest figure to the one that would have the rank among the latest of the others;
    - count: the bound itself, a total that starts from nothing.

    Examples
    --------
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> to = [t for t in ps.load_targets(known) if t.reading == "to_2.5"][0]
    >>> [(r.baseline, r.baseline_year, round(r.change, 2), r.unit) for r in required_change(to, known)]
    [(19.57, 2019, -17.07, 'pp')]
    """
    evidence = evidence_of(known)
    try:
        figures = evidence.subjects(target)
    except NotAssessable:  # of places whose figures have no mean
        figures = (None,)
    asked = zip(target.subjects, figures, strict=True)
    return [target.rules.required(target, place, series, evidence) for place, series in asked]
