"""The rows of each specification: windows, the place with most variation, the relative effect."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from helpers.counties import counties

from povertystats.questions.panel_rows import PanelRows, relative_effect
from povertystats.questions.usual_grid import usual_grid


def rows_of(frame, driver, **options):
    grid = usual_grid(
        "hardship_pct", {"x": driver}, years=frame["year"], places=frame["place"].nunique(), **options
    )
    return PanelRows(frame, grid)


def test_the_place_left_out_is_that_in_which_the_driver_varies_most():
    frame = counties()
    resid = smf.ols("grant_kip ~ C(place) + C(year)", frame).fit().resid
    largest = (resid**2).groupby(frame["place"]).sum().idxmax()
    rows = rows_of(frame, "grant_kip")
    assert rows.largest("grant_kip") == largest == "County D"
    used = rows.of("without_largest", ["hardship_pct", "grant_kip"])
    assert set(frame["place"][~used]) == {"County D"}


def test_a_driver_that_places_alone_tell_apart_has_a_reason():
    frame = counties(places=6).assign(fixed=lambda f: f["place"].map(dict.fromkeys(f["place"].unique(), 1.0)))
    frame["fixed"] = frame["place"].rank(method="dense")
    rows = rows_of(frame, "fixed")
    found = [rows.fit(chosen, 0.95) for chosen in rows.question.specifications()]
    assert all(row["reason"] and moments is None for row, moments in found)
    assert np.isnan(rows.unit("all", "fixed")[1])


@pytest.mark.parametrize("scale", ["points", "log", "log_odds"])
def test_the_relative_effect_is_near_the_derivative(scale):
    at, tiny = 20.0, 1e-6
    slope = {"points": 1 / at, "log": 1.0, "log_odds": 1 - at / 100}[scale]
    assert relative_effect(tiny, scale, at, 1.0) == pytest.approx(100 * tiny * slope, rel=1e-4)
