"""The figures of a household register: a dot a commune, who leaves poverty and who enters it, estimates and truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.exhibits import figure as draw
from povertystats.exhibits.register_tables import at, compared, marked
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import check, confidence, number, say

if TYPE_CHECKING:
    from povertystats.associations.result import DriverFit
    from povertystats.cells.cell_logit import CellLogit
    from povertystats.register.review import Review
    from povertystats.register.transitions import Transitions

# Neighbouring dots stand on three tracks, so that they do not cover each other.
_TRACKS = (0.0, 0.22, -0.22)
# A district among its communes, a true effect among estimates.
_LINE = {"color": draw.ORANGE, "linestyle": "-", "linewidth": 2.5, "solid_capstyle": "butt"}
_COMMUNE = {"linestyle": "", "marker": "o", "markersize": 4.5, "color": draw.BLUE, "alpha": 0.55}
_COMMUNE |= {"markeredgewidth": 0}
_BAR = {"width": 0.62, "linewidth": 0.8, "edgecolor": "white"}
_FLOWS = ("escaped", "fell", "newly_poor", "fell_back")
_ENTRIES = {"newly": draw.ORANGE, "back": "#f0a878", "unknown": draw.LIGHT}


def communes(review: Review, lang: str, *, year: int | None = None) -> draw.Picture:
    """Draw the poverty rate of every commune of a Review by district, beside the district's own, in one year.

    ``year``: the latest when left out; districts from the poorest down. Communes whose rate is hidden are counted in the alt text. Raises
    ValueError for an unknown language and a review without communes in that year.
    """
    check(lang)
    year = review.table["year"].max() if year is None else year
    if "commune" not in set(review.table["level"]):
        raise InvalidValue(
            "the picture of a review shows its communes; expected a review made with by='commune'"
        )
    of_all, dots = at(review, "province", year), at(review, "commune", year)
    districts = at(review, "district", year).sort_values("poor_household_pct", ascending=False)
    keys = {"commune": _COMMUNE, "district": _LINE}
    marks = [draw.key(say(f"plot.communes.{name}", lang), **look) for name, look in keys.items()]
    told = []
    rates = {}
    for district in districts.itertuples():
        mine = dots.loc[dots["district"] == district.district, "poor_household_pct"]
        rates[district] = mine.dropna().sort_values()
        told.append(_tell_district(district, rates[district], len(mine) - len(rates[district]), lang))

    def drawn(width: float = draw.WIDTH) -> Any:
        figure, [[axes]] = draw.canvas(1.3 + 0.42 * len(districts), width=width)
        heights = range(len(districts) - 1, -1, -1)
        for height, (district, some) in zip(heights, rates.items(), strict=True):
            tracks = [height + _TRACKS[at % len(_TRACKS)] for at in range(len(some))]
            axes.plot(some, tracks, **_COMMUNE)
            axes.plot([district.poor_household_pct] * 2, [height - 0.36, height + 0.36], **_LINE)
        axes.set_yticks(list(heights), [draw.wrap(str(name), 24) for name in districts["place"]])
        axes.set_ylim(-0.6, len(districts) - 0.4)
        axes.set_xlim(0, 1.03 * axes.get_xlim()[1])
        axes.grid(axis="y", visible=False)
        draw.percent_axis(axes.xaxis, lang)
        axes.set_xlabel(say("plot.communes.axis", lang))
        draw.legend(figure, marks)
        return figure

    title = _title(review, "communes", lang, place=of_all["place"].iloc[0], year=year)
    data = pd.concat([districts, dots])
    data = data[["level", "district", "commune", "year", "households", "poor_household_pct"]]
    alt = say("plot.communes.alt", lang, title=title, rows="; ".join(told))
    return draw.Picture(drawn(), alt, _noted(data, review), title=title, narrow=lambda: drawn(draw.NARROW))


def moves(transitions: Transitions, lang: str) -> draw.Picture:
    """Draw, for each year of a Transitions, the province's households that left poverty and those that became poor.

    Down: left poverty; up: newly poor and fallen back, together where no earlier review tells them apart.
    Raises ValueError for an unknown language.
    """
    check(lang)
    rows = at(transitions, "province").set_index("year")
    unknown = rows["newly_poor_households"].isna() | rows["fell_back_households"].isna()
    ups = {
        "newly": rows["newly_poor_households"].mask(unknown, 0),
        "back": rows["fell_back_households"].mask(unknown, 0),
        "unknown": rows["fell_households"].where(unknown, 0),
    }
    ups = {name: heights.fillna(0).astype(float) for name, heights in ups.items()}
    down = rows["escaped_households"].astype(float)

    def drawn(width: float = draw.WIDTH) -> Any:
        figure, [[axes]] = draw.canvas(4.8, width=width)
        bars = [axes.bar(rows.index, -down, color=draw.BLUE, label=say("plot.moves.escaped", lang), **_BAR)]
        bottom = 0 * down
        for name, heights in ups.items():
            if heights.any():
                look = {"color": _ENTRIES[name], "label": say(f"plot.moves.{name}", lang), **_BAR}
                bars.append(axes.bar(rows.index, heights, bottom=bottom, **look))
                bottom = bottom + heights
        for one in bars:
            texts = [number(abs(bar.get_height()), lang, 0) if bar.get_height() else "" for bar in one]
            axes.bar_label(one, texts, label_type="center", fontsize=draw.SMALL, color=_ink(one))
        axes.axhline(0, color=draw.GREY, linewidth=1)
        axes.set_xticks(rows.index, map(str, rows.index))
        axes.grid(axis="x", visible=False)
        axes.yaxis.set_major_formatter(lambda height, _: number(abs(height), lang, 0))
        axes.set_ylabel(say("plot.moves.axis", lang))
        draw.legend(figure, bars, columns=2)
        return figure

    title = _title(transitions, "moves", lang, place=rows["place"].iloc[0])
    told = "; ".join(_tell_year(row, lang) for row in rows.reset_index().to_dict("records"))
    data = _noted(
        rows.reset_index()[["place", "year", *(f"{name}_households" for name in _FLOWS)]], transitions
    )
    alt = say("plot.moves.alt", lang, title=title, rows=told)
    return draw.Picture(drawn(), alt, data, title=title, narrow=lambda: drawn(draw.NARROW))


def truth(fits: Mapping[str, DriverFit | CellLogit], effects: Mapping[str, float], lang: str) -> draw.Picture:
    """Draw what several models estimate of each driver, with intervals, beside the true effects put into a register.

    ``fits`` and ``effects`` as in ``register_tables.models``. Raises ValueError for an unknown language and a
    driver that a fit lacks.
    """
    check(lang)
    found = compared(fits, effects)
    models = {model: say(f"register.model.{model}", lang) for model in fits}
    drivers = {driver: say(f"register.name.{driver}", lang) for driver in effects}
    rows = [(driver, model) for driver in drivers for model in (None, *models)]
    level = confidence(found["level"].iloc[0], lang)
    keys = [
        draw.key(say("register.truth", lang), **_LINE),
        draw.interval_key(say("plot.truth.interval", lang, level=level)),
        *draw.dot_keys(say("plot.truth.holds", lang), say("plot.truth.misses", lang)),
    ]

    def drawn(width: float = draw.WIDTH) -> Any:
        letters = 34 if width > draw.NARROW else 20
        names = [draw.wrap(models[model] if model else drivers[driver], letters) for driver, model in rows]
        tall = 1.5 + 0.19 * sum(1 + name.count("\n") for name in names)
        figure, [[axes]] = draw.canvas(tall, width=width)
        heights = draw.name_rows(axes, names, headings=[model is None for _, model in rows])
        at_row = dict(zip(rows, heights, strict=True))
        for driver, effect in effects.items():
            ends = [at_row[driver, next(iter(models))] + 0.8, at_row[driver, list(models)[-1]] - 0.8]
            axes.plot([effect, effect], ends, **_LINE)
        for row in found.itertuples():
            draw.draw_estimate(axes, row, at_row[row.driver, row.model], filled=row.holds)
        axes.axvline(0, color=draw.GREY, linewidth=1, zorder=0)
        draw.number_axis(axes.xaxis, lang, most=6 if width > draw.NARROW else 4)
        axes.set_xlabel(draw.wrap(say("plot.truth.axis", lang), 50 if width > draw.NARROW else 30))
        draw.legend(figure, keys, columns=2)
        return figure

    title = say("register.illustrative", lang, text=say("plot.truth.title", lang))
    told = "; ".join(
        _tell_driver(some, drivers, models, lang) for _, some in found.groupby("driver", sort=False)
    )
    counts = {"n": len(found), "held": found["holds"].sum()}
    alt = say("plot.truth.alt", lang, title=title, rows=told, **counts)
    data = found.assign(illustrative=True)
    return draw.Picture(drawn(), alt, data, title=title, narrow=lambda: drawn(draw.NARROW))


def _title(found, kind, lang, **told):
    """Return a title, which begins with the word that what was generated is illustrative: the place need not say it again."""
    if found.illustrative:
        told["place"] = str(told["place"]).removesuffix(" (illustrative)")
    return marked(found, say(f"plot.{kind}.title", lang, **told), lang)


def _noted(data, found):
    data = data.reset_index(drop=True)
    return data.assign(illustrative=True) if found.illustrative else data


def _ink(bars):
    """Return the colour of letters that can be read on bars."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(bars[0].get_facecolor())
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45 else "black"


