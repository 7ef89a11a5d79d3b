"""The pieces of the advisors' brief, each ready to be shown by a notebook in either language."""

from contextlib import suppress
from functools import lru_cache
from itertools import product

from povertystats.assess import LONGEST
from povertystats.backtest import backtest
from povertystats.findings import driver_fits, which_driver
from povertystats.forecast import forecast
from povertystats.markdown import bullets, escape
from povertystats.outcome import came_to, shock
from povertystats.predictive import LINKS, to_scale
from povertystats.reference import comparable_changes
from povertystats.wording import quantity, say

# Poverty by the measure that targets are set in, then by the GSO's surveys.
_POVERTY = ("poor_household_pct", "poor_multidim_pct", "poor_income_pct")
# The review is forecast with peers of another instrument: that way of forecasting is what its record tells of.
WAY = "pooled_apart"
_METHODS = ("pooled", "pooled_points", WAY, "log_odds", "points")


def answer(card, known, lang, *, record=None, fits=None):
    """Return the answer in a Markdown block quote: how probable, in which reading, how sure, drivers, not known.

    ``record``: that of ``past_record``, ``fits``: those of ``driver_fits``; worked out when they are left out.
    """
    lines = [
        say("brief.place", lang, place=card.place, day=card.day(lang)),
        *card.headline(lang).splitlines(),
    ]
    lines.append(which_driver(driver_fits(known) if fits is None else fits, known, lang))
    meant = [t.wording[lang] for t in card.targets if t.target == "poverty" and t.meant]
    if 0 < len(meant) < sum(t.target == "poverty" for t in card.targets):
        lines.append(say("brief.meant", lang, wordings="; ".join(meant)))
    lines += track(record or past_record(known), lang)
    unknown = card.table["verdict"].eq("not_assessable").groupby(card.table["target"]).all()
    if unknown.any():
        lines.append(say("brief.unknown", lang, n=unknown.sum(), every=len(unknown)))
    lines = [escape(line) for line in lines]
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


def how_much(known, facts, lang):
    """Return how many of all facts were known, as a sentence."""
    return say("brief.how_much", lang, known=len(known.table), every=len(facts.table))


# Notebooks of one kernel ask for the same again.
@lru_cache(maxsize=4)
def past_record(known):
    """Return the Backtest of the peers of poverty one year ahead, or None when the known years are too few."""
    with suppress(ValueError):
        return backtest(known.peers(_POVERTY[0]), methods=_METHODS)
    return None


def record_text(record, known, lang):
    """Return what the record says, as a Markdown list, or that there is none."""
    if record is None:
        return say("brief.no_record", lang)
    names = {i.partition("@")[0] for i in record.indicators}
    return bullets(record.text(lang, labels={i: known.title(i, lang, short=True) for i in names}))


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
