"""The households of an illustrative province, drawn by chance with the margins of its districts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import expit

from povertystats.facts.standards import national_standard
from povertystats.illustrative.margins import COUNTS, STANDARD, allot, shift
from povertystats.words.errors import refuse

DRIVERS = ("borrower", "trained", "insured", "programme_commune")
FLAGS = national_standard(STANDARD).columns
# Poor up to the first line, near-poor up to the second, in the country and in towns (Decision 59/2015/QĐ-TTg).
_LINES_VND_K = np.array([[700, 1000], [900, 1300]])

# Everything below is chosen, not published.
COMMUNES, _URBAN_IN_TOWN = 122, 0.75
# How far the communes of a district lie apart (log-odds), and how much less often the poorer ones are left.
_APART, _SLOWER = 0.4, 0.02
# Households newly poor, as a share of the commune's rate; households that move away in a year.
_NEWLY, _LEAVING = 0.06, 0.01
# Borrower, trained, insured: probability when not poor and when poor, and what a programme commune adds. Drawn anew
# each year: a driver that lasts would go with having been poor, so with the ethnic group, so with becoming poor.
_COVERED, _PROGRAMME = np.array([[0.20, 0.10, 0.96], [0.40, 0.15, 0.98]]), np.array([0.10, 0.05, 0.0])
# Deprivations of the poor by income, poor by deprivation, near-poor, not poor: the fewest, the most (as the class
# allows), and how much they crowd towards the fewest; then how common each one is.
_FEWEST, _MOST, _CROWD = np.array([0, 3, 0, 0]), np.array([7, 6, 2, 4]), np.array([1, 2, 1, 5])
_COMMON = np.array([1.0, 1.0, 2.0, 0.5, 4.0, 3.0, 2.0, 6.0, 1.5, 2.5])


def province(
    margins: pd.DataFrame, ethnic: np.ndarray, effects: np.ndarray, rng: np.random.Generator
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the columns of each year of one province, ``{name: array (households,)}``; places as codes from 0.

    ``margins`` as by ``margins_of``; ``ethnic``: shares of the groups among the others and among the poor, (2,
    groups); ``effects``: of the drivers on escape and on entry, (2, 4), as probabilities. Raises Refused where
    these leave no room between 0 and 1.
    """
    names, years = margins["district"].unique(), margins["year"].unique().tolist()
    sizes, poor_now, deprived, near = (margins[c].to_numpy().reshape(len(names), -1) for c in COUNTS)
    communes, rates = _communes(rng, names, sizes[:, 0], poor_now)
    commune = np.repeat(np.arange(COMMUNES, dtype=np.int16), communes["households"])
    place, urban, n = communes["district"][commune], communes["urban"][commune], len(commune)
    persons = rng.binomial(11, 0.3, n).astype(np.int32) + 1
    household, born = np.zeros(n, np.int64), np.zeros(n, np.int32)
    covered = np.zeros((n, len(DRIVERS)), bool)
    covered[:, -1] = communes["programme"][commune]
    none, new = np.zeros(n), np.ones(n, bool)
    for t, year in enumerate(years):
        if t == 0:
            totals = _by_poverty(poor_now[:, 0], 0 * sizes[:, 0])
            poor = _draw(rng, rates[commune, 0], 2 * place, totals)
            group = _ethnic_group(rng, ethnic, poor)
        else:
            risk = rates[commune, t] * (ethnic[1] / ethnic[0])[group]
            # The constant keeps the chance of those above nought whose drivers lower it most.
            entry = -np.minimum(effects[1], 0).sum() + _NEWLY * risk + covered @ effects[1]
            base = np.where(poor, covered @ effects[0] - _SLOWER * communes["apart"][commune], entry)
            moving = 2 * place + poor
            entered = np.ceil(np.bincount(moving, base, 2 * len(names))[::2]).astype(int)
            totals = _by_poverty(entered, poor_now[:, t - 1] - poor_now[:, t] + entered)
            moves = [
                f"{name}, {year - 1} to {year}, {move}" for name in names for move in ("entry", "escape")
            ]
            poor = poor ^ _draw(rng, base, moving, totals, moves)
            new = rng.random(n) < _LEAVING
        born[new] = year - rng.triangular(20, 45, 86, new.sum()).astype(np.int32)
        household = np.where(new, household.max() + np.cumsum(new), household)
        covered[:, :-1] = rng.random((n, 3)) < _COVERED[poor.astype(int)] + _PROGRAMME * covered[:, -1:]
        # 0 poor by income, 1 poor by deprivation, 2 near-poor, 3 neither.
        picked = _draw(rng, none, 2 * place + poor, _by_poverty(near[:, t], deprived[:, t]))
        kind = np.where(poor, picked, 3 - picked)
        yield {
            "household": household,
            "year": np.full(n, year, np.int32),
            "province": np.zeros(n, np.int16),
            "district": place,
            "commune": commune,
            "urban": urban,
            "ethnic": group,
            "persons": persons,
            "head_age": np.int32(year) - born,
            "income_vnd_k": _income(rng, kind, urban),
            **dict(zip(FLAGS, _flags(rng, kind, covered[:, 2]), strict=True)),
            **dict(zip(DRIVERS, covered.T.copy(), strict=True)),
            "illustrative": np.ones(n, bool),
        }


