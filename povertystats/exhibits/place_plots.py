"""The figures with one dot a place: a driver across places and within them, policy credit and poverty."""

from itertools import zip_longest

import numpy as np
import pandas as pd

from povertystats.drivers.result import term_name
from povertystats.exhibits.figure import (
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
from povertystats.regression.estimators import place_means
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.regression.terms import read_term
from povertystats.words.wording import check, say


def within_between(panel, outcome, driver, lang, *, labels, highlight, cluster="place", time="year"):
    """Draw one driver against the outcome twice: across places in their means, and within places over the years.

    ``panel``: one row a place and year; ``outcome``, ``driver``: terms as in ``fit_drivers``. Left, place
    means; right, what place and year effects leave; each with its least-squares line, whose slope stands
    above it (right: that of two-way fixed effects). ``highlight``: the place to mark.
    Raises ValueError for an unknown language, and as ``place_means`` and ``solve`` do.
    Source: Mundlak 1978, doi:10.2307/1913646.
    """
    check(lang)
    names = {"cluster": cluster, "time": time}
    means = place_means(panel, [driver, outcome], place=cluster, time=time)
    x, y = means.columns
    across = Moments.from_frame(means.table, y, [x], cluster=cluster, entity=None, time=None)
    along = Moments.from_frame(panel, outcome, [driver], entity=cluster, **names)
    between, within = solve(across)[0], solve(along)[0]
    clouds = {"between": means.table.set_axis(["place", driver, outcome], axis="columns")}
    clouds["within"] = _beside_effects(panel, [driver, outcome], **names)
    slopes = {"between": between, "within": within}
    lines = {kind: _line(cloud, driver, outcome, slopes[kind]) for kind, cloud in clouds.items()}
    figure, [both] = canvas(4.2, columns=2)
    for axes, (kind, cloud) in zip(both, clouds.items(), strict=True):
        _draw_cloud(
            axes,
            cloud["place"] == highlight,
            *(part[[driver, outcome]].to_numpy().T for part in (cloud, lines[kind])),
        )
        axes.set_title(say(f"plot.within_between.{kind}", lang, slope=slopes[kind]), fontsize="medium")
        for axis, term, width in ((axes.xaxis, driver, 40), (axes.yaxis, outcome, 36)):
            axis.set_label_text(wrap(_axis_name(term, kind, lang, labels), width))
            number_axis(axis, lang)
    keys = [key(say("plot.within_between.line", lang), color="black", linestyle="-")]
    if (clouds["between"]["place"] == highlight).any():
        keys.append(key(highlight, **MARKED))
    legend(figure, keys)
    names = {"outcome": term_name(outcome, lang, labels), "driver": term_name(driver, lang, labels)}
    told = {**slopes, **names, "places": len(clouds["between"]), "n": len(clouds["within"])}
    parts = {(k, kind): some[k] for k in clouds for kind, some in (("place", clouds), ("line", lines))}
    data = pd.concat(parts, names=["panel", "kind"]).droplevel(2).reset_index()
    data = data[["panel", "kind", "place", "year", driver, outcome]].astype({"year": "Int64"})
    return Picture(figure, say("plot.within_between.alt", lang, **told), data)


def credit(study, lang, *, highlight=None):
    """Draw policy credit per head against poverty, one panel a day and one dot a province.

    ``study``: a CreditStudy; days too thin for a correlation, and provinces without poverty, are left out. Filled
    dots: outstanding credit of a known day (tiers A, B); hollow: a proxy, or of a year only. ``highlight``: the
    place to mark, if any. Raises ValueError for an unknown language and when no day has a correlation.
    """
    check(lang)
    days = study.need[(study.need["figures"] == "all") & study.need["correlation"].notna()]
    if days.empty:
        raise ValueError("credit: no day has provinces enough for a correlation of credit and poverty")
    columns = min(len(days), 2)
    rows = -(-len(days) // columns)
    figure, panels = canvas(0.6 + 3.6 * rows, rows=rows, columns=columns)
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
        axes.set_ylabel(wrap(say("plot.credit.credit", lang), 30))
        percent_axis(axes.xaxis, lang)
        number_axis(axes.yaxis, lang)
        told.append(say("plot.credit.row", lang, level=100 * day.level, **about))
        told += [_told(near, highlight, lang)] if highlight else []
        drawn.append(near.reset_index()[_SHOWN].assign(correlation=day.correlation))
    names = (say(f"plot.credit.{name}", lang) for name in ("dated", "proxy"))
    legend(figure, [key(n, color=BLUE, markerfacecolor=f, **DOT) for n, f in zip(names, _FILLS, strict=True)])
    alt = say("plot.credit.alt", lang, days=" ".join(told))
    return Picture(figure, alt, pd.concat(drawn, ignore_index=True))


_FILLS = (BLUE, "white")
_SHOWN = ["day", "place", "tier", "poor_multidim_pct", "credit_vnd_m_pc"]


def _draw_credit(axes, near, highlight):
    x, y = near["poor_multidim_pct"], near["credit_vnd_m_pc"]
    known, mine = near["tier"].isin(["A", "B"]), near.index == highlight
    for fill, some in zip(_FILLS, (known & ~mine, ~known & ~mine), strict=True):
        axes.plot(x[some], y[some], color=BLUE, markerfacecolor=fill, **DOT)
    axes.plot(x[mine], y[mine], **MARKED | ({} if known[mine].all() else {"markerfacecolor": "white"}))
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


def _axis_name(term, kind, lang, labels):
    name = term_name(term, lang, labels)
    unit = "rate" if term.endswith("_pct") else "other"
    return say(f"plot.within_between.{kind}_{unit}", lang, name=name)


def _line(cloud, x, y, slope):
    """Return both ends of the line through the means of a cloud."""
    ends = np.array([cloud[x].min(), cloud[x].max()])
    return pd.DataFrame({x: ends, y: cloud[y].mean() + slope * (ends - cloud[x].mean())})


def _draw_cloud(axes, mine, cloud, line):
    x, y = cloud
    axes.plot(x[~mine], y[~mine], "o", color=BLUE, alpha=0.45, markersize=4, markeredgewidth=0)
    axes.plot(*line, color="black", linewidth=1.5)
    axes.plot(x[mine], y[mine], **MARKED)


def _beside_effects(panel, terms, *, cluster, time):
    """Return place, year and, of each term, what place and year effects leave, where all terms are there."""
    values = np.column_stack([read_term(panel, term)[0] for term in terms])
    usable = ~np.isnan(values).any(axis=1)
    # A single row is its own mean: nothing is left of it.
    usable &= panel[cluster].map(panel[cluster][usable].value_counts()).gt(1).to_numpy()
    keys, values = panel.loc[usable, [cluster, time]], values[usable] - values[usable].mean(axis=0)
    effects = pd.get_dummies(keys, columns=[cluster, time], dtype=float).to_numpy()
    left = values - effects @ np.linalg.lstsq(effects, values)[0]
    left = pd.DataFrame(left, columns=terms)
    return keys.set_axis(["place", "year"], axis="columns").reset_index(drop=True).join(left)
