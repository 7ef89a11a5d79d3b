"""Illustrative registers of households as files: margins as published, associations chosen, no real household."""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import isfinite
from multiprocessing import get_context
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd

from povertystats.facts.files import clear_parts, written_whole
from povertystats.facts.package import load_facts
from povertystats.register.illustrative_households import (
    COMMUNES,
    DRIVERS,
    FIRST,
    LAST,
    PROVINCE,
    margins_of,
    province,
)
from povertystats.words.errors import Refused, refuse

# Chosen. Few become poor where few are, and no probability may fall below nought: effects on entry must be small.
EFFECTS_PP = {
    "escape": {"borrower": 4.0, "trained": 6.0, "insured": 0.0, "programme_commune": 0.0},
    "entry": {"borrower": -0.15, "trained": -0.25, "insured": 0.0, "programme_commune": 0.0},
}
# Ethnic groups: the fact that counts them among the poor; and, chosen, how many per cent of the others they are.
_ETHNIC = {
    "Tày": ("poor_tay_households", 60.0),
    "Dao": ("poor_dao_households", 12.5),
    "Mông": ("poor_mong_households", 2.0),
    "Nùng": ("poor_nung_households", 10.0),
    "Kinh": ("poor_kinh_households", 14.0),
    "Hoa": ("poor_hoa_households", 0.5),
    "Sán Chỉ": ("poor_san_chi_households", 0.5),
    "khác": ("poor_other_ethnic_households", 0.5),
}
_VERSION = "1"
_AT_LEAST = {"households": 2_000, "provinces": 1, "seed": 0, "workers": 1}
_MOST_PROVINCES = 999


@dataclass(frozen=True, eq=False)
class IllustrativeRegister:
    """A generated register: its folder and files, what is true of it, and what it aims at.

    ``truth``: transition ("escape", "entry"), driver, effect_pp (percentage points of the probability).
    ``margins``: one row a district and year, the same in every province: district, year, households,
    poor_households, poor_household_pct (the rate, before rounding to whole households),
    deprivation_poor_households, near_poor_households, published (whether that very rate is).
    """

    folder: Path
    files: tuple
    truth: pd.DataFrame
    margins: pd.DataFrame


def illustrative_register(
    folder, *, households=80_276, years=(2016, 2020), provinces=1, effects=None, seed=1, workers=None
):
    """Write an illustrative register of households as Parquet files, one a province, and return what is true of it.

    No row is a real household: the column ``illustrative`` is True in every row, and the files' metadata say so,
    with the generator's version and the seed. ``households``: of each province and year; ``years``: first and
    last, within 2016-2020; ``provinces``: 1 for "Bắc Kạn (illustrative)", else as many copies with districts,
    communes and households of their own; ``effects``: ``{"escape": {driver: pp}, "entry": {driver: pp}}`` of
    borrower, trained, insured and programme_commune, nought where left out (``EFFECTS_PP`` without ``effects``);
    ``workers``: processes (all cores when left out), which change no byte. A script that uses more than one needs
    ``if __name__ == "__main__":``.

    **Published** (from ``load_facts``): the eight districts' poor rates by the preliminary review of 2019, with
    its 16,003 poor and 8,668 near-poor of 80,276 households; the province's rates of the other years; of the
    nearest published year, the shares near-poor and poor by income; the ethnic groups of the poor (2018).
    **Set**: a district's households are its latest published number, else its latest number of poor divided by
    their rate, and the other districts share the rest as evenly as the province's number of poor allows; district
    rates of other years are those of 2019, shifted in log-odds so that the province follows its path (what was
    published of single districts in these years is not used; where 2019 has two figures, facts decide).
    **Chosen**: the rest, such as communes (their codes are invented), coverage, incomes, deprivations, ages.

    **Known truth**: from one year to the next a poor household escapes, and another one becomes poor, with

        probability = base(commune, year) + sum of effect_pp / 100 * driver

    all within 0-1, drivers as in the earlier year; the base of becoming poor depends on the ethnic group as well,
    which goes with no driver. Least squares with commune-by-year effects recovers the effects. With household
    effects it does not; nor without communes, since programme communes have more loans and are left less often.
    Who moves is drawn systematically in random order (Madow 1949, doi:10.1214/aoms/1177729988): every probability
    is kept, and each district has its number of poor exactly. One household in a hundred leaves each year, and a
    new one of the same commune, ethnic group and size takes its place.

    Raises TypeError and ValueError, all problems at once: on arguments, on a folder that exists and is not empty,
    on effects that leave no room between 0 and 1; ModuleNotFoundError without pyarrow. Files are written into a
    hidden folder beside ``folder`` that takes its place at the end; what a killed run left is removed by the next.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = illustrative_register(f"{place}/register", households=4_000, years=(2019, 2020))
    ...     [file.name for file in made.files], len(pd.read_parquet(made.folder))
    (['province-001.parquet'], 8000)
    >>> made.truth.query("transition == 'escape'")[["driver", "effect_pp"]].values.tolist()[:2]
    [['borrower', 4.0], ['trained', 6.0]]
    """
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        reason = 'illustrative_register needs pyarrow: pip install "povertystats[register]"'
        raise ModuleNotFoundError(reason, name=error.name) from None
    effects = EFFECTS_PP if effects is None else effects
    folder = Path(folder).resolve()
    _check(folder, households, years, provinces, effects, seed, workers)
    rows = [
        (move, driver, float(effects.get(move, {}).get(driver, 0)))
        for move in EFFECTS_PP
        for driver in DRIVERS
    ]
    truth = pd.DataFrame(rows, columns=["transition", "driver", "effect_pp"])
    facts = load_facts()
    margins = margins_of(facts, households, range(years[0], years[1] + 1))
    counted = facts.panel([fact for fact, _ in _ETHNIC.values()], places=[PROVINCE]).dropna().iloc[-1, 2:]
    ethnic = np.array([[share for _, share in _ETHNIC.values()], counted.to_numpy(float)])
    write = partial(
        _write_part,
        margins=margins,
        ethnic=ethnic / ethnic.sum(axis=1, keepdims=True),
        effects=truth["effect_pp"].to_numpy().reshape(2, -1) / 100,
        metadata={
            "illustrative": "true",
            "generator": f"povertystats.register.illustrative {_VERSION}",
            "seed": str(seed),
        },
    )
    clear_parts(folder)
    with written_whole(folder, folder=True) as part:
        paths = [part / f"province-{number:03}.parquet" for number in range(1, provinces + 1)]
        numbers = range(1, provinces + 1) if provinces > 1 else [None]
        problems = _each(write, workers, paths, numbers, np.random.SeedSequence(seed).spawn(provinces))
        refuse("cannot keep every probability between 0 and 1", problems)
    return IllustrativeRegister(folder, tuple(folder / path.name for path in paths), truth, margins)


