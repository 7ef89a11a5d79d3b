"""The page on drivers for readers: what all ways of computing say of each, what changes that, what it is good for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from povertystats.driver_pages import tally as counts
from povertystats.drivers.declared import (
    chances,
    curves,
    driver_fits,
    driver_names,
    driver_panel,
    timing,
    why_not,
)
from povertystats.drivers.verdicts import has_interval, stands, verdict, warnings
from povertystats.exhibits.tables import Table, table_of
from povertystats.questions.declared_driver import declared, own_drivers, usual_step
from povertystats.questions.panel_rows import relative_effect
from povertystats.regression.terms import parse
from povertystats.words.languages import Words
from povertystats.words.markdown import bullets, escape
from povertystats.words.phrases import FEW, decimals, estimate_words, step_words, term_name, unit
from povertystats.words.wording import number, precision, say

if TYPE_CHECKING:
    from povertystats.exhibits.picture import Picture
    from povertystats.facts.facts import Facts

# A choice is told where it moves so large a part of the signs; of as many clear results as chance brings so often.
_MOVES, _BY_CHANCE = 0.2, 0.05
# Of the twenty steps of a hand over the usual changes, how many are told of.
_HALF = 10


def answer(known: Facts, lang: str) -> str:
    """Return as Markdown whether any driver goes clearly with a lower or higher rate, and what is said of each."""
    rows = _counted(known, lang)
    if not rows:
        return f"> {escape(say('brief.no_drivers', lang))}"
    lines = [
        say(f"drivers.answer.{'row' if row['unclear'] < row['n'] else 'open'}", lang, **row) for row in rows
    ]
    told = bullets("\n".join(lines)).replace("\n", "\n> ")
    found = {kind: names for kind in ("lower", "higher") if (names := _agreed(rows, kind))}
    found = found or {"none": [row["driver"] for row in rows]}
    head = " ".join(
        say(f"drivers.answer.{kind}", lang, **_named(known, names, lang)) for kind, names in found.items()
    )
    return f"> **{escape(head)}**\n>\n> {told}"


def tally(known: Facts, lang: str) -> list[Picture]:
    """Return the picture of how many ways of computing say what; none where no driver has an estimate."""
    drawn = [*curves(known).values()]
    return [counts.tally(drawn, lang, labels=driver_names(known, lang))] if drawn else []


def table(known: Facts, lang: str) -> list[Table]:
    """Return of each driver what is asked, what the ways say, the main estimate and what changes it; none without any."""
    rows = [_row(known, name, lang) for name in curves(known)]
    caption = say("drivers.plain.caption", lang)
    return [table_of(rows, "drivers.plain", lang, caption)] if rows else []


def decision(known: Facts, lang: str) -> str:
    """Return what all this means for who decides, as a Markdown list; "" where no driver has an estimate."""
    rows = _counted(known, lang)
    agreed = [*_agreed(rows, "lower"), *_agreed(rows, "higher")]
    kinds = ["association", "some" if agreed else "none", "better"] if rows else []
    told = _named(known, agreed or [row["driver"] for row in rows], lang)
    return bullets("\n".join(say(f"drivers.decision.{kind}", lang, **told) for kind in kinds))


def unmeasured(known: Facts, lang: str) -> str:
    """Return which drivers and levers nobody could look at, and why, as a Markdown list."""
    told = [why_not(known, name) for name, one in declared(known).items() if not one.look_of]
    lines = [one[lang] for one in told if one is not None]
    if not declared(known) and not curves(known):
        lines.append(say("drivers.lacking.none_declared", lang))
    lines += unmeasured_levers(known, lang)
    return bullets("\n".join(lines or [say("drivers.lacking.no_driver", lang)]))


def unmeasured_levers(known: Facts, lang: str) -> list[str]:
    """Return in a sentence which of the levers have no yearly figures; none for a package without levers."""
    lacking = known.levers[known.levers["measure"] != "proxy"]
    groups = [
        say(
            "brief.unmeasured_group",
            lang,
            measure=say(f"brief.measure.{measure}", lang),
            # Seven names of what nobody counts would say no more than their number.
            names=len(levers) if measure == "not_measured" else ", ".join(_titles(levers, lang)),
        )
        for measure, levers in lacking.groupby("measure", sort=False)
    ]
    told = {"n": len(lacking), "every": len(known.levers), "groups": "; ".join(groups)}
    return [say("brief.unmeasured", lang, **told)] if groups else []


def _titles(rows, lang):
    return [Words.of(row, "title_")[lang] for row in rows.to_dict("records")]


def _counted(known: Facts, lang: str) -> list[dict[str, Any]]:
    """Return how many ways of computing say what, a driver a row."""
    names = driver_names(known, lang)
    rows = []
    for name, curve in curves(known).items():
        found = counts.counted(curve, lang, labels=names).to_dict("records")
        rows += [row | {"stands": stands(known, name)} for row in found if row["n"]]
    return rows


def _agreed(rows: list[dict[str, Any]], kind: str) -> list[str]:
    """Return the drivers for which more than half of all ways say clearly "lower" or "higher", and none the contrary.

    Not those of which a test is doubtful, or an answer is lost by regions.
    """
    most, least = ("negative", "positive") if kind == "lower" else ("positive", "negative")
    return [row["driver"] for row in rows if row["stands"] and row[least] == 0 and 2 * row[most] > row["n"]]


def _named(known: Facts, names: list[str], lang: str) -> dict[str, str]:
    outcomes = {curve.question.outcome_name(lang): None for curve in curves(known).values()}
    return {"names": ", ".join(names), "outcome": ", ".join(outcomes)}


def _row(known: Facts, name: str, lang: str) -> dict[str, str]:
    curve, fit, names = curves(known)[name], driver_fits(known).get(name), driver_names(known, lang)
    title = curve.question.called(lang, names)
    said = counts.counted(curve, lang, labels=names).to_dict("records")
    row = {
        "driver": title[:1].upper() + title[1:],
        "asked": "–",
        "ways": " ".join(say("drivers.plain.count", lang, **found) for found in said),
        "points": "–",
        "relative": "–",
    }
    if fit is not None:
        step, more = _step(known, name, lang)
        first = fit.table.iloc[0]
        about = {"step": step, "outcome": term_name(first["outcome"], lang, names)}
        row["asked"] = say("drivers.plain.asks", lang, **about, **first[["places", "years"]])
        within = fit.table[fit.table["estimator"] == "within"].set_index("scale", drop=False)
        panel, _ = driver_panel(known, name)
        mean = panel.dropna()[first["outcome"]].mean()
        for estimate in within.itertuples():
            if estimate.scale == "points":
                row["points"] = _in_points(known, name, estimate, lang, more)
            elif estimate.scale == "log_odds":
                row["relative"] = _relative(known, name, estimate, mean, lang, more)
    return row | {"changes": " ".join(_changes(known, name, lang)) or say("drivers.plain.nothing", lang)}


def _step(known: Facts, name: str, lang: str) -> tuple[str, float]:
    """Return by how much more of a driver its association is told, in words and in units of its term."""
    one, names = declared(known)[name], driver_names(known, lang)
    kind, column = parse(one.term)
    step = None if kind or column.endswith("_pct") else one.step or usual_step(known, column, one.outcome)
    if not step:
        return step_words(one.term, lang, names)
    # A unit may be far too little to be seen: half of the span of usual changes.
    amount = _HALF * step
    size = number(amount, lang, decimals([amount]))
    return say("drivers.plain.step", lang, name=names[column], size=size), amount


def _in_points(known: Facts, name: str, row: Any, lang: str, step: float) -> str:
    size = {part: step * getattr(row, part) for part in ("estimate", "low", "high", "se", "detectable")}
    words = estimate_words(row._replace(**size), lang, unit(row.outcome, "points"))
    words["verdict"] = verdict(known, name, row, (row.low, row.high), lang)
    return say(f"drivers.plain.{'estimate' if has_interval(row) else 'untested'}", lang, **words)


def _relative(known: Facts, name: str, row: Any, mean: float, lang: str, step: float) -> str:
    """Return an estimate in log-odds as the change of the mean rate, in per cent of itself."""
    ends = (row.estimate, row.low, row.high)
    value, low, high = (relative_effect(end, "log_odds", mean, step) for end in ends)
    # The interval is some four standard errors wide.
    digits = precision((high - low) / 4 if has_interval(row) else abs(value))
    told = {name: number(end, lang, digits) for name, end in (("low", low), ("high", high))}
    size = number(abs(value), lang, digits)
    change = say(f"drivers.plain.{'higher' if value >= 0 else 'lower'}", lang, size=size)
    told |= {"change": change, "verdict": verdict(known, name, row, (low, high), lang)}
    return say(f"drivers.plain.{'estimate' if has_interval(row) else 'untested'}", lang, **told)


def _changes(known: Facts, name: str, lang: str) -> Iterator[str]:
    """Yield what changes the answer on a driver, or warns against it."""
    curve, fit, names = curves(known)[name], driver_fits(known).get(name), driver_names(known, lang)
    titles = curve.question.titles(lang, names)
    for dimension in ("scale", "estimator"):
        for option in curve.question.options[dimension]:
            titles[dimension, option] = say(f"drivers.plain.{dimension}.{option}", lang)
    clear = (curve.fitted["high"] < 0) | (curve.fitted["low"] > 0)
    if clear.any() and len(curve.choices) and (choice := curve.choices.iloc[0]).gap >= _MOVES:
        about = {
            "dimension": say(f"drivers.plain.dimension.{choice.dimension}", lang),
            "option": titles[choice.dimension, choice.option],
            "other": titles[choice.dimension, choice.other],
        }
        shares = {"share": 100 * choice.negative, "other_share": 100 * choice.other_negative}
        yield say("drivers.plain.choice", lang, **about, **shares)
    if fit is None:
        return
    yield from warnings(known, name, lang)
    if fit.clear.any():
        yield from _unsteady(known, name, lang)
    tests = timing(known, name) if name in own_drivers(known) else None
    if tests is not None and tests.clear[tests.table["test"] == "lead"].any():
        yield say("drivers.plain.warning", lang)
    chance = chances(known).get(name)
    if (
        chance is not None
        and chance.table["estimate"].iloc[0]
        and (p := chance.table["p"].iloc[0]) >= _BY_CHANCE
    ):
        yield say("drivers.plain.chance", lang, p=p)
    told_few = fit.table["why"].str.contains("few_clusters").any()
    if (places := int(fit.table["places"].min())) < FEW and not told_few:
        yield say("drivers.plain.few", lang, places=places)


def _unsteady(known: Facts, name: str, lang: str) -> Iterator[str]:
    """Yield in which second looks a clear estimate is clear no longer, and without which places a sign turns."""
    every, fits = declared(known), driver_fits(known)
    looks = [one for n, one in every.items() if one.look_of == name and n in fits and not fits[n].clear.any()]
    if looks:
        told = [say("drivers.page.same_start", lang) if one.held else one.titles[lang] for one in looks]
        yield say("drivers.plain.looks", lang, looks="; ".join(told))
    without = fits[name].leave_one_out
    turning = without.table[(without.table["estimator"] == "within") & ~without.clear]
    if len(turning):
        named, scales = turning["place"].unique(), turning["scale"].unique()
        places = ", ".join(map(str, named[:3])) + " …" * (len(named) > 3)
        ways = ", ".join(say(f"drivers.plain.scale.{scale}", lang) for scale in scales)
        yield say("drivers.plain.without", lang, places=places, scales=ways)
