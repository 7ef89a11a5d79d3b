"""Singletons: whatever the panel, it is fitted as if rows that tell nothing had never been there; two packages agree."""

from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pyfixest
import pytest
from helpers.panels import gappy
from helpers.scanned import assert_same, households, write
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels import PanelOLS

from povertystats.associations.associations import fit_drivers
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.dependence import residuals
from povertystats.clusters.effective import partial_leverage
from povertystats.clusters.jackknife import cv3, leave_one_out, leave_pairs_out
from povertystats.regression.fractional import fractional_logit
from povertystats.regression.inference import absorbed, classical, crv1, parameters, solve, squares, within_r2
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan

EFFECTS = [("place", "year"), ("place", None), (None, "year")]


def without(frame, *columns):
    """The frame without rows that are alone in a column, again and again until there is none, and how many went."""
    for _ in range(len(frame) + 1):
        many = np.all([frame[c].map(frame[c].value_counts()) > 1 for c in columns if c], axis=0)
        if many.all():
            return frame
        frame = frame[many]
    raise AssertionError("never ends")


def ragged(seed=0, chain=5):
    """A panel with gaps, places with one year in common with others and one of their own, and a chain of singletons."""
    rng = np.random.default_rng(seed)
    frame = gappy(seed, places=8, years=5)
    keys = [(f"own {i}", year) for i in range(6) for year in (2, 1950 + i)]
    # 0-100, 100-101, … : each row is alone once the one before it is gone.
    keys += [(f"link {i}", year) for i in range(chain) for year in (100 + i, 101 + i)]
    more = pd.DataFrame([*keys, ("link 0", 0), ("once", 3)], columns=["place", "year"])
    more[["x", "z", "y"]] = rng.normal(size=(len(more), 3)) * 50
    frame = pd.concat([frame.astype({"place": str}), more], ignore_index=True)
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def seen(moments, beta):
    """The residuals by place and time, of times that any place has."""
    errors = residuals(moments, beta)
    return errors[:, ~np.isnan(errors).all(axis=0)]


def alike(one, other):
    """Every result of a model is that of another one."""
    assert (one.clusters, one.years, one.n.tolist()) == (other.clusters, other.years, other.n.tolist())
    assert one.columns == other.columns and absorbed(one) == absorbed(other)
    assert parameters(one, True) == parameters(other, True)
    beta = solve(one)
    pairs = [
        (beta, solve(other)),
        (squares(one), squares(other)),
        (seen(one, beta), seen(other, beta)),
    ]
    for verb in (crv1, cv3, classical, within_r2):
        pairs.append((verb(one, beta), verb(other, beta)))
    for verb in (
        leave_one_out,
        lambda m: partial_leverage(m, "x"),
        lambda m: leave_pairs_out(m, "x", beta).estimate,
    ):
        pairs.append((verb(one), verb(other)))
    one, other = (wild(m, draws=199).table for m in (one, other))
    assert one.select_dtypes("str").equals(other.select_dtypes("str"))
    pairs.append((one.select_dtypes("number"), other.select_dtypes("number")))
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("entity", "time"), [EFFECTS[0], EFFECTS[2]], ids=str)
@pytest.mark.parametrize("read", [Moments.from_frame, scan])
@pytest.mark.parametrize("seed", range(2))
def test_a_panel_is_fitted_like_the_rows_that_are_not_alone(seed, read, entity, time):
    frame = ragged(seed)
    kept = without(frame, entity, time)
    whole, rest = (read(rows, "y", ["x", "z"], entity=entity, time=time) for rows in (frame, kept))
    alike(whole, rest)
    alike(whole.only(regressors=["x"]), rest.only(regressors=["x"]))
    assert rest.dropped == () and whole.n.sum() == len(kept) < len(frame) - 7
    assert sum(rows for *_, rows in whole.dropped) == len(frame) - len(kept)


