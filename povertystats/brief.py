"""The pieces of the advisors' brief, each ready to be shown by a notebook in either language."""

import html
import re
from contextlib import suppress
from itertools import product

import numpy as np

from povertystats.assess import LONGEST
from povertystats.backtest import backtest
from povertystats.drivers import fit_drivers
from povertystats.forecast import forecast
from povertystats.outcome import came_to, shock
from povertystats.predictive import LINKS, to_scale
from povertystats.reference import comparable_changes
from povertystats.terms import parse
from povertystats.wording import quantity, say

# Poverty by the measure that targets are set in, then by the GSO's surveys.
_POVERTY = ("poor_household_pct", "poor_multidim_pct", "poor_income_pct")
# The review is forecast with peers of another instrument: that way of forecasting is what its record tells of.
WAY = "pooled_apart"
_METHODS = ("pooled", "pooled_points", WAY, "log_odds", "points")


def bullets(text):
    """Return lines as a Markdown list; whatever looks like HTML in them stays text.

    >>> bullets("one\\n<b>two</b>")
    '- one\\n- &lt;b&gt;two&lt;/b&gt;'
    """
    return "\n".join(f"- {_text(line)}" for line in text.splitlines())


def answer(card, known, lang, *, record=None):
    """Return the answer in a Markdown block quote: how probable, in which reading, how sure, drivers, not known.

    ``record``: that of ``past_record``, worked out when it is left out.
    """
    lines = [
        say("brief.place", lang, place=card.place, day=card.day(lang)),
        *card.headline(lang).splitlines(),
    ]
    meant = [t.wording[lang] for t in card.targets if t.target == "poverty" and t.meant]
    if 0 < len(meant) < sum(t.target == "poverty" for t in card.targets):
        lines.append(say("brief.meant", lang, wordings="; ".join(meant)))
    lines += track(record or past_record(known), lang)
    lines.append(_which_driver(driver_fits(known), known, lang))
    unknown = card.table["verdict"].eq("not_assessable").groupby(card.table["target"]).all()
    if unknown.any():
        lines.append(say("brief.unknown", lang, n=unknown.sum(), every=len(unknown)))
    lines = [_text(line) for line in lines]
    return "\n>\n".join([f"> **{lines[0]}**", *(f"> {line}" for line in lines[1:])])


def track(record, lang):
    """Return in a sentence how such forecasts did at earlier dates; none without a record of them."""
    table = None if record is None else record.table.set_index("method")
    if table is None or WAY not in table.index:
        return []
    row, years = table.loc[WAY], record.by_year[record.by_year["method"] == WAY]
    worst = years.loc[years["mae"].idxmax()]
    told = {"places": row["places"], "years": len(years), "mae": row["mae"], "held": 100 * row["coverage80"]}
    told |= {"below": 100 * row["below"], "worst": worst["year"], "missed": worst["mae"]}
    return [say("brief.track", lang, **told)]


def _which_driver(fits, known, lang):
    """Return which drivers have an association that stands on every scale and in every treatment."""
    if not fits:
        return say("brief.no_drivers", lang)
    steady = {}
    for fit in fits.values():
        column = parse(fit.table["driver"].iloc[0])[1]
        clear = fit.clear.all() and not fit.flips
        steady[column] = steady.get(column, True) and clear
    names = [known.title(column, lang, short=True) for column, stands in steady.items() if stands]
    return say("brief.steady", lang, names=", ".join(names)) if names else say("brief.no_driver", lang)


def poverty_series(known, place):
    """Return the series of poverty that a place has: the yearly review, then the GSO's two measures."""
    found = []
    for indicator in _POVERTY:
        with suppress(LookupError):
            found.append(known.series(indicator, place=place))
    return found


def unanswered(card, lang):
    """Return the sentences of the targets without a probability, with the reason, as a Markdown list."""
    pairs = zip(card.sentences(lang), card.table["probability"].isna(), strict=True)
    return bullets("\n".join(sentence for sentence, without in pairs if without))


def outlook(known, place):
    """Return the forecast of poverty in ``place`` for the year of the cut-off, or None when no series carries one.

    The first series of ``poverty_series`` that can be forecast is taken, at most three years ahead: with its
    peers, else by its own trend; in log-odds, else (rates of 0 %) in points. Without a cut-off, or with a figure
    of its year, the forecast is of the year after the last figure.
    """
    for series in poverty_series(known, place):
        horizon = max(1, known.cutoff.year - int(series.years[-1])) if known.cutoff else 1
        for scale, peers in product(LINKS, (known.peers(series.indicator), None)):
            with suppress(ValueError):
                if horizon <= LONGEST:
                    return forecast(series, horizon=horizon, scale=scale, peers=peers)
    return None


