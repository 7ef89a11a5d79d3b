"""Illustrative registers of households as files: margins made up or as published, associations chosen, no real household."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from math import isfinite
from multiprocessing import get_context
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from povertystats.facts.package import load_facts
from povertystats.files.writing import unwritable, written_whole
from povertystats.illustrative import households as homes
from povertystats.illustrative import margins as aims
from povertystats.words.errors import MissingExtra, Refused, not_whole, refuse
from povertystats.words.result import Result

# Chosen. Few become poor where few are, and no probability may fall below 0: effects on entry must be small.
EFFECTS_PP = {
    "escape": {"borrower": 4.0, "trained": 6.0, "insured": 0.0, "programme_commune": 0.0},
    "entry": {"borrower": -0.15, "trained": -0.25, "insured": 0.0, "programme_commune": 0.0},
}
# Ethnic groups of the made-up province: how many per cent of the others and of the poor.
_GROUPS = {
    "Kinh": (40.0, 12.0),
    "nhóm 1": (30.0, 33.0),
    "nhóm 2": (15.0, 28.0),
    "nhóm 3": (10.0, 17.0),
    "nhóm 4": (5.0, 10.0),
}
# Those that were published: the fact that counts them among the poor; and, chosen, how many per cent of the others they are.
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
_VERSION = "2"
_MOST_PROVINCES = 999


@dataclass(frozen=True, eq=False, repr=False)
class IllustrativeRegister(Result):
    """A generated register: its files, what is true of it, and what it aims at.

    Parameters
    ----------
    folder : Path
        Where the files stand.
    files : tuple of Path
        One Parquet file a province.
    truth : DataFrame
        The columns transition ("escape", "entry"), driver and effect_pp (percentage points of the probability).
    margins : DataFrame
        One row a district and year, the same in every province: district, year, households, poor_households,
        poor_household_pct (the rate, before rounding to whole households), deprivation_poor_households,
        near_poor_households, published (whether that very rate is).

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> with tempfile.TemporaryDirectory() as place:
    ...     ps.illustrative_register(f"{place}/register", households=4_000, years=(2019, 2020))
    <IllustrativeRegister> No real household: 8,000 records of 2019 to 2020 in 1 file(s) of register
    """

    folder: Path
    files: tuple[Path, ...]
    truth: pd.DataFrame
    margins: pd.DataFrame

    def _sentence(self) -> str:
        years, records = self.margins["year"], self.margins["households"].sum() * len(self.files)
        span = f"{years.min()} to {years.max()}"
        return f"No real household: {records:,} records of {span} in {len(self.files)} file(s) of {self.folder.name}"


def illustrative_register(
    folder: str | Path,
    *,
    households: int = 80_000,
    years: tuple[int, int] = (2016, 2020),
    provinces: int = 1,
    published: bool = False,
    effects: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 1,
    workers: int | None = None,
) -> IllustrativeRegister:
    """Write an illustrative register of households as Parquet files, one a province, and return what is true of it.

    Parameters
    ----------
    folder : str or Path
        A new or empty folder.
    households : int, default 80000
        Households of each province and year, 2,000 or more.
    years : (int, int), default (2016, 2020)
        The first and the last year, within 2016-2020.
    provinces : int, default 1
        1, or as many copies, up to 999, with districts, communes and households of their own.
    published : bool, default False
        Aim at the published figures of Bắc Kạn, to try what must meet them; otherwise the province, its districts and all
        their figures are made up, so that nobody takes them for those of a real place.
    effects : dict, optional
        {"escape": {driver: pp}, "entry": {driver: pp}} in percentage points a year, of borrower, trained, insured and
        programme_commune; 0 where left out; ``EFFECTS_PP`` without ``effects``.
    seed : int, default 1
        The seed of all random numbers; the same seed gives the same bytes.
    workers : int, optional
        Processes, all cores when left out; they change no byte. A script that uses more than one needs
        ``if __name__ == "__main__":``.

    Returns
    -------
    IllustrativeRegister
        Its files, the true effects and the margins.

    Raises
    ------
    ValueError
        All problems at once: arguments, a folder that exists and is not empty, effects that leave no room between 0 and
        1.
    ModuleNotFoundError
        Without pyarrow.

    Notes
    -----
    No row is a real household: the column ``illustrative`` is True in every row, and the files' metadata say so, with
    the generator's version and the seed.

    **Made up**: "Tỉnh minh họa" with a town and seven districts, their rates and the province's path.

    **With ``published``**, "Bắc Kạn (illustrative)" (from ``load_facts``): the eight districts' poor rates by the
    preliminary review of 2019, with its 16,003 poor and 8,668 near-poor of 80,276 households; the province's rates of the
    other years; of the nearest published year, the shares near-poor and poor by income; the ethnic groups of the poor
    (2018). A district's households are its latest published number, else its latest number of poor divided by their rate,
    and the other districts share the rest as evenly as the province's number of poor allows.

    **Either way**: district rates of other years are shifted in log-odds so that the province follows its path (with
    ``published``, what is known of single districts in these years is not used); the rest is chosen, such as communes
    (their codes are invented), coverage, incomes, deprivations, ages.

    **Known truth**: from one year to the next a poor household escapes, and another one becomes poor, with

        probability = base(commune, year) + sum of effect_pp / 100 * driver

    all within 0-1, drivers as in the earlier year; the base of becoming poor depends on the ethnic group as well,
    which goes with no driver. Least squares with commune-by-year effects recovers the effects. With household
    effects it does not; nor without communes, since programme communes have more loans and are left less often.
    Who moves is drawn systematically in random order: every probability is kept, and each district has its number
    of poor exactly. One household in a hundred leaves each year, and a new one of the same commune, ethnic group and
    size takes its place.

    References
    ----------
    Madow, W. G. 1949, On the theory of systematic sampling II, doi:10.1214/aoms/1177729988.

    Examples
    --------
    >>> import povertystats as ps
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = ps.illustrative_register(f"{place}/register", households=4_000, years=(2019, 2020))
    ...     [file.name for file in made.files], len(pd.read_parquet(made.folder))
    (['province-001.parquet'], 8000)
    >>> made.truth.query("transition == 'escape'")[["driver", "effect_pp"]].values.tolist()[:2]
    [['borrower', 4.0], ['trained', 6.0]]
    """
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        reason = 'illustrative_register needs pyarrow: pip install "povertystats[register]"'
        raise MissingExtra(reason, name=error.name) from None
    effects = EFFECTS_PP if effects is None else effects
    folder = Path(folder).resolve()
    problems = [*_problems(households, years, provinces, published, effects, seed, workers)]
    problems += [f"{folder}: {why}"] if (why := unwritable(folder, folder=True)) else []
    refuse("cannot write an illustrative register", problems)
    cells = [(move, driver) for move in EFFECTS_PP for driver in homes.DRIVERS]
    truth = pd.DataFrame(cells, columns=["transition", "driver"])
    truth["effect_pp"] = [float(effects.get(move, {}).get(driver, 0)) for move, driver in cells]
    spanned = range(years[0], years[1] + 1)
    margins = (
        aims.margins_of(load_facts(), households, spanned) if published else aims.made_up(households, spanned)
    )
    ethnic = _published_groups() if published else _GROUPS
    shares = np.array([*ethnic.values()], float).T
    write = partial(
        _write_part,
        margins=margins,
        ethnic=shares / shares.sum(axis=1, keepdims=True),
        groups=list(ethnic),
        name=f"{aims.PROVINCE} (illustrative)" if published else aims.MADE_UP,
        effects=truth["effect_pp"].to_numpy().reshape(2, -1) / 100,
        metadata={
            "illustrative": "true",
            "generator": f"povertystats.illustrative.registers {_VERSION}",
            "seed": str(seed),
        },
    )
    with written_whole(folder, folder=True) as part:
        names = [f"province-{number:03}.parquet" for number in range(1, provinces + 1)]
        numbers = range(1, provinces + 1) if provinces > 1 else [None]
        seeds = np.random.SeedSequence(seed).spawn(provinces)
        problems = _each(write, workers, [part / name for name in names], numbers, seeds)
        refuse("cannot keep every probability between 0 and 1", problems)
    return IllustrativeRegister(folder, tuple(folder / name for name in names), truth, margins)


def _published_groups():
    """Return how many of the others (chosen) and of the poor (published) are of each ethnic group."""
    facts = load_facts().panel([fact for fact, _ in _ETHNIC.values()], places=[aims.PROVINCE])
    counted = facts.dropna().iloc[-1, 2:].tolist()
    return {name: (share, poor) for (name, (_, share)), poor in zip(_ETHNIC.items(), counted, strict=True)}


def _each(write, workers, paths, *arguments):
    """Write every part, in processes of their own where there are several, and return all problems, each once."""
    workers = min(workers or os.cpu_count() or 1, len(paths))
    if workers == 1:
        lists = list(map(write, paths, *arguments))
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            lists = list(pool.map(write, paths, *arguments))
    return dict.fromkeys(chain.from_iterable(lists))


def _write_part(path, number, seed, *, margins, ethnic, groups, name, effects, metadata):
    """Write a province's file; problems are returned, so that those of all provinces are known."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    copy = f" {number:03}" if number else ""
    values = {
        "province": [f"illustrative{copy}" if copy else name],
        "district": [f"{district}{copy}" for district in margins["district"].unique()],
        "commune": [f"xã{copy} {commune:03}" for commune in range(1, homes.COMMUNES + 1)],
        "ethnic": groups,
    }

    def table(columns: dict[str, np.ndarray]) -> pa.Table:
        columns["household"] = columns["household"] + (number or 1) * 10**9
        arrays = {key: pa.array(column) for key, column in columns.items()}
        arrays |= {key: pa.DictionaryArray.from_arrays(arrays[key], of) for key, of in values.items()}
        return pa.table(arrays)

    try:
        tables = map(table, homes.province(margins, ethnic, effects, np.random.default_rng(seed)))
        first = next(tables)
        # Without the schema of Arrow readers see text, not the codes that it is written from.
        with pq.ParquetWriter(path, first.schema, compression="zstd", store_schema=False) as writer:
            for year in chain([first], tables):
                writer.write_table(year)
            writer.add_key_value_metadata(metadata)
    except Refused as refused:
        return refused.problems
    return []


