"""A package of another country, nothing of it ours: fourteen counties, nine years, four drivers, a target."""

import json
from pathlib import Path

from helpers.counties import CONTROLS, DRIVERS, counties

OUTCOME, PLACE, AS_OF = "hardship_pct", "County C", "2020-06-01"
TITLES = {
    "hardship_pct": ("share of people in hardship", "tỷ lệ người gặp khó khăn"),
    "roads_km": ("roads", "đường"),
    "clinics_per_10k": ("clinics", "trạm y tế"),
    "herd_heads": ("herd size", "quy mô đàn"),
    "grant_kip": ("grants", "trợ cấp"),
    "town_pct": ("share of people in towns", "tỷ lệ dân thành thị"),
    "rain_mm": ("rain", "lượng mưa"),
}
UNITS = {"hardship_pct": "pct", "town_pct": "pct", "grant_kip": "kip"}


def write_foreign(folder, *, years=None, places=None, drivers=True, target=True):
    """Write the package into ``folder`` and return it with the panel: the last ``years``, the first ``places``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    panel = counties().round(
        {OUTCOME: 1, "town_pct": 1, "clinics_per_10k": 2, "roads_km": 1, "herd_heads": 0}
    )
    panel = panel[panel["place"].isin(sorted(panel["place"].unique())[slice(places)])]
    panel = panel[panel["year"] > panel["year"].max() - (years or 99)].reset_index(drop=True)
    names = [OUTCOME, *(DRIVERS + CONTROLS if drivers else [])]
    roles = {OUTCOME: "outcome"} | dict.fromkeys(DRIVERS, "driver") | dict.fromkeys(CONTROLS, "control")
    roles["grant_kip"] = "lever"
    files = {
        "places": [
            "place,kind,code,parent",
            *(f"{p},province,{n},Ostland" for n, p in enumerate(sorted(panel["place"].unique()), 1)),
            "Ostland,country,0,",
        ],
        "indicators": ["indicator,unit,min,max,instrument,role,title_en,title_vi,short_en,short_vi"]
        + [
            f"{name},{UNITS.get(name, 'ratio')},0,{'100' if UNITS.get(name) == 'pct' else ''},survey,{roles[name]},"
            + ",".join([*TITLES[name], "the " + TITLES[name][0], TITLES[name][1]])
            for name in names
        ],
        "facts": ["place,indicator,year,value,unit,status,source_id,available_from"]
        + [
            f"{row['place']},{name},{row['year']},{row[name]},{UNITS.get(name, 'ratio')},official,yearbook,{row['year'] + 1}-04-01"
            for row in panel.to_dict("records")
            for name in names
        ],
        "sources": ["source_id,title,publisher", "yearbook,Yearbook of Ostland,Office of Counties"],
    }
    if target:
        files["targets"] = [
            "target,reading,where,place,indicator,kind,direction,bound,unit,year,wording_en,wording_vi,source_id,available_from",
            f"relief,as_set,{PLACE},{PLACE},{OUTCOME},level,at_most,BOUND,pct,2020,hardship of at most BOUND%,"
            "tỷ lệ khó khăn không quá BOUND%,yearbook,2020-01-10".replace("BOUND", f"{bound(panel):g}"),
        ]
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    described = {
        "name": "ostland",
        "title": "Hardship in the counties of Ostland",
        "extends": False,
        "country": "Ostland",
        "kinds": {"province": {"en": ["county", "counties"], "vi": "hạt"}},
        "units": {"kip": {"en": "kip", "vi": "kíp"}},
        "licenses": [
            {
                "name": "CC0-1.0",
                "title": "CC0 1.0",
                "path": "https://creativecommons.org/publicdomain/zero/1.0/",
            }
        ],
        "resources": [{"name": name, "path": f"{name}.csv"} for name in files],
    }
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return panel


def bound(panel):
    """Return the bound of the target: somewhat below the last figure of the place."""
    last = panel[(panel["place"] == PLACE) & (panel["year"] == panel["year"].max())][OUTCOME].item()
    return round(last - 0.7, 1)
