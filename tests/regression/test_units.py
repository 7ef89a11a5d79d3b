"""The units of a register's columns: the questions that a frame is asked, of files and tables alike."""

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.engines.connections import connect
from povertystats.engines.reading import read
from povertystats.files.numbers import Notation
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.regression.units import _choices, source_units, table_units

pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")


def households(n=900):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"place": rng.integers(0, 30, n), "year": 2018 + rng.integers(0, 3, n)})
    frame["loan"] = rng.random(n) < 0.4
    frame["poor"] = rng.random(n) < 0.2 + 0.1 * frame["loan"]
    frame["rate"] = rng.uniform(0.003, 0.99, n).round(4) - 0.02 * frame["loan"]
    return frame.assign(rate=frame["rate"].clip(0.003))


def sources(frame, folder):
    frame.to_parquet(folder / "a.parquet")
    frame.to_csv(folder / "a.csv", index=False)
    yield from (frame, str(folder / "a.parquet"), str(folder / "a.csv"), read(connect(), frame)[0])


def test_shares_are_asked_about_in_files_and_tables_as_in_frames(tmp_path):
    frame = households()
    percent = frame.assign(rate=100 * frame["rate"])
    want = fit_drivers(percent, "rate", ["loan"], unique=False, draws=0).table["estimate"]
    for source in sources(frame, tmp_path):
        with pytest.raises(ValueError, match=r'no figure exceeds 1.*units={"rate": "share"}, or "pct"'):
            fit_drivers(source, "rate", ["loan"], unique=False, draws=0, scales=["log_odds"])
        got = fit_drivers(source, "rate", ["loan"], unique=False, draws=0, units="share").table
        np.testing.assert_allclose(got["estimate"], want, rtol=1e-9)
        assert got["unit"].tolist() == ["points", "log_odds"]


def test_a_scan_asks_by_itself_and_takes_the_answer():
    frame = households().drop(columns="poor")
    with pytest.raises(ValueError, match="shares may be meant"):
        scan(frame, "log_odds(rate)", ["loan"], unique=False)
    got = scan(frame, "log_odds(rate)", ["loan"], unique=False, units={"rate": "share"})
    want = Moments.from_frame(
        frame.assign(rate=100 * frame["rate"]), "log_odds(rate)", ["loan"], unique=False
    )
    np.testing.assert_allclose(got.products, want.products, rtol=1e-9, atol=1e-9)
    assert scan(frame, "rate", ["loan"], unique=False).outcome == "rate"
    with pytest.raises(ValueError, match="there is no column 'x'"):
        scan(frame, "rate", ["loan"], unique=False, units={"x": "share"})
    with pytest.raises(
        ValueError, match=r"units of 'rate': figures in 'pct' cannot be made of figures in 'vnd'"
    ):
        scan(frame, "rate", ["loan"], unique=False, units={"rate": "vnd"})


def test_wrong_values_are_told_in_per_cent_where_these_were_asked_for(tmp_path):
    frame = households().assign(rate=lambda rows: rows["rate"].where(rows.index != 7, 1.2))
    frame.to_parquet(tmp_path / "a.parquet")
    for source in (frame, str(tmp_path / "a.parquet")):
        with pytest.raises(
            ValueError, match="1 value.s. outside 0-100, where no log-odds exist, first 120 in row"
        ):
            scan(source, "log_odds(rate)", ["loan"], unique=False, units="share")


def test_an_outcome_of_0_and_1_is_fitted_as_the_share_that_it_is(tmp_path):
    frame = households()
    frame["poor"] &= frame["year"] != 2019  # nobody in one year
    frame["said"], frame["hundred"] = np.where(frame["poor"], "Có", "Không"), 100.0 * frame["poor"]
    frame["loan_said"] = np.where(frame["loan"], "yes", "no")
    want = fit_drivers(
        frame.astype({"poor": int}), "poor", ["loan"], scales=["points"], unique=False, draws=0
    )
    want = want.table["estimate"].iloc[0]
    whole, parquet, csv, table = sources(frame, tmp_path)
    for source, outcome, driver in (
        *((whole, "poor", "loan"), (whole, "said", "loan_said"), (whole, "hundred", "loan")),
        *((parquet, "poor", "loan"), (parquet, "said", "loan_said"), (csv, "poor", "loan_said")),
        *((csv, "said", "loan"), (csv, "hundred", "loan"), (table, "poor", "loan")),
    ):
        fit = fit_drivers(source, outcome, [driver], unique=False, draws=0)
        times, unit = (100, "points") if outcome == "hundred" else (1, "share")
        assert fit.table[["scale", "unit"]].values.tolist() == [["points", unit]]
        assert fit.table["estimate"].iloc[0] == pytest.approx(times * want, rel=1e-9)
        assert fit.without == (("log_odds", "yes_no"),)
        assert f"Left out, log-odds: in every observation {outcome} is yes or no" in fit.text("en")
    for source, scale in ((whole, "log"), (table, "log_odds")):
        with pytest.raises(ValueError, match="'poor' holds 0 and 1 alone") as refused:
            fit_drivers(source, "poor", ["loan"], scales=["points", scale], unique=False)
        assert len(refused.value.problems) == 1


def test_what_only_later_rows_tell_is_seen():
    late = pd.DataFrame(
        {"poor": [0.0, 1.0] * 1000 + [0.5], "rate": [0.5] * 2000 + [40.0], "x_pct": [0.5] * 2000 + [np.nan]}
    )
    table = read(connect(), late)[0]
    assert table_units(table, ["poor"], look=True).yes is None
    assert table_units(table.limit(2000), ["poor"], look=True).yes == 1
    assert table_units(table, ["log_odds(rate)"]).problems == ()
    assert "'0.5': said to be in pct" in table_units(table, ["poor", "x_pct"]).problems[0]
    assert table_units(table, ["log_odds(poor)"]).problems  # in shares, not of 0 and 1


def test_money_and_counts_are_not_asked_about():
    frame = households().assign(
        income_vnd_m=lambda rows: rows["rate"], visits=lambda rows: 1 + rows.index % 5
    )
    for source in (frame, read(connect(), frame)[0]):
        fit = fit_drivers(source, "income_vnd_m", ["loan"], unique=False, draws=0)
        assert fit.table["unit"].tolist() == ["units"] and fit.without == (("log_odds", "unit"),)
        assert (
            fit_drivers(source, "visits", ["loan"], unique=False, draws=0, scales=["points"]).table["n"].all()
        )


def test_a_source_that_cannot_be_read_is_left_to_the_scan():
    assert source_units("nowhere/*.parquet", ["y", "x"], None, Notation()).yes is None
    with pytest.raises(ValueError, match="nowhere"):
        fit_drivers("nowhere/*.parquet", "y", ["x"])


def test_a_choice_between_numbers_needs_no_look_at_all_rows():
    rows = ibis.memtable(pd.DataFrame({"poor": [True, False], "once": [False, True], "n": [3, 4]}))
    told = rows.mutate(
        pct=rows["poor"].ifelse(100, 0).cast("float64"),
        fell=rows["once"].ifelse(None, rows["poor"].ifelse(100, 0)),
        other=rows["poor"].ifelse(100, rows["n"]),
    )
    assert [_choices(told[c]) for c in ("pct", "fell", "other", "n")] == [{0, 100}, {0, 100}, None, None]
