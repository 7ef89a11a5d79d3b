"""Small household registers with gaps, moves and namesakes, the same tables by plain pandas, and an audit."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array

from povertystats.standards import national_standard

COVERAGE = ["borrower", "trained", "insured", "programme_commune"]
PLACES = ["province", "district", "commune"]
# Two communes of one name in different districts, a district of the province's name, a code with a nought before it.
COMMUNES = {
    ("Bắc Kạn", "Ba Bể"): ["Bành Trạch", "Hà Hiệu", "Trung Hòa"],
    ("Bắc Kạn", "Na Rì"): ["Trung Hòa", "01840"],
    ("Hà Giang", "Hà Giang"): ["Quang Trung", "Trần Phú"],
}


def register_rows(seed=1, households=700, years=(2016, 2017, 2018, 2019), standard="multidim_2016_2020"):
    """Records of households of which some are missing in a year and some move; about every fifth is poor."""
    rng = np.random.default_rng(seed)
    places = pd.DataFrame([(*above, c) for above, names in COMMUNES.items() for c in names], columns=PLACES)
    at = rng.choice(len(places), households, p=rng.dirichlet(np.full(len(places), 4.0)))
    wealth = rng.normal(size=households)
    frames = []
    for year in years:
        at = np.where(rng.random(households) < 0.02, rng.choice(len(places), households), at)
        wealth = 0.9 * wealth + 0.4 * rng.normal(size=households)
        rows = places.iloc[at].reset_index(drop=True)
        rows.insert(0, "household", [f"{i:05}" for i in range(households)])
        rows.insert(1, "year", year)
        rows["urban"] = rng.random(households) < 0.2
        rows["ethnic"] = rng.choice(["Tày", "Dao", "Kinh"], households, p=[0.6, 0.35, 0.05])
        rows["persons"], rows["head_age"] = rng.integers(1, 9, households), rng.integers(18, 90, households)
        lines = national_standard(standard).lines.values()
        middle = 1.5 * max(line["urban"] for line in lines)
        # The lines themselves are hit now and then: they belong to the class below.
        income = (middle * np.exp(0.5 * wealth)).round(-1)
        rows["income_vnd_k"] = np.where(rng.random(households) < 0.02, min(min(l.values()) for l in lines), income)
        for column in national_standard(standard).columns:
            rows[column] = rng.random(households) < 0.28 - 0.08 * wealth.clip(-2, 2)
        for k, column in enumerate(COVERAGE):
            rows[column] = rng.random(households) < 0.15 + 0.2 * k
        frames.append(rows[rng.random(households) < 0.93])
    return pd.concat(frames, ignore_index=True)


def classified(rows):
    """The classes of both standards by their text: Decision 59/2015/QĐ-TTg, Decree 07/2021/NĐ-CP."""
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
    """Records that have one of the year before, with what that and all earlier ones say."""
    rows = classified(rows)
    poor = {(h, y): p for h, y, p in rows[["household", "year", "poor"]].itertuples(index=False)}
    known = rows[[(h, y - 1) in poor for h, y in rows[["household", "year"]].itertuples(index=False)]].copy()
    keys = list(known[["household", "year"]].itertuples(index=False, name=None))
    first = rows["year"].min()
    known["poor_before"] = [poor[h, y - 1] for h, y in keys]
    known["once_poor"] = [any(poor.get((h, e)) for e in range(first, y - 1)) for h, y in keys]
    return known


def counted(rows, sums, levels):
    """Sums by place and year at every level, keyed by (level, place above …, year)."""
    found = {}
    for depth in range(1, len(levels) + 1):
        grouped = rows.groupby([*levels[:depth], "year"])[list(sums)].sum()
        for key, values in zip(grouped.index, grouped.to_dict("records"), strict=True):
            found[(*key[:-1], *[""] * (len(levels) - depth), key[-1])] = values
    return found


def worked_out(published, true, levels, equal, at_least, minimum):
    """Return what can be worked out too closely about the missing counts of a table, by linear programming.

    ``published`` and ``true``: the table with and without its gaps; ``equal`` and ``at_least``: what holds in every row,
    {column: weight} whose sum is 0 or more. All relations at once, the places adding up as well. A list of
    (row, column, its count, the most it can be): small counts that must be below the minimum, others that have one value.
    """
    columns = list(dict.fromkeys(c for relation in (*equal, *at_least) for c in relation))
    n, number = len(true), {c: k for k, c in enumerate(columns)}
    values = true[columns].to_numpy(float)
    shown = published[columns].to_numpy(float, na_value=np.nan)
    assert ((shown == values) | np.isnan(shown)).all()
    keys = list(true[[*levels, "year"]].itertuples(index=False, name=None))
    row_of = {key: i for i, key in enumerate(keys)}
    relations = [[(i, number[c], w) for c, w in r.items()] for r in equal for i in range(n)]
    families = {}
    for i, (*path, year) in enumerate(keys):
        *above, own = [p for p in path if p]
        parent = row_of.get((*above, *[""] * (len(levels) - len(above)), year))
        if parent is not None:
            families.setdefault(parent, []).append(i)
    relations += [
        [(parent, k, -1), *((i, k, 1) for i in children)]
        for parent, children in families.items()
        for k in range(len(columns))
    ]
    bounds = [[(i, number[c], -w) for c, w in r.items()] for r in at_least for i in range(n)]
    hidden = np.isnan(shown).ravel()
    place = np.cumsum(hidden) - 1

    def system(relations):
        rhs, entries = np.zeros(len(relations)), []
        for r, terms in enumerate(relations):
            for i, k, weight in terms:
                cell = i * len(columns) + k
                if hidden[cell]:
                    entries.append((weight, r, place[cell]))
                else:
                    rhs[r] -= weight * values[i, k]
        w, r, c = map(np.array, zip(*entries, strict=True))
        used = np.unique(r)
        return coo_array((w.astype(float), (r, c)), (len(relations), hidden.sum())).tocsr()[used], rhs[used]

    if not hidden.any():
        return []
    equations, inequalities = system(relations), system(bounds) if bounds else (None, None)
    truth = values.ravel()[hidden]
    highest, lowest, found = truth.copy(), truth.copy(), []
    cells = np.flatnonzero(hidden)
    # A hidden count of 0 tells of nobody, even where it can be worked out.
    for k in np.flatnonzero(truth):
        small = 0 < truth[k] < minimum
        for sign in (-1, 1):
            if highest[k] >= minimum - 1e-6 if small else highest[k] - lowest[k] > 0.5:
                break
            goal = np.zeros(len(truth))
            goal[k] = sign
            done = linprog(goal, *inequalities, *equations, bounds=(0, None))
            assert done.status in (0, 3), done.message
            if done.status == 3:
                highest[k] = np.inf
            else:
                highest, lowest = np.maximum(highest, done.x), np.minimum(lowest, done.x)
        if highest[k] < minimum - 1e-6 if small else highest[k] - lowest[k] <= 0.5:
            row, column = divmod(cells[k], len(columns))
            found.append((keys[row], columns[column], int(truth[k]), round(float(highest[k]), 3)))
    return found
