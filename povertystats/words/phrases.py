"""Words that sentences and pictures share: names of terms, changes and intervals, rows left out, lines and decimals."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from povertystats.words.names import parse
from povertystats.words.wording import confidence, number, p_value, precision, say

# With fewer clusters every standard error is doubtful: Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414.
FEW = 20


def unit(outcome: str, scale: str) -> str:
    """Return the name of a scale's unit: an outcome that is no percentage has units of its own in "points".

    >>> unit("poor_income_pct", "points"), unit("income_vnd_k", "points"), unit("income_vnd_k", "log")
    ('points', 'units', 'log')
    """
    return scale if scale != "points" or outcome.endswith(("_pct", "_pp")) else "units"


def term_name(term: str, lang: str, labels: Mapping[str, str]) -> str:
    """Return a term's name for readers: ``labels`` maps terms or columns to names; a logarithm is called one.

    >>> term_name("log(money)", "en", {"money": "programme money"})
    'the logarithm of programme money'
    """
    kind, column = parse(term)
    label = labels.get(term) or labels.get(column, column)
    return say(f"drivers.name.{kind}", lang, name=label) if kind and term not in labels else label


def together(names: Iterable[str], lang: str) -> str:
    """Return names as a list in words.

    >>> together(["a", "b", "c"], "en"), together(["a"], "en"), together([], "en")
    ('a, b and c', 'a', '')
    """
    *first, last = [*names] or [""]
    return say("drivers.and", lang, first=", ".join(first), last=last) if first else last


def estimate_words(row: Any, lang: str, unit: str, *, step: float = 1.0) -> dict[str, str]:
    """Return the words of a row's estimate for ``step`` units more of the driver.

    ``change``, the interval ``low`` to ``high`` at ``level``, ``p``, ``size`` (what is detectable), and ``otherwise``
    (the change without the place that matters most) where the row has one.
    """
    decimals = precision(abs(row.estimate) if math.isnan(row.se) else row.se)

    def size(kind: str, amount: float) -> str:
        return say(f"drivers.change.{kind}_{unit}", lang, size=number(abs(step * amount), lang, decimals))

    def change(amount: float) -> str:
        return size("higher" if amount >= 0 else "lower", amount)

    words = {"change": change(row.estimate), "size": size("size", row.detectable), "p": p_value(row.p, lang)}
    words |= {end: number(step * getattr(row, end), lang, decimals) for end in ("low", "high")}
    if hasattr(row, "estimate_without"):
        words["otherwise"] = change(row.estimate_without)
    return words | {"level": confidence(row.level, lang)}


def step_words(term: str, lang: str, labels: Mapping[str, str], *, binary: bool = False) -> tuple[str, float]:
    """Return by how much more of a term an association is told, in words and in units of the term.

    >>> step_words("log(money)", "en", {"money": "programme money"})
    ('programme money twice as high', 0.6931471805599453)
    """
    transform, column = parse(term)
    kind = transform or ("binary" if binary else "pct" if column.endswith("_pct") else "unit")
    # Nobody thinks in units of a logarithm: tell what goes with twice as much.
    step = math.log(2) if transform == "log" else 1.0
    return say(f"drivers.step.{kind}", lang, name=labels.get(column, column)), step


def association(
    row: Any,
    lang: str,
    labels: Mapping[str, str],
    *,
    scale: str,
    unit: str,
    binary: bool = False,
    made: tuple[str, Callable[[str], str]] | None = None,
) -> str:
    """Return a row of ``DriverFit.table``, or of another table of that shape, as a sentence; ``scale`` in words.

    ``made``: of a column that a formula made, the term whose step is told, and what is said around that step.
    """
    term, around = made or (row.driver, str)
    more, step = step_words(term, lang, labels, binary=binary)
    words = estimate_words(row, lang, unit, step=step)
    for way in ("wild", "random"):
        if not math.isnan(p := getattr(row, f"p_{way}", math.nan)):
            words["p"] += say(f"drivers.p.{way}{'_tiny' * (p < 0.001)}", lang, p=p)
    sample = {"n": row.n, "places": row.places, "years": getattr(row, "years", None)}
    words["sample"] = say("drivers.sample_years" if sample["years"] else "drivers.sample", lang, **sample)
    words["verdict"] = say("drivers.unclear", lang, size=words["size"]) if row.low < 0 < row.high else ""
    words["step"] = around(more)
    none = getattr(row, "verdict", "") == "none"
    key = "row_none" if none else "row_untested" if math.isnan(row.se) else "row"
    return say(f"drivers.{key}", lang, scale=scale, outcome=term_name(row.outcome, lang, labels), **words)


def rows_left_out(
    dropped: Iterable[tuple[str, str, int]], lang: str, labels: Mapping[str, str], *, nested: bool = False
) -> str:
    """Return why rows were left out, and how many: the reasons of ``Moments.dropped``; "" when none was."""
    return "; ".join(
        say(
            f"drivers.reason.{'nested_' * (nested and reason == 'singleton')}{reason}",
            lang,
            rows=count,
            name=term_name(column, lang, labels),
        )
        for reason, column, count in dropped
    )


def controls_line(controls: Iterable[str], lang: str, labels: Mapping[str, str]) -> list[str]:
    """Return the line that names the controls, if there are any."""
    names = ", ".join(term_name(column, lang, labels) for column in controls)
    return [say("drivers.controls", lang, names=names)] if names else []


def scales_left_out(
    without: Iterable[tuple[str, str]], outcome: str, lang: str, labels: Mapping[str, str]
) -> Iterator[str]:
    """Yield why a scale was left out, of (scale, reason) pairs."""
    name = term_name(outcome, lang, labels)
    for scale, reason in without:
        left = say(f"drivers.scale.{scale}", lang)
        yield say(f"drivers.without.{reason}", lang, scale=left, outcome=name)


def decimals(values: Iterable[float]) -> int:
    """Return how many decimals (at most 6) the values need to be written as they are.

    >>> decimals([0, 0.25, 0.5]), decimals([-10.0, 0.0])
    (2, 0)
    """
    size = max(map(abs, values), default=0)
    return next(d for d in range(7) if d == 6 or all(abs(v - round(v, d)) <= 1e-9 * size for v in values))


def wrap(text: str, width: int = 26) -> str:
    """Break a text into the fewest lines of at most ``width`` characters, as even as they can be.

    >>> wrap("programme money per head, thousand dong", 26)
    'programme money per\\nhead, thousand dong'
    """

    def broken(width):
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)

    few = len(broken(width))
    return "\n".join(next(lines for w in range(1, width + 1) if len(lines := broken(w)) == few))


def moved(change: float, lang: str) -> str:
    """Write how a rate moved by so many percentage points, in words and without a sign.

    >>> moved(-1.07, "vi"), moved(0.3, "en")
    ('giảm 1,07 điểm phần trăm', 'rises by 0.30 points')
    """
    return say("change.falls" if change < 0 else "change.rises", lang, size=abs(change))
