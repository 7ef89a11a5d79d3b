"""Facts with other figures in the place of some, and how a target then stands."""

from dataclasses import replace

import pandas as pd

import povertystats as ps
from povertystats.kinds.evidence import Evidence
from povertystats.targets.assessment import assess

PLACE = "Bắc Kạn"


def more(known, indicator, figures, *, place=PLACE, unit="pct", status="official", period="{}-12"):
    """Return ``known`` with these figures ``{year: value}`` in the place of those of one indicator and place."""
    table = known.table
    like = table[table["indicator"] == indicator]
    rows = [
        {
            **table.iloc[0].to_dict(),
            **({"standard": like["standard"].iloc[-1]} if len(like) else {"standard": ""}),
            "place": place,
            "indicator": indicator,
            "year": year,
            "period": period.format(year),
            "value": value,
            "bound": "",
            "unit": unit,
            "status": status,
            "available_from": pd.Timestamp("2020-01-01"),
        }
        for year, value in figures.items()
    ]
    kept = table[~((table["indicator"] == indicator) & (table["place"] == place))]
    return replace(known, table=pd.concat([kept, pd.DataFrame(rows)], ignore_index=True))


def of(known, target, **changes):
    """Return the Assessment of the first reading of a target, with changes to the target itself."""
    first = next(t for t in ps.load_targets(known, place=PLACE) if t.target == target)
    return assess(replace(first, **changes), Evidence(known))


def every(known):
    """Return {(target, reading): its Assessment} of the place."""
    evidence = Evidence(known)
    return {(t.target, t.reading): assess(t, evidence) for t in ps.load_targets(known, place=PLACE)}
