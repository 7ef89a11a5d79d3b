"""Small household registers with gaps, moves and namesakes, the same tables by plain Python, and an audit."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, eye_array, hstack

from povertystats.facts.standards import national_standard

COVERAGE = ["borrower", "trained", "insured", "programme_commune"]
PLACES = ["province", "district", "commune"]
# Two communes of one name in different districts, a district of its province's name, a code with a nought before it.
COMMUNES = {
    ("Bắc Kạn", "Ba Bể"): ["Bành Trạch", "Hà Hiệu", "Trung Hòa"],
    ("Bắc Kạn", "Na Rì"): ["Trung Hòa", "01840"],
    ("Hà Giang", "Hà Giang"): ["Quang Trung", "Trần Phú"],
}


def register_rows(seed=1, households=700, years=(2016, 2017, 2018, 2019), standard="multidim_2016_2020"):
    """Return records of households of which some are missing in a year and some move; about every fifth is poor."""
    rng = np.random.default_rng(seed)
    communes = [(*above, name) for above, names in COMMUNES.items() for name in names]
    places = pd.DataFrame(communes, columns=PLACES)
    at = rng.choice(len(places), households)
    lines = [line for of in national_standard(standard).lines.values() for line in of.values()]
    wealth, frames = rng.normal(size=households), []
    for year in years:
        at = np.where(rng.random(households) < 0.02, rng.choice(len(places), households), at)
        wealth = 0.9 * wealth + 0.4 * rng.normal(size=households)
        rows = places.iloc[at].reset_index(drop=True)
        rows.insert(0, "household", [f"{i:05}" for i in range(households)])
        rows.insert(1, "year", year)
        rows["urban"] = rng.random(households) < 0.2
        rows["ethnic"] = rng.choice(["Tày", "Dao", "Kinh"], households, p=[0.6, 0.35, 0.05])
        rows["persons"], rows["head_age"] = rng.integers(1, 9, households), rng.integers(18, 90, households)
        rows["income_vnd_k"] = (1.4 * max(lines) * np.exp(0.6 * wealth)).round(-1)
        # The lines themselves are hit now and then: they belong to the class below.
        rows.loc[rng.random(households) < 0.05, "income_vnd_k"] = float(rng.choice(lines))
        for column in national_standard(standard).columns:
            rows[column] = rng.random(households) < 0.22 - 0.08 * wealth.clip(-2, 2)
        for k, column in enumerate(COVERAGE):
            rows[column] = rng.random(households) < 0.15 + 0.2 * k
        frames.append(rows[rng.random(households) < 0.93])
    return pd.concat(frames, ignore_index=True)


def small_places(seed=0, sizes=(12, 30, 60), years=(2016, 2017, 2018), gaps=0.05):
    """Return records of places so small that much must be hidden, a province for each size of communes.

    ``gaps``: the share of records that is missing.
    """
    rng = np.random.default_rng(seed)
    homes = [
        (f"P{p}", f"D{d}", f"C{c}")
        for p, size in enumerate(sizes)
        for d in range(rng.integers(2, 4))
        for c in range(rng.integers(2, 5))
        for _ in range(max(1, int(rng.lognormal(np.log(size), 0.8))))
    ]
    homes = pd.DataFrame(homes, columns=PLACES)
    homes.insert(0, "household", [str(i) for i in range(len(homes))])
    level, wealth, frames = rng.normal(size=len(sizes)), rng.normal(size=len(homes)), []
    homes["ethnic"] = rng.choice(["Tày", "Dao", "Kinh"], len(homes), p=[0.6, 0.3, 0.1])
    for year in years:
        wealth = 0.8 * wealth + 0.6 * rng.normal(size=len(homes))
        rows = homes.assign(year=year, urban=False)
        rows["persons"] = 1 + np.arange(len(rows)) % 8
        rows["income_vnd_k"] = 1100 * np.exp((wealth + level[homes["province"].str[1:].astype(int)]) / 2)
        flags = national_standard().columns
        rows[[*flags]] = rng.random((len(rows), len(flags))) < 0.2
        rows[COVERAGE] = rng.random((len(rows), 4)) < [0.05, 0.3, 0.9, 0.5]
        frames.append(rows[rng.random(len(rows)) >= gaps])
    return pd.concat(frames, ignore_index=True)


def classified(rows):
    """Return records with their class by the text of the standards: Decision 59/2015/QĐ-TTg, Decree 07/2021/NĐ-CP."""
    lacks = rows.filter(like="dep_").sum(axis=1)
    income, urban = rows["income_vnd_k"], rows["urban"]
    if "dep_employment" in rows:
        low = income <= np.where(urban, 2000, 1500)
        classes = np.select([low & (lacks >= 3), low], ["poor_multidim", "near_poor"], "not_poor")
    else:
        low, middle = income <= np.where(urban, 900, 700), income <= np.where(urban, 1300, 1000)
        kinds = ["income_poor", "deprivation_poor", "near_poor"]
        classes = np.select([low, middle & (lacks >= 3), middle], kinds, "not_poor")
    poor = np.isin(classes, ["income_poor", "deprivation_poor", "poor_multidim"])
    return rows.assign(deprivations=lacks, **{"class": classes}, poor=poor)


def followed(rows):
    """Return the records that have one of the year before, with what that and all earlier ones say."""
    rows = classified(rows)
    kept = ["poor", *(c for c in COVERAGE if c in rows)]
    records = {(row["household"], row["year"]): row for row in rows.to_dict("records")}
    found = []
    for (household, year), row in records.items():
        if before := records.get((household, year - 1)):
            earlier = [records[household, y]["poor"] for h, y in records if h == household and y < year - 1]
            back = row["poor"] and not before["poor"] and any(earlier)
            found.append({**row, **{f"{c}_before": before[c] for c in kept}, "fell_back": back})
    return pd.DataFrame(found)


def counted(rows, sums, levels):
    """Return sums by place and year at every level: one row a (place above, …, "" below its level, year).

    Above several provinces stands a row for all of them.
    """
    keys, tables = [*levels, "year"], []
    for depth in range(0 if rows["province"].nunique() > 1 else 1, len(levels) + 1):
        told = rows.assign(**dict.fromkeys(levels[depth:], ""))
        tables.append(told.groupby(keys)[list(sums)].sum())
    return pd.concat(tables).sort_index()


def worked_out(published, true, levels, equal, at_least=(), minimum=10):
    """Return the small counts of which a reader of a table can tell that they are below the minimum.

    ``published`` and ``true``: the table with and without its gaps; ``equal`` and ``at_least``: what holds in every row,
    {column: weight} with a sum of 0, or of 0 or more. By linear programming over all of them at once, places adding
    up to the place above them: (row, column, count, the most that it can be) each. Hidden counts that are not small may
    be worked out: they tell of many.
    """
    columns = list(dict.fromkeys(c for relation in (*equal, *at_least) for c in relation))
    values, shown = (t[columns].to_numpy(float, na_value=np.nan) for t in (true, published))
    assert ((shown == values) | np.isnan(shown)).all()
    keys = list(true[[*levels, "year"]].itertuples(index=False, name=None))
    number, families = {c: k for k, c in enumerate(columns)}, {}
    for i, (*path, year) in enumerate(keys):
        if not any(path):
            continue
        *above, _ = filter(None, path)
        families.setdefault((*above, *[""] * (len(levels) - len(above)), year), []).append(i)
    family_rows = [(keys.index(key), rows) for key, rows in families.items() if key in keys]
    rows = range(len(keys))
    equations = [[(i, number[c], w) for c, w in relation.items()] for relation in equal for i in rows]
    for above, within in family_rows:
        equations += [[(above, k, -1), *((i, k, 1) for i in within)] for k in number.values()]
    bounds = [[(i, number[c], -w) for c, w in relation.items()] for relation in at_least for i in rows]
    hidden = np.isnan(shown)
    if not hidden.any():
        return []
    place = np.cumsum(hidden).reshape(hidden.shape) - 1

    def system(relations):
        """Return the relations of hidden counts as a matrix, and what the shown ones leave for them."""
        terms = [(r, i, k, w) for r, of in enumerate(relations) for i, k, w in of]
        r, i, k, w = (np.array(column) for column in zip(*terms, strict=True))
        open_ = hidden[i, k]
        rest = -np.bincount(r[~open_], w[~open_] * values[i, k][~open_], len(relations))
        shape = len(relations), hidden.sum()
        matrix = coo_array((w[open_].astype(float), (r[open_], place[i, k][open_])), shape).tocsr()
        used = np.flatnonzero(np.diff(matrix.indptr))
        return matrix[used], rest[used]

    upper, most = system(bounds) if bounds else (coo_array((0, hidden.sum())).tocsr(), np.zeros(0))
    given = upper, most, *system(equations)
    small = np.argwhere(hidden & (values > 0) & (values < minimum))
    cells, found = place[*small.T], []
    highest = values[hidden].copy()
    # First all of them together, each as high as it must be; where that is not reached, each has a programme of its own.
    left, t = np.arange(len(cells)), 1
    while len(left) and t:
        t, n = len(left), len(highest)
        own = eye_array(n, format="csr")[cells[left]]
        together = block_array([[upper, None], [-own, eye_array(t)]]), np.append(most, np.zeros(t))
        equal = hstack([given[2], coo_array((len(given[3]), t))])
        ends = np.column_stack(
            [np.append(np.zeros(n), np.full(t, -np.inf)), np.append(np.full(n, np.inf), np.full(t, minimum))]
        )
        done = linprog(np.append(np.zeros(n), -np.ones(t)), *together, equal, given[3], bounds=ends)
        assert done.status == 0, done.message
        highest = np.maximum(highest, done.x[:n].round(6))
        left = np.flatnonzero(highest[cells] < minimum)
        t = t - len(left)
    for cell, (row, k) in zip(cells, small, strict=True):
        if highest[cell] < minimum:
            goal = np.zeros(len(highest))
            goal[cell] = -1
            done = linprog(goal, *given, bounds=(0, None))
            assert done.status in (0, 3), done.message
            # 3: nothing bounds it.
            highest[cell] = -done.fun if done.status == 0 else np.inf
        if highest[cell] < minimum:
            found.append((keys[row], columns[k], int(values[row, k]), round(float(highest[cell]), 6)))
    return found
