"""A data package beside ours, or alone: which it is, what stands in for tables that it lacks, what it tells anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from povertystats.files.identity import OURS
from povertystats.files.problems import Problem
from povertystats.files.units import unit_of
from povertystats.tables.resource import TEXT, named
from povertystats.words.designations import designated
from povertystats.words.names import agree, plain, spelled

SETTLE = f'say "extends": "{OURS}" where ours are to come along, "extends": false where nothing of ours is'
_SHOWN = 3


def stands_alone(
    package: Mapping[str, Any], file: str, own: Sequence[pd.DataFrame], ours: pd.DataFrame
) -> tuple[bool, list[Problem]]:
    """Return whether a package stands alone, and a warning where its descriptor does not say so.

    ``own``: its tables of places. Without places it extends ours; so does one whose places name ours: by
    name and kind, or as what they lie in.
    """
    if "extends" in package:
        return package["extends"] is False, []
    if not own:
        alone, why = False, "it brings no places of its own"
    elif common := _common(pd.concat(own), ours):
        alone, why = False, f"{common} is one of our places"
    else:
        alone, why = True, "none of its places is one of ours"
    rule = f"not said; taken for a package that {'stands alone' if alone else 'extends ours'}, for {why}"
    return alone, [Problem(file, None, "extends", "", rule, SETTLE)]


def _common(own: pd.DataFrame, ours: pd.DataFrame) -> str:
    """Return a place of a package that is one of ours, or lies in one; "" where there is none."""
    known: dict[str, list[tuple[str, str]]] = {}
    for row in ours.itertuples():
        for text in (row.name, *filter(None, str(row.aliases).split(";"))):
            for spelling in {spelled(text), designated(text)[0]}:
                known.setdefault(plain(spelling), []).append((spelling, row.kind))
    mine = {plain(name) for name in own["place"]}
    asked = [(row.place, row.kind) for row in own.itertuples()]
    asked += [(name, "") for name in own["parent"].unique() if name and plain(name) not in mine]
    for name, kind in asked:
        for spelling in (spelled(name), designated(name)[0]):
            found = known.get(plain(spelling), [])
            if any(agree(spelling, one) and kind in ("", of) for one, of in found):
                return str(name)
    return ""


def asked_about(tables: Mapping[str, Sequence[pd.DataFrame]]) -> str:
    """Return the place that a package itself speaks of first: the one that sets its first target, else of its first figure."""
    named = [one["where"] for one in tables["targets"]] or [one["place"] for one in tables["facts"]]
    return next((str(column.iloc[0]) for column in named if len(column)), "")


def blank(fields: Mapping[str, dict]) -> pd.DataFrame:
    """Return a table of these fields without a row.

    >>> blank({"place": {"type": "string"}, "year": {"type": "year"}}).dtypes.astype(str).tolist()[1:3]
    ['float64', 'object']
    """
    kinds = {"string": TEXT, "boolean": bool, "date": "datetime64[ns]"}
    made = {name: pd.Series([], dtype=kinds.get(about["type"], "float64")) for name, about in fields.items()}
    return pd.DataFrame(made).assign(file=pd.Series([], dtype=object), row=pd.Series([], dtype="int64"))


def stand_ins(
    tables: dict[str, list[pd.DataFrame]], described: Collection[str], fields: Mapping[str, dict], file: str
) -> list[Problem]:
    """Describe the indicators and sources of a package that brings no such file by what it names; warn of that."""
    warnings = []
    for role in {"indicators", "sources"} - {*described}:
        naming = [*tables["facts"], *(tables["targets"] if role == "sources" else [])]
        tables[role] = [described_by_facts(role, pd.concat(naming), fields[role])]
        rule, hint = "no such file; they are described by what the facts name", f"write {role}.csv"
        warnings.append(Problem(file, None, "resources", role, rule, hint))
    return sorted(warnings, key=lambda problem: problem.value)


def described_by_facts(role: str, facts: pd.DataFrame, fields: Mapping[str, dict]) -> pd.DataFrame:
    """Return the indicators, or sources, that facts name: an indicator by its unit and its name, rates from 0 to 100."""
    column = {"indicators": "indicator", "sources": "source_id"}[role]
    rows = []
    for name, of in facts[facts[column] != ""].groupby(column, sort=False):
        row = {column: name, "title": name}
        if role == "indicators":
            unit = unit_of(of["unit"].mode().iloc[0]) or "number"
            unit = "pct" if unit == "share" else unit
            words = str(name).removesuffix(f"_{unit}").replace("_", " ")
            row |= {"unit": unit, **{f"title_{lang}": words[:1].upper() + words[1:] for lang in ("vi", "en")}}
            row |= {f"short_{lang}": words for lang in ("vi", "en")}
            row |= {"min": 0.0, "max": 100.0} if unit == "pct" else {}
        rows.append({**row, "file": of["file"].iloc[0], "row": of["row"].iloc[0]})
    made = pd.DataFrame(rows, columns=[*fields, "file", "row"])
    for name, kind in blank(fields).dtypes.items():
        values = made[name].astype(object)
        values = values.where(values.notna(), "") if kind == TEXT else values
        made[name] = values.eq(True) if pd.api.types.is_bool_dtype(kind) else values.astype(kind)
    return made


def told_anew(
    key: Sequence[str], ours: pd.DataFrame, own: pd.DataFrame, used: Collection[str] = ()
) -> Iterator[tuple[Problem, bool]]:
    """Yield a warning for every row of a package that stands in place of one of ours and says another thing; whether it is an error.

    ``used``: our indicators with figures, whose unit cannot be another one.
    """
    names, theirs = named(ours, key), named(own, key)
    met = names.isin(theirs)
    before = dict(zip(names[met], ours[met].to_dict("records"), strict=True))
    columns = [name for name in own if name in ours and name not in (*key, "file", "row")]
    for name, row in zip(theirs, own.to_dict("records"), strict=True):
        one = before.get(name, {})
        other = [column for column in columns if one and not _same(one[column], row[column])]
        if "unit" in other and row.get("indicator") in used:
            rule, hint = f"our figures of it are in {one['unit']}", "give your own indicator another name"
            yield Problem(row["file"], int(row["row"]), "unit", row["unit"], rule, hint), True
        elif other:
            rule = f"stands in place of ours, which has another {', '.join(other)}"
            said = ", ".join(f"{row[one]:g}" if isinstance(row[one], float) else str(row[one]) for one in key)
            yield Problem(row["file"], int(row["row"]), key[-1], said, rule), False


def _same(one: Any, other: Any) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))


def facts_together(
    ours: pd.DataFrame, own: pd.DataFrame, key: Sequence[str], group: Sequence[str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return our facts and those of a package, whose row stands for ours with the same key; warnings where figures disagree.

    ``group``: of these columns one figure is taken, its own first.
    """
    ours = ours.assign(own=False).reset_index(drop=True)
    if own.empty:
        return ours, []
    # Most of ours are of other indicators.
    near = ours[ours["indicator"].isin(own["indicator"].unique())]
    same = near.merge(own[list(group)].drop_duplicates(), on=list(group), how="inner")
    if same.empty:
        return pd.concat([ours, own], ignore_index=True), []
    index = pd.MultiIndex.from_frame
    kept = ours.drop(near.index[index(near[list(key)]).isin(index(own[list(key)]))])
    beside = own.merge(same[[*group, "value"]], on=list(group), suffixes=("", "_ours"))
    # A figure that repeats one of ours is no other.
    again = (
        (beside["value"] == beside["value_ours"]).groupby([beside[name] for name in group]).transform("any")
    )
    other = beside[~again & ~beside["illustrative"]].drop_duplicates(list(group))
    warnings = []
    if len(other):
        shown = [
            f"{r.place}, {r.indicator}, {r.year:.0f}: {r.value:.10g}, ours {r.value_ours:.10g}"
            for r in other.head(_SHOWN).itertuples()
        ]
        rule = f"{len(other)} figure(s) other than ours ({'; '.join(shown)}); its own are taken"
        hint = "Facts.conflicts() shows both, which is taken and by which rule"
        warnings = [Problem(str(other["file"].iloc[0]), None, "value", "", rule, hint)]
    return pd.concat([kept, own], ignore_index=True), warnings
