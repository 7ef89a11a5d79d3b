"""Weighted regressions from moments: equal to statsmodels, on frames and engines, with nested effects."""

import itertools

import numpy as np
import pandas as pd
import pytest
from helpers.scanned import write

from povertystats.associations.associations import fit_drivers
from povertystats.clusters.bootstrap import wild
from povertystats.clusters.jackknife import cv3, leave_one_out
from povertystats.regression.inference import classical, crv1, solve
from povertystats.regression.moments import Moments
from povertystats.regression.scan import scan
from povertystats.words.errors import Refused

pytest.importorskip("ibis")
MODELS = [
    {"entity": "place", "time": "year"},
    {"entity": None, "time": "year"},
    {"entity": None, "time": None},
    {"entity": "home", "time": "year"},
]


def panel(seed=4, places=8, homes=5, years=(2016, 2017, 2018, 2019)):
    """Return illustrative households in places over years, some missing, each of a weight of its own."""
    rng, rows = np.random.default_rng(seed), []
    for place in range(places):
        for home in range(homes):
            for year in years:
                if rng.random() < 0.85:
                    x, z = rng.normal(place / 4, 1), rng.integers(0, 3)
                    rows.append(
                        (f"p{place}", f"p{place}h{home}", year, x, z, 2 * x - z + home + rng.normal())
                    )
    frame = pd.DataFrame(rows, columns=["place", "home", "year", "x", "z", "y"])
    return frame.assign(w=rng.gamma(2, 40, len(frame)))


def moments(frame, *, entity, time, weights="w", how=Moments.from_frame):
    return how(frame, "y", ["x", "z"], entity=entity, time=time, unique=False, weights=weights)


def dummies(frame, *, entity, time):
    """Return the design matrix of a model: regressors, then effects or a constant."""
    columns = [frame[["x", "z"]].astype(float)]
    effects = [name for name in (entity, time) if name]
    made = [pd.get_dummies(frame[name], drop_first=i > 0, dtype=float) for i, name in enumerate(effects)]
    if not made:
        made = [pd.DataFrame({"constant": 1.0}, index=frame.index)]
    return pd.concat([*columns, *made], axis=1)