def _tell_district(district, rates, hidden, lang):
    rate = "–" if pd.isna(district.poor_household_pct) else f"{number(district.poor_household_pct, lang, 1)}%"
    about = {"district": district.place, "rate": rate}
    about["hidden"] = say("plot.communes.hidden", lang, n=hidden) if hidden else ""
    if rates.empty:
        return say("plot.communes.no_commune", lang, **about)
    return say("plot.communes.row", lang, low=rates.iloc[0], high=rates.iloc[-1], **about)


def _tell_year(row, lang):
    counts = [row[f"{name}_households"] for name in _FLOWS]
    escaped, fell, newly, back = ("–" if pd.isna(n) else number(n, lang, 0) for n in counts)
    form = "whole" if any(pd.isna(n) for n in counts[2:]) else "split"
    entered = say(f"plot.moves.{form}", lang, fell=fell, newly=newly, back=back)
    return say("plot.moves.row", lang, year=row["year"], escaped=escaped, entered=entered)


def _tell_driver(rows, drivers, models, lang):
    told = "; ".join(
        say("plot.truth.row", lang, **row._asdict() | {"model": models[row.model]})
        for row in rows.itertuples()
    )
    first = rows.iloc[0]
    return say("plot.truth.driver", lang, driver=drivers[first.driver], truth=first.effect_pp, told=told)
