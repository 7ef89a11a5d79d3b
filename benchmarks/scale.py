"""Time the same two-way fit with clustered errors on registers of 10⁵, 10⁶ and 10⁷ rows, as ratios in one run.

    python benchmarks/scale.py [--rows 100000 1000000 10000000]

An illustrative register: 63 provinces, 12 years, many households a province and year. Each method runs in a
process of its own, after a fit to a few rows that loads what it needs; its best round counts. Estimates and
standard errors must agree before any time is told. Memory is the peak of the process beyond that of the data
and the packages. The floor is the time in which numpy reads the four columns of the model once.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

PLACES, YEARS, ROUNDS, SECONDS = 63, 12, 5, 30
COLUMNS = ["place", "year", "x", "y"]
# Beyond this many rows statsmodels' dummies need more memory than a laptop has.
LIMITS = {"statsmodels": 100_000}
# These count the province effects among the parameters; the others, as pyfixest, do not.
COUNTED = ("linearmodels AbsorbingLS", "statsmodels")


def make(folder, rows, seed=1):
    """Write an illustrative register, column by column and to Parquet: an income that goes with training."""
    import duckdb

    rng = np.random.default_rng(seed)
    place, year = rng.integers(0, PLACES, rows), rng.integers(0, YEARS, rows)
    shift = rng.normal(0, 5, PLACES)
    x = rng.normal(20, 5, rows) + shift[place]
    y = 30 - 0.2 * x + shift[place] - 0.5 * year + rng.normal(0, 1, rows)
    for name, column in zip(COLUMNS, (place.astype(np.int8), 2005 + year, x, y), strict=True):
        np.save(folder / f"{name}.npy", column)
    with duckdb.connect() as connection:
        connection.from_df(load(folder)).write_parquet(str(folder / "register.parquet"))


def load(folder):
    """Return the register as a frame, without a second copy on the way."""
    columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
    names = [f"p{i:02d}" for i in range(PLACES)]
    columns["place"] = pd.Categorical.from_codes(columns["place"], names)
    return pd.DataFrame(columns, copy=False)


def ours(moments):
    from povertystats.regression.inference import crv1, solve

    beta = solve(moments)
    errors = [crv1(moments, beta, count_nested=counted)[0, 0] ** 0.5 for counted in (False, True)]
    return [beta[0], *errors]


def by_scan(source):
    from povertystats.regression.scan import scan

    return ours(scan(source, "y", ["x"], unique=False))


def by_from_frame(frame):
    from povertystats.regression.moments import Moments

    return ours(Moments.from_frame(frame, "y", ["x"], unique=False))


def by_pyfixest(frame):
    from pyfixest import feols

    fit = feols("y ~ x | place + year", frame, vcov={"CRV1": "place"})
    return [fit.coef()["x"], fit.se()["x"]]


def by_linearmodels(frame):
    from linearmodels.iv.absorbing import AbsorbingLS

    model = AbsorbingLS(frame["y"], frame[["x"]], absorb=frame[["place", "year"]].astype("category"))
    fit = model.fit(cov_type="clustered", clusters=frame["place"].cat.codes, debiased=True)
    return [fit.params["x"], fit.std_errors["x"]]


def by_statsmodels(frame):
    import statsmodels.formula.api as smf

    groups = frame["place"].cat.codes
    fit = smf.ols("y ~ x + C(place) + C(year)", frame).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return [fit.params["x"], fit.bse["x"]]


def by_sum(frame):
    return [
        frame["place"].cat.codes.to_numpy().sum(),
        *(frame[name].to_numpy().sum() for name in COLUMNS[1:]),
    ]


METHODS = {
    "floor: numpy reads the columns": by_sum,
    "scan of a Parquet file": by_scan,
    "scan of a DataFrame": by_scan,
    "Moments.from_frame": by_from_frame,
    "pyfixest": by_pyfixest,
    "linearmodels AbsorbingLS": by_linearmodels,
    "statsmodels": by_statsmodels,
}


def run(name, folder, few):
    """Print answer, best time and peak memory beyond the data of one method as JSON: a process of its own."""
    # pandas 3 tells pyfixest 0.60 of changes to come.
    warnings.filterwarnings("ignore", module="pyfixest")
    parquet = "Parquet" in name
    small, data = (path / "register.parquet" if parquet else load(path) for path in (few, folder))
    METHODS[name](small)
    before, times = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    while len(times) < ROUNDS and sum(times) < SECONDS:
        start = time.perf_counter()
        answer = METHODS[name](data)
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"answer": list(map(float, answer)), "seconds": min(times), "mb": peak / 1024}))


def child(*arguments):
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout


def main(sizes):
    """Print the table of times, ratios and peak memory."""
    print("| rows | method | seconds | ratio | × floor | peak MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        few = Path(work, "few")
        few.mkdir()
        child("--make", few, 5_000)
        for rows in sizes:
            folder = Path(work, str(rows))
            folder.mkdir()
            child("--make", folder, rows)
            names = [name for name in METHODS if rows <= LIMITS.get(name, rows)]
            found = {name: json.loads(child("--run", name, folder, few)) for name in names}
            floor = found[names[0]]["seconds"]
            estimate, error, counted = found["scan of a Parquet file"]["answer"]
            for name in names[1:]:
                expected = [estimate, counted if name in COUNTED else error]
                np.testing.assert_allclose(found[name]["answer"][:2], expected, rtol=1e-6, err_msg=name)
            base = found["scan of a Parquet file"]["seconds"]
            for name, one in found.items():
                seconds, mb = one["seconds"], one["mb"]
                print(
                    f"| {rows:,} | {name} | {seconds:.3f} | {seconds / base:.1f} | {seconds / floor:.0f} | {mb:.0f} |"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(Path(options.make[0]), int(options.make[1]))
    elif options.run:
        run(options.run[0], *map(Path, options.run[1:]))
    else:
        main(options.rows)
