"""The figures with one dot a place: a driver across places and within them, each left out, policy credit and poverty."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product, zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.associations.leave_one_out import LeaveOneOut
from povertystats.associations.scatter import scatter
from povertystats.exhibits import figure as draw
from povertystats.exhibits.driver_plots import name_units, told_row
from povertystats.words.errors import InvalidValue
from povertystats.words.phrases import term_name
from povertystats.words.wording import check, say

if TYPE_CHECKING:
    from povertystats.associations.result import DriverFit
    from povertystats.drivers.credit import CreditStudy

# So many places all bear their names.
_ALL = 30


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

    def drawn(width: float = draw.WIDTH) -> Any:
        wide = width > draw.NARROW
        grid: dict[str, Any] = {"columns": 2} if wide else {"rows": 2}
        figure, panels = draw.canvas(4 if wide else 7.2, width=width, **grid)
        for axes, view in zip(panels.flat, views, strict=True):
            points, line = both.points(view), both.line(view)
            mine = points["place"] == highlight
            x, y = points[terms].to_numpy().T
            axes.plot(x[~mine], y[~mine], "o", color=draw.BLUE, alpha=0.45, markersize=4, markeredgewidth=0)
            axes.plot(*line.to_numpy().T, color="black", linewidth=1.5)
            axes.plot(x[mine], y[mine], **draw.MARKED)
            # Between places the mark bears its name, within them its years, where there is room.
            named = [
                (*row[1:], highlight if view == "between" else str(year))
                for row, year in zip(
                    points.loc[mine, terms].itertuples(), points.loc[mine, "year"], strict=True
                )
            ]
            axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
            draw.name_all(axes, named, inches=(2.5, 2.5))
            title = say(f"plot.within_between.{view}", lang, slope=both.slopes[view])
            axes.set_title(title, fontsize=draw.SMALL + 0.5)
            for axis, term, letters in ((axes.xaxis, driver, 40 if wide else 32), (axes.yaxis, outcome, 36)):
                axis.set_label_text(draw.wrap(_axis_name(term, view, lang, labels), letters))
                draw.number_axis(axis, lang)
        return figure

    names = {"outcome": term_name(outcome, lang, labels), "driver": term_name(driver, lang, labels)}
    counts = {"places": len(both.points("between")), "n": len(both.points("within"))}
    parts = {(v, kind): of(v) for v in views for kind, of in (("place", both.points), ("line", both.line))}
    data = pd.concat(parts, names=["panel", "kind"]).droplevel(2).reset_index()
    data = data[["panel", "kind", "place", "year", *terms]].astype({"year": "Int64"})
    alt, title = (
        say(f"plot.within_between.{words}", lang, **both.slopes, **names, **counts)
        for words in ("alt", "title")
    )
    return draw.Picture(drawn(), alt, data, title=title, narrow=lambda: drawn(draw.NARROW))


def leave_one_out(
    fit: DriverFit | LeaveOneOut, lang: str, *, labels: Mapping[str, str] | None = None
) -> draw.Picture:
    """Draw each driver's estimate without one place at a time, beside the estimate from all and its interval.

    ``fit``: a DriverFit, or its LeaveOneOut, of which the within estimates are drawn, one panel a driver and scale; the two
    places that move an estimate most are named. ``labels``: ``{column: name}``.
    Raises ValueError for an unknown language and a fit without within estimates.
    """
    check(lang)
    labels = labels or {}
    every = (fit if isinstance(fit, LeaveOneOut) else fit.leave_one_out).table
    ends = {"estimate": "whole", "low": "whole_low", "high": "whole_high"}
    table = every[every["estimator"] == "within"].drop_duplicates(["driver", "scale"])
    table = table.assign(**{name: table[whole] for name, whole in ends.items()})
    if table.empty:
        found = ", ".join(every["estimator"].unique())
        raise InvalidValue(f"leave_one_out: expected a fit with within estimates, got {found}")
    drivers, scales = (list(dict.fromkeys(table[column])) for column in ("driver", "scale"))
    every = every.set_index(["estimator", "driver", "scale"])
    every = every[["place", "estimate"]].sort_index()
    told: dict[str, list[str]] = {driver: [] for driver in drivers}
    parts, panels = [], []
    for driver, scale in product(drivers, scales):
        [row] = table[(table["driver"] == driver) & (table["scale"] == scale)].itertuples()
        without = every.loc[("within", driver, scale)].sort_values("estimate").reset_index(drop=True)
        most = without.loc[(without["estimate"] - row.estimate).abs().nlargest(2).index]
        panels.append((row, without, most))
        places = [
            say("plot.leave_one_out.place", lang, place=one.place, estimate=one.estimate)
            for one in most.itertuples()
        ]
        about = {"all": told_row(row, False, "plot.coefficients", lang), "most": ", ".join(places)}
        about |= {"least": without["estimate"].iloc[0], "greatest": without["estimate"].iloc[-1]}
        told[driver].append(say("plot.leave_one_out.row", lang, **about))
        parts += [pd.DataFrame([row])[["driver", "scale", "estimate", "low", "high"]].assign(kind="all")]
        parts += [without.assign(driver=driver, scale=scale, kind="without")]
    interval = say("plot.leave_one_out.interval", lang, level=100 * row.level)
    keys = [
        draw.key(say("plot.leave_one_out.without", lang), color="black", marker="o", markersize=3),
        draw.key(say("plot.leave_one_out.all", lang), color=draw.BLUE, linestyle="-"),
        draw.key(interval, color=draw.BLUE, linestyle="-", linewidth=9, alpha=0.15),
    ]

    def drawn(width: float = draw.WIDTH) -> Any:
        wide = width > draw.NARROW
        rows, columns = (len(drivers), len(scales)) if wide else (len(drivers) * len(scales), 1)
        figure, grid = draw.canvas(1 + 2.5 * rows, rows=rows, columns=columns, width=width, apart=draw.APART)
        for axes, (row, without, most) in zip(grid.flat, panels, strict=True):
            _draw_without(axes, row, without, most)
            draw.number_axis(axes.xaxis, lang, most=4)
            if len(drivers) > 1:
                name = draw.wrap(term_name(row.driver, lang, labels), 68 // columns)
                axes.set_title(name, fontsize="medium")
            if not wide:
                name_units([axes], table["outcome"], [row.scale], lang, width=40)
        if wide:
            name_units(grid[-1], table["outcome"], scales, lang, width=80)
        for axes in grid[:, 0]:
            axes.set_ylabel(draw.wrap(say("plot.leave_one_out.order", lang), 34), fontsize=draw.SMALL)
        draw.legend(figure, keys)
        return figure

    lines = "; ".join(
        say("plot.coefficients.driver", lang, driver=term_name(driver, lang, labels), told="; ".join(some))
        for driver, some in told.items()
    )
    columns = ["driver", "scale", "kind", "place", "estimate", "low", "high"]
    return draw.Picture(
        drawn(),
        say("plot.leave_one_out.alt", lang, rows=lines),
        pd.concat(parts, ignore_index=True).reindex(columns=columns),
        title=say(
            "plot.leave_one_out.title", lang, names=", ".join(term_name(d, lang, labels) for d in drivers)
        ),
        narrow=lambda: drawn(draw.NARROW),
    )


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
    told, panels = [], []
    for day in days.itertuples():
        near = study.levels[study.levels["day"] == day.day].set_index("place")
        near = near.dropna(subset=[study.outcome, "credit_vnd_m_pc"])
        about = {"day": day.day, "n": len(near), "r": day.correlation, "low": day.low, "high": day.high}
        panels.append((near, say("plot.credit.day", lang, **about), day.correlation))
        told.append(say("plot.credit.row", lang, level=100 * day.level, **about))
        told += [_told(near, study.outcome, highlight, lang)] if highlight else []
    keys = draw.dot_keys(*(say(f"plot.credit.{name}", lang) for name in ("dated", "proxy")))

    def drawn(width: float = draw.WIDTH) -> Any:
        columns = min(len(days), 2) if width > draw.NARROW else 1
        rows = -(-len(days) // columns)
        figure, grid = draw.canvas(0.6 + 3.6 * rows, rows=rows, columns=columns, width=width)
        for axes, panel in zip_longest(grid.flat, panels):
            if panel is None:
                axes.set_axis_off()
                continue
            near, title, _ = panel
            _draw_credit(axes, near, study.outcome, highlight, inches=(width / columns - 0.9, 2.6))
            axes.set_title(title, fontsize="medium")
            axes.set_xlabel(study.facts.title(study.outcome, lang, short=True).removeprefix("the "))
            axes.set_ylabel(draw.wrap(say("plot.credit.credit", lang), 30))
            draw.percent_axis(axes.xaxis, lang)
            draw.number_axis(axes.yaxis, lang)
        draw.legend(figure, keys)
        return figure

    columns = ["day", "place", "tier", study.outcome, "credit_vnd_m_pc"]
    data = [near.reset_index()[columns].assign(correlation=r) for near, _, r in panels]
    alt, title = (say(f"plot.credit.{words}", lang, days="; ".join(told)) for words in ("alt", "title"))
    data = pd.concat(data, ignore_index=True)
    return draw.Picture(drawn(), alt, data, title=title, narrow=lambda: drawn(draw.NARROW))


def _draw_credit(axes, near, rate, highlight, *, inches):
    x, y = near[rate], near["credit_vnd_m_pc"]
    known, mine = near["tier"].isin(["A", "B"]), near.index == highlight
    for fill, some in zip((draw.BLUE, "white"), (known & ~mine, ~known & ~mine), strict=True):
        axes.plot(x[some], y[some], color=draw.BLUE, markerfacecolor=fill, **draw.DOT)
    axes.plot(x[mine], y[mine], **draw.MARKED | ({} if known[mine].all() else {"markerfacecolor": "white"}))
    axes.set_xlim(-0.03 * x.max(), 1.05 * x.max())
    axes.set_ylim(0, 1.1 * y.max())
    ends = [*near.index[mine], x.idxmax(), x.idxmin(), y.idxmax(), y.idxmin()]
    named = [*near.index] if len(near) <= _ALL else [*dict.fromkeys(ends)]
    draw.name_all(axes, [(x[place], y[place], place) for place in named], inches=inches)


def _told(near, rate, place, lang):
    if place not in near.index:
        return say("plot.credit.no_place", lang, place=place)
    x, y = near.loc[place, [rate, "credit_vnd_m_pc"]]
    return say("plot.credit.place", lang, place=place, x=x, y=y)


def _axis_name(term, kind, lang, labels):
    name = term_name(term, lang, labels)
    unit = "rate" if term.endswith("_pct") else "other"
    return say(f"plot.within_between.{kind}_{unit}", lang, name=name)


def _draw_without(axes, row, without, most):
    axes.axvspan(row.low, row.high, color=draw.BLUE, alpha=0.15, linewidth=0)
    axes.axvline(row.estimate, color=draw.BLUE, linewidth=1.5)
    axes.axvline(0, color=draw.GREY, linewidth=1, linestyle="--")
    axes.plot(without["estimate"], without.index, "o", color="black", markersize=3)
    axes.set_ylim(-0.1 * len(without), 1.1 * len(without))
    named = [
        (one.estimate, one.Index, one.place, "left" if one.estimate < row.estimate else "right")
        for one in most.itertuples()
    ]
    draw.name_points(axes, named, gap=0.09)
    axes.set_yticks([])
    axes.grid(axis="y", visible=False)
