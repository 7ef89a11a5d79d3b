"""The figures with one dot a place: a driver across places and within them, policy credit and poverty."""

from itertools import zip_longest

import numpy as np
import pandas as pd

from povertystats.changes import place_means
from povertystats.driver_fit import term_name
from povertystats.inference import solve
from povertystats.moments import Moments
from povertystats.picture import (
    BLUE,
    DOT,
    MARKED,
    Picture,
    canvas,
    key,
    legend,
    name_points,
    number_axis,
    percent_axis,
    wrap,
)
from povertystats.terms import read_term
from povertystats.wording import check, say


def within_between(panel, outcome, driver, lang, *, labels, highlight, cluster="place", time="year"):
    """Draw one driver against the outcome twice: across places in their means, and within places over the years.

    ``panel``: one row a place and year; ``outcome``, ``driver``: terms as in ``fit_drivers``. Left, place
    means; right, what place and year effects leave; each with its least-squares line, whose slope stands
    above it (right: that of two-way fixed effects). ``highlight``: the place to mark.
    Raises ValueError for an unknown language, and as ``place_means`` and ``solve`` do.
    Source: Mundlak 1978, doi:10.2307/1913646.
    """
    check(lang)
    keys = {"cluster": cluster, "time": time}
    means = place_means(panel, [driver, outcome], place=cluster, time=time)
    x, y = means.columns
    across = Moments.from_frame(means.table, y, [x], cluster=cluster, entity=None, time=None)
    along = Moments.from_frame(panel, outcome, [driver], entity=cluster, **keys)
    between, within = solve(across)[0], solve(along)[0]
    left = [means.table[column].to_numpy() for column in (cluster, x, y)]
    right = _beside_effects(panel, [driver, outcome], **keys)
    figure, [both] = canvas(4.2, columns=2)
    sides = ("between", between, left), ("within", within, right)
    for axes, (kind, slope, cloud) in zip(both, sides, strict=True):
        _draw_cloud(axes, *cloud, slope, highlight)
        axes.set_title(say(f"plot.within_between.{kind}", lang, slope=slope), fontsize="medium")
        names = [term_name(term, lang, labels) for term in (driver, outcome)]
        if kind == "within":
            names = [say("plot.within_between.away", lang, name=name) for name in names]
        axes.set_xlabel(wrap(names[0], 36))
        axes.set_ylabel(wrap(names[1], 36))
        number_axis(axes.xaxis, lang)
        number_axis(axes.yaxis, lang)
    keys = [key(say("plot.within_between.line", lang), color="black", linestyle="-")]
    if highlight in left[0]:
        keys.append(key(highlight, **MARKED))
    legend(figure, keys)
    names = {"outcome": term_name(outcome, lang, labels), "driver": term_name(driver, lang, labels)}
    told = {"between": between, "within": within, "places": len(left[0]), "n": len(right[0]), **names}
    return Picture(figure, say("plot.within_between.alt", lang, **told))


def credit(study, lang, *, highlight):
    """Draw policy credit per head against poverty, one panel a day and one dot a province.

    ``study``: a CreditStudy; days too thin for a correlation, and provinces without poverty, are left out. Filled
    dots: outstanding credit of a known day (tiers A, B); hollow: a proxy, or of a year only. ``highlight``: the
    place to mark. Raises ValueError for an unknown language and when no day has a correlation.
    """
    check(lang)
    days = study.need[(study.need["figures"] == "all") & study.need["correlation"].notna()]
    if days.empty:
        raise ValueError("credit: no day has provinces enough for a correlation of credit and poverty")
    columns = min(len(days), 2)
    rows = -(-len(days) // columns)
    figure, panels = canvas(0.6 + 3.6 * rows, rows=rows, columns=columns)
    told = []
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
        axes.set_ylabel(say("plot.credit.credit", lang))
        percent_axis(axes.xaxis, lang)
        number_axis(axes.yaxis, lang)
        told.append(say("plot.credit.row", lang, level=100 * day.level, **about))
        told.append(_told(near, highlight, lang))
    names = (say(f"plot.credit.{name}", lang) for name in ("dated", "proxy"))
    legend(figure, [key(n, color=BLUE, markerfacecolor=f, **DOT) for n, f in zip(names, _FILLS, strict=True)])
    return Picture(figure, say("plot.credit.alt", lang, days=" ".join(told)))


_FILLS = (BLUE, "white")


def _draw_credit(axes, near, highlight):
    x, y = near["poor_multidim_pct"], near["credit_vnd_m_pc"]
    known, mine = near["tier"].isin(["A", "B"]), near.index == highlight
    for fill, some in zip(_FILLS, (known & ~mine, ~known & ~mine), strict=True):
        axes.plot(x[some], y[some], color=BLUE, markerfacecolor=fill, **DOT)
    axes.plot(x[mine], y[mine], **MARKED)
    axes.set_xlim(-0.03 * x.max(), 1.05 * x.max())
    axes.set_ylim(0, 1.1 * y.max())
    named = dict.fromkeys([*near.index[mine], x.idxmax(), x.idxmin(), y.idxmax(), y.idxmin()])
    sides = {place: "left" if 2 * x[place] > x.max() else "right" for place in named}
    name_points(axes, [(x[place], y[place], place, side) for place, side in sides.items()], gap=0.07)


def _told(near, place, lang):
    if place not in near.index:
        return say("plot.credit.no_place", lang, place=place)
    x, y = near.loc[place, ["poor_multidim_pct", "credit_vnd_m_pc"]]
    return say("plot.credit.place", lang, place=place, x=x, y=y)


def _draw_cloud(axes, place, x, y, slope, highlight):
    mine = place == highlight
    axes.plot(x[~mine], y[~mine], "o", color=BLUE, alpha=0.45, markersize=4, markeredgewidth=0)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, y.mean() + slope * (ends - x.mean()), color="black", linewidth=1.5)
    axes.plot(x[mine], y[mine], **MARKED)


def _beside_effects(panel, terms, *, cluster, time):
    """Return places (n,) and, for each term, what place and year effects leave (n,), where all terms are there."""
    values = np.column_stack([read_term(panel, term)[0] for term in terms])
    usable = ~np.isnan(values).any(axis=1)
    # A single row is its own mean: nothing is left of it.
    usable &= panel[cluster].map(panel[cluster][usable].value_counts()).gt(1).to_numpy()
    rows, values = panel[usable], values[usable] - values[usable].mean(axis=0)
    effects = pd.get_dummies(rows[[cluster, time]], columns=[cluster, time], dtype=float).to_numpy()
    left = values - effects @ np.linalg.lstsq(effects, values)[0]
    return (rows[cluster].to_numpy(), *left.T)
