"""What a data package may say: every contradiction between its tables, with file, row and field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from povertystats.facts.places import NO_PLACE, Places
from povertystats.files.doubts import parts_of_counts
from povertystats.files.identity import Identity, every
from povertystats.files.problems import Problem
from povertystats.files.units import convert, counts_things, factor, unit_of
from povertystats.words.errors import InvalidValue
from povertystats.words.gazetteer import SEVERAL
from povertystats.words.names import did_you_mean, plain

# What to do about a name that is nobody's.
NEW = "describe it in {}.csv"


def check_indicators(indicators: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for every indicator with unknown parts, or peers that are not, like itself, in percent."""
    units = dict(zip(indicators["indicator"], indicators["unit"], strict=True))
    for row in indicators.itertuples():
        for peer in filter(None, row.peers.split(";")):
            if peer not in units:
                yield Problem(row.file, row.row, "peers", peer, *_no_indicator(peer, units))
            elif row.unit != "pct" or units[peer] != "pct":
                yield Problem(row.file, row.row, "peers", peer, "peers and their indicator must be in pct")
        for field in ("derived_from", "counts", "change_of"):
            for part in sorted({*getattr(row, field).split(" / ")} - {""} - units.keys()):
                yield Problem(row.file, row.row, field, part, *_no_indicator(part, units))
        rate, parts = row.unit in ("pct", "permille"), row.derived_from.split(" / ")
        of = {units.get(part, "") for part in parts}
        if row.counts and not rate:
            yield Problem(
                row.file, row.row, "counts", row.counts, f"expected of a rate in per cent, not in {row.unit}"
            )
        if rate and len(parts) == 2 and "" not in of and (len(of) == 1 or all(map(counts_things, of))):
            rule = "a quotient of two counts is not yet in per cent: say them under counts"
            yield Problem(row.file, row.row, "derived_from", row.derived_from, rule)
        if row.min > row.max:
            yield Problem(row.file, row.row, "min", f"{row.min:g}", "larger than max")


