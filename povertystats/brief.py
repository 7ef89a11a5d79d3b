"""The pieces of the advisors' brief, each ready to be shown by a notebook in either language."""

import html
from contextlib import suppress

import pandas as pd

from povertystats.backtest import backtest
from povertystats.drivers import fit_drivers, term_name
from povertystats.forecast import forecast
from povertystats.tables import Table
from povertystats.targets import required_change
from povertystats.wording import moment, number, quantity, say

# Poverty by the measure that targets are set in, then by the GSO's surveys.
_POVERTY = ("poor_household_pct", "poor_multidim_pct", "poor_income_pct")


def bullets(text):
    """Return lines as a Markdown list; whatever looks like HTML in them stays text.

    >>> bullets("one\\n<b>two</b>")
    '- one\\n- &lt;b&gt;two&lt;/b&gt;'
    """
    return "\n".join(f"- {html.escape(line, quote=False)}" for line in text.splitlines())


def answer(card, lang):
    """Return the answer in a Markdown block quote: place and day, then the headline of the scorecard."""
    lines = [
        say("brief.place", lang, place=card.place, day=card.day(lang)),
        *card.headline(lang).splitlines(),
    ]
    lines[0] = f"**{html.escape(lines[0], quote=False)}**"
    return "\n>\n".join([f"> {lines[0]}", *(f"> {html.escape(line, quote=False)}" for line in lines[1:])])


def scorecard_table(card, lang):
    """Return the scorecard as a table for readers."""
    return Table(card.display(lang), say("brief.scorecard", lang, place=card.place))


def poverty_series(known, place):
    """Return the series of poverty that a place has: the yearly review, then the GSO's two measures."""
    found = []
    for indicator in _POVERTY:
        with suppress(LookupError):
            found.append(known.series(indicator, place=place))
    return found


def unanswered(card, lang):
    """Return the sentences of the targets without a probability, with the reason, as a Markdown list."""
    pairs = zip(card.sentences(lang), card.table["verdict"], strict=True)
    return bullets("\n".join(sentence for sentence, verdict in pairs if verdict != "probable"))


def outlook(known, place):
    """Return the forecast of poverty in ``place`` for the next year, or None when no series carries one.

    The first series of ``poverty_series`` that can be forecast is taken.
    """
    for series in poverty_series(known, place):
        with suppress(ValueError):
            return forecast(series)
    return None


