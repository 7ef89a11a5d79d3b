"""A review as a data package: what a register tells, as facts with their source that anyone may read."""

import json
import os
import secrets
import shutil
from pathlib import Path

import pandas as pd

from povertystats.downloads import csv
from povertystats.facts import TRUST, load_facts, read_day
from povertystats.households import PLACES
from povertystats.places import plain
from povertystats.terms import refuse


def write_package(review, folder, *, source, available_from, title=None, status="official"):
    """Write what a review publishes as a data package, which ``load_facts`` reads.

    ``source``: an identifier of the register, such as "hagiang-review"; ``title`` what it is called; ``available_from``: the
    day from which the figures could be known, one for all or {year: day}; ``status``: "official", "preliminary", …. Only indicators of ``data/indicators.csv`` are
    written, only cells that are not hidden, with ``illustrative`` as the register says. The folder appears when it is whole.

    Raises ValueError, all problems at once, for a review that hides nothing, days that are missing or earlier than the year
    they speak of, a folder that is there already; DataError where the facts contradict each other.
    """
    folder, years = Path(folder), sorted(review.table["year"].unique())
    days = available_from if isinstance(available_from, dict) else dict.fromkeys(years, available_from)
    problems = (
        [] if review.minimum else ["the review hides no small cells (minimum=0); expected a protected one"]
    )
    problems += [f"{folder} is there already; expected a new folder"] if folder.exists() else []
    problems += [f"available_from has no day for {year}" for year in years if year not in days]
    for year in filter(days.__contains__, years):
        try:
            early = read_day(days[year]).year < year
            problems += (
                [f"available_from: {days[year]} is before {year}, the year that it speaks of"]
                if early
                else []
            )
        except ValueError as error:
            problems.append(f"available_from: {error}")
    if status not in TRUST:
        problems.append(f"status: {status!r}; expected one of {', '.join(TRUST)}")
    refuse("cannot write the package", problems)
    rows = review.table[review.table["level"].isin(PLACES)]
    rows = rows.assign(place=_names(rows), available_from=rows["year"].map(days))
    files = {"facts.csv": _facts(rows, review, source, status), "places.csv": _places(rows)}
    files["sources.csv"] = pd.DataFrame({"source_id": [source], "title": [title or source]})
    about = {
        "name": plain(source).replace(" ", "-"),
        "illustrative": review.illustrative,
        "resources": [{"name": name.removesuffix(".csv"), "path": name} for name in files],
    }
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir()
    try:
        for name, table in files.items():
            (part / name).write_bytes(csv(table))
        (part / "datapackage.json").write_text(
            json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        load_facts(part)
        os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _names(rows):
    """Return names that no two places share: one that is spelled like a place of another level stands with those above it."""
    paths = rows[list(PLACES)].apply(lambda path: ", ".join(filter(None, path.iloc[::-1])), axis=1)
    spelled = pd.DataFrame({"name": rows["place"].map(plain), "path": paths}).drop_duplicates()
    return rows["place"].mask(
        rows["place"].map(plain).isin(spelled["name"][spelled["name"].duplicated()]), paths
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


def _places(rows):
    """Return the places that ours do not hold, each with the one it lies in."""
    ours = load_facts().places.names
    names = rows.drop_duplicates("place").set_index([*PLACES])["place"]
    made = []
    for path, place in names.items():
        *above, _ = filter(None, path)
        parent = names[(*above, *[""] * (len(PLACES) - len(above)))] if above else "Cả nước"
        made.append(
            {
                "code": " / ".join(filter(None, path)),
                "place": place,
                "kind": PLACES[len(above)],
                "parent": parent,
            }
        )
    places = pd.DataFrame(made)
    return places[~places["place"].map(plain).isin(ours)]
