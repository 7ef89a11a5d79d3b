"""What is said of drivers: in the brief, and in the annex for each one the same pieces, and why a piece is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from povertystats.driver_pages.tally import counted
from povertystats.drivers.declared import (
    chances,
    curves,
    driver_fits,
    driver_names,
    hidden,
    regions,
    timing,
    why_not,
)
from povertystats.drivers.verdicts import in_short, stands
from povertystats.exhibits import driver_tables
from povertystats.exhibits.driver_plots import coefficients, specification_curve
from povertystats.exhibits.picture import Picture
from povertystats.exhibits.place_plots import leave_one_out
from povertystats.questions.declared_driver import SAME_START, declared, own_drivers
from povertystats.regression.terms import parse
from povertystats.words.markdown import bullets, escape
from povertystats.words.wording import number, probability, say

if TYPE_CHECKING:
    from povertystats.associations.check import Check
    from povertystats.associations.result import DriverFit
    from povertystats.exhibits.tables import Table
    from povertystats.facts.facts import Facts


@dataclass(frozen=True)
class Said:
    """Markdown that a notebook shows as such."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


_SCALES = ("log_odds", "points")


def which_driver(fits: dict[str, DriverFit], known: Facts, lang: str) -> str:
    """Return which drivers have an association that stands in every way and in every treatment; "" without any."""
    if not fits:
        return ""
    steady: dict[str, bool] = {}
    for name, fit in fits.items():
        column = parse(fit.table["driver"].iloc[0])[1]
        clear = fit.clear.all() and not fit.flips and stands(known, name)
        steady[column] = steady.get(column, True) and clear
    names = [known.title(column, lang, short=True) for column, stands in steady.items() if stands]
    if names:
        return say("brief.steady", lang, names=", ".join(names))
    every = declared(known).values()
    looked = [one.titles[lang] for one in every if one.name in fits and not one.look_of]
    few = [one.titles[lang] for one in every if one.evidence == "cross_section"]
    thin = say("brief.thin", lang, names=", ".join(few)) if few else ""
    rates = ", ".join(known.title(rate, lang, short=True) for rate in _rates(fits))
    return say("brief.no_driver", lang, names=", ".join(looked), thin=thin, rates=rates)


def _rates(fits: dict[str, DriverFit]) -> list[str]:
    """Return the rates that drivers were looked at beside."""
    return [*dict.fromkeys(rate for fit in fits.values() for rate in fit.table["outcome"])]


def drivers_short(known: Facts, place: str, lang: str) -> str:
    """Return as Markdown which drivers have an association that stands, and with which rate where it is not that of the place's answer.

    "" without an estimate.
    """
    fits = driver_fits(known)
    head, colon, rest = escape(which_driver(fits, known, lang)).partition(": ")
    lines = [f"**{head}:** {rest}" if colon else head]
    main, rates = known.outcome(place), _rates(fits)
    if main and main not in rates and lines[0]:
        names = [known.title(one, lang, short=True) for one in (main, *rates)]
        lines.append(escape(say("brief.driver_rate", lang, main=names[0], rates=", ".join(names[1:]))))
    return " ".join(lines)


def drivers_plot(known: Facts, lang: str) -> list[Picture]:
    """Return the picture of the drivers by the main ways of computing; none without figures."""
    fits = driver_fits(known)
    main = [fits[name] for name in own_drivers(known) if name in fits]
    return [coefficients(main, lang, labels=driver_names(known, lang), plain=True)] if main else []


def drivers_text(known: Facts, lang: str) -> str:
    """Return how many ways of computing say what, a driver a line, as a Markdown list, or that there is none."""
    names = driver_names(known, lang)
    lines = [
        say("plot.tally.row", lang, **row) + "."
        for curve in curves(known).values()
        for row in counted(curve, lang, labels=names).to_dict("records")
    ]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))


def summary(known: Facts, lang: str) -> list[Table]:
    """Return the table of what every check says of each driver; none where no driver has an estimate."""
    rows = [row for name in curves(known) for row in _verdicts(known, name, lang)]
    return [driver_tables.verdicts(rows, lang)] if rows else []


def sections(known: Facts, lang: str) -> Iterator[Any]:
    """Yield what a notebook shows of each driver: a heading, then the estimates and every check of them."""
    for name in dict.fromkeys([*own_drivers(known), *curves(known)]):
        if name in driver_fits(known) or name in curves(known):
            yield Said(f"## {escape(_title(known, name, lang))}")
            yield from _estimates(known, name, lang)
            yield from _specifications(known, name, lang)
            yield from _checks(known, name, lang)


def lacking(known: Facts, lang: str) -> str:
    """Return as a Markdown list why something is not here: checks of a driver, or all of it; or that none is declared."""
    lines = []
    for name, one in declared(known).items():
        told = None if one.look_of else why_not(known, name)
        if told is not None:
            lines.append(told[lang])
        elif not one.look_of:
            lines += _lacking_checks(known, name, lang)
    for name in curves(known):
        if name not in declared(known):
            lines.append(say("drivers.lacking.question", lang, driver=_title(known, name, lang)))
    if not declared(known) and not curves(known):
        lines.append(say("drivers.lacking.none_declared", lang))
    return bullets("\n".join(lines or [say("drivers.lacking.nothing", lang)]))


