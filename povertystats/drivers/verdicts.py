"""What the test of a declared driver is worth: whether it holds, and whether regions in place of places change its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from povertystats.associations.judgement import reasons_in_words
from povertystats.drivers.declared import driver_fits, regions
from povertystats.questions.declared_driver import own_drivers
from povertystats.words.wording import p_value, say

if TYPE_CHECKING:
    import pandas as pd

    from povertystats.facts.facts import Facts


def lost(known: Facts, name: str) -> dict[str, pd.DataFrame]:
    """Return by scale the answers by place and by region of a driver whose association is clear by place alone.

    Without those of a package that tells no regions.

    >>> import povertystats as ps
    >>> [*lost(ps.load_facts().as_of("2020-05-07"), "programmes")]
    ['points']
    """
    found = regions(known, name) if name in driver_fits(known) else None
    return {} if found is None else {scale: rows for (_, scale), rows in found.lost.items()}


def stands(known: Facts, name: str) -> bool:
    """Return whether every test of a driver's fit holds and none of its clear answers is lost by regions."""
    fit = driver_fits(known).get(name)
    return fit is None or (bool((fit.table["verdict"] == "holds").all()) and not lost(known, name))


def has_interval(row: Any) -> bool:
    """Return whether a row of a fit has an interval that may be told.

    >>> from types import SimpleNamespace as Row
    >>> has_interval(Row(verdict="doubtful", low=1.0, high=2.0)), has_interval(Row(verdict="doubtful", low=float("nan"), high=2.0))
    (True, False)
    """
    return row.verdict != "none" and bool(row.low <= row.high)


def verdict(known: Facts, name: str, row: Any, ends: tuple[float, float], lang: str) -> str:
    """Return in a word or two what the interval of a row of a fit says, and what its test is worth.

    ``ends``: of the interval, in units in which it is told.
    """
    if row.verdict == "none":
        return say("drivers.worth.none", lang)
    if not has_interval(row):
        return say("drivers.worth.alone", lang)
    if ends[0] <= 0 <= ends[1]:
        return say("drivers.plain.open", lang)
    if row.scale in lost(known, name):
        return say("drivers.worth.lost", lang)
    return say("drivers.plain.clear" if row.verdict == "holds" else "drivers.worth.doubtful", lang)


def warnings(known: Facts, name: str, lang: str) -> Iterator[str]:
    """Yield why the tests within places of a driver are doubtful, and where regions change the answer.

    >>> import povertystats as ps
    >>> print(*warnings(ps.load_facts().as_of("2020-05-07"), "training", "en"))
    <BLANKLINE>
    """
    fit = driver_fits(known).get(name)
    if fit is None:
        return
    within = fit.table[(fit.table["estimator"] == "within") & (fit.table["verdict"] != "holds")]
    for kind, rows in within.groupby("verdict", sort=False):
        scales = ", ".join(say(f"drivers.plain.scale.{scale}", lang) for scale in rows["scale"])
        # Once for all scales, whatever each has of them.
        every = dict.fromkeys("; ".join(rows["why"]).split("; "))
        weakest = rows.loc[rows["effective"].idxmin()]
        reasons = reasons_in_words(weakest.to_frame().T.assign(why="; ".join(every)).iloc[0], lang)
        yield say(f"drivers.worth.{kind}_why", lang, scales=scales, reasons=reasons)
    for scale, rows in lost(known, name).items():
        told = {by: p_value(rows.at[by, "p"], lang) for by in ("place", "region")}
        words = {
            "scale": say(f"drivers.plain.scale.{scale}", lang),
            "regions": int(rows.at["region", "clusters"]),
        }
        yield say("drivers.worth.lost_why", lang, **words, **told)


def in_short(known: Facts, name: str, lang: str) -> dict[str, str]:
    """Return two cells: whether the tests of a driver hold, and whether its answer is the same by regions; "–" where untold."""
    fit = driver_fits(known).get(name)
    found = regions(known, name) if name in own_drivers(known) and fit is not None else None
    cells = dict.fromkeys(("worth", "regions"), "–")
    if fit is not None:
        worst = next(kind for kind in ("none", "doubtful", "holds") if (fit.table["verdict"] == kind).any())
        cells["worth"] = say(f"drivers.worth.worst.{worst}", lang)
    if found is not None:
        cells["regions"] = say(f"drivers.worth.{'other' if found.changed else 'same'}", lang)
    return cells
