"""Registers of one province that are made up: communes unlike each other, households that move little between the years."""

import numpy as np
import pandas as pd

from povertystats.facts.standards import national_standard

FLAGS, LACKS = ["borrower", "insured"], 4
STANDARDS = {"multidim_2016_2020": 2019, "multidim_2022_2025": 2025}


def made_register(seed):
    """Return the rows of a made register, and its standard: communes unlike each other, households that move little."""
    rng = np.random.default_rng(seed)
    standard = national_standard(str(rng.choice([*STANDARDS])))
    count = 1 + int(rng.choice(4, p=[0.35, 0.25, 0.3, 0.1]))
    left_out, size = float(rng.choice([0, 0.02, 0.05, 0.1, 0.3])), int(rng.choice([25, 60, 120, 250]))
    communes = []
    for district in range(rng.integers(1, 4)):
        for commune in range(rng.integers(2, 5)):
            level, _ = rng.normal(), rng.choice(3)  # the second drawn so that seeds stay what they were
            of = {"district": f"D{district}", "commune": f"D{district}C{commune}", "level": level}
            households = max(1, int(rng.lognormal(np.log(size), 0.6)))
            communes.append(pd.DataFrame(of, index=range(households)))
    homes = pd.concat(communes, ignore_index=True).assign(province="P")
    n = len(homes)
    shares = {name: rng.dirichlet([2.1, 0.7, 0.4]) for name in homes["commune"].unique()}
    homes["ethnic"] = [rng.choice(["K", "T", "D"], p=shares[name]) for name in homes["commune"]]
    homes["head"] = rng.choice(["man", "woman"], n, p=[0.75, 0.25])
    homes["household"] = [f"h{i:05}" for i in range(n)]
    wealth = rng.normal(size=n)
    richer = dict(zip("KTD", rng.normal(0, 0.6, size=3), strict=True))
    wealth = wealth + homes["ethnic"].map(richer).to_numpy()
    prone = rng.uniform(0.15, 0.6, LACKS)
    lacks = rng.random((n, LACKS)) < prone
    years, middle = [], rng.choice([700, 1100, 1700])
    last = STANDARDS[standard.name]
    for year in range(last - count + 1, last + 1):
        wealth = 0.85 * wealth + 0.53 * rng.normal(size=n)
        income = (middle * np.exp(0.4 * (wealth + homes["level"] / 2))).round(1)
        rows = homes.assign(year=year, urban=False, income_vnd_k=income)
        rows[[*standard.columns]] = False
        changed = rng.random((n, LACKS)) < 0.2
        now = rng.random((n, LACKS)) < prone * np.exp(-0.5 * np.clip(wealth, -1, 1))[:, None]
        lacks = np.where(changed, now, lacks)
        rows[[*standard.columns][:LACKS]] = lacks
        rows["borrower"], rows["insured"] = rng.random(n) < 0.2, rng.random(n) < 0.93
        rows["persons"] = rng.integers(1, 8, n)
        years.append(rows[rng.random(n) >= left_out])
    return pd.concat(years, ignore_index=True).drop(columns="level"), standard
