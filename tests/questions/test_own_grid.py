"""A grid of one's own: for the columns of a frame, or the indicators of the package that it lies in."""

import pytest
from helpers.counties import counties

import povertystats as ps
from povertystats.questions.own_grid import load_grid


def test_a_grid_of_ones_own_needs_none_of_our_indicators(tmp_path):
    """The usual way: a TOML file beside a table; its names are those of the table, or of the package it lies in."""
    path = tmp_path / "grid.toml"
    path.write_text(GRID_OF_COUNTIES, "utf-8")
    with pytest.raises(ValueError, match="'hardship_pct' is not an indicator"):
        load_grid(path)
    grid = load_grid(path, counties())
    curve = ps.specification_curve(counties(), "care", grid=grid)
    assert len(curve.fitted) == 6 and curve.table["driver"].unique().tolist() == ["log(clinics_per_10k)"]
    assert "hardship_pct" in curve.text("en") and "health care" in curve.text("en")
    with pytest.raises(ValueError, match="no such column: 'clinics_per_10k'"):
        ps.specification_curve(counties().drop(columns="clinics_per_10k"), "care", grid=grid)
    with pytest.raises(TypeError, match="or a question of your grid"):
        ps.specification_curve(counties(), "roads", grid=grid)


GRID_OF_COUNTIES = """
declared = { vi = "x", en = "x" }
dimension.definition = { vi = "x", en = "x" }
dimension.scale = { vi = "x", en = "x" }
dimension.window = { vi = "x", en = "x" }
dimension.controls = { vi = "x", en = "x" }
dimension.estimator = { vi = "x", en = "x" }
scale.points = { vi = "điểm", en = "points" }
scale.log = { vi = "lô-ga-rít", en = "logarithms" }
estimator.within = { vi = "trong", en = "within" }
estimator.fractional_logit = { vi = "logit", en = "logit" }
[question.care]
vi = "y tế"
en = "health care"
outcome = "hardship_pct"
scales = ["points", "log"]
estimators = ["within", "fractional_logit"]
definition.log = { term = "log(clinics_per_10k)", vi = "x", en = "x" }
window.all = { vi = "x", en = "all" }
controls.none = { terms = [], vi = "x", en = "none" }
controls.town = { terms = ["town_pct / rain_mm"], vi = "x", en = "town" }
"""
