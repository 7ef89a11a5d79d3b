"""What tests of associations are worth, in words: which are doubtful or do not exist, why, and which p to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from povertystats.words.phrases import term_name
from povertystats.words.wording import p_value, say


def doubts(
    table: pd.DataFrame, lang: str, labels: Mapping[str, str], ways: Callable[[pd.DataFrame, str], str]
) -> Iterator[str]:
    """Return a line a driver and verdict that is not "holds", the tests that do not exist first.

    ``table``: as of ``DriverFit``; ``ways`` names the scales and estimators of several rows.

    >>> table = pd.DataFrame({"driver": ["x"], "verdict": "none", "why": "few_treated", "read": "", "treated": 1.0, "places": 14})
    >>> [*doubts(table.assign(effective=1.2), "en", {}, lambda rows, lang: "points")]
    ['No test of x in points exists: only 1 of 14 places ever has it. The estimate stands without an interval.']
    """
    held = table[table["verdict"] != "holds"].sort_values("verdict", ascending=False, kind="stable")
    for (driver, verdict, _, read), rows in held.groupby(["driver", "verdict", "why", "read"], sort=False):
        reasons = reasons_in_words(rows.loc[rows["effective"].idxmin()], lang)
        names = {"driver": term_name(driver, lang, labels), "ways": ways(rows, lang)}
        advice = say(f"drivers.verdict.read.{read or verdict}", lang, p=_smallest(rows, read, lang))
        yield say(f"drivers.verdict.{verdict}", lang, reasons=reasons, advice=advice, **names)


def reasons_in_words(row: pd.Series, lang: str) -> str:
    """Return why the test of a row of the table does not hold, reasons as in ``clusters.verdict``; "" where it does.

    >>> row = pd.Series({"places": 63, "effective": 6.9, "treated": float("nan"), "why": "uneven"})
    >>> reasons_in_words(row, "en")
    'its variation lies in few places, as if there were 6.9 equal ones'
    """
    known = {"places": int(row["places"]), "effective": row["effective"]}
    if row["treated"] == row["treated"]:
        known["treated"] = int(row["treated"])
        known["untreated"] = known["places"] - known["treated"]
    return "; ".join(
        say(f"drivers.verdict.why.{key}", lang, **known) for key in row["why"].split("; ") if key
    )


def all_hold(table: pd.DataFrame, lang: str) -> list[str]:
    """Return the line that nothing speaks against the tests, where that is so."""
    if (table["verdict"] != "holds").any():
        return []
    fewest = table.loc[table["effective"].idxmin()]
    return [say("drivers.verdict.holds", lang, effective=fewest["effective"], places=int(fewest["places"]))]


def _smallest(rows, read, lang):
    return p_value(rows[read].min(), lang) if read else ""