@pytest.mark.parametrize(("entity", "time"), EFFECTS, ids=str)
# pandas 3 tells pyfixest 0.60 of changes to come; it tells of the rows that we count as well.
@pytest.mark.filterwarnings("ignore:The inplace keyword", "ignore:.* singleton fixed effect")
def test_rows_estimates_and_errors_are_those_of_pyfixest(entity, time):
    frame = ragged(3)
    effects = " + ".join(filter(None, [entity, time]))
    fit = pyfixest.feols(f"y ~ x + z | {effects}", frame, vcov={"CRV1": "place"}, fixef_rm="singleton")
    table = fit_drivers(
        frame, "y", ["x", "z"], scales=["points"], entity=entity, time=time, errors="crv1", draws=0
    ).table
    assert table["n"].tolist() == [fit._N] * 2 and table["places"][0] == fit._data.place.nunique()
    np.testing.assert_allclose(table["estimate"], fit.coef(), rtol=1e-9)
    # K of pyfixest leaves the place effects out only where these are absorbed; ours counts the constant then.
    np.testing.assert_allclose(table["se"], fit.se(), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.* singleton observations dropped")
def test_rows_estimates_and_errors_are_those_of_linearmodels():
    frame = ragged(4)
    panel = frame.assign(entity=frame.place.factorize()[0]).set_index(["entity", "year"])
    model = PanelOLS(panel.y, panel[["x", "z"]], entity_effects=True, time_effects=True, singletons=False)
    fit = model.fit(cov_type="clustered", cluster_entity=True, count_effects=True, group_debias=True)
    moments = Moments.from_frame(frame, "y", ["x", "z"])
    beta = solve(moments)
    assert moments.n.sum() == fit.nobs
    np.testing.assert_allclose(beta[:2], fit.params, rtol=1e-9)
    np.testing.assert_allclose(
        np.sqrt(np.diag(crv1(moments, beta, count_nested=True))[:2]), fit.std_errors, rtol=1e-8
    )


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20),
    st.sampled_from(EFFECTS),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_what_is_left_of_any_rows(keys, effects, unique):
    frame = pd.DataFrame(dict.fromkeys(keys) if unique else keys, columns=["place", "year"], dtype=int)
    frame = frame.assign(y=np.arange(len(frame)) ** 2.0, x=np.sin(np.arange(len(frame))))
    entity, time = effects
    options = {"entity": entity, "time": time, "unique": unique}
    kept = without(frame, entity, time)
    whole = Moments.from_frame(frame, "y", ["x"], **options)
    rest = Moments.from_frame(kept, "y", ["x"], **options)
    assert (whole.clusters, whole.n.tolist(), whole.years) == (rest.clusters, rest.n.tolist(), rest.years)
    assert whole.columns == rest.columns
    for field in ("xx", "xy", "yy"):
        np.testing.assert_allclose(getattr(whole, field), getattr(rest, field), atol=1e-9)
    # In parts of one row each nothing is alone too early.
    parts = [Moments.from_frame(frame[i : i + 1], "y", ["x"], **options) for i in range(len(frame))]
    assert not parts or reduce(add, parts).dropped == whole.dropped


def test_a_dropped_row_far_from_the_others_costs_these_no_digits():
    frame = gappy(1, places=6, years=4)
    far = pd.DataFrame({"place": [0, 1], "year": [50, 51], "x": [1e7, -3e8], "z": 0.0, "y": [1e8, 1e9]})
    for entity in ("place", None):
        one, other = (
            Moments.from_frame(rows, "y", ["x", "z"], entity=entity)
            for rows in (pd.concat([frame, far], ignore_index=True), frame)
        )
        np.testing.assert_allclose(solve(one), solve(other), rtol=1e-6)
        np.testing.assert_allclose(one.xx, other.xx, rtol=1e-6, atol=1e-6)


def scattered(seed, unique=True):
    """Households in communes of which some are seen in years of their own, once or more, in a chain or in a row."""
    rng = np.random.default_rng(seed)
    frame = households(seed, communes=6, size=4, years=3, keep=0.8)
    keys = [("xã 01", f"H{i}", year) for i in range(3) for year in (2016, 1950 + i)]
    keys += [("xã 02", f"L{i}", 1900 + year) for i in range(4) for year in (i, i + 1)]
    keys += [("xã 03", "M", year) for year in (2016, 2017, 1960, 1961)]
    keys += [("alone", "A", year) for year in (2016, 1970)] + [("alone", "B", 1971)]
    keys += [] if unique else [("xã 04", "T", 1980), ("xã 04", "T", 1980)]
    more = pd.DataFrame(keys, columns=["commune", "household", "year"])
    more[["borrower", "persons", "poor"]] = rng.random((len(more), 3))
    frame = frame.astype({"borrower": float, "poor": float})
    return pd.concat([frame, more]).sample(frac=1, random_state=seed, ignore_index=True)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("read", [Moments.from_frame, scan])
def test_what_rounding_leaves_of_a_year_is_no_parameter(read, weights):
    frame = scattered(1)
    own = [("xã 05", "far", year) for year in (1801, 1802, 1803)]
    frame = pd.concat([frame, pd.DataFrame(own, columns=["commune", "household", "year"])], ignore_index=True)
    rng = np.random.default_rng(1)
    frame = frame.assign(
        w=rng.uniform(0.3, 4, len(frame)), poor=rng.random(len(frame)), x=rng.random(len(frame))
    )
    kept = without(frame, "household", "year")
    fit = read(frame, "poor", ["x"], cluster="commune", entity="household", weights=weights)
    effects = [pd.get_dummies(kept[name], dtype=float) for name in ("household", "year")]
    rank = np.linalg.matrix_rank(np.column_stack([kept[["x"]], *effects]))
    assert (parameters(fit, True), parameters(fit)) == (rank, 1 + kept.year.nunique())


