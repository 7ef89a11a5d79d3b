"""The drivers that a data package declares: those of ``drivers.csv``, else those of the roles of its indicators."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.facts.memory import remembered
from povertystats.facts.specifications import Question
from povertystats.questions.usual_grid import MOST_PLACES, beside, usual_grid
from povertystats.words.languages import LANGUAGES, Words

# How the fit is called in which places with the same initial rate are compared.
SAME_START = "_start"
# Of the usual span of departures, a hand takes so many steps from one end to the other.
_STEPS = 20
# What departures have in nine cases out of ten.
USUAL = (0.05, 0.95)


@dataclass(frozen=True)
class DeclaredDriver:
    """A driver of a package, or a second look at one: ``look_of`` names the driver, "" where it is one itself.

    ``term``: its indicator as it enters the model; ``years``: first and last year used, None for all; ``held``: places
    with the same initial rate are compared; ``step``: that of a hand that moves it, None where it is not moved, 0 where too little was seen of it;
    ``controls``: what its usual grid holds.
    """

    name: str
    look_of: str
    titles: Words
    indicator: str
    outcome: str
    term: str
    years: tuple[int, int] | None
    estimators: tuple[str, ...]
    benchmark: str
    evidence: str
    step: float | None
    held: bool = False
    controls: tuple[str, ...] = ()


@remembered
def declared(known: Facts) -> dict[str, DeclaredDriver]:
    """Return the drivers that a package declares by name, each followed by its second looks.

    Those of ``drivers.csv``, then other indicators whose role is driver or lever, which a reader may move; those whose role
    is control are held, the first of them a benchmark. Of every driver with a panel one look more is taken by
    itself: at places with the same initial rate.

    >>> import povertystats as ps
    >>> [driver.name for driver in declared(ps.load_facts()).values() if driver.look_of == "training"]
    ['training_before', 'training_start']
    """
    rows = [_driver(row) for row in known.drivers.to_dict("records")]
    rows += _of_roles(known, {row.indicator for row in rows})
    found = []
    for driver in (row for row in rows if not row.look_of):
        found += [driver, *(row for row in rows if row.look_of == driver.name)]
        if driver.evidence == "panel":
            name = f"{driver.name}{SAME_START}"
            found.append(replace(driver, name=name, look_of=driver.name, estimators=("within",), held=True))
    return {driver.name: driver for driver in found}


def _driver(row: dict[str, Any]) -> DeclaredDriver:
    first, last = row["first_year"], row["last_year"]
    ends = (0 if pd.isna(first) else int(first), 9999 if pd.isna(last) else int(last))
    return DeclaredDriver(
        row["driver"],
        row["second_look_of"],
        Words.of(row, "title_"),
        row["indicator"],
        row["outcome"],
        row["term"].format(row["indicator"]),
        None if pd.isna(first) and pd.isna(last) else ends,
        tuple(filter(None, row["estimators"].split(";"))) or ("within",),
        row["benchmark"],
        row["evidence"],
        None if pd.isna(row["step"]) else float(row["step"]),
    )


def _of_roles(known: Facts, listed: Collection[str]) -> list[DeclaredDriver]:
    """Return the drivers of the roles of indicators that are not listed; none without a rate that they may go with."""
    roles = known.indicators.set_index("indicator")["role"]
    controls = tuple(roles.index[roles == "control"])
    found = []
    for name in roles.index[roles.isin(["driver", "lever"]) & ~roles.index.isin(list(listed))]:
        outcome = _outcome(known, name)
        if outcome is None:
            continue
        many = known.table.loc[known.table["indicator"] == outcome, "place"].nunique() > MOST_PLACES
        one = DeclaredDriver(
            name,
            "",
            known.titles(name, short=True),
            name,
            outcome,
            name,
            None,
            ("within",) if many else ("within", "fractional_logit"),
            controls[0] if controls else "",
            "panel",
            (usual_step(known, name, outcome) or 0.0) if roles[name] == "lever" else None,
            controls=controls,
        )
        found.append(one)
    return found


def _outcome(known: Facts, driver: str) -> str | None:
    """Return the rate that a driver is asked about: an outcome by its role, a target's, else one without a role.

    Of several the one with most figures in places and years that the driver has.
    """
    about, table = known.indicators.set_index("indicator"), known.table
    keys = table["place"] + "|" + table["year"].astype(str)
    there = keys.isin(set(keys[table["indicator"] == driver]))
    figures = keys[there].groupby(table["indicator"]).nunique()
    rates = [
        name for name in about.index[about["unit"] == "pct"] if name in set(table["indicator"]) - {driver}
    ]
    aimed = set(known.targets["indicator"])
    by_role = {role: [name for name in rates if about["role"][name] == role] for role in ("outcome", "")}
    for found in (by_role["outcome"], [name for name in by_role[""] if name in aimed], by_role[""]):
        if found:
            return str(figures.reindex(found).fillna(0).idxmax())
    return None


def places_of(known: Facts, outcome: str) -> list[str] | None:
    """Return the places that are compared: those of the kind of which most have figures; None for all provinces."""
    table = known.places.table.set_index("place")
    there = known.table.loc[known.table["indicator"] == outcome, "place"].unique()
    kinds = table["kind"].reindex(there).value_counts()
    if kinds.empty or kinds.idxmax() == "province":
        return None
    same = table.index[(table["kind"] == kinds.idxmax()) & table.index.isin(there)]
    return same[table.loc[same, "of"] == ""].tolist() if "of" in table else same.tolist()


def driver_data(known: Facts, outcome: str, indicators: list[str], years: Any = None) -> pd.DataFrame:
    """Return the panel of an outcome and indicators in the places that are compared, whatever the standard."""
    names = list(dict.fromkeys([outcome, *indicators]))
    return known.panel(names, places=places_of(known, outcome), years=years, standard="any")


def departures(values: pd.DataFrame, rebased: float = math.nan) -> pd.Series:
    """Return by how much places changed in a year more than all did in the mean, by place and year, never across a change of basis.

    Between surveys some years apart: the change divided by their number. ``values``: one row a place, one column a year,
    ascending; ``rebased``: the year since which the indicator is on another basis,
    NaN for none.
    """
    spans = [(a, b) for a, b in itertools.pairwise(values.columns) if not a < rebased <= b]
    changes = pd.DataFrame({b: (values[b] - values[a]) / (b - a) for a, b in spans})
    apart = (changes - changes.mean()).rename_axis(columns="year").stack()
    return apart[np.isfinite(apart)].rename_axis(["place", "year"])


def usual_step(known: Facts, indicator: str, outcome: str) -> float | None:
    """Return the step of a hand: 1, 2 or 5 times a power of ten, some twenty of them over the usual departures."""
    panel = driver_data(known, outcome, [indicator]).dropna(subset=[indicator])
    found = departures(panel.pivot(index="place", columns="year", values=indicator))
    span = float(np.subtract(*np.quantile(found, USUAL[::-1]))) if len(found) else 0.0
    if span <= 0:
        return None
    size = 10.0 ** math.floor(math.log10(span / _STEPS))
    return float(f"{max(times * size for times in (1, 2, 5) if times * size <= span / _STEPS):.6g}")


def question_of(known: Facts, one: DeclaredDriver) -> str:
    """Return the declared question on a driver: the one of its name, else the one that measures it so; else its own name."""
    for name, asked in {} if one.name in known.specifications else known.specifications.items():
        terms = [option["term"] for option in asked.options["definition"].values()]
        if asked.outcome == one.outcome and one.term in terms:
            return name
    return one.name


def asked_question(known: Facts, name: str, grid: Mapping[str, Question]) -> Question | None:
    """Return a question of a grid, else the usual grid for a driver of the package; None for what is neither."""
    if name in grid:
        return grid[name]
    one = own_drivers(known).get(name)
    if one is None:
        return None
    held = [other.term for other in own_drivers(known).values() if other.outcome == one.outcome]
    panel = driver_data(known, one.outcome, [one.indicator], one.years).dropna()
    controls = beside(one.controls or ([one.benchmark] if one.benchmark else []), one.term)
    named = {lang: ", ".join(known.title(name, lang, short=True) for name in controls) for lang in LANGUAGES}
    return usual_grid(
        one.outcome,
        {one.name: one.term},
        controls=controls,
        controls_title=Words(named),
        others=beside(held, one.term),
        years=panel["year"],
        places=panel["place"].nunique(),
        title=one.titles,
    )


def own_drivers(known: Facts) -> dict[str, DeclaredDriver]:
    """Return the drivers with a panel by name, without second looks at them."""
    return {name: one for name, one in declared(known).items() if one.evidence == "panel" and not one.look_of}
