"""The figures of levels, forecasts and their record, each with the text that says what it shows."""

from povertystats.picture import BLUE, GREEN, GREY, ORANGE, SMALL, Picture, apart, canvas, percent_axis
from povertystats.wording import check, quantity, say


def levels(series, lang, *, titles):
    """Draw annual series of one place by several instruments, never joined to one another.

    ``series``: AnnualSeries; ``titles``: ``{indicator: name}``. Raises ValueError for an unknown language.
    """
    check(lang)
    if not series:
        raise ValueError("there is no series to draw; expected at least one")
    figure, [[axes]] = canvas(3.6)
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
    figure, [[axes]] = canvas(5.4)
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
        goals, apart([level for _, level in goals], 0.055 * max(values)), strict=True
    ):
        axes.axhline(level, color=ORANGE, linewidth=1.2, linestyle=(0, (5, 2)))
        place = {
            "xycoords": ("axes fraction", "data"),
            "textcoords": "offset points",
            "annotation_clip": False,
        }
        axes.annotate(label, (1, height), xytext=(6, 0), va="center", color=ORANGE, fontsize=SMALL, **place)
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
    figure, [[left, right]] = canvas(3.6, columns=2)
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
        percent_axis(axes.xaxis, lang)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
    left.set_ylim(0, 105)
    percent_axis(left.yaxis, lang)
    told = "; ".join(
        say("plot.calibration.bin", lang, p=100 * row.probability, met=100 * row.met, n=row.n)
        for row in bins.itertuples()
    )
    counts = ", ".join(str(n) for n in pit["n"])
    name = say(f"backtest.method.{method}", lang)
    return Picture(
        figure, say("plot.calibration.alt", lang, method=name, bins=told, counts=counts, even=even)
    )


def _rates(axes, lang, *, years):
    """Set axes of rates in percent over whole years."""
    axes.set_xticks(range(min(years), max(years) + 1))
    axes.set_ylim(bottom=0)
    percent_axis(axes.yaxis, lang)