def check_facts(tables: Mapping[str, pd.DataFrame], key: Sequence[str]) -> Iterator[Problem]:
    """Yield a Problem for every fact that contradicts the package's own places, indicators, standards, sources.

    Places are given their own spelling on the way, so that "bac kan" and "Bắc Kạn" are one place. A cell that
    is empty or could not be read is a problem already and is passed over.
    """
    facts = tables["facts"]
    indicators = tables["indicators"].set_index("indicator")
    standards = tables["standards"].set_index("standard")
    known = facts["indicator"].isin(indicators.index)
    place, meant = _found(facts, Places(tables["places"], tables["territory"]))
    spans = [_range(*ends) for ends in indicators[["min", "max"]].itertuples(index=False)]
    of = indicators.assign(span=spans)[["unit", "min", "max", "span", "needs_standard"]]
    # What an expectation may speak of, beside the fact itself.
    wide = facts.join(of.add_prefix("own_"), on="indicator")
    wide = wide.join(standards[["first_year", "last_year"]], on="standard")
    wide["near"] = meant
    lost, own = facts.loc[~known, "indicator"].unique(), {name: name for name in indicators.index}
    wide["lost"] = facts["indicator"].map({name: _near(name, own) for name in lost})
    same = facts.groupby(list(key), sort=False, dropna=False)[["file", "row"]].transform("first")
    wide[["first_file", "first_row"]] = same

    year, value, period, blank = wide["year"], wide["value"], wide["period"], wide["standard"] == ""
    no_standard = known & wide["own_needs_standard"].eq(True) & blank
    # Targets are often set under the old standard for a year of the next one.
    mixed = (wide["status"] != "target") & ((year < wide["first_year"]) | (year > wide["last_year"]))
    ahead = ~wide["status"].isin(["plan", "target"]) & (wide["available_from"].dt.year < year)
    day = period + period.str.len().map({4: "-01-01", 7: "-01"}).fillna("")
    dated = (period == "") | pd.to_datetime(day, format="%Y-%m-%d", errors="coerce").notna()
    other_year = dated & (period != "") & (period.str[:4] != year.map("{:.0f}".format))
    outside = known & ((value < wide["own_min"]) | (value > wide["own_max"]))
    # A hundredth that would fit has lost its decimal point; another unit that is known may have been meant.
    fits = (value / 100).between(wide["own_min"], wide["own_max"]) & (value > wide["own_max"])
    wide["lost_point"] = fits.map({True: "is the decimal point lost?", False: ""})
    pairs = wide.loc[known & (wide["unit"] != wide["own_unit"]), ["indicator", "unit", "own_unit"]]
    meant = {pair: _meant(*pair) for pair in set(pairs.itertuples(index=False, name=None))}
    wide["meant"] = pairs.apply(tuple, axis=1).map(meant) if len(pairs) else ""
    counted = known & wide["own_unit"].map({unit: counts_things(unit) for unit in indicators["unit"]}).eq(
        True
    )
    broken = [(mask, *said) for mask, *said in parts_of_counts(value.where(counted))]
    unsourced = ~wide["source_id"].isin(tables["sources"]["source_id"])
    unknown = ~blank & ~wide["standard"].isin(standards.index)
    for wrong, field, *said in (
        (place == "", "place", NO_PLACE, "{near}"),
        (place.isna(), "place", SEVERAL, "{near}"),
        (~known, "indicator", "not in indicators.csv", "{lost}"),
        (known & (wide["unit"] != wide["own_unit"]), "unit", "{indicator} is in {own_unit}", "{meant}"),
        (outside, "value", "{indicator} lies in {own_span}", "{lost_point}"),
        *((mask, "value", *said) for mask, *said in broken),
        (unsourced, "source_id", "not in sources.csv", NEW.format("sources")),
        (unknown, "standard", f"expected one of {', '.join(standards.index)}" if len(standards) else "not in standards.csv", NEW.format("standards")),
        (mixed, "standard", "rules {first_year:.0f}-{last_year:.0f}, the fact is of {year:.0f}"),
        (ahead, "available_from", "before {year:.0f}, the year that it speaks of"),
        (~dated, "period", "expected a year, year-month or year-month-day"),
        (other_year, "period", "lies outside the fact's year, {year:.0f}"),
        (facts.duplicated(key), "indicator", "the same fact as {first_file}, row {first_row}; a fact stands once"),
    ):  # fmt: skip
        yield from _problems(wide, wrong & (wide[field] != ""), field, *said)
    yield from _problems(wide, no_standard, "standard", "{indicator} needs its poverty standard")
    facts["place"] = place.where(place.fillna("") != "", facts["place"])


def _found(facts: pd.DataFrame, places: Places) -> tuple[pd.Series, pd.Series]:
    """Return the label of each fact's place ("": there is none; missing: there are several), and what it may mean."""
    within = facts["parent"] if "parent" in facts else pd.Series("", index=facts.index)
    known, labels = places.gazetteer, places.table["place"].to_numpy(object)
    found, near = pd.Series("", facts.index, dtype=object), pd.Series("", facts.index, dtype=object)
    for parent in within.unique():
        rows = within == parent
        named = {name: known.matching(name, parent or None) for name in facts.loc[rows, "place"].unique()}
        meant = {name: known.suggestion(name, parent or None) for name, at in named.items() if len(at) != 1}
        label = {name: labels[at[0]] if len(at) == 1 else None if at else "" for name, at in named.items()}
        found[rows] = facts.loc[rows, "place"].map(label).to_numpy(object)
        near[rows] = facts.loc[rows, "place"].map(meant).fillna("").to_numpy(object) if meant else ""
    return found, near


