"""Errors of a sample drawn in strata and clusters, by Taylor linearisation: from sums by sampling unit to variances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from povertystats.surveys.psu_sums import KEY, SUMS
from povertystats.words.errors import refuse

# How many sampling units there are: in every stratum, by stratum, or so many that it does not matter.
Population = float | Mapping[Any, float] | None
SINGLE = ("refuse", "centre")


@dataclass(frozen=True, eq=False)
class Strata:
    """Of each stratum, in the order of its numbers: sampling units drawn, and the share that they are of all.

    ``fraction`` is 0 where units are taken as drawn with replacement.
    """

    psus: np.ndarray
    fraction: np.ndarray


def strata_of(cells: pd.DataFrame, *, population: Population = None, single_psu: str = "refuse") -> Strata:
    """Return the strata of a sample, from ``psu_sums``.

    ``population``: how many sampling units there are, in every stratum or {stratum: units}; ``single_psu``: "refuse" a
    stratum of one unit, or "centre" it.

    Raises Refused, all problems at once, where there are such strata, or fewer units than were drawn.
    """
    labels = [label[-1] if len(label) == 1 else label for label in cells.attrs["strata"]]
    units = cells.groupby("psu").agg(stratum=("stratum", "first"))
    psus = np.bincount(units["stratum"], minlength=len(labels))
    problems, told = [], [" ".join(map(str, label)) or "the sample" for label in cells.attrs["strata"]]
    alone = [told[h] for h in np.flatnonzero(psus == 1)]
    if alone and single_psu == "refuse":
        more = f" and {len(alone) - 10} more" if len(alone) > 10 else ""
        problems.append(
            f"one sampling unit alone in the strata {', '.join(alone[:10])}{more}: nothing tells its error; join such "
            'strata with others, or centre them at the mean of all units: single_psu="centre"'
        )
    size = np.full(len(labels), np.inf)
    if isinstance(population, Mapping):
        # By its own name where that of a round stands before it.
        whole = [
            population.get(label, population.get(parts[-1] if parts else None))
            for label, parts in zip(labels, cells.attrs["strata"], strict=True)
        ]
        lost = [told[h] for h, units in enumerate(whole) if units is None]
        if lost:
            problems.append(f"population: no number of sampling units for the strata {', '.join(lost[:10])}")
        size = np.array([np.inf if units is None else units for units in whole], float)
    elif population is not None:
        size[:] = population
    few = [f"{told[h]} ({psus[h]} of {size[h]:g})" for h in np.flatnonzero(~(psus <= size))]
    if few:
        problems.append(f"population: more sampling units than there are in {', '.join(few[:10])}")
    refuse("cannot estimate from the survey", problems)
    return Strata(psus, psus / size)


def bad_options(level: object, single_psu: object, population: object) -> list[str]:
    """Return what is wrong with options, as a list of problems.

    >>> bad_options(0.95, "refuse", None)
    []
    """
    problems = []
    if not (isinstance(level, Real) and 0 < float(level) < 1):
        problems.append(f"level is {level}; expected a share between 0 and 1, such as 0.95")
    if single_psu not in SINGLE:
        problems.append(f"single_psu: {single_psu!r}; expected one of {', '.join(SINGLE)}")
    sizes = (
        [*population.values()]
        if isinstance(population, Mapping)
        else []
        if population is None
        else [population]
    )
    if wrong := [
        size for size in sizes if isinstance(size, bool) or not (isinstance(size, Real) and float(size) > 0)
    ]:
        problems.append(
            f"population: {wrong[0]!r}; expected how many sampling units there are, or {{stratum: units}}"
        )
    return problems


def linearised(cells: pd.DataFrame, strata: Strata, kinds: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """Return one row a domain and measure: estimate, its variance, that of a simple random sample, and what both rest on.

    ``cells`` of ``psu_sums``, ``kinds`` of the measures in their order, ``by``: the columns that tell domains apart, none
    for the whole sample. Columns: those, ``measure`` (its position), estimate, variance, variance_srs, n, psus, strata, df.

    With the score ``z_hi = Σ w (y − R x)/Σ w x`` of unit i in stratum h (``Σ w y`` for a total), 0 where the domain has no
    household, n_h units of N_h: ``V = Σ_h (1 − n_h/N_h) n_h/(n_h − 1) Σ_i (z_hi − z̄_h)²``; a stratum of one unit adds
    ``(1 − 1/N_h) (z_h − z̄)²`` with the mean of all units. Degrees of freedom: units less strata, of those with a
    household of the domain.
    Sources: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, 5.5-5.7; Wolter 2007, Introduction to
    Variance Estimation, doi:10.1007/978-0-387-35099-8, 6; Korn & Graubard 1999, Analysis of Health Surveys, 2.4 and 5.
    """
    m, keys = len(kinds), [KEY + name for name in by]
    grouped = cells.groupby([*keys, "stratum", "psu"], observed=True).sum(numeric_only=True).reset_index()
    domains = grouped[keys].drop_duplicates(ignore_index=True) if keys else pd.DataFrame(index=[0])
    d = grouped.groupby(keys, sort=False).ngroup().to_numpy() if keys else np.zeros(len(grouped), int)
    h, s = grouped["stratum"].to_numpy(), len(strata.psus)
    sums = {name: grouped[[f"{name}{i}" for i in range(m)]].to_numpy() for name in SUMS}
    n, w, y, x, yy, xy, xx = (_added(d, sums[name], len(domains)) for name in SUMS)
    totals = np.array([kind == "total" for kind in kinds])
    with np.errstate(all="ignore"):
        ratio = np.where(totals, 0.0, y / x)
        scale = np.where(totals, 1.0, x)
        z = (sums["y"] - ratio[d] * sums["x"]) / scale[d]
    pair, inverse = np.unique(d * s + h, return_inverse=True)
    of, at = pair // s, pair % s
    # Where a domain has a household that counts; its units elsewhere have z = 0.
    there = _added(inverse, sums["n"] > 0, len(pair))
    drawn = strata.psus[at][:, None]
    mean = _added(inverse, z, len(pair)) / drawn
    apart = _added(inverse, (z - mean[inverse]) ** 2, len(pair))
    apart += (drawn - np.bincount(inverse)[:, None]) * mean**2
    psus, layers, every = (_added(of, part, len(domains)) for part in (there, there > 0, (there > 0) * drawn))
    grand = _added(of, (there > 0) * mean * drawn, len(domains)) / np.maximum(every, 1)
    within = np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1) * apart, (mean - grand[of]) ** 2)
    variance = _added(of, (1 - strata.fraction[at])[:, None] * within, len(domains))
    with np.errstate(all="ignore"):
        squares = yy - 2 * ratio * xy + ratio**2 * xx
        srs = np.where(totals, w * yy - y**2, squares * w / x**2) / (n - 1)
        estimate = np.where(totals, y, ratio)
    columns = {
        "estimate": estimate, "variance": variance, "variance_srs": srs,
        "n": n, "psus": psus, "strata": layers, "df": psus - layers,
    }  # fmt: skip
    table = domains.loc[domains.index.repeat(m)].reset_index(drop=True).set_axis([*by], axis=1)
    return table.assign(
        measure=np.tile(np.arange(m), len(domains)), **{name: of.ravel() for name, of in columns.items()}
    )


def _added(groups, values, size):
    """Return sums of rows (n, m) by group, (size, m)."""
    return np.stack([np.bincount(groups, column, size) for column in values.T], axis=1)
