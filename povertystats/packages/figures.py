"""The figures of somebody's table, one a row, and the places that they are of: the country and totals told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from povertystats.files.days import read_years
from povertystats.files.problems import DataError, Problem
from povertystats.packages.columns import ASKED_FISCAL, Columns
from povertystats.packages.headers import (
    ORDER,
    PlaceKind,
    country_called,
    dated,
    fiscal,
    kind_of,
    total,
    whole_country,
    without_marks,
    year_mark,
)
from povertystats.packages.questions import Questions
from povertystats.packages.reading import listed, parted_by, told_marks
from povertystats.tables.columns import ORDER as COUNTED
from povertystats.tables.reading import ReadTable
from povertystats.words.designations import designated
from povertystats.words.names import plain, spelled, two_spellings
from povertystats.words.wording import Sentence

_SECTION = re.compile(r"[IVX]+|[A-H]")
_MOSTLY = 0.6


@dataclass(frozen=True)
class Figures:
    """``table``: measure (position), place (its label), year, value, unit, status, row; ``places``: code, place, kind, parent, label;
    ``kinds``: {kind of the package: its words}; ``country``: its name, "" where none is known; ``notes``: what was made
    of rows that are none of a place."""

    table: pd.DataFrame
    places: pd.DataFrame
    kinds: dict[str, PlaceKind]
    country: str = ""
    notes: list[Sentence] = field(default_factory=list)


def figures_of(
    read: ReadTable,
    columns: Columns,
    questions: Questions,
    *,
    country: str = "",
    kind: str = "",
    counts: str = "",
) -> Figures:
    """Return the figures of a table whose columns are known, rows without one left out.

    ``country``: its name; ``kind``: what places are called ("county"); ``counts``: "first" or "last", the calendar year
    that counts for one such as 2015/16. Raises DataError for cells that cannot be read or mean two things, figures
    without a place or a year, figures that stand twice, names that would become one.
    """
    used = {columns.place, columns.parent, columns.year, *(c for m in columns.measures for c in m.cells)}
    problems = [p for p in read.findings.errors if p.field in used or not p.field]
    if problems:
        raise DataError(read.file, problems)
    rows, marked = _rows(read, columns)
    if kind:
        named = kind_of(kind) or PlaceKind("province", kind, f"{kind}s", kind)
        below = columns.parent and named.kind == "province"
        columns = replace(columns, kind=replace(named, kind="district") if below else named)
    rows, notes = _sections(read, rows, columns)
    notes += marked
    if columns.kind.one == "place" and not kind:
        single = rows.loc[~rows["section"] & ~rows["place"].map(total), "place"]
        columns = replace(columns, kind=_kind_by_names(single) or columns.kind)
    table = pd.concat(list(_melted(read, columns, rows)), ignore_index=True).dropna(subset="value")
    notes += _marked_years(table)
    table["year"], problems = _years(table, read.file, columns.year, counts)
    lost = table[table["place"] == ""]
    advice = "write the name of the place into each row"
    problems += [
        Problem(read.file, int(row), columns.place, "", "a figure without a place", advice)
        for row in lost["row"].unique()
    ]
    if problems:
        raise DataError(read.file, problems)
    lost_names = ~rows["place"].isin(["", *table["place"]]) & ~rows["section"]
    empty = rows.loc[lost_names, "place"].unique().tolist()
    notes += [Sentence("start.note.empty", places=listed(empty))] if empty else []
    table, found, said = _country(table, columns, questions, country)
    _refuse_twice(read, table, columns)
    places, kinds = _places(table, columns, rows, found)
    labels = {(row.place, row.own): row.label for row in places.itertuples()}
    table["place"] = [labels[pair] for pair in zip(table["place"], table["parent"], strict=True)]
    return Figures(table, places.drop(columns="own"), kinds, found, [*notes, *said])


def _rows(read: ReadTable, columns: Columns) -> tuple[pd.DataFrame, list[Sentence]]:
    """Return place, parent and code of each row, without marks of footnotes, and what these were; ``row``: in the file."""

    def texts(name: str) -> list[str]:
        cells = read.table[name] if name else [None] * len(read.table)
        return [" ".join(str(cell).split()) if pd.notna(cell) else "" for cell in cells]

    made = {"place": texts(columns.place), "parent": texts(columns.parent), "code": texts(columns.code)}
    rows = pd.DataFrame(made, index=read.table.index).assign(row=list(read.rows), section=False)
    written = rows["place"]
    for name in ("place", "parent"):  # one spelling for each, the first
        first: dict[str, str] = {}
        rows[name] = [first.setdefault(spelled(text), text) for text in map(without_marks, rows[name])]
    wide = not (columns.year or columns.indicator)
    notes = told_marks(read.file, columns.place, rows.assign(written=written), wide)
    return rows.assign(place=columns.only) if not columns.place else rows, notes


def _kind_by_names(names: pd.Series) -> PlaceKind | None:
    """Return the kind that most names say themselves: Xã A, Huyện B."""
    said = pd.Series(
        [next(iter(designated(name)[1]), "") for name in names[names != ""].unique()], dtype=object
    )
    most = said[said != ""].mode()
    if len(most) and (said == most[0]).mean() >= _MOSTLY:
        return kind_of(str(most[0]).rpartition(" ")[2])
    return None


def _sections(read: ReadTable, rows: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, list[Sentence]]:
    """Give the rows below a heading such as "I. District A", numbered in another way than they are, it as their parent."""
    order = next((name for name in read.table if COUNTED.fullmatch(name)), None)
    if order is None or columns.parent:
        return rows, []
    cells = read.table[order].astype("string").str.strip(" .")
    heads = cells.fillna("").map(lambda text: bool(_SECTION.fullmatch(text)))
    if not heads.any() or heads.all() or not cells[~heads].str.fullmatch(r"\d+").any():
        return rows, []
    above = rows["place"].where(heads & (rows["place"] != "")).ffill().fillna("")
    return rows.assign(parent=above.where(~heads, ""), section=heads), [
        Sentence("start.note.sections", n=int(heads.sum()))
    ]


def _melted(read: ReadTable, columns: Columns, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for at, measure in enumerate(columns.measures):
        here = rows[["place", "parent", "row"]]
        if measure.rows:
            here = here[(read.table[columns.indicator].astype("string") == measure.rows).fillna(False)]
        units = read.table[columns.unit] if columns.unit else pd.Series("", read.table.index)
        for column, year in measure.cells.items():
            years = year or (read.table[columns.year] if columns.year in read.table else int(columns.year))
            values = pd.to_numeric(read.table[column], errors="coerce").astype("float64")
            more = {"measure": at, "value": values, "unit": units.astype("string").fillna("").astype(object)}
            when = pd.Series(years, read.table.index, dtype=object)
            told = column if column in measure.cells and measure.cells[column] else ""
            dates = when.fillna("").map(str) if not told else pd.Series(told, read.table.index)
            yield here.assign(year=when, dated=dates, **more)


def _marked_years(table: pd.DataFrame) -> list[Sentence]:
    """Give each figure the status that a mark behind its year says (in place), and tell these marks."""
    marks = {text: year_mark(text) for text in table["dated"].unique()}
    table["status"] = table.pop("dated").map({text: status for text, (_, status) in marks.items()})
    told: dict[str, list[str]] = {}
    for text, (mark, status) in marks.items():
        if mark:
            told.setdefault(status or "footnote", []).append(f"{dated(text)[1]}{mark}")  # type: ignore[index]
    return [Sentence(f"start.note.{status}", years=listed(years)) for status, years in told.items()]


def _years(table: pd.DataFrame, file: str, column: str, counts: str) -> tuple[pd.Series, list[Problem]]:
    """Return calendar years, and a problem for each that is none."""
    whole, wrong = read_years(table["year"])
    problems: list[Problem] = []
    for at in table.index[wrong]:
        text, rule, advice = (
            str(table.at[at, "year"]),
            "expected a year",
            "leave out rows that are of no year",
        )
        first, one = fiscal(text), dated(text)
        if one and not one[0] and not one[2]:
            whole[at] = int(one[1])
            continue
        if first and counts:
            whole[at] = int(first) + (counts == "last")
            continue
        if first:
            rule, advice = "is of two calendar years", ASKED_FISCAL
        problems.append(Problem(file, int(table.at[at, "row"]), column, text, rule, advice))
    return whole, problems


def _country(
    table: pd.DataFrame, columns: Columns, questions: Questions, country: str
) -> tuple[pd.DataFrame, str, list[Sentence]]:
    """Tell the rows of the whole country, and totals, apart from places; return its name, where it is known."""
    notes: list[Sentence] = []
    names = [name for name in dict.fromkeys(table["place"]) if name]
    whole = [name for name in names if whole_country(name) or (country and plain(name) == plain(country))]
    single = len(names) == 1 or columns.kind.one == "country"
    called = (
        [name for name in names if country_called(name)] if not country and not whole and not single else []
    )
    if len(called) == 1:
        (name,) = called
        at = names.index(name)
        answer = "yes"
        if 0 < at < len(names) - 1:
            question = f"Is {name} the whole country, and no {columns.kind.one} beside the others?"
            answer = questions.answer(
                f"--country {name!r}, or the name of the country that it lies in",
                question,
                ["yes", "no"],
            )
        whole = [name] if answer == "yes" else []
    world = columns.kind.one == "country" or len(called) > 1
    sums = [
        name for name in names if (total(name) or (world and plain(name) == "world")) and not columns.parent
    ]
    sums = sums if len(names) > 1 else []
    if sums and not whole and columns.kind.kind == "province" and country:
        whole, sums = sums[:1], sums[1:]
    name = country or next((one for one in whole if country_called(one)), whole[0] if whole else "")
    if whole:
        table = table.assign(place=table["place"].where(~table["place"].isin(whole), name))
        notes += [] if whole_country(name) else [Sentence("start.note.country", place=name)]
    if columns.parent:  # what sums up a parent's places is the parent's own
        own = (table["place"].map(total) | (table["place"] == table["parent"])) & (table["parent"] != "")
        table = table.assign(
            place=table["place"].where(~own, table["parent"]), parent=table["parent"].where(~own, "")
        )
    if sums:
        notes.append(Sentence("start.note.totals", places=listed(sums)))
    return table[~table["place"].isin(sums)].reset_index(drop=True), name, notes


def _places(
    table: pd.DataFrame, columns: Columns, rows: pd.DataFrame, country: str
) -> tuple[pd.DataFrame, dict[str, PlaceKind]]:
    """Return every place with its kind, what it lies in and its code, and the words of the kinds."""
    kind, above = columns.kind, columns.parent_kind
    parents = [name for name in dict.fromkeys(table["parent"]) if name]
    if parents and not columns.parent:
        above = _kind_by_names(pd.Series(parents)) or above
    if parents and ORDER.index(above.kind) >= ORDER.index(kind.kind):
        kind = replace(kind, kind="district") if kind.kind == "province" else kind
        above = PlaceKind(ORDER[ORDER.index(kind.kind) - 1])
    found = table[["place", "parent"]].drop_duplicates().to_dict("records")
    found = [
        {"place": name, "parent": ""} for name in parents if {"place": name, "parent": ""} not in found
    ] + found
    codes = (
        rows[rows["code"] != ""].drop_duplicates(["place", "parent"]).set_index(["place", "parent"])["code"]
    )
    made, used = list[dict[str, str]](), {*codes}
    if country:
        made.append({"code": "0", "place": country, "kind": "country", "parent": "", "own": ""})
    for one in found:
        if one["place"] == country:
            continue
        is_parent = not one["parent"] and (one["place"] in parents or bool(columns.parent))
        lies_in = one["parent"] or country
        code = codes.get((one["place"], one["parent"])) or next(
            c for n in range(1, 10**6) if (c := f"{n:02d}") not in used
        )
        used.add(code)
        about = {"code": str(code), "kind": above.kind if is_parent else kind.kind, "parent": lies_in}
        made.append({**about, "place": one["place"], "own": one["parent"]})
    kinds = {kind.kind: kind} | ({above.kind: above} if parents else {})
    places = pd.DataFrame(made, columns=["code", "place", "kind", "parent", "own"])
    # A name that two places have is told apart by what they lie in.
    both = places["place"] + ", " + places["parent"]
    return places.assign(label=places["place"].mask(places["place"].duplicated(keep=False), both)), kinds


def _refuse_twice(read: ReadTable, table: pd.DataFrame, columns: Columns) -> None:
    """Raise DataError where a place has several figures of one year, or two spellings."""
    key = ["measure", "place", "parent", "year", "status"]
    used = {columns.place, columns.parent, columns.year, columns.indicator, columns.unit, columns.code}
    again = table[table.duplicated(key, keep=False)]
    problems = []
    for _, one in () if columns.code else table.groupby("parent"):
        for other, usual in two_spellings(one["place"].unique()):
            row = int(one.loc[one["place"] == other, "row"].iloc[0])
            rule = f"one name in two spellings; {usual!r} stands there too"
            advice = "one spelling for one place; two need a column of codes"
            problems.append(Problem(read.file, row, columns.place, other, rule, advice))
    for (_, place, _, year, _), of in again.groupby(key, sort=False):
        figures = ", ".join(f"{value:g}" for value in of["value"])
        rule = f"{len(of)} figures of one year ({year}: {figures})"
        advice = "keep one a year, or tell places of one name apart by what they lie in with --parent COLUMN"
        if parts := parted_by(read, of["row"].tolist(), used):
            advice = f"choose one with --only, such as --only {parts[0]}={next(filter(total, parts[1]), parts[1][-1])!r}"
        problems.append(Problem(read.file, int(of["row"].iloc[-1]), columns.place, str(place), rule, advice))
    if problems:
        raise DataError(read.file, problems)
