"""Illustrative registers that several test modules share, and what tells that two results are the same."""

import numpy as np
import pandas as pd
import pytest

duckdb = pytest.importorskip("duckdb")


def register(rows=400, seed=0, places=7, years=5):
    """Return several households a place and year, some of them without a value, a logarithm or a place."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "place": rng.choice([f"xã {i:02}" for i in range(places)], rows),
            "year": rng.integers(2016, 2016 + years, rows),
            "x": rng.normal(20, 4, rows),
            "z": rng.lognormal(size=rows),
            "rate_pct": rng.uniform(1, 99, rows),
        }
    )
    frame["y"] = 5 - 0.3 * frame.x + frame.z + rng.normal(size=rows)
    frame.loc[::17, "x"] = np.nan
    frame.loc[::19, "z"] = 0
    frame.loc[::23, "rate_pct"] = 100
    frame.loc[::29, "place"] = None
    return frame


def assert_same(a, b, tolerance=1e-10):
    for field in ("names", "cluster", "entity", "time", "labels", "times", "columns", "clusters", "years"):
        assert getattr(a, field) == getattr(b, field), field
    assert (a.dropped, a.unique) == (b.dropped, b.unique)
    np.testing.assert_array_equal(a.counts, b.counts)
    for field in ("means", "sums", "products", "xx", "xy", "yy"):
        one, other = getattr(a, field), getattr(b, field)
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * np.abs(other).max(initial=1))


def write(frame, path):
    """Write a frame to Parquet, or to CSV, as another program would."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        with duckdb.connect() as connection:
            connection.from_df(frame).write_parquet(str(path))
    return path


def households(seed=0, communes=12, size=9, years=5, keep=0.7):
    """Return households in communes, some years of each; effects of both, errors that communes share."""
    rng = np.random.default_rng(seed)
    ids = range(communes * size)
    frame = pd.DataFrame([(i, t) for i in ids for t in range(years)], columns=["household", "year"])
    frame["commune"] = [f"xã {i // size:02}" for i in frame.household]
    frame["borrower"] = rng.random(len(frame)) < 0.3
    frame["persons"] = rng.integers(1, 8, len(frame)).astype(float)
    shared = rng.normal(size=(communes, years))[frame.household // size, frame.year]
    poor = 0.4 - 0.1 * frame.borrower + 0.05 * shared + rng.normal(size=len(ids))[frame.household] / 5
    frame["poor"] = rng.random(len(frame)) < poor
    frame["household"] = frame.household.map("H{:04}".format)
    return frame[rng.random(len(frame)) < keep].assign(year=lambda f: f.year + 2016)
