"""Count and fit household registers of 10⁶, 10⁷ and 10⁸ records within 2 GB, and the same by SQL, pandas and pyfixest.

    python benchmarks/register.py [--provinces 3 25 250] [--output notebooks/scale.csv]

Illustrative registers of as many provinces like Bắc Kạn (401,380 records each over five years) are written to Parquet. Each
step runs in a process of its own that first does it on a small register, which loads what it needs; DuckDB may take 1.5 GB
and two threads. Memory is the peak of the whole process. The check of all records, which the others do not make, is a step by itself. pandas and pyfixest do the steps that they can up to 10⁷ records: read
the columns that they need, classify, count by commune and year, fit; counts must agree and coefficients to 1e-6 before any
time is told. SQL written by hand (``register_sql.py``) stands beside each step, in seconds of all processors: what other work on the
machine does not change; it knows which columns there are and that no household moves. The command reads a CSV, the SQL converts it to Parquet.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd

MEMORY, THREADS = "1500MB", 2
DRIVERS = ["borrower", "trained", "insured"]
# Beyond this many records a frame does not fit into a laptop's memory.
PEERS = 12_000_000


def opened(folder):
    import povertystats as ps

    return ps.open_register(str(folder / "*.parquet"), memory=MEMORY, threads=THREADS)


def checked(folder):
    """Return an open register that has looked at its records once: the first step, told by itself."""
    register = opened(folder)
    register.checks  # noqa: B018
    return register


def by_sql(step, *more):
    """Return a step as hand-written SQL does it, given the folder of the records."""

    def work(folder):
        import register_sql

        from povertystats.facts.standards import national_standard

        db = register_sql.connected(MEMORY, THREADS)
        return getattr(register_sql, step)(db, f"'{folder}/*.parquet'", national_standard(), *more)

    return work


def read(folder):
    """Read a CSV of the records into Parquet with types, looked at value by value; return how many there are."""
    import povertystats as ps

    register = ps.open_register(str(folder / "rows.csv"), memory=MEMORY, threads=THREADS)
    return [sum(int(table.count().to_pandas()) for _, table in register._kept)]


def read_by_sql(folder):
    import register_sql

    return register_sql.typed_read(register_sql.connected(MEMORY, THREADS), folder / "rows.csv", folder)


def command(folder):
    """Run the command on a CSV of the records; return how many households its review tells of."""
    from povertystats.cli import main as run_command

    written = folder / "written"
    with open(folder / "said", "w") as said, redirect_stdout(said):
        options = ["--output", str(written), "--memory", MEMORY]
        assert run_command(["register", str(folder / "rows.csv"), *options]) == 0
    table = pd.read_csv(written / "review.csv")
    return [int(table.loc[table["level"] == "province", "households"].sum())]


def command_by_sql(folder):
    import register_sql

    from povertystats.facts.standards import national_standard

    db = register_sql.connected(MEMORY, THREADS)
    return register_sql.command(db, folder / "rows.csv", national_standard(), folder)[:1]


def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(of.ru_utime + of.ru_stime for of in used)


def check(register):
    return [int(register.checks["records"].iloc[1])]


def count(register):
    import povertystats as ps

    table = ps.review(register, minimum=0).table
    return table.loc[table["level"] == "province", ["households", "poor_households"]].sum().tolist()


def follow(register):
    import povertystats as ps

    table = ps.transitions(register, minimum=0).table
    return table.loc[table["level"] == "province", ["escaped_households", "fell_households"]].sum().tolist()


def fit(register, **how):
    import povertystats as ps

    how = {"cluster": "commune", "scales": ["points"], "unique": False, "draws": 0, **how}
    return ps.fit_drivers(register.records, "poor_pct", DRIVERS, **how).table["estimate"].tolist()


def fit_households(register):
    return fit(register, entity="household")


def fit_histories(register):
    import povertystats as ps

    how = {"cluster": "commune", "scales": ["points"], "unique": False, "draws": 0}
    return ps.fit_drivers(ps.histories(register), "fell_pct", DRIVERS, **how).table["estimate"].tolist()


def logit(register):
    import povertystats as ps

    table = ps.cell_logit(register.records, "poor", DRIVERS).table
    return table.loc[table["scale"] == "log_odds", "estimate"].tolist()


def frame(folder, columns):
    """Return the columns of a register that pandas needs, and whether each household is poor by the standard."""
    from povertystats.facts.standards import national_standard

    standard = national_standard()
    read = pd.read_parquet(folder, columns=[*columns, "urban", "income_vnd_k", *standard.columns])
    deprivations = read[list(standard.columns)].sum(axis=1)
    low, high = (read["urban"].map({True: u, False: r}) for u, r in ((900, 700), (1300, 1000)))
    income = read["income_vnd_k"]
    read["poor"] = (income <= low) | (income <= high) & (deprivations >= standard.needed)
    return read


def count_by_pandas(folder):
    rows = frame(folder, ["province", "district", "commune", "year"])
    table = rows.groupby(["province", "district", "commune", "year"])["poor"].agg(["size", "sum"])
    return table.sum().tolist()


def fit_by_pyfixest(folder):
    from pyfixest import feols

    rows = frame(folder, ["commune", "year", *DRIVERS])
    rows["poor_pct"] = 100.0 * rows["poor"]
    rows = rows.astype({"commune": "category", **dict.fromkeys(DRIVERS, float)})
    model = feols(f"poor_pct ~ {' + '.join(DRIVERS)} | commune + year", rows, vcov={"CRV1": "commune"})
    return model.coef()[DRIVERS].tolist()


# What each method is given: a register or a folder.
GIVEN = {"povertystats": checked, "pandas": Path, "pyfixest": Path, "SQL": Path}
STEPS = {
    "check": {"povertystats": check, "SQL": by_sql("check")},
    "count": {"povertystats": count, "SQL": by_sql("count"), "pandas": count_by_pandas},
    "fit": {"povertystats": fit, "SQL": by_sql("fit", DRIVERS), "pyfixest": fit_by_pyfixest},
    "follow": {"povertystats": follow, "SQL": by_sql("follow")},
    "fit_households": {"povertystats": fit_households, "SQL": by_sql("fit_households", DRIVERS)},
    "fit_histories": {"povertystats": fit_histories, "SQL": by_sql("fit_histories", DRIVERS)},
    "logit": {"povertystats": logit, "SQL": by_sql("cell_logit", DRIVERS)},
    "read": {"povertystats": read, "SQL": read_by_sql},
    "command": {"povertystats": command, "SQL": command_by_sql},
}


def run(step, by, folder, few):
    """Print answer, time and peak memory of one step as JSON: a process of its own."""
    # pandas 3 and DuckDB 2 tell pyfixest and ibis of changes to come.
    warnings.filterwarnings("ignore")
    work, given = STEPS[step][by], GIVEN[by]
    if by == "povertystats" and step in ("check", "read", "command"):
        given = opened if step == "check" else Path
    work(given(few))
    source = given(folder)
    start, used = time.perf_counter(), cpu()
    answer = work(source)
    seconds, used = time.perf_counter() - start, cpu() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"answer": answer, "seconds": seconds, "cpu": used, "peak_mb": peak}))


def child(*arguments):
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def with_csv(folder):
    """Write the records of a folder into one CSV beside them: in a process of its own, whose memory no step inherits."""
    import duckdb

    duckdb.sql(f"copy (from '{folder}/*.parquet') to '{folder}/rows.csv'")


def main(sizes, output, steps, peers):
    """Print the table of times and peak memory, and write it to a file."""
    from povertystats.illustrative.registers import illustrative_register

    found = []
    with tempfile.TemporaryDirectory() as work:
        few = Path(work, "few")
        illustrative_register(few, households=2_000, provinces=2, workers=1)
        child("--csv", few)
        for provinces in sizes:
            folder = Path(work, str(provinces))
            start = time.perf_counter()
            illustrative_register(folder, households=80_276, provinces=provinces, published=True)
            made = time.perf_counter() - start
            rows = pd.read_parquet(folder, columns=["year"]).shape[0]
            found.append(["write", "povertystats", rows, made, np.nan, np.nan])
            if {"read", "command"} & {*steps}:
                child("--csv", folder)
            for step in steps:
                answers = {}
                for by in STEPS[step]:
                    if by in ("pandas", "pyfixest") and not (peers and rows <= PEERS):
                        continue
                    one = json.loads(child("--run", step, by, folder, few))
                    answers[by] = one["answer"]
                    found.append([step, by, rows, one["seconds"], one["cpu"], one["peak_mb"]])
                for answer in answers.values():
                    np.testing.assert_allclose(answer, answers["povertystats"], rtol=1e-6, err_msg=step)
            shutil.rmtree(folder)
    table = pd.DataFrame(found, columns=["step", "by", "records", "seconds", "cpu", "peak_mb"])
    by_hand = table[table["by"] == "SQL"].set_index(["step", "records"])["cpu"]
    of_sql = by_hand.reindex(pd.MultiIndex.from_frame(table[["step", "records"]])).to_numpy()
    print(table.assign(times_sql=table["cpu"] / of_sql).round(2).to_string(index=False))
    if output:
        # The notebook that reads the file tells of no CSV and no SQL.
        table = table[(table["by"] != "SQL") & (table["step"] != "command")].drop(columns="cpu")
        table.round(2).to_csv(output, index=False, lineterminator="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--provinces", nargs="+", type=int, default=[3, 25, 250])
    parser.add_argument("--output", help="a CSV file to write the table to")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=[*STEPS])
    parser.add_argument("--no-peers", action="store_true", help="leave out pandas and pyfixest")
    parser.add_argument("--csv", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        step, by, *folders = options.run
        run(step, by, *map(Path, folders))
    elif options.csv:
        with_csv(options.csv)
    else:
        main(options.provinces, options.output, options.steps, not options.no_peers)
