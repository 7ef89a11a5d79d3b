"""A review as a data package: what a register tells, as facts with their source that anyone may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from povertystats.facts.package import load_facts
from povertystats.facts.panels import TRUST
from povertystats.files.days import read_day
from povertystats.files.writing import csv, written_whole
from povertystats.register.columns import PLACES
from povertystats.register.review import Review
from povertystats.words.errors import refuse
from povertystats.words.names import plain

Day: TypeAlias = str | date
# What provinces of ours lie in.
_COUNTRY = "Cả nước"


def write_package(
    review: Review,
    folder: str | Path,
    *,
    source: str,
    available_from: Day | Mapping[int, Day],
    title: str | None = None,
    status: str = "official",
) -> None:
    """Write what a review publishes as a data package, which ``load_facts`` reads.

    Parameters
    ----------
    review : Review
        A protected one (``minimum`` of 2 or more).
    folder : str or Path
        A folder that is not there yet; it appears when it is whole.
    source : str
        An identifier of the register, such as "hagiang-review".
    available_from : str, date or dict
        The day from which the figures could be known, one for all or {year: day}.
    title : str, optional
        What the source is called; ``source`` when left out.
    status : str, default "official"
        "official", "derived", "preliminary", "estimate" or "plan".

    Raises
    ------
    ValueError
        All problems at once: a review that hides nothing, days that are missing or earlier than the year they speak of,
        an unknown status, a folder that is there already. A DataError where the facts contradict each other.
    OSError
        The folder cannot be written.

    Notes
    -----
    The row of a standard of your own stands in its standards.csv. Only indicators of ``data/indicators.csv`` are written, only cells that are not hidden, with ``illustrative`` as the
    register says. A place that is spelled like another one, of the register or of ``data/places.csv``, is named with
    those it lies in ("Hòa Bình, Chợ Mới, Bắc Kạn"). A register without a place of ours makes a package that stands alone.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> homes = pd.DataFrame({"household": map(str, range(50)), "year": 2019, "province": "Hà Giang", "district": "D"})
    >>> homes = homes.assign(commune="C", urban=False, income_vnd_k=[650.0, 1500.0] * 25)
    >>> register = ps.open_register(homes.assign(**dict.fromkeys(ps.national_standard().columns, False)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ps.write_package(ps.review(register), f"{folder}/mine", source="mine", available_from="2020-01-31")
    ...     float(ps.load_facts(f"{folder}/mine").series("poor_household_pct", place="C").latest.value)
    50.0
    """
    folder, years = Path(folder), sorted(review.table["year"].unique().tolist())
    given = available_from if isinstance(available_from, Mapping) else dict.fromkeys(years, available_from)
    days, problems = {}, []
    if not review.minimum:
        problems.append("the review hides no small cells (minimum=0); expected a protected one")
    if folder.exists():
        problems.append(f"{folder} is there already; expected a new folder")
    for year in years:
        try:
            days[year] = read_day(given[year])
            if days[year].year < year:
                problems.append(f"available_from: {days[year]} is before {year}, the year that it speaks of")
        except KeyError:
            problems.append(f"available_from has no day for {year}")
        except ValueError as error:
            problems.append(f"available_from: {error}")
    if status not in TRUST:
        problems.append(f"status: {status!r}; expected one of {', '.join(TRUST)}")
    refuse("cannot write the package", problems)
    places = _places(review.table)
    rows = review.table[review.table["level"].isin(PLACES)].drop(columns="place")
    rows = rows.merge(places[[*PLACES, "place"]], on=list(PLACES))
    rows["available_from"] = rows["year"].map(days)
    files = {"facts.csv": _facts(rows, review, source, status)}
    alone = not places["ours"].any()
    outside = (
        places.assign(parent=places["parent"].replace(_COUNTRY, "")) if alone else places[~places["ours"]]
    )
    files["places.csv"] = outside[["code", "place", "kind", "parent"]]
    if alone:
        files["indicators.csv"] = _indicators(files["facts.csv"]["indicator"])
    files["sources.csv"] = pd.DataFrame({"source_id": [source], "title": [title or source]})
    if own := _standard(review.standard, alone=alone):
        files["standards.csv"] = pd.DataFrame([own])
    about = {
        "name": plain(source).replace(" ", "-"),
        "extends": False if alone else "povertystats",
        "illustrative": review.illustrative,
        # Figures of a few households raise questions of scale that are settled here.
        "decimal": ".",
        "units": files["facts.csv"].groupby("indicator", sort=False)["unit"].first().to_dict(),
        "resources": [{"name": name.removesuffix(".csv"), "path": name} for name in files],
    }
    with written_whole(folder, folder=True) as part:
        for name, table in files.items():
            (part / name).write_bytes(csv(table))
        (part / "datapackage.json").write_text(
            json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        load_facts(part)


def _indicators(used):
    """Return the rows of our indicators that a review of another country is told by; which ones teach is not said."""
    rows = load_facts().indicators
    rows = rows[rows["indicator"].isin(used)].drop(columns=["file", "row"])
    known = {"", *rows["indicator"]}
    counts = rows["counts"].map(lambda of: of if known.issuperset(of.split(" / ")) else "")
    return rows.assign(peers="", derived_from="", counts=counts, change_of="")


def _standard(standard, *, alone=False):
    """Return the row of a standard that is not ours, None for one of ours beside ours."""
    row = {
        "standard": standard.name,
        "first_year": standard.first_year,
        "last_year": standard.last_year,
        "title_vi": standard.title["vi"],
        "title_en": standard.title["en"],
        "decision": standard.decision,
        "checked": bool(standard.table["checked"].all()),
    }
    ours = load_facts().standards
    same = ours[ours["standard"] == standard.name]
    known = ["first_year", "last_year", "title_en", "decision"]
    return (
        None
        if not alone and any(all(one[key] == row[key] for key in known) for one in same.to_dict("records"))
        else row
    )


def _facts(rows, review, source, status):
    """Return one row a figure that is not hidden, for the indicators that are known."""
    indicators = load_facts().indicators.set_index("indicator")
    known = [column for column in rows if column in indicators.index]
    keys = ["place", "year", "available_from"]
    facts = rows.melt(keys, known, "indicator", "value").dropna(subset="value")
    needs = facts["indicator"].map(indicators["needs_standard"]).eq(True)
    facts = facts.assign(
        value=facts["value"].astype(float),
        unit=facts["indicator"].map(indicators["unit"]),
        status=status,
        standard=needs.map({True: review.standard.name, False: ""}),
        source_id=source,
        illustrative=review.illustrative,
    )
    order = ["place", "indicator", "year", "value", "unit", "status", "standard", "source_id"]
    return facts[[*order, "available_from", "illustrative"]].sort_values(order[:3], ignore_index=True)


def _places(table):
    """Return the places of a review, whether they are ours, by names that no two share, each with the one it lies in."""
    ours = load_facts().places
    kinds = ours.table.set_index("place")[["kind", "parent"]]
    rows = table.loc[table["level"].isin(PLACES), ["level", *PLACES, "place"]].drop_duplicates()
    rows = rows.rename(columns={"level": "kind"})
    spelled = rows["place"].map(plain)
    own = spelled.map(ours.names)
    same = own.map(kinds["kind"]).eq(rows["kind"])
    same &= own.map(kinds["parent"]).map(plain).eq(rows["province"].map(plain)) | rows["kind"].eq("province")
    paths = rows[list(PLACES)].apply(lambda path: ", ".join(filter(None, path.iloc[::-1])), axis=1)
    taken = own.notna() | spelled.duplicated(keep=False)
    rows = rows.assign(ours=same, place=rows["place"].mask(taken & ~same, paths))
    rows["code"] = rows[list(PLACES)].apply(lambda path: " / ".join(filter(None, path)), axis=1)
    names = rows.set_index(list(PLACES))["place"]
    above = [tuple(path[: sum(map(bool, path)) - 1]) for path in names.index]
    parents = [names[(*path, *[""] * (len(PLACES) - len(path)))] if path else _COUNTRY for path in above]
    return rows.assign(parent=parents)
