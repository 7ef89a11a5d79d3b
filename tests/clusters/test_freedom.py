"""Degrees of freedom of clustered errors: by brute force on dummies, and the size of the test that they foretell."""

import numpy as np
import pandas as pd
import pytest
from helpers.panels import gappy
from scipy import stats

from povertystats.clusters.freedom import freedom
from povertystats.clusters.jackknife import cv3
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments


def by_hand(x, place, rho, errors):
    """Return degrees of freedom and bias of the first coefficient's variance, from the forms in the errors themselves."""
    whole, same, n = np.linalg.pinv(x), place[:, None] == place, len(x)
    omega = np.where(same, rho, 0.0) + (1 - rho) * np.eye(n)
    forms, labels = [], np.unique(place)
    for label in labels:
        kept, form = place != label, np.zeros(n)
        if errors == "cv3":
            form[kept] = np.linalg.pinv(x[kept])[0]
            forms.append(form - whole[0])
        else:
            forms.append((whole[0] * ~kept) @ (np.eye(n) - x @ whole))
    covariance = np.array(forms) @ omega @ np.array(forms).T
    g, k = len(labels), x.shape[1]
    factor = (g - 1) / g if errors == "cv3" else g / (g - 1) * (n - 1) / (n - k)
    trace = np.trace(covariance)
    return trace**2 / (covariance**2).sum(), factor * trace / (whole[0] @ omega @ whole[0])


@pytest.mark.parametrize("errors", ["cv3", "crv1"])
@pytest.mark.parametrize("rho", [0, 0.5, 1])
def test_freedom_is_that_of_the_forms_in_the_errors(errors, rho):
    frame = gappy(places=8)
    x = np.column_stack([frame[["x", "z"]], pd.get_dummies(frame.year, dtype=float)])
    moments = Moments.from_frame(frame, "y", ["x", "z"], entity=None)
    ours = freedom(moments, "x", errors, rho)
    np.testing.assert_allclose(ours[:2], by_hand(x, frame.place.to_numpy(), rho, errors), rtol=1e-7)
    assert ours.size == pytest.approx(2 * stats.t.sf(stats.t.ppf(0.975, 7) * np.sqrt(ours.bias), ours.dof))


def test_absorbed_effects_are_as_dummies():
    frame = gappy(places=8)
    dummies = pd.get_dummies(frame.place, dtype=float), pd.get_dummies(frame.year, dtype=float)
    x = np.column_stack([frame[["x", "z"]], *dummies])
    ours = freedom(Moments.from_frame(frame, "y", ["x", "z"]), "x", rho=0.4)
    np.testing.assert_allclose(ours[:2], by_hand(x, frame.place.to_numpy(), 0.4, "cv3"), rtol=1e-7)


def test_the_size_foretold_is_the_share_of_samples_that_reject():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(g, t) for g in range(30) for t in range(4)], columns=["place", "year"])
    frame["d"] = (frame.place < 3) & (frame.year > 1)
    rejected = 0
    for _ in range(300):
        moments = Moments.from_frame(frame.assign(y=rng.normal(size=len(frame))), "y", ["d"])
        beta = solve(moments)
        rejected += abs(beta[0]) > stats.t.ppf(0.975, 29) * np.sqrt(cv3(moments, beta)[0, 0])
    # Two standard errors of 300 samples are .036.
    assert freedom(moments, "d").size == pytest.approx(rejected / 300, abs=0.036)


def test_what_one_cluster_tells_has_no_freedom_and_unknown_columns_are_refused():
    frame = gappy(places=8).assign(d=lambda f: (f.place == 2) & (f.year > 3))
    moments = Moments.from_frame(frame, "y", ["d"])
    assert np.isnan(freedom(moments, "d")).all() and np.isfinite(freedom(moments, "d", "crv1")).all()
    alone = Moments.from_frame(frame, "y", ["d"], time=None)
    assert np.isnan(freedom(alone, "d", "crv1")).all()
    with pytest.raises(ValueError, match="no such column: 'w'; the model has d"):
        freedom(moments, "w")


def test_many_clusters_take_no_pair_of_them():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"place": np.arange(60_000) // 2, "x": rng.normal(size=60_000), "y": rng.normal(size=60_000)}
    )
    found = freedom(Moments.from_frame(frame, "y", ["x"], time=None), "x")
    assert found.dof > 5_000 and found.size == pytest.approx(0.05, abs=0.001)
