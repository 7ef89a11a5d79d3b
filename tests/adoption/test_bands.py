"""Intervals that hold several estimates, and the test of all of them."""

import numpy as np
import pytest
from scipy.stats import t

from povertystats.adoption.bands import band, joint


def test_one_estimate_has_the_usual_interval_and_p():
    assert band(np.array([[4.0]]), 20, 0.9) == pytest.approx(t.ppf(0.95, 20), abs=0.05)
    assert joint(np.array([4.0]), np.array([[4.0]]), 20) == pytest.approx(2 * t.sf(2, 20), abs=0.01)


def test_several_reach_further_and_never_beyond_bonferroni():
    many = np.eye(6)
    assert band(np.ones((6, 6)), 30, 0.95) == pytest.approx(t.ppf(0.975, 30), abs=0.06)
    assert t.ppf(0.975, 30) < band(many, 30, 0.95) < t.ppf(1 - 0.025 / 6, 30) + 0.05


def test_the_test_rejects_where_a_band_excludes_zero():
    rng = np.random.default_rng(1)
    for _ in range(20):
        half = rng.normal(size=(5, 9))
        variance, estimates = half @ half.T, 6 * rng.normal(size=5)
        outside = (np.abs(estimates) > band(variance, 20, 0.95) * np.sqrt(np.diag(variance))).any()
        assert outside == (joint(estimates, variance, 20) < 0.05)
