"""How many ways of computing say what of each driver: counted, and drawn as one bar a driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.exhibits.picture import NARROW, SMALL, WIDTH, Picture
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from povertystats.checks.specification_curve import SpecificationCurve

# What the ways of computing may say, from left to right, how it is drawn and where its label begins.
_SAID: dict[str, tuple[dict[str, Any], float, str]] = {
    "negative": ({"color": draw.BLUE}, 0.0, "left"),
    "unclear": ({"color": "white", "hatch": "...."}, 0.5, "center"),
    "positive": ({"color": draw.ORANGE, "hatch": "////"}, 1.0, "right"),
}


def counted(curve: SpecificationCurve, lang: str, *, labels: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return of each driver of a curve how many estimates there are: driver, n, negative, unclear, positive (clear ones)."""
    question, labels = curve.question, labels or {}
    titles = question.titles(lang, labels)
    summary = curve.summary[curve.summary["dimension"] == ("definition" if question.apart else "all")]
    rows = []
    for row in summary.itertuples():
        named = titles["definition", row.option] if question.apart else question.called(lang, labels)
        ends = {
            kind: round(row.n * getattr(row, f"clear_{kind}")) if row.n else 0
            for kind in ("negative", "positive")
        }
        rows.append({"driver": named, "n": row.n, **ends})
    table = pd.DataFrame(rows)
    table["unclear"] = table["n"] - table["negative"] - table["positive"]
    return table[["driver", "n", "negative", "unclear", "positive"]]


def side(outcomes: Sequence[str], key: str, lang: str, labels: Mapping[str, str]) -> str:
    """Return a sentence on poverty, or on outcomes of another name: ``key`` with "_poverty" or with their ``name``."""
    poverty = all(outcome.startswith("poor_") for outcome in outcomes)
    name = ", ".join(dict.fromkeys(labels.get(outcome, outcome) for outcome in outcomes))
    return say(f"{key}{'_poverty' * poverty}", lang, name=name)


def tally(
    curves: Sequence[SpecificationCurve], lang: str, *, labels: Mapping[str, str] | None = None
) -> Picture:
    """Draw of how many specifications the association of each driver is clearly negative, unclear, clearly positive.

    ``curves``: SpecificationCurves, a bar a driver of each; ``labels``: ``{column: name}``. Raises ValueError for an
    unknown language and no curve.
    """
    check(lang)
    labels = labels or {}
    rows = pd.concat([counted(curve, lang, labels=labels) for curve in curves], ignore_index=True)
    outcomes = [curve.question.outcome for curve in curves]
    named = dict(labels) | {c.question.outcome: c.question.outcome_name(lang, labels) for c in curves}
    ends = [side(outcomes, f"plot.tally.{end}", lang, named) for end in ("less", "more")]
    told = "; ".join(say("plot.tally.row", lang, **row) for row in rows.to_dict("records"))
    alt = say("plot.tally.alt", lang, rows=told)
    title = side(outcomes, "plot.tally.title", lang, named)

    def narrow() -> Figure:
        return _draw(rows, ends, lang, NARROW)

    return Picture(_draw(rows, ends, lang, WIDTH), alt, rows, title=title, narrow=narrow)


def _draw(rows: pd.DataFrame, ends: Sequence[str], lang: str, width: float) -> Figure:
    """Draw a bar a driver, all of one length, with the driver above it and what its parts are below it."""
    small = width < WIDTH
    heads = [
        draw.wrap(say("plot.tally.head", lang, driver=row.driver, n=row.n), 38 if small else 80)
        for row in rows.itertuples()
    ]
    # In lines: the heading, the bar, its labels (two lines where there is little room), and air.
    blocks = [head.count("\n") + 1 + 1.5 + (2 if small else 1) + 1.1 for head in heads]
    figure, [[axes]] = draw.canvas(0.17 * (sum(blocks) + 2.2), width=width)
    axes.set(xlim=(-0.006, 1.006), ylim=(-sum(blocks), 2.2))
    axes.axis("off")
    for end, at, anchor in zip(ends, (0.0, 1.0), ("left", "right"), strict=True):
        axes.text(at, 1.1, draw.wrap(end, 22 if small else 40), ha=anchor, va="center", fontsize=SMALL)
    top = 0.0
    for row, head, block in zip(rows.to_dict("records"), heads, blocks, strict=True):
        axes.text(0, top, head, ha="left", va="top", fontsize=SMALL + 1, fontweight="bold")
        bar = top - head.count("\n") - 1 - 0.95
        left = 0.0
        for kind, (look, at, anchor) in _SAID.items():
            size = float(row[kind]) / max(row["n"], 1)
            axes.barh(bar, size, left=left, height=1.2, edgecolor="black", linewidth=0.6, **look)
            label = say(f"plot.tally.{kind}", lang, n=row[kind])
            for line, words in enumerate(label.split(" ", 1) if small else [label]):
                axes.text(at, bar - 1.55 - line, words, ha=anchor, va="baseline", fontsize=SMALL)
            left += size
        top -= block
    return figure
