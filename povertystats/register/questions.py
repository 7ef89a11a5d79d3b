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
from povertystats.frames.spellings import tidied, two_ways
from povertystats.register.columns import PLACES, kind_of, raw_columns
from povertystats.register.records import REST, kept, rests, sound_label, sound_values
from povertystats.words.designations import designated
from povertystats.words.names import plain

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from povertystats.register.register import Register

# Half of the incomes so many times beyond the highest line, or below the lowest: another unit is more likely.
TIMES = 20
# A place's year of fewer households may be rich or poor by chance.
_ENOUGH = 20
# Codes by which surveys say that nothing is known.
_CODES = (-1, -7, -8, -9, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -9999, -99999)


@dataclass(frozen=True, eq=False)
class Look:
    """A first look at a register: its columns without any problem, how the others are read, and its places by year.

    ``groups``: province, district, commune, year as they stand, ``n`` records, how many incomes are far ``above`` and
    ``below`` the lines; ``readings`` a piece.
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


def _grouped(register, rows):
    """Return records, incomes far off and sound values by place and year."""
    lowest, highest = register.standard.bounds()
    sums = {name: rows[name].sum() for name in rows.columns if name.startswith("sound_")}
    sums["above"] = (rows["income"] > TIMES * highest).sum()
    sums["below"] = (rows["income"] < lowest / TIMES).sum()
    keys = [name for name in rows.columns if name.startswith("by_")]
    frame = rows.group_by(keys).aggregate(n=rows.count(), **sums).to_pandas()
    frame = frame.assign(**{name: frame[name].fillna(0).astype("int64") for name in sums})
    return frame.rename(columns=lambda name: name.removeprefix("by_"))


def questions(register: Register) -> Iterator[Problem]:
    """Yield what may mean two things: signs of numbers, the unit of incomes, codes for what is missing."""
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
    income = register.standard.income
    if not register.standard.lines:
        return
    if income.column not in (options["units"] or {}):
        lowest, highest = register.standard.bounds()
        of_times = {times: unit for unit, times in income.units.items()}
        told = income.told.partition(" a person")[0]
        for side, line, times in (("above", highest, 0.001), ("below", lowest, 1000)):
            for where in _far(look.groups, side):
                beyond = "beyond" if side == "above" else "below"
                rule = f"half of the incomes or more are {TIMES} times {beyond} the line of {line:,} {told}"
                other = f'"{of_times[times]}"}}, or ' if times in of_times else ""
                stands = f'"{income.unit}"' + ("" if other else "}") + " where they stand in it"
                hint = f'say the unit with units={{"{income.column}": {other}{stands}'
                yield _named(register, Problem(file, None, income.column, where, rule, hint))
    if income.column not in look.sound and income.column not in (options["limits"] or {}):
        for code, n in _codes(register).items():
            hint = f'name it with missing=["{code}", …], or give limits={{"{income.column}": (…, …)}} that hold it where it is one'
            rule = f"a loss, or a code for what is not known ({n:,} records)"
            yield _named(register, Problem(file, None, income.column, str(code), rule, hint))


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


def oddities(register: Register) -> Iterator[Problem]:
    """Yield what is counted as it stands but deserves a look: losses, and places whose names may be one."""
    file, look = ", ".join(register.files), register._look
    income = register.standard.income.column
    if register.standard.lines and income not in look.sound:
        rows = register.typed
        losses = int((rows[income] < 0).sum().fill_null(0).to_pandas())
        if losses:
            rule = "incomes below zero are counted as losses, and their households as poor"
            yield _named(register, Problem(file, None, income, f"{losses:,} records", rule))
    names = look.groups[[*PLACES, "year"]].dropna()
    names = names.assign(**names[[*PLACES]].astype(str).map(tidied)).drop_duplicates()
    for depth, level in enumerate(PLACES):
        above = list(PLACES[:depth])
        families = names.groupby(above)[[level, "year"]] if above else [((), names[[level, "year"]])]
        for parents, of_one in families:
            for same in _one_place(of_one.groupby(level)["year"].agg(frozenset)):
                where = f" of {', '.join(parents[::-1])}" if parents else ""
                rule = f"names{where} that may be one place are counted apart"
                yield _named(
                    register, Problem(file, None, level, ", ".join(same), rule, "write them in one way")
                )


def _one_place(years):
    """Yield names that may be one place; ``years``: those in which there are records of each."""
    labels, there = [*years.index], years.tolist()

    def apart(group):
        one, other = (there[i] for i in group[:2])
        return one.isdisjoint(other)

    for _, group in two_ways(labels, apart):
        yield sorted(labels[i] for i in group)


def _far(groups, side):
    """Return where half of the incomes or more are far off: everywhere, else the years, else the places."""
    if 2 * groups[side].sum() > groups["n"].sum():
        return ["all records"]
    years = groups.groupby("year", dropna=False)[["n", side]].sum()
    if len(off := years[(years["n"] >= _ENOUGH) & (2 * years[side] > years["n"])]):
        return [str(year) for year in off.index]
    off = groups[(groups["n"] >= _ENOUGH) & (2 * groups[side] > groups["n"])]
    return [
        ", ".join(map(str, row)) for row in off[["commune", "district", "province", "year"]].values[:_ENOUGH]
    ]


def _codes(register):
    """Return {code: records} of incomes that surveys write for what is not known."""
    rows, income = register.typed, register.standard.income.column
    counts = rows.filter(rows[income].isin(_CODES)).group_by(income).aggregate(n=lambda found: found.count())
    return {int(code): n for code, n in counts.to_pandas().sort_values(income).values.tolist()}


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
