"""Every figure, each with the text that says what it shows to those who cannot see it."""

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from povertystats.drivers import term_name
from povertystats.wording import check, number, quantity, say

# Okabe and Ito's palette, told apart with colour-blind eyes; dashes and markers tell the same in black and white.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#595959"
_DPI = 144


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure and its alternative text; shown by a notebook as an image that carries the text."""

    figure: object
    alt: str

    @cached_property
    def _png(self):
        # Once: a constrained layout moves a little with every drawing.
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        return buffer.getvalue()

    def png(self):
        """Return the image as PNG bytes."""
        return self._png

    def _repr_mimebundle_(self, include=None, exclude=None):
        image = base64.b64encode(self.png()).decode("ascii")
        return {"image/png": image, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def levels(series, lang, *, titles):
    """Draw annual series of one place by several instruments, never joined to one another.

    ``series``: AnnualSeries; ``titles``: ``{indicator: name}``. Raises ValueError for an unknown language.
    """
    check(lang)
    if not series:
        raise ValueError("there is no series to draw; expected at least one")
    figure, [[axes]] = _figure(7.2, 3.6)
    styles = [(BLUE, "-", "o"), (ORANGE, "--", "s"), (GREEN, ":", "^"), (GREY, "-.", "D")]
    told = []
    for one, (colour, dash, marker) in zip(series, styles, strict=False):
        axes.plot(one.years, one.values, dash, color=colour, marker=marker, label=titles[one.indicator])
        first, last = one.table.iloc[0], one.latest
        told.append(
            say(
                "plot.levels.series",
                lang,
                title=titles[one.indicator],
                first=quantity(first.value, one.unit, lang),
                first_at=first.year,
                last=quantity(last.value, one.unit, lang),
                last_at=last.year,
            )
        )
    _rates(axes, lang, years=sorted({int(y) for s in series for y in s.years}))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), frameon=False)
    return Picture(figure, say("plot.levels.alt", lang, place=series[0].place, series="; ".join(told)))


def fan(ahead, lang, *, goals, title, other=None, came=None):
    """Draw a rate and where it is expected, with the levels that the targets require.

    ``ahead``: a Forecast; ``goals``: ``[(label, level in percent)]``; ``title``: the rate's name; ``other``: a
    Forecast of the same year on the points scale, drawn beside it; ``came``: what the rate turned out to be in
    that year, in percent. Raises ValueError for an unknown language.
    """
    check(lang)
    figure, [[axes]] = _figure(7.2, 5.4)
    years, values = ahead.series.years, ahead.series.values
    table = ahead.table
    path = [years[-1], *table["year"]]
    for level, alpha in ((95, 0.18), (80, 0.32)):
        low, high = ([values[-1], *table[f"{end}{level}"]] for end in ("low", "high"))
        label = say("plot.fan.band", lang, level=level)
        axes.fill_between(path, low, high, color=BLUE, alpha=alpha, linewidth=0, label=label)
    axes.plot(path, [values[-1], *table["median"]], "--", color=BLUE, label=say("plot.fan.median", lang))
    axes.plot(years, values, "-o", color="black", label=say("plot.fan.known", lang))
    for (label, level), height in zip(
        goals, _apart([level for _, level in goals], 0.055 * max(values)), strict=True
    ):
        axes.axhline(level, color=ORANGE, linewidth=1.2, linestyle=(0, (5, 2)))
        place = {
            "xycoords": ("axes fraction", "data"),
            "textcoords": "offset points",
            "annotation_clip": False,
        }
        axes.annotate(label, (1, height), xytext=(6, 0), va="center", color=ORANGE, fontsize=8.5, **place)
    _rates(axes, lang, years=[*map(int, years), *table["year"]])
    axes.set_xlim(years[0] - 0.3, path[-1] + 0.25)
    beside = ""
    if other is not None:
        low, high = other.interval(0.80)
        middle = other.level_at(0.5)
        axes.errorbar(
            path[-1] + 0.12,
            middle,
            yerr=[[middle - low], [high - middle]],
            fmt="s",
            markersize=4,
            color=GREEN,
            capsize=3,
            label=say("plot.fan.other", lang),
        )
        beside = say("plot.fan.and_other", lang, median=middle, low=low, high=high)
    if came is not None:
        axes.plot(path[-1], came, "X", color="black", markersize=9, label=say("plot.fan.came", lang))
        beside += say("plot.fan.and_came", lang, came=came)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=2, frameon=False)
    last = table.iloc[-1]
    goal = "; ".join(label for label, _ in goals)
    alt = say(
        "plot.fan.alt",
        lang,
        place=ahead.series.place,
        title=title,
        first=years[0],
        last=years[-1],
        now=values[-1],
        year=int(last["year"]),
        median=last["median"],
        low=last["low80"],
        high=last["high80"],
        other=beside,
        goals=goal or say("plot.fan.no_goal", lang),
    )
    return Picture(figure, alt)


def calibration(record, lang, *, method="pooled"):
    """Draw whether probabilities came true and where outcomes fell in the forecasts of a Backtest.

    Left, by tenths of the probability of its event, the mean given and the share that came; right, the counts
    of outcomes in each tenth of the predictive distribution; both at the shortest horizon.
    Raises ValueError for an unknown language and for a method without distributions in the record.
    """
    check(lang)
    pit, bins = (
        rows[(rows["method"] == method) & (rows["horizon"] == rows["horizon"].min())]
        for rows in (record.pit, record.reliability)
    )
    if pit.empty:
        raise ValueError(f"calibration: the record has no distributions by {method!r}")
    figure, [[left, right]] = _figure(7.2, 3.6, columns=2)
    left.plot([0, 100], [0, 100], ":", color=GREY, label=say("plot.calibration.perfect", lang))
    sizes = 15 + 180 * bins["n"] / bins["n"].max()
    left.scatter(100 * bins["probability"], 100 * bins["met"], s=sizes, color=BLUE, alpha=0.8)
    right.bar(100 * pit["low"] + 5, pit["n"], width=9, color=BLUE, alpha=0.8)
    even = pit["n"].mean()
    right.axhline(even, color=ORANGE, linestyle=(0, (5, 2)), label=say("plot.calibration.even", lang))
    for axes, x, y in ((left, "probability", "share"), (right, "tenth", "cases")):
        axes.set_xlabel(say(f"plot.calibration.{x}", lang))
        axes.set_ylabel(say(f"plot.calibration.{y}", lang))
        axes.set_xlim(0, 100)
        axes.xaxis.set_major_formatter(lambda x, _: f"{number(x, lang, 0)}%")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
    left.set_ylim(0, 105)
    left.yaxis.set_major_formatter(lambda y, _: f"{number(y, lang, 0)}%")
    told = "; ".join(
        say("plot.calibration.bin", lang, p=100 * row.probability, met=100 * row.met, n=row.n)
        for row in bins.itertuples()
    )
    counts = ", ".join(str(n) for n in pit["n"])
    name = say(f"backtest.method.{method}", lang)
    return Picture(
        figure, say("plot.calibration.alt", lang, method=name, bins=told, counts=counts, even=even)
    )


def coefficients(fits, lang, *, labels):
    """Draw the association of each driver on each scale with its confidence interval.

    ``fits``: DriverFits, one row of panels each, since their drivers have units of their own; ``labels``:
    ``{column: name}``. Raises ValueError for an unknown language.
    """
    check(lang)
    scales = list(dict.fromkeys(scale for fit in fits for scale in fit.table["scale"]))
    heights = [max(1.3, 0.8 * fit.table["driver"].nunique()) for fit in fits]
    figure, panels = _figure(7.2, 0.5 + sum(heights), rows=len(fits), columns=len(scales), ratios=heights)
    told = []
    for fit, panel_row in zip(fits, panels, strict=True):
        for axes, scale in zip(panel_row, scales, strict=True):
            rows = fit.table[fit.table["scale"] == scale]
            axes.axvline(0, color=GREY, linewidth=1)
            for at, row in zip(range(len(rows))[::-1], rows.itertuples(), strict=True):
                axes.plot([row.low, row.high], [at, at], color=BLUE, linewidth=2.5, solid_capstyle="round")
                axes.plot(row.estimate, at, "o", color=BLUE, markersize=8)
                told.append(
                    say(
                        "plot.coefficients.row",
                        lang,
                        driver=term_name(row.driver, lang, labels),
                        scale=say(f"drivers.scale.{scale}", lang),
                        estimate=row.estimate,
                        low=row.low,
                        high=row.high,
                    )
                )
            names = [_wrap(term_name(driver, lang, labels)) for driver in rows["driver"]]
            axes.set_yticks(range(len(rows))[::-1], names)
            axes.set_ylim(-0.6, len(rows) - 0.4)
            axes.xaxis.set_major_formatter(lambda x, _: number(x, lang, 2))
            axes.grid(axis="y", visible=False)
            axes.tick_params(labelleft=axes is panel_row[0])
    for axes, scale in zip(panels[-1], scales, strict=True):
        axes.set_xlabel(say(f"plot.coefficients.{scale}", lang))
    return Picture(figure, say("plot.coefficients.alt", lang, rows="; ".join(told)))


def _figure(width, height, *, rows=1, columns=1, ratios=None):
    import seaborn as sns
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # DejaVu Sans comes with matplotlib and draws every Vietnamese letter; seaborn alone would ask for Arial.
    style = {**sns.axes_style("whitegrid"), **sns.plotting_context("notebook", font_scale=0.85)}
    style |= {"font.family": "DejaVu Sans", "axes.edgecolor": GREY, "grid.color": "#e3e3e3"}
    with rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, height_ratios=ratios)
        for one in axes.flat:
            for side in ("top", "right", "left"):
                one.spines[side].set_visible(False)
    return figure, axes


def _rates(axes, lang, *, years):
    """Set axes of rates in percent over whole years."""
    axes.set_xticks(range(min(years), max(years) + 1))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda y, _: f"{number(y, lang, 0)}%")


def _apart(levels, gap):
    """Return heights for labels as near to their levels as a distance of ``gap`` from one another allows."""
    order = sorted(range(len(levels)), key=levels.__getitem__)
    heights = list(levels)
    for _ in levels:
        for below, above in pairwise(order):
            lack = gap - (heights[above] - heights[below])
            if lack > 0:
                heights[below] -= lack / 2
                heights[above] += lack / 2
    return heights


def _wrap(text, width=26):
    import textwrap

    return "\n".join(textwrap.wrap(text, width))