def check_targets(tables: Mapping[str, pd.DataFrame], identity: Identity) -> Iterator[Problem]:
    """Yield a Problem for every target that speaks of an unknown place, indicator or source.

    What a kind of target may say is asked by ``povertystats.targets.targets.load_targets``.
    """
    targets, indicators = tables["targets"], tables["indicators"]["indicator"]
    known = Places(tables["places"], tables["territory"]).gazetteer
    for row in targets.itertuples():
        for field in ("where", "place"):
            names = getattr(row, field).split(";")
            if field == "where" and len(names) > 1:
                rule = "one place sets a target; those that are to reach it stand under place"
                yield Problem(row.file, row.row, field, row.where, rule)
            seen = set[int]()
            for name in filter(None, names):
                if field == "place" and (meant := every(name, identity)):
                    if meant[1] and meant[1] not in {*indicators}:
                        yield Problem(row.file, row.row, field, name, *_no_indicator(meant[1], indicators))
                    continue
                if len(at := known.matching(name)) != 1:
                    rule = SEVERAL if at else NO_PLACE
                    yield Problem(row.file, row.row, field, name, rule, known.suggestion(name))
                elif at[0] in seen:
                    yield Problem(row.file, row.row, field, name, "this place stands there twice")
                seen.update(at if len(at) == 1 else ())
        for field in ("indicator", "proxy_indicator"):
            if (name := getattr(row, field)) and name not in {*indicators}:
                yield Problem(row.file, row.row, field, name, *_no_indicator(name, indicators))
        for field in ("source_id", "evidence_sources"):
            for name in {*getattr(row, field).split(";")} - {"", *tables["sources"]["source_id"]}:
                yield Problem(row.file, row.row, field, name, "not in sources.csv", NEW.format("sources"))


def doubtful_bounds(targets: pd.DataFrame, facts: pd.DataFrame) -> Iterator[Problem]:
    """Yield a warning for every bound in per cent that its indicator's figures make look like a share.

    It is below 1 (a change: below 0.1) and less than a twentieth of the lowest figure; it stays as it stands, for a share of
    poor households may be meant to fall so far.
    """
    lowest = facts.groupby("indicator")["value"].min()
    for row in targets.itertuples():
        least, size = lowest.get(row.indicator, 0), abs(row.bound)
        moves = row.kind in ("change", "change_since", "per_year", "relative")
        if moves and (row.bound > 0) == (row.direction == "at_most") and row.bound:
            told, sign = ("rise", "fall") if row.bound > 0 else ("fall", "rise")
            rule, hint = f"allows a {told}", f"write {-row.bound:g} if a {sign} of so much was meant"
            yield Problem(row.file, row.row, "bound", f"{row.bound:g}", rule, hint)
        of_change = row.unit == "pp" and moves
        top = 1 if (row.kind, row.unit) == ("level", "pct") else 0.1 if of_change else 0
        if 0 < size < top and size * 20 < least:
            rule = (
                f"is taken as {row.bound:g} {row.unit}, while no figure of {row.indicator} is below {least:g}"
            )
            hint = f"write {row.bound * 100:g} if a share was meant"
            yield Problem(row.file, row.row, "bound", f"{row.bound:g}", rule, hint)


