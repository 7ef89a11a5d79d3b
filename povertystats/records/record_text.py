"""What a record says in words: bad news first, then how well, the worst year, the event, the sample, the losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.forecasts.forecast import indicator_name
from povertystats.forecasts.scores import COIN
from povertystats.records.baselines import CLIMATOLOGY, NAIVE
from povertystats.records.smoothness import told
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from povertystats.records.backtest_result import Backtest

# What the 80 % interval may hold of the outcomes before it is said to be off, and of how many at least.
_HELD, ENOUGH = (0.72, 0.88), 30
_CASE = ["indicator", "place", "origin", "horizon"]


def record_text(record: Backtest, lang: str, labels: Mapping[str, str]) -> str:
    """Return the text of a Backtest, a sentence a line; see ``Backtest.text``."""
    check(lang)
    codes = [code if code in labels else code.partition("@")[0] for code in record.indicators]
    name = ", ".join(dict.fromkeys(indicator_name(code, lang, labels) for code in codes))
    shown = record.table.dropna(subset=["crps"])
    best = _best(record, shown) if len(shown) else record.table.iloc[0]
    years = record.by_year[
        (record.by_year["method"] == best.method) & (record.by_year["horizon"] == best.horizon)
    ]
    lines = [_event(record, best, years, lang)]
    if len(shown):
        narrow, levels = _levels(record, best, lang)
        first = [*narrow, _row(best, name, lang), _worst(best, years, lang)]
        lines = [*first, *lines, *_others(best, shown, name, lang), *levels]
    if near := near_words(record, lang):
        lines.insert(0, say("backtest.near_line", lang, near=near))
    lines.append(say("backtest.sample", lang, n=best.n, origins=best.origins))
    if record.smooth is not None and (smooth := told(record.smooth, "smoothed", lang, labels)):
        lines.append(smooth)
    cases = record.left_out.drop_duplicates([*_CASE, "reason"])
    lines += [
        say(f"backtest.left_out.{reason}", lang, n=len(rows), places=rows["place"].nunique())
        for reason, rows in cases.groupby("reason")
    ]
    return "\n".join(lines)


def near_words(record: Backtest, lang: str) -> str:
    """Return which levels the forecasts of a record started from, where ``near`` was asked; else ""."""
    if record.band is None:
        return ""
    kind = "near" if record.alike else "any"
    return say(f"backtest.{kind}", lang, level=_level(*record.band, lang))


def figures(record: Backtest, method: str) -> dict[str, Any]:
    """Return what sentences tell of the forecasts by a method: how many, how far off, what the intervals held, the worst year."""
    row = record.table.set_index("method").loc[method]
    years = record.by_year[record.by_year["method"] == method]
    worst = years.loc[years["mae"].idxmax()]
    about = {"places": row["places"], "years": len(years), "ahead": row["horizon"], "mae": row["mae"]}
    about |= {"held": 100 * row["coverage80"], "below": 100 * row["below"]}
    return about | {"worst": worst["year"], "missed": worst["mae"]}


def _level(low: float, high: float, lang: str) -> str:
    """Return a band of levels in words."""
    kind = "below" if low == 0 else "above" if high == 100 else "between"
    return say(f"backtest.level.{kind}", lang, low=low, high=high)


def _best(record: Backtest, shown: pd.DataFrame) -> Any:
    shortest = shown[shown["horizon"] == shown["horizon"].min()]
    contenders = shortest[shortest["method"] != NAIVE] if len(shortest) > 1 else shortest
    rows = record.forecasts[record.forecasts["horizon"] == shortest["horizon"].iloc[0]]
    rows = rows[rows["method"].isin(contenders["method"])]
    shared = rows.pivot(index=_CASE[:3], columns="method", values="crps").dropna()
    return contenders.loc[contenders["method"].map(shared.mean()).fillna(contenders["crps"]).idxmin()]


def _levels(record: Backtest, best: Any, lang: str) -> tuple[list[str], list[str]]:
    """Return at which levels intervals held too little, the worst first; then what they held at each, and where too much."""
    rows = record.by_level
    rows = rows[(rows["method"] == best.method) & (rows["horizon"] == best.horizon)]
    warned, told, wide = list[str](), list[tuple[float, str]](), list[str]()
    for row in rows.sort_values("coverage80").itertuples():
        values = {"level": _level(row.low, row.high, lang), "coverage": 100 * row.coverage80}
        values |= {"n": row.n, "origins": row.origins}
        told.append((row.low, say("backtest.level.row", lang, **values)))
        if row.n >= ENOUGH and row.coverage80 < _HELD[0]:
            warned.append(say("backtest.off.narrow", lang, **values))
        elif row.n >= ENOUGH and row.coverage80 > _HELD[1]:
            wide.append(say("backtest.off.wide", lang, **values))
    levels = "; ".join(text for _, text in sorted(told))
    return warned, [*([say("backtest.levels", lang, levels=levels)] if len(rows) > 1 else []), *wide]


def _event(record: Backtest, best: Any, years: pd.DataFrame, lang: str) -> str:
    values = {
        "method": say(f"backtest.method.{best.method}", lang),
        "score": best.log_score,
        "coin": COIN,
        "share": _share(record, best, lang),
    }
    if best.log_score > COIN:
        return say("backtest.event.worse", lang, **values)
    missed = ", ".join(map(str, years.loc[years["log_score"] > COIN, "year"]))
    but = say("backtest.event.but", lang, years=missed) if missed else ""
    return say("backtest.event.better", lang, but=but, **values)


def _share(record: Backtest, best: Any, lang: str) -> str:
    """Return how the event's chance compares with the share of such changes so far, in the cases that both have; or ""."""
    rows = record.forecasts[record.forecasts["horizon"] == best.horizon]
    both = rows.pivot(index=_CASE, columns="method", values="log_score")
    if CLIMATOLOGY not in both or best.method == CLIMATOLOGY:
        return ""
    both = both[[best.method, CLIMATOLOGY]].dropna()
    if both.empty:
        return ""
    own, share = both.mean()
    kind = "share_better" if own < share else "share_worse"
    among = say("backtest.event.among", lang, n=len(both), own=own) if len(both) < best.n else ""
    return say(f"backtest.event.{kind}", lang, share=share, among=among)


