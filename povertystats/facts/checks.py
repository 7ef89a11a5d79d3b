"""What facts, places and targets may say: every contradiction between them, with file, row and field."""

from dataclasses import dataclass
from importlib import import_module

import pandas as pd

from povertystats.facts.places import Places
from povertystats.regression.estimators import ESTIMATORS
from povertystats.words.names import did_you_mean, plain

# The kinds of target, named here by their module: a room below cannot import one above.
KINDS = "povertystats.targets.kinds"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what was found, what was expected."""

    file: str
    row: int | None
    field: str
    found: str
    expected: str

    def __str__(self):
        row = f", row {self.row}" if self.row is not None else ""
        field = f", field {self.field}" if self.field else ""
        found = f": {self.found!r}" if self.found else ""
        return f"{self.file}{row}{field}{found}: {self.expected}"


def check_places(places):
    """Yield a Problem for every spelling that two places share: a fact could not say which one it means."""
    names = {}
    for row in places.itertuples():
        for spelling in (row.place, row.code, *filter(None, row.aliases.split(";"))):
            other = names.setdefault(plain(spelling), row.place)
            if other != row.place:
                yield Problem(row.file, row.row, "place", spelling, f"{other} is spelled so as well")


def check_indicators(indicators):
    """Yield a Problem for every indicator whose peers are unknown or not, like itself, in percent."""
    units = indicators.set_index("indicator")["unit"]
    for row in indicators.itertuples():
        for peer in filter(None, row.peers.split(";")):
            if peer not in units.index:
                near = did_you_mean(peer, {i: i for i in units.index})
                yield Problem(row.file, row.row, "peers", peer, f"not in indicators.csv{near}")
            elif row.unit != "pct" or units[peer] != "pct":
                yield Problem(row.file, row.row, "peers", peer, "peers and their indicator must be in pct")


def check_facts(tables, key):
    """Yield a Problem for every fact that contradicts the package's own places, indicators, standards, sources.

    Places are given their own spelling on the way, so that "bac kan" and "Bắc Kạn" are one place. A cell that
    is empty or could not be read has been told already and is passed over.
    """
    facts = tables["facts"]
    indicators = tables["indicators"].set_index("indicator")
    standards = tables["standards"].set_index("standard")
    names = Places(tables["places"]).names

    def where(wrong, field, expected):
        return _problems(facts, wrong & (facts[field] != ""), field, expected)

    place = facts["place"].map(plain).map(names)
    suggest = {p: did_you_mean(p, names) for p in facts.loc[place.isna(), "place"].unique()}
    yield from where(
        place.isna(), "place", lambda i: f"no such place in places.csv{suggest[facts.at[i, 'place']]}"
    )
    facts["place"] = place.fillna(facts["place"])

    known = facts["indicator"].isin(indicators.index)
    near = {i: i for i in indicators.index}
    yield from where(
        ~known, "indicator", lambda i: f"not in indicators.csv{did_you_mean(facts.at[i, 'indicator'], near)}"
    )
    of = indicators.reindex(facts["indicator"]).set_axis(facts.index)
    wrong = known & (facts["unit"] != of["unit"])
    yield from where(wrong, "unit", lambda i: f"{facts.at[i, 'indicator']} is in {of.at[i, 'unit']}")
    outside = known & ((facts["value"] < of["min"]) | (facts["value"] > of["max"]))
    yield from where(
        outside,
        "value",
        lambda i: f"{facts.at[i, 'indicator']} lies in {_range(of.at[i, 'min'], of.at[i, 'max'])}",
    )
    unsourced = ~facts["source_id"].isin(tables["sources"]["source_id"])
    yield from where(unsourced, "source_id", lambda i: "not in sources.csv")

    blank = facts["standard"] == ""
    needed = known & of["needs_standard"].eq(True) & blank
    yield from _problems(
        facts, needed, "standard", lambda i: f"{facts.at[i, 'indicator']} needs its poverty standard"
    )
    unknown = ~blank & ~facts["standard"].isin(standards.index)
    yield from where(unknown, "standard", lambda i: f"expected one of {', '.join(standards.index)}")
    ruled = standards.reindex(facts["standard"]).set_axis(facts.index)
    # Targets are often set under the old standard for a year of the next one.
    mixed = (facts["status"] != "target") & (
        (facts["year"] < ruled["first_year"]) | (facts["year"] > ruled["last_year"])
    )
    yield from where(
        mixed,
        "standard",
        lambda i: (
            f"rules {ruled.at[i, 'first_year']:.0f}-{ruled.at[i, 'last_year']:.0f}, the fact is of {facts.at[i, 'year']:.0f}"
        ),
    )
    ahead = ~facts["status"].isin(["plan", "target"]) & (facts["available_from"].dt.year < facts["year"])
    yield from where(
        ahead, "available_from", lambda i: f"before {facts.at[i, 'year']:.0f}, the year that it speaks of"
    )

    day = facts["period"] + facts["period"].str.len().map({4: "-01-01", 7: "-01"}).fillna("")
    dated = (facts["period"] == "") | pd.to_datetime(day, format="%Y-%m-%d", errors="coerce").notna()
    yield from where(~dated, "period", lambda i: "expected a year, year-month or year-month-day")
    other = dated & (facts["period"] != "") & (facts["period"].str[:4] != facts["year"].map("{:.0f}".format))
    yield from where(other, "period", lambda i: f"lies outside the fact's year, {facts.at[i, 'year']:.0f}")

    first = facts.groupby(key, sort=False, dropna=False)[["file", "row"]].transform("first")
    yield from where(
        facts.duplicated(key),
        "indicator",
        lambda i: f"the same fact as {first.at[i, 'file']}, row {first.at[i, 'row']}; a fact stands once",
    )


def check_targets(tables):
    """Yield a Problem for every target that speaks of an unknown place, indicator, source, or in a wrong unit."""
    targets = tables["targets"]
    names = Places(tables["places"]).names
    units = tables["indicators"].set_index("indicator")["unit"]

    def where(wrong, field, expected):
        return _problems(targets, wrong & (targets[field] != ""), field, expected)

    for field in ("where", "place"):
        lost = [any(plain(p) not in names for p in places.split(";")) for places in targets[field]]
        yield from where(
            pd.Series(lost, targets.index, dtype=bool), field, lambda i: "no such place in places.csv"
        )
    for field in ("indicator", "proxy_indicator"):
        yield from where(~targets[field].isin(units.index), field, lambda i: "not in indicators.csv")
    yield from where(
        ~targets["source_id"].isin(tables["sources"]["source_id"]),
        "source_id",
        lambda i: "not in sources.csv",
    )
    kinds = import_module(KINDS).KINDS
    yield from where(~targets["kind"].isin(kinds), "kind", lambda i: f"expected one of {', '.join(kinds)}")
    pairs = zip(targets["kind"], targets["indicator"].map(units), strict=True)
    expected = [
        kinds[kind].unit(unit) if kind in kinds and isinstance(unit, str) else None for kind, unit in pairs
    ]
    unit = pd.Series(expected, targets.index, dtype=object)
    wrong = unit.notna() & (unit != targets["unit"])
    yield from where(
        wrong, "unit", lambda i: f"a {targets.at[i, 'kind']} of {targets.at[i, 'indicator']} is in {unit[i]}"
    )


def check_drivers(tables):
    """Yield a Problem for every driver of an unknown indicator, a rate not in percent, or no driver to look at again."""
    drivers, units = tables["drivers"], tables["indicators"].set_index("indicator")["unit"]
    own = set(drivers.loc[drivers["second_look_of"] == "", "driver"])
    for row in drivers.itertuples():
        for field in ("indicator", "outcome", "benchmark"):
            name = getattr(row, field)
            if name and name not in units.index:
                near = did_you_mean(name, {i: i for i in units.index})
                yield Problem(row.file, row.row, field, name, f"not in indicators.csv{near}")
        if units.get(row.outcome, "pct") != "pct":
            yield Problem(row.file, row.row, "outcome", row.outcome, "expected an indicator in pct")
        unknown = [name for name in filter(None, row.estimators.split(";")) if name not in ESTIMATORS]
        if unknown:
            expected = f"expected of {', '.join(ESTIMATORS)}, separated by semicolons"
            yield Problem(row.file, row.row, "estimators", ";".join(unknown), expected)
        if row.term.startswith("log1p") and row.step == row.step:
            yield Problem(
                row.file,
                row.row,
                "step",
                f"{row.step:g}",
                "expected blank: ln(1 + x) has no steps to move by",
            )
        if row.second_look_of and row.second_look_of not in own:
            expected = f"expected one of {', '.join(sorted(own))}"
            yield Problem(row.file, row.row, "second_look_of", row.second_look_of, expected)
        if row.first_year > row.last_year:
            yield Problem(row.file, row.row, "first_year", f"{row.first_year:.0f}", "after last_year")


def _problems(table, wrong, field, expected):
    for i, found in table.loc[wrong, field].items():
        yield Problem(table.at[i, "file"], int(table.at[i, "row"]), field, str(found), expected(i))


def _range(low, high):
    if pd.isna(high):
        return f"{low:g} and above"
    return f"{low:g} to {high:g}"