def check_drivers(tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield a Problem for every driver of an unknown indicator, a rate not in percent, or no driver to look at again."""
    drivers, units = tables["drivers"], tables["indicators"].set_index("indicator")["unit"]
    own = set(drivers.loc[drivers["second_look_of"] == "", "driver"])
    for row in drivers.itertuples():
        found: list[tuple[str, ...]] = []
        for field in ("indicator", "outcome", "benchmark"):
            name = getattr(row, field)
            if name and name not in units.index:
                found.append((field, name, *_no_indicator(name, units.index)))
        if units.get(row.outcome, "pct") != "pct":
            found.append(("outcome", row.outcome, "expected an indicator in pct"))
        if row.term.startswith("log1p") and row.step == row.step:
            found.append(("step", f"{row.step:g}", "expected blank: ln(1 + x) has no steps to move by"))
        if row.second_look_of and row.second_look_of not in own:
            found.append(("second_look_of", row.second_look_of, f"expected one of {', '.join(sorted(own))}"))
        if row.first_year > row.last_year:
            found.append(("first_year", f"{row.first_year:.0f}", "after last_year"))
        yield from (Problem(row.file, row.row, *problem) for problem in found)


def check_levers(tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield a Problem for every lever of an unknown indicator, and every standard whose years run backwards."""
    known = tables["indicators"]["indicator"]
    for row in tables["levers"].itertuples():
        if row.indicator and row.indicator not in set(known):
            yield Problem(row.file, row.row, "indicator", row.indicator, *_no_indicator(row.indicator, known))
    for row in tables["standards"].itertuples():
        if row.first_year > row.last_year:
            yield Problem(row.file, row.row, "first_year", f"{row.first_year:.0f}", "after last_year")


def check_tiles(tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Yield a Problem for every tile of an unknown place or between two cells, and every second tile of a place.

    Tiles take the labels of their places.
    """
    tiles, known = tables["tiles"], Places(tables["places"], tables["territory"]).gazetteer
    found = {name: known.matching(name) for name in tiles["place"].unique()}
    labels = {name: tables["places"]["place"].iloc[at[0]] for name, at in found.items() if len(at) == 1}
    for row in tiles[~tiles["place"].isin(labels)].itertuples():
        yield Problem(row.file, row.row, "place", row.place, NO_PLACE, known.suggestion(row.place))
    for side in ("tile_row", "tile_column"):
        for row in tiles[tiles[side] % 1 > 0].to_dict("records"):
            yield Problem(row["file"], row["row"], side, f"{row[side]:g}", "expected a whole number")
    tables["tiles"]["place"] = tiles["place"].map(lambda name: labels.get(name, name))
    own = tables["tiles"][tiles.filter(like="part_").eq("").all(axis=1)]
    for row in own[own["place"].duplicated()].itertuples():
        yield Problem(row.file, row.row, "place", row.place, "has a tile already")


def in_own_units(
    facts: pd.DataFrame, indicators: pd.DataFrame, units: Mapping[str, str], descriptor: str
) -> list[Problem]:
    """Bring facts into the units of their indicators where ``units`` says how they are written, and mark those rows.

    Returns what cannot be done; the column ``settled`` marks rows whose scale is no question any more.
    """
    problems, own = [], dict(zip(indicators["indicator"], indicators["unit"], strict=True))
    spelled = {plain(name): name for name in own}
    facts["settled"] = False
    words = {unit: unit_of(unit) for unit in facts["unit"].unique()}
    facts["unit"] = facts["unit"].map(words).astype(facts["unit"].dtype)
    of = facts["indicator"].map({name: plain(name) for name in facts["indicator"].unique()})
    for name, unit in units.items():
        if plain(name) not in spelled:
            said = _no_indicator(name, own)
            problems.append(Problem(descriptor, None, "units", name, *said))
            continue
        rows, wanted = of == plain(name), own[spelled[plain(name)]]
        try:
            facts.loc[rows, "value"] = convert(facts.loc[rows, "value"], unit, wanted)
        except InvalidValue as error:
            problems.append(Problem(descriptor, None, "units", name, str(error)))
            continue
        facts.loc[rows & (facts["unit"] == unit_of(unit)), "unit"] = wanted
        facts.loc[rows, "settled"] = True
    return problems


def check_estimators(drivers: pd.DataFrame) -> Iterator[Problem]:
    """Yield a Problem for every driver with an estimator that there is not."""
    # What estimates takes long to import, and our own package was checked when its hashes were written.
    from povertystats.estimators.estimators import ESTIMATORS

    expected = f"expected of {', '.join(ESTIMATORS)}, separated by semicolons"
    for row in drivers.itertuples():
        unknown = [name for name in filter(None, row.estimators.split(";")) if name not in ESTIMATORS]
        if unknown:
            yield Problem(row.file, row.row, "estimators", ";".join(unknown), expected)


def _problems(
    table: pd.DataFrame, wrong: pd.Series, field: str, rule: str, suggestion: str = ""
) -> Iterator[Problem]:
    for row in table[wrong].to_dict("records") if wrong.any() else ():
        said = rule.format_map(row), suggestion.format_map(row)
        yield Problem(row["file"], int(row["row"]), field, str(row[field]), *said)


def _near(name: str, known: Mapping[str, str]) -> str:
    return did_you_mean(name, known).removeprefix("; ") or NEW.format("indicators")


def _meant(indicator: str, unit: str, own: str) -> str:
    """Return how to say that figures are written in another unit that is known."""
    try:
        factor(unit, own)
    except InvalidValue:
        return ""
    return f'say units={{"{indicator}": "{unit}"}} if they are written so'


def _no_indicator(name: str, known: Iterable[str]) -> tuple[str, str]:
    return "not in indicators.csv", _near(name, {one: one for one in known})


def _range(low: float, high: float) -> str:
    return f"{low:g} and above" if pd.isna(high) else f"{low:g} to {high:g}"