@pytest.mark.parametrize("model", MODELS)
def test_estimates_and_errors_are_those_of_statsmodels(model):
    import statsmodels.api as sm

    frame, m = panel(), moments(panel(), **model)
    if model["entity"] == "home":
        frame = frame[frame.groupby("home")["home"].transform("size") > 1]
    wls = sm.WLS(frame["y"], dummies(frame, **model), frame["w"])
    fit, beta = wls.fit(), solve(m)
    np.testing.assert_allclose(beta[:2], fit.params.iloc[:2], rtol=1e-9)
    np.testing.assert_allclose(classical(m, beta)[:2, :2], fit.cov_params().iloc[:2, :2], rtol=1e-8)
    # Every effect counts as a parameter there.
    fit = wls.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["place"])[0]})
    clustered = crv1(m, beta, count_nested=True)
    np.testing.assert_allclose(clustered[:2, :2], fit.cov_params().iloc[:2, :2], rtol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_the_jackknife_is_each_place_left_out_and_fitted_again(model):
    frame, without = panel(), []
    for place in sorted({*frame["place"]}):
        x, rest = dummies(rest := frame[frame["place"] != place], **model), rest
        root = np.sqrt(rest["w"])
        without.append(np.linalg.lstsq(x.mul(root, axis=0), rest["y"] * root, rcond=None)[0][:2])
    m = moments(frame, **model)
    np.testing.assert_allclose(leave_one_out(m)[:, :2], without, rtol=1e-8)
    spread = np.array(without) - solve(m)[:2]
    np.testing.assert_allclose(cv3(m, solve(m))[:2, :2], 7 / 8 * spread.T @ spread, rtol=1e-8)


@pytest.mark.parametrize("model", MODELS[:3])
def test_the_bootstrap_is_that_of_weighted_residuals_with_changed_signs(model):
    frame = panel(places=6)
    x, root = dummies(frame, **model).to_numpy(), np.sqrt(frame["w"].to_numpy())
    x, y, g = x * root[:, None], frame["y"].to_numpy() * root, pd.factorize(frame["place"])[0]

    def t_of(y):
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        scores = np.stack([(x[g == i] * (y - x @ beta)[g == i, None]).sum(axis=0) for i in range(6)])
        bread = np.linalg.pinv(x.T @ x)
        return beta[0] / np.sqrt((bread @ scores.T @ scores @ bread)[0, 0])

    restricted = x[:, 1:] @ np.linalg.lstsq(x[:, 1:], y, rcond=None)[0]
    signs = itertools.product([-1, 1], repeat=6)
    draws = [abs(t_of(restricted + np.array(v)[g] * (y - restricted))) for v in signs]
    p = np.mean(np.array(draws) >= abs(t_of(y)) - 1e-9)
    tests = wild(moments(frame, **model), ["x"], level=0.9).table
    assert tests["p"][0] == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("model", MODELS)
def test_engines_and_parts_store_the_sums_of_the_frame(tmp_path, model, kind):
    frame = panel()
    frame.loc[::11, "x"] = np.nan
    expected = moments(frame, **model)
    stored = [moments(str(write(frame, tmp_path / f"a.{kind}")), how=scan, **model)]
    if model["entity"] != "home":
        half = len(frame) // 2
        stored.append(moments(frame[:half], **model) + moments(frame[half:], **model))
    for m in stored:
        assert m.dropped == expected.dropped and m.n.tolist() == expected.n.tolist()
        for name in ("xx", "xy", "yy"):
            np.testing.assert_allclose(getattr(m, name), getattr(expected, name), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(crv1(m, solve(m)), crv1(expected, solve(expected)), rtol=1e-9)


@pytest.mark.parametrize("entity", ["place", "home"])
def test_values_far_from_nought_and_narrow_keep_their_digits(entity):
    frame = panel()
    far = frame.assign(x=frame["x"] * 1e-3 + 1e6 * (1 + frame["place"].str[1:].astype(int)))
    one, other = (moments(far, entity=entity, time="year", how=how) for how in (Moments.from_frame, scan))
    np.testing.assert_allclose(solve(other)[:2], solve(one)[:2], rtol=1e-6)
    np.testing.assert_allclose(
        solve(one)[0] / 1e3, solve(moments(frame, entity=entity, time="year"))[0], rtol=1e-5
    )


def test_equal_weights_change_nothing_and_their_unit_neither():
    frame = panel().assign(one=1.0)
    for model in MODELS:
        plain, ones = (moments(frame, **model, weights=w) for w in (None, "one"))
        np.testing.assert_allclose(crv1(ones, solve(ones)), crv1(plain, solve(plain)), rtol=1e-12)
        more = moments(frame.assign(w=frame["w"] * 1e5), **model)
        weighted = moments(frame, **model)
        np.testing.assert_allclose(cv3(more, solve(more)), cv3(weighted, solve(weighted)), rtol=1e-9)


def test_a_year_of_one_row_is_dropped_with_weights_as_without():
    for model in MODELS:
        frame = panel()
        last = frame.groupby("home").tail(1).index[3]
        frame.loc[last, "year"] = 2030
        m = moments(frame, **model)
        if not model["time"]:
            continue
        rest = moments(frame.drop(last), **model)
        assert ("singleton_time", "year", 1) in m.dropped
        np.testing.assert_allclose(solve(m)[:2], solve(rest)[:2], rtol=1e-9)
        np.testing.assert_allclose(crv1(m, solve(m))[:2, :2], crv1(rest, solve(rest))[:2, :2], rtol=1e-9)


def test_weights_that_are_none_are_refused_with_their_row(tmp_path):
    frame = panel()
    frame.loc[[3, 5, 8], "w"] = [0, -1, np.nan]
    wrong = r"'w': 3 value\(s\) that are no weights \(missing, zero, negative or infinite\), first 0 in row "
    with pytest.raises(Refused, match=wrong + "3"):
        moments(frame, entity="place", time="year")
    for kind in ("parquet", "csv"):
        file = str(write(frame, tmp_path / f"a.{kind}"))
        with pytest.raises(Refused, match=wrong + "4 of"):
            moments(file, entity="place", time="year", how=scan)
    for how in (Moments.from_frame, scan):
        with pytest.raises(Refused, match="no such column of weights: 'v'"):
            moments(frame, entity="place", time="year", weights="v", how=how)
        with pytest.raises(Refused, match="'place' must be numeric"):
            moments(frame, entity="place", time="year", weights="place", how=how)
    with pytest.raises(Refused, match="first_differences take no weights"):
        fit_drivers(panel(), "y", ["x"], estimators=["first_differences"], weights="w", unique=False)


def test_fit_drivers_says_by_what_it_weighted(tmp_path):
    frame = panel().assign(w=lambda rows: rows["w"].round(3))
    asked = {"scales": ["points"], "unique": False, "weights": "w", "draws": 0}
    fit = fit_drivers(frame, "y", ["x"], controls=["z"], **asked)
    assert "weighted by w" in fit.table["convention"][0]
    texts = frame.assign(w=frame["w"].astype(str))
    for other in (texts, write(frame, tmp_path / "a.csv")):
        again = fit_drivers(other, "y", ["x"], controls=["z"], **asked)
        np.testing.assert_allclose(again.table["se"], fit.table["se"], rtol=1e-9)
