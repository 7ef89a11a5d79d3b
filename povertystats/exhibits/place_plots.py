"""The figures with one dot a place: a driver across places and within them, policy credit and poverty."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.drivers.diagnostics import scatter
from povertystats.exhibits import figure as draw
from povertystats.words.errors import InvalidValue
from povertystats.words.phrases import term_name
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from povertystats.drivers.credit import CreditStudy


def within_between(
    panel: pd.DataFrame,
    outcome: str,
    driver: str,
    lang: str,
    *,
    labels: Mapping[str, str],
    highlight: str,
    cluster: str = "place",
    time: str = "year",
) -> draw.Picture:
    """Draw one driver against the outcome twice: across places in their means, and within places over the years.

    ``panel``: one row a place and year; ``outcome``, ``driver``: terms as in ``fit_drivers``. Left, place
    means; right, what place and year effects leave; each with its least-squares line, whose slope stands
    above it (right: that of two-way fixed effects). ``highlight``: the place to mark.
    Raises ValueError for an unknown language, and as
    ``scatter`` does.
    """
    check(lang)
    both = scatter(panel, outcome, driver, cluster=cluster, time=time)
    terms, views = [driver, outcome], ("between", "within")
    figure, [panels] = draw.canvas(4.2, columns=2)
    for axes, view in zip(panels, views, strict=True):
        points, line = both.points(view), both.line(view)
        mine = (points["place"] == highlight).to_numpy()
        x, y = points[terms].to_numpy().T
        axes.plot(x[~mine], y[~mine], "o", color=draw.BLUE, alpha=0.45, markersize=4, markeredgewidth=0)
        axes.plot(*line.to_numpy().T, color="black", linewidth=1.5)
        axes.plot(x[mine], y[mine], **draw.MARKED)
        axes.set_title(say(f"plot.within_between.{view}", lang, slope=both.slopes[view]), fontsize="medium")
        for axis, term, width in ((axes.xaxis, driver, 40), (axes.yaxis, outcome, 36)):
            axis.set_label_text(draw.wrap(_axis_name(term, view, lang, labels), width))
            draw.number_axis(axis, lang)
    keys = [draw.key(say("plot.within_between.line", lang), color="black", linestyle="-")]
    if (both.points("between")["place"] == highlight).any():
        keys.append(draw.key(highlight, **draw.MARKED))
    draw.legend(figure, keys)
    names = {"outcome": term_name(outcome, lang, labels), "driver": term_name(driver, lang, labels)}
    counts = {"places": len(both.points("between")), "n": len(both.points("within"))}
    parts = {(v, kind): of(v) for v in views for kind, of in (("place", both.points), ("line", both.line))}
    data = pd.concat(parts, names=["panel", "kind"]).droplevel(2).reset_index()
    data = data[["panel", "kind", "place", "year", *terms]].astype({"year": "Int64"})
    alt = say("plot.within_between.alt", lang, **both.slopes, **names, **counts)
    return draw.Picture(figure, alt, data)


def credit(study: CreditStudy, lang: str, *, highlight: str | None = None) -> draw.Picture:
    """Draw policy credit per head against poverty, one panel a day and one dot a province.

    ``study``: a CreditStudy; days too thin for a correlation, and provinces without poverty, are left out. Filled
    dots: outstanding credit of a known day (tiers A, B); hollow: a proxy, or of a year only. ``highlight``: the
    place to mark, if any. Raises ValueError for an unknown language and when no day has a correlation.
    """
    check(lang)
    days = study.need[(study.need["figures"] == "all") & study.need["correlation"].notna()]
    if days.empty:
        raise InvalidValue("credit: no day has provinces enough for a correlation of credit and poverty")
    columns = min(len(days), 2)
    rows = -(-len(days) // columns)
    figure, panels = draw.canvas(0.6 + 3.6 * rows, rows=rows, columns=columns)
    told, drawn = [], []
    for axes, day in zip_longest(panels.flat, days.itertuples()):
        if day is None:
            axes.set_axis_off()
            continue
        near = study.levels[study.levels["day"] == day.day].set_index("place")
        near = near.dropna(subset=["poor_multidim_pct", "credit_vnd_m_pc"])
        _draw_credit(axes, near, highlight)
        about = {"day": day.day, "n": len(near), "r": day.correlation, "low": day.low, "high": day.high}
        axes.set_title(say("plot.credit.day", lang, **about), fontsize="medium")
        axes.set_xlabel(say("plot.credit.poverty", lang))
        axes.set_ylabel(draw.wrap(say("plot.credit.credit", lang), 30))
        draw.percent_axis(axes.xaxis, lang)
        draw.number_axis(axes.yaxis, lang)
        told.append(say("plot.credit.row", lang, level=100 * day.level, **about))
        told += [_told(near, highlight, lang)] if highlight else []
        drawn.append(near.reset_index()[_SHOWN].assign(correlation=day.correlation))
    draw.legend(figure, draw.dot_keys(*(say(f"plot.credit.{name}", lang) for name in ("dated", "proxy"))))
    alt = say("plot.credit.alt", lang, days=" ".join(told))
    return draw.Picture(figure, alt, pd.concat(drawn, ignore_index=True))


_SHOWN = ["day", "place", "tier", "poor_multidim_pct", "credit_vnd_m_pc"]


def _draw_credit(axes, near, highlight):
    x, y = near["poor_multidim_pct"], near["credit_vnd_m_pc"]
    known, mine = near["tier"].isin(["A", "B"]), near.index == highlight
    for fill, some in zip((draw.BLUE, "white"), (known & ~mine, ~known & ~mine), strict=True):
        axes.plot(x[some], y[some], color=draw.BLUE, markerfacecolor=fill, **draw.DOT)
    axes.plot(x[mine], y[mine], **draw.MARKED | ({} if known[mine].all() else {"markerfacecolor": "white"}))
    axes.set_xlim(-0.03 * x.max(), 1.05 * x.max())
    axes.set_ylim(0, 1.1 * y.max())
    named = dict.fromkeys([*near.index[mine], x.idxmax(), x.idxmin(), y.idxmax(), y.idxmin()])
    sides = {place: "left" if 2 * x[place] > x.max() else "right" for place in named}
    draw.name_points(axes, [(x[place], y[place], place, side) for place, side in sides.items()], gap=0.07)


def _told(near, place, lang):
    if place not in near.index:
        return say("plot.credit.no_place", lang, place=place)
    x, y = near.loc[place, ["poor_multidim_pct", "credit_vnd_m_pc"]]
    return say("plot.credit.place", lang, place=place, x=x, y=y)


def _axis_name(term, kind, lang, labels):
    name = term_name(term, lang, labels)
    unit = "rate" if term.endswith("_pct") else "other"
    return say(f"plot.within_between.{kind}_{unit}", lang, name=name)
