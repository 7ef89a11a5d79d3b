"""The steps of ``register.py`` as somebody who knows a register writes them for DuckDB by hand: what a scan costs at least.

Each function takes the Parquet files of a folder, or a CSV, and gives the answer of the step of the same name.
"""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

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


def fit_households(db, rows, standard, drivers):
    """Fit effects of households and years from sums by commune, which give clustered errors too: first each household's."""
    values = ["poor", *drivers]
    flags = ", ".join(f"{c}::int as {c}" for c in drivers)
    inner = f"select household, commune, year, 100 * {poor(standard)}::int as poor, {flags} from {rows}"
    first, *years = [year for (year,) in db.sql(f"select distinct year from {rows} order by year").fetchall()]
    wide = [*values, *(f"in_{year}" for year in years)]
    sums = [f"sum({c}) as {c}" for c in values] + [f"sum((year = {y})::int) as in_{y}" for y in years]
    pairs = [(a, b) for i, a in enumerate(values) for b in values[i:]]
    products = [f"sum({a} * {b}) as {a}_{b}" for a, b in pairs]
    of_one = f"select any_value(commune) as commune, count(*) n, {', '.join(sums + products)} from ({inner}) group by household"
    every = [(a, b) for i, a in enumerate(wide) for b in wide[i:]]
    between = [f"sum({a} * {b} / n) as b_{a}_{b}" for a, b in every]
    within = [f"sum({a}_{b}) as {a}_{b}" for a, b in pairs]
    by_place = db.sql(
        f"select commune, {', '.join(within + between)} from ({of_one}) group by commune"  # noqa: S608
    ).df()
    sums = ", ".join(f"sum({c}) as {c}" for c in values)
    by_year = db.sql(f"select commune, year, count(*) n, {sums} from ({inner}) group by all").df()
    total = np.zeros((len(wide), len(wide)))
    for a, b in every:
        i, j = wide.index(a), wide.index(b)
        whole = by_place[f"{a}_{b}"].sum() if (a, b) in pairs else 0
        if b.startswith("in_"):
            there = by_year[by_year["year"] == int(b[3:])]
            whole = there[a].sum() if a in values else there["n"].sum() if a == b else 0
        total[i, j] = total[j, i] = whole - by_place[f"b_{a}_{b}"].sum()
    return np.linalg.solve(total[1:, 1:], total[1:, 0])[: len(drivers)].tolist()


def cell_logit(db, rows, standard, drivers):
    """Fit a logit from the counts of communes, outcomes and flags, by Newton's steps."""
    names = ", ".join(drivers)
    cells = db.sql(
        f"select {PLACES}, {names}, {poor(standard)} as poor, count(*) n from {rows} group by all"  # noqa: S608
    ).df()
    x = np.column_stack([np.ones(len(cells)), *(cells[c].to_numpy(float) for c in drivers)])
    n, y = cells["n"].to_numpy(float), cells["poor"].to_numpy(float)
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        of = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve((x.T * (n * of * (1 - of))) @ x, x.T @ (n * (y - of)))
    return beta[1:].tolist()


def fit_histories(db, rows, standard, drivers):
    """Fit who fell into poverty, with effects of communes and years, where no household moves: years as bits."""
    names = ["poor", *drivers]
    bit = "(1 << (year - 2010))::bigint"
    bits = {"found": bit, **{c: f"case when {c} then {bit} else 0 end" for c in names}}
    inner = f"select *, {poor(standard)} as poor from {rows}"
    sums = ", ".join(f"bit_or({of}) as {c}" for c, of in bits.items())
    homes = f"select any_value(commune) as commune, {sums} from ({inner}) group by household"
    table = db.sql(f"select commune, {', '.join(bits)}, count(*) n from ({homes}) group by all").df()
    parts = []
    for i in range(1, 20):
        found, of_poor = (table[c].to_numpy(np.int64) for c in ("found", "poor"))
        there = ((found >> i) & (found >> (i - 1)) & 1).astype(bool) & (((of_poor >> (i - 1)) & 1) == 0)
        if there.any():
            here = table[there]
            flags = {c: ((here[c].to_numpy(np.int64) >> i) & 1).astype(float) for c in names}
            parts.append(here[["commune", "n"]].assign(year=i, **flags))
    cells = pd.concat(parts, ignore_index=True)
    years = sorted(cells["year"].unique())[1:]
    values = cells[names].assign(
        poor=100 * cells["poor"], **{f"in_{y}": 1.0 * (cells["year"] == y) for y in years}
    )
    n, at = cells["n"].to_numpy(float), pd.factorize(cells["commune"])[0]
    z = values.to_numpy(float)
    size = np.bincount(at, n)
    z -= np.column_stack([np.bincount(at, n * column) / size for column in z.T])[at]
    within = (z.T * n) @ z
    return np.linalg.solve(within[1:, 1:], within[1:, 0])[: len(drivers)].tolist()


def typed_read(db, csv, folder, kept="typed"):
    """Convert a CSV of declared types to Parquet; return how many records."""
    rows = db.sql(f"from '{folder}/*.parquet'")
    types = dict(zip(rows.columns, rows.types, strict=True))
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    how = f"columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
    kept = Path(folder, kept)
    return list(db.execute(f"copy (from read_csv('{csv}', {how})) to '{kept}' (format parquet)").fetchone())


def command(db, csv, standard, folder):
    """Convert a CSV with DuckDB's own guess of types to Parquet; check, count and follow."""
    kept = Path(folder, "typed")
    db.sql(f"copy (from '{csv}') to '{kept}' (format parquet)")
    rows = f"read_parquet('{kept}')"
    check(db, rows, standard)
    return [*count(db, rows, standard), *follow(db, rows, standard)]
