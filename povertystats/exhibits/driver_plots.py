"""The figures of what was estimated of the drivers: by scale and estimator, by every choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.exhibits.driver_tables import numbers
from povertystats.regression.terms import parse
from povertystats.words.errors import InvalidValue
from povertystats.words.phrases import term_name, unit
from povertystats.words.wording import check, number, say

if TYPE_CHECKING:
    from povertystats.adoption.result import EventStudy
    from povertystats.associations.result import DriverFit
    from povertystats.checks.specification_curve import SpecificationCurve


def coefficients(
    fits: Sequence[DriverFit], lang: str, *, labels: Mapping[str, str] | None = None, plain: bool = False
) -> draw.Picture:
    """Draw each driver's association by scale and estimator, with both intervals and whether they exclude zero.

    ``fits``: DriverFits, one row of panels a driver, since each has units of its own; ``labels``:
    ``{column: name}``, or the columns as they are. Thick: the interval of the table (cluster jackknife, or CRV1); thin with ends: that of
    the wild bootstrap, where there is one; a filled dot: the thick interval excludes zero, and the test holds.
    ``plain``: without the wild bootstrap and the names of intervals, and with words for either side of zero.
    Raises ValueError for an unknown language, no fits, or fits whose intervals are of several kinds.
    """
    check(lang)
    labels = labels or {}
    kinds = sorted({(fit.errors, float(level)) for fit in fits for level in fit.table["level"]})
    if len(kinds) != 1:
        raise InvalidValue(f"coefficients: expected fits with intervals of one kind and level, got {kinds}")
    [(errors, level)] = kinds
    if plain:
        fits = [replace(fit, table=fit.table.assign(low_wild=np.nan, high_wild=np.nan)) for fit in fits]
        labels = _short(labels, [driver for fit in fits for driver in fit.table["driver"].unique()], lang)
    scales = list(dict.fromkeys(scale for fit in fits for scale in fit.table["scale"]))
    parts = [(fit, driver) for fit in fits for driver in fit.table["driver"].unique()]
    several = any(fit.table["estimator"].nunique() > 1 for fit in fits)
    layouts = [
        _layout(fit.table[fit.table["driver"] == driver], several, lang, labels) for fit, driver in parts
    ]
    blocks = [
        (layout, rows[rows["driver"] == driver])
        for (fit, driver), layout in zip(parts, layouts, strict=True)
        for rows in [
            fit.table.rename(columns={"scale": "panel", "estimator": "row"}).assign(clear=fit.stands)
        ]
    ]
    outcomes = list(dict.fromkeys(outcome for fit in fits for outcome in fit.table["outcome"]))
    interval = say(f"plot.coefficients.{'interval' if plain else errors}", lang, level=100 * level)
    keys = [draw.interval_key(interval)]
    if any(np.isfinite(fit.table["low_wild"]).any() for fit in fits):
        wild = say("plot.coefficients.wild", lang, level=100 * level)
        keys.append(draw.key(wild, color="black", **draw.THIN))
    keys += draw.dot_keys(*(say(f"plot.coefficients.{name}", lang) for name in ("stands", "open")))

    def drawn(width: float = draw.WIDTH) -> Any:
        wide = width > draw.NARROW
        figure, panels = draw.draw_panels(blocks, scales, lang, width=width)
        for across in panels[-1:] if wide else panels:
            name_units(across, outcomes, scales, lang, width=54 if wide else 26 * len(scales))
        name_sides(
            panels[0] if wide else panels.flat, outcomes, lang, labels, across=len(scales) if wide else 1
        )
        draw.legend(figure, keys, columns=3 if plain else 2)
        return figure

    form = "plot.coefficients.plain" if plain else "plot.coefficients"
    told = "; ".join(_tell_driver(fit, driver, several, form, lang, labels) for fit, driver in parts)
    numbers = pd.concat([_numbers(fit) for fit in fits], ignore_index=True)
    return draw.Picture(
        drawn(),
        say(f"{form}.alt", lang, interval=interval, rows=told),
        numbers.dropna(axis="columns", how="all"),
        title=say("plot.coefficients.title", lang, name=", ".join(labels.get(one, one) for one in outcomes)),
        narrow=lambda: drawn(draw.NARROW),
    )


def event_study(study: EventStudy, lang: str, *, labels: Mapping[str, str] | None = None) -> draw.Picture:
    """Draw estimates by years since adoption, grey before it, each above how many places adopt.

    ``study``: an EventStudy; ``labels``: ``{column: name}``. Thick: the jackknife; thin with ends: all years since together.
    Raises ValueError for an unknown language.
    """
    check(lang)
    row, rows = study.overall, study.table.assign(clear=study.clear, name=study.names(lang))
    rows = rows[rows["part"].isin(["before", "since"])].sort_values("since")
    outcome, adopted = (term_name(row[name], lang, labels or {}) for name in ("outcome", "driver"))
    level, scale = {"level": 100 * row["level"]}, row["unit"]
    keys = [draw.interval_key(say("plot.coefficients.interval", lang, **level))]
    keys.append(draw.key(say("plot.event_study.together", lang, **level), color="black", **draw.THIN))
    keys += draw.dot_keys(*(say(f"plot.coefficients.{name}", lang) for name in ("clear", "unclear")))
    keys.append(draw.key(say("plot.event_study.before", lang), color=draw.GREY, **draw.DOT))
    if rows["low"].isna().any():
        keys.append(
            draw.key(say("plot.event_study.alone", lang), color=draw.BLUE, **draw.DOT | {"marker": "x"})
        )

    def drawn(width: float = draw.WIDTH) -> Any:
        wide = width > draw.NARROW
        figure, [[axes]] = draw.canvas(3.8 if wide else 4.2, width=width)
        axes.axhline(0, color=draw.GREY, linewidth=1)
        axes.axvline(-0.5 - study.anticipation, color=draw.GREY, linestyle=":", linewidth=1.2)
        for one in rows.itertuples():
            at, colour = [one.since] * 2, draw.GREY if one.part == "before" else draw.BLUE
            axes.plot(at, [one.low, one.high], color=colour, solid_capstyle="butt", **draw.THICK)
            axes.plot(at, [one.low_all, one.high_all], color="black", **draw.THIN | {"marker": "_"})
            dot = {"color": colour, "markerfacecolor": colour if one.clear else "white", **draw.DOT}
            axes.plot(one.since, one.estimate, **dot | ({} if one.low == one.low else {"marker": "x"}))
        some = rows.iloc[:: 1 + (len(rows) - 1) // (14 if wide else 7)]
        at = [f"{number(one.since, lang, 0)}\n({one.places})" for one in some.itertuples()]
        axes.set_xticks(some["since"], at, fontsize=draw.SMALL)
        axes.grid(axis="x", visible=False)
        axes.set_xlabel(draw.wrap(say("plot.event_study.axis", lang), 60 if wide else 34))
        axes.set_ylabel(draw.wrap(say(f"plot.coefficients.{scale}", lang), 40 if wide else 28))
        draw.number_axis(axes.yaxis, lang)
        draw.legend(figure, keys, columns=2)
        return figure

    forms = np.where(rows["low"].notna(), "row", "row_alone")
    each = zip(forms, rows.itertuples(), strict=True)
    told = [say(f"plot.check.{form}", lang, name=one.name, **numbers(one, lang)) for form, one in each]
    alt = say("plot.event_study.alt", lang, rows="; ".join(told), **level)
    columns = ["since", "estimate", "low", "high", "low_all", "high_all", "n", "places", "clear"]
    title = say("plot.event_study.title", lang, outcome=outcome, adopted=adopted)
    return draw.Picture(drawn(), alt, rows[columns], title=title, narrow=lambda: drawn(draw.NARROW))


def specification_curve(
    curve: SpecificationCurve, lang: str, *, labels: Mapping[str, str] | None = None
) -> draw.Picture:
    """Draw every specification's estimate in order of size, above the choices that each is made of.

    ``curve``: a SpecificationCurve; ``labels``: ``{column: name}`` of what has no name of its own. Filled triangles: intervals that exclude zero, pointing down below zero
    and up above; hollow dots: intervals that hold zero. The dotted line stands where the sign turns.
    Raises ValueError for an unknown language and a curve in which nothing could be fitted.
    """
    check(lang)
    labels = labels or {}
    titles = curve.question.titles(lang, labels)
    rows = curve.fitted.sort_values("effect", kind="stable", ignore_index=True)
    if rows.empty:
        raise InvalidValue("specification_curve: none of the specifications could be fitted")
    negative = rows["effect"] < 0
    rows["kind"] = np.select([rows["high"] < 0, rows["low"] > 0], ["negative", "positive"], "unclear")
    counts = {kind: (rows["kind"] == kind).sum() for kind in _KINDS}
    counts |= {"n": len(rows), "below": negative.sum()}
    counts |= {"above": len(rows) - counts["below"], "unfitted": len(curve.table) - len(rows)}
    told = {"least": rows["effect"].iloc[0], "greatest": rows["effect"].iloc[-1]}
    told["driver"] = curve.question.called(lang, labels)
    effects = {name: f"{name}_pct" for name in ("effect", "effect_low", "effect_high")}
    shown = partial(_specifications, curve, rows, lang, titles=titles, labels=labels)
    return draw.Picture(
        shown(),
        say("plot.specification_curve.alt", lang, **counts, **told),
        rows[["kind", *effects, *curve.question.options]].rename(columns=effects),
        title=say("plot.specification_curve.title", lang, **counts, **told),
        narrow=partial(shown, width=draw.NARROW),
    )


def _specifications(curve, rows, lang, *, titles, labels, width=draw.WIDTH):
    """Draw the estimates in order above the choices of each; on a phone, where no stroke could be followed, without these."""
    lines = [(d, option) for d in curve.question.options for option in (None, *curve.table[d].unique())]
    names = [draw.wrap(titles[line] if line[1] else titles[line[0]], 36) for line in lines]
    heights = [2.6, 0.16 * sum(1 + name.count("\n") for name in names)]
    if width > draw.NARROW:
        figure, [[upper], [lower]] = draw.canvas(0.8 + sum(heights), rows=2, ratios=heights, sharex=True)
        headings = [not option for _, option in lines]
        at = dict(zip(lines, draw.name_rows(lower, names, headings=headings), strict=True))
    else:
        figure, [[upper]] = draw.canvas(4.2, width=width)
        lower, at = upper, {}
    for axes in dict.fromkeys((upper, lower)):
        turn = {"color": draw.GREY, "linestyle": ":", "linewidth": 1.2}
        axes.axvline((rows["effect"] < 0).sum() - 0.5, **turn)
        axes.grid(axis="x", visible=False)
    upper.axhline(0, color=draw.GREY, linewidth=1)
    keys = []
    for kind, look in _KINDS.items():
        mine = rows["kind"] == kind
        _draw_kind(upper, lower, rows, mine, at, look)
        keys.append(draw.key(say(f"plot.specification_curve.{kind}", lang, n=mine.sum()), **look))
    lower.set_xticks([])
    lower.set_xlabel(draw.wrap(say("plot.specification_curve.order", lang), 44))
    upper.set_xlim(-1, len(rows))
    effect = say("plot.specification_curve.effect", lang, outcome=curve.question.outcome_name(lang, labels))
    upper.set_ylabel(draw.wrap(effect, 30))
    draw.number_axis(upper.yaxis, lang)
    keys.append(draw.key(say("plot.specification_curve.turn", lang), **turn))
    draw.legend(figure, keys, columns=2)
    return figure


_KINDS = {
    "negative": {"color": draw.BLUE, "marker": "v", "markersize": 5},
    "positive": {"color": draw.ORANGE, "marker": "^", "markersize": 5},
    "unclear": {"color": draw.LIGHT, "marker": "o", "markersize": 3.5, "markerfacecolor": "white"},
}


def _short(labels, drivers, lang):
    """Return names with those of logarithms added: the name, then its scale, instead of "the logarithm of"."""
    short = {}
    for driver in drivers:
        kind, column = parse(driver)
        if kind:
            short[driver] = say(f"plot.coefficients.plain.{kind}", lang, name=labels.get(column, column))
    return short | labels


def _layout(rows, several, lang, labels):
    """Return ``{estimator: label}`` from top to bottom of one driver, whom None heads where there are several."""
    name = term_name(rows["driver"].iloc[0], lang, labels)
    if not several:
        return {rows["estimator"].iloc[0]: draw.wrap(name)}
    estimators = rows["estimator"].unique()
    return {None: draw.wrap(name, 36)} | {e: say(f"drivers.estimator.{e}", lang) for e in estimators}


def _numbers(fit):
    columns = ["outcome", "driver", "scale", "estimator", "estimate", "low", "high"]
    wild = fit.table[["low_wild", "high_wild"]]
    drawn = wild.where(np.isfinite(wild).all(axis=1))
    told = {"level": fit.table["level"], "excludes_zero": fit.clear, "verdict": fit.table["verdict"]}
    return fit.table[columns].join(drawn).assign(**told)


def name_sides(
    panels: Iterable[Any], outcomes: Sequence[str], lang: str, labels: Mapping[str, str], *, across: int
) -> None:
    """Write above panels, ``across`` beside one another, what lies left and right of zero: less and more of the outcome."""
    poverty = all(parse(outcome)[1].startswith("poor_") for outcome in outcomes)
    name = ", ".join(labels.get(outcome, outcome) for outcome in outcomes)
    for axes in panels:
        for side, kind in {"left": "less", "right": "more"}.items():
            words = say(f"plot.coefficients.plain.{kind}{'_poverty' if poverty else ''}", lang, name=name)
            axes.set_title(
                draw.wrap(words, 36 // across if axes.figure.get_figwidth() > draw.NARROW else 12),
                loc=side,
                fontsize=draw.SMALL,
            )


def _tell_driver(fit, driver, several, form, lang, labels):
    """Tell the first estimate in each scale, and of them all how many lie on either side of zero."""
    rows = fit.table[fit.table["driver"] == driver]
    first = rows.drop_duplicates("scale")
    told = "; ".join(told_row(row, several, form, lang) for row in first.itertuples())
    if len(rows) > len(first):
        negative, clear = rows["estimate"] < 0, fit.stands[rows.index]
        counts = {"n": len(rows), "negative": negative.sum(), "positive": (~negative).sum()}
        counts |= {"clear_negative": (negative & clear).sum(), "clear_positive": (~negative & clear).sum()}
        told += "; " + say(f"{form}.counts", lang, **counts)
    return say("plot.coefficients.driver", lang, driver=term_name(driver, lang, labels), told=told)


def told_row(row: Any, several: bool, form: str, lang: str) -> str:
    """Return one estimate in words: its scale, its estimator where there are several, its interval."""
    by = (
        say("plot.coefficients.by", lang, name=say(f"drivers.estimator.{row.estimator}", lang))
        if several
        else ""
    )
    scale = say(f"drivers.scale.{unit(row.outcome, row.scale)}", lang)
    numbers = {"estimate": row.estimate, "low": row.low, "high": row.high}
    return say(f"{form}.row", lang, scale=scale, by=by, **numbers)


def name_units(
    axes: Sequence[Any], outcomes: Sequence[str], scales: Sequence[str], lang: str, *, width: int
) -> None:
    """Write below panels the unit of each scale."""
    for one, scale in zip(axes, scales, strict=True):
        # Several fits share an axis: one outcome of its own units makes them all "units".
        units = {unit(outcome, scale) for outcome in outcomes}
        name = say(f"plot.coefficients.{'units' if 'units' in units else scale}", lang)
        one.set_xlabel(draw.wrap(name, width // len(scales)))


def _draw_kind(upper, lower, every, mine, heights, look):
    rows, colour, thin = every[mine], look["color"], min(1.4, 200 / len(every))
    # Without colours what is clear is told by its longer strokes.
    stroke = {"color": colour, "markersize": 1.7 * look["markersize"], "markeredgewidth": thin}
    upper.vlines(rows.index, rows["effect_low"], rows["effect_high"], color=colour, linewidth=thin, alpha=0.6)
    upper.plot(rows.index, rows["effect"], linestyle="", **look)
    for (dimension, option), height in heights.items():
        used = rows.index[rows[dimension] == option]
        lower.plot(used, [height] * len(used), "|", **stroke)