def _communes(rng, names, sizes, poor_now):
    """Return district, households, log-odds apart, urban and programme of each commune, and its rate aimed at by year."""
    number = allot(COMMUNES, sizes)
    households = [allot(n, rng.uniform(0.5, 1.5, k)) for n, k in zip(sizes, number, strict=True)]
    apart = [rng.normal(0, _APART, k).clip(-1, 1) for k in number]
    rates = np.concatenate(
        [
            np.stack([expit(by + shift(by, of, total)) for total in totals], axis=1)
            for by, of, totals in zip(apart, households, poor_now, strict=True)
        ]
    )
    towns = [
        _URBAN_IN_TOWN * k if name.startswith("TP ") else 1 for name, k in zip(names, number, strict=True)
    ]
    columns = {
        "district": np.repeat(np.arange(len(names), dtype=np.int16), number),
        "households": np.concatenate(households),
        "apart": np.concatenate(apart),
        "urban": np.concatenate([np.arange(k) < urban for k, urban in zip(number, towns, strict=True)]),
        "programme": rates[:, 0] > np.median(rates[:, 0]),
    }
    return columns, rates


def _by_poverty(others, poor):
    """Return one total a group ``2 * district + poor``."""
    return np.stack([others, poor], axis=1).ravel()


def _ethnic_group(rng, ethnic, poor):
    upto = np.cumsum(ethnic, axis=1)[:, :-1]
    return (rng.random(len(poor))[:, None] >= upto[poor.astype(int)]).sum(axis=1).astype(np.int16)


def _draw(rng, base, group, totals, names=()):
    """Draw exactly ``totals`` of each group, each with its base probability plus a constant of the group.

    Systematic sampling in random order (Madow 1949, doi:10.1214/aoms/1177729988). ``names``: of the groups,
    where probabilities outside 0-1 are to be refused.
    """
    missing = totals - np.bincount(group, base, len(totals))
    chance = base + (missing / np.maximum(np.bincount(group, minlength=len(totals)), 1))[group]
    if names:
        wrong = np.unique(group[(chance < 0) | (chance > 1)])
        spans = [(names[g], chance[group == g].min(), chance[group == g].max()) for g in wrong]
        problems = [
            f"{what}: probabilities of {low:.3f} to {high:.3f}; expected 0 to 1" for what, low, high in spans
        ]
        refuse("cannot draw", problems)
    order = rng.permutation(len(group))
    order = order[np.argsort(group[order], kind="stable")]
    # Totals are whole: the running sum passes one tick for each household drawn, group by group.
    ticks = np.arange(totals.sum()) + np.repeat(rng.random(len(totals)), totals)
    at = np.searchsorted(np.cumsum(chance[order]), ticks, side="right").clip(max=len(group) - 1)
    drawn = np.zeros(len(group), bool)
    drawn[order[at]] = True
    return drawn


def _flags(rng, kind, insured):
    """Return the ten deprivations, an array of shape (10, n): as many as the class allows, insurance as it is."""
    spread = rng.random(len(kind)) ** _CROWD[kind] * (_MOST - _FEWEST + 1)[kind]
    number = np.maximum(_FEWEST[kind] + spread.astype(int), ~insured)
    # The deprivations with the smallest of ten exponential times: the more common ones come sooner.
    times = rng.standard_exponential((len(kind), len(FLAGS))) / _COMMON
    times[:, FLAGS.index("dep_health_insurance")] = np.where(insured, np.inf, 0)
    last = np.take_along_axis(np.sort(times, axis=1), np.maximum(number - 1, 0)[:, None], axis=1)
    return ((times <= last) & (number > 0)[:, None]).T.copy()


def _income(rng, kind, urban):
    """Return incomes that the class allows, in whole thousand dong a person a month."""
    line, upper = _LINES_VND_K[urban.astype(int)].T
    share = 1 - rng.random(len(kind))
    return np.select(
        [kind == 0, kind < 3],
        [np.ceil(line * (0.35 + 0.65 * np.sqrt(share))), line + np.ceil((upper - line) * share)],
        upper + 1 - np.ceil(700 * np.log(share)),
    )
