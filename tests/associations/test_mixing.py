"""Drivers that places adopt at different times: when it is said, by which figures, and that others are left alone."""

import numpy as np
import pytest
from helpers.adoption import made

from povertystats.associations.associations import fit_drivers
from povertystats.associations.mixing import mixing, two_way_residuals


def fit(rows, driver="on", **options):
    return fit_drivers(rows, "y", [driver], scales=["points"], draws=0, **options)


def test_residuals_are_those_of_dummies():
    rng = np.random.default_rng(1)
    counts, values = rng.integers(0, 3, (7, 5)).astype(float), rng.normal(size=(7, 5))
    g, t = np.nonzero(counts)
    x = np.concatenate([np.eye(7)[g], np.eye(5)[t]], axis=1) * np.sqrt(counts[g, t])[:, None]
    y = values[g, t] * np.sqrt(counts[g, t])
    left = (y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) / np.sqrt(counts[g, t])
    assert np.allclose(two_way_residuals(values, counts)[g, t], left)
    assert (two_way_residuals(values, counts)[counts == 0] == 0).all()


@pytest.mark.parametrize("keep", [1.0, 0.85])
def test_places_that_adopt_at_different_times_are_warned_of_and_event_study_named(keep):
    rows = made(2, 20, 8, (2009, 2012), keep=keep)
    found = mixing(fit(rows).moments["within", "points"], "on")
    assert found.dates >= 2 and found.treated == rows["on"].sum() and found.negative > 0 > found.below
    assert np.nansum(found.weights) == pytest.approx(1)
    text = fit(rows).text("en", labels={"on": "the programme"})
    assert (
        "A warning: places adopt the programme at " in text
        and "event_study compares with places that" in text
    )
    assert "event_study chỉ so với" in fit(rows).text("vi")
    assert "event_study" in fit(rows, errors="robust").text("en")
    mild = fit(made(2, 40, 8, (2012, 2013, None, None))).text("en")
    assert "comes out too small" in mild and "below zero" not in mild


@pytest.mark.parametrize(
    "rows",
    [
        made(dates=(2012, None)),
        made().assign(on=lambda f: f["on"] * f["year"]),
        made().assign(on=lambda f: (f["place"] + f["year"]) % 2),
    ],
)
def test_other_drivers_are_left_alone(rows):
    found = fit(rows)
    assert mixing(found.moments["within", "points"], "on") is None and "event_study" not in found.text("en")


def test_other_models_are_left_alone():
    rows = made().assign(w=1.0, half=lambda f: f["place"] % 2 * 100 + f["year"])
    for options in (
        {"time": None},
        {"entity": None},
        {"estimators": ["first_differences"]},
        {"weights": "w"},
        {"effects": ["half"]},
    ):
        assert "event_study" not in fit(rows, **options).text("en")