def _worst(best: Any, years: pd.DataFrame, lang: str) -> str:
    worst = years.loc[years["mae"].idxmax()]
    values = {"year": worst.year, "mae": worst.mae, "coverage": 100 * worst.coverage80}
    return say("backtest.worst", lang, method=say(f"backtest.method.{best.method}", lang), **values)


def _row(row: Any, name: str, lang: str) -> str:
    against = "" if row.method == NAIVE or np.isnan(row.skill) else _against(row, lang, "row")
    values = {"method": say(f"backtest.method.{row.method}", lang), "name": name, "against": against}
    values |= {"horizon": row.horizon, "n": row.n, "places": row.places, "mae": row.mae}
    return say("backtest.row", lang, coverage=100 * row.coverage80, **values)


def _others(best: Any, shown: pd.DataFrame, name: str, lang: str) -> list[str]:
    """Return the best method's rows at the longer horizons, and the other methods at the shortest in one line."""
    same = shown[(shown["method"] == best.method) & (shown["horizon"] != best.horizon)]
    rest = shown[(shown["horizon"] == best.horizon) & ~shown["method"].isin([best.method, NAIVE])]
    others = "; ".join(_against(row, lang, "other") for row in rest.dropna(subset=["skill"]).itertuples())
    lines = [_row(row, name, lang) for row in same.itertuples()]
    return [*lines, say("backtest.others", lang, others=others)] if others else lines


def _against(row: Any, lang: str, kind: str) -> str:
    """Return how the CRPS compares with no change; in the row of the best, with its interval or that there is none."""
    better = row.skill >= 0
    # Told as so much lower or so much higher, whichever it is.
    low, high = sorted(100 * (1 if better else -1) * end for end in (row.skill_low, row.skill_high))
    span = "span_none" if np.isnan(low) else "span"
    return say(
        f"backtest.against.{kind}_{'better' if better else 'worse'}",
        lang,
        method=say(f"backtest.method.{row.method}", lang),
        skill=100 * abs(row.skill),
        span=say(f"backtest.{span}", lang, low=low, high=high, origins=row.origins),
    )