def _lacking_checks(known: Facts, name: str, lang: str) -> Iterator[str]:
    """Yield which checks of a driver that has an estimate cannot be made."""
    found = {
        "curve": name in curves(known),
        "chance": name in chances(known),
        "time": timing(known, name) is not None,
        "unseen": any(hidden(known, name, scale) for scale in _SCALES),
    }
    absent = [say(f"drivers.page.{check}", lang) for check, there in found.items() if not there]
    if absent:
        title = _title(known, name, lang)
        yield say("drivers.lacking.checks", lang, driver=title, checks="; ".join(absent))


def _verdicts(known: Facts, name: str, lang: str) -> Iterator[dict[str, str]]:
    chance, fit = chances(known).get(name), driver_fits(known).get(name)
    names = driver_names(known, lang)
    tests = timing(known, name) if name in own_drivers(known) else None
    cells = dict.fromkeys(("sample", "chance", "lead", "turns"), "–")
    if fit is not None:
        first = fit.table.iloc[0]
        cells["sample"] = say("drivers.sample_years", lang, **first[["n", "places", "years"]])
        without = fit.leave_one_out
        within = without.table["estimator"] == "within"
        turning = without.table.loc[within & ~without.clear, "place"].unique()
        cells["turns"] = ", ".join(map(str, turning[:3])) + " …" * (len(turning) > 3)
        cells["turns"] = cells["turns"] or say("drivers.page.no_place", lang)
    cells |= in_short(known, name, lang)
    if chance is not None and chance.table["estimate"].iloc[0]:
        cells["chance"] = probability(chance.table["p"].iloc[0], lang)
    if tests is not None and tests.table.query("test == 'lead'")["estimate"].notna().any():
        warns = bool(tests.clear[tests.table["test"] == "lead"].any())
        cells["lead"] = say(f"drivers.page.{'warns' if warns else 'calm'}", lang)
    for row in counted(curves(known)[name], lang, labels=names).to_dict("records"):
        counts = {
            "specifications": row["n"],
            "clear_negative": row["negative"],
            "clear_positive": row["positive"],
        }
        yield {
            "driver": _capital(row["driver"]),
            **cells,
            **{k: number(n, lang, 0) for k, n in counts.items()},
        }


def _estimates(known: Facts, name: str, lang: str) -> Iterator[Any]:
    fit, names = driver_fits(known).get(name), driver_names(known, lang)
    if fit is None:
        return
    yield driver_tables.fit(fit, lang, labels=names)
    if told := fit.warnings(lang, labels=names):
        yield Said(bullets("\n".join(told)))
    others = {n: f for n, f in driver_fits(known).items() if declared(known)[n].look_of == name}
    titles = {n: declared(known)[n].titles[lang] for n in others}
    titles |= {n: say("drivers.page.same_start", lang) for n in others if n == f"{name}{SAME_START}"}
    if others:
        yield driver_tables.looks(others, titles, lang)
    yield _heading(known, name, "places", lang)
    yield leave_one_out(fit, lang, labels=names)
    yield _told(fit.leave_one_out, lang, names)


def _specifications(known: Facts, name: str, lang: str) -> Iterator[Any]:
    curve, chance, names = curves(known).get(name), chances(known).get(name), driver_names(known, lang)
    if curve is None:
        return
    yield _heading(known, name, "curve", lang)
    yield _told(curve, lang, names)
    yield specification_curve(curve, lang, labels=names)
    yield driver_tables.choices(curve, lang, labels=names)
    if chance is not None:
        yield _told(chance, lang, names)


def _checks(known: Facts, name: str, lang: str) -> Iterator[Any]:
    if name not in driver_fits(known):
        return
    names = driver_names(known, lang)
    if (found := regions(known, name)) is not None:
        yield _heading(known, name, "regions", lang)
        yield _told(found, lang, names)
        yield driver_tables.checks(found, lang, labels=names)
    tests = timing(known, name)
    if tests is not None:
        yield _heading(known, name, "time", lang)
        yield _told(tests, lang, names)
    for scale in _SCALES:
        if unseen := hidden(known, name, scale):
            yield _heading(known, name, "unseen", lang)
            yield _told(unseen, lang, names)
            return


def _title(known: Facts, name: str, lang: str) -> str:
    one = own_drivers(known).get(name)
    title = one.titles[lang] if one else curves(known)[name].question.called(lang, driver_names(known, lang))
    return _capital(title)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _heading(known: Facts, name: str, piece: str, lang: str) -> Said:
    told = say(f"drivers.page.{piece}", lang)
    return Said(f"### {escape(f'{_title(known, name, lang)}: {told[:1].lower()}{told[1:]}')}")


def _told(result: Check, lang: str, names: dict[str, str]) -> Said:
    """Return what a check says, but for what holds of all and is said once on the page."""
    once = say("drivers.association", lang)
    lines = [line for line in result.text(lang, labels=names).splitlines() if line != once]
    return Said(bullets("\n".join(lines)))
