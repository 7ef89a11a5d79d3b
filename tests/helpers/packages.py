"""Data packages made for a test, and what of one came of itself, beside ours."""

import json
from itertools import product

import numpy as np
import pandas as pd


def own(facts):
    """Return the rows of facts that are not ours, or did not come along."""
    return facts.table[facts.table["own"]].reset_index(drop=True)


def written(folder, files, **descriptor):
    """Write a package of texts, {name of a table: CSV or DataFrame}; return its folder."""
    folder.mkdir(exist_ok=True)
    for name, table in files.items():
        text = table.to_csv(index=False) if isinstance(table, pd.DataFrame) else table
        (folder / f"{name}.csv").write_text(text, "utf-8")
    described = [{"name": name, "path": f"{name}.csv"} for name in files]
    text = json.dumps({"name": folder.name, "resources": described, **descriptor}, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text, "utf-8")
    return folder


def foreign(places=6, years=range(2015, 2024), indicator="hunger_pct", kind="province", parents=("Erewhon",)):
    """Return the files of a package of a country that is none: places and facts alone (generated figures)."""
    rng = np.random.default_rng(7)
    letters = [chr(97 + i) for i in range(26)]
    names = ["Nusa" + "".join(three)[-2:] for three in product(letters[:1], letters, letters)][:places]
    names += [f"Pulau{n}x" for n in range(len(names), places)]
    rows = [
        [name, indicator, year, round(30 - 2 * i % 17 - 0.6 * t + rng.normal(0, 0.4), 2), "pct", "official", "office", f"{year + 1}-07-15"]
        for i, name in enumerate(names)
        for t, year in enumerate(years)
    ]  # fmt: skip
    columns = ["place", "indicator", "year", "value", "unit", "status", "source_id", "available_from"]
    where = [[f"{11 + i}", name, kind, parents[i % len(parents)]] for i, name in enumerate(names)]
    return {
        "places": pd.DataFrame(where, columns=["code", "place", "kind", "parent"]),
        "mine": pd.DataFrame(rows, columns=columns),
    }
