"""Every table about the drivers for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.drivers.declared import at_floor
from povertystats.exhibits.tables import Table, cell, table_of
from povertystats.words.phrases import term_name, unit
from povertystats.words.wording import confidence, number, quantity, say

if TYPE_CHECKING:
    from povertystats.associations.check import Check
    from povertystats.associations.result import DriverFit
    from povertystats.checks.specification_curve import SpecificationCurve
    from povertystats.drivers.long_difference import LongDifference
    from povertystats.facts.facts import Facts


def fit(found: DriverFit | None, lang: str, *, labels: Mapping[str, str]) -> Table:
    """Return what a DriverFit estimated, one row a driver, scale and estimator; empty when it is None."""
    rows = [
        {
            "driver": term_name(row.driver, lang, labels),
            "scale": say(f"drivers.scale.{unit(row.outcome, row.scale)}", lang),
            "estimator": say(f"drivers.estimator.{row.estimator}", lang),
            **_estimated(row, lang, decimals),
            "detectable": cell(row.detectable, lang, decimals),
            "p_wild": _p(row.p_wild, lang),
            "p_random": _p(row.p_random, lang),
            "p_holm": _p(row.p_holm, lang),
            "worth": say(f"drivers.worth.worst.{row.verdict}", lang),
            "n": number(row.n, lang, 0),
        }
        for row, decimals in ([] if found is None else _told(found.table))
    ]
    columns = ["scale", "estimator", "estimate", "interval", "p", "p_wild", "worth", "detectable", "n"]
    if found is not None and found.table["p_random"].notna().any():
        columns.insert(columns.index("p_wild") + 1, "p_random")
    drivers = {row["driver"] for row in rows}
    if len(drivers) > 1:
        columns.insert(0, "driver")
        columns.insert(columns.index("p_wild") + 1, "p_holm")
    caption = say("brief.driver.none", lang)
    if found is not None:
        names = {"driver": ", ".join(sorted(drivers))}
        names["outcome"] = term_name(found.table["outcome"].iloc[0], lang, labels)
        logs = any(driver.startswith("log(") for driver in found.drivers)
        doubled = say("brief.driver.doubled", lang) if logs else ""
        caption = _capital(say("brief.driver.fits", lang, unit=doubled, **names))
    level = 0.95 if found is None else found.table["level"].iloc[0]
    return table_of(rows, "brief.fit", lang, caption, columns=columns, level=confidence(level, lang))


def checks(found: Check, lang: str, *, labels: Mapping[str, str] | None = None) -> Table:
    """Return every estimate of a Check, one a row: of which driver, in which way, with its interval."""
    labels = labels or {}
    rows = [
        {
            "driver": term_name(row.driver, lang, labels),
            "way": name,
            **_estimated(row, lang, decimals),
            "n": cell(row.n, lang, 0),
        }
        for name, (row, decimals) in zip(found.names(lang, labels=labels), _told(found.table), strict=True)
    ]
    columns = ["driver", "way", "estimate", "interval", "p", "n"]
    level = confidence(found.table["level"].max(), lang)
    return table_of(rows, "brief.fit", lang, say("brief.driver.checks", lang), columns=columns, level=level)


def influence(found: DriverFit | None, lang: str) -> Table:
    """Return which places the within estimates of a DriverFit rest on, one row a driver and scale; empty when it is None."""
    rows = []
    about = pd.DataFrame() if found is None else found.diagnostics
    for row in [] if found is None else found.table[found.table["estimator"] == "within"].itertuples():
        own = about[(about["estimator"] == "within") & (about["scale"] == row.scale)]
        values = own[own["column"] == row.driver].set_index("quantity")
        correlation, chance = (
            own.loc[own["quantity"] == f"residual correlation: {name}", "value"].dropna()
            for name in ("mean_abs", "chance")
        )

        def without(quantity, values=values):
            if quantity not in values.index or pd.isna(values.at[quantity, "value"]):
                return "–"
            place, estimate = values.loc[quantity, ["place", "value"]]
            return say("brief.driver.without", lang, place=place, estimate=number(estimate, lang, 4))

        top = values.loc["largest share of variation"]
        rows.append(
            {
                "scale": say(f"drivers.scale.{row.scale}", lang),
                "all": number(row.estimate, lang, 4),
                "lowest": without("lowest without one place"),
                "highest": without("highest without one place"),
                "pair": without("moved most by two places"),
                "share": say("brief.driver.by", lang, place=top["place"], share=100 * top["value"]),
                "effective": number(values.at["places of equal variation", "value"], lang, 1),
                "dependence": "–"
                if correlation.empty
                else say("brief.driver.chance", lang, found=correlation.item(), chance=chance.item()),
            }
        )
    columns = ["scale", "all", "lowest", "highest", "pair", "share", "effective", "dependence"]
    return table_of(rows, "brief.fit", lang, say("brief.driver.influence", lang), columns=columns)


def floors(known: Facts, name: str, floors: Sequence[float], lang: str) -> Table:
    """Return the association of a declared driver in log-odds when rates of zero are set to each of ``floors`` (per cent)."""
    fits = {floor: at_floor(known, name, floor) for floor in floors}
    found = [(floor, fit.table.loc[0]) for floor, fit in fits.items() if fit is not None]
    rows = [
        {
            "floor": quantity(floor, "pct", lang),
            "estimate": number(row.estimate, lang, 4),
            "interval": say("brief.narrow", lang, low=row.low, high=row.high),
            "n": number(row.n, lang, 0),
        }
        for floor, row in found
    ]
    columns, level = ["floor", "estimate", "interval", "n"], confidence(0.95, lang)
    return table_of(rows, "brief.fit", lang, say("brief.floors", lang), columns=columns, level=level)


def choices(curve: SpecificationCurve, lang: str, *, labels: Mapping[str, str] | None = None) -> Table:
    """Return the shares of each sign in a SpecificationCurve, for all specifications and by option."""
    titles = curve.question.titles(lang, labels or {})
    signs = ["negative", "clear_negative", "positive", "clear_positive"]
    rows = [
        {
            "dimension": _capital(titles.get(row.dimension, say("brief.driver.every", lang))),
            "option": titles.get((row.dimension, row.option), ""),
            "specifications": number(row.n, lang, 0),
            **{sign: f"{number(100 * getattr(row, sign), lang, 0)}%" if row.n else "–" for sign in signs},
        }
        for row in curve.summary.itertuples()
    ]
    caption = say(
        "brief.driver.curve", lang, driver=curve.question.called(lang, labels or {}), n=len(curve.fitted)
    )
    columns = ["dimension", "option", "specifications", *signs]
    return table_of(rows, "brief.fit", lang, _capital(caption), columns=columns)


def differences(found: LongDifference | None, lang: str) -> Table:
    """Return the rows of a LongDifference, one a driver, scale and set of controls; empty when it is None."""
    steps = {} if found is None else {driver.name: driver.step[lang] for driver in found.drivers}
    rows = [
        {
            "driver": steps[row.driver],
            "scale": say(f"drivers.scale.{row.scale}", lang),
            "controls": say(f"brief.driver.{'initial' if row.controls else 'nothing'}", lang),
            **_estimated(row, lang, decimals),
            "detectable": cell(row.detectable, lang, decimals),
            "n": number(row.n, lang, 0),
            "evidence": say(f"brief.measure.{row.evidence}", lang),
        }
        for row, decimals in ([] if found is None else _told(found.table))
    ]
    columns = ["driver", "scale", "controls", "estimate", "interval", "p", "detectable", "n", "evidence"]
    caption = say("brief.driver.none", lang)
    if found is not None:
        caption = _capital(say("brief.driver.long_many", lang, outcome=found.titles[lang]))
    level = 0.95 if found is None else found.table["level"].iloc[0]
    return table_of(rows, "brief.fit", lang, caption, columns=columns, level=confidence(level, lang))


def looks(found: Mapping[str, DriverFit], titles: Mapping[str, str], lang: str) -> Table:
    """Return the same association looked at in other ways, one row a look and scale: ``found``, ``titles`` by its name."""
    rows = [
        {
            "way": titles[name],
            "scale": say(f"drivers.scale.{unit(row.outcome, row.scale)}", lang),
            "estimator": say(f"drivers.estimator.{row.estimator}", lang),
            **_estimated(row, lang, decimals),
            "detectable": cell(row.detectable, lang, decimals),
            "n": number(row.n, lang, 0),
        }
        for name, fit in found.items()
        for row, decimals in _told(fit.table)
    ]
    columns = ["way", "scale", "estimator", "estimate", "interval", "p", "detectable", "n"]
    caption = say("brief.driver.looks", lang)
    return table_of(rows, "brief.fit", lang, caption, columns=columns, level=confidence(0.95, lang))


def verdicts(rows: Sequence[Mapping[str, str]], lang: str) -> Table:
    """Return what every check says of each driver, one row a driver, from the cells of each."""
    columns = [
        "driver",
        "sample",
        "specifications",
        "clear_negative",
        "clear_positive",
        "chance",
        "lead",
        "regions",
        "worth",
        "turns",
    ]
    caption = say("brief.driver.verdicts", lang)
    return table_of(list(rows), "brief.fit", lang, caption, columns=columns)


def numbers(row: Any, lang: str, decimals: int | None = None) -> dict[str, str]:
    """Return an estimate and its ends as texts, all with as many decimals as its size allows to tell apart."""
    if decimals is None:
        decimals = _decimals([row])
    return {name: cell(getattr(row, name), lang, decimals) for name in ("estimate", "low", "high")}


def _decimals(rows):
    """Return how many decimals estimates of one driver and scale need: the same in each row, to be read down."""
    ends = [float(x) for row in rows for x in (row.estimate, row.low, row.high)]
    return 0 if all(x.is_integer() for x in ends) else 2 if max(abs(row.estimate) for row in rows) >= 1 else 4


def _told(table):
    """Return the rows of a table of estimates, each with the decimals of its driver and scale."""
    rows = list(table.itertuples())
    kinds = [(row.driver, getattr(row, "scale", "")) for row in rows]
    alike = {
        kind: _decimals([row for row, k in zip(rows, kinds, strict=True) if k == kind]) for kind in kinds
    }
    return [(row, alike[kind]) for row, kind in zip(rows, kinds, strict=True)]


def _estimated(row, lang, decimals):
    shown = numbers(row, lang, decimals)
    interval = say("brief.driver.interval", lang, **shown) if pd.notna(row.low) else "–"
    return {"estimate": shown["estimate"], "interval": interval, "p": _p(row.p, lang)}


def _p(value, lang):
    if pd.isna(value):
        return "–"
    return number(value, lang, 3) if value >= 0.001 else say("brief.tiny", lang)


def _capital(text):
    return text[:1].upper() + text[1:]
