"""A package of another country, nothing of it ours: fourteen counties, nine years, four drivers, a target."""

import json
from pathlib import Path

from helpers.counties import CONTROLS, DRIVERS, counties

OUTCOME, PLACE, AS_OF, BOUND = "hardship_pct", "County C", "2020-06-01", 16.6
# Chosen so that no number on the pages is one of ours by chance.
SEED = 7
TITLES = {
    "hardship_pct": ("people in hardship", "tỷ lệ người gặp khó khăn"),
    "roads_km": ("roads", "đường"),
    "clinics_per_10k": ("clinics", "trạm y tế"),
    "herd_heads": ("herds", "đàn"),
    "grant_kip": ("grants", "trợ cấp"),
    "town_pct": ("people in towns", "dân thành thị"),
    "rain_mm": ("rain", "mưa"),
}
ROLES = {OUTCOME: "outcome"} | dict.fromkeys(DRIVERS, "driver") | dict.fromkeys(CONTROLS, "control")
ROLES |= {"grant_kip": "lever"}
UNITS = {"hardship_pct": "pct", "town_pct": "pct", "grant_kip": "kip"}
DECIMALS = {
    "hardship_pct": 1,
    "town_pct": 1,
    "clinics_per_10k": 2,
    "roads_km": 1,
    "herd_heads": 0,
    "grant_kip": 0,
    "rain_mm": 0,
}
TARGET = "target,reading,where,place,indicator,kind,direction,bound,unit,year,wording_en,wording_vi,source_id,available_from"


def write_foreign(folder, *, years=9, places=14, drivers=True, target=True):
    """Write the package into ``folder`` and return its panel: the last ``years``, so many ``places``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    panel = counties(seed=SEED).round(DECIMALS)
    # The place that pages are made for stays among few.
    kept = [PLACE, *(name for name in sorted(set(panel["place"])) if name != PLACE)][:places]
    panel = panel[panel["place"].isin(kept) & (panel["year"] > panel["year"].max() - years)]
    names = [*TITLES] if drivers else [OUTCOME]
    files = {
        "places": ["place,kind,code,parent", "Ostland,country,0,"]
        + [f"{name},province,{number},Ostland" for number, name in enumerate(sorted(kept), 1)],
        "indicators": ["indicator,unit,min,max,instrument,role,title_en,title_vi"]
        + [
            f"{name},{UNITS.get(name, 'ratio')},0,{100 if UNITS.get(name) == 'pct' else ''},survey,{ROLES[name]},"
            f"{','.join(TITLES[name])}"
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
        wordings = f"Hardship of {BOUND}% at most,Tỷ lệ khó khăn không quá {BOUND}%"
        row = f"relief,as_set,{PLACE},{PLACE},{OUTCOME},level,at_most,{BOUND},pct,2020,{wordings},yearbook,2020-01-10"
        files["targets"] = [TARGET, row]
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    licence = {
        "name": "CC0-1.0",
        "title": "CC0 1.0",
        "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    }
    described = {
        "name": "ostland",
        "title": "Hardship in the counties of Ostland",
        "extends": False,
        "country": "Ostland",
        "kinds": {"province": {"en": ["county", "counties"], "vi": "hạt"}},
        "units": {"kip": {"en": "kip", "vi": "kíp"}},
        "licenses": [licence],
        "resources": [{"name": name, "path": f"{name}.csv"} for name in files],
    }
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return panel.reset_index(drop=True)