def _problems(households, years, provinces, published, effects, seed, workers):
    """Yield what is wrong with the arguments."""
    yield from not_whole(2_000, households=households)
    yield from not_whole(1, provinces=provinces, **({} if workers is None else {"workers": workers}))
    yield from not_whole(0, seed=seed)
    if not isinstance(published, bool):
        yield f"published is {published!r}; expected True or False"
    if not not_whole(provinces=provinces) and provinces > _MOST_PROVINCES:
        yield f"provinces is {provinces}; expected at most {_MOST_PROVINCES}"
    pair = (
        isinstance(years, tuple | list) and len(years) == 2 and not not_whole(first=years[0], last=years[1])
    )
    if not (pair and aims.FIRST <= years[0] <= years[1] <= aims.LAST):
        yield f"years is {years!r}; expected (first, last) within {aims.FIRST}-{aims.LAST}"
    if not (isinstance(effects, Mapping) and all(isinstance(of, Mapping) for of in effects.values())):
        yield f"effects is {effects!r}; expected {{transition: {{driver: percentage points}}}}"
        return
    yield from (
        f"effects: there is no transition {move!r}; expected {' or '.join(EFFECTS_PP)}"
        for move in effects
        if move not in EFFECTS_PP
    )
    for move, driver, value in ((move, *item) for move, of in effects.items() for item in of.items()):
        if driver not in homes.DRIVERS:
            yield f"effects: {move} has no driver {driver!r}; expected {', '.join(homes.DRIVERS)}"
        elif not (isinstance(value, Real) and isfinite(value)):
            yield f"effects: {move} {driver} is {value!r}; expected percentage points"