def four_ways(ahead, known):
    """Return the same forecast with peers and by the own trend alone, on both scales; None where one cannot be made.

    ``{"pooled", "pooled_points", "log_odds", "points": Forecast}``, the names of ``backtest``.
    """
    series, peers = ahead.series, known.peers(ahead.series.indicator)
    ways = {"pooled": ("log_odds", peers), "pooled_points": ("points", peers)}
    ways |= {scale: (scale, None) for scale in LINKS}
    found = dict.fromkeys(ways)
    for name, (scale, known_peers) in ways.items():
        with suppress(ValueError):
            found[name] = forecast(series, horizon=ahead.horizon, scale=scale, peers=known_peers)
    return found


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
    """Return a DriverFit by name, without those that the figures do not carry.

    Income poverty on the trained share: "training" in all years (2008 stands on the older poverty line; year
    effects take that change away), "training_before" on one line and before the share was re-based. On
    programme money per head, 2013-2016 (before, the programmes share a column; after, the income series
    ends): "programmes" on its logarithm, without the zeros, "programmes_kept" on ln(1 + x).
    """
    models = {
        "training": ("trained_pct", "{}", None),
        "training_before": ("trained_pct", "{}", (2010, 2014)),
        "programmes": ("ntp_transfer_pc_vnd_k", "log({})", (2013, 2016)),
        "programmes_kept": ("ntp_transfer_pc_vnd_k", "log1p({})", (2013, 2016)),
    }
    fits = {}
    for name, (driver, term, years) in models.items():
        with suppress(ValueError):
            panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
            fits[name] = fit_drivers(panel, "poor_income_pct", [term.format(driver)])
    return fits


def drivers_text(fits, known, lang):
    """Return the headline of each fit and what may be concluded, as a Markdown list."""
    # Inside a sentence the step says what a logarithm means: "twice as high".
    names = driver_names(known, lang)
    labels = names | {f"log({column})": name for column, name in names.items()}
    main = [fits[name] for name in ("training", "programmes") if name in fits]
    lines = [line for fit in main for line in fit.headline(lang, labels=labels).splitlines()]
    lines += [say(f"brief.but.{name}", lang) for name in _overturned(fits)]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))


def _overturned(fits):
    """Return which second looks change what the first said: other drivers flip, or a clear sign is lost."""
    pairs = (("training", "training_before"), ("programmes", "programmes_kept"))
    return [
        second
        for first, second in pairs
        if {first, second} <= set(fits) and _verdicts(fits[first]) != _verdicts(fits[second])
    ]


def _verdicts(fit):
    """Return by scale the sign of an association, 0 where its interval holds zero."""
    signs = np.sign(fit.table["estimate"]).where(fit.clear, 0)
    return dict(zip(fit.table["scale"], signs, strict=True))


def fit_text(fits, name, known, lang):
    """Return all that one fit of ``driver_fits`` says, as a Markdown list, or that there is none."""
    if name not in fits:
        return say("brief.no_drivers", lang)
    return bullets(fits[name].text(lang, labels=driver_names(known, lang)))


def how_much(known, facts, lang):
    """Return how many of all facts were known, as a sentence."""
    return say("brief.how_much", lang, known=len(known.table), every=len(facts.table))


def credit_years(known, lang):
    """Return how many provinces have any figure of policy credit, and of how many years on average."""
    years = known.panel(["vbsp_outstanding_vnd_bn"]).groupby("place")["year"].nunique()
    return say("brief.credit", lang, n=len(years), mean=years.mean() if len(years) else 0)


def past_record(known):
    """Return the Backtest of the peers of poverty one year ahead, or None when the known years are too few."""
    with suppress(ValueError):
        return backtest(known.peers(_POVERTY[0]), methods=_METHODS)
    return None


def record_text(record, known, lang):
    """Return what the record says, as a Markdown list, or that there is none."""
    if record is None:
        return say("brief.no_record", lang)
    names = dict.fromkeys(indicator.partition("@")[0] for indicator in record.indicators)
    return bullets(record.text(lang, labels=short_names(known, names, lang)))


def shock_text(known, facts, ahead, lang):
    """Return how the year that was forecast treated the peers together and like places, as a Markdown list."""
    if ahead is None:
        return say("brief.no_outlook", lang)
    lines, indicator, came = [], ahead.series.indicator, came_to(ahead, facts)
    # From what was known then, and of the year alone: from what the provinces had reached just before it.
    eve = facts.as_of(f"{ahead.year}-12-31") if facts.cutoff is None else facts
    for view in (known, eve):
        with suppress(LookupError, ValueError):
            of_year = shock(view, facts, indicator, ahead.year)
            lines += of_year.text(lang).splitlines()
    if came is not None and lines and 0 < came < 100 and ahead.horizon == 1:
        own, common = gap(ahead, came), of_year.table["gap"].iloc[-1]
        told = {"year": ahead.year, "place": ahead.series.place, "own": own, "gap": common}
        lines.append(say("outcome.common", lang, share=100 * common / own, **told))
    if came is not None:
        last = ahead.series.values[-1]
        with suppress(ValueError):
            like = comparable_changes(known.peers(indicator), last, years=ahead.horizon)
            starts, change = like.table["start"], came - last
            told = {"n": like.n, "low": starts.min(), "high": starts.max(), "change": change}
            told |= {"share": 100 * like.share(at_least=round(change, 6))}
            lines.append(say("brief.like_places", lang, **told))
    return bullets("\n".join(lines)) or say("brief.no_afterwards", lang)


def gap(ahead, came):
    """Return how far ``came`` (percent) lies above the median of a Forecast, in log-odds."""
    return float(to_scale(came, "log_odds") - to_scale(ahead.level_at(0.5), "log_odds"))


def _text(line):
    """Escape a line for Markdown: figures, names and notes come from data, and must not turn into markup."""
    line = re.sub(r"([\\`*_\[\]$~])", r"\\\1", html.escape(line, quote=False))
    # At the start of a line a hash, a sign or a numeral with a point would begin a heading or a list.
    return re.sub(r"^(\d*)([#+.)-])(?=[\s#])", r"\1\\\2", line)