@pytest.mark.parametrize("read", [Moments.from_frame, scan])
@pytest.mark.parametrize("unique", [True, False])
def test_effects_of_households_leave_what_is_not_alone(read, unique):
    frame = scattered(5, unique)
    options = {"cluster": "commune", "entity": "household", "unique": unique}
    kept = without(frame, "household", "year")
    whole, rest = (read(rows, "poor", ["borrower", "persons"], **options) for rows in (frame, kept))
    assert rest.dropped == () and len(kept) < len(frame) - 8
    assert {reason for reason, *_ in whole.dropped} == {"singleton", "singleton_time"}
    assert sum(rows for *_, rows in whole.dropped) == len(frame) - len(kept)
    assert (whole.clusters, whole.n.tolist(), whole.years) == (rest.clusters, rest.n.tolist(), rest.years)
    assert absorbed(whole) == absorbed(rest) and "alone" not in whole.clusters
    for verb in (solve, lambda m: crv1(m, solve(m)), lambda m: cv3(m, solve(m)), leave_one_out):
        np.testing.assert_allclose(verb(whole), verb(rest), rtol=1e-8, atol=1e-12)
    # Parts of a register are completed by each other, also where each alone has a year with a single row.
    parts = [read(rows, "poor", ["borrower", "persons"], **options) for _, rows in frame.groupby("commune")]
    together = reduce(add, parts)
    assert together.dropped == whole.dropped
    np.testing.assert_allclose(crv1(together, solve(together)), crv1(whole, solve(whole)), rtol=1e-8)


def test_files_are_dropped_from_like_frames(tmp_path):
    frame = ragged(6)
    path = write(frame, tmp_path / "panel.parquet")
    assert_same(scan(path, "y", ["x", "z"]), Moments.from_frame(frame, "y", ["x", "z"]))
    table = fit_drivers(path, "y", ["x"], scales=["points"], draws=0).table
    kept = without(frame, "place", "year")
    assert table[["n", "places"]].values.tolist() == [[len(kept), kept.place.nunique()]]


def test_the_fractional_logit_has_the_rows_of_fixed_effects():
    frame = ragged(7).assign(rate_pct=lambda f: 100 / (1 + np.exp(-f.y / 40)))
    for means in (True, False):
        kept = without(frame, "place" if means else None, "year")
        whole, rest = (fractional_logit(f, "rate_pct", ["x", "z"], means=means) for f in (frame, kept))
        assert (whole.n, whole.clusters, whole.years) == (
            rest.n,
            rest.clusters,
            rest.years,
        ) and whole.n == len(kept)
        np.testing.assert_allclose(whole.estimates, rest.estimates, rtol=1e-9)
        np.testing.assert_allclose(whole.variance, rest.variance, rtol=1e-9)
        assert dict((reason, rows) for reason, _, rows in whole.dropped)["singleton_time"] >= 6


def test_a_change_alone_in_its_year_is_no_change_and_no_year():
    frame = gappy(2, places=9, years=5, keep=0.9).astype({"place": str})
    late = pd.DataFrame({"place": "late", "year": [30, 31], "x": [1.0, 5], "y": [3.0, 1]})
    options = {"estimators": ["first_differences"], "scales": ["points"], "draws": 0}
    one, other = (
        fit_drivers(rows, "y", ["x"], **options).table.drop(columns="dropped")
        for rows in (pd.concat([frame, late]), frame)
    )
    pd.testing.assert_frame_equal(one, other)


def test_how_many_were_dropped_is_told_in_the_table_and_in_sentences():
    frame = pd.concat(
        [gappy(2, places=9, years=4).astype({"place": str}), ragged(8)[lambda f: f.year > 1000]]
    )
    fit = fit_drivers(frame, "y", ["x"], scales=["points"], draws=0)
    assert fit.table["dropped"].item() == "singleton place: 6"
    frame = frame.assign(place=frame.place.where(frame.year < 1000, "0"))
    fit = fit_drivers(frame, "y", ["x"], scales=["points"], draws=0)
    assert fit.table["dropped"].item() == "singleton_time year: 6"
    assert "6 of a year with a single observation" in fit.text("en")
    assert "6 của năm chỉ có một quan sát" in fit.text("vi", labels={"year": "năm"})
    few = frame[frame.year > 1000].assign(place=list("aaabbb"), y=range(6), x=[1, 5, 2, 4, 3, 6])
    with pytest.raises(ValueError, match=r"no rows are left \(singleton_time year: 6\)"):
        fit_drivers(few, "y", ["x"], draws=0)
