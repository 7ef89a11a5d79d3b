"""Small packages of facts, illustrative: rates of some places of a country, each figure known months after its year."""

from dataclasses import replace

import numpy as np
import pandas as pd

import povertystats as ps
from povertystats.files.identity import Identity
from povertystats.words.languages import Words

RATE = "poor_rate_pct"


def rates(places=8, first=2010, years=9, step=1, seed=1, level=30.0):
    """Return made-up falling rates ``{place: {year: rate}}``, one figure in so many years."""
    rng = np.random.default_rng(seed)
    shock = rng.normal(0, 0.05, years)
    made = {}
    for at in range(places):
        z = np.log(level / (100 - level)) + 0.4 * rng.normal()
        z = z + np.cumsum(-0.08 + 0.02 * rng.normal() + shock + rng.normal(0, 0.06, years))
        values = (100 / (1 + np.exp(-z))).round(2)
        made[f"P{at:02d}"] = {first + step * t: float(value) for t, value in enumerate(values)}
    return made


def small(figures, targets=(), *, late=9, kind="province", parent="Land", as_of=None):
    """Return Facts of one indicator alone, with targets (dicts over a level of at most 10 % in the next year)."""
    ours = ps.load_facts()
    rows = [(place, year, value) for place, some in figures.items() for year, value in some.items()]
    table = pd.DataFrame(rows, columns=["place", "year", "value"])
    blank = {**ours.table.iloc[0].to_dict(), "indicator": RATE, "unit": "pct", "status": "official"}
    blank |= {"source_id": "s", "available_from_assumed": False, "period": ""}
    table = table.assign(**{name: value for name, value in blank.items() if name not in table})
    table["available_from"] = pd.to_datetime(table["year"].astype(str) + "-12-31") + pd.DateOffset(
        months=late
    )
    about = {**ours.indicators.iloc[0].to_dict(), "indicator": RATE, "peers": "", "needs_standard": False}
    about |= {"title_en": "Poor people", "title_vi": "Tỷ lệ người nghèo", "short_en": "the poverty rate"}
    about |= {"short_vi": "tỷ lệ nghèo"} | {"role": "outcome", "instrument": "survey"}
    places = [{"code": f"c{at}", "place": name, "kind": kind} for at, name in enumerate(figures)]
    places = [{"code": "c", "place": parent, "kind": "country", "parent": ""}, *places] if parent else places
    named = pd.DataFrame(places).assign(
        region_vi="", region_en="", aliases="", first_day=pd.NaT, last_day=pd.NaT
    )
    named = named.assign(
        file="places.csv", row=range(2, len(named) + 2), name=named["place"], own=True, of=""
    )
    named["parent"] = np.where(named["kind"] == "country", "", parent)
    like = {**ours.targets.iloc[0].to_dict(), "target": "poverty", "reading": "a", "proxy_indicator": ""}
    like |= {"place": next(iter(figures)), "indicator": RATE, "kind": "level", "bound": 10.0, "unit": "pct"}
    like |= {"evidence_sources": "", "source_id": "s", "available_from": pd.Timestamp("2008-01-01")}
    like |= {"year": float(table["year"].max() + 1), "wording_en": "Fewer poor", "wording_vi": "Giảm nghèo"}
    asked = [like | target for target in targets]
    asked = [
        one | {"where": one["where"] if "where" in target else one["place"]}
        for one, target in zip(asked, targets, strict=True)
    ]
    identity = Identity(Words(en="Made up"), Words(en=parent), alone=True)
    facts = replace(
        ours,
        table=table[ours.table.columns],
        places=replace(
            ours.places, table=named[ours.places.table.columns], changes=ours.places.changes.iloc[:0]
        ),
        indicators=pd.DataFrame([about])[ours.indicators.columns],
        sources=pd.DataFrame([{**ours.sources.iloc[0].to_dict(), "source_id": "s"}]),
        standards=ours.standards.iloc[:0],
        targets=pd.DataFrame(asked, columns=ours.targets.columns).astype(ours.targets.dtypes.to_dict()),
        drivers=ours.drivers.iloc[:0],
        levers=ours.levers.iloc[:0],
        specifications={},
        identity=identity,
    )
    return facts if as_of is None else facts.as_of(as_of)
