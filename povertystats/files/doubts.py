"""Figures that may stand in another unit than is said of them: each rule looks at numbers only, and says what settles it.

A doubt is a triple: which figures, the rule, and what to do. ``units={name: unit}`` settles every one of them, the
unit that was meant all along included ("yes, they are per cent").
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import pandas as pd

from povertystats.files.problems import Problem

Doubt: TypeAlias = tuple[pd.Series, str, str]

# By power of ten: how far a change may lie from it, and how far the rest of the series may move, in decimal logarithms.
_NEAR, _CALM = {1: 0.1, 2: 0.3, 3: 0.3}, {1: 0.3, 2: 0.3, 3: 0.6}
_INCOME = re.compile(
    r"income|wage|salar|consumption|expenditure|thu.?nh[aậ]p|l[uư][oơ]ng|chi.?ti[eê]u", re.IGNORECASE
)
# An income is in another unit where its median is this many times beyond, or below, the line of poverty.
_OFF_THE_LINE = 20


def shares(
    values: pd.Series, name: str = "", unit: str = "pct", blocks: pd.Series | None = None
) -> Iterator[Doubt]:
    """Yield a doubt where figures said to be per cent never exceed 1, so that they may be shares.

    Parameters
    ----------
    values : Series
        One column, or all figures of one indicator.
    name : str, optional
        What ``units`` is to call it; "" where it has none.
    unit : str, default "pct"
        What the figures are said to be in.
    blocks : Series, optional
        The place, or the file, of each figure: a block that never exceeds 1, and has more decimals than the figures of
        all others, which do, is doubtful as well.

    Notes
    -----
    None of the 31 indicators in per cent that come along is asked about, nor any of their 805 blocks of one place. Of
    their 754 series of one place alone, 15 never exceed 1: figures of a single place are settled by ``units`` more often.

    Examples
    --------
    >>> [rule for _, rule, _ in shares(pd.Series([0.305, 0.251]))]
    ['said to be in pct, but no figure exceeds 1: shares may be meant']
    >>> list(shares(pd.Series([0.305, 1.2]))), list(shares(pd.Series([0.0, 0.0])))
    ([], [])
    """
    known = values[values.notna()]
    if len(known) and known.between(0, 1).all() and known.gt(0).any():
        rule = f"said to be in {unit}, but no figure exceeds 1: shares may be meant"
        yield values.notna(), rule, _either(name, "share", unit)
        return
    low = known.groupby(blocks).transform("max") if blocks is not None else known[:0]
    for _, block in known[low.gt(0) & low.le(1)].groupby(blocks) if len(low) else ():
        if block.min() < 0 or not (rest := known.drop(block.index)).median() > 2:
            continue
        if block.map(_decimals).max() > rest.map(_decimals).max():
            mask = pd.Series(False, index=values.index)
            mask[block.index] = True
            yield mask, f"none exceeds 1, others in {unit} do: shares may be meant", _mended(name, unit)


def mixed_zeros(texts: Iterable[str], mark: str) -> set[str]:
    """Return numbers that end in a zero after three digits, 5.000, where others have fewer digits after that mark, 2.5.

    Who writes 2.5 writes 5, and 5.000 for five thousand; but where all have as many digits, as significant ones have.

    >>> mixed_zeros(["2.5", "19.57", "5.000", "7"], "."), mixed_zeros(["19.57", "5.000"], "."), mixed_zeros(["5.000"], ".")
    ({'5.000'}, set(), set())
    """
    parted = {text: text.lstrip("+-").partition(mark) for text in texts if mark in text}
    short = [whole for whole, _, rest in parted.values() if len(rest) < 3]
    digits = {len((whole + rest).lstrip("0")) for whole, _, rest in parted.values()}
    zeros = re.compile(r"[1-9]\d{0,2}" + re.escape(mark) + r"\d\d0")
    found = {text for text, parts in parted.items() if zeros.fullmatch("".join(parts))}
    return found if short and len(digits) > 1 else set()


def of_places(
    values: pd.Series, name: str, unit: str, places: pd.Series, known: pd.Series
) -> Iterator[Doubt]:
    """Yield the doubts that figures of one indicator raise beside those of other places: shares, another unit of incomes.

    ``known``: figures of the same places that come along; rates that are below 1 there as well are no question.

    >>> incomes = pd.Series([1500.0, 1600.0, 1.7e6]), pd.Series(["A", "B", "C"])
    >>> [rule for _, rule, _ in of_places(incomes[0], "income", "vnd_k", incomes[1], incomes[0][:0])]
    ['1,000 times the figures of other places']
    """
    if unit in ("pct", "permille"):
        if not len(known) or known.max() > 1:
            yield from shares(values, name, unit, places)
    elif _INCOME.search(name):
        level = np.log10(values[values > 0]).groupby(places).median()
        if len(level) < 2:
            return
        off = level - level.sort_values().iloc[(len(level) - 1) // 2]
        powers = (off / 3).round() * 3
        # Incomes of places differ by less than a power of ten.
        if (off - powers).abs().max() < 0.5:
            usual = powers.mode().min()
            for power in sorted({*powers} - {usual}):
                rule = f"{_times(power - usual)} the figures of other places"
                yield places.map(powers).eq(power) & (values > 0), rule, _mended(name, unit)


def parts_of_counts(values: pd.Series) -> Iterator[Doubt]:
    """Yield a doubt where counts of things are no whole numbers, so that a point may part their thousands.

    >>> [(rule, hint) for _, rule, hint in parts_of_counts(pd.Series([51.234, 42.931]))]
    [('a count is a whole number', 'if a point parts thousands, say decimal=","')]
    """
    broken = values.notna() & (values % 1 != 0)
    if broken.any():
        thousands = (values[broken] * 1000).map(lambda value: math.isclose(value, round(value), abs_tol=1e-6))
        hint = 'if a point parts thousands, say decimal=","' if thousands.all() else ""
        yield broken, "a count is a whole number", hint


def lost_points(values: pd.Series, low: float, high: float) -> Iterator[Doubt]:
    """Yield a doubt where figures beyond their range are inside it once divided by 100: 1957 for 19.57.

    >>> [rule for _, rule, _ in lost_points(pd.Series([1957.0, 21.88]), 0, 100)]
    ['beyond 100, though a hundredth of it is not']
    """
    beyond = (values > high) & (values / 100).between(low, high)
    if beyond.any():
        yield beyond, f"beyond {high:g}, though a hundredth of it is not", "is the decimal point lost?"


def jumps(values: pd.Series, name: str = "", unit: str = "") -> Iterator[Doubt]:
    """Yield a doubt for figures of a series that are 10, 100 or 1,000 times those around them, or parts of that.

    Parameters
    ----------
    values : Series
        One series in order of time: of one place, one indicator, one standard.
    name : str, optional
        What ``units`` is to call it.
    unit : str, optional
        What the figures are said to be in.

    Notes
    -----
    Asked only where the rest of the series is calm (no other change beyond a factor of 2; of 4 for a jump by 1,000) and,
    where there is no rest, of figures with two digits: counts of few cases jump truly. Balances, which fall below zero,
    have no level and are passed over. Of the 1,483 series of two figures or more that come along (one place, indicator
    and standard) none is asked about; with a figure, or all from one on, multiplied by 10, 100 or 1,000, 71, 85 and
    93% are.

    Examples
    --------
    >>> [mask.tolist() for mask, *_ in jumps(pd.Series([29.4, 26.61, 24.53, 2.188, 19.57]))]
    [[False, False, False, True, False]]
    >>> list(jumps(pd.Series([0.4, 4.3]))), list(jumps(pd.Series([30.0, 12.0, 3.0, 1.0])))
    ([], [])
    """
    positive = values[values > 0]
    if len(positive) < 2 or (values < 0).any():
        return
    change = np.diff(np.log10(positive.to_numpy(dtype=float)))
    size = np.abs(change)
    power = np.rint(size).astype(int)
    off = size - power
    leaps = np.isin(power, list(_NEAR)) & (np.abs(off) <= max(_NEAR.values()))
    # Up and down again: what the series moves meanwhile falls out of the mean of the two.
    back = np.flatnonzero(leaps[:-1] & leaps[1:] & (power[:-1] == power[1:]) & (change[:-1] * change[1:] < 0))
    off[back] = off[back + 1] = (off[back] + off[back + 1]) / 2
    rest = size[~leaps].max(initial=0)
    if not leaps.any() or any(
        abs(d) > _NEAR[k] or rest > _CALM[k] for d, k in zip(off[leaps], power[leaps], strict=True)
    ):
        return
    if leaps.all() and min(map(_digits, positive)) < 2:
        return
    level = np.concatenate([[0], np.cumsum(np.where(leaps, np.sign(change) * power, 0))])
    # The level that most figures have is right, of two the first: the others are asked about.
    found, first, often = np.unique(level, return_index=True, return_counts=True)
    usual = found[np.lexsort((first, -often))[0]]
    for other in found[found != usual]:
        rule = f"{_times(other - usual)} the other figures of its series"
        mask = pd.Series(False, index=values.index)
        mask[positive.index[level == other]] = True
        yield mask, rule, _mended(name, unit)


def leaping(values: pd.Series, series: pd.Series) -> set[object]:
    """Return the series, of figures in order of time, that move by half a power of ten at once: no other has ``jumps``."""
    moved = np.log10(values[values > 0]).groupby(series).diff().abs() > 0.5
    return {*series.loc[moved.index[moved]]}


def check_scale(facts: pd.DataFrame, ours: pd.DataFrame, told: Iterable[Problem] = ()) -> Iterator[Problem]:
    """Yield a Problem for figures that may stand in another unit than is said: shares for per cent, ten times the rest.

    ``ours``: facts that come along, beside which those of a package are looked at: a rate that is below 1 there as
    well is no question, a figure ten times those of the same series is one. Rows that are ``settled`` are not asked
    about, nor those whose value is ``told`` as a problem already.
    """
    said = {(problem.file, problem.row) for problem in told if problem.field == "value"}
    where = zip(facts["file"], facts["row"], strict=True)
    right = [place not in said for place in where] if said else True
    asked = facts.assign(right=right)[~facts["settled"] & facts["value"].notna()]
    ours = ours[ours["indicator"].isin(asked["indicator"].unique())]
    doubts: list[tuple[pd.DataFrame, str, Doubt]] = []
    of = dict(iter(ours.groupby("indicator")[["place", "value"]]))
    for name, rows in asked.groupby("indicator", sort=False):
        same = of.get(name, ours[:0])
        known = same.loc[same["place"].isin(rows["place"]), "value"]
        found = of_places(rows["value"], name, rows["unit"].iloc[0], rows["place"], known)
        doubts += [(rows, name, doubt) for doubt in found]
    told_of = {name for _, name, _ in doubts}
    both = pd.concat([ours.assign(right=False), asked[asked["right"] & ~asked["indicator"].isin(told_of)]])
    both = both[both["status"] != "target"].sort_values(["year", "period", "available_from"], kind="stable")
    one = both.groupby(["indicator", "place", "standard", "unit", "illustrative"], sort=False, dropna=False)
    both = both.assign(key=one.ngroup()).reset_index(drop=True)
    both = both[both["key"].isin(both.loc[both["right"], "key"].unique())]
    for _, rows in both[both["key"].isin(leaping(both["value"], both["key"]))].groupby("key", sort=False):
        name = rows["indicator"].iloc[0]
        doubts += [(rows, name, doubt) for doubt in jumps(rows["value"], name, rows["unit"].iloc[0])]
    for rows, name, (mask, rule, hint) in doubts:
        for row in rows[mask & rows["right"]].itertuples():
            yield Problem(row.file, int(row.row), "value", f"{row.value:.10g}", f"{name}: {rule}", hint)


def is_income(name: str) -> bool:
    """Say whether the name of a column is that of an income, a wage or an expenditure.

    >>> is_income("Thu nhập bình quân"), is_income("poor_pct")
    (True, False)
    """
    return bool(_INCOME.search(name))


def stand_ins(values: pd.Series) -> Iterator[Doubt]:
    """Yield a doubt for a figure that often stands for what is missing, -99 or 9999, and is far from all others.

    >>> [mask.tolist() for mask, *_ in stand_ins(pd.Series([-99.0, 21.2, 30.1]))]
    [[True, False, False]]
    >>> list(stand_ins(pd.Series([9.0, 99.0, 101.0]))), list(stand_ins(pd.Series([-9.0, -3.0, 2.0])))
    ([], [])
    """
    nines = values.map(lambda value: bool(re.fullmatch(r"-?9{2,}(\.0)?", str(value)))).astype(bool)
    rest = values[~nines].dropna() if nines.any() else values[:0]
    below = nines & (values < 0) & bool(rest.min() >= 0)
    above = nines & (values >= 999) & (values > 10 * rest.max())
    if len(rest) > 1 and (odd := below | above).any():
        yield odd, "may stand for what is missing", "if it does, add it to missing="


def incomes(median: float, line: float, name: str = "income_vnd_k") -> tuple[str, str] | None:
    """Return rule and suggestion where the median income is far beyond or below the line of poverty; else None.

    Both are in thousand dong a person a month.

    >>> incomes(800_000, 700)
    ('the median income is 1,143 times the line of poverty: dong may be meant', 'say units={"income_vnd_k": "vnd"}, or "vnd_k" if they are right')
    >>> incomes(1_400, 700)
    """
    if not (line > 0 and median > 0) or 1 / _OFF_THE_LINE < median / line < _OFF_THE_LINE:
        return None
    beyond = median > line
    times = f"{median / line:,.0f} times" if beyond else f"a {line / median:,.0f}th of"
    meant, said = ("vnd", "dong") if beyond else ("vnd_m", "million dong")
    rule = f"the median income is {times} the line of poverty: {said} may be meant"
    return rule, _either(name, meant, "vnd_k")


def _times(power: float) -> str:
    return f"{10**power:,.0f} times" if power > 0 else f"1/{10**-power:,.0f} of"


def _either(name: str, meant: str, said: str) -> str:
    return f'{_settled(name, meant)}, or "{said}" if they are right'


def _mended(name: str, unit: str) -> str:
    return f"mend them, or {_settled(name, unit)} if they are right"


def _settled(name: str, unit: str) -> str:
    return f'say units={{"{name}": "{unit}"}}' if name else f'say units="{unit}"'


def _decimals(value: float) -> int:
    return len(f"{value:.10f}".rstrip("0").partition(".")[2])


def _digits(value: float) -> int:
    return len(f"{value:.12g}".replace(".", "").strip("0"))
