"""The estimates of a design with their errors: by the jackknife, together, by chance, and what each test is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from povertystats.adoption.bands import band, joint
from povertystats.adoption.paths import by_chance
from povertystats.adoption.sums import Design
from povertystats.clusters.jackknife import by_jackknife
from povertystats.regression.inference import spread
from povertystats.words.phrases import FEW

# Below so many effective places t with G − 1 degrees finds too much. Rejections of a 5 % test under no effect, 400 panels
# of 20 and of 63 places, both estimators: .08 to .23 with 2 to 4, .04 to .12 with 4 to 8, .03 to .08 from 10 on.
CARRIED = 10.0


def estimate(
    design: Design, *, level: float = 0.95, draws: int = 999, seed: int = 1
) -> tuple[pd.DataFrame, float]:
    """Return a row an estimate, as in ``EventStudy.table``, and p of the joint test of the years before adoption (NaN: none).

    >>> import povertystats as ps
    >>> from povertystats.adoption.adopted import read_adoption
    >>> from povertystats.adoption.group_time import GroupTime
    >>> panel = pd.DataFrame({"place": list("aabbccdd"), "year": [1, 2] * 4, "on": [0, 1, 0, 1, 0, 0, 0, 0]})
    >>> design = GroupTime(read_adoption(panel.assign(y=[1.0, 3, 2, 5, 1, 1, 2, 3]), "y", "on"))
    >>> estimate(design)[0][["part", "estimate", "p_random"]].round(2).values.tolist()[0]
    ['overall', 2.0, nan]
    """
    each = design.by_cluster(design.parts(design.data.first))
    whole = each.sum(axis=0)
    estimates, without = design.finish(whole), design.finish(whole - each)
    table = _told(design).join(by_jackknife([""] * len(estimates), estimates, without, level=level))
    dealt, dealt_before = _by_chance(design, draws, seed, level)
    table = table.assign(p_random=dealt)
    table = table.join(_judged(design, table))
    variance, dof = spread(without, estimates), len(each) - 1
    rows = {part: table.index[(table["part"] == part) & (table["se"] > 0)] for part in ("since", "before")}
    since, before = rows.values()
    reach = band(variance[np.ix_(since, since)], dof, level, seed=seed) if len(since) else np.nan
    reach = table["se"] * np.where(table["part"] == "since", reach, np.nan)
    table = table.assign(low_all=table["estimate"] - reach, high_all=table["estimate"] + reach)
    # Where places that adopt are too few for the jackknife, deals of the dates or nothing.
    if not np.isnan(dealt_before) or (table.loc[before, "read"] == "").all():
        return table, dealt_before
    return table, joint(estimates[before], variance[np.ix_(before, before)], dof, seed=seed)


def _told(design: Design) -> pd.DataFrame:
    """Return what each estimate is of: part, year since or cohort, figures, places, the fewest to compare with."""
    others, rows = design.others, []
    for row, chosen in zip(design.rows, design.figures, strict=True):
        since = row.value if row.kind in ("since", "before") else np.nan
        cohort = row.value if row.kind == "cohort" else np.nan
        n, places, fewest = chosen.sum(), chosen.any(axis=1).sum(), others[chosen.any(axis=0)].min()
        rows.append((row.kind, "" if row.kind == "overall" else row.value, since, cohort, n, places, fewest))
    return pd.DataFrame(rows, columns=["part", "which", "since", "cohort", "n", "places", "comparisons"])


def _judged(design: Design, told: pd.DataFrame) -> pd.DataFrame:
    """Return how many equal clusters would carry each estimate, what its test is worth, which p to read, and why."""
    squares = design.by_cluster(np.moveaxis((design.weights() ** 2).sum(axis=2), 0, 1)).T
    effective = squares.sum(axis=1) ** 2 / (squares**2).sum(axis=1)
    alone, uneven = ~(told["se"] > 0), effective < CARRIED
    few = np.full(len(told), len(design.data.clusters) < CARRIED)
    rare = np.where(told["places"] <= told["comparisons"], "few_treated", "few_untreated")
    why = np.select([alone, uneven, few], ["one_cluster", rare, "few_clusters"], "")
    # What the jackknife cannot test well, deals of the dates can; where there are none, no p is to be read.
    dealt, bad = told["p_random"].notna(), alone | uneven
    read = np.select([(bad | few) & dealt, ~bad], ["p_random", "p"], "")
    verdict = np.select([alone & ~dealt, bad | few], ["none", "doubtful"], "holds")
    return pd.DataFrame({"effective": effective, "verdict": verdict, "read": read, "why": why})


def _by_chance(design, draws, seed, level):
    """Return p by deals, of each and of all before, where few places adopt and deals are enough to reject, else NaN."""
    first = design.data.first
    few = np.isfinite(first).sum() < FEW and len(design.data.clusters) == len(first)
    found = by_chance(design, draws=draws, seed=seed, size=1 - level) if draws and few else None
    return (np.nan, np.nan) if found is None else found