def _each(write, workers, paths, *arguments):
    """Write every part, in processes of their own where there are several, and return all problems, each once."""
    workers = min(workers or os.cpu_count() or 1, len(paths))
    if workers == 1:
        found = list(map(write, paths, *arguments))
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(write, paths, *arguments))
    return dict.fromkeys(problem for problems in found for problem in problems)


def _write_part(path, number, seed, *, margins, ethnic, effects, metadata):
    """Write a province's file; problems are returned, so that those of all provinces are told."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    copy = f" {number:03}" if number else ""
    values = {
        "province": [f"illustrative{copy}" if copy else f"{PROVINCE} (illustrative)"],
        "district": [f"{district}{copy}" for district in margins["district"].unique()],
        "commune": [f"xã{copy} {commune:03}" for commune in range(1, COMMUNES + 1)],
        "ethnic": list(_ETHNIC),
    }
    writer = None
    try:
        for columns in province(margins, ethnic, effects, np.random.default_rng(seed)):
            columns["household"] = columns["household"] + (number or 1) * 10**9
            arrays = {name: pa.array(column) for name, column in columns.items()}
            arrays |= {name: pa.DictionaryArray.from_arrays(arrays[name], of) for name, of in values.items()}
            table = pa.table(arrays)
            # Without the schema of Arrow readers see text, not the codes that it is written from.
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False)
            writer.write_table(table)
        writer.add_key_value_metadata(metadata)
    except Refused as refused:
        return refused.problems
    finally:
        if writer:
            writer.close()
    return []


def _check(folder, households, years, provinces, effects, seed, workers):
    """Refuse bad arguments."""
    integers = {"households": households, "provinces": provinces, "seed": seed}
    integers |= {} if workers is None else {"workers": workers}
    wrong = [
        f"{name} must be an integer, is {value!r}" for name, value in integers.items() if not _whole(value)
    ]
    if not (isinstance(years, (tuple, list)) and len(years) == 2 and all(map(_whole, years))):
        wrong.append(f"years must be (first, last), is {years!r}")
    if not (isinstance(effects, dict) and all(isinstance(of, dict) for of in effects.values())):
        wrong.append(f"effects must be {{transition: {{driver: pp}}}}, is {effects!r}")
    if wrong:
        raise TypeError("; ".join(wrong))
    problems = [
        f"{name}: {value}; expected at least {_AT_LEAST[name]}"
        for name, value in integers.items()
        if value < _AT_LEAST[name]
    ]
    if provinces > _MOST_PROVINCES:
        problems.append(f"provinces: {provinces}; expected at most {_MOST_PROVINCES}")
    if not FIRST <= years[0] <= years[1] <= LAST:
        problems.append(f"years: {years[0]} to {years[1]}; expected first and last within {FIRST}-{LAST}")
    for move, of in effects.items():
        if move not in EFFECTS_PP:
            problems.append(f"effects: there is no transition {move!r}; expected {' or '.join(EFFECTS_PP)}")
        for driver, value in of.items():
            if driver not in DRIVERS:
                problems.append(f"effects: {move} has no driver {driver!r}; expected {', '.join(DRIVERS)}")
            elif not (isinstance(value, Real) and isfinite(value)):
                problems.append(f"effects: {move} {driver} is {value!r}; expected percentage points")
    if not folder.parent.is_dir():
        problems.append(f"folder: there is no folder {folder.parent}")
    elif folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        problems.append(f"folder: {folder} exists; expected a new or empty folder")
    refuse("cannot write an illustrative register", problems)


def _whole(value):
    return isinstance(value, Integral) and not isinstance(value, bool)
