"""The steps of ``register.py`` as somebody who knows a register writes them for DuckDB by hand: what a scan costs at least.

Each function takes the Parquet files of a folder, or a CSV, and gives the answer of the step of the same name.
"""

from pathlib import Path

import duckdb
import numpy as np

NUMBERS = ["year", "income_vnd_k", "persons", "head_age"]
TEXTS = ["province", "district", "commune", "ethnic"]
PLACES = "province, district, commune"


def flags(standard):
    return [*standard.columns, "urban", "borrower", "trained", "insured", "programme_commune", "illustrative"]


def connected(memory, threads):
    return duckdb.connect(config={"memory_limit": memory, "threads": threads})


def poor(standard):
    deprived = " + ".join(f"{column}::int" for column in standard.columns)
    low, high = (f"case when urban then {u} else {r} end" for u, r in ((900, 700), (1300, 1000)))
    return f"(income_vnd_k <= {low} or income_vnd_k <= {high} and {deprived} >= {standard.needed})"


def check(db, rows, standard):
    """Count what is missing, look at the bounds and the names, and for households that stand twice."""
    of_numbers = ", ".join(f"count({c}), min({c}), max({c})" for c in NUMBERS)
    of_flags = ", ".join(f"count({c})" for c in flags(standard))
    n, *found = db.sql(f"select count(*), count(household), {of_numbers}, {of_flags} from {rows}").fetchall()[
        0
    ]
    counts = [value for i, value in enumerate(found) if i == 0 or i > 12 or i % 3 == 1]
    assert counts == [n] * len(counts)
    for column in TEXTS:
        names = db.sql(f"select distinct {column} from {rows}").fetchall()
        assert all(name and name == name.strip() for (name,) in names)
    bit = "(1 << (year - 2010))::bigint"
    twice = f"select household from {rows} group by household having sum({bit}) <> bit_or({bit})"  # noqa: S608
    assert not db.sql(twice).fetchall()
    return [n]


def count(db, rows, standard):
    """Count households and poor ones by commune and year."""
    sums = f"count(*) n, sum({poor(standard)}::int) p"
    table = db.sql(f"select {PLACES}, year, {sums} from {rows} group by all").df()
    return table[["n", "p"]].sum().tolist()


def follow(db, rows, standard):
    """Count transitions by commune and year, where no household moves: its years as bits, then patterns of bits."""
    bit = "(1 << (year - 2010))::bigint"
    homes = (
        f"select household, any_value(province) province, any_value(district) district, any_value(commune) commune, "
        f"bit_or({bit}) found, bit_or(case when {poor(standard)} then {bit} else 0 end) poor from {rows} group by household"
    )
    table = db.sql(f"select {PLACES}, found, poor, count(*) n from ({homes}) group by all").df()
    found, of_poor, n = (table[name].to_numpy(np.int64) for name in ("found", "poor", "n"))
    escaped = fell = 0
    for i in range(1, 60):
        both = n * ((found >> i) & (found >> (i - 1)) & 1)
        before, now = (of_poor >> (i - 1)) & 1, (of_poor >> i) & 1
        escaped += int((both * before * (1 - now)).sum())
        fell += int((both * (1 - before) * now).sum())
    return [escaped, fell]


def fit(db, rows, standard, drivers):
    """Fit effects of communes and years from sums of products by commune and year, which give clustered errors too."""
    columns = ["poor", *drivers]
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[i:]]
    products = ", ".join(f"sum({a} * {b}) as {a}_{b}" for a, b in pairs)
    sums = ", ".join(f"sum({a}) as {a}" for a in columns)
    values = ", ".join(f"{c}::int as {c}" for c in drivers)
    inner = f"select commune, year, 100 * {poor(standard)}::int as poor, {values} from {rows}"
    cells = db.sql(
        f"select commune, year, count(*) n, {sums}, {products} from ({inner}) group by commune, year"  # noqa: S608
    ).df()
    cells = cells.astype(dict.fromkeys(cells.columns[2:], float))
    years = sorted(cells["year"].unique())[1:]
    for year in years:
        cells[f"in_{year}"] = cells["n"] * (cells["year"] == year)
    wide = [*columns, *(f"in_{year}" for year in years)]
    total = np.zeros((len(wide), len(wide)))
    for a, b in pairs:
        i, j = columns.index(a), columns.index(b)
        total[i, j] = total[j, i] = cells[f"{a}_{b}"].sum()
    for k, year in enumerate(years, start=len(columns)):
        there = cells[cells["year"] == year]
        total[k, : len(columns)] = total[: len(columns), k] = there[columns].sum()
        total[k, k] = there["n"].sum()
    of_places = cells.groupby("commune")[["n", *wide]].sum()
    within = total - (of_places[wide].T / of_places["n"]).to_numpy() @ of_places[wide].to_numpy()
    return np.linalg.solve(within[1:, 1:], within[1:, 0])[: len(drivers)].tolist()


def command(db, csv, standard, folder):
    """Convert a CSV with DuckDB's own guess of types to Parquet; check, count and follow."""
    kept = Path(folder, "typed")
    db.sql(f"copy (from '{csv}') to '{kept}' (format parquet)")
    rows = f"read_parquet('{kept}')"
    check(db, rows, standard)
    return [*count(db, rows, standard), *follow(db, rows, standard)]
