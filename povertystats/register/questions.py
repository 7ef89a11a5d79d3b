"""What a register must be asked before it is counted: numbers and units that may mean two things, and names that look alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.engines.columns import Reading, reading_problems, settled
from povertystats.engines.connections import connect
from povertystats.engines.sources import is_parquet, local
from povertystats.engines.store import storable, stored
from povertystats.engines.tables import open_files
from povertystats.files.problems import Problem
from povertystats.frames.parents import changed_parents
from povertystats.frames.spellings import tidied, two_ways
from povertystats.register.columns import PLACES, kind_of, raw_columns
from povertystats.register.records import REST, kept, rests, sound_label, sound_values
from povertystats.register.saved import coded, unread_columns
from povertystats.words.designations import designated
from povertystats.words.names import plain

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from povertystats.register.register import Register

# Half of the incomes so many times beyond the highest line, or below the lowest: another unit is more likely.
TIMES = 20
# So many times already, where but one in so many lies on the other side of the lines: of a year, or another currency.
FEWER, _ONE_IN = 6, 50
# A place's year of fewer households may be rich or poor by chance.
_ENOUGH = 20


@dataclass(frozen=True, eq=False)
class Look:
    """A first look at a register: its columns without any problem, how the others are read, and its places by year.

    ``groups``: province, district, commune, year as they stand, ``n`` records, how many incomes are ``FEWER`` times
    ``above`` and ``below`` the lines; ``readings`` a piece.
    """

    sound: frozenset[str]
    readings: tuple[Mapping[str, Reading], ...]
    groups: pd.DataFrame


def kept_pieces(register: Register) -> Iterator[tuple[int | None, Table]]:
    """Yield each piece under standard names, and its year; texts are read here once for all."""
    for year, table in register.pieces:
        packed = storable(table)
        piece = kept(table, register.standard, year=year, packed=packed, **register.options)
        read_here = {name for name in piece.columns if name.startswith(REST)} - {*table.columns}
        yield year, stored(piece) if packed and read_here else piece


def look(register: Register) -> Look:
    """Look at every record once, and twice at columns that are not plain."""
    import ibis

    frames, lost, readings = [], set[str](), []
    given = {name: how for name, how in register.options.items() if name != "columns"}
    for year, table in register._kept:
        sound, income = sound_values(table, register.standard, year=year, **given)
        rest = rests(table)
        # Of few names there are many records: each name is looked at once.
        # Whether there is a line for a place is asked of its records.
        names = {c for c in sound if kind_of(c) == "label"} - {"household", *register.standard.places}
        met = {f"sound_{c}": met for c, met in sound.items() if c not in names}
        if "household" in rest:
            met[f"sound_{REST}household"] = rest["household"].isnull()
        frame = _grouped(register, table.select(income=income, **_keys(table), **met))
        unsound = {c for c in met if frame[c].sum() < frame["n"].sum()}
        unsound = {c.removeprefix("sound_") for c in unsound}
        unsound |= _unsound(table, sorted(names), register.options)
        texts = {c: kind_of(c) for c in rest if c in unsound and c != "household"}
        asked = table.select(**{c: rest[c] for c in texts}) if texts else table
        how = settled(asked, texts, register.options["notation"])
        # Where not all are numbers, all are texts.
        how |= {"household": Reading("label")} if f"{REST}household" in unsound else {}
        readings.append(how)
        lost |= unsound
        frames.append(frame)
    groups = pd.concat(frames, ignore_index=True)
    look = Look(frozenset(sound) - lost, tuple(readings), groups)
    of_income = register.standard.income.column
    if any({of_income, "year"} & how.keys() for how in readings):
        rows = register._typed(look)
        income = rows[of_income] if register.standard.lines else ibis.null("float64")
        groups = _grouped(register, rows.select(income=income, **_keys(rows)))
        look = Look(look.sound, look.readings, groups)
    return look


def _unsound(table, names, options):
    """Return which columns of names hold one that is not sound: one query, for each takes long to plan."""
    import ibis

    found = []
    for name in names:
        values = table.select(name).distinct()
        met = sound_label(values[name], None, options["notation"], (options["codes"] or {}).get(name))
        bad = (~met.fill_null(False)).any().fill_null(False)
        found.append(values.aggregate(bad=bad).mutate(column=ibis.literal(name)))
    told = reduce(lambda a, b: a.union(b), found).to_pandas().to_dict("records") if found else []
    return {one["column"] for one in told if one["bad"]}


def _keys(rows):
    return {f"by_{name}": rows[name] for name in (*PLACES, "year")}


def _grouped(register, rows, further=()):
    """Return records, incomes far off, sound values and what is asked ``further`` by place and year."""
    lowest, highest = register.standard.bounds()
    sums = {name: rows[name].sum() for name in rows.columns if name.startswith("sound_") or name in further}
    sums["above"] = (rows["income"] > FEWER * highest).sum()
    sums["below"] = (rows["income"] < lowest / FEWER).sum()
    keys = [name for name in rows.columns if name.startswith("by_")]
    frame = rows.group_by(keys).aggregate(n=rows.count(), **sums).to_pandas()
    frame = frame.assign(**{name: frame[name].fillna(0).astype("int64") for name in sums})
    return frame.rename(columns=lambda name: name.removeprefix("by_"))


def questions(register: Register, far: pd.DataFrame | None) -> Iterator[Problem]:
    """Yield what may mean two things: signs of numbers, the unit of incomes (``far``: of ``extremes``), codes for what is missing."""
    look, options = register._look, register.options
    for (year, table), readings in zip(register.pieces, look.readings, strict=True):
        asked = {
            c: Reading(r.kind, r.decimal, r.thousands, r.doubt, 0, r.doubtful) for c, r in readings.items()
        }
        asked = {c: reading for c, reading in asked.items() if reading.doubtful}
        if not asked:
            continue
        for problem in reading_problems(_pieces(register, table, year, asked), asked, options["notation"]):
            if problem.rule == asked[problem.field].doubt:
                yield _named(register, problem)
    file = ", ".join(register.files)
    yield from _spelled_otherwise(register, file)
    yield from (_named(register, problem) for problem in unread_columns(register, file))
    years = look.groups["year"].dropna()
    years = years[years.between(0, 99)] if pd.api.types.is_numeric_dtype(years) else years[:0]
    if short := sorted({f"{year:02.0f}" for year in years}):
        hint = "write 2019 for 19, or give {2019: file}"
        yield _named(register, Problem(file, None, "year", ", ".join(short), "a year of two digits", hint))
    income = register.standard.income
    if not register.standard.lines:
        return
    if income.column not in (options["units"] or {}):
        yield from _off(register, file, far)
    yield from (_named(register, problem) for problem in coded(register, file))


def _off(register, file, groups):
    """Yield where half of the incomes are so far from the lines that they are likelier in another unit, or of a year."""
    income, (lowest, highest) = register.standard.income, register.standard.bounds()
    of_times = {times: unit for unit, times in income.units.items()}
    told = income.told.partition(" a person")[0]
    sides = ("above", highest, 0.001, "under"), ("below", lowest, 1000, "over")
    for side, line, times, other in sides if groups is not None else ():
        beyond = "beyond" if side == "above" else "below"
        stands = f'units={{"{income.column}": "{income.unit}"}} where they stand in it'
        unit = f'units={{"{income.column}": "{of_times[times]}"}}, or ' if times in of_times else ""
        ways = [
            (where, TIMES, "", f"say the unit with {unit}{stands}") for where in _far(groups, f"far_{side}")
        ]
        nobody = f", and nearly {'nobody' if side == 'above' else 'everybody'} is below it"
        year = f"of a year, of a household, or in another currency? Else say {stands}"
        ways = ways or [(where, FEWER, nobody, year) for where in _far(groups, side, other)]
        for where, n, more, hint in ways:
            rule = f"half of the incomes or more are {n} times {beyond} the line of {line:,} {told}{more}"
            yield _named(register, Problem(file, None, income.column, where, rule, hint))


def extremes(register: Register) -> pd.DataFrame | None:
    """Return the groups of a look with how many incomes are ``TIMES`` times off, and on the other side of the lines.

    None where so few are far off that nothing is to be asked of them.
    """
    groups = register._look.groups
    few = 100 * groups[["above", "below"]].sum().max() < groups["n"].sum()
    if not register.standard.lines or (few and not _far(groups, "above") and not _far(groups, "below")):
        return None
    rows, (lowest, highest) = register.typed, register.standard.bounds()
    income = rows[register.standard.income.column]
    off = {"far_above": income > TIMES * highest, "far_below": income < lowest / TIMES}
    off |= {"under": income < highest, "over": income >= lowest}
    return _grouped(register, rows.select(income=income, **_keys(rows), **off), [*off])


def _spelled_otherwise(register, file):
    """Yield the names of a register that the standard has by another spelling: they would get the line of all others."""
    prices = register.standard.prices
    own = [(line.place, {*line.places} - {None}) for line in register.standard.lines.values() if line.place]
    own += [(prices.place, {*prices.indexes})] if prices and prices.place else []
    for level, names in own:
        frames = (
            [register._look.groups]
            if level in PLACES
            else [t.select(**{level: t[level]}).distinct().to_pandas() for _, t in register._kept]
        )
        there = {str(name) for frame in frames for name in frame[level].dropna()}
        meant = {plain(designated(name)[0]): name for name in names - there}
        for name in sorted(there - names):
            if other := meant.get(plain(designated(name)[0])):
                rule = f"the standard has an amount or index of its own for {other!r}, and none for this spelling"
                yield _named(register, Problem(file, None, level, name, rule, "write both in one way"))


def oddities(register: Register, far: pd.DataFrame | None) -> Iterator[Problem]:
    """Yield what is counted as it stands but deserves a look: losses, and places whose names may be one."""
    file, look = ", ".join(register.files), register._look
    income = register.standard.income.column
    if register.standard.lines and income not in look.sound:
        rows = register.typed
        losses = int((rows[income] < 0).sum().fill_null(0).to_pandas())
        if losses:
            rule = "incomes below zero are counted as losses, and their households as poor"
            yield _named(register, Problem(file, None, income, f"{losses:,} records", rule))
    for side, where in (
        ("above", "20 times the highest line or more"),
        ("below", "a twentieth of the lowest line or less"),
    ):
        n = 0 if far is None else int(far[f"far_{side}"].sum())
        if 100 * n >= look.groups["n"].sum():
            rule = f"incomes of {where} are counted as they stand: another unit, or a code or nought for what is not known?"
            yield _named(register, Problem(file, None, income, f"{n:,} records", rule))
    names = look.groups[[*PLACES, "year"]].dropna()
    names = names.assign(**names[[*PLACES]].astype(str).map(tidied)).drop_duplicates()
    for level, larger, name, among in changed_parents(names, PLACES):
        rule = f"lies in {', '.join(among)}, no two in one year: what is told of a {larger} is of other places from year to year"
        yield _named(register, Problem(file, None, level, name, rule))
    for depth, level in enumerate(PLACES):
        above = list(PLACES[:depth])
        families = names.groupby(above)[[level, "year"]] if above else [((), names[[level, "year"]])]
        for parents, of_one in families:
            for same in _one_place(of_one.groupby(level)["year"].agg(frozenset), level):
                where = f" of {', '.join(parents[::-1])}" if parents else ""
                rule = f"names{where} that may be one place are counted apart"
                yield _named(
                    register, Problem(file, None, level, ", ".join(same), rule, "write them in one way")
                )


def _one_place(years, level):
    """Yield names that may be one place; ``years``: those in which there are records of each.

    In one year too, where one of them does not say of which kind it is (Xã Tân Lập, Tân Lập), or they are provinces.
    """
    labels, there = [*years.index], years.tolist()

    def apart(group):
        one, other = (there[i] for i in group[:2])
        kinds = [bool(designated(labels[i])[1]) for i in group[:2]]
        return one.isdisjoint(other) or level == PLACES[0] or kinds[0] != kinds[1]

    for _, group in two_ways(labels, apart):
        yield sorted(labels[i] for i in group)


def _far(groups, side, other=None):
    """Return where half of the incomes or more are far off, and hardly one on the ``other`` side: everywhere, else years, else places."""

    def off(sums):
        met = 2 * sums[side] > sums["n"]
        return met if other is None else met & (_ONE_IN * sums[other] <= sums["n"]) & (sums["n"] >= _ENOUGH)

    if off(groups[["n", *filter(None, [side, other])]].sum()):
        return ["all records"]
    years = groups.groupby("year", dropna=False)[["n", *filter(None, [side, other])]].sum()
    if len(found := years[(years["n"] >= _ENOUGH) & off(years)]):
        return [str(year) for year in found.index]
    found = groups[(groups["n"] >= _ENOUGH) & off(groups)]
    return [
        ", ".join(map(str, row))
        for row in found[["commune", "district", "province", "year"]].values[:_ENOUGH]
    ]


def _pieces(register, table: Table, year: int | None, columns):
    """Return the columns as they stand, by file where their rows have an order."""
    files = [file for file in local(register.files) if not is_parquet(file)]
    tables = {", ".join(register.files): table}
    if files and len(files) == len(register.files):
        tables = {file: open_files(connect(), [file]) for file in files if len(register.pieces) == 1}
        tables = tables or {f"{year}": table}
    given = {name: how for name, how in register.options.items() if name != "notation"}
    raw = {file: raw_columns(one, register.standard, year=year, **given)[0] for file, one in tables.items()}
    return {file: one.select(**{c: raw[file][c] for c in columns}) for file, one in tables.items()}


def _named(register, problem: Problem) -> Problem:
    """Return a problem with the register's own name of the column."""
    own = (register.options["columns"] or {}).get(problem.field, problem.field)
    name = own if isinstance(own, str) else problem.field
    return Problem(problem.file, problem.row, name, problem.value, problem.rule, problem.suggestion)