def outlook_text(ahead, known, lang):
    """Return what the forecast says, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    indicator = ahead.series.indicator
    return bullets(ahead.text(lang, labels={indicator: known.title(indicator, lang, short=True)}))


def goals(card, ahead, lang):
    """Return ``[(label, level)]``: the levels that the targets require of the rate that is forecast."""
    if ahead is None:
        return []
    found = []
    for target in card.targets:
        one_place = target.places == (ahead.series.place,)
        if target.indicator != ahead.series.indicator or target.year != ahead.year or not one_place:
            continue
        level = target.bound + (ahead.series.values[-1] if target.kind == "change" else 0)
        label = quantity(target.bound, target.unit, lang, signed=True) if target.kind == "change" else ""
        found.append((say(f"brief.goal.{target.kind}", lang, level=level, change=label), level))
    return found


def short_names(known, indicators, lang):
    """Return ``{indicator: its name inside a sentence}``."""
    return {i: known.title(i, lang, short=True) for i in indicators}


def driver_names(known, lang):
    """Return the names of the outcome and drivers of ``driver_fits``."""
    return short_names(known, ["poor_income_pct", "trained_pct", "ntp_transfer_pc_vnd_k"], lang)


def driver_fits(known):
    """Return ``{"training": DriverFit, "programmes": DriverFit}``, without those that the figures do not carry.

    Income poverty on the trained share, all years; on the logarithm of programme money per head, 2013-2016
    (before, the programmes share a column; after, the income series ends).
    """
    models = {"training": ("trained_pct", None), "programmes": ("ntp_transfer_pc_vnd_k", (2013, 2016))}
    fits = {}
    for name, (driver, years) in models.items():
        term = f"log({driver})" if driver.endswith("_vnd_k") else driver
        with suppress(ValueError):
            panel = known.panel(["poor_income_pct", driver], years=years)
            fits[name] = fit_drivers(panel, "poor_income_pct", [term])
    return fits


def drivers_text(fits, known, lang):
    """Return the headline of each fit and what may be concluded, as a Markdown list."""
    labels = driver_names(known, lang)
    lines = [fit.headline(lang, labels=labels) for fit in fits.values()]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))


def fit_text(fits, name, known, lang):
    """Return all that one fit of ``driver_fits`` says, as a Markdown list, or that there is none."""
    if name not in fits:
        return say("brief.no_drivers", lang)
    return bullets(fits[name].text(lang, labels=driver_names(known, lang)))


def fits_table(fits, name, lang, *, labels):
    """Return estimate, interval and sample of one fit of ``fits``, one row a scale and driver."""
    rows = [
        {
            "driver": term_name(row.driver, lang, labels),
            "scale": say(f"drivers.scale.{row.scale}", lang),
            "estimate": number(row.estimate, lang, 4),
            "se": number(row.se, lang, 4),
            "interval": say("brief.interval", lang, low=row.low, high=row.high),
            "p": number(row.p, lang, 3),
            "n": number(row.n, lang, 0),
            "places": number(row.places, lang, 0),
        }
        for row in (fits[name].table.itertuples() if name in fits else ())
    ]
    columns = ["driver", "scale", "estimate", "se", "interval", "p", "n", "places"]
    return Table(_headed(pd.DataFrame(rows, columns=columns), "fit", lang), say("brief.fits", lang))


def series_table(series, known, lang):
    """Return the figures of several series with their status and source, one row a series and year."""
    rows = [
        {
            "indicator": known.title(one.indicator, lang, short=True),
            "year": str(row.year),
            "value": quantity(row.value, one.unit, lang),
            "status": say(f"status.{row.status}", lang),
            "source": known.cite([row.source_id])["title"].item(),
        }
        for one in series
        for row in one.table.itertuples()
    ]
    table = pd.DataFrame(rows, columns=["indicator", "year", "value", "status", "source"])
    return Table(_headed(table, "fact", lang), say("brief.facts", lang))


def conflicts_table(known, place, lang):
    """Return the disagreements between sources about a place and its districts; a tick marks the figure used."""
    places = known.places.table
    near = places.loc[(places["place"] == place) | (places["parent"] == place), "place"]
    conflicts = known.conflicts()
    units = known.indicators.set_index("indicator")["unit"]
    rows = [
        {
            "place": row.place,
            "indicator": known.title(row.indicator, lang, short=True),
            "year": moment(row.period, row.year, lang),
            "value": quantity(row.value, units[row.indicator], lang),
            "status": say(f"status.{row.status}", lang),
            "taken": "✓" if row.taken else "",
        }
        for row in conflicts[conflicts["place"].isin(near)].itertuples()
    ]
    table = pd.DataFrame(rows, columns=["place", "indicator", "year", "value", "status", "taken"])
    return Table(_headed(table, "fact", lang), say("brief.conflicts", lang))


def coverage_counts(known, indicators):
    """Return, an indicator a row, the provinces and years with figures and the provinces with three years or more."""
    panels = {i: known.panel([i]) for i in indicators}
    rows = {
        i: {
            "provinces": panel["place"].nunique(),
            "years": panel["year"].nunique(),
            "three": int((panel["place"].value_counts() >= 3).sum()),
        }
        for i, panel in panels.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def coverage_table(known, indicators, lang):
    """Return ``coverage_counts`` for readers."""
    counts = coverage_counts(known, indicators)
    counts.insert(0, "indicator", [known.title(i, lang) for i in counts.index])
    return Table(_headed(counts, "coverage", lang), say("brief.coverage_caption", lang))


def scales_table(series, lang):
    """Return median, 80 % and 95 % interval of the next year on each scale that can be fitted."""
    rows = []
    for scale in ("log_odds", "points"):
        with suppress(ValueError):
            ahead = forecast(series, scale=scale)
            bounds = {f"i{p}": ahead.interval(p / 100) for p in (80, 95)}
            told = {
                key: say("brief.interval", lang, low=low, high=high) for key, (low, high) in bounds.items()
            }
            scale = say(f"drivers.scale.{scale}", lang)
            rows.append(
                {"scale": scale, "year": str(ahead.year), "median": number(ahead.level_at(0.5), lang), **told}
            )
    table = pd.DataFrame(rows, columns=["scale", "year", "median", "i80", "i95"])
    return Table(_headed(table, "outlook", lang), say("brief.scales", lang, place=series.place))


def past_record(known):
    """Return the Backtest of income poverty one year ahead, or None when the known years are too few."""
    with suppress(ValueError):
        return backtest(known.panel(["poor_income_pct"]), "poor_income_pct")
    return None


def record_text(record, known, lang):
    """Return what the record says, as a Markdown list, or that there is none."""
    if record is None:
        return say("brief.no_record", lang)
    return bullets(record.text(lang, labels=short_names(known, [record.indicator], lang)))


def record_table(record, lang, *, by_year=False):
    """Return how the forecasts of a Backtest did, by method (and by the year that was forecast)."""
    rows = [
        {
            **({"year": str(row.year)} if by_year else {}),
            "method": say(f"backtest.method.{row.method}", lang),
            "n": number(row.n, lang, 0),
            "mae": number(row.mae, lang),
            "crps": number(row.crps, lang),
            "coverage": f"{number(100 * row.coverage80, lang, 0)}%",
            "skill": f"{number(100 * row.skill, lang, 0)}%",
        }
        for row in (record.by_year if by_year else record.table).itertuples()
    ]
    return Table(_headed(pd.DataFrame(rows), "record", lang), say("brief.record_caption", lang))


def levers_table(known, lang):
    """Return the levers with the indicator that measures each, or "not measured"."""
    rows = [
        {
            "lever": lever[f"title_{lang}"],
            "measure": say(f"brief.measure.{lever['measure']}", lang),
            "indicator": known.title(lever["indicator"], lang) if lever["indicator"] else "–",
            "note": lever[f"note_{lang}"],
        }
        for lever in known.levers.to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=["lever", "measure", "indicator", "note"])
    return Table(_headed(table, "lever", lang), say("brief.levers", lang))


def required_table(known, targets, lang):
    """Return what each target requires of each of its places, with where it starts and why it is read so."""
    rows = [
        {
            "target": target.wording[lang],
            "place": required.place,
            "start": "–"
            if required.start is None
            else f"{quantity(required.start, target.unit if target.unit != 'pp' else 'pct', lang)} ({required.start_year})",
            "change": "–"
            if required.change is None
            else quantity(required.change, required.unit, lang, signed=target.kind != "count"),
            "evidence": target.evidence[lang],
        }
        for target in targets
        for required in required_change(target, known)
    ]
    table = pd.DataFrame(rows, columns=["target", "place", "start", "change", "evidence"])
    return Table(_headed(table, "required", lang), say("brief.required_caption", lang))


def sources_table(known, card, ahead, lang):
    """Return the sources of the figures and targets in the scorecard and in the forecast."""
    used = [target.source_id for target in card.targets]
    used += [latest.source_id for detail in card.details for _, _, latest in detail["latest"]]
    if ahead is not None:
        series = known.series(ahead.series.indicator, place=ahead.series.place)
        used += series.table["source_id"].tolist()
    cited = known.cite(used)[["title", "publisher", "dated"]]
    return Table(_headed(cited, "source", lang), say("brief.sources", lang))


def _headed(table, kind, lang):
    return table.rename(columns={c: say(f"brief.{kind}.{c}", lang) for c in table.columns})
